//! What people at the desk do with a ticket: each act is one unit of work over [`super::queue`] and [`super::flow`].

use rand::RngExt;
use serde_json::{Map, Value, json};

use crate::{
    answer::HandoffReason,
    store::{
        ConversationRecord, EpisodeRecord, EpisodeState, NewTurn, Scene, StoreError, Subject, TicketRecord, TurnKind,
        TurnRecord, Worked,
    },
};

use super::{
    Desk, DeskError, LONGEST_NOTE, LONGEST_QUESTION, NewTicket, SignedCustomer, Ticket,
    assignment::Taker,
    chat::{Unit, WhenFull},
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

    /// Them as who gets a ticket, if they cannot have any number.
    fn taker(&self) -> Option<Taker> {
        self.capacity.map(|capacity| Taker {
            id: self.actor.id.clone(),
            capacity,
        })
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
    /// [`DeskError::NoSuchTicket`], [`DeskError::Conflict`] if somebody else was faster, what the act refuses,
    /// [`DeskError::NotNow`] for an assignment to somebody who has as many complex tickets as they may have, or the store's
    /// failure.
    pub async fn act(&self, reference: &str, act: Act, by: &Actor, seen: Option<i64>) -> Result<Ticket, DeskError> {
        let taker = match &act {
            Act::Assign { to: Some(person), .. } => self.taker(person).await?,
            _ => None,
        };
        let unit = self.staff_unit(reference, act, by, seen, None, taker).await?;
        ticket_of(unit.worked()?)
    }

    /// Takes a ticket for as long as a claim holds.
    ///
    /// # Errors
    ///
    /// As [`Self::act`]; [`DeskError::NotNow`] for somebody who has as many complex tickets as they may have.
    pub async fn claim(&self, reference: &str, by: &Staffer, seen: Option<i64>) -> Result<Ticket, DeskError> {
        let now = self.inner.clock.now();
        let until = now.saturating_add(self.ways().lease).unwrap_or(now);
        let claim = Act::Claim { until };
        let unit = self
            .staff_unit(reference, claim, &by.actor, seen, None, by.taker())
            .await?;
        ticket_of(unit.worked()?)
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
            .staff_unit(reference, Act::Reply, &by.actor, written.seen, Some(turn.clone()), None)
            .await?;
        same_message(&unit, &turn)?;
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
            .staff_unit(reference, Act::Note, &by.actor, written.seen, Some(turn.clone()), None)
            .await?;
        same_message(&unit, &turn)?;
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
            let new = NewTicket {
                question: flow::last_question(&scene.turns).unwrap_or("…").to_owned(),
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
            let reply = BotReply::Handoff(Box::new(handover));
            let taker = by.taker().map(|taker| (taker, WhenFull::Refuse));
            match self.reply_for(conversation, open.version, reply, taker).await {
                Ok(Some(worked)) => return ticket_of(worked),
                // Something was said in between, or the reference was taken: look again.
                Ok(None) | Err(DeskError::Store(StoreError::ReferenceTaken { .. })) => continue,
                Err(error) => return Err(error),
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
        let clocks = self.clocks();
        let clocks = clocks.as_ref();
        queue::start_clocks(&mut ticket, since, clocks);
        ticket.first_due_at = clocks.first_due(&ticket, since);
        ticket.resolve_due_at = clocks.resolve_due(&ticket, since);
        if let Some(conversation) = &scene.conversation {
            ticket.customer_name.clone_from(&conversation.name);
            flow::told_before(&mut ticket, conversation);
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

    /// `taker` is who gets the ticket by it, if they cannot have any number.
    async fn staff_unit(
        &self,
        reference: &str,
        act: Act,
        by: &Actor,
        seen: Option<i64>,
        turn: Option<NewTurn>,
        taker: Option<Taker>,
    ) -> Result<Unit, DeskError> {
        let ticket = self.get(reference).await?;
        let reference = ticket.reference;
        let now = self.inner.clock.now();
        let (clocks, by) = (self.clocks(), by.clone());
        let (letters, first_id) = (self.letters(), self.new_id(now));
        let key = turn.as_ref().and_then(|turn| turn.idempotency_key.clone());
        let (id, secret) = (
            self.new_id(now),
            hex::encode(self.with_rng(|rng| rng.random::<[u8; 32]>())),
        );
        let on_call = match letters {
            Some(_) if raises_alert(&act) => self.addresses_on_call(&ticket.team, now).await,
            _ => Vec::new(),
        };
        let look = match &taker {
            Some(taker) => Subject::Ticket(reference).with_load_of(&taker.id),
            None => Subject::Ticket(reference).into(),
        };
        let decide = move |scene: &Scene| -> Result<_, Refusal> {
            if let Some(ticket) = &scene.ticket {
                queue::check_version(ticket, seen)?;
            }
            let mut change = match &scene.ticket {
                Some(ticket) if turn.is_some() && scene.conversation.is_none() => {
                    let scene = with_thread(ticket, &id, &secret);
                    let mut change = flow::staff(&scene, &act, &by, turn.clone(), now, clocks.as_ref())?;
                    change.turns.insert(0, question_turn(ticket));
                    change.conversation = change.conversation.or(scene.conversation);
                    if change.episodes.is_empty() {
                        change.episodes.extend(scene.episode);
                    }
                    change
                }
                _ => flow::staff(scene, &act, &by, turn.clone(), now, clocks.as_ref())?,
            };
            // Last, so that a ticket that cannot be taken anyway is refused for that reason.
            if let (Some(taker), Some(ticket)) = (&taker, &scene.ticket)
                && ticket.assignee.as_ref() != Some(&taker.id)
            {
                taker.check_room(ticket, scene.load.unwrap_or(0), &by.id)?;
            }
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
        self.unit(look, key, now, decide).await
    }
}

/// A key must not be answered with what somebody else wrote under it.
fn same_message(unit: &Unit, turn: &NewTurn) -> Result<(), DeskError> {
    let before = match unit {
        Unit::Before(_, Some(before)) => before,
        _ => return Ok(()),
    };
    let same = before.kind == turn.kind && before.author == turn.author && before.text == turn.text;
    same.then_some(()).ok_or(DeskError::KeyReused)
}

/// Whether staff may have to be told of it.
fn raises_alert(act: &Act) -> bool {
    matches!(
        act,
        Act::PromiseSoon | Act::PromiseMissed | Act::Climb | Act::Escalate { .. }
    )
}

pub(super) fn ticket_of(worked: Worked) -> Result<Ticket, DeskError> {
    worked
        .ticket
        .map(Ticket::from)
        .ok_or(DeskError::Store(StoreError::Closed))
}

/// The scene of a ticket of the first versions, which had no conversations: it gets one with the first thing that is written.
/// Nobody holds its secret: a hash of nothing known is kept.
fn with_thread(ticket: &TicketRecord, id: &str, secret: &str) -> Scene {
    let conversation = ConversationRecord {
        id: id.to_owned(),
        version: 0,
        secret: secret.to_owned(),
        customer: ticket.customer.clone(),
        name: ticket.customer_name.clone(),
        email: ticket.contact.clone(),
        lang: ticket.lang.clone(),
        channel: ticket.channel.clone(),
        context: ticket.context.clone(),
        claims: None,
        with_people: true,
        ticket: Some(ticket.reference.clone()),
        turns: 0,
        episodes: 1,
        seen: 0,
        answer_due_at: None,
        shows_typing: false,
        opened_at: ticket.opened_at,
        changed_at: ticket.opened_at,
    };
    let episode = EpisodeRecord {
        conversation: id.to_owned(),
        number: 1,
        state: EpisodeState::HandedOver,
        misses: 0,
        shown: Vec::new(),
        ticket: Some(ticket.reference.clone()),
        first_turn: 1,
        opened_at: ticket.opened_at,
        ended_at: ticket.resolved_at,
        ended_by: ticket.resolved_by.clone(),
        end_reason: None,
        reopens: None,
        rating: None,
        rating_note: None,
        rated_at: None,
    };
    Scene {
        ticket: Some(TicketRecord {
            conversation: Some(id.to_owned()),
            episode: Some(1),
            ..ticket.clone()
        }),
        conversation: Some(conversation),
        episode: Some(episode),
        turns: Vec::new(),
        load: None,
    }
}

/// What a ticket without a conversation was opened with.
fn question_turn(ticket: &TicketRecord) -> NewTurn {
    NewTurn {
        kind: TurnKind::Customer,
        author: "customer".into(),
        text: ticket.question.clone(),
        data: Map::new(),
        idempotency_key: None,
    }
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
