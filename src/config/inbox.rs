//! `[inbox]`: what agents see beside a conversation.

use std::fmt;

use serde::Deserialize;
use url::Url;

use super::check::{Violations, quoted};

/// Shortest secret, in bytes: as for signed customers.
const SHORTEST_SECRET: usize = 32;
/// Largest address, in bytes.
const LONGEST_URL: usize = 1_000;
/// What an address may ask with.
pub const PLACEHOLDERS: [&str; 4] = ["email", "customer", "order", "reference"];

/// The inbox of those who answer.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InboxConfig {
    /// Where the company's own systems tell facts about a customer, with `{email}`, `{customer}`, `{order}` and `{reference}`
    /// in its path or query; none if not set.
    pub context_url: Option<String>,
    /// Secret that requests to it are signed with, at least 32 bytes.
    pub context_secret: String,
}

impl fmt::Debug for InboxConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.context_secret.is_empty() { "" } else { "***" };
        f.debug_struct("InboxConfig")
            .field("context_url", &self.context_url)
            .field("context_secret", &secret)
            .finish()
    }
}

pub(super) fn check(inbox: &InboxConfig, found: &mut Violations) {
    let Some(url) = &inbox.context_url else { return };
    found.unless(
        is_template(url),
        "inbox.context_url",
        quoted(url),
        "must be an http or https address without a password, such as \
         `https://shop.example.com/tanya?email={email}`; in its path and query {email}, {customer}, {order} and \
         {reference} stand for what is known",
    );
    found.unless(
        inbox.context_secret.len() >= SHORTEST_SECRET,
        "inbox.context_secret",
        "***",
        format!("must have at least {SHORTEST_SECRET} bytes (`openssl rand -hex 32`), so that the other side can tell who asks"),
    );
    found.unless(
        !inbox.context_secret.starts_with("change-me"),
        "inbox.context_secret",
        "***",
        "is the one of the example; make your own (`openssl rand -hex 32`)",
    );
}

/// Whether it is an address whose host is fixed, with placeholders that are known.
fn is_template(template: &str) -> bool {
    if template.len() > LONGEST_URL {
        return false;
    }
    let filled = PLACEHOLDERS.iter().fold(template.to_owned(), |url, name| {
        url.replace(&format!("{{{name}}}"), "x")
    });
    let host = |url: &str| {
        let url = Url::parse(url).ok()?;
        let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
        plain.then(|| url.origin())
    };
    // Placeholders in the host would let customers choose who is asked.
    let fixed = match template.find('{') {
        Some(at) => template[..at].matches('/').count() >= 3 || template[..at].contains('?'),
        None => true,
    };
    fixed && host(&filled).is_some() && !filled.contains(['{', '}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_choose_no_host() {
        for good in [
            "https://shop.example.com/tanya?email={email}&customer={customer}",
            "http://127.0.0.1:9000/c/{customer}",
            "https://shop.example.com?o={order}&r={reference}",
        ] {
            assert!(is_template(good), "{good}");
        }
        for bad in [
            "https://{customer}.example.com/x",
            "https://shop{email}",
            "ftp://shop.example.com/{email}",
            "https://me:secret@shop.example.com/{email}",
            "https://shop.example.com/{phone}",
            "shop.example.com",
        ] {
            assert!(!is_template(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_needs_a_secret_which_is_never_printed() {
        let inbox = InboxConfig {
            context_url: Some("https://shop.example.com/tanya".into()),
            context_secret: "too-short-secret".into(),
        };
        let mut found = Violations::default();
        check(&inbox, &mut found);
        assert_eq!(found.0.len(), 1);
        assert!(!format!("{inbox:?} {:?}", found.0).contains("too-short"));
    }
}
