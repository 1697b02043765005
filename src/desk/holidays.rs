//! Days off from iCalendar files (RFC 5545): whole days and hours, once or every year.
//!
//! Of an event this reads DTSTART, DTEND or DURATION, SUMMARY, and a yearly RRULE with INTERVAL, COUNT, UNTIL, BYMONTH and
//! one BYDAY (`4TH` Thursday of November is `BYMONTH=11;BYDAY=4TH`); EXDATE takes single days out. Cancelled and transparent
//! events do not close anything. An event with another rule is reported, not guessed at. What lies inside of an event, such
//! as an alarm, is none of its own.

mod icalendar;

use std::{collections::BTreeMap, path::PathBuf};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};

use super::hours::first_moment;

/// Longest event, in days: a longer one is a mistake rather than a holiday.
const LONGEST: i32 = 400;
/// Years for which yearly days off are known; before and after them only the timetable counts.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

/// Something that closes the desk, once or every year.
#[derive(Debug, Clone, PartialEq)]
pub struct DayOff {
    /// What the calendar calls it.
    name: String,
    start: DateTime,
    /// `None`: the desk's own zone.
    zone: Option<TimeZone>,
    /// Days and seconds.
    length: (i32, i64),
    rule: Option<Yearly>,
    except: Vec<Date>,
}

#[derive(Debug, Clone, PartialEq)]
struct Yearly {
    every: i16,
    until: Option<Date>,
    count: Option<usize>,
    month: i8,
    /// n-th weekday of the month, from the end if negative.
    weekday: Option<(i8, Weekday)>,
}

impl DayOff {
    /// From when to when it closes a desk in this zone.
    pub(super) fn spans(&self, desk: &TimeZone) -> Vec<(Timestamp, Timestamp)> {
        let zone = self.zone.as_ref().unwrap_or(desk);
        let span = |date: Date| {
            let start = date.to_datetime(self.start.time());
            let end = start.checked_add(self.length.0.days()).ok()?;
            let end = end.checked_add(self.length.1.seconds()).ok()?;
            let (from, to) = (first_moment(zone, start)?, first_moment(zone, end)?);
            (from < to).then_some((from, to))
        };
        self.dates()
            .into_iter()
            .filter(|date| !self.except.contains(date))
            .filter_map(span)
            .collect()
    }

    /// The days on which it begins.
    fn dates(&self) -> Vec<Date> {
        let first = self.start.date();
        let Some(rule) = &self.rule else {
            return vec![first];
        };
        let years = (first.year()..=*YEARS.end()).step_by(usize::from(rule.every.unsigned_abs().max(1)));
        years
            .filter_map(|year| rule.date(year, first.day()))
            .filter(|date| *date >= first)
            .take(rule.count.unwrap_or(usize::MAX))
            .take_while(|date| rule.until.is_none_or(|until| *date <= until))
            // One that begins in the year before may reach into the first one.
            .filter(|date| date.year() >= *YEARS.start() - 2)
            .collect()
    }
}

impl Yearly {
    fn date(&self, year: i16, day: i8) -> Option<Date> {
        match self.weekday {
            None => Date::new(year, self.month, day).ok(),
            Some((nth, weekday)) => {
                let first = Date::new(year, self.month, 1).ok()?;
                first.nth_weekday_of_month(nth, weekday).ok()
            }
        }
    }
}

/// The days off of the calendar files, read once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DaysOff(BTreeMap<PathBuf, Vec<DayOff>>);

/// What in a calendar file is not understood; the rest of the file counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarProblem {
    /// The file.
    pub path: PathBuf,
    /// Its line; `None` for the whole file.
    pub line: Option<usize>,
    /// One sentence.
    pub reason: String,
}

impl std::fmt::Display for CalendarProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path.display(), self.reason),
            None => write!(f, "{}: {}", self.path.display(), self.reason),
        }
    }
}

impl DaysOff {
    /// Reads the texts of calendar files, and says what is wrong with them.
    pub fn parse(files: impl IntoIterator<Item = (PathBuf, String)>) -> (Self, Vec<CalendarProblem>) {
        let mut problems = Vec::new();
        let mut days_off = BTreeMap::new();
        for (path, text) in files {
            let (found, wrong) = icalendar::parse(&text);
            problems.extend(wrong.into_iter().map(|(line, reason)| CalendarProblem {
                path: path.clone(),
                line: Some(line),
                reason,
            }));
            days_off.insert(path, found);
        }
        (DaysOff(days_off), problems)
    }

    /// The next spans of a file that have not ended at `from`, at most `most`, with what the calendar calls them.
    pub fn upcoming(
        &self,
        file: &PathBuf,
        zone: &TimeZone,
        from: Timestamp,
        most: usize,
    ) -> Vec<(Timestamp, Timestamp, String)> {
        let days = self.0.get(file).map(Vec::as_slice).unwrap_or_default();
        let mut spans: Vec<_> = days
            .iter()
            .flat_map(|day| {
                day.spans(zone)
                    .into_iter()
                    .map(|(start, end)| (start, end, day.name.clone()))
            })
            .filter(|(_, end, _)| *end > from)
            .collect();
        spans.sort();
        spans.truncate(most);
        spans
    }

    /// The days off of these files.
    pub fn of<'a>(&'a self, files: impl IntoIterator<Item = &'a PathBuf>) -> Vec<DayOff> {
        files
            .into_iter()
            .filter_map(|file| self.0.get(file))
            .flatten()
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{icalendar::parse, *};

