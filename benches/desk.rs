//! How long a handoff takes until its receipt is committed: 2,000 a minute for a minute, and as many as the server can.
//!
//! ```text
//! cargo bench --bench desk                  SQLite, then PostgreSQL where its programs are installed
//! cargo bench --bench desk -- sqlite 5      one of them, for so many seconds
//! ```
//!
//! A real server over the loopback, without the model. Each handoff is `POST /api/v1/conversations/{id}/person` in a
//! conversation with a question in it: one transaction over conversation, episode, ticket, history, receipt and outbox.
//! Handoffs arrive on a clock, whether or not earlier ones are done, and their time counts from that clock: waiting shows.
//! Beside it stands the time of a bare append and fsync in the same folder, before and after: a commit cannot be faster.

#[path = "../tests/core/client.rs"]
mod client;
#[path = "../tests/soak/postgres.rs"]
mod postgres;

use std::{
    env, fs,
    io::Write,
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use client::{Client, Server};
use postgres::PostgresServer;
use serde_json::json;
use tanya::eval::metrics::quantile;

/// Handoffs a minute in the first part.
const A_MINUTE: f64 = 2_000.0;
/// Seconds of each part, if the command line says nothing.
const SECONDS: f64 = 60.0;
/// Connections in the first part: enough that none waits for another one's reply.
const CONNECTIONS: usize = 64;
/// Connections in the second part; the fastest number is the maximum.
const AT_ONCE: [usize; 3] = [4, 16, 64];
/// Handoffs with each number of connections, for each second of the first part.
const CLOSED_PER_SECOND: f64 = 15.0;
/// Bare appends before and after.
const SYNCS: usize = 300;
/// Milliseconds that 99 of 100 handoffs shall take at most.
const AIM: f64 = 50.0;

fn main() {
    let wanted: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let seconds = wanted.iter().find_map(|arg| arg.parse().ok()).unwrap_or(SECONDS);
    let wants = |name: &str| !wanted.iter().any(|arg| arg.parse::<f64>().is_err() && arg != name);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    println!(
        "{cores} cores; load when it began: {}",
        load.split(' ').take(3).collect::<Vec<_>>().join(" ")
    );
    if wants("sqlite") {
        measure("SQLite", "", seconds);
    }
    if wants("postgres") {
        match PostgresServer::start(&["--durable"]) {
            Ok(server) => measure("PostgreSQL", &server.url, seconds),
            Err(why) => println!("skipped: PostgreSQL: {why}"),
        }
    }
}

fn measure(engine: &str, store: &str, seconds: f64) {
    println!("\n{engine}");
    // On the disk, not in memory as /tmp may be.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("desk-bench-{engine}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("kb")).expect("made");
    fs::write(
        folder.join("kb/track.md"),
        "# Track a parcel\n\nOpen Orders and choose Track.\n",
    )
    .expect("written");
    let before = syncs(&folder);
    show("bare 4 kB append and fsync, before", &before, "");
    let server = serve(&folder, store);

    let handoffs = (seconds * A_MINUTE / 60.0) as usize;
    let chats = begin(&server, handoffs);
    let times = on_the_clock(&server, &chats);
    let p99 = at(&times, 0.99);
    let met = if p99 <= AIM { "met" } else { "MISSED" };
    show(
        &format!("{handoffs} handoffs at {A_MINUTE} a minute"),
        &times,
        &format!("aim p99 ≤ {AIM} ms: {met}"),
    );

    for connections in AT_ONCE {
        let chats = begin(&server, (seconds * CLOSED_PER_SECOND) as usize);
        let (times, took) = one_after_the_other(&server, &chats, connections);
        let rate = times.len() as f64 / took;
        show(
            &format!("as fast as {connections} connections can"),
            &times,
            &format!("{:.0} a minute", rate * 60.0),
        );
    }
    let after = syncs(&folder);
    show("bare 4 kB append and fsync, after", &after, "");
    let (p50, sync) = (at(&times, 0.5), at(&before, 0.5).min(at(&after, 0.5)));
    println!(
        "the disk alone takes {sync:.2} ms of the median handoff's {p50:.2} ms; the rest is work and waiting for others"
    );
    assert!(!server.log().contains("panicked"), "{}", server.log());
    drop(server);
    let _ = fs::remove_dir_all(&folder);
}

fn serve(folder: &Path, store: &str) -> Server {
    let settings = folder.join("tanya.toml");
    let text = format!(
        "kb = \"kb\"\ndata = \"data\"\nstore = {store:?}\n[model]\nenabled = false\n\
         [server]\nrequests_per_minute = 0\ntickets_per_hour = 0\n[desk]\nburst_ms = 0\n"
    );
    fs::write(&settings, text).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tanya"));
    command
        .arg("--config")
        .arg(&settings)
        .args(["serve", "--listen", "127.0.0.1:0"]);
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TANYA_")) {
        command.env_remove(name);
    }
    Server::start(command)
}

