//! How a question ended, as writers count it: they answer for what articles can answer, not for what belongs to people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{HandoffReason, Outcome};

/// The end of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// An article was the answer.
    Answered,
    /// There were articles to choose from.
    AskedBack,
    /// It went to people because no article answers it.
    NoAnswer,
    /// It went to people because it belongs to them, whatever the articles say.
    ForPeople,
}

impl Ending {
    /// All of them.
    pub const ALL: [Ending; 4] = [Ending::Answered, Ending::AskedBack, Ending::NoAnswer, Ending::ForPeople];

    /// Of a decision. A handoff without a reason is counted against the articles.
    pub fn of(outcome: Outcome, reason: Option<HandoffReason>) -> Self {
        use HandoffReason::{
            DidNotHelp, LowConfidence, Misses, NoMatch, PeopleFirst, SensitiveTopic, TakenOver, WantsPerson,
        };
        match (outcome, reason) {
            (Outcome::Answer, _) => Ending::Answered,
            (Outcome::Clarify, _) => Ending::AskedBack,
            (Outcome::Handoff, Some(SensitiveTopic | WantsPerson | PeopleFirst | TakenOver)) => Ending::ForPeople,
            (Outcome::Handoff, Some(LowConfidence | NoMatch | DidNotHelp | Misses) | None) => Ending::NoAnswer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_articles_cannot_change_belongs_to_people() {
        let of = |reason| Ending::of(Outcome::Handoff, reason);
        for reason in HandoffReason::ALL {
            let expected = match reason.as_str() {
                "sensitive_topic" | "wants_person" | "people_first" | "taken_over" => Ending::ForPeople,
                _ => Ending::NoAnswer,
            };
            assert_eq!(of(Some(reason)), expected, "{reason:?}");
        }
        assert_eq!(of(None), Ending::NoAnswer);
        assert_eq!(Ending::of(Outcome::Answer, None), Ending::Answered);
        assert_eq!(Ending::of(Outcome::Clarify, None), Ending::AskedBack);
    }
}
