//! What managers want to know: who carries how much, how long customers wait, whether promises are kept, and whether the
//! hard ones are shared.
//!
//! Numbers weigh what is hard: simple and complex tickets are counted apart, and nobody's number is a rank. Times are those
//! of the clock, nights included: that is what customers feel.

use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Days, PromiseReport, Share, Step, over_time::Pieces, words::percent};
use crate::{
    shorten::shortened,
    store::{PROGRAM, PromiseCounts, TicketFacts, TicketState},
};

/// Rows of what needs somebody now.
const MOST_URGENT: usize = 20;
/// A question is named by so many characters.
const NAMED_BY: usize = 120;

/// How the desk is doing.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DeskNumbers {
    /// All of it in one sentence.
    pub sentence: String,
    /// Days that are looked back.
    pub days: i64,
    /// From when, RFC 3339.
    pub since: String,
    /// Until when, RFC 3339.
    pub until: String,
    /// Who waits now.
    pub waiting: Waiting,
    /// Promises of tickets opened in that time.
    pub promises: PromiseReport,
    /// First replies by the day on which the ticket was opened; days without a ticket included.
    pub replies: Vec<ReplyDay>,
    /// Everybody who works tickets or has some, by name.
    pub people: Vec<PersonLoad>,
    /// Programs that have tickets or took some, by name. They are nobody's colleagues: no capacity, no share of the work.
    pub programs: Vec<ProgramLoad>,
    /// Teams with tickets, by name.
    pub teams: Vec<TeamLoad>,
    /// How the work was shared.
    pub fairness: Fairness,
    /// What needs somebody now, the longest wait first; at most 20.
    pub urgent: Vec<Urgent>,
}

/// Who waits for a person now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Waiting {
    /// Customers that wait for a reply.
    pub now: u64,
    /// Of them, tickets that nobody has.
    pub unassigned: u64,
    /// Of them, with a promise or target that has passed.
    pub overdue: u64,
    /// The longest wait, in minutes.
    pub longest_minutes: Option<i64>,
    /// The ticket that waits longest.
    pub longest: Option<String>,
}

/// First replies to the tickets of one day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReplyDay {
    /// The day, where the desk is.
    #[schema(value_type = String, example = "2026-11-24")]
    #[serde(serialize_with = "as_date")]
    pub day: Date,
    /// Tickets opened.
    pub opened: u64,
    /// Of them, answered by a person.
    pub replied: u64,
    /// Minutes within which half of the answered ones were answered.
    pub median_minutes: Option<i64>,
    /// Minutes within which 80 % of them were.
    pub p80_minutes: Option<i64>,
}

fn as_date<S: serde::Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

/// What one person carries, and what they took on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonLoad {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Whether they take new work now.
    pub available: bool,
    /// Tickets that they have now.
    pub open: u64,
    /// Of them, only claimed.
    pub claimed: u64,
    /// Of them, complex and not put aside: what counts against their capacity.
    pub complex: u64,
    /// Complex tickets that they can carry; absent for people who are gone.
    pub capacity: Option<i64>,
    /// Tickets of the span that they took on.
    pub taken: u64,
    /// Of them, complex.
    pub taken_complex: u64,
}

/// What one program has, and what it took on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProgramLoad {
    /// The name of its token.
    pub name: String,
    /// Tickets that it has now.
    pub open: u64,
    /// Tickets of the span that it took on.
    pub taken: u64,
}

/// How one team is doing.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TeamLoad {
    /// The team.
    pub team: String,
    /// Tickets that are to be worked on.
    pub open: u64,
    /// Of them, with a customer that waits.
    pub waiting: u64,
    /// Of them, with nobody.
    pub unassigned: u64,
    /// Of them, complex.
    pub complex: u64,
    /// The longest wait, in minutes.
    pub longest_minutes: Option<i64>,
    /// Promises kept, of those of the span that are known to be kept or missed.
    pub kept: Share,
}

/// Whether work was shared evenly, hard work above all.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Fairness {
    /// In a sentence.
    pub sentence: String,
    /// Who took most of the complex tickets, if anybody took clearly more than an even share.
    pub most: Option<String>,
    /// Their share of the complex tickets that somebody took.
    pub share: Option<Share>,
}

