//! The same question to the same articles gives the same bytes, whatever else goes on and however the index came about.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use tanya::{
    config::Config,
    eval::labelled,
    search::{Reuse, Shelf},
};

use crate::place::{PROJECT, Place, answerer, ask, copy, demo, demo_config, embedder, files, index, start_embedder};

/// Every `step`-th question of the demo kb.
fn questions(step: usize) -> Vec<String> {
    let all = labelled::read(&Path::new(PROJECT).join("kb/questions.jsonl")).expect("questions");
    all.into_iter()
        .step_by(step)
        .map(|labelled| labelled.question)
        .collect()
}

#[test]
fn a_hundred_repeats_are_equal() {
    let Some(answerer) = demo() else { return };
    for question in questions(16) {
        let first = ask(answerer, &question);
        for _ in 0..100 {
            assert_eq!(ask(answerer, &question), first);
        }
    }
}

#[test]
fn load_and_reopening_change_nothing() {
    let Some(calm) = demo() else { return };
    let asked = questions(12);
    let expected: Vec<String> = asked.iter().map(|question| ask(calm, question)).collect();
    // Threads of their own, so that every vector is made again and under load.
    let fresh = start_embedder().expect("it started before");
    let reopened = answerer(&demo_config("demo"), Some(&fresh));
    let (stop, others) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for number in 0..8 {
            let (reopened, stop, others) = (&reopened, &stop, &others);
            scope.spawn(move || {
                for n in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    ask(
                        reopened,
                        &format!("another question {n} of {number}, a longer one about coffee and parcels"),
                    );
                    others.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for (question, expected) in asked.iter().zip(&expected) {
            assert_eq!(&ask(&reopened, question), expected);
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(others.into_inner() > asked.len(), "there was no load");
}

#[test]
fn an_index_that_grew_equals_one_built_at_once() {
    let Some(embedder) = embedder() else { return };
    let place = Place::empty();
    copy(&Path::new(PROJECT).join("kb/en/orders"), &place.path().join("kb"));
    place.index(Some(embedder));
    let original = fs::read_to_string(place.path().join("kb/place-an-order.md")).expect("an article");
    place.write("place-an-order.md", &original.replace("coffee", "tea"));
    place.write("new.md", "# Something new\n\nA gift card opens with a code.\n");
    place.index(Some(embedder));
    place.write("place-an-order.md", &original);
    place.write(
        "new.md",
        "# Something new\n\nA gift card opens with a code of ten letters.\n",
    );
    let grown = place.index(Some(embedder));
    assert!(grown.switched && grown.reused > 0);

    let other = tempfile::tempdir().expect("a folder");
    let config = Config {
        data: other.path().into(),
        ..place.config()
    };
    let full = index(&config, Some(embedder), Reuse::Nothing);
    assert_eq!(grown.generation, full.generation);
    let folder = |data: &Path| {
        data.join("index")
            .join(Shelf::new(data).current().expect("a generation"))
    };
    let (one, two) = (files(&folder(&place.path().join("data"))), files(&folder(other.path())));
    for file in ["articles.bin", "statistics.bin", "vectors.bin"] {
        assert!(one[file] == two[file], "{file}");
    }
    let (grown, full) = (place.answerer(Some(embedder)), answerer(&config, Some(embedder)));
    for question in questions(8) {
        assert_eq!(ask(&grown, &question), ask(&full, &question));
    }
}

#[test]
fn equal_articles_give_the_same_generation_and_others_another() {
    let (one, two) = (Place::small(), Place::small());
    let first = one.index(None).generation;
    assert_eq!(two.index(None).generation, first);
    two.write(
        "water.md",
        "# Water for brewing\n\nUse soft water of 94 °C. Hard water makes coffee dull.\n",
    );
    assert_ne!(two.index(None).generation, first);
    one.write("more.md", "# More\n");
    assert_ne!(one.index(None).generation, first);
    one.remove("more.md");
    assert_eq!(one.index(None).generation, first);
}
