//! Coverage: how many questions the articles answered, and which they did not.
//!
//! Pure counting. Shares carry their 95 % interval, because twenty questions prove little. Unanswered questions are
//! grouped only where their normalized text is identical: nothing is guessed together here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CoverageCounter, Ending, Share};
use crate::{
    answer::{Decision, HandoffReason, Outcome},
    store::QuestionRecord,
};

/// One question as coverage sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedQuestion {
    /// When, if somebody asked it here.
    pub at: Option<Timestamp>,
    /// The words, as typed.
    pub text: String,
    /// Its language.
    pub lang: String,
    /// What was decided.
    pub outcome: Outcome,
    /// With a handoff: why.
    pub reason: Option<HandoffReason>,
    /// With a handoff: the sensitive topic, if one took it.
    pub topic: Option<String>,
    /// Probability that the first candidate answers it.
    pub confidence: f64,
    /// The confidence from which on it would have been the answer.
    pub threshold: f64,
    /// With an answer: the article.
    pub answer: Option<ArticleName>,
    /// The first candidate, whatever was decided.
    pub nearest: Option<ArticleName>,
}

/// An article by id and title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArticleName {
    /// Its id.
    pub article: String,
    /// Its title.
    pub title: String,
}

impl AskedQuestion {
    /// From a decision that was just taken; `nearest` is the first candidate.
    pub fn from_decision(text: &str, decision: &Decision, nearest: Option<ArticleName>) -> Self {
        let answer = decision.answer.as_ref().map(|answer| ArticleName {
            article: answer.article.id.clone(),
            title: answer.article.title.clone(),
        });
        AskedQuestion {
            at: None,
            text: text.to_owned(),
            lang: decision.language.clone(),
            outcome: decision.decision,
            reason: decision.handoff.as_ref().map(|handoff| handoff.reason),
            topic: decision.handoff.as_ref().and_then(|handoff| handoff.topic.clone()),
            confidence: decision.confidence,
            threshold: decision.threshold,
            nearest: nearest.or_else(|| answer.clone()),
            answer,
        }
    }
}

impl AskedQuestion {
    /// How it ended, as writers count it.
    pub fn ending(&self) -> Ending {
        Ending::of(self.outcome, self.reason)
    }
}

impl From<QuestionRecord> for AskedQuestion {
    fn from(record: QuestionRecord) -> Self {
        let nearest = record.nearest.map(|nearest| ArticleName {
            article: nearest.id,
            title: nearest.title,
        });
        let answer = record.article.map(|used| {
            let title = nearest
                .as_ref()
                .filter(|nearest| nearest.article == used.id)
                .map(|n| n.title.clone());
            ArticleName {
                title: title.unwrap_or_else(|| used.id.clone()),
                article: used.id,
            }
        });
        AskedQuestion {
            at: Some(record.at),
            text: record.text,
            lang: record.lang,
            outcome: record.outcome,
            reason: record.reason,
            topic: record.topic,
            confidence: record.confidence,
            threshold: record.threshold,
            answer,
            nearest,
        }
    }
}

/// The report. All lists are sorted by count, most first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Coverage {
    /// How many questions were asked.
    pub questions: u64,
    /// Answered by the bot.
    pub answered: Share,
    /// Given two to four articles to choose from.
    pub clarified: Share,
    /// Handed over to people, for whatever reason.
    pub handed_over: Share,
    /// Handed over because no article answers them.
    #[serde(default)]
    pub no_answer: Share,
    /// Handed over because they belong to people, whatever the articles say: sensitive topics, whoever asks for a person.
    #[serde(default)]
    pub for_people: Share,
    /// The writers' share: answered, of all questions but those that belong to people.
    #[serde(default)]
    pub covered: Share,
    /// Handed over, by reason; shares of all questions.
    pub by_reason: Vec<ReasonShare>,
    /// Handed over, by sensitive topic; shares of all questions.
    pub by_topic: Vec<TopicShare>,
    /// By language of the question.
    pub by_language: Vec<LanguageShare>,
    /// Questions that the articles did not answer (low confidence, no match, clarify), one entry per text.
    pub unanswered: Vec<Unanswered>,
    /// Articles that were the answer or at least the nearest, or that readers voted on.
    pub articles: Vec<ArticleUse>,
}

