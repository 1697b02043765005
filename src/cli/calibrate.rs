//! `tanya calibrate`: fits confidence and threshold to this help center.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use serde::Serialize;

use super::{Bars, Context, Exit, UsageError, bar};
use crate::{
    answer::{
        Answerer, Calibration,
        calibration::{CalibrationFile, FORM, Finding, LeftOut, Scope, Source, Threshold},
    },
    config::Config,
    eval::{
        calibration::{
            self, FOLDS, Plan, Proof, SEED, label_free,
            maps::Method,
            outcomes::{Observed, answered_from},
        },
        labelled::{self, Labelled},
    },
    store::{DocumentKind, JudgedAnswer, Store, TimeRange},
};

/// How the map is fitted: the simplest that `tanya train --calibration-study` found not worse than the others.
const METHOD: Method = Method::Platt;

/// What `tanya help calibrate` says first.
pub(super) const LONG_ABOUT: &str = "\
    Fits the confidence to this help center and finds the threshold that keeps the error budget: from labelled questions \
    (as for `tanya eval`), from what readers and customers said about answers, or both. The result goes into the store, \
    and every server that shares it follows; the page /calibration shows it to everybody.\n\nA calibration belongs to the \
    articles and weights that it was made for. After a change of the articles run this again; until then the threshold of \
    the weights counts.";

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya calibrate questions.jsonl                labelled questions
  tanya calibrate --outcomes                     votes and customers' words of the last 90 days
  tanya calibrate questions.jsonl --outcomes --error-budget 0.02
  tanya calibrate questions.jsonl --dry-run      say what would be, change nothing")]
pub struct CalibrateArgs {
    /// Labelled questions, JSON lines
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The same, by name
    #[arg(long, value_name = "FILE")]
    pub labels: Vec<PathBuf>,
    /// Use what readers and customers said about answers
    #[arg(long)]
    pub outcomes: bool,
    /// Days to look back for outcomes
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub days: u16,
    /// Share of answers that may be wrong [default: error_budget of the config, 0.05]
    #[arg(long, value_name = "SHARE")]
    pub error_budget: Option<f64>,
    /// Say what would be and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Keep it even if the bot would then answer nothing by itself
    #[arg(long)]
    pub answer_nothing: bool,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, args: &CalibrateArgs) -> anyhow::Result<Exit> {
    let budgets = budgets(&ctx.config, args.error_budget)?;
    let mut labels = Vec::new();
    for file in args.files.iter().chain(&args.labels) {
        labels.extend(labelled::read(file)?);
    }
    if labels.is_empty() && !args.outcomes {
        // Questions without labels are the third source; it says what it needs.
        return Err(match label_free::maps(&[]) {
            Err(needs) => UsageError(needs.to_string()).into(),
            Ok(_) => UsageError("there is no question to calibrate with".into()).into(),
        });
    }
    let store = match args.dry_run && !args.outcomes {
        true => None,
        false if args.outcomes => Some(ctx.existing_store().await?),
        false => Some(ctx.store().await?),
    };
    let (judged, known) = match &store {
        Some(store) if args.outcomes => outcomes(ctx, store, args.days).await?,
        _ => (Vec::new(), BTreeMap::new()),
    };
    let answerer = ctx.answerer(None, &mut Bars::new())?;
    let scopes: Vec<Scope> = budgets.keys().cloned().collect();
    let observed = observe(&answerer, &scopes, &labels, args.outcomes.then_some(&judged[..])).await?;
    if observed.observations.is_empty() {
        let why: Vec<String> = observed.left_out.iter().map(left_out).collect();
        let why = if why.is_empty() {
            String::new()
        } else {
            format!(": {}", why.join(", "))
        };
        anyhow::bail!("there is no question to calibrate with{why}");
    }
    let plan = Plan {
        method: METHOD,
        budgets,
        shipped: answerer.searcher().weights().threshold,
        outcomes_from: answered_from(&judged, &known),
    };
    let proof = calibration::fit(&observed.observations, &plan);
    let file = document(ctx, &answerer, observed, proof);
    let text = serde_json::to_string_pretty(&file)?;
    let made = Calibration::parse(&text).map_err(anyhow::Error::msg)?;
    let is_silent = made
        .file
        .thresholds
        .iter()
        .any(|threshold| threshold.scope == Scope::Everything && threshold.finding == Finding::NotKept);
    // Whoever tries the command on a few questions does not mean to silence the bot.
    let is_refused = is_silent && !args.dry_run && !args.answer_nothing;
    let is_kept = !args.dry_run && !is_refused;
    if let Some(store) = &store {
        if is_kept {
            let now = ctx.clock.now();
            store
                .publish_document(DocumentKind::Calibration, &text, "calibrate", now)
                .await?;
        }
        store.close().await;
    }
    if ctx.json {
        ctx.print_json(&Made {
            hash: &made.hash,
            published: is_kept,
            calibration: &made.file,
        })?;
    } else {
        ctx.print(&to_text(ctx, &made, is_kept))?;
    }
    anyhow::ensure!(
        !is_refused,
        "it is not kept, because the bot would answer nothing by itself: give it a larger --error-budget (now {}), or more \
         labelled questions, or --answer-nothing if that is what you want",
        args.error_budget.unwrap_or(ctx.config.error_budget)
    );
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Made<'a> {
    hash: &'a str,
    /// `false` for a dry run, and where the bot would answer nothing.
    published: bool,
    calibration: &'a CalibrationFile,
}

