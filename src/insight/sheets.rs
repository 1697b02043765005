//! Tables as CSV, safe to open in a spreadsheet: what would be run as a formula there is marked as text.

use std::io::{self, Write};

use super::{ArticleReport, Coverage, OverTime, Share, Unanswered, WritersReport};

/// What makes spreadsheets read a file as UTF-8; for files that people open, not for those that programs read.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

impl Coverage {
    /// Writes the unanswered questions, most frequent first.
    ///
    /// # Errors
    ///
    /// What `out` failed with.
    pub fn write_unanswered_csv(&self, out: impl Write) -> io::Result<()> {
        write(out, &UNANSWERED, self.unanswered.iter().map(cells))
    }
}

const UNANSWERED: [&str; 9] = [
    "question",
    "count",
    "lang",
    "reason",
    "nearest_article",
    "nearest_title",
    "confidence",
    "threshold",
    "last_asked",
];

fn cells(entry: &Unanswered) -> Vec<String> {
    let nearest = entry.nearest.as_ref();
    vec![
        as_text(&entry.question),
        entry.count.to_string(),
        as_text(&entry.language),
        entry.reason.as_str().to_owned(),
        as_text(nearest.map_or("", |nearest| &nearest.article)),
        as_text(nearest.map_or("", |nearest| &nearest.title)),
        format!("{:.3}", entry.confidence),
        format!("{:.3}", entry.threshold),
        entry.last_asked.map(|at| at.to_string()).unwrap_or_default(),
    ]
}

/// Writes these unanswered questions with the words that their nearest article lacks, which `missing` tells.
///
/// # Errors
///
/// What `out` failed with.
pub fn write_unanswered<'a>(
    out: impl Write,
    entries: impl Iterator<Item = &'a Unanswered>,
    missing: impl Fn(&Unanswered) -> Option<Vec<String>>,
) -> io::Result<()> {
    let head: Vec<&str> = UNANSWERED.into_iter().chain(["missing_words"]).collect();
    let row = |entry: &Unanswered| {
        let mut row = cells(entry);
        row.push(as_text(&missing(entry).unwrap_or_default().join(" ")));
        row
    };
    write(out, &head, entries.map(row))
}

/// Writes how the articles were used, with the newest words of readers.
///
/// # Errors
///
/// What `out` failed with.
pub fn write_articles(out: impl Write, report: &WritersReport) -> io::Result<()> {
    let head = [
        "article",
        "title",
        "shown",
        "only_nearest",
        "helped",
        "did_not_help",
        "helped_share",
        "low",
        "high",
        "reasons",
    ];
    let rows = report.coverage.articles.iter().map(|entry| {
        let reasons = report.reasons.get(&entry.article).into_iter().flatten();
        let reasons: Vec<&str> = reasons.map(|reason| reason.text.as_str()).collect();
        let helped = Share::new(entry.helped, entry.helped + entry.did_not_help);
        let mut row = vec![
            as_text(&entry.article),
            as_text(&entry.title),
            entry.answered.to_string(),
            entry.only_nearest.to_string(),
            entry.helped.to_string(),
            entry.did_not_help.to_string(),
        ];
        row.extend(estimate(&helped));
        row.push(as_text(&reasons.join("\n")));
        row
    });
    write(out, &head, rows)
}

/// Writes the course over time.
///
/// # Errors
///
/// What `out` failed with.
pub fn write_over_time(out: impl Write, over_time: &OverTime) -> io::Result<()> {
    let head = [
        "from",
        "to",
        "answered",
        "asked_back",
        "no_answer",
        "for_people",
        "covered",
        "low",
        "high",
    ];
    let rows = over_time.periods.iter().map(|period| {
        let counts = [period.answered, period.asked_back, period.no_answer, period.for_people];
        let mut row = vec![period.from.clone(), period.to.clone()];
        row.extend(counts.map(|count| count.to_string()));
        row.extend(estimate(&period.covered));
        row
    });
    write(out, &head, rows)
}

