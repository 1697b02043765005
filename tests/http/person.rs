use axum::http::Method;
use tanya::{answer::HandoffReason, store::TimeRange};

use crate::{
    common::{Site, request},
    talk::Agent,
};

const KEY: (&str, &str) = ("key", "0123456789abcdef0123456789abcdef");

#[tokio::test]
async fn a_sent_form_leads_to_a_receipt_with_reference_and_promise() {
    let site = Site::new().await;
    let sent = site
        .submit(
            "/ask",
            &[("question", "Where is my box?"), ("email", "dewi@example.com"), KEY],
        )
        .await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let receipt = site.get(sent.header("location")).await;
    assert_eq!(receipt.status, 200);
    let tickets = site.get_as_agent("/api/v1/tickets").await.json();
    let reference = tickets["tickets"][0]["reference"].as_str().expect("a ticket");
    for part in [reference, "dewi@example.com", "<time datetime=\"", "noindex"] {
        assert!(receipt.body.contains(part), "{part}");
    }
    assert_eq!(receipt.header("cache-control"), "no-store");
    assert_eq!(receipt.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn out_of_hours_the_receipt_says_so_once_in_the_readers_language() {
    let site = Site::with(|config| {
        let since = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(48)).strftime("%Y%m%d");
        let file = config.kb.with_file_name("off.ics");
        let event = format!("BEGIN:VEVENT\nDTSTART;VALUE=DATE:{since}\nDURATION:P9D\nEND:VEVENT\n");
        std::fs::write(&file, event).expect("a calendar file");
        config.desk.hours.calendars = vec![file];
    })
    .await;
    let sent = site.submit("/ask", &[("question", "Where is my box?"), KEY]).await;
    let path = sent.header("location").split('?').next().expect("a path").to_owned();
    for (lang, sentence) in [("en", "Nobody is here right now"), ("id", "Saat ini di luar jam kerja")] {
        let receipt = site.get(&format!("{path}?lang={lang}")).await.body;
        assert_eq!(receipt.matches(sentence).count(), 1, "{receipt}");
    }
    let open = Site::new().await;
    let sent = open.submit("/ask", &[("question", "I was charged twice"), KEY]).await;
    let receipt = open.get(sent.header("location")).await.body;
    assert!(
        receipt.contains("This is about your money") && !receipt.contains("Nobody is here"),
        "{receipt}"
    );
}

#[tokio::test]
async fn a_form_for_a_person_says_that_one_was_wanted_and_writers_see_the_gap_all_the_same() {
    let site = Site::new().await;
    let sent = site
        .submit("/ask", &[("question", "Do zebras dream of xylophones?"), KEY])
        .await;
    let receipt = site.get(sent.header("location")).await.body;
    assert!(
        receipt.contains("You asked for a person.") && !receipt.contains("None of our articles"),
        "{receipt}"
    );
    let tickets = site.get_as_agent("/api/v1/tickets").await.json();
    assert_eq!(tickets["tickets"][0]["reason"], "wants_person", "{tickets}");
    let store = &site.app.store;
    store.flush().await.expect("flushed");
    let logged = store.questions(TimeRange::default(), 100).await.expect("questions");
    assert_eq!(logged[0].reason, Some(HandoffReason::NoMatch));
    // A topic says more than the wish.
    let key = ("key", "fedcba9876543210fedcba9876543210");
    site.submit("/ask", &[("question", "I was charged twice"), key]).await;
    let tickets = site.get_as_agent("/api/v1/tickets?sort=newest").await.json();
    assert_eq!(tickets["tickets"][0]["reason"], "sensitive_topic", "{tickets}");
}

#[tokio::test]
async fn a_page_tells_all_times_in_one_zone() {
    let desk = |zone: &'static str| {
        move |config: &mut tanya::config::Config| {
            config.desk.time_zone = zone.into();
            let since = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(48)).strftime("%Y%m%d");
            let file = config.kb.with_file_name("off.ics");
            let event = format!("BEGIN:VEVENT\nDTSTART;VALUE=DATE:{since}\nDURATION:P9D\nEND:VEVENT\n");
            std::fs::write(&file, event).expect("a calendar file");
            config.desk.hours.calendars = vec![file];
        }
    };
    // The desk's zone, and the customer's where the form's script has told it.
    for (told, offset, name, other) in [("", "+07:00", "WIB", "UTC"), ("Asia/Tokyo", "+09:00", "JST", "WIB")] {
        let site = Site::with(desk("Asia/Jakarta")).await;
        let form = [("question", "Where is my box?"), ("zone", told), KEY];
        let sent = site.submit("/ask", &form).await;
        let page = site.get(sent.header("location")).await.body;
        let times: Vec<&str> = page.split("<time datetime=\"").skip(1).collect();
        // The promise, when people are back, and at least the customer's own words.
        assert!(times.len() >= 3, "{page}");
        for time in times {
            let (iso, rest) = time.split_once('"').expect("an end");
            let words = rest.split_once('>').and_then(|(_, rest)| rest.split_once('<'));
            let (words, _) = words.expect("words");
            assert!(iso.ends_with(offset) && words.contains(name), "{iso}: {words}");
        }
        assert!(!page.contains(other), "{page}");
    }
}

