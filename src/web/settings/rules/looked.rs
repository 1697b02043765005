//! What edited rules would do, in words: with one question, and with those of the past.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::super::form::Form;
use crate::{
    answer::{Policy, Question},
    app::{Comparison, Difference, Draft, Taken, Way},
    desk::{
        dry_run::{Explanation, Wanted},
        routing::{TeamFrom, Verdict},
        rule_form::{because::plainly, sentence::Names},
    },
    http::{Code, Problem, state::Web},
    shorten::shortened,
    web::moments,
};

/// What the rules do with a question.
pub struct Tried {
    /// Which rule takes it, and why.
    pub takes: String,
    pub topic: String,
    pub team: String,
    pub priority: String,
    pub target: String,
    pub more: String,
    pub trace: Vec<(String, &'static str, String)>,
}

/// What would change.
pub struct Compared {
    /// How many would go where, one sentence each.
    pub told: Vec<String>,
    /// What the edited rules take.
    pub taken: Vec<String>,
    /// How many more there are than are shown.
    pub more: usize,
    pub rows: Vec<Change>,
}

/// One question of the past.
pub struct Change {
    pub question: String,
    pub before: String,
    pub after: String,
}

/// A rule or a topic whose matches are told.
pub struct Subject {
    /// "This rule", "The rule “x”".
    pub called: String,
    /// Its name or id.
    pub name: String,
}

/// The question of the form, or the field that is wrong and why.
pub fn wanted(web: &Web, form: &Form) -> Result<Wanted, (&'static str, String)> {
    let config = web.config();
    let text = crate::http::question_text(form.raw("question"));
    let text = text.map_err(|problem: Problem| match problem.code {
        Code::QuestionEmpty => ("question", "Type what a customer would ask.".to_owned()),
        _ => ("question", problem.detail),
    })?;
    let at = match form.given("at") {
        None => web.now(),
        Some(at) => moments::from_field(&at, &web.time_zone(), &config.desk.time_zone).map_err(|why| ("at", why))?,
    };
    Ok(Wanted {
        question: Question {
            text,
            lang: None,
            context: context(form.raw("context")).map_err(|why| ("context", why))?,
        },
        language: form.given("language").unwrap_or_else(|| config.site.language.clone()),
        channel: form.given("channel").unwrap_or_else(|| "chat".to_owned()),
        signed: None,
        topic: None,
        reason: None,
        otherwise: None,
        at,
    })
}

/// `plan = trial, seats = 5`, or a JSON object.
fn context(text: &str) -> Result<Map<String, Value>, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| format!("is no JSON object: {error}"));
    }
    let pair = |part: String| {
        let (key, value) = part
            .split_once('=')
            .ok_or_else(|| format!("{part} has no value: write key = value"))?;
        let value = value.trim().trim_matches('"');
        let value = serde_json::from_str::<Value>(value)
            .ok()
            .filter(|read| read.is_boolean() || read.is_number())
            .unwrap_or_else(|| value.into());
        Ok((key.trim().to_owned(), value))
    };
    super::super::form::list(text, &[',', '\n'])
        .into_iter()
        .map(pair)
        .collect()
}

/// What the rules of a draft do with a question.
pub fn tried(web: &Web, draft: &Draft, wanted: &Wanted, names: &Names, moment: impl Fn(Timestamp) -> String) -> Tried {
    let explained = web.dry_run(draft, wanted);
    let result = &explained.result;
    let from = match result.team_from {
        TeamFrom::Rule => "named by a rule",
        TeamFrom::Topic => "its topic's team",
        TeamFrom::Escalation => "the escalation inbox: neither a rule nor a topic takes it",
    };
    let by = explained
        .first_reply_by
        .as_deref()
        .and_then(|by| by.parse::<Timestamp>().ok())
        .map(|by| format!(", by {} if nothing waits before it", moment(by)))
        .unwrap_or_default();
    let trace = result.trace.iter().map(|rule| match &rule.verdict {
        Verdict::Yes => (rule.rule.clone(), "yes", "Takes it.".to_owned()),
        Verdict::No { because } => (rule.rule.clone(), "no", plainly(because, names)),
        Verdict::NotAsked => (
            rule.rule.clone(),
            "skipped",
            "Not asked: the rule before it was the last one.".to_owned(),
        ),
    });
    let mut more = Vec::new();
    if !result.tags.is_empty() {
        more.push(format!("tags {}", result.tags.join(", ")));
    }
    if result.complex {
        more.push("counts as complex".to_owned());
    }
    let topic = topic_found(draft.policy(), &explained, names);
    Tried {
        takes: match (&explained.topic, &explained.people_first) {
            (Some(_), _) => format!(
                "The topic {}. The bot does not answer it, people do.",
                topic.clone().unwrap_or_default()
            ),
            (None, Some(first)) => format!(
                "The rule \u{201c}{}\u{201d} sends it to people before the bot.",
                first.rule
            ),
            (None, None) => "The bot tries first. If it cannot answer, the ticket goes as below.".to_owned(),
        },
        topic: topic.unwrap_or_else(|| "none".to_owned()),
        team: format!("{} ({from})", result.team),
        priority: result.priority.to_string(),
        target: format!("first reply within {}{by}", length(explained.first_reply_minutes)),
        more: more.join("; "),
        trace: trace.collect(),
    }
}

/// The topic, and the words of the question that put it there.
fn topic_found(policy: &Policy, explained: &Explanation, names: &Names) -> Option<String> {
    let topic = explained.topic.as_ref()?;
    let title = policy
        .topic(&topic.id)
        .map_or_else(|| names.topic(&topic.id), |topic| &topic.title);
    let pattern = topic.pattern.as_deref().unwrap_or_default();
    Some(match policy.words_found(&topic.id, pattern, &explained.question) {
        Some(words) => format!(
            "\u{201c}{title}\u{201d}, because of the words \u{201c}{}\u{201d}",
            shortened(&words, 80)
        ),
        None => format!("\u{201c}{title}\u{201d}"),
    })
}

