//! `**警告：**我们`: CommonMark leaves such marks as text, because Chinese and Japanese put no blanks around them.
//! Writers mean bold, so pairs of `**` beside such characters become strong emphasis.

use std::{collections::VecDeque, ops::Range};

use pulldown_cmark::{Event, Tag, TagEnd};

type Spanned<'a> = (Event<'a>, Range<usize>);

/// The same events with the pairs found. `text` is what was parsed.
pub(super) fn with_strong<'a>(
    text: &'a str,
    events: impl Iterator<Item = Spanned<'a>>,
) -> impl Iterator<Item = Spanned<'a>> {
    WithStrong {
        text,
        events,
        ready: VecDeque::new(),
    }
}

struct WithStrong<'a, I> {
    text: &'a str,
    events: I,
    ready: VecDeque<Spanned<'a>>,
}

impl<'a, I: Iterator<Item = Spanned<'a>>> Iterator for WithStrong<'a, I> {
    type Item = Spanned<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(event) = self.ready.pop_front() {
            return Some(event);
        }
        let first = self.events.next()?;
        if !is_star(&first) {
            return Some(first);
        }
        // The rest of the block's text: what this level of it holds.
        let mut run = vec![first];
        let mut depth = 0usize;
        for event in self.events.by_ref() {
            let ends = match &event.0 {
                Event::Start(tag) if is_block(tag) => true,
                Event::Start(_) => {
                    depth += 1;
                    false
                }
                Event::End(_) if depth == 0 => true,
                Event::End(_) => {
                    depth -= 1;
                    false
                }
                _ => false,
            };
            run.push(event);
            if ends {
                break;
            }
        }
        self.ready = paired(self.text, run).into();
        self.ready.pop_front()
    }
}

fn is_star(event: &Spanned<'_>) -> bool {
    matches!(&event.0, Event::Text(text) if **text == *"*")
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}

fn paired<'a>(text: &str, mut run: Vec<Spanned<'a>>) -> Vec<Spanned<'a>> {
    let mut open: Option<usize> = None;
    let mut gone = Vec::new();
    let mut depth = 0usize;
    for i in 0..run.len().saturating_sub(1) {
        match run[i].0 {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 0 || gone.last() == Some(&i) || !is_pair(text, &run[i], &run[i + 1]) {
            continue;
        }
        let (start, end) = (run[i].1.start, run[i + 1].1.end);
        let before = text[..start].chars().next_back();
        let after = text[end..].chars().next();
        match open {
            Some(opening) if before.is_some_and(|c| !c.is_whitespace()) => {
                let opened = run[opening].1.clone();
                let touches = |at: usize| {
                    text[..at].chars().next_back().is_some_and(is_cjk) || text[at..].chars().next().is_some_and(is_cjk)
                };
                if [opened.start, opened.start + 2, start, end].into_iter().any(touches) {
                    run[opening] = (Event::Start(Tag::Strong), opened.start..end);
                    run[i] = (Event::End(TagEnd::Strong), opened.start..end);
                    gone.extend([opening + 1, i + 1]);
                }
                open = None;
            }
            _ if after.is_some_and(|c| !c.is_whitespace()) => open = Some(i),
            _ => {}
        }
    }
    gone.sort_unstable();
    let mut index = 0;
    run.retain(|_| {
        index += 1;
        gone.binary_search(&(index - 1)).is_err()
    });
    run
}

/// Two stars, not three, and not escaped.
fn is_pair(text: &str, first: &Spanned<'_>, second: &Spanned<'_>) -> bool {
    let (start, end) = (first.1.start, second.1.end);
    is_star(first)
        && is_star(second)
        && first.1.end == second.1.start
        && end == start + 2
        && !text[..start].ends_with(['*', '\\'])
        && !text[end..].starts_with('*')
}

fn is_cjk(c: char) -> bool {
    matches!(u32::from(c), 0x3000..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0xff00..=0xffef | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    use crate::kb::{Options, page_html, parse, plain};

    #[test]
    fn stars_beside_chinese_and_japanese_are_bold() {
        assert_eq!(
            plain("**警告：**我们 **「ご注意」**を見る"),
            "警告：我们 「ご注意」を見る"
        );
        let article = parse("a.md", "**警告：**我们 *和*\n\n[x](y)**（a）**b\n", &Options::default()).0;
        let html = page_html(&article, &|_| None);
        assert!(
            html.contains("<strong>警告：</strong>我们") && html.contains("</a><strong>（a）</strong>b"),
            "{html}"
        );
    }

    #[test]
    fn other_stars_stay() {
        assert_eq!(plain("2 ** 3 and a** b **c"), "2 ** 3 and a** b **c");
        assert_eq!(plain(r"\*\*警告\*\*"), "**警告**");
        assert_eq!(plain("**警告： 我们"), "**警告： 我们");
    }
}
