//! A ticket as it is kept: a question that was handed over to people, and what happened to it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::answer::HandoffReason;

use super::NearestArticle;

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// A person has to write next.
    Open,
    /// The customer has to write next.
    Waiting,
    /// It was put aside until later.
    Snoozed,
    /// Staff think that it is solved.
    Resolved,
    /// It goes on in another ticket.
    Merged,
}

impl TicketState {
    /// All of them.
    pub const ALL: [TicketState; 5] = [
        TicketState::Open,
        TicketState::Waiting,
        TicketState::Snoozed,
        TicketState::Resolved,
        TicketState::Merged,
    ];

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            TicketState::Open => "open",
            TicketState::Waiting => "waiting",
            TicketState::Snoozed => "snoozed",
            TicketState::Resolved => "resolved",
            TicketState::Merged => "merged",
        }
    }

    /// The one with this wire word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

impl fmt::Display for TicketState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TicketState {
    /// Whether somebody still has to do something about it.
    pub fn is_running(self) -> bool {
        matches!(self, TicketState::Open | TicketState::Waiting | TicketState::Snoozed)
    }
}

/// How a ticket ended. Silence is never counted as help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketOutcome {
    /// The customer said that it is solved.
    Confirmed,
    /// Nobody said anything more.
    Assumed,
    /// The customer said that it is not solved.
    Unresolved,
    /// A manager ended it.
    EndedByStaff,
}

impl TicketOutcome {
    /// All of them.
    pub const ALL: [TicketOutcome; 4] = [
        TicketOutcome::Confirmed,
        TicketOutcome::Assumed,
        TicketOutcome::Unresolved,
        TicketOutcome::EndedByStaff,
    ];

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            TicketOutcome::Confirmed => "confirmed",
            TicketOutcome::Assumed => "assumed",
            TicketOutcome::Unresolved => "unresolved",
            TicketOutcome::EndedByStaff => "ended_by_staff",
        }
    }

    /// The one with this wire word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

impl fmt::Display for TicketOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What happened to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// It was opened.
    Opened,
    /// Somebody took it for a while.
    Claimed,
    /// They gave it back.
    Released,
    /// The claim ran out untouched.
    Returned,
    /// It was given to somebody.
    Assigned,
    /// It went to another team.
    Routed,
    /// Priority or tags were changed.
    Changed,
    /// A person replied.
    Replied,
    /// The customer wrote.
    Wrote,
    /// Somebody left a note.
    Noted,
    /// It was put aside until later.
    Snoozed,
    /// Later has come.
    Woke,
    /// It was merged into another one.
    Merged,
    /// Another one was merged into it.
    Absorbed,
    /// It was brought to a manager.
    Escalated,
    /// It was given back to the bot.
    HandedBack,
    /// The customer left or corrected details.
    Details,
    /// It was resolved.
    Resolved,
    /// The customer wrote again after that.
    Reopened,
    /// The customer said that it is solved.
    Confirmed,
    /// The customer said that it is not.
    Disputed,
    /// Nobody said anything more.
    FellSilent,
    /// A manager ended it.
    Ended,
    /// The customer rated it.
    Rated,
}

impl EventKind {
    /// All of them.
    pub const ALL: [EventKind; 24] = [
        EventKind::Opened,
        EventKind::Claimed,
        EventKind::Released,
        EventKind::Returned,
        EventKind::Assigned,
        EventKind::Routed,
        EventKind::Changed,
        EventKind::Replied,
        EventKind::Wrote,
        EventKind::Noted,
        EventKind::Snoozed,
        EventKind::Woke,
        EventKind::Merged,
        EventKind::Absorbed,
        EventKind::Escalated,
        EventKind::HandedBack,
        EventKind::Details,
        EventKind::Resolved,
        EventKind::Reopened,
        EventKind::Confirmed,
        EventKind::Disputed,
        EventKind::FellSilent,
        EventKind::Ended,
        EventKind::Rated,
    ];

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Opened => "opened",
            EventKind::Claimed => "claimed",
            EventKind::Released => "released",
            EventKind::Returned => "returned",
            EventKind::Assigned => "assigned",
            EventKind::Routed => "routed",
            EventKind::Changed => "changed",
            EventKind::Replied => "replied",
            EventKind::Wrote => "wrote",
            EventKind::Noted => "noted",
            EventKind::Snoozed => "snoozed",
            EventKind::Woke => "woke",
            EventKind::Merged => "merged",
            EventKind::Absorbed => "absorbed",
            EventKind::Escalated => "escalated",
            EventKind::HandedBack => "handed_back",
            EventKind::Details => "details",
            EventKind::Resolved => "resolved",
            EventKind::Reopened => "reopened",
            EventKind::Confirmed => "confirmed",
            EventKind::Disputed => "disputed",
            EventKind::FellSilent => "fell_silent",
            EventKind::Ended => "ended",
            EventKind::Rated => "rated",
        }
    }

    /// The one with this wire word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that happened to a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketEvent {
    /// The version that the ticket had after it.
    pub number: i64,
    /// What.
    pub kind: EventKind,
    /// Who did it: a person's name, `customer`, `bot`, `clock`.
    pub who: String,
    /// What belongs to it.
    pub data: Map<String, Value>,
    /// When.
    pub at: Timestamp,
}

