//! What routes may answer instead of what was asked for, as the API description lists it.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, response::Response},
};

type Responses = BTreeMap<String, RefOr<Response>>;

fn problem(codes: &str) -> RefOr<Response> {
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ProblemBody")))
        .build();
    ResponseBuilder::new()
        .description(codes)
        .content("application/problem+json", body)
        .build()
        .into()
}

fn problems(rows: &[(&str, &str)]) -> Responses {
    rows.iter()
        .map(|(status, codes)| ((*status).to_owned(), problem(codes)))
        .collect()
}

/// Of every route for those who work at the desk.
pub(super) struct OfStaffRoutes;

impl IntoResponses for OfStaffRoutes {
    fn responses() -> Responses {
        problems(&[
            ("401", "`unauthorized`, with WWW-Authenticate"),
            (
                "403",
                "`forbidden`; `cross_origin` when a change by cookie comes without its CSRF token",
            ),
            ("429", "`rate_limited` after many wrong tokens, with Retry-After"),
            ("503", "`store_unavailable`, with Retry-After"),
        ])
    }
}

/// Of every route that reads a JSON body.
pub(super) struct OfJsonBodies;

impl IntoResponses for OfJsonBodies {
    fn responses() -> Responses {
        problems(&[
            ("400", "`bad_json`, `bad_body`"),
            ("413", "`body_too_large`"),
            ("415", "`unsupported_media_type`"),
            ("422", "`invalid_body`"),
        ])
    }
}

/// Of every route that names something.
pub(super) struct OfNamedThings;

impl IntoResponses for OfNamedThings {
    fn responses() -> Responses {
        problems(&[("404", "`not_found`")])
    }
}

/// Of every route that changes what has a version.
pub(super) struct OfConditionalChanges;

impl IntoResponses for OfConditionalChanges {
    fn responses() -> Responses {
        problems(&[
            ("412", "`precondition_failed`: it has changed since; read it again"),
            ("428", "`precondition_required`: `If-Match` is missing"),
        ])
    }
}

/// Of every route for whoever holds a conversation's secret.
pub(super) struct OfConversations;

impl IntoResponses for OfConversations {
    fn responses() -> Responses {
        problems(&[
            ("401", "`unauthorized`"),
            ("404", "`not_found`: no such conversation, or not with this secret"),
            ("429", "`rate_limited`, also after many wrong secrets, with Retry-After"),
            ("503", "`store_unavailable`, with Retry-After"),
        ])
    }
}

/// Of every route with query parameters.
pub(super) struct OfQueries;

impl IntoResponses for OfQueries {
    fn responses() -> Responses {
        problems(&[("400", "`invalid_query`")])
    }
}
