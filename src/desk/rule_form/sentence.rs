//! Rules and conditions as sentences.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::routing_rule::RuleDraft;

/// What ids are called in sentences.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Titles of topics.
    pub topics: BTreeMap<String, String>,
    /// Names of languages.
    pub languages: BTreeMap<String, String>,
}

impl Names {
    /// What a topic is called.
    pub fn topic<'a>(&'a self, id: &'a str) -> &'a str {
        self.topics.get(id).map_or(id, String::as_str)
    }

    pub(super) fn value(&self, field: &str, value: &str) -> String {
        let known = match field {
            "topic" => self.topics.get(value),
            "language" => self.languages.get(value),
            "reason" => return reason(value).to_owned(),
            "channel" => return channel(value).to_owned(),
            _ => None,
        };
        match (field, known) {
            (_, Some(name)) => name.clone(),
            ("priority", None) => value.to_owned(),
            (_, None) => format!("\u{201c}{value}\u{201d}"),
        }
    }
}

/// Why a question goes to people.
pub fn reason(word: &str) -> &str {
    match word {
        "low_confidence" => "the bot is not sure",
        "no_match" => "no article fits",
        "sensitive_topic" => "its topic belongs to people",
        "wants_person" => "the customer wants a person",
        "people_first" => "people have it first",
        "did_not_help" => "an answer did not help",
        "misses" => "several answers did not help",
        "taken_over" => "somebody took over the chat",
        other => other,
    }
}

/// Where a question comes in.
pub fn channel(word: &str) -> &str {
    match word {
        "form" => "the form",
        "page" => "the search page",
        "api" => "the API",
        "cli" => "the command line",
        other => other,
    }
}

/// "a, b and c".
pub fn listed(parts: &[String], last: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., end] => format!("{} {last} {end}", before.join(", ")),
    }
}

/// What a rule does, and when.
pub fn of_rule(rule: &RuleDraft, names: &Names) -> String {
    let mut does = Vec::new();
    if !rule.topic.is_empty() {
        does.push(format!(
            "it gets the topic {}, which the bot does not answer",
            names.topic(&rule.topic)
        ));
    }
    match rule.people_first {
        Some(true) => does.push("people have it before the bot".to_owned()),
        Some(false) => does.push("the bot tries first".to_owned()),
        None => {}
    }
    match (rule.team.is_empty(), rule.priority.is_empty()) {
        (false, false) => does.push(format!(
            "the ticket goes to team {}, priority {}",
            rule.team, rule.priority
        )),
        (false, true) => does.push(format!("the ticket goes to team {}", rule.team)),
        (true, false) => does.push(format!("its priority is {}", rule.priority)),
        (true, true) => {}
    }
    if !rule.tags.is_empty() {
        let word = if rule.tags.len() == 1 { "tag" } else { "tags" };
        does.push(format!("it gets the {word} {}", listed(&rule.tags, "and")));
    }
    let times = ["a first reply", "each next reply", "a solution"]
        .iter()
        .zip(&rule.targets);
    let times: Vec<String> = times
        .filter(|(_, time)| !time.is_empty())
        .map(|(what, time)| format!("{what} within {time}"))
        .collect();
    if !times.is_empty() {
        does.push(format!("the target is {}", listed(&times, "and")));
    }
    match rule.complex {
        Some(true) => does.push("it counts as complex".to_owned()),
        Some(false) => does.push("it does not count as complex".to_owned()),
        None => {}
    }
    let does = match does.is_empty() {
        true => "its topic says where the ticket goes".to_owned(),
        false => listed(&does, "and"),
    };
    let when = match rule.condition() {
        Ok(when) if when.is_empty() => "For every question".to_owned(),
        Ok(when) => format!("When {}", of_condition(&when, names)),
        Err(_) => "When its condition holds".to_owned(),
    };
    format!("{when}, {does}.")
}

/// A condition in words, however deep it is.
pub fn of_condition(when: &Table, names: &Names) -> String {
    let (mut parts, mut either) = (Vec::new(), None);
    for (key, value) in when {
        match (key.as_str(), value) {
            ("any", Value::Array(tables)) => {
                either = Some(match nested(tables, names) {
                    some if some.len() == 1 => some[0].clone(),
                    some => format!("either {}", some.join(", or ")),
                });
            }
            ("all", Value::Array(tables)) => parts.extend(nested(tables, names)),
            ("not", Value::Table(table)) => parts.push(negated(table, names)),
            ("context", Value::Table(table)) => {
                parts.extend(
                    table
                        .iter()
                        .map(|(key, value)| test(&format!("context.{key}"), &values(value), names, true)),
                );
            }
            (key, value) => parts.push(test(key, &values(value), names, true)),
        }
    }
    // At the end, where nothing more can be taken for a part of it.
    parts.extend(either);
    listed(&parts, "and")
}

fn nested(tables: &[Value], names: &Names) -> Vec<String> {
    let tables = tables.iter().filter_map(Value::as_table);
    tables.map(|table| of_condition(table, names)).collect()
}

fn negated(table: &Table, names: &Names) -> String {
    if let Some((key, value)) = table.iter().next().filter(|_| table.len() == 1) {
        match (key.as_str(), value) {
            ("any", Value::Array(tables)) => {
                let each = tables
                    .iter()
                    .filter_map(Value::as_table)
                    .map(|table| negated(table, names));
                return listed(&each.collect::<Vec<_>>(), "and");
            }
            ("context", Value::Table(inner)) if inner.len() == 1 => {
                let of =
                    |(key, value): (&String, &Value)| test(&format!("context.{key}"), &values(value), names, false);
                return inner.iter().map(of).collect();
            }
            // Who is not known for so long may be new, or somebody of whom nothing is known: neither is the opposite.
            ("all" | "not" | "context" | "tenure_below_days" | "tenure_at_least_days", _) => {}
            (key, value) => return test(key, &values(value), names, false),
        }
    }
    format!("it is not so that {}", of_condition(table, names))
}

