//! What is new, numbered without gaps within each stream, for whoever follows it live and whoever comes back later.
//!
//! Streams: `conversation:ID` has its turns and what changes about it, `team:NAME` says which of a team's tickets changed,
//! `desk` what concerns everybody who works there.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    Store, StoreError, Wake,
    db::{Connection, args},
    writer::Write,
};

/// Something new in a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamEvent {
    /// The stream.
    pub stream: String,
    /// 1 for its first one, without gaps.
    pub number: i64,
    /// `turn`, `conversation`, `ticket`, …
    pub kind: String,
    /// What it is about.
    pub data: Map<String, Value>,
    /// When.
    pub at: Timestamp,
}

/// An event on its way into a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// The stream.
    pub stream: String,
    /// `turn`, `conversation`, `ticket`, …
    pub kind: &'static str,
    /// What it is about.
    pub data: Map<String, Value>,
}

impl Store {
    /// Events of a stream after this number, oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn events_after(&self, stream: &str, after: i64, limit: usize) -> Result<Vec<StreamEvent>, StoreError> {
        let sql = "SELECT stream, number, kind, data, at
             FROM outbox
             WHERE stream = $1
                 AND number > $2
             ORDER BY number
             LIMIT $3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut snapshot = self.readers().snapshot().await?;
        let rows = snapshot
            .connection()
            .fetch_all(sql, args![stream, after, limit])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(StreamEvent {
                    stream: row.text("stream")?,
                    number: row.int("number")?,
                    kind: row.text("kind")?,
                    data: row.object("data")?,
                    at: row.time("at")?,
                })
            })
            .collect()
    }

    /// Number of the last event of a stream; 0 if it has none.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn last_event(&self, stream: &str) -> Result<i64, StoreError> {
        let sql = "SELECT last FROM streams WHERE stream = $1";
        let mut snapshot = self.readers().snapshot().await?;
        let row = snapshot.connection().fetch_optional(sql, args![stream]).await?;
        row.map_or(Ok(0), |row| row.int("last"))
    }

    /// Puts events into their streams; they are committed when this returns.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn announce(&self, events: Vec<NewEvent>, at: Timestamp) -> Result<(), StoreError> {
        self.write(Announce(events, at)).await
    }

    /// Tells what passes (somebody is typing, somebody looks on) to everybody who follows the stream now, on every server;
    /// it is not kept.
    ///
    /// # Errors
    ///
    /// What the database failed with; PostgreSQL carries at most 7,999 bytes.
    pub async fn tell_passing(&self, stream: &str, data: &Value) -> Result<(), StoreError> {
        let message = Wake::Passing {
            stream: stream.to_owned(),
            data: data.to_string(),
        };
        match self.postgres_pool() {
            None => self.send_wake(message),
            Some(pool) => {
                sqlx::query("SELECT pg_notify('tanya', $1)")
                    .bind(message.to_note())
                    .execute(pool)
                    .await?;
            }
        }
        Ok(())
    }
}

struct Announce(Vec<NewEvent>, Timestamp);

impl Write for Announce {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        // In one order, as every change does it, so that no two transactions wait for each other's streams.
        let mut events: Vec<&NewEvent> = self.0.iter().collect();
        events.sort_by(|a, b| a.stream.cmp(&b.stream));
        for event in events {
            append(connection, event, self.1).await?;
        }
        Ok(())
    }
}

/// Gives the event its number and keeps it. Locks the stream until the end of the transaction.
pub(super) async fn append(
    connection: &mut Connection<'_>,
    event: &NewEvent,
    at: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO streams (stream, last) VALUES ($1, 1)
         ON CONFLICT (stream) DO UPDATE SET last = streams.last + 1
         RETURNING last";
    let number = connection.fetch_one(sql, args![&event.stream]).await?.int("last")?;
    let sql = "INSERT INTO outbox (stream, number, kind, data, at) VALUES ($1, $2, $3, $4, $5)";
    connection
        .execute(sql, args![&event.stream, number, event.kind, &event.data, at])
        .await?;
    connection.notify(&event.stream).await?;
    Ok(number)
}
