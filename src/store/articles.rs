//! Article versions that were shown, kept for ever by the sha256 of their text.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{
    Store, StoreError,
    db::{Connection, args},
    writer::Write,
};

/// One state of one article's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleVersion {
    /// `sha256:` and 64 hexadecimal digits over the text.
    pub version: String,
    /// The article's id.
    pub article: String,
    /// The decoded file.
    pub source: String,
    /// When it was kept first.
    pub kept_at: Timestamp,
}

impl Store {
    /// Keeps a version of an article; does nothing if it is kept already.
    ///
    /// # Errors
    ///
    /// [`StoreError::WrongVersion`] if `version` is not the hash of `source`; else what the database failed with.
    pub async fn keep_article_version(
        &self,
        version: &str,
        article_id: &str,
        source: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.keep_article_versions(vec![ArticleVersion {
            version: version.to_owned(),
            article: article_id.to_owned(),
            source: source.to_owned(),
            kept_at: at,
        }])
        .await
    }

    /// Keeps many versions in one commit, all or none: what a new generation brings.
    ///
    /// # Errors
    ///
    /// As [`Self::keep_article_version`].
    pub async fn keep_article_versions(&self, versions: Vec<ArticleVersion>) -> Result<(), StoreError> {
        for ArticleVersion {
            version,
            article,
            source,
            ..
        } in &versions
        {
            if *version != format!("sha256:{}", hex::encode(Sha256::digest(source))) {
                return Err(StoreError::WrongVersion {
                    article: article.clone(),
                    version: version.clone(),
                });
            }
        }
        self.write(KeepVersions(versions)).await
    }

    /// The text that has this version, if it was kept. Where two articles shared a text, the first by id.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn article_version(&self, version: &str) -> Result<Option<ArticleVersion>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let row = snapshot
            .connection()
            .fetch_optional(
                "SELECT version, article, source, kept_at
                 FROM article_versions
                 WHERE version = $1
                 ORDER BY article
                 LIMIT 1",
                args![version],
            )
            .await?;
        row.map(|row| {
            Ok(ArticleVersion {
                version: row.text("version")?,
                article: row.text("article")?,
                source: row.text("source")?,
                kept_at: row.time("kept_at")?,
            })
        })
        .transpose()
    }
}

struct KeepVersions(Vec<ArticleVersion>);

impl Write for KeepVersions {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        for ArticleVersion {
            version,
            article,
            source,
            kept_at,
        } in &self.0
        {
            let sql = "INSERT INTO article_versions (version, article, source, kept_at)
                 VALUES ($1, $2, $3, $4)
                 ON CONFLICT (version, article) DO NOTHING";
            connection
                .execute(sql, args![version, article, source, *kept_at])
                .await?;
        }
        Ok(())
    }
}
