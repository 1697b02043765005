//! Rules before ranking: which questions go to people whatever an article says.
//!
//! Rules are data (`topics/*.toml`, described in `topics/README.md`): patterns in each language, with examples that must
//! match and counter-examples that must not. All languages are tried on every question, because the language of a few
//! words is a guess and a rule must not depend on a guess.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use regex::{Regex, RegexSet, RegexSetBuilder};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use super::{HandoffReason, ascii_words::ascii_words, slips::Slips};

/// The rules that come with the program, by file name.
const BUILT_IN: &[(&str, &str)] = &[
    (
        "account_security.toml",
        include_str!("../../topics/account_security.toml"),
    ),
    ("billing.toml", include_str!("../../topics/billing.toml")),
    ("cancellation.toml", include_str!("../../topics/cancellation.toml")),
    ("complaint.toml", include_str!("../../topics/complaint.toml")),
    ("legal.toml", include_str!("../../topics/legal.toml")),
    ("refund.toml", include_str!("../../topics/refund.toml")),
    ("upgrade.toml", include_str!("../../topics/upgrade.toml")),
    ("wants_a_person.toml", include_str!("../../topics/wants_a_person.toml")),
];

/// Languages whose words are written in ASCII letters.
const ASCII_LANGUAGES: &[&str] = &["en", "id"];
/// Patterns with bounded gaps in many alternatives make large automata; this is enough for some hundred of them.
const AUTOMATON_BYTES: usize = 256 << 20;
/// What one automaton may remember of the texts it has seen, for each thread. Measured over the built-in rules, on a busy
/// machine: all patterns in one automaton with 8 MB 340 µs a question, for they overrun it; one automaton for each topic
/// and language with 256 KB each 96 µs, 1 MB 74 µs, 4 MB 30 µs.
const AUTOMATON_CACHE_BYTES: usize = 1 << 20;

/// Why rules cannot be used. The server does not start without its rules.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is not as it should be.
    #[error("topic rules: {file}: {reason}")]
    Rules {
        /// The file.
        file: String,
        /// What is wrong and where.
        reason: String,
    },
}

/// All topics, ready to be asked.
pub struct Policy {
    topics: Vec<Topic>,
    /// Most urgent topic first.
    sets: Vec<RuleSet>,
    slips: Slips,
    hash: String,
}

/// The patterns of one topic in one language. All patterns in one automaton would multiply their bounded gaps.
struct RuleSet {
    topic: usize,
    language: usize,
    patterns: RegexSet,
}

/// A sensitive subject.
#[derive(Debug, Clone)]
pub struct Topic {
    /// `billing`, `refund`, …; `human_request` for the wish for a person.
    pub id: String,
    /// For staff.
    pub title: String,
    /// The team that takes it.
    pub team: String,
    /// What the decision says.
    pub reason: HandoffReason,
    priority: u32,
    languages: Vec<Language>,
}

#[derive(Debug, Clone)]
struct Language {
    code: String,
    unless: Vec<Regex>,
    patterns: Vec<String>,
    examples: Vec<String>,
    counter_examples: Vec<String>,
}

#[derive(Deserialize)]
struct TopicFile {
    topic: String,
    title: String,
    team: String,
    reason: HandoffReason,
    priority: u32,
    #[serde(flatten)]
    languages: BTreeMap<String, LanguageFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LanguageFile {
    #[serde(default)]
    words: BTreeMap<String, String>,
    patterns: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
    #[serde(default)]
    examples: Vec<String>,
    #[serde(default)]
    counter_examples: Vec<String>,
}

/// The rule that took a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMatch<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The pattern, as it stands in the file.
    pub pattern: &'a str,
}

impl Policy {
    /// The rules of a folder, or those that come with the program.
    ///
    /// # Errors
    /// An unreadable or wrong file, with its name and the reason.
    pub fn load(folder: Option<&Path>) -> Result<Self, PolicyError> {
        Self::parse(Self::read(folder)?)
    }

