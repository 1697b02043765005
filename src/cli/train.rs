//! `tanya train`: fits the weights that are shipped. For those who build Tanya, not for those who run it.

use std::path::PathBuf;

use clap::Args;

use anyhow::Context as _;

use super::{Context, Exit};
use crate::{
    app,
    eval::{
        calibration::{scores, study},
        rows,
        study::Study,
    },
    search::Embedder,
};

/// What `tanya help train` says first.
pub(super) const LONG_ABOUT: &str = "\
    Fits the weights of ranking and confidence to a folder of labelled help centers (one folder each, with its \
    articles and questions) and writes them to a file.";

/// Arguments of `train`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya train --eval-dir eval --out models/weights.toml
  tanya train --eval-dir eval --leave-one-out          the table of how well it carries over
  tanya train --eval-dir eval --without covidfaq --out held-out.toml
  tanya train --eval-dir eval --calibration-study      which fit suits few labels, and whether budgets are kept")]
pub struct TrainArgs {
    /// Folder of labelled help centers
    #[arg(long, value_name = "DIR")]
    pub eval_dir: PathBuf,
    /// File to write the weights to; without it nothing is written
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Measure each help center with weights that were fitted to those of other groups
    #[arg(long)]
    pub leave_one_out: bool,
    /// Help centers that are not fitted to (each with its whole group)
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub without: Vec<String>,
    /// Compare the ways to fit a confidence to few labels, and draw labels 2,000 times to see whether error budgets are kept
    #[arg(long)]
    pub calibration_study: bool,
    /// For that study: a folder of weights `without-NAME.toml` that have not seen the group whose first help center is NAME
    #[arg(long, value_name = "DIR", requires = "calibration_study")]
    pub held_out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, args: &TrainArgs) -> anyhow::Result<Exit> {
    // Fitting keeps all cores busy for minutes and waits for the embedder itself, so it gets a thread of its own.
    let embedder = app::start_embedder(&ctx.config)
        .map_err(anyhow::Error::msg)
        .context("training needs the embedding model")?;
    let (eval_dir, data) = (args.eval_dir.clone(), ctx.config.data.join("train"));
    if args.calibration_study {
        return calibration_study(ctx, args, embedder).await;
    }
    let (leave_one_out, out, without) = (args.leave_one_out, args.out.clone(), args.without.clone());
    let rows = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let study = Study::gather(&eval_dir, &data, &embedder, &mut |name| eprintln!("{name}"))?;
        if let Some(out) = &out {
            eprintln!("fitting");
            let text = study.fit_all(&without)?;
            std::fs::write(out, text).with_context(|| format!("writing {}", out.display()))?;
        }
        Ok(if leave_one_out {
            eprintln!("fitting without each group in turn");
            Some(study.held_out())
        } else {
            None
        })
    })
    .await??;
    if let Some(rows) = rows {
        if ctx.json {
            ctx.print_json(&rows)?;
        } else {
            ctx.print(&rows::table(&rows))?;
        }
    }
    Ok(Exit::Done)
}

/// Error budgets that are simulated.
const BUDGETS: [f64; 2] = [0.05, 0.1];

async fn calibration_study(ctx: &Context, args: &TrainArgs, embedder: Embedder) -> anyhow::Result<Exit> {
    if !args.eval_dir.is_dir() {
        eprintln!("skipped: there is no folder {}", args.eval_dir.display());
        return Ok(Exit::Done);
    }
    let weights = app::load_weights(&ctx.config)?;
    let (eval_dir, work) = (args.eval_dir.clone(), ctx.config.data.join("train"));
    let held_out = args.held_out.clone();
    let (rows, simulated) = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let mut report = |name: &str| eprintln!("{name}");
        let sets = scores::gather(&eval_dir, &work, &embedder, &weights, held_out.as_deref(), &mut report)?;
        eprintln!("drawing");
        let rows = study::methods(&sets);
        let simulated: Vec<study::Simulated> = BUDGETS
            .iter()
            .flat_map(|budget| sets.iter().map(move |set| (set, *budget)))
            .map(|(set, budget)| {
                let (draws, labels) = (study::SIMULATED_DRAWS, study::SIMULATED_LABELS);
                study::simulate(set, budget, draws, labels, weights.threshold)
            })
            .collect();
        Ok((rows, simulated))
    })
    .await??;
    if ctx.json {
        ctx.print_json(&serde_json::json!({ "methods": rows, "budgets": simulated }))?;
    } else {
        let whose = match args.held_out {
            Some(_) => "weights that have not seen the set's group",
            None => "the shipped weights, which were fitted to these sets: in sample",
        };
        ctx.print(&format!(
            "Scores by {whose}.\n\n{}\n{}",
            study::methods_table(&rows),
            study::simulated_table(&simulated)
        ))?;
    }
    Ok(Exit::Done)
}
