//! The ticket as it goes over the wire.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    answer::HandoffReason,
    store::{EventKind, TicketOutcome, TicketRecord, TicketState},
};

/// A question that was handed over to people, with all that is known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ticket {
    /// What the customer quotes, e.g. `T-7K3F-9QXM`.
    pub reference: String,
    /// Where it stands.
    pub state: TicketState,
    /// 1 low, 2 normal, 3 high, 4 urgent.
    pub priority: i64,
    /// Words that rules and people put on it.
    pub tags: Vec<String>,
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
    /// Where it came in: `chat`, `form`, `api`, `page`, `cli`.
    pub channel: String,
    /// Id of its conversation.
    pub conversation: Option<String>,
    /// Who the host site says the customer is, signed.
    pub customer: Option<String>,
    /// What they want to be called.
    pub customer_name: Option<String>,
    /// E-mail address to answer to, if one was given.
    pub contact: Option<String>,
    /// Where to call back, if they want that.
    pub phone: Option<String>,
    /// What it is about, if they said so.
    pub order_number: Option<String>,
    /// How urgent they say it is: `low`, `normal`, `high`.
    pub urgency: Option<String>,
    /// Claims about the visitor; unsigned.
    pub context: Map<String, Value>,
    /// The nearest article, which was not good enough.
    pub nearest: Option<Nearest>,
    /// Probability that it would have answered the question.
    pub confidence: f64,
    /// Id of the decision.
    pub decision: String,
    /// Whether it counts against the capacity of whoever has it.
    pub complex: bool,
    /// Id of the person who has it.
    pub assignee: Option<String>,
    /// Until when an untouched claim holds, RFC 3339; without it, the assignment stays.
    pub claimed_until: Option<String>,
    /// When it was opened, RFC 3339.
    pub opened_at: String,
    /// By when a person answers, RFC 3339.
    pub promise_at: String,
    /// Whether that was so; unknown before the first reply or the missed promise.
    pub promise_kept: Option<bool>,
    /// The customer's first message that nobody has answered, RFC 3339.
    pub waiting_since: Option<String>,
    /// When a person replied for the first time, RFC 3339.
    pub first_reply_at: Option<String>,
    /// Target of the first reply, RFC 3339.
    pub first_due_at: Option<String>,
    /// Target of the next reply, RFC 3339; absent while the customer does not wait.
    pub next_due_at: Option<String>,
    /// Target of the resolution, RFC 3339.
    pub resolve_due_at: Option<String>,
    /// When it comes back from being put aside, RFC 3339.
    pub snoozed_until: Option<String>,
    /// Steps of the ladder of escalation that it has climbed.
    pub escalation: i64,
    /// The ticket that it goes on in.
    pub merged_into: Option<String>,
    /// How it ended, once that is known.
    pub outcome: Option<TicketOutcome>,
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
    /// What belongs to it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
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
        let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string());
        Ticket {
            reference: record.reference,
            state: record.state,
            priority: record.priority,
            tags: record.tags,
            team: record.team,
            reason: record.reason,
            topic: record.topic,
            question: record.question,
            language: record.lang,
            channel: record.channel,
            conversation: record.conversation,
            customer: record.customer,
            customer_name: record.customer_name,
            contact: record.contact,
            phone: record.phone,
            order_number: record.order_number,
            urgency: record.urgency,
            context: record.context,
            nearest: record.nearest.map(|nearest| Nearest {
                article: nearest.id,
                title: nearest.title,
            }),
            confidence: record.confidence,
            decision: record.decision,
            complex: record.complex,
            assignee: record.assignee,
            claimed_until: time(record.claimed_until),
            opened_at: record.opened_at.to_string(),
            promise_at: record.promise_at.to_string(),
            promise_kept: record.promise_kept,
            waiting_since: time(record.waiting_since),
            first_reply_at: time(record.first_reply_at),
            first_due_at: time(record.first_due_at),
            next_due_at: time(record.next_due_at),
            resolve_due_at: time(record.resolve_due_at),
            snoozed_until: time(record.snoozed_until),
            escalation: record.escalation,
            merged_into: record.merged_into,
            outcome: record.outcome,
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
                    data: event.data,
                    at: event.at.to_string(),
                })
                .collect(),
        }
    }
}

/// A ticket for tests.
#[cfg(test)]
pub(crate) fn example_ticket() -> Ticket {
    Ticket {
        reference: "T-7K3F-9QXM".into(),
        state: TicketState::Open,
        priority: 2,
        tags: Vec::new(),
        team: "support".into(),
        reason: HandoffReason::LowConfidence,
        topic: None,
        question: "?".into(),
        language: "en".into(),
        channel: "form".into(),
        conversation: None,
        customer: None,
        customer_name: None,
        contact: None,
        phone: None,
        order_number: None,
        urgency: None,
        context: Map::new(),
        nearest: None,
        confidence: 0.0,
        decision: "01J".into(),
        complex: false,
        assignee: None,
        claimed_until: None,
        opened_at: "2026-11-23T02:30:00Z".into(),
        promise_at: "2026-11-24T02:30:00Z".into(),
        promise_kept: None,
        waiting_since: None,
        first_reply_at: None,
        first_due_at: None,
        next_due_at: None,
        resolve_due_at: None,
        snoozed_until: None,
        escalation: 0,
        merged_into: None,
        outcome: None,
        resolved_at: None,
        resolved_by: None,
        note: None,
        version: 1,
        events: Vec::new(),
    }
}
