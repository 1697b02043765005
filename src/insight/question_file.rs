//! Questions from files: JSON lines or CSV, as exported from other systems, with all the dirt that comes with it.
//!
//! A bad line never stops the file: it is skipped and reported with its number. Only `question` is required; `lang` and
//! `context` (an object) are used where they are there, everything else is ignored. The column of a CSV file may have
//! another name ([`USUAL_NAMES`]), and the only column needs none.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::answer::Question;

/// What other systems call the column of the questions, in lower case.
pub const USUAL_NAMES: [&str; 4] = ["question", "query", "text", "message"];

/// What a file held.
#[derive(Debug, Clone, Default)]
pub struct QuestionFile {
    /// Where the questions were found, if that was guessed.
    pub guessed: Option<Guess>,
    /// In the file's order.
    pub questions: Vec<FileQuestion>,
    /// Lines that were skipped, in the file's order.
    pub problems: Vec<LineProblem>,
}

/// How the column of the questions was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guess {
    /// It has one of the usual names, or is the only one; its name as written.
    Column(String),
    /// The only column, and its first line is a question, too.
    EveryLine,
}

/// One question of a file.
#[derive(Debug, Clone)]
pub struct FileQuestion {
    /// 1-based line on which it starts.
    pub line: u64,
    /// The question.
    pub question: Question,
}

/// A line that was skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// 1-based.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

/// Why a file could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum QuestionFileError {
    /// The system refused.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The bytes are UTF-16.
    #[error("{} is UTF-16 text: save it as UTF-8", path.display())]
    Utf16 {
        /// The file.
        path: PathBuf,
    },
    /// The first line of a CSV file does not tell in which column the questions are.
    #[error("{} does not tell which column has the questions, --column NAME does; its first line has: {found}", path.display())]
    NoQuestionColumn {
        /// The file.
        path: PathBuf,
        /// The columns that are there.
        found: String,
    },
}

/// Reads a file: CSV if its name ends in `.csv` or `.tsv`, JSON lines otherwise. `column` names the column of the questions
/// in CSV, in any case; without it, it is guessed.
///
/// # Errors
///
/// [`QuestionFileError`] if nothing of the file can be used.
pub fn read_questions(path: &Path, column: Option<&str>) -> Result<QuestionFile, QuestionFileError> {
    let bytes = fs::read(path).map_err(|source| QuestionFileError::Unreadable {
        path: path.to_path_buf(),
        source,
    })?;
    parse_questions(path, &bytes, column)
}

/// As [`read_questions`], for bytes that are there already; `path` tells the kind and names the file in errors.
///
/// # Errors
///
/// As [`read_questions`].
pub fn parse_questions(path: &Path, bytes: &[u8], column: Option<&str>) -> Result<QuestionFile, QuestionFileError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(QuestionFileError::Utf16 {
            path: path.to_path_buf(),
        });
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("csv" | "tsv") => parse_csv(path, bytes, column),
        _ => Ok(parse_json_lines(bytes)),
    }
}

impl QuestionFile {
    fn add(&mut self, line: u64, parsed: Result<Question, String>) {
        match parsed {
            Ok(question) => self.questions.push(FileQuestion { line, question }),
            Err(reason) => self.problems.push(LineProblem { line, reason }),
        }
    }
}

fn parse_json_lines(bytes: &[u8]) -> QuestionFile {
    let mut file = QuestionFile::default();
    for (line, bytes) in (1..).zip(bytes.split(|&b| b == b'\n')) {
        if !bytes.trim_ascii().is_empty() {
            file.add(line, parse_json_line(bytes));
        }
    }
    file
}

fn parse_json_line(bytes: &[u8]) -> Result<Question, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| NOT_UTF8.to_owned())?;
    // Its own position is dropped: it counts from this line, which would read as line 1 of the file.
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("it is not JSON (column {})", error.column()))?;
    let Value::Object(mut object) = value else {
        return Err("it is not a JSON object".to_owned());
    };
    let text = match object.remove("question") {
        Some(Value::String(text)) => text,
        Some(_) => return Err("`question` is not a text".to_owned()),
        None => return Err("it has no `question`".to_owned()),
    };
    let lang = match object.remove("lang") {
        Some(Value::String(lang)) => Some(lang),
        None | Some(Value::Null) => None,
        Some(_) => return Err("`lang` is not a text".to_owned()),
    };
    let context = match object.remove("context") {
        Some(Value::Object(context)) => context,
        None | Some(Value::Null) => Map::new(),
        Some(_) => return Err("`context` is not an object".to_owned()),
    };
    question(text, lang, context)
}

const NOT_UTF8: &str = "it is not UTF-8 text";

