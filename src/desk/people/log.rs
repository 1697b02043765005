//! Who did what, for administrators.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{People, PeopleError};
use crate::store::AuditRecord;

pub use crate::store::AuditFilter;

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "id": "01JQZ8V6M3T9C2D4E5F6G7H8J9", "at": "2026-05-01T09:00:00Z", "who": "01JQZ8V6M3T9C2D4E5F6G7H8J0",
    "action": "token.added", "subject": "01JQZ8V6M3T9C2D4E5F6G7H8J1", "detail": {"name": "nightly export"}
}))]
pub struct AuditEntry {
    /// A ULID.
    pub id: String,
    /// When, RFC 3339.
    pub at: String,
    /// A person's id, `token:NAME`, or `cli:USER`.
    pub who: String,
    /// What was done, as a stable word.
    pub action: String,
    /// To whom or what: its id.
    pub subject: String,
    /// What belongs to it; never a secret.
    pub detail: Map<String, Value>,
}

impl From<AuditRecord> for AuditEntry {
    fn from(record: AuditRecord) -> Self {
        AuditEntry {
            id: record.id,
            at: record.at.to_string(),
            who: record.who,
            action: record.action,
            subject: record.subject,
            detail: record.detail,
        }
    }
}

/// One page of what was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditLog {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// `cursor` of the next page, if there is one.
    pub next: Option<String>,
}

impl People {
    /// Who did what, of some people or some deeds, newest first; `cursor` is the `next` of the page before.
    ///
    /// # Errors
    ///
    /// [`PeopleError::Invalid`] for a cursor of another making; else the store's failure.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<AuditLog, PeopleError> {
        let page = self.inner.store.audit(filter, cursor, limit).await?;
        Ok(AuditLog {
            entries: page.entries.into_iter().map(AuditEntry::from).collect(),
            next: page.next,
        })
    }
}
