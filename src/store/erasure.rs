//! Taking one customer out of the database: their words, names and addresses go, counts and states stay.
//!
//! A conversation is the customer's if the host site signed their id for it, or, where it signed nobody's, if it has one
//! of their e-mail addresses. Questions of the log are found through the decisions that conversations and tickets name;
//! a question that was only typed into the search belongs to nobody and ends with its retention.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    EpisodeState, Store, StoreError, TicketState,
    db::{Connection, Lockable, Statement, args},
    work::conversation_stream,
    writer::Write,
};

/// What is kept of the data of a ticket's event; everything else may hold words.
const KEPT_OF_EVENTS: [&str; 11] = [
    "until",
    "person",
    "from",
    "to",
    "priority",
    "waited_seconds",
    "step",
    "rating",
    "into",
    "reference",
    "promise",
];

/// Which customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// With this id, as the host site signs it.
    Customer(String),
    /// With this e-mail address; capitals do not count.
    Email(String),
    /// Of the ticket with this reference.
    Ticket(String),
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// Only say what would be erased.
    Look,
    /// Erase, unless something may still happen in one of the conversations.
    Ended,
    /// Erase in any case.
    Running,
}

/// What is there of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Traces {
    /// Ids of their conversations.
    pub conversations: Vec<String>,
    /// References of their tickets.
    pub tickets: Vec<String>,
    /// Messages in the conversations.
    pub turns: u64,
    /// Questions of the log.
    pub questions: u64,
    /// Live events of the conversations.
    pub events: u64,
    /// Mails and alerts.
    pub outgoing: u64,
    /// Votes.
    pub votes: u64,
    /// Which of the conversations and tickets are not over.
    pub running: Vec<String>,
}

/// How an erasure went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// These traces are gone.
    Done(Traces),
    /// These traces would go; nothing was changed.
    Seen(Traces),
    /// Something is not over ([`Traces::running`]); nothing was changed.
    Running(Traces),
    /// There is nothing of such a customer.
    Nobody,
}

impl Store {
    /// Erases a customer in one transaction, and writes into the audit log that `by` did so, without saying whom.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchTicket`], or what the database failed with.
    pub async fn erase_customer(
        &self,
        whose: Whose,
        erasure: Erasure,
        by: &str,
        at: Timestamp,
    ) -> Result<Erased, StoreError> {
        let by = by.to_owned();
        let audit = ulid::Ulid::generate().to_string();
        self.write(Unit {
            whose,
            erasure,
            by,
            audit,
            at,
        })
        .await
    }
}

struct Unit {
    whose: Whose,
    erasure: Erasure,
    by: String,
    /// Id of the line in the audit log; the same when it is tried again.
    audit: String,
    at: Timestamp,
}

impl Write for Unit {
    type Output = Erased;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<Erased, StoreError> {
        let found = find(connection, &self.whose).await?;
        if found.conversations.is_empty() && found.tickets.is_empty() && found.outgoing.is_empty() {
            return Ok(Erased::Nobody);
        }
        if self.erasure == Erasure::Look {
            return found.traces(connection).await.map(Erased::Seen);
        }
        for id in &found.conversations {
            connection.lock(Lockable::Conversation, id).await?;
        }
        for reference in &found.tickets {
            connection.lock(Lockable::Ticket, reference).await?;
        }
        // Again under the locks: something may have been said meanwhile.
        let found = find(connection, &self.whose).await?;
        let traces = found.traces(connection).await?;
        if self.erasure == Erasure::Ended && !traces.running.is_empty() {
            return Ok(Erased::Running(traces));
        }
        found.erase(connection, self.at).await?;
        self.write_down(connection, &traces).await?;
        Ok(Erased::Done(traces))
    }
}

