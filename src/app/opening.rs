//! What has to be read and loaded before anything can be answered: articles, index, model, weights, rules, calendars.

use std::{collections::BTreeSet, path::Path, time::Instant};

use anyhow::Context as _;

use super::seen::Look;
use crate::{
    answer::{Answerer, Policy, Settings},
    clock::Clock,
    config::{Config, DeskConfig},
    desk::{CalendarProblem, DaysOff},
    kb::{self, Kb},
    search::{
        BuildReport, Embedder, Generation, GenerationError, Progress, Reuse, Searcher, Shelf, Weights,
        model::{Model, ModelError},
        weights,
    },
};

/// Largest calendar file, in bytes: the holidays of a country for a century have less.
const LARGEST_CALENDAR: u64 = 4 * 1024 * 1024;
/// Embedding threads at most, where the config leaves it to us: more make little sense beside serving.
const MOST_THREADS: usize = 8;

/// Reads the articles of the config's kb.
///
/// # Errors
/// When the folder cannot be read.
pub fn read_kb(config: &Config, clock: &dyn Clock) -> anyhow::Result<Kb> {
    let options = kb::Options {
        languages: config.languages.clone(),
        today: today(config, clock),
        ..kb::Options::default()
    };
    Ok(kb::load(&config.kb, &options)?)
}

/// The date where the desk is, in ISO form.
pub(super) fn today(config: &Config, clock: &dyn Clock) -> String {
    clock.now().to_zoned(config.desk.zone()).date().to_string()
}

/// Reads the calendar files of the config, once. A file that cannot be read is a problem, not an error: the desk works
/// without its days off, and the log and `tanya check` say so.
pub fn read_days_off(config: &DeskConfig) -> (DaysOff, Vec<CalendarProblem>) {
    let paths: BTreeSet<_> = config.calendars().collect();
    let mut unreadable = Vec::new();
    let files = paths.into_iter().filter_map(|path| match read_calendar(path) {
        Ok(text) => Some((path.clone(), text)),
        Err(reason) => {
            unreadable.push(CalendarProblem {
                path: path.clone(),
                line: None,
                reason,
            });
            None
        }
    });
    let (days_off, problems) = DaysOff::parse(files.collect::<Vec<_>>());
    unreadable.extend(problems);
    (days_off, unreadable)
}

