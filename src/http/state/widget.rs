//! What the widget offers on a page before anybody asks, and whether people are there.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Web;
use crate::{
    desk::conditions::Pages,
    kb::{Article, ArticleId},
    search::Generation,
};

/// Articles that are offered at once.
const OFFERED: usize = 6;

/// An article that fits the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfferedArticle {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is about, one sentence, if it says so.
    pub description: Option<String>,
    /// Its address below the site.
    pub url: String,
    /// Its language.
    pub lang: String,
}

impl Web {
    /// The articles that the operator has named for this page, in the reader's language where they are translated. One that
    /// does not exist (any more) is left out.
    pub fn articles_for_page(&self, page_url: &str, lang: &str) -> Vec<OfferedArticle> {
        let (site, generation) = (self.site(), self.generation());
        let mut offered: Vec<OfferedArticle> = Vec::new();
        let fitting = site
            .widget
            .page
            .iter()
            .filter(|page| Pages::new(&page.pages).take(page_url))
            .flat_map(|page| &page.articles);
        for id in fitting {
            let Some(article) = in_language(&generation, id, lang) else {
                continue;
            };
            let article = OfferedArticle {
                id: article.id.0.clone(),
                title: article.title.clone(),
                description: article.description.clone(),
                url: crate::web::article_path(article),
                lang: generation.language_of(article).to_owned(),
            };
            if offered.len() < OFFERED && !offered.contains(&article) {
                offered.push(article);
            }
        }
        offered
    }

    /// The languages of the articles, the one with most articles first.
    pub fn generation_languages(&self) -> Vec<String> {
        crate::web::languages_of(&self.generation())
    }

    /// Whether people of the desk are there now, else when they are there again. A desk without hours has never said that
    /// somebody is there at night.
    pub fn people_are_there(&self) -> (Option<bool>, Option<Timestamp>) {
        let (clocks, now) = (self.app().desk.clocks(), self.now());
        let calendar = clocks.calendar();
        if calendar.never_closes() {
            return (None, None);
        }
        match calendar.next_open(now) {
            Some(at) if at <= now => (Some(true), None),
            next => (Some(false), next),
        }
    }
}

/// The article, or its translation into this language where there is one.
fn in_language<'a>(generation: &'a Generation, id: &str, lang: &str) -> Option<&'a Article> {
    let named = generation.article(&ArticleId(id.to_owned()))?;
    let speaks = |article: &&Article| generation.language_of(article) == lang && article.is_listed();
    let translated = generation.translations(named).into_iter().find(speaks);
    match translated {
        Some(translated) if generation.language_of(named) != lang => Some(translated),
        _ => Some(named).filter(|article| article.is_listed()),
    }
}
