//! What a question says that an article does not: the words that a writer would have to add.

use std::ops::Range;

use super::{
    Generation,
    analyze::{Token, dictionary_words, fold, is_hiragana, is_unspaced},
    function_words::is_function_word,
    language,
    statistics::{Document, Statistics},
    vocabulary::TermId,
};
use crate::kb::ArticleId;

/// Words of a question that no part of an article contains (title, headings, text, example questions, tags), as they were
/// typed, in their order, each once. Words that tell no subject ("how", "my") are left out, and so are plain numbers, numbers of
/// orders and addresses of mail; other forms of a word and its misspellings count as the word.
///
/// `lang` is the language of the question, if it is known; an article in another one lacks nothing that could be named. `None`: the article is not in the index, so that nothing can be
/// said.
pub fn missing_words(
    generation: &Generation,
    question: &str,
    lang: Option<&str>,
    article: &str,
) -> Option<Vec<String>> {
    let id = ArticleId(article.to_owned());
    let document = generation.document(&id)?;
    // Words of another language are all missing; that is not what a writer has to add.
    let written = generation.article(&id).map(|article| generation.language_of(article));
    if lang.is_some_and(|asked| written.is_some_and(|written| written != asked)) {
        return Some(Vec::new());
    }
    Some(missing(&generation.statistics, document, question, lang))
}

fn missing(statistics: &Statistics, document: &Document, question: &str, lang: Option<&str>) -> Vec<String> {
    let vocabulary = &statistics.vocabulary;
    let (lang, tokens) = language::of_question(question, lang, &statistics.languages, vocabulary);
    let has = |id: TermId| document.counts(id).iter().any(|count| *count > 0);
    let contains = |at: usize, token: &Token| match vocabulary.id(&token.term) {
        Some(id) => has(id),
        None if token.pair => false,
        None => {
            // "pass word" for "password", as a search reads it.
            let next = tokens.get(at + 1).map(|next| format!("{}{}", token.term, next.term));
            let before = at
                .checked_sub(1)
                .map(|before| format!("{}{}", tokens[before].term, token.term));
            let joined = next.into_iter().chain(before).find_map(|joined| vocabulary.id(&joined));
            let written = fold(&question[token.span.clone()]);
            joined.is_some_and(has)
                || vocabulary
                    .correct(&token.term, &written)
                    .is_some_and(|meant| meant.terms.iter().all(|id| has(*id)))
        }
    };
    let known: Vec<bool> = tokens
        .iter()
        .enumerate()
        .map(|(at, token)| contains(at, token))
        .collect();
    // "Wi-Fi" is there if "wifi" is.
    let is_part_of_known = |span: &Range<usize>| {
        let mut others = tokens.iter().zip(&known);
        others.any(|(other, known)| *known && other.span.start <= span.start && span.end <= other.span.end)
    };
    let words = dictionary_words(question);
    let is_word = |token: &Token| {
        let text = &question[token.span.clone()];
        match words
            .iter()
            .find(|word| word.start < token.span.end && token.span.start < word.end)
        {
            // In a script without spaces the pairs of characters that are no word straddle two; kana alone are grammar.
            Some(_) => words.contains(&token.span) && !text.chars().all(is_hiragana),
            // The joined form of "Wi-Fi" stands beside its parts.
            None => !text.contains(['-', '\u{2010}', '\u{2011}']),
        }
    };
    let numbers = numbers(question);
    let tells_no_subject = |token: &Token| {
        let within = |range: &Range<usize>| range.start <= token.span.start && token.span.end <= range.end;
        let word = &question[token.span.clone()];
        // A letter alone is a sign ("2 x 5") or the rest of an elision.
        let is_letter = word.len() == 1;
        token.filler || is_letter || numbers.iter().any(within) || is_function_word(word, &lang)
    };
    let mut seen: Vec<&str> = Vec::new();
    let mut spans: Vec<Range<usize>> = Vec::new();
    for (token, known) in tokens.iter().zip(&known) {
        if *known
            || tells_no_subject(token)
            || !is_word(token)
            || is_part_of_known(&token.span)
            || seen.contains(&token.term.as_str())
        {
            continue;
        }
        seen.push(&token.term);
        match spans.last_mut() {
            // Compounds that the dictionary takes apart: 請求 and 書.
            Some(last) if last.end == token.span.start => last.end = token.span.end,
            _ => spans.push(token.span.clone()),
        }
    }
    spans.into_iter().map(|span| question[span].to_owned()).collect()
}

/// Digits that make a piece of text a number of something, whatever letters stand with them: `KK-20481`, but not `V60`.
const DIGITS: usize = 4;

