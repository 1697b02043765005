//! Asking what is known: labelled questions and judged answers become observations.
//!
//! Everything is asked anew, of the articles and weights as they are now. A verdict is about the article that was shown
//! then; it is used only if the same article comes first now.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Observation;
use crate::{
    answer::{
        Answerer, Calibration, Decided, Question,
        calibration::{LeftOut, Scope, Source, SourceUsed, logit},
    },
    eval::labelled::{Kind, Labelled},
    kb::ArticleId,
    search::Unavailable,
    store::JudgedAnswer,
};

/// Observations with what was left out.
#[derive(Debug, Default)]
pub struct Observed {
    /// What can be fitted to.
    pub observations: Vec<Observation>,
    /// Why and how many not.
    pub left_out: Vec<LeftOut>,
    /// Where they came from.
    pub sources: Vec<SourceUsed>,
}

impl Observed {
    /// Asks labelled questions; sensitive ones belong to people and are left out. `asked` is called after each.
    ///
    /// # Errors
    /// When the runtime fails.
    pub async fn add_labels(
        &mut self,
        answerer: &Answerer,
        scopes: &[Scope],
        labels: &[Labelled],
        asked: impl Fn(),
    ) -> Result<(), Unavailable> {
        let mut hash = Sha256::new();
        let mut added = Vec::new();
        let mut left = BTreeMap::new();
        for labelled in labels {
            asked();
            if labelled.kind() == Kind::Sensitive {
                *left.entry("sensitive questions, which belong to people").or_insert(0) += 1;
                continue;
            }
            let question = Question {
                text: labelled.question.clone(),
                lang: None,
                context: labelled.context.clone(),
            };
            let decided = answerer.decide(String::new(), &question, false).await?;
            let right = first(&decided).is_some_and(|first| labelled.relevant.iter().any(|id| id == first));
            if decided.ranked.is_empty() {
                *left.entry("questions that no article resembles").or_insert(0) += 1;
                continue;
            }
            hash.update(labelled.question.as_bytes());
            for id in &labelled.relevant {
                hash.update([0]);
                hash.update(id.as_bytes());
            }
            hash.update([1]);
            added.push(observation(answerer, scopes, &decided, right, Source::Labels));
        }
        self.add(Source::Labels, added, left, hash);
        Ok(())
    }

    /// Asks the questions of judged answers again.
    ///
    /// # Errors
    /// When the runtime fails.
    pub async fn add_outcomes(
        &mut self,
        answerer: &Answerer,
        scopes: &[Scope],
        judged: &[JudgedAnswer],
        asked: impl Fn(),
    ) -> Result<(), Unavailable> {
        let mut hash = Sha256::new();
        let mut added = Vec::new();
        let mut left = BTreeMap::new();
        for answer in judged {
            asked();
            let Some(right) = answer.right else {
                *left.entry("answers about which people do not agree").or_insert(0) += 1;
                continue;
            };
            // The log keeps the question's own language; it was answered in the language of the article that was shown.
            let generation = answerer.searcher().generation();
            let shown = generation.article(&ArticleId(answer.article.clone()));
            let question = Question {
                text: answer.question.clone(),
                lang: shown.map(|article| generation.language_of(article).to_owned()),
                ..Question::default()
            };
            let decided = answerer.decide(String::new(), &question, false).await?;
            if first(&decided) != Some(&answer.article) {
                *left
                    .entry("answers whose article does not come first any more")
                    .or_insert(0) += 1;
                continue;
            }
            hash.update(answer.decision.as_bytes());
            hash.update([u8::from(right)]);
            added.push(observation(answerer, scopes, &decided, right, Source::Outcomes));
        }
        self.add(Source::Outcomes, added, left, hash);
        Ok(())
    }

    fn add(&mut self, source: Source, added: Vec<Observation>, left: BTreeMap<&str, usize>, hash: Sha256) {
        self.sources.push(SourceUsed {
            source,
            questions: added.len(),
            right: added.iter().filter(|one| one.right).count(),
            hash: hex::encode(hash.finalize()),
        });
        self.left_out.extend(left.into_iter().map(|(why, questions)| LeftOut {
            why: why.to_owned(),
            questions,
        }));
        self.observations.extend(added);
    }
}

fn first(decided: &Decided) -> Option<&String> {
    decided.ranked.first().map(|(article, _)| &article.id)
}

fn observation(answerer: &Answerer, scopes: &[Scope], decided: &Decided, right: bool, source: Source) -> Observation {
    let generation = answerer.searcher().generation();
    let article = first(decided).and_then(|id| generation.articles().iter().find(|article| article.id.0 == *id));
    let scope = article.and_then(|article| Scope::of(scopes, article));
    Observation {
        sight: decided.evidence.sight,
        raw: logit(decided.evidence.raw),
        right,
        open: decided.evidence.open,
        scope: scope.cloned().unwrap_or(Scope::Everything),
        source,
    }
}

/// The highest raw logit from which on answers were given while these were: only above it were all answers given that a
/// threshold would give, so only there are those that were judged a fair sample. `known` are calibrations by their hash.
pub fn answered_from(judged: &[JudgedAnswer], known: &BTreeMap<String, Calibration>) -> Option<f64> {
    judged
        .iter()
        .filter(|answer| answer.right.is_some())
        .map(|answer| {
            known
                .get(&answer.calibration)
                .and_then(|calibration| calibration.raw_of(answer.threshold))
                .unwrap_or_else(|| logit(answer.threshold))
        })
        .max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(threshold: f64, right: Option<bool>) -> JudgedAnswer {
        JudgedAnswer {
            decision: "d".into(),
            question: "q".into(),
            article: "a".into(),
            threshold,
            calibration: "built-in-w".into(),
            right,
        }
    }

    #[test]
    fn the_strictest_threshold_of_the_time_is_the_lowest_that_outcomes_can_prove() {
        let all = [judged(0.8, Some(true)), judged(0.9, Some(false)), judged(0.99, None)];
        assert_eq!(answered_from(&all, &BTreeMap::new()), Some(logit(0.9)));
        assert_eq!(answered_from(&[], &BTreeMap::new()), None);
    }
}
