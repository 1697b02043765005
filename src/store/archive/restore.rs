//! Putting an archive into a database, in one transaction.

use std::{fs::File, path::Path};

use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteJournalMode};
use tokio::sync::mpsc;

use super::{
    super::{
        Store, StoreError,
        db::{Connection, Value},
        migrate, opening_error, postgres, postgres_options, sqlite_options, sqlite_path,
    },
    ArchiveError, Manifest, Place, Step, container, rows,
    tables::{self, Table},
};

/// Rows in one statement at most: more are not faster.
const ROWS: usize = 200;
/// Placeholders in one statement; SQLite takes 32,766.
const PLACEHOLDERS: usize = 30_000;
/// Bytes of rows that are handed on together; a few of them wait, so this bounds the memory.
const PIECE: usize = 1024 * 1024;
/// Batches that may wait.
const WAITING: usize = 2;

/// Which databases may be restored into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Only one that has no rows.
    Empty,
    /// Any; what is in it is replaced.
    Any,
}

/// What a restore brought.
#[derive(Debug)]
pub struct Restored {
    /// What was in the archive.
    pub manifest: Manifest,
    /// The key of receipts, if it was in the archive; it is the caller's to put into its place.
    pub receipt_key: Option<Vec<u8>>,
}

/// Rows of one table, and where they stand in the archive.
struct Batch {
    table: &'static str,
    first: Place,
    rows: Vec<Vec<Value>>,
}

impl Store {
    /// Puts the archive at `path` into the database at `url`, which is made if it is missing (SQLite) and must not be in
    /// use by a server. The whole archive is checked first; then everything is one transaction.
    ///
    /// # Errors
    ///
    /// See [`ArchiveError`]; the database stays as it is.
    pub async fn restore(
        url: &str,
        path: &Path,
        target: Target,
        mut progress: impl FnMut(Step) + Send,
    ) -> Result<Restored, ArchiveError> {
        let opened = File::open(path).map_err(ArchiveError::file(path))?;
        let (file, contents) = tokio::task::spawn_blocking(move || {
            let mut file = opened;
            let contents = container::read(&mut file, |_, _, _| Ok(()));
            (file, contents)
        })
        .await
        .map_err(|_| ArchiveError::Interrupted)?;
        let contents = contents?;
        let archive = Archive {
            file,
            manifest: contents.manifest,
        };
        let manifest = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            into_postgres(url, archive, target, &mut progress).await?
        } else {
            into_sqlite(url, archive, target, &mut progress).await?
        };
        Ok(Restored {
            manifest,
            receipt_key: contents.receipt_key,
        })
    }
}

/// An archive that was checked, still open, so that what is restored is what was checked.
struct Archive {
    file: File,
    manifest: Manifest,
}

type Progress<'a> = &'a mut (dyn FnMut(Step) + Send);

async fn into_sqlite(
    url: &str,
    archive: Archive,
    target: Target,
    told: Progress<'_>,
) -> Result<Manifest, ArchiveError> {
    let path = sqlite_path(url)?;
    let options = sqlite_options(&path)?.journal_mode(SqliteJournalMode::Wal);
    let connected = options.connect().await;
    let mut connection = connected.map_err(|error| opening_error(&path, error))?;
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(StoreError::from)?;
    let manifest = restore(&mut Connection::from(&mut *transaction), archive, target, told).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    // Folds the write-ahead log into the file.
    connection.close().await.map_err(StoreError::from)?;
    Ok(manifest)
}

async fn into_postgres(
    url: &str,
    archive: Archive,
    target: Target,
    told: Progress<'_>,
) -> Result<Manifest, ArchiveError> {
    let options = postgres_options(url)?;
    let mut connection = sqlx::PgConnection::connect_with(&options)
        .await
        .map_err(StoreError::from)?;
    let mut transaction = connection.begin().await.map_err(StoreError::from)?;
    let mut inside = Connection::from(&mut *transaction);
    postgres::lock_migrations(&mut inside).await?;
    let manifest = restore(&mut inside, archive, target, told).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(manifest)
}

