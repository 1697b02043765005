//! What handlers share, and the only place in `http` and `web` that calls the other rooms.
//!
//! Handlers see domain types and [`Problem`]s; how [`App`], the searcher and the desk report failure is translated in `failures`.

mod announcements;
mod asked;
mod customer;
mod failures;
mod presence;
mod reports;
mod settings;
mod widget;

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::{Timestamp, civil::Date};
use metrics_exporter_prometheus::PrometheusHandle;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::watch;

use super::{
    client::{Client, Network},
    error::{Code, Problem},
    limits::Limits,
    metrics as numbers,
    repeats::Repeats,
    staff::Staff,
    voter::{Voter, day_key},
};
use crate::{
    answer::{Decision, HandoffReason, Outcome, Question},
    app::{App, AskError, AskRequest, Readiness, Wanted},
    config::Config,
    desk::{
        Ask, Closed, DeskError, NewTicket, Said, Ticket, TicketList,
        mask::mask,
        people::{People, Session, Token},
    },
    insight::{self, PromiseReport},
    kb::{Article, ArticleId, Status},
    search::{Generation, Mode, SearchPage, SearchQuery, Suggestion},
    store::{self, NearestArticle, Vote},
    web::Site,
};

pub use crate::app::Channel;
pub use announcements::Announcement;
pub use customer::{CustomerPage, Speaker, Spoken, Standing};
pub(super) use failures::{ask_problem, desk_problem, unavailable};
pub use presence::OpenInbox;
pub use widget::OfferedArticle;

use reports::Reports;
pub use reports::aside;

/// Shared by all requests; a clone is one reference count.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

struct Inner {
    app: App,
    /// The site, with the settings of which it was made.
    site: ArcSwap<(Arc<Config>, Arc<Site>)>,
    limits: Limits,
    trusted_proxies: Vec<Network>,
    staff: Vec<StaffToken>,
    repeats: Repeats,
    reports: Reports,
    most_asked: asked::MostAsked,
    metrics: PrometheusHandle,
    stopping: watch::Sender<bool>,
}

/// Only the hash is kept, so that comparing takes the same time for every token that was sent, however long.
struct StaffToken {
    name: String,
    hash: [u8; 32],
}

/// A question on its way to a decision.
pub struct Asked {
    /// The question, already cleaned.
    pub question: Question,
    /// Whether it goes into the log that writers see.
    pub record: bool,
    /// Whether a handoff opens its ticket.
    pub open_ticket: bool,
    /// Whether the reply says how it came about.
    pub explain: bool,
    /// Where it came from.
    pub channel: Channel,
}

/// A question that its author wants a person to answer.
pub struct ForAPerson {
    /// The question, already cleaned.
    pub question: Question,
    /// How to reach the author.
    pub contact: Option<String>,
    /// Makes a repeated request find the first one's ticket.
    pub idempotency_key: Option<String>,
    /// Where it came from.
    pub channel: Channel,
}

/// What a reader thinks of an article.
pub struct Opinion {
    /// Id of the article.
    pub article: String,
    /// Whether it helped.
    pub helped: bool,
    /// What was missing or wrong, already cleaned.
    pub reason: Option<String>,
    /// The decision that brought the reader there.
    pub decision: Option<String>,
}

/// What the author of a question may know about its ticket.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// What to name when asking about it.
    pub reference: String,
    /// Who answers.
    pub team: String,
    /// By when.
    pub promise_at: Option<Timestamp>,
    /// By when, in RFC 3339 with the offset of the zone in which the words are.
    pub promise_local: String,
    /// By when, in words.
    pub promise: String,
    /// Why a person answers.
    pub why: String,
    /// All of it in words.
    pub message: String,
    /// Nobody is there now.
    pub closed: Option<Closed>,
    /// What may be left, as far as it is not known.
    pub asks: Vec<Ask>,
    /// Since when it has been dealt with.
    pub resolved_at: Option<Timestamp>,
    /// Where the reply goes.
    pub contact: Option<String>,
    /// Path of the page that shows this; the only secret needed to see it.
    pub path: String,
}

/// Which tickets to list.
pub struct TicketFilter {
    /// What must hold of them, and their order.
    pub filter: store::TicketFilter,
    /// The view of the routing rules that shows them, if one is asked for.
    pub view: Option<String>,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// How many, 1 to 100.
    pub limit: usize,
}

