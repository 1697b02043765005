//! What customers may rely on in a chat.

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tanya::store::{Subject, TimeRange};

use crate::{
    common::{Site, request},
    talk::{Agent, Chat, a_morning},
};

#[tokio::test]
async fn the_bot_says_at_once_that_it_is_a_machine_and_again_when_asked() {
    let site = Site::new().await;
    let begun = site.post("/api/v1/conversations", json!({"lang": "id"})).await.json();
    assert_eq!(begun["turns"][0]["kind"], "bot");
    let first = begun["turns"][0]["text"].as_str().expect("words");
    assert!(
        first.contains("Kopi Kita") && first.contains("bukan manusia"),
        "{first}"
    );
    let chat = Chat::begin(&site).await;
    let said = chat.say("Are you a robot?").await;
    let reply = said["replies"][0]["text"].as_str().expect("a reply");
    assert!(reply.starts_with("Yes, I am a machine"), "{reply}");
}

#[tokio::test]
async fn a_question_is_answered_with_its_source() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    let said = chat.say("track an order").await;
    let reply = &said["replies"][0];
    assert_eq!(
        (&reply["kind"], &reply["data"]["kind"]),
        (&json!("bot"), &json!("answer")),
        "{said}"
    );
    assert_eq!(reply["data"]["decision"]["answer"]["article"]["id"], "en/orders/track");
    assert_eq!(reply["text"], reply["data"]["decision"]["answer"]["text"]);
    assert_eq!(said["turn"]["text"], "track an order");
    // The same article again is no help: people go on.
    let again = chat.say("track an order").await;
    assert_eq!(again["replies"][0]["kind"], "receipt", "{again}");
}

#[tokio::test]
async fn greetings_and_thanks_are_no_questions() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    for text in ["hello!", "thank you so much"] {
        let said = chat.say(text).await;
        assert_eq!(said["replies"][0]["data"]["kind"], "talk", "{said}");
    }
    chat.say("track an order").await;
    assert_eq!(logged(&site).await, ["track an order"]);
}

#[tokio::test]
async fn a_card_number_is_kept_nowhere_and_the_customer_is_told() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    let said = chat.say("track an order, my card is 4111 1111 1111 1111").await;
    assert_eq!(said["replies"][0]["kind"], "system", "{said}");
    assert_eq!(said["replies"][0]["data"]["kind"], "masked");
    let seen = [
        said.to_string(),
        chat.shown().await.to_string(),
        logged(&site).await.concat(),
        site.app
            .store
            .events_after(&format!("conversation:{}", chat.id), 0, 100)
            .await
            .map(|events| format!("{events:?}"))
            .expect("events"),
    ];
    for text in seen {
        assert!(!text.contains("4111 1111") && !text.contains("41111111"), "{text}");
    }
}

#[tokio::test]
async fn a_message_that_is_sent_again_is_one_message_with_one_reply() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    let say = |text: &'static str| chat.send(Method::POST, "/turns", json!({"text": text}), Some("k1"));
    // The second comes while the first is being answered, the third later.
    let (first, second) = tokio::join!(say("track an order"), say("track an order"));
    let third = say("track an order").await;
    assert_eq!(
        (first.status.as_u16(), second.status.as_u16(), third.status.as_u16()),
        (201, 201, 201)
    );
    let (first, second, third) = (first.json(), second.json(), third.json());
    assert_eq!(first["replies"][0]["data"]["kind"], "answer", "{first}");
    assert_eq!(first, second);
    assert_eq!(first, third);
    assert_eq!(chat.kinds().await, ["bot", "customer", "bot"]);
    say("something else").await.is_problem(422, "invalid_body");
    assert_eq!(logged(&site).await.len(), 1, "one question in the log");
}

