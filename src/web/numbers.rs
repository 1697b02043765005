//! `/numbers`: how the desk is doing, for those who manage it. A sentence first, then the picture, then the table.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;

use super::{
    page::{Cache, send},
    plot::{Chart, Estimate, part, range, replies},
    staff::StaffFrame,
};
use crate::{
    desk::people::Permission,
    http::{Params, Problem, SPANS, Staff, span as span_of, state::Web},
    insight::{
        DeskNumbers, PersonLoad, ReplyDay, Share, Urgent, WhyUrgent, span,
        words::{interval, percent},
    },
};

#[derive(Deserialize)]
pub struct NumbersParams {
    days: Option<String>,
}

#[derive(Template)]
#[template(path = "numbers.html")]
struct NumbersPage {
    frame: StaffFrame,
    numbers: Arc<DeskNumbers>,
    spans: Vec<(u16, bool)>,
    wide: Option<Chart>,
    narrow: Option<Chart>,
    people: Vec<PersonRow>,
    teams: Vec<TeamRow>,
    promises: Option<Kept>,
    urgent: Vec<UrgentRow>,
    /// First replies, the last day first.
    days: Vec<DayRow>,
    /// Widest bar of what people took on.
    most_taken: u64,
}

/// A person with the widths of their bars, 0 to 100.
struct PersonRow {
    load: PersonLoad,
    /// What they carry, of their capacity.
    carried: f64,
    over: bool,
    carried_words: String,
    /// What they took on, of the one who took most.
    taken_complex: f64,
    taken_simple: f64,
}

struct TeamRow {
    name: String,
    open: u64,
    waiting: u64,
    unassigned: u64,
    complex: u64,
    longest: Option<String>,
    kept: Option<Kept>,
}

/// A share of promises: its interval, drawn and in words.
struct Kept {
    chart: Chart,
    words: String,
}

impl Kept {
    fn new(share: &Share) -> Option<Self> {
        Some(Kept {
            chart: range(Estimate::of(share)?),
            words: format!("{} ({}) of {}", percent(share.share), interval(share), share.of),
        })
    }
}

struct UrgentRow {
    ticket: Urgent,
    why: String,
    waits: Option<String>,
}

struct DayRow {
    day: String,
    opened: u64,
    replied: u64,
    median: String,
    p80: String,
}

/// `GET /numbers?days=28`.
pub async fn numbers(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<NumbersParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::SeeNumbersOfPeople)?;
    let days = span_of(params.days.as_deref())?;
    let numbers = web.desk_numbers(days).await?;
    let most_taken = numbers.people.iter().map(|person| person.taken).max().unwrap_or(0);
    let page = NumbersPage {
        frame: StaffFrame::new(&web, &staff, "/numbers", "Numbers")?,
        spans: SPANS.iter().map(|span| (*span, *span == days)).collect(),
        wide: replies(&numbers.replies, 880.0, 240.0, 150.0),
        narrow: replies(&numbers.replies, 358.0, 220.0, 136.0),
        people: numbers.people.iter().map(|load| person(load, most_taken)).collect(),
        teams: numbers
            .teams
            .iter()
            .map(|team| TeamRow {
                name: team.team.clone(),
                open: team.open,
                waiting: team.waiting,
                unassigned: team.unassigned,
                complex: team.complex,
                longest: team.longest_minutes.map(span),
                kept: Kept::new(&team.kept),
            })
            .collect(),
        promises: Kept::new(&numbers.promises.kept),
        urgent: numbers.urgent.iter().map(urgent).collect(),
        days: numbers.replies.iter().rev().map(day).collect(),
        most_taken,
        numbers,
    };
    send(&page, StatusCode::OK, Cache::Never, &headers)
}

fn person(load: &PersonLoad, most_taken: u64) -> PersonRow {
    let capacity = load.capacity.unwrap_or(0).unsigned_abs();
    let of = match load.capacity {
        Some(capacity) => format!("{} of {capacity} complex", load.complex),
        None => format!("{} complex", load.complex),
    };
    let claimed = match load.claimed {
        0 => String::new(),
        claimed => format!(", {claimed} only claimed"),
    };
    PersonRow {
        carried: part(load.complex, capacity),
        over: load.capacity.is_some() && load.complex >= capacity,
        carried_words: format!("{of}, {} open{claimed}", load.open),
        taken_complex: part(load.taken_complex, most_taken),
        taken_simple: part(load.taken - load.taken_complex, most_taken),
        load: load.clone(),
    }
}

fn day(replies: &ReplyDay) -> DayRow {
    let words = |minutes: Option<i64>| minutes.map(span).unwrap_or_default();
    DayRow {
        day: replies.day.to_string(),
        opened: replies.opened,
        replied: replies.replied,
        median: words(replies.median_minutes),
        p80: words(replies.p80_minutes),
    }
}

fn urgent(ticket: &Urgent) -> UrgentRow {
    let why: Vec<&str> = ticket.why.iter().map(|why: &WhyUrgent| why.words()).collect();
    UrgentRow {
        why: why.join(", "),
        waits: ticket.waiting_minutes.map(span),
        ticket: ticket.clone(),
    }
}
