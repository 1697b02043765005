//! Finding articles: an immutable [`Generation`] of lexical index, vectors and statistics, and a [`Searcher`] over the
//! current one.
pub mod analyze;
mod browse;
mod discriminant;
pub mod embed;
pub mod features;
mod files;
mod function_words;
pub mod generation;
mod language;
mod leaning;
pub mod lexical;
mod missing;
pub mod model;
mod passages;
pub mod query;
pub mod rank;
mod results;
pub mod searcher;
pub mod shelf;
pub mod statistics;
mod story;
pub mod vectors;
pub mod vocabulary;
pub mod weights;

use std::time::Duration;

use thiserror::Error;

pub use embed::Embedder;
pub use function_words::is_function_word;
pub use generation::Generation;
pub use leaning::{Leaning, leaning, says_again};
pub use missing::missing_words;
pub use results::{Hit, SearchPage, SearchQuery, Suggestion};
pub use searcher::{Mode, Ranking, SHOWN, Searcher};
pub use shelf::{BuildReport, GenerationError, Progress, Reuse, Shelf};
pub use story::questions;
pub use weights::{Sight, Weights};

/// Why a question cannot be embedded now.
#[derive(Debug, Clone, Error)]
pub enum Unavailable {
    /// Too many questions wait already.
    #[error("too many questions are waiting; try again in {} s", retry_after.as_secs().max(1))]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// The runtime failed on this question, or the index is damaged.
    #[error("the question could not be searched: {0}")]
    Embedding(String),
}
