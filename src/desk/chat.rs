//! Conversations at the rim: who may see one, and the units of work over [`super::flow`].

use jiff::Timestamp;
use rand::RngExt;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::store::{
    Change, ConversationRecord, EpisodeState, Look, Opened, Scene, StoreError, Subject, TurnKind, TurnRecord, Worked,
};

use super::{
    Desk, DeskError, LONGEST_CONTEXT, LONGEST_KEY, LONGEST_QUESTION, Said,
    assignment::Taker,
    flow::{self, BotReply, Heard, Moved, Word},
    invalid, length, looks_like_email, mask,
    queue::{Details, Refusal},
};

/// Longest name, order number or phone number, in characters.
const LONGEST_DETAIL: usize = 100;

/// A conversation to be begun.
#[derive(Debug, Clone, Default)]
pub struct NewChat {
    /// Language of the page (BCP 47 primary).
    pub lang: String,
    /// Where it came in: `chat`.
    pub channel: String,
    /// Unsigned claims about the visitor.
    pub context: Map<String, Value>,
    /// Who the host site says they are, with its signed claims.
    pub signed: Option<SignedCustomer>,
}

/// A customer whom the host site has signed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SignedCustomer {
    /// Their id at the host site.
    pub subject: String,
    /// Their name.
    pub name: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Everything that was signed.
    pub claims: Map<String, Value>,
}

/// What became of a message.
#[derive(Debug, Clone)]
pub struct HeardTurn {
    /// The message as it was kept.
    pub turn: TurnRecord,
    /// Turns that came with it: what was taken out of it.
    pub more: Vec<TurnRecord>,
    /// When the bot answers, if it still owes an answer.
    pub due: Option<Timestamp>,
    /// Whether it had been kept before.
    pub repeated: bool,
}

impl Desk {
    /// Begins a conversation; the secret is told once and kept only as a hash.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] for a context that is too large; else the store's failure.
    pub async fn begin_chat(&self, new: NewChat) -> Result<(Worked, String), DeskError> {
        let context = serde_json::to_string(&new.context).map_or(usize::MAX, |json| json.len());
        if context > LONGEST_CONTEXT {
            let reason = format!("must have at most {LONGEST_CONTEXT} bytes of JSON");
            return Err(invalid("context", reason));
        }
        let now = self.inner.clock.now();
        let secret = self.with_rng(|rng| hex::encode(rng.random::<[u8; 32]>()));
        let signed = new.signed.unwrap_or_default();
        let known = !signed.subject.is_empty();
        let conversation = ConversationRecord {
            id: self.new_id(now),
            version: 0,
            secret: hash(&secret),
            customer: known.then_some(signed.subject),
            name: signed.name,
            // What cannot be written to must not stand in the way of a handoff.
            email: signed.email.filter(|email| looks_like_email(email)),
            lang: new.lang,
            channel: new.channel,
            context: new.context,
            claims: known.then_some(signed.claims),
            with_people: false,
            ticket: None,
            turns: 0,
            episodes: 0,
            seen: 0,
            answer_due_at: None,
            shows_typing: false,
            opened_at: now,
            changed_at: now,
        };
        let change = flow::begin(conversation, &self.ways().site);
        let done = self
            .unit(Subject::Nothing, None, now, move |_| Ok(change.clone()))
            .await?;
        Ok((done.worked()?, secret))
    }

    /// The conversation, if the secret is its own.
    ///
    /// # Errors
    /// [`DeskError::NoSuchConversation`] for a wrong id and a wrong secret alike, or the store's failure.
    pub async fn customers_conversation(&self, id: &str, secret: &str) -> Result<ConversationRecord, DeskError> {
        let found = match id.len() {
            26 => self.inner.store.conversation(id).await?,
            _ => None,
        };
        let sent = hash(secret);
        let kept = found.as_ref().map_or("", |found| found.secret.as_str());
        match bool::from(kept.as_bytes().ct_eq(sent.as_bytes())) {
            true => found.ok_or(DeskError::NoSuchConversation),
            false => Err(DeskError::NoSuchConversation),
        }
    }

