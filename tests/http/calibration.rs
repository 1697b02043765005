//! The calibration: followed, applied only where it fits, told to everybody; and what people said about answers.

use axum::http::Method;
use serde_json::{Value, json};
use tanya::{
    app::App,
    config::Config,
    store::{DocumentKind, TimeRange},
};

use crate::common::{Site, request};

/// A help center with an answerer of its own: the shared one must stay as it is.
async fn own(change: impl FnOnce(&mut Config)) -> (Site, App) {
    let site = Site::with_articles(&[], change).await;
    let app = site.app.clone();
    (site, app)
}

const QUESTION: &str = "where is my parcel";

/// A document for this server's articles and weights, with a map that adds `offset` and one threshold.
fn document(app: &App, offset: f64, cut: f64) -> Value {
    let quality = json!({"ece": 0.1, "brier": 0.1, "auroc": 0.9});
    json!({
        "form": 1, "made_at": "2026-11-24T04:30:00Z", "generation": app.searcher.generation().id(),
        "kb": "0f", "articles": 3, "model": null, "weights": app.searcher.weights().hash,
        "sources": [{"source": "labels", "questions": 120, "right": 100, "hash": "ab"}],
        "method": "platt", "seed": 1, "folds": 10,
        "maps": {"lexical": {"map": "line", "slope": 1.0, "offset": offset}},
        "thresholds": [{
            "scope": {"of": "everything"}, "budget": 0.05, "finding": "proven", "cut": cut, "confidence": 0.9,
            "questions": 120, "answered": 93, "wrong": 1, "bound": 0.05
        }],
        "certificate": {
            "questions": 120, "right": 100, "for_people": 0, "before": quality, "after": quality, "bins": [], "risk": [],
            "steps": [{"confidence": 0.9, "answered": 93, "wrong": 1, "handed_over": 27, "bound": 0.05, "in_use": true}]
        }
    })
}

async fn publish(app: &App, document: &Value) -> String {
    let text = document.to_string();
    let hash = app
        .store
        .publish_document(DocumentKind::Calibration, &text, "test", app.clock().now())
        .await
        .expect("it is kept");
    app.refresh_calibration().await.expect("the store answers");
    hash
}

async fn ask(site: &Site) -> Value {
    let reply = site.post("/api/v1/ask", json!({"question": QUESTION})).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

#[tokio::test]
async fn a_calibration_is_applied_and_told_to_everybody() {
    let (site, app) = own(|_| {}).await;
    let before = ask(&site).await;
    let told = site.get("/api/v1/calibration").await.json();
    assert_eq!((&told["hash"], &told["used"]), (&Value::Null, &false.into()));
    assert!(site.get("/calibration").await.body.contains("Nothing is proven yet"));

    let hash = publish(&app, &document(&app, -2.0, 30.0)).await;
    let after = ask(&site).await;
    assert_eq!(after["calibration"], hash);
    let number = |of: &Value, name: &str| of[name].as_f64().expect("a number");
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let moved = logit(number(&after, "confidence")) - logit(number(&before, "confidence"));
    assert!((moved + 2.0).abs() < 1e-6, "{moved}");
    assert_ne!(after["decision"], "answer", "nothing is as sure as the cut");
    assert!(number(&after, "threshold") > 0.999);

    let told = site.get("/api/v1/calibration").await.json();
    assert_eq!((&told["hash"], &told["used"]), (&hash.into(), &true.into()));
    let page = site.get("/calibration").await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("Of 100 answers, about one is wrong"),
        "{}",
        page.body
    );
    assert!(page.body.contains("of 93 answers one was wrong"), "{}", page.body);
    assert!(!page.body.contains("style="), "the policy allows nothing inline");
}

#[tokio::test]
async fn one_for_other_articles_or_weights_is_not_used_and_readyz_says_so() {
    for (key, named) in [("generation", "articles"), ("weights", "weights")] {
        let (site, app) = own(|_| {}).await;
        let before = ask(&site).await;
        let mut document = document(&app, -2.0, 30.0);
        document[key] = "another".into();
        publish(&app, &document).await;
        let after = ask(&site).await;
        for same in ["decision", "confidence", "threshold", "calibration"] {
            assert_eq!(before[same], after[same], "{key} {same}");
        }
        let problems = site.get("/readyz").await.json()["problems"].to_string();
        assert!(
            problems.contains("tanya calibrate") && problems.contains(named),
            "{problems}"
        );
        let told = site.get("/api/v1/calibration").await.json();
        assert_eq!(told["used"], false);
        assert!(site.get("/calibration").await.body.contains("Not in use at the moment"));
    }
}

#[tokio::test]
async fn one_that_cannot_be_read_leaves_the_last_good_one() {
    let (site, app) = own(|_| {}).await;
    let hash = publish(&app, &document(&app, -1.0, 2.0)).await;
    publish(&app, &json!({"form": 99})).await;
    assert_eq!(ask(&site).await["calibration"], hash);
    let problems = site.get("/readyz").await.json()["problems"].to_string();
    assert!(
        problems.contains("calibration in the store cannot be used"),
        "{problems}"
    );
}

#[tokio::test]
async fn a_threshold_set_by_hand_goes_before_it() {
    let (site, app) = own(|config| config.threshold = Some(0.123)).await;
    publish(&app, &document(&app, 1.0, 2.0)).await;
    assert_eq!(ask(&site).await["threshold"], 0.123);
    let told = site.get("/api/v1/calibration").await.json();
    assert_eq!(told["used"], false);
    assert!(told["not_used_because"].to_string().contains("0.123"), "{told}");
}

#[tokio::test]
async fn votes_and_words_about_shown_articles_are_outcomes() {
    let (site, app) = own(|config| config.threshold = Some(0.0)).await;
    let voted = async |helped: bool, voter: &str| {
        let decision = ask(&site).await;
        assert_eq!(decision["decision"], "answer", "{decision}");
        let vote = json!({
            "article": decision["answer"]["article"]["id"], "helped": helped, "decision": decision["id"],
        });
        let reply = site.post_with("/api/v1/feedback", &[("user-agent", voter)], vote).await;
        assert!(reply.status.is_success(), "{}", reply.body);
    };
    voted(true, "a").await;
    voted(false, "b").await;
    // In a chat: one that helped, one that did not.
    for word in ["helped", "did_not_help"] {
        let begun = site.post("/api/v1/conversations", json!({})).await.json();
        let (id, secret) = (&begun["id"], begun["secret"].as_str().expect("a secret"));
        let bearer = format!("Bearer {secret}");
        let path = format!("/api/v1/conversations/{}", id.as_str().expect("an id"));
        for (below, body) in [("turns", json!({"text": QUESTION})), ("word", json!({"word": word}))] {
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
            let said = request(Method::POST, &format!("{path}/{below}"), &headers, body.to_string());
            let reply = site.send(said).await;
            assert!(reply.status.is_success(), "{below}: {}", reply.body);
        }
    }
    app.store.flush().await.expect("the log is written");
    let judged = app
        .store
        .judged_answers(TimeRange::default())
        .await
        .expect("the store answers");
    let mut right: Vec<Option<bool>> = judged.iter().map(|answer| answer.right).collect();
    right.sort();
    assert_eq!(right, [Some(false), Some(false), Some(true), Some(true)]);
    assert!(
        judged
            .iter()
            .all(|answer| answer.question == QUESTION && !answer.article.is_empty())
    );
}
