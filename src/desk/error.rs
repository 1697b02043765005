//! Why the desk refuses.

use crate::store::{StoreError, TicketState};

use super::queue::Refusal;

/// Why the desk refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DeskError {
    /// A value is not allowed.
    #[error("{field} {reason}")]
    Invalid {
        /// The field, as on the wire.
        field: &'static str,
        /// What is allowed.
        reason: String,
    },
    /// No ticket has this reference.
    #[error("there is no ticket {reference}")]
    NoSuchTicket {
        /// As asked for.
        reference: String,
    },
    /// No conversation has this id, or the secret is not its.
    #[error("there is no such conversation")]
    NoSuchConversation,
    /// Somebody else changed the ticket first.
    #[error("ticket {reference} has changed meanwhile: it is {state}{}; look at it again", by.as_ref().map(|by| format!(" (by {by})")).unwrap_or_default())]
    Conflict {
        /// The ticket.
        reference: String,
        /// Its present state.
        state: TicketState,
        /// Its present version.
        version: i64,
        /// Who resolved it, if it is resolved.
        by: Option<String>,
    },
    /// The ticket's state does not allow it, or somebody else has it.
    #[error("{reason}")]
    NotNow {
        /// What stands in the way.
        reason: String,
    },
    /// Only others may do this.
    #[error("{reason}")]
    Forbidden {
        /// Who may.
        reason: String,
    },
    /// The idempotency key belongs to another question.
    #[error("this idempotency key was used for another message: send a new key with a new message")]
    KeyReused,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchTicket { reference } => DeskError::NoSuchTicket { reference },
            StoreError::NoSuchConversation { .. } => DeskError::NoSuchConversation,
            StoreError::BadCursor { .. } => DeskError::Invalid {
                field: "cursor",
                reason: "is not one of this list".to_owned(),
            },
            other => DeskError::Store(other),
        }
    }
}

impl From<Refusal> for DeskError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Changed {
                reference,
                state,
                version,
                by,
            } => DeskError::Conflict {
                reference,
                state,
                version,
                by,
            },
            Refusal::Invalid { field, reason } => DeskError::Invalid { field, reason },
            Refusal::ManagersOnly => DeskError::Forbidden {
                reason: refusal.to_string(),
            },
            Refusal::State { .. } | Refusal::Taken { .. } | Refusal::Full { .. } | Refusal::NotNow { .. } => {
                DeskError::NotNow {
                    reason: refusal.to_string(),
                }
            }
        }
    }
}
