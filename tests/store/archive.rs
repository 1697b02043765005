//! What a backup holds and a restore brings back, on either engine, and what happens to archives that are not whole.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tanya::store::{
    Change, Scene, Store, StoreError, Subject,
    archive::{ArchiveError, Destination, Manifest, Restored, Target},
};
use tar::{EntryType, Header};

use crate::harness::{
    Harness, all_questions, at, begun, done, new_ticket, new_turn, on_both_engines, opened, question,
};

on_both_engines!(
    what_was_backed_up_comes_back_row_by_row,
    a_backup_beside_writers_is_of_one_moment,
    only_an_empty_database_is_restored_into_unless_told_otherwise,
    a_restore_that_fails_changes_nothing,
    an_archive_of_an_older_schema_is_migrated,
    a_killed_restore_leaves_what_was_there,
);

/// A row or more in every table.
pub const FIXTURE: &str = include_str!("fixture.sql");

pub async fn back_up(store: &Store, to: &Path) -> Manifest {
    let to = Destination::File(to.to_owned());
    store
        .back_up(to, Some(vec![7; 32]), at(0), |_| ())
        .await
        .expect("a backup")
}

async fn restore(harness: &Harness, archive: &Path, target: Target) -> Result<Restored, ArchiveError> {
    Store::restore(&harness.url(), archive, target, |_| ()).await
}

/// A store with the fixture in it.
pub async fn filled(harness: &Harness) -> Store {
    let store = harness.open().await;
    harness.make(FIXTURE).await;
    store
}

fn file(harness: &Harness, name: &str) -> PathBuf {
    harness.folder.path().join(name)
}

async fn what_was_backed_up_comes_back_row_by_row(harness: Harness) {
    let archive = file(&harness, "a.tar.gz");
    let store = filled(&harness).await;
    let mut steps = Vec::new();
    let to = Destination::File(archive.clone());
    let manifest = store
        .back_up(to, Some(vec![7; 32]), at(0), |step| steps.push(step))
        .await
        .expect("a backup");
    for table in &manifest.tables {
        assert!(table.rows > 0, "the fixture has no row of {}", table.name);
    }
    let last = steps.last().expect("progress");
    assert_eq!((last.rows, last.total), (manifest.rows(), manifest.rows()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&archive).expect("the archive").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // From this engine to SQLite, from there to this engine again.
    store.close().await;
    let sqlite = Harness::sqlite();
    let restored = restore(&sqlite, &archive, Target::Empty).await.expect("restored");
    assert_eq!(
        (restored.manifest, restored.receipt_key),
        (manifest.clone(), Some(vec![7; 32]))
    );
    let copy = sqlite.open().await;
    let second = back_up(&copy, &file(&sqlite, "b.tar.gz")).await;
    assert_eq!(second.tables, manifest.tables);
    harness.run("DELETE FROM votes").await;
    restore(&harness, &file(&sqlite, "b.tar.gz"), Target::Any)
        .await
        .expect("restored");
    let store = harness.open().await;
    assert_eq!(back_up(&store, &archive).await, second);
    // It works on: numbers continue, references are taken.
    let ticket = store.ticket("T-2222-2222").await.expect("read").expect("a ticket");
    assert_eq!((ticket.events.len(), ticket.confidence), (2, 0.1));
    opened(&store, new_ticket("T-2222-0001", 60)).await;
    assert_eq!(store.last_event("team:billing").await, Ok(2));
}

async fn a_backup_beside_writers_is_of_one_moment(harness: Harness) {
    let store = harness.open().await;
    for id in ["C0", "C1", "C2"] {
        begun(&store, id).await;
    }
    let enough = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3)
        .map(|i| {
            let (store, enough) = (store.clone(), Arc::clone(&enough));
            tokio::spawn(async move {
                let mut written = 0;
                while !enough.load(Ordering::Relaxed) {
                    let saying = |_: &Scene| Change {
                        turns: vec![new_turn("a"), new_turn("b")],
                        ..Change::default()
                    };
                    done(&store, Subject::Conversation(format!("C{i}")), saying).await;
                    written += 2;
                }
                written
            })
        })
        .collect();
    let mut rows = Vec::new();
    for i in 0..5 {
        tokio::time::sleep(Duration::from_millis(30)).await;
        let archive = file(&harness, &format!("{i}.tar.gz"));
        rows.push(back_up(&store, &archive).await.rows());
        let copy = Harness::sqlite();
        restore(&copy, &archive, Target::Empty).await.expect("restored");
        for sql in [
            "SELECT COUNT(*) FROM conversations
             WHERE turns <> (SELECT COUNT(*) FROM turns WHERE conversation = conversations.id)",
            "SELECT COUNT(*) FROM streams WHERE last <> (SELECT COUNT(*) FROM outbox WHERE stream = streams.stream)",
            "SELECT COUNT(*) FROM conversations WHERE turns % 2 <> 0",
        ] {
            assert_eq!(copy.count(sql).await, 0, "{sql}");
        }
    }
    enough.store(true, Ordering::Relaxed);
    for writer in writers {
        assert!(writer.await.expect("a writer") > 0);
    }
    assert!(
        rows.is_sorted() && rows[0] < rows[4],
        "others wrote meanwhile: {rows:?}"
    );
}

