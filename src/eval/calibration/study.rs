//! Two studies on real scores: which way of fitting suits few labels, and whether the error budget keeps its promise.

use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{
    LEVEL, SEED,
    budget::{self, Fallback},
    certificate::quality,
    maps::{self, Method, Point},
    scores::{Score, SetScores},
};
use crate::{
    answer::calibration::{Map, Quality},
    search::Sight,
};

/// Labels that a help center has.
pub const LABELS: [usize; 3] = [50, 100, 500];
/// Draws of labels for each method, number and set.
const DRAWS: u64 = 30;
/// Fewer questions that are left would not measure anything.
const FEWEST_LEFT: usize = 100;
/// Labels of a draw in the simulation.
pub const SIMULATED_LABELS: usize = 200;
/// Draws of the simulation.
pub const SIMULATED_DRAWS: usize = 2000;

/// A method with so many labels on one set, over all draws.
#[derive(Debug, Clone, Serialize)]
pub struct MethodRow {
    /// How the map was fitted.
    pub method: &'static str,
    /// Labels.
    pub labels: usize,
    /// The set.
    pub set: String,
    /// Mean over the draws, measured on the questions that were not drawn.
    pub mean: Quality,
    /// The worst draw's calibration error.
    pub worst_ece: f64,
    /// The calibration error that this confidence would show on so many questions if it were exactly right.
    pub floor: f64,
}

/// The maps of a sample, by sight.
fn fit(method: Method, labelled: &[&Score]) -> impl Fn(&Score) -> f64 + use<> {
    let of = |sight: Sight| {
        let points: Vec<Point> = labelled
            .iter()
            .filter(|score| score.sight == sight)
            .map(|score| (score.raw, score.right()))
            .collect();
        maps::fit(method, &points)
    };
    let fitted: [(Sight, Map); 3] = Sight::ALL.map(|sight| (sight, of(sight)));
    move |score| {
        let (_, map) = fitted
            .iter()
            .find(|(sight, _)| *sight == score.sight)
            .unwrap_or(&fitted[0]);
        map.probability(score.raw)
    }
}

/// Measures each method on each set. Sets with too few questions for a number of labels are left out of it.
pub fn methods(sets: &[SetScores]) -> Vec<MethodRow> {
    let mut rows = Vec::new();
    for labels in LABELS {
        for set in sets.iter().filter(|set| set.scores.len() >= labels + FEWEST_LEFT) {
            for method in Method::ALL {
                rows.push(one_method(set, method, labels));
            }
        }
    }
    rows
}

fn one_method(set: &SetScores, method: Method, labels: usize) -> MethodRow {
    let (mut drawn, mut floor) = (Vec::new(), 0.0);
    for draw in 0..DRAWS {
        let mut order: Vec<&Score> = set.scores.iter().collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED + draw));
        let (labelled, rest) = order.split_at(labels);
        let map = fit(method, labelled);
        let confidence: Vec<f64> = rest.iter().map(|score| map(score)).collect();
        let right: Vec<bool> = rest.iter().map(|score| score.right()).collect();
        drawn.push(quality(&confidence, &right));
        let mut rng = ChaCha8Rng::seed_from_u64(SEED + draw);
        let exact: Vec<bool> = confidence.iter().map(|c| rng.random::<f64>() < *c).collect();
        floor += quality(&confidence, &exact).ece / DRAWS as f64;
    }
    let mean = |of: &dyn Fn(&Quality) -> f64| drawn.iter().map(of).sum::<f64>() / drawn.len() as f64;
    MethodRow {
        method: method.as_str(),
        labels,
        set: set.set.clone(),
        mean: Quality {
            ece: mean(&|quality| quality.ece),
            brier: mean(&|quality| quality.brier),
            auroc: Some(mean(&|quality| quality.auroc.unwrap_or(0.5))),
        },
        worst_ece: drawn.iter().map(|quality| quality.ece).fold(0.0, f64::max),
        floor,
    }
}