/// A conversation that waits for its handoff.
struct Chat {
    path: String,
    authorization: String,
}

/// Begins conversations and asks a question in each; not measured.
fn begin(server: &Server, count: usize) -> Vec<Chat> {
    let next = AtomicUsize::new(0);
    let chats = Mutex::new(Vec::with_capacity(count));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = server.client();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let chat = begin_one(&mut client, number);
                    chats.lock().expect("whole").push(chat);
                }
            });
        }
    });
    chats.into_inner().expect("whole")
}

fn begin_one(client: &mut Client, number: usize) -> Chat {
    let begun = client.request("POST", "/api/v1/conversations", &[], Some(&json!({"lang": "en"})));
    let begun = begun.expect("a reply");
    assert_eq!(begun.status, 201, "{}", begun.body);
    let begun = begun.json();
    let text = |field: &str| begun[field].as_str().expect("a text").to_owned();
    let (path, authorization) = (
        format!("/api/v1/conversations/{}", text("id")),
        format!("Bearer {}", text("secret")),
    );
    let question = json!({"text": format!("Where does parcel {number} stay, please?")});
    let headers = [("Authorization", authorization.as_str())];
    let said = client
        .request("POST", &format!("{path}/turns"), &headers, Some(&question))
        .expect("a reply");
    assert_eq!(said.status, 201, "{}", said.body);
    Chat {
        path: format!("{path}/person"),
        authorization,
    }
}

fn hand_over(client: &mut Client, chat: &Chat) {
    let headers = [("Authorization", chat.authorization.as_str())];
    let reply = client.request("POST", &chat.path, &headers, None).expect("a reply");
    assert!(
        reply.status == 200 && reply.body.contains("\"receipt\""),
        "{}: {}",
        reply.status,
        reply.body
    );
}

/// Open loop: handoff `n` is due at a fixed moment, and its milliseconds count from then.
fn on_the_clock(server: &Server, chats: &[Chat]) -> Vec<f64> {
    let next = AtomicUsize::new(0);
    let times = Mutex::new(Vec::with_capacity(chats.len()));
    let started = Instant::now() + Duration::from_millis(200);
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut client = server.client();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(chat) = chats.get(number) else { return };
                    let due = started + Duration::from_secs_f64(number as f64 * 60.0 / A_MINUTE);
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    hand_over(&mut client, chat);
                    times.lock().expect("whole").push(due.elapsed().as_secs_f64() * 1e3);
                }
            });
        }
    });
    sorted(times)
}

/// Closed loop: each connection hands over as soon as its last handoff is done. Milliseconds, and seconds altogether.
fn one_after_the_other(server: &Server, chats: &[Chat], connections: usize) -> (Vec<f64>, f64) {
    let next = AtomicUsize::new(0);
    let times = Mutex::new(Vec::with_capacity(chats.len()));
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let mut client = server.client();
                while let Some(chat) = chats.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let sent = Instant::now();
                    hand_over(&mut client, chat);
                    times.lock().expect("whole").push(sent.elapsed().as_secs_f64() * 1e3);
                }
            });
        }
    });
    (sorted(times), started.elapsed().as_secs_f64())
}

/// What a commit cannot be faster than, in milliseconds.
fn syncs(folder: &Path) -> Vec<f64> {
    let path = folder.join("sync.bin");
    let mut file = fs::File::create(&path).expect("a file");
    let block = [0x5a; 4096];
    let times = (0..SYNCS).map(|_| {
        let started = Instant::now();
        file.write_all(&block).and_then(|()| file.sync_data()).expect("synced");
        started.elapsed().as_secs_f64() * 1e3
    });
    let times = sorted(Mutex::new(times.collect()));
    fs::remove_file(path).expect("removed");
    times
}

fn sorted(times: Mutex<Vec<f64>>) -> Vec<f64> {
    let mut times = times.into_inner().expect("whole");
    times.sort_by(f64::total_cmp);
    times
}

fn at(sorted: &[f64], share: f64) -> f64 {
    quantile(sorted, share)
}

fn show(what: &str, sorted: &[f64], note: &str) {
    let (p50, p99, max) = (at(sorted, 0.5), at(sorted, 0.99), at(sorted, 1.0));
    println!("{what:<36} p50 {p50:>7.2} ms, p99 {p99:>7.2} ms, max {max:>7.2} ms   {note}");
}
