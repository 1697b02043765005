//! What scripts may rely on: exit codes, what goes to stdout and what to stderr.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
    sync::Arc,
};

use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use serde_json::{Map, Value};
use tanya::{
    answer::{HandoffReason, Outcome},
    clock::{Clock, SystemClock},
    config::DeskConfig,
    desk::{Desk, NewTicket},
    store::{NearestArticle, QuestionRecord, Store},
};
use tempfile::TempDir;

/// A folder with a kb and nothing else; commands run inside it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a temporary folder"));
        folder.write("kb/track.md", "# Track an order\n\nOpen *Orders*.\n");
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tanya"));
        command.args(args).current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TANYA_") {
                command.env_remove(name);
            }
        }
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program runs")
    }

    /// A store with two tickets and three questions.
    async fn seed(&self) -> String {
        let store = Store::open(&format!("sqlite:{}", self.path().join("data/tanya.db").display())).await;
        let store = store.expect("a store");
        for (i, text) in ["where is it", "=cmd()", "Where is it?"].into_iter().enumerate() {
            assert!(store.record_question(&question(i, text)));
        }
        let rng = ChaCha12Rng::seed_from_u64(1);
        let desk = Desk::new(
            store.clone(),
            Arc::new(SystemClock),
            rng,
            "Kawan Kopi",
            &DeskConfig::default(),
        );
        desk.open_ticket(new_ticket("first")).await.expect("a ticket");
        let ticket = desk.open_ticket(new_ticket("second")).await.expect("a ticket");
        store.close().await;
        ticket.reference
    }
}

fn question(i: usize, text: &str) -> QuestionRecord {
    QuestionRecord {
        id: format!("Q{i}"),
        at: SystemClock.now(),
        text: text.into(),
        lang: "en".into(),
        context: Map::new(),
        channel: "cli".into(),
        outcome: Outcome::Handoff,
        reason: Some(HandoffReason::NoMatch),
        topic: None,
        confidence: 0.1,
        threshold: 0.7,
        article: None,
        nearest: Some(NearestArticle {
            id: "track".into(),
            title: "Track an order".into(),
        }),
        generation: String::new(),
        weights: String::new(),
        calibration: String::new(),
        rules: String::new(),
        latency_us: 1,
    }
}

