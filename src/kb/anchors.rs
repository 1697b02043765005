//! Fragments of headings, made the way GitHub makes them.

use std::collections::{HashMap, HashSet};

/// Hands out the fragments of one article, each once.
#[derive(Default)]
pub(super) struct Anchors {
    taken: HashSet<String>,
    next: HashMap<String, usize>,
}

impl Anchors {
    /// The fragment for a heading, its own `id` first; the flag says that the wanted id was taken.
    pub(super) fn take(&mut self, heading: &str, id: Option<&str>) -> (String, bool) {
        let wanted = match id.filter(|id| !id.is_empty()) {
            Some(id) => id.to_owned(),
            None => slug(heading),
        };
        if self.taken.insert(wanted.clone()) {
            return (wanted, false);
        }
        let count = self.next.entry(wanted.clone()).or_insert(1);
        loop {
            let anchor = format!("{wanted}-{count}");
            *count += 1;
            if self.taken.insert(anchor.clone()) {
                return (anchor, id.is_some());
            }
        }
    }
}

/// Lower case, letters and digits of any script kept, blanks to `-`, the rest dropped; `section` if nothing is left.
pub(super) fn slug(heading: &str) -> String {
    let mut slug = String::with_capacity(heading.len());
    for c in heading.trim().chars() {
        if c.is_alphanumeric() || matches!(c, '-' | '_') || is_mark(c) {
            slug.extend(c.to_lowercase());
        } else if c.is_whitespace() {
            slug.push('-');
        }
    }
    if slug.is_empty() { "section".to_owned() } else { slug }
}

/// Combining marks: vowel signs of Indic scripts and Thai belong to their letters.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_any_script_are_kept() {
        assert_eq!(slug("How do I track my order?"), "how-do-i-track-my-order");
        assert_eq!(slug("¿Cómo cancelo?"), "cómo-cancelo");
        assert_eq!(slug("如何退款"), "如何退款");
        assert_eq!(slug("???"), "section");
    }

    #[test]
    fn repeated_headings_are_numbered_and_never_collide() {
        let mut anchors = Anchors::default();
        let taken = ["Fees", "Fees", "Fees 1", "Fees"].map(|h| anchors.take(h, None).0);
        assert_eq!(taken, ["fees", "fees-1", "fees-1-1", "fees-2"]);
        assert_eq!(anchors.take("Other", Some("fees")), ("fees-3".to_owned(), true));
    }
}
