//! A conversation without a store, for tests of what happens in it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::*;
use crate::{
    answer::HandoffReason,
    store::{TicketEvent, TurnRecord},
};

/// Every reply is due an hour later; nothing is escalated.
pub(crate) struct Always;

impl Clocks for Always {
    fn next_due(&self, _: &TicketRecord, from: Timestamp) -> Option<Timestamp> {
        Some(from + SignedDuration::from_hours(1))
    }

    fn climb_at(&self, _: &TicketRecord, _: i64, _: Timestamp) -> Option<Timestamp> {
        None
    }
}

/// What stands, and how it is changed: what the store does, in memory.
pub(crate) struct Chat {
    pub(crate) scene: Scene,
    pub(crate) now: Timestamp,
}

impl Chat {
    pub(crate) fn new() -> Self {
        let mut chat = Chat {
            scene: Scene::default(),
            now: start(),
        };
        chat.keep(begin(conversation(), "Kawan Kopi"));
        chat
    }

    /// The bot has answered.
    pub(crate) fn answered() -> Self {
        let mut chat = Chat::new();
        chat.says("where is my parcel");
        chat.bot(&answer("orders/track"));
        chat
    }

    /// People have it.
    pub(crate) fn handed_over() -> Self {
        let mut chat = Chat::new();
        chat.says("I was charged twice");
        chat.bot(&handover("T-7K3F-9QXM"));
        chat
    }

    /// A person has replied.
    pub(crate) fn replied() -> Self {
        let mut chat = Chat::handed_over();
        chat.staff(&Act::Reply);
        chat
    }

    /// A person thinks that it is solved.
    pub(crate) fn resolved() -> Self {
        let mut chat = Chat::replied();
        chat.staff(&Act::Resolve { note: None });
        chat
    }

    pub(crate) fn conversation(&self) -> &ConversationRecord {
        self.scene.conversation.as_ref().expect("begun")
    }

    pub(crate) fn episode(&self) -> &EpisodeRecord {
        self.scene.episode.as_ref().expect("an episode")
    }

    pub(crate) fn ticket(&self) -> &TicketRecord {
        self.scene.ticket.as_ref().expect("a ticket")
    }

    pub(crate) fn later(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }

    pub(crate) fn says(&mut self, text: &str) -> Change {
        let change = hear(&self.scene, &heard(text), self.now, self.now, &Always).expect("it is heard");
        self.keep(change.clone());
        change
    }

    pub(crate) fn bot(&mut self, said: &BotReply) -> Change {
        let seen = self.conversation().version;
        let change = reply(&self.scene, seen, said, self.now).expect("nothing happened in between");
        self.keep(change.clone());
        change
    }

    pub(crate) fn word(&mut self, said: Word) -> Result<(), Refusal> {
        let change = word(&self.scene, said, self.now, &Always)?;
        self.keep(change);
        Ok(())
    }

    /// A manager does something.
    pub(crate) fn staff(&mut self, act: &Act) {
        let manager = Actor {
            manages: true,
            ..Actor::named("citra")
        };
        let turn = (*act == Act::Reply).then(|| NewTurn {
            kind: TurnKind::Person,
            author: "citra".into(),
            text: "We are on it.".into(),
            data: Map::new(),
            idempotency_key: None,
        });
        let change = staff(&self.scene, act, &manager, turn, self.now, &Always).expect("allowed");
        self.keep(change);
    }

    pub(crate) fn keep(&mut self, change: Change) {
        let scene = &mut self.scene;
        let mut conversation = change.conversation.or(scene.conversation.take()).expect("one");
        if let Some(episode) = change.episodes.last() {
            scene.episode = Some(episode.clone());
        }
        for new in change.turns {
            conversation.turns += 1;
            scene.turns.push(TurnRecord {
                conversation: conversation.id.clone(),
                number: conversation.turns,
                episode: conversation.episodes,
                kind: new.kind,
                author: new.author,
                text: new.text,
                data: new.data,
                idempotency_key: new.idempotency_key,
                at: self.now,
            });
        }
        let first = scene.episode.as_ref().map_or(0, |episode| episode.first_turn);
        scene.turns.retain(|turn| turn.number >= first);
        conversation.version += 1;
        conversation.changed_at = self.now;
        scene.ticket = match (&conversation.ticket, change.ticket) {
            (None, _) => None,
            (Some(_), Some(ticket)) => Some(ticket),
            (Some(_), None) => scene.ticket.take(),
        };
        scene.conversation = Some(conversation);
    }
}

