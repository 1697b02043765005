//! The fitted confidence and thresholds of one help center: a document that never changes and is known by its hash.
//!
//! A map for each [`Sight`] turns the raw logit of the confidence into a probability that was seen to hold here, and a
//! threshold for each [`Scope`] says from where on the bot answers. Fitting lives in `eval`; this is what it makes and how
//! it is applied. Every map rises strictly, so it never changes which of two answers is the surer one: what was proven
//! about an order of raw logits holds for the mapped ones.

mod certificate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

pub use certificate::{Bin, Certificate, Quality, RiskPoint, Step};

use crate::{
    kb::Article,
    search::{Generation, Sight, Weights, rank::logistic},
};

/// Form of the document; another one is not read.
pub const FORM: u32 = 1;
/// Logits beyond this say nothing more: the probability is one to thirteen digits.
const LARGEST_LOGIT: f64 = 30.0;

/// Steps of a bisection: as many as a double has digits.
const HALVINGS: usize = 60;

/// No confidence that is told is higher: a threshold of 1 is never reached.
const MOST_SURE: f64 = 1.0 - 1e-9;

/// A probability as it is told.
fn told(probability: f64) -> f64 {
    probability.min(MOST_SURE)
}

/// The logit of a probability, kept within what a double can tell.
pub fn logit(probability: f64) -> f64 {
    let p = probability.clamp(0.0, 1.0);
    (p / (1.0 - p)).ln().clamp(-LARGEST_LOGIT, LARGEST_LOGIT)
}

/// From a raw logit to a better one; rises strictly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "map")]
pub enum Map {
    /// `slope` times the logit plus `offset`; the slope is above zero.
    Line {
        /// Below 1: the raw confidence was too sure of itself.
        slope: f64,
        /// Above 0: it was too low.
        offset: f64,
    },
    /// Straight between points; beyond the first and the last with slope 1.
    Curve {
        /// Raw logit and mapped one, both rising.
        points: Vec<[f64; 2]>,
    },
}

impl Map {
    /// Changes nothing.
    pub const IDENTITY: Map = Map::Line {
        slope: 1.0,
        offset: 0.0,
    };

    /// The mapped logit.
    pub fn logit(&self, raw: f64) -> f64 {
        match self {
            Map::Line { slope, offset } => slope * raw + offset,
            Map::Curve { points } => along(points, raw),
        }
    }

    /// The probability.
    pub fn probability(&self, raw: f64) -> f64 {
        logistic(self.logit(raw))
    }

    fn is_sound(&self) -> bool {
        match self {
            Map::Line { slope, offset } => slope.is_finite() && offset.is_finite() && *slope > 0.0,
            Map::Curve { points } => {
                !points.is_empty()
                    && points.iter().flatten().all(|value| value.is_finite())
                    && points
                        .windows(2)
                        .all(|pair| pair[0][0] < pair[1][0] && pair[0][1] < pair[1][1])
            }
        }
    }
}

fn along(points: &[[f64; 2]], raw: f64) -> f64 {
    let above = points.partition_point(|[x, _]| *x < raw);
    match (above.checked_sub(1).and_then(|at| points.get(at)), points.get(above)) {
        (Some([x1, y1]), Some([x2, y2])) => y1 + (y2 - y1) * (raw - x1) / (x2 - x1),
        (Some([x, y]), None) | (None, Some([x, y])) => y + (raw - x),
        (None, None) => raw,
    }
}

/// What a threshold and an error budget are for: the article that comes first decides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "of", content = "name")]
pub enum Scope {
    /// Articles of a sensitive topic that a writer has freed for the bot.
    Topic(String),
    /// Articles of a folder and those below it, without the language part.
    Folder(String),
    /// All others.
    Everything,
}

impl Scope {
    /// Whether an article belongs to it, if nothing more special takes it.
    pub fn has(&self, article: &Article) -> bool {
        match self {
            Scope::Topic(topic) => article.topic.as_deref() == Some(topic),
            Scope::Folder(folder) => article
                .category
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Scope::Everything => true,
        }
    }

