//! `/api/v1/duties`: the rota.

use axum::{Json, extract::State, http::StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    error::{Code, Problem},
    extract::{JsonBody, Params, PathText, given},
    problems::{OfJsonBodies, OfNamedThings, OfQueries, OfStaffRoutes},
    staff::Staff,
    state::Web,
};
use crate::desk::people::{Duty, NewDuty, Permission};

/// How far a list looks where nothing else is said.
const SHOWN: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How far a list may look.
const LONGEST: SignedDuration = SignedDuration::from_hours(100 * 24);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// First moment, RFC 3339; now if not given.
    #[param(example = "2026-05-04T00:00:00Z")]
    since: Option<String>,
    /// First moment after, RFC 3339; two weeks later if not given, 100 days at most.
    #[param(example = "2026-05-11T00:00:00Z")]
    until: Option<String>,
}

/// Part of the rota.
#[derive(Serialize, ToSchema)]
pub(super) struct DutiesBody {
    /// By their beginning.
    duties: Vec<Duty>,
}

/// Lists duties that overlap a span of time.
#[utoipa::path(
    get, path = "/api/v1/duties", tag = "people", params(ListParams), security(("token" = []), ("session" = [])),
    responses((status = 200, description = "Duties", body = DutiesBody), OfQueries, OfStaffRoutes)
)]
pub(super) async fn list(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<ListParams>,
) -> Result<Json<DutiesBody>, Problem> {
    staff.may(Permission::SeePeople)?;
    let since = time("since", params.since)?.unwrap_or_else(|| web.now());
    let until = match time("until", params.until)? {
        Some(until) => until,
        None => since.saturating_add(SHOWN).unwrap_or(Timestamp::MAX),
    };
    if until.duration_since(since) > LONGEST {
        let detail = "`until` may lie at most 100 days after `since`.";
        return Err(Problem::new(Code::InvalidQuery, detail));
    }
    let duties = web.people().duties(since, until).await?;
    Ok(Json(DutiesBody { duties }))
}

fn time(name: &str, raw: Option<String>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = given(raw) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let detail = format!("`{name}` must be a time as in 2026-05-04T02:00:00Z.");
        Problem::new(Code::InvalidQuery, detail)
    })
}

/// Plans a duty.
#[utoipa::path(
    post, path = "/api/v1/duties", tag = "people", request_body = NewDuty, security(("token" = []), ("session" = [])),
    responses(
        (status = 201, description = "The duty", body = Duty),
        OfJsonBodies,
        OfNamedThings,
        OfStaffRoutes,
    )
)]
pub(super) async fn add(
    State(web): State<Web>,
    staff: Staff,
    JsonBody(new): JsonBody<NewDuty>,
) -> Result<(StatusCode, Json<Duty>), Problem> {
    staff.may(Permission::EditRota)?;
    let duty = web.plan_duty(new, &staff.id).await?;
    Ok((StatusCode::CREATED, Json(duty)))
}

/// Takes a duty out of the rota.
#[utoipa::path(
    delete, path = "/api/v1/duties/{id}", tag = "people", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is gone"), OfNamedThings, OfStaffRoutes)
)]
pub(super) async fn remove(
    State(web): State<Web>,
    staff: Staff,
    PathText(id): PathText,
) -> Result<StatusCode, Problem> {
    staff.may(Permission::EditRota)?;
    web.people().remove_duty(&id, &staff.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
