//! What several people at once may rely on at the desk, on one server or two.

use std::{sync::Arc, time::Duration};

use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use serde_json::Map;
use tanya::{
    answer::HandoffReason,
    clock::FixedClock,
    config::Config,
    desk::{
        Desk, DeskError, NewChat, NewTicket, Routing, SignedCustomer, Staffer,
        people::People,
        queue::{Act, Actor},
    },
    store::{Store, TicketRecord, TicketState},
};
use tokio::task::JoinSet;

use crate::harness::{Harness, at, handed_over, new_ticket, on_both_engines, opened};

on_both_engines!(
    of_two_merges_into_each_other_one_is_done,
    a_merge_that_fails_halfway_leaves_nothing,
    two_tickets_of_one_conversation_are_merged,
    nobody_claims_more_complex_tickets_than_they_may_have,
    nobody_is_given_more_complex_tickets_than_they_may_have,
    nobody_takes_over_more_complex_conversations_than_they_may_have,
    a_returning_customer_does_not_overload_the_person_who_knows_them,
);

const MANY: [&str; 10] = [
    "T-2222-2222",
    "T-2222-2223",
    "T-2222-2224",
    "T-2222-2225",
    "T-2222-2226",
    "T-2222-2227",
    "T-2222-2228",
    "T-2222-2229",
    "T-2222-2232",
    "T-2222-2233",
];

/// A desk of one of several servers.
async fn desk(harness: &Harness, seed: u64) -> (Desk, Store) {
    let (store, clock) = (harness.open().await, FixedClock::new(at(10)));
    let rng = ChaCha12Rng::seed_from_u64(seed);
    let desk = Desk::new(
        store.clone(),
        Arc::new(clock),
        rng,
        "Kawan Kopi",
        &Config::default().desk,
    );
    (desk, store)
}

async fn ticket(store: &Store, reference: &str) -> TicketRecord {
    store.ticket(reference).await.expect("read").expect("it is there")
}

async fn of_two_merges_into_each_other_one_is_done(harness: Harness) {
    let desks = [desk(&harness, 1).await, desk(&harness, 2).await];
    let store = &desks[0].1;
    for round in 0..5 {
        let [a, b] = [MANY[2 * round], MANY[2 * round + 1]];
        for reference in [a, b] {
            handed_over(store, &format!("C{reference}"), new_ticket(reference, 60)).await;
        }
        let mut merges = JoinSet::new();
        for i in 0..8 {
            let (desk, (from, into)) = (desks[i / 2 % 2].0.clone(), if i % 2 == 0 { (a, b) } else { (b, a) });
            merges.spawn(async move { desk.merge(from, into, &Actor::named("ana"), None).await });
        }
        let outcomes = tokio::time::timeout(Duration::from_secs(60), merges.join_all())
            .await
            .expect("nobody waits for ever");
        let (done, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 1, "{done:?} {refused:?}");
        for outcome in refused {
            assert!(matches!(outcome, Err(DeskError::NotNow { .. })), "{outcome:?}");
        }
        let goes_on = done.into_iter().find_map(Result::ok).expect("one was done").reference;
        let ended = if goes_on == a { b } else { a };
        let (goes_on, ended) = (ticket(store, &goes_on).await, ticket(store, ended).await);
        assert_eq!((goes_on.state, goes_on.events.len()), (TicketState::Open, 2));
        assert_eq!(
            (ended.state, ended.merged_into),
            (TicketState::Merged, Some(goes_on.reference))
        );
        let conversation = ended.conversation.expect("a conversation");
        let conversation = store
            .conversation(&conversation)
            .await
            .expect("read")
            .expect("it is there");
        assert_eq!(
            conversation.ticket,
            Some(goes_on_of(&desks[1].1, &ended.reference).await)
        );
    }
    if harness.is_postgres() {
        // The server counts when a connection ends.
        for (_, store) in &desks {
            store.close().await;
        }
        let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
        assert_eq!(
            harness.count(deadlocks).await,
            0,
            "they wait for each other in one order"
        );
    }
}

async fn goes_on_of(store: &Store, reference: &str) -> String {
    ticket(store, reference).await.merged_into.expect("it was merged")
}

