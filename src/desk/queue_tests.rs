use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::answer::HandoffReason;

/// An hour to the next reply; the ladder has three steps of two hours.
struct Hours;

impl Clocks for Hours {
    fn next_due(&self, _: &TicketRecord, from: Timestamp) -> Option<Timestamp> {
        Some(from + SignedDuration::from_hours(1))
    }

    fn climb_at(&self, _: &TicketRecord, step: i64, from: Timestamp) -> Option<Timestamp> {
        (step < 3).then(|| from + SignedDuration::from_hours(2 * (step + 1)))
    }
}

fn start() -> Timestamp {
    "2026-11-24T02:00:00Z".parse().expect("a time")
}

fn minutes(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

fn opened() -> TicketRecord {
    let mut ticket = crate::desk::flow::tests_support::ticket("T-7K3F-9QXM", start());
    ticket.reason = HandoffReason::SensitiveTopic;
    ticket.promise_at = minutes(180);
    start_clocks(&mut ticket, start(), &Hours);
    ticket
}

fn manager() -> Actor {
    Actor {
        manages: true,
        ..Actor::named("citra")
    }
}

fn ana() -> Actor {
    Actor::named("ana")
}

fn budi() -> Actor {
    Actor::named("budi")
}

/// The ticket after an act that is allowed.
#[track_caller]
fn after(ticket: &TicketRecord, act: Act, by: &Actor, at: i64) -> TicketRecord {
    apply(ticket, &act, by, minutes(at), &Hours).expect("allowed").0
}

#[track_caller]
fn refused(ticket: &TicketRecord, act: Act, by: &Actor, at: i64) -> Refusal {
    apply(ticket, &act, by, minutes(at), &Hours).expect_err("refused")
}

fn claim(until: i64) -> Act {
    Act::Claim { until: minutes(until) }
}

fn snooze(until: i64) -> Act {
    Act::Snooze { until: minutes(until) }
}

fn end() -> Act {
    Act::End { reason: "abuse".into() }
}

const RESOLVE: Act = Act::Resolve { note: None };

#[test]
fn a_claim_is_a_lease_that_gives_an_untouched_ticket_back() {
    let claimed = after(&opened(), claim(10), &ana(), 0);
    assert_eq!(
        (claimed.assignee.as_deref(), claimed.claimed_until),
        (Some("ana"), Some(minutes(10)))
    );
    assert!(matches!(refused(&claimed, claim(11), &budi(), 1), Refusal::Taken { by, .. } if by == "ana"));
    assert!(matches!(
        refused(&claimed, Act::LeaseEnded, &Actor::clock(), 9),
        Refusal::State { .. }
    ));
    let returned = after(&claimed, Act::LeaseEnded, &Actor::clock(), 10);
    assert_eq!((returned.assignee, returned.claimed_until), (None, None));
    let taken = after(&claimed, claim(20), &budi(), 10);
    assert_eq!(taken.assignee.as_deref(), Some("budi"), "free after it has run out");
}

#[test]
fn whoever_does_something_keeps_the_ticket() {
    let claimed = after(&opened(), claim(10), &ana(), 0);
    for act in [Act::Reply, Act::Note, snooze(60)] {
        let touched = after(&claimed, act.clone(), &ana(), 5);
        assert_eq!(touched.assignee.as_deref(), Some("ana"), "{act:?}");
        let refusal = refused(&touched, Act::LeaseEnded, &Actor::clock(), 60);
        assert!(matches!(refusal, Refusal::State { .. }), "{act:?}");
    }
}

#[test]
fn a_note_takes_no_ticket_and_keeps_nobody_elses_claim() {
    assert_eq!(after(&opened(), Act::Note, &budi(), 1).assignee, None);
    let claimed = after(&opened(), claim(10), &ana(), 0);
    let noted = after(&claimed, Act::Note, &budi(), 1);
    assert_eq!(
        (noted.assignee.as_deref(), noted.claimed_until),
        (Some("ana"), Some(minutes(10)))
    );
}

#[test]
fn nobody_else_answers_while_a_claim_holds_but_managers_may() {
    let claimed = after(&opened(), claim(10), &ana(), 0);
    for act in [Act::Reply, Act::Release, RESOLVE, Act::HandBack] {
        assert!(matches!(
            refused(&claimed, act.clone(), &budi(), 5),
            Refusal::Taken { .. }
        ));
        after(&claimed, act.clone(), &manager(), 5);
        after(&claimed, act, &budi(), 10);
    }
}

#[test]
fn the_customers_clock_stops_with_a_reply_and_starts_with_the_next_message() {
    let mut ticket = opened();
    for act in [
        claim(10),
        Act::Route { team: "billing".into() },
        Act::Note,
        Act::Assign {
            to: Some("budi".into()),
            name: "Budi".into(),
        },
        Act::Escalate { reason: "stuck".into() },
        snooze(90),
        Act::Wake,
    ] {
        ticket = after(&ticket, act, &manager(), 5);
        assert_eq!(ticket.waiting_since, Some(start()));
    }
    let again = after(&ticket, Act::Write, &Actor::customer(), 30);
    assert_eq!(again.waiting_since, Some(start()), "the first one that nobody answered");
    let replied = after(&again, Act::Reply, &budi(), 40);
    assert_eq!(
        (replied.waiting_since, replied.next_due_at, replied.escalate_at),
        (None, None, None)
    );
    let waits = after(&replied, Act::Write, &Actor::customer(), 50);
    assert_eq!(
        (waits.waiting_since, waits.next_due_at),
        (Some(minutes(50)), Some(minutes(110)))
    );
}

#[test]
fn the_promise_is_judged_once() {
    assert_eq!(after(&opened(), Act::Reply, &ana(), 180).promise_kept, Some(true));
    assert_eq!(after(&opened(), Act::Reply, &ana(), 181).promise_kept, Some(false));
    let missed = after(&opened(), Act::PromiseMissed, &Actor::clock(), 181);
    assert_eq!(after(&missed, Act::Reply, &ana(), 182).promise_kept, Some(false));
    refused(&opened(), Act::PromiseMissed, &Actor::clock(), 180);
    // Nobody has answered: that is not a promise kept.
    assert_eq!(after(&opened(), RESOLVE, &ana(), 10).promise_kept, None);
    assert_eq!(after(&opened(), RESOLVE, &ana(), 181).promise_kept, Some(false));
    assert_eq!(after(&opened(), Act::HandBack, &ana(), 10).promise_kept, None);
    assert_eq!(after(&opened(), end(), &manager(), 10).promise_kept, None);
    assert_eq!(after(&opened(), Act::HandBack, &ana(), 200).promise_kept, Some(false));
}

#[test]
fn staff_are_warned_once_of_a_promise_that_nobody_has_kept_yet() {
    let ticket = TicketRecord {
        warn_at: Some(minutes(135)),
        ..opened()
    };
    let soon = |ticket: &TicketRecord, at| apply(ticket, &Act::PromiseSoon, &Actor::clock(), minutes(at), &Hours);
    assert!(soon(&ticket, 135).is_err(), "a quarter is left, and not less");
    assert!(soon(&ticket, 181).is_err(), "it is missed");
    let (warned, event) = soon(&ticket, 136).expect("allowed");
    assert_eq!((warned.warn_at, warned.promise_kept), (None, None));
    assert_eq!(event.data["promise"], "soon");
    assert!(soon(&warned, 137).is_err());
    let aside = after(&ticket, snooze(600), &ana(), 10);
    assert!(soon(&aside, 136).is_ok(), "the customer waits all the same");
    let again = after(
        &after(&ticket, Act::Reply, &ana(), 10),
        Act::Write,
        &Actor::customer(),
        20,
    );
    assert!(soon(&again, 136).is_err(), "the promise was kept");
    let resolved = after(&ticket, RESOLVE, &ana(), 10);
    assert!(soon(&resolved, 136).is_err());
    assert!(soon(&after(&resolved, Act::Dispute, &Actor::customer(), 20), 136).is_ok());
}

#[test]
fn a_snoozed_ticket_comes_back_with_the_customers_next_message() {
    let replied = after(&opened(), Act::Reply, &ana(), 10);
    let snoozed = after(&replied, snooze(600), &ana(), 11);
    assert_eq!(snoozed.state, TicketState::Snoozed);
    assert_eq!(
        after(&snoozed, Act::Wake, &Actor::clock(), 600).state,
        TicketState::Waiting
    );
    let back = after(&snoozed, Act::Write, &Actor::customer(), 20);
    assert_eq!((back.state, back.snoozed_until), (TicketState::Open, None));
    assert!(matches!(
        refused(&replied, snooze(11), &ana(), 11),
        Refusal::Invalid { field: "until", .. }
    ));
}

#[test]
fn only_the_customer_confirms_and_their_word_counts_more_than_silence() {
    let resolved = after(&opened(), RESOLVE, &ana(), 10);
    assert_eq!((resolved.state, resolved.outcome), (TicketState::Resolved, None));
    let silent = after(&resolved, Act::FallSilent, &Actor::clock(), 20_000);
    assert_eq!(silent.outcome, Some(TicketOutcome::Assumed));
    let confirmed = after(&silent, Act::Confirm, &Actor::customer(), 20_001);
    assert_eq!(confirmed.outcome, Some(TicketOutcome::Confirmed));
    assert_eq!(confirmed.resolved_at, Some(minutes(10)), "it was solved then");
    let disputed = after(&confirmed, Act::Dispute, &Actor::customer(), 20_002);
    assert_eq!(
        (disputed.state, disputed.outcome, disputed.resolved_at),
        (TicketState::Open, None, None)
    );
    let waiting = after(&opened(), Act::Reply, &ana(), 1);
    assert_eq!(
        after(&waiting, Act::FallSilent, &Actor::clock(), 20_000).outcome,
        Some(TicketOutcome::Assumed)
    );
    refused(&opened(), Act::FallSilent, &Actor::clock(), 20_000);
}

#[test]
fn only_managers_end_and_what_they_ended_stays_so() {
    assert_eq!(refused(&opened(), end(), &ana(), 1), Refusal::ManagersOnly);
    let no_reason = Act::End { reason: " ".into() };
    assert!(matches!(
        refused(&opened(), no_reason, &manager(), 1),
        Refusal::Invalid { field: "reason", .. }
    ));
    let ended = after(&opened(), end(), &manager(), 1);
    assert_eq!(ended.outcome, Some(TicketOutcome::EndedByStaff));
    for act in [Act::Write, Act::Dispute, Act::Confirm] {
        refused(&ended, act, &Actor::customer(), 2);
    }
}

#[test]
fn a_ticket_takes_the_longer_wait_of_the_one_that_it_absorbs() {
    let replied = after(&opened(), Act::Reply, &ana(), 10);
    let snoozed = after(&replied, snooze(600), &ana(), 11);
    let absorb = |waiting_since| Act::Absorb {
        other: "T-2222-2222".into(),
        waiting_since,
    };
    let quiet = after(&snoozed, absorb(None), &ana(), 12);
    assert_eq!(quiet.state, TicketState::Snoozed);
    let woken = after(&snoozed, absorb(Some(minutes(3))), &ana(), 12);
    assert_eq!(
        (woken.state, woken.snoozed_until, woken.waiting_since),
        (TicketState::Open, None, Some(minutes(3)))
    );
    let merged = after(
        &opened(),
        Act::Merge {
            into: "T-2222-2222".into(),
        },
        &ana(),
        5,
    );
    assert_eq!((merged.state, merged.waiting_since), (TicketState::Merged, None));
    refused(&merged, absorb(None), &ana(), 6);
    let itself = Act::Merge {
        into: "T-7K3F-9QXM".into(),
    };
    assert!(matches!(
        refused(&opened(), itself, &ana(), 5),
        Refusal::Invalid { field: "into", .. }
    ));
}

#[test]
fn the_ladder_is_climbed_when_the_customer_has_waited_long_enough() {
    let ticket = opened();
    refused(&ticket, Act::Climb, &Actor::clock(), 119);
    let first = after(&ticket, Act::Climb, &Actor::clock(), 120);
    assert_eq!((first.escalation, first.escalate_at), (1, Some(minutes(240))));
    let by_hand = after(&first, Act::Escalate { reason: "angry".into() }, &ana(), 130);
    assert_eq!((by_hand.escalation, by_hand.escalate_at), (2, Some(minutes(360))));
    let last = after(&by_hand, Act::Climb, &Actor::clock(), 400);
    assert_eq!((last.escalation, last.escalate_at), (3, None));
}

#[test]
fn values_out_of_range_are_named() {
    for (field, act) in [
        (
            "priority",
            Act::Change {
                priority: Some(5),
                tags: None,
            },
        ),
        ("rating", Act::Rate { rating: 0 }),
        ("reason", Act::Escalate { reason: String::new() }),
    ] {
        assert!(matches!(refused(&opened(), act, &ana(), 1), Refusal::Invalid { field: f, .. } if f == field));
    }
}

#[test]
fn an_act_on_an_older_version_is_refused() {
    let ticket = TicketRecord { version: 4, ..opened() };
    assert_eq!(check_version(&ticket, None), Ok(()));
    assert_eq!(check_version(&ticket, Some(4)), Ok(()));
    assert!(matches!(
        check_version(&ticket, Some(3)),
        Err(Refusal::Changed { version: 4, .. })
    ));
}

/// One step of a random life: what is done, by which of three at the desk, after how many minutes.
#[derive(Debug, Clone)]
struct Step {
    act: Act,
    who: usize,
    after: i64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = || (0i64..600).prop_map(minutes);
    let act = prop_oneof![
        1 => at().prop_map(|until| Act::Claim { until }),
        1 => Just(Act::Release),
        1 => proptest::option::of(Just("budi".to_owned())).prop_map(|to| Act::Assign { to, name: "x".into() }),
        1 => Just(Act::Route { team: "billing".into() }),
        1 => Just(Act::Change { priority: Some(3), tags: Some(vec!["b".into(), "a".into()]) }),
        3 => Just(Act::Reply),
        1 => Just(Act::Note),
        1 => at().prop_map(|until| Act::Snooze { until }),
        1 => Just(Act::Wake),
        1 => Just(Act::Escalate { reason: "why".into() }),
        2 => Just(Act::LeaseEnded),
        2 => Just(Act::Climb),
        1 => Just(Act::PromiseSoon),
        1 => Just(Act::PromiseMissed),
        2 => Just(RESOLVE),
        5 => Just(Act::Write),
        1 => Just(Act::Details(Details::default())),
        1 => Just(Act::Confirm),
        1 => Just(Act::Dispute),
        1 => Just(Act::FallSilent),
        1 => Just(Act::HandBack),
        1 => Just(end()),
        1 => Just(Act::Merge { into: "T-2222-2222".into() }),
        1 => proptest::option::of(at()).prop_map(|waiting_since| Act::Absorb { other: "T-2222-2222".into(), waiting_since }),
        1 => (0i64..7).prop_map(|rating| Act::Rate { rating }),
    ];
    let step = (act, 0usize..3, 0i64..40).prop_map(|(act, who, after)| Step { act, who, after });
    proptest::collection::vec(step, 1..60)
}

/// Who would do this.
fn actor(act: &Act, who: usize) -> Actor {
    match act {
        Act::Write | Act::Dispute | Act::Confirm | Act::Details(_) | Act::Rate { .. } => Actor::customer(),
        Act::LeaseEnded | Act::Climb | Act::PromiseSoon | Act::PromiseMissed | Act::FallSilent => Actor::clock(),
        _ => [ana(), budi(), manager()][who].clone(),
    }
}

/// What must be true of a ticket, told apart from how it is done.
#[derive(Debug, Default)]
struct Model {
    waiting_since: Option<Timestamp>,
    claim: Option<(String, Option<Timestamp>)>,
    kept: Option<bool>,
    escalation: i64,
    merged: bool,
}

impl Model {
    /// Whether this must be refused, whatever else.
    fn forbids(&self, act: &Act, by: &Actor, now: Timestamp) -> bool {
        let held_by_another = self
            .claim
            .as_ref()
            .is_some_and(|(person, until)| *person != by.id && until.is_none_or(|until| until > now));
        self.merged && !matches!(act, Act::Details(_))
            || *act == Act::Reply && held_by_another && !by.manages
            || matches!(act, Act::End { .. }) && !by.manages
    }

    fn follow(&mut self, act: &Act, by: &Actor, now: Timestamp) {
        match act {
            Act::Write | Act::Dispute => {
                self.waiting_since.get_or_insert(now);
            }
            Act::Reply | Act::Resolve { .. } | Act::Confirm | Act::FallSilent | Act::HandBack | Act::End { .. } => {
                self.waiting_since = None;
            }
            Act::Merge { .. } => (self.waiting_since, self.merged) = (None, true),
            Act::Absorb {
                waiting_since: Some(other),
                ..
            } => {
                self.waiting_since = Some(self.waiting_since.map_or(*other, |own| own.min(*other)));
            }
            Act::Escalate { .. } | Act::Climb => self.escalation += 1,
            _ => {}
        }
        match act {
            Act::Claim { until } => self.claim = Some((by.id.clone(), Some(*until))),
            Act::Release | Act::LeaseEnded | Act::Route { .. } => self.claim = None,
            Act::Assign { to, .. } => self.claim = to.clone().map(|to| (to, None)),
            Act::Reply => self.claim = Some((by.id.clone(), None)),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_ticket_keeps_its_promises_whatever_happens(steps in steps()) {
        let mut ticket = opened();
        let mut model = Model { waiting_since: Some(start()), ..Model::default() };
        let mut now = start();
        for Step { act, who, after } in steps {
            now += SignedDuration::from_mins(after);
            let by = actor(&act, who);
            let before = ticket.clone();
            let applied = apply(&before, &act, &by, now, &Hours);
            prop_assert_eq!(&before, &ticket, "what is refused or not yet kept changes nothing");
            if model.forbids(&act, &by, now) {
                prop_assert!(applied.is_err(), "{:?} by {}", act, by.id);
            }
            let Ok((next, event)) = applied else { continue };
            prop_assert_eq!(event.number, before.events.len() as i64 + 1);
            ticket = next;
            model.follow(&act, &by, now);

            prop_assert_eq!(ticket.waiting_since, model.waiting_since, "{:?}", act);
            prop_assert_eq!(ticket.escalation, model.escalation, "escalation only grows");
            prop_assert_eq!(ticket.resolved_at.is_some(), ticket.state == TicketState::Resolved);
            prop_assert_eq!(ticket.resolved_by.is_some(), ticket.state == TicketState::Resolved);
            prop_assert_eq!(ticket.merged_into.is_some(), ticket.state == TicketState::Merged);
            prop_assert_eq!(ticket.snoozed_until.is_some(), ticket.state == TicketState::Snoozed);
            prop_assert!(ticket.outcome.is_none() || ticket.state == TicketState::Resolved);
            prop_assert!(ticket.state != TicketState::Open || ticket.waiting_since.is_some(), "{:?}", act);
            prop_assert!(ticket.state != TicketState::Waiting || ticket.waiting_since.is_none(), "{:?}", act);
            prop_assert_eq!(ticket.next_due_at.is_some(), ticket.waiting_since.is_some());
            prop_assert!(ticket.claimed_until.is_none() || ticket.assignee.is_some() && ticket.state.is_running());
            if ticket.outcome == Some(TicketOutcome::Confirmed) && before.outcome != ticket.outcome {
                prop_assert_eq!(&act, &Act::Confirm);
                prop_assert_eq!(&by.id, "customer");
            }
            if ticket.outcome == Some(TicketOutcome::EndedByStaff) {
                prop_assert!(before.outcome == ticket.outcome || by.manages);
            }
            if model.kept.is_some() {
                prop_assert_eq!(ticket.promise_kept, model.kept, "it never changes once set");
            }
            prop_assert!(ticket.promise_kept != Some(true) || ticket.first_reply_at.is_some(), "{:?}", act);
            model.kept = ticket.promise_kept;
            if act == Act::LeaseEnded {
                prop_assert!(ticket.assignee.is_none() && before.claimed_until.is_some_and(|until| until <= now));
            }
        }
    }
}
