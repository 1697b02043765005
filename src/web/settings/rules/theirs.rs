//! What somebody else has changed while an author was busy, in words and line by line. Pure.

use crate::{
    desk::rule_form::{blocks::RulesText, routing_rule::RuleDraft, sentence, sentence::Names, topic::TopicDraft},
    store::DocumentKind,
};

use super::work;

/// Lines that are compared at most; the rest of a longer text is told in words only.
const MOST_LINES: usize = 2_000;

/// What others have changed.
pub struct Theirs {
    /// Who and when.
    pub by: String,
    /// One sentence for each change.
    pub told: Vec<String>,
    /// Lines that are gone (`-`) or new (`+`), by file.
    pub lines: Vec<(String, Vec<(char, String)>)>,
}

/// What differs between the files that an author saw and those that count now.
pub fn told(
    kind: DocumentKind,
    base: &[(String, String)],
    now: &[(String, String)],
    names: &Names,
    by: String,
) -> Theirs {
    let text = |files: &[(String, String)], name: &str| {
        let found = files.iter().find(|(own, _)| own == name);
        found.map(|(_, text)| text.clone())
    };
    let (mut told, mut lines) = (Vec::new(), Vec::new());
    for name in work::changed(base, now) {
        let (before, after) = (text(base, &name), text(now, &name));
        match kind {
            DocumentKind::Topics => told.push(topic(&name, before.as_deref(), after.as_deref())),
            _ => told.extend(routing(
                &before.clone().unwrap_or_default(),
                &after.clone().unwrap_or_default(),
                names,
            )),
        }
        lines.push((name, different(&before.unwrap_or_default(), &after.unwrap_or_default())));
    }
    Theirs { by, told, lines }
}

