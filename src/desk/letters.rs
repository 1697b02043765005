//! What is written to people who are not here: a person's reply, the receipt of a handoff, alerts to staff.
//!
//! Pure: a letter is a subject and plain text, made of a ticket and words (`words`). Written out in each language instead of
//! translated word by word; a language without words there gets English, and alerts are always English. Letters carry no
//! HTML and nothing that tells whether they were read. Whatever people wrote, a subject or a name is one line, so nothing
//! in it can become a header.

mod words;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Map, Value};

use crate::{
    config::Config,
    shorten::shortened,
    store::{Change, NewOutgoing, Scene, TicketRecord, TurnKind},
};

use super::{ReceiptKey, byline, queue::Act, receipt::filled};
use words::Words;

/// Longest part of a question in a subject line, in characters: what lists of mails show.
const SUBJECT_CHARS: usize = 60;
/// Longest part of a question that is quoted, in characters; the page behind the link has all of it.
const QUOTED_CHARS: usize = 1200;
/// Longest name in a letter, in characters.
const NAME_CHARS: usize = 100;

/// A subject and plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// Lines end with `\n`.
    pub body: String,
}

/// What a person answered.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Name of the person, as customers see it.
    pub person: &'a str,
    /// Their words.
    pub words: &'a str,
    /// Number of the turn, which makes two mails about it one.
    pub turn: i64,
}

/// Why staff are told of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alert {
    /// The promise runs out soon.
    PromiseSoon,
    /// The promise has passed without a reply.
    PromiseMissed,
    /// It was brought to whoever reads this.
    Escalated {
        /// What somebody gave as the reason; nothing when waiting alone did it.
        reason: Option<String>,
    },
    /// It is urgent, and nobody is on duty.
    UrgentOutOfHours,
}

impl Alert {
    /// The word in keys and data.
    pub fn as_str(&self) -> &'static str {
        match self {
            Alert::PromiseSoon => "promise_soon",
            Alert::PromiseMissed => "promise_missed",
            Alert::Escalated { .. } => "escalated",
            Alert::UrgentOutOfHours => "urgent_out_of_hours",
        }
    }
}

/// Writes letters in the name of one help center. There is none where no mail is configured, and then no letters are
/// queued. A clone is one `Arc` and some short texts.
#[derive(Clone)]
pub struct Letterhead {
    site: String,
    public_url: String,
    receipts: Arc<ReceiptKey>,
    zone: TimeZone,
    alerts: Vec<String>,
    reply_delay: SignedDuration,
}

impl Letterhead {
    /// As configured; `None` if no mail goes out, or nobody knows the site's address.
    pub fn new(config: &Config, receipts: Arc<ReceiptKey>) -> Option<Letterhead> {
        let public_url = config.server.public_url.clone()?;
        config.mail.is_configured().then(|| Letterhead {
            site: one_line(&config.site.name, NAME_CHARS),
            public_url,
            receipts,
            zone: config.desk.zone(),
            alerts: config.mail.alerts.clone(),
            reply_delay: SignedDuration::from_secs(i64::from(config.mail.reply_delay_seconds)),
        })
    }

    /// The customer's way back to a ticket; whoever has it may read and write there.
    pub fn link_back(&self, reference: &str) -> String {
        format!("{}/receipts/{}", self.public_url, self.receipts.seal(reference))
    }

    /// The mail with a person's reply, if the customer left an address. It waits for `mail.reply_delay_seconds`; under
    /// [`reply_key`] it can be withdrawn when the customer has seen the reply.
    pub fn reply(&self, ticket: &TicketRecord, answer: Answer<'_>, at: Timestamp, id: String) -> Option<NewOutgoing> {
        let letter = reply_letter(&self.site, ticket, answer, &self.link_back(&ticket.reference));
        let key = reply_key(ticket.conversation.as_deref()?, answer.turn);
        let mut mail = mail(ticket, ticket.contact.as_deref()?, letter, key, id);
        // Whoever sends it looks whether the customer has seen the turn.
        mail.data
            .insert("conversation".into(), ticket.conversation.as_deref().into());
        mail.data.insert("turn".into(), answer.turn.into());
        mail.not_before = at.checked_add(self.reply_delay).ok();
        Some(mail)
    }

