//! The life of a ticket: which act is allowed in which state, and what it changes. Pure; time comes in.
//!
//! Two rules hold everything together. The clock of the customer starts at their first message that nobody has answered
//! and stops only with a reply: a claim, an assignment, another team or a note change nothing about it. And a ticket is
//! closed as solved only by the customer's word; staff can say that they think so ([`Act::Resolve`]), silence is written
//! down as silence.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::store::{EventKind, TicketEvent, TicketOutcome, TicketRecord, TicketState};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// A person's id; `customer`, `bot`, `clock`, or `token:NAME`.
    pub id: String,
    /// What goes into the history.
    pub name: String,
    /// Whether they may do what only managers may.
    pub manages: bool,
}

impl Actor {
    /// The customer.
    pub fn customer() -> Self {
        Actor::named("customer")
    }

    /// What happens by itself.
    pub fn clock() -> Self {
        Actor::named("clock")
    }

    /// One without rights of a manager.
    pub fn named(name: &str) -> Self {
        Actor {
            id: name.to_owned(),
            name: name.to_owned(),
            manages: false,
        }
    }
}

/// When replies are due, counted in business time; asked at the moment of the act.
pub trait Clocks {
    /// Target of the next reply after a message at `from`.
    fn next_due(&self, ticket: &TicketRecord, from: Timestamp) -> Option<Timestamp>;
    /// When the ladder's step after `step` is climbed, if the customer has waited since `from`.
    fn climb_at(&self, ticket: &TicketRecord, step: i64, from: Timestamp) -> Option<Timestamp>;
}

/// What somebody does with a ticket.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Takes it until then; an untouched claim gives it back.
    Claim {
        /// When the claim runs out.
        until: Timestamp,
    },
    /// Gives it back.
    Release,
    /// Gives it to somebody (id), or to nobody.
    Assign {
        /// The person's id.
        to: Option<String>,
        /// For the history.
        name: String,
    },
    /// Gives it to another team.
    Route {
        /// The team.
        team: String,
    },
    /// Sets priority (1 to 4) and tags.
    Change {
        /// The new priority.
        priority: Option<i64>,
        /// The new tags.
        tags: Option<Vec<String>>,
    },
    /// Answers the customer.
    Reply,
    /// Leaves a note for colleagues.
    Note,
    /// Puts it aside; the customer's next message brings it back at once.
    Snooze {
        /// Until then.
        until: Timestamp,
    },
    /// Later has come.
    Wake,
    /// Brings it to a manager.
    Escalate {
        /// Why.
        reason: String,
    },
    /// The claim ran out.
    LeaseEnded,
    /// The customer has waited too long: up the ladder.
    Climb,
    /// The promise is about to pass without a reply.
    PromiseSoon,
    /// The promise has passed without a reply.
    PromiseMissed,
    /// Thinks that it is solved.
    Resolve {
        /// For colleagues.
        note: Option<String>,
    },
    /// The customer writes.
    Write,
    /// The customer leaves or corrects details.
    Details(Details),
    /// The customer says that it is solved.
    Confirm,
    /// The customer says that it is not solved.
    Dispute,
    /// Nobody has said anything more for long enough.
    FallSilent,
    /// Goes back to the bot.
    HandBack,
    /// Ends it against the customer's will; managers only.
    End {
        /// Why; required.
        reason: String,
    },
    /// Goes on in another ticket.
    Merge {
        /// Its reference.
        into: String,
    },
    /// Another ticket goes on in this one.
    Absorb {
        /// Its reference.
        other: String,
        /// Since when its customer waits.
        waiting_since: Option<Timestamp>,
    },
    /// The customer rates it, 1 to 5.
    Rate {
        /// The rating.
        rating: i64,
    },
}

/// What a customer may leave or correct; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// E-mail address.
    pub email: Option<String>,
    /// Order number.
    pub order_number: Option<String>,
    /// `low`, `normal` or `high`.
    pub urgency: Option<String>,
    /// Where to call back.
    pub phone: Option<String>,
    /// What they want to be called.
    pub name: Option<String>,
}

