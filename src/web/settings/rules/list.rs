//! The rules of a draft in the order in which they count, and what the list can do with them. Pure.

use super::{looked::Subject, topic_form, work::Work};
use crate::{
    desk::rule_form::{
        blocks::RulesText,
        routing_rule::{RuleDraft, When},
        sentence::{self, Names},
        topic::TopicDraft,
    },
    store::DocumentKind,
};

/// Steps between the numbers of topics, so that there is room for others.
const STEP: i64 = 10;
/// Edited rules whose matches are told.
const MOST_SUBJECTS: usize = 5;

/// One rule in the list.
pub struct ListRow {
    pub number: usize,
    pub name: String,
    pub sentence: String,
    pub notes: Vec<String>,
    /// "New", "Changed", or nothing.
    pub state: &'static str,
    pub is_first: bool,
    pub is_last: bool,
}

/// The rules as the list shows them, and the names of those that the author has deleted.
pub struct List {
    pub rows: Vec<ListRow>,
    pub deleted: Vec<String>,
}

/// A rule's or a topic's name, text and sentence.
struct Entry {
    id: String,
    name: String,
    text: String,
    sentence: String,
    notes: Vec<String>,
}

fn entries(kind: DocumentKind, files: &[(String, String)], names: &Names) -> Result<Vec<Entry>, String> {
    if kind == DocumentKind::Topics {
        let topic = |(_, topic, text): (String, TopicDraft, String)| {
            let languages = topic
                .languages
                .keys()
                .map(|code| names.languages.get(code).unwrap_or(code).clone());
            let languages: Vec<String> = languages.collect();
            let written: usize = topic.languages.values().map(|words| words.written.len()).sum();
            let mut notes = vec![languages.join(", ")];
            if written > 0 {
                notes.push(format!("{written} patterns are written as text"));
            }
            Entry {
                sentence: topic_form::sentence(&topic),
                id: topic.id,
                name: topic.title,
                text,
                notes,
            }
        };
        return Ok(topics(files)?.into_iter().map(topic).collect());
    }
    let text = files.first().map(|(_, text)| text.as_str()).unwrap_or_default();
    let text = RulesText::parse(text)?;
    let rule = |block: &str| {
        let rule = RuleDraft::read(block)?;
        let mut notes = Vec::new();
        if rule.goes_on {
            notes.push("Later rules may add to it".to_owned());
        }
        if matches!(rule.when, When::Text(_)) {
            notes.push("Its condition is written as text".to_owned());
        }
        Ok(Entry {
            sentence: sentence::of_rule(&rule, names),
            id: rule.name.clone(),
            name: rule.name,
            text: block.to_owned(),
            notes,
        })
    };
    text.rules().map(rule).collect()
}

/// The topics with their files' names and texts, the one that counts first before the others.
pub fn topics(files: &[(String, String)]) -> Result<Vec<(String, TopicDraft, String)>, String> {
    let read = |(name, text): &(String, String)| {
        let topic = TopicDraft::read(text).map_err(|error| format!("{name}: {error}"))?;
        Ok((name.clone(), topic, text.clone()))
    };
    let mut topics = files.iter().map(read).collect::<Result<Vec<_>, String>>()?;
    topics.sort_by(|(_, a, _), (_, b, _)| (a.priority, &a.id).cmp(&(b.priority, &b.id)));
    Ok(topics)
}

/// The teams that the rules of a draft name: whoever publishes it has them.
pub fn teams(work: &Work) -> Vec<String> {
    if work.kind == DocumentKind::Topics {
        let topics = topics(&work.files).unwrap_or_default();
        return topics
            .into_iter()
            .map(|(_, topic, _)| topic.team)
            .filter(|team| !team.is_empty())
            .collect();
    }
    let Ok(text) = RulesText::parse(work.routing()) else {
        return Vec::new();
    };
    let rules = text.rules().filter_map(|block| RuleDraft::read(block).ok());
    rules.map(|rule| rule.team).filter(|team| !team.is_empty()).collect()
}

fn state(entry: &Entry, base: &[Entry]) -> &'static str {
    match base.iter().find(|own| own.id == entry.id) {
        None => "New",
        Some(own) if own.text.trim_end() != entry.text.trim_end() => "Changed",
        Some(_) => "",
    }
}

