//! What goes wrong on the network, as `application/problem+json` (RFC 9457).
//!
//! Which error belongs where: handlers return [`Problem`]. Its [`Code`] is the stable part that clients may test; one table
//! ([`Code::row`]) gives each code its status and title. `detail` says what failed for which input and what to do next; for
//! server faults it reveals nothing, and the cause is logged once, here, inside the request's span.
//! Browsers get the same problem as a page: see [`crate::web::dress_errors`].

use std::{fmt::Display, time::Duration};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::people::Permission;

/// A kind of failure, by its stable name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No such route, article, ticket or receipt.
    NotFound,
    /// The article has expired.
    Gone,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The body is larger than `server.max_body_bytes`.
    BodyTooLarge,
    /// The body is not of the type that the route reads.
    UnsupportedMediaType,
    /// The body could not be read to its end.
    BadBody,
    /// The body is not JSON.
    BadJson,
    /// The body is JSON (or a form) of the wrong shape.
    InvalidBody,
    /// A query parameter is missing or of the wrong shape.
    InvalidQuery,
    /// There is no question in it.
    QuestionEmpty,
    /// More than [`crate::http::MAX_QUESTION_CHARS`] characters.
    QuestionTooLong,
    /// The contact cannot be an e-mail address, or is too long.
    InvalidContact,
    /// Neither a session nor a token, or one that nobody has; or a sign-in that failed.
    Unauthorized,
    /// A form that was sent from another site, or a change without the session's CSRF token.
    CrossOrigin,
    /// Signed in, but without the right to do this.
    Forbidden,
    /// Somebody else changed it in the meantime.
    VersionConflict,
    /// The state of the thing does not allow it.
    NotNow,
    /// `If-Match` names an older version.
    PreconditionFailed,
    /// A change needs `If-Match`.
    PreconditionRequired,
    /// The client sent too many requests.
    RateLimited,
    /// More questions wait for the model than the queue holds.
    Overloaded,
    /// Search cannot work at the moment.
    SearchUnavailable,
    /// The store cannot be read or written at the moment.
    StoreUnavailable,
    /// The server is not ready to answer.
    NotReady,
    /// The request took longer than `server.timeout_seconds`.
    Timeout,
    /// A fault of ours.
    Internal,
}

impl Code {
    /// Every code, for the API description and the tests.
    pub const ALL: [Code; 26] = [
        Code::NotFound,
        Code::Gone,
        Code::MethodNotAllowed,
        Code::BodyTooLarge,
        Code::UnsupportedMediaType,
        Code::BadBody,
        Code::BadJson,
        Code::InvalidBody,
        Code::InvalidQuery,
        Code::QuestionEmpty,
        Code::QuestionTooLong,
        Code::InvalidContact,
        Code::Unauthorized,
        Code::CrossOrigin,
        Code::Forbidden,
        Code::VersionConflict,
        Code::NotNow,
        Code::PreconditionFailed,
        Code::PreconditionRequired,
        Code::RateLimited,
        Code::Overloaded,
        Code::SearchUnavailable,
        Code::StoreUnavailable,
        Code::NotReady,
        Code::Timeout,
        Code::Internal,
    ];

