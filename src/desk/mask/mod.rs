//! Takes secrets out of what customers write, before anything is stored, logged or embedded.
//!
//! Card numbers (Luhn's check digit, ISO/IEC 7812), card codes, passwords, one-time codes, national ids (US social security
//! numbers, Indonesian NIK, Japanese My Number), IBANs (ISO 13616) and access keys. What only looks like one, an order or
//! phone number, stays: people would have to ask for it again. Masking what is masked changes nothing.

mod cards;
mod words;

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

pub use words::notice;

use cards::is_card;

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

/// How a secret is recognised.
struct Rule {
    kind: SecretKind,
    pattern: Regex,
    is_one: fn(&str) -> bool,
}

impl Rule {
    /// What is taken out: the group `secret`, or everything.
    fn taken(&self, captures: &Captures) -> Option<Range<usize>> {
        let taken = captures.name("secret").or_else(|| captures.get(0))?;
        (self.is_one)(taken.as_str()).then(|| taken.range())
    }
}

/// Words that announce a secret without a digit in it.
static ANNOUNCED: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)pass|pw|sandi|パスワード|暗証|bearer|PRIVATE KEY|eyJ|AKIA|gh[pousr]_|[sr]k_"));

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let any: fn(&str) -> bool = |_| true;
    let rule = |kind, pattern: &str, is_one| Rule {
        kind,
        pattern: compiled(pattern),
        is_one,
    };
    use SecretKind::*;
    vec![
        rule(
            CardCode,
            r"(?i)\b(?:cvv2?|cvc2?|cid|security code|card code|kode cvv|kode keamanan)\b\W{0,3}(?:(?:is|number|no|adalah|nya|code)\W{1,3}){0,2}(?P<secret>[0-9]{3,4})\b",
            any,
        ),
        rule(
            CardCode,
            r"(?:セキュリティ(?:コード|番号)|裏面の番号)(?:は|が|：|:|\s){0,3}(?P<secret>[0-9０-９]{3,4})",
            any,
        ),
        // What people write behind the number, or behind the date until which it is valid.
        rule(
            CardCode,
            r"(?i)\[card number ••[0-9]{4}\][\s,;/|]{0,3}(?:(?:exp(?:iry|ires)?[.: ]{0,2})?(?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?[0-9]{2}[\s,;/|]{1,3})?(?P<secret>[0-9]{3,4})\b",
            any,
        ),
        rule(
            Password,
            r"(?i)\b(?:my |the |old |new |current |account |login )*(?:password|passwd|passcode|passphrase|pwd|pw)\s*(?:[:=]|\bis\b|\bwas\b)\s*[:=]?\s*(?P<secret>[^\s,;\[\]]{3,64})",
            is_password,
        ),
        rule(
            Password,
            r"(?i)\b(?:kata sandi|password|sandi)(?: (?:saya|akun|lama|baru)|nya)*\s*(?:[:=]|\badalah\b|\bitu\b)\s*(?P<secret>[^\s,;\[\]]{3,64})",
            is_password,
        ),
        rule(
            Password,
            r"(?:パスワード|暗証番号)(?:は|が|：|:|=)\s*[「『]?(?P<secret>[!-~]{4,64})",
            is_password,
        ),
        rule(
            OneTimeCode,
            r"(?i)\b(?:otp|2fa|verification|security|one[- ]time|auth(?:entication)?|confirmation|login|sms|sign[- ]in|verifikasi|kode)(?: (?:code|pin|kode|otp|verifikasi|password|passcode))*\b\W{0,3}(?:(?:is|was|i got|saya|adalah|nya|it says)\W{1,3}){0,2}(?P<secret>[0-9]{3}[ -]?[0-9]{3}|[0-9]{4,8})\b",
            any,
        ),
        rule(
            OneTimeCode,
            r"(?:認証|確認|ワンタイム)(?:コード|番号|パスワード)(?:は|が|：|:|\s){0,3}(?P<secret>[0-9０-９]{4,8})",
            any,
        ),
        rule(NationalId, r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", is_ssn),
        rule(
            NationalId,
            r"(?i)\b(?:ssn|social security(?: number)?)\b\W{0,3}(?:(?:is|no|number)\W{1,3}){0,2}(?P<secret>[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4})\b",
            is_ssn,
        ),
        rule(NationalId, r"\b[0-9]{16}\b", is_nik),
        rule(
            NationalId,
            r"(?:マイナンバー|個人番号|(?i:my number))\D{0,8}(?P<secret>[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4})",
            is_my_number,
        ),
        rule(
            Iban,
            r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b",
            is_iban,
        ),
        rule(
            AccessKey,
            r"\b(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16}|xox[abpr]-[A-Za-z0-9-]{10,})",
            any,
        ),
        rule(
            AccessKey,
            r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*",
            any,
        ),
        rule(AccessKey, r"(?i)\bbearer\s+(?P<secret>[A-Za-z0-9._~+/=-]{16,})", any),
        rule(
            AccessKey,
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]|-[^-])*(?:-----END [A-Z ]*PRIVATE KEY-----)?",
            any,
        ),
    ]
});

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of this file; a test uses each")
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

/// Not the rest of a sentence about passwords: "my password is not working".
fn is_password(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "not",
        "wrong",
        "incorrect",
        "invalid",
        "correct",
        "right",
        "expired",
        "forgotten",
        "lost",
        "too",
        "no",
        "being",
        "still",
        "never",
        "always",
        "the",
        "a",
        "my",
        "also",
        "ok",
        "okay",
        "fine",
        "reset",
        "required",
        "needed",
        "hacked",
        "stolen",
        "compromised",
        "leaked",
        "weak",
        "strong",
        "changed",
        "old",
        "new",
        "set",
        "rejected",
        "refused",
        "accepted",
        "blocked",
        "locked",
        "missing",
        "unknown",
        "broken",
        "very",
        "so",
        "now",
        "just",
        "really",
        "only",
        "case",
        "asked",
        "what",
        "where",
        "how",
        "it",
        "that",
        "this",
        "somehow",
        "something",
        "salah",
        "tidak",
        "tak",
        "nggak",
        "gak",
        "belum",
        "sudah",
        "lupa",
        "saya",
        "yang",
        "hilang",
        "benar",
        "apa",
        "terlalu",
        "selalu",
        "masih",
        "bukan",
        "please",
        "pls",
        "different",
        "same",
        "shown",
        "visible",
        "saved",
        "stored",
        "safe",
        "secure",
        "long",
        "short",
        "known",
        "unclear",
        "unavailable",
    ];
    let word = text.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    !word.is_empty() && !WORDS.contains(&word.as_str()) && !text.starts_with('[')
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
