//! What SQLite alone promises: files, locks, the write-ahead log, one writer.

use std::fs;

use sqlx::{Connection, Executor};
use tanya::store::{Store, StoreError, TicketState};
use tokio::task::JoinSet;

use crate::harness::{Harness, all_questions, new_ticket, open_ticket, opened, question, url};

#[tokio::test]
async fn everything_is_there_after_closing_and_opening_again() {
    let harness = Harness::sqlite();
    let store = harness.open().await;
    store.record_question(&question(1));
    let ticket = opened(&store, new_ticket("T-2222-2222", 60)).await;
    store.close().await;
    assert!(
        !harness.path().with_extension("db-wal").exists(),
        "the log is folded into the file"
    );
    let store = harness.open().await;
    assert_eq!(store.ticket("T-2222-2222").await, Ok(Some(ticket)));
    assert_eq!(all_questions(&store).await.len(), 1);
}

#[tokio::test]
async fn a_copy_of_the_files_of_an_open_store_holds_all_that_was_acknowledged() {
    let harness = Harness::sqlite();
    let store = harness.open().await;
    for i in 0..40 {
        opened(&store, new_ticket(&format!("T-2222-{i:04}"), i)).await;
    }
    store.record_question(&question(1));
    store.flush().await.expect("flushed");
    // As after a power cut: the log is not folded in, the shared memory is gone.
    let copy = harness.folder.path().join("copy.db");
    fs::copy(harness.path(), &copy).expect("a copy of the file");
    fs::copy(harness.path().with_extension("db-wal"), copy.with_extension("db-wal")).expect("a copy of the log");
    let copy = Store::open(&url(&copy)).await.expect("the copy opens");
    assert_eq!(copy.count_tickets(TicketState::Open).await, Ok(40));
    assert_eq!(all_questions(&copy).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_writers_at_once_share_commits_and_lose_nothing() {
    let harness = Harness::sqlite();
    let store = harness.open().await;
    let mut writers = JoinSet::new();
    for i in 0..500 {
        let store = store.clone();
        writers.spawn(async move {
            store.record_question(&question(i));
            opened(&store, new_ticket(&format!("T-2222-{i:04}"), 60)).await
        });
    }
    assert_eq!(writers.join_all().await.len(), 500);
    store.flush().await.expect("flushed");
    assert_eq!(store.count_tickets(TicketState::Open).await, Ok(500));
    assert_eq!(all_questions(&store).await.len(), 500);
    assert_eq!(store.questions_lost(), 0);
    assert!(store.commits() < 250, "{} commits for 1,000 writes", store.commits());
}

#[tokio::test]
async fn a_ticket_is_never_without_its_first_event() {
    let harness = Harness::sqlite();
    let store = harness.open().await;
    let mut raw = harness.raw().await;
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON ticket_events BEGIN SELECT RAISE(ABORT, 'no'); END";
    raw.execute(refuse).await.expect("a trigger");
    let refused = open_ticket(&store, new_ticket("T-2222-0001", 60)).await;
    assert!(matches!(refused, Err(StoreError::Database { .. })), "{refused:?}");
    assert_eq!(store.ticket("T-2222-0001").await, Ok(None));
    raw.execute("DROP TRIGGER refuse").await.expect("dropped");
    opened(&store, new_ticket("T-2222-0001", 60)).await;
}

#[tokio::test]
async fn opening_twice_migrates_once() {
    let harness = Harness::sqlite();
    let (first, second) = tokio::join!(harness.open(), harness.open());
    let health = first.health().await.expect("healthy");
    assert_eq!(second.health().await.expect("healthy").schema, health.schema);
    let mut raw = harness.raw().await;
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM schema_migrations")
        .fetch_one(&mut raw)
        .await
        .expect("a count");
    assert_eq!(rows, health.schema);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let harness = Harness::sqlite();
    harness.open().await.close().await;
    let mut raw = harness.raw().await;
    raw.execute("INSERT INTO schema_migrations (version, checksum) VALUES (999, 'x')")
        .await
        .expect("a newer schema");
    raw.close().await.expect("closed");
    let before = fs::read(harness.path()).expect("the file");
    let error = harness.refused().await;
    assert!(matches!(error, StoreError::TooNew { found: 999, .. }), "{error}");
    assert!(error.to_string().contains("start the newer version"), "{error}");
    assert_eq!(fs::read(harness.path()).expect("the file"), before);
}

#[tokio::test]
async fn a_migration_of_another_build_is_refused() {
    let harness = Harness::sqlite();
    harness.open().await.close().await;
    let mut raw = harness.raw().await;
    raw.execute("UPDATE schema_migrations SET checksum = 'x' WHERE version = 2")
        .await
        .expect("changed");
    raw.close().await.expect("closed");
    assert_eq!(harness.refused().await, StoreError::MigrationDiffers { version: 2 });
}

#[tokio::test]
async fn what_is_not_a_database_is_told_so_and_left_alone() {
    let harness = Harness::sqlite();
    fs::create_dir_all(harness.path().parent().expect("a folder")).expect("made");
    let text = "This is my thesis, not a database.\n".repeat(100);
    fs::write(harness.path(), &text).expect("written");
    let error = harness.refused().await;
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(harness.path()).expect("the file"), text);
    let below = url(&harness.path().join("below/a/file.db"));
    let error = Store::open(&below).await.map(|_| ()).expect_err("a file is no folder");
    assert!(matches!(error, StoreError::CannotOpen { .. }), "{error:?}");
}

#[tokio::test]
async fn readers_never_wait_and_writers_wait_for_the_lock_of_another_process() {
    let harness = Harness::sqlite();
    let store = harness.open().await;
    let mut raw = harness.raw().await;
    raw.execute("BEGIN IMMEDIATE").await.expect("the lock");
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { opened(&store, new_ticket("T-2222-0000", 60)).await }
    });
    assert_eq!(store.count_tickets(TicketState::Open).await, Ok(0));
    raw.execute("COMMIT").await.expect("released");
    assert_eq!(waiting.await.expect("no panic").reference, "T-2222-0000");
}

#[tokio::test]
async fn a_flood_of_questions_is_bounded_and_counted() {
    let harness = Harness::sqlite();
    let store = harness.open().await;
    // One thread: the writer cannot run between these calls, so its queue fills up.
    let queued = (0..20_000).filter(|&i| store.record_question(&question(i))).count();
    let lost = store.questions_lost();
    assert!(lost > 0, "the queue is bounded");
    assert_eq!(queued as u64 + lost, 20_000);
    store.flush().await.expect("flushed");
    assert_eq!(all_questions(&store).await.len(), queued);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let harness = Harness::sqlite();
    let store = harness.open().await;
    opened(&store, new_ticket("T-2222-0000", 60)).await;
    for ending in ["db", "db-wal"] {
        let mode = fs::metadata(harness.path().with_extension(ending))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{ending}: {mode:o}");
    }
}
