//! From candidates to an order and to signals about it.

use super::{
    features::{Feature as F, Featured},
    query::Query,
    weights::{Linear, Sight, Weights},
};

/// A candidate in its place.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// The candidate.
    pub featured: Featured,
    /// Value of the linear ranking model.
    pub score: f64,
}

/// Orders candidates by the ranking model, best first, ties by article.
pub fn rank(candidates: Vec<Featured>, model: &Linear) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = candidates
        .into_iter()
        .map(|featured| {
            let score = model.apply(featured.values.iter().map(|value| f64::from(*value)));
            Ranked { featured, score }
        })
        .collect();
    ranked.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then(a.featured.article.cmp(&b.featured.article))
    });
    ranked
}

/// Names of the inputs of the confidence, in the order of [`signals`].
pub const SIGNALS: &[&str] = &[
    "share",
    "margin",
    "score",
    "cos_best",
    "cos_top3",
    "cos_z",
    "cos_question",
    "cos_title",
    "cos_lead",
    "bm25",
    "cover_all",
    "cover_heading",
    "cover_passage",
    "exact_jaccard",
    "question_jaccard",
    "exact_equal",
    "grams",
    "agreement",
    "unknown",
    "words",
    "same_language",
    "lda_centre",
    "class_share",
    "share_odds",
];

/// What the order says about whether the first candidate is right: how far ahead it is, how near to the question, how
/// much of the question it covers. All zeros without candidates.
pub fn signals(query: &Query, ranked: &[Ranked]) -> Vec<f64> {
    let mut values = vec![0.0; SIGNALS.len()];
    let Some(first) = ranked.first() else { return values };
    let of = |feature: F| f64::from(first.featured.values[feature as usize]);
    let share = shares(ranked).first().copied().unwrap_or(0.0);
    let margin = ranked.get(1).map_or(5.0, |second| first.score - second.score).min(5.0);
    let best_other = ranked
        .iter()
        .skip(1)
        .map(|other| f64::from(other.featured.values[F::cos_best as usize]))
        .fold(0.0, f64::max);
    let agreement = (of(F::cos_rank) >= 1.0) as u8
        + (of(F::bm25_rank) >= 1.0) as u8
        + (of(F::exact_behind) >= 0.0 && of(F::exact_jaccard) > 0.0) as u8;
    let unknown: f32 = query
        .terms
        .iter()
        .filter(|term| term.ids.is_empty())
        .map(|term| term.idf)
        .sum();
    let words = query.terms.len() as f64;
    let all = [
        share,
        margin,
        first.score,
        of(F::cos_best),
        of(F::cos_top3),
        of(F::cos_z),
        of(F::cos_question),
        of(F::cos_title),
        of(F::cos_best) - best_other,
        of(F::bm25),
        of(F::cover_all),
        of(F::cover_heading),
        of(F::cover_passage),
        of(F::exact_jaccard),
        of(F::question_jaccard),
        of(F::exact_equal),
        of(F::grams),
        f64::from(agreement) / 3.0,
        f64::from(unknown / query.weight.max(1e-6)),
        (1.0 + words).ln(),
        of(F::same_language),
        of(F::lda_centre),
        of(F::class_share),
        odds(share).clamp(LEAST_ODDS, MOST_ODDS),
    ];
    values.copy_from_slice(&all);
    values
}

/// Softmax of the scores: how the ranking model divides belief among the candidates if one of them is right.
pub fn shares(ranked: &[Ranked]) -> Vec<f64> {
    let highest = ranked.first().map_or(0.0, |first| first.score);
    let raised: Vec<f64> = ranked.iter().map(|ranked| (ranked.score - highest).exp()).collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|value| value / sum).collect()
}

/// Logarithm of the odds of a share, finite for 0 and 1, too.
fn odds(share: f64) -> f64 {
    (share.max(1e-6) / (1.0 - share).max(1e-6)).ln()
}

/// Bounds of what `share_odds` tells apart; beyond them lies what hardly any question of the fit had.
const LEAST_ODDS: f64 = -3.0;
const MOST_ODDS: f64 = 5.0;

/// The logistic function.
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Highest ranking score that the confidence believes. Scores of the questions that it was fitted on rarely go beyond; a
/// question that equals an example question word for word scores far above, and a line drawn that far on means nothing.
const SCORE_SEEN: f64 = 16.0;

/// The [`signals`] as the confidence takes them: the score not beyond what was seen in the fit.
pub fn inputs(query: &Query, ranked: &[Ranked]) -> Vec<f64> {
    let mut values = signals(query, ranked);
    if let Some(score) = SIGNALS.iter().position(|name| *name == "score") {
        values[score] = values[score].min(SCORE_SEEN);
    }
    values
}

/// Probability, 0 to 1, that the first candidate answers the question.
pub fn confidence(query: &Query, ranked: &[Ranked], weights: &Weights, sight: Sight) -> f64 {
    if ranked.is_empty() {
        return 0.0;
    }
    logistic(weights.confidence(sight).apply(inputs(query, ranked)))
}

/// A feature that a baseline ranks by.
pub fn by_feature(candidates: &[Featured], feature: F) -> Vec<(usize, f32)> {
    let mut order: Vec<(usize, f32)> = candidates
        .iter()
        .map(|c| (c.article, c.values[feature as usize]))
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_confidence_does_not_fall_for_a_score_beyond_what_was_seen() {
        let kept = inputs(&Query::default(), &[ranked(100.0)]);
        assert_eq!(kept, {
            let mut values = signals(&Query::default(), &[ranked(100.0)]);
            values[2] = SCORE_SEEN;
            values
        });
        assert_eq!(SIGNALS[2], "score");
    }

    fn ranked(score: f64) -> Ranked {
        let featured = Featured {
            article: 0,
            values: [0.0; crate::search::features::COUNT],
            passage: 0,
            heading: 0,
        };
        Ranked { featured, score }
    }
}
