//! Customers and agents as clients: they try again until they are told that it is done, and write down what they were told.

use std::{thread, time::Duration};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tanya::store::{EventKind, TurnKind};

use crate::{
    ledger::{Claim, Handoff, Ledger, SaidTurn, history},
    servers::{Caller, Servers},
};

/// Somebody with a conversation.
pub struct Customer<'a> {
    caller: Caller<'a>,
    ledger: &'a Ledger,
    /// Id of the conversation.
    pub conversation: String,
    /// What goes into the `Authorization` header.
    pub authorization: String,
}

impl<'a> Customer<'a> {
    /// Begins a conversation, on the server of number `turn` if that is there.
    pub fn begin(servers: &'a Servers, turn: usize, ledger: &'a Ledger) -> Customer<'a> {
        let mut caller = Caller::new(servers, turn);
        let begun = caller.call("POST", "/api/v1/conversations", &[], Some(&json!({"lang": "en"})));
        assert_eq!(begun.reply.status, 201, "{}", begun.reply.body);
        let begun = begun.reply.json();
        let text = |field: &str| begun[field].as_str().expect("a text").to_owned();
        Customer {
            caller,
            ledger,
            conversation: text("id"),
            authorization: format!("Bearer {}", text("secret")),
        }
    }

    /// Says something; returns its number.
    pub fn say(&mut self, text: &str, key: &str) -> i64 {
        let path = format!("/api/v1/conversations/{}/turns", self.conversation);
        let headers = [("Authorization", self.authorization.as_str()), ("Idempotency-Key", key)];
        let said = self.caller.call("POST", &path, &headers, Some(&json!({"text": text})));
        assert_eq!(said.reply.status, 201, "{}", said.reply.body);
        let turn = &said.reply.json()["turn"];
        assert_eq!(turn["text"], text, "kept as it was said");
        let number = turn["number"].as_i64().expect("a number");
        let said = SaidTurn {
            conversation: self.conversation.clone(),
            number,
            kind: TurnKind::Customer,
            key: key.to_owned(),
            text: text.to_owned(),
        };
        self.ledger.add(|all| all.said.push(said));
        number
    }

    /// Wants a person; returns the ticket's reference.
    pub fn want_person(&mut self) -> String {
        let path = format!("/api/v1/conversations/{}/person", self.conversation);
        let headers = [("Authorization", self.authorization.as_str())];
        let shown = self.caller.call("POST", &path, &headers, None);
        assert_eq!(shown.reply.status, 200, "{}", shown.reply.body);
        let shown = shown.reply.json();
        let reference = shown["ticket"].as_str().expect("a ticket").to_owned();
        let receipts = shown["turns"].as_array().expect("turns").iter();
        assert_eq!(receipts.filter(|turn| turn["kind"] == "receipt").count(), 1, "{shown}");
        let handoff = Handoff {
            conversation: self.conversation.clone(),
            reference: reference.clone(),
        };
        self.ledger.add(|all| all.handoffs.push(handoff));
        reference
    }
}

/// Customers come one after the other: some ask the bot first, all want a person, and go on writing.
pub fn customers(servers: &Servers, turn: usize, ledger: &Ledger, mut rng: ChaCha8Rng) {
    while !servers.are_stopping() {
        let mut customer = Customer::begin(servers, turn, ledger);
        for _ in 0..rng.random_range(0..3) {
            let word = word(&mut rng);
            customer.say(&format!("How coarse is the grind for a {word}?"), &word);
        }
        customer.want_person();
        for _ in 0..rng.random_range(1..8) {
            let word = word(&mut rng);
            customer.say(&format!("One more thing about my {word}."), &word);
            pause(&mut rng);
        }
    }
}

/// Somebody at the desk.
pub struct Agent<'a> {
    caller: Caller<'a>,
    ledger: &'a Ledger,
    /// As the history names them.
    name: &'static str,
    /// As tickets name whoever has them.
    id: String,
    authorization: String,
}

