//! What ranking needs to know of each article beyond the two indexes: its terms with their counts by field, its titles
//! and headings as sequences, its passages as sets.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    analyze::{Token, analyze, fold},
    language,
    lexical::Parts,
    vocabulary::{TermId, Vocabulary},
};
use crate::kb::Article;

/// Fields of an article whose counts are kept apart.
pub const FIELD_COUNT: usize = 5;
/// Index of the title among the fields.
pub const TITLE: usize = 0;
/// Index of the headings.
pub const HEADINGS: usize = 1;
/// Index of the text.
pub const BODY: usize = 2;
/// Index of the example questions.
pub const QUESTIONS: usize = 3;
/// Index of tags and description.
pub const TAGS: usize = 4;

/// Everything counted over the searchable articles of one generation.
#[derive(Serialize, Deserialize)]
pub struct Statistics {
    /// Languages of the kb, the most frequent first.
    pub languages: Vec<String>,
    /// All terms.
    pub vocabulary: Vocabulary,
    /// One for each searchable article, in order.
    pub documents: Vec<Document>,
    /// Mean length of each field over the articles that have it, in terms.
    pub mean_lengths: [f32; FIELD_COUNT],
}

/// What is known of one article.
#[derive(Serialize, Deserialize)]
pub struct Document {
    /// Index into [`Statistics::languages`].
    pub language: u8,
    /// Terms with their counts by field (capped at 255), by term.
    pub terms: Vec<(TermId, [u8; FIELD_COUNT])>,
    /// Terms in each field.
    pub lengths: [u32; FIELD_COUNT],
    /// The title, then the headings of the sections.
    pub titles: Vec<Phrase>,
    /// The example questions.
    pub questions: Vec<Phrase>,
    /// Distinct terms of each passage and of the headings above it, by term.
    pub passages: Vec<Vec<TermId>>,
}

/// A short text as a sequence.
#[derive(Serialize, Deserialize, Clone)]
pub struct Phrase {
    /// Its terms in order.
    pub terms: Vec<TermId>,
    /// Sum of the idf of its distinct terms.
    pub weight: f32,
    /// Hashes of its distinct character trigrams, sorted.
    pub grams: Vec<u32>,
}

impl Statistics {
    /// Counts the articles; also returns their analyzed parts for the lexical index.
    pub fn build(articles: &[Article]) -> (Self, Vec<Parts>) {
        let article_languages = languages_of(articles);
        let mut languages: Vec<String> = article_languages.clone();
        languages.sort();
        languages.dedup();
        let count = |lang: &str| article_languages.iter().filter(|other| *other == lang).count();
        languages.sort_by_key(|lang| std::cmp::Reverse(count(lang)));
        let number = |lang: &str| languages.iter().position(|other| other == lang).unwrap_or(0).min(255);

        let analyzed: Vec<Analyzed> = articles
            .iter()
            .zip(&article_languages)
            .map(|(article, lang)| Analyzed::of(article, lang))
            .collect();
        let terms = analyzed.iter().zip(&article_languages).map(|(analyzed, lang)| {
            let mut terms: Vec<&str> = analyzed
                .fields()
                .into_iter()
                .flatten()
                .map(|token| token.term.as_str())
                .collect();
            terms.sort_unstable();
            terms.dedup();
            (number(lang), terms)
        });
        let surfaces = analyzed.iter().flat_map(|analyzed| &analyzed.surfaces);
        let vocabulary = Vocabulary::build(terms, surfaces.map(|(surface, term)| (surface.as_str(), term.as_str())));
        let documents: Vec<Document> = analyzed
            .iter()
            .zip(&article_languages)
            .map(|(analyzed, lang)| analyzed.document(number(lang) as u8, &vocabulary))
            .collect();
        let mean_lengths = std::array::from_fn(|field| {
            let (sum, count) = documents
                .iter()
                .filter(|d| d.lengths[field] > 0)
                .fold((0u64, 0u64), |(sum, n), d| (sum + u64::from(d.lengths[field]), n + 1));
            if count == 0 { 1.0 } else { sum as f32 / count as f32 }
        });
        let parts = analyzed.into_iter().map(|analyzed| analyzed.parts).collect();
        (
            Statistics {
                languages,
                vocabulary,
                documents,
                mean_lengths,
            },
            parts,
        )
    }
}

