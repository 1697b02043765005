//! What a unit of work promises: all or nothing, once, in order, whoever works at the same moment.

use std::time::Duration;

use serde_json::Map;
use tanya::store::{
    Change, EpisodeRecord, NewEvent, NewOutgoing, NewTurn, Opened, Scene, Store, StoreError, Subject, TicketRecord,
    TurnRecord,
};
use tokio::task::JoinSet;

use crate::harness::{
    Harness, at, begun, done, handed_over, new_conversation, new_episode, new_ticket, new_turn, on_both_engines,
    open_ticket, opened, opening, work,
};

on_both_engines!(
    turns_are_numbered_without_gaps_whoever_writes,
    a_repeated_message_is_the_first_one_and_changes_nothing,
    a_refused_decision_changes_nothing,
    a_change_is_kept_whole_or_not_at_all,
    crossed_subjects_do_not_block_each_other_for_good,
    two_references_at_once_are_two_tickets_or_one_refusal,
    a_scene_shows_the_turns_of_its_episode_only,
    what_is_not_there_is_named,
);

fn conversation(id: &str) -> Subject {
    Subject::Conversation(id.into())
}

fn saying(text: String) -> Change {
    Change {
        turns: vec![new_turn(&text)],
        ..Change::default()
    }
}

async fn turns(store: &Store, id: &str) -> Vec<TurnRecord> {
    store.turns(id, 0, 10_000).await.expect("turns")
}

async fn turns_are_numbered_without_gaps_whoever_writes(harness: Harness) {
    let stores = [harness.open().await, harness.open().await];
    begun(&stores[0], "C1").await;
    let mut writers = JoinSet::new();
    for i in 0..40 {
        let store = stores[i % 2].clone();
        writers.spawn(async move {
            let pair = move |_: &Scene| Change {
                turns: vec![new_turn(&format!("{i} first")), new_turn(&format!("{i} second"))],
                ..Change::default()
            };
            done(&store, conversation("C1"), pair).await
        });
    }
    let acknowledged = writers.join_all().await;
    let kept = turns(&stores[1], "C1").await;
    let numbers: Vec<i64> = kept.iter().map(|turn| turn.number).collect();
    assert_eq!(numbers, (1..=80).collect::<Vec<_>>());
    for worked in acknowledged {
        let first = worked.turns[0].number;
        let at = usize::try_from(first).expect("a number") - 1;
        assert_eq!(worked.turns, kept[at..at + 2], "a change's turns stay together");
    }
    let conversation = stores[0].conversation("C1").await.expect("read").expect("it is there");
    assert_eq!((conversation.turns, conversation.version), (80, 41));
}

async fn a_repeated_message_is_the_first_one_and_changes_nothing(harness: Harness) {
    let stores = [harness.open().await, harness.open().await];
    begun(&stores[0], "C1").await;
    let mut senders = JoinSet::new();
    for i in 0..20 {
        let store = stores[i % 2].clone();
        let decide = move |_: &Scene| {
            Ok::<_, ()>(Change {
                turns: vec![NewTurn {
                    idempotency_key: Some("k".into()),
                    ..new_turn(&format!("try {i}"))
                }],
                ..Change::default()
            })
        };
        senders.spawn(async move {
            store
                .work(conversation("C1"), Some("k".into()), at(1), decide)
                .await
                .expect("an outcome")
        });
    }
    let (mut first, mut repeated) = (Vec::new(), Vec::new());
    for outcome in senders.join_all().await {
        match outcome {
            Opened::Done(worked) => first.extend(worked.turns),
            Opened::Before { turn, .. } => repeated.extend(turn),
            Opened::Refused(()) => panic!("nothing refuses"),
        }
    }
    assert_eq!((first.len(), repeated.len()), (1, 19));
    assert!(repeated.iter().all(|turn| **turn == first[0]));
    assert_eq!(turns(&stores[0], "C1").await, first);
    let kept = stores[0].conversation("C1").await.expect("read").expect("it is there");
    assert_eq!(kept.version, 2);
    assert_eq!(stores[0].last_event("conversation:C1").await, Ok(1));
}

