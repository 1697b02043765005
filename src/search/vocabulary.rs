//! The words of the kb: which articles use them, and which known word a mistyped one was meant to be.

use std::collections::HashMap;

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
    #[serde(skip)]
    lookup: HashMap<String, TermId>,
    #[serde(skip)]
    pairs: HashMap<(char, char), Vec<TermId>>,
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
    /// Counts terms: for each article its language's number and its distinct terms.
    pub fn build<'a>(articles: impl Iterator<Item = (usize, Vec<&'a str>)>) -> Self {
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
            lookup: HashMap::new(),
            pairs: HashMap::new(),
        };
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
        self.pairs.clear();
        for (id, term) in self.terms.iter().enumerate() {
            if correctable(term) {
                for pair in character_pairs(term) {
                    let list = self.pairs.entry(pair).or_default();
                    if list.last() != Some(&(id as TermId)) {
                        list.push(id as TermId);
                    }
                }
            }
        }
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

    /// What an unknown word was probably meant to be: the nearest known word by edits (insert, delete, replace, swap), or
    /// two known words written together.
    pub fn correct(&self, word: &str) -> Option<Correction> {
        if !correctable(word) {
            return None;
        }
        self.nearest(word).or_else(|| self.split(word))
    }

    fn nearest(&self, word: &str) -> Option<Correction> {
        let letters: Vec<char> = word.chars().collect();
        let allowed = if letters.len() >= 8 { 2 } else { 1 };
        // One edit spoils at most three pairs (a swap), so a word within reach shares at least these many.
        let needed = (letters.len() + 1).saturating_sub(3 * allowed).max(1) as u8;
        let mut shared: HashMap<TermId, u8> = HashMap::new();
        for pair in character_pairs(word) {
            for &id in self.pairs.get(&pair).into_iter().flatten() {
                let count = shared.entry(id).or_default();
                *count = count.saturating_add(1);
            }
        }
        let best = shared
            .into_iter()
            .filter(|(_, count)| *count >= needed)
            .filter_map(|(id, _)| {
                let other: Vec<char> = self.term(id).chars().collect();
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
fn edit_distance(a: &[char], b: &[char], allowed: usize) -> Option<usize> {
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
        Vocabulary::build(words.iter().map(|word| (0, vec![*word])))
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
            let found = v.correct(typed).map(|c| v.term(c.terms[0]).to_owned());
            assert_eq!(found.as_deref(), Some(meant), "{typed}");
        }
        assert_eq!(v.correct("password").map(|c| c.terms.len()), Some(2));
        assert_eq!(v.correct("zebra"), None);
        assert_eq!(v.correct("42"), None);
    }

    proptest::proptest! {
        /// The pair filter must not lose a word that a look at every word would find.
        #[test]
        fn the_filter_agrees_with_a_full_scan(words in proptest::collection::btree_set("[a-d]{4,10}", 1..30), typed in "[a-d]{4,10}") {
            let words: Vec<String> = words.into_iter().collect();
            let v = Vocabulary::build(words.iter().map(|word| (0, vec![word.as_str()])));
            let letters: Vec<char> = typed.chars().collect();
            let allowed = if letters.len() >= 8 { 2 } else { 1 };
            let scan = words.iter().filter_map(|w| edit_distance(&letters, &w.chars().collect::<Vec<_>>(), allowed)).min();
            let found = v.nearest(&typed).map(|c| edit_distance(&letters, &v.term(c.terms[0]).chars().collect::<Vec<_>>(), allowed).expect("within reach"));
            proptest::prop_assert_eq!(found, scan);
        }
    }
}
