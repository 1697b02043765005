use std::net::SocketAddr;

use axum::{extract::ConnectInfo, http::Method};
use serde_json::json;

use crate::common::{Reply, Site, request};

async fn get_from(site: &Site, peer: &str, forwarded: Option<&str>, path: &str) -> Reply {
    let headers: Vec<(&str, &str)> = forwarded.map(|value| ("x-forwarded-for", value)).into_iter().collect();
    let mut request = request(Method::GET, path, &headers, String::new());
    let peer: SocketAddr = format!("{peer}:4711").parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(peer));
    site.send(request).await
}

const SEARCH: &str = "/api/v1/search?q=order";

#[tokio::test]
async fn one_client_is_limited_and_another_is_not() {
    let site = Site::with(|config| config.server.requests_per_minute = 2).await;
    for _ in 0..2 {
        assert_eq!(get_from(&site, "203.0.113.1", None, SEARCH).await.status, 200);
    }
    get_from(&site, "203.0.113.1", None, SEARCH)
        .await
        .is_problem(429, "rate_limited");
    assert_eq!(get_from(&site, "203.0.113.2", None, SEARCH).await.status, 200);
    assert_eq!(
        get_from(&site, "203.0.113.1", None, "/api/v1/suggest?q=order")
            .await
            .status,
        200
    );
    assert_eq!(
        get_from(&site, "203.0.113.1", None, "/articles/en/orders/track")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn nobody_escapes_by_claiming_another_address() {
    let site = Site::with(|config| config.server.requests_per_minute = 1).await;
    assert_eq!(
        get_from(&site, "203.0.113.1", Some("1.1.1.1"), SEARCH).await.status,
        200
    );
    get_from(&site, "203.0.113.1", Some("2.2.2.2"), SEARCH)
        .await
        .is_problem(429, "rate_limited");
}

#[tokio::test]
async fn behind_a_trusted_proxy_clients_are_told_apart() {
    let site = Site::with(|config| {
        config.server.requests_per_minute = 1;
        config.server.trusted_proxies = vec!["10.0.0.0/8".into()];
    })
    .await;
    assert_eq!(
        get_from(&site, "10.0.0.1", Some("203.0.113.1"), SEARCH).await.status,
        200
    );
    assert_eq!(
        get_from(&site, "10.0.0.1", Some("203.0.113.2"), SEARCH).await.status,
        200
    );
    let forged = Some("198.51.100.7, 203.0.113.1");
    get_from(&site, "10.0.0.1", forged, SEARCH)
        .await
        .is_problem(429, "rate_limited");
}

#[tokio::test]
async fn an_ipv6_household_is_one_client() {
    let site = Site::with(|config| config.server.requests_per_minute = 1).await;
    assert_eq!(get_from(&site, "[2001:db8:1:2::1]", None, SEARCH).await.status, 200);
    get_from(&site, "[2001:db8:1:2:ffff::9]", None, SEARCH)
        .await
        .is_problem(429, "rate_limited");
}

#[tokio::test]
async fn tickets_have_a_limit_of_their_own_and_the_form_keeps_the_words() {
    let site = Site::with(|config| config.server.tickets_per_hour = 1).await;
    assert_eq!(
        site.post("/api/v1/tickets", json!({"question": "first"})).await.status,
        201
    );
    site.post("/api/v1/tickets", json!({"question": "second"}))
        .await
        .is_problem(429, "rate_limited");
    let form = site
        .submit("/ask", &[("question", "my long story"), ("email", "")])
        .await;
    assert_eq!(form.status, 429);
    assert!(form.header("retry-after").parse::<u64>().is_ok());
    assert!(form.body.contains("my long story"));
}

#[tokio::test]
async fn guessing_tokens_is_slowed_down() {
    let site = Site::new().await;
    let mut last = 401;
    for guess in 0..30 {
        last = site
            .get_with(
                "/api/v1/tickets",
                &[("authorization", &format!("Bearer guess-{guess}"))],
            )
            .await
            .status
            .as_u16();
    }
    assert_eq!(last, 429);
}
