//! The embedder: a few threads, each with its own session of the model, behind one bounded queue.
//!
//! Questions go before passages, so that building an index never makes a customer wait for more than the text that a
//! thread is at. Each text is embedded alone (see [`super::model::Session`]), so its vector does not depend on load.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use quick_cache::sync::Cache;
use tokio::sync::oneshot;

use super::{
    Unavailable,
    model::{Description, Model, ModelError, Session},
};

/// Vectors of repeated questions that are kept; 4,096 of 384 floats are 6 MB.
const CACHED_QUESTIONS: usize = 4096;

/// The first session loads alone, so that the first question need not share the cores with the loading of others; they
/// load when texts pile up, or after this time. A command that asks one question ends without them.
const MORE_SESSIONS_AFTER: Duration = Duration::from_secs(1);

/// A cheap-clone handle to the embedding threads; they end when the last handle is dropped.
#[derive(Clone)]
pub struct Embedder {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    description: Description,
    hash: String,
    cache: Cache<Box<str>, Arc<[f32]>>,
    limit: usize,
    shed: AtomicU64,
    threads: Vec<thread::JoinHandle<()>>,
}

struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
    /// Told when texts pile up and at the end.
    backlog: Condvar,
}

#[derive(Default)]
struct Queue {
    questions: VecDeque<Job>,
    passages: VecDeque<Job>,
    closed: bool,
}

struct Job {
    text: String,
    reply: Box<dyn FnOnce(Result<Vec<f32>, String>) + Send>,
}

impl Embedder {
    /// Starts `threads` threads and waits for the first session to be ready.
    ///
    /// # Errors
    /// When the runtime or the model does not load.
    pub fn start(model: Model, threads: usize, queue: usize) -> Result<Self, ModelError> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            work: Condvar::new(),
            backlog: Condvar::new(),
        });
        let (description, hash) = (model.description.clone(), model.hash.clone());
        let model = Arc::new(model);
        let mut threads_running = Vec::new();
        for number in 0..threads.max(1) {
            let (ready, first) = mpsc::channel();
            let (shared, model) = (shared.clone(), model.clone());
            let thread = thread::Builder::new()
                .name(format!("embed-{number}"))
                .spawn(move || {
                    if number > 0 && !shared.wait_for_backlog() {
                        return;
                    }
                    let session = model.session();
                    drop(model);
                    match session {
                        Ok(session) => {
                            let _ = ready.send(Ok(()));
                            work(&shared, session);
                        }
                        Err(error) => {
                            // The first one's failure is told to the caller; a later one's only costs speed.
                            if let Err(mpsc::SendError(Err(error))) = ready.send(Err(error)) {
                                tracing::warn!("one embedding thread less: {error}");
                            }
                        }
                    }
                })
                .map_err(|error| ModelError::Runtime(format!("no thread can be started: {error}")))?;
            if number == 0 {
                first
                    .recv()
                    .map_err(|_| ModelError::Load("its thread ended at once".into()))??;
            }
            threads_running.push(thread);
        }
        Ok(Embedder {
            inner: Arc::new(Inner {
                shared,
                description,
                hash,
                cache: Cache::new(CACHED_QUESTIONS),
                limit: queue.max(1),
                shed: AtomicU64::new(0),
                threads: threads_running,
            }),
        })
    }

    /// How the model's vectors are made.
    pub fn description(&self) -> &Description {
        &self.inner.description
    }

    /// The model's hash.
    pub fn hash(&self) -> &str {
        &self.inner.hash
    }

    /// Questions that were turned away because too many waited.
    pub fn shed(&self) -> u64 {
        self.inner.shed.load(Ordering::Relaxed)
    }

    /// Whether the model understands this language.
    pub fn speaks(&self, lang: &str) -> bool {
        self.inner.description.languages.iter().any(|spoken| spoken == lang)
    }

    /// Begins to embed a question, so that other work can be done meanwhile.
    ///
    /// # Errors
    /// [`Unavailable::Overloaded`] when too many questions wait already.
    pub fn begin(&self, question: &str) -> Result<Pending, Unavailable> {
        let inner = &self.inner;
        if let Some(vector) = inner.cache.get(question) {
            return Ok(Pending::Ready(vector));
        }
        let (send, receive) = oneshot::channel();
        let text = format!("{}{question}", inner.description.query_prefix);
        {
            let mut queue = inner.shared.lock();
            if queue.questions.len() >= inner.limit {
                inner.shed.fetch_add(1, Ordering::Relaxed);
                return Err(Unavailable::Overloaded {
                    retry_after: Duration::from_secs(1),
                });
            }
            let reply = Box::new(move |vector| {
                let _ = send.send(vector);
            });
            queue.questions.push_back(Job { text, reply });
            if queue.questions.len() > 1 {
                inner.shared.backlog.notify_all();
            }
        }
        inner.shared.work.notify_one();
        Ok(Pending::Waiting {
            receive,
            question: question.into(),
            embedder: self.clone(),
        })
    }

    /// Embeds many passages, in order; `done` is told after each.
    ///
    /// # Errors
    /// The first text that fails, with what the runtime says.
    pub fn embed_passages(&self, texts: &[String], mut done: impl FnMut()) -> Result<Vec<Vec<f32>>, String> {
        let (send, receive) = mpsc::channel();
        {
            let mut queue = self.inner.shared.lock();
            for (at, text) in texts.iter().enumerate() {
                let send = send.clone();
                let reply = Box::new(move |vector| {
                    let _ = send.send((at, vector));
                });
                queue.passages.push_back(Job {
                    text: format!("{}{text}", self.inner.description.passage_prefix),
                    reply,
                });
            }
        }
        drop(send);
        self.inner.shared.work.notify_all();
        self.inner.shared.backlog.notify_all();
        let mut vectors = vec![Vec::new(); texts.len()];
        for _ in 0..texts.len() {
            let (at, vector) = receive
                .recv()
                .map_err(|_| "the embedding threads have ended".to_owned())?;
            vectors[at] = vector.map_err(|error| format!("{error}, on the text {:?}", head(&texts[at])))?;
            done();
        }
        Ok(vectors)
    }
}

