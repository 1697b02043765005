//! Conditions from TOML tables. Whatever is not understood is an error with its key, never silently without effect.

use toml::{Table, Value};

use super::{Condition, Field, Glob, Node, Phrase, Test, facts::number_as_text};
use crate::{
    answer::{HandoffReason, policy::normalize},
    desk::priority::Priority,
};

/// Every key of a condition, for messages.
const KEYS: &str = "topic, reason, words, language, product, plan, company_type, page_url, tenure_below_days, \
                    tenure_at_least_days, channel, hours, priority, tags, team, signed, known, context, any, all, not";
/// Longest tenure that is asked for: 300 years of days, so that a misplaced number of seconds is told.
const LONGEST_TENURE: i64 = 300 * 366;

/// Why a table is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct ConditionError {
    /// The key with the way to it, e.g. `when.any[1].plan`.
    pub key: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

type Read<T> = Result<T, ConditionError>;

fn wrong<T>(key: &str, reason: impl Into<String>) -> Read<T> {
    Err(ConditionError {
        key: key.to_owned(),
        reason: reason.into(),
    })
}

impl Condition {
    /// The condition in a TOML table. `path` is the way to the table, for messages (`when`).
    ///
    /// # Errors
    /// [`ConditionError`] names the key.
    pub fn from_toml(table: &Table, path: &str) -> Result<Self, ConditionError> {
        all_of(table, path).map(Condition)
    }
}

/// A table: all of its keys must hold.
fn all_of(table: &Table, path: &str) -> Read<Node> {
    let mut nodes = Vec::new();
    for (key, value) in table {
        let path = format!("{path}.{key}");
        match key.as_str() {
            "any" => nodes.push(Node::Any(tables(value, &path)?)),
            "all" => nodes.push(Node::All(tables(value, &path)?)),
            "not" => nodes.push(Node::Not(Box::new(all_of(table_of(value, &path)?, &path)?))),
            "context" => {
                for (key, value) in table_of(value, &path)? {
                    let values = list(value, &format!("{path}.{key}"), scalar)?;
                    nodes.push(Node::Test(Test::Is(Field::Context(key.clone()), values)));
                }
            }
            _ => nodes.push(Node::Test(test(key, value, &path)?)),
        }
    }
    Ok(match nodes.len() {
        1 => nodes.remove(0),
        _ => Node::All(nodes),
    })
}

fn test(key: &str, value: &Value, path: &str) -> Read<Test> {
    let is = |field| Ok(Test::Is(field, list(value, path, text)?));
    match key {
        "topic" => is(Field::Topic),
        "language" => is(Field::Language),
        "channel" => is(Field::Channel),
        "tags" => is(Field::Tags),
        "team" => is(Field::Team),
        "product" | "plan" | "company_type" => is(Field::Context(key.to_owned())),
        "reason" => {
            let words: Vec<&str> = HandoffReason::ALL.iter().map(|reason| reason.as_str()).collect();
            Ok(Test::Is(Field::Reason, words_of(value, path, &words)?))
        }
        "priority" => {
            let words: Vec<&str> = Priority::ALL.iter().map(|priority| priority.as_str()).collect();
            Ok(Test::Is(Field::Priority, words_of(value, path, &words)?))
        }
        "hours" => Ok(Test::Is(Field::Hours, words_of(value, path, &["open", "closed"])?)),
        "words" => {
            let phrases = list(value, path, |value, path| match Phrase::new(&text(value, path)?) {
                Some(phrase) => Ok(phrase),
                None => wrong(path, "is no word: it has neither letters nor digits"),
            })?;
            Ok(Test::Words(phrases))
        }
        "page_url" => Ok(Test::Page(list(value, path, |value, path| {
            text(value, path).map(|pattern| Glob::new(&pattern))
        })?)),
        "tenure_below_days" => days(value, path).map(Test::TenureBelow),
        "tenure_at_least_days" => days(value, path).map(Test::TenureAtLeast),
        "signed" => match value {
            Value::Boolean(signed) => Ok(Test::Signed(*signed)),
            other => wrong(path, format!("must be true or false, it is {}", kind(other))),
        },
        "known" => Ok(Test::Known(list(value, path, field)?)),
        _ => wrong(path, format!("is not a known condition; known are {KEYS}")),
    }
}

