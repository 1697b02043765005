use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use serde_json::{Map, Value};
use tempfile::TempDir;

use super::{queue::Actor, *};
use crate::{
    answer::HandoffReason,
    clock::FixedClock,
    store::{NearestArticle, Scene, TurnKind, TurnRecord},
};

struct Harness {
    desk: Desk,
    store: Store,
    clock: FixedClock,
    _folder: TempDir,
}

async fn harness() -> Harness {
    harness_with(&DeskConfig::default()).await
}

async fn harness_with(config: &DeskConfig) -> Harness {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("t.db").display());
    let store = Store::open(&url).await.expect("a store");
    let clock = FixedClock::new("2026-11-23T02:30:00Z".parse::<Timestamp>().expect("a time"));
    let desk = desk(&store, &clock, config);
    Harness {
        desk,
        store,
        clock,
        _folder: folder,
    }
}

/// All desks draw the same references in the same order.
fn desk(store: &Store, clock: &FixedClock, config: &DeskConfig) -> Desk {
    Desk::new(
        store.clone(),
        Arc::new(clock.clone()),
        ChaCha12Rng::seed_from_u64(7),
        "Kawan Kopi",
        config,
    )
}

fn new_ticket(question: &str) -> NewTicket {
    NewTicket {
        question: question.into(),
        language: "en".into(),
        reason: HandoffReason::SensitiveTopic,
        topic: Some("billing".into()),
        team: Some("billing".into()),
        signed: None,
        contact: Some("dewi@example.com".into()),
        context: Map::from_iter([("plan".to_owned(), Value::from("pro"))]),
        nearest: Some(NearestArticle {
            id: "billing/invoices".into(),
            title: "Invoices".into(),
        }),
        confidence: 0.42,
        decision: "01JDECISION".into(),
        opened_by: "customer".into(),
        channel: "form".into(),
        idempotency_key: None,
    }
}

#[tokio::test]
async fn an_opened_ticket_has_a_reference_a_promise_and_its_first_event() {
    let Harness { desk, .. } = &harness().await;
    let ticket = desk
        .open_ticket(new_ticket("  I was charged twice\n"))
        .await
        .expect("a ticket");
    assert_eq!(ticket.question, "I was charged twice");
    assert_eq!(ticket.state, TicketState::Open);
    assert_eq!(ticket.opened_at, "2026-11-23T02:30:00Z");
    assert_eq!(ticket.promise_at, "2026-11-24T02:30:00Z");
    assert_eq!(ticket.events.len(), 1);
    assert_eq!(ticket.events[0].kind, EventKind::Opened);
    assert_eq!(ticket.events[0].by, "customer");
    assert_eq!(
        desk.get(&ticket.reference.to_lowercase().replace('-', " ")).await,
        Ok(ticket.clone())
    );
    assert!(desk.receipt(&ticket).contains(&ticket.reference));
}

fn office_hours() -> DeskConfig {
    let hours = toml::from_str("weekdays = ['09:00-17:00']").expect("hours");
    DeskConfig {
        hours,
        ..DeskConfig::default()
    }
}

#[tokio::test]
async fn out_of_hours_the_promise_counts_from_the_opening_and_the_receipt_says_so_once() {
    // Monday, 2:30 at night.
    let Harness { desk, store, clock, .. } = &harness_with(&office_hours()).await;
    let ticket = desk
        .open_ticket(new_ticket("I was charged twice"))
        .await
        .expect("a ticket");
    assert_eq!(ticket.promise_at, "2026-11-23T17:00:00Z");
    assert_eq!(ticket.first_due_at.as_deref(), Some("2026-11-23T17:00:00Z"));
    let closed = "Nobody is here right now; we are back today, Monday, 23 November 2026, 09:00 UTC.";
    assert_eq!(desk.receipt(&ticket).matches(closed).count(), 1);

    let record = store
        .ticket(&ticket.reference)
        .await
        .expect("a store")
        .expect("a ticket");
    let (first, card) = desk.receipt_turn(&record, &Scene::default());
    assert!(first.contains(closed) && card["closed_until"] == "2026-11-23T09:00:00Z");
    let told = TurnRecord {
        conversation: "01J".into(),
        number: 2,
        episode: 1,
        kind: TurnKind::Receipt,
        author: "bot".into(),
        text: first,
        data: card,
        idempotency_key: None,
        at: clock.now(),
    };
    let scene = Scene {
        turns: vec![told],
        ..Scene::default()
    };
    let (second, card) = desk.receipt_turn(&record, &scene);
    assert!(!second.contains("Nobody is here") && !card.contains_key("closed_until"));
}

