//! Which language a text is in.
//!
//! Articles mostly say it; long texts without a word about it are recognised by their letters (whatlang). Questions are
//! short, so they are compared with the kb itself: in which of its languages are the most of the question's words known?

use whatlang::{Detector, Lang};

use super::{
    analyze::{Token, analyze},
    function_words::is_function_word,
    statistics::Statistics,
    vocabulary::Vocabulary,
};

/// The language of a long text as a BCP 47 primary code, or `None` if that is not clear.
pub fn of_article(text: &str) -> Option<String> {
    let head: String = text.chars().take(2000).collect();
    let info = Detector::new().detect(&head)?;
    (info.is_reliable() || info.confidence() > 0.5).then(|| code(info.lang()).to_owned())
}

/// The question's language and its terms in it.
///
/// `told` is believed. Otherwise each language of the kb is tried, and the one in which the kb knows the greatest share
/// of the words wins; a script decides where scripts differ; the first language of the kb wins ties.
pub fn of_question(
    text: &str,
    told: Option<&str>,
    languages: &[String],
    vocabulary: &Vocabulary,
) -> (String, Vec<Token>) {
    if let Some(lang) = told {
        return (lang.to_owned(), analyze(text, lang));
    }
    if let Some(lang) = by_script(text, languages) {
        return (lang.to_owned(), analyze(text, lang));
    }
    let mut best: Option<(f32, &str, Vec<Token>)> = None;
    for (number, lang) in languages.iter().enumerate() {
        let tokens = analyze(text, lang);
        let score = known_share(&tokens, vocabulary, number) + 0.5 * filler_share(&tokens);
        if best.as_ref().is_none_or(|(highest, ..)| score > *highest + 1e-6) {
            best = Some((score, lang, tokens));
        }
    }
    let (score, lang, tokens) = best.unwrap_or_else(|| (0.0, "en", analyze(text, "en")));
    // Little of it is known: perhaps it is in a language that the kb does not have.
    if score < 0.6 {
        let foreign = ["en", "id", "de", "fr", "es", "pt", "it", "nl"]
            .into_iter()
            .filter(|foreign| !languages.iter().any(|lang| lang == foreign))
            .map(|foreign| (foreign, analyze(text, foreign)))
            .map(|(foreign, tokens)| (0.5 * filler_share(&tokens), foreign, tokens))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((foreign_score, foreign, foreign_tokens)) = foreign
            && foreign_score > score
            && foreign_score >= 0.2
        {
            return (foreign.to_owned(), foreign_tokens);
        }
    }
    (lang.to_owned(), tokens)
}

/// From so many words on a question can be told to be in another language than its page.
const WORDS_TO_TELL: usize = 3;
/// So much of a question is enough to tell its language.
const READ: usize = 400;

/// The language that a question is written in, for whoever counts questions: `page`, the language of the page that it was asked
/// on, unless it is clearly another one. A script says it alone. Among languages that share one, the question needs some words
/// of the other language's grammar, more than of the page's, and the articles or the letters (whatlang) must say the same; a
/// few words, or names only, stay with the page.
pub(super) fn written_in(text: &str, page: &str, statistics: &Statistics) -> String {
    let text = match text.char_indices().nth(READ) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    let (languages, vocabulary) = (&statistics.languages, &statistics.vocabulary);
    if let Some(lang) = by_script(text, languages) {
        // Han alone may be Japanese or Chinese.
        let may_be_the_page = page == "ja" && lang == "zh" || page == lang;
        return if may_be_the_page { page } else { lang }.to_owned();
    }
    let (guess, tokens) = of_question(text, None, languages, vocabulary);
    if guess == page || tokens.iter().filter(|token| !token.pair).count() < WORDS_TO_TELL {
        return page.to_owned();
    }
    let grammar = |lang: &str| {
        let tokens = analyze(text, lang).into_iter();
        tokens
            .filter(|token| !token.pair && is_function_word(&text[token.span.clone()], lang))
            .count()
    };
    let (own, others) = (grammar(&guess), grammar(page));
    let letters = Detector::new().detect(text).map(|info| code(info.lang()));
    let is_clear = own > others && (letters == Some(guess.as_str()) || own >= others + 2);
    if is_clear { guess } else { page.to_owned() }
}

/// Share of the idf weight of the tokens that articles in this language use.
fn known_share(tokens: &[Token], vocabulary: &Vocabulary, language: usize) -> f32 {
    let (mut known, mut all) = (0.0, 0.0);
    for token in tokens {
        let id = vocabulary.id(&token.term);
        let weight = vocabulary.idf(id).min(6.0) + 1.0;
        all += weight;
        if id.is_some_and(|id| vocabulary.is_used_in(id, language)) {
            known += weight;
        }
    }
    if all > 0.0 { known / all } else { 0.0 }
}

