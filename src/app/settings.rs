//! The settings as they count now: those of the start, with what the pages have set since, for all servers on one store.
//!
//! The pages' settings are one document. A server reads it at its start and whenever the store says that another one is
//! current; settings that this program cannot use are told and the last good ones go on. Nothing needs a restart.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;
use serde_json::{Map, Value};

use super::App;
use crate::{
    config::{Config, StoredError, StoredSettings, dotted_keys},
    desk::{DaysOff, Letterhead, rules_source::Followed},
    store::{Document, DocumentKind, Published, StoreError},
};

/// The settings of one server. A clone is one `Arc`.
#[derive(Clone)]
pub(super) struct LiveSettings {
    inner: Arc<Inner>,
}

struct Inner {
    /// What flags, variables and file have set.
    given: Arc<Config>,
    /// Of the calendar files, which only the file names.
    days_off: DaysOff,
    current: ArcSwap<Current>,
    /// The hash of the store's settings and why they are not used, if they are not. Locked for a moment only.
    refused: Mutex<Option<(String, String)>>,
    /// One at a time: two that follow at once must not swap an older one in last.
    following: tokio::sync::Mutex<()>,
}

struct Current {
    config: Arc<Config>,
    hash: Option<String>,
}

impl LiveSettings {
    pub(super) fn new(given: Arc<Config>, days_off: DaysOff) -> Self {
        LiveSettings {
            inner: Arc::new(Inner {
                current: ArcSwap::from_pointee(Current {
                    config: Arc::clone(&given),
                    hash: None,
                }),
                given,
                days_off,
                refused: Mutex::default(),
                following: tokio::sync::Mutex::default(),
            }),
        }
    }

    pub(super) fn problem(&self) -> Option<String> {
        let refused = self.refused();
        refused.as_ref().map(|(_, why)| why.clone())
    }

    fn is_refused(&self, hash: &str) -> bool {
        let refused = self.refused();
        refused.as_ref().is_some_and(|(refused, _)| refused == hash)
    }

    fn refuse(&self, refused: Option<(String, String)>) {
        *self.refused() = refused;
    }

    fn refused(&self) -> MutexGuard<'_, Option<(String, String)>> {
        self.inner.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why settings or rules were not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Settings that are not allowed.
    #[error(transparent)]
    Settings(#[from] StoredError),
    /// Rules that cannot be used, one sentence each.
    #[error("{}", .0.join("; "))]
    Rules(Vec<String>),
    /// Somebody else has changed them since they were read; the document that is current now.
    #[error("somebody else has changed this since it was read")]
    Stale(Option<Box<Document>>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something of ours failed, for the log.
    #[error("{0}")]
    Failed(String),
}

impl App {
    /// The settings as they count now; hold on to them for the whole request.
    pub fn live(&self) -> Arc<Config> {
        Arc::clone(&self.settings.inner.current.load().config)
    }

    /// The settings without those of the pages.
    pub fn given(&self) -> Arc<Config> {
        Arc::clone(&self.settings.inner.given)
    }

    /// The days off of the calendar files, as they were at the start.
    pub fn days_off(&self) -> &DaysOff {
        &self.settings.inner.days_off
    }

    /// Takes over the pages' settings that are current in the store. Every event of the desk asks, so that the document is only
    /// read if its hash is a new one.
    ///
    /// # Errors
    /// The store's failure; the settings stay as they are.
    pub async fn refresh_settings(&self) -> Result<Followed, StoreError> {
        let live = &self.settings;
        let _one = live.inner.following.lock().await;
        let mut hashes = self.store.current_document_hashes().await?.into_iter();
        let Some((_, hash)) = hashes.find(|(kind, _)| *kind == DocumentKind::Settings) else {
            return Ok(Followed::Same);
        };
        if live.inner.current.load().hash.as_ref() == Some(&hash) {
            live.refuse(None);
            return Ok(Followed::Same);
        }
        // What could not be used is no better the second time.
        if live.is_refused(&hash) {
            return Ok(Followed::Same);
        }
        let Some(document) = self.store.document(DocumentKind::Settings, &hash).await? else {
            return Ok(Followed::Same);
        };
        let config = match live.inner.given.with_stored(&document.text) {
            Ok(config) => config,
            Err(error) => {
                tracing::error!(%error, "the settings of the pages cannot be used; the last good ones go on");
                let told = "the settings of the pages cannot be used, the last good ones go on";
                live.refuse(Some((hash, format!("{told}: {error}"))));
                return Ok(Followed::Same);
            }
        };
        live.refuse(None);
        self.desk
            .switch_settings(&config.site.name, &config.desk, &live.inner.days_off);
        if let Some(letterhead) = Letterhead::new(&config, Arc::clone(&self.receipts)) {
            self.desk.write_letters(letterhead);
        }
        live.inner.current.store(Arc::new(Current {
            config: Arc::new(config),
            hash: Some(hash),
        }));
        Ok(Followed::Changed)
    }

    /// What the pages have set, and the document in which it stands.
    ///
    /// # Errors
    /// The store's failure, or a document of another program.
    pub async fn stored_settings(&self) -> Result<(StoredSettings, Option<Document>), ChangeError> {
        match self.store.current_document(DocumentKind::Settings).await? {
            Some(document) => Ok((StoredSettings::parse(&document.text)?, Some(document))),
            None => Ok((StoredSettings::default(), None)),
        }
    }

    /// Puts settings in place of those in the document `over`, checked as the file is; they count at once.
    ///
    /// # Errors
    /// [`ChangeError`]; then nothing has changed.
    pub async fn change_settings(
        &self,
        settings: &StoredSettings,
        over: Option<&str>,
        who: &str,
    ) -> Result<Document, ChangeError> {
        self.given().with_settings(settings)?;
        let text = settings.to_text()?;
        let before = match over {
            Some(hash) => self.store.document(DocumentKind::Settings, hash).await?,
            None => None,
        };
        let changed = changed_keys(before.as_ref().map_or("", |document| &document.text), &text);
        let detail = Map::from_iter([("changed".to_owned(), Value::from(changed))]);
        let audit = self.people.audit_entry(who, "settings.changed", "settings", detail);
        let published = self
            .store
            .publish_document_over(DocumentKind::Settings, &text, over, audit)
            .await?;
        match published {
            Published::Stale(current) => Err(ChangeError::Stale(current.map(Box::new))),
            Published::Done(document) => {
                self.refresh_settings().await?;
                Ok(document)
            }
        }
    }
}

/// The keys whose values differ between two texts, sorted.
fn changed_keys(before: &str, after: &str) -> Vec<String> {
    let table = |text: &str| toml::from_str::<toml::Table>(text).unwrap_or_default();
    let (before, after) = (table(before), table(after));
    let keys = |table| dotted_keys(table).into_iter().collect::<BTreeMap<_, _>>();
    let (before, after) = (keys(&before), keys(&after));
    let mut changed: Vec<String> = before
        .keys()
        .chain(after.keys())
        .filter(|key| before.get(*key) != after.get(*key))
        .cloned()
        .collect();
    changed.sort();
    changed.dedup();
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_is_named() {
        let changed = changed_keys(
            "[site]\nname = 'A'\naccent = 'red'",
            "[site]\nname = 'A'\naccent = 'blue'\n[widget]\nside = 'start'",
        );
        assert_eq!(changed, ["site.accent", "widget.side"]);
    }
}
