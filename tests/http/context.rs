//! What stands beside a ticket, and what managers see of all of them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    common::Site,
    talk::{Agent, a_morning},
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// What the host site signs about its visitor.
fn signed(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let body = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(body.as_bytes());
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A chat of a visitor with these claims that goes to people; its reference.
async fn handed_over(site: &Site, begin: Value, says: &str) -> String {
    let begun = site.post("/api/v1/conversations", begin).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    let begun = begun.json();
    let authorization = format!("Bearer {}", begun["secret"].as_str().expect("a secret"));
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    let path = format!("/api/v1/conversations/{}", begun["id"].as_str().expect("an id"));
    let said = site
        .post_with(&format!("{path}/turns"), &headers, json!({"text": says}))
        .await;
    assert_eq!(said.status, 201, "{}", said.body);
    let shown = site.post_with(&format!("{path}/person"), &headers, json!({})).await;
    shown.json()["ticket"].as_str().expect("a ticket").to_owned()
}

#[tokio::test]
async fn signed_claims_are_told_apart_from_what_a_page_says() {
    let clock = a_morning();
    let site = Site::at(&clock, |config| {
        config.desk.identity.secret = SECRET.into();
        config.desk.burst_ms = 0;
    })
    .await;
    let identity = signed(&json!({
        "sub": "c-17", "name": "Rosa", "plan": "team", "iat": 1_795_485_600, "exp": 1_795_487_400
    }));
    let begin = || json!({"lang": "en", "context": {"plan": "enterprise"}, "identity": identity});
    let first = handed_over(&site, begin(), "I was charged twice").await;
    let second = handed_over(&site, begin(), "It happened again").await;
    let stranger = handed_over(&site, json!({"lang": "en"}), "Hello, a person please").await;
    let ana = Agent::ana(&site);
    let known = ana.get(&format!("/api/v1/tickets/{second}/customer")).await.json();
    assert_eq!(known["signed"]["plan"], "team");
    assert_eq!(known["unsigned"]["plan"], "enterprise");
    let others = known["others"].as_array().expect("others");
    let references: Vec<&str> = others.iter().filter_map(|other| other["reference"].as_str()).collect();
    assert_eq!(references, [first.as_str()]);
    assert_eq!(known["has_facts"], false);
    let known = ana.get(&format!("/api/v1/tickets/{stranger}/customer")).await.json();
    assert_eq!(
        (&known["signed"], known["others"].as_array().map(Vec::len)),
        (&Value::Null, Some(0))
    );
    let facts = ana.get(&format!("/api/v1/tickets/{second}/facts")).await.json();
    assert_eq!(
        (&facts["configured"], &facts["looked_up_by"]),
        (&json!(false), &json!("signed"))
    );
}

#[tokio::test]
async fn the_nearest_article_comes_with_what_it_lacks() {
    let site = Site::with(|config| config.desk.burst_ms = 0).await;
    let reference = handed_over(&site, json!({"lang": "en"}), "track my order of zeppelins").await;
    let ana = Agent::ana(&site);
    let path = format!("/api/v1/tickets/{reference}/nearest");
    let nearest = ana.get(&path).await.json();
    assert_eq!(nearest["missing"], json!(["zeppelins"]));
    let passages = nearest["passages"].as_array().expect("passages");
    assert_eq!(passages[0]["article"]["id"], "en/orders/track");
    assert!(passages[0]["text"].as_str().is_some_and(|text| !text.is_empty()));
    assert!(
        passages
            .iter()
            .all(|passage| passage["article"]["id"] != "en/account/expired")
    );
    let other = ana.get(&format!("{path}?q=cancel")).await.json();
    assert_eq!(other["passages"][0]["article"]["id"], "en/orders/cancel");
    ana.get("/api/v1/tickets/T-2222-2222/nearest")
        .await
        .is_problem(404, "not_found");
}

#[tokio::test]
async fn nothing_of_it_is_for_strangers() {
    let site = Site::new().await;
    for path in [
        "/api/v1/tickets/counts",
        "/api/v1/tickets/T-2222-2222/customer",
        "/api/v1/tickets/T-2222-2222/nearest",
        "/api/v1/tickets/T-2222-2222/facts",
        "/api/v1/numbers",
        "/api/v1/numbers/people.csv",
    ] {
        site.get(path).await.is_problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn counts_and_numbers_follow_the_queue() {
    let site = Site::with(|config| config.desk.burst_ms = 0).await;
    let reference = handed_over(&site, json!({"lang": "en"}), "A person please").await;
    let ana = Agent::ana(&site);
    let counts = async || ana.get("/api/v1/tickets/counts").await.json();
    let before = counts().await;
    assert_eq!((&before["unassigned"], &before["mine"]), (&json!(1), &json!(0)));
    ana.now(&reference, "claim", json!({})).await;
    let after = counts().await;
    assert_eq!((&after["unassigned"], &after["mine"]), (&json!(0), &json!(1)));
    ana.now(&reference, "reply", json!({"text": "Here I am."})).await;
    let numbers = ana.get("/api/v1/numbers?days=7").await.json();
    assert_eq!(numbers["promises"]["kept"]["count"], 1);
    assert_eq!(numbers["waiting"]["now"], 0);
    assert_eq!(numbers["replies"].as_array().map(Vec::len), Some(7));
    let csv = ana.get("/api/v1/numbers/teams.csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.body.starts_with("team,open,waiting,"), "{}", csv.body);
    ana.get("/api/v1/numbers/teams.xls").await.is_problem(404, "not_found");
    ana.get("/api/v1/numbers?days=8").await.is_problem(400, "invalid_query");
}
