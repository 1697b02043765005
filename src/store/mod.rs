//! Keeps what must not be lost: the log of questions, the article versions that were shown, the tickets.
//!
//! All SQL of the program is in this room, one file per aggregate; the rest sees domain types and named methods. Behind
//! [`Store`] is one SQLite file in WAL mode with `synchronous=FULL`, or a PostgreSQL database that several servers share:
//!
//! - with SQLite one writer task commits in groups, with PostgreSQL each change is a transaction of its own; either way a
//!   write is acknowledged after its commit and survives a power cut;
//! - the log of questions ([`Store::record_question`]) is the exception: it may be acknowledged before its commit, so
//!   that answering never waits for a disk. At most the questions in its bounded queue are lost by a crash; what did not
//!   fit is counted in [`Store::questions_lost`];
//! - a few readers work beside it and never wait for it;
//! - [`Store::wakes`] tells when something was committed, by whichever server.
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

pub mod archive;
mod articles;
mod audit;
mod conversations;
mod db;
mod documents;
mod duties;
mod erasure;
mod error;
mod migrate;
mod numbers;
mod outbox;
mod outcomes;
mod outgoing;
mod people;
mod postgres;
mod presence;
mod questions;
mod queue;
mod retention;
mod sessions;
mod ticket;
mod tickets;
mod tokens;
mod votes;
mod wakes;
mod work;
mod work_together;
mod writer;

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection as _,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use tokio::{sync::Notify, task::AbortHandle};

pub use articles::ArticleVersion;
pub use audit::{AuditFilter, AuditPage, AuditRecord};
pub use conversations::{ConversationRecord, EpisodeRecord, EpisodeState, TurnKind, TurnRecord};
pub(crate) use documents::DESK_STREAM;
pub use documents::{Document, DocumentKind, Published, document_hash};
pub use duties::DutyRecord;
pub use erasure::{Erased, Erasure, Traces, Whose};
pub use error::StoreError;
pub use numbers::{TicketFacts, ViewCounts};
pub use outbox::{NewEvent, StreamEvent};
pub use outcomes::JudgedAnswer;
pub(crate) use outgoing::OUTGOING_STREAM;
pub use outgoing::{AfterFailure, NewOutgoing, OutgoingCounts, OutgoingRecord};
pub use people::{Availability, PasswordHash, PersonChange, PersonRecord, PictureRecord, Role, WaysIn};
pub use presence::PresenceRecord;
pub use questions::{ArticleAsked, ArticleUsed, NearestArticle, QuestionRecord, TimeRange};
pub use queue::{Due, PromiseCounts, QueueLoad};
pub use retention::Kept;
pub use sessions::{SessionRecord, SignInLinkRecord};
pub use ticket::{EventKind, TicketEvent, TicketOutcome, TicketRecord, TicketState};
pub(crate) use tickets::mark;
pub use tickets::{TicketFilter, TicketOrder, TicketPage};
pub use tokens::{PROGRAM, Scope, TokenRecord};
pub use votes::{ArticleVotes, Vote};
pub use wakes::{Wake, Wakes};
pub use work::{Change, Look, NewTurn, Opened, Scene, Subject, Worked};
pub use work::{conversation_stream, team_stream};

use db::{Connection, Readers};
use postgres::PostgresWriter;
use writer::{Counters, Probe, Write, WriterHandle};

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
    /// For people, without a password.
    name: String,
    writer: Writer,
    readers: Readers,
    wakes: Wakes,
    listener: Listener,
}

/// Looks of two milliseconds each for which a closing store waits for its listener.
const LONGEST_END: usize = 500;

/// The task that hears of other processes' commits; it ends with the store.
struct Listener {
    task: AbortHandle,
    /// Ends it in order, its connection closed.
    stop: Arc<Notify>,
}

