//! Votes of readers: whether an article helped them.
//!
//! One voter has one vote on one version of an article; a later one takes the place of the earlier. Who voted is a
//! keyed hash that the caller makes and that says nothing about a person.

use jiff::Timestamp;

use super::{
    Store, StoreError, TimeRange,
    db::{Connection, Row, args},
    writer::Write,
};

/// What one reader thinks of one version of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// A ULID; that of the first vote stays when another takes its place.
    pub id: String,
    /// When it was given.
    pub at: Timestamp,
    /// The article's id.
    pub article: String,
    /// `sha256:…` over the text that the reader saw.
    pub version: String,
    /// Whether it helped.
    pub helped: bool,
    /// What was missing or wrong, in the reader's words, without secrets.
    pub reason: Option<String>,
    /// Language of the article.
    pub lang: String,
    /// Tells voters apart.
    pub voter: String,
    /// The decision that brought the reader there, if one did.
    pub decision: Option<String>,
}

/// Votes on one article, all its versions together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleVotes {
    /// The article's id.
    pub article: String,
    /// How many it helped.
    pub helped: u64,
    /// How many it did not help.
    pub did_not_help: u64,
}

impl Store {
    /// Keeps a vote; returns after its commit. An older vote of the same voter on the same version is replaced, a newer
    /// one stays.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn vote(&self, vote: Vote) -> Result<(), StoreError> {
        self.write(KeepVote(vote)).await
    }

    /// Votes counted by article, by id; on articles in any language or in one.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn votes_by_article(
        &self,
        range: TimeRange,
        lang: Option<&str>,
    ) -> Result<Vec<ArticleVotes>, StoreError> {
        let (from, until) = bounds(range);
        let mut snapshot = self.readers().snapshot().await?;
        snapshot
            .connection()
            .fetch_all(
                // The sum of BIGINTs is a NUMERIC in PostgreSQL.
                "SELECT article, CAST(SUM(helped) AS BIGINT) AS helped, COUNT(*) AS votes
                 FROM votes
                 WHERE at >= $1
                     AND at < $2
                     AND lang = COALESCE($3, lang)
                 GROUP BY article
                 ORDER BY article",
                args![from, until, lang],
            )
            .await?
            .iter()
            .map(counts)
            .collect()
    }

    /// The votes of readers whom an article did not help and who said why, newest first, at most `limit`; on articles in any
    /// language or in one.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn reasons(&self, range: TimeRange, lang: Option<&str>, limit: usize) -> Result<Vec<Vote>, StoreError> {
        let (from, until) = bounds(range);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut snapshot = self.readers().snapshot().await?;
        snapshot
            .connection()
            .fetch_all(
                "SELECT id, at, article, article_version, helped, reason, lang, voter, decision
                 FROM votes
                 WHERE at >= $1
                     AND at < $2
                     AND lang = COALESCE($3, lang)
                     AND helped = 0
                     AND reason IS NOT NULL
                 ORDER BY at DESC, id DESC
                 LIMIT $4",
                args![from, until, lang, limit],
            )
            .await?
            .iter()
            .map(from_row)
            .collect()
    }

    /// The votes on one article, newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn votes_on(&self, article: &str, range: TimeRange, limit: usize) -> Result<Vec<Vote>, StoreError> {
        let (from, until) = bounds(range);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut snapshot = self.readers().snapshot().await?;
        snapshot
            .connection()
            .fetch_all(
                "SELECT id, at, article, article_version, helped, reason, lang, voter, decision
                 FROM votes
                 WHERE article = $1
                     AND at >= $2
                     AND at < $3
                 ORDER BY at DESC, id DESC
                 LIMIT $4",
                args![article, from, until, limit],
            )
            .await?
            .iter()
            .map(from_row)
            .collect()
    }
}

fn bounds(range: TimeRange) -> (i64, i64) {
    (
        range.since.map_or(i64::MIN, Timestamp::as_microsecond),
        range.until.map_or(i64::MAX, Timestamp::as_microsecond),
    )
}

struct KeepVote(Vote);

impl Write for KeepVote {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let vote = &self.0;
        connection
            .execute(
                "INSERT INTO votes (id, at, article, article_version, helped, reason, lang, voter, decision)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 ON CONFLICT (article, article_version, voter) DO UPDATE
                 SET at = excluded.at,
                     helped = excluded.helped,
                     reason = excluded.reason,
                     lang = excluded.lang,
                     decision = excluded.decision
                 WHERE excluded.at >= votes.at",
                args![
                    &vote.id,
                    vote.at,
                    &vote.article,
                    &vote.version,
                    vote.helped,
                    &vote.reason,
                    &vote.lang,
                    &vote.voter,
                    &vote.decision,
                ],
            )
            .await?;
        Ok(())
    }
}

fn counts(row: &Row) -> Result<ArticleVotes, StoreError> {
    let helped = u64::try_from(row.int("helped")?).unwrap_or(0);
    let votes = u64::try_from(row.int("votes")?).unwrap_or(0);
    Ok(ArticleVotes {
        article: row.text("article")?,
        helped,
        did_not_help: votes.saturating_sub(helped),
    })
}

fn from_row(row: &Row) -> Result<Vote, StoreError> {
    Ok(Vote {
        id: row.text("id")?,
        at: row.time("at")?,
        article: row.text("article")?,
        version: row.text("article_version")?,
        helped: row.flag("helped")?,
        reason: row.optional_text("reason")?,
        lang: row.text("lang")?,
        voter: row.text("voter")?,
        decision: row.optional_text("decision")?,
    })
}
