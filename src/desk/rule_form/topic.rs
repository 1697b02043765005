//! The file of a topic, as its form has it.

use std::collections::BTreeMap;

use toml::{Table, Value};
use toml_edit::{Array, DocumentMut, Item};

use super::{patterns, set};
use crate::answer::policy::expand;

/// A topic's file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicDraft {
    /// Its id.
    pub id: String,
    /// What staff call it.
    pub title: String,
    /// The team that gets its questions.
    pub team: String,
    /// `sensitive_topic` or `wants_person`.
    pub reason: String,
    /// The lower number goes before the higher.
    pub priority: i64,
    /// By the code of the language.
    pub languages: BTreeMap<String, TopicWords>,
}

/// What a topic has in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicWords {
    /// Words and phrases that put a question under it.
    pub phrases: Vec<String>,
    /// Words and phrases that keep a question out.
    pub except: Vec<String>,
    /// Questions that must come under it.
    pub examples: Vec<String>,
    /// Questions that must not.
    pub counter_examples: Vec<String>,
    /// Samples of what patterns look for that are no phrases.
    pub written: Vec<String>,
    /// The same of patterns that keep a question out.
    pub written_except: Vec<String>,
}

impl TopicWords {
    fn is_empty(&self) -> bool {
        *self == TopicWords::default()
    }
}

impl TopicDraft {
    /// What a file says.
    ///
    /// # Errors
    /// A text that is no TOML.
    pub fn read(text: &str) -> Result<Self, String> {
        let table: Table = toml::from_str(text).map_err(|error: toml::de::Error| error.message().trim().to_owned())?;
        let text = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let languages = table
            .iter()
            .filter_map(|(code, value)| Some((code.clone(), words(code, value.as_table()?))));
        Ok(TopicDraft {
            id: text("topic"),
            title: text("title"),
            team: text("team"),
            reason: text("reason"),
            priority: table.get("priority").and_then(Value::as_integer).unwrap_or_default(),
            languages: languages.collect(),
        })
    }

    /// The file with what differs from it changed; what does not stays as it is written.
    ///
    /// # Errors
    /// A file that is no TOML, or a phrase without letters.
    pub fn write(&self, text: &str) -> Result<String, String> {
        let old = Self::read(text)?;
        let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
        let texts = [
            ("topic", &self.id, &old.id),
            ("title", &self.title, &old.title),
            ("team", &self.team, &old.team),
            ("reason", &self.reason, &old.reason),
        ];
        for (key, new, old) in texts {
            if new != old {
                set(document.as_table_mut(), key, new.as_str());
            }
        }
        if self.priority != old.priority || !document.contains_key("priority") {
            set(document.as_table_mut(), "priority", self.priority);
        }
        for (code, new) in &self.languages {
            let before = old.languages.get(code);
            if before == Some(new) || before.is_none() && new.is_empty() {
                continue;
            }
            if new.is_empty() {
                document.remove(code);
                continue;
            }
            let section = document.entry(code).or_insert_with(toml_edit::table);
            let Some(section) = section.as_table_mut() else {
                return Err(format!("[{code}] is written on one line; change it as text"));
            };
            let empty = TopicWords::default();
            let before = before.unwrap_or(&empty);
            let phrase = |value: &str| patterns::phrase_of(code, value);
            let pattern = |phrase: &str| {
                patterns::of_phrase(code, phrase).ok_or_else(|| format!("{phrase} has neither letters nor digits"))
            };
            let same = |value: &str| Some(value.to_owned());
            let keep = |value: &str| Ok(value.to_owned());
            // `patterns` must be there, though it be empty.
            if !section.contains_key("patterns") {
                section.insert("patterns", Item::Value(Array::new().into()));
            }
            change(section, "patterns", &before.phrases, &new.phrases, phrase, pattern)?;
            change(section, "unless", &before.except, &new.except, phrase, pattern)?;
            change(section, "examples", &before.examples, &new.examples, same, keep)?;
            change(
                section,
                "counter_examples",
                &before.counter_examples,
                &new.counter_examples,
                same,
                keep,
            )?;
        }
        Ok(document.to_string())
    }

    /// Samples of everything it looks for, in all languages: phrases first.
    pub fn samples(&self) -> Vec<String> {
        let phrases = self.languages.values().flat_map(|words| words.phrases.iter().cloned());
        phrases.collect()
    }

    /// Questions that it takes, a language after the other.
    pub fn examples(&self) -> impl Iterator<Item = &str> {
        self.languages
            .values()
            .flat_map(|words| words.examples.iter().map(String::as_str))
    }
}

