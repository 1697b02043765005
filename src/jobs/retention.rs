//! Removes what is older than the config keeps it, at the start and every hour.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    clock::Clock,
    config::RetentionConfig,
    store::{Kept, Store, StoreError},
};

/// How often.
const EVERY: Duration = Duration::from_secs(3600);
/// Rows that one transaction removes.
const BATCH: u32 = 200;
/// Between two transactions: others come first.
const PAUSE: Duration = Duration::from_millis(50);

/// Runs until the task is dropped.
pub async fn run(store: Store, config: RetentionConfig, clock: std::sync::Arc<dyn Clock>) {
    loop {
        for (what, days) in kept(&config) {
            match remove(&store, what, days, clock.now()).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(?what, removed, days, "removed what was kept long enough"),
                Err(error) => tracing::error!(?what, %error, "what was kept long enough could not be removed"),
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// What is kept for how many days; what is kept for ever is left out.
pub fn kept(config: &RetentionConfig) -> impl Iterator<Item = (Kept, u32)> + use<> {
    [
        (Kept::Questions, config.questions),
        (Kept::Conversations, config.conversations),
        (Kept::Tickets, config.conversations),
        (Kept::Outgoing, config.conversations),
        (Kept::Outbox, config.outbox),
        (Kept::Sessions, config.sessions),
        (Kept::SignInLinks, config.sessions),
        (Kept::Audit, config.audit),
    ]
    .into_iter()
    .filter(|(_, days)| *days > 0)
}

/// Removes all that is older than `days` days, batch by batch; returns how much.
///
/// # Errors
///
/// What the database failed with; what was removed before stays removed.
pub async fn remove(store: &Store, what: Kept, days: u32, now: Timestamp) -> Result<u64, StoreError> {
    let age = SignedDuration::from_hours(24 * i64::from(days));
    let before = now.checked_sub(age).unwrap_or(Timestamp::MIN);
    let mut all = 0;
    loop {
        let removed = store.remove_older(what, before, BATCH).await?;
        all += removed;
        if removed < u64::from(BATCH) {
            return Ok(all);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
