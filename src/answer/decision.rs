//! The question with its context, and the decision taken about it, as they go over the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a person asked, with what is known about the person and the page.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Question {
    /// The words, as typed.
    pub text: String,
    /// BCP 47 primary language, if the caller knows it; guessed otherwise.
    pub lang: Option<String>,
    /// Claims about the visitor: `page_url`, `product`, `plan`, `customer_since`, `channel`, … Unsigned: may send a
    /// question to people, never unlock an answer.
    pub context: serde_json::Map<String, serde_json::Value>,
}

/// Which of the three things happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A passage of an article, word for word.
    Answer,
    /// Two to four articles to choose from.
    Clarify,
    /// The question goes to people.
    Handoff,
}

impl Outcome {
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Answer => "answer",
            Outcome::Clarify => "clarify",
            Outcome::Handoff => "handoff",
        }
    }
}

/// One decision about one question. Exactly one of `answer`, `options` (not empty) and `handoff` is there, as `decision` says.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// ULID; differs between two equal questions.
    pub id: String,
    /// Which of the three.
    pub decision: Outcome,
    /// Probability, 0 to 1, that the first candidate answers the question; also there for handoffs.
    pub confidence: f64,
    /// The confidence from which on the bot answers.
    pub threshold: f64,
    /// Language of the question (BCP 47 primary), as told or as guessed.
    pub language: String,
    /// With `answer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// With `clarify`: two to four.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// With `handoff`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handoff: Option<Handoff>,
    /// What answers the other questions of a message with several, in their order; the first one that is not answered decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<Answer>,
    /// Id of the generation that was asked.
    pub generation: String,
    /// Hash of the ranking and confidence weights.
    pub weights: String,
    /// Hash of the calibration.
    pub calibration: String,
    /// Hash of the topic rules.
    pub rules: String,
    /// With `explain`: how it came to this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
}

/// The shown passage.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// Plain rendering of exactly `span`.
    pub text: String,
    /// The same as sanitised HTML.
    pub html: String,
    /// Where it stands.
    pub article: ArticleRef,
    /// The section, if the article has text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<SectionRef>,
    /// UTF-8 bytes of the decoded article file, start and end.
    pub span: [usize; 2],
    /// UTF-8 bytes of `text`, start and end of each matching part.
    pub highlights: Vec<[usize; 2]>,
    /// UTF-8 bytes of `text`, start and end of the sentence, step or row that matches best; missing if none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<[usize; 2]>,
}

/// Names an article and the version of it that was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ArticleRef {
    /// The article's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its address; absolute if `public_url` is configured.
    pub url: String,
    /// `sha256:…` over the decoded file.
    pub version: String,
}

/// Names a section of an article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SectionRef {
    /// Headings from the top down to this one.
    pub heading_path: Vec<String>,
    /// Fragment in the article's page.
    pub anchor: String,
}

/// One of the articles to choose from.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Choice {
    /// The article.
    pub article: ArticleRef,
    /// Probability that this one answers the question.
    pub confidence: f64,
}

/// Why a question goes to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandoffReason {
    /// The confidence is below the threshold.
    LowConfidence,
    /// Nothing in the index resembles the question.
    NoMatch,
    /// A rule for a sensitive topic took it, or the fitting article is not to be answered by a machine.
    SensitiveTopic,
    /// The customer asked for a person.
    WantsPerson,
    /// A rule over the context sends this customer to people first.
    PeopleFirst,
    /// The customer said that an answer did not help.
    DidNotHelp,
    /// Twice in one conversation the bot had no answer, or only one that it had given before.
    Misses,
    /// A person at the desk took the conversation over.
    TakenOver,
}

