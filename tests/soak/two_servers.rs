//! Two servers in networks of their own share one PostgreSQL: a customer on one and an agent on the other see each other
//! live; when one server is killed, its clients go on with the other.

use std::{
    collections::BTreeSet,
    sync::mpsc::Receiver,
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    audit::audit,
    client::Server,
    engine::{AGENTS, Database, Engine, block_on},
    events::{Event, follow},
    ledger::Ledger,
    network::Network,
    people::{self, Agent, Customer, word},
    place::{Place, skip},
    postgres::PostgresServer,
    servers::Servers,
};

/// Messages each way.
const MESSAGES: usize = 40;
/// A stream looks by itself every five seconds: what comes sooner came because the other server told.
const LIVE: Duration = Duration::from_secs(2);
/// Clients of a server that is gone have found the other one by then.
const FOUND: Duration = Duration::from_secs(5);
/// Customers whose streams are followed while a server is killed.
const FOLLOWED: usize = 6;

/// The machines, in the order in which they have to go.
struct World {
    servers: Vec<Option<Server>>,
    places: Vec<Place>,
    engine: Engine,
    _postgres: PostgresServer,
    network: Network,
}

fn world() -> Option<World> {
    let network = Network::make()
        .map_err(|why| skip(&format!("two servers: {why}")))
        .ok()?;
    let postgres = match PostgresServer::start(&["--listen", &network.middle()]) {
        Ok(postgres) => postgres,
        Err(why) => {
            assert!(std::env::var_os("TANYA_REQUIRE_POSTGRES").is_none(), "{why}");
            skip(&format!("two servers: {why}"));
            return None;
        }
    };
    let engine = Engine::Postgres(Database::create(postgres.url.clone()));
    let places = vec![engine.place(), engine.place()];
    let mut world = World {
        servers: Vec::new(),
        places,
        engine,
        _postgres: postgres,
        network,
    };
    for machine in 0..2 {
        let listen = world.network.listen(machine).to_string();
        let command = world.places[machine as usize].command(&["serve", "--listen", &listen]);
        let server = Server::start(world.network.on(machine, &command));
        world.servers.push(Some(server));
    }
    Some(world)
}

impl World {
    /// Both servers, as clients that live until the end of the test know them.
    fn known(&self) -> &'static Servers {
        Box::leak(Box::new(Servers::at(&[self.network.listen(0), self.network.listen(1)])))
    }

    /// One of them only.
    fn only(&self, machine: u32) -> &'static Servers {
        Box::leak(Box::new(Servers::at(&[self.network.listen(machine)])))
    }
}

#[test]
fn two_servers_show_each_other_what_happens_and_stand_in_for_each_other() {
    let Some(mut world) = world() else { return };
    let ledger = Ledger::default();
    live_both_ways(&world, &ledger);
    one_is_killed(&mut world, &ledger);
    for server in world.servers.iter().flatten() {
        assert!(!server.log().contains("panicked"), "{}", server.log());
    }
    world.servers.clear();
    let wrong = block_on(async {
        let store = world.engine.open(&world.places[0]).await;
        let wrong = audit(&store, &ledger.all()).await;
        store.close().await;
        wrong
    });
    assert!(
        wrong.is_empty(),
        "{} things are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn live_both_ways(world: &World, ledger: &Ledger) {
    let (here, there) = (world.only(0), world.only(1));
    let mut customer = Customer::begin(here, 0, ledger);
    let reference = customer.want_person();
    let id = customer.conversation.clone();
    let replies = follow(
        here,
        0,
        &format!("/api/v1/conversations/{id}/stream"),
        &customer.authorization,
    );
    let desk = follow(
        there,
        0,
        &format!("/api/v1/stream?conversations={id}"),
        &format!("Bearer {}", AGENTS[0].1),
    );
    for stream in [&replies, &desk] {
        wait_for(stream, |event| event.kind == "hello");
    }
    let mut agent = Agent::new(there, 0, ledger, AGENTS[0]);
    let ticket = agent.ticket(&reference);
    let mut ticket = agent.claim(&ticket).expect("nobody else wants it");
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut up, mut down) = (Vec::new(), Vec::new());
    for _ in 0..MESSAGES {
        let text = word(&mut rng);
        let sent = Instant::now();
        customer.say(&text, &text);
        up.push(wait_for(&desk, |event| event.data["text"] == *text).duration_since(sent));
        let text = word(&mut rng);
        let sent = Instant::now();
        ticket = agent.reply(&ticket, &text, &text).expect("it is the agent's own");
        down.push(wait_for(&replies, |event| event.data["text"] == *text).duration_since(sent));
    }
    for (what, latencies) in [("customer to agent", &mut up), ("agent to customer", &mut down)] {
        latencies.sort();
        let (median, last) = (latencies[latencies.len() / 2], latencies[latencies.len() - 1]);
        println!("{what}, through the other server: median {median:.1?}, longest {last:.1?} (request included)");
        assert!(last < LIVE, "{what}: {latencies:?}");
    }
    here.stop();
    there.stop();
}

