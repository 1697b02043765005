//! `/api/v1/settings`: what pages and programs may set while the server runs.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    error::Problem,
    extract::JsonBody,
    precondition::{IfMatchHash, etag_of_hash},
    problems::{OfConditionalChanges, OfJsonBodies, OfStaffRoutes},
    staff::Staff,
    state::Web,
};
use crate::{
    config::{Config, SETTABLE, StoredSettings},
    desk::people::Permission,
    store::Document,
};

/// The settings, and where each comes from.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "version": "5f3c0a…", "changed_by": "01JQZ8V6M3T9C2D4E5F6G7H8J9", "changed_at": "2026-05-01T09:00:00Z",
    "settings": {"site": {"accent": "#1a4f8b"}},
    "effective": {"site": {"name": "Kawan Kopi", "language": "en", "accent": "#1a4f8b"}},
    "sources": {"site.name": {"from": "file", "name": "tanya.toml"}, "site.accent": {"from": "pages", "name": null}}
}))]
pub(super) struct SettingsBody {
    /// Hash of the document that holds `settings`; also the ETag. Nothing if nothing was ever set.
    version: Option<String>,
    /// Who set it.
    changed_by: Option<String>,
    /// When, RFC 3339.
    changed_at: Option<String>,
    /// What the pages have set; `PUT` replaces it.
    settings: StoredSettings,
    /// What counts: flag, variable or file before the pages, and they before the defaults.
    effective: StoredSettings,
    /// What set each key: `flag`, `variable`, `file`, `pages` or `default`, with its name.
    sources: BTreeMap<String, SourceBody>,
}

/// Where a value comes from.
#[derive(Serialize, ToSchema)]
pub(super) struct SourceBody {
    /// `flag`, `variable`, `file`, `pages` or `default`.
    from: String,
    /// The flag, the variable, or the name of the file.
    name: Option<String>,
}

type Tagged = ([(HeaderName, HeaderValue); 1], Json<SettingsBody>);

fn tagged(config: &Config, settings: StoredSettings, document: Option<Document>) -> Tagged {
    let source = |key: &&str| {
        // One day in the file sets the week.
        let source = match *key {
            "desk.hours.weekdays" => config.sources.of_week(),
            key => config.sources.of(key),
        };
        let body = SourceBody {
            from: source.as_str().to_owned(),
            name: source.name(),
        };
        ((*key).to_owned(), body)
    };
    let tag = etag_of_hash(document.as_ref().map(|document| document.hash.as_str()));
    let (version, by, at) = match document {
        Some(document) => (
            Some(document.hash),
            Some(document.kept_by),
            Some(document.kept_at.to_string()),
        ),
        None => (None, None, None),
    };
    let body = SettingsBody {
        version,
        changed_by: by,
        changed_at: at,
        settings,
        effective: StoredSettings::of(config),
        sources: SETTABLE.iter().map(source).collect(),
    };
    ([(header::ETAG, tag)], Json(body))
}

/// Shows what the pages have set, what counts, and where each value comes from.
#[utoipa::path(
    get, path = "/api/v1/settings", tag = "settings", security(("token" = []), ("session" = [])),
    responses((status = 200, description = "The settings; ETag is their version", body = SettingsBody), OfStaffRoutes)
)]
pub(super) async fn show(State(web): State<Web>, staff: Staff) -> Result<Tagged, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let (settings, document) = web.stored_settings().await?;
    Ok(tagged(&web.config(), settings, document))
}

/// Replaces what the pages have set. It is checked as the config file is, and counts at once on every server; what a flag,
/// a variable or the file sets stays as it is.
#[utoipa::path(
    put, path = "/api/v1/settings", tag = "settings", request_body = StoredSettings,
    security(("token" = []), ("session" = [])),
    params(("If-Match" = String, Header, description = "The ETag that was read", example = "\"none\"")),
    responses(
        (status = 200, description = "The settings after the change", body = SettingsBody),
        OfJsonBodies,
        OfConditionalChanges,
        OfStaffRoutes,
    )
)]
pub(super) async fn replace(
    State(web): State<Web>,
    staff: Staff,
    seen: IfMatchHash,
    JsonBody(settings): JsonBody<StoredSettings>,
) -> Result<Tagged, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let over = match seen {
        IfMatchHash::Any => web.stored_settings().await?.1.map(|document| document.hash),
        IfMatchHash::Nothing => None,
        IfMatchHash::Hash(hash) => Some(hash),
    };
    let document = web.change_settings(&settings, over.as_deref(), &staff.id).await?;
    Ok(tagged(&web.config(), settings, Some(document)))
}
