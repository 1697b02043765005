//! After an erasure nothing of the customer is in any table, and everything else is as it was.

use std::{fs::File, io::Read};

use flate2::read::GzDecoder;
use tanya::store::{Erased, Erasure, Store, Whose};

use crate::{
    archive::{back_up, filled},
    harness::{Harness, at, on_both_engines},
};

on_both_engines!(
    nothing_of_an_erased_customer_is_in_any_table,
    what_is_not_over_is_refused_without_force,
);

/// Everything in the database, as text.
async fn dump(harness: &Harness, store: &Store) -> String {
    let path = harness.folder.path().join("dump.tar.gz");
    back_up(store, &path).await;
    let mut bytes = Vec::new();
    let mut gzip = GzDecoder::new(File::open(&path).expect("the dump"));
    gzip.read_to_end(&mut bytes).expect("read");
    String::from_utf8_lossy(&bytes).to_lowercase()
}

/// What only the customer's rows hold, in small letters.
const TRACES: [&str; 9] = [
    "dewi",
    "lestari",
    "melati",
    "customer-42",
    "2345678",
    "order-9912",
    "toko",
    "shouted",
    "voter-7",
];

async fn nothing_of_an_erased_customer_is_in_any_table(harness: Harness) {
    let store = filled(&harness).await;
    let before = dump(&harness, &store).await;
    assert!(TRACES.iter().all(|trace| before.contains(trace)));
    for whose in [
        Whose::Email("DEWI@example.com ".into()),
        Whose::Customer("customer-42".into()),
        Whose::Ticket("T-2222-2222".into()),
    ] {
        let seen = store.erase_customer(whose.clone(), Erasure::Look, "anna", at(1)).await;
        let Ok(Erased::Seen(traces)) = seen else {
            panic!("{whose:?}: {seen:?}")
        };
        assert_eq!(
            (traces.conversations.len(), traces.tickets.len(), traces.turns),
            (2, 1, 3),
            "{whose:?}"
        );
        assert_eq!(
            (traces.questions, traces.votes, traces.outgoing),
            (1, 2, 2),
            "{whose:?}"
        );
        assert_eq!(dump(&harness, &store).await, before, "looking changes nothing");
    }
    let done = store
        .erase_customer(Whose::Customer("customer-42".into()), Erasure::Ended, "anna", at(1))
        .await;
    assert!(matches!(done, Ok(Erased::Done(_))), "{done:?}");
    let after = dump(&harness, &store).await;
    for trace in TRACES {
        assert!(!after.contains(trace), "{trace} is still there");
    }
    assert!(after.contains("budi@example.com") && after.contains("something of budi"));
    for (sql, expected) in [
        ("SELECT COUNT(*) FROM turns", 4),
        ("SELECT COUNT(*) FROM votes", 3),
        ("SELECT COUNT(*) FROM questions", 2),
        ("SELECT COUNT(*) FROM outgoing", 3),
        (
            "SELECT COUNT(*) FROM outgoing WHERE sent_at IS NULL AND given_up_at IS NULL",
            1,
        ),
        (
            "SELECT COUNT(*) FROM tickets WHERE state = 'resolved' AND outcome = 'confirmed'",
            1,
        ),
        ("SELECT COUNT(*) FROM audit WHERE action = 'customer_erased'", 1),
    ] {
        assert_eq!(harness.count(sql).await, expected, "{sql}");
    }
    let again = store
        .erase_customer(Whose::Customer("customer-42".into()), Erasure::Ended, "anna", at(1))
        .await;
    assert_eq!(again, Ok(Erased::Nobody));
}

async fn what_is_not_over_is_refused_without_force(harness: Harness) {
    let store = filled(&harness).await;
    harness
        .run("UPDATE tickets SET state = 'open', resolved_at = NULL")
        .await;
    let whose = || Whose::Email("dewi@example.com".into());
    let refused = store.erase_customer(whose(), Erasure::Ended, "anna", at(1)).await;
    let Ok(Erased::Running(traces)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(traces.running, ["T-2222-2222"]);
    assert!(dump(&harness, &store).await.contains("melati"));
    let done = store.erase_customer(whose(), Erasure::Running, "anna", at(1)).await;
    assert!(matches!(done, Ok(Erased::Done(_))), "{done:?}");
    assert!(!dump(&harness, &store).await.contains("melati"));
    assert_eq!(store.count_tickets(tanya::store::TicketState::Open).await, Ok(1));
}
