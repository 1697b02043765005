//! Searches that are sent once more: a reload, the way back, another page of the same results.
//!
//! A question is one question however often its page is loaded, so writers' numbers must not count it again. The same
//! words from the same client within [`WINDOW`] are a repeat. Only a hash under a key of this process is kept, in memory
//! and no longer than that; no cookie is needed. Two people behind one address who ask the same within ten minutes count
//! as one; a reload after a restart, or on another server, counts again.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use super::client::Client;

/// How long the same words are the same question.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// Questions that are remembered; about a megabyte. When it is full of recent ones, new ones count each time.
const MOST: usize = 20_000;

/// The questions of the last minutes.
#[derive(Default)]
pub struct Repeats {
    keys: RandomState,
    /// When each was asked first. Locked for a look-up only.
    seen: Mutex<HashMap<u64, Timestamp>>,
}

impl Repeats {
    /// Whether this client asked the same within the last minutes.
    pub fn is_repeat(&self, client: Client, text: &str, now: Timestamp) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&self.key(client, text)).is_some_and(|at| is_recent(*at, now))
    }

    /// Remembers a question that was answered, so that the next one like it is a repeat.
    pub fn remember(&self, client: Client, text: &str, now: Timestamp) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.retain(|_, at| is_recent(*at, now));
        }
        if seen.len() < MOST {
            seen.insert(self.key(client, text), now);
        }
    }

    fn key(&self, client: Client, text: &str) -> u64 {
        self.keys.hash_one((client.rate_key(), normalized(text)))
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) < WINDOW
}

/// Case and spaces make no other question.
fn normalized(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> Client {
        Client {
            addr: [203, 0, 113, last].into(),
        }
    }

    #[test]
    fn the_same_words_of_one_client_are_one_question_for_ten_minutes() {
        let repeats = Repeats::default();
        let at = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        assert!(!repeats.is_repeat(client(1), "Where is my box?", at(0)));
        repeats.remember(client(1), "Where is my box?", at(0));
        assert!(repeats.is_repeat(client(1), " where is  my box? ", at(9)));
        assert!(!repeats.is_repeat(client(1), "Where is my bag?", at(1)));
        assert!(!repeats.is_repeat(client(2), "Where is my box?", at(1)));
        assert!(!repeats.is_repeat(client(1), "Where is my box?", at(10)));
    }

    #[test]
    fn memory_is_bounded() {
        let repeats = Repeats::default();
        for i in 0..2 * MOST {
            repeats.remember(client(1), &i.to_string(), Timestamp::UNIX_EPOCH);
        }
        let later = Timestamp::UNIX_EPOCH + WINDOW;
        assert_eq!(repeats.seen.lock().expect("no panic").len(), MOST);
        repeats.remember(client(1), "new", later);
        assert_eq!(repeats.seen.lock().expect("no panic").len(), 1);
    }
}
