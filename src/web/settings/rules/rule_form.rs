//! The form of one rule of routing: conditions as rows, and what the rule does.

use super::super::form::{Field, Form, list};
use crate::{
    answer::HandoffReason,
    desk::{
        priority::Priority,
        routing::{Routing, RoutingError},
        rule_form::{
            routing_rule::{RuleDraft, TARGETS, When},
            rows::{Is, Match, Row, TENURE},
            sentence::{self, Names},
        },
    },
};

/// Fields that a condition may ask for, and what they are called.
const FIELDS: [(&str, &str); 17] = [
    ("words", "Words of the question"),
    ("topic", "Topic"),
    ("language", "Language"),
    ("plan", "Customer's plan"),
    ("product", "Customer's product"),
    ("company_type", "Customer's kind of company"),
    (TENURE, "How long they have been a customer"),
    ("page_url", "Page that it was asked on"),
    ("channel", "Way it comes in"),
    ("hours", "Whether people are there"),
    ("reason", "Why the bot does not answer"),
    ("signed", "Whether the site has signed who it is"),
    ("priority", "Priority so far"),
    ("tags", "Tags so far"),
    ("team", "Team so far"),
    ("customer_since", "Since when they are a customer"),
    ("context", "Other value of the page"),
];

/// What a row of a field lets people choose.
enum Values {
    /// Boxes to tick.
    Boxes(Vec<(String, String)>),
    /// One of two.
    One(Vec<(String, String)>),
    /// One value a line.
    Lines(&'static str),
    /// A number of days.
    Days,
    /// Only whether it is known.
    Nothing,
}

/// Choices that exist.
pub struct Choices {
    pub names: Names,
    pub teams: Vec<String>,
}

impl Choices {
    fn values(&self, field: &str) -> Values {
        let pairs = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(value, text)| ((*value).to_owned(), (*text).to_owned()))
                .collect()
        };
        match field {
            "topic" => Values::Boxes(self.names.topics.clone().into_iter().collect()),
            "language" => Values::Boxes(self.names.languages.clone().into_iter().collect()),
            "team" => Values::Boxes(self.teams.iter().map(|team| (team.clone(), team.clone())).collect()),
            "reason" => {
                let reason = |reason: HandoffReason| {
                    let word = reason.as_str();
                    (word.to_owned(), capital(sentence::reason(word)))
                };
                Values::Boxes(HandoffReason::ALL.into_iter().map(reason).collect())
            }
            "channel" => Values::Boxes(
                ["chat", "form", "page", "api", "cli"]
                    .map(|word| (word.to_owned(), capital(sentence::channel(word))))
                    .into(),
            ),
            "priority" => Values::Boxes(
                Priority::ALL
                    .map(|one| (one.as_str().to_owned(), capital(one.as_str())))
                    .into(),
            ),
            "hours" => Values::One(pairs(&[("open", "People are there"), ("closed", "Nobody is there")])),
            "signed" => Values::One(pairs(&[("true", "Signed"), ("false", "Not signed")])),
            TENURE => Values::Days,
            "customer_since" => Values::Nothing,
            "words" => Values::Lines("One word or phrase a line. refund* takes any ending."),
            "page_url" => Values::Lines("One a line. /billing* looks at the path, * is anything."),
            _ => Values::Lines("One value a line."),
        }
    }
}

/// How a field can be compared, and what that is called.
fn ways(field: &str, is: Is) -> Vec<(Is, &'static str)> {
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

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    first + chars.as_str()
}

/// What a field of a row is called.
fn called(field: &str) -> String {
    if let Some(key) = field.strip_prefix("context.") {
        return format!("\u{201c}{key}\u{201d} of the page");
    }
    let found = FIELDS.iter().find(|(own, _)| *own == field);
    found.map_or_else(|| field.to_owned(), |(_, name)| (*name).to_owned())
}

/// The form, for its template.
pub struct RuleEdit {
    pub title: String,
    pub name: Field,
    pub how: Field,
    pub rows: Vec<RowEdit>,
    /// What is wrong with the conditions as a whole.
    pub wrong: Option<String>,
    /// Instead of rows, where they cannot say it.
    pub text: Option<Field>,
    pub add: Field,
    pub add_key: Field,
    pub place: Option<Field>,
    pub team: Field,
    pub priority: Field,
    pub people: Field,
    pub topic: Field,
    pub tags: Field,
    pub targets: Vec<Field>,
    pub complex: Field,
    pub after: Field,
    pub teams: Vec<String>,
}

/// One row of the conditions.
pub struct RowEdit {
    pub number: usize,
    pub field: String,
    pub called: String,
    pub is: Field,
    pub boxes: Vec<TickBox>,
    pub values: Option<Field>,
    pub error: Option<String>,
}