/// "2 h 30 min".
fn length(minutes: u64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A comparison in words, with what the rules that the author has edited take.
pub fn compared(found: &Comparison, draft: &Draft, subjects: &[Subject], of_topics: bool, names: &Names) -> Compared {
    let taken = if of_topics { &found.topics } else { &found.rules };
    let of = |subject: &Subject| matches(subject, taken.get(&subject.name).copied().unwrap_or_default());
    Compared {
        told: told(found),
        taken: if found.looked_at == 0 {
            Vec::new()
        } else {
            subjects.iter().map(of).collect()
        },
        more: found.changed - found.shown.len(),
        rows: found
            .shown
            .iter()
            .map(|difference| change(difference, draft.policy(), names))
            .collect(),
    }
}

fn told(found: &Comparison) -> Vec<String> {
    let last = match found.looked_at {
        1 => "the last question".to_owned(),
        n => format!("the last {n} questions"),
    };
    match (found.looked_at, found.changed) {
        (0, _) => vec!["No question is in the log yet; there is nothing to compare with.".to_owned()],
        (1, 0) => vec!["The last question would be treated as it is now.".to_owned()],
        (_, 0) => vec![format!("None of {last} would be treated differently.")],
        _ => found
            .ways
            .iter()
            .map(|(before, after, count)| format!("{count} of {last} would {}.", going(before, after)))
            .collect(),
    }
}

fn going(before: &Way, after: &Way) -> String {
    match (before, after) {
        (Way::Bot, Way::Bot) => "be treated in another way".to_owned(),
        (Way::Bot, Way::Team(team)) => format!("go to team {team} instead of being answered by the bot"),
        (Way::Team(team), Way::Bot) => format!("be answered by the bot instead of going to team {team}"),
        (Way::Team(one), Way::Team(other)) if one == other => {
            format!("stay with team {one}, with another topic, priority, tag or target")
        }
        (Way::Team(one), Way::Team(other)) => format!("go to team {other} instead of {one}"),
    }
}

fn matches(subject: &Subject, taken: Taken) -> String {
    let called = &subject.called;
    match (taken.to_people + taken.by_the_bot, taken.by_the_bot) {
        (0, _) => format!("{called} matched none of them."),
        (all, 0) => format!("{called} matched {all} of them."),
        (all, bot) if all == bot => format!("{called} matched {all} of them, but the bot answers those itself."),
        (all, bot) => format!("{called} matched {all} of them; {bot} of those the bot answers itself."),
    }
}

fn change(difference: &Difference, policy: &Policy, names: &Names) -> Change {
    let (before, after) = difference.ways();
    let (one, other) = (&difference.before, &difference.after);
    let way = |way: &Way, explained: &Explanation| {
        let Way::Team(team) = way else {
            return "The bot answers".to_owned();
        };
        let result = &explained.result;
        let mut told = format!("Team {team}, {}", result.priority);
        if let Some(topic) = &explained.topic {
            let title = policy
                .topic(&topic.id)
                .map_or_else(|| names.topic(&topic.id), |topic| &topic.title);
            told.push_str(&format!(", topic \u{201c}{title}\u{201d}"));
        } else if explained.people_first.is_some() {
            told.push_str(", before the bot");
        }
        if one.result.tags != other.result.tags {
            told.push_str(&match result.tags.is_empty() {
                true => ", no tag".to_owned(),
                false => format!(", tags {}", result.tags.join(", ")),
            });
        }
        if one.result.targets != other.result.targets {
            told.push_str(&format!(
                ", first reply within {}",
                length(explained.first_reply_minutes)
            ));
        }
        if one.result.complex != other.result.complex {
            told.push_str(if result.complex { ", complex" } else { ", not complex" });
        }
        told
    };
    Change {
        question: shortened(&difference.question.text, 160),
        before: way(&before, one),
        after: way(&after, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_written_as_pairs_or_json() {
        let read = context("plan = trial, seats = 5, vip = true").expect("pairs");
        assert_eq!(
            Value::Object(read),
            serde_json::json!({"plan": "trial", "seats": 5, "vip": true})
        );
        assert_eq!(context("{\"plan\": \"trial\"}").expect("json").len(), 1);
        assert!(context("plan").is_err());
        assert_eq!(context("  ").expect("nothing").len(), 0);
    }

    #[test]
    fn what_would_change_is_told_by_where_it_goes() {
        let team = |name: &str| Way::Team(name.to_owned());
        let mut found = Comparison {
            looked_at: 200,
            changed: 4,
            ..Comparison::default()
        };
        found.ways = vec![(team("support"), team("Billing"), 3), (Way::Bot, team("Billing"), 1)];
        assert_eq!(
            told(&found),
            [
                "3 of the last 200 questions would go to team Billing instead of support.",
                "1 of the last 200 questions would go to team Billing instead of being answered by the bot.",
            ]
        );
        found = Comparison {
            looked_at: 200,
            ..Comparison::default()
        };
        assert_eq!(
            told(&found),
            ["None of the last 200 questions would be treated differently."]
        );
        let rule = Subject {
            called: "This rule".into(),
            name: "x".into(),
        };
        assert_eq!(matches(&rule, Taken::default()), "This rule matched none of them.");
        let some = Taken {
            to_people: 1,
            by_the_bot: 2,
        };
        assert_eq!(
            matches(&rule, some),
            "This rule matched 3 of them; 2 of those the bot answers itself."
        );
    }
}
