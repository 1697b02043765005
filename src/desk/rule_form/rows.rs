//! Conditions as rows of a form: a field, how it is compared, and values.

use toml::{Table, Value};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// A key of a condition, `tenure`, or `context.KEY`.
    pub field: String,
    /// How the field is compared.
    pub is: Is,
    /// With what; nothing for [`Is::Known`] and [`Is::Unknown`].
    pub values: Vec<String>,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// It is one of the values.
    One,
    /// It is none of them.
    NoneOf,
    /// It is known.
    Known,
    /// It is not known.
    Unknown,
    /// It is less.
    Below,
    /// It is not less.
    AtLeast,
}

impl Is {
    const ALL: [(Is, &'static str); 6] = [
        (Is::One, "is"),
        (Is::NoneOf, "not"),
        (Is::Known, "known"),
        (Is::Unknown, "unknown"),
        (Is::Below, "below"),
        (Is::AtLeast, "least"),
    ];

    /// The word of forms.
    pub fn word(self) -> &'static str {
        let found = Self::ALL.iter().find(|(is, _)| *is == self);
        found.map_or("is", |(_, word)| word)
    }

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, own)| *own == word);
        found.map(|(is, _)| *is)
    }
}

/// How many of the rows must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// All of them.
    All,
    /// One is enough.
    Any,
}

/// Fields that are asked for by a condition's own key.
const PLAIN: [&str; 12] = [
    "topic",
    "reason",
    "words",
    "language",
    "product",
    "plan",
    "company_type",
    "page_url",
    "channel",
    "hours",
    "priority",
    "tags",
];
/// Days that a customer has been one.
pub const TENURE: &str = "tenure";

/// The rows of a condition; `None` if rows cannot say it.
pub fn read(when: &Table) -> Option<(Match, Vec<Row>)> {
    match when.get("any") {
        Some(Value::Array(parts)) if when.len() == 1 => {
            let rows = parts.iter().map(|part| single(part.as_table()?)).collect::<Option<_>>();
            Some((Match::Any, rows?))
        }
        Some(_) => None,
        None => Some((Match::All, all_of(when)?)),
    }
}

fn single(table: &Table) -> Option<Row> {
    let mut rows = all_of(table)?;
    (rows.len() == 1).then(|| rows.remove(0))
}

fn all_of(table: &Table) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    for (key, value) in table {
        match key.as_str() {
            "any" => return None,
            // Below: what stands in a table of its own is the second row of its field.
            "all" => {}
            "not" => rows.extend(none_of(value.as_table()?)?),
            "context" => {
                for (key, value) in value.as_table()? {
                    rows.push(row(&format!("context.{key}"), Is::One, texts(value)?));
                }
            }
            "known" => match &texts(value)?[..] {
                [field] => rows.push(row(field, Is::Known, Vec::new())),
                _ => return None,
            },
            "tenure_below_days" => rows.push(row(TENURE, Is::Below, texts(value)?)),
            "tenure_at_least_days" => rows.push(row(TENURE, Is::AtLeast, texts(value)?)),
            plain if PLAIN.contains(&plain) || ["team", "signed"].contains(&plain) => {
                rows.push(row(plain, Is::One, texts(value)?));
            }
            _ => return None,
        }
    }
    if let Some(parts) = table.get("all") {
        for part in parts.as_array()? {
            rows.extend(all_of(part.as_table()?)?);
        }
    }
    Some(rows)
}

/// What must not hold: one thing, or each of several.
fn none_of(table: &Table) -> Option<Vec<Row>> {
    let rows: Vec<Row> = match table.get("any") {
        Some(Value::Array(parts)) if table.len() == 1 => parts
            .iter()
            .map(|part| single(part.as_table()?))
            .collect::<Option<_>>()?,
        _ => vec![single(table)?],
    };
    rows.into_iter()
        .map(|mut row| {
            row.is = match row.is {
                Is::One => Is::NoneOf,
                Is::Known => Is::Unknown,
                Is::NoneOf | Is::Unknown | Is::Below | Is::AtLeast => return None,
            };
            Some(row)
        })
        .collect()
}

fn row(field: &str, is: Is, values: Vec<String>) -> Row {
    Row {
        field: field.to_owned(),
        is,
        values,
    }
}

/// One value or a list of them.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(values) => values.iter().map(scalar).collect(),
        one => Some(vec![scalar(one)?]),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