    /// The first scope of a list that takes an article: topics before folders, long paths before short ones.
    pub fn of<'a>(scopes: impl IntoIterator<Item = &'a Scope>, article: &Article) -> Option<&'a Scope> {
        let special = |scope: &&Scope| match scope {
            Scope::Topic(_) => (2, 0),
            Scope::Folder(folder) => (1, folder.len()),
            Scope::Everything => (0, 0),
        };
        scopes
            .into_iter()
            .filter(|scope| scope.has(article))
            .max_by_key(special)
    }

    /// For people: `all articles`, `the folder orders`.
    pub fn words(&self) -> String {
        match self {
            Scope::Topic(topic) => format!("the topic {topic}"),
            Scope::Folder(folder) => format!("the folder {folder}"),
            Scope::Everything => "all articles".into(),
        }
    }
}

/// How a threshold was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// By the test: of the answers that were looked at, so few were wrong that more than the budget is hardly possible.
    Proven,
    /// Too few answers to tell: the threshold is the one that needs no labels, raised above every answer that was wrong.
    TooThin,
    /// There were enough answers, and too many of the surest were wrong: the bot answers nothing by itself.
    NotKept,
}

/// From where on the bot answers, and what stands behind that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Threshold {
    /// Which articles.
    #[schema(inline)]
    pub scope: Scope,
    /// The share of answers that may be wrong.
    pub budget: f64,
    /// How it was found.
    pub finding: Finding,
    /// A raw logit below which the bot does not answer: the proven one, or one above the wrong answers that were seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<f64>,
    /// The confidence from which on it answers, as it is for most questions.
    pub confidence: f64,
    /// Questions of the proof that fall into the scope.
    pub questions: usize,
    /// Answers that would have been given: at the threshold, or, if too thin, where the test failed.
    pub answered: usize,
    /// Of those: wrong.
    pub wrong: usize,
    /// The share of wrong answers is below this, except for one such test in twenty.
    pub bound: f64,
}

impl Threshold {
    /// The confidence from which on it answers, for questions with this map.
    fn at(&self, map: &Map) -> f64 {
        match (self.finding, self.cut) {
            // The proof is about raw logits; what they are as a confidence differs from map to map.
            (Finding::Proven, Some(cut)) => told(map.probability(cut)),
            (_, Some(cut)) => told(map.probability(cut)).max(self.confidence),
            (_, None) => self.confidence,
        }
    }

    /// Whether the bot answers with this raw logit and this map.
    pub fn answers(&self, map: &Map, raw: f64) -> bool {
        told(map.probability(raw)) >= self.at(map)
    }
}

/// Where labels came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Questions with their right articles.
    Labels,
    /// What readers and customers said about answers that were given.
    Outcomes,
    /// None: the articles themselves and questions without labels.
    LabelFree,
}

/// One source that was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceUsed {
    /// Which.
    pub source: Source,
    /// Questions that were used.
    pub questions: usize,
    /// Of those: the first article was right.
    pub right: usize,
    /// SHA-256 over the questions and their labels.
    pub hash: String,
}

/// Questions that were not used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LeftOut {
    /// Why.
    pub why: String,
    /// How many.
    pub questions: usize,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalibrationFile {
    /// [`FORM`].
    pub form: u32,
    /// When it was made, RFC 3339.
    #[schema(example = "2026-11-24T04:30:00Z")]
    pub made_at: String,
    /// The generation that was asked: a hash of the articles, the model and the way words are cut.
    pub generation: String,
    /// Hash of the articles.
    pub kb: String,
    /// How many articles.
    pub articles: usize,
    /// Hash of the embedding model; none where only words are searched.
    pub model: Option<String>,
    /// Hash of the weights.
    pub weights: String,
    /// What it was fitted on.
    pub sources: Vec<SourceUsed>,
    /// What was not used.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
    /// How the maps were fitted, e.g. `platt`.
    pub method: String,
    /// Seed of the split into parts.
    pub seed: u64,
    /// Parts of the cross-fitting.
    pub folds: usize,
    /// By sight; a sight without questions keeps the raw confidence.
    #[schema(value_type = BTreeMap<String, Map>)]
    pub maps: BTreeMap<Sight, Map>,
    /// `everything` and the special ones.
    pub thresholds: Vec<Threshold>,
    /// The proof in numbers.
    pub certificate: Certificate,
}

