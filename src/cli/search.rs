//! `tanya search`: ranked articles.

use clap::Args;

use super::{Context, Exit};

/// Arguments of `search`.
#[derive(Debug, Args)]
#[command(
    long_about = "Finds articles by words and meaning and prints them best first, with the part that matches.",
    after_long_help = "\
Examples:
  tanya search refund
  tanya search track my order --limit 3
  tanya search pengembalian dana --lang id
  tanya search refund --json"
)]
pub struct SearchArgs {
    /// What to look for
    #[arg(value_name = "WORDS", required = true)]
    pub words: Vec<String>,
    /// Preferred language, e.g. `id` [default: guessed]
    #[arg(long, value_name = "CODE")]
    pub lang: Option<String>,
    /// How many articles to print, 1 to 50
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=50))]
    pub limit: u16,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(_ctx: &Context, _args: &SearchArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`tanya search` is not built yet")
}
