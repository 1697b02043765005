//! Who votes, without knowing who: a hash of address and browser under a key of the day.
//!
//! It tells one reader's votes of one day from another's and nothing else. The key of a day is derived from the
//! installation's own key, so a restart or a second server counts nobody twice; without that key, which is not in the
//! store, no address can be tried out. On the next day the same reader is somebody else. Readers behind one address with
//! the same browser share a vote; that undercounts, which is the harmless side.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use hmac::{Hmac, Mac};
use jiff::{civil::Date, tz::TimeZone};
use sha2::Sha256;

use super::{client::Client, state::Web};

/// 128 bits of the hash: two readers never meet by chance.
const VOTER_BYTES: usize = 16;

/// The reader who votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voter {
    /// Where the request came from, for rate limits only; it is not kept.
    pub client: Client,
    /// What is kept: 32 hexadecimal digits.
    pub hash: String,
}

impl FromRequestParts<Web> for Voter {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let client = Client::from_request_parts(parts, web).await?;
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent.map_or(&[][..], |agent| agent.as_bytes());
        let today = web.now().to_zoned(TimeZone::UTC).date();
        Ok(Voter {
            hash: voter(&web.day_key(today), client, agent),
            client,
        })
    }
}

/// The key of one day.
pub fn day_key(installation: &[u8], day: Date) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(installation).expect("HMAC takes keys of any length");
    mac.update(b"votes:");
    mac.update(day.to_string().as_bytes());
    mac.finalize().into_bytes().into()
}

fn voter(key: &[u8], client: Client, agent: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(client.rate_key().to_string().as_bytes());
    mac.update(&[0]);
    mac.update(agent);
    hex::encode(&mac.finalize().into_bytes()[..VOTER_BYTES])
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn client(addr: &str) -> Client {
        Client {
            addr: addr.parse().expect("an address"),
        }
    }

    #[test]
    fn a_voter_is_the_same_all_day_and_nobody_known_the_next() {
        let (monday, tuesday) = (
            day_key(b"ours", date(2026, 11, 23)),
            day_key(b"ours", date(2026, 11, 24)),
        );
        let hash = |key: &[u8], addr: &str, agent: &str| voter(key, client(addr), agent.as_bytes());
        let first = hash(&monday, "203.0.113.9", "Firefox");
        assert_eq!(first, hash(&monday, "203.0.113.9", "Firefox"));
        assert_ne!(first, hash(&tuesday, "203.0.113.9", "Firefox"));
        assert_ne!(first, hash(&monday, "203.0.113.10", "Firefox"));
        assert_ne!(first, hash(&monday, "203.0.113.9", "Safari"));
        assert_ne!(
            first,
            hash(&day_key(b"theirs", date(2026, 11, 23)), "203.0.113.9", "Firefox")
        );
        assert_eq!(first.len(), 2 * VOTER_BYTES);
    }
}
