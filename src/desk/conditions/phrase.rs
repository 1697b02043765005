//! Words and phrases in a customer's text, in any language.

use std::fmt;

use unicode_normalization::char::is_combining_mark;

use crate::answer::policy::normalize;

/// A word or phrase; with a `*` at its end, whatever its last word ends in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phrase {
    text: String,
    any_ending: bool,
}

impl Phrase {
    /// `None` if nothing is left of it after normalizing.
    pub fn new(text: &str) -> Option<Self> {
        let text = normalize(text);
        let (text, any_ending) = match text.strip_suffix('*') {
            Some(text) => (text.to_owned(), true),
            None => (text, false),
        };
        (!text.is_empty()).then_some(Phrase { text, any_ending })
    }

    /// Whether the normalized text has it, as whole words where its script puts spaces between words.
    pub fn is_in(&self, text: &str) -> bool {
        let first = self.text.chars().next();
        let last = self.text.chars().next_back();
        text.match_indices(&self.text).any(|(at, found)| {
            let before = text[..at].chars().next_back();
            let after = text[at + found.len()..].chars().next();
            is_edge(before, first) && (self.any_ending || is_edge(last, after))
        })
    }
}

/// Whether a word may end between these two characters.
fn is_edge(left: Option<char>, right: Option<char>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => !(is_of_word(left) && is_of_word(right)),
        _ => true,
    }
}

/// Whether the character belongs to a word that spaces set apart.
fn is_of_word(c: char) -> bool {
    (c.is_alphanumeric() || c == '_' || is_combining_mark(c)) && !is_unspaced(c)
}

/// Scripts without spaces between words: Thai, Lao, Burmese, Khmer, kana, Han.
pub(in crate::desk) fn is_unspaced(c: char) -> bool {
    matches!(
        u32::from(c),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3005..=0x3007 | 0x3040..=0x30FF | 0x31F0..=0x31FF
            | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF
    )
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, if self.any_ending { "*" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_in_any_script() {
        for (phrase, takes, leaves) in [
            ("refund", "Where's my REFUND?", "refunded"),
            ("refund*", "it was refunded", "prerefund"),
            ("can't log in", "I CAN’T   log in!", "cant log into it"),
            ("解約", "解約したいです", "契約したい"),
            ("アプリ", "このｱﾌﾟﾘは", "アプ"),
            ("app", "appを開く", "apple"),
            ("คืนเงิน", "ขอคืนเงินด้วย", "ขอเงิน"),
            ("uang", "uang saya", "peluang"),
            ("straße", "in der Straße.", "straßen"),
        ] {
            let found = Phrase::new(phrase).expect("a phrase");
            assert!(found.is_in(&normalize(takes)), "{phrase} is in {takes}");
            assert!(!found.is_in(&normalize(leaves)), "{phrase} is not in {leaves}");
        }
        assert_eq!(Phrase::new(" ' "), None);
        assert_eq!(Phrase::new("*"), None);
    }
}
