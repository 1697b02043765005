//! A calibration without any label: from the questions' raw logits and words, and the articles themselves.

use std::collections::BTreeMap;

use crate::{answer::calibration::Map, search::Sight};

/// A question of which nobody has said whether its first article is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Unlabelled<'a> {
    /// The words.
    pub text: &'a str,
    /// What the vectors could see.
    pub sight: Sight,
    /// The raw logit of the confidence.
    pub raw: f64,
}

/// Why there is no map.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "questions without labels tell too little to fit a confidence to; give labelled questions (--labels FILE) or use what \
     readers said about answers (--outcomes)"
)]
pub struct NeedsLabels;

/// The maps that questions without labels suggest. Unlabelled questions alone did not carry a fit in any way that was tried
/// so far, so the raw confidence stands and labels are asked for.
///
/// # Errors
/// [`NeedsLabels`].
pub fn maps(_questions: &[Unlabelled<'_>]) -> Result<BTreeMap<Sight, Map>, NeedsLabels> {
    Err(NeedsLabels)
}
