//! What an operator can set about the desk's time: when people are there, by when they answer.
//!
//! Texts such as `09:00-17:30` or `4h` are read here, for the check of the config and for the desk alike, so that what was
//! accepted at the start means the same later.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    DeskConfig,
    check::{Violations, quoted},
};

/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Most days of business time that a text may say: nobody waits for a reply longer than a year.
const MOST_DAYS: u32 = 366;
/// Most files of days off: one for each country and a few more.
const MOST_CALENDARS: usize = 100;
/// Most steps of the ladder.
const MOST_STEPS: usize = 10;
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

impl DeskConfig {
    /// The time zone of the hours, in which promises are told. The check of the config refuses a name that nobody knows; UTC
    /// for one that was never checked.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }
}

/// `[desk.hours]` or `[desk.team.NAME.hours]`. Without any of the days somebody is always there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HoursConfig {
    /// Hours of Monday to Friday, such as `["09:00-12:30", "13:30-18:00"]`; a day of its own wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekdays: Option<Vec<String>>,
    /// Hours of Monday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monday: Option<Vec<String>>,
    /// Hours of Tuesday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuesday: Option<Vec<String>>,
    /// Hours of Wednesday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wednesday: Option<Vec<String>>,
    /// Hours of Thursday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thursday: Option<Vec<String>>,
    /// Hours of Friday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub friday: Option<Vec<String>>,
    /// Hours of Saturday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saturday: Option<Vec<String>>,
    /// Hours of Sunday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sunday: Option<Vec<String>>,
    /// Days with other hours or none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<HolidayConfig>,
    /// iCalendar files with days off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub calendars: Vec<PathBuf>,
}

/// One day with other hours.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayConfig {
    /// `2026-12-25`, or `12-25` for every year.
    pub date: String,
    /// Hours of that day; none means closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// `[desk.team.NAME]`: what is different for one team.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TeamConfig {
    /// Its own hours; without them the desk's count. Days off of the desk hold for a team that names none of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursConfig>,
}

/// `[desk.targets]`: by when people mean to reply, in business time such as `30m`, `4h`, `2d`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TargetsConfig {
    /// The first reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Every later one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolve: Option<String>,
}

/// A length of time in which people are there. A day is as long as the team's usual day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusinessTime {
    /// Usual days.
    pub days: u32,
    /// And minutes.
    pub minutes: u32,
}

impl BusinessTime {
    /// Reads `30m`, `4h`, `2d`, `1d 4h`, `1h30m`; `None` if it is none, or longer than a year.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut days, mut minutes, mut number) = (0u32, 0u32, None::<u32>);
        for c in text.trim().chars() {
            match c {
                '0'..='9' => number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(c.to_digit(10)?)?),
                'd' => days = days.checked_add(number.take()?)?,
                'h' => minutes = minutes.checked_add(number.take()?.checked_mul(60)?)?,
                'm' => minutes = minutes.checked_add(number.take()?)?,
                ' ' if number.is_none() => {}
                _ => return None,
            }
        }
        let fits =
            number.is_none() && (days, minutes) != (0, 0) && days <= MOST_DAYS && minutes <= MOST_DAYS * u32::from(DAY);
        fits.then_some(BusinessTime { days, minutes })
    }
}

/// From when to when somebody is there, in minutes after the midnight at which the day begins; the end may lie on the next
/// day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenHours {
    /// 0 to 1,439.
    pub from: u16,
    /// More than `from`, at most 2,879.
    pub to: u16,
}

/// Hours as read: of the week, and of days that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timetable {
    /// Monday first; `None`: always.
    pub week: Option<[Vec<OpenHours>; 7]>,
    /// Of single days.
    pub dates: BTreeMap<Date, Vec<OpenHours>>,
    /// Of days of every year: month and day.
    pub yearly: BTreeMap<(i8, i8), Vec<OpenHours>>,
}

/// A text that says no hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongHours {
    /// The key below `hours`.
    pub key: String,
    /// As written.
    pub value: String,
    /// What is allowed instead.
    pub allowed: &'static str,
}

impl HoursConfig {
    /// Whether any day's hours are set.
    pub fn is_set(&self) -> bool {
        self.weekdays.is_some() || self.days().iter().any(|day| day.is_some())
    }

