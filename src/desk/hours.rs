//! Business hours: when people are there, and how much of their time lies between two moments.
//!
//! Hours are local times in the desk's zone; what is counted is time that passes. On the night when clocks go forward a
//! span over the gap is an hour shorter, on the night when they go back an hour longer. A bound is the first moment at
//! which the clock on the wall shows that time or a later one: one that falls into a gap moves to where the clock goes on,
//! one that comes twice means the first. Hours belong to the day on which they begin, even where they end after midnight.
//!
//! A question costs well under a microsecond for every day that it looks at, and nothing is allocated.

use std::time::Duration;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};

use crate::config::{OpenHours, Timetable};

use super::holidays::DayOff;

/// Days that are looked at before giving up: nobody promises further ahead.
const HORIZON: u32 = 800;
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// The whole day, where no hours are set.
const ALL_DAY: [OpenHours; 1] = [OpenHours { from: 0, to: DAY }];

/// When people are there. Pure; cheap enough to ask thousands of times a second.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    timetable: Timetable,
    /// Days off, in order, without overlap and none empty.
    closed: Vec<(Timestamp, Timestamp)>,
}

impl Calendar {
    /// Somebody is always there.
    pub fn always(zone: TimeZone) -> Self {
        Calendar::new(Timetable::default(), zone, &[])
    }

    /// Hours as configured, without the days off.
    pub fn new(timetable: Timetable, zone: TimeZone, days_off: &[DayOff]) -> Self {
        let mut closed: Vec<_> = days_off.iter().flat_map(|day_off| day_off.spans(&zone)).collect();
        closed.sort_unstable();
        closed.dedup_by(|next, last| {
            let touches = next.0 <= last.1;
            if touches {
                last.1 = last.1.max(next.1);
            }
            touches
        });
        Calendar {
            zone,
            timetable,
            closed,
        }
    }

    /// The desk's time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether anybody is there.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.next_open(at) == Some(at)
    }

    /// The first moment from `at` on when somebody is there; `None` if that is more than two years away.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        self.span_at(at).map(|(from, _)| from)
    }

    /// The span in which somebody is there at `at`, cut at `at`, or the next one; `None` if that is more than two years
    /// away.
    pub fn span_at(&self, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
        self.spans_from(at).next()
    }

    /// The moment at which so much of people's time has passed since `at`. Nothing passes while nobody is there: with no
    /// time at all it is the next opening. `None` if that is more than two years away.
    pub fn add(&self, at: Timestamp, open: Duration) -> Option<Timestamp> {
        let mut left = i64::try_from(open.as_micros()).ok()?;
        if self.never_closes() {
            return Timestamp::from_microsecond(at.as_microsecond().checked_add(left)?).ok();
        }
        for (from, to) in self.spans_from(at) {
            let length = to.as_microsecond() - from.as_microsecond();
            if left <= length {
                return Timestamp::from_microsecond(from.as_microsecond() + left).ok();
            }
            left -= length;
        }
        None
    }

    /// How much of people's time lies between two moments; nothing if `to` is not after `from`. At most the two years after
    /// `from` are counted.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Duration {
        let length = |from: Timestamp, to: Timestamp| (to.as_microsecond() - from.as_microsecond()).max(0);
        let micros = if self.never_closes() {
            length(from, to)
        } else {
            let spans = self.spans_from(from).take_while(|(start, _)| *start < to);
            spans.map(|(start, end)| length(start, end.min(to))).sum()
        };
        Duration::from_micros(micros.unsigned_abs())
    }

    /// How long people are there on a day of the week on which they are; a whole day where no hours are set.
    pub fn usual_day(&self) -> Duration {
        let Some(week) = &self.timetable.week else {
            return Duration::from_secs(24 * 3600);
        };
        let minutes: u64 = week
            .iter()
            .flatten()
            .map(|hours| u64::from(hours.to - hours.from))
            .sum();
        let days = week.iter().filter(|hours| !hours.is_empty()).count() as u64;
        Duration::from_secs(minutes * 60 / days.max(1))
    }

    /// Whether somebody is always there, as far as anybody has said.
    pub fn never_closes(&self) -> bool {
        self.timetable == Timetable::default() && self.closed.is_empty()
    }

    /// Spans in which somebody is there, in order, without overlap, none empty, the first one cut at `at`.
    fn spans_from(&self, at: Timestamp) -> Spans<'_> {
        let local = self.zone.to_datetime(at);
        let today = local.date();
        // The day before may reach into this one.
        let first = today.yesterday().unwrap_or(today);
        let minutes = i32::from(local.hour()) * 60 + i32::from(local.minute());
        Spans {
            calendar: self,
            date: Some(first),
            days_left: HORIZON,
            hours: self.hours_of(first),
            over: minutes + if first < today { i32::from(DAY) } else { 0 },
            reached: at,
            pending: None,
            closed: self.closed.partition_point(|(_, to)| *to <= at),
        }
    }

    fn hours_of(&self, date: Date) -> &[OpenHours] {
        if let Some(hours) = self.timetable.dates.get(&date) {
            hours
        } else if let Some(hours) = self.timetable.yearly.get(&(date.month(), date.day())) {
            hours
        } else if let Some(week) = &self.timetable.week {
            &week[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())]
        } else {
            &ALL_DAY
        }
    }

    /// So many minutes after the date's beginning, by the clock on the wall.
    fn moment(&self, date: Date, minutes: u16) -> Option<Timestamp> {
        let date = date.checked_add(i32::from(minutes / DAY).days()).ok()?;
        let minutes = minutes % DAY;
        let time = Time::new((minutes / 60) as i8, (minutes % 60) as i8, 0, 0).ok()?;
        first_moment(&self.zone, date.to_datetime(time))
    }
}

