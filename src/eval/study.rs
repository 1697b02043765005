//! Training on labelled data sets, always measured on sets that were left out.
//!
//! [`Study::gather`] builds an index of each set, searches its questions and keeps their candidates' features.
//! [`Study::held_out`] fits without each group in turn and measures on it; [`Study::fit_all`] fits on everything and
//! gives the file that is committed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context, Result};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{
    baselines::baselines,
    fit::{self, List},
    invent::{self, Change},
    labelled::{self, GROUPS, Kind, Labelled, QuestionBodies},
    metrics,
    rows::{Row, THRESHOLDS, answered, coverage},
};
use crate::{
    kb,
    search::{
        Embedder, Generation, Progress, Reuse, Searcher, Shelf, Sight, Weights,
        features::{self, Feature, Featured},
        query::Query,
        rank::{self, Ranked, SIGNALS},
        weights::{self, Linear, WeightsFile},
    },
};

/// Features that the ranking does without where the model speaks the language: in the study, what they say of an article is said better by others, and leaving
/// them out was a little better on groups that were left out (MRR@10 +0.005 on covidfaq and hint3-sofmattress).
const NOT_RANKED_SPOKEN: &[Feature] = &[
    Feature::cos_top3,
    Feature::cos_passage,
    Feature::cos_rank,
    Feature::cos_z,
    Feature::cos_title,
    Feature::has_questions,
];
/// Features that the ranking does without where the model does not speak the language, and so do the signals of the
/// confidence: what vectors teach there differs from help center to help center (facqa-id lost 0.013 MRR@10 by them, and the
/// confidence on logingov-help, in Chinese and French, fell far too low).
const NOT_RANKED_FOREIGN: &[Feature] = &[
    Feature::lda_best,
    Feature::lda_centre,
    Feature::lda_top3,
    Feature::lda_soft,
    Feature::lda_best_rank,
    Feature::lda_centre_rank,
    Feature::class_share,
    Feature::class_log,
    Feature::class_rank,
];
/// See [`NOT_RANKED_FOREIGN`].
const FOREIGN_LEFT_OUT: &[&str] = &["lda_centre", "class_share"];
/// The signals of the confidence where the model speaks the language. With all of them the calibration error on groups that
/// were left out was 0.12 on average, with these 0.09: the others say more of the kind of kb than of the question.
const SPOKEN_SIGNALS: &[&str] = &[
    "share",
    "margin",
    "cos_best",
    "lda_centre",
    "class_share",
    "cover_all",
    "exact_equal",
    "agreement",
];
/// Questions of a set that are used; larger sets are thinned evenly.
const PER_SET: usize = 1000;
/// L2 penalty of the ranking models.
const RANKING_PENALTY: f64 = 3e-4;
/// L2 penalty of the confidence models.
const CONFIDENCE_PENALTY: f64 = 1e-2;
/// Sets whose questions are titles and headings: also measured with words left out, shuffled and mistyped.
const NAVIGATIONAL: &[&str] = &["logingov-help"];
/// Questions invented from a set's titles and headings.
const INVENTED: usize = 240;
/// How much all invented questions of a set count beside its real ones.
const INVENTED_WEIGHT: f64 = 0.5;
/// How much a set's other form (example questions as text) counts beside the form that is measured.
const VARIANT_WEIGHT: f64 = 0.5;
/// Candidates of a question that the fit looks at, beside the right ones.
const FITTED_CANDIDATES: usize = 24;
/// The confidence from which on the bot answers before anything is known of its kb.
const THRESHOLD: f64 = 0.8;
/// Steps of the optimiser.
const STEPS: usize = 200;

/// One question with its candidates as one of the three sights sees them.
pub struct Case {
    sight: Sight,
    query: Query,
    candidates: Vec<Featured>,
    right: Vec<bool>,
    labelled: Labelled,
    /// Invented from a title; trained on, not measured.
    invented: bool,
}

