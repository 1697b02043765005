//! Business hours: when people are there, and how much of their time lies between two moments.
//!
//! Hours are local times in the desk's zone; what is counted is time that passes. On the night when clocks go forward a
//! span over the gap is an hour shorter, on the night when they go back an hour longer. A bound that falls into a gap
//! moves to where the clock goes on, one that comes twice means the first.

use std::{collections::BTreeMap, time::Duration};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use serde::Deserialize;

use super::holidays::{self, Closed};

/// Days that are looked at before giving up: nobody promises further ahead.
const HORIZON: i32 = 800;
/// The days of the week as they are written, Monday first.
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// `[desk.hours]`. Without any of the days somebody is always there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HoursConfig {
    /// Hours of Monday to Friday, such as `["09:00-12:30", "13:30-18:00"]`; a day of its own wins.
    pub weekdays: Option<Vec<String>>,
    /// Hours of Monday.
    pub monday: Option<Vec<String>>,
    /// Hours of Tuesday.
    pub tuesday: Option<Vec<String>>,
    /// Hours of Wednesday.
    pub wednesday: Option<Vec<String>>,
    /// Hours of Thursday.
    pub thursday: Option<Vec<String>>,
    /// Hours of Friday.
    pub friday: Option<Vec<String>>,
    /// Hours of Saturday.
    pub saturday: Option<Vec<String>>,
    /// Hours of Sunday.
    pub sunday: Option<Vec<String>>,
    /// Days with other hours or none.
    pub holidays: Vec<HolidayConfig>,
    /// iCalendar files with days off.
    pub calendars: Vec<std::path::PathBuf>,
}

/// One day with other hours.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayConfig {
    /// `2026-12-25`, or `12-25` for every year.
    pub date: String,
    /// Hours of that day; none means closed.
    #[serde(default)]
    pub hours: Vec<String>,
    /// For people.
    #[serde(default)]
    pub name: String,
}

/// Why hours cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("desk.hours.{key} {value:?} {reason}")]
pub struct HoursError {
    /// The key below `[desk.hours]`.
    pub key: String,
    /// As written.
    pub value: String,
    /// What would be right.
    pub reason: String,
}

impl HoursError {
    fn new(key: impl Into<String>, value: impl Into<String>, reason: impl Into<String>) -> Self {
        HoursError {
            key: key.into(),
            value: value.into(),
            reason: reason.into(),
        }
    }
}

/// When people are there. Pure; cheap enough to ask thousands of times a second.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    /// Monday first; `None`: always.
    week: Option<[Vec<Hours>; 7]>,
    dates: BTreeMap<Date, Vec<Hours>>,
    /// Month and day.
    yearly: BTreeMap<(i8, i8), Vec<Hours>>,
    closed: Vec<Closed>,
}

/// Minutes after the midnight at which the day begins; the end may lie on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hours {
    from: i32,
    to: i32,
}

impl Calendar {
    /// Somebody is always there.
    pub fn always(zone: TimeZone) -> Self {
        Calendar {
            zone,
            week: None,
            dates: BTreeMap::new(),
            yearly: BTreeMap::new(),
            closed: Vec::new(),
        }
    }

    /// Hours as configured. `files` are the names and texts of the iCalendar files. Also returns what is wrong with those,
    /// one sentence each: a broken event is left out, the others count.
    ///
    /// # Errors
    /// A time, date or span that is none, or hours in which nobody is ever there.
    pub fn new(
        config: &HoursConfig,
        zone: TimeZone,
        files: &[(String, String)],
    ) -> Result<(Self, Vec<String>), HoursError> {
        let own = [
            &config.monday,
            &config.tuesday,
            &config.wednesday,
            &config.thursday,
            &config.friday,
            &config.saturday,
            &config.sunday,
        ];
        let mut calendar = Calendar::always(zone);
        if config.weekdays.is_some() || own.iter().any(|day| day.is_some()) {
            let mut week: [Vec<Hours>; 7] = Default::default();
            for (at, day) in own.into_iter().enumerate() {
                let (key, hours) = match (day, &config.weekdays) {
                    (Some(hours), _) => (DAYS[at], hours.as_slice()),
                    (None, Some(hours)) if at < 5 => ("weekdays", hours.as_slice()),
                    _ => continue,
                };
                week[at] = spans(key, hours)?;
            }
            if week.iter().all(Vec::is_empty) {
                return Err(HoursError::new(
                    "weekdays",
                    "",
                    "leaves no hour in which anybody is there",
                ));
            }
            calendar.week = Some(week);
        }
        for holiday in &config.holidays {
            let hours = spans("holidays.hours", &holiday.hours)?;
            let wrong = || {
                HoursError::new(
                    "holidays.date",
                    &holiday.date,
                    "must be a date, such as 2026-12-25, or 12-25 for every year",
                )
            };
            if let Ok(date) = holiday.date.parse::<Date>() {
                calendar.dates.insert(date, hours);
            } else {
                // A leap year, so that 29 February is a day.
                let date: Date = format!("2024-{}", holiday.date).parse().map_err(|_| wrong())?;
                calendar.yearly.insert((date.month(), date.day()), hours);
            }
        }
        let mut problems = Vec::new();
        for (name, text) in files {
            let (closed, wrong) = holidays::parse(text);
            calendar.closed.extend(closed);
            problems.extend(wrong.into_iter().map(|problem| format!("{name}: {problem}")));
        }
        Ok((calendar, problems))
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
        self.spans_from(at).next().map(|(from, _)| from)
    }

