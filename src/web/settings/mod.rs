//! `/settings`: how those who run the desk change it. One file per page.
//!
//! Every page works without script: a form is sent, what is wrong stands beside its field, and nothing that was typed is
//! lost. What a flag, a variable or the config file sets is shown and cannot be changed here. Nothing needs a restart.

mod announcements;
mod audit;
mod form;
mod hours;
mod mistakes;
mod more_conditions;
mod names;
mod people;
mod promises;
mod refusal;
mod rota;
mod rules;
mod site;
mod standing;
mod teams;
mod tokens;
mod week;
mod widget;

use askama::Template;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    page::{Cache, Link, send},
    staff::{Place, StaffFrame},
};
use crate::{
    app::ChangeError,
    config::{Config, Source, StoredError, StoredSettings},
    desk::people::Permission,
    http::{Code, LARGEST_RULES, Problem, Staff, state::Web},
    store::Document,
};

use form::Form;
use refusal::{Mistaken, Refusal, Wrong, mistaken};

/// The routes of the settings.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/settings", get(first))
        .route("/settings/people", get(people::list).post(people::add))
        .route("/settings/people/{id}", get(people::show).post(people::change))
        .route("/settings/teams", get(teams::list).post(teams::change_list))
        .route("/settings/teams/{name}", get(teams::show).post(teams::change))
        .route("/settings/rota", get(rota::list).post(rota::change))
        .route("/settings/hours", get(hours::show).post(hours::change))
        .route("/settings/hours/preview", post(hours::preview))
        .route("/settings/promises", get(promises::show).post(promises::change))
        .route(
            "/settings/rules",
            get(async || Redirect::permanent("/settings/rules/routing")),
        )
        .route(
            "/settings/rules/{kind}",
            get(rules::show)
                .post(rules::act)
                .layer(DefaultBodyLimit::max(LARGEST_RULES)),
        )
        .route("/settings/site", get(site::show).post(site::change))
        .route(
            "/settings/announcements",
            get(announcements::list).post(announcements::change),
        )
        .route("/settings/widget", get(widget::show).post(widget::change))
        .route("/settings/widget/preview", get(widget::preview))
        .route("/settings/tokens", get(tokens::list).post(tokens::change))
        .route("/settings/audit", get(audit::list))
}

/// Every page, with what one must be allowed to do to open it.
const PAGES: [(&str, &str, Permission); 11] = [
    ("/settings/people", "People", Permission::ManagePeople),
    ("/settings/teams", "Teams", Permission::ManagePeople),
    ("/settings/rota", "Rota", Permission::EditRota),
    ("/settings/hours", "Hours and holidays", Permission::ChangeSettings),
    ("/settings/promises", "Promises", Permission::ChangeSettings),
    (
        "/settings/rules/routing",
        "Topics and routing",
        Permission::ChangeSettings,
    ),
    ("/settings/site", "Name and looks", Permission::ChangeSettings),
    ("/settings/announcements", "Announcements", Permission::ChangeSettings),
    ("/settings/widget", "Chat widget", Permission::ChangeSettings),
    ("/settings/tokens", "API tokens", Permission::ManageTokens),
    ("/settings/audit", "Audit log", Permission::ReadAudit),
];

/// The first page that one may open.
async fn first(staff: Staff) -> Result<Response, Problem> {
    let page = PAGES.iter().find(|(.., permission)| staff.can(*permission));
    match page {
        Some((path, ..)) => Ok(Redirect::to(path).into_response()),
        None => Err(forbidden(&staff, Permission::ManagePeople)),
    }
}

fn forbidden(staff: &Staff, permission: Permission) -> Problem {
    staff
        .may(permission)
        .err()
        .unwrap_or_else(|| Problem::new(Code::Forbidden, "You may not open this page."))
}

/// What every page of the settings shows around its content.
pub struct Desk {
    /// The pages that this person may open.
    pub pages: Vec<Place>,
    /// What was done, after a change.
    pub done: Option<String>,
    /// What went wrong, after a change that was refused.
    pub wrong: Option<Wrong>,
    /// The style of these pages.
    pub css: &'static str,
    /// Their module.
    pub script: &'static str,
}

/// Both frames of the page at `path` for whoever may open it.
fn frames(web: &Web, staff: &Staff, path: &str, permission: Permission) -> Result<(StaffFrame, Desk), Problem> {
    staff.may(permission)?;
    let title = PAGES
        .iter()
        .find(|(own, ..)| *own == path)
        .map_or("Settings", |(_, title, _)| title);
    let frame = StaffFrame::new(web, staff, "/settings", title)?;
    let place = |&(href, text, _): &(&str, &str, Permission)| Place {
        link: Link {
            href: href.to_owned(),
            text: text.to_owned(),
        },
        current: href == path,
    };
    let desk = Desk {
        pages: PAGES
            .iter()
            .filter(|(.., permission)| staff.can(*permission))
            .map(place)
            .collect(),
        done: None,
        wrong: None,
        css: frame.file("settings.css"),
        script: frame.file("settings.js"),
    };
    Ok((frame, desk))
}

