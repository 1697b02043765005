//! A cheap-clone handle that searches the current generation and lets it be replaced while requests go on.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;

use super::{
    Unavailable,
    embed::{Embedder, Pending},
    features::{Cosines, Featured, Found, Spread, features},
    generation::{Generation, RowKind},
    lexical::Part,
    passages,
    query::Query,
    rank::{self, Ranked},
    vectors::{cosine, fixed},
    weights::{Sight, Weights},
};

/// Articles that each of the two indexes brings; together they are ranked.
const CANDIDATES: usize = 32;
/// Rows asked of an index that does not look at all of them: several belong to one article.
const NEAREST_ROWS: usize = 160;

/// Articles whose passage may be shown; no face shows more.
pub const SHOWN: usize = 10;

/// How questions are searched now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Words and vectors.
    Hybrid,
    /// Words only.
    Lexical {
        /// Why there are no vectors.
        why: String,
    },
}

/// Searches the current generation.
#[derive(Clone)]
pub struct Searcher {
    inner: Arc<Inner>,
}

struct Inner {
    current: ArcSwap<Generation>,
    embedder: Result<Embedder, String>,
    weights: ArcSwap<Weights>,
    /// Versions of articles that were shown since the last switch.
    shown: Mutex<HashSet<String>>,
}

/// The candidates of one question, in order.
pub struct Ranking {
    /// The generation they are from.
    pub generation: Arc<Generation>,
    /// The analyzed question.
    pub query: Query,
    /// Best first.
    pub ranked: Vec<Ranked>,
    /// What the vectors could see.
    pub sight: Sight,
}

impl Searcher {
    /// Searches `generation` until it is replaced. Without an embedder (and then with the reason) only words are searched.
    pub fn new(generation: Generation, embedder: Result<Embedder, String>, weights: Weights) -> Self {
        let inner = Inner {
            current: ArcSwap::from_pointee(generation),
            embedder,
            weights: ArcSwap::from_pointee(weights),
            shown: Mutex::default(),
        };
        Searcher { inner: Arc::new(inner) }
    }

    /// The current generation; a request keeps the one that it started with.
    pub fn generation(&self) -> Arc<Generation> {
        self.inner.current.load_full()
    }

    /// Makes another generation the current one.
    pub fn switch(&self, generation: Generation) {
        self.inner.current.store(Arc::new(generation));
        self.inner.shown.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether this article version is shown for the first time since the last switch.
    pub fn first_time_shown(&self, version: &str) -> bool {
        let mut shown = self.inner.shown.lock().unwrap_or_else(PoisonError::into_inner);
        !shown.contains(version) && shown.insert(version.to_owned())
    }

    /// The weights in use.
    pub fn weights(&self) -> Arc<Weights> {
        self.inner.weights.load_full()
    }

    /// The embedder, if there is one.
    pub fn embedder(&self) -> Option<&Embedder> {
        self.inner.embedder.as_ref().ok()
    }

    /// How questions are searched now.
    pub fn mode(&self) -> Mode {
        match &self.inner.embedder {
            Err(why) => Mode::Lexical { why: why.clone() },
            Ok(_) if self.inner.current.load().vectors.is_none() => Mode::Lexical {
                why: "the index was built without the model; run `tanya index`".into(),
            },
            Ok(_) => Mode::Hybrid,
        }
    }

    /// Ranks the articles for a question.
    ///
    /// # Errors
    /// When too many questions wait to be embedded, or the runtime fails.
    pub async fn rank(&self, text: &str, lang: Option<&str>) -> Result<Ranking, Unavailable> {
        self.rank_meanwhile(text, lang, || ())
            .await
            .map(|(ranking, ())| ranking)
    }

    /// [`Self::rank`], and does something else while the question is embedded.
    ///
    /// # Errors
    /// As [`Self::rank`].
    pub async fn rank_meanwhile<T>(
        &self,
        text: &str,
        lang: Option<&str>,
        meanwhile: impl FnOnce() -> T,
    ) -> Result<(Ranking, T), Unavailable> {
        let (begun, pending) = self.begin(text, lang)?.split();
        let done = meanwhile();
        let vector = match pending {
            Some(pending) => Some(pending.wait().await?),
            None => None,
        };
        Ok((self.finish(begun, vector.as_deref()), done))
    }

    /// [`Self::rank_meanwhile`] on this thread; not for use inside a runtime.
    ///
    /// # Errors
    /// As [`Self::rank`].
    pub fn rank_blocking<T>(
        &self,
        text: &str,
        lang: Option<&str>,
        meanwhile: impl FnOnce() -> T,
    ) -> Result<(Ranking, T), Unavailable> {
        let (begun, pending) = self.begin(text, lang)?.split();
        let done = meanwhile();
        let vector = pending.map(Pending::wait_blocking).transpose()?;
        Ok((self.finish(begun, vector.as_deref()), done))
    }

    /// Ranks by words only, as if there were no model.
    ///
    /// # Errors
    /// When the lexical index cannot be read.
    pub fn rank_lexical(&self, text: &str, lang: Option<&str>) -> Result<Ranking, Unavailable> {
        let begun = analyze(self.generation(), text, lang, None)?;
        Ok(self.finish(begun, None))
    }

    /// Sends the question to the embedder and does the lexical half meanwhile.
    fn begin(&self, text: &str, lang: Option<&str>) -> Result<Begun, Unavailable> {
        let generation = self.generation();
        let pending = match (&self.inner.embedder, &generation.vectors) {
            (Ok(embedder), Some(_)) => Some(embedder.begin(text)?),
            _ => None,
        };
        analyze(generation, text, lang, pending)
    }

    fn finish(&self, begun: Begun, vector: Option<&[f32]>) -> Ranking {
        let Begun {
            generation,
            query,
            lexical,
            ..
        } = begun;
        let sight = match (vector, &self.inner.embedder) {
            (Some(_), Ok(embedder)) if embedder.speaks(&query.lang) => Sight::Spoken,
            (Some(_), Ok(_)) => Sight::Foreign,
            _ => Sight::Lexical,
        };
        let candidates = candidates(&generation, &query, &lexical, vector);
        let mut ranked = rank::rank(candidates, self.inner.weights.load().ranking(sight));
        // What the vectors say about a language that the model does not speak would only mislead.
        let meaning = vector.filter(|_| sight == Sight::Spoken).map(fixed);
        for shown in ranked.iter_mut().take(SHOWN) {
            shown.featured.passage = passages::best(&generation, &query, shown.featured.article, meaning.as_deref());
        }
        Ranking {
            generation,
            query,
            ranked,
            sight,
        }
    }
}

/// The lexical half of a search.
fn analyze(
    generation: Arc<Generation>,
    text: &str,
    lang: Option<&str>,
    pending: Option<Pending>,
) -> Result<Begun, Unavailable> {
    let query = Query::new(text, lang, &generation.statistics);
    let lexical = generation
        .lexical
        .best(Part::All, query.lookup(&generation.statistics), CANDIDATES)
        .map_err(|error| Unavailable::Embedding(error.to_string()))?;
    Ok(Begun {
        generation,
        query,
        lexical,
        pending,
    })
}

struct Begun {
    generation: Arc<Generation>,
    query: Query,
    lexical: Vec<(usize, f32)>,
    pending: Option<Pending>,
}

impl Begun {
    fn split(mut self) -> (Self, Option<Pending>) {
        let pending = self.pending.take();
        (self, pending)
    }
}

/// The best articles of both indexes with their features.
pub fn candidates(
    generation: &Generation,
    query: &Query,
    lexical: &[(usize, f32)],
    vector: Option<&[f32]>,
) -> Vec<Featured> {
    let near = vector.map(|vector| Near::new(generation, vector));
    let mut found: Vec<Found> = lexical
        .iter()
        .map(|(article, bm25)| Found {
            article: *article,
            bm25: *bm25,
            cosines: None,
            nearness: None,
        })
        .collect();
    if let Some(near) = &near {
        for article in near.articles(CANDIDATES) {
            if !found.iter().any(|found| found.article == article) {
                found.push(Found {
                    article,
                    bm25: 0.0,
                    cosines: None,
                    nearness: None,
                });
            }
        }
        for found in &mut found {
            found.cosines = Some(near.cosines(found.article));
        }
        if let (Some(discriminant), Some(index), Some(vector)) = (&generation.discriminant, &generation.vectors, vector)
        {
            let projected = discriminant.project(vector);
            for found in &mut found {
                let (from, to) = (generation.rows[found.article], generation.rows[found.article + 1]);
                found.nearness = Some(projected.nearness(found.article, index.vectors(), from, to));
            }
        }
    }
    found.sort_by_key(|found| found.article);
    let spread = near.as_ref().map_or(Spread::default(), |near| near.spread());
    features(query, &generation.statistics, &found, spread)
}

/// The question's cosines with a generation's vectors, all at once where that is cheap.
struct Near<'a> {
    generation: &'a Generation,
    question: Vec<i16>,
    all: Option<Vec<f32>>,
}

