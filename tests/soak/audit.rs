//! Compares what was acknowledged with what is in the store.

use std::collections::{BTreeMap, BTreeSet};

use tanya::store::{
    EventKind, Store, StreamEvent, TicketFilter, TicketRecord, TurnKind, TurnRecord, conversation_stream, team_stream,
};

use crate::ledger::{Acknowledged, Claim, SaidTurn};

/// What is wrong with the store, a line each; none if it holds what was acknowledged, all of it once.
pub async fn audit(store: &Store, acknowledged: &Acknowledged) -> Vec<String> {
    let mut wrong = Vec::new();
    let tickets = tickets(store).await;
    let mut known: BTreeSet<String> = tickets
        .values()
        .filter_map(|ticket| ticket.conversation.clone())
        .collect();
    known.extend(acknowledged.said.iter().map(|said| said.conversation.clone()));
    known.extend(acknowledged.handoffs.iter().map(|handoff| handoff.conversation.clone()));

    let mut turns = BTreeMap::new();
    for id in &known {
        let Some(conversation) = store.conversation(id).await.expect("read") else {
            wrong.push(format!("conversation {id} is lost"));
            continue;
        };
        let found = store.turns(id, 0, 1_000_000).await.expect("read");
        if found.len() as i64 != conversation.turns {
            wrong.push(format!(
                "{id} has {} turns and says {}",
                found.len(),
                conversation.turns
            ));
        }
        gaps(
            &format!("turns of {id}"),
            found.iter().map(|turn| turn.number),
            &mut wrong,
        );
        let events = stream(store, &conversation_stream(id), &mut wrong).await;
        let told = |event: &&StreamEvent| event.kind == "turn" || event.kind == "note";
        let told = events
            .iter()
            .filter(told)
            .filter_map(|event| event.data.get("number")?.as_i64());
        let told: Vec<i64> = told.collect();
        if told != found.iter().map(|turn| turn.number).collect::<Vec<_>>() {
            wrong.push(format!(
                "the stream of {id} tells of turns {told:?}, there are {}",
                found.len()
            ));
        }
        turns.insert(id.clone(), found);
    }
    for said in &acknowledged.said {
        wrong.extend(missing_turn(said, turns.get(&said.conversation)));
    }
    for handoff in &acknowledged.handoffs {
        let ticket = tickets.get(&handoff.reference);
        let of = ticket.and_then(|ticket| ticket.conversation.as_deref());
        if of != Some(&handoff.conversation) {
            wrong.push(format!("{handoff:?} has no ticket: {of:?}"));
        }
    }
    receipts(&tickets, &turns, &mut wrong);
    for (reference, shown) in &acknowledged.histories {
        let kept = tickets.get(reference).map(entries).unwrap_or_default();
        if !kept.starts_with(shown) {
            wrong.push(format!("{reference} was shown with {shown:?}, and has {kept:?}"));
        }
    }
    for claim in &acknowledged.claims {
        wrong.extend(lost_claim(claim, tickets.get(&claim.reference)));
    }
    for ticket in tickets.values() {
        wrong.extend(two_at_once(ticket));
    }
    teams(store, &tickets, &mut wrong).await;
    wrong
}

async fn tickets(store: &Store) -> BTreeMap<String, TicketRecord> {
    let mut all = BTreeMap::new();
    let mut cursor = None;
    loop {
        let page = store.tickets(&TicketFilter::default(), cursor.as_deref(), 200).await;
        let page = page.expect("read");
        all.extend(
            page.tickets
                .into_iter()
                .map(|ticket| (ticket.reference.clone(), ticket)),
        );
        cursor = page.next;
        if cursor.is_none() {
            return all;
        }
    }
}

/// All events of a stream; its numbers have no gaps and its end is where it says.
async fn stream(store: &Store, name: &str, wrong: &mut Vec<String>) -> Vec<StreamEvent> {
    let mut events: Vec<StreamEvent> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.number);
        let page = store.events_after(name, after, 5_000).await.expect("read");
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    gaps(
        &format!("events of {name}"),
        events.iter().map(|event| event.number),
        wrong,
    );
    let last = store.last_event(name).await.expect("read");
    if last != events.len() as i64 {
        wrong.push(format!("{name} has {} events and says {last}", events.len()));
    }
    events
}

