//! The frame around every page: who visits, in which language, with which links; and how a filled template is sent.

use std::{convert::Infallible, sync::Arc};

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::{
    assets::FILES,
    lang,
    words::{self, Words},
};
use crate::{
    config::FooterLink,
    http::{
        COOKIE, Problem, cookie, primary_language,
        state::{Announcement, Web},
    },
    kb::Article,
    search::Generation,
};

/// What must be encoded in a path besides non-ASCII characters.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'\\')
    .add(b'^');

/// The cookie by which a browser remembers the announcements that it has put away; the script writes it.
const PUT_AWAY: &str = "tanya_put_away";

/// One reader's visit to one page.
pub struct Visit {
    /// The articles as they were when the request came.
    pub generation: Arc<Generation>,
    /// Language of the articles to show.
    pub lang: String,
    /// All languages that articles have, the most frequent first.
    pub languages: Vec<String>,
    /// The page's own words.
    pub words: &'static Words,
    /// Whether the browser shows a session of somebody who works here. It is not looked up: a link is no right.
    pub is_staff: bool,
    accepted: Vec<String>,
    path: String,
    query: Vec<(String, String)>,
    /// Ids of announcements that this browser has put away.
    put_away: Vec<String>,
}

impl Visit {
    /// Reads language and address from a request.
    pub fn new(web: &Web, uri: &Uri, headers: &HeaderMap) -> Self {
        let generation = web.generation();
        let site = web.site();
        let languages = lang::of_articles(&generation);
        let query: Vec<(String, String)> = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
        let chosen = query
            .iter()
            .find(|(name, _)| name == "lang")
            .and_then(|(_, value)| primary_language(value));
        let accepted = lang::accepted(headers);
        let lang = chosen
            .iter()
            .chain(&accepted)
            .chain([&site.language])
            .find(|lang| languages.contains(lang))
            .or(languages.first())
            .unwrap_or(&site.language)
            .clone();
        let words = pick_words(&lang, &accepted, &site.language);
        Visit {
            generation,
            lang,
            languages,
            words,
            is_staff: cookie(headers, COOKIE).is_some_and(|secret| !secret.is_empty()),
            accepted,
            path: uri.path().to_owned(),
            query,
            put_away: cookie(headers, PUT_AWAY)
                .map_or_else(Vec::new, |ids| ids.split('.').map(str::to_owned).collect()),
        }
    }

    /// The visit of a page whose content is in this language whatever the reader prefers.
    pub fn in_language(self, lang: &str, site_language: &str) -> Self {
        Visit {
            words: pick_words(lang, &self.accepted, site_language),
            lang: lang.to_owned(),
            ..self
        }
    }

    /// Articles that lists show to this reader.
    pub fn listed(&self) -> impl Iterator<Item = &Article> {
        let speaks = |article: &&Article| self.generation.language_of(article) == self.lang;
        self.generation
            .articles()
            .iter()
            .filter(|article| article.is_listed())
            .filter(speaks)
    }

    /// The language to prefer for some words: the page's, unless their script rules it out.
    pub fn lang_for(&self, text: &str) -> Option<String> {
        lang::plausible(&self.lang, text).then(|| self.lang.clone())
    }
}

fn pick_words(lang: &str, accepted: &[String], site_language: &str) -> &'static Words {
    words::first_of(
        std::iter::once(lang)
            .chain(accepted.iter().map(String::as_str))
            .chain([site_language]),
    )
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        Ok(Visit::new(web, &parts.uri, &parts.headers))
    }
}

/// A link with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where to.
    pub href: String,
    /// What it says.
    pub text: String,
}

/// A link to the same page in another language.
pub struct LanguageLink {
    /// The language's code.
    pub code: String,
    /// Its name in itself.
    pub name: String,
    /// Where to.
    pub href: String,
    /// Whether this is the language shown.
    pub current: bool,
}

