//! What writers want to know: what was asked, what was answered, and what the articles do not cover; and what managers
//! want to know: who waits, who carries how much, whether promises are kept.
//!
//! [`coverage`] counts questions wherever they come from: the store's log ([`AskedQuestion::from`] a record) or a file
//! ([`read_questions`]) that was put to the answerer again. [`writers_report`] and [`article_report`] are what pages and
//! the API show of the last days, and [`sheets`] makes tables of them.

mod counter;
mod coverage;
mod days;
mod desk;
mod desk_csv;
mod ending;
mod one_article;
mod over_time;
mod promises;
mod question_file;
pub(crate) mod rfc3339;
mod share;
pub mod sheets;
pub mod words;
mod writers;

pub use counter::CoverageCounter;
pub use coverage::{
    ArticleName, ArticleUse, AskedQuestion, Coverage, LanguageShare, ReasonShare, TopicShare, Unanswered,
    UnansweredReason, coverage,
};
pub use days::{Days, Step};
pub use desk::{
    DeskNumbers, Fairness, PersonLoad, ProgramLoad, ReplyDay, TeamLoad, Urgent, Waiting, WhyUrgent, Worker,
    desk_numbers, span,
};
pub use desk_csv::DeskTable;
pub use ending::Ending;
pub use one_article::{ArticlePeriod, ArticleQuestion, ArticleReport, article_report};
pub use over_time::{OverTime, OverTimeCounter, Period};
pub use promises::{PromiseReport, promises};
pub use question_file::{
    FileQuestion, Guess, LineProblem, QuestionFile, QuestionFileError, parse_questions, read_questions,
};
pub use share::Share;
pub use writers::{Reason, WritersReport, writers_report};
