//! Headings and the sections between them.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::{
    Passage, Section,
    anchors::Anchors,
    blocks::{Block, Kind},
    markdown,
    mask::Dialect,
    passages::Cutter,
    plain::plain_in,
};

/// A heading that splits the article.
pub(super) struct Heading {
    pub(super) range: Range<usize>,
    pub(super) level: u8,
    pub(super) text: String,
    pub(super) anchor: String,
    /// The id that it asked for belongs to another heading.
    pub(super) taken: bool,
}

/// A file's blocks with their headings.
pub(super) struct Body<'a> {
    source: &'a str,
    masked: &'a str,
    blocks: &'a [Block],
    dialect: Dialect,
    start: usize,
    pub(super) headings: Vec<Heading>,
}

impl<'a> Body<'a> {
    pub(super) fn new(source: &'a str, masked: &'a str, blocks: &'a [Block], dialect: Dialect, start: usize) -> Self {
        let mut anchors = Anchors::default();
        let mut headings = Vec::new();
        for block in blocks {
            let Kind::Heading(level, id) = &block.kind else {
                continue;
            };
            let text = plain_in(&source[block.range.clone()], dialect).replace('\n', " ");
            let (anchor, taken) = anchors.take(&text, id.as_deref());
            headings.push(Heading {
                range: block.range.clone(),
                level: *level,
                text,
                anchor,
                taken,
            });
        }
        Self {
            source,
            masked,
            blocks,
            dialect,
            start,
            headings,
        }
    }

    /// The first block, if it is a heading that repeats the title.
    pub(super) fn leading_title(&self, title: &str) -> Option<&Heading> {
        let first = self
            .headings
            .first()
            .filter(|h| self.blocks.first().is_some_and(|b| b.range == h.range))?;
        (first.text == title).then_some(first)
    }

    /// Cuts the file into sections and these into passages.
    pub(super) fn cut(&self, title: &str, aim: usize) -> (Vec<Section>, Vec<Passage>) {
        let cutter = Cutter::new(self.source, self.masked, self.dialect, aim);
        let leads = self.leading_title(title).is_some();
        let mut sections: Vec<Section> = Vec::new();
        let mut passages = Vec::new();
        // Levels and texts of the headings above.
        let mut above: Vec<(u8, &str)> = Vec::new();
        for (number, (heading, blocks)) in self.runs().into_iter().enumerate() {
            let pieces = cutter.cut(blocks);
            if heading.is_none() && pieces.is_empty() && !self.headings.is_empty() {
                continue;
            }
            // The text before the first heading, or under the heading that is the title.
            let heading = heading.filter(|_| !(leads && number == 1));
            if let Some(h) = heading {
                above.retain(|(level, _)| *level < h.level);
                let is_title = h.level == 1 && h.text == title;
                if !h.text.is_empty() && !is_title {
                    above.push((h.level, &h.text));
                }
            }
            let mut heading_path: Vec<String> = above.iter().map(|(_, text)| (*text).to_owned()).collect();
            if heading_path.is_empty() {
                heading_path.push(title.to_owned());
            }
            let end = self
                .headings
                .get(number)
                .map_or(self.source.len(), |next| next.range.start);
            let index = sections.len();
            passages.extend(pieces.into_iter().map(|p| Passage {
                section: Some(index),
                span: p.span,
                text: p.text,
            }));
            sections.push(Section {
                heading_path,
                anchor: heading.map(|h| h.anchor.clone()).unwrap_or_default(),
                level: heading.map_or(1, |h| h.level),
                span: heading.map_or(self.start, |h| h.range.start)..end,
            });
        }
        (sections, passages)
    }

    /// The blocks before the first heading, then those under each heading.
    fn runs(&self) -> Vec<(Option<&Heading>, &[Block])> {
        let is_heading = |b: &Block| matches!(b.kind, Kind::Heading(..));
        let texts = self.blocks.split(is_heading);
        let headings = std::iter::once(None).chain(self.headings.iter().map(Some));
        headings.zip(texts).collect()
    }
}

/// Where the words of the heading stand, without its marks.
pub(super) fn heading_text_span(masked: &str, range: &Range<usize>) -> Range<usize> {
    let mut span: Option<Range<usize>> = None;
    for (event, at) in markdown::events_of_piece(&masked[range.clone()], |_| None) {
        if !matches!(
            event,
            Event::Start(Tag::Heading { .. }) | Event::End(TagEnd::Heading(_))
        ) {
            let so_far = span.get_or_insert(at.clone());
            *so_far = so_far.start.min(at.start)..so_far.end.max(at.end);
        }
    }
    span.map_or(range.clone(), |s| range.start + s.start..range.start + s.end)
}
