//! Live events over real sockets.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tanya::app::App;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use crate::{
    common::{TOKEN, open},
    talk::two_agents,
};

/// What must come comes within this time even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server on a socket.
struct Server {
    address: SocketAddr,
    app: App,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
    _folder: TempDir,
}

impl Server {
    async fn start() -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        let app = open(folder.path(), two_agents).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(tanya::http::serve(listener, app.clone(), async {
            let _ = stopped.await;
        }));
        Server {
            address,
            app,
            stop,
            task,
            _folder: folder,
        }
    }

    /// One request on a connection of its own.
    async fn call(&self, method: &str, path: &str, bearer: &str, more: &str, body: Value) -> Value {
        let mut socket = TcpStream::connect(self.address).await.expect("a connection");
        let body = body.to_string();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: help.test\r\nConnection: close\r\nAuthorization: Bearer {bearer}\r\n{more}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.expect("sent");
        let mut reply = String::new();
        timeout(PATIENCE, socket.read_to_string(&mut reply))
            .await
            .expect("in time")
            .expect("a reply");
        let (head, body) = reply.split_once("\r\n\r\n").expect("a body");
        assert!(head.starts_with("HTTP/1.1 2"), "{reply}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    /// Begins a conversation: id, secret and where its stream stands.
    async fn begin(&self) -> (String, String, i64) {
        let begun = self
            .call("POST", "/api/v1/conversations", "none", "", json!({"lang": "en"}))
            .await;
        let text = |field: &str| begun[field].as_str().expect("text").to_owned();
        (text("id"), text("secret"), begun["stream"].as_i64().expect("a number"))
    }

    async fn say(&self, id: &str, secret: &str, text: &str) {
        self.call(
            "POST",
            &format!("/api/v1/conversations/{id}/turns"),
            secret,
            "",
            json!({"text": text}),
        )
        .await;
    }

    /// Begins a conversation that people have: id, secret and reference.
    async fn with_people(&self) -> (String, String, String) {
        let (id, secret, _) = self.begin().await;
        let shown = self
            .call(
                "POST",
                &format!("/api/v1/conversations/{id}/person"),
                &secret,
                "",
                json!({}),
            )
            .await;
        let reference = shown["ticket"].as_str().expect("a ticket").to_owned();
        (id, secret, reference)
    }

    async fn follow(&self, id: &str, secret: &str, last: Option<&str>) -> Events {
        Events::open(
            self.address,
            &format!("/api/v1/conversations/{id}/stream"),
            secret,
            last,
        )
        .await
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Seen {
    id: Option<String>,
    kind: String,
    data: Value,
}

/// An event stream that is being read.
struct Events {
    lines: BufReader<TcpStream>,
}

impl Events {
    async fn open(address: SocketAddr, path: &str, bearer: &str, last: Option<&str>) -> Events {
        let mut socket = TcpStream::connect(address).await.expect("a connection");
        let last = last.map_or_else(String::new, |id| format!("Last-Event-ID: {id}\r\n"));
        let request = format!("GET {path} HTTP/1.1\r\nHost: help.test\r\nAuthorization: Bearer {bearer}\r\n{last}\r\n");
        socket.write_all(request.as_bytes()).await.expect("sent");
        let mut events = Events {
            lines: BufReader::new(socket),
        };
        let mut head = String::new();
        while let Some(line) = events.line().await {
            if line.is_empty() {
                break;
            }
            head.push_str(&line.to_ascii_lowercase());
            head.push('\n');
        }
        assert!(
            head.starts_with("http/1.1 200") && head.contains("text/event-stream"),
            "{head}"
        );
        assert!(
            !head.contains("content-encoding"),
            "events are not held back by compression"
        );
        let hello = events.next().await.expect("hello");
        assert_eq!(hello.kind, "hello");
        events
    }

    /// `None` at the end.
    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.lines.read_line(&mut line))
            .await
            .expect("in time");
        (read.ok()? > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// The next event; lines of chunks and comments are left out.
    async fn next(&mut self) -> Option<Seen> {
        let mut seen = Seen {
            id: None,
            kind: String::new(),
            data: Value::Null,
        };
        loop {
            let line = self.line().await?;
            match line.split_once(": ") {
                Some(("id", id)) => seen.id = Some(id.to_owned()),
                Some(("event", kind)) => seen.kind = kind.to_owned(),
                Some(("data", data)) => seen.data = serde_json::from_str(data).expect("JSON"),
                _ if line.is_empty() && !seen.kind.is_empty() => return Some(seen),
                _ => {}
            }
        }
    }

    /// The next event of this kind.
    async fn next_of(&mut self, kind: &str) -> Seen {
        loop {
            let seen = self.next().await.expect("the stream goes on");
            if seen.kind == kind {
                return seen;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_arrives_live_on_both_sides() {
    let server = Server::start().await;
    let (id, secret, reference) = server.with_people().await;
    let mut customer = server.follow(&id, &secret, None).await;
    let mut agent = Events::open(
        server.address,
        &format!("/api/v1/stream?conversations={id}"),
        TOKEN,
        None,
    )
    .await;
    server.say(&id, &secret, "it is still not here").await;
    assert_eq!(agent.next_of("turn").await.data["text"], "it is still not here");
    assert_eq!(agent.next_of("ticket").await.data["reference"], json!(reference));
    let path = format!("/api/v1/tickets/{reference}/reply");
    server
        .call(
            "POST",
            &path,
            TOKEN,
            "If-Match: *\r\nIdempotency-Key: r1\r\n",
            json!({"text": "Yes, me."}),
        )
        .await;
    assert_eq!(customer.next_of("turn").await.data["text"], "it is still not here");
    let reply = customer.next_of("turn").await.data;
    assert_eq!(
        (&reply["text"], &reply["kind"], &reply["key"]),
        (&json!("Yes, me."), &json!("person"), &Value::Null)
    );
    assert_eq!(agent.next_of("turn").await.data["key"], "r1");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_misses_nothing_and_sees_nothing_twice() {
    let server = Server::start().await;
    let (id, secret, _) = server.with_people().await;
    let start = server
        .app
        .store
        .last_event(&format!("conversation:{id}"))
        .await
        .expect("a number");
    let writer = {
        let (app, id) = (server.app.clone(), id.clone());
        tokio::spawn(async move {
            for i in 0..60 {
                app.desk.hear(&id, &format!("message {i}"), None).await.expect("heard");
            }
        })
    };
    let mut last = start.to_string();
    let mut texts = Vec::new();
    while texts.len() < 60 {
        let mut events = server.follow(&id, &secret, Some(&last)).await;
        // A few events, then the connection breaks.
        for _ in 0..7 {
            if texts.len() == 60 {
                break;
            }
            let seen = events.next().await.expect("the stream goes on");
            last = seen.id.expect("an id");
            if seen.kind == "turn" {
                texts.push(seen.data["text"].as_str().expect("words").to_owned());
            }
        }
    }
    writer.await.expect("no panic");
    let said: Vec<String> = (0..60).map(|i| format!("message {i}")).collect();
    assert_eq!(texts, said);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_staff_never_reaches_a_customer() {
    let server = Server::start().await;
    let (id, secret, reference) = server.with_people().await;
    let mut customer = server.follow(&id, &secret, None).await;
    let to = |what: &str| format!("/api/v1/tickets/{reference}/{what}");
    server
        .call("POST", &to("claim"), TOKEN, "If-Match: *\r\n", json!({}))
        .await;
    server
        .call("POST", &to("notes"), TOKEN, "", json!({"text": "a difficult one"}))
        .await;
    server
        .call(
            "POST",
            &to("presence"),
            TOKEN,
            "",
            json!({"viewing": true, "typing": false}),
        )
        .await;
    server
        .call(
            "POST",
            &to("reply"),
            TOKEN,
            "If-Match: *\r\n",
            json!({"text": "Hello."}),
        )
        .await;
    loop {
        let seen = customer.next().await.expect("the stream goes on");
        let text = seen.data.to_string();
        assert!(
            !text.contains("difficult") && !text.contains("assignee") && !text.contains("viewing"),
            "{seen:?}"
        );
        assert_ne!(seen.kind, "note");
        assert_ne!(seen.kind, "presence", "who looks on is nobody's business");
        if seen.kind == "turn" {
            assert_eq!(seen.data["text"], "Hello.");
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_passes_and_is_shown_only_with_consent() {
    let server = Server::start().await;
    let (id, secret, reference) = server.with_people().await;
    let mut customer = server.follow(&id, &secret, None).await;
    let path = format!("/api/v1/stream?conversations={id}");
    let mut agent = Events::open(server.address, &path, TOKEN, None).await;
    let staff = format!("/api/v1/tickets/{reference}/presence");
    server
        .call("POST", &staff, TOKEN, "", json!({"viewing": true, "typing": true}))
        .await;
    let typing = customer.next_of("presence").await;
    assert_eq!((&typing.data["typing"], typing.id), (&json!(true), None));
    assert!(typing.data.get("viewing").is_none() && typing.data.get("who").is_none());

    let own = format!("/api/v1/conversations/{id}/presence");
    let types = |body: Value| server.call("POST", &own, &secret, "", body);
    agent.next_of("presence").await;
    types(json!({"typing": true, "preview": "I am so"})).await;
    let seen = agent.next_of("presence").await;
    assert_eq!(
        (&seen.data["who"], &seen.data["preview"]),
        (&json!("customer"), &Value::Null)
    );
    types(json!({"consent": true})).await;
    types(json!({"typing": true, "preview": "my card is 4111 1111 1111 1111"})).await;
    let seen = agent.next_of("presence").await.data["preview"].to_string();
    assert!(seen.contains("my card is") && !seen.contains("4111 1111"), "{seen}");
    types(json!({"consent": false, "typing": true, "preview": "no longer"})).await;
    assert_eq!(agent.next_of("presence").await.data["preview"], Value::Null);
    types(json!({"typing": true, "preview": "x".repeat(9_000)})).await;

    // Nothing of it is repeated to whoever comes later.
    let mut later = server.follow(&id, &secret, Some("0")).await;
    server.say(&id, &secret, "the end").await;
    loop {
        let seen = later.next().await.expect("the stream goes on");
        assert_ne!(seen.kind, "presence");
        if seen.data["text"] == "the end" {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_all_teams_hears_of_a_new_team() {
    let server = Server::start().await;
    let mut agent = Events::open(server.address, "/api/v1/stream", TOKEN, None).await;
    let (_, _, reference) = server.with_people().await;
    let seen = agent.next_of("ticket").await;
    assert_eq!(
        (&seen.data["reference"], &seen.data["new"]),
        (&json!(reference), &json!(true))
    );
    drop(agent);
    let path = format!("/api/v1/tickets/{reference}/acts");
    server
        .call("POST", &path, TOKEN, "", json!({"act": "route", "team": "a;b=c"}))
        .await;
    let mut again = Events::open(server.address, "/api/v1/stream", TOKEN, seen.id.as_deref()).await;
    let mut teams = [again.next_of("ticket").await, again.next_of("ticket").await];
    teams.sort_by_key(|seen| seen.data["stream"].to_string());
    assert_eq!(teams[0].data["stream"], "team:a;b=c");
    let id = teams[0].id.clone().or(teams[1].id.clone());
    Events::open(server.address, "/api/v1/stream", TOKEN, id.as_deref()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_the_server_stops() {
    let server = Server::start().await;
    let (id, secret, _) = server.begin().await;
    let mut customer = server.follow(&id, &secret, None).await;
    let mut agent = Events::open(server.address, "/api/v1/stream", TOKEN, None).await;
    let started = Instant::now();
    server.stop.send(()).expect("it runs");
    assert_eq!(customer.next().await, None);
    assert_eq!(agent.next().await, None);
    server.task.await.expect("no panic").expect("no error");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_streams_hear_the_same_turn() {
    let server = Server::start().await;
    let (id, secret, _) = server.with_people().await;
    let mut followers = Vec::new();
    for _ in 0..200 {
        followers.push(server.follow(&id, &secret, None).await);
    }
    server.say(&id, &secret, "hello all").await;
    for mut follower in followers {
        assert_eq!(follower.next_of("turn").await.data["text"], "hello all");
    }
}