fn read_calendar(path: &Path) -> Result<String, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > LARGEST_CALENDAR {
        return Err(format!(
            "it has {length} bytes; days off have at most {LARGEST_CALENDAR}"
        ));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

/// Starts the embedder, or says why there is none.
pub fn start_embedder(config: &Config) -> Result<Embedder, String> {
    if !config.model.enabled {
        return Err(ModelError::Disabled.to_string());
    }
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let threads = if config.model.threads == 0 {
        cores.min(MOST_THREADS)
    } else {
        config.model.threads
    };
    let model = Model::load(&config.model.name).map_err(|error| error.to_string())?;
    Embedder::start(model, threads, config.model.queue).map_err(|error| error.to_string())
}

/// The weights that the config names, or the built-in ones.
///
/// # Errors
/// An unreadable or wrong file.
pub fn load_weights(config: &Config) -> anyhow::Result<Weights> {
    let Some(path) = &config.weights else {
        return Weights::parse(weights::BUILT_IN)
            .map_err(anyhow::Error::msg)
            .context("the built-in weights");
    };
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Weights::parse(&text)
        .map_err(anyhow::Error::msg)
        .with_context(|| path.display().to_string())
}

/// Brings the index of the config's data folder up to date.
///
/// # Errors
/// See [`GenerationError`]; the current generation stays as it is.
pub fn build_index(
    config: &Config,
    kb: &Kb,
    embedder: Option<&Embedder>,
    reuse: Reuse,
    clock: &dyn Clock,
    progress: &mut dyn Progress,
) -> Result<BuildReport, GenerationError> {
    let started = Instant::now();
    let mut report = Shelf::new(&config.data).build(kb, embedder, reuse, clock.now(), progress)?;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// Starts the embedder and opens the current generation, side by side; builds a generation where there is none, or none
/// that fits this program and model.
///
/// # Errors
/// When the kb cannot be read or the index cannot be built. A model that does not load is no error: the reason is
/// returned in its place, and words alone are searched.
pub fn open_or_build(
    config: &Config,
    clock: &dyn Clock,
    progress: &mut dyn Progress,
) -> anyhow::Result<(Generation, Result<Embedder, String>, Option<BuildReport>)> {
    let shelf = Shelf::new(&config.data);
    let (embedder, opened) = std::thread::scope(|scope| {
        let embedder = scope.spawn(|| start_embedder(config));
        let opened = shelf.open(None);
        (
            embedder
                .join()
                .unwrap_or_else(|_| Err("the embedder could not be started".into())),
            opened,
        )
    });
    let hash = embedder.as_ref().ok().map(Embedder::hash);
    let opened = opened.and_then(|generation| match hash {
        Some(hash) if generation.manifest().model.as_deref() != Some(hash) => {
            Err(GenerationError::Outdated(format!("generation {}", generation.id())))
        }
        _ => Ok(generation),
    });
    match opened {
        Ok(generation) => return Ok((generation, embedder, None)),
        Err(GenerationError::Missing(_)) => {}
        Err(
            error @ (GenerationError::Damaged { .. }
            | GenerationError::Outdated(_)
            | GenerationError::Io { .. }
            | GenerationError::Lexical(_)),
        ) => tracing::warn!("{error}; rebuilding"),
        Err(error) => return Err(error.into()),
    }
    let look = Look::take(config, clock, embedder.as_ref().ok());
    let kb = read_kb(config, clock)?;
    let report = build_index(config, &kb, embedder.as_ref().ok(), Reuse::Vectors, clock, progress)?;
    look.remember(config, &report.generation, &kb.problems);
    let generation = shelf.open(embedder.as_ref().ok().map(Embedder::hash))?;
    Ok((generation, embedder, Some(report)))
}

/// The answerer over a generation, as the config says.
///
/// # Errors
/// Wrong topic rules.
pub fn answerer(
    config: &Config,
    generation: Generation,
    embedder: Result<Embedder, String>,
    weights: Weights,
) -> anyhow::Result<Answerer> {
    Ok(answerer_with(
        config,
        Policy::load(config.topics.as_deref())?,
        generation,
        embedder,
        weights,
    ))
}

fn answerer_with(
    config: &Config,
    policy: Policy,
    generation: Generation,
    embedder: Result<Embedder, String>,
    weights: Weights,
) -> Answerer {
    let searcher = Searcher::new(generation, embedder, weights);
    let settings = Settings {
        threshold: config.threshold,
        public_url: config.server.public_url.clone(),
    };
    Answerer::new(searcher, policy, settings)
}

/// Everything that is needed to answer, loaded side by side: rules, weights, model, index. Builds the index where there is
/// none. Also returns why only words are searched, if so.
///
/// # Errors
/// Articles, index, weights or rules that cannot be read.
pub fn open_answerer(
    config: &Config,
    clock: &dyn Clock,
    progress: &mut dyn Progress,
) -> anyhow::Result<(Answerer, Option<String>)> {
    let weights = load_weights(config)?;
    std::thread::scope(|scope| {
        let policy = scope.spawn(|| Policy::load(config.topics.as_deref()));
        let (generation, embedder, _) = open_or_build(config, clock, progress)?;
        let policy = policy
            .join()
            .map_err(|_| anyhow::anyhow!("the topic rules could not be read"))??;
        let why = embedder.as_ref().err().cloned();
        Ok((answerer_with(config, policy, generation, embedder, weights), why))
    })
}
