//! The numbers that show whether a confidence keeps its promise.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How good a confidence is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Quality {
    /// How far confidence and truth are apart, on average over ten bins of equal width.
    pub ece: f64,
    /// Mean square of the distance between confidence and truth (Brier score).
    pub brier: f64,
    /// The probability that a right answer has a higher confidence than a wrong one; nothing if all are one or the other.
    pub auroc: Option<f64>,
}

/// Questions whose confidence lies in one tenth of the scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Bin {
    /// How many.
    pub questions: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// The share of them whose first article was right.
    pub right: f64,
    /// Lower end of the 95 % interval of that share.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What follows from answering the surest questions only.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RiskPoint {
    /// Share of the questions that are answered.
    pub answered: f64,
    /// Share of those answers that are wrong.
    pub wrong: f64,
}

/// What a threshold would do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// The threshold, a confidence.
    pub confidence: f64,
    /// Questions that the bot would answer.
    pub answered: usize,
    /// Of those: wrong.
    pub wrong: usize,
    /// Questions that would go to people.
    pub handed_over: usize,
    /// Upper end of the one-sided 95 % interval of the share that is wrong.
    pub bound: f64,
    /// Whether this is the threshold in use.
    pub in_use: bool,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Certificate {
    /// Questions that were measured.
    pub questions: usize,
    /// Of those: the first article was right.
    pub right: usize,
    /// Questions that belong to people whatever the confidence, by a rule or by the article. They count for the quality of
    /// the confidence and not as answers.
    pub for_people: usize,
    /// The raw confidence.
    pub before: Quality,
    /// The calibrated one, each question measured by a fit that had not seen it.
    pub after: Quality,
    /// The reliability diagram.
    pub bins: Vec<Bin>,
    /// The curve of risk over coverage, from the surest question on.
    pub risk: Vec<RiskPoint>,
    /// The table of thresholds.
    pub steps: Vec<Step>,
}
