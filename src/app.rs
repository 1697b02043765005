//! Puts the rooms together: opens the store, loads the generation, and runs the one use case that every face shares, a
//! question that is decided, written down and handed over.

mod calibration;
mod chat;
mod facts;
mod opening;
mod rules;
mod seen;
mod settings;
mod teams;

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use serde_json::{Map, Value};
use tokio::sync::broadcast::error::RecvError;

pub use calibration::current_calibration;
pub use chat::Said;
pub use opening::{
    answerer, build_index, load_weights, open_answerer, open_or_build, read_days_off, read_kb, start_embedder,
};
pub use rules::{Comparison, Difference, Draft, Taken, Way, files_of, text_of};
pub use seen::{Look, Seen, made_of_another};
pub use settings::ChangeError;

use crate::{
    answer::{Answerer, DEFAULT_TEAM, Decided, Decision, Handoff, HandoffReason, Question},
    clock::Clock,
    config::Config,
    desk::{
        Asked, Desk, DeskError, Letterhead, NewTicket, ReceiptKey, Ticket,
        identity::Identity,
        mask,
        people::People,
        rules_source::{Followed, LiveRules},
    },
    kb,
    search::{Mode, Searcher, Unavailable},
    store::{ArticleUsed, DESK_STREAM, NearestArticle, OutgoingCounts, QuestionRecord, Store, Wake},
};

/// Messages that were given up are reported for so long.
const GIVEN_UP_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A cheap-clone handle to everything that serves.
#[derive(Clone)]
pub struct App {
    /// The settings of flags, variables and file; [`App::live`] has those of the pages as well.
    pub config: Arc<Config>,
    /// Searches the current generation.
    pub searcher: Searcher,
    /// Takes decisions.
    pub answerer: Answerer,
    /// The human queue.
    pub desk: Desk,
    /// Who works at it.
    pub people: People,
    /// Verifies whom the host site signs.
    pub identity: Arc<Identity>,
    /// What is kept.
    pub store: Store,
    /// Makes and checks the addresses of receipts.
    pub receipts: Arc<ReceiptKey>,
    clock: Arc<dyn Clock>,
    ids: Arc<Mutex<ulid::Generator>>,
    problems: Arc<Mutex<Vec<kb::Problem>>>,
    rules: Arc<OnceLock<LiveRules>>,
    settings: settings::LiveSettings,
    calibrating: calibration::Following,
}

/// Where a question came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The HTTP API.
    Api,
    /// A search on the help center's pages.
    Page,
    /// The form that asks a person.
    Form,
    /// A conversation.
    Chat,
    /// The terminal.
    Cli,
}

impl Channel {
    /// The word in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Api => "api",
            Channel::Page => "page",
            Channel::Form => "form",
            Channel::Chat => "chat",
            Channel::Cli => "cli",
        }
    }
}

/// Whom a question is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Whoever can answer it.
    Answer,
    /// A person: that is why its ticket goes to people, whether or not an article would have answered.
    Person,
}

impl Wanted {
    /// Why the ticket goes to people, for a decision that gave `reason`. A topic or a rule that sends it to people first
    /// says more than the wish; that no article fits is nothing that its author has asked.
    fn reason(self, reason: HandoffReason) -> HandoffReason {
        match (self, reason) {
            (Wanted::Person, HandoffReason::LowConfidence | HandoffReason::NoMatch) => HandoffReason::WantsPerson,
            (_, reason) => reason,
        }
    }
}

/// A question on its way to a decision.
pub struct AskRequest {
    /// The question.
    pub question: Question,
    /// Whether it goes into the log that writers see. Previews do not.
    pub record: bool,
    /// Whether a handoff opens its ticket.
    pub open_ticket: bool,
    /// Whether the decision says how it came about.
    pub explain: bool,
    /// Where it came in.
    pub channel: Channel,
    /// Whom it is for.
    pub wanted: Wanted,
    /// E-mail address to answer to.
    pub contact: Option<String>,
    /// The same key gives the same ticket.
    pub idempotency_key: Option<String>,
}

/// Why there is no decision.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Too much load, or the model failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The request is not allowed.
    #[error("{0}")]
    Invalid(String),
    /// The ticket could not be opened.
    #[error(transparent)]
    Desk(DeskError),
}

