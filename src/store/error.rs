//! What can go wrong in the store.
//!
//! The first variants are about the caller's request and concern one operation; the others are about the database and
//! concern everybody ([`StoreError::is_outage`]). Errors are cheap to clone: one failed commit is told to all of its
//! batch.

use std::path::PathBuf;

use sqlx::postgres::PgDatabaseError;

/// Why an operation of the store failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StoreError {
    /// No ticket has this reference.
    #[error("there is no ticket {reference}")]
    NoSuchTicket {
        /// As asked for.
        reference: String,
    },
    /// No conversation has this id.
    #[error("there is no conversation {id}")]
    NoSuchConversation {
        /// As asked for.
        id: String,
    },
    /// Nobody has this id.
    #[error("there is no person {id}")]
    NoSuchPerson {
        /// As asked for.
        id: String,
    },
    /// Somebody else has this e-mail address.
    #[error("somebody else has the e-mail address {email}")]
    EmailTaken {
        /// The address.
        email: String,
    },
    /// The person was changed since they were read.
    #[error("person {id} has changed meanwhile (the version is now {version})")]
    StalePerson {
        /// Their id.
        id: String,
        /// Their present version.
        version: i64,
    },
    /// Nobody would be left who may change people.
    #[error("the last enabled administrator cannot be disabled or get another role: make somebody else one first")]
    LastAdministrator,
    /// Another ticket has this reference already; make another one.
    #[error("another ticket has the reference {reference}")]
    ReferenceTaken {
        /// The reference.
        reference: String,
    },
    /// The mark of the next page was not made by this store.
    #[error("the page mark {cursor:?} is not one of this list")]
    BadCursor {
        /// As given.
        cursor: String,
    },
    /// A text is not what its hash says.
    #[error("the text of article {article} does not have the version {version}")]
    WrongVersion {
        /// The article.
        article: String,
        /// The version that was claimed.
        version: String,
    },
    /// The address of the store cannot be used.
    #[error("the store {url:?} cannot be used: {reason}")]
    BadUrl {
        /// The address, without a password.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The folder or file cannot be made or opened.
    #[error("cannot open the database {}: {detail}", path.display())]
    CannotOpen {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// The database was written by a newer program.
    #[error(
        "the database has schema {found}, this program knows schemas up to {known}: start the newer version of Tanya that wrote it, or restore a backup"
    )]
    TooNew {
        /// Latest migration in the database.
        found: i64,
        /// Latest migration of this program.
        known: i64,
    },
    /// A migration in the database is not the one of this program.
    #[error("migration {version} of the database differs from this program's: it was written by another build")]
    MigrationDiffers {
        /// Number of the migration.
        version: i64,
    },
    /// The disk is full.
    #[error("the disk is full, nothing can be stored: make room ({detail})")]
    DiskFull {
        /// What the database said.
        detail: String,
    },
    /// The file or its folder may not be written to.
    #[error("the database may not be written to: check the rights of its file and folder ({detail})")]
    ReadOnly {
        /// What the database said.
        detail: String,
    },
    /// The file is damaged or not a database.
    #[error("the database is damaged or is not one: restore a backup ({detail})")]
    Corrupt {
        /// What the database said.
        detail: String,
    },
    /// Another process held the database for too long.
    #[error("the database is locked by another process: try again ({detail})")]
    Locked {
        /// What the database said.
        detail: String,
    },
    /// Others changed the same rows at the same moment, again and again.
    #[error("too many changes of the same thing at once: try again ({detail})")]
    Contended {
        /// What the database said.
        detail: String,
    },
    /// The database server cannot be reached, or broke the connection. If that happened during a commit, nobody knows
    /// whether it was made.
    #[error("the database server does not answer: check that it runs and that its address is right ({detail})")]
    Unreachable {
        /// What the system said.
        detail: String,
    },
    /// The database server lets us in no more.
    #[error("the database server refuses us: check user, password and number of connections ({detail})")]
    Refused {
        /// What the database said.
        detail: String,
    },
    /// The store did not reply in time.
    #[error("the store did not reply within {seconds} s")]
    Slow {
        /// How long was waited.
        seconds: u64,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// Anything else that the database refused.
    #[error("the database failed: {detail}")]
    Database {
        /// What the database said.
        detail: String,
    },
}

