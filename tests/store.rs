//! What the store promises, on a real database in a temporary folder.
//!
//! Everything here goes through the public methods, so that another engine can be held to the same promises.

use std::{
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::{Map, Value};
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use tanya::{
    answer::{HandoffReason, Outcome},
    store::{
        ArticleUsed, NearestArticle, NewTicketRecord, OpenedTicket, QuestionRecord, Store, StoreError, TicketFilter,
        TicketOrder, TicketRecord, TicketState, TimeRange,
    },
};
use tempfile::TempDir;
use tokio::task::JoinSet;

struct Harness {
    folder: TempDir,
}

impl Harness {
    fn new() -> Harness {
        Harness {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("deep/er/tanya.db")
    }

    async fn open(&self) -> Store {
        Store::open(&url(&self.path())).await.expect("a store")
    }

    async fn refused(&self) -> StoreError {
        Store::open(&url(&self.path()))
            .await
            .map(|_| ())
            .expect_err("it cannot be opened")
    }

    /// A connection past the store, to do what another program might.
    async fn raw(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.path());
        SqliteConnection::connect_with(&options).await.expect("a connection")
    }
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time")
}

fn question(id: i64) -> QuestionRecord {
    QuestionRecord {
        id: format!("Q{id:06}"),
        at: at(id),
        text: format!("where is order {id}? 注文は\0どこ"),
        lang: "en".into(),
        context: Map::from_iter([("plan".to_owned(), Value::from("pro\0"))]),
        channel: "api".into(),
        outcome: Outcome::Handoff,
        reason: Some(HandoffReason::LowConfidence),
        topic: None,
        confidence: 0.25,
        threshold: 0.7,
        article: None,
        nearest: Some(NearestArticle {
            id: "orders/track".into(),
            title: "Track an order".into(),
        }),
        generation: "g1".into(),
        weights: "w1".into(),
        calibration: "c1".into(),
        rules: "r1".into(),
        latency_us: 900,
    }
}

fn new_ticket(reference: &str, promise: i64) -> NewTicketRecord {
    NewTicketRecord {
        reference: reference.into(),
        team: "billing".into(),
        reason: HandoffReason::SensitiveTopic,
        topic: Some("billing".into()),
        question: "I was charged twice".into(),
        lang: "en".into(),
        contact: Some("dewi@example.com".into()),
        context: Map::new(),
        nearest: None,
        confidence: 0.4,
        decision: "01J".into(),
        idempotency_key: None,
        opened_by: "customer".into(),
        opened_at: at(0),
        promise_at: at(promise),
    }
}

async fn opened(store: &Store, ticket: NewTicketRecord) -> TicketRecord {
    match store.open_ticket(ticket).await.expect("a ticket") {
        OpenedTicket::New(ticket) => ticket,
        OpenedTicket::Before(ticket) => panic!("{} was there before", ticket.reference),
    }
}

async fn all_questions(store: &Store) -> Vec<QuestionRecord> {
    store.questions(TimeRange::default(), 100_000).await.expect("questions")
}

#[tokio::test]
async fn a_question_comes_back_as_it_was_recorded() {
    let harness = Harness::new();
    let store = harness.open().await;
    let answered = QuestionRecord {
        outcome: Outcome::Answer,
        reason: None,
        article: Some(ArticleUsed {
            id: "orders/track".into(),
            version: "sha256:1".into(),
        }),
        ..question(2)
    };
    let odd = QuestionRecord {
        confidence: f64::NAN,
        nearest: None,
        topic: Some("legal".into()),
        ..question(3)
    };
    for record in [&question(1), &answered, &odd, &question(1)] {
        assert!(store.record_question(record));
    }
    store.flush().await.expect("flushed");
    let kept = |record: QuestionRecord| QuestionRecord {
        text: record.text.replace('\0', "\u{fffd}"),
        ..record
    };
    assert_eq!(
        all_questions(&store).await,
        [
            kept(question(1)),
            kept(answered),
            QuestionRecord {
                confidence: 0.0,
                ..kept(odd)
            }
        ]
    );
    assert_eq!(store.questions_lost(), 0);
}

#[tokio::test]
async fn questions_are_read_by_time_and_page() {
    let harness = Harness::new();
    let store = harness.open().await;
    for i in 0..2500 {
        // Many share a moment, so that pages must be cut inside it.
        store.record_question(&QuestionRecord {
            at: at(i / 1500),
            ..question(i)
        });
    }
    store.flush().await.expect("flushed");
    let mut ids = Vec::new();
    store
        .each_question(TimeRange::default(), |record| ids.push(record.id))
        .await
        .expect("questions");
    assert_eq!(ids.len(), 2500);
    assert!(ids.is_sorted());
    let second = TimeRange {
        since: Some(at(1)),
        until: Some(at(2)),
    };
    assert_eq!(store.questions(second, 5000).await.expect("questions").len(), 1000);
    let first = TimeRange {
        since: None,
        until: Some(at(1)),
    };
    assert_eq!(store.questions(first, 7).await.expect("questions").len(), 7);
}

#[tokio::test]
async fn everything_is_there_after_closing_and_opening_again() {
    let harness = Harness::new();
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
async fn dropping_the_store_loses_nothing_that_was_acknowledged() {
    let harness = Harness::new();
    let store = harness.open().await;
    let ticket = opened(&store, new_ticket("T-2222-2222", 60)).await;
    drop(store);
    let store = harness.open().await;
    assert_eq!(store.ticket("T-2222-2222").await, Ok(Some(ticket)));
}

#[tokio::test]
async fn a_copy_of_the_files_of_an_open_store_holds_all_that_was_acknowledged() {
    let harness = Harness::new();
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
    let harness = Harness::new();
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
async fn a_write_that_is_refused_does_not_take_its_group_down() {
    let harness = Harness::new();
    let store = harness.open().await;
    opened(&store, new_ticket("T-2222-0000", 60)).await;
    let mut writers = JoinSet::new();
    for i in 0..50 {
        let store = store.clone();
        // Every second one takes the reference that is taken.
        let reference = if i % 2 == 0 {
            "T-2222-0000".to_owned()
        } else {
            format!("T-3333-{i:04}")
        };
        writers.spawn(async move { store.open_ticket(new_ticket(&reference, 60)).await });
    }
    let outcomes = writers.join_all().await;
    let refused = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(StoreError::ReferenceTaken { .. })))
        .count();
    assert_eq!(refused, 25);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 25);
    assert_eq!(store.count_tickets(TicketState::Open).await, Ok(26));
}

