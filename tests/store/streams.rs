//! What followers of a stream are promised: numbers without gaps, in order, and to be woken.

use std::time::Duration;

use serde_json::{Map, json};
use tanya::store::{NewEvent, Store, Wake};
use tokio::{sync::broadcast::Receiver, task::JoinSet};

use crate::harness::{Harness, at, new_ticket, on_both_engines, opened};

on_both_engines!(
    events_have_no_gaps_and_appear_in_their_order,
    what_one_store_commits_wakes_another,
    followers_in_the_same_process_hear_which_stream,
    what_passes_is_heard_and_not_kept,
);

fn event(stream: &str, data: Map<String, serde_json::Value>) -> NewEvent {
    NewEvent {
        stream: stream.into(),
        kind: "test",
        data,
    }
}

/// Follows a stream as a reader does: from the last number on.
async fn follow(store: &Store, stream: &str, until: i64) {
    let mut last = 0;
    while last < until {
        for event in store.events_after(stream, last, 7).await.expect("events") {
            assert_eq!(
                event.number,
                last + 1,
                "a later event was visible before an earlier one"
            );
            last = event.number;
        }
        tokio::task::yield_now().await;
    }
}

async fn events_have_no_gaps_and_appear_in_their_order(harness: Harness) {
    let stores = [harness.open().await, harness.open().await];
    let mut tasks = JoinSet::new();
    for writer in 0..8 {
        let store = stores[writer % 2].clone();
        tasks.spawn(async move {
            for i in 0..25 {
                let own = event(&format!("own:{}", writer % 3), Map::new());
                let data = json!({"writer": writer, "i": i})
                    .as_object()
                    .cloned()
                    .expect("an object");
                let events = vec![event("shared", data.clone()), own, event("shared", data)];
                store.announce(events, at(i)).await.expect("announced");
            }
        });
    }
    for store in &stores {
        let store = store.clone();
        tasks.spawn(async move { follow(&store, "shared", 400).await });
    }
    let all = tokio::time::timeout(Duration::from_secs(120), tasks.join_all());
    all.await.expect("all events came");
    assert_eq!(stores[0].last_event("shared").await, Ok(400));
    let events = stores[1].events_after("shared", 0, 1000).await.expect("events");
    for pair in events.chunks(2) {
        assert_eq!(pair[0].data, pair[1].data, "a change's events stay together");
    }
    let own: i64 = harness
        .count("SELECT CAST(SUM(last) AS BIGINT) FROM streams WHERE stream <> 'shared'")
        .await;
    assert_eq!(own, 200);
    assert_eq!(stores[0].last_event("nothing").await, Ok(0));
}

/// The first wake-up that `wanted` accepts, while `again` is done every now and then: the other one may not be listening
/// yet.
async fn heard(wakes: &mut Receiver<Wake>, wanted: impl Fn(&Wake) -> bool, again: impl AsyncFn(usize)) -> Wake {
    for i in 0..40 {
        again(i).await;
        let waited = tokio::time::timeout(Duration::from_millis(700), async {
            loop {
                match wakes.recv().await {
                    Ok(wake) if wanted(&wake) => return wake,
                    _ => {}
                }
            }
        });
        if let Ok(wake) = waited.await {
            return wake;
        }
    }
    panic!("nothing was heard")
}

async fn open_one(store: &Store, i: usize) {
    opened(store, new_ticket(&format!("T-2222-{i:04}"), 60)).await;
}

async fn what_one_store_commits_wakes_another(harness: Harness) {
    let (one, other) = (harness.open().await, harness.open().await);
    // PostgreSQL tells which stream; SQLite's file only that it was changed.
    let expected = if harness.is_postgres() {
        Wake::Stream("team:billing".into())
    } else {
        Wake::All
    };
    let wanted = |wake: &Wake| *wake == expected;
    heard(&mut other.wakes(), wanted, async |i| open_one(&one, i).await).await;
}

async fn followers_in_the_same_process_hear_which_stream(harness: Harness) {
    let store = harness.open().await;
    let wanted = |wake: &Wake| *wake == Wake::Stream("team:billing".into());
    heard(&mut store.wakes(), wanted, async |i| open_one(&store, i).await).await;
}

async fn what_passes_is_heard_and_not_kept(harness: Harness) {
    let one = harness.open().await;
    // Several servers share a PostgreSQL; a SQLite file has one.
    let other = if harness.is_postgres() {
        harness.open().await
    } else {
        one.clone()
    };
    let data = json!({"typing": "anna\n\u{0}"});
    let wanted = |wake: &Wake| matches!(wake, Wake::Passing { .. });
    let again = async |_| one.tell_passing("conversation:C1", &data).await.expect("told");
    let Wake::Passing { stream, data: told } = heard(&mut other.wakes(), wanted, again).await else {
        panic!("it passes")
    };
    assert_eq!(stream, "conversation:C1");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&told).expect("JSON"), data);
    assert_eq!(one.last_event("conversation:C1").await, Ok(0));
    assert_eq!(harness.count("SELECT COUNT(*) FROM outbox").await, 0);
}