async fn a_refused_decision_changes_nothing(harness: Harness) {
    let store = harness.open().await;
    handed_over(&store, "C1", new_ticket("T-2222-2222", 60)).await;
    let subject = Subject::Ticket("T-2222-2222".into());
    let before = format!("{:?}", store.scene(&subject).await.expect("a scene"));
    let refused = store
        .work(subject.clone(), Some("k".into()), at(5), |scene: &Scene| {
            assert_eq!(scene.turns.len(), 1);
            Err::<Change, _>("no")
        })
        .await;
    assert!(matches!(refused, Ok(Opened::Refused("no"))), "{refused:?}");
    assert_eq!(format!("{:?}", store.scene(&subject).await.expect("a scene")), before);
    assert_eq!(store.last_event("conversation:C1").await, Ok(2));
}

/// Everything that one change can write, ending in an event that the database refuses.
fn all_of_it(scene: &Scene, id: &str, reference: &str) -> Change {
    let new = new_conversation(id);
    let ticket = TicketRecord {
        conversation: Some(id.to_owned()),
        ..new_ticket(reference, 60)
    };
    Change {
        conversation: scene.conversation.clone().or(Some(new)),
        episodes: vec![EpisodeRecord {
            misses: 7,
            ..new_episode(id, 1)
        }],
        turns: vec![new_turn("a"), new_turn("b")],
        events: vec![NewEvent {
            stream: "zzz".into(),
            kind: "last",
            data: Map::new(),
        }],
        outgoing: vec![NewOutgoing {
            id: format!("O-{id}"),
            kind: "mail",
            recipient: "dewi@example.com".into(),
            subject: "s".into(),
            body: "b".into(),
            data: Map::new(),
            dedupe_key: None,
            not_before: None,
        }],
        ..opening(ticket)
    }
}

async fn a_change_is_kept_whole_or_not_at_all(harness: Harness) {
    let store = harness.open().await;
    begun(&store, "C1").await;
    // The number that the last event of the change would get is taken.
    harness
        .run("INSERT INTO outbox (stream, number, kind, data, at) VALUES ('zzz', 1, 'x', '{}', 0)")
        .await;
    let (on_old, on_new, beside) = tokio::join!(
        work(&store, conversation("C1"), |scene| all_of_it(
            scene,
            "C1",
            "T-2222-0001"
        )),
        work(&store, Subject::Nothing, |scene| all_of_it(scene, "C2", "T-2222-0002")),
        open_ticket(&store, new_ticket("T-2222-0003", 60)),
    );
    for outcome in [on_old, on_new] {
        assert!(matches!(outcome, Err(StoreError::Database { .. })), "{outcome:?}");
    }
    assert!(matches!(beside, Ok(Opened::Done(_))), "{beside:?}");
    let kept = store.conversation("C1").await.expect("read").expect("it is there");
    assert_eq!((kept.version, kept.turns), (1, 0));
    assert_eq!(store.episodes("C1").await.expect("read")[0].misses, 0);
    assert_eq!(store.conversation("C2").await, Ok(None));
    for (sql, expected) in [
        ("SELECT COUNT(*) FROM conversations", 1),
        ("SELECT COUNT(*) FROM episodes", 1),
        ("SELECT COUNT(*) FROM turns", 0),
        ("SELECT COUNT(*) FROM tickets", 1),
        ("SELECT COUNT(*) FROM ticket_events", 1),
        ("SELECT COUNT(*) FROM outgoing", 0),
        ("SELECT COUNT(*) FROM streams", 1),
        ("SELECT COUNT(*) FROM outbox WHERE stream <> 'zzz'", 1),
    ] {
        assert_eq!(harness.count(sql).await, expected, "{sql}");
    }
    harness.run("DELETE FROM outbox WHERE stream = 'zzz'").await;
    let worked = done(&store, conversation("C1"), |scene| {
        all_of_it(scene, "C1", "T-2222-0001")
    })
    .await;
    assert_eq!(
        (worked.turns.len(), worked.ticket.map(|t| t.events.len())),
        (2, Some(1))
    );
    assert_eq!(harness.count("SELECT COUNT(*) FROM outgoing").await, 1);
    assert_eq!(store.last_event("zzz").await, Ok(1));
}

