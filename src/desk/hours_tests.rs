use std::sync::LazyLock;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::{config::HoursConfig, desk::holidays::DaysOff};

/// Zones with switches of an hour, of half an hour, at midnight, at the dateline, in Ramadan, and without any.
pub(crate) const ZONES: [&str; 12] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Jakarta",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
];

pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone of the bundled database")
}

pub(crate) fn calendar(toml: &str, zone_name: &str) -> Calendar {
    let config: HoursConfig = toml::from_str(toml).expect("hours");
    Calendar::new(config.timetable().expect("hours"), zone(zone_name), &[])
}

fn office(zone_name: &str) -> Calendar {
    let config: HoursConfig = toml::from_str(
        "weekdays = ['09:00-12:30', '13:30-18:00']
         saturday = ['22:00-02:00']
         holidays = [{ date = '2026-12-24', hours = ['09:00-12:00'] }, { date = '12-25' }]",
    )
    .expect("hours");
    let file = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260330\nEND:VEVENT\n";
    let (days_off, problems) = DaysOff::parse([("a.ics".into(), file.into())]);
    assert!(problems.is_empty());
    let days_off = days_off.of([&"a.ics".into()]);
    Calendar::new(config.timetable().expect("hours"), zone(zone_name), &days_off)
}

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3600)
}

fn minutes_after(at: Timestamp, minutes: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_mins(minutes)).expect("a time")
}

/// The slow, obvious calendar: looks at the clock on the wall minute by minute.
pub(crate) struct Walk {
    start: Timestamp,
    open: Vec<bool>,
}

impl Walk {
    /// Walks so many minutes from `start`, a whole minute. `days_off` are dates that are closed from midnight to midnight.
    pub(crate) fn new(
        timetable: &Timetable,
        zone: &TimeZone,
        days_off: &[Date],
        start: Timestamp,
        minutes: i64,
    ) -> Walk {
        // Hours that began up to two days before may still be running; a skipped day makes it three.
        let margin = 3 * 24 * 60;
        let first = minutes_after(start, -margin);
        let wall: Vec<DateTime> = (0..minutes + margin)
            .map(|minute| zone.to_datetime(minutes_after(first, minute)))
            .collect();
        let shows = |bound: DateTime| wall.iter().position(|shown| *shown >= bound).unwrap_or(wall.len());
        let mut open = vec![false; wall.len()];
        let (mut date, last) = (wall[0].date(), wall[wall.len() - 1].date());
        while date <= last {
            let bound = |minutes: u16| {
                shows(
                    date.at(0, 0, 0, 0)
                        .checked_add(i64::from(minutes).minutes())
                        .expect("a time"),
                )
            };
            let usual = timetable.week.as_ref().map_or(&ALL_DAY[..], |week| {
                &week[date.weekday().to_monday_zero_offset() as usize]
            });
            let yearly = timetable.yearly.get(&(date.month(), date.day()));
            let hours = timetable.dates.get(&date).or(yearly).map_or(usual, Vec::as_slice);
            for hours in hours {
                let (from, to) = (bound(hours.from), bound(hours.to));
                open[from.min(to)..to].fill(true);
            }
            date = date.tomorrow().expect("a day");
        }
        for day in days_off {
            let (from, to) = (
                shows(day.at(0, 0, 0, 0)),
                shows(day.tomorrow().expect("a day").at(0, 0, 0, 0)),
            );
            open[from..to].fill(false);
        }
        Walk {
            start,
            open: open.split_off(margin as usize),
        }
    }

    pub(crate) fn is_open(&self, minute: usize) -> bool {
        self.open[minute]
    }

    pub(crate) fn at(&self, minute: usize) -> Timestamp {
        minutes_after(self.start, minute as i64)
    }

    /// Open minutes between two minutes of the walk.
    pub(crate) fn between(&self, from: usize, to: usize) -> u64 {
        self.open[from..to.max(from)].iter().filter(|open| **open).count() as u64
    }

    /// The minute at which so many open minutes have passed; with none, the next opening.
    pub(crate) fn add(&self, from: usize, minutes: u64) -> Option<usize> {
        let mut left = minutes;
        for minute in from..self.open.len() {
            match (self.open[minute], left) {
                (true, 0) => return Some(minute),
                (true, 1) => return Some(minute + 1),
                (true, _) => left -= 1,
                (false, _) => {}
            }
        }
        None
    }
}

