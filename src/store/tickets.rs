//! Tickets: questions that were handed over to people, and what happened to them.

use std::{collections::HashMap, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::answer::HandoffReason;

use super::{
    NearestArticle, Store, StoreError,
    db::{Connection, Lockable, Row, Statement, args},
    questions::{nearest, reason},
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
        self.write(Open(ticket)).await
    }

    /// The ticket with this reference.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn ticket(&self, reference: &str) -> Result<Option<TicketRecord>, StoreError> {
        // One snapshot for the ticket and its events.
        let mut snapshot = self.readers().snapshot().await?;
        find(&mut snapshot.connection(), reference).await
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
        let mut snapshot = self.readers().snapshot().await?;
        let mut connection = snapshot.connection();
        // One row more than wanted tells whether there is another page.
        let mut tickets = select_page(&mut connection, filter, after, limit + 1).await?;
        let next = (tickets.len() > limit).then(|| {
            tickets.truncate(limit);
            let last = &tickets[limit - 1];
            format!("{}.{}", last.promise_at.as_microsecond(), last.reference)
        });
        add_events(&mut connection, &mut tickets).await?;
        Ok(TicketPage { tickets, next })
    }

    /// How many tickets there are in this state.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn count_tickets(&self, state: TicketState) -> Result<u64, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let sql = "SELECT COUNT(*) AS tickets FROM tickets WHERE state = $1";
        let row = snapshot.connection().fetch_one(sql, args![state.as_str()]).await?;
        let count = row.int("tickets")?;
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
        let note = note.map(str::to_owned);
        self.write(Resolve {
            reference,
            by: by.to_owned(),
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

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<OpenedTicket, StoreError> {
        if !insert(connection, &self.0).await? {
            // Another request with the same key, perhaps on another server at this very moment, or the same reference.
            let before = match &self.0.idempotency_key {
                Some(key) => find_by_key(connection, key).await?,
                None => None,
            };
            return before
                .map(OpenedTicket::Before)
                .ok_or_else(|| StoreError::ReferenceTaken {
                    reference: self.0.reference.clone(),
                });
        }
        add_event(
            connection,
            &self.0.reference,
            1,
            EventKind::Opened,
            &self.0.opened_by,
            self.0.opened_at,
        )
        .await?;
        connection.notify(&format!("team:{}", self.0.team)).await?;
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

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<TicketRecord, StoreError> {
        connection.lock(Lockable::Ticket, &self.reference).await?;
        let changed = connection
            .execute(
                "UPDATE tickets
                 SET state = 'resolved', resolved_at = $1, resolved_by = $2, note = $3, version = version + 1
                 WHERE reference = $4
                     AND version = $5
                     AND state = 'open'",
                args![self.at, &self.by, &self.note, &self.reference, self.expected_version],
            )
            .await?;
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

/// `false` if there is a ticket with this reference or key already.
async fn insert(connection: &mut Connection<'_>, ticket: &NewTicketRecord) -> Result<bool, StoreError> {
    let nearest = ticket.nearest.as_ref();
    let inserted = connection
        .execute(
            "INSERT INTO tickets (
                 reference, version, state, team, reason, topic, question, lang, contact, context,
                 nearest, nearest_title, confidence, decision, idempotency_key, opened_at, promise_at
             )
             VALUES ($1, 1, 'open', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT DO NOTHING",
            args![
                &ticket.reference,
                &ticket.team,
                ticket.reason.as_str(),
                &ticket.topic,
                &ticket.question,
                &ticket.lang,
                &ticket.contact,
                &ticket.context,
                nearest.map(|nearest| nearest.id.as_str()),
                nearest.map(|nearest| nearest.title.as_str()),
                ticket.confidence,
                &ticket.decision,
                &ticket.idempotency_key,
                ticket.opened_at,
                ticket.promise_at,
            ],
        )
        .await;
    Ok(inserted? == 1)
}

async fn add_event(
    connection: &mut Connection<'_>,
    reference: &str,
    number: i64,
    kind: EventKind,
    who: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO ticket_events (ticket, number, kind, who, at)
         VALUES ($1, $2, $3, $4, $5)";
    connection
        .execute(sql, args![reference, number, kind.as_str(), who, at])
        .await?;
    Ok(())
}

async fn found(connection: &mut Connection<'_>, reference: &str) -> Result<TicketRecord, StoreError> {
    let ticket = find(connection, reference).await?;
    ticket.ok_or_else(|| StoreError::NoSuchTicket {
        reference: reference.to_owned(),
    })
}

async fn find(connection: &mut Connection<'_>, reference: &str) -> Result<Option<TicketRecord>, StoreError> {
    let row = connection
        .fetch_optional(
            "SELECT reference, version, state, team, reason, topic, question, lang, contact, context,
             nearest, nearest_title, confidence, decision, opened_at, promise_at, resolved_at, resolved_by, note
         FROM tickets
         WHERE reference = $1",
            args![reference],
        )
        .await?;
    with_events(connection, row).await
}

async fn find_by_key(connection: &mut Connection<'_>, key: &str) -> Result<Option<TicketRecord>, StoreError> {
    let row = connection
        .fetch_optional(
            "SELECT reference, version, state, team, reason, topic, question, lang, contact, context,
             nearest, nearest_title, confidence, decision, opened_at, promise_at, resolved_at, resolved_by, note
         FROM tickets
         WHERE idempotency_key = $1",
            args![key],
        )
        .await?;
    with_events(connection, row).await
}

async fn with_events(connection: &mut Connection<'_>, row: Option<Row>) -> Result<Option<TicketRecord>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    let mut tickets = [from_row(&row)?];
    add_events(connection, &mut tickets).await?;
    let [ticket] = tickets;
    Ok(Some(ticket))
}

async fn select_page(
    connection: &mut Connection<'_>,
    filter: &TicketFilter,
    after: Option<(i64, &str)>,
    limit: usize,
) -> Result<Vec<TicketRecord>, StoreError> {
    let mut query = Statement::new(
        "SELECT reference, version, state, team, reason, topic, question, lang, contact, context,
             nearest, nearest_title, confidence, decision, opened_at, promise_at, resolved_at, resolved_by, note
         FROM tickets
         WHERE 1 = 1",
    );
    if let Some(state) = filter.state {
        query.push(" AND state = ").bind(state.as_str());
    }
    if let Some(team) = &filter.team {
        query.push(" AND team = ").bind(team.as_str());
    }
    let (comparison, order) = match filter.order {
        TicketOrder::NewestPromise => (" < (", " ORDER BY promise_at DESC, reference DESC"),
        TicketOrder::DuePromise => (" > (", " ORDER BY promise_at, reference"),
    };
    if let Some((promise_at, reference)) = after {
        query.push(" AND (promise_at, reference)").push(comparison);
        query.bind(promise_at).push(", ").bind(reference).push(")");
    }
    query
        .push(order)
        .push(" LIMIT ")
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query.fetch_all(connection).await?.iter().map(from_row).collect()
}

/// Reads the events of all tickets at once and hands them out.
async fn add_events(connection: &mut Connection<'_>, tickets: &mut [TicketRecord]) -> Result<(), StoreError> {
    if tickets.is_empty() {
        return Ok(());
    }
    let mut query = Statement::new(
        "SELECT ticket, kind, who, at
         FROM ticket_events
         WHERE ticket IN (",
    );
    query.bind_all(tickets.iter().map(|ticket| &ticket.reference));
    query.push(") ORDER BY ticket, number");
    let mut events: HashMap<String, Vec<TicketEvent>> = HashMap::new();
    for row in query.fetch_all(connection).await? {
        let event = TicketEvent {
            kind: row.word("kind", EventKind::from_word)?,
            who: row.text("who")?,
            at: row.time("at")?,
        };
        events.entry(row.text("ticket")?).or_default().push(event);
    }
    for ticket in tickets {
        ticket.events = events.remove(&ticket.reference).unwrap_or_default();
    }
    Ok(())
}

fn from_row(row: &Row) -> Result<TicketRecord, StoreError> {
    Ok(TicketRecord {
        reference: row.text("reference")?,
        version: row.int("version")?,
        state: row.word("state", TicketState::from_word)?,
        team: row.text("team")?,
        reason: row.word("reason", reason)?,
        topic: row.optional_text("topic")?,
        question: row.text("question")?,
        lang: row.text("lang")?,
        contact: row.optional_text("contact")?,
        context: row.object("context")?,
        nearest: nearest(row)?,
        confidence: row.real("confidence")?,
        decision: row.text("decision")?,
        opened_at: row.time("opened_at")?,
        promise_at: row.time("promise_at")?,
        resolved_at: row.optional_time("resolved_at")?,
        resolved_by: row.optional_text("resolved_by")?,
        note: row.optional_text("note")?,
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
