//! What the clock and the promises read: what is due, who has how much, how it went.

use tanya::store::{
    Change, ConversationRecord, Due, EpisodeRecord, EpisodeState, PromiseCounts, QueueLoad, Store, Subject,
    TicketFilter, TicketRecord, TicketState,
};

use crate::harness::{
    Harness, at, begun, done, new_conversation, new_episode, new_ticket, new_turn, on_both_engines, opened,
};

on_both_engines!(
    what_is_due_comes_in_the_order_of_its_time,
    the_load_of_a_team_is_who_waits_and_how_long_replies_took,
    only_open_complex_tickets_count_against_capacity,
    promises_are_counted_by_what_became_of_them,
    the_person_who_knows_a_customer_is_found,
    tickets_are_found_by_what_holds_for_them,
    answers_that_are_overdue_are_found,
    silence_is_the_time_since_the_last_turn,
);

fn ticket(i: i64, change: impl FnOnce(&mut TicketRecord)) -> TicketRecord {
    let mut ticket = new_ticket(&format!("T-2222-{i:04}"), 1000 + i);
    change(&mut ticket);
    ticket
}

async fn what_is_due_comes_in_the_order_of_its_time(harness: Harness) {
    let store = harness.open().await;
    for new in [
        ticket(0, |t| t.claimed_until = Some(at(20))),
        ticket(1, |t| t.claimed_until = Some(at(10))),
        ticket(2, |t| t.claimed_until = Some(at(31))),
        ticket(3, |t| {
            t.state = TicketState::Snoozed;
            t.snoozed_until = Some(at(30));
        }),
        ticket(4, |t| t.snoozed_until = Some(at(5))),
        ticket(5, |t| t.escalate_at = Some(at(30))),
        ticket(6, |t| t.promise_at = at(29)),
        ticket(7, |t| t.promise_at = at(30)),
        ticket(8, |t| {
            t.promise_at = at(1);
            t.promise_kept = Some(true);
        }),
        ticket(9, |t| {
            t.promise_at = at(1);
            t.state = TicketState::Waiting;
        }),
        ticket(10, |t| t.warn_at = Some(at(29))),
        ticket(11, |t| t.warn_at = Some(at(30))),
        ticket(12, |t| {
            t.warn_at = Some(at(28));
            t.state = TicketState::Snoozed;
        }),
        ticket(13, |t| {
            t.warn_at = Some(at(1));
            t.state = TicketState::Waiting;
            t.promise_kept = Some(true);
        }),
        ticket(14, |t| {
            t.warn_at = Some(at(1));
            (t.state, t.resolved_at) = (TicketState::Resolved, Some(at(2)));
        }),
        // It is too late to warn of this one.
        ticket(15, |t| (t.warn_at, t.promise_at) = (Some(at(1)), at(29))),
    ] {
        opened(&store, new).await;
    }
    let due = async |due, limit| store.due_tickets(due, at(30), limit).await.expect("tickets");
    assert_eq!(due(Due::Claim, 10).await, ["T-2222-0001", "T-2222-0000"]);
    assert_eq!(due(Due::Claim, 1).await, ["T-2222-0001"]);
    assert_eq!(due(Due::Snooze, 10).await, ["T-2222-0003"]);
    assert_eq!(due(Due::Escalation, 10).await, ["T-2222-0005"]);
    assert_eq!(due(Due::Promise, 10).await, ["T-2222-0006", "T-2222-0015"]);
    assert_eq!(due(Due::Warning, 10).await, ["T-2222-0012", "T-2222-0010"]);
}

async fn the_load_of_a_team_is_who_waits_and_how_long_replies_took(harness: Harness) {
    let store = harness.open().await;
    for i in 0..5 {
        let replied = ticket(i, |t| {
            t.opened_at = at(i);
            t.first_reply_at = (i > 1).then(|| at(100 - i));
            t.state = if i > 1 { TicketState::Waiting } else { TicketState::Open };
        });
        opened(&store, replied).await;
    }
    opened(&store, ticket(9, |t| t.team = "legal".into())).await;
    let load = store.queue_load("billing", 2).await.expect("a load");
    let replies = vec![(at(2), at(98)), (at(3), at(97))];
    assert_eq!(load, QueueLoad { waiting: 2, replies });
    assert_eq!(store.queue_load("nobody", 2).await, Ok(QueueLoad::default()));
}

async fn only_open_complex_tickets_count_against_capacity(harness: Harness) {
    let store = harness.open().await;
    for (i, (person, complex, state)) in [
        (Some("anna"), true, TicketState::Open),
        (Some("anna"), true, TicketState::Waiting),
        (Some("anna"), true, TicketState::Snoozed),
        (Some("anna"), false, TicketState::Open),
        (Some("budi"), true, TicketState::Open),
        (None, true, TicketState::Open),
    ]
    .into_iter()
    .enumerate()
    {
        let new = ticket(i as i64, |t| {
            t.assignee = person.map(str::to_owned);
            t.complex = complex;
            t.state = state;
        });
        opened(&store, new).await;
    }
    let loads = store.loads().await.expect("loads");
    assert_eq!(loads, [("anna".to_owned(), 2), ("budi".to_owned(), 1)].into());
}

