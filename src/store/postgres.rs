//! PostgreSQL's side of writing: each change is a transaction of its own on one of a few connections.
//!
//! A change first locks the rows that it decides upon ([`super::db::Connection::lock`]); what nevertheless collides with
//! another server's change is tried again. The log of questions has its own bounded queue and task, as with SQLite.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::sync::{mpsc, oneshot};

use super::{
    BUSY, QuestionRecord, StoreError, Wake, Wakes,
    db::Connection,
    migrate, questions,
    writer::{Counters, WAITING_QUESTIONS, Write},
};

/// Connections for writing: more would only wait for the same disk.
const WRITERS: u32 = 8;
/// A change that collided is tried so many times.
const TRIES: u32 = 8;
/// Wait before the second try; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(4);
/// Questions in one transaction.
const LARGEST_GROUP: usize = 256;
/// Wait before the connection that listens is opened again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);
/// Number of the advisory lock under which migrations run: the bytes of "tanya".
const MIGRATION_LOCK: i64 = 0x0074_616e_7961;

/// The way to write to PostgreSQL. A clone is two handles and an `Arc`.
#[derive(Clone)]
pub(super) struct PostgresWriter {
    pool: PgPool,
    log: mpsc::Sender<Message>,
    counters: Arc<Counters>,
}

enum Message {
    Question(Box<QuestionRecord>),
    Flush(oneshot::Sender<Result<(), StoreError>>),
    Close(oneshot::Sender<()>),
}

impl PostgresWriter {
    /// Connects, brings the schema up to date and starts the task of the log.
    pub(super) async fn start(options: PgConnectOptions) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(WRITERS)
            .acquire_timeout(BUSY)
            .connect_with(options)
            .await?;
        let mut transaction = pool.begin().await?;
        let mut connection = Connection::from(&mut *transaction);
        lock_migrations(&mut connection).await?;
        migrate::migrate(&mut connection).await?;
        transaction.commit().await?;
        let (log, waiting) = mpsc::channel(WAITING_QUESTIONS);
        let counters = Arc::new(Counters::default());
        tokio::spawn(keep_log(pool.clone(), waiting, Arc::clone(&counters)));
        Ok(PostgresWriter { pool, log, counters })
    }

    /// Makes a change; returns after its commit.
    pub(super) async fn write<W: Write>(&self, change: W) -> Result<W::Output, StoreError> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.try_once(&change).await {
                Err(StoreError::Contended { .. }) => {
                    // Not all at the same moment again.
                    let share = rand::random_range(0.5..1.5);
                    tokio::time::sleep(pause.mul_f64(share)).await;
                    pause *= 2;
                }
                outcome => return outcome,
            }
        }
        self.try_once(&change).await
    }

    async fn try_once<W: Write>(&self, change: &W) -> Result<W::Output, StoreError> {
        let outcome = self.transaction(change).await;
        match &outcome {
            Ok(_) => self.counters.note(None),
            Err(error) if error.is_outage() => self.counters.note(Some(error)),
            Err(_) => {}
        }
        outcome
    }

    async fn transaction<W: Write>(&self, change: &W) -> Result<W::Output, StoreError> {
        // Rolled back when it is dropped before its commit: after an error, or when nobody waits for it any more.
        let mut transaction = self.pool.begin().await?;
        let output = change.apply(&mut Connection::from(&mut *transaction)).await?;
        transaction.commit().await?;
        Ok(output)
    }

    /// Puts a question into the log's queue; says whether there was room.
    pub(super) fn log(&self, question: QuestionRecord) -> bool {
        let queued = self.log.try_send(Message::Question(Box::new(question))).is_ok();
        if !queued {
            self.counters.questions_lost.fetch_add(1, Ordering::Relaxed);
        }
        queued
    }

    /// Returns when every question that was queued before is committed.
    pub(super) async fn flush(&self) -> Result<(), StoreError> {
        let (reply, done) = oneshot::channel();
        let sent = self.log.send(Message::Flush(reply)).await;
        sent.map_err(|_| StoreError::Closed)?;
        done.await.map_err(|_| StoreError::Closed)?
    }

    /// Commits what is queued and closes the connections.
    pub(super) async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.log.send(Message::Close(reply)).await.is_ok() {
            // An error means that the task has ended already, which is what was wanted.
            let _ = done.await;
        }
        self.pool.close().await;
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(super) fn waiting_questions(&self) -> usize {
        self.log.max_capacity() - self.log.capacity()
    }
}

/// Until the end of the transaction nobody else changes the schema.
pub(super) async fn lock_migrations(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let sql = "SELECT pg_advisory_xact_lock($1)";
    connection.fetch_all(sql, super::db::args![MIGRATION_LOCK]).await?;
    Ok(())
}

/// Writes the log of questions, group by group, until it is told to end.
async fn keep_log(pool: PgPool, mut waiting: mpsc::Receiver<Message>, counters: Arc<Counters>) {
    let mut messages = Vec::new();
    while waiting.recv_many(&mut messages, LARGEST_GROUP).await > 0 {
        let (mut questions, mut flushes, mut close) = (Vec::new(), Vec::new(), None);
        for message in messages.drain(..) {
            match message {
                Message::Question(question) => questions.push(question),
                Message::Flush(reply) => flushes.push(reply),
                Message::Close(reply) => close = Some(reply),
            }
        }
        let outcome = insert_all(&pool, &questions).await;
        if let Err(error) = &outcome {
            let lost = questions.len() as u64;
            counters.questions_lost.fetch_add(lost, Ordering::Relaxed);
            tracing::error!(%error, questions = lost, "questions could not be logged");
        }
        for flush in flushes {
            let _ = flush.send(outcome.clone());
        }
        if let Some(reply) = close {
            let _ = reply.send(());
            return;
        }
    }
}

async fn insert_all(pool: &PgPool, group: &[Box<QuestionRecord>]) -> Result<(), StoreError> {
    if group.is_empty() {
        return Ok(());
    }
    let mut transaction = pool.begin().await?;
    for question in group {
        questions::insert(&mut Connection::from(&mut *transaction), question).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Wakes readers of this process when any server has committed something, for ever.
pub(super) async fn listen(options: PgConnectOptions, wakes: Wakes) {
    loop {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY)
            .connect_lazy_with(options.clone());
        if let Ok(mut listener) = PgListener::connect_with(&pool).await
            && listener.listen("tanya").await.is_ok()
        {
            // Whatever was said while nobody listened.
            wakes.send(Wake::All);
            loop {
                match listener.try_recv().await {
                    Ok(Some(note)) => wakes.send(Wake::from_note(note.payload())),
                    // The connection was lost and is opened again by the next call.
                    Ok(None) => wakes.send(Wake::All),
                    Err(error) => {
                        tracing::warn!(%error, "the database server does not tell of changes; connecting again");
                        break;
                    }
                }
            }
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}