    /// Names and texts of a folder's rules, sorted, or of those that come with the program.
    ///
    /// # Errors
    /// An unreadable file or a folder without any.
    pub fn read(folder: Option<&Path>) -> Result<Vec<(String, String)>, PolicyError> {
        let Some(folder) = folder else {
            return Ok(BUILT_IN
                .iter()
                .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()))
                .collect());
        };
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| PolicyError::Io { path, source }
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(io(folder))? {
            let path = entry.map_err(io(folder))?.path();
            if path.extension().is_some_and(|ending| ending == "toml") {
                let text = fs::read_to_string(&path).map_err(io(&path))?;
                files.push((
                    path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                    text,
                ));
            }
        }
        if files.is_empty() {
            return Err(PolicyError::Rules {
                file: folder.display().to_string(),
                reason: "no .toml file in this folder".into(),
            });
        }
        files.sort();
        Ok(files)
    }

    /// Rules from files' names and texts.
    ///
    /// # Errors
    /// See [`Self::load`].
    pub fn parse(mut files: Vec<(String, String)>) -> Result<Self, PolicyError> {
        files.sort();
        let mut hash = Sha256::new();
        let mut topics = Vec::new();
        for (file, text) in &files {
            hash.update(file.as_bytes());
            hash.update([0]);
            hash.update(text.as_bytes());
            hash.update([0]);
            let wrong = |reason: String| PolicyError::Rules {
                file: file.clone(),
                reason,
            };
            let parsed: TopicFile = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
            topics.push(Topic::new(parsed).map_err(wrong)?);
        }
        topics.sort_by(|a, b| (a.priority, &a.id).cmp(&(b.priority, &b.id)));
        let mut sets = Vec::new();
        for (topic, rules) in topics.iter().enumerate() {
            for (language, rules) in rules.languages.iter().enumerate() {
                let patterns = rules.patterns.iter().map(|pattern| spelt(&rules.code, pattern));
                let patterns = RegexSetBuilder::new(patterns)
                    .size_limit(AUTOMATON_BYTES)
                    .dfa_size_limit(AUTOMATON_CACHE_BYTES)
                    .build()
                    .map_err(|error| PolicyError::Rules {
                        file: topics[topic].id.clone(),
                        reason: error.to_string(),
                    })?;
                sets.push(RuleSet {
                    topic,
                    language,
                    patterns,
                });
            }
        }
        let mut hash = hex::encode(hash.finalize());
        hash.truncate(16);
        let languages = || topics.iter().flat_map(|topic| &topic.languages);
        let slips = Slips::new(
            languages()
                .filter(|rules| ASCII_LANGUAGES.contains(&rules.code.as_str()))
                .flat_map(|rules| rules.patterns.iter().map(String::as_str)),
            languages()
                .flat_map(|rules| rules.examples.iter().chain(&rules.counter_examples))
                .map(|text| normalize(text))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
        );
        Ok(Policy {
            topics,
            sets,
            slips,
            hash,
        })
    }

    /// First 16 hexadecimal digits of the SHA-256 over all files.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The topics, most urgent first.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// The topic with this id.
    pub fn topic(&self, id: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.id == id)
    }

    /// The most urgent rule that takes this question, if one does: as it is written, else with its slips mended.
    pub fn matching(&self, question: &str) -> Option<RuleMatch<'_>> {
        let normalized = normalize(question);
        let first = |text: &str| self.matches_of(text).into_iter().next();
        first(&normalized).or_else(|| first(&self.slips.mended(&normalized)?))
    }

    /// The words of a question that a topic's pattern (as [`RuleMatch`] has it) finds, as they are compared: small letters, no
    /// apostrophes.
    pub fn words_found(&self, topic: &str, pattern: &str, question: &str) -> Option<String> {
        let languages = &self.topic(topic)?.languages;
        let has = |language: &&Language| language.patterns.iter().any(|own| own == pattern);
        let language = languages.iter().find(has)?;
        let compiled = Regex::new(&spelt(&language.code, pattern)).ok()?;
        let normalized = normalize(question);
        let found = |text: &str| Some(compiled.find(text)?.as_str().trim().to_owned());
        let found = found(&normalized).or_else(|| found(&self.slips.mended(&normalized)?))?;
        Some(found).filter(|found| !found.is_empty())
    }

    /// Every topic that takes the normalized question, most urgent first, each with its first pattern.
    fn matches_of(&self, normalized: &str) -> Vec<RuleMatch<'_>> {
        let mut found: Vec<RuleMatch<'_>> = Vec::new();
        for set in &self.sets {
            let topic = &self.topics[set.topic];
            let taken = found.last().is_some_and(|found| found.topic == topic.id);
            // Whether any matches is much quicker to say than which; most questions match none.
            if taken || !set.patterns.is_match(normalized) {
                continue;
            }
            let unless = &topic.languages[set.language].unless;
            if let Some(at) = set.patterns.matches(normalized).iter().next()
                && !unless.iter().any(|unless| unless.is_match(normalized))
            {
                found.push(RuleMatch {
                    topic: &topic.id,
                    pattern: &topic.languages[set.language].patterns[at],
                });
            }
        }
        found
    }

    /// Checks every example and counter-example; returns those that are not as they should be.
    pub fn check(&self) -> Vec<WrongExample> {
        let mut problems = Vec::new();
        for topic in &self.topics {
            let takes = |text: &String| {
                self.matches_of(&normalize(text))
                    .iter()
                    .any(|found| found.topic == topic.id)
            };
            let wrong = |text: &String, should_match: bool| WrongExample {
                topic: topic.id.clone(),
                text: text.clone(),
                should_match,
            };
            for rules in &topic.languages {
                let missed = rules.examples.iter().filter(|text| !takes(text));
                problems.extend(missed.map(|text| wrong(text, true)));
                let taken = rules.counter_examples.iter().filter(|text| takes(text));
                problems.extend(taken.map(|text| wrong(text, false)));
            }
        }
        problems
    }
}

