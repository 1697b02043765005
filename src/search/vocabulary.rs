//! The words of the kb: which articles use them, and which known word a mistyped one was meant to be.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

/// Number of a term; terms are numbered in alphabetical order, so that numbers depend only on the kb.
pub type TermId = u32;

/// All terms of the kb's articles.
#[derive(Serialize, Deserialize)]
pub struct Vocabulary {
    terms: Vec<String>,
    /// Articles that use the term.
    article_counts: Vec<u32>,
    /// Bit `n`: an article in the kb's n-th language uses it (languages from the 32nd on share the last bit).
    languages: Vec<u32>,
    articles: u32,
    /// Words as they are written, folded, where that is not their term ("freezing" of "freez"); sorted.
    surfaces: Vec<(String, TermId)>,
    #[serde(skip)]
    lookup: HashMap<String, TermId>,
    #[serde(skip)]
    term_pairs: Pairs,
    #[serde(skip)]
    surface_pairs: Pairs,
}

/// A known word that an unknown one was probably meant to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// The known words; two when the unknown one was a compound of them.
    pub terms: Vec<TermId>,
    /// 0 to 1, how far to trust it.
    pub weight: f32,
}

impl Vocabulary {
    /// Counts terms: for each article its language's number and its distinct terms. `surfaces` are words as they are
    /// written with their terms, in any order and any number of times.
    pub fn build<'a>(
        articles: impl Iterator<Item = (usize, Vec<&'a str>)>,
        surfaces: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut counts: HashMap<&str, (u32, u32)> = HashMap::new();
        let mut total = 0;
        for (language, terms) in articles {
            total += 1;
            for term in terms {
                let entry = counts.entry(term).or_default();
                entry.0 += 1;
                entry.1 |= 1 << language.min(31);
            }
        }
        let mut sorted: Vec<_> = counts.into_iter().collect();
        sorted.sort_unstable();
        let mut vocabulary = Vocabulary {
            terms: sorted.iter().map(|(term, _)| (*term).to_owned()).collect(),
            article_counts: sorted.iter().map(|(_, (count, _))| *count).collect(),
            languages: sorted.iter().map(|(_, (_, languages))| *languages).collect(),
            articles: total,
            surfaces: Vec::new(),
            lookup: HashMap::new(),
            term_pairs: Pairs::default(),
            surface_pairs: Pairs::default(),
        };
        let written: BTreeSet<(&str, &str)> = surfaces.filter(|(surface, term)| surface != term).collect();
        let known = |(surface, term): (&str, &str)| {
            let id = vocabulary
                .terms
                .binary_search_by(|other| other.as_str().cmp(term))
                .ok()?;
            correctable(surface).then(|| (surface.to_owned(), id as TermId))
        };
        vocabulary.surfaces = written.into_iter().filter_map(known).collect();
        vocabulary.prepare();
        vocabulary
    }

    /// Makes the tables that are not stored; to be called after reading one back.
    pub fn prepare(&mut self) {
        self.lookup = self
            .terms
            .iter()
            .enumerate()
            .map(|(id, term)| (term.clone(), id as TermId))
            .collect();
        self.term_pairs = Pairs::new(self.terms.iter().map(String::as_str));
        self.surface_pairs = Pairs::new(self.surfaces.iter().map(|(surface, _)| surface.as_str()));
    }

    /// How many terms.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether there is no term.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The term's number.
    pub fn id(&self, term: &str) -> Option<TermId> {
        self.lookup.get(term).copied()
    }

    /// The term with this number.
    pub fn term(&self, id: TermId) -> &str {
        &self.terms[id as usize]
    }

    /// Whether an article in the language with this number uses the term.
    pub fn is_used_in(&self, id: TermId, language: usize) -> bool {
        self.languages[id as usize] & (1 << language.min(31)) != 0
    }

    /// Inverse document frequency over articles as in BM25: ln(1 + (N − n + ½) / (n + ½)); for `None`, that of a word that
    /// no article uses.
    pub fn idf(&self, id: Option<TermId>) -> f32 {
        let n = id.map_or(0.0, |id| self.article_counts[id as usize] as f32);
        (1.0 + (self.articles as f32 - n + 0.5) / (n + 0.5)).ln()
    }

