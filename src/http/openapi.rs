//! `/openapi.json`: the API described for machines, made from the handlers themselves.

use axum::{Extension, body::Bytes, http::header, response::IntoResponse};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// What the routes cannot say about themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tanya",
        description = "Answers the questions that a help center already answers, word for word, and hands every other one to a person. Errors are `application/problem+json` (RFC 9457); their `code` is stable. 429 and 503 carry `Retry-After`."
    ),
    modifiers(&BearerToken),
    tags(
        (name = "answers", description = "Decisions, ranked articles, suggestions"),
        (name = "conversations", description = "Chats, for whoever holds their secret"),
        (name = "tickets", description = "Questions that went to people"),
        (name = "machines", description = "Health, readiness, numbers, this description"),
    )
)]
pub(super) struct Description;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token from `desk.tokens` of the configuration"))
            .build();
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(token));
        let secret = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The secret of a conversation, told when it begins"))
            .build();
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("secret", SecurityScheme::Http(secret));
    }
}

/// The rendered description.
#[derive(Clone)]
pub(super) struct Rendered(pub(super) Bytes);

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "machines", responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)))]
pub(super) async fn openapi(Extension(Rendered(json)): Extension<Rendered>) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        json,
    )
}
