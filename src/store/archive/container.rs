//! The file around the tables: tar inside of gzip. All of it blocks; it runs on a thread of its own.
//!
//! Nothing is ever written to a place that an archive names: entries are known by their exact names, everything else is
//! refused.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

use super::{super::migrate, ArchiveError, FORM, Manifest, Place, TableSum, tables::TABLES};

const MANIFEST: &str = "manifest.json";
const RECEIPT_KEY: &str = "receipt.key";
/// Longest line, bytes: far above the longest article or picture, far below what memory holds.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;
/// Largest manifest, bytes.
const LARGEST_MANIFEST: u64 = 1024 * 1024;
/// A key has 32 bytes; whatever is longer is none.
const LARGEST_KEY: u64 = 1024;

fn entry_of(table: &str) -> String {
    format!("tables/{table}.jsonl")
}

/// Writes an archive, table by table.
pub(super) struct Writer<W: Write> {
    tar: tar::Builder<GzEncoder<BufWriter<W>>>,
    tables: Vec<TableSum>,
    seconds: u64,
}

/// The rows of one table on their way: an entry of a tar says its size before its content, so they wait in a file.
pub(super) struct Spool {
    name: &'static str,
    file: BufWriter<File>,
    hash: Sha256,
    rows: u64,
    bytes: u64,
}

impl Spool {
    /// `folder` holds the unnamed file that is gone when it is closed.
    pub fn new(name: &'static str, folder: &Path) -> Result<Self, ArchiveError> {
        let file = tempfile::tempfile_in(folder).map_err(ArchiveError::file(folder))?;
        Ok(Spool {
            name,
            file: BufWriter::new(file),
            hash: Sha256::new(),
            rows: 0,
            bytes: 0,
        })
    }

    pub fn add(&mut self, lines: &[u8], rows: u64) -> Result<(), ArchiveError> {
        self.file.write_all(lines).map_err(ArchiveError::io("writing rows"))?;
        self.hash.update(lines);
        self.rows += rows;
        self.bytes += lines.len() as u64;
        Ok(())
    }
}

impl<W: Write> Writer<W> {
    /// `seconds` since 1970 are what the entries show as their time.
    pub fn new(out: W, seconds: i64) -> Self {
        Writer {
            tar: tar::Builder::new(GzEncoder::new(BufWriter::new(out), Compression::default())),
            tables: Vec::new(),
            seconds: u64::try_from(seconds).unwrap_or(0),
        }
    }

    pub fn table(&mut self, spool: Spool) -> Result<(), ArchiveError> {
        let failed = || ArchiveError::io(entry_of(spool.name));
        let mut file = spool.file.into_inner().map_err(|error| failed()(error.into_error()))?;
        file.seek(SeekFrom::Start(0)).map_err(failed())?;
        self.append(&entry_of(spool.name), spool.bytes, file)
            .map_err(failed())?;
        self.tables.push(TableSum {
            name: spool.name.to_owned(),
            rows: spool.rows,
            sha256: hex::encode(spool.hash.finalize()),
        });
        Ok(())
    }

    /// Writes the rest and returns what was written to, flushed.
    pub fn finish(
        mut self,
        schema: i64,
        made_at: String,
        receipt_key: Option<&[u8]>,
    ) -> Result<(Manifest, W), ArchiveError> {
        if let Some(key) = receipt_key {
            self.append(RECEIPT_KEY, key.len() as u64, key)
                .map_err(ArchiveError::io(RECEIPT_KEY))?;
        }
        let manifest = Manifest {
            format: FORM,
            schema,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            tables: std::mem::take(&mut self.tables),
            receipt_key: receipt_key.map(|key| hex::encode(Sha256::digest(key))),
        };
        let text = serde_json::to_vec_pretty(&manifest).expect("a manifest has text keys only");
        let written = || -> io::Result<W> {
            self.append(MANIFEST, text.len() as u64, &text[..])?;
            let out = self.tar.into_inner()?.finish()?;
            out.into_inner().map_err(|error| error.into_error())
        };
        let out = written().map_err(ArchiveError::io(MANIFEST))?;
        Ok((manifest, out))
    }

    fn append(&mut self, name: &str, size: u64, content: impl Read) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(self.seconds);
        header.set_entry_type(EntryType::Regular);
        self.tar.append_data(&mut header, name, content)
    }
}

/// What an archive holds besides its rows.
#[derive(Debug)]
pub(super) struct Contents {
    pub manifest: Manifest,
    pub receipt_key: Option<Vec<u8>>,
}

