//! The two ways in which a message leaves: an SMTP server, or a command.
//!
//! Both get the same RFC 5322 text. Its Message-ID is made of the message's id and its date is when it was queued, so that
//! a message that has to be sent again is the same message, byte for byte in its head, and receivers can drop it.

use std::{fmt, process::Stdio, time::Duration};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{self, authentication::Credentials, extension::ClientId},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
};

use crate::{
    config::{MailConfig, SmtpSecurity, SmtpServer},
    desk::letters::one_line,
    store::OutgoingRecord,
};

/// Longest wait for one reply of the SMTP server.
const REPLY: Duration = Duration::from_secs(30);
/// Longest time that a message may take, by either way. A command that takes longer is ended.
pub const LONGEST: Duration = Duration::from_secs(90);
/// Time that a command has.
const COMMAND: Duration = Duration::from_secs(30);
/// What is read of a command's words, in bytes; the rest is thrown away.
const WORDS: u64 = 4096;
/// Longest subject, in characters; a head with a longer one is a mistake of whoever queued it.
const SUBJECT_CHARS: usize = 300;
/// SMTP replies that say that we may not send, not that this message is refused: mending the settings mends them.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];
/// Exit codes (sysexits.h) that say that it will never work: bad data, no such user, no such host.
const NEVER: [i32; 3] = [65, 67, 68];

/// Why a message did not leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It may work later.
    #[error("{0}")]
    ForNow(String),
    /// It will never work.
    #[error("{0}")]
    ForGood(String),
}

/// Sends messages. A clone is cheap.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Command(Vec<String>),
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match &self.way {
            Way::Smtp(_) => "smtp",
            Way::Command(_) => "command",
        };
        f.debug_struct("Mailer").field("way", &way).finish_non_exhaustive()
    }
}

impl Mailer {
    /// As configured; `None` if no mail goes out.
    ///
    /// # Errors
    ///
    /// A sender or server that cannot be used; the config's check lets none through.
    pub fn new(config: &MailConfig) -> anyhow::Result<Option<Mailer>> {
        if !config.is_configured() {
            return Ok(None);
        }
        let Some((name, address)) = config.sender() else {
            anyhow::bail!("mail.from is no address");
        };
        let from = Mailbox::new(name.map(str::to_owned), address.parse::<Address>()?);
        let way = if config.smtp.is_empty() {
            Way::Command(config.command.clone())
        } else {
            let server = SmtpServer::parse(&config.smtp).ok_or_else(|| anyhow::anyhow!("mail.smtp is no address"))?;
            Way::Smtp(transport(server, &from)?)
        };
        Ok(Some(Mailer { from, way }))
    }

    /// Sends one message; whoever takes it has taken responsibility for it when this returns.
    ///
    /// # Errors
    ///
    /// [`Failure`] says whether it may work later.
    pub async fn send(&self, record: &OutgoingRecord) -> Result<(), Failure> {
        let message = self.message(record)?;
        let sent = async {
            match &self.way {
                Way::Smtp(transport) => transport
                    .send(message)
                    .await
                    .map(drop)
                    .map_err(|error| smtp_failure(&error)),
                Way::Command(command) => run(command, record, &message.formatted()).await,
            }
        };
        tokio::time::timeout(LONGEST, sent).await.unwrap_or_else(|_| {
            let seconds = LONGEST.as_secs();
            Err(Failure::ForNow(format!("it was not sent within {seconds} seconds")))
        })
    }

    /// The message as it goes out.
    fn message(&self, record: &OutgoingRecord) -> Result<Message, Failure> {
        let wrong = |what: &str| Failure::ForGood(format!("{what} cannot be used"));
        let to: Address = record
            .recipient
            .trim()
            .parse()
            .map_err(|_| wrong("the recipient's address"))?;
        let domain = self.from.email.domain();
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(&record.subject, SUBJECT_CHARS))
            .date(record.created_at.into())
            .message_id(Some(format!("<{}@{domain}>", record.id)));
        if let Some(reference) = text(record, "reference") {
            // The mails about one ticket become one thread.
            message = message.references(format!("<{reference}@{domain}>"));
        }
        if let Some(lang) = text(record, "lang") {
            message = message.raw_header(raw("Content-Language", lang));
        }
        if record.data.get("auto").is_some_and(|auto| auto == true) {
            // RFC 3834: no answering machine answers.
            message = message.raw_header(raw("Auto-Submitted", "auto-generated"));
        }
        message
            .header(ContentType::TEXT_PLAIN)
            .body(record.body.clone())
            .map_err(|error| Failure::ForGood(format!("no message can be made of it: {error}")))
    }
}

/// A word of the message's data, if it may stand in a header.
fn text<'a>(record: &'a OutgoingRecord, key: &str) -> Option<&'a str> {
    let text = record.data.get(key)?.as_str()?;
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    fits.then_some(text)
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn transport(server: SmtpServer, from: &Mailbox) -> Result<AsyncSmtpTransport<Tokio1Executor>, smtp::Error> {
    let builder = match server.security {
        SmtpSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&server.host)?,
        SmtpSecurity::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&server.host)?,
        SmtpSecurity::Loopback => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host),
    };
    let builder = builder
        .port(server.port)
        .timeout(Some(REPLY))
        .hello_name(ClientId::Domain(from.email.domain().to_owned()));
    Ok(match server.credentials {
        Some((user, password)) => builder.credentials(Credentials::new(user, password)).build(),
        None => builder.build(),
    })
}

