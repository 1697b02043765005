//! Tickets that go on in another one: how they are merged, and how their customers hear of what is said there.

use jiff::Timestamp;

use crate::store::{Change, NewOutgoing, NewTurn, Scene, Subject, TurnRecord};

use super::{
    Clockwork, Desk, DeskError, EventKind, Ticket,
    acts::ticket_of,
    flow,
    queue::{self, Act, Actor, Refusal},
};

impl Desk {
    /// Merges a ticket into another one of the same customer; its conversation goes on there.
    ///
    /// Both change in one commit. Of two people who merge two tickets into each other one is refused.
    ///
    /// # Errors
    ///
    /// As [`Self::act`].
    pub async fn merge(&self, reference: &str, into: &str, by: &Actor, seen: Option<i64>) -> Result<Ticket, DeskError> {
        let (ticket, target) = (self.get(reference).await?, self.get(into).await?);
        let now = self.inner.clock.now();
        let (clocks, by) = (self.clocks(), by.clone());
        let decide = move |scenes: &[Scene]| match scenes {
            [target, source] => merged(target, source, &by, seen, now, clocks.as_ref()),
            _ => Ok(Vec::new()),
        };
        let both = vec![target.reference, ticket.reference];
        let worked = self.inner.store.work_together(both, now, decide).await??;
        ticket_of(worked.into_iter().next().unwrap_or_default())
    }

    /// The tickets that go on in this one, also by way of others.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn absorbed(&self, ticket: &Ticket) -> Result<Vec<Ticket>, DeskError> {
        let of = |ticket: &Ticket| -> Vec<String> {
            let absorbed = ticket.events.iter().filter(|event| event.kind == EventKind::Absorbed);
            let references = absorbed.filter_map(|event| event.data.get("reference")?.as_str().map(str::to_owned));
            references.collect()
        };
        let mut found: Vec<Ticket> = Vec::new();
        let mut look = of(ticket);
        while let Some(reference) = look.pop() {
            if found.iter().any(|known| known.reference == reference) {
                continue;
            }
            let Some(other) = self.inner.store.ticket(&reference).await?.map(Ticket::from) else {
                continue;
            };
            // Merges were two commits once: one that did not come to its end left this ticket on its own.
            if other.merged_into.is_some() {
                look.extend(of(&other));
                found.push(other);
            }
        }
        Ok(found)
    }

    /// Says a reply in the conversations of tickets that were merged into this one, too, and writes to whoever left an address
    /// there that has no mail about it yet.
    pub(super) async fn tell_absorbed(
        &self,
        ticket: &Ticket,
        turn: &NewTurn,
        said: Option<&TurnRecord>,
    ) -> Result<(), DeskError> {
        let Some(said) = said else { return Ok(()) };
        for other in self.absorbed(ticket).await? {
            // Two tickets of one conversation have it there already.
            if other.conversation.is_none() || other.conversation.as_ref() == Some(&said.conversation) {
                continue;
            }
            let now = self.inner.clock.now();
            let repeated = format!("merged:{}:{}", said.conversation, said.number);
            let turn = NewTurn {
                idempotency_key: Some(repeated.clone()),
                ..turn.clone()
            };
            let key = turn.idempotency_key.clone();
            let (letters, id) = (self.letters(), self.new_id(now));
            let written = ticket.contact.clone();
            let decide = move |scene: &Scene| {
                let mut change = Change {
                    turns: vec![turn.clone()],
                    ..Default::default()
                };
                let mail = letters.as_ref().and_then(|letters| {
                    let mut mail = letters.reply_in(&reached(scene), &change, now, id.clone())?;
                    // One address, one mail, in however many of the conversations it was left.
                    mail.dedupe_key = Some(format!("{repeated}:{}", mail.recipient.to_lowercase()));
                    Some(mail)
                });
                let is_written = |mail: &NewOutgoing| {
                    let written = written.as_deref().unwrap_or_default();
                    mail.recipient.eq_ignore_ascii_case(written)
                };
                change.outgoing.extend(mail.filter(|mail| !is_written(mail)));
                Ok(change)
            };
            self.unit(Subject::Ticket(other.reference), key, now, decide).await?;
        }
        Ok(())
    }
}

/// The scene of a merged ticket as letters need it: what the customer left in the conversation since counts.
fn reached(scene: &Scene) -> Scene {
    let left = scene.conversation.as_ref().and_then(|open| open.email.clone());
    let mut scene = scene.clone();
    if let Some(ticket) = &mut scene.ticket {
        ticket.contact = left.or(ticket.contact.take());
    }
    scene
}

/// What a merge changes: first the ticket that goes on, then the one that ends.
fn merged(
    target: &Scene,
    source: &Scene,
    by: &Actor,
    seen: Option<i64>,
    now: Timestamp,
    clocks: &Clockwork,
) -> Result<Vec<Change>, Refusal> {
    let (Some(into), Some(other)) = (&target.ticket, &source.ticket) else {
        return Ok(Vec::new());
    };
    queue::check_version(other, seen)?;
    let merge = Act::Merge {
        into: into.reference.clone(),
    };
    let absorb = Act::Absorb {
        other: other.reference.clone(),
        waiting_since: other.waiting_since,
    };
    let ends = flow::staff(source, &merge, by, None, now, clocks)?;
    let goes_on = flow::staff(target, &absorb, by, None, now, clocks)?;
    Ok(vec![goes_on, ends])
}
