//! The shown passage: its text, its HTML and what matches in it.

use crate::{
    kb::{self, Article},
    search::{Generation, query::Query},
};

use super::{Answer, ArticleRef, SectionRef};

/// The answer that a candidate's passage is, with the rest of its steps or of its sentence.
pub fn answer(
    generation: &Generation,
    article: &Article,
    passage: usize,
    query: &Query,
    reference: ArticleRef,
) -> Option<Answer> {
    let span = article.whole(passage)?;
    let passage = article.passages.get(passage)?;
    let section = passage.section.and_then(|section| article.sections.get(section));
    let links = |target: &str| generation.resolve(article, target);
    let html = match section {
        Some(_) => kb::html(article, span.clone(), &links),
        None => format!("<p>{}</p>", escape(&passage.text)),
    };
    let text = if span == passage.span {
        passage.text.clone()
    } else {
        article.plain(span.clone())
    };
    let lang = generation.language_of(article);
    Some(Answer {
        highlights: generation.highlights(&text, lang, query),
        sentence: generation.best_sentence(&text, lang, query),
        text,
        html,
        article: reference,
        section: section.map(|section| SectionRef {
            heading_path: section.heading_path.clone(),
            anchor: section.anchor.clone(),
        }),
        span: [span.start, span.end],
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
