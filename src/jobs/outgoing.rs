//! Sends what the store holds for people who are not here: mails and alerts.
//!
//! It wakes when something was queued, and looks every few seconds for what has become due. Each message is claimed, tried
//! and noted; what fails for now is tried again, later each time, for three days. Several servers on one store share the
//! work. Every message is sent at least once; see [`crate::store`]'s claims for when it may be twice.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use metrics::{counter, describe_counter};
use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use tokio::{sync::broadcast::error::RecvError, task::JoinSet};

use super::mailer::{Failure, LONGEST, Mailer};
use crate::{
    clock::Clock,
    store::{AfterFailure, OUTGOING_STREAM, OutgoingRecord, Store, StoreError, Wake},
};

/// Messages that are sent at the same time; more would make a mail server take us for a flood.
const AT_ONCE: usize = 4;
/// How often to look without being woken: for what was put off, and for claims of senders that died.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long a claim holds: longer than any try, so that nobody else sends what is still being sent.
const LEASE: SignedDuration = SignedDuration::from_secs(2 * LONGEST.as_secs() as i64);
/// Wait after the first failure, at least.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
/// Longest wait between two tries.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);
/// How long a message is tried.
pub const PATIENCE: SignedDuration = SignedDuration::from_hours(72);
/// Time that messages under way have when the server ends.
const FAREWELL: Duration = Duration::from_secs(10);

const MESSAGES: &str = "tanya_outgoing_messages_total";

/// How a try went, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Sent,
    Failed,
    GivenUp,
    /// It was not sent: the customer has seen the words on the page.
    Seen,
}

impl Outcome {
    const ALL: [Outcome; 4] = [Outcome::Sent, Outcome::Failed, Outcome::GivenUp, Outcome::Seen];

    fn as_str(self) -> &'static str {
        match self {
            Outcome::Sent => "sent",
            Outcome::Failed => "failed",
            Outcome::GivenUp => "given_up",
            Outcome::Seen => "seen",
        }
    }

    fn count(self, kind: &str, by: u64) {
        let kind = if kind == "alert" { "alert" } else { "mail" };
        counter!(MESSAGES, "kind" => kind, "outcome" => self.as_str()).increment(by);
    }
}

/// Describes the metrics, and reports those that nothing has happened for as zero instead of missing.
pub fn describe_metrics() {
    describe_counter!(
        MESSAGES,
        "Mails and alerts by outcome of each try: sent, failed (and tried again later), given up, seen (not sent: the customer has read it)."
    );
    for kind in ["mail", "alert"] {
        Outcome::ALL.iter().for_each(|outcome| outcome.count(kind, 0));
    }
}

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    /// Messages that were sent.
    pub sent: usize,
    /// Messages that will be tried again.
    pub failed: usize,
    /// Messages that were given up.
    pub given_up: usize,
    /// Messages that nobody needs any more: the customer has read the words on the page.
    pub seen: usize,
}

/// Sends what is due. A clone is one `Arc`.
#[derive(Clone)]
pub struct Delivery {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    mailer: Mailer,
    /// Locked for the drawing of one number, never across an await.
    rng: Mutex<ChaCha12Rng>,
}

impl Delivery {
    /// One that sends the store's messages with `mailer`; `rng` spreads the tries after a failure.
    pub fn new(store: Store, clock: Arc<dyn Clock>, mailer: Mailer, rng: ChaCha12Rng) -> Delivery {
        Delivery {
            inner: Arc::new(Inner {
                store,
                clock,
                mailer,
                rng: Mutex::new(rng),
            }),
        }
    }

