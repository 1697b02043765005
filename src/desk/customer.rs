//! What a customer does on the page of their ticket: reads the conversation, writes again, leaves or corrects details.

use jiff::Timestamp;
use serde_json::{Map, json};

use crate::store::{
    Change, EpisodeRecord, EpisodeState, NewTurn, Opened, Scene, StoreError, Subject, TicketRecord, TurnKind,
    TurnRecord,
};

use super::{
    Desk, DeskError, LONGEST_KEY, LONGEST_QUESTION, invalid, length, looks_like_email, mask,
    queue::{self, Act, Actor, Details, Refusal},
};

/// Turns that are shown; the page is for reading the last replies, not an archive.
const SHOWN_TURNS: i64 = 200;
/// Longest order number, name and phone number, in characters.
const LONGEST_DETAIL: usize = 64;
/// What a customer may say about urgency.
const URGENCIES: [&str; 3] = ["low", "normal", "high"];

/// A ticket with what its customer may read of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Thread {
    /// The ticket.
    pub ticket: TicketRecord,
    /// Its conversation's last turns, without notes of staff, oldest first.
    pub turns: Vec<TurnRecord>,
}

impl Desk {
    /// The ticket with this reference and its conversation, as its customer may read them.
    ///
    /// # Errors
    ///
    /// [`DeskError::NoSuchTicket`], or the store's failure.
    pub async fn thread(&self, reference: &str) -> Result<Thread, DeskError> {
        let store = &self.inner.store;
        let ticket = store.ticket(reference).await?.ok_or_else(|| DeskError::NoSuchTicket {
            reference: super::shortened(reference),
        })?;
        let mut turns = Vec::new();
        if let Some(id) = &ticket.conversation
            && let Some(conversation) = store.conversation(id).await?
        {
            let after = (conversation.turns - SHOWN_TURNS).max(0);
            turns = store.turns(id, after, SHOWN_TURNS.unsigned_abs() as usize).await?;
            turns.retain(|turn| turn.kind.is_public());
        }
        Ok(Thread { ticket, turns })
    }

    /// The customer writes on the page of their ticket. The same `key` is the same message.
    ///
    /// # Errors
    ///
    /// [`DeskError::Invalid`] for a text that is too long, [`DeskError::NotNow`] where the conversation is over, or the
    /// store's failure.
    pub async fn customer_says(&self, reference: &str, text: &str, key: Option<String>) -> Result<(), DeskError> {
        length("text", text.trim(), 1, LONGEST_QUESTION)?;
        if let Some(key) = &key {
            length("key", key, 1, LONGEST_KEY)?;
        }
        let now = self.inner.clock.now();
        let (clocks, text, of_turn) = (self.inner.clocks.clone(), text.trim().to_owned(), key.clone());
        let decide = move |scene: &Scene| {
            let Some(ticket) = &scene.ticket else {
                return Ok(Change::default());
            };
            let (ticket, event) = queue::apply(ticket, &Act::Write, &Actor::customer(), now, clocks.as_ref())?;
            Ok::<_, Refusal>(Change {
                turns: said(&text, of_turn.clone(), &ticket.lang),
                episodes: scene.episode.iter().filter_map(taken_up).collect(),
                ticket: Some(ticket),
                ticket_events: vec![event],
                ..Change::default()
            })
        };
        self.customer_works(reference, key, now, decide).await
    }

    /// The customer leaves or corrects details; what is `None` stays as it is.
    ///
    /// # Errors
    ///
    /// [`DeskError::Invalid`] names the field; else as [`Self::customer_says`].
    pub async fn customer_details(&self, reference: &str, details: Details) -> Result<(), DeskError> {
        check_details(&details)?;
        let now = self.inner.clock.now();
        let clocks = self.inner.clocks.clone();
        let decide = move |scene: &Scene| {
            let Some(ticket) = &scene.ticket else {
                return Ok(Change::default());
            };
            let act = Act::Details(details.clone());
            let (ticket, event) = queue::apply(ticket, &act, &Actor::customer(), now, clocks.as_ref())?;
            if event.data.is_empty() {
                return Ok(Change::default());
            }
            let mut conversation = scene.conversation.clone();
            if let Some(conversation) = &mut conversation
                && details.email.is_some()
            {
                conversation.email.clone_from(&details.email);
            }
            Ok::<_, Refusal>(Change {
                conversation,
                ticket: Some(ticket),
                ticket_events: vec![event],
                ..Change::default()
            })
        };
        self.customer_works(reference, None, now, decide).await
    }

    async fn customer_works<F>(
        &self,
        reference: &str,
        key: Option<String>,
        now: Timestamp,
        decide: F,
    ) -> Result<(), DeskError>
    where
        F: Fn(&Scene) -> Result<Change, Refusal> + Send + Sync + 'static,
    {
        let subject = Subject::Ticket(reference.to_owned());
        match self.inner.store.work(subject, key, now, decide).await {
            Ok(Opened::Done(_) | Opened::Before { .. }) => Ok(()),
            Ok(Opened::Refused(refusal)) => Err(refusal.into()),
            Err(StoreError::NoSuchTicket { reference }) => Err(DeskError::NoSuchTicket { reference }),
            Err(error) => Err(error.into()),
        }
    }
}

/// The message without its secrets, and what the customer is told about them.
fn said(text: &str, key: Option<String>, lang: &str) -> Vec<NewTurn> {
    let masked = mask::mask(text);
    let mut turns = vec![NewTurn {
        kind: TurnKind::Customer,
        author: "customer".to_owned(),
        text: masked.text.into_owned(),
        data: Map::new(),
        idempotency_key: key,
    }];
    if !masked.kinds.is_empty() {
        let data = json!({"masked": true});
        turns.push(NewTurn {
            kind: TurnKind::System,
            author: "system".to_owned(),
            text: mask::notice(&masked.kinds, lang),
            data: data.as_object().cloned().unwrap_or_default(),
            idempotency_key: None,
        });
    }
    turns
}

/// The episode with people again, if it was thought to be over.
fn taken_up(episode: &EpisodeRecord) -> Option<EpisodeRecord> {
    (episode.state != EpisodeState::HandedOver).then(|| EpisodeRecord {
        state: EpisodeState::HandedOver,
        ended_at: None,
        ended_by: None,
        ..episode.clone()
    })
}

fn check_details(details: &Details) -> Result<(), DeskError> {
    if details.email.as_deref().is_some_and(|email| !looks_like_email(email)) {
        let reason = "must be an e-mail address, such as name@example.com".to_owned();
        return Err(invalid("contact", reason));
    }
    for (field, text) in [
        ("order_number", &details.order_number),
        ("phone", &details.phone),
        ("name", &details.name),
    ] {
        if let Some(text) = text {
            length(field, text, 1, LONGEST_DETAIL)?;
            if text.chars().any(char::is_control) {
                return Err(invalid(field, "must be one line".to_owned()));
            }
        }
    }
    match &details.urgency {
        Some(urgency) if !URGENCIES.contains(&urgency.as_str()) => {
            Err(invalid("urgency", "must be low, normal or high".to_owned()))
        }
        _ => Ok(()),
    }
}
