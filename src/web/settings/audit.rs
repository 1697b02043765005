//! `/settings/audit`: who did what.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde_json::Value;

use super::{
    form::{Field, Form},
    frames, show as send,
};
use crate::{
    desk::people::{AuditEntry, AuditFilter, Permission, Person},
    http::{Params, Problem, Staff, state::Web},
    web::{page::encode_param, staff::StaffFrame},
};

const PATH: &str = "/settings/audit";
/// Rows of a page.
const ROWS: usize = 50;
/// What can be looked for: beginnings of the words in the log.
const ACTIONS: [(&str, &str); 8] = [
    ("", "Everything"),
    ("settings.", "Settings"),
    ("rules.", "Rules"),
    ("person.", "People"),
    ("token.", "Tokens"),
    ("duty.", "Rota"),
    ("session.", "Sessions"),
    ("link.", "Sign-in links"),
];

#[derive(Template)]
#[template(path = "settings_audit.html")]
struct Page {
    frame: StaffFrame,
    desk: super::Desk,
    rows: Vec<Row>,
    who: Field,
    action: Field,
    next: Option<String>,
    is_filtered: bool,
}

struct Row {
    at: String,
    iso: String,
    who: String,
    action: String,
    subject: String,
    detail: String,
}

#[derive(Deserialize)]
pub(super) struct ListParams {
    #[serde(default)]
    who: String,
    #[serde(default)]
    action: String,
    cursor: Option<String>,
}

pub(super) async fn list(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<ListParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ReadAudit)?;
    let (frame, desk) = frames(&web, &staff, PATH, Permission::ReadAudit)?;
    let people = web.people().list().await?;
    let filter = AuditFilter {
        who: params.who.clone(),
        action: params.action.clone(),
    };
    let log = web.people().audit_of(&filter, params.cursor.as_deref(), ROWS).await?;
    let zone = TimeZone::get(&web.config().desk.time_zone).unwrap_or(TimeZone::UTC);
    let mut form = Form::default();
    form.set("who", &params.who);
    form.set("action", &params.action);
    let everybody = std::iter::once(("", "Everybody"));
    let names = everybody.chain(people.iter().map(|person| (person.id.as_str(), person.name.as_str())));
    let next = log.next.map(|cursor| {
        let pairs = [("who", &params.who), ("action", &params.action), ("cursor", &cursor)];
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", encode_param(value)))
            .collect();
        format!("{PATH}?{}", pairs.join("&"))
    });
    let page = Page {
        frame,
        desk,
        rows: log
            .entries
            .into_iter()
            .map(|entry| row(entry, &people, &zone))
            .collect(),
        who: Field::text("who", "Who", &form).options(names),
        action: Field::text("action", "What", &form).options(ACTIONS),
        next,
        is_filtered: !params.who.is_empty() || !params.action.is_empty(),
    };
    send(&page, StatusCode::OK, &headers)
}

fn row(entry: AuditEntry, people: &[Person], zone: &TimeZone) -> Row {
    let name = |id: &str| {
        let person = people.iter().find(|person| person.id == id);
        person.map_or_else(|| id.to_owned(), |person| person.name.clone())
    };
    let at = entry.at.parse::<Timestamp>().ok();
    let at = at.map(|at| at.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M").to_string());
    Row {
        at: at.unwrap_or_else(|| entry.at.clone()),
        who: name(&entry.who),
        action: in_words(&entry.action),
        subject: name(&entry.subject),
        detail: entry
            .detail
            .iter()
            .map(|(key, value)| format!("{key}: {}", plain(value)))
            .collect::<Vec<_>>()
            .join("; "),
        iso: entry.at,
    }
}

/// `person.added` as people say it.
fn in_words(action: &str) -> String {
    let known = match action {
        "settings.changed" => "changed settings",
        "rules.published" => "published rules",
        "person.added" => "added a person",
        "person.changed" => "changed a person",
        "person.disabled" => "shut a person out",
        "person.availability" => "changed availability",
        "person.picture" => "changed a picture",
        "person.password" => "changed a password",
        "token.added" => "made a token",
        "token.revoked" => "revoked a token",
        "duty.added" => "planned a duty",
        "duty.removed" => "removed a duty",
        "link.made" => "made a sign-in link",
        "session.begun" => "signed in",
        "session.ended" => "signed out",
        other => return other.replace(['.', '_'], " "),
    };
    known.to_owned()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