#[tokio::test]
async fn a_team_that_is_quick_promises_less_than_its_target_and_a_queue_more() {
    let Harness { desk, clock, .. } = &harness().await;
    let anna = Actor::named("anna");
    let mut promised = Vec::new();
    for i in 0..40 {
        clock.advance(SignedDuration::from_mins(1));
        let ticket = desk
            .open_ticket(new_ticket(&format!("question {i}")))
            .await
            .expect("a ticket");
        let (promise, opened): (Timestamp, Timestamp) = (
            ticket.promise_at.parse().expect("a time"),
            ticket.opened_at.parse().expect("a time"),
        );
        promised.push(promise.duration_since(opened).as_mins());
        let target = opened + SignedDuration::from_hours(24);
        assert_eq!(ticket.first_due_at, Some(target.to_string()));
        // The first ten are answered within ten minutes, then nobody answers any more.
        if i < 10 {
            clock.advance(SignedDuration::from_mins(10));
            desk.act(&ticket.reference, queue::Act::Reply, &anna, None)
                .await
                .expect("a reply");
        }
    }
    assert!(
        (23 * 60..=24 * 60).contains(&promised[4]),
        "four replies are too few: {promised:?}"
    );
    assert!((10..20).contains(&promised[10]), "{promised:?}");
    // Twenty-nine before it, ten minutes each.
    assert!((290..=320).contains(&promised[39]), "{promised:?}");
}

#[tokio::test]
async fn a_reference_that_is_taken_is_drawn_again() {
    let Harness {
        desk: first,
        store,
        clock,
        ..
    } = &harness().await;
    let second = desk(store, clock, &DeskConfig::default());
    let a = first.open_ticket(new_ticket("one")).await.expect("a ticket");
    let b = second.open_ticket(new_ticket("two")).await.expect("another ticket");
    assert_ne!(a.reference, b.reference);
}

#[tokio::test]
async fn the_same_key_gives_the_same_ticket_back() {
    let Harness { desk, .. } = &harness().await;
    let request = NewTicket {
        idempotency_key: Some("k-1".into()),
        ..new_ticket("where is my refund")
    };
    let first = desk.open_ticket(request.clone()).await.expect("a ticket");
    assert_eq!(desk.open_ticket(request.clone()).await, Ok(first));
    let other = NewTicket {
        question: "something else".into(),
        ..request
    };
    assert_eq!(desk.open_ticket(other).await, Err(DeskError::KeyReused));
}

#[tokio::test]
async fn a_ticket_is_resolved_once() {
    let Harness { desk, clock, .. } = &harness().await;
    let ticket = desk
        .open_ticket(new_ticket("close my account"))
        .await
        .expect("a ticket");
    clock.advance(SignedDuration::from_mins(5));
    let resolved = desk
        .resolve(&ticket.reference, &Actor::named("anna"), Some(" called back "), Some(1))
        .await
        .expect("resolved");
    assert_eq!(resolved.state, TicketState::Resolved);
    assert_eq!(resolved.note.as_deref(), Some("called back"));
    assert_eq!(resolved.resolved_at.as_deref(), Some("2026-11-23T02:35:00Z"));
    assert_eq!((resolved.version, resolved.events.len()), (2, 2));
    let again = desk
        .resolve(&ticket.reference, &Actor::named("budi"), None, None)
        .await
        .expect_err("it is resolved");
    assert!(again.to_string().contains("is resolved"), "{again}");
    let missing = desk.resolve("T-2222-2222", &Actor::named("budi"), None, None).await;
    assert_eq!(
        missing,
        Err(DeskError::NoSuchTicket {
            reference: "T-2222-2222".into()
        })
    );
}

#[tokio::test]
async fn a_value_that_is_not_allowed_is_named() {
    let Harness { desk, .. } = &harness().await;
    let cases = [
        ("question", new_ticket("  ")),
        ("question", new_ticket(&"x".repeat(LONGEST_QUESTION + 1))),
        (
            "contact",
            NewTicket {
                contact: Some("0812-3456".into()),
                ..new_ticket("q")
            },
        ),
        (
            "idempotency_key",
            NewTicket {
                idempotency_key: Some(String::new()),
                ..new_ticket("q")
            },
        ),
    ];
    for (expected, request) in cases {
        match desk.open_ticket(request).await {
            Err(DeskError::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    let anonymous = NewTicket {
        contact: Some("  ".into()),
        ..new_ticket(&"x".repeat(LONGEST_QUESTION))
    };
    assert_eq!(desk.open_ticket(anonymous).await.expect("a ticket").contact, None);
}

#[tokio::test]
async fn lists_are_paged() {
    let Harness { desk, clock, .. } = &harness().await;
    for i in 0..5 {
        clock.advance(SignedDuration::from_secs(i));
        desk.open_ticket(new_ticket(&format!("question {i}")))
            .await
            .expect("a ticket");
    }
    let filter = TicketFilter {
        states: vec![TicketState::Open],
        ..TicketFilter::default()
    };
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = desk.list(&filter, cursor.as_deref(), 2).await.expect("a page");
        seen.extend(page.tickets.into_iter().map(|ticket| ticket.promise_at));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|a, b| a >= b), "{seen:?}");
    let other = TicketFilter {
        teams: vec!["legal".into()],
        ..filter
    };
    assert!(desk.list(&other, None, 10).await.expect("a page").tickets.is_empty());
}

#[test]
fn email_addresses_are_judged_leniently() {
    for good in [
        "a@b.co",
        "dewi.lestari+help@mail.example.com",
        "田中@例え.jp",
        "o'brien@example.ie",
    ] {
        assert!(looks_like_email(good), "{good}");
    }
    for bad in [
        "",
        "a",
        "@b.co",
        "a@b",
        "a@b..co",
        "a b@c.de",
        "a@b@c.de",
        "A <a@b.co>",
        "a@b.co\r\nBcc: x@y.z",
    ] {
        assert!(!looks_like_email(bad), "{bad}");
    }
}
