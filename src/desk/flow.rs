//! What happens in a conversation, as pure functions from what stands to what is to be written.
//!
//! Promises kept here: a handoff, its ticket and its receipt are one change; after a handoff the bot is silent; no passage
//! is shown twice in an episode; two misses or "that did not help" hand over; nothing ends as solved without the
//! customer's word.

mod reading;
mod reply;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::store::{
    Change, ConversationRecord, EpisodeRecord, EpisodeState, NewEvent, NewTurn, Scene, TicketRecord, TicketState,
    TurnKind,
};

use super::{
    mask::{self, SecretKind},
    queue::{self, Act, Actor, Clocks, Details, Refusal},
    talk::{self, Talk},
};

pub use reading::{
    asked_before, goes_to_people, has_ended, joined, last_question, question_before, unanswered, was_shown,
};
pub use reply::{BotReply, Handover, Moved, reply};

use reading::{has_answer_to_judge, has_reply_to_judge, is_open};

/// A ticket that was resolved this long ago is reopened by a message; later ones begin a new episode.
pub const REOPENS_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A message of the customer, after secrets were taken out.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The words.
    pub text: String,
    /// What was taken out of them.
    pub secrets: Vec<SecretKind>,
    /// What makes a repeated message the same message.
    pub key: Option<String>,
}

/// What the customer says about an answer or a resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It is solved.
    Helped,
    /// It is not.
    DidNotHelp,
}

/// A new conversation with the bot's first words.
pub fn begin(conversation: ConversationRecord, site: &str) -> Change {
    let greeting = bot_turn(
        talk::first_words(&conversation.lang, site),
        json!({"kind": "first_words"}),
    );
    Change {
        conversation: Some(conversation),
        turns: vec![greeting],
        ..Change::default()
    }
}

/// The customer says something. With people it goes to them; else the bot owes an answer from `due` on. "Thanks, that solved
/// it" is their word, as by [`word`]: at once where people have replied, with the bot's reply where it has ([`reply`]).
///
/// # Errors
/// [`Refusal::NotNow`] if a manager ended the conversation.
pub fn hear(
    scene: &Scene,
    heard: &Heard,
    due: Timestamp,
    now: Timestamp,
    clocks: &impl Clocks,
) -> Result<Change, Refusal> {
    let Some(conversation) = &scene.conversation else {
        return Ok(Change::default());
    };
    refuse_if_ended(scene)?;
    let mut change = Change {
        turns: said(heard, &conversation.lang),
        ..Change::default()
    };
    let mut conversation = conversation.clone();
    if goes_to_people(scene, now) {
        let talk = talk::talk(&heard.text);
        if talk == Some(Talk::Helped) && has_reply_to_judge(scene) {
            let confirmed = word(scene, Word::Helped, now, clocks)?;
            return Ok(Change {
                turns: change.turns,
                ..confirmed
            });
        }
        // "Thank you" after the end is no new question.
        let thanks = matches!(talk, Some(Talk::Thanks | Talk::Helped));
        let resolved = scene
            .ticket
            .as_ref()
            .is_some_and(|ticket| ticket.state == TicketState::Resolved);
        if !(thanks && resolved) {
            with_ticket(scene, &mut change, &Act::Write, &Actor::customer(), now, clocks)?;
            change
                .episodes
                .extend(in_state(scene, EpisodeState::HandedOver, now, None));
        }
        return Ok(change);
    }
    conversation.with_people = false;
    conversation.ticket = None;
    // A greeting begins nothing, and thanks after the end take nothing up again.
    if !is_open(scene) && talk::talk(&heard.text).is_none_or(|talk| talk == Talk::DidNotHelp) {
        let episode = next_episode(scene, &conversation, now);
        conversation.episodes = episode.number;
        change.episodes.push(episode);
    }
    conversation.answer_due_at = Some(due);
    change.conversation = Some(conversation);
    Ok(change)
}