    /// Terms that begin with `prefix`, most used first, at most `limit`.
    pub fn with_prefix(&self, prefix: &str, limit: usize) -> Vec<TermId> {
        let start = self.terms.partition_point(|term| term.as_str() < prefix);
        let mut found: Vec<TermId> = (start..self.terms.len())
            .take_while(|&id| self.terms[id].starts_with(prefix))
            .take(2000)
            .map(|id| id as TermId)
            .collect();
        found.sort_by_key(|&id| (std::cmp::Reverse(self.article_counts[id as usize]), id));
        found.truncate(limit);
        found
    }

    /// What an unknown word was probably meant to be: the term nearest to its term by edits (insert, delete, replace,
    /// swap), or two known words written together, or the word as it is written nearest to it. The last one is for a slip
    /// in the ending, which hides the stem: "freezng" is two edits from "freez" and one from "freezing".
    pub fn correct(&self, term: &str, written: &str) -> Option<Correction> {
        let by_term = correctable(term).then(|| self.nearest(term).or_else(|| self.split(term)));
        by_term
            .flatten()
            .or_else(|| correctable(written).then(|| self.nearest_written(written)).flatten())
    }

    fn nearest(&self, term: &str) -> Option<Correction> {
        self.nearest_in(&self.term_pairs, term, |number| (self.term(number), number))
    }

    fn nearest_written(&self, word: &str) -> Option<Correction> {
        self.nearest_in(&self.surface_pairs, word, |number| {
            let (surface, id) = &self.surfaces[number as usize];
            (surface.as_str(), *id)
        })
    }

    /// The nearest of the words that `pairs` was made of; `word_of` gives the word with a number and its term.
    fn nearest_in<'a>(
        &'a self,
        pairs: &Pairs,
        word: &str,
        word_of: impl Fn(u32) -> (&'a str, TermId),
    ) -> Option<Correction> {
        let letters: Vec<char> = word.chars().collect();
        let allowed = if letters.len() >= 8 { 2 } else { 1 };
        let best = pairs
            .sharing(word, letters.len(), allowed)
            .filter_map(|number| {
                let (other, id) = word_of(number);
                let other: Vec<char> = other.chars().collect();
                let distance = edit_distance(&letters, &other, allowed)?;
                // People rarely mistype the first letter.
                let strange_start = usize::from(letters.first() != other.first());
                Some((
                    distance,
                    strange_start,
                    std::cmp::Reverse(self.article_counts[id as usize]),
                    id,
                ))
            })
            .min()?;
        let (distance, strange_start, _, id) = best;
        let weight = if distance == 1 { 0.8 } else { 0.6 } - 0.2 * strange_start as f32;
        Some(Correction {
            terms: vec![id],
            weight,
        })
    }

    fn split(&self, word: &str) -> Option<Correction> {
        let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).skip(3).collect();
        ends.iter()
            .filter(|&&at| word[at..].chars().count() >= 3)
            .filter_map(|&at| {
                let (left, right) = (&word[..at], &word[at..]);
                let left = self
                    .id(left)
                    .or_else(|| left.strip_suffix('s').and_then(|left| self.id(left)))?;
                let right = self.id(right)?;
                let rarity = self.article_counts[left as usize].min(self.article_counts[right as usize]);
                Some((rarity, left, right))
            })
            .max()
            .map(|(_, left, right)| Correction {
                terms: vec![left, right],
                weight: 0.7,
            })
    }
}

/// Which words of a list have which pairs of neighbouring characters.
#[derive(Default)]
struct Pairs(HashMap<(char, char), Vec<u32>>);

impl Pairs {
    fn new<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut pairs: HashMap<(char, char), Vec<u32>> = HashMap::new();
        for (number, word) in (0..).zip(words).filter(|(_, word)| correctable(word)) {
            for pair in character_pairs(word) {
                let list = pairs.entry(pair).or_default();
                if list.last() != Some(&number) {
                    list.push(number);
                }
            }
        }
        Pairs(pairs)
    }

    /// The numbers of the words that share enough pairs with this one to be within reach, in no order.
    fn sharing(&self, word: &str, letters: usize, allowed: usize) -> impl Iterator<Item = u32> {
        // One edit spoils at most three pairs (a swap), so a word within reach shares at least these many.
        let needed = (letters + 1).saturating_sub(3 * allowed).max(1) as u8;
        let mut shared: HashMap<u32, u8> = HashMap::new();
        for pair in character_pairs(word) {
            for &number in self.0.get(&pair).into_iter().flatten() {
                let count = shared.entry(number).or_default();
                *count = count.saturating_add(1);
            }
        }
        shared
            .into_iter()
            .filter(move |(_, count)| *count >= needed)
            .map(|(number, _)| number)
    }
}