/// The budget of each scope, as the config and the flag say.
fn budgets(config: &Config, flag: Option<f64>) -> anyhow::Result<BTreeMap<Scope, f64>> {
    let everything = flag.unwrap_or(config.error_budget);
    anyhow::ensure!(
        (0.001..=0.5).contains(&everything),
        UsageError(format!(
            "--error-budget {everything}: must be a number from 0.001 to 0.5"
        ))
    );
    let special = &config.error_budgets;
    let topics = special
        .topic
        .iter()
        .map(|(name, budget)| (Scope::Topic(name.clone()), *budget));
    let folders = special
        .folder
        .iter()
        .map(|(name, budget)| (Scope::Folder(name.clone()), *budget));
    Ok(topics.chain(folders).chain([(Scope::Everything, everything)]).collect())
}

/// Judged answers of the last days, and the calibrations that they were given with.
async fn outcomes(
    ctx: &Context,
    store: &Store,
    days: u16,
) -> anyhow::Result<(Vec<JudgedAnswer>, BTreeMap<String, Calibration>)> {
    let since = ctx
        .clock
        .now()
        .checked_sub(jiff::SignedDuration::from_hours(24 * i64::from(days)))?;
    let range = TimeRange {
        since: Some(since),
        until: None,
    };
    let judged = store.judged_answers(range).await?;
    let mut known = BTreeMap::new();
    for answer in &judged {
        if known.contains_key(&answer.calibration) {
            continue;
        }
        if let Some(document) = store.document(DocumentKind::Calibration, &answer.calibration).await?
            && let Ok(calibration) = Calibration::parse(&document.text)
        {
            known.insert(answer.calibration.clone(), calibration);
        }
    }
    Ok((judged, known))
}

async fn observe(
    answerer: &Answerer,
    scopes: &[Scope],
    labels: &[Labelled],
    judged: Option<&[JudgedAnswer]>,
) -> anyhow::Result<Observed> {
    let mut observed = Observed::default();
    let progress = bar("Asking", labels.len() + judged.map_or(0, <[_]>::len));
    if !labels.is_empty() {
        observed
            .add_labels(answerer, scopes, labels, || progress.inc(1))
            .await?;
    }
    if let Some(judged) = judged {
        observed
            .add_outcomes(answerer, scopes, judged, || progress.inc(1))
            .await?;
    }
    progress.finish_and_clear();
    Ok(observed)
}

fn document(ctx: &Context, answerer: &Answerer, observed: Observed, proof: Proof) -> CalibrationFile {
    let generation = answerer.searcher().generation();
    let manifest = generation.manifest();
    let Proof {
        maps,
        thresholds,
        certificate,
    } = proof;
    CalibrationFile {
        form: FORM,
        made_at: ctx.clock.now().to_string(),
        generation: generation.id().to_owned(),
        kb: manifest.content.clone(),
        articles: manifest.articles,
        model: manifest.model.clone(),
        weights: answerer.searcher().weights().hash.clone(),
        sources: observed.sources,
        left_out: observed.left_out,
        method: METHOD.as_str().to_owned(),
        seed: SEED,
        folds: FOLDS,
        maps,
        thresholds,
        certificate,
    }
}

