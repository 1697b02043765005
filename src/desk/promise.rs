//! The promise: by when a person answers, as the customer is told. Pure.
//!
//! Two estimates are made in business time and the longer one counts:
//!
//! - *Usual*: the 80 % quantile (nearest rank) of the team's recent first replies, each measured from opening to reply. Four
//!   of five such promises would have been kept, and one ticket that lay for a month moves it by one rank at most.
//! - *Queue*: tickets that wait × median handling time ÷ people on duty. How long one ticket keeps one person is read from
//!   the same replies: with `n` people at work, a person turns to a ticket when it is opened or when the `n`-th reply before
//!   it is sent, whichever is later. A wrong `n` nearly cancels out, since it lengthens the handling as it divides the queue.
//!
//! The target bounds the promise, so that a slow week does not become the rule, unless the estimate says that it cannot be
//! kept: then the customer is told the estimate. With fewer than [`FEWEST_REPLIES`] replies nothing is estimated, and the
//! target is the promise.
//!
//! What comes out is rounded to what a person would say, by the local clock: to 5 minutes below an hour from now, 15 below
//! four hours, else half hours. An estimate is rounded up, and less coarsely where it would pass the target; the target
//! itself is rounded down, so that it is never passed. A promise never lies in closed time (closing time itself is allowed)
//! and is never nearer than five minutes of business time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::store::QueueLoad;

use super::hours::Calendar;

/// Replies below which nothing is estimated.
pub const FEWEST_REPLIES: usize = 5;
/// The nearest promise.
const SOONEST: Duration = Duration::from_secs(5 * 60);
/// Below so much time from now, in minutes, to so many minutes; the coarser ones are multiples of the finer ones, which keeps
/// a longer wait from being told as a shorter one.
const ROUNDING: [(i64, i64); 2] = [(60, 5), (4 * 60, 15)];
/// Further away.
const COARSEST: i64 = 30;

/// A promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// By when a person answers.
    pub at: Timestamp,
    /// What it rests on.
    pub basis: Basis,
}

/// What a promise rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The target, for want of replies to estimate from.
    Target,
    /// How long the team usually takes.
    Usual,
    /// How many wait before it.
    Queue,
}

/// The promise of a ticket that is opened at `now`. `target` is business time, `load` holds what waits and the team's last
/// first replies, newest first; `on_duty` people answer (none counts as one). The module says how.
pub fn promise(calendar: &Calendar, now: Timestamp, target: Duration, load: &QueueLoad, on_duty: usize) -> Promise {
    // Nobody promises further ahead than calendars are looked at; by the clock on the wall is better than nothing.
    let after = |open: Duration| {
        let by_the_clock = || now.checked_add(SignedDuration::try_from(open).ok()?).ok();
        calendar.add(now, open).or_else(by_the_clock).unwrap_or(now)
    };
    let target = after(target.max(SOONEST));
    let Some(usual) = usual(calendar, load) else {
        let at = last_round(calendar, now, target);
        return Promise {
            at,
            basis: Basis::Target,
        };
    };
    let queue = queue(calendar, load, on_duty.max(1));
    let estimate = after(usual.max(queue).max(SOONEST));
    Promise {
        at: if estimate <= target {
            next_round(calendar, now, estimate, target)
        } else {
            next_round(calendar, now, estimate, Timestamp::MAX)
        },
        basis: if queue > usual { Basis::Queue } else { Basis::Usual },
    }
}

/// Business time within which four of five recent first replies came; `None` for too few of them.
fn usual(calendar: &Calendar, load: &QueueLoad) -> Option<Duration> {
    if load.replies.len() < FEWEST_REPLIES {
        return None;
    }
    let waits = load
        .replies
        .iter()
        .map(|(opened, replied)| calendar.between(*opened, *replied));
    let mut waits: Vec<_> = waits.collect();
    waits.sort_unstable();
    let rank = (waits.len() * 4).div_ceil(5);
    waits.get(rank - 1).copied()
}

/// Business time until everybody who waits already has been answered.
fn queue(calendar: &Calendar, load: &QueueLoad, on_duty: usize) -> Duration {
    let replies = &load.replies;
    // The oldest ones are left out: who was answered before them is not known.
    let with_turn = replies.iter().zip(replies.iter().skip(on_duty));
    let mut handling: Vec<_> = with_turn
        .map(|((opened, replied), (_, before))| calendar.between(*opened.max(before), *replied))
        .collect();
    handling.sort_unstable();
    let Some(median) = handling.get(handling.len() / 2) else {
        return Duration::ZERO;
    };
    let waiting = u32::try_from(load.waiting).unwrap_or(u32::MAX);
    let people = u32::try_from(on_duty).unwrap_or(u32::MAX);
    median.saturating_mul(waiting) / people
}

/// The first round moment at `at` or after, not after `latest`, or the closing time before it.
fn next_round(calendar: &Calendar, now: Timestamp, at: Timestamp, latest: Timestamp) -> Timestamp {
    let marks = steps(now, at).map(|minutes| round(calendar, at, minutes, Way::Up));
    let mark = marks.into_iter().find(|mark| *mark <= latest);
    mark.map_or(at, |mark| open_until(calendar, at, mark))
}

/// `until`, or the closing time before it.
fn open_until(calendar: &Calendar, at: Timestamp, until: Timestamp) -> Timestamp {
    let mut reached = at;
    while reached < until {
        match calendar.span_at(reached) {
            // Spans may follow each other without a break, at midnight for example.
            Some((from, to)) if from == reached => reached = to.min(until),
            _ => return reached,
        }
    }
    reached
}

/// The last round moment at `at` or before that is not too near and not in closed time.
fn last_round(calendar: &Calendar, now: Timestamp, at: Timestamp) -> Timestamp {
    let soonest = calendar.add(now, SOONEST).unwrap_or(at);
    let marks = steps(now, at).map(|minutes| round(calendar, at, minutes, Way::Down));
    let fits = |mark: &Timestamp| soonest <= *mark && calendar.is_open(*mark);
    marks.into_iter().find(fits).unwrap_or(at)
}

/// To how many minutes a moment is rounded that far from now, and then less and less coarsely.
fn steps(now: Timestamp, at: Timestamp) -> [i64; 4] {
    let wait = at.duration_since(now).as_mins();
    let usual = ROUNDING
        .iter()
        .find(|(below, _)| wait < *below)
        .map_or(COARSEST, |(_, step)| *step);
    [usual, usual.min(15), 5, 1]
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Up,
    Down,
}

/// The clock on the wall shows a multiple of the minutes.
fn round(calendar: &Calendar, at: Timestamp, minutes: i64, way: Way) -> Timestamp {
    let step = minutes * 60_000_000;
    let offset = i64::from(calendar.zone().to_offset(at).seconds()) * 1_000_000;
    let past = (at.as_microsecond() + offset).rem_euclid(step);
    let change = match way {
        Way::Up if past == 0 => 0,
        Way::Up => step - past,
        Way::Down => -past,
    };
    Timestamp::from_microsecond(at.as_microsecond() + change).unwrap_or(at)
}

#[cfg(test)]
#[path = "promise_tests.rs"]
mod tests;
