//! One unit of work on several tickets: all of their changes are one commit.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    Change, Scene, Store, StoreError, Subject, Worked,
    db::{Connection, Lockable},
    tickets,
    work::{Locking, put, scene, tell},
    writer::Write,
};

impl Store {
    /// Reads what stands about these tickets, which are different ones, lets `decide` decide, and writes a change for each, in
    /// the same order; committed when this returns. What `decide` refuses comes back as it is, and nothing was changed.
    ///
    /// Tickets of one conversation see each other's turns and versions of it; only the last change's other fields stay.
    ///
    /// `decide` may be called more than once (a collision with another server), so it must be pure.
    ///
    /// # Errors
    ///
    /// As [`Store::work`].
    pub async fn work_together<E, F>(
        &self,
        references: Vec<String>,
        at: Timestamp,
        decide: F,
    ) -> Result<Result<Vec<Worked>, E>, StoreError>
    where
        E: Send + 'static,
        F: Fn(&[Scene]) -> Result<Vec<Change>, E> + Send + Sync + 'static,
    {
        self.write(Together { references, at, decide }).await
    }
}

struct Together<F> {
    references: Vec<String>,
    at: Timestamp,
    decide: F,
}

impl<E, F> Write for Together<F>
where
    E: Send + 'static,
    F: Fn(&[Scene]) -> Result<Vec<Change>, E> + Send + Sync + 'static,
{
    type Output = Result<Vec<Worked>, E>;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<Self::Output, StoreError> {
        lock_all(connection, &self.references).await?;
        let mut scenes = Vec::new();
        for reference in &self.references {
            scenes.push(scene(connection, &Subject::Ticket(reference.clone()), Locking::Rows).await?);
        }
        let changes = match (self.decide)(&scenes) {
            Ok(changes) => changes,
            Err(refused) => return Ok(Err(refused)),
        };
        let mut events = Vec::new();
        let mut done: Vec<Worked> = Vec::new();
        for (mut scene, mut change) in scenes.into_iter().zip(changes) {
            for before in &done {
                go_on_from(before, &mut scene, &mut change);
            }
            done.push(put(connection, scene, change, self.at, &mut events).await?);
        }
        tell(connection, events, self.at).await?;
        Ok(Ok(done))
    }
}

/// Locks are taken in one order, whatever the order of the tickets: conversations, then tickets, each by name. Two units
/// over the same tickets wait for each other, and never each for the other.
async fn lock_all(connection: &mut Connection<'_>, references: &[String]) -> Result<(), StoreError> {
    let mut conversations = BTreeSet::new();
    for reference in references {
        conversations.extend(tickets::conversation_of(connection, reference).await?);
    }
    for id in &conversations {
        connection.lock(Lockable::Conversation, id).await?;
    }
    for reference in references.iter().collect::<BTreeSet<_>>() {
        connection.lock(Lockable::Ticket, reference).await?;
    }
    Ok(())
}

/// A conversation that an earlier change of the same unit has written counts on from there.
fn go_on_from(before: &Worked, scene: &mut Scene, change: &mut Change) {
    let Some(written) = &before.conversation else { return };
    for stands in [&mut scene.conversation, &mut change.conversation]
        .into_iter()
        .flatten()
    {
        if stands.id == written.id {
            (stands.version, stands.turns) = (written.version, written.turns);
        }
    }
}
