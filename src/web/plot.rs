//! Charts as SVG, made by the server: labels stand at what they name, intervals are drawn, and every mark says its numbers
//! when pointed at. Pure geometry; colours come from the style by class.

mod replies;

use askama::Template;

use crate::insight::Share;

pub use replies::replies;

/// A drawn chart; shown in a template by `{{ chart|safe }}`, since its own template has escaped what is in it.
#[derive(Template, Debug)]
#[template(path = "plot.html")]
pub struct Chart {
    class: &'static str,
    width: f64,
    height: f64,
    /// For those who do not see it; none if words beside it say the same.
    label: String,
    /// Whether it may be stretched to its place: only without text.
    stretch: bool,
    shapes: Vec<Shape>,
}

/// Part of a chart. Coordinates in pixels, rounded to a tenth.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Line {
        x1: f64,
        y1: f64,
        x2: f64,
        y2: f64,
        class: &'static str,
    },
    Bar {
        x: f64,
        y: f64,
        width: f64,
        height: f64,
        class: &'static str,
        title: Option<String>,
    },
    Dot {
        x: f64,
        y: f64,
        r: f64,
        class: &'static str,
        title: Option<String>,
    },
    Path {
        d: String,
        class: &'static str,
    },
    Text {
        x: f64,
        y: f64,
        anchor: &'static str,
        class: &'static str,
        text: String,
    },
}

/// A share with the interval in which the true one lies, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The share.
    pub share: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Estimate {
    /// Of a share; `None` of nothing.
    pub fn of(share: &Share) -> Option<Self> {
        (share.of > 0).then_some(Estimate {
            share: share.share,
            low: share.low,
            high: share.high,
        })
    }
}

/// One span of time in a chart of shares.
#[derive(Debug, Clone, PartialEq)]
pub struct SharePoint {
    /// What stands under it.
    pub label: String,
    /// What it says when pointed at.
    pub title: String,
    /// Nothing where nothing was counted: a gap, not a zero.
    pub value: Option<Estimate>,
}

/// A chart of shares over time.
pub struct Shares<'a> {
    /// What it shows, for those who do not see it.
    pub label: &'a str,
    /// In order of time.
    pub points: &'a [SharePoint],
    /// A line to compare with, and what it says.
    pub mean: Option<(f64, String)>,
    /// Pixels from edge to edge.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// Room for the percentages at the start.
const AXIS: f64 = 44.0;
/// Room above 100 %.
const HEAD: f64 = 14.0;
/// Room for the dates.
const FOOT: f64 = 26.0;
/// Room at the end for the last value and the mean.
const END: f64 = 76.0;
/// Pixels between two labels.
const APART: f64 = 18.0;
/// Pixels that a date needs.
const DATE: f64 = 72.0;