fn new_ticket(question: &str) -> NewTicket {
    NewTicket {
        question: question.into(),
        language: "en".into(),
        reason: HandoffReason::WantsPerson,
        topic: None,
        team: None,
        signed: None,
        channel: "form".into(),
        contact: None,
        context: Map::new(),
        nearest: None,
        confidence: 0.0,
        decision: "01J".into(),
        opened_by: "customer".into(),
        idempotency_key: None,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON document on stdout")
}

fn assert_code(output: &Output, code: i32) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "{} {}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

#[test]
fn wrong_usage_is_2_and_help_is_0() {
    let folder = Folder::new();
    for args in [
        &["fly"][..],
        &[],
        &["ask"],
        &["ask", "x", "--context", "[1]"],
        &["search", "x", "--limit", "0"],
        &["--config", "nowhere.toml", "check"],
    ] {
        let output = folder.run(args);
        assert_code(&output, 2);
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
    for args in [&["--help"][..], &["--version"], &["help", "coverage"], &["ask", "-h"]] {
        let output = folder.run(args);
        assert_code(&output, 0);
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_setting_that_is_not_allowed_is_wrong_usage_and_keeps_its_secret() {
    let folder = Folder::new();
    let output = folder
        .command(&["check"])
        .env("TANYA_TOKEN", "tiny-secret")
        .output()
        .expect("the program runs");
    assert_code(&output, 2);
    let told = text(&output.stderr);
    assert!(
        told.contains("at least 16 characters") && !told.contains("tiny-secret"),
        "{told}"
    );
}

#[test]
fn check_ends_with_3_only_if_there_is_an_error() {
    let folder = Folder::new();
    assert_code(&folder.run(&["check"]), 0);
    folder.write("kb/a.md", "---\nid: same\n---\n# A\n\nText.\n");
    folder.write("kb/b.md", "---\nid: same\n---\n# B\n\nText.\n");
    let output = folder.run(&["check"]);
    assert_code(&output, 3);
    assert!(text(&output.stdout).contains("b.md"), "{}", text(&output.stdout));
    let report = json(&folder.run(&["check", "--json"]));
    assert_eq!(report["errors"], 1);
    assert_code(&folder.run(&["check", "--kb", "nowhere"]), 1);
}

#[test]
fn a_draft_is_checked_and_counted_apart() {
    let folder = Folder::new();
    folder.write("kb/draft.md", "---\ndraft: true\n---\n# A draft\n\nNot yet.\n");
    let report = json(&folder.run(&["check", "--json"]));
    let index = json(&folder.run(&["index", "--json"]));
    assert_eq!(
        (&report["articles"], &report["drafts"]),
        (&index["articles"], &Value::from(1))
    );
    let told = text(&folder.run(&["check"]).stdout);
    assert!(told.contains("1 article.") && told.contains("1 draft"), "{told}");
}

#[test]
fn the_demo_touches_nothing_while_a_server_has_its_address() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = folder
        .command(&["demo"])
        .env("TANYA_LISTEN", &address)
        .output()
        .expect("the program runs");
    assert_code(&output, 1);
    let told = text(&output.stderr);
    assert!(told.contains(&address) && told.contains("another server"), "{told}");
    assert!(output.stdout.is_empty() && !folder.path().join("data").exists());
}

/// `make run` twice: the second ends before it builds, indexes, seeds or makes sign-in links.
#[cfg(unix)]
#[test]
fn a_second_make_run_ends_with_one_line_before_it_does_anything() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no python3, `tanya demo` looks instead");
        return;
    }
    let folder = Folder::new();
    // Whatever calls cargo leaves a file; only its version is asked for.
    folder.write(
        "bin/cargo",
        "#!/bin/sh\n[ \"$1\" = --version ] && echo cargo 1.999.0 && exit\ntouch \"$CALLED\"\nexit 1\n",
    );
    let cargo = folder.path().join("bin/cargo");
    fs::set_permissions(&cargo, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("executable");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/run.sh");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .arg(script)
        .arg(&address)
        .env("PATH", format!("{}:{path}", folder.path().join("bin").display()))
        .env("CALLED", folder.path().join("called"))
        .stdin(Stdio::null())
        .output()
        .expect("the script runs");
    assert_code(&output, 1);
    let told = text(&output.stderr);
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.contains(&address) && told.contains("LISTEN="), "{told}");
    assert!(output.stdout.is_empty() && !folder.path().join("called").exists());
}

#[test]
fn reading_commands_make_no_database() {
    let folder = Folder::new();
    for args in [&["tickets", "list"][..], &["coverage"]] {
        let output = folder.run(args);
        assert_code(&output, 1);
        assert!(
            text(&output.stderr).contains("there is no database"),
            "{}",
            text(&output.stderr)
        );
    }
    assert!(!folder.path().join("data").exists());
}

#[tokio::test]
async fn tickets_are_listed_shown_and_resolved_once() {
    let folder = Folder::new();
    let reference = folder.seed().await;
    let list = json(&folder.run(&["tickets", "list", "--json", "--limit", "1"]));
    assert_eq!(list["tickets"].as_array().map(Vec::len), Some(1));
    let cursor = list["next"].as_str().expect("another page");
    let rest = json(&folder.run(&["tickets", "list", "--json", "--cursor", cursor]));
    assert_eq!(rest["tickets"].as_array().map(Vec::len), Some(1));

    let shown = folder.run(&["tickets", "show", &reference.to_lowercase()]);
    assert_code(&shown, 0);
    assert!(text(&shown.stdout).contains("second"), "{}", text(&shown.stdout));

    let resolve = [
        "tickets",
        "resolve",
        &reference,
        "--by",
        "anna",
        "--note",
        "called",
        "--version",
        "1",
        "--json",
    ];
    let resolved = json(&folder.run(&resolve));
    assert_eq!(
        (&resolved["state"], &resolved["resolved_by"]),
        (&"resolved".into(), &"anna".into())
    );
    let again = folder.run(&resolve);
    assert_code(&again, 1);
    assert!(
        text(&again.stderr).contains("resolved (by anna)"),
        "{}",
        text(&again.stderr)
    );
    assert_code(&folder.run(&["tickets", "show", "T-2222-2222"]), 1);
    assert_code(&folder.run(&["tickets", "list", "--cursor", "nonsense"]), 2);
    let states = |list: &Value| -> Vec<String> {
        let tickets = list["tickets"].as_array().expect("tickets").iter();
        tickets.map(|ticket| ticket["state"].to_string()).collect()
    };
    // What waits comes before what is over, also from one page to the next.
    let all = ["tickets", "list", "--state", "all", "--json"];
    let list = json(&folder.run(&all));
    assert_eq!(states(&list), ["\"open\"", "\"resolved\""]);
    let first = json(&folder.run(&[&all[..], &["--limit", "1"]].concat()));
    let cursor = first["next"].as_str().expect("another page");
    let rest = json(&folder.run(&[&all[..], &["--cursor", cursor]].concat()));
    assert_eq!(
        (states(&rest), &rest["next"]),
        (vec!["\"resolved\"".to_owned()], &Value::Null)
    );
    let told = text(&folder.run(&["tickets", "list"]).stdout);
    assert!(told.contains("WHO") && told.contains("nobody"), "{told}");
}

#[test]
fn coverage_finds_the_column_of_the_questions_or_names_those_that_there_are() {
    let folder = Folder::new();
    folder.write("log.csv", "Id,Message\n1,track an order\n");
    let output = folder.run(&["coverage", "log.csv", "--json"]);
    assert_code(&output, 0);
    assert_eq!(json(&output)["questions"], 1);
    assert!(
        text(&output.stderr).contains("column `Message`"),
        "{}",
        text(&output.stderr)
    );
    folder.write("other.csv", "Id,Subject\n1,track an order\n");
    let output = folder.run(&["coverage", "other.csv"]);
    assert_code(&output, 1);
    let told = text(&output.stderr);
    assert!(told.contains("`Id`, `Subject`") && told.contains("--column"), "{told}");
    let output = folder.run(&["coverage", "other.csv", "--column", "subject", "--json"]);
    assert_eq!(json(&output)["questions"], 1);
}

#[tokio::test]
async fn coverage_counts_the_store_and_writes_a_csv() {
    let folder = Folder::new();
    folder.seed().await;
    let output = folder.run(&["coverage", "--csv", "gaps.csv"]);
    assert_code(&output, 0);
    assert!(
        text(&output.stdout).starts_with("0 % of 3 questions were answered"),
        "{}",
        text(&output.stdout)
    );
    let csv = fs::read_to_string(folder.path().join("gaps.csv")).expect("a CSV file");
    assert!(
        csv.contains("\nWhere is it?,2,") && csv.contains("\n'=cmd(),1,"),
        "{csv}"
    );
    assert_eq!(text(&folder.run(&["coverage", "--csv", "-"]).stdout), csv);
    let report = json(&folder.run(&["coverage", "--json", "--since", "1d"]));
    assert_eq!(report["questions"], 3);
    assert_code(&folder.run(&["coverage", "--since", "yesterday"]), 2);
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_failure() {
    let folder = Folder::new();
    folder.seed().await;
    for args in [
        &["tickets", "list", "--json"][..],
        &["coverage"],
        &["coverage", "--csv", "-"],
        &["--help"],
    ] {
        let mut child = folder
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_code(&output, 0);
        assert_eq!(text(&output.stderr), "", "{args:?}");
    }
}

#[tokio::test]
async fn a_backup_is_restored_and_a_customer_is_erased_from_the_terminal() {
    let folder = Folder::new();
    let reference = folder.seed().await;
    let code = |args: &[&str]| folder.run(args).status.code();
    folder.write("data/receipt.key", "01234567890123456789012345678901");
    assert_eq!(code(&["backup", "a.tar.gz"]), Some(0));
    assert_eq!(
        code(&["backup", "-", "--json"]),
        Some(2),
        "two things cannot share stdout"
    );
    let full = folder.run(&["restore", "a.tar.gz"]);
    assert_eq!(full.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&full.stderr).contains("--overwrite"),
        "{full:?}"
    );
    assert_eq!(code(&["restore", "a.tar.gz", "--data", "other"]), Some(0));
    assert!(folder.path().join("other/receipt.key").exists());

    let running = folder.run(&["erase", "--ticket", &reference]);
    assert_eq!(running.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&running.stderr).contains("--force"),
        "{running:?}"
    );
    let erased = folder.run(&["erase", "--ticket", &reference, "--force", "--json"]);
    let told: Value = serde_json::from_slice(&erased.stdout).expect("JSON");
    assert_eq!((erased.status.code(), &told["erased"]), (Some(0), &Value::Bool(true)));
    assert_eq!(code(&["erase", "--ticket", "nonsense"]), Some(2));
    assert_eq!(code(&["restore", "a.tar.gz", "--overwrite"]), Some(0));
    let shown = folder.run(&["tickets", "show", &reference]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("second"), "{shown:?}");
}

