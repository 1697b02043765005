//! What writers want to know: what was asked, what was answered, and what the articles do not cover; and what managers
//! want to know: who waits, who carries how much, whether promises are kept.
//!
//! [`coverage`] counts questions wherever they come from: the store's log ([`AskedQuestion::from`] a record) or a file
//! ([`read_questions`]) that was put to the answerer again.

mod coverage;
mod desk;
mod desk_csv;
mod promises;
mod question_file;

pub use coverage::{
    ArticleName, ArticleUse, AskedQuestion, Coverage, CoverageCounter, LanguageShare, ReasonShare, Share, TopicShare,
    Unanswered, UnansweredReason, coverage,
};
pub use desk::{
    DeskNumbers, Fairness, PersonLoad, ReplyDay, TeamLoad, Urgent, Waiting, WhyUrgent, Worker, desk_numbers,
    first_moment, span,
};
pub use desk_csv::DeskTable;
pub use promises::{PromiseReport, promises};
pub use question_file::{FileQuestion, LineProblem, QuestionFile, QuestionFileError, parse_questions, read_questions};
