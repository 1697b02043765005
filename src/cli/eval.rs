//! `tanya eval`: metrics on labelled questions.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::{Bars, Context, Exit, bar};
use crate::{
    answer::{Answerer, Decided, Outcome as Decision, Question},
    eval::{
        baselines,
        calibration::{
            certificate::{Measured, certificate},
            scores::Score,
        },
        labelled::{self, Kind, Labelled},
        metrics::{self, Metrics, Outcome},
    },
    web::certificate::{Measuring, Report, Shown},
};

/// What `tanya help eval` says first.
pub(super) const LONG_ABOUT: &str = "\
    Puts labelled questions to the articles and prints how often the right article came first, how many answers \
    were right, how many questions were handed over, and whether the confidence keeps its promise.\n\nEach line \
    of a file is a JSON object; only `question` is required:\n  {\"question\": \"where is my parcel?\", \
    \"relevant\": [\"orders/track\"], \"kind\": \"answerable\", \"lang\": \"en\"}\nAn empty `relevant` means that \
    no article answers it.";

/// Arguments of `eval`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya eval questions.jsonl
  tanya eval a.jsonl b.jsonl --per-question decisions.jsonl
  tanya eval questions.jsonl --baselines         beside plain BM25 and plain vectors
  tanya eval questions.jsonl --report report.html  a certificate that a manager can read
  tanya eval questions.jsonl --weights new.toml  with other weights")]
pub struct EvalArgs {
    /// Labelled questions, JSON lines
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Write one line per question with its decision and ranking
    #[arg(long, value_name = "OUT")]
    pub per_question: Option<PathBuf>,
    /// Write the measured confidence as a page: reliability, risk, thresholds
    #[arg(long, value_name = "OUT")]
    pub report: Option<PathBuf>,
    /// Write one line per question with its raw confidence and where the right article stands, for studies
    #[arg(long, value_name = "OUT", hide = true)]
    pub scores: Option<PathBuf>,
    /// Measure the usual simple rankings as well
    #[arg(long)]
    pub baselines: bool,
    /// Weights to measure instead of the configured ones
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, args: &EvalArgs) -> anyhow::Result<Exit> {
    let mut questions = Vec::new();
    for file in &args.files {
        questions.extend(labelled::read(file)?);
    }
    anyhow::ensure!(
        !questions.is_empty(),
        "there is no question in {}",
        args.files[0].display()
    );
    let answerer = ctx.answerer(args.weights.as_deref(), &mut Bars::new())?;
    ctx.calibrate(&answerer).await?;
    let progress = bar("Asking", questions.len());
    let (mut outcomes, mut baselines) = (Vec::new(), Vec::new());
    let mut report = Reporting::default();
    let mut scores = Vec::new();
    for labelled in &questions {
        let (decided, outcome, orders) = ask(&answerer, labelled, args.baselines).await?;
        report.add(labelled, &decided);
        if labelled.kind() != Kind::Sensitive {
            scores.push(Score::of(&decided, labelled));
        }
        outcomes.push(outcome);
        baselines.push(orders);
        progress.inc(1);
    }
    progress.finish_and_clear();
    if let Some(path) = &args.per_question {
        write_lines(path, &outcomes).with_context(|| format!("writing {}", path.display()))?;
    }
    if let Some(path) = &args.scores {
        write_lines(path, &scores).with_context(|| format!("writing {}", path.display()))?;
    }
    if let Some(path) = &args.report {
        let page = report.page(ctx, &answerer, &args.files)?;
        std::fs::write(path, page).with_context(|| format!("writing {}", path.display()))?;
    }
    let measures = metrics::measure(&questions, &outcomes);
    let beside = args.baselines.then(|| compare(&questions, &outcomes, &baselines));
    if ctx.json {
        ctx.print_json(&serde_json::json!({ "metrics": measures, "baselines": beside }))?;
    } else {
        ctx.print(&to_text(&measures, beside.as_deref()))?;
    }
    Ok(Exit::Done)
}

/// One decision, timed; and, if asked for, the orders of the simple rankings.
async fn ask(
    answerer: &Answerer,
    labelled: &Labelled,
    baselines: bool,
) -> anyhow::Result<(Decided, Outcome, Vec<Vec<String>>)> {
    let question = Question {
        text: labelled.question.clone(),
        lang: None,
        context: labelled.context.clone(),
    };
    let started = Instant::now();
    let decided = answerer.decide(String::new(), &question, false).await?;
    let latency_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let outcome = Outcome::of(&labelled.question, &decided, latency_us);
    let orders = if baselines {
        baselines::baseline_orders(&answerer.searcher().rank(&question.text, None).await?)
    } else {
        Vec::new()
    };
    Ok((decided, outcome, orders))
}

/// What a report is made of.
#[derive(Default)]
struct Reporting {
    measured: Vec<Measured>,
    thresholds: Vec<f64>,
    calibration: String,
}

impl Reporting {
    /// Sensitive questions belong to people, whatever the confidence.
    fn add(&mut self, labelled: &Labelled, decided: &Decided) {
        if labelled.kind() == Kind::Sensitive {
            return;
        }
        let first = decided.ranked.first();
        let confidence = decided.decision.confidence;
        self.measured.push(Measured {
            before: decided.evidence.raw,
            after: confidence,
            right: first.is_some_and(|(article, _)| labelled.relevant.contains(&article.id)),
            open: decided.evidence.open,
            answered: decided.decision.decision == Decision::Answer,
        });
        self.thresholds.push(decided.decision.threshold);
        self.calibration.clone_from(&decided.decision.calibration);
    }

