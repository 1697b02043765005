use proptest::prelude::*;

use super::*;

const ZONES: [&str; 9] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Jakarta",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Pacific/Apia",
];

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone of the bundled database")
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn office(zone_name: &str) -> Calendar {
    let config = HoursConfig {
        weekdays: Some(words(&["09:00-12:30", "13:30-18:00"])),
        saturday: Some(words(&["22:00-02:00"])),
        holidays: vec![
            HolidayConfig {
                date: "2026-12-24".into(),
                hours: words(&["09:00-12:00"]),
                name: "Half a day".into(),
            },
            HolidayConfig {
                date: "12-25".into(),
                hours: Vec::new(),
                name: "Closed".into(),
            },
        ],
        ..HoursConfig::default()
    };
    let file = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260330\nEND:VEVENT\n";
    let (calendar, problems) =
        Calendar::new(&config, zone(zone_name), &[("a.ics".into(), file.into())]).expect("hours");
    assert!(problems.is_empty());
    calendar
}

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3600)
}

/// Whether the clock on the wall shows office hours, minute by minute, without any of the code that is tested.
fn is_open_by_the_clock(at: Timestamp, zone: &TimeZone) -> bool {
    let local = at.to_zoned(zone.clone());
    let (date, minute) = (local.date(), i32::from(local.hour()) * 60 + i32::from(local.minute()));
    let half_day = date == Date::constant(2026, 12, 24);
    let closed = (date.month(), date.day()) == (12, 25) || date == Date::constant(2026, 3, 30);
    let own = if closed {
        false
    } else if half_day {
        (540..720).contains(&minute)
    } else {
        match date.weekday() {
            Weekday::Saturday => minute >= 22 * 60,
            Weekday::Sunday => false,
            _ => (540..750).contains(&minute) || (810..1080).contains(&minute),
        }
    };
    let yesterday = date.yesterday().expect("a day");
    let saturday_night = yesterday.weekday() == Weekday::Saturday
        && (yesterday.month(), yesterday.day()) != (12, 25)
        && yesterday != Date::constant(2026, 12, 24)
        && date != Date::constant(2026, 3, 30)
        && minute < 120;
    own || saturday_night
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
}

#[test]
fn the_night_of_the_switch_is_as_long_as_it_is() {
    // Clocks go forward on Sunday, 29 March 2026 at 2:00 in Berlin and back on 25 October at 3:00.
    let config = HoursConfig {
        saturday: Some(words(&["22:00-04:00"])),
        ..HoursConfig::default()
    };
    let (night, _) = Calendar::new(&config, zone("Europe/Berlin"), &[]).expect("hours");
    assert_eq!(
        night.between(at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")),
        hours(5)
    );
    assert_eq!(
        night.between(at("2026-10-24T12:00:00Z"), at("2026-10-25T12:00:00Z")),
        hours(7)
    );
}

#[test]
fn without_hours_somebody_is_always_there() {
    let (always, _) = Calendar::new(&HoursConfig::default(), zone("Europe/Berlin"), &[]).expect("hours");
    let moment = at("2026-03-29T00:30:00Z");
    assert!(always.is_open(moment));
    assert_eq!(always.add(moment, hours(30)), Some(at("2026-03-30T06:30:00Z")));
    assert_eq!(always.between(moment, at("2026-03-30T06:30:00Z")), hours(30));
}

#[test]
fn wrong_hours_are_named() {
    let wrong = |config: HoursConfig| {
        Calendar::new(&config, TimeZone::UTC, &[])
            .expect_err("wrong")
            .to_string()
    };
    for text in [
        "9-17",
        "09:00",
        "25:00-26:00",
        "09:60-10:00",
        "09:00-09:00",
        "24:00-01:00",
        "-",
        "é9:00-10:00",
    ] {
        let config = HoursConfig {
            friday: Some(words(&[text])),
            ..HoursConfig::default()
        };
        let told = wrong(config);
        assert!(
            told.contains("desk.hours.friday") && told.contains("09:00-17:30"),
            "{told}"
        );
    }
    let holiday = HolidayConfig {
        date: "Christmas".into(),
        hours: Vec::new(),
        name: String::new(),
    };
    let config = HoursConfig {
        holidays: vec![holiday],
        ..HoursConfig::default()
    };
    assert!(wrong(config).contains("2026-12-25"));
    let never = HoursConfig {
        weekdays: Some(Vec::new()),
        ..HoursConfig::default()
    };
    assert!(wrong(never).contains("no hour in which anybody is there"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_minute_is_as_the_clock_on_the_wall_says(zone_number in 0..ZONES.len(), day in 0i64..400, minutes in 1i64..3000) {
        let name = ZONES[zone_number];
        let calendar = office(name);
        // From January 2026 on; around switches, holidays and the turn of the year.
        let start = Timestamp::from_second(1_767_225_600 + day * 86_400).expect("a time");
        let mut open = 0;
        for minute in 0..minutes {
            let now = Timestamp::from_second(start.as_second() + minute * 60).expect("a time");
            let slow = is_open_by_the_clock(now, calendar.zone());
            if minute % 7 == 0 {
                prop_assert_eq!(calendar.is_open(now), slow, "{} at {}", name, now);
            }
            open += u64::from(slow);
        }
        let end = Timestamp::from_second(start.as_second() + minutes * 60).expect("a time");
        prop_assert_eq!(calendar.between(start, end), Duration::from_secs(open * 60), "{} from {} to {}", name, start, end);
    }

    #[test]
    fn adding_and_measuring_undo_each_other(zone_number in 0..ZONES.len(), second in 1_767_225_600i64..1_800_000_000, open in 0u64..400_000) {
        let calendar = office(ZONES[zone_number]);
        let start = Timestamp::from_second(second).expect("a time");
        let open = Duration::from_secs(open);
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
    fn time_between_adds_up(zone_number in 0..ZONES.len(), seconds in prop::array::uniform3(1_767_225_600i64..1_790_000_000)) {
        let calendar = office(ZONES[zone_number]);
        let mut sorted = seconds;
        sorted.sort_unstable();
        let [a, b, c] = sorted.map(|second| Timestamp::from_second(second).expect("a time"));
        prop_assert_eq!(calendar.between(a, b) + calendar.between(b, c), calendar.between(a, c));
        if a < b {
            prop_assert_eq!(calendar.between(b, a), Duration::ZERO);
        }
    }
}
