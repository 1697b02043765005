//! Who did what. Rows are written in the same transaction as the change that they describe, and only ever added to.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    Store, StoreError,
    db::{Connection, args},
};

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRecord {
    /// A ULID.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// A person's id, `token:NAME`, or `cli:USER`.
    pub who: String,
    /// What was done, as a stable word: `person.added`, `token.revoked`, …
    pub action: String,
    /// To whom or what: its id.
    pub subject: String,
    /// What belongs to it; never a secret.
    pub detail: Map<String, Value>,
}

/// Which rows of the log to read; an empty text is any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Who did it, as in [`AuditRecord::who`].
    pub who: String,
    /// How the word of what was done begins: `person.`.
    pub action: String,
}

/// One page of what was done.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// Newest first.
    pub entries: Vec<AuditRecord>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

impl Store {
    /// What was done, as far as the filter lets it through, newest first, at most `limit`; `cursor` is the `next` of the page before.
    ///
    /// # Errors
    ///
    /// [`StoreError::BadCursor`], or what the database failed with.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<AuditPage, StoreError> {
        let (before_at, before_id) = match cursor {
            None => (i64::MAX, ""),
            Some(cursor) => parse_cursor(cursor)?,
        };
        let sql = "SELECT id, at, who, action, subject, detail
             FROM audit
             WHERE (at, id) < ($1, $2)
                 AND ($4 = '' OR who = $4)
                 AND ($5 = '' OR substr(action, 1, length($5)) = $5)
             ORDER BY at DESC, id DESC
             LIMIT $3";
        // One more than asked for says whether there is another page.
        let more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut snapshot = self.readers().snapshot().await?;
        let rows = snapshot
            .connection()
            .fetch_all(sql, args![before_at, before_id, more, &filter.who, &filter.action])
            .await?;
        let mut entries = rows
            .iter()
            .map(|row| {
                Ok(AuditRecord {
                    id: row.text("id")?,
                    at: row.time("at")?,
                    who: row.text("who")?,
                    action: row.text("action")?,
                    subject: row.text("subject")?,
                    detail: row.object("detail")?,
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let is_last = entries.len() <= limit;
        entries.truncate(limit);
        let next = entries
            .last()
            .filter(|_| !is_last)
            .map(|entry| format!("{}.{}", entry.at.as_microsecond(), entry.id));
        Ok(AuditPage { entries, next })
    }
}

/// Writes one row; part of the transaction of the change.
pub(super) async fn write(connection: &mut Connection<'_>, entry: &AuditRecord) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit (id, at, who, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)";
    let args = args![
        &entry.id,
        entry.at,
        &entry.who,
        &entry.action,
        &entry.subject,
        &entry.detail
    ];
    connection.execute(sql, args).await?;
    Ok(())
}

fn parse_cursor(cursor: &str) -> Result<(i64, &str), StoreError> {
    let parsed = cursor
        .split_once('.')
        .and_then(|(at, id)| Some((at.parse().ok()?, id)))
        .filter(|(_, id): &(i64, &str)| !id.is_empty());
    parsed.ok_or_else(|| StoreError::BadCursor {
        cursor: cursor.chars().take(80).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_making_is_refused() {
        assert_eq!(parse_cursor("12.01J"), Ok((12, "01J")));
        for bad in ["", "12", "12.", "x.01J", "."] {
            assert!(parse_cursor(bad).is_err(), "{bad}");
        }
    }
}
