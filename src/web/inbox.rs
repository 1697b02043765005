//! `/inbox`: where agents answer. The page is a frame; its modules fill it through the API and keep it live.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    page::{Cache, send},
    staff::StaffFrame,
};
use crate::{
    desk::people::Permission,
    http::{PathText, Problem, Staff, state::Web},
};

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    frame: StaffFrame,
    /// The id of whoever is signed in.
    me: String,
    /// Teams whose tickets they work, with commas between; none for all.
    teams: String,
    /// Complex tickets that they can carry.
    capacity: i64,
    /// Whether they may do what only managers may.
    manages: bool,
    /// The ticket to open first.
    reference: String,
    /// Views of the routing rules.
    views: Vec<String>,
    /// The name of the program in a terminal, with what it needs to show the queue.
    command: &'static str,
}

/// `GET /inbox`.
pub async fn inbox(State(web): State<Web>, staff: Staff, headers: HeaderMap) -> Result<Response, Problem> {
    page(&web, &staff, String::new(), &headers)
}

/// `GET /inbox/{reference}`: with a ticket open.
pub async fn ticket(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    page(&web, &staff, reference, &headers)
}

fn page(web: &Web, staff: &Staff, reference: String, headers: &HeaderMap) -> Result<Response, Problem> {
    staff.may(Permission::WorkTickets)?;
    let person = staff.require_person()?;
    let page = InboxPage {
        frame: StaffFrame::new(web, staff, "/inbox", "Inbox")?,
        me: person.id.clone(),
        teams: person.teams.join(","),
        capacity: person.capacity,
        manages: staff.can(Permission::EndConversations),
        reference,
        views: web.own_views(),
        command: "tanya tickets list",
    };
    send(&page, StatusCode::OK, Cache::Never, headers)
}
