//! Who has the inbox open: the streams of this server, counted by person.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::Web;
use crate::http::staff::Staff;

/// How many inboxes each person has open.
#[derive(Debug, Clone, Default)]
pub struct Inboxes(Arc<Mutex<HashMap<String, usize>>>);

/// An open inbox; dropping it closes it.
#[derive(Debug)]
pub struct OpenInbox {
    inboxes: Inboxes,
    person: String,
}

impl Inboxes {
    fn open(&self, person: &str) -> OpenInbox {
        *self.counts().entry(person.to_owned()).or_default() += 1;
        OpenInbox {
            inboxes: self.clone(),
            person: person.to_owned(),
        }
    }

    // A count is whole whatever happened to whoever held the lock.
    fn counts(&self) -> std::sync::MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OpenInbox {
    fn drop(&mut self) {
        let mut counts = self.inboxes.counts();
        if let Some(count) = counts.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.person);
            }
        }
    }
}

impl Web {
    /// Notes that somebody has the inbox open, for as long as what is returned lives. Programs have none.
    pub(in crate::http) fn open_inbox(&self, staff: &Staff) -> Option<OpenInbox> {
        staff.person().map(|person| self.0.inboxes.open(&person.id))
    }

    /// Whether this person has the inbox open, as far as this server knows.
    pub fn is_in_inbox(&self, person: &str) -> bool {
        self.0.inboxes.counts().contains_key(person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_there_until_the_last_inbox_is_closed() {
        let inboxes = Inboxes::default();
        let (first, second) = (inboxes.open("ana"), inboxes.open("ana"));
        drop(first);
        assert!(inboxes.counts().contains_key("ana"));
        drop(second);
        assert!(inboxes.counts().is_empty());
    }
}
