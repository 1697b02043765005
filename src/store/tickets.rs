//! Tickets: questions that were handed over to people, and what happened to them.

use std::{collections::HashMap, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use utoipa::ToSchema;

use crate::answer::HandoffReason;

use super::{
    NearestArticle, Store, StoreError,
    error::is_unique_violation,
    object, object_text, optional_time,
    questions::{finite, nearest, reason},
    time, without_nul, word,
    writer::Write,
};

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TicketState {
    /// A person still has to answer.
    Open,
    /// A person answered.
    Resolved,
}

impl TicketState {
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            TicketState::Open => "open",
            TicketState::Resolved => "resolved",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [TicketState::Open, TicketState::Resolved]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

impl fmt::Display for TicketState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What happened to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// It was opened.
    Opened,
    /// It was resolved.
    Resolved,
}

impl EventKind {
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Opened => "opened",
            EventKind::Resolved => "resolved",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [EventKind::Opened, EventKind::Resolved]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// One thing that happened to a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketEvent {
    /// What.
    pub kind: EventKind,
    /// Who did it.
    pub who: String,
    /// When.
    pub at: Timestamp,
}

/// A ticket to be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTicketRecord {
    /// Unique; what the customer quotes.
    pub reference: String,
    /// The team it goes to.
    pub team: String,
    /// Why it was handed over.
    pub reason: HandoffReason,
    /// The sensitive topic, if one took it.
    pub topic: Option<String>,
    /// The words, as typed.
    pub question: String,
    /// Language of the question.
    pub lang: String,
    /// Where to answer: an e-mail address.
    pub contact: Option<String>,
    /// Claims about the visitor.
    pub context: Map<String, Value>,
    /// The first candidate, which was not good enough.
    pub nearest: Option<NearestArticle>,
    /// Probability that it would have answered the question.
    pub confidence: f64,
    /// Id of the decision.
    pub decision: String,
    /// What makes a repeated request the same request.
    pub idempotency_key: Option<String>,
    /// Who opened it: `customer`, or the name of whoever did it for them.
    pub opened_by: String,
    /// When.
    pub opened_at: Timestamp,
    /// By when a person answers.
    pub promise_at: Timestamp,
}

/// A ticket as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketRecord {
    /// Unique; what the customer quotes.
    pub reference: String,
    /// Goes up by one with every change of state.
    pub version: i64,
    /// Where it stands.
    pub state: TicketState,
    /// The team it goes to.
    pub team: String,
    /// Why it was handed over.
    pub reason: HandoffReason,
    /// The sensitive topic, if one took it.
    pub topic: Option<String>,
    /// The words, as typed.
    pub question: String,
    /// Language of the question.
    pub lang: String,
    /// Where to answer.
    pub contact: Option<String>,
    /// Claims about the visitor.
    pub context: Map<String, Value>,
    /// The first candidate.
    pub nearest: Option<NearestArticle>,
    /// Probability that it would have answered the question.
    pub confidence: f64,
    /// Id of the decision.
    pub decision: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// By when a person answers.
    pub promise_at: Timestamp,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// By whom.
    pub resolved_by: Option<String>,
    /// What they noted.
    pub note: Option<String>,
    /// What happened, oldest first.
    pub events: Vec<TicketEvent>,
}

/// The ticket of a request to open one.
#[derive(Debug, Clone, PartialEq)]
pub enum OpenedTicket {
    /// It was opened now.
    New(TicketRecord),
    /// An earlier request with the same idempotency key opened it.
    Before(TicketRecord),
}

/// Which tickets to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketFilter {
    /// Only in this state.
    pub state: Option<TicketState>,
    /// Only of this team.
    pub team: Option<String>,
    /// In this order.
    pub order: TicketOrder,
}

/// The order of a list of tickets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TicketOrder {
    /// The promise that is due last comes first.
    #[default]
    NewestPromise,
    /// The promise that is due first comes first: the order of work.
    DuePromise,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketPage {
    /// In the order asked for.
    pub tickets: Vec<TicketRecord>,
    /// Mark of the next page; `None` on the last one.
    pub next: Option<String>,
}

impl Store {
    /// Opens a ticket: the ticket and its first event are committed when this returns.
    ///
    /// # Errors
    ///
    /// [`StoreError::ReferenceTaken`]: try another one. Else what the database failed with.
    pub async fn open_ticket(&self, ticket: NewTicketRecord) -> Result<OpenedTicket, StoreError> {
        self.writer().write(Open(ticket)).await
    }