async fn crossed_subjects_do_not_block_each_other_for_good(harness: Harness) {
    let stores = [harness.open().await, harness.open().await];
    for (id, reference) in [("C0", "T-2222-0000"), ("C1", "T-2222-0001")] {
        handed_over(&stores[0], id, new_ticket(reference, 60)).await;
    }
    let mut workers = JoinSet::new();
    for i in 0..60 {
        let store = stores[i % 2].clone();
        let one = i / 2 % 2;
        workers.spawn(async move {
            let subject = match i % 3 {
                0 => conversation(&format!("C{one}")),
                _ => Subject::Ticket(format!("T-2222-000{one}")),
            };
            // Each moves its ticket to the team that the other one leaves, and writes into both teams' streams.
            let moved = move |scene: &Scene| Change {
                ticket: scene.ticket.clone().map(|ticket| TicketRecord {
                    team: if ticket.team == "billing" { "legal" } else { "billing" }.into(),
                    ..ticket
                }),
                ..saying(format!("{i}"))
            };
            done(&store, subject, moved).await;
            let mut streams = ["team:billing", "team:legal"];
            if i % 2 == 0 {
                streams.reverse();
            }
            let events = streams.map(|stream| NewEvent {
                stream: stream.into(),
                kind: "test",
                data: Map::new(),
            });
            store.announce(events.into(), at(1)).await.expect("announced");
        });
    }
    tokio::time::timeout(Duration::from_secs(60), workers.join_all())
        .await
        .expect("nobody waits for ever");
    // The first turn of each came with its ticket.
    let said = turns(&stores[0], "C0").await.len() + turns(&stores[0], "C1").await.len();
    assert_eq!(said, 62);
    for reference in ["T-2222-0000", "T-2222-0001"] {
        let ticket = stores[1].ticket(reference).await.expect("read").expect("it is there");
        assert_eq!(ticket.version, 31);
    }
}

async fn two_references_at_once_are_two_tickets_or_one_refusal(harness: Harness) {
    let store = harness.open().await;
    let (one, other) = tokio::join!(
        open_ticket(&store, new_ticket("T-2222-0000", 60)),
        open_ticket(&store, new_ticket("T-2222-0000", 60)),
    );
    let refused = [&one, &other]
        .into_iter()
        .filter(|outcome| matches!(outcome, Err(StoreError::ReferenceTaken { .. })));
    assert_eq!(refused.count(), 1, "{one:?} {other:?}");
    opened(&store, new_ticket("T-2222-0001", 60)).await;
}

async fn a_scene_shows_the_turns_of_its_episode_only(harness: Harness) {
    let store = harness.open().await;
    handed_over(&store, "C1", new_ticket("T-2222-2222", 60)).await;
    let next = |scene: &Scene| {
        let conversation = scene.conversation.clone().expect("a conversation");
        Change {
            conversation: Some(tanya::store::ConversationRecord {
                episodes: 2,
                ticket: None,
                ..conversation
            }),
            episodes: vec![EpisodeRecord {
                first_turn: 2,
                ..new_episode("C1", 2)
            }],
            ..saying("something else".into())
        }
    };
    done(&store, conversation("C1"), next).await;
    let reply = |_: &Scene| saying("about the first".into());
    done(&store, Subject::Ticket("T-2222-2222".into()), reply).await;
    for i in 0..100 {
        done(&store, conversation("C1"), move |_| saying(format!("{i}"))).await;
    }
    let texts = |scene: Scene| scene.turns.into_iter().map(|turn| turn.text).collect::<Vec<_>>();
    let of_ticket = store
        .scene(&Subject::Ticket("T-2222-2222".into()))
        .await
        .expect("a scene");
    assert_eq!(of_ticket.episode.as_ref().map(|episode| episode.number), Some(1));
    assert_eq!(texts(of_ticket), ["I was charged twice", "about the first"]);
    let present = store.scene(&conversation("C1")).await.expect("a scene");
    assert_eq!(present.episode.as_ref().map(|episode| episode.number), Some(2));
    assert!(present.ticket.is_none());
    let last: Vec<String> = (40..100).map(|i| i.to_string()).collect();
    assert_eq!(texts(present), last);
}

async fn what_is_not_there_is_named(harness: Harness) {
    let store = harness.open().await;
    let missing = work(&store, conversation("C9"), |_| Change::default()).await;
    assert!(
        matches!(missing, Err(StoreError::NoSuchConversation { ref id }) if id == "C9"),
        "{missing:?}"
    );
    let missing = work(&store, Subject::Ticket("T-9".into()), |_| Change::default()).await;
    assert!(
        matches!(missing, Err(StoreError::NoSuchTicket { ref reference }) if reference == "T-9"),
        "{missing:?}"
    );
}
