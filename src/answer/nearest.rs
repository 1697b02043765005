//! The articles that come nearest to a question, and what the first of them lacks: for agents, who answer what the bot
//! did not.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Answerer, ArticleRef};
use crate::{
    kb::{Article, Status},
    search::{Ranking, Unavailable, missing_words},
};

/// Passages that are offered.
const OFFERED: usize = 5;
/// Words that are named; more say only that it is another subject.
const MOST_WORDS: usize = 12;

/// The articles that come nearest to a question.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "language": "en", "confidence": 0.41, "threshold": 0.71,
    "missing": ["grandmother", "1962"],
    "passages": [{
        "article": {"id": "en/brewing/grinders", "title": "Grinders", "url": "/articles/en/brewing/grinders", "version": "sha256:9f…"},
        "heading_path": ["Which grinder fits"], "anchor": "which-grinder-fits", "language": "en",
        "text": "Our espresso roast wants a burr grinder.", "same_language": true, "answerable": true
    }]
}))]
pub struct Nearness {
    /// Language of the question, as told or guessed.
    pub language: String,
    /// Probability that the first one answers the question.
    pub confidence: f64,
    /// Probability from which on the bot answers.
    pub threshold: f64,
    /// Words of the question that the first one does not have, as typed.
    pub missing: Vec<String>,
    /// The best passage of each article, best article first.
    pub passages: Vec<NearPassage>,
}

/// A passage, ready to be put into a reply.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NearPassage {
    /// Its article.
    pub article: ArticleRef,
    /// Headings down to it; empty at the top of the article.
    pub heading_path: Vec<String>,
    /// Fragment of its section; empty at the top of the article.
    pub anchor: String,
    /// Language of the article.
    pub language: String,
    /// Its words, plain text.
    pub text: String,
    /// Whether it is in the language of the question.
    pub same_language: bool,
    /// Whether the bot may answer with it: its article says so, and has no sensitive topic.
    pub answerable: bool,
}

impl Answerer {
    /// What comes nearest to a question. Never recorded.
    ///
    /// # Errors
    /// When too many questions wait to be embedded, or the runtime fails.
    pub async fn nearest(&self, question: &str, lang: Option<&str>) -> Result<Nearness, Unavailable> {
        let ranking = self.searcher().rank(question, lang).await?;
        let weighed = self.weigh(&ranking, &self.searcher().weights());
        let articles = ranking.generation.articles();
        let shown = ranking.ranked.iter().filter(|ranked| {
            let status = articles[ranked.featured.article].status;
            matches!(status, Status::Live | Status::Unlisted)
        });
        let passages = shown
            .take(OFFERED)
            .filter_map(|ranked| self.passage(&ranking, ranked.featured.article, ranked.featured.passage));
        let mut lacks = Vec::new();
        if let Some(first) = ranking.ranked.first() {
            let article = &articles[first.featured.article].id.0;
            let words = missing_words(&ranking.generation, question, Some(&ranking.query.lang), article);
            lacks = words.unwrap_or_default();
            lacks.truncate(MOST_WORDS);
        }
        Ok(Nearness {
            confidence: weighed.confidence,
            threshold: weighed.threshold,
            missing: lacks,
            passages: passages.collect(),
            language: ranking.query.lang.clone(),
        })
    }

    fn passage(&self, ranking: &Ranking, article: usize, passage: usize) -> Option<NearPassage> {
        let article: &Article = &ranking.generation.articles()[article];
        let passage = article.passages.get(passage)?;
        let section = passage.section.and_then(|section| article.sections.get(section));
        let language = ranking.generation.language_of(article).to_owned();
        Some(NearPassage {
            article: self.reference(article),
            heading_path: section.map(|section| section.heading_path.clone()).unwrap_or_default(),
            anchor: section.map(|section| section.anchor.clone()).unwrap_or_default(),
            same_language: language == ranking.query.lang,
            answerable: article.answerable.unwrap_or(article.topic.is_none()),
            language,
            text: passage.text.clone(),
        })
    }
}
