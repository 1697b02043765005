//! What goes wrong on a page for staff, for somebody who is signed in: in the dress of those pages, with what to do next.
//!
//! Whoever lacks a right is told which roles have it, who can give one of them, and what they may open instead.

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Request, Uri},
    response::Response,
};

use super::{
    page::{Cache, Link, send},
    staff::{PLACES, StaffFrame},
};
use crate::{
    desk::people::{Permission, Person, Role},
    http::{Code, Problem, Staff, state::Web},
};

/// Names of those who can give a role that are told; more would be a list to choose from at random.
const NAMED: usize = 5;

#[derive(Template)]
#[template(path = "staff_refused.html")]
struct RefusedPage {
    frame: StaffFrame,
    title: String,
    lead: String,
    /// What to do about it.
    help: String,
    /// Back to the page that was sent from, if it may be opened.
    again: Option<String>,
    /// What this person may open.
    open: Vec<Link>,
}

/// Whether a path belongs to the pages for staff.
pub fn is_for_staff(path: &str) -> bool {
    let places = PLACES.iter().map(|(href, ..)| *href).chain(["/account"]);
    places.into_iter().any(|place| {
        path.strip_prefix(place)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The page on which a form for staff stands that is sent to this path.
pub fn page_of(path: &str) -> &str {
    match path.strip_prefix("/account/") {
        Some(_) => "/account",
        None => path.strip_suffix("/preview").unwrap_or(path),
    }
}

/// A problem as a page for staff; nothing for somebody who is not signed in, or where the store does not say who it is.
pub async fn page(web: &Web, uri: &Uri, headers: &HeaderMap, problem: &Problem) -> Option<Response> {
    if !is_for_staff(uri.path()) {
        return None;
    }
    let mut request = Request::new(());
    *request.headers_mut() = headers.clone();
    let (mut parts, ()) = request.into_parts();
    let staff = Staff::from_request_parts(&mut parts, web).await.ok()?;
    let person = staff.person()?;
    let told = match (problem.code, problem.needs) {
        (Code::Forbidden, Some(needed)) => {
            let people = web.people().everybody().await.unwrap_or_default();
            not_with_this_role(person, needed, &people)
        }
        _ => went_wrong(uri, problem),
    };
    let frame = StaffFrame::new(web, &staff, uri.path(), &told.title).ok()?;
    let mut open: Vec<Link> = frame.places.iter().map(|place| place.link.clone()).collect();
    open.push(Link {
        href: "/account".to_owned(),
        text: "Your account".to_owned(),
    });
    let page = RefusedPage {
        frame,
        title: told.title,
        lead: told.lead,
        help: told.help,
        again: told.may_try_again.then(|| page_of(uri.path()).to_owned()),
        open,
    };
    send(&page, problem.code.status(), Cache::Never, &HeaderMap::new()).ok()
}

struct Told {
    title: String,
    lead: String,
    help: String,
    may_try_again: bool,
}

fn not_with_this_role(person: &Person, needed: Permission, people: &[Person]) -> Told {
    let roles = needed.roles();
    // Only administrators make administrators.
    let giving = match roles {
        [Role::Administrator] => Permission::ManageAdministrators,
        _ => Permission::ManagePeople,
    };
    let givers: Vec<&str> = people
        .iter()
        .filter(|other| !other.disabled && other.role.may(giving))
        .map(|other| other.name.as_str())
        .collect();
    let who = either(giving.roles().iter().map(|role| with_article(*role)));
    let names = match givers.len() {
        1..=NAMED => format!(" Here that is {}.", either(givers)),
        _ => String::new(),
    };
    Told {
        title: "Your role does not open this page".to_owned(),
        lead: format!(
            "It is for {}. You are signed in as {}, {}.",
            and(roles.iter().map(|role| plural(*role))),
            person.name,
            with_article(person.role)
        ),
        help: format!(
            "If you need it for your work, ask {who} to give you another role, under Settings, People.{names}"
        ),
        may_try_again: false,
    }
}

fn went_wrong(uri: &Uri, problem: &Problem) -> Told {
    let told = |title: &str, lead: String, help: &str| Told {
        title: title.to_owned(),
        lead,
        help: help.to_owned(),
        may_try_again: true,
    };
    let detail = || problem.detail.replace('`', "");
    match problem.code {
        Code::NotFound | Code::MethodNotAllowed => {
            let is_no_route = problem.detail == Problem::no_route(uri.path()).detail;
            let lead = match is_no_route || problem.code == Code::MethodNotAllowed {
                true => format!("No page has the address {}.", uri.path()),
                false => detail(),
            };
            Told {
                may_try_again: false,
                ..told(
                    "There is nothing here",
                    lead,
                    "Check the address, or go on from one of these pages.",
                )
            }
        }
        Code::CrossOrigin => told(
            "Nothing was changed",
            "The form was older than your present sign-in, or did not come from one of these pages.".to_owned(),
            "Load the page again and send the form once more.",
        ),
        Code::InvalidBody | Code::BadBody => told(
            "Nothing was changed",
            "This server cannot read what the page has sent; one of them may be older than the other.".to_owned(),
            "Load the page again and send the form once more.",
        ),
        code if code.status().is_server_error() => told(
            "This did not work",
            detail(),
            "Look at the page again in a moment to see what has been kept.",
        ),
        _ => told(
            "This was not accepted",
            detail(),
            "Load the page again and try once more.",
        ),
    }
}

fn plural(role: Role) -> &'static str {
    match role {
        Role::Agent => "agents",
        Role::Writer => "writers",
        Role::Manager => "managers",
        Role::Administrator => "administrators",
    }
}

fn with_article(role: Role) -> &'static str {
    match role {
        Role::Agent => "an agent",
        Role::Writer => "a writer",
        Role::Manager => "a manager",
        Role::Administrator => "an administrator",
    }
}

fn and<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    joined(words, "and")
}

fn either<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    joined(words, "or")
}

/// "a, b and c".
fn joined<'a>(words: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_for_staff_are_told_apart_by_path() {
        for path in [
            "/settings",
            "/settings/people/1",
            "/inbox/T-1",
            "/account/name",
            "/numbers",
            "/writers",
        ] {
            assert!(is_for_staff(path), "{path}");
        }
        for path in ["/", "/settingsx", "/articles/inbox", "/accounting", "/login"] {
            assert!(!is_for_staff(path), "{path}");
        }
        assert_eq!(page_of("/account/password"), "/account");
        assert_eq!(page_of("/settings/hours/preview"), "/settings/hours");
        assert_eq!(page_of("/settings/people/1"), "/settings/people/1");
    }

    #[test]
    fn words_are_joined_as_people_do() {
        assert_eq!(and(["a"]), "a");
        assert_eq!(and(["a", "b", "c"]), "a, b and c");
        assert_eq!(either(["a", "b"]), "a or b");
    }
}
