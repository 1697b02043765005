//! Which other sites may call the routes of customers from their pages: those that `widget.origins` lists.
//!
//! Nothing rides on cookies here: a conversation's secret is sent in a header, and a session's cookie is never accepted from
//! another site, so credentials are not allowed at all.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header, request::Parts};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::state::Web;

/// How long browsers may remember what is allowed.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// The layer around the routes that pages of other sites may call.
pub(super) fn cors(web: &Web) -> CorsLayer {
    let web = web.clone();
    // Asked anew for each request: the settings may change while the server runs.
    let allowed = move |origin: &HeaderValue, _: &Parts| {
        let site = web.site();
        origin
            .to_str()
            .is_ok_and(|origin| is_allowed(&site.widget.origins, origin))
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allowed))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("last-event-id"),
        ])
        .expose_headers([header::RETRY_AFTER, HeaderName::from_static("x-request-id")])
        .max_age(REMEMBERED)
}

/// Origins are compared as browsers write them, without regard to case.
fn is_allowed(list: &[String], origin: &str) -> bool {
    list.iter()
        .any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_must_be_listed_whole() {
        let list = ["https://shop.example.com".to_owned()];
        assert!(is_allowed(&list, "https://shop.example.com"));
        for other in [
            "http://shop.example.com",
            "https://shop.example.com.evil.example",
            "https://shop.example.com:8443",
            "https://example.com",
            "null",
        ] {
            assert!(!is_allowed(&list, other), "{other}");
        }
        assert!(is_allowed(&["*".to_owned()], "https://anything.example"));
        assert!(!is_allowed(&[], "https://shop.example.com"));
    }
}
