//! SQLite's one writer: a task that owns the writing connection and commits in groups.
//!
//! Whoever writes puts a job into a bounded queue and waits; the task takes what is waiting, runs it in one
//! `BEGIN IMMEDIATE … COMMIT`, and acknowledges each job only after the commit. While one group is on its way to the
//! disk the next one gathers, so the cost of a synced commit is shared by all who came meanwhile. Every job runs inside
//! a savepoint: one that fails is undone alone.
//!
//! The log of questions has a queue of its own that is never waited for: it may be acknowledged before the commit, and
//! what does not fit is counted, not lost in silence.
//!
//! This is SQLite's side; [`super::postgres`] is PostgreSQL's.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{QuestionRecord, StoreError, Wake, Wakes, db::Connection, questions};

/// Jobs that may wait; the next one waits to be let in. More than a commit's worth, so that the writer never idles.
const WAITING_JOBS: usize = 1024;
/// Questions that may wait to be logged: several seconds of the load that one server can answer, some tens of MB.
pub(super) const WAITING_QUESTIONS: usize = 16_384;
/// Jobs, and questions, in one commit: keeps the write lock short for other processes.
const LARGEST_GROUP: usize = 512;

/// A change that the writer makes inside its transaction.
pub(super) trait Write: Send + Sync + 'static {
    /// What the caller gets after the commit.
    type Output: Send + 'static;

    /// Makes the change. Runs inside a transaction that may be undone and tried again; awaits nothing but the connection.
    fn apply(&self, connection: &mut Connection<'_>) -> impl Future<Output = Result<Self::Output, StoreError>> + Send;
}

/// The way to the writer. A clone is two channel handles and an `Arc`.
#[derive(Clone)]
pub(super) struct WriterHandle {
    jobs: mpsc::Sender<Message>,
    questions: mpsc::Sender<QuestionRecord>,
    counters: Arc<Counters>,
}

/// What a writer tells about itself.
#[derive(Default)]
pub(super) struct Counters {
    pub questions_lost: AtomicU64,
    pub commits: AtomicU64,
    /// Locked for a moment only, never across an await.
    outage: Mutex<Option<StoreError>>,
}

impl Counters {
    /// The failure of the latest commit, if it failed because of the database.
    pub fn outage(&self) -> Option<StoreError> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes down how the latest commit went.
    pub fn note(&self, failure: Option<&StoreError>) {
        if failure.is_none() {
            self.commits.fetch_add(1, Ordering::Relaxed);
        }
        *self.outage.lock().unwrap_or_else(PoisonError::into_inner) = failure.cloned();
    }
}

enum Message {
    Job(Box<dyn Job>),
    Flush(oneshot::Sender<Result<(), StoreError>>),
    Close(oneshot::Sender<()>),
}

impl WriterHandle {
    /// Starts the task on `connection`, which must have its schema.
    pub(super) fn start(connection: SqliteConnection, wakes: Wakes) -> Self {
        let (jobs, waiting_jobs) = mpsc::channel(WAITING_JOBS);
        let (questions, waiting_questions) = mpsc::channel(WAITING_QUESTIONS);
        let counters = Arc::new(Counters::default());
        let task = Task {
            connection,
            jobs: waiting_jobs,
            questions: waiting_questions,
            counters: Arc::clone(&counters),
            wakes,
        };
        tokio::spawn(task.run());
        WriterHandle {
            jobs,
            questions,
            counters,
        }
    }

    /// Makes a change; returns after its commit.
    pub(super) async fn write<W: Write>(&self, change: W) -> Result<W::Output, StoreError> {
        let (reply, done) = oneshot::channel();
        let job = Message::Job(Box::new(Pending {
            change,
            outcome: None,
            reply,
        }));
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        done.await.map_err(|_| StoreError::Closed)?
    }

    /// Puts a question into the log's queue; says whether there was room.
    pub(super) fn log(&self, question: QuestionRecord) -> bool {
        let queued = self.questions.try_send(question).is_ok();
        if !queued {
            self.counters.questions_lost.fetch_add(1, Ordering::Relaxed);
        }
        queued
    }

    /// Returns when everything that was queued before is committed.
    pub(super) async fn flush(&self) -> Result<(), StoreError> {
        let (reply, done) = oneshot::channel();
        self.jobs
            .send(Message::Flush(reply))
            .await
            .map_err(|_| StoreError::Closed)?;
        done.await.map_err(|_| StoreError::Closed)?
    }

