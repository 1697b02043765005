//! What the customer is told at a handoff: that a person answers, why, which team, by when, under which reference, what
//! happens meanwhile, and, out of hours, once, when somebody is there again.
//!
//! Rendered from the ticket as it was committed, so that nothing is told that is not so. The words are in [`tables`].

mod tables;
mod words;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::{answer::HandoffReason, store::TicketRecord};

use super::{Ticket, hours::Calendar};
use tables::Texts;

pub(in crate::desk) use tables::filled;
#[cfg(test)]
pub(crate) use tables::placeholders;
pub(crate) use words::zone_name;

/// Topics in which an order number helps.
const ABOUT_ORDERS: [&str; 4] = ["billing", "refund", "cancellation", "complaint"];
/// Key under which a page may tell the visitor's own time zone (IANA), as the widget and the form do.
const ZONE_KEY: &str = "time_zone";
/// Keys under which a page may have told the order number already.
const ORDER_KEYS: [&str; 4] = ["order_number", "order_id", "order", "order_no"];

/// A receipt, in parts and in words, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// All of it, three to five sentences.
    pub text: String,
    /// Why a person answers, one sentence.
    pub why: String,
    /// What the team is called in a sentence; `None` for the team that everything else goes to.
    pub team: Option<String>,
    /// By when a person answers.
    pub by: Timestamp,
    /// The same in RFC 3339, with the offset of the zone in which the words are.
    pub by_local: String,
    /// The same in words, with "today" or "tomorrow" before the date.
    pub by_words: String,
    /// What the customer quotes.
    pub reference: String,
    /// Nobody is there, and this has not been said before.
    pub closed_until: Option<Closed>,
    /// What the customer may leave, as far as it is not known.
    pub asks: Vec<Ask>,
}

/// Nobody is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// When somebody is there again.
    pub opens_at: Timestamp,
    /// The same in RFC 3339, with the offset of the zone in which the words are.
    pub opens_local: String,
    /// The same in words, as they stand in the sentence.
    pub opens_words: String,
    /// The sentence that says so.
    pub sentence: String,
}

/// Something that a customer may leave; never demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Where to answer.
    Email,
    /// What it is about.
    OrderNumber,
    /// How urgent it is.
    Urgency,
    /// Where to call back.
    Phone,
}

/// Whether this episode has been told that nobody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It has not.
    NotYet,
    /// It has; twice would be noise.
    Already,
}

/// When somebody is there again, if nobody is there now and that has not been said: out of hours exactly one message.
pub fn closed_until(calendar: &Calendar, now: Timestamp, said: Said) -> Option<Timestamp> {
    match said {
        Said::Already => None,
        Said::NotYet => calendar.next_open(now).filter(|opens_at| *opens_at > now),
    }
}

/// What a receipt is made of.
pub(super) struct Facts<'a> {
    reference: &'a str,
    pub(super) team: &'a str,
    reason: HandoffReason,
    topic: Option<&'a str>,
    language: &'a str,
    promise_at: Timestamp,
    asks: Vec<Ask>,
    has_email: bool,
    zone: Option<TimeZone>,
}

/// The customer's own time zone, if their page has told one. Everything that they are told is in it: a letter cannot look
/// at their clock, and the same promise must read the same everywhere.
pub fn customers_zone(context: &Map<String, Value>) -> Option<TimeZone> {
    known_zone(context.get(ZONE_KEY)?.as_str()?)
}

/// The time zone of this name, if there is one.
pub fn known_zone(name: &str) -> Option<TimeZone> {
    // The longest name in the database has about half as many characters.
    (!name.is_empty() && name.len() <= 64)
        .then(|| TimeZone::get(name).ok())
        .flatten()
}

/// RFC 3339 with the offset of the zone.
pub fn local_iso(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

impl<'a> From<&'a TicketRecord> for Facts<'a> {
    fn from(ticket: &'a TicketRecord) -> Self {
        Facts {
            reference: &ticket.reference,
            team: &ticket.team,
            reason: ticket.reason,
            topic: ticket.topic.as_deref(),
            language: &ticket.lang,
            promise_at: ticket.promise_at,
            asks: asks(ticket),
            has_email: ticket.contact.is_some(),
            zone: customers_zone(&ticket.context),
        }
    }
}