impl Unit {
    async fn write_down(&self, connection: &mut Connection<'_>, traces: &Traces) -> Result<(), StoreError> {
        let detail = json!({
            "conversations": traces.conversations, "tickets": traces.tickets, "turns": traces.turns,
            "questions": traces.questions, "outgoing": traces.outgoing, "votes": traces.votes,
        });
        let sql = "INSERT INTO audit (id, at, who, action, subject, detail)
             VALUES ($1, $2, $3, 'customer_erased', 'customer', $4)";
        let args = args![&self.audit, self.at, &self.by, detail.to_string()];
        connection.execute(sql, args).await?;
        Ok(())
    }
}

/// Everything by which rows of the customer are known.
#[derive(Default)]
struct Found {
    customers: BTreeSet<String>,
    /// In small letters.
    emails: BTreeSet<String>,
    conversations: BTreeSet<String>,
    tickets: BTreeSet<String>,
    decisions: BTreeSet<String>,
    voters: BTreeSet<String>,
    outgoing: BTreeSet<String>,
}

async fn find(connection: &mut Connection<'_>, whose: &Whose) -> Result<Found, StoreError> {
    let mut found = Found::default();
    match whose {
        Whose::Customer(id) => {
            found.customers.insert(id.clone());
        }
        Whose::Email(address) => {
            let address = address.trim().to_lowercase();
            found.named_address(connection, &address).await?;
            found.emails.insert(address);
        }
        Whose::Ticket(reference) => {
            super::tickets::found(connection, reference).await?;
            found.tickets.insert(reference.clone());
        }
    }
    // Ids lead to conversations, these to addresses and further ids, until nothing new is found.
    let mut size = 0;
    while size != found.size() {
        size = found.size();
        found.follow_tickets(connection).await?;
        found.follow_conversations(connection).await?;
    }
    found.follow_turns(connection).await?;
    found.follow_votes(connection).await?;
    found.follow_outgoing(connection).await?;
    Ok(found)
}

impl Found {
    fn size(&self) -> usize {
        self.customers.len() + self.emails.len() + self.conversations.len() + self.tickets.len()
    }

    /// The address that was asked for counts whoever was signed in.
    async fn named_address(&mut self, connection: &mut Connection<'_>, address: &str) -> Result<(), StoreError> {
        let sql = "SELECT id FROM conversations WHERE LOWER(email) = $1";
        for row in connection.fetch_all(sql, args![address]).await? {
            self.conversations.insert(row.text("id")?);
        }
        let sql = "SELECT reference FROM tickets WHERE LOWER(contact) = $1";
        for row in connection.fetch_all(sql, args![address]).await? {
            self.tickets.insert(row.text("reference")?);
        }
        Ok(())
    }

    async fn follow_tickets(&mut self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let mut query = Statement::new(
            "SELECT reference, conversation, customer, contact, decision FROM tickets WHERE reference IN (",
        );
        query.bind_all(&self.tickets);
        query.push(") OR conversation IN (").bind_all(&self.conversations);
        query.push(") OR customer IN (").bind_all(&self.customers);
        query
            .push(") OR (customer IS NULL AND LOWER(contact) IN (")
            .bind_all(&self.emails)
            .push("))");
        for row in query.fetch_all(connection).await? {
            self.tickets.insert(row.text("reference")?);
            self.conversations.extend(row.optional_text("conversation")?);
            self.customers.extend(row.optional_text("customer")?);
            self.emails
                .extend(row.optional_text("contact")?.map(|email| email.to_lowercase()));
            self.decisions.insert(row.text("decision")?);
        }
        Ok(())
    }

    async fn follow_conversations(&mut self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let mut query = Statement::new("SELECT id, customer, email FROM conversations WHERE id IN (");
        query.bind_all(&self.conversations);
        query.push(") OR customer IN (").bind_all(&self.customers);
        query
            .push(") OR (customer IS NULL AND LOWER(email) IN (")
            .bind_all(&self.emails)
            .push("))");
        for row in query.fetch_all(connection).await? {
            self.conversations.insert(row.text("id")?);
            self.customers.extend(row.optional_text("customer")?);
            self.emails
                .extend(row.optional_text("email")?.map(|email| email.to_lowercase()));
        }
        Ok(())
    }