/// A data set's cases, with and without vectors.
pub struct SetCases {
    /// Name of its folder.
    pub name: String,
    /// Number of its group in [`GROUPS`].
    pub group: usize,
    hybrid: Vec<Case>,
    lexical: Vec<Case>,
    /// The questions of a navigational set, changed in one way each.
    changed: Vec<(&'static str, Vec<Case>)>,
    ids: Vec<String>,
    /// How much the set counts in training; variants count less and are not measured.
    weight: f64,
    measured: bool,
}

/// All sets.
pub struct Study {
    /// In the order of [`GROUPS`].
    pub sets: Vec<SetCases>,
}

impl Study {
    /// Indexes every set of the folder below `work` (again only what changed) and searches its questions.
    ///
    /// # Errors
    /// What cannot be read or built, with the set's name.
    pub fn gather(eval: &Path, work: &Path, embedder: &Embedder, report: &mut dyn FnMut(&str)) -> Result<Self> {
        let mut sets = Vec::new();
        for (group, names) in GROUPS.iter().enumerate() {
            for name in *names {
                if eval.join(name).join("kb.jsonl").exists() {
                    report(name);
                    let gathered = SetCases::gather(&eval.join(name), name, group, work, embedder)
                        .with_context(|| format!("data set {name}"))?;
                    sets.extend(gathered);
                }
            }
        }
        anyhow::ensure!(!sets.is_empty(), "no data set with a kb.jsonl in {}", eval.display());
        Ok(Study { sets })
    }