/// The language of each article: as it says, else as its text shows, else that of most others.
fn languages_of(articles: &[Article]) -> Vec<String> {
    let known: Vec<Option<String>> = articles
        .iter()
        .map(|article| {
            article.lang.as_deref().map(primary).or_else(|| {
                let text: String = article
                    .passages
                    .iter()
                    .map(|passage| passage.text.as_str())
                    .chain(article.questions.iter().map(String::as_str))
                    .take(20)
                    .fold(article.title.clone(), |all, piece| all + "\n" + piece);
                language::of_article(&text)
            })
        })
        .collect();
    let mut counts: std::collections::BTreeMap<&str, usize> = Default::default();
    for lang in known.iter().flatten() {
        *counts.entry(lang).or_default() += 1;
    }
    let usual = counts
        .iter()
        .max_by_key(|(_, count)| **count)
        .map_or("en", |(lang, _)| lang)
        .to_owned();
    // A guess that hardly any other article shares is more likely wrong than right.
    let rare = |lang: &str| counts.get(lang).is_none_or(|count| count * 50 < articles.len());
    articles
        .iter()
        .zip(&known)
        .map(|(article, lang)| match lang {
            Some(lang) if article.lang.is_some() || !rare(lang) => lang.clone(),
            _ => usual.clone(),
        })
        .collect()
}

/// `pt-BR` is `pt`.
fn primary(lang: &str) -> String {
    lang.split(['-', '_']).next().unwrap_or(lang).to_lowercase()
}

struct Analyzed {
    parts: Parts,
    titles: Vec<(Vec<Token>, Vec<u32>)>,
    questions: Vec<(Vec<Token>, Vec<u32>)>,
    passages: Vec<Vec<Token>>,
    /// Words as they are written, with their terms.
    surfaces: BTreeSet<(String, String)>,
}

impl Analyzed {
    fn of(article: &Article, lang: &str) -> Self {
        let phrase = |text: &str| (analyze(text, lang), trigrams(text));
        let headings = article
            .sections
            .iter()
            .filter(|section| !section.anchor.is_empty())
            .map(|section| section.heading());
        let title_texts: Vec<&str> = std::iter::once(article.title.as_str()).chain(headings).collect();
        let titles: Vec<_> = title_texts.iter().map(|text| phrase(text)).collect();
        let questions: Vec<_> = article.questions.iter().map(|question| phrase(question)).collect();
        let texts: Vec<Vec<Token>> = article
            .passages
            .iter()
            .map(|passage| {
                if passage.section.is_some() {
                    analyze(&passage.text, lang)
                } else {
                    Vec::new()
                }
            })
            .collect();
        let passages = article
            .passages
            .iter()
            .zip(&texts)
            .map(|(passage, text)| {
                let above = passage
                    .section
                    .and_then(|section| article.sections.get(section))
                    .map_or("", |section| section.heading());
                text.iter().cloned().chain(analyze(above, lang)).collect()
            })
            .collect();
        let mut surfaces = BTreeSet::new();
        for (text, (tokens, _)) in title_texts.iter().zip(&titles) {
            add_surfaces(text, tokens, &mut surfaces);
        }
        for (text, (tokens, _)) in article.questions.iter().zip(&questions) {
            add_surfaces(text, tokens, &mut surfaces);
        }
        for (passage, tokens) in article.passages.iter().zip(&texts) {
            add_surfaces(&passage.text, tokens, &mut surfaces);
        }
        let tags = article
            .tags
            .iter()
            .map(String::as_str)
            .chain(article.description.as_deref());
        let parts = Parts {
            title: titles.first().map(|(tokens, _)| tokens.clone()).unwrap_or_default(),
            headings: titles
                .iter()
                .skip(1)
                .flat_map(|(tokens, _)| tokens.iter().cloned())
                .collect(),
            body: texts.into_iter().flatten().collect(),
            questions: questions
                .iter()
                .flat_map(|(tokens, _)| tokens.iter().cloned())
                .collect(),
            tags: tags.flat_map(|tag| analyze(tag, lang)).collect(),
        };
        Analyzed {
            parts,
            titles,
            questions,
            passages,
            surfaces,
        }
    }

