//! How questions ended, day by day or week by week.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Days, Ending, Share, Step};

/// Coverage over time, oldest first; days without questions are there, too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OverTime {
    /// How long each is.
    pub step: Step,
    /// The days or weeks.
    pub periods: Vec<Period>,
}

/// A day or a week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Period {
    /// Its first day, in the time zone of the desk.
    pub from: String,
    /// Its last day.
    pub to: String,
    /// Questions with an article as the answer.
    pub answered: u64,
    /// Questions with articles to choose from.
    pub asked_back: u64,
    /// Questions handed over because no article answers them.
    pub no_answer: u64,
    /// Questions handed over because they belong to people.
    pub for_people: u64,
    /// The writers' share: answered, of all but those that belong to people.
    pub covered: Share,
}

impl Period {
    /// How many questions ended so.
    pub fn count(&self, ending: Ending) -> u64 {
        match ending {
            Ending::Answered => self.answered,
            Ending::AskedBack => self.asked_back,
            Ending::NoAnswer => self.no_answer,
            Ending::ForPeople => self.for_people,
        }
    }
}

/// Counts moments in the pieces of some days.
#[derive(Debug, Clone)]
pub struct Pieces<T> {
    days: Days,
    pieces: Vec<(Date, Date, T)>,
}

impl<T: Default> Pieces<T> {
    /// Nothing counted yet.
    pub fn new(days: &Days, step: Step) -> Self {
        let pieces = days.pieces(step).into_iter();
        Pieces {
            pieces: pieces.map(|(from, to)| (from, to, T::default())).collect(),
            days: days.clone(),
        }
    }

    /// What is counted for this moment; `None` outside of the days.
    pub fn at(&mut self, at: Timestamp) -> Option<&mut T> {
        let date = self.days.date_of(at);
        let piece = self.pieces.partition_point(|(_, to, _)| *to < date);
        let (from, _, counts) = self.pieces.get_mut(piece)?;
        (*from <= date).then_some(counts)
    }

    /// First day, last day and what was counted.
    pub fn finish(self) -> Vec<(Date, Date, T)> {
        self.pieces
    }
}

/// Counts endings one by one.
#[derive(Debug, Clone)]
pub struct OverTimeCounter {
    step: Step,
    pieces: Pieces<[u64; 4]>,
}

impl OverTimeCounter {
    /// Nothing counted yet.
    pub fn new(days: &Days, step: Step) -> Self {
        OverTimeCounter {
            step,
            pieces: Pieces::new(days, step),
        }
    }

    /// Counts one question; one outside of the days counts for nothing.
    pub fn add(&mut self, at: Timestamp, ending: Ending) {
        if let Some(counts) = self.pieces.at(at) {
            counts[ending as usize] += 1;
        }
    }

    /// The counts.
    pub fn finish(self) -> OverTime {
        let periods = self.pieces.finish().into_iter();
        let period = |(from, to, counts): (Date, Date, [u64; 4])| {
            let [answered, asked_back, no_answer, for_people] = Ending::ALL.map(|ending| counts[ending as usize]);
            Period {
                from: from.to_string(),
                to: to.to_string(),
                answered,
                asked_back,
                no_answer,
                for_people,
                covered: Share::new(answered, answered + asked_back + no_answer),
            }
        };
        OverTime {
            step: self.step,
            periods: periods.map(period).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn questions_are_counted_on_the_day_of_the_desk() {
        let zone = TimeZone::get("Asia/Jakarta").expect("a zone");
        let days = Days::last(3, at("2026-11-25T03:00:00Z"), &zone);
        let mut counter = OverTimeCounter::new(&days, Step::Day);
        for (time, ending) in [
            ("2026-11-22T16:59:59Z", Ending::Answered),
            ("2026-11-22T17:00:00Z", Ending::Answered),
            ("2026-11-24T16:59:59Z", Ending::NoAnswer),
            ("2026-11-24T17:00:00Z", Ending::ForPeople),
            ("2026-11-24T18:00:00Z", Ending::AskedBack),
            ("2026-11-25T18:00:00Z", Ending::AskedBack),
        ] {
            counter.add(at(time), ending);
        }
        let counted = counter.finish();
        let rows: Vec<_> = counted
            .periods
            .iter()
            .map(|period| (period.from.as_str(), Ending::ALL.map(|ending| period.count(ending))))
            .collect();
        assert_eq!(
            rows,
            [
                ("2026-11-23", [1, 0, 0, 0]),
                ("2026-11-24", [0, 0, 1, 0]),
                ("2026-11-25", [0, 1, 0, 1]),
            ]
        );
        assert_eq!(
            counted.periods[2].covered,
            Share::new(0, 1),
            "what belongs to people does not count"
        );
    }

    #[test]
    fn a_week_holds_its_sunday() {
        let days = Days::last(90, at("2026-11-25T12:00:00Z"), &TimeZone::UTC);
        let mut counter = OverTimeCounter::new(&days, Step::Week);
        counter.add(at("2026-11-22T23:00:00Z"), Ending::Answered);
        counter.add(at("2026-11-23T01:00:00Z"), Ending::Answered);
        let weeks = counter.finish().periods;
        assert_eq!(
            weeks.iter().rev().take(2).map(|week| week.answered).collect::<Vec<_>>(),
            [1, 1]
        );
    }
}