#[tokio::test]
async fn only_whoever_holds_the_secret_sees_a_conversation() {
    let site = Site::new().await;
    let (chat, other) = (Chat::begin(&site).await, Chat::begin(&site).await);
    let path = format!("/api/v1/conversations/{}", chat.id);
    for rest in ["", "/turns", "/transcript", "/stream"] {
        let none = site.get(&format!("{path}{rest}")).await;
        none.is_problem(401, "unauthorized");
        let wrong = format!("Bearer {}", other.secret);
        let reply = site
            .get_with(&format!("{path}{rest}"), &[("authorization", &wrong)])
            .await;
        reply.is_problem(404, "not_found");
    }
    let kept = site
        .app
        .store
        .conversation(&chat.id)
        .await
        .expect("a store")
        .expect("kept");
    assert_ne!(kept.secret, chat.secret, "only a hash is kept");
    let shown = chat.shown().await.to_string();
    assert!(!shown.contains(&chat.secret), "it is told once");
}

#[test]
fn no_secret_and_no_word_of_a_customer_is_in_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let secret = tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let site = Site::new().await;
            let chat = Chat::begin(&site).await;
            chat.say("track an order, my card is 4111 1111 1111 1111").await;
            chat.shown().await;
            chat.secret.clone()
        })
    });
    let text = String::from_utf8_lossy(&log.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    assert!(text.contains("/api/v1/conversations/"), "requests are logged: {text}");
    assert!(
        !text.contains(&secret) && !text.contains("4111") && !text.contains("my card"),
        "{text}"
    );
}

#[tokio::test]
async fn a_sensitive_question_becomes_a_ticket_and_its_receipt_in_one_reply() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    let said = chat.say("I was charged twice and want a refund").await;
    let receipt = &said["replies"][0];
    assert_eq!(receipt["kind"], "receipt", "{said}");
    let reference = receipt["data"]["reference"].as_str().expect("a reference").to_owned();
    assert!(receipt["text"].as_str().is_some_and(|text| text.contains(&reference)));
    let ticket = Agent::ana(&site).ticket(&reference).await;
    assert_eq!(
        (&ticket["conversation"], &ticket["state"]),
        (&json!(chat.id), &json!("open"))
    );
    assert_eq!(
        ticket["waiting_since"], said["turn"]["at"],
        "the clock starts at the customer's message"
    );
    // From now on the bot is silent, whatever is said.
    for text in ["are you a robot?", "track an order"] {
        assert_eq!(chat.say(text).await["replies"], json!([]));
    }
    assert_eq!(
        chat.kinds().await,
        ["bot", "customer", "receipt", "customer", "customer"]
    );
}

#[tokio::test]
async fn a_wish_for_a_person_is_one_ticket_however_often_it_is_said() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    chat.say("track an order").await;
    let said = chat.say("I want to talk to a person").await;
    assert_eq!(said["replies"].as_array().map(Vec::len), Some(1), "{said}");
    let reference = said["replies"][0]["data"]["reference"].clone();
    for _ in 0..2 {
        let reply = chat.post("/person", json!({})).await.json();
        assert_eq!(reply["ticket"], reference);
    }
    chat.say("a person please!").await;
    let listed = Agent::ana(&site).get("/api/v1/tickets").await.json();
    assert_eq!(listed["tickets"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed["tickets"][0]["question"], "track an order", "what it is about");
    assert_eq!(listed["tickets"][0]["reason"], "wants_person");
}

#[tokio::test]
async fn two_wishes_for_a_person_at_once_are_one_ticket() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    let (one, two) = tokio::join!(chat.post("/person", json!({})), chat.post("/person", json!({})));
    assert_eq!(one.json()["ticket"], two.json()["ticket"]);
    assert_eq!(chat.kinds().await, ["bot", "receipt"]);
}

#[tokio::test]
async fn what_did_not_help_goes_to_people_in_words_and_by_route() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    chat.say("track an order").await;
    let said = chat.say("That didn't help.").await;
    assert_eq!(said["replies"][0]["kind"], "receipt", "{said}");
    let chat = Chat::begin(&site).await;
    chat.say("track an order").await;
    let reply = chat.post("/word", json!({"word": "did_not_help"})).await.json();
    let ticket = Agent::ana(&site)
        .ticket(reply["ticket"].as_str().expect("a ticket"))
        .await;
    assert_eq!(
        (&ticket["reason"], &ticket["question"]),
        (&json!("did_not_help"), &json!("track an order"))
    );
    chat.post("/word", json!({"word": "perhaps"}))
        .await
        .is_problem(422, "invalid_body");
}