impl Shares<'_> {
    /// Draws it: an interval and a dot for each point, joined where nothing is missing between them.
    pub fn draw(&self) -> Chart {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let (left, right, top, bottom) = (AXIS, width - END, HEAD, height - FOOT);
        let y = |share: f64| tenth(bottom - share.clamp(0.0, 1.0) * (bottom - top));
        let step = (right - left) / self.points.len().max(1) as f64;
        let x = |at: usize| tenth(left + step * (at as f64 + 0.5));
        let mut shapes = Vec::new();
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let class = if share == 0.0 { "base" } else { "grid" };
            shapes.push(line(left, y(share), right, y(share), class));
            if share * 4.0 % 2.0 == 0.0 {
                let text = format!("{:.0} %", share * 100.0);
                shapes.push(words(left - 8.0, y(share) + 4.0, "end", "tick", text));
            }
        }
        if let Some((mean, _)) = &self.mean {
            shapes.push(line(left, y(*mean), right, y(*mean), "mean"));
        }
        let values: Vec<(usize, Estimate)> = self
            .points
            .iter()
            .enumerate()
            .filter_map(|(at, point)| Some((at, point.value?)))
            .collect();
        for (at, value) in &values {
            let (high, low) = (y(value.high), y(value.low));
            let thick = tenth((step * 0.42).clamp(3.0, 14.0));
            shapes.push(Shape::Bar {
                x: tenth(x(*at) - thick / 2.0),
                y: high,
                width: thick,
                height: tenth((low - high).max(1.0)),
                class: "interval",
                title: Some(self.points[*at].title.clone()),
            });
        }
        shapes.extend(joined(&values, &x, &y));
        for (at, value) in &values {
            shapes.push(Shape::Dot {
                x: x(*at),
                y: y(value.share),
                r: if step < 14.0 { 2.5 } else { 3.5 },
                class: "dot",
                title: Some(self.points[*at].title.clone()),
            });
        }
        let last = values.last().map(|(_, value)| y(value.share));
        if let Some((at, value)) = values.last() {
            let text = format!("{:.0} %", value.share * 100.0);
            shapes.push(words(x(*at) + 10.0, y(value.share) + 5.0, "start", "value", text));
        }
        if let Some((mean, text)) = &self.mean {
            let at = apart(y(*mean), last, top, bottom);
            shapes.push(words(right + 6.0, at + 4.0, "start", "mean-label", text.clone()));
        }
        let labels: Vec<&str> = self.points.iter().map(|point| point.label.as_str()).collect();
        for at in shown_labels(labels.len(), step) {
            shapes.push(words(x(at), height - 6.0, "middle", "tick", labels[at].to_owned()));
        }
        Chart {
            class: "shares",
            width,
            height,
            label: self.label.to_owned(),
            stretch: false,
            shapes,
        }
    }
}

/// Draws counts as columns, one for each span of time. `most` is the count that fills the height, so that several such
/// charts can be compared; `counts` come with what they say when pointed at.
pub fn columns(class: &'static str, label: &str, counts: &[(u64, String)], most: u64) -> Chart {
    const STEP: f64 = 20.0;
    const HEIGHT: f64 = 40.0;
    let width = STEP * counts.len().max(1) as f64;
    let column = |(at, (count, title)): (usize, &(u64, String))| {
        // What is there can be seen, however little it is.
        let height = match count {
            0 => return None,
            _ => tenth((*count as f64 / most.max(1) as f64 * (HEIGHT - 1.0)).clamp(1.5, HEIGHT - 1.0)),
        };
        Some(Shape::Bar {
            x: tenth(STEP * at as f64 + STEP * 0.14),
            y: tenth(HEIGHT - 1.0 - height),
            width: tenth(STEP * 0.72),
            height,
            class: "column",
            title: Some(title.clone()),
        })
    };
    let mut shapes = vec![line(0.0, HEIGHT - 0.5, width, HEIGHT - 0.5, "base")];
    shapes.extend(counts.iter().enumerate().filter_map(column));
    Chart {
        class,
        width,
        height: HEIGHT,
        label: label.to_owned(),
        stretch: true,
        shapes,
    }
}

/// Draws one estimate as a bar from 0 to 1 with its interval, and a mark to compare with.
pub fn meter(label: &str, value: Estimate, mark: Option<f64>) -> Chart {
    const WIDTH: f64 = 96.0;
    const HEIGHT: f64 = 12.0;
    let x = |share: f64| tenth(share.clamp(0.0, 1.0) * WIDTH);
    let bar = |from: f64, to: f64, y: f64, height: f64, class| Shape::Bar {
        x: x(from),
        y,
        width: tenth((x(to) - x(from)).max(1.0)),
        height,
        class,
        title: None,
    };
    let mut shapes = vec![
        bar(0.0, 1.0, 3.0, 6.0, "track"),
        bar(0.0, value.share, 3.0, 6.0, "fill"),
    ];
    if value.low < value.high {
        shapes.push(line(x(value.low), 6.0, x(value.high), 6.0, "whisker"));
    }
    if let Some(mark) = mark {
        shapes.push(line(x(mark), 0.0, x(mark), HEIGHT, "mark-line"));
    }
    Chart {
        class: "meter",
        width: WIDTH,
        height: HEIGHT,
        label: label.to_owned(),
        stretch: false,
        shapes,
    }
}

