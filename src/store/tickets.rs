//! Tickets: questions that were handed over to people, and what happened to them. Changes go through [`super::work`].

use std::collections::HashMap;

use crate::answer::HandoffReason;
use jiff::Timestamp;

use super::{
    EventKind, Store, StoreError, TicketEvent, TicketOutcome, TicketRecord, TicketState,
    db::{Connection, Row, Statement, args},
    questions::nearest,
};

/// Which tickets to list; everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketFilter {
    /// In one of these states; empty for any.
    pub states: Vec<TicketState>,
    /// Of one of these teams; empty for any.
    pub teams: Vec<String>,
    /// Of this person.
    pub assignee: Option<String>,
    /// Of nobody.
    pub unassigned: bool,
    /// With a promise or target before this moment, while the customer waits.
    pub overdue_at: Option<Timestamp>,
    /// Brought to a manager.
    pub escalated: bool,
    /// Of this signed customer.
    pub customer: Option<String>,
    /// Of whoever left this e-mail address; with `customer`, either may hold.
    pub contact: Option<String>,
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
            mark(&tickets[limit - 1])
        });
        add_events(&mut connection, &mut tickets).await?;
        Ok(TicketPage { tickets, next })
    }
}

/// All columns, for every statement that reads tickets.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT reference, version, state, team, priority, tags, reason, topic, question, lang, channel, \
                 conversation, episode, customer, customer_name, contact, phone, order_number, urgency, context, \
                 nearest, nearest_title, confidence, decision, idempotency_key, complex, assignee, \
                 claimed_until, opened_at, promise_at, promise_kept, warn_at, waiting_since, first_reply_at, \
                 first_due_at, next_due_at, resolve_due_at, snoozed_until, targets, escalation, escalate_at, merged_into, \
                 outcome, resolved_at, resolved_by, note FROM tickets ",
            $rest
        )
    };
}

/// `false` if there is a ticket with this reference or key already.
pub(super) async fn insert(connection: &mut Connection<'_>, ticket: &TicketRecord) -> Result<bool, StoreError> {
    let nearest = ticket.nearest.as_ref();
    let inserted = connection
        .execute(
            "INSERT INTO tickets (
                 reference, version, state, team, priority, tags, reason, topic, question, lang, channel,
                 conversation, episode, customer, customer_name, contact, phone, order_number, urgency, context,
                 nearest, nearest_title, confidence, decision, idempotency_key, complex, assignee,
                 claimed_until, opened_at, promise_at, promise_kept, waiting_since, first_reply_at,
                 first_due_at, next_due_at, resolve_due_at, snoozed_until, escalation, escalate_at, merged_into,
                 outcome, resolved_at, resolved_by, note, targets, warn_at
             )
             VALUES (
                 $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                 $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40,
                 $41, $42, $43, $44, $45, $46
             )
             ON CONFLICT DO NOTHING",
            args![
                &ticket.reference,
                ticket.version,
                ticket.state.as_str(),
                &ticket.team,
                ticket.priority,
                ticket.tags.as_slice(),
                ticket.reason.as_str(),
                &ticket.topic,
                &ticket.question,
                &ticket.lang,
                &ticket.channel,
                &ticket.conversation,
                ticket.episode,
                &ticket.customer,
                &ticket.customer_name,
                &ticket.contact,
                &ticket.phone,
                &ticket.order_number,
                &ticket.urgency,
                &ticket.context,
                nearest.map(|nearest| nearest.id.as_str()),
                nearest.map(|nearest| nearest.title.as_str()),
                ticket.confidence,
                &ticket.decision,
                &ticket.idempotency_key,
                ticket.complex,
                &ticket.assignee,
                ticket.claimed_until,
                ticket.opened_at,
                ticket.promise_at,
                ticket.promise_kept.map(i64::from),
                ticket.waiting_since,
                ticket.first_reply_at,
                ticket.first_due_at,
                ticket.next_due_at,
                ticket.resolve_due_at,
                ticket.snoozed_until,
                ticket.escalation,
                ticket.escalate_at,
                &ticket.merged_into,
                ticket.outcome.map(TicketOutcome::as_str),
                ticket.resolved_at,
                &ticket.resolved_by,
                &ticket.note,
                &ticket.targets,
                ticket.warn_at,
            ],
        )
        .await;
    Ok(inserted? == 1)
}