fn start() -> Timestamp {
    "2026-11-24T02:00:00Z".parse().expect("a time")
}

pub(crate) fn heard(text: &str) -> Heard {
    Heard {
        text: text.into(),
        secrets: Vec::new(),
        key: None,
    }
}

pub(crate) fn conversation() -> ConversationRecord {
    ConversationRecord {
        id: "01J9Z3V6X5T1Q4M8K2R7W0B6YD".into(),
        version: 0,
        secret: String::new(),
        customer: None,
        name: None,
        email: None,
        lang: "en".into(),
        channel: "chat".into(),
        context: Map::new(),
        claims: None,
        with_people: false,
        ticket: None,
        turns: 0,
        episodes: 0,
        seen: 0,
        answer_due_at: None,
        shows_typing: false,
        opened_at: start(),
        changed_at: start(),
    }
}

fn decision(fields: Value) -> BotReply {
    let mut whole = json!({
        "id": "01J", "decision": "answer", "confidence": 0.9, "threshold": 0.5, "language": "en", "answer": null,
        "options": [], "handoff": null, "generation": "g", "weights": "w", "calibration": "c", "rules": "r"
    });
    let fields = fields.as_object().expect("an object").clone();
    whole.as_object_mut().expect("an object").extend(fields);
    BotReply::Decision(Box::new(serde_json::from_value(whole).expect("a decision")))
}

pub(crate) fn answer(article: &str) -> BotReply {
    decision(json!({"answer": {
        "text": "Open Orders.", "html": "<p>Open Orders.</p>",
        "article": {"id": article, "title": "Track an order", "url": "/articles/x", "version": "sha256:0"},
        "section": null, "span": [0, 12], "highlights": []
    }}))
}

pub(crate) fn clarify() -> BotReply {
    decision(json!({"decision": "clarify"}))
}

pub(crate) fn handover(reference: &str) -> BotReply {
    BotReply::Handoff(Box::new(Handover {
        ticket: ticket(reference, start()),
        receipt: "A person will answer.".into(),
        card: Map::new(),
        opened_by: "customer".into(),
        outgoing: Vec::new(),
    }))
}

/// A ticket that has just been handed over.
pub(crate) fn ticket(reference: &str, at: Timestamp) -> TicketRecord {
    TicketRecord {
        reference: reference.into(),
        version: 0,
        state: TicketState::Open,
        team: "support".into(),
        priority: 2,
        tags: Vec::new(),
        reason: HandoffReason::LowConfidence,
        topic: None,
        question: "?".into(),
        lang: "en".into(),
        channel: "chat".into(),
        conversation: None,
        episode: None,
        customer: None,
        customer_name: None,
        contact: None,
        phone: None,
        order_number: None,
        urgency: None,
        context: Map::new(),
        nearest: None,
        confidence: 0.0,
        decision: String::new(),
        idempotency_key: None,
        complex: false,
        assignee: None,
        claimed_until: None,
        opened_at: at,
        promise_at: at + SignedDuration::from_hours(24),
        promise_kept: None,
        warn_at: None,
        waiting_since: Some(at),
        first_reply_at: None,
        first_due_at: None,
        next_due_at: None,
        resolve_due_at: None,
        snoozed_until: None,
        targets: Map::new(),
        escalation: 0,
        escalate_at: None,
        merged_into: None,
        outcome: None,
        resolved_at: None,
        resolved_by: None,
        note: None,
        events: Vec::<TicketEvent>::new(),
    }
}
