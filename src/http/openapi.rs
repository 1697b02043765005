//! `/openapi.json`: the API described for machines, made from the handlers themselves.

use axum::{Extension, body::Bytes, http::header, response::IntoResponse};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::staff::COOKIE;

/// What the routes cannot say about themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tanya",
        description = "Answers the questions that a help center already answers, word for word, and hands every other one to a person. Errors are `application/problem+json` (RFC 9457); their `code` is stable. 429 and 503 carry `Retry-After`."
    ),
    modifiers(&WaysIn),
    tags(
        (name = "answers", description = "Decisions, ranked articles, suggestions"),
        (name = "conversations", description = "Chats, for whoever holds their secret"),
        (name = "tickets", description = "Questions that went to people"),
        (name = "people", description = "Who works at the desk, how they sign in, tokens, the rota, and who did what"),
        (name = "settings", description = "What may be changed while the server runs: settings, topic rules, rules of routing"),
        (name = "machines", description = "Health, readiness, numbers, this description"),
    )
)]
pub(super) struct Description;

struct WaysIn;

impl Modify for WaysIn {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token from `POST /api/v1/tokens`, `tanya token add`, or `desk.tokens` of the configuration",
            ))
            .build();
        let secret = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The secret of a conversation, told when it begins"))
            .build();
        let about = "The session of somebody who signed in; changes need `X-CSRF-Token` as well";
        let session = ApiKey::Cookie(ApiKeyValue::with_description(COOKIE, about));
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        components.add_security_scheme("session", SecurityScheme::ApiKey(session));
        components.add_security_scheme("secret", SecurityScheme::Http(secret));
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
