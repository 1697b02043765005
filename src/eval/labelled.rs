//! Labelled questions (`questions.jsonl`) and the data sets of an evaluation folder.

use std::{
    fs,
    io::{self, BufRead},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A question with what is known about its right answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Labelled {
    /// The words.
    pub question: String,
    /// Ids of the articles that answer it; empty: none does.
    #[serde(default)]
    pub relevant: Vec<String>,
    /// Headings of the sections that answer it, in one of these articles; empty: not labelled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<String>,
    /// Given kind; see [`Self::kind`].
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Sensitive topic.
    #[serde(default)]
    pub topic: Option<String>,
    /// Language.
    #[serde(default)]
    pub lang: Option<String>,
    /// Context.
    #[serde(default)]
    pub context: serde_json::Map<String, serde_json::Value>,
    /// The source's own intent.
    #[serde(default)]
    pub intent: Option<String>,
    /// The source's own intents.
    #[serde(default)]
    pub intents: Vec<String>,
}

/// What should happen to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An article answers it.
    Answerable,
    /// No article answers it.
    OutOfScope,
    /// A person should answer it.
    Sensitive,
}

impl Labelled {
    /// The given kind; without one, answerable if there are relevant articles.
    pub fn kind(&self) -> Kind {
        self.kind.unwrap_or(if self.relevant.is_empty() {
            Kind::OutOfScope
        } else {
            Kind::Answerable
        })
    }
}

/// Why labelled questions cannot be read.
#[derive(Debug, Error)]
pub enum LabelledError {
    /// The system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line is not a labelled question.
    #[error("{path}:{line}: {reason}")]
    Line {
        /// The file.
        path: PathBuf,
        /// 1-based.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// Reads a `questions.jsonl`; empty lines are skipped.
///
/// # Errors
/// The first line that is not one, with its number.
pub fn read(path: &Path) -> Result<Vec<Labelled>, LabelledError> {
    let io = |source| LabelledError::Io {
        path: path.to_owned(),
        source,
    };
    let file = fs::File::open(path).map_err(io)?;
    let mut questions = Vec::new();
    for (at, line) in io::BufReader::new(file).lines().enumerate() {
        let line = line.map_err(io)?;
        let line = line.trim_start_matches('\u{feff}').trim();
        if !line.is_empty() {
            let parsed = serde_json::from_str(line);
            questions.push(parsed.map_err(|error| LabelledError::Line {
                path: path.to_owned(),
                line: at + 1,
                reason: error.to_string(),
            })?);
        }
    }
    Ok(questions)
}

/// The evaluation folder: `TANYA_EVAL_DIR`, else `../shared/eval` beside the project, if it is there.
pub fn eval_dir() -> Option<PathBuf> {
    let dir = std::env::var_os("TANYA_EVAL_DIR").map_or_else(|| PathBuf::from("../shared/eval"), PathBuf::from);
    dir.is_dir().then_some(dir)
}

/// Data sets that share articles or questions: left out of training together.
pub const GROUPS: &[&[&str]] = &[
    &["banking77", "banking77-nearoos"],
    &["covidfaq", "covid-de-en"],
    &["clinc150"],
    &["hint3-sofmattress"],
    &["logingov-help"],
    &["facqa-id"],
    &["jsquad-ja"],
];

#[derive(Deserialize)]
struct KbLine {
    slug: String,
    title: String,
    body: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    lang: Option<String>,
}

/// What a body that is only a list of example questions begins with.
const ONLY_QUESTIONS: &str = "Questions of this kind that people asked:";

/// Where a body that is only a list of example questions goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionBodies {
    /// Into the front matter key `questions`.
    FrontMatter,
    /// It stays the article's text.
    Text,
}

/// Writes a set's `kb.jsonl` as a folder of Markdown articles. Returns how many articles were only lists of example
/// questions.
///
/// # Errors
/// What the system says, or the line that is not an article.
pub fn write_kb(set: &Path, out: &Path, bodies: QuestionBodies) -> Result<usize, LabelledError> {
    let path = set.join("kb.jsonl");
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| LabelledError::Io { path, source }
    };
    let text = fs::read_to_string(&path).map_err(at(&path))?;
    let mut count = 0;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let article: KbLine = serde_json::from_str(line).map_err(|error| LabelledError::Line {
            path: path.clone(),
            line: number + 1,
            reason: error.to_string(),
        })?;
        let mut front = vec![("title", serde_json::json!(article.title))];
        front.extend(article.lang.map(|lang| ("lang", serde_json::json!(lang))));
        if !article.tags.is_empty() {
            front.push(("tags", serde_json::json!(article.tags)));
        }
        let mut body = article.body.as_str();
        if body.starts_with(ONLY_QUESTIONS) {
            count += 1;
        }
        if body.starts_with(ONLY_QUESTIONS) && bodies == QuestionBodies::Text {
            body = body[ONLY_QUESTIONS.len()..].trim_start();
        } else if body.starts_with(ONLY_QUESTIONS) {
            let questions: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix("- ")).collect();
            front.push(("questions", serde_json::json!(questions)));
            body = "";
        }
        let file = out.join(format!("{}.md", article.slug));
        let folder = file.parent().unwrap_or(out);
        fs::create_dir_all(folder).map_err(at(folder))?;
        // JSON scalars and lists are YAML, too.
        let front: String = front.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
        fs::write(&file, format!("---\n{front}---\n\n{body}\n")).map_err(at(&file))?;
    }
    Ok(count)
}
