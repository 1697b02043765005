//! From the store to the mailbox.

use std::{fs, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use serde_json::json;
use tanya::{
    clock::FixedClock,
    config::MailConfig,
    jobs::{
        mailer::Mailer,
        outgoing::{Delivery, PATIENCE},
    },
    store::{NewOutgoing, OutgoingCounts, Store},
};

use crate::{
    harness::{Harness, at, on_both_engines},
    sink::{Mood, Sink, decoded_words},
};

on_both_engines!(
    a_reply_arrives_once_with_its_words_and_headers,
    what_fails_for_now_is_tried_again_later,
    what_is_refused_for_good_is_given_up_at_once_and_counted,
    a_wrong_password_of_ours_gives_up_nothing,
    a_message_that_never_works_is_given_up_after_three_days,
    a_sender_that_dies_before_it_notes_sends_the_same_message_again,
    two_senders_send_each_message_once,
    the_same_key_is_one_message,
    what_was_seen_meanwhile_is_not_sent,
);

fn mail(id: u32, subject: &str, body: &str) -> NewOutgoing {
    NewOutgoing {
        id: format!("01JD{id:022}"),
        kind: "mail",
        recipient: "hanako@example.jp".into(),
        subject: subject.into(),
        body: body.into(),
        data: json!({"reference": "T-7K3F-9QXM", "lang": "ja"})
            .as_object()
            .cloned()
            .expect("an object"),
        dedupe_key: None,
        not_before: None,
    }
}

pub fn settings(sink: &Sink) -> MailConfig {
    MailConfig {
        smtp: sink.url(),
        from: "かわんコーヒー <help@example.com>".into(),
        ..MailConfig::default()
    }
}

pub fn delivery(store: &Store, clock: &FixedClock, config: &MailConfig) -> Delivery {
    let mailer = Mailer::new(config).expect("settings").expect("mail goes out");
    Delivery::new(
        store.clone(),
        Arc::new(clock.clone()),
        mailer,
        ChaCha12Rng::seed_from_u64(7),
    )
}

pub async fn pass(delivery: &Delivery) -> (usize, usize, usize) {
    let passed = delivery.pass().await.expect("the store answers");
    (passed.sent, passed.failed, passed.given_up)
}

async fn counts(store: &Store) -> OutgoingCounts {
    store.outgoing_waiting(Timestamp::UNIX_EPOCH).await.expect("counts")
}

async fn a_reply_arrives_once_with_its_words_and_headers(harness: Harness) {
    let (store, sink, clock) = (harness.open().await, Sink::start().await, FixedClock::new(at(0)));
    let delivery = delivery(&store, &clock, &settings(&sink));
    let subject = "Re: 二重に請求されました。返金していただけますか。よろしくお願いいたします [T-7K3F-9QXM]";
    let body = "二重の請求を取り消しました。\n.\n..先頭の点も残ります\nhttps://help.example.com/receipts/T-7K3F-9QXM.0123456789abcdef0123456789abcdef\n";
    store
        .queue_outgoing(mail(1, subject, body), at(0))
        .await
        .expect("queued");
    assert_eq!(pass(&delivery).await, (1, 0, 0));
    assert_eq!(pass(&delivery).await, (0, 0, 0));
    clock.advance(SignedDuration::from_hours(100));
    assert_eq!(pass(&delivery).await, (0, 0, 0));
    let arrived = sink.arrived();
    assert_eq!(arrived.len(), 1);
    let mail = &arrived[0];
    assert_eq!(mail.to, "hanako@example.jp");
    assert_eq!(mail.body(), body);
    let header = |name| mail.header(name).unwrap_or_else(|| panic!("{name} in {}", mail.text));
    assert_eq!(decoded_words(&header("Subject")), subject);
    assert_eq!(decoded_words(&header("From")), "かわんコーヒー <help@example.com>");
    assert_eq!(header("To"), "hanako@example.jp");
    assert_eq!(header("Message-ID"), "<01JD0000000000000000000001@example.com>");
    assert_eq!(header("References"), "<T-7K3F-9QXM@example.com>");
    assert_eq!(header("Content-Language"), "ja");
    assert_eq!(header("Content-Type"), "text/plain; charset=utf-8");
    assert!(mail.header("Auto-Submitted").is_none(), "a person wrote it");
    assert!(mail.text.lines().all(|line| line.len() <= 998), "RFC 5322, 2.1.1");
    assert_eq!(counts(&store).await, OutgoingCounts::default());
}

async fn what_fails_for_now_is_tried_again_later(harness: Harness) {
    let (store, sink, clock) = (harness.open().await, Sink::start().await, FixedClock::new(at(0)));
    let delivery = delivery(&store, &clock, &settings(&sink));
    store.queue_outgoing(mail(1, "s", "b"), at(0)).await.expect("queued");
    sink.next(&[Mood::Busy, Mood::Dies]);
    assert_eq!(pass(&delivery).await, (0, 1, 0));
    assert_eq!(pass(&delivery).await, (0, 0, 0), "not at once");
    assert_eq!((counts(&store).await.waiting, counts(&store).await.failing), (1, 1));
    clock.advance(SignedDuration::from_secs(59));
    assert_eq!(pass(&delivery).await, (0, 0, 0), "a minute at least");
    clock.advance(SignedDuration::from_secs(62));
    assert_eq!(pass(&delivery).await, (0, 1, 0), "the server died in the middle");
    clock.advance(SignedDuration::from_secs(119));
    assert_eq!(pass(&delivery).await, (0, 0, 0), "twice as long");
    clock.advance(SignedDuration::from_secs(122));
    assert_eq!(pass(&delivery).await, (1, 0, 0));
    assert_eq!(sink.arrived().len(), 1);
    assert_eq!(counts(&store).await, OutgoingCounts::default());
}

async fn what_is_refused_for_good_is_given_up_at_once_and_counted(harness: Harness) {
    let (store, sink, clock) = (harness.open().await, Sink::start().await, FixedClock::new(at(0)));
    let delivery = delivery(&store, &clock, &settings(&sink));
    let nobody = NewOutgoing {
        recipient: "not an address".into(),
        ..mail(2, "s", "b")
    };
    store.queue_outgoing(mail(1, "s", "b"), at(0)).await.expect("queued");
    store.queue_outgoing(nobody, at(0)).await.expect("queued");
    sink.next(&[Mood::Refuses]);
    assert_eq!(pass(&delivery).await, (0, 0, 2));
    clock.advance(SignedDuration::from_hours(100));
    assert_eq!(pass(&delivery).await, (0, 0, 0));
    assert_eq!(
        counts(&store).await,
        OutgoingCounts {
            given_up: 2,
            ..OutgoingCounts::default()
        }
    );
    let told = "SELECT COUNT(*) FROM outgoing WHERE failure LIKE '%no such mailbox%'";
    assert_eq!(harness.count(told).await, 1, "why is kept");
    let later = store.outgoing_waiting(at(1)).await.expect("counts");
    assert_eq!(later.given_up, 0, "only since the moment that was asked for");
}

async fn a_wrong_password_of_ours_gives_up_nothing(harness: Harness) {
    let (store, sink, clock) = (harness.open().await, Sink::start().await, FixedClock::new(at(0)));
    let delivery = delivery(&store, &clock, &settings(&sink));
    store.queue_outgoing(mail(1, "s", "b"), at(0)).await.expect("queued");
    sink.next(&[Mood::Mistrusts]);
    assert_eq!(pass(&delivery).await, (0, 1, 0));
    clock.advance(SignedDuration::from_hours(1));
    assert_eq!(pass(&delivery).await, (1, 0, 0));
}

async fn a_message_that_never_works_is_given_up_after_three_days(harness: Harness) {
    let (store, sink, clock) = (harness.open().await, Sink::start().await, FixedClock::new(at(0)));
    let delivery = delivery(&store, &clock, &settings(&sink));
    store.queue_outgoing(mail(1, "s", "b"), at(0)).await.expect("queued");
    sink.next(&[Mood::Busy; 2]);
    assert_eq!(pass(&delivery).await, (0, 1, 0));
    clock.advance(PATIENCE);
    assert_eq!(pass(&delivery).await, (0, 0, 1));
    assert_eq!(counts(&store).await.given_up, 1);
}

async fn a_sender_that_dies_before_it_notes_sends_the_same_message_again(harness: Harness) {
    let (store, sink, clock) = (harness.open().await, Sink::start().await, FixedClock::new(at(0)));
    let first = delivery(&store, &clock, &settings(&sink));
    store.queue_outgoing(mail(1, "s", "b"), at(0)).await.expect("queued");
    sink.next(&[Mood::TakesSilently]);
    let dying = tokio::spawn(async move { first.pass().await });
    sink.wait_for(1).await;
    dying.abort();
    assert!(dying.await.expect_err("it died").is_cancelled());
    let second = delivery(&store, &clock, &settings(&sink));
    assert_eq!(pass(&second).await, (0, 0, 0), "the claim still holds");
    clock.advance(SignedDuration::from_mins(5));
    assert_eq!(pass(&second).await, (1, 0, 0));
    let ids: Vec<_> = sink.arrived().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    assert_eq!(sink.arrived()[0].text, sink.arrived()[1].text);
}

async fn two_senders_send_each_message_once(harness: Harness) {
    let (sink, clock) = (Sink::start().await, FixedClock::new(at(0)));
    let stores = [harness.open().await, harness.open().await];
    for id in 0..40 {
        let queued = stores[0].queue_outgoing(mail(id, "s", "b"), at(0)).await;
        queued.expect("queued");
    }
    let senders = stores.each_ref().map(|store| delivery(store, &clock, &settings(&sink)));
    let [one, other] = &senders;
    let (one, other) = tokio::join!(pass(one), pass(other));
    assert_eq!((one.0 + other.0, one.1 + other.1, one.2 + other.2), (40, 0, 0));
    let mut ids: Vec<_> = sink.arrived().iter().map(|mail| mail.header("Message-ID")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), sink.arrived().len()), (40, 40));
}

