//! The field for conditions that have none of their own: one a line, as in the rules of routing. Pure.

/// Conditions, one a line; else what is wrong with the first line that cannot be read, for somebody who has not learnt how
/// such texts are written.
pub fn read(text: &str) -> Result<toml::Table, String> {
    let error = match toml::from_str::<toml::Table>(text) {
        Ok(table) => return Ok(table),
        Err(error) => error,
    };
    let start = error.span().map_or(0, |span| span.start.min(text.len()));
    let number = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
    let lines: Vec<&str> = text.lines().collect();
    let line = lines.get(number).copied().unwrap_or_default().trim();
    let (key, value) = line
        .split_once('=')
        .map_or((line, None), |(key, value)| (key.trim(), Some(value.trim())));
    let stands_above = |above: &str| above.split_once('=').is_some_and(|(own, _)| own.trim() == key);
    let told = match value {
        None => format!(
            "\u{201c}{line}\u{201d} is no condition: write a name, an equals sign and a value, such as plan = \"trial\""
        ),
        Some("") => format!("\u{201c}{key}\u{201d} has no value: write it after the equals sign"),
        Some(_) if lines.iter().take(number).any(|above| stands_above(above)) => {
            format!("\u{201c}{key}\u{201d} stands there twice. Several values are one list: {key} = [\"a\", \"b\"]")
        }
        Some(value) if value.starts_with(char::is_alphabetic) => {
            format!("text stands in quotes: {key} = \"{value}\"")
        }
        Some(_) => unreadable(line),
    };
    match lines.len() {
        0 | 1 => Err(told),
        _ => Err(format!("line {}: {told}", number + 1)),
    }
}

fn unreadable(text: &str) -> String {
    format!(
        "\u{201c}{text}\u{201d} cannot be read: write one condition a line, text in quotes, several values in brackets, such \
         as plan = [\"trial\", \"basic\"]"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_line_is_told_to_people() {
        for (text, told) in [
            ("plan trial", "“plan trial” is no condition: write a name"),
            ("plan =", "“plan” has no value"),
            ("plan = trial", "text stands in quotes: plan = \"trial\""),
            (
                "tenure_below_days = 30\nplan = trial",
                "line 2: text stands in quotes: plan = \"trial\"",
            ),
            (
                "plan = \"a\"\nplan = \"b\"",
                "line 2: “plan” stands there twice. Several values are one list: plan = [\"a\", \"b\"]",
            ),
            (
                "plan = [\"a\"",
                "“plan = [\"a\"” cannot be read: write one condition a line",
            ),
            ("= 3", "“= 3” cannot be read"),
        ] {
            let why = read(text).expect_err(text);
            assert!(why.starts_with(told), "{text}: {why}");
            assert!(!why.contains("TOML") && !why.contains("expected"), "{why}");
        }
        assert_eq!(read("tenure_below_days = 30\n\n").map(|table| table.len()), Ok(1));
    }
}
