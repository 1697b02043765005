//! One way to run SQL on both engines.
//!
//! A [`Connection`] is a borrowed connection of either engine; statements are written once, with `$1` placeholders, which
//! both understand, and [`Value`]s. Rows are read by column name. Where the engines differ, the difference has a method
//! here ([`Connection::lock`]) and not a second statement elsewhere.

use std::pin::Pin;

use futures_util::{Stream, TryStreamExt};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, Row as _, SqlSafeStr, Sqlite, SqliteConnection, SqlitePool,
    Transaction, postgres::PgRow, sqlite::SqliteRow,
};

use super::StoreError;

/// A value that is bound to a placeholder. `None` keeps its kind: PostgreSQL wants to know what it is that is missing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// TEXT.
    Text(Option<String>),
    /// BIGINT.
    Int(Option<i64>),
    /// DOUBLE PRECISION.
    Real(Option<f64>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(Some(without_nul(text)))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Value::Text(text.map(without_nul))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        text.as_deref().into()
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        text.as_deref().into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Value::Int(number)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Value::Int(Some(i64::from(yes)))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        // SQLite keeps "not a number" as NULL, which would lose the row.
        Value::Real(Some(if number.is_finite() { number } else { 0.0 }))
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Value::Int(Some(at.as_microsecond()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(at: Option<Timestamp>) -> Self {
        Value::Int(at.map(Timestamp::as_microsecond))
    }
}

impl From<&Map<String, Json>> for Value {
    fn from(object: &Map<String, Json>) -> Self {
        let text = serde_json::to_string(object).expect("a JSON object has text keys only");
        text.into()
    }
}

impl From<Option<&Map<String, Json>>> for Value {
    fn from(object: Option<&Map<String, Json>>) -> Self {
        object.map_or(Value::Text(None), Value::from)
    }
}

impl From<&[String]> for Value {
    fn from(words: &[String]) -> Self {
        Json::from(words).to_string().into()
    }
}

/// PostgreSQL has no NUL in its texts, and nobody needs one.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The values of a statement, in the order of its placeholders.
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::db::Value::from($value)),*]
    };
}
pub(super) use args;

/// A statement that is put together from parts; every value is bound, never written into the text.
pub(super) struct Statement {
    sql: String,
    args: Vec<Value>,
}

impl Statement {
    pub fn new(sql: &'static str) -> Self {
        Statement {
            sql: sql.to_owned(),
            args: Vec::new(),
        }
    }

    /// Adds text of the program.
    pub fn push(&mut self, sql: &'static str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds a placeholder with its value.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.args.push(value.into());
        self.sql.push('$');
        self.sql.push_str(&self.args.len().to_string());
        self
    }

    /// Adds placeholders with commas between; for no value NULL, which nothing is in.
    pub fn bind_all<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        let before = self.args.len();
        for value in values {
            if self.args.len() > before {
                self.push(", ");
            }
            self.bind(value);
        }
        if self.args.len() == before {
            self.push("NULL");
        }
        self
    }

    pub async fn fetch_all(self, connection: &mut Connection<'_>) -> Result<Vec<Row>, StoreError> {
        connection.fetch_all(AssertSqlSafe(self.sql), self.args).await
    }
}

/// A borrowed connection, and what is to be told to others when its transaction is committed.
pub(super) struct Connection<'a> {
    engine: Engine<'a>,
    notes: Vec<String>,
}

/// An engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

enum Engine<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl<'a> From<&'a mut SqliteConnection> for Connection<'a> {
    fn from(connection: &'a mut SqliteConnection) -> Self {
        Connection {
            engine: Engine::Sqlite(connection),
            notes: Vec::new(),
        }
    }
}

impl<'a> From<&'a mut PgConnection> for Connection<'a> {
    fn from(connection: &'a mut PgConnection) -> Self {
        Connection {
            engine: Engine::Postgres(connection),
            notes: Vec::new(),
        }
    }
}

/// The statement with its values bound, for the engine that the place of use asks for.
macro_rules! bound {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $args {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Int(number) => query.bind(number),
                Value::Real(number) => query.bind(number),
            };
        }
        query
    }};
}

