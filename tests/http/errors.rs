use axum::{Router, http::Method, routing::get};
use serde_json::json;

use crate::common::{Site, request};

#[tokio::test]
async fn api_errors_are_problems() {
    let site = Site::new().await;
    site.get("/api/v1/nothing").await.is_problem(404, "not_found");
    site.get("/api").await.is_problem(404, "not_found");
    let wrong_method = site.get("/api/v1/ask").await;
    wrong_method.is_problem(405, "method_not_allowed");
    assert_eq!(wrong_method.header("allow"), "POST");
    site.get("/api/v1/search").await.is_problem(400, "invalid_query");
    site.get("/api/v1/search?q=+").await.is_problem(422, "question_empty");
    site.get("/api/v1/search?q=a&limit=0")
        .await
        .is_problem(400, "invalid_query");
    site.get("/api/v1/search?q=a&limit=x")
        .await
        .is_problem(400, "invalid_query");
    site.get("/api/v1/search?q=a&lang=%3Cscript%3E")
        .await
        .is_problem(400, "invalid_query");
    site.get("/static/none.css").await.is_problem(404, "not_found");
    site.get("/static/%FF.css").await.is_problem(404, "not_found");
    assert_eq!(site.get("/articles/%FF").await.status, 404);
}

#[tokio::test]
async fn bad_json_is_told_with_line_and_column() {
    let site = Site::new().await;
    let problem = site
        .post("/api/v1/ask", "{\n  \"question\": \"a\",\n}")
        .await
        .is_problem(400, "bad_json");
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| detail.starts_with("Line 3, column 1: ")),
        "{problem}"
    );
    let problem = site
        .post("/api/v1/ask", r#"{"question": 7}"#)
        .await
        .is_problem(422, "invalid_body");
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("expected a string")),
        "{problem}"
    );
    let problem = site.post("/api/v1/ask", "{}").await.is_problem(422, "invalid_body");
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("question")),
        "{problem}"
    );
    site.post("/api/v1/ask", json!({"question": "a", "conversation": "01J"}))
        .await
        .is_problem(422, "invalid_body");
}

#[tokio::test]
async fn other_media_types_are_refused() {
    let site = Site::new().await;
    let text = request(
        Method::POST,
        "/api/v1/ask",
        &[("content-type", "text/plain")],
        "{}".to_owned(),
    );
    site.send(text).await.is_problem(415, "unsupported_media_type");
    let none = request(Method::POST, "/api/v1/ask", &[], r#"{"question":"a"}"#.to_owned());
    site.send(none).await.is_problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn bodies_and_questions_have_an_end() {
    let site = Site::with(|config| config.server.max_body_bytes = 20_000).await;
    let huge = json!({"question": "a".repeat(20_001)});
    site.post("/api/v1/ask", huge).await.is_problem(413, "body_too_large");
    let long = json!({"question": "a".repeat(4_001)});
    site.post("/api/v1/ask", long)
        .await
        .is_problem(422, "question_too_long");
    site.post("/api/v1/ask", json!({"question": "\u{0}\u{1}"}))
        .await
        .is_problem(422, "question_empty");
}

#[tokio::test]
async fn a_contact_must_be_an_address() {
    let site = Site::new().await;
    let body = json!({"question": "Help", "contact": "call me"});
    site.post("/api/v1/tickets", body)
        .await
        .is_problem(422, "invalid_contact");
}

async fn panicking() -> &'static str {
    panic!("the password is hunter2")
}

async fn sleeping() -> &'static str {
    tokio::time::sleep(std::time::Duration::from_secs(3_600)).await;
    "late"
}

#[tokio::test]
async fn a_panic_is_a_500_that_says_nothing() {
    let routes = Router::new()
        .route("/api/v1/panic", get(panicking))
        .route("/panic", get(panicking));
    let site = Site::with_routes(|_| (), routes).await;
    let reply = site.get("/api/v1/panic").await;
    reply.is_problem(500, "internal");
    assert!(!reply.body.contains("hunter2"));
    let page = site.get("/panic").await;
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (500, "text/html; charset=utf-8")
    );
    assert!(page.body.contains("This did not work") && !page.body.contains("hunter2"));
    assert_eq!(site.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let routes = Router::new().route("/api/v1/sleep", get(sleeping));
    let site = Site::with_routes(|config| config.server.timeout_seconds = 1, routes).await;
    site.get("/api/v1/sleep").await.is_problem(503, "timeout");
}

#[tokio::test]
async fn readers_get_a_page_with_a_way_on() {
    let site = Site::new().await;
    let page = site.get("/nowhere").await;
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (404, "text/html; charset=utf-8")
    );
    assert!(
        page.body.contains("action=\"/search\"") && page.body.contains("href=\"/ask"),
        "{}",
        page.body
    );
    let indonesian = site
        .get_with("/nowhere", &[("accept-language", "id-ID,id;q=0.9")])
        .await;
    assert!(indonesian.body.contains("Halaman ini tidak ada"));
}