/// The customer asks for people who have the conversation already: a ticket that was resolved is taken up again.
///
/// # Errors
/// If a manager ended the conversation, or nobody has it.
pub fn ask_again(scene: &Scene, now: Timestamp, clocks: &impl Clocks) -> Result<Change, Refusal> {
    refuse_if_ended(scene)?;
    let mut change = Change::default();
    let resolved = scene
        .ticket
        .as_ref()
        .is_none_or(|ticket| ticket.state == TicketState::Resolved);
    if resolved {
        with_ticket(scene, &mut change, &Act::Write, &Actor::customer(), now, clocks)?;
        change
            .episodes
            .extend(in_state(scene, EpisodeState::HandedOver, now, None));
    }
    Ok(change)
}

/// The customer says whether it is solved. Without a ticket, "it did not help" is for the caller to hand over.
///
/// # Errors
/// [`Refusal::NotNow`] or [`Refusal::State`] if there is nothing that it could be about.
pub fn word(scene: &Scene, word: Word, now: Timestamp, clocks: &impl Clocks) -> Result<Change, Refusal> {
    let mut change = Change::default();
    let has_ticket = scene.ticket.is_some();
    refuse_if_ended(scene)?;
    if scene.episode.is_none() {
        return Err(Refusal::NotNow {
            reason: "nothing has been asked yet",
        });
    }
    match word {
        Word::Helped => {
            if has_ticket {
                with_ticket(scene, &mut change, &Act::Confirm, &Actor::customer(), now, clocks)?;
            }
            confirm(scene, &mut change, now);
        }
        Word::DidNotHelp => {
            with_ticket(scene, &mut change, &Act::Dispute, &Actor::customer(), now, clocks)?;
            change
                .episodes
                .extend(in_state(scene, EpisodeState::HandedOver, now, None));
            tell(scene, &mut change, json!({"word": "did_not_help"}));
        }
    }
    Ok(change)
}

/// Ends the episode by the customer's word, and tells those who follow it.
fn confirm(scene: &Scene, change: &mut Change, now: Timestamp) {
    change
        .episodes
        .extend(in_state(scene, EpisodeState::Confirmed, now, Some("customer")));
    tell(scene, change, json!({"word": "helped"}));
}

/// The receipt once more, if nothing was said since turn `after`.
pub fn remind(scene: &Scene, after: i64, receipt: &str) -> Change {
    let is_last = scene
        .conversation
        .as_ref()
        .is_some_and(|conversation| conversation.turns == after);
    Change {
        turns: is_last
            .then(|| bot_turn(receipt.to_owned(), json!({"kind": "receipt_again"})))
            .into_iter()
            .collect(),
        ..Change::default()
    }
}

/// The customer leaves or corrects details.
///
/// # Errors
/// What the ticket's state refuses.
pub fn details(scene: &Scene, details: &Details, now: Timestamp, clocks: &impl Clocks) -> Result<Change, Refusal> {
    let mut change = Change::default();
    if let Some(conversation) = &scene.conversation {
        let mut conversation = conversation.clone();
        if details.email.is_some() {
            conversation.email.clone_from(&details.email);
        }
        if details.name.is_some() {
            conversation.name.clone_from(&details.name);
        }
        if scene.ticket.is_none() {
            remember(&mut conversation, details);
        }
        change.conversation = Some(conversation);
    }
    if scene.ticket.is_some() {
        with_ticket(
            scene,
            &mut change,
            &Act::Details(details.clone()),
            &Actor::customer(),
            now,
            clocks,
        )?;
    }
    tell(scene, &mut change, json!({"details": true}));
    Ok(change)
}

/// What only a ticket has a place for waits in the context until there is one; see [`told_before`].
fn remember(conversation: &mut ConversationRecord, details: &Details) {
    let kept = [
        ("order_number", &details.order_number),
        ("urgency", &details.urgency),
        ("phone", &details.phone),
    ];
    for (field, value) in kept {
        if let Some(value) = value {
            conversation.context.insert(field.into(), value.as_str().into());
        }
    }
}

