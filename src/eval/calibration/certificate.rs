//! Measuring a confidence: the numbers of a certificate.

use super::binomial;
use crate::{
    answer::calibration::{Bin, Certificate, Quality, RiskPoint, Step},
    eval::metrics,
};

/// Thresholds of the table.
const THRESHOLDS: [f64; 8] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99];
/// Points of the curve of risk.
const POINTS: usize = 50;
/// With fewer answers the share that is wrong jumps at each of them and says nothing.
const FEWEST_IN_CURVE: usize = 10;

/// A question with its confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Of the weights.
    pub before: f64,
    /// As it is told.
    pub after: f64,
    /// Whether the first candidate is right.
    pub right: bool,
    /// Whether only the confidence decides.
    pub open: bool,
    /// Whether the bot answers.
    pub answered: bool,
}

/// How good a confidence is.
pub fn quality(confidence: &[f64], right: &[bool]) -> Quality {
    let squares = confidence.iter().zip(right).map(|(c, r)| (c - f64::from(*r)).powi(2));
    let mixed = right.contains(&true) && right.contains(&false);
    Quality {
        ece: metrics::calibration_error(confidence, right),
        brier: squares.sum::<f64>() / confidence.len().max(1) as f64,
        auroc: mixed.then(|| area_under_roc(confidence, right)),
    }
}

/// The probability that a right answer has a higher confidence than a wrong one; equal ones count half, so that no order
/// of equals makes a confidence look better or worse.
fn area_under_roc(confidence: &[f64], right: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..confidence.len()).collect();
    order.sort_by(|a, b| confidence[*a].total_cmp(&confidence[*b]));
    let (mut wrong_below, mut won, mut at) = (0.0, 0.0, 0);
    while at < order.len() {
        let value = confidence[order[at]];
        let (mut r, mut w) = (0.0, 0.0);
        while let Some(place) = order.get(at).filter(|place| confidence[**place] == value) {
            if right[*place] {
                r += 1.0;
            } else {
                w += 1.0;
            }
            at += 1;
        }
        won += r * (wrong_below + w / 2.0);
        wrong_below += w;
    }
    let rights = right.iter().filter(|right| **right).count() as f64;
    won / (rights * (right.len() as f64 - rights))
}

/// The numbers of a certificate. `threshold` is the confidence from which on most questions are answered.
pub fn certificate(measured: &[Measured], threshold: f64) -> Certificate {
    let of = |value: fn(&Measured) -> f64| measured.iter().map(value).collect::<Vec<f64>>();
    let right: Vec<bool> = measured.iter().map(|one| one.right).collect();
    Certificate {
        questions: measured.len(),
        right: right.iter().filter(|right| **right).count(),
        for_people: measured.iter().filter(|one| !one.open).count(),
        before: quality(&of(|one| one.before), &right),
        after: quality(&of(|one| one.after), &right),
        bins: bins(measured),
        risk: risk(measured),
        steps: steps(measured, threshold),
    }
}

fn bins(measured: &[Measured]) -> Vec<Bin> {
    (0..10)
        .filter_map(|number| {
            let inside = |one: &&Measured| ((one.after * 10.0) as usize).min(9) == number;
            let inside: Vec<&Measured> = measured.iter().filter(inside).collect();
            if inside.is_empty() {
                return None;
            }
            let n = inside.len();
            let right = inside.iter().filter(|one| one.right).count();
            let (low, high) = binomial::interval(right, n);
            Some(Bin {
                questions: n,
                confidence: inside.iter().map(|one| one.after).sum::<f64>() / n as f64,
                right: right as f64 / n as f64,
                low,
                high,
            })
        })
        .collect()
}

fn risk(measured: &[Measured]) -> Vec<RiskPoint> {
    let mut open: Vec<&Measured> = measured.iter().filter(|one| one.open).collect();
    open.sort_by(|a, b| b.after.total_cmp(&a.after));
    let every = open.len().div_ceil(POINTS).max(1);
    let mut wrong = 0;
    let mut points = Vec::new();
    for (place, one) in open.iter().enumerate() {
        wrong += usize::from(!one.right);
        let answered = place + 1;
        let is_point = answered % every == 0 || answered == open.len();
        if is_point && answered >= FEWEST_IN_CURVE {
            points.push(RiskPoint {
                answered: answered as f64 / measured.len() as f64,
                wrong: wrong as f64 / answered as f64,
            });
        }
    }
    points
}

fn steps(measured: &[Measured], threshold: f64) -> Vec<Step> {
    let step = |confidence: f64, in_use: bool| {
        // What is in use is counted as it is decided: single scopes may have thresholds of their own.
        let is_given = |one: &&Measured| {
            if in_use {
                one.answered
            } else {
                one.open && one.after >= confidence
            }
        };
        let given: Vec<&Measured> = measured.iter().filter(is_given).collect();
        let wrong = given.iter().filter(|one| !one.right).count();
        Step {
            confidence,
            answered: given.len(),
            wrong,
            handed_over: measured.len() - given.len(),
            bound: binomial::upper(wrong, given.len(), super::LEVEL),
            in_use,
        }
    };
    let mut steps: Vec<Step> = THRESHOLDS.iter().map(|threshold| step(*threshold, false)).collect();
    steps.push(step(threshold, true));
    steps.sort_by(|a, b| a.confidence.total_cmp(&b.confidence));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(after: f64, right: bool) -> Measured {
        Measured {
            before: after,
            after,
            right,
            open: true,
            answered: after >= 0.75,
        }
    }

    #[test]
    fn equal_confidences_tell_nothing_apart() {
        assert_eq!(area_under_roc(&[0.5; 4], &[true, false, true, false]), 0.5);
        assert_eq!(area_under_roc(&[0.1, 0.2, 0.3, 0.4], &[false, false, true, true]), 1.0);
        assert_eq!(
            area_under_roc(&[0.1, 0.2, 0.2, 0.4], &[false, true, false, true]),
            0.875
        );
    }

    #[test]
    fn the_numbers_add_up() {
        let mut all: Vec<Measured> = (0..50).map(|_| measured(0.95, true)).collect();
        all.extend((0..10).map(|at| measured(0.85, at < 8)));
        all.extend((0..20).map(|at| measured(0.35, at < 5)));
        all.push(Measured {
            open: false,
            answered: false,
            ..measured(0.95, false)
        });
        let made = certificate(&all, 0.75);
        assert_eq!((made.questions, made.right, made.for_people), (81, 63, 1));
        let in_use = made
            .steps
            .iter()
            .find(|step| step.in_use)
            .expect("the threshold in use");
        assert_eq!((in_use.answered, in_use.wrong, in_use.handed_over), (60, 2, 21));
        assert!(made.steps.iter().all(|step| step.answered + step.handed_over == 81));
        assert_eq!(made.bins.iter().map(|bin| bin.questions).sum::<usize>(), 81);
        assert!(
            made.bins
                .iter()
                .all(|bin| bin.low <= bin.right && bin.right <= bin.high)
        );
        let last = made.risk.last().expect("a point");
        assert!((last.answered - 80.0 / 81.0).abs() < 1e-9 && (last.wrong - 17.0 / 80.0).abs() < 1e-9);
    }
}
