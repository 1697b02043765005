//! The simple rankings that ours is compared with: BM25 alone, the best cosine alone, and their fusion.

use std::collections::BTreeMap;

use crate::search::{
    Ranking,
    features::{Feature, Featured},
    rank,
};

/// Names of the simple rankings, in the order of [`baseline_orders`].
pub const BASELINES: [&str; 3] = ["BM25 alone", "vectors alone", "reciprocal ranks"];

/// Articles of one question, in the orders of [`BASELINES`].
pub(super) fn baselines(candidates: &[Featured]) -> [Vec<usize>; 3] {
    [
        order(candidates, Feature::bm25),
        order(candidates, Feature::cos_best),
        fused(candidates),
    ]
}

/// Ids of the articles of one question in the order of BM25 alone, of the best cosine alone, and of the reciprocal rank
/// fusion of the two.
pub fn baseline_orders(ranking: &Ranking) -> Vec<Vec<String>> {
    let candidates: Vec<Featured> = ranking.ranked.iter().map(|ranked| ranked.featured.clone()).collect();
    let id = |article: usize| ranking.generation.articles()[article].id.0.clone();
    baselines(&candidates)
        .into_iter()
        .map(|order| order.into_iter().map(id).collect())
        .collect()
}

/// Articles by one feature, those without it left out.
fn order(candidates: &[Featured], feature: Feature) -> Vec<usize> {
    rank::by_feature(candidates, feature)
        .into_iter()
        .filter(|(_, value)| *value != 0.0)
        .map(|(article, _)| article)
        .collect()
}

/// Reciprocal rank fusion (Cormack et al. 2009, k = 60) of BM25 and vectors.
fn fused(candidates: &[Featured]) -> Vec<usize> {
    let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
    for feature in [Feature::bm25, Feature::cos_best] {
        for (place, article) in order(candidates, feature).into_iter().enumerate() {
            *scores.entry(article).or_default() += 1.0 / (61.0 + place as f64);
        }
    }
    let mut order: Vec<(usize, f64)> = scores.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.into_iter().map(|(article, _)| article).collect()
}
