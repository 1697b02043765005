//! What each value of the config may be.
//!
//! All violations are reported together, so that an operator mends a file in one go. A [`Violation`] says key, value
//! and what is allowed; the value of a secret is `***`.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    net::IpAddr,
};

use jiff::tz::TimeZone;
use url::Url;

use super::{ApiToken, Config, DeskConfig, ServerConfig, desk::check_times, identity, inbox, site, widget};

/// Shortest token: 16 characters of an alphabet of 64 are 96 bits, out of reach for guessing over the network.
const SHORTEST_TOKEN: usize = 16;

/// A value that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The key as in the file, e.g. `server.public_url`.
    pub key: String,
    /// The value as given; `***` for secrets.
    pub value: String,
    /// What is allowed instead.
    pub allowed: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}: {}", self.key, self.value, self.allowed)
    }
}

impl Config {
    /// Checks every value.
    ///
    /// # Errors
    ///
    /// All violations that were found, at least one.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let mut found = Violations::default();
        check_top(self, &mut found);
        check_server(&self.server, &mut found);
        site::check_site(&self.site, &mut found);
        site::check_announcements(&self.announcement, &mut found);
        widget::check(&self.widget, &mut found);
        inbox::check(&self.inbox, &mut found);
        check_desk(&self.desk, &mut found);
        super::retention::check(&self.retention, &mut found);
        super::mail::check(self, &mut found);
        if found.0.is_empty() { Ok(()) } else { Err(found.0) }
    }
}

#[derive(Default)]
pub(super) struct Violations(pub(super) Vec<Violation>);

impl Violations {
    /// Notes a violation unless `ok`; the value is quoted and stripped of control characters.
    pub(super) fn unless(
        &mut self,
        ok: bool,
        key: impl Into<String>,
        value: impl ToString,
        allowed: impl Into<String>,
    ) {
        if !ok {
            let value = value
                .to_string()
                .chars()
                .map(|c| if c.is_control() { '·' } else { c })
                .collect();
            self.0.push(Violation {
                key: key.into(),
                value,
                allowed: allowed.into(),
            });
        }
    }
}

fn check_top(config: &Config, found: &mut Violations) {
    found.unless(
        !config.kb.as_os_str().is_empty(),
        "kb",
        "\"\"",
        "must name the folder of the articles",
    );
    found.unless(
        !config.data.as_os_str().is_empty(),
        "data",
        "\"\"",
        "must name a folder that may be written to",
    );
    found.unless(
        config.store.is_empty()
            || ["sqlite:", "postgres://", "postgresql://"]
                .iter()
                .any(|scheme| config.store.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())),
        "store",
        quoted(&without_password(&config.store)),
        "must be `sqlite:PATH`, `postgres://user:password@host/database`, or empty for tanya.db in the data folder",
    );
    for (i, language) in config.languages.iter().enumerate() {
        found.unless(
            is_language(language),
            format!("languages[{i}]"),
            quoted(language),
            "must be a language code of two or three small letters, such as `en` or `id`",
        );
    }
    if let Some(threshold) = config.threshold {
        found.unless(
            (0.0..=1.0).contains(&threshold),
            "threshold",
            threshold,
            "must be a number from 0 to 1",
        );
    }
    let topics = &config.error_budgets.topic;
    let folders = &config.error_budgets.folder;
    let special = |table: &'static str, budgets: &BTreeMap<String, f64>| {
        let key = move |name: &String| format!("error_budgets.{table}.{name}");
        budgets
            .iter()
            .map(|(name, budget)| (key(name), *budget))
            .collect::<Vec<_>>()
    };
    let budgets = std::iter::once(("error_budget".to_owned(), config.error_budget))
        .chain(special("topic", topics))
        .chain(special("folder", folders));
    for (key, budget) in budgets {
        found.unless(
            (0.001..=0.5).contains(&budget),
            key,
            budget,
            "must be a number from 0.001 to 0.5: 0.05 lets five of a hundred answers be wrong",
        );
    }
    for folder in folders.keys() {
        found.unless(
            !folder.is_empty() && !folder.starts_with('/') && !folder.ends_with('/'),
            format!("error_budgets.folder.{folder}"),
            quoted(folder),
            "must be named as in `orders/returns`, without a slash at the start or the end",
        );
    }
    found.unless(
        config.model.threads <= 64,
        "model.threads",
        config.model.threads,
        "must be 0 (one per core, at most 8) to 64",
    );
    found.unless(
        (1..=100_000).contains(&config.model.queue),
        "model.queue",
        config.model.queue,
        "must be 1 to 100000 waiting questions",
    );
}