/// An example of a topic that is not as its author says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongExample {
    /// Id of the topic.
    pub topic: String,
    /// The question.
    pub text: String,
    /// Whether the topic should take it, and does not; else it should not, and does.
    pub should_match: bool,
}

impl std::fmt::Display for WrongExample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.should_match {
            true => "should match, does not",
            false => "should not match, does",
        };
        write!(f, "{}: {what}: {:?}", self.topic, self.text)
    }
}

impl Topic {
    fn new(file: TopicFile) -> Result<Self, String> {
        let mut languages = Vec::new();
        for (lang, rules) in file.languages {
            let expanded = |patterns: &[String]| -> Result<Vec<String>, String> {
                patterns
                    .iter()
                    .map(|pattern| {
                        expand(pattern, &rules.words).map_err(|reason| format!("[{lang}] {pattern}: {reason}"))
                    })
                    .collect()
            };
            let compile =
                |pattern: &String| Regex::new(&spelt(&lang, pattern)).map_err(|error| format!("[{lang}] {error}"));
            let patterns = expanded(&rules.patterns)?;
            // The patterns are compiled together later, which takes long enough; here only their syntax is checked, so
            // that an error names its pattern.
            for pattern in &patterns {
                regex_syntax::parse(pattern).map_err(|error| format!("[{lang}] {error}"))?;
            }
            let unless = expanded(&rules.unless)?.iter().map(compile).collect::<Result<_, _>>()?;
            languages.push(Language {
                code: lang,
                unless,
                patterns,
                examples: rules.examples,
                counter_examples: rules.counter_examples,
            });
        }
        if languages.is_empty() {
            return Err("no language table such as [en]".into());
        }
        Ok(Topic {
            id: file.topic,
            title: file.title,
            team: file.team,
            reason: file.reason,
            priority: file.priority,
            languages,
        })
    }
}

/// The pattern as it is compiled for this language.
fn spelt<'a>(lang: &str, pattern: &'a str) -> Cow<'a, str> {
    if ASCII_LANGUAGES.contains(&lang) {
        Cow::Owned(ascii_words(pattern))
    } else {
        Cow::Borrowed(pattern)
    }
}

