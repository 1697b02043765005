//! Live events: one `text/event-stream` per browser, read by `fetch` with the secret in the `Authorization` header.
//!
//! Every event carries an id that says how far each followed stream was read; whoever comes back sends it as
//! `Last-Event-ID` (or `?after=`) and misses nothing. What only passes (typing, looking on) has no id and is not repeated.
//! Streams end when the server stops, so that clients go to another one at once.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::Stream;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use super::{
    conversations::Customer,
    error::{Code, Problem},
    extract::{Params, Staff, given},
    problems::{OfConversations, OfQueries, OfStaffRoutes},
    state::{OpenInbox, Web},
};
use crate::{
    desk::{byline, people::Permission},
    store::{StreamEvent, Wake, conversation_stream, team_stream},
};

/// How often a silent stream says that it lives; proxies cut what is silent for a minute.
const ALIVE: Duration = Duration::from_secs(15);
/// Events read at once.
const PAGE: usize = 200;
/// Events that wait for a slow reader before the stream waits with it.
const BUFFER: usize = 64;
/// How often to look without having been woken: a wake-up may be lost.
const LOOK: Duration = Duration::from_secs(5);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FollowParams {
    /// The id of the last event that was seen, or `stream` of the conversation; from now on if not given.
    after: Option<String>,
}

/// Follows a conversation: `turn`, `ticket`, `conversation` events, and `presence` that passes. After `reload`, events were
/// missed that are no longer kept: show everything anew.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/stream", tag = "conversations", security(("secret" = [])),
    params(("id" = String, Path, description = "Its id"), FollowParams,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was seen")),
    responses(
        (status = 200, description = "Events, until the client or the server ends it", body = String, content_type = "text/event-stream"),
        OfQueries,
        OfConversations,
    )
)]
pub(super) async fn conversation(
    State(web): State<Web>,
    customer: Customer,
    headers: HeaderMap,
    Params(params): Params<FollowParams>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let stream = conversation_stream(&customer.conversation.id);
    let after = last_seen(&headers, params.after);
    // A single number is what the conversation itself says about its stream.
    let after = match after.as_deref().map(str::parse::<i64>) {
        Some(Ok(number)) => Some(format!("{stream}={number}")),
        _ => after,
    };
    let audience = Audience::Customer {
        lang: customer.conversation.lang,
    };
    follow(web, vec![stream], after, audience, Follows::TheseStreams, None).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StaffParams {
    /// Teams to follow, with commas between; all of them if not given.
    teams: Option<String>,
    /// Conversations to follow with all their turns and notes, with commas between.
    conversations: Option<String>,
    /// The id of the last event that was seen; from now on if not given.
    after: Option<String>,
}

/// Follows the queue of teams, and the conversations that are open on the screen.
#[utoipa::path(
    get, path = "/api/v1/stream", tag = "tickets", security(("token" = []), ("session" = [])),
    params(StaffParams, ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was seen")),
    responses(
        (status = 200, description = "Events, until the client or the server ends it", body = String, content_type = "text/event-stream"),
        OfQueries,
        OfStaffRoutes,
    )
)]
pub(super) async fn staff(
    State(web): State<Web>,
    staff: Staff,
    headers: HeaderMap,
    Params(params): Params<StaffParams>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    staff.may(Permission::ReadTickets)?;
    let list = |text: Option<String>| -> Vec<String> {
        let text = given(text).unwrap_or_default();
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).take(50).collect()
    };
    let mut teams = list(params.teams);
    let follows = match teams.is_empty() {
        true => Follows::EveryTeam,
        false => Follows::TheseStreams,
    };
    if follows == Follows::EveryTeam {
        teams = web.teams().await?;
    }
    let mut streams: Vec<String> = teams.iter().map(|team| team_stream(team)).collect();
    streams.extend(list(params.conversations).iter().map(|id| conversation_stream(id)));
    streams.push("desk".to_owned());
    streams.sort();
    streams.dedup();
    let after = last_seen(&headers, params.after);
    let inbox = web.open_inbox(&staff);
    follow(web, streams, after, Audience::Staff, follows, inbox).await
}

/// Who reads.
enum Audience {
    /// The customer of a conversation in this language.
    Customer {
        lang: String,
    },
    Staff,
}

/// Whether streams may be added while it runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follows {
    /// Those that were asked for.
    TheseStreams,
    /// These, and those of teams that get their first ticket later.
    EveryTeam,
}

fn last_seen(headers: &HeaderMap, after: Option<String>) -> Option<String> {
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    header.map(str::to_owned).or(given(after))
}

/// How far each stream was read.
struct Position(BTreeMap<String, i64>);

impl Position {
    /// From an event's id: `stream=number` with semicolons between.
    fn parse(text: &str) -> Option<BTreeMap<String, i64>> {
        text.split(';')
            .map(|part| {
                let (stream, number) = part.rsplit_once('=')?;
                Some((decoded(stream), number.parse().ok()?))
            })
            .collect()
    }

