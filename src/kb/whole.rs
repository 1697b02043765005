//! Grows a piece of an article until it cuts nothing that belongs together.

use std::ops::Range;

use super::{
    Article,
    blocks::{self, Block, Kind},
    front_matter,
    mask::{Dialect, FootnoteMarks, mask},
};

/// Characters up to which steps, or a paragraph without an end of a sentence, stay together. Longer than a page is no
/// answer that anybody reads in a chat.
const LONGEST: usize = 6_000;

impl Article {
    /// The span of a passage, grown so that numbered steps are whole and no sentence is cut: passages are made for vectors,
    /// which want pieces of one size, and readers want the rest of the steps.
    pub fn whole(&self, passage: usize) -> Option<Range<usize>> {
        let chosen = self.passages.get(passage)?;
        let shares_section = |other: &&super::Passage| other.section == chosen.section;
        // A section that is one passage cuts nothing, and most are.
        if chosen.section.is_none() || self.passages.iter().filter(shares_section).count() < 2 {
            return Some(chosen.span.clone());
        }
        let start = front_matter::split(&self.source).body_start;
        let masked = mask(&self.source, start, Dialect::of_path(&self.path), FootnoteMarks::Keep);
        let mut span = chosen.span.clone();
        for block in blocks::blocks(&masked.text, &masked.asides) {
            self.grow(&block, &mut span);
        }
        Some(span)
    }

    fn grow(&self, block: &Block, span: &mut Range<usize>) {
        let apart = block.range.end <= span.start || span.end <= block.range.start;
        let inside = span.start <= block.range.start && block.range.end <= span.end;
        if apart || inside {
            return;
        }
        let together = span.start.min(block.range.start)..span.end.max(block.range.end);
        let belongs = match block.kind {
            Kind::List(ordered) => ordered,
            Kind::Paragraph => self.cuts_sentence(block, span),
            _ => false,
        };
        if belongs && self.plain(together.clone()).chars().count() <= LONGEST {
            *span = together;
            return;
        }
        for child in &block.children {
            self.grow(child, span);
        }
    }

    /// Whether one of the ends lies inside of a sentence of this paragraph.
    fn cuts_sentence(&self, paragraph: &Block, span: &Range<usize>) -> bool {
        let ends = |at: usize| {
            let before = self
                .source
                .get(paragraph.range.start..at)
                .unwrap_or_default()
                .trim_end();
            let before = before.trim_end_matches(['"', '”', ')', '\'', '」', '』', '）']);
            before.is_empty() || before.ends_with(['.', '!', '?', '…', '।', '؟', '。', '！', '？', '．'])
        };
        [span.start, span.end]
            .into_iter()
            .any(|at| paragraph.range.start < at && at < paragraph.range.end && !ends(at))
    }
}

#[cfg(test)]
mod tests {
    use crate::kb::{Options, parse};

    fn article(text: &str) -> crate::kb::Article {
        let options = Options {
            passage_chars: 150,
            ..Options::default()
        };
        parse("a.md", text, &options).0
    }

    #[test]
    fn steps_that_were_cut_for_the_index_are_shown_whole() {
        let steps: String = (1..=12)
            .map(|step| {
                format!("{step}. Open part {step} of the settings and choose the value that fits your device.\n")
            })
            .collect();
        let article = article(&format!(
            "# A\n\n## Steps\n\nDo this first.\n\n{steps}\nThen rest.\n\n## Other\n\nText.\n"
        ));
        let cut: Vec<usize> = (0..article.passages.len())
            .filter(|at| article.passages[*at].text.contains("Open part"))
            .collect();
        assert!(cut.len() > 2, "the list is cut for the index");
        for at in cut {
            let shown = article.plain(article.whole(at).expect("a passage"));
            for step in 1..=12 {
                assert!(
                    shown.contains(&format!("Open part {step} of")),
                    "step {step} is missing in {shown}"
                );
            }
            assert!(!shown.contains("Text."), "it stays in its section");
        }
    }

    #[test]
    fn a_sentence_is_never_cut_and_whole_sentences_do_not_grow() {
        let endless = "word ".repeat(200);
        let cut = article(&format!("# A\n\n## Long\n\n{endless}\n"));
        assert!(cut.passages.len() > 2);
        let whole = cut.plain(cut.whole(1).expect("a passage"));
        assert_eq!(whole.split_whitespace().count(), 200);

        let sentences = "The grinder wants to be cleaned every two weeks. ".repeat(20);
        let apart = article(&format!("# A\n\n## Long\n\n{sentences}\n"));
        assert!(apart.passages.len() > 2);
        assert_eq!(apart.whole(1), Some(apart.passages[1].span.clone()));
        assert_eq!(apart.whole(99), None);
    }

    #[test]
    fn steps_longer_than_a_page_stay_cut() {
        let steps: String = (1..=120)
            .map(|step| format!("{step}. {}\n", "Choose a value. ".repeat(5)))
            .collect();
        let article = article(&format!("# A\n\n## Steps\n\n{steps}\n"));
        assert_eq!(article.whole(1), Some(article.passages[1].span.clone()));
    }
}
