//! The ticket as it goes over the wire.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    answer::HandoffReason,
    store::{EventKind, TicketRecord, TicketState},
};

/// A question that was handed over to people, with all that is known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ticket {
    /// What the customer quotes, e.g. `T-7K3F-9QXM`.
    pub reference: String,
    /// Where it stands.
    pub state: TicketState,
    /// The team it goes to.
    pub team: String,
    /// Why it was handed over.
    pub reason: HandoffReason,
    /// The sensitive topic, e.g. `billing`, if one took it.
    pub topic: Option<String>,
    /// The words, as typed.
    pub question: String,
    /// Language of the question.
    pub language: String,
    /// E-mail address to answer to, if one was given.
    pub contact: Option<String>,
    /// Claims about the visitor; unsigned.
    pub context: Map<String, Value>,
    /// The nearest article, which was not good enough.
    pub nearest: Option<Nearest>,
    /// Probability that it would have answered the question.
    pub confidence: f64,
    /// Id of the decision.
    pub decision: String,
    /// When it was opened, RFC 3339.
    pub opened_at: String,
    /// By when a person answers, RFC 3339.
    pub promise_at: String,
    /// When it was resolved, RFC 3339.
    pub resolved_at: Option<String>,
    /// By whom.
    pub resolved_by: Option<String>,
    /// What they noted.
    pub note: Option<String>,
    /// Goes up with every change; send it along to change what you have seen and nothing newer.
    pub version: i64,
    /// What happened, oldest first.
    pub events: Vec<TicketEvent>,
}

/// The article that came nearest to the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Nearest {
    /// Its id.
    pub article: String,
    /// Its title when the question was asked.
    pub title: String,
}

/// One thing that happened to a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TicketEvent {
    /// What.
    pub kind: EventKind,
    /// Who did it.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
}

/// One page of tickets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketList {
    /// In the order asked for.
    pub tickets: Vec<Ticket>,
    /// Send it as `cursor` to get the next page; absent on the last one.
    pub next: Option<String>,
}

impl From<TicketRecord> for Ticket {
    fn from(record: TicketRecord) -> Self {
        Ticket {
            reference: record.reference,
            state: record.state,
            team: record.team,
            reason: record.reason,
            topic: record.topic,
            question: record.question,
            language: record.lang,
            contact: record.contact,
            context: record.context,
            nearest: record.nearest.map(|nearest| Nearest {
                article: nearest.id,
                title: nearest.title,
            }),
            confidence: record.confidence,
            decision: record.decision,
            opened_at: record.opened_at.to_string(),
            promise_at: record.promise_at.to_string(),
            resolved_at: record.resolved_at.map(|at| at.to_string()),
            resolved_by: record.resolved_by,
            note: record.note,
            version: record.version,
            events: record
                .events
                .into_iter()
                .map(|event| TicketEvent {
                    kind: event.kind,
                    by: event.who,
                    at: event.at.to_string(),
                })
                .collect(),
        }
    }
}
