//! From what happens at the desk to the mailbox of whoever left.

use std::sync::Arc;

use jiff::SignedDuration;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use serde_json::Map;
use tanya::{
    answer::HandoffReason,
    clock::FixedClock,
    config::Config,
    desk::{DaysOff, Desk, Letterhead, NewTicket, ReceiptKey, Staffer, Ticket, Written},
    store::Store,
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
        let new = NewTicket {
            question: question.into(),
            language: language.into(),
            reason: HandoffReason::SensitiveTopic,
            topic: Some("billing".into()),
            team: Some("billing".into()),
            signed: None,
            contact: Some("hanako@example.jp".into()),
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

    async fn reply(&self, ticket: &Ticket, text: &str) -> i64 {
        let written = Written {
            text: text.into(),
            key: Some("k1".into()),
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

async fn without_mail_nothing_is_queued(harness: Harness) {
    let sink = Sink::start().await;
    let stage = stage(&harness, &sink).await;
    let ticket = stage.open("en", "I was charged twice").await;
    stage.reply(&ticket, "Refunded.").await;
    stage.clock.advance(SignedDuration::from_hours(24 * 30));
    stage.desk.tick().await.expect("done");
    assert_eq!(harness.count("SELECT COUNT(*) FROM outgoing").await, 0);
}