impl<'a> Near<'a> {
    fn new(generation: &'a Generation, question: &[f32]) -> Self {
        let question = fixed(question);
        let all = generation.vectors.as_ref().and_then(|index| index.all(&question));
        Near {
            generation,
            question,
            all,
        }
    }

    fn cosine(&self, row: usize) -> f32 {
        match (&self.all, &self.generation.vectors) {
            (Some(all), _) => all[row],
            (None, Some(index)) => cosine(&self.question, index.vectors().row(row)),
            (None, None) => 0.0,
        }
    }

    /// The articles with the highest cosines.
    fn articles(&self, k: usize) -> Vec<usize> {
        let rows = &self.generation.rows;
        match (&self.all, &self.generation.vectors) {
            (Some(all), _) => {
                let mut best: Vec<(usize, f32)> = (0..rows.len() - 1)
                    .map(|article| {
                        (
                            article,
                            all[rows[article]..rows[article + 1]]
                                .iter()
                                .copied()
                                .fold(f32::MIN, f32::max),
                        )
                    })
                    .collect();
                let order = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
                if best.len() > k && k > 0 {
                    best.select_nth_unstable_by(k - 1, order);
                }
                best.truncate(k);
                best.sort_unstable_by(order);
                best.into_iter().map(|(article, _)| article).collect()
            }
            (None, Some(index)) => {
                let mut articles: Vec<usize> = Vec::with_capacity(k);
                for (row, _) in index.nearest(&self.question, NEAREST_ROWS) {
                    let article = rows.partition_point(|start| *start <= row) - 1;
                    if !articles.contains(&article) {
                        articles.push(article);
                    }
                    if articles.len() == k {
                        break;
                    }
                }
                articles
            }
            (None, None) => Vec::new(),
        }
    }

    fn cosines(&self, article: usize) -> Cosines {
        let mut cosines = Cosines::default();
        for row in self.generation.rows[article]..self.generation.rows[article + 1] {
            let cosine = self.cosine(row);
            match self.generation.row(row).1 {
                RowKind::Title => cosines.title = cosine,
                RowKind::Passage(_) => cosines.passages.push(cosine),
                RowKind::Question(_) => cosines.questions.push(cosine),
            }
        }
        cosines
    }

    fn spread(&self) -> Spread {
        self.generation.spread(&self.question)
    }
}
