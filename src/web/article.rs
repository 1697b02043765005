//! `/articles/{id}`: one article as a page, and its source under the same address with `.md`.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    category::{by_order, crumbs},
    lang,
    page::{Cache, Frame, Link, Visit, article_path, category_path, encode_path, insert, is_unchanged, send},
    words::fill,
};
use crate::{
    http::{Code, PathText, Problem, state::Web},
    kb::{Article, Section, Status},
};

/// From so many headings on, a list of them helps.
const CONTENTS_FROM: usize = 3;
/// More neighbours than this are a list, not a hint.
const RELATED: usize = 5;

struct Contents {
    anchor: String,
    text: String,
    nested: bool,
}

struct Translation {
    code: String,
    name: String,
    link: Link,
}

#[derive(Template)]
#[template(path = "article.html")]
struct ArticlePage {
    frame: Frame,
    crumbs: Vec<Link>,
    title: String,
    description: Option<String>,
    lang: String,
    dir: &'static str,
    body: String,
    contents: Vec<Contents>,
    verified: Option<String>,
    updated: Option<String>,
    translations: Vec<Translation>,
    related: Vec<Link>,
    id: String,
    ask: String,
}

#[derive(Template)]
#[template(path = "expired.html")]
struct ExpiredPage {
    frame: Frame,
    title: String,
    text: String,
    ask: String,
}

/// One article, its source, or where it has gone.
pub async fn article(
    State(web): State<Web>,
    visit: Visit,
    PathText(path): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let generation = visit.generation.clone();
    if let Some(article) = generation.by_url(&path) {
        return match article.status {
            Status::Draft => Err(gone_or_never_there()),
            Status::Expired => expired(&web, visit, article, &headers),
            Status::Live | Status::Unlisted if article.only_names_its_folder() => Ok(folder(&web, visit, article)),
            Status::Live | Status::Unlisted => page(&web, visit, article, &headers),
        };
    }
    if let Some(article) = path.strip_suffix(".md").and_then(|path| generation.by_url(path)) {
        return match article.status {
            Status::Draft => Err(gone_or_never_there()),
            Status::Expired => Err(Problem::new(Code::Gone, "This article has expired.")),
            Status::Live | Status::Unlisted => Ok(source(article, &headers)),
        };
    }
    let trimmed = path.trim_end_matches('/');
    let (plain, ending) = trimmed
        .strip_suffix(".md")
        .map_or((trimmed, ""), |plain| (plain, ".md"));
    let moved = generation.by_alias(trimmed).or_else(|| generation.by_alias(plain));
    let moved = moved.or_else(|| generation.by_url(plain).filter(|_| trimmed != path));
    match moved.filter(|article| article.status != Status::Draft) {
        Some(article) => Ok(moved_to(&format!("{}{ending}", article_path(article)))),
        None => Err(gone_or_never_there()),
    }
}

/// The list of a folder whose index file says nothing but its name.
fn folder(web: &Web, visit: Visit, article: &Article) -> Response {
    let path = match article.category.as_str() {
        "" => "/".to_owned(),
        category => category_path(category),
    };
    let lang = visit.generation.language_of(article).to_owned();
    let visit = visit.in_language(&lang, &web.site().language);
    moved_to(&Frame::new(web, &visit, "").link(&path))
}

/// A draft must not be told apart from nothing.
fn gone_or_never_there() -> Problem {
    Problem::new(Code::NotFound, "There is no article at this address.")
}

/// 301: the old address is gone for good. (axum's `permanent` is 308, which old crawlers do not follow.)
pub fn moved_to(path: &str) -> Response {
    let mut response = Redirect::permanent(path).into_response();
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    response
}

