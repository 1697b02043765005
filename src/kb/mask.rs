//! Hides what is not Markdown (MDX, JSX, Liquid, attribute lists, admonition marks) before parsing.
//!
//! What is hidden is overwritten by as many bytes of filler, never cut out, so every offset in the masked text is an
//! offset in the source. A line of nothing but filler becomes blank. Masking a whole block alone gives the same
//! as masking it in its file, apart from constructs that span blocks.

use std::{collections::HashMap, ops::Range};

use super::{
    asides::{self, Aside, FenceLine, Form},
    code_regions::{self, Regions, indent_width, is_blank, line_end},
    syntax,
};

/// Stands where something was hidden: unlike a space it neither makes code blocks nor line breaks, nor does it end the
/// address of a link. Renderers drop it.
pub(super) const FILLER: char = '\x7f';
const FILL: u8 = FILLER as u8;

/// Which syntax a file may use beside CommonMark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `{braces}` are text.
    Markdown,
    /// `{braces}` are expressions, indents are not code.
    Mdx,
}

impl Dialect {
    pub(super) fn of_path(path: &str) -> Self {
        let ending = path.rsplit('.').next().unwrap_or_default();
        if ending.eq_ignore_ascii_case("mdx") {
            Self::Mdx
        } else {
            Self::Markdown
        }
    }
}

/// Whether `[^1]` stays (a whole page shows the note) or goes (a piece does not).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FootnoteMarks {
    Keep,
    Hide,
}

/// A text of the same length as the source with only Markdown in it.
pub(super) struct Masked {
    pub(super) text: String,
    pub(super) asides: Vec<Aside>,
}

/// Masks `source` from `body_start` on and blanks what is before.
pub(super) fn mask(source: &str, body_start: usize, dialect: Dialect, footnotes: FootnoteMarks) -> Masked {
    let mut scanner = Scanner {
        source,
        bytes: source.as_bytes(),
        out: source.as_bytes().to_vec(),
        dialect,
        footnotes,
        regions: code_regions::find(source, body_start, dialect),
        next_opaque: 0,
        asides: Vec::new(),
        open: Vec::new(),
        ticks: HashMap::new(),
        paragraph_end: body_start,
        on_heading: None,
        budget: syntax::Budget::for_text(source.len()),
        filled: false,
    };
    for b in &mut scanner.out[..body_start] {
        if !matches!(b, b'\n' | b'\r') {
            *b = b' ';
        }
    }
    scanner.run(body_start);
    let Scanner { out, asides, .. } = scanner;
    // Masks begin and end at ASCII characters, so this never has to replace anything.
    let text = String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
    Masked { text, asides }
}

struct Scanner<'a> {
    source: &'a str,
    bytes: &'a [u8],
    out: Vec<u8>,
    dialect: Dialect,
    footnotes: FootnoteMarks,
    regions: Regions,
    /// Index of the first opaque region that ends after the current position.
    next_opaque: usize,
    asides: Vec<Aside>,
    /// Open fenced asides: colons and index into `asides`.
    open: Vec<(usize, usize)>,
    /// Starts of the runs of backticks of the current paragraph, by length.
    ticks: HashMap<usize, Vec<usize>>,
    paragraph_end: usize,
    /// Whether the current line is a heading's, once asked.
    on_heading: Option<bool>,
    budget: syntax::Budget,
    filled: bool,
}

