//! Plain text of Markdown, as it is embedded, searched and quoted.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::{
    asides::{Aside, Form},
    markdown,
    mask::{Dialect, FILLER, FootnoteMarks, mask},
    tags,
};

/// Nested lists are indented up to this depth; hostile ones may be ten thousand deep.
const DEEPEST_INDENT: usize = 8;

/// The plain text of a piece of Markdown.
///
/// Blocks are joined by line ends; list items read `- x` or `1. x`, table rows `a | b`; code stays as it is; an image
/// gives its alternative text, a link its text. HTML and JSX tags, template tags and footnote marks are dropped.
pub fn plain(source_span: &str) -> String {
    plain_in(source_span, Dialect::Markdown)
}

pub(super) fn plain_in(source_span: &str, dialect: Dialect) -> String {
    let masked = mask(source_span, 0, dialect, FootnoteMarks::Hide);
    let text = markdown::with_table_header(masked.text);
    let shifted = text.len() != source_span.len();
    let mut writer = Writer {
        source: source_span,
        asides: if shifted { &[] } else { &masked.asides },
        ..Writer::default()
    };
    for (event, range) in markdown::events_of_piece(&text, |_| None) {
        writer.event(event, range);
    }
    writer.end_line();
    writer.out
}

#[derive(Default)]
struct Writer<'a> {
    source: &'a str,
    /// Asides whose start has not been passed yet.
    asides: &'a [Aside],
    out: String,
    /// The inline text of the current line.
    line: String,
    lists: Vec<List>,
    /// The mark of a list item that has no text yet.
    marker: Option<String>,
    /// Text of the open code or HTML block.
    verbatim: Option<String>,
    first_cell: bool,
    /// Inline elements such as `<script>` whose text is dropped.
    hidden: Option<String>,
}

struct List {
    /// Of the next item, in an ordered list.
    number: Option<u64>,
    /// Not a list at all: an admonition was masked as one.
    is_aside: bool,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.verbatim {
                Some(block) => block.push_str(&text),
                None => self.inline(&text),
            },
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.inline(&text),
            Event::Html(html) => match &mut self.verbatim {
                Some(block) => block.push_str(&html),
                None => self.lines(&tags::text_of_html(&html)),
            },
            Event::InlineHtml(html) => self.inline_html(&html),
            Event::FootnoteReference(_) => {}
            Event::SoftBreak => self.inline(" "),
            Event::HardBreak => self.end_line(),
            Event::Rule => self.end_line(),
            Event::TaskListMarker(done) => self.inline(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        let inline = matches!(
            tag,
            Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Superscript
                | Tag::Subscript
                | Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::TableCell
        );
        if !inline {
            self.end_line();
            self.aside_titles(range.start);
        }
        match tag {
            Tag::CodeBlock(_) | Tag::HtmlBlock => self.verbatim = Some(String::new()),
            Tag::List(number) => self.lists.push(List {
                number,
                is_aside: false,
            }),
            Tag::Item => self.start_item(range.start),
            Tag::TableHead | Tag::TableRow => self.first_cell = true,
            Tag::TableCell if !std::mem::take(&mut self.first_cell) => self.line.push_str(" | "),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::TableCell => return,
            TagEnd::CodeBlock => {
                let code = self.verbatim.take().unwrap_or_default();
                self.block(&code);
            }
            TagEnd::HtmlBlock => {
                let html = self.verbatim.take().unwrap_or_default();
                self.lines(&tags::text_of_html(&html));
            }
            TagEnd::List(_) => {
                self.end_line();
                self.lists.pop();
            }
            TagEnd::Item => {
                self.end_line();
                self.marker = None;
            }
            // Rows cut from a table were given an empty header.
            TagEnd::TableHead | TagEnd::TableRow if self.line.bytes().all(|b| matches!(b, b'|' | b' ')) => {
                self.line.clear()
            }
            _ => {}
        }
        self.end_line();
        self.hidden = None;
    }

    fn start_item(&mut self, at: usize) {
        if let Some(aside) = self
            .asides
            .first()
            .filter(|a| a.form == Form::Indented && a.start == at)
        {
            self.asides = &self.asides[1..];
            if let Some(list) = self.lists.last_mut() {
                list.is_aside = true;
            }
            self.title(aside);
            return;
        }
        let depth = self
            .lists
            .iter()
            .filter(|l| !l.is_aside)
            .take(DEEPEST_INDENT + 1)
            .count();
        let indent = "  ".repeat(depth.saturating_sub(1));
        self.marker = Some(match self.lists.last_mut().and_then(|l| l.number.as_mut()) {
            Some(number) => {
                let marker = format!("{indent}{number}. ");
                *number = number.saturating_add(1);
                marker
            }
            None => format!("{indent}- "),
        });
    }

    /// Writes the titles of the fenced asides that open before `at`.
    fn aside_titles(&mut self, at: usize) {
        while let Some((aside, rest)) = self.asides.split_first()
            && (aside.start < at || (aside.start == at && aside.form != Form::Indented))
        {
            self.asides = rest;
            if aside.form != Form::Indented {
                self.title(aside);
            }
        }
    }

    fn title(&mut self, aside: &Aside) {
        if let Some(title) = aside.title.clone().and_then(|range| self.source.get(range)) {
            self.line.push_str(title);
            self.end_line();
        }
    }

    fn inline(&mut self, text: &str) {
        if self.hidden.is_none() {
            self.line.push_str(text);
        }
    }

    fn inline_html(&mut self, html: &str) {
        let Some(tag) = tags::tag_at(html) else { return };
        match &self.hidden {
            Some(name) if tag.closing && tag.is(name) => self.hidden = None,
            Some(_) => {}
            None if tag.hides_content() && tag.opens() => self.hidden = Some(tag.name.to_owned()),
            None => match tags::text_of_inline_tag(&tag).as_str() {
                "\n" => self.end_line(),
                text => self.line.push_str(text),
            },
        }
    }

    fn lines(&mut self, text: &str) {
        for line in text.lines().filter(|line| line.trim() != "-") {
            self.line.push_str(line);
            self.end_line();
        }
    }

    /// Ends the current line; blanks are collapsed, an empty line is none.
    fn end_line(&mut self) {
        if self.line.is_empty() {
            return;
        }
        let line = std::mem::take(&mut self.line);
        let line = line.replace(is_dropped, "");
        let words: Vec<&str> = line.split([' ', '\t', '\n', '\r']).filter(|w| !w.is_empty()).collect();
        let text = words.join(" ");
        if !text.trim().is_empty() {
            self.put(&text);
        }
    }

    /// Writes a code block as it is.
    fn block(&mut self, code: &str) {
        let code = code.replace(is_dropped, "");
        let code = code.trim_end();
        if !code.is_empty() {
            self.put(code);
        }
    }

    fn put(&mut self, text: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        if let Some(marker) = self.marker.take() {
            self.out.push_str(&marker);
        }
        self.out.push_str(text);
    }
}

/// Filler, and control characters that no reader should meet (`\r` among them).
fn is_dropped(c: char) -> bool {
    c == FILLER || (c.is_control() && !matches!(c, '\n' | '\t'))
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;
