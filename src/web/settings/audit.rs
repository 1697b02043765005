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
    frames, names, show as send,
};
use crate::{
    desk::people::{AuditEntry, AuditFilter, Permission, Person, Token},
    http::{Params, Problem, Staff, state::Web},
    shorten::shortened,
    web::{moments, page::encode_param, staff::StaffFrame},
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
    /// The zone of the times.
    zone: String,
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
    let log = web.people().audit(&filter, params.cursor.as_deref(), ROWS).await?;
    let zone = web.time_zone();
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
    let shown = Names {
        people: &people,
        tokens: &web.people().tokens().await?,
        zone: &zone,
    };
    let page = Page {
        frame,
        desk,
        rows: log.entries.into_iter().map(|entry| row(entry, &shown)).collect(),
        who: Field::text("who", "Who", &form).options(names),
        action: Field::text("action", "What", &form).options(ACTIONS),
        next,
        zone: web.config().desk.time_zone.clone(),
        is_filtered: !params.who.is_empty() || !params.action.is_empty(),
    };
    send(&page, StatusCode::OK, &headers)
}

/// Who and what ids stand for.
struct Names<'a> {
    people: &'a [Person],
    tokens: &'a [Token],
    zone: &'a TimeZone,
}

impl Names<'_> {
    /// The name behind an id; what nobody knows by a name is shortened.
    fn of(&self, id: &str) -> String {
        let person = self
            .people
            .iter()
            .find(|person| person.id == id)
            .map(|person| &person.name);
        let token = self.tokens.iter().find(|token| token.id == id).map(|token| &token.name);
        match person.or(token) {
            Some(name) => name.clone(),
            None if names::label(id).is_some() => names::elsewhere(id).map(|(label, _)| label).unwrap_or_default(),
            None if id.len() == 26 || id.len() == 64 => shortened(id, 9),
            None => id.to_owned(),
        }
    }

    fn moment(&self, at: &str) -> Option<String> {
        let at = at.parse::<Timestamp>().ok()?;
        Some(moments::told(at, self.zone))
    }

    fn plain(&self, value: &Value) -> String {
        match value {
            Value::String(text) => self.moment(text).unwrap_or_else(|| self.of(text)),
            Value::Array(values) => values
                .iter()
                .map(|value| self.plain(value))
                .collect::<Vec<_>>()
                .join(", "),
            Value::Bool(true) => "yes".to_owned(),
            Value::Bool(false) => "no".to_owned(),
            Value::Null => "none".to_owned(),
            other => other.to_string(),
        }
    }
}

fn row(entry: AuditEntry, names: &Names<'_>) -> Row {
    let detail = entry
        .detail
        .iter()
        .map(|(key, value)| format!("{}: {}", key.replace('_', " "), names.plain(value)));
    Row {
        at: names.moment(&entry.at).unwrap_or_else(|| entry.at.clone()),
        who: names.of(&entry.who),
        action: in_words(&entry.action),
        subject: names.of(&entry.subject),
        detail: detail.collect::<Vec<_>>().join("; "),
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
        "person.disabled" => "deactivated a person",
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_told_is_read_by_people() {
        let names = Names {
            people: &[],
            tokens: &[],
            zone: &TimeZone::UTC,
        };
        assert_eq!(
            names.plain(&json!(["site.accent", "2026-11-26T02:00:00Z"])),
            "Accent colour (on Name and looks), 26 November 2026, 02:00"
        );
        assert_eq!(names.of(&"a".repeat(64)), "aaaaaaaa…");
        assert_eq!(in_words("something.new_here"), "something new here");
    }
}
