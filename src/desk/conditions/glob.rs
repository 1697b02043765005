//! Addresses of pages with `*` for any run of characters.

use std::fmt;

use url::Url;

use crate::answer::policy::normalize;

/// A pattern for a page's address. One that starts with `/` is compared with the path, any other with the whole address;
/// either way without what follows `#`, and a path also without what follows `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    pattern: String,
}

impl Glob {
    pub fn new(pattern: &str) -> Self {
        Glob {
            pattern: normalize(pattern),
        }
    }

    /// `url` is normalized.
    pub fn takes(&self, url: &str) -> bool {
        let url = url.split('#').next().unwrap_or_default();
        if !self.pattern.starts_with('/') {
            return matches(&self.pattern, url);
        }
        // A page may send its path alone.
        let path = match Url::parse(url) {
            Ok(parsed) => parsed.path().to_owned(),
            Err(_) => url.split('?').next().unwrap_or_default().to_owned(),
        };
        matches(&self.pattern, &path)
    }
}

/// The pieces between stars follow each other in the text, the first at its start, the last at its end. Taking each as early
/// as possible leaves the most for the others, so no second try is needed.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let (between, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in between.split('*').filter(|piece| !piece.is_empty()) {
        match text.find(piece) {
            Some(at) => text = &text[at + piece.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_whole_addresses() {
        for (pattern, takes, leaves) in [
            (
                "/billing*",
                "https://shop.example/billing/cards?x=1#top",
                "https://shop.example/help/billing",
            ),
            (
                "*/billing",
                "https://shop.example/en/billing",
                "https://shop.example/billing/cards",
            ),
            (
                "https://shop.example/*",
                "https://shop.example/",
                "https://other.example/",
            ),
            ("*.example/*/pay", "https://a.example/x/y/pay", "https://a.example/pay"),
            ("/Preise", "/preise?a=b", "/preise/alt"),
        ] {
            let glob = Glob::new(pattern);
            assert!(glob.takes(takes), "{pattern} does not take {takes}");
            assert!(!glob.takes(leaves), "{pattern} takes {leaves}");
        }
    }

    /// Tries every way to cut the text.
    fn slow(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|at| slow(rest, &text[at..])),
            Some((c, rest)) => text.split_first().is_some_and(|(t, text)| c == t && slow(rest, text)),
        }
    }

    proptest::proptest! {
        #[test]
        fn stars_stand_for_any_run(pattern in "[ab*]{0,8}", text in "[ab]{0,12}") {
            let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            proptest::prop_assert_eq!(matches(&pattern, &text), slow(&p, &t));
        }
    }
}
