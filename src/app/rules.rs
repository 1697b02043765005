//! Changing rules while serving: the documents, a dry run of edited ones, and what they would have changed.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value};

use super::{App, ChangeError};
use crate::{
    answer::{HandoffReason, Outcome, Policy, Question},
    desk::{
        Clockwork,
        dry_run::{DryRun, Explanation, Wanted},
        routing::{Routing, Verdict},
        rules_source::{self, RuleFiles, topics_files},
    },
    store::{Document, DocumentKind, Published, QuestionRecord, StoreError},
};

/// Rules that are not published, ready to be asked. A clone is two `Arc`s.
#[derive(Clone)]
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

/// What edited rules would have done with the last questions.
#[derive(Default)]
pub struct Comparison {
    /// Questions that were looked at.
    pub looked_at: usize,
    /// How many of them would go another way.
    pub changed: usize,
    /// The same by where they go now and where they would go, the most frequent first.
    pub ways: Vec<(Way, Way, usize)>,
    /// The newest of them.
    pub shown: Vec<Difference>,
    /// What each rule of routing takes, by its name.
    pub rules: BTreeMap<String, Taken>,
    /// What each topic takes, by its id.
    pub topics: BTreeMap<String, Taken>,
}

/// Where a question goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The bot has answered it, and would again.
    Bot,
    /// People have it.
    Team(String),
}

/// How many questions a rule takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Those that go to people.
    pub to_people: usize,
    /// Those that the bot has answered, so that nothing comes of it.
    pub by_the_bot: usize,
}

impl Draft {
    /// The topic rules.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What these rules do with a question.
    fn explain(&self, clocks: &Clockwork, wanted: &Wanted) -> Explanation {
        let run = DryRun {
            policy: &self.policy,
            routing: &self.routing,
            clocks,
        };
        run.explain(wanted)
    }
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
            .map_err(|error| ChangeError::Failed(format!("the files of rules cannot be read: {error}")))?;
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
                let policy = parsed
                    .map_err(|error| ChangeError::Failed(format!("topic rules were not read: {error}")))?
                    .map_err(|error| wrong(&error))?;
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
    /// reached, and topics that rules of routing name and no topic rule has any more.
    ///
    /// # Errors
    /// The check itself failed.
    pub async fn doubts(&self, kind: DocumentKind, draft: &Draft) -> Result<Vec<String>, ChangeError> {
        if kind != DocumentKind::Topics {
            return Ok(draft.routing.problems(&draft.policy));
        }
        let known = self.desk.routing().problems(&self.answerer.policy());
        let of_routing = draft.routing.problems(&draft.policy);
        let mut doubts = failed_examples(draft).await?;
        doubts.extend(of_routing.into_iter().filter(|problem| !known.contains(problem)));
        Ok(doubts)
    }

    /// What edited rules do with a question.
    pub fn dry_run(&self, draft: &Draft, wanted: &Wanted) -> Explanation {
        draft.explain(&self.desk.clocks(), wanted)
    }

