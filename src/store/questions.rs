//! The log of questions: what was asked, what was decided, and from which state of everything.

use jiff::Timestamp;
use serde_json::{Map, Value};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::answer::{HandoffReason, Outcome};

use super::{Store, StoreError, object, object_text, time, without_nul, word};

/// Questions read at once: a page is read within milliseconds, so that a long report holds no snapshot of the database.
const PAGE: i64 = 1000;

/// One question with its decision.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionRecord {
    /// The decision's id, a ULID.
    pub id: String,
    /// When it was asked.
    pub at: Timestamp,
    /// The words, as typed.
    pub text: String,
    /// Language, as told or as guessed.
    pub lang: String,
    /// Claims about the visitor.
    pub context: Map<String, Value>,
    /// Where it came from: `api`, `page`, `cli`, `form`.
    pub channel: String,
    /// What was decided.
    pub outcome: Outcome,
    /// With a handoff: why.
    pub reason: Option<HandoffReason>,
    /// With a handoff: the sensitive topic, if one took it.
    pub topic: Option<String>,
    /// Probability that the first candidate answers it.
    pub confidence: f64,
    /// The confidence from which on the bot answered.
    pub threshold: f64,
    /// With an answer: the article.
    pub article: Option<ArticleUsed>,
    /// The first candidate, even when it was not the answer.
    pub nearest: Option<NearestArticle>,
    /// Id of the generation.
    pub generation: String,
    /// Hash of the weights.
    pub weights: String,
    /// Hash of the calibration.
    pub calibration: String,
    /// Hash of the rules.
    pub rules: String,
    /// Microseconds from question to decision.
    pub latency_us: u64,
}

/// The article that was the answer, in the version that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleUsed {
    /// The article's id.
    pub id: String,
    /// `sha256:…` over its text.
    pub version: String,
}

/// The first candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearestArticle {
    /// The article's id.
    pub id: String,
    /// Its title at that time.
    pub title: String,
}

/// A span of time: from `since` (inclusive) to `until` (exclusive); `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// First moment.
    pub since: Option<Timestamp>,
    /// First moment after.
    pub until: Option<Timestamp>,
}

impl Store {
    /// Queues a question for the log and returns at once, before its commit. Says whether there was room; a question
    /// without room is counted in [`Store::questions_lost`].
    pub fn record_question(&self, question: &QuestionRecord) -> bool {
        self.writer().log(question.clone())
    }

    /// Logged questions, oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn questions(&self, range: TimeRange, limit: usize) -> Result<Vec<QuestionRecord>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.questions_after(range, None, limit).await
    }

    /// Calls `each` for every logged question, oldest first; reads page by page, so any number of them fits.
    ///
    /// # Errors
    ///
    /// What the database failed with; `each` was called for the questions before.
    pub async fn each_question(
        &self,
        range: TimeRange,
        mut each: impl FnMut(QuestionRecord),
    ) -> Result<(), StoreError> {
        let mut after: Option<(i64, String)> = None;
        loop {
            let page = self.questions_after(range, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some((last.at.as_microsecond(), last.id.clone()));
            page.into_iter().for_each(&mut each);
        }
    }

    async fn questions_after(
        &self,
        range: TimeRange,
        after: Option<&(i64, String)>,
        limit: i64,
    ) -> Result<Vec<QuestionRecord>, StoreError> {
        let (after_at, after_id) = after.map_or((i64::MIN, ""), |(at, id)| (*at, id.as_str()));
        sqlx::query(
            "SELECT id, at, text, lang, context, channel, outcome, reason, topic, confidence, threshold,
                 article, article_version, nearest, nearest_title,
                 generation, weights, calibration, rules, latency_us
             FROM questions
             WHERE at >= $1
                 AND at < $2
                 AND (at > $3 OR (at = $3 AND id > $4))
             ORDER BY at, id
             LIMIT $5",
        )
        // The mark is a lower bound as well: it lets the index start at the page instead of at the range.
        .bind(range.since.map_or(i64::MIN, |at| at.as_microsecond()).max(after_at))
        .bind(range.until.map_or(i64::MAX, |at| at.as_microsecond()))
        .bind(after_at)
        .bind(after_id)
        .bind(limit)
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(from_row)
        .collect()
    }
}