/// Puts word classes in: `{money}` becomes `(?:money|cash)`. `{0,20}` is left to the regex.
pub(crate) fn expand(pattern: &str, words: &BTreeMap<String, String>) -> Result<String, String> {
    let mut expanded = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').map(|at| open + at).ok_or("a { is not closed")?;
        let name = &rest[open + 1..close];
        expanded.push_str(&rest[..open]);
        // \p{…} is the regex's own as well.
        let own = rest[..open].ends_with("\\p") || rest[..open].ends_with("\\P");
        if !own && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_') && !name.is_empty() {
            let class = words
                .get(name)
                .ok_or_else(|| format!("there is no word class {{{name}}}"))?;
            expanded.push_str("(?:");
            expanded.push_str(&expand(class, words)?);
            expanded.push(')');
        } else {
            expanded.push_str(&rest[open..=close]);
        }
        rest = &rest[close + 1..];
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// The form in which patterns see a question: NFKC, lower case, no apostrophes, no control characters, single spaces.
pub fn normalize(text: &str) -> String {
    let mut normalized = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase) {
        match c {
            '\'' | '\u{2018}'..='\u{201B}' | '\u{02BC}' | '\u{2032}' | '`' | '\u{00B4}' => {}
            '\u{201C}'..='\u{201F}' => normalized.push('"'),
            c if c.is_whitespace() => {
                if !normalized.is_empty() && !normalized.ends_with(' ') {
                    normalized.push(' ');
                }
            }
            c if c.is_control() => {}
            c => normalized.push(c),
        }
    }
    normalized.truncate(normalized.trim_end().len());
    normalized
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_example_is_taken_and_no_counter_example_is() {
        let policy = Policy::load(None).expect("the built-in rules");
        let problems = policy.check();
        assert_eq!(problems, []);
        for id in [
            "billing",
            "refund",
            "cancellation",
            "upgrade",
            "account_security",
            "legal",
            "complaint",
            "human_request",
        ] {
            assert!(policy.topic(id).is_some(), "{id}");
        }
    }

    #[test]
    fn a_slip_of_the_finger_evades_no_rule() {
        let policy = Policy::load(None).expect("the built-in rules");
        let topic = |text: &str| policy.matching(text).map(|rule| rule.topic.to_owned());
        for (text, expected) in [
            ("I want a refnud", "refund"),
            ("cancle my subscription", "cancellation"),
            ("why was I chraged twice", "billing"),
            ("reprsentative please", "human_request"),
        ] {
            assert_eq!(topic(text).as_deref(), Some(expected), "{text}");
        }
        // What is a word of its own, however near.
        for text in [
            "tell me where you were created",
            "has my card been looked over",
            "the box is compliant",
        ] {
            assert_eq!(topic(text), None, "{text}");
        }
        let rule = policy.matching("I want a refnud").expect("a rule");
        let found = policy.words_found(rule.topic, rule.pattern, "I want a refnud");
        assert!(found.is_some_and(|found| found.contains("refund")));
    }

    #[test]
    fn a_wrong_file_is_named_with_its_pattern() {
        let text = "topic='x'\ntitle='X'\nteam='x'\nreason='sensitive_topic'\npriority=1\n[en]\npatterns=['(']\n";
        let error = Policy::parse(vec![("x.toml".into(), text.into())])
            .err()
            .map(|error| error.to_string());
        assert!(
            error
                .as_deref()
                .is_some_and(|error| error.contains("x.toml") && error.contains("[en]")),
            "{error:?}"
        );
    }

    #[test]
    fn classes_are_put_in_and_counts_are_left_alone() {
        let words = BTreeMap::from([("money".to_owned(), "cash|coins".to_owned())]);
        assert_eq!(
            expand(r"\b{money}\b.{0,20}\p{L}", &words).as_deref(),
            Ok(r"\b(?:cash|coins)\b.{0,20}\p{L}")
        );
        assert!(expand("{nothing}", &words).is_err());
    }
}
