//! Documents that several servers agree on.

use tanya::store::{AuditFilter, AuditRecord, DocumentKind, Published, Wake, document_hash};

use crate::harness::{Harness, at, on_both_engines};

on_both_engines!(
    the_published_document_is_current_and_the_ones_before_are_kept,
    publishing_is_announced_once,
    of_two_that_publish_first_one_wins_and_both_know_it,
    another_server_hears_of_it,
    of_two_that_publish_over_the_same_one_the_second_is_told,
);

async fn the_published_document_is_current_and_the_ones_before_are_kept(harness: Harness) {
    let store = harness.open().await;
    assert_eq!(store.current_document(DocumentKind::Routing).await, Ok(None));
    assert_eq!(store.current_document_hashes().await, Ok(Vec::new()));

    let publish = |text| store.publish_document(DocumentKind::Routing, text, "anna", at(1));
    let first = publish("first\0").await.expect("published");
    let second = publish("second 二").await.expect("published");
    assert_eq!(second, document_hash("second 二"));
    // No database keeps a NUL; the hash is of what is kept.
    assert_eq!(first, document_hash("first\u{fffd}"));

    let current = store.current_document(DocumentKind::Routing).await.expect("a reading");
    let current = current.expect("a document");
    assert_eq!((current.text.as_str(), current.kept_by.as_str()), ("second 二", "anna"));
    assert_eq!((current.kind, current.kept_at), (DocumentKind::Routing, at(1)));
    let before = store.document(DocumentKind::Routing, &first).await.expect("a reading");
    assert_eq!(before.map(|document| document.text).as_deref(), Some("first\u{fffd}"));

    // Kinds do not meet, and an earlier one may come back.
    assert_eq!(store.document(DocumentKind::Topics, &first).await, Ok(None));
    assert_eq!(publish("first\0").await.as_deref(), Ok(first.as_str()));
    let topics = store.publish_document(DocumentKind::Topics, "t", "budi", at(2));
    let topics = topics.await.expect("published");
    let hashes = store.current_document_hashes().await.expect("a reading");
    assert_eq!(hashes, [(DocumentKind::Routing, first), (DocumentKind::Topics, topics)]);
    store.close().await;
}

async fn publishing_is_announced_once(harness: Harness) {
    let store = harness.open().await;
    for text in ["a", "a", "b"] {
        let publish = store.publish_document(DocumentKind::Topics, text, "anna", at(3));
        publish.await.expect("published");
    }
    let events = store.events_after("desk", 0, 10).await.expect("events");
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.number, event.kind.as_str(), event.data["hash"].as_str()))
        .collect();
    let (a, b) = (document_hash("a"), document_hash("b"));
    assert_eq!(
        told,
        [(1, "document", Some(a.as_str())), (2, "document", Some(b.as_str()))]
    );
    assert_eq!(
        (&events[0].data["kind"], &events[0].data["by"]),
        (&"topics".into(), &"anna".into())
    );
    store.close().await;
}

async fn of_two_that_publish_first_one_wins_and_both_know_it(harness: Harness) {
    let (one, other) = (harness.open().await, harness.open().await);
    assert_eq!(one.is_shared(), harness.is_postgres());
    let (a, b) = tokio::join!(
        one.publish_first_document(DocumentKind::Topics, "a", "one", at(1)),
        other.publish_first_document(DocumentKind::Topics, "b", "other", at(1)),
    );
    let (a, b) = (a.expect("a document"), b.expect("a document"));
    assert_eq!(a, b);
    assert_eq!(one.current_document(DocumentKind::Topics).await, Ok(Some(a)));
    assert_eq!(one.last_event("desk").await, Ok(1));
    one.close().await;
    other.close().await;
}

async fn another_server_hears_of_it(harness: Harness) {
    let (one, other) = (harness.open().await, harness.open().await);
    let mut wakes = other.wakes();
    let publish = one.publish_document(DocumentKind::Calibration, "c", "one", at(1));
    let hash = publish.await.expect("published");
    let heard = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        loop {
            let wake = wakes.recv().await.expect("the store is open");
            let about = wake == Wake::All || wake == Wake::Stream("desk".into());
            let hashes = other.current_document_hashes().await.expect("a reading");
            if about && hashes == [(DocumentKind::Calibration, hash.clone())] {
                break;
            }
        }
    });
    heard.await.expect("it is told within seconds");
    one.close().await;
    other.close().await;
}

async fn of_two_that_publish_over_the_same_one_the_second_is_told(harness: Harness) {
    let store = harness.open().await;
    let audit = |id: &str, who: &str| AuditRecord {
        id: id.into(),
        at: at(5),
        who: who.into(),
        action: "settings.changed".into(),
        subject: "settings".into(),
        detail: Default::default(),
    };
    let kind = DocumentKind::Settings;
    let first = store.publish_document_over(kind, "a", None, audit("1", "ana")).await;
    let Ok(Published::Done(first)) = first else {
        panic!("nothing was there: {first:?}");
    };
    assert_eq!((first.text.as_str(), first.kept_by.as_str()), ("a", "ana"));
    // Whoever saw nothing is told what is there now.
    let stale = store.publish_document_over(kind, "b", None, audit("2", "budi")).await;
    assert_eq!(stale, Ok(Published::Stale(Some(first.clone()))));
    let (one, other) = tokio::join!(
        store.publish_document_over(kind, "b", Some(&first.hash), audit("3", "budi")),
        store.publish_document_over(kind, "c", Some(&first.hash), audit("4", "citra")),
    );
    let done = [one, other]
        .into_iter()
        .filter(|outcome| matches!(outcome, Ok(Published::Done(_))))
        .count();
    assert_eq!(done, 1);
    let log = store.audit(&AuditFilter::default(), None, 10).await.expect("read");
    assert_eq!(log.entries.len(), 2);
    assert_eq!(store.documents(kind, 10).await.map(|all| all.len()), Ok(2));
    // The same once more changes nothing and is no deed.
    let now = store.current_document(kind).await.expect("read").expect("there is one");
    let same = store
        .publish_document_over(kind, &now.text, Some(&now.hash), audit("5", "dewi"))
        .await;
    assert_eq!(same, Ok(Published::Done(now.clone())));
    assert_eq!(
        store
            .audit(&AuditFilter::default(), None, 10)
            .await
            .map(|log| log.entries.len()),
        Ok(2)
    );
    // An earlier text that somebody makes count again is theirs.
    let again = store
        .publish_document_over(kind, "a", Some(&now.hash), audit("6", "eka"))
        .await;
    let current = store.current_document(kind).await.expect("read").expect("there is one");
    assert_eq!((current.text.as_str(), current.kept_by.as_str()), ("a", "eka"));
    assert_eq!(again, Ok(Published::Done(current)));
    store.close().await;
}