async fn only_an_empty_database_is_restored_into_unless_told_otherwise(harness: Harness) {
    let archive = file(&harness, "a.tar.gz");
    let source = Harness::sqlite();
    let store = source.open().await;
    opened(&store, new_ticket("T-2222-0001", 60)).await;
    back_up(&store, &archive).await;

    let store = harness.open().await;
    store.record_question(&question(1));
    store.close().await;
    let refused = restore(&harness, &archive, Target::Empty)
        .await
        .map(|_| ())
        .expect_err("not empty");
    assert!(
        matches!(
            refused,
            ArchiveError::NotEmpty {
                table: "questions",
                rows: 1
            }
        ),
        "{refused}"
    );
    assert!(refused.to_string().contains("--overwrite"), "{refused}");
    let store = harness.open().await;
    assert_eq!(all_questions(&store).await.len(), 1);
    store.close().await;

    restore(&harness, &archive, Target::Any).await.expect("restored");
    let store = harness.open().await;
    assert!(all_questions(&store).await.is_empty());
    assert!(store.ticket("T-2222-0001").await.expect("read").is_some());
}

/// An archive as somebody else might make it.
struct Forged {
    entries: Vec<(String, EntryType, Vec<u8>)>,
    tables: Vec<Value>,
    format: u32,
    schema: i64,
}

impl Forged {
    fn new() -> Self {
        Forged {
            entries: Vec::new(),
            tables: Vec::new(),
            format: 1,
            schema: 7,
        }
    }

    /// A table with its right sums.
    fn table(self, name: &str, lines: &[Value]) -> Self {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.raw_table(name, text.into_bytes(), lines.len())
    }

    fn raw_table(mut self, name: &str, bytes: Vec<u8>, rows: usize) -> Self {
        let sum = Sha256::digest(&bytes)
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        self.tables.push(json!({"name": name, "rows": rows, "sha256": sum}));
        self.entry(&format!("tables/{name}.jsonl"), EntryType::Regular, bytes)
    }

    fn entry(mut self, name: &str, kind: EntryType, bytes: Vec<u8>) -> Self {
        self.entries.push((name.to_owned(), kind, bytes));
        self
    }

    fn manifest(self) -> Self {
        let manifest = json!({
            "format": self.format, "schema": self.schema, "program": "0", "made_at": "2026-01-01T00:00:00Z",
            "tables": self.tables,
        });
        self.entry("manifest.json", EntryType::Regular, manifest.to_string().into_bytes())
    }

    fn write(self, path: &Path) {
        let out = File::create(path).expect("a file");
        let mut tar = tar::Builder::new(GzEncoder::new(out, Compression::fast()));
        for (name, kind, bytes) in self.entries {
            let mut header = Header::new_gnu();
            // Past the library, which refuses such names itself.
            header.as_gnu_mut().expect("it is one").name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_entry_type(kind);
            header.set_cksum();
            tar.append(&header, &bytes[..]).expect("written");
        }
        tar.into_inner().expect("written").finish().expect("written");
    }
}

fn vote(id: &str) -> Value {
    json!({
        "id": id, "at": 1, "article": id, "article_version": "v", "helped": 1, "reason": null, "lang": "en",
        "voter": "v", "decision": null,
    })
}

fn with(mut row: Value, column: &str, value: Value) -> Value {
    row[column] = value;
    row
}

