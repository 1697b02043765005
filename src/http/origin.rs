//! Whether a form was sent from our own pages.

use axum::http::{HeaderMap, Uri};

use super::error::{Code, Problem};

/// Refuses a form of another site.
///
/// # Errors
/// 403 `cross_origin`.
pub fn check_same_origin(headers: &HeaderMap, public_url: Option<&str>) -> Result<(), Problem> {
    if is_same_origin(headers, public_url) {
        return Ok(());
    }
    let detail = "This form was sent from another site. Open it here and send it again.";
    Err(Problem::new(Code::CrossOrigin, detail))
}

/// Browsers say so themselves (`Sec-Fetch-Site`, on https and localhost), else by `Origin`; a client that sends neither is
/// no browser, and then there is no session that could be abused.
fn is_same_origin(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else { return true };
    let authority = |url: &str| {
        url.parse::<Uri>()
            .ok()?
            .authority()
            .map(|a| a.as_str().to_ascii_lowercase())
    };
    let Some(sender) = authority(origin) else { return false };
    let host = text("host").map(str::to_ascii_lowercase);
    host.as_deref() == Some(&sender) || public_url.and_then(authority).as_deref() == Some(&sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().expect("name"), value.parse().expect("value")))
            .collect()
    }

    #[test]
    fn only_our_own_pages_may_send_the_form() {
        let same = |pairs: &[(&'static str, &str)]| is_same_origin(&headers(pairs), Some("https://help.example.com"));
        assert!(same(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://proxy.internal")
        ]));
        assert!(!same(&[
            ("sec-fetch-site", "cross-site"),
            ("host", "a"),
            ("origin", "http://a")
        ]));
        assert!(!same(&[("sec-fetch-site", "same-site")]));
        assert!(same(&[("host", "localhost:8080"), ("origin", "http://localhost:8080")]));
        assert!(same(&[("host", "10.0.0.1"), ("origin", "https://help.example.com")]));
        assert!(!same(&[("host", "localhost:8080"), ("origin", "http://localhost:9")]));
        assert!(!same(&[("host", "localhost:8080"), ("origin", "null")]));
        assert!(same(&[("host", "localhost:8080")]));
    }
}
