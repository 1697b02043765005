//! `/api/v1/tokens`: tokens of programs.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    error::Problem,
    extract::{JsonBody, PathText},
    problems::{OfJsonBodies, OfNamedThings, OfStaffRoutes},
    staff::Staff,
    state::Web,
};
use crate::desk::people::{NewToken, Permission, Token};

/// All tokens that were made.
#[derive(Serialize, ToSchema)]
pub(super) struct TokensBody {
    /// The newest first, revoked ones too; those of the configuration are not among them.
    tokens: Vec<Token>,
}

/// Lists tokens.
#[utoipa::path(
    get, path = "/api/v1/tokens", tag = "people", security(("token" = []), ("session" = [])),
    responses((status = 200, description = "All tokens, without their secrets", body = TokensBody), OfStaffRoutes)
)]
pub(super) async fn list(State(web): State<Web>, staff: Staff) -> Result<Json<TokensBody>, Problem> {
    staff.may(Permission::ManageTokens)?;
    let tokens = web.people().tokens().await?;
    Ok(Json(TokensBody { tokens }))
}

/// A new token with its secret.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "token": {
        "id": "01JQZ8V6M3T9C2D4E5F6G7H8J9", "name": "nightly export", "scopes": ["tickets:read"],
        "created_by": "01JQZ8V6M3T9C2D4E5F6G7H8J0", "created_at": "2026-05-01T09:00:00Z", "used_at": null,
        "revoked_at": null
    },
    "secret": "tanya_Yk3…"
}))]
pub(super) struct NewTokenBody {
    /// The token.
    token: Token,
    /// What the program sends as `Authorization: Bearer …`; shown only here.
    secret: String,
}

/// Makes a token.
#[utoipa::path(
    post, path = "/api/v1/tokens", tag = "people", request_body = NewToken, security(("token" = []), ("session" = [])),
    responses(
        (status = 201, description = "The token; its secret is shown once", body = NewTokenBody),
        OfJsonBodies,
        OfStaffRoutes,
    )
)]
pub(super) async fn add(
    State(web): State<Web>,
    staff: Staff,
    JsonBody(new): JsonBody<NewToken>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1], Json<NewTokenBody>), Problem> {
    staff.may(Permission::ManageTokens)?;
    let (token, secret) = web.people().add_token(&new, &staff.id).await?;
    let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((StatusCode::CREATED, [no_store], Json(NewTokenBody { token, secret })))
}

/// Revokes a token.
#[utoipa::path(
    delete, path = "/api/v1/tokens/{id}", tag = "people", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It lets nobody in any more"), OfNamedThings, OfStaffRoutes)
)]
pub(super) async fn revoke(
    State(web): State<Web>,
    staff: Staff,
    PathText(id): PathText,
) -> Result<StatusCode, Problem> {
    staff.may(Permission::ManageTokens)?;
    web.people().revoke_token(&id, &staff.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
