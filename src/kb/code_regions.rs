//! Finds the code blocks of a Markdown text line by line, so that masking leaves them alone.
//!
//! A parser cannot be asked: HTML and JSX tags swallow fences until they are masked, and masking needs to know the
//! fences. Being a little wrong here costs a template tag more or less in the index, never a crash.

use std::ops::Range;

use super::{mask::Dialect, tags};

/// Regions that masking must not touch, and indents to neutralise.
#[derive(Default)]
pub(super) struct Regions {
    /// Fenced and indented code and block comments, whole lines, in order.
    pub(super) opaque: Vec<Range<usize>>,
    /// Leading blanks of MDX lines that CommonMark would take for indented code.
    pub(super) indents: Vec<Range<usize>>,
}

struct Fence {
    mark: u8,
    len: usize,
    start: usize,
    quoted: bool,
}

/// The regions of `text` from byte `from` on; `from` is a line start.
pub(super) fn find(text: &str, from: usize, dialect: Dialect) -> Regions {
    let bytes = text.as_bytes();
    let mut regions = Regions::default();
    let mut fence: Option<Fence> = None;
    let mut comment_start: Option<usize> = None;
    let mut after_blank = true;
    let mut in_list = false;
    let mut in_html = 0usize;
    let mut at = from;
    while at < bytes.len() {
        let end = line_end(bytes, at);
        let line = &bytes[at..end];
        let next = (end + 1).min(bytes.len());
        if let Some(start) = comment_start {
            if contains(line, b"-->") {
                regions.opaque.push(start..next);
                comment_start = None;
            }
            at = next;
            continue;
        }
        let (prefix, quoted, item) = container_prefix(line);
        let rest = &line[prefix..];
        if let Some(open) = &fence {
            let closes = !item && closes_fence(rest, open);
            let left_quote = open.quoted && !quoted;
            if closes {
                regions.opaque.push(open.start..next);
                fence = None;
                after_blank = false;
                at = next;
                continue;
            }
            if !left_quote {
                at = next;
                continue;
            }
            regions.opaque.push(open.start..at);
            fence = None;
        }
        if is_blank(line) {
            after_blank = true;
            at = next;
            continue;
        }
        let indent = indent_width(line);
        let indented = indent >= 4 && !in_list;
        // Writers indent inside of HTML, and many tools take it for what it looks like.
        let never_code = dialect == Dialect::Mdx || in_html > 0;
        if indented && after_blank && !never_code {
            // `after_blank` stays: the next line of the same block is code, too.
            regions.opaque.push(at..next);
            at = next;
            continue;
        }
        let keeps_indent = item || matches!(rest.first(), Some(b'#' | b'|' | b'`' | b'~' | b'>'));
        if indented && never_code && !keeps_indent {
            let blanks = line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
            regions.indents.push(at..at + blanks);
        }
        in_html = open_elements(text, at..end, in_html);
        if item || opens_indented_aside(line) {
            in_list = true;
        } else if after_blank && indent < 2 {
            in_list = false;
        }
        after_blank = false;
        if let Some((mark, len)) = opens_fence(rest) {
            fence = Some(Fence {
                mark,
                len,
                start: at,
                quoted,
            });
        } else if rest.starts_with(b"<!--") && !contains(line, b"-->") {
            comment_start = Some(at);
        }
        at = next;
    }
    // An open fence runs to the end; an open comment is left to the parser.
    if let Some(open) = fence {
        regions.opaque.push(open.start..bytes.len());
    }
    regions
}

/// How many HTML blocks are open behind the line, if `open` were before it.
fn open_elements(text: &str, line: Range<usize>, mut open: usize) -> usize {
    for (i, _) in text[line.clone()].match_indices('<') {
        match tags::tag_at(&text[line.start + i..]) {
            Some(tag) if !tag.breaks_line() || tag.needs_no_closing() => {}
            Some(tag) if tag.closing => open = open.saturating_sub(1),
            Some(tag) if tag.opens() => open += 1,
            _ => {}
        }
    }
    open
}

/// End of the line that starts at `at`, without its `\n`.
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|&b| b == b'\n')
        .map_or(bytes.len(), |i| at + i)
}

pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

pub(super) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

/// Columns of leading blanks, tabs counted to the next multiple of four.
pub(super) fn indent_width(line: &[u8]) -> usize {
    let mut width = 0;
    for b in line {
        match b {
            b' ' => width += 1,
            b'\t' => width += 4 - width % 4,
            _ => break,
        }
    }
    width
}

fn opens_indented_aside(line: &[u8]) -> bool {
    let rest = line.trim_ascii_start();
    rest.starts_with(b"!!! ") || rest.starts_with(b"??? ") || rest.starts_with(b"???+ ")
}

/// Length of blanks, quote marks and list markers before the content; whether a quote mark or list marker was among them.
fn container_prefix(line: &[u8]) -> (usize, bool, bool) {
    let (mut at, mut quoted, mut item) = (0, false, false);
    loop {
        let rest = &line[at..];
        match rest.first() {
            Some(b' ' | b'\t') => at += 1,
            Some(b'>') => {
                quoted = true;
                at += 1;
            }
            Some(b'-' | b'*' | b'+') if matches!(rest.get(1), Some(b' ' | b'\t')) => {
                item = true;
                at += 2;
            }
            Some(b'0'..=b'9') => {
                let digits = rest.iter().take(10).take_while(|b| b.is_ascii_digit()).count();
                if digits > 9
                    || !matches!(rest.get(digits), Some(b'.' | b')'))
                    || !matches!(rest.get(digits + 1), Some(b' ' | b'\t'))
                {
                    return (at, quoted, item);
                }
                item = true;
                at += digits + 2;
            }
            _ => return (at, quoted, item),
        }
    }
}

fn opens_fence(rest: &[u8]) -> Option<(u8, usize)> {
    let mark = *rest.first().filter(|b| matches!(b, b'`' | b'~'))?;
    let len = rest.iter().take_while(|&&b| b == mark).count();
    // The info string of a backtick fence holds no backtick: "```code```" is a code span.
    let is_fence = len >= 3 && (mark == b'~' || !rest[len..].contains(&b'`'));
    is_fence.then_some((mark, len))
}

fn closes_fence(rest: &[u8], open: &Fence) -> bool {
    let len = rest.iter().take_while(|&&b| b == open.mark).count();
    len >= open.len && is_blank(&rest[len..])
}