/// A name in `known`.
fn field(value: &Value, path: &str) -> Read<Field> {
    let name = text(value, path)?;
    Ok(match name.as_str() {
        "topic" => Field::Topic,
        "reason" => Field::Reason,
        "team" => Field::Team,
        "tags" => Field::Tags,
        plain if Field::PLAIN.contains(&plain) => Field::Context(plain.to_owned()),
        other => match other.strip_prefix("context.").filter(|key| !key.is_empty()) {
            // The key as it is spelt: keys of JSON are not folded.
            Some(_) => Field::Context(value.as_str().unwrap_or_default().trim()["context.".len()..].to_owned()),
            None => {
                return wrong(
                    path,
                    format!(
                        "{other:?} cannot be asked for; known are topic, reason, team, tags, {}, and context.KEY",
                        Field::PLAIN.join(", ")
                    ),
                );
            }
        },
    })
}

fn words_of(value: &Value, path: &str, words: &[&str]) -> Read<Vec<String>> {
    list(value, path, |value, path| {
        let word = text(value, path)?;
        if words.contains(&word.as_str()) {
            Ok(word)
        } else {
            wrong(path, format!("{word:?} is not one of {}", words.join(", ")))
        }
    })
}

/// One value or a list of them.
fn list<T>(value: &Value, path: &str, mut read: impl FnMut(&Value, &str) -> Read<T>) -> Read<Vec<T>> {
    match value {
        Value::Array(values) if values.is_empty() => wrong(path, "is an empty list, which nothing can fit"),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .map(|(at, value)| read(value, &format!("{path}[{at}]")))
            .collect(),
        one => Ok(vec![read(one, path)?]),
    }
}

fn text(value: &Value, path: &str) -> Read<String> {
    match value {
        Value::String(text) if normalize(text).is_empty() => wrong(path, "must not be empty"),
        Value::String(text) => Ok(normalize(text)),
        other => wrong(path, format!("must be text in quotes, it is {}", kind(other))),
    }
}

fn scalar(value: &Value, path: &str) -> Read<String> {
    match value {
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number_as_text(*number)),
        Value::Boolean(yes) => Ok(yes.to_string()),
        Value::String(_) => text(value, path),
        other => wrong(
            path,
            format!("must be text, a number, true or false, it is {}", kind(other)),
        ),
    }
}

fn days(value: &Value, path: &str) -> Read<i64> {
    match value {
        Value::Integer(days) if (1..=LONGEST_TENURE).contains(days) => Ok(*days),
        Value::Integer(_) => wrong(path, format!("must be 1 to {LONGEST_TENURE} days")),
        other => wrong(path, format!("must be a number of days, it is {}", kind(other))),
    }
}

fn table_of<'a>(value: &'a Value, path: &str) -> Read<&'a Table> {
    match value {
        Value::Table(table) if table.is_empty() => wrong(path, "is empty"),
        Value::Table(table) => Ok(table),
        other => wrong(
            path,
            format!("must be a table, such as {{ plan = \"pro\" }}, it is {}", kind(other)),
        ),
    }
}

fn tables(value: &Value, path: &str) -> Read<Vec<Node>> {
    match value {
        Value::Array(values) if !values.is_empty() => values
            .iter()
            .enumerate()
            .map(|(at, value)| {
                let path = format!("{path}[{at}]");
                all_of(table_of(value, &path)?, &path)
            })
            .collect(),
        _ => wrong(
            path,
            "must be a list of tables, such as [{ plan = \"pro\" }, { signed = true }]",
        ),
    }
}

/// What a value is, for messages.
pub(in crate::desk) fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}
