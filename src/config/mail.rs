//! How mail goes out: an SMTP server, or a command that takes each message.

use std::{fmt, net::IpAddr};

use serde::Deserialize;
use url::Url;

use super::{
    Config,
    check::{Violations, quoted, without_password},
};

/// How mail goes out. Printing it never shows a password.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// `smtp://user:password@host:587` (STARTTLS, required unless the host is this machine) or `smtps://…` (TLS from the
    /// beginning); empty: no SMTP.
    pub smtp: String,
    /// Who mails come from: `Kawan Kopi <help@example.com>`, or the address alone.
    pub from: String,
    /// Program and arguments that take each message on their standard input instead; empty: none.
    pub command: Vec<String>,
    /// Addresses that are told of alerts, besides the person on call.
    pub alerts: Vec<String>,
    /// Seconds that a reply waits before it is mailed; a customer who has seen it meanwhile gets no mail.
    pub reply_delay_seconds: u32,
}

impl MailConfig {
    /// Whether mail goes out at all.
    pub fn is_configured(&self) -> bool {
        !self.smtp.is_empty() || !self.command.is_empty()
    }

    /// Name, if there is one, and address of who mails come from.
    pub fn sender(&self) -> Option<(Option<&str>, &str)> {
        sender(&self.from)
    }
}

impl fmt::Debug for MailConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MailConfig {
            smtp,
            from,
            command,
            alerts,
            reply_delay_seconds,
        } = self;
        f.debug_struct("MailConfig")
            .field("smtp", &without_password(smtp))
            .field("from", from)
            // Arguments may hold a key of a mail service.
            .field("command", &command.first())
            .field("alerts", alerts)
            .field("reply_delay_seconds", reply_delay_seconds)
            .finish()
    }
}

impl Default for MailConfig {
    fn default() -> Self {
        MailConfig {
            smtp: String::new(),
            from: String::new(),
            command: Vec::new(),
            alerts: Vec::new(),
            reply_delay_seconds: 60,
        }
    }
}

/// Takes `Kawan Kopi <help@example.com>` or `help@example.com` apart.
fn sender(text: &str) -> Option<(Option<&str>, &str)> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let (name, address) = match text.split_once('<') {
        Some((name, rest)) => (name.trim().trim_matches('"'), rest.trim_end().strip_suffix('>')?),
        None => ("", text.trim()),
    };
    is_address(address).then_some(((!name.is_empty()).then_some(name), address))
}

/// Enough to catch slips; the mail server knows the rest.
fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
    }) && !text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "<>,;\"()".contains(c))
}

/// Where an SMTP server is reached, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpServer {
    /// Name or address.
    pub host: String,
    /// Its port; the scheme's usual one if none is given.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// User and password.
    pub credentials: Option<(String, String)>,
}

/// How a connection to an SMTP server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// STARTTLS, without which nothing is sent.
    StartTls,
    /// Nothing: the server is on this machine.
    Loopback,
}

