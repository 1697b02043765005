//! Exact tails of the binomial distribution, and the intervals that follow from them (Clopper and Pearson 1934).

/// Steps of a bisection: more than a double has digits.
const HALVINGS: usize = 60;

/// The probability of at most `k` among `n` that happen with probability `p` each.
pub fn at_most(k: usize, n: usize, p: f64) -> f64 {
    if k >= n || p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    // By logarithms: (1-p)^n is zero to a double when the sum is not.
    let odds = (p / (1.0 - p)).ln();
    let mut log = n as f64 * (-p).ln_1p();
    let mut sum = log.exp();
    for i in 0..k {
        log += ((n - i) as f64 / (i + 1) as f64).ln() + odds;
        sum += log.exp();
    }
    sum.min(1.0)
}

/// The largest share that is still likely: `k` of `n` or fewer would be seen with probability `level` if it were true.
pub fn upper(k: usize, n: usize, level: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if at_most(k, n, middle) > level {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The smallest share that is still likely.
pub fn lower(k: usize, n: usize, level: f64) -> f64 {
    1.0 - upper(n - k.min(n), n, level)
}

/// Both ends of the 95 % interval of a share.
pub fn interval(k: usize, n: usize) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    (lower(k, n, 0.025), upper(k, n, 0.025))
}

/// Whether `wrong` of `n` shows, at this level, that no more than `budget` are wrong.
pub fn shows(wrong: usize, n: usize, budget: f64, level: f64) -> bool {
    n > 0 && at_most(wrong, n, budget) <= level
}

/// With fewer answers, not even none wrong among them shows that a budget is kept.
pub fn fewest(budget: f64, level: f64) -> usize {
    if budget <= 0.0 {
        return usize::MAX;
    }
    if budget >= 1.0 {
        return 1;
    }
    (level.ln() / (-budget).ln_1p()).ceil().max(1.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 5e-5, "{a} {b}");
    }

    #[test]
    fn tails_are_the_sums_that_they_are_named_for() {
        // 1 and 5 and 10 of 32.
        near(at_most(2, 5, 0.5), 0.5);
        near(at_most(0, 59, 0.05), 0.95f64.powi(59));
        near(at_most(3, 10, 0.1), 0.987_20);
        // A sum whose first term is zero to a double.
        assert!((at_most(45_000, 100_000, 0.45) - 0.5).abs() < 0.01);
    }

    #[test]
    fn bounds_are_those_of_the_tables() {
        // Two-sided 95 % intervals: 0 of 10, 1 of 10, 5 of 10, 10 of 10.
        for (k, n, low, high) in [
            (0, 10, 0.0, 0.308_50),
            (1, 10, 0.002_53, 0.445_02),
            (5, 10, 0.187_09, 0.812_91),
            (10, 10, 0.691_50, 1.0),
        ] {
            let (l, h) = interval(k, n);
            near(l, low);
            near(h, high);
        }
        // One-sided: the rule of three, exactly.
        near(upper(0, 59, 0.05), 1.0 - 0.05f64.powf(1.0 / 59.0));
        near(upper(2, 100, 0.05), 0.061_62);
    }

    #[test]
    fn the_bound_and_the_test_say_the_same() {
        for n in [59, 93, 200] {
            for k in 0..10 {
                assert_eq!(shows(k, n, 0.05, 0.05), upper(k, n, 0.05) <= 0.05, "{k} of {n}");
            }
        }
    }

    #[test]
    fn fifty_nine_answers_are_the_fewest_for_one_in_twenty() {
        assert_eq!(fewest(0.05, 0.05), 59);
        assert_eq!(fewest(0.10, 0.05), 29);
        assert_eq!(fewest(0.02, 0.05), 149);
        assert!(shows(0, 59, 0.05, 0.05) && !shows(0, 58, 0.05, 0.05));
    }
}
