use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use toml::{Table, Value};

use super::*;
use crate::{
    answer::{HandoffReason, Question, policy::normalize},
    desk::{hours::Calendar, priority::Priority},
};

const NOW: &str = "2026-11-24T09:30:00Z";

/// Everything that facts borrow from.
#[derive(Debug, Clone)]
struct Case {
    text: String,
    language: String,
    channel: String,
    context: Map<String, Json>,
    claims: Option<Map<String, Json>>,
    topic: Option<String>,
    reason: Option<HandoffReason>,
    priority: Priority,
    tags: Vec<String>,
    open: bool,
}

impl Case {
    fn new(text: &str, context: Json) -> Case {
        Case {
            text: text.into(),
            language: "en-GB".into(),
            channel: "chat".into(),
            context: context.as_object().cloned().unwrap_or_default(),
            claims: None,
            topic: None,
            reason: None,
            priority: Priority::Normal,
            tags: Vec::new(),
            open: true,
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            text: Text::new(&self.text),
            language: &self.language,
            channel: &self.channel,
            context: &self.context,
            claims: self.claims.as_ref(),
            signed: self.claims.is_some(),
            topic: self.topic.as_deref(),
            reason: self.reason,
            team: None,
            priority: self.priority,
            tags: &self.tags,
            open: self.open,
            now: NOW.parse().expect("a time"),
        }
    }
}

fn condition(toml: &str) -> Condition {
    let table: Table = toml::from_str(toml).expect(toml);
    Condition::from_toml(&table, "when").expect(toml)
}

fn error(toml: &str) -> String {
    let table: Table = toml::from_str(toml).expect(toml);
    Condition::from_toml(&table, "when").expect_err(toml).to_string()
}

#[test]
fn each_key_takes_and_leaves() {
    let case = Case {
        topic: Some("billing".into()),
        reason: Some(HandoffReason::Misses),
        tags: vec!["VIP".into()],
        ..Case::new(
            "Where's my REFUND?",
            json!({
                "plan": "Pro  Plus", "product": ["mugs", "beans"], "seats": 5.0, "beta": "true",
                "page_url": "https://shop.example/billing/cards?x=1", "customer_since": "2026-11-01", "odd": {"a": 1},
            }),
        )
    };
    let facts = case.facts();
    for (toml, expected) in [
        ("topic = ['refund', 'billing']", true),
        ("topic = 'refund'", false),
        ("reason = 'misses'", true),
        ("words = ['return', 'wheres my refund']", true),
        ("words = 'fund'", false),
        ("language = 'en'", true),
        ("language = 'en-US'", false),
        ("plan = 'PRO PLUS'", true),
        ("product = 'beans'", true),
        ("context.seats = 5", true),
        ("context.seats = '5'", true),
        ("context.seats = 6", false),
        ("context.beta = true", true),
        ("context.odd = 'a'", false),
        ("context = { beta = true, seats = [4, 5] }", true),
        ("page_url = '/billing*'", true),
        ("page_url = 'https://other.example/*'", false),
        ("tenure_below_days = 24", true),
        ("tenure_below_days = 23", false),
        ("tenure_at_least_days = 23", true),
        ("channel = ['api', 'chat']", true),
        ("hours = 'open'", true),
        ("hours = 'closed'", false),
        ("priority = ['normal', 'high']", true),
        ("tags = 'vip'", true),
        ("signed = false", true),
        ("signed = true", false),
        ("team = 'billing'", false),
        ("known = 'team'", false),
        ("known = ['team', 'topic']", true),
        ("known = 'context.seats'", true),
        ("known = 'plan'", true),
        ("not = { plan = 'free' }", true),
        ("not = { plan = 'pro plus', topic = 'billing' }", false),
        ("any = [{ plan = 'free' }, { topic = 'billing' }]", true),
        ("all = [{ plan = 'free' }, { topic = 'billing' }]", false),
        ("", true),
    ] {
        let condition = condition(toml);
        assert_eq!(condition.holds(&facts), expected, "{toml}");
        assert_eq!(condition.first_failure(&facts).is_none(), expected, "{toml}");
    }
}

