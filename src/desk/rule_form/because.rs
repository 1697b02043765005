//! Why a rule did not take a question, in words: what [`Condition::first_failure`] says in parts.
//!
//! [`Condition::first_failure`]: crate::desk::conditions::Condition::first_failure

use super::sentence::{Names, of_condition};
use crate::desk::conditions::{FailedTest, Failure, Found};

/// In words what was found instead of what a rule asks for.
pub fn plainly(because: &Failure, names: &Names) -> String {
    match &because.test {
        Some(test) => format!("Only when {}: {}.", of_condition(&test.when, names), here(test, names)),
        None => "Its condition does not hold.".to_owned(),
    }
}

/// What was found, in words.
fn here(test: &FailedTest, names: &Names) -> String {
    match &test.found {
        Found::NotKnown => "that is not known".to_owned(),
        Found::NotInText => "that is not in the question".to_owned(),
        Found::SinceNotKnown => "since when is not known".to_owned(),
        Found::Signed(true) => "the site has signed it".to_owned(),
        Found::Signed(false) => "the site has not signed it".to_owned(),
        found @ Found::CustomerFor(_) => format!("here {found}"),
        Found::Is(values) => {
            let values: Vec<String> = values.iter().map(|value| names.value(&test.field, value)).collect();
            match test.field.as_str() {
                "reason" => format!("here {}", values.join(", ")),
                _ => format!("here it is {}", values.join(", ")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        answer::Question,
        desk::{
            conditions::{Condition, Facts},
            hours::Calendar,
        },
    };

    #[test]
    fn every_failure_is_told_in_words() {
        let question = Question {
            text: "hello".into(),
            lang: None,
            context: serde_json::Map::from_iter([("plan".to_owned(), "pro".into())]),
        };
        let config: crate::config::Config = toml::from_str("").expect("a config");
        let clocks = crate::desk::Clockwork::new(&config.desk, &jiff::tz::TimeZone::UTC, &Default::default());
        let calendar: &Calendar = clocks.calendar();
        let facts = Facts::of_question(&question, "en", "chat", None, jiff::Timestamp::UNIX_EPOCH, calendar);
        for (when, told) in [
            (
                "plan = ['trial', 'free or not']",
                "Only when the plan is “trial” or “free or not”: here it is “pro”.",
            ),
            (
                "topic = 'billing'",
                "Only when the topic is “billing”: that is not known.",
            ),
            (
                "words = ['a: b', 'c']",
                "Only when the question has “a: b” or “c”: that is not in the question.",
            ),
            (
                "tenure_below_days = 30",
                "Only when they have been a customer for less than 30 days: since when is not known.",
            ),
            (
                "signed = true",
                "Only when the site has signed who the customer is: the site has not signed it.",
            ),
            ("known = 'topic'", "Only when it has a topic: that is not known."),
            (
                "context.seats = 5",
                "Only when “seats” of the page's context is “5”: that is not known.",
            ),
            ("any = [{ plan = 'x' }]", "Its condition does not hold."),
            ("not = { plan = 'pro' }", "Its condition does not hold."),
        ] {
            let table = toml::from_str(when).expect("toml");
            let failure = Condition::from_toml(&table, "when")
                .expect("a condition")
                .first_failure(&facts)
                .expect("it fails");
            let plain = plainly(&failure, &Names::default());
            assert_eq!(plain, told, "{failure}");
        }
    }
}
