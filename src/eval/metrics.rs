//! The measures of ranking, confidence and decisions.
//!
//! Ranking is measured over every question with a relevant article; confidence over questions that are not sensitive,
//! where a question counts as right if the first candidate is relevant; rules over the sensitive ones.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::labelled::{Kind, Labelled};
use crate::answer::Decided;

/// What was decided about one question: a line of `eval --per-question`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The words.
    pub question: String,
    /// `answer`, `clarify` or `handoff`.
    pub decision: String,
    /// Why it was handed over.
    pub reason: Option<String>,
    /// The sensitive topic.
    pub topic: Option<String>,
    /// Probability that the first candidate is right.
    pub confidence: f64,
    /// The ten best articles.
    pub ranked: Vec<RankedArticle>,
    /// Heading of the section that was shown of the first one, or would have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Question to decision, microseconds.
    pub latency_us: u64,
}

/// One ranked article.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RankedArticle {
    /// Its id.
    pub article: String,
    /// Its score.
    pub score: f64,
}

impl Outcome {
    /// What `decided` says about `question`, after so many microseconds.
    pub fn of(question: &str, decided: &Decided, latency_us: u64) -> Outcome {
        let handoff = decided.decision.handoff.as_ref();
        let ranked = decided.ranked.iter().map(|(article, score)| RankedArticle {
            article: article.id.clone(),
            score: *score,
        });
        Outcome {
            question: question.to_owned(),
            decision: decided.decision.decision.as_str().to_owned(),
            reason: handoff.map(|handoff| handoff.reason.as_str().to_owned()),
            topic: handoff.and_then(|handoff| handoff.topic.clone()),
            confidence: decided.decision.confidence,
            ranked: ranked.collect(),
            section: decided.section.clone(),
            latency_us,
        }
    }
}

/// Intents of the development sets that any policy must hand over; other rows labelled sensitive can be argued about.
const CORE: &[&str] = &[
    "request_refund",
    "Refund_not_showing_up",
    "cancel_transfer",
    "terminate_account",
    "extra_charge_on_statement",
    "transaction_charged_twice",
    "compromised_card",
    "lost_or_stolen_card",
    "card_payment_not_recognised",
    "direct_debit_payment_not_recognised",
    "report_fraud",
    "report_lost_card",
    "account_blocked",
    "card_declined",
    "bill_balance",
    "bill_due",
    "pay_bill",
    "handoff",
    "refund",
    "cancel_close_leave_freeze",
    "CANCEL_ORDER",
    "RETURN_EXCHANGE",
];

/// All measures by name; those that do not apply to the questions are missing.
pub type Metrics = BTreeMap<&'static str, f64>;

/// Position (from 0) of each relevant article in a ranking, repeats left out.
fn hits<'a>(ranked: impl Iterator<Item = &'a str>, relevant: &[String]) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let mut position = 0;
    let mut hits = Vec::new();
    for article in ranked {
        if seen.insert(article) {
            if relevant.iter().any(|id| id == article) {
                hits.push(position);
            }
            position += 1;
        }
    }
    hits
}

/// Reciprocal rank of the first relevant article within ten, else 0.
pub fn reciprocal_rank<'a>(ranked: impl Iterator<Item = &'a str>, relevant: &[String]) -> f64 {
    hits(ranked, relevant)
        .first()
        .filter(|place| **place < 10)
        .map_or(0.0, |place| 1.0 / (*place as f64 + 1.0))
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, n) = values
        .into_iter()
        .fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    if n == 0 { 0.0 } else { sum / n as f64 }
}