/// Words of letters, long enough that a nearby word is probably the one that was meant.
fn correctable(word: &str) -> bool {
    let length = word.chars().count();
    (4..=40).contains(&length) && word.chars().all(|c| c.is_alphabetic() && (c as u32) < 0x3000)
}

/// Neighbouring characters, with a boundary mark at both ends.
fn character_pairs(word: &str) -> impl Iterator<Item = (char, char)> + '_ {
    std::iter::once('^')
        .chain(word.chars())
        .zip(word.chars().chain(std::iter::once('$')))
}

/// Optimal string alignment distance (insert, delete, replace, swap of neighbours), or `None` above `allowed`.
pub(super) fn edit_distance(a: &[char], b: &[char], allowed: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > allowed {
        return None;
    }
    let width = b.len() + 1;
    let (mut before, mut last) = (vec![0; width], (0..width).collect::<Vec<usize>>());
    for i in 1..=a.len() {
        let mut row = vec![i; width];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().min().is_some_and(|least| *least > allowed) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    (last[b.len()] <= allowed).then_some(last[b.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(words: &[&'static str]) -> Vocabulary {
        Vocabulary::build(words.iter().map(|word| (0, vec![*word])), std::iter::empty())
    }

    #[test]
    fn a_slip_in_the_ending_finds_the_word_behind_the_stem() {
        let terms = [(0, vec!["freez", "bean", "order"])];
        let surfaces = [
            ("freezing", "freez"),
            ("beans", "bean"),
            ("order", "order"),
            ("gone", "gon"),
        ];
        let v = Vocabulary::build(terms.into_iter(), surfaces.into_iter());
        let found = |term: &str, written: &str| v.correct(term, written).map(|c| v.term(c.terms[0]).to_owned());
        assert_eq!(found("freezng", "freezng").as_deref(), Some("freez"));
        assert_eq!(found("fereez", "fereezing").as_deref(), Some("freez"));
        assert_eq!(found("xxfreezng", "xxfreezng"), None);
        assert_eq!(found("42", "42"), None);
        assert_eq!(v.surfaces.len(), 2, "a word that is its own term is there already");
    }

    #[test]
    fn a_mistyped_word_finds_the_meant_one() {
        let v = vocabulary(&["delivery", "grinder", "subscription", "pass", "word", "order"]);
        for (typed, meant) in [
            ("delievry", "delivery"),
            ("subscripton", "subscription"),
            ("ordr", "order"),
            ("grindr", "grinder"),
        ] {
            let found = v.correct(typed, typed).map(|c| v.term(c.terms[0]).to_owned());
            assert_eq!(found.as_deref(), Some(meant), "{typed}");
        }
        assert_eq!(v.correct("password", "password").map(|c| c.terms.len()), Some(2));
        assert_eq!(v.correct("zebra", "zebra"), None);
        assert_eq!(v.correct("42", "42"), None);
    }

    proptest::proptest! {
        /// The pair filter must not lose a word that a look at every word would find.
        #[test]
        fn the_filter_agrees_with_a_full_scan(words in proptest::collection::btree_set("[a-d]{4,10}", 1..30), typed in "[a-d]{4,10}") {
            let words: Vec<String> = words.into_iter().collect();
            let v = Vocabulary::build(words.iter().map(|word| (0, vec![word.as_str()])), std::iter::empty());
            let letters: Vec<char> = typed.chars().collect();
            let allowed = if letters.len() >= 8 { 2 } else { 1 };
            let scan = words.iter().filter_map(|w| edit_distance(&letters, &w.chars().collect::<Vec<_>>(), allowed)).min();
            let found = v.nearest(&typed).map(|c| edit_distance(&letters, &v.term(c.terms[0]).chars().collect::<Vec<_>>(), allowed).expect("within reach"));
            proptest::prop_assert_eq!(found, scan);
        }
    }
}
