//! `/login`, `/logout` and `/login/{link}`: how those who work here come in and go.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    ask::own_path,
    page::{Cache, Frame, Visit, encode_param, send},
    staff::first_page,
    words::{Words, fill},
};
use crate::{
    desk::people::SignedIn,
    http::{
        Client, Code, FormBody, Operation, Params, PathText, Problem, Staff, StaffForm, check_same_origin,
        forgotten_cookie, session_cookie, state::Web,
    },
};

/// The address of the sign-in page that leads on to `path`.
pub fn login_path(path: &str) -> String {
    match own_path(path) {
        Some(next) if next != "/" => format!("/login?next={}", encode_param(&next)),
        _ => "/login".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    email: String,
    next: String,
    error: Option<String>,
}

#[derive(Deserialize)]
pub struct LoginParams {
    next: Option<String>,
}

/// The form; whoever is signed in already goes on.
pub async fn form(
    State(web): State<Web>,
    visit: Visit,
    staff: Result<Staff, Problem>,
    Params(params): Params<LoginParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let next = params.next.as_deref().and_then(own_path);
    if let Some(person) = staff.ok().as_ref().and_then(Staff::person) {
        return Ok(Redirect::to(next.as_deref().unwrap_or(first_page(person))).into_response());
    }
    let page = LoginPage {
        frame: Frame::new(&web, &visit, &visit.words.login_title).noindex(),
        email: String::new(),
        next: next.unwrap_or_default(),
        error: None,
    };
    send(&page, StatusCode::OK, Cache::Never, &headers)
}

#[derive(Deserialize)]
pub struct Sent {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// Signs in, or shows the form again and says the same whatever was wrong.
pub async fn sign_in(
    State(web): State<Web>,
    visit: Visit,
    client: Client,
    headers: HeaderMap,
    FormBody(sent): FormBody<Sent>,
) -> Result<Response, Problem> {
    check_same_origin(&headers, web.site().public_url.as_deref())?;
    let problem = match attempt(&web, client, &sent).await {
        Ok(signed_in) => {
            let next = own_path(&sent.next);
            return come_in(
                &web,
                &signed_in,
                next.as_deref().unwrap_or(first_page(&signed_in.person)),
            );
        }
        Err(problem) => problem,
    };
    let page = LoginPage {
        frame: Frame::new(&web, &visit, &visit.words.login_title).noindex(),
        email: sent.email,
        next: own_path(&sent.next).unwrap_or_default(),
        error: Some(told(&problem, visit.words)),
    };
    let mut response = send(&page, problem.code.status(), Cache::Never, &headers)?;
    if let Some(seconds) = problem.retry_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

async fn attempt(web: &Web, client: Client, sent: &Sent) -> Result<SignedIn, Problem> {
    web.limits().check(Operation::SignIn, client)?;
    Ok(web.people().sign_in(&sent.email, &sent.password).await?)
}

fn told(problem: &Problem, words: &Words) -> String {
    match problem.code {
        Code::Unauthorized => words.login_failed.clone(),
        Code::RateLimited => {
            let time = words.duration(problem.retry_seconds().unwrap_or(60));
            fill(&words.login_throttled, &[("time", &time)])
        }
        _ => words.login_again.clone(),
    }
}

fn come_in(web: &Web, signed_in: &SignedIn, next: &str) -> Result<Response, Problem> {
    let mut response = Redirect::to(next).into_response();
    let headers = response.headers_mut();
    headers.insert(header::SET_COOKIE, session_cookie(web, &signed_in.secret)?);
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Signs out. A session that has ended already is no problem.
pub async fn sign_out(
    State(web): State<Web>,
    form: Result<StaffForm<Map<String, Value>>, Problem>,
) -> Result<Response, Problem> {
    match form {
        Ok(StaffForm(staff, _)) => {
            if let Some(secret) = staff.session_secret() {
                web.people().sign_out(secret, &staff.id).await?;
            }
        }
        Err(problem) if problem.code == Code::Unauthorized => {}
        Err(problem) => return Err(problem),
    }
    let mut response = Redirect::to("/login").into_response();
    response
        .headers_mut()
        .insert(header::SET_COOKIE, forgotten_cookie(&web)?);
    Ok(response)
}

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    frame: Frame,
    title: String,
    /// Where the button leads; without one the link is dead.
    action: Option<String>,
}

/// Shows a button: programs that look at links in mails must not use them up.
pub async fn show_link(
    State(web): State<Web>,
    visit: Visit,
    PathText(secret): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match web.people().look_at_link(&secret).await? {
        Some(person) => {
            let page = LinkPage {
                frame: Frame::new(&web, &visit, &visit.words.login_title).noindex(),
                title: fill(&visit.words.link_title, &[("name", &person.name)]),
                action: Some(format!("/login/{}", encode_param(&secret))),
            };
            send(&page, StatusCode::OK, Cache::Never, &headers)
        }
        None => dead_link(&web, &visit, &headers),
    }
}

fn dead_link(web: &Web, visit: &Visit, headers: &HeaderMap) -> Result<Response, Problem> {
    let page = LinkPage {
        frame: Frame::new(web, visit, &visit.words.link_dead_title).noindex(),
        title: visit.words.link_dead_title.clone(),
        action: None,
    };
    send(&page, StatusCode::GONE, Cache::Never, headers)
}

/// Uses a link.
pub async fn use_link(
    State(web): State<Web>,
    visit: Visit,
    client: Client,
    PathText(secret): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    check_same_origin(&headers, web.site().public_url.as_deref())?;
    web.limits().check(Operation::SignIn, client)?;
    match web.people().sign_in_by_link(&secret).await.map_err(Problem::from) {
        Ok(signed_in) => come_in(&web, &signed_in, first_page(&signed_in.person)),
        Err(problem) if problem.code == Code::Gone => dead_link(&web, &visit, &headers),
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_in_page_leads_back_to_pages_of_this_site_only() {
        assert_eq!(login_path("/account?saved=1"), "/login?next=%2Faccount%3Fsaved%3D1");
        assert_eq!(login_path("//evil.example"), "/login");
    }
}
