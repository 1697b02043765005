//! Brings a database to the schema of this program.
//!
//! Migrations are numbered from 1 without gaps, only ever added, never edited; the table `schema_migrations` records
//! number and checksum of each. All that is missing is applied in one transaction, under the write lock, so that two
//! processes that start at once do not apply anything twice. A database with a newer schema is left as it is.

use sha2::{Digest, Sha256};

use super::{
    StoreError,
    db::{Connection, args},
};

struct Migration {
    version: i64,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        sql: include_str!("migrations/0001_questions.sql"),
    },
    Migration {
        version: 2,
        sql: include_str!("migrations/0002_article_versions.sql"),
    },
    Migration {
        version: 3,
        sql: include_str!("migrations/0003_tickets.sql"),
    },
    Migration {
        version: 4,
        sql: include_str!("migrations/0004_people.sql"),
    },
    Migration {
        version: 5,
        sql: include_str!("migrations/0005_conversations.sql"),
    },
    Migration {
        version: 6,
        sql: include_str!("migrations/0006_queue.sql"),
    },
    Migration {
        version: 7,
        sql: include_str!("migrations/0007_shared.sql"),
    },
    Migration {
        version: 8,
        sql: include_str!("migrations/0008_seen.sql"),
    },
    Migration {
        version: 9,
        sql: include_str!("migrations/0009_warnings.sql"),
    },
    Migration {
        version: 10,
        sql: include_str!("migrations/0010_contacts.sql"),
    },
    Migration {
        version: 11,
        sql: include_str!("migrations/0011_duty_zones.sql"),
    },
    Migration {
        version: 12,
        sql: include_str!("migrations/0012_presence.sql"),
    },
];

/// The schema that this program writes.
pub(super) const LATEST: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

/// Applies what is missing, inside a transaction that nobody else migrates beside.
pub(super) async fn migrate(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    migrate_to(connection, LATEST).await
}

/// [`migrate`], but not further than to `target`.
pub(super) async fn migrate_to(connection: &mut Connection<'_>, target: i64) -> Result<(), StoreError> {
    let table = "CREATE TABLE IF NOT EXISTS schema_migrations (
             version BIGINT NOT NULL PRIMARY KEY,
             checksum TEXT NOT NULL
         )";
    connection.execute(table, Vec::new()).await?;
    let sql = "SELECT version, checksum FROM schema_migrations ORDER BY version";
    let applied = connection.fetch_all(sql, Vec::new()).await?;

    let mut done = 0;
    for row in &applied {
        let version = row.int("version")?;
        let recorded = row.text("checksum")?;
        match MIGRATIONS.iter().find(|migration| migration.version == version) {
            None => {
                let found = applied.last().map_or(Ok(version), |last| last.int("version"))?;
                return Err(StoreError::TooNew { found, known: LATEST });
            }
            Some(migration) if checksum(migration.sql) != recorded => {
                return Err(StoreError::MigrationDiffers { version });
            }
            Some(_) => done = version,
        }
    }

    let missing = |migration: &&Migration| migration.version > done && migration.version <= target;
    for migration in MIGRATIONS.iter().filter(missing) {
        connection.run_script(migration.sql).await?;
        let sql = "INSERT INTO schema_migrations (version, checksum) VALUES ($1, $2)";
        connection
            .execute(sql, args![migration.version, checksum(migration.sql)])
            .await?;
    }
    Ok(())
}

/// Over the text with plain line ends: a checkout on another system must not look like another migration.
fn checksum(sql: &str) -> String {
    hex::encode(Sha256::digest(sql.replace("\r\n", "\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_without_gaps_and_say_why() {
        for (i, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.version, i as i64 + 1);
            assert!(
                migration.sql.starts_with("-- "),
                "migration {} says why",
                migration.version
            );
        }
    }

    #[test]
    fn line_ends_do_not_change_a_checksum() {
        assert_eq!(checksum("a\nb"), checksum("a\r\nb"));
        assert_eq!(
            checksum(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
