//! Cuts the text of a section into passages: whole blocks, near the wished size, none empty.

use std::ops::Range;

use pulldown_cmark::Event;

use super::{
    blocks::{Block, Kind},
    markdown,
    mask::{Dialect, FILLER},
    plain::plain_in,
};

/// A passage shorter than this is not worth a vector of its own.
const SMALLEST_AIM: usize = 100;

/// A span and its plain text.
pub(super) struct Piece {
    pub(super) span: Range<usize>,
    pub(super) text: String,
}

/// A piece of the section that is not cut any further.
struct Unit {
    span: Range<usize>,
    chars: usize,
    /// Indented text inside of HTML: alone it must lose its indent, behind other text it would be taken for code.
    apart: bool,
}

pub(super) struct Cutter<'a> {
    source: &'a str,
    masked: &'a str,
    dialect: Dialect,
    aim: usize,
}

impl<'a> Cutter<'a> {
    pub(super) fn new(source: &'a str, masked: &'a str, dialect: Dialect, aim: usize) -> Self {
        Self {
            source,
            masked,
            dialect,
            aim: aim.max(SMALLEST_AIM),
        }
    }

    /// The passages of one section's blocks.
    pub(super) fn cut(&self, blocks: &[Block]) -> Vec<Piece> {
        let mut units = Vec::new();
        for block in blocks {
            self.add_units(block, &mut units);
        }
        if self.dialect == Dialect::Markdown {
            units.iter_mut().for_each(|unit| self.set_apart(unit));
        }
        self.packed(&units)
            .into_iter()
            .filter_map(|span| self.piece(span))
            .collect()
    }

    fn set_apart(&self, unit: &mut Unit) {
        let source = &self.source[unit.span.clone()];
        let blanks = source.len() - source.trim_start_matches([' ', '\t']).len();
        if blanks > 0 && self.masked[unit.span.start..].starts_with(FILLER) {
            unit.span.start += blanks;
            unit.apart = true;
        }
    }

    fn plain(&self, span: &Range<usize>) -> String {
        self.source
            .get(span.clone())
            .map(|source| plain_in(source, self.dialect))
            .unwrap_or_default()
    }

    fn piece(&self, span: Range<usize>) -> Option<Piece> {
        let text = self.plain(&span);
        (!text.trim().is_empty()).then_some(Piece { span, text })
    }

    /// Adds a block as one unit if it fits, else its parts.
    fn add_units(&self, block: &Block, units: &mut Vec<Unit>) {
        // Plain text is never much longer than its source: list numbers and separators.
        let text = self.plain(&block.range);
        let chars = text.chars().count();
        if text.trim().is_empty() {
            return;
        }
        let whole_up_to = match block.kind {
            Kind::List(false) => self.aim,
            _ => self.aim * 2,
        };
        if chars <= whole_up_to {
            units.push(Unit {
                span: block.range.clone(),
                chars,
                apart: false,
            });
            return;
        }
        match block.kind {
            Kind::Paragraph => self.add_sentences(block, units),
            Kind::List(_) | Kind::Item | Kind::Quote | Kind::Aside if !block.children.is_empty() => {
                self.add_children(block, units);
            }
            Kind::Table if !block.children.is_empty() => self.add_rows(block, units),
            _ => units.push(Unit {
                span: block.range.clone(),
                chars,
                apart: false,
            }),
        }
    }

    fn add_children(&self, block: &Block, units: &mut Vec<Unit>) {
        let before = units.len();
        for child in &block.children {
            self.add_units(child, units);
        }
        // The text of a tight list's item is no paragraph of its own: it goes with the first child, or is cut itself.
        match (&block.kind, units.get_mut(before)) {
            (Kind::Item, Some(first)) => {
                first.span.start = block.range.start;
                first.chars = self.plain(&first.span).chars().count();
            }
            (Kind::Item, None) => units.push(Unit {
                span: block.range.clone(),
                chars: self.aim,
                apart: false,
            }),
            _ => {}
        }
    }

