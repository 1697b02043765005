//! The bot's turn: what it says, and how a question is handed over.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Decision, Outcome},
    store::{
        Change, ConversationRecord, EpisodeRecord, EpisodeState, EventKind, NewOutgoing, NewTurn, Scene, TicketEvent,
        TicketRecord, TurnKind,
    },
};

use super::{
    bot_turn, confirm, has_answer_to_judge, open_episode,
    talk::{self, Talk},
};

/// What the bot says.
#[derive(Debug, Clone)]
pub enum BotReply {
    /// To small talk.
    Talk(Talk),
    /// An answer or a choice.
    Decision(Box<Decision>),
    /// It goes to people; the ticket is complete but for its conversation.
    Handoff(Box<Handover>),
}

/// A handoff on its way into the store.
#[derive(Debug, Clone)]
pub struct Handover {
    /// The ticket, without conversation and episode.
    pub ticket: TicketRecord,
    /// What the customer reads.
    pub receipt: String,
    /// What belongs to the receipt, for pages that show it as a card.
    pub card: Map<String, Value>,
    /// Who opened it, for the history.
    pub opened_by: String,
    /// Mails that go out with it.
    pub outgoing: Vec<NewOutgoing>,
}

/// The bot's reply to what it has heard. `seen` is the version of the conversation that the reply was thought out for.
///
/// # Errors
/// [`Moved`] if something was said or done in between.
pub fn reply(scene: &Scene, seen: i64, reply: &BotReply, now: Timestamp) -> Result<Change, Moved> {
    let conversation = scene.conversation.as_ref().ok_or(Moved)?;
    let moved = conversation.version != seen;
    if moved || conversation.with_people && matches!(reply, BotReply::Talk(_) | BotReply::Decision(_)) {
        return Err(Moved);
    }
    let mut conversation = conversation.clone();
    conversation.answer_due_at = None;
    let mut change = Change::default();
    match reply {
        BotReply::Talk(talk) => {
            let text = talk::reply(*talk, &conversation.lang).to_owned();
            change.turns.push(bot_turn(text, json!({"kind": "talk"})));
            if *talk == Talk::Helped && has_answer_to_judge(scene) {
                confirm(scene, &mut change, now);
            }
        }
        BotReply::Decision(decision) => {
            let mut episode = open_episode(scene, &conversation, now);
            change
                .turns
                .push(decision_turn(decision, &mut episode, &conversation.lang));
            conversation.episodes = episode.number;
            change.episodes.push(episode);
        }
        BotReply::Handoff(handover) => {
            hand_over(scene, handover, &mut conversation, &mut change, now);
        }
    }
    change.conversation = Some(conversation);
    Ok(change)
}

/// Something was said or done since the reply was thought out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved;

fn decision_turn(decision: &Decision, episode: &mut EpisodeRecord, lang: &str) -> NewTurn {
    let text = match (&decision.answer, decision.decision) {
        (Some(answer), _) => {
            let shown: Vec<&Answer> = std::iter::once(answer).chain(&decision.more).collect();
            episode
                .shown
                .extend(shown.iter().map(|answer| answer.article.id.clone()));
            let texts: Vec<&str> = shown.iter().map(|answer| answer.text.as_str()).collect();
            texts.join("\n\n")
        }
        (None, Outcome::Clarify) => {
            episode.misses += 1;
            talk::which_one(lang).to_owned()
        }
        (None, _) => String::new(),
    };
    let kind = decision.decision.as_str();
    bot_turn(text, json!({"kind": kind, "decision": decision}))
}

fn hand_over(
    scene: &Scene,
    handover: &Handover,
    conversation: &mut ConversationRecord,
    change: &mut Change,
    now: Timestamp,
) {
    let mut episode = open_episode(scene, conversation, now);
    let mut ticket = handover.ticket.clone();
    ticket.conversation = Some(conversation.id.clone());
    ticket.episode = Some(episode.number);
    episode.state = EpisodeState::HandedOver;
    episode.ticket = Some(ticket.reference.clone());
    conversation.episodes = episode.number;
    conversation.with_people = true;
    conversation.ticket = Some(ticket.reference.clone());
    change.episodes.push(episode);
    change.turns.push(NewTurn {
        kind: TurnKind::Receipt,
        author: "bot".into(),
        text: handover.receipt.clone(),
        data: handover.card.clone(),
        idempotency_key: None,
    });
    change.ticket_events.push(TicketEvent {
        number: 1,
        kind: EventKind::Opened,
        who: handover.opened_by.clone(),
        data: Map::new(),
        at: now,
    });
    change.outgoing.clone_from(&handover.outgoing);
    change.ticket = Some(ticket);
}