impl Listener {
    /// Waits until it has ended, but not long: nothing is lost with it.
    async fn end(&self) {
        self.stop.notify_one();
        for _ in 0..LONGEST_END {
            if self.task.is_finished() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.task.abort();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How changes are made on each engine.
enum Writer {
    Sqlite(WriterHandle),
    Postgres(PostgresWriter),
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
    /// Opens `sqlite:PATH` or `postgres://user:password@host/database`, and applies missing migrations. A missing SQLite
    /// file is made with its folder (readable by their owner only, it holds people's addresses). Must be called inside a
    /// tokio runtime.
    ///
    /// # Errors
    ///
    /// [`StoreError`] names the cause: address, rights, damage, a newer schema.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::open_postgres(url).await;
        }
        let path = sqlite_path(url)?;
        let options = sqlite_options(&path)?;
        let mut connection = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .connect()
            .await
            .map_err(|error| opening_error(&path, error))?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        migrate::migrate(&mut Connection::from(&mut *transaction)).await?;
        transaction.commit().await?;
        // A reader that tried to write would escape the one writer.
        let reading = options.pragma("query_only", "ON");
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            .connect_lazy_with(reading.clone());
        let wakes = Wakes::default();
        let writer = WriterHandle::start(connection, wakes.clone());
        let stop = Arc::new(Notify::new());
        let task = tokio::spawn(wakes::watch_file(reading, wakes.clone(), Arc::clone(&stop))).abort_handle();
        let listener = Listener { task, stop };
        Ok(Store {
            inner: Arc::new(Inner {
                name: path.display().to_string(),
                writer: Writer::Sqlite(writer),
                readers: Readers::Sqlite(readers),
                wakes,
                listener,
            }),
        })
    }

    async fn open_postgres(url: &str) -> Result<Store, StoreError> {
        let options = postgres_options(url)?;
        let name = format!(
            "PostgreSQL at {}:{}/{}",
            options.get_host(),
            options.get_port(),
            options.get_database().unwrap_or_default()
        );
        let writer = PostgresWriter::start(options.clone()).await?;
        let readers = PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            .connect_lazy_with(options.clone());
        let wakes = Wakes::default();
        let task = tokio::spawn(postgres::listen(options, wakes.clone())).abort_handle();
        let stop = Arc::new(Notify::new());
        let listener = Listener { task, stop };
        Ok(Store {
            inner: Arc::new(Inner {
                name,
                writer: Writer::Postgres(writer),
                readers: Readers::Postgres(readers),
                wakes,
                listener,
            }),
        })
    }

    /// What people call this store: the file, or host and database.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Hears of what is committed from now on, by this process and by others on the same store.
    pub fn wakes(&self) -> tokio::sync::broadcast::Receiver<Wake> {
        self.inner.wakes.subscribe()
    }

    /// Waits until everything that was queued before, questions included, is committed.
    ///
    /// # Errors
    ///
    /// The failure of that commit, or [`StoreError::Closed`].
    pub async fn flush(&self) -> Result<(), StoreError> {
        match &self.inner.writer {
            Writer::Sqlite(writer) => writer.flush().await,
            Writer::Postgres(writer) => writer.flush().await,
        }
    }

    /// Commits what is queued and closes the store. Every later call gets [`StoreError::Closed`].
    pub async fn close(&self) {
        // Readers first: the last connection to close folds the write-ahead log into the file, and that is the writer's.
        match &self.inner.writer {
            Writer::Sqlite(_) => self.inner.listener.end().await,
            Writer::Postgres(_) => self.inner.listener.task.abort(),
        }
        self.inner.readers.close().await;
        match &self.inner.writer {
            Writer::Sqlite(writer) => writer.close().await,
            Writer::Postgres(writer) => writer.close().await,
        }
    }

    /// Whether the store can be read and the writer is at work, for `/readyz`.
    ///
    /// # Errors
    ///
    /// What reading or committing failed with: after a failed commit (a full disk), one that changes nothing is tried.
    pub async fn health(&self) -> Result<StoreHealth, StoreError> {
        let probe = async {
            let mut snapshot = self.readers().snapshot().await?;
            let sql = "SELECT MAX(version) AS schema FROM schema_migrations";
            let row = snapshot.connection().fetch_one(sql, Vec::new()).await?;
            // After a failure only a write can tell that it is over; without one, a server that gets no traffic because
            // it is not ready would never be ready again.
            match self.counters().outage() {
                None => self.flush().await?,
                Some(_) => self.write(Probe).await?,
            }
            row.int("schema")
        };
        let schema = tokio::time::timeout(HEALTH, probe)
            .await
            .map_err(|_| StoreError::Slow {
                seconds: HEALTH.as_secs(),
            })??;
        Ok(StoreHealth {
            schema,
            waiting_writes: match &self.inner.writer {
                Writer::Sqlite(writer) => writer.waiting_jobs(),
                Writer::Postgres(_) => 0,
            },
            waiting_questions: match &self.inner.writer {
                Writer::Sqlite(writer) => writer.waiting_questions(),
                Writer::Postgres(writer) => writer.waiting_questions(),
            },
            questions_lost: self.questions_lost(),
        })
    }

    /// Questions that were not logged since the start: the queue was full, or a commit failed.
    pub fn questions_lost(&self) -> u64 {
        self.counters().questions_lost.load(Ordering::Relaxed)
    }

    /// Commits since the start; fewer than writes where writes came at once.
    pub fn commits(&self) -> u64 {
        self.counters().commits.load(Ordering::Relaxed)
    }

    /// Makes a change; returns after its commit.
    async fn write<W: Write>(&self, change: W) -> Result<W::Output, StoreError> {
        match &self.inner.writer {
            Writer::Sqlite(writer) => writer.write(change).await,
            Writer::Postgres(writer) => writer.write(change).await,
        }
    }

    fn counters(&self) -> &Counters {
        match &self.inner.writer {
            Writer::Sqlite(writer) => writer.counters(),
            Writer::Postgres(writer) => writer.counters(),
        }
    }

    fn postgres_pool(&self) -> Option<&sqlx::PgPool> {
        match &self.inner.writer {
            Writer::Sqlite(_) => None,
            Writer::Postgres(writer) => Some(writer.pool()),
        }
    }

    fn send_wake(&self, wake: Wake) {
        self.inner.wakes.send(wake);
    }

    fn writer(&self) -> &Writer {
        &self.inner.writer
    }

    fn readers(&self) -> &Readers {
        &self.inner.readers
    }
}

fn postgres_options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::BadUrl {
        url: "postgres:…".into(),
        // What the parser says may quote the password.
        reason: "it must be `postgres://user:password@host:port/database`".into(),
    })?;
    Ok(options.application_name("tanya"))
}