    /// Sends until `stop` ends. What is under way then is finished, or left to its claim after a while.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut wakes = self.inner.store.wakes();
        loop {
            let batch = self.batch();
            tokio::pin!(batch);
            let tried = tokio::select! {
                tried = &mut batch => tried,
                () = &mut stop => {
                    let _ = tokio::time::timeout(FAREWELL, batch).await;
                    return;
                }
            };
            match tried {
                Ok(Some(_)) => continue,
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "messages cannot be sent: the store does not answer"),
            }
            tokio::select! {
                () = woken(&mut wakes) => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = &mut stop => return,
            }
        }
    }

    /// Sends everything that is due now, a few at a time.
    ///
    /// # Errors
    ///
    /// What the store failed with; messages under way keep their claims.
    pub async fn pass(&self) -> Result<Passed, StoreError> {
        let mut passed = Passed::default();
        while let Some(batch) = self.batch().await? {
            passed.sent += batch.sent;
            passed.failed += batch.failed;
            passed.given_up += batch.given_up;
            passed.seen += batch.seen;
        }
        Ok(passed)
    }

    /// Sends the few messages that have waited longest; `None` if none is due.
    async fn batch(&self) -> Result<Option<Passed>, StoreError> {
        let now = self.inner.clock.now();
        let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
        let claimed = self.inner.store.claim_outgoing(now, until, AT_ONCE).await?;
        if claimed.is_empty() {
            return Ok(None);
        }
        let mut tries = JoinSet::new();
        for record in claimed {
            let delivery = self.clone();
            tries.spawn(async move { delivery.deliver(&record).await });
        }
        let mut passed = Passed::default();
        while let Some(tried) = tries.join_next().await {
            match tried {
                Ok(outcome) => match outcome? {
                    Outcome::Sent => passed.sent += 1,
                    Outcome::Failed => passed.failed += 1,
                    Outcome::GivenUp => passed.given_up += 1,
                    Outcome::Seen => passed.seen += 1,
                },
                // It keeps its claim and is tried again when that has run out.
                Err(error) => tracing::error!(%error, "a message could not be tried"),
            }
        }
        Ok(Some(passed))
    }

    /// Tries one message and notes how it went.
    async fn deliver(&self, record: &OutgoingRecord) -> Result<Outcome, StoreError> {
        let Inner {
            store, clock, mailer, ..
        } = &*self.inner;
        if self.is_seen(record).await? {
            store.outgoing_unneeded(record).await?;
            Outcome::Seen.count(&record.kind, 1);
            return Ok(Outcome::Seen);
        }
        let sent = mailer.send(record).await;
        let now = clock.now();
        let outcome = match sent {
            Ok(()) => {
                store.outgoing_sent(&record.id, now).await?;
                tracing::info!(id = record.id, kind = record.kind, attempts = record.attempts, "sent");
                Outcome::Sent
            }
            Err(failure) => self.note_failure(record, &failure, now).await?,
        };
        outcome.count(&record.kind, 1);
        Ok(outcome)
    }

    /// Whether the customer has seen the turn that the message is about.
    async fn is_seen(&self, record: &OutgoingRecord) -> Result<bool, StoreError> {
        let (Some(id), Some(turn)) = (
            record.data.get("conversation").and_then(|id| id.as_str()),
            record.data.get("turn").and_then(|turn| turn.as_i64()),
        ) else {
            return Ok(false);
        };
        let conversation = self.inner.store.conversation(id).await?;
        Ok(conversation.is_some_and(|conversation| conversation.seen >= turn))
    }

    async fn note_failure(
        &self,
        record: &OutgoingRecord,
        failure: &Failure,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let words = failure.to_string();
        let (id, kind, attempts) = (&record.id, &record.kind, record.attempts);
        let then = match failure {
            Failure::ForGood(_) => AfterFailure::GiveUp(now),
            Failure::ForNow(_) => {
                let share = self.inner.rng.lock().unwrap_or_else(PoisonError::into_inner).random();
                after_failure(record, now, share)
            }
        };
        self.inner.store.outgoing_failed(record, &words, then).await?;
        // The address stays out of the log.
        Ok(match then {
            AfterFailure::TryAgain(at) => {
                tracing::warn!(id, kind, attempts, failure = words, again_at = %at, "a message could not be sent");
                Outcome::Failed
            }
            AfterFailure::GiveUp(_) => {
                tracing::error!(id, kind, attempts, failure = words, "a message was given up");
                Outcome::GivenUp
            }
        })
    }
}

/// When a message is tried again that failed for now; `share`, from 0 to 1, spreads the tries.
fn after_failure(record: &OutgoingRecord, now: Timestamp, share: f64) -> AfterFailure {
    let give_up_at = record.created_at.checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
    if now >= give_up_at {
        return AfterFailure::GiveUp(now);
    }
    let again = now.checked_add(wait(record.attempts, share)).unwrap_or(give_up_at);
    // The last try is at the very end.
    AfterFailure::TryAgain(again.min(give_up_at))
}

/// One to two minutes after the first failure, twice as long after each further one, three to six hours at last.
fn wait(attempts: i64, share: f64) -> SignedDuration {
    let doublings = u32::try_from((attempts - 1).clamp(0, 16)).unwrap_or_default();
    let least = (FIRST_WAIT * 2_i32.pow(doublings)).min(LONGEST_WAIT / 2);
    least + least.mul_f64(share.clamp(0.0, 1.0))
}

/// Ends when something was queued, or may have been.
async fn woken(wakes: &mut tokio::sync::broadcast::Receiver<Wake>) {
    loop {
        match wakes.recv().await {
            Ok(Wake::Stream(stream)) if stream == OUTGOING_STREAM => return,
            Ok(Wake::Stream(_) | Wake::Passing { .. }) => {}
            Ok(Wake::All) | Err(RecvError::Lagged(_)) => return,
            // The store is closed; whoever closed it stops us, too.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Map;

    use super::*;

    fn record(created_at: Timestamp, attempts: i64) -> OutgoingRecord {
        OutgoingRecord {
            id: "01J".into(),
            kind: "mail".into(),
            recipient: "a@example.com".into(),
            subject: "s".into(),
            body: "b".into(),
            data: Map::new(),
            created_at,
            attempts,
        }
    }

    #[test]
    fn waits_double_from_a_minute_to_six_hours() {
        assert_eq!(wait(1, 0.0), SignedDuration::from_mins(1));
        assert_eq!(wait(1, 1.0), SignedDuration::from_mins(2));
        assert_eq!(wait(4, 0.0), SignedDuration::from_mins(8));
        assert_eq!(wait(500, 1.0), SignedDuration::from_hours(6));
    }

    #[test]
    fn a_message_that_always_fails_is_tried_at_the_end_of_three_days_and_then_given_up() {
        let (mut now, mut attempts) = (Timestamp::UNIX_EPOCH, 1);
        loop {
            match after_failure(&record(Timestamp::UNIX_EPOCH, attempts), now, 0.5) {
                AfterFailure::TryAgain(at) => (now, attempts) = (at, attempts + 1),
                AfterFailure::GiveUp(at) => {
                    assert_eq!(at.duration_since(Timestamp::UNIX_EPOCH), PATIENCE);
                    break;
                }
            }
            assert!(attempts < 100);
        }
        assert!(attempts > 15, "{attempts} tries");
    }

    proptest! {
        #[test]
        fn no_wait_is_shorter_than_a_minute_or_longer_than_six_hours(attempts in any::<i64>(), share in any::<f64>()) {
            let waited = wait(attempts.max(1), share);
            prop_assert!((FIRST_WAIT..=LONGEST_WAIT).contains(&waited), "{waited:?}");
        }
    }
}
