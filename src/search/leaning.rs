//! Whether a message leans on what was said before it: "and to Bali?", "how long does that take?".
//!
//! Words decide, in seven languages: what says no subject of its own cannot be asked alone, and neither can what points back.
//! Short messages with a subject of their own may be either; the articles decide about those
//! ([`crate::answer::Answerer::decide_after`]).

use super::{
    analyze::{analyze, dictionary_words, fold, is_hiragana, is_unspaced},
    function_words::is_function_word,
};

/// How much a message needs the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaning {
    /// It is too long to need anything.
    Alone,
    /// It is short, and names a subject.
    Perhaps,
    /// It names no subject, or points back.
    Surely,
}

/// More words than this say what they are about.
const MOST_WORDS: usize = 8;
/// The same for scripts without spaces, in characters.
const MOST_UNSPACED: usize = 16;

/// How much a message leans on the one before it.
pub fn leaning(text: &str, lang: &str) -> Leaning {
    let unspaced = text.chars().filter(|c| is_unspaced(*c)).count();
    if text.split_whitespace().count() > MOST_WORDS || unspaced > MOST_UNSPACED {
        return Leaning::Alone;
    }
    let (subjects, points) = (subjects(text, lang), points_back(text, lang));
    match (subjects, points) {
        (0, _) | (1, true) => Leaning::Surely,
        _ => Leaning::Perhaps,
    }
}

/// Whether a message has no subject that the one before it had not: the same question, said again in other words.
pub fn says_again(text: &str, before: &str, lang: &str) -> bool {
    let (now, then) = (subject_words(text, lang), subject_words(before, lang));
    !now.is_empty() && now.iter().all(|word| then.contains(word))
}

/// How many words name a subject.
pub(super) fn subjects(text: &str, lang: &str) -> usize {
    subject_words(text, lang).len()
}

/// Words that name a subject: neither grammar nor measure. Stemmed where they stand between spaces.
fn subject_words(text: &str, lang: &str) -> Vec<String> {
    let spaced = analyze(text, lang).into_iter().filter_map(|token| {
        let word = &text[token.span.clone()];
        let is_grammar = is_function_word(word, lang) || is_in(MEASURES, &fold(word), lang);
        (!token.pair && !word.chars().any(is_unspaced) && !is_grammar).then_some(token.term)
    });
    let unspaced = dictionary_words(text).into_iter().filter_map(|span| {
        let word = &text[span];
        let is_grammar = is_function_word(word, lang) || is_in(MEASURES, word, lang);
        (!word.chars().all(is_hiragana) && !is_grammar).then(|| word.to_owned())
    });
    spaced.chain(unspaced).collect()
}

pub(super) fn points_back(text: &str, lang: &str) -> bool {
    let folded = fold(text);
    if folded.chars().any(is_unspaced) {
        let words = list(POINTERS, lang);
        return words.split_whitespace().any(|word| folded.contains(word));
    }
    let mut words = folded.split(|c: char| !c.is_alphanumeric() && c != '\'');
    words.any(|word| is_in(POINTERS, word, lang))
}

fn is_in(lists: &[(&str, &str)], word: &str, lang: &str) -> bool {
    list(lists, lang).split_whitespace().any(|known| known == word)
}

fn list<'a>(lists: &[(&str, &'a str)], lang: &str) -> &'a str {
    lists.iter().find(|(of, _)| *of == lang).map_or("", |(_, words)| words)
}

/// Words that stand for something said before.
const POINTERS: &[(&str, &str)] = &[
    (
        "en",
        "it its that this these those they them there then one ones he she same instead",
    ),
    ("id", "itu ini tersebut begitu sana situ tadi dia sama"),
    (
        "de",
        "es das dies diese dieser dieses dafur davon dabei damit dort dann so sie er dasselbe",
    ),
    ("fr", "ca cela ceci celui celle ceux celles y en alors la meme"),
    ("es", "eso esto esa ese esta este ello ahi alli entonces mismo misma"),
    ("ja", "それ これ あれ その この そこ ここ そう 同じ"),
    ("zh", "它 这 那 這 同样"),
];

/// Words that ask how much, how long or how often; folded.
const MEASURES: &[(&str, &str)] = &[
    (
        "en",
        "long much many often soon far take takes last days weeks price cost costs new work works possible",
    ),
    ("id", "lama jauh hari minggu bulan tahun biaya harga"),
    (
        "de",
        "lang lange oft viel dauert dauern kostet kosten tage wochen geht neu",
    ),
    ("fr", "longtemps temps jours semaines coute couter prix nouveau"),
    ("es", "tiempo dias semanas cuesta tarda precio nuevo"),
    ("ja", "何 日 何日 週間 期間 時間 料金 いくら"),
    ("zh", "多久 多长 多少 天 时间 费用 几"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_subject_or_points_back_leans() {
        for (lang, text) in [
            ("en", "how often?"),
            ("en", "For how long"),
            ("en", "how long does that take?"),
            ("en", "how long does it keep?"),
            ("en", "can I undo that?"),
            ("id", "sampai kapan?"),
            ("id", "itu berapa lama?"),
            ("de", "wie lange dauert das?"),
            ("ja", "いつまで？"),
            ("ja", "それは何日かかりますか？"),
        ] {
            assert_eq!(leaning(text, lang), Leaning::Surely, "{text}");
        }
        for (lang, text) in [
            ("en", "and to Bali?"),
            ("en", "how do I reset my password?"),
            ("en", "is it possible to visit the roastery?"),
            ("id", "lupa kata sandi"),
            ("ja", "バリ島は？"),
            ("ja", "荷物を追跡したい"),
        ] {
            assert_eq!(leaning(text, lang), Leaning::Perhaps, "{text}");
        }
        for (lang, text) in [
            (
                "en",
                "I moved last week and now the parcel goes to my old flat, can you change that?",
            ),
            ("ja", "注文をキャンセルする方法を教えてください"),
        ] {
            assert_eq!(leaning(text, lang), Leaning::Alone, "{text}");
        }
    }

    #[test]
    fn the_same_question_again_is_known() {
        let before = "How do I descale the machine?";
        assert!(says_again("Please, how can I descale the machines", before, "en"));
        assert!(!says_again("and the grinder?", before, "en"));
        assert!(!says_again("how often?", before, "en"));
        assert!(says_again("荷物はどこ", "荷物の追跡", "ja"));
    }

    #[test]
    fn lists_are_folded_as_the_words_are_that_they_are_compared_with() {
        for (lang, words) in POINTERS.iter().chain(MEASURES) {
            for word in words.split_whitespace() {
                assert_eq!(fold(word), word, "{lang}");
            }
        }
    }
}
