//! A database of its own for each test, and things to put into it.

use std::{
    convert::Infallible,
    env,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::{Map, Value};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use tanya::{
    answer::{HandoffReason, Outcome},
    desk::queue::{self, Act, Actor, Clocks, Refusal},
    store::{
        Change, ConversationRecord, EpisodeRecord, EpisodeState, EventKind, NearestArticle, NewTurn, Opened,
        QuestionRecord, Scene, Store, StoreError, Subject, TicketEvent, TicketRecord, TicketState, TimeRange, TurnKind,
        Worked,
    },
};
use tempfile::TempDir;

/// A database in a temporary folder or on the test server.
pub struct Harness {
    pub folder: TempDir,
    postgres: Option<PostgresDatabase>,
}

struct PostgresDatabase {
    admin: String,
    name: String,
}

impl Harness {
    pub fn sqlite() -> Harness {
        Harness {
            folder: tempfile::tempdir().expect("a temporary folder"),
            postgres: None,
        }
    }

    /// A new database on the test server; `None` (and a line) where there is no server.
    pub async fn postgres() -> Option<Harness> {
        let Ok(admin) = env::var("TANYA_TEST_POSTGRES") else {
            assert!(
                env::var_os("TANYA_REQUIRE_POSTGRES").is_none(),
                "TANYA_REQUIRE_POSTGRES is set, but TANYA_TEST_POSTGRES names no server"
            );
            println!(
                "skipped: PostgreSQL is not there (set TANYA_TEST_POSTGRES, or install postgresql and use `make test`)"
            );
            return None;
        };
        let name = format!("tanya_test_{:016x}", rand::random::<u64>());
        let mut connection = PgConnection::connect(&admin).await.expect("the test server");
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        connection.execute(sqlx::raw_sql(create)).await.expect("a database");
        Some(Harness {
            postgres: Some(PostgresDatabase { admin, name }),
            ..Harness::sqlite()
        })
    }

    /// Removes the database from the test server.
    pub async fn remove(admin_and_name: Option<(String, String)>) {
        if let Some((admin, name)) = admin_and_name {
            let mut connection = PgConnection::connect(&admin).await.expect("the test server");
            let drop = sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
            connection.execute(sqlx::raw_sql(drop)).await.expect("dropped");
        }
    }

    /// What [`Self::remove`] needs.
    pub fn database(&self) -> Option<(String, String)> {
        let database = self.postgres.as_ref()?;
        Some((database.admin.clone(), database.name.clone()))
    }

    pub fn is_postgres(&self) -> bool {
        self.postgres.is_some()
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("deep/er/tanya.db")
    }

    pub fn url(&self) -> String {
        match &self.postgres {
            None => url(&self.path()),
            Some(database) => {
                let mut url = url::Url::parse(&database.admin).expect("an address");
                url.set_path(&database.name);
                url.into()
            }
        }
    }

    pub async fn open(&self) -> Store {
        Store::open(&self.url()).await.expect("a store")
    }

    pub async fn refused(&self) -> StoreError {
        Store::open(&self.url())
            .await
            .map(|_| ())
            .expect_err("it cannot be opened")
    }

    /// A connection past the store, to do what another program might.
    pub async fn raw(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.path());
        SqliteConnection::connect_with(&options).await.expect("a connection")
    }

    /// Runs a statement past the store.
    pub async fn run(&self, sql: &'static str) {
        match self.is_postgres() {
            false => drop(self.raw().await.execute(sql).await.expect(sql)),
            true => {
                let mut connection = PgConnection::connect(&self.url()).await.expect("a connection");
                connection.execute(sql).await.expect(sql);
            }
        }
    }

    /// Runs a script past the store; makes the SQLite file if it is missing.
    pub async fn make(&self, script: &str) {
        let script = sqlx::raw_sql(sqlx::AssertSqlSafe(script.to_owned()));
        if self.is_postgres() {
            let mut connection = PgConnection::connect(&self.url()).await.expect("a connection");
            connection.execute(script).await.expect("the script");
        } else {
            std::fs::create_dir_all(self.path().parent().expect("a folder")).expect("made");
            let options = SqliteConnectOptions::new()
                .filename(self.path())
                .create_if_missing(true);
            let mut connection = SqliteConnection::connect_with(&options).await.expect("a connection");
            connection.execute(script).await.expect("the script");
        }
    }

    /// The number that a statement returns, past the store.
    pub async fn count(&self, sql: &'static str) -> i64 {
        if self.is_postgres() {
            let mut connection = PgConnection::connect(&self.url()).await.expect("a connection");
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect(sql)
        } else {
            let mut connection = self.raw().await;
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect(sql)
        }
    }
}

