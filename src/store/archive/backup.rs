//! Reading everything in one snapshot and writing it into one file.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use futures_util::TryStreamExt;
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{
    super::{Store, db::Connection},
    ArchiveError, Manifest, Step,
    container::{Spool, Writer},
    rows,
    tables::{self, Table},
};

/// Bytes of rows that are handed on together; a few of them wait, so this bounds the memory.
const PIECE: usize = 256 * 1024;
/// Pieces that may wait.
const WAITING: usize = 4;

/// Where an archive goes.
pub enum Destination {
    /// A file; it appears, or replaces what was there, only when it is whole. Only its owner may read it.
    File(PathBuf),
    /// A stream, such as stdout.
    Stream(Box<dyn Write + Send>),
}

enum Piece {
    Table(&'static str),
    Lines { bytes: Vec<u8>, rows: u64 },
    End { schema: i64 },
}

impl Store {
    /// Writes everything that is committed at this moment into one archive, while others go on reading and writing.
    /// `receipt_key` goes along. `progress` is told now and then.
    ///
    /// # Errors
    ///
    /// See [`ArchiveError`]; with [`Destination::File`] nothing is left behind.
    pub async fn back_up(
        &self,
        to: Destination,
        receipt_key: Option<Vec<u8>>,
        at: Timestamp,
        mut progress: impl FnMut(Step) + Send,
    ) -> Result<Manifest, ArchiveError> {
        let (pieces, waiting) = mpsc::channel(WAITING);
        let writing = tokio::task::spawn_blocking(move || write(to, waiting, receipt_key.as_deref(), at));
        let reading = self.read_all(pieces, &mut progress).await;
        // A writer that failed has dropped its end, and that is all that the reader knows.
        let written = writing.await.map_err(|_| ArchiveError::Interrupted)?;
        match (reading, written) {
            (Err(error), Ok(_) | Err(ArchiveError::Interrupted)) => Err(error),
            (_, written) => written,
        }
    }

    async fn read_all(
        &self,
        pieces: mpsc::Sender<Piece>,
        progress: &mut (impl FnMut(Step) + Send),
    ) -> Result<(), ArchiveError> {
        let mut snapshot = self.readers().snapshot().await?;
        let mut connection = snapshot.connection();
        let sql = "SELECT MAX(version) AS schema FROM schema_migrations";
        let schema = connection.fetch_one(sql, Vec::new()).await?.int("schema")?;
        let tables = tables::present(&mut connection).await?;
        let mut total = 0;
        for table in &tables {
            let found = connection.fetch_one(table.count(), Vec::new()).await?.int("found")?;
            total += found.unsigned_abs();
        }
        let mut done = 0;
        for table in &tables {
            let mut told = |rows: u64| {
                done += rows;
                progress(Step {
                    table: table.name,
                    rows: done,
                    total,
                });
            };
            read_table(&mut connection, table, &pieces, &mut told).await?;
        }
        send(&pieces, Piece::End { schema }).await
    }
}

async fn read_table(
    connection: &mut Connection<'_>,
    table: &Table,
    pieces: &mpsc::Sender<Piece>,
    told: &mut (impl FnMut(u64) + Send),
) -> Result<(), ArchiveError> {
    send(pieces, Piece::Table(table.name)).await?;
    let sql = table.select(connection.dialect());
    let mut stream = connection.stream(sql);
    let (mut bytes, mut rows) = (Vec::new(), 0);
    loop {
        let row = stream.try_next().await?;
        let ended = row.is_none();
        if let Some(row) = row {
            rows::write_line(table, &row, &mut bytes)?;
            rows += 1;
        }
        if ended || bytes.len() >= PIECE {
            let full = Piece::Lines {
                bytes: std::mem::take(&mut bytes),
                rows,
            };
            send(pieces, full).await?;
            told(std::mem::take(&mut rows));
        }
        if ended {
            return Ok(());
        }
    }
}

async fn send(pieces: &mpsc::Sender<Piece>, piece: Piece) -> Result<(), ArchiveError> {
    pieces.send(piece).await.map_err(|_| ArchiveError::Interrupted)
}

fn write(
    to: Destination,
    pieces: mpsc::Receiver<Piece>,
    receipt_key: Option<&[u8]>,
    at: Timestamp,
) -> Result<Manifest, ArchiveError> {
    match to {
        Destination::Stream(out) => {
            let (manifest, mut out) = write_to(out, &std::env::temp_dir(), pieces, receipt_key, at)?;
            out.flush().map_err(ArchiveError::io("the stream"))?;
            Ok(manifest)
        }
        Destination::File(path) => {
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            // Readable by its owner only, from the first byte on, and gone if anything fails.
            let half = tempfile::Builder::new()
                .prefix(".tanya-backup-")
                .tempfile_in(folder)
                .map_err(ArchiveError::file(folder))?;
            let (manifest, _) = write_to(half.as_file(), folder, pieces, receipt_key, at)?;
            half.as_file().sync_all().map_err(ArchiveError::file(&path))?;
            let kept = half.persist(&path).map_err(|error| error.error);
            kept.and_then(|_| sync_folder(folder))
                .map_err(ArchiveError::file(&path))?;
            Ok(manifest)
        }
    }
}

/// The new name is on the disk as well.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

fn write_to<W: Write>(
    out: W,
    folder: &Path,
    mut pieces: mpsc::Receiver<Piece>,
    receipt_key: Option<&[u8]>,
    at: Timestamp,
) -> Result<(Manifest, W), ArchiveError> {
    let mut writer = Writer::new(out, at.as_second());
    let mut spool: Option<Spool> = None;
    while let Some(piece) = pieces.blocking_recv() {
        match piece {
            Piece::Table(name) => {
                if let Some(full) = spool.replace(Spool::new(name, folder)?) {
                    writer.table(full)?;
                }
            }
            Piece::Lines { bytes, rows } => {
                if let Some(spool) = &mut spool {
                    spool.add(&bytes, rows)?;
                }
            }
            Piece::End { schema } => {
                if let Some(full) = spool {
                    writer.table(full)?;
                }
                return writer.finish(schema, at.to_string(), receipt_key);
            }
        }
    }
    Err(ArchiveError::Interrupted)
}