impl<'a> Agent<'a> {
    /// One with this name and token, on the server of number `turn` if that is there.
    pub fn new(servers: &'a Servers, turn: usize, ledger: &'a Ledger, (name, token): (&'static str, &str)) -> Self {
        Agent {
            caller: Caller::new(servers, turn),
            ledger,
            name,
            id: id_of(name),
            authorization: format!("Bearer {token}"),
        }
    }

    fn get(&mut self, path: &str) -> Value {
        let headers = [("Authorization", self.authorization.as_str())];
        let shown = self.caller.call("GET", path, &headers, None);
        assert_eq!(shown.reply.status, 200, "{path}: {}", shown.reply.body);
        shown.reply.json()
    }

    /// The ticket, as it stands.
    pub fn ticket(&mut self, reference: &str) -> Value {
        let ticket = self.get(&format!("/api/v1/tickets/{reference}"));
        self.ledger.shown(&ticket);
        ticket
    }

    /// Tries to take a ticket; returns it if that worked.
    pub fn claim(&mut self, ticket: &Value) -> Option<Value> {
        let reference = ticket["reference"].as_str().expect("a reference");
        let etag = etag(ticket);
        let headers = [
            ("Authorization", self.authorization.as_str()),
            ("If-Match", etag.as_str()),
        ];
        let path = format!("/api/v1/tickets/{reference}/claim");
        let claimed = self.caller.call("POST", &path, &headers, None);
        let ticket = match claimed.reply.status {
            200 => claimed.reply.json(),
            // The first try may have been heard, although nobody said so.
            409 | 412 if claimed.repeated => self.ticket(reference),
            409 | 412 => return None,
            other => panic!("a claim got {other}: {}", claimed.reply.body),
        };
        self.ledger.shown(&ticket);
        let entries = history(&ticket);
        let mine = entries
            .iter()
            .rposition(|(kind, by, _)| *kind == EventKind::Claimed && by == self.name);
        let mine = mine.filter(|_| ticket["assignee"] == *self.id)?;
        let claim = Claim {
            reference: reference.to_owned(),
            by: self.id.clone(),
            entries: mine + 1,
        };
        self.ledger.add(|all| all.claims.push(claim));
        Some(ticket)
    }

    /// Answers; looks again if the customer wrote in between. `None` if somebody else has it by then.
    pub fn reply(&mut self, ticket: &Value, text: &str, key: &str) -> Option<Value> {
        let reference = ticket["reference"].as_str().expect("a reference").to_owned();
        let path = format!("/api/v1/tickets/{reference}/reply");
        let mut etag = etag(ticket);
        loop {
            let headers = [
                ("Authorization", self.authorization.as_str()),
                ("If-Match", etag.as_str()),
                ("Idempotency-Key", key),
            ];
            let sent = self.caller.call("POST", &path, &headers, Some(&json!({"text": text})));
            match sent.reply.status {
                200 => {
                    let sent = sent.reply.json();
                    self.replied(&sent, key, text);
                    return Some(sent["ticket"].clone());
                }
                412 => etag = self::etag(&self.ticket(&reference)),
                409 => return None,
                other => panic!("a reply got {other}: {}", sent.reply.body),
            }
        }
    }

    fn replied(&self, sent: &Value, key: &str, text: &str) {
        self.ledger.shown(&sent["ticket"]);
        let said = SaidTurn {
            conversation: sent["ticket"]["conversation"]
                .as_str()
                .expect("a conversation")
                .to_owned(),
            number: sent["turn"]["number"].as_i64().expect("a number"),
            kind: TurnKind::Person,
            key: key.to_owned(),
            text: text.to_owned(),
        };
        self.ledger.add(|all| all.said.push(said));
    }

    /// Gives it back, or calls it solved, if nothing happened in between.
    fn finish(&mut self, ticket: &Value, path: &str, body: &Value) {
        let etag = etag(ticket);
        let headers = [
            ("Authorization", self.authorization.as_str()),
            ("If-Match", etag.as_str()),
        ];
        let reference = ticket["reference"].as_str().expect("a reference");
        let path = format!("/api/v1/tickets/{reference}/{path}");
        let done = self.caller.call("POST", &path, &headers, Some(body));
        match done.reply.status {
            200 => self.ledger.shown(&done.reply.json()),
            409 | 412 => {}
            other => panic!("{path} got {other}: {}", done.reply.body),
        }
    }
}

/// An agent works the queue.
pub fn work(mut agent: Agent<'_>, servers: &Servers, mut rng: ChaCha8Rng) {
    while !servers.are_stopping() {
        pause(&mut rng);
        let page = agent.get("/api/v1/tickets?state=open&limit=30");
        let tickets = page["tickets"].as_array().expect("tickets");
        let free = |ticket: &&Value| ticket["assignee"].is_null() || ticket["assignee"] == *agent.id;
        let free: Vec<&Value> = tickets.iter().filter(free).collect();
        if free.is_empty() {
            continue;
        }
        let Some(ticket) = agent.claim(free[rng.random_range(0..free.len())]) else {
            continue;
        };
        match rng.random_range(0..10) {
            0..6 => {
                let word = word(&mut rng);
                let replied = agent.reply(&ticket, &format!("We have looked after your {word}."), &word);
                if let Some(ticket) = replied.filter(|_| rng.random_bool(0.3)) {
                    agent.finish(&ticket, "resolve", &json!({"version": ticket["version"]}));
                }
            }
            6..8 => agent.finish(&ticket, "acts", &json!({"act": "release"})),
            _ => {}
        }
    }
}

/// How tickets name whoever has them, if it is a token.
pub fn id_of(name: &str) -> String {
    format!("token:{name}")
}

fn etag(ticket: &Value) -> String {
    format!("\"{}\"", ticket["version"])
}

/// A word that nobody else says.
pub fn word(rng: &mut ChaCha8Rng) -> String {
    (0..14).map(|_| char::from(rng.random_range(b'a'..=b'z'))).collect()
}

fn pause(rng: &mut ChaCha8Rng) {
    thread::sleep(Duration::from_millis(rng.random_range(0..25)));
}
