//! What scripts and sites may rely on: the fields of `ask` and `eval`, and that an answer is a piece of its article.

use std::{fs, path::Path};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tanya::{
    answer::{Answer, Answerer, Question},
    app,
    clock::SystemClock,
    config::Config,
    kb,
    search::{Generation, shelf::Silent},
};

use crate::place::{Place, demo_config, text};

/// Keys whose words are part of the contract; of all others only the kind of value is.
const WORDS: [&str; 7] = ["decision", "reason", "topic", "team", "language", "state", "channel"];

/// The form of a document: its keys in order, lists by their first element, values by their kind.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| {
                let known = WORDS.contains(&key.as_str()) && !value.is_object();
                (key.clone(), if known { value.clone() } else { shape(value) })
            };
            Value::Object(fields.iter().map(field).collect::<Map<_, _>>())
        }
        Value::Array(list) => list.first().map_or(json!([]), |first| json!([shape(first)])),
        Value::String(_) => json!("text"),
        Value::Number(number) if number.is_f64() => json!("fraction"),
        Value::Number(_) => json!("whole number"),
        Value::Bool(_) => json!("yes or no"),
        Value::Null => Value::Null,
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(&shape(value)).expect("JSON")
}

/// A place that searches by words only, so that no snapshot depends on the runtime.
fn place(threshold: f64) -> Place {
    let place = Place::small();
    set(&place, threshold);
    place
}

fn set(place: &Place, threshold: f64) {
    place.set(&format!("threshold = {threshold}\n[model]\nenabled = false\n"));
}

#[test]
fn a_decision_has_the_contracts_fields() {
    let place = place(0.0);
    let (answer, _) = place.json(&["ask", "How do I store coffee beans?"]);
    assert_eq!(answer["decision"], "answer", "{answer}");
    insta::assert_snapshot!("ask_answer", pretty(&answer));

    set(&place, 1.0);
    let (handoff, _) = place.json(&["ask", "I was charged twice for my order"]);
    insta::assert_snapshot!("ask_handoff_by_rule", pretty(&handoff));
    let (handoff, _) = place.json(&["ask", "qwertz uiop"]);
    insta::assert_snapshot!("ask_handoff_no_match", pretty(&handoff));
}

#[test]
fn a_choice_has_the_contracts_fields() {
    let place = place(1.0);
    place.write(
        "scale-one.md",
        "# Descale the Aurora machine\n\nUse citric acid and rinse the machine twice.\n",
    );
    place.write(
        "scale-two.md",
        "# Descale the Borealis machine\n\nUse citric acid and rinse the machine twice.\n",
    );
    let question = ["ask", "How do I descale the machine?"];
    let (first, _) = place.json(&question);
    let confidence = first["confidence"].as_f64().expect("a number");
    // Just above what one of the two reaches, and below what both together do.
    set(&place, confidence + 0.01);
    let (clarify, _) = place.json(&question);
    assert_eq!(clarify["decision"], "clarify", "{clarify}");
    assert!(
        (2..=4).contains(&clarify["options"].as_array().map_or(0, Vec::len)),
        "{clarify}"
    );
    insta::assert_snapshot!("ask_clarify", pretty(&clarify));
}

#[test]
fn a_line_per_question_has_the_contracts_fields_in_input_order() {
    let place = place(0.0);
    let asked = [
        "How do I store coffee beans?",
        "I want a refund",
        "qwertz uiop",
        "let me talk to a human",
    ];
    let lines: String = asked
        .iter()
        .map(|question| format!("{}\n", json!({ "question": question })))
        .collect();
    let (input, out) = (place.path().join("questions.jsonl"), place.path().join("out.jsonl"));
    fs::write(&input, lines).expect("written");
    place.json(&[
        "eval",
        &input.to_string_lossy(),
        "--per-question",
        &out.to_string_lossy(),
    ]);
    let written = fs::read_to_string(&out).expect("a file");
    let lines: Vec<Value> = written
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(
        lines
            .iter()
            .map(|line| line["question"].as_str().unwrap_or_default())
            .collect::<Vec<_>>(),
        asked
    );
    for line in &lines {
        assert!(line["ranked"].as_array().is_some_and(|ranked| ranked.len() <= 10));
        assert!(
            line["confidence"]
                .as_f64()
                .is_some_and(|confidence| (0.0..=1.0).contains(&confidence))
        );
    }
    let shapes: Vec<Value> = lines.iter().map(shape).collect();
    insta::assert_snapshot!(
        "eval_per_question",
        serde_json::to_string_pretty(&shapes).expect("JSON")
    );
}