fn left_out(left: &LeftOut) -> String {
    format!("{} {}", left.questions, left.why)
}

fn to_text(ctx: &Context, made: &Calibration, is_kept: bool) -> String {
    let CalibrationFile {
        certificate,
        sources,
        thresholds,
        left_out: left,
        ..
    } = &made.file;
    let mut text = String::new();
    for source in sources {
        let what = match source.source {
            Source::Labels => "labelled questions",
            Source::Outcomes => "answers that readers and customers judged",
            Source::LabelFree => "questions without labels",
        };
        text += &format!(
            "{} {what}, the first article right for {}\n",
            source.questions, source.right
        );
    }
    for left in left {
        text += &format!("left out: {}\n", left_out(left));
    }
    let (before, after) = (&certificate.before, &certificate.after);
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
    text += &format!("\n{:<42}{:>8}{:>8}\n", "", "before", "after");
    for (name, before, after) in [
        ("calibration error", Some(before.ece), Some(after.ece)),
        ("Brier score", Some(before.brier), Some(after.brier)),
        ("right before wrong (area under ROC)", before.auroc, after.auroc),
    ] {
        text += &format!("{name:<42}{:>8}{:>8}\n", number(before), number(after));
    }
    text += &format!(
        "{}\n\n",
        ctx.style
            .dim("Each question was measured by a fit that had not seen it.")
    );
    for threshold in thresholds {
        text += &format!("{}\n", threshold_words(threshold));
    }
    if let Some(step) = certificate.steps.iter().find(|step| step.in_use) {
        text += &format!(
            "{:.0} % of the {} questions are answered, {} of the answers wrong.\n",
            100.0 * step.answered as f64 / certificate.questions.max(1) as f64,
            certificate.questions,
            step.wrong
        );
    }
    if let Some(set) = ctx.config.threshold {
        text += &format!("The threshold {set} of the config goes before all of this.\n");
    }
    text += &match is_kept {
        true => format!(
            "\nPublished as {}; running servers follow.\n",
            &made.hash[..16.min(made.hash.len())]
        ),
        false => "\nNothing was changed.\n".to_owned(),
    };
    text
}

/// One threshold with what stands behind it.
fn threshold_words(threshold: &Threshold) -> String {
    let Threshold {
        budget,
        confidence,
        answered,
        wrong,
        bound,
        ..
    } = threshold;
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let found = match threshold.finding {
        Finding::Proven => format!(
            "answers from a confidence of {confidence:.3} on. Proven: of {answered} answers {wrong} were wrong, so with 95 % \
             certainty less than {} are",
            percent(*bound)
        ),
        Finding::TooThin => format!(
            "answers from a confidence of {confidence:.3} on. Not proven, the evidence is too thin: of {answered} answers \
             {wrong} were wrong, so up to {} may be; the threshold is the one that needs no labels",
            percent(*bound)
        ),
        Finding::NotKept => format!(
            "answers nothing by itself. The labels speak against the budget: of the {answered} surest answers {wrong} were \
             wrong, so up to {} may be; a larger budget, better articles or more labels help",
            percent(*bound)
        ),
    };
    format!(
        "For {}, where {} may be wrong, the bot {found}.",
        threshold.scope.words(),
        percent(*budget)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_goes_before_the_config_and_single_budgets_stay() {
        let mut config = Config::default();
        config.error_budgets.folder.insert("returns".into(), 0.02);
        let found = budgets(&config, Some(0.1)).expect("budgets");
        assert_eq!(found[&Scope::Everything], 0.1);
        assert_eq!(found[&Scope::Folder("returns".into())], 0.02);
        assert_eq!(budgets(&config, None).expect("budgets")[&Scope::Everything], 0.05);
        for wrong in [0.0, 0.9, f64::NAN] {
            assert!(budgets(&config, Some(wrong)).is_err(), "{wrong}");
        }
    }
}
