//! The form of one rule of routing as its template shows it: choices, labels and hints.

use super::{
    super::{
        Mistaken,
        form::{Field, Form},
        mistaken,
    },
    rule_form::{rows, ways},
};
use crate::{
    answer::HandoffReason,
    desk::{
        people::Teams,
        priority::Priority,
        rule_form::{
            rows::{Row, TENURE},
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
    pub teams: Teams,
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
            "team" => Values::Boxes(
                self.teams
                    .names()
                    .map(|team| (team.to_owned(), team.to_owned()))
                    .collect(),
            ),
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

impl RuleEdit {
    /// The fields to correct, in their order.
    pub fn mistaken(&self) -> Vec<Mistaken> {
        let head = mistaken(std::iter::once(&self.name).chain(&self.place).chain(&self.text));
        let conditions = self.wrong.clone().map(|why| Mistaken {
            href: "#conditions".to_owned(),
            label: "When".to_owned(),
            why,
        });
        let rows = self.rows.iter().filter_map(|row| {
            // Boxes have no label of their own: the comparison beside them is where to go.
            let of_boxes = row.error.clone().map(|why| Mistaken {
                href: format!("#{}", row.is.id()),
                label: row.called.clone(),
                why,
            });
            of_boxes.or_else(|| row.values.as_ref().and_then(Field::mistaken))
        });
        let more = [
            &self.add,
            &self.add_key,
            &self.team,
            &self.priority,
            &self.people,
            &self.topic,
            &self.tags,
        ];
        let more = more
            .into_iter()
            .chain(&self.targets)
            .chain([&self.complex, &self.after]);
        head.into_iter()
            .chain(conditions)
            .chain(rows)
            .chain(mistaken(more))
            .collect()
    }
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
        team: field("set.team", "Team").list("teams").hint("Empty: the topic's team, or what a later rule says. A new team is added under Teams first."),
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
        teams: choices.teams.names().map(str::to_owned).collect(),
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
    let mut values = Field::text(&name("values"), "Value", form).part_of(&called);
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
