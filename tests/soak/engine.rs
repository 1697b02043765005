//! The database below a server: SQLite in the place's folder, or one of its own on the test server.

use std::{env, future::Future};

use sqlx::{Connection, Executor, PgConnection};
use tanya::store::Store;
use tokio::runtime::Runtime;

use crate::place::{Place, skip};

/// Tokens of the people at the desk, with their names.
pub const AGENTS: [(&str, &str); 10] = [
    ("anna", "a-token-for-tests-only-anna"),
    ("budi", "a-token-for-tests-only-budi"),
    ("citra", "a-token-for-tests-only-citra"),
    ("dewi", "a-token-for-tests-only-dewi"),
    ("eko", "a-token-for-tests-only-eko"),
    ("fitri", "a-token-for-tests-only-fitri"),
    ("gita", "a-token-for-tests-only-gita"),
    ("hadi", "a-token-for-tests-only-hadi"),
    ("intan", "a-token-for-tests-only-intan"),
    ("joko", "a-token-for-tests-only-joko"),
];

/// Where conversations are kept.
pub enum Engine {
    /// In the data folder.
    Sqlite,
    /// In this database.
    Postgres(Database),
}

impl Engine {
    /// A new database on the test server; `None` (and a line) where there is none.
    pub fn postgres() -> Option<Engine> {
        let Ok(admin) = env::var("TANYA_TEST_POSTGRES") else {
            assert!(
                env::var_os("TANYA_REQUIRE_POSTGRES").is_none(),
                "TANYA_REQUIRE_POSTGRES is set, but TANYA_TEST_POSTGRES names no server"
            );
            skip("PostgreSQL is not there (set TANYA_TEST_POSTGRES, or install postgresql and use `make test`)");
            return None;
        };
        Some(Engine::Postgres(Database::create(admin)))
    }

    /// Its name, for progress lines.
    pub fn name(&self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres(_) => "PostgreSQL",
        }
    }

    /// A small help center on it, without the model: starts are quick. Limits of clients are off, all come from one address.
    pub fn place(&self) -> Place {
        let place = Place::small();
        let store = match self {
            Engine::Sqlite => String::new(),
            Engine::Postgres(database) => format!("store = {:?}\n", database.url()),
        };
        place.set(&format!("{store}{}", settings()));
        place
    }

    /// Opens the database of a place whose servers have ended.
    pub async fn open(&self, place: &Place) -> Store {
        let url = match self {
            Engine::Sqlite => format!("sqlite:{}", place.path().join("data/tanya.db").display()),
            Engine::Postgres(database) => database.url(),
        };
        Store::open(&url).await.expect("the database opens")
    }

    /// Cuts every connection to the database, as its restart would.
    pub fn cut_connections(&self) {
        if let Engine::Postgres(database) = self {
            database.cut_connections();
        }
    }
}

/// Settings of every place here, besides its database.
pub fn settings() -> String {
    let tokens: Vec<String> = AGENTS
        .iter()
        .map(|(name, token)| format!("{{ name = {name:?}, token = {token:?} }}"))
        .collect();
    format!(
        "[model]\nenabled = false\n[server]\nrequests_per_minute = 0\ntickets_per_hour = 0\n\
         [desk]\nburst_ms = 60\nclaim_minutes = 600\ntokens = [{}]\n",
        tokens.join(", ")
    )
}

/// Runs a future to its end.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    Runtime::new().expect("a runtime").block_on(future)
}

/// A database that is removed when it is dropped.
pub struct Database {
    admin: String,
    name: String,
}

impl Database {
    /// A new one on the server.
    pub fn create(admin: String) -> Database {
        let name = format!("tanya_soak_{:016x}", rand::random::<u64>());
        let database = Database { admin, name };
        database.run(format!("CREATE DATABASE {}", database.name));
        database
    }

    /// Its address.
    pub fn url(&self) -> String {
        let mut url = url::Url::parse(&self.admin).expect("an address");
        url.set_path(&self.name);
        url.into()
    }

    fn cut_connections(&self) {
        self.run(format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            self.name
        ));
    }

    fn run(&self, sql: String) {
        block_on(async {
            let mut connection = PgConnection::connect(&self.admin).await.expect("the test server");
            let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
            connection.execute(statement).await.expect("done");
        });
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.run(format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}
