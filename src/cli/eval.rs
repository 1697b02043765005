//! `tanya eval`: metrics on labelled questions.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit};

/// Arguments of `eval`.
#[derive(Debug, Args)]
#[command(
    long_about = "Puts labelled questions to the articles and prints how often the right article came first, how many \
                  answers were right, how many questions were handed over, and whether the confidence keeps its \
                  promise.\n\nEach line of a file is a JSON object; only `question` is required:\n  {\"question\": \
                  \"where is my parcel?\", \"relevant\": [\"orders/track\"], \"kind\": \"answerable\", \"lang\": \
                  \"en\"}\nAn empty `relevant` means that no article answers it.",
    after_long_help = "\
Examples:
  tanya eval questions.jsonl
  tanya eval a.jsonl b.jsonl --per-question decisions.jsonl
  tanya eval questions.jsonl --baselines         beside plain BM25 and plain vectors
  tanya eval questions.jsonl --weights new.toml  with other weights"
)]
pub struct EvalArgs {
    /// Labelled questions, JSON lines
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Write one line per question with its decision and ranking
    #[arg(long, value_name = "OUT")]
    pub per_question: Option<PathBuf>,
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
pub async fn run(_ctx: &Context, _args: &EvalArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`tanya eval` is not built yet")
}
