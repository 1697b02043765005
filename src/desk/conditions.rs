//! One small condition language for rules of routing, targets and views; `docs/ROUTING.md` describes it with examples.
//!
//! A condition is read from a TOML table: all of its keys must hold, a list means any of its values, `not`, `any` and `all`
//! nest. It is asked about [`Facts`], which are built from a question or a ticket. What is not known equals nothing.
//! Whatever a page claims about its visitor counts here: rules send questions to people and never unlock anything. A rule
//! that wants more than a claim says `signed = true`.
//!
//! ```
//! # use tanya::desk::conditions::Condition;
//! let table = toml::from_str("plan = ['trial', 'free']\nnot = { channel = 'api' }")?;
//! let condition = Condition::from_toml(&table, "when")?;
//! assert_eq!(condition.to_string(), r#"not (channel = "api") and plan = "trial" or "free""#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod facts;
mod failure;
mod glob;
mod phrase;
mod read;

use std::fmt;

pub use facts::{Facts, Text};
pub use failure::{FailedTest, Failure, Found};
pub(super) use phrase::is_unspaced;
pub use read::ConditionError;
pub(super) use read::kind;

use facts::Field;
use glob::Glob;
use phrase::Phrase;

use crate::answer::policy::normalize;

/// What must hold. Pure; cheap enough to ask for every question.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition(Node);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// Holds if there is nothing in it.
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

/// Patterns for addresses of pages, as `page_url` takes them.
#[derive(Debug, Clone)]
pub struct Pages(Vec<Glob>);

impl Pages {
    /// Reads patterns.
    pub fn new(patterns: &[String]) -> Self {
        Pages(patterns.iter().map(|pattern| Glob::new(pattern)).collect())
    }

    /// Whether one of them takes this address.
    pub fn take(&self, url: &str) -> bool {
        let url = normalize(url);
        self.0.iter().any(|glob| glob.takes(&url))
    }
}

/// One key of a condition's table.
#[derive(Debug, Clone, PartialEq)]
enum Test {
    /// The field has one of these values, normalized.
    Is(Field, Vec<String>),
    /// One of these fields is known.
    Known(Vec<Field>),
    Words(Vec<Phrase>),
    Page(Vec<Glob>),
    /// A customer for less than so many days.
    TenureBelow(i64),
    /// A customer for so many days or more.
    TenureAtLeast(i64),
    Signed(bool),
}

impl Condition {
    /// The one that always holds.
    pub fn always() -> Self {
        Condition(Node::All(Vec::new()))
    }

    /// Whether it holds whatever the facts are, because nothing is asked for.
    pub fn is_always(&self) -> bool {
        matches!(&self.0, Node::All(nodes) if nodes.is_empty())
    }

    /// Whether it holds.
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        self.0.holds(facts)
    }

    /// The first part that does not hold, with what was found instead; `None` if the condition holds.
    pub fn first_failure(&self, facts: &Facts<'_>) -> Option<Failure> {
        self.0.first_failure(facts)
    }

    /// The topics that it names, so that a misspelt one can be told.
    pub fn topics(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.0.topics(&mut found);
        found
    }
}

impl Node {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Node::All(nodes) => nodes.iter().all(|node| node.holds(facts)),
            Node::Any(nodes) => nodes.iter().any(|node| node.holds(facts)),
            Node::Not(node) => !node.holds(facts),
            Node::Test(test) => test.holds(facts),
        }
    }

    fn topics<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| node.topics(found)),
            Node::Not(node) => node.topics(found),
            Node::Test(Test::Is(Field::Topic, topics)) => found.extend(topics.iter().map(String::as_str)),
            Node::Test(_) => {}
        }
    }
}

impl Test {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Test::Is(Field::Language, wanted) => wanted.iter().any(|wanted| speaks(facts.language, wanted)),
            Test::Is(field, wanted) => facts.any(field, |value| wanted.iter().any(|wanted| wanted == value)),
            Test::Known(fields) => fields.iter().any(|field| facts.any(field, |_| true)),
            Test::Words(phrases) => phrases.iter().any(|phrase| phrase.is_in(facts.text.normal())),
            Test::Page(globs) => facts.any(&Field::page(), |url| globs.iter().any(|glob| glob.takes(url))),
            Test::TenureBelow(days) => facts.tenure_days().is_some_and(|tenure| tenure < *days),
            Test::TenureAtLeast(days) => facts.tenure_days().is_some_and(|tenure| tenure >= *days),
            Test::Signed(signed) => facts.signed == *signed,
        }
    }
}

/// `en` takes `en-GB` as well; `en-GB` takes nothing else.
fn speaks(language: &str, wanted: &str) -> bool {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    language.eq_ignore_ascii_case(wanted) || primary.eq_ignore_ascii_case(wanted)
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::All(nodes) if nodes.is_empty() => f.write_str("always"),
            Node::All(nodes) => joined(f, nodes.iter(), " and "),
            Node::Any(nodes) => {
                f.write_str("(")?;
                joined(f, nodes.iter(), ") or (")?;
                f.write_str(")")
            }
            Node::Not(node) => write!(f, "not ({node})"),
            Node::Test(test) => test.fmt(f),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Is(field, wanted) => {
                write!(f, "{field} = ")?;
                joined(f, wanted.iter().map(|value| format!("{value:?}")), " or ")
            }
            Test::Known(fields) => {
                f.write_str("known = ")?;
                joined(f, fields.iter(), " or ")
            }
            Test::Words(phrases) => {
                f.write_str("words = ")?;
                joined(
                    f,
                    phrases.iter().map(|phrase| format!("{:?}", phrase.to_string())),
                    " or ",
                )
            }
            Test::Page(globs) => {
                f.write_str("page_url = ")?;
                joined(f, globs.iter().map(|glob| format!("{:?}", glob.to_string())), " or ")
            }
            Test::TenureBelow(days) => write!(f, "tenure_below_days = {days}"),
            Test::TenureAtLeast(days) => write!(f, "tenure_at_least_days = {days}"),
            Test::Signed(signed) => write!(f, "signed = {signed}"),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    parts: impl IntoIterator<Item = impl fmt::Display>,
    between: &str,
) -> fmt::Result {
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "conditions_tests.rs"]
mod tests;