async fn a_merge_that_fails_halfway_leaves_nothing(harness: Harness) {
    let (desk, store) = desk(&harness, 1).await;
    let [a, b, ..] = MANY;
    for reference in [a, b] {
        handed_over(&store, &format!("C{reference}"), new_ticket(reference, 60)).await;
    }
    let before = (ticket(&store, a).await, ticket(&store, b).await);
    // The ticket that goes on is written first; the database refuses the other one.
    harness
        .run(match harness.is_postgres() {
            true => "ALTER TABLE tickets ADD CONSTRAINT no_merge CHECK (state <> 'merged')",
            false => {
                "CREATE TRIGGER no_merge BEFORE UPDATE ON tickets WHEN NEW.state = 'merged'
                 BEGIN SELECT RAISE(ABORT, 'no merge'); END"
            }
        })
        .await;
    let failed = desk.merge(a, b, &Actor::named("ana"), None).await;
    assert!(matches!(failed, Err(DeskError::Store(_))), "{failed:?}");
    assert_eq!((ticket(&store, a).await, ticket(&store, b).await), before);
    assert_eq!(harness.count("SELECT COUNT(*) FROM ticket_events").await, 2);
    assert_eq!(
        harness
            .count("SELECT COUNT(*) FROM conversations WHERE version > 1")
            .await,
        0
    );
    for stream in ["conversation:CT-2222-2222", "conversation:CT-2222-2223", "team:billing"] {
        assert_eq!(store.last_event(stream).await, Ok(2), "{stream}");
    }
    harness
        .run(match harness.is_postgres() {
            true => "ALTER TABLE tickets DROP CONSTRAINT no_merge",
            false => "DROP TRIGGER no_merge",
        })
        .await;
    let merged = desk.merge(a, b, &Actor::named("ana"), Some(1)).await;
    assert_eq!(merged.map(|ticket| ticket.reference), Ok(b.to_owned()));
}

async fn two_tickets_of_one_conversation_are_merged(harness: Harness) {
    let (desk, store) = desk(&harness, 1).await;
    let [a, b, ..] = MANY;
    handed_over(&store, "C1", new_ticket(a, 60)).await;
    handed_over(&store, "C2", new_ticket(b, 60)).await;
    harness.run("UPDATE tickets SET conversation = 'C1'").await;
    desk.merge(a, b, &Actor::named("ana"), None).await.expect("merged");
    let conversation = store.conversation("C1").await.expect("read").expect("it is there");
    assert_eq!((conversation.version, conversation.ticket.as_deref()), (3, Some(b)));
}

/// A person P1 who may have three complex tickets, of every team.
async fn with_ana(harness: &Harness) {
    harness.open().await;
    harness
        .run(
            "INSERT INTO people (id, version, email, name, role, disabled, teams, skills, level, capacity, availability,
                 created_at)
             VALUES ('P1', 1, 'ana@example.org', 'Ana', 'agent', 0, '[]', '[]', 2, 3, 'available', 1)",
        )
        .await;
}

