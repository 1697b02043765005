use crate::common::Site;

#[tokio::test]
async fn health_and_readiness_say_what_they_know() {
    let site = Site::new().await;
    assert_eq!(site.get("/healthz").await.json()["status"], "ok");
    let ready = site.get("/readyz").await;
    assert_eq!(ready.status, 200);
    let ready = ready.json();
    assert_eq!((&ready["status"], &ready["mode"]), (&"ready".into(), &"lexical".into()));
    assert!(ready["lexical_because"].is_string() && ready["generation"].is_string());
}

#[tokio::test]
async fn metrics_name_routes_not_paths() {
    let site = Site::new().await;
    site.get("/articles/en/orders/track").await;
    site.get("/no/such/path/4711").await;
    site.post("/api/v1/ask", serde_json::json!({"question": "I want a refund"}))
        .await;
    let metrics = site.get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    for line in [
        r#"route="/articles/{*id}""#,
        r#"route="unmatched""#,
        r#"tanya_decisions_total{outcome="handoff""#,
        "tanya_http_request_seconds_bucket",
        "tanya_questions_shed_total 0",
        "tanya_question_log_dropped_total 0",
        "tanya_generation_info{generation=",
    ] {
        assert!(metrics.body.contains(line), "{line}\n{}", metrics.body);
    }
    assert!(!metrics.body.contains("4711") && !metrics.body.contains("orders/track"));
}

#[tokio::test]
async fn the_api_description_changes_only_on_purpose() {
    let site = Site::new().await;
    let mut description = site.get("/openapi.json").await.json();
    description["info"]["version"] = "[version]".into();
    insta::assert_json_snapshot!("openapi", description);
}

#[tokio::test]
async fn the_api_description_has_every_route_with_its_errors() {
    let site = Site::new().await;
    let description = site.get("/openapi.json").await.json();
    let paths = description["paths"].as_object().expect("paths");
    for path in [
        "/api/v1/ask",
        "/api/v1/search",
        "/api/v1/suggest",
        "/api/v1/tickets",
        "/api/v1/tickets/{reference}",
        "/api/v1/tickets/{reference}/resolve",
        "/api/v1/session",
        "/api/v1/session/password",
        "/api/v1/people",
        "/api/v1/people/{id}",
        "/api/v1/people/{id}/sign-in-link",
        "/api/v1/people/{id}/picture",
        "/api/v1/people/me/availability",
        "/api/v1/tokens",
        "/api/v1/tokens/{id}",
        "/api/v1/duties",
        "/api/v1/duties/{id}",
        "/api/v1/audit",
        "/api/v1/coverage",
        "/api/v1/coverage/over-time",
        "/api/v1/coverage/articles/{id}",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
    ] {
        assert!(paths.contains_key(path), "{path}");
    }
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/api/")) {
        for (method, operation) in item.as_object().expect("methods") {
            let responses = operation["responses"].as_object().expect("responses");
            let errors: Vec<_> = responses
                .iter()
                .filter(|(status, _)| status.as_str() >= "400")
                .collect();
            assert!(!errors.is_empty(), "{method} {path}");
            for (status, error) in errors {
                assert!(
                    error["content"].get("application/problem+json").is_some(),
                    "{method} {path} {status}"
                );
            }
        }
    }
}

#[tokio::test]
async fn crawlers_are_told_what_there_is() {
    let site = Site::with(|config| config.server.public_url = Some("https://help.example.com".into())).await;
    let robots = site.get("/robots.txt").await.body;
    assert!(robots.contains("Disallow: /search") && robots.contains("https://help.example.com/sitemap.xml"));
    let sitemap = site.get("/sitemap.xml").await.body;
    assert!(sitemap.contains("<loc>https://help.example.com/articles/en/orders/track</loc>"));
    for hidden in ["draft", "expired", "hidden"] {
        assert!(!sitemap.contains(hidden), "{hidden}");
    }
    assert!(
        site.get("/opensearch.xml")
            .await
            .body
            .contains("https://help.example.com/search?q={searchTerms}")
    );
}

#[tokio::test]
async fn request_ids_are_kept_or_made() {
    let site = Site::new().await;
    assert_eq!(
        site.get_with("/healthz", &[("x-request-id", "proxy-17")])
            .await
            .header("x-request-id"),
        "proxy-17"
    );
    let made = site
        .get_with("/healthz", &[("x-request-id", "no spaces, please")])
        .await;
    assert_eq!(made.header("x-request-id").len(), 26);
}
