//! From what happens at the desk to the mailbox of whoever left.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use serde_json::Map;
use tanya::{
    answer::HandoffReason,
    clock::{Clock, FixedClock},
    config::Config,
    desk::{
        DaysOff, Desk, Letterhead, NewTicket, ReceiptKey, Staffer, Ticket, Written,
        queue::{Act, Actor, Details},
    },
    store::{Store, Subject},
};

use crate::{
    harness::{Harness, at, on_both_engines},
    sending::{delivery, pass, settings},
    sink::{Sink, decoded_words},
};

on_both_engines!(
    a_customer_who_left_gets_the_receipt_and_the_reply_with_a_link_back,
    a_customer_who_has_seen_the_reply_gets_no_mail,
    a_missed_promise_alerts_those_who_are_told_once,
    a_promise_that_is_about_to_be_missed_alerts_them_once_if_nobody_has_answered,
    a_reply_reaches_each_address_of_merged_conversations_once,
    a_customer_who_sees_the_reply_in_a_merged_conversation_gets_no_mail,
    without_mail_nothing_is_queued,
);

struct Stage {
    store: Store,
    desk: Desk,
    clock: FixedClock,
    config: Config,
    receipts: Arc<ReceiptKey>,
}

async fn stage(harness: &Harness, sink: &Sink) -> Stage {
    let mut config = Config::default();
    config.site.name = "Kawan Kopi".into();
    config.server.public_url = Some("https://help.example.com".into());
    config.mail = settings(sink);
    config.mail.alerts = vec!["ops@example.com".into()];
    let (store, clock) = (harness.open().await, FixedClock::new(at(0)));
    let receipts = Arc::new(ReceiptKey::load_or_create(harness.folder.path()));
    let desk = Desk::with_days_off(
        store.clone(),
        Arc::new(clock.clone()),
        ChaCha12Rng::seed_from_u64(3),
        &config.site.name,
        &config.desk,
        &DaysOff::default(),
    );
    Stage {
        store,
        desk,
        clock,
        config,
        receipts,
    }
}

impl Stage {
    fn with_letters(self) -> Self {
        let letterhead = Letterhead::new(&self.config, Arc::clone(&self.receipts));
        self.desk.write_letters(letterhead.expect("mail is configured"));
        self
    }

    async fn open(&self, language: &str, question: &str) -> Ticket {
        self.open_for(Some("hanako@example.jp"), language, question).await
    }

    async fn open_for(&self, contact: Option<&str>, language: &str, question: &str) -> Ticket {
        let new = NewTicket {
            question: question.into(),
            language: language.into(),
            reason: HandoffReason::SensitiveTopic,
            topic: Some("billing".into()),
            team: Some("billing".into()),
            signed: None,
            contact: contact.map(str::to_owned),
            context: Map::new(),
            nearest: None,
            confidence: 0.2,
            decision: "01J".into(),
            opened_by: "customer".into(),
            channel: "form".into(),
            idempotency_key: None,
        };
        self.desk.open_ticket(new).await.expect("a ticket")
    }

    async fn merge(&self, from: &Ticket, into: &Ticket) {
        let ana = Actor::named("ana");
        let merged = self.desk.merge(&from.reference, &into.reference, &ana, None).await;
        merged.expect("merged");
    }

    async fn reply(&self, ticket: &Ticket, text: &str) -> i64 {
        self.reply_as(ticket, text, "k1").await
    }

    async fn reply_as(&self, ticket: &Ticket, text: &str, key: &str) -> i64 {
        let written = Written {
            text: text.into(),
            key: Some(key.into()),
            seen: None,
        };
        let sari = Staffer::named("さり");
        let (_, turn) = self
            .desk
            .send_reply(&ticket.reference, &sari, written)
            .await
            .expect("replied");
        turn.expect("a turn").number
    }
}

async fn a_customer_who_left_gets_the_receipt_and_the_reply_with_a_link_back(harness: Harness) {
    let sink = Sink::start().await;
    let stage = stage(&harness, &sink).await.with_letters();
    let delivery = delivery(&stage.store, &stage.clock, &stage.config.mail);
    let ticket = stage.open("ja", "二重に請求されました").await;
    assert_eq!(pass(&delivery).await, (1, 0, 0), "the receipt goes at once");
    stage.reply(&ticket, "返金しました。").await;
    stage.reply(&ticket, "返金しました。").await;
    assert_eq!(pass(&delivery).await, (0, 0, 0), "the customer may still be there");
    stage.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(pass(&delivery).await, (1, 0, 0));
    let mails = sink.arrived();
    assert_eq!(mails[0].header("Auto-Submitted").as_deref(), Some("auto-generated"));
    let reply = &mails[1];
    assert_eq!(
        decoded_words(&reply.header("Subject").expect("a subject")),
        format!("Re: 二重に請求されました [{}]", ticket.reference)
    );
    let body = reply.body();
    assert!(
        body.starts_with("Kawan Kopiのさりがお返事いたします。\n\n返金しました。\n"),
        "{body}"
    );
    let token = body.split("/receipts/").nth(1).and_then(|rest| rest.lines().next());
    let opened = token.and_then(|token| stage.receipts.open(token));
    assert_eq!(opened, Some(ticket.reference.as_str()));
    assert_eq!(mails[0].header("References"), reply.header("References"), "one thread");
}