    fn file(event: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Day off\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    }

    /// The days of 2026 and 2027 on which noon is closed.
    fn days(event: &str) -> Vec<String> {
        let (found, problems) = parse(&file(event));
        assert_eq!(problems, Vec::new(), "{event}");
        let closed: Vec<_> = found.iter().flat_map(|one| one.spans(&TimeZone::UTC)).collect();
        let mut date = Date::constant(2026, 1, 1);
        let mut days = Vec::new();
        while date.year() < 2028 {
            let noon = TimeZone::UTC.to_timestamp(date.at(12, 0, 0, 0)).expect("a time");
            if closed.iter().any(|(from, to)| *from <= noon && noon < *to) {
                days.push(date.to_string());
            }
            date = date.tomorrow().expect("a day");
        }
        days
    }

    #[test]
    fn days_off_are_those_of_the_file() {
        assert_eq!(days("DTSTART;VALUE=DATE:20261225"), ["2026-12-25"]);
        assert_eq!(
            days("DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227"),
            ["2026-12-24", "2026-12-25", "2026-12-26"]
        );
        assert_eq!(
            days("DTSTART;VALUE=DATE:20261230\r\nDURATION:P3D"),
            ["2026-12-30", "2026-12-31", "2027-01-01"]
        );
        assert_eq!(
            days("DTSTART;VALUE=DATE:20200101\r\nRRULE:FREQ=YEARLY"),
            ["2026-01-01", "2027-01-01"]
        );
        assert_eq!(
            days("DTSTART;VALUE=DATE:20201126\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"),
            ["2026-11-26", "2027-11-25"]
        );
        assert_eq!(
            days("DTSTART;VALUE=DATE:20200525\r\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO\r\nEXDATE;VALUE=DATE:20260525"),
            ["2027-05-31"]
        );
        assert_eq!(
            days("DTSTART;VALUE=DATE:20240101\r\nRRULE:FREQ=YEARLY;COUNT=3"),
            ["2026-01-01"]
        );
        assert_eq!(
            days("DTSTART;VALUE=DATE:20240101\r\nRRULE:FREQ=YEARLY;UNTIL=20261231"),
            ["2026-01-01"]
        );
        assert_eq!(
            days("DTSTART;TZID=Asia/Tokyo:20260303T180000\r\nDTEND;TZID=Asia/Tokyo:20260303T230000"),
            ["2026-03-03"]
        );
        assert_eq!(days("DTSTART;VALUE=DATE:20261225\r\nSTATUS:CANCELLED"), [""; 0]);
        assert_eq!(days("DTSTART;VALUE=DATE:2026\r\n 1225"), ["2026-12-25"]);
        // Three of them, the first one in 2024, since 2023 has no 29 February.
        assert_eq!(
            days("DTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY;COUNT=3"),
            [""; 0]
        );
        // An alarm's length is not the event's.
        assert_eq!(
            days("DTSTART;VALUE=DATE:20261225\r\nBEGIN:VALARM\r\nTRIGGER:-PT15M\r\nDURATION:P5D\r\nEND:VALARM"),
            ["2026-12-25"]
        );
    }

    #[test]
    fn what_is_not_understood_is_said_and_the_rest_counts() {
        for (event, reason) in [
            ("DTSTART:soon", "no time"),
            ("DTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=WEEKLY", "not understood"),
            (
                "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261224",
                "after it starts",
            ),
            ("DTSTART;TZID=Nowhere/City:20260303T180000\r\nDURATION:PT1H", "no time"),
            ("SUMMARY:x", "no DTSTART"),
            (
                "DTSTART;VALUE=DATE:20261126\r\nRRULE:FREQ=YEARLY;BYDAY=4TH",
                "not understood",
            ),
            (
                "DTSTART;VALUE=DATE:20261225\r\nRDATE;VALUE=DATE:20270101",
                "not understood",
            ),
            (
                "DTSTART:20261225T090000Z\r\nDTEND:20261225T180000",
                "different time zones",
            ),
        ] {
            let two = file(event) + &file("DTSTART;VALUE=DATE:20261225");
            let (found, problems) = parse(&two);
            assert_eq!(found.len(), 1, "{event}");
            assert!(
                problems.len() == 1 && problems[0].0 == 2 && problems[0].1.contains(reason),
                "{event}: {problems:?}"
            );
        }
    }

    #[test]
    fn a_problem_says_file_line_and_reason() {
        let page = ("holidays.ics".into(), "<html>Please sign in</html>".to_owned());
        let torn = (
            "torn.ics".into(),
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101".to_owned(),
        );
        let (_, problems) = DaysOff::parse([page, torn]);
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "holidays.ics:1: it is no iCalendar file: there is no BEGIN:VCALENDAR in it",
                "torn.ics:3: it ends in the middle of an event"
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_it_panic(text in r"(BEGIN:VEVENT\n|END:VEVENT\n|DTSTART:|DTEND:|RRULE:FREQ=YEARLY;|DURATION:P|BYDAY=|[0-9TZ;=:,\-\n A-Zé]){0,60}") {
            let (found, _) = parse(&text);
            for day_off in found {
                for (from, to) in day_off.spans(&TimeZone::UTC) {
                    proptest::prop_assert!(from < to);
                }
            }
        }
    }
}
