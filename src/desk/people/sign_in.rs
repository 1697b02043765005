//! Coming in: by e-mail and password, or by a link that works once.
//!
//! A session ends twelve hours after it was last seen, thirty days after it began, with a changed password, with a used
//! link, and at once when the person is disabled.

use std::{num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock as _};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{People, PeopleError, Person, detail, hash, person::normal_email};
use crate::store::{SessionRecord, SignInLinkRecord, WaysIn};

/// A session ends after this long without being seen: a working day with its breaks.
const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// A session ends after this long in any case.
const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// That a session was seen is written down at most this often; reading pages must not write all the time.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// How long a link can be used.
const LINK_LASTS: SignedDuration = SignedDuration::from_hours(24);
/// Attempts for one account at once; then one a minute. People mistype; whoever guesses needs millions.
const ATTEMPTS: NonZeroU32 = NonZeroU32::new(10).expect("not zero");

/// Counts attempts by account, known or not; the hash of the address, which has one length however long that is.
pub(super) struct Throttle(DefaultKeyedRateLimiter<String>);

impl Throttle {
    pub fn new() -> Self {
        Throttle(DefaultKeyedRateLimiter::keyed(
            Quota::per_minute(NonZeroU32::MIN).allow_burst(ATTEMPTS),
        ))
    }

    fn check(&self, account: &str) -> Result<(), PeopleError> {
        let Err(not_until) = self.0.check_key(&hash(account)) else {
            return Ok(());
        };
        let wait = not_until.wait_time_from(self.0.clock().now());
        Err(PeopleError::TooManyAttempts {
            retry_after: wait.max(Duration::from_secs(1)),
        })
    }

    pub fn forget_idle(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }
}

/// Somebody who has just come in.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedIn {
    /// The session's secret, for the browser only.
    pub secret: String,
    /// Who it is.
    pub person: Person,
    /// When it ends if they are not seen again.
    pub expires_at: Timestamp,
}

/// A session that is under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Who it is.
    pub person: Person,
    /// When it ends if they are not seen again.
    pub expires_at: Timestamp,
}

/// A link that lets somebody in once, shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimeLink {
    /// Its secret; the page is `/login/` and this.
    pub secret: String,
    /// When it ends, RFC 3339.
    pub expires_at: String,
}

