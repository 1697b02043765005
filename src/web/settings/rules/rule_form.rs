//! What the form of one rule of routing says: conditions as rows, and what the rule does.

use axum::http::StatusCode;

use super::super::{
    Refusal,
    form::{Form, list},
};
use crate::desk::{
    people::Teams,
    routing::{Routing, RoutingError},
    rule_form::{
        routing_rule::{RuleDraft, TARGETS, When},
        rows::{Is, Match, Row, TENURE},
    },
};

/// How a field can be compared, and what that is called.
pub fn ways(field: &str, is: Is) -> Vec<(Is, &'static str)> {
    let mut ways = match field {
        TENURE => vec![(Is::Below, "less than, in days"), (Is::AtLeast, "at least, in days")],
        "words" => vec![(Is::One, "has one of"), (Is::NoneOf, "has none of")],
        "customer_since" => vec![(Is::Known, "is known"), (Is::Unknown, "is not known")],
        "language" | "channel" | "priority" => vec![(Is::One, "is one of"), (Is::NoneOf, "is none of")],
        "reason" => vec![
            (Is::One, "is one of"),
            (Is::NoneOf, "is none of"),
            (Is::Known, "is known"),
            (Is::Unknown, "is not known"),
        ],
        "hours" | "signed" => vec![(Is::One, "is"), (Is::NoneOf, "is not")],
        _ => vec![
            (Is::One, "is one of"),
            (Is::NoneOf, "is none of"),
            (Is::Known, "is known"),
            (Is::Unknown, "is not known"),
        ],
    };
    if !ways.iter().any(|(own, _)| *own == is) {
        ways.push((is, "as written"));
    }
    ways
}
/// Fills the form of a rule.
pub fn fill(form: &mut Form, rule: &RuleDraft) {
    form.set("name", &rule.name);
    match &rule.when {
        When::Text(text) => form.set("when", text),
        When::Rows(how_many, rows) => {
            form.set("how", if *how_many == Match::Any { "any" } else { "all" });
            for (at, row) in rows.iter().enumerate() {
                put(form, at, row);
            }
        }
    }
    form.set("set.topic", &rule.topic);
    form.set("set.team", &rule.team);
    form.set("set.priority", &rule.priority);
    form.set("set.tags", rule.tags.join(", "));
    for (which, time) in TARGETS.iter().zip(&rule.targets) {
        form.set(format!("set.{which}"), time);
    }
    form.set("set.complex", flag(rule.complex));
    form.set("set.people", flag(rule.people_first));
    form.set("set.after", if rule.goes_on { "on" } else { "stop" });
}

fn put(form: &mut Form, at: usize, row: &Row) {
    form.set(format!("row.{at}.field"), &row.field);
    form.set(format!("row.{at}.is"), row.is.word());
    form.set(format!("row.{at}.values"), row.values.join("\n"));
}

fn flag(flag: Option<bool>) -> &'static str {
    match flag {
        None => "",
        Some(true) => "yes",
        Some(false) => "no",
    }
}

/// Adds the row that the form asks for; what is wrong stands beside its field.
pub fn add_row(form: &mut Form) {
    let field = form.get("add").to_owned();
    let field = match field.as_str() {
        "" => return form.wrong("add", "Choose what the rule looks at."),
        "context" => match form.given("add.key") {
            Some(key) => format!("context.{key}"),
            None => return form.wrong("add.key", "Say which value, such as trial."),
        },
        known => known.to_owned(),
    };
    let at = form.rows("row").last().map_or(0, |last| last + 1);
    let is = ways(&field, Is::One).first().map_or(Is::One, |(is, _)| *is);
    let is = if field == TENURE {
        Is::Below
    } else if field == "customer_since" {
        Is::Known
    } else {
        is
    };
    put(
        form,
        at,
        &Row {
            field,
            is,
            values: Vec::new(),
        },
    );
    form.set("add", "");
    form.set("add.key", "");
}

/// The rows of a form that was filled or sent.
pub fn rows(form: &Form) -> Vec<(usize, Row)> {
    let row = |at: usize| {
        let name = |part: &str| format!("row.{at}.{part}");
        let is = Is::from_word(form.get(&name("is"))).unwrap_or(Is::One);
        let ticked = form
            .rows(&name("pick"))
            .into_iter()
            .map(|tick| form.get(&format!("row.{at}.pick.{tick}")).to_owned());
        let mut values: Vec<String> = ticked.chain(form.lines(&name("values"))).collect();
        values.dedup();
        if matches!(is, Is::Known | Is::Unknown) {
            values.clear();
        }
        let field = form.get(&name("field")).to_owned();
        (at, Row { field, is, values })
    };
    form.rows("row")
        .into_iter()
        .map(row)
        .filter(|(_, row)| !row.field.is_empty())
        .collect()
}

