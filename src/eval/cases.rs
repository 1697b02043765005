//! The questions of a data set with the candidates that a search finds for each: what ranking and confidence are fitted on
//! and measured with.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{
    fit::List,
    invent::{self, Change},
    labelled::{self, GROUPS, Labelled, QuestionBodies},
};
use crate::{
    kb,
    search::{
        Embedder, Generation, Progress, Reuse, Searcher, Shelf, Sight, Weights,
        features::{Feature, Featured},
        query::Query,
        rank::Ranked,
        weights,
    },
};

/// Questions of a set that are used; larger sets are thinned evenly.
const PER_SET: usize = 1000;
/// Sets whose questions are titles and headings: also measured with words left out, shuffled and mistyped.
const NAVIGATIONAL: &[&str] = &["logingov-help"];
/// Questions invented from a set's titles and headings.
const INVENTED: usize = 240;
/// Questions of each other group that are asked as if they were this set's: none of them has an answer here.
const STRANGERS: usize = 60;
/// Groups, by the name of their first set, that have topics in common: their questions are no strangers to each other.
const RELATED: &[[&str; 2]] = &[["banking77", "clinc150"]];
/// How much a set's other form (example questions as text) counts beside the form that is measured.
const VARIANT_WEIGHT: f64 = 0.5;
/// Candidates of a question that the fit looks at, beside the right ones.
const FITTED_CANDIDATES: usize = 24;

/// Where a question comes from. Only the set's own are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The set's own.
    Own,
    /// Made from a title or heading.
    Invented,
    /// The own question of a set of another group, by the group's number.
    Stranger(usize),
}

/// One question with its candidates as one of the three sights sees them.
pub struct Case {
    /// What the vectors can see.
    pub sight: Sight,
    /// The question as it was searched for.
    pub query: Query,
    /// By article.
    pub candidates: Vec<Featured>,
    /// Which candidates answer it.
    pub right: Vec<bool>,
    /// What is known of it.
    pub labelled: Labelled,
    /// Where it comes from.
    pub origin: Origin,
}

/// A data set's cases, with and without vectors.
pub struct SetCases {
    /// Name of its folder.
    pub name: String,
    /// Number of its group in [`GROUPS`].
    pub group: usize,
    /// With vectors.
    pub hybrid: Vec<Case>,
    /// Without.
    pub lexical: Vec<Case>,
    /// The questions of a navigational set, changed in one way each.
    pub changed: Vec<(&'static str, Vec<Case>)>,
    /// Of the articles, by their number.
    pub ids: Vec<String>,
    /// How much the set counts in training; variants count less and are not measured.
    pub weight: f64,
    /// Whether it is measured.
    pub measured: bool,
}

impl Case {
    /// The case as the fit sees it: the right candidates and the strongest others.
    pub fn list(&self, weight: f64) -> List<'_> {
        let strength = |candidate: &Featured| {
            candidate.values[Feature::cos_rank as usize].max(candidate.values[Feature::bm25_rank as usize])
        };
        let mut order: Vec<usize> = (0..self.candidates.len()).collect();
        order.sort_by(|a, b| {
            strength(&self.candidates[*b])
                .total_cmp(&strength(&self.candidates[*a]))
                .then(a.cmp(b))
        });
        let kept: Vec<usize> = order
            .iter()
            .enumerate()
            .filter(|(place, at)| *place < FITTED_CANDIDATES || self.right[**at])
            .map(|(_, at)| *at)
            .collect();
        List {
            rows: kept.iter().map(|at| self.candidates[*at].values.as_slice()).collect(),
            right: kept.iter().map(|at| self.right[*at]).collect(),
            weight,
        }
    }

    /// Whether the first of a ranking of the candidates answers the question.
    pub fn first_is_right(&self, ranked: &[Ranked]) -> bool {
        ranked.first().is_some_and(|first| {
            self.candidates
                .iter()
                .zip(&self.right)
                .any(|(candidate, right)| *right && candidate.article == first.featured.article)
        })
    }
}