async fn the_same_key_is_one_message(harness: Harness) {
    let store = harness.open().await;
    for id in 0..3 {
        let keyed = NewOutgoing {
            dedupe_key: Some("alert:promise_missed:T-1".into()),
            ..mail(id, "s", "b")
        };
        store.queue_outgoing(keyed, at(0)).await.expect("queued");
    }
    assert_eq!(counts(&store).await.waiting, 1);
    assert_eq!(counts(&store).await.oldest, Some(at(0)));
}

async fn what_was_seen_meanwhile_is_not_sent(harness: Harness) {
    let (store, sink, clock) = (harness.open().await, Sink::start().await, FixedClock::new(at(0)));
    let delivery = delivery(&store, &clock, &settings(&sink));
    for (id, key) in [(1, "reply:C:1"), (2, "reply:C:2")] {
        let waiting = NewOutgoing {
            dedupe_key: Some(key.into()),
            not_before: Some(at(60)),
            ..mail(id, key, "b")
        };
        store.queue_outgoing(waiting, at(0)).await.expect("queued");
    }
    assert_eq!(pass(&delivery).await, (0, 0, 0));
    assert!(store.withdraw_outgoing("reply:C:1").await.expect("withdrawn"));
    assert!(!store.withdraw_outgoing("reply:C:1").await.expect("nothing there"));
    clock.advance(SignedDuration::from_secs(60));
    assert_eq!(pass(&delivery).await, (1, 0, 0));
    assert_eq!(sink.arrived()[0].header("Subject").as_deref(), Some("reply:C:2"));
    assert!(!store.withdraw_outgoing("reply:C:2").await.expect("too late"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_sends_what_is_queued_and_ends_in_order() {
    let harness = Harness::sqlite();
    let (store, sink, clock) = (harness.open().await, Sink::start().await, FixedClock::new(at(0)));
    let delivery = delivery(&store, &clock, &settings(&sink));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        delivery
            .run(async {
                let _ = stopped.await;
            })
            .await;
    });
    store.queue_outgoing(mail(1, "s", "b"), at(0)).await.expect("queued");
    sink.wait_for(1).await;
    stop.send(()).expect("it runs");
    task.await.expect("it ends in order");
    assert_eq!(counts(&store).await.waiting, 0, "what was under way was noted");
}

#[cfg(unix)]
mod command {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn script(harness: &Harness, text: &str) -> MailConfig {
        let path = harness.folder.path().join("mailer.sh");
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("executable");
        MailConfig {
            command: vec![path.display().to_string(), harness.folder.path().display().to_string()],
            from: "help@example.com".into(),
            ..MailConfig::default()
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_command_gets_the_message_and_what_it_is() {
        let harness = Harness::sqlite();
        let (store, clock) = (harness.open().await, FixedClock::new(at(0)));
        let write = "cat > \"$1/message\"; printf '%s|%s|%s' \"$TANYA_KIND\" \"$TANYA_RECIPIENT\" \"$TANYA_SUBJECT\" > \"$1/env\"";
        let delivery = delivery(&store, &clock, &script(&harness, write));
        let alert = NewOutgoing {
            kind: "alert",
            ..mail(1, "約束\r\nBcc: x", "本文")
        };
        store.queue_outgoing(alert, at(0)).await.expect("queued");
        assert_eq!(pass(&delivery).await, (1, 0, 0));
        let read = |name| fs::read_to_string(harness.folder.path().join(name)).expect("written");
        assert_eq!(read("env"), "alert|hanako@example.jp|約束 Bcc: x");
        let message = read("message");
        assert!(
            message.contains("To: hanako@example.jp\r\n") && !message.contains("\r\nBcc"),
            "{message}"
        );
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_exit_code_says_whether_it_may_work_later() {
        let harness = Harness::sqlite();
        let (store, clock) = (harness.open().await, FixedClock::new(at(0)));
        store.queue_outgoing(mail(1, "s", "b"), at(0)).await.expect("queued");
        // More words than are kept, on both pipes, and nothing read.
        let noisy = "yes no-space-left | head -c 300000; yes later | head -c 300000 >&2; exit 75";
        assert_eq!(
            pass(&delivery(&store, &clock, &script(&harness, noisy))).await,
            (0, 1, 0)
        );
        clock.advance(SignedDuration::from_hours(1));
        let refuses = "cat > /dev/null; echo no such user >&2; exit 67";
        assert_eq!(
            pass(&delivery(&store, &clock, &script(&harness, refuses))).await,
            (0, 0, 1)
        );
        let told = "SELECT COUNT(*) FROM outgoing WHERE failure LIKE '%no such user%'";
        assert_eq!(harness.count(told).await, 1);
    }
}