    /// Commits what is queued and ends the task. Later writes get [`StoreError::Closed`].
    pub(super) async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.jobs.send(Message::Close(reply)).await.is_ok() {
            // An error means that the task has ended already, which is what was wanted.
            let _ = done.await;
        }
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(super) fn waiting_jobs(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    pub(super) fn waiting_questions(&self) -> usize {
        self.questions.max_capacity() - self.questions.capacity()
    }
}

/// A change that changes nothing: to see whether a commit succeeds again.
pub(super) struct Probe;

impl Write for Probe {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        // Marks a page as changed, so that the commit has something to write and to sync.
        let sql = "UPDATE schema_migrations SET checksum = checksum WHERE version = 1";
        connection.execute(sql, Vec::new()).await?;
        Ok(())
    }
}

/// A [`Write`] whose output type is hidden.
trait Job: Send {
    fn apply<'a>(&'a mut self, connection: &'a mut Connection<'_>) -> BoxFuture<'a, Result<(), StoreError>>;
    /// Tells the caller the outcome, or `failure` if the commit failed.
    fn acknowledge(self: Box<Self>, failure: Option<&StoreError>);
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

struct Pending<W: Write> {
    change: W,
    outcome: Option<Result<W::Output, StoreError>>,
    reply: oneshot::Sender<Result<W::Output, StoreError>>,
}

impl<W: Write> Job for Pending<W> {
    fn apply<'a>(&'a mut self, connection: &'a mut Connection<'_>) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let outcome = self.change.apply(connection).await;
            let told = outcome.as_ref().map(|_| ()).map_err(StoreError::clone);
            self.outcome = Some(outcome);
            told
        })
    }

    fn acknowledge(self: Box<Self>, failure: Option<&StoreError>) {
        let outcome = match (self.outcome, failure) {
            // A refusal stands whether or not the others of the group were committed.
            (Some(Err(refused)), _) => Err(refused),
            (_, Some(failure)) => Err(failure.clone()),
            (Some(outcome), None) => outcome,
            (None, None) => Err(StoreError::Closed),
        };
        // The caller may have gone; its change is committed all the same.
        let _ = self.reply.send(outcome);
    }
}

#[derive(Default)]
struct Group {
    jobs: Vec<Box<dyn Job>>,
    questions: Vec<QuestionRecord>,
    flushes: Vec<oneshot::Sender<Result<(), StoreError>>>,
    close: Option<oneshot::Sender<()>>,
    ended: bool,
}

impl Group {
    fn add(&mut self, message: Message) {
        match message {
            Message::Job(job) => self.jobs.push(job),
            Message::Flush(reply) => self.flushes.push(reply),
            Message::Close(reply) => self.close = Some(reply),
        }
    }

    fn is_last(&self) -> bool {
        self.close.is_some() || self.ended
    }
}

struct Task {
    connection: SqliteConnection,
    jobs: mpsc::Receiver<Message>,
    questions: mpsc::Receiver<QuestionRecord>,
    counters: Arc<Counters>,
    wakes: Wakes,
}

impl Task {
    async fn run(mut self) {
        loop {
            let mut group = self.next_group().await;
            let last = group.is_last();
            let (failure, notes) = match self.commit(&mut group).await {
                Ok(notes) => (None, notes),
                Err(error) => (Some(error), Vec::new()),
            };
            self.note(&group, failure.as_ref());
            for job in group.jobs {
                job.acknowledge(failure.as_ref());
            }
            for stream in notes {
                self.wakes.send(Wake::Stream(stream));
            }
            for flush in group.flushes {
                let _ = flush.send(failure.clone().map_or(Ok(()), Err));
            }
            if last {
                // Closing the last connection folds the log back into the database file.
                if let Err(error) = self.connection.close().await {
                    tracing::warn!(%error, "the database was not closed in order");
                }
                if let Some(reply) = group.close {
                    let _ = reply.send(());
                }
                return;
            }
        }
    }

    /// Waits for something to do and takes what else is waiting.
    async fn next_group(&mut self) -> Group {
        let mut group = Group::default();
        tokio::select! {
            biased;
            message = self.jobs.recv() => match message {
                Some(message) => group.add(message),
                None => group.ended = true,
            },
            Some(question) = self.questions.recv() => group.questions.push(question),
        }
        while group.jobs.len() < LARGEST_GROUP && !group.is_last() {
            match self.jobs.try_recv() {
                Ok(message) => group.add(message),
                Err(_) => break,
            }
        }
        if group.is_last() {
            self.jobs.close();
            self.questions.close();
            while let Ok(message) = self.jobs.try_recv() {
                group.add(message);
            }
        }
        // Whoever flushes or closes waits for all questions that are queued by now.
        let all = group.is_last() || !group.flushes.is_empty();
        let questions = if all {
            self.questions.len()
        } else {
            self.questions.len().min(LARGEST_GROUP)
        };
        for _ in 0..questions {
            match self.questions.try_recv() {
                Ok(question) => group.questions.push(question),
                Err(_) => break,
            }
        }
        group
    }

