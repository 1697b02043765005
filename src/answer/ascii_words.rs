//! Patterns whose word characters are ASCII only.
//!
//! `\w`, `\b` and `\d` over all of Unicode make an automaton many times as large as over ASCII: for the built-in rules 70 MB
//! against 10, and half of the time that matching takes. English and Indonesian words need no more than ASCII.

/// The same pattern with ASCII's `\w`, `\d`, `\s` and `\b`. What matches any character (`.`, `[^…]`) still matches any.
pub fn ascii_words(pattern: &str) -> String {
    let mut ascii = String::with_capacity(pattern.len() + 16);
    ascii.push_str("(?-u)");
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\\' => escape_length(rest),
            '[' => class_length(rest),
            c => c.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        // Under `-u` these would match single bytes, which are no text.
        let any = piece == "." || piece.starts_with("[^") || !piece.is_ascii() || is_negated(piece);
        if any {
            ascii.push_str("(?u:");
            ascii.push_str(piece);
            ascii.push(')');
        } else {
            ascii.push_str(piece);
        }
        rest = after;
    }
    ascii
}

/// `\W`, `\D`, `\S`, `\P` and everything by code point or property match characters beyond ASCII.
fn is_negated(piece: &str) -> bool {
    piece.starts_with('\\') && piece[1..].starts_with(['W', 'D', 'S', 'P', 'p', 'x', 'u', 'U'])
        || piece.starts_with('[')
            && ["\\W", "\\D", "\\S", "\\P", "\\p", "\\x", "\\u", "\\U"]
                .iter()
                .any(|e| piece.contains(e))
}

/// Bytes of an escape: `\b`, `\p{…}`, `\x{…}`, `\xFF`.
fn escape_length(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    let Some((at, c)) = chars.next() else { return rest.len() };
    let end = at + c.len_utf8();
    match c {
        'p' | 'P' | 'x' | 'u' | 'U' if rest[end..].starts_with('{') => {
            rest.find('}').map_or(rest.len(), |brace| brace + 1)
        }
        'p' | 'P' => end + rest[end..].chars().next().map_or(0, char::len_utf8),
        'x' => end + rest[end..].chars().take(2).map(char::len_utf8).sum::<usize>(),
        'u' => end + rest[end..].chars().take(4).map(char::len_utf8).sum::<usize>(),
        'U' => end + rest[end..].chars().take(8).map(char::len_utf8).sum::<usize>(),
        _ => end,
    }
}

/// Bytes of a class with the classes in it: `[a-z[0-9]]`, `[]x]`, `[^\]]`.
fn class_length(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    let mut may_close = false;
    while let Some(c) = rest[at..].chars().next() {
        match c {
            '\\' => {
                at += escape_length(&rest[at..]);
                may_close = true;
                continue;
            }
            '[' => {
                depth += 1;
                may_close = false;
            }
            '^' if !may_close => {}
            ']' if may_close => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => may_close = true,
        }
        at += c.len_utf8();
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn words_are_ascii_and_anything_else_is_still_anything() {
        assert_eq!(
            ascii_words(r"\b(?:my|our) (?:\w+ ){0,2}fee"),
            r"(?-u)\b(?:my|our) (?:\w+ ){0,2}fee"
        );
        assert_eq!(
            ascii_words(r".{0,9}\W?[\w.]+[^a]é[£$€]"),
            r"(?-u)(?u:.){0,9}(?u:\W)?[\w.]+(?u:[^a])(?u:é)(?u:[£$€])"
        );
        assert_eq!(ascii_words(r"\p{Han}[[a]b]\]\[x"), r"(?-u)(?u:\p{Han})[[a]b]\]\[x");
    }

    #[test]
    fn a_changed_pattern_takes_the_same_english_texts() {
        for (pattern, takes, leaves) in [
            (
                r"\bcharged\b.{0,9}\btwice\b",
                "i was charged €5 twice",
                "i was recharged twice",
            ),
            (r"\b(?:\W?[\w.]+ ){1,2}fee\b", "a £3.50 fee", "fees"),
            (r"^[^0-9]{3}$", "é日x", "é1x"),
            (r"\d\d", "42", "４２"),
        ] {
            let regex = Regex::new(&ascii_words(pattern)).expect(pattern);
            assert!(regex.is_match(takes), "{pattern} does not take {takes}");
            assert!(!regex.is_match(leaves), "{pattern} takes {leaves}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_pattern_makes_it_panic(pattern in r"([\\\[\]^.wWdpux{}a-zé日-]|\PC){0,40}") {
            ascii_words(&pattern);
        }

        #[test]
        fn a_pattern_that_was_one_still_is(pattern in r"(\\[wWdDsSb]|\[[\^]?[a-zé]{1,3}\]|[a-zé日 .]|\(\?:a\|b\)|\[\\w\.\]){0,20}") {
            if Regex::new(&pattern).is_ok() {
                let ascii = ascii_words(&pattern);
                proptest::prop_assert!(Regex::new(&ascii).is_ok(), "{} became {}", pattern, ascii);
            }
        }
    }
}