    /// The mail about the person's turn in a change, if it has one and the customer left an address.
    pub fn reply_in(&self, scene: &Scene, change: &Change, at: Timestamp, id: String) -> Option<NewOutgoing> {
        let index = change.turns.iter().position(|turn| turn.kind == TurnKind::Person)?;
        let turn = &change.turns[index];
        let ticket = change.ticket.as_ref().or(scene.ticket.as_ref())?;
        let answer = Answer {
            person: match byline::is_program(&turn.author) {
                true => byline::team_name(&ticket.lang),
                false => turn.data.get("name").and_then(Value::as_str)?,
            },
            words: &turn.text,
            // The store numbers turns on from the last one.
            turn: scene.conversation.as_ref()?.turns + index as i64 + 1,
        };
        self.reply(ticket, answer, at, id)
    }

    /// The alerts that an act calls for, once it has been done.
    pub fn alerts_for(
        &self,
        act: &Act,
        ticket: &TicketRecord,
        on_call: &[String],
        next_id: impl FnMut() -> String,
    ) -> Vec<NewOutgoing> {
        let alert = match act {
            Act::PromiseSoon => Alert::PromiseSoon,
            Act::PromiseMissed => Alert::PromiseMissed,
            Act::Climb => Alert::Escalated { reason: None },
            Act::Escalate { reason } => Alert::Escalated {
                reason: Some(reason.clone()),
            },
            _ => return Vec::new(),
        };
        self.alert(&alert, ticket, on_call, next_id)
    }

    /// The mail with the receipt of a handoff, if the customer left an address; `words` are the receipt's.
    pub fn receipt(&self, ticket: &TicketRecord, words: &str, id: String) -> Option<NewOutgoing> {
        let letter = receipt_letter(&self.site, ticket, words, &self.link_back(&ticket.reference));
        let key = format!("receipt:{}", ticket.reference);
        let mut mail = mail(ticket, ticket.contact.as_deref()?, letter, key, id);
        mail.data.insert("auto".into(), true.into());
        Some(mail)
    }

    /// The alerts about a ticket: to `on_call` and to `mail.alerts`, each address once. The same alert about the same step
    /// is queued once however often it is raised.
    pub fn alert(
        &self,
        alert: &Alert,
        ticket: &TicketRecord,
        on_call: &[String],
        mut next_id: impl FnMut() -> String,
    ) -> Vec<NewOutgoing> {
        let letter = alert_letter(
            &self.site,
            alert,
            ticket,
            &self.zone,
            &self.inbox_link(&ticket.reference),
        );
        let step = match alert {
            Alert::PromiseSoon | Alert::PromiseMissed => ticket.promise_at.as_second(),
            Alert::Escalated { .. } => ticket.escalation,
            Alert::UrgentOutOfHours => 0,
        };
        let mut told: Vec<&String> = Vec::new();
        for address in on_call.iter().chain(&self.alerts) {
            if !told.iter().any(|other| other.eq_ignore_ascii_case(address)) {
                told.push(address);
            }
        }
        let write = |address: &String| {
            let word = alert.as_str();
            let key = format!("alert:{word}:{}:{step}:{}", ticket.reference, address.to_lowercase());
            let mut mail = mail(ticket, address, letter.clone(), key, next_id());
            mail.kind = "alert";
            mail.data.insert("auto".into(), true.into());
            mail.data.insert("lang".into(), "en".into());
            mail.data.insert("alert".into(), word.into());
            mail
        };
        told.into_iter().map(write).collect()
    }

    fn inbox_link(&self, reference: &str) -> String {
        format!("{}/inbox?ticket={reference}", self.public_url)
    }
}

/// Rising ids from this one on, for several messages of one change.
pub fn ids_from(first: &str) -> impl FnMut() -> String {
    let mut next = first.parse::<ulid::Ulid>().unwrap_or_default();
    move || {
        let id = next;
        next = id.increment().unwrap_or_default();
        id.to_string()
    }
}

/// Names the mail about a turn, for [`crate::store::Store::withdraw_outgoing`].
pub fn reply_key(conversation: &str, turn: i64) -> String {
    format!("reply:{conversation}:{turn}")
}

fn mail(ticket: &TicketRecord, to: &str, letter: Letter, key: String, id: String) -> NewOutgoing {
    let data = [
        ("reference", Value::from(ticket.reference.as_str())),
        ("lang", Words::of(&ticket.lang).code.into()),
    ];
    NewOutgoing {
        id,
        kind: "mail",
        recipient: to.to_owned(),
        subject: letter.subject,
        body: letter.body,
        data: data
            .map(|(key, value)| (key.to_owned(), value))
            .into_iter()
            .collect::<Map<_, _>>(),
        dedupe_key: Some(key),
        not_before: None,
    }
}

