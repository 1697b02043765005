use proptest::prelude::*;
use serde_json::Map;

use super::*;
use crate::{
    answer::HandoffReason,
    config::Config,
    desk::flow::tests_support::conversation,
    store::{NewTurn, TicketState},
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time")
}

fn ticket(lang: &str, question: &str) -> TicketRecord {
    TicketRecord {
        reference: "T-7K3F-9QXM".into(),
        version: 1,
        state: TicketState::Open,
        team: "billing".into(),
        priority: 2,
        tags: Vec::new(),
        reason: HandoffReason::SensitiveTopic,
        topic: Some("billing".into()),
        question: question.into(),
        lang: lang.into(),
        channel: "form".into(),
        conversation: Some("01JC".into()),
        episode: Some(1),
        customer: None,
        customer_name: None,
        contact: Some("dewi@example.com".into()),
        phone: None,
        order_number: None,
        urgency: None,
        context: Map::new(),
        nearest: None,
        confidence: 0.2,
        decision: "01J".into(),
        idempotency_key: None,
        complex: true,
        assignee: None,
        claimed_until: None,
        opened_at: at(0),
        promise_at: at(3600),
        promise_kept: None,
        warn_at: None,
        waiting_since: Some(at(0)),
        first_reply_at: None,
        first_due_at: None,
        next_due_at: None,
        resolve_due_at: None,
        snoozed_until: None,
        targets: Map::new(),
        escalation: 0,
        escalate_at: None,
        merged_into: None,
        outcome: None,
        resolved_at: None,
        resolved_by: None,
        note: None,
        events: Vec::new(),
    }
}

fn letterhead(change: impl FnOnce(&mut Config)) -> Option<Letterhead> {
    let mut config = Config::default();
    config.site.name = "Kawan Kopi".into();
    config.server.public_url = Some("https://help.example.com".into());
    config.mail.smtp = "smtp://localhost".into();
    config.mail.from = "help@example.com".into();
    change(&mut config);
    let folder = tempfile::tempdir().expect("a folder");
    Letterhead::new(&config, Arc::new(ReceiptKey::load_or_create(folder.path())))
}

const ANSWER: Answer<'_> = Answer {
    person: "Sari",
    words: "The second charge is refunded.",
    turn: 3,
};

#[test]
fn a_mail_with_what_a_program_wrote_is_signed_by_the_team() {
    let letters = letterhead(|_| ()).expect("mail is configured");
    let written_by = |author: &str| {
        let scene = Scene {
            conversation: Some(conversation()),
            ticket: Some(ticket("id", "Di mana paket saya?")),
            ..Scene::default()
        };
        let turn = NewTurn {
            kind: TurnKind::Person,
            author: author.into(),
            text: "Paketnya sudah dikirim.".into(),
            data: Map::from_iter([("name".to_owned(), "nightly".into())]),
            idempotency_key: None,
        };
        let change = Change {
            turns: vec![turn],
            ..Change::default()
        };
        let mail = letters.reply_in(&scene, &change, at(0), "01J".into());
        mail.expect("they left an address").body
    };
    let mail = written_by("token:nightly");
    assert!(
        mail.contains("Tim dukungan dari Kawan Kopi") && !mail.contains("nightly"),
        "{mail}"
    );
    assert!(written_by("01JANA").contains("nightly dari Kawan Kopi"));
}

#[test]
fn a_reply_says_who_answered_what_was_asked_and_where_to_go_on() {
    let letter = reply_letter(
        "Kawan Kopi",
        &ticket("en", "I was charged twice.\nWhy?"),
        ANSWER,
        "https://h/r/1",
    );
    assert_eq!(letter.subject, "Re: I was charged twice. Why? [T-7K3F-9QXM]");
    for part in [
        "Sari from Kawan Kopi has answered you:\n\nThe second charge is refunded.\n",
        "\nhttps://h/r/1\n",
        "> I was charged twice.\n> Why?\n",
        "Your reference is T-7K3F-9QXM.",
    ] {
        assert!(letter.body.contains(part), "{part}");
    }
}

#[test]
fn letters_are_in_the_language_of_the_ticket() {
    let reply = |lang| reply_letter("Kawan Kopi", &ticket(lang, "?"), ANSWER, "l").body;
    assert!(reply("ja").starts_with("Kawan KopiのSariがお返事いたします。"));
    assert!(reply("id-ID").starts_with("Sari dari Kawan Kopi menjawab Anda:"));
    assert!(reply("de-AT").starts_with("Sari von Kawan Kopi hat Ihnen geantwortet:"));
    assert!(reply("fr").starts_with("Sari (Kawan Kopi) vous a répondu :"));
    assert!(reply("es").starts_with("Sari, de Kawan Kopi, le ha respondido:"));
    assert!(reply("zh").starts_with("Kawan Kopi的Sari已回复您："));
    assert!(reply("ko").starts_with("Sari from Kawan Kopi"));
    let receipt = receipt_letter("Kawan Kopi", &ticket("ja", "?"), "受付しました。", "l");
    assert!(
        receipt
            .subject
            .starts_with("お問い合わせを受け付けました（Kawan Kopi）")
    );
    assert!(receipt.body.starts_with("受付しました。\n"));
    for lang in ["en", "id", "ja", "de", "fr", "es", "zh"] {
        let receipt = receipt_letter("Kawan Kopi", &ticket(lang, "{link}?"), "{site}", "https://h/r/1");
        assert!(receipt.subject.ends_with("[T-7K3F-9QXM]"), "{lang}");
        let body = &receipt.body;
        assert_eq!(
            body.matches("https://h/r/1").count(),
            1,
            "{lang}: nobody's words name a placeholder"
        );
        assert!(
            body.starts_with("{site}\n") && body.contains("> {link}?"),
            "{lang}: {body}"
        );
    }
}