/// Why an act is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The ticket's state does not allow it.
    #[error("ticket {reference} is {state}{}: that cannot be done now", by.as_ref().map(|by| format!(" (by {by})")).unwrap_or_default())]
    State {
        /// The ticket.
        reference: String,
        /// Its state.
        state: TicketState,
        /// Who resolved it, if it is resolved.
        by: Option<String>,
    },
    /// Somebody else has it.
    #[error("ticket {reference} is taken by somebody else")]
    Taken {
        /// The ticket.
        reference: String,
        /// Who has it: a person's id.
        by: String,
    },
    /// The ticket has changed since the actor looked at it.
    #[error("ticket {reference} has changed meanwhile (its version is now {version})")]
    Changed {
        /// The ticket.
        reference: String,
        /// Its state now.
        state: TicketState,
        /// Its version now.
        version: i64,
        /// Who resolved it, if it is resolved.
        by: Option<String>,
    },
    /// Whoever would get it has as many complex tickets as they may have.
    #[error("{} {load} complex tickets, which is {} limit of {capacity}: finish one first",
        if *own { "you have" } else { "they have" }, if *own { "your" } else { "their" })]
    Full {
        /// Complex tickets that they have.
        load: i64,
        /// Complex tickets that they may have at a time.
        capacity: i64,
        /// Whether it is the actor who would get it.
        own: bool,
    },
    /// Only managers may do this.
    #[error("only a manager may do this")]
    ManagersOnly,
    /// The conversation does not allow it.
    #[error("{reason}")]
    NotNow {
        /// What stands in the way.
        reason: &'static str,
    },
    /// A value is not allowed.
    #[error("{field} {reason}")]
    Invalid {
        /// The field, as on the wire.
        field: &'static str,
        /// What is allowed.
        reason: String,
    },
}

/// Checks that the actor has seen the present version.
///
/// # Errors
/// [`Refusal::Changed`].
pub fn check_version(ticket: &TicketRecord, expected: Option<i64>) -> Result<(), Refusal> {
    match expected {
        Some(expected) if expected != ticket.version => Err(Refusal::Changed {
            reference: ticket.reference.clone(),
            state: ticket.state,
            version: ticket.version,
            by: ticket.resolved_by.clone(),
        }),
        _ => Ok(()),
    }
}

