//! What both engines promise: every test here runs on SQLite and on PostgreSQL.

use serde_json::{Map, Value};
use tanya::{
    answer::Outcome,
    desk::queue::{Act, Refusal},
    store::{
        ArticleAsked, ArticleUsed, NearestArticle, Opened, QuestionRecord, StoreError, TicketFilter, TicketOrder,
        TicketRecord, TicketState, TimeRange,
    },
};
use tokio::task::JoinSet;

use crate::harness::{Harness, act, all_questions, at, new_ticket, on_both_engines, open_ticket, opened, question};

on_both_engines!(
    a_question_comes_back_as_it_was_recorded,
    questions_are_read_by_time_and_page,
    the_questions_of_one_article_are_those_that_it_answered_or_was_nearest_to,
    articles_are_counted_by_the_questions_that_led_to_them,
    dropping_the_store_loses_nothing_that_was_acknowledged,
    a_write_that_is_refused_does_not_take_its_group_down,
    of_many_who_resolve_at_once_one_wins,
    a_stale_version_is_refused_with_the_present_state,
    the_same_key_opens_one_ticket_however_often_it_comes,
    tickets_are_filtered_ordered_and_paged,
    article_versions_are_kept_once_and_only_under_their_hash,
    a_closed_store_says_so,
    a_long_text_in_any_script_comes_back,
    two_that_start_at_once_migrate_once,
    a_database_of_a_newer_version_is_refused,
    many_tickets_at_once_are_all_there,
);

async fn a_question_comes_back_as_it_was_recorded(harness: Harness) {
    let store = harness.open().await;
    let answered = QuestionRecord {
        outcome: Outcome::Answer,
        reason: None,
        article: Some(ArticleUsed {
            id: "orders/track".into(),
            version: "sha256:1".into(),
        }),
        ..question(2)
    };
    let odd = QuestionRecord {
        confidence: f64::NAN,
        nearest: None,
        topic: Some("legal".into()),
        ..question(3)
    };
    for record in [&question(1), &answered, &odd, &question(1)] {
        assert!(store.record_question(record));
    }
    store.flush().await.expect("flushed");
    let kept = |record: QuestionRecord| QuestionRecord {
        text: record.text.replace('\0', "\u{fffd}"),
        ..record
    };
    assert_eq!(
        all_questions(&store).await,
        [
            kept(question(1)),
            kept(answered),
            QuestionRecord {
                confidence: 0.0,
                ..kept(odd)
            }
        ]
    );
    assert_eq!(store.questions_lost(), 0);
}

async fn questions_are_read_by_time_and_page(harness: Harness) {
    let store = harness.open().await;
    for i in 0..2500 {
        // Many share a moment, so that pages must be cut inside it.
        store.record_question(&QuestionRecord {
            at: at(i / 1500),
            ..question(i)
        });
    }
    store.flush().await.expect("flushed");
    let mut ids = Vec::new();
    store
        .each_question(TimeRange::default(), |record| ids.push(record.id))
        .await
        .expect("questions");
    assert_eq!(ids.len(), 2500);
    assert!(ids.is_sorted());
    let second = TimeRange {
        since: Some(at(1)),
        until: Some(at(2)),
    };
    assert_eq!(store.questions(second, 5000).await.expect("questions").len(), 1000);
    let first = TimeRange {
        since: None,
        until: Some(at(1)),
    };
    assert_eq!(store.questions(first, 7).await.expect("questions").len(), 7);
}

