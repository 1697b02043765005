//! What has to go out: mails and alerts, kept until they are sent or given up.
//!
//! A message is queued in the same transaction as what it tells of. A sender claims it for a while ([`Store::claim_outgoing`]),
//! tries, and notes how it went; a claim that runs out is free again, so a sender that dies loses nothing. That makes it
//! **at least once**: a sender that dies after the other side has taken the message, and before that is noted, sends it
//! again, with the same Message-ID (it is made of the row's id), by which receivers drop the second one.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    Store, StoreError,
    db::{Connection, Row, Statement, args},
    writer::Write,
};

/// The stream whose wake-up says that something is waiting to go out.
pub(crate) const OUTGOING_STREAM: &str = "outgoing";

/// A mail or an alert that has to go out.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOutgoing {
    /// A ULID.
    pub id: String,
    /// `mail` or `alert`.
    pub kind: &'static str,
    /// Address, or who is alerted.
    pub recipient: String,
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// What belongs to it: `reference`, `lang`, `auto` (whether a program wrote it), …
    pub data: Map<String, Value>,
    /// Two with the same key are one.
    pub dedupe_key: Option<String>,
    /// It waits until then, and can be withdrawn by its key meanwhile ([`Store::withdraw_outgoing`]); without it, it goes
    /// out at once.
    pub not_before: Option<Timestamp>,
}

/// A claimed message.
#[derive(Debug, Clone, PartialEq)]
pub struct OutgoingRecord {
    /// A ULID; the Message-ID is made of it.
    pub id: String,
    /// `mail` or `alert`.
    pub kind: String,
    /// Address.
    pub recipient: String,
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// What belongs to it.
    pub data: Map<String, Value>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// How often it has been claimed, this time included.
    pub attempts: i64,
}

/// What becomes of a message that could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is tried again then.
    TryAgain(Timestamp),
    /// It is not tried again; this is when that was decided.
    GiveUp(Timestamp),
}

/// How many messages wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutgoingCounts {
    /// Neither sent nor given up.
    pub waiting: i64,
    /// Of these, those that have failed at least once.
    pub failing: i64,
    /// Given up since the moment that was asked for.
    pub given_up: i64,
    /// When the oldest of the waiting ones was queued.
    pub oldest: Option<Timestamp>,
}

impl Store {
    /// Claims messages that are due at `now` until `until`, the longest waiting first, at most `limit`. Nobody else gets
    /// them before the claim runs out, on this server or another.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn claim_outgoing(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutgoingRecord>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.write(Claim { now, until, limit }).await
    }

    /// Notes that a claimed message has been sent.
    ///
    /// # Errors
    ///
    /// What the database failed with; then it is sent once more when its claim has run out.
    pub async fn outgoing_sent(&self, id: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write(Sent { id: id.to_owned(), at }).await
    }

    /// Notes why a claimed message could not be sent, and what becomes of it. Nothing happens if somebody else has claimed
    /// it since.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn outgoing_failed(
        &self,
        claimed: &OutgoingRecord,
        failure: &str,
        then: AfterFailure,
    ) -> Result<(), StoreError> {
        let (id, attempts) = (claimed.id.clone(), claimed.attempts);
        let failure = failure.to_owned();
        self.write(Failed {
            id,
            attempts,
            failure,
            then,
        })
        .await
    }

    /// Takes a claimed message back: its reader has seen the words in another way.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn outgoing_unneeded(&self, claimed: &OutgoingRecord) -> Result<(), StoreError> {
        let (id, attempts) = (claimed.id.clone(), claimed.attempts);
        self.write(Unneeded { id, attempts }).await
    }

    /// How many messages wait, and how many were given up since `since`.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn outgoing_waiting(&self, since: Timestamp) -> Result<OutgoingCounts, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let mut connection = snapshot.connection();
        let sql = "SELECT COUNT(*) AS waiting, COUNT(failure) AS failing, MIN(created_at) AS oldest
             FROM outgoing
             WHERE sent_at IS NULL
                 AND given_up_at IS NULL";
        let row = connection.fetch_one(sql, Vec::new()).await?;
        let sql = "SELECT COUNT(*) AS given_up FROM outgoing WHERE given_up_at >= $1";
        let given_up = connection.fetch_one(sql, args![since]).await?;
        Ok(OutgoingCounts {
            waiting: row.int("waiting")?,
            failing: row.int("failing")?,
            given_up: given_up.int("given_up")?,
            oldest: row.optional_time("oldest")?,
        })
    }

    /// Queues a message outside of a unit of work; one with the same key is there already.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn queue_outgoing(&self, new: NewOutgoing, at: Timestamp) -> Result<(), StoreError> {
        self.write(Queue(new, at)).await
    }

    /// Takes a message back that nobody has tried to send yet: its reader has seen the words in another way. Returns
    /// whether there was one.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn withdraw_outgoing(&self, dedupe_key: &str) -> Result<bool, StoreError> {
        self.write(Withdraw(dedupe_key.to_owned())).await
    }
}

