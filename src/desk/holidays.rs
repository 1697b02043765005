//! Days off from iCalendar files (RFC 5545): whole days and hours, once or every year.
//!
//! Of an event this reads DTSTART, DTEND or DURATION, SUMMARY, and a yearly RRULE with INTERVAL, COUNT, UNTIL, BYMONTH and
//! one BYDAY (`4TH` Thursday of November is `BYMONTH=11;BYDAY=4TH`); EXDATE takes single days out. Cancelled and transparent
//! events do not close anything. An event with another rule is reported, not guessed at. What lies inside of an event, such
//! as an alarm, is none of its own.

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
            let (found, wrong) = parse(&text);
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

/// The events of a file that close the desk, and what is wrong with the others: line and reason.
fn parse(text: &str) -> (Vec<DayOff>, Vec<(usize, String)>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    let mut event: Option<Event> = None;
    // What is nested in an event, such as an alarm, has properties of the same names.
    let mut nested = 0usize;
    let (mut is_calendar, mut last_line) = (false, 1);
    for (number, line) in unfolded(text) {
        last_line = number;
        let Some(property) = Property::of(&line) else { continue };
        match (property.name.as_str(), property.value.to_ascii_uppercase().as_str()) {
            ("BEGIN", "VEVENT") if event.is_none() => {
                is_calendar = true;
                nested = 0;
                event = Some(Event {
                    line: number,
                    ..Event::default()
                });
            }
            ("BEGIN", component) => {
                is_calendar |= component == "VCALENDAR";
                nested += usize::from(event.is_some());
            }
            ("END", "VEVENT") => {
                if let Some(event) = event.take() {
                    let (line, summary) = (event.line, event.summary.clone());
                    match event.day_off() {
                        Ok(day_off) => found.extend(day_off),
                        Err(reason) => problems.push((line, format!("the event {summary:?} {reason}"))),
                    }
                }
            }
            ("END", _) => nested = nested.saturating_sub(1),
            _ => {
                if let Some(event) = event.as_mut().filter(|_| nested == 0) {
                    event.take(property);
                }
            }
        }
    }
    if event.is_some() {
        problems.push((last_line, "it ends in the middle of an event".into()));
    }
    if !is_calendar {
        problems.push((1, "it is no iCalendar file: there is no BEGIN:VCALENDAR in it".into()));
    }
    (found, problems)
}

/// Lines with their numbers, continuation lines (section 3.1) joined.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest),
            _ => lines.push((number + 1, line.to_owned())),
        }
    }
    lines
}

/// `NAME;PARAMETER=x:value`.
struct Property {
    name: String,
    zone: Option<String>,
    value: String,
}

impl Property {
    fn of(line: &str) -> Option<Self> {
        // A parameter in quotes may hold a colon.
        let mut quoted = false;
        let colon = line.char_indices().find_map(|(at, c)| {
            quoted ^= c == '"';
            (c == ':' && !quoted).then_some(at)
        })?;
        let (head, value) = (&line[..colon], &line[colon + 1..]);
        let mut parts = head.split(';');
        let name = parts.next()?.trim().to_ascii_uppercase();
        let zone = parts.find_map(|part| part.split_once('=').filter(|(key, _)| key.eq_ignore_ascii_case("TZID")));
        Some(Property {
            name,
            zone: zone.map(|(_, zone)| zone.trim_matches('"').to_owned()),
            value: value.trim().to_owned(),
        })
    }
}

#[derive(Default)]
struct Event {
    line: usize,
    summary: String,
    start: Option<Moment>,
    end: Option<Moment>,
    duration: Option<String>,
    rule: Option<String>,
    except: Vec<Date>,
    ignored: bool,
    wrong: Option<String>,
}

#[derive(Clone)]
struct Moment {
    at: DateTime,
    is_date: bool,
    zone: Option<TimeZone>,
}

