//! Numbers of the queue: how many tickets each view shows, and what managers' numbers are computed from.

use jiff::Timestamp;

use super::{
    Store, StoreError, TicketState,
    db::{Statement, args},
};

/// How many tickets are to be worked on, by view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ViewCounts {
    /// Of this person.
    pub mine: u64,
    /// Of these teams.
    pub team: u64,
    /// Of nobody.
    pub unassigned: u64,
    /// With a promise or target that has passed while the customer waits.
    pub overdue: u64,
    /// Brought to a manager.
    pub escalated: u64,
    /// Complex ones of this person, not put aside: what counts against their capacity.
    pub mine_complex: u64,
}

/// What of a ticket goes into numbers: no words of customers but the question, which names it in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketFacts {
    /// Its reference.
    pub reference: String,
    /// Where it stands.
    pub state: TicketState,
    /// Its team.
    pub team: String,
    /// Who has it: a person's id.
    pub assignee: Option<String>,
    /// Whether they have only claimed it.
    pub claimed: bool,
    /// Whether it counts against their capacity.
    pub complex: bool,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When a person replied for the first time.
    pub first_reply_at: Option<Timestamp>,
    /// By when a person was to answer.
    pub promise_at: Timestamp,
    /// Whether that was so; unknown before the first reply or the missed promise.
    pub promise_kept: Option<bool>,
    /// The target of the next reply.
    pub next_due_at: Option<Timestamp>,
    /// Since when its customer waits.
    pub waiting_since: Option<Timestamp>,
    /// Steps of the ladder that it has climbed.
    pub escalation: i64,
    /// The question; kept only while somebody still has to do something about it.
    pub question: String,
}

impl Store {
    /// How many tickets each view shows to this person, who works for these teams (none: for all).
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn view_counts(&self, person: &str, teams: &[String], now: Timestamp) -> Result<ViewCounts, StoreError> {
        let mut query = Statement::new("SELECT COALESCE(SUM(CASE WHEN assignee = ");
        query
            .bind(person)
            .push(" THEN 1 ELSE 0 END), 0) AS mine, COALESCE(SUM(");
        if teams.is_empty() {
            query.push("1");
        } else {
            query
                .push("CASE WHEN team IN (")
                .bind_all(teams)
                .push(") THEN 1 ELSE 0 END");
        }
        query.push("), 0) AS team, COALESCE(SUM(CASE WHEN assignee IS NULL THEN 1 ELSE 0 END), 0) AS unassigned, ");
        query
            .push("COALESCE(SUM(CASE WHEN state = 'open' AND (next_due_at < ")
            .bind(now);
        query.push(" OR (first_reply_at IS NULL AND promise_at < ").bind(now);
        query.push(")) THEN 1 ELSE 0 END), 0) AS overdue, ");
        query.push("COALESCE(SUM(CASE WHEN escalation > 0 THEN 1 ELSE 0 END), 0) AS escalated, ");
        query
            .push("COALESCE(SUM(CASE WHEN complex = 1 AND state <> 'snoozed' AND assignee = ")
            .bind(person);
        query
            .push(" THEN 1 ELSE 0 END), 0) AS mine_complex FROM tickets WHERE state IN ('open', 'waiting', 'snoozed')");
        let mut snapshot = self.readers().snapshot().await?;
        let rows = query.fetch_all(&mut snapshot.connection()).await?;
        let Some(row) = rows.first() else {
            return Ok(ViewCounts::default());
        };
        let count = |name: &str| Ok::<u64, StoreError>(row.int(name)?.unsigned_abs());
        Ok(ViewCounts {
            mine: count("mine")?,
            team: count("team")?,
            unassigned: count("unassigned")?,
            overdue: count("overdue")?,
            escalated: count("escalated")?,
            mine_complex: count("mine_complex")?,
        })
    }

    /// Tickets that were opened since then, and those that are not done yet, however old; merged ones are none of their own.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn ticket_facts(&self, since: Timestamp) -> Result<Vec<TicketFacts>, StoreError> {
        let sql = "SELECT reference, state, team, assignee, claimed_until, complex, opened_at, first_reply_at,
                 promise_at, promise_kept, next_due_at, waiting_since, escalation,
                 CASE WHEN state IN ('open', 'waiting', 'snoozed') THEN question ELSE '' END AS question
             FROM tickets
             WHERE state <> 'merged'
                 AND (opened_at >= $1 OR state IN ('open', 'waiting', 'snoozed'))
             ORDER BY opened_at, reference";
        let mut snapshot = self.readers().snapshot().await?;
        let rows = snapshot.connection().fetch_all(sql, args![since]).await?;
        rows.iter()
            .map(|row| {
                Ok(TicketFacts {
                    reference: row.text("reference")?,
                    state: row.word("state", TicketState::from_word)?,
                    team: row.text("team")?,
                    assignee: row.optional_text("assignee")?,
                    claimed: row.optional_time("claimed_until")?.is_some(),
                    complex: row.flag("complex")?,
                    opened_at: row.time("opened_at")?,
                    first_reply_at: row.optional_time("first_reply_at")?,
                    promise_at: row.time("promise_at")?,
                    promise_kept: row.optional_int("promise_kept")?.map(|kept| kept != 0),
                    next_due_at: row.optional_time("next_due_at")?,
                    waiting_since: row.optional_time("waiting_since")?,
                    escalation: row.int("escalation")?,
                    question: row.text("question")?,
                })
            })
            .collect()
    }
}