    /// Runs the group in one transaction and returns whom to tell. An error means that nothing of it is committed.
    async fn commit(&mut self, group: &mut Group) -> Result<Vec<String>, StoreError> {
        if group.jobs.is_empty() && group.questions.is_empty() {
            return Ok(Vec::new());
        }
        execute(&mut self.connection, "BEGIN IMMEDIATE").await?;
        let outcome = match self.run_all(group).await {
            Ok(notes) => execute(&mut self.connection, "COMMIT").await.map(|()| notes),
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            // SQLite may have rolled back by itself (a full disk); then this fails and nothing is left to undo.
            let _ = execute(&mut self.connection, "ROLLBACK").await;
        }
        outcome
    }

    async fn run_all(&mut self, group: &mut Group) -> Result<Vec<String>, StoreError> {
        let mut notes = Vec::new();
        for job in &mut group.jobs {
            execute(&mut self.connection, "SAVEPOINT job").await?;
            let mut connection = Connection::from(&mut self.connection);
            let applied = job.apply(&mut connection).await;
            if applied.is_ok() {
                notes.extend(connection.take_notes());
            }
            self.end_savepoint(applied).await?;
        }
        for question in &group.questions {
            execute(&mut self.connection, "SAVEPOINT job").await?;
            let applied = questions::insert(&mut Connection::from(&mut self.connection), question).await;
            if let Err(error) = &applied
                && !error.is_outage()
            {
                tracing::error!(%error, id = %question.id, "a question could not be logged");
                self.counters.questions_lost.fetch_add(1, Ordering::Relaxed);
            }
            self.end_savepoint(applied).await?;
        }
        notes.sort_unstable();
        notes.dedup();
        Ok(notes)
    }

    /// Keeps or undoes one job. An error means that the whole group is lost.
    async fn end_savepoint(&mut self, applied: Result<(), StoreError>) -> Result<(), StoreError> {
        if let Err(error) = applied {
            if error.is_outage() {
                return Err(error);
            }
            execute(&mut self.connection, "ROLLBACK TO job").await?;
        }
        execute(&mut self.connection, "RELEASE job").await
    }

    /// Writes down how the commit went, for [`Counters::outage`] and the log.
    fn note(&self, group: &Group, failure: Option<&StoreError>) {
        if group.jobs.is_empty() && group.questions.is_empty() {
            return;
        }
        if let Some(error) = failure {
            let lost = group.questions.len() as u64;
            self.counters.questions_lost.fetch_add(lost, Ordering::Relaxed);
            tracing::error!(%error, writes = group.jobs.len(), questions = lost, "a commit failed");
        }
        self.counters.note(failure);
    }
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), StoreError> {
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Store, Writer},
        *,
    };

    #[tokio::test]
    async fn a_server_that_failed_becomes_ready_again_without_traffic() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(&format!("sqlite:{}", folder.path().join("t.db").display()))
            .await
            .expect("a store");
        let failure = StoreError::DiskFull {
            detail: "no room".into(),
        };
        store.counters().note(Some(&failure));
        // The disk has room by now: looking finds out, and says so from then on.
        assert!(store.health().await.is_ok());
        assert_eq!(store.counters().outage(), None);
    }

    #[tokio::test]
    async fn an_outage_takes_the_group_down_and_is_told_to_all_of_it() {
        struct Outage;
        impl Write for Outage {
            type Output = ();
            async fn apply(&self, _: &mut Connection<'_>) -> Result<(), StoreError> {
                Err(StoreError::DiskFull {
                    detail: "no room".into(),
                })
            }
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(&format!("sqlite:{}", folder.path().join("t.db").display()))
            .await
            .expect("a store");
        // One thread: all of them are queued before the writer runs, so they make one group.
        let Writer::Sqlite(writer) = store.writer() else {
            panic!("it is SQLite")
        };
        let (probe, outage, flush) = tokio::join!(writer.write(Probe), writer.write(Outage), writer.flush());
        for told in [probe, outage, flush] {
            assert!(matches!(told, Err(StoreError::DiskFull { .. })), "{told:?}");
        }
        assert_eq!(store.commits(), 0);
        assert!(writer.write(Probe).await.is_ok());
    }
}
