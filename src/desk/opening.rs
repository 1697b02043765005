//! Opening a ticket: conversation, episode, the customer's words, the receipt and the ticket, in one commit.

use jiff::Timestamp;
use rand::RngExt;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    answer::{HandoffReason, Question},
    store::{
        Change, ConversationRecord, EpisodeRecord, EpisodeState, EventKind, NearestArticle, NewTurn, Opened, Scene,
        StoreError, Subject, TicketEvent, TicketRecord, TicketState, TurnKind, TurnRecord,
    },
};

use super::{
    DRAWS, Desk, DeskError, LONGEST_CONTEXT, LONGEST_KEY, LONGEST_QUESTION, Said, SignedCustomer, Ticket,
    conditions::Facts,
    invalid, length, looks_like_email,
    promise::promise_at_pace,
    queue,
    queue_loads::Line,
    reference,
    routing::{PeopleFirst, Routed},
};

/// A ticket to be opened, as it comes in from outside.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// The words, as typed; 1 to 4,000 characters.
    pub question: String,
    /// Language of the question (BCP 47 primary).
    pub language: String,
    /// Why it goes to people.
    pub reason: HandoffReason,
    /// The sensitive topic, if one took it.
    pub topic: Option<String>,
    /// The team that its topic names; rules may name another one.
    pub team: Option<String>,
    /// E-mail address to answer to, if one was given.
    pub contact: Option<String>,
    /// Claims about the visitor.
    pub context: Map<String, Value>,
    /// What the host site has signed about them, and under which id.
    pub signed: Option<SignedCustomer>,
    /// The first candidate, which was not good enough.
    pub nearest: Option<NearestArticle>,
    /// Probability that it would have answered the question.
    pub confidence: f64,
    /// Id of the decision.
    pub decision: String,
    /// Who opens it: `customer`, or the name of whoever does it for them.
    pub opened_by: String,
    /// Where it came in: `form`, `api`, `page`, `cli`.
    pub channel: String,
    /// The same key gives the same ticket back, so that a client may try again.
    pub idempotency_key: Option<String>,
}

/// A question on its way to the bot, as rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The question.
    pub question: &'a Question,
    /// Its language.
    pub language: &'a str,
    /// Where it came in.
    pub channel: &'a str,
    /// What the host site has signed.
    pub claims: Option<&'a Map<String, Value>>,
}