    /// Measures each set with models that were fitted without its group.
    pub fn held_out(&self) -> Vec<Row> {
        let groups: Vec<usize> = (0..GROUPS.len())
            .filter(|group| self.sets.iter().any(|set| set.group == *group))
            .collect();
        let next = AtomicUsize::new(0);
        let rows = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(1, |n| n.get()) {
                scope.spawn(|| {
                    while let Some(&group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let models = self.fit(&|other| other != group);
                        for set in self.sets.iter().filter(|set| set.group == group && set.measured) {
                            let measured = [("hybrid", &set.hybrid), ("lexical", &set.lexical)]
                                .map(|(mode, cases)| row(set, mode, cases, &models));
                            let changed = set.changed.iter().map(|(mode, cases)| row(set, mode, cases, &models));
                            rows.lock()
                                .unwrap_or_else(PoisonError::into_inner)
                                .extend(measured.into_iter().chain(changed));
                        }
                    }
                });
            }
        });
        let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
        rows.sort_by_key(|row| (row.mode, self.sets.iter().position(|set| set.name == row.set)));
        rows
    }

    /// Fits on every group that `uses` accepts.
    fn fit(&self, uses: &dyn Fn(usize) -> bool) -> Models {
        let ranking: BTreeMap<Sight, Linear> = Sight::ALL
            .into_iter()
            .map(|sight| (sight, self.fit_ranking(sight, uses)))
            .collect();
        let confidence = Sight::ALL
            .into_iter()
            .map(|sight| (sight, self.fit_confidence(sight, uses)))
            .collect();
        Models { ranking, confidence }
    }

    fn cases(&self, sight: Sight, uses: &dyn Fn(usize) -> bool) -> Vec<(&SetCases, Vec<&Case>)> {
        self.sets
            .iter()
            .filter(|set| uses(set.group))
            .map(|set| {
                let cases = if sight == Sight::Lexical {
                    &set.lexical
                } else {
                    &set.hybrid
                };
                (set, cases.iter().filter(|case| case.sight == sight).collect::<Vec<_>>())
            })
            .filter(|(_, cases)| !cases.is_empty())
            .collect()
    }

    fn fit_ranking(&self, sight: Sight, uses: &dyn Fn(usize) -> bool) -> Linear {
        let mut lists = Vec::new();
        for (set, cases) in self.cases(sight, uses) {
            let usable: Vec<&&Case> = cases
                .iter()
                .filter(|case| case.right.contains(&true) && case.right.contains(&false))
                .collect();
            let invented = usable.iter().filter(|case| case.invented).count();
            let real = usable.len() - invented;
            for case in usable {
                // Each set counts by the root of its size, so that large ones do not decide alone.
                let all = (real.max(1) as f64).sqrt().max(10.0) * set.weight;
                let weight = if case.invented {
                    INVENTED_WEIGHT * all / invented as f64
                } else {
                    all / real as f64
                };
                lists.push(case.list(weight));
            }
        }
        let left_out: Vec<usize> = match sight {
            Sight::Spoken => NOT_RANKED_SPOKEN,
            Sight::Foreign => NOT_RANKED_FOREIGN,
            Sight::Lexical => &[],
        }
        .iter()
        .map(|feature| *feature as usize)
        .collect();
        fit::listwise(&lists, features::COUNT, &left_out, RANKING_PENALTY, STEPS)
    }

    /// The confidence is fitted on what rankings look like that did not see the question's group either.
    fn fit_confidence(&self, sight: Sight, uses: &dyn Fn(usize) -> bool) -> Linear {
        let mut rows = Vec::new();
        for group in (0..GROUPS.len()).filter(|group| uses(*group)) {
            let here = self.cases(sight, &|other| other == group);
            if here.is_empty() {
                continue;
            }
            let ranking = self.fit_ranking(sight, &|other| uses(other) && other != group);
            for (set, cases) in here {
                let asked: Vec<&&Case> = cases
                    .iter()
                    .filter(|case| !case.invented && case.labelled.kind() != Kind::Sensitive)
                    .collect();
                let weight = set.weight * (asked.len() as f64).sqrt() / asked.len().max(1) as f64;
                for case in asked {
                    let ranked = rank::rank(case.candidates.clone(), &ranking);
                    rows.push((
                        rank::signals(&case.query, &ranked),
                        case.first_is_right(&ranked),
                        weight,
                    ));
                }
            }
        }
        let left_out: Vec<usize> = (0..SIGNALS.len())
            .filter(|at| match sight {
                Sight::Spoken => !SPOKEN_SIGNALS.contains(&SIGNALS[*at]),
                Sight::Foreign => FOREIGN_LEFT_OUT.contains(&SIGNALS[*at]),
                Sight::Lexical => false,
            })
            .collect();
        fit::logistic(&rows, SIGNALS.len(), &left_out, CONFIDENCE_PENALTY, 2 * STEPS)
    }

    /// Fits on everything and writes the weights as a file's text.
    ///
    /// # Errors
    /// When the numbers cannot be written (never for finite ones).
    pub fn fit_all(&self, without: &[String]) -> Result<String> {
        let left_out = |group: usize| {
            GROUPS[group]
                .iter()
                .any(|name| without.iter().any(|other| other == name))
        };
        let models = self.fit(&|group| !left_out(group));
        let table = |linear: &Linear, names: &[&str]| -> BTreeMap<String, f64> {
            let mut table: BTreeMap<String, f64> = names
                .iter()
                .zip(&linear.weights)
                .map(|(name, w)| ((*name).to_owned(), round(*w)))
                .collect();
            table.insert("bias".into(), round(linear.bias));
            table
        };
        let file = WeightsFile {
            trained_on: self
                .sets
                .iter()
                .filter(|set| !left_out(set.group))
                .map(|set| set.name.clone())
                .collect(),
            threshold: THRESHOLD,
            ranking: models
                .ranking
                .iter()
                .map(|(sight, linear)| (*sight, table(linear, features::NAMES)))
                .collect(),
            confidence: models
                .confidence
                .iter()
                .map(|(sight, linear)| (*sight, table(linear, SIGNALS)))
                .collect(),
        };
        let header = "# Weights of ranking and confidence, written by `make train` (see docs/ARCHITECTURE.md). Do not edit by hand.\n\n";
        Ok(format!("{header}{}", toml::to_string(&file)?))
    }
}

fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

struct Models {
    ranking: BTreeMap<Sight, Linear>,
    confidence: BTreeMap<Sight, Linear>,
}

impl Case {
    /// The case as the fit sees it: the right candidates and the strongest others.
    fn list(&self, weight: f64) -> List<'_> {
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

