//! `/`: search first, then what there is.

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
use crate::http::{Problem, state::Web};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
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
    let page = Home { groups, loose, frame };
    send(&page, StatusCode::OK, Cache::Revalidate, &headers)
}
