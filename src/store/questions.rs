//! The log of questions: what was asked, what was decided, and from which state of everything.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::answer::{HandoffReason, Outcome};

use super::{
    Store, StoreError, Writer,
    db::{Connection, Row, Statement, args},
};

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

/// How often an article was what a reader was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleAsked {
    /// The article's id.
    pub id: String,
    /// Questions that it was the answer to, or the first of the choice for.
    pub times: u64,
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
        match self.writer() {
            Writer::Sqlite(writer) => writer.log(question.clone()),
            Writer::Postgres(writer) => writer.log(question.clone()),
        }
    }

    /// Logged questions, oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn questions(&self, range: TimeRange, limit: usize) -> Result<Vec<QuestionRecord>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.questions_after(range, None, None, limit).await
    }

    /// The last questions that were logged, the newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn last_questions(&self, limit: usize) -> Result<Vec<QuestionRecord>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut snapshot = self.readers().snapshot().await?;
        let sql = "SELECT id, at, text, lang, context, channel, outcome, reason, topic, confidence, threshold,
                 article, article_version, nearest, nearest_title,
                 generation, weights, calibration, rules, latency_us
             FROM questions
             ORDER BY at DESC, id DESC
             LIMIT $1";
        let rows = snapshot.connection().fetch_all(sql, args![limit]).await?;
        rows.iter().map(from_row).collect()
    }

    /// Calls `each` for every logged question, oldest first; reads page by page, so any number of them fits.
    ///
    /// # Errors
    ///
    /// What the database failed with; `each` was called for the questions before.
    pub async fn each_question(&self, range: TimeRange, each: impl FnMut(QuestionRecord)) -> Result<(), StoreError> {
        self.page_by_page(range, None, each).await
    }

    /// As [`Self::each_question`], for those that this article was the answer to or the nearest to.
    ///
    /// # Errors
    ///
    /// What the database failed with; `each` was called for the questions before.
    pub async fn each_question_met_by(
        &self,
        article: &str,
        range: TimeRange,
        each: impl FnMut(QuestionRecord),
    ) -> Result<(), StoreError> {
        self.page_by_page(range, Some(article), each).await
    }

    async fn page_by_page(
        &self,
        range: TimeRange,
        article: Option<&str>,
        mut each: impl FnMut(QuestionRecord),
    ) -> Result<(), StoreError> {
        let mut after: Option<(i64, String)> = None;
        loop {
            let page = self.questions_after(range, article, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some((last.at.as_microsecond(), last.id.clone()));
            page.into_iter().for_each(&mut each);
        }
    }

    /// The articles that questions led to, the most frequent first, at most `limit`: the answer, or the first of a choice.
    /// What was handed over counts for none: nobody was shown an article for it.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn articles_asked(&self, range: TimeRange, limit: usize) -> Result<Vec<ArticleAsked>, StoreError> {
        let from = range.since.map_or(i64::MIN, Timestamp::as_microsecond);
        let until = range.until.map_or(i64::MAX, Timestamp::as_microsecond);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut snapshot = self.readers().snapshot().await?;
        snapshot
            .connection()
            .fetch_all(
                "SELECT COALESCE(article, nearest) AS shown, COUNT(*) AS times
                 FROM questions
                 WHERE at >= $1
                     AND at < $2
                     AND outcome IN ('answer', 'clarify')
                     AND COALESCE(article, nearest) IS NOT NULL
                 GROUP BY COALESCE(article, nearest)
                 ORDER BY times DESC, shown
                 LIMIT $3",
                args![from, until, limit],
            )
            .await?
            .iter()
            .map(|row| {
                Ok(ArticleAsked {
                    id: row.text("shown")?,
                    times: u64::try_from(row.int("times")?).unwrap_or(0),
                })
            })
            .collect()
    }

    async fn questions_after(
        &self,
        range: TimeRange,
        article: Option<&str>,
        after: Option<&(i64, String)>,
        limit: i64,
    ) -> Result<Vec<QuestionRecord>, StoreError> {
        let (after_at, after_id) = after.map_or((i64::MIN, ""), |(at, id)| (*at, id.as_str()));
        // The mark is a lower bound as well: it lets the index start at the page instead of at the range.
        let from = range.since.map_or(i64::MIN, |at| at.as_microsecond()).max(after_at);
        let until = range.until.map_or(i64::MAX, |at| at.as_microsecond());
        let mut query = Statement::new(
            "SELECT id, at, text, lang, context, channel, outcome, reason, topic, confidence, threshold,
                 article, article_version, nearest, nearest_title,
                 generation, weights, calibration, rules, latency_us
             FROM questions
             WHERE at >= ",
        );
        query.bind(from).push(" AND at < ").bind(until);
        query.push(" AND (at > ").bind(after_at);
        query.push(" OR (at = ").bind(after_at);
        query.push(" AND id > ").bind(after_id).push("))");
        if let Some(article) = article {
            query.push(" AND (article = ").bind(article);
            query.push(" OR nearest = ").bind(article).push(")");
        }
        query.push(" ORDER BY at, id LIMIT ").bind(limit);
        let mut snapshot = self.readers().snapshot().await?;
        let rows = query.fetch_all(&mut snapshot.connection()).await?;
        rows.iter().map(from_row).collect()
    }
}