/// A value to tick.
pub struct TickBox {
    pub name: String,
    pub id: String,
    pub value: String,
    pub label: String,
    pub is_on: bool,
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
fn rows(form: &Form) -> Vec<(usize, Row)> {
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
pub fn read(form: &mut Form) -> Option<RuleDraft> {
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
    if let Err(why) = rule.condition() {
        form.wrong("when", &why);
        is_whole = false;
    }
    is_whole.then_some(rule)
}

/// Puts what is wrong with the edited rules beside its field; whether it belongs to this rule.
pub fn check(form: &mut Form, text: &str, name: &str) -> Result<(), String> {
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
        return Err("The rule cannot be kept like this.".to_owned());
    }
    Err(told)
}

/// The form for its template.
pub fn edit(form: &Form, choices: &Choices, places: &[(String, String)]) -> RuleEdit {
    let field = |name: &str, label: &str| Field::text(name, label, form);
    let optional = |empty: &str, more: Vec<(String, String)>| {
        let mut options = vec![(String::new(), empty.to_owned())];
        options.extend(more);
        options
    };
    let select = |mut field: Field, options: Vec<(String, String)>| {
        // What stands in a rule stays a choice, though nothing else has it.
        let is_known = field.value.is_empty() || options.iter().any(|(value, _)| *value == field.value);
        let own = (!is_known).then(|| (field.value.clone(), field.value.clone()));
        field.kind = "select";
        field.options = options.into_iter().chain(own).collect();
        field
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(value, text)| ((*value).to_owned(), (*text).to_owned()))
            .collect()
    };
    let is_text = form.get("kind") == "text" || form.given("when").is_some();
    let is_new = form.get("rule") == "new";
    RuleEdit {
        title: if is_new { "New rule".to_owned() } else { format!("Rule \u{201c}{}\u{201d}", form.get("name")) },
        name: field("name", "Name").hint("For staff. People see it where a rule is explained."),
        how: select(
            field("how", "How many must hold"),
            pairs(&[("all", "All of these"), ("any", "One of these is enough")]),
        ),
        rows: rows(form).into_iter().map(|(at, row)| row_edit(form, at, row, choices)).collect(),
        wrong: form.error("when").filter(|_| !is_text).map(str::to_owned),
        text: is_text.then(|| {
            field("when", "Condition, as text").kind("area").hint(
                "This condition says more than rows can. It stays as it is written unless you change it; the documentation of routing explains the words.",
            )
        }),
        add: select(field("add", "Add a condition"), optional("Choose what to look at", pairs(&FIELDS))),
        add_key: field("add.key", "Which value of the page")
            .hint("Only for other values of the page: the name that the site sends, such as trial."),
        place: is_new.then(|| select(field("place", "Where it stands"), places.to_vec())),
        team: field("set.team", "Team").list("teams").hint("Empty: the topic's team, or what a later rule says."),
        priority: select(
            field("set.priority", "Priority"),
            optional("As it is", Priority::ALL.map(|one| (one.as_str().to_owned(), capital(one.as_str()))).into()),
        ),
        people: select(
            field("set.people", "Who has the question first"),
            optional("As it is", pairs(&[("yes", "People, before the bot tries"), ("no", "The bot, whatever later rules say")])),
        ),
        topic: select(
            field("set.topic", "Put under the topic"),
            optional("None", choices.names.topics.clone().into_iter().collect()),
        )
        .hint("The bot does not answer what has a topic; the topic's team gets it."),
        tags: field("set.tags", "Tags").hint("Separated by commas. skill:NAME asks for somebody with that skill."),
        targets: vec![
            field("set.first", "First reply within").placeholder("30m"),
            field("set.next", "Next replies within").placeholder("2h"),
            field("set.resolve", "Solved within").placeholder("3d"),
        ],
        complex: select(
            field("set.complex", "Counts as complex"),
            optional("As it is", pairs(&[("yes", "Yes"), ("no", "No")])),
        ),
        after: select(
            field("set.after", "After this rule"),
            pairs(&[("stop", "No later rule is asked"), ("on", "Later rules may add what is still open")]),
        ),
        teams: choices.teams.clone(),
    }
}

fn row_edit(form: &Form, at: usize, row: Row, choices: &Choices) -> RowEdit {
    let name = |part: &str| format!("row.{at}.{part}");
    let called = called(&row.field);
    let mut is = Field::text(&name("is"), "Comparison", form);
    is.value = row.is.word().to_owned();
    is.kind = "select";
    is.options = ways(&row.field, row.is)
        .into_iter()
        .map(|(is, text)| (is.word().to_owned(), text.to_owned()))
        .collect();
    let mut values = Field::text(&name("values"), "Value", form);
    values.value = row.values.join("\n");
    let (mut boxes, mut shown) = (Vec::new(), None);
    match choices.values(&row.field) {
        Values::Boxes(mut known) => {
            let others = row
                .values
                .iter()
                .filter(|value| !known.iter().any(|(own, _)| own == *value));
            let others: Vec<_> = others.map(|value| (value.clone(), value.clone())).collect();
            known.extend(others);
            let tick = |(tick, (value, label)): (usize, (String, String))| TickBox {
                name: format!("row.{at}.pick.{tick}"),
                id: format!("row-{at}-pick-{tick}"),
                is_on: row.values.contains(&value),
                value,
                label,
            };
            boxes = known.into_iter().enumerate().map(tick).collect();
        }
        Values::One(options) => {
            values.kind = "select";
            values.options = options;
            shown = Some(values);
        }
        Values::Lines(hint) => {
            shown = Some(Field {
                label: "Values".to_owned(),
                ..values.kind("area").hint(hint)
            })
        }
        Values::Days => {
            shown = Some(Field {
                label: "Days".to_owned(),
                ..values.kind("number")
            })
        }
        Values::Nothing => {}
    }
    RowEdit {
        number: at,
        field: row.field,
        called,
        is,
        error: form
            .error(&name("values"))
            .filter(|_| !boxes.is_empty())
            .map(str::to_owned),
        boxes,
        values: shown,
    }
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
            assert_eq!(read(&mut form), Some(rule.clone()), "{block}");
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
        assert_eq!(read(&mut form), None);
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
        assert_eq!(check(&mut form, "[[rule]]\nname = 'a'\nteam = 'b'", "a"), Ok(()));
    }
}