/// What the base template needs.
pub struct Frame {
    /// The page's own words.
    pub w: &'static Words,
    /// Name of the company.
    pub site: String,
    /// What the tab says.
    pub title: String,
    /// For search engines and previews.
    pub description: Option<String>,
    /// Whether search engines should pass this page by.
    pub noindex: bool,
    /// Absolute address of the page, where one is known.
    pub canonical: Option<String>,
    /// Languages to switch to; empty when there is no choice.
    pub languages: Vec<LanguageLink>,
    /// What the search box holds.
    pub q: String,
    /// Whether the page shows results under the search box while somebody types, instead of suggestions.
    pub is_live: bool,
    /// Language of the articles.
    pub lang: String,
    /// Addresses of the static files.
    pub css: &'static str,
    /// The accent's style.
    pub accent: String,
    /// The operator's style, if there is one.
    pub own_css: Option<String>,
    /// The icon.
    pub favicon: String,
    /// The picture beside the name.
    pub logo: String,
    /// The operator's links.
    pub footer: Vec<Link>,
    /// The module of all pages.
    pub script: &'static str,
    /// What readers should know before they ask.
    pub announcements: Vec<Announcement>,
    /// Whether to show the way to the pages of those who work here.
    pub is_staff: bool,
    /// Whether the page carries the chat.
    pub widget: bool,
    many_languages: bool,
}

impl Frame {
    /// The frame of a page with this title.
    pub fn new(web: &Web, visit: &Visit, title: &str) -> Self {
        let site = web.site();
        let many_languages = visit.languages.len() > 1;
        let footer_link = |link: &FooterLink| Link {
            href: link.url.clone(),
            text: link.text.in_language(&visit.lang, &site.language).to_owned(),
        };
        let language_link = |code: &String| LanguageLink {
            href: with_param(&visit.path, &visit.query, "lang", code),
            name: lang::name(code).to_owned(),
            current: *code == visit.lang,
            code: code.clone(),
        };
        Frame {
            w: visit.words,
            title: if title == site.name {
                title.to_owned()
            } else {
                format!("{title} – {}", site.name)
            },
            site: site.name.clone(),
            description: None,
            noindex: false,
            canonical: site.public_url.as_ref().map(|base| format!("{base}{}", visit.path)),
            languages: if many_languages {
                visit.languages.iter().map(language_link).collect()
            } else {
                Vec::new()
            },
            q: String::new(),
            is_live: false,
            lang: visit.lang.clone(),
            css: FILES.path("app.css"),
            accent: site.accent().path.clone(),
            own_css: site.css().map(|css| css.path.clone()),
            favicon: site.favicon().path.clone(),
            logo: site.logo().unwrap_or(site.favicon()).path.clone(),
            footer: site.footer.iter().map(footer_link).collect(),
            script: FILES.path("site.js"),
            announcements: announcements(web, visit),
            is_staff: visit.is_staff,
            widget: site.widget.on_help_center,
            many_languages,
        }
    }

    /// A page that search engines should pass by.
    pub fn noindex(mut self) -> Self {
        self.noindex = true;
        self.canonical = None;
        self
    }

    /// A path within the site that stays in the language shown.
    pub fn link(&self, path: &str) -> String {
        if !self.many_languages {
            return path.to_owned();
        }
        let separator = if path.contains('?') { '&' } else { '?' };
        format!("{path}{separator}lang={}", self.lang)
    }

    /// The address of the form, with the question already in it.
    pub fn ask_link(&self, question: &str, from: &str) -> String {
        let mut path = "/ask".to_owned();
        for (name, value) in [("q", question), ("from", from)] {
            if !value.is_empty() {
                path.push(if path.contains('?') { '&' } else { '?' });
                path.push_str(name);
                path.push('=');
                path.push_str(&encode_param(value));
            }
        }
        self.link(&path)
    }

    /// The address of a static file.
    pub fn file(&self, name: &str) -> &'static str {
        FILES.path(name)
    }

    /// "1 May 2026", for templates.
    pub fn date(&self, iso: &str) -> String {
        self.w.show_date(iso)
    }
}

/// What is announced on this page to readers of its language, without what this browser has put away.
fn announcements(web: &Web, visit: &Visit) -> Vec<Announcement> {
    let mut told = web.announcements(Some(&visit.path), &visit.lang, &serde_json::Map::new());
    told.retain(|announcement| !visit.put_away.contains(&announcement.id));
    told
}

/// The same address with one parameter set; the page number is dropped, since it belongs to the old list.
pub fn with_param(path: &str, query: &[(String, String)], name: &str, value: &str) -> String {
    let kept = query
        .iter()
        .filter(|(key, _)| key != name && key != "offset")
        .map(|(k, v)| (k.as_str(), v.as_str()));
    let set = (!value.is_empty()).then_some((name, value));
    let pairs: Vec<String> = kept
        .chain(set)
        .map(|(k, v)| format!("{}={}", encode_param(k), encode_param(v)))
        .collect();
    if pairs.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", pairs.join("&"))
    }
}

