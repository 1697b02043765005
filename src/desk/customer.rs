//! A ticket as its customer may read it.

use crate::store::{TicketRecord, TurnRecord};

use super::{Desk, DeskError, shortened};

/// Turns that are shown; the page is for reading the last replies, not an archive.
const SHOWN_TURNS: i64 = 200;

/// A ticket with what its customer may read of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Thread {
    /// The ticket.
    pub ticket: TicketRecord,
    /// Its conversation's last turns, without notes of staff, oldest first.
    pub turns: Vec<TurnRecord>,
}

impl Desk {
    /// The ticket with this reference and its conversation, as its customer may read them.
    ///
    /// # Errors
    ///
    /// [`DeskError::NoSuchTicket`], or the store's failure.
    pub async fn thread(&self, reference: &str) -> Result<Thread, DeskError> {
        let store = &self.inner.store;
        let ticket = store.ticket(reference).await?.ok_or_else(|| DeskError::NoSuchTicket {
            reference: shortened(reference),
        })?;
        let mut turns = Vec::new();
        if let Some(id) = &ticket.conversation
            && let Some(conversation) = store.conversation(id).await?
        {
            let after = (conversation.turns - SHOWN_TURNS).max(0);
            turns = store.turns(id, after, SHOWN_TURNS.unsigned_abs() as usize).await?;
            turns.retain(|turn| turn.kind.is_public());
        }
        Ok(Thread { ticket, turns })
    }
}
