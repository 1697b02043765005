//! Words and phrases of topics: the pattern of a phrase, the phrase of a pattern, and what any other pattern looks for.

use regex_syntax::hir::{Hir, HirKind};

use crate::{answer::policy::normalize, desk::conditions::is_unspaced};

/// Languages that put no spaces between words; other scripts end a word there.
const UNSPACED: [&str; 6] = ["ja", "zh", "th", "lo", "km", "my"];
/// Languages whose patterns know ASCII letters only.
const ASCII: [&str; 2] = ["en", "id"];

/// The pattern that finds a phrase as whole words; one that ends in `*` with any ending. `None` for what has no letter and no digit.
pub fn of_phrase(lang: &str, phrase: &str) -> Option<String> {
    let text = normalize(phrase);
    let (text, any_ending) = match text.strip_suffix('*') {
        Some(text) => (text.trim_end(), true),
        None => (text.as_str(), false),
    };
    if !text.chars().any(char::is_alphanumeric) {
        return None;
    }
    // Braces name word classes before a pattern is a pattern.
    let escaped = regex_syntax::escape(text)
        .replace("\\{", "\\x7b")
        .replace("\\}", "\\x7d");
    let start = text.chars().next().map_or("", |c| edge(lang, c));
    let end = match any_ending {
        true => "",
        false => text.chars().next_back().map_or("", |c| edge(lang, c)),
    };
    Some(format!("{start}{escaped}{end}"))
}

/// What stands at the edge of a phrase that begins or ends with this letter.
fn edge(lang: &str, c: char) -> &'static str {
    match c {
        c if is_unspaced(c) => "",
        c if c.is_ascii_alphanumeric() || c == '_' => match UNSPACED.contains(&lang) {
            true => "(?-u:\\b)",
            false => "\\b",
        },
        c if c.is_alphanumeric() && !UNSPACED.contains(&lang) && !ASCII.contains(&lang) => "\\b",
        _ => "",
    }
}

/// The phrase that has this very pattern, if one has.
pub fn phrase_of(lang: &str, pattern: &str) -> Option<String> {
    let strip = |text: &'_ str| -> String {
        let text = text
            .strip_prefix("(?-u:\\b)")
            .or_else(|| text.strip_prefix("\\b"))
            .unwrap_or(text);
        let text = text
            .strip_suffix("(?-u:\\b)")
            .or_else(|| text.strip_suffix("\\b"))
            .unwrap_or(text);
        text.replace("\\x7b", "\\{").replace("\\x7d", "\\}")
    };
    let mut phrase = String::new();
    let inner = strip(pattern);
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => phrase.push(chars.next().filter(|c| !c.is_alphanumeric())?),
            c => phrase.push(c),
        }
    }
    let any_ending = format!("{phrase}*");
    [phrase, any_ending]
        .into_iter()
        .find(|phrase| of_phrase(lang, phrase).as_deref() == Some(pattern))
}

/// A sample of the words that a pattern finds: the first of several, dots where others may stand between.
pub fn sample(pattern: &str) -> String {
    let Ok(hir) = regex_syntax::parse(pattern) else {
        return String::new();
    };
    let mut words = String::new();
    tell(&hir, &mut words);
    let told: Vec<&str> = words.split_whitespace().collect();
    let mut told = told.join(" ");
    while told.contains("\u{2026} \u{2026}") {
        told = told.replace("\u{2026} \u{2026}", "\u{2026}");
    }
    told.trim_matches([' ', '\u{2026}']).to_owned()
}