/// Writes one question; a second one with the same id is the same question and changes nothing.
pub(super) async fn insert(connection: &mut SqliteConnection, question: &QuestionRecord) -> Result<(), StoreError> {
    let nearest = question.nearest.as_ref();
    let article = question.article.as_ref();
    sqlx::query(
        "INSERT INTO questions (
             id, at, text, lang, context, channel, outcome, reason, topic, confidence, threshold,
             article, article_version, nearest, nearest_title,
             generation, weights, calibration, rules, latency_us
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(&question.id)
    .bind(question.at.as_microsecond())
    .bind(without_nul(&question.text))
    .bind(&question.lang)
    .bind(object_text(&question.context))
    .bind(&question.channel)
    .bind(question.outcome.as_str())
    .bind(question.reason.map(HandoffReason::as_str))
    .bind(question.topic.as_deref())
    .bind(finite(question.confidence))
    .bind(finite(question.threshold))
    .bind(article.map(|article| &article.id))
    .bind(article.map(|article| &article.version))
    .bind(nearest.map(|nearest| &nearest.id))
    .bind(nearest.map(|nearest| &nearest.title))
    .bind(&question.generation)
    .bind(&question.weights)
    .bind(&question.calibration)
    .bind(&question.rules)
    .bind(i64::try_from(question.latency_us).unwrap_or(i64::MAX))
    .execute(connection)
    .await?;
    Ok(())
}

/// SQLite keeps "not a number" as NULL, which would lose the row.
pub(super) fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

fn from_row(row: &SqliteRow) -> Result<QuestionRecord, StoreError> {
    let article: Option<String> = row.try_get("article")?;
    let version: Option<String> = row.try_get("article_version")?;
    Ok(QuestionRecord {
        id: row.try_get("id")?,
        at: time(row, "at")?,
        text: row.try_get("text")?,
        lang: row.try_get("lang")?,
        context: object(row, "context")?,
        channel: row.try_get("channel")?,
        outcome: word(row, "outcome", outcome)?,
        reason: match row.try_get::<Option<&str>, _>("reason")? {
            None => None,
            Some(_) => Some(word(row, "reason", reason)?),
        },
        topic: row.try_get("topic")?,
        confidence: row.try_get("confidence")?,
        threshold: row.try_get("threshold")?,
        article: article.zip(version).map(|(id, version)| ArticleUsed { id, version }),
        nearest: nearest(row)?,
        generation: row.try_get("generation")?,
        weights: row.try_get("weights")?,
        calibration: row.try_get("calibration")?,
        rules: row.try_get("rules")?,
        latency_us: u64::try_from(row.try_get::<i64, _>("latency_us")?).unwrap_or(0),
    })
}

pub(super) fn nearest(row: &SqliteRow) -> Result<Option<NearestArticle>, StoreError> {
    let id: Option<String> = row.try_get("nearest")?;
    let title: Option<String> = row.try_get("nearest_title")?;
    Ok(id.zip(title).map(|(id, title)| NearestArticle { id, title }))
}

fn outcome(word: &str) -> Option<Outcome> {
    [Outcome::Answer, Outcome::Clarify, Outcome::Handoff]
        .into_iter()
        .find(|outcome| outcome.as_str() == word)
}

pub(super) fn reason(word: &str) -> Option<HandoffReason> {
    use HandoffReason::{LowConfidence, NoMatch, SensitiveTopic, WantsPerson};
    [LowConfidence, NoMatch, SensitiveTopic, WantsPerson]
        .into_iter()
        .find(|reason| reason.as_str() == word)
}
