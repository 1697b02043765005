//! A count as a share, with the interval that says how much it proves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A count as a share of a whole, with the interval in which the true share lies with 95 % probability (Wilson).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// 0 to 1; 0 of 0 is 0.
    pub share: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Share {
    /// `count` of `of`, with its interval.
    pub fn new(count: u64, of: u64) -> Share {
        if of == 0 {
            return Share {
                count,
                of,
                share: 0.0,
                low: 0.0,
                high: 1.0,
            };
        }
        // Wilson's score interval: unlike the textbook one it stays within 0 and 1 and is right for small counts.
        const Z: f64 = 1.959_964;
        let (n, share) = (of as f64, count as f64 / of as f64);
        let z2 = Z * Z;
        let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
        // At the ends rounding would leave 1e-17 where there is nothing.
        let low = if count == 0 { 0.0 } else { (middle - half).max(0.0) };
        let high = if count >= of { 1.0 } else { (middle + half).min(1.0) };
        Share {
            count,
            of,
            share,
            low,
            high,
        }
    }
}
