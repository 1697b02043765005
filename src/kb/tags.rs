//! Raw HTML inside Markdown: its text for the index, its links and nesting for display.

use std::{borrow::Cow, sync::LazyLock};

use pulldown_cmark::{Event, Parser};
use regex::{Captures, Regex};

/// Longer ones are text.
const LONGEST_TAG: usize = 64 * 1024;

/// One tag found in a piece of HTML.
pub(super) struct RawTag<'a> {
    /// As written, without `/`.
    pub(super) name: &'a str,
    pub(super) closing: bool,
    /// All of it, with the angle brackets.
    pub(super) whole: &'a str,
}

impl RawTag<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether what stands between this tag and its closing one is not text.
    pub(super) fn hides_content(&self) -> bool {
        [
            "script", "style", "svg", "math", "iframe", "object", "template", "noscript",
        ]
        .iter()
        .any(|name| self.is(name))
    }

    /// Whether it may stay open: no closing tag, and not one that needs none.
    pub(super) fn opens(&self) -> bool {
        !self.closing && !self.whole.ends_with("/>") && !self.needs_no_closing()
    }

    /// Void elements, and those that end by themselves when the next one starts.
    pub(super) fn needs_no_closing(&self) -> bool {
        const NAMES: [&str; 22] = [
            "area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "p", "li",
            "td", "th", "tr", "dt", "dd", "tbody", "thead", "tfoot",
        ];
        NAMES.iter().any(|name| self.is(name))
    }

    pub(super) fn breaks_line(&self) -> bool {
        const BLOCKS: [&str; 33] = [
            "address",
            "article",
            "aside",
            "blockquote",
            "br",
            "caption",
            "dd",
            "details",
            "div",
            "dl",
            "dt",
            "figcaption",
            "figure",
            "footer",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "ol",
            "p",
            "pre",
            "section",
            "summary",
            "table",
            "tbody",
            "thead",
            "tr",
            "ul",
        ];
        BLOCKS.iter().any(|name| self.is(name))
    }

    /// The value of `alt`.
    pub(super) fn alt(&self) -> Option<&str> {
        static ALT: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#"(?i)\salt\s*=\s*(?:"([^"]*)"|'([^']*)')"#).expect("the pattern is valid"));
        let found = ALT.captures(self.whole)?;
        found.get(1).or(found.get(2)).map(|m| m.as_str())
    }
}

/// The tag at the start of `html`, which starts with `<`.
pub(super) fn tag_at(html: &str) -> Option<RawTag<'_>> {
    let html = &html[..html.floor_char_boundary(LONGEST_TAG)];
    let bytes = html.as_bytes();
    let closing = bytes.get(1) == Some(&b'/');
    let start = if closing { 2 } else { 1 };
    let len = bytes
        .get(start..)?
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-')
        .count();
    let name = &html[start..start + len];
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    if !matches!(bytes.get(start + len), Some(b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>')) {
        return None;
    }
    let mut quote = None;
    for (i, &b) in bytes.iter().enumerate().skip(start + len) {
        match (quote, b) {
            (None, b'>') => {
                return Some(RawTag {
                    name,
                    closing,
                    whole: &html[..=i],
                });
            }
            (None, b'"' | b'\'') => quote = Some(b),
            (None, b'<') => return None,
            (Some(open), b) if b == open => quote = None,
            _ => {}
        }
    }
    None
}

/// The text of a piece of HTML, one line per block, without scripts, styles and comments.
pub(super) fn text_of_html(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    let mut hidden: Option<String> = None;
    while let Some(i) = rest.find('<') {
        if hidden.is_none() {
            push_decoded(&mut text, &rest[..i]);
        }
        rest = &rest[i..];
        if rest.starts_with("<!--") {
            let Some(end) = rest.find("-->") else { return text };
            rest = &rest[end + 3..];
            continue;
        }
        let Some(tag) = tag_at(rest) else {
            if hidden.is_none() && !rest[1..].starts_with(['!', '?', '/']) {
                text.push('<');
            }
            rest = &rest[1..];
            continue;
        };
        rest = &rest[tag.whole.len()..];
        match &hidden {
            Some(name) if tag.closing && tag.is(name) => hidden = None,
            Some(_) => {}
            None if tag.hides_content() && tag.opens() => hidden = Some(tag.name.to_owned()),
            None if tag.is("li") && !tag.closing => text.push_str("\n- "),
            None if tag.breaks_line() => text.push('\n'),
            None if (tag.is("td") || tag.is("th")) && !tag.closing && !text.is_empty() && !text.ends_with('\n') => {
                text.push_str(" | ");
            }
            None if tag.is("img") => push_decoded(&mut text, tag.alt().unwrap_or_default()),
            None => {}
        }
    }
    if hidden.is_none() {
        push_decoded(&mut text, rest);
    }
    text
}

/// What an inline tag contributes to a line of text.
pub(super) fn text_of_inline_tag(tag: &RawTag<'_>) -> String {
    let mut text = String::new();
    if tag.is("img") {
        push_decoded(&mut text, tag.alt().unwrap_or_default());
    } else if tag.breaks_line() {
        text.push('\n');
    }
    text
}

fn push_decoded(text: &mut String, html: &str) {
    static ENTITY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"&#?[A-Za-z0-9]{1,32};").expect("the pattern is valid"));
    text.push_str(&ENTITY.replace_all(html, |found: &Captures<'_>| decode_entity(&found[0])));
}

/// The Markdown parser knows all named characters.
fn decode_entity(entity: &str) -> String {
    Parser::new(entity)
        .filter_map(|event| {
            if let Event::Text(text) = event {
                Some(text.into_string())
            } else {
                None
            }
        })
        .collect()
}

/// Rewrites the addresses in `href` and `src` of raw HTML.
pub(super) fn map_addresses<'a>(html: &'a str, links: &dyn Fn(&str) -> Option<String>) -> Cow<'a, str> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i)(\s(?:href|src)\s*=\s*)(?:"([^"<>]*)"|'([^'<>]*)')"#).expect("the pattern is valid")
    });
    ADDRESS.replace_all(html, |found: &Captures<'_>| {
        let raw = found.get(2).or(found.get(3)).map_or("", |m| m.as_str());
        let mut target = String::new();
        push_decoded(&mut target, raw);
        match links(&target) {
            Some(address) => format!("{}\"{}\"", &found[1], escape(&address)),
            None => found[0].to_owned(),
        }
    })
}

/// Escapes text for HTML and for attributes in double quotes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_html_keeps_words_and_drops_scripts() {
        let html = "<p>Pay &amp; go</p><script>alert('<p>x')</script><style>p{}</style><!-- no --><td>a</td><td>b&eacute;</td>";
        assert_eq!(text_of_html(html).trim(), "Pay & go\na | bé");
        assert_eq!(
            text_of_html("<ul><li>a</li><li>b</li></ul>")
                .replace("\n\n", "\n")
                .trim(),
            "- a\n- b"
        );
        assert_eq!(text_of_html("a < b and <b>c</b>"), "a < b and c");
        assert_eq!(text_of_html("<img src=x alt=\"A cat\">"), "A cat");
    }

    #[test]
    fn addresses_in_raw_html_are_mapped() {
        let map = |raw: &str| (raw == "a&b.md").then(|| "/articles/a\"b".to_owned());
        assert_eq!(
            map_addresses(r#"<a class="x" href='a&amp;b.md'>"#, &map),
            r#"<a class="x" href="/articles/a&quot;b">"#
        );
        assert_eq!(
            map_addresses(r#"<img src="other.png">"#, &map),
            r#"<img src="other.png">"#
        );
    }
}
