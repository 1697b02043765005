//! One article as its writer looks at it: how often it was shown, what it answered and nearly answered, what readers said.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AskedQuestion, Days, Share, Step, UnansweredReason, counter::normalized, over_time::Pieces};
use crate::store::{Store, StoreError, Vote};

/// Votes that are read for one report; the newest ones.
const VOTES: usize = 10_000;

/// One article over some days.
#[derive(Debug, Clone, PartialEq)]
pub struct ArticleReport {
    /// Its id.
    pub article: String,
    /// Its title as it was the last time that a question met it; `None` if none did.
    pub title: Option<String>,
    /// The days that were counted.
    pub days: Days,
    /// When it was counted.
    pub counted_at: Timestamp,
    /// How many questions met it.
    pub read: u64,
    /// How often it was the answer.
    pub answered: u64,
    /// How often it was only the nearest to a question that was not answered.
    pub only_nearest: u64,
    /// Readers whom it helped, of all who voted.
    pub helped: Share,
    /// Its course.
    pub over_time: Vec<ArticlePeriod>,
    /// What it answered, most asked first.
    pub answers: Vec<ArticleQuestion>,
    /// What it nearly answered: questions that are a matter of articles, and this one was the nearest.
    pub nearly: Vec<ArticleQuestion>,
    /// What readers said, newest first.
    pub votes: Vec<Vote>,
}

/// One article in a day or a week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArticlePeriod {
    /// Its first day, in the time zone of the desk.
    pub from: String,
    /// Its last day.
    pub to: String,
    /// How often the article was the answer.
    pub answered: u64,
    /// How often it was only the nearest.
    pub only_nearest: u64,
    /// Readers whom it helped.
    pub helped: u64,
    /// Readers whom it did not help.
    pub did_not_help: u64,
}

/// A question that met the article; equal ones count as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ArticleQuestion {
    /// The words, as typed the last time.
    pub question: String,
    /// Its language.
    pub language: String,
    /// How often it was asked.
    pub count: u64,
    /// Why it had no answer, the last time; absent for those that had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<UnansweredReason>,
    /// Probability that the article is right, the last time.
    pub confidence: f64,
    /// The probability that is needed for an answer, the last time.
    pub threshold: f64,
    /// When it was asked the last time, RFC 3339.
    #[serde(with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub last_asked: Timestamp,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    answered: u64,
    only_nearest: u64,
    helped: u64,
    did_not_help: u64,
}

/// Counts what met one article.
struct ArticleCounter<'a> {
    article: &'a str,
    title: Option<String>,
    total: Counts,
    pieces: Pieces<Counts>,
    answers: HashMap<String, ArticleQuestion>,
    nearly: HashMap<String, ArticleQuestion>,
}

impl ArticleCounter<'_> {
    /// Counts one question; one that did not meet the article counts for nothing.
    fn add(&mut self, question: AskedQuestion) {
        let is_this = |name: &&super::ArticleName| name.article == self.article;
        let (answer, nearest) = (
            question.answer.as_ref().filter(is_this),
            question.nearest.as_ref().filter(is_this),
        );
        let Some(at) = question.at.filter(|_| answer.or(nearest).is_some()) else {
            return;
        };
        let is_answer = answer.is_some();
        let is_only_nearest = question.answer.is_none() && nearest.is_some();
        if !is_answer && !is_only_nearest {
            return;
        }
        if let Some(nearest) = nearest {
            self.title = Some(nearest.title.clone());
        }
        for counts in [Some(&mut self.total), self.pieces.at(at)].into_iter().flatten() {
            counts.answered += u64::from(is_answer);
            counts.only_nearest += u64::from(is_only_nearest);
        }
        let reason = UnansweredReason::of(&question);
        let list = match (is_answer, reason) {
            (true, _) => &mut self.answers,
            (false, Some(_)) => &mut self.nearly,
            // It belongs to people: nothing that the article could have answered.
            (false, None) => return,
        };
        let key = normalized(&question.text);
        let count = list.get(&key).map_or(0, |before| before.count) + 1;
        let entry = ArticleQuestion {
            question: question.text,
            language: question.lang,
            count,
            reason,
            confidence: question.confidence,
            threshold: question.threshold,
            last_asked: at,
        };
        list.insert(key, entry);
    }

    fn add_vote(&mut self, vote: &Vote) {
        for counts in [Some(&mut self.total), self.pieces.at(vote.at)].into_iter().flatten() {
            counts.helped += u64::from(vote.helped);
            counts.did_not_help += u64::from(!vote.helped);
        }
    }
}