/// A ticket that needs somebody now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Urgent {
    /// Its reference.
    pub reference: String,
    /// The beginning of its question.
    pub question: String,
    /// Its team.
    pub team: String,
    /// Name of who has it.
    pub assignee: Option<String>,
    /// Why.
    pub why: Vec<WhyUrgent>,
    /// How long its customer has waited, in minutes.
    pub waiting_minutes: Option<i64>,
}

/// Why a ticket needs somebody now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyUrgent {
    /// It was brought to a manager, or climbed there by itself.
    Escalated,
    /// The promise of the first reply has passed.
    PromiseMissed,
    /// The target of the next reply has passed.
    ReplyOverdue,
}

impl WhyUrgent {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            WhyUrgent::Escalated => "escalated",
            WhyUrgent::PromiseMissed => "promise missed",
            WhyUrgent::ReplyOverdue => "reply overdue",
        }
    }
}

/// Somebody who works tickets, as numbers need them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Whether they take new work now.
    pub available: bool,
    /// Complex tickets that they can carry.
    pub capacity: i64,
}

/// The numbers of some days. `tickets` are all that were opened in that time, and older ones that are not done.
pub fn desk_numbers(tickets: &[TicketFacts], workers: &[Worker], days: &Days, now: Timestamp) -> DeskNumbers {
    let since = days.since();
    let of_span = || tickets.iter().filter(|ticket| ticket.opened_at >= since);
    let waiting = waiting(tickets, now);
    let promises = promises(of_span(), since, now);
    let people = people(tickets, workers, since);
    let fairness = fairness(&people);
    DeskNumbers {
        sentence: sentence(&waiting, &promises),
        days: days.count().into(),
        since: since.to_string(),
        until: now.to_string(),
        replies: replies(of_span(), days),
        teams: teams(tickets, since, now),
        urgent: urgent(tickets, workers, now),
        fairness,
        waiting,
        promises,
        people,
        programs: programs(tickets, since),
    }
}

fn is_overdue(ticket: &TicketFacts, now: Timestamp) -> bool {
    ticket.state == TicketState::Open && (promise_passed(ticket, now) || target_passed(ticket, now))
}

fn promise_passed(ticket: &TicketFacts, now: Timestamp) -> bool {
    ticket.first_reply_at.is_none() && ticket.promise_at < now
}

fn target_passed(ticket: &TicketFacts, now: Timestamp) -> bool {
    ticket.next_due_at.is_some_and(|due| due < now)
}

fn minutes(from: Timestamp, to: Timestamp) -> i64 {
    (to.duration_since(from).as_secs() / 60).max(0)
}

fn waited(ticket: &TicketFacts, now: Timestamp) -> Option<i64> {
    let waits = ticket.state == TicketState::Open;
    ticket.waiting_since.filter(|_| waits).map(|since| minutes(since, now))
}

fn waiting(tickets: &[TicketFacts], now: Timestamp) -> Waiting {
    let wait = || tickets.iter().filter(|ticket| waited(ticket, now).is_some());
    let longest = wait().max_by_key(|ticket| waited(ticket, now));
    Waiting {
        now: wait().count() as u64,
        unassigned: wait().filter(|ticket| ticket.assignee.is_none()).count() as u64,
        overdue: wait().filter(|ticket| is_overdue(ticket, now)).count() as u64,
        longest_minutes: longest.and_then(|ticket| waited(ticket, now)),
        longest: longest.map(|ticket| ticket.reference.clone()),
    }
}

fn promises<'a>(tickets: impl Iterator<Item = &'a TicketFacts>, since: Timestamp, now: Timestamp) -> PromiseReport {
    let mut counts = PromiseCounts::default();
    for ticket in tickets {
        counts.all += 1;
        match ticket.promise_kept {
            Some(true) => counts.kept += 1,
            Some(false) => counts.missed += 1,
            None if ticket.state == TicketState::Resolved => counts.unanswered += 1,
            None => {}
        }
    }
    PromiseReport::new(Some(since), now, counts)
}