/// Puts what the customer told before the handoff into its ticket: nothing is asked twice.
pub fn told_before(ticket: &mut TicketRecord, conversation: &ConversationRecord) {
    let told = |field: &str| conversation.context.get(field)?.as_str().map(str::to_owned);
    ticket.order_number = ticket.order_number.take().or_else(|| told("order_number"));
    ticket.phone = ticket.phone.take().or_else(|| told("phone"));
    let urgency = told("urgency").filter(|urgency| ["low", "normal", "high"].contains(&urgency.as_str()));
    ticket.urgency = ticket.urgency.take().or(urgency);
}

/// The customer rates the present episode, 1 to 5; the latest rating is the one that counts.
///
/// # Errors
/// A rating out of range, or nothing to rate.
pub fn rate(
    scene: &Scene,
    rating: i64,
    note: Option<String>,
    now: Timestamp,
    clocks: &impl Clocks,
) -> Result<Change, Refusal> {
    if !(1..=5).contains(&rating) {
        return Err(Refusal::Invalid {
            field: "rating",
            reason: "must be 1 (bad) to 5 (good)".into(),
        });
    }
    let Some(episode) = &scene.episode else {
        return Err(Refusal::Invalid {
            field: "rating",
            reason: "has nothing to be about yet".into(),
        });
    };
    let mut change = Change::default();
    if scene
        .ticket
        .as_ref()
        .is_some_and(|ticket| ticket.state != TicketState::Merged)
    {
        with_ticket(
            scene,
            &mut change,
            &Act::Rate { rating },
            &Actor::customer(),
            now,
            clocks,
        )?;
    }
    change.episodes.push(EpisodeRecord {
        rating: Some(rating),
        rating_note: note,
        rated_at: Some(now),
        ..episode.clone()
    });
    Ok(change)
}

/// Nobody said anything more: silence is written down as silence.
///
/// # Errors
/// If something has happened after all.
pub fn fall_silent(
    scene: &Scene,
    quiet_since: Timestamp,
    now: Timestamp,
    clocks: &impl Clocks,
) -> Result<Change, Refusal> {
    let mut change = Change::default();
    let quiet = scene
        .conversation
        .as_ref()
        .is_some_and(|conversation| conversation.changed_at < quiet_since && conversation.answer_due_at.is_none());
    if !quiet {
        return Err(Refusal::NotNow {
            reason: "the conversation is not quiet",
        });
    }
    if scene.ticket.is_some() {
        with_ticket(scene, &mut change, &Act::FallSilent, &Actor::clock(), now, clocks)?;
    }
    change
        .episodes
        .extend(in_state(scene, EpisodeState::Silent, now, Some("silence")));
    Ok(change)
}

/// What somebody at the desk does, with what the conversation has to show for it.
///
/// # Errors
/// What the act refuses.
pub fn staff(
    scene: &Scene,
    act: &Act,
    by: &Actor,
    turn: Option<NewTurn>,
    now: Timestamp,
    clocks: &impl Clocks,
) -> Result<Change, Refusal> {
    let mut change = Change::default();
    with_ticket(scene, &mut change, act, by, now, clocks)?;
    let state = match act {
        Act::Reply => Some(EpisodeState::HandedOver),
        Act::Resolve { .. } => Some(EpisodeState::Resolved),
        Act::End { .. } => Some(EpisodeState::EndedByStaff),
        Act::HandBack => Some(EpisodeState::Open),
        _ => None,
    };
    if let Some(state) = state {
        let mut episodes = in_state(scene, state, now, Some(&by.id));
        if let (Act::End { reason }, Some(episode)) = (act, episodes.first_mut()) {
            episode.end_reason = Some(reason.clone());
        }
        change.episodes.append(&mut episodes);
    }
    if let Act::Merge { into } = act
        && let Some(conversation) = &scene.conversation
    {
        change.conversation = Some(ConversationRecord {
            ticket: Some(into.clone()),
            ..conversation.clone()
        });
    }
    if *act == Act::HandBack
        && let Some(conversation) = &scene.conversation
    {
        // What the customer has said since the last reply is the bot's to answer, at once.
        let owed = unanswered(&scene.turns)
            .iter()
            .any(|turn| turn.kind == TurnKind::Customer);
        change.conversation = Some(ConversationRecord {
            with_people: false,
            ticket: None,
            answer_due_at: owed.then_some(now),
            ..conversation.clone()
        });
        change.turns.push(NewTurn {
            kind: TurnKind::System,
            author: "system".into(),
            text: talk::handed_back(&conversation.lang).to_owned(),
            data: object(json!({"kind": "handed_back"})),
            idempotency_key: None,
        });
    }
    change.turns.extend(turn.filter(|_| scene.conversation.is_some()));
    Ok(change)
}

