//! `/categories/{name}`: the articles of one folder and the folders below it.
//!
//! A folder is called as its `index` (or `_index`) article in the reader's language is titled, else as it is named.

use std::{cmp::Ordering, collections::BTreeMap};

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::page::{Cache, Frame, Link, Visit, article_path, category_path, category_title, send};
use crate::{
    http::{Code, PathText, Problem, state::Web},
    kb::{Article, Status},
};

/// Articles of a card on the home page; the rest is behind "See all".
const SHOWN: usize = 4;

/// A folder with its first articles.
pub struct Group {
    /// Its page.
    pub title: Link,
    /// "12 articles".
    pub count: String,
    /// The first ones.
    pub articles: Vec<Link>,
    /// Whether there are more than shown.
    pub more: bool,
}

/// The top folders with everything below each.
pub fn top_groups(articles: &[&Article], visit: &Visit, frame: &Frame) -> Vec<Group> {
    let mut folders: BTreeMap<&str, Vec<&Article>> = BTreeMap::new();
    for article in articles.iter().filter(|article| !article.category.is_empty()) {
        let top = article.category.split('/').next().unwrap_or_default();
        folders.entry(top).or_default().push(article);
    }
    let group = |(folder, mut articles): (&str, Vec<&Article>)| {
        articles.sort_by(by_order);
        Group {
            title: Link {
                href: frame.link(&category_path(folder)),
                text: title_of(folder, visit),
            },
            count: frame.w.count_articles(articles.len()),
            more: articles.len() > SHOWN,
            articles: articles
                .iter()
                .take(SHOWN)
                .map(|article| article_link(article))
                .collect(),
        }
    };
    folders.into_iter().map(group).collect()
}

/// What readers call a folder.
pub fn title_of(category: &str, visit: &Visit) -> String {
    let is_index = |article: &&Article| {
        article.category == category
            && article.status != Status::Draft
            && matches!(file_stem(&article.path), "index" | "_index")
            && visit.generation.language_of(article) == visit.lang
    };
    let name = || category_title(category.rsplit('/').next().unwrap_or(category));
    visit
        .generation
        .articles()
        .iter()
        .find(is_index)
        .map_or_else(name, |article| article.title.clone())
}

fn file_stem(path: &str) -> &str {
    path.rsplit('/')
        .next()
        .unwrap_or(path)
        .split('.')
        .next()
        .unwrap_or_default()
}

/// The order that writers set (`weight`, `order`, `sidebar_position`, `nav_order`), then the title.
pub fn by_order(a: &&Article, b: &&Article) -> Ordering {
    let place = |article: &Article| {
        let keys = ["weight", "order", "sidebar_position", "nav_order"];
        keys.iter()
            .find_map(|key| article.extra.get(*key)?.as_f64())
            .unwrap_or(f64::INFINITY)
    };
    place(a)
        .total_cmp(&place(b))
        .then_with(|| a.title.cmp(&b.title))
        .then_with(|| a.id.cmp(&b.id))
}

fn article_link(article: &Article) -> Link {
    Link {
        href: article_path(article),
        text: article.title.clone(),
    }
}

/// An article in the list.
struct Row {
    link: Link,
    description: Option<String>,
}

/// The articles directly in one folder.
struct Part {
    title: Option<String>,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "category.html")]
struct CategoryPage {
    frame: Frame,
    crumbs: Vec<Link>,
    title: String,
    count: String,
    parts: Vec<Part>,
    others: Vec<Link>,
}

/// One folder.
pub async fn category(
    State(web): State<Web>,
    visit: Visit,
    PathText(name): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = name.trim_matches('/');
    let all: Vec<&Article> = visit.listed().collect();
    let below =
        |category: &str| category == name || category.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
    let mut folders: BTreeMap<&str, Vec<&Article>> = BTreeMap::new();
    for article in all
        .iter()
        .filter(|article| !name.is_empty() && below(&article.category))
    {
        folders.entry(&article.category).or_default().push(article);
    }
    if folders.is_empty() {
        return Err(Problem::new(
            Code::NotFound,
            "There is no such category in this language.",
        ));
    }
    let count: usize = folders.values().map(Vec::len).sum();
    let title = title_of(name, &visit);
    let mut frame = Frame::new(&web, &visit, &title);
    // Only languages in which there is something here.
    let has_articles = |code: &str| {
        let mut articles = visit
            .generation
            .articles()
            .iter()
            .filter(|a| a.is_listed() && below(&a.category));
        articles.any(|article| visit.generation.language_of(article) == code)
    };
    frame.languages.retain(|language| has_articles(&language.code));
    let parts = folders.into_iter().map(|(folder, mut articles)| {
        articles.sort_by(by_order);
        let below = folder[name.len()..].trim_matches('/');
        Part {
            title: (!below.is_empty()).then(|| below.split('/').map(category_title).collect::<Vec<_>>().join(" › ")),
            rows: articles
                .iter()
                .map(|a| Row {
                    link: article_link(a),
                    description: a.description.clone(),
                })
                .collect(),
        }
    });
    let top = title_of(name.split('/').next().unwrap_or(name), &visit);
    let others = top_groups(&all, &visit, &frame).into_iter().map(|group| group.title);
    let page = CategoryPage {
        parts: parts.collect(),
        crumbs: crumbs(name, &visit, &frame).into_iter().rev().skip(1).rev().collect(),
        count: frame.w.count_articles(count),
        others: others.filter(|link| link.text != top).collect(),
        title,
        frame,
    };
    send(&page, StatusCode::OK, Cache::Revalidate, &headers)
}

/// Links from the top folder down to this one.
pub fn crumbs(category: &str, visit: &Visit, frame: &Frame) -> Vec<Link> {
    let mut path = String::new();
    let parts = category.split('/').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(part);
            Link {
                href: frame.link(&category_path(&path)),
                text: title_of(&path, visit),
            }
        })
        .collect()
}
