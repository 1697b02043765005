//! What those who work the queue may rely on.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tanya::desk::queue::Actor;

use crate::{
    common::Site,
    talk::{Agent, Chat, a_morning, two_agents},
};

fn references(list: &Value) -> Vec<String> {
    let tickets = list["tickets"].as_array().expect("tickets");
    let names = tickets
        .iter()
        .map(|ticket| ticket["reference"].as_str().expect("a reference"));
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_claim_names_what_was_seen() {
    let site = Site::new().await;
    let (_chat, reference) = Chat::with_people(&site).await;
    let ana = Agent::ana(&site);
    ana.post(&reference, "claim", None, json!({}))
        .await
        .is_problem(428, "precondition_required");
    for stale in ["\"0\"", "\"x\""] {
        let reply = ana.post(&reference, "claim", Some(stale), json!({})).await;
        reply.is_problem(412, "precondition_failed");
    }
    let claimed = ana.now(&reference, "claim", json!({})).await;
    assert_eq!((claimed.status.as_u16(), claimed.header("etag")), (200, "\"2\""));
    let claimed = claimed.json();
    assert!(claimed["assignee"].is_string() && claimed["claimed_until"].is_string());
    ana.post("T-2222-2222", "claim", Some("\"1\""), json!({}))
        .await
        .is_problem(404, "not_found");
    site.post(&format!("/api/v1/tickets/{reference}/claim"), json!({}))
        .await
        .is_problem(401, "unauthorized");
}

#[tokio::test]
async fn a_claim_holds_until_it_has_run_out() {
    let clock = a_morning();
    let site = Site::at(&clock, two_agents).await;
    let (_chat, reference) = Chat::with_people(&site).await;
    let (ana, budi) = (Agent::ana(&site), Agent::budi(&site));
    ana.now(&reference, "claim", json!({})).await;
    budi.now(&reference, "claim", json!({}))
        .await
        .is_problem(409, "not_now");
    budi.now(&reference, "reply", json!({"text": "Hi"}))
        .await
        .is_problem(409, "not_now");
    assert_eq!(budi.act(&reference, json!({"act": "release"})).await.status, 409);
    clock.advance(SignedDuration::from_mins(10));
    assert_eq!(budi.now(&reference, "claim", json!({})).await.status, 200);
    clock.advance(SignedDuration::from_mins(10));
    assert_eq!(site.app.desk.tick().await, Ok(1));
    let returned = ana.ticket(&reference).await;
    assert_eq!(returned["assignee"], Value::Null, "untouched, it goes back");
    assert_eq!(site.app.desk.tick().await, Ok(0));
}

#[tokio::test]
async fn two_agents_never_answer_the_same_message() {
    let site = Site::with(two_agents).await;
    let (chat, reference) = Chat::with_people(&site).await;
    let (ana, budi) = (Agent::ana(&site), Agent::budi(&site));
    let etag = ana.etag(&reference).await;
    let body = || json!({"text": "It is on its way."});
    ana.post(&reference, "reply", None, body())
        .await
        .is_problem(428, "precondition_required");
    let (one, two) = tokio::join!(
        ana.post(&reference, "reply", Some(&etag), body()),
        budi.post(&reference, "reply", Some(&etag), body())
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(
        chat.kinds().await,
        ["bot", "receipt", "person"],
        "the customer sees one"
    );
    let sent = if one.status == 200 { one } else { two };
    assert_eq!(sent.header("etag"), "\"2\"");
    assert_eq!(sent.json()["ticket"]["waiting_since"], Value::Null);
}

#[tokio::test]
async fn a_reply_that_is_sent_again_is_one_reply() {
    let site = Site::new().await;
    let (chat, reference) = Chat::with_people(&site).await;
    let authorization = format!("Bearer {}", crate::common::TOKEN);
    let path = format!("/api/v1/tickets/{reference}/reply");
    let note = format!("/api/v1/tickets/{reference}/notes");
    let headers = [
        ("authorization", authorization.as_str()),
        ("if-match", "\"1\""),
        ("idempotency-key", "r1"),
    ];
    let send = |text: &'static str| site.post_with(&path, &headers, json!({"text": text}));
    let (first, again) = (send("Yes.").await, send("Yes.").await);
    assert_eq!(
        (first.status.as_u16(), again.status.as_u16()),
        (200, 200),
        "{}",
        again.body
    );
    assert_eq!(first.json()["turn"], again.json()["turn"]);
    send("No.").await.is_problem(422, "invalid_body");
    let lost = [("authorization", authorization.as_str()), ("idempotency-key", "r1")];
    site.post_with(&note, &lost, json!({"text": "Yes."}))
        .await
        .is_problem(422, "invalid_body");
    assert_eq!(chat.kinds().await, ["bot", "receipt", "person"]);
    let shown = chat.shown().await;
    assert_eq!(shown["turns"][2]["key"], Value::Null, "keys of staff are theirs");
}

#[tokio::test]
async fn notes_are_for_colleagues_only_and_take_no_ticket() {
    let site = Site::new().await;
    let (chat, reference) = Chat::with_people(&site).await;
    let ana = Agent::ana(&site);
    let noted = ana
        .post(&reference, "notes", None, json!({"text": "a difficult one"}))
        .await;
    assert_eq!((noted.status.as_u16(), &noted.json()["assignee"]), (200, &Value::Null));
    for path in ["", "/turns", "/transcript"] {
        assert!(!chat.get(path).await.body.contains("difficult"), "{path}");
    }
    let thread = ana.get(&format!("/api/v1/tickets/{reference}/turns")).await.json();
    assert_eq!(thread["turns"][2]["kind"], "note");
    assert_eq!(thread["conversation"], json!(chat.id));
    ana.post(&reference, "notes", None, json!({"text": " "}))
        .await
        .is_problem(422, "invalid_body");
}

#[tokio::test]
async fn what_was_put_aside_comes_back_in_time_or_with_the_customers_message() {
    let clock = a_morning();
    let site = Site::at(&clock, two_agents).await;
    let (chat, reference) = Chat::with_people(&site).await;
    let ana = Agent::ana(&site);
    let snooze = || ana.act(&reference, json!({"act": "snooze", "minutes": 60}));
    assert_eq!(snooze().await.json()["state"], "snoozed");
    chat.say("hello?").await;
    let back = ana.ticket(&reference).await;
    assert_eq!((&back["state"], &back["snoozed_until"]), (&json!("open"), &Value::Null));
    assert_eq!(back["waiting_since"], "2026-11-24T02:00:00Z", "the clock goes on");
    snooze().await;
    clock.advance(SignedDuration::from_mins(60));
    site.app.desk.tick().await.expect("no error");
    assert_eq!(ana.ticket(&reference).await["state"], "open");
    let far = json!({"act": "snooze", "minutes": 0});
    ana.act(&reference, far).await.is_problem(422, "invalid_body");
}

#[tokio::test]
async fn a_merged_ticket_goes_on_in_the_other_however_often() {
    let site = Site::with(two_agents).await;
    let ana = Agent::ana(&site);
    let (first, a) = Chat::with_people(&site).await;
    let (second, b) = Chat::with_people(&site).await;
    let (third, c) = Chat::with_people(&site).await;
    let merge = |from: &str, into: &str| {
        let (from, into) = (from.to_owned(), into.to_owned());
        let ana = Agent::ana(&site);
        async move { ana.act(&from, json!({"act": "merge", "into": into})).await }
    };
    merge(&a, &a).await.is_problem(422, "invalid_body");
    let merged = merge(&a, &b).await;
    assert_eq!((merged.status.as_u16(), &merged.json()["reference"]), (200, &json!(b)));
    assert_eq!(merge(&b, &c).await.status, 200);
    merge(&c, &a).await.is_problem(409, "not_now");
    let ended = ana.ticket(&a).await;
    assert_eq!((&ended["state"], &ended["merged_into"]), (&json!("merged"), &json!(b)));
    // A reply reaches all three customers' conversations.
    assert_eq!(ana.now(&c, "reply", json!({"text": "Found it."})).await.status, 200);
    for chat in [&first, &second, &third] {
        assert_eq!(chat.kinds().await, ["bot", "receipt", "person"]);
        assert!(
            !chat.shown().await.to_string().contains("merged:"),
            "no conversation is named to another"
        );
    }
    // What the customer of the first writes is for the last, and the agent sees it there.
    assert_eq!(first.say("thank you, but where?").await["replies"], json!([]));
    let open = ana.ticket(&c).await;
    assert_eq!(open["state"], "open");
    let thread = ana.get(&format!("/api/v1/tickets/{c}/turns")).await.json();
    assert_eq!(thread["merged"].as_array().map(Vec::len), Some(2));
    assert!(thread["merged"].to_string().contains("but where?"));
}

#[tokio::test]
async fn anybody_may_escalate_at_any_time_with_a_reason() {
    let site = Site::new().await;
    let (_chat, reference) = Chat::with_people(&site).await;
    let ana = Agent::ana(&site);
    ana.act(&reference, json!({"act": "escalate", "reason": " "}))
        .await
        .is_problem(422, "invalid_body");
    let ticket = ana
        .act(&reference, json!({"act": "escalate", "reason": "He is shouting"}))
        .await
        .json();
    assert_eq!(
        (&ticket["escalation"], &ticket["events"][1]["data"]["reason"]),
        (&json!(1), &json!("He is shouting"))
    );
    ana.act(&reference, json!({"act": "applaud"}))
        .await
        .is_problem(422, "invalid_body");
}

#[tokio::test]
async fn people_take_over_and_hand_back() {
    let clock = a_morning();
    let site = Site::at(&clock, |_| ()).await;
    let ana = Agent::ana(&site);
    let chat = Chat::begin(&site).await;
    chat.say("track an order").await;
    let authorization = format!("Bearer {}", crate::common::TOKEN);
    let path = format!("/api/v1/conversations/{}/take-over", chat.id);
    let headers = [("authorization", authorization.as_str())];
    let take = || site.post_with(&path, &headers, json!({}));
    let taken = take().await;
    assert_eq!(taken.status, 200, "{}", taken.body);
    let ticket = taken.json();
    let reference = ticket["reference"].as_str().expect("a reference");
    assert_eq!(
        (&ticket["reason"], &ticket["question"]),
        (&json!("taken_over"), &json!("track an order"))
    );
    assert!(ticket["assignee"].is_string() && taken.header("etag") == "\"1\"");
    take().await.is_problem(409, "not_now");
    assert_eq!(
        chat.say("are you a robot?").await["replies"],
        json!([]),
        "the bot is silent"
    );
    let back = ana.act(reference, json!({"act": "hand_back"})).await;
    assert_eq!(back.json()["state"], "resolved", "{}", back.body);
    let shown = chat.shown().await;
    assert_eq!((&shown["with_people"], &shown["ticket"]), (&json!(false), &Value::Null));
    // What nobody had answered is the bot's to answer.
    clock.advance(SignedDuration::from_secs(10));
    assert_eq!(site.app.answer_overdue().await.expect("no error"), 1);
    let shown = chat.shown().await;
    let last = shown["turns"]
        .as_array()
        .and_then(|turns| turns.last())
        .expect("a turn");
    assert!(
        last["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("Yes, I am a machine")),
        "{last}"
    );
}

#[tokio::test]
async fn only_managers_end_a_conversation_and_it_takes_no_messages_any_more() {
    let site = Site::new().await;
    let (chat, reference) = Chat::with_people(&site).await;
    let end = json!({"act": "end", "reason": "abuse"});
    Agent::ana(&site)
        .act(&reference, end)
        .await
        .is_problem(403, "forbidden");
    let manager = Actor {
        manages: true,
        ..Actor::named("citra")
    };
    let act = tanya::desk::queue::Act::End { reason: "abuse".into() };
    let ended = site
        .app
        .desk
        .act(&reference, act, &manager, None)
        .await
        .expect("a manager may");
    assert_eq!(ended.outcome.map(|outcome| outcome.as_str()), Some("ended_by_staff"));
    chat.post("/turns", json!({"text": "you!"}))
        .await
        .is_problem(409, "not_now");
    chat.post("/person", json!({})).await.is_problem(409, "not_now");
    chat.post("/word", json!({"word": "helped"}))
        .await
        .is_problem(409, "not_now");
    assert_eq!(chat.kinds().await, ["bot", "receipt"]);
}

#[tokio::test]
async fn a_ticket_is_resolved_with_the_version_in_the_body_as_ever() {
    let site = Site::new().await;
    let (_chat, reference) = Chat::with_people(&site).await;
    let ana = Agent::ana(&site);
    let resolve = |version: i64| ana.post(&reference, "resolve", None, json!({"version": version, "note": "done"}));
    resolve(7).await.is_problem(409, "version_conflict");
    let resolved = resolve(1).await;
    assert_eq!(
        (resolved.status.as_u16(), &resolved.json()["state"]),
        (200, &json!("resolved"))
    );
    resolve(1).await.is_problem(409, "version_conflict");
}

#[tokio::test]
async fn nobody_takes_more_complex_tickets_than_they_may_have() {
    let site = Site::with(two_agents).await;
    let by = tanya::desk::Staffer {
        capacity: Some(1),
        ..tanya::desk::Staffer::named("ana")
    };
    let mut tickets = Vec::new();
    for _ in 0..2 {
        let chat = Chat::begin(&site).await;
        let said = chat.say("I was charged twice and want a refund").await;
        tickets.push(
            said["replies"][0]["data"]["reference"]
                .as_str()
                .expect("a ticket")
                .to_owned(),
        );
    }
    let desk = &site.app.desk;
    desk.claim(&tickets[0], &by, None).await.expect("the first one");
    let refused = desk.claim(&tickets[1], &by, None).await.expect_err("one too many");
    assert!(refused.to_string().contains("limit of 1"), "{refused}");
    desk.claim(&tickets[0], &by, None).await.expect("their own one, again");
}

#[tokio::test]
async fn lists_show_what_is_to_be_worked_on() {
    let clock = a_morning();
    let site = Site::at(&clock, two_agents).await;
    let ana = Agent::ana(&site);
    let mut tickets = Vec::new();
    for _ in 0..4 {
        clock.advance(SignedDuration::from_secs(1));
        tickets.push(Chat::with_people(&site).await.1);
    }
    let [mine, routed, replied, resolved] = &tickets[..] else {
        unreachable!("four were opened")
    };
    ana.now(mine, "claim", json!({})).await;
    ana.act(routed, json!({"act": "route", "team": "billing"})).await;
    ana.act(routed, json!({"act": "escalate", "reason": "angry"})).await;
    ana.now(replied, "reply", json!({"text": "Hello"})).await;
    ana.post(resolved, "resolve", None, json!({"version": 1})).await;
    let site = &site;
    let list = |query: &'static str| async move {
        let list = Agent::ana(site).get(&format!("/api/v1/tickets?{query}")).await;
        assert_eq!(list.status, 200, "{}", list.body);
        references(&list.json())
    };
    let of = |wanted: &[&String]| wanted.iter().map(|one| (*one).clone()).collect::<Vec<_>>();
    assert_eq!(list("").await, tickets, "the order of work");
    assert_eq!(list("view=mine").await, of(&[mine, replied]));
    assert_eq!(list("assignee=token:ana&state=open").await, of(&[mine]));
    assert_eq!(list("view=unassigned").await, of(&[routed]));
    assert_eq!(list("view=team&team=billing").await, of(&[routed]));
    assert_eq!(
        list("team=billing&team=support&state=open&state=waiting").await,
        of(&[mine, routed, replied])
    );
    assert_eq!(list("view=escalated").await, of(&[routed]));
    assert_eq!(list("state=resolved").await, of(&[resolved]));
    assert_eq!(list("view=overdue").await, of(&[]));
    clock.advance(SignedDuration::from_hours(25));
    assert_eq!(list("view=overdue").await, of(&[mine, routed]));
    let page = ana.get("/api/v1/tickets?limit=3").await.json();
    let next = page["next"].as_str().expect("another page");
    let rest = ana.get(&format!("/api/v1/tickets?cursor={next}")).await.json();
    assert_eq!(references(&rest), of(&[resolved]));
    for wrong in ["view=all", "state=closed", "limit=x", "limit=0", "cursor=x"] {
        ana.get(&format!("/api/v1/tickets?{wrong}"))
            .await
            .is_problem(400, "invalid_query");
    }
}

#[tokio::test]
async fn a_view_of_the_rules_shows_the_tickets_for_which_it_holds_and_a_page_makes_a_topic() {
    let site = Site::new().await;
    let rules = "[[rule]]\nname = 'pages'\nwhen = { page_url = '/billing*' }\ntopic = 'billing'\n\n\
                 [[view]]\nname = 'Money matters'\nwhen = { topic = 'billing' }\n";
    let rules = tanya::desk::Routing::parse("routing.toml", rules, "escalation").expect("rules");
    site.app.desk.switch_routing(std::sync::Arc::new(rules));
    let (_chat, _other) = Chat::with_people(&site).await;
    let body = json!({
        "question": "how do I descale it", "open_ticket": true, "context": {"page_url": "/billing/cards"},
    });
    let decision = site.post("/api/v1/ask", body).await.json();
    assert_eq!(
        (&decision["handoff"]["reason"], &decision["handoff"]["topic"]),
        (&json!("sensitive_topic"), &json!("billing"))
    );
    let agent = Agent::ana(&site);
    let shown = agent.get("/api/v1/tickets?view=Money+matters").await.json();
    assert_eq!(
        references(&shown),
        [decision["handoff"]["ticket"].as_str().expect("a ticket")]
    );
    agent
        .get("/api/v1/tickets?view=nothing")
        .await
        .is_problem(400, "invalid_query");
}
