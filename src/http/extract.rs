//! From raw requests to checked input: JSON bodies, forms, query parameters, and the words people typed.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::BytesRejection},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;

use super::{
    error::{Code, Problem},
    state::Web,
};

pub use super::staff::Staff;
pub(super) use super::staff::bearer;

/// Longest question, in characters. Three screens of story fit; a pasted log file does not.
pub const MAX_QUESTION_CHARS: usize = 4_000;
/// Longest contact, in characters: the longest e-mail address that mail servers accept.
pub const MAX_CONTACT_CHARS: usize = 254;

/// Longest idempotency key; a UUID has 36 characters.
const MAX_KEY_CHARS: usize = 200;

/// A JSON body. Fields that the type does not know are ignored, so that older servers understand newer clients.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Web> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let is_json = media_type(request.headers()).is_some_and(|t| t == "application/json" || t.ends_with("+json"));
        if !is_json {
            let detail = "This route reads JSON. Send `Content-Type: application/json`.";
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        let bytes = read_body(request, web).await?;
        parse_json(&bytes).map(JsonBody)
    }
}

/// Reads a JSON object and says, when it cannot, in which line and column and why.
fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let read = serde_json::from_slice(bytes).map_err(|error| {
        use serde_json::error::Category;
        let code = if error.classify() == Category::Data {
            Code::InvalidBody
        } else {
            Code::BadJson
        };
        // serde's own message ends with "at line 1 column 2"; ours says it first.
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let why = message
            .rsplit_once(" at line ")
            .map_or(message.as_str(), |(why, _)| why);
        Problem::new(code, format!("Line {line}, column {column}: {why}."))
    })?;
    // serde also takes a list for a struct, field by field.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::new(
            Code::InvalidBody,
            "Line 1, column 1: expected an object, found a list.",
        ));
    }
    Ok(read)
}

/// An HTML form.
pub struct FormBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Web> for FormBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        if media_type(request.headers()).as_deref() != Some("application/x-www-form-urlencoded") {
            let detail = "This route reads a form. Send `Content-Type: application/x-www-form-urlencoded`.";
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        let bytes = read_body(request, web).await?;
        // Through a JSON object, since pairs are all that is needed and a repeated key must not be an error.
        let pairs: serde_json::Map<String, serde_json::Value> = url::form_urlencoded::parse(&bytes)
            .map(|(key, value)| (key.into_owned(), value.into_owned().into()))
            .collect();
        serde_json::from_value(pairs.into())
            .map(FormBody)
            .map_err(|error| Problem::new(Code::InvalidBody, format!("The form cannot be read: {error}.")))
    }
}

async fn read_body(request: Request, web: &Web) -> Result<Bytes, Problem> {
    Bytes::from_request(request, web)
        .await
        .map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(failed)
                if failed.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE =>
            {
                let limit = web.config().server.max_body_bytes;
                Problem::new(Code::BodyTooLarge, format!("The body may have at most {limit} bytes."))
            }
            _ => Problem::new(Code::BadBody, "The body ended before it was complete."),
        })
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Query parameters.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Web> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        Query::<T>::try_from_uri(&parts.uri)
            .map(|Query(params)| Params(params))
            .map_err(|rejection| {
                use std::error::Error;
                let why = rejection
                    .source()
                    .map_or_else(|| rejection.to_string(), ToString::to_string);
                Problem::new(Code::InvalidQuery, format!("The query cannot be read: {why}."))
            })
    }
}

/// The part of the path that the route leaves open. One that is no text cannot name anything.
pub struct PathText(pub String);

impl FromRequestParts<Web> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let found = Path::<String>::from_request_parts(parts, web).await;
        found
            .map(|Path(text)| PathText(text))
            .map_err(|_| Problem::no_route(parts.uri.path()))
    }
}

/// The words of a question: control characters dropped (line breaks and tabs stay), trimmed.
///
/// # Errors
/// 422 when nothing is left or more than [`MAX_QUESTION_CHARS`] are.
pub fn question_text(raw: &str) -> Result<String, Problem> {
    let text = clean(raw);
    if text.is_empty() {
        return Err(Problem::new(
            Code::QuestionEmpty,
            "There is no question. Send some words.",
        ));
    }
    if text.chars().count() > MAX_QUESTION_CHARS {
        return Err(Problem::new(
            Code::QuestionTooLong,
            format!("A question may have at most {MAX_QUESTION_CHARS} characters."),
        ));
    }
    Ok(text)
}

