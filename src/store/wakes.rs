//! Wake-ups: whoever waits for news of the store is told when something was committed.
//!
//! They are hints. A reader keeps the number of the last row that it has read and reads on from there; a wake-up that is
//! lost costs time, nothing else.

use std::{sync::Arc, time::Duration};

use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use tokio::sync::{Notify, broadcast};

/// Wake-ups that a slow reader may leave unread before it is told [`Wake::All`] instead.
const UNREAD: usize = 1024;
/// How often a SQLite file is looked at for commits of other processes.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Something was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// In this stream.
    Stream(String),
    /// Anywhere: it is not known where.
    All,
    /// Nothing was committed; something passes that only those who follow the stream at this moment hear of.
    Passing {
        /// The stream.
        stream: String,
        /// JSON.
        data: String,
    },
}

impl Wake {
    /// As a note between servers: the stream, and after a line end what passes.
    pub(super) fn to_note(&self) -> String {
        match self {
            Wake::Stream(stream) => stream.clone(),
            Wake::All => String::new(),
            Wake::Passing { stream, data } => format!("{stream}\n{data}"),
        }
    }

    pub(super) fn from_note(note: &str) -> Self {
        match note.split_once('\n') {
            Some((stream, data)) => Wake::Passing {
                stream: stream.to_owned(),
                data: data.to_owned(),
            },
            None if note.is_empty() => Wake::All,
            None => Wake::Stream(note.to_owned()),
        }
    }
}

/// Sends wake-ups; a clone is one `Arc`.
#[derive(Debug, Clone)]
pub struct Wakes {
    sender: Arc<broadcast::Sender<Wake>>,
}

impl Default for Wakes {
    fn default() -> Self {
        Wakes {
            sender: Arc::new(broadcast::Sender::new(UNREAD)),
        }
    }
}

impl Wakes {
    /// Tells everybody who waits.
    pub fn send(&self, wake: Wake) {
        // Nobody waiting is no error.
        let _ = self.sender.send(wake);
    }

    /// Hears what is told from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Wake> {
        self.sender.subscribe()
    }
}

/// Looks whether any process has changed the file, for ever.
pub(super) async fn watch_file(options: SqliteConnectOptions, wakes: Wakes, stop: Arc<Notify>) {
    let mut known = None;
    let mut connection = None;
    loop {
        if connection.is_none() {
            connection = options.connect().await.ok();
        }
        if let Some(open) = &mut connection {
            match sqlx::query_scalar::<_, i64>("PRAGMA data_version")
                .fetch_one(open)
                .await
            {
                Ok(version) => {
                    // The first look, too: whatever was committed while nobody looked.
                    if known.replace(version) != Some(version) {
                        wakes.send(Wake::All);
                    }
                }
                Err(_) => (connection, known) = (None, None),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.notified() => {
                if let Some(open) = connection {
                    // It fails only if the connection is gone already.
                    let _ = sqlx::Connection::close(open).await;
                }
                return;
            }
        }
    }
}
