//! Chats: conversations, the episodes in them, and their turns. Changes to them go through [`super::work`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    Store, StoreError,
    db::{Connection, Row, args},
    writer::Write,
};

/// A chat, or the thread of a ticket that came in another way.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationRecord {
    /// A ULID.
    pub id: String,
    /// Goes up by one with every change; 0 before it is kept.
    pub version: i64,
    /// SHA-256 (hexadecimal) of the secret that its customer holds.
    pub secret: String,
    /// Who the host site says they are, signed.
    pub customer: Option<String>,
    /// What they want to be called.
    pub name: Option<String>,
    /// Where they can be reached.
    pub email: Option<String>,
    /// Language of the customer's words.
    pub lang: String,
    /// Where it came in: `chat`, `form`, `api`, `cli`.
    pub channel: String,
    /// Unsigned claims about the visitor.
    pub context: Map<String, Value>,
    /// Signed claims, if the host site signed any.
    pub claims: Option<Map<String, Value>>,
    /// Whether people answer; else the bot does.
    pub with_people: bool,
    /// The ticket that its present episode became.
    pub ticket: Option<String>,
    /// Turns so far: the number of the last one.
    pub turns: i64,
    /// Episodes so far: the number of the last one.
    pub episodes: i64,
    /// Number of the last turn that the customer has seen.
    pub seen: i64,
    /// When the bot answers what has been said since its last turn; messages of a burst move it on.
    pub answer_due_at: Option<Timestamp>,
    /// Whether the customer lets agents see what is being typed.
    pub shows_typing: bool,
    /// When it was begun.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// Where an episode stands. Whoever falls silent is never counted as helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EpisodeState {
    /// The bot is talking with the customer.
    Open,
    /// People have it.
    HandedOver,
    /// Staff think that it is solved; the customer has not said so.
    Resolved,
    /// The customer said that it is solved.
    Confirmed,
    /// Nobody said anything more.
    Silent,
    /// The customer said that it is not solved, and it went on elsewhere.
    Unresolved,
    /// A manager ended it.
    EndedByStaff,
}

impl EpisodeState {
    /// All of them.
    pub const ALL: [EpisodeState; 7] = [
        EpisodeState::Open,
        EpisodeState::HandedOver,
        EpisodeState::Resolved,
        EpisodeState::Confirmed,
        EpisodeState::Silent,
        EpisodeState::Unresolved,
        EpisodeState::EndedByStaff,
    ];

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            EpisodeState::Open => "open",
            EpisodeState::HandedOver => "handed_over",
            EpisodeState::Resolved => "resolved",
            EpisodeState::Confirmed => "confirmed",
            EpisodeState::Silent => "silent",
            EpisodeState::Unresolved => "unresolved",
            EpisodeState::EndedByStaff => "ended_by_staff",
        }
    }

    /// The one with this wire word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether something may still happen in it.
    pub fn is_running(self) -> bool {
        matches!(
            self,
            EpisodeState::Open | EpisodeState::HandedOver | EpisodeState::Resolved
        )
    }
}

/// The span from a question to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct EpisodeRecord {
    /// The conversation.
    pub conversation: String,
    /// 1 for the first one.
    pub number: i64,
    /// Where it stands.
    pub state: EpisodeState,
    /// Replies of the bot that were no answer.
    pub misses: i64,
    /// Ids of the articles that were shown, in order; no passage is shown twice.
    pub shown: Vec<String>,
    /// The ticket that it became.
    pub ticket: Option<String>,
    /// Number of its first turn.
    pub first_turn: i64,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it ended, or was thought to be solved.
    pub ended_at: Option<Timestamp>,
    /// Who ended it: `customer`, a person's id, `silence`.
    pub ended_by: Option<String>,
    /// Why it was ended by staff.
    pub end_reason: Option<String>,
    /// The episode that this one takes up again.
    pub reopens: Option<i64>,
    /// The customer's rating, 1 (bad) to 5 (good).
    pub rating: Option<i64>,
    /// What they said about it.
    pub rating_note: Option<String>,
    /// When they rated it.
    pub rated_at: Option<Timestamp>,
}

/// Who speaks in a turn, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TurnKind {
    /// The customer.
    Customer,
    /// The bot: a greeting, an answer, a choice, small talk.
    Bot,
    /// The receipt of a handoff, rendered from the ticket.
    Receipt,
    /// A person who works at the desk.
    Person,
    /// Something that happened: somebody joined, something was taken out of a message.
    System,
    /// A note of staff; customers never see it.
    Note,
}