    /// The table: code -> (name on the wire, status, title).
    pub fn row(self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Code::NotFound => ("not_found", S::NOT_FOUND, "Not found"),
            Code::Gone => ("gone", S::GONE, "No longer valid"),
            Code::MethodNotAllowed => ("method_not_allowed", S::METHOD_NOT_ALLOWED, "Method not allowed"),
            Code::BodyTooLarge => ("body_too_large", S::PAYLOAD_TOO_LARGE, "Body too large"),
            Code::UnsupportedMediaType => (
                "unsupported_media_type",
                S::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported media type",
            ),
            Code::BadBody => ("bad_body", S::BAD_REQUEST, "Unreadable body"),
            Code::BadJson => ("bad_json", S::BAD_REQUEST, "Not JSON"),
            Code::InvalidBody => ("invalid_body", S::UNPROCESSABLE_ENTITY, "Body of the wrong shape"),
            Code::InvalidQuery => ("invalid_query", S::BAD_REQUEST, "Query of the wrong shape"),
            Code::QuestionEmpty => ("question_empty", S::UNPROCESSABLE_ENTITY, "No question"),
            Code::QuestionTooLong => ("question_too_long", S::UNPROCESSABLE_ENTITY, "Question too long"),
            Code::InvalidContact => ("invalid_contact", S::UNPROCESSABLE_ENTITY, "Unusable contact"),
            Code::Unauthorized => ("unauthorized", S::UNAUTHORIZED, "Sign-in needed"),
            Code::CrossOrigin => ("cross_origin", S::FORBIDDEN, "Sent from another site"),
            Code::Forbidden => ("forbidden", S::FORBIDDEN, "Not allowed"),
            Code::NotNow => ("not_now", S::CONFLICT, "Not possible now"),
            Code::PreconditionFailed => ("precondition_failed", S::PRECONDITION_FAILED, "Changed in the meantime"),
            Code::PreconditionRequired => ("precondition_required", S::PRECONDITION_REQUIRED, "If-Match needed"),
            Code::VersionConflict => ("version_conflict", S::CONFLICT, "Changed in the meantime"),
            Code::RateLimited => ("rate_limited", S::TOO_MANY_REQUESTS, "Too many requests"),
            Code::Overloaded => ("overloaded", S::SERVICE_UNAVAILABLE, "Overloaded"),
            Code::SearchUnavailable => ("search_unavailable", S::SERVICE_UNAVAILABLE, "Search unavailable"),
            Code::StoreUnavailable => ("store_unavailable", S::SERVICE_UNAVAILABLE, "Store unavailable"),
            Code::NotReady => ("not_ready", S::SERVICE_UNAVAILABLE, "Not ready"),
            Code::Timeout => ("timeout", S::SERVICE_UNAVAILABLE, "Took too long"),
            Code::Internal => ("internal", S::INTERNAL_SERVER_ERROR, "Internal error"),
        }
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        self.row().1
    }
}

/// One failure, ready to be sent.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What kind.
    pub code: Code,
    /// What failed, for which input, and what to do next.
    pub detail: String,
    /// When to try again; every 429 and 503 has one.
    pub retry_after: Option<Duration>,
    /// For 403: what somebody would have to be allowed, for pages to say who may do it.
    pub needs: Option<Permission>,
    /// The field that is wrong, where it is one, for forms to say so beside it. Boxed, since few problems have one.
    pub field: Option<Box<WrongField>>,
    /// For 401: whether a token was sent at all.
    challenge: Option<&'static str>,
}

/// A field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongField {
    /// Its name on the wire.
    pub name: &'static str,
    /// What is allowed, to be read after the name.
    pub why: String,
}

/// Body of every error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:tanya:problem:rate_limited", "title": "Too many requests", "status": 429,
    "detail": "This client has sent too many requests. Try again in 2 seconds.", "code": "rate_limited"
}))]
pub struct ProblemBody {
    /// `urn:tanya:problem:` and the code.
    pub r#type: String,
    /// Short and the same for every problem with this code.
    pub title: &'static str,
    /// The HTTP status once more.
    pub status: u16,
    /// What failed, for which input, and what to do next.
    pub detail: String,
    /// Stable name of the cause.
    pub code: &'static str,
}

/// What a client is told when the fault is ours.
const OUR_FAULT: &str = "Something failed on our side. It has been written down; please try again.";

impl Problem {
    /// A problem with this code and detail.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        // Every 503 says when to come back; five seconds is long enough for a queue to drain or a store to reopen.
        let retry_after = (code.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(Duration::from_secs(5));
        Problem {
            code,
            detail: detail.into(),
            retry_after,
            needs: None,
            field: None,
            challenge: None,
        }
    }

    /// 422 for a field; `why` says what is allowed, to be read after the name, without a full stop.
    pub fn of_field(name: &'static str, why: impl Into<String>) -> Self {
        let why = why.into();
        Problem {
            field: Some(Box::new(WrongField { name, why: why.clone() })),
            ..Problem::new(Code::InvalidBody, format!("`{name}` {why}."))
        }
    }