#[tokio::test]
async fn what_helped_is_confirmed_by_the_customer_alone() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    chat.post("/word", json!({"word": "helped"}))
        .await
        .is_problem(409, "not_now");
    chat.say("track an order").await;
    assert_eq!(chat.post("/word", json!({"word": "helped"})).await.status, 200);
    let scene = site
        .app
        .store
        .scene(&Subject::Conversation(chat.id.clone()))
        .await
        .expect("a scene");
    assert_eq!(scene.episode.expect("an episode").state.as_str(), "confirmed");
    assert_eq!(chat.say("thanks").await["replies"][0]["data"]["kind"], "talk");
    let episodes = site.app.store.episodes(&chat.id).await.expect("episodes");
    assert_eq!(episodes.len(), 1, "thanks take nothing up again");
}

#[tokio::test]
async fn a_resolved_ticket_is_taken_up_again_when_its_customer_asks_for_a_person() {
    let site = Site::new().await;
    let (chat, reference) = Chat::with_people(&site).await;
    let ana = Agent::ana(&site);
    assert_eq!(
        ana.post(&reference, "resolve", None, json!({"version": 1}))
            .await
            .status,
        200
    );
    assert_eq!(chat.post("/person", json!({})).await.json()["ticket"], json!(reference));
    assert_eq!(ana.ticket(&reference).await["state"], "open");
    ana.post(&reference, "resolve", None, json!({"version": 3})).await;
    chat.post("/word", json!({"word": "helped"})).await;
    assert_eq!(ana.ticket(&reference).await["outcome"], "confirmed");
}

#[tokio::test]
async fn an_episode_has_one_rating_and_the_latest_counts() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    let rate = |rating: i64| chat.send(Method::PUT, "/rating", json!({"rating": rating, "note": "ok"}), None);
    rate(5).await.is_problem(422, "invalid_body");
    chat.say("track an order").await;
    assert_eq!(
        (rate(2).await.status.as_u16(), rate(4).await.status.as_u16()),
        (204, 204)
    );
    rate(6).await.is_problem(422, "invalid_body");
    let episodes = site.app.store.episodes(&chat.id).await.expect("episodes");
    assert_eq!(
        episodes.iter().map(|episode| episode.rating).collect::<Vec<_>>(),
        [Some(4)]
    );
}

#[tokio::test]
async fn details_are_checked_and_reach_the_ticket_whenever_they_were_left() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    let leave = |body: Value| chat.send(Method::PATCH, "/details", body, None);
    for wrong in [
        json!({"urgency": "now!"}),
        json!({"phone": "4111 1111 1111 1111"}),
        json!({"phone": "call me"}),
        json!({"name": "a\nb"}),
        json!({"order_number": "x".repeat(101)}),
    ] {
        leave(wrong).await.is_problem(422, "invalid_body");
    }
    leave(json!({"email": "call me"}))
        .await
        .is_problem(422, "invalid_contact");
    let left = json!({"email": "ana@example.com", "order_number": "KK-1042", "urgency": "high", "name": "Ana"});
    assert_eq!(leave(left).await.json()["email"], "ana@example.com");
    let reply = chat.post("/person", json!({})).await.json();
    let reference = reply["ticket"].as_str().expect("a ticket");
    let ticket = Agent::ana(&site).ticket(reference).await;
    assert_eq!(
        [
            &ticket["contact"],
            &ticket["order_number"],
            &ticket["urgency"],
            &ticket["customer_name"]
        ],
        [
            &json!("ana@example.com"),
            &json!("KK-1042"),
            &json!("high"),
            &json!("Ana")
        ]
    );
    leave(json!({"order_number": "KK-1043"})).await;
    assert_eq!(Agent::ana(&site).ticket(reference).await["order_number"], "KK-1043");
}

