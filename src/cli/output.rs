//! Text for people: aligned columns, and colours only where a terminal shows them.

use std::{borrow::Cow, env, fmt::Write as _, io::IsTerminal};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How text looks: with colours or without.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    colours: bool,
}

impl Style {
    /// No colours: for files, pipes and tests.
    pub const PLAIN: Style = Style { colours: false };

    /// Colours if stdout is a terminal and `NO_COLOR` is not set.
    pub fn of_stdout() -> Style {
        let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || env::var_os("TERM").is_some_and(|term| term == "dumb");
        Style {
            colours: !unwanted && std::io::stdout().is_terminal(),
        }
    }

    /// Headings.
    pub fn bold(self, text: &str) -> String {
        self.wrapped(text, "1")
    }

    /// Side notes.
    pub fn dim(self, text: &str) -> String {
        self.wrapped(text, "2")
    }

    /// What went well.
    pub fn green(self, text: &str) -> String {
        self.wrapped(text, "32")
    }

    /// What needs a look.
    pub fn yellow(self, text: &str) -> String {
        self.wrapped(text, "33")
    }

    /// What went wrong or is late.
    pub fn red(self, text: &str) -> String {
        self.wrapped(text, "31")
    }

    fn wrapped(self, text: &str, code: &str) -> String {
        if self.colours {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Rows of columns that are as wide as their widest cell.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    right: Vec<usize>,
}

impl Table {
    /// A table with this heading.
    pub fn new(heading: &[&str]) -> Table {
        Table {
            rows: vec![heading.iter().map(|&cell| cell.to_owned()).collect()],
            right: Vec::new(),
        }
    }

    /// A table without a heading.
    pub fn without_heading() -> Table {
        Table::default()
    }

    /// Aligns this column (from 0) at its right end: for numbers.
    pub fn right(mut self, column: usize) -> Table {
        self.right.push(column);
        self
    }

    /// Adds a row. Cells may hold colours.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The lines, each with `indent` spaces before and a line end after.
    pub fn render(&self, indent: usize) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|i| {
                self.rows
                    .iter()
                    .filter_map(|row| row.get(i))
                    .map(|cell| width(cell))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = " ".repeat(indent);
            for (i, cell) in row.iter().enumerate() {
                let fill = " ".repeat(widths[i] - width(cell));
                let gap = if i + 1 < row.len() { "  " } else { "" };
                let (before, after) = if self.right.contains(&i) {
                    (fill, String::new())
                } else {
                    (String::new(), fill)
                };
                let _ = write!(line, "{before}{cell}{after}{gap}");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Columns of a terminal that the text takes; colours take none.
fn width(text: &str) -> usize {
    if !text.contains('\x1b') {
        return text.width();
    }
    text.split('\x1b')
        .enumerate()
        .map(|(i, part)| match (i, part.split_once('m')) {
            (0, _) | (_, None) => part.width(),
            (_, Some((_, rest))) => rest.width(),
        })
        .sum()
}

/// The text on one line, without characters that a terminal would obey: what strangers typed must not move the cursor.
pub fn one_line(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if c.is_control() || is_bidi_control(c) { ' ' } else { c })
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text cut to `columns` of a terminal, with `…` where something is missing.
pub fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut taken = 0;
    let fitting = text
        .char_indices()
        .find(|(_, c)| {
            taken += c.width().unwrap_or(0);
            taken + 1 > columns
        })
        .map_or(text.len(), |(i, _)| i);
    Cow::Owned(format!("{}…", text[..fitting].trim_end()))
}

/// `1,240`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 ticket`, `2 tickets`.
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number as u64), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_whatever_is_in_them() {
        let red = Style { colours: true }.red("late");
        let mut table = Table::new(&["WHAT", "N", "WHO"]).right(1);
        table.row(["注文", "7", "anna"]);
        table.row([red.as_str(), "1,240", "budi"]);
        assert_eq!(
            table.render(2),
            format!("  WHAT      N  WHO\n  注文      7  anna\n  {red}  1,240  budi\n")
        );
    }

    #[test]
    fn what_strangers_typed_cannot_steer_the_terminal() {
        assert_eq!(one_line("a\x1b[2J\r\nb\u{202e}c\u{9b}d"), "a [2J b c d");
    }

    #[test]
    fn texts_are_cut_by_columns() {
        assert_eq!(shorten("short", 5), "short");
        assert_eq!(shorten("a longer text", 8), "a longe…");
        assert_eq!(shorten("ご注文の確認", 7), "ご注文…");
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(
            [0, 999, 1000, 1234567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(counted(1, "error", "errors"), "1 error");
    }
}