    /// The header stays with the first rows.
    fn add_rows(&self, table: &Block, units: &mut Vec<Unit>) {
        let mut start = table.range.start;
        for row in &table.children {
            // Never backwards, wherever the parser lets a row end.
            let span = start.min(row.range.end)..row.range.end;
            let chars = self.plain(&span).chars().count();
            units.push(Unit {
                span,
                chars,
                apart: false,
            });
            start = next_line(self.masked, row.range.end).min(table.range.end);
        }
    }

    fn add_sentences(&self, block: &Block, units: &mut Vec<Unit>) {
        let mut start = block.range.start;
        let mut add = |span: Range<usize>| {
            let text = self.plain(&span);
            if !text.trim().is_empty() {
                units.push(Unit {
                    span,
                    chars: text.chars().count(),
                    apart: false,
                });
            }
        };
        for cut in self.sentence_cuts(&block.range) {
            let span = trimmed(self.masked, start..cut);
            if !span.is_empty() {
                add(span);
            }
            start = cut;
        }
        let rest = trimmed(self.masked, start..block.range.end);
        if !rest.is_empty() {
            add(rest);
        }
    }

    /// Where a paragraph may be cut: at ends of sentences outside of emphasis, links and code, about one per aim; where
    /// there are none for long, at blanks, and at last anywhere.
    fn sentence_cuts(&self, range: &Range<usize>) -> Vec<usize> {
        let text = &self.masked[range.clone()];
        let mut cuts = Vec::new();
        let (mut blank, mut any) = (None, None);
        let mut since = 0usize;
        let mut depth = 0usize;
        let mut previous_ends = false;
        for (event, at) in markdown::events_of_piece(text, |_| None) {
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                // Depth one: directly in the paragraph.
                Event::Text(_) | Event::SoftBreak | Event::HardBreak if depth == 1 => {
                    for (i, c) in text[at.clone()].char_indices() {
                        let here = at.start + i;
                        let wide_end = matches!(c, '。' | '！' | '？' | '．');
                        let mut cut = None;
                        if since >= self.aim {
                            if previous_ends && c.is_whitespace() {
                                cut = Some(here);
                            } else if wide_end {
                                cut = Some(here + c.len_utf8());
                            } else if since >= self.aim * 2 {
                                cut = blank.take().or(any.take());
                            }
                        }
                        // A long piece of code may bring up a place before the last cut.
                        let last = cuts.last().map_or(0, |last| last - range.start);
                        if let Some(cut) = cut.filter(|&c| c > last && c < text.len()) {
                            cuts.push(range.start + cut);
                            // Counted from the cut, which may lie behind us.
                            since = text.get(cut..here).map_or(0, |t| t.chars().count());
                            blank = None;
                        }
                        if c.is_whitespace() {
                            blank = Some(here);
                        }
                        any = Some(here);
                        since += 1;
                        previous_ends = matches!(c, '.' | '!' | '?' | '…' | '।' | '؟')
                            || (previous_ends && matches!(c, '"' | '”' | ')' | '\''));
                    }
                }
                _ => since += text[at].chars().count(),
            }
        }
        cuts
    }

    /// Joins units to spans near the aim, evenly: two halves rather than a whole and a scrap.
    fn packed(&self, units: &[Unit]) -> Vec<Range<usize>> {
        let total: usize = units.iter().map(|u| u.chars).sum();
        let count = if total <= self.aim + self.aim / 4 {
            1
        } else {
            total.div_ceil(self.aim).max(1)
        };
        let target = total / count;
        let mut spans: Vec<Range<usize>> = Vec::new();
        let mut filled = 0usize;
        for unit in units {
            let over = filled + unit.chars > target + target / 4;
            match spans.last_mut() {
                Some(last) if !unit.apart && (count == 1 || (filled < target && !(over && filled * 2 >= target))) => {
                    last.end = last.end.max(unit.span.end);
                    filled += unit.chars;
                }
                _ => {
                    spans.push(unit.span.clone());
                    filled = unit.chars;
                }
            }
        }
        spans
    }
}

/// Where the line after the one at `at` starts: a line may end in `\n`, `\r\n` or `\r` alone.
fn next_line(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    match rest.find(['\n', '\r']) {
        Some(end) if rest[end..].starts_with("\r\n") => at + end + 2,
        Some(end) => at + end + 1,
        None => at,
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    let end = range.end - (part.len() - part.trim_end().len());
    start..end.max(start)
}
