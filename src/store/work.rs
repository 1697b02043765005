//! One unit of work on a conversation and its ticket: read what stands, decide, write all of it or nothing.
//!
//! What is decided is a pure function of the desk, given as a closure: it sees a [`Scene`] under the locks of its rows and
//! returns a [`Change`], or refuses. Turns, ticket, history, outbox and mails of one change are one commit; whoever is told
//! about them afterwards can rely on them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    ConversationRecord, EpisodeRecord, NewEvent, Store, StoreError, TicketEvent, TicketRecord, TurnKind, TurnRecord,
    conversations,
    db::{Connection, Lockable},
    outbox, outgoing,
    outgoing::NewOutgoing,
    queue, tickets,
    writer::Write,
};

/// Turns of the present episode that a scene shows; enough for what the bot must remember.
const SHOWN_TURNS: i64 = 60;

/// What is to be worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Something new: the scene is empty.
    Nothing,
    /// This conversation, with its present episode and ticket.
    Conversation(String),
    /// This ticket, with its conversation and the episode that it came from.
    Ticket(String),
}

impl Subject {
    /// This subject, with the load of the person with this id in its scene.
    pub fn with_load_of(self, person: &str) -> Look {
        Look {
            subject: self,
            load_of: Some(person.to_owned()),
        }
    }
}

/// What is to be worked on, and whose load the decision asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    subject: Subject,
    load_of: Option<String>,
}

impl From<Subject> for Look {
    fn from(subject: Subject) -> Self {
        Look { subject, load_of: None }
    }
}

/// What stands, as a decision sees it.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// The conversation.
    pub conversation: Option<ConversationRecord>,
    /// Its present (last) episode, or with [`Subject::Ticket`] the ticket's.
    pub episode: Option<EpisodeRecord>,
    /// The ticket; of a conversation the one that it goes on in after merges.
    pub ticket: Option<TicketRecord>,
    /// The last turns of that episode, oldest first.
    pub turns: Vec<TurnRecord>,
    /// Open complex tickets of the person of [`Subject::with_load_of`]; until the change is committed no other unit that
    /// asks for it gives them one.
    pub load: Option<i64>,
}

/// A message to be added; it gets its number when it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTurn {
    /// Who speaks.
    pub kind: TurnKind,
    /// `customer`, `bot`, `system`, or a person's id.
    pub author: String,
    /// The words.
    pub text: String,
    /// What belongs to it.
    pub data: Map<String, Value>,
    /// What makes a repeated message the same message.
    pub idempotency_key: Option<String>,
}

/// What is to be written, all of it or nothing.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The conversation as it shall be; a new one has version 0. Without it, the scene's.
    pub conversation: Option<ConversationRecord>,
    /// Episodes, new or changed.
    pub episodes: Vec<EpisodeRecord>,
    /// The ticket as it shall be; a new one has version 0. Without it, it is not touched.
    pub ticket: Option<TicketRecord>,
    /// What happened to the ticket.
    pub ticket_events: Vec<TicketEvent>,
    /// Turns, in order; they belong to the last episode of `episodes`, else to the scene's.
    pub turns: Vec<NewTurn>,
    /// Besides those that every change makes by itself.
    pub events: Vec<NewEvent>,
    /// What has to go out.
    pub outgoing: Vec<NewOutgoing>,
}

/// What stands after the commit.
#[derive(Debug, Clone, Default)]
pub struct Worked {
    /// The conversation.
    pub conversation: Option<ConversationRecord>,
    /// Its present episode.
    pub episode: Option<EpisodeRecord>,
    /// The ticket.
    pub ticket: Option<TicketRecord>,
    /// The turns that were added, with their numbers.
    pub turns: Vec<TurnRecord>,
}

/// How a unit of work went.
#[derive(Debug, Clone)]
pub enum Opened<E> {
    /// It was done.
    Done(Box<Worked>),
    /// A message or ticket with the same idempotency key was there already; nothing was changed.
    Before {
        /// What stands.
        scene: Box<Scene>,
        /// The message, if it is one.
        turn: Option<Box<TurnRecord>>,
    },
    /// The decision refused; nothing was changed.
    Refused(E),
}

impl Store {
    /// Reads what stands about `subject`, lets `decide` decide, and writes the change; committed when this returns.
    ///
    /// `key` names the message: if the conversation has one with this key, nothing happens. `decide` may be called more than
    /// once (a collision with another server), so it must be pure.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchTicket`], [`StoreError::NoSuchConversation`], [`StoreError::ReferenceTaken`] for a new ticket, or
    /// what the database failed with.
    pub async fn work<E, F>(
        &self,
        look: impl Into<Look>,
        key: Option<String>,
        at: Timestamp,
        decide: F,
    ) -> Result<Opened<E>, StoreError>
    where
        E: Send + 'static,
        F: Fn(&Scene) -> Result<Change, E> + Send + Sync + 'static,
    {
        self.write(Unit {
            look: look.into(),
            key,
            at,
            decide,
        })
        .await
    }

