//! What people at the desk do with a ticket: each act is one unit of work over [`super::queue`] and [`super::flow`].

use serde_json::{Map, Value, json};

use crate::{
    answer::HandoffReason,
    store::{Change, ConversationRecord, NewTurn, Scene, Subject, TurnKind, TurnRecord, Worked},
};

use super::{
    Desk, DeskError, LONGEST_NOTE, LONGEST_QUESTION, NewTicket, SignedCustomer, Ticket,
    chat::Unit,
    flow::{self, BotReply, Handover},
    length, letters,
    queue::{self, Act, Actor, Refusal},
};

/// Somebody at the desk, as far as tickets are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staffer {
    /// Who acts.
    pub actor: Actor,
    /// What customers see beside the name.
    pub picture: Option<String>,
    /// Complex tickets that they may have at a time; `None` for any number.
    pub capacity: Option<i64>,
}

impl Staffer {
    /// One who is known by a name only, such as the command line's user.
    pub fn named(name: &str) -> Self {
        Staffer {
            actor: Actor::named(name),
            picture: None,
            capacity: None,
        }
    }
}

/// What a staffer writes.
#[derive(Debug, Clone)]
pub struct Written {
    /// The words.
    pub text: String,
    /// What makes a repeated message the same message.
    pub key: Option<String>,
    /// The version of the ticket that the writer saw: with a newer one, nothing is sent.
    pub seen: Option<i64>,
}

impl Desk {
    /// Does `act`; `seen` is the version that the actor saw, without it the present one counts.
    ///
    /// # Errors
    ///
    /// [`DeskError::NoSuchTicket`], [`DeskError::Conflict`] if somebody else was faster, what the act refuses, or the
    /// store's failure.
    pub async fn act(&self, reference: &str, act: Act, by: &Actor, seen: Option<i64>) -> Result<Ticket, DeskError> {
        let unit = self.staff_unit(reference, act, by, seen, None).await?;
        ticket_of(unit.worked()?)
    }

    /// Takes a ticket for as long as a claim holds.
    ///
    /// # Errors
    ///
    /// As [`Self::act`]; [`DeskError::NotNow`] for somebody who has as many complex tickets as they may have.
    pub async fn claim(&self, reference: &str, by: &Staffer, seen: Option<i64>) -> Result<Ticket, DeskError> {
        let ticket = self.get(reference).await?;
        if let Some(capacity) = by.capacity.filter(|_| ticket.complex) {
            let load = self.inner.store.loads().await?.get(&by.actor.id).copied().unwrap_or(0);
            if load >= capacity && ticket.assignee.as_deref() != Some(by.actor.id.as_str()) {
                return Err(DeskError::NotNow {
                    reason: format!(
                        "you have {load} complex tickets, which is your limit of {capacity}: finish one first"
                    ),
                });
            }
        }
        let now = self.inner.clock.now();
        let until = now.saturating_add(self.inner.lease).unwrap_or(now);
        self.act(&ticket.reference, Act::Claim { until }, &by.actor, seen).await
    }

    /// Answers the customer; committed when this returns. A repeated key gives the first reply back.
    ///
    /// # Errors
    ///
    /// As [`Self::act`]; an empty or too long text.
    pub async fn send_reply(
        &self,
        reference: &str,
        by: &Staffer,
        written: Written,
    ) -> Result<(Ticket, Option<TurnRecord>), DeskError> {
        length("text", written.text.trim(), 1, LONGEST_QUESTION)?;
        let turn = person_turn(TurnKind::Person, by, &written);
        let unit = self
            .staff_unit(reference, Act::Reply, &by.actor, written.seen, Some(turn.clone()))
            .await?;
        if let Unit::Before(_, Some(before)) = &unit
            && before.text != written.text.trim()
        {
            return Err(DeskError::KeyReused);
        }
        let worked = unit.worked()?;
        let said = worked.turns.first().cloned();
        let ticket = ticket_of(worked)?;
        self.tell_absorbed(&ticket, &turn, said.as_ref()).await?;
        Ok((ticket, said))
    }

    /// Leaves a note for colleagues.
    ///
    /// # Errors
    ///
    /// As [`Self::send_reply`].
    pub async fn note(&self, reference: &str, by: &Staffer, written: Written) -> Result<Ticket, DeskError> {
        length("text", written.text.trim(), 1, LONGEST_NOTE)?;
        let turn = person_turn(TurnKind::Note, by, &written);
        let unit = self
            .staff_unit(reference, Act::Note, &by.actor, written.seen, Some(turn))
            .await?;
        ticket_of(unit.worked()?)
    }

