//! Recognises single pieces of MDX, JSX, Liquid and attribute-list syntax at a place in the source.
//!
//! Every function looks forward a bounded way, or draws on a [`Budget`] that is linear in the text, so that hostile
//! input cannot make masking quadratic.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    code_regions::{is_blank, line_end},
    mask::Dialect,
};

/// Longest tag, statement or expression in bytes.
const LONGEST: usize = 64 * 1024;

/// What is left to spend on looking ahead in vain.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn for_text(len: usize) -> Self {
        Self(len.saturating_mul(4).saturating_add(1 << 20))
    }

    fn spend(&mut self, bytes: usize) -> Option<()> {
        let enough = bytes <= self.0;
        self.0 = self.0.saturating_sub(bytes);
        enough.then_some(())
    }

    /// To be asked before looking, not after.
    fn is_left(&self) -> Option<()> {
        (self.0 > 0).then_some(())
    }
}

/// A Liquid `{% name … %}`.
pub(super) struct LiquidTag<'a> {
    pub(super) name: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The Liquid tag that starts at `at`; it ends before another one begins.
pub(super) fn liquid_tag(source: &str, at: usize, limit: usize) -> Option<LiquidTag<'_>> {
    let end = between(source, at, limit, b"{%", b"%}")?;
    let inner = source.get(at + 2..end - 2)?.trim_start_matches('-').trim_start();
    let name = inner
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .next()
        .unwrap_or_default();
    Some(LiquidTag { name, start: at, end })
}

/// The end of the Liquid output (or Hugo shortcode) `{{ … }}` that starts at `at`.
pub(super) fn liquid_output(source: &str, at: usize, limit: usize) -> Option<usize> {
    between(source, at, limit, b"{{", b"}}")
}

fn between(source: &str, at: usize, limit: usize, open: &[u8; 2], close: &[u8; 2]) -> Option<usize> {
    let bytes = &source.as_bytes()[..limit.min(at.saturating_add(LONGEST)).min(source.len())];
    if !bytes.get(at..)?.starts_with(open) {
        return None;
    }
    let mut i = at + 2;
    while i + 1 < bytes.len() {
        let pair = &bytes[i..i + 2];
        if pair == close {
            return Some(i + 2);
        }
        if pair == open || (bytes[i] == b'\n' && is_blank(&bytes[i + 1..line_end(bytes, i + 1)])) {
            return None;
        }
        i += 1;
    }
    None
}

/// The next tag of that name, for `comment` and `raw`.
pub(super) fn liquid_end<'a>(
    source: &'a str,
    from: usize,
    limit: usize,
    name: &str,
    budget: &mut Budget,
) -> Option<LiquidTag<'a>> {
    budget.is_left()?;
    let mut at = from;
    while let Some(i) = source.get(at..limit)?.find("{%") {
        budget.spend(i + 2)?;
        at += i;
        match liquid_tag(source, at, limit) {
            Some(tag) if tag.name == name => return Some(tag),
            Some(tag) => at = tag.end,
            None => at += 2,
        }
    }
    budget.spend(limit.saturating_sub(at))?;
    None
}

/// The end of the attribute list `{: …}`, `{.class}`, `{#id}` or `{/* #id */}` that starts at `at`.
pub(super) fn attribute_list(source: &str, at: usize) -> Option<usize> {
    static LIST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\{(?::[^{}\n]*\}|[ ]?[.#][\w-][^{}\n]*\}|/\*\s*#[\w-]+\s*\*/\})").expect("the pattern is valid")
    });
    LIST.find(source.get(at..)?).map(|found| at + found.end())
}

/// The end of the footnote reference `[^label]` at `at`; `None` at a definition.
pub(super) fn footnote_mark(source: &str, at: usize) -> Option<usize> {
    static MARK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\[\^[^\]\[\s]+\]").expect("the pattern is valid"));
    let end = at + MARK.find(source.get(at..)?)?.end();
    let before = source.as_bytes()[..at].iter().rev();
    let first_in_line = before
        .copied()
        .find(|b| !matches!(b, b' ' | b'\t' | b'>'))
        .is_none_or(|b| b == b'\n');
    let defines = source.as_bytes().get(end) == Some(&b':') && first_in_line;
    (!defines).then_some(end)
}

/// The end of the `import` or `export` statement of which `at` is the line start.
pub(super) fn module_statement(source: &str, at: usize, limit: usize, dialect: Dialect) -> Option<usize> {
    static IMPORT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^import\s*(?:(?:type\s+)?[\w$*{},\s]+\sfrom\s*)?(?:"[^"\n]+"|'[^'\n]+')[ \t]*;?[ \t\r]*(?:\n|$)"#)
            .expect("the pattern is valid")
    });
    static EXPORT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(concat!(
            r"^export\s+(?:(?:const|let|var)\s+[\w$]+\s*=|(?:async\s+)?function\b|class\s|\{|\*|",
            r"default\s*(?:function\b|class\b|async\b|\{|\(|(?P<bare>[\w$]+\s*;?\s*$)))"
        ))
        .expect("the pattern is valid")
    });
    let text = &source[at..limit.min(source.len()).max(at)];
    if !text.starts_with("import") && !text.starts_with("export") {
        return None;
    }
    let head = clip(text, 4096);
    if let Some(found) = IMPORT.find(head) {
        return Some(at + found.as_str().trim_end().len());
    }
    let line = &text[..line_end(text.as_bytes(), 0)];
    let found = EXPORT.captures(clip(line, 4096))?;
    if found.name("bare").is_some() && dialect == Dialect::Markdown {
        return None;
    }
    Some(at + export_length(clip(text, LONGEST)))
}