impl StoreError {
    /// Whether the database itself is in trouble, so that other operations will fail as well.
    pub fn is_outage(&self) -> bool {
        use StoreError::*;
        match self {
            NoSuchTicket { .. } | NoSuchConversation { .. } => false,
            NoSuchPerson { .. } | EmailTaken { .. } | StalePerson { .. } | LastAdministrator => false,
            ReferenceTaken { .. } | BadCursor { .. } | WrongVersion { .. } => false,
            BadUrl { .. } | CannotOpen { .. } | TooNew { .. } | MigrationDiffers { .. } => true,
            DiskFull { .. } | ReadOnly { .. } | Corrupt { .. } | Locked { .. } | Slow { .. } | Closed => true,
            Unreachable { .. } | Refused { .. } => true,
            Contended { .. } => false,
            Database { .. } => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let detail = error.to_string();
        match &error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                if database.try_downcast_ref::<PgDatabaseError>().is_some() {
                    from_sqlstate(&code, detail)
                } else {
                    from_sqlite_code(code.parse().unwrap_or(0), detail)
                }
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => StoreError::Unreachable { detail },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::Corrupt { detail },
            sqlx::Error::PoolTimedOut => StoreError::Locked { detail },
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => StoreError::Closed,
            _ => StoreError::Database { detail },
        }
    }
}

/// Primary result codes of SQLite; the extended ones carry them in their low byte.
fn from_sqlite_code(code: i32, detail: String) -> StoreError {
    match code & 0xff {
        5 | 6 => StoreError::Locked { detail },
        3 | 8 | 14 => StoreError::ReadOnly { detail },
        11 | 26 => StoreError::Corrupt { detail },
        13 => StoreError::DiskFull { detail },
        _ => StoreError::Database { detail },
    }
}

/// PostgreSQL's error codes (its manual, appendix A).
fn from_sqlstate(code: &str, detail: String) -> StoreError {
    match code {
        "40001" | "40P01" => StoreError::Contended { detail },
        "53100" => StoreError::DiskFull { detail },
        "25006" => StoreError::ReadOnly { detail },
        "55P03" | "57014" => StoreError::Locked { detail },
        "XX001" | "XX002" => StoreError::Corrupt { detail },
        "53300" | "3D000" => StoreError::Refused { detail },
        code if code.starts_with("28") => StoreError::Refused { detail },
        code if code.starts_with("08") || code.starts_with("57P") => StoreError::Unreachable { detail },
        _ => StoreError::Database { detail },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_sqlite_become_named_causes() {
        let named = |code| from_sqlite_code(code, String::new());
        assert!(matches!(named(13), StoreError::DiskFull { .. }));
        assert!(matches!(named(8 | 1 << 8), StoreError::ReadOnly { .. }));
        assert!(matches!(named(26), StoreError::Corrupt { .. }));
        assert!(matches!(named(5 | 2 << 8), StoreError::Locked { .. }));
        assert!(matches!(named(19), StoreError::Database { .. }));
        assert!(named(13).is_outage() && !named(19).is_outage());
    }

    #[test]
    fn codes_of_postgresql_become_named_causes() {
        let named = |code| from_sqlstate(code, String::new());
        assert!(matches!(named("40P01"), StoreError::Contended { .. }));
        assert!(matches!(named("53100"), StoreError::DiskFull { .. }));
        assert!(matches!(named("28P01"), StoreError::Refused { .. }));
        assert!(matches!(named("57P01"), StoreError::Unreachable { .. }));
        assert!(matches!(named("23505"), StoreError::Database { .. }));
        assert!(named("57P01").is_outage() && !named("40001").is_outage());
    }
}
