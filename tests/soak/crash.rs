//! A server is killed at any moment under load, again and again: what it has acknowledged is there, all of it once.
//!
//! This is about crashes of the process. What a power failure leaves is what the sync settings promise; see
//! `docs/ARCHITECTURE.md`.

use std::{
    env,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    audit::audit,
    client::Server,
    engine::{AGENTS, Engine, block_on},
    ledger::Ledger,
    people::{self, Agent},
    place::Place,
    servers::Servers,
};

/// Customers at a time.
const CUSTOMERS: u64 = 8;
/// Agents at a time.
const AT_WORK: usize = 4;
/// A round that takes longer has hung.
const LONGEST_ROUND: Duration = Duration::from_secs(60);
/// Time for answers that were owed when a server was killed.
const ANSWERS: Duration = Duration::from_secs(30);

#[test]
fn nothing_acknowledged_is_lost_or_doubled_on_sqlite() {
    kill_again_and_again(&Engine::Sqlite);
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_on_postgres() {
    if let Some(engine) = Engine::postgres() {
        kill_again_and_again(&engine);
    }
}

fn rounds() -> u64 {
    let rounds = env::var("SOAK_ROUNDS").ok();
    rounds.map_or(5, |rounds| rounds.parse().expect("SOAK_ROUNDS is a number"))
}

fn kill_again_and_again(engine: &Engine) {
    let place = engine.place();
    let (servers, ledger) = (Servers::default(), Ledger::default());
    let mut last = None;
    thread::scope(|scope| {
        let mut clients = Vec::new();
        for number in 0..CUSTOMERS {
            let (servers, ledger) = (&servers, &ledger);
            let rng = ChaCha8Rng::seed_from_u64(number);
            clients.push(scope.spawn(move || people::customers(servers, 0, ledger, rng)));
        }
        for (number, known) in AGENTS.into_iter().take(AT_WORK).enumerate() {
            let agent = Agent::new(&servers, 0, &ledger, known);
            let (servers, rng) = (&servers, ChaCha8Rng::seed_from_u64(100 + number as u64));
            clients.push(scope.spawn(move || people::work(agent, servers, rng)));
        }
        let mut rng = ChaCha8Rng::seed_from_u64(1_000);
        for round in 1..=rounds() {
            // A client that has ended has failed; the scope tells why.
            if clients.iter().any(|client| client.is_finished()) {
                break;
            }
            round_of(engine, &place, &servers, round, &mut rng);
            if round.is_multiple_of(10) || round == rounds() {
                let (repeated, all) = (servers.outages().len(), ledger.all());
                println!(
                    "{}, {round} kills: {}; {repeated} requests repeated",
                    engine.name(),
                    all.summary()
                );
            }
        }
        let server = place.serve();
        servers.set(&[server.address]);
        servers.stop();
        last = Some(server);
    });
    let server = last.expect("started above");
    no_panic(&server);
    block_on(async {
        let store = engine.open(&place).await;
        answers_are_given(&store).await;
        drop(server);
        let wrong = audit(&store, &ledger.all()).await;
        assert!(
            wrong.is_empty(),
            "{} things are wrong:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
        store.close().await;
    });
    let all = ledger.all();
    assert!(
        !all.claims.is_empty() && !all.handoffs.is_empty() && !all.said.is_empty(),
        "there was no load: {}",
        all.summary()
    );
}

fn round_of(engine: &Engine, place: &Place, servers: &Servers, round: u64, rng: &mut ChaCha8Rng) {
    let started = Instant::now();
    if round.is_multiple_of(7) {
        killed_while_starting(place, rng);
    }
    let server = place.serve();
    servers.set(&[server.address]);
    thread::sleep(Duration::from_millis(rng.random_range(200..900)));
    if round.is_multiple_of(10) {
        engine.cut_connections();
        thread::sleep(Duration::from_millis(rng.random_range(50..600)));
    }
    no_panic(&server);
    drop(server);
    assert!(
        started.elapsed() < LONGEST_ROUND,
        "round {round} took {:?}",
        started.elapsed()
    );
}

fn killed_while_starting(place: &Place, rng: &mut ChaCha8Rng) {
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    thread::sleep(Duration::from_millis(rng.random_range(0..400)));
    child.kill().expect("killed");
    child.wait().expect("it ended");
}

fn no_panic(server: &Server) {
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
}

/// Customers get the answers that killed servers owed them.
async fn answers_are_given(store: &tanya::store::Store) {
    let started = Instant::now();
    loop {
        let owed = store.overdue_answers(jiff::Timestamp::now(), 10).await.expect("read");
        if owed.is_empty() {
            return;
        }
        assert!(started.elapsed() < ANSWERS, "{owed:?} wait for an answer");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
