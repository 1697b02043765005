//! `/`: search first, then what there is.

use std::{cmp::Reverse, collections::BTreeMap};

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    category::{Group, by_order, top_groups},
    page::{Cache, Frame, Link, Visit, article_path, send},
};
use crate::{
    http::{Problem, state::Web},
    kb::{Article, ArticleId},
    store::ArticleAsked,
};

/// Most asked articles on the page.
const ASKED: usize = 6;
/// From so many on, they speak for themselves; fewer are filled up with what the writers expect to be asked.
const ASKED_FROM: usize = 3;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    asked_title: &'static str,
    asked: Vec<Link>,
    groups: Vec<Group>,
    loose: Vec<Link>,
}

/// The first page.
pub async fn home(State(web): State<Web>, visit: Visit, headers: HeaderMap) -> Result<Response, Problem> {
    let site = web.site();
    let articles: Vec<_> = visit.listed().collect();
    let mut frame = Frame::new(&web, &visit, &site.name);
    frame.description = Some(visit.words.home_title.clone());
    let groups = top_groups(&articles, &visit, &frame);
    let (asked_title, asked) = most_asked(&visit, &web.most_asked().await, &articles);
    let mut loose: Vec<_> = articles
        .iter()
        .copied()
        .filter(|article| article.category.is_empty())
        .collect();
    loose.sort_by(by_order);
    let loose = loose
        .into_iter()
        .map(|a| Link {
            href: article_path(a),
            text: a.title.clone(),
        })
        .collect();
    let page = Home {
        asked_title,
        asked,
        groups,
        loose,
        frame,
    };
    send(&page, StatusCode::OK, Cache::Revalidate, &headers)
}

/// What readers ask for most, under its title. A question in any language counts for the article in the reader's. As long
/// as the log says too little, the articles follow for which the writers have written down most example questions: that
/// is what they expect to be asked, and the title says no more than that.
fn most_asked(visit: &Visit, asked: &[ArticleAsked], listed: &[&Article]) -> (&'static str, Vec<Link>) {
    let generation = &visit.generation;
    let own = |id: &str| {
        let article = generation.article(&ArticleId(id.to_owned()))?;
        if generation.language_of(article) == visit.lang {
            return Some(article);
        }
        let translations = generation.translations(article).into_iter();
        translations
            .into_iter()
            .find(|other| generation.language_of(other) == visit.lang)
    };
    let mut times: BTreeMap<&str, u64> = BTreeMap::new();
    for count in asked {
        if let Some(article) = own(&count.id).filter(|article| article.is_listed()) {
            *times.entry(article.id.as_str()).or_default() += count.times;
        }
    }
    let rank = |article: &&Article| Reverse(times.get(article.id.as_str()).copied().unwrap_or(0));
    let mut ranked: Vec<&Article> = listed.to_vec();
    ranked.sort_by(|a, b| {
        (rank(a), Reverse(a.questions.len()))
            .cmp(&(rank(b), Reverse(b.questions.len())))
            .then_with(|| by_order(a, b))
    });
    let (title, shown): (_, Vec<&Article>) = if times.len() >= ASKED_FROM {
        let asked = ranked
            .into_iter()
            .filter(|article| times.contains_key(article.id.as_str()));
        (&visit.words.most_asked, asked.take(ASKED).collect())
    } else {
        (&visit.words.common_questions, ranked.into_iter().take(ASKED).collect())
    };
    let link = |article: &Article| Link {
        href: article_path(article),
        text: article.title.clone(),
    };
    (title, shown.into_iter().map(link).collect())
}