    /// Resolves a ticket: staff think that it is solved; the customer's word is still open.
    ///
    /// # Errors
    ///
    /// As [`Self::act`]; [`DeskError::Invalid`] for a name or note that is too long.
    pub async fn resolve(
        &self,
        reference: &str,
        by: &Actor,
        note: Option<&str>,
        seen: Option<i64>,
    ) -> Result<Ticket, DeskError> {
        length("by", by.name.trim(), 1, 100)?;
        let note = note.map(str::trim).filter(|note| !note.is_empty());
        if let Some(note) = note {
            length("note", note, 1, LONGEST_NOTE)?;
        }
        let note = note.map(str::to_owned);
        self.act(reference, Act::Resolve { note }, by, seen).await
    }

    /// Merges a ticket into another one of the same customer; its conversation goes on there.
    ///
    /// The other ticket learns of it first: a crash in between leaves both open, and nothing is lost.
    ///
    /// # Errors
    ///
    /// As [`Self::act`].
    pub async fn merge(&self, reference: &str, into: &str, by: &Actor, seen: Option<i64>) -> Result<Ticket, DeskError> {
        let (ticket, target) = (self.get(reference).await?, self.get(into).await?);
        let record = self.inner.store.ticket(&ticket.reference).await?;
        let record = record.ok_or(DeskError::NoSuchTicket {
            reference: ticket.reference.clone(),
        })?;
        queue::check_version(&record, seen)?;
        let merge = Act::Merge {
            into: target.reference.clone(),
        };
        queue::apply(&record, &merge, by, self.inner.clock.now(), self.inner.clocks.as_ref())?;
        let absorb = Act::Absorb {
            other: ticket.reference.clone(),
            waiting_since: record.waiting_since,
        };
        let target = self.act(&target.reference, absorb, by, None).await?;
        self.act(&ticket.reference, merge, by, None).await?;
        Ok(target)
    }

    /// Takes a conversation over from the bot: it becomes a ticket of the one who takes it.
    ///
    /// # Errors
    ///
    /// [`DeskError::NotNow`] if people have it already; else the store's failure.
    pub async fn take_over(&self, conversation: &str, by: &Staffer, team: &str) -> Result<Ticket, DeskError> {
        let subject = Subject::Conversation(conversation.to_owned());
        loop {
            let scene = self.inner.store.scene(&subject).await?;
            let open = scene.conversation.as_ref().ok_or(DeskError::NoSuchConversation)?;
            if flow::goes_to_people(&scene, self.inner.clock.now()) {
                return Err(DeskError::NotNow {
                    reason: "people have this conversation already".into(),
                });
            }
            let question =
                flow::question_before(&scene.turns).map_or_else(|| flow::joined(&scene.turns), str::to_owned);
            let new = NewTicket {
                question: if question.is_empty() { "…".into() } else { question },
                language: open.lang.clone(),
                reason: HandoffReason::TakenOver,
                topic: None,
                team: Some(team.to_owned()),
                contact: open.email.clone(),
                context: open.context.clone(),
                signed: signed(open),
                nearest: None,
                confidence: 0.0,
                decision: String::new(),
                opened_by: by.actor.name.clone(),
                channel: open.channel.clone(),
                idempotency_key: None,
            };
            let mut handover = self.handover(new, &scene).await?;
            handover.ticket.assignee = Some(by.actor.id.clone());
            match self
                .reply(conversation, open.version, BotReply::Handoff(Box::new(handover)))
                .await?
            {
                Some(worked) => return ticket_of(worked),
                // Something was said in between: look again.
                None => continue,
            }
        }
    }

    /// A ticket for what stands in a conversation, with its receipt; kept by [`Self::reply`].
    ///
    /// # Errors
    ///
    /// A value that is not allowed, or the store's failure.
    pub async fn handover(&self, new: NewTicket, scene: &Scene) -> Result<Handover, DeskError> {
        let now = self.inner.clock.now();
        // The clock starts at the first message that nobody has answered.
        let waiting = flow::unanswered(&scene.turns)
            .iter()
            .find(|turn| turn.kind == TurnKind::Customer);
        let since = waiting.map_or(now, |turn| turn.at);
        let opened_by = new.opened_by.clone();
        let mut ticket = self.prepare(new, now).await?;
        let clocks = self.inner.clocks.as_ref();
        queue::start_clocks(&mut ticket, since, clocks);
        ticket.first_due_at = clocks.first_due(&ticket, since);
        ticket.resolve_due_at = clocks.resolve_due(&ticket, since);
        if let Some(conversation) = &scene.conversation {
            ticket.customer_name.clone_from(&conversation.name);
        }
        ticket.assignee = self.who_knows(&ticket, now).await;
        let (receipt, card) = self.receipt_turn(&ticket, scene);
        let mut outgoing = self.urgent_alerts(&ticket, now).await;
        let mail = self
            .letters()
            .and_then(|letters| letters.receipt(&ticket, &receipt, self.new_id(now)));
        outgoing.extend(mail);
        Ok(Handover {
            ticket,
            receipt,
            card,
            opened_by,
            outgoing,
        })
    }