/// A calibration that can be applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// SHA-256 of the document.
    pub hash: String,
    /// What stands in it.
    pub file: CalibrationFile,
}

impl Calibration {
    /// Reads a document.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: CalibrationFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.form != FORM {
            return Err(format!("its form is {}, this program reads {FORM}", file.form));
        }
        if let Some(sight) = file
            .maps
            .iter()
            .find(|(_, map)| !map.is_sound())
            .map(|(sight, _)| sight)
        {
            return Err(format!("the map of {} does not rise", sight.as_str()));
        }
        if !file
            .thresholds
            .iter()
            .any(|threshold| threshold.scope == Scope::Everything)
        {
            return Err("it has no threshold for all articles".into());
        }
        let sound = |threshold: &Threshold| {
            (0.0..=1.0).contains(&threshold.confidence) && threshold.cut.is_none_or(f64::is_finite)
        };
        if !file.thresholds.iter().all(sound) {
            return Err("a threshold is not between 0 and 1".into());
        }
        Ok(Calibration {
            hash: hex::encode(Sha256::digest(text.as_bytes())),
            file,
        })
    }

    /// Why it must not be applied to these articles and weights; nothing if it may.
    pub fn misfit(&self, generation: &Generation, weights: &Weights) -> Option<String> {
        let made_for = |what: &str| {
            format!("the calibration was made for other {what}; run `tanya calibrate` again, until then it is not used")
        };
        if self.file.generation != generation.id() {
            return Some(made_for("articles (or another model)"));
        }
        (self.file.weights != weights.hash).then(|| made_for("weights"))
    }

    /// The probability that the first candidate is right.
    pub fn confidence(&self, sight: Sight, raw: f64) -> f64 {
        told(self.map(sight).probability(logit(raw)))
    }

    /// The confidence from which on this article answers.
    pub fn threshold(&self, sight: Sight, article: Option<&Article>) -> f64 {
        let scopes = self.file.thresholds.iter().map(|threshold| &threshold.scope);
        let scope = article.and_then(|article| Scope::of(scopes, article));
        self.in_scope(scope.unwrap_or(&Scope::Everything))
            .map_or(1.0, |threshold| threshold.at(self.map(sight)))
    }

    /// The threshold of a scope.
    pub fn in_scope(&self, scope: &Scope) -> Option<&Threshold> {
        self.file.thresholds.iter().find(|threshold| threshold.scope == *scope)
    }

    /// The highest raw logit that any of the maps turns into this confidence.
    pub fn raw_of(&self, confidence: f64) -> Option<f64> {
        let wanted = logit(confidence);
        let raw = |map: &Map| {
            let (mut low, mut high) = (-2.0 * LARGEST_LOGIT, 2.0 * LARGEST_LOGIT);
            for _ in 0..HALVINGS {
                let middle = (low + high) / 2.0;
                if map.logit(middle) < wanted {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            high
        };
        // A sight without a map of its own keeps its logits as they are.
        Sight::ALL
            .map(|sight| raw(self.map(sight)))
            .into_iter()
            .max_by(f64::total_cmp)
    }

    fn map(&self, sight: Sight) -> &Map {
        self.file.maps.get(&sight).unwrap_or(&Map::IDENTITY)
    }
}

#[cfg(test)]
#[path = "calibration/tests.rs"]
mod tests;