async fn a_restore_that_fails_changes_nothing(harness: Harness) {
    let store = filled(&harness).await;
    let before = back_up(&store, &file(&harness, "before.tar.gz")).await;
    store.close().await;
    let (first, second) = (vote("a"), vote("b"));
    let session = json!({"hash": "h", "person": "nobody", "created_at": 1, "seen_at": 1, "expires_at": 1});
    for (name, forged, told) in [
        (
            "a missing parent",
            Forged::new().table("sessions", &[session]),
            "tables/sessions.jsonl, line 1",
        ),
        (
            "two with one key",
            Forged::new().table("votes", &[first.clone(), first.clone()]),
            "tables/votes.jsonl, line 1",
        ),
        (
            "a text for a number",
            Forged::new().table("votes", &[first.clone(), with(second.clone(), "at", json!("now"))]),
            "tables/votes.jsonl, line 2: the column at must be a whole number",
        ),
        (
            "a number beyond the largest",
            Forged::new().table("votes", &[with(first.clone(), "at", json!(1e30))]),
            "the column at must be a whole number",
        ),
        (
            "nothing where something must be",
            Forged::new().table("votes", &[with(first.clone(), "lang", Value::Null)]),
            "the column lang must not be empty",
        ),
        (
            "a column too many",
            Forged::new().table("votes", &[with(first.clone(), "drop table", json!(1))]),
            "there is no column \"drop table\"",
        ),
        (
            "no object",
            Forged::new().table("votes", &[json!(["a"])]),
            "tables/votes.jsonl, line 1: it is no JSON object",
        ),
        (
            "a table that came later",
            Forged {
                schema: 3,
                ..Forged::new().table("votes", std::slice::from_ref(&first))
            },
            "schema 3 has no such table",
        ),
    ] {
        let archive = file(&harness, "forged.tar.gz");
        forged.manifest().write(&archive);
        let error = restore(&harness, &archive, Target::Any)
            .await
            .map(|_| ())
            .expect_err(name)
            .to_string();
        assert!(error.contains(told), "{name}: {error}");
    }
    let store = harness.open().await;
    assert_eq!(back_up(&store, &file(&harness, "after.tar.gz")).await, before);
}

async fn an_archive_of_an_older_schema_is_migrated(harness: Harness) {
    let ticket = json!({
        "reference": "T-2222-0001", "version": 1, "state": "open", "team": "billing", "reason": "sensitive_topic",
        "topic": null, "question": "Where?", "lang": "en", "contact": null, "context": "{}", "nearest": null,
        "nearest_title": null, "confidence": 0.25, "decision": "01A", "idempotency_key": null,
        "opened_at": 1_790_000_000_000_000_i64, "promise_at": 1_790_000_060_000_000_i64, "resolved_at": null,
        "resolved_by": null, "note": null,
    });
    let event = json!({
        "ticket": "T-2222-0001", "number": 1, "kind": "opened", "who": "customer", "at": 1_790_000_000_000_000_i64,
    });
    let archive = file(&harness, "old.tar.gz");
    let old = Forged {
        schema: 3,
        ..Forged::new()
            .table("tickets", &[ticket])
            .table("ticket_events", &[event])
    };
    old.manifest().write(&archive);
    restore(&harness, &archive, Target::Empty).await.expect("restored");
    let store = harness.open().await;
    let ticket = store.ticket("T-2222-0001").await.expect("read").expect("a ticket");
    assert_eq!(
        (ticket.waiting_since, ticket.events.len(), ticket.channel.as_str()),
        (Some(at(0)), 1, "form")
    );
    opened(&store, new_ticket("T-2222-0002", 60)).await;
}

