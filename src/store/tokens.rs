//! Tokens of programs that use the API. Kept as hashes only; a revoked one stays, so that its name in old entries means
//! something.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AuditRecord, Store, StoreError, audit,
    db::{Connection, Row, args},
    writer::Write,
};

/// The last use is written down at most this often: a program that asks all day must not write all day.
const NOTE_USE_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// What a token lets its program do; see [`crate::desk::people::Permission`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// Look at the queue.
    #[serde(rename = "tickets:read")]
    TicketsRead,
    /// Work the queue.
    #[serde(rename = "tickets:write")]
    TicketsWrite,
    /// See what is asked and what the articles cover.
    #[serde(rename = "coverage:read")]
    CoverageRead,
    /// Change people other than administrators, and the rota.
    #[serde(rename = "people:write")]
    PeopleWrite,
    /// Everything.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Scope; 5] = [
        Scope::TicketsRead,
        Scope::TicketsWrite,
        Scope::CoverageRead,
        Scope::PeopleWrite,
        Scope::Admin,
    ];

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::TicketsRead => "tickets:read",
            Scope::TicketsWrite => "tickets:write",
            Scope::CoverageRead => "coverage:read",
            Scope::PeopleWrite => "people:write",
            Scope::Admin => "admin",
        }
    }

    /// The scope of a wire word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

/// What stands before the name of a program's token where others have the id of a person.
pub const PROGRAM: &str = "token:";

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// A ULID.
    pub id: String,
    /// Which program has it.
    pub name: String,
    /// SHA-256 (hexadecimal) of the token.
    pub hash: String,
    /// What it lets its program do.
    pub scopes: Vec<Scope>,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, give or take a minute.
    pub used_at: Option<Timestamp>,
    /// Since when it lets nobody in.
    pub revoked_at: Option<Timestamp>,
}

impl Store {
    /// Keeps a new token.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn add_token(&self, token: TokenRecord, audit: AuditRecord) -> Result<(), StoreError> {
        self.write(AddToken { token, audit }).await
    }

    /// The token with this hash, revoked or not.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn token_by_hash(&self, hash: &str) -> Result<Option<TokenRecord>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let row = snapshot
            .connection()
            .fetch_optional(select!("WHERE hash = $1"), args![hash])
            .await?;
        row.as_ref().map(from_row).transpose()
    }

    /// All tokens, the newest first, revoked ones too.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn tokens(&self) -> Result<Vec<TokenRecord>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let rows = snapshot
            .connection()
            .fetch_all(select!("ORDER BY created_at DESC, id DESC"), Vec::new())
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// Writes down that a token was used; does nothing if that was written down within the last minute.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn note_token_use(&self, token: &TokenRecord, at: Timestamp) -> Result<(), StoreError> {
        let is_noted = |used_at: Timestamp| at.duration_since(used_at) < NOTE_USE_EVERY;
        if token.used_at.is_some_and(is_noted) {
            return Ok(());
        }
        self.write(NoteUse {
            id: token.id.clone(),
            at,
        })
        .await
    }

    /// Revokes a token. `false` if there is none with this id; one that is revoked already stays as it is.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn revoke_token(&self, id: &str, audit: AuditRecord) -> Result<bool, StoreError> {
        self.write(RevokeToken {
            id: id.to_owned(),
            audit,
        })
        .await
    }
}

/// All columns, for every statement that reads tokens.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, hash, scopes, created_by, created_at, used_at, revoked_at FROM api_tokens ",
            $rest
        )
    };
}
use select;

struct AddToken {
    token: TokenRecord,
    audit: AuditRecord,
}

impl Write for AddToken {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let token = &self.token;
        let scopes: Vec<String> = token.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        let sql = "INSERT INTO api_tokens (id, name, hash, scopes, created_by, created_at, used_at, revoked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        connection
            .execute(
                sql,
                args![
                    &token.id,
                    &token.name,
                    &token.hash,
                    scopes.as_slice(),
                    &token.created_by,
                    token.created_at,
                    token.used_at,
                    token.revoked_at,
                ],
            )
            .await?;
        audit::write(connection, &self.audit).await
    }
}

struct NoteUse {
    id: String,
    at: Timestamp,
}

impl Write for NoteUse {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let sql = "UPDATE api_tokens SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)";
        connection.execute(sql, args![&self.id, self.at]).await?;
        Ok(())
    }
}

struct RevokeToken {
    id: String,
    audit: AuditRecord,
}

impl Write for RevokeToken {
    type Output = bool;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let sql = "UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        let revoked = connection.execute(sql, args![&self.id, self.audit.at]).await?;
        if revoked == 1 {
            audit::write(connection, &self.audit).await?;
            return Ok(true);
        }
        let found = connection
            .fetch_optional("SELECT id FROM api_tokens WHERE id = $1", args![&self.id])
            .await?;
        Ok(found.is_some())
    }
}

fn from_row(row: &Row) -> Result<TokenRecord, StoreError> {
    // A scope that only a newer version knows gives no right here.
    let scopes = row
        .words("scopes")?
        .iter()
        .filter_map(|word| Scope::from_word(word))
        .collect();
    Ok(TokenRecord {
        id: row.text("id")?,
        name: row.text("name")?,
        hash: row.text("hash")?,
        scopes,
        created_by: row.text("created_by")?,
        created_at: row.time("created_at")?,
        used_at: row.optional_time("used_at")?,
        revoked_at: row.optional_time("revoked_at")?,
    })
}
