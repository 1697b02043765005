//! The threshold that keeps an error budget, found so that the promise holds: fixed-sequence testing (Learn then Test,
//! Angelopoulos et al. 2021).
//!
//! Cuts through the raw logits are tested from the strictest down, each by an exact test of "more than the budget is
//! wrong"; the first that fails ends it, and the last that passed counts. Since the order was fixed before anything was
//! seen, every test may spend the whole level: the promise is broken only if the first cut that truly breaks the budget
//! passes. Taking the lowest of all cuts that pass would be a choice among many tests, and would break it far more often.

use super::{LEVEL, binomial};

/// The highest and the lowest cut of the grid, raw logits, and the way from one to the next: the same for every help
/// center, so nobody's labels have chosen them.
const HIGHEST: f64 = 8.0;
const LOWEST: f64 = -2.0;
const STEP: f64 = 0.25;

/// The grid, strictest first.
pub fn grid() -> impl Iterator<Item = f64> {
    let cuts = ((HIGHEST - LOWEST) / STEP) as u32;
    (0..=cuts).map(|at| HIGHEST - STEP * f64::from(at))
}

/// An answer that would be given, and whether it would be wrong.
pub type Given = (f64, bool);

/// What the test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The lowest cut that is proven; none if the evidence is too thin.
    pub cut: Option<f64>,
    /// Answers at that cut, or where the test ended without one.
    pub answered: usize,
    /// Of those: wrong.
    pub wrong: usize,
    /// Upper bound of the share that is wrong.
    pub bound: f64,
}

/// Tests down the grid. `floor`: cuts below it say nothing, since answers there were never seen.
///
/// The test starts where enough answers would have been given to show anything at all. How many they are depends on the
/// questions' confidence only, not on whether the answers were right, so the start is no choice by outcome either.
pub fn find(given: &[Given], budget: f64, floor: Option<f64>) -> Found {
    let mut sorted = given.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let fewest = binomial::fewest(budget, LEVEL);
    let (mut answered, mut wrong) = (0, 0);
    let mut found: Option<Found> = None;
    let mut last = Found {
        cut: None,
        answered: 0,
        wrong: 0,
        bound: 1.0,
    };
    for cut in grid().take_while(|cut| floor.is_none_or(|floor| *cut >= floor)) {
        while let Some((_, is_wrong)) = sorted.get(answered).filter(|(raw, _)| *raw >= cut) {
            wrong += usize::from(*is_wrong);
            answered += 1;
        }
        last = Found {
            cut: None,
            answered,
            wrong,
            bound: binomial::upper(wrong, answered, LEVEL),
        };
        if answered < fewest {
            continue;
        }
        if !binomial::shows(wrong, answered, budget, LEVEL) {
            break;
        }
        found = Some(Found { cut: Some(cut), ..last });
    }
    found.unwrap_or(last)
}

/// The confidence from which on the bot answers where nothing is proven: that of the weights, and no less than the budget
/// asks of every single answer. If the confidence is right at all, answers above it keep the budget together, too.
pub fn without_labels(shipped: f64, budget: f64) -> f64 {
    shipped.max(1.0 - budget)
}

/// What is done where nothing is proven.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fallback {
    /// The threshold without labels, and nothing at or below this raw logit: the highest of a wrong answer.
    Cautious {
        /// None if no answer was wrong.
        above: Option<f64>,
    },
    /// The surest answers were looked at and too many were wrong; a confidence that is wrong there is not to be believed
    /// anywhere.
    Nothing,
}

/// Where enough answers were tested, a threshold that is not proven is believed only if above it at least so many wrong
/// answers would be expected had it just broken the budget, and there is none.
const EXPECTED: f64 = 2.0;

/// What follows from a test that proved nothing. `passes`: whether a raw logit reaches the threshold without labels.
///
/// The number was chosen by simulation on the scores of nine help centers, and measured on the same: with it, the promise
/// holds there over all draws, those that fell back among them. It is a habit of caution, not a proof.
pub fn fallback(found: &Found, given: &[Given], budget: f64, passes: impl Fn(f64) -> bool) -> Fallback {
    let wrong = given.iter().filter(|(_, is_wrong)| *is_wrong).map(|(raw, _)| *raw);
    let above = wrong.max_by(f64::total_cmp);
    let is_above = |raw: f64| above.is_none_or(|above| raw > above);
    let right = given.iter().filter(|(raw, _)| is_above(*raw) && passes(*raw)).count();
    let is_tested = found.answered >= binomial::fewest(budget, LEVEL);
    if is_tested && (right as f64) * budget < EXPECTED {
        Fallback::Nothing
    } else {
        Fallback::Cautious { above }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(right: usize, wrong: usize, raw: f64) -> Vec<Given> {
        let right = std::iter::repeat_n((raw, false), right);
        right.chain(std::iter::repeat_n((raw, true), wrong)).collect()
    }

    #[test]
    fn too_few_answers_prove_nothing() {
        let found = find(&given(58, 0, 3.0), 0.05, None);
        assert_eq!((found.cut, found.answered, found.wrong), (None, 58, 0));
        assert!(found.bound > 0.05);
        assert_eq!(find(&given(59, 0, 3.0), 0.05, None).cut, Some(LOWEST));
    }

    #[test]
    fn the_first_failure_ends_it_even_if_a_lower_cut_would_pass() {
        // 60 good ones, then 20 bad ones, then so many good ones that the whole would pass.
        let mut answers = given(60, 0, 5.0);
        answers.extend(given(0, 20, 3.0));
        answers.extend(given(2000, 0, 1.0));
        assert!(binomial::shows(20, 2080, 0.05, LEVEL));
        let found = find(&answers, 0.05, None);
        assert_eq!((found.cut, found.answered, found.wrong), (Some(3.25), 60, 0));
    }

    #[test]
    fn no_cut_lies_below_what_was_seen() {
        let found = find(&given(100, 0, 4.0), 0.05, Some(1.5));
        assert_eq!(found.cut, Some(1.5));
    }

    #[test]
    fn a_test_that_fails_says_whether_it_was_thin_or_refuted() {
        let of = |answers: &[Given]| fallback(&find(answers, 0.05, None), answers, 0.05, |_| true);
        assert_eq!(of(&given(30, 0, 3.0)), Fallback::Cautious { above: None });
        // One wrong one among the surest.
        assert_eq!(of(&given(70, 1, 3.0)), Fallback::Nothing);
        // More of them, but below a long row of right ones.
        let mut answers = given(45, 0, 4.0);
        answers.extend(given(20, 4, 3.0));
        assert_eq!(of(&answers), Fallback::Cautious { above: Some(3.0) });
        let found = find(&answers, 0.05, None);
        assert_eq!(fallback(&found, &answers, 0.05, |raw| raw > 4.5), Fallback::Nothing);
        assert_eq!(of(&given(10, 10, 3.0)), Fallback::Cautious { above: Some(3.0) });
    }

    #[test]
    fn the_grid_is_fixed_and_falls() {
        let cuts: Vec<f64> = grid().collect();
        assert_eq!(
            (cuts.first(), cuts.last(), cuts.len()),
            (Some(&HIGHEST), Some(&LOWEST), 41)
        );
        assert!(cuts.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
