//! Numbers about a question and a candidate, from which the ranking and the confidence are computed.
//!
//! Lexical overlap is weighted by inverse document frequency, so a shared rare word counts more than a shared frequent
//! one; scores are scaled to be comparable between a kb of twenty articles and one of ten thousand.

use super::{
    discriminant::{Nearness, log_shares},
    query::Query,
    statistics::{BODY, Document, FIELD_COUNT, HEADINGS, Phrase, QUESTIONS, Statistics, TAGS, TITLE},
    vocabulary::TermId,
};

/// How many features a candidate has.
pub const COUNT: usize = NAMES.len();

/// Declares the features once: their positions and the names that the weights' file uses.
macro_rules! features {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// A feature; its number is its position.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(non_camel_case_types)]
        pub enum Feature { $($(#[$doc])* $name),* }

        /// Names of the features, in order.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

features! {
    /// Cosine of the nearest passage; like all cosines 0 without a model.
    cos_passage,
    /// Cosine of the title.
    cos_title,
    /// Cosine of the nearest example question.
    cos_question,
    /// Highest cosine of all.
    cos_best,
    /// Mean of the three highest cosines.
    cos_top3,
    /// How far `cos_best` is behind the best candidate's.
    cos_behind,
    /// Reciprocal rank by `cos_best`.
    cos_rank,
    /// `cos_best` in standard deviations above the kb's mean cosine.
    cos_z,
    /// Cosine of the nearest text in the metric of `search::discriminant`, which this kb's own vectors taught; like all that
    /// follow 0 without a model.
    lda_best,
    /// Cosine of the article's centre in it.
    lda_centre,
    /// Mean of the three highest cosines in it.
    lda_top3,
    /// Between the best and the mean of the cosines in it.
    lda_soft,
    /// Reciprocal rank by `lda_best`.
    lda_best_rank,
    /// Reciprocal rank by `lda_centre`.
    lda_centre_rank,
    /// Share of the softmax regression over the candidates, which the kb's own texts taught.
    class_share,
    /// Its logarithm, at least −12.
    class_log,
    /// Reciprocal rank by it.
    class_rank,
    /// Whether there are example questions.
    has_questions,
    /// BM25 of the whole article; like all BM25 over the highest that is possible.
    bm25,
    /// How far it is behind the best candidate's.
    bm25_behind,
    /// Reciprocal rank by `bm25`.
    bm25_rank,
    /// BM25 of the title alone.
    bm25_title,
    /// BM25 of the headings.
    bm25_headings,
    /// BM25 of the text.
    bm25_body,
    /// BM25 of the example questions.
    bm25_questions,
    /// BM25 of tags and description.
    bm25_tags,
    /// Share of the question's idf weight that the article has anywhere.
    cover_all,
    /// … that the title has.
    cover_title,
    /// … that title or headings have.
    cover_heading,
    /// … that the best passage has.
    cover_passage,
    /// How far `cover_all` is behind the best candidate's.
    cover_behind,
    /// Weighted Jaccard with the best title or heading.
    exact_jaccard,
    /// Share of the question's weight in that one.
    exact_share,
    /// Share of that one's weight in the question.
    exact_back,
    /// Longest common run with it.
    exact_run,
    /// The same terms in the same order.
    exact_equal,
    /// How far `exact_jaccard` is behind the best candidate's.
    exact_behind,
    /// Weighted Jaccard with the title.
    title_jaccard,
    /// Dice coefficient of character trigrams with the best title or heading.
    grams,
    /// Weighted Jaccard with the best example question.
    question_jaccard,
    /// Equal to it.
    question_equal,
    /// The article is in the question's language.
    same_language,
}

use Feature as F;

const K1: f32 = 1.2;
const B: f32 = 0.75;

/// Cosines of one article's vectors with the question.
#[derive(Debug, Clone, Default)]
pub struct Cosines {
    /// The title's.
    pub title: f32,
    /// One for each passage.
    pub passages: Vec<f32>,
    /// One for each example question.
    pub questions: Vec<f32>,
}

/// Where the question's cosines lie in this kb as a whole, from a fixed sample of its vectors.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spread {
    /// Mean cosine.
    pub mean: f32,
    /// Standard deviation.
    pub deviation: f32,
}

/// A candidate before features: an article and what the two indexes say of it.
pub struct Found {
    /// Number of the article.
    pub article: usize,
    /// BM25 of the whole article; 0 if the lexical index did not bring it.
    pub bm25: f32,
    /// Cosines; `None` without a model.
    pub cosines: Option<Cosines>,
    /// In the metric of `search::discriminant`.
    pub nearness: Option<Nearness>,
}

/// A candidate's features and its best passage.
#[derive(Debug, Clone)]
pub struct Featured {
    /// Number of the article.
    pub article: usize,
    /// Values in the order of [`NAMES`].
    pub values: [f32; COUNT],
    /// Index of the passage that the features were computed with; `passages.rs` chooses the one that is shown.
    pub passage: usize,
    /// Index of the best title or heading: 0 is the title, `n` the n-th section with an anchor.
    pub heading: usize,
}

/// Computes the features of all candidates of one question.
pub fn features(query: &Query, statistics: &Statistics, found: &[Found], spread: Spread) -> Vec<Featured> {
    // The most that BM25 can reach: each term at its saturation.
    let ceiling = (query.weight * (K1 + 1.0)).max(1e-6);
    let mut featured: Vec<Featured> = found
        .iter()
        .map(|found| one(query, statistics, found, spread, ceiling))
        .collect();
    relate(&mut featured, F::cos_best, F::cos_behind, Some(F::cos_rank));
    let logits: Vec<f32> = found
        .iter()
        .filter_map(|found| found.nearness)
        .map(|near| near.logit)
        .collect();
    if logits.len() == featured.len() {
        for (f, log) in featured.iter_mut().zip(log_shares(&logits)) {
            f.values[F::class_log as usize] = log;
            f.values[F::class_share as usize] = log.exp();
        }
        order(&mut featured, F::lda_best, F::lda_best_rank);
        order(&mut featured, F::lda_centre, F::lda_centre_rank);
        order(&mut featured, F::class_log, F::class_rank);
    }
    relate(&mut featured, F::bm25, F::bm25_behind, Some(F::bm25_rank));
    relate(&mut featured, F::cover_all, F::cover_behind, None);
    relate(&mut featured, F::exact_jaccard, F::exact_behind, None);
    featured
}

/// Fills in how far each candidate is behind the best one, and its reciprocal rank.
fn relate(featured: &mut [Featured], of: Feature, behind: Feature, rank: Option<Feature>) {
    let behind = behind as usize;
    let best = featured.iter().map(|f| f.values[of as usize]).fold(f32::MIN, f32::max);
    for f in featured.iter_mut() {
        f.values[behind] = f.values[of as usize] - best;
    }
    if let Some(rank) = rank {
        order(featured, of, rank);
        for f in featured.iter_mut().filter(|f| f.values[of as usize] <= 0.0) {
            f.values[rank as usize] = 0.0;
        }
    }
}

/// Fills in the reciprocal rank of each candidate by a feature.
fn order(featured: &mut [Featured], of: Feature, rank: Feature) {
    let (of, rank) = (of as usize, rank as usize);
    let mut order: Vec<usize> = (0..featured.len()).collect();
    order.sort_by(|a, b| {
        featured[*b].values[of]
            .total_cmp(&featured[*a].values[of])
            .then(a.cmp(b))
    });
    for (place, at) in order.into_iter().enumerate() {
        featured[at].values[rank] = 1.0 / (1.0 + place as f32);
    }
}

fn one(query: &Query, statistics: &Statistics, found: &Found, spread: Spread, ceiling: f32) -> Featured {
    let document = &statistics.documents[found.article];
    let mut values = [0.0f32; COUNT];
    let mut set = |feature: Feature, value: f32| values[feature as usize] = value;

    let mut best_questions: Vec<usize> = (0..document.questions.len()).collect();
    if let Some(cosines) = &found.cosines {
        let passage = highest(&cosines.passages);
        let question = highest(&cosines.questions);
        let best = cosines.title.max(passage).max(question);
        let mut all: Vec<f32> = cosines
            .passages
            .iter()
            .chain(&cosines.questions)
            .copied()
            .chain([cosines.title])
            .collect();
        all.sort_by(|a, b| b.total_cmp(a));
        all.truncate(3);
        set(F::cos_passage, passage.max(0.0));
        set(F::cos_title, cosines.title);
        set(
            F::cos_question,
            if cosines.questions.is_empty() { 0.0 } else { question },
        );
        set(F::cos_best, best);
        set(F::cos_top3, all.iter().sum::<f32>() / all.len().max(1) as f32);
        set(F::cos_z, (best - spread.mean) / spread.deviation.max(0.02));
        // With many example questions only the nearest few are compared word by word.
        best_questions.sort_by(|a, b| cosines.questions[*b].total_cmp(&cosines.questions[*a]).then(a.cmp(b)));
        best_questions.truncate(3);
    }
    if let Some(near) = &found.nearness {
        set(F::lda_best, near.best);
        set(F::lda_centre, near.centre);
        set(F::lda_top3, near.top3);
        set(F::lda_soft, near.soft);
    }
    set(F::has_questions, f32::from(!document.questions.is_empty()));

    set(F::bm25, found.bm25 / ceiling);
    let fields = field_bm25(query, statistics, document);
    for (feature, field) in [
        (F::bm25_title, TITLE),
        (F::bm25_headings, HEADINGS),
        (F::bm25_body, BODY),
        (F::bm25_questions, QUESTIONS),
        (F::bm25_tags, TAGS),
    ] {
        set(feature, fields[field] / ceiling);
    }

    let counts = |id: TermId| document.counts(id);
    set(
        F::cover_all,
        query.covered(|id| counts(id).iter().any(|count| *count > 0)),
    );
    set(F::cover_title, query.covered(|id| counts(id)[TITLE] > 0));
    set(
        F::cover_heading,
        query.covered(|id| counts(id)[TITLE] > 0 || counts(id)[HEADINGS] > 0),
    );

    let (passage, cover_passage) = best_passage(query, document, found.cosines.as_ref());
    set(F::cover_passage, cover_passage);

    let mut heading = (0, Overlap::default());
    let mut grams = 0.0f32;
    for (at, phrase) in document.titles.iter().enumerate() {
        let overlap = Overlap::of(query, phrase);
        if at == 0 {
            set(F::title_jaccard, overlap.jaccard);
        }
        if overlap.jaccard > heading.1.jaccard {
            heading = (at, overlap);
        }
        grams = grams.max(dice(&query.grams, &phrase.grams));
    }
    set(F::exact_jaccard, heading.1.jaccard);
    set(F::exact_share, heading.1.share);
    set(F::exact_back, heading.1.back);
    set(F::exact_run, heading.1.run);
    set(F::exact_equal, f32::from(heading.1.equal));
    set(F::grams, grams);

    let question = best_questions
        .iter()
        .map(|at| Overlap::of(query, &document.questions[*at]))
        .max_by(|a, b| a.jaccard.total_cmp(&b.jaccard))
        .unwrap_or_default();
    set(F::question_jaccard, question.jaccard);
    set(F::question_equal, f32::from(question.equal));

    let language = statistics.languages.get(document.language as usize);
    set(F::same_language, f32::from(language == Some(&query.lang)));
    Featured {
        article: found.article,
        values,
        passage,
        heading: heading.0,
    }
}

fn highest(values: &[f32]) -> f32 {
    values.iter().copied().fold(-1.0, f32::max)
}

/// BM25 of each field by itself, with idf over articles.
fn field_bm25(query: &Query, statistics: &Statistics, document: &Document) -> [f32; FIELD_COUNT] {
    let mut scores = [0.0; FIELD_COUNT];
    for term in &query.terms {
        for id in &term.ids {
            let counts = document.counts(*id);
            for field in 0..FIELD_COUNT {
                let count = f32::from(counts[field]);
                if count > 0.0 {
                    let length = document.lengths[field] as f32 / statistics.mean_lengths[field];
                    scores[field] += term.trust * term.idf * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length));
                }
            }
        }
    }
    scores
}

/// The passage that fits best, and the share of the question's weight that it covers. Both speak: the cosine for the
/// meaning, the words for names and numbers.
fn best_passage(query: &Query, document: &Document, cosines: Option<&Cosines>) -> (usize, f32) {
    let mut best = (0, 0.0, f32::MIN);
    for (at, terms) in document.passages.iter().enumerate() {
        let cover = query.covered(|id| terms.binary_search(&id).is_ok());
        let cosine = cosines
            .and_then(|cosines| cosines.passages.get(at))
            .copied()
            .unwrap_or(0.0);
        let score = cosine + 0.4 * cover;
        if score > best.2 {
            best = (at, cover, score);
        }
    }
    (best.0, best.1)
}

/// How a question and a short text overlap; all values 0 to 1.
#[derive(Debug, Clone, Copy, Default)]
struct Overlap {
    /// Shared idf weight over the weight of both together.
    jaccard: f32,
    /// Share of the question's weight.
    share: f32,
    /// Share of the text's weight.
    back: f32,
    /// Longest common run of terms over the question's length.
    run: f32,
    /// The same terms in the same order.
    equal: bool,
}

impl Overlap {
    fn of(query: &Query, phrase: &Phrase) -> Self {
        let mut shared_question = 0.0;
        let mut shared_phrase = 0.0;
        for term in &query.terms {
            let hits = term.ids.iter().filter(|id| phrase.terms.contains(id)).count();
            if hits > 0 {
                let part = hits as f32 / term.ids.len() as f32;
                shared_question += term.idf * term.trust * part;
                shared_phrase += term.idf * term.trust * part;
            }
        }
        if shared_question == 0.0 {
            return Overlap::default();
        }
        let shared_phrase = f32::min(shared_phrase, phrase.weight);
        let union = (query.weight + phrase.weight - shared_phrase).max(1e-6);
        let run = longest_run(&query.sequence, &phrase.terms);
        Overlap {
            jaccard: (shared_phrase / union).min(1.0),
            share: (shared_question / query.weight.max(1e-6)).min(1.0),
            back: shared_phrase / phrase.weight.max(1e-6),
            run: run as f32 / query.sequence.len().max(1) as f32,
            equal: query.unknown_words.is_empty() && query.sequence == phrase.terms,
        }
    }
}

/// Length of the longest run of terms that stands in both.
fn longest_run(a: &[TermId], b: &[TermId]) -> usize {
    let mut last = vec![0usize; b.len() + 1];
    let mut longest = 0;
    for x in a.iter().take(64) {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = last[j + 1];
            last[j + 1] = if x == y { diagonal + 1 } else { 0 };
            longest = longest.max(last[j + 1]);
            diagonal = above;
        }
    }
    longest
}

/// Dice coefficient of two sorted sets: twice the shared over the sum of sizes.
pub(super) fn dice(a: &[u32], b: &[u32]) -> f32 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, shared) = (i + 1, j + 1, shared + 1),
        }
    }
    2.0 * shared as f32 / (a.len() + b.len()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct() {
        let mut names = NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COUNT);
    }

    #[test]
    fn runs_and_dice() {
        assert_eq!(longest_run(&[1, 2, 3, 4], &[9, 2, 3, 7]), 2);
        assert_eq!(longest_run(&[], &[1]), 0);
        assert!((dice(&[1, 2, 3], &[2, 3, 4]) - 2.0 / 3.0).abs() < 1e-6);
    }
}
