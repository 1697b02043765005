//! How long the queues are, remembered for a few seconds.
//!
//! A promise looks at what waits and at the last replies. With thousands of handoffs a minute each of them would scan for the
//! same numbers and measure the same replies. So one looks, and the pace that was measured holds for a few seconds. In
//! between, tickets that this server opens itself are counted on top, so that a burst is not told the same promise for all;
//! those of other servers show with the next look.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use super::{Desk, promise::Pace};

/// How long a look holds.
const FRESH: SignedDuration = SignedDuration::from_secs(5);
/// Replies that are looked at: enough for a quantile, few enough to follow how the team works this week.
const REPLIES: usize = 50;
/// Teams that are remembered: names come from rules, so that there are never many.
const MOST_TEAMS: usize = 1000;

/// The last look at each team's queue.
#[derive(Default)]
pub(super) struct QueueLoads(Mutex<HashMap<String, Look>>);

struct Look {
    at: Timestamp,
    line: Line,
}

/// What a ticket finds that is opened now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Tickets before it.
    pub(super) waiting: u64,
    /// How fast they are answered.
    pub(super) pace: Pace,
}

impl QueueLoads {
    /// What the next ticket finds; `None` if somebody has to look again. One caller is told so, and the others go on with the
    /// last look until it is back.
    fn next_in_line(&self, team: &str, now: Timestamp) -> Option<Line> {
        let mut looks = self.lock();
        let look = looks.get_mut(team)?;
        if now.duration_since(look.at).abs() >= FRESH {
            look.at = now;
            return None;
        }
        let line = look.line;
        look.line.waiting += 1;
        Some(line)
    }

    /// Keeps what a ticket found, and counts that ticket.
    fn keep(&self, team: &str, mut line: Line, now: Timestamp) {
        let mut looks = self.lock();
        if looks.len() >= MOST_TEAMS {
            looks.clear();
        }
        line.waiting += 1;
        looks.insert(team.to_owned(), Look { at: now, line });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Look>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// How the team's queue is, at most a few seconds ago, for one ticket that is going to be opened in it.
    ///
    /// A store that fails here promises the target; if it stays away, the opening fails and says so.
    pub(super) async fn line(&self, team: &str, now: Timestamp) -> Line {
        if let Some(line) = self.inner.loads.next_in_line(team, now) {
            return line;
        }
        match self.inner.store.queue_load(team, REPLIES).await {
            Ok(load) => {
                let on_duty = self.people_on_duty(team, now).await;
                let clocks = self.clocks();
                let calendar = clocks.calendar_of(team);
                let line = Line {
                    waiting: load.waiting,
                    pace: Pace::measure(calendar, &load, on_duty),
                };
                self.inner.loads.keep(team, line, now);
                line
            }
            Err(error) => {
                tracing::warn!(
                    team,
                    "the queue could not be looked at, the target is promised: {error}"
                );
                Line::default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_holds_for_a_few_seconds_and_counts_what_comes_in_between() {
        let loads = QueueLoads::default();
        let at = |seconds| Timestamp::from_second(seconds).expect("a time");
        let waiting = |seconds| loads.next_in_line("billing", at(seconds)).map(|line| line.waiting);
        assert_eq!(waiting(0), None);
        let line = Line {
            waiting: 7,
            ..Line::default()
        };
        loads.keep("billing", line, at(0));
        assert_eq!((waiting(1), waiting(2)), (Some(8), Some(9)));
        assert!(loads.next_in_line("legal", at(2)).is_none());
        // One looks again, the others do not wait for it.
        assert_eq!((waiting(5), waiting(5)), (None, Some(10)));
    }
}
