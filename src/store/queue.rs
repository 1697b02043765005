//! How the queue is doing: what is due, who carries how much, how long replies take.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    Store, StoreError, TicketState,
    db::{Connection, args},
};

/// What the clock has to do something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Claims that ran out.
    Claim,
    /// Tickets that come back.
    Snooze,
    /// Tickets that climb the ladder.
    Escalation,
    /// Promises that were missed and not yet written down as such.
    Promise,
    /// Promises that will be missed soon, and of which nobody has been warned.
    Warning,
}

/// Promises of tickets that were opened in a span of time, merged ones left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PromiseCounts {
    /// How many there were.
    pub all: u64,
    /// A person replied in time.
    pub kept: u64,
    /// Nobody did.
    pub missed: u64,
    /// The ticket was resolved before the promise had passed, and nobody had replied: neither kept nor missed.
    pub unanswered: u64,
}

/// How a team is doing, for the next promise.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueueLoad {
    /// Tickets of the team in which the customer waits.
    pub waiting: u64,
    /// When the last first replies came, and to which tickets' openings: (opened, replied), newest first.
    pub replies: Vec<(Timestamp, Timestamp)>,
}

impl Store {
    /// How many tickets there are in this state.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn count_tickets(&self, state: TicketState) -> Result<u64, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let sql = "SELECT COUNT(*) AS tickets FROM tickets WHERE state = $1";
        let row = snapshot.connection().fetch_one(sql, args![state.as_str()]).await?;
        let count = row.int("tickets")?;
        Ok(count.unsigned_abs())
    }

    /// Open complex tickets of each person who has any: what counts against their capacity.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn loads(&self) -> Result<HashMap<String, i64>, StoreError> {
        let sql = "SELECT assignee, COUNT(*) AS tickets
             FROM tickets
             WHERE assignee IS NOT NULL
                 AND complex = 1
                 AND state IN ('open', 'waiting')
             GROUP BY assignee";
        let mut snapshot = self.readers().snapshot().await?;
        let rows = snapshot.connection().fetch_all(sql, Vec::new()).await?;
        rows.iter()
            .map(|row| Ok((row.text("assignee")?, row.int("tickets")?)))
            .collect()
    }

    /// References of tickets that something is due about, most urgent first.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn due_tickets(&self, due: Due, at: Timestamp, limit: usize) -> Result<Vec<String>, StoreError> {
        let sql = match due {
            Due::Claim => {
                "SELECT reference FROM tickets WHERE claimed_until <= $1
                 ORDER BY claimed_until LIMIT $2"
            }
            Due::Snooze => {
                "SELECT reference FROM tickets WHERE state = 'snoozed' AND snoozed_until <= $1
                 ORDER BY snoozed_until LIMIT $2"
            }
            Due::Escalation => {
                "SELECT reference FROM tickets WHERE escalate_at <= $1
                 ORDER BY escalate_at LIMIT $2"
            }
            Due::Promise => {
                "SELECT reference FROM tickets WHERE promise_at < $1 AND promise_kept IS NULL
                     AND state IN ('open', 'snoozed')
                 ORDER BY promise_at LIMIT $2"
            }
            Due::Warning => {
                "SELECT reference FROM tickets WHERE warn_at < $1 AND promise_at >= $1 AND promise_kept IS NULL
                     AND state IN ('open', 'snoozed')
                 ORDER BY warn_at LIMIT $2"
            }
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut snapshot = self.readers().snapshot().await?;
        let rows = snapshot.connection().fetch_all(sql, args![at, limit]).await?;
        rows.iter().map(|row| row.text("reference")).collect()
    }

    /// Every team that has or had a ticket, by name.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn teams(&self) -> Result<Vec<String>, StoreError> {
        // A team whose tickets were all given to others has a stream that is still followed.
        let sql = "SELECT team FROM tickets
             UNION
             SELECT substr(stream, 6) AS team FROM streams WHERE stream LIKE 'team:%'
             ORDER BY team";
        let mut snapshot = self.readers().snapshot().await?;
        let rows = snapshot.connection().fetch_all(sql, Vec::new()).await?;
        rows.iter().map(|row| row.text("team")).collect()
    }

    /// How a team is doing: who waits, and how long the last `replies` first replies took.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn queue_load(&self, team: &str, replies: usize) -> Result<QueueLoad, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let mut connection = snapshot.connection();
        let sql = "SELECT COUNT(*) AS waiting FROM tickets WHERE team = $1 AND state = 'open'";
        let waiting = connection.fetch_one(sql, args![team]).await?.int("waiting")?;
        let sql = "SELECT opened_at, first_reply_at
             FROM tickets
             WHERE team = $1
                 AND first_reply_at IS NOT NULL
             ORDER BY first_reply_at DESC
             LIMIT $2";
        let limit = i64::try_from(replies).unwrap_or(i64::MAX);
        let rows = connection.fetch_all(sql, args![team, limit]).await?;
        let replies = rows
            .iter()
            .map(|row| Ok((row.time("opened_at")?, row.time("first_reply_at")?)))
            .collect::<Result<_, StoreError>>()?;
        Ok(QueueLoad {
            waiting: waiting.unsigned_abs(),
            replies,
        })
    }

    /// What became of the promises of tickets opened in a span of time.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn promises(&self, since: Timestamp, until: Timestamp) -> Result<PromiseCounts, StoreError> {
        let sql = "SELECT COUNT(*) AS all_of_them,
                 COALESCE(SUM(CASE WHEN promise_kept = 1 THEN 1 ELSE 0 END), 0) AS kept,
                 COALESCE(SUM(CASE WHEN promise_kept = 0 THEN 1 ELSE 0 END), 0) AS missed,
                 COALESCE(SUM(CASE WHEN promise_kept IS NULL AND state = 'resolved' THEN 1 ELSE 0 END), 0) AS unanswered
             FROM tickets
             WHERE opened_at >= $1
                 AND opened_at < $2
                 AND state <> 'merged'";
        let mut snapshot = self.readers().snapshot().await?;
        let row = snapshot.connection().fetch_one(sql, args![since, until]).await?;
        let count = |name| Ok::<u64, StoreError>(row.int(name)?.unsigned_abs());
        Ok(PromiseCounts {
            all: count("all_of_them")?,
            kept: count("kept")?,
            missed: count("missed")?,
            unanswered: count("unanswered")?,
        })
    }

    /// Who replied last to this customer, in the ticket that is not `reference`: the person who knows them.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn last_assignee_of(&self, customer: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT assignee
             FROM tickets
             WHERE customer = $1
                 AND assignee IS NOT NULL
             ORDER BY opened_at DESC
             LIMIT 1";
        let mut snapshot = self.readers().snapshot().await?;
        let row = snapshot.connection().fetch_optional(sql, args![customer]).await?;
        row.map(|row| row.text("assignee")).transpose()
    }
}

/// Open complex tickets of one person; as [`Store::loads`] counts them.
pub(super) async fn load_of(connection: &mut Connection<'_>, person: &str) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS tickets
         FROM tickets
         WHERE assignee = $1
             AND complex = 1
             AND state IN ('open', 'waiting')";
    connection.fetch_one(sql, args![person]).await?.int("tickets")
}
