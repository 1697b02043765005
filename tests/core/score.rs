//! `tanya eval` measures what the definitions say, to the last rounded digit.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tanya::eval::labelled::{self, QuestionBodies};

use crate::place::{PROJECT, Place, embedder, eval_set, skip, text};

/// The script that holds the definitions, beside the evaluation sets.
fn script(set: &Path) -> Option<PathBuf> {
    let script = set.join("../../tools/score.py");
    let script = if script.exists() {
        script
    } else {
        Path::new(PROJECT).join("../shared/tools/score.py")
    };
    if !script.exists() {
        skip("score.py is not beside the evaluation sets");
        return None;
    }
    let python = python();
    let numpy = Command::new(&python).args(["-c", "import numpy"]).output();
    if !numpy.is_ok_and(|output| output.status.success()) {
        skip(&format!(
            "{python} has no numpy, so score.py cannot be compared (PYTHON names another one)"
        ));
        return None;
    }
    Some(script)
}

fn python() -> String {
    std::env::var("PYTHON").unwrap_or_else(|_| "python3".into())
}

fn agrees(name: &str) {
    if embedder().is_none() {
        return;
    }
    let Some(set) = eval_set(name) else { return };
    let Some(script) = script(&set) else { return };
    // The index stays between runs: embedding fifteen thousand texts takes a while.
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("core").join(name);
    let kb = work.join("kb");
    if kb.exists() {
        fs::remove_dir_all(&kb).expect("removed");
    }
    labelled::write_kb(&set, &kb, QuestionBodies::FrontMatter).expect("a kb");
    let (place, data, out) = (Place::empty(), work.join("data"), work.join("per_question.jsonl"));
    let questions = set.join("questions.jsonl");
    let folders = ["--kb", &kb.to_string_lossy(), "--data", &data.to_string_lossy()].map(str::to_owned);
    let run = |args: &[&str]| place.json(&[&folders.each_ref().map(String::as_str), args].concat()).0;
    run(&["index"]);
    let ours = run(&[
        "eval",
        &questions.to_string_lossy(),
        "--per-question",
        &out.to_string_lossy(),
    ]);
    let theirs = Command::new(python())
        .arg(script)
        .arg(&questions)
        .arg(&out)
        .output()
        .expect("python runs");
    assert!(theirs.status.success(), "{}", text(&theirs.stderr));
    let theirs: Value = serde_json::from_slice(&theirs.stdout).expect("JSON");
    let (ours, theirs) = (
        ours["metrics"].as_object().expect("metrics"),
        theirs.as_object().expect("metrics"),
    );
    println!("{name}: {theirs:?}");
    for (metric, theirs) in theirs {
        let ours = ours
            .get(metric)
            .unwrap_or_else(|| panic!("{name}: {metric} is missing"));
        let (ours, theirs) = (ours.as_f64().expect("a number"), theirs.as_f64().expect("a number"));
        // Theirs are rounded to four digits.
        assert!(
            (ours - theirs).abs() <= 0.5e-4 + 1e-6,
            "{name}: {metric} is {ours}, score.py says {theirs}"
        );
    }
    let more: Vec<_> = ours.keys().filter(|metric| !theirs.contains_key(*metric)).collect();
    assert!(more.is_empty(), "{name}: not in score.py: {more:?}");
}

#[test]
fn hint3_sofmattress_agrees_with_the_definitions() {
    agrees("hint3-sofmattress");
}

#[test]
fn covidfaq_agrees_with_the_definitions() {
    agrees("covidfaq");
}

#[test]
fn clinc150_agrees_with_the_definitions() {
    agrees("clinc150");
}
