//! The desk: conversations, what the bot must remember in them, and the queue of what was handed over to people.
//!
//! - A conversation is changed by pure functions ([`flow`]) from what stands to what is to be written; the life of a ticket is
//!   a pure state machine ([`queue`]). The store runs both as units of work: a handoff, its ticket and its receipt are one
//!   commit, so nobody is promised what could be lost.
//! - Where a ticket goes is decided by rules ([`routing`], [`conditions`]), by when it is answered by hours, queue and pace
//!   ([`promise`], [`hours`], [`holidays`]), who works on it by the rota ([`people`], [`assignment`]).
//! - What customers write is kept without secrets ([`mask`]).
//!
//! Nothing here knows HTTP; [`Ticket`] is the wire type of `/api/v1/tickets` and `tanya tickets --json` alike.

mod acts;
pub mod assignment;
pub mod byline;
mod chat;
mod clocks;
pub mod conditions;
mod customer;
pub mod dry_run;
mod due;
mod error;
pub mod facts;
pub mod flow;
pub mod holidays;
pub mod hours;
pub mod identity;
pub mod letters;
pub mod mask;
mod merging;
mod opening;
pub mod people;
pub mod priority;
pub mod promise;
pub mod queue;
mod queue_loads;
mod receipt;
mod receipt_key;
mod reference;
pub mod routing;
pub mod rule_form;
pub mod rules_source;
mod staffing;
pub mod talk;
mod ticket;
mod views;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::{SignedDuration, tz::TimeZone};
use rand_chacha::ChaCha12Rng;

use crate::{
    clock::Clock,
    config::DeskConfig,
    store::{Store, TicketFilter, TicketRecord},
};

pub use acts::{Staffer, Written, signed};
pub use chat::{Consent, HeardTurn, NewChat, SignedCustomer};
pub use clocks::Clockwork;
pub use customer::Thread;
pub use error::DeskError;
pub use holidays::{CalendarProblem, DaysOff};
pub use letters::Letterhead;
pub use opening::{Asked, NewTicket};
#[cfg(test)]
pub(crate) use receipt::placeholders;
pub(crate) use receipt::zone_name;
pub use receipt::{Ask, Closed, Receipt, Said, customers_zone, known_zone, local_iso};
pub use receipt_key::ReceiptKey;
pub use reference::normalize_reference;
pub use routing::Routing;
#[cfg(test)]
pub(crate) use ticket::example_ticket;
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
    /// Swapped whole.
    ways: ArcSwap<Ways>,
    /// Swapped whole.
    routing: ArcSwap<Routing>,
    /// Who works here, once that is known.
    people: OnceLock<people::People>,
    loads: queue_loads::QueueLoads,
    /// Writes to customers who left; not there where no mail goes out.
    letters: ArcSwapOption<Letterhead>,
}

/// What the settings say about the desk.
struct Ways {
    clocks: Arc<Clockwork>,
    time_zone: TimeZone,
    /// What the help center calls itself.
    site: String,
    /// How long the bot waits for the rest of a burst of messages.
    burst: SignedDuration,
    /// How long an untouched claim holds.
    lease: SignedDuration,
    /// How long nobody may say anything before it is written down as silence.
    silence: SignedDuration,
}

impl Ways {
    fn new(site: &str, config: &DeskConfig, days_off: &DaysOff) -> Self {
        let time_zone = config.zone();
        Ways {
            clocks: Arc::new(Clockwork::new(config, &time_zone, days_off)),
            time_zone,
            site: site.to_owned(),
            burst: SignedDuration::from_millis(i64::from(config.burst_ms)),
            lease: SignedDuration::from_mins(i64::from(config.claim_minutes)),
            silence: SignedDuration::from_hours(24 * i64::from(config.resolve_silence_days)),
        }
    }
}

impl Desk {
    /// A desk over `store`. `rng` makes the references; seed it from the system outside of tests. Days off of calendar files
    /// are not known to it: [`Self::with_days_off`].
    pub fn new(store: Store, clock: Arc<dyn Clock>, rng: ChaCha12Rng, site: &str, config: &DeskConfig) -> Desk {
        Desk::with_days_off(store, clock, rng, site, config, &DaysOff::default())
    }

    /// A desk that knows the days off of the config's calendar files.
    pub fn with_days_off(
        store: Store,
        clock: Arc<dyn Clock>,
        rng: ChaCha12Rng,
        site: &str,
        config: &DeskConfig,
        days_off: &DaysOff,
    ) -> Desk {
        Desk {
            inner: Arc::new(Inner {
                store,
                clock,
                rng: Mutex::new(rng),
                ways: ArcSwap::from_pointee(Ways::new(site, config, days_off)),
                people: OnceLock::new(),
                routing: ArcSwap::from_pointee(Routing::built_in(&config.escalation_team)),
                loads: queue_loads::QueueLoads::default(),
                letters: ArcSwapOption::empty(),
            }),
        }
    }

    /// From now on the desk writes letters: mails to customers who left an address, alerts to staff.
    pub fn write_letters(&self, letterhead: Letterhead) {
        self.inner.letters.store(Some(Arc::new(letterhead)));
    }

    fn letters(&self) -> Option<Arc<Letterhead>> {
        self.inner.letters.load_full()
    }

    /// Other settings from now on. What was promised stays; clocks that run are counted anew where they are asked next.
    pub fn switch_settings(&self, site: &str, config: &DeskConfig, days_off: &DaysOff) {
        self.inner.ways.store(Arc::new(Ways::new(site, config, days_off)));
    }

    fn ways(&self) -> Arc<Ways> {
        self.inner.ways.load_full()
    }

    /// When replies are due, and when people are there.
    pub fn clocks(&self) -> Arc<Clockwork> {
        Arc::clone(&self.inner.ways.load().clocks)
    }

    /// The rules of routing.
    pub fn routing(&self) -> Arc<Routing> {
        self.inner.routing.load_full()
    }

    /// Other rules of routing from now on. A new desk has those that come with the program.
    pub fn switch_routing(&self, routing: Arc<Routing>) {
        self.inner.routing.store(routing);
    }

    fn with_rng<T>(&self, draw: impl FnOnce(&mut ChaCha12Rng) -> T) -> T {
        draw(&mut self.inner.rng.lock().unwrap_or_else(PoisonError::into_inner))
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

    /// The receipt for a ticket in words, in the ticket's language; out of hours it says so.
    pub fn receipt(&self, ticket: &Ticket) -> String {
        self.receipt_for(ticket.into(), None, Said::NotYet).text
    }

    /// The receipt for a ticket as it is kept, in `language` or the ticket's; `said` is whether this episode has been told
    /// already that nobody is there.
    pub fn receipt_of(&self, ticket: &TicketRecord, language: Option<&str>, said: Said) -> Receipt {
        self.receipt_for(ticket.into(), language, said)
    }

    fn receipt_for(&self, facts: receipt::Facts<'_>, language: Option<&str>, said: Said) -> Receipt {
        let clocks = self.clocks();
        let calendar = clocks.calendar_of(facts.team);
        Receipt::new(&facts, calendar, self.inner.clock.now(), language, said)
    }

    /// The promise of a ticket in words (`Tuesday, 24 November 2026, 09:30 UTC`), in the ticket's language.
    pub fn promise(&self, ticket: &Ticket) -> String {
        receipt::promise(&ticket.into(), &self.ways().time_zone)
    }
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