    /// Keeps what the customer says, without secrets. With people it is for them; else the bot answers when it is due.
    ///
    /// # Errors
    /// An empty or too long text, a conversation that was ended, a key that came with other words, or the store's failure.
    pub async fn hear(&self, id: &str, text: &str, key: Option<String>) -> Result<HeardTurn, DeskError> {
        let text = text.replace('\0', "\u{fffd}").trim().to_owned();
        length("text", &text, 1, LONGEST_QUESTION)?;
        if let Some(key) = &key {
            length("key", key, 1, LONGEST_KEY)?;
        }
        let masked = mask::mask(&text);
        let heard = Heard {
            text: masked.text.into_owned(),
            secrets: masked.kinds,
            key: key.clone(),
        };
        let now = self.inner.clock.now();
        let due = now.saturating_add(self.ways().burst).unwrap_or(now);
        let clocks = self.clocks();
        let words = heard.text.clone();
        let decide = move |scene: &Scene| flow::hear(scene, &heard, due, now, clocks.as_ref());
        match self
            .unit(Subject::Conversation(id.to_owned()), key, now, decide)
            .await?
        {
            Unit::Done(worked) => {
                let due = worked
                    .conversation
                    .as_ref()
                    .and_then(|conversation| conversation.answer_due_at);
                let mut turns = worked.turns.into_iter();
                let turn = turns.next().ok_or(DeskError::NoSuchConversation)?;
                Ok(HeardTurn {
                    turn,
                    more: turns.collect(),
                    due,
                    repeated: false,
                })
            }
            Unit::Before(scene, Some(turn)) if turn.kind == TurnKind::Customer && turn.text == words => Ok(HeardTurn {
                turn: *turn,
                more: Vec::new(),
                due: scene.conversation.and_then(|conversation| conversation.answer_due_at),
                repeated: true,
            }),
            Unit::Before(..) => Err(DeskError::KeyReused),
        }
    }

    /// Says the bot's reply, if nothing has happened since version `seen` of the conversation; else `None`.
    ///
    /// # Errors
    /// [`DeskError::Store`] with `ReferenceTaken` if the handoff's ticket needs another reference; else the store's failure.
    pub async fn reply(&self, id: &str, seen: i64, reply: BotReply) -> Result<Option<Worked>, DeskError> {
        let taker = match &reply {
            BotReply::Handoff(handover) => self.taker_of(&handover.ticket).await,
            _ => None,
        };
        let taker = taker.map(|taker| (taker, WhenFull::LeaveToNobody));
        self.reply_for(id, seen, reply, taker).await
    }

    /// [`Self::reply`] for a handoff whose ticket somebody gets who cannot have any number of them.
    ///
    /// # Errors
    /// As [`Self::reply`]; [`DeskError::NotNow`] if they are full and that is to be refused.
    pub(super) async fn reply_for(
        &self,
        id: &str,
        seen: i64,
        reply: BotReply,
        taker: Option<(Taker, WhenFull)>,
    ) -> Result<Option<Worked>, DeskError> {
        let now = self.inner.clock.now();
        let subject = Subject::Conversation(id.to_owned());
        let look = match &taker {
            Some((taker, _)) => subject.with_load_of(&taker.id),
            None => subject.into(),
        };
        let decide = move |scene: &Scene| {
            let mut change = flow::reply(scene, seen, &reply, now).map_err(|Moved| Unsaid::Moved)?;
            if let (Some((taker, when_full)), Some(ticket)) = (&taker, &mut change.ticket) {
                match (taker.check_room(ticket, scene.load.unwrap_or(0), &taker.id), when_full) {
                    (Ok(()), _) => {}
                    (Err(full), WhenFull::Refuse) => return Err(Unsaid::Refused(full)),
                    (Err(_), WhenFull::LeaveToNobody) => ticket.assignee = None,
                }
            }
            Ok(change)
        };
        match self.inner.store.work(look, None, now, decide).await? {
            Opened::Done(worked) => Ok(Some(*worked)),
            Opened::Before { .. } | Opened::Refused(Unsaid::Moved) => Ok(None),
            Opened::Refused(Unsaid::Refused(refusal)) => Err(refusal.into()),
        }
    }

    /// The customer asks for people who have the conversation already.
    ///
    /// # Errors
    /// What stands in the way, or the store's failure.
    pub async fn ask_again(&self, id: &str) -> Result<Worked, DeskError> {
        let (now, clocks) = (self.inner.clock.now(), self.clocks());
        let decide = move |scene: &Scene| flow::ask_again(scene, now, clocks.as_ref());
        let done = self
            .unit(Subject::Conversation(id.to_owned()), None, now, decide)
            .await?;
        done.worked()
    }