    fn page(mut self, ctx: &Context, answerer: &Answerer, files: &[PathBuf]) -> anyhow::Result<String> {
        // Single folders and languages may have thresholds of their own; the middle one stands for them.
        self.thresholds.sort_by(f64::total_cmp);
        let threshold = self.thresholds.get(self.thresholds.len() / 2).copied().unwrap_or(1.0);
        let generation = answerer.searcher().generation();
        let manifest = generation.manifest();
        let short = |hash: &str| hash.chars().take(16).collect::<String>();
        let names: Vec<String> = files
            .iter()
            .map(|file| {
                file.file_name()
                    .unwrap_or(file.as_os_str())
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        let measuring = Measuring {
            at: ctx.clock.now().to_string(),
            hashes: vec![
                ("Questions", names.join(", ")),
                ("Calibration", self.calibration.clone()),
                (
                    "Articles",
                    format!("{} ({})", manifest.articles, short(&manifest.content)),
                ),
                ("Index", short(generation.id())),
                ("Weights", answerer.searcher().weights().hash.clone()),
                (
                    "Model",
                    manifest.model.as_deref().map_or("none: words only".into(), short),
                ),
            ],
        };
        let shown = Shown::new(&certificate(&self.measured, threshold), &measuring);
        let title = format!("{}: how sure are the answers?", ctx.config.site.name);
        Ok(askama::Template::render(&Report::new(title, shown))?)
    }
}

/// A simple ranking beside ours.
#[derive(Serialize)]
struct Beside {
    ranking: &'static str,
    mrr10: f64,
    r1: f64,
    hit5: f64,
    /// Ours minus its MRR@10, with the paired bootstrap 95 % interval.
    ahead: [f64; 3],
}

fn compare(questions: &[Labelled], outcomes: &[Outcome], baselines: &[Vec<Vec<String>>]) -> Vec<Beside> {
    let rated: Vec<usize> = (0..questions.len())
        .filter(|at| !questions[*at].relevant.is_empty())
        .collect();
    let ours: Vec<f64> = rated
        .iter()
        .map(|at| {
            metrics::reciprocal_rank(
                outcomes[*at].ranked.iter().map(|r| r.article.as_str()),
                &questions[*at].relevant,
            )
        })
        .collect();
    baselines::BASELINES
        .iter()
        .enumerate()
        .map(|(number, ranking)| {
            let ranks: Vec<f64> = rated
                .iter()
                .map(|at| {
                    metrics::reciprocal_rank(
                        baselines[*at][number].iter().map(String::as_str),
                        &questions[*at].relevant,
                    )
                })
                .collect();
            let share = |test: &dyn Fn(f64) -> bool| {
                ranks.iter().filter(|rank| test(**rank)).count() as f64 / ranks.len().max(1) as f64
            };
            let differences: Vec<f64> = ours.iter().zip(&ranks).map(|(ours, theirs)| ours - theirs).collect();
            let (mean, low, high) = metrics::paired_bootstrap(&differences);
            Beside {
                ranking,
                mrr10: ranks.iter().sum::<f64>() / ranks.len().max(1) as f64,
                r1: share(&|rank| rank == 1.0),
                hit5: share(&|rank| rank >= 0.2),
                ahead: [mean, low, high],
            }
        })
        .collect()
}

fn write_lines(path: &Path, lines: &[impl Serialize]) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for line in lines {
        serde_json::to_writer(&mut file, line)?;
        file.write_all(b"\n")?;
    }
    Ok(file.flush()?)
}

/// What each measure means, in the order in which they are shown.
const MEANINGS: &[(&str, &str)] = &[
    ("n", "questions"),
    ("mrr10", "mean reciprocal rank of the right article, within ten"),
    ("r1", "the right article is first"),
    ("hit5", "it is among the first five"),
    ("right_section", "the right section is shown of the right article"),
    ("recall10", "share of the right articles within ten"),
    ("answered", "of the questions that are not sensitive: answered"),
    ("answered_precision", "of those answers: right"),
    ("answer_coverage", "of the answerable questions: answered rightly"),
    ("oos_not_answered", "of the questions without an answer: not answered"),
    ("ece", "calibration error of the confidence"),
    ("brier", "Brier score of the confidence"),
    ("cov95", "could be answered with 95 % of the answers right"),
    ("auroc_oos", "confidence tells answerable from not answerable"),
    ("sensitive_to_person", "of the sensitive questions: to people"),
    ("sensitive_by_rule", "of those: by a rule"),
    ("core_by_rule", "of the clearly sensitive ones: by a rule"),
    ("false_sensitive", "of the others: to people by a rule"),
    ("ms_p50", "milliseconds to a decision, median"),
    ("ms_p99", "and 99th percentile"),
];

fn to_text(measures: &Metrics, beside: Option<&[Beside]>) -> String {
    let mut text = String::new();
    for (name, meaning) in MEANINGS {
        if let Some(value) = measures.get(name) {
            let value = if *name == "n" {
                format!("{value:.0}")
            } else {
                format!("{value:.4}")
            };
            text += &format!("{name:<20} {value:>8}  {meaning}\n");
        }
    }
    if let Some(beside) = beside {
        text += "\nbeside               MRR@10     R@1   hit@5  ours minus it, MRR@10 [95 % interval]\n";
        for other in beside {
            let [mean, low, high] = other.ahead;
            text += &format!(
                "{:<20} {:.4}  {:.4}  {:.4}  {mean:+.4} [{low:+.4} {high:+.4}]\n",
                other.ranking, other.mrr10, other.r1, other.hit5
            );
        }
    }
    text
}
