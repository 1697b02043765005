//! One question in, one decision out.
//!
//! [`Question`] and [`Decision`] are the wire types of `POST /api/v1/ask` and `tanya ask --json` as well. [`Answerer`]
//! takes the decision: rules first ([`Policy`]), then search, ranking and confidence. It knows no desk and no HTTP.
mod answerer;
mod ascii_words;
pub mod calibration;
mod deciding;
mod decision;
mod explain;
mod explain_words;
mod follow_up;
mod nearest;
mod passage;
pub mod policy;
mod slips;
mod words;

pub use answerer::{AnsweredArticle, Answerer, DEFAULT_TEAM, Decided, Evidence, Settings};
pub use calibration::Calibration;
pub use decision::*;
pub use follow_up::Before;
pub use nearest::{NearPassage, Nearness};
pub use policy::{Policy, PolicyError};