/// How a file is opened for writing; makes it if it is missing.
fn sqlite_options(path: &Path) -> Result<SqliteConnectOptions, StoreError> {
    create_if_missing(path).map_err(|error| StoreError::CannotOpen {
        path: path.to_path_buf(),
        detail: error.to_string(),
    })?;
    Ok(SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full))
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
        return Err(bad(
            "it must be `sqlite:PATH` or `postgres://user:password@host/database`",
        ));
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn only_files_are_stores() {
        assert_eq!(sqlite_path("sqlite:data/t.db"), Ok("data/t.db".into()));
        assert_eq!(sqlite_path("sqlite:///var/t.db"), Ok("/var/t.db".into()));
        for bad in ["", "t.db", "sqlite:", "sqlite::memory:", "mysql://u:secret@h/db"] {
            let error = sqlite_path(bad).expect_err(bad).to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    /// Runs a statement on the writer's connection.
    struct Script(&'static str);

    impl Write for Script {
        type Output = ();

        async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
            connection.run_script(self.0).await
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
                format!(
                    "sha256:{}",
                    hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&source))
                ),
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
        store.write(Script("PRAGMA max_page_count = 1")).await.expect("limited");
        let error = keep(2).await.expect_err("there is no room");
        assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
        assert!(error.is_outage() && error.to_string().contains("make room"));
        assert_eq!(store.counters().outage(), Some(error));
        store
            .write(Script("PRAGMA max_page_count = 100000"))
            .await
            .expect("room again");
        keep(2).await.expect("there is room again");
        assert!(store.health().await.is_ok());
        assert!(store.article_version(&article(1).0).await.expect("read").is_some());
    }
}
