//! The people who work at the desk: who they are, what they may do, how they come in, and when they are on duty.
//!
//! [`People`] is the one service for all of it. What it guarantees:
//!
//! - passwords are kept as argon2id hashes, everything else that lets anybody in (sessions, one-time links, tokens) as
//!   SHA-256: a copy of the database opens nothing;
//! - a failed sign-in says the same and takes the same time whatever the reason is;
//! - whoever is disabled is out with the next request, on every server;
//! - every change is written down ([`People::audit`]) in the transaction that makes it, and announced on the stream `desk`;
//! - somebody is always left who may change people.
//!
//! Nothing here knows HTTP; [`Person`], [`Token`] and [`Duty`] are the wire types of the API and the command line alike.

mod change;
mod duty;
mod error;
mod log;
mod password;
mod person;
mod picture;
mod presence;
mod role;
mod rota;
mod sign_in;
mod teams;
mod token;

use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha12Rng;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    clock::Clock,
    store::{AuditRecord, Store},
};

pub use duty::Duty;
pub use error::PeopleError;
pub use log::{AuditEntry, AuditFilter, AuditLog};
pub use person::{NewPerson, Person, PersonPatch};
pub use picture::{LARGEST_PICTURE, Picture};
pub use presence::{INBOX_EVERY, Presence};
pub use role::{Permission, Role, Scope};
pub use rota::NewDuty;
pub use sign_in::{OneTimeLink, Session, SignedIn};
pub use teams::Teams;
pub use token::{NewToken, Token};

pub use crate::store::Availability;

use password::Hasher;
use rota::RosterCache;
use sign_in::Throttle;

/// The people of the desk. A clone is one `Arc`.
#[derive(Clone)]
pub struct People {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    /// Locked for the drawing of some bytes, never across an await.
    rng: Mutex<ChaCha12Rng>,
    hasher: Hasher,
    throttle: Throttle,
    roster: RosterCache,
}

impl People {
    /// The people in `store`. `rng` makes secrets and ids; seed it from the system outside of tests.
    pub fn new(store: Store, clock: Arc<dyn Clock>, rng: ChaCha12Rng) -> People {
        let roster = RosterCache::new(store.wakes());
        People {
            inner: Arc::new(Inner {
                store,
                clock,
                rng: Mutex::new(rng),
                hasher: Hasher::new(),
                throttle: Throttle::new(),
                roster,
            }),
        }
    }

    /// The person with this id.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn get(&self, id: &str) -> Result<Option<Person>, PeopleError> {
        let found = self.inner.store.person(id).await?;
        Ok(found.map(Person::from))
    }

    /// The person with this e-mail address, however it is typed.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn by_email(&self, email: &str) -> Result<Option<Person>, PeopleError> {
        let found = self.inner.store.person_by_email(&person::normal_email(email)).await?;
        Ok(found.map(Person::from))
    }

    /// Everybody, disabled people too, by name.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn list(&self) -> Result<Vec<Person>, PeopleError> {
        let found = self.inner.store.people().await?;
        Ok(found.into_iter().map(Person::from).collect())
    }

    /// Forgets what counts attempts that lie long back; to be called every minute or so.
    pub fn forget_idle(&self) {
        self.inner.throttle.forget_idle();
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        let mut rng = self.inner.rng.lock().unwrap_or_else(PoisonError::into_inner);
        rng.fill_bytes(&mut bytes);
        drop(rng);
        bytes
    }

    /// 256 bits that nobody can guess, in letters that need no encoding anywhere.
    fn secret(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.draw::<32>())
    }

    /// A new ULID.
    fn id(&self, at: Timestamp) -> String {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        ulid::Ulid::from_parts(millis, u128::from_be_bytes(self.draw())).to_string()
    }

    /// A row for the log of who did what, for changes of what does not belong to people.
    pub fn audit_entry(&self, who: &str, action: &str, subject: &str, detail: Map<String, Value>) -> AuditRecord {
        self.entry(self.now(), who, action, subject, detail)
    }

    fn entry(&self, at: Timestamp, who: &str, action: &str, subject: &str, detail: Map<String, Value>) -> AuditRecord {
        AuditRecord {
            id: self.id(at),
            at,
            who: who.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail,
        }
    }
}

/// What is kept of a secret.
fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// What an audit entry says besides who, what and whom.
fn detail<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests;