struct Claim {
    now: Timestamp,
    until: Timestamp,
    limit: i64,
}

impl Write for Claim {
    type Output = Vec<OutgoingRecord>;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<Self::Output, StoreError> {
        let mut due = Statement::new(
            "SELECT id, kind, recipient, subject, body, data, created_at, attempts
             FROM outgoing
             WHERE sent_at IS NULL
                 AND given_up_at IS NULL
                 AND next_at <= ",
        );
        due.bind(self.now)
            .push(" AND (claimed_until IS NULL OR claimed_until <= ")
            .bind(self.now)
            .push(") ORDER BY next_at, id LIMIT ")
            .bind(self.limit)
            .push(connection.skipping_locked_rows());
        let mut claimed = Vec::new();
        for row in due.fetch_all(connection).await? {
            let mut record = from_row(&row)?;
            record.attempts += 1;
            let sql = "UPDATE outgoing SET claimed_until = $1, attempts = $2 WHERE id = $3";
            connection
                .execute(sql, args![self.until, record.attempts, &record.id])
                .await?;
            claimed.push(record);
        }
        Ok(claimed)
    }
}

fn from_row(row: &Row) -> Result<OutgoingRecord, StoreError> {
    Ok(OutgoingRecord {
        id: row.text("id")?,
        kind: row.text("kind")?,
        recipient: row.text("recipient")?,
        subject: row.text("subject")?,
        body: row.text("body")?,
        data: row.object("data")?,
        created_at: row.time("created_at")?,
        attempts: row.int("attempts")?,
    })
}

struct Sent {
    id: String,
    at: Timestamp,
}

impl Write for Sent {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        // It was sent, whoever has claimed it since.
        let sql = "UPDATE outgoing
             SET sent_at = $1, given_up_at = NULL, claimed_until = NULL, failure = NULL
             WHERE id = $2
                 AND sent_at IS NULL";
        connection.execute(sql, args![self.at, &self.id]).await?;
        Ok(())
    }
}

struct Failed {
    id: String,
    attempts: i64,
    failure: String,
    then: AfterFailure,
}

impl Write for Failed {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let (next_at, given_up_at) = match self.then {
            AfterFailure::TryAgain(at) => (at, None),
            AfterFailure::GiveUp(at) => (at, Some(at)),
        };
        // The number of attempts tells this claim from a later one of somebody else.
        let sql = "UPDATE outgoing
             SET failure = $1, next_at = $2, given_up_at = $3, claimed_until = NULL
             WHERE id = $4
                 AND attempts = $5
                 AND sent_at IS NULL";
        connection
            .execute(sql, args![&self.failure, next_at, given_up_at, &self.id, self.attempts])
            .await?;
        Ok(())
    }
}

struct Unneeded {
    id: String,
    attempts: i64,
}

impl Write for Unneeded {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let sql = "DELETE FROM outgoing WHERE id = $1 AND attempts = $2";
        connection.execute(sql, args![&self.id, self.attempts]).await?;
        Ok(())
    }
}

struct Queue(NewOutgoing, Timestamp);

impl Write for Queue {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        insert(connection, &self.0, self.1).await
    }
}

struct Withdraw(String);

impl Write for Withdraw {
    type Output = bool;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let sql = "DELETE FROM outgoing WHERE dedupe_key = $1 AND attempts = 0";
        Ok(connection.execute(sql, args![&self.0]).await? > 0)
    }
}

/// Puts a message into the queue; one with the same key is there already.
pub(super) async fn insert(
    connection: &mut Connection<'_>,
    new: &NewOutgoing,
    at: Timestamp,
) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO outgoing (id, kind, recipient, subject, body, data, dedupe_key, created_at, attempts, next_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)
         ON CONFLICT DO NOTHING";
    connection
        .execute(
            sql,
            args![
                &new.id,
                new.kind,
                &new.recipient,
                &new.subject,
                &new.body,
                &new.data,
                &new.dedupe_key,
                at,
                new.not_before.unwrap_or(at),
            ],
        )
        .await?;
    connection.notify(OUTGOING_STREAM).await
}