#[tokio::test]
async fn hostile_and_damaged_archives_are_told_and_leave_nothing() {
    let good = || Forged::new().table("votes", &[vote("a")]);
    let plain = EntryType::Regular;
    let huge = {
        // As much as a line may have, and no end.
        let mut line = vec![b' '; 64 * 1024 * 1024];
        line.extend(b"{}\n");
        line
    };
    for (name, forged, told) in [
        (
            "a way out of the folder",
            good().entry("../../etc/passwd", plain, b"x".to_vec()).manifest(),
            "entry ../../etc/passwd: no archive of Tanya has such an entry",
        ),
        (
            "an absolute name",
            good().entry("/etc/passwd", plain, b"x".to_vec()).manifest(),
            "entry /etc/passwd",
        ),
        (
            "a link",
            good()
                .entry("tables/turns.jsonl", EntryType::Symlink, Vec::new())
                .manifest(),
            "entry tables/turns.jsonl: it is not a plain file",
        ),
        (
            "a name in an extension",
            good()
                .entry("././@LongLink", EntryType::GNULongName, b"manifest.json".to_vec())
                .manifest(),
            "entry ././@LongLink: it is not a plain file",
        ),
        (
            "a table of another program",
            good().table("sqlite_master", &[]).manifest(),
            "entry tables/sqlite_master.jsonl: no archive of Tanya has such an entry",
        ),
        (
            "a table twice",
            good().table("votes", &[vote("b")]).manifest(),
            "entry tables/votes.jsonl: it is there twice",
        ),
        ("no manifest", good(), "entry manifest.json: it is missing"),
        (
            "something after the manifest",
            good().manifest().table("audit", &[]),
            "entry tables/audit.jsonl: it comes after the manifest",
        ),
        (
            "a table that the manifest does not know",
            good().manifest_first_then_table(),
            "entry tables/audit.jsonl: the manifest does not name it",
        ),
        (
            "a changed row",
            good().changed_row().manifest(),
            "entry tables/votes.jsonl: its SHA-256 is not the one of the manifest",
        ),
        (
            "a row less",
            Forged::new().raw_table("votes", Vec::new(), 1).manifest(),
            "entry tables/votes.jsonl: it has 0 rows, the manifest says 1",
        ),
        (
            "half a line",
            Forged::new().raw_table("votes", b"{}".to_vec(), 1).manifest(),
            "entry tables/votes.jsonl, line 1: the line does not end",
        ),
        (
            "a huge line",
            Forged::new().raw_table("votes", huge, 1).manifest(),
            "entry tables/votes.jsonl, line 1: the line is longer than",
        ),
        (
            "a key that the manifest does not know",
            good().entry("receipt.key", plain, vec![1; 32]).manifest(),
            "entry receipt.key",
        ),
        (
            "a large key",
            good().entry("receipt.key", plain, vec![1; 5000]).manifest(),
            "entry receipt.key: it is longer than",
        ),
        (
            "no manifest but its name",
            good().entry("manifest.json", plain, b"[]".to_vec()),
            "entry manifest.json",
        ),
        (
            "a later form",
            Forged { format: 2, ..good() }.manifest(),
            "the archive has form 2, this program knows up to 1",
        ),
        (
            "a later schema",
            Forged { schema: 900, ..good() }.manifest(),
            "the archive has schema 900",
        ),
    ] {
        let harness = Harness::sqlite();
        let archive = file(&harness, "forged.tar.gz");
        forged.write(&archive);
        let error = restore(&harness, &archive, Target::Any)
            .await
            .map(|_| ())
            .expect_err(name)
            .to_string();
        assert!(error.contains(told), "{name}: {error}");
        assert!(!harness.path().exists(), "{name}: the database was not touched");
    }
}

impl Forged {
    /// The manifest is made before a further table comes, and stands at the end.
    fn manifest_first_then_table(self) -> Self {
        let mut forged = self.manifest();
        let manifest = forged.entries.pop().expect("the manifest");
        forged = forged.table("audit", &[]);
        forged.entries.push(manifest);
        forged
    }

    fn changed_row(mut self) -> Self {
        let bytes = &mut self.entries[0].2;
        let at = bytes.iter().position(|&b| b == b'a').expect("a letter");
        bytes[at] = b'b';
        self
    }
}

#[tokio::test]
async fn every_cut_and_every_changed_byte_is_noticed() {
    let source = Harness::sqlite();
    let whole = file(&source, "a.tar.gz");
    back_up(&filled(&source).await, &whole).await;
    let bytes = fs::read(&whole).expect("the archive");
    let harness = Harness::sqlite();
    let archive = file(&harness, "damaged.tar.gz");
    let step = bytes.len() / 60;
    for at in (0..bytes.len()).step_by(step) {
        fs::write(&archive, &bytes[..at]).expect("written");
        let cut = restore(&harness, &archive, Target::Any).await;
        assert!(cut.is_err(), "cut at {at} of {}", bytes.len());
        // The first ten bytes are gzip's own: the time, the system, flags that say nothing about the content.
        if at >= 10 {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            fs::write(&archive, changed).expect("written");
            let damaged = restore(&harness, &archive, Target::Any).await;
            assert!(damaged.is_err(), "byte {at} of {}", bytes.len());
        }
    }
    assert!(!harness.path().exists());
    fs::write(&archive, b"This is my thesis, not an archive.").expect("written");
    let error = restore(&harness, &archive, Target::Any)
        .await
        .map(|_| ())
        .expect_err("a thesis");
    assert!(matches!(error, ArchiveError::NotAnArchive { .. }), "{error}");
}