/// Whether the server can do its work.
pub struct Readiness {
    /// Whether questions can be answered and tickets opened.
    pub ready: bool,
    /// With vectors or without.
    pub mode: Mode,
    /// Id of the current generation.
    pub generation: String,
    /// Articles in it.
    pub articles: usize,
    /// Vectors in it.
    pub vectors: usize,
    /// Mails and alerts on their way; nothing if the store does not answer.
    pub outgoing: Option<OutgoingCounts>,
    /// What is wrong, one sentence each.
    pub problems: Vec<String>,
}

/// The team that a topic names; what no topic took is for the rules of routing.
fn named_team(handoff: &Handoff) -> Option<String> {
    handoff.topic.as_ref().map(|_| handoff.team.clone())
}

/// The first candidate, whatever was decided.
fn nearest(decided: &Decided) -> Option<NearestArticle> {
    decided.ranked.first().map(|(article, _)| NearestArticle {
        id: article.id.clone(),
        title: article.title.clone(),
    })
}

impl App {
    /// Everything that serves, over an opened store and an answerer.
    pub fn new(config: Config, answerer: Answerer, store: Store, clock: Arc<dyn Clock>) -> Self {
        let (days_off, problems) = read_days_off(&config.desk);
        for problem in problems {
            tracing::warn!("days off: {problem}");
        }
        let desk = Desk::with_days_off(
            store.clone(),
            Arc::clone(&clock),
            rand_chacha::ChaCha12Rng::from_rng(&mut rand::rng()),
            &config.site.name,
            &config.desk,
            &days_off,
        );
        let receipts = Arc::new(ReceiptKey::load_or_create(&config.data));
        if let Some(letterhead) = Letterhead::new(&config, Arc::clone(&receipts)) {
            desk.write_letters(letterhead);
        }
        let people = People::new(
            store.clone(),
            Arc::clone(&clock),
            rand_chacha::ChaCha12Rng::from_rng(&mut rand::rng()),
        );
        desk.staff_with(people.clone());
        // `serve` has said so before if the key cannot be read; then nobody is believed.
        let identity = Identity::new(&config.desk.identity).unwrap_or_else(|error| {
            tracing::error!(%error, "no signed identity is accepted");
            Identity::none()
        });
        let config = Arc::new(config);
        App {
            identity: Arc::new(identity),
            receipts,
            settings: settings::LiveSettings::new(Arc::clone(&config), days_off),
            config,
            searcher: answerer.searcher().clone(),
            answerer,
            desk,
            people,
            store,
            clock,
            ids: Arc::new(Mutex::new(ulid::Generator::new())),
            problems: Arc::default(),
            rules: Arc::default(),
            calibrating: calibration::Following::default(),
        }
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// What is wrong with the articles; `/readyz` and `check` say it.
    pub fn report_problems(&self, problems: Vec<kb::Problem>) {
        *self.problems.lock().unwrap_or_else(PoisonError::into_inner) = problems;
    }

    /// Decides a question, writes it down, and opens the ticket that the decision calls for, all committed before this
    /// returns (but the log of questions, which may follow).
    ///
    /// # Errors
    /// Too much load, a value that is not allowed, or a store that fails while a ticket is opened. A log that cannot be
    /// written does not keep anybody from an answer.
    pub async fn ask(&self, mut request: AskRequest) -> Result<Decision, AskError> {
        if request.question.text.trim().is_empty() {
            return Err(AskError::Invalid("the question is empty".into()));
        }
        // Before anything is embedded, logged or kept.
        if let Cow::Owned(masked) = mask::mask(&request.question.text).text {
            request.question.text = masked;
        }
        let started = Instant::now();
        let mut decided = self
            .answerer
            .decide(self.next_id(), &request.question, request.explain)
            .await?;
        self.people_first(&mut decided, &request.question, request.channel, None);
        if request.record {
            let took = started.elapsed();
            let page = request.question.lang.clone();
            self.record(&request.question, page.as_deref(), request.channel, &mut decided, took);
        }
        let nearest = nearest(&decided);
        let mut decision = decided.decision;
        if request.open_ticket
            && let Some(handoff) = &mut decision.handoff
        {
            // The log keeps what was decided: writers want to know what no article answers.
            handoff.reason = request.wanted.reason(handoff.reason);
            let new = NewTicket {
                question: request.question.text,
                language: decision.language.clone(),
                reason: handoff.reason,
                topic: handoff.topic.clone(),
                team: named_team(handoff),
                contact: request.contact,
                context: request.question.context,
                signed: None,
                nearest,
                confidence: decision.confidence,
                decision: decision.id.clone(),
                opened_by: "customer".into(),
                channel: request.channel.as_str().to_owned(),
                idempotency_key: request.idempotency_key,
            };
            let ticket: Ticket = self.desk.open_ticket(new).await.map_err(AskError::Desk)?;
            handoff.promise = Some(self.desk.promise(&ticket));
            handoff.by = Some(ticket.promise_at.clone());
            handoff.message = self.desk.receipt(&ticket);
            handoff.ticket = Some(ticket.reference);
        }
        Ok(decision)
    }

    /// Gives a question to people whose rules over the context want that before the bot answers. What a rule for a topic
    /// has taken stays as it is.
    fn people_first(
        &self,
        decided: &mut Decided,
        question: &Question,
        channel: Channel,
        claims: Option<&Map<String, Value>>,
    ) {
        let taken = decided
            .decision
            .handoff
            .as_ref()
            .is_some_and(|handoff| handoff.topic.is_some());
        let asked = Asked {
            question,
            language: &decided.decision.language,
            channel: channel.as_str(),
            claims,
        };
        let Some(first) = self.desk.people_first(&asked).filter(|_| !taken) else {
            return;
        };
        let policy = self.answerer.policy();
        match &first.topic {
            Some(topic) => {
                let team = policy.topic(topic).map_or(DEFAULT_TEAM, |topic| &topic.team);
                decided.hand_over(HandoffReason::SensitiveTopic, Some(topic), team);
            }
            None => decided.hand_over(HandoffReason::PeopleFirst, None, DEFAULT_TEAM),
        }
    }

    /// Takes over rules that all servers share, now and whenever they change: [`Self::follow_rules`].
    pub fn share_rules(&self, rules: &LiveRules) {
        self.take_rules(rules);
        let _ = self.rules.set(rules.clone());
    }

    fn take_rules(&self, rules: &LiveRules) {
        let now = rules.rules();
        self.answerer.switch_policy(Arc::clone(&now.policy));
        self.desk.switch_routing(Arc::clone(&now.routing));
    }

    /// Follows the rules, settings and calibration that all servers share, until the store is closed.
    pub async fn follow_rules(self) {
        let Some(rules) = self.rules.get() else { return };
        let mut wakes = self.store.wakes();
        loop {
            let wake = match wakes.recv().await {
                Ok(wake) => wake,
                Err(RecvError::Lagged(_)) => Wake::All,
                Err(RecvError::Closed) => return,
            };
            match rules.follow(&self.store, &wake).await {
                Ok(Followed::Changed) => {
                    let now = rules.rules();
                    self.take_rules(rules);
                    tracing::info!(
                        topics = now.policy.hash(),
                        routing = now.routing.hash(),
                        "other rules count now"
                    );
                }
                Ok(Followed::Same) => {}
                Err(error) => tracing::warn!(%error, "published rules could not be read; trying again"),
            }
            let concerns = match &wake {
                Wake::All => true,
                Wake::Stream(stream) => stream == DESK_STREAM,
                Wake::Passing { .. } => false,
            };
            if !concerns {
                continue;
            }
            match self.refresh_settings().await {
                Ok(Followed::Changed) => tracing::info!("other settings count now"),
                Ok(Followed::Same) => {}
                Err(error) => tracing::warn!(%error, "the settings could not be read; trying again"),
            }
            if let Err(error) = self.refresh_calibration().await {
                tracing::warn!(%error, "the calibration could not be read; trying again");
            }
        }
    }

    /// Writes a decision into the log that writers see, and keeps the article version that it showed. `page` is the language of
    /// the page that it was asked on; the log has the question's own where that is clear.
    fn record(&self, question: &Question, page: Option<&str>, channel: Channel, decided: &mut Decided, took: Duration) {
        let nearest = nearest(decided);
        let decision = &decided.decision;
        let handoff = decision.handoff.as_ref();
        let answered = decided.answered.take();
        let record = QuestionRecord {
            id: decision.id.clone(),
            at: self.clock.now(),
            text: question.text.clone(),
            lang: self
                .searcher
                .generation()
                .language_of_question(&question.text, page.unwrap_or(&decision.language)),
            context: question.context.clone(),
            channel: channel.as_str().to_owned(),
            outcome: decision.decision,
            reason: handoff.map(|handoff| handoff.reason),
            topic: handoff.and_then(|handoff| handoff.topic.clone()),
            confidence: decision.confidence,
            threshold: decision.threshold,
            article: answered.as_ref().map(|article| ArticleUsed {
                id: article.id.clone(),
                version: article.version.clone(),
            }),
            nearest,
            generation: decision.generation.clone(),
            weights: decision.weights.clone(),
            calibration: decision.calibration.clone(),
            rules: decision.rules.clone(),
            latency_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        };
        self.store.record_question(&record);
        let more = std::mem::take(&mut decided.answered_more);
        for article in answered.into_iter().chain(more) {
            self.keep(article);
        }
    }

    /// Keeps the version of an article that was shown, without making the customer wait for it.
    fn keep(&self, article: crate::answer::AnsweredArticle) {
        if !self.searcher.first_time_shown(&article.version) {
            return;
        }
        let (store, now) = (self.store.clone(), self.clock.now());
        tokio::spawn(async move {
            if let Err(error) = store
                .keep_article_version(&article.version, &article.id, &article.source, now)
                .await
            {
                tracing::error!(
                    article = article.id,
                    "the shown article version could not be kept: {error}"
                );
            }
        });
    }

    /// A new ULID; ids of one process rise.
    fn next_id(&self) -> String {
        let mut generator = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        // The generator only fails after 2^80 ids within a millisecond.
        generator
            .generate()
            .unwrap_or_else(|_| ulid::Ulid::generate())
            .to_string()
    }

    /// Whether the server can do its work.
    pub async fn ready(&self) -> Readiness {
        let generation = self.searcher.generation();
        let mut problems = Vec::new();
        let store = self.store.health().await;
        if let Err(error) = &store {
            problems.push(format!("the store does not answer: {error}"));
        }
        let since = self.clock.now().checked_sub(GIVEN_UP_FOR).unwrap_or(Timestamp::MIN);
        let outgoing = match &store {
            Ok(_) => self.store.outgoing_waiting(since).await.ok(),
            Err(_) => None,
        };
        problems.extend(mail_problem(&self.config, outgoing.as_ref()));
        let mode = self.searcher.mode();
        if let Mode::Lexical { why } = &mode {
            problems.push(format!("searching words only: {why}"));
        }
        let of_articles = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        let left_out = of_articles
            .iter()
            .filter(|problem| problem.severity == kb::Severity::Error)
            .count();
        if left_out > 0 {
            problems.push(format!(
                "{left_out} files are not in the index; `tanya check` lists them"
            ));
        }
        problems.extend(self.rules.get().map(LiveRules::problems).unwrap_or_default());
        problems.extend(self.settings.problem());
        problems.extend(self.calibration_problem());
        let manifest = generation.manifest();
        Readiness {
            ready: store.is_ok(),
            mode,
            generation: generation.id().to_owned(),
            articles: manifest.articles,
            vectors: manifest.vectors,
            outgoing,
            problems,
        }
    }
}

/// What an operator should know about mail.
fn mail_problem(config: &Config, outgoing: Option<&OutgoingCounts>) -> Option<String> {
    if !config.mail.is_configured() {
        return Some("no mail is configured: customers who left are not reached".to_owned());
    }
    match outgoing {
        Some(counts) if counts.given_up > 0 => Some(format!(
            "{} mails or alerts could not be sent in the last seven days; the log says why",
            counts.given_up
        )),
        Some(counts) if counts.failing > 0 => Some(format!(
            "{} mails or alerts could not be sent yet and are tried again; the log says why",
            counts.failing
        )),
        _ => None,
    }
}