/// The condition that rows say; an empty one always holds.
pub fn table(how_many: Match, rows: &[Row]) -> Table {
    if how_many == Match::Any && rows.len() > 1 {
        let parts = rows
            .iter()
            .map(|row| Value::Table(table(Match::All, std::slice::from_ref(row))));
        return Table::from_iter([("any".to_owned(), Value::Array(parts.collect()))]);
    }
    let mut when = Table::new();
    let (mut more, mut none) = (Vec::new(), Vec::new());
    for row in rows {
        let condition = positive(row);
        match row.is {
            Is::NoneOf | Is::Unknown => none.push(condition),
            _ => more.extend(put(&mut when, condition)),
        }
    }
    // A key can stand in a table once; the second time it stands in one of its own.
    if !more.is_empty() {
        when.insert(
            "all".to_owned(),
            Value::Array(more.into_iter().map(Value::Table).collect()),
        );
    }
    match none.len() {
        0 => {}
        1 => drop(when.insert("not".to_owned(), Value::Table(none.remove(0)))),
        _ => {
            let parts = Value::Array(none.into_iter().map(Value::Table).collect());
            when.insert(
                "not".to_owned(),
                Value::Table(Table::from_iter([("any".to_owned(), parts)])),
            );
        }
    }
    when
}

/// Adds a condition of one key to a table, or gives it back if the key is taken.
fn put(when: &mut Table, condition: Table) -> Option<Table> {
    for (key, value) in &condition {
        match (when.get_mut(key), value) {
            (None, value) => drop(when.insert(key.clone(), value.clone())),
            (Some(Value::Table(there)), Value::Table(added)) if added.keys().all(|key| !there.contains_key(key)) => {
                there.extend(added.clone());
            }
            (Some(_), _) => return Some(condition),
        }
    }
    None
}

/// The row without its `not`.
fn positive(row: &Row) -> Table {
    let one = |key: &str, value: Value| Table::from_iter([(key.to_owned(), value)]);
    let listed = |of: &dyn Fn(&String) -> Value| match &row.values[..] {
        [value] => of(value),
        values => Value::Array(values.iter().map(of).collect()),
    };
    let text = |value: &String| Value::String(value.clone());
    match (row.is, row.field.as_str()) {
        (Is::Known | Is::Unknown, field) => one("known", Value::String(field.to_owned())),
        (Is::Below, _) => one("tenure_below_days", listed(&plain)),
        (Is::AtLeast, _) => one("tenure_at_least_days", listed(&plain)),
        (_, "signed") => one("signed", listed(&plain)),
        (_, field) => match field.strip_prefix("context.") {
            Some(key) => one("context", Value::Table(one(key, listed(&plain)))),
            None => one(field, listed(&text)),
        },
    }
}

/// A number or a yes or no as such; they are compared as texts either way.
fn plain(text: &String) -> Value {
    if let Ok(number) = text.parse::<i64>()
        && number.to_string() == *text
    {
        return Value::Integer(number);
    }
    match text.as_str() {
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        text => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::conditions::Condition;

    fn parsed(text: &str) -> Table {
        toml::from_str(text).expect("toml")
    }

    #[test]
    fn what_rows_say_means_what_was_written() {
        for text in [
            "",
            "topic = ['billing', 'refund']",
            "plan = 'trial'\nhours = 'open'\nsigned = true\ntenure_below_days = 30",
            "context = { seats = 5, vip = true, name = 'x' }",
            "any = [{ plan = ['trial', 'free'] }, { context.trial = true }]",
            "not = { plan = 'pro' }",
            "known = 'topic'\nnot = { any = [{ plan = 'pro' }, { known = 'context.team' }] }",
            "words = 'a'\nall = [{ words = 'b' }, { words = ['c', 'd*'] }]",
            "any = [{ not = { language = 'en' } }, { page_url = '/a*' }]",
        ] {
            let when = parsed(text);
            let (how_many, rows) = read(&when).unwrap_or_else(|| panic!("{text} is rows"));
            let again = table(how_many, &rows);
            let read = |table: &Table| Condition::from_toml(table, "when").expect("a condition").to_string();
            assert_eq!(read(&again), read(&when), "{text}");
            assert_eq!(super::read(&again), Some((how_many, rows)), "{text}");
        }
    }

    #[test]
    fn what_rows_cannot_say_is_left_alone() {
        for text in [
            "plan = 'x'\nany = [{ topic = 'a' }, { topic = 'b' }]",
            "any = [{ topic = 'a', plan = 'x' }, { topic = 'b' }]",
            "not = { topic = 'a', plan = 'x' }",
            "not = { tenure_below_days = 3 }",
            "known = ['plan', 'product']",
            "any = [{ any = [{ topic = 'a' }] }]",
        ] {
            assert_eq!(read(&parsed(text)), None, "{text}");
        }
    }
}
