//! The lines that open and close admonitions: Docusaurus `:::note`, MkDocs `!!! note`, and their kinds.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

/// A boxed remark of the article, outside of CommonMark's own syntax.
#[derive(Debug, Clone)]
pub(super) struct Aside {
    /// One of [`KINDS`]; `None` for a container that is not a remark.
    pub(super) kind: Option<&'static str>,
    /// Where its title stands in the source, if it has one.
    pub(super) title: Option<Range<usize>>,
    /// Where it starts: the line start of `:::note`, or the `!` of `!!! note`.
    pub(super) start: usize,
    /// How its end is told.
    pub(super) form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// From its opening line to the end of its closing line; `None` if it is never closed.
    Fenced(Option<usize>),
    /// Its body is indented; masked so that it parses as a list item.
    Indented,
}

/// The classes that pages style.
pub(super) const KINDS: [&str; 7] = ["note", "tip", "info", "warning", "caution", "important", "danger"];

/// The kind that a name from any of the tools stands for.
pub(super) fn kind(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    if let Some(kind) = KINDS.iter().find(|k| **k == name) {
        return Some(kind);
    }
    Some(match name.as_str() {
        "seealso" | "quote" | "cite" | "abstract" | "summary" | "tldr" | "example" | "secondary" | "details"
        | "question" | "faq" => "note",
        "hint" | "success" | "check" | "done" => "tip",
        "help" | "todo" => "info",
        "attention" => "warning",
        "error" | "failure" | "fail" | "bug" | "missing" => "danger",
        _ => return None,
    })
}

/// What a line of colons says.
pub(super) enum FenceLine {
    Open {
        colons: usize,
        kind: Option<&'static str>,
        title: Option<Range<usize>>,
    },
    Close {
        colons: usize,
    },
}

/// Reads `line` (without its line end) as the opening or closing line of a fenced aside; the title's range counts in `line`.
pub(super) fn fence_line(line: &str) -> Option<FenceLine> {
    static OPEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\s*(:{3,})\s*(?:([A-Za-z][\w-]*)|\{\s*\.([\w-]+)[^}]*\})\s*(?:\[(.*)\]|\{[^}]*\}|(.*?))?\s*$")
            .expect("the pattern is valid")
    });
    let trimmed = line.trim();
    if !trimmed.starts_with(":::") {
        return None;
    }
    if trimmed.bytes().all(|b| b == b':') {
        return Some(FenceLine::Close { colons: trimmed.len() });
    }
    let found = OPEN.captures(line)?;
    let name = found.get(2).or(found.get(3))?.as_str();
    let title = found
        .get(4)
        .or(found.get(5))
        .filter(|t| !t.is_empty())
        .map(|t| t.range());
    Some(FenceLine::Open {
        colons: found.get(1)?.len(),
        kind: kind(name),
        title,
    })
}

/// The head of an indented aside.
pub(super) struct Head {
    /// Where its mark starts in the line.
    pub(super) mark: usize,
    pub(super) kind: &'static str,
    /// Counted in the line.
    pub(super) title: Option<Range<usize>>,
}

/// Reads `line` as the head of an indented aside.
pub(super) fn indented_line(line: &str) -> Option<Head> {
    static HEAD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^[ \t]*(!!!|\?\?\?\+?)[ \t]+([A-Za-z][\w-]*)(?:[ \t]+[A-Za-z][\w -]*?)?(?:[ \t]+"(.*)")?\s*$"#)
            .expect("the pattern is valid")
    });
    if !line.trim_start().starts_with(['!', '?']) {
        return None;
    }
    let found = HEAD.captures(line)?;
    Some(Head {
        mark: found.get(1)?.start(),
        kind: kind(found.get(2)?.as_str()).unwrap_or("note"),
        title: found.get(3).filter(|t| !t.is_empty()).map(|t| t.range()),
    })
}