async fn restore(
    connection: &mut Connection<'_>,
    archive: Archive,
    target: Target,
    told: Progress<'_>,
) -> Result<Manifest, ArchiveError> {
    // Also refuses a database that a newer program made: it may have tables that this one does not know.
    migrate::migrate(connection).await?;
    if target == Target::Empty {
        must_be_empty(connection).await?;
    }
    for table in tables::present(connection).await?.iter().rev() {
        connection
            .execute(table.drop(), Vec::new())
            .await
            .map_err(StoreError::from)?;
    }
    let sql = "DROP TABLE schema_migrations";
    connection.execute(sql, Vec::new()).await.map_err(StoreError::from)?;
    migrate::migrate_to(connection, archive.manifest.schema).await?;
    let manifest = put_in(connection, archive, told).await?;
    migrate::migrate(connection).await?;
    Ok(manifest)
}

async fn must_be_empty(connection: &mut Connection<'_>) -> Result<(), ArchiveError> {
    for table in tables::present(connection).await? {
        let rows = connection.fetch_one(table.count(), Vec::new()).await?.int("found")?;
        if rows > 0 {
            let table = table.name;
            return Err(ArchiveError::NotEmpty { table, rows });
        }
    }
    Ok(())
}

/// Reads the archive a second time, on a thread of its own, and inserts what comes.
async fn put_in(
    connection: &mut Connection<'_>,
    archive: Archive,
    told: Progress<'_>,
) -> Result<Manifest, ArchiveError> {
    let Archive { mut file, manifest } = archive;
    let tables = tables::present(connection).await?;
    for sum in &manifest.tables {
        if !tables.iter().any(|table| table.name == sum.name) {
            let place = Place::entry(&format!("tables/{}.jsonl", sum.name));
            return Err(place.damaged(format!("schema {} has no such table", manifest.schema)));
        }
    }
    let (batches, mut waiting) = mpsc::channel(WAITING);
    let known = tables.clone();
    let reading = tokio::task::spawn_blocking(move || read_batches(&mut file, &known, &batches));
    let (mut done, total) = (0, manifest.rows());
    let mut inserted = Ok(());
    while let Some(batch) = waiting.recv().await {
        inserted = insert(connection, &tables, &batch).await;
        if inserted.is_err() {
            break;
        }
        done += batch.rows.len() as u64;
        told(Step {
            table: batch.table,
            rows: done,
            total,
        });
    }
    drop(waiting);
    let read = reading.await.map_err(|_| ArchiveError::Interrupted)?;
    inserted?;
    // The same file was checked before: a difference means that somebody wrote to it meanwhile.
    match read? == manifest {
        true => Ok(manifest),
        false => Err(Place::entry("manifest.json").damaged("the archive was changed while it was read")),
    }
}

/// Blocks. Ends early when nobody takes the batches any more.
fn read_batches(file: &mut File, tables: &[Table], batches: &mpsc::Sender<Batch>) -> Result<Manifest, ArchiveError> {
    let mut filling: Option<Batch> = None;
    let mut bytes = 0;
    let send = |batch: Option<Batch>| match batch {
        Some(batch) => batches.blocking_send(batch).map_err(|_| ArchiveError::Interrupted),
        None => Ok(()),
    };
    let contents = container::read(file, |name, place, line| {
        let table = tables.iter().find(|table| table.name == name);
        let table = table.ok_or_else(|| place.clone().damaged("its schema has no such table"))?;
        let row = rows::read_line(table, place, line)?;
        let full = filling
            .as_ref()
            .is_some_and(|batch| batch.table != name || batch.rows.len() >= most_rows(table) || bytes >= PIECE);
        if full {
            send(filling.take())?;
            bytes = 0;
        }
        bytes += line.len();
        let batch = filling.get_or_insert_with(|| Batch {
            table: table.name,
            first: place.clone(),
            rows: Vec::new(),
        });
        batch.rows.push(row);
        Ok(())
    })?;
    send(filling)?;
    Ok(contents.manifest)
}

fn most_rows(table: &Table) -> usize {
    (PLACEHOLDERS / table.columns.len()).clamp(1, ROWS)
}

async fn insert(connection: &mut Connection<'_>, tables: &[Table], batch: &Batch) -> Result<(), ArchiveError> {
    let table = tables.iter().find(|table| table.name == batch.table);
    let table = table.expect("batches are of tables that are there");
    let values = batch.rows.iter().flatten().cloned().collect();
    let inserted = connection.execute(table.insert(batch.rows.len()), values).await;
    match inserted.map_err(StoreError::from) {
        Ok(_) => Ok(()),
        Err(StoreError::Database { detail }) => {
            let reason = format!("one of {} rows from here on was refused: {detail}", batch.rows.len());
            Err(batch.first.clone().damaged(reason))
        }
        Err(error) => Err(error.into()),
    }
}