/// Writes all that may change.
pub(super) async fn update(connection: &mut Connection<'_>, ticket: &TicketRecord) -> Result<(), StoreError> {
    let sql = "UPDATE tickets
         SET version = $2, state = $3, team = $4, priority = $5, tags = $6, conversation = $7, episode = $8,
             customer = $9, customer_name = $10, contact = $11, phone = $12, order_number = $13, urgency = $14,
             context = $15, complex = $16, assignee = $17, claimed_until = $18, promise_at = $19,
             promise_kept = $20, waiting_since = $21, first_reply_at = $22, first_due_at = $23,
             next_due_at = $24, resolve_due_at = $25, snoozed_until = $26, escalation = $27, escalate_at = $28,
             merged_into = $29, outcome = $30, resolved_at = $31, resolved_by = $32, note = $33, targets = $34,
             warn_at = $35
         WHERE reference = $1";
    connection
        .execute(
            sql,
            args![
                &ticket.reference,
                ticket.version,
                ticket.state.as_str(),
                &ticket.team,
                ticket.priority,
                ticket.tags.as_slice(),
                &ticket.conversation,
                ticket.episode,
                &ticket.customer,
                &ticket.customer_name,
                &ticket.contact,
                &ticket.phone,
                &ticket.order_number,
                &ticket.urgency,
                &ticket.context,
                ticket.complex,
                &ticket.assignee,
                ticket.claimed_until,
                ticket.promise_at,
                ticket.promise_kept.map(i64::from),
                ticket.waiting_since,
                ticket.first_reply_at,
                ticket.first_due_at,
                ticket.next_due_at,
                ticket.resolve_due_at,
                ticket.snoozed_until,
                ticket.escalation,
                ticket.escalate_at,
                &ticket.merged_into,
                ticket.outcome.map(TicketOutcome::as_str),
                ticket.resolved_at,
                &ticket.resolved_by,
                &ticket.note,
                &ticket.targets,
                ticket.warn_at,
            ],
        )
        .await?;
    Ok(())
}

pub(super) async fn add_event(
    connection: &mut Connection<'_>,
    reference: &str,
    event: &TicketEvent,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO ticket_events (ticket, number, kind, who, data, at)
         VALUES ($1, $2, $3, $4, $5, $6)";
    let args = args![
        reference,
        event.number,
        event.kind.as_str(),
        &event.who,
        &event.data,
        event.at
    ];
    connection.execute(sql, args).await?;
    Ok(())
}

pub(super) async fn found(connection: &mut Connection<'_>, reference: &str) -> Result<TicketRecord, StoreError> {
    let ticket = find(connection, reference).await?;
    ticket.ok_or_else(|| StoreError::NoSuchTicket {
        reference: reference.to_owned(),
    })
}

pub(super) async fn find(connection: &mut Connection<'_>, reference: &str) -> Result<Option<TicketRecord>, StoreError> {
    let row = connection
        .fetch_optional(select!("WHERE reference = $1"), args![reference])
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut tickets = [from_row(&row)?];
    add_events(connection, &mut tickets).await?;
    let [ticket] = tickets;
    Ok(Some(ticket))
}

pub(super) async fn reference_by_key(connection: &mut Connection<'_>, key: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT reference FROM tickets WHERE idempotency_key = $1";
    let row = connection.fetch_optional(sql, args![key]).await?;
    row.map(|row| row.text("reference")).transpose()
}

/// Id of the ticket's conversation, which never changes once it has one.
pub(super) async fn conversation_of(
    connection: &mut Connection<'_>,
    reference: &str,
) -> Result<Option<String>, StoreError> {
    let sql = "SELECT conversation FROM tickets WHERE reference = $1";
    let row = connection.fetch_optional(sql, args![reference]).await?;
    let row = row.ok_or_else(|| StoreError::NoSuchTicket {
        reference: reference.to_owned(),
    })?;
    row.optional_text("conversation")
}

