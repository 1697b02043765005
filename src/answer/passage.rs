//! The shown passage: its text, its HTML and what matches in it.

use crate::{
    kb::{self, Article},
    search::{Generation, query::Query},
};

use super::{Answer, ArticleRef, SectionRef};

/// The answer that a candidate's passage is.
pub fn answer(
    generation: &Generation,
    article: &Article,
    passage: usize,
    query: &Query,
    reference: ArticleRef,
) -> Option<Answer> {
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
        section: section.map(|section| SectionRef {
            heading_path: section.heading_path.clone(),
            anchor: section.anchor.clone(),
        }),
        span: [passage.span.start, passage.span.end],
        highlights: generation.highlights(&passage.text, generation.language_of(article), query),
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