/// The list of a draft.
///
/// # Errors
/// A text that cannot be shown as rules.
pub fn list(work: &Work, names: &Names) -> Result<List, String> {
    let entries = entries(work.kind, &work.files, names)?;
    let base = self::entries(work.kind, &work.base, names).unwrap_or_default();
    let deleted = base
        .iter()
        .filter(|own| !entries.iter().any(|entry| entry.id == own.id));
    let deleted = deleted.map(|own| own.name.clone()).collect();
    let last = entries.len().saturating_sub(1);
    let row = |(number, entry): (usize, Entry)| ListRow {
        state: state(&entry, &base),
        number,
        name: entry.name,
        sentence: entry.sentence,
        notes: entry.notes,
        is_first: number == 0,
        is_last: number == last,
    };
    Ok(List {
        rows: entries.into_iter().enumerate().map(row).collect(),
        deleted,
    })
}

/// The rules that the author has added or changed.
pub fn edited(work: &Work, names: &Names) -> Vec<Subject> {
    let entries = entries(work.kind, &work.files, names).unwrap_or_default();
    let base = self::entries(work.kind, &work.base, names).unwrap_or_default();
    let word = if work.kind == DocumentKind::Topics {
        "topic"
    } else {
        "rule"
    };
    let edited = entries.into_iter().filter(|entry| !state(entry, &base).is_empty());
    let subject = |entry: Entry| Subject {
        called: format!("The {word} \u{201c}{}\u{201d}", entry.name),
        name: entry.id,
    };
    edited.take(MOST_SUBJECTS).map(subject).collect()
}

/// Places for a new rule, and the one that is offered. Of routing: before the first rule that is the last to be asked, so that
/// those which let others add are asked as before. Of topics: the last, so that no question leaves the topic that it has now.
pub fn places(work: &Work) -> (Vec<(String, String)>, String) {
    let entries = entries(work.kind, &work.files, &Names::default()).unwrap_or_default();
    let mut places = vec![("0".to_owned(), "First".to_owned())];
    places.extend(
        entries
            .iter()
            .enumerate()
            .map(|(at, entry)| ((at + 1).to_string(), format!("After \u{201c}{}\u{201d}", entry.name))),
    );
    let offered = match work.kind {
        DocumentKind::Topics => entries.len(),
        _ => entries
            .iter()
            .take_while(|entry| RuleDraft::read(&entry.text).is_ok_and(|rule| rule.goes_on))
            .count(),
    };
    (places, offered.to_string())
}

/// Moves a rule to a neighbour's place.
///
/// # Errors
/// A text that cannot be shown as rules.
pub fn swap(work: &mut Work, one: usize, other: usize) -> Result<(), String> {
    if work.kind != DocumentKind::Topics {
        let mut text = RulesText::parse(work.routing())?;
        text.swap(one, other);
        return set_routing(work, &text);
    }
    let mut topics = topics(&work.files)?;
    if one >= topics.len() || other >= topics.len() {
        return Ok(());
    }
    let (a, b) = (topics[one].1.priority, topics[other].1.priority);
    topics.swap(one, other);
    // The two exchange their numbers; the same number twice says nothing, so all are counted anew.
    match a == b {
        true => renumber(work, &topics),
        false => {
            set_priority(work, &topics[other], b)?;
            set_priority(work, &topics[one], a)
        }
    }
}

/// Takes a rule out.
///
/// # Errors
/// As [`swap`].
pub fn delete(work: &mut Work, number: usize) -> Result<(), String> {
    if work.kind != DocumentKind::Topics {
        let mut text = RulesText::parse(work.routing())?;
        text.remove(number);
        return set_routing(work, &text);
    }
    if let Some((file, ..)) = topics(&work.files)?.get(number) {
        work.files.retain(|(own, _)| own != file);
    }
    Ok(())
}

/// Puts an edited or a new rule of routing into the draft.
///
/// # Errors
/// As [`swap`], and a condition that is no TOML.
pub fn keep_rule(work: &mut Work, number: Option<usize>, place: usize, rule: &RuleDraft) -> Result<(), String> {
    let mut text = RulesText::parse(work.routing())?;
    match number {
        None => text.insert(place, rule.write_new()?),
        Some(number) => {
            let block = text.rules().nth(number).ok_or("this rule is not there any more")?;
            let block = rule.write(block)?;
            text.replace(number, block);
        }
    }
    set_routing(work, &text)
}

