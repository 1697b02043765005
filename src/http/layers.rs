//! What happens to every request around its handler.

use std::{any::Any, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use super::{
    error::{Code, Problem},
    metrics::count_request,
    state::Web,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Only our own files, no inline script or style, no plug-ins, frames only on our own pages. Images may come from
/// anywhere over https, since articles show them.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; \
     media-src 'self' https:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'self'";

/// Gives the request an id and a span, writes one line about it and counts it.
///
/// The line names the matched route and the raw path, never the query: that is where people's questions are.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(&request);
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let matched = request.extensions().get::<MatchedPath>().map(|m| m.as_str().to_owned());
    let span = tracing::info_span!("request", %id, %method, route = matched.as_deref().unwrap_or("-"));
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), started.elapsed());
    span.in_scope(|| {
        tracing::info!(
            status,
            ms = took.as_millis() as u64,
            path = shown_path(&path, matched.as_deref()),
            "handled"
        )
    });
    count_request(&method, matched.as_deref().unwrap_or("unmatched"), status, took);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The path of a receipt or a sign-in link is a secret; it stays out of the log.
fn shown_path<'a>(path: &'a str, matched: Option<&'a str>) -> &'a str {
    let is_secret = |route: &&str| route.starts_with("/receipts/") || route.starts_with("/login/");
    matched.filter(is_secret).unwrap_or(path)
}

/// The caller's id if it looks like one, so that a proxy's log and ours can be joined; else a new one.
fn request_id(request: &Request) -> String {
    let sent = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let fits = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    sent.filter(fits)
        .map_or_else(|| ulid::Ulid::generate().to_string(), str::to_owned)
}

/// Sets the security headers.
pub(super) async fn secure(State(web): State<Web>, request: Request, next: Next) -> Response {
    let is_static = request.uri().path().starts_with("/static/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let is_part = is_static && headers.get(header::CONTENT_TYPE).is_some_and(is_part_of_a_page);
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    if is_part {
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        return response;
    }
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Not `no-referrer`: with it browsers send `Origin: null`, and our own form could not be told from a foreign one.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    );
    if web
        .config()
        .server
        .public_url
        .as_ref()
        .is_some_and(|url| url.starts_with("https://"))
    {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// Styles, scripts and words never become a page of their own, so what pages are told says nothing about them; told a dozen
/// times it weighs more than some of them. A picture (SVG) can be opened as a page.
fn is_part_of_a_page(content_type: &HeaderValue) -> bool {
    let kind = content_type
        .as_bytes()
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default();
    matches!(kind, b"text/css" | b"text/javascript" | b"application/json")
}

/// Gives up on requests that take longer than configured.
pub(super) async fn bounded_time(State(web): State<Web>, request: Request, next: Next) -> Response {
    let seconds = web.config().server.timeout_seconds.max(1);
    match tokio::time::timeout(std::time::Duration::from_secs(seconds), next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(seconds, "gave up on a request");
            Problem::new(
                Code::Timeout,
                format!("This took longer than {seconds} seconds. Please try again."),
            )
            .into_response()
        }
    }
}

/// What is left of a panic: a line in the log and a 500 without details.
pub(super) fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message");
    Problem::internal(format!("panic: {message}")).into_response()
}

/// Anything that no route matches.
pub(super) async fn no_route(request: Request) -> Problem {
    Problem::no_route(request.uri().path())
}

/// A route that does not know the method; axum adds `Allow`.
pub(super) async fn no_method(request: Request) -> Problem {
    let (method, path) = (request.method(), request.uri().path());
    Problem::new(
        Code::MethodNotAllowed,
        format!("{path} does not take {method}. The Allow header lists what it takes."),
    )
}
