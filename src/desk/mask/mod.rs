//! Takes secrets out of what customers write, before anything is stored, logged or embedded.
//!
//! Card numbers (Luhn's check digit, ISO/IEC 7812), card codes, passwords, one-time codes, national ids (US social security
//! numbers, Indonesian NIK, Japanese My Number), IBANs (ISO 13616) and access keys. What only looks like one, an order or
//! phone number, stays: people would have to ask for it again. Masking what is masked changes nothing.

mod cards;
mod ordinary;
mod rules;
mod words;

use std::{borrow::Cow, ops::Range};

#[cfg(test)]
use regex::Regex;

pub use words::notice;

use cards::is_card;
use rules::{ANNOUNCED, RULES};

/// What was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    /// The number on a payment card.
    CardNumber,
    /// The three or four digits on the back of one.
    CardCode,
    /// A password.
    Password,
    /// A code that is valid once.
    OneTimeCode,
    /// A number that a state gave to a person.
    NationalId,
    /// A bank account.
    Iban,
    /// A key to a program's account.
    AccessKey,
}

impl SecretKind {
    /// What it is called inside the brackets.
    fn label(self) -> &'static str {
        match self {
            SecretKind::CardNumber => "card number",
            SecretKind::CardCode => "card code",
            SecretKind::Password => "password",
            SecretKind::OneTimeCode => "code",
            SecretKind::NationalId => "id number",
            SecretKind::Iban => "bank account",
            SecretKind::AccessKey => "key",
        }
    }
}

/// What stands where a secret was, in lower case; a test compares it with every [`SecretKind`].
pub(super) const PLACEHOLDER: &str =
    r"\[(?:card number(?: ••[0-9]{1,4})?|card code|password|code|id number|bank account|key)\]";

/// Secrets that may stand beside each other so that one is seen only when the other is gone.
const LONGEST_CHAIN: usize = 64;

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked<'a> {
    /// `[card number ••1234]` stands where one was.
    pub text: Cow<'a, str>,
    /// What was taken out, each kind once.
    pub kinds: Vec<SecretKind>,
}

/// Takes the secrets out of a text.
pub fn mask(text: &str) -> Masked<'_> {
    let mut masked = mask_once(text);
    // What stood beside a secret may be seen as one only when that is gone.
    for _ in 0..LONGEST_CHAIN {
        let Cow::Owned(once) = &masked.text else { break };
        let again = mask_once(once);
        let Cow::Owned(twice) = again.text else { break };
        let mut kinds = [masked.kinds, again.kinds].concat();
        kinds.sort_unstable();
        kinds.dedup();
        masked = Masked {
            text: Cow::Owned(twice),
            kinds,
        };
    }
    masked
}

fn mask_once(text: &str) -> Masked<'_> {
    let nothing = Masked {
        text: Cow::Borrowed(text),
        kinds: Vec::new(),
    };
    // Every secret has a digit, or a word that announces it.
    let has_digit = text.chars().any(|c| c.is_ascii_digit() || ('０'..='９').contains(&c));
    if !has_digit && !ANNOUNCED.is_match(text) {
        return nothing;
    }
    let mut found: Vec<(Range<usize>, SecretKind)> = Vec::new();
    for rule in RULES.iter() {
        for captures in rule.pattern.captures_iter(text) {
            if let Some(range) = rule.taken(&captures)
                && !text[..range.start].ends_with("••")
            {
                found.push((range, rule.kind));
            }
        }
    }
    let cards = cards::card_numbers(text).into_iter();
    found.extend(
        cards
            .filter(|range| !text[..range.start].ends_with("••"))
            .map(|range| (range, SecretKind::CardNumber)),
    );
    if found.is_empty() {
        return nothing;
    }
    // The longest of those that overlap, then the first.
    found.sort_by_key(|(range, _)| (std::cmp::Reverse(range.len()), range.start));
    let mut kept: Vec<(Range<usize>, SecretKind)> = Vec::new();
    for (range, kind) in found {
        if kept
            .iter()
            .all(|(other, _)| range.end <= other.start || other.end <= range.start)
        {
            kept.push((range, kind));
        }
    }
    kept.sort_by_key(|(range, _)| range.start);
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for (range, kind) in &kept {
        masked.push_str(&text[at..range.start]);
        masked.push('[');
        masked.push_str(kind.label());
        if *kind == SecretKind::CardNumber {
            // The last four are printed on receipts, and people need them to know which card is meant.
            let digits = digits(&text[range.clone()]);
            masked.push_str(" ••");
            masked.extend(
                digits[digits.len().saturating_sub(4)..]
                    .iter()
                    .map(|d| char::from(b'0' + d)),
            );
        }
        masked.push(']');
        at = range.end;
    }
    masked.push_str(&text[at..]);
    let mut kinds: Vec<SecretKind> = kept.into_iter().map(|(_, kind)| kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Masked {
        text: Cow::Owned(masked),
        kinds,
    }
}

/// Digits, also those of full width.
fn digits(text: &str) -> Vec<u8> {
    text.chars()
        .filter_map(|c| match c {
            '0'..='9' => Some(c as u8 - b'0'),
            '０'..='９' => Some((c as u32 - '０' as u32) as u8),
            _ => None,
        })
        .collect()
}

/// Area not 000, 666 or 9xx, group not 00, serial not 0000 (Social Security Administration).
fn is_ssn(text: &str) -> bool {
    let digits = digits(text);
    let number = |range: Range<usize>| digits[range].iter().fold(0u32, |n, d| n * 10 + u32::from(*d));
    digits.len() == 9 && !matches!(number(0..3), 0 | 666 | 900..) && number(3..5) != 0 && number(5..9) != 0
}

/// Nomor Induk Kependudukan: six digits of place, which begin with a province's, day (plus 40 for women), month, year, and a
/// serial number that is not zero.
fn is_nik(text: &str) -> bool {
    let digits = digits(text);
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    digits.len() == 16
        && matches!(two(0), 11..=19 | 21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81..=82 | 91..=97)
        && matches!(two(6), 1..=31 | 41..=71)
        && (1..=12).contains(&two(8))
        && digits[12..].iter().any(|digit| *digit != 0)
        && !is_card(text)
}

/// Check digit of the Japanese individual number (Ministry order No. 85 of 2014, article 5).
fn is_my_number(text: &str) -> bool {
    let digits = digits(text);
    if digits.len() != 12 {
        return false;
    }
    let sum: u32 = (1..=11)
        .map(|n| {
            let weight = if n <= 6 { n + 1 } else { n - 5 };
            u32::from(digits[11 - n]) * weight as u32
        })
        .sum();
    let check = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    u32::from(digits[11]) == check
}

/// Remainder 1 modulo 97, letters as two digits.
fn is_iban(text: &str) -> bool {
    let plain: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    if !(15..=34).contains(&plain.len()) {
        return false;
    }
    let rest = plain[4..]
        .iter()
        .chain(&plain[..4])
        .fold(0u32, |rest, c| match c.to_digit(36) {
            Some(value) if value < 10 => (rest * 10 + value) % 97,
            Some(value) => (rest * 100 + value) % 97,
            None => rest,
        });
    rest == 1
}

#[cfg(test)]
mod tests;