fn head(text: &str) -> String {
    text.chars().take(60).collect()
}

/// A question's vector that is being made.
pub enum Pending {
    /// It was known.
    Ready(Arc<[f32]>),
    /// A thread is at it.
    Waiting {
        /// Gets the vector.
        receive: oneshot::Receiver<Result<Vec<f32>, String>>,
        /// What is embedded.
        question: Box<str>,
        /// Keeps the vector for the next time.
        embedder: Embedder,
    },
}

impl Pending {
    /// Waits for it without holding a thread.
    ///
    /// # Errors
    /// [`Unavailable::Embedding`] when the runtime fails.
    pub async fn wait(self) -> Result<Arc<[f32]>, Unavailable> {
        match self {
            Pending::Ready(vector) => Ok(vector),
            Pending::Waiting {
                receive,
                question,
                embedder,
            } => keep(receive.await.ok(), question, &embedder),
        }
    }

    /// Waits for it on this thread; not for use inside a runtime.
    ///
    /// # Errors
    /// [`Unavailable::Embedding`] when the runtime fails.
    pub fn wait_blocking(self) -> Result<Arc<[f32]>, Unavailable> {
        match self {
            Pending::Ready(vector) => Ok(vector),
            Pending::Waiting {
                receive,
                question,
                embedder,
            } => keep(receive.blocking_recv().ok(), question, &embedder),
        }
    }
}

fn keep(
    vector: Option<Result<Vec<f32>, String>>,
    question: Box<str>,
    embedder: &Embedder,
) -> Result<Arc<[f32]>, Unavailable> {
    let vector = vector
        .unwrap_or_else(|| Err("the embedding threads have ended".into()))
        .map_err(Unavailable::Embedding)?;
    let vector: Arc<[f32]> = vector.into();
    embedder.inner.cache.insert(question, vector.clone());
    Ok(vector)
}

fn work(shared: &Shared, mut session: Session) {
    loop {
        let job = {
            let mut queue = shared.lock();
            loop {
                if let Some(job) = queue.questions.pop_front() {
                    break job;
                }
                if queue.closed {
                    return;
                }
                if let Some(job) = queue.passages.pop_front() {
                    break job;
                }
                queue = shared.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
        };
        (job.reply)(session.embed(&job.text));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while holding it, and a queue is whole after each step.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until another session is worth its loading; `false` if all is over before.
    fn wait_for_backlog(&self) -> bool {
        let idle = |queue: &mut Queue| !queue.closed && queue.questions.len() + queue.passages.len() <= 1;
        let waited = self.backlog.wait_timeout_while(self.lock(), MORE_SESSIONS_AFTER, idle);
        let (queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !queue.closed
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
        self.shared.backlog.notify_all();
        // A process that ends while ONNX Runtime loads a session in another thread is torn down under it and crashes.
        for thread in self.threads.drain(..) {
            // One that panicked has told so already.
            let _ = thread.join();
        }
    }
}