    fn fields(&self) -> [&[Token]; FIELD_COUNT] {
        [
            &self.parts.title,
            &self.parts.headings,
            &self.parts.body,
            &self.parts.questions,
            &self.parts.tags,
        ]
    }

    fn document(&self, language: u8, vocabulary: &Vocabulary) -> Document {
        let mut counts: std::collections::BTreeMap<TermId, [u8; FIELD_COUNT]> = Default::default();
        for (field, tokens) in self.fields().into_iter().enumerate() {
            for id in tokens.iter().filter_map(|token| vocabulary.id(&token.term)) {
                let count = &mut counts.entry(id).or_default()[field];
                *count = count.saturating_add(1);
            }
        }
        let phrase = |(tokens, grams): &(Vec<Token>, Vec<u32>)| Phrase::new(tokens, grams.clone(), vocabulary);
        Document {
            language,
            terms: counts.into_iter().collect(),
            lengths: self.fields().map(|tokens| tokens.len() as u32),
            titles: self.titles.iter().map(phrase).collect(),
            questions: self.questions.iter().map(phrase).collect(),
            passages: self
                .passages
                .iter()
                .map(|tokens| {
                    let mut ids: Vec<TermId> = tokens.iter().filter_map(|token| vocabulary.id(&token.term)).collect();
                    ids.sort_unstable();
                    ids.dedup();
                    ids
                })
                .collect(),
        }
    }
}

/// Adds the words of a text as they are written, folded, where that is not their term.
fn add_surfaces(text: &str, tokens: &[Token], surfaces: &mut BTreeSet<(String, String)>) {
    for token in tokens.iter().filter(|token| !token.pair) {
        let written = fold(&text[token.span.clone()]);
        if written != token.term {
            surfaces.insert((written, token.term.clone()));
        }
    }
}

impl Phrase {
    fn new(tokens: &[Token], grams: Vec<u32>, vocabulary: &Vocabulary) -> Self {
        let terms: Vec<TermId> = tokens.iter().filter_map(|token| vocabulary.id(&token.term)).collect();
        let mut distinct = terms.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let weight = distinct.iter().map(|id| vocabulary.idf(Some(*id))).sum();
        Phrase { terms, weight, grams }
    }
}

impl Document {
    /// Counts of a term by field; zeros if the article does not use it.
    pub fn counts(&self, term: TermId) -> [u8; FIELD_COUNT] {
        self.terms
            .binary_search_by_key(&term, |(id, _)| *id)
            .map_or([0; FIELD_COUNT], |at| self.terms[at].1)
    }
}

/// Hashes of the distinct character trigrams of a folded text, word by word with boundary marks, sorted.
pub fn trigrams(text: &str) -> Vec<u32> {
    let folded = fold(text);
    let mut grams = Vec::with_capacity(folded.len() + 8);
    for word in folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let letters: Vec<char> = std::iter::once('^')
            .chain(word.chars())
            .chain(std::iter::once('$'))
            .collect();
        grams.extend(letters.windows(3.min(letters.len())).map(|window| {
            // FNV-1a over the characters.
            window
                .iter()
                .fold(0x811c_9dc5u32, |hash, c| (hash ^ *c as u32).wrapping_mul(0x0100_0193))
        }));
    }
    grams.sort_unstable();
    grams.dedup();
    grams
}