async fn select_page(
    connection: &mut Connection<'_>,
    filter: &TicketFilter,
    after: Option<(i64, i64, &str)>,
    limit: usize,
) -> Result<Vec<TicketRecord>, StoreError> {
    let mut query = Statement::new(select!("WHERE 1 = 1"));
    if !filter.states.is_empty() {
        query.push(" AND state IN (");
        query.bind_all(filter.states.iter().map(|state| state.as_str()));
        query.push(")");
    }
    if !filter.teams.is_empty() {
        query.push(" AND team IN (").bind_all(&filter.teams).push(")");
    }
    if let Some(assignee) = &filter.assignee {
        query.push(" AND assignee = ").bind(assignee);
    }
    if filter.unassigned {
        query.push(" AND assignee IS NULL");
    }
    if let Some(at) = filter.overdue_at {
        query.push(" AND state = 'open' AND (next_due_at < ").bind(at);
        query.push(" OR (first_reply_at IS NULL AND promise_at < ").bind(at);
        query.push("))");
    }
    if filter.escalated {
        query.push(" AND escalation > 0");
    }
    match (&filter.customer, &filter.contact) {
        (Some(customer), Some(contact)) => {
            query.push(" AND (customer = ").bind(customer);
            query.push(" OR contact = ").bind(contact).push(")");
        }
        (Some(customer), None) => {
            query.push(" AND customer = ").bind(customer);
        }
        (None, Some(contact)) => {
            query.push(" AND contact = ").bind(contact);
        }
        (None, None) => {}
    }
    let (comparison, order) = match filter.order {
        TicketOrder::NewestPromise => (" < (", " ORDER BY promise_at DESC, opened_at DESC, reference DESC"),
        TicketOrder::DuePromise => (" > (", " ORDER BY promise_at, opened_at, reference"),
    };
    if let Some((promise_at, opened_at, reference)) = after {
        query.push(" AND (promise_at, opened_at, reference)").push(comparison);
        query.bind(promise_at).push(", ").bind(opened_at);
        query.push(", ").bind(reference).push(")");
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
        "SELECT ticket, number, kind, who, data, at
         FROM ticket_events
         WHERE ticket IN (",
    );
    query.bind_all(tickets.iter().map(|ticket| &ticket.reference));
    query.push(") ORDER BY ticket, number");
    let mut events: HashMap<String, Vec<TicketEvent>> = HashMap::new();
    for row in query.fetch_all(connection).await? {
        let event = TicketEvent {
            number: row.int("number")?,
            kind: row.word("kind", EventKind::from_word)?,
            who: row.text("who")?,
            data: row.object("data")?,
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
        priority: row.int("priority")?,
        tags: row.words("tags")?,
        reason: row.word("reason", HandoffReason::from_word)?,
        topic: row.optional_text("topic")?,
        question: row.text("question")?,
        lang: row.text("lang")?,
        channel: row.text("channel")?,
        conversation: row.optional_text("conversation")?,
        episode: row.optional_int("episode")?,
        customer: row.optional_text("customer")?,
        customer_name: row.optional_text("customer_name")?,
        contact: row.optional_text("contact")?,
        phone: row.optional_text("phone")?,
        order_number: row.optional_text("order_number")?,
        urgency: row.optional_text("urgency")?,
        context: row.object("context")?,
        nearest: nearest(row)?,
        confidence: row.real("confidence")?,
        decision: row.text("decision")?,
        idempotency_key: row.optional_text("idempotency_key")?,
        complex: row.flag("complex")?,
        assignee: row.optional_text("assignee")?,
        claimed_until: row.optional_time("claimed_until")?,
        opened_at: row.time("opened_at")?,
        promise_at: row.time("promise_at")?,
        promise_kept: row.optional_int("promise_kept")?.map(|kept| kept != 0),
        warn_at: row.optional_time("warn_at")?,
        waiting_since: row.optional_time("waiting_since")?,
        first_reply_at: row.optional_time("first_reply_at")?,
        first_due_at: row.optional_time("first_due_at")?,
        next_due_at: row.optional_time("next_due_at")?,
        resolve_due_at: row.optional_time("resolve_due_at")?,
        snoozed_until: row.optional_time("snoozed_until")?,
        targets: row.object("targets")?,
        escalation: row.int("escalation")?,
        escalate_at: row.optional_time("escalate_at")?,
        merged_into: row.optional_text("merged_into")?,
        outcome: row.optional_word("outcome", TicketOutcome::from_word)?,
        resolved_at: row.optional_time("resolved_at")?,
        resolved_by: row.optional_text("resolved_by")?,
        note: row.optional_text("note")?,
        events: Vec::new(),
    })
}

/// The mark of the page that begins after this ticket.
pub(crate) fn mark(ticket: &TicketRecord) -> String {
    let (promise, opened) = (ticket.promise_at.as_microsecond(), ticket.opened_at.as_microsecond());
    format!("{promise}.{opened}.{}", ticket.reference)
}

fn parse_cursor(cursor: &str) -> Result<(i64, i64, &str), StoreError> {
    let mut parts = cursor.splitn(3, '.');
    let mut next = || parts.next();
    let parsed = (|| Some((next()?.parse().ok()?, next()?.parse().ok()?, next()?)))();
    parsed.ok_or_else(|| StoreError::BadCursor {
        cursor: cursor.chars().take(80).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_making_is_refused() {
        assert_eq!(parse_cursor("12.7.T-7K3F-9QXM"), Ok((12, 7, "T-7K3F-9QXM")));
        for bad in ["", "12", "x.1.T-1", "1.T-1", "."] {
            assert!(parse_cursor(bad).is_err(), "{bad}");
        }
    }
}
