//! One question in, one decision out.
//!
//! [`Question`] and [`Decision`] are the wire types of `POST /api/v1/ask` and `tanya ask --json` as well.
mod decision;

pub use decision::*;