impl Web {
    /// Puts together what handlers need. Invalid entries of `server.trusted_proxies` are logged and not trusted.
    pub fn new(app: App) -> Self {
        let config = app.live();
        let trusted_proxies = config
            .server
            .trusted_proxies
            .iter()
            .filter_map(|text| match text.parse() {
                Ok(network) => Some(network),
                Err(reason) => {
                    tracing::warn!("server.trusted_proxies: {reason}; it is not trusted");
                    None
                }
            });
        let staff = config.desk.tokens.iter().map(|t| StaffToken {
            name: t.name.clone(),
            hash: hash(&t.token),
        });
        Web(Arc::new(Inner {
            site: ArcSwap::from_pointee((Arc::clone(&config), Arc::new(Site::new(&config)))),
            limits: Limits::new(&config.server),
            trusted_proxies: trusted_proxies.collect(),
            staff: staff.collect(),
            repeats: Repeats::default(),
            reports: Reports::default(),
            most_asked: asked::MostAsked::default(),
            metrics: numbers::handle(),
            stopping: watch::Sender::new(false),
            app,
        }))
    }

    /// Everything below.
    pub(super) fn app(&self) -> &App {
        &self.0.app
    }

    /// Tells streams to end.
    pub(super) fn stop_signal(&self) -> &watch::Sender<bool> {
        &self.0.stopping
    }

    /// What is set now, by the operator or on the settings pages.
    pub fn config(&self) -> Arc<Config> {
        self.0.app.live()
    }

    /// What pages need besides their content.
    pub fn site(&self) -> Arc<Site> {
        let made = self.0.site.load();
        let live = self.0.app.live();
        if Arc::ptr_eq(&made.0, &live) {
            return Arc::clone(&made.1);
        }
        // Two requests that come here at once make the same.
        let site = Arc::new(Site::new(&live));
        self.0.site.store(Arc::new((live, Arc::clone(&site))));
        site
    }

    /// The rate limits.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Proxies whose `X-Forwarded-For` is believed.
    pub fn trusted_proxies(&self) -> &[Network] {
        &self.0.trusted_proxies
    }

    /// The collected metrics.
    pub fn metrics(&self) -> &PrometheusHandle {
        &self.0.metrics
    }

    /// Who has this token. Every token is compared, in constant time.
    pub fn staff_name(&self, token: &str) -> Option<String> {
        let sent = hash(token);
        let mut found = None;
        for staff in &self.0.staff {
            if bool::from(staff.hash.ct_eq(&sent)) {
                found = Some(staff.name.clone());
            }
        }
        found
    }

    /// The people of the desk; [`Problem`]s are made of their errors by `?`.
    pub fn people(&self) -> &People {
        &self.0.app.people
    }

    /// The session with this secret.
    pub async fn session(&self, secret: &str) -> Result<Option<Session>, Problem> {
        Ok(self.people().session(secret).await?)
    }

    /// The token that a program sent, if the store has it.
    pub async fn token(&self, sent: &str) -> Result<Option<Token>, Problem> {
        Ok(self.people().token(sent).await?)
    }

    /// The articles as they are now; hold on to it for the whole request.
    pub fn generation(&self) -> Arc<Generation> {
        self.0.app.searcher.generation()
    }

    /// The sanitised HTML of an article, links resolved within its generation.
    pub fn article_html(&self, generation: &Generation, article: &Article) -> String {
        crate::kb::page_html(article, &|target| generation.resolve(article, target))
    }

    /// Why search is lexical only, if it is.
    pub fn lexical_because(&self) -> Option<String> {
        match self.0.app.searcher.mode() {
            Mode::Hybrid => None,
            Mode::Lexical { why } => Some(why),
        }
    }

    /// Whether the server can answer.
    pub async fn ready(&self) -> Readiness {
        self.0.app.ready().await
    }

    /// Rows of the question log that were lost since the start.
    pub fn questions_lost(&self) -> u64 {
        self.0.app.store.questions_lost()
    }

    /// Ranked articles.
    pub async fn search(&self, query: &SearchQuery) -> Result<SearchPage, Problem> {
        self.0.app.searcher.search(query).await.map_err(unavailable)
    }

    /// Suggestions while typing: lexical, never recorded.
    pub fn suggest(&self, text: &str, lang: Option<&str>, limit: usize) -> Vec<Suggestion> {
        self.0.app.searcher.suggest(text, lang, limit)
    }