    /// Decisions that the turns' data name, wherever in it.
    async fn follow_turns(&mut self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        for id in &self.conversations {
            let sql = "SELECT data FROM turns WHERE conversation = $1";
            for row in connection.fetch_all(sql, args![id]).await? {
                add_ulids(&Value::Object(row.object("data")?), &mut self.decisions);
            }
        }
        Ok(())
    }

    async fn follow_votes(&mut self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let mut query = Statement::new("SELECT voter FROM votes WHERE decision IN (");
        query.bind_all(&self.decisions);
        query.push(") OR voter IN (").bind_all(&self.customers);
        query.push(") OR voter IN (").bind_all(&self.conversations).push(")");
        for row in query.fetch_all(connection).await? {
            self.voters.insert(row.text("voter")?);
        }
        Ok(())
    }

    /// Mails to the customer, and whatever names one of their tickets or conversations.
    async fn follow_outgoing(&mut self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let mut query = Statement::new("SELECT id FROM outgoing WHERE LOWER(recipient) IN (");
        query.bind_all(&self.emails).push(")");
        for name in self.tickets.iter().chain(&self.conversations) {
            let like = format!("%{name}%");
            query.push(" OR data LIKE ").bind(&like);
            query.push(" OR subject LIKE ").bind(&like);
            query.push(" OR body LIKE ").bind(&like);
        }
        for row in query.fetch_all(connection).await? {
            self.outgoing.insert(row.text("id")?);
        }
        Ok(())
    }

    async fn traces(&self, connection: &mut Connection<'_>) -> Result<Traces, StoreError> {
        let streams: Vec<String> = self.conversations.iter().map(|id| conversation_stream(id)).collect();
        let turns = count(connection, "turns WHERE conversation IN (", &self.conversations).await?;
        let questions = count(connection, "questions WHERE id IN (", &self.decisions).await?;
        let votes = count(connection, "votes WHERE voter IN (", &self.voters).await?;
        let events = count(connection, "outbox WHERE stream IN (", &streams).await?;
        Ok(Traces {
            conversations: self.conversations.iter().cloned().collect(),
            tickets: self.tickets.iter().cloned().collect(),
            turns,
            questions,
            events,
            outgoing: self.outgoing.len() as u64,
            votes,
            running: self.running(connection).await?,
        })
    }

    async fn running(&self, connection: &mut Connection<'_>) -> Result<Vec<String>, StoreError> {
        let mut running = BTreeSet::new();
        let mut query = Statement::new("SELECT conversation, state FROM episodes WHERE conversation IN (");
        query.bind_all(&self.conversations).push(")");
        for row in query.fetch_all(connection).await? {
            if row.word("state", EpisodeState::from_word)?.is_running() {
                running.insert(row.text("conversation")?);
            }
        }
        let mut query = Statement::new("SELECT reference, state FROM tickets WHERE reference IN (");
        query.bind_all(&self.tickets).push(")");
        for row in query.fetch_all(connection).await? {
            if row.word("state", TicketState::from_word)?.is_running() {
                running.insert(row.text("reference")?);
            }
        }
        Ok(running.into_iter().collect())
    }

    async fn erase(&self, connection: &mut Connection<'_>, at: Timestamp) -> Result<(), StoreError> {
        for id in &self.conversations {
            erase_conversation(connection, id).await?;
        }
        for reference in &self.tickets {
            erase_ticket(connection, reference).await?;
        }
        for id in &self.decisions {
            let sql = "UPDATE questions SET text = '', context = '{}' WHERE id = $1";
            connection.execute(sql, args![id]).await?;
        }
        for voter in &self.voters {
            // Each vote gets a voter of its own: they still count, and nobody can tell that they were one person's.
            let sql = "UPDATE votes SET reason = NULL, voter = 'erased:' || id WHERE voter = $1";
            connection.execute(sql, args![voter]).await?;
        }
        for id in &self.outgoing {
            // What did not go out yet never will.
            let sql = "UPDATE outgoing
                 SET recipient = '', subject = '', body = '', data = '{}', dedupe_key = NULL, failure = NULL,
                     claimed_until = NULL,
                     given_up_at = CASE WHEN sent_at IS NULL THEN COALESCE(given_up_at, $2) ELSE given_up_at END
                 WHERE id = $1";
            connection.execute(sql, args![id, at]).await?;
        }
        self.erase_audit(connection).await
    }

