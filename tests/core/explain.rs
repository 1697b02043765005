//! Whoever asks why gets the whole reason.

use serde_json::Value;

use crate::place::{Place, text};

/// Six articles about coffee, searched by words alone.
fn explained(settings: &str, question: &str) -> Value {
    let place = Place::small();
    place.set(&format!(
        "{settings}
[model]
enabled = false
"
    ));
    place.index(None);
    place.json(&["ask", question, "--explain"]).0
}

#[test]
fn the_nearest_article_is_told_with_what_it_lacks() {
    let decision = explained("threshold = 0.99", "Where do I store my bicycle?");
    assert_ne!(decision["decision"], "answer", "{decision}");
    let told = &decision["explanation"];
    let miss = &told["nearest_miss"];
    assert_eq!(miss["article"]["id"], "store");
    assert_eq!(miss["why"], "not_sure_enough");
    assert_eq!(miss["missing_words"], serde_json::json!(["bicycle"]));
    assert_eq!(told["unknown_words"], serde_json::json!(["bicycle"]));
    let short = decision["threshold"].as_f64().expect("a number") - decision["confidence"].as_f64().expect("a number");
    assert!((miss["short_by"].as_f64().expect("a number") - short).abs() < 1e-9);
    assert_eq!(told["threshold_from"]["kind"], "set");
}

#[test]
fn inputs_are_told_in_plain_words_the_strongest_first_and_add_up() {
    let decision = explained("", "Where do I store my bicycle beside the coffee beans?");
    assert_eq!(decision["explanation"]["threshold_from"]["kind"], "weights");
    let inputs = decision["explanation"]["confidence"].as_array().expect("a list");
    let adds: Vec<f64> = inputs
        .iter()
        .map(|input| input["adds"].as_f64().expect("a number"))
        .collect();
    assert!(adds.windows(2).all(|pair| pair[0].abs() >= pair[1].abs()), "{adds:?}");
    assert!(
        inputs
            .iter()
            .all(|input| input["about"].as_str().is_some_and(|about| !about.is_empty()))
    );
    let raw = 1.0 / (1.0 + (-adds.iter().sum::<f64>()).exp());
    let told = decision["explanation"]["raw_confidence"].as_f64().expect("a number");
    assert!((raw - told).abs() < 1e-9, "{raw} and {told}");
}

#[test]
fn an_answer_has_no_miss_and_a_threshold_that_was_set_says_so() {
    let place = Place::small();
    place.set("threshold = 0.0\n[model]\nenabled = false\n");
    place.index(None);
    let decision = place.json(&["ask", "store coffee beans", "--explain"]).0;
    assert_eq!(decision["decision"], "answer");
    assert_eq!(decision["explanation"]["threshold_from"]["kind"], "set");
    assert!(decision["explanation"].get("nearest_miss").is_none());

    let output = place.run(&["ask", "store coffee beans", "--explain"]);
    let printed = text(&output.stdout);
    for wanted in [
        "The threshold: set by hand",
        "Articles, best first",
        "What makes the confidence",
        "likeness with a heading, letter by letter",
    ] {
        assert!(printed.contains(wanted), "{wanted:?} is missing in\n{printed}");
    }
}
