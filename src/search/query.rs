//! A question made ready for searching: its language, its terms with their weights, its trigrams.

use std::ops::Range;

use super::{
    analyze::fold,
    language,
    statistics::{Statistics, trigrams},
    vocabulary::TermId,
};

/// An analyzed question.
#[derive(Default)]
pub struct Query {
    /// BCP 47 primary code, as told or as guessed.
    pub lang: String,
    /// Distinct terms in order of appearance.
    pub terms: Vec<QueryTerm>,
    /// The terms in order, known ones only, for runs.
    pub sequence: Vec<TermId>,
    /// Sum of idf over the distinct terms, unknown ones included.
    pub weight: f32,
    /// Hashes of character trigrams, sorted.
    pub grams: Vec<u32>,
    /// Words that no article has, also not nearly.
    pub unknown_words: Vec<String>,
    /// Words that were taken for others, in order.
    pub corrected: Vec<Corrected>,
}

/// A word that no article has, taken for one that some have.
pub struct Corrected {
    /// Its bytes in the question.
    pub span: Range<usize>,
    /// The term that it was taken for.
    pub id: TermId,
    /// 0 to 1, how far to trust that.
    pub trust: f32,
}

/// One distinct term of a question.
pub struct QueryTerm {
    /// The term, or the known words that it was probably meant to be; empty if unknown.
    pub ids: Vec<TermId>,
    /// 1 for a known word, less for a corrected one.
    pub trust: f32,
    /// Inverse document frequency; the highest for unknown words.
    pub idf: f32,
    /// Left out of a lookup.
    pub stop: bool,
    /// No sign of a subject.
    pub filler: bool,
}

/// Longer questions are read up to here: 400 distinct terms are several pages.
const MAX_TERMS: usize = 400;

impl Query {
    /// Analyzes a question against the kb's statistics.
    pub fn new(text: &str, told: Option<&str>, statistics: &Statistics) -> Self {
        let (lang, tokens) = language::of_question(text, told, &statistics.languages, &statistics.vocabulary);
        let vocabulary = &statistics.vocabulary;
        let mut terms: Vec<QueryTerm> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        let mut sequence = Vec::new();
        let mut unknown_words = Vec::new();
        let mut corrections = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            if terms.len() >= MAX_TERMS {
                break;
            }
            let known = vocabulary.id(&token.term);
            if seen.contains(&token.term.as_str()) {
                sequence.extend(known);
                continue;
            }
            seen.push(&token.term);
            let (ids, trust) = match known {
                Some(id) => (vec![id], 1.0),
                None if token.pair => (Vec::new(), 0.0),
                None => {
                    // "pass word" for "password": two words of the question that the kb writes as one.
                    let joined = tokens.get(at + 1).and_then(|next| {
                        let id = vocabulary.id(&format!("{}{}", token.term, next.term))?;
                        Some((vec![id], 0.8, token.span.start..next.span.end))
                    });
                    match joined.or_else(|| {
                        let written = fold(&text[token.span.clone()]);
                        let found = vocabulary.correct(&token.term, &written);
                        found.map(|c| (c.terms, c.weight, token.span.clone()))
                    }) {
                        Some((ids, trust, span)) => {
                            // A compound taken apart is no slip.
                            if let [id] = ids[..] {
                                corrections.push(Corrected { span, id, trust });
                            }
                            (ids, trust)
                        }
                        None => {
                            unknown_words.push(text[token.span.clone()].to_owned());
                            (Vec::new(), 0.0)
                        }
                    }
                }
            };
            sequence.extend(&ids);
            let idf = ids
                .iter()
                .map(|id| vocabulary.idf(Some(*id)))
                .reduce(f32::max)
                .unwrap_or_else(|| vocabulary.idf(None));
            // A pair of characters that no article has says less than an unknown word: it may straddle two words.
            let idf = if known.is_none() && token.pair { 0.5 * idf } else { idf };
            terms.push(QueryTerm {
                ids,
                trust,
                idf,
                stop: token.stop,
                filler: token.filler,
            });
        }
        let weight = terms.iter().map(|term| term.idf).sum();
        Query {
            lang,
            terms,
            sequence,
            weight,
            grams: trigrams(text),
            unknown_words,
            corrected: corrections,
        }
    }

    /// The terms to look up in the lexical index, with their weights: without function words, unless there is nothing else.
    pub fn lookup<'a>(&'a self, statistics: &'a Statistics) -> impl Iterator<Item = (&'a str, f32)> + 'a {
        let only_stops = self.terms.iter().all(|term| term.stop || term.ids.is_empty());
        self.terms
            .iter()
            .filter(move |term| !term.stop || only_stops)
            .flat_map(|term| term.ids.iter().map(|id| (statistics.vocabulary.term(*id), term.trust)))
    }

    /// Share of the question's idf weight that the given test accepts, 0 to 1.
    pub fn covered(&self, has: impl Fn(TermId) -> bool) -> f32 {
        if self.weight <= 0.0 {
            return 0.0;
        }
        let covered: f32 = self
            .terms
            .iter()
            .filter(|term| !term.ids.is_empty())
            .map(|term| {
                term.idf * term.trust * term.ids.iter().filter(|id| has(**id)).count() as f32 / term.ids.len() as f32
            })
            .sum();
        covered / self.weight
    }
}
