//! What is made of a customer's words in a chat, and what they read of programs.

use serde_json::{Value, json};

use crate::{
    common::Site,
    talk::{Agent, Chat},
};

#[tokio::test]
async fn what_helped_is_confirmed_in_words_and_the_next_question_begins_anew() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    chat.say("track an order").await;
    let said = chat.say("thanks, that solved it").await;
    assert_eq!(said["replies"][0]["data"]["kind"], "talk", "{said}");
    let states = || async {
        let episodes = site.app.store.episodes(&chat.id).await.expect("episodes");
        episodes
            .iter()
            .map(|episode| episode.state.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(states().await, ["confirmed"]);
    // The same words again are a question of a new episode, with an answer; a second time in it is a miss.
    let said = chat.say("track an order").await;
    assert_eq!(said["replies"][0]["data"]["kind"], "answer", "{said}");
    assert_eq!(states().await, ["confirmed", "open"]);
    let said = chat.say("track an order").await;
    assert_eq!(said["replies"][0]["kind"], "receipt", "{said}");
}

#[tokio::test]
async fn a_secret_alone_opens_no_ticket_and_is_asked_about() {
    let site = Site::new().await;
    for (lang, secret, asks) in [
        ("en", "4111 1111 1111 1111", "What is the matter?"),
        ("id", "kata sandi saya adalah rahasia123", "Apa yang bisa saya bantu?"),
        ("ja", "認証コードは556677", "どのようなことでお困りですか"),
    ] {
        let begun = site.post("/api/v1/conversations", json!({"lang": lang})).await.json();
        let word = |field: &str| begun[field].as_str().expect("text").to_owned();
        let chat = Chat {
            site: &site,
            id: word("id"),
            secret: word("secret"),
        };
        let said = chat.say(secret).await;
        let replies = said["replies"].as_array().expect("replies");
        let kinds: Vec<_> = replies.iter().map(|turn| &turn["kind"]).collect();
        assert_eq!(kinds, [&json!("system"), &json!("bot")], "{said}");
        let text = replies[1]["text"].as_str().expect("words");
        assert!(text.contains(asks), "{text}");
        assert_eq!(chat.shown().await["ticket"], Value::Null);
        // What comes next is the question, without what was taken out.
        let said = chat.say("I want to talk to a person").await;
        assert_eq!(said["replies"][0]["kind"], "receipt", "{said}");
    }
    let listed = Agent::ana(&site).get("/api/v1/tickets").await.json();
    for ticket in listed["tickets"].as_array().expect("tickets") {
        let question = ticket["question"].as_str().expect("a question");
        assert!(!question.contains('['), "{question}");
    }
}

#[tokio::test]
async fn what_a_program_writes_is_signed_by_the_team_and_never_by_its_token() {
    let site = Site::new().await;
    let (chat, reference) = Chat::with_people(&site).await;
    let ana = Agent::ana(&site);
    let sent = ana
        .now(&reference, "reply", json!({"text": "It left this morning."}))
        .await
        .json();
    let token = sent["turn"]["author"].as_str().expect("an author").to_owned();
    assert!(token.starts_with("token:"), "staff see who it was: {sent}");
    let name = token.trim_start_matches("token:");
    let shown = chat.shown().await;
    let turns = shown["turns"].as_array().expect("turns");
    let reply = turns.iter().find(|turn| turn["kind"] == "person").expect("the reply");
    assert_eq!(
        (&reply["author"], &reply["data"]["name"]),
        (&json!("team"), &json!("Support team"))
    );
    let page = chat.get("/turns").await.json();
    assert!(!page.to_string().contains(&token), "{page}");
    let transcript = chat.get("/transcript").await.body;
    assert!(
        transcript.contains("] Support team:\nIt left") && !transcript.contains(&format!("] {name}:")),
        "{transcript}"
    );
    let ticket = ana.ticket(&reference).await;
    let history: Vec<_> = ticket["events"].as_array().expect("events").iter().collect();
    assert!(history.iter().any(|event| event["by"] == name), "{ticket}");
}