    /// Who did what stays; what was written about the customer goes.
    async fn erase_audit(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        for name in self.conversations.iter().chain(&self.tickets) {
            let sql = "UPDATE audit SET detail = '{}' WHERE subject = $1";
            connection.execute(sql, args![name]).await?;
        }
        for name in &self.customers {
            let sql = "UPDATE audit SET subject = 'customer', detail = '{}' WHERE subject = $1";
            connection.execute(sql, args![name]).await?;
        }
        // An empty address would be in every text.
        for email in self.emails.iter().filter(|email| !email.is_empty()) {
            let sql = "UPDATE audit SET subject = 'customer', detail = '{}' WHERE LOWER(subject) = $1";
            connection.execute(sql, args![email]).await?;
            let sql = "UPDATE audit SET detail = '{}' WHERE LOWER(detail) LIKE $1";
            connection.execute(sql, args![format!("%{email}%")]).await?;
        }
        Ok(())
    }
}

async fn count<'a>(
    connection: &mut Connection<'_>,
    rest: &'static str,
    names: impl IntoIterator<Item = &'a String>,
) -> Result<u64, StoreError> {
    let mut query = Statement::new("SELECT COUNT(*) AS found FROM ");
    query.push(rest).bind_all(names).push(")");
    let rows = query.fetch_all(connection).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.int("found")?.unsigned_abs()))
}

/// The secret that its customer holds opens it no more.
async fn erase_conversation(connection: &mut Connection<'_>, id: &str) -> Result<(), StoreError> {
    for sql in [
        "UPDATE conversations
         SET version = version + 1, secret = 'erased', customer = NULL, name = NULL, email = NULL, context = '{}',
             claims = NULL, answer_due_at = NULL, shows_typing = 0
         WHERE id = $1",
        "UPDATE episodes SET end_reason = NULL, rating_note = NULL WHERE conversation = $1",
        "UPDATE turns SET text = '', data = '{}', idempotency_key = NULL WHERE conversation = $1",
    ] {
        connection.execute(sql, args![id]).await?;
    }
    let sql = "DELETE FROM outbox WHERE stream = $1";
    connection.execute(sql, args![conversation_stream(id)]).await?;
    Ok(())
}

async fn erase_ticket(connection: &mut Connection<'_>, reference: &str) -> Result<(), StoreError> {
    let sql = "UPDATE tickets
         SET version = version + 1, question = '', customer = NULL, customer_name = NULL, contact = NULL, phone = NULL,
             order_number = NULL, context = '{}', note = NULL, idempotency_key = NULL
         WHERE reference = $1";
    connection.execute(sql, args![reference]).await?;
    let sql = "SELECT number, data FROM ticket_events WHERE ticket = $1";
    for row in connection.fetch_all(sql, args![reference]).await? {
        let mut data: Map<String, Value> = row.object("data")?;
        data.retain(|key, _| KEPT_OF_EVENTS.contains(&key.as_str()));
        let sql = "UPDATE ticket_events SET data = $3 WHERE ticket = $1 AND number = $2";
        connection
            .execute(sql, args![reference, row.int("number")?, &data])
            .await?;
    }
    Ok(())
}

/// Adds all texts that have the shape of a ULID.
fn add_ulids(value: &Value, to: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.len() == 26 && text.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            to.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| add_ulids(value, to)),
        Value::Object(object) => object.values().for_each(|value| add_ulids(value, to)),
        _ => {}
    }
}