#[test]
fn what_is_not_known_is_neither_new_nor_old() {
    for since in [json!(null), json!("soon"), json!(true), json!("2026-13-01")] {
        let case = Case::new("", json!({"customer_since": since}));
        for toml in ["tenure_below_days = 30", "tenure_at_least_days = 1"] {
            assert!(!condition(toml).holds(&case.facts()), "{toml} {since}");
        }
    }
    // In time zones ahead of ours tomorrow has begun.
    let tomorrow = Case::new("", json!({"customer_since": "2026-11-25"}));
    assert!(condition("tenure_below_days = 1").holds(&tomorrow.facts()));
    let seconds = Case::new("", json!({"customer_since": 1_700_000_000}));
    assert!(condition("tenure_at_least_days = 365").holds(&seconds.facts()));
}

#[test]
fn what_is_signed_wins_over_what_a_page_says() {
    let case = Case {
        claims: json!({"plan": "free"}).as_object().cloned(),
        ..Case::new("", json!({"plan": "enterprise", "product": "mugs"}))
    };
    let facts = case.facts();
    assert!(condition("plan = 'free'\nproduct = 'mugs'\nsigned = true").holds(&facts));
    assert!(!condition("plan = 'enterprise'").holds(&facts));
}

#[test]
fn a_failure_says_what_was_wanted_and_what_was_found() {
    let case = Case::new("hello", json!({"plan": "pro", "customer_since": "2025-11-24"}));
    for (toml, expected) in [
        ("plan = ['trial', 'free']", r#"plan = "trial" or "free": it is "pro""#),
        ("product = 'x'", r#"product = "x": not known"#),
        ("words = 'bye*'", r#"words = "bye*": not in the text"#),
        (
            "tenure_below_days = 30",
            "tenure_below_days = 30: a customer for 365 days",
        ),
        ("signed = true", "signed = true: not signed"),
        ("not = { plan = 'pro' }", r#"not (plan = "pro") does not hold"#),
        (
            "any = [{ plan = 'x' }, { context.a = 1 }]",
            r#"none of (plan = "x") or (context.a = "1") holds"#,
        ),
    ] {
        let failure = condition(toml).first_failure(&case.facts());
        assert_eq!(
            failure.map(|failure| failure.to_string()).as_deref(),
            Some(expected),
            "{toml}"
        );
    }
}

#[test]
fn what_is_not_understood_is_an_error_with_its_key() {
    for (toml, expected) in [
        ("plann = 'pro'", "when.plann: is not a known condition"),
        ("any = [{ plan = 'a' }, { pln = 'b' }]", "when.any[1].pln: is not"),
        (
            "not = { words = 5 }",
            "when.not.words: must be text in quotes, it is a number",
        ),
        ("plan = []", "when.plan: is an empty list"),
        ("plan = ['a', 1]", "when.plan[1]: must be text"),
        ("plan = ' '", "when.plan: must not be empty"),
        ("words = \"'\"", "when.words: must not be empty"),
        ("words = '*'", "when.words: is no word"),
        (
            "reason = 'boredom'",
            "when.reason: \"boredom\" is not one of low_confidence",
        ),
        ("hours = 'late'", "when.hours: \"late\" is not one of open, closed"),
        ("priority = 'highest'", "when.priority: \"highest\" is not one of low"),
        ("signed = 'yes'", "when.signed: must be true or false, it is text"),
        (
            "tenure_below_days = '30'",
            "when.tenure_below_days: must be a number of days",
        ),
        ("tenure_below_days = 0", "when.tenure_below_days: must be 1 to"),
        ("any = { plan = 'a' }", "when.any: must be a list of tables"),
        ("any = []", "when.any: must be a list of tables"),
        ("not = {}", "when.not: is empty"),
        ("context = 5", "when.context: must be a table"),
        ("context.a = { b = 1 }", "when.context.a: must be text, a number"),
        ("known = 'weather'", "when.known: \"weather\" cannot be asked for"),
    ] {
        let error = error(toml);
        assert!(error.starts_with(expected), "{toml}: {error}");
    }
}

#[test]
fn facts_of_a_question_know_the_business_hours() {
    let question = Question {
        text: "hi".into(),
        ..Question::default()
    };
    let calendar = Calendar::always(jiff::tz::TimeZone::UTC);
    let now: Timestamp = NOW.parse().expect("a time");
    let facts = Facts::of_question(&question, "en", "form", None, now, &calendar);
    assert!(facts.open && !facts.signed);
    assert!(condition("hours = 'open'\nchannel = 'form'").holds(&facts));
}

/// A slow, obvious reading of the language, straight from the TOML.
fn slow(table: &Table, case: &Case) -> bool {
    let texts = |value: &Value| -> Vec<String> {
        let values = match value {
            Value::Array(values) => values.clone(),
            one => vec![one.clone()],
        };
        values
            .iter()
            .map(|value| match value {
                Value::String(text) => text.to_lowercase(),
                other => other.to_string(),
            })
            .collect()
    };
    let known = |key: &str| -> Option<String> {
        let claimed = case.claims.as_ref().and_then(|claims| claims.get(key));
        match claimed.or(case.context.get(key))? {
            Json::String(text) => Some(text.to_lowercase()),
            other => Some(other.to_string()),
        }
    };
    let one_of = |have: Option<String>, value: &Value| have.is_some_and(|have| texts(value).contains(&have));
    table.iter().all(|(key, value)| match key.as_str() {
        "not" => !slow(value.as_table().expect("a table"), case),
        "any" => {
            let tables = value.as_array().expect("a list");
            tables
                .iter()
                .any(|table| slow(table.as_table().expect("a table"), case))
        }
        "all" => {
            let tables = value.as_array().expect("a list");
            tables
                .iter()
                .all(|table| slow(table.as_table().expect("a table"), case))
        }
        "context" => {
            let table = value.as_table().expect("a table");
            table.iter().all(|(key, value)| one_of(known(key), value))
        }
        "words" => {
            let text = normalize(&case.text);
            let have: Vec<&str> = text.split(' ').collect();
            texts(value).iter().any(|phrase| {
                let phrase: Vec<&str> = phrase.split(' ').collect();
                have.windows(phrase.len()).any(|window| window == phrase)
            })
        }
        "topic" => one_of(case.topic.clone(), value),
        "reason" => one_of(case.reason.map(|reason| reason.as_str().to_owned()), value),
        "language" => texts(value).iter().any(|wanted| case.language.starts_with(wanted)),
        "channel" => one_of(Some(case.channel.clone()), value),
        "priority" => one_of(Some(case.priority.to_string()), value),
        "tags" => case.tags.iter().any(|tag| texts(value).contains(tag)),
        "hours" => one_of(Some(if case.open { "open" } else { "closed" }.to_owned()), value),
        "signed" => value.as_bool() == Some(case.claims.is_some()),
        "plan" => one_of(known("plan"), value),
        "known" => texts(value).iter().any(|key| match key.as_str() {
            "topic" => case.topic.is_some(),
            key => known(key).is_some(),
        }),
        "tenure_below_days" => known("customer_since").is_some_and(|since| {
            let day: i64 = since[8..].parse().expect("a day");
            24 - day < value.as_integer().expect("a number")
        }),
        other => panic!("{other}"),
    })
}

fn one_or_many(words: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(words).prop_map(|word| Value::String(word.to_owned())),
        prop::collection::vec(prop::sample::select(words), 1..3)
            .prop_map(|words| Value::Array(words.into_iter().map(|word| Value::String(word.to_owned())).collect())),
    ]
}

fn pair(key: &'static str, value: impl Strategy<Value = Value>) -> impl Strategy<Value = (String, Value)> {
    value.prop_map(move |value| (key.to_owned(), value))
}

fn tables() -> impl Strategy<Value = Table> {
    let leaf = || {
        prop_oneof![
            pair("words", one_or_many(&["red", "red cup", "cup", "blue"])),
            pair("topic", one_or_many(&["billing", "legal"])),
            pair("reason", one_or_many(&["misses", "no_match"])),
            pair("language", one_or_many(&["en", "id"])),
            pair("channel", one_or_many(&["chat", "form"])),
            pair("priority", one_or_many(&["low", "normal", "urgent"])),
            pair("tags", one_or_many(&["a", "b"])),
            pair("hours", one_or_many(&["open", "closed"])),
            pair("plan", one_or_many(&["Free", "pro"])),
            pair("known", one_or_many(&["plan", "topic", "customer_since"])),
            pair("signed", any::<bool>().prop_map(Value::Boolean)),
            pair("tenure_below_days", (1i64..25).prop_map(Value::Integer)),
            pair(
                "context",
                (0i64..3).prop_map(|seats| Value::Table(Table::from_iter([("seats".into(), Value::Integer(seats))])))
            ),
        ]
    };
    let table = prop::collection::vec(leaf(), 1..3).prop_map(Table::from_iter);
    table.prop_recursive(3, 20, 3, move |inner| {
        let tables = prop::collection::vec(inner.clone().prop_map(Value::Table), 1..3).prop_map(Value::Array);
        let nested = prop_oneof![
            pair("not", inner.prop_map(Value::Table)),
            pair("any", tables.clone()),
            pair("all", tables),
        ];
        (nested, prop::collection::vec(leaf(), 0..2))
            .prop_map(|(nested, leaves)| leaves.into_iter().chain([nested]).collect::<Table>())
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let words = prop::collection::vec(prop::sample::select(vec!["red", "Cup", "cups", "blue"]), 0..4);
    let context = (
        prop::option::of(prop::sample::select(vec!["free", "PRO"])),
        prop::option::of(0i64..3),
        prop::option::of(1i64..25),
    )
        .prop_map(|(plan, seats, day)| {
            let mut context = Map::new();
            plan.map(|plan| context.insert("plan".into(), plan.into()));
            seats.map(|seats| context.insert("seats".into(), seats.into()));
            day.map(|day| context.insert("customer_since".into(), format!("2026-11-{day:02}").into()));
            context
        });
    let claims = prop::option::of(prop::sample::select(vec![json!({}), json!({"plan": "pro"})]));
    let texts = (
        words,
        prop::sample::select(vec!["en", "en-gb", "id"]),
        prop::sample::select(vec!["chat", "form"]),
    );
    let facts = (
        prop::option::of(prop::sample::select(vec!["billing", "legal"])),
        prop::option::of(prop::sample::select(vec![
            HandoffReason::Misses,
            HandoffReason::NoMatch,
        ])),
        prop::sample::select(Priority::ALL.to_vec()),
        prop::sample::subsequence(vec!["a".to_owned(), "b".to_owned()], 0..3),
        any::<bool>(),
    );
    (texts, context, claims, facts).prop_map(|(texts, context, claims, facts)| Case {
        text: texts.0.join(" "),
        language: texts.1.into(),
        channel: texts.2.into(),
        context,
        claims: claims.and_then(|claims| claims.as_object().cloned()),
        topic: facts.0.map(str::to_owned),
        reason: facts.1,
        priority: facts.2,
        tags: facts.3,
        open: facts.4,
    })
}

proptest! {
    #[test]
    fn conditions_mean_what_they_say(table in tables(), case in cases()) {
        let condition = Condition::from_toml(&table, "when").expect("a condition");
        let facts = case.facts();
        prop_assert_eq!(condition.holds(&facts), slow(&table, &case), "{}", condition);
        prop_assert_eq!(condition.first_failure(&facts).is_none(), condition.holds(&facts));
    }
}
