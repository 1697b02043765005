//! What stands in a conversation, as those who decide about it need it.

use jiff::Timestamp;

use crate::store::{EpisodeState, Scene, TicketOutcome, TicketState, TurnKind, TurnRecord};

use super::{REOPENS_WITHIN, talk};

/// Whether the bot is in an episode with the customer.
pub(super) fn is_open(scene: &Scene) -> bool {
    let episode = scene.episode.as_ref();
    episode.is_some_and(|episode| episode.state == EpisodeState::Open)
}

/// Whether "that solved it" is about what the bot said: it has answered, or offered articles, and nobody has ended it since.
pub(super) fn has_answer_to_judge(scene: &Scene) -> bool {
    let episode = scene.episode.as_ref();
    episode.is_some_and(|episode| {
        matches!(episode.state, EpisodeState::Open | EpisodeState::Silent)
            && episode.ticket.is_none()
            && (!episode.shown.is_empty() || episode.misses > 0)
    })
}

/// Whether "that solved it" is about what people said: theirs was the last word, and the customer's is still open.
pub(super) fn has_reply_to_judge(scene: &Scene) -> bool {
    scene.ticket.as_ref().is_some_and(|ticket| {
        ticket.first_reply_at.is_some()
            && matches!(ticket.state, TicketState::Waiting | TicketState::Resolved)
            && matches!(ticket.outcome, None | Some(TicketOutcome::Assumed))
    })
}

/// Whether what the customer says now is for people: a ticket is at work, or was until a short time ago.
pub fn goes_to_people(scene: &Scene, now: Timestamp) -> bool {
    let with_people = scene
        .conversation
        .as_ref()
        .is_some_and(|conversation| conversation.with_people);
    with_people
        && scene.ticket.as_ref().is_some_and(|ticket| {
            ticket.state != TicketState::Merged
                && ticket
                    .resolved_at
                    .is_none_or(|resolved| now.duration_since(resolved) <= REOPENS_WITHIN)
        })
}

/// The turns of the customer that the bot has not answered yet, oldest first.
pub fn unanswered(turns: &[TurnRecord]) -> &[TurnRecord] {
    let answered = turns
        .iter()
        .rposition(|turn| matches!(turn.kind, TurnKind::Bot | TurnKind::Receipt | TurnKind::Person))
        .map_or(0, |at| at + 1);
    &turns[answered..]
}

/// The customer's words in them, joined.
pub fn joined(turns: &[TurnRecord]) -> String {
    let said: Vec<&str> = turns
        .iter()
        .filter(|turn| turn.kind == TurnKind::Customer)
        .map(|turn| turn.text.as_str())
        .collect();
    said.join("\n")
}

/// The customer's last words before those that are unanswered, in this episode; not small talk.
pub fn question_before(turns: &[TurnRecord]) -> Option<&str> {
    let unanswered = unanswered(turns).len();
    turns[..turns.len() - unanswered]
        .iter()
        .rev()
        .filter(|turn| turn.kind == TurnKind::Customer)
        .map(|turn| turn.text.as_str())
        .find(|text| talk::talk(text).is_none())
}

/// The customer's last words that are a question, answered or not; not small talk.
pub fn last_question(turns: &[TurnRecord]) -> Option<&str> {
    turns
        .iter()
        .rev()
        .filter(|turn| turn.kind == TurnKind::Customer)
        .map(|turn| turn.text.as_str())
        .find(|text| talk::talk(text).is_none())
}

/// Whether the words are too few to be a question of their own.
pub fn is_short_follow_up(text: &str) -> bool {
    let text = text.trim();
    if text.is_ascii() {
        text.split_whitespace().count() <= 4
    } else {
        text.split_whitespace().count() <= 4 && text.chars().count() <= 14
    }
}

/// Whether a manager ended the conversation.
pub fn has_ended(scene: &Scene) -> bool {
    let episode = scene.episode.as_ref();
    episode.is_some_and(|episode| episode.state == EpisodeState::EndedByStaff)
}
