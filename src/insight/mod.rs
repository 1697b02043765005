//! What writers want to know: what was asked, what was answered, and what the articles do not cover.
//!
//! [`coverage`] counts questions wherever they come from: the store's log ([`AskedQuestion::from`] a record) or a file
//! ([`read_questions`]) that was put to the answerer again.

mod coverage;
mod promises;
mod question_file;

pub use coverage::{
    ArticleName, ArticleUse, AskedQuestion, Coverage, CoverageCounter, LanguageShare, ReasonShare, Share, TopicShare,
    Unanswered, UnansweredReason, coverage,
};
pub use promises::{PromiseReport, promises};
pub use question_file::{
    FileQuestion, Guess, LineProblem, QuestionFile, QuestionFileError, parse_questions, read_questions,
};