fn replies<'a>(tickets: impl Iterator<Item = &'a TicketFacts>, days: &Days) -> Vec<ReplyDay> {
    let mut counts: Pieces<(u64, Vec<i64>)> = Pieces::new(days, Step::Day);
    for ticket in tickets {
        let Some((opened, took)) = counts.at(ticket.opened_at) else {
            continue;
        };
        *opened += 1;
        took.extend(ticket.first_reply_at.map(|at| minutes(ticket.opened_at, at)));
    }
    counts
        .finish()
        .into_iter()
        .map(|(day, _, (opened, mut took))| {
            took.sort_unstable();
            ReplyDay {
                day,
                opened,
                replied: took.len() as u64,
                median_minutes: quantile(&took, 0.5),
                p80_minutes: quantile(&took, 0.8),
            }
        })
        .collect()
}

/// The smallest value that at least this share of the sorted values does not exceed.
fn quantile(sorted: &[i64], share: f64) -> Option<i64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

fn people(tickets: &[TicketFacts], workers: &[Worker], since: Timestamp) -> Vec<PersonLoad> {
    let mut loads: HashMap<&str, PersonLoad> = HashMap::new();
    for worker in workers {
        let load = PersonLoad {
            id: worker.id.clone(),
            name: worker.name.clone(),
            available: worker.available,
            open: 0,
            claimed: 0,
            complex: 0,
            capacity: Some(worker.capacity),
            taken: 0,
            taken_complex: 0,
        };
        loads.insert(&worker.id, load);
    }
    for ticket in tickets {
        let Some(id) = ticket.assignee.as_deref().filter(|id| !id.starts_with(PROGRAM)) else {
            continue;
        };
        let load = loads.entry(id).or_insert_with(|| PersonLoad {
            id: id.to_owned(),
            name: "somebody who is gone".to_owned(),
            available: false,
            open: 0,
            claimed: 0,
            complex: 0,
            capacity: None,
            taken: 0,
            taken_complex: 0,
        });
        if ticket.state.is_running() {
            load.open += 1;
            load.claimed += u64::from(ticket.claimed);
            load.complex += u64::from(ticket.complex && ticket.state != TicketState::Snoozed);
        }
        if ticket.opened_at >= since {
            load.taken += 1;
            load.taken_complex += u64::from(ticket.complex);
        }
    }
    let mut loads: Vec<PersonLoad> = loads.into_values().collect();
    loads.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    loads
}

fn programs(tickets: &[TicketFacts], since: Timestamp) -> Vec<ProgramLoad> {
    let mut loads: BTreeMap<&str, ProgramLoad> = BTreeMap::new();
    for ticket in tickets {
        let Some(name) = ticket.assignee.as_deref().and_then(|id| id.strip_prefix(PROGRAM)) else {
            continue;
        };
        let load = loads.entry(name).or_insert_with(|| ProgramLoad {
            name: name.to_owned(),
            open: 0,
            taken: 0,
        });
        load.open += u64::from(ticket.state.is_running());
        load.taken += u64::from(ticket.opened_at >= since);
    }
    loads.into_values().filter(|load| load.open + load.taken > 0).collect()
}

fn teams(tickets: &[TicketFacts], since: Timestamp, now: Timestamp) -> Vec<TeamLoad> {
    let mut teams: BTreeMap<&str, TeamLoad> = BTreeMap::new();
    let mut promises: HashMap<&str, (u64, u64)> = HashMap::new();
    for ticket in tickets {
        let load = teams.entry(&ticket.team).or_insert_with(|| TeamLoad {
            team: ticket.team.clone(),
            open: 0,
            waiting: 0,
            unassigned: 0,
            complex: 0,
            longest_minutes: None,
            kept: Share::new(0, 0),
        });
        if ticket.state.is_running() {
            load.open += 1;
            load.unassigned += u64::from(ticket.assignee.is_none());
            load.complex += u64::from(ticket.complex);
        }
        if let Some(minutes) = waited(ticket, now) {
            load.waiting += 1;
            load.longest_minutes = load.longest_minutes.max(Some(minutes));
        }
        if let Some(kept) = ticket.promise_kept.filter(|_| ticket.opened_at >= since) {
            let known = promises.entry(&ticket.team).or_default();
            known.0 += u64::from(kept);
            known.1 += 1;
        }
    }
    for (team, load) in &mut teams {
        let (kept, of) = promises.get(team).copied().unwrap_or_default();
        load.kept = Share::new(kept, of);
    }
    teams.into_values().collect()
}

