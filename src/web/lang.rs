//! Which language a page is in: what the address says, else what the browser prefers, among those that the articles have.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};

use crate::{http::primary_language, search::Generation};

/// Names of languages in themselves; others are shown by their code.
const NAMES: [(&str, &str); 33] = [
    ("ar", "العربية"),
    ("bg", "Български"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("es", "Español"),
    ("fa", "فارسی"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hu", "Magyar"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("ms", "Bahasa Melayu"),
    ("nb", "Norsk"),
    ("nl", "Nederlands"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sv", "Svenska"),
    ("th", "ไทย"),
    ("tl", "Tagalog"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("vi", "Tiếng Việt"),
    ("zh", "中文"),
];

/// A language's name in itself.
pub fn name(code: &str) -> &str {
    NAMES
        .binary_search_by_key(&code, |(known, _)| known)
        .map_or(code, |at| NAMES[at].1)
}

/// `ltr` or `rtl`.
pub fn direction(code: &str) -> &'static str {
    if matches!(code, "ar" | "he" | "fa" | "ur" | "ps" | "yi") {
        "rtl"
    } else {
        "ltr"
    }
}

/// The languages of the live articles, the one with most articles first.
pub fn of_articles(generation: &Generation) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for article in generation.articles().iter().filter(|article| article.is_listed()) {
        *counts.entry(generation.language_of(article)).or_default() += 1;
    }
    let mut langs: Vec<_> = counts.into_iter().collect();
    langs.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    langs.into_iter().map(|(lang, _)| lang.to_owned()).collect()
}

/// The browser's languages, most wanted first.
pub fn accepted(headers: &HeaderMap) -> Vec<String> {
    let sent = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut wanted: Vec<(f32, String)> = sent
        .split(',')
        .take(20)
        .filter_map(|item| {
            let (tag, quality) = item.split_once(";q=").unwrap_or((item, "1"));
            let quality: f32 = quality.trim().parse().ok()?;
            Some((quality, primary_language(tag.trim())?)).filter(|(quality, _)| *quality > 0.0)
        })
        .collect();
    wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
    wanted.into_iter().map(|(_, lang)| lang).collect()
}

/// Whether the words can be in the language, judged by their script alone. A page's language is only a hint about its
/// visitor; a question in Japanese on an English page must not be searched as English.
pub fn plausible(lang: &str, text: &str) -> bool {
    let (mut latin, mut cjk, mut other) = (0, 0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        match c as u32 {
            0x41..=0x24F | 0x1E00..=0x1EFF => latin += 1,
            0x3040..=0x30FF | 0x3400..=0x9FFF | 0xAC00..=0xD7AF | 0xFF66..=0xFF9F => cjk += 1,
            _ => other += 1,
        }
    }
    match lang {
        "ja" | "zh" | "ko" => cjk > 0 || latin == 0 && other == 0,
        "ar" | "bg" | "el" | "fa" | "he" | "hi" | "ru" | "th" | "uk" | "ur" => other > 0 || latin == 0 && cjk == 0,
        _ => cjk == 0 && other <= latin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(NAMES.is_sorted_by_key(|(code, _)| code));
        assert_eq!((name("ja"), name("xx")), ("日本語", "xx"));
    }

    #[test]
    fn the_browsers_wishes_are_read_in_their_order() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT_LANGUAGE,
            "en;q=0.5, id-ID, ja;q=0.8, *;q=0.1, xx;q=0".parse().expect("header"),
        );
        assert_eq!(accepted(&headers), ["id", "ja", "en"]);
    }

    #[test]
    fn a_script_can_rule_a_language_out() {
        assert!(plausible("en", "where is my parcel"));
        assert!(!plausible("en", "荷物はどこですか"));
        assert!(plausible("ja", "荷物はどこですか"));
        assert!(!plausible("ja", "refund"));
        assert!(plausible("ja", "1234"));
        assert!(!plausible("en", "где посылка"));
    }
}
