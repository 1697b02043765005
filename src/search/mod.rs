//! Finding articles: an immutable [`Generation`] of lexical index, vectors and statistics, and a [`Searcher`] over the
//! current one.
mod results;

pub use results::{Hit, SearchPage, SearchQuery, Suggestion};

mod stub;
pub use stub::{Generation, Mode, Searcher, Unavailable};