fn words(code: &str, table: &Table) -> TopicWords {
    let list = |key: &str| -> Vec<String> {
        let values = table.get(key).and_then(Value::as_array);
        let texts = values.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let classes = table.get("words").and_then(Value::as_table);
    let classes: BTreeMap<String, String> = classes
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    let sorted = |key: &str| {
        let (mut phrases, mut written) = (Vec::new(), Vec::new());
        for pattern in list(key) {
            match patterns::phrase_of(code, &pattern) {
                Some(phrase) => phrases.push(phrase),
                None => written.push(patterns::sample(&expand(&pattern, &classes).unwrap_or(pattern))),
            }
        }
        (phrases, written)
    };
    let (phrases, written) = sorted("patterns");
    let (except, written_except) = sorted("unless");
    TopicWords {
        phrases,
        except,
        examples: list("examples"),
        counter_examples: list("counter_examples"),
        written,
        written_except,
    }
}

/// Takes values out of a list and adds others at its end; comments stay.
fn change(
    section: &mut toml_edit::Table,
    key: &str,
    old: &[String],
    new: &[String],
    read: impl Fn(&str) -> Option<String>,
    write: impl Fn(&str) -> Result<String, String>,
) -> Result<(), String> {
    if old == new {
        return Ok(());
    }
    if !section.contains_key(key) {
        section.insert(key, Item::Value(Array::new().into()));
    }
    let Some(array) = section.get_mut(key).and_then(Item::as_array_mut) else {
        return Err(format!("{key} is no list"));
    };
    let gone = |value: &str| read(value).is_some_and(|value| !new.contains(&value));
    loop {
        let at = array.iter().position(|value| value.as_str().is_some_and(&gone));
        let Some(at) = at else { break };
        let removed = array.remove(at);
        let above = removed
            .decor()
            .prefix()
            .and_then(|prefix| prefix.as_str())
            .unwrap_or_default();
        // A comment above it may be about what follows.
        if above.contains('#') {
            let above = above.trim_end().to_owned();
            match array.get_mut(at) {
                Some(next) => {
                    let own = next
                        .decor()
                        .prefix()
                        .and_then(|prefix| prefix.as_str())
                        .unwrap_or("\n  ")
                        .to_owned();
                    let break_ = if own.starts_with('\n') { "" } else { "\n  " };
                    next.decor_mut()
                        .set_prefix(format!("{above}{break_}{}", own.trim_start_matches(' ')));
                }
                None => {
                    let trailing = array.trailing().as_str().unwrap_or("\n").to_owned();
                    array.set_trailing(format!("{above}{trailing}"));
                }
            }
        }
    }
    let there: Vec<String> = array.iter().filter_map(|value| read(value.as_str()?)).collect();
    let added: Vec<&String> = new.iter().filter(|value| !there.contains(value)).collect();
    for text in added {
        // What stood before the end of the list, a comment of the last value perhaps, stays there.
        let trailing = array.trailing().as_str().unwrap_or_default().trim_end().to_owned();
        let mut value = toml_edit::Value::from(write(text)?);
        value.decor_mut().set_prefix(format!("{trailing}\n  "));
        array.push_formatted(value);
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{answer::Policy, desk::rule_form::rows};

    #[test]
    fn a_file_that_nobody_changed_stays_as_it_is_written() {
        for (name, text) in Policy::read(None).expect("the built-in rules") {
            let draft = TopicDraft::read(&text).expect("a topic");
            assert_eq!(draft.write(&text).as_deref(), Ok(text.as_str()), "{name}");
            assert!(draft.examples().count() > 3, "{name}");
            let unread = draft
                .languages
                .values()
                .flat_map(|words| &words.written)
                .filter(|told| told.is_empty());
            assert_eq!(unread.count(), 0, "{name}");
        }
        assert_eq!(rows::table(rows::Match::All, &[]), Table::new());
    }

    const TEXT: &str = "# Head.\ntopic = \"gifts\" # id\ntitle = \"Gifts\"\nteam = \"sales\"\nreason = \"sensitive_topic\"\npriority = 40\n\n\
                        [en]\npatterns = [\n  # Cards\n  '''\\bgift card\\b''', # one\n  '''\\bvoucher''',\n  # Near\n  '''\\bgift\\b.{0,9}\\blost\\b''', # last\n]\n\
                        examples = [\"my gift card\"]\n";

    #[test]
    fn words_are_taken_out_and_added_beside_what_is_written_as_patterns() {
        let mut draft = TopicDraft::read(TEXT).expect("a topic");
        let words = draft.languages.get_mut("en").expect("English");
        assert_eq!(words.phrases, ["gift card", "voucher*"]);
        assert_eq!(words.written, ["gift … lost"]);
        words.phrases = vec!["voucher*".into(), "coupon".into(), "gift box".into()];
        words.counter_examples = vec!["what is a gift?".into()];
        draft.team = "care".into();
        draft.languages.insert(
            "ja".into(),
            TopicWords {
                phrases: vec!["商品券".into()],
                ..TopicWords::default()
            },
        );
        let text = draft.write(TEXT).expect("written");
        assert!(
            text.starts_with("# Head.\ntopic = \"gifts\" # id\ntitle = \"Gifts\"\nteam = \"care\"\n"),
            "{text}"
        );
        assert!(
            text.contains("# Cards\n") && text.contains("# Near\n  '''\\bgift\\b.{0,9}\\blost\\b''', # last\n"),
            "{text}"
        );
        assert!(!text.contains("gift card\\b"), "{text}");
        let again = TopicDraft::read(&text).expect("a topic");
        assert_eq!(again, draft, "{text}");
        assert!(Policy::parse(vec![("gifts.toml".into(), text)]).is_ok());
    }

    #[test]
    fn a_new_topic_is_written_and_a_language_goes_with_its_last_word() {
        let mut draft = TopicDraft {
            id: "x".into(),
            title: "X".into(),
            team: "t".into(),
            reason: "sensitive_topic".into(),
            priority: 5,
            ..TopicDraft::default()
        };
        let one = TopicWords {
            phrases: vec!["a".into()],
            examples: vec!["a".into()],
            ..TopicWords::default()
        };
        draft.languages.insert("en".into(), one.clone());
        draft.languages.insert("id".into(), one);
        let text = draft.write("").expect("written");
        assert_eq!(TopicDraft::read(&text), Ok(draft.clone()), "{text}");
        assert!(Policy::parse(vec![("x.toml".into(), text.clone())]).is_ok(), "{text}");
        draft.languages.insert("id".into(), TopicWords::default());
        let text = draft.write(&text).expect("written");
        assert!(!text.contains("[id]"), "{text}");
        draft.languages.insert(
            "en".into(),
            TopicWords {
                phrases: vec!["...".into()],
                ..TopicWords::default()
            },
        );
        assert!(draft.write(&text).is_err());
    }
}