impl Desk {
    fn told(mut self, done: Option<&str>) -> Self {
        self.done = done.map(str::to_owned);
        self
    }

    /// With what was refused, and the status that goes with it.
    fn refused(mut self, refusal: &Option<Refusal>) -> (Self, StatusCode) {
        match refusal {
            None => (self, StatusCode::OK),
            Some(refusal) => {
                self.wrong = Some(refusal.wrong());
                (self, refusal.status)
            }
        }
    }
}

impl Desk {
    /// Names the fields that are to be corrected at the head of the page, in their order.
    fn point_to(&mut self, fields: impl IntoIterator<Item = Mistaken>) {
        if let Some(wrong) = &mut self.wrong {
            wrong.name(fields);
        }
    }
}

/// `?saved=…` after a change.
#[derive(Deserialize)]
pub struct Saved {
    saved: Option<String>,
}

impl Saved {
    fn is_there(&self) -> bool {
        self.saved.is_some()
    }

    /// What was saved, in the page's own word.
    fn word(&self) -> Option<&str> {
        self.saved.as_deref()
    }

    fn told(&self) -> Option<&'static str> {
        self.saved
            .as_ref()
            .map(|_| "Saved. It counts now, on every server; nothing needs a restart.")
    }
}

/// Sends a page of the settings; nobody keeps it.
fn show(page: &impl Template, status: StatusCode, headers: &HeaderMap) -> Result<Response, Problem> {
    send(page, status, Cache::Never, headers)
}

/// The settings of the pages, for one form.
struct Seen {
    stored: StoredSettings,
    document: Option<Document>,
}

impl Seen {
    async fn read(web: &Web) -> Result<Self, Problem> {
        let (stored, document) = web.stored_settings().await?;
        Ok(Seen { stored, document })
    }

    /// What a form carries so that it is known what its author saw.
    fn mark(&self) -> String {
        self.document
            .as_ref()
            .map_or_else(|| "none".to_owned(), |document| document.hash.clone())
    }
}

/// What a page's form carries as `seen`: what its author saw, as long as it is the same form that comes back to be corrected;
/// what is there now at the first show, and after a conflict that its author was told.
async fn mark_of(web: &Web, form: Option<&Form>, refusal: &Option<Refusal>) -> Result<String, Problem> {
    let is_conflict = refusal
        .as_ref()
        .is_some_and(|refusal| refusal.status == StatusCode::CONFLICT);
    match form.and_then(|form| form.given("seen")) {
        Some(seen) if !is_conflict => Ok(seen),
        _ => Ok(Seen::read(web).await?.mark()),
    }
}

/// How often a change is tried on what is there now, where others change other pages' settings at the same time.
const TRIES: usize = 4;

/// Changes a part of the settings. `part` is what the page shows: if others have changed that since it was shown (`seen`),
/// nothing is saved and the page says so; what they changed elsewhere stays.
async fn save<P: PartialEq>(
    web: &Web,
    staff: &Staff,
    seen: &str,
    part: impl Fn(&StoredSettings) -> P,
    change: impl Fn(&mut StoredSettings),
) -> Result<Result<(), Refusal>, Problem> {
    let known = match seen {
        "none" => StoredSettings::default(),
        hash => web.settings_of(hash).await?.unwrap_or_default(),
    };
    for _ in 0..TRIES {
        let now = Seen::read(web).await?;
        let is_current = now.mark() == seen;
        if !is_current && part(&known) != part(&now.stored) {
            return Ok(Err(Refusal::conflict()));
        }
        let mut settings = now.stored;
        change(&mut settings);
        let over = now.document.as_ref().map(|document| document.hash.as_str());
        match web.change_settings(&settings, over, &staff.id).await {
            Ok(_) => return Ok(Ok(())),
            Err(ChangeError::Stale(_)) => {}
            Err(ChangeError::Settings(StoredError::Invalid(violations))) => {
                return Ok(Err(Refusal::invalid(violations)));
            }
            Err(ChangeError::Settings(error)) => {
                return Ok(Err(Refusal::plain(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Err(Refusal::conflict()))
}

/// Why a value cannot be changed here, for people.
fn set_elsewhere(source: &Source) -> Option<String> {
    let name = source.name()?;
    Some(match source {
        Source::File(_) => format!("Set in {name}. Change it there; it counts after a restart."),
        Source::Variable(_) => format!("Set by {name} in the environment. Change it there; it counts after a restart."),
        _ => format!("Set by {name} on the command line."),
    })
}

/// The value, where it may be set here; what is set elsewhere is not kept a second time.
fn if_open<T>(config: &Config, key: &str, value: Option<T>) -> Option<T> {
    value.filter(|_| config.sources.is_open(key))
}

/// One or two words about where a value that may be changed here comes from.
fn origin(config: &Config, key: &str) -> &'static str {
    match config.sources.of(key) {
        Source::Pages => "Set here",
        _ => "Default",
    }
}

/// Back to a page after a change.
fn back(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// The settings page of a person's mistake: a form that names nothing it knows.
fn unknown_act() -> Problem {
    Problem::new(Code::InvalidBody, "`act` is none that the page offers.")
}