    /// What the texts say.
    ///
    /// # Errors
    /// All texts that are no hours or no day, and hours in which nobody is ever there.
    pub fn timetable(&self) -> Result<Timetable, Vec<WrongHours>> {
        let mut wrong = Vec::new();
        let mut timetable = Timetable::default();
        if self.is_set() {
            timetable.week = Some(self.week(&mut wrong));
        }
        for (i, holiday) in self.holidays.iter().enumerate() {
            let hours = read_hours(&format!("holidays[{i}].hours"), &holiday.hours, &mut wrong);
            let before = match read_day(&holiday.date) {
                Some(Day::Once(date)) => timetable.dates.insert(date, hours).is_some(),
                Some(Day::EveryYear(month, day)) => timetable.yearly.insert((month, day), hours).is_some(),
                None => {
                    wrong.push(WrongHours {
                        key: format!("holidays[{i}].date"),
                        value: holiday.date.clone(),
                        allowed: "must be a day, such as `2026-12-25`, or `12-25` for every year",
                    });
                    false
                }
            };
            if before {
                wrong.push(WrongHours {
                    key: format!("holidays[{i}].date"),
                    value: holiday.date.clone(),
                    allowed: "is there twice; all hours of a day belong into one entry",
                });
            }
        }
        if wrong.is_empty() { Ok(timetable) } else { Err(wrong) }
    }

    /// Takes over the hours of the week, nothing else.
    pub(super) fn take_week(&mut self, other: &HoursConfig) {
        let (holidays, calendars) = (self.holidays.split_off(0), self.calendars.split_off(0));
        *self = HoursConfig {
            holidays,
            calendars,
            ..other.clone()
        };
    }

    /// The texts of each day, Monday first; a day without its own has those of the weekdays.
    pub fn texts_of_days(&self) -> [Vec<String>; 7] {
        let usual = self.weekdays.clone().unwrap_or_default();
        let mut texts: [Vec<String>; 7] = Default::default();
        for (i, day) in self.days().into_iter().enumerate() {
            texts[i] = match day {
                Some(own) => own.clone(),
                None if i < 5 => usual.clone(),
                None => Vec::new(),
            };
        }
        texts
    }

    fn days(&self) -> [&Option<Vec<String>>; 7] {
        [
            &self.monday,
            &self.tuesday,
            &self.wednesday,
            &self.thursday,
            &self.friday,
            &self.saturday,
            &self.sunday,
        ]
    }

    fn week(&self, wrong: &mut Vec<WrongHours>) -> [Vec<OpenHours>; 7] {
        let wrong_before = wrong.len();
        let usual = read_hours("weekdays", self.weekdays.as_deref().unwrap_or_default(), wrong);
        let mut week: [Vec<OpenHours>; 7] = Default::default();
        for (i, day) in self.days().into_iter().enumerate() {
            week[i] = match day {
                Some(texts) => read_hours(DAYS[i], texts, wrong),
                None if i < 5 => usual.clone(),
                None => Vec::new(),
            };
        }
        if wrong.len() == wrong_before && week.iter().all(Vec::is_empty) {
            wrong.push(WrongHours {
                key: "weekdays".into(),
                value: String::new(),
                allowed: "must leave an hour in the week in which somebody is there; for always, leave the days away",
            });
        }
        week
    }
}

enum Day {
    Once(Date),
    EveryYear(i8, i8),
}

fn read_day(text: &str) -> Option<Day> {
    let text = text.trim();
    if let Ok(date) = text.parse::<Date>() {
        return Some(Day::Once(date));
    }
    // A leap year, so that 29 February is a day.
    let date: Date = format!("2024-{text}").parse().ok()?;
    Some(Day::EveryYear(date.month(), date.day()))
}

fn read_hours(key: &str, texts: &[String], wrong: &mut Vec<WrongHours>) -> Vec<OpenHours> {
    let mut tell = |value: &str, allowed| {
        wrong.push(WrongHours {
            key: key.to_owned(),
            value: value.to_owned(),
            allowed,
        });
    };
    let mut hours = Vec::new();
    for text in texts {
        match read_open_hours(text) {
            Some(read) => hours.push((read, text)),
            None => tell(text, "must be two times of a day, such as `09:00-17:30`"),
        }
    }
    hours.sort_by_key(|(read, _)| read.from);
    for pair in hours.windows(2) {
        if pair[1].0.from < pair[0].0.to {
            tell(pair[1].1, "must begin after the hours before it have ended");
        }
    }
    hours.into_iter().map(|(read, _)| read).collect()
}

fn read_open_hours(text: &str) -> Option<OpenHours> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minutes(from)?, minutes(to)?);
    if from == DAY || from == to {
        return None;
    }
    // Until after midnight.
    let to = if to < from { to + DAY } else { to };
    Some(OpenHours { from, to })
}