async fn the_questions_of_one_article_are_those_that_it_answered_or_was_nearest_to(harness: Harness) {
    let store = harness.open().await;
    let of = |id: i64, article: Option<&str>, nearest: Option<&str>| QuestionRecord {
        // Many share a moment, so that pages are cut inside it.
        at: at(id / 1500),
        article: article.map(|id| ArticleUsed {
            id: id.into(),
            version: "sha256:1".into(),
        }),
        nearest: nearest.map(|id| NearestArticle {
            id: id.into(),
            title: id.into(),
        }),
        ..question(id)
    };
    for i in 0..2500 {
        store.record_question(&match i % 5 {
            0 => of(i, Some("beans"), Some("track")),
            1 => of(i, Some("track"), Some("beans")),
            2 => of(i, None, Some("beans")),
            3 => of(i, None, Some("beans/green")),
            _ => of(i, None, None),
        });
    }
    store.flush().await.expect("flushed");
    let mut ids = Vec::new();
    store
        .each_question_met_by("beans", TimeRange::default(), |record| ids.push(record.id))
        .await
        .expect("questions");
    assert!(ids.is_sorted());
    let expected: Vec<String> = (0..2500).filter(|i| i % 5 < 3).map(|i| question(i).id).collect();
    assert_eq!(ids, expected);
    let later = TimeRange {
        since: Some(at(1)),
        until: None,
    };
    let mut count = 0;
    let met = store.each_question_met_by("beans", later, |_| count += 1).await;
    assert_eq!((met, count), (Ok(()), 600));
}

async fn articles_are_counted_by_the_questions_that_led_to_them(harness: Harness) {
    let store = harness.open().await;
    let of = |id: i64, outcome: Outcome, article: Option<&str>, nearest: Option<&str>| QuestionRecord {
        outcome,
        reason: None,
        article: article.map(|id| ArticleUsed {
            id: id.into(),
            version: "sha256:1".into(),
        }),
        nearest: nearest.map(|id| NearestArticle {
            id: id.into(),
            title: "A title".into(),
        }),
        ..question(id)
    };
    for record in [
        of(1, Outcome::Answer, Some("old"), None),
        of(10, Outcome::Answer, Some("track"), Some("lost")),
        of(11, Outcome::Clarify, None, Some("lost")),
        of(12, Outcome::Clarify, None, Some("track")),
        of(13, Outcome::Handoff, None, Some("refund")),
        of(14, Outcome::Clarify, None, None),
        of(15, Outcome::Answer, Some("box"), None),
        of(20, Outcome::Answer, Some("box"), None),
    ] {
        assert!(store.record_question(&record));
    }
    store.flush().await.expect("flushed");
    let range = TimeRange {
        since: Some(at(10)),
        until: Some(at(20)),
    };
    let counted = |id: &str, times: u64| ArticleAsked { id: id.into(), times };
    assert_eq!(
        store.articles_asked(range, 10).await,
        Ok(vec![counted("track", 2), counted("box", 1), counted("lost", 1)])
    );
    assert_eq!(store.articles_asked(range, 1).await, Ok(vec![counted("track", 2)]));
}

async fn dropping_the_store_loses_nothing_that_was_acknowledged(harness: Harness) {
    let store = harness.open().await;
    let ticket = opened(&store, new_ticket("T-2222-2222", 60)).await;
    drop(store);
    let store = harness.open().await;
    assert_eq!(store.ticket("T-2222-2222").await, Ok(Some(ticket)));
}

async fn a_write_that_is_refused_does_not_take_its_group_down(harness: Harness) {
    let store = harness.open().await;
    opened(&store, new_ticket("T-2222-0000", 60)).await;
    let mut writers = JoinSet::new();
    for i in 0..50 {
        let store = store.clone();
        // Every second one takes the reference that is taken.
        let reference = if i % 2 == 0 {
            "T-2222-0000".to_owned()
        } else {
            format!("T-3333-{i:04}")
        };
        writers.spawn(async move { open_ticket(&store, new_ticket(&reference, 60)).await });
    }
    let outcomes = writers.join_all().await;
    let refused = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(StoreError::ReferenceTaken { .. })))
        .count();
    assert_eq!(refused, 25);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 25);
    assert_eq!(store.count_tickets(TicketState::Open).await, Ok(26));
}