impl Scanner<'_> {
    fn run(&mut self, from: usize) {
        for indent in std::mem::take(&mut self.regions.indents) {
            self.fill(indent);
        }
        let mut at = from;
        let mut line_start = true;
        let mut after_blank = true;
        while at < self.bytes.len() {
            if let Some(end) = self.opaque_at(at) {
                (at, line_start, after_blank) = (end, true, true);
                self.paragraph_end = self.paragraph_end.max(at);
                continue;
            }
            if line_start {
                let end = line_end(self.bytes, at);
                if is_blank(&self.bytes[at..end]) {
                    (at, after_blank) = (end + 1, true);
                    continue;
                }
                if at >= self.paragraph_end {
                    self.enter_paragraph(at);
                }
                if let Some(next) = self.whole_line(at, end, after_blank) {
                    at = next;
                    continue;
                }
                (line_start, after_blank) = (false, false);
                self.on_heading = None;
            }
            if self.bytes[at] == b'\n' {
                line_start = true;
                at += 1;
            } else {
                at = self.inline(at);
            }
        }
        if self.filled {
            self.blank_filled_lines(from);
        }
    }

    fn opaque_at(&mut self, at: usize) -> Option<usize> {
        while self.regions.opaque.get(self.next_opaque).is_some_and(|r| r.end <= at) {
            self.next_opaque += 1;
        }
        self.regions
            .opaque
            .get(self.next_opaque)
            .filter(|r| r.start <= at)
            .map(|r| r.end)
    }

    /// Where the text that a construct may span ends: the next code block or the end.
    fn limit(&self) -> usize {
        self.regions
            .opaque
            .get(self.next_opaque)
            .map_or(self.bytes.len(), |r| r.start)
    }

    /// Finds the paragraph's end and its runs of backticks.
    fn enter_paragraph(&mut self, at: usize) {
        let limit = self.limit();
        let mut end = at;
        while end < limit {
            let stop = line_end(self.bytes, end);
            if is_blank(&self.bytes[end..stop]) {
                break;
            }
            end = (stop + 1).min(self.bytes.len());
        }
        self.paragraph_end = end.max(at + 1).min(limit.max(at + 1));
        self.ticks.clear();
        let mut i = at;
        while i < self.paragraph_end.min(self.bytes.len()) {
            if self.bytes[i] == b'`' {
                let len = self.run_of_ticks(i);
                self.ticks.entry(len).or_default().push(i);
                i += len;
            } else {
                i += 1;
            }
        }
    }

    fn run_of_ticks(&self, at: usize) -> usize {
        self.bytes[at..].iter().take_while(|&&b| b == b'`').count()
    }

    /// Handles constructs that own whole lines; gives the next line's start.
    fn whole_line(&mut self, at: usize, end: usize, after_blank: bool) -> Option<usize> {
        let line = &self.source[at..end];
        let next = (end + 1).min(self.bytes.len());
        if after_blank && let Some(stop) = syntax::module_statement(self.source, at, self.limit(), self.dialect) {
            self.fill(at..stop);
            return Some(if stop < self.bytes.len() {
                line_end(self.bytes, stop) + 1
            } else {
                stop
            });
        }
        match asides::fence_line(line) {
            Some(FenceLine::Open { colons, kind, title }) => {
                let title = title.map(|t| at + t.start..at + t.end);
                self.open.push((colons, self.asides.len()));
                self.asides.push(Aside {
                    kind,
                    title,
                    start: at,
                    form: Form::Fenced(None),
                });
                self.fill(at..end);
                return Some(next);
            }
            Some(FenceLine::Close { colons }) => {
                if let Some(i) = self.open.iter().rposition(|(c, _)| *c == colons) {
                    let (_, aside) = self.open[i];
                    self.asides[aside].form = Form::Fenced(Some(end));
                    self.open.truncate(i);
                }
                self.fill(at..end);
                return Some(next);
            }
            None => {}
        }
        let head = asides::indented_line(line)?;
        if !self.body_is_indented(next, indent_width(line.as_bytes())) {
            return None;
        }
        let start = at + head.mark;
        let title = head.title.map(|t| at + t.start..at + t.end);
        self.asides.push(Aside {
            kind: Some(head.kind),
            title,
            start,
            form: Form::Indented,
        });
        // A list item whose content stands at the fourth column: exactly the body's indent.
        self.fill(start..end);
        self.out[start..start + 4].copy_from_slice(b"+   ");
        Some(next)
    }

    fn body_is_indented(&self, mut at: usize, indent: usize) -> bool {
        while at < self.bytes.len() {
            let end = line_end(self.bytes, at);
            if !is_blank(&self.bytes[at..end]) {
                return indent_width(&self.bytes[at..end]) >= indent + 4;
            }
            at = end + 1;
        }
        false
    }

    /// Handles what starts at `at` inside a line; gives where to go on.
    fn inline(&mut self, at: usize) -> usize {
        match self.bytes[at] {
            b'\\' if self.bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) => at + 2,
            b'`' => self.code_span(at),
            b'{' => self.brace(at),
            b'<' => {
                let limit = self.limit();
                match syntax::jsx_tag(self.source, at, limit, self.dialect, &mut self.budget) {
                    Some(end) => {
                        self.fill(at..end);
                        end
                    }
                    None => at + 1,
                }
            }
            b'[' if self.footnotes == FootnoteMarks::Hide => match syntax::footnote_mark(self.source, at) {
                Some(end) => {
                    self.fill(at..end);
                    end
                }
                None => at + 1,
            },
            _ => at + 1,
        }
    }

    /// Behind the code span that starts at `at`, or behind the backticks if none does.
    fn code_span(&self, at: usize) -> usize {
        let len = self.run_of_ticks(at);
        let starts = self.ticks.get(&len).map_or(&[][..], Vec::as_slice);
        let after = starts.partition_point(|&s| s <= at);
        starts.get(after).map_or(at + len, |close| close + len)
    }

    fn brace(&mut self, at: usize) -> usize {
        let limit = self.limit();
        if let Some(tag) = syntax::liquid_tag(self.source, at, limit) {
            let name = tag.name;
            self.fill(at..tag.end);
            if name == "comment"
                && let Some(end) =
                    syntax::liquid_end(self.source, tag.end, self.bytes.len(), "endcomment", &mut self.budget)
            {
                self.fill(at..end.end);
                return end.end;
            }
            if name == "raw"
                && let Some(end) =
                    syntax::liquid_end(self.source, tag.end, self.paragraph_end, "endraw", &mut self.budget)
            {
                self.fill(end.start..end.end);
                return end.end;
            }
            return tag.end;
        }
        if let Some(end) = syntax::liquid_output(self.source, at, limit) {
            self.fill(at..end);
            return end;
        }
        if let Some(end) = self.attribute_list(at) {
            return end;
        }
        if self.dialect == Dialect::Mdx
            && let Some(expression) = syntax::expression(self.source, at, limit, &mut self.budget)
        {
            self.fill(at..expression.inner.start);
            self.fill(expression.inner.end..expression.end);
            return expression.end;
        }
        at + 1
    }

    /// Kramdown `{: .class}`, MkDocs `{ .class }`; on heading lines they are turned into what the parser understands.
    fn attribute_list(&mut self, at: usize) -> Option<usize> {
        let end = syntax::attribute_list(self.source, at)?;
        if !self.on_heading_line(at) {
            self.fill(at..end);
        } else if self.bytes[at + 1] == b':' {
            self.out[at + 1] = b' ';
        } else if self.bytes[at + 1..].starts_with(b"/*") {
            self.out[at + 1..at + 3].fill(b' ');
            self.out[end - 3..end - 1].fill(b' ');
        }
        Some(end)
    }

    /// Asked for the first attribute list of a line only: a line may be the whole file.
    fn on_heading_line(&mut self, at: usize) -> bool {
        if let Some(known) = self.on_heading {
            return known;
        }
        let start = self.bytes[..at].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
        let next = self.bytes.get(line_end(self.bytes, at) + 1..).unwrap_or_default();
        let underline = next[..line_end(next, 0)].trim_ascii();
        let is_heading = self.bytes[start..at].trim_ascii_start().starts_with(b"#")
            || (!underline.is_empty()
                && (underline.iter().all(|&b| b == b'=') || underline.iter().all(|&b| b == b'-')));
        *self.on_heading.insert(is_heading)
    }

    fn fill(&mut self, range: Range<usize>) {
        self.filled = true;
        for b in &mut self.out[range] {
            if !matches!(b, b'\n' | b'\r') {
                *b = FILL;
            }
        }
    }

    fn blank_filled_lines(&mut self, from: usize) {
        for line in self.out[from..].split_mut(|&b| b == b'\n') {
            if line.contains(&FILL) && line.iter().all(|b| *b == FILL || b.is_ascii_whitespace()) {
                for b in line.iter_mut().filter(|b| **b == FILL) {
                    *b = b' ';
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "mask_tests.rs"]
mod tests;
