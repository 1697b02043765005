//! `tanya index`: brings the index up to date.

use clap::Args;

use super::{Context, Exit};

/// Flags of `index`.
#[derive(Debug, Args)]
#[command(
    long_about = "Brings the index up to date with the articles and prints what was added, changed and removed. Only \
                  passages that changed are embedded again; a server that runs on the same data folder keeps answering \
                  from the old index until the new one is complete.",
    after_long_help = "\
Examples:
  tanya index                        the articles in ./kb
  tanya index --kb articles --data /var/lib/tanya
  tanya index --full                 everything anew, nothing reused
  tanya index --json                 the numbers for a script"
)]
pub struct IndexArgs {
    /// Build everything anew instead of reusing what did not change
    #[arg(long)]
    pub full: bool,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(_ctx: &Context, _args: &IndexArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`tanya index` is not built yet")
}
