//! The words of the knowledge base: [`Article`], [`Section`], [`Passage`], and the [`Problem`]s found on the way.

use std::{fmt, ops::Range, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::path_name::PathName;

/// Identifies an article: front matter `id`, else its path under the kb folder without the ending, with `/` between parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArticleId(pub String);

impl ArticleId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether and how an article may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Shown, searched and answered from.
    Live,
    /// Reachable by its address and answered from, but in no list and no search result.
    Unlisted,
    /// `draft: true` or `published: false`: neither shown nor searched nor answered from.
    Draft,
    /// Its `expiryDate` has passed: reachable by its address with a note, never answered from, in no list.
    Expired,
}

/// One Markdown file of the kb.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Article {
    /// Unique in the kb.
    pub id: ArticleId,
    /// Path under the kb folder, with `/`.
    pub path: String,
    /// Address path below `/articles/`, without a leading slash: the id unless `slug`/`permalink` says otherwise.
    pub url_path: String,
    /// BCP 47 primary language from front matter or path; `None` where neither says (search then guesses it).
    pub lang: Option<String>,
    /// Joins translations: front matter `translation_key`, else the id without its language part.
    pub translation_key: String,
    /// Front matter `title`, else the first heading, else the file name.
    pub title: String,
    /// Byte span of the title's text in [`Self::source`] (inside front matter, the heading, or `0..0` when it is the file name).
    pub title_span: Range<usize>,
    /// Front matter `description`/`summary`.
    pub description: Option<String>,
    /// Front matter `tags`, `categories` and `keywords`, in order, without repeats.
    pub tags: Vec<String>,
    /// Example questions of customers (front matter `questions`).
    pub questions: Vec<String>,
    /// Former addresses (front matter `aliases`/`redirect_from`), below `/articles/`, without a leading slash.
    pub aliases: Vec<String>,
    /// Folder of the article without its language part, e.g. `orders`; empty at the top.
    pub category: String,
    /// Whether it may be shown and answered from.
    pub status: Status,
    /// Front matter `topic`: the sensitive topic that the article belongs to.
    pub topic: Option<String>,
    /// Front matter `answerable`.
    pub answerable: Option<bool>,
    /// Front matter `owner`.
    pub owner: Option<String>,
    /// Front matter `audience`.
    pub audience: Option<String>,
    /// Front matter `products`.
    pub products: Vec<String>,
    /// Front matter `verified_at`, an ISO date (`2026-05-01`).
    pub verified_at: Option<String>,
    /// Front matter `review_every`, as written (`180d`).
    pub review_every: Option<String>,
    /// Front matter `lastmod`/`last_updated`, else `date`; an ISO date.
    pub updated_at: Option<String>,
    /// Front matter `expiryDate`, an ISO date or time.
    pub expires_at: Option<String>,
    /// Every other front matter key, kept as JSON.
    pub extra: serde_json::Map<String, serde_json::Value>,
    /// The decoded file: UTF-8, without byte order mark, line ends as in the file. All byte spans count in it.
    pub source: String,
    /// `sha256:` and 64 hexadecimal digits over [`Self::source`]'s bytes.
    pub version: String,
    /// In document order. Text before the first heading is a section with the article's title as heading and level 1.
    pub sections: Vec<Section>,
    /// In document order; never empty: an article without text has its title as its only passage.
    pub passages: Vec<Passage>,
}

impl Article {
    /// Whether it does nothing but name its folder: an `index` file without text. It has no page of its own, no place in
    /// lists and none in the index.
    pub fn only_names_its_folder(&self) -> bool {
        PathName::of(&self.path).is_index && self.passages.iter().all(|passage| passage.section.is_none())
    }

    /// Whether lists of articles show it.
    pub fn is_listed(&self) -> bool {
        self.status == Status::Live && !self.only_names_its_folder()
    }
}

/// The part of an article under one heading.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Section {
    /// Headings from the top of the article down to this one (the article's title is not repeated unless it is the only one).
    pub heading_path: Vec<String>,
    /// Fragment of the heading in the rendered page, unique in the article; empty for the text before the first heading.
    pub anchor: String,
    /// 1 to 6.
    pub level: u8,
    /// Bytes of [`Article::source`] from the heading's start to the next heading of any level.
    pub span: Range<usize>,
}

impl Section {
    /// The last part of the heading path.
    pub fn heading(&self) -> &str {
        self.heading_path.last().map_or("", String::as_str)
    }
}

/// What is embedded and shown: a section's text, or a piece of a long section.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Passage {
    /// Index into [`Article::sections`]; `None` when the passage is the title of an article without text.
    pub section: Option<usize>,
    /// Bytes of [`Article::source`]: whole blocks, without the heading line.
    pub span: Range<usize>,
    /// Plain rendering of exactly that span (see `kb::plain`).
    pub text: String,
}

/// Everything that one reading of the folder found.
#[derive(Debug, Clone, Default)]
pub struct Kb {
    /// Sorted by id.
    pub articles: Vec<Article>,
    /// Sorted by path and line.
    pub problems: Vec<Problem>,
    /// Languages named by the config or found in the paths, sorted.
    pub languages: Vec<String>,
}

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file (or part of it) is not in the index.
    Error,
    /// It is in the index, but something in it is probably not as meant.
    Warning,
    /// Nothing to mend, but something that cannot be checked here.
    Info,
}

/// Something wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// The file, relative to the kb folder.
    pub path: PathBuf,
    /// 1-based line, where one can be named.
    pub line: Option<usize>,
    /// What is wrong and what to do, one sentence or two.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.reason)
    }
}
