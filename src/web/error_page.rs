//! Problems as pages: whoever came for a page gets one that says what happened and what to do, not JSON.

use askama::Template;
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use percent_encoding::percent_decode_str;

use super::{
    article::{moved_from, moved_to},
    login::login_path,
    page::{Cache, Frame, Link, Visit, send},
    refused,
    words::fill,
};
use crate::http::{Client, Code, Operation, Problem, state::Web};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    title: String,
    text: String,
    /// Articles that come near to the words of the address.
    nearest: Vec<Link>,
    ask: String,
}

/// Paths whose readers are machines.
fn is_for_machines(path: &str) -> bool {
    path == "/api"
        || ["/api/", "/static/"].iter().any(|prefix| path.starts_with(prefix))
        || ["/openapi.json", "/healthz", "/readyz", "/metrics"].contains(&path)
}

/// Turns the problem in a reply into a page, except for machines. An unknown address that an article once had is
/// redirected instead, and so is somebody who has to sign in first. Who works here sees pages for staff.
pub async fn dress_errors(State(web): State<Web>, request: Request, next: Next) -> Response {
    if is_for_machines(request.uri().path()) {
        return next.run(request).await;
    }
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let is_visit = [Method::GET, Method::HEAD].contains(request.method());
    let (mut parts, body) = request.into_parts();
    let client = Client::from_request_parts(&mut parts, &web).await.ok();
    let request = Request::from_parts(parts, body);
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    if problem.code == Code::Unauthorized {
        // A form cannot be sent again by a redirect: after signing in one is on its page.
        let wanted = match uri.path_and_query() {
            Some(wanted) if is_visit => wanted.as_str(),
            _ if refused::is_for_staff(uri.path()) => refused::page_of(uri.path()),
            _ => "/",
        };
        return Redirect::to(&login_path(wanted)).into_response();
    }
    if let Some(mut page) = refused::page(&web, &uri, &headers, &problem).await {
        keep_headers(response.headers(), page.headers_mut());
        return page;
    }
    let visit = Visit::new(&web, &uri, &headers);
    if problem.code == Code::NotFound
        && let Some(path) = moved_from(&visit, uri.path())
    {
        return moved_to(&path);
    }
    let (lang, words) = words_of(uri.path(), &visit.languages);
    let visit = match lang {
        Some(lang) => visit.in_language(&lang, &web.site().language),
        None => visit,
    };
    // Programs that try every address are answered without a search.
    let may_search = |client| web.limits().check(Operation::Suggest, client).is_ok();
    let is_lost = problem.code == Code::NotFound && client.is_some_and(may_search);
    let words = if is_lost { words } else { String::new() };
    match page(&web, &visit, &problem, &words) {
        Ok(mut page) => {
            keep_headers(response.headers(), page.headers_mut());
            page
        }
        Err(_) => response,
    }
}

/// Longest text that is read out of an address, in characters.
const MAX_WORDS: usize = 120;
/// Articles offered on a page that does not exist.
const NEAREST: usize = 3;

/// What somebody looked for who came to this address: the words of its path, without its ending and without what says
/// where on the site it is; and the language, if a part of it is one.
fn words_of(path: &str, languages: &[String]) -> (Option<String>, String) {
    let path = percent_decode_str(path).decode_utf8_lossy();
    let mut lang = None;
    let mut words: Vec<String> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if languages.iter().any(|lang| lang == part) {
            lang = Some(part.to_owned());
        } else if !["articles", "categories", "hc", "help", "docs", "index.html"].contains(&part) {
            let stem = part.split_once('.').map_or(part, |(stem, _)| stem);
            let split = stem.split(|c: char| !c.is_alphanumeric());
            words.extend(split.filter(|word| !word.is_empty()).map(str::to_owned));
        }
    }
    let text: String = words.join(" ").chars().take(MAX_WORDS).collect();
    let says_something = text.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    (lang, if says_something { text } else { String::new() })
}

fn page(web: &Web, visit: &Visit, problem: &Problem, lost: &str) -> Result<Response, Problem> {
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
    let mut frame = Frame::new(web, visit, title).noindex();
    let mut nearest = Vec::new();
    if !lost.is_empty() {
        lost.clone_into(&mut frame.q);
        let found = web.suggest(lost, Some(&visit.lang), NEAREST);
        nearest.extend(found.into_iter().map(|found| Link {
            href: found.url,
            text: found.title,
        }));
    }
    let ask = frame.ask_link("", "");
    let page = ErrorPage {
        title: title.clone(),
        text,
        nearest,
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
    fn an_address_says_what_somebody_looked_for() {
        let languages = ["en".to_owned(), "ja".to_owned()];
        let words = |path: &str| words_of(path, &languages);
        assert_eq!(
            words("/articles/ja/%E8%BF%94%E5%93%81"),
            (Some("ja".into()), "返品".into())
        );
        assert_eq!(words("/help/Track_my-parcel.html"), (None, "Track my parcel".into()));
        assert_eq!(words("/articles/1"), (None, String::new()));
        assert_eq!(words("/"), (None, String::new()));
    }

    #[test]
    fn machines_are_told_apart_by_path() {
        assert!(is_for_machines("/api/v1/nothing") && is_for_machines("/api") && is_for_machines("/metrics"));
        assert!(!is_for_machines("/apiary") && !is_for_machines("/articles/api/keys"));
    }
}
