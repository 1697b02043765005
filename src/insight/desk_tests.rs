use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::*;
use crate::insight::DeskTable;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn now() -> Timestamp {
    at("2026-11-24T12:00:00Z")
}

fn ticket(reference: &str, opened: &str) -> TicketFacts {
    TicketFacts {
        reference: reference.into(),
        state: TicketState::Open,
        team: "support".into(),
        assignee: None,
        claimed: false,
        complex: false,
        opened_at: at(opened),
        first_reply_at: None,
        promise_at: at("2026-11-30T00:00:00Z"),
        promise_kept: None,
        next_due_at: None,
        waiting_since: Some(at(opened)),
        escalation: 0,
        question: "Where is it?".into(),
    }
}

fn done(reference: &str, opened: &str, minutes: i64, by: &str) -> TicketFacts {
    let opened_at = at(opened);
    TicketFacts {
        state: TicketState::Resolved,
        assignee: Some(by.into()),
        first_reply_at: Some(opened_at + SignedDuration::from_mins(minutes)),
        promise_kept: Some(minutes <= 60),
        waiting_since: None,
        ..ticket(reference, opened)
    }
}

fn worker(id: &str) -> Worker {
    Worker {
        id: id.into(),
        name: id.to_uppercase(),
        available: true,
        capacity: 10,
    }
}

fn numbers(tickets: &[TicketFacts], workers: &[Worker]) -> DeskNumbers {
    desk_numbers(tickets, workers, &Days::last(7, now(), &TimeZone::UTC), now())
}

#[test]
fn an_empty_desk_has_its_sentences() {
    let numbers = numbers(&[], &[]);
    assert_eq!(numbers.sentence, "Nobody waits for a reply. There were no promises.");
    assert_eq!(
        numbers.fairness.sentence,
        "Nobody has taken a complex ticket in this time."
    );
    assert_eq!(numbers.replies.len(), 7);
    assert!(numbers.urgent.is_empty() && numbers.people.is_empty());
}

#[test]
fn who_waits_is_told_with_the_longest_wait() {
    let mut answered = ticket("T-2", "2026-11-20T00:00:00Z");
    answered.state = TicketState::Waiting;
    let waits = [
        ticket("T-1", "2026-11-24T07:00:00Z"),
        answered,
        ticket("T-3", "2026-11-24T11:30:00Z"),
    ];
    let numbers = numbers(&waits, &[]);
    assert_eq!(numbers.waiting.now, 2);
    assert_eq!(numbers.waiting.longest.as_deref(), Some("T-1"));
    assert_eq!(numbers.waiting.longest_minutes, Some(300));
    assert!(
        numbers
            .sentence
            .starts_with("2 customers wait for a reply, the longest since 5 hours."),
        "{}",
        numbers.sentence
    );
}

#[test]
fn replies_count_for_the_day_on_which_they_were_asked_where_the_desk_is() {
    let zone = TimeZone::get("Asia/Jakarta").expect("a zone");
    let tickets: Vec<TicketFacts> = [10, 20, 30, 40, 500]
        .into_iter()
        .map(|minutes| done("T-1", "2026-11-22T18:00:00Z", minutes, "ana"))
        .collect();
    let numbers = desk_numbers(&tickets, &[], &Days::last(7, now(), &zone), now());
    let day = numbers.replies.iter().find(|day| day.opened > 0).expect("a day");
    assert_eq!(day.day.to_string(), "2026-11-23");
    assert_eq!((day.opened, day.replied), (5, 5));
    assert_eq!((day.median_minutes, day.p80_minutes), (Some(30), Some(40)));
    assert_eq!(
        numbers.replies.first().map(|day| day.day.to_string()).as_deref(),
        Some("2026-11-18")
    );
    assert_eq!(
        numbers.replies.last().map(|day| day.day.to_string()).as_deref(),
        Some("2026-11-24")
    );
}

#[test]
fn promises_are_those_of_the_span() {
    let tickets = [
        done("T-1", "2026-11-01T00:00:00Z", 500, "ana"),
        done("T-2", "2026-11-23T00:00:00Z", 30, "ana"),
        done("T-3", "2026-11-23T01:00:00Z", 90, "ana"),
    ];
    let numbers = numbers(&tickets, &[worker("ana")]);
    assert_eq!((numbers.promises.kept.count, numbers.promises.kept.of), (1, 2));
    assert_eq!((numbers.teams[0].kept.count, numbers.teams[0].kept.of), (1, 2));
    assert!(numbers.teams[0].kept.low > 0.05 && numbers.teams[0].kept.high < 0.95);
}