impl Event {
    fn take(&mut self, property: Property) {
        let mut moment = |property: &Property| {
            let found = read_moment(property);
            if found.is_none() {
                self.wrong = Some(format!(
                    "has a {} {:?} that is no time, or none of a known time zone",
                    property.name, property.value
                ));
            }
            found
        };
        match property.name.as_str() {
            "SUMMARY" => self.summary = property.value.chars().take(80).collect(),
            "DTSTART" => self.start = moment(&property),
            "DTEND" => self.end = moment(&property),
            "DURATION" => self.duration = Some(property.value),
            "RRULE" => self.rule = Some(property.value),
            "RDATE" | "RECURRENCE-ID" => {
                self.wrong = Some(format!(
                    "has a {}, which is not understood; write it as an event of its own",
                    property.name
                ));
            }
            "EXDATE" => {
                for value in property.value.split(',').take(1000) {
                    let one = Property {
                        name: "EXDATE".into(),
                        zone: property.zone.clone(),
                        value: value.to_owned(),
                    };
                    self.except.extend(moment(&one).map(|moment| moment.at.date()));
                }
            }
            "STATUS" => self.ignored |= property.value.eq_ignore_ascii_case("CANCELLED"),
            "TRANSP" => self.ignored |= property.value.eq_ignore_ascii_case("TRANSPARENT"),
            _ => {}
        }
    }

    fn day_off(self) -> Result<Option<DayOff>, String> {
        if self.ignored {
            return Ok(None);
        }
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let start = self.start.ok_or("has no DTSTART")?;
        let length = match (self.end, &self.duration) {
            (Some(end), _) if end.zone != start.zone => return Err("begins and ends in different time zones".into()),
            (Some(end), _) => {
                let days = start
                    .at
                    .date()
                    .until(end.at.date())
                    .map_err(|e| e.to_string())?
                    .get_days();
                let seconds = i64::from(seconds_of(end.at)) - i64::from(seconds_of(start.at));
                (days, seconds)
            }
            (None, Some(duration)) => {
                read_duration(duration).ok_or_else(|| format!("has a DURATION {duration:?} that is none"))?
            }
            (None, None) if start.is_date => (1, 0),
            (None, None) => (0, 0),
        };
        let positive = length.0 >= 0 && (length.0 > 0 || length.1 > 0);
        if !positive || length.0 > LONGEST {
            return Err(format!("must end after it starts, and within {LONGEST} days"));
        }
        let rule = self
            .rule
            .as_deref()
            .map(|rule| read_rule(rule, start.at.date()))
            .transpose()?;
        Ok(Some(DayOff {
            name: self.summary.clone(),
            start: start.at,
            zone: start.zone,
            length,
            rule,
            except: self.except,
        }))
    }
}

fn seconds_of(at: DateTime) -> i32 {
    i32::from(at.hour()) * 3600 + i32::from(at.minute()) * 60 + i32::from(at.second())
}

/// `20261225`, `20261225T090000`, `20261225T090000Z` (section 3.3.4 and 3.3.5).
fn read_moment(property: &Property) -> Option<Moment> {
    let value = property.value.as_str();
    let (digits, utc) = value.strip_suffix('Z').map_or((value, false), |digits| (digits, true));
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (date, time) = digits
        .split_once('T')
        .map_or((digits, None), |(date, time)| (date, Some(time)));
    if date.len() != 8 || !plain(date) || time.is_some_and(|time| time.len() != 6 || !plain(time)) {
        return None;
    }
    let number = |text: &str| text.parse::<i16>().ok();
    let day = Date::new(
        number(&date[..4])?,
        number(&date[4..6])? as i8,
        number(&date[6..])? as i8,
    )
    .ok()?;
    let at = match time {
        None => day.at(0, 0, 0, 0),
        Some(time) => {
            let part = |at: usize| number(&time[at..at + 2]).map(|n| n as i8);
            // A leap second is the one before it.
            let time = jiff::civil::Time::new(part(0)?, part(2)?, part(4)?.min(59), 0).ok()?;
            day.to_datetime(time)
        }
    };
    let zone = match (&property.zone, utc) {
        (_, true) => Some(TimeZone::UTC),
        (Some(name), false) => Some(TimeZone::get(name).ok()?),
        (None, false) => None,
    };
    Some(Moment {
        at,
        is_date: time.is_none(),
        zone: zone.filter(|_| time.is_some()),
    })
}

