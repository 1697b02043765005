//! Why a condition does not hold: as one line, for programs and the command line, and in parts, for pages that tell it in
//! words of their own.

use std::fmt;

use serde::{Serialize, Serializer};
use toml::{Table, Value};

use super::{Facts, Field, Node, Test};

/// The part of a condition that does not hold, with what was found instead.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    line: String,
    /// What failed, if it is a single test; several together are told by the line only.
    pub test: Option<FailedTest>,
}

/// A test that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedTest {
    /// The test alone, as the table of a condition.
    pub when: Table,
    /// What it asks about, as conditions call it.
    pub field: String,
    /// What was found.
    pub found: Found,
}

/// What the facts say instead of what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    NotKnown,
    /// None of the words.
    NotInText,
    /// Other values.
    Is(Vec<String>),
    /// A customer for so many days.
    CustomerFor(i64),
    /// Since when they are a customer is not known.
    SinceNotKnown,
    /// Whether the site has signed who it is.
    Signed(bool),
}

impl Failure {
    pub(super) fn of_several(line: String) -> Self {
        Failure { line, test: None }
    }

    pub(super) fn of_test(test: &Test, facts: &Facts<'_>) -> Self {
        let found = test.found(facts);
        Failure {
            line: format!("{test}: {found}"),
            test: Some(FailedTest {
                when: test.table(),
                field: test.field(),
                found,
            }),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

/// On the wire it is the line.
impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.line)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::NotKnown => f.write_str("not known"),
            Found::NotInText => f.write_str("not in the text"),
            Found::Is(values) => {
                let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
                write!(f, "it is {}", values.join(", "))
            }
            Found::CustomerFor(1) => f.write_str("a customer for one day"),
            Found::CustomerFor(days) => write!(f, "a customer for {days} days"),
            Found::SinceNotKnown => f.write_str("customer_since is not known"),
            Found::Signed(true) => f.write_str("signed"),
            Found::Signed(false) => f.write_str("not signed"),
        }
    }
}

impl Node {
    pub(super) fn first_failure(&self, facts: &Facts<'_>) -> Option<Failure> {
        match self {
            Node::All(nodes) => nodes.iter().find_map(|node| node.first_failure(facts)),
            _ if self.holds(facts) => None,
            Node::Any(_) => Some(Failure::of_several(format!("none of {self} holds"))),
            Node::Not(_) => Some(Failure::of_several(format!("{self} does not hold"))),
            Node::Test(test) => Some(Failure::of_test(test, facts)),
        }
    }
}

impl Test {
    fn found(&self, facts: &Facts<'_>) -> Found {
        match self {
            Test::Is(field, _) => found_in(field, facts),
            Test::Known(_) => Found::NotKnown,
            Test::Words(_) => Found::NotInText,
            Test::Page(_) => found_in(&Field::page(), facts),
            Test::TenureBelow(_) | Test::TenureAtLeast(_) => {
                facts.tenure_days().map_or(Found::SinceNotKnown, Found::CustomerFor)
            }
            Test::Signed(wanted) => Found::Signed(!wanted),
        }
    }

    fn field(&self) -> String {
        match self {
            Test::Is(field, _) => field.to_string(),
            Test::Known(_) => "known".to_owned(),
            Test::Words(_) => "words".to_owned(),
            Test::Page(_) => Field::page().to_string(),
            Test::TenureBelow(_) => "tenure_below_days".to_owned(),
            Test::TenureAtLeast(_) => "tenure_at_least_days".to_owned(),
            Test::Signed(_) => "signed".to_owned(),
        }
    }

    /// The test as it is written in a table.
    fn table(&self) -> Table {
        let texts = |texts: Vec<String>| match &texts[..] {
            [one] => Value::String(one.clone()),
            _ => Value::Array(texts.into_iter().map(Value::String).collect()),
        };
        let value = match self {
            Test::Is(_, wanted) => texts(wanted.clone()),
            Test::Known(fields) => texts(fields.iter().map(ToString::to_string).collect()),
            Test::Words(phrases) => texts(phrases.iter().map(ToString::to_string).collect()),
            Test::Page(globs) => texts(globs.iter().map(ToString::to_string).collect()),
            Test::TenureBelow(days) | Test::TenureAtLeast(days) => Value::Integer(*days),
            Test::Signed(signed) => Value::Boolean(*signed),
        };
        let field = self.field();
        match field.strip_prefix("context.") {
            Some(key) => {
                let context = Table::from_iter([(key.to_owned(), value)]);
                Table::from_iter([("context".to_owned(), Value::Table(context))])
            }
            None => Table::from_iter([(field, value)]),
        }
    }
}

fn found_in(field: &Field, facts: &Facts<'_>) -> Found {
    let mut values = Vec::new();
    facts.any(field, |value| {
        values.push(value.to_owned());
        false
    });
    match values.is_empty() {
        true => Found::NotKnown,
        false => Found::Is(values),
    }
}
