//! Coverage: how many questions the articles answered, and which they did not.
//!
//! Pure counting. Shares carry their 95 % interval, because twenty questions prove little. Unanswered questions are
//! grouped only where their normalized text is identical: nothing is guessed together here.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use crate::{
    answer::{Decision, HandoffReason, Outcome},
    store::{ArticleVotes, QuestionRecord},
};

/// One question as coverage sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedQuestion {
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
            text: text.to_owned(),
            lang: decision.language.clone(),
            outcome: decision.decision,
            reason: decision.handoff.as_ref().map(|handoff| handoff.reason),
            topic: decision.handoff.as_ref().and_then(|handoff| handoff.topic.clone()),
            confidence: decision.confidence,
            nearest: nearest.or_else(|| answer.clone()),
            answer,
        }
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
            text: record.text,
            lang: record.lang,
            outcome: record.outcome,
            reason: record.reason,
            topic: record.topic,
            confidence: record.confidence,
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
    /// Handed over to people.
    pub handed_over: Share,
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

/// A count as a share of a whole, with the interval in which the true share lies with 95 % probability (Wilson).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// 0 to 1; 0 of 0 is 0.
    pub share: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
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
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            UnansweredReason::LowConfidence => "low_confidence",
            UnansweredReason::NoMatch => "no_match",
            UnansweredReason::Clarify => "clarify",
        }
    }

    /// `None` for answers, and for what belongs to people whatever the articles say.
    fn of(question: &AskedQuestion) -> Option<Self> {
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

/// Counts questions one by one: for a log that does not fit into memory. Keeps one entry per unanswered text.
#[derive(Debug, Default)]
pub struct CoverageCounter {
    outcomes: HashMap<&'static str, u64>,
    reasons: HashMap<HandoffReason, u64>,
    topics: HashMap<String, u64>,
    /// Language: questions, answered ones.
    languages: HashMap<String, (u64, u64)>,
    unanswered: HashMap<String, Unanswered>,
    articles: HashMap<String, ArticleUse>,
}

impl CoverageCounter {
    /// Counts one question.
    pub fn add(&mut self, question: AskedQuestion) {
        *self.outcomes.entry(question.outcome.as_str()).or_default() += 1;
        let language = self.languages.entry(question.lang.clone()).or_default();
        language.0 += 1;
        match question.outcome {
            Outcome::Answer => {
                language.1 += 1;
                if let Some(answer) = &question.answer {
                    self.article(answer).answered += 1;
                }
            }
            Outcome::Clarify | Outcome::Handoff => {
                if let Some(nearest) = &question.nearest {
                    self.article(nearest).only_nearest += 1;
                }
            }
        }
        if question.outcome == Outcome::Handoff {
            if let Some(reason) = question.reason {
                *self.reasons.entry(reason).or_default() += 1;
            }
            if let Some(topic) = &question.topic {
                *self.topics.entry(topic.clone()).or_default() += 1;
            }
        }
        if let Some(reason) = UnansweredReason::of(&question) {
            let key = normalized(&question.text);
            let count = self.unanswered.get(&key).map_or(0, |before| before.count) + 1;
            let AskedQuestion {
                text,
                lang,
                nearest,
                confidence,
                ..
            } = question;
            let entry = Unanswered {
                question: text,
                language: lang,
                count,
                reason,
                nearest,
                confidence,
            };
            self.unanswered.insert(key, entry);
        }
    }

    /// Adds readers' votes on an article, after the questions: an article that no question met goes by its id.
    pub fn add_votes(&mut self, votes: ArticleVotes) {
        let title = self.articles.get(&votes.article).map(|known| known.title.clone());
        let entry = self.article(&ArticleName {
            title: title.unwrap_or_else(|| votes.article.clone()),
            article: votes.article,
        });
        entry.helped += votes.helped;
        entry.did_not_help += votes.did_not_help;
    }

    fn article(&mut self, name: &ArticleName) -> &mut ArticleUse {
        let entry = self.articles.entry(name.article.clone()).or_insert_with(|| ArticleUse {
            article: name.article.clone(),
            title: String::new(),
            answered: 0,
            only_nearest: 0,
            helped: 0,
            did_not_help: 0,
        });
        // The latest title is the one that writers know it by.
        entry.title.clone_from(&name.title);
        entry
    }

    /// The report.
    pub fn finish(self) -> Coverage {
        let questions = self.outcomes.values().sum();
        let outcome = |outcome: Outcome| {
            Share::new(
                self.outcomes.get(outcome.as_str()).copied().unwrap_or_default(),
                questions,
            )
        };
        let mut by_reason: Vec<_> = self
            .reasons
            .into_iter()
            .map(|(reason, count)| ReasonShare {
                reason,
                share: Share::new(count, questions),
            })
            .collect();
        by_reason.sort_by(|a, b| {
            b.share
                .count
                .cmp(&a.share.count)
                .then_with(|| a.reason.as_str().cmp(b.reason.as_str()))
        });
        let mut by_topic: Vec<_> = self
            .topics
            .into_iter()
            .map(|(topic, count)| TopicShare {
                topic,
                share: Share::new(count, questions),
            })
            .collect();
        by_topic.sort_by(|a, b| b.share.count.cmp(&a.share.count).then_with(|| a.topic.cmp(&b.topic)));
        let mut by_language: Vec<_> = self
            .languages
            .into_iter()
            .map(|(language, (asked, answered))| LanguageShare {
                language,
                answered: Share::new(answered, asked),
            })
            .collect();
        by_language.sort_by(|a, b| {
            b.answered
                .of
                .cmp(&a.answered.of)
                .then_with(|| a.language.cmp(&b.language))
        });
        let mut unanswered: Vec<_> = self.unanswered.into_values().collect();
        unanswered.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.question.cmp(&b.question)));
        let mut articles: Vec<_> = self.articles.into_values().collect();
        articles.sort_by(|a, b| {
            (b.answered, b.only_nearest)
                .cmp(&(a.answered, a.only_nearest))
                .then_with(|| a.article.cmp(&b.article))
        });
        Coverage {
            questions,
            answered: outcome(Outcome::Answer),
            clarified: outcome(Outcome::Clarify),
            handed_over: outcome(Outcome::Handoff),
            by_reason,
            by_topic,
            by_language,
            unanswered,
            articles,
        }
    }
}

