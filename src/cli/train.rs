//! `tanya train`: fits the weights that are shipped. For those who build Tanya, not for those who run it.

use std::path::PathBuf;

use clap::Args;

use anyhow::Context as _;

use super::{Context, Exit};
use crate::{
    app,
    eval::{rows, study::Study},
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
  tanya train --eval-dir eval --without covidfaq --out held-out.toml")]
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