/// The ticket after the act, and what goes into its history.
///
/// # Errors
/// See [`Refusal`]; the ticket stays as it is.
pub fn apply(
    before: &TicketRecord,
    act: &Act,
    by: &Actor,
    now: Timestamp,
    clocks: &impl Clocks,
) -> Result<(TicketRecord, TicketEvent), Refusal> {
    allowed(before, act, by, now)?;
    let mut ticket = before.clone();
    let mut data = Map::new();
    let kind = match act {
        Act::Claim { until } => {
            ticket.assignee = Some(by.id.clone());
            ticket.claimed_until = Some(*until);
            data.insert("until".into(), until.to_string().into());
            EventKind::Claimed
        }
        Act::Release => {
            let_go(&mut ticket);
            EventKind::Released
        }
        Act::LeaseEnded => {
            if let Some(person) = &ticket.assignee {
                data.insert("person".into(), person.as_str().into());
            }
            let_go(&mut ticket);
            EventKind::Returned
        }
        Act::Assign { to, name } => {
            ticket.assignee.clone_from(to);
            ticket.claimed_until = None;
            data.insert("person".into(), to.as_deref().map_or(Value::Null, Value::from));
            data.insert("name".into(), name.as_str().into());
            EventKind::Assigned
        }
        Act::Route { team } => {
            data.insert("from".into(), ticket.team.as_str().into());
            data.insert("to".into(), team.as_str().into());
            ticket.team.clone_from(team);
            let_go(&mut ticket);
            EventKind::Routed
        }
        Act::Change { priority, tags } => {
            if let Some(priority) = priority {
                data.insert("priority".into(), json!([ticket.priority, priority]));
                ticket.priority = *priority;
            }
            if let Some(tags) = tags {
                ticket.tags = tags.clone();
                ticket.tags.sort();
                ticket.tags.dedup();
                data.insert("tags".into(), json!(ticket.tags));
            }
            EventKind::Changed
        }
        Act::Reply => {
            // Whoever answers has it from then on.
            ticket.assignee = Some(by.id.clone());
            ticket.claimed_until = None;
            ticket.state = TicketState::Waiting;
            ticket.snoozed_until = None;
            if ticket.first_reply_at.is_none() {
                ticket.first_reply_at = Some(now);
                ticket.promise_kept.get_or_insert(now <= ticket.promise_at);
            }
            if let Some(since) = ticket.waiting_since.take() {
                data.insert("waited_seconds".into(), (now.duration_since(since).as_secs()).into());
            }
            ticket.next_due_at = None;
            ticket.escalate_at = None;
            EventKind::Replied
        }
        Act::Note => {
            // A note on somebody else's ticket, or on nobody's, is no promise to deal with it.
            if ticket.assignee.as_deref() == Some(by.id.as_str()) {
                ticket.claimed_until = None;
            }
            EventKind::Noted
        }
        Act::Snooze { until } => {
            touch(&mut ticket, by);
            ticket.state = TicketState::Snoozed;
            ticket.snoozed_until = Some(*until);
            data.insert("until".into(), until.to_string().into());
            EventKind::Snoozed
        }
        Act::Wake => {
            ticket.state = awake(&ticket);
            ticket.snoozed_until = None;
            EventKind::Woke
        }
        Act::Escalate { reason } => {
            climb(&mut ticket, clocks);
            data.insert("reason".into(), reason.as_str().into());
            data.insert("step".into(), ticket.escalation.into());
            EventKind::Escalated
        }
        Act::Climb => {
            climb(&mut ticket, clocks);
            data.insert("step".into(), ticket.escalation.into());
            EventKind::Escalated
        }
        Act::PromiseSoon => {
            ticket.warn_at = None;
            data.insert("promise".into(), "soon".into());
            EventKind::Changed
        }
        Act::PromiseMissed => {
            ticket.promise_kept = Some(false);
            data.insert("promise".into(), "missed".into());
            EventKind::Changed
        }
        Act::Resolve { note } => {
            touch(&mut ticket, by);
            settle(&mut ticket, by, now);
            ticket.note.clone_from(note);
            EventKind::Resolved
        }
        Act::Write => {
            let again = ticket.state == TicketState::Resolved;
            reopen(&mut ticket, now, clocks);
            if again { EventKind::Reopened } else { EventKind::Wrote }
        }
        Act::Details(details) => {
            let changes = [
                ("email", &details.email, &mut ticket.contact),
                ("order_number", &details.order_number, &mut ticket.order_number),
                ("urgency", &details.urgency, &mut ticket.urgency),
                ("phone", &details.phone, &mut ticket.phone),
                ("name", &details.name, &mut ticket.customer_name),
            ];
            for (field, new, old) in changes {
                if new.is_some() && new != old {
                    old.clone_from(new);
                    data.insert(field.into(), true.into());
                }
            }
            EventKind::Details
        }
        Act::Confirm => {
            settle(&mut ticket, by, now);
            ticket.outcome = Some(TicketOutcome::Confirmed);
            EventKind::Confirmed
        }
        Act::Dispute => {
            reopen(&mut ticket, now, clocks);
            EventKind::Disputed
        }
        Act::FallSilent => {
            settle(&mut ticket, by, now);
            ticket.outcome = Some(TicketOutcome::Assumed);
            EventKind::FellSilent
        }
        Act::HandBack => {
            touch(&mut ticket, by);
            settle(&mut ticket, by, now);
            EventKind::HandedBack
        }
        Act::End { reason } => {
            settle(&mut ticket, by, now);
            ticket.outcome = Some(TicketOutcome::EndedByStaff);
            data.insert("reason".into(), reason.as_str().into());
            EventKind::Ended
        }
        Act::Merge { into } => {
            stop(&mut ticket);
            ticket.state = TicketState::Merged;
            ticket.merged_into = Some(into.clone());
            data.insert("into".into(), into.as_str().into());
            EventKind::Merged
        }
        Act::Absorb { other, waiting_since } => {
            data.insert("reference".into(), other.as_str().into());
            if let Some(since) = waiting_since {
                let since = ticket.waiting_since.map_or(*since, |own| own.min(*since));
                ticket.waiting_since = Some(since);
                ticket.state = TicketState::Open;
                ticket.snoozed_until = None;
                set_clocks(&mut ticket, since, clocks);
            }
            EventKind::Absorbed
        }
        Act::Rate { rating } => {
            data.insert("rating".into(), (*rating).into());
            EventKind::Rated
        }
    };
    let event = TicketEvent {
        number: before.events.len() as i64 + 1,
        kind,
        who: by.name.clone(),
        data,
        at: now,
    };
    Ok((ticket, event))
}

