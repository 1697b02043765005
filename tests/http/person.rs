use axum::http::Method;

use crate::common::{Site, request};

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
    let site = Site::new().await;
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
