//! References of tickets: `T-7K3F-9QXM`.

use rand::{Rng, RngExt};

/// Digits and capitals without what is mistaken for something else on paper or on the phone (0 O, 1 I L), and without
/// vowels, so that no word comes about by chance.
const ALPHABET: &[u8; 28] = b"23456789BCDFGHJKMNPQRSTVWXYZ";

/// Draws a reference: 28^8, about 4 · 10^11 of them, too many to guess one.
pub(super) fn draw(rng: &mut impl Rng) -> String {
    let mut reference = String::with_capacity(11);
    for i in 0..8 {
        reference.push_str(match i {
            0 => "T-",
            4 => "-",
            _ => "",
        });
        reference.push(char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
    }
    reference
}

/// A reference as it is kept, from one as people type it: in small letters, with spaces, without the dashes or the `T`.
/// `None` if it cannot be one.
pub fn normalize_reference(typed: &str) -> Option<String> {
    let letters: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '–' | '#'))
        .map(|c| c.to_ascii_uppercase())
        .take(16)
        .collect();
    // `T` is a letter of the alphabet, too: only nine letters have it as their mark.
    let body = match letters.strip_prefix('T') {
        Some(body) if letters.len() == 9 => body,
        _ => &letters,
    };
    let well_formed = body.len() == 8 && body.bytes().all(|b| ALPHABET.contains(&b));
    well_formed.then(|| format!("T-{}-{}", &body[..4], &body[4..]))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha12Rng;

    use super::*;

    #[test]
    fn a_drawn_reference_is_its_own_normal_form() {
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        for _ in 0..1000 {
            let reference = draw(&mut rng);
            assert_eq!(reference.len(), 11);
            assert_eq!(normalize_reference(&reference), Some(reference));
        }
    }

    #[test]
    fn a_reference_may_be_typed_as_people_type() {
        for typed in ["T-7K3F-9QXM", "t-7k3f-9qxm", " T 7K3F 9QXM ", "7k3f9qxm", "#T7K3F-9QXM"] {
            assert_eq!(normalize_reference(typed).as_deref(), Some("T-7K3F-9QXM"), "{typed}");
        }
        assert_eq!(normalize_reference("T7K3F9QX").as_deref(), Some("T-T7K3-F9QX"));
        for bad in ["", "T-7K3F", "T-7K3F-9QX0", "T-7K3F-9QXM-9", "ünïcödé!"] {
            assert_eq!(normalize_reference(bad), None, "{bad}");
        }
    }
}
