//! Tables of an answer as aligned columns.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use super::Table;

/// What stands between two cells of a row in the plain text of an article.
const BETWEEN: &str = " | ";
/// A cell that is wider than this, in columns of a terminal, makes rows that break anyway: they stay as they are.
const WIDEST: usize = 48;

/// The plain text of an answer with its tables as aligned columns. `html` is the same answer: only it tells a table from
/// words with bars between them.
pub(super) fn aligned<'a>(text: &'a str, html: &str) -> Cow<'a, str> {
    if !html.contains("<table") {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rows: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.contains(BETWEEN) {
            rows.push(line);
            continue;
        }
        finish(&mut shown, &mut rows);
        shown.push_str(line);
        shown.push('\n');
    }
    finish(&mut shown, &mut rows);
    Cow::Owned(shown)
}

/// Writes the rows that were gathered, and forgets them.
fn finish(shown: &mut String, rows: &mut Vec<&str>) {
    // The last cell of a row may be as long as it likes.
    let is_wide = |row: &&str| {
        row.rsplit_once(BETWEEN)
            .is_some_and(|(before, _)| before.split(BETWEEN).any(|cell| cell.width() > WIDEST))
    };
    if rows.len() < 2 || rows.iter().any(is_wide) {
        for row in rows.drain(..) {
            shown.push_str(row);
            shown.push('\n');
        }
        return;
    }
    let mut table = Table::without_heading();
    for row in rows.drain(..) {
        table.row(row.split(BETWEEN).map(str::trim));
    }
    shown.push_str(&table.render(0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_table_stand_below_each_other() {
        let text =
            "When it arrives:\nFrom | Days | Price\nBandung | 1 | 9,000\nJayapura | 3 to 5 | 42,000\nLonger in June.";
        assert_eq!(
            aligned(text, "<p>…</p><table>…</table>"),
            "When it arrives:\nFrom      Days    Price\nBandung   1       9,000\nJayapura  3 to 5  42,000\nLonger in June.\n"
        );
        assert_eq!(aligned(text, "<p>no table</p>"), text);
    }

    #[test]
    fn a_row_that_does_not_fit_stays_as_it_is() {
        let long = "x".repeat(WIDEST + 1);
        let text = format!("a | b\n{long} | c\n");
        assert_eq!(aligned(&text, "<table>"), text);
        let last = format!("a | b\nc | {long}\n");
        assert!(
            aligned(&last, "<table>").contains("a  b\n"),
            "the last column may be long"
        );
    }
}
