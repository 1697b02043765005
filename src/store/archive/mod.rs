//! One file that holds everything in the store, whatever engine it is on.
//!
//! An archive is a gzip-compressed tar: `tables/NAME.jsonl` has one row per line as a JSON object, `receipt.key` signs
//! the addresses of receipts, and `manifest.json`, which comes last, says what must be there, with the number of rows and
//! the SHA-256 of each table. A file without its manifest is half a file and is refused.
//!
//! - [`Store::back_up`](super::Store::back_up) reads one snapshot, row by row, while others go on writing; a file appears
//!   under its name only when it is whole and synced.
//! - [`Store::restore`](super::Store::restore) checks the whole archive before it touches the database, and then puts
//!   everything into it in one transaction, so that one that fails changes nothing. An archive of an older schema goes
//!   into that schema, which is then migrated.

mod backup;
mod container;
mod restore;
mod rows;
mod tables;

use std::{fmt, io, path::Path};

use serde::{Deserialize, Serialize};

use super::StoreError;

pub use backup::Destination;
pub use restore::{Restored, Target};

/// Number of the form that this program writes and reads.
const FORM: u32 = 1;

/// What is in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Number of the archive's form.
    pub format: u32,
    /// Number of the latest migration of the database that it was made from.
    pub schema: i64,
    /// Version of the program that made it.
    pub program: String,
    /// When, RFC 3339.
    pub made_at: String,
    /// The tables, each after those that it refers to.
    pub tables: Vec<TableSum>,
    /// SHA-256 (hexadecimal) of `receipt.key`, if it went along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_key: Option<String>,
}

impl Manifest {
    /// Rows of all tables together.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// What a table's entry must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSum {
    /// The table.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 (hexadecimal) of its entry.
    pub sha256: String,
}

/// How far a backup or a restore is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The table at work.
    pub table: &'static str,
    /// Rows done, of all tables.
    pub rows: u64,
    /// Rows to do, of all tables.
    pub total: u64,
}

/// Why there is no archive, or why one cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error("{what}: {source}")]
    Io {
        /// Which one.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file is something else.
    #[error("this is no archive of Tanya: {reason}")]
    NotAnArchive {
        /// What is missing.
        reason: String,
    },
    /// The archive is cut off, damaged, or was made by somebody who means harm.
    #[error("the archive is damaged and was not used: {place}: {reason}")]
    Damaged {
        /// Where.
        place: Place,
        /// What is wrong.
        reason: String,
    },
    /// A newer program made it.
    #[error(
        "the archive has {what} {found}, this program knows up to {known}: restore it with a newer version of Tanya"
    )]
    Newer {
        /// `form` or `schema`.
        what: &'static str,
        /// In the archive.
        found: i64,
        /// In this program.
        known: i64,
    },
    /// Restoring would destroy what is there.
    #[error(
        "the database is not empty (the table {table} has {rows} rows): restore into a new one, or replace everything \
         that is in it with --overwrite"
    )]
    NotEmpty {
        /// The first table with rows.
        table: &'static str,
        /// How many.
        rows: i64,
    },
    /// The other half of the work ended without a word.
    #[error("the work on the archive was interrupted")]
    Interrupted,
}

impl ArchiveError {
    fn io(what: impl fmt::Display) -> impl FnOnce(io::Error) -> ArchiveError {
        move |source| ArchiveError::Io {
            what: what.to_string(),
            source,
        }
    }

    fn file(path: &Path) -> impl FnOnce(io::Error) -> ArchiveError + use<> {
        let what = path.display().to_string();
        move |source| ArchiveError::Io { what, source }
    }
}

/// An entry of an archive, and a line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The entry's name, without what a terminal would obey.
    pub entry: String,
    /// From 1.
    pub line: Option<u64>,
}

impl Place {
    fn entry(name: &str) -> Self {
        let visible = name.chars().map(|c| if c.is_control() { '·' } else { c });
        Place {
            entry: visible.take(100).collect(),
            line: None,
        }
    }

    fn line(self, line: u64) -> Self {
        Place {
            line: Some(line),
            ..self
        }
    }

    fn damaged(self, reason: impl fmt::Display) -> ArchiveError {
        ArchiveError::Damaged {
            place: self,
            reason: reason.to_string(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}", self.entry)?;
        match self.line {
            Some(line) => write!(f, ", line {line}"),
            None => Ok(()),
        }
    }
}
