//! What a search returns, as it goes over the wire of `/api/v1/search` and `/api/v1/suggest`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A search for ranked articles.
#[derive(Debug, Clone, Default)]
pub struct SearchQuery {
    /// The words, as typed.
    pub text: String,
    /// Preferred language (BCP 47 primary); articles in it rank higher. Guessed from the words where `None`.
    pub lang: Option<String>,
    /// Only articles in this language.
    pub only_lang: Option<String>,
    /// Only articles whose category is this folder or lies below it.
    pub category: Option<String>,
    /// How many results to skip.
    pub offset: usize,
    /// How many results to return, 1 to 50.
    pub limit: usize,
}

/// Ranked articles.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SearchPage {
    /// The words, as typed.
    pub query: String,
    /// Language of the words, as told or guessed.
    pub language: String,
    /// How many articles matched in all (at most 50 are ranked).
    pub total: usize,
    /// Best first.
    pub hits: Vec<Hit>,
    /// The words as they were probably meant, if some of them are in no article and others are nearly the same. Both were
    /// searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meant: Option<String>,
    /// The id of the generation that was searched.
    pub generation: String,
}

/// One article found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Hit {
    /// The article's id.
    pub article: String,
    /// Its title.
    pub title: String,
    /// UTF-8 bytes of `title` that match.
    pub title_highlights: Vec<[usize; 2]>,
    /// Its address below the site (`/articles/…`) with the fragment of the best section.
    pub url: String,
    /// Its language.
    pub lang: String,
    /// Its folder, e.g. `orders`.
    pub category: String,
    /// Headings down to the best section; empty if that is the top of the article.
    pub heading_path: Vec<String>,
    /// A piece of the best passage, plain text.
    pub snippet: String,
    /// UTF-8 bytes of `snippet` that match.
    pub highlights: Vec<[usize; 2]>,
    /// The score it was ranked by; comparable within one search only.
    pub score: f64,
}

/// One line under the search box.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Suggestion {
    /// The article's id.
    pub article: String,
    /// What to show: the article's title, or the heading or example question that matched.
    pub text: String,
    /// UTF-8 bytes of `text` that match.
    pub highlights: Vec<[usize; 2]>,
    /// The article's title where `text` is something else.
    pub title: String,
    /// Address below the site, with fragment.
    pub url: String,
    /// The article's language.
    pub lang: String,
    /// Its folder.
    pub category: String,
}