impl TurnKind {
    const ALL: [TurnKind; 6] = [
        TurnKind::Customer,
        TurnKind::Bot,
        TurnKind::Receipt,
        TurnKind::Person,
        TurnKind::System,
        TurnKind::Note,
    ];

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            TurnKind::Customer => "customer",
            TurnKind::Bot => "bot",
            TurnKind::Receipt => "receipt",
            TurnKind::Person => "person",
            TurnKind::System => "system",
            TurnKind::Note => "note",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether customers may see it.
    pub fn is_public(self) -> bool {
        self != TurnKind::Note
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnRecord {
    /// The conversation.
    pub conversation: String,
    /// 1 for the first one, without gaps.
    pub number: i64,
    /// The episode.
    pub episode: i64,
    /// Who speaks.
    pub kind: TurnKind,
    /// `customer`, `bot`, `system`, or a person's id.
    pub author: String,
    /// The words, after secrets were taken out.
    pub text: String,
    /// What belongs to it: the decision, the author's name and picture, …
    pub data: Map<String, Value>,
    /// What makes a repeated message the same message.
    pub idempotency_key: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// The conversation with this id.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn conversation(&self, id: &str) -> Result<Option<ConversationRecord>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        find(&mut snapshot.connection(), id).await
    }

    /// Turns after the one with this number, oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn turns(&self, conversation: &str, after: i64, limit: usize) -> Result<Vec<TurnRecord>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut snapshot = self.readers().snapshot().await?;
        turns_after(&mut snapshot.connection(), conversation, after, limit).await
    }

    /// All episodes of a conversation, oldest first.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn episodes(&self, conversation: &str) -> Result<Vec<EpisodeRecord>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let sql =
            "SELECT conversation, number, state, misses, shown, ticket, first_turn, opened_at, ended_at, ended_by,
                 end_reason, reopens, rating, rating_note, rated_at
             FROM episodes
             WHERE conversation = $1
             ORDER BY number";
        let rows = snapshot.connection().fetch_all(sql, args![conversation]).await?;
        rows.iter().map(episode_from_row).collect()
    }

    /// Writes down that the customer has seen the turns up to this number.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn turns_seen(&self, conversation: &str, number: i64) -> Result<(), StoreError> {
        self.write(Seen(conversation.to_owned(), number)).await
    }

    /// Ids of conversations whose bot owes an answer since before `until`: its server has ended in between.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn overdue_answers(&self, until: Timestamp, limit: usize) -> Result<Vec<String>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let sql = "SELECT id FROM conversations WHERE answer_due_at < $1 ORDER BY answer_due_at LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = snapshot.connection().fetch_all(sql, args![until, limit]).await?;
        rows.iter().map(|row| row.text("id")).collect()
    }

    /// Conversation and number of present episodes in this state whose last turn was before `until`. What else happened
    /// (a claim, a step of the ladder) does not break the silence.
    /// Of those that were handed over only such in which the customer has to write next.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn quiet_episodes(
        &self,
        state: EpisodeState,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let sql = "SELECT episodes.conversation, episodes.number
             FROM episodes
             JOIN conversations ON conversations.id = episodes.conversation
                 AND conversations.episodes = episodes.number
             LEFT JOIN turns ON turns.conversation = conversations.id
                 AND turns.number = conversations.turns
             WHERE episodes.state = $1
                 AND COALESCE(turns.at, conversations.opened_at) < $2
                 AND (
                     episodes.state <> 'handed_over'
                     OR EXISTS (SELECT 1 FROM tickets WHERE reference = episodes.ticket AND state = 'waiting')
                 )
             ORDER BY COALESCE(turns.at, conversations.opened_at), conversations.id
             LIMIT $3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = snapshot
            .connection()
            .fetch_all(sql, args![state.as_str(), until, limit])
            .await?;
        rows.iter()
            .map(|row| Ok((row.text("conversation")?, row.int("number")?)))
            .collect()
    }
}

struct Seen(String, i64);

impl Write for Seen {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let sql = "UPDATE conversations SET seen = $2 WHERE id = $1 AND seen < $2 AND turns >= $2";
        connection.execute(sql, args![&self.0, self.1]).await?;
        Ok(())
    }
}

