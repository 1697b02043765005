//! The queue of what was handed over to people.
//!
//! A handoff becomes a ticket: a reference that the customer can quote, a team, and a promise by when a person answers.
//! [`Desk::open_ticket`] returns after the ticket is committed, so a [`receipt`] never promises what could be lost.
//! Nothing here knows HTTP; [`Ticket`] is the wire type of `/api/v1/tickets` and `tanya tickets --json` alike.

mod receipt;
mod reference;
mod ticket;

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, tz::TimeZone};
use rand_chacha::ChaCha12Rng;
use serde_json::{Map, Value};

use crate::{
    answer::HandoffReason,
    clock::Clock,
    config::DeskConfig,
    store::{NearestArticle, NewTicketRecord, OpenedTicket, Store, StoreError, TicketFilter, TicketRecord},
};

pub use receipt::{promise, receipt};
pub use reference::normalize_reference;
pub use ticket::{Nearest, Ticket, TicketEvent, TicketList};

pub use crate::store::{EventKind, TicketOrder, TicketState};

/// Longest question, in characters.
pub const LONGEST_QUESTION: usize = 4000;
/// Longest note on a resolved ticket, in characters.
pub const LONGEST_NOTE: usize = 4000;
/// Longest e-mail address there can be (RFC 5321, forward path).
const LONGEST_CONTACT: usize = 254;
/// Longest context, in bytes of JSON: claims of a page about its visitor, not documents.
const LONGEST_CONTEXT: usize = 16 * 1024;
/// Longest idempotency key, in characters; clients send UUIDs.
const LONGEST_KEY: usize = 200;
/// References are drawn from 28^8; a second draw is already one in billions even for a large desk.
const DRAWS: usize = 8;

/// The desk. A clone is one `Arc`.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    /// Locked for the drawing of eight letters, never across an await.
    rng: Mutex<ChaCha12Rng>,
    reply_within: SignedDuration,
    time_zone: TimeZone,
}

/// A ticket to be opened, as it comes in from outside.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// The words, as typed; 1 to 4,000 characters.
    pub question: String,
    /// Language of the question (BCP 47 primary).
    pub language: String,
    /// Why it goes to people.
    pub reason: HandoffReason,
    /// The sensitive topic, if one took it.
    pub topic: Option<String>,
    /// The team it goes to.
    pub team: String,
    /// E-mail address to answer to, if one was given.
    pub contact: Option<String>,
    /// Claims about the visitor.
    pub context: Map<String, Value>,
    /// The first candidate, which was not good enough.
    pub nearest: Option<NearestArticle>,
    /// Probability that it would have answered the question.
    pub confidence: f64,
    /// Id of the decision.
    pub decision: String,
    /// Who opens it: `customer`, or the name of whoever does it for them.
    pub opened_by: String,
    /// The same key gives the same ticket back, so that a client may try again.
    pub idempotency_key: Option<String>,
}

/// Why the desk refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DeskError {
    /// A value is not allowed.
    #[error("{field} {reason}")]
    Invalid {
        /// The field, as on the wire.
        field: &'static str,
        /// What is allowed.
        reason: String,
    },
    /// No ticket has this reference.
    #[error("there is no ticket {reference}")]
    NoSuchTicket {
        /// As asked for.
        reference: String,
    },
    /// Somebody else changed the ticket first.
    #[error("ticket {reference} has changed meanwhile: it is {state}{}; look at it again", by.as_ref().map(|by| format!(" (by {by})")).unwrap_or_default())]
    Conflict {
        /// The ticket.
        reference: String,
        /// Its present state.
        state: TicketState,
        /// Its present version.
        version: i64,
        /// Who resolved it, if it is resolved.
        by: Option<String>,
    },
    /// The idempotency key belongs to another question.
    #[error("this idempotency key was used for another question: send a new key with a new question")]
    KeyReused,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchTicket { reference } => DeskError::NoSuchTicket { reference },
            StoreError::Conflict {
                reference,
                state,
                version,
                by,
            } => DeskError::Conflict {
                reference,
                state,
                version,
                by,
            },
            StoreError::BadCursor { .. } => DeskError::Invalid {
                field: "cursor",
                reason: "is not one of this list".to_owned(),
            },
            other => DeskError::Store(other),
        }
    }
}

impl Desk {
    /// A desk over `store`. `rng` makes the references; seed it from the system outside of tests.
    pub fn new(store: Store, clock: Arc<dyn Clock>, rng: ChaCha12Rng, config: &DeskConfig) -> Desk {
        let reply_within = SignedDuration::from_hours(i64::from(config.reply_within_hours));
        // The config was checked when it was read.
        let time_zone = TimeZone::get(&config.time_zone).unwrap_or(TimeZone::UTC);
        Desk {
            inner: Arc::new(Inner {
                store,
                clock,
                rng: Mutex::new(rng),
                reply_within,
                time_zone,
            }),
        }
    }