/// Only words are made from it, and they ask for nothing.
impl<'a> From<&'a Ticket> for Facts<'a> {
    fn from(ticket: &'a Ticket) -> Self {
        Facts {
            reference: &ticket.reference,
            team: &ticket.team,
            reason: ticket.reason,
            topic: ticket.topic.as_deref(),
            language: &ticket.language,
            // The wire text was made from a time by us.
            promise_at: ticket.promise_at.parse().unwrap_or_default(),
            asks: Vec::new(),
            has_email: ticket.contact.is_some(),
            zone: customers_zone(&ticket.context),
        }
    }
}

impl Receipt {
    /// The receipt as it is told at `now`. Times are those of the customer's zone, of the calendar's where it is not known.
    pub(super) fn new(
        facts: &Facts<'_>,
        calendar: &Calendar,
        now: Timestamp,
        language: Option<&str>,
        said: Said,
    ) -> Receipt {
        let language = Texts::of(language.unwrap_or(facts.language));
        let zone = facts.zone.as_ref().unwrap_or(calendar.zone());
        let told = |at: Timestamp| language.moment_from(at, now, zone);
        let why = language.why(facts.reason, facts.topic).to_owned();
        let team = language.team(facts.team);
        let by_words = told(facts.promise_at);
        let closed_until = closed_until(calendar, now, said).map(|opens_at| {
            let opens_words = told(opens_at);
            Closed {
                opens_at,
                opens_local: local_iso(opens_at, zone),
                sentence: language.closed_until(&opens_words),
                opens_words,
            }
        });
        let closed = closed_until.as_ref().map(|closed| closed.sentence.clone());
        let sentences = [
            Some(why.clone()),
            Some(language.answers_by(team.as_deref(), &by_words)),
            closed,
            Some(language.what_meanwhile(facts.has_email).to_owned()),
            Some(language.your_reference(facts.reference)),
        ];
        let sentences: Vec<String> = sentences.into_iter().flatten().collect();
        Receipt {
            text: sentences.join(language.between_sentences),
            why,
            team,
            by: facts.promise_at,
            by_local: local_iso(facts.promise_at, zone),
            by_words,
            reference: facts.reference.to_owned(),
            closed_until,
            asks: facts.asks.clone(),
        }
    }
}

impl Receipt {
    /// What belongs to the turn that tells it, for pages that show it as a card.
    pub(super) fn card(&self, team: &str) -> Map<String, Value> {
        let card = json!({
            "kind": "receipt",
            "reference": self.reference,
            "team": team,
            "why": self.why,
            "by": self.by.to_string(),
            "by_local": self.by_local,
            "by_words": self.by_words,
            "asks": self.asks,
        });
        let mut card = card.as_object().cloned().unwrap_or_default();
        if let Some(closed) = &self.closed_until {
            card.insert("closed_until".into(), closed.opens_at.to_string().into());
            card.insert("closed_until_local".into(), closed.opens_local.as_str().into());
            card.insert("closed".into(), closed.sentence.as_str().into());
        }
        card
    }
}

/// By when a person answers, as a date, in the ticket's language; `zone` where the customer's own is not known.
pub(super) fn promise(facts: &Facts<'_>, zone: &TimeZone) -> String {
    let zone = facts.zone.as_ref().unwrap_or(zone);
    Texts::of(facts.language).moment(&facts.promise_at.to_zoned(zone.clone()))
}

fn asks(ticket: &TicketRecord) -> Vec<Ask> {
    let about_orders = ticket
        .topic
        .as_deref()
        .is_some_and(|topic| ABOUT_ORDERS.contains(&topic));
    let order_known = ticket.order_number.is_some()
        || ORDER_KEYS
            .iter()
            .any(|key| ticket.context.get(*key).is_some_and(|value| !value.is_null()));
    let missing = [
        (Ask::Email, ticket.contact.is_none()),
        (Ask::OrderNumber, about_orders && !order_known),
        (Ask::Urgency, ticket.urgency.is_none()),
        (Ask::Phone, ticket.phone.is_none()),
    ];
    missing
        .into_iter()
        .filter(|(_, missing)| *missing)
        .map(|(ask, _)| ask)
        .collect()
}

#[cfg(test)]
#[path = "receipt_tests.rs"]
mod tests;
