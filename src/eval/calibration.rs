//! Fitting a calibration, and measuring how well that works.
//!
//! Questions with a known outcome ([`Observation`]) become a [`CalibrationFile`](crate::answer::calibration::CalibrationFile)
//! in three steps: `maps` fits the probability, `budget` finds and proves the thresholds, `certificate` measures. What is
//! measured of a map comes from cross-fitting: the questions are dealt into parts, and each part is judged by a map that was
//! fitted to the others. That wastes fewer labels than two halves, and a hundred labels are few.
//!
//! The threshold needs no such split. It is a cut through the *raw* logits on a grid that is the same for every help
//! center, and every map rises strictly: whatever map was fitted to whatever labels, the cut and the answers above it are
//! the same. So no label has a say in anything that the test on it takes as given.

pub mod binomial;
pub mod budget;
pub mod certificate;
pub mod fitting;
pub mod label_free;
pub mod maps;
pub mod outcomes;
pub mod scores;
pub mod study;

pub use fitting::{Plan, Proof, fit};

use crate::{
    answer::calibration::{Scope, Source},
    search::Sight,
};

/// One question whose first candidate is known to be right or wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// What the vectors could see.
    pub sight: Sight,
    /// The raw logit of the confidence.
    pub raw: f64,
    /// Whether the first candidate answers the question.
    pub right: bool,
    /// Whether only the confidence decides; what a rule or the article gives to people is no answer.
    pub open: bool,
    /// Whose threshold decides.
    pub scope: Scope,
    /// Who says so.
    pub source: Source,
}

/// What the promises hold with: except for one such test in twenty.
pub const LEVEL: f64 = 0.05;
/// Seed of everything that is dealt or drawn.
pub const SEED: u64 = 20_261_124;
/// Parts of the cross-fitting.
pub const FOLDS: usize = 10;
