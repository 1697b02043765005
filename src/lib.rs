//! Tanya answers the questions that a help center already answers, and hands every other one to a person.
//!
//! The rooms, and which way the arrows point:
//!
//! ```text
//! app, jobs, cli, http ► desk, insight, eval ► answer ► search ► kb
//! store is known by desk, insight, jobs and app
//! ```
//!
//! - [`kb`] reads a folder of Markdown into articles, sections and passages, and renders safe HTML.
//! - [`search`] turns articles into an immutable generation (lexical index, vectors, graph) and finds candidates in it.
//! - [`answer`] takes one decision about one question: answer, clarify or hand over to people.
//! - [`desk`] keeps what was handed over: tickets.
//! - [`insight`] counts for writers what was asked and what was not answered.
//! - [`eval`] measures ranking and confidence on labelled questions, and fits the weights.
//! - [`store`] holds all SQL.
//! - [`http`] and [`web`] are the faces on the network, [`cli`] the one in the terminal.
//! - [`clock`] tells the time to whoever must not ask the machine itself.
//! - [`app`] puts the rooms together; [`jobs`] runs what happens by itself; [`config`] is read once and checked once.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod answer;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod desk;
pub mod eval;
pub mod http;
pub mod insight;
pub mod jobs;
pub mod kb;
pub mod search;
mod shorten;
pub mod store;
pub mod web;