    /// Opens a ticket and promises a reply. It is committed when this returns.
    ///
    /// # Errors
    ///
    /// [`DeskError::Invalid`] names the field; [`DeskError::KeyReused`] if the idempotency key came with another
    /// question before; else the store's failure.
    pub async fn open_ticket(&self, new: NewTicket) -> Result<Ticket, DeskError> {
        let new = checked(new)?;
        let opened_at = self.inner.clock.now();
        let promise_at = opened_at.saturating_add(self.inner.reply_within).unwrap_or(opened_at);
        let mut record = NewTicketRecord {
            reference: String::new(),
            team: new.team,
            reason: new.reason,
            topic: new.topic,
            question: new.question,
            lang: new.language,
            contact: new.contact,
            context: new.context,
            nearest: new.nearest,
            confidence: new.confidence,
            decision: new.decision,
            idempotency_key: new.idempotency_key,
            opened_by: new.opened_by,
            opened_at,
            promise_at,
        };
        let mut taken = None;
        for _ in 0..DRAWS {
            record.reference = reference::draw(&mut *self.inner.rng.lock().unwrap_or_else(PoisonError::into_inner));
            match self.inner.store.open_ticket(record.clone()).await {
                Ok(OpenedTicket::New(ticket)) => return Ok(ticket.into()),
                Ok(OpenedTicket::Before(ticket)) => return same_request(ticket, &record),
                Err(error @ StoreError::ReferenceTaken { .. }) => taken = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        Err(DeskError::Store(taken.unwrap_or(StoreError::Closed)))
    }

    /// Tickets, page by page (1 to 200 a page); `cursor` is the `next` of the page before.
    ///
    /// # Errors
    ///
    /// [`DeskError::Invalid`] for a cursor of another making; else the store's failure.
    pub async fn list(
        &self,
        filter: &TicketFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<TicketList, DeskError> {
        let page = self.inner.store.tickets(filter, cursor, limit).await?;
        Ok(TicketList {
            tickets: page.tickets.into_iter().map(Ticket::from).collect(),
            next: page.next,
        })
    }

    /// The ticket with this reference, however it is typed (`t 7k3f 9qxm`).
    ///
    /// # Errors
    ///
    /// [`DeskError::NoSuchTicket`], or the store's failure.
    pub async fn get(&self, reference: &str) -> Result<Ticket, DeskError> {
        let no_such_ticket = || DeskError::NoSuchTicket {
            reference: shortened(reference),
        };
        let reference = normalize_reference(reference).ok_or_else(no_such_ticket)?;
        self.inner
            .store
            .ticket(&reference)
            .await?
            .map(Ticket::from)
            .ok_or_else(no_such_ticket)
    }

    /// Resolves an open ticket. `expected_version` is the version that the resolver saw; without it, the present one.
    ///
    /// # Errors
    ///
    /// [`DeskError::NoSuchTicket`], [`DeskError::Conflict`] if somebody else was faster, [`DeskError::Invalid`] for a
    /// name or note that is too long, or the store's failure.
    pub async fn resolve(
        &self,
        reference: &str,
        by: &str,
        note: Option<&str>,
        expected_version: Option<i64>,
    ) -> Result<Ticket, DeskError> {
        let by = length("by", by.trim(), 1, 100)?;
        let note = note.map(str::trim).filter(|note| !note.is_empty());
        if let Some(note) = note {
            length("note", note, 1, LONGEST_NOTE)?;
        }
        let seen = self.get(reference).await?;
        let version = expected_version.unwrap_or(seen.version);
        let now = self.inner.clock.now();
        Ok(self
            .inner
            .store
            .resolve_ticket(&seen.reference, by, note, version, now)
            .await?
            .into())
    }

    /// The receipt for a ticket: who answers by when, in the ticket's language.
    pub fn receipt(&self, ticket: &Ticket) -> String {
        receipt(ticket, &self.inner.time_zone)
    }

    /// The promise of a ticket in words (`Tuesday, 24 November 2026, 09:30 UTC`), in the ticket's language.
    pub fn promise(&self, ticket: &Ticket) -> String {
        promise(ticket, &self.inner.time_zone)
    }
}

/// The ticket of an earlier request, if it was the same one: a key must not open the door to somebody else's ticket.
fn same_request(ticket: TicketRecord, request: &NewTicketRecord) -> Result<Ticket, DeskError> {
    if ticket.question == request.question && ticket.contact == request.contact {
        Ok(ticket.into())
    } else {
        Err(DeskError::KeyReused)
    }
}

fn checked(new: NewTicket) -> Result<NewTicket, DeskError> {
    // The store keeps no NUL; without it here, a repeated request equals the kept one.
    let question = new.question.replace('\0', "\u{fffd}").trim().to_owned();
    length("question", &question, 1, LONGEST_QUESTION)?;
    length("team", new.team.trim(), 1, 100)?;
    length("language", &new.language, 1, 35)?;
    length("opened_by", &new.opened_by, 1, 100)?;
    if let Some(key) = &new.idempotency_key {
        length("idempotency_key", key, 1, LONGEST_KEY)?;
    }
    let context = serde_json::to_string(&new.context).map_or(usize::MAX, |json| json.len());
    if context > LONGEST_CONTEXT {
        return Err(invalid(
            "context",
            format!("must have at most {LONGEST_CONTEXT} bytes of JSON"),
        ));
    }
    let contact = new
        .contact
        .map(|contact| contact.trim().to_owned())
        .filter(|contact| !contact.is_empty());
    if let Some(contact) = &contact
        && !looks_like_email(contact)
    {
        return Err(invalid(
            "contact",
            "must be an e-mail address, such as name@example.com".to_owned(),
        ));
    }
    Ok(NewTicket {
        question,
        contact,
        ..new
    })
}

fn length<'a>(field: &'static str, text: &'a str, least: usize, most: usize) -> Result<&'a str, DeskError> {
    match text.chars().count() {
        n if n < least => Err(invalid(field, "must not be empty".to_owned())),
        n if n > most => Err(invalid(
            field,
            format!("must have at most {most} characters, it has {n}"),
        )),
        _ => Ok(text),
    }
}

fn invalid(field: &'static str, reason: String) -> DeskError {
    DeskError::Invalid { field, reason }
}

/// Lenient on purpose: whether an address works shows when one writes to it. Catches a name, a phone number, a half.
fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    text.len() <= LONGEST_CONTACT
        && !local.is_empty()
        && !domain.contains('@')
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>,;\"()".contains(c))
        && domain.contains('.')
        && domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

fn shortened(reference: &str) -> String {
    reference.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests;