const COLUMNS: &str =
    "SELECT id, version, secret, customer, name, email, lang, channel, context, claims, with_people, ticket,
         turns, episodes, seen, answer_due_at, shows_typing, opened_at, changed_at
     FROM conversations
     WHERE id = $1";

pub(super) async fn find(connection: &mut Connection<'_>, id: &str) -> Result<Option<ConversationRecord>, StoreError> {
    let row = connection.fetch_optional(COLUMNS, args![id]).await?;
    row.as_ref().map(from_row).transpose()
}

fn from_row(row: &Row) -> Result<ConversationRecord, StoreError> {
    Ok(ConversationRecord {
        id: row.text("id")?,
        version: row.int("version")?,
        secret: row.text("secret")?,
        customer: row.optional_text("customer")?,
        name: row.optional_text("name")?,
        email: row.optional_text("email")?,
        lang: row.text("lang")?,
        channel: row.text("channel")?,
        context: row.object("context")?,
        claims: row.optional_object("claims")?,
        with_people: row.flag("with_people")?,
        ticket: row.optional_text("ticket")?,
        turns: row.int("turns")?,
        episodes: row.int("episodes")?,
        seen: row.int("seen")?,
        answer_due_at: row.optional_time("answer_due_at")?,
        shows_typing: row.flag("shows_typing")?,
        opened_at: row.time("opened_at")?,
        changed_at: row.time("changed_at")?,
    })
}