impl HandoffReason {
    /// All of them.
    pub const ALL: [HandoffReason; 8] = [
        HandoffReason::LowConfidence,
        HandoffReason::NoMatch,
        HandoffReason::SensitiveTopic,
        HandoffReason::WantsPerson,
        HandoffReason::PeopleFirst,
        HandoffReason::DidNotHelp,
        HandoffReason::Misses,
        HandoffReason::TakenOver,
    ];

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            HandoffReason::LowConfidence => "low_confidence",
            HandoffReason::NoMatch => "no_match",
            HandoffReason::SensitiveTopic => "sensitive_topic",
            HandoffReason::WantsPerson => "wants_person",
            HandoffReason::PeopleFirst => "people_first",
            HandoffReason::DidNotHelp => "did_not_help",
            HandoffReason::Misses => "misses",
            HandoffReason::TakenOver => "taken_over",
        }
    }

    /// The one with this wire word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// The handing over of a question to people.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Handoff {
    /// Why.
    pub reason: HandoffReason,
    /// The sensitive topic, e.g. `billing`.
    pub topic: Option<String>,
    /// Which team it goes to.
    pub team: String,
    /// Reference of the ticket, once one is committed.
    pub ticket: Option<String>,
    /// By when somebody answers, in words; only with a ticket.
    pub promise: Option<String>,
    /// The same for programs, RFC 3339 in UTC; only with a ticket.
    #[schema(example = "2026-11-24T04:30:00Z")]
    pub by: Option<String>,
    /// What to tell the customer, in the question's language where there is a text for it.
    pub message: String,
}

/// How a decision came about.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// The rule that took the question, if one did: `topic: pattern`.
    pub rule: Option<String>,
    /// Candidates, best first, with what each feature added to the score.
    pub candidates: Vec<ExplainedCandidate>,
    /// Words of the question that no article contains; words of grammar are left out.
    pub unknown_words: Vec<String>,
    /// Inputs of the confidence and what each added to its logit, the strongest first.
    pub confidence: Vec<Contribution>,
    /// The confidence that these inputs make: their sum, through the logistic function. A calibration turns it into the one
    /// that the decision tells.
    #[serde(default)]
    pub raw_confidence: f64,
    /// Where the threshold comes from.
    #[serde(default)]
    pub threshold_from: ThresholdSource,
    /// Without an answer: the article that came nearest to one, and what it lacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest_miss: Option<NearestMiss>,
}

/// Where the threshold of a decision comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ThresholdSource {
    /// Which of the three.
    pub kind: ThresholdKind,
    /// The same for people, with what stands behind it.
    pub words: String,
}

/// The three places where a threshold may come from; the first one that there is counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdKind {
    /// Somebody has set it.
    Set,
    /// The calibration of this help center.
    Calibration,
    /// The weights, for help centers without a calibration.
    #[default]
    Weights,
}

/// The article that would have been answered with.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NearestMiss {
    /// The article.
    pub article: ArticleRef,
    /// Headings down to the section that fits best.
    pub heading_path: Vec<String>,
    /// What stood in its way.
    pub why: WhyMissed,
    /// Probability that it answers the question.
    pub confidence: f64,
    /// How much of the threshold is missing; 0 if something else stood in its way.
    pub short_by: f64,
    /// Whether it is in another language than the question: then its words cannot be compared.
    pub other_language: bool,
    /// Words of the question that no part of it contains, as typed; numbers and words of grammar are left out.
    pub missing_words: Vec<String>,
}

/// What stood in the way of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyMissed {
    /// The confidence is below the threshold.
    NotSureEnough,
    /// A rule for a topic took the question.
    Rule,
    /// The article has a sensitive topic, and nobody has freed it for the bot.
    SensitiveArticle,
    /// The article says that the bot must not answer with it.
    NotForTheBot,
    /// A rule over the context sends this customer to people first.
    PeopleFirst,
}

/// A candidate with the reasons for its score.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ExplainedCandidate {
    /// The article's id.
    pub article: String,
    /// Its title.
    pub title: String,
    /// The score it was ranked by.
    pub score: f64,
    /// What each feature added, the strongest first.
    pub features: Vec<Contribution>,
}

/// One feature's value and weight.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Contribution {
    /// The feature, as it is called in the weights.
    pub name: String,
    /// What it is, in plain words.
    #[serde(default)]
    pub about: String,
    /// Its value.
    pub value: f64,
    /// Value times weight.
    pub adds: f64,
}