/// `P2D`, `P1W`, `PT4H30M` (section 3.3.6).
fn read_duration(text: &str) -> Option<(i32, i64)> {
    let rest = text.trim_start_matches('+').strip_prefix('P')?;
    let (mut days, mut seconds, mut in_time, mut number) = (0i32, 0i64, false, 0i64);
    for c in rest.chars().take(40) {
        match c {
            'T' => in_time = true,
            '0'..='9' => number = number.checked_mul(10)?.checked_add(i64::from(c.to_digit(10)?))?,
            unit => {
                match unit {
                    'W' => days = days.checked_add(i32::try_from(number).ok()?.checked_mul(7)?)?,
                    'D' => days = days.checked_add(i32::try_from(number).ok()?)?,
                    'H' if in_time => seconds = seconds.checked_add(number.checked_mul(3600)?)?,
                    'M' if in_time => seconds = seconds.checked_add(number.checked_mul(60)?)?,
                    'S' if in_time => seconds = seconds.checked_add(number)?,
                    _ => return None,
                }
                number = 0;
            }
        }
    }
    (seconds < 400 * 86_400).then_some((days, seconds))
}

fn read_rule(text: &str, start: Date) -> Result<Yearly, String> {
    let wrong = || format!("has a rule {text:?} that is not understood; only yearly ones are");
    let mut rule = Yearly {
        every: 1,
        until: None,
        count: None,
        month: start.month(),
        weekday: None,
    };
    let (mut yearly, mut month_given) = (false, false);
    for part in text.split(';') {
        let (key, value) = part.split_once('=').ok_or_else(wrong)?;
        match key.to_ascii_uppercase().as_str() {
            "FREQ" => yearly = value.eq_ignore_ascii_case("YEARLY"),
            "INTERVAL" => rule.every = value.parse().ok().filter(|n| (1..=100).contains(n)).ok_or_else(wrong)?,
            "COUNT" => rule.count = Some(value.parse().ok().filter(|n| *n >= 1).ok_or_else(wrong)?),
            "UNTIL" => {
                let property = Property {
                    name: "UNTIL".into(),
                    zone: None,
                    value: value.to_owned(),
                };
                rule.until = Some(read_moment(&property).ok_or_else(wrong)?.at.date());
            }
            "BYMONTH" => {
                month_given = true;
                rule.month = value.parse().ok().filter(|n| (1..=12).contains(n)).ok_or_else(wrong)?;
            }
            "BYMONTHDAY" if value.parse() == Ok(start.day()) => {}
            "BYDAY" => rule.weekday = Some(read_weekday(value).ok_or_else(wrong)?),
            "WKST" => {}
            _ => return Err(wrong()),
        }
    }
    // The n-th weekday of a whole year is another day than that of a month.
    let fits = yearly && (rule.weekday.is_none() || month_given);
    fits.then_some(rule).ok_or_else(wrong)
}

/// `4TH`, `-1MO`.
fn read_weekday(text: &str) -> Option<(i8, Weekday)> {
    let text = text.to_ascii_uppercase();
    let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth: i8 = nth.trim_start_matches('+').parse().ok()?;
    let day = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        .iter()
        .position(|name| *name == day)?;
    let weekday = Weekday::from_monday_zero_offset(day as i8).ok()?;
    ((-5..=5).contains(&nth) && nth != 0).then_some((nth, weekday))
}

#[cfg(test)]
mod tests {
    use super::*;

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
