//! Problems as pages: whoever came for a page gets one that says what happened and what to do, not JSON.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    article::{moved_from, moved_to},
    login::login_path,
    page::{Cache, Frame, Visit, send},
    words::fill,
};
use crate::http::{Code, Problem, state::Web};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    title: String,
    text: String,
    ask: String,
}

/// Paths whose readers are machines.
fn is_for_machines(path: &str) -> bool {
    path == "/api"
        || ["/api/", "/static/"].iter().any(|prefix| path.starts_with(prefix))
        || ["/openapi.json", "/healthz", "/readyz", "/metrics"].contains(&path)
}

/// Turns the problem in a reply into a page, except for machines. An unknown address that an article once had is
/// redirected instead, and so is somebody who has to sign in first.
pub async fn dress_errors(State(web): State<Web>, request: Request, next: Next) -> Response {
    if is_for_machines(request.uri().path()) {
        return next.run(request).await;
    }
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let is_visit = request.method() == Method::GET;
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    if problem.code == Code::Unauthorized {
        // A form cannot be sent again by a redirect: after signing in one starts on the first page.
        let wanted = uri.path_and_query().filter(|_| is_visit);
        let path = login_path(wanted.map_or("/", |wanted| wanted.as_str()));
        return Redirect::to(&path).into_response();
    }
    let visit = Visit::new(&web, &uri, &headers);
    if problem.code == Code::NotFound
        && let Some(path) = moved_from(&visit, uri.path())
    {
        return moved_to(&path);
    }
    match page(&web, &visit, &problem) {
        Ok(mut page) => {
            keep_headers(response.headers(), page.headers_mut());
            page
        }
        Err(_) => response,
    }
}

fn page(web: &Web, visit: &Visit, problem: &Problem) -> Result<Response, Problem> {
    let words = visit.words;
    let (title, text) = match problem.code {
        Code::NotFound | Code::MethodNotAllowed => (&words.not_found_title, words.not_found_text.clone()),
        Code::Gone => (&words.expired_title, words.expired_text_undated.clone()),
        Code::RateLimited | Code::Overloaded => {
            let time = words.duration(problem.retry_seconds().unwrap_or(5));
            (&words.busy_title, fill(&words.busy_text, &[("time", &time)]))
        }
        code if code.status().is_server_error() => (&words.error_title, words.error_text.clone()),
        _ => (&words.refused_title, problem.detail.clone()),
    };
    let frame = Frame::new(web, visit, title).noindex();
    let ask = frame.ask_link("", "");
    let page = ErrorPage {
        title: title.clone(),
        text,
        ask,
        frame,
    };
    send(&page, problem.code.status(), Cache::Never, &HeaderMap::new())
}

/// What a reply says besides its body stays true.
fn keep_headers(from: &HeaderMap, to: &mut HeaderMap) {
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = from.get(&name) {
            to.insert(name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_told_apart_by_path() {
        assert!(is_for_machines("/api/v1/nothing") && is_for_machines("/api") && is_for_machines("/metrics"));
        assert!(!is_for_machines("/apiary") && !is_for_machines("/articles/api/keys"));
    }
}
