//! What the settings pages and their API reach: settings, rules, and what either would do.

use std::{collections::BTreeMap, sync::Arc};

use super::Web;
use crate::{
    app::{ChangeError, Comparison, Draft, text_of},
    config::{Config, StoredSettings},
    desk::{
        DaysOff,
        dry_run::{Explanation, Wanted},
        people::{Duty, NewDuty, NewPerson, OneTimeLink, Person, PersonPatch, Teams},
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

    /// Ids and titles of the topics that count now.
    pub fn topic_titles(&self) -> BTreeMap<String, String> {
        self.app().topic_titles()
    }

    /// Every team that there is, these people's among them.
    pub fn every_team(&self, people: &[Person]) -> Teams {
        self.app().teams(people)
    }

    /// The teams that rules and topics name, and the escalation inbox.
    pub fn teams_of_rules(&self) -> Vec<String> {
        self.app().teams_of_rules()
    }

    /// Adds a person; they come in by the link.
    pub async fn add_person(&self, new: NewPerson, by: &str) -> Result<(Person, Option<OneTimeLink>), Problem> {
        Ok(self.app().add_person(new, by).await?)
    }

    /// Changes a person.
    pub async fn change_person(
        &self,
        id: &str,
        patch: &PersonPatch,
        version: Option<i64>,
        by: &str,
    ) -> Result<Person, Problem> {
        Ok(self.app().change_person(id, patch, version, by).await?)
    }

    /// Plans a duty; without a zone by the desk's clock.
    pub async fn plan_duty(&self, new: NewDuty, by: &str) -> Result<Duty, Problem> {
        Ok(self.app().plan_duty(new, by).await?)
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
            ChangeError::Failed(cause) => Problem::internal(cause),
            refused => Problem::new(Code::InvalidBody, format!("{refused}.")),
        }
    }
}
