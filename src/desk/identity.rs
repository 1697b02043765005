//! Who a customer is, as the host site says it with its signature: a short-lived JWT (RFC 7519).
//!
//! How tokens are signed is the operator's choice, HS256 or EdDSA (Ed25519), and never the token's: a header that names
//! another algorithm is refused before anything is verified, and so is one that asks for extensions (`crit`). Signatures are
//! compared in constant time. What a token says counts only after its signature was verified.

use std::{fmt, fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::{hmac, signature};
use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
use serde_json::{Map, Value};

use super::{SignedCustomer, looks_like_email};
use crate::config::IdentityConfig;

/// Longest token, in bytes: claims about a customer, not documents.
const LONGEST_TOKEN: usize = 8 * 1024;
/// Longest subject and name, in characters.
const LONGEST_NAME: usize = 200;
/// Seconds by which the clocks of host site and server may differ.
const LEEWAY: i64 = 30;
/// What an Ed25519 public key looks like in DER (RFC 8410), before its 32 bytes.
const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// Claims about the token, not about the customer.
const OF_THE_TOKEN: [&str; 7] = ["sub", "exp", "iat", "nbf", "iss", "aud", "jti"];

/// Why a token does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The operator has set neither secret nor key.
    #[error("this help center takes no signed identities: desk.identity is not set")]
    NotConfigured,
    /// It is too long.
    #[error("the identity token is longer than {LONGEST_TOKEN} bytes")]
    TooLong,
    /// It is no JWT.
    #[error("the identity token is no JWT: {0}")]
    Malformed(&'static str),
    /// It is signed in another way than the operator has set.
    #[error("the identity token must be signed with {expected}")]
    WrongAlgorithm {
        /// The one way.
        expected: &'static str,
    },
    /// The signature is not the host site's.
    #[error("the identity token's signature is wrong")]
    BadSignature,
    /// Its time is over.
    #[error("the identity token has expired; the site must sign a new one")]
    Expired,
    /// Its time has not come.
    #[error("the identity token is not valid yet; check the clocks")]
    NotYet,
    /// It would be valid for too long.
    #[error("the identity token is valid for more than {minutes} minutes")]
    LivesTooLong {
        /// What is allowed.
        minutes: u32,
    },
    /// A claim is missing.
    #[error("the identity token has no {claim}")]
    Missing {
        /// The claim.
        claim: &'static str,
    },
    /// A claim is not as it should be.
    #[error("the identity token's {claim} {reason}")]
    Invalid {
        /// The claim.
        claim: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// It comes from another site.
    #[error("the identity token's iss is not the one of this help center's site")]
    WrongIssuer,
    /// It is meant for somebody else.
    #[error("the identity token's aud does not name this help center")]
    WrongAudience,
}

/// Why `desk.identity` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key cannot be read.
    #[error("desk.identity.public_key: {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is no Ed25519 public key.
    #[error("desk.identity.public_key: {}: it must be an Ed25519 public key in PEM (-----BEGIN PUBLIC KEY-----)", path.display())]
    NotEd25519 {
        /// The file.
        path: PathBuf,
    },
}

/// Verifies tokens. Printing it shows no secret.
pub struct Identity {
    key: Option<Key>,
    issuer: Option<String>,
    audience: Option<String>,
    max_age_minutes: u32,
}

enum Key {
    Hs256(hmac::Key),
    EdDsa(signature::UnparsedPublicKey<Vec<u8>>),
}

impl Identity {
    /// As configured; the file with the public key is read.
    ///
    /// # Errors
    /// [`KeyError`] for a file that cannot be read or is no key.
    pub fn new(config: &IdentityConfig) -> Result<Self, KeyError> {
        let key = match &config.public_key {
            Some(path) => {
                let pem = fs::read(path).map_err(|source| KeyError::Io {
                    path: path.clone(),
                    source,
                })?;
                let key = ed25519_key(&pem).ok_or_else(|| KeyError::NotEd25519 { path: path.clone() })?;
                Some(Key::EdDsa(key))
            }
            None if config.secret.is_empty() => None,
            None => Some(Key::Hs256(hmac::Key::new(hmac::HMAC_SHA256, config.secret.as_bytes()))),
        };
        Ok(Identity {
            key,
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            max_age_minutes: config.max_age_minutes,
        })
    }

    /// Without a key: nobody is believed.
    pub fn none() -> Self {
        Identity {
            key: None,
            issuer: None,
            audience: None,
            max_age_minutes: 0,
        }
    }

    /// Whether there is a secret or key to verify with.
    pub fn is_configured(&self) -> bool {
        self.key.is_some()
    }

    /// Verifies a token.
    ///
    /// # Errors
    /// [`IdentityError`] names the cause; no message quotes the token.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<SignedCustomer, IdentityError> {
        let key = self.key.as_ref().ok_or(IdentityError::NotConfigured)?;
        if token.len() > LONGEST_TOKEN {
            return Err(IdentityError::TooLong);
        }
        let (signed, tag) = token
            .rsplit_once('.')
            .ok_or(IdentityError::Malformed("it has no three parts"))?;
        let (header, payload) = signed
            .split_once('.')
            .ok_or(IdentityError::Malformed("it has no three parts"))?;
        check_header(&object(header, "its header is no JSON object")?, key.algorithm())?;
        let tag = decoded(tag)?;
        if !key.verifies(signed.as_bytes(), &tag) {
            return Err(IdentityError::BadSignature);
        }
        let claims = object(payload, "its claims are no JSON object")?;
        self.check_times(&claims, now.as_second())?;
        self.check_parties(&claims)?;
        customer(claims)
    }

    fn check_times(&self, claims: &Map<String, Value>, now: i64) -> Result<(), IdentityError> {
        let exp = time(claims, "exp")?.ok_or(IdentityError::Missing { claim: "exp" })?;
        if exp.saturating_add(LEEWAY) <= now {
            return Err(IdentityError::Expired);
        }
        let latest = now + i64::from(self.max_age_minutes) * 60 + LEEWAY;
        if exp > latest {
            return Err(IdentityError::LivesTooLong {
                minutes: self.max_age_minutes,
            });
        }
        for claim in ["iat", "nbf"] {
            if time(claims, claim)?.is_some_and(|from| from > now + LEEWAY) {
                return Err(IdentityError::NotYet);
            }
        }
        Ok(())
    }

    fn check_parties(&self, claims: &Map<String, Value>) -> Result<(), IdentityError> {
        if let Some(issuer) = &self.issuer
            && claims.get("iss").and_then(Value::as_str) != Some(issuer)
        {
            return Err(IdentityError::WrongIssuer);
        }
        let Some(audience) = &self.audience else { return Ok(()) };
        let named = match claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        };
        if named {
            Ok(())
        } else {
            Err(IdentityError::WrongAudience)
        }
    }
}

