//! The bot may fail to help twice in an episode; then people have it. Once is not twice.

use serde_json::{Value, json};

use crate::{
    common::Site,
    talk::{Agent, Chat},
};

/// Two articles that a question about "the machine" cannot choose between.
const TWINS: [(&str, &str); 2] = [
    (
        "en/care/aurora.md",
        "# Descale the Aurora machine\n\nUse citric acid and rinse the machine twice.\n",
    ),
    (
        "en/care/borealis.md",
        "# Descale the Borealis machine\n\nUse citric acid and rinse the machine twice.\n",
    ),
];
/// The bot offers a choice, each time that it is asked.
const UNSURE: [&str; 2] = ["How do I descale the machine?", "Please, how can I descale the machine"];
/// The bot answers.
const SURE: &str = "track an order";

/// A help center in which the bot is not sure enough of one of [`TWINS`], and hands over after so many misses.
async fn site(misses: u32) -> Site {
    let unsure = Site::with_articles(&TWINS, |config| config.threshold = Some(1.0)).await;
    let mut most = 0.0_f64;
    for question in UNSURE {
        let asked = unsure.post("/api/v1/ask", json!({"question": question})).await.json();
        most = most.max(asked["confidence"].as_f64().expect("a number"));
    }
    // Above what one of the two reaches, and below what both together do.
    let threshold = most + 0.01;
    Site::with_articles(&TWINS, |config| {
        config.threshold = Some(threshold);
        config.desk.misses = misses;
    })
    .await
}

/// What the bot says to it, which is one thing.
async fn reply(chat: &Chat<'_>, text: &str) -> Value {
    let said = chat.say(text).await;
    assert_eq!(said["replies"].as_array().map(Vec::len), Some(1), "{said}");
    said["replies"][0].clone()
}

async fn is_asked_which_one(chat: &Chat<'_>, text: &str) {
    let reply = reply(chat, text).await;
    assert_eq!(
        (&reply["kind"], &reply["data"]["kind"]),
        (&json!("bot"), &json!("clarify")),
        "{reply}"
    );
}

async fn is_answered(chat: &Chat<'_>, text: &str) {
    let reply = reply(chat, text).await;
    assert_eq!(
        (&reply["kind"], &reply["data"]["kind"]),
        (&json!("bot"), &json!("answer")),
        "{reply}"
    );
}

/// The bot still has the conversation.
async fn is_with_the_bot(chat: &Chat<'_>) {
    let shown = chat.shown().await;
    assert_eq!(
        (&shown["with_people"], &shown["ticket"]),
        (&json!(false), &Value::Null),
        "{shown}"
    );
    let queue = Agent::ana(chat.site).get("/api/v1/tickets").await.json();
    assert_eq!(queue["tickets"], json!([]));
}

/// People have it: the turn is the receipt of a ticket that stands in the queue for this reason, and the bot is silent.
async fn is_with_people(chat: &Chat<'_>, receipt: &Value, reason: &str, question: &str) {
    assert_eq!(receipt["kind"], "receipt", "{receipt}");
    let reference = receipt["data"]["reference"].as_str().expect("a reference");
    assert!(
        receipt["text"].as_str().is_some_and(|text| text.contains(reference)),
        "{receipt}"
    );
    let ticket = Agent::ana(chat.site).ticket(reference).await;
    assert_eq!(
        [
            &ticket["reason"],
            &ticket["state"],
            &ticket["conversation"],
            &ticket["question"]
        ],
        [reason, "open", chat.id.as_str(), question],
        "{ticket}"
    );
    assert!(ticket["promise_at"].is_string() && ticket["waiting_since"].is_string());
    let shown = chat.shown().await;
    assert_eq!(
        (&shown["with_people"], &shown["ticket"]),
        (&json!(true), &json!(reference))
    );
    assert_eq!(chat.say(SURE).await["replies"], json!([]), "the bot is silent");
}

#[tokio::test]
async fn a_choice_that_is_not_taken_twice_goes_to_people() {
    let site = site(2).await;
    let chat = Chat::begin(&site).await;
    is_asked_which_one(&chat, UNSURE[0]).await;
    is_with_the_bot(&chat).await;
    let receipt = reply(&chat, UNSURE[1]).await;
    is_with_people(&chat, &receipt, "misses", UNSURE[1]).await;
}

#[tokio::test]
async fn a_question_that_is_asked_again_after_its_answer_goes_to_people() {
    let site = site(2).await;
    let chat = Chat::begin(&site).await;
    is_answered(&chat, SURE).await;
    is_with_the_bot(&chat).await;
    let receipt = reply(&chat, SURE).await;
    is_with_people(&chat, &receipt, "misses", SURE).await;
}

#[tokio::test]
async fn a_choice_and_an_answer_that_did_not_do_go_to_people() {
    let site = site(2).await;
    let chat = Chat::begin(&site).await;
    is_asked_which_one(&chat, UNSURE[0]).await;
    is_answered(&chat, SURE).await;
    is_with_the_bot(&chat).await;
    let receipt = reply(&chat, UNSURE[1]).await;
    is_with_people(&chat, &receipt, "misses", UNSURE[1]).await;
}

#[tokio::test]
async fn the_customers_word_that_it_did_not_help_is_enough() {
    let site = site(2).await;
    for first in [UNSURE[0], SURE] {
        let chat = Chat::begin(&site).await;
        reply(&chat, first).await;
        let receipt = reply(&chat, "That didn't help.").await;
        is_with_people(&chat, &receipt, "did_not_help", first).await;

        let chat = Chat::begin(&site).await;
        reply(&chat, first).await;
        let word = chat.post("/word", json!({"word": "did_not_help"})).await;
        assert_eq!(word.status, 200, "{}", word.body);
        let shown = chat.shown().await;
        let receipt = shown["turns"].as_array().and_then(|turns| turns.last());
        is_with_people(&chat, receipt.expect("a turn"), "did_not_help", first).await;
    }
}

#[tokio::test]
async fn one_miss_is_none_too_many() {
    let site = site(2).await;
    let chat = Chat::begin(&site).await;
    is_asked_which_one(&chat, UNSURE[0]).await;
    is_answered(&chat, "Descale the Aurora machine").await;
    is_with_the_bot(&chat).await;
    // What was solved is over: the next question has its own misses.
    assert_eq!(chat.post("/word", json!({"word": "helped"})).await.status, 200);
    is_asked_which_one(&chat, UNSURE[1]).await;
    is_with_the_bot(&chat).await;
}

#[tokio::test]
async fn how_many_misses_are_too_many_is_a_setting() {
    let site = site(3).await;
    let chat = Chat::begin(&site).await;
    is_asked_which_one(&chat, UNSURE[0]).await;
    is_asked_which_one(&chat, UNSURE[1]).await;
    is_with_the_bot(&chat).await;
    let receipt = reply(&chat, UNSURE[0]).await;
    is_with_people(&chat, &receipt, "misses", UNSURE[0]).await;
}
