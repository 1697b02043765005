//! Fitting a map from raw logits to probabilities, each kept near to changing nothing until the labels say otherwise.

use crate::{
    answer::calibration::{Map, logit},
    search::rank::logistic,
};

/// The ways that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// The raw confidence.
    Identity,
    /// One number is added to the logit: how many questions have an answer differs from one help center to the next.
    Bias,
    /// The logit is multiplied.
    Temperature,
    /// Both (Platt 1999).
    Platt,
    /// A staircase (pool adjacent violators) that is pulled towards the line of [`Method::Platt`].
    Isotonic,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 5] = [
        Method::Identity,
        Method::Bias,
        Method::Temperature,
        Method::Platt,
        Method::Isotonic,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Identity => "identity",
            Method::Bias => "bias",
            Method::Temperature => "temperature",
            Method::Platt => "platt",
            Method::Isotonic => "isotonic",
        }
    }
}

/// A raw logit, and whether the answer was right.
pub type Point = (f64, bool);

/// How far, usually, the slope of a help center's line is from 1, and its offset from 0. Few labels do not pull further;
/// from a hundred on they decide.
const SLOPE_SPREAD: f64 = 0.35;
const OFFSET_SPREAD: f64 = 1.2;
/// The slope does not become smaller: a map must rise.
const LEAST_SLOPE: f64 = 0.05;
/// Steps of Newton's method; it is there after five or six.
const STEPS: usize = 40;
/// As many imagined questions on the line pull at each stair.
const PULL: f64 = 12.0;
/// Stairs that come out equal are kept apart by this.
const RISE: f64 = 1e-6;

/// Fits a map. Without points it changes nothing.
pub fn fit(method: Method, points: &[Point]) -> Map {
    match method {
        Method::Identity => Map::IDENTITY,
        Method::Bias => line(points, false, true),
        Method::Temperature => line(points, true, false),
        Method::Platt => line(points, true, true),
        Method::Isotonic => staircase(points, &line(points, true, true)),
    }
}

/// The line of greatest likelihood with normal priors around slope 1 and offset 0.
fn line(points: &[Point], with_slope: bool, with_offset: bool) -> Map {
    let (slope_pull, offset_pull) = (SLOPE_SPREAD.powi(-2), OFFSET_SPREAD.powi(-2));
    let loss = |slope: f64, offset: f64| -> f64 {
        let fit: f64 = points
            .iter()
            .map(|(x, right)| {
                let z = slope * x + offset;
                // ln(1 + e^-z) for right ones, ln(1 + e^z) for wrong ones, without overflow.
                let z = if *right { -z } else { z };
                z.max(0.0) + (-z.abs()).exp().ln_1p()
            })
            .sum();
        fit + 0.5 * (slope_pull * (slope - 1.0).powi(2) + offset_pull * offset.powi(2))
    };
    let (mut slope, mut offset) = (1.0, 0.0);
    for _ in 0..STEPS {
        let (mut g1, mut g2) = (slope_pull * (slope - 1.0), offset_pull * offset);
        let (mut h11, mut h12, mut h22) = (slope_pull, 0.0, offset_pull);
        for (x, right) in points {
            let p = logistic(slope * x + offset);
            let (pull, weight) = (p - f64::from(*right), p * (1.0 - p));
            g1 += pull * x;
            g2 += pull;
            h11 += weight * x * x;
            h12 += weight * x;
            h22 += weight;
        }
        let (d1, d2) = match (with_slope, with_offset) {
            (true, true) => {
                let determinant = h11 * h22 - h12 * h12;
                ((h22 * g1 - h12 * g2) / determinant, (h11 * g2 - h12 * g1) / determinant)
            }
            (true, false) => (g1 / h11, 0.0),
            (false, _) => (0.0, g2 / h22),
        };
        // Newton's step may be too long where the curve is flat.
        let before = loss(slope, offset);
        let step = (0..30)
            .map(|halvings| 0.5f64.powi(halvings))
            .find(|step| loss(slope - step * d1, offset - step * d2) <= before);
        let Some(step) = step else { break };
        (slope, offset) = (slope - step * d1, offset - step * d2);
        if d1.abs() + d2.abs() < 1e-9 {
            break;
        }
    }
    Map::Line {
        slope: slope.max(LEAST_SLOPE),
        offset,
    }
}

