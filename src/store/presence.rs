//! Who is there: what sessions and links tell of each person. It is known to all servers that share the store.

use jiff::Timestamp;

use super::{
    Store, StoreError,
    db::{Connection, args},
    writer::Write,
};

/// What is known of when somebody was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceRecord {
    /// Whose it is: their id.
    pub person: String,
    /// When they last came in, if they ever did.
    pub signed_in_at: Option<Timestamp>,
    /// When one of their sessions was last seen, give or take some minutes.
    pub seen_at: Option<Timestamp>,
    /// When one of their sessions last had the inbox open, give or take a minute.
    pub inbox_at: Option<Timestamp>,
    /// Until when a link that nobody has used lets them in.
    pub link_until: Option<Timestamp>,
}

impl Store {
    /// What is known of everybody.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn presences(&self) -> Result<Vec<PresenceRecord>, StoreError> {
        let sql = "SELECT id, signed_in_at,
                 (SELECT MAX(seen_at) FROM sessions WHERE person = people.id) AS seen_at,
                 (SELECT MAX(inbox_at) FROM sessions WHERE person = people.id) AS inbox_at,
                 (SELECT MAX(expires_at) FROM sign_in_links WHERE person = people.id AND used_at IS NULL) AS link_until
             FROM people
             ORDER BY id";
        let mut snapshot = self.readers().snapshot().await?;
        let rows = snapshot.connection().fetch_all(sql, Vec::new()).await?;
        rows.iter()
            .map(|row| {
                Ok(PresenceRecord {
                    person: row.text("id")?,
                    signed_in_at: row.optional_time("signed_in_at")?,
                    seen_at: row.optional_time("seen_at")?,
                    inbox_at: row.optional_time("inbox_at")?,
                    link_until: row.optional_time("link_until")?,
                })
            })
            .collect()
    }

    /// Writes down that a session has the inbox open.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn see_inbox(&self, hash: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write(SeeInbox {
            hash: hash.to_owned(),
            at,
        })
        .await
    }

    /// Writes down that a session has closed the inbox that was last seen at `at`; one that was seen later stays open.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn close_inbox(&self, hash: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write(CloseInbox {
            hash: hash.to_owned(),
            at,
        })
        .await
    }
}

struct SeeInbox {
    hash: String,
    at: Timestamp,
}

impl Write for SeeInbox {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let sql = "UPDATE sessions SET inbox_at = $2 WHERE hash = $1 AND (inbox_at IS NULL OR inbox_at < $2)";
        connection.execute(sql, args![&self.hash, self.at]).await?;
        Ok(())
    }
}

struct CloseInbox {
    hash: String,
    at: Timestamp,
}

impl Write for CloseInbox {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let sql = "UPDATE sessions SET inbox_at = NULL WHERE hash = $1 AND inbox_at <= $2";
        connection.execute(sql, args![&self.hash, self.at]).await?;
        Ok(())
    }
}
