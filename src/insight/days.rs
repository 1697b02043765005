//! The days that a report is about: whole days in the time zone of the desk, today included.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::TimeRange;

/// From this many days on a point for each day would be noise.
const WEEKS_FROM: u16 = 60;

/// Some days up to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub first: Date,
    /// The last: today.
    pub last: Date,
    /// Where the days begin.
    pub zone: TimeZone,
}

/// How long one point of a chart over time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// A day.
    Day,
    /// A week from Monday on.
    Week,
}

impl Days {
    /// The last `count` days (at least one), today included.
    pub fn last(count: u16, now: Timestamp, zone: &TimeZone) -> Self {
        let today = now.to_zoned(zone.clone()).date();
        let back = i64::from(count.max(1)) - 1;
        Days {
            first: today.checked_sub(back.days()).unwrap_or(Date::MIN),
            last: today,
            zone: zone.clone(),
        }
    }

    /// As the store reads it: from the first midnight on, without an end.
    pub fn range(&self) -> TimeRange {
        TimeRange {
            since: Some(self.since()),
            until: None,
        }
    }

    /// The first moment.
    pub fn since(&self) -> Timestamp {
        let midnight = self.first.to_zoned(self.zone.clone());
        midnight.map_or(Timestamp::MIN, |midnight| midnight.timestamp())
    }

    /// How many.
    pub fn count(&self) -> i32 {
        self.last.since(self.first).map_or(0, |span| span.get_days()) + 1
    }

    /// What suits so many days.
    pub fn usual_step(&self) -> Step {
        match self.count() >= i32::from(WEEKS_FROM) {
            true => Step::Week,
            false => Step::Day,
        }
    }

    /// The day of a moment.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// The days in pieces, first and last day of each; the first week may be shorter.
    pub fn pieces(&self, step: Step) -> Vec<(Date, Date)> {
        let mut pieces = Vec::new();
        let mut from = self.first;
        while from <= self.last {
            let to = match step {
                Step::Day => from,
                Step::Week => {
                    let left = i64::from(6 - from.weekday().since(Weekday::Monday));
                    from.checked_add(left.days()).unwrap_or(self.last).min(self.last)
                }
            };
            pieces.push((from, to));
            match to.tomorrow() {
                Ok(next) => from = next,
                Err(_) => break,
            }
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(count: u16, now: &str) -> Days {
        let zone = TimeZone::get("Asia/Jakarta").expect("a zone");
        Days::last(count, now.parse().expect("a time"), &zone)
    }

    #[test]
    fn days_begin_at_midnight_of_the_desk() {
        // It is Wednesday in Jakarta already.
        let days = days(7, "2026-11-24T17:30:00Z");
        assert_eq!(
            (days.first.to_string(), days.last.to_string()),
            ("2026-11-19".into(), "2026-11-25".into())
        );
        assert_eq!(days.since().to_string(), "2026-11-18T17:00:00Z");
        assert_eq!((days.count(), days.usual_step()), (7, Step::Day));
        assert_eq!(days.pieces(Step::Day).len(), 7);
    }

    #[test]
    fn weeks_begin_on_monday_and_nothing_is_counted_twice() {
        let days = days(90, "2026-11-25T03:00:00Z");
        let weeks = days.pieces(days.usual_step());
        assert_eq!((weeks.len(), weeks[0].0, weeks[13].1), (14, days.first, days.last));
        for pair in weeks.windows(2) {
            assert_eq!(pair[0].1.tomorrow().expect("a day"), pair[1].0);
            assert_eq!(pair[1].0.weekday(), Weekday::Monday);
        }
    }

    #[test]
    fn no_days_are_one_day() {
        assert_eq!(days(0, "2026-11-25T03:00:00Z").count(), 1);
    }
}