async fn a_customer_who_has_seen_the_reply_gets_no_mail(harness: Harness) {
    let sink = Sink::start().await;
    let stage = stage(&harness, &sink).await.with_letters();
    let delivery = delivery(&stage.store, &stage.clock, &stage.config.mail);
    let ticket = stage.open("en", "I was charged twice").await;
    let number = stage.reply(&ticket, "Refunded.").await;
    let conversation = ticket.conversation.expect("a conversation");
    let seen = stage.store.turns_seen(&conversation, number).await;
    seen.expect("noted");
    stage.clock.advance(SignedDuration::from_hours(1));
    let passed = delivery.pass().await.expect("the store answers");
    assert_eq!((passed.sent, passed.seen), (1, 1), "the receipt, and nothing else");
    assert_eq!(sink.arrived().len(), 1);
    assert_eq!(
        harness
            .count("SELECT COUNT(*) FROM outgoing WHERE sent_at IS NULL")
            .await,
        0
    );
}

async fn a_missed_promise_alerts_those_who_are_told_once(harness: Harness) {
    let sink = Sink::start().await;
    let stage = stage(&harness, &sink).await.with_letters();
    let delivery = delivery(&stage.store, &stage.clock, &stage.config.mail);
    let ticket = stage.open("en", "I was charged twice").await;
    assert_eq!(pass(&delivery).await, (1, 0, 0));
    stage.clock.advance(SignedDuration::from_hours(24 * 30));
    stage.desk.tick().await.expect("done");
    stage.desk.tick().await.expect("nothing more");
    assert_eq!(pass(&delivery).await, (1, 0, 0));
    let alert = &sink.arrived()[1];
    assert_eq!(alert.to, "ops@example.com");
    assert_eq!(
        alert.header("Subject"),
        Some(format!("[Kawan Kopi] Promise missed: {} (billing)", ticket.reference))
    );
}

async fn a_promise_that_is_about_to_be_missed_alerts_them_once_if_nobody_has_answered(harness: Harness) {
    let sink = Sink::start().await;
    let stage = stage(&harness, &sink).await.with_letters();
    let delivery = delivery(&stage.store, &stage.clock, &stage.config.mail);
    let waits = stage.open("en", "I was charged twice").await;
    let aside = stage.open("en", "I was charged three times").await;
    let answered = stage.open("en", "I was charged four times").await;
    let resolved = stage.open("en", "I was charged five times").await;
    stage.reply(&answered, "Refunded.").await;
    let ana = Actor::named("ana");
    let resolve = stage.desk.resolve(&resolved.reference, &ana, None, None).await;
    resolve.expect("resolved");
    let until = stage.clock.now() + SignedDuration::from_hours(24 * 30);
    let snooze = stage
        .desk
        .act(&aside.reference, Act::Snooze { until }, &ana, None)
        .await;
    snooze.expect("put aside");
    let promised: Timestamp = waits.promise_at.parse().expect("a time");
    let quarter = promised.duration_since(stage.clock.now()) / 4;
    stage.clock.advance(quarter * 3);
    assert_eq!(stage.desk.tick().await, Ok(0), "a quarter is left, and not less");
    let before = sink.arrived().len() + pass(&delivery).await.0;
    stage.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(stage.desk.tick().await, Ok(2));
    assert_eq!(stage.desk.tick().await, Ok(0), "not again");
    assert_eq!(pass(&delivery).await, (2, 0, 0));
    let mut told: Vec<_> = sink.arrived()[before..]
        .iter()
        .map(|mail| (mail.to.clone(), mail.header("Subject").expect("a subject")))
        .collect();
    told.sort();
    // The clock of a customer goes on while their ticket is put aside, here as with a promise that is missed.
    let mut expected = [&waits, &aside].map(|ticket| {
        let subject = format!("[Kawan Kopi] Reply due soon: {} (billing)", ticket.reference);
        ("ops@example.com".to_owned(), subject)
    });
    expected.sort();
    assert_eq!(told, expected);
    stage.clock.advance(quarter);
    assert_eq!(stage.desk.tick().await, Ok(2), "and then they are missed");
    let history = stage.desk.get(&waits.reference).await.expect("a ticket").events;
    let promise: Vec<_> = history.iter().filter_map(|event| event.data.get("promise")).collect();
    assert_eq!(promise, ["soon", "missed"]);
}

