//! `/settings/tokens`: tokens of programs.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};

use super::{
    Mistaken, Refusal, Saved, back,
    form::{Field, Form},
    frames, mistaken, show as send, unknown_act,
};
use crate::{
    desk::people::{NewToken, Permission, Scope, Token},
    http::{Params, Problem, Staff, StaffForm, state::Web},
    web::staff::StaffFrame,
};

const PATH: &str = "/settings/tokens";

/// What each scope lets a program do.
fn means(scope: Scope) -> &'static str {
    match scope {
        Scope::TicketsRead => "Look at the queue and its conversations",
        Scope::TicketsWrite => "Work tickets: claim, answer, route, resolve",
        Scope::CoverageRead => "See what is asked and what the articles cover",
        Scope::PeopleWrite => "Add and change people, and the rota",
        Scope::Admin => "Everything, settings and tokens too",
    }
}

#[derive(Template)]
#[template(path = "settings_tokens.html")]
struct Page {
    frame: StaffFrame,
    desk: super::Desk,
    rows: Vec<Row>,
    configured: Vec<String>,
    name: Field,
    scopes: Vec<Choice>,
    scopes_error: Option<String>,
    secret: Option<Shown>,
}

struct Row {
    id: String,
    name: String,
    scopes: String,
    made: String,
    used: Option<String>,
    revoked: Option<String>,
}

struct Choice {
    word: &'static str,
    means: &'static str,
    is_on: bool,
}

/// A secret that is shown once.
struct Shown {
    name: String,
    secret: String,
}

pub(super) async fn list(
    State(web): State<Web>,
    staff: Staff,
    Params(saved): Params<Saved>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ManageTokens)?;
    let done = saved
        .is_there()
        .then_some("Revoked. The token lets nobody in any more.");
    page(&web, &staff, Form::default(), None, done, None, &headers).await
}

async fn page(
    web: &Web,
    staff: &Staff,
    form: Form,
    secret: Option<Shown>,
    done: Option<&str>,
    refusal: Option<Refusal>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (frame, desk) = frames(web, staff, PATH, Permission::ManageTokens)?;
    let (desk, status) = desk.told(done).refused(&refusal);
    let people = web.people().list().await?;
    let row = |token: Token| {
        let by = people.iter().find(|person| person.id == token.created_by);
        let by = by.map_or(token.created_by.as_str(), |person| person.name.as_str());
        Row {
            made: format!("{} by {by}", day(&token.created_at)),
            scopes: token
                .scopes
                .iter()
                .map(|scope| scope.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            used: token.used_at.as_deref().map(day),
            revoked: token.revoked_at.as_deref().map(day),
            id: token.id,
            name: token.name,
        }
    };
    let choice = |scope: Scope| Choice {
        word: scope.as_str(),
        means: means(scope),
        is_on: form.is_on(&format!("scope.{}", scope.as_str())),
    };
    let mut page = Page {
        frame,
        desk,
        rows: web.people().tokens().await?.into_iter().map(row).collect(),
        configured: web
            .config()
            .desk
            .tokens
            .iter()
            .map(|token| token.name.clone())
            .collect(),
        name: Field::text("name", "Which program has it", &form),
        scopes: Scope::ALL.into_iter().map(choice).collect(),
        scopes_error: form.error("scopes").map(str::to_owned),
        secret,
    };
    let scopes = page.scopes_error.clone().map(|why| Mistaken {
        href: "#scopes".to_owned(),
        label: "What it may do".to_owned(),
        why,
    });
    page.desk.point_to(mistaken([&page.name]).into_iter().chain(scopes));
    send(&page, status, headers)
}

/// The day of a time on the wire.
fn day(time: &str) -> String {
    time.chars().take(10).collect()
}

pub(super) async fn change(
    State(web): State<Web>,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ManageTokens)?;
    let mut form = Form::sent(sent);
    match form.get("act") {
        "revoke" => {
            web.people().revoke_token(form.get("id"), &staff.id).await?;
            Ok(back("/settings/tokens?saved=1"))
        }
        "add" => {
            let is_chosen = |scope: &Scope| form.is_on(&format!("scope.{}", scope.as_str()));
            let new = NewToken {
                name: form.get("name").to_owned(),
                scopes: Scope::ALL.into_iter().filter(is_chosen).collect(),
            };
            match web.people().add_token(&new, &staff.id).await.map_err(Problem::from) {
                Ok((token, secret)) => {
                    let shown = Shown {
                        name: token.name,
                        secret,
                    };
                    page(&web, &staff, Form::default(), Some(shown), None, None, &headers).await
                }
                Err(problem) => {
                    let field = |name: &str| ["name", "scopes"].into_iter().find(|own| *own == name);
                    let refusal = Refusal::of_problem(problem, &mut form, field)?;
                    page(&web, &staff, form, None, None, Some(refusal), &headers).await
                }
            }
        }
        _ => Err(unknown_act()),
    }
}