    /// The ticket with this reference.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn ticket(&self, reference: &str) -> Result<Option<TicketRecord>, StoreError> {
        // One snapshot for the ticket and its events.
        let mut transaction = self.readers().begin().await?;
        find(&mut transaction, reference).await
    }

    /// Tickets, page by page (1 to 200 a page); `cursor` is the mark of the page before.
    ///
    /// # Errors
    ///
    /// [`StoreError::BadCursor`] for a mark of another making; else what the database failed with.
    pub async fn tickets(
        &self,
        filter: &TicketFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<TicketPage, StoreError> {
        let limit = limit.clamp(1, 200);
        let after = cursor.map(parse_cursor).transpose()?;
        let mut transaction = self.readers().begin().await?;
        // One row more than wanted tells whether there is another page.
        let mut tickets = select_page(&mut transaction, filter, after, limit + 1).await?;
        let next = (tickets.len() > limit).then(|| {
            tickets.truncate(limit);
            let last = &tickets[limit - 1];
            format!("{}.{}", last.promise_at.as_microsecond(), last.reference)
        });
        add_events(&mut transaction, &mut tickets).await?;
        Ok(TicketPage { tickets, next })
    }

    /// How many tickets there are in this state.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn count_tickets(&self, state: TicketState) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*)
             FROM tickets
             WHERE state = $1",
        )
        .bind(state.as_str())
        .fetch_one(self.readers())
        .await?;
        Ok(count.unsigned_abs())
    }

    /// Resolves an open ticket that still has `expected_version`; the change and its event are committed when this
    /// returns.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchTicket`], [`StoreError::Conflict`] with the present state, or what the database failed with.
    pub async fn resolve_ticket(
        &self,
        reference: &str,
        by: &str,
        note: Option<&str>,
        expected_version: i64,
        at: Timestamp,
    ) -> Result<TicketRecord, StoreError> {
        let reference = reference.to_owned();
        let note = note.map(without_nul);
        self.writer()
            .write(Resolve {
                reference,
                by: without_nul(by),
                note,
                expected_version,
                at,
            })
            .await
    }
}

struct Open(NewTicketRecord);

impl Write for Open {
    type Output = OpenedTicket;

    async fn apply(&self, connection: &mut SqliteConnection) -> Result<OpenedTicket, StoreError> {
        if let Some(key) = &self.0.idempotency_key
            && let Some(before) = find_by_key(connection, key).await?
        {
            return Ok(OpenedTicket::Before(before));
        }
        insert(connection, &self.0).await?;
        add_event(
            connection,
            &self.0.reference,
            1,
            EventKind::Opened,
            &self.0.opened_by,
            self.0.opened_at,
        )
        .await?;
        found(connection, &self.0.reference).await.map(OpenedTicket::New)
    }
}

struct Resolve {
    reference: String,
    by: String,
    note: Option<String>,
    expected_version: i64,
    at: Timestamp,
}

impl Write for Resolve {
    type Output = TicketRecord;

    async fn apply(&self, connection: &mut SqliteConnection) -> Result<TicketRecord, StoreError> {
        let changed = sqlx::query(
            "UPDATE tickets
             SET state = 'resolved', resolved_at = $1, resolved_by = $2, note = $3, version = version + 1
             WHERE reference = $4
                 AND version = $5
                 AND state = 'open'",
        )
        .bind(self.at.as_microsecond())
        .bind(&self.by)
        .bind(self.note.as_deref())
        .bind(&self.reference)
        .bind(self.expected_version)
        .execute(&mut *connection)
        .await?
        .rows_affected();
        if changed == 0 {
            let now = found(connection, &self.reference).await?;
            return Err(StoreError::Conflict {
                reference: now.reference,
                state: now.state,
                version: now.version,
                by: now.resolved_by,
            });
        }
        let number = self.expected_version + 1;
        add_event(
            connection,
            &self.reference,
            number,
            EventKind::Resolved,
            &self.by,
            self.at,
        )
        .await?;
        found(connection, &self.reference).await
    }
}

