//! Changing rules while serving: the documents, a dry run of edited ones, and what they would have changed.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{App, ChangeError};
use crate::{
    answer::{HandoffReason, Outcome, Policy, Question},
    desk::{
        dry_run::{DryRun, Explanation, Wanted},
        routing::Routing,
        rules_source::{self, RuleFiles, topics_files},
    },
    store::{Document, DocumentKind, Published, QuestionRecord, StoreError},
};

/// Rules that are not published, ready to be asked.
pub struct Draft {
    policy: Arc<Policy>,
    routing: Arc<Routing>,
}

/// A question of the past whose way the edited rules would change.
pub struct Difference {
    /// The question as it was logged.
    pub question: QuestionRecord,
    /// What the current rules do with it.
    pub before: Explanation,
    /// What the edited ones would do.
    pub after: Explanation,
}

impl App {
    /// The document of rules that counts: the store's, or the files where none was published yet.
    ///
    /// # Errors
    /// The store's failure, or files that cannot be read.
    pub async fn rules_document(&self, kind: DocumentKind) -> Result<(String, Option<Document>), ChangeError> {
        if let Some(document) = self.store.current_document(kind).await? {
            return Ok((document.text.clone(), Some(document)));
        }
        let files = RuleFiles::read(self.config.topics.as_deref(), self.config.desk.routing.as_deref())
            .map_err(|error| ChangeError::Rules(vec![error.to_string()]))?;
        Ok((files.text(kind).unwrap_or_default().to_owned(), None))
    }

    /// The rules with an edited document in their place.
    ///
    /// # Errors
    /// [`ChangeError::Rules`] says what is wrong with it.
    pub async fn draft(&self, kind: DocumentKind, text: &str) -> Result<Draft, ChangeError> {
        let (policy, routing) = (self.answerer.policy(), self.desk.routing());
        let wrong = |error: &dyn std::fmt::Display| ChangeError::Rules(vec![error.to_string()]);
        match kind {
            DocumentKind::Topics => {
                let text = text.to_owned();
                // Patterns take a moment to compile, and questions are being answered meanwhile.
                let parsed = tokio::task::spawn_blocking(move || rules_source::parse_topics(&text)).await;
                let policy = parsed.map_err(|error| wrong(&error))?.map_err(|error| wrong(&error))?;
                Ok(Draft {
                    policy: Arc::new(policy),
                    routing,
                })
            }
            _ => {
                let parsed = Routing::parse("routing.toml", text, &self.config.desk.escalation_team);
                let routing = Arc::new(parsed.map_err(|error| wrong(&error))?);
                Ok(Draft { policy, routing })
            }
        }
    }

    /// What an author should know about rules that can be used: examples that the patterns miss, rules that are never
    /// reached.
    pub fn doubts(&self, kind: DocumentKind, draft: &Draft) -> Vec<String> {
        match kind {
            DocumentKind::Topics => draft.policy.check(),
            _ => draft.routing.problems(&draft.policy),
        }
    }

    /// What edited rules do with a question.
    pub fn dry_run(&self, draft: &Draft, wanted: &Wanted) -> Explanation {
        let clocks = self.desk.clocks();
        let run = DryRun {
            policy: &draft.policy,
            routing: &draft.routing,
            clocks: &clocks,
        };
        run.explain(wanted)
    }

    /// The last questions that edited rules would send another way, and how many were looked at.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn differences(&self, draft: &Draft, last: usize) -> Result<(Vec<Difference>, usize), StoreError> {
        let questions = self.store.last_questions(last).await?;
        let looked_at = questions.len();
        let current = Draft {
            policy: self.answerer.policy(),
            routing: self.desk.routing(),
        };
        let differs = |question: QuestionRecord| {
            let wanted = wanted(&question);
            let (before, after) = (self.dry_run(&current, &wanted), self.dry_run(draft, &wanted));
            // What the bot answered and would answer again has no team.
            let to_people = |explained: &Explanation| {
                explained.topic.is_some() || explained.people_first.is_some() || question.outcome == Outcome::Handoff
            };
            let way = |explained: &Explanation| {
                let topic = explained.topic.as_ref().map(|topic| topic.id.clone());
                let result = &explained.result;
                let people = to_people(explained).then(|| {
                    let (team, priority) = (result.team.clone(), result.priority);
                    (team, priority, result.tags.clone(), result.targets, result.complex)
                });
                (topic, explained.people_first.is_some(), people)
            };
            (way(&before) != way(&after)).then_some(Difference {
                question,
                before,
                after,
            })
        };
        let found = questions.into_iter().filter_map(differs).collect();
        Ok((found, looked_at))
    }

    /// Puts rules in place of those in the document `over`; they count at once, on every server.
    ///
    /// # Errors
    /// [`ChangeError`]; then nothing has changed. Topic rules whose own examples fail are not published.
    pub async fn publish_rules(
        &self,
        kind: DocumentKind,
        text: &str,
        over: Option<&str>,
        who: &str,
    ) -> Result<Document, ChangeError> {
        let draft = self.draft(kind, text).await?;
        if kind == DocumentKind::Topics {
            let failed = draft.policy.check();
            if !failed.is_empty() {
                return Err(ChangeError::Rules(failed));
            }
        }
        let hash = crate::store::document_hash(text);
        let detail = Map::from_iter([("hash".to_owned(), Value::from(hash))]);
        let audit = self.people.audit_entry(who, "rules.published", kind.as_str(), detail);
        match self.store.publish_document_over(kind, text, over, audit).await? {
            Published::Stale(current) => Err(ChangeError::Stale(current.map(Box::new))),
            Published::Done(document) => {
                self.refresh_rules().await?;
                Ok(document)
            }
        }
    }

    /// Takes over the rules that are current in the store.
    async fn refresh_rules(&self) -> Result<(), StoreError> {
        let Some(rules) = self.rules.get() else { return Ok(()) };
        rules.refresh(&self.store).await?;
        self.take_rules(rules);
        Ok(())
    }
}

/// The names and texts of a document of rules; the rules of routing are one file.
///
/// # Errors
/// A text of another making.
pub fn files_of(kind: DocumentKind, text: &str) -> Result<Vec<(String, String)>, String> {
    match kind {
        DocumentKind::Topics => topics_files(text),
        _ => Ok(vec![("routing.toml".to_owned(), text.to_owned())]),
    }
}

/// The document of these files.
pub fn text_of(kind: DocumentKind, files: &[(String, String)]) -> String {
    match kind {
        DocumentKind::Topics => rules_source::topics_text(files),
        _ => files.iter().map(|(_, text)| text.as_str()).collect(),
    }
}

fn wanted(question: &QuestionRecord) -> Wanted {
    let of_the_bot = |reason: &HandoffReason| {
        matches!(
            reason,
            HandoffReason::LowConfidence | HandoffReason::NoMatch | HandoffReason::DidNotHelp | HandoffReason::Misses
        )
    };
    Wanted {
        question: Question {
            text: question.text.clone(),
            lang: None,
            context: question.context.clone(),
        },
        language: question.lang.clone(),
        channel: question.channel.clone(),
        signed: None,
        topic: None,
        reason: question.reason.filter(of_the_bot),
        at: question.at,
    }
}
