//! STUB, to be replaced by the search room.
#![allow(missing_docs)]
use super::*;
use crate::kb::{Article, ArticleId, Link, LinkResolver, Status};
use std::{sync::Arc, time::Duration};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    Hybrid,
    Lexical { why: String },
}
#[derive(Debug, Clone)]
pub enum Unavailable {
    Overloaded { retry_after: Duration },
    Embedding(String),
}
pub struct Generation {
    articles: Vec<Article>,
    links: LinkResolver,
    built: jiff::Timestamp,
}
impl Generation {
    pub fn new(articles: Vec<Article>) -> Self {
        Generation { links: LinkResolver::new(&articles), articles, built: jiff::Timestamp::now() }
    }
    pub fn id(&self) -> &str {
        "stub-generation"
    }
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }
    pub fn article(&self, id: &ArticleId) -> Option<&Article> {
        self.articles.iter().find(|a| &a.id == id)
    }
    pub fn by_url(&self, url_path: &str) -> Option<&Article> {
        self.articles.iter().find(|a| a.url_path == url_path)
    }
    pub fn by_alias(&self, path: &str) -> Option<&Article> {
        self.articles.iter().find(|a| a.aliases.iter().any(|x| x == path))
    }
    pub fn translations(&self, a: &Article) -> Vec<&Article> {
        self.articles.iter().filter(|b| b.translation_key == a.translation_key && b.id != a.id).collect()
    }
    pub fn resolve(&self, from: &Article, target: &str) -> Option<String> {
        match self.links.resolve(from, target) {
            Link::Article { url_path, fragment, .. } => {
                let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
                Some(format!("/articles/{url_path}{fragment}"))
            }
            Link::Asset(path) => Some(format!("/assets/{path}")),
            Link::External | Link::Broken => None,
        }
    }
    pub fn language_of<'a>(&'a self, article: &'a Article) -> &'a str {
        article.lang.as_deref().unwrap_or("en")
    }
    pub fn built_at(&self) -> jiff::Timestamp {
        self.built
    }
}
#[derive(Clone)]
pub struct Searcher(pub Arc<Generation>);

fn words(s: &str) -> Vec<String> {
    s.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() > 2).map(str::to_owned).collect()
}
pub(crate) fn marks(text: &str, words: &[String]) -> Vec<[usize; 2]> {
    let lower = text.to_ascii_lowercase();
    let mut out: Vec<[usize; 2]> =
        words.iter().flat_map(|w| lower.match_indices(w.as_str()).map(|(i, m)| [i, i + m.len()]).collect::<Vec<_>>()).collect();
    out.sort();
    out
}
impl Searcher {
    pub fn generation(&self) -> Arc<Generation> {
        self.0.clone()
    }
    pub fn mode(&self) -> Mode {
        Mode::Lexical { why: "the stub has no model".into() }
    }
    fn ranked(&self, text: &str) -> Vec<(&Article, f64)> {
        let q = words(text);
        let mut all: Vec<(&Article, f64)> = self
            .0
            .articles
            .iter()
            .filter(|a| a.status == Status::Live)
            .map(|a| {
                let (t, s) = (a.title.to_lowercase(), a.source.to_lowercase());
                let score = q.iter().map(|w| if t.contains(w) { 3.0 } else if s.contains(w) { 1.0 } else { 0.0 }).sum::<f64>();
                (a, score / q.len().max(1) as f64)
            })
            .filter(|x| x.1 > 0.4)
            .collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all
    }
    pub async fn search(&self, q: &SearchQuery) -> Result<SearchPage, Unavailable> {
        let w = words(&q.text);
        let all: Vec<_> = self
            .ranked(&q.text)
            .into_iter()
            .filter(|(a, _)| q.only_lang.is_none() || a.lang == q.only_lang)
            .filter(|(a, _)| q.category.as_ref().is_none_or(|c| &a.category == c || a.category.starts_with(&format!("{c}/"))))
            .collect();
        let total = all.len().min(50);
        let hits = all.into_iter().take(50).skip(q.offset).take(q.limit).map(|(a, score)| {
            let text = &a.passages[0].text;
            let at = marks(text, &w).first().map_or(0, |m| m[0]);
            let snippet: String = text[..].char_indices().skip_while(|(i, _)| i + 60 < at).take(180).map(|(_, c)| if c == '\n' { ' ' } else { c }).collect();
            Hit {
                article: a.id.0.clone(),
                title_highlights: marks(&a.title, &w),
                title: a.title.clone(),
                url: format!("/articles/{}", a.url_path),
                lang: a.lang.clone().unwrap_or("en".into()),
                category: a.category.clone(),
                heading_path: a.sections.iter().rfind(|s| s.span.start <= at + 200).map(|s| s.heading_path.clone()).unwrap_or_default(),
                highlights: marks(&snippet, &w),
                snippet,
                score,
            }
        });
        Ok(SearchPage { query: q.text.clone(), language: q.lang.clone().unwrap_or("en".into()), total, hits: hits.collect(), generation: "stub-generation".into() })
    }
    pub fn suggest(&self, text: &str, _lang: Option<&str>, limit: usize) -> Vec<Suggestion> {
        let w = words(text);
        self.ranked(text)
            .into_iter()
            .take(limit)
            .map(|(a, _)| Suggestion {
                article: a.id.0.clone(),
                text: a.title.clone(),
                highlights: marks(&a.title, &w),
                title: a.title.clone(),
                url: format!("/articles/{}", a.url_path),
                lang: a.lang.clone().unwrap_or("en".into()),
                category: a.category.clone(),
            })
            .collect()
    }
}