/// The rows as a table: each set, and the mean and the worst over all sets.
pub fn methods_table(rows: &[MethodRow]) -> String {
    let mut text = format!(
        "{:<12} {:>6}  {:<20} {:>7} {:>10} {:>7} {:>7} {:>7}\n",
        "method", "labels", "set", "ECE", "worst draw", "perfect", "Brier", "AUROC"
    );
    for labels in LABELS {
        for method in Method::ALL {
            let of: Vec<&MethodRow> = rows
                .iter()
                .filter(|row| row.labels == labels && row.method == method.as_str())
                .collect();
            if of.is_empty() {
                continue;
            }
            for row in &of {
                text += &format!(
                    "{:<12} {:>6}  {:<20} {:>7.4} {:>10.4} {:>7.4} {:>7.4} {:>7.4}\n",
                    row.method,
                    labels,
                    row.set,
                    row.mean.ece,
                    row.worst_ece,
                    row.floor,
                    row.mean.brier,
                    row.mean.auroc.unwrap_or(0.5)
                );
            }
            let mean =
                |value: &dyn Fn(&MethodRow) -> f64| of.iter().map(|row| value(row)).sum::<f64>() / of.len() as f64;
            text += &format!(
                "{:<12} {:>6}  {:<20} {:>7.4} {:>10.4} {:>7.4} {:>7.4} {:>7.4}   worst set {:.4}\n",
                method.as_str(),
                labels,
                format!("mean of {}", of.len()),
                mean(&|row| row.mean.ece),
                of.iter().map(|row| row.worst_ece).fold(0.0, f64::max),
                mean(&|row| row.floor),
                mean(&|row| row.mean.brier),
                mean(&|row| row.mean.auroc.unwrap_or(0.5)),
                of.iter().map(|row| row.mean.ece).fold(0.0, f64::max),
            );
        }
    }
    text
}

/// What became of the promise over many draws.
#[derive(Debug, Clone, Serialize)]
pub struct Simulated {
    /// The set.
    pub set: String,
    /// The budget.
    pub budget: f64,
    /// Draws.
    pub draws: usize,
    /// Share of the draws whose threshold truly breaks the budget.
    pub broken: f64,
    /// The promise: five in a hundred and two standard errors of so many draws.
    pub allowed: f64,
    /// Share of the draws that proved nothing and fell back.
    pub fell_back: f64,
    /// Of those, share of all draws: answers nothing, since the labels speak against the confidence.
    pub answers_nothing: f64,
    /// Share of the draws that fell back and broke the budget with the threshold that needs no labels.
    pub broken_by_falling_back: f64,
    /// Mean share of the questions that are answered.
    pub coverage: f64,
    /// The same where something was proven.
    pub coverage_if_proven: f64,
    /// The same for whoever knows the truth.
    pub oracle: f64,
}

/// Draws labels with repetition, so that the set is the truth, and looks at what the threshold that they give does on it.
pub fn simulate(set: &SetScores, budget: f64, draws: usize, labels: usize, shipped: f64) -> Simulated {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let truth = |answers: &dyn Fn(&Score) -> bool| {
        let given: Vec<&Score> = set.scores.iter().filter(|score| score.open && answers(score)).collect();
        let wrong = given.iter().filter(|score| !score.right()).count();
        let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
        (share(given.len(), set.scores.len()), share(wrong, given.len()))
    };
    let at_cut: Vec<(f64, (f64, f64))> = budget::grid()
        .map(|cut| (cut, truth(&|score| score.raw >= cut)))
        .collect();
    let (mut broken, mut fell_back, mut broken_back, mut answers_nothing) = (0usize, 0usize, 0usize, 0usize);
    let (mut coverage, mut proven) = (0.0, 0.0);
    for _ in 0..draws {
        let drawn: Vec<&Score> = (0..labels)
            .map(|_| &set.scores[rng.random_range(0..set.scores.len())])
            .collect();
        let given: Vec<budget::Given> = drawn
            .iter()
            .filter(|score| score.open)
            .map(|score| (score.raw, !score.right()))
            .collect();
        let found = budget::find(&given, budget, None);
        let (answered, wrong) = match found.cut {
            Some(cut) => at_cut
                .iter()
                .find(|(at, _)| *at == cut)
                .map_or((0.0, 0.0), |(_, truth)| *truth),
            None => {
                let map = fit(Method::Platt, &drawn);
                let least = budget::without_labels(shipped, budget);
                let passes = |score: &Score| map(score) >= least;
                let passing: Vec<f64> = drawn
                    .iter()
                    .filter(|score| passes(score))
                    .map(|score| score.raw)
                    .collect();
                match budget::fallback(&found, &given, budget, |raw| passing.contains(&raw)) {
                    Fallback::Nothing => {
                        answers_nothing += 1;
                        (0.0, 0.0)
                    }
                    Fallback::Cautious { above } => {
                        truth(&|score| passes(score) && above.is_none_or(|above| score.raw > above))
                    }
                }
            }
        };
        let breaks = usize::from(wrong > budget);
        broken += breaks;
        coverage += answered;
        if found.cut.is_some() {
            proven += answered;
        } else {
            fell_back += 1;
            broken_back += breaks;
        }
    }
    let n = draws.max(1) as f64;
    let oracle = at_cut
        .iter()
        .filter(|(_, (_, wrong))| *wrong <= budget)
        .map(|(_, (answered, _))| *answered)
        .fold(0.0, f64::max);
    Simulated {
        set: set.set.clone(),
        budget,
        draws,
        broken: broken as f64 / n,
        allowed: LEVEL + 2.0 * (LEVEL * (1.0 - LEVEL) / n).sqrt(),
        fell_back: fell_back as f64 / n,
        answers_nothing: answers_nothing as f64 / n,
        broken_by_falling_back: broken_back as f64 / n,
        coverage: coverage / n,
        coverage_if_proven: proven / (n - fell_back as f64).max(1.0),
        oracle,
    }
}