fn filler_share(tokens: &[Token]) -> f32 {
    let words = tokens.iter().filter(|token| !token.pair).count();
    if words == 0 {
        0.0
    } else {
        tokens.iter().filter(|token| token.filler && !token.pair).count() as f32 / words as f32
    }
}

/// The language that the letters alone decide, if they do.
fn by_script<'a>(text: &str, languages: &'a [String]) -> Option<&'a str> {
    let count = |range: &[std::ops::RangeInclusive<u32>]| {
        text.chars()
            .filter(|c| range.iter().any(|range| range.contains(&(*c as u32))))
            .count()
    };
    let find = |codes: &[&str]| {
        languages
            .iter()
            .map(String::as_str)
            .find(|lang| codes.contains(lang))
            .or_else(|| {
                codes
                    .first()
                    .and_then(|code| KNOWN.iter().find(|known| *known == code).copied())
            })
    };
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let most = |n: usize| n > 0 && 3 * n >= letters;
    if count(&[0x3041..=0x30FF, 0xFF66..=0xFF9F]) > 0
        && most(count(&[0x3041..=0x30FF, 0x4E00..=0x9FFF, 0xFF66..=0xFF9F]))
    {
        return find(&["ja"]);
    }
    if most(count(&[0x4E00..=0x9FFF])) {
        return find(&["zh", "ja"]);
    }
    if most(count(&[0x0E00..=0x0E7F])) {
        return find(&["th"]);
    }
    if most(count(&[0xAC00..=0xD7AF])) {
        return find(&["ko"]);
    }
    if most(count(&[0x0600..=0x06FF])) {
        return find(&["ar", "fa", "ur"]);
    }
    if most(count(&[0x0400..=0x04FF])) {
        return find(&["ru", "uk", "bg"]);
    }
    None
}

/// Languages that are named for a script even if the kb does not have them.
const KNOWN: &[&str] = &["ja", "zh", "th", "ko", "ar", "ru"];

/// BCP 47 primary code of a whatlang language (its own codes are ISO 639-3).
fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::Ara => "ar",
        Lang::Bul => "bg",
        Lang::Cat => "ca",
        Lang::Ces => "cs",
        Lang::Cmn => "zh",
        Lang::Dan => "da",
        Lang::Deu => "de",
        Lang::Ell => "el",
        Lang::Eng => "en",
        Lang::Est => "et",
        Lang::Fin => "fi",
        Lang::Fra => "fr",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Hrv => "hr",
        Lang::Hun => "hu",
        Lang::Ind | Lang::Jav => "id",
        Lang::Ita => "it",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Nld => "nl",
        Lang::Nob => "no",
        Lang::Pol => "pl",
        Lang::Por => "pt",
        Lang::Ron => "ro",
        Lang::Rus => "ru",
        Lang::Slk => "sk",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tha => "th",
        Lang::Tur => "tr",
        Lang::Ukr => "uk",
        Lang::Vie => "vi",
        other => other.code(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kb::{self, Options};

    fn statistics() -> Statistics {
        let article = |lang: &str, text: &str| {
            let text = format!("---\nlang: {lang}\n---\n{text}");
            kb::parse(&format!("{lang}.md"), &text, &Options::default()).0
        };
        let articles = [
            article(
                "en",
                "# Track an order\n\nHere you see where your parcel is and when it arrives.",
            ),
            article(
                "de",
                "# Paket verfolgen\n\nHier sehen Sie, wo Ihr Paket ist und wann es ankommt.",
            ),
            article("ja", "# 荷物の追跡\n\n荷物の場所を確認できます。"),
        ];
        Statistics::build(&articles).0
    }

    #[test]
    fn a_question_is_counted_in_its_own_language_where_that_is_clear() {
        let statistics = statistics();
        for (page, question, lang) in [
            ("en", "Wo ist mein Paket und wann kommt es an?", "de"),
            ("de", "where is my parcel and when does it arrive", "en"),
            ("en", "荷物はどこですか", "ja"),
            ("ja", "Where is my parcel?", "en"),
            // A language that no article has.
            ("en", "¿Dónde está mi paquete y cuándo va a llegar?", "es"),
            ("en", "di mana paket saya dan kapan sampai", "id"),
            ("en", "Я не получил посылку", "ru"),
            // Its page's language already, or not clear.
            ("en", "Where is my parcel?", "en"),
            ("en", "Paket", "en"),
            ("en", "Paket Status", "en"),
            ("en", "Chemex Hario V60 Kalita", "en"),
            ("de", "Tracking Link Download", "de"),
            ("ja", "返品", "ja"),
            ("zh", "", "zh"),
        ] {
            assert_eq!(
                written_in(question, page, &statistics),
                lang,
                "{question} on a page in {page}"
            );
        }
    }
}
