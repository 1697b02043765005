//! Tokens of programs that use the API: shown once, with scopes, revocable.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{People, PeopleError, Scope, detail, error::invalid, hash, person::checked_word};
use crate::store::TokenRecord;

/// What every token begins with, so that scanners of published code find one that leaked.
const PREFIX: &str = "tanya_";
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "id": "01JQZ8V6M3T9C2D4E5F6G7H8J9", "name": "nightly export", "scopes": ["tickets:read"],
    "created_by": "01JQZ8V6M3T9C2D4E5F6G7H8J0", "created_at": "2026-05-01T09:00:00Z", "used_at": null, "revoked_at": null
}))]
pub struct Token {
    /// A ULID.
    pub id: String,
    /// Which program has it.
    pub name: String,
    /// What it lets its program do.
    pub scopes: Vec<Scope>,
    /// Who made it.
    pub created_by: String,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// When it was last used, give or take a minute.
    pub used_at: Option<String>,
    /// Since when it lets nobody in.
    pub revoked_at: Option<String>,
}

impl From<TokenRecord> for Token {
    fn from(record: TokenRecord) -> Self {
        Token {
            id: record.id,
            name: record.name,
            scopes: record.scopes,
            created_by: record.created_by,
            created_at: record.created_at.to_string(),
            used_at: record.used_at.map(|at| at.to_string()),
            revoked_at: record.revoked_at.map(|at| at.to_string()),
        }
    }
}

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(example = json!({"name": "nightly export", "scopes": ["tickets:read"]}))]
pub struct NewToken {
    /// Which program will have it, 1 to 100 characters.
    pub name: String,
    /// What it lets its program do; at least one.
    pub scopes: Vec<Scope>,
}

impl People {
    /// Makes a token. The second value is the token itself; nobody can see it again.
    ///
    /// # Errors
    ///
    /// [`PeopleError::Invalid`], or the store's failure.
    pub async fn add_token(&self, new: &NewToken, by: &str) -> Result<(Token, String), PeopleError> {
        let name = checked_word("name", &new.name, LONGEST_NAME)?;
        let mut scopes = Vec::with_capacity(new.scopes.len());
        for scope in &new.scopes {
            if !scopes.contains(scope) {
                scopes.push(*scope);
            }
        }
        if scopes.is_empty() {
            return Err(invalid("scopes", "must name at least one thing that it may do"));
        }
        let at = self.now();
        let secret = format!("{PREFIX}{}", self.secret());
        let record = TokenRecord {
            id: self.id(at),
            name,
            hash: hash(&secret),
            scopes,
            created_by: by.to_owned(),
            created_at: at,
            used_at: None,
            revoked_at: None,
        };
        let words: Vec<&str> = record.scopes.iter().map(|scope| scope.as_str()).collect();
        let fields = detail([("name", record.name.as_str().into()), ("scopes", words.into())]);
        let audit = self.entry(at, by, "token.added", &record.id, fields);
        self.inner.store.add_token(record.clone(), audit).await?;
        Ok((record.into(), secret))
    }

    /// All tokens, the newest first, revoked ones too.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn tokens(&self) -> Result<Vec<Token>, PeopleError> {
        let found = self.inner.store.tokens().await?;
        Ok(found.into_iter().map(Token::from).collect())
    }

    /// Revokes a token: it lets nobody in from the next request on.
    ///
    /// # Errors
    ///
    /// [`PeopleError::NoSuchToken`], or the store's failure.
    pub async fn revoke_token(&self, id: &str, by: &str) -> Result<(), PeopleError> {
        let audit = self.entry(self.now(), by, "token.revoked", id, detail([]));
        match self.inner.store.revoke_token(id, audit).await? {
            true => Ok(()),
            false => Err(PeopleError::NoSuchToken { id: id.to_owned() }),
        }
    }

    /// The token that a program sent, if it is one and was not revoked; its use is written down.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn token(&self, sent: &str) -> Result<Option<Token>, PeopleError> {
        if !sent.starts_with(PREFIX) {
            return Ok(None);
        }
        let found = self.inner.store.token_by_hash(&hash(sent)).await?;
        let Some(token) = found.filter(|token| token.revoked_at.is_none()) else {
            return Ok(None);
        };
        // The token is good whether or not this can be written down.
        if let Err(error) = self.inner.store.note_token_use(&token, self.now()).await {
            tracing::warn!(%error, "the use of a token could not be written down");
        }
        Ok(Some(token.into()))
    }
}
