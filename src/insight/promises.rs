//! Whether promises were kept: the number that says if receipts can be believed.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{PromiseCounts, Store, StoreError};

use super::{
    Share,
    words::{interval, percent},
};

/// Promises of tickets that were opened in a span of time. A promise is kept by a person's reply in time and by nothing else.
/// Merged tickets are none of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "sentence": "38 of 41 promises were kept, 93 % (81–97 %); 2 are still open; 1 was resolved without a reply.",
    "since": "2026-11-16T12:00:00Z", "until": "2026-11-23T12:00:00Z",
    "kept": {"count": 38, "of": 41, "share": 0.9268, "low": 0.8057, "high": 0.9748}, "missed": 3, "open": 2,
    "unanswered": 1
}))]
pub struct PromiseReport {
    /// All of it in a sentence.
    pub sentence: String,
    /// From when, RFC 3339; absent for the beginning.
    pub since: Option<String>,
    /// Until when, RFC 3339.
    pub until: String,
    /// Kept, of those that are known to be kept or missed, with the interval in which the true share lies with 95 %
    /// probability.
    pub kept: Share,
    /// Missed.
    pub missed: u64,
    /// Neither kept nor missed yet.
    pub open: u64,
    /// Resolved before the promise had passed, without a reply (by phone, or as spam): neither kept nor missed, and left out
    /// of the share.
    pub unanswered: u64,
}

impl PromiseReport {
    /// From counts.
    pub fn new(since: Option<Timestamp>, until: Timestamp, counts: PromiseCounts) -> Self {
        let PromiseCounts {
            all,
            kept,
            missed,
            unanswered,
        } = counts;
        let open = all.saturating_sub(kept + missed + unanswered);
        let kept = Share::new(kept, kept + missed);
        PromiseReport {
            sentence: sentence(kept, open, unanswered),
            since: since.map(|since| since.to_string()),
            until: until.to_string(),
            kept,
            missed,
            open,
            unanswered,
        }
    }
}

impl fmt::Display for PromiseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// Promises of tickets opened since then (or ever) and before `until`.
///
/// # Errors
/// The store's failure.
pub async fn promises(store: &Store, since: Option<Timestamp>, until: Timestamp) -> Result<PromiseReport, StoreError> {
    let counts = store.promises(since.unwrap_or(Timestamp::UNIX_EPOCH), until).await?;
    Ok(PromiseReport::new(since, until, counts))
}

fn sentence(kept: Share, open: u64, unanswered: u64) -> String {
    let still_open = match open {
        0 => String::new(),
        1 => "; 1 is still open".to_owned(),
        many => format!("; {many} are still open"),
    };
    let rest = match unanswered {
        0 => still_open,
        1 => format!("{still_open}; 1 was resolved without a reply"),
        many => format!("{still_open}; {many} were resolved without a reply"),
    };
    if kept.of == 0 {
        return match open + unanswered {
            0 => "There were no promises.".to_owned(),
            _ => format!("No promise has been kept or missed yet{rest}."),
        };
    }
    let (verb, noun) = match kept.of {
        1 => ("was", "promise"),
        _ => ("were", "promises"),
    };
    format!(
        "{} of {} {noun} {verb} kept, {} ({}){rest}.",
        kept.count,
        kept.of,
        percent(kept.share),
        interval(&kept)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kept: u64, missed: u64, open: u64, unanswered: u64) -> String {
        let counts = PromiseCounts {
            all: kept + missed + open + unanswered,
            kept,
            missed,
            unanswered,
        };
        PromiseReport::new(None, Timestamp::UNIX_EPOCH, counts).to_string()
    }

    #[test]
    fn the_sentence_says_it() {
        assert_eq!(
            told(38, 3, 2, 0),
            "38 of 41 promises were kept, 93 % (81–97 %); 2 are still open."
        );
        assert_eq!(told(1, 0, 0, 0), "1 of 1 promise was kept, 100 % (21–100 %).");
        assert_eq!(
            told(1, 0, 0, 2),
            "1 of 1 promise was kept, 100 % (21–100 %); 2 were resolved without a reply."
        );
        assert_eq!(
            told(0, 0, 1, 1),
            "No promise has been kept or missed yet; 1 is still open; 1 was resolved without a reply."
        );
        assert_eq!(
            told(0, 0, 1, 0),
            "No promise has been kept or missed yet; 1 is still open."
        );
        assert_eq!(told(0, 0, 0, 0), "There were no promises.");
    }
}
