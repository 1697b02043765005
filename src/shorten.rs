//! Text that is too long for its place.

/// The text, at most `most` characters of it; what was cut off is told by an ellipsis, which counts as one of them.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_told_and_counts() {
        assert_eq!(shortened("two cups", 8), "two cups");
        assert_eq!(shortened("two cups", 7), "two cu…");
        assert_eq!(shortened("two cups", 5), "two…");
        assert_eq!(shortened("珈琲を二杯ください", 4), "珈琲を…");
        assert_eq!(shortened("x", 0), "…");
    }
}
