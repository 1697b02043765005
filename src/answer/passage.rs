//! The shown passage: its text, its HTML and what matches in it.

use crate::{
    kb::{self, Article},
    search::{
        Generation,
        analyze::analyze,
        query::Query,
    },
};

use super::{Answer, ArticleRef, SectionRef};

/// The answer that a candidate's passage is.
pub fn answer(generation: &Generation, article: &Article, passage: usize, query: &Query, reference: ArticleRef) -> Option<Answer> {
    let passage = article.passages.get(passage)?;
    let section = passage.section.and_then(|section| article.sections.get(section));
    let links = |target: &str| generation.resolve(article, target);
    let html = match section {
        Some(_) => kb::html(article, passage.span.clone(), &links),
        None => format!("<p>{}</p>", escape(&passage.text)),
    };
    Some(Answer {
        text: passage.text.clone(),
        html,
        article: reference,
        section: section.map(|section| SectionRef { heading_path: section.heading_path.clone(), anchor: section.anchor.clone() }),
        span: [passage.span.start, passage.span.end],
        highlights: highlights(&passage.text, generation.language_of(article), query, generation),
    })
}

/// Bytes of `text` that the question's words match, function words left out; neighbours are joined.
pub fn highlights(text: &str, lang: &str, query: &Query, generation: &Generation) -> Vec<[usize; 2]> {
    let vocabulary = generation.vocabulary();
    let wanted = |term: &str| vocabulary.id(term).is_some_and(|id| query.terms.iter().any(|term| !term.filler && term.ids.contains(&id)));
    let mut found: Vec<[usize; 2]> = Vec::new();
    for token in analyze(text, lang) {
        if token.filler || !wanted(&token.term) {
            continue;
        }
        let (start, end) = (token.span.start, token.span.end);
        match found.last_mut() {
            Some(last) if start <= last[1] || text[last[1]..start].chars().all(char::is_whitespace) => last[1] = last[1].max(end),
            _ => found.push([start, end]),
        }
    }
    found
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