    /// One decision.
    pub async fn ask(&self, asked: Asked) -> Result<Decision, Problem> {
        let Asked {
            question,
            record,
            open_ticket,
            explain,
            channel,
        } = asked;
        let request = AskRequest {
            question,
            record,
            open_ticket,
            explain,
            channel,
            wanted: Wanted::Answer,
            contact: None,
            idempotency_key: None,
        };
        self.0.app.ask(request).await.map(count).map_err(ask_problem)
    }

    /// The key under which the voters of one day are hashed.
    pub fn day_key(&self, day: Date) -> [u8; 32] {
        day_key(self.0.app.receipts.bytes(), day)
    }

    /// Whether this client searched for the same words a moment ago.
    pub fn is_repeat(&self, client: Client, text: &str) -> bool {
        self.0.repeats.is_repeat(client, text, self.now())
    }

    /// Remembers a search that was answered and recorded.
    pub fn remember(&self, client: Client, text: &str) {
        self.0.repeats.remember(client, text, self.now());
    }

    /// Counts a vote on the present version of an article. Secrets in the reason are masked before it is kept.
    pub async fn vote(&self, opinion: Opinion, voter: &Voter) -> Result<Vote, Problem> {
        let generation = self.generation();
        let article = generation
            .article(&ArticleId(opinion.article))
            .filter(|article| {
                matches!(article.status, Status::Live | Status::Unlisted) && !article.only_names_its_folder()
            })
            .ok_or_else(|| Problem::new(Code::NotFound, "There is no article with this id."))?;
        let vote = Vote {
            id: ulid::Ulid::generate().to_string(),
            at: self.now(),
            article: article.id.0.clone(),
            version: article.version.clone(),
            helped: opinion.helped,
            reason: opinion.reason.map(|reason| mask(&reason).text.into_owned()),
            lang: generation.language_of(article).to_owned(),
            voter: voter.hash.clone(),
            decision: opinion.decision,
        };
        let kept = self.0.app.store.vote(vote.clone()).await;
        kept.map(|()| vote)
            .map_err(|error| Problem::unavailable(Code::StoreUnavailable, error))
    }

    /// Opens a ticket for somebody who chose a person. The rules still choose the team; that an article would have
    /// answered, or that search does not work at the moment, keeps nobody from a person.
    pub async fn hand_over(&self, wanted: ForAPerson) -> Result<Receipt, Problem> {
        let ForAPerson {
            question,
            contact,
            idempotency_key,
            channel,
        } = wanted;
        // The key counts only together with what was sent: whoever guesses a key sees nobody else's receipt.
        let idempotency_key = idempotency_key.map(|key| {
            let contact = contact.as_deref().unwrap_or_default();
            hex::encode(hash(&format!("{key}\u{0}{contact}\u{0}{}", question.text)))
        });
        let request = AskRequest {
            question: question.clone(),
            record: true,
            open_ticket: true,
            explain: false,
            channel,
            wanted: Wanted::Person,
            contact: contact.clone(),
            idempotency_key: idempotency_key.clone(),
        };
        let decision = match self.0.app.ask(request).await {
            Ok(decision) => Some(count(decision)),
            Err(AskError::Unavailable(why)) => {
                tracing::warn!(%why, "opening a ticket without a decision");
                None
            }
            Err(error) => return Err(ask_problem(error)),
        };
        let opened = decision
            .as_ref()
            .and_then(|decision| decision.handoff.as_ref()?.ticket.clone());
        let reference = match opened {
            Some(reference) => reference,
            None => {
                let new = self.wanted_person(question, contact, idempotency_key, channel, decision);
                let opened = self.0.app.desk.open_ticket(new).await;
                opened.map_err(desk_problem)?.reference
            }
        };
        let lost = || Problem::internal("a ticket was opened but is not in the store");
        self.receipt_of(&reference, None).await?.ok_or_else(lost)
    }