fn smtp_failure(error: &smtp::Error) -> Failure {
    let mut words = one_line(&error.to_string(), 500);
    if let Some(cause) = std::error::Error::source(error) {
        let cause = one_line(&cause.to_string(), 500);
        if !words.contains(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    let code = error.status().map(u16::from);
    match code {
        Some(code) if code >= 500 && !ABOUT_US.contains(&code) => Failure::ForGood(words),
        _ => Failure::ForNow(words),
    }
}

/// Gives the message to a command.
async fn run(command: &[String], record: &OutgoingRecord, message: &[u8]) -> Result<(), Failure> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(Failure::ForNow("mail.command names no program".to_owned()));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .env("TANYA_KIND", &record.kind)
        .env("TANYA_RECIPIENT", record.recipient.trim())
        .env("TANYA_SUBJECT", one_line(&record.subject, SUBJECT_CHARS))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Failure::ForNow(format!("{program} cannot be started: {error}")))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A command that does not read to the end says by its exit code whether that matters.
            let _ = stdin.write_all(message).await;
        }
    };
    // All at once: a command that talks before it has read everything must not wait for us.
    let all = async { tokio::join!(write, first_words(stdout), first_words(stderr), child.wait()) };
    let Ok(((), stdout, stderr, status)) = tokio::time::timeout(COMMAND, all).await else {
        let seconds = COMMAND.as_secs();
        return Err(Failure::ForNow(format!(
            "{program} did not end within {seconds} seconds"
        )));
    };
    let status = status.map_err(|error| Failure::ForNow(format!("{program} was lost: {error}")))?;
    if status.success() {
        return Ok(());
    }
    let said = one_line(&format!("{stderr} {stdout}"), 500);
    tracing::warn!(program, %status, said, "the mail command failed");
    let words = format!("{program} ended with {status}: {said}");
    match status.code() {
        Some(code) if NEVER.contains(&code) => Err(Failure::ForGood(words)),
        _ => Err(Failure::ForNow(words)),
    }
}

/// The first words of a pipe; the rest is read and dropped, so that the command can go on.
async fn first_words(pipe: Option<impl tokio::io::AsyncRead + Unpin>) -> String {
    let Some(mut pipe) = pipe else {
        return String::new();
    };
    let mut kept = Vec::new();
    // What cannot be read is not there; the exit code decides.
    let _ = (&mut pipe).take(WORDS).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).into_owned()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Map, json};

    use super::*;

    fn mailer(from: &str) -> Mailer {
        let config = MailConfig {
            from: from.into(),
            command: vec!["true".into()],
            ..MailConfig::default()
        };
        Mailer::new(&config).expect("settings").expect("mail goes out")
    }

    fn record(recipient: &str, subject: &str, data: serde_json::Value) -> OutgoingRecord {
        OutgoingRecord {
            id: "01JD0000000000000000000000".into(),
            kind: "mail".into(),
            recipient: recipient.into(),
            subject: subject.into(),
            body: "本文\n.\nline\n".into(),
            data: data.as_object().cloned().unwrap_or_else(Map::new),
            created_at: Timestamp::from_second(1_790_000_000).expect("a time"),
            attempts: 1,
        }
    }

    fn formatted(mailer: &Mailer, record: &OutgoingRecord) -> String {
        String::from_utf8(mailer.message(record).expect("a message").formatted()).expect("ASCII")
    }

    #[test]
    fn a_message_is_the_same_whenever_it_is_made() {
        let mailer = mailer("コーヒー <help@example.com>");
        let record = record(
            "dewi@example.com",
            "二重",
            json!({"reference": "T-1", "lang": "ja", "auto": true}),
        );
        let text = formatted(&mailer, &record);
        assert_eq!(text, formatted(&mailer, &record));
        for line in [
            "Message-ID: <01JD0000000000000000000000@example.com>\r\n",
            "References: <T-1@example.com>\r\n",
            "Content-Language: ja\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "To: dewi@example.com\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }

    #[test]
    fn nothing_that_was_queued_becomes_a_header() {
        let mailer = mailer("help@example.com");
        let data = json!({"reference": "T-1>\r\nBcc: evil@example.com", "lang": "en\r\nX: y"});
        let text = formatted(
            &mailer,
            &record("dewi@example.com", "Hi\r\nBcc: evil@example.com", data),
        );
        let head = text.split("\r\n\r\n").next().expect("a head");
        assert!(
            !head
                .lines()
                .any(|line| line.starts_with("Bcc") || line.starts_with("X:")),
            "{head}"
        );
        for recipient in ["a@b.jp\r\nBcc: c@d.jp", "a@b.jp, c@d.jp", "nobody", ""] {
            let refused = mailer.message(&record(recipient, "s", json!({}))).map(drop);
            assert!(matches!(refused, Err(Failure::ForGood(_))), "{recipient}");
        }
    }
}
