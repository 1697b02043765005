//! A database of the version before keeps what is in it.

use sha2::{Digest, Sha256};
use tanya::store::{EventKind, TicketFilter, TicketState};

use crate::harness::{Harness, act, at, on_both_engines};

on_both_engines!(a_database_of_the_first_versions_keeps_its_tickets_and_events);

/// The migrations of the version before the queue.
const BEFORE: [&str; 3] = [
    include_str!("../../src/store/migrations/0001_questions.sql"),
    include_str!("../../src/store/migrations/0002_article_versions.sql"),
    include_str!("../../src/store/migrations/0003_tickets.sql"),
];

const ROWS: &str = "
INSERT INTO tickets (reference, version, state, team, reason, topic, question, lang, contact, context, nearest,
    nearest_title, confidence, decision, idempotency_key, opened_at, promise_at, resolved_at, resolved_by, note)
VALUES
    ('T-2222-0001', 1, 'open', 'billing', 'sensitive_topic', 'billing', 'I was charged twice', 'en', 'dewi@example.com',
        '{\"plan\":\"pro\"}', 'orders/track', 'Track an order', 0.25, '01A', 'key', 1790000000000000, 1790000060000000,
        NULL, NULL, NULL),
    ('T-2222-0002', 2, 'resolved', 'legal', 'wants_person', NULL, 'A person, please', 'id', NULL, '{}', NULL, NULL, 0.5,
        '01B', NULL, 1790000000000000, 1790000090000000, 1790000030000000, 'anna', 'called back');
INSERT INTO ticket_events (ticket, number, kind, who, at)
VALUES
    ('T-2222-0001', 1, 'opened', 'customer', 1790000000000000),
    ('T-2222-0002', 1, 'opened', 'customer', 1790000000000000),
    ('T-2222-0002', 2, 'resolved', 'anna', 1790000030000000);
";

async fn a_database_of_the_first_versions_keeps_its_tickets_and_events(harness: Harness) {
    let mut script =
        "CREATE TABLE schema_migrations (version BIGINT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL);".to_owned();
    for (i, sql) in BEFORE.iter().enumerate() {
        let checksum = Sha256::digest(sql)
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        script += sql;
        script += &format!(
            "INSERT INTO schema_migrations (version, checksum) VALUES ({}, '{checksum}');",
            i + 1
        );
    }
    harness.make(&(script + ROWS)).await;

    let store = harness.open().await;
    let open = store.ticket("T-2222-0001").await.expect("read").expect("it is there");
    assert_eq!(
        (open.state, open.team.as_str(), open.priority),
        (TicketState::Open, "billing", 2)
    );
    assert_eq!(
        (open.waiting_since, open.promise_at, open.version),
        (Some(at(0)), at(60), 1)
    );
    assert_eq!(
        (open.question.as_str(), open.contact.as_deref()),
        ("I was charged twice", Some("dewi@example.com"))
    );
    assert_eq!((open.context["plan"].as_str(), open.confidence), (Some("pro"), 0.25));
    assert_eq!(open.idempotency_key.as_deref(), Some("key"));
    assert_eq!(open.events.len(), 1);

    let resolved = store.ticket("T-2222-0002").await.expect("read").expect("it is there");
    assert_eq!(
        (resolved.state, resolved.resolved_at),
        (TicketState::Resolved, Some(at(30)))
    );
    assert_eq!(
        (resolved.resolved_by.as_deref(), resolved.note.as_deref()),
        (Some("anna"), Some("called back"))
    );
    assert_eq!(resolved.waiting_since, None);
    let kinds: Vec<EventKind> = resolved.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Opened, EventKind::Resolved]);

    let page = store.tickets(&TicketFilter::default(), None, 10).await.expect("a page");
    assert_eq!(page.tickets.len(), 2);
    // They can be worked on.
    let claim = tanya::desk::queue::Act::Claim { until: at(100) };
    let claimed = act(&store, "T-2222-0001", claim, "anna", 1, at(50)).await;
    assert!(matches!(claimed, Ok(tanya::store::Opened::Done(_))), "{claimed:?}");
    assert_eq!(harness.count("SELECT COUNT(*) FROM ticket_events").await, 4);
}
