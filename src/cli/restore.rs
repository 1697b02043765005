//! `tanya restore`: puts an archive back, into the same engine or the other one.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::{
    Context, Exit,
    backup::{RECEIPT_KEY, show},
    bar,
    output::counted,
};
use crate::store::{
    Store,
    archive::{Restored, Target},
};

/// What `tanya help restore` says first.
pub(super) const LONG_ABOUT: &str = "\
    Puts an archive of `tanya backup` into an empty database, SQLite or PostgreSQL: that is also how to move from one to \
    the other. The whole archive is checked before anything is changed, and a restore that fails or is interrupted \
    changes nothing. Stop the servers on that database first.";

/// Arguments of `restore`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya restore tanya.tar.gz
  tanya --store postgres://tanya@db/tanya restore tanya.tar.gz   from SQLite to PostgreSQL
  tanya restore tanya.tar.gz --overwrite                         replaces what is there")]
pub struct RestoreArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Replace everything that is in the database, and the key of receipts
    #[arg(long)]
    pub overwrite: bool,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail; then the database is as it was.
pub async fn run(ctx: &Context, args: &RestoreArgs) -> anyhow::Result<Exit> {
    let target = if args.overwrite { Target::Any } else { Target::Empty };
    let url = ctx.config.store_url();
    let bar = bar("Restoring", 0);
    let restored = Store::restore(&url, &args.file, target, |step| show(&bar, step)).await;
    bar.finish_and_clear();
    let Restored { manifest, receipt_key } = restored?;
    let key = match receipt_key {
        Some(key) => put_key(&ctx.config.data.join(RECEIPT_KEY), &key, target)?,
        None => Key::None,
    };
    if ctx.json {
        let told = json!({"restored": manifest, "receipt_key": key.as_str()});
        ctx.print_json(&told)?;
        return Ok(Exit::Done);
    }
    let rows = usize::try_from(manifest.rows()).unwrap_or(usize::MAX);
    let (rows, tables) = (
        counted(rows, "row", "rows"),
        counted(manifest.tables.len(), "table", "tables"),
    );
    ctx.print(&format!("{rows} of {tables} are back, as of {}.\n", manifest.made_at))?;
    if let Key::Differs = key {
        ctx.print(
            "The data folder has another receipt.key, which was left as it is: addresses of older receipts do not work. \
             --overwrite replaces it.\n",
        )?;
    }
    Ok(Exit::Done)
}

/// What became of the key of receipts.
enum Key {
    /// The archive has none.
    None,
    /// It was put into its place.
    Written,
    /// It was there already.
    Same,
    /// Another one was there and was left.
    Differs,
}

impl Key {
    fn as_str(&self) -> &'static str {
        match self {
            Key::None => "none",
            Key::Written => "written",
            Key::Same => "same",
            Key::Differs => "left_another",
        }
    }
}

fn put_key(path: &Path, key: &[u8], target: Target) -> anyhow::Result<Key> {
    match fs::read(path) {
        Ok(present) if present == key => return Ok(Key::Same),
        Ok(_) if target == Target::Empty => return Ok(Key::Differs),
        _ => {}
    }
    write_private(path, key).with_context(|| format!("the database is restored, but not {}", path.display()))?;
    Ok(Key::Written)
}

/// Whole or not at all, readable by its owner only.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