async fn a_reply_reaches_each_address_of_merged_conversations_once(harness: Harness) {
    let sink = Sink::start().await;
    let stage = stage(&harness, &sink).await.with_letters();
    let delivery = delivery(&stage.store, &stage.clock, &stage.config.mail);
    let goes_on = stage.open("ja", "二重に請求されました").await;
    let first = stage
        .open_for(Some("dewi@example.com"), "en", "I was charged twice")
        .await;
    let second = stage.open_for(Some("Dewi@example.com"), "en", "Nobody answers").await;
    let nameless = stage.open_for(None, "en", "Hello?").await;
    let own = stage.open_for(Some("Hanako@example.jp"), "ja", "もしもし").await;
    for (from, into) in [
        (&first, &second),
        (&second, &goes_on),
        (&nameless, &goes_on),
        (&own, &goes_on),
    ] {
        stage.merge(from, into).await;
    }
    let receipts = pass(&delivery).await.0;
    // The address may be left after the merge as well.
    let left = Details {
        email: Some("budi@example.com".into()),
        ..Details::default()
    };
    let conversation = nameless.conversation.clone().expect("a conversation");
    let left = stage.desk.details(Subject::Conversation(conversation), left).await;
    left.expect("left");
    let kept = stage.desk.get(&goes_on.reference).await.expect("a ticket").contact;
    assert_eq!(
        kept.as_deref(),
        Some("hanako@example.jp"),
        "it is an address more, and no other one"
    );
    for _ in 0..2 {
        stage.reply(&goes_on, "返金しました。").await;
    }
    assert_eq!(pass(&delivery).await, (0, 0, 0), "they may still be there");
    stage.clock.advance(SignedDuration::from_secs(60));
    let sent = pass(&delivery).await;
    let mails = sink.arrived().split_off(receipts);
    let mut to: Vec<_> = mails.iter().map(|mail| mail.to.to_lowercase()).collect();
    to.sort();
    assert_eq!(
        to,
        ["budi@example.com", "dewi@example.com", "hanako@example.jp"],
        "{sent:?}"
    );
    let of_dewi = mails.iter().find(|mail| mail.to.to_lowercase().starts_with("dewi"));
    let body = of_dewi.expect("a mail").body();
    assert!(body.contains("返金しました。"), "{body}");
    let token = body.split("/receipts/").nth(1).and_then(|rest| rest.lines().next());
    let opened = token.and_then(|token| stage.receipts.open(token)).expect("a link");
    assert!(
        [&first.reference, &second.reference].contains(&&opened.to_owned()),
        "whoever reads it comes to their own conversation, not to {opened}"
    );
    stage.reply_as(&goes_on, "まだ何かありますか。", "k2").await;
    stage.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(pass(&delivery).await, (3, 0, 0), "the next reply is another one");
}

async fn a_customer_who_sees_the_reply_in_a_merged_conversation_gets_no_mail(harness: Harness) {
    let sink = Sink::start().await;
    let stage = stage(&harness, &sink).await.with_letters();
    let delivery = delivery(&stage.store, &stage.clock, &stage.config.mail);
    let goes_on = stage.open("ja", "二重に請求されました").await;
    let other = stage
        .open_for(Some("dewi@example.com"), "en", "I was charged twice")
        .await;
    stage.merge(&other, &goes_on).await;
    stage.reply(&goes_on, "返金しました。").await;
    let conversation = other.conversation.expect("a conversation");
    let turns = stage.store.turns(&conversation, 0, 100).await.expect("turns");
    let last = turns.last().expect("a turn");
    assert_eq!(last.text, "返金しました。");
    stage.store.turns_seen(&conversation, last.number).await.expect("noted");
    stage.clock.advance(SignedDuration::from_secs(60));
    let passed = delivery.pass().await.expect("the store answers");
    assert_eq!((passed.sent, passed.seen), (3, 1), "two receipts and one reply");
}

async fn without_mail_nothing_is_queued(harness: Harness) {
    let sink = Sink::start().await;
    let stage = stage(&harness, &sink).await;
    let ticket = stage.open("en", "I was charged twice").await;
    stage.reply(&ticket, "Refunded.").await;
    stage.clock.advance(SignedDuration::from_hours(24 * 30));
    stage.desk.tick().await.expect("done");
    assert_eq!(harness.count("SELECT COUNT(*) FROM outgoing").await, 0);
}