    /// What edited rules would have done with the last questions, with at most `shown` of those that would go another way.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn differences(&self, draft: &Draft, last: usize, shown: usize) -> Result<Comparison, ChangeError> {
        let questions = self.store.last_questions(last).await?;
        let current = Draft {
            policy: self.answerer.policy(),
            routing: self.desk.routing(),
        };
        let (draft, clocks) = (draft.clone(), self.desk.clocks());
        // Thousands of questions against hundreds of patterns take a moment, and customers are being answered meanwhile.
        let compared = tokio::task::spawn_blocking(move || compare(&current, &draft, &clocks, questions, shown)).await;
        compared.map_err(|error| ChangeError::Failed(format!("the comparison of rules failed: {error}")))
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
            let failed = failed_examples(&draft).await?;
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

/// Examples that topic rules miss. There are hundreds, so they are tried aside.
async fn failed_examples(draft: &Draft) -> Result<Vec<String>, ChangeError> {
    let policy = Arc::clone(&draft.policy);
    let checked = tokio::task::spawn_blocking(move || policy.check()).await;
    let wrong = checked.map_err(|error| ChangeError::Failed(format!("the check of topic rules failed: {error}")))?;
    Ok(wrong.iter().map(ToString::to_string).collect())
}

fn compare(
    current: &Draft,
    draft: &Draft,
    clocks: &Clockwork,
    questions: Vec<QuestionRecord>,
    shown: usize,
) -> Comparison {
    let mut compared = Comparison::default();
    let mut ways: BTreeMap<(Way, Way), usize> = BTreeMap::new();
    for question in questions {
        compared.looked_at += 1;
        let wanted = wanted(&question);
        let (before, after) = (current.explain(clocks, &wanted), draft.explain(clocks, &wanted));
        let was_handed_over = question.outcome == Outcome::Handoff;
        compared.count(&after, goes_to_people(&after, was_handed_over));
        if effect(&before, was_handed_over) == effect(&after, was_handed_over) {
            continue;
        }
        compared.changed += 1;
        *ways
            .entry((way(&before, was_handed_over), way(&after, was_handed_over)))
            .or_default() += 1;
        // Explanations tell every rule; those that nobody sees are not kept.
        if compared.shown.len() < shown {
            compared.shown.push(Difference {
                question,
                before,
                after,
            });
        }
    }
    compared.ways = ways
        .into_iter()
        .map(|((before, after), count)| (before, after, count))
        .collect();
    compared.ways.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
    compared
}

impl Comparison {
    fn count(&mut self, after: &Explanation, to_people: bool) {
        let add = |taken: &mut Taken| match to_people {
            true => taken.to_people += 1,
            false => taken.by_the_bot += 1,
        };
        for rule in after.result.trace.iter().filter(|rule| rule.verdict == Verdict::Yes) {
            add(self.rules.entry(rule.rule.clone()).or_default());
        }
        if let Some(topic) = &after.topic {
            add(self.topics.entry(topic.id.clone()).or_default());
        }
    }
}

impl Difference {
    /// Where the question goes now, and where it would go.
    pub fn ways(&self) -> (Way, Way) {
        let was_handed_over = self.question.outcome == Outcome::Handoff;
        (way(&self.before, was_handed_over), way(&self.after, was_handed_over))
    }
}

/// What the bot answered and would answer again does not.
fn goes_to_people(explained: &Explanation, was_handed_over: bool) -> bool {
    explained.topic.is_some() || explained.people_first.is_some() || was_handed_over
}

fn way(explained: &Explanation, was_handed_over: bool) -> Way {
    match goes_to_people(explained, was_handed_over) {
        true => Way::Team(explained.result.team.clone()),
        false => Way::Bot,
    }
}

/// All that counts for the customer and the team.
fn effect(explained: &Explanation, was_handed_over: bool) -> impl PartialEq + use<> {
    let topic = explained.topic.as_ref().map(|topic| topic.id.clone());
    let result = &explained.result;
    let people = goes_to_people(explained, was_handed_over).then(|| {
        let (team, priority) = (result.team.clone(), result.priority);
        (team, priority, result.tags.clone(), result.targets, result.complex)
    });
    (topic, explained.people_first.is_some(), people)
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
        reason: None,
        // What was not sure then may belong to a topic with other rules.
        otherwise: question.reason.filter(of_the_bot),
        at: question.at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, outcome: Outcome) -> QuestionRecord {
        QuestionRecord {
            id: text.to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            text: text.to_owned(),
            lang: "en".to_owned(),
            context: Map::new(),
            channel: "chat".to_owned(),
            outcome,
            reason: (outcome == Outcome::Handoff).then_some(HandoffReason::LowConfidence),
            topic: None,
            confidence: 0.5,
            threshold: 0.7,
            article: None,
            nearest: None,
            generation: String::new(),
            weights: String::new(),
            calibration: String::new(),
            rules: String::new(),
            latency_us: 1,
        }
    }

    #[test]
    fn a_new_topic_takes_what_the_bot_was_not_sure_about_then() {
        let routing = "[[rule]]\nname = 'rest'\nwhen = { reason = ['low_confidence', 'no_match'] }\nteam = 'support'\n";
        let topic = "topic='gifts'\ntitle='Gifts'\nteam='shop'\nreason='sensitive_topic'\npriority=1\n[en]\npatterns=['\\bgift\\b']\n";
        let draft = |topics: Vec<(String, String)>| Draft {
            policy: Arc::new(Policy::parse(topics).expect("topics")),
            routing: Arc::new(Routing::parse("r", routing, "escalation").expect("rules")),
        };
        let config: crate::config::Config = toml::from_str("").expect("a config");
        let clocks = Clockwork::new(&config.desk, &jiff::tz::TimeZone::UTC, &Default::default());
        let questions = vec![
            asked("a gift", Outcome::Handoff),
            asked("my gift", Outcome::Handoff),
            asked("gift", Outcome::Answer),
            asked("beans", Outcome::Answer),
        ];
        let found = compare(
            &draft(Vec::new()),
            &draft(vec![("gifts.toml".into(), topic.into())]),
            &clocks,
            questions,
            1,
        );
        assert_eq!((found.looked_at, found.changed, found.shown.len()), (4, 3, 1));
        let team = |name: &str| Way::Team(name.to_owned());
        assert_eq!(
            found.ways,
            [(team("support"), team("shop"), 2), (Way::Bot, team("shop"), 1)]
        );
        assert_eq!(
            found.topics["gifts"],
            Taken {
                to_people: 3,
                by_the_bot: 0
            }
        );
        assert_eq!(
            found.rules["rest"],
            Taken {
                to_people: 0,
                by_the_bot: 1
            }
        );
    }
}
