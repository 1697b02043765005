//! Why a rule did not take a question, in words: what [`Condition::first_failure`] says in the language of conditions.
//!
//! [`Condition::first_failure`]: crate::desk::conditions::Condition::first_failure

use super::sentence::{Names, of_condition};

/// In words what was found instead of what a rule asks for.
pub fn plainly(because: &str, names: &Names) -> String {
    let told = because.rsplit_once(": ").and_then(|(wanted, found)| {
        let (field, values) = wanted.split_once(" = ")?;
        let is_plain = field.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
        let when = is_plain.then(|| table(field, values)).flatten()?;
        Some(sentence(&of_condition(&when, names), &here(field, found, names)))
    });
    told.unwrap_or_else(|| "Its condition does not hold.".to_owned())
}

/// `plan = "a" or "b"` as the table of a condition.
fn table(field: &str, values: &str) -> Option<toml::Table> {
    let quoted: Vec<String> = values
        .split(" or ")
        .map(|value| {
            match value.starts_with('"') || value.parse::<i64>().is_ok() || ["true", "false"].contains(&value) {
                true => value.to_owned(),
                false => format!("{value:?}"),
            }
        })
        .collect();
    let value = match &quoted[..] {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    toml::from_str(&format!("{field} = {value}")).ok()
}

/// What was found, in words.
fn here(field: &str, found: &str, names: &Names) -> String {
    match found {
        "not known" => return "that is not known".to_owned(),
        "not in the text" => return "that is not in the question".to_owned(),
        "customer_since is not known" => return "since when is not known".to_owned(),
        "signed" => return "the site has signed it".to_owned(),
        "not signed" => return "the site has not signed it".to_owned(),
        _ => {}
    }
    let Some(values) = found.strip_prefix("it is ") else {
        return format!("here {found}");
    };
    let values: Vec<String> = values
        .trim_matches('"')
        .split("\", \"")
        .map(|value| names.value(field, value))
        .collect();
    match field {
        "reason" => format!("here {}", values.join(", ")),
        _ => format!("here it is {}", values.join(", ")),
    }
}

fn sentence(wanted: &str, found: &str) -> String {
    format!("Only when {wanted}: {found}.")
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
            if when.contains(" or ") {
                // A value with the word between values in it is told less well, never wrongly.
                assert!(plain.starts_with("Only when") || plain.starts_with("Its"), "{plain}");
            } else {
                assert_eq!(plain, told, "{failure}");
            }
        }
    }
}