/// The rule that a form says. Rows that say nothing are told beside them.
pub fn read(form: &mut Form, teams: &Teams) -> Option<RuleDraft> {
    let mut is_whole = true;
    let when = match form.get("kind") {
        "text" => When::Text(form.raw("when").replace('\r', "")),
        _ => {
            let rows = rows(form);
            for (at, row) in &rows {
                let needs = match (row.is, row.values.len()) {
                    (Is::Known | Is::Unknown, _) => None,
                    (_, 0) => Some("Say at least one value, or remove this condition."),
                    (Is::Below | Is::AtLeast, 1) if row.values[0].parse::<u32>().is_err() => {
                        Some("Must be a number of days.")
                    }
                    (Is::Below | Is::AtLeast, n) if n > 1 => Some("Must be one number of days."),
                    _ => None,
                };
                if let Some(why) = needs {
                    form.wrong(&format!("row.{at}.values"), why);
                    is_whole = false;
                }
            }
            let how_many = if form.get("how") == "any" {
                Match::Any
            } else {
                Match::All
            };
            When::Rows(how_many, rows.into_iter().map(|(_, row)| row).collect())
        }
    };
    let yes = |name: &str| match form.get(name) {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let rule = RuleDraft {
        name: form.get("name").to_owned(),
        when,
        topic: form.get("set.topic").to_owned(),
        team: form.get("set.team").to_owned(),
        priority: form.get("set.priority").to_owned(),
        tags: list(form.get("set.tags"), &[',', '\n']),
        targets: TARGETS.map(|which| form.get(&format!("set.{which}")).to_owned()),
        complex: yes("set.complex"),
        people_first: yes("set.people"),
        goes_on: form.get("set.after") == "on",
    };
    if rule.name.is_empty() {
        form.wrong("name", "Give the rule a name; people see it where it is explained.");
        is_whole = false;
    }
    if !rule.team.is_empty() && !teams.has(&rule.team) {
        form.wrong("set.team", &teams.without(&rule.team));
        is_whole = false;
    }
    if let Err(why) = rule.condition() {
        form.wrong("when", &why);
        is_whole = false;
    }
    is_whole.then_some(rule)
}

/// Puts what is wrong with the edited rules beside its field; whether it belongs to this rule.
pub fn check(form: &mut Form, text: &str, name: &str) -> Result<(), Refusal> {
    let Err(error) = Routing::parse("routing.toml", text, "") else {
        return Ok(());
    };
    let told = error.to_string();
    if let RoutingError::Rule { rule, key, reason, .. } = error
        && rule == format!("{name:?}")
    {
        let field = match key.split(['.', '[']).next().unwrap_or_default() {
            "name" => "name".to_owned(),
            "when" => "when".to_owned(),
            "targets" => key.replacen("targets", "set", 1),
            "people_first" => "set.people".to_owned(),
            "stop" => "set.after".to_owned(),
            other => format!("set.{other}"),
        };
        // Keys of the file say little to somebody who sees a form.
        let reason = match (field.as_str(), reason.as_str()) {
            ("set.after", _) => {
                "Later rules may add to this one, but it says nothing itself. Say what it does, or let it be the last."
            }
            (_, reason) => reason,
        };
        form.wrong(&field, reason);
        return Err(Refusal::of_fields());
    }
    Err(Refusal::plain(StatusCode::UNPROCESSABLE_ENTITY, told))
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{routing::BUILT_IN, rule_form::blocks::RulesText};

    #[test]
    fn a_rule_comes_back_from_its_form() {
        let more = "[[rule]]\nname = 'x'\nwhen = { any = [{ words = ['a, b', 'c*'] }, { not = { known = 'context.vip' } }, { language = 'ja' }] }\n\
                    topic = 'billing'\ntags = ['a', 'b']\ntargets = { first = '30m', resolve = '3d' }\ncomplex = false\npeople_first = false\nstop = false\n";
        let deep =
            "[[rule]]\nname = 'y'\nwhen = { plan = 'x', any = [{ topic = 'a' }, { topic = 'b' }] }\nteam = 'z'\n";
        for block in RulesText::parse(BUILT_IN).expect("rules").rules().chain([more, deep]) {
            let rule = RuleDraft::read(block).expect("a rule");
            let mut form = Form::default();
            fill(&mut form, &rule);
            if form.given("when").is_some() {
                form.set("kind", "text");
            }
            let teams = Teams::of(&[], [rule.team.clone()]);
            assert_eq!(read(&mut form, &teams), Some(rule.clone()), "{block}");
            assert_eq!(rule.write(block).as_deref(), Ok(block));
        }
    }

    #[test]
    fn what_is_wrong_stands_beside_its_field() {
        let mut form = Form::default();
        form.set("add", TENURE);
        add_row(&mut form);
        form.set("add", "context");
        add_row(&mut form);
        assert!(form.error("add.key").is_some());
        form.set("add.key", "vip");
        add_row(&mut form);
        form.set("row.0.values", "soon");
        form.set("set.team", "biling");
        assert_eq!(read(&mut form, &Teams::default()), None);
        assert!(form.error("set.team").is_some());
        assert!(
            form.error("row.0.values").is_some()
                && form.error("row.1.values").is_some()
                && form.error("name").is_some()
        );

        let mut form = Form::default();
        for (key, value) in [
            ("targets = { first = 'x' }", "set.first"),
            ("stop = false", "set.after"),
            ("when = { weather = 'rain' }", "when"),
            ("team = ' '", "set.team"),
        ] {
            assert!(check(&mut form, &format!("[[rule]]\nname = 'a'\n{key}"), "a").is_err());
            assert!(form.error(value).is_some(), "{value}");
        }
        assert!(check(&mut form, "[[rule]]\nname = 'a'\nteam = 'b'", "a").is_ok());
    }
}
