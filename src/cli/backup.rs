//! `tanya backup`: one archive of everything in the database.

use std::{
    fs,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use indicatif::ProgressBar;

use super::{Context, Exit, UsageError, bar, output::counted};
use crate::store::archive::{Destination, Step};

/// What `tanya help backup` says first.
pub(super) const LONG_ABOUT: &str = "\
    Writes everything in the database, and the key of receipts, into one archive, as it is at one moment, while the \
    server goes on serving. The archive does not depend on the engine: it can be restored into SQLite or PostgreSQL. It \
    holds people's words and addresses; only its owner may read it.";

/// The key of receipts, in the data folder and in an archive.
pub(super) const RECEIPT_KEY: &str = "receipt.key";

/// Arguments of `backup`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya backup tanya.tar.gz
  tanya --store postgres://tanya@db/tanya backup tanya.tar.gz
  tanya backup - | ssh backup.example.com 'cat > tanya.tar.gz'   to stdout")]
pub struct BackupArgs {
    /// File to write; an older one is replaced once the new one is whole. `-` is stdout
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail; then there is no new file.
pub async fn run(ctx: &Context, args: &BackupArgs) -> anyhow::Result<Exit> {
    let to_stdout = args.file == Path::new("-");
    if to_stdout && (ctx.json || io::stdout().is_terminal()) {
        let reason = "the archive cannot go to stdout together with --json, or to a terminal: name a file";
        return Err(UsageError(reason.to_owned()).into());
    }
    let to = match to_stdout {
        true => Destination::Stream(Box::new(io::stdout())),
        false => Destination::File(args.file.clone()),
    };
    let key = ctx.config.data.join(RECEIPT_KEY);
    let key = match fs::read(&key) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| key.display().to_string()),
    };
    let store = ctx.existing_store().await?;
    let bar = bar("Backing up", 0);
    let outcome = store.back_up(to, key, ctx.clock.now(), |step| show(&bar, step)).await;
    bar.finish_and_clear();
    store.close().await;
    let manifest = outcome?;
    if ctx.json {
        ctx.print_json(&manifest)?;
    } else if !to_stdout {
        let size = fs::metadata(&args.file).map_or(0, |file| file.len());
        let rows = usize::try_from(manifest.rows()).unwrap_or(usize::MAX);
        ctx.print(&format!(
            "{} of {} in {} ({} KB).\n",
            counted(rows, "row", "rows"),
            counted(manifest.tables.len(), "table", "tables"),
            ctx.style.bold(&args.file.display().to_string()),
            size.div_ceil(1000),
        ))?;
    }
    Ok(Exit::Done)
}

pub(super) fn show(bar: &ProgressBar, step: Step) {
    bar.set_length(step.total);
    bar.set_position(step.rows);
}
