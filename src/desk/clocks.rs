//! When replies are due: targets and the ladder of escalation, counted in business time.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

use crate::{config::DeskConfig, store::TicketRecord};

use super::{hours::Calendar, queue::Clocks};

/// The desk's clocks. Pure; cheap to ask.
#[derive(Debug, Clone)]
pub struct Clockwork {
    calendar: Calendar,
    first: Duration,
    next: Duration,
    resolve: Duration,
    ladder: Vec<Duration>,
}

impl Clockwork {
    /// As configured.
    pub fn new(config: &DeskConfig, zone: &TimeZone) -> Self {
        let first = Duration::from_secs(u64::from(config.reply_within_hours) * 3600);
        Clockwork {
            calendar: Calendar::always(zone.clone()),
            first,
            next: first,
            resolve: first * 3,
            ladder: Vec::new(),
        }
    }

    /// When people are there.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Target of the first reply to a ticket opened at `from`.
    pub fn first_due(&self, ticket: &TicketRecord, from: Timestamp) -> Option<Timestamp> {
        self.calendar.add(from, target(ticket, "first").unwrap_or(self.first))
    }

    /// Target of the resolution of a ticket opened at `from`.
    pub fn resolve_due(&self, ticket: &TicketRecord, from: Timestamp) -> Option<Timestamp> {
        self.calendar
            .add(from, target(ticket, "resolve").unwrap_or(self.resolve))
    }
}

impl Clocks for Clockwork {
    fn next_due(&self, ticket: &TicketRecord, from: Timestamp) -> Option<Timestamp> {
        if ticket.first_reply_at.is_none() {
            return self.first_due(ticket, from);
        }
        self.calendar.add(from, target(ticket, "next").unwrap_or(self.next))
    }

    fn climb_at(&self, _: &TicketRecord, step: i64, from: Timestamp) -> Option<Timestamp> {
        let waited = usize::try_from(step).ok().and_then(|step| self.ladder.get(step))?;
        self.calendar.add(from, *waited)
    }
}

/// The ticket's own target in business minutes, where a rule set one.
fn target(ticket: &TicketRecord, which: &str) -> Option<Duration> {
    let minutes = ticket.targets.get(which)?.as_u64()?;
    Some(Duration::from_secs(minutes * 60))
}
