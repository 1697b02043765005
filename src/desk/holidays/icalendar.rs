//! Reading the file format (RFC 5545); what of it counts says the module above.

use jiff::{
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};

use super::{DayOff, LONGEST, Yearly};

/// The events of a file that close the desk, and what is wrong with the others: line and reason.
pub(super) fn parse(text: &str) -> (Vec<DayOff>, Vec<(usize, String)>) {
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
