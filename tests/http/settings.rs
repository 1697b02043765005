//! `/api/v1/settings` and `/api/v1/rules`: checked like the file, conditional, at once.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use tanya::{
    desk::rules_source::{LiveRules, RuleFiles},
    store::DocumentKind,
};

use crate::common::{Reply, Site, TOKEN, request};

async fn send(site: &Site, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
    let bearer = format!("Bearer {TOKEN}");
    let own = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let headers = [&own[..], headers].concat();
    site.send(request(method, path, &headers, body.to_string())).await
}

async fn put(site: &Site, seen: &str, body: Value) -> Reply {
    send(site, Method::PUT, "/api/v1/settings", &[("if-match", seen)], body).await
}

#[tokio::test]
async fn settings_are_replaced_only_by_whoever_has_seen_them() {
    let site = Site::new().await;
    let path = "/api/v1/settings";
    assert_eq!(site.get(path).await.status, 401);
    let shown = send(&site, Method::GET, path, &[], json!({})).await;
    assert_eq!((shown.status.as_u16(), shown.header("etag")), (200, "\"none\""));

    let accent = json!({"site": {"accent": "#1a4f8b"}});
    let missing = send(&site, Method::PUT, path, &[], accent.clone()).await;
    missing.is_problem(428, "precondition_required");
    let made_up = format!("\"{}\"", "0".repeat(64));
    put(&site, &made_up, accent.clone())
        .await
        .is_problem(412, "precondition_failed");

    let set = put(&site, "\"none\"", accent.clone()).await;
    assert_eq!(set.status, 200, "{}", set.body);
    assert_eq!(set.json()["effective"]["site"]["accent"], "#1a4f8b");
    assert_eq!(set.json()["sources"]["site.accent"]["from"], "pages");
    // Of two who saw nothing, the second is told.
    put(&site, "\"none\"", json!({}))
        .await
        .is_problem(412, "precondition_failed");
    let tag = set.header("etag").to_owned();
    assert_eq!(put(&site, &tag, json!({})).await.status, 200);
    let back = send(&site, Method::GET, path, &[], json!({})).await;
    assert_eq!(back.json()["settings"], json!({}));
    assert_eq!(back.json()["sources"]["site.accent"]["from"], "default");
}

#[tokio::test]
async fn settings_are_checked_as_the_file_is() {
    let site = Site::new().await;
    for (body, named) in [
        (json!({"site": {"accent": "url(x)"}}), "site.accent"),
        (json!({"desk": {"hours": {"monday": ["9-5"]}}}), "desk.hours.monday"),
        (
            json!({"desk": {"hours": {"calendars": ["/etc/passwd"]}}}),
            "desk.hours.calendars",
        ),
        (json!({"announcement": [{"text": ""}]}), "announcement[0].text"),
        (json!({"kb": "/etc"}), "kb"),
        (json!({"desk": {"tokens": []}}), "tokens"),
    ] {
        let refused = put(&site, "*", body).await;
        refused.is_problem(422, "invalid_body");
        assert!(refused.body.contains(named), "{named}: {}", refused.body);
    }
    let shown = send(&site, Method::GET, "/api/v1/settings", &[], json!({})).await;
    assert_eq!(shown.json()["version"], Value::Null);
}

#[tokio::test]
async fn what_the_operator_has_set_stays() {
    let site = Site::with(|config| {
        *config = tanya::config::Config {
            site: tanya::config::SiteConfig {
                name: "From the file".into(),
                ..config.site.clone()
            },
            ..config.clone()
        };
        config.sources = toml_sources("[site]\nname = 'From the file'");
    })
    .await;
    let set = put(&site, "*", json!({"site": {"name": "From the page", "accent": "teal"}})).await;
    assert_eq!(set.json()["effective"]["site"]["name"], "From the file");
    assert_eq!(set.json()["effective"]["site"]["accent"], "teal");
    assert_eq!(set.json()["sources"]["site.name"]["name"], "tanya.toml");
    let home = site.get("/").await;
    assert!(home.body.contains("From the file") && !home.body.contains("From the page"));
}

/// What a file with this text has set.
fn toml_sources(text: &str) -> tanya::config::Sources {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tanya.toml");
    std::fs::write(&file, text).expect("written");
    let config = tanya::config::Config::load(Some(&file), &Default::default());
    config.expect("a config").sources
}

