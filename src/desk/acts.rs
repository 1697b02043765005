//! What people do with a ticket: each act is one unit of work over [`super::queue`].

use crate::store::{Change, Opened, Scene, StoreError, Subject};

use super::{
    Desk, DeskError, LONGEST_NOTE, Ticket, length,
    queue::{self, Act, Actor, Refusal},
};

impl Desk {
    /// Does `act`; `expected_version` is the version that the actor saw, without it the present one counts.
    ///
    /// # Errors
    ///
    /// [`DeskError::NoSuchTicket`], [`DeskError::Conflict`] if somebody else was faster, what the act refuses, or the
    /// store's failure.
    pub async fn act(
        &self,
        reference: &str,
        act: Act,
        by: &Actor,
        expected_version: Option<i64>,
    ) -> Result<Ticket, DeskError> {
        let reference = self.get(reference).await?.reference;
        let now = self.inner.clock.now();
        let (clocks, by) = (self.inner.clocks.clone(), by.clone());
        let decide = move |scene: &Scene| {
            let Some(ticket) = &scene.ticket else {
                return Ok(Change::default());
            };
            queue::check_version(ticket, expected_version)?;
            let (ticket, event) = queue::apply(ticket, &act, &by, now, clocks.as_ref())?;
            Ok::<_, Refusal>(Change {
                ticket: Some(ticket),
                ticket_events: vec![event],
                ..Change::default()
            })
        };
        match self
            .inner
            .store
            .work(Subject::Ticket(reference), None, now, decide)
            .await?
        {
            Opened::Done(done) => done
                .ticket
                .map(Ticket::from)
                .ok_or(DeskError::Store(StoreError::Closed)),
            Opened::Before { .. } => Err(DeskError::KeyReused),
            Opened::Refused(refusal) => Err(refusal.into()),
        }
    }

    /// Resolves an open ticket. `expected_version` is the version that the resolver saw; without it, the present one.
    ///
    /// # Errors
    ///
    /// As [`Self::act`]; [`DeskError::Invalid`] for a name or note that is too long.
    pub async fn resolve(
        &self,
        reference: &str,
        by: &str,
        note: Option<&str>,
        expected_version: Option<i64>,
    ) -> Result<Ticket, DeskError> {
        let by = length("by", by.trim(), 1, 100)?;
        let note = note.map(str::trim).filter(|note| !note.is_empty());
        if let Some(note) = note {
            length("note", note, 1, LONGEST_NOTE)?;
        }
        let note = note.map(str::to_owned);
        self.act(reference, Act::Resolve { note }, &Actor::named(by), expected_version)
            .await
    }
}
