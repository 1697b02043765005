//! `ETag` and `If-Match`: whoever changes something says which version they saw (RFC 9110, 13.1.1).

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
};

use super::{
    error::{Code, Problem},
    state::Web,
};

/// The tag of a version.
pub fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).expect("digits in quotes are a header value")
}

/// The version that the client saw; `None` for `*`, any version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

impl FromRequestParts<Web> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        let Some(sent) = parts.headers.get(header::IF_MATCH) else {
            let detail = "Send the `ETag` of what you read as `If-Match`, so that nobody's change is undone unseen.";
            return Err(Problem::new(Code::PreconditionRequired, detail));
        };
        parse(sent.to_str().unwrap_or_default()).ok_or_else(|| {
            // A tag that we never gave out is that of no version there ever was.
            let detail = "`If-Match` is not an `ETag` of this resource. Read it again.";
            Problem::new(Code::PreconditionFailed, detail)
        })
    }
}

/// The tag of a document; one that is not there has a tag, too.
pub fn etag_of_hash(hash: Option<&str>) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{}\"", hash.unwrap_or(NOTHING))).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The tag of a document that is not there.
const NOTHING: &str = "none";

/// The document that the client saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatchHash {
    /// `*`: whatever is there.
    Any,
    /// There was none.
    Nothing,
    /// Its hash.
    Hash(String),
}

impl FromRequestParts<Web> for IfMatchHash {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        let Some(sent) = parts.headers.get(header::IF_MATCH) else {
            let detail = "Send the `ETag` of what you read as `If-Match`, so that nobody's change is undone unseen.";
            return Err(Problem::new(Code::PreconditionRequired, detail));
        };
        parse_hash(sent.to_str().unwrap_or_default()).ok_or_else(|| {
            let detail = "`If-Match` is not an `ETag` of this resource. Read it again.";
            Problem::new(Code::PreconditionFailed, detail)
        })
    }
}

fn parse_hash(value: &str) -> Option<IfMatchHash> {
    let value = value.trim();
    if value == "*" {
        return Some(IfMatchHash::Any);
    }
    match value.strip_prefix('"')?.strip_suffix('"')? {
        NOTHING => Some(IfMatchHash::Nothing),
        hash if hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Some(IfMatchHash::Hash(hash.to_owned()))
        }
        _ => None,
    }
}

fn parse(value: &str) -> Option<IfMatch> {
    let value = value.trim();
    if value == "*" {
        return Some(IfMatch(None));
    }
    let digits = value.strip_prefix('"')?.strip_suffix('"')?;
    digits.parse().ok().map(|version| IfMatch(Some(version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_documents_tag_reads_as_it_was_given_out() {
        let hash = "a".repeat(64);
        let read = |tag: HeaderValue| parse_hash(tag.to_str().expect("text"));
        assert_eq!(read(etag_of_hash(None)), Some(IfMatchHash::Nothing));
        assert_eq!(read(etag_of_hash(Some(&hash))), Some(IfMatchHash::Hash(hash)));
        assert_eq!(parse_hash("*"), Some(IfMatchHash::Any));
        assert_eq!(parse_hash("\"17\""), None);
    }

    #[test]
    fn a_tag_reads_as_it_was_given_out() {
        assert_eq!(parse(etag(17).to_str().expect("text")), Some(IfMatch(Some(17))));
        assert_eq!(parse(" * "), Some(IfMatch(None)));
        for other in ["", "17", "\"x\"", "W/\"17\"", "\"1\", \"2\""] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
