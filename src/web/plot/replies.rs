//! How long first replies took, by day: the median and the 80 % quantile, with the band between them.

use super::{Chart, FOOT, HEAD, Shape, line, tenth, words};
use crate::insight::{ReplyDay, span};

/// Room for the labels of the scale.
const START: f64 = 56.0;
/// Pixels between the labels of both lines.
const APART: f64 = 16.0;

/// Draws the days this wide, with `label_room` for what stands at the ends of the lines; `None` without a reply in that time.
pub fn replies(days: &[ReplyDay], width: f64, height: f64, label_room: f64) -> Option<Chart> {
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
    let x = |i: usize| tenth(START + (end - START) * i as f64 / last);
    let y = |minutes: i64| tenth(floor - (floor - HEAD) * minutes as f64 / top as f64);
    let mut shapes = Vec::new();
    for mark in (0..=top / step).map(|i| i * step) {
        let class = if mark == 0 { "base" } else { "grid" };
        shapes.push(line(START, y(mark), end, y(mark), class));
        shapes.push(words(START - 8.0, y(mark) + 4.0, "end", "tick", short(mark)));
    }
    for (i, anchor) in [0, days.len() / 2, days.len().saturating_sub(1)]
        .into_iter()
        .zip(["start", "middle", "end"])
    {
        if let Some(day) = days.get(i) {
            let name = day.day.strftime("%-d %b").to_string();
            shapes.push(words(x(i), height - 6.0, anchor, "tick", name));
        }
    }
    let median: Vec<(f64, f64)> = told.iter().map(|row| (x(row.0), y(row.2))).collect();
    let p80: Vec<(f64, f64)> = told.iter().map(|row| (x(row.0), y(row.3))).collect();
    let around: Vec<(f64, f64)> = p80.iter().chain(median.iter().rev()).copied().collect();
    for (points, class) in [(&around, "band"), (&p80, "p80"), (&median, "median")] {
        shapes.push(Shape::Path { d: path(points), class });
    }
    for ((_, day, in_half, in_most), ((x, y), (_, high))) in told.iter().zip(median.iter().zip(&p80)) {
        shapes.push(Shape::Dot {
            x: *x,
            y: *high,
            r: 2.0,
            class: "high",
            title: None,
        });
        shapes.push(Shape::Dot {
            x: *x,
            y: *y,
            r: 3.0,
            class: "dot",
            title: Some(format!(
                "{}: half within {}, 80 % within {} ({} of {} answered)",
                day.day,
                span(*in_half),
                span(*in_most),
                day.replied,
                day.opened
            )),
        });
    }
    let (_, _, last_median, last_p80) = *told.last()?;
    let (median_at, p80_at) = label_places(y(last_median) + 4.0, y(last_p80) + 4.0);
    let label = |at, class, within: &str, minutes: i64| {
        words(
            end + 10.0,
            at,
            "start",
            class,
            format!("{within} {}", short(minutes.max(1))),
        )
    };
    shapes.push(label(p80_at, "label", "80 % within", last_p80));
    shapes.push(label(median_at, "label strong", "half within", last_median));
    Some(Chart {
        class: "replies",
        width,
        height,
        label: "Minutes to the first reply by day; the table below has the numbers".to_owned(),
        stretch: false,
        shapes,
    })
}

/// Where the labels of the median and of the 80 % quantile stand: where the lines end, but not on each other.
fn label_places(median: f64, p80: f64) -> (f64, f64) {
    if median - p80 >= APART {
        return (median, p80);
    }
    let p80 = tenth(((median + p80 - APART) / 2.0).max(HEAD));
    (p80 + APART, p80)
}

fn path(points: &[(f64, f64)]) -> String {
    let steps = points.iter().enumerate();
    steps
        .map(|(i, (x, y))| format!("{}{x} {y}", if i == 0 { 'M' } else { 'L' }))
        .collect()
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
        60..1440 if minutes % 60 == 0 => format!("{} h", minutes / 60),
        60..1440 => format!("{:.1} h", minutes as f64 / 60.0),
        _ => format!("{} d", (minutes as f64 / 144.0).round() / 10.0),
    }
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
        let chart = replies(&days, 600.0, 200.0, 100.0).expect("a chart");
        let points = |wanted: &str| -> Vec<(f64, f64)> {
            let d = chart.shapes.iter().find_map(|shape| match shape {
                Shape::Path { d, class } if *class == wanted => Some(d),
                _ => None,
            });
            let pair = |point: &str| {
                let (x, y) = point.split_once(' ').expect("a point");
                (x.parse().expect("x"), y.parse().expect("y"))
            };
            d.expect("the line").split(['M', 'L']).skip(1).map(pair).collect()
        };
        for line in ["median", "p80", "band"] {
            for (x, y) in points(line) {
                assert!((START..=500.0).contains(&x) && (0.0..=174.0).contains(&y), "{x},{y}");
            }
        }
        assert_eq!((points("median").len(), points("band").len()), (2, 4));
        assert!(points("median")[0].1 > points("p80")[0].1, "longer is higher");
    }

    #[test]
    fn labels_do_not_lie_on_each_other() {
        for (median, p80) in [(100.0, 20.0), (50.0, 50.0), (14.0, 14.0), (20.0, 10.0)] {
            let (median_at, p80_at) = label_places(median, p80);
            assert!(median_at - p80_at >= APART && p80_at >= 0.0, "{median} {p80}");
        }
    }

    #[test]
    fn there_is_no_chart_without_replies() {
        assert!(replies(&[day(1, None, None)], 600.0, 200.0, 100.0).is_none());
        assert!(replies(&[], 600.0, 200.0, 100.0).is_none());
        assert!(replies(&[day(1, Some(0), Some(0))], 600.0, 200.0, 100.0).is_some());
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
}
