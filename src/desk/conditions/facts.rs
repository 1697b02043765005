//! What conditions are asked about.

use std::{fmt, sync::OnceLock};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Map, Value};

use crate::{
    answer::{HandoffReason, Question, policy::normalize},
    desk::{hours::Calendar, priority::Priority},
    store::TicketRecord,
};

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// What is known about a question or a ticket at one moment.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The customer's words.
    pub text: Text<'a>,
    /// Their language (BCP 47).
    pub language: &'a str,
    /// Where it came in: `chat`, `form`, `api`, …
    pub channel: &'a str,
    /// What the page claims about its visitor.
    pub context: &'a Map<String, Value>,
    /// What the host site has signed; wins over `context` key by key.
    pub claims: Option<&'a Map<String, Value>>,
    /// Whether the host site has signed who the customer is.
    pub signed: bool,
    /// The topic whose rule took it.
    pub topic: Option<&'a str>,
    /// Why it goes to people; not known before the bot has decided.
    pub reason: Option<HandoffReason>,
    /// The team that has it; before it is routed, the team that its topic names.
    pub team: Option<&'a str>,
    /// How urgent it is.
    pub priority: Priority,
    /// The words that rules and people put on it.
    pub tags: &'a [String],
    /// Whether people are there now.
    pub open: bool,
    /// Now.
    pub now: Timestamp,
}

impl<'a> Facts<'a> {
    /// Of a question that has just come in. Topic, reason and team are added by whoever knows them.
    pub fn of_question(
        question: &'a Question,
        language: &'a str,
        channel: &'a str,
        claims: Option<&'a Map<String, Value>>,
        now: Timestamp,
        calendar: &Calendar,
    ) -> Self {
        Facts {
            text: Text::new(&question.text),
            language,
            channel,
            context: &question.context,
            claims,
            signed: claims.is_some(),
            topic: None,
            reason: None,
            team: None,
            priority: Priority::Normal,
            tags: &[],
            open: calendar.is_open(now),
            now,
        }
    }

    /// Of a ticket; `claims` are those of its conversation.
    pub fn of_ticket(
        ticket: &'a TicketRecord,
        claims: Option<&'a Map<String, Value>>,
        now: Timestamp,
        calendar: &Calendar,
    ) -> Self {
        Facts {
            text: Text::new(&ticket.question),
            language: &ticket.lang,
            channel: &ticket.channel,
            context: &ticket.context,
            claims,
            signed: claims.is_some() || ticket.customer.is_some(),
            topic: ticket.topic.as_deref(),
            reason: Some(ticket.reason),
            team: Some(&ticket.team),
            priority: Priority::from_number(ticket.priority),
            tags: &ticket.tags,
            open: calendar.is_open(now),
            now,
        }
    }

    /// For how many whole days they have been a customer; `None` if that is not known. A date means its beginning in UTC.
    pub(super) fn tenure_days(&self) -> Option<i64> {
        let since = match self.value("customer_since")? {
            Value::String(text) => since(text.trim())?,
            Value::Number(number) => Timestamp::from_second(number.as_i64()?).ok()?,
            _ => return None,
        };
        Some((self.now.as_second() - since.as_second()).div_euclid(DAY))
    }

    /// Whether `is` says yes to any of the field's values, which it gets normalized.
    pub(super) fn any(&self, field: &Field, mut is: impl FnMut(&str) -> bool) -> bool {
        match field {
            Field::Topic => self.topic.is_some_and(|topic| is(&normalize(topic))),
            Field::Reason => self.reason.is_some_and(|reason| is(reason.as_str())),
            Field::Language => is(self.language),
            Field::Channel => is(&normalize(self.channel)),
            Field::Team => self.team.is_some_and(|team| is(&normalize(team))),
            Field::Priority => is(self.priority.as_str()),
            Field::Tags => self.tags.iter().any(|tag| is(&normalize(tag))),
            Field::Hours => is(if self.open { "open" } else { "closed" }),
            Field::Context(key) => match self.value(key) {
                None => false,
                Some(Value::Array(values)) => values.iter().filter_map(as_text).any(|text| is(&text)),
                Some(value) => as_text(value).is_some_and(|text| is(&text)),
            },
        }
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        self.claims
            .and_then(|claims| claims.get(key))
            .or_else(|| self.context.get(key))
    }
}

fn since(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let date: Date = text.parse().ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
}

/// Pages send numbers and flags as text as often as not, so values are compared as text.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(normalize(text)),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(number) => Some(match number.as_f64() {
            Some(real) if number.is_f64() => number_as_text(real),
            _ => number.to_string(),
        }),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `5.0` and `5` are one number.
pub(super) fn number_as_text(number: f64) -> String {
    format!("{number}")
}

/// A text that is normalized when a condition asks for its words, once.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    raw: &'a str,
    normal: OnceLock<String>,
}

impl<'a> Text<'a> {
    /// The text as it was typed.
    pub fn new(raw: &'a str) -> Self {
        Text {
            raw,
            normal: OnceLock::new(),
        }
    }

    /// As the rules for topics see it.
    pub fn normal(&self) -> &str {
        self.normal.get_or_init(|| normalize(self.raw))
    }
}

/// What a condition can ask for by value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    Topic,
    Reason,
    Language,
    Channel,
    Team,
    Priority,
    Tags,
    Hours,
    /// A key of claims or context.
    Context(String),
}

impl Field {
    /// Keys of the context that are written without `context.` before them.
    pub const PLAIN: [&'static str; 5] = ["product", "plan", "company_type", "page_url", "customer_since"];

    pub fn page() -> Self {
        Field::Context("page_url".to_owned())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Field::Topic => "topic",
            Field::Reason => "reason",
            Field::Language => "language",
            Field::Channel => "channel",
            Field::Team => "team",
            Field::Priority => "priority",
            Field::Tags => "tags",
            Field::Hours => "hours",
            Field::Context(key) if Field::PLAIN.contains(&key.as_str()) => key,
            Field::Context(key) => return write!(f, "context.{key}"),
        };
        f.write_str(word)
    }
}
