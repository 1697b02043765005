//! The vectors are those that were measured, and without the model it still works.

use std::{fs, path::Path, thread};

use axum::{Router, body::Body, http::Request};
use serde::Deserialize;
use tanya::{
    app::{self, App},
    clock::SystemClock,
    config::Config,
    search::{Mode, embed::Pending, shelf::Silent},
    store::Store,
};
use tower::ServiceExt;

use crate::place::{PROJECT, Place, copy, embedder, open, start_embedder, text};

#[derive(Deserialize)]
struct Golden {
    vectors: Vec<GoldenVector>,
}

#[derive(Deserialize)]
struct GoldenVector {
    text: String,
    vector: Vec<f32>,
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn golden() -> Vec<GoldenVector> {
    let text = fs::read(Path::new(PROJECT).join("tests/data/golden_vectors.json")).expect("golden vectors");
    serde_json::from_slice::<Golden>(&text).expect("golden vectors").vectors
}

#[test]
fn vectors_are_the_golden_ones() {
    let Some(embedder) = embedder() else { return };
    let (mut least, mut farthest) = (1.0f32, 0.0f32);
    for golden in golden() {
        let vector = embedder
            .begin(&golden.text)
            .and_then(Pending::wait_blocking)
            .expect("a vector");
        let cosine = dot(&vector, &golden.vector);
        let apart = vector
            .iter()
            .zip(&golden.vector)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(cosine >= 0.98, "{:?}: cosine {cosine}", golden.text);
        assert!(
            (dot(&vector, &vector) - 1.0).abs() < 1e-5,
            "{:?}: its length is not 1",
            golden.text
        );
        (least, farthest) = (least.min(cosine), farthest.max(apart));
    }
    // Other processors round the quantized sums in another way; on one they are equal to the last printed digit.
    let close = if farthest <= 1e-4 {
        "equal within 1e-4"
    } else {
        "not equal within 1e-4 on this processor"
    };
    println!("golden vectors: least cosine {least:.6}, farthest number {farthest:.6}: {close}");
}

#[test]
fn a_text_has_one_vector_alone_and_under_load() {
    let Some(calm) = embedder() else { return };
    let texts: Vec<String> = golden().into_iter().map(|golden| golden.text).collect();
    let alone: Vec<Vec<f32>> = texts
        .iter()
        .map(|text| {
            calm.begin(text)
                .and_then(Pending::wait_blocking)
                .expect("a vector")
                .to_vec()
        })
        .collect();
    let loaded = start_embedder().expect("it started before");
    let fillers: Vec<String> = (0..150)
        .map(|n| {
            format!(
                "A passage {n} that is embedded meanwhile. {}",
                "More words. ".repeat(n % 40)
            )
        })
        .collect();
    thread::scope(|scope| {
        let background = scope.spawn(|| loaded.embed_passages(&fillers, || {}).expect("vectors"));
        let asking: Vec<_> = texts
            .iter()
            .map(|text| {
                scope.spawn(|| {
                    loaded
                        .begin(text)
                        .and_then(Pending::wait_blocking)
                        .expect("a vector")
                        .to_vec()
                })
            })
            .collect();
        for (asked, alone) in asking.into_iter().zip(&alone) {
            assert!(asked.join().expect("a vector") == *alone);
        }
        assert_eq!(background.join().expect("vectors").len(), fillers.len());
    });
    // As a passage, too: nothing here is a prefix.
    assert!(calm.embed_passages(&texts, || {}).expect("vectors") == alone);
}

#[test]
fn another_model_description_makes_the_index_outdated() {
    let Some(embedder) = embedder() else { return };
    let place = Place::small();
    place.index(Some(embedder));
    assert_eq!(
        open(&place.config(), Some(embedder)).manifest().model.as_deref(),
        Some(embedder.hash())
    );

    let folder = place.path().join("model");
    copy(&Path::new(PROJECT).join("models/all-minilm-l6-v2"), &folder);
    let described = fs::read_to_string(folder.join("model.toml")).expect("a description");
    fs::write(
        folder.join("model.toml"),
        described.replace("max_tokens = 256", "max_tokens = 128"),
    )
    .expect("written");
    let mut config = place.config();
    config.model.name = folder.to_string_lossy().into_owned();
    let (generation, other, report) = app::open_or_build(&config, &SystemClock, &mut Silent).expect("an index");
    let other = other.expect("the same model otherwise");
    assert_ne!(other.hash(), embedder.hash());
    assert_eq!(generation.manifest().model.as_deref(), Some(other.hash()));
    let report = report.expect("it was rebuilt");
    assert_eq!(
        (report.embedded, report.reused),
        (generation.manifest().vectors, 0),
        "vectors of another model were taken over"
    );
}

#[test]
fn without_the_model_words_are_searched_and_the_reason_is_told() {
    let place = Place::small();
    let wrong = "[model]\nname = \"nowhere/model\"\n";
    for (settings, why) in [("[model]\nenabled = false\n", "switched off"), (wrong, "nowhere/model")] {
        place.set(settings);
        let (decision, told) = place.json(&["ask", "When do you roast?"]);
        assert!(told.contains("words only") && told.contains(why), "{told}");
        assert!(decision["confidence"].as_f64() > Some(0.0), "{decision}");
        let (page, _) = place.json(&["search", "coffee", "freezer"]);
        assert_eq!(page["hits"][0]["article"], "store");
        let (report, told) = place.json(&["index"]);
        assert!(report["vectors"] == 0 && told.contains("words only"), "{report} {told}");
    }
}

#[test]
fn without_the_runtime_words_are_searched_and_the_reason_is_told() {
    let place = Place::small();
    let library = place.path().join("no-such-library.so");
    let output = place
        .command(&["ask", "When do you roast?"])
        .env("ORT_DYLIB_PATH", &library)
        .output()
        .expect("it runs");
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(
        told.contains("words only") && told.contains("make setup") && !told.contains("panicked"),
        "{told}"
    );
}

#[tokio::test]
async fn readiness_says_why_only_words_are_searched() {
    let place = Place::small();
    let mut config: Config = place.config();
    config.model.name = "nowhere/model".into();
    let (generation, embedder, _) = app::open_or_build(&config, &SystemClock, &mut Silent).expect("an index");
    let answerer = app::answerer(
        &config,
        generation,
        embedder,
        app::load_weights(&config).expect("weights"),
    )
    .expect("an answerer");
    assert!(matches!(answerer.searcher().mode(), Mode::Lexical { why } if why.contains("nowhere/model")));
    let store = Store::open(&config.store_url()).await.expect("a store");
    let router = tanya::http::router_with(
        App::new(config, answerer, store, std::sync::Arc::new(SystemClock)),
        Router::new(),
    );
    let request = Request::get("/readyz")
        .header("host", "help.test")
        .body(Body::empty())
        .expect("a request");
    let response = router.oneshot(request).await.expect("the router never fails");
    assert_eq!(response.status(), 200);
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .expect("a body");
    let ready: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(ready["mode"], "lexical");
    assert!(
        ready["lexical_because"]
            .as_str()
            .is_some_and(|why| why.contains("nowhere/model")),
        "{ready}"
    );
}