/// Answers whatever is asked, and has no rules but one that matches nothing.
fn eager(config: &Config) -> Answerer {
    let mut config = config.clone();
    config.threshold = Some(0.0);
    config.model.enabled = false;
    let (generation, embedder, _) = app::open_or_build(&config, &SystemClock, &mut Silent).expect("an index");
    app::answerer(
        &config,
        generation,
        embedder,
        app::load_weights(&config).expect("weights"),
    )
    .expect("an answerer")
}

#[track_caller]
fn is_whole(generation: &Generation, answer: &Answer) {
    let article = generation
        .articles()
        .iter()
        .find(|article| article.id.0 == answer.article.id)
        .expect("it is in the kb");
    let [start, end] = answer.span;
    let span = article.source.get(start..end).expect("a span of the file");
    assert_eq!(article.plain(start..end), answer.text, "{}", answer.article.id);
    if !article.path.ends_with(".mdx") {
        assert_eq!(kb::plain(span), answer.text, "{}", answer.article.id);
    }
    assert!(
        !answer.text.trim().is_empty() && !answer.html.trim().is_empty(),
        "{}",
        answer.article.id
    );
    let sum: String = Sha256::digest(article.source.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(answer.article.version, format!("sha256:{sum}"));
    let mut last = 0;
    for [from, to] in &answer.highlights {
        assert!(
            last <= *from && from < to && answer.text.get(*from..*to).is_some(),
            "{}: {:?}",
            answer.article.id,
            answer.highlights
        );
        last = *to;
    }
    if let Some(section) = &answer.section {
        assert!(!section.heading_path.is_empty(), "{}", answer.article.id);
        assert!(
            article.sections.iter().any(|other| other.anchor == section.anchor),
            "{}",
            answer.article.id
        );
    }
}

#[test]
fn every_answer_is_a_piece_of_its_article() {
    let config = demo_config("contract");
    let answerer = eager(&config);
    let generation = answerer.searcher().generation();
    let (mut answers, mut highlighted) = (0, 0);
    let mut answered = std::collections::BTreeSet::new();
    for article in generation.articles() {
        for passage in &article.passages {
            assert_eq!(article.plain(passage.span.clone()), passage.text, "{}", article.id);
        }
        let headings = article.sections.iter().map(|section| section.heading().to_owned());
        for text in article
            .questions
            .iter()
            .cloned()
            .chain(headings)
            .chain([article.title.clone()])
        {
            let question = Question {
                text,
                lang: article.lang.clone(),
                ..Question::default()
            };
            let decided = answerer
                .decide_blocking(String::new(), &question, false)
                .expect("a decision");
            let Some(answer) = decided.decision.answer else {
                continue;
            };
            is_whole(&generation, &answer);
            answers += 1;
            highlighted += usize::from(!answer.highlights.is_empty());
            answered.insert(answer.article.id);
        }
    }
    println!(
        "{answers} answers from {} of {} articles",
        answered.len(),
        generation.articles().len()
    );
    assert!(
        answered.len() * 2 > generation.articles().len(),
        "{} articles answered",
        answered.len()
    );
    assert!(
        highlighted * 4 > answers * 3,
        "{highlighted} of {answers} show what matched"
    );
}

#[test]
fn an_article_without_text_answers_with_its_title() {
    let place = place(0.0);
    place.write("bare.md", "---\ntitle: Zebra finch visits\n---\n");
    place.write("named-zebu-grazing.md", "");
    let answerer = {
        let (config, none) = (
            Config {
                threshold: Some(0.0),
                ..place.config()
            },
            None,
        );
        place.index(none);
        crate::place::answerer(&config, none)
    };
    let generation = answerer.searcher().generation();
    let ask = |text: &str| {
        let question = Question {
            text: text.into(),
            ..Question::default()
        };
        answerer
            .decide_blocking(String::new(), &question, false)
            .expect("a decision")
            .decision
            .answer
            .expect("an answer")
    };
    let answer = ask("zebra finch visits");
    assert_eq!(
        (
            answer.article.id.as_str(),
            answer.text.as_str(),
            answer.section.as_ref()
        ),
        ("bare", "Zebra finch visits", None)
    );
    let article = generation
        .articles()
        .iter()
        .find(|article| article.id.0 == "bare")
        .expect("it is there");
    assert_eq!(&article.source[answer.span[0]..answer.span[1]], "Zebra finch visits");
    // A file that says nothing at all is called after its name.
    let answer = ask("named zebu grazing");
    assert_eq!(answer.article.id, "named-zebu-grazing");
    assert!(!answer.text.is_empty());
}

#[test]
fn a_handoff_with_a_ticket_can_be_listed_shown_and_resolved() {
    let place = place(0.5);
    let (decision, _) = place.json(&[
        "ask",
        "I was charged twice, please let me talk to a person",
        "--handoff",
    ]);
    assert_eq!(decision["decision"], "handoff");
    let handoff = &decision["handoff"];
    let reference = handoff["ticket"].as_str().expect("a ticket").to_owned();
    assert!(handoff["promise"].as_str().is_some_and(|promise| !promise.is_empty()));
    let by = handoff["by"].as_str().expect("a time");
    assert!(by.ends_with('Z') && by.parse::<jiff::Timestamp>().is_ok(), "{by}");
    assert!(
        handoff["message"]
            .as_str()
            .is_some_and(|message| message.contains(&reference)),
        "{handoff}"
    );
    insta::assert_snapshot!("ask_handoff_with_ticket", pretty(&decision));

    let (list, _) = place.json(&["tickets", "list"]);
    assert_eq!(list["tickets"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["tickets"][0]["reference"], reference);
    let (shown, _) = place.json(&["tickets", "show", &reference]);
    assert_eq!(
        (&shown["state"], &shown["reason"], &shown["team"]),
        (&json!("open"), &handoff["reason"], &handoff["team"])
    );
    let (resolved, _) = place.json(&["tickets", "resolve", &reference, "--by", "ana", "--note", "called back"]);
    assert_eq!(
        (&resolved["state"], &resolved["resolved_by"]),
        (&json!("resolved"), &json!("ana"))
    );
    assert_eq!(place.json(&["tickets", "list"]).0["tickets"], json!([]));
    assert_eq!(place.run(&["tickets", "resolve", &reference]).status.code(), Some(1));

    // An answer opens none.
    set(&place, 0.0);
    let (answer, _) = place.json(&["ask", "How do I store coffee beans?", "--handoff"]);
    assert_eq!(answer["decision"], "answer");
    assert_eq!(
        place.json(&["tickets", "list", "--state", "all"]).0["tickets"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn a_handoff_without_the_flag_is_a_decision_only() {
    let place = place(0.5);
    let (decision, _) = place.json(&["ask", "let me talk to a human"]);
    assert_eq!(
        (&decision["decision"], &decision["handoff"]["ticket"]),
        (&json!("handoff"), &Value::Null)
    );
    assert!(!place.path().join("data/tanya.db").exists());
}

#[test]
fn exit_codes_tell_done_failed_wrong_usage_and_problems() {
    let place = place(0.5);
    let code = |args: &[&str]| {
        let output = place.run(args);
        let told = text(&output.stderr);
        assert!(!told.contains("panicked"), "{args:?}: {told}");
        (output.status.code(), told)
    };
    assert_eq!(code(&["index"]).0, Some(0));
    assert_eq!(code(&["check"]).0, Some(0));
    for failing in [
        &["--kb", "/nowhere/at/all", "index"][..],
        &["eval", "/nowhere.jsonl"],
        &["tickets", "show", "T-2222-2222"],
    ] {
        let (code, told) = code(failing);
        assert_eq!(code, Some(1), "{failing:?}: {told}");
        assert!(
            told.starts_with("tanya: ") || told.contains("\ntanya: "),
            "{failing:?}: {told}"
        );
    }
    for wrong in [
        &["ask", " "][..],
        &["ask", "x", "--context", "1"],
        &["index", "--fast"],
        &["eval"],
    ] {
        assert_eq!(code(wrong).0, Some(2), "{wrong:?}");
    }
    place.write("twice.md", "---\nid: roast\n---\n# Roasting twice\n");
    assert_eq!(code(&["check"]).0, Some(3));
    assert_eq!(code(&["index"]).0, Some(0));
    assert!(Path::new(&place.index_folder()).join("CURRENT").exists());
}
