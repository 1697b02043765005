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
fn as_text(field: &str) -> String {
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
mod tests {
    use super::*;

    fn name(article: &str) -> ArticleName {
        ArticleName {
            article: article.into(),
            title: format!("About {article}"),
        }
    }

    fn asked(text: &str, outcome: Outcome, reason: Option<HandoffReason>) -> AskedQuestion {
        AskedQuestion {
            text: text.into(),
            lang: "en".into(),
            outcome,
            reason,
            topic: None,
            confidence: 0.5,
            answer: (outcome == Outcome::Answer).then(|| name("orders")),
            nearest: Some(name("orders")),
        }
    }

    fn handoff(text: &str, reason: HandoffReason) -> AskedQuestion {
        asked(text, Outcome::Handoff, Some(reason))
    }

    #[test]
    fn outcomes_reasons_topics_and_languages_are_counted() {
        let billing = AskedQuestion {
            topic: Some("billing".into()),
            lang: "id".into(),
            ..handoff("tagihan", HandoffReason::SensitiveTopic)
        };
        let report = coverage([
            asked("where is it", Outcome::Answer, None),
            asked("track", Outcome::Answer, None),
            asked("which one", Outcome::Clarify, None),
            billing,
        ]);
        assert_eq!(report.questions, 4);
        let shares = [report.answered.share, report.clarified.share, report.handed_over.share];
        assert_eq!(shares, [0.5, 0.25, 0.25]);
        assert_eq!(report.by_reason[0].reason, HandoffReason::SensitiveTopic);
        assert_eq!(report.by_topic[0].topic, "billing");
        let languages: Vec<_> = report
            .by_language
            .iter()
            .map(|l| (l.language.as_str(), l.answered.count, l.answered.of))
            .collect();
        assert_eq!(languages, [("en", 2, 3), ("id", 0, 1)]);
        assert_eq!(
            report.articles,
            [ArticleUse {
                article: "orders".into(),
                title: "About orders".into(),
                answered: 2,
                only_nearest: 2,
                helped: 0,
                did_not_help: 0,
            }]
        );
    }

    #[test]
    fn unanswered_questions_are_grouped_only_by_identical_normalized_text() {
        let last = AskedQuestion {
            confidence: 0.1,
            nearest: None,
            ..handoff("  HOW do I pay? ", HandoffReason::NoMatch)
        };
        let report = coverage([
            handoff("how do i pay", HandoffReason::LowConfidence),
            handoff("Ｈow do\ti pay?!", HandoffReason::LowConfidence),
            last,
            handoff("how can i pay", HandoffReason::LowConfidence),
            asked("pay", Outcome::Clarify, None),
            handoff("a person please", HandoffReason::WantsPerson),
            handoff("refund", HandoffReason::SensitiveTopic),
            asked("answered", Outcome::Answer, None),
        ]);
        let groups: Vec<_> = report
            .unanswered
            .iter()
            .map(|u| (u.question.as_str(), u.count, u.reason))
            .collect();
        assert_eq!(
            groups,
            [
                ("  HOW do I pay? ", 3, UnansweredReason::NoMatch),
                ("how can i pay", 1, UnansweredReason::LowConfidence),
                ("pay", 1, UnansweredReason::Clarify),
            ]
        );
        assert_eq!(
            (report.unanswered[0].confidence, &report.unanswered[0].nearest),
            (0.1, &None)
        );
    }

    #[test]
    fn texts_of_signs_only_stay_apart() {
        assert_ne!(normalized("???"), normalized("!!!"));
        assert_ne!(normalized("what is C#?"), normalized("what is C?"));
        assert_eq!(normalized("ＴＲＡＣＫ　order…"), "track order");
    }

    #[test]
    fn wilson_intervals_match_published_values() {
        let near = |share: Share, low: f64, high: f64| {
            assert!(
                (share.low - low).abs() < 5e-4 && (share.high - high).abs() < 5e-4,
                "{share:?}"
            );
        };
        // Newcombe (1998), table I, method 3.
        near(Share::new(81, 263), 0.2553, 0.3662);
        near(Share::new(15, 148), 0.0624, 0.1605);
        near(Share::new(0, 20), 0.0, 0.1611);
        near(Share::new(1, 29), 0.0061, 0.1718);
        near(Share::new(20, 20), 0.8389, 1.0);
        assert_eq!(
            Share::new(0, 0),
            Share {
                count: 0,
                of: 0,
                share: 0.0,
                low: 0.0,
                high: 1.0
            }
        );
    }

    #[test]
    fn csv_cannot_smuggle_formulas_into_a_spreadsheet() {
        let evil = [
            "=HYPERLINK(\"http://x\")",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=2",
            "  =3",
            "\r\n=4",
            "＝5",
            "plain, with \"quotes\"\nand lines",
        ];
        let report = coverage(evil.map(|text| handoff(text, HandoffReason::NoMatch)));
        let mut out = Vec::new();
        report.write_unanswered_csv(&mut out).expect("writing to memory");
        let mut reader = csv::Reader::from_reader(out.as_slice());
        let mut questions: Vec<String> = reader
            .records()
            .map(|record| record.expect("well-formed CSV")[0].to_owned())
            .collect();
        questions.sort();
        let (plain, marked): (Vec<_>, Vec<_>) = questions.iter().partition(|q| q.starts_with("plain"));
        assert_eq!(plain, ["plain, with \"quotes\"\nand lines"]);
        assert_eq!(marked.len(), evil.len() - 1);
        assert!(marked.iter().all(|q| q.starts_with('\'')), "{marked:?}");
    }

    #[test]
    fn no_questions_make_an_empty_report() {
        let report = coverage([]);
        assert_eq!(report.questions, 0);
        assert!(report.unanswered.is_empty() && report.articles.is_empty());
        assert!(serde_json::to_string(&report).is_ok());
    }
}