/// The first moment at which the clock on the wall shows this time or a later one.
pub(super) fn first_moment(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let is_gap = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    let first = ambiguous.earlier().ok()?;
    if !is_gap {
        return Some(first);
    }
    // Read with the offset after the gap, the time lies before it: the next switch is the gap's.
    zone.following(first).next().map(|switch| switch.timestamp())
}

/// Walks from day to day.
struct Spans<'a> {
    calendar: &'a Calendar,
    /// The day of `hours`.
    date: Option<Date>,
    days_left: u32,
    /// What is left of the day.
    hours: &'a [OpenHours],
    /// Minutes of the day that the clock on the wall has shown already: what ends by then needs no further look.
    over: i32,
    /// Everything before this has been told.
    reached: Timestamp,
    /// What a day off has left of a span behind it.
    pending: Option<(Timestamp, Timestamp)>,
    /// The first day off that does not end before `reached`.
    closed: usize,
}

impl Spans<'_> {
    /// The next span by the hours alone.
    fn next_by_hours(&mut self) -> Option<(Timestamp, Timestamp)> {
        loop {
            let date = self.date?;
            if let Some((hours, rest)) = self.hours.split_first() {
                self.hours = rest;
                if i32::from(hours.to) <= self.over {
                    continue;
                }
                let span = self
                    .calendar
                    .moment(date, hours.from)
                    .zip(self.calendar.moment(date, hours.to));
                match span {
                    Some(span) => return Some(span),
                    None => continue,
                }
            }
            self.days_left = self.days_left.checked_sub(1)?;
            self.date = date.tomorrow().ok();
            self.over -= i32::from(DAY);
            self.hours = self.calendar.hours_of(self.date?);
        }
    }
}

impl Iterator for Spans<'_> {
    type Item = (Timestamp, Timestamp);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (from, to) = match self.pending.take() {
                Some(span) => span,
                None => self.next_by_hours()?,
            };
            let from = from.max(self.reached);
            if from >= to {
                continue;
            }
            let days_off = &self.calendar.closed;
            while days_off.get(self.closed).is_some_and(|(_, end)| *end <= from) {
                self.closed += 1;
            }
            let to = match days_off.get(self.closed) {
                Some((off_from, off_to)) if *off_from <= from => {
                    self.pending = Some((*off_to, to));
                    continue;
                }
                Some((off_from, off_to)) if *off_from < to => {
                    self.pending = Some((*off_to, to));
                    *off_from
                }
                _ => to,
            };
            self.reached = to;
            return Some((from, to));
        }
    }
}

#[cfg(test)]
#[path = "hours_tests.rs"]
pub(super) mod tests;
