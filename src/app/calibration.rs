//! The calibration that all servers on one store share: read at the start and whenever another one is current.

use std::sync::{Arc, Mutex, PoisonError};

use super::App;
use crate::{
    answer::Calibration,
    desk::rules_source::Followed,
    store::{DocumentKind, Store, StoreError},
};

/// What is known about the store's calibration.
#[derive(Debug, Clone, Default)]
pub(super) struct Following {
    /// Why the current document cannot be read, with its hash, so that it is told once. Locked for a moment only.
    unreadable: Arc<Mutex<Option<(String, String)>>>,
    /// One at a time: two that follow at once must not swap an older one in last.
    one: Arc<tokio::sync::Mutex<()>>,
}

/// The current calibration of a store.
///
/// # Errors
/// The store's failure. The inner error is a document that this program cannot use, with its hash.
pub async fn current_calibration(store: &Store) -> Result<Option<Result<Calibration, (String, String)>>, StoreError> {
    let document = store.current_document(DocumentKind::Calibration).await?;
    Ok(document.map(|document| Calibration::parse(&document.text).map_err(|why| (document.hash, why))))
}

impl App {
    /// Takes over the calibration that is current in the store.
    ///
    /// # Errors
    /// The store's failure; what was applied goes on.
    pub async fn refresh_calibration(&self) -> Result<Followed, StoreError> {
        let _one = self.calibrating.one.lock().await;
        // Most events of the desk are about something else, and the document is long.
        let hashes = self.store.current_document_hashes().await?;
        let current = hashes.into_iter().find(|(kind, _)| *kind == DocumentKind::Calibration);
        let before = self.answerer.calibration().map(|calibration| calibration.hash.clone());
        if current.map(|(_, hash)| hash) == before {
            self.found_unreadable(None);
            return Ok(Followed::Same);
        }
        match current_calibration(&self.store).await? {
            None => Ok(Followed::Same),
            Some(Ok(calibration)) => {
                self.found_unreadable(None);
                self.answerer.switch_calibration(Some(Arc::new(calibration)));
                self.tell_calibration();
                Ok(Followed::Changed)
            }
            Some(Err((hash, why))) => {
                if self.found_unreadable(Some((hash, why.clone()))) {
                    tracing::error!("the calibration in the store cannot be used: {why}");
                }
                Ok(Followed::Same)
            }
        }
    }

    /// Says in the log whether the calibration is used; after it or the articles have changed.
    pub fn tell_calibration(&self) {
        if let Some(why) = self.answerer.calibration_misfit() {
            tracing::warn!("{why}");
        } else if let Some(calibration) = self.answerer.calibration() {
            tracing::info!(calibration = calibration.hash, "calibrated");
        }
    }

    /// What is wrong with the calibration, if something is.
    pub(super) fn calibration_problem(&self) -> Option<String> {
        let unreadable = self.calibrating.unreadable.lock();
        let unreadable = unreadable.unwrap_or_else(PoisonError::into_inner);
        if let Some((_, why)) = unreadable.as_ref() {
            return Some(format!("the calibration in the store cannot be used: {why}"));
        }
        self.answerer.calibration_misfit()
    }

    /// Returns whether this is news.
    fn found_unreadable(&self, found: Option<(String, String)>) -> bool {
        let mut known = self
            .calibrating
            .unreadable
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_news = *known != found;
        *known = found;
        is_news
    }
}
