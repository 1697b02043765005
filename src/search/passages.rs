//! Which passage of an article is shown, and which of its sentences.
//!
//! Ranking finds the article; here only its own passages compete. A word that stands in all of them tells nothing then, however
//! rare it is in the help center, so words count by both. Four things speak for a passage, in this order: that it means the
//! same (where the model knows the language), that it has the question's words, that its heading has them, and that its
//! heading is spelled alike. The text before the first heading tells what the article is about and seldom answers; it comes
//! last of equals. That a question asks "how" and a section has steps was tried as well, and made it worse: in a help center
//! half of the sections have steps. Measured on `kb/questions.jsonl` (`sections`), see MEASUREMENTS.md.

use super::{
    Generation,
    analyze::analyze,
    features::dice,
    query::{Query, QueryTerm},
    vectors::cosine,
    vocabulary::TermId,
};
use crate::kb::Article;

/// Against one of the cosine.
const WORDS: f32 = 0.5;
const HEADING: f32 = 0.3;
const LETTERS: f32 = 0.2;
const LEAD: f32 = 0.1;

/// The passage of an article that answers best. `question` is its vector, if the model speaks the language.
pub(super) fn best(generation: &Generation, query: &Query, article: usize, question: Option<&[i16]>) -> usize {
    let (kb, document) = (&generation.articles[article], &generation.statistics.documents[article]);
    if document.passages.len() < 2 {
        return 0;
    }
    let words = Words::of(query, document.passages.len(), |id| {
        let with = document
            .passages
            .iter()
            .filter(|terms| terms.binary_search(&id).is_ok());
        with.count()
    });
    let row = generation.rows[article] + 1;
    let mut best = (0, f32::MIN);
    for (at, terms) in document.passages.iter().enumerate() {
        let meaning = match (question, &generation.vectors) {
            (Some(question), Some(index)) => cosine(question, index.vectors().row(row + at)),
            _ => 0.0,
        };
        let heading = heading_of(kb, at).and_then(|heading| document.titles.get(heading));
        let above = heading.map_or(-LEAD, |heading| {
            HEADING * words.share(|id| heading.terms.contains(&id)) + LETTERS * dice(&query.grams, &heading.grams)
        });
        let score = meaning + WORDS * words.share(|id| terms.binary_search(&id).is_ok()) + above;
        if score > best.1 {
            best = (at, score);
        }
    }
    best.0
}

/// Which of the article's titles stands above a passage: the n-th section with an anchor has the n-th, after the article's own.
fn heading_of(article: &Article, passage: usize) -> Option<usize> {
    let section = article.passages.get(passage)?.section?;
    let has_anchor = |section: &crate::kb::Section| !section.anchor.is_empty();
    let heading = article.sections.get(section).filter(|section| has_anchor(section));
    heading.map(|_| {
        article.sections[..=section]
            .iter()
            .filter(|section| has_anchor(section))
            .count()
    })
}

/// The question's words with what each tells among the parts of one text.
struct Words<'a> {
    weighed: Vec<(&'a QueryTerm, f32)>,
    /// Weight of the whole question, as rare as its words are in the help center.
    whole: f32,
}

impl<'a> Words<'a> {
    /// `having` says how many of the parts have a term.
    fn of(query: &'a Query, parts: usize, having: impl Fn(TermId) -> usize) -> Self {
        let tells = |term: &&QueryTerm| !term.stop && !term.filler;
        let only_stops = !query.terms.iter().any(|term| tells(&term));
        let terms: Vec<&QueryTerm> = query.terms.iter().filter(|term| only_stops || tells(term)).collect();
        let all = (parts as f32 + 1.0).ln();
        let weight = |term: &QueryTerm| {
            let most = term.ids.iter().map(|id| having(*id)).max().unwrap_or(0);
            match most {
                0 => 0.0,
                most => term.idf * term.trust * ((parts as f32 + 1.0) / most as f32).ln() / all,
            }
        };
        let whole = terms.iter().map(|term| term.idf).sum::<f32>().max(1e-6);
        let weighed = terms.into_iter().map(|term| (term, weight(term))).collect();
        Words { weighed, whole }
    }

    /// Share of the question that a part has, 0 to 1.
    fn share(&self, has: impl Fn(TermId) -> bool) -> f32 {
        let had = self
            .weighed
            .iter()
            .filter(|(term, _)| term.ids.iter().any(|id| has(*id)));
        had.map(|(_, weight)| weight).sum::<f32>() / self.whole
    }
}

impl Generation {
    /// Bytes of the sentence, step or row of a text that has most of the question's words, each counted by how rare it is in
    /// the help center and in the text. `None` if none has any.
    pub fn best_sentence(&self, text: &str, lang: &str, query: &Query) -> Option<[usize; 2]> {
        let sentences = sentences(text);
        let terms: Vec<Vec<TermId>> = sentences
            .iter()
            .map(|[from, to]| {
                let tokens = analyze(&text[*from..*to], lang);
                tokens
                    .iter()
                    .filter_map(|token| self.vocabulary().id(&token.term))
                    .collect()
            })
            .collect();
        let having = |id: TermId| terms.iter().filter(|terms| terms.contains(&id)).count();
        let words = Words::of(query, sentences.len(), having);
        let mut best = None;
        let mut most = 0.0;
        for (sentence, terms) in sentences.iter().zip(&terms) {
            let share = words.share(|id| terms.contains(&id));
            if share > most {
                (best, most) = (Some(*sentence), share);
            }
        }
        best
    }
}

/// Bytes of each sentence of a plain text. Lines are sentences of their own: steps, entries of lists, rows.
pub(super) fn sentences(text: &str) -> Vec<[usize; 2]> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut add = |from: usize, to: usize| {
        let piece = &text[from..to];
        let start = from + (piece.len() - piece.trim_start().len());
        let end = start + piece.trim().len();
        if end > start {
            found.push([start, end]);
        }
    };
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let after = at + c.len_utf8();
        let ends = match c {
            '\n' => true,
            '。' | '！' | '？' => !matches!(next, Some('」' | '』' | '）')),
            // "1." begins a step, and does not end a sentence.
            '.' => {
                next.is_none_or(char::is_whitespace) && !is_number(&text[from..at]) && !is_short_form(&text[from..at])
            }
            '!' | '?' | '…' => next.is_none_or(char::is_whitespace),
            _ => false,
        };
        if ends {
            add(from, after);
            from = after;
        }
    }
    add(from, text.len());
    found
}

/// Whether a full stop after this belongs to its last word: "order no. 12".
fn is_short_form(text: &str) -> bool {
    const SHORT_FORMS: &[&str] = &[
        "no", "nr", "mr", "mrs", "ms", "dr", "st", "vs", "approx", "ca", "bzw", "e.g", "i.e", "z.b",
    ];
    let last = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    SHORT_FORMS.contains(&last.to_lowercase().as_str())
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_readers_end_them() {
        let parts = |text: &'static str| -> Vec<&str> {
            sentences(text).into_iter().map(|[from, to]| &text[from..to]).collect()
        };
        assert_eq!(
            parts("Use 2.4 GHz. It costs Rp 35,000! Why?\n1. Open Orders.\n2. Choose Track"),
            [
                "Use 2.4 GHz.",
                "It costs Rp 35,000!",
                "Why?",
                "1. Open Orders.",
                "2. Choose Track"
            ]
        );
        assert_eq!(
            parts("送料は600円です。「無料。」もあります。"),
            ["送料は600円です。", "「無料。」もあります。"]
        );
        assert_eq!(parts(" \n "), [""; 0]);
    }
}