fn gaps(what: &str, numbers: impl Iterator<Item = i64>, wrong: &mut Vec<String>) {
    let out_of_order = numbers.zip(1..).find(|(number, expected)| number != expected);
    if let Some((number, expected)) = out_of_order {
        wrong.push(format!("{what}: {number} where {expected} should be"));
    }
}

fn missing_turn(said: &SaidTurn, turns: Option<&Vec<TurnRecord>>) -> Option<String> {
    let turns = turns?;
    let same_key = turns
        .iter()
        .filter(|turn| turn.idempotency_key.as_deref() == Some(&said.key))
        .count();
    let same_text = turns.iter().filter(|turn| turn.text == said.text).count();
    let there = turns
        .iter()
        .any(|turn| turn.number == said.number && turn.kind == said.kind && turn.text == said.text);
    let fine = there && same_key == 1 && same_text == 1;
    (!fine).then(|| format!("{said:?}: there {there}, {same_key} with its key, {same_text} with its words"))
}

/// Each ticket of a conversation has one receipt, and each receipt a ticket.
fn receipts(
    tickets: &BTreeMap<String, TicketRecord>,
    turns: &BTreeMap<String, Vec<TurnRecord>>,
    wrong: &mut Vec<String>,
) {
    let mut told: BTreeMap<(String, String), usize> = BTreeMap::new();
    for turn in turns.values().flatten().filter(|turn| turn.kind == TurnKind::Receipt) {
        let reference = turn.data.get("reference").and_then(|value| value.as_str());
        let reference = reference.unwrap_or_default().to_owned();
        *told.entry((reference, turn.conversation.clone())).or_default() += 1;
    }
    for ticket in tickets.values() {
        let Some(conversation) = &ticket.conversation else {
            continue;
        };
        let key = (ticket.reference.clone(), conversation.clone());
        match told.remove(&key) {
            Some(1) => {}
            other => wrong.push(format!("{key:?} has {other:?} receipts")),
        }
    }
    wrong.extend(told.keys().map(|key| format!("a receipt without a ticket: {key:?}")));
}

fn entries(ticket: &TicketRecord) -> Vec<crate::ledger::Entry> {
    let entry = |event: &tanya::store::TicketEvent| (event.kind, event.who.clone(), event.at.to_string());
    ticket.events.iter().map(entry).collect()
}

/// A claim that nothing has ended since is still there.
fn lost_claim(claim: &Claim, ticket: Option<&TicketRecord>) -> Option<String> {
    let Some(ticket) = ticket else {
        return Some(format!("{claim:?}: the ticket is lost"));
    };
    let ended = ticket.events.iter().skip(claim.entries).any(|event| {
        matches!(
            event.kind,
            EventKind::Released | EventKind::Returned | EventKind::Assigned | EventKind::Routed
        )
    });
    let lost = !ended && ticket.assignee.as_deref() != Some(&claim.by);
    lost.then(|| format!("{claim:?}: {:?} has it, after {:?}", ticket.assignee, entries(ticket)))
}

/// Whoever takes or answers a ticket has it until it is given back.
fn two_at_once(ticket: &TicketRecord) -> Option<String> {
    let mut has: Option<&str> = None;
    for event in &ticket.events {
        match event.kind {
            EventKind::Claimed | EventKind::Replied => {
                if has.is_some_and(|has| has != event.who) {
                    return Some(format!("two had {} at once: {:?}", ticket.reference, entries(ticket)));
                }
                has = Some(&event.who);
            }
            EventKind::Released | EventKind::Returned => has = None,
            _ => {}
        }
    }
    None
}

