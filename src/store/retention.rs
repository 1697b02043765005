//! Removing what is older than it has to be kept, a few rows at a time, so that nobody waits for it.

use jiff::Timestamp;

use super::{
    EpisodeState, Store, StoreError, TicketState,
    db::{Connection, Lockable, Statement, args},
    work::conversation_stream,
    writer::Write,
};

/// What is kept for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The log of questions.
    Questions,
    /// Conversations that have ended, with their turns, episodes, tickets and live events. One that something may still
    /// happen in is never removed.
    Conversations,
    /// Tickets without a conversation (those of the first versions) that have ended.
    Tickets,
    /// Mails and alerts that went out, or were given up.
    Outgoing,
    /// Live events. The streams' numbers go on.
    Outbox,
    /// Sessions that ran out.
    Sessions,
    /// Sign-in links that ran out.
    SignInLinks,
    /// The log of who did what.
    Audit,
}

impl Store {
    /// Removes at most `limit` of what is older than `before`, oldest first, and returns how many; fewer than `limit`
    /// means that nothing is left. One short transaction.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn remove_older(&self, what: Kept, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.write(Removal { what, before, limit }).await
    }
}

struct Removal {
    what: Kept,
    before: Timestamp,
    limit: u32,
}

impl Write for Removal {
    type Output = u64;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<u64, StoreError> {
        let sql = match self.what {
            Kept::Conversations => return remove_conversations(connection, self.before, self.limit).await,
            Kept::Tickets => return remove_tickets(connection, self.before, self.limit).await,
            Kept::Questions => {
                "DELETE FROM questions
                 WHERE id IN (SELECT id FROM questions WHERE at < $1 ORDER BY at, id LIMIT $2)"
            }
            Kept::Outgoing => {
                "DELETE FROM outgoing
                 WHERE id IN (
                     SELECT id
                     FROM outgoing
                     WHERE created_at < $1
                         AND (sent_at IS NOT NULL OR given_up_at IS NOT NULL)
                     ORDER BY created_at, id
                     LIMIT $2
                 )"
            }
            Kept::Outbox => {
                "DELETE FROM outbox
                 WHERE (stream, number) IN (
                     SELECT stream, number FROM outbox WHERE at < $1 ORDER BY at, stream, number LIMIT $2
                 )"
            }
            Kept::Sessions => {
                "DELETE FROM sessions
                 WHERE hash IN (SELECT hash FROM sessions WHERE expires_at < $1 ORDER BY expires_at, hash LIMIT $2)"
            }
            Kept::SignInLinks => {
                "DELETE FROM sign_in_links
                 WHERE hash IN (SELECT hash FROM sign_in_links WHERE expires_at < $1 ORDER BY expires_at, hash LIMIT $2)"
            }
            Kept::Audit => {
                "DELETE FROM audit
                 WHERE id IN (SELECT id FROM audit WHERE at < $1 ORDER BY at, id LIMIT $2)"
            }
        };
        Ok(connection
            .execute(sql, args![self.before, i64::from(self.limit)])
            .await?)
    }
}

/// Words of the states in which something may still happen.
fn running_episodes() -> impl Iterator<Item = &'static str> {
    EpisodeState::ALL
        .into_iter()
        .filter(|state| state.is_running())
        .map(EpisodeState::as_str)
}

fn running_tickets() -> impl Iterator<Item = &'static str> {
    TicketState::ALL
        .into_iter()
        .filter(|state| state.is_running())
        .map(TicketState::as_str)
}

/// Narrows to conversations that have ended and did not change since `before`.
fn push_ended(query: &mut Statement, before: Timestamp) {
    query.push(" conversations.changed_at < ").bind(before);
    query.push(" AND NOT EXISTS (SELECT 1 FROM episodes WHERE episodes.conversation = conversations.id");
    query
        .push(" AND episodes.state IN (")
        .bind_all(running_episodes())
        .push("))");
    query.push(" AND NOT EXISTS (SELECT 1 FROM tickets WHERE tickets.conversation = conversations.id");
    query
        .push(" AND tickets.state IN (")
        .bind_all(running_tickets())
        .push("))");
}

async fn remove_conversations(
    connection: &mut Connection<'_>,
    before: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let mut query = Statement::new("SELECT id FROM conversations WHERE");
    push_ended(&mut query, before);
    query.push(" ORDER BY changed_at, id LIMIT ").bind(i64::from(limit));
    let found = query.fetch_all(connection).await?;
    let mut ids = found.iter().map(|row| row.text("id")).collect::<Result<Vec<_>, _>>()?;
    // In one order, as whoever locks several of them.
    ids.sort();
    let mut removed = 0;
    for id in &ids {
        if connection.lock(Lockable::Conversation, id).await? && has_ended(connection, id, before).await? {
            remove_conversation(connection, id).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Asked again under the lock: its customer may have come back.
async fn has_ended(connection: &mut Connection<'_>, id: &str, before: Timestamp) -> Result<bool, StoreError> {
    let mut query = Statement::new("SELECT id FROM conversations WHERE id = ");
    query.bind(id).push(" AND");
    push_ended(&mut query, before);
    Ok(!query.fetch_all(connection).await?.is_empty())
}

async fn remove_conversation(connection: &mut Connection<'_>, id: &str) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM ticket_events WHERE ticket IN (SELECT reference FROM tickets WHERE conversation = $1)",
        "DELETE FROM tickets WHERE conversation = $1",
        "DELETE FROM turns WHERE conversation = $1",
        "DELETE FROM episodes WHERE conversation = $1",
        "DELETE FROM conversations WHERE id = $1",
    ] {
        connection.execute(sql, args![id]).await?;
    }
    let stream = conversation_stream(id);
    for sql in [
        "DELETE FROM outbox WHERE stream = $1",
        "DELETE FROM streams WHERE stream = $1",
    ] {
        connection.execute(sql, args![&stream]).await?;
    }
    Ok(())
}

async fn remove_tickets(connection: &mut Connection<'_>, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let mut query = Statement::new(
        "SELECT reference FROM tickets
         WHERE conversation IS NULL
             AND state NOT IN (",
    );
    query.bind_all(running_tickets());
    query.push(") AND COALESCE((SELECT MAX(at) FROM ticket_events WHERE ticket = tickets.reference), opened_at) < ");
    query
        .bind(before)
        .push(" ORDER BY reference LIMIT ")
        .bind(i64::from(limit));
    let found = query.fetch_all(connection).await?;
    for row in &found {
        let reference = row.text("reference")?;
        connection.lock(Lockable::Ticket, &reference).await?;
        for sql in [
            "DELETE FROM ticket_events WHERE ticket = $1",
            "DELETE FROM tickets WHERE reference = $1",
        ] {
            connection.execute(sql, args![&reference]).await?;
        }
    }
    Ok(found.len() as u64)
}