    /// What stands about a subject now.
    ///
    /// # Errors
    ///
    /// As [`Self::work`].
    pub async fn scene(&self, subject: &Subject) -> Result<Scene, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        scene(&mut snapshot.connection(), subject, Locking::None).await
    }
}

struct Unit<F> {
    look: Look,
    key: Option<String>,
    at: Timestamp,
    decide: F,
}

impl<E, F> Write for Unit<F>
where
    E: Send + 'static,
    F: Fn(&Scene) -> Result<Change, E> + Send + Sync + 'static,
{
    type Output = Opened<E>;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<Opened<E>, StoreError> {
        let mut scene = scene(connection, &self.look.subject, Locking::Rows).await?;
        if let Some(person) = &self.look.load_of {
            // After the rows, as everywhere; counted only once whoever else asked has committed.
            connection.lock(Lockable::Load, person).await?;
            scene.load = Some(queue::load_of(connection, person).await?);
        }
        if let (Some(key), Some(conversation)) = (&self.key, &scene.conversation)
            && let Some(turn) = conversations::turn_by_key(connection, &conversation.id, key).await?
        {
            return Ok(Opened::Before {
                scene: Box::new(scene),
                turn: Some(Box::new(turn)),
            });
        }
        let change = match (self.decide)(&scene) {
            Ok(change) => change,
            Err(refused) => return Ok(Opened::Refused(refused)),
        };
        if let Some(before) = ticket_before(connection, &change).await? {
            return Ok(Opened::Before {
                scene: Box::new(before),
                turn: None,
            });
        }
        let mut events = Vec::new();
        let worked = put(connection, scene, change, self.at, &mut events).await?;
        tell(connection, events, self.at).await?;
        Ok(Opened::Done(Box::new(worked)))
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Locking {
    None,
    Rows,
}

/// Locks are taken in one order, conversation before ticket, so that no two wait for each other.
pub(super) async fn scene(
    connection: &mut Connection<'_>,
    subject: &Subject,
    locking: Locking,
) -> Result<Scene, StoreError> {
    let (conversation, reference) = match subject {
        Subject::Nothing => return Ok(Scene::default()),
        Subject::Conversation(id) => (Some(id.clone()), None),
        Subject::Ticket(reference) => {
            let of = tickets::conversation_of(connection, reference).await?;
            (of, Some(reference.clone()))
        }
    };
    let mut scene = Scene::default();
    if let Some(id) = &conversation {
        if locking == Locking::Rows {
            connection.lock(Lockable::Conversation, id).await?;
        }
        let found = conversations::find(connection, id).await?;
        scene.conversation = Some(found.ok_or_else(|| StoreError::NoSuchConversation { id: id.clone() })?);
    }
    let follows_merges = reference.is_none();
    let mut next = reference.or_else(|| scene.conversation.as_ref()?.ticket.clone());
    while let Some(reference) = next {
        if locking == Locking::Rows {
            connection.lock(Lockable::Ticket, &reference).await?;
        }
        let ticket = tickets::found(connection, &reference).await?;
        // A conversation goes on in the ticket that its own was merged into, however often. Merges form no circle: what is
        // merged takes nothing in any more.
        next = ticket.merged_into.clone().filter(|_| follows_merges);
        scene.ticket = Some(ticket);
    }
    if let Some(conversation) = &scene.conversation {
        let of_ticket = scene.ticket.as_ref().and_then(|ticket| ticket.episode);
        let number = match subject {
            Subject::Ticket(_) => of_ticket.unwrap_or(conversation.episodes),
            _ => conversation.episodes,
        };
        scene.episode = conversations::episode(connection, &conversation.id, number).await?;
        scene.turns = conversations::last_turns_of(connection, &conversation.id, number, SHOWN_TURNS).await?;
    }
    Ok(scene)
}

/// The scene of the ticket that an earlier request with the new ticket's key opened.
async fn ticket_before(connection: &mut Connection<'_>, change: &Change) -> Result<Option<Scene>, StoreError> {
    let Some(new) = change.ticket.as_ref().filter(|ticket| ticket.version == 0) else {
        return Ok(None);
    };
    let Some(key) = &new.idempotency_key else {
        return Ok(None);
    };
    match tickets::reference_by_key(connection, key).await? {
        Some(reference) => scene(connection, &Subject::Ticket(reference), Locking::None)
            .await
            .map(Some),
        None => Ok(None),
    }
}

/// Writes all of a change but its events, which are added to `events`: see [`tell`].
pub(super) async fn put(
    connection: &mut Connection<'_>,
    scene: Scene,
    change: Change,
    at: Timestamp,
    events: &mut Vec<NewEvent>,
) -> Result<Worked, StoreError> {
    let team_before = scene.ticket.as_ref().map(|ticket| ticket.team.clone());
    events.extend(change.events);
    let mut conversation = change.conversation.or(scene.conversation);
    let episode = change.episodes.last().cloned().or(scene.episode);
    let mut added = Vec::new();
    if let Some(now) = &mut conversation {
        let stream = conversation_stream(&now.id);
        for new in change.turns {
            now.turns += 1;
            let turn = TurnRecord {
                conversation: now.id.clone(),
                number: now.turns,
                episode: episode.as_ref().map_or(now.episodes, |episode| episode.number),
                kind: new.kind,
                author: new.author,
                text: new.text,
                data: new.data,
                idempotency_key: new.idempotency_key,
                at,
            };
            events.push(NewEvent {
                stream: stream.clone(),
                kind: if turn.kind.is_public() { "turn" } else { "note" },
                data: turn_on_the_wire(&turn),
            });
            added.push(turn);
        }
        now.version += 1;
        now.changed_at = at;
        if now.version == 1 {
            if !conversations::insert(connection, now).await? {
                return Err(StoreError::ReferenceTaken {
                    reference: now.id.clone(),
                });
            }
        } else {
            conversations::update(connection, now).await?;
        }
        for episode in &change.episodes {
            conversations::put_episode(connection, episode).await?;
        }
        for turn in &added {
            conversations::insert_turn(connection, turn).await?;
        }
    }
    let mut ticket = scene.ticket;
    if let Some(mut now) = change.ticket {
        now.version += 1;
        let is_new = now.version == 1;
        if is_new {
            if !tickets::insert(connection, &now).await? {
                return Err(taken(connection, now).await?);
            }
        } else {
            tickets::update(connection, &now).await?;
        }
        for mut event in change.ticket_events {
            event.number = now.events.len() as i64 + 1;
            tickets::add_event(connection, &now.reference, &event).await?;
            now.events.push(event);
        }
        let told = json!({
            "reference": now.reference, "version": now.version, "state": now.state.as_str(), "team": now.team,
            "assignee": now.assignee, "conversation": now.conversation, "new": is_new,
        });
        let told = told.as_object().cloned().unwrap_or_default();
        let mut streams = vec![team_stream(&now.team)];
        streams.extend(
            team_before
                .filter(|before| *before != now.team)
                .map(|team| team_stream(&team)),
        );
        streams.extend(now.conversation.as_deref().map(conversation_stream));
        events.extend(streams.into_iter().map(|stream| NewEvent {
            stream,
            kind: "ticket",
            data: told.clone(),
        }));
        ticket = Some(now);
    }
    for new in &change.outgoing {
        outgoing::insert(connection, new, at).await?;
    }
    Ok(Worked {
        conversation,
        episode,
        ticket,
        turns: added,
    })
}

/// Puts all events of a transaction into their streams; the last thing that it does.
pub(super) async fn tell(
    connection: &mut Connection<'_>,
    mut events: Vec<NewEvent>,
    at: Timestamp,
) -> Result<(), StoreError> {
    // In one order, so that no two transactions wait for each other's streams; within a stream as they came.
    events.sort_by(|a, b| a.stream.cmp(&b.stream));
    for event in &events {
        outbox::append(connection, event, at).await?;
    }
    Ok(())
}

/// Why a new ticket found no place: its reference is another's, or the same request came twice at the same moment and
/// the other was faster; tried again, it is found by its key.
async fn taken(connection: &mut Connection<'_>, new: TicketRecord) -> Result<StoreError, StoreError> {
    let before = match &new.idempotency_key {
        Some(key) => tickets::reference_by_key(connection, key).await?,
        None => None,
    };
    Ok(match before {
        Some(_) => StoreError::Contended {
            detail: "the same request came twice at once".to_owned(),
        },
        None => StoreError::ReferenceTaken {
            reference: new.reference,
        },
    })
}

/// Name of a conversation's stream.
pub fn conversation_stream(id: &str) -> String {
    format!("conversation:{id}")
}

/// Name of a team's stream.
pub fn team_stream(team: &str) -> String {
    format!("team:{team}")
}

/// A turn as streams carry it.
fn turn_on_the_wire(turn: &TurnRecord) -> Map<String, Value> {
    let told = json!({
        "number": turn.number, "episode": turn.episode, "kind": turn.kind.as_str(), "author": turn.author,
        "text": turn.text, "data": turn.data, "key": turn.idempotency_key, "at": turn.at.to_string(),
    });
    told.as_object().cloned().unwrap_or_default()
}
