//! Why something about people is refused.

use std::time::Duration;

use crate::store::StoreError;

/// Why something about people was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PeopleError {
    /// A value is not allowed.
    #[error("{field} {reason}")]
    Invalid {
        /// The field, as on the wire.
        field: &'static str,
        /// What is allowed.
        reason: String,
    },
    /// Nobody has this id.
    #[error("there is no person {id}")]
    NoSuchPerson {
        /// As asked for.
        id: String,
    },
    /// No token has this id.
    #[error("there is no token {id}")]
    NoSuchToken {
        /// As asked for.
        id: String,
    },
    /// No duty has this id.
    #[error("there is no duty {id}")]
    NoSuchDuty {
        /// As asked for.
        id: String,
    },
    /// Somebody else has this e-mail address.
    #[error("somebody else has the e-mail address {email}")]
    EmailTaken {
        /// The address.
        email: String,
    },
    /// The person was changed since they were read.
    #[error("the person has changed meanwhile (the version is now {version}): look again")]
    Stale {
        /// Their present version.
        version: i64,
    },
    /// Nobody would be left who may change people.
    #[error("the last enabled administrator cannot be disabled or get another role: make somebody else one first")]
    LastAdministrator,
    /// E-mail and password do not belong together, or the person is unknown or disabled: nobody learns which.
    #[error("this e-mail address and this password do not let anybody in")]
    WrongCredentials,
    /// The link is unknown, used or too old.
    #[error("this link does not let anybody in (any more): ask for a new one")]
    DeadLink,
    /// Too many attempts for one account.
    #[error("too many attempts for this account")]
    TooManyAttempts {
        /// When the next one is allowed.
        retry_after: Duration,
    },
    /// More passwords wait to be checked than the machine can check in time.
    #[error("too many people sign in at once")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for PeopleError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchPerson { id } => PeopleError::NoSuchPerson { id },
            StoreError::EmailTaken { email } => PeopleError::EmailTaken { email },
            StoreError::StalePerson { version, .. } => PeopleError::Stale { version },
            StoreError::LastAdministrator => PeopleError::LastAdministrator,
            StoreError::BadCursor { .. } => invalid("cursor", "is not one of this list"),
            other => PeopleError::Store(other),
        }
    }
}

pub(super) fn invalid(field: &'static str, reason: impl Into<String>) -> PeopleError {
    PeopleError::Invalid {
        field,
        reason: reason.into(),
    }
}
