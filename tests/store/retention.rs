//! What is old enough goes, in small batches; what is not over stays.

use jiff::ToSpan;
use tanya::{config::RetentionConfig, jobs::retention, store::Kept};

use crate::{
    archive::filled,
    harness::{Harness, at, begun, handed_over, new_ticket, on_both_engines, question},
};

on_both_engines!(
    what_is_old_enough_goes_and_what_is_not_over_stays,
    many_rows_go_batch_by_batch,
);

async fn what_is_old_enough_goes_and_what_is_not_over_stays(harness: Harness) {
    let store = filled(&harness).await;
    begun(&store, "OPEN").await;
    handed_over(&store, "WAITING", new_ticket("T-2222-0001", 60)).await;
    let config = RetentionConfig {
        audit: 0,
        ..RetentionConfig::default()
    };
    let later = at(0).checked_add((24 * 800).hours()).expect("a time");
    for (what, days) in retention::kept(&config) {
        // On the last day all of it is still there.
        let early = at(0).checked_add((24 * i64::from(days)).hours()).expect("a time");
        assert_eq!(retention::remove(&store, what, days, early).await, Ok(0), "{what:?}");
        retention::remove(&store, what, days, later).await.expect("removed");
    }
    for (sql, expected) in [
        ("SELECT COUNT(*) FROM questions", 0),
        ("SELECT COUNT(*) FROM conversations", 2),
        ("SELECT COUNT(*) FROM episodes", 2),
        ("SELECT COUNT(*) FROM turns", 1),
        ("SELECT COUNT(*) FROM tickets", 1),
        ("SELECT COUNT(*) FROM ticket_events", 1),
        ("SELECT COUNT(*) FROM outbox", 0),
        (
            "SELECT COUNT(*) FROM streams WHERE stream = 'team:billing' AND last = 2",
            1,
        ),
        // Two did not go out yet.
        ("SELECT COUNT(*) FROM outgoing", 2),
        ("SELECT COUNT(*) FROM sessions", 0),
        ("SELECT COUNT(*) FROM sign_in_links", 0),
        ("SELECT COUNT(*) FROM audit", 2),
        ("SELECT COUNT(*) FROM votes", 3),
    ] {
        assert_eq!(harness.count(sql).await, expected, "{sql}");
    }
}

async fn many_rows_go_batch_by_batch(harness: Harness) {
    let store = harness.open().await;
    for i in 0..500 {
        store.record_question(&question(i));
    }
    store.flush().await.expect("flushed");
    assert_eq!(store.remove_older(Kept::Questions, at(450), 200).await, Ok(200));
    assert_eq!(
        harness
            .count("SELECT COUNT(*) FROM questions WHERE id < 'Q000200'")
            .await,
        0
    );
    assert_eq!(store.remove_older(Kept::Questions, at(450), 200).await, Ok(200));
    assert_eq!(store.remove_older(Kept::Questions, at(450), 200).await, Ok(50));
    assert_eq!(harness.count("SELECT COUNT(*) FROM questions").await, 50);
}