async fn insert(connection: &mut SqliteConnection, ticket: &NewTicketRecord) -> Result<(), StoreError> {
    let nearest = ticket.nearest.as_ref();
    sqlx::query(
        "INSERT INTO tickets (
             reference, version, state, team, reason, topic, question, lang, contact, context,
             nearest, nearest_title, confidence, decision, idempotency_key, opened_at, promise_at
         )
         VALUES ($1, 1, 'open', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(&ticket.reference)
    .bind(&ticket.team)
    .bind(ticket.reason.as_str())
    .bind(ticket.topic.as_deref())
    .bind(without_nul(&ticket.question))
    .bind(&ticket.lang)
    .bind(ticket.contact.as_deref())
    .bind(object_text(&ticket.context))
    .bind(nearest.map(|nearest| &nearest.id))
    .bind(nearest.map(|nearest| &nearest.title))
    .bind(finite(ticket.confidence))
    .bind(&ticket.decision)
    .bind(ticket.idempotency_key.as_deref())
    .bind(ticket.opened_at.as_microsecond())
    .bind(ticket.promise_at.as_microsecond())
    .execute(connection)
    .await
    .map_err(|error| match is_unique_violation(&error) {
        // The idempotency key was looked up under the same write lock, so it can only be the reference.
        true => StoreError::ReferenceTaken {
            reference: ticket.reference.clone(),
        },
        false => error.into(),
    })?;
    Ok(())
}

async fn add_event(
    connection: &mut SqliteConnection,
    reference: &str,
    number: i64,
    kind: EventKind,
    who: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ticket_events (ticket, number, kind, who, at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(reference)
    .bind(number)
    .bind(kind.as_str())
    .bind(who)
    .bind(at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

async fn found(connection: &mut SqliteConnection, reference: &str) -> Result<TicketRecord, StoreError> {
    let ticket = find(connection, reference).await?;
    ticket.ok_or_else(|| StoreError::NoSuchTicket {
        reference: reference.to_owned(),
    })
}

async fn find(connection: &mut SqliteConnection, reference: &str) -> Result<Option<TicketRecord>, StoreError> {
    let row = sqlx::query(
        "SELECT reference, version, state, team, reason, topic, question, lang, contact, context,
             nearest, nearest_title, confidence, decision, opened_at, promise_at, resolved_at, resolved_by, note
         FROM tickets
         WHERE reference = $1",
    )
    .bind(reference)
    .fetch_optional(&mut *connection)
    .await?;
    with_events(connection, row).await
}

async fn find_by_key(connection: &mut SqliteConnection, key: &str) -> Result<Option<TicketRecord>, StoreError> {
    let row = sqlx::query(
        "SELECT reference, version, state, team, reason, topic, question, lang, contact, context,
             nearest, nearest_title, confidence, decision, opened_at, promise_at, resolved_at, resolved_by, note
         FROM tickets
         WHERE idempotency_key = $1",
    )
    .bind(key)
    .fetch_optional(&mut *connection)
    .await?;
    with_events(connection, row).await
}

async fn with_events(
    connection: &mut SqliteConnection,
    row: Option<SqliteRow>,
) -> Result<Option<TicketRecord>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    let mut tickets = [from_row(&row)?];
    add_events(connection, &mut tickets).await?;
    let [ticket] = tickets;
    Ok(Some(ticket))
}

async fn select_page(
    connection: &mut SqliteConnection,
    filter: &TicketFilter,
    after: Option<(i64, &str)>,
    limit: usize,
) -> Result<Vec<TicketRecord>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT reference, version, state, team, reason, topic, question, lang, contact, context,
             nearest, nearest_title, confidence, decision, opened_at, promise_at, resolved_at, resolved_by, note
         FROM tickets
         WHERE 1 = 1",
    );
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(team) = &filter.team {
        query.push(" AND team = ").push_bind(team.as_str());
    }
    let (comparison, order) = match filter.order {
        TicketOrder::NewestPromise => (" < (", " ORDER BY promise_at DESC, reference DESC"),
        TicketOrder::DuePromise => (" > (", " ORDER BY promise_at, reference"),
    };
    if let Some((promise_at, reference)) = after {
        query.push(" AND (promise_at, reference)").push(comparison);
        query.push_bind(promise_at).push(", ").push_bind(reference).push(")");
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query
        .build()
        .fetch_all(connection)
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// Reads the events of all tickets at once and hands them out.
async fn add_events(connection: &mut SqliteConnection, tickets: &mut [TicketRecord]) -> Result<(), StoreError> {
    if tickets.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT ticket, kind, who, at
         FROM ticket_events
         WHERE ticket IN (",
    );
    let mut references = query.separated(", ");
    for ticket in tickets.iter() {
        references.push_bind(ticket.reference.clone());
    }
    query.push(") ORDER BY ticket, number");
    let mut events: HashMap<String, Vec<TicketEvent>> = HashMap::new();
    for row in query.build().fetch_all(connection).await? {
        let event = TicketEvent {
            kind: word(&row, "kind", EventKind::from_word)?,
            who: row.try_get("who")?,
            at: time(&row, "at")?,
        };
        events.entry(row.try_get("ticket")?).or_default().push(event);
    }
    for ticket in tickets {
        ticket.events = events.remove(&ticket.reference).unwrap_or_default();
    }
    Ok(())
}

fn from_row(row: &SqliteRow) -> Result<TicketRecord, StoreError> {
    Ok(TicketRecord {
        reference: row.try_get("reference")?,
        version: row.try_get("version")?,
        state: word(row, "state", TicketState::from_word)?,
        team: row.try_get("team")?,
        reason: word(row, "reason", reason)?,
        topic: row.try_get("topic")?,
        question: row.try_get("question")?,
        lang: row.try_get("lang")?,
        contact: row.try_get("contact")?,
        context: object(row, "context")?,
        nearest: nearest(row)?,
        confidence: row.try_get("confidence")?,
        decision: row.try_get("decision")?,
        opened_at: time(row, "opened_at")?,
        promise_at: time(row, "promise_at")?,
        resolved_at: optional_time(row, "resolved_at")?,
        resolved_by: row.try_get("resolved_by")?,
        note: row.try_get("note")?,
        events: Vec::new(),
    })
}

fn parse_cursor(cursor: &str) -> Result<(i64, &str), StoreError> {
    let parsed = cursor
        .split_once('.')
        .and_then(|(at, reference)| Some((at.parse().ok()?, reference)));
    parsed.ok_or_else(|| StoreError::BadCursor {
        cursor: cursor.chars().take(80).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_making_is_refused() {
        assert_eq!(parse_cursor("12.T-7K3F-9QXM"), Ok((12, "T-7K3F-9QXM")));
        for bad in ["", "12", "x.T-1", "."] {
            assert!(parse_cursor(bad).is_err(), "{bad}");
        }
    }
}