/// Hours that fall into nights as well, so that switches hit them; two spans a day at most.
pub(crate) fn any_timetable() -> impl Strategy<Value = Timetable> {
    let day = prop::collection::vec((0u16..96, 1u16..60), 0..3).prop_map(|spans| {
        let mut day: Vec<OpenHours> = Vec::new();
        for (from, length) in spans {
            let hours = OpenHours {
                from: from * 15,
                to: (from + length) * 15,
            };
            if day.last().is_none_or(|last| last.to <= hours.from) {
                day.push(hours);
            }
        }
        day
    });
    let week = prop::option::weighted(0.9, prop::collection::vec(day, 7))
        .prop_map(|week| week.map(|week| <[Vec<OpenHours>; 7]>::try_from(week).expect("seven days")))
        .prop_filter("somebody is there on some day", |week| {
            week.as_ref().is_none_or(|week| week.iter().any(|day| !day.is_empty()))
        });
    week.prop_map(|week| Timetable {
        week,
        ..Timetable::default()
    })
}

/// A zone and a whole minute, near one of its switches where it has any.
pub(crate) fn any_place_and_time() -> impl Strategy<Value = (TimeZone, Timestamp)> {
    static SWITCHES: LazyLock<Vec<(TimeZone, Vec<Timestamp>)>> = LazyLock::new(|| {
        let since = at("2009-01-01T00:00:00Z");
        let switches = |zone: &TimeZone| {
            zone.following(since)
                .take(40)
                .map(|switch| switch.timestamp())
                .collect()
        };
        ZONES.map(|name| (zone(name), switches(&zone(name)))).into()
    });
    (0..ZONES.len(), any::<prop::sample::Index>(), -4000i64..4000).prop_map(|(number, which, minutes)| {
        let (zone, switches) = &SWITCHES[number];
        let near = match switches.len() {
            0 => minutes_after(at("2026-01-01T00:00:00Z"), which.index(500_000) as i64),
            many => switches[which.index(many)],
        };
        let near = minutes_after(near, minutes).as_second();
        let minute = Timestamp::from_second(near - near.rem_euclid(60)).expect("a time");
        (zone.clone(), minute)
    })
}

#[test]
fn hours_of_work_pass_only_while_somebody_is_there() {
    let berlin = office("Europe/Berlin");
    // Friday 17:00 + 2 h: one on Friday, one on the open Saturday night.
    assert_eq!(
        berlin.add(at("2026-11-20T16:00:00Z"), hours(2)),
        Some(at("2026-11-21T22:00:00Z"))
    );
    assert_eq!(
        berlin.add(at("2026-11-22T12:00:00Z"), Duration::ZERO),
        Some(at("2026-11-23T08:00:00Z"))
    );
    // Through the lunch break.
    assert_eq!(
        berlin.add(at("2026-11-23T11:00:00Z"), hours(1)),
        Some(at("2026-11-23T13:00:00Z"))
    );
    // Half a day, a holiday, a night from Saturday to Sunday.
    assert_eq!(
        berlin.between(at("2026-12-23T23:00:00Z"), at("2026-12-26T20:00:00Z")),
        hours(3)
    );
    assert_eq!(
        berlin.between(at("2026-12-26T20:00:00Z"), at("2026-12-27T20:00:00Z")),
        hours(4)
    );
    assert!(berlin.is_open(at("2026-11-23T08:00:00Z")) && !berlin.is_open(at("2026-11-23T17:00:00Z")));
    // The day of the iCalendar file.
    assert_eq!(
        berlin.next_open(at("2026-03-30T00:00:00Z")),
        Some(at("2026-03-31T07:00:00Z"))
    );
    assert_eq!(berlin.usual_day(), Duration::from_secs(44 * 3600 / 6));
}

