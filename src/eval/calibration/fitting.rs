//! From observations to a calibration's maps, thresholds and certificate.

use std::collections::BTreeMap;

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    FOLDS, Observation, SEED,
    budget::{self, Fallback},
    certificate::{self, Measured},
    maps::{self, Method, Point},
};
use crate::{
    answer::calibration::{Certificate, Finding, Map, Scope, Source, Threshold},
    search::{Sight, rank::logistic},
};

/// What is asked of a fit.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How the maps are fitted.
    pub method: Method,
    /// The share of answers that may be wrong, for each scope; [`Scope::Everything`] is among them.
    pub budgets: BTreeMap<Scope, f64>,
    /// The threshold that the weights were shipped with.
    pub shipped: f64,
    /// The lowest raw logit from which on answers were given while outcomes were collected: below it none were seen.
    pub outcomes_from: Option<f64>,
}

/// What a fit gives.
#[derive(Debug, Clone)]
pub struct Proof {
    /// By sight.
    pub maps: BTreeMap<Sight, Map>,
    /// By scope.
    pub thresholds: Vec<Threshold>,
    /// Measured by cross-fitting.
    pub certificate: Certificate,
}

/// Fits maps to the observations, finds the thresholds and measures both.
pub fn fit(observations: &[Observation], plan: &Plan) -> Proof {
    let all: Vec<&Observation> = observations.iter().collect();
    let maps = maps_of(&all, plan.method);
    let common = most_frequent(observations);
    let thresholds: Vec<Threshold> = plan
        .budgets
        .iter()
        .map(|(scope, budget)| threshold(observations, scope, *budget, plan, maps.get(&common)))
        .collect();
    let measured = cross_fitted(observations, plan.method, &thresholds);
    let in_use = thresholds
        .iter()
        .find(|threshold| threshold.scope == Scope::Everything)
        .map_or(plan.shipped, |threshold| threshold.confidence);
    Proof {
        certificate: certificate::certificate(&measured, in_use),
        maps,
        thresholds,
    }
}

fn maps_of(observations: &[&Observation], method: Method) -> BTreeMap<Sight, Map> {
    let mut points: BTreeMap<Sight, Vec<Point>> = BTreeMap::new();
    for one in observations {
        points.entry(one.sight).or_default().push((one.raw, one.right));
    }
    points
        .into_iter()
        .map(|(sight, points)| (sight, maps::fit(method, &points)))
        .collect()
}

/// The sight of most questions: its map tells what a threshold means as a confidence.
fn most_frequent(observations: &[Observation]) -> Sight {
    let count = |sight: &Sight| observations.iter().filter(|one| one.sight == *sight).count();
    Sight::ALL.into_iter().max_by_key(count).unwrap_or(Sight::Spoken)
}

/// Labelled questions are a sample of what is asked; outcomes are one of the answers that were given, and there are many
/// of the surest among them. Mixed, they would show fewer wrong answers at a low threshold than there are. So labels prove
/// alone where there are any, and outcomes prove only thresholds above which all answers were given.
fn threshold(observations: &[Observation], scope: &Scope, budget: f64, plan: &Plan, map: Option<&Map>) -> Threshold {
    let has_labels = observations.iter().any(|one| one.source == Source::Labels);
    let proving: Vec<&Observation> = observations
        .iter()
        .filter(|one| one.scope == *scope && (!has_labels || one.source == Source::Labels))
        .collect();
    let given: Vec<budget::Given> = proving
        .iter()
        .filter(|one| one.open)
        .map(|one| (one.raw, !one.right))
        .collect();
    let floor = plan.outcomes_from.filter(|_| !has_labels);
    let found = budget::find(&given, budget, floor);
    let map = map.unwrap_or(&Map::IDENTITY);
    let (finding, cut, confidence) = match found.cut {
        Some(cut) => (Finding::Proven, Some(cut), map.probability(cut)),
        None => {
            let least = budget::without_labels(plan.shipped, budget);
            let fallback = budget::fallback(&found, &given, budget, |raw| map.probability(raw) >= least);
            without_proof(fallback, least, map)
        }
    };
    Threshold {
        scope: scope.clone(),
        budget,
        finding,
        cut,
        confidence,
        questions: proving.len(),
        answered: found.answered,
        wrong: found.wrong,
        bound: found.bound,
    }
}

/// How far above a wrong answer the next one must lie.
const ABOVE: f64 = 1e-6;

/// The threshold where nothing is proven: finding, cut and confidence, which is no less than `least`.
fn without_proof(fallback: Fallback, least: f64, map: &Map) -> (Finding, Option<f64>, f64) {
    match fallback {
        Fallback::Nothing => (Finding::NotKept, None, 1.0),
        Fallback::Cautious { above } => {
            let cut = above.map(|raw| raw + ABOVE);
            let raised = cut.map_or(least, |cut| map.probability(cut).max(least));
            (Finding::TooThin, cut, raised)
        }
    }
}

