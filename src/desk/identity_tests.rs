use std::path::Path;

use proptest::prelude::*;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::json;

use super::*;

const SECRET: &str = "a-secret-for-tests-of-32-bytes-or-more";
const NOW: i64 = 1_790_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("a time")
}

fn config() -> IdentityConfig {
    IdentityConfig {
        secret: SECRET.into(),
        ..IdentityConfig::default()
    }
}

fn identity() -> Identity {
    Identity::new(&config()).expect("a secret")
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token with this header, signed by `sign`.
fn token(header: Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", part(&header), part(claims));
    let tag = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{tag}")
}

fn by_secret(secret: &[u8]) -> impl Fn(&[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    move |message| hmac::sign(&key, message).as_ref().to_vec()
}

fn hs256(claims: Value) -> String {
    token(
        json!({"alg": "HS256", "typ": "JWT"}),
        &claims,
        by_secret(SECRET.as_bytes()),
    )
}

fn claims(more: Value) -> Value {
    let mut claims = json!({"sub": "c-17", "iat": NOW, "exp": NOW + 600});
    for (key, value) in more.as_object().into_iter().flatten() {
        claims[key] = value.clone();
    }
    claims
}

/// A key pair and its public key as the operator has it.
fn ed25519() -> (Ed25519KeyPair, String) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("32 bytes");
    let der = [&ED25519[..], pair.public_key().as_ref()].concat();
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
    (
        pair,
        format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n"),
    )
}

fn with_key(folder: &Path, pem: &str) -> Result<Identity, KeyError> {
    let path = folder.join("identity.pem");
    fs::write(&path, pem).expect("a file");
    Identity::new(&IdentityConfig {
        public_key: Some(path),
        ..IdentityConfig::default()
    })
}

#[test]
fn a_signed_customer_is_known_with_all_that_is_said_about_them() {
    let token = hs256(claims(json!({
        "name": " Dewi ", "email": "dewi@example.com", "plan": "pro", "customer_since": "2024-01-01",
        "iss": "https://shop.example", "seats": 5, "company_type": null,
    })));
    let signed = identity().verify(&token, now()).expect("a customer");
    assert_eq!(
        (signed.subject.as_str(), signed.name.as_deref()),
        ("c-17", Some("Dewi"))
    );
    assert_eq!(signed.email.as_deref(), Some("dewi@example.com"));
    let expected = json!({
        "name": " Dewi ", "email": "dewi@example.com", "plan": "pro", "customer_since": "2024-01-01", "seats": 5,
    });
    assert_eq!(Value::from(signed.claims), expected);
}

#[test]
fn ed25519_works_with_a_key_in_pem() {
    let folder = tempfile::tempdir().expect("a folder");
    let (pair, pem) = ed25519();
    let identity = with_key(folder.path(), &pem).expect("a key");
    let sign = |message: &[u8]| pair.sign(message).as_ref().to_vec();
    let good = token(json!({"alg": "EdDSA"}), &claims(json!({})), sign);
    assert_eq!(identity.verify(&good, now()).expect("a customer").subject, "c-17");
    let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).expect("32 bytes");
    let bad = token(json!({"alg": "EdDSA"}), &claims(json!({})), |message| {
        other.sign(message).as_ref().to_vec()
    });
    assert_eq!(identity.verify(&bad, now()), Err(IdentityError::BadSignature));
}

#[test]
fn the_algorithm_is_never_taken_from_the_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let (pair, pem) = ed25519();
    let by_key = with_key(folder.path(), &pem).expect("a key");
    let by_secret_only = identity();
    let claims = claims(json!({}));
    let unsigned = token(json!({"alg": "none"}), &claims, |_| Vec::new());
    for alg in ["none", "None", "HS512", "RS256", "hs256", ""] {
        let header = json!({"alg": alg});
        let forged = token(header, &claims, by_secret(SECRET.as_bytes()));
        let expected = Err(IdentityError::WrongAlgorithm { expected: "HS256" });
        assert_eq!(by_secret_only.verify(&forged, now()), expected, "{alg}");
    }
    let expected = Err(IdentityError::WrongAlgorithm { expected: "EdDSA" });
    assert_eq!(by_key.verify(&unsigned, now()), expected);
    // The public key is known to everybody: used as a secret for HS256, it must not open anything.
    for secret in [pem.as_bytes(), pair.public_key().as_ref()] {
        let confused = token(json!({"alg": "HS256"}), &claims, by_secret(secret));
        assert_eq!(by_key.verify(&confused, now()), expected);
        let renamed = token(json!({"alg": "EdDSA"}), &claims, by_secret(secret));
        assert_eq!(by_key.verify(&renamed, now()), Err(IdentityError::BadSignature));
    }
    let extended = token(
        json!({"alg": "HS256", "crit": ["b64"], "b64": false}),
        &claims,
        by_secret(SECRET.as_bytes()),
    );
    assert!(matches!(
        by_secret_only.verify(&extended, now()),
        Err(IdentityError::Malformed(_))
    ));
}

