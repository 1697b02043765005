//! A thousand claims for a hundred tickets at the same moment: each is claimed once.

use std::{net::SocketAddr, sync::Barrier, thread};

use serde_json::json;

use crate::{
    client::Client,
    engine::{AGENTS, Engine},
    people::id_of,
};

const TICKETS: usize = 100;

#[test]
fn a_ticket_is_claimed_once_on_sqlite() {
    let place = Engine::Sqlite.place();
    let server = place.serve();
    race(&[server.address]);
}

#[test]
fn a_ticket_is_claimed_once_by_agents_of_two_servers() {
    let Some(engine) = Engine::postgres() else { return };
    let places = [engine.place(), engine.place()];
    let [one, other] = places.each_ref().map(|place| place.serve());
    race(&[one.address, other.address]);
}

fn race(servers: &[SocketAddr]) {
    let references = open_tickets(servers[0]);
    let start = Barrier::new(AGENTS.len());
    let claims: Vec<Vec<u16>> = thread::scope(|scope| {
        let agents: Vec<_> = (0..AGENTS.len())
            .map(|agent| {
                let (references, start) = (&references, &start);
                let address = servers[agent % servers.len()];
                scope.spawn(move || claim_all(address, agent, references, start))
            })
            .collect();
        agents
            .into_iter()
            .map(|agent| agent.join().expect("it ended"))
            .collect()
    });
    let mut lost = 0;
    for (number, reference) in references.iter().enumerate() {
        let replies: Vec<u16> = claims.iter().map(|agent| agent[number]).collect();
        let winners: Vec<usize> = (0..AGENTS.len()).filter(|&agent| replies[agent] == 200).collect();
        assert_eq!(winners.len(), 1, "{reference}: {replies:?}");
        lost += replies.iter().filter(|&&status| matches!(status, 409 | 412)).count();
        // Every server says the same.
        for address in servers {
            let ticket = get(*address, reference);
            assert_eq!(ticket["assignee"], *id_of(AGENTS[winners[0]].0), "{ticket}");
            assert_eq!(ticket["version"], 2, "{ticket}");
        }
    }
    assert_eq!(lost, TICKETS * (AGENTS.len() - 1), "{claims:?}");
    println!(
        "{TICKETS} of {} claims won, {lost} were told that somebody else was faster",
        TICKETS + lost
    );
}

fn open_tickets(server: SocketAddr) -> Vec<String> {
    let mut client = Client::connect(server).expect("it listens");
    let open = |number: usize| {
        let body = json!({"question": format!("My grinder number {number} rattles.")});
        let opened = client
            .request("POST", "/api/v1/tickets", &[], Some(&body))
            .expect("a reply");
        assert_eq!(opened.status, 201, "{}", opened.body);
        opened.json()["reference"].as_str().expect("a reference").to_owned()
    };
    (0..TICKETS).map(open).collect()
}

/// All agents reach for the same ticket at the same time, ticket after ticket.
fn claim_all(server: SocketAddr, agent: usize, references: &[String], start: &Barrier) -> Vec<u16> {
    let mut client = Client::connect(server).expect("it listens");
    let authorization = bearer(agent);
    let headers = [("Authorization", authorization.as_str()), ("If-Match", "\"1\"")];
    let claim = |reference: &String| {
        start.wait();
        let path = format!("/api/v1/tickets/{reference}/claim");
        client
            .request("POST", &path, &headers, None)
            .map_or(0, |reply| reply.status)
    };
    references.iter().map(claim).collect()
}

fn get(server: SocketAddr, reference: &str) -> serde_json::Value {
    let authorization = bearer(0);
    let headers = [("Authorization", authorization.as_str())];
    let mut client = Client::connect(server).expect("it listens");
    let path = format!("/api/v1/tickets/{reference}");
    client.request("GET", &path, &headers, None).expect("a reply").json()
}

fn bearer(agent: usize) -> String {
    format!("Bearer {}", AGENTS[agent].1)
}
