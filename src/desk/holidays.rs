//! Days off from iCalendar files (RFC 5545): whole days and hours, once or every year.
//!
//! Of an event this reads DTSTART, DTEND or DURATION, SUMMARY, and a yearly RRULE with INTERVAL, COUNT, UNTIL, BYMONTH and
//! one BYDAY (`4TH` Thursday of November is `BYMONTH=11;BYDAY=4TH`); EXDATE takes single days out. Cancelled and transparent
//! events do not close anything. An event with another rule is reported, not guessed at.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};

/// Longest event, in days: a longer one is a mistake rather than a holiday.
const LONGEST: i32 = 400;

/// Something that closes the desk.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Closed {
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
    count: Option<i16>,
    month: i8,
    /// n-th weekday of the month, from the end if negative.
    weekday: Option<(i8, Weekday)>,
}

impl Closed {
    /// The part of `span` that this closes.
    pub(super) fn within(&self, span: (Timestamp, Timestamp), desk: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let zone = self.zone.as_ref().unwrap_or(desk);
        let near = span.0.to_zoned(zone.clone()).date();
        let years = match self.rule {
            None => self.start.year()..=self.start.year(),
            // One that began in the year before may reach into this one.
            Some(_) => near.year() - 2..=near.year() + 1,
        };
        years.filter_map(|year| self.occurrence(year)).find_map(|start| {
            let end = start.checked_add(self.length.0.days()).ok()?;
            let end = end.checked_add(self.length.1.seconds()).ok()?;
            let from = zone.to_timestamp(start).ok()?.max(span.0);
            let to = zone.to_timestamp(end).ok()?.min(span.1);
            (from < to).then_some((from, to))
        })
    }

    /// When it begins in this year.
    fn occurrence(&self, year: i16) -> Option<DateTime> {
        let start = self.start;
        let date = match &self.rule {
            None => (year == start.year()).then(|| start.date())?,
            Some(rule) => {
                let since = year.checked_sub(start.year()).filter(|since| *since >= 0)?;
                if since % rule.every != 0 || rule.count.is_some_and(|count| since / rule.every >= count) {
                    return None;
                }
                let first = Date::new(year, rule.month, 1).ok()?;
                let date = match rule.weekday {
                    None => Date::new(year, rule.month, start.day()).ok()?,
                    Some((nth, weekday)) => first.nth_weekday_of_month(nth, weekday).ok()?,
                };
                (rule.until.is_none_or(|until| date <= until) && date >= start.date()).then_some(date)?
            }
        };
        (!self.except.contains(&date)).then(|| date.to_datetime(start.time()))
    }
}

/// The events of a file that close the desk, and what is wrong with the others.
pub(super) fn parse(text: &str) -> (Vec<Closed>, Vec<String>) {
    let (mut closed, mut problems) = (Vec::new(), Vec::new());
    let mut event: Option<Event> = None;
    for (number, line) in unfolded(text) {
        let Some(property) = Property::of(&line) else { continue };
        match (property.name.as_str(), property.value.to_ascii_uppercase().as_str()) {
            ("BEGIN", "VEVENT") => {
                event = Some(Event {
                    line: number,
                    ..Event::default()
                });
            }
            ("END", "VEVENT") => {
                if let Some(event) = event.take() {
                    let (line, summary) = (event.line, event.summary.clone());
                    match event.closed() {
                        Ok(found) => closed.extend(found),
                        Err(reason) => problems.push(format!("line {line}: the event {summary:?} {reason}")),
                    }
                }
            }
            _ => {
                if let Some(event) = &mut event {
                    event.take(property);
                }
            }
        }
    }
    if event.is_some() {
        problems.push("it ends in the middle of an event".into());
    }
    (closed, problems)
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
                self.wrong = Some(format!("has a {} {:?} that is no time", property.name, property.value));
            }
            found
        };
        match property.name.as_str() {
            "SUMMARY" => self.summary = property.value.chars().take(80).collect(),
            "DTSTART" => self.start = moment(&property),
            "DTEND" => self.end = moment(&property),
            "DURATION" => self.duration = Some(property.value),
            "RRULE" => self.rule = Some(property.value),
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

    fn closed(self) -> Result<Option<Closed>, String> {
        if self.ignored {
            return Ok(None);
        }
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let start = self.start.ok_or("has no DTSTART")?;
        let length = match (self.end, &self.duration) {
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
        Ok(Some(Closed {
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
    let mut yearly = false;
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
            "BYMONTH" => rule.month = value.parse().ok().filter(|n| (1..=12).contains(n)).ok_or_else(wrong)?,
            "BYMONTHDAY" if value.parse() == Ok(start.day()) => {}
            "BYDAY" => rule.weekday = Some(read_weekday(value).ok_or_else(wrong)?),
            "WKST" => {}
            _ => return Err(wrong()),
        }
    }
    yearly.then_some(rule).ok_or_else(wrong)
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
        let (closed, problems) = parse(&file(event));
        assert_eq!(problems, Vec::<String>::new(), "{event}");
        let mut date = Date::constant(2026, 1, 1);
        let mut found = Vec::new();
        while date.year() < 2028 {
            let noon = TimeZone::UTC.to_timestamp(date.at(12, 0, 0, 0)).expect("a time");
            let minute = (noon, noon.checked_add(1.minute()).expect("a time"));
            if closed
                .iter()
                .any(|closed| closed.within(minute, &TimeZone::UTC).is_some())
            {
                found.push(date.to_string());
            }
            date = date.tomorrow().expect("a day");
        }
        found
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
        ] {
            let two = file(event) + &file("DTSTART;VALUE=DATE:20261225");
            let (closed, problems) = parse(&two);
            assert_eq!(closed.len(), 1, "{event}");
            assert!(
                problems.len() == 1 && problems[0].contains(reason),
                "{event}: {problems:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_it_panic(text in r"(BEGIN:VEVENT\n|END:VEVENT\n|DTSTART:|DTEND:|RRULE:FREQ=YEARLY;|DURATION:P|BYDAY=|[0-9TZ;=:,\-\n A-Zé]){0,60}") {
            let (closed, _) = parse(&text);
            for closed in closed {
                closed.within((Timestamp::UNIX_EPOCH, Timestamp::MAX), &TimeZone::UTC);
                closed.within((Timestamp::MIN, Timestamp::UNIX_EPOCH), &TimeZone::UTC);
            }
        }
    }
}