async fn of_many_who_resolve_at_once_one_wins(harness: Harness) {
    // Two stores on one database, as a server and a command line beside it.
    let stores = [harness.open().await, harness.open().await];
    opened(&stores[0], new_ticket("T-2222-2222", 60)).await;
    let mut resolvers = JoinSet::new();
    for i in 0..40 {
        let store = stores[i % 2].clone();
        let resolve = Act::Resolve {
            note: Some("done".into()),
        };
        resolvers.spawn(async move { act(&store, "T-2222-2222", resolve, &format!("agent {i}"), 1, at(10)).await });
    }
    let mut winners = Vec::new();
    for outcome in resolvers.join_all().await {
        match outcome.expect("an outcome") {
            Opened::Done(worked) => winners.push(worked.ticket.expect("a ticket")),
            Opened::Refused(Refusal::Changed { state, version, .. }) => {
                assert_eq!((state, version), (TicketState::Resolved, 2));
            }
            other => panic!("{other:?}"),
        }
    }
    let [winner] = &winners[..] else {
        panic!("{} have won", winners.len())
    };
    let ticket = stores[1].ticket("T-2222-2222").await.expect("read").expect("a ticket");
    assert_eq!(&ticket, winner);
    assert_eq!(
        (ticket.version, ticket.events.len(), ticket.resolved_at),
        (2, 2, Some(at(10)))
    );
}

async fn a_stale_version_is_refused_with_the_present_state(harness: Harness) {
    let store = harness.open().await;
    let ticket = opened(&store, new_ticket("T-2222-2222", 60)).await;
    let resolve = || Act::Resolve { note: None };
    let stale = act(&store, "T-2222-2222", resolve(), "anna", 7, at(1)).await;
    let Ok(Opened::Refused(refusal)) = stale else {
        panic!("{stale:?}")
    };
    let present = Refusal::Changed {
        reference: "T-2222-2222".into(),
        state: TicketState::Open,
        version: 1,
        by: None,
    };
    assert_eq!(refusal, present);
    assert_eq!(store.ticket("T-2222-2222").await, Ok(Some(ticket)));
    let missing = act(&store, "T-9999-9999", resolve(), "anna", 1, at(1)).await;
    assert_eq!(
        missing.map(|_| ()),
        Err(StoreError::NoSuchTicket {
            reference: "T-9999-9999".into()
        })
    );
    assert_eq!(store.ticket("T-9999-9999").await, Ok(None));
}

async fn the_same_key_opens_one_ticket_however_often_it_comes(harness: Harness) {
    let stores = [harness.open().await, harness.open().await];
    let mut writers = JoinSet::new();
    for i in 0..20 {
        let store = stores[i % 2].clone();
        let ticket = TicketRecord {
            idempotency_key: Some("k".to_owned()),
            ..new_ticket(&format!("T-2222-{i:04}"), 60)
        };
        writers.spawn(async move { open_ticket(&store, ticket).await.expect("a ticket") });
    }
    let mut references = Vec::new();
    let mut new = 0;
    for outcome in writers.join_all().await {
        let ticket = match outcome {
            Opened::Done(worked) => {
                new += 1;
                worked.ticket
            }
            Opened::Before { scene, .. } => scene.ticket,
            Opened::Refused(never) => match never {},
        };
        references.push(ticket.expect("a ticket").reference);
    }
    references.dedup();
    assert_eq!((new, references.len()), (1, 1));
    assert_eq!(stores[0].count_tickets(TicketState::Open).await, Ok(1));
}

