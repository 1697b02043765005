//! `/api/v1/session`: signing in and out, and one's own password.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    client::Client,
    error::{Code, Problem, ProblemBody},
    extract::JsonBody,
    limits::Operation,
    problems::{OfJsonBodies, OfStaffRoutes},
    staff::{Staff, csrf_token, forgotten_cookie, session_cookie},
    state::Web,
};
use crate::desk::people::{Person, Scope};

/// Nobody keeps what is about a session.
const NO_STORE: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// E-mail address and password.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"email": "ana@example.com", "password": "kopi susu tanpa gula"}))]
pub(super) struct SignInBody {
    /// E-mail address.
    email: String,
    /// Password.
    password: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01JQZ8V6M3T9C2D4E5F6G7H8J9", "name": "Ana",
    "person": {
        "id": "01JQZ8V6M3T9C2D4E5F6G7H8J9", "version": 3, "email": "ana@example.com", "name": "Ana", "picture": null,
        "role": "agent", "disabled": false, "teams": ["billing"], "skills": [], "level": 2, "capacity": 10,
        "availability": {"state": "available"}, "has_password": true, "created_at": "2026-05-01T09:00:00Z"
    },
    "scopes": [], "csrf": "Zm9y4oCmdGVzdHM", "expires_at": "2026-05-01T21:00:00Z"
}))]
pub(super) struct SessionBody {
    /// A person's id, or `token:NAME`.
    id: String,
    /// What goes into the history of tickets.
    name: String,
    /// The person; a token is nobody.
    person: Option<Person>,
    /// What a token lets its program do; people have a role instead.
    scopes: Vec<Scope>,
    /// What every change by cookie must send as `X-CSRF-Token`.
    csrf: Option<String>,
    /// When the session ends if the person is not seen again, RFC 3339.
    expires_at: Option<String>,
}

/// Signs in. The cookie of the reply is the session.
#[utoipa::path(
    post, path = "/api/v1/session", tag = "people", request_body = SignInBody,
    responses(
        (status = 200, description = "Who it is; the cookie `tanya_session` is set", body = SessionBody),
        OfJsonBodies,
        (status = 401, description = "`unauthorized`: address and password let nobody in; which of them is wrong is not said", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`, by account and by client, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`store_unavailable`, `overloaded`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn sign_in(
    State(web): State<Web>,
    client: Client,
    JsonBody(body): JsonBody<SignInBody>,
) -> Result<([(HeaderName, HeaderValue); 2], Json<SessionBody>), Problem> {
    web.limits().check(Operation::SignIn, client)?;
    let signed_in = web.people().sign_in(&body.email, &body.password).await?;
    let cookie = session_cookie(&web, &signed_in.secret)?;
    let body = SessionBody {
        id: signed_in.person.id.clone(),
        name: signed_in.person.name.clone(),
        person: Some(signed_in.person),
        scopes: Vec::new(),
        csrf: Some(csrf_token(&signed_in.secret)),
        expires_at: Some(signed_in.expires_at.to_string()),
    };
    Ok(([NO_STORE, (header::SET_COOKIE, cookie)], Json(body)))
}

/// Says who is signed in, and the CSRF token.
#[utoipa::path(
    get, path = "/api/v1/session", tag = "people", security(("token" = []), ("session" = [])),
    responses((status = 200, description = "Who it is", body = SessionBody), OfStaffRoutes)
)]
pub(super) async fn show(staff: Staff) -> ([(HeaderName, HeaderValue); 1], Json<SessionBody>) {
    let body = SessionBody {
        id: staff.id.clone(),
        name: staff.name.clone(),
        person: staff.person().cloned(),
        scopes: staff.scopes().to_vec(),
        csrf: staff.csrf_token(),
        expires_at: staff.session().map(|session| session.expires_at.to_string()),
    };
    ([NO_STORE], Json(body))
}

/// Signs out.
#[utoipa::path(
    delete, path = "/api/v1/session", tag = "people", security(("session" = [])),
    responses((status = 204, description = "The session has ended"), OfStaffRoutes)
)]
pub(super) async fn sign_out(
    State(web): State<Web>,
    staff: Staff,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1]), Problem> {
    let Some(secret) = staff.session_secret() else {
        let detail = "A token has no session to end. `DELETE /api/v1/tokens/{id}` revokes it.";
        return Err(Problem::new(Code::Forbidden, detail));
    };
    web.people().sign_out(secret, &staff.id).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, forgotten_cookie(&web)?)]))
}

/// The present password and the new one.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"old": "kopi susu tanpa gula", "new": "teh tarik dua gelas"}))]
pub(super) struct PasswordBody {
    /// The present password; not needed by somebody who has none.
    #[serde(default)]
    old: Option<String>,
    /// The new one, at least 10 characters.
    new: String,
}

/// Changes one's own password. All other sessions end.
#[utoipa::path(
    post, path = "/api/v1/session/password", tag = "people", request_body = PasswordBody, security(("session" = [])),
    responses(
        (status = 200, description = "The person after the change", body = Person),
        OfJsonBodies,
        OfStaffRoutes,
    )
)]
pub(super) async fn change_password(
    State(web): State<Web>,
    client: Client,
    staff: Staff,
    JsonBody(body): JsonBody<PasswordBody>,
) -> Result<([(HeaderName, HeaderValue); 1], Json<Person>), Problem> {
    staff.require_person()?;
    web.limits().check(Operation::SignIn, client)?;
    let secret = staff.session_secret().unwrap_or_default();
    let person = web
        .people()
        .change_password(secret, body.old.as_deref(), &body.new)
        .await?;
    Ok(([NO_STORE], Json(person)))
}