#[tokio::test]
async fn the_receipt_says_when_it_has_been_dealt_with() {
    let site = Site::new().await;
    let sent = site.submit("/ask", &[("question", "Where is my box?"), KEY]).await;
    let tickets = site.get_as_agent("/api/v1/tickets").await.json();
    let ticket = &tickets["tickets"][0];
    let path = format!(
        "/api/v1/tickets/{}/resolve",
        ticket["reference"].as_str().expect("a reference")
    );
    site.post_as_agent(
        &path,
        serde_json::json!({"version": ticket["version"], "note": "for colleagues only"}),
    )
    .await;
    let receipt = site.get(sent.header("location")).await.body;
    assert!(receipt.contains("Your question has been dealt with") && !receipt.contains("for colleagues only"));
}

#[tokio::test]
async fn nobody_sees_a_receipt_by_guessing() {
    let site = Site::new().await;
    let sent = site.submit("/ask", &[("question", "Where is my box?"), KEY]).await;
    let path = sent.header("location").split('?').next().expect("a path");
    let (reference, _) = path.rsplit_once('.').expect("a token");
    for guess in [
        reference.to_owned(),
        format!("{reference}.{}", "0".repeat(32)),
        format!("{path}0"),
        "/receipts/x".to_owned(),
    ] {
        assert_eq!(site.get(&guess).await.status, 404, "{guess}");
    }
}