impl SetCases {
    /// The set as it is, and, where its articles are lists of example questions, with those as text.
    ///
    /// # Errors
    /// What cannot be read or built.
    pub fn gather(set: &Path, name: &str, group: usize, work: &Path, embedder: &Embedder) -> Result<Vec<Self>> {
        let mut gathered = Vec::new();
        for bodies in [QuestionBodies::FrontMatter, QuestionBodies::Text] {
            let measured = bodies == QuestionBodies::FrontMatter;
            let folder = if measured {
                name.to_owned()
            } else {
                format!("{name}.text")
            };
            let (generation, only_questions) = index_set(set, &work.join(folder), bodies, embedder)?;
            if !measured && only_questions == 0 {
                continue;
            }
            let weights = Weights::parse(weights::BUILT_IN).map_err(anyhow::Error::msg)?;
            let searcher = Searcher::new(generation, Ok(embedder.clone()), weights);
            let generation = searcher.generation();
            let ids: Vec<String> = generation
                .articles()
                .iter()
                .map(|article| article.id.0.clone())
                .collect();
            let questions = labelled::read(&set.join("questions.jsonl"))?;
            let own = thinned(&questions, PER_SET).map(|labelled| (labelled, Origin::Own));
            let invented = invent::from_titles(generation.articles(), INVENTED, 7)
                .into_iter()
                .map(|invented| {
                    let labelled = Labelled {
                        question: invented.question,
                        relevant: vec![invented.article],
                        ..Labelled::default()
                    };
                    (labelled, Origin::Invented)
                });
            let (mut hybrid, mut lexical) = (Vec::new(), Vec::new());
            for (labelled, origin) in own.chain(invented).chain(strangers(set, group)?) {
                let (ranking, ()) = searcher.rank_blocking(&labelled.question, None, || ())?;
                let of = Case::new(ranking.sight, ranking.query, ranking.ranked, &labelled, &ids, origin);
                hybrid.push(of);
                let ranking = searcher.rank_lexical(&labelled.question, None)?;
                let of = Case::new(Sight::Lexical, ranking.query, ranking.ranked, &labelled, &ids, origin);
                lexical.push(of);
            }
            let mut changed = Vec::new();
            if measured && NAVIGATIONAL.contains(&name) {
                let mut rng = ChaCha8Rng::seed_from_u64(11);
                for (mode, change) in [
                    ("dropped", Change::Drop),
                    ("shuffled", Change::Shuffle),
                    ("misspelt", Change::Misspell),
                ] {
                    let mut cases = Vec::new();
                    for labelled in &questions {
                        let question = invent::change(&labelled.question, change, &mut rng);
                        let (ranking, ()) = searcher.rank_blocking(&question, None, || ())?;
                        cases.push(Case::new(
                            ranking.sight,
                            ranking.query,
                            ranking.ranked,
                            labelled,
                            &ids,
                            Origin::Own,
                        ));
                    }
                    changed.push((mode, cases));
                }
            }
            let weight = if measured { 1.0 } else { VARIANT_WEIGHT };
            gathered.push(SetCases {
                name: name.to_owned(),
                group,
                hybrid,
                lexical,
                changed,
                ids,
                weight,
                measured,
            });
        }
        Ok(gathered)
    }
}

impl Case {
    fn new(
        sight: Sight,
        query: Query,
        ranked: Vec<Ranked>,
        labelled: &Labelled,
        ids: &[String],
        origin: Origin,
    ) -> Self {
        let mut candidates: Vec<Featured> = ranked.into_iter().map(|ranked| ranked.featured).collect();
        candidates.sort_by_key(|candidate| candidate.article);
        let right = candidates
            .iter()
            .map(|candidate| labelled.relevant.contains(&ids[candidate.article]))
            .collect();
        Case {
            sight,
            query,
            candidates,
            right,
            labelled: labelled.clone(),
            origin,
        }
    }
}

/// At most `limit` of the questions, evenly.
fn thinned(questions: &[Labelled], limit: usize) -> impl Iterator<Item = Labelled> {
    let step = questions.len().div_ceil(limit).max(1);
    questions.iter().step_by(step).cloned()
}

/// Questions of the other groups' first sets beside this one, without those that are related, as questions that nothing here
/// answers.
fn strangers(set: &Path, group: usize) -> Result<Vec<(Labelled, Origin)>> {
    let mut all = Vec::new();
    for (other, names) in GROUPS.iter().enumerate() {
        let is_related = RELATED
            .iter()
            .any(|pair| pair.contains(&names[0]) && pair.contains(&GROUPS[group][0]));
        let path = set.with_file_name(names[0]).join("questions.jsonl");
        if other == group || is_related || !path.exists() {
            continue;
        }
        let questions = labelled::read(&path)?;
        all.extend(thinned(&questions, STRANGERS).map(|labelled| {
            let asked = Labelled {
                question: labelled.question,
                ..Labelled::default()
            };
            (asked, Origin::Stranger(other))
        }));
    }
    Ok(all)
}

/// Writes a set as Markdown (or takes its tree as it is) and brings its index up to date. Also returns how many of its
/// articles are only lists of example questions.
///
/// # Errors
/// What cannot be read, written or built.
pub fn index_set(set: &Path, work: &Path, bodies: QuestionBodies, embedder: &Embedder) -> Result<(Generation, usize)> {
    let (folder, only_questions): (PathBuf, usize) = if set.join("tree").is_dir() {
        (set.join("tree"), 0)
    } else {
        let folder = work.join("kb");
        let count = labelled::write_kb(set, &folder, bodies)?;
        (folder, count)
    };
    let kb = kb::load(&folder, &kb::Options::default())?;
    let shelf = Shelf::new(work);
    shelf.build(
        &kb,
        Some(embedder),
        Reuse::Vectors,
        jiff::Timestamp::UNIX_EPOCH,
        &mut Quiet,
    )?;
    Ok((shelf.open(Some(embedder.hash()))?, only_questions))
}

struct Quiet;

impl Progress for Quiet {
    fn embedding(&mut self, done: usize, total: usize) {
        if done.is_multiple_of(500) || done == total {
            eprintln!("  embedded {done} of {total}");
        }
    }
    fn linking(&mut self, _: usize, _: usize) {}
}