/// Measures outcomes against labels; both in the same order.
pub fn measure(questions: &[Labelled], outcomes: &[Outcome]) -> Metrics {
    let mut m = Metrics::new();
    m.insert("n", questions.len() as f64);
    let pairs: Vec<(&Labelled, &Outcome)> = questions.iter().zip(outcomes).collect();
    ranking(&pairs, &mut m);
    sections(&pairs, &mut m);
    let ordinary: Vec<(&Labelled, &Outcome)> = pairs
        .iter()
        .copied()
        .filter(|(q, _)| q.kind() != Kind::Sensitive)
        .collect();
    if !ordinary.is_empty() {
        selective(&ordinary, &mut m);
    }
    rules(&pairs, &mut m);
    let mut latency: Vec<f64> = outcomes.iter().map(|o| o.latency_us as f64 / 1e3).collect();
    if latency.iter().any(|ms| *ms > 0.0) {
        latency.sort_by(f64::total_cmp);
        m.insert("ms_p50", quantile(&latency, 0.5));
        m.insert("ms_p99", quantile(&latency, 0.99));
    }
    m
}

/// Of the questions whose first article is right, and of which is known what answers them there: how many showed that.
fn sections(pairs: &[(&Labelled, &Outcome)], m: &mut Metrics) {
    let right_article = |q: &Labelled, o: &Outcome| {
        let first = o.ranked.first();
        !q.sections.is_empty() && first.is_some_and(|first| q.relevant.contains(&first.article))
    };
    let shown: Vec<f64> = pairs
        .iter()
        .filter(|(q, o)| right_article(q, o))
        .map(|(q, o)| f64::from(o.section.as_ref().is_some_and(|section| q.sections.contains(section))))
        .collect();
    if !shown.is_empty() {
        m.insert("right_section", mean(shown));
    }
}

fn ranking(pairs: &[(&Labelled, &Outcome)], m: &mut Metrics) {
    let places: Vec<(Vec<usize>, usize)> = pairs
        .iter()
        .filter(|(q, _)| !q.relevant.is_empty())
        .map(|(q, o)| {
            let distinct: BTreeSet<&String> = q.relevant.iter().collect();
            (
                hits(o.ranked.iter().map(|r| r.article.as_str()), &q.relevant),
                distinct.len(),
            )
        })
        .collect();
    if places.is_empty() {
        return;
    }
    let first = |h: &Vec<usize>| h.first().copied().unwrap_or(usize::MAX);
    m.insert(
        "mrr10",
        mean(places.iter().map(|(h, _)| {
            if first(h) < 10 {
                1.0 / (first(h) as f64 + 1.0)
            } else {
                0.0
            }
        })),
    );
    m.insert("r1", mean(places.iter().map(|(h, _)| f64::from(first(h) == 0))));
    m.insert("hit5", mean(places.iter().map(|(h, _)| f64::from(first(h) < 5))));
    m.insert(
        "p5",
        mean(
            places
                .iter()
                .map(|(h, _)| h.iter().filter(|place| **place < 5).count() as f64 / 5.0),
        ),
    );
    m.insert(
        "recall10",
        mean(
            places
                .iter()
                .map(|(h, n)| h.iter().filter(|place| **place < 10).count() as f64 / *n as f64),
        ),
    );
}

/// Whether the first candidate is relevant.
fn first_is_right(q: &Labelled, o: &Outcome) -> bool {
    o.ranked
        .first()
        .is_some_and(|first| q.relevant.contains(&first.article))
}

