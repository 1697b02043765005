use serde_json::{Map, json};

use super::*;
use crate::{answer::HandoffReason, config::Config, store::TicketState};

/// A ticket of the team `support`, opened at this moment; all that is not needed is empty.
pub(crate) fn record(at: Timestamp) -> TicketRecord {
    TicketRecord {
        reference: "T-2222-2222".into(),
        version: 1,
        state: TicketState::Open,
        team: "support".into(),
        priority: 2,
        tags: Vec::new(),
        reason: HandoffReason::NoMatch,
        topic: None,
        question: "?".into(),
        lang: "en".into(),
        channel: "form".into(),
        conversation: None,
        episode: None,
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
        idempotency_key: None,
        complex: false,
        assignee: None,
        claimed_until: None,
        opened_at: at,
        promise_at: at,
        promise_kept: None,
        warn_at: None,
        waiting_since: None,
        first_reply_at: None,
        first_due_at: None,
        next_due_at: None,
        resolve_due_at: None,
        snoozed_until: None,
        targets: Map::new(),
        escalation: 0,
        escalate_at: None,
        merged_into: None,
        outcome: None,
        resolved_at: None,
        resolved_by: None,
        note: None,
        events: Vec::new(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn clocks(toml: &str) -> Clockwork {
    let config: Config = toml::from_str(toml).expect("a config");
    assert_eq!(config.check(), Ok(()));
    let files = [(
        "off.ics".into(),
        "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261124\nEND:VEVENT\n".to_owned(),
    )];
    Clockwork::new(&config.desk, &TimeZone::UTC, &DaysOff::parse(files).0)
}

/// Due times of the first reply, the next one, the resolution and the ladder of a ticket of this team, opened on Monday at
/// 10:00.
fn due(clocks: &Clockwork, team: &str, targets: serde_json::Value) -> [Option<Timestamp>; 5] {
    let monday = at("2026-11-23T10:00:00Z");
    let ticket = TicketRecord {
        team: team.into(),
        targets: targets.as_object().cloned().unwrap_or_default(),
        ..record(monday)
    };
    let answered = TicketRecord {
        first_reply_at: Some(monday),
        ..ticket.clone()
    };
    assert_eq!(clocks.next_due(&ticket, monday), clocks.first_due(&ticket, monday));
    [
        clocks.first_due(&ticket, monday),
        clocks.next_due(&answered, monday),
        clocks.resolve_due(&ticket, monday),
        clocks.climb_at(&ticket, 0, monday),
        clocks.climb_at(&ticket, 2, monday),
    ]
}

#[test]
fn staff_are_warned_when_a_quarter_of_the_business_time_to_the_promise_is_left() {
    let warned = |clocks: &Clockwork, promise: &str| {
        let ticket = TicketRecord {
            promise_at: at(promise),
            ..record(at("2026-11-23T16:00:00Z"))
        };
        clocks.warn_at(&ticket)
    };
    let by_the_clock = clocks("[desk]");
    assert_eq!(
        warned(&by_the_clock, "2026-11-23T20:00:00Z"),
        Some(at("2026-11-23T19:00:00Z"))
    );
    // An hour on Monday, three on Wednesday: Tuesday is a day off.
    let hours = clocks("[desk.hours]\nweekdays = ['09:00-17:00']\ncalendars = ['off.ics']");
    assert_eq!(warned(&hours, "2026-11-25T12:00:00Z"), Some(at("2026-11-25T11:00:00Z")));
}

#[test]
fn without_hours_replies_are_due_by_the_clock() {
    let clocks = clocks("[desk]\nreply_within_hours = 6");
    let expected = ["2026-11-23T16:00:00Z", "2026-11-23T16:00:00Z", "2026-11-24T04:00:00Z"].map(|time| Some(at(time)));
    assert_eq!(due(&clocks, "support", json!({}))[..3], expected);
    assert_eq!(due(&clocks, "support", json!({}))[3..], [None, None]);
}

#[test]
fn hours_targets_and_ladder_are_those_of_the_team() {
    let clocks = clocks(
        "[desk]
         escalate_after = ['2h', '1d']
         [desk.hours]
         weekdays = ['09:00-17:00']
         calendars = ['off.ics']
         [desk.targets]
         first = '1d'
         [desk.team.sales.hours]
         weekdays = ['06:00-18:00']
         [desk.team.legal.hours]
         tuesday = ['10:00-12:00']
         holidays = [{ date = '12-25' }]",
    );
    let times = |times: [&str; 4]| times.map(|time| Some(at(time)));
    // The day off is Tuesday: a day of eight hours ends on Wednesday at 10:00.
    assert_eq!(
        due(&clocks, "support", json!({}))[..4],
        times([
            "2026-11-25T10:00:00Z",
            "2026-11-25T10:00:00Z",
            "2026-12-01T10:00:00Z",
            "2026-11-23T12:00:00Z"
        ])
    );
    // A day of sales is twelve hours; the desk's day off holds for them, too.
    assert_eq!(due(&clocks, "sales", json!({}))[0], Some(at("2026-11-25T10:00:00Z")));
    assert_eq!(due(&clocks, "sales", json!({}))[1], Some(at("2026-11-23T18:00:00Z")));
    // Legal has days off of its own, so that Tuesday is a day of work.
    assert_eq!(due(&clocks, "legal", json!({}))[0], Some(at("2026-11-24T12:00:00Z")));
    assert_eq!(due(&clocks, "legal", json!({}))[4], None);
    // What a rule set for the ticket wins, in business minutes.
    let own = json!({"first": 30, "next": 60, "resolve": 120});
    assert_eq!(
        due(&clocks, "support", own)[..3],
        ["2026-11-23T10:30:00Z", "2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z"].map(|time| Some(at(time)))
    );
}