/// Applies an act to the scene's ticket.
fn with_ticket(
    scene: &Scene,
    change: &mut Change,
    act: &Act,
    by: &Actor,
    now: Timestamp,
    clocks: &impl Clocks,
) -> Result<(), Refusal> {
    let Some(ticket) = &scene.ticket else {
        return Err(Refusal::NotNow {
            reason: "people do not have this conversation",
        });
    };
    let (ticket, event) = queue::apply(ticket, act, by, now, clocks)?;
    change.ticket = Some(ticket);
    change.ticket_events.push(event);
    Ok(())
}

fn in_state(scene: &Scene, state: EpisodeState, now: Timestamp, by: Option<&str>) -> Vec<EpisodeRecord> {
    let Some(episode) = &scene.episode else {
        return Vec::new();
    };
    let running = matches!(state, EpisodeState::Open | EpisodeState::HandedOver);
    vec![EpisodeRecord {
        state,
        ended_at: (!running).then_some(now),
        ended_by: by.filter(|_| !running).map(str::to_owned),
        ..episode.clone()
    }]
}

/// The episode that the bot is in with the customer, or a new one.
fn open_episode(scene: &Scene, conversation: &ConversationRecord, now: Timestamp) -> EpisodeRecord {
    match &scene.episode {
        Some(episode) if episode.state == EpisodeState::Open => episode.clone(),
        _ => next_episode(scene, conversation, now),
    }
}

/// A new episode; one that comes soon after another takes it up again.
fn next_episode(scene: &Scene, conversation: &ConversationRecord, now: Timestamp) -> EpisodeRecord {
    let before = scene.episode.as_ref();
    EpisodeRecord {
        conversation: conversation.id.clone(),
        number: conversation.episodes + 1,
        state: EpisodeState::Open,
        misses: 0,
        shown: Vec::new(),
        ticket: None,
        first_turn: conversation.turns + 1,
        opened_at: now,
        ended_at: None,
        ended_by: None,
        end_reason: None,
        reopens: before
            .filter(|before| {
                before
                    .ended_at
                    .is_some_and(|ended| now.duration_since(ended) <= REOPENS_WITHIN)
            })
            .map(|before| before.number),
        rating: None,
        rating_note: None,
        rated_at: None,
    }
}

fn refuse_if_ended(scene: &Scene) -> Result<(), Refusal> {
    if !has_ended(scene) {
        return Ok(());
    }
    Err(Refusal::NotNow {
        reason: "the conversation was ended by our team: begin a new one",
    })
}

/// The customer's turn, and the notice if something was taken out of it.
fn said(heard: &Heard, lang: &str) -> Vec<NewTurn> {
    let mut turns = vec![NewTurn {
        kind: TurnKind::Customer,
        author: "customer".into(),
        text: heard.text.clone(),
        data: Map::new(),
        idempotency_key: heard.key.clone(),
    }];
    if !heard.secrets.is_empty() {
        turns.push(NewTurn {
            kind: TurnKind::System,
            author: "system".into(),
            text: mask::notice(&heard.secrets, lang),
            data: object(json!({"kind": "masked"})),
            idempotency_key: None,
        });
    }
    turns
}

fn bot_turn(text: String, data: Value) -> NewTurn {
    NewTurn {
        kind: TurnKind::Bot,
        author: "bot".into(),
        text,
        data: object(data),
        idempotency_key: None,
    }
}

/// Tells those who follow the conversation what is no turn.
fn tell(scene: &Scene, change: &mut Change, data: Value) {
    if let Some(conversation) = &scene.conversation {
        change.events.push(NewEvent {
            stream: crate::store::conversation_stream(&conversation.id),
            kind: "conversation",
            data: object(data),
        });
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "flow_support.rs"]
pub(super) mod tests_support;