fn question(text: String, lang: Option<String>, context: Map<String, Value>) -> Result<Question, String> {
    if text.trim().is_empty() {
        return Err("`question` is empty".to_owned());
    }
    let lang = lang.map(|lang| lang.trim().to_owned()).filter(|lang| !lang.is_empty());
    Ok(Question { text, lang, context })
}

fn parse_csv(path: &Path, bytes: &[u8], wanted: Option<&str>) -> Result<QuestionFile, QuestionFileError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(bytes))
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes);
    let mut records = reader.byte_records();
    // Reading from memory fails only where a record cannot be split, which `flexible` never refuses.
    let header = records.next().and_then(Result::ok).unwrap_or_default();
    let written: Vec<String> = header
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim().to_owned())
        .collect();
    let names: Vec<String> = written.iter().map(|name| name.to_lowercase()).collect();
    let column = |name: &str| names.iter().position(|other| other == name);
    let found = match wanted {
        Some(wanted) => column(&wanted.trim().to_lowercase()).map(|at| (at, None)),
        None => guess(&written, &names),
    };
    let Some((question_at, guessed)) = found else {
        return Err(QuestionFileError::NoQuestionColumn {
            path: path.to_path_buf(),
            found: listed(&written),
        });
    };
    let columns = Columns {
        question: question_at,
        lang: column("lang"),
        context: column("context"),
    };
    let mut lines = LineCounter { bytes, at: 0, line: 1 };
    let mut file = QuestionFile::default();
    if guessed == Some(Guess::EveryLine) {
        file.add(lines.line_of(header.position()), columns.parse(&header));
    }
    file.guessed = guessed;
    for record in records {
        match record {
            Ok(record) => file.add(lines.line_of(record.position()), columns.parse(&record)),
            Err(error) => {
                let line = lines.line_of(error.position());
                file.add(line, Err(error.to_string()));
            }
        }
    }
    Ok(file)
}

/// The column of the questions: the one named so, the only one with another usual name, or the only one.
fn guess(written: &[String], names: &[String]) -> Option<(usize, Option<Guess>)> {
    if let Some(at) = names.iter().position(|name| name == USUAL_NAMES[0]) {
        return Some((at, None));
    }
    let mut usual = (0..names.len()).filter(|at| USUAL_NAMES.contains(&names[*at].as_str()));
    match (usual.next(), usual.next(), written) {
        (Some(at), None, _) => Some((at, Some(Guess::Column(written[at].clone())))),
        (None, _, [only]) if is_question(only) => Some((0, Some(Guess::EveryLine))),
        (None, _, [only]) if !only.is_empty() => Some((0, Some(Guess::Column(only.clone())))),
        _ => None,
    }
}

/// Whether the first line of a file without a heading is a question: nobody names a column so.
fn is_question(text: &str) -> bool {
    text.contains(['?', '？', '。']) || text.split_whitespace().count() > 3
}

/// The columns of a first line, for an error.
fn listed(written: &[String]) -> String {
    let names: Vec<String> = written
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| format!("`{}`", name.escape_debug()))
        .collect();
    match names.join(", ") {
        none if none.is_empty() => "nothing".to_owned(),
        names => names.chars().take(200).collect(),
    }
}

/// Counts lines itself: the reader's own number is one too small after a CRLF, and before blank lines.
struct LineCounter<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// The line of a record; records come in order.
    fn line_of(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position
            .and_then(|position| usize::try_from(position.byte()).ok())
            .unwrap_or(self.at);
        while let Some(&byte) = self.bytes.get(self.at)
            && (self.at < start || matches!(byte, b'\r' | b'\n'))
        {
            self.line += u64::from(byte == b'\n');
            self.at += 1;
        }
        self.line
    }
}

struct Columns {
    question: usize,
    lang: Option<usize>,
    context: Option<usize>,
}

impl Columns {
    fn parse(&self, record: &csv::ByteRecord) -> Result<Question, String> {
        let field = |at: usize| match record.get(at).map(std::str::from_utf8) {
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(NOT_UTF8.to_owned()),
            None => Ok(None),
        };
        let text = field(self.question)?.ok_or("it has too few columns, `question` is missing")?;
        let lang = self.lang.map(field).transpose()?.flatten().map(str::to_owned);
        let context = match self.context.map(field).transpose()?.flatten().map(str::trim) {
            None | Some("") => Map::new(),
            Some(json) => serde_json::from_str(json).map_err(|_| "`context` is not a JSON object".to_owned())?,
        };
        question(text.to_owned(), lang, context)
    }
}