    fn first_is_right(&self, ranked: &[Ranked]) -> bool {
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
    fn gather(set: &Path, name: &str, group: usize, work: &Path, embedder: &Embedder) -> Result<Vec<Self>> {
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
            let step = questions.len().div_ceil(PER_SET).max(1);
            let invented = invent::from_titles(generation.articles(), INVENTED, 7)
                .into_iter()
                .map(|invented| {
                    (
                        Labelled {
                            question: invented.question,
                            relevant: vec![invented.article],
                            ..Labelled::default()
                        },
                        true,
                    )
                });
            let (mut hybrid, mut lexical) = (Vec::new(), Vec::new());
            for (labelled, invented) in questions
                .iter()
                .cloned()
                .step_by(step)
                .map(|labelled| (labelled, false))
                .chain(invented)
            {
                let (ranking, ()) = searcher.rank_blocking(&labelled.question, None, || ())?;
                hybrid.push(Case::new(
                    ranking.sight,
                    ranking.query,
                    ranking.ranked,
                    &labelled,
                    &ids,
                    invented,
                ));
                let ranking = searcher.rank_lexical(&labelled.question, None)?;
                lexical.push(Case::new(
                    Sight::Lexical,
                    ranking.query,
                    ranking.ranked,
                    &labelled,
                    &ids,
                    invented,
                ));
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
                            false,
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
        invented: bool,
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
            invented,
        }
    }
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

fn row(set: &SetCases, mode: &'static str, cases: &[Case], models: &Models) -> Row {
    let mut ranks: [Vec<f64>; 4] = Default::default();
    let (mut confidences, mut right, mut in_scope) = (Vec::new(), Vec::new(), Vec::new());
    for case in cases.iter().filter(|case| !case.invented) {
        let ranked = rank::rank(case.candidates.clone(), &models.ranking[&case.sight]);
        if !case.labelled.relevant.is_empty() {
            let ours: Vec<usize> = ranked.iter().map(|ranked| ranked.featured.article).collect();
            let [bm25, vectors, fused] = baselines(&case.candidates);
            for (ranks, order) in ranks.iter_mut().zip([ours, bm25, vectors, fused]) {
                let place = order
                    .iter()
                    .take(10)
                    .position(|article| case.labelled.relevant.contains(&set.ids[*article]));
                ranks.push(place.map_or(0.0, |place| 1.0 / (place as f64 + 1.0)));
            }
        }
        if case.labelled.kind() != Kind::Sensitive {
            let linear = &models.confidence[&case.sight];
            confidences.push(if ranked.is_empty() {
                0.0
            } else {
                rank::logistic(linear.apply(rank::inputs(&case.query, &ranked)))
            });
            right.push(case.first_is_right(&ranked));
            in_scope.push(!case.labelled.relevant.is_empty());
        }
    }
    let mean = |values: &[f64], of: &dyn Fn(f64) -> f64| {
        values.iter().map(|v| of(*v)).sum::<f64>() / values.len().max(1) as f64
    };
    let each = |of: &dyn Fn(f64) -> f64| -> [f64; 4] { std::array::from_fn(|i| mean(&ranks[i], of)) };
    let mrr = each(&|r| r);
    let best = (1..4).max_by(|a, b| mrr[*a].total_cmp(&mrr[*b])).unwrap_or(1);
    let differences: Vec<f64> = ranks[0].iter().zip(&ranks[best]).map(|(a, b)| a - b).collect();
    let mixed = in_scope.contains(&true) && in_scope.contains(&false);
    Row {
        set: set.name.clone(),
        mode,
        questions: ranks[0].len(),
        mrr,
        r1: each(&|r| f64::from(r == 1.0)),
        hit5: each(&|r| f64::from(r >= 0.2)),
        ahead: metrics::paired_bootstrap(&differences),
        ece: metrics::calibration_error(&confidences, &right),
        cov95: coverage(&confidences, &right, &in_scope, 0.95),
        thresholds: THRESHOLDS
            .iter()
            .map(|threshold| answered(&confidences, &right, *threshold))
            .collect(),
        auroc: mixed.then(|| metrics::area_under_roc(&confidences, &in_scope)),
    }
}