#[tokio::test]
async fn a_double_click_is_one_ticket() {
    let site = Site::new().await;
    let form = [("question", "Where is my box?"), ("email", "a@example.com"), KEY];
    let first = site.submit("/ask", &form).await;
    let second = site.submit("/ask", &form).await;
    assert_eq!(first.header("location"), second.header("location"));
    let tickets = site.get_as_agent("/api/v1/tickets").await.json();
    assert_eq!(tickets["tickets"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn mistakes_are_told_beside_the_words_that_were_typed() {
    let site = mailing().await;
    let no_question = site
        .submit("/ask", &[("question", "  "), ("email", "a@example.com")])
        .await;
    assert_eq!(no_question.status, 422);
    assert!(no_question.body.contains("role=\"alert\"") && no_question.body.contains("value=\"a@example.com\""));
    let no_address = site
        .submit("/ask", &[("question", "Where is my box?"), ("email", "call me")])
        .await;
    assert_eq!(no_address.status, 422);
    assert!(
        no_address.body.contains("Where is my box?</textarea>") && no_address.body.contains("aria-invalid=\"true\"")
    );
}

#[tokio::test]
async fn other_sites_and_programs_cannot_send_the_form() {
    let site = Site::new().await;
    assert_eq!(
        site.submit_from("/ask", &[("question", "spam"), KEY], "cross-site")
            .await
            .status,
        403
    );
    let foreign = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "https://evil.example"),
    ];
    assert_eq!(
        site.send(request(Method::POST, "/ask", &foreign, "question=spam".to_owned()))
            .await
            .status,
        403
    );
    let trapped = site
        .submit(
            "/ask",
            &[("question", "spam"), ("website", "https://spam.example"), KEY],
        )
        .await;
    assert_eq!(trapped.status, 422);
    assert!(
        trapped.body.contains("spam</textarea>"),
        "a person must not lose the words"
    );
    let tickets = site.get_as_agent("/api/v1/tickets").await.json();
    assert_eq!(tickets["tickets"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn the_page_that_the_reader_came_from_goes_with_the_ticket() {
    let site = Site::new().await;
    let form = site.get("/ask?from=/articles/en/orders/track").await.body;
    assert!(form.contains("name=\"from\" value=\"/articles/en/orders/track\""));
    site.submit(
        "/ask",
        &[
            ("question", "It is not there"),
            ("from", "/articles/en/orders/track"),
            KEY,
        ],
    )
    .await;
    site.submit("/ask", &[("question", "Foreign"), ("from", "//evil.example"), KEY])
        .await;
    let tickets = site.get_as_agent("/api/v1/tickets").await.json();
    let urls: Vec<_> = tickets["tickets"]
        .as_array()
        .expect("tickets")
        .iter()
        .map(|t| t["context"]["page_url"].as_str())
        .collect();
    assert!(
        urls.contains(&Some("/articles/en/orders/track")) && urls.contains(&None),
        "{urls:?}"
    );
}

const OTHER_KEY: (&str, &str) = ("key", "fedcba9876543210fedcba9876543210");

async fn asked(site: &Site) -> String {
    let sent = site.submit("/ask", &[("question", "Where is my box?"), KEY]).await;
    sent.header("location").split('?').next().expect("a path").to_owned()
}

#[tokio::test]
async fn the_page_shows_what_was_said_and_takes_a_further_message_once() {
    let site = Site::new().await;
    let path = asked(&site).await;
    let form = [("message", "It was a <b>blue</b> box"), OTHER_KEY];
    for _ in 0..2 {
        let sent = site.submit(&path, &form).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        assert!(sent.header("location").starts_with(&path) && sent.header("location").ends_with("#latest"));
    }
    let page = site.get(&path).await.body;
    assert!(page.contains("Where is my box?") && page.contains("class=\"facts\""));
    assert_eq!(page.matches("blue").count(), 1, "the same key is the same message");
    assert!(!page.contains("<b>blue"), "people's words are escaped");
}

#[tokio::test]
async fn a_message_after_the_end_takes_the_question_up_again() {
    let site = Site::new().await;
    let path = asked(&site).await;
    let ticket = site.get_as_agent("/api/v1/tickets").await.json()["tickets"][0].clone();
    let resolve = format!(
        "/api/v1/tickets/{}/resolve",
        ticket["reference"].as_str().expect("a reference")
    );
    site.post_as_agent(&resolve, serde_json::json!({"version": ticket["version"]}))
        .await;
    assert!(site.get(&path).await.body.contains("Your question has been dealt with"));
    site.submit(&path, &[("message", "It is not"), OTHER_KEY]).await;
    let tickets = site.get_as_agent("/api/v1/tickets?state=open").await.json();
    assert_eq!(tickets["tickets"].as_array().map(Vec::len), Some(1));
    assert!(!site.get(&path).await.body.contains("Your question has been dealt with"));
}

#[tokio::test]
async fn secrets_in_a_message_are_taken_out_and_the_customer_is_told() {
    let site = Site::new().await;
    let path = asked(&site).await;
    site.submit(&path, &[("message", "My card is 4111 1111 1111 1111"), OTHER_KEY])
        .await;
    let page = site.get(&path).await.body;
    assert!(!page.contains("4111 1111 1111"), "the number is nowhere");
    assert!(page.contains("class=\"turn desk\""), "and that is said");
}

#[tokio::test]
async fn details_are_kept_and_mistakes_in_them_are_told() {
    let site = Site::new().await;
    let path = asked(&site).await;
    let details = format!("{path}/details");
    let wrong = site
        .submit(&details, &[("email", "dewi at home"), ("order_number", "KK-1")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("value=\"dewi at home\"") && wrong.body.contains("value=\"KK-1\""));
    let strange = site.submit(&details, &[("urgency", "now!")]).await;
    assert_eq!(strange.status, 422);
    let saved = site
        .submit(
            &details,
            &[
                ("email", "dewi@example.com"),
                ("order_number", "KK-1"),
                ("urgency", "high"),
            ],
        )
        .await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    // An empty field changes nothing.
    site.submit(&details, &[("email", ""), ("order_number", "KK-2")]).await;
    let page = site
        .get(saved.header("location").split('#').next().expect("a path"))
        .await;
    for part in [
        "value=\"dewi@example.com\"",
        "value=\"KK-2\"",
        "<option value=\"high\" selected>",
        "role=\"status\"",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
    let ticket = &site.get_as_agent("/api/v1/tickets").await.json()["tickets"][0];
    assert_eq!(ticket["contact"], "dewi@example.com");
}

#[tokio::test]
async fn nobody_writes_from_elsewhere_or_without_the_address() {
    let site = Site::new().await;
    let path = asked(&site).await;
    let message = [("message", "Hello"), OTHER_KEY];
    assert_eq!(site.submit_from(&path, &message, "cross-site").await.status, 403);
    let (reference, _) = path.rsplit_once('.').expect("a token");
    let guess = format!("{reference}.{}", "0".repeat(32));
    assert_eq!(site.submit(&guess, &message).await.status, 404);
    assert_eq!(site.submit(&format!("{guess}/details"), &[]).await.status, 404);
    let trapped = [("message", "Spam"), ("website", "https://spam.example"), OTHER_KEY];
    assert_eq!(site.submit(&path, &trapped).await.status, 422);
    let empty = site.submit(&path, &[("message", " "), OTHER_KEY]).await;
    assert_eq!(empty.status, 422);
    assert!(empty.body.contains("Write your message first."));
    // The page's own `no-referrer` makes browsers on plain http say `null`.
    let plain = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "null"),
    ];
    let body = "message=From+a+plain+page&key=0000000000000000".to_owned();
    let sent = site.send(request(Method::POST, &path, &plain, body)).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    assert_eq!(site.get(&path).await.body.matches("class=\"turn customer\"").count(), 2);
}

#[tokio::test]
async fn a_reply_of_a_program_is_signed_by_the_team_on_the_page() {
    let site = Site::new().await;
    let path = asked(&site).await;
    let ticket = site.get_as_agent("/api/v1/tickets").await.json()["tickets"][0].clone();
    let reference = ticket["reference"].as_str().expect("a reference").to_owned();
    let ana = Agent::ana(&site);
    let sent = ana
        .now(
            &reference,
            "reply",
            serde_json::json!({"text": "It left this morning."}),
        )
        .await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    for (lang, title) in [
        ("en", "Our support team has answered you"),
        ("id", "Tim dukungan kami menjawab Anda"),
    ] {
        let page = site.get(&format!("{path}?lang={lang}")).await.body;
        assert!(page.contains(title), "{lang}: {page}");
    }
}

#[tokio::test]
async fn whoever_comes_back_to_a_ticket_that_was_merged_writes_to_the_one_that_goes_on() {
    let site = Site::new().await;
    let path = asked(&site).await;
    let first = site.get_as_agent("/api/v1/tickets").await.json();
    let first = first["tickets"][0]["reference"].as_str().expect("a ticket").to_owned();
    site.submit("/ask", &[("question", "Nobody answers"), OTHER_KEY]).await;
    let both = site.get_as_agent("/api/v1/tickets").await.json();
    let references = both["tickets"].as_array().expect("tickets").iter();
    let goes_on = references
        .filter_map(|ticket| ticket["reference"].as_str())
        .find(|reference| *reference != first)
        .expect("another one");
    let merge = serde_json::json!({"act": "merge", "into": goes_on});
    let merged = site
        .post_as_agent(&format!("/api/v1/tickets/{first}/acts"), merge)
        .await;
    assert_eq!(merged.status, 200, "{}", merged.body);
    let page = site.get(&path).await.body;
    assert!(page.contains(goes_on), "it says where it goes on: {page}");
    let said = site.submit(&path, &[("message", "The box is blue"), OTHER_KEY]).await;
    assert_eq!(said.status, 303, "{}", said.body);
    let thread = site
        .get_as_agent(&format!("/api/v1/tickets/{goes_on}/turns"))
        .await
        .json();
    assert!(thread["merged"].to_string().contains("The box is blue"), "{thread}");
    let left = site
        .submit(&format!("{path}/details"), &[("email", "dewi@example.com")])
        .await;
    assert_eq!(left.status, 303, "{}", left.body);
    assert!(site.get(&path).await.body.contains("dewi@example.com"));
}

/// A help center that sends mails.
async fn mailing() -> Site {
    Site::with(|config| {
        config.mail.command = vec!["true".into()];
        config.mail.from = "help@example.com".into();
    })
    .await
}

/// Where no mail goes out, an address would promise a reply that never comes.
#[tokio::test]
async fn an_address_is_asked_for_only_where_mails_go_out() {
    let silent = Site::new().await;
    for path in ["/ask", "/search?q=I+want+a+refund"] {
        let page = silent.get(path).await.body;
        assert!(page.contains("<form class=\"ask\""), "{path}: {page}");
        assert!(
            !page.contains("name=\"email\"") && !page.contains("So that we can reply"),
            "{path}: {page}"
        );
        assert!(
            page.contains("The reply appears on the page that you see next"),
            "{path}: {page}"
        );
    }
    let indonesian = silent.get("/ask?lang=id").await.body;
    assert!(
        indonesian.contains("Balasan muncul di halaman berikutnya"),
        "{indonesian}"
    );
    let sent = silent.submit("/ask", &[("question", "Where is my box?"), KEY]).await;
    let receipt = silent.get(sent.header("location")).await.body;
    assert!(receipt.contains("The reply appears on this page"), "{receipt}");
    let mailing = mailing().await;
    for path in ["/ask", "/search?q=I+want+a+refund"] {
        let page = mailing.get(path).await.body;
        assert!(
            page.contains("name=\"email\"") && page.contains("So that we can reply"),
            "{path}: {page}"
        );
        assert!(!page.contains("The reply appears on the page"), "{path}: {page}");
    }
}