impl People {
    /// Begins a session. Whatever is wrong, the error is the same and takes as long.
    ///
    /// # Errors
    ///
    /// [`PeopleError::WrongCredentials`], [`PeopleError::TooManyAttempts`], [`PeopleError::Busy`], or the store's failure.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<SignedIn, PeopleError> {
        let email = normal_email(email);
        self.inner.throttle.check(&email)?;
        let found = self.inner.store.person_by_email(&email).await?;
        let known = found.as_ref().filter(|person| !person.disabled);
        let hash_of_known = known.and_then(|person| person.password.as_ref());
        let is_right = self.inner.hasher.verify(password, hash_of_known).await?;
        let (Some(person), Some(verified), true) = (known, hash_of_known, is_right) else {
            return Err(PeopleError::WrongCredentials);
        };
        let at = self.now();
        let (secret, session) = self.new_session(&person.id, at);
        let expires_at = session.expires_at;
        let audit = self.entry(
            at,
            &person.id,
            "session.begun",
            &person.id,
            detail([("by", "password".into())]),
        );
        let begun = self.inner.store.begin_session(session, verified.clone(), audit).await?;
        if !begun {
            return Err(PeopleError::WrongCredentials);
        }
        Ok(SignedIn {
            secret,
            person: Person::from(person.clone()),
            expires_at,
        })
    }

    /// The session with this secret, if it has not ended.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn session(&self, secret: &str) -> Result<Option<Session>, PeopleError> {
        let hash = hash(secret);
        let at = self.now();
        let found = self.inner.store.session(&hash).await?;
        let Some((session, person)) = found.filter(|(session, person)| session.expires_at > at && !person.disabled)
        else {
            return Ok(None);
        };
        let mut expires_at = session.expires_at;
        if at.duration_since(session.seen_at) >= SEEN_EVERY {
            expires_at = ends_at(session.created_at, at);
            // The session is good whether or not this can be written down.
            if let Err(error) = self.inner.store.see_session(&hash, at, expires_at).await {
                tracing::warn!(%error, "a session could not be prolonged");
            }
        }
        Ok(Some(Session {
            person: person.into(),
            expires_at,
        }))
    }

    /// Ends the session with this secret.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn sign_out(&self, secret: &str, by: &str) -> Result<(), PeopleError> {
        let audit = self.entry(self.now(), by, "session.ended", by, detail([]));
        Ok(self.inner.store.end_session(&hash(secret), audit).await?)
    }

    /// Changes the password of the person whose session has this secret; all their other sessions end. Who has no password
    /// (they came by a link) needs to know no old one.
    ///
    /// # Errors
    ///
    /// [`PeopleError::WrongCredentials`] when the old password is wrong or the session has ended,
    /// [`PeopleError::TooManyAttempts`], [`PeopleError::Invalid`], [`PeopleError::Busy`], or the store's failure.
    pub async fn change_password(&self, secret: &str, old: Option<&str>, new: &str) -> Result<Person, PeopleError> {
        let hash = hash(secret);
        let at = self.now();
        let found = self.inner.store.session(&hash).await?;
        let Some((_, person)) = found.filter(|(session, person)| session.expires_at > at && !person.disabled) else {
            return Err(PeopleError::WrongCredentials);
        };
        if let Some(present) = &person.password {
            self.inner.throttle.check(&person.email)?;
            let old = old.unwrap_or_default();
            if !self.inner.hasher.verify(old, Some(present)).await? {
                return Err(PeopleError::WrongCredentials);
            }
        }
        self.write_password(&person.id, new, WaysIn::EndedBut(hash), &person.id)
            .await
    }

    /// Makes a link that lets a person in once; their earlier ones end.
    ///
    /// # Errors
    ///
    /// [`PeopleError::NoSuchPerson`], or the store's failure.
    pub async fn make_link(&self, id: &str, by: &str) -> Result<OneTimeLink, PeopleError> {
        let at = self.now();
        let (link, record) = self.new_link(id, at);
        let audit = self.entry(at, by, "link.made", id, detail([]));
        self.inner.store.add_sign_in_link(record, audit).await?;
        Ok(link)
    }

    /// Whom a link lets in; `None` if it does not (any more). Looking does not use it up.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn look_at_link(&self, secret: &str) -> Result<Option<Person>, PeopleError> {
        let at = self.now();
        let link = self.inner.store.sign_in_link(&hash(secret)).await?;
        let Some(link) = link.filter(|link| link.used_at.is_none() && link.expires_at > at) else {
            return Ok(None);
        };
        let person = self.inner.store.person(&link.person).await?;
        Ok(person.filter(|person| !person.disabled).map(Person::from))
    }

    /// Uses a link: begins a session, and ends the person's password and everything else that lets them in.
    ///
    /// # Errors
    ///
    /// [`PeopleError::DeadLink`], or the store's failure.
    pub async fn sign_in_by_link(&self, secret: &str) -> Result<SignedIn, PeopleError> {
        let at = self.now();
        let hash = hash(secret);
        let link = self.inner.store.sign_in_link(&hash).await?;
        let link = link.ok_or(PeopleError::DeadLink)?;
        let (secret, session) = self.new_session(&link.person, at);
        let expires_at = session.expires_at;
        let by = detail([("by", "link".into())]);
        let audit = self.entry(at, &link.person, "session.begun", &link.person, by);
        let person = self.inner.store.use_sign_in_link(&hash, session, audit).await?;
        let person = person.ok_or(PeopleError::DeadLink)?;
        Ok(SignedIn {
            secret,
            person: person.into(),
            expires_at,
        })
    }

    fn new_session(&self, person: &str, at: Timestamp) -> (String, SessionRecord) {
        let secret = self.secret();
        let record = SessionRecord {
            hash: hash(&secret),
            person: person.to_owned(),
            created_at: at,
            seen_at: at,
            expires_at: ends_at(at, at),
        };
        (secret, record)
    }

    pub(super) fn new_link(&self, person: &str, at: Timestamp) -> (OneTimeLink, SignInLinkRecord) {
        let secret = self.secret();
        let expires_at = at.saturating_add(LINK_LASTS).unwrap_or(Timestamp::MAX);
        let record = SignInLinkRecord {
            hash: hash(&secret),
            person: person.to_owned(),
            expires_at,
            used_at: None,
        };
        let link = OneTimeLink {
            secret,
            expires_at: expires_at.to_string(),
        };
        (link, record)
    }
}

/// When a session ends that was seen at `seen_at`.
fn ends_at(created_at: Timestamp, seen_at: Timestamp) -> Timestamp {
    let after = |at: Timestamp, long| at.saturating_add(long).unwrap_or(Timestamp::MAX);
    after(seen_at, IDLE).min(after(created_at, LONGEST))
}
