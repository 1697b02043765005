//! What is told of conversations and their turns: to customers what is theirs to see, to staff all of it.

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    desk::{byline, zone_name},
    store::{ConversationRecord, TurnKind, TurnRecord},
};

/// One message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "number": 2, "episode": 1, "kind": "customer", "author": "customer", "text": "Where is my parcel?", "data": {},
    "key": "0b9f", "at": "2026-11-24T09:30:00Z"
}))]
pub(in crate::http) struct Turn {
    /// 1 for the first one, without gaps.
    number: i64,
    /// The span from a question to its end that it belongs to; 0 before the first question.
    episode: i64,
    /// Who speaks.
    kind: TurnKind,
    /// `customer`, `bot`, `system`, a person's id, or for a program `token:NAME`, which its customer reads as `team`.
    pub(super) author: String,
    /// The words; plain text.
    pub(super) text: String,
    /// What belongs to it: the decision of the bot, the name and picture of a person, the receipt's parts.
    pub(super) data: Map<String, Value>,
    /// The key that it was sent with.
    key: Option<String>,
    /// When, RFC 3339.
    pub(super) at: String,
}

impl From<TurnRecord> for Turn {
    fn from(turn: TurnRecord) -> Self {
        Turn {
            number: turn.number,
            episode: turn.episode,
            kind: turn.kind,
            author: turn.author,
            text: turn.text,
            data: turn.data,
            key: turn.idempotency_key,
            at: turn.at.to_string(),
        }
    }
}

/// A conversation, as its customer sees it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01J9Z3V6X5T1Q4M8K2R7W0B6YD", "with_people": false, "ticket": null, "ticket_state": null, "lang": "en", "name": null, "email": null,
    "shows_typing": false, "seen": 1, "opened_at": "2026-11-24T09:30:00Z", "stream": 1, "turns": []
}))]
pub(in crate::http) struct Conversation {
    /// Its id.
    id: String,
    /// Whether people answer; else the bot does.
    with_people: bool,
    /// Reference of the ticket that it became.
    ticket: Option<String>,
    /// Where that ticket stands: `open`, `waiting` (for the customer), `snoozed`, `resolved` (staff think so), `solved` (the
    /// customer said so), `ended` (staff ended it), `merged`.
    ticket_state: Option<&'static str>,
    /// Language of the bot's own words.
    lang: String,
    /// What the customer wants to be called.
    name: Option<String>,
    /// Where they can be reached.
    email: Option<String>,
    /// Whether agents may see what is being typed.
    shows_typing: bool,
    /// Number of the last turn that the customer has seen.
    seen: i64,
    /// When it was begun, RFC 3339.
    opened_at: String,
    /// Number of the last event of its stream: follow it from there.
    stream: i64,
    /// Its turns, oldest first; at most 500, the last ones.
    turns: Vec<Turn>,
}

/// The conversation with its turns.
pub(super) fn view(
    conversation: ConversationRecord,
    ticket_state: Option<&'static str>,
    turns: Vec<Turn>,
    stream: i64,
) -> Conversation {
    Conversation {
        id: conversation.id,
        with_people: conversation.with_people,
        ticket: conversation.ticket,
        ticket_state,
        lang: conversation.lang,
        name: conversation.name,
        email: conversation.email,
        shows_typing: conversation.shows_typing,
        seen: conversation.seen,
        opened_at: conversation.opened_at.to_string(),
        stream,
        turns,
    }
}

/// What the customer may see of turns, in a conversation in `lang`.
pub(super) fn public(turns: Vec<TurnRecord>, lang: &str) -> Vec<Turn> {
    turns
        .into_iter()
        .filter(|turn| turn.kind.is_public())
        .map(|mut turn| {
            byline::sign(&mut turn.author, &mut turn.data, lang);
            turn
        })
        .map(|turn| Turn {
            // Keys of staff are theirs.
            key: turn.idempotency_key.clone().filter(|_| turn.kind == TurnKind::Customer),
            ..Turn::from(turn)
        })
        .collect()
}

/// The customer's turns as a text to keep, with times of this zone.
pub(super) fn as_text(turns: Vec<TurnRecord>, lang: &str, zone: &TimeZone) -> String {
    let turns: Vec<_> = turns.into_iter().filter(|turn| turn.kind.is_public()).collect();
    let times: Vec<_> = turns.iter().map(|turn| turn.at.to_zoned(zone.clone())).collect();
    let mut text = String::new();
    for (at, turn) in times.iter().zip(public(turns, lang)) {
        let name = turn.data.get("name").and_then(Value::as_str).unwrap_or(&turn.author);
        let (at, zone) = (at.strftime("%Y-%m-%d %H:%M"), zone_name(at));
        text.push_str(&format!("[{at} {zone}] {name}:\n{}\n\n", turn.text));
    }
    text
}

/// All of them, for staff.
pub(in crate::http) fn for_staff(turns: Vec<TurnRecord>) -> Vec<Turn> {
    turns.into_iter().map(Turn::from).collect()
}
