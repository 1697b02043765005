//! The knowledge base: a folder of Markdown files becomes articles, sections and passages.
//!
//! [`load`] never fails because of one file: what cannot be read is reported as a [`Problem`] with its path, line and
//! reason, and the rest is returned. Everything here is pure but for reading the folder; nothing knows about indexes.
mod article;

pub use article::{Article, ArticleId, Kb, Passage, Problem, Section, Severity, Status};
