//! Who has the inbox open: a stream writes it down for as long as it runs.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::{runtime::Handle, task::JoinHandle};

use super::Web;
use crate::{
    desk::people::{INBOX_EVERY, People},
    http::staff::Staff,
};

/// An open inbox; dropping it closes it.
#[derive(Debug)]
pub struct OpenInbox {
    beat: JoinHandle<()>,
    close: Option<Close>,
}

/// What is written down when it closes.
struct Close {
    people: People,
    secret: String,
    /// When it was last written down to be open. Locked for a moment only.
    last: Arc<Mutex<Option<Timestamp>>>,
}

impl std::fmt::Debug for Close {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Close(***)")
    }
}

impl OpenInbox {
    fn new(people: People, secret: String) -> Self {
        let last = Arc::new(Mutex::new(None));
        let close = Close {
            people: people.clone(),
            secret: secret.clone(),
            last: Arc::clone(&last),
        };
        let beat = tokio::spawn(async move {
            loop {
                match people.see_inbox(&secret).await {
                    Ok(at) => *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(at),
                    // The inbox works all the same; colleagues see it as closed for a while.
                    Err(error) => tracing::warn!(%error, "an open inbox could not be written down"),
                }
                tokio::time::sleep(INBOX_EVERY.unsigned_abs()).await;
            }
        });
        OpenInbox {
            beat,
            close: Some(close),
        }
    }
}

impl Drop for OpenInbox {
    fn drop(&mut self) {
        self.beat.abort();
        // A server that stops leaves it to time: nobody is taken to be there for longer than a minute or two.
        let (Some(close), Ok(runtime)) = (self.close.take(), Handle::try_current()) else {
            return;
        };
        let Some(at) = *close.last.lock().unwrap_or_else(PoisonError::into_inner) else {
            return;
        };
        runtime.spawn(async move {
            if let Err(error) = close.people.close_inbox(&close.secret, at).await {
                tracing::warn!(%error, "a closed inbox could not be written down");
            }
        });
    }
}

impl Web {
    /// Notes that somebody has the inbox open, for as long as what is returned lives. Programs have none.
    pub(in crate::http) fn open_inbox(&self, staff: &Staff) -> Option<OpenInbox> {
        let secret = staff.session_secret()?;
        Some(OpenInbox::new(self.people().clone(), secret.to_owned()))
    }
}