fn selective(pairs: &[(&Labelled, &Outcome)], m: &mut Metrics) {
    let confidence: Vec<f64> = pairs.iter().map(|(_, o)| o.confidence).collect();
    let right: Vec<bool> = pairs.iter().map(|(q, o)| first_is_right(q, o)).collect();
    let answerable = pairs.iter().filter(|(q, _)| !q.relevant.is_empty()).count().max(1) as f64;
    let n = pairs.len();

    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| confidence[*b].total_cmp(&confidence[*a]));
    let mut correct = 0.0;
    let precision: Vec<f64> = order
        .iter()
        .enumerate()
        .map(|(rank, at)| {
            correct += f64::from(right[*at]);
            correct / (rank as f64 + 1.0)
        })
        .collect();
    for (name, wanted) in [("cov95", 0.95), ("cov90", 0.90)] {
        let reached = (n.min(10) - 1..n)
            .filter(|k| precision[*k] >= wanted)
            .map(|k| k + 1)
            .max()
            .unwrap_or(0);
        m.insert(name, reached as f64 / answerable);
    }
    m.insert("aurc", mean(precision.iter().map(|p| 1.0 - p)));
    m.insert("ece", calibration_error(&confidence, &right));
    m.insert(
        "brier",
        mean(confidence.iter().zip(&right).map(|(c, r)| (c - f64::from(*r)).powi(2))),
    );

    let in_scope: Vec<bool> = pairs.iter().map(|(q, _)| !q.relevant.is_empty()).collect();
    if in_scope.iter().any(|b| *b) && in_scope.iter().any(|b| !*b) {
        m.insert("auroc_oos", area_under_roc(&confidence, &in_scope));
        best_mcc(pairs, &confidence, &right, m);
    }
    let answered: Vec<usize> = (0..n).filter(|at| pairs[*at].1.decision == "answer").collect();
    let answered_right = answered.iter().filter(|at| right[**at]).count() as f64;
    m.insert("answered", answered.len() as f64 / n as f64);
    if !answered.is_empty() {
        m.insert("answered_precision", answered_right / answered.len() as f64);
    }
    m.insert("answer_coverage", answered_right / answerable);
    let out: Vec<&(&Labelled, &Outcome)> = pairs.iter().filter(|(q, _)| q.relevant.is_empty()).collect();
    if !out.is_empty() && out.len() < n {
        m.insert(
            "oos_not_answered",
            mean(out.iter().map(|(_, o)| f64::from(o.decision != "answer"))),
        );
    }
}

/// Expected calibration error over ten bins of equal width.
pub fn calibration_error(confidence: &[f64], right: &[bool]) -> f64 {
    let mut bins = [(0.0, 0.0, 0usize); 10];
    for (c, r) in confidence.iter().zip(right) {
        let bin = &mut bins[((c * 10.0) as usize).min(9)];
        *bin = (bin.0 + c, bin.1 + f64::from(*r), bin.2 + 1);
    }
    let n = confidence.len().max(1) as f64;
    bins.iter()
        .filter(|(.., count)| *count > 0)
        .map(|(c, r, count)| (c - r).abs() / *count as f64 * (*count as f64 / n))
        .sum()
}

/// Probability that a positive ranks above a negative; ties go by position.
pub fn area_under_roc(scores: &[f64], positive: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let positives = positive.iter().filter(|p| **p).count() as f64;
    let negatives = scores.len() as f64 - positives;
    let ranks: f64 = order
        .iter()
        .enumerate()
        .filter(|(_, at)| positive[**at])
        .map(|(rank, _)| rank as f64)
        .sum();
    (ranks - positives * (positives - 1.0) / 2.0) / (positives * negatives)
}

/// Multi-class Matthews correlation at the best of sixty thresholds, and accuracy in and out of scope there.
fn best_mcc(pairs: &[(&Labelled, &Outcome)], confidence: &[f64], right: &[bool], m: &mut Metrics) {
    let truth: Vec<&str> = pairs
        .iter()
        .map(|(q, _)| q.relevant.iter().min().map_or("-", String::as_str))
        .collect();
    let top: Vec<&str> = pairs
        .iter()
        .zip(right)
        .zip(&truth)
        .map(|(((_, o), right), truth)| {
            if *right {
                truth
            } else {
                o.ranked.first().map_or("-", |r| r.article.as_str())
            }
        })
        .collect();
    let mut sorted = confidence.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut best = (f64::MIN, 0.0);
    for step in 0..60 {
        let threshold = quantile(&sorted, f64::from(step) / 59.0);
        let predicted: Vec<&str> = top
            .iter()
            .zip(confidence)
            .map(|(top, c)| if *c >= threshold { *top } else { "-" })
            .collect();
        let mcc = matthews(&truth, &predicted);
        if mcc > best.0 || (mcc == best.0 && threshold > best.1) {
            best = (mcc, threshold);
        }
    }
    m.insert("mcc_best", best.0);
    let of = |wanted: bool| (0..pairs.len()).filter(move |at| pairs[*at].0.relevant.is_empty() != wanted);
    m.insert(
        "mcc_best_inscope_acc",
        mean(of(true).map(|at| f64::from(confidence[at] >= best.1 && right[at]))),
    );
    m.insert(
        "mcc_best_oos_recall",
        mean(of(false).map(|at| f64::from(confidence[at] < best.1))),
    );
}