/// Drops control characters other than line breaks and tabs, and trims.
pub fn clean(raw: &str) -> String {
    let kept: String = raw
        .chars()
        .filter(|&c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    kept.trim().to_owned()
}

/// A way to reach the person, cleaned; `None` when nothing was given.
///
/// # Errors
/// 422 when it is longer than [`MAX_CONTACT_CHARS`] or has line breaks.
pub fn contact(raw: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = raw.map(clean).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > MAX_CONTACT_CHARS || text.contains('\n') {
        let detail = format!("A contact is one line of at most {MAX_CONTACT_CHARS} characters.");
        return Err(Problem::new(Code::InvalidContact, detail));
    }
    Ok(Some(text))
}

/// The primary part of a language tag (`en-GB` -> `en`); `None` for an empty parameter.
///
/// # Errors
/// 400 when it cannot be a language tag.
pub fn language(raw: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(raw) = raw.map(str::trim).filter(|raw| !raw.is_empty()) else {
        return Ok(None);
    };
    primary_language(raw).map(Some).ok_or_else(|| {
        Problem::new(
            Code::InvalidQuery,
            "`lang` is not a language tag such as `en` or `pt-BR`.".to_owned(),
        )
    })
}

/// `en-GB` -> `en`; `None` when it cannot be a language tag.
pub fn primary_language(tag: &str) -> Option<String> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    let fits = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
    fits.then(|| primary.to_ascii_lowercase())
}

/// An optional text parameter; empty counts as not given.
pub fn given(raw: Option<String>) -> Option<String> {
    raw.map(|text| clean(&text)).filter(|text| !text.is_empty())
}

/// A number that must lie in a range.
///
/// # Errors
/// 400 that names the parameter and the range.
pub fn in_range(
    name: &str,
    value: Option<usize>,
    default: usize,
    range: std::ops::RangeInclusive<usize>,
) -> Result<usize, Problem> {
    let value = value.unwrap_or(default);
    if range.contains(&value) {
        return Ok(value);
    }
    let (from, to) = (range.start(), range.end());
    Err(Problem::new(
        Code::InvalidQuery,
        format!("`{name}` must lie between {from} and {to}, but is {value}."),
    ))
}

/// What makes a repeated request the same request.
///
/// # Errors
/// 422 for a key that is empty, too long or not visible.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= MAX_KEY_CHARS => Ok(Some(key.to_owned())),
        _ => Err(Problem::new(
            Code::InvalidBody,
            format!("`Idempotency-Key` is 1 to {MAX_KEY_CHARS} visible characters."),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_dropped_and_line_breaks_kept() {
        assert_eq!(
            question_text(" where\u{0} is\u{1b}[31m my\r\n parcel \u{7f}").expect("text"),
            "where is[31m my\n parcel"
        );
    }

    #[test]
    fn a_question_has_words_and_an_end() {
        assert_eq!(question_text(" \u{0}\n").expect_err("empty").code, Code::QuestionEmpty);
        assert!(question_text(&"ü".repeat(MAX_QUESTION_CHARS)).is_ok());
        assert_eq!(
            question_text(&"ü".repeat(MAX_QUESTION_CHARS + 1))
                .expect_err("long")
                .code,
            Code::QuestionTooLong
        );
    }

    #[test]
    fn bad_json_is_named_with_line_and_column() {
        #[derive(serde::Deserialize, Debug)]
        struct Body {
            #[allow(dead_code)]
            n: u8,
        }
        let syntax = parse_json::<Body>(b"{\n  \"n\": }").expect_err("syntax");
        assert_eq!(syntax.code, Code::BadJson);
        assert!(
            syntax.detail.starts_with("Line 2, column 8: expected value"),
            "{}",
            syntax.detail
        );
        let shape = parse_json::<Body>(br#"{"n": "x"}"#).expect_err("shape");
        assert_eq!(shape.code, Code::InvalidBody);
        assert!(shape.detail.contains("expected u8"), "{}", shape.detail);
        let list = parse_json::<Body>(b" [1]").expect_err("a list");
        assert_eq!(list.code, Code::InvalidBody);
    }

    #[test]
    fn languages_are_reduced_to_their_primary_part() {
        assert_eq!(primary_language("pt-BR").as_deref(), Some("pt"));
        assert_eq!(primary_language("EN").as_deref(), Some("en"));
        assert_eq!(primary_language("<script>"), None);
    }
}