#[test]
fn times_are_checked_with_a_little_leeway() {
    let verify = |more| identity().verify(&hs256(claims(more)), now()).map(|_| ());
    assert_eq!(verify(json!({"exp": NOW - LEEWAY + 1})), Ok(()));
    assert_eq!(verify(json!({"exp": NOW - LEEWAY})), Err(IdentityError::Expired));
    assert_eq!(verify(json!({"exp": i64::MIN})), Err(IdentityError::Expired));
    assert_eq!(verify(json!({"exp": NOW + 3600 + LEEWAY})), Ok(()));
    let too_long = Err(IdentityError::LivesTooLong { minutes: 60 });
    assert_eq!(verify(json!({"exp": NOW + 3600 + LEEWAY + 1})), too_long);
    assert_eq!(verify(json!({"exp": i64::MAX})), too_long);
    assert_eq!(verify(json!({"iat": NOW + LEEWAY})), Ok(()));
    assert_eq!(verify(json!({"iat": NOW + LEEWAY + 1})), Err(IdentityError::NotYet));
    assert_eq!(verify(json!({"nbf": NOW + 300})), Err(IdentityError::NotYet));
    assert_eq!(verify(json!({"exp": NOW as f64 + 60.5})), Ok(()));
    // A time of the wrong kind must not count as none.
    for more in [
        json!({"exp": "never"}),
        json!({"nbf": "2026"}),
        json!({"exp": null}),
        json!({"exp": 1e300}),
    ] {
        assert!(
            matches!(verify(more.clone()), Err(IdentityError::Invalid { .. })),
            "{more}"
        );
    }
    let without = hs256(json!({"sub": "c-17"}));
    assert_eq!(
        identity().verify(&without, now()),
        Err(IdentityError::Missing { claim: "exp" })
    );
}

#[test]
fn issuer_and_audience_count_where_they_are_set() {
    let identity = Identity::new(&IdentityConfig {
        issuer: Some("shop".into()),
        audience: Some("help".into()),
        ..config()
    })
    .expect("a secret");
    let verify = |more| identity.verify(&hs256(claims(more)), now()).map(|_| ());
    assert_eq!(verify(json!({"iss": "shop", "aud": "help"})), Ok(()));
    assert_eq!(verify(json!({"iss": "shop", "aud": ["x", "help"]})), Ok(()));
    assert_eq!(
        verify(json!({"iss": "other", "aud": "help"})),
        Err(IdentityError::WrongIssuer)
    );
    assert_eq!(verify(json!({"aud": "help"})), Err(IdentityError::WrongIssuer));
    assert_eq!(verify(json!({"iss": "shop"})), Err(IdentityError::WrongAudience));
    assert_eq!(
        verify(json!({"iss": "shop", "aud": 5})),
        Err(IdentityError::WrongAudience)
    );
}

#[test]
fn claims_about_the_customer_are_checked() {
    let verify = |more| identity().verify(&hs256(claims(more)), now()).map(|_| ());
    for (claim, value) in [
        ("sub", json!("")),
        ("sub", json!(17)),
        ("sub", json!("x".repeat(LONGEST_NAME + 1))),
        ("name", json!("a\u{1b}[2J")),
        ("email", json!("dewi")),
        ("email", json!("a@b.co\r\nBcc: x@y.z")),
        ("plan", json!({"a": 1})),
    ] {
        match verify(json!({claim: value})) {
            Err(IdentityError::Invalid { claim: told, .. }) => assert_eq!(told, claim),
            other => panic!("{claim} = {value}: {other:?}"),
        }
    }
    let nobody = hs256(json!({"exp": NOW + 60}));
    assert_eq!(
        identity().verify(&nobody, now()),
        Err(IdentityError::Missing { claim: "sub" })
    );
}

#[test]
fn a_key_that_is_none_is_told_with_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    for pem in [
        "",
        "hello",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    ] {
        let error = with_key(folder.path(), pem).expect_err("no key").to_string();
        assert!(error.contains("identity.pem") && error.contains("Ed25519"), "{error}");
    }
    let nothing = Identity::new(&IdentityConfig::default()).expect("nothing is fine");
    assert!(!nothing.is_configured());
    assert_eq!(nothing.verify("a.b.c", now()), Err(IdentityError::NotConfigured));
    assert!(!format!("{:?}", identity()).contains(SECRET));
}

#[test]
fn too_long_tokens_are_not_even_looked_at() {
    let token = hs256(claims(json!({"x": "x".repeat(LONGEST_TOKEN)})));
    assert_eq!(identity().verify(&token, now()), Err(IdentityError::TooLong));
}

proptest! {
    #[test]
    fn a_changed_token_is_refused(at in 0usize..200, with in "[A-Za-z0-9_.-]") {
        let token = hs256(claims(json!({"plan": "pro"})));
        let at = at % token.len();
        let mut changed = token.clone();
        changed.replace_range(at..=at, &with);
        prop_assume!(changed != token);
        let tail = token.rfind('.').expect("three parts") + 1;
        // The last character of the signature holds bits that mean nothing; base64 without them is refused as well.
        prop_assert!(identity().verify(&changed, now()).is_err(), "byte {at} of {} (signature from {tail})", token.len());
    }

    #[test]
    fn nothing_makes_it_panic(token in "\\PC{0,60}", header in "[A-Za-z0-9_=.-]{0,40}") {
        let _ = identity().verify(&token, now());
        let _ = identity().verify(&format!("{header}.{header}.{header}"), now());
    }
}
