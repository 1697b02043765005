//! `tanya train`: fits the weights that are shipped. For those who build Tanya, not for those who run it.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit};

/// Arguments of `train`.
#[derive(Debug, Args)]
#[command(
    long_about = "Fits the weights of ranking and confidence to a folder of labelled help centers (one folder each, with \
                  its articles and questions) and writes them to a file.",
    after_long_help = "\
Examples:
  tanya train --eval-dir eval --out models/weights.toml
  tanya train --eval-dir eval --out models/weights.toml --leave-one-out"
)]
pub struct TrainArgs {
    /// Folder of labelled help centers
    #[arg(long, value_name = "DIR")]
    pub eval_dir: PathBuf,
    /// File to write the weights to
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Measure each help center with weights that were fitted to the others
    #[arg(long)]
    pub leave_one_out: bool,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(_ctx: &Context, _args: &TrainArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`tanya train` is not built yet")
}
