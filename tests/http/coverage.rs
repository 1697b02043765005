//! Writers' numbers over the API: who may see them, what can be asked of them, and how an article is named.

use serde_json::{Value, json};

use crate::common::{Reply, Site};

const PATH: &str = "/api/v1/coverage";

async fn asked(site: &Site, questions: &[&str]) -> Value {
    for question in questions {
        let reply = site.post("/api/v1/ask", json!({"question": question})).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    counted(site, questions.len()).await
}

/// The report as soon as so many questions are in it.
async fn counted(site: &Site, questions: usize) -> Value {
    // The log may be written after the answer.
    for _ in 0..100 {
        let report = site.get_as_agent(PATH).await.json();
        if report["questions"] == questions {
            return report;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the questions are not counted");
}

#[tokio::test]
async fn what_was_asked_is_counted_by_how_it_ended() {
    let site = Site::new().await;
    let report = asked(
        &site,
        &[
            "Where is my order?",
            "zebra xylophone quartz",
            "ZEBRA xylophone quartz?",
            "I want a refund",
        ],
    )
    .await;
    let count = |key: &str| report[key]["count"].as_u64().expect("a count");
    assert_eq!(
        count("answered") + count("clarified") + count("handed_over"),
        4,
        "{report}"
    );
    assert_eq!(
        count("handed_over"),
        count("no_answer") + count("for_people"),
        "{report}"
    );
    assert_eq!(
        report["covered"]["of"].as_u64(),
        Some(4 - count("for_people")),
        "{report}"
    );
    let zebra = &report["unanswered"][0];
    assert_eq!(
        (&zebra["question"], &zebra["count"]),
        (&json!("ZEBRA xylophone quartz?"), &json!(2))
    );
    assert_eq!(
        report["unanswered"].as_array().map(Vec::len),
        report["why"].as_array().map(Vec::len)
    );
    if zebra["nearest"].is_object() {
        assert_eq!(
            report["why"][0]["missing_words"],
            json!(["ZEBRA", "xylophone", "quartz"])
        );
    }
    let over = site.get_as_agent("/api/v1/coverage/over-time?days=7").await.json();
    let periods = over["periods"].as_array().expect("days");
    assert_eq!((periods.len(), &over["step"]), (7, &json!("day")));
    assert_eq!(periods[6]["for_people"].as_u64(), Some(count("for_people")));
    let weeks = site
        .get_as_agent("/api/v1/coverage/over-time?days=7&step=week")
        .await
        .json();
    assert!(
        weeks["periods"].as_array().is_some_and(|weeks| weeks.len() <= 2),
        "{weeks}"
    );
    let none = site.get_as_agent("/api/v1/coverage?lang=sw").await.json();
    assert_eq!(none["questions"], 0);
}

#[tokio::test]
async fn a_question_counts_for_its_own_language_where_that_is_clear_and_else_for_its_page() {
    let site = Site::new().await;
    for (page, question) in [
        ("en", "Bagaimana cara saya melacak pesanan saya yang belum sampai?"),
        ("en", "Wann kommt denn endlich mein Paket und wo ist es jetzt?"),
        ("id", "Where is my order and when does it arrive?"),
        ("id", "tracking"),
        ("en", "tracking"),
    ] {
        let reply = site
            .post("/api/v1/ask", json!({"question": question, "lang": page}))
            .await;
        // The answer stays in the language of the page.
        assert_eq!(reply.json()["language"], page, "{question}");
    }
    let report = counted(&site, 5).await;
    let languages = report["by_language"].as_array().expect("languages");
    let asked = |lang: &str| {
        let found = languages.iter().find(|entry| entry["language"] == lang);
        found.map(|entry| entry["answered"]["of"].clone())
    };
    let expected = [("id", 2), ("en", 2), ("de", 1)];
    assert_eq!(
        expected.map(|(lang, _)| asked(lang)),
        expected.map(|(_, count)| Some(json!(count))),
        "{report}"
    );
}

#[tokio::test]
async fn an_article_is_named_with_slashes_or_without() {
    let site = Site::new().await;
    let voted = json!({"article": "en/orders/track", "helped": false, "reason": "Which number?"});
    assert_eq!(site.post("/api/v1/feedback", voted).await.status, 200);
    let plain = site
        .get_as_agent("/api/v1/coverage/articles/en/orders/track")
        .await
        .json();
    let encoded = site
        .get_as_agent("/api/v1/coverage/articles/en%2Forders%2Ftrack")
        .await
        .json();
    assert_eq!(
        (&plain["article"], &plain["reasons"]),
        (&encoded["article"], &encoded["reasons"])
    );
    assert_eq!(plain["reasons"][0]["reason"], "Which number?");
    assert_eq!(plain["reasons"][0]["about_present_version"], true);
    assert_eq!(
        (&plain["helped"]["count"], &plain["helped"]["of"]),
        (&json!(0), &json!(1))
    );
    site.get_as_agent("/api/v1/coverage/articles/en/no/such")
        .await
        .is_problem(404, "not_found");
}

#[tokio::test]
async fn strangers_see_nothing_and_wrong_queries_are_named() {
    let site = Site::new().await;
    for path in [
        PATH,
        "/api/v1/coverage/over-time",
        "/api/v1/coverage/articles/en/orders/track",
    ] {
        site.get(path).await.is_problem(401, "unauthorized");
    }
    let refused = async |query: &str| -> Reply { site.get_as_agent(&format!("{PATH}?{query}")).await };
    for query in [
        "days=0",
        "days=367",
        "days=x",
        "limit=0",
        "reason=bored",
        "lang=%3Cb%3E",
    ] {
        refused(query).await.is_problem(400, "invalid_query");
    }
    assert_eq!(refused("days=366&limit=1000&reason=&lang=").await.status, 200);
}