fn page(web: &Web, visit: Visit, article: &Article, headers: &HeaderMap) -> Result<Response, Problem> {
    let site = web.site();
    let lang = visit.generation.language_of(article).to_owned();
    let visit = visit.in_language(&lang, &site.language);
    let mut frame = Frame::new(web, &visit, &article.title);
    // Another language of this article is another article; the switch shows those instead of the same address.
    let translations = translations(&visit, article);
    frame.languages.retain_mut(|language| {
        let other = translations.iter().find(|t| t.code == language.code);
        if let Some(other) = other {
            language.href.clone_from(&other.link.href);
        }
        language.current || other.is_some()
    });
    if frame.languages.len() < 2 {
        frame.languages.clear();
    }
    frame.description.clone_from(&article.description);
    if article.status == Status::Unlisted {
        frame = frame.noindex();
    }
    let page = ArticlePage {
        crumbs: crumbs(&article.category, &visit, &frame),
        title: article.title.clone(),
        description: article.description.clone(),
        dir: lang::direction(&lang),
        body: web.article_html(&visit.generation, article),
        contents: contents(article),
        verified: article.verified_at.clone(),
        // Verified the day it was changed: one date says both.
        updated: article
            .updated_at
            .clone()
            .filter(|date| Some(date) != article.verified_at.as_ref()),
        related: related(&visit, article),
        id: article.id.0.clone(),
        ask: frame.ask_link("", &article_path(article)),
        translations,
        lang,
        frame,
    };
    send(&page, StatusCode::OK, Cache::Revalidate, headers)
}

fn contents(article: &Article) -> Vec<Contents> {
    let listed = |section: &&Section| !section.anchor.is_empty() && (2..=3).contains(&section.level);
    let sections: Vec<&Section> = article.sections.iter().filter(listed).collect();
    if sections.len() < CONTENTS_FROM {
        return Vec::new();
    }
    let entry = |section: &Section| Contents {
        anchor: section.anchor.clone(),
        text: section.heading().to_owned(),
        nested: section.level > 2,
    };
    sections.into_iter().map(entry).collect()
}

fn translations(visit: &Visit, article: &Article) -> Vec<Translation> {
    let others = visit.generation.translations(article).into_iter();
    let shown = others.filter(|other| {
        other.id != article.id
            && matches!(other.status, Status::Live | Status::Unlisted)
            && !other.only_names_its_folder()
    });
    shown
        .map(|other| {
            let code = visit.generation.language_of(other).to_owned();
            let link = Link {
                href: article_path(other),
                text: other.title.clone(),
            };
            Translation {
                name: lang::name(&code).to_owned(),
                link,
                code,
            }
        })
        .collect()
}

fn related(visit: &Visit, article: &Article) -> Vec<Link> {
    if article.category.is_empty() {
        return Vec::new();
    }
    let same = visit
        .listed()
        .filter(|other| other.category == article.category && other.id != article.id);
    let mut same: Vec<&Article> = same.collect();
    same.sort_by(by_order);
    same.into_iter()
        .take(RELATED)
        .map(|a| Link {
            href: article_path(a),
            text: a.title.clone(),
        })
        .collect()
}

fn source(article: &Article, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", article.version);
    let mut reply = HeaderMap::new();
    insert(&mut reply, header::ETAG, &etag);
    reply.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    reply.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/markdown; charset=utf-8"),
    );
    insert(
        &mut reply,
        header::LINK,
        &format!("<{}>; rel=\"canonical\"", article_path(article)),
    );
    if is_unchanged(headers, &etag) {
        return (StatusCode::NOT_MODIFIED, reply).into_response();
    }
    (reply, article.source.clone()).into_response()
}

fn expired(web: &Web, visit: Visit, article: &Article, headers: &HeaderMap) -> Result<Response, Problem> {
    let site = web.site();
    let lang = visit.generation.language_of(article).to_owned();
    let visit = visit.in_language(&lang, &site.language);
    let words = visit.words;
    let mut frame = Frame::new(web, &visit, &words.expired_title).noindex();
    frame.q.clone_from(&article.title);
    let text = match &article.expires_at {
        Some(date) => fill(&words.expired_text, &[("date", &words.show_date(date))]),
        None => words.expired_text_undated.clone(),
    };
    let ask = frame.ask_link("", &article_path(article));
    let page = ExpiredPage {
        title: article.title.clone(),
        text,
        ask,
        frame,
    };
    send(&page, StatusCode::GONE, Cache::Revalidate, headers)
}

/// Where an address outside `/articles/` has moved to, for former addresses that another site generator gave out.
pub fn moved_from(visit: &Visit, path: &str) -> Option<String> {
    let article = visit.generation.by_alias(path.trim_matches('/'))?;
    (article.status != Status::Draft).then(|| format!("/articles/{}", encode_path(&article.url_path)))
}