#[test]
fn the_night_of_the_switch_is_as_long_as_it_is() {
    // Clocks go forward on Sunday, 29 March 2026 at 2:00 in Berlin and back on 25 October at 3:00.
    let night = calendar("saturday = ['22:00-04:00']", "Europe/Berlin");
    assert_eq!(
        night.between(at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")),
        hours(5)
    );
    assert_eq!(
        night.between(at("2026-10-24T12:00:00Z"), at("2026-10-25T12:00:00Z")),
        hours(7)
    );
    // Half an hour on Lord Howe: forward on 4 October 2026, back on 5 April.
    let night = calendar("saturday = ['22:00-04:00']", "Australia/Lord_Howe");
    let half = Duration::from_secs(1800);
    assert_eq!(
        night.between(at("2026-10-03T00:00:00Z"), at("2026-10-04T00:00:00Z")),
        hours(6) - half
    );
    assert_eq!(
        night.between(at("2026-04-04T00:00:00Z"), at("2026-04-05T00:00:00Z")),
        hours(6) + half
    );
}

#[test]
fn hours_that_begin_in_the_gap_begin_where_the_clock_goes_on() {
    let early = calendar("sunday = ['02:30-06:00']", "Europe/Berlin");
    assert_eq!(
        early.next_open(at("2026-03-28T20:00:00Z")),
        Some(at("2026-03-29T01:00:00Z"))
    );
}

#[test]
fn a_day_that_never_was_has_no_hours() {
    // Apia went from Thursday, 29 December 2011 to Saturday, 31 December; 10:00 UTC is midnight there.
    let apia = calendar("weekdays = ['09:00-17:00']", "Pacific/Apia");
    assert_eq!(
        apia.between(at("2011-12-29T10:00:00Z"), at("2012-01-02T10:00:00Z")),
        hours(8 + 8),
    );
    assert_eq!(
        apia.next_open(at("2011-12-30T10:00:00Z")),
        Some(at("2012-01-01T19:00:00Z"))
    );
}

#[test]
fn without_hours_somebody_is_always_there() {
    let always = calendar("", "Europe/Berlin");
    let moment = at("2026-03-29T00:30:00Z");
    assert!(always.is_open(moment));
    assert_eq!(always.add(moment, hours(30)), Some(at("2026-03-30T06:30:00Z")));
    assert_eq!(always.between(moment, at("2026-03-30T06:30:00Z")), hours(30));
    assert_eq!(always.usual_day(), hours(24));
    let but_for_a_day = calendar("holidays = [{ date = '03-29' }]", "Europe/Berlin");
    assert_eq!(but_for_a_day.next_open(moment), Some(at("2026-03-29T22:00:00Z")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_minute_is_as_the_clock_on_the_wall_says(
        mut timetable in any_timetable(),
        (zone, start) in any_place_and_time(),
        minutes in 1i64..4000,
        half_day in -3i32..5,
        holiday in -3i32..5,
        day_off in -3i32..5,
    ) {
        let today = zone.to_datetime(start).date();
        let day = |days: i32| today.checked_add(days.days()).expect("a day");
        timetable.dates.insert(day(half_day), vec![OpenHours { from: 9 * 60, to: 12 * 60 }]);
        timetable.yearly.insert((day(holiday).month(), day(holiday).day()), Vec::new());
        let closed = day(day_off);
        let file = format!("BEGIN:VEVENT\nDTSTART;VALUE=DATE:{}\nEND:VEVENT", closed.strftime("%Y%m%d"));
        let (days_off, _) = DaysOff::parse([("a.ics".into(), file)]);
        let calendar = Calendar::new(timetable.clone(), zone.clone(), &days_off.of([&"a.ics".into()]));
        let walk = Walk::new(&timetable, &zone, &[closed], start, minutes);
        for minute in 0..minutes as usize {
            let now = walk.at(minute);
            prop_assert_eq!(calendar.is_open(now), walk.is_open(minute), "{} in {:?}", now, zone);
        }
        let end = minutes_after(start, minutes);
        let open = walk.between(0, minutes as usize);
        prop_assert_eq!(calendar.between(start, end), Duration::from_secs(open * 60));
        for some in [0, open / 3, open] {
            let slow = walk.add(0, some).map(|minute| walk.at(minute));
            if slow.is_some() {
                prop_assert_eq!(calendar.add(start, Duration::from_secs(some * 60)), slow);
            }
        }
    }

    #[test]
    fn adding_and_measuring_undo_each_other(timetable in any_timetable(), (zone, start) in any_place_and_time(), seconds in 0i64..60, open in 0u64..400_000) {
        let calendar = Calendar::new(timetable, zone, &[]);
        let start = start.checked_add(SignedDuration::from_secs(seconds)).expect("a time");
        // A quarter of an hour a week is a day in two years: nobody looks further ahead.
        let two_years = start.checked_add(SignedDuration::from_hours(24 * 790)).expect("a time");
        let most = calendar.between(start, two_years).as_secs();
        let open = Duration::from_secs(open.min(most.saturating_sub(1)));
        let end = calendar.add(start, open).expect("within two years");
        prop_assert_eq!(calendar.between(start, end), open);
        prop_assert!(end >= start);
        let later = calendar.add(start, open + Duration::from_secs(1)).expect("within two years");
        prop_assert!(later > end);
        // Never a moment at which nobody is there, but for the end of a span.
        let just_before = Timestamp::from_microsecond(end.as_microsecond() - 1).expect("a time");
        prop_assert!(calendar.is_open(end) || calendar.is_open(just_before));
    }

    #[test]
    fn time_between_adds_up(timetable in any_timetable(), (zone, start) in any_place_and_time(), seconds in prop::array::uniform3(0i64..9_000_000)) {
        let calendar = Calendar::new(timetable, zone, &[]);
        let mut sorted = seconds;
        sorted.sort_unstable();
        let [a, b, c] = sorted.map(|seconds| start.checked_add(SignedDuration::from_secs(seconds)).expect("a time"));
        prop_assert_eq!(calendar.between(a, b) + calendar.between(b, c), calendar.between(a, c));
        if a < b {
            prop_assert_eq!(calendar.between(b, a), Duration::ZERO);
        }
    }
}
