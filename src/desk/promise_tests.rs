use proptest::prelude::*;

use super::*;
use crate::desk::hours::tests::{Walk, any_place_and_time, any_timetable, calendar};

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

fn before(at: Timestamp, minutes: u64) -> Timestamp {
    at.checked_sub(self::minutes(minutes)).expect("a time")
}

/// Replies that came `every` minutes, the last one just now, each after `wait` minutes; newest first.
fn replies(now: Timestamp, every: u64, wait: u64, many: u64) -> Vec<(Timestamp, Timestamp)> {
    (0..many)
        .map(|i| before(now, i * every))
        .map(|replied| (before(replied, wait), replied))
        .collect()
}

fn told(
    now: &str,
    target_minutes: u64,
    waiting: u64,
    replies: Vec<(Timestamp, Timestamp)>,
    on_duty: usize,
) -> (String, Basis) {
    let office = calendar("weekdays = ['09:00-17:15']", "Asia/Kathmandu");
    let load = QueueLoad { waiting, replies };
    let promise = promise(&office, at(now), minutes(target_minutes), &load, on_duty);
    let local = promise.at.to_zoned(office.zone().clone());
    (local.strftime("%a %H:%M").to_string(), promise.basis)
}

// Monday, 10:02 in Kathmandu.
const MONDAY: &str = "2026-11-23T04:17:00Z";

#[test]
fn with_few_replies_the_target_counts_rounded_down() {
    let few = replies(at(MONDAY), 1, 1, 4);
    assert_eq!(told(MONDAY, 60, 50, few, 1), ("Mon 11:00".into(), Basis::Target));
    assert_eq!(
        told(MONDAY, 8 * 60, 0, Vec::new(), 1),
        ("Tue 09:30".into(), Basis::Target)
    );
    // Not nearer than five minutes, however small the target is.
    assert_eq!(told(MONDAY, 1, 0, Vec::new(), 1), ("Mon 10:07".into(), Basis::Target));
}

#[test]
fn a_team_that_is_quick_promises_less_than_the_target() {
    let quick = |wait| replies(at(MONDAY), 1, wait, 20);
    assert_eq!(told(MONDAY, 480, 0, quick(11), 1), ("Mon 10:15".into(), Basis::Usual));
    assert_eq!(told(MONDAY, 480, 0, quick(40), 1), ("Mon 10:45".into(), Basis::Usual));
    // One slow reply in five does not count, two do.
    let mut mixed = quick(11);
    for (opened, replied) in mixed.iter_mut().take(4) {
        *opened = before(*replied, 60 * 24 * 10);
    }
    assert_eq!(
        told(MONDAY, 480, 0, mixed.clone(), 1),
        ("Mon 10:15".into(), Basis::Usual)
    );
    mixed[4].0 = before(mixed[4].1, 60 * 24 * 10);
    assert_ne!(told(MONDAY, 480, 0, mixed, 1).0, "Mon 10:15");
}

#[test]
fn a_long_queue_is_told_even_where_the_target_cannot_be_kept() {
    // Every five minutes a reply: twenty who wait are an hour and forty minutes.
    let busy = replies(at("2026-11-23T10:00:00Z"), 5, 60, 50);
    assert_eq!(
        told(MONDAY, 480, 20, busy.clone(), 1),
        ("Mon 11:45".into(), Basis::Queue)
    );
    let (by, basis) = told(MONDAY, 60, 200, busy.clone(), 1);
    assert_eq!((by.as_str(), basis), ("Wed 10:30", Basis::Queue));
    // Two people: each of these replies took one of them ten minutes.
    assert_eq!(told(MONDAY, 480, 20, busy, 2), ("Mon 11:45".into(), Basis::Queue));
}

#[test]
fn closing_time_is_a_promise_and_a_minute_later_is_not() {
    let now = "2026-11-23T08:32:00Z"; // 14:17
    let replies = replies(at(now), 1, 175, 20);
    assert_eq!(told(now, 480, 0, replies, 1), ("Mon 17:15".into(), Basis::Usual));
}

/// The promise, minute by minute. All times are whole minutes of the walk.
fn slow_promise(
    walk: &Walk,
    zone: &jiff::tz::TimeZone,
    now: usize,
    target: u64,
    waiting: u64,
    replies: &[(usize, usize)],
    on_duty: usize,
) -> Option<usize> {
    let target = walk.add(now, target.max(5))?;
    let mut waits: Vec<u64> = replies
        .iter()
        .map(|(opened, replied)| walk.between(*opened, *replied))
        .collect();
    waits.sort_unstable();
    let wall = |minute: usize| {
        let local = zone.to_datetime(walk.at(minute));
        i64::from(local.hour()) * 60 + i64::from(local.minute())
    };
    let step = |at: usize| match at - now {
        0..60 => 5,
        60..240 => 15,
        _ => 30,
    };
    if waits.len() < 5 {
        for step in [30, 15, 5, 1].into_iter().filter(|one| *one <= step(target)) {
            let mut mark = target;
            while wall(mark) % step != 0 {
                mark -= 1;
            }
            if walk.is_open(mark) && walk.between(now, mark) >= 5 {
                return Some(mark);
            }
        }
        return Some(target);
    }
    let usual = waits.iter().copied().find(|wait| {
        let within = waits.iter().filter(|one| *one <= wait).count();
        within * 5 >= waits.len() * 4
    })?;
    let mut handling: Vec<u64> = (0..replies.len().saturating_sub(on_duty))
        .map(|i| walk.between(replies[i].0.max(replies[i + on_duty].1), replies[i].1))
        .collect();
    handling.sort_unstable();
    // Whole minutes only: the caller sees to it that nothing is lost by dividing.
    let queue = handling
        .get(handling.len() / 2)
        .map_or(0, |median| median * waiting / on_duty as u64);
    let estimate = walk.add(now, usual.max(queue).max(5))?;
    let latest = if estimate <= target { target } else { usize::MAX };
    for step in [30, 15, 5, 1].into_iter().filter(|one| *one <= step(estimate)) {
        let (mut mark, mut closes) = (estimate, None);
        while wall(mark) % step != 0 {
            if !walk.is_open(mark) {
                closes.get_or_insert(mark);
            }
            mark += 1;
        }
        if mark <= latest {
            return Some(closes.unwrap_or(mark));
        }
    }
    Some(estimate)
}

