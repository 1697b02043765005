//! Which rules count: the files of this machine, or what all servers on one store have agreed on.
//!
//! On SQLite there is one server. Its files count from the start after they have changed; rules that were published since
//! (by a page, by the API) stay current over restarts until the files change again. What the files said last is remembered
//! by content, not by time: a checkout or a new container touches every file and changes none; nor does a new program that
//! brings other built-in rules. On PostgreSQL the store's current rules count, if it has any; a server whose files differ says so, and
//! `tanya route publish` makes the files of a machine current for all. A running server follows ([`LiveRules::follow`]):
//! rules are swapped whole, and whoever holds some keeps them to the end of the question. Rules that this program cannot
//! read are not taken over; the last good ones go on.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use jiff::Timestamp;

use super::routing::{Routing, RoutingError};
use crate::{
    answer::{Policy, PolicyError},
    store::{DESK_STREAM, Document, DocumentKind, Store, StoreError, Wake, document_hash},
};

/// Kinds of documents that are rules.
const RULES: [DocumentKind; 2] = [DocumentKind::Topics, DocumentKind::Routing];

/// Why there are no rules. The server does not start without any.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The rules for topics.
    #[error(transparent)]
    Topics(#[from] PolicyError),
    /// The rules of routing.
    #[error(transparent)]
    Routing(#[from] RoutingError),
    /// A published document is not as this program writes it.
    #[error("the published topic rules cannot be taken apart: {0}")]
    Text(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The rules of this machine, as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFiles {
    /// All topic files in one text, see [`topics_text`].
    topics: String,
    /// The routing file.
    routing: String,
    /// What messages call it.
    routing_file: String,
    /// Kinds that come with the program, where no file is named.
    built_in: Vec<DocumentKind>,
}

impl RuleFiles {
    /// Reads the files, or takes what comes with the program. Whether they can be used shows when they are.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(topics: Option<&Path>, routing: Option<&Path>) -> Result<Self, RulesError> {
        let files = Policy::read(topics)?;
        let built_in = [
            (DocumentKind::Topics, topics.is_none()),
            (DocumentKind::Routing, routing.is_none()),
        ];
        let (routing_file, routing) = Routing::read(routing)?;
        Ok(RuleFiles {
            built_in: built_in
                .into_iter()
                .filter(|(_, is)| *is)
                .map(|(kind, _)| kind)
                .collect(),
            topics: topics_text(&files),
            routing,
            routing_file,
        })
    }

    /// Makes these rules current for all servers; returns the hashes of both documents. Rules that cannot be used are not
    /// published.
    ///
    /// # Errors
    /// Wrong rules, or the store's failure.
    pub async fn publish(&self, store: &Store, by: &str, at: Timestamp) -> Result<[String; 2], RulesError> {
        parse_topics(&self.topics)?;
        Routing::parse(&self.routing_file, &self.routing, "")?;
        Ok(self.put(store, by, at).await?)
    }

    /// [`Self::publish`] of rules that are known to be right.
    async fn put(&self, store: &Store, by: &str, at: Timestamp) -> Result<[String; 2], StoreError> {
        let topics = store
            .publish_document(DocumentKind::Topics, &self.topics, by, at)
            .await?;
        let routing = store
            .publish_document(DocumentKind::Routing, &self.routing, by, at)
            .await?;
        Ok([topics, routing])
    }

    /// The text of the topic or the routing rules.
    pub fn text(&self, kind: DocumentKind) -> Option<&str> {
        match kind {
            DocumentKind::Topics => Some(&self.topics),
            DocumentKind::Routing => Some(&self.routing),
            _ => None,
        }
    }
}

/// The rules that count at one moment.
#[derive(Clone)]
pub struct Rules {
    /// Which questions go to people.
    pub policy: Arc<Policy>,
    /// Which people.
    pub routing: Arc<Routing>,
    topics_hash: String,
    routing_hash: String,
}

impl Rules {
    fn hash(&self, kind: DocumentKind) -> &str {
        match kind {
            DocumentKind::Topics => &self.topics_hash,
            _ => &self.routing_hash,
        }
    }
}

/// The rules that count, as they change while the server runs. A clone is one `Arc`.
#[derive(Clone)]
pub struct LiveRules {
    inner: Arc<Inner>,
}

struct Inner {
    current: ArcSwap<Rules>,
    files: RuleFiles,
    escalation_team: String,
    /// Whether other servers work on the store, with files of their own.
    is_shared: bool,
    /// A published document that this program cannot read. Locked for a moment only.
    refused: Mutex<Vec<String>>,
    /// One at a time: two that follow at once must not swap an older one in last.
    following: tokio::sync::Mutex<()>,
}

impl LiveRules {
    /// Finds the rules that count at the start of a server, and publishes its files where the module says so. `compiled` are
    /// the topic rules of the files, where they have been read already: compiling takes time and memory.
    ///
    /// # Errors
    /// Wrong rules in the files or in the store, or the store's failure.
    pub async fn start(
        store: &Store,
        files: RuleFiles,
        compiled: Option<Arc<Policy>>,
        escalation_team: &str,
        by: &str,
        at: Timestamp,
    ) -> Result<Self, RulesError> {
        // The files first: wrong ones are told whether they count or not.
        let own = match compiled {
            Some(policy) => policy,
            None => Arc::new(parse_topics(&files.topics)?),
        };
        let routing = Routing::parse(&files.routing_file, &files.routing, escalation_team)?;
        let mut rules = Rules {
            policy: own,
            routing: Arc::new(routing),
            topics_hash: document_hash(&files.topics),
            routing_hash: document_hash(&files.routing),
        };
        let mut refused = Vec::new();
        if store.is_shared() {
            for kind in RULES {
                let text = files.text(kind).unwrap_or_default();
                let document = store.publish_first_document(kind, text, by, at).await?;
                if document.hash != rules.hash(kind) {
                    rules = with(&rules, &document, escalation_team)?;
                }
            }
        } else {
            (rules, refused) = alone(store, &files, rules, escalation_team, by, at).await?;
        }
        Ok(LiveRules {
            inner: Arc::new(Inner {
                current: ArcSwap::from_pointee(rules),
                files,
                escalation_team: escalation_team.to_owned(),
                refused: Mutex::new(refused),
                is_shared: store.is_shared(),
                following: tokio::sync::Mutex::default(),
            }),
        })
    }

    /// The rules that count now; hold on to them for the whole question.
    pub fn rules(&self) -> Arc<Rules> {
        self.inner.current.load_full()
    }

    /// What `/readyz` should say, one sentence each: files that differ from the rules that count, and published rules that
    /// this program cannot read.
    pub fn problems(&self) -> Vec<String> {
        let rules = self.rules();
        let differing = RULES.into_iter().filter_map(|kind| {
            let own = document_hash(self.inner.files.text(kind)?);
            let current = rules.hash(kind);
            // A server alone has nobody to differ from: what was published counts.
            (self.inner.is_shared && own != current).then(|| {
                format!(
                    "this server's {} rules differ from the store's: {} here, {} there; `tanya route publish` makes \
                     those of a machine current for all",
                    word(kind),
                    short(&own),
                    short(current)
                )
            })
        });
        let refused = self.inner.refused.lock().unwrap_or_else(PoisonError::into_inner);
        differing.chain(refused.iter().cloned()).collect()
    }

    /// Takes over what was published, if the wake-up may be about that. Returns whether the rules have changed.
    ///
    /// # Errors
    /// The store's failure; the rules stay as they are, and the next wake-up tries again.
    pub async fn follow(&self, store: &Store, wake: &Wake) -> Result<Followed, StoreError> {
        match wake {
            Wake::All => self.refresh(store).await,
            Wake::Stream(stream) if stream == DESK_STREAM => self.refresh(store).await,
            Wake::Stream(_) | Wake::Passing { .. } => Ok(Followed::Same),
        }
    }

    /// Takes over what is current in the store.
    ///
    /// # Errors
    /// As [`Self::follow`].
    pub async fn refresh(&self, store: &Store) -> Result<Followed, StoreError> {
        let _one = self.inner.following.lock().await;
        let mut followed = Followed::Same;
        let mut refused = Vec::new();
        for (kind, hash) in store.current_document_hashes().await? {
            let rules = self.rules();
            if !RULES.contains(&kind) || hash == rules.hash(kind) {
                continue;
            }
            let Some(document) = store.document(kind, &hash).await? else {
                continue;
            };
            let team = self.inner.escalation_team.clone();
            // Patterns take a moment to compile, and questions are being answered meanwhile.
            let taken = tokio::task::spawn_blocking(move || with(&rules, &document, &team)).await;
            match taken {
                Ok(Ok(rules)) => {
                    self.inner.current.store(Arc::new(rules));
                    followed = Followed::Changed;
                }
                Ok(Err(error)) => refused.push(refusal(kind, &hash, &error)),
                Err(error) => refused.push(refusal(kind, &hash, &error)),
            }
        }
        *self.inner.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
        Ok(followed)
    }
}

/// The rules of a server that has its store to itself: the published ones, unless the files have changed since, else the
/// files, which are published. Published rules that cannot be used are told, and the files count.
///
/// What the server itself published last is remembered by its hash: what is current under another hash was published by
/// somebody. Rules that come with the program change with the program, which is nobody's wish to undo what was published.
async fn alone(
    store: &Store,
    files: &RuleFiles,
    mut rules: Rules,
    escalation_team: &str,
    by: &str,
    at: Timestamp,
) -> Result<(Rules, Vec<String>), RulesError> {
    let mut refused = Vec::new();
    for (kind, own) in RULES
        .into_iter()
        .zip([DocumentKind::TopicsFile, DocumentKind::RoutingFile])
    {
        let text = files.text(kind).unwrap_or_default();
        let origin = if files.built_in.contains(&kind) {
            "built-in"
        } else {
            "file"
        };
        let mark = format!("{origin} {}", document_hash(text));
        let last = store.current_document(own).await?.map(|document| document.text);
        let current = store.current_document(kind).await?;
        let published = current.filter(|current| {
            let Some((last_origin, last_hash)) = last.as_deref().and_then(|last| last.split_once(' ')) else {
                return false;
            };
            let is_unchanged = last.as_deref() == Some(&mark) || (last_origin, origin) == ("built-in", "built-in");
            current.hash != last_hash && is_unchanged
        });
        match published.map(|document| (with(&rules, &document, escalation_team), document)) {
            Some((Ok(published), _)) => rules = published,
            Some((Err(error), document)) => refused.push(refusal(kind, &document.hash, &error)),
            None => {
                store.publish_document(kind, text, by, at).await?;
                store.publish_document(own, &mark, by, at).await?;
            }
        }
    }
    Ok((rules, refused))
}

/// Whether following has changed the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// They are as they were.
    Same,
    /// Others count now.
    Changed,
}

/// The rules with those of a document in their place.
fn with(rules: &Rules, document: &Document, escalation_team: &str) -> Result<Rules, RulesError> {
    let mut rules = rules.clone();
    match document.kind {
        DocumentKind::Topics => {
            rules.policy = Arc::new(parse_topics(&document.text)?);
            rules.topics_hash.clone_from(&document.hash);
        }
        DocumentKind::Routing => {
            let file = format!("the published routing rules {}", short(&document.hash));
            rules.routing = Arc::new(Routing::parse(&file, &document.text, escalation_team)?);
            rules.routing_hash.clone_from(&document.hash);
        }
        _ => {}
    }
    Ok(rules)
}

fn refusal(kind: DocumentKind, hash: &str, error: &dyn std::fmt::Display) -> String {
    format!(
        "the published {} rules {} cannot be used, the last good ones go on: {error}",
        word(kind),
        short(hash)
    )
}

fn word(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Topics => "topic",
        other => other.as_str(),
    }
}

fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}

/// The topic rules of a document.
///
/// # Errors
/// A text of another making, or wrong rules.
pub fn parse_topics(text: &str) -> Result<Policy, RulesError> {
    Ok(Policy::parse(topics_files(text).map_err(RulesError::Text)?)?)
}

/// All topic files in one text: for each, by name, a line with its name and length in bytes, then its text.
pub fn topics_text(files: &[(String, String)]) -> String {
    let mut files: Vec<&(String, String)> = files.iter().collect();
    files.sort();
    let mut joined = String::new();
    for (name, text) in files {
        // A name is the rest of its line.
        let name: String = name.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        joined.push_str(&format!("# file {} {name}\n{text}\n", text.len()));
    }
    joined
}

/// The files of [`topics_text`].
///
/// # Errors
/// What is wrong, and where.
pub fn topics_files(joined: &str) -> Result<Vec<(String, String)>, String> {
    let mut files = Vec::new();
    let mut rest = joined;
    while !rest.is_empty() {
        let at = joined.len() - rest.len();
        let wrong = || format!("byte {at}: there should be a line such as `# file 120 billing.toml`");
        let (head, after) = rest.split_once('\n').ok_or_else(wrong)?;
        let (length, name) = head
            .strip_prefix("# file ")
            .and_then(|head| head.split_once(' '))
            .ok_or_else(wrong)?;
        let length: usize = length.parse().map_err(|_| wrong())?;
        let (text, after) = after
            .split_at_checked(length)
            .ok_or_else(|| format!("{name} should have {length} bytes"))?;
        rest = after
            .strip_prefix('\n')
            .ok_or_else(|| format!("{name} should end after {length} bytes"))?;
        files.push((name.to_owned(), text.to_owned()));
    }
    Ok(files)
}

#[cfg(test)]
#[path = "rules_source_tests.rs"]
mod tests;