/// Reads an archive from its start to its end, calls `each` for every line, and compares everything with the manifest.
pub(super) fn read(
    file: &mut File,
    mut each: impl FnMut(&'static str, &Place, &[u8]) -> Result<(), ArchiveError>,
) -> Result<Contents, ArchiveError> {
    file.seek(SeekFrom::Start(0)).map_err(ArchiveError::io("the archive"))?;
    let mut tar = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    let (mut sums, mut receipt_key, mut manifest) = (Vec::<TableSum>::new(), None, None::<Manifest>);
    let mut last = "none yet".to_owned();
    // Raw: names and sizes in extensions (long names, sparse files) are entries of a kind that is refused.
    let entries = tar.entries().map_err(no_archive)?.raw(true);
    for entry in entries {
        let entry = entry.map_err(|error| cut_off(&last, error))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let place = Place::entry(&name);
        if manifest.is_some() {
            return Err(place.damaged("it comes after the manifest, which must be the last one"));
        }
        if entry.header().entry_type() != EntryType::Regular {
            return Err(place.damaged("it is not a plain file"));
        }
        if name == MANIFEST {
            let bytes = whole(entry, LARGEST_MANIFEST, &place)?;
            manifest = Some(parse_manifest(&bytes, &place)?);
        } else if name == RECEIPT_KEY && receipt_key.is_none() {
            receipt_key = Some(whole(entry, LARGEST_KEY, &place)?);
        } else {
            let Some(table) = TABLES.iter().find(|table| entry_of(table) == name) else {
                return Err(place.damaged("no archive of Tanya has such an entry"));
            };
            if sums.iter().any(|sum| sum.name == *table) {
                return Err(place.damaged("it is there twice"));
            }
            sums.push(each_line(table, entry, &place, &mut each)?);
        }
        last = name;
    }
    // What follows the tar's end mark; its last bytes hold the sum over everything.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(|error| cut_off(&last, error))?;
    let place = Place::entry(MANIFEST);
    let manifest = manifest.ok_or_else(|| place.clone().damaged("it is missing: the archive is not whole"))?;
    compare(&manifest, &sums, receipt_key.as_deref())?;
    Ok(Contents { manifest, receipt_key })
}

fn no_archive(error: io::Error) -> ArchiveError {
    ArchiveError::NotAnArchive {
        reason: error.to_string(),
    }
}

/// A failure between entries. In the first one it is more likely another kind of file.
fn cut_off(last: &str, error: io::Error) -> ArchiveError {
    match last {
        "none yet" => no_archive(error),
        last => Place::entry(last).damaged(format!("after it the archive is damaged or cut off ({error})")),
    }
}

fn whole(entry: impl Read, most: u64, place: &Place) -> Result<Vec<u8>, ArchiveError> {
    let mut bytes = Vec::new();
    let read = entry.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|error| place.clone().damaged(error))?;
    match bytes.len() as u64 {
        n if n > most => Err(place.clone().damaged(format!("it is longer than {most} bytes"))),
        _ => Ok(bytes),
    }
}

fn each_line(
    table: &'static str,
    entry: impl Read,
    place: &Place,
    each: &mut impl FnMut(&'static str, &Place, &[u8]) -> Result<(), ArchiveError>,
) -> Result<TableSum, ArchiveError> {
    let mut reader = BufReader::new(entry);
    let (mut hash, mut rows, mut line) = (Sha256::new(), 0, Vec::new());
    loop {
        line.clear();
        let here = place.clone().line(rows + 1);
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        match read.map_err(|error| here.clone().damaged(format!("it is damaged or cut off ({error})")))? {
            0 => break,
            n if n as u64 == LONGEST_LINE && line.last() != Some(&b'\n') => {
                return Err(here.damaged(format!("the line is longer than {LONGEST_LINE} bytes")));
            }
            _ => {}
        }
        hash.update(&line);
        rows += 1;
        match line.strip_suffix(b"\n") {
            Some(row) => each(table, &here, row)?,
            None => return Err(here.damaged("the line does not end")),
        }
    }
    Ok(TableSum {
        name: table.to_owned(),
        rows,
        sha256: hex::encode(hash.finalize()),
    })
}

fn parse_manifest(bytes: &[u8], place: &Place) -> Result<Manifest, ArchiveError> {
    #[derive(serde::Deserialize)]
    struct Numbers {
        format: u32,
        schema: i64,
    }
    // A later form may have other fields; its number must be understood all the same.
    let damaged = |error: serde_json::Error| place.clone().damaged(error);
    let Numbers { format, schema } = serde_json::from_slice(bytes).map_err(damaged)?;
    let newer = |what, found, known| Err(ArchiveError::Newer { what, found, known });
    match () {
        () if format > FORM => newer("form", format.into(), FORM.into()),
        () if schema > migrate::LATEST => newer("schema", schema, migrate::LATEST),
        () if schema < 1 || format < 1 => Err(place.clone().damaged("forms and schemas are numbered from 1")),
        () => serde_json::from_slice(bytes).map_err(damaged),
    }
}

fn compare(manifest: &Manifest, sums: &[TableSum], receipt_key: Option<&[u8]>) -> Result<(), ArchiveError> {
    let place = Place::entry(MANIFEST);
    for expected in &manifest.tables {
        let here = Place::entry(&entry_of(&expected.name));
        match sums.iter().find(|sum| sum.name == expected.name) {
            None => return Err(here.damaged("the manifest names it, and it is missing")),
            Some(found) if found.rows != expected.rows => {
                let reason = format!("it has {} rows, the manifest says {}", found.rows, expected.rows);
                return Err(here.damaged(reason));
            }
            Some(found) if found.sha256 != expected.sha256 => {
                return Err(here.damaged("its SHA-256 is not the one of the manifest"));
            }
            Some(_) => {}
        }
    }
    if let Some(unknown) = sums
        .iter()
        .find(|sum| manifest.tables.iter().all(|table| table.name != sum.name))
    {
        return Err(Place::entry(&entry_of(&unknown.name)).damaged("the manifest does not name it"));
    }
    if manifest.tables.len() != sums.len() {
        return Err(place.damaged("it names a table twice"));
    }
    let hash = receipt_key.map(|key| hex::encode(Sha256::digest(key)));
    match hash == manifest.receipt_key {
        true => Ok(()),
        false => Err(Place::entry(RECEIPT_KEY).damaged("it is not the one that the manifest names")),
    }
}