/// Every change of a ticket was told to its team once.
async fn teams(store: &Store, tickets: &BTreeMap<String, TicketRecord>, wrong: &mut Vec<String>) {
    let mut told: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for team in store.teams().await.expect("read") {
        for event in stream(store, &team_stream(&team), wrong).await {
            let reference = event.data.get("reference").and_then(|value| value.as_str());
            let version = event.data.get("version").and_then(|value| value.as_i64());
            if let (Some(reference), Some(version)) = (reference, version) {
                told.entry(reference.to_owned()).or_default().push(version);
            }
        }
    }
    for ticket in tickets.values() {
        let versions = told.remove(&ticket.reference).unwrap_or_default();
        if versions != (1..=ticket.version).collect::<Vec<_>>() {
            let reference = &ticket.reference;
            wrong.push(format!(
                "{reference} has version {}, its team heard of {versions:?}",
                ticket.version
            ));
        }
    }
}

mod tests {
    use std::{fs, path::Path};

    use sqlx::{Connection, Executor, SqliteConnection};
    use tempfile::TempDir;

    use super::*;
    use crate::{
        engine::{AGENTS, Engine, block_on},
        ledger::Ledger,
        people::{Agent, Customer},
        servers::Servers,
    };

    /// Something that must not happen, done by hand.
    const DAMAGE: [&str; 9] = [
        "DELETE FROM turns WHERE kind = 'customer' AND text = 'The first thing.'",
        "UPDATE turns SET text = 'Something else.' WHERE text = 'The first thing.'",
        "UPDATE turns SET text = 'The first thing.' WHERE kind = 'receipt'",
        "DELETE FROM turns WHERE kind = 'person'",
        "DELETE FROM turns WHERE kind = 'receipt'",
        "UPDATE tickets SET conversation = NULL",
        "UPDATE tickets SET assignee = NULL",
        "DELETE FROM ticket_events WHERE kind = 'claimed'",
        "DELETE FROM outbox WHERE stream LIKE 'team:%' AND number = 2",
    ];

    /// A database with one of everything, and what was acknowledged about it.
    fn one_of_everything() -> (TempDir, Acknowledged) {
        let place = Engine::Sqlite.place();
        let server = place.serve();
        let (servers, ledger) = (Servers::at(&[server.address]), Ledger::default());
        let mut customer = Customer::begin(&servers, 0, &ledger);
        let reference = customer.want_person();
        customer.say("The first thing.", "first");
        let mut agent = Agent::new(&servers, 0, &ledger, AGENTS[0]);
        let ticket = agent.ticket(&reference);
        let ticket = agent.claim(&ticket).expect("nobody else wants it");
        agent
            .reply(&ticket, "It is done.", "reply")
            .expect("it is the agent's own");
        drop(server);
        let kept = tempfile::tempdir().expect("a folder");
        crate::place::copy(&place.path().join("data"), kept.path());
        (kept, ledger.all())
    }

    fn audited(data: &Path, acknowledged: &Acknowledged, damage: Option<&'static str>) -> Vec<String> {
        let url = format!("sqlite:{}", data.join("tanya.db").display());
        block_on(async {
            if let Some(sql) = damage {
                let mut connection = SqliteConnection::connect(&url).await.expect("a connection");
                let done = connection.execute(sql).await.expect(sql);
                assert!(done.rows_affected() > 0, "{sql} changed nothing");
                connection.close().await.expect("closed");
            }
            let store = Store::open(&url).await.expect("a store");
            let wrong = audit(&store, acknowledged).await;
            store.close().await;
            wrong
        })
    }

    #[test]
    fn the_audit_notices_what_is_missing_or_doubled() {
        let (whole, acknowledged) = one_of_everything();
        assert_eq!(audited(whole.path(), &acknowledged, None), Vec::<String>::new());
        for damage in DAMAGE {
            let copy = tempfile::tempdir().expect("a folder");
            for name in ["tanya.db", "tanya.db-wal"] {
                let from = whole.path().join(name);
                if from.exists() {
                    fs::copy(from, copy.path().join(name)).expect("copied");
                }
            }
            let wrong = audited(copy.path(), &acknowledged, Some(damage));
            assert!(!wrong.is_empty(), "not noticed: {damage}");
        }
    }
}