fn fairness(people: &[PersonLoad]) -> Fairness {
    let takers: Vec<&PersonLoad> = people.iter().filter(|person| person.capacity.is_some()).collect();
    let complex: u64 = takers.iter().map(|person| person.taken_complex).sum();
    let of = |sentence: String| Fairness {
        sentence,
        most: None,
        share: None,
    };
    if complex == 0 {
        return of("Nobody has taken a complex ticket in this time.".to_owned());
    }
    let Some(most) = takers.iter().max_by_key(|person| person.taken_complex) else {
        return of("Nobody works tickets.".to_owned());
    };
    if takers.len() == 1 {
        return of(format!("{} is the only one who works tickets.", most.name));
    }
    let share = Share::new(most.taken_complex, complex);
    let even = 1.0 / takers.len() as f64;
    // Only what chance does not explain is told of a person.
    if share.low <= even {
        let tickets = if complex == 1 { "ticket" } else { "tickets" };
        return of(format!(
            "Of {complex} complex {tickets} nobody took clearly more than an even share, {} for each of {} people.",
            percent(even),
            takers.len()
        ));
    }
    Fairness {
        sentence: format!(
            "{} took {} of the {complex} complex tickets; an even share would be {}.",
            most.name,
            percent(share.share),
            percent(even)
        ),
        most: Some(most.name.clone()),
        share: Some(share),
    }
}

fn urgent(tickets: &[TicketFacts], workers: &[Worker], now: Timestamp) -> Vec<Urgent> {
    let name = |id: &str| {
        let known = workers.iter().find(|worker| worker.id == id);
        match (known, id.strip_prefix(PROGRAM)) {
            (Some(worker), _) => worker.name.clone(),
            (None, Some(program)) => format!("{program} (a program)"),
            (None, None) => id.to_owned(),
        }
    };
    let mut urgent: Vec<Urgent> = tickets
        .iter()
        .filter(|ticket| ticket.state.is_running())
        .filter_map(|ticket| {
            let is_open = ticket.state == TicketState::Open;
            let why: Vec<WhyUrgent> = [
                (WhyUrgent::Escalated, ticket.escalation > 0 && is_open),
                (WhyUrgent::PromiseMissed, is_open && promise_passed(ticket, now)),
                (WhyUrgent::ReplyOverdue, is_open && target_passed(ticket, now)),
            ]
            .into_iter()
            .filter_map(|(why, holds)| holds.then_some(why))
            .collect();
            (!why.is_empty()).then(|| Urgent {
                reference: ticket.reference.clone(),
                question: beginning(&ticket.question),
                team: ticket.team.clone(),
                assignee: ticket.assignee.as_deref().map(name),
                why,
                waiting_minutes: waited(ticket, now),
            })
        })
        .collect();
    urgent.sort_by_key(|ticket| std::cmp::Reverse((ticket.waiting_minutes, ticket.why.len())));
    urgent.truncate(MOST_URGENT);
    urgent
}

fn beginning(question: &str) -> String {
    shortened(&question.split_whitespace().collect::<Vec<_>>().join(" "), NAMED_BY)
}

fn sentence(waiting: &Waiting, promises: &PromiseReport) -> String {
    let waits = match (waiting.now, waiting.longest_minutes) {
        (0, _) | (_, None) => "Nobody waits for a reply.".to_owned(),
        (1, Some(longest)) => format!("1 customer waits for a reply, since {}.", span(longest)),
        (many, Some(longest)) => format!(
            "{many} customers wait for a reply, the longest since {}.",
            span(longest)
        ),
    };
    format!("{waits} {promises}")
}

/// Minutes in words: `40 minutes`, `3 hours`, `2 days`.
pub fn span(minutes: i64) -> String {
    let (count, unit) = match minutes {
        ..1 => return "under a minute".to_owned(),
        1..120 => (minutes, "minute"),
        120..2880 => ((minutes + 30) / 60, "hour"),
        _ => ((minutes + 720) / 1440, "day"),
    };
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{s}")
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