impl Desk {
    /// Opens a ticket and promises a reply. It is committed when this returns, together with its conversation.
    ///
    /// # Errors
    ///
    /// [`DeskError::Invalid`] names the field; [`DeskError::KeyReused`] if the idempotency key came with another
    /// question before; else the store's failure.
    pub async fn open_ticket(&self, new: NewTicket) -> Result<Ticket, DeskError> {
        let new = checked(new)?;
        let now = self.inner.clock.now();
        // Before the unit of work, which holds the writer: a promise may rest on a look that is a few seconds old.
        let routed = self.route(&new, now);
        let line = self.line(&routed.team, now).await;
        let mut taken = None;
        for _ in 0..DRAWS {
            let mut ticket = self.new_ticket(&new, &routed, self.draw_reference(), line, now);
            ticket.assignee = self.who_knows(&ticket, now).await;
            let mut change = self.opening(&new, &ticket, now);
            change.outgoing.extend(self.urgent_alerts(&ticket, now).await);
            let taker = self.taker_of(&ticket).await;
            let look = match &taker {
                Some(taker) => Subject::Nothing.with_load_of(&taker.id),
                None => Subject::Nothing.into(),
            };
            let decide = move |scene: &Scene| {
                let mut change = change.clone();
                if let (Some(taker), Some(ticket)) = (&taker, &mut change.ticket)
                    && taker.check_room(ticket, scene.load.unwrap_or(0), &taker.id).is_err()
                {
                    ticket.assignee = None;
                }
                Ok::<_, std::convert::Infallible>(change)
            };
            match self.inner.store.work(look, None, now, decide).await {
                Ok(Opened::Done(done)) => {
                    return done
                        .ticket
                        .map(Ticket::from)
                        .ok_or(DeskError::Store(StoreError::Closed));
                }
                Ok(Opened::Before { scene, .. }) => return same_request(scene.ticket, &ticket),
                Ok(Opened::Refused(never)) => match never {},
                Err(error @ StoreError::ReferenceTaken { .. }) => taken = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        Err(DeskError::Store(taken.unwrap_or(StoreError::Closed)))
    }

    pub(super) fn draw_reference(&self) -> String {
        self.with_rng(reference::draw)
    }

    /// The ticket for what is handed over in a conversation.
    pub(super) async fn prepare(&self, new: NewTicket, now: Timestamp) -> Result<TicketRecord, DeskError> {
        let new = checked(new)?;
        let routed = self.route(&new, now);
        let line = self.line(&routed.team, now).await;
        Ok(self.new_ticket(&new, &routed, self.draw_reference(), line, now))
    }

    /// What the customer reads about a handoff in a conversation, and what belongs to it.
    pub(super) fn receipt_turn(&self, ticket: &TicketRecord, scene: &Scene) -> (String, Map<String, Value>) {
        let has_closed = |turn: &TurnRecord| turn.kind == TurnKind::Receipt && turn.data.contains_key("closed_until");
        let said = if scene.turns.iter().any(has_closed) {
            Said::Already
        } else {
            Said::NotYet
        };
        let receipt = self.receipt_of(ticket, None, said);
        let data = receipt.card(&ticket.team);
        (receipt.text, data)
    }

    /// Where it goes and how, as the rules say.
    fn route(&self, new: &NewTicket, now: Timestamp) -> Routed {
        let question = Question {
            text: new.question.clone(),
            lang: None,
            context: new.context.clone(),
        };
        let claims = new.signed.as_ref().map(|signed| &signed.claims);
        let clocks = self.clocks();
        let calendar = clocks.calendar();
        let mut facts = Facts::of_question(&question, &new.language, &new.channel, claims, now, calendar);
        facts.topic = new.topic.as_deref();
        facts.team = new.team.as_deref();
        facts.reason = Some(new.reason);
        self.routing().route(&facts)
    }

    /// The rule that sends this question to people before the bot decides, if one does.
    pub fn people_first(&self, asked: &Asked<'_>) -> Option<PeopleFirst> {
        let now = self.inner.clock.now();
        let clocks = self.clocks();
        let calendar = clocks.calendar();
        let facts = Facts::of_question(
            asked.question,
            asked.language,
            asked.channel,
            asked.claims,
            now,
            calendar,
        );
        self.routing().people_first(&facts)
    }

    fn new_ticket(
        &self,
        new: &NewTicket,
        routed: &Routed,
        reference: String,
        line: Line,
        now: Timestamp,
    ) -> TicketRecord {
        let mut ticket = TicketRecord {
            reference,
            version: 0,
            state: TicketState::Open,
            team: routed.team.clone(),
            priority: routed.priority.number(),
            tags: routed.tags.clone(),
            reason: new.reason,
            topic: new.topic.clone(),
            question: new.question.clone(),
            lang: new.language.clone(),
            channel: new.channel.clone(),
            conversation: None,
            episode: None,
            customer: new.signed.as_ref().map(|signed| signed.subject.clone()),
            customer_name: new.signed.as_ref().and_then(|signed| signed.name.clone()),
            contact: new.contact.clone(),
            phone: None,
            order_number: None,
            urgency: None,
            context: new.context.clone(),
            nearest: new.nearest.clone(),
            confidence: new.confidence,
            decision: new.decision.clone(),
            idempotency_key: new.idempotency_key.clone(),
            complex: routed.complex,
            assignee: None,
            claimed_until: None,
            opened_at: now,
            promise_at: now,
            promise_kept: None,
            warn_at: None,
            waiting_since: None,
            first_reply_at: None,
            first_due_at: None,
            next_due_at: None,
            resolve_due_at: None,
            snoozed_until: None,
            targets: routed.targets.to_map(),
            escalation: 0,
            escalate_at: None,
            merged_into: None,
            outcome: None,
            resolved_at: None,
            resolved_by: None,
            note: None,
            events: Vec::new(),
        };
        self.set_times(&mut ticket, line, now);
        ticket
    }

    /// Clocks, targets and promise of a ticket whose team and own targets are known, opened at `now`.
    pub(super) fn set_times(&self, ticket: &mut TicketRecord, line: Line, now: Timestamp) {
        let clocks = self.clocks();
        let clocks = clocks.as_ref();
        queue::start_clocks(ticket, now, clocks);
        ticket.first_due_at = clocks.first_due(ticket, now);
        ticket.resolve_due_at = clocks.resolve_due(ticket, now);
        let calendar = clocks.calendar_of(&ticket.team);
        let target = clocks.first_target(ticket);
        ticket.promise_at = promise_at_pace(calendar, now, target, line.pace, line.waiting).at;
        ticket.warn_at = clocks.warn_at(ticket);
    }

    fn opening(&self, new: &NewTicket, ticket: &TicketRecord, now: Timestamp) -> Change {
        let mut ticket = ticket.clone();
        let id = self.new_id(now);
        ticket.conversation = Some(id.clone());
        ticket.episode = Some(1);
        let conversation = ConversationRecord {
            id: id.clone(),
            version: 0,
            // Nobody holds a secret of it: its customer comes through the receipt's address.
            secret: hex::encode(Sha256::digest(self.with_rng(|rng| rng.random::<[u8; 32]>()))),
            customer: ticket.customer.clone(),
            name: ticket.customer_name.clone(),
            email: ticket.contact.clone(),
            lang: ticket.lang.clone(),
            channel: ticket.channel.clone(),
            context: ticket.context.clone(),
            claims: new.signed.as_ref().map(|signed| signed.claims.clone()),
            with_people: true,
            ticket: Some(ticket.reference.clone()),
            turns: 0,
            episodes: 1,
            seen: 0,
            answer_due_at: None,
            shows_typing: false,
            opened_at: now,
            changed_at: now,
        };
        let episode = EpisodeRecord {
            conversation: id,
            number: 1,
            state: EpisodeState::HandedOver,
            misses: 0,
            shown: Vec::new(),
            ticket: Some(ticket.reference.clone()),
            first_turn: 1,
            opened_at: now,
            ended_at: None,
            ended_by: None,
            end_reason: None,
            reopens: None,
            rating: None,
            rating_note: None,
            rated_at: None,
        };
        let turn = |kind, author: &str, text: String, data: Value| NewTurn {
            kind,
            author: author.to_owned(),
            text,
            data: data.as_object().cloned().unwrap_or_default(),
            idempotency_key: None,
        };
        let receipt = self.receipt_of(&ticket, None, Said::NotYet);
        let letters = self.letters();
        let mail = letters.and_then(|letters| letters.receipt(&ticket, &receipt.text, self.new_id(now)));
        let card = receipt.card(&ticket.team);
        Change {
            outgoing: mail.into_iter().collect(),
            conversation: Some(conversation),
            episodes: vec![episode],
            turns: vec![
                turn(TurnKind::Customer, "customer", ticket.question.clone(), json!({})),
                turn(TurnKind::Receipt, "bot", receipt.text, Value::Object(card)),
            ],
            ticket_events: vec![TicketEvent {
                number: 1,
                kind: EventKind::Opened,
                who: new.opened_by.clone(),
                data: Map::new(),
                at: now,
            }],
            ticket: Some(ticket),
            ..Change::default()
        }
    }
}

/// The ticket of an earlier request, if it was the same one: a key must not open the door to somebody else's ticket.
fn same_request(ticket: Option<TicketRecord>, request: &TicketRecord) -> Result<Ticket, DeskError> {
    match ticket {
        Some(ticket) if ticket.question == request.question && ticket.contact == request.contact => Ok(ticket.into()),
        _ => Err(DeskError::KeyReused),
    }
}

fn checked(new: NewTicket) -> Result<NewTicket, DeskError> {
    // The store keeps no NUL; without it here, a repeated request equals the kept one.
    let question = new.question.replace('\0', "\u{fffd}").trim().to_owned();
    length("question", &question, 1, LONGEST_QUESTION)?;
    length("language", &new.language, 1, 35)?;
    length("opened_by", &new.opened_by, 1, 100)?;
    if let Some(key) = &new.idempotency_key {
        length("idempotency_key", key, 1, LONGEST_KEY)?;
    }
    let context = serde_json::to_string(&new.context).map_or(usize::MAX, |json| json.len());
    if context > LONGEST_CONTEXT {
        return Err(invalid(
            "context",
            format!("must have at most {LONGEST_CONTEXT} bytes of JSON"),
        ));
    }
    let contact = new
        .contact
        .map(|contact| contact.trim().to_owned())
        .filter(|contact| !contact.is_empty());
    if let Some(contact) = &contact
        && !looks_like_email(contact)
    {
        return Err(invalid(
            "contact",
            "must be an e-mail address, such as name@example.com".to_owned(),
        ));
    }
    Ok(NewTicket {
        question,
        contact,
        ..new
    })
}