/// Puts a new topic at a place of the draft; returns its file.
///
/// # Errors
/// As [`swap`], and a phrase without letters.
pub fn add_topic(work: &mut Work, place: usize, mut topic: TopicDraft) -> Result<String, String> {
    let mut topics = topics(&work.files)?;
    let taken: Vec<String> = topics
        .iter()
        .flat_map(|(file, topic, _)| [topic.id.clone(), file.trim_end_matches(".toml").to_owned()])
        .collect();
    topic.id = topic_form::new_id(&topic.title, &taken);
    let file = format!("{}.toml", topic.id);
    let place = place.min(topics.len());
    let before = place.checked_sub(1).map_or(0, |at| topics[at].1.priority);
    let after = topics
        .get(place)
        .map_or(before + 2 * STEP, |(_, topic, _)| topic.priority);
    let is_room = after - before >= 2;
    topic.priority = before + (after - before) / 2;
    let text = topic.write("")?;
    work.set(&file, text.clone());
    if !is_room {
        topics.insert(place, (file.clone(), topic, text));
        renumber(work, &topics)?;
    }
    Ok(file)
}

fn renumber(work: &mut Work, order: &[(String, TopicDraft, String)]) -> Result<(), String> {
    for (number, topic) in (1..).zip(order) {
        set_priority(work, topic, number * STEP)?;
    }
    Ok(())
}

fn set_priority(
    work: &mut Work,
    (file, topic, text): &(String, TopicDraft, String),
    priority: i64,
) -> Result<(), String> {
    let topic = TopicDraft {
        priority,
        ..topic.clone()
    };
    let text = topic.write(text)?;
    work.set(file, text);
    Ok(())
}

fn set_routing(work: &mut Work, text: &RulesText) -> Result<(), String> {
    let name = work.files.first().map(|(name, _)| name.clone()).unwrap_or_default();
    work.set(&name, text.text());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{answer::Policy, desk::routing::BUILT_IN};

    fn work(kind: DocumentKind, files: Vec<(String, String)>) -> Work {
        Work {
            kind,
            seen: None,
            base: files.clone(),
            files,
        }
    }

    fn names_of(work: &Work) -> Vec<String> {
        let list = list(work, &Names::default()).expect("a list");
        list.rows.into_iter().map(|row| row.name).collect()
    }

    #[test]
    fn topics_are_moved_by_their_numbers() {
        let mut work = work(DocumentKind::Topics, Policy::read(None).expect("the built-in rules"));
        let before = names_of(&work);
        for at in 1..before.len() {
            swap(&mut work, at, at - 1).expect("moved");
        }
        let mut wanted = before.clone();
        wanted.rotate_left(1);
        assert_eq!(names_of(&work), wanted);
        for at in (1..before.len()).rev() {
            swap(&mut work, at, at - 1).expect("moved");
        }
        assert_eq!(names_of(&work), before);
        let topic = TopicDraft {
            title: "Gifts".into(),
            team: "sales".into(),
            reason: "sensitive_topic".into(),
            ..TopicDraft::default()
        };
        let (choices, offered) = places(&work);
        assert_eq!(
            choices.last().map(|(at, _)| at),
            Some(&offered),
            "a new topic is the last"
        );
        for place in [0, 3, 99] {
            let file = add_topic(&mut work, place, topic.clone()).expect("added");
            let at = topics(&work.files)
                .expect("topics")
                .iter()
                .position(|(own, ..)| *own == file);
            assert_eq!(at, Some(place.min(work.files.len() - 1)), "{file}");
        }
        delete(&mut work, 0).expect("deleted");
        assert_eq!(names_of(&work).len(), before.len() + 2);
    }

    #[test]
    fn what_the_author_did_is_marked() {
        let mut work = work(DocumentKind::Routing, vec![("routing.toml".into(), BUILT_IN.into())]);
        let (places, offered) = places(&work);
        assert_eq!((places.len(), offered.as_str()), (8, "3"));
        let rule = RuleDraft {
            name: "gifts".into(),
            team: "sales".into(),
            ..RuleDraft::default()
        };
        keep_rule(&mut work, None, 3, &rule).expect("added");
        delete(&mut work, 0).expect("deleted");
        let mut third = RuleDraft::read(
            RulesText::parse(work.routing())
                .expect("rules")
                .rules()
                .nth(1)
                .expect("a rule"),
        )
        .expect("read");
        third.priority = "urgent".into();
        keep_rule(&mut work, Some(1), 0, &third).expect("kept");
        let list = list(&work, &Names::default()).expect("a list");
        let states: Vec<(&str, &str)> = list.rows.iter().map(|row| (row.name.as_str(), row.state)).collect();
        assert_eq!(
            states[..3],
            [("trial customers", ""), ("new customers", "Changed"), ("gifts", "New")]
        );
        assert_eq!(list.deleted, ["high-touch customers"]);
        assert_eq!(edited(&work, &Names::default()).len(), 2);
        assert!(work.routing().starts_with("# The rules that come with the program"));
    }
}
