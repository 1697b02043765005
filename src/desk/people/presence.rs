//! Who is there, as far as the store knows: the same on every server that shares it.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::{People, PeopleError, hash};
use crate::store::PresenceRecord;

/// An open inbox is written down this often.
pub const INBOX_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// Whoever had the inbox open within this time has it open: a write may come late.
const INBOX_NOW: SignedDuration = SignedDuration::from_secs(90);

/// When somebody was there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Presence {
    /// Whether they have ever signed in.
    pub has_signed_in: bool,
    /// When they were last seen, give or take some minutes, if a session of theirs is still kept.
    pub seen_at: Option<Timestamp>,
    /// Until when a link that nobody has used lets them in.
    pub link_until: Option<Timestamp>,
    /// When they last had the inbox open, give or take a minute.
    pub inbox_at: Option<Timestamp>,
}

impl Presence {
    /// Whether they have the inbox open in some browser, give or take a minute.
    pub fn is_in_inbox(&self, now: Timestamp) -> bool {
        self.inbox_at.is_some_and(|at| now.duration_since(at) <= INBOX_NOW)
    }
}

impl From<&PresenceRecord> for Presence {
    fn from(record: &PresenceRecord) -> Self {
        Presence {
            has_signed_in: record.signed_in_at.is_some(),
            seen_at: record.seen_at.max(record.inbox_at),
            link_until: record.link_until,
            inbox_at: record.inbox_at,
        }
    }
}

impl People {
    /// When each person was there, by their id.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn presences(&self) -> Result<HashMap<String, Presence>, PeopleError> {
        let found = self.inner.store.presences().await?;
        let by_person = |record: &PresenceRecord| (record.person.clone(), Presence::from(record));
        Ok(found.iter().map(by_person).collect())
    }

    /// Writes down that the session with this secret has the inbox open; returns when.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn see_inbox(&self, secret: &str) -> Result<Timestamp, PeopleError> {
        let at = self.now();
        self.inner.store.see_inbox(&hash(secret), at).await?;
        Ok(at)
    }

    /// Writes down that this session has closed the inbox that was last seen open at `at`.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn close_inbox(&self, secret: &str, at: Timestamp) -> Result<(), PeopleError> {
        Ok(self.inner.store.close_inbox(&hash(secret), at).await?)
    }
}