fn tell(hir: &Hir, words: &mut String) {
    match hir.kind() {
        HirKind::Literal(literal) => words.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Capture(capture) => tell(&capture.sub, words),
        HirKind::Concat(parts) => parts.iter().for_each(|part| tell(part, words)),
        HirKind::Alternation(parts) => {
            if let Some(first) = parts.iter().find(|part| part.properties().minimum_len() > Some(0)) {
                tell(first, words);
            }
        }
        // A gap, or an ending that may be there.
        HirKind::Repetition(repetition) if matches!(repetition.sub.kind(), HirKind::Class(_)) => {
            let is_long = repetition.max.is_none_or(|max| max > 3);
            if is_long && !words.ends_with(|c: char| c.is_alphanumeric()) || repetition.max.is_some_and(|max| max > 3) {
                words.push_str(" \u{2026} ");
            }
        }
        HirKind::Repetition(repetition) if repetition.min > 0 => tell(&repetition.sub, words),
        HirKind::Class(class) => {
            let space = class.clone();
            let has_space = match &space {
                regex_syntax::hir::Class::Unicode(class) => {
                    class.iter().any(|range| range.start() <= ' ' && ' ' <= range.end())
                }
                regex_syntax::hir::Class::Bytes(class) => {
                    class.iter().any(|range| range.start() <= b' ' && b' ' <= range.end())
                }
            };
            if has_space {
                words.push(' ');
            } else if let regex_syntax::hir::Class::Unicode(class) = &space
                && let Some(range) = class.iter().next()
                && range.start().is_alphanumeric()
                && class.iter().count() <= 3
            {
                words.push(range.start());
            }
        }
        HirKind::Repetition(_) | HirKind::Empty | HirKind::Look(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Policy;

    fn takes(lang: &str, phrase: &str, question: &str) -> bool {
        let pattern = of_phrase(lang, phrase).expect("a phrase");
        let file = format!(
            "topic='x'\ntitle='X'\nteam='x'\nreason='sensitive_topic'\npriority=1\n[{lang}]\npatterns=[{}]\n",
            toml::Value::from(pattern)
        );
        let policy = Policy::parse(vec![("x.toml".into(), file)]).expect("a rule");
        policy.matching(question).is_some()
    }

    #[test]
    fn a_phrase_is_found_as_whole_words_in_any_script() {
        for (lang, phrase, taken, left) in [
            ("en", "gift card", "My GIFT   card is lost", "gift cards"),
            ("en", "refund*", "was it refunded?", "prerefund"),
            ("en", "can't log in", "I CAN’T log in!", "cant log into it"),
            ("en", "café", "the café is closed", "the caf is closed"),
            ("en", "a {b} c++", "is a {b} c++ sold?", "a b c"),
            ("de", "straße", "in der Straße.", "straßen"),
            ("ja", "解約", "解約したい", "契約したい"),
            ("ja", "app", "appを開く", "apple"),
            ("id", "uang", "uang saya", "peluang"),
        ] {
            assert!(takes(lang, phrase, taken), "{phrase} in {taken}");
            assert!(!takes(lang, phrase, left), "{phrase} not in {left}");
        }
        assert_eq!(of_phrase("en", "*"), None);
        assert_eq!(of_phrase("en", " ' "), None);
    }

    #[test]
    fn a_phrase_comes_back_from_its_pattern() {
        for (lang, phrase) in [
            ("en", "gift card"),
            ("en", "refund*"),
            ("en", "cant log in"),
            ("en", "a {b} c++"),
            ("ja", "解約"),
            ("ja", "app"),
            ("de", "straße"),
        ] {
            let pattern = of_phrase(lang, phrase).expect("a phrase");
            assert_eq!(phrase_of(lang, &pattern).as_deref(), Some(phrase), "{pattern}");
        }
        for pattern in [
            "\\b{money}\\b",
            "a.{0,30}b",
            "\\b(?:a|b)\\b",
            "a\\w*",
            "^a",
            "gift card",
            "\\bA\\b",
        ] {
            assert_eq!(phrase_of("en", pattern), None, "{pattern}");
        }
    }

    #[test]
    fn other_patterns_are_told_by_their_first_words() {
        for (pattern, told) in [
            (
                r"\b(?:charged|billed)\b.{0,40}\b(?:twice|two times)\b",
                "charged … twice",
            ),
            (r"\bdisput(?:e|es|ed|ing)\b", "dispute"),
            (r"\b(?:cant|cannot) (?:\w+ )?(?:pay|make payments?)\b", "cant pay"),
            ("解約.{0,10}(?:したい|する)", "解約 … したい"),
        ] {
            assert_eq!(sample(pattern), told, "{pattern}");
        }
    }
}