    /// The moment at which so much of people's time has passed since `at`. Nothing passes while nobody is there: with no
    /// time at all it is the next opening. `None` if that is more than two years away.
    pub fn add(&self, at: Timestamp, open: Duration) -> Option<Timestamp> {
        let mut left = i64::try_from(open.as_micros()).ok()?;
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
        let spans = self.spans_from(from).take_while(|(start, _)| *start < to);
        let micros: i64 = spans
            .map(|(start, end)| end.min(to).as_microsecond() - start.as_microsecond())
            .sum();
        Duration::from_micros(micros.unsigned_abs())
    }

    /// Spans in which somebody is there, in order, without overlap, none empty, the first one cut at `at`.
    fn spans_from(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        // The day before may reach into this one.
        let first = at.to_zoned(self.zone.clone()).date();
        let first = first.checked_sub(1.day()).unwrap_or(first);
        let mut reached = at;
        (0..HORIZON)
            .map_while(move |day| first.checked_add(day.days()).ok())
            .flat_map(|date| self.spans_of(date))
            .flat_map(|span| self.without_closed(span))
            .filter_map(move |(from, to)| {
                let from = from.max(reached);
                (from < to).then(|| {
                    reached = to;
                    (from, to)
                })
            })
    }

    fn spans_of(&self, date: Date) -> Vec<(Timestamp, Timestamp)> {
        let all_day = [Hours { from: 0, to: 24 * 60 }];
        let hours: &[Hours] = if let Some(hours) = self.dates.get(&date) {
            hours
        } else if let Some(hours) = self.yearly.get(&(date.month(), date.day())) {
            hours
        } else if let Some(week) = &self.week {
            let day: Weekday = date.weekday();
            &week[usize::from(day.to_monday_zero_offset().unsigned_abs())]
        } else {
            &all_day
        };
        hours
            .iter()
            .filter_map(|hours| Some((self.moment(date, hours.from)?, self.moment(date, hours.to)?)))
            .collect()
    }

    /// The moment so many minutes after the date's beginning, by the clock on the wall.
    fn moment(&self, date: Date, minutes: i32) -> Option<Timestamp> {
        let date = date.checked_add((minutes / (24 * 60)).days()).ok()?;
        let minutes = minutes % (24 * 60);
        let time = Time::new((minutes / 60) as i8, (minutes % 60) as i8, 0, 0).ok()?;
        self.zone.to_timestamp(date.to_datetime(time)).ok()
    }

    fn without_closed(&self, span: (Timestamp, Timestamp)) -> Vec<(Timestamp, Timestamp)> {
        let mut left = vec![span];
        for closed in &self.closed {
            if let Some((from, to)) = closed.within(span, &self.zone) {
                left = left
                    .into_iter()
                    .flat_map(|(start, end)| [(start, end.min(from)), (start.max(to), end)])
                    .filter(|(start, end)| start < end)
                    .collect();
            }
        }
        left
    }
}

fn spans(key: &str, texts: &[String]) -> Result<Vec<Hours>, HoursError> {
    let mut spans = texts
        .iter()
        .map(|text| {
            let wrong = || HoursError::new(key, text, "must be two times of a day, such as 09:00-17:30");
            let (from, to) = text.split_once('-').ok_or_else(wrong)?;
            let (from, to) = (minutes(from).ok_or_else(wrong)?, minutes(to).ok_or_else(wrong)?);
            if from == 24 * 60 || from == to {
                return Err(wrong());
            }
            // Until after midnight.
            let to = if to < from { to + 24 * 60 } else { to };
            Ok(Hours { from, to })
        })
        .collect::<Result<Vec<_>, _>>()?;
    spans.sort_by_key(|span| span.from);
    Ok(spans)
}

/// `09:30` as minutes; `24:00` is the end of the day.
fn minutes(text: &str) -> Option<i32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str| (text.len() == 2).then(|| text.parse::<i32>().ok()).flatten();
    let (hour, minute) = (number(hour)?, number(minute)?);
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) || (hour, minute) == (24, 0);
    fits.then_some(hour * 60 + minute)
}

#[cfg(test)]
#[path = "hours_tests.rs"]
mod tests;
