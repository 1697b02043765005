//! Charts as SVG: coordinates are computed here, templates draw them. Labels stand where the lines end.

use crate::insight::{ReplyDay, Share, span};

/// Room for the labels of the scale.
const START: f64 = 56.0;
/// Room for the names of the days below.
const FOOT: f64 = 26.0;
/// Room above the highest point.
const HEAD: f64 = 14.0;

/// A mark on an axis.
pub struct Mark {
    /// Where.
    pub at: f64,
    /// What stands there.
    pub label: String,
    /// How the label is set: `start`, `middle` or `end`.
    pub anchor: &'static str,
}

/// How long first replies took, by day: the median and the 80 % quantile.
pub struct ReplyChart {
    /// Width of the picture.
    pub width: f64,
    /// Height of the picture.
    pub height: f64,
    /// Where the scale begins.
    pub start: f64,
    /// Where lines end.
    pub end: f64,
    /// The band between both lines.
    pub band: String,
    /// The line of the median.
    pub median: String,
    /// The line of the 80 % quantile.
    pub p80: String,
    /// A dot for each day with replies: where, and what it says.
    pub dots: Vec<Dot>,
    /// Marks of the scale.
    pub scale: Vec<Mark>,
    /// Marks of days.
    pub days: Vec<Mark>,
    /// Where the lines' labels stand, from the top.
    pub median_at: f64,
    /// As above, of the 80 % line.
    pub p80_at: f64,
    /// The last median in words.
    pub median_words: String,
    /// The last 80 % quantile in words.
    pub p80_words: String,
}

/// A day on the chart.
pub struct Dot {
    /// From the left.
    pub x: f64,
    /// From the top: the median.
    pub y: f64,
    /// The 80 % quantile.
    pub high: f64,
    /// For readers who point at it.
    pub title: String,
}

impl ReplyChart {
    /// Draws it this wide; `None` without a reply in that time.
    pub fn new(days: &[ReplyDay], width: f64, height: f64, label_room: f64) -> Option<Self> {
        let told: Vec<(usize, &ReplyDay, i64, i64)> = days
            .iter()
            .enumerate()
            .filter_map(|(i, day)| Some((i, day, day.median_minutes?, day.p80_minutes?)))
            .collect();
        let highest = told.iter().map(|(.., p80)| *p80).max()?;
        let step = step(highest);
        let top = step * (highest + step - 1).div_euclid(step).max(1);
        let (floor, end) = (height - FOOT, width - label_room);
        let last = days.len().saturating_sub(1).max(1) as f64;
        let x = |i: usize| round(START + (end - START) * i as f64 / last);
        let y = |minutes: i64| round(floor - (floor - HEAD) * minutes as f64 / top as f64);
        let line = |value: fn(&(usize, &ReplyDay, i64, i64)) -> i64| -> String {
            let points: Vec<String> = told
                .iter()
                .map(|row| format!("{},{}", x(row.0), y(value(row))))
                .collect();
            points.join(" ")
        };
        let (median, p80) = (line(|row| row.2), line(|row| row.3));
        let back: Vec<&str> = median.split(' ').rev().collect();
        let (_, _, last_median, last_p80) = *told.last()?;
        // Labels that would lie on each other move apart.
        let (mut median_at, mut p80_at) = (y(last_median) + 4.0, y(last_p80) + 4.0);
        if median_at - p80_at < 16.0 {
            let middle = (median_at + p80_at) / 2.0;
            (p80_at, median_at) = ((middle - 8.0).max(HEAD), (middle - 8.0).max(HEAD) + 16.0);
        }
        let marks = top / step;
        Some(ReplyChart {
            width,
            height,
            start: START,
            end,
            band: format!("{p80} {}", back.join(" ")),
            dots: told
                .iter()
                .map(|(i, day, median, p80)| Dot {
                    x: x(*i),
                    y: y(*median),
                    high: y(*p80),
                    title: format!(
                        "{}: half within {}, 80 % within {} ({} of {} answered)",
                        day.day,
                        span(*median),
                        span(*p80),
                        day.replied,
                        day.opened
                    ),
                })
                .collect(),
            scale: (0..=marks)
                .map(|i| Mark {
                    at: y(i * step),
                    label: short(i * step),
                    anchor: "end",
                })
                .collect(),
            days: [0, days.len() / 2, days.len().saturating_sub(1)]
                .into_iter()
                .zip(["start", "middle", "end"])
                .filter_map(|(i, anchor)| {
                    Some(Mark {
                        at: x(i),
                        label: days.get(i)?.day.strftime("%-d %b").to_string(),
                        anchor,
                    })
                })
                .collect(),
            median,
            p80,
            median_at,
            p80_at,
            median_words: short(last_median.max(1)),
            p80_words: short(last_p80.max(1)),
        })
    }
}