/// Ten complex tickets, for each a task on one of two servers; how many of them were done.
async fn all_at_once<F>(harness: &Harness, act: impl Fn(Desk, &'static str) -> F) -> usize
where
    F: Future<Output = Result<tanya::desk::Ticket, DeskError>> + Send + 'static,
{
    let desks = [desk(harness, 1).await, desk(harness, 2).await];
    for reference in MANY {
        handed_over(&desks[0].1, &format!("C{reference}"), new_ticket(reference, 60)).await;
    }
    let mut acts = JoinSet::new();
    for (i, reference) in MANY.into_iter().enumerate() {
        acts.spawn(act(desks[i % 2].0.clone(), reference));
    }
    let mut done = 0;
    for outcome in acts.join_all().await {
        match outcome {
            Ok(_) => done += 1,
            Err(DeskError::NotNow { reason }) => assert!(reason.contains("limit of 3"), "{reason}"),
            Err(other) => panic!("{other:?}"),
        }
    }
    done
}

async fn nobody_claims_more_complex_tickets_than_they_may_have(harness: Harness) {
    let done = all_at_once(&harness, |desk, reference| async move {
        let ana = Staffer {
            capacity: Some(3),
            ..Staffer::named("ana")
        };
        desk.claim(reference, &ana, None).await
    });
    assert_eq!(done.await, 3);
    let held = "SELECT COUNT(*) FROM tickets WHERE assignee = 'ana'";
    assert_eq!(harness.count(held).await, 3);
}

async fn nobody_is_given_more_complex_tickets_than_they_may_have(harness: Harness) {
    with_ana(&harness).await;
    let done = all_at_once(&harness, |desk, reference| async move {
        let give = Act::Assign {
            to: Some("P1".into()),
            name: "Ana".into(),
        };
        let manager = Actor {
            manages: true,
            ..Actor::named("citra")
        };
        desk.act(reference, give, &manager, None).await
    });
    assert_eq!(done.await, 3);
    let held = "SELECT COUNT(*) FROM tickets WHERE assignee = 'P1'";
    assert_eq!(harness.count(held).await, 3);
}

async fn nobody_takes_over_more_complex_conversations_than_they_may_have(harness: Harness) {
    let desks = [desk(&harness, 1).await.0, desk(&harness, 2).await.0];
    let complex = "[[rule]]\nname = 'all'\ncomplex = true";
    for desk in &desks {
        let rules = Routing::parse("rules.toml", complex, "support").expect("rules");
        desk.switch_routing(Arc::new(rules));
    }
    let mut acts = JoinSet::new();
    for i in 0..10 {
        let desk = desks[i % 2].clone();
        let new = NewChat {
            lang: "en".into(),
            channel: "chat".into(),
            ..NewChat::default()
        };
        let (begun, _) = desk.begin_chat(new).await.expect("begun");
        let id = begun.conversation.expect("a conversation").id;
        desk.hear(&id, "Where is my order?", None).await.expect("heard");
        acts.spawn(async move {
            let ana = Staffer {
                capacity: Some(3),
                ..Staffer::named("ana")
            };
            desk.take_over(&id, &ana, "support").await
        });
    }
    let outcomes = acts.join_all().await;
    let full = |outcome: &&Result<_, _>| matches!(outcome, Err(DeskError::NotNow { .. }));
    assert_eq!(outcomes.iter().filter(full).count(), 7, "{outcomes:?}");
    assert_eq!(
        harness
            .count("SELECT COUNT(*) FROM tickets WHERE assignee = 'ana'")
            .await,
        3
    );
    // Who was refused has taken nothing: the bot still has it.
    assert_eq!(harness.count("SELECT COUNT(*) FROM tickets").await, 3);
}

async fn a_returning_customer_does_not_overload_the_person_who_knows_them(harness: Harness) {
    with_ana(&harness).await;
    let (one, store) = desk(&harness, 1).await;
    let (other, _) = desk(&harness, 2).await;
    let before = TicketRecord {
        customer: Some("42".into()),
        assignee: Some("P1".into()),
        state: TicketState::Resolved,
        resolved_at: Some(at(1)),
        ..new_ticket("T-2222-2222", 60)
    };
    opened(&store, before).await;
    let mut openings = JoinSet::new();
    for i in 0..10 {
        let desk = [&one, &other][i % 2].clone();
        let people = People::new(
            store.clone(),
            Arc::new(FixedClock::new(at(10))),
            ChaCha12Rng::seed_from_u64(3),
        );
        desk.staff_with(people);
        let new = NewTicket {
            question: format!("I was charged twice, {i}"),
            language: "en".into(),
            reason: HandoffReason::SensitiveTopic,
            topic: Some("billing".into()),
            team: Some("billing".into()),
            signed: Some(SignedCustomer {
                subject: "42".into(),
                ..SignedCustomer::default()
            }),
            contact: None,
            context: Map::new(),
            nearest: None,
            confidence: 0.2,
            decision: "01J".into(),
            opened_by: "customer".into(),
            channel: "form".into(),
            idempotency_key: None,
        };
        openings.spawn(async move { desk.open_ticket(new).await });
    }
    let opened: Vec<_> = openings
        .join_all()
        .await
        .into_iter()
        .map(|ticket| ticket.expect("a ticket"))
        .collect();
    assert_eq!(opened.len(), 10, "all are opened");
    let hers = opened.iter().filter(|ticket| ticket.assignee.is_some());
    assert_eq!(hers.count(), 3, "the others wait for anybody");
}
