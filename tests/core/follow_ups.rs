//! Two questions in one conversation: the second leans on the first, or is about something else. Through the real
//! conversation, from the message to the bot's turn.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use serde::Deserialize;
use tanya::{
    app::App,
    clock::SystemClock,
    config::Config,
    desk::NewChat,
    store::{Store, TurnKind, TurnRecord},
};

use crate::place::{PROJECT, answerer, demo, demo_config, embedder};

/// A line of `follow_ups.jsonl`.
#[derive(Deserialize)]
struct Case {
    before: String,
    text: String,
    /// Articles that answer the second question.
    relevant: Vec<String>,
    lang: String,
    /// Whether it has nothing to do with the first one.
    #[serde(default)]
    new_topic: bool,
}

/// Of a hundred second questions, so many must find the right article first. Before follow-ups were read by what they lean
/// on, it was 85 of them.
const FIRST_RIGHT: f64 = 0.94;
/// A wrong answer costs more than none: at most so many of sixty.
const MOST_WRONG: usize = 2;

async fn app(store: &Store, threshold: Option<f64>) -> App {
    let mut config: Config = demo_config("demo");
    config.threshold = threshold;
    config.desk.burst_ms = 0;
    let answerer = answerer(&config, embedder());
    App::new(config, answerer, store.clone(), Arc::new(SystemClock))
}

/// The article that the bot answered with, offered first, or came nearest to, and whether it answered.
async fn article(store: &Store, turn: &TurnRecord) -> (Option<String>, bool) {
    if turn.kind == TurnKind::Receipt {
        let reference = turn.data["reference"].as_str().expect("a receipt has a reference");
        let ticket = store.ticket(reference).await.expect("read").expect("a ticket");
        return (ticket.nearest.map(|nearest| nearest.id), false);
    }
    let decision = turn.data.get("decision").expect("a decision");
    let shown = if turn.data["kind"] == "answer" {
        &decision["answer"]
    } else {
        &decision["options"][0]
    };
    let id = shown["article"]["id"].as_str().map(str::to_owned);
    (id, turn.data["kind"] == "answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn follow_ups_find_their_article_and_new_subjects_inherit_nothing() {
    if demo().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&format!("sqlite:{}", folder.path().join("t.db").display()))
        .await
        .expect("a store");
    // The first question is always answered, so that the conversation goes on; the second one is decided as it is for everybody.
    let (eager, real) = (app(&store, Some(0.0)).await, app(&store, None).await);
    let text = fs::read_to_string(Path::new(PROJECT).join("tests/core/follow_ups.jsonl")).expect("cases");
    let cases: Vec<Case> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a case"))
        .collect();
    assert!(cases.len() >= 60);
    let mut counts: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for case in &cases {
        let new = NewChat {
            lang: case.lang.clone(),
            channel: "chat".into(),
            ..NewChat::default()
        };
        let (begun, _) = eager.desk.begin_chat(new).await.expect("begun");
        let id = &begun.conversation.expect("a conversation").id;
        let first = eager.say(id, &case.before, None).await.expect("said");
        let kind = &first.replies.last().expect("a reply").data["kind"];
        assert_eq!(kind, "answer", "{}: the first one is answered", case.before);
        let second = real.say(id, &case.text, None).await.expect("said");
        let reply = second.replies.last().expect("a reply");
        let (found, answered) = article(&store, reply).await;
        let right = found.as_ref().is_some_and(|found| case.relevant.contains(found));
        if !right {
            println!("{} → {}: {found:?}, answered: {answered}", case.before, case.text);
        }
        let kind = if case.new_topic { "new" } else { "follow" };
        let count = counts.entry(format!("{} {kind}", case.lang)).or_default();
        count[0] += 1;
        count[1] += usize::from(right);
        count[2] += usize::from(right && answered);
        count[3] += usize::from(!right && answered);
    }
    println!("asked, first right, answered right, answered wrong: {counts:?}");
    let sum = |at: usize| counts.values().map(|count| count[at]).sum::<usize>();
    let first_right = sum(1) as f64 / sum(0) as f64;
    println!(
        "first right {first_right:.3}, answered right {}, wrong {}",
        sum(2),
        sum(3)
    );
    assert!(first_right >= FIRST_RIGHT, "first right: {first_right:.3}");
    assert!(sum(3) <= MOST_WRONG, "answered wrong: {}", sum(3));
    store.close().await;
}
