//! What `tanya route` promises to scripts and operators.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tanya::store::{DocumentKind, Store};
use tempfile::TempDir;

/// A folder to run commands in.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path().join(path), text).expect("written");
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tanya"));
        command.args(args).current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TANYA_") {
                command.env_remove(name);
            }
        }
        command.output().expect("the program runs")
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(args);
        assert_code(&output, 0);
        serde_json::from_slice(&output.stdout).expect("one JSON document on stdout")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[track_caller]
fn assert_code(output: &Output, code: i32) {
    let told = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{told:?}");
}

#[test]
fn explain_shows_the_topic_the_rules_and_the_result() {
    let folder = Folder::new();
    let explained = folder.json(&["route", "explain", "I was charged twice", "--json"]);
    assert_eq!(explained["topic"]["id"], "billing");
    assert_eq!(
        (&explained["reason"], &explained["people_first"]),
        (&"sensitive_topic".into(), &Value::Null)
    );
    assert_eq!(explained["result"]["team"], "billing");
    assert_eq!(explained["result"]["team_from"], "topic");
    assert_eq!(explained["result"]["trace"][0]["matched"], "no");

    let shown = folder.run(&["route", "explain", "how do I pay?", "--context", r#"{"plan": "trial"}"#]);
    assert_code(&shown, 0);
    let shown = text(&shown.stdout);
    for line in [
        "People first  yes, by the rule \"trial customers\"",
        "yes  trial customers",
        "no   new customers         tenure_below_days = 30: customer_since is not known",
        "To the team support (by a rule), priority high",
        "Tags: trial",
    ] {
        assert!(shown.contains(line), "{line:?} is not in\n{shown}");
    }
    // Nothing was asked for real.
    assert!(!folder.path().join("data").exists());
}

#[test]
fn explain_takes_time_reason_topic_language_and_signed_claims() {
    let folder = Folder::new();
    folder.write(
        "tanya.toml",
        "[desk]\nrouting = 'rules.toml'\ntime_zone = 'Asia/Jakarta'\nescalation_team = 'leads'\n",
    );
    folder.write(
        "rules.toml",
        "[[rule]]\nname = 'vip'\nwhen = { signed = true, plan = 'pro', language = 'ja', tenure_at_least_days = 360 }\n\
         team = 'vip'\ntargets = { first = '2h' }\n",
    );
    let args = [
        "route",
        "explain",
        "hello",
        "--json",
        "--lang",
        "ja",
        "--topic",
        "tax",
        "--reason",
        "misses",
        "--at",
        "2026-12-25 09:30",
    ];
    let unsigned = folder.json(&args);
    assert_eq!(unsigned["at"], "2026-12-25T09:30:00+07:00[Asia/Jakarta]");
    assert_eq!(unsigned["reason"], "misses");
    assert_eq!(
        unsigned["topic"],
        serde_json::json!({"id": "tax", "team": null, "pattern": null})
    );
    assert_eq!(
        (&unsigned["result"]["team"], &unsigned["result"]["team_from"]),
        (&"leads".into(), &"escalation".into())
    );
    let signed = [
        &args[..],
        &["--signed", r#"{"plan": "pro", "customer_since": "2025-12-01"}"#],
    ]
    .concat();
    let signed = folder.json(&signed);
    assert_eq!(signed["result"]["team"], "vip");
    assert_eq!(signed["result"]["targets"], serde_json::json!({"first": 120}));
    for wrong in [
        ["route", "explain", "x", "--at", "tomorrow"],
        ["route", "explain", "x", "--reason", "boredom"],
        ["route", "explain", "x", "--context", "[1]"],
    ] {
        assert_code(&folder.run(&wrong), 2);
    }
}

#[test]
fn check_ends_with_3_if_a_rule_is_wrong_or_never_reached() {
    let folder = Folder::new();
    assert_eq!(
        folder.json(&["route", "check", "--json"])["problems"],
        serde_json::json!([])
    );
    folder.write("tanya.toml", "[desk]\nrouting = 'rules.toml'\n");
    folder.write(
        "rules.toml",
        "[[rule]]\nname = 'all'\nteam = 'a'\n[[rule]]\nname = 'late'\nteam = 'b'\n",
    );
    let output = folder.run(&["route", "check"]);
    assert_code(&output, 3);
    let told = text(&output.stdout);
    assert!(told.contains("rule \"late\" is never reached"), "{told}");

    folder.write("rules.toml", "[[rule]]\nname = 'all'\nwhen = { plann = 'pro' }\n");
    let output = folder.run(&["route", "check", "--json"]);
    assert_code(&output, 3);
    let told = text(&output.stdout);
    assert!(told.contains("rules.toml") && told.contains("when.plann"), "{told}");
    // What is wrong is neither explained with nor published.
    for args in [&["route", "explain", "x"][..], &["route", "publish"]] {
        let output = folder.run(args);
        assert_code(&output, 1);
        assert!(text(&output.stderr).contains("when.plann"), "{}", text(&output.stderr));
    }
    fs::remove_file(folder.path().join("rules.toml")).expect("removed");
    assert_code(&folder.run(&["route", "check"]), 1);
}

#[tokio::test]
async fn publish_makes_the_rules_of_this_machine_current() {
    let folder = Folder::new();
    let published = folder.json(&["route", "publish", "--by", "anna", "--json"]);
    let url = format!("sqlite:{}", folder.path().join("data/tanya.db").display());
    let store = Store::open(&url).await.expect("a store");
    for (kind, word) in [(DocumentKind::Topics, "topics"), (DocumentKind::Routing, "routing")] {
        let current = store
            .current_document(kind)
            .await
            .expect("a reading")
            .expect("a document");
        assert_eq!(
            (published[word].as_str(), current.kept_by.as_str()),
            (Some(current.hash.as_str()), "anna")
        );
    }
    store.close().await;
}
