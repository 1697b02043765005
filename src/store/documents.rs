//! Documents that several servers must agree on: rules, settings and calibration, kept for ever by their hash, one of each kind
//! current.
//!
//! Making another one current is announced on the stream `desk` (kind `document`), in the same commit.

use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    AuditRecord, NewEvent, Store, StoreError, audit,
    db::{Connection, Row, args},
    outbox,
    writer::Write,
};

/// The stream that says when another document has become current.
pub(crate) const DESK_STREAM: &str = "desk";

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// The rules for sensitive topics, all files in one.
    Topics,
    /// The rules of routing.
    Routing,
    /// Confidence and thresholds for one generation.
    Calibration,
    /// What the settings pages have set.
    Settings,
    /// Hash of the topic rules that the one server that works on the store published last from its files.
    TopicsFile,
    /// The same of the rules of routing.
    RoutingFile,
}

impl DocumentKind {
    /// All of them.
    pub const ALL: [DocumentKind; 6] = [
        DocumentKind::Topics,
        DocumentKind::Routing,
        DocumentKind::Calibration,
        DocumentKind::Settings,
        DocumentKind::TopicsFile,
        DocumentKind::RoutingFile,
    ];

    /// The word in the store and in events.
    pub fn as_str(self) -> &'static str {
        match self {
            DocumentKind::Topics => "topics",
            DocumentKind::Routing => "routing",
            DocumentKind::Calibration => "calibration",
            DocumentKind::Settings => "settings",
            DocumentKind::TopicsFile => "topics_file",
            DocumentKind::RoutingFile => "routing_file",
        }
    }

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is for.
    pub kind: DocumentKind,
    /// SHA-256 of the text, 64 hexadecimal digits.
    pub hash: String,
    /// The text.
    pub text: String,
    /// When it was kept, or made to count again by somebody.
    pub kept_at: Timestamp,
    /// By whom.
    pub kept_by: String,
}

/// How a publication over a known document went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// It is current now.
    Done(Document),
    /// Another one than the expected is current; nothing was changed.
    Stale(Option<Document>),
}

/// The hash that a document with this text has.
pub fn document_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

impl Store {
    /// Keeps a document and makes it the current one of its kind; returns its hash. One that is current already changes
    /// nothing and announces nothing.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn publish_document(
        &self,
        kind: DocumentKind,
        text: &str,
        by: &str,
        at: Timestamp,
    ) -> Result<String, StoreError> {
        let publish = Publish::new(kind, text, by, at, Standing::Replace);
        Ok(self.write(publish).await?.hash)
    }

    /// As [`Self::publish_document`], unless a document of this kind is current already; returns the one that is current
    /// afterwards. Of two servers that start at once, one publishes and the other gets that.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn publish_first_document(
        &self,
        kind: DocumentKind,
        text: &str,
        by: &str,
        at: Timestamp,
    ) -> Result<Document, StoreError> {
        self.write(Publish::new(kind, text, by, at, Standing::Keep)).await
    }

    /// Makes a document current in place of the one with the hash `over` (`None`: in place of none), and writes down who
    /// did it, in one commit. Of two who changed the same document, the second is told.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn publish_document_over(
        &self,
        kind: DocumentKind,
        text: &str,
        over: Option<&str>,
        audit: AuditRecord,
    ) -> Result<Published, StoreError> {
        let Publish { document, .. } = Publish::new(kind, text, &audit.who, audit.at, Standing::Replace);
        let over = over.map(str::to_owned);
        self.write(PublishOver { document, over, audit }).await
    }

    /// Documents of a kind, the newest first, without their texts being looked at; at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn documents(&self, kind: DocumentKind, limit: usize) -> Result<Vec<Document>, StoreError> {
        let sql = "SELECT kind, hash, text, kept_at, kept_by
             FROM documents
             WHERE kind = $1
             ORDER BY kept_at DESC, hash
             LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut snapshot = self.readers().snapshot().await?;
        let rows = snapshot
            .connection()
            .fetch_all(sql, args![kind.as_str(), limit])
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// The current document of a kind, if there is one.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn current_document(&self, kind: DocumentKind) -> Result<Option<Document>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        current(&mut snapshot.connection(), kind).await
    }

    /// The hashes of all current documents: enough to see whether anything is new.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn current_document_hashes(&self) -> Result<Vec<(DocumentKind, String)>, StoreError> {
        let sql = "SELECT kind, hash FROM current_documents ORDER BY kind";
        let mut snapshot = self.readers().snapshot().await?;
        let rows = snapshot.connection().fetch_all(sql, Vec::new()).await?;
        rows.iter()
            .map(|row| Ok((row.word("kind", DocumentKind::from_word)?, row.text("hash")?)))
            .collect()
    }

    /// The document of this kind with this hash, if it was ever kept.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn document(&self, kind: DocumentKind, hash: &str) -> Result<Option<Document>, StoreError> {
        let sql = "SELECT kind, hash, text, kept_at, kept_by
             FROM documents
             WHERE kind = $1
                 AND hash = $2";
        let mut snapshot = self.readers().snapshot().await?;
        let row = snapshot
            .connection()
            .fetch_optional(sql, args![kind.as_str(), hash])
            .await?;
        row.as_ref().map(from_row).transpose()
    }

    /// Whether other servers may work on this store, too.
    pub fn is_shared(&self) -> bool {
        self.postgres_pool().is_some()
    }
}