    async fn staff_unit(
        &self,
        reference: &str,
        act: Act,
        by: &Actor,
        seen: Option<i64>,
        turn: Option<NewTurn>,
    ) -> Result<Unit, DeskError> {
        let ticket = self.get(reference).await?;
        let reference = ticket.reference;
        let now = self.inner.clock.now();
        let (clocks, by) = (self.inner.clocks.clone(), by.clone());
        let (letters, first_id) = (self.letters().cloned(), self.new_id(now));
        let key = turn.as_ref().and_then(|turn| turn.idempotency_key.clone());
        let on_call = match letters {
            Some(_) if raises_alert(&act) => self.addresses_on_call(&ticket.team, now).await,
            _ => Vec::new(),
        };
        let decide = move |scene: &Scene| -> Result<_, Refusal> {
            if let Some(ticket) = &scene.ticket {
                queue::check_version(ticket, seen)?;
            }
            let mut change = flow::staff(scene, &act, &by, turn.clone(), now, clocks.as_ref())?;
            if let Some(letters) = &letters {
                let mut next_id = letters::ids_from(&first_id);
                change.outgoing.extend(letters.reply_in(scene, &change, now, next_id()));
                if let Some(ticket) = &change.ticket {
                    change
                        .outgoing
                        .extend(letters.alerts_for(&act, ticket, &on_call, next_id));
                }
            }
            Ok(change)
        };
        self.unit(Subject::Ticket(reference), key, now, decide).await
    }

    /// Says a reply in the conversations of tickets that were merged into this one, too.
    async fn tell_absorbed(&self, ticket: &Ticket, turn: &NewTurn, said: Option<&TurnRecord>) -> Result<(), DeskError> {
        let Some(said) = said else { return Ok(()) };
        let absorbed = ticket
            .events
            .iter()
            .filter(|event| event.kind == super::EventKind::Absorbed);
        for reference in absorbed.filter_map(|event| event.data.get("reference")?.as_str()) {
            let Some(other) = self.inner.store.ticket(reference).await? else {
                continue;
            };
            let Some(conversation) = other.conversation else {
                continue;
            };
            let now = self.inner.clock.now();
            let turn = NewTurn {
                idempotency_key: Some(format!("merged:{}:{}", said.conversation, said.number)),
                ..turn.clone()
            };
            let key = turn.idempotency_key.clone();
            let decide = move |_: &Scene| {
                Ok(Change {
                    turns: vec![turn.clone()],
                    ..Default::default()
                })
            };
            self.unit(Subject::Conversation(conversation), key, now, decide).await?;
        }
        Ok(())
    }
}

/// Whether staff may have to be told of it.
fn raises_alert(act: &Act) -> bool {
    matches!(act, Act::PromiseMissed | Act::Climb | Act::Escalate { .. })
}

fn ticket_of(worked: Worked) -> Result<Ticket, DeskError> {
    worked
        .ticket
        .map(Ticket::from)
        .ok_or(DeskError::Store(crate::store::StoreError::Closed))
}

fn person_turn(kind: TurnKind, by: &Staffer, written: &Written) -> NewTurn {
    let data = json!({"name": by.actor.name, "picture": by.picture});
    NewTurn {
        kind,
        author: by.actor.id.clone(),
        text: written.text.trim().to_owned(),
        data: match data {
            Value::Object(data) => data,
            _ => Map::new(),
        },
        idempotency_key: written.key.clone(),
    }
}

/// What the host site has signed about the customer of a conversation.
pub fn signed(conversation: &ConversationRecord) -> Option<SignedCustomer> {
    let subject = conversation.customer.clone()?;
    Some(SignedCustomer {
        subject,
        name: conversation.name.clone(),
        email: conversation.email.clone(),
        claims: conversation.claims.clone().unwrap_or_default(),
    })
}