fn values(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

/// One field, compared.
fn test(field: &str, values: &[String], names: &Names, holds: bool) -> String {
    let named: Vec<String> = values.iter().map(|value| names.value(field, value)).collect();
    let any = listed(&named, "or");
    let is = if holds { "is" } else { "is not" };
    match field {
        "topic" => format!("the topic {is} {any}"),
        "reason" if holds => format!("it goes to people because {any}"),
        "reason" => format!("it does not go to people because {any}"),
        "words" if holds => format!("the question has {any}"),
        "words" => format!("the question does not have {any}"),
        "language" => format!("the language {is} {any}"),
        "page_url" => format!("the page {is} {any}"),
        "tenure_below_days" => format!("they have been a customer for less than {} days", values.join(", ")),
        "tenure_at_least_days" => format!("they have been a customer for {} days or more", values.join(", ")),
        "channel" => format!("it {} by {any}", if holds { "comes in" } else { "does not come in" }),
        "hours" => match (values.first().map(String::as_str) == Some("open"), holds) {
            (true, true) | (false, false) => "people are there".to_owned(),
            _ => "nobody is there".to_owned(),
        },
        "priority" => format!("its priority {is} {any}"),
        "tags" => format!("it {} the tag {any}", if holds { "has" } else { "does not have" }),
        "team" => format!("its team {is} {any}"),
        "signed" => match (values.first().map(String::as_str) == Some("true"), holds) {
            (true, true) | (false, false) => "the site has signed who the customer is".to_owned(),
            _ => "the site has not signed who the customer is".to_owned(),
        },
        "known" => {
            let known: Vec<String> = values.iter().map(|field| known(field, holds)).collect();
            // Known is one of them, not known is none of them.
            listed(&known, if holds { "or" } else { "and" })
        }
        field => format!("{} {is} {any}", label(field)),
    }
}

fn known(field: &str, is: bool) -> String {
    match (field, is) {
        ("topic" | "team", true) => format!("it has a {field}"),
        ("topic" | "team", false) => format!("it has no {field}"),
        ("tags", true) => "it has tags".to_owned(),
        ("tags", false) => "it has no tags".to_owned(),
        ("reason", true) => "the bot did not answer it".to_owned(),
        ("reason", false) => "the bot has not decided yet".to_owned(),
        (field, true) => format!("{} is known", label(field)),
        (field, false) => format!("{} is not known", label(field)),
    }
}

/// What a field is called within a sentence.
pub fn label(field: &str) -> String {
    match field {
        "company_type" => "the kind of company".to_owned(),
        "page_url" => "the page".to_owned(),
        "customer_since" => "the time they became a customer".to_owned(),
        "tags" => "the tag".to_owned(),
        "reason" => "the reason".to_owned(),
        field => match field.strip_prefix("context.") {
            Some(key) => format!("\u{201c}{key}\u{201d} of the page's context"),
            None => format!("the {field}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(block: &str) -> String {
        let mut names = Names::default();
        names.topics.insert("billing".into(), "Billing".into());
        names.languages.insert("ja".into(), "Japanese".into());
        of_rule(
            &RuleDraft::read(&format!("[[rule]]\nname = 'x'\n{block}")).expect("a rule"),
            &names,
        )
    }

    #[test]
    fn a_rule_is_one_sentence() {
        for (block, sentence) in [
            (
                "when = { topic = ['billing', 'refund'] }\nteam = 'Billing'\npriority = 'urgent'",
                "When the topic is Billing or “refund”, the ticket goes to team Billing, priority urgent.",
            ),
            (
                "team = 'support'",
                "For every question, the ticket goes to team support.",
            ),
            (
                "when = { not = { tenure_below_days = 30 } }\nteam = 'support'",
                "When it is not so that they have been a customer for less than 30 days, the ticket goes to team support.",
            ),
            (
                "when = { not = { known = ['topic', 'tags'] } }\nteam = 'support'",
                "When it has no topic and it has no tags, the ticket goes to team support.",
            ),
            (
                "when = { known = 'topic' }",
                "When it has a topic, its topic says where the ticket goes.",
            ),
            (
                "when = { tenure_below_days = 30 }\npeople_first = true\npriority = 'high'\ntags = ['new']\nstop = false",
                "When they have been a customer for less than 30 days, people have it before the bot, its priority is high and it gets the tag new.",
            ),
            (
                "when = { any = [{ plan = 'trial' }, { context.trial = true }] }\npeople_first = true",
                "When either the plan is “trial”, or “trial” of the page's context is “true”, people have it before the bot.",
            ),
            (
                "when = { language = 'ja', not = { any = [{ words = 'a' }, { hours = 'closed' }] } }\ntargets = { first = '30m', resolve = '3d' }",
                "When the language is Japanese and the question does not have “a” and people are there, the target is a first reply within 30m and a solution within 3d.",
            ),
            (
                "when = { not = { plan = 'x', signed = true } }\ncomplex = false",
                "When it is not so that the plan is “x” and the site has signed who the customer is, it does not count as complex.",
            ),
            (
                "when = { reason = ['misses', 'no_match'] }\ntopic = 'billing'",
                "When it goes to people because several answers did not help or no article fits, it gets the topic Billing, which the bot does not answer.",
            ),
        ] {
            assert_eq!(told(block), sentence);
        }
    }
}
