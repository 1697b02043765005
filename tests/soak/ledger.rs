//! What servers have acknowledged: all of it has to be there at the end.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tanya::store::{EventKind, TurnKind};

/// One entry of a ticket's history: what, who, when.
pub type Entry = (EventKind, String, String);

/// A message of a customer or a reply of an agent.
#[derive(Debug, Clone)]
pub struct SaidTurn {
    /// Where.
    pub conversation: String,
    /// The number that it was acknowledged with.
    pub number: i64,
    /// Who speaks.
    pub kind: TurnKind,
    /// Its idempotency key.
    pub key: String,
    /// The words; nobody says the same twice.
    pub text: String,
}

/// A conversation that went to people.
#[derive(Debug, Clone)]
pub struct Handoff {
    /// Which.
    pub conversation: String,
    /// Its ticket.
    pub reference: String,
}

/// A claim.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The ticket.
    pub reference: String,
    /// Who has it, by their id.
    pub by: String,
    /// Entries in the history, with the claim.
    pub entries: usize,
}

/// Everything that was acknowledged.
#[derive(Debug, Clone, Default)]
pub struct Acknowledged {
    /// Messages and replies.
    pub said: Vec<SaidTurn>,
    /// Handoffs.
    pub handoffs: Vec<Handoff>,
    /// Claims.
    pub claims: Vec<Claim>,
    /// Histories of tickets as they were shown.
    pub histories: Vec<(String, Vec<Entry>)>,
}

impl Acknowledged {
    /// In one line.
    pub fn summary(&self) -> String {
        let replies = self.said.iter().filter(|said| said.kind == TurnKind::Person).count();
        format!(
            "{} messages, {} handoffs, {} claims, {replies} replies",
            self.said.len() - replies,
            self.handoffs.len(),
            self.claims.len()
        )
    }
}

/// Filled by many clients.
#[derive(Default)]
pub struct Ledger(Mutex<Acknowledged>);

impl Ledger {
    /// Adds something.
    pub fn add(&self, add: impl FnOnce(&mut Acknowledged)) {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A ticket as a server has shown it.
    pub fn shown(&self, ticket: &Value) {
        let reference = ticket["reference"].as_str().expect("a reference").to_owned();
        self.add(|all| all.histories.push((reference, history(ticket))));
    }

    /// All of it.
    pub fn all(&self) -> Acknowledged {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The history of a ticket on the wire.
pub fn history(ticket: &Value) -> Vec<Entry> {
    let events = ticket["events"].as_array().expect("a history");
    let text = |event: &Value, field: &str| event[field].as_str().expect("a text").to_owned();
    let kind = |event: &Value| serde_json::from_value(event["kind"].clone()).expect("a kind");
    events
        .iter()
        .map(|event| (kind(event), text(event, "by"), text(event, "at")))
        .collect()
}