/// `09:30` as minutes; `24:00` is the end of the day.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str| {
        let plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let fits = hour < 24 && minute < 60 || (hour, minute) == (24, 0);
    fits.then_some(hour * 60 + minute)
}

impl DeskConfig {
    /// The hours of a team: its own with the desk's days off if it names none, or the desk's. `None` for a team without
    /// hours of its own.
    pub fn hours_of(&self, team: &str) -> Option<HoursConfig> {
        let mut own = self.team.get(team)?.hours.clone()?;
        if own.holidays.is_empty() && own.calendars.is_empty() {
            own.holidays.clone_from(&self.hours.holidays);
            own.calendars.clone_from(&self.hours.calendars);
        }
        Some(own)
    }

    /// The calendar files of the desk and of all teams; a file may be there several times.
    pub fn calendars(&self) -> impl Iterator<Item = &PathBuf> {
        let teams = self.team.values().filter_map(|team| team.hours.as_ref());
        std::iter::once(&self.hours)
            .chain(teams)
            .flat_map(|hours| &hours.calendars)
    }

    pub(super) fn calendars_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let teams = self.team.values_mut().filter_map(|team| team.hours.as_mut());
        std::iter::once(&mut self.hours)
            .chain(teams)
            .flat_map(|hours| &mut hours.calendars)
    }
}

/// Checks hours, targets, ladder and the other times of the desk.
pub(super) fn check_times(desk: &DeskConfig, found: &mut Violations) {
    check_hours("desk.hours", &desk.hours, found);
    for (name, team) in &desk.team {
        if let Some(hours) = &team.hours {
            check_hours(&format!("desk.team.{name}.hours"), hours, found);
        }
    }
    let TargetsConfig { first, next, resolve } = &desk.targets;
    for (key, text) in [("first", first), ("next", next), ("resolve", resolve)] {
        if let Some(text) = text {
            check_business_time(&format!("desk.targets.{key}"), text, found);
        }
    }
    check_ladder(desk.escalate_after.as_deref().unwrap_or_default(), found);
    let mut range = |key: &str, value: u32, least: u32, most: u32, unit: &str| {
        found.unless(
            (least..=most).contains(&value),
            key,
            value,
            format!("must be {least} to {most} {unit}"),
        );
    };
    range("desk.claim_minutes", desk.claim_minutes, 1, 24 * 60, "minutes");
    range("desk.resolve_silence_days", desk.resolve_silence_days, 1, 365, "days");
    range("desk.burst_ms", desk.burst_ms, 0, 10_000, "milliseconds");
    range("desk.misses", desk.misses, 1, 10, "answers that did not help");
}

fn check_hours(table: &str, hours: &HoursConfig, found: &mut Violations) {
    for wrong in hours.timetable().err().unwrap_or_default() {
        found.unless(
            false,
            format!("{table}.{}", wrong.key),
            quoted(&wrong.value),
            wrong.allowed,
        );
    }
    found.unless(
        hours.calendars.len() <= MOST_CALENDARS,
        format!("{table}.calendars"),
        hours.calendars.len(),
        format!("must be at most {MOST_CALENDARS} files"),
    );
    let mut seen = BTreeSet::new();
    for (i, file) in hours.calendars.iter().enumerate() {
        found.unless(
            !file.as_os_str().is_empty() && seen.insert(file),
            format!("{table}.calendars[{i}]"),
            quoted(&file.display().to_string()),
            "must name a file, each one once",
        );
    }
}

fn check_business_time(key: &str, text: &str, found: &mut Violations) {
    found.unless(
        BusinessTime::parse(text).is_some(),
        key,
        quoted(text),
        "must be a length of time, such as `30m`, `4h` or `2d`, at most a year",
    );
}