    /// The customer says whether it is solved.
    ///
    /// # Errors
    /// What stands in the way, or the store's failure.
    pub async fn word(&self, id: &str, word: Word) -> Result<Worked, DeskError> {
        let (now, clocks) = (self.inner.clock.now(), self.clocks());
        let decide = move |scene: &Scene| flow::word(scene, word, now, clocks.as_ref());
        let done = self
            .unit(Subject::Conversation(id.to_owned()), None, now, decide)
            .await?;
        done.worked()
    }

    /// Tells a customer who asks for a person again that people have it, and by when, if nothing else was said since turn
    /// `after`.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn remind(&self, id: &str, after: i64) -> Result<Vec<TurnRecord>, DeskError> {
        let subject = Subject::Conversation(id.to_owned());
        let scene = self.inner.store.scene(&subject).await?;
        let Some(ticket) = scene.ticket.as_ref().filter(|ticket| ticket.first_reply_at.is_none()) else {
            return Ok(Vec::new());
        };
        let text = self.receipt_of(ticket, None, Said::Already).text;
        let now = self.inner.clock.now();
        let decide = move |scene: &Scene| Ok(flow::remind(scene, after, &text));
        Ok(self.unit(subject, None, now, decide).await?.worked()?.turns)
    }

    /// The customer leaves or corrects how to reach them and what it is about.
    ///
    /// # Errors
    /// A value that is not allowed, or the store's failure.
    pub async fn details(&self, subject: Subject, details: Details) -> Result<Worked, DeskError> {
        let details = checked(details)?;
        let (now, clocks) = (self.inner.clock.now(), self.clocks());
        let decide = move |scene: &Scene| {
            let mut change = flow::details(scene, &details, now, clocks.as_ref())?;
            keep_address(scene, &mut change);
            Ok(change)
        };
        self.unit(subject, None, now, decide).await?.worked()
    }

    /// The customer rates the present episode, 1 (bad) to 5 (good).
    ///
    /// # Errors
    /// A rating out of range, a note that is too long, nothing to rate, or the store's failure.
    pub async fn rate(&self, id: &str, rating: i64, note: Option<String>) -> Result<Worked, DeskError> {
        let note = note
            .map(|note| mask::mask(note.trim()).text.into_owned())
            .filter(|note| !note.is_empty());
        if let Some(note) = &note {
            length("note", note, 1, LONGEST_QUESTION)?;
        }
        let (now, clocks) = (self.inner.clock.now(), self.clocks());
        let decide = move |scene: &Scene| flow::rate(scene, rating, note.clone(), now, clocks.as_ref());
        let done = self
            .unit(Subject::Conversation(id.to_owned()), None, now, decide)
            .await?;
        done.worked()
    }

    /// Whether agents may see what the customer is typing: only after the customer said so.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn show_typing(&self, id: &str, consent: Consent) -> Result<(), DeskError> {
        let now = self.inner.clock.now();
        let decide = move |scene: &Scene| {
            let conversation = scene.conversation.clone().map(|conversation| ConversationRecord {
                shows_typing: consent == Consent::Given,
                ..conversation
            });
            Ok(Change {
                conversation,
                ..Change::default()
            })
        };
        self.unit(Subject::Conversation(id.to_owned()), None, now, decide)
            .await?;
        Ok(())
    }

    /// Writes silence down for episodes in which nobody has said anything for the configured time. Returns how many.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn note_silence(&self) -> Result<usize, DeskError> {
        let now = self.inner.clock.now();
        let quiet_since = now.saturating_sub(self.ways().silence).unwrap_or(now);
        let mut noted = 0;
        for state in [EpisodeState::Open, EpisodeState::HandedOver, EpisodeState::Resolved] {
            for (id, _) in self.inner.store.quiet_episodes(state, quiet_since, 100).await? {
                let clocks = self.clocks();
                let decide = move |scene: &Scene| flow::fall_silent(scene, quiet_since, now, clocks.as_ref());
                match self.unit(Subject::Conversation(id), None, now, decide).await {
                    Ok(_) => noted += 1,
                    // Something has happened after all.
                    Err(DeskError::Invalid { .. } | DeskError::NotNow { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(noted)
    }

    /// One unit of work whose refusal is an error.
    pub(super) async fn unit<F>(
        &self,
        look: impl Into<Look>,
        key: Option<String>,
        now: Timestamp,
        decide: F,
    ) -> Result<Unit, DeskError>
    where
        F: Fn(&Scene) -> Result<Change, Refusal> + Send + Sync + 'static,
    {
        match self.inner.store.work(look, key, now, decide).await? {
            Opened::Done(worked) => Ok(Unit::Done(worked)),
            Opened::Before { scene, turn } => Ok(Unit::Before(scene, turn)),
            Opened::Refused(refusal) => Err(refusal.into()),
        }
    }

    /// A new ULID.
    pub(super) fn new_id(&self, now: Timestamp) -> String {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        self.with_rng(|rng| ulid::Ulid::from_parts(millis, rng.random()).to_string())
    }
}

/// What becomes of a new ticket if whoever would get it has as many as they may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenFull {
    /// It waits in the queue.
    LeaveToNobody,
    /// Nothing is done.
    Refuse,
}

/// Why a reply was not said.
enum Unsaid {
    /// Something has happened since it was thought out.
    Moved,
    /// It must not be.
    Refused(Refusal),
}

/// Whether the customer lets agents see what is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Yes.
    Given,
    /// No, or no longer.
    Withdrawn,
}

/// A unit of work that was not refused.
pub(super) enum Unit {
    /// It was done.
    Done(Box<Worked>),
    /// The same message was there before.
    Before(Box<Scene>, Option<Box<TurnRecord>>),
}

impl Unit {
    /// What stands now.
    pub(super) fn worked(self) -> Result<Worked, DeskError> {
        match self {
            Unit::Done(worked) => Ok(*worked),
            Unit::Before(scene, turn) => Ok(Worked {
                conversation: scene.conversation,
                episode: scene.episode,
                ticket: scene.ticket,
                turns: turn.into_iter().map(|turn| *turn).collect(),
            }),
        }
    }
}

/// An address that is left in a conversation whose ticket goes on in another conversation's is that conversation's own: the
/// other one keeps its address, and both are written to.
fn keep_address(scene: &Scene, change: &mut Change) {
    let (Some(conversation), Some(ticket)) = (&scene.conversation, &scene.ticket) else {
        return;
    };
    if ticket.conversation.as_ref() != Some(&conversation.id)
        && let (Some(now), Some(address)) = (&mut change.ticket, &ticket.contact)
    {
        now.contact = Some(address.clone());
    }
}

fn checked(details: Details) -> Result<Details, DeskError> {
    let trimmed = |field, text: Option<String>| -> Result<Option<String>, DeskError> {
        let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if let Some(text) = &text {
            length(field, text, 1, LONGEST_DETAIL)?;
            if text.chars().any(char::is_control) {
                return Err(invalid(field, "must be one line".into()));
            }
        }
        Ok(text)
    };
    let email = details
        .email
        .map(|email| email.trim().to_owned())
        .filter(|email| !email.is_empty());
    if email.as_deref().is_some_and(|email| !looks_like_email(email)) {
        return Err(invalid(
            "email",
            "must be an e-mail address, such as name@example.com".into(),
        ));
    }
    let urgency = trimmed("urgency", details.urgency)?;
    if urgency
        .as_deref()
        .is_some_and(|urgency| !["low", "normal", "high"].contains(&urgency))
    {
        return Err(invalid("urgency", "must be low, normal or high".into()));
    }
    // What looks like a card number is none that belongs into an order number either.
    let order_number = trimmed("order_number", details.order_number)?.map(|text| mask::mask(&text).text.into_owned());
    let phone = trimmed("phone", details.phone)?;
    if phone.as_deref().is_some_and(|phone| !looks_like_phone(phone)) {
        return Err(invalid(
            "phone",
            "must be a phone number, such as +62 812 3456 7890".into(),
        ));
    }
    Ok(Details {
        email,
        order_number,
        urgency,
        phone,
        name: trimmed("name", details.name)?.map(|text| mask::mask(&text).text.into_owned()),
    })
}

/// 5 to 15 digits (E.164) with what people put between them: not a card number, and not "call me".
fn looks_like_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (5..=15).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c))
}

fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

impl From<Moved> for DeskError {
    fn from(_: Moved) -> Self {
        DeskError::Store(StoreError::Contended {
            detail: "the conversation moved on".into(),
        })
    }
}