/// Handoffs for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReasonShare {
    /// The reason.
    pub reason: HandoffReason,
    /// How many.
    pub share: Share,
}

/// Handoffs for one sensitive topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TopicShare {
    /// The topic, e.g. `billing`.
    pub topic: String,
    /// How many.
    pub share: Share,
}

/// Questions in one language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LanguageShare {
    /// BCP 47 primary language.
    pub language: String,
    /// How many of its questions were answered.
    pub answered: Share,
    /// The same without those that belong to people.
    #[serde(default)]
    pub covered: Share,
}

/// A question that no article answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Unanswered {
    /// The words, as typed the last time.
    pub question: String,
    /// Its language.
    pub language: String,
    /// How often it was asked without an answer.
    pub count: u64,
    /// Why there was no answer, the last time.
    pub reason: UnansweredReason,
    /// The nearest article, the last time.
    pub nearest: Option<ArticleName>,
    /// Probability that it would have been right, the last time.
    pub confidence: f64,
    /// The probability that was needed for an answer, the last time.
    #[serde(default)]
    pub threshold: f64,
    /// When it was asked the last time, RFC 3339; absent for questions that nobody asked here.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "super::rfc3339::maybe")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_asked: Option<Timestamp>,
}

/// Why a question is a matter for writers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnansweredReason {
    /// The confidence was below the threshold.
    LowConfidence,
    /// Nothing resembled the question.
    NoMatch,
    /// There were articles to choose from instead of an answer.
    Clarify,
}

impl UnansweredReason {
    /// All of them.
    pub const ALL: [UnansweredReason; 3] = [
        UnansweredReason::LowConfidence,
        UnansweredReason::NoMatch,
        UnansweredReason::Clarify,
    ];

    /// The one with this wire word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            UnansweredReason::LowConfidence => "low_confidence",
            UnansweredReason::NoMatch => "no_match",
            UnansweredReason::Clarify => "clarify",
        }
    }

    /// `None` for answers, and for what belongs to people whatever the articles say.
    pub(super) fn of(question: &AskedQuestion) -> Option<Self> {
        match (question.outcome, question.reason) {
            (Outcome::Clarify, _) => Some(UnansweredReason::Clarify),
            (Outcome::Handoff, Some(HandoffReason::LowConfidence)) => Some(UnansweredReason::LowConfidence),
            (Outcome::Handoff, Some(HandoffReason::NoMatch)) => Some(UnansweredReason::NoMatch),
            _ => None,
        }
    }
}

/// How often an article was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArticleUse {
    /// Its id.
    pub article: String,
    /// Its title.
    pub title: String,
    /// How often it was the answer.
    pub answered: u64,
    /// How often it was only the nearest to a question that was not answered.
    pub only_nearest: u64,
    /// Readers who said that it helped.
    #[serde(default)]
    pub helped: u64,
    /// Readers who said that it did not.
    #[serde(default)]
    pub did_not_help: u64,
}

/// Counts questions; they should come oldest first, so that "the last time" is the last time.
pub fn coverage(questions: impl IntoIterator<Item = AskedQuestion>) -> Coverage {
    let mut counter = CoverageCounter::default();
    for question in questions {
        counter.add(question);
    }
    counter.finish()
}

impl Coverage {
    /// What the writers' share would be if the `most` most asked of the unanswered questions were answered.
    pub fn with_answers_to(&self, most: usize) -> Share {
        let more: u64 = self.unanswered.iter().take(most).map(|entry| entry.count).sum();
        Share::new(self.covered.count + more, self.covered.of)
    }

    /// Keeps the first `most` entries of the long lists (unanswered, articles).
    pub fn truncate(&mut self, most: usize) {
        self.unanswered.truncate(most);
        self.articles.truncate(most);
    }
}

#[cfg(test)]
#[path = "coverage_tests.rs"]
mod tests;
