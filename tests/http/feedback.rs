//! Votes on articles, over the API and by the form without script.

use serde_json::{Value, json};
use tanya::store::{Store, TimeRange, Vote};

use crate::common::{Reply, Site};

const PATH: &str = "/api/v1/feedback";

fn body(article: &str, helped: bool) -> Value {
    json!({"article": article, "helped": helped})
}

/// A help center whose votes can be read back.
async fn site() -> (Site, Store) {
    let mut url = String::new();
    let site = Site::with(|config| url = config.store_url()).await;
    let store = Store::open(&url).await.expect("a second look at the store");
    (site, store)
}

async fn votes(store: &Store, article: &str) -> Vec<Vote> {
    store.votes_on(article, TimeRange::default(), 100).await.expect("votes")
}

fn follow(reply: &Reply) -> &str {
    assert_eq!(reply.status, 303, "{}", reply.body);
    reply.header("location")
}

#[tokio::test]
async fn a_vote_is_kept_with_the_version_that_was_read_and_without_the_reader() {
    let (site, store) = site().await;
    let sent = json!({
        "article": "en/orders/track", "helped": false, "decision": "01J9Z3V6X5T1Q4M8K2R7W0B6YD",
        "reason": "My card 4111 1111 1111 1111 was charged\u{0}"
    });
    let reply = site.post_with(PATH, &[("user-agent", "Firefox")], sent).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let counted = reply.json();
    let kept = votes(&store, "en/orders/track").await;
    assert_eq!(kept.len(), 1);
    let vote = &kept[0];
    assert_eq!(
        counted,
        json!({"article": vote.article, "version": vote.version, "helped": false})
    );
    assert!(vote.version.starts_with("sha256:") && vote.lang == "en");
    assert_eq!(vote.decision.as_deref(), Some("01J9Z3V6X5T1Q4M8K2R7W0B6YD"));
    let reason = vote.reason.as_deref().expect("a reason");
    assert!(
        reason.starts_with("My card [card number") && !reason.contains("4111 1111"),
        "{reason}"
    );
    for trace in ["127.0.0.1", "Firefox"] {
        assert!(!format!("{vote:?}").contains(trace), "{vote:?}");
    }
}

#[tokio::test]
async fn one_reader_has_one_vote() {
    let (site, store) = site().await;
    for helped in [true, false, true, false] {
        assert_eq!(site.post(PATH, body("en/orders/track", helped)).await.status, 200);
    }
    let kept = votes(&store, "en/orders/track").await;
    assert_eq!(kept.iter().map(|vote| vote.helped).collect::<Vec<_>>(), [false]);
    let other = [("user-agent", "another browser")];
    site.post_with(PATH, &other, body("en/orders/track", true)).await;
    assert_eq!(votes(&store, "en/orders/track").await.len(), 2);
}

#[tokio::test]
async fn only_articles_that_can_be_read_are_voted_on() {
    let site = Site::new().await;
    for hidden in ["en/orders/gone", "en/account/draft", "en/account/expired", ""] {
        let reply = site.post(PATH, body(hidden, true)).await;
        reply.is_problem(404, "not_found");
    }
    assert_eq!(site.post(PATH, body("en/account/hidden", true)).await.status, 200);
}

#[tokio::test]
async fn a_wrong_body_is_named() {
    let site = Site::new().await;
    let long = json!({"article": "en/orders/track", "helped": true, "reason": "x".repeat(501)});
    for wrong in [
        json!({"article": "en/orders/track"}),
        json!({"article": "en/orders/track", "helped": "yes"}),
        json!({"article": "en/orders/track", "helped": true, "decision": "x".repeat(65)}),
        long,
    ] {
        site.post(PATH, wrong).await.is_problem(422, "invalid_body");
    }
    site.post(PATH, "{").await.is_problem(400, "bad_json");
}

#[tokio::test]
async fn ballots_are_not_stuffed() {
    let site = Site::new().await;
    for _ in 0..30 {
        assert_eq!(site.post(PATH, body("en/orders/track", true)).await.status, 200);
    }
    site.post(PATH, body("en/orders/track", true))
        .await
        .is_problem(429, "rate_limited");
}

#[tokio::test]
async fn without_script_no_leads_to_a_reason_and_to_a_person() {
    let (site, store) = site().await;
    let article = site.get("/articles/en/orders/track").await.body;
    assert!(article.contains("Did this help?"), "{article}");
    assert!(article.contains("value=\"yes\"") && article.contains("value=\"no\""));

    let no = [("article", "en/orders/track"), ("helped", "no")];
    let page = site.get(follow(&site.submit("/feedback", &no).await)).await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("name=\"reason\"") && page.body.contains("/ask?"),
        "{}",
        page.body
    );
    assert_eq!(votes(&store, "en/orders/track").await[0].reason, None);

    let why = [("article", "en/orders/track"), ("helped", "no"), ("reason", "too old")];
    let page = site.get(follow(&site.submit("/feedback", &why).await)).await;
    assert!(!page.body.contains("name=\"reason\""));
    let kept = votes(&store, "en/orders/track").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].reason.as_deref(), Some("too old"));

    let yes = [("article", "en/orders/track"), ("helped", "yes")];
    let page = site.get(follow(&site.submit("/feedback", &yes).await)).await;
    assert!(page.body.contains("/articles/en/orders/track"));
    assert!(votes(&store, "en/orders/track").await[0].helped);
}

#[tokio::test]
async fn a_long_reason_comes_back_to_be_shortened() {
    let site = Site::new().await;
    let long = "word ".repeat(120);
    let sent = [("article", "en/orders/track"), ("helped", "no"), ("reason", &long)];
    let reply = site.submit("/feedback", &sent).await;
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("role=\"alert\"") && reply.body.contains("word word"));
}

#[tokio::test]
async fn other_sites_cannot_vote() {
    let site = Site::new().await;
    let yes = [("article", "en/orders/track"), ("helped", "yes")];
    assert_eq!(site.submit_from("/feedback", &yes, "cross-site").await.status, 403);
    assert_eq!(
        site.submit("/feedback", &[("article", "en/orders/track")]).await.status,
        422
    );
    assert_eq!(site.get("/feedback?article=nothing").await.status, 404);
}

#[tokio::test]
async fn a_reload_of_a_search_is_not_a_second_question() {
    let mut url = String::new();
    let site = Site::with(|config| url = config.store_url()).await;
    for _ in 0..3 {
        assert_eq!(site.get("/search?q=where+is+my+parcel").await.status, 200);
    }
    site.get("/search?q=how+do+I+cancel").await;
    let store = Store::open(&url).await.expect("the store");
    let mut asked = Vec::new();
    // The log may be acknowledged before its commit.
    for _ in 0..100 {
        asked = store.questions(TimeRange::default(), 10).await.expect("questions");
        if asked.len() >= 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let texts: Vec<&str> = asked.iter().map(|question| question.text.as_str()).collect();
    assert_eq!(texts, ["where is my parcel", "how do I cancel"]);
}
