use proptest::prelude::*;

use super::*;
use crate::answer::HandoffReason;

fn files(team: &str) -> RuleFiles {
    let topic = format!(
        "topic='money'\ntitle='Money'\nteam='{team}'\nreason='sensitive_topic'\npriority=1\n[en]\npatterns=['money']\n"
    );
    RuleFiles {
        topics: topics_text(&[("money.toml".into(), topic)]),
        routing: format!("[[rule]]\nname = 'all'\nteam = '{team}'\n"),
        routing_file: "routing.toml".into(),
        built_in: Vec::new(),
    }
}

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("t.db").display());
    let store = Store::open(&url).await.expect("a store");
    (folder, store)
}

fn team_of(live: &LiveRules) -> String {
    let rules = live.rules();
    let topic = rules.policy.topic("money").expect("the topic");
    assert_eq!(topic.reason, HandoffReason::SensitiveTopic);
    topic.team.clone()
}

const AT: Timestamp = Timestamp::UNIX_EPOCH;

#[tokio::test]
async fn on_sqlite_the_files_count_and_are_published() {
    let (_folder, store) = store().await;
    files("old").publish(&store, "anna", AT).await.expect("published");
    let live = LiveRules::start(&store, files("new"), None, "escalation", "server", AT).await;
    let live = live.expect("rules");
    assert_eq!(team_of(&live), "new");
    assert_eq!(live.problems(), Vec::<String>::new());
    let current = store.current_document(DocumentKind::Topics).await.expect("a reading");
    assert_eq!(current.map(|document| document.text), Some(files("new").topics));
}

#[tokio::test]
async fn a_running_server_follows_and_says_that_its_files_differ() {
    let (_folder, store) = store().await;
    let live = LiveRules::start(&store, files("a"), None, "escalation", "server", AT).await;
    let live = live.expect("rules");
    // As on PostgreSQL, where others have files of their own.
    let mut live = live;
    Arc::get_mut(&mut live.inner).expect("one handle").is_shared = true;
    let before = live.rules();
    let wake = Wake::Stream("desk".into());
    assert_eq!(live.follow(&store, &wake).await, Ok(Followed::Same));
    files("b").publish(&store, "anna", AT).await.expect("published");
    assert_eq!(
        live.follow(&store, &Wake::Stream("team:x".into())).await,
        Ok(Followed::Same)
    );
    assert_eq!(live.follow(&store, &wake).await, Ok(Followed::Changed));
    assert_eq!(team_of(&live), "b");
    // Whoever held the old ones keeps them.
    assert_eq!(before.policy.topic("money").map(|topic| topic.team.as_str()), Some("a"));
    let problems = live.problems();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems[0].starts_with("this server's topic rules differ from the store's: "),
        "{}",
        problems[0]
    );
    files("a").publish(&store, "anna", AT).await.expect("published");
    assert_eq!(live.follow(&store, &Wake::All).await, Ok(Followed::Changed));
    assert_eq!(live.problems(), Vec::<String>::new());
}

#[tokio::test]
async fn rules_that_cannot_be_read_are_not_taken_over() {
    let (_folder, store) = store().await;
    let live = LiveRules::start(&store, files("a"), None, "escalation", "server", AT).await;
    let live = live.expect("rules");
    let publish = store.publish_document(DocumentKind::Routing, "[[rule]]\nnonsense = 1", "newer", AT);
    publish.await.expect("published");
    assert_eq!(live.refresh(&store).await, Ok(Followed::Same));
    assert_eq!(live.rules().routing.len(), 1);
    let problems = live.problems();
    assert!(
        problems.len() == 1 && problems[0].contains("the last good ones go on") && problems[0].contains("nonsense"),
        "{problems:?}"
    );
    files("a").publish(&store, "anna", AT).await.expect("published");
    assert_eq!(live.refresh(&store).await, Ok(Followed::Same));
    assert_eq!(live.problems(), Vec::<String>::new());
}

async fn start(store: &Store, team: &str) -> LiveRules {
    let live = LiveRules::start(store, files(team), None, "escalation", "serve", AT).await;
    live.expect("rules")
}

/// Texts of a file of rules, as one team's.
fn routing_of(team: &str) -> String {
    files(team).routing
}