fn check_server(server: &ServerConfig, found: &mut Violations) {
    if let Some(public_url) = &server.public_url {
        found.unless(
            is_origin(public_url),
            "server.public_url",
            quoted(&without_password(public_url)),
            "must be an absolute http:// or https:// address with nothing after the host and port, such as \
             `https://help.example.com`",
        );
    }
    for (i, proxy) in server.trusted_proxies.iter().enumerate() {
        found.unless(
            is_address_or_network(proxy),
            format!("server.trusted_proxies[{i}]"),
            quoted(proxy),
            "must be an IP address or a network, such as `127.0.0.1` or `10.0.0.0/8`",
        );
    }
    found.unless(
        (1024..=16 * 1024 * 1024).contains(&server.max_body_bytes),
        "server.max_body_bytes",
        server.max_body_bytes,
        "must be 1024 to 16777216 bytes",
    );
    found.unless(
        (1..=300).contains(&server.timeout_seconds),
        "server.timeout_seconds",
        server.timeout_seconds,
        "must be 1 to 300 seconds",
    );
}

fn check_desk(desk: &DeskConfig, found: &mut Violations) {
    let mut names = HashSet::new();
    let mut secrets = HashSet::new();
    for (i, ApiToken { name, token }) in desk.tokens.iter().enumerate() {
        found.unless(
            is_name(name),
            format!("desk.tokens[{i}].name"),
            quoted(name),
            "must be 1 to 100 characters without control characters",
        );
        found.unless(
            names.insert(name),
            format!("desk.tokens[{i}].name"),
            quoted(name),
            "is there twice; each token needs a name of its own, it is written into the tickets' history",
        );
        let key = format!("desk.tokens[{i}].token");
        found.unless(
            token.chars().count() >= SHORTEST_TOKEN && token.chars().all(|c| c.is_ascii_graphic()),
            &key,
            "***",
            format!("must have at least {SHORTEST_TOKEN} characters: letters, digits and signs, without spaces"),
        );
        found.unless(
            !token.starts_with("change-me"),
            &key,
            "***",
            "is the one of the example, which everybody knows",
        );
        found.unless(
            secrets.insert(token),
            &key,
            "***",
            "is there twice; each name needs a token of its own",
        );
    }
    found.unless(
        (1..=8760).contains(&desk.reply_within_hours),
        "desk.reply_within_hours",
        desk.reply_within_hours,
        "must be 1 to 8760 hours",
    );
    found.unless(
        TimeZone::get(&desk.time_zone).is_ok(),
        "desk.time_zone",
        quoted(&desk.time_zone),
        "must be the IANA name of a time zone, such as `Asia/Jakarta` or `UTC`",
    );
    check_times(desk, found);
    found.unless(
        is_name(&desk.escalation_team),
        "desk.escalation_team",
        quoted(&desk.escalation_team),
        "must be 1 to 100 characters without control characters",
    );
    identity::check(&desk.identity, found);
}

/// The text with a password in an address replaced by `***`.
pub(super) fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}")
        }
        None => address.to_owned(),
    }
}

pub(super) fn quoted(value: &str) -> String {
    format!("\"{value}\"")
}

pub(super) fn is_language(code: &str) -> bool {
    (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase())
}

pub(super) fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control)
}

/// An address that paths can be appended to: scheme, host, port.
pub(super) fn is_origin(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && !address.ends_with('/')
}

/// An address that people may be sent to, or a path of this site.
pub(super) fn is_link(address: &str) -> bool {
    if address.starts_with('/') {
        return !address.starts_with("//") && !address.chars().any(char::is_control);
    }
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "mailto"))
}

fn is_address_or_network(text: &str) -> bool {
    match text.split_once('/') {
        None => text.parse::<IpAddr>().is_ok(),
        Some((address, length)) => match (address.parse::<IpAddr>(), length.parse::<u8>()) {
            (Ok(IpAddr::V4(_)), Ok(length)) => length <= 32,
            (Ok(IpAddr::V6(_)), Ok(length)) => length <= 128,
            _ => false,
        },
    }
}

