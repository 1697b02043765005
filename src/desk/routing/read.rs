//! Rules of routing from TOML.

use std::collections::HashSet;

use toml::{Table, Value};

use super::{Actions, After, RoutingError, Rule, Targets};
use crate::desk::{
    conditions::{Condition, kind},
    priority::Priority,
};

const KEYS: &str = "name, when, topic, team, priority, tags, targets, complex, people_first, stop";
/// Longest name of a rule, team or tag, in characters.
const LONGEST_NAME: usize = 100;
/// Longest target: a year.
const LONGEST_TARGET: u32 = 366 * 24 * 60;

/// A key and what is wrong with its value.
type Wrong = (String, String);

/// What a file holds.
pub(super) struct File {
    pub rules: Vec<Rule>,
    pub views: Vec<(String, Condition)>,
}

pub(super) fn file(file: &str, text: &str) -> Result<File, RoutingError> {
    let syntax = |reason: String| RoutingError::Syntax {
        file: file.to_owned(),
        reason,
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let table: Table = toml::from_str(text).map_err(|error| syntax(error.to_string().trim().to_owned()))?;
    if let Some(key) = table.keys().find(|key| !["rule", "view"].contains(&key.as_str())) {
        return Err(syntax(format!(
            "{key} is not a known key; rules are written as [[rule]], views as [[view]]"
        )));
    }
    Ok(File {
        rules: each(file, &table, "rule", rule, |rule| &rule.name)?,
        views: each(file, &table, "view", view, |(name, _)| name)?,
    })
}

/// Reads each table of a list; each needs a name of its own.
fn each<T>(
    file: &str,
    table: &Table,
    list: &str,
    read: impl Fn(&Table) -> Result<T, Wrong>,
    name_of: impl Fn(&T) -> &String,
) -> Result<Vec<T>, RoutingError> {
    let values = match table.get(list) {
        None => return Ok(Vec::new()),
        Some(Value::Array(values)) => values,
        Some(other) => {
            return Err(RoutingError::Syntax {
                file: file.to_owned(),
                reason: format!(
                    "{list} must be a list of tables, each written as [[{list}]], it is {}",
                    kind(other)
                ),
            });
        }
    };
    let mut names = HashSet::new();
    let mut read_ones = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let named = value.get("name").and_then(Value::as_str);
        let wrong = |(key, reason): Wrong| RoutingError::Rule {
            file: file.to_owned(),
            rule: named.map_or_else(|| format!("number {}", at + 1), |name| format!("{name:?}")),
            key,
            reason,
        };
        let one = match value {
            Value::Table(table) => read(table).map_err(wrong)?,
            other => return Err(wrong((list.into(), format!("must be a table, it is {}", kind(other))))),
        };
        if !names.insert(name_of(&one).clone()) {
            return Err(wrong((
                "name".into(),
                format!("is there twice; each {list} needs one of its own"),
            )));
        }
        read_ones.push(one);
    }
    Ok(read_ones)
}

/// A view of the queue: the tickets that it shows.
fn view(table: &Table) -> Result<(String, Condition), Wrong> {
    let mut name = None;
    let mut when = Condition::always();
    for (key, value) in table {
        match key.as_str() {
            "name" => name = Some(word(key, value)?),
            "when" => when = condition(key, value)?,
            _ => return Err((key.clone(), "is not a known key; known are name, when".to_owned())),
        }
    }
    Ok((name.ok_or_else(|| ("name".to_owned(), "is missing".to_owned()))?, when))
}

fn condition(key: &str, value: &Value) -> Result<Condition, Wrong> {
    match value {
        Value::Table(table) => Condition::from_toml(table, key).map_err(|error| (error.key, error.reason)),
        other => Err((
            key.to_owned(),
            format!("must be a table, such as {{ plan = \"pro\" }}, it is {}", kind(other)),
        )),
    }
}