/// Minutes walked before and after now.
const BEFORE: usize = 2 * 24 * 60;
const AFTER: usize = 9 * 24 * 60;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_promise_is_what_walking_minute_by_minute_finds(
        timetable in any_timetable(),
        (zone, start) in any_place_and_time(),
        target in 0u64..900,
        waiting in 0u64..30,
        on_duty in 1usize..4,
        replies in prop::collection::vec((0usize..1500, 0usize..400), 0..15),
    ) {
        let calendar = Calendar::new(timetable.clone(), zone.clone(), &[]);
        let walk = Walk::new(&timetable, &zone, &[], start, (BEFORE + AFTER) as i64);
        let mut replies: Vec<_> = replies.into_iter().map(|(opened, wait)| (BEFORE - 400 - opened, BEFORE - 400 - opened + wait)).collect();
        replies.sort_by_key(|(_, replied)| std::cmp::Reverse(*replied));
        // So that people on duty divide the queue's minutes.
        let waiting = waiting * on_duty as u64;
        let load = QueueLoad {
            waiting,
            replies: replies.iter().map(|(opened, replied)| (walk.at(*opened), walk.at(*replied))).collect(),
        };
        let promise = promise(&calendar, walk.at(BEFORE), minutes(target), &load, on_duty);
        if let Some(slow) = slow_promise(&walk, &zone, BEFORE, target, waiting, &replies, on_duty) {
            prop_assert_eq!(promise.at, walk.at(slow), "{:?}", promise.basis);
        }
    }

    #[test]
    fn a_promise_is_in_open_time_and_never_too_near(
        timetable in any_timetable(),
        (zone, now) in any_place_and_time(),
        micros in 0i64..60_000_000,
        target in 0u64..3000,
        waiting in 0u64..100,
        on_duty in 0usize..4,
        ages in prop::collection::vec((0u64..3000, 0u64..3000), 0..30),
    ) {
        let now = Timestamp::from_microsecond(now.as_microsecond() + micros).expect("a time");
        let calendar = Calendar::new(timetable, zone, &[]);
        let load = load_of(now, waiting, &ages);
        let promise = promise(&calendar, now, minutes(target), &load, on_duty);
        let just_before = Timestamp::from_microsecond(promise.at.as_microsecond() - 1).expect("a time");
        prop_assert!(calendar.is_open(promise.at) || calendar.is_open(just_before), "{}", promise.at);
        prop_assert!(calendar.between(now, promise.at) >= SOONEST);
        prop_assert_eq!(super::promise(&calendar, now, minutes(target), &load, on_duty), promise);
        let target = calendar.add(now, minutes(target).max(SOONEST)).expect("within two years");
        match promise.basis {
            Basis::Target => prop_assert!(promise.at <= target),
            Basis::Usual | Basis::Queue => {
                let pace = Pace::measure(&calendar, &load, on_duty);
                let usual = pace.usual.expect("enough replies");
                let estimate = usual.max(pace.queue(waiting)).max(SOONEST);
                let estimate = calendar.add(now, estimate).expect("within two years");
                prop_assert!(promise.at >= estimate && (promise.at <= target || estimate > target));
            }
        }
    }

    #[test]
    fn more_who_wait_and_slower_replies_never_bring_it_forward(
        timetable in any_timetable(),
        (zone, now) in any_place_and_time(),
        target in 0u64..3000,
        waiting in 0u64..100,
        more in 0u64..50,
        on_duty in 1usize..4,
        ages in prop::collection::vec((0u64..3000, 0u64..3000), 0..30),
        slower in prop::collection::vec(0u64..500, 30),
    ) {
        let calendar = Calendar::new(timetable, zone, &[]);
        let of = |waiting, ages: &[(u64, u64)]| {
            promise(&calendar, now, minutes(target), &load_of(now, waiting, ages), on_duty).at
        };
        let usual = of(waiting, &ages);
        prop_assert!(of(waiting + more, &ages) >= usual);
        let slower: Vec<_> = ages.iter().zip(slower).map(|((age, wait), more)| (*age, wait + more)).collect();
        prop_assert!(of(waiting, &slower) >= usual);
    }
}

/// Replies so many minutes ago, to tickets that were opened so many minutes before that.
fn load_of(now: Timestamp, waiting: u64, ages: &[(u64, u64)]) -> QueueLoad {
    let mut replies: Vec<_> = ages
        .iter()
        .map(|(age, wait)| (before(now, age + wait), before(now, *age)))
        .collect();
    replies.sort_by_key(|(_, replied)| std::cmp::Reverse(*replied));
    QueueLoad { waiting, replies }
}
