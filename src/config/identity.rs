//! `[desk.identity]`: how the host site signs who its customers are.

use std::{fmt, path::PathBuf};

use serde::Deserialize;

use super::check::Violations;

/// Shortest secret: HS256 wants a key as long as its hash (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;

/// How the host site signs who its customers are; without a secret and a key, nobody is signed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityConfig {
    /// Secret for HS256, at least 32 bytes; empty for none.
    pub secret: String,
    /// PEM file with the public key for EdDSA (Ed25519).
    pub public_key: Option<PathBuf>,
    /// What the token's `iss` must be.
    pub issuer: Option<String>,
    /// What the token's `aud` must be or hold.
    pub audience: Option<String>,
    /// How far ahead a token's `exp` may lie, in minutes.
    pub max_age_minutes: u32,
}

impl Default for IdentityConfig {
    fn default() -> Self {
        IdentityConfig {
            secret: String::new(),
            public_key: None,
            issuer: None,
            audience: None,
            max_age_minutes: 60,
        }
    }
}

impl fmt::Debug for IdentityConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.secret.is_empty() { "" } else { "***" };
        f.debug_struct("IdentityConfig")
            .field("secret", &secret)
            .field("public_key", &self.public_key)
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("max_age_minutes", &self.max_age_minutes)
            .finish()
    }
}

pub(super) fn check(identity: &IdentityConfig, found: &mut Violations) {
    let secret = &identity.secret;
    found.unless(
        secret.is_empty() || secret.len() >= SHORTEST_SECRET,
        "desk.identity.secret",
        "***",
        format!("must have at least {SHORTEST_SECRET} bytes (`openssl rand -hex 32`)"),
    );
    found.unless(
        !secret.starts_with("change-me"),
        "desk.identity.secret",
        "***",
        "is the one of the example, which everybody knows",
    );
    found.unless(
        secret.is_empty() || identity.public_key.is_none(),
        "desk.identity.public_key",
        identity.public_key.as_deref().unwrap_or("".as_ref()).display(),
        "must not be set beside desk.identity.secret: a site signs in one way",
    );
    for (key, value) in [("issuer", &identity.issuer), ("audience", &identity.audience)] {
        found.unless(
            value.as_ref().is_none_or(|value| !value.trim().is_empty()),
            format!("desk.identity.{key}"),
            "\"\"",
            "must not be empty; leave it out to take any",
        );
    }
    found.unless(
        (1..=1440).contains(&identity.max_age_minutes),
        "desk.identity.max_age_minutes",
        identity.max_age_minutes,
        "must be 1 to 1440 minutes",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_is_told_and_never_shown() {
        let identity = IdentityConfig {
            secret: "tiny-secret".into(),
            public_key: Some("key.pem".into()),
            issuer: Some(" ".into()),
            max_age_minutes: 0,
            ..IdentityConfig::default()
        };
        let mut found = Violations::default();
        check(&identity, &mut found);
        let keys: Vec<&str> = found.0.iter().map(|violation| violation.key.as_str()).collect();
        let expected = ["secret", "public_key", "issuer", "max_age_minutes"].map(|key| format!("desk.identity.{key}"));
        assert_eq!(keys, expected);
        let text = format!("{:?}{identity:?}", found.0);
        assert!(!text.contains("tiny-secret") && text.contains("***"), "{text}");
    }
}
