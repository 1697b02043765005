//! Keeps what must not be lost: the log of questions, the article versions that were shown, the tickets.
//!
//! All SQL of the program is in this room, one file per aggregate; the rest sees domain types and named methods. Behind
//! [`Store`] is one SQLite file in WAL mode with `synchronous=FULL`:
//!
//! - one writer task commits in groups; a write is acknowledged after its commit and survives a power cut;
//! - the log of questions ([`Store::record_question`]) is the exception: it may be acknowledged before its commit, so
//!   that answering never waits for a disk. At most the questions in its bounded queue are lost by a crash; what did not
//!   fit is counted in [`Store::questions_lost`];
//! - a few readers work beside it and never wait for it.
//!
//! Ids and JSON are kept as text, times as microseconds since 1970 (UTC).
//!
//! ```no_run
//! # async fn example() -> Result<(), tanya::store::StoreError> {
//! let store = tanya::store::Store::open("sqlite:data/tanya.db").await?;
//! println!("{:?}", store.health().await?);
//! store.close().await;
//! # Ok(())
//! # }
//! ```

mod articles;
mod error;
mod migrate;
mod questions;
mod tickets;
mod writer;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use serde_json::{Map, Value};
use sqlx::{
    ConnectOptions, Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};

pub use articles::ArticleVersion;
pub use error::StoreError;
pub use questions::{ArticleUsed, NearestArticle, QuestionRecord, TimeRange};
pub use tickets::{
    EventKind, NewTicketRecord, OpenedTicket, TicketEvent, TicketFilter, TicketOrder, TicketPage, TicketRecord,
    TicketState,
};

use writer::WriterHandle;

/// How long a statement waits for a lock of another process.
const BUSY: Duration = Duration::from_secs(5);
/// How long [`Store::health`] waits.
const HEALTH: Duration = Duration::from_secs(2);
/// Reading connections: reports are read while pages are served; more would only compete for the same disk.
const READERS: u32 = 4;

/// The store. A clone is one `Arc`; all clones share the writer and the readers.
///
/// Dropping the last clone lets the writer finish what is queued, as long as the runtime lives; [`Store::close`] waits
/// for that.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    writer: WriterHandle,
    readers: SqlitePool,
}

/// How the store is doing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StoreHealth {
    /// Number of the latest migration.
    pub schema: i64,
    /// Writes that wait for a commit.
    pub waiting_writes: usize,
    /// Questions that wait to be logged.
    pub waiting_questions: usize,
    /// Questions that were not logged since the start, because the queue was full or a commit failed.
    pub questions_lost: u64,
}

impl Store {
    /// Opens `sqlite:PATH`; makes folder and file if they are missing (readable by their owner only, they hold people's
    /// addresses) and applies missing migrations. Must be called inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`StoreError`] names the cause: address, rights, damage, a newer schema.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        let path = sqlite_path(url)?;
        create_if_missing(&path).map_err(|error| StoreError::CannotOpen {
            path: path.clone(),
            detail: error.to_string(),
        })?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .busy_timeout(BUSY)
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Full);
        let mut connection = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .connect()
            .await
            .map_err(|error| opening_error(&path, error))?;
        migrate::migrate(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            // A reader that tried to write would escape the one writer.
            .connect_lazy_with(options.pragma("query_only", "ON"));
        let writer = WriterHandle::start(connection);
        Ok(Store {
            inner: Arc::new(Inner { path, writer, readers }),
        })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Waits until everything that was queued before, questions included, is committed.
    ///
    /// # Errors
    ///
    /// The failure of that commit, or [`StoreError::Closed`].
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.inner.writer.flush().await
    }

    /// Commits what is queued and closes the file. Every later call gets [`StoreError::Closed`].
    pub async fn close(&self) {
        // Readers first: the last connection to close folds the write-ahead log into the file, and that is the writer's.
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    /// Whether the store can be read and the writer is at work, for `/readyz`.
    ///
    /// # Errors
    ///
    /// What reading or committing failed with: after a failed commit (a full disk), one that changes nothing is tried.
    pub async fn health(&self) -> Result<StoreHealth, StoreError> {
        let probe = async {
            let row = sqlx::query(
                "SELECT MAX(version) AS schema
                 FROM schema_migrations",
            )
            .fetch_one(&self.inner.readers)
            .await?;
            // After a failure only a write can tell that it is over; without one, a server that gets no traffic because
            // it is not ready would never be ready again.
            match self.inner.writer.outage() {
                None => self.flush().await?,
                Some(_) => self.inner.writer.probe().await?,
            }
            Ok::<i64, StoreError>(row.try_get("schema")?)
        };
        let schema = tokio::time::timeout(HEALTH, probe)
            .await
            .map_err(|_| StoreError::Slow {
                seconds: HEALTH.as_secs(),
            })??;
        Ok(StoreHealth {
            schema,
            waiting_writes: self.inner.writer.waiting_jobs(),
            waiting_questions: self.inner.writer.waiting_questions(),
            questions_lost: self.questions_lost(),
        })
    }

    /// Questions that were not logged since the start: the queue was full, or a commit failed.
    pub fn questions_lost(&self) -> u64 {
        self.inner.writer.questions_lost()
    }

    /// Commits since the start; fewer than writes where writes came at once.
    pub fn commits(&self) -> u64 {
        self.inner.writer.commits()
    }

    fn writer(&self) -> &WriterHandle {
        &self.inner.writer
    }

    fn readers(&self) -> &SqlitePool {
        &self.inner.readers
    }
}