/// The parts of a question that name one case and no subject: numbers, with or without letters, and addresses of mail.
fn numbers(question: &str) -> Vec<Range<usize>> {
    // Where there are no spaces between words, other characters end a piece.
    let pieces = stretches(question, |c| !c.is_whitespace() && !is_unspaced(c)).flat_map(|piece| {
        let text = &question[piece.clone()];
        let digits = text.chars().filter(|c| c.is_numeric()).count();
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        if digits >= DIGITS && letters <= digits || text.contains('@') {
            return vec![piece];
        }
        let words = stretches(text, char::is_alphanumeric);
        words
            .filter(|word| text[word.clone()].chars().all(char::is_numeric))
            .map(|word| piece.start + word.start..piece.start + word.end)
            .collect()
    });
    pieces.collect()
}

/// The longest stretches of a text in which this holds of every character.
fn stretches(text: &str, holds: impl Fn(char) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut from = None;
    text.char_indices()
        .chain([(text.len(), '\0')])
        .filter_map(move |(at, c)| {
            if at < text.len() && holds(c) {
                from.get_or_insert(at);
                return None;
            }
            from.take().map(|from: usize| from..at)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kb::{self, Options};

    fn statistics(files: &[(&str, &str)]) -> Statistics {
        let parsed = files
            .iter()
            .map(|(path, text)| kb::parse(path, text, &Options::default()).0);
        Statistics::build(&parsed.collect::<Vec<_>>()).0
    }

    fn missing_in(lang: &str, article: &str, question: &str) -> Vec<String> {
        let other = format!("---\nlang: {lang}\n---\n# Other\n\ninvoice grinder 請求書");
        let article = format!("---\nlang: {lang}\n---\n{article}");
        let statistics = statistics(&[("a.md", &article), ("b.md", &other)]);
        missing(&statistics, &statistics.documents[0], question, Some(lang))
    }

    #[test]
    fn subjects_that_the_article_lacks_are_named_as_typed() {
        let article =
            "# Track an order\n\nFollow the link in the mail to see where your parcel is. Parcels take three days.";
        assert_eq!(
            missing_in("en", article, "Where is my PARCEL from Surabaya, and the Grinder?"),
            ["Surabaya", "Grinder"]
        );
        // Other forms and slips are the same word; fillers tell nothing.
        assert_eq!(
            missing_in("en", article, "how do you track my tracked parcells"),
            [""; 0]
        );
        assert_eq!(missing_in("en", article, ""), [""; 0]);
    }

    #[test]
    fn words_of_grammar_are_not_missing_in_any_of_the_seven_languages() {
        let told: Vec<(&str, &str, &str)> = vec![
            (
                "en",
                "My Surabaya parcel still hasn't arrived yet because they've never sent any invoice",
                "Surabaya parcel arrived sent invoice",
            ),
            (
                "id",
                "Kenapa paket saya dari Surabaya masih belum juga sampai ke rumah sekarang?",
                "paket Surabaya rumah",
            ),
            (
                "de",
                "Könnten Sie mir bitte noch sagen, wann meine Lieferung aus Surabaya endlich kommt",
                "sagen Lieferung Surabaya endlich",
            ),
            (
                "fr",
                "Pourquoi est-ce que mon colis de Surabaya n'est toujours pas encore arrivé ?",
                "colis Surabaya arrivé",
            ),
            (
                "es",
                "¿Por qué todavía no ha llegado mi paquete desde Surabaya?",
                "llegado paquete Surabaya",
            ),
            ("ja", "私の荷物はいつ届きますか", "荷物 届"),
            ("zh", "为什么我的包裹还没有送到", "包裹 送到"),
        ];
        let lacks = |lang, question| missing_in(lang, "# Kettle", question).join(" ");
        let found: Vec<_> = told
            .iter()
            .map(|(lang, question, _)| (*lang, lacks(lang, question)))
            .collect();
        let wanted: Vec<_> = told
            .iter()
            .map(|(lang, _, lacks)| (*lang, (*lacks).to_owned()))
            .collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn numbers_and_addresses_are_not_missing_but_names_with_digits_are() {
        let lacks = missing_in(
            "en",
            "# Kettle",
            "order #4711, no. KK-20481 (12/03/2026, 2 x 49.90) of ana@example.com: paper for V60?",
        );
        assert_eq!(lacks.join(" "), "order paper V60");
        assert_eq!(
            missing_in("ja", "# やかん", "注文番号12345の返品"),
            ["注文番号", "返品"]
        );
    }

    #[test]
    fn a_word_is_named_once_and_headings_count() {
        let article = "# Espresso\n\n## Descaling\n\nUse the powder.";
        assert_eq!(
            missing_in("en", article, "invoice, INVOICE, invoices for descaling"),
            ["invoice"]
        );
    }

    #[test]
    fn hyphens_do_not_hide_a_word() {
        let article = "# Wifi\n\nConnect the grinder to your wifi by e-mail.";
        assert_eq!(missing_in("en", article, "Wi-Fi and email"), [""; 0]);
    }

    #[test]
    fn words_without_spaces_are_words_of_the_dictionary() {
        let article = "# 返品\n\n商品を返品するには、箱に入れて送ってください。";
        assert_eq!(missing_in("ja", article, "請求書を返品したい"), ["請求書"]);
    }
}
