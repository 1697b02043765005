//! When replies are due: targets and the ladder of escalation, counted in business time of the ticket's team.

use std::{collections::HashMap, time::Duration};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    config::{BusinessTime, DeskConfig, HoursConfig},
    store::TicketRecord,
};

use super::{holidays::DaysOff, hours::Calendar, queue::Clocks};

const HOUR: Duration = Duration::from_secs(3600);

/// The desk's clocks. Pure; cheap to ask.
#[derive(Debug, Clone)]
pub struct Clockwork {
    desk: TeamClock,
    /// Of teams with hours of their own.
    teams: HashMap<String, TeamClock>,
}

/// One calendar, and the times of the config counted in it.
#[derive(Debug, Clone)]
struct TeamClock {
    calendar: Calendar,
    first: Duration,
    next: Duration,
    resolve: Duration,
    ladder: Vec<Duration>,
}

impl Clockwork {
    /// As configured, with the days off of the calendar files that the config names. The config was checked when it was
    /// read; what it says wrongly counts as not said.
    pub fn new(config: &DeskConfig, zone: &TimeZone, days_off: &DaysOff) -> Self {
        let clock = |hours: &HoursConfig| TeamClock::new(config, hours, zone, days_off);
        let teams = config
            .team
            .keys()
            .filter_map(|team| Some((team.clone(), clock(&config.hours_of(team)?))));
        Clockwork {
            desk: clock(&config.hours),
            teams: teams.collect(),
        }
    }

    /// When people of the desk are there.
    pub fn calendar(&self) -> &Calendar {
        &self.desk.calendar
    }

    /// When people of this team are there.
    pub fn calendar_of(&self, team: &str) -> &Calendar {
        &self.of(team).calendar
    }

    /// Business time within which people mean to reply to this ticket for the first time.
    pub fn first_target(&self, ticket: &TicketRecord) -> Duration {
        own_target(ticket, "first").unwrap_or(self.of(&ticket.team).first)
    }

    /// The same for a ticket of no special team or rule.
    pub fn usual_first_target(&self) -> Duration {
        self.desk.first
    }

    /// The same for a ticket of this team without a target of its own.
    pub fn first_target_of(&self, team: &str) -> Duration {
        self.of(team).first
    }

    /// Target of the first reply to a ticket opened at `from`.
    pub fn first_due(&self, ticket: &TicketRecord, from: Timestamp) -> Option<Timestamp> {
        self.of(&ticket.team).calendar.add(from, self.first_target(ticket))
    }

    /// From when on less than a quarter of the business time between opening and promise is left.
    pub fn warn_at(&self, ticket: &TicketRecord) -> Option<Timestamp> {
        let calendar = &self.of(&ticket.team).calendar;
        let promised = calendar.between(ticket.opened_at, ticket.promise_at);
        calendar.add(ticket.opened_at, promised - promised / 4)
    }

    /// Target of the resolution of a ticket opened at `from`.
    pub fn resolve_due(&self, ticket: &TicketRecord, from: Timestamp) -> Option<Timestamp> {
        let clock = self.of(&ticket.team);
        let target = own_target(ticket, "resolve").unwrap_or(clock.resolve);
        clock.calendar.add(from, target)
    }

    fn of(&self, team: &str) -> &TeamClock {
        self.teams.get(team).unwrap_or(&self.desk)
    }
}

impl Clocks for Clockwork {
    fn next_due(&self, ticket: &TicketRecord, from: Timestamp) -> Option<Timestamp> {
        if ticket.first_reply_at.is_none() {
            return self.first_due(ticket, from);
        }
        let clock = self.of(&ticket.team);
        clock
            .calendar
            .add(from, own_target(ticket, "next").unwrap_or(clock.next))
    }

    fn climb_at(&self, ticket: &TicketRecord, step: i64, from: Timestamp) -> Option<Timestamp> {
        let clock = self.of(&ticket.team);
        let waited = usize::try_from(step).ok().and_then(|step| clock.ladder.get(step))?;
        clock.calendar.add(from, *waited)
    }
}

impl TeamClock {
    fn new(config: &DeskConfig, hours: &HoursConfig, zone: &TimeZone, days_off: &DaysOff) -> Self {
        let timetable = hours.timetable().unwrap_or_default();
        let calendar = Calendar::new(timetable, zone.clone(), &days_off.of(&hours.calendars));
        let by_the_clock = HOUR * config.reply_within_hours;
        let (first, resolve, ladder) = if hours.is_set() {
            (8 * HOUR, 40 * HOUR, vec![4 * HOUR, 8 * HOUR])
        } else {
            (by_the_clock, 3 * by_the_clock, Vec::new())
        };
        let usual_day = calendar.usual_day();
        let length = |text: &String| {
            let BusinessTime { days, minutes } = BusinessTime::parse(text)?;
            Some(usual_day * days + Duration::from_secs(u64::from(minutes) * 60))
        };
        let target = |text: &Option<String>, usual| text.as_ref().and_then(length).unwrap_or(usual);
        TeamClock {
            first: target(&config.targets.first, first),
            next: target(&config.targets.next, first),
            resolve: target(&config.targets.resolve, resolve),
            ladder: match &config.escalate_after {
                Some(steps) => steps.iter().filter_map(length).collect(),
                None => ladder,
            },
            calendar,
        }
    }
}

/// The ticket's own target in business minutes, where a rule set one.
fn own_target(ticket: &TicketRecord, which: &str) -> Option<Duration> {
    let minutes = ticket.targets.get(which)?.as_u64()?;
    Some(Duration::from_secs(minutes.checked_mul(60)?))
}

#[cfg(test)]
#[path = "clocks_tests.rs"]
pub(super) mod tests;
