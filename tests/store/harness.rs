//! A database of its own for each test, and things to put into it.

use std::{
    env,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::{Map, Value};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use tanya::{
    answer::{HandoffReason, Outcome},
    store::{
        NearestArticle, NewTicketRecord, OpenedTicket, QuestionRecord, Store, StoreError, TicketRecord, TimeRange,
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

pub fn new_ticket(reference: &str, promise: i64) -> NewTicketRecord {
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

pub async fn opened(store: &Store, ticket: NewTicketRecord) -> TicketRecord {
    match store.open_ticket(ticket).await.expect("a ticket") {
        OpenedTicket::New(ticket) => ticket,
        OpenedTicket::Before(ticket) => panic!("{} was there before", ticket.reference),
    }
}

pub async fn all_questions(store: &Store) -> Vec<QuestionRecord> {
    store.questions(TimeRange::default(), 100_000).await.expect("questions")
}
