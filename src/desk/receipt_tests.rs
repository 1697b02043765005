use serde_json::json;

use super::*;
use crate::desk::{clocks::tests::record, hours::tests::calendar};

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn ticket(lang: &str, team: &str, topic: Option<&str>) -> TicketRecord {
    TicketRecord {
        reference: "T-7K3F-9QXM".into(),
        lang: lang.into(),
        team: team.into(),
        topic: topic.map(Into::into),
        reason: HandoffReason::SensitiveTopic,
        promise_at: at("2026-11-24T02:30:00Z"),
        ..record(at("2026-11-23T02:30:00Z"))
    }
}

fn told(ticket: &TicketRecord, zone: &str, said: Said) -> Receipt {
    let office = calendar("weekdays = ['09:00-17:00']", zone);
    // Sunday noon.
    let now = at("2026-11-22T12:00:00Z");
    Receipt::new(&ticket.into(), &office, now, None, said)
}

#[test]
fn a_receipt_says_why_who_by_when_what_happens_and_the_reference() {
    let always = |zone: &str| calendar("", zone);
    let now = at("2026-11-23T02:30:00Z");
    let text = |lang, zone| {
        Receipt::new(
            &(&ticket(lang, "billing", Some("billing"))).into(),
            &always(zone),
            now,
            None,
            Said::NotYet,
        )
        .text
    };
    assert_eq!(
        text("en", "UTC"),
        "This is about your money, so a person looks into it. A person from our billing team will answer by tomorrow, \
         Tuesday, 24 November 2026, 02:30 UTC. They see all that you wrote, so you need not tell it again. \
         Your reference is T-7K3F-9QXM."
    );
    assert_eq!(
        text("id", "Asia/Jakarta"),
        "Ini menyangkut uang Anda, jadi petugas kami yang memeriksanya. Petugas dari tim penagihan kami akan menjawab \
         paling lambat besok, Selasa, 24 November 2026 pukul 09.30 WIB. Semua yang Anda tulis sudah diteruskan, jadi tidak \
         perlu diulang. Nomor referensi Anda: T-7K3F-9QXM."
    );
    assert_eq!(
        text("ja", "Asia/Tokyo"),
        "お支払いに関わる内容のため、担当者が確認いたします。明日 2026年11月24日（火）11:30（JST）までに、\
         お支払い窓口の担当者がお返事いたします。これまでの内容は担当者に引き継がれますので、改めてご説明いただく必要はありません。\
         お問い合わせ番号は T-7K3F-9QXM です。"
    );
}

#[test]
fn out_of_hours_exactly_one_sentence_says_so() {
    for (lang, zone, sentence) in [
        (
            "en",
            "UTC",
            "Nobody is here right now; we are back tomorrow, Monday, 23 November 2026, 09:00 UTC.",
        ),
        (
            "id",
            "Asia/Jakarta",
            "Saat ini di luar jam kerja; kami kembali besok, Senin, 23 November 2026 pukul 09.00 WIB.",
        ),
        (
            "ja",
            "Asia/Tokyo",
            "ただいま営業時間外のため、担当者の対応は明日 2026年11月23日（月）9:00（JST）からとなります。",
        ),
    ] {
        let ticket = ticket(lang, "billing", Some("billing"));
        let first = told(&ticket, zone, Said::NotYet);
        assert_eq!(first.text.matches(sentence).count(), 1, "{}", first.text);
        assert_eq!(
            first.closed_until.map(|closed| closed.sentence).as_deref(),
            Some(sentence)
        );
        let second = told(&ticket, zone, Said::Already);
        assert_eq!(second.closed_until, None);
        assert_eq!(second.text, first.text.replace(sentence, "").replace("  ", " "));
    }
    let office = calendar("weekdays = ['09:00-17:00']", "UTC");
    assert_eq!(closed_until(&office, at("2026-11-23T09:00:00Z"), Said::NotYet), None);
    assert_eq!(
        closed_until(&office, at("2026-11-23T17:00:00Z"), Said::NotYet),
        Some(at("2026-11-24T09:00:00Z"))
    );
}

