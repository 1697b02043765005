//! What questions score: the raw confidence of each, and whether it was right. Asking is what takes long, so the scores of
//! data sets are kept in a file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::Observation;
use crate::{
    answer::{
        Answerer, Decided, Policy, Question, Settings,
        calibration::{Scope, Source, logit},
    },
    eval::{
        cases::index_set,
        labelled::{self, GROUPS, Kind, Labelled, QuestionBodies},
    },
    search::{Embedder, Searcher, Sight, Weights, rank::logistic},
};

/// Candidates whose scores are kept.
const KEPT: usize = 4;
/// Questions of a data set that are asked; larger sets are thinned evenly.
const PER_SET: usize = 1200;

/// One question's score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// What the vectors could see.
    pub sight: Sight,
    /// The raw logit.
    pub raw: f64,
    /// Place of the first right article among the first four, from 0.
    pub place: Option<usize>,
    /// Whether any article answers the question.
    pub in_scope: bool,
    /// Whether only the confidence decides.
    pub open: bool,
    /// How the ranking divides its belief among the first four.
    pub shares: Vec<f64>,
}

impl Score {
    /// Whether the first candidate is right.
    pub fn right(&self) -> bool {
        self.place == Some(0)
    }

    /// Of a decision, by what is known about its question.
    pub fn of(decided: &Decided, labelled: &Labelled) -> Score {
        let scores: Vec<f64> = decided.ranked.iter().map(|(_, score)| *score).collect();
        let highest = scores.first().copied().unwrap_or(0.0);
        let raised: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
        let sum: f64 = raised.iter().sum();
        Score {
            sight: decided.evidence.sight,
            raw: logit(decided.evidence.raw),
            place: decided
                .ranked
                .iter()
                .take(KEPT)
                .position(|(article, _)| labelled.relevant.contains(&article.id)),
            in_scope: !labelled.relevant.is_empty(),
            open: decided.evidence.open,
            shares: raised.iter().take(KEPT).map(|one| one / sum).collect(),
        }
    }

    /// As what a calibration is fitted to, all in one scope.
    pub fn observation(&self) -> Observation {
        Observation {
            sight: self.sight,
            raw: self.raw,
            right: self.right(),
            open: self.open,
            scope: Scope::Everything,
            source: Source::Labels,
        }
    }

    /// The raw confidence.
    pub fn confidence(&self) -> f64 {
        logistic(self.raw)
    }
}

/// A data set's scores.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetScores {
    /// Its name.
    pub set: String,
    /// Hash of the weights.
    pub weights: String,
    /// The generation.
    pub generation: String,
    /// One for each question that is not sensitive.
    pub scores: Vec<Score>,
}

/// Asks the questions of every set below `eval`. `held_out` is a folder of weights `without-NAME.toml`, where NAME is the
/// first set of a group (`tanya train --without NAME --out …`): then every set is scored by weights that have not seen its
/// group; without it, by `shipped`.
///
/// # Errors
/// What cannot be read or built, with the set's name.
pub fn gather(
    eval: &Path,
    work: &Path,
    embedder: &Embedder,
    shipped: &Weights,
    held_out: Option<&Path>,
    report: &mut dyn FnMut(&str),
) -> Result<Vec<SetScores>> {
    let mut gathered = Vec::new();
    for names in GROUPS {
        let weights = match held_out {
            Some(folder) => {
                let path = folder.join(format!("without-{}.toml", names[0]));
                let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                Weights::parse(&text)
                    .map_err(anyhow::Error::msg)
                    .with_context(|| path.display().to_string())?
            }
            None => shipped.clone(),
        };
        for name in *names {
            let set = eval.join(name);
            if set.join("kb.jsonl").exists() {
                report(name);
                let scored = of_set(&set, name, work, embedder, &weights);
                gathered.push(scored.with_context(|| format!("data set {name}"))?);
            }
        }
    }
    anyhow::ensure!(
        !gathered.is_empty(),
        "no data set with a kb.jsonl in {}",
        eval.display()
    );
    Ok(gathered)
}

fn of_set(set: &Path, name: &str, work: &Path, embedder: &Embedder, weights: &Weights) -> Result<SetScores> {
    let (generation, _) = index_set(set, &work.join(name), QuestionBodies::FrontMatter, embedder)?;
    let id = generation.id().to_owned();
    let cache: PathBuf = work.join(format!("{name}.scores-{}.json", weights.hash));
    let known = std::fs::read(&cache)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<SetScores>(&bytes).ok())
        .filter(|known| known.generation == id);
    if let Some(known) = known {
        return Ok(known);
    }
    let searcher = Searcher::new(generation, Ok(embedder.clone()), weights.clone());
    let answerer = Answerer::new(searcher, Policy::load(None)?, Settings::default());
    let questions = labelled::read(&set.join("questions.jsonl"))?;
    let step = questions.len().div_ceil(PER_SET).max(1);
    let mut scores = Vec::new();
    for labelled in questions.iter().step_by(step) {
        if labelled.kind() == Kind::Sensitive {
            continue;
        }
        let question = Question {
            text: labelled.question.clone(),
            ..Question::default()
        };
        let decided = answerer.decide_blocking(String::new(), &question, false)?;
        scores.push(Score::of(&decided, labelled));
    }
    let scored = SetScores {
        set: name.to_owned(),
        weights: weights.hash.clone(),
        generation: id,
        scores,
    };
    std::fs::write(&cache, serde_json::to_vec(&scored)?).with_context(|| cache.display().to_string())?;
    Ok(scored)
}
