//! `/api/v1/audit`: who did what.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    error::Problem,
    extract::{Params, given, in_range},
    problems::{OfQueries, OfStaffRoutes},
    staff::Staff,
    state::Web,
};
use crate::desk::people::{AuditFilter, AuditLog, Permission};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many, 1 to 200; 50 if not given.
    limit: Option<usize>,
    /// Only what this one did: a person's id, `token:NAME`, or `cli:USER`.
    who: Option<String>,
    /// Only what begins with this: `person.`, `settings.changed`.
    #[param(example = "settings.")]
    action: Option<String>,
}

/// Lists who did what, newest first; for administrators.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "people", params(ListParams), security(("token" = []), ("session" = [])),
    responses((status = 200, description = "One page", body = AuditLog), OfQueries, OfStaffRoutes)
)]
pub(super) async fn list(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<ListParams>,
) -> Result<Json<AuditLog>, Problem> {
    staff.may(Permission::ReadAudit)?;
    let limit = in_range("limit", params.limit, 50, 1..=200)?;
    let filter = AuditFilter {
        who: given(params.who).unwrap_or_default(),
        action: given(params.action).unwrap_or_default(),
    };
    let cursor = given(params.cursor);
    let log = web.people().audit(&filter, cursor.as_deref(), limit).await?;
    Ok(Json(log))
}