fn rule(table: &Table) -> Result<Rule, Wrong> {
    let mut name = None;
    let mut when = Condition::always();
    let mut actions = Actions::default();
    let mut after = After::Stop;
    for (key, value) in table {
        match key.as_str() {
            "name" => name = Some(word(key, value)?),
            "when" => when = condition(key, value)?,
            "topic" => actions.topic = Some(word(key, value)?),
            "team" => actions.team = Some(word(key, value)?),
            "priority" => actions.priority = Some(priority(key, value)?),
            "tags" => actions.tags = tags(key, value)?,
            "targets" => actions.targets = targets(key, value)?,
            "complex" => actions.complex = Some(flag(key, value)?),
            "people_first" => actions.people_first = Some(flag(key, value)?),
            "stop" if flag(key, value)? => after = After::Stop,
            "stop" => after = After::GoOn,
            _ => return Err((key.clone(), format!("is not a known key; known are {KEYS}"))),
        }
    }
    if after == After::GoOn && actions == Actions::default() {
        return Err((
            "stop".into(),
            "is false, and the rule sets nothing: it is without effect".into(),
        ));
    }
    Ok(Rule {
        name: name.ok_or_else(|| ("name".to_owned(), "is missing".to_owned()))?,
        when,
        actions,
        after,
    })
}

fn word(key: &str, value: &Value) -> Result<String, Wrong> {
    let Value::String(text) = value else {
        return Err((key.to_owned(), format!("must be text in quotes, it is {}", kind(value))));
    };
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
        return Err((
            key.to_owned(),
            format!("must be 1 to {LONGEST_NAME} characters without control characters"),
        ));
    }
    Ok(text.to_owned())
}

fn flag(key: &str, value: &Value) -> Result<bool, Wrong> {
    value
        .as_bool()
        .ok_or_else(|| (key.to_owned(), format!("must be true or false, it is {}", kind(value))))
}

fn priority(key: &str, value: &Value) -> Result<Priority, Wrong> {
    value
        .as_str()
        .and_then(Priority::from_word)
        .ok_or_else(|| (key.to_owned(), "must be low, normal, high or urgent".to_owned()))
}

fn tags(key: &str, value: &Value) -> Result<Vec<String>, Wrong> {
    let Value::Array(values) = value else {
        return Ok(vec![word(key, value)?]);
    };
    values
        .iter()
        .enumerate()
        .map(|(at, value)| word(&format!("{key}[{at}]"), value))
        .collect()
}

fn targets(key: &str, value: &Value) -> Result<Targets, Wrong> {
    let Value::Table(table) = value else {
        return Err((
            key.to_owned(),
            format!("must be a table, such as {{ first = \"2h\" }}, it is {}", kind(value)),
        ));
    };
    let mut targets = Targets::default();
    for (which, value) in table {
        let path = format!("{key}.{which}");
        let minutes = value
            .as_str()
            .and_then(minutes)
            .filter(|minutes| (1..=LONGEST_TARGET).contains(minutes));
        let minutes = minutes.ok_or_else(|| {
            let reason = "must be a time, such as \"30m\", \"2h\", \"1h 30m\" or \"3d\", at most a year";
            (path.clone(), reason.to_owned())
        });
        match which.as_str() {
            "first" => targets.first = Some(minutes?),
            "next" => targets.next = Some(minutes?),
            "resolve" => targets.resolve = Some(minutes?),
            _ => return Err((path, "is not a known target; known are first, next, resolve".to_owned())),
        }
    }
    Ok(targets)
}

/// `1h 30m` as minutes; a day has 24 hours.
fn minutes(text: &str) -> Option<u32> {
    let mut sum = 0u32;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u32 = rest[..digits].parse().ok()?;
        let (unit, after) = rest[digits..].split_at_checked(1)?;
        let minutes = match unit {
            "m" => 1,
            "h" => 60,
            "d" => 24 * 60,
            _ => return None,
        };
        sum = sum.checked_add(number.checked_mul(minutes)?)?;
        rest = after.trim_start();
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_minutes() {
        for (text, expected) in [
            ("30m", Some(30)),
            (" 2h ", Some(120)),
            ("1h 30m", Some(90)),
            ("1d12h", Some(2160)),
            ("", Some(0)),
            ("2", None),
            ("h", None),
            ("2 h", None),
            ("-2h", None),
            ("99999999999h", None),
            ("4294967295d", None),
            ("２h", None),
            ("2é", None),
        ] {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }
}