/// Encodes a parameter's value.
pub fn encode_param(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

/// Encodes a path, keeping its slashes.
pub fn encode_path(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

/// The address of an article.
pub fn article_path(article: &Article) -> String {
    format!("/articles/{}", encode_path(&article.url_path))
}

/// The address of a category.
pub fn category_path(category: &str) -> String {
    format!("/categories/{}", encode_path(category))
}

/// A folder's name for readers: `returns-and-refunds` is "Returns and refunds".
pub fn category_title(folder: &str) -> String {
    let words = folder.replace(['-', '_'], " ");
    let mut chars = words.trim().chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// A piece of text that matches what was searched for, or does not.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The text.
    pub text: &'a str,
    /// Whether it matches.
    pub marked: bool,
}

/// Cuts a text at its highlights. Ranges that overlap, run past the end or cut a character are left out.
pub fn pieces<'a>(text: &'a str, highlights: &[[usize; 2]]) -> Vec<Piece<'a>> {
    let mut out = Vec::new();
    let mut at = 0;
    for &[from, to] in highlights {
        if from < at || from >= to {
            continue;
        }
        let (Some(before), Some(marked)) = (text.get(at..from), text.get(from..to)) else {
            continue;
        };
        if !before.is_empty() {
            out.push(Piece {
                text: before,
                marked: false,
            });
        }
        out.push(Piece {
            text: marked,
            marked: true,
        });
        at = to;
    }
    if at < text.len() {
        out.push(Piece {
            text: &text[at..],
            marked: false,
        });
    }
    out
}

/// How long a page may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    /// Ask again each time; unchanged pages cost a 304.
    Revalidate,
    /// Made for one reader: their browser may show it again when they come back, with what they typed; nobody else.
    Private,
    /// About one person: nobody keeps it.
    Never,
}

/// Sends a filled template.
///
/// # Errors
/// 500 when the template cannot be filled, which only a formatting error can cause.
pub fn send(
    template: &impl Template,
    status: StatusCode,
    cache: Cache,
    request: &HeaderMap,
) -> Result<Response, Problem> {
    let html = template.render().map_err(Problem::internal)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    match cache {
        Cache::Private => {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        }
        Cache::Never => {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        Cache::Revalidate => {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            // Weak, since the same page may go out compressed or not.
            let hash = hex::encode(&Sha256::digest(html.as_bytes())[..12]);
            let etag = format!("W/\"{hash}\"");
            if is_unchanged(request, &etag) && status == StatusCode::OK {
                insert(&mut headers, header::ETAG, &etag);
                return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
            }
            insert(&mut headers, header::ETAG, &etag);
        }
    }
    Ok((status, headers, Html(html)).into_response())
}

/// Sets a header whose value is ASCII by construction.
pub fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Whether the reader already has what the tag stands for (weak comparison, as RFC 9110 asks for `If-None-Match`).
pub fn is_unchanged(request: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, highlights: &[[usize; 2]]) -> String {
        pieces(text, highlights)
            .iter()
            .map(|p| {
                if p.marked {
                    format!("[{}]", p.text)
                } else {
                    p.text.to_owned()
                }
            })
            .collect()
    }

    #[test]
    fn highlights_cut_the_text_and_wrong_ones_do_no_harm() {
        assert_eq!(shown("track my order", &[[0, 5], [9, 14]]), "[track] my [order]");
        assert_eq!(shown("track", &[[0, 3], [1, 4], [4, 99], [3, 3]]), "[tra]ck");
        assert_eq!(shown("日本", &[[0, 1], [0, 3]]), "[日]本");
        assert_eq!(shown("", &[[0, 1]]), "");
    }

    #[test]
    fn addresses_keep_their_parameters_but_not_the_page_number() {
        let query = [
            ("q".to_owned(), "a&b".to_owned()),
            ("offset".to_owned(), "10".to_owned()),
            ("lang".to_owned(), "en".to_owned()),
        ];
        assert_eq!(with_param("/search", &query, "lang", "id"), "/search?q=a%26b&lang=id");
        assert_eq!(with_param("/search", &query, "lang", ""), "/search?q=a%26b");
    }

    #[test]
    fn folders_become_titles() {
        assert_eq!(category_title("returns-and_refunds"), "Returns and refunds");
        assert_eq!(category_title("éclair"), "Éclair");
    }
}