impl Coverage {
    /// Keeps the first `most` entries of the long lists (unanswered, articles).
    pub fn truncate(&mut self, most: usize) {
        self.unanswered.truncate(most);
        self.articles.truncate(most);
    }

    /// Writes the unanswered questions as CSV, most frequent first, safe to open in a spreadsheet.
    ///
    /// # Errors
    ///
    /// What `out` failed with.
    pub fn write_unanswered_csv(&self, out: impl Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record([
            "question",
            "count",
            "lang",
            "reason",
            "nearest_article",
            "nearest_title",
            "confidence",
        ])?;
        for entry in &self.unanswered {
            let nearest = entry.nearest.as_ref();
            csv.write_record([
                as_text(&entry.question).as_str(),
                &entry.count.to_string(),
                &as_text(&entry.language),
                entry.reason.as_str(),
                &as_text(nearest.map_or("", |nearest| &nearest.article)),
                &as_text(nearest.map_or("", |nearest| &nearest.title)),
                &format!("{:.3}", entry.confidence),
            ])?;
        }
        csv.flush()
    }
}

impl Share {
    /// `count` of `of`, with its interval.
    pub fn new(count: u64, of: u64) -> Share {
        if of == 0 {
            return Share {
                count,
                of,
                share: 0.0,
                low: 0.0,
                high: 1.0,
            };
        }
        // Wilson's score interval: unlike the textbook one it stays within 0 and 1 and is right for small counts.
        const Z: f64 = 1.959_964;
        let (n, share) = (of as f64, count as f64 / of as f64);
        let z2 = Z * Z;
        let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
        // At the ends rounding would leave 1e-17 where there is nothing.
        let low = if count == 0 { 0.0 } else { (middle - half).max(0.0) };
        let high = if count >= of { 1.0 } else { (middle + half).min(1.0) };
        Share {
            count,
            of,
            share,
            low,
            high,
        }
    }
}

/// What makes two texts the same question: compatibility forms, case, spaces and the marks of a sentence at its ends do
/// not. Other signs do (`C#`, `-1`).
fn normalized(text: &str) -> String {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let words: Vec<&str> = folded.split_whitespace().collect();
    let joined = words.join(" ");
    let bare = joined.trim_matches(|c: char| ".?!,;:…。、؟\"'“”‘’«»()¿¡ ".contains(c));
    // A text of marks only is itself.
    if bare.is_empty() { joined } else { bare.to_owned() }
}

/// Customers' words go into a spreadsheet that writers open: a text that would be run as a formula there gets the mark
/// that makes it a text.
pub(super) fn as_text(field: &str) -> String {
    let first = field
        .chars()
        .find(|c| !c.is_whitespace() || matches!(c, '\t' | '\r' | '\n'));
    match first {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '|' | '%' | '＝' | '＋' | '－' | '＠') => {
            format!("'{field}")
        }
        _ => field.to_owned(),
    }
}

#[cfg(test)]
#[path = "coverage_tests.rs"]
mod tests;
