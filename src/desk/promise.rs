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

/// How fast a team works, measured in business time from its last first replies. Measuring looks at each of them; asking
/// is cheap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// Within which four of five replies came; `None` for too few of them.
    usual: Option<Duration>,
    /// How long one ticket keeps one person, in the middle.
    handling: Duration,
    /// People who answer.
    on_duty: u32,
}

impl Pace {
    /// Of the replies in `load`, newest first, with so many people on duty (none counts as one).
    pub fn measure(calendar: &Calendar, load: &QueueLoad, on_duty: usize) -> Self {
        let on_duty = on_duty.max(1);
        let replies = &load.replies;
        let waits = replies
            .iter()
            .map(|(opened, replied)| calendar.between(*opened, *replied));
        let waits = sorted(waits);
        // The oldest ones are left out: who was answered before them is not known.
        let with_turn = replies.iter().zip(replies.iter().skip(on_duty));
        let handling =
            with_turn.map(|((opened, replied), (_, before))| calendar.between(*opened.max(before), *replied));
        let handling = sorted(handling);
        let rank = (waits.len() * 4).div_ceil(5);
        Pace {
            usual: waits
                .get(rank.saturating_sub(1))
                .copied()
                .filter(|_| waits.len() >= FEWEST_REPLIES),
            handling: handling.get(handling.len() / 2).copied().unwrap_or_default(),
            on_duty: u32::try_from(on_duty).unwrap_or(u32::MAX),
        }
    }

    /// Business time until everybody who waits already has been answered.
    fn queue(&self, waiting: u64) -> Duration {
        let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        self.handling.saturating_mul(waiting) / self.on_duty.max(1)
    }
}

fn sorted(times: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    times
}

/// The promise of a ticket that is opened at `now`. `target` is business time, `load` holds what waits and the team's last
/// first replies, newest first; `on_duty` people answer (none counts as one). The module says how.
pub fn promise(calendar: &Calendar, now: Timestamp, target: Duration, load: &QueueLoad, on_duty: usize) -> Promise {
    let pace = Pace::measure(calendar, load, on_duty);
    promise_at_pace(calendar, now, target, pace, load.waiting)
}

/// [`promise`] for a pace that was measured before, with so many tickets in front.
pub fn promise_at_pace(calendar: &Calendar, now: Timestamp, target: Duration, pace: Pace, waiting: u64) -> Promise {
    // Nobody promises further ahead than calendars are looked at; by the clock on the wall is better than nothing.
    let after = |open: Duration| {
        let by_the_clock = || now.checked_add(SignedDuration::try_from(open).ok()?).ok();
        calendar.add(now, open).or_else(by_the_clock).unwrap_or(now)
    };
    let target = after(target.max(SOONEST));
    let Some(usual) = pace.usual else {
        let at = last_round(calendar, now, target);
        return Promise {
            at,
            basis: Basis::Target,
        };
    };
    let queue = pace.queue(waiting);
    let estimate = after(usual.max(queue).max(SOONEST));
    let latest = if estimate <= target { target } else { Timestamp::MAX };
    Promise {
        at: next_round(calendar, now, estimate, latest),
        basis: if queue > usual { Basis::Queue } else { Basis::Usual },
    }
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
