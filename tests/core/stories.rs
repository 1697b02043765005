//! A long message is decided as its question alone would be, and several questions are decided one by one.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use tanya::answer::{Decision, Outcome, Question};

use crate::place::{PROJECT, demo};

/// A line of `stories.jsonl`.
#[derive(Deserialize)]
struct Case {
    lang: String,
    /// The question alone.
    bare: String,
    /// The same with greeting, story, number of an order and signature.
    story: String,
}

/// Of a hundred stories, so many must be decided as the question alone.
const SAME: f64 = 0.95;

fn decide(text: &str) -> Option<Decision> {
    let question = Question {
        text: text.into(),
        ..Question::default()
    };
    let decided = demo()?.decide_blocking(String::new(), &question, false);
    Some(decided.expect("a decision").decision)
}

/// What a customer sees of it.
fn seen(decision: &Decision) -> String {
    let answer = decision.answer.as_ref().map(|answer| (&answer.article.id, answer.span));
    let options: Vec<&String> = decision.options.iter().map(|option| &option.article.id).collect();
    let told = decision
        .handoff
        .as_ref()
        .map(|handoff| (&handoff.message, &handoff.team));
    format!("{answer:?} {options:?} {told:?}")
}

#[test]
fn a_story_is_decided_as_its_question_alone() {
    if demo().is_none() {
        return;
    }
    let text = fs::read_to_string(Path::new(PROJECT).join("tests/core/stories.jsonl")).expect("cases");
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for line in text.lines() {
        let case: Case = serde_json::from_str(line).expect("a case");
        let (bare, story) = (
            decide(&case.bare).expect("the demo"),
            decide(&case.story).expect("the demo"),
        );
        let same = seen(&bare) == seen(&story);
        if !same {
            println!("{:?}: {} instead of {}", case.story, seen(&story), seen(&bare));
        }
        let count = counts.entry(case.lang).or_default();
        count.0 += usize::from(same);
        count.1 += 1;
    }
    println!("{counts:?}");
    let (same, all) = counts
        .values()
        .fold((0, 0), |sum, (same, all)| (sum.0 + same, sum.1 + all));
    assert!(all >= 40);
    assert!(
        same as f64 / all as f64 >= SAME,
        "{same} of {all} are decided as the question alone"
    );
}

#[test]
fn each_of_several_questions_is_decided() {
    let Some(both) = decide("How do I make cold brew at home? And which plan is right for two people?") else {
        return;
    };
    assert_eq!(both.decision, Outcome::Answer);
    let first = both.answer.expect("an answer");
    assert_eq!(first.article.id, "en/brewing/cold-brew");
    let more: Vec<&str> = both.more.iter().map(|answer| answer.article.id.as_str()).collect();
    assert_eq!(more, ["en/subscription/compare-plans"]);

    // What nobody can answer decides, and takes no answer away from the other question.
    let half = decide("How do I make cold brew at home? And who won the badminton finals in Paris?").expect("the demo");
    assert_eq!(half.decision, Outcome::Handoff);
    assert!(half.answer.is_none());
    assert_eq!(half.more[0].article.id, "en/brewing/cold-brew");

    // A rule reads the whole message, whatever is asked in it.
    let sensitive = decide("I was charged twice for my last box. How do I make cold brew at home?").expect("the demo");
    assert_eq!(sensitive.decision, Outcome::Handoff);
    assert_eq!(
        sensitive.handoff.and_then(|handoff| handoff.topic).as_deref(),
        Some("billing")
    );
    assert!(sensitive.more.is_empty(), "people answer all of it");
}