    fn to_id(&self) -> String {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|(stream, number)| format!("{}={number}", encoded(stream)))
            .collect();
        parts.join(";")
    }
}

/// Teams may have any name, ids have neither line ends nor semicolons in it.
fn encoded(stream: &str) -> String {
    let mut text = String::with_capacity(stream.len());
    for c in stream.chars() {
        match c {
            '%' | ';' => text.push_str(&format!("%{:02X}", u32::from(c))),
            c if c.is_ascii_control() => text.push_str(&format!("%{:02X}", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut stream = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code.filter(u8::is_ascii) {
            Some(code) => {
                stream.push(char::from(code));
                stream.push_str(&part[2..]);
            }
            None => {
                stream.push('%');
                stream.push_str(part);
            }
        }
    }
    stream
}

async fn follow(
    web: Web,
    streams: Vec<String>,
    after: Option<String>,
    audience: Audience,
    follows: Follows,
    inbox: Option<OpenInbox>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    // Before the first look, so that nothing falls in between.
    let wakes = web.wakes();
    let seen = match &after {
        None => BTreeMap::new(),
        Some(text) => Position::parse(text).ok_or_else(|| {
            Problem::new(
                Code::InvalidQuery,
                "`after` is not the id of an event of these streams. Start without it.",
            )
        })?,
    };
    let mut position = BTreeMap::new();
    for stream in streams {
        let number = match seen.get(&stream) {
            Some(number) => *number,
            // A team that was not there when this client left is new, with all that it has.
            None if follows == Follows::EveryTeam && after.is_some() && is_team(&stream) => 0,
            None => web.last_event(&stream).await?,
        };
        position.insert(stream, number);
    }
    let (sender, receiver) = mpsc::channel(BUFFER);
    let reader = Reader {
        web,
        position: Position(position),
        audience,
        follows,
        sender,
        _inbox: inbox,
    };
    tokio::spawn(reader.run(wakes));
    let keep_alive = KeepAlive::new().interval(ALIVE).text("alive");
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(keep_alive))
}

/// Reads streams and sends what is new, until the client goes or the server stops.
struct Reader {
    web: Web,
    position: Position,
    audience: Audience,
    follows: Follows,
    sender: mpsc::Sender<Result<Event, Infallible>>,
    /// Open for as long as this reads for somebody of the staff.
    _inbox: Option<OpenInbox>,
}

/// The client has gone.
struct Gone;

impl Reader {
    async fn run(self, wakes: broadcast::Receiver<Wake>) {
        let mut stopping = self.web.stopping();
        // A client that reads slowly must not keep the server from stopping.
        tokio::select! {
            () = self.send_what_is_new(wakes) => {}
            () = told_to_stop(&mut stopping) => {}
        }
    }

    async fn send_what_is_new(mut self, mut wakes: broadcast::Receiver<Wake>) {
        // Clients learn where they stand even if nothing happens.
        let hello = Event::default().id(self.position.to_id()).event("hello").data("{}");
        let mut going = self.sender.send(Ok(hello)).await.map_err(|_| Gone);
        let mut look: Vec<String> = self.position.0.keys().cloned().collect();
        while going.is_ok() {
            going = self.read(std::mem::take(&mut look)).await;
            if going.is_err() {
                break;
            }
            tokio::select! {
                woken = wakes.recv() => match woken {
                    Ok(Wake::Stream(stream)) if self.follows(&stream) => look.push(stream),
                    Ok(Wake::Passing { stream, data }) if self.position.0.contains_key(&stream) => {
                        going = self.pass(&stream, &data).await;
                    }
                    Ok(Wake::All) | Err(broadcast::error::RecvError::Lagged(_)) => look = self.everything().await,
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Closed) => break,
                },
                () = tokio::time::sleep(LOOK) => look = self.everything().await,
                () = self.sender.closed() => break,
            }
        }
    }

    fn follows(&self, stream: &str) -> bool {
        self.position.0.contains_key(stream) || self.follows == Follows::EveryTeam && is_team(stream)
    }

    /// Every stream, those of new teams included.
    async fn everything(&self) -> Vec<String> {
        let mut streams: Vec<String> = self.position.0.keys().cloned().collect();
        if self.follows == Follows::EveryTeam {
            let teams = self.web.teams().await.unwrap_or_default();
            streams.extend(teams.iter().map(|team| team_stream(team)));
            streams.sort();
            streams.dedup();
        }
        streams
    }

    /// Sends what is new in these streams.
    async fn read(&mut self, streams: Vec<String>) -> Result<(), Gone> {
        for stream in streams {
            loop {
                let after = self.position.0.get(&stream).copied().unwrap_or(0);
                // A store that fails is looked at again; the client sees a stream that is silent for a while.
                let Ok(events) = self.web.events_after(&stream, after, PAGE).await else {
                    break;
                };
                let more = events.len() == PAGE;
                // What lay between has been removed meanwhile: the client has to look at everything anew.
                if events.first().is_some_and(|first| first.number > after + 1) {
                    let reload = Event::default().event("reload").data("{}");
                    self.sender.send(Ok(reload)).await.map_err(|_| Gone)?;
                }
                for event in events {
                    self.position.0.insert(stream.clone(), event.number);
                    if let Some(data) = told(&self.audience, &event) {
                        let sent = Event::default()
                            .id(self.position.to_id())
                            .event(event.kind.clone())
                            .data(Value::Object(data).to_string());
                        self.sender.send(Ok(sent)).await.map_err(|_| Gone)?;
                    }
                }
                if !more {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Sends what only passes.
    async fn pass(&self, stream: &str, data: &str) -> Result<(), Gone> {
        let Ok(Value::Object(mut data)) = serde_json::from_str::<Value>(data) else {
            return Ok(());
        };
        if let Audience::Customer { lang } = &self.audience {
            // Customers see that an agent is typing, not who looks on, and not themselves.
            if data.get("who").and_then(Value::as_str) == Some("customer") || data.get("typing") != Some(&json!(true)) {
                return Ok(());
            }
            let mut who = data.get("who").and_then(Value::as_str).unwrap_or_default().to_owned();
            byline::sign(&mut who, &mut data, lang);
            data.retain(|key, _| matches!(key.as_str(), "name" | "picture" | "typing"));
        }
        data.insert("stream".into(), stream.into());
        let event = Event::default().event("presence").data(Value::Object(data).to_string());
        self.sender.send(Ok(event)).await.map_err(|_| Gone)
    }
}

fn is_team(stream: &str) -> bool {
    stream.starts_with("team:")
}

async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is the same.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// What this audience is told of an event.
fn told(audience: &Audience, event: &StreamEvent) -> Option<Map<String, Value>> {
    let mut data = event.data.clone();
    if let Audience::Customer { lang } = audience {
        if event.kind == "note" {
            return None;
        }
        if event.kind == "ticket" {
            data.retain(|key, _| matches!(key.as_str(), "reference" | "state"));
        }
        // Keys of staff are theirs.
        if event.kind == "turn" && data.get("kind") != Some(&json!("customer")) {
            data.insert("key".into(), Value::Null);
        }
        if event.kind == "turn" {
            sign(&mut data, lang);
        }
    } else {
        data.insert("stream".into(), event.stream.as_str().into());
        data.insert("sequence".into(), event.number.into());
    }
    Some(data)
}

/// Signs a turn for its customer: what a program wrote is its team's.
fn sign(turn: &mut Map<String, Value>, lang: &str) {
    let Some(mut author) = turn.get("author").and_then(Value::as_str).map(str::to_owned) else {
        return;
    };
    if let Some(Value::Object(data)) = turn.get_mut("data") {
        byline::sign(&mut author, data, lang);
    }
    turn.insert("author".into(), author.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_events_id_says_how_far_each_stream_was_read() {
        let odd = "team:50%; a\nb%3B".to_owned();
        let position = BTreeMap::from([("desk".to_owned(), 3), ("team:a=b".to_owned(), 12), (odd, 1)]);
        let id = Position(position.clone()).to_id();
        assert_eq!(id, "desk=3;team:50%25%3B a%0Ab%253B=1;team:a=b=12");
        assert_eq!(Position::parse(&id), Some(position));
        for bad in ["", "desk", "desk=x", ";"] {
            assert_eq!(Position::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn customers_are_not_told_what_is_for_staff() {
        let event = |kind: &str| StreamEvent {
            stream: "conversation:1".into(),
            number: 1,
            kind: kind.into(),
            data: Map::from_iter([
                ("reference".to_owned(), json!("T-1")),
                ("assignee".to_owned(), json!("p1")),
            ]),
            at: jiff::Timestamp::UNIX_EPOCH,
        };
        let customer = Audience::Customer { lang: "en".into() };
        assert_eq!(told(&customer, &event("note")), None);
        let ticket = told(&customer, &event("ticket")).expect("told");
        assert!(ticket.contains_key("reference") && !ticket.contains_key("assignee"));
        assert!(told(&Audience::Staff, &event("note")).is_some());
        let mut turn = event("turn");
        turn.data = Map::from_iter([
            ("author".to_owned(), json!("token:env")),
            ("data".to_owned(), json!({"name": "env"})),
        ]);
        let signed = told(&customer, &turn).expect("told");
        assert_eq!(
            (&signed["author"], &signed["data"]["name"]),
            (&json!("team"), &json!("Support team"))
        );
        let whole = told(&Audience::Staff, &turn).expect("told");
        assert_eq!(whole["author"], "token:env");
    }
}