#[tokio::test]
async fn a_ticket_is_never_without_its_first_event() {
    let harness = Harness::new();
    let store = harness.open().await;
    let mut raw = harness.raw().await;
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON ticket_events BEGIN SELECT RAISE(ABORT, 'no'); END";
    raw.execute(refuse).await.expect("a trigger");
    let refused = store.open_ticket(new_ticket("T-2222-0001", 60)).await;
    assert!(matches!(refused, Err(StoreError::Database { .. })), "{refused:?}");
    assert_eq!(store.ticket("T-2222-0001").await, Ok(None));
    raw.execute("DROP TRIGGER refuse").await.expect("dropped");
    opened(&store, new_ticket("T-2222-0001", 60)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_resolve_at_once_one_wins() {
    let harness = Harness::new();
    // Two stores on one file, as a server and a command line beside it.
    let stores = [harness.open().await, harness.open().await];
    opened(&stores[0], new_ticket("T-2222-2222", 60)).await;
    let mut resolvers = JoinSet::new();
    for i in 0..40 {
        let store = stores[i % 2].clone();
        resolvers.spawn(async move {
            store
                .resolve_ticket("T-2222-2222", &format!("agent {i}"), Some("done"), 1, at(10))
                .await
        });
    }
    let (won, lost): (Vec<_>, Vec<_>) = resolvers.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    let winner = won[0].clone().expect("the winner").resolved_by;
    for conflict in lost {
        match conflict {
            Err(StoreError::Conflict { state, version, by, .. }) => {
                assert_eq!((state, version, &by), (TicketState::Resolved, 2, &winner));
            }
            other => panic!("{other:?}"),
        }
    }
    let ticket = stores[1].ticket("T-2222-2222").await.expect("read").expect("a ticket");
    assert_eq!(
        (ticket.version, ticket.events.len(), ticket.resolved_at),
        (2, 2, Some(at(10)))
    );
}

#[tokio::test]
async fn a_stale_version_is_a_conflict_that_names_the_present_state() {
    let harness = Harness::new();
    let store = harness.open().await;
    opened(&store, new_ticket("T-2222-2222", 60)).await;
    let stale = store.resolve_ticket("T-2222-2222", "anna", None, 7, at(1)).await;
    let present = StoreError::Conflict {
        reference: "T-2222-2222".into(),
        state: TicketState::Open,
        version: 1,
        by: None,
    };
    assert_eq!(stale, Err(present));
    let missing = store.resolve_ticket("T-9999-9999", "anna", None, 1, at(1)).await;
    assert_eq!(
        missing,
        Err(StoreError::NoSuchTicket {
            reference: "T-9999-9999".into()
        })
    );
    assert_eq!(store.ticket("T-9999-9999").await, Ok(None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_opens_one_ticket_however_often_it_comes() {
    let harness = Harness::new();
    let store = harness.open().await;
    let mut writers = JoinSet::new();
    for i in 0..20 {
        let store = store.clone();
        let key = Some("k".to_owned());
        let ticket = NewTicketRecord {
            idempotency_key: key,
            ..new_ticket(&format!("T-2222-{i:04}"), 60)
        };
        writers.spawn(async move { store.open_ticket(ticket).await.expect("a ticket") });
    }
    let mut references = Vec::new();
    let mut new = 0;
    for outcome in writers.join_all().await {
        new += usize::from(matches!(outcome, OpenedTicket::New(_)));
        let (OpenedTicket::New(ticket) | OpenedTicket::Before(ticket)) = outcome;
        references.push(ticket.reference);
    }
    references.dedup();
    assert_eq!((new, references.len()), (1, 1));
}

#[tokio::test]
async fn tickets_are_filtered_ordered_and_paged() {
    let harness = Harness::new();
    let store = harness.open().await;
    for i in 0..7 {
        // Promises in pairs, so that a page must be cut between equal ones.
        opened(&store, new_ticket(&format!("T-2222-{i:04}"), i / 2)).await;
    }
    opened(
        &store,
        NewTicketRecord {
            team: "legal".into(),
            ..new_ticket("T-3333-0000", 9)
        },
    )
    .await;
    store
        .resolve_ticket("T-2222-0003", "anna", None, 1, at(1))
        .await
        .expect("resolved");

    let open = TicketFilter {
        state: Some(TicketState::Open),
        team: Some("billing".into()),
        ..Default::default()
    };
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.tickets(&open, cursor.as_deref(), 2).await.expect("a page");
        assert!(page.tickets.iter().all(|ticket| ticket.events.len() == 1));
        seen.extend(page.tickets.into_iter().map(|ticket| ticket.reference[7..].to_owned()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["0006", "0005", "0004", "0002", "0001", "0000"]);

    let due = TicketFilter {
        order: TicketOrder::DuePromise,
        ..Default::default()
    };
    let page = store.tickets(&due, None, 200).await.expect("a page");
    assert_eq!((page.tickets.len(), page.next), (8, None));
    assert!(page.tickets.is_sorted_by_key(|ticket| ticket.promise_at));
    let bad = store.tickets(&due, Some("nonsense"), 10).await;
    assert!(matches!(bad, Err(StoreError::BadCursor { .. })), "{bad:?}");
}

#[tokio::test]
async fn article_versions_are_kept_once_and_only_under_their_hash() {
    let harness = Harness::new();
    let store = harness.open().await;
    let version = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    for second in [0, 5] {
        store
            .keep_article_version(version, "a/b", "hello", at(second))
            .await
            .expect("kept");
    }
    let kept = store.article_version(version).await.expect("read").expect("a version");
    assert_eq!(
        (kept.article.as_str(), kept.source.as_str(), kept.kept_at),
        ("a/b", "hello", at(0))
    );
    let wrong = store.keep_article_version(version, "a/b", "hullo", at(0)).await;
    assert!(matches!(wrong, Err(StoreError::WrongVersion { .. })), "{wrong:?}");
    assert_eq!(store.article_version("sha256:0").await, Ok(None));
}

#[tokio::test]
async fn opening_twice_migrates_once() {
    let harness = Harness::new();
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
    let harness = Harness::new();
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
    let harness = Harness::new();
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
    let harness = Harness::new();
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
    let harness = Harness::new();
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
async fn a_closed_store_says_so() {
    let harness = Harness::new();
    let store = harness.open().await;
    store.close().await;
    store.close().await;
    assert_eq!(store.flush().await, Err(StoreError::Closed));
    assert!(matches!(
        store.open_ticket(new_ticket("T-2222-0000", 60)).await,
        Err(StoreError::Closed)
    ));
    assert_eq!(store.ticket("T-2222-0000").await, Err(StoreError::Closed));
    assert!(!store.record_question(&question(1)));
    assert_eq!(store.questions_lost(), 1);
    assert_eq!(store.health().await, Err(StoreError::Closed));
}

#[tokio::test]
async fn a_flood_of_questions_is_bounded_and_counted() {
    let harness = Harness::new();
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
    let harness = Harness::new();
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
