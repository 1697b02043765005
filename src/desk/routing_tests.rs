use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{answer::HandoffReason, desk::conditions::Text};

fn routing(text: &str) -> Routing {
    Routing::parse("routing.toml", text, "escalation").expect("rules")
}

fn built_in() -> Routing {
    Routing::load(None, "escalation").expect("the built-in rules")
}

fn facts<'a>(text: &'a str, context: &'a Map<String, Value>) -> Facts<'a> {
    Facts {
        text: Text::new(text),
        language: "en",
        channel: "chat",
        context,
        claims: None,
        signed: false,
        topic: None,
        reason: None,
        team: None,
        priority: Priority::Normal,
        tags: &[],
        open: true,
        now: "2026-11-24T09:30:00Z".parse::<Timestamp>().expect("a time"),
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[test]
fn a_page_can_make_a_topic_and_a_condition_a_view() {
    let routing = routing(
        "[[rule]]\nname = 'pages'\nwhen = { page_url = '*/billing/*' }\ntopic = 'billing'\n\n\
         [[view]]\nname = 'Japanese'\nwhen = { language = 'ja' }\n",
    );
    let context = object(json!({"page_url": "https://shop.example/billing/cards"}));
    let first = routing.people_first(&facts("hi", &context)).expect("people first");
    assert_eq!(
        (first.rule.as_str(), first.topic.as_deref()),
        ("pages", Some("billing"))
    );
    assert_eq!(routing.people_first(&facts("hi", &Map::new())), None);
    let japanese = routing.view("Japanese").expect("the view");
    let nothing = Map::new();
    assert!(!japanese.holds(&facts("hi", &nothing)));
    assert!(japanese.holds(&Facts {
        language: "ja",
        ..facts("hi", &nothing)
    }));
    assert_eq!(routing.view("French"), None);
    for (wrong, key) in [
        ("[[view]]\nwhen = {}\n", "name"),
        ("[[view]]\nname = 'a'\nteam = 'x'\n", "team"),
        ("[[view]]\nname = 'a'\n[[view]]\nname = 'a'\n", "name"),
    ] {
        let error = Routing::parse("routing.toml", wrong, "x").expect_err(wrong).to_string();
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn the_built_in_rules_send_who_needs_a_hand_to_people_first() {
    let routing = built_in();
    for (context, expected) in [
        (json!({}), None),
        (json!({"plan": "pro", "customer_since": "2020-01-01"}), None),
        (json!({"plan": "Trial"}), Some("trial customers")),
        (json!({"customer_since": "2026-11-20"}), Some("new customers")),
        (
            json!({"high_touch": true, "plan": "trial"}),
            Some("high-touch customers"),
        ),
        (json!({"high_touch": false}), None),
    ] {
        let context = object(context);
        let first = routing.people_first(&facts("hi", &context)).map(|first| first.rule);
        assert_eq!(first.as_deref(), expected, "{context:?}");
    }
    let context = object(json!({"high_touch": true, "plan": "trial"}));
    let routed = routing.route(&Facts {
        reason: Some(HandoffReason::PeopleFirst),
        ..facts("hi", &context)
    });
    assert_eq!((routed.team.as_str(), routed.priority), ("support", Priority::High));
    assert_eq!(routed.tags, ["high-touch", "trial"]);
    assert!(routed.people_first);
}

#[test]
fn the_built_in_rules_leave_topics_to_their_teams_and_the_rest_to_support() {
    let routing = built_in();
    let empty = Map::new();
    let of_topic = |topic: &'static str, team: Option<&'static str>| {
        routing.route(&Facts {
            topic: Some(topic),
            team,
            reason: Some(HandoffReason::SensitiveTopic),
            ..facts("x", &empty)
        })
    };
    let security = of_topic("account_security", Some("security"));
    assert_eq!(
        (security.team.as_str(), security.priority),
        ("security", Priority::High)
    );
    assert!(security.complex && security.team_from == TeamFrom::Topic);
    assert_eq!(of_topic("cancellation", Some("retention")).team, "retention");
    assert!(!of_topic("human_request", Some("support")).complex);
    let unknown = of_topic("tax", None);
    assert_eq!(
        (unknown.team.as_str(), unknown.team_from),
        ("escalation", TeamFrom::Escalation)
    );
    for reason in [
        HandoffReason::LowConfidence,
        HandoffReason::NoMatch,
        HandoffReason::Misses,
    ] {
        let routed = routing.route(&Facts {
            reason: Some(reason),
            ..facts("x", &empty)
        });
        assert_eq!((routed.team.as_str(), routed.complex), ("support", false), "{reason:?}");
    }
    let policy = Policy::load(None).expect("the built-in topics");
    assert_eq!(routing.problems(&policy), Vec::<String>::new());
}

#[test]
fn what_nobody_takes_goes_to_the_escalation_inbox() {
    let empty = Map::new();
    let routed = routing("").route(&facts("hi", &empty));
    assert_eq!(
        (routed.team.as_str(), routed.team_from),
        ("escalation", TeamFrom::Escalation)
    );
}

#[test]
fn the_first_match_is_the_last_unless_it_lets_others_add() {
    let rules = routing(
        r#"
        [[rule]]
        name = "adds"
        when = { words = "mug" }
        priority = "urgent"
        tags = ["mug"]
        targets = { first = "30m" }
        stop = false
        [[rule]]
        name = "not this one"
        when = { plan = "pro" }
        team = "pro"
        [[rule]]
        name = "last"
        team = "shop"
        priority = "low"
        tags = ["all"]
        complex = true
        targets = { first = "2h", resolve = "3d" }
        [[rule]]
        name = "never"
        team = "nobody"
        "#,
    );
    let empty = Map::new();
    let before = ["old".to_owned()];
    let routed = rules.route(&Facts {
        team: Some("before"),
        tags: &before,
        ..facts("my mug broke", &empty)
    });
    assert_eq!((routed.team.as_str(), routed.priority), ("shop", Priority::Urgent));
    assert_eq!(routed.tags, ["all", "mug", "old"]);
    assert_eq!(
        Value::from(routed.targets.to_map()),
        json!({"first": 30, "resolve": 4320})
    );
    let trace: Vec<(&str, &Verdict)> = routed.trace.iter().map(|t| (t.rule.as_str(), &t.verdict)).collect();
    let Verdict::No { because } = routed.trace[1].verdict.clone() else {
        panic!("the plan is another one");
    };
    assert_eq!(because.to_string(), r#"plan = "pro": not known"#);
    assert_eq!(
        trace,
        [
            ("adds", &Verdict::Yes),
            ("not this one", &Verdict::No { because }),
            ("last", &Verdict::Yes),
            ("never", &Verdict::NotAsked)
        ]
    );
    assert_eq!(
        serde_json::to_value(&routed.trace[1]).ok(),
        Some(json!({"rule": "not this one", "matched": "no", "because": "plan = \"pro\": not known"}))
    );
    let policy = Policy::load(None).expect("the built-in topics");
    let problems = rules.problems(&policy);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].contains("\"never\" is never reached: \"last\""),
        "{}",
        problems[0]
    );
}

#[test]
fn an_exception_before_a_people_first_rule_counts() {
    let rules = routing(
        "[[rule]]\nname='partners'\nwhen={plan='partner'}\npeople_first=false\nstop=false\n\
         [[rule]]\nname='all'\npeople_first=true\n",
    );
    let partner = object(json!({"plan": "partner"}));
    assert_eq!(rules.people_first(&facts("x", &partner)), None);
    let first = rules.people_first(&facts("x", &Map::new()));
    assert_eq!(first.map(|first| first.rule).as_deref(), Some("all"));
}

#[test]
fn an_unknown_topic_is_told() {
    let policy = Policy::load(None).expect("the built-in topics");
    let rules = routing("[[rule]]\nname='x'\nwhen={not={topic=['billling','refund']}}\nteam='t'\n");
    let problems = rules.problems(&policy);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("billling"), "{}", problems[0]);
}

#[test]
fn a_wrong_file_is_named_with_rule_and_key() {
    for (text, expected) in [
        ("[[rule]]\nteam='x'", "rule number 1: name: is missing"),
        (
            "[[rule]]\nname='a'\nwhen={plann='x'}",
            "rule \"a\": when.plann: is not a known condition",
        ),
        ("[[rule]]\nname='a'\nwhen='always'", "rule \"a\": when: must be a table"),
        (
            "[[rule]]\nname='a'\nprio='high'",
            "rule \"a\": prio: is not a known key",
        ),
        (
            "[[rule]]\nname='a'\npriority='highest'",
            "rule \"a\": priority: must be low, normal",
        ),
        (
            "[[rule]]\nname='a'\ncomplex='yes'",
            "rule \"a\": complex: must be true or false, it is text",
        ),
        ("[[rule]]\nname='a'\ntags=['x', 1]", "rule \"a\": tags[1]: must be text"),
        ("[[rule]]\nname='a'\nteam=''", "rule \"a\": team: must be 1 to 100"),
        (
            "[[rule]]\nname='a'\ntargets={first='soon'}",
            "rule \"a\": targets.first: must be a time",
        ),
        (
            "[[rule]]\nname='a'\ntargets={last='2h'}",
            "rule \"a\": targets.last: is not a known target",
        ),
        (
            "[[rule]]\nname='a'\ntargets={first='400d'}",
            "rule \"a\": targets.first: must be a time",
        ),
        (
            "[[rule]]\nname='a'\nstop=false",
            "rule \"a\": stop: is false, and the rule sets nothing",
        ),
        (
            "[[rule]]\nname='a'\nteam='x'\n[[rule]]\nname='a'\nteam='y'",
            "rule \"a\": name: is there twice",
        ),
        ("[rule]\nname='a'", "rule must be a list of tables"),
        ("rules = []", "rules is not a known key"),
        ("[[rule]\n", "TOML parse error at line 1"),
    ] {
        let error = Routing::parse("routing.toml", text, "e").expect_err(text).to_string();
        assert!(
            error.starts_with("routing.toml: ") && error.contains(expected),
            "{text}: {error}"
        );
    }
    let missing = Routing::load(Some(Path::new("nowhere.toml")), "e").expect_err("no file");
    assert!(missing.to_string().contains("nowhere.toml"));
}

#[test]
fn the_hash_is_of_the_text() {
    let (a, b) = (routing(""), routing("# other\n"));
    assert_eq!(a.hash(), "e3b0c44298fc1c14");
    assert_ne!(a.hash(), b.hash());
}

/// Rules of random plans and actions.
fn rule() -> impl Strategy<Value = (Option<u8>, Option<u8>, Option<u8>, u8, Option<bool>, bool)> {
    (
        prop::option::of(0u8..3),
        prop::option::of(0u8..3),
        prop::option::of(0u8..4),
        0u8..3,
        prop::option::of(any::<bool>()),
        any::<bool>(),
    )
}

proptest! {
    #[test]
    fn routing_is_the_walk_that_the_docs_describe(rules in prop::collection::vec(rule(), 0..6), plan in 0u8..3) {
        let mut text = String::new();
        for (at, (when, team, priority, tag, people_first, stop)) in rules.iter().enumerate() {
            text += &format!("[[rule]]\nname = 'r{at}'\ntags = ['t{tag}']\nstop = {stop}\n");
            when.iter().for_each(|plan| text += &format!("when = {{ plan = 'p{plan}' }}\n"));
            team.iter().for_each(|team| text += &format!("team = 'team{team}'\n"));
            priority.iter().for_each(|p| text += &format!("priority = '{}'\n", Priority::ALL[usize::from(*p)]));
            people_first.iter().for_each(|first| text += &format!("people_first = {first}\n"));
        }
        let context = object(json!({"plan": format!("p{plan}")}));
        let facts = facts("x", &context);
        let routing = routing(&text);
        let routed = routing.route(&facts);

        // Slow and obvious: cut after the first matching rule that stops, keep those that match, take the first of each.
        let fits = |rule: &&(Option<u8>, _, _, _, _, bool)| rule.0.is_none_or(|wanted| wanted == plan);
        let end = rules.iter().position(|rule| fits(&rule) && rule.5).map_or(rules.len(), |at| at + 1);
        let matched: Vec<_> = rules[..end].iter().filter(fits).collect();
        let team = matched.iter().find_map(|rule| rule.1).map_or("escalation".to_owned(), |team| format!("team{team}"));
        let priority = matched.iter().find_map(|rule| rule.2).map_or(Priority::Normal, |p| Priority::ALL[usize::from(p)]);
        let mut tags: Vec<String> = matched.iter().map(|rule| format!("t{}", rule.3)).collect();
        tags.sort();
        tags.dedup();
        let first = rules[..end].iter().enumerate().filter(|(_, rule)| fits(rule)).find_map(|(at, rule)| Some((at, rule.4?)));
        prop_assert_eq!(routed.team, team);
        prop_assert_eq!(routed.priority, priority);
        prop_assert_eq!(routed.tags, tags);
        prop_assert_eq!(routed.people_first, first.is_some_and(|(_, yes)| yes));
        let by = first.filter(|(_, yes)| *yes).map(|(at, _)| format!("r{at}"));
        prop_assert_eq!(routing.people_first(&facts).map(|first| first.rule), by);
        prop_assert_eq!(routed.trace.len(), rules.len());
        let taken = routed.trace.iter().filter(|trace| trace.verdict == Verdict::Yes).count();
        prop_assert_eq!(taken, matched.len());
    }
}
