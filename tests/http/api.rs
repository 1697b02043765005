use serde_json::json;

use crate::common::{ARTICLES, Site, TOKEN};

#[tokio::test]
async fn ask_gives_one_decision_in_the_agreed_shape() {
    let site = Site::new().await;
    let reply = site
        .post(
            "/api/v1/ask",
            json!({"question": "track order", "lang": null, "context": {"plan": "team"}, "conversation": null,
                   "record": false, "open_ticket": false, "explain": false, "a_field_of_tomorrow": 1}),
        )
        .await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let decision = reply.json();
    let word = decision["decision"].as_str().expect("a decision");
    assert!(["answer", "clarify", "handoff"].contains(&word));
    assert_eq!(decision.get("answer").is_some(), word == "answer");
    assert_eq!(decision.get("handoff").is_some(), word == "handoff");
    for field in [
        "id",
        "confidence",
        "threshold",
        "language",
        "generation",
        "weights",
        "calibration",
        "rules",
    ] {
        assert!(decision.get(field).is_some(), "{field}");
    }
}

#[tokio::test]
async fn a_question_alone_is_enough() {
    let site = Site::new().await;
    assert_eq!(
        site.post("/api/v1/ask", json!({"question": "where is my parcel"}))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_sensitive_question_is_handed_over_and_opens_its_ticket_only_when_told_to() {
    let site = Site::new().await;
    let preview = site
        .post("/api/v1/ask", json!({"question": "I want a refund", "record": false}))
        .await
        .json();
    assert_eq!(
        (&preview["decision"], &preview["handoff"]["ticket"]),
        (&json!("handoff"), &json!(null))
    );
    let opened = site
        .post(
            "/api/v1/ask",
            json!({"question": "I want a refund", "open_ticket": true}),
        )
        .await
        .json();
    let reference = opened["handoff"]["ticket"].as_str().expect("a ticket");
    assert!(opened["handoff"]["promise"].is_string());
    let ticket = site.get_as_agent(&format!("/api/v1/tickets/{reference}")).await.json();
    assert_eq!(
        opened["handoff"]["by"], ticket["promise_at"],
        "the promise for programs"
    );
    assert_eq!(preview["handoff"]["by"], json!(null));
    assert_eq!(ticket["question"], "I want a refund");
}

#[tokio::test]
async fn search_ranks_articles_and_can_be_narrowed_and_paged() {
    let site = Site::new().await;
    let page = site.get("/api/v1/search?q=order&lang=en&limit=1").await.json();
    let hits = page["hits"].as_array().expect("hits");
    assert_eq!(hits.len(), 1);
    assert!(hits[0]["url"].as_str().is_some_and(|url| url.starts_with("/articles/")));
    let next = site.get("/api/v1/search?q=order&lang=en&limit=1&offset=1").await.json();
    assert_ne!(next["hits"][0]["article"], hits[0]["article"]);
    let elsewhere = site.get("/api/v1/search?q=order&category=account").await.json();
    assert!(
        elsewhere["hits"]
            .as_array()
            .is_some_and(|hits| hits.iter().all(|hit| hit["category"] == "account"))
    );
}

#[tokio::test]
async fn drafts_expired_and_unlisted_articles_are_not_found() {
    let site = Site::new().await;
    for words in ["secret draft", "summer promotion", "beta programme"] {
        let query = words.replace(' ', "+");
        for path in [
            format!("/api/v1/search?q={query}"),
            format!("/api/v1/suggest?q={query}"),
        ] {
            let body = site.get(&path).await.body;
            assert!(!body.contains("account/"), "{path}: {body}");
        }
    }
    assert!(ARTICLES.iter().any(|(path, _)| path.contains("draft")));
}

#[tokio::test]
async fn suggest_answers_unfinished_words_and_nothing_for_nothing() {
    let site = Site::new().await;
    let some = site.get("/api/v1/suggest?q=track&lang=en&limit=3").await.json();
    assert_eq!(some["suggestions"][0]["article"], "en/orders/track");
    assert_eq!(site.get("/api/v1/suggest?q=").await.json()["suggestions"], json!([]));
    assert_eq!(site.get("/api/v1/suggest").await.json()["suggestions"], json!([]));
}

#[tokio::test]
async fn the_queue_is_for_people_with_a_token() {
    let site = Site::new().await;
    for path in [
        "/api/v1/tickets",
        "/api/v1/tickets/T-AAAA-BBBB",
        "/api/v1/tickets/promises",
    ] {
        let without = site.get(path).await;
        without.is_problem(401, "unauthorized");
        assert_eq!(without.header("www-authenticate"), r#"Bearer realm="tanya""#);
        let wrong = site.get_with(path, &[("authorization", "Bearer not-the-token")]).await;
        wrong.is_problem(401, "unauthorized");
        assert!(wrong.header("www-authenticate").contains("invalid_token"));
    }
    site.post("/api/v1/tickets/T-AAAA-BBBB/resolve", json!({"version": 1}))
        .await
        .is_problem(401, "unauthorized");
}

#[tokio::test]
async fn kept_promises_are_counted_and_told_in_a_sentence() {
    let site = Site::new().await;
    let promises = "/api/v1/tickets/promises";
    let none = site.get_as_agent(promises).await.json();
    assert_eq!(none["sentence"], "There were no promises.");
    for question in [
        "I was charged twice",
        "I was charged three times",
        "I was charged again",
    ] {
        let opened = site.post("/api/v1/tickets", &json!({"question": question})).await;
        assert_eq!(opened.status, 201, "{}", opened.body);
    }
    let tickets = site.get_as_agent("/api/v1/tickets").await.json();
    let reference = |at: usize| tickets["tickets"][at]["reference"].as_str().expect("a reference");
    let resolved = site
        .post_as_agent(
            &format!("/api/v1/tickets/{}/resolve", reference(0)),
            &json!({"version": 1}),
        )
        .await;
    assert_eq!(resolved.status, 200, "{}", resolved.body);
    let unanswered = site.get_as_agent(promises).await.json();
    assert_eq!(
        unanswered["sentence"],
        "No promise has been kept or missed yet; 2 are still open; 1 was resolved without a reply."
    );
    let authorization = format!("Bearer {TOKEN}");
    let headers = [("authorization", authorization.as_str()), ("if-match", "\"1\"")];
    let reply = format!("/api/v1/tickets/{}/reply", reference(1));
    let replied = site.post_with(&reply, &headers, json!({"text": "Refunded."})).await;
    assert_eq!(replied.status, 200, "{}", replied.body);
    let some = site
        .get_as_agent(&format!("{promises}?since=2026-01-01T00:00:00Z"))
        .await
        .json();
    assert_eq!(
        some["sentence"],
        "1 of 1 promise was kept, 100 % (21–100 %); 1 is still open; 1 was resolved without a reply."
    );
    assert_eq!(
        [
            &some["kept"]["count"],
            &some["missed"],
            &some["open"],
            &some["unanswered"]
        ],
        [1, 0, 1, 1]
    );
    let later = site
        .get_as_agent(&format!("{promises}?since=2126-01-01T00:00:00Z"))
        .await
        .json();
    assert_eq!(later["sentence"], "There were no promises.");
    site.get_as_agent(&format!("{promises}?since=yesterday"))
        .await
        .is_problem(400, "invalid_query");
}

#[tokio::test]
async fn a_ticket_is_opened_listed_shown_and_resolved_once() {
    let site = Site::new().await;
    let body = json!({"question": "I was charged twice", "contact": "dewi@example.com", "context": {"plan": "team"}});
    let opened = site.post("/api/v1/tickets", &body).await;
    assert_eq!(opened.status, 201, "{}", opened.body);
    let receipt = opened.json();
    let reference = receipt["reference"].as_str().expect("a reference");
    assert_eq!(opened.header("location"), receipt["receipt"]);
    assert!(receipt["promise_at"].is_string());
    assert_eq!(receipt["why"], "This is about your money, so a person looks into it.");
    assert_eq!(receipt["asks"], json!(["order_number", "urgency", "phone"]));
    let message = receipt["message"].as_str().expect("a message");
    assert!(
        message.contains(reference) && message.contains("our billing team will answer by"),
        "{message}"
    );

    let list = site.get_as_agent("/api/v1/tickets?state=open&limit=10").await.json();
    assert_eq!(list["tickets"][0]["reference"], reference);
    let ticket = site.get_as_agent(&format!("/api/v1/tickets/{reference}")).await.json();
    assert_eq!(
        (&ticket["contact"], &ticket["context"]["plan"]),
        (&json!("dewi@example.com"), &json!("team"))
    );

    let path = format!("/api/v1/tickets/{reference}/resolve");
    let resolve = json!({"note": "Paid back.", "version": ticket["version"]});
    let resolved = site.post_as_agent(&path, &resolve).await;
    assert_eq!(resolved.status, 200, "{}", resolved.body);
    assert_eq!(
        (&resolved.json()["state"], &resolved.json()["resolved_by"]),
        (&json!("resolved"), &json!("ana"))
    );
    site.post_as_agent(&path, &resolve)
        .await
        .is_problem(409, "version_conflict");
    let open = site.get_as_agent("/api/v1/tickets?state=open").await.json();
    assert_eq!(open["tickets"], json!([]));
}

#[tokio::test]
async fn the_same_request_twice_is_one_ticket_and_a_key_opens_nobody_elses() {
    let site = Site::new().await;
    let key = [("idempotency-key", "7f1c")];
    let mine = json!({"question": "Where is my box?", "contact": "a@example.com"});
    let first = site.post_with("/api/v1/tickets", &key, &mine).await.json();
    let again = site.post_with("/api/v1/tickets", &key, &mine).await.json();
    assert_eq!(first["reference"], again["reference"]);
    let other = json!({"question": "Where is my box?", "contact": "b@example.com"});
    let theirs = site.post_with("/api/v1/tickets", &key, &other).await.json();
    assert_ne!(first["reference"], theirs["reference"]);
}

#[tokio::test]
async fn the_queue_is_due_first_unless_another_order_is_asked_for() {
    let site = Site::new().await;
    for question in ["I was charged twice", "Where is my box?", "I want a refund"] {
        let sent = site.post("/api/v1/tickets", json!({"question": question})).await;
        assert_eq!(sent.status, 201, "{}", sent.body);
    }
    let listed = async |query: &str| {
        let list = site.get_as_agent(&format!("/api/v1/tickets{query}")).await.json();
        let tickets = list["tickets"].as_array().expect("tickets").iter();
        tickets
            .map(|ticket| {
                let at = ticket["promise_at"].as_str().expect("a time");
                at.parse::<jiff::Timestamp>().expect("a time")
            })
            .collect::<Vec<_>>()
    };
    let due = listed("").await;
    assert!(due.len() == 3 && due.is_sorted(), "{due:?}");
    assert_eq!(listed("?sort=due").await, due);
    let mut newest = listed("?sort=newest").await;
    newest.reverse();
    assert_eq!(newest, due);
}

#[tokio::test]
async fn unknown_tickets_cursors_and_states_are_named() {
    let site = Site::new().await;
    site.get_as_agent("/api/v1/tickets/T-AAAA-BBBB")
        .await
        .is_problem(404, "not_found");
    site.get_as_agent("/api/v1/tickets?cursor=made-up")
        .await
        .is_problem(400, "invalid_query");
    site.get_as_agent("/api/v1/tickets?sort=oldest")
        .await
        .is_problem(400, "invalid_query");
    site.get_as_agent("/api/v1/tickets?state=lost")
        .await
        .is_problem(400, "invalid_query");
    site.post_as_agent("/api/v1/tickets/T-AAAA-BBBB/resolve", json!({"version": 1}))
        .await
        .is_problem(404, "not_found");
}