/// Writes one question; a second one with the same id is the same question and changes nothing.
pub(super) async fn insert(connection: &mut Connection<'_>, question: &QuestionRecord) -> Result<(), StoreError> {
    let nearest = question.nearest.as_ref();
    let article = question.article.as_ref();
    connection
        .execute(
            "INSERT INTO questions (
                 id, at, text, lang, context, channel, outcome, reason, topic, confidence, threshold,
                 article, article_version, nearest, nearest_title,
                 generation, weights, calibration, rules, latency_us
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
             ON CONFLICT (id) DO NOTHING",
            args![
                &question.id,
                question.at,
                &question.text,
                &question.lang,
                &question.context,
                &question.channel,
                question.outcome.as_str(),
                question.reason.map(HandoffReason::as_str),
                &question.topic,
                question.confidence,
                question.threshold,
                article.map(|article| article.id.as_str()),
                article.map(|article| article.version.as_str()),
                nearest.map(|nearest| nearest.id.as_str()),
                nearest.map(|nearest| nearest.title.as_str()),
                &question.generation,
                &question.weights,
                &question.calibration,
                &question.rules,
                i64::try_from(question.latency_us).unwrap_or(i64::MAX),
            ],
        )
        .await?;
    Ok(())
}

fn from_row(row: &Row) -> Result<QuestionRecord, StoreError> {
    let article = row.optional_text("article")?;
    let version = row.optional_text("article_version")?;
    Ok(QuestionRecord {
        id: row.text("id")?,
        at: row.time("at")?,
        text: row.text("text")?,
        lang: row.text("lang")?,
        context: row.object("context")?,
        channel: row.text("channel")?,
        outcome: row.word("outcome", outcome)?,
        reason: row.optional_word("reason", HandoffReason::from_word)?,
        topic: row.optional_text("topic")?,
        confidence: row.real("confidence")?,
        threshold: row.real("threshold")?,
        article: article.zip(version).map(|(id, version)| ArticleUsed { id, version }),
        nearest: nearest(row)?,
        generation: row.text("generation")?,
        weights: row.text("weights")?,
        calibration: row.text("calibration")?,
        rules: row.text("rules")?,
        latency_us: u64::try_from(row.int("latency_us")?).unwrap_or(0),
    })
}

pub(super) fn nearest(row: &Row) -> Result<Option<NearestArticle>, StoreError> {
    let id = row.optional_text("nearest")?;
    let title = row.optional_text("nearest_title")?;
    Ok(id.zip(title).map(|(id, title)| NearestArticle { id, title }))
}

fn outcome(word: &str) -> Option<Outcome> {
    [Outcome::Answer, Outcome::Clarify, Outcome::Handoff]
        .into_iter()
        .find(|outcome| outcome.as_str() == word)
}