async fn promises_are_counted_by_what_became_of_them(harness: Harness) {
    let store = harness.open().await;
    for (i, kept) in [Some(true), Some(true), Some(false), None, None, Some(false)]
        .into_iter()
        .enumerate()
    {
        let i = i as i64;
        let new = ticket(i, |t| {
            t.opened_at = at(i);
            t.promise_kept = kept;
            if i > 3 {
                (t.state, t.resolved_at) = (TicketState::Resolved, Some(at(9)));
            }
        });
        opened(&store, new).await;
    }
    let merged = ticket(8, |t| {
        t.state = TicketState::Merged;
        t.promise_kept = Some(false);
    });
    opened(&store, merged).await;
    let counts = |all, kept, missed, unanswered| {
        Ok(PromiseCounts {
            all,
            kept,
            missed,
            unanswered,
        })
    };
    assert_eq!(store.promises(at(0), at(4)).await, counts(4, 2, 1, 0));
    assert_eq!(store.promises(at(0), at(6)).await, counts(6, 2, 2, 1));
    assert_eq!(store.promises(at(1), at(3)).await, counts(2, 1, 1, 0));
    assert_eq!(store.promises(at(50), at(60)).await, counts(0, 0, 0, 0));
}

async fn the_person_who_knows_a_customer_is_found(harness: Harness) {
    let store = harness.open().await;
    for (i, person) in [Some("anna"), Some("budi"), None].into_iter().enumerate() {
        let i = i as i64;
        let new = ticket(i, |t| {
            t.opened_at = at(i);
            t.customer = Some("42".into());
            t.assignee = person.map(str::to_owned);
        });
        opened(&store, new).await;
    }
    assert_eq!(store.last_assignee_of("42").await, Ok(Some("budi".into())));
    assert_eq!(store.last_assignee_of("43").await, Ok(None));
}

async fn references(store: &Store, filter: TicketFilter) -> Vec<String> {
    let page = store.tickets(&filter, None, 200).await.expect("a page");
    let last = |ticket: TicketRecord| ticket.reference[10..].to_owned();
    page.tickets.into_iter().rev().map(last).collect()
}

async fn tickets_are_found_by_what_holds_for_them(harness: Harness) {
    let store = harness.open().await;
    for new in [
        ticket(0, |t| t.assignee = Some("anna".into())),
        ticket(1, |t| t.escalation = 1),
        ticket(2, |t| t.customer = Some("42".into())),
        ticket(3, |t| t.next_due_at = Some(at(5))),
        ticket(4, |t| {
            t.state = TicketState::Waiting;
            t.next_due_at = Some(at(5));
        }),
    ] {
        opened(&store, new).await;
    }
    let none = TicketFilter::default;
    let assignee = TicketFilter {
        assignee: Some("anna".into()),
        ..none()
    };
    assert_eq!(references(&store, assignee).await, ["0"]);
    assert_eq!(
        references(
            &store,
            TicketFilter {
                unassigned: true,
                ..none()
            }
        )
        .await,
        ["1", "2", "3", "4"]
    );
    assert_eq!(
        references(
            &store,
            TicketFilter {
                escalated: true,
                ..none()
            }
        )
        .await,
        ["1"]
    );
    let customer = TicketFilter {
        customer: Some("42".into()),
        ..none()
    };
    assert_eq!(references(&store, customer).await, ["2"]);
    let overdue = |second| TicketFilter {
        overdue_at: Some(at(second)),
        ..none()
    };
    assert_eq!(references(&store, overdue(6)).await, ["3"]);
    assert_eq!(references(&store, overdue(1002)).await, ["0", "1", "3"]);
    let states = TicketFilter {
        states: vec![TicketState::Waiting, TicketState::Snoozed],
        ..none()
    };
    assert_eq!(references(&store, states).await, ["4"]);
}

async fn answers_that_are_overdue_are_found(harness: Harness) {
    let store = harness.open().await;
    for (i, due) in [Some(30), Some(10), None, Some(40)].into_iter().enumerate() {
        let id = format!("C{i}");
        let conversation = ConversationRecord {
            answer_due_at: due.map(at),
            ..new_conversation(&id)
        };
        done(&store, Subject::Nothing, move |_| Change {
            conversation: Some(conversation.clone()),
            ..Change::default()
        })
        .await;
    }
    assert_eq!(
        store.overdue_answers(at(40), 10).await,
        Ok(vec!["C1".into(), "C0".into()])
    );
    assert_eq!(store.overdue_answers(at(40), 1).await, Ok(vec!["C1".into()]));
}

async fn silence_is_the_time_since_the_last_turn(harness: Harness) {
    let store = harness.open().await;
    for id in ["C1", "C2", "C3"] {
        begun(&store, id).await;
    }
    let change = async |id: &str, second, change: Change| {
        let subject = Subject::Conversation(id.into());
        let decide = move |_: &_| Ok::<_, ()>(change.clone());
        store.work(subject, None, at(second), decide).await.expect("done");
    };
    let said = || Change {
        turns: vec![new_turn("hello")],
        ..Change::default()
    };
    change("C1", 20, said()).await;
    change("C2", 10, said()).await;
    // Nobody has said anything here, although it has changed.
    change("C2", 99, Change::default()).await;
    let next = |scene: &tanya::store::Scene| Change {
        conversation: scene.conversation.clone().map(|conversation| ConversationRecord {
            episodes: 2,
            ..conversation
        }),
        episodes: vec![EpisodeRecord {
            state: EpisodeState::Confirmed,
            ..new_episode("C3", 2)
        }],
        ..Change::default()
    };
    done(&store, Subject::Conversation("C3".into()), next).await;
    let quiet = async |until, limit| {
        let quiet = store.quiet_episodes(EpisodeState::Open, at(until), limit).await;
        quiet
            .expect("episodes")
            .into_iter()
            .map(|(id, _)| id)
            .collect::<Vec<_>>()
    };
    // The episode of C3 that is open is not its present one.
    assert_eq!(quiet(30, 10).await, ["C2", "C1"]);
    assert_eq!(quiet(30, 1).await, ["C2"]);
    assert_eq!(quiet(20, 10).await, ["C2"]);
    assert_eq!(quiet(10, 10).await, Vec::<String>::new());
}