#[tokio::test]
async fn what_was_published_survives_a_restart_until_the_file_changes() {
    let (_folder, store) = store().await;
    let text_now = async || {
        let current = store.current_document(DocumentKind::Routing).await.expect("read");
        current.expect("there is one").text
    };
    start(&store, "a").await;
    let page = routing_of("page");
    let publish = store.publish_document(DocumentKind::Routing, &page, "anna", AT);
    publish.await.expect("published");
    // The files are as they were: what the page published counts, restart after restart, and nobody differs from anybody.
    for _ in 0..2 {
        let live = start(&store, "a").await;
        assert_eq!(live.rules().routing.teams().collect::<Vec<_>>(), ["page"]);
        assert_eq!(
            live.rules().policy.topic("money").map(|topic| topic.team.as_str()),
            Some("a")
        );
        assert_eq!(live.problems(), Vec::<String>::new());
        assert_eq!(text_now().await, routing_of("page"));
    }
    // Somebody has changed the file since: it counts.
    let live = start(&store, "b").await;
    assert_eq!(live.rules().routing.teams().collect::<Vec<_>>(), ["b"]);
    assert_eq!(text_now().await, routing_of("b"));
    // Back to the first file is a change, too.
    let live = start(&store, "a").await;
    assert_eq!(live.rules().routing.teams().collect::<Vec<_>>(), ["a"]);
}

#[tokio::test]
async fn a_new_program_brings_new_rules_unless_somebody_has_published_others() {
    let (_folder, store) = store().await;
    let program = async |team: &str| {
        let files = RuleFiles {
            built_in: RULES.to_vec(),
            ..files(team)
        };
        let live = LiveRules::start(&store, files, None, "escalation", "serve", AT).await;
        live.expect("rules").rules().routing.teams().next().map(str::to_owned)
    };
    assert_eq!(program("old").await.as_deref(), Some("old"));
    assert_eq!(program("new").await.as_deref(), Some("new"));
    let page = routing_of("page");
    let publish = store.publish_document(DocumentKind::Routing, &page, "anna", AT);
    publish.await.expect("published");
    assert_eq!(program("newer").await.as_deref(), Some("page"));
    // A file that the config names from now on is a wish.
    let live = start(&store, "file").await;
    assert_eq!(live.rules().routing.teams().collect::<Vec<_>>(), ["file"]);
}

#[tokio::test]
async fn published_rules_that_cannot_be_read_leave_a_lone_server_with_its_files() {
    let (_folder, store) = store().await;
    start(&store, "a").await;
    let publish = store.publish_document(DocumentKind::Routing, "[[rule]]\nfrom_the_future = 1", "anna", AT);
    publish.await.expect("published");
    let live = start(&store, "a").await;
    assert_eq!(live.rules().routing.teams().collect::<Vec<_>>(), ["a"]);
    let problems = live.problems();
    assert!(
        problems.len() == 1 && problems[0].contains("from_the_future"),
        "{problems:?}"
    );
}

#[tokio::test]
async fn wrong_files_are_neither_published_nor_started_with() {
    let (_folder, store) = store().await;
    let mut wrong = files("a");
    wrong.routing = "[[rule]]\nteam = 'x'\n".into();
    assert!(wrong.publish(&store, "anna", AT).await.is_err());
    assert!(
        LiveRules::start(&store, wrong, None, "escalation", "server", AT)
            .await
            .is_err()
    );
    assert_eq!(store.current_document_hashes().await, Ok(Vec::new()));
}

#[test]
fn the_built_in_topics_come_back_with_their_hash() {
    let files = Policy::read(None).expect("the built-in topics");
    let text = topics_text(&files);
    assert_eq!(topics_files(&text).as_ref(), Ok(&files));
    let (a, b) = (
        Policy::parse(files).expect("rules"),
        parse_topics(&text).expect("rules"),
    );
    assert_eq!(a.hash(), b.hash());
}

#[test]
fn a_text_of_another_making_is_told() {
    for text in [
        "hello",
        "# file x a.toml\n",
        "# file 9 a.toml\nabc\n",
        "# file 1 a.toml\nabc\n",
        "# file 3\nabc\n",
    ] {
        assert!(topics_files(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn files_come_back_whatever_is_in_them(files in prop::collection::btree_map("[a-z #]{1,8}\\.toml", "(\\PC|\n|# file 3 x\n){0,30}", 0..4)) {
        let files: Vec<(String, String)> = files.into_iter().collect();
        let text = topics_text(&files);
        prop_assert_eq!(topics_files(&text), Ok(files.clone()));
        let mut turned = files;
        turned.reverse();
        prop_assert_eq!(topics_text(&turned), text);
    }
}