/// Draws the interval of one estimate on a line from 0 to 1, as wide as its place; words stand beside it.
pub fn range(value: Estimate) -> Chart {
    const WIDTH: f64 = 100.0;
    let bar = |from: f64, width: f64, y: f64, height: f64, class| Shape::Bar {
        x: tenth(from),
        y,
        width: tenth(width),
        height,
        class,
        title: None,
    };
    Chart {
        class: "range",
        width: WIDTH,
        height: 8.0,
        label: String::new(),
        stretch: true,
        shapes: vec![
            bar(0.0, WIDTH, 3.5, 1.0, "axis"),
            bar(
                value.low * WIDTH,
                (value.high - value.low) * WIDTH,
                1.5,
                5.0,
                "interval",
            ),
            bar(value.share * WIDTH - 0.4, 0.8, 0.0, 8.0, "point"),
        ],
    }
}

/// A part of a whole as a width on a scale of 0 to 100; no more than all of it.
pub fn part(count: u64, of: u64) -> f64 {
    if of == 0 {
        return 0.0;
    }
    tenth((count as f64 / of as f64 * 100.0).min(100.0))
}

/// Lines between neighbours; a point alone gets none.
fn joined(values: &[(usize, Estimate)], x: &impl Fn(usize) -> f64, y: &impl Fn(f64) -> f64) -> Option<Shape> {
    let mut d = String::new();
    let mut before = None;
    for (at, value) in values {
        let command = if before == at.checked_sub(1) && before.is_some() {
            'L'
        } else {
            'M'
        };
        d.push_str(&format!("{command}{} {}", x(*at), y(value.share)));
        before = Some(*at);
    }
    d.contains('L').then_some(Shape::Path { d, class: "joined" })
}

/// Where a label goes that belongs at `wanted` but must not touch the one at `taken`.
fn apart(wanted: f64, taken: Option<f64>, top: f64, bottom: f64) -> f64 {
    let Some(taken) = taken.filter(|taken| (wanted - taken).abs() < APART) else {
        return wanted;
    };
    let (above, below) = (taken - APART, taken + APART);
    match wanted < taken {
        true if above >= top => above,
        false if below > bottom => above,
        _ => below,
    }
}

/// Which labels fit under points that are `step` pixels apart: evenly spaced, the last one always, for it is now.
fn shown_labels(count: usize, step: f64) -> Vec<usize> {
    if count == 0 {
        return Vec::new();
    }
    let every = (DATE / step.max(0.1)).ceil().max(1.0) as usize;
    (0..count).rev().step_by(every).collect()
}

fn line(x1: f64, y1: f64, x2: f64, y2: f64, class: &'static str) -> Shape {
    Shape::Line {
        x1: tenth(x1),
        y1: tenth(y1),
        x2: tenth(x2),
        y2: tenth(y2),
        class,
    }
}

fn words(x: f64, y: f64, anchor: &'static str, class: &'static str, text: String) -> Shape {
    Shape::Text {
        x: tenth(x),
        y: tenth(y),
        anchor,
        class,
        text,
    }
}

fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(share: Option<f64>) -> SharePoint {
        SharePoint {
            label: "1 Nov".into(),
            title: "<1 Nov>".into(),
            value: share.map(|share| Estimate {
                share,
                low: share - 0.1,
                high: share + 0.1,
            }),
        }
    }

    fn drawn(points: &[SharePoint]) -> Chart {
        Shares {
            label: "Coverage \"by day\"",
            points,
            mean: Some((0.5, "all 50 %".into())),
            width: 400,
            height: 200,
        }
        .draw()
    }

    fn bars(chart: &Chart, wanted: &str) -> Vec<(f64, f64)> {
        let bar = |shape: &Shape| match shape {
            Shape::Bar { y, height, class, .. } if *class == wanted => Some((*y, *height)),
            _ => None,
        };
        chart.shapes.iter().filter_map(bar).collect()
    }

    #[test]
    fn intervals_are_as_long_as_they_are_wide_and_gaps_stay_gaps() {
        let chart = drawn(&[point(Some(0.5)), point(None), point(Some(0.8)), point(Some(0.9))]);
        let tenth_of_the_height = (200.0 - HEAD - FOOT) / 10.0;
        let intervals = bars(&chart, "interval");
        assert_eq!(intervals.len(), 3);
        assert!(
            (intervals[0].1 - 2.0 * tenth_of_the_height).abs() < 0.2,
            "{intervals:?}"
        );
        let path = chart.shapes.iter().find_map(|shape| match shape {
            Shape::Path { d, .. } => Some(d.clone()),
            _ => None,
        });
        let path = path.expect("two neighbours are joined");
        assert_eq!((path.matches('M').count(), path.matches('L').count()), (2, 1));
    }

    #[test]
    fn nothing_to_draw_is_an_empty_frame_within_its_edges() {
        for chart in [drawn(&[]), drawn(&[point(None)]), columns("a", "", &[], 0)] {
            let text = chart.render().expect("SVG");
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
        let high = bars(&drawn(&[point(Some(1.0))]), "interval");
        assert!((high[0].0 - HEAD).abs() < 0.1, "an interval ends at 100 %");
    }

    #[test]
    fn words_are_escaped() {
        let text = drawn(&[point(Some(0.5))]).render().expect("SVG");
        assert!(!text.contains("<1 Nov>") && !text.contains("\"by day\""), "{text}");
        assert!(text.contains("all 50 %") && text.contains("1 Nov</text>"));
    }

    #[test]
    fn columns_share_a_scale_and_little_is_still_seen() {
        let counts = [(0, String::new()), (1, "one".into()), (1000, "many".into())];
        let chart = columns("answered", "", &counts, 1000);
        let found = bars(&chart, "column");
        assert_eq!(found.len(), 2);
        assert!(
            (found[0].1 - 1.5).abs() < 0.01 && (found[1].1 - 39.0).abs() < 0.01,
            "{found:?}"
        );
    }

    #[test]
    fn the_labels_of_last_value_and_mean_keep_apart() {
        assert_eq!(apart(50.0, None, 0.0, 100.0), 50.0);
        assert_eq!(apart(50.0, Some(80.0), 0.0, 100.0), 50.0);
        assert_eq!(apart(50.0, Some(55.0), 0.0, 100.0), 55.0 - APART);
        assert_eq!(apart(4.0, Some(5.0), 0.0, 100.0), 5.0 + APART);
        assert_eq!(apart(99.0, Some(98.0), 0.0, 100.0), 98.0 - APART);
    }

    #[test]
    fn dates_do_not_touch_each_other_and_the_last_is_there() {
        assert_eq!(shown_labels(28, 30.0).first(), Some(&27));
        let shown = shown_labels(28, 10.0);
        assert!(shown.windows(2).all(|pair| (pair[0] - pair[1]) as f64 * 10.0 >= DATE));
        assert_eq!(shown_labels(3, 200.0).len(), 3);
        assert!(shown_labels(0, 0.0).is_empty());
    }

    #[test]
    fn parts_are_no_more_than_all() {
        assert_eq!((part(1, 4), part(5, 4), part(0, 0)), (25.0, 100.0, 0.0));
    }

    #[test]
    fn an_interval_lies_around_its_share_and_nothing_has_none() {
        assert!(Estimate::of(&Share::new(0, 0)).is_none());
        let chart = range(Estimate::of(&Share::new(38, 41)).expect("known ones"));
        let bar = |wanted: &str| {
            let found = chart.shapes.iter().find_map(|shape| match shape {
                Shape::Bar { x, width, class, .. } if *class == wanted => Some((*x, *x + *width)),
                _ => None,
            });
            found.expect("a bar")
        };
        let (interval, point) = (bar("interval"), bar("point"));
        assert!(interval.0 < point.0 && point.1 < interval.1, "{interval:?} {point:?}");
    }

    #[test]
    fn a_meter_shows_value_interval_and_mark() {
        let value = Estimate {
            share: 0.5,
            low: 0.25,
            high: 0.75,
        };
        let text = meter("half", value, Some(0.7)).render().expect("SVG");
        assert!(
            text.contains("class=\"whisker\" x1=\"24\"") && text.contains("class=\"mark-line\" x1=\"67.2\""),
            "{text}"
        );
    }
}