impl Key {
    fn algorithm(&self) -> &'static str {
        match self {
            Key::Hs256(_) => "HS256",
            Key::EdDsa(_) => "EdDSA",
        }
    }

    fn verifies(&self, message: &[u8], tag: &[u8]) -> bool {
        match self {
            Key::Hs256(key) => hmac::verify(key, message, tag).is_ok(),
            Key::EdDsa(key) => key.verify(message, tag).is_ok(),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("algorithm", &self.key.as_ref().map(Key::algorithm))
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("max_age_minutes", &self.max_age_minutes)
            .finish()
    }
}

fn ed25519_key(pem: &[u8]) -> Option<signature::UnparsedPublicKey<Vec<u8>>> {
    let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).ok()?;
    let key = der.as_ref().strip_prefix(&ED25519)?;
    (key.len() == 32).then(|| signature::UnparsedPublicKey::new(&signature::ED25519, key.to_vec()))
}

fn check_header(header: &Map<String, Value>, expected: &'static str) -> Result<(), IdentityError> {
    if header.get("alg").and_then(Value::as_str) != Some(expected) {
        return Err(IdentityError::WrongAlgorithm { expected });
    }
    if header.contains_key("crit") {
        return Err(IdentityError::Malformed("it asks for extensions (crit)"));
    }
    Ok(())
}

fn decoded(part: &str) -> Result<Vec<u8>, IdentityError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| IdentityError::Malformed("it is not base64url without padding"))
}

fn object(part: &str, otherwise: &'static str) -> Result<Map<String, Value>, IdentityError> {
    serde_json::from_slice(&decoded(part)?).map_err(|_| IdentityError::Malformed(otherwise))
}

/// Seconds since 1970; a claim that is there must be a number, or it would be as if it were not there.
fn time(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<i64>, IdentityError> {
    let Some(value) = claims.get(claim) else {
        return Ok(None);
    };
    let whole = value.as_i64().or_else(|| {
        let real = value.as_f64()?;
        (real.abs() < 1e15).then_some(real as i64)
    });
    match whole {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(IdentityError::Invalid {
            claim: claim.to_owned(),
            reason: "must be a number of seconds since 1970",
        }),
    }
}

/// Who it is, from verified claims.
fn customer(mut claims: Map<String, Value>) -> Result<SignedCustomer, IdentityError> {
    let subject = text(&claims, "sub")?.ok_or(IdentityError::Missing { claim: "sub" })?;
    let name = text(&claims, "name")?;
    let email = text(&claims, "email")?;
    if email.as_deref().is_some_and(|email| !looks_like_email(email)) {
        return Err(IdentityError::Invalid {
            claim: "email".to_owned(),
            reason: "must be an e-mail address",
        });
    }
    for claim in ["plan", "product", "company_type"] {
        text(&claims, claim)?;
    }
    claims.retain(|claim, value| !OF_THE_TOKEN.contains(&claim.as_str()) && !value.is_null());
    Ok(SignedCustomer {
        subject,
        name,
        email,
        claims,
    })
}

fn text(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<String>, IdentityError> {
    let invalid = |reason| IdentityError::Invalid {
        claim: claim.to_owned(),
        reason,
    };
    let text = match claims.get(claim) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim(),
        Some(_) => return Err(invalid("must be text")),
    };
    if text.is_empty() {
        return Err(invalid("must not be empty"));
    }
    if text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
        return Err(invalid("must have at most 200 characters and no control characters"));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