#[test]
fn people_and_tokens_are_managed_from_the_terminal() {
    let folder = Folder::new();
    let add = [
        "user",
        "add",
        "Ana@Example.com",
        "--name",
        "Ana",
        "--role",
        "administrator",
        "--json",
    ];
    let added = folder.run(&add);
    assert_eq!(added.status.code(), Some(0), "{added:?}");
    let added: Value = serde_json::from_slice(&added.stdout).expect("JSON");
    assert_eq!(added["person"]["email"], "ana@example.com");
    let url = added["sign_in"]["url"].as_str().expect("a link");
    assert!(url.starts_with("http://127.0.0.1:8080/login/"), "{url}");
    assert_eq!(folder.run(&add).status.code(), Some(1), "the address is taken");
    let last = folder.run(&["user", "remove", "ana@example.com"]);
    assert_eq!(
        last.status.code(),
        Some(1),
        "nobody would be left who may change people"
    );
    assert_eq!(folder.run(&["user", "set", "ana@example.com"]).status.code(), Some(2));
    assert_eq!(
        folder
            .run(&["user", "set", "ana@example.com", "--level", "9"])
            .status
            .code(),
        Some(2)
    );
    let list = String::from_utf8(folder.run(&["user", "list"]).stdout).expect("text");
    assert!(list.contains("ana@example.com") && list.contains("1 person"), "{list}");

    let made = folder.run(&["token", "add", "export", "--scope", "tickets:read", "--json"]);
    let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
    let secret = made["secret"].as_str().expect("a secret");
    assert!(secret.starts_with("tanya_"));
    let list = String::from_utf8(folder.run(&["token", "list"]).stdout).expect("text");
    assert!(list.contains("export") && !list.contains(secret), "{list}");
    let id = made["token"]["id"].as_str().expect("an id");
    assert_eq!(folder.run(&["token", "revoke", id]).status.code(), Some(0));
    assert_eq!(folder.run(&["token", "revoke", "none"]).status.code(), Some(1));
    assert_eq!(
        folder.run(&["token", "add", "x", "--scope", "all"]).status.code(),
        Some(2)
    );
}

#[test]
fn a_password_comes_from_stdin_only() {
    let folder = Folder::new();
    let mut command = folder.command(&[
        "user",
        "add",
        "ana@example.com",
        "--name",
        "Ana",
        "--password-stdin",
        "--json",
    ]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut stdin, "kopi susu tanpa gula\n".as_bytes()).expect("written");
    drop(stdin);
    let added = child.wait_with_output().expect("it ends");
    let added: Value = serde_json::from_slice(&added.stdout).expect("JSON");
    assert_eq!(
        (&added["person"]["has_password"], &added["sign_in"]),
        (&Value::Bool(true), &Value::Null)
    );
}