fn one_is_killed(world: &mut World, ledger: &Ledger) {
    let servers = world.known();
    thread::scope(|scope| {
        for number in 0..6 {
            let rng = ChaCha8Rng::seed_from_u64(10 + number as u64);
            scope.spawn(move || people::customers(servers, number, ledger, rng));
        }
        for (number, known) in AGENTS.into_iter().take(4).enumerate() {
            let rng = ChaCha8Rng::seed_from_u64(20 + number as u64);
            scope.spawn(move || people::work(Agent::new(servers, number, ledger, known), servers, rng));
        }
        let followed = (0..FOLLOWED).map(|number| scope.spawn(move || write_and_follow(servers, number, ledger)));
        let followed: Vec<_> = followed.collect();
        thread::sleep(Duration::from_secs(3));
        assert!(servers.outages().is_empty(), "nothing was out of order yet");
        world.servers[0] = None;
        println!("killed one server of two");
        thread::sleep(Duration::from_secs(5));
        servers.stop();
        for customer in followed {
            customer.join().expect("no turn is missing");
        }
    });
    let mut outages = servers.outages();
    outages.sort();
    let longest = outages.last().copied().unwrap_or_default();
    println!(
        "{} clients and streams went on with the other server, the last after {longest:.1?}",
        outages.len()
    );
    println!("in all: {}", ledger.all().summary());
    assert!(!outages.is_empty() && longest < FOUND, "{outages:?}");
}

/// A customer with an open stream: every turn comes through it once, whichever server it is.
fn write_and_follow(servers: &'static Servers, number: usize, ledger: &Ledger) {
    let mut customer = Customer::begin(servers, number, ledger);
    let path = format!("/api/v1/conversations/{}/stream?after=0", customer.conversation);
    let stream = follow(servers, number, &path, &customer.authorization);
    customer.want_person();
    let mut rng = ChaCha8Rng::seed_from_u64(30 + number as u64);
    let mut last = 0;
    while !servers.are_stopping() {
        let text = word(&mut rng);
        last = customer.say(&text, &text);
        thread::sleep(Duration::from_millis(rng.random_range(5..60)));
    }
    // The follower stops with the others; a browser would go on.
    let open = Box::leak(Box::new(Servers::at(&[servers.address(1).expect("it is known")])));
    let mut seen = numbers(&stream);
    let rest = follow(open, 0, &path, &customer.authorization);
    wait_for(&rest, |event| event.data["number"] == last);
    open.stop();
    assert_eq!(
        seen.iter().collect::<BTreeSet<_>>().len(),
        seen.len(),
        "twice: {seen:?}"
    );
    seen.sort_unstable();
    let expected: Vec<i64> = (1..=seen.len() as i64).collect();
    assert_eq!(seen, expected, "gaps");
    assert!(
        seen.len() as i64 + 5 >= last,
        "{} of {last} turns came through the stream",
        seen.len()
    );
}

/// Numbers of the turns that have come so far.
fn numbers(stream: &Receiver<(Instant, Event)>) -> Vec<i64> {
    let turns = stream.try_iter().filter(|(_, event)| event.kind == "turn");
    turns.filter_map(|(_, event)| event.data["number"].as_i64()).collect()
}

#[track_caller]
fn wait_for(stream: &Receiver<(Instant, Event)>, wanted: impl Fn(&Event) -> bool) -> Instant {
    loop {
        let next = stream.recv_timeout(Duration::from_secs(20));
        let (at, event) = next.expect("an event within twenty seconds");
        if wanted(&event) {
            return at;
        }
    }
}