/// Makes two tests of each function, one for each engine.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::harness::Harness::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(harness) = $crate::harness::Harness::postgres().await else { return };
                let database = harness.database();
                super::$name(harness).await;
                $crate::harness::Harness::remove(database).await;
            })*
        }
    };
}
pub(crate) use on_both_engines;

pub fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time")
}

pub fn question(id: i64) -> QuestionRecord {
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

/// A ticket that was not kept yet, without a conversation.
pub fn new_ticket(reference: &str, promise: i64) -> TicketRecord {
    TicketRecord {
        reference: reference.into(),
        version: 0,
        state: TicketState::Open,
        team: "billing".into(),
        priority: 2,
        tags: Vec::new(),
        reason: HandoffReason::SensitiveTopic,
        topic: Some("billing".into()),
        question: "I was charged twice".into(),
        lang: "en".into(),
        channel: "form".into(),
        conversation: None,
        episode: None,
        customer: None,
        customer_name: None,
        contact: Some("dewi@example.com".into()),
        phone: None,
        order_number: None,
        urgency: None,
        context: Map::new(),
        nearest: None,
        confidence: 0.4,
        decision: "01J".into(),
        idempotency_key: None,
        complex: true,
        assignee: None,
        claimed_until: None,
        opened_at: at(0),
        promise_at: at(promise),
        promise_kept: None,
        warn_at: None,
        waiting_since: Some(at(0)),
        first_reply_at: None,
        first_due_at: None,
        next_due_at: None,
        resolve_due_at: None,
        snoozed_until: None,
        targets: Map::new(),
        escalation: 0,
        escalate_at: None,
        merged_into: None,
        outcome: None,
        resolved_at: None,
        resolved_by: None,
        note: None,
        events: Vec::new(),
    }
}

/// The change that opens a ticket, with the first line of its history.
pub fn opening(ticket: TicketRecord) -> Change {
    Change {
        ticket_events: vec![TicketEvent {
            number: 1,
            kind: EventKind::Opened,
            who: "customer".into(),
            data: Map::new(),
            at: ticket.opened_at,
        }],
        ticket: Some(ticket),
        ..Change::default()
    }
}

/// Does what never refuses.
pub async fn work(
    store: &Store,
    subject: Subject,
    decide: impl Fn(&Scene) -> Change + Send + Sync + 'static,
) -> Result<Opened<Infallible>, StoreError> {
    store
        .work(subject, None, at(0), move |scene: &Scene| Ok(decide(scene)))
        .await
}

/// What was done; anything else is a failure of the test.
pub async fn done(
    store: &Store,
    subject: Subject,
    decide: impl Fn(&Scene) -> Change + Send + Sync + 'static,
) -> Worked {
    match work(store, subject, decide).await.expect("it is done") {
        Opened::Done(worked) => *worked,
        other => panic!("{other:?}"),
    }
}

pub async fn open_ticket(store: &Store, ticket: TicketRecord) -> Result<Opened<Infallible>, StoreError> {
    let change = opening(ticket);
    work(store, Subject::Nothing, move |_| change.clone()).await
}

pub async fn opened(store: &Store, ticket: TicketRecord) -> TicketRecord {
    match open_ticket(store, ticket).await.expect("a ticket") {
        Opened::Done(worked) => worked.ticket.expect("a ticket"),
        Opened::Before { scene, .. } => panic!("{:?} was there before", scene.ticket),
        Opened::Refused(never) => match never {},
    }
}

/// No reply is ever due.
pub struct NoClocks;

impl Clocks for NoClocks {
    fn next_due(&self, _: &TicketRecord, _: Timestamp) -> Option<Timestamp> {
        None
    }

    fn climb_at(&self, _: &TicketRecord, _: i64, _: Timestamp) -> Option<Timestamp> {
        None
    }
}

/// Does `act` if the ticket still has this version.
pub async fn act(
    store: &Store,
    reference: &str,
    act: Act,
    by: &str,
    version: i64,
    now: Timestamp,
) -> Result<Opened<Refusal>, StoreError> {
    let by = Actor::named(by);
    let decide = move |scene: &Scene| {
        let ticket = scene.ticket.as_ref().expect("the scene of a ticket has it");
        queue::check_version(ticket, Some(version))?;
        let (ticket, event) = queue::apply(ticket, &act, &by, now, &NoClocks)?;
        Ok(Change {
            ticket: Some(ticket),
            ticket_events: vec![event],
            ..Change::default()
        })
    };
    store.work(Subject::Ticket(reference.into()), None, now, decide).await
}

/// A conversation that was not kept yet.
pub fn new_conversation(id: &str) -> ConversationRecord {
    ConversationRecord {
        id: id.into(),
        version: 0,
        secret: "hash".into(),
        customer: None,
        name: Some("Dewi".into()),
        email: Some("dewi@example.com".into()),
        lang: "en".into(),
        channel: "chat".into(),
        context: Map::from_iter([("plan".to_owned(), Value::from("pro"))]),
        claims: None,
        with_people: false,
        ticket: None,
        turns: 0,
        episodes: 1,
        seen: 0,
        answer_due_at: None,
        shows_typing: false,
        opened_at: at(0),
        changed_at: at(0),
    }
}

pub fn new_episode(conversation: &str, number: i64) -> EpisodeRecord {
    EpisodeRecord {
        conversation: conversation.into(),
        number,
        state: EpisodeState::Open,
        misses: 0,
        shown: Vec::new(),
        ticket: None,
        first_turn: 1,
        opened_at: at(0),
        ended_at: None,
        ended_by: None,
        end_reason: None,
        reopens: None,
        rating: None,
        rating_note: None,
        rated_at: None,
    }
}

pub fn new_turn(text: &str) -> NewTurn {
    NewTurn {
        kind: TurnKind::Customer,
        author: "customer".into(),
        text: text.into(),
        data: Map::new(),
        idempotency_key: None,
    }
}

/// Begins a conversation with one open episode.
pub async fn begun(store: &Store, id: &str) -> ConversationRecord {
    let (conversation, episode) = (new_conversation(id), new_episode(id, 1));
    let worked = done(store, Subject::Nothing, move |_| Change {
        conversation: Some(conversation.clone()),
        episodes: vec![episode.clone()],
        ..Change::default()
    });
    worked.await.conversation.expect("a conversation")
}

/// Begins a conversation whose episode is a ticket.
pub async fn handed_over(store: &Store, id: &str, ticket: TicketRecord) -> TicketRecord {
    let reference = ticket.reference.clone();
    let conversation = ConversationRecord {
        with_people: true,
        ticket: Some(reference.clone()),
        ..new_conversation(id)
    };
    let episode = EpisodeRecord {
        state: EpisodeState::HandedOver,
        ticket: Some(reference),
        ..new_episode(id, 1)
    };
    let ticket = TicketRecord {
        conversation: Some(id.into()),
        episode: Some(1),
        ..ticket
    };
    let worked = done(store, Subject::Nothing, move |_| Change {
        conversation: Some(conversation.clone()),
        episodes: vec![episode.clone()],
        turns: vec![new_turn(&ticket.question)],
        ..opening(ticket.clone())
    });
    worked.await.ticket.expect("a ticket")
}

pub async fn all_questions(store: &Store) -> Vec<QuestionRecord> {
    store.questions(TimeRange::default(), 100_000).await.expect("questions")
}
