//! The blocks of a masked file as a shallow tree with byte ranges.

use std::ops::Range;

use pulldown_cmark::{Event, Tag};

use super::{
    asides::{Aside, Form},
    markdown,
};

/// Lists and quotes are opened up to this depth; what is deeper belongs to its ancestor as a whole.
const DEEPEST: usize = 6;

/// What a block is, as far as cutting is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Paragraph,
    /// Level and custom anchor.
    Heading(u8, Option<String>),
    /// Ordered or not.
    List(bool),
    Item,
    Quote,
    Table,
    Row,
    /// A fenced admonition with its blocks.
    Aside,
    /// Kept whole: code, HTML, footnotes, definition lists, rules.
    Whole,
}

/// One block; ranges of children lie inside their parent's.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    pub(super) children: Vec<Block>,
}

/// The top-level blocks of `masked` in order.
pub(super) fn blocks(masked: &str, asides: &[Aside]) -> Vec<Block> {
    let mut top = Vec::new();
    let mut open: Vec<Block> = Vec::new();
    // How many elements are open inside the innermost recorded block.
    let mut inside = 0usize;
    for (event, range) in markdown::events(masked) {
        match event {
            Event::Start(tag) => {
                let recorded = inside == 0 && open.len() < DEEPEST;
                match kind(&tag).filter(|_| recorded && open.last().is_none_or(|b| holds_blocks(&b.kind))) {
                    Some(kind) => {
                        let in_item = open.iter().any(|b| b.kind == Kind::Item);
                        let start = if in_item {
                            range.start
                        } else {
                            line_start(masked, &range)
                        };
                        let range = start..trimmed_end(masked, &range);
                        open.push(Block {
                            kind,
                            range,
                            children: Vec::new(),
                        });
                    }
                    None => inside += 1,
                }
            }
            Event::End(_) if inside > 0 => inside -= 1,
            Event::End(_) => {
                if let Some(block) = open.pop() {
                    open.last_mut()
                        .map_or(&mut top, |parent| &mut parent.children)
                        .push(block);
                }
            }
            Event::Rule if open.is_empty() => top.push(Block {
                kind: Kind::Whole,
                range,
                children: Vec::new(),
            }),
            _ => {}
        }
    }
    top.extend(open.into_iter().take(1));
    disjoint(masked, &mut top, masked.len());
    grouped(top, asides)
}

/// The parser lets a definition list reach over the blocks behind it.
fn disjoint(masked: &str, blocks: &mut [Block], end: usize) {
    let mut limit = end;
    for block in blocks.iter_mut().rev() {
        let range = block.range.start.min(limit)..block.range.end.min(limit);
        block.range = range.start..trimmed_end(masked, &range);
        limit = block.range.start;
        disjoint(masked, &mut block.children, block.range.end);
    }
}

fn kind(tag: &Tag<'_>) -> Option<Kind> {
    Some(match tag {
        Tag::Paragraph => Kind::Paragraph,
        Tag::Heading { level, id, .. } => Kind::Heading(*level as u8, id.as_ref().map(|id| id.to_string())),
        Tag::List(start) => Kind::List(start.is_some()),
        Tag::Item => Kind::Item,
        Tag::BlockQuote(_) => Kind::Quote,
        Tag::Table(_) => Kind::Table,
        Tag::TableRow => Kind::Row,
        Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::FootnoteDefinition(_) | Tag::DefinitionList => Kind::Whole,
        _ => return None,
    })
}

fn holds_blocks(kind: &Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Item | Kind::Quote | Kind::Table)
}

/// A block cut out must keep its indent and its quote marks, or its later lines would mean something else. Inside a list
/// item the indent is the item's: kept, it would make code.
fn line_start(masked: &str, range: &Range<usize>) -> usize {
    let before = &masked.as_bytes()[..range.start];
    let marks = before
        .iter()
        .rev()
        .take_while(|b| matches!(b, b' ' | b'\t' | b'>'))
        .count();
    let start = range.start - marks;
    if start == 0 || before[start - 1] == b'\n' {
        start
    } else {
        range.start
    }
}

fn trimmed_end(masked: &str, range: &Range<usize>) -> usize {
    range.start + masked[range.clone()].trim_ascii_end().len()
}

/// Puts the blocks between the opening and the closing line of an admonition together.
fn grouped(blocks: Vec<Block>, asides: &[Aside]) -> Vec<Block> {
    let mut fences = asides.iter().filter_map(|a| match a.form {
        Form::Fenced(Some(end)) if a.kind.is_some() => Some(a.start..end),
        _ => None,
    });
    let mut fence = fences.next();
    let mut out: Vec<Block> = Vec::with_capacity(blocks.len());
    let mut group: Option<Block> = None;
    for block in blocks {
        if let Some(open) = group.take_if(|g| block.range.start >= g.range.end) {
            out.push(open);
        }
        if let Some(open) = &mut group {
            open.range.end = open.range.end.max(block.range.end);
            open.children.push(block);
            continue;
        }
        while fence.as_ref().is_some_and(|f| f.end <= block.range.start) {
            fence = fences.next();
        }
        match fence.take_if(|f| f.start <= block.range.start) {
            Some(range) => {
                fence = fences.next();
                let range = range.start..range.end.max(block.range.end);
                group = Some(Block {
                    kind: Kind::Aside,
                    range,
                    children: vec![block],
                });
            }
            None => out.push(block),
        }
    }
    out.extend(group);
    out
}
