//! How the rooms below report failure, as problems of the network.

use std::time::Duration;

use super::numbers;
use crate::{
    app::AskError,
    desk::{DeskError, people::PeopleError},
    http::error::{Code, Problem},
    search::Unavailable,
};

pub(in crate::http) fn ask_problem(error: AskError) -> Problem {
    match error {
        AskError::Unavailable(why) => unavailable(why),
        AskError::Invalid(why) => Problem::new(Code::InvalidBody, why),
        AskError::Desk(error) => desk_problem(error),
    }
}

pub(in crate::http) fn unavailable(why: Unavailable) -> Problem {
    match why {
        Unavailable::Overloaded { retry_after } => {
            numbers::count_shed();
            let detail = "More questions are waiting than the server can answer in time. Try again shortly.";
            Problem::new(Code::Overloaded, detail).retry_after(retry_after.max(Duration::from_secs(1)))
        }
        Unavailable::Embedding(cause) => Problem::unavailable(Code::SearchUnavailable, cause),
    }
}

pub(in crate::http) fn desk_problem(error: DeskError) -> Problem {
    match error {
        DeskError::Invalid {
            field: field @ ("contact" | "email"),
            reason,
        } => Problem::new(Code::InvalidContact, format!("`{field}` {reason}.")),
        DeskError::Invalid { field: "cursor", .. } => Problem::new(
            Code::InvalidQuery,
            "`cursor` is not one that this list gave out. Start without one.",
        ),
        DeskError::Invalid { field: "view", reason } => {
            let detail =
                format!("`view` is none of `mine`, `team`, `unassigned`, `overdue`, `escalated`, and {reason}.");
            Problem::new(Code::InvalidQuery, detail)
        }
        DeskError::Invalid { field, reason } => Problem::new(Code::InvalidBody, format!("`{field}` {reason}.")),
        DeskError::NoSuchTicket { reference } => {
            Problem::new(Code::NotFound, format!("There is no ticket {reference}."))
        }
        conflict @ DeskError::Conflict { version, .. } => Problem::new(
            Code::VersionConflict,
            format!("{conflict} (its version is now {version})."),
        ),
        DeskError::NoSuchConversation => Problem::new(Code::NotFound, "There is no such conversation."),
        DeskError::NotNow { reason } => Problem::new(Code::NotNow, format!("{reason}.")),
        DeskError::Forbidden { reason } => Problem::new(Code::Forbidden, format!("{reason}.")),
        DeskError::KeyReused => {
            let detail = "This `Idempotency-Key` was used for another question. Send a new key with a new question.";
            Problem::new(Code::InvalidBody, detail)
        }
        DeskError::Store(cause) => Problem::unavailable(Code::StoreUnavailable, cause),
    }
}

impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        let told = format!("{}.", sentence(&error.to_string()));
        match error {
            PeopleError::Invalid { field: "cursor", .. } => Problem::new(
                Code::InvalidQuery,
                "`cursor` is not one that this list gave out. Start without one.",
            ),
            PeopleError::Invalid { field, reason } => Problem::of_field(field, reason),
            PeopleError::NoSuchPerson { .. } | PeopleError::NoSuchToken { .. } | PeopleError::NoSuchDuty { .. } => {
                Problem::new(Code::NotFound, told)
            }
            PeopleError::EmailTaken { .. } => Problem::new(Code::NotNow, told.clone()).about("email", told),
            PeopleError::LastAdministrator => Problem::new(Code::NotNow, told),
            PeopleError::Stale { .. } => Problem::new(Code::PreconditionFailed, told),
            PeopleError::WrongCredentials => Problem::wrong_credentials(told),
            PeopleError::DeadLink => Problem::new(Code::Gone, told),
            PeopleError::TooManyAttempts { retry_after } => {
                Problem::new(Code::RateLimited, told).retry_after(retry_after)
            }
            PeopleError::Busy => Problem::new(Code::Overloaded, told).retry_after(Duration::from_secs(2)),
            PeopleError::Store(cause) => Problem::unavailable(Code::StoreUnavailable, cause),
        }
    }
}

/// The text with a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overloaded_queue_says_when_to_come_back_and_a_broken_model_does_not_say_why() {
        let full = unavailable(Unavailable::Overloaded {
            retry_after: Duration::from_millis(2_300),
        });
        assert_eq!((full.code, full.retry_seconds()), (Code::Overloaded, Some(3)));
        let broken = unavailable(Unavailable::Embedding("/srv/model.onnx: no such file".to_owned()));
        assert_eq!(broken.code, Code::SearchUnavailable);
        assert!(!broken.detail.contains("/srv"));
    }
}