#[tokio::test]
async fn another_server_follows() {
    let (site, app) = Site::with_app(|_| ()).await;
    let files = RuleFiles::read(None, None).expect("the built-in rules");
    let rules = LiveRules::start(&app.store, files, None, "escalation", "serve", app.clock().now());
    app.share_rules(&rules.await.expect("rules"));
    let follows = tokio::spawn(app.clone().follow_rules());
    // As another server would write it: past this one's handlers.
    let text = "site.name = 'Elsewhere'\ndesk.claim_minutes = 3";
    let publish = app
        .store
        .publish_document(DocumentKind::Settings, text, "anna", app.clock().now());
    publish.await.expect("published");
    let followed = async {
        while app.live().site.name != "Elsewhere" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), followed)
        .await
        .expect("it follows");
    assert!(site.get("/").await.body.contains("Elsewhere"));
    // Settings that cannot be used leave the last good ones, and are told.
    let publish = app
        .store
        .publish_document(DocumentKind::Settings, "from_the_future = 1", "anna", app.clock().now());
    publish.await.expect("published");
    app.refresh_settings().await.expect("the store answers");
    assert_eq!(app.live().desk.claim_minutes, 3);
    let problems = app.ready().await.problems;
    assert!(
        problems.iter().any(|problem| problem.contains("from_the_future")),
        "{problems:?}"
    );
    follows.abort();
}

#[tokio::test]
async fn rules_are_tried_before_they_are_published() {
    let (site, app) = Site::with_app(|_| ()).await;
    let files = RuleFiles::read(None, None).expect("the built-in rules");
    let rules = LiveRules::start(&app.store, files, None, "escalation", "serve", app.clock().now());
    app.share_rules(&rules.await.expect("rules"));
    let path = "/api/v1/rules/routing";
    let shown = send(&site, Method::GET, path, &[], json!({})).await;
    assert_eq!(shown.status, 200);
    let tag = shown.header("etag").to_owned();
    let files = json!([{"name": "routing.toml", "text": "[[rule]]\nname = 'all'\nteam = 'beans'\n"}]);

    let question = json!({"question": "is it open on Sunday?", "files": files});
    let tried = send(&site, Method::POST, &format!("{path}/try"), &[], question).await;
    assert_eq!(tried.json()["explanation"]["result"]["team"], "beans");
    let now = send(
        &site,
        Method::POST,
        &format!("{path}/try"),
        &[],
        json!({"question": "is it open?"}),
    )
    .await;
    assert_ne!(now.json()["explanation"]["result"]["team"], "beans");

    for asked in ["is it open on Sunday?", "I was charged twice"] {
        site.post("/api/v1/ask", json!({"question": asked})).await;
    }
    app.store.flush().await.expect("logged");
    let compared = send(
        &site,
        Method::POST,
        &format!("{path}/compare"),
        &[],
        json!({"files": files}),
    )
    .await;
    assert_eq!(compared.json()["looked_at"], 2, "{}", compared.body);
    let changed = compared.json()["differences"].clone();
    let of_billing = changed
        .as_array()
        .and_then(|all| {
            all.iter()
                .find(|one| one["after"]["question"] == "I was charged twice")
                .cloned()
        })
        .expect("the charge goes elsewhere");
    assert_eq!(of_billing["before"]["result"]["team"], "billing");
    assert_eq!(of_billing["after"]["result"]["team"], "beans");

    let wrong = json!({"files": [{"name": "routing.toml", "text": "[[rule]]\nteam = 1\n"}]});
    let refused = send(&site, Method::PUT, path, &[("if-match", &tag)], wrong).await;
    refused.is_problem(422, "invalid_body");
    let published = send(&site, Method::PUT, path, &[("if-match", &tag)], json!({"files": files})).await;
    assert_eq!(published.status, 200, "{}", published.body);
    let again = send(&site, Method::PUT, path, &[("if-match", &tag)], json!({"files": files})).await;
    again.is_problem(412, "precondition_failed");
    let now = send(
        &site,
        Method::POST,
        &format!("{path}/try"),
        &[],
        json!({"question": "is it open?"}),
    )
    .await;
    assert_eq!(now.json()["explanation"]["result"]["team"], "beans");
    let audit = send(&site, Method::GET, "/api/v1/audit?action=rules.", &[], json!({})).await;
    assert_eq!(
        audit.json()["entries"].as_array().map(Vec::len),
        Some(1),
        "{}",
        audit.body
    );
    send(&site, Method::GET, "/api/v1/rules/weather", &[], json!({}))
        .await
        .is_problem(404, "not_found");
}