/// Spreadsheets of half the world separate by semicolons, some exports by tabs: whatever the first line has most of.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| first.iter().filter(|&&b| b == delimiter).count();
    // The comma wins a tie.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|&delimiter| count(delimiter))
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, bytes: &[u8]) -> QuestionFile {
        parse_questions(Path::new(name), bytes, None).expect("a file that can be read")
    }

    fn texts(file: &QuestionFile) -> Vec<(u64, &str)> {
        file.questions
            .iter()
            .map(|q| (q.line, q.question.text.as_str()))
            .collect()
    }

    #[test]
    fn json_lines_with_and_without_extras_are_read() {
        let file = parse(
            "q.jsonl",
            "\u{feff}{\"question\": \"one\", \"relevant\": [\"a\"], \"lang\": null}\r\n\n\
             {\"question\": \"dua\", \"lang\": \"id\", \"context\": {\"plan\": \"pro\"}}"
                .as_bytes(),
        );
        assert_eq!(texts(&file), [(1, "one"), (3, "dua")]);
        assert_eq!(file.questions[1].question.lang.as_deref(), Some("id"));
        assert_eq!(file.questions[1].question.context["plan"], "pro");
        assert!(file.problems.is_empty());
    }

    #[test]
    fn bad_lines_are_skipped_with_their_number() {
        let file = parse(
            "q.jsonl",
            b"{\"question\": \"good\"}\n{oops\n[1]\n{\"query\": 1}\n{\"question\": \" \"}\n{\"question\": \"\xff\"}\n\
              {\"question\": 7}\n{\"question\": \"x\", \"context\": 3}\n{\"question\": \"good too\"}\n",
        );
        assert_eq!(texts(&file), [(1, "good"), (9, "good too")]);
        let lines: Vec<u64> = file.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(file.problems[2].to_string(), "line 4: it has no `question`");
    }

    #[test]
    fn csv_is_read_by_its_header_whatever_separates_it() {
        for text in [
            "\u{feff}id,Question,lang\n1,\"where, exactly\",en\n2,di mana,id\n",
            "id;question;lang\r\n1;where, exactly;en\r\n2;di mana;id\r\n",
            "id\tquestion\tlang\n1\twhere, exactly\ten\n2\tdi mana\tid\n",
        ] {
            let file = parse("log.CSV", text.as_bytes());
            assert_eq!(texts(&file), [(2, "where, exactly"), (3, "di mana")], "{text}");
            assert_eq!(file.questions[1].question.lang.as_deref(), Some("id"));
        }
    }

    #[test]
    fn csv_lines_are_counted_across_line_breaks_in_fields() {
        let file = parse(
            "log.csv",
            b"question,context\n\"two\nlines\",\"{\"\"plan\"\": \"\"pro\"\"}\"\nbad context,{\n\xff\xfe,\nlast\n\"\",\n",
        );
        assert_eq!(texts(&file), [(2, "two\nlines"), (6, "last")]);
        assert_eq!(file.questions[0].question.context["plan"], "pro");
        let lines: Vec<u64> = file.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [4, 5, 7]);
    }

    #[test]
    fn the_column_is_guessed_where_there_is_one_guess_only() {
        let column = |name: &str| Some(Guess::Column(name.to_owned()));
        for (text, guessed, first) in [
            ("id,Message\n1,hello there\n", column("Message"), (2, "hello there")),
            ("QUERY;id\nhello there;1\n", column("QUERY"), (2, "hello there")),
            ("text,question\nx,hello there\n", None, (2, "hello there")),
            ("Frage\nhello there\n", column("Frage"), (2, "hello there")),
            (
                "Where is it?\nhello there\n",
                Some(Guess::EveryLine),
                (1, "Where is it?"),
            ),
        ] {
            let file = parse("x.csv", text.as_bytes());
            assert_eq!(file.guessed, guessed, "{text}");
            assert_eq!(texts(&file)[0], first, "{text}");
        }
        let named = parse_questions(Path::new("x.csv"), b"text,Body\nx,hello\n", Some("body")).expect("a column");
        assert_eq!((texts(&named), &named.guessed), (vec![(2, "hello")], &None));
        for (text, column) in [
            (&b"query,text\na,b\n"[..], None),
            (b"id,kind\n1,b\n", None),
            (b"id,text\n1,b\n", Some("question")),
        ] {
            assert!(parse_questions(Path::new("x.csv"), text, column).is_err());
        }
    }

    #[test]
    fn a_file_without_questions_says_what_it_has() {
        let error = parse_questions(Path::new("x.csv"), b"Id,kind\n1,hello\n", None).expect_err("no column");
        assert_eq!(
            error.to_string(),
            "x.csv does not tell which column has the questions, --column NAME does; its first line has: `Id`, `kind`"
        );
        let error = parse_questions(Path::new("x.csv"), b"", None).expect_err("nothing");
        assert!(error.to_string().contains("nothing"), "{error}");
        let error = parse_questions(Path::new("x.csv"), b"\xff\xfeq\0", None).expect_err("UTF-16");
        assert!(error.to_string().contains("UTF-8"), "{error}");
        assert!(read_questions(Path::new("/nowhere/x.csv"), None).is_err());
    }
}