/// `false` if there is one with this id already.
pub(super) async fn insert(connection: &mut Connection<'_>, new: &ConversationRecord) -> Result<bool, StoreError> {
    let sql = "INSERT INTO conversations (
             id, version, secret, customer, name, email, lang, channel, context, claims, with_people, ticket,
             turns, episodes, answer_due_at, shows_typing, opened_at, changed_at, seen
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
         ON CONFLICT DO NOTHING";
    let inserted = connection
        .execute(
            sql,
            args![
                &new.id,
                new.version,
                &new.secret,
                &new.customer,
                &new.name,
                &new.email,
                &new.lang,
                &new.channel,
                &new.context,
                new.claims.as_ref(),
                new.with_people,
                &new.ticket,
                new.turns,
                new.episodes,
                new.answer_due_at,
                new.shows_typing,
                new.opened_at,
                new.changed_at,
                new.seen,
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// Writes all that may change.
pub(super) async fn update(connection: &mut Connection<'_>, now: &ConversationRecord) -> Result<(), StoreError> {
    let sql = "UPDATE conversations
         SET version = $2, customer = $3, name = $4, email = $5, lang = $6, context = $7, claims = $8, with_people = $9,
             ticket = $10, turns = $11, episodes = $12, answer_due_at = $13, shows_typing = $14, changed_at = $15,
             seen = CASE WHEN seen > $16 THEN seen ELSE $16 END
         WHERE id = $1";
    connection
        .execute(
            sql,
            args![
                &now.id,
                now.version,
                &now.customer,
                &now.name,
                &now.email,
                &now.lang,
                &now.context,
                now.claims.as_ref(),
                now.with_people,
                &now.ticket,
                now.turns,
                now.episodes,
                now.answer_due_at,
                now.shows_typing,
                now.changed_at,
                now.seen,
            ],
        )
        .await?;
    Ok(())
}

pub(super) async fn episode(
    connection: &mut Connection<'_>,
    conversation: &str,
    number: i64,
) -> Result<Option<EpisodeRecord>, StoreError> {
    let sql = "SELECT conversation, number, state, misses, shown, ticket, first_turn, opened_at, ended_at, ended_by,
             end_reason, reopens, rating, rating_note, rated_at
         FROM episodes
         WHERE conversation = $1
             AND number = $2";
    let row = connection.fetch_optional(sql, args![conversation, number]).await?;
    row.as_ref().map(episode_from_row).transpose()
}

fn episode_from_row(row: &Row) -> Result<EpisodeRecord, StoreError> {
    Ok(EpisodeRecord {
        conversation: row.text("conversation")?,
        number: row.int("number")?,
        state: row.word("state", EpisodeState::from_word)?,
        misses: row.int("misses")?,
        shown: row.words("shown")?,
        ticket: row.optional_text("ticket")?,
        first_turn: row.int("first_turn")?,
        opened_at: row.time("opened_at")?,
        ended_at: row.optional_time("ended_at")?,
        ended_by: row.optional_text("ended_by")?,
        end_reason: row.optional_text("end_reason")?,
        reopens: row.optional_int("reopens")?,
        rating: row.optional_int("rating")?,
        rating_note: row.optional_text("rating_note")?,
        rated_at: row.optional_time("rated_at")?,
    })
}

/// Writes an episode, new or changed.
pub(super) async fn put_episode(connection: &mut Connection<'_>, now: &EpisodeRecord) -> Result<(), StoreError> {
    let sql = "INSERT INTO episodes (
             conversation, number, state, misses, shown, ticket, first_turn, opened_at, ended_at, ended_by,
             end_reason, reopens, rating, rating_note, rated_at
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (conversation, number) DO UPDATE
         SET state = excluded.state, misses = excluded.misses, shown = excluded.shown, ticket = excluded.ticket,
             ended_at = excluded.ended_at, ended_by = excluded.ended_by, end_reason = excluded.end_reason,
             rating = excluded.rating, rating_note = excluded.rating_note, rated_at = excluded.rated_at";
    connection
        .execute(
            sql,
            args![
                &now.conversation,
                now.number,
                now.state.as_str(),
                now.misses,
                now.shown.as_slice(),
                &now.ticket,
                now.first_turn,
                now.opened_at,
                now.ended_at,
                &now.ended_by,
                &now.end_reason,
                now.reopens,
                now.rating,
                &now.rating_note,
                now.rated_at,
            ],
        )
        .await?;
    Ok(())
}

pub(super) async fn insert_turn(connection: &mut Connection<'_>, turn: &TurnRecord) -> Result<(), StoreError> {
    let sql = "INSERT INTO turns (conversation, number, episode, kind, author, text, data, idempotency_key, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    connection
        .execute(
            sql,
            args![
                &turn.conversation,
                turn.number,
                turn.episode,
                turn.kind.as_str(),
                &turn.author,
                &turn.text,
                &turn.data,
                &turn.idempotency_key,
                turn.at,
            ],
        )
        .await?;
    Ok(())
}

/// The turn that a message with this key became.
pub(super) async fn turn_by_key(
    connection: &mut Connection<'_>,
    conversation: &str,
    key: &str,
) -> Result<Option<TurnRecord>, StoreError> {
    let sql = "SELECT conversation, number, episode, kind, author, text, data, idempotency_key, at
         FROM turns
         WHERE conversation = $1
             AND idempotency_key = $2";
    let row = connection.fetch_optional(sql, args![conversation, key]).await?;
    row.as_ref().map(turn_from_row).transpose()
}

pub(super) async fn turns_after(
    connection: &mut Connection<'_>,
    conversation: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<TurnRecord>, StoreError> {
    let sql = "SELECT conversation, number, episode, kind, author, text, data, idempotency_key, at
         FROM turns
         WHERE conversation = $1
             AND number > $2
         ORDER BY number
         LIMIT $3";
    let rows = connection.fetch_all(sql, args![conversation, after, limit]).await?;
    rows.iter().map(turn_from_row).collect()
}

/// The last turns of an episode, oldest first. Others may lie between them: people answer in an episode that is not the
/// present one any more.
pub(super) async fn last_turns_of(
    connection: &mut Connection<'_>,
    conversation: &str,
    episode: i64,
    limit: i64,
) -> Result<Vec<TurnRecord>, StoreError> {
    let sql = "SELECT conversation, number, episode, kind, author, text, data, idempotency_key, at
         FROM turns
         WHERE conversation = $1
             AND episode = $2
         ORDER BY number DESC
         LIMIT $3";
    let rows = connection.fetch_all(sql, args![conversation, episode, limit]).await?;
    rows.iter().rev().map(turn_from_row).collect()
}

fn turn_from_row(row: &Row) -> Result<TurnRecord, StoreError> {
    Ok(TurnRecord {
        conversation: row.text("conversation")?,
        number: row.int("number")?,
        episode: row.int("episode")?,
        kind: row.word("kind", TurnKind::from_word)?,
        author: row.text("author")?,
        text: row.text("text")?,
        data: row.object("data")?,
        idempotency_key: row.optional_text("idempotency_key")?,
        at: row.time("at")?,
    })
}
