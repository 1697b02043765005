//! The knowledge base: a folder of Markdown files becomes articles, sections and passages.
//!
//! [`load`] never fails because of one file: what cannot be read is reported as a [`Problem`] with its path, line and
//! reason, and the rest is returned. Everything here is pure but for reading the folder; nothing knows about indexes.
//!
//! ```
//! let options = tanya::kb::Options::default();
//! let (article, problems) = tanya::kb::parse("orders/track.md", "# Track an order\n\nOpen *Orders*.\n", &options);
//! assert_eq!(article.id.as_str(), "orders/track");
//! assert_eq!(article.passages[0].text, "Open Orders.");
//! assert!(problems.is_empty());
//! ```
//!
//! How a file becomes an article: `decode` (bytes to text), `front_matter` and `fields`, `mask` (what is not Markdown is
//! overwritten, offsets hold), `blocks`, `sections`, `passages`; `plain` and `html` render spans; `links` resolves.
mod anchors;
mod article;
mod asides;
mod blocks;
mod cjk_emphasis;
mod code_regions;
mod decode;
mod fields;
mod front_matter;
mod glance;
mod html;
mod lang;
mod links;
mod load;
mod markdown;
mod mask;
mod parse;
mod passages;
mod path_name;
mod plain;
mod sections;
mod syntax;
mod tags;
mod whole;

pub use article::{Article, ArticleId, Kb, Passage, Problem, Section, Severity, Status};
pub use glance::{Glance, glance};
pub use html::{html, page_html};
pub use links::{Link, LinkResolver};
pub use load::{LoadError, load};
pub use parse::parse;
pub use plain::plain;

use std::ops::Range;

/// How a kb is read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Codes that count as languages in paths. Empty: a top folder counts if every top folder is a language code.
    pub languages: Vec<String>,
    /// Today as an ISO date (`2026-05-01`); decides what has expired.
    pub today: String,
    /// Larger files are reported and not read.
    pub max_file_bytes: usize,
    /// Characters that a passage should have; sections a little longer stay whole.
    pub passage_chars: usize,
}

impl Default for Options {
    /// Nothing is expired with an empty `today`.
    fn default() -> Self {
        Self {
            languages: Vec::new(),
            today: String::new(),
            max_file_bytes: 16 << 20,
            passage_chars: 900,
        }
    }
}

impl Article {
    /// Plain rendering of these bytes of [`Article::source`]; empty if they are no span of it.
    ///
    /// The same as [`plain`], except in `.mdx` files, where `{expressions}` are dropped, too.
    pub fn plain(&self, span: Range<usize>) -> String {
        let dialect = mask::Dialect::of_path(&self.path);
        self.source
            .get(span)
            .map(|source| plain::plain_in(source, dialect))
            .unwrap_or_default()
    }
}