impl SmtpServer {
    /// Takes an address apart; `None` if it is none of an SMTP server.
    pub fn parse(address: &str) -> Option<SmtpServer> {
        let url = Url::parse(address).ok()?;
        let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let security = match url.scheme() {
            _ if !bare => return None,
            "smtps" => SmtpSecurity::Tls,
            "smtp" if is_loopback(&host) => SmtpSecurity::Loopback,
            "smtp" => SmtpSecurity::StartTls,
            _ => return None,
        };
        let usual = match security {
            SmtpSecurity::Tls => 465,
            SmtpSecurity::StartTls => 587,
            SmtpSecurity::Loopback => 25,
        };
        let decoded = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8()
                .ok()
                .map(std::borrow::Cow::into_owned)
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some((decoded(user)?, decoded(password?)?)),
        };
        Some(SmtpServer {
            host,
            port: url.port().unwrap_or(usual),
            security,
            credentials,
        })
    }
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpServer({}:{}, {:?})", self.host, self.port, self.security)
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Checks the section; mails carry links, so the site's address has to be known.
pub(super) fn check(config: &Config, found: &mut Violations) {
    let mail = &config.mail;
    found.unless(
        mail.smtp.is_empty() || SmtpServer::parse(&mail.smtp).is_some(),
        "mail.smtp",
        quoted(&without_password(&mail.smtp)),
        "must be `smtp://user:password@host:587` or `smtps://user:password@host`, with `%40` for an @ in user or \
         password",
    );
    found.unless(
        mail.smtp.is_empty() || mail.command.is_empty(),
        "mail.command",
        "***",
        "cannot be set together with mail.smtp: each message goes out one way",
    );
    found.unless(
        mail.command.first().is_none_or(|program| !program.trim().is_empty()),
        "mail.command",
        "***",
        "must begin with the name of a program",
    );
    found.unless(
        mail.sender().is_some() || (mail.from.is_empty() && !mail.is_configured()),
        "mail.from",
        quoted(&mail.from),
        "must be an address, such as `help@example.com` or `Kawan Kopi <help@example.com>`",
    );
    for (i, address) in mail.alerts.iter().enumerate() {
        found.unless(
            is_address(address),
            format!("mail.alerts[{i}]"),
            quoted(address),
            "must be an e-mail address, such as `ops@example.com`",
        );
    }
    found.unless(
        mail.reply_delay_seconds <= 86_400,
        "mail.reply_delay_seconds",
        mail.reply_delay_seconds,
        "must be 0 to 86400 seconds",
    );
    found.unless(
        !mail.is_configured() || config.server.public_url.is_some(),
        "server.public_url",
        "\"\"",
        "must be set when mail goes out: each mail carries a link back",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(change: impl FnOnce(&mut MailConfig)) -> Vec<String> {
        let mut config = Config::default();
        config.server.public_url = Some("https://help.example.com".into());
        change(&mut config.mail);
        let violations = config.check().err().unwrap_or_default();
        violations.into_iter().map(|violation| violation.key).collect()
    }

    #[test]
    fn senders_are_addresses_with_or_without_a_name() {
        for (text, parts) in [
            ("help@example.com", Some((None, "help@example.com"))),
            (
                "Kawan Kopi <help@example.com>",
                Some((Some("Kawan Kopi"), "help@example.com")),
            ),
            ("\"コーヒー, K.K.\" <a@b.jp>", Some((Some("コーヒー, K.K."), "a@b.jp"))),
            ("Kawan Kopi", None),
            ("Kawan <help@example.com", None),
            ("a@b.jp\r\nBcc: x@y.jp", None),
            ("", None),
        ] {
            assert_eq!(sender(text), parts, "{text}");
        }
    }

    #[test]
    fn an_smtp_address_says_how_the_connection_is_protected() {
        let parsed = |text| SmtpServer::parse(text).map(|server| (server.host, server.port, server.security));
        assert_eq!(
            parsed("smtp://mail.example.com"),
            Some(("mail.example.com".into(), 587, SmtpSecurity::StartTls))
        );
        assert_eq!(
            parsed("smtps://mail.example.com"),
            Some(("mail.example.com".into(), 465, SmtpSecurity::Tls))
        );
        assert_eq!(
            parsed("smtp://127.0.0.1:2525"),
            Some(("127.0.0.1".into(), 2525, SmtpSecurity::Loopback))
        );
        assert_eq!(parsed("smtp://[::1]"), Some(("::1".into(), 25, SmtpSecurity::Loopback)));
        // A name that only begins like this machine's.
        assert_eq!(
            parsed("smtp://localhost.example.com").map(|(_, _, security)| security),
            Some(SmtpSecurity::StartTls)
        );
        for bad in [
            "mail.example.com",
            "http://mail",
            "smtp://",
            "smtp://h/path",
            "smtp://h?tls=none",
            "smtp://user@h",
        ] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
        let server = SmtpServer::parse("smtp://help%40example.com:p%3Aw@h").expect("an address");
        assert_eq!(server.credentials, Some(("help@example.com".into(), "p:w".into())));
        assert!(!format!("{server:?}").contains("p:w"));
    }

    #[test]
    fn what_is_wrong_is_named_and_passwords_are_not() {
        assert_eq!(keys(|mail| mail.from = "help@example.com".into()), Vec::<String>::new());
        assert_eq!(keys(|mail| mail.smtp = "smtp://h".into()), ["mail.from"]);
        assert_eq!(
            keys(|mail| {
                mail.smtp = "smtp://h".into();
                mail.command = vec!["sendmail".into()];
                mail.from = "nobody".into();
                mail.alerts = vec!["ops@example.com".into(), "ops".into()];
                mail.reply_delay_seconds = 100_000;
            }),
            [
                "mail.command",
                "mail.from",
                "mail.alerts[1]",
                "mail.reply_delay_seconds"
            ]
        );
        let mut config = Config::default();
        config.mail.smtp = "smtp://user:hunter2@h/path".into();
        config.mail.from = "help@example.com".into();
        let violations = config.check().expect_err("a path, and no address of the site");
        let text = format!("{violations:?}{config:?}");
        assert!(
            !text.contains("hunter2") && text.contains("server.public_url"),
            "{text}"
        );
    }
}