#[test]
fn nothing_is_written_without_mail_or_address() {
    assert!(letterhead(|config| config.mail.smtp.clear()).is_none());
    assert!(letterhead(|config| config.server.public_url = None).is_none());
    let head = letterhead(|_| ()).expect("mail is configured");
    let nameless = TicketRecord {
        contact: None,
        ..ticket("en", "?")
    };
    assert_eq!(head.reply(&nameless, ANSWER, at(0), "01J".to_owned()), None);
    assert_eq!(head.receipt(&nameless, "words", "01J".to_owned()), None);
}

#[test]
fn a_reply_waits_and_links_to_its_own_conversation() {
    let head = letterhead(|config| config.mail.reply_delay_seconds = 90).expect("mail is configured");
    let mail = head
        .reply(&ticket("en", "?"), ANSWER, at(0), "01J".to_owned())
        .expect("there is an address");
    assert_eq!(mail.not_before, Some(at(90)));
    assert_eq!(mail.dedupe_key, Some(reply_key("01JC", 3)));
    let token = mail
        .body
        .split("/receipts/")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    assert_eq!(token.and_then(|token| head.receipts.open(token)), Some("T-7K3F-9QXM"));
}

#[test]
fn an_alert_goes_once_to_everybody_who_is_told() {
    let head = letterhead(|config| config.mail.alerts = vec!["ops@example.com".into(), "Ana@example.com".into()])
        .expect("mail is configured");
    let on_call = ["ana@example.com".to_owned()];
    let mut next_id = ids_from("01JD0000000000000000000000");
    let alerts = head.alert(&Alert::PromiseMissed, &ticket("ja", "二重請求"), &on_call, &mut next_id);
    let to: Vec<&str> = alerts.iter().map(|alert| alert.recipient.as_str()).collect();
    assert_eq!(to, ["ana@example.com", "ops@example.com"]);
    assert_ne!(alerts[0].id, alerts[1].id);
    assert_ne!(alerts[0].dedupe_key, alerts[1].dedupe_key);
    let first = &alerts[0];
    assert_eq!((first.kind, first.not_before), ("alert", None));
    assert_eq!(first.subject, "[Kawan Kopi] Promise missed: T-7K3F-9QXM (billing)");
    for part in [
        "> 二重請求",
        "https://help.example.com/inbox?ticket=T-7K3F-9QXM",
        "Taken by: nobody",
        " UTC",
    ] {
        assert!(first.body.contains(part), "{part}: {}", first.body);
    }
    let again = head.alert(&Alert::PromiseMissed, &ticket("ja", "二重請求"), &on_call, &mut next_id);
    assert_eq!(again[0].dedupe_key, first.dedupe_key);
    let later = TicketRecord {
        escalation: 2,
        ..ticket("en", "?")
    };
    let escalated = Alert::Escalated { reason: None };
    let steps: Vec<_> = [ticket("en", "?"), later]
        .iter()
        .map(|ticket| head.alert(&escalated, ticket, &[], &mut next_id)[0].dedupe_key.clone())
        .collect();
    assert_ne!(steps[0], steps[1]);
}

proptest! {
    #[test]
    fn no_words_of_anybody_end_a_line_of_the_head(
        question in any::<String>(),
        person in any::<String>(),
        team in any::<String>(),
        reason in any::<String>(),
    ) {
        let hostile = TicketRecord { team, ..ticket("en", &question) };
        let answer = Answer { person: &person, words: &question, turn: 1 };
        let escalated = Alert::Escalated { reason: Some(reason) };
        for letter in [
            reply_letter("Kawan Kopi", &hostile, answer, "l"),
            receipt_letter(&person, &hostile, &question, "l"),
            alert_letter("Kawan Kopi", &escalated, &hostile, &TimeZone::UTC, "l"),
        ] {
            let ends_a_line = |c: char| c.is_control() || ['\u{2028}', '\u{2029}'].contains(&c);
            prop_assert!(!letter.subject.chars().any(ends_a_line));
            prop_assert!(letter.subject.chars().count() <= 200);
            let is_unwanted = |c: char| c.is_control() && c != '\n' && c != '\t';
            prop_assert!(!letter.body.chars().any(is_unwanted));
        }
    }
}
