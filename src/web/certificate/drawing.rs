//! The two pictures of a certificate: pure geometry, colours by class.

use askama::Template;

use crate::answer::calibration::Certificate;

/// Pixels from edge to edge, and the room for the words around the field.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 48.0;
/// Radius of the largest dot.
const LARGEST: f64 = 9.0;
/// The least that a curve of risk shows: a small risk must not look like a large one.
const LEAST_RISK: f64 = 0.1;

/// A picture, shown in a template by `{{ drawing|safe }}`: its own template has escaped what is in it.
#[derive(Template, Debug)]
#[template(path = "certificate_drawing.html")]
pub struct Drawing {
    label: String,
    width: f64,
    height: f64,
    lines: Vec<Line>,
    paths: Vec<(&'static str, String)>,
    dots: Vec<Dot>,
    texts: Vec<Text>,
}

#[derive(Debug)]
struct Line {
    class: &'static str,
    from: (f64, f64),
    to: (f64, f64),
}

#[derive(Debug)]
struct Dot {
    at: (f64, f64),
    r: f64,
    title: String,
}

#[derive(Debug)]
struct Text {
    at: (f64, f64),
    anchor: &'static str,
    text: String,
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// The field between the axes; the top may be less than all.
struct Field {
    highest: f64,
}

impl Field {
    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let across = LEFT + x * (WIDTH - LEFT - RIGHT);
        let down = HEIGHT - BOTTOM - y / self.highest * (HEIGHT - TOP - BOTTOM);
        (tenth(across), tenth(down))
    }

    fn line(&self, class: &'static str, from: (f64, f64), to: (f64, f64)) -> Line {
        Line {
            class,
            from: self.at(from.0, from.1),
            to: self.at(to.0, to.1),
        }
    }

    /// Grid, numbers and the names of both axes.
    fn frame(&self, label: String, across: &str, up: &str) -> Drawing {
        let mut lines = Vec::new();
        let mut texts = Vec::new();
        for part in 0..=4 {
            let share = f64::from(part) / 4.0;
            let height = share * self.highest;
            lines.push(self.line("grid", (0.0, height), (1.0, height)));
            let (x, y) = self.at(0.0, height);
            texts.push(Text {
                at: (x - 6.0, y + 4.0),
                anchor: "end",
                text: percent(height),
            });
            let (x, y) = self.at(share, 0.0);
            texts.push(Text {
                at: (x, y + 18.0),
                anchor: if part == 4 { "end" } else { "middle" },
                text: percent(share),
            });
        }
        texts.push(Text {
            at: (tenth(f64::midpoint(LEFT, WIDTH - RIGHT)), HEIGHT - 8.0),
            anchor: "middle",
            text: across.to_owned(),
        });
        texts.push(Text {
            at: (LEFT + 6.0, TOP + 12.0),
            anchor: "start",
            text: up.to_owned(),
        });
        Drawing {
            label,
            width: WIDTH,
            height: HEIGHT,
            lines,
            paths: Vec::new(),
            dots: Vec::new(),
            texts,
        }
    }
}

/// Confidence against truth: dots on the diagonal keep their promise.
pub fn reliability(certificate: &Certificate) -> Drawing {
    let field = Field { highest: 1.0 };
    let label = format!(
        "Reliability: the share of right answers against the confidence, for {} groups of questions with 95 % intervals. The \
         table below has the numbers.",
        certificate.bins.len()
    );
    let mut drawing = field.frame(label, "The bot's confidence", "Really right");
    drawing.lines.push(field.line("ideal", (0.0, 0.0), (1.0, 1.0)));
    let most = certificate
        .bins
        .iter()
        .map(|bin| bin.questions)
        .max()
        .unwrap_or(1)
        .max(1);
    for bin in &certificate.bins {
        drawing
            .lines
            .push(field.line("interval", (bin.confidence, bin.low), (bin.confidence, bin.high)));
        drawing.dots.push(Dot {
            at: field.at(bin.confidence, bin.right),
            r: tenth((LARGEST * (bin.questions as f64 / most as f64).sqrt()).max(3.0)),
            title: format!(
                "{} questions with a confidence of {}: {} right",
                bin.questions,
                percent(bin.confidence),
                percent(bin.right)
            ),
        });
    }
    drawing
}

/// The more is answered, the more is wrong; nothing where too little was measured for a curve.
pub fn risk(certificate: &Certificate) -> Option<Drawing> {
    let highest = certificate
        .risk
        .iter()
        .map(|point| point.wrong)
        .fold(LEAST_RISK, f64::max);
    // A round number at each line of the grid.
    let field = Field {
        highest: ((highest * 25.0).ceil() / 25.0).min(1.0),
    };
    let (first, last) = (certificate.risk.first()?, certificate.risk.last()?);
    let label = format!(
        "Risk and coverage: if the surest {} of the questions are answered, {} of the answers are wrong; if {} are, {}.",
        percent(first.answered),
        percent(first.wrong),
        percent(last.answered),
        percent(last.wrong)
    );
    let mut drawing = field.frame(label, "Questions answered", "Answers that are wrong");
    let mut path = String::new();
    for point in &certificate.risk {
        let (x, y) = field.at(point.answered, point.wrong);
        path += &format!("{}{x} {y}", if path.is_empty() { "M" } else { "L" });
    }
    drawing.paths.push(("curve", path));
    let in_use = certificate.steps.iter().find(|step| step.in_use && step.answered > 0);
    if let Some(step) = in_use {
        let answered = step.answered as f64 / certificate.questions.max(1) as f64;
        let wrong = step.wrong as f64 / step.answered as f64;
        drawing
            .lines
            .push(field.line("use", (answered, 0.0), (answered, field.highest * 0.86)));
        drawing.dots.push(Dot {
            at: field.at(answered, wrong.min(field.highest)),
            r: 5.0,
            title: format!(
                "In use: {} answered, {} of them wrong",
                percent(answered),
                percent(wrong)
            ),
        });
    }
    Some(drawing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::calibration::certificate::{Measured, certificate};

    fn measured() -> Certificate {
        let all: Vec<Measured> = (0..200)
            .map(|at| {
                let after = f64::from(at) / 200.0;
                Measured {
                    before: after,
                    after,
                    right: at % 10 < at / 20,
                    open: true,
                    answered: after >= 0.9,
                }
            })
            .collect();
        certificate(&all, 0.9)
    }

    #[test]
    fn everything_lies_within_the_picture() {
        let made = measured();
        for drawing in [reliability(&made), risk(&made).expect("a curve")] {
            let points = drawing.lines.iter().flat_map(|line| [line.from, line.to]);
            let points = points
                .chain(drawing.dots.iter().map(|dot| dot.at))
                .chain(drawing.texts.iter().map(|text| text.at));
            for (x, y) in points {
                assert!((0.0..=WIDTH).contains(&x) && (0.0..=HEIGHT).contains(&y), "{x} {y}");
            }
        }
        assert_eq!(reliability(&made).dots.len(), made.bins.len());
    }

    #[test]
    fn nothing_measured_draws_no_curve() {
        let empty = certificate(&[], 0.8);
        assert!(risk(&empty).is_none());
        assert!(reliability(&empty).dots.is_empty());
    }
}