async fn tickets_are_filtered_ordered_and_paged(harness: Harness) {
    let store = harness.open().await;
    for i in 0..7 {
        // Promises in pairs, so that a page must be cut between equal ones.
        opened(&store, new_ticket(&format!("T-2222-{i:04}"), i / 2)).await;
    }
    opened(
        &store,
        TicketRecord {
            team: "legal".into(),
            ..new_ticket("T-3333-0000", 9)
        },
    )
    .await;
    let resolved = act(&store, "T-2222-0003", Act::Resolve { note: None }, "anna", 1, at(1)).await;
    assert!(matches!(resolved, Ok(Opened::Done(_))), "{resolved:?}");

    let open = TicketFilter {
        states: vec![TicketState::Open],
        teams: vec!["billing".into()],
        ..Default::default()
    };
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.tickets(&open, cursor.as_deref(), 2).await.expect("a page");
        assert!(page.tickets.iter().all(|ticket| ticket.events.len() == 1));
        seen.extend(page.tickets.into_iter().map(|ticket| ticket.reference[7..].to_owned()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["0006", "0005", "0004", "0002", "0001", "0000"]);

    let due = TicketFilter {
        order: TicketOrder::DuePromise,
        ..Default::default()
    };
    let page = store.tickets(&due, None, 200).await.expect("a page");
    assert_eq!((page.tickets.len(), page.next), (8, None));
    assert!(page.tickets.is_sorted_by_key(|ticket| ticket.promise_at));
    let bad = store.tickets(&due, Some("nonsense"), 10).await;
    assert!(matches!(bad, Err(StoreError::BadCursor { .. })), "{bad:?}");
}

async fn article_versions_are_kept_once_and_only_under_their_hash(harness: Harness) {
    let store = harness.open().await;
    let version = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    for second in [0, 5] {
        store
            .keep_article_version(version, "a/b", "hello", at(second))
            .await
            .expect("kept");
    }
    let kept = store.article_version(version).await.expect("read").expect("a version");
    assert_eq!(
        (kept.article.as_str(), kept.source.as_str(), kept.kept_at),
        ("a/b", "hello", at(0))
    );
    let wrong = store.keep_article_version(version, "a/b", "hullo", at(0)).await;
    assert!(matches!(wrong, Err(StoreError::WrongVersion { .. })), "{wrong:?}");
    assert_eq!(store.article_version("sha256:0").await, Ok(None));
}

async fn a_closed_store_says_so(harness: Harness) {
    let store = harness.open().await;
    store.close().await;
    store.close().await;
    assert_eq!(store.flush().await, Err(StoreError::Closed));
    assert!(matches!(
        open_ticket(&store, new_ticket("T-2222-0000", 60)).await,
        Err(StoreError::Closed)
    ));
    assert_eq!(store.ticket("T-2222-0000").await, Err(StoreError::Closed));
    assert!(!store.record_question(&question(1)));
    assert_eq!(store.questions_lost(), 1);
    assert_eq!(store.health().await, Err(StoreError::Closed));
}

async fn a_long_text_in_any_script_comes_back(harness: Harness) {
    let store = harness.open().await;
    let long = "訂單 заказ طلب 🚚 ' \" \\ $1 ? ;--\n".repeat(30_000);
    let before_1970 = jiff::Timestamp::from_microsecond(-1_500_001).expect("a time");
    let ticket = TicketRecord {
        question: long.clone(),
        context: Map::from_iter([("note".to_owned(), Value::from("\u{0}😀"))]),
        confidence: 0.1 + 0.2,
        opened_at: before_1970,
        ..new_ticket("T-2222-2222", 60)
    };
    opened(&store, ticket).await;
    let kept = store.ticket("T-2222-2222").await.expect("read").expect("a ticket");
    assert!(kept.question == long, "the text has changed");
    assert_eq!(kept.confidence, 0.1 + 0.2);
    assert_eq!(kept.opened_at, before_1970);
    assert!(kept.context["note"].as_str().expect("a text").ends_with('😀'));
}

async fn two_that_start_at_once_migrate_once(harness: Harness) {
    let (first, second) = tokio::join!(harness.open(), harness.open());
    let health = first.health().await.expect("healthy");
    assert_eq!(second.health().await.expect("healthy").schema, health.schema);
    assert_eq!(
        harness.count("SELECT COUNT(*) FROM schema_migrations").await,
        health.schema
    );
}

async fn a_database_of_a_newer_version_is_refused(harness: Harness) {
    harness.open().await.close().await;
    harness
        .run("INSERT INTO schema_migrations (version, checksum) VALUES (999, 'x')")
        .await;
    let error = harness.refused().await;
    assert!(matches!(error, StoreError::TooNew { found: 999, .. }), "{error}");
}

async fn many_tickets_at_once_are_all_there(harness: Harness) {
    let store = harness.open().await;
    let mut writers = JoinSet::new();
    for i in 0..300 {
        let store = store.clone();
        writers.spawn(async move {
            store.record_question(&question(i));
            opened(&store, new_ticket(&format!("T-2222-{i:04}"), 60)).await
        });
    }
    assert_eq!(writers.join_all().await.len(), 300);
    store.flush().await.expect("flushed");
    assert_eq!(store.count_tickets(TicketState::Open).await, Ok(300));
    assert_eq!(all_questions(&store).await.len(), 300);
}