fn check_ladder(steps: &[String], found: &mut Violations) {
    for (i, step) in steps.iter().enumerate() {
        check_business_time(&format!("desk.escalate_after[{i}]"), step, found);
    }
    let read: Option<Vec<_>> = steps.iter().map(|step| BusinessTime::parse(step)).collect();
    // How long a day is only the calendar knows: a ladder that mixes days and hours is compared part by part.
    let rises = read
        .is_none_or(|steps| steps.is_sorted_by(|a, b| a.days <= b.days && (a.days < b.days || a.minutes < b.minutes)));
    found.unless(
        rises && steps.len() <= MOST_STEPS,
        "desk.escalate_after",
        format!("[{}]", steps.join(", ")),
        format!("must be at most {MOST_STEPS} times since the customer waits, each longer than the one before"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(toml: &str) -> Config {
        toml::from_str(toml).expect("a config")
    }

    fn violations(toml: &str) -> Vec<String> {
        let found = read(toml).check().err().unwrap_or_default();
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        let read = |text| BusinessTime::parse(text).map(|time| (time.days, time.minutes));
        assert_eq!(read("30m"), Some((0, 30)));
        assert_eq!(read("4h"), Some((0, 240)));
        assert_eq!(read("2d"), Some((2, 0)));
        assert_eq!(read(" 1d 4h30m "), Some((1, 270)));
        for bad in [
            "",
            "4",
            "h",
            "0h",
            "-1h",
            "4 h",
            "4w",
            "1.5h",
            "367d",
            "99999999999h",
            "４h",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn all_that_is_wrong_about_time_is_told_at_once() {
        let found = violations(
            "[desk]
             escalate_after = ['8h', '4h']
             claim_minutes = 0
             [desk.hours]
             weekdays = ['9-17', '09:00-12:00', '11:00-13:00']
             holidays = [{ date = 'Christmas' }, { date = '12-25' }, { date = '12-25', hours = ['25:00-26:00'] }]
             calendars = ['']
             [desk.team.sales.hours]
             friday = ['09:00-09:00']
             [desk.targets]
             first = 'soon'",
        );
        for expected in [
            "desk.hours.weekdays = \"9-17\": must be two times of a day, such as `09:00-17:30`",
            "desk.hours.weekdays = \"11:00-13:00\": must begin after the hours before it have ended",
            "desk.hours.holidays[0].date = \"Christmas\": must be a day, such as `2026-12-25`, or `12-25` for every year",
            "desk.hours.holidays[2].hours = \"25:00-26:00\": must be two times of a day, such as `09:00-17:30`",
            "desk.hours.holidays[2].date = \"12-25\": is there twice; all hours of a day belong into one entry",
            "desk.hours.calendars[0] = \"\": must name a file, each one once",
            "desk.team.sales.hours.friday = \"09:00-09:00\": must be two times of a day, such as `09:00-17:30`",
            "desk.targets.first = \"soon\": must be a length of time, such as `30m`, `4h` or `2d`, at most a year",
            "desk.escalate_after = [8h, 4h]: must be at most 10 times since the customer waits, each longer than the one \
             before",
            "desk.claim_minutes = 0: must be 1 to 1440 minutes",
        ] {
            assert!(found.iter().any(|one| one == expected), "{expected}\n{found:#?}");
        }
        assert_eq!(found.len(), 10, "{found:#?}");
    }

    #[test]
    fn texts_that_are_no_times_are_none() {
        for text in [
            "9-17",
            "09:00",
            "25:00-26:00",
            "09:60-10:00",
            "09:00-09:00",
            "24:00-01:00",
            "-",
            "é9:00-10:00",
            "+9:00-10:00",
        ] {
            assert_eq!(read_open_hours(text), None, "{text}");
        }
        assert_eq!(read_open_hours("22:00-02:00"), Some(OpenHours { from: 1320, to: 1560 }));
        assert_eq!(read_open_hours("00:00-24:00"), Some(OpenHours { from: 0, to: 1440 }));
    }

    #[test]
    fn hours_in_which_nobody_is_ever_there_are_refused() {
        assert_eq!(violations("[desk.hours]\nweekdays = []").len(), 1);
        assert!(violations("[desk.hours]\nweekdays = []\nsunday = ['10:00-12:00']").is_empty());
        assert!(violations("[desk.hours]\nholidays = [{ date = '12-25' }]").is_empty());
    }

    #[test]
    fn days_off_of_the_desk_hold_for_a_team_that_names_none() {
        let config = read(
            "[desk.hours]
             weekdays = ['09:00-17:00']
             holidays = [{ date = '12-25' }]
             [desk.team.sales.hours]
             weekdays = ['08:00-20:00']
             [desk.team.legal.hours]
             weekdays = ['10:00-12:00']
             holidays = [{ date = '05-01' }]",
        );
        let dates = |team| config.desk.hours_of(team).map(|hours| hours.holidays[0].date.clone());
        assert_eq!(dates("sales").as_deref(), Some("12-25"));
        assert_eq!(dates("legal").as_deref(), Some("05-01"));
        assert_eq!(dates("billing"), None);
    }
}
