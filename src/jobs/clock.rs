//! What happens at the desk because time passes: claims run out, tickets come back, climb the ladder, miss their promise;
//! silence is written down; answers that a crashed server owes are given.
//!
//! Every server on a store runs this. Each step is a unit of work that looks again under its lock, so two of them do it once.

use std::time::Duration;

use crate::app::App;

/// How often to look. Claims and promises are told in minutes.
const EVERY: Duration = Duration::from_secs(1);
/// Silence is counted in days; looking for it reads more.
const SILENCE_EVERY: u32 = 60;

/// Runs until the task is dropped.
pub async fn run(app: App) {
    let mut ticks = 0u32;
    loop {
        tokio::time::sleep(EVERY).await;
        ticks = ticks.wrapping_add(1);
        if let Err(error) = app.desk.tick().await {
            tracing::warn!(%error, "what is due at the desk could not be done; trying again");
        }
        if let Err(error) = app.answer_overdue().await {
            tracing::warn!(%error, "an overdue answer could not be given; trying again");
        }
        if ticks.is_multiple_of(SILENCE_EVERY)
            && let Err(error) = app.desk.note_silence().await
        {
            tracing::warn!(%error, "silence could not be written down; trying again");
        }
    }
}