fn sqlite_path(url: &str) -> Result<PathBuf, StoreError> {
    let bad = |reason: &str| {
        // Only the scheme is told: an address of another kind may hold a password.
        let scheme = url.split(':').next().unwrap_or_default();
        StoreError::BadUrl {
            url: format!("{scheme}:…"),
            reason: reason.to_owned(),
        }
    };
    let Some(path) = url.strip_prefix("sqlite:") else {
        return Err(bad("it must be `sqlite:PATH`"));
    };
    let path = path.strip_prefix("//").unwrap_or(path);
    match path {
        "" => Err(bad("it names no file")),
        ":memory:" => Err(bad("a database in memory would lose tickets; name a file")),
        path => Ok(PathBuf::from(path)),
    }
}

fn create_if_missing(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// The first thing that touches the file: a failure without a better name is a failure to open.
fn opening_error(path: &Path, error: sqlx::Error) -> StoreError {
    match StoreError::from(error) {
        StoreError::Database { detail } => StoreError::CannotOpen {
            path: path.to_path_buf(),
            detail,
        },
        named => named,
    }
}

fn time(row: &SqliteRow, column: &str) -> Result<Timestamp, StoreError> {
    to_time(row.try_get(column)?)
}

fn optional_time(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    row.try_get::<Option<i64>, _>(column)?.map(to_time).transpose()
}

fn to_time(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Corrupt {
        detail: format!("{micros} microseconds is no time"),
    })
}

fn object(row: &SqliteRow, column: &str) -> Result<Map<String, Value>, StoreError> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt {
        detail: format!("column {column}: {error}"),
    })
}

/// Reads a column that holds one of a few words.
fn word<T>(row: &SqliteRow, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
    let text: &str = row.try_get(column)?;
    parse(text).ok_or_else(|| StoreError::Corrupt {
        detail: format!("column {column} holds the word {text:?}"),
    })
}

/// PostgreSQL has no NUL in its texts, and nobody needs one.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn object_text(object: &Map<String, Value>) -> String {
    serde_json::to_string(object).expect("a JSON object has text keys only")
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a String");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_stores() {
        assert_eq!(sqlite_path("sqlite:data/t.db"), Ok("data/t.db".into()));
        assert_eq!(sqlite_path("sqlite:///var/t.db"), Ok("/var/t.db".into()));
        for bad in ["", "t.db", "sqlite:", "sqlite::memory:", "postgres://u:secret@h/db"] {
            let error = sqlite_path(bad).expect_err(bad).to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    /// Runs a statement on the writer's connection.
    struct Statement(&'static str);

    impl writer::Write for Statement {
        type Output = ();

        async fn apply(&self, connection: &mut sqlx::SqliteConnection) -> Result<(), StoreError> {
            sqlx::raw_sql(self.0).execute(connection).await?;
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_full_disk_is_named_counted_and_passes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(&format!("sqlite:{}", folder.path().join("t.db").display()))
            .await
            .expect("a store");
        let article = |i: usize| {
            let source = format!("{i}").repeat(10_000);
            (
                format!("sha256:{}", hex(&<sha2::Sha256 as sha2::Digest>::digest(&source))),
                source,
            )
        };
        let keep = async |i| {
            let (version, source) = article(i);
            store
                .keep_article_version(&version, "a", &source, Timestamp::UNIX_EPOCH)
                .await
        };
        keep(1).await.expect("there is room");
        // SQLite takes the present size for a smaller limit.
        store
            .writer()
            .write(Statement("PRAGMA max_page_count = 1"))
            .await
            .expect("limited");
        let error = keep(2).await.expect_err("there is no room");
        assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
        assert!(error.is_outage() && error.to_string().contains("make room"));
        assert_eq!(store.inner.writer.outage(), Some(error));
        store
            .writer()
            .write(Statement("PRAGMA max_page_count = 100000"))
            .await
            .expect("room again");
        keep(2).await.expect("there is room again");
        assert!(store.health().await.is_ok());
        assert!(store.article_version(&article(1).0).await.expect("read").is_some());
    }
}
