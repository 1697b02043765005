//! What stands in a conversation, as those who decide about it need it.

use jiff::Timestamp;
use serde_json::Value;

use crate::answer::{Answer, Before};
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

/// Questions that are read with a follow-up: one follow-up may lean on another.
const CHAIN: usize = 3;

/// What was asked before the unanswered words, in this episode, with what was shown for it. A follow-up leans on what it was
/// asked with: "How long does delivery to Jakarta take?", "and to Bali?", "and to Japan?".
pub fn asked_before(turns: &[TurnRecord]) -> Option<Before> {
    let before = &turns[..turns.len() - unanswered(turns).len()];
    let episode = turns.last()?.episode;
    let mut asked: Vec<&str> = Vec::new();
    let mut articles = Vec::new();
    for turn in before.iter().rev().filter(|turn| turn.episode == episode) {
        match turn.kind {
            TurnKind::Bot => articles.extend(articles_of(turn)),
            TurnKind::Customer if talk::talk(&turn.text).is_none() => {
                asked.push(&turn.text);
                let words = turn.text.split_whitespace().count();
                // In scripts without spaces every message is one word; characters tell there.
                let stands_alone = words > SHORT_WORDS || (words == 1 && turn.text.chars().count() > SHORT_CHARS);
                if stands_alone || asked.len() == CHAIN {
                    break;
                }
            }
            _ => {}
        }
    }
    asked.reverse();
    (!asked.is_empty()).then(|| Before {
        question: asked.join("\n"),
        articles,
    })
}

/// What is no longer than this may be a follow-up itself; to be read with one question too many does no harm.
const SHORT_WORDS: usize = 3;
const SHORT_CHARS: usize = 8;

/// Ids of the articles that a turn of the bot answered with or offered.
fn articles_of(turn: &TurnRecord) -> Vec<String> {
    let Some(decision) = turn.data.get("decision") else {
        return Vec::new();
    };
    let options = decision["options"].as_array().into_iter().flatten();
    let shown = std::iter::once(&decision["answer"]).chain(options);
    let id = |shown: &Value| shown["article"]["id"].as_str().map(str::to_owned);
    shown.filter_map(id).collect()
}

/// Whether the bot has shown this very passage.
pub fn was_shown(turns: &[TurnRecord], answer: &Answer) -> bool {
    turns.iter().filter(|turn| turn.kind == TurnKind::Bot).any(|turn| {
        let shown = &turn.data.get("decision").unwrap_or(&Value::Null)["answer"];
        shown["article"]["id"] == answer.article.id.as_str() && shown["span"] == serde_json::json!(answer.span)
    })
}

/// Whether a manager ended the conversation.
pub fn has_ended(scene: &Scene) -> bool {
    let episode = scene.episode.as_ref();
    episode.is_some_and(|episode| episode.state == EpisodeState::EndedByStaff)
}