    /// The ticket of somebody who chose a person although the bot would have answered, or could not say.
    fn wanted_person(
        &self,
        question: Question,
        contact: Option<String>,
        idempotency_key: Option<String>,
        channel: Channel,
        decision: Option<Decision>,
    ) -> NewTicket {
        let policy = self.0.app.answerer.policy();
        let topic = policy
            .matching(&question.text)
            .and_then(|rule| policy.topic(rule.topic));
        let answered = decision
            .as_ref()
            .and_then(|decision| decision.answer.as_ref())
            .map(|answer| &answer.article);
        let offered = decision
            .as_ref()
            .and_then(|decision| decision.options.first())
            .map(|choice| &choice.article);
        let nearest = answered.or(offered);
        NewTicket {
            language: match &decision {
                Some(decision) => decision.language.clone(),
                None => question.lang.unwrap_or_else(|| self.config().site.language.clone()),
            },
            question: question.text,
            reason: topic.map_or(HandoffReason::WantsPerson, |topic| topic.reason),
            topic: topic.map(|topic| topic.id.clone()),
            team: topic.map(|topic| topic.team.clone()),
            signed: None,
            contact,
            context: question.context,
            nearest: nearest.map(|article| NearestArticle {
                id: article.id.clone(),
                title: article.title.clone(),
            }),
            confidence: decision.as_ref().map_or(0.0, |decision| decision.confidence),
            decision: decision.map_or_else(|| ulid::Ulid::generate().to_string(), |decision| decision.id),
            opened_by: "customer".to_owned(),
            channel: channel.as_str().to_owned(),
            idempotency_key,
        }
    }

    /// A ticket's receipt as it is told now, in the ticket's language unless another one is given.
    async fn receipt_of(&self, reference: &str, language: Option<&str>) -> Result<Option<Receipt>, Problem> {
        let found = self.0.app.store.ticket(reference).await;
        let Some(ticket) = found.map_err(|error| desk_problem(error.into()))? else {
            return Ok(None);
        };
        let told = self.0.app.desk.receipt_of(&ticket, language, Said::NotYet);
        Ok(Some(Receipt {
            path: format!("/receipts/{}", self.0.app.receipts.seal(&told.reference)),
            reference: told.reference,
            team: ticket.team,
            promise_at: Some(told.by),
            promise_local: told.by_local,
            promise: told.by_words,
            why: told.why,
            message: told.text,
            closed: told.closed_until,
            asks: told.asks,
            resolved_at: ticket.resolved_at,
            contact: ticket.contact,
        }))
    }

    /// Hours within which people mean to reply, rounded up; working hours where there are business hours.
    pub fn first_reply_hours(&self) -> u32 {
        let seconds = self.0.app.desk.clocks().usual_first_target().as_secs();
        u32::try_from(seconds.div_ceil(3600)).unwrap_or(u32::MAX)
    }

    /// How many promises were kept, of tickets opened in a span of time.
    pub async fn promises(&self, since: Option<Timestamp>, until: Option<Timestamp>) -> Result<PromiseReport, Problem> {
        let until = until.unwrap_or_else(|| self.0.app.clock().now());
        let report = insight::promises(&self.0.app.store, since, until).await;
        report.map_err(|error| desk_problem(error.into()))
    }

    /// One page of the queue.
    pub async fn tickets(&self, filter: &TicketFilter) -> Result<TicketList, Problem> {
        let (desk, cursor) = (&self.0.app.desk, filter.cursor.as_deref());
        let list = match &filter.view {
            Some(view) => desk.view(view, &filter.filter, cursor, filter.limit).await,
            None => desk.list(&filter.filter, cursor, filter.limit).await,
        };
        list.map_err(desk_problem)
    }

    /// One ticket.
    pub async fn ticket(&self, reference: &str) -> Result<Option<Ticket>, Problem> {
        match self.0.app.desk.get(reference).await {
            Err(DeskError::NoSuchTicket { .. }) => Ok(None),
            found => found.map(Some).map_err(desk_problem),
        }
    }

    /// Closes a ticket; `None` when there is no such ticket.
    pub async fn resolve(
        &self,
        reference: &str,
        staff: &Staff,
        note: Option<&str>,
        version: i64,
    ) -> Result<Option<Ticket>, Problem> {
        match self
            .0
            .app
            .desk
            .resolve(reference, &staff.actor(), note, Some(version))
            .await
        {
            Err(DeskError::NoSuchTicket { .. }) => Ok(None),
            resolved => resolved.map(Some).map_err(desk_problem),
        }
    }
}

/// Whether a rule, not a score, sent the question to people.
pub fn handed_over_by_rule(decision: &Decision) -> bool {
    decision.decision == Outcome::Handoff
        && decision
            .handoff
            .as_ref()
            .is_some_and(|h| matches!(h.reason, HandoffReason::SensitiveTopic | HandoffReason::WantsPerson))
}

fn count(decision: Decision) -> Decision {
    let handoff = decision
        .handoff
        .as_ref()
        .map(|handoff| (handoff.reason, handoff.topic.as_deref()));
    numbers::count_decision(decision.decision, handoff);
    decision
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