/// Not a parser of CSS: it lets through what a colour is made of and nothing that could end the declaration.
pub(super) fn is_css_colour(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix('#') {
        return matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    }
    if let Some((function, arguments)) = text.split_once('(') {
        return matches!(
            function,
            "rgb" | "rgba" | "hsl" | "hsla" | "hwb" | "lab" | "lch" | "oklab" | "oklch"
        ) && arguments.strip_suffix(')').is_some_and(|inner| {
            inner.bytes().any(|b| b.is_ascii_digit())
                && inner
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b" .,%/+-".contains(&b))
        });
    }
    (3..=24).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(config: &Config) -> Vec<String> {
        config
            .check()
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|v| v.key)
            .collect()
    }

    #[test]
    fn zero_requests_and_tickets_mean_any_number() {
        let mut config = Config::default();
        config.server.requests_per_minute = 0;
        config.server.tickets_per_hour = 0;
        assert_eq!(config.check(), Ok(()));
    }

    #[test]
    fn the_defaults_are_allowed() {
        assert_eq!(keys(&Config::default()), Vec::<String>::new());
    }

    #[test]
    fn a_violation_says_key_value_and_what_is_allowed() {
        let config = Config {
            threshold: Some(1.5),
            ..Config::default()
        };
        let violations = config.check().expect_err("1.5 is no probability");
        assert_eq!(
            violations[0].to_string(),
            "threshold = 1.5: must be a number from 0 to 1"
        );
        assert_eq!(
            keys(&Config {
                threshold: Some(f64::NAN),
                ..Config::default()
            }),
            ["threshold"]
        );
    }

    #[test]
    fn all_violations_come_at_once() {
        let mut config = Config {
            languages: vec!["English".into()],
            ..Config::default()
        };
        config.server.trusted_proxies = vec!["10.0.0.0/8".into(), "10.0.0.0/33".into(), "proxy".into()];
        config.site.accent = "red; } body { display: none".into();
        config.desk.time_zone = "Mars/Olympus".into();
        assert_eq!(
            keys(&config),
            [
                "languages[0]",
                "server.trusted_proxies[1]",
                "server.trusted_proxies[2]",
                "site.accent",
                "desk.time_zone"
            ]
        );
    }

    #[test]
    fn a_public_url_is_an_origin() {
        for good in [
            "https://help.example.com",
            "http://localhost:8080",
            "https://[::1]:8443",
        ] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "help.example.com",
            "ftp://example.com",
            "https://example.com/",
            "https://example.com/help",
            "https://example.com?x=1",
            "https://user:secret@example.com",
            "",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn colours_cannot_end_the_declaration() {
        for good in [
            "#0b6e4f",
            "#fff",
            "#0b6e4fcc",
            "teal",
            "rgb(11 110 79 / 50%)",
            "oklch(0.6 0.1 160)",
        ] {
            assert!(is_css_colour(good), "{good}");
        }
        for bad in [
            "",
            "#12",
            "#12345g",
            "red;",
            "url(javascript:1)",
            "rgb(1;2)",
            "rgb()",
            "var(--x)",
            "a\"b",
        ] {
            assert!(!is_css_colour(bad), "{bad}");
        }
    }

    #[test]
    fn a_secret_is_never_in_a_violation() {
        let mut config = Config::default();
        config.desk.tokens = vec![
            ApiToken {
                name: "anna".into(),
                token: "tiny-secret".into(),
            },
            ApiToken {
                name: "anna".into(),
                token: "long enough but spaced".into(),
            },
        ];
        let violations = config.check().expect_err("both tokens are bad");
        assert_eq!(violations.len(), 3);
        let text = violations.iter().map(ToString::to_string).collect::<String>() + &format!("{config:?}");
        assert!(!text.contains("tiny-secret") && !text.contains("spaced"), "{text}");
        config.store = "postgres://tanya:hunter2@db/tanya".into();
        let text = format!("{config:?}");
        assert!(!text.contains("hunter2") && text.contains("***"), "{text}");
        config.store = "mysql://tanya:hunter2@db/tanya".into();
        let text = format!("{:?}{config:?}", config.check());
        assert!(!text.contains("hunter2") && text.contains("***"), "{text}");
    }
}