/// Writes what went to people, by reason and by topic.
///
/// # Errors
///
/// What `out` failed with.
pub fn write_people(out: impl Write, coverage: &Coverage) -> io::Result<()> {
    let reasons = coverage
        .by_reason
        .iter()
        .map(|entry| ("reason", entry.reason.as_str(), &entry.share));
    let topics = coverage
        .by_topic
        .iter()
        .map(|entry| ("topic", entry.topic.as_str(), &entry.share));
    let rows = reasons.chain(topics).map(|(by, what, share)| {
        let mut row = vec![by.to_owned(), as_text(what), share.count.to_string()];
        row.extend(estimate(share));
        row
    });
    write(out, &["by", "what", "count", "share", "low", "high"], rows)
}

/// Writes coverage by language.
///
/// # Errors
///
/// What `out` failed with.
pub fn write_languages(out: impl Write, coverage: &Coverage) -> io::Result<()> {
    let head = [
        "lang",
        "questions",
        "matter_of_articles",
        "answered",
        "covered",
        "low",
        "high",
    ];
    let rows = coverage.by_language.iter().map(|entry| {
        let covered = &entry.covered;
        let mut row = vec![as_text(&entry.language)];
        row.extend([entry.answered.of, covered.of, covered.count].map(|count| count.to_string()));
        row.extend(estimate(covered));
        row
    });
    write(out, &head, rows)
}

/// Writes the questions that met one article.
///
/// # Errors
///
/// What `out` failed with.
pub fn write_article_questions(
    out: impl Write,
    report: &ArticleReport,
    missing: impl Fn(&str, &str) -> Option<Vec<String>>,
) -> io::Result<()> {
    let head = [
        "answered",
        "question",
        "count",
        "lang",
        "reason",
        "confidence",
        "threshold",
        "last_asked",
        "missing_words",
    ];
    let answers = report.answers.iter().map(|question| ("yes", question));
    let nearly = report.nearly.iter().map(|question| ("no", question));
    let rows = answers.chain(nearly).map(|(answered, entry)| {
        let lacks = missing(&entry.question, &entry.language).unwrap_or_default();
        [
            answered.to_owned(),
            as_text(&entry.question),
            entry.count.to_string(),
            as_text(&entry.language),
            entry.reason.map_or("", |reason| reason.as_str()).to_owned(),
            format!("{:.3}", entry.confidence),
            format!("{:.3}", entry.threshold),
            entry.last_asked.to_string(),
            as_text(&lacks.join(" ")),
        ]
    });
    write(out, &head, rows)
}

/// Share and interval; nothing where nothing was counted.
fn estimate(share: &Share) -> [String; 3] {
    match share.of {
        0 => Default::default(),
        _ => [share.share, share.low, share.high].map(|number| format!("{number:.3}")),
    }
}

/// Writes names of columns and rows. All tables are written here, so that all have the same quotes and line ends: LF, which
/// programs on a command line expect and spreadsheets take as well.
pub(super) fn write<R>(out: impl Write, head: &[&str], rows: impl Iterator<Item = R>) -> io::Result<()>
where
    R: IntoIterator<Item = String>,
{
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(head)?;
    for row in rows {
        csv.write_record(row)?;
    }
    csv.flush()
}

/// Customers' words go into a spreadsheet that writers open: a text that would be run as a formula there gets the mark
/// that makes it a text.
pub(super) fn as_text(field: &str) -> String {
    let first = field
        .chars()
        .find(|c| !c.is_whitespace() || matches!(c, '\t' | '\r' | '\n'));
    match first {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '|' | '%' | '＝' | '＋' | '－' | '＠') => {
            format!("'{field}")
        }
        _ => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_one_form_of_quotes_and_line_ends() {
        let mut out = Vec::new();
        let rows = [["plain", "with, comma"], ["with \"quotes\"", "two\nlines"]];
        let rows = rows.iter().map(|row| row.map(str::to_owned));
        write(&mut out, &["a", "b"], rows).expect("into memory");
        let text = String::from_utf8(out).expect("UTF-8");
        assert_eq!(
            text,
            "a,b\nplain,\"with, comma\"\n\"with \"\"quotes\"\"\",\"two\nlines\"\n"
        );
    }
}