#[test]
fn load_counts_what_is_carried_now_and_hard_ones_apart() {
    let mut snoozed = ticket("T-1", "2026-11-23T00:00:00Z");
    (snoozed.assignee, snoozed.complex, snoozed.state) = (Some("ana".into()), true, TicketState::Snoozed);
    let mut claimed = ticket("T-2", "2026-11-23T00:00:00Z");
    (claimed.assignee, claimed.complex, claimed.claimed) = (Some("ana".into()), true, true);
    let mut gone = ticket("T-3", "2026-11-23T00:00:00Z");
    gone.assignee = Some("token:importer".into());
    let old = done("T-4", "2026-10-01T00:00:00Z", 5, "ana");
    let numbers = numbers(&[snoozed, claimed, gone, old], &[worker("ana"), worker("budi")]);
    let told: Vec<(&str, u64, u64, u64, u64)> = numbers
        .people
        .iter()
        .map(|load| (load.name.as_str(), load.open, load.claimed, load.complex, load.taken))
        .collect();
    assert_eq!(told, [("ANA", 2, 1, 1, 2), ("BUDI", 0, 0, 0, 0)]);
    let programs: Vec<(&str, u64, u64)> = numbers
        .programs
        .iter()
        .map(|load| (load.name.as_str(), load.open, load.taken))
        .collect();
    assert_eq!(programs, [("importer", 1, 1)], "a token is nobody");
}

#[test]
fn uneven_sharing_is_told_only_where_chance_does_not_explain_it() {
    let complex = |by: &str, count: usize| {
        (0..count)
            .map(|_| TicketFacts {
                complex: true,
                ..done("T-1", "2026-11-23T00:00:00Z", 5, by)
            })
            .collect::<Vec<_>>()
    };
    let workers = [worker("ana"), worker("budi"), worker("citra")];
    let few = numbers(&[complex("ana", 2), complex("budi", 1)].concat(), &workers);
    assert_eq!(few.fairness.most, None);
    assert!(
        few.fairness.sentence.starts_with("Of 3 complex tickets nobody took"),
        "{}",
        few.fairness.sentence
    );
    let many = numbers(
        &[complex("ana", 30), complex("budi", 5), complex("citra", 5)].concat(),
        &workers,
    );
    assert_eq!(many.fairness.most.as_deref(), Some("ANA"));
    assert_eq!(
        many.fairness.sentence,
        "ANA took 75 % of the 40 complex tickets; an even share would be 33 %."
    );
}

#[test]
fn what_needs_somebody_now_is_told_with_its_reasons() {
    let mut missed = ticket("T-1", "2026-11-24T08:00:00Z");
    missed.promise_at = at("2026-11-24T11:00:00Z");
    let mut escalated = ticket("T-2", "2026-11-24T09:00:00Z");
    (escalated.escalation, escalated.assignee) = (1, Some("ana".into()));
    escalated.next_due_at = Some(at("2026-11-24T10:00:00Z"));
    // Whoever was answered does not wait.
    let mut answered = ticket("T-3", "2026-11-24T01:00:00Z");
    (answered.state, answered.escalation) = (TicketState::Waiting, 2);
    let numbers = numbers(&[missed, escalated, answered], &[worker("ana")]);
    let told: Vec<(&str, &[WhyUrgent], Option<&str>)> = numbers
        .urgent
        .iter()
        .map(|ticket| {
            (
                ticket.reference.as_str(),
                ticket.why.as_slice(),
                ticket.assignee.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("T-1", [WhyUrgent::PromiseMissed].as_slice(), None),
            (
                "T-2",
                [WhyUrgent::Escalated, WhyUrgent::ReplyOverdue].as_slice(),
                Some("ANA")
            ),
        ]
    );
    assert_eq!(numbers.waiting.overdue, 2);
}

#[test]
fn customers_words_are_no_formulas_in_a_spreadsheet() {
    for (question, cell) in [
        ("=HYPERLINK(\"http://evil\")", "\"'=HYPERLINK(\"\"http://evil\"\")\""),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("plain, with a comma", "\"plain, with a comma\""),
    ] {
        let mut evil = ticket("T-1", "2026-11-24T08:00:00Z");
        (evil.escalation, evil.question) = (1, question.into());
        let csv = DeskTable::Urgent.csv(&numbers(&[evil], &[]));
        let row = csv.lines().nth(1).expect("a row");
        assert_eq!(row, format!("T-1,support,,escalated,240,{cell}"));
    }
    for table in DeskTable::ALL {
        assert_eq!(DeskTable::from_word(table.as_str()), Some(table));
        assert!(table.csv(&numbers(&[], &[worker("ana")])).ends_with('\n'));
    }
}

#[test]
fn spans_are_told_in_words() {
    for (minutes, words) in [
        (0, "under a minute"),
        (1, "1 minute"),
        (119, "119 minutes"),
        (120, "2 hours"),
        (2879, "48 hours"),
        (2880, "2 days"),
    ] {
        assert_eq!(span(minutes), words);
    }
}