/// The simulations as a table.
pub fn simulated_table(rows: &[Simulated]) -> String {
    let mut text = format!(
        "{:<20} {:>6} {:>8} {:>8} {:>10} {:>8} {:>15} {:>9} {:>10} {:>7}\n",
        "set",
        "budget",
        "broken",
        "allowed",
        "fell back",
        "nothing",
        "broken by that",
        "coverage",
        "if proven",
        "oracle"
    );
    for row in rows {
        text += &format!(
            "{:<20} {:>6.2} {:>8.4} {:>8.4} {:>10.3} {:>8.3} {:>15.4} {:>9.3} {:>10.3} {:>7.3}\n",
            row.set,
            row.budget,
            row.broken,
            row.allowed,
            row.fell_back,
            row.answers_nothing,
            row.broken_by_falling_back,
            row.coverage,
            row.coverage_if_proven,
            row.oracle
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The demo help center's questions by the shipped weights: `tanya eval kb/questions.jsonl --scores FILE`.
    fn demo() -> SetScores {
        let lines = include_str!("../../../tests/data/demo-scores.jsonl").lines();
        SetScores {
            set: "demo".into(),
            weights: String::new(),
            generation: String::new(),
            scores: lines.map(|line| serde_json::from_str(line).expect("a score")).collect(),
        }
    }

    /// The demo's questions with their logits stretched: the same order, other steps of the grid.
    fn stretched(by: f64) -> SetScores {
        let mut set = demo();
        set.set = format!("demo times {by}");
        set.scores.iter_mut().for_each(|score| score.raw *= by);
        set
    }

    #[test]
    fn the_budget_is_kept_over_two_thousand_draws() {
        let sets = [demo(), stretched(0.4), stretched(2.3)];
        let simulated: Vec<Simulated> = [0.05, 0.1, 0.2]
            .into_iter()
            .flat_map(|budget| sets.iter().map(move |set| (set, budget)))
            .map(|(set, budget)| simulate(set, budget, SIMULATED_DRAWS, SIMULATED_LABELS, 0.8))
            .collect();
        println!("{}", simulated_table(&simulated));
        for one in &simulated {
            assert!(one.broken <= one.allowed, "{one:?}");
            assert!(one.coverage <= 1.0 && one.fell_back <= 1.0);
        }
        // It is no empty promise: where enough can be proven, questions are answered.
        let largest = simulated.iter().find(|one| one.budget == 0.2).expect("a budget");
        assert!(
            largest.fell_back < 0.2 && largest.coverage > 0.5 * largest.oracle,
            "{largest:?}"
        );
    }

    #[test]
    fn labels_of_the_demo_help_every_way_of_fitting_but_none() {
        let set = demo();
        let row = |method| one_method(&set, method, 100).mean;
        let (raw, platt) = (row(Method::Identity), row(Method::Platt));
        assert!(platt.ece < raw.ece && platt.brier < raw.brier, "{raw:?} {platt:?}");
        assert!(platt.auroc >= raw.auroc.map(|area| area - 0.005), "{raw:?} {platt:?}");
    }
}