/// Counts one article's questions and votes of some days.
///
/// # Errors
/// The store's failure.
pub async fn article_report(
    store: &Store,
    article: &str,
    days: &Days,
    step: Step,
    now: Timestamp,
) -> Result<ArticleReport, StoreError> {
    let mut counter = ArticleCounter {
        article,
        title: None,
        total: Counts::default(),
        pieces: Pieces::new(days, step),
        answers: HashMap::new(),
        nearly: HashMap::new(),
    };
    let mut read = 0;
    store
        .each_question_met_by(article, days.range(), |record| {
            read += 1;
            counter.add(record.into());
        })
        .await?;
    let votes = store.votes_on(article, days.range(), VOTES).await?;
    for vote in &votes {
        counter.add_vote(vote);
    }
    let Counts {
        answered,
        only_nearest,
        helped,
        did_not_help,
    } = counter.total;
    let pieces = counter.pieces.finish().into_iter();
    let period = |(from, to, counts): (Date, Date, Counts)| ArticlePeriod {
        from: from.to_string(),
        to: to.to_string(),
        answered: counts.answered,
        only_nearest: counts.only_nearest,
        helped: counts.helped,
        did_not_help: counts.did_not_help,
    };
    Ok(ArticleReport {
        article: article.to_owned(),
        title: counter.title,
        days: days.clone(),
        counted_at: now,
        read,
        answered,
        only_nearest,
        helped: Share::new(helped, helped + did_not_help),
        over_time: pieces.map(period).collect(),
        answers: sorted(counter.answers),
        nearly: sorted(counter.nearly),
        votes,
    })
}

/// Most asked first, then the latest.
fn sorted(questions: HashMap<String, ArticleQuestion>) -> Vec<ArticleQuestion> {
    let mut questions: Vec<_> = questions.into_values().collect();
    questions.sort_by(|a, b| {
        (b.count, b.last_asked)
            .cmp(&(a.count, a.last_asked))
            .then_with(|| a.question.cmp(&b.question))
    });
    questions
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{
        answer::{HandoffReason, Outcome},
        insight::ArticleName,
    };

    fn name(article: &str) -> ArticleName {
        ArticleName {
            article: article.into(),
            title: format!("About {article}"),
        }
    }

    #[test]
    fn an_article_is_shown_or_nearest_or_not_meant() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().expect("a time");
        let days = Days::last(7, now, &TimeZone::UTC);
        let mut counter = ArticleCounter {
            article: "track",
            title: None,
            total: Counts::default(),
            pieces: Pieces::new(&days, Step::Day),
            answers: HashMap::new(),
            nearly: HashMap::new(),
        };
        let asked = |text: &str, answer: Option<&str>, nearest: &str, reason| AskedQuestion {
            at: Some(now),
            text: text.into(),
            lang: "en".into(),
            outcome: if answer.is_some() {
                Outcome::Answer
            } else {
                Outcome::Handoff
            },
            reason,
            topic: None,
            confidence: 0.5,
            threshold: 0.7,
            answer: answer.map(name),
            nearest: Some(name(nearest)),
        };
        counter.add(asked("Where is it", Some("track"), "track", None));
        counter.add(asked("where is it?", Some("track"), "track", None));
        counter.add(asked("two numbers", None, "track", Some(HandoffReason::LowConfidence)));
        // Belongs to people: met the article, but is none that it could answer.
        counter.add(asked("refund", None, "track", Some(HandoffReason::SensitiveTopic)));
        // Others.
        counter.add(asked("beans", Some("beans"), "track", None));
        counter.add(asked("grinder", None, "beans", Some(HandoffReason::NoMatch)));
        assert_eq!((counter.total.answered, counter.total.only_nearest), (2, 2));
        let answers = sorted(counter.answers);
        assert_eq!(
            (answers.len(), answers[0].question.as_str(), answers[0].count),
            (1, "where is it?", 2)
        );
        let nearly = sorted(counter.nearly);
        assert_eq!((nearly.len(), nearly[0].question.as_str()), (1, "two numbers"));
        let today = counter.pieces.finish().pop().expect("today").2;
        assert_eq!((today.answered, today.only_nearest), (2, 2));
    }
}