/// A ticket as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketRecord {
    /// Unique; what the customer quotes.
    pub reference: String,
    /// Goes up by one with every change; 0 before it is kept.
    pub version: i64,
    /// Where it stands.
    pub state: TicketState,
    /// The team it goes to.
    pub team: String,
    /// 1 low, 2 normal, 3 high, 4 urgent.
    pub priority: i64,
    /// Words that rules and people put on it.
    pub tags: Vec<String>,
    /// Why it was handed over.
    pub reason: HandoffReason,
    /// The sensitive topic, if one took it.
    pub topic: Option<String>,
    /// The words, after secrets were taken out.
    pub question: String,
    /// Language of the question.
    pub lang: String,
    /// Where it came in: `chat`, `form`, `api`, `page`, `cli`.
    pub channel: String,
    /// Id of its conversation; tickets of the first versions have none.
    pub conversation: Option<String>,
    /// Number of the episode that it came from.
    pub episode: Option<i64>,
    /// Who the host site says the customer is, signed.
    pub customer: Option<String>,
    /// What they want to be called.
    pub customer_name: Option<String>,
    /// Where to answer: an e-mail address.
    pub contact: Option<String>,
    /// Where to call back.
    pub phone: Option<String>,
    /// What it is about, if they said so.
    pub order_number: Option<String>,
    /// How urgent the customer says it is: `low`, `normal`, `high`.
    pub urgency: Option<String>,
    /// Claims about the visitor.
    pub context: Map<String, Value>,
    /// The first candidate, which was not good enough.
    pub nearest: Option<NearestArticle>,
    /// Probability that it would have answered the question.
    pub confidence: f64,
    /// Id of the decision.
    pub decision: String,
    /// What makes a repeated request the same request.
    pub idempotency_key: Option<String>,
    /// Whether it counts against the capacity of whoever has it.
    pub complex: bool,
    /// Id of the person who has it.
    pub assignee: Option<String>,
    /// Until when an untouched claim holds; without it, the assignment stays.
    pub claimed_until: Option<Timestamp>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// By when a person answers, as the customer was told.
    pub promise_at: Timestamp,
    /// Whether that was so; unknown before the first reply or the missed promise.
    pub promise_kept: Option<bool>,
    /// From when on staff are to be warned that the promise will be missed; nothing once they were.
    pub warn_at: Option<Timestamp>,
    /// The customer's first message that nobody has answered.
    pub waiting_since: Option<Timestamp>,
    /// When a person replied for the first time.
    pub first_reply_at: Option<Timestamp>,
    /// Target of the first reply.
    pub first_due_at: Option<Timestamp>,
    /// Target of the next reply.
    pub next_due_at: Option<Timestamp>,
    /// Target of the resolution.
    pub resolve_due_at: Option<Timestamp>,
    /// When it comes back.
    pub snoozed_until: Option<Timestamp>,
    /// Its target times where they are not the usual ones, in business minutes: `first`, `next`, `resolve`.
    pub targets: Map<String, Value>,
    /// Steps of the ladder that it has climbed.
    pub escalation: i64,
    /// When it climbs the next one.
    pub escalate_at: Option<Timestamp>,
    /// The ticket that it goes on in.
    pub merged_into: Option<String>,
    /// How it ended, once that is known.
    pub outcome: Option<TicketOutcome>,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// By whom: a name.
    pub resolved_by: Option<String>,
    /// What they noted.
    pub note: Option<String>,
    /// What happened, oldest first.
    pub events: Vec<TicketEvent>,
}