/// Up to the first blank line outside of brackets, else the first blank line.
fn export_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut first_blank) = (0, 0i32, None);
    while at < bytes.len() {
        let end = line_end(bytes, at);
        let line = &bytes[at..end];
        if is_blank(line) {
            first_blank.get_or_insert(at);
            if depth <= 0 {
                return at;
            }
        }
        for b in line {
            match b {
                b'{' | b'(' | b'[' => depth += 1,
                b'}' | b')' | b']' => depth -= 1,
                _ => {}
            }
        }
        at = end + 1;
    }
    if depth <= 0 {
        text.len()
    } else {
        first_blank.unwrap_or(text.len())
    }
}

/// The end of the JSX tag that starts at `at`, if it is JSX and not HTML: a component, a fragment, or attributes in braces.
pub(super) fn jsx_tag(source: &str, at: usize, limit: usize, dialect: Dialect, budget: &mut Budget) -> Option<usize> {
    let bytes = &source.as_bytes()[..limit.min(at.saturating_add(LONGEST)).min(source.len())];
    let mut i = at + 1;
    if bytes.get(i) == Some(&b'/') {
        i += 1;
    }
    if bytes.get(i) == Some(&b'>') {
        return (dialect == Dialect::Mdx).then_some(i + 1);
    }
    let name_start = i;
    while bytes
        .get(i)
        .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    {
        i += 1;
    }
    let name = &bytes[name_start..i];
    if !name.first()?.is_ascii_alphabetic() || !matches!(bytes.get(i), Some(b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'))
    {
        return None;
    }
    // `<TABLE>` in an old Markdown file is HTML.
    let component =
        name[0].is_ascii_uppercase() && (dialect == Dialect::Mdx || name.iter().any(u8::is_ascii_lowercase));
    let mut braces = false;
    while i < bytes.len() {
        match bytes[i] {
            b'>' => return (component || braces).then_some(i + 1),
            b'<' => return None,
            quote @ (b'"' | b'\'') => {
                budget.is_left()?;
                let close = bytes[i + 1..].iter().position(|&b| b == quote)?;
                budget.spend(close)?;
                i += close + 2;
            }
            b'{' => {
                braces = true;
                i = balanced(bytes, i, budget)?;
            }
            b'\n' if is_blank(&bytes[i + 1..line_end(bytes, i + 1)]) => return None,
            _ => i += 1,
        }
    }
    None
}

/// An MDX expression; `inner` is what stays of it: the text of a string literal, else nothing.
pub(super) struct Expression {
    pub(super) inner: Range<usize>,
    pub(super) end: usize,
}

/// The MDX expression or comment that starts at `at`.
pub(super) fn expression(source: &str, at: usize, limit: usize, budget: &mut Budget) -> Option<Expression> {
    let bytes = &source.as_bytes()[..limit.min(at.saturating_add(LONGEST)).min(source.len())];
    let end = balanced(bytes, at, budget)?;
    let inside = source.get(at + 1..end - 1)?;
    let text = inside.trim();
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let literal = quote.and_then(|q| {
        text.strip_prefix(q)?
            .strip_suffix(q)
            .filter(|t| !t.contains([q, '$', '\\']))
    });
    let inner = match literal {
        Some(literal) => {
            let start = at + 1 + (inside.len() - inside.trim_start().len()) + 1;
            start..start + literal.len()
        }
        None => end..end,
    };
    Some(Expression { inner, end })
}

/// Behind the brace that closes the one at `at`; strings and comments may hold any brace.
fn balanced(bytes: &[u8], at: usize, budget: &mut Budget) -> Option<usize> {
    budget.is_left()?;
    let (mut i, mut depth) = (at, 0usize);
    let mut found = None;
    while i < bytes.len() {
        match bytes[i] {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    found = Some(i + 1);
                    break;
                }
            }
            b'/' if bytes.get(i + 1) == Some(&b'*') => match bytes[i + 2..].windows(2).position(|w| w == b"*/") {
                Some(close) => i += close + 3,
                None => {
                    i = bytes.len();
                    break;
                }
            },
            quote @ (b'"' | b'\'') => {
                // An apostrophe in the text of nested JSX does not open a string: strings end on their line.
                let line = &bytes[i + 1..line_end(bytes, i + 1)];
                if let Some(close) = line.iter().position(|&b| b == quote) {
                    i += close + 1;
                }
            }
            _ => {}
        }
        i += 1;
    }
    budget.spend(i.min(bytes.len()) - at)?;
    found
}

/// The first `len` bytes, or fewer to end at a character.
fn clip(text: &str, len: usize) -> &str {
    &text[..text.floor_char_boundary(len)]
}