/// Neighbours that are joined: weight, sum of raw logits, sum of what was seen.
#[derive(Clone, Copy)]
struct Stair {
    weight: f64,
    raw: f64,
    seen: f64,
}

impl Stair {
    fn mean(&self) -> f64 {
        self.seen / self.weight
    }
}

/// Joins neighbours until the means rise.
fn pooled(stairs: impl IntoIterator<Item = Stair>) -> Vec<Stair> {
    let mut pooled: Vec<Stair> = Vec::new();
    for mut stair in stairs {
        while let Some(last) = pooled.pop_if(|last| last.mean() >= stair.mean()) {
            stair = Stair {
                weight: stair.weight + last.weight,
                raw: stair.raw + last.raw,
                seen: stair.seen + last.seen,
            };
        }
        pooled.push(stair);
    }
    pooled
}

fn staircase(points: &[Point], line: &Map) -> Map {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let stairs = pooled(sorted.iter().map(|(raw, right)| Stair {
        weight: 1.0,
        raw: *raw,
        seen: f64::from(*right),
    }));
    // A stair of many questions stays where they put it, one of few goes to the line.
    let pulled = stairs.into_iter().map(|stair| {
        let on_line = line.probability(stair.raw / stair.weight);
        Stair {
            seen: stair.weight * (stair.seen + PULL * on_line) / (stair.weight + PULL),
            ..stair
        }
    });
    let mut curve: Vec<[f64; 2]> = Vec::new();
    for stair in pooled(pulled) {
        let mut point = [stair.raw / stair.weight, logit(stair.mean())];
        if let Some(last) = curve.last() {
            if point[0] <= last[0] {
                continue;
            }
            point[1] = point[1].max(last[1] + RISE);
        }
        curve.push(point);
    }
    if curve.is_empty() {
        line.clone()
    } else {
        Map::Curve { points: curve }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Questions whose true logit is `slope` times the raw one plus `offset`.
    fn drawn(n: usize, slope: f64, offset: f64, seed: u64) -> Vec<Point> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n)
            .map(|_| {
                let raw = rng.random_range(-4.0..5.0);
                (raw, rng.random::<f64>() < logistic(slope * raw + offset))
            })
            .collect()
    }

    #[test]
    fn a_line_is_found_again() {
        let Map::Line { slope, offset } = fit(Method::Platt, &drawn(20_000, 0.6, -0.8, 1)) else {
            panic!("a line");
        };
        assert!(
            (slope - 0.6).abs() < 0.05 && (offset + 0.8).abs() < 0.08,
            "{slope} {offset}"
        );
    }

    #[test]
    fn few_labels_change_little() {
        for method in Method::ALL {
            assert_eq!(fit(method, &[]), Map::IDENTITY, "{method:?}");
            let map = fit(method, &[(2.0, false), (1.0, true), (-1.0, true)]);
            for raw in [-2.0, 0.0, 2.0, 4.0] {
                let moved = (map.probability(raw) - logistic(raw)).abs();
                assert!(moved < 0.25, "{method:?} {raw}: {moved}");
            }
        }
    }

    #[test]
    fn every_map_rises() {
        for (seed, n) in [(1, 20), (2, 100), (3, 500)] {
            for method in Method::ALL {
                let map = fit(method, &drawn(n, 0.1, 0.5, seed));
                let values: Vec<f64> = (-80..80).map(|at| map.logit(f64::from(at) / 10.0)).collect();
                assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{method:?} {n}");
            }
        }
    }

    #[test]
    fn a_staircase_bends_where_the_truth_does() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let points: Vec<Point> = (0..4000)
            .map(|_| {
                let raw = rng.random_range(-3.0..3.0);
                let truth = if raw < 0.0 { 0.2 } else { 0.9 };
                (raw, rng.random::<f64>() < truth)
            })
            .collect();
        let map = fit(Method::Isotonic, &points);
        for (raw, truth) in [(-2.0, 0.2), (-1.0, 0.2), (1.0, 0.9), (2.0, 0.9)] {
            assert!(
                (map.probability(raw) - truth).abs() < 0.06,
                "{raw}: {}",
                map.probability(raw)
            );
        }
    }
}