/// The clocks of a ticket that is being opened: they start at the customer's first message, which may be older.
pub fn start_clocks(ticket: &mut TicketRecord, since: Timestamp, clocks: &impl Clocks) {
    ticket.waiting_since = Some(since);
    set_clocks(ticket, since, clocks);
}

fn allowed(ticket: &TicketRecord, act: &Act, by: &Actor, now: Timestamp) -> Result<(), Refusal> {
    use TicketState::{Merged, Open, Resolved, Snoozed, Waiting};
    let running = ticket.state.is_running();
    let fits = match act {
        Act::Claim { .. } | Act::Assign { .. } | Act::Route { .. } | Act::Change { .. } | Act::Escalate { .. } => {
            running
        }
        Act::Release => running && ticket.assignee.is_some(),
        Act::Reply | Act::HandBack => matches!(ticket.state, Open | Waiting | Snoozed),
        Act::Note | Act::Rate { .. } => ticket.state != Merged,
        // How to reach somebody can be corrected whatever has become of their ticket.
        Act::Details(_) => true,
        Act::Snooze { .. } => matches!(ticket.state, Open | Waiting | Snoozed),
        Act::Wake => ticket.state == Snoozed,
        // The clock looks, and by the time that it acts things may have changed.
        Act::LeaseEnded => running && ticket.claimed_until.is_some_and(|until| until <= now),
        Act::Climb => running && ticket.escalate_at.is_some_and(|at| at <= now),
        // A snoozed one is none that the customer waits less for.
        Act::PromiseSoon => {
            matches!(ticket.state, Open | Snoozed)
                && ticket.promise_kept.is_none()
                && ticket.warn_at.is_some_and(|at| at < now)
                && now <= ticket.promise_at
        }
        Act::PromiseMissed => running && ticket.promise_kept.is_none() && ticket.promise_at < now,
        Act::Resolve { .. } | Act::End { .. } | Act::Merge { .. } => running,
        Act::Absorb { .. } => running,
        Act::Write | Act::Dispute => ticket.state != Merged && ticket.outcome != Some(TicketOutcome::EndedByStaff),
        // The customer's word counts more than their silence.
        Act::Confirm => ticket.state != Merged && matches!(ticket.outcome, None | Some(TicketOutcome::Assumed)),
        Act::FallSilent => ticket.state == Resolved && ticket.outcome.is_none() || ticket.state == Waiting,
    };
    if !fits {
        return Err(Refusal::State {
            reference: ticket.reference.clone(),
            state: ticket.state,
            by: ticket.resolved_by.clone(),
        });
    }
    let invalid = |field, reason: &str| {
        Err(Refusal::Invalid {
            field,
            reason: reason.to_owned(),
        })
    };
    match act {
        Act::Claim { .. } | Act::Release | Act::Resolve { .. } | Act::Reply | Act::HandBack => match &ticket.assignee {
            // Whoever manages may take it over; everybody else asks, or waits until the claim has run out.
            Some(has) if *has != by.id && !by.manages && !is_over(ticket, now) => Err(Refusal::Taken {
                reference: ticket.reference.clone(),
                by: has.clone(),
            }),
            _ => Ok(()),
        },
        Act::End { .. } if !by.manages => Err(Refusal::ManagersOnly),
        Act::End { reason } | Act::Escalate { reason } if reason.trim().is_empty() => {
            invalid("reason", "must not be empty")
        }
        Act::Change {
            priority: Some(priority),
            ..
        } if !(1..=4).contains(priority) => invalid("priority", "must be 1 (low) to 4 (urgent)"),
        Act::Rate { rating } if !(1..=5).contains(rating) => invalid("rating", "must be 1 (bad) to 5 (good)"),
        Act::Snooze { until } if *until <= now => invalid("until", "must lie in the future"),
        Act::Merge { into } if *into == ticket.reference => invalid("into", "must be another ticket"),
        _ => Ok(()),
    }
}

