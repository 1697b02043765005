//! What the settings pages and their API reach: settings, rules, and what either would do.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::Web;
use crate::{
    app::{ChangeError, Comparison, Draft, text_of},
    config::{Config, StoredSettings},
    desk::{
        DaysOff,
        dry_run::{Explanation, Wanted},
        people::Person,
    },
    http::error::{Code, Problem},
    store::{Document, DocumentKind},
};

impl Web {
    /// What flags, variables and file have set, without the pages.
    pub fn given(&self) -> Arc<Config> {
        self.app().given()
    }

    /// What the pages have set, and the document in which it stands.
    pub async fn stored_settings(&self) -> Result<(StoredSettings, Option<Document>), Problem> {
        Ok(self.app().stored_settings().await?)
    }

    /// Settings that the pages had set in an earlier document.
    pub async fn settings_of(&self, hash: &str) -> Result<Option<StoredSettings>, Problem> {
        let document = self.document(DocumentKind::Settings, hash).await?;
        Ok(document.and_then(|document| StoredSettings::parse(&document.text).ok()))
    }

    /// Puts settings in place of those in the document `over`. The error is not a [`Problem`] yet: forms show it beside
    /// their fields.
    pub async fn change_settings(
        &self,
        settings: &StoredSettings,
        over: Option<&str>,
        who: &str,
    ) -> Result<Document, ChangeError> {
        self.app().change_settings(settings, over, who).await
    }

    /// The document of rules that counts; without a document the files do.
    pub async fn rules_document(&self, kind: DocumentKind) -> Result<(String, Option<Document>), Problem> {
        Ok(self.app().rules_document(kind).await?)
    }

    /// Rules with an edited document in their place.
    pub async fn draft(&self, kind: DocumentKind, files: &[(String, String)]) -> Result<Draft, ChangeError> {
        self.app().draft(kind, &text_of(kind, files)).await
    }

    /// What an author should know about rules that can be used.
    pub async fn doubts(&self, kind: DocumentKind, draft: &Draft) -> Result<Vec<String>, Problem> {
        Ok(self.app().doubts(kind, draft).await?)
    }

    /// What edited rules do with a question.
    pub fn dry_run(&self, draft: &Draft, wanted: &Wanted) -> Explanation {
        self.app().dry_run(draft, wanted)
    }

    /// What edited rules would have done with the last questions; at most `shown` of them are told one by one.
    pub async fn differences(&self, draft: &Draft, last: usize, shown: usize) -> Result<Comparison, Problem> {
        Ok(self.app().differences(draft, last, shown).await?)
    }

    /// Puts rules in place of those in the document `over`.
    pub async fn publish_rules(
        &self,
        kind: DocumentKind,
        files: &[(String, String)],
        over: Option<&str>,
        who: &str,
    ) -> Result<Document, ChangeError> {
        self.app().publish_rules(kind, &text_of(kind, files), over, who).await
    }

    /// Documents of a kind, the newest first.
    pub async fn documents(&self, kind: DocumentKind, limit: usize) -> Result<Vec<Document>, Problem> {
        let found = self.app().store.documents(kind, limit).await;
        found.map_err(|error| Problem::unavailable(Code::StoreUnavailable, error))
    }

    /// One document, current or not.
    pub async fn document(&self, kind: DocumentKind, hash: &str) -> Result<Option<Document>, Problem> {
        let found = self.app().store.document(kind, hash).await;
        found.map_err(|error| Problem::unavailable(Code::StoreUnavailable, error))
    }

    /// The teams that rules and topics name, and the escalation inbox.
    pub fn teams_of_rules(&self) -> Vec<String> {
        let (policy, routing) = (self.app().answerer.policy(), self.app().desk.routing());
        let of_topics = policy.topics().iter().map(|topic| topic.team.clone());
        let of_rules = routing.teams().map(str::to_owned);
        let inbox = self.config().desk.escalation_team.clone();
        of_topics.chain(of_rules).chain([inbox]).collect()
    }

    /// Ids and titles of the topics that count now.
    pub fn topic_titles(&self) -> BTreeMap<String, String> {
        let policy = self.app().answerer.policy();
        let titles = policy
            .topics()
            .iter()
            .map(|topic| (topic.id.clone(), topic.title.clone()));
        titles.collect()
    }

    /// Every team that there is: those that people, rules, topics and settings name.
    pub fn every_team(&self, people: &[Person]) -> BTreeSet<String> {
        let of_people = people.iter().flat_map(|person| person.teams.iter().cloned());
        let of_settings = self.config();
        of_people
            .chain(of_settings.desk.team.keys().cloned())
            .chain(self.teams_of_rules())
            .collect()
    }

    /// The days off of the calendar files.
    pub fn days_off(&self) -> &DaysOff {
        self.app().days_off()
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Stale(_) => Problem::new(
                Code::PreconditionFailed,
                "Somebody else has changed this since it was read. Read it again.",
            ),
            ChangeError::Store(cause) => Problem::unavailable(Code::StoreUnavailable, cause),
            refused => Problem::new(Code::InvalidBody, format!("{refused}.")),
        }
    }
}
