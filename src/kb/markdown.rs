//! The one place that says which Markdown we read, and how a parser over masked text is made.

use std::ops::Range;

use pulldown_cmark::{BrokenLink, CowStr, Event, LinkType, Options, Parser};

use super::{cjk_emphasis::with_strong, mask::FILLER};

/// GitHub's Markdown with heading attributes and definition lists; no smart punctuation, answers are word for word.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
}

/// Events of a whole file.
pub(super) fn events(masked: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    with_strong(masked, Parser::new_ext(masked, options()).into_offset_iter())
}

/// A parser of a whole file, for its link definitions.
pub(super) fn parser(masked: &str) -> Parser<'_> {
    Parser::new_ext(masked, options())
}

/// Events of a piece of a file: `[text][ref]` is a link although its definition stands elsewhere, to where `define` says.
pub(super) fn events_of_piece<'a>(
    masked: &'a str,
    mut define: impl FnMut(&str) -> Option<(String, String)> + 'a,
) -> impl Iterator<Item = (Event<'a>, Range<usize>)> {
    let callback = move |broken: BrokenLink<'a>| {
        if let Some((address, title)) = define(&broken.reference) {
            return Some((CowStr::from(address), CowStr::from(title)));
        }
        // `[text][ref]` must not show its brackets; `[optional]` and `array[0][1]` must.
        let explicit = matches!(broken.link_type, LinkType::Reference | LinkType::Collapsed);
        let text = masked.get(broken.span.clone()).unwrap_or_default();
        let text = text.split("][").next().unwrap_or_default();
        (explicit && text.chars().any(char::is_alphabetic)).then(|| (CowStr::from(""), CowStr::from("")))
    };
    with_strong(
        masked,
        Parser::new_with_broken_link_callback(masked, options(), Some(callback)).into_offset_iter(),
    )
}

/// How often `|` separates cells in the first line, if the text is rows of a table without their header.
fn columns_of_headless_rows(masked: &str) -> Option<usize> {
    let mut lines = masked.lines().map(str::trim).filter(|l| !l.is_empty());
    let first = lines.next().filter(|l| l.starts_with('|') && l.len() > 1)?;
    let is_rule = |l: &str| l.contains('-') && l.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b' '));
    let mut rest = lines.peekable();
    if is_rule(first) || rest.peek().is_some_and(|l| is_rule(l)) || !rest.all(|l| l.starts_with('|')) {
        return None;
    }
    Some(first.trim_matches('|').matches('|').count() + 1)
}

/// Rows cut from a long table get an empty header, so that they still parse as a table.
pub(super) fn with_table_header(masked: String) -> String {
    match columns_of_headless_rows(&masked) {
        Some(columns) if columns <= 100 => {
            format!("{}|\n{}|\n{masked}", "| ".repeat(columns), "|-".repeat(columns))
        }
        _ => masked,
    }
}

/// Without what masking left.
pub(super) fn without_filler(text: &str) -> String {
    text.replace(FILLER, "")
}
