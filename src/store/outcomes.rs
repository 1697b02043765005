//! What was said about answers that the bot gave: votes on the article that a decision showed, and the word of customers
//! in a chat. Only what says whether the shown article was right is told; silence, ratings of people and how tickets ended
//! say nothing about it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Store, StoreError, TimeRange,
    db::{Row, args},
};

/// Questions whose words are looked up at once.
const AT_ONCE: usize = 500;

/// An answer that somebody judged.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedAnswer {
    /// Id of the decision.
    pub decision: String,
    /// The question, as it was logged.
    pub question: String,
    /// The article that was shown.
    pub article: String,
    /// The confidence from which on the bot answered then.
    pub threshold: f64,
    /// Hash of the calibration then.
    pub calibration: String,
    /// Whether it was right; nothing if two who judged it do not agree.
    pub right: Option<bool>,
}

impl Store {
    /// The answers of a span of time that somebody judged, by decision. Answers whose question is not in the log any more
    /// are not told.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn judged_answers(&self, range: TimeRange) -> Result<Vec<JudgedAnswer>, StoreError> {
        let mut verdicts: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        for (decision, helped) in self.votes_on_decisions(range).await? {
            verdicts.entry(decision).or_default().push(helped);
        }
        for (decision, helped) in self.words_on_answers(range).await? {
            verdicts.entry(decision).or_default().push(helped);
        }
        let mut judged = Vec::new();
        let decisions: Vec<&String> = verdicts.keys().collect();
        for some in decisions.chunks(AT_ONCE) {
            for answer in self.answers(some).await? {
                let said = verdicts.get(&answer.decision).map_or(&[][..], Vec::as_slice);
                let right = said
                    .first()
                    .copied()
                    .filter(|first| said.iter().all(|word| word == first));
                judged.push(JudgedAnswer { right, ..answer });
            }
        }
        Ok(judged)
    }

    async fn votes_on_decisions(&self, range: TimeRange) -> Result<Vec<(String, bool)>, StoreError> {
        let (from, until) = bounds(range);
        let mut snapshot = self.readers().snapshot().await?;
        // A vote on another article than the one that was shown is not about the decision.
        let rows = snapshot
            .connection()
            .fetch_all(
                "SELECT votes.decision AS decision, votes.helped AS helped
                 FROM votes
                 JOIN questions ON questions.id = votes.decision AND questions.article = votes.article
                 WHERE votes.at >= $1
                     AND votes.at < $2
                 ORDER BY votes.id",
                args![from, until],
            )
            .await?;
        rows.iter()
            .map(|row| Ok((row.text("decision")?, row.int("helped")? != 0)))
            .collect()
    }

    /// "That helped" ends an episode by the customer's word, "that did not help" opens a ticket for that reason; both are
    /// about the answer that was shown last.
    async fn words_on_answers(&self, range: TimeRange) -> Result<Vec<(String, bool)>, StoreError> {
        let (from, until) = bounds(range);
        let mut snapshot = self.readers().snapshot().await?;
        let rows = snapshot
            .connection()
            .fetch_all(
                "SELECT turns.data AS data, episodes.conversation AS conversation, episodes.number AS number,
                     CASE WHEN tickets.reference IS NULL THEN 1 ELSE 0 END AS helped
                 FROM episodes
                 JOIN turns ON turns.conversation = episodes.conversation AND turns.episode = episodes.number
                 LEFT JOIN tickets ON tickets.reference = episodes.ticket
                 WHERE turns.kind = 'bot'
                     AND episodes.opened_at >= $1
                     AND episodes.opened_at < $2
                     AND (
                         tickets.reason = 'did_not_help'
                         OR (episodes.ticket IS NULL AND episodes.state = 'confirmed' AND episodes.ended_by = 'customer')
                     )
                 ORDER BY episodes.conversation, episodes.number, turns.number",
                args![from, until],
            )
            .await?;
        let mut last: BTreeMap<(String, i64), (String, bool)> = BTreeMap::new();
        for row in &rows {
            let data = row.object("data")?;
            let decision = (data.get("kind").and_then(Value::as_str) == Some("answer"))
                .then(|| data.get("decision")?.get("id")?.as_str())
                .flatten();
            if let Some(decision) = decision {
                let episode = (row.text("conversation")?, row.int("number")?);
                last.insert(episode, (decision.to_owned(), row.int("helped")? != 0));
            }
        }
        Ok(last.into_values().collect())
    }

    /// The answers among these decisions; their verdicts are not filled in.
    async fn answers(&self, decisions: &[&String]) -> Result<Vec<JudgedAnswer>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let mut found = Vec::new();
        for decision in decisions {
            let sql = "SELECT id, text, article, threshold, calibration
                 FROM questions
                 WHERE id = $1
                     AND outcome = 'answer'
                     AND article IS NOT NULL
                     AND text <> ''";
            let row = snapshot
                .connection()
                .fetch_optional(sql, args![decision.as_str()])
                .await?;
            found.extend(row.as_ref().map(answer).transpose()?);
        }
        Ok(found)
    }
}

fn answer(row: &Row) -> Result<JudgedAnswer, StoreError> {
    Ok(JudgedAnswer {
        decision: row.text("id")?,
        question: row.text("text")?,
        article: row.text("article")?,
        threshold: row.real("threshold")?,
        calibration: row.text("calibration")?,
        right: None,
    })
}

fn bounds(range: TimeRange) -> (i64, i64) {
    (
        range.since.map_or(i64::MIN, Timestamp::as_microsecond),
        range.until.map_or(i64::MAX, Timestamp::as_microsecond),
    )
}