#[tokio::test]
async fn a_backup_that_fails_leaves_no_file() {
    let harness = Harness::sqlite();
    let store = harness.open().await;
    store.close().await;
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("a.tar.gz");
    fs::write(&kept, "the one before").expect("written");
    let failed = store
        .back_up(Destination::File(kept.clone()), None, at(0), |_| ())
        .await;
    assert!(
        matches!(failed, Err(ArchiveError::Store(StoreError::Closed))),
        "{failed:?}"
    );
    assert_eq!(fs::read_to_string(&kept).expect("the file"), "the one before");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
    let store = harness.open().await;
    let nowhere = Destination::File(folder.path().join("no/such/folder.tar.gz"));
    let failed = store.back_up(nowhere, None, at(0), |_| ()).await;
    assert!(matches!(failed, Err(ArchiveError::Io { .. })), "{failed:?}");
}

#[tokio::test]
async fn an_archive_can_be_read_without_tanya() {
    let harness = Harness::sqlite();
    let archive = file(&harness, "a.tar.gz");
    back_up(&filled(&harness).await, &archive).await;
    let mut tar = tar::Archive::new(GzDecoder::new(File::open(&archive).expect("the archive")));
    let mut names = Vec::new();
    for entry in tar.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").display().to_string();
        let mut text = Vec::new();
        entry.read_to_end(&mut text).expect("read");
        if name == "tables/votes.jsonl" {
            let lines: Vec<&[u8]> = text.split(|&b| b == b'\n').filter(|line| !line.is_empty()).collect();
            let first: Value = serde_json::from_slice(lines[0]).expect("JSON");
            assert_eq!((lines.len(), first["reason"].as_str()), (3, Some("Dewi says no")));
        }
        names.push(name);
    }
    assert_eq!(names.last().map(String::as_str), Some("manifest.json"));
    assert!(names.contains(&"receipt.key".to_owned()));
}

/// Whether a restore is at work inside its transaction.
async fn is_in_the_middle(harness: &Harness) -> bool {
    if harness.is_postgres() {
        let sql = "SELECT COUNT(*) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'tanya' AND backend_xid IS NOT NULL
                 AND query LIKE 'INSERT INTO questions%'";
        return harness.count(sql).await > 0;
    }
    let log = fs::metadata(harness.path().with_extension("db-wal"));
    log.is_ok_and(|log| log.len() > 1_000_000)
}

async fn a_killed_restore_leaves_what_was_there(harness: Harness) {
    let source = Harness::sqlite();
    let store = source.open().await;
    for i in 0..15_000 {
        while !store.record_question(&question(i)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    store.flush().await.expect("flushed");
    let archive = file(&source, "large.tar.gz");
    back_up(&store, &archive).await;

    let store = filled(&harness).await;
    let before = back_up(&store, &file(&harness, "before.tar.gz")).await;
    store.close().await;
    let data = harness.folder.path().join("data");
    let mut caught = false;
    for _ in 0..10 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tanya"))
            .args(["--store", &harness.url(), "--data"])
            .arg(&data)
            .args(["restore", "--overwrite"])
            .arg(&archive)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program runs");
        let ended = loop {
            if is_in_the_middle(&harness).await {
                break None;
            }
            if let Some(status) = child.try_wait().expect("its state") {
                break Some(status);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        child.kill().expect("killed");
        child.wait().expect("ended");
        let store = harness.open().await;
        let after = back_up(&store, &file(&harness, "after.tar.gz")).await;
        store.close().await;
        if ended.is_none() && after == before {
            caught = true;
            break;
        }
        // It was quicker than we were: then it is there whole. Put back what was before, and try again.
        assert_eq!(after.rows(), 15_000);
        restore(&harness, &file(&harness, "before.tar.gz"), Target::Any)
            .await
            .expect("restored");
    }
    assert!(caught, "no restore was killed in its middle");
    assert!(!data.join("receipt.key").exists());
}