fn matthews(truth: &[&str], predicted: &[&str]) -> f64 {
    let mut counts: HashMap<&str, (f64, f64)> = HashMap::new();
    let mut same = 0.0;
    for (t, p) in truth.iter().zip(predicted) {
        counts.entry(t).or_default().0 += 1.0;
        counts.entry(p).or_default().1 += 1.0;
        same += f64::from(t == p);
    }
    let n = truth.len() as f64;
    let (mut tt, mut pp, mut tp) = (0.0, 0.0, 0.0);
    for (t, p) in counts.values() {
        (tt, pp, tp) = (tt + t * t, pp + p * p, tp + t * p);
    }
    let denominator = ((n * n - pp) * (n * n - tt)).sqrt();
    if denominator == 0.0 {
        0.0
    } else {
        (same * n - tp) / denominator
    }
}

/// Linear interpolation between the two nearest values of a sorted list.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = q * last as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * (place - low as f64)
}

fn rules(pairs: &[(&Labelled, &Outcome)], m: &mut Metrics) {
    let by_rule = |o: &Outcome| {
        o.decision == "handoff"
            && o.reason
                .as_deref()
                .is_some_and(|reason| reason != "low_confidence" && reason != "no_match")
    };
    let share = |of: &[(&Labelled, &Outcome)], test: &dyn Fn(&Outcome) -> bool| {
        mean(of.iter().map(|(_, o)| f64::from(test(o))))
    };
    let (sensitive, ordinary): (Vec<_>, Vec<_>) = pairs.iter().partition(|(q, _)| q.kind() == Kind::Sensitive);
    let core: Vec<_> = sensitive
        .iter()
        .copied()
        .filter(|(q, _)| {
            q.intent
                .iter()
                .chain(&q.intents)
                .any(|intent| CORE.contains(&intent.as_str()))
        })
        .collect();
    if !sensitive.is_empty() {
        m.insert("sensitive_to_person", share(&sensitive, &|o| o.decision == "handoff"));
        m.insert("sensitive_by_rule", share(&sensitive, &by_rule));
        m.insert("sensitive_answered", share(&sensitive, &|o| o.decision == "answer"));
    }
    if !core.is_empty() {
        m.insert("core_n", core.len() as f64);
        m.insert("core_by_rule", share(&core, &by_rule));
        m.insert("core_to_person", share(&core, &|o| o.decision == "handoff"));
        m.insert("core_answered", share(&core, &|o| o.decision == "answer"));
    }
    if !ordinary.is_empty() {
        m.insert("false_sensitive", share(&ordinary, &by_rule));
    }
}

/// Mean of paired differences with its 95 % interval by the percentile bootstrap (2,000 resamples, fixed seed).
pub fn paired_bootstrap(differences: &[f64]) -> (f64, f64, f64) {
    const RESAMPLES: usize = 2000;
    let n = differences.len();
    if n == 0 {
        return (0.0, 0.0, 0.0);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(17);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| (0..n).map(|_| differences[rng.random_range(0..n)]).sum::<f64>() / n as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    (
        mean(differences.iter().copied()),
        quantile(&means, 0.025),
        quantile(&means, 0.975),
    )
}