    /// The same problem as one of this field.
    pub fn about(mut self, name: &'static str, why: impl Into<String>) -> Self {
        self.field = Some(Box::new(WrongField { name, why: why.into() }));
        self
    }

    /// The name of the field that is wrong, where it is one.
    pub fn field_name(&self) -> Option<&'static str> {
        self.field.as_ref().map(|field| field.name)
    }

    /// Sets `Retry-After`.
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Says what somebody would have to be allowed.
    pub fn needs(mut self, permission: Permission) -> Self {
        self.needs = Some(permission);
        self
    }

    /// 404 for a route.
    pub fn no_route(path: &str) -> Self {
        Problem::new(
            Code::NotFound,
            format!("There is nothing at {path}. /openapi.json lists what there is."),
        )
    }

    /// 401, with the challenge that RFC 6750 asks for.
    pub fn unauthorized(sent: bool) -> Self {
        let (challenge, detail) = if sent {
            (
                r#"Bearer realm="tanya", error="invalid_token""#,
                "The bearer token is unknown or was revoked.",
            )
        } else {
            (
                r#"Bearer realm="tanya""#,
                "Sign in, or send a token as `Authorization: Bearer …`.",
            )
        };
        Problem {
            challenge: Some(challenge),
            ..Problem::new(Code::Unauthorized, detail)
        }
    }

    /// 401 for somebody who could not sign in.
    pub fn wrong_credentials(detail: impl Into<String>) -> Self {
        Problem {
            challenge: Some(r#"Bearer realm="tanya""#),
            ..Problem::new(Code::Unauthorized, detail)
        }
    }

    /// A server fault: `cause` is logged, the client learns nothing but that it happened.
    pub fn internal(cause: impl Display) -> Self {
        tracing::error!(%cause, "request failed");
        Problem::new(Code::Internal, OUR_FAULT)
    }

    /// A failing dependency: `cause` is logged, the client learns which part and when to come back.
    pub fn unavailable(code: Code, cause: impl Display) -> Self {
        tracing::error!(%cause, code = code.name(), "request failed");
        let part = if code == Code::StoreUnavailable {
            "The store"
        } else {
            "Search"
        };
        Problem::new(
            code,
            format!("{part} does not work at the moment. Nothing was changed; please try again."),
        )
    }

    /// The body as it goes over the wire.
    pub fn body(&self) -> ProblemBody {
        let (code, status, title) = self.code.row();
        ProblemBody {
            r#type: format!("urn:tanya:problem:{code}"),
            title,
            status: status.as_u16(),
            detail: self.detail.clone(),
            code,
        }
    }

    /// Seconds for `Retry-After`, rounded up, at least one.
    pub fn retry_seconds(&self) -> Option<u64> {
        self.retry_after
            .map(|after| after.as_millis().div_ceil(1000).max(1) as u64)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.body()).expect("five plain fields serialize");
        let mut response = (self.code.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_seconds() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_name_of_its_own_and_an_error_status() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|code| code.status().as_u16() >= 400));
    }

    #[test]
    fn every_503_says_when_to_come_back() {
        for code in Code::ALL
            .into_iter()
            .filter(|code| code.status() == StatusCode::SERVICE_UNAVAILABLE)
        {
            assert!(
                Problem::new(code, "")
                    .into_response()
                    .headers()
                    .contains_key(header::RETRY_AFTER),
                "{code:?}"
            );
        }
    }

    #[test]
    fn a_field_is_named_for_programs_and_for_forms() {
        let problem = Problem::of_field("team", "must be one of these: a, b");
        assert_eq!(problem.detail, "`team` must be one of these: a, b.");
        assert_eq!(problem.field_name(), Some("team"));
        assert_eq!(problem.code.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }

    #[test]
    fn server_faults_reveal_nothing() {
        let body = serde_json::to_string(&Problem::internal("password=hunter2 at /srv/x.rs").body()).expect("json");
        assert!(!body.contains("hunter2") && !body.contains("/srv"), "{body}");
    }
}
