use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use serde_json::{Map, Value};
use tempfile::TempDir;

use super::{queue::Actor, *};
use crate::{answer::HandoffReason, clock::FixedClock, store::NearestArticle};

struct Harness {
    desk: Desk,
    store: Store,
    clock: FixedClock,
    _folder: TempDir,
}

async fn harness() -> Harness {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("t.db").display());
    let store = Store::open(&url).await.expect("a store");
    let clock = FixedClock::new("2026-11-23T02:30:00Z".parse::<Timestamp>().expect("a time"));
    let desk = desk(&store, &clock);
    Harness {
        desk,
        store,
        clock,
        _folder: folder,
    }
}

/// All desks draw the same references in the same order.
fn desk(store: &Store, clock: &FixedClock) -> Desk {
    Desk::new(
        store.clone(),
        Arc::new(clock.clone()),
        ChaCha12Rng::seed_from_u64(7),
        "Kawan Kopi",
        &DeskConfig::default(),
    )
}

fn new_ticket(question: &str) -> NewTicket {
    NewTicket {
        question: question.into(),
        language: "en".into(),
        reason: HandoffReason::SensitiveTopic,
        topic: Some("billing".into()),
        team: "billing".into(),
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

#[tokio::test]
async fn a_reference_that_is_taken_is_drawn_again() {
    let Harness {
        desk: first,
        store,
        clock,
        ..
    } = &harness().await;
    let second = desk(store, clock);
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
    assert!(again.to_string().contains("resolved (by anna)"), "{again}");
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
            "team",
            NewTicket {
                team: " ".into(),
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
