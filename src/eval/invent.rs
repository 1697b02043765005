//! Questions made from titles and headings, the way people type into a search box: word for word, with words left out,
//! in another order, mistyped.
//!
//! Customers' questions in the data sets are mostly chats; these teach the ranking that a title typed as it stands means
//! that article. Everything is seeded.

use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::kb::Article;

/// What is done to a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// Three words in ten are left out (at least one, if there are three).
    Drop,
    /// The words are shuffled.
    Shuffle,
    /// A letter is swapped, dropped, doubled or replaced in three words of ten (at least one).
    Misspell,
}

impl Change {
    /// All four.
    pub const ALL: [Change; 4] = [Change::None, Change::Drop, Change::Shuffle, Change::Misspell];
}

/// An invented question and the id of the article that it is from.
pub struct Invented {
    /// The words.
    pub question: String,
    /// The article's id.
    pub article: String,
}

/// At most `limit` questions from titles and headings of at least two words that only one article has, changed in turn.
pub fn from_titles(articles: &[Article], limit: usize, seed: u64) -> Vec<Invented> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let headings = |article: &Article| -> Vec<String> {
        let sections = article
            .sections
            .iter()
            .filter(|section| !section.anchor.is_empty())
            .map(|section| section.heading().to_owned());
        std::iter::once(article.title.clone()).chain(sections).collect()
    };
    let mut counts: std::collections::HashMap<String, usize> = Default::default();
    for article in articles {
        let mut own = headings(article);
        own.sort();
        own.dedup();
        for heading in own {
            *counts.entry(heading).or_default() += 1;
        }
    }
    let mut all: Vec<(String, String)> = articles
        .iter()
        .flat_map(|article| headings(article).into_iter().map(move |heading| (heading, article)))
        // A title that is only the beginning of the text teaches nothing.
        .filter(|(heading, article)| {
            counts[heading] == 1
                && !article
                    .passages
                    .iter()
                    .any(|passage| passage.text.starts_with(heading.as_str()) && passage.section.is_some())
        })
        .filter(|(heading, _)| heading.chars().count() >= 6)
        .map(|(heading, article)| (heading, article.id.0.clone()))
        .collect();
    all.shuffle(&mut rng);
    all.truncate(limit);
    all.into_iter()
        .enumerate()
        .map(|(at, (heading, article))| Invented {
            question: change(&heading, Change::ALL[at % 4], &mut rng),
            article,
        })
        .collect()
}

/// The text with a change.
pub fn change(text: &str, change: Change, rng: &mut impl Rng) -> String {
    let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let some = (words.len() * 3).div_ceil(10);
    match change {
        Change::None => {}
        Change::Drop => {
            for _ in 0..some {
                if words.len() > 2 {
                    words.remove(rng.random_range(0..words.len()));
                }
            }
        }
        Change::Shuffle => words.shuffle(rng),
        Change::Misspell => {
            let mut long: Vec<usize> = (0..words.len()).filter(|at| words[*at].chars().count() >= 4).collect();
            long.shuffle(rng);
            for at in long.into_iter().take(some.max(1)) {
                words[at] = misspell(&words[at], rng);
            }
        }
    }
    words.join(" ")
}

/// One slip of the finger.
fn misspell(word: &str, rng: &mut impl Rng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = rng.random_range(1..letters.len() - 1);
    match rng.random_range(0..4) {
        0 => letters.swap(at, at + 1),
        1 => drop(letters.remove(at)),
        2 => letters.insert(at, letters[at]),
        _ => letters[at] = letters[at - 1],
    }
    letters.into_iter().collect()
}