impl Connection<'_> {
    /// Which engine it is, for the few statements about the schema that each engine has its own way to ask.
    pub fn dialect(&self) -> Dialect {
        match &self.engine {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Rows one after the other, for more than memory holds.
    pub fn stream(&mut self, sql: impl SqlSafeStr) -> Pin<Box<dyn Stream<Item = Result<Row, StoreError>> + Send + '_>> {
        match &mut self.engine {
            Engine::Sqlite(connection) => {
                let rows = sqlx::query(sql).fetch(&mut **connection);
                Box::pin(rows.map_ok(Row::Sqlite).map_err(StoreError::from))
            }
            Engine::Postgres(connection) => {
                let rows = sqlx::query(sql).fetch(&mut **connection);
                Box::pin(rows.map_ok(Row::Postgres).map_err(StoreError::from))
            }
        }
    }

    /// Runs a statement; returns the number of rows that it changed.
    pub async fn execute(&mut self, sql: impl SqlSafeStr, args: Vec<Value>) -> Result<u64, sqlx::Error> {
        Ok(match &mut self.engine {
            Engine::Sqlite(connection) => bound!(sql, args).execute(&mut **connection).await?.rows_affected(),
            Engine::Postgres(connection) => bound!(sql, args).execute(&mut **connection).await?.rows_affected(),
        })
    }

    /// All rows.
    pub async fn fetch_all(&mut self, sql: impl SqlSafeStr, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        Ok(match &mut self.engine {
            Engine::Sqlite(connection) => {
                let rows = bound!(sql, args).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Engine::Postgres(connection) => {
                let rows = bound!(sql, args).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first row, if there is one.
    pub async fn fetch_optional(&mut self, sql: impl SqlSafeStr, args: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Ok(match &mut self.engine {
            Engine::Sqlite(connection) => {
                let row = bound!(sql, args).fetch_optional(&mut **connection).await?;
                row.map(Row::Sqlite)
            }
            Engine::Postgres(connection) => {
                let row = bound!(sql, args).fetch_optional(&mut **connection).await?;
                row.map(Row::Postgres)
            }
        })
    }

    /// The one row that a statement such as `SELECT COUNT(*)` always has.
    pub async fn fetch_one(&mut self, sql: impl SqlSafeStr, args: Vec<Value>) -> Result<Row, StoreError> {
        let row = self.fetch_optional(sql, args).await?;
        row.ok_or_else(|| sqlx::Error::RowNotFound.into())
    }

    /// Several statements without values: a migration.
    pub async fn run_script(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match &mut self.engine {
            Engine::Sqlite(connection) => sqlx::raw_sql(sql).execute(&mut **connection).await.map(drop)?,
            Engine::Postgres(connection) => sqlx::raw_sql(sql).execute(&mut **connection).await.map(drop)?,
        }
        Ok(())
    }

    /// Locks a row of `table` against other servers until the end of the transaction, so that what is decided upon it
    /// stands. SQLite has one writer and needs none. Returns whether there is such a row.
    pub async fn lock(&mut self, table: Lockable, id: &str) -> Result<bool, StoreError> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(true),
            Engine::Postgres(_) => Ok(self.fetch_optional(table.statement(), args![id]).await?.is_some()),
        }
    }

    /// What ends a `SELECT` of rows that are to be claimed: PostgreSQL locks them and passes over those that another server
    /// is claiming at this moment. SQLite has one writer and needs nothing.
    pub fn skipping_locked_rows(&self) -> &'static str {
        match &self.engine {
            Engine::Sqlite(_) => "",
            Engine::Postgres(_) => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Tells everybody who reads `stream` that there is something new, once the transaction is committed. A hint only:
    /// readers read rows by their number.
    pub async fn notify(&mut self, stream: &str) -> Result<(), StoreError> {
        if let Engine::Postgres(_) = self.engine {
            // PostgreSQL delivers it with the commit, and not at all without.
            self.fetch_all("SELECT pg_notify('tanya', $1)", args![stream]).await?;
        } else if !self.notes.iter().any(|note| note == stream) {
            self.notes.push(stream.to_owned());
        }
        Ok(())
    }

    /// What [`Self::notify`] was told and the engine does not deliver by itself.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}

/// Rows that are locked before something is decided upon them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lockable {
    Ticket,
    Conversation,
    Person,
    /// No row but a name: whatever decides upon how many tickets a person has, whether the store knows them or not.
    Load,
}

impl Lockable {
    fn statement(self) -> &'static str {
        match self {
            Lockable::Ticket => "SELECT 1 AS locked FROM tickets WHERE reference = $1 FOR UPDATE",
            Lockable::Conversation => "SELECT 1 AS locked FROM conversations WHERE id = $1 FOR UPDATE",
            Lockable::Person => "SELECT 1 AS locked FROM people WHERE id = $1 FOR UPDATE",
            Lockable::Load => "SELECT pg_advisory_xact_lock(hashtextextended('load:' || $1, 0))",
        }
    }
}

/// A row of either engine.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! column {
    ($row:expr, $column:expr, $kind:ty) => {
        match $row {
            Row::Sqlite(row) => row.try_get::<$kind, _>($column),
            Row::Postgres(row) => row.try_get::<$kind, _>($column),
        }
    };
}

impl Row {
    pub fn text(&self, name: &str) -> Result<String, StoreError> {
        Ok(column!(self, name, String)?)
    }

    pub fn optional_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(column!(self, name, Option<String>)?)
    }

    pub fn int(&self, name: &str) -> Result<i64, StoreError> {
        Ok(column!(self, name, i64)?)
    }

    pub fn optional_int(&self, name: &str) -> Result<Option<i64>, StoreError> {
        Ok(column!(self, name, Option<i64>)?)
    }

    pub fn flag(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.int(name)? != 0)
    }

    pub fn real(&self, name: &str) -> Result<f64, StoreError> {
        Ok(column!(self, name, f64)?)
    }

    pub fn optional_real(&self, name: &str) -> Result<Option<f64>, StoreError> {
        Ok(column!(self, name, Option<f64>)?)
    }

    pub fn time(&self, name: &str) -> Result<Timestamp, StoreError> {
        to_time(self.int(name)?)
    }

    pub fn optional_time(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        self.optional_int(name)?.map(to_time).transpose()
    }

    /// A JSON object.
    pub fn object(&self, name: &str) -> Result<Map<String, Json>, StoreError> {
        self.json(name)
    }

    /// A JSON object, or nothing.
    pub fn optional_object(&self, name: &str) -> Result<Option<Map<String, Json>>, StoreError> {
        match self.optional_text(name)? {
            None => Ok(None),
            Some(_) => self.json(name).map(Some),
        }
    }

    /// A JSON list of words.
    pub fn words(&self, name: &str) -> Result<Vec<String>, StoreError> {
        self.json(name)
    }

    fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(name)?).map_err(|error| StoreError::Corrupt {
            detail: format!("column {name}: {error}"),
        })
    }

    /// A column that holds one of a few words.
    pub fn word<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
        let text = self.text(name)?;
        parse(&text).ok_or_else(|| StoreError::Corrupt {
            detail: format!("column {name} holds the word {text:?}"),
        })
    }

    /// [`Self::word`], or nothing.
    pub fn optional_word<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
        match self.optional_text(name)? {
            None => Ok(None),
            Some(_) => self.word(name, parse).map(Some),
        }
    }
}

fn to_time(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Corrupt {
        detail: format!("{micros} microseconds is no time"),
    })
}

/// Connections for reading.
pub(super) enum Readers {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A reading transaction: everything read in it is of one moment.
pub(super) enum Snapshot {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Readers {
    /// Begins to read.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(match self {
            Readers::Sqlite(pool) => Snapshot::Sqlite(pool.begin().await?),
            Readers::Postgres(pool) => Snapshot::Postgres(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?,
            ),
        })
    }

    pub async fn close(&self) {
        match self {
            Readers::Sqlite(pool) => pool.close().await,
            Readers::Postgres(pool) => pool.close().await,
        }
    }
}

impl Snapshot {
    pub fn connection(&mut self) -> Connection<'_> {
        match self {
            Snapshot::Sqlite(transaction) => Connection::from(&mut **transaction),
            Snapshot::Postgres(transaction) => Connection::from(&mut **transaction),
        }
    }
}