/// A person's reply, with what was asked and the way back.
pub fn reply_letter(site: &str, ticket: &TicketRecord, answer: Answer<'_>, link: &str) -> Letter {
    let person = one_line(answer.person, NAME_CHARS);
    let words = lines(answer.words);
    let reference = &ticket.reference;
    let asked = quoted(&ticket.question);
    let values = [
        ("person", person.as_str()),
        ("site", site),
        ("words", &words),
        ("link", link),
        ("asked", &asked),
        ("reference", reference),
    ];
    let body = filled(Words::of(&ticket.lang).reply, &values);
    Letter {
        subject: format!("Re: {} [{reference}]", one_line(&ticket.question, SUBJECT_CHARS)),
        body,
    }
}

/// The receipt of a handoff: who answers by when (`words`), what was asked, and where to add to it.
pub fn receipt_letter(site: &str, ticket: &TicketRecord, words: &str, link: &str) -> Letter {
    let words = lines(words);
    let reference = &ticket.reference;
    let asked = quoted(&ticket.question);
    let texts = Words::of(&ticket.lang);
    let subject = filled(texts.receipt_subject, &[("site", site), ("reference", reference)]);
    let body = filled(texts.receipt, &[("words", &words), ("link", link), ("asked", &asked)]);
    Letter {
        subject: one_line(&subject, 2 * NAME_CHARS),
        body,
    }
}

/// What staff are told about a ticket.
pub fn alert_letter(site: &str, alert: &Alert, ticket: &TicketRecord, zone: &TimeZone, link: &str) -> Letter {
    let reference = &ticket.reference;
    let in_words = |at: Timestamp| {
        at.to_zoned(zone.clone())
            .strftime("%A, %-d %B %Y, %H:%M %Z")
            .to_string()
    };
    let promised = in_words(ticket.promise_at);
    let (short, long) = match alert {
        Alert::PromiseSoon => (
            "Reply due soon",
            format!("The customer was promised a reply by {promised}, and nobody has answered yet."),
        ),
        Alert::PromiseMissed => (
            "Promise missed",
            format!("The customer was promised a reply by {promised}. Nobody has answered; they are still waiting."),
        ),
        Alert::Escalated { reason: Some(reason) } => (
            "Escalated to you",
            format!(
                "It was brought to you. The reason given: {}",
                one_line(reason, QUOTED_CHARS)
            ),
        ),
        Alert::Escalated { reason: None } => (
            "Escalated to you",
            "It was brought to you because the customer has waited too long.".to_owned(),
        ),
        Alert::UrgentOutOfHours => (
            "Urgent, out of hours",
            format!("It is urgent and nobody is on duty. The customer was promised a reply by {promised}."),
        ),
    };
    let waiting = match ticket.waiting_since {
        Some(since) => format!("Waiting since: {}\n", in_words(since)),
        None => String::new(),
    };
    let has = ticket
        .assignee
        .as_deref()
        .map_or_else(|| "nobody".to_owned(), |person| one_line(person, NAME_CHARS));
    let team = one_line(&ticket.team, NAME_CHARS);
    let asked = quoted(&ticket.question);
    Letter {
        subject: one_line(&format!("[{site}] {short}: {reference} ({team})"), 2 * NAME_CHARS),
        body: format!(
            "{long}\n\nTicket: {reference}\nTeam: {team}\nTaken by: {has}\n{waiting}\n{asked}\n\nOpen it:\n{link}\n"
        ),
    }
}

/// The text in one line of at most `most` characters, without anything that could end the line.
pub fn one_line(text: &str, most: usize) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    shortened(&visible.split_whitespace().collect::<Vec<_>>().join(" "), most)
}

/// The text with `\n` as its only line end and control character.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = text
        .chars()
        .filter(|&c| c == '\n' || c == '\t' || !c.is_control())
        .collect();
    kept.trim().to_owned()
}

fn quoted(text: &str) -> String {
    let text = shortened(&lines(text), QUOTED_CHARS);
    text.lines()
        .map(|line| format!("> {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
#[path = "letters_tests.rs"]
mod tests;
