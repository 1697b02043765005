//! Which tables and columns there are, from the database's own schema.

use sqlx::AssertSqlSafe;

use super::super::{
    StoreError,
    db::{Connection, Dialect, args},
};

/// All tables, each after those that it refers to: the order in which rows can be put in. A test compares them with what
/// the migrations make, so that a new table cannot be forgotten. One that a later migration drops stays here, for
/// archives of older schemas.
pub(super) const TABLES: &[&str] = &[
    "questions",
    "article_versions",
    "people",
    "pictures",
    "sessions",
    "sign_in_links",
    "api_tokens",
    "duties",
    "audit",
    "conversations",
    "episodes",
    "turns",
    "streams",
    "outbox",
    "outgoing",
    "tickets",
    "ticket_events",
    "documents",
    "current_documents",
    "votes",
];

/// A table as it is in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub name: &'static str,
    pub columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
    pub required: bool,
    /// Its place in the primary key, from 1.
    key: i64,
}

/// The three kinds of values that the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Real,
}

impl Kind {
    fn from_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "text" => Some(Kind::Text),
            "bigint" => Some(Kind::Int),
            "double precision" => Some(Kind::Real),
            _ => None,
        }
    }
}

/// The tables of [`TABLES`] that the database has.
pub(super) async fn present(connection: &mut Connection<'_>) -> Result<Vec<Table>, StoreError> {
    let mut tables = Vec::new();
    for name in TABLES {
        let columns = columns(connection, name).await?;
        if !columns.is_empty() {
            tables.push(Table { name, columns });
        }
    }
    Ok(tables)
}

/// Columns of a table in their order; none if there is no such table.
async fn columns(connection: &mut Connection<'_>, table: &str) -> Result<Vec<Column>, StoreError> {
    let sql = match connection.dialect() {
        Dialect::Sqlite => {
            "SELECT name, type AS kind, \"notnull\" AS required, pk AS key
             FROM pragma_table_info($1)
             ORDER BY cid"
        }
        Dialect::Postgres => {
            "SELECT CAST(columns.column_name AS TEXT) AS name, CAST(columns.data_type AS TEXT) AS kind,
                 CASE WHEN columns.is_nullable = 'NO' THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS required,
                 CAST(COALESCE((
                     SELECT usage.ordinal_position
                     FROM information_schema.table_constraints AS constraints
                     JOIN information_schema.key_column_usage AS usage
                         ON usage.constraint_schema = constraints.constraint_schema
                         AND usage.constraint_name = constraints.constraint_name
                         AND usage.table_name = constraints.table_name
                     WHERE constraints.constraint_type = 'PRIMARY KEY'
                         AND constraints.table_schema = columns.table_schema
                         AND constraints.table_name = columns.table_name
                         AND usage.column_name = columns.column_name
                 ), 0) AS BIGINT) AS key
             FROM information_schema.columns AS columns
             WHERE columns.table_schema = current_schema()
                 AND columns.table_name = $1
             ORDER BY columns.ordinal_position"
        }
    };
    let rows = connection.fetch_all(sql, args![table]).await?;
    rows.iter()
        .map(|row| {
            Ok(Column {
                name: row.text("name")?,
                kind: row.word("kind", Kind::from_word)?,
                required: row.int("required")? != 0,
                key: row.int("key")?,
            })
        })
        .collect()
}

impl Table {
    /// Reads all rows in the order of their key, byte by byte, so that both engines give the same order.
    pub fn select(&self, dialect: Dialect) -> AssertSqlSafe<String> {
        let collation = match dialect {
            Dialect::Sqlite => " COLLATE BINARY",
            Dialect::Postgres => " COLLATE \"C\"",
        };
        let mut keys: Vec<&Column> = self.columns.iter().filter(|column| column.key > 0).collect();
        keys.sort_by_key(|column| column.key);
        let order: Vec<String> = keys
            .iter()
            .map(|column| match column.kind {
                Kind::Text => format!("{}{collation}", column.name),
                _ => column.name.clone(),
            })
            .collect();
        let (columns, table) = (self.names(), self.name);
        AssertSqlSafe(format!("SELECT {columns} FROM {table} ORDER BY {}", order.join(", ")))
    }

    /// Puts in so many rows at once.
    pub fn insert(&self, rows: usize) -> AssertSqlSafe<String> {
        let width = self.columns.len();
        let row = |at: usize| {
            let places: Vec<String> = (1..=width).map(|i| format!("${}", at * width + i)).collect();
            format!("({})", places.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        let (columns, table) = (self.names(), self.name);
        AssertSqlSafe(format!("INSERT INTO {table} ({columns}) VALUES {}", rows.join(", ")))
    }

    pub fn count(&self) -> AssertSqlSafe<String> {
        AssertSqlSafe(format!("SELECT COUNT(*) AS found FROM {}", self.name))
    }

    pub fn drop(&self) -> AssertSqlSafe<String> {
        AssertSqlSafe(format!("DROP TABLE {}", self.name))
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use sqlx::Connection as _;

    use super::*;
    use crate::store::migrate;

    #[tokio::test]
    async fn no_table_of_the_migrations_is_forgotten_and_each_follows_those_that_it_refers_to() {
        let mut memory = sqlx::SqliteConnection::connect("sqlite::memory:")
            .await
            .expect("a database");
        let mut connection = Connection::from(&mut memory);
        migrate::migrate(&mut connection).await.expect("migrated");
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let made: BTreeSet<String> = connection
            .fetch_all(sql, Vec::new())
            .await
            .expect("tables")
            .iter()
            .map(|row| row.text("name").expect("a name"))
            .filter(|name| name != "schema_migrations")
            .collect();
        let listed: BTreeSet<String> = TABLES.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(listed, made);

        let mut before = HashSet::new();
        for table in present(&mut connection).await.expect("tables") {
            assert!(
                table.columns.iter().any(|column| column.key > 0),
                "{} has a key",
                table.name
            );
            let sql = "SELECT \"table\" AS parent FROM pragma_foreign_key_list($1)";
            for row in connection.fetch_all(sql, args![table.name]).await.expect("keys") {
                let parent = row.text("parent").expect("a name");
                assert!(before.contains(&parent), "{} comes after {parent}", table.name);
            }
            before.insert(table.name.to_owned());
        }
    }
}