#[test]
fn every_reason_and_topic_has_its_own_sentence_in_every_language() {
    let topics = [
        "billing",
        "refund",
        "cancellation",
        "upgrade",
        "account_security",
        "legal",
        "complaint",
        "other",
    ];
    for language in ["en", "id", "ja", "de", "fr", "es", "zh"].map(Texts::of) {
        let of_topics = topics.map(|topic| language.why(HandoffReason::SensitiveTopic, Some(topic)));
        let of_reasons = HandoffReason::ALL.map(|reason| language.why(reason, None));
        let mut all = Vec::from(of_topics);
        all.extend(of_reasons);
        all.sort_unstable();
        all.dedup();
        // A sensitive topic that is not known is told as any other one.
        assert_eq!(
            all.len(),
            topics.len() + HandoffReason::ALL.len() - 1,
            "{}",
            language.code
        );
        assert!(
            all.iter()
                .all(|why| why.ends_with(['.', '。']) && !why.contains(['!', '！']))
        );
    }
}

#[test]
fn other_languages_get_english_and_other_teams_their_name() {
    let text = |lang, team| told(&ticket(lang, team, None), "UTC", Said::Already).text;
    assert!(text("pt", "trust_safety").contains("our trust safety team"));
    assert!(text("de", "billing").contains("unserem Team Abrechnung antwortet spätestens Dienstag, 24. November 2026"));
    for lang in ["de", "fr", "es", "zh"] {
        let told = text(lang, "billing");
        assert!(!told.contains(['{', '}']) && !told.contains("our team"), "{told}");
    }
    assert!(text("en", "retention").contains("our customer care team"));
    assert!(text("en", "support").contains("A person from our team will"));
    let far = told(&ticket("en", "x", None), "America/Sao_Paulo", Said::Already);
    assert_eq!(
        far.by_words,
        "Monday, 23 November 2026, 23:30 UTC-03:00".replace("Monday", "tomorrow, Monday")
    );
    let in_japanese = Receipt::new(
        &(&ticket("en", "support", None)).into(),
        &calendar("", "UTC"),
        at("2026-11-22T12:00:00Z"),
        Some("ja"),
        Said::NotYet,
    );
    assert!(in_japanese.text.contains("担当者"), "the reader's language wins");
}

#[test]
fn only_what_is_missing_is_asked_and_an_order_number_only_where_it_helps() {
    let nothing_known = ticket("en", "billing", Some("refund"));
    assert_eq!(
        asks(&nothing_known),
        [Ask::Email, Ask::OrderNumber, Ask::Urgency, Ask::Phone]
    );
    let known_by_the_page = TicketRecord {
        context: json!({"order_id": 4711}).as_object().cloned().unwrap_or_default(),
        contact: Some("dewi@example.com".into()),
        ..nothing_known.clone()
    };
    assert_eq!(asks(&known_by_the_page), [Ask::Urgency, Ask::Phone]);
    let all_known = TicketRecord {
        order_number: Some("4711".into()),
        urgency: Some("high".into()),
        phone: Some("+62 21 500".into()),
        contact: Some("dewi@example.com".into()),
        ..nothing_known
    };
    assert_eq!(asks(&all_known), []);
    assert_eq!(
        asks(&ticket("en", "security", Some("account_security"))),
        [Ask::Email, Ask::Urgency, Ask::Phone]
    );
}

#[test]
fn times_are_the_customers_own_where_their_page_has_told_the_zone() {
    let in_zone = |zone: &str| TicketRecord {
        context: json!({"time_zone": zone}).as_object().cloned().unwrap_or_default(),
        ..ticket("en", "billing", None)
    };
    let receipt = told(&in_zone("Asia/Tokyo"), "UTC", Said::NotYet);
    assert_eq!(receipt.by_words, "Tuesday, 24 November 2026, 11:30 JST");
    assert_eq!(receipt.by_local, "2026-11-24T11:30:00+09:00");
    let closed = receipt.closed_until.as_ref().expect("nobody is there");
    assert_eq!(closed.opens_words, "tomorrow, Monday, 23 November 2026, 18:00 JST");
    assert!(closed.sentence.contains(&closed.opens_words));
    assert!(receipt.text.contains(&receipt.by_words) && !receipt.text.contains("UTC"));
    assert_eq!(
        promise(&(&in_zone("Asia/Tokyo")).into(), &TimeZone::UTC),
        receipt.by_words,
        "a letter says what the card says"
    );
    // What is no zone is the desk's.
    for wrong in ["Mars/Olympus", "", &"x".repeat(1000)] {
        assert!(
            told(&in_zone(wrong), "UTC", Said::NotYet)
                .by_words
                .ends_with("02:30 UTC")
        );
    }
}
