//! Passwords: argon2id with the parameters that OWASP recommends, a few at once, never on the threads that serve.

use std::sync::{Arc, LazyLock};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::SaltString};
use tokio::sync::Semaphore;

use super::{PeopleError, error::invalid};
use crate::store::PasswordHash;

/// 19 MiB and two passes on one lane: OWASP's recommendation, tens of milliseconds on a server.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Passwords at work at once: each takes its 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Passwords that may wait; together they take about two seconds.
const WAITING: usize = 64;
/// Shortest password, in characters. Length is what helps; rules about signs do not.
const SHORTEST: usize = 10;
/// Longest password, in bytes: no more work than a sentence.
const LONGEST: usize = 512;

/// What unknown accounts are compared with, so that they take as long as known ones. No password has this hash.
static DUMMY: LazyLock<PasswordHash> = LazyLock::new(|| compute("a password that nobody has", [0; 16]));

/// Makes and checks hashes. A clone is two `Arc`s.
#[derive(Clone)]
pub(super) struct Hasher {
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Hasher {
    pub fn new() -> Self {
        Hasher {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(Semaphore::new(WAITING)),
        }
    }

    /// The hash of a password.
    ///
    /// # Errors
    ///
    /// [`PeopleError::Busy`].
    pub async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<PasswordHash, PeopleError> {
        let password = password.to_owned();
        self.at_work(move || compute(&password, salt)).await
    }

    /// Whether this is the password. Without a hash it is not, and takes as long.
    ///
    /// # Errors
    ///
    /// [`PeopleError::Busy`].
    pub async fn verify(&self, password: &str, hash: Option<&PasswordHash>) -> Result<bool, PeopleError> {
        // Longer ones were never accepted; they must not make work.
        let password: String = match password.len() {
            0..=LONGEST => password.to_owned(),
            _ => String::new(),
        };
        let is_known = hash.is_some();
        let hash = hash.cloned();
        self.at_work(move || {
            let hash = hash.as_ref().unwrap_or(&DUMMY);
            matches(&password, hash) && is_known
        })
        .await
    }

    async fn at_work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PeopleError> {
        let _waiting = self.waiting.try_acquire().map_err(|_| PeopleError::Busy)?;
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| PeopleError::Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        // The work does not panic; a runtime that shuts down cancels it.
        done.await.map_err(|_| PeopleError::Busy)
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters lie within argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn compute(password: &str, salt: [u8; 16]) -> PasswordHash {
    let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt of allowed length");
    let hash = argon2()
        .hash_password(password.as_bytes(), &salt)
        .expect("a checked length and allowed parameters can be hashed");
    PasswordHash(hash.to_string())
}

/// With the parameters that the hash itself names, so that older hashes stay valid when ours change.
fn matches(password: &str, hash: &PasswordHash) -> bool {
    argon2::PasswordHash::new(&hash.0).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Checks a new password.
///
/// # Errors
///
/// [`PeopleError::Invalid`] that says what is missing.
pub(super) fn check_new(password: &str, email: &str) -> Result<(), PeopleError> {
    if password.chars().count() < SHORTEST {
        return Err(invalid("password", format!("must have at least {SHORTEST} characters")));
    }
    if password.len() > LONGEST {
        return Err(invalid("password", format!("must have at most {LONGEST} bytes")));
    }
    if password.eq_ignore_ascii_case(email) {
        return Err(invalid("password", "must not be the e-mail address"));
    }
    let first = password.chars().next();
    if password.chars().all(|c| Some(c) == first) {
        return Err(invalid("password", "must not be one character again and again"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_matches_and_nobody_has_the_dummy() {
        let hasher = Hasher::new();
        let hash = hasher.hash("kopi susu tanpa gula", [7; 16]).await.expect("a hash");
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        assert_eq!(hasher.verify("kopi susu tanpa gula", Some(&hash)).await, Ok(true));
        assert_eq!(hasher.verify("kopi susu", Some(&hash)).await, Ok(false));
        assert_eq!(hasher.verify(&"x".repeat(LONGEST + 1), Some(&hash)).await, Ok(false));
        assert_eq!(hasher.verify("a password that nobody has", None).await, Ok(false));
        assert_eq!(
            hasher.verify("x", Some(&PasswordHash("broken".into()))).await,
            Ok(false)
        );
    }

    #[test]
    fn a_new_password_is_long_and_not_the_address() {
        let email = "ana@example.com";
        assert_eq!(check_new("kopi susu ✓", email), Ok(()));
        for bad in ["short", "ANA@example.com", "aaaaaaaaaaaaaaaa", &"é".repeat(300)] {
            assert!(check_new(bad, email).is_err(), "{bad}");
        }
    }
}