#[tokio::test]
async fn the_transcript_has_what_was_said_and_no_notes() {
    let site = Site::new().await;
    let (chat, reference) = Chat::with_people(&site).await;
    let ana = Agent::ana(&site);
    chat.say("where is my box").await;
    ana.now(&reference, "notes", json!({"text": "a difficult one"})).await;
    ana.now(&reference, "reply", json!({"text": "It is on its way."})).await;
    let transcript = chat.get("/transcript").await;
    assert!(transcript.header("content-type").starts_with("text/plain"));
    assert!(transcript.body.contains("where is my box") && transcript.body.contains("It is on its way."));
    assert!(!transcript.body.contains("difficult"));
}

#[tokio::test]
async fn messages_in_a_burst_get_one_reply() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    let chat = &chat;
    let say = |text: &'static str| async move {
        let said = chat.say(text).await;
        said["replies"].as_array().map_or(0, Vec::len)
    };
    let (one, two, three) = tokio::join!(say("hello"), say("I have a question"), say("how do I track an order"));
    assert_eq!(one + two + three, 1, "one of them is answered, with all of them");
    let kinds = chat.kinds().await;
    assert_eq!(kinds[..4], ["bot", "customer", "customer", "customer"]);
    assert_eq!(kinds.len(), 5);
    assert_eq!(logged(&site).await.len(), 1);
}

#[tokio::test]
async fn an_answer_that_a_server_owed_is_given_by_another_one() {
    let clock = a_morning();
    let site = Site::at(&clock, |_| ()).await;
    let chat = Chat::begin(&site).await;
    // Heard, and then the server is gone.
    site.app
        .desk
        .hear(&chat.id, "track an order", None)
        .await
        .expect("heard");
    let other = site.another_server(&clock).await;
    assert_eq!(
        other.answer_overdue().await.expect("no error"),
        0,
        "its own server may still do it"
    );
    clock.advance(SignedDuration::from_secs(10));
    assert_eq!(other.answer_overdue().await.expect("no error"), 1);
    assert_eq!(chat.kinds().await, ["bot", "customer", "bot"]);
    assert_eq!(other.answer_overdue().await.expect("no error"), 0);
    assert_eq!(site.app.answer_overdue().await.expect("no error"), 0);
}

#[tokio::test]
async fn what_is_no_message_is_refused() {
    let site = Site::new().await;
    let chat = Chat::begin(&site).await;
    for text in ["".to_owned(), "  \n".to_owned(), "x".repeat(4_001)] {
        chat.post("/turns", json!({"text": text}))
            .await
            .is_problem(422, "invalid_body");
    }
    chat.get("/turns?limit=0").await.is_problem(400, "invalid_query");
    let page = chat.get("/turns?limit=1").await.json();
    assert_eq!(
        (page["turns"].as_array().map(Vec::len), &page["next"]),
        (Some(1), &json!(1))
    );
    let large = json!({"lang": "en", "context": {"page": "x".repeat(20_000)}});
    site.post("/api/v1/conversations", large)
        .await
        .is_problem(422, "invalid_body");
    let identity = json!({"identity": "not.a.token"});
    site.post("/api/v1/conversations", identity)
        .await
        .is_problem(401, "unauthorized");
    let no_json = request(
        Method::POST,
        "/api/v1/conversations",
        &[("content-type", "application/json")],
        "{".into(),
    );
    site.send(no_json).await.is_problem(400, "bad_json");
}

/// Words of the questions in the log.
async fn logged(site: &Site) -> Vec<String> {
    site.app.store.flush().await.expect("flushed");
    let questions = site
        .app
        .store
        .questions(TimeRange::default(), 100)
        .await
        .expect("questions");
    questions.into_iter().map(|question| question.text).collect()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn whoever_asks_for_a_person_again_reads_who_has_it() {
    let site = Site::new().await;
    let (chat, _) = Chat::with_people(&site).await;
    chat.say("my parcel is blue").await;
    chat.say("I want to talk to a person").await;
    let kinds = chat.kinds().await;
    assert_eq!(kinds, ["bot", "receipt", "customer", "customer", "bot"]);
    let shown = chat.shown().await;
    let last = &shown["turns"][kinds.len() - 1];
    let reference = shown["ticket"].as_str().expect("a ticket");
    assert!(
        last["text"].as_str().is_some_and(|text| text.contains(reference)),
        "{last}"
    );
}