/// What becomes of a document that is current already.
#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Replace,
    Keep,
}

struct Publish {
    document: Document,
    standing: Standing,
}

impl Publish {
    fn new(kind: DocumentKind, text: &str, by: &str, at: Timestamp, standing: Standing) -> Self {
        // The store keeps no NUL; the hash is of what it keeps.
        let text = text.replace('\0', "\u{fffd}");
        Publish {
            document: Document {
                kind,
                hash: document_hash(&text),
                text,
                kept_at: at,
                kept_by: by.to_owned(),
            },
            standing,
        }
    }
}

impl Write for Publish {
    type Output = Document;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<Document, StoreError> {
        let Document {
            kind,
            hash,
            text,
            kept_at,
            kept_by,
        } = &self.document;
        if self.standing == Standing::Keep
            && let Some(current) = current(connection, *kind).await?
        {
            return Ok(current);
        }
        let sql = "INSERT INTO documents (kind, hash, text, kept_at, kept_by)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (kind, hash) DO NOTHING";
        connection
            .execute(sql, args![kind.as_str(), hash, text, *kept_at, kept_by])
            .await?;
        // Two that race: the second waits for the first one's row, and sees whether it is there.
        let sql = match self.standing {
            Standing::Replace => {
                "INSERT INTO current_documents (kind, hash, since)
                 VALUES ($1, $2, $3)
                 ON CONFLICT (kind) DO UPDATE SET hash = excluded.hash, since = excluded.since
                 WHERE current_documents.hash <> excluded.hash"
            }
            Standing::Keep => {
                "INSERT INTO current_documents (kind, hash, since)
                 VALUES ($1, $2, $3)
                 ON CONFLICT (kind) DO NOTHING"
            }
        };
        let changed = connection.execute(sql, args![kind.as_str(), hash, *kept_at]).await?;
        if changed > 0 {
            announce(connection, &self.document).await?;
        }
        let current = current(connection, *kind).await?;
        current.ok_or_else(|| StoreError::Corrupt {
            detail: format!("the current document of {} is not there", kind.as_str()),
        })
    }
}

struct PublishOver {
    document: Document,
    over: Option<String>,
    audit: AuditRecord,
}

impl Write for PublishOver {
    type Output = Published;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<Published, StoreError> {
        let Document {
            kind,
            hash,
            text,
            kept_at,
            kept_by,
        } = &self.document;
        // The row itself is what two who race wait for; whoever comes second finds another hash in it.
        let changed = match &self.over {
            Some(over) => {
                let sql = "UPDATE current_documents SET hash = $2, since = $3 WHERE kind = $1 AND hash = $4";
                connection
                    .execute(sql, args![kind.as_str(), hash, *kept_at, over])
                    .await?
            }
            None => {
                let sql = "INSERT INTO current_documents (kind, hash, since)
                     VALUES ($1, $2, $3)
                     ON CONFLICT (kind) DO NOTHING";
                connection.execute(sql, args![kind.as_str(), hash, *kept_at]).await?
            }
        };
        if changed == 0 {
            return Ok(Published::Stale(current(connection, *kind).await?));
        }
        if self.over.as_ref() == Some(hash) {
            let same = current(connection, *kind).await?;
            return Ok(Published::Done(same.unwrap_or_else(|| self.document.clone())));
        }
        // An earlier text that somebody makes count again is theirs from now on.
        let sql = "INSERT INTO documents (kind, hash, text, kept_at, kept_by)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (kind, hash) DO UPDATE SET kept_at = excluded.kept_at, kept_by = excluded.kept_by";
        connection
            .execute(sql, args![kind.as_str(), hash, text, *kept_at, kept_by])
            .await?;
        announce(connection, &self.document).await?;
        audit::write(connection, &self.audit).await?;
        Ok(Published::Done(self.document.clone()))
    }
}

/// Tells every server that another document is current.
async fn announce(connection: &mut Connection<'_>, document: &Document) -> Result<(), StoreError> {
    let event = NewEvent {
        stream: DESK_STREAM.to_owned(),
        kind: "document",
        data: Map::from_iter([
            ("kind".to_owned(), Value::from(document.kind.as_str())),
            ("hash".to_owned(), Value::from(document.hash.as_str())),
            ("by".to_owned(), Value::from(document.kept_by.as_str())),
        ]),
    };
    outbox::append(connection, &event, document.kept_at).await.map(drop)
}

async fn current(connection: &mut Connection<'_>, kind: DocumentKind) -> Result<Option<Document>, StoreError> {
    let sql = "SELECT documents.kind, documents.hash, text, kept_at, kept_by
         FROM current_documents
         JOIN documents ON documents.kind = current_documents.kind AND documents.hash = current_documents.hash
         WHERE current_documents.kind = $1";
    let row = connection.fetch_optional(sql, args![kind.as_str()]).await?;
    row.as_ref().map(from_row).transpose()
}

fn from_row(row: &Row) -> Result<Document, StoreError> {
    Ok(Document {
        kind: row.word("kind", DocumentKind::from_word)?,
        hash: row.text("hash")?,
        text: row.text("text")?,
        kept_at: row.time("kept_at")?,
        kept_by: row.text("kept_by")?,
    })
}