/// A distance between marks that gives about four of them: whole minutes, hours or days.
fn step(highest: i64) -> i64 {
    const STEPS: [i64; 16] = [
        1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14_400, 43_200,
    ];
    let fits = |step: &&i64| **step * 4 >= highest;
    STEPS.iter().find(fits).copied().unwrap_or((highest / 4).max(1))
}

/// `30 min`, `2 h`, `1 d`.
fn short(minutes: i64) -> String {
    match minutes {
        0 => "0".to_owned(),
        ..60 => format!("{minutes} min"),
        ..1440 if minutes % 60 == 0 => format!("{} h", minutes / 60),
        ..1440 => format!("{:.1} h", minutes as f64 / 60.0),
        _ => format!("{} d", (minutes as f64 / 144.0).round() / 10.0),
    }
}

fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// A share with its interval, on a scale of 0 to 100.
pub struct Interval {
    /// The share.
    pub at: f64,
    /// Lower end.
    pub low: f64,
    /// Width of the interval.
    pub width: f64,
    /// In words.
    pub words: String,
}

impl Interval {
    /// Of a share; `None` of nothing.
    pub fn new(share: &Share) -> Option<Self> {
        (share.of > 0).then(|| Interval {
            at: round(share.share * 100.0),
            low: round(share.low * 100.0),
            width: round((share.high - share.low) * 100.0),
            words: format!(
                "{:.0} % ({:.0} to {:.0} %) of {}",
                share.share * 100.0,
                share.low * 100.0,
                share.high * 100.0,
                share.of
            ),
        })
    }
}

/// A part of a whole as a width on a scale of 0 to 100; no more than all of it.
pub fn part(count: u64, of: u64) -> f64 {
    if of == 0 {
        return 0.0;
    }
    round((count as f64 / of as f64 * 100.0).min(100.0))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn day(number: i8, median: Option<i64>, p80: Option<i64>) -> ReplyDay {
        ReplyDay {
            day: date(2026, 11, number),
            opened: 3,
            replied: 2,
            median_minutes: median,
            p80_minutes: p80,
        }
    }

    #[test]
    fn lines_stay_within_the_picture_and_skip_days_without_replies() {
        let days = [
            day(1, Some(30), Some(90)),
            day(2, None, None),
            day(3, Some(45), Some(45)),
        ];
        let chart = ReplyChart::new(&days, 600.0, 200.0, 100.0).expect("a chart");
        let points = |line: &str| -> Vec<(f64, f64)> {
            let pair = |point: &str| {
                let (x, y) = point.split_once(',').expect("a point");
                (x.parse().expect("x"), y.parse().expect("y"))
            };
            line.split(' ').map(pair).collect()
        };
        for line in [&chart.median, &chart.p80, &chart.band] {
            for (x, y) in points(line) {
                assert!((START..=500.0).contains(&x) && (0.0..=174.0).contains(&y), "{x},{y}");
            }
        }
        assert_eq!(points(&chart.median).len(), 2);
        assert!(points(&chart.median)[0].1 > points(&chart.p80)[0].1, "longer is higher");
        assert!(
            chart.median_at - chart.p80_at >= 16.0,
            "labels do not lie on each other"
        );
        assert_eq!(chart.scale.first().map(|mark| mark.label.as_str()), Some("0"));
    }

    #[test]
    fn there_is_no_chart_without_replies() {
        assert!(ReplyChart::new(&[day(1, None, None)], 600.0, 200.0, 100.0).is_none());
        assert!(ReplyChart::new(&[], 600.0, 200.0, 100.0).is_none());
        assert!(ReplyChart::new(&[day(1, Some(0), Some(0))], 600.0, 200.0, 100.0).is_some());
    }

    #[test]
    fn scales_have_round_steps() {
        for (highest, wanted) in [(0, 1), (4, 1), (90, 30), (600, 180), (5000, 1440), (1_000_000, 250_000)] {
            assert_eq!(step(highest), wanted, "{highest}");
        }
        for (minutes, words) in [(0, "0"), (30, "30 min"), (90, "1.5 h"), (120, "2 h"), (2880, "2 d")] {
            assert_eq!(short(minutes), words);
        }
    }

    #[test]
    fn parts_are_no_more_than_all() {
        assert_eq!((part(1, 4), part(5, 4), part(0, 0)), (25.0, 100.0, 0.0));
        assert!(Interval::new(&Share::new(0, 0)).is_none());
        let interval = Interval::new(&Share::new(38, 41)).expect("known ones");
        assert!(interval.low < interval.at && interval.at < interval.low + interval.width);
    }
}