fn routing(before: &str, after: &str, names: &Names) -> Vec<String> {
    let rules = |text: &str| -> Option<Vec<(String, String, String)>> {
        let text = RulesText::parse(text).ok()?;
        let rules = text.rules().map(|block| {
            let rule = RuleDraft::read(block).ok()?;
            Some((rule.name.clone(), sentence::of_rule(&rule, names), block.to_owned()))
        });
        rules.collect()
    };
    let (Some(before), Some(after)) = (rules(before), rules(after)) else {
        return vec!["The text was changed.".to_owned()];
    };
    let find = |rules: &[(String, String, String)], name: &str| rules.iter().find(|(own, ..)| own == name).cloned();
    let mut told = Vec::new();
    for (name, says, block) in &after {
        match find(&before, name) {
            None => told.push(format!("The rule \u{201c}{name}\u{201d} is new: {says}")),
            Some((_, said, _)) if said != *says => {
                told.push(format!(
                    "The rule \u{201c}{name}\u{201d} was changed. Before: {said} Now: {says}"
                ));
            }
            Some((.., text)) if text != *block => {
                told.push(format!("The rule \u{201c}{name}\u{201d} was written in another way."));
            }
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|(name, ..)| find(&after, name).is_none());
    told.extend(gone.map(|(name, says, _)| format!("The rule \u{201c}{name}\u{201d} was deleted. It said: {says}")));
    let order = |rules: &[(String, String, String)], others: &[(String, String, String)]| -> Vec<String> {
        let common = rules.iter().filter(|(name, ..)| find(others, name).is_some());
        common.map(|(name, ..)| name.clone()).collect()
    };
    if order(&before, &after) != order(&after, &before) {
        let now: Vec<String> = after
            .iter()
            .map(|(name, ..)| format!("\u{201c}{name}\u{201d}"))
            .collect();
        told.push(format!("The order was changed. It is now: {}.", now.join(", ")));
    }
    if told.is_empty() {
        told.push("Only comments or views were changed.".to_owned());
    }
    told
}

fn topic(name: &str, before: Option<&str>, after: Option<&str>) -> String {
    let read = |text: Option<&str>| text.and_then(|text| TopicDraft::read(text).ok());
    match (read(before), read(after)) {
        (None, Some(topic)) => format!(
            "The topic \u{201c}{}\u{201d} is new. It goes to team {}.",
            topic.title, topic.team
        ),
        (Some(topic), None) => format!("The topic \u{201c}{}\u{201d} was deleted.", topic.title),
        (Some(before), Some(after)) => {
            let mut parts = Vec::new();
            if before.title != after.title {
                parts.push(format!("it is called \u{201c}{}\u{201d}", after.title));
            }
            if before.team != after.team {
                parts.push(format!("it goes to team {} instead of {}", after.team, before.team));
            }
            if before.priority != after.priority {
                parts.push("its place in the order is another".to_owned());
            }
            let (old, new) = (before.samples(), after.samples());
            let only = |these: &[String], others: &[String]| -> Vec<String> {
                let only = these.iter().filter(|phrase| !others.contains(phrase));
                only.map(|phrase| format!("\u{201c}{phrase}\u{201d}")).collect()
            };
            let (added, gone) = (only(&new, &old), only(&old, &new));
            if !added.is_empty() {
                parts.push(format!("new words: {}", added.join(", ")));
            }
            if !gone.is_empty() {
                parts.push(format!("words that are gone: {}", gone.join(", ")));
            }
            if parts.is_empty() {
                parts.push("its patterns, examples or comments were changed".to_owned());
            }
            format!(
                "The topic \u{201c}{}\u{201d} was changed: {}.",
                before.title,
                parts.join("; ")
            )
        }
        (None, None) => format!("{name} was changed."),
    }
}

/// The lines that are gone and those that are new, in their order; by the longest common sequence.
fn different(before: &str, after: &str) -> Vec<(char, String)> {
    let (mut old, mut new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    old.drain(..same);
    new.drain(..same);
    while old.last().is_some() && old.last() == new.last() {
        old.pop();
        new.pop();
    }
    if old.len() > MOST_LINES || new.len() > MOST_LINES {
        return Vec::new();
    }
    // common[i][j]: lines that old[i..] and new[j..] share.
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = match old[i] == new[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            i += 1;
            j += 1;
        } else if j == new.len() || i < old.len() && common[i + 1][j] >= common[i][j + 1] {
            lines.push(('-', old[i].to_owned()));
            i += 1;
        } else {
            lines.push(('+', new[j].to_owned()));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(name: &str, text: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), text.to_owned())]
    }

    #[test]
    fn every_change_of_a_rule_is_told() {
        let before = "[[rule]]\nname = 'a'\nteam = 'x'\n\n[[rule]]\nname = 'b'\nteam = 'y'\n\n[[rule]]\nname = 'c'\nteam = 'z'\n";
        let after = "[[rule]]\nname = 'c'\nteam = 'z' # same\n\n[[rule]]\nname = 'a'\nteam = 'other'\n\n[[rule]]\nname = 'd'\nteam = 'y'\n";
        let theirs = told(
            DocumentKind::Routing,
            &files("r", before),
            &files("r", after),
            &Names::default(),
            String::new(),
        );
        let all = theirs.told.join("\n");
        for part in [
            "“c” was written",
            "“a” was changed. Before: For every question, the ticket goes to team x.",
            "“d” is new",
            "“b” was deleted",
            "order was changed",
        ] {
            assert!(all.contains(part), "{part} in {all}");
        }
        let lines = &theirs.lines[0].1;
        assert!(
            lines.contains(&('-', "name = 'b'".into())) && lines.contains(&('+', "team = 'other'".into())),
            "{lines:?}"
        );
        let comment = told(
            DocumentKind::Routing,
            &files("r", before),
            &files("r", &format!("# x\n\n{before}")),
            &Names::default(),
            String::new(),
        );
        assert_eq!(comment.told, ["Only comments or views were changed."]);
    }

    #[test]
    fn every_change_of_a_topic_is_told() {
        let before =
            "topic='x'\ntitle='X'\nteam='a'\nreason='sensitive_topic'\npriority=1\n[en]\npatterns=['\\bone\\b']\n";
        let after = before.replace("'a'", "'b'").replace("\\bone\\b", "\\btwo\\b");
        let theirs = told(
            DocumentKind::Topics,
            &files("x.toml", before),
            &files("x.toml", &after),
            &Names::default(),
            String::new(),
        );
        assert_eq!(
            theirs.told,
            [
                "The topic “X” was changed: it goes to team b instead of a; new words: “two”; words that are gone: “one”."
            ]
        );
    }

    #[test]
    fn lines_are_told_in_their_order() {
        assert_eq!(
            different("a\nb\nc", "a\nc\nd"),
            [('-', "b".to_owned()), ('+', "d".to_owned())]
        );
        assert!(different("a\nb", "a\nb\n").is_empty());
    }
}
