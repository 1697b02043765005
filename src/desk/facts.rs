//! What the company's own systems say about a customer: how they are asked, and how their answer is read. Pure; who asks
//! over the network is [`crate::app`].
//!
//! A request carries its time and a signature over time and address, so that the other side can tell that it is us and
//! refuse what was recorded. The answer is a JSON object of labels with texts, numbers or links.

use hmac::{Hmac, Mac};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::Sha256;
use url::Url;
use utoipa::ToSchema;

use crate::shorten::shortened;

/// Facts that are shown; more would be a database.
const MOST: usize = 40;
/// Longest label, and longest text, in characters.
const LONGEST_LABEL: usize = 80;
const LONGEST_TEXT: usize = 500;

/// What is known of a customer when their facts are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known<'a> {
    /// The e-mail address that they left.
    pub email: Option<&'a str>,
    /// Who the host site says they are, signed.
    pub customer: Option<&'a str>,
    /// The order that it is about.
    pub order: Option<&'a str>,
    /// The ticket.
    pub reference: &'a str,
}

/// One fact about a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fact {
    /// What it is about.
    pub label: String,
    /// What it says.
    pub text: String,
    /// Where it leads, if it is a link: always http or https.
    pub link: Option<String>,
}

/// The address to ask at; placeholders become what is known, or nothing.
pub fn address(template: &str, known: &Known<'_>) -> String {
    // `..` would climb out of the path even when it is encoded.
    let encoded = |value: Option<&str>| {
        let value = value.unwrap_or_default().trim();
        let value = if value.chars().all(|c| c == '.') { "" } else { value };
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
    };
    let values = [
        ("{email}", encoded(known.email)),
        ("{customer}", encoded(known.customer)),
        ("{order}", encoded(known.order)),
        ("{reference}", encoded(Some(known.reference))),
    ];
    values
        .iter()
        .fold(template.to_owned(), |url, (name, value)| url.replace(name, value))
}

/// Whether what is asked by is proven: the id that the host site has signed, and nothing beside it that the customer has only
/// said, for that may be another's.
pub fn is_proven(template: &str, known: &Known<'_>) -> bool {
    let asks_by =
        |name: &str, value: Option<&str>| value.is_some_and(|value| !value.is_empty()) && template.contains(name);
    asks_by("{customer}", known.customer) && !asks_by("{email}", known.email) && !asks_by("{order}", known.order)
}

/// The signature of a request: `v1=` and HMAC-SHA256 over seconds since 1970, a line end and the address, in hexadecimal.
pub fn signature(secret: &str, seconds: i64, address: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{seconds}\n{address}").as_bytes());
    let digest = mac.finalize().into_bytes();
    format!("v1={}", hex::encode(digest))
}

/// Reads an answer.
///
/// # Errors
/// What is wrong with it, to be read after "it answered with".
pub fn read(body: &[u8]) -> Result<Vec<Fact>, String> {
    let facts: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| "something that is no JSON object of facts".to_owned())?;
    Ok(facts
        .into_iter()
        .filter_map(|(label, value)| fact(&label, value))
        .take(MOST)
        .collect())
}

fn fact(label: &str, value: Value) -> Option<Fact> {
    let text = match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        // Nothing is known; lists and objects are for programs.
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    let text = on_one_line(&text, LONGEST_TEXT);
    let label = on_one_line(label, LONGEST_LABEL);
    if text.is_empty() || label.is_empty() {
        return None;
    }
    let link = Url::parse(&text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .map(String::from);
    Some(Fact { label, text, link })
}

fn on_one_line(text: &str, most: usize) -> String {
    let line = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line: Vec<&str> = line.filter(|word| !word.is_empty()).collect();
    shortened(&line.join(" "), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_signed_id_alone_proves_whose_facts_they_are() {
        let known = Known {
            email: Some("ana@example.com"),
            customer: Some("c-7"),
            order: None,
            reference: "T-1",
        };
        for (template, expected) in [
            ("https://shop.example/?c={customer}", true),
            ("https://shop.example/?c={customer}&o={order}", true),
            ("https://shop.example/?c={customer}&e={email}", false),
            ("https://shop.example/?e={email}", false),
            ("https://shop.example/", false),
        ] {
            assert_eq!(is_proven(template, &known), expected, "{template}");
        }
        let nobody = Known {
            customer: None,
            ..known
        };
        assert!(!is_proven("https://shop.example/?c={customer}", &nobody));
    }

    fn known<'a>(email: &'a str, customer: &'a str) -> Known<'a> {
        Known {
            email: Some(email),
            customer: Some(customer),
            order: None,
            reference: "T-7K3F-9QXM",
        }
    }

    #[test]
    fn what_customers_typed_stays_one_value() {
        let url = address(
            "https://shop.example/t?email={email}&customer={customer}&o={order}",
            &known("a+b@example.com&admin=1", "c/1"),
        );
        let told = Url::parse(&url).expect("an address");
        let pairs: Vec<(String, String)> = told.query_pairs().into_owned().collect();
        assert_eq!(pairs[0], ("email".into(), "a+b@example.com&admin=1".into()));
        assert_eq!(pairs[1], ("customer".into(), "c/1".into()));
        assert_eq!(pairs[2], ("o".into(), String::new()));
    }

    #[test]
    fn nobody_climbs_out_of_the_path() {
        for evil in ["..", ".", "../admin", "%2e%2e", "{reference}"] {
            let url = address("https://shop.example/customers/{customer}/facts", &known("", evil));
            let path = Url::parse(&url).expect("an address").path().to_owned();
            assert!(
                path.starts_with("/customers/") && path.ends_with("/facts"),
                "{evil}: {path}"
            );
        }
    }

    #[test]
    fn a_signature_is_the_one_of_the_manual() {
        // docs/OPERATING.md shows how to check it; Python's hmac gives the same.
        let signed = signature(
            "0123456789abcdef0123456789abcdef",
            1_764_040_000,
            "https://shop.example/t?email=a",
        );
        assert_eq!(
            signed,
            "v1=dd8db1713b92116188a7019e18991d92a68d7ecf532afe030b3951c612ee01b4"
        );
        assert_ne!(
            signed,
            signature(
                "0123456789abcdef0123456789abcdef",
                1_764_040_001,
                "https://shop.example/t?email=a"
            )
        );
    }

    #[test]
    fn an_answer_is_labels_with_texts_numbers_and_links() {
        let body = r#"{"Plan": "team", "Orders": 12, "Paid": true, "Account": "https://shop.example/a?id=7",
                       "Nothing": null, "List": [1], "Bad": "javascript:alert(1)", "Long": " two \n lines "}"#;
        let facts = read(body.as_bytes()).expect("an object");
        let told: Vec<(&str, &str, bool)> = facts
            .iter()
            .map(|fact| (fact.label.as_str(), fact.text.as_str(), fact.link.is_some()))
            .collect();
        assert_eq!(
            told,
            [
                ("Plan", "team", false),
                ("Orders", "12", false),
                ("Paid", "yes", false),
                ("Account", "https://shop.example/a?id=7", true),
                ("Bad", "javascript:alert(1)", false),
                ("Long", "two lines", false),
            ]
        );
        for bad in ["[]", "", "<html>", "\"text\""] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