fn is_over(ticket: &TicketRecord, now: Timestamp) -> bool {
    ticket.claimed_until.is_some_and(|until| until <= now)
}

/// Somebody did something about it: the claim becomes an assignment.
fn touch(ticket: &mut TicketRecord, by: &Actor) {
    if ticket.assignee.is_none() {
        ticket.assignee = Some(by.id.clone());
    }
    if ticket.assignee.as_deref() == Some(by.id.as_str()) {
        ticket.claimed_until = None;
    }
}

fn let_go(ticket: &mut TicketRecord) {
    ticket.assignee = None;
    ticket.claimed_until = None;
}

/// Nothing is due any more.
fn stop(ticket: &mut TicketRecord) {
    ticket.claimed_until = None;
    ticket.snoozed_until = None;
    ticket.escalate_at = None;
    ticket.next_due_at = None;
    ticket.waiting_since = None;
}

/// A promise that was over before anybody answered was not kept; one that ends before its time without a reply is neither kept
/// nor missed, whatever was done instead.
fn settle(ticket: &mut TicketRecord, by: &Actor, now: Timestamp) {
    stop(ticket);
    ticket.state = TicketState::Resolved;
    if ticket.resolved_at.is_none() {
        ticket.resolved_at = Some(now);
        ticket.resolved_by = Some(by.name.clone());
    }
    if ticket.promise_kept.is_none() && now > ticket.promise_at {
        ticket.promise_kept = Some(false);
    }
}

/// The customer waits, since now or already since before.
fn reopen(ticket: &mut TicketRecord, now: Timestamp, clocks: &impl Clocks) {
    ticket.state = TicketState::Open;
    ticket.snoozed_until = None;
    ticket.resolved_at = None;
    ticket.resolved_by = None;
    ticket.outcome = None;
    if ticket.waiting_since.is_none() {
        ticket.waiting_since = Some(now);
        set_clocks(ticket, now, clocks);
    }
}

fn set_clocks(ticket: &mut TicketRecord, since: Timestamp, clocks: &impl Clocks) {
    ticket.next_due_at = clocks.next_due(ticket, since);
    ticket.escalate_at = clocks.climb_at(ticket, ticket.escalation, since);
}

/// What a ticket is that comes back from being put aside.
fn awake(ticket: &TicketRecord) -> TicketState {
    if ticket.waiting_since.is_some() {
        TicketState::Open
    } else {
        TicketState::Waiting
    }
}

fn climb(ticket: &mut TicketRecord, clocks: &impl Clocks) {
    ticket.escalation += 1;
    ticket.escalate_at = ticket
        .waiting_since
        .and_then(|since| clocks.climb_at(ticket, ticket.escalation, since));
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
