//! The learned numbers: one linear model each for ranking and for confidence, in three variants.
//!
//! They live in a small readable file that `tanya train` writes. Which variant applies depends on what the vectors can
//! see: `spoken` (the model understands the question's language), `foreign` (it does not, so its cosines mean little)
//! and `lexical` (there are no vectors at all). A score fitted for one is never used for another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::features;

/// The weights that come with the program.
pub const BUILT_IN: &str = include_str!("../../models/weights.toml");

/// What the vectors can see of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sight {
    /// The model understands the question's language.
    Spoken,
    /// There are vectors, but the model does not understand the language.
    Foreign,
    /// There are no vectors.
    Lexical,
}

impl Sight {
    /// All three.
    pub const ALL: [Sight; 3] = [Sight::Spoken, Sight::Foreign, Sight::Lexical];

    /// The word in the weights' file.
    pub fn as_str(self) -> &'static str {
        match self {
            Sight::Spoken => "spoken",
            Sight::Foreign => "foreign",
            Sight::Lexical => "lexical",
        }
    }
}

/// A linear model: `bias` plus the sum of weights times values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Linear {
    /// The constant.
    pub bias: f64,
    /// One weight for each name of the list it was made for.
    pub weights: Vec<f64>,
}

impl Linear {
    /// The model's value for these inputs.
    pub fn apply(&self, values: impl IntoIterator<Item = f64>) -> f64 {
        self.bias
            + self
                .weights
                .iter()
                .zip(values)
                .map(|(weight, value)| weight * value)
                .sum::<f64>()
    }
}

/// Ranking and confidence for each [`Sight`].
#[derive(Debug, Clone)]
pub struct Weights {
    /// First 16 hexadecimal digits of the SHA-256 of the file.
    pub hash: String,
    /// The confidence from which on the bot answers, unless the config or a calibration says otherwise.
    pub threshold: f64,
    models: BTreeMap<Sight, (Linear, Linear)>,
}

/// The file's form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightsFile {
    /// Data sets that the weights were fitted on.
    pub trained_on: Vec<String>,
    /// See [`Weights::threshold`].
    pub threshold: f64,
    /// By sight.
    pub ranking: BTreeMap<Sight, BTreeMap<String, f64>>,
    /// By sight; the constant is called `bias`.
    pub confidence: BTreeMap<Sight, BTreeMap<String, f64>>,
}

impl Weights {
    /// Reads a file's text.
    ///
    /// # Errors
    /// What is wrong with it: a missing variant, an unknown feature, a number that is not finite.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: WeightsFile = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut models = BTreeMap::new();
        for sight in Sight::ALL {
            let part = |of: &BTreeMap<Sight, BTreeMap<String, f64>>, what: &str, names: &[&str]| {
                let table = of
                    .get(&sight)
                    .ok_or_else(|| format!("{what}.{} is missing", sight.as_str()))?;
                linear(table, names).map_err(|error| format!("{what}.{}: {error}", sight.as_str()))
            };
            let ranking = part(&file.ranking, "ranking", features::NAMES)?;
            let confidence = part(&file.confidence, "confidence", super::rank::SIGNALS)?;
            models.insert(sight, (ranking, confidence));
        }
        if !(0.0..=1.0).contains(&file.threshold) {
            return Err("threshold must be between 0 and 1".into());
        }
        let mut hash = hex::encode(Sha256::digest(text.as_bytes()));
        hash.truncate(16);
        Ok(Weights {
            hash,
            threshold: file.threshold,
            models,
        })
    }

    /// The ranking model.
    pub fn ranking(&self, sight: Sight) -> &Linear {
        &self.models[&sight].0
    }

    /// The confidence model, over [`super::rank::SIGNALS`].
    pub fn confidence(&self, sight: Sight) -> &Linear {
        &self.models[&sight].1
    }
}

fn linear(table: &BTreeMap<String, f64>, names: &[&str]) -> Result<Linear, String> {
    for (name, value) in table {
        if name != "bias" && !names.contains(&name.as_str()) {
            return Err(format!("unknown feature {name:?}"));
        }
        if !value.is_finite() {
            return Err(format!("{name} is not a finite number"));
        }
    }
    let weights = names
        .iter()
        .map(|name| table.get(*name).copied().unwrap_or(0.0))
        .collect();
    Ok(Linear {
        bias: table.get("bias").copied().unwrap_or(0.0),
        weights,
    })
}