/// Each question with the confidence of maps that were fitted to the other parts.
fn cross_fitted(observations: &[Observation], method: Method, thresholds: &[Threshold]) -> Vec<Measured> {
    let mut part_of: Vec<usize> = (0..observations.len()).map(|at| at % FOLDS).collect();
    part_of.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
    let mut measured = vec![None; observations.len()];
    for part in 0..FOLDS {
        let others: Vec<&Observation> = observations
            .iter()
            .zip(&part_of)
            .filter(|(_, of)| **of != part)
            .map(|(one, _)| one)
            .collect();
        let maps = maps_of(&others, method);
        for (at, one) in observations.iter().enumerate().filter(|(at, _)| part_of[*at] == part) {
            let map = maps.get(&one.sight).unwrap_or(&Map::IDENTITY);
            let after = map.probability(one.raw);
            let threshold = thresholds.iter().find(|threshold| threshold.scope == one.scope);
            let is_above = threshold.is_some_and(|threshold| threshold.answers(map, one.raw));
            measured[at] = Some(Measured {
                before: logistic(one.raw),
                after,
                right: one.right,
                open: one.open,
                answered: one.open && is_above,
            });
        }
    }
    measured.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    /// Questions whose raw logit is too sure: the true one is a third of it.
    fn overconfident(n: usize, source: Source, scope: &Scope) -> Vec<Observation> {
        let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
        (0..n)
            .map(|_| {
                let raw = rng.random_range(-2.0..12.0);
                Observation {
                    sight: Sight::Spoken,
                    raw,
                    right: rng.random::<f64>() < logistic(raw / 2.0),
                    open: true,
                    scope: scope.clone(),
                    source,
                }
            })
            .collect()
    }

    fn plan(budgets: &[(Scope, f64)]) -> Plan {
        Plan {
            method: Method::Platt,
            budgets: budgets.iter().cloned().collect(),
            shipped: 0.8,
            outcomes_from: None,
        }
    }

    #[test]
    fn a_fit_mends_what_was_too_sure_and_proves_a_threshold() {
        let labels = overconfident(600, Source::Labels, &Scope::Everything);
        let proof = fit(&labels, &plan(&[(Scope::Everything, 0.05)]));
        let Certificate { before, after, .. } = proof.certificate;
        assert!(after.ece < before.ece / 2.0, "{before:?} {after:?}");
        assert!(after.brier < before.brier);
        let threshold = &proof.thresholds[0];
        assert_eq!(threshold.finding, Finding::Proven);
        assert!(threshold.bound <= 0.05 && threshold.answered >= 59);
        let in_use = proof.certificate.steps.iter().find(|step| step.in_use).expect("one");
        assert_eq!((in_use.answered, in_use.wrong), (threshold.answered, threshold.wrong));
    }

    #[test]
    fn too_few_labels_fall_back_and_say_so() {
        let labels = overconfident(40, Source::Labels, &Scope::Everything);
        let proof = fit(&labels, &plan(&[(Scope::Everything, 0.05)]));
        let threshold = &proof.thresholds[0];
        assert_eq!(threshold.finding, Finding::TooThin);
        assert!(threshold.confidence >= 0.95 && threshold.bound > 0.05);
        // Above every answer that was wrong, too.
        let wrong = labels.iter().filter(|one| !one.right).map(|one| one.raw);
        let highest = wrong.max_by(f64::total_cmp).expect("one was wrong");
        assert!(threshold.cut.is_some_and(|cut| cut > highest));
    }

    #[test]
    fn each_scope_is_proven_by_its_own_questions() {
        let folder = Scope::Folder("orders".into());
        let mut labels = overconfident(400, Source::Labels, &Scope::Everything);
        labels.extend(overconfident(30, Source::Labels, &folder));
        let proof = fit(&labels, &plan(&[(Scope::Everything, 0.05), (folder.clone(), 0.02)]));
        let of = |scope: &Scope| {
            proof
                .thresholds
                .iter()
                .find(|t| t.scope == *scope)
                .expect("a threshold")
        };
        assert_eq!(of(&folder).questions, 30);
        assert_eq!(of(&folder).finding, Finding::TooThin);
        assert!(of(&folder).confidence >= 0.98);
        assert_eq!(of(&Scope::Everything).questions, 400);
    }

    #[test]
    fn outcomes_prove_nothing_below_what_was_answered() {
        let outcomes: Vec<Observation> = overconfident(3000, Source::Outcomes, &Scope::Everything)
            .into_iter()
            .filter(|one| one.raw >= 7.1)
            .collect();
        let mut plan = plan(&[(Scope::Everything, 0.05)]);
        plan.outcomes_from = Some(7.1);
        let cut = fit(&outcomes, &plan).thresholds[0].cut.expect("a proof");
        assert!(cut >= 7.1, "{cut}");
        // Beside labels they fit the map and prove nothing.
        let mut both = outcomes;
        both.extend(overconfident(30, Source::Labels, &Scope::Everything));
        let threshold = &fit(&both, &plan).thresholds[0];
        assert_eq!((threshold.questions, threshold.finding), (30, Finding::TooThin));
    }
}
