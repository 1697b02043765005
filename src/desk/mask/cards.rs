//! Card numbers among digits.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{digits, rules::compiled};

/// Digits with at most one separator between two of them.
static RUN: LazyLock<Regex> = LazyLock::new(|| compiled(r"[0-9０-９](?:[ .\-‐–－]?[0-9０-９]){12,}"));
/// Digits without any.
static GROUP: LazyLock<Regex> = LazyLock::new(|| compiled(r"[0-9０-９]+"));
/// A card number is written in so many groups at most.
const MOST_GROUPS: usize = 5;

/// Where card numbers stand, in bytes.
pub(super) fn card_numbers(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for run in RUN.find_iter(text) {
        if is_card(run.as_str()) {
            found.push(run.range());
        } else {
            let inside = among_others(run.as_str()).into_iter();
            found.extend(inside.map(|range| run.start() + range.start..run.start() + range.end));
        }
    }
    found
}

/// Card numbers with other digits before or behind them, as in `4111 1111 1111 1111 12/27`: in whole groups, and of the
/// lengths in which they are printed, so that two order numbers beside each other are none.
fn among_others(run: &str) -> Vec<Range<usize>> {
    let groups: Vec<Range<usize>> = GROUP.find_iter(run).map(|group| group.range()).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < groups.len() {
        let most = groups.len().min(at + MOST_GROUPS);
        let end = (at + 1..=most)
            .rev()
            .find(|end| is_printed_so(&groups[at..*end], run) && is_card(&run[groups[at].start..groups[end - 1].end]));
        if let Some(end) = end {
            found.push(groups[at].start..groups[end - 1].end);
        }
        at = end.unwrap_or(at + 1);
    }
    found
}

fn is_printed_so(groups: &[Range<usize>], run: &str) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|group| run[group.clone()].chars().count()).collect();
    matches!(
        lengths.as_slice(),
        [13..=19] | [4, 4, 4, 4] | [4, 4, 4, 4, 1..=3] | [4, 6, 4..=5]
    )
}

/// Luhn's check digit, and a first digit that issuers of payment cards have: American Express and others 3, Visa 4,
/// Mastercard 5 and 2221 to 2720, Discover, UnionPay and Maestro 6.
pub(super) fn is_card(text: &str) -> bool {
    let digits = digits(text);
    let first_four = digits
        .iter()
        .take(4)
        .fold(0u32, |number, digit| number * 10 + u32::from(*digit));
    let issuer = match first_four {
        2221..=2720 => digits.len() == 16,
        3000..=3999 => (14..=16).contains(&digits.len()),
        4000..=4999 => [13, 16, 19].contains(&digits.len()),
        5000..=5999 => digits.len() == 16,
        6000..=6999 => (16..=19).contains(&digits.len()),
        _ => false,
    };
    let all_equal = digits.windows(2).all(|pair| pair[0] == pair[1]);
    issuer && !all_equal && luhn(&digits)
}

pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match at % 2 {
            0 => u32::from(*digit),
            _ => u32::from(*digit) * 2 / 10 + u32::from(*digit) * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}
