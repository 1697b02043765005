//! STUB, to be replaced by the lead's.
#![allow(missing_docs)]
use std::sync::Arc;

use crate::{
    answer::{Answer, ArticleRef, Decision, Handoff, HandoffReason, Outcome, Question, SectionRef},
    config::Config,
    clock::SystemClock,
    desk::{Desk, DeskError, NewTicket},
    store::Store,
    search::{Generation, Mode, SearchQuery, Searcher, Unavailable},
};

#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub searcher: Searcher,
    pub desk: Desk,
    pub store: Store,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Api,
    Page,
    Form,
    Cli,
}
pub struct AskRequest {
    pub question: Question,
    pub record: bool,
    pub open_ticket: bool,
    pub explain: bool,
    pub channel: Channel,
    pub contact: Option<String>,
    pub idempotency_key: Option<String>,
}
#[derive(Debug)]
pub enum AskError {
    Unavailable(Unavailable),
    Invalid(String),
    Store(DeskError),
}
pub struct Readiness {
    pub ready: bool,
    pub mode: Mode,
    pub generation: String,
    pub articles: usize,
    pub vectors: usize,
    pub problems: Vec<String>,
}
impl App {
    pub async fn open(config: Config) -> anyhow::Result<App> {
        let options = crate::kb::Options { languages: config.languages.clone(), today: "2026-11-23".into(), ..Default::default() };
        let kb = crate::kb::load(&config.kb, &options)?;
        let store = Store::open(&config.store_url()).await?;
        let desk = Desk::new(store.clone(), Arc::new(SystemClock), rand::make_rng(), &config.desk);
        Ok(App { config: Arc::new(config), searcher: Searcher(Arc::new(Generation::new(kb.articles))), desk, store })
    }
    pub async fn ready(&self) -> Readiness {
        Readiness { ready: true, mode: self.searcher.mode(), generation: "stub-generation".into(), articles: self.searcher.generation().articles().len(), vectors: 0, problems: vec![] }
    }
    pub async fn ask(&self, req: AskRequest) -> Result<Decision, AskError> {
        let text = req.question.text.to_lowercase();
        let page = self
            .searcher
            .search(&SearchQuery { text: req.question.text.clone(), limit: 3, ..Default::default() })
            .await
            .map_err(AskError::Unavailable)?;
        let mut d = Decision {
            id: ulid::Ulid::generate().to_string(),
            decision: Outcome::Handoff,
            confidence: 0.4,
            threshold: 0.7,
            language: "en".into(),
            answer: None,
            options: vec![],
            handoff: None,
            generation: "stub-generation".into(),
            weights: "w".into(),
            calibration: "c".into(),
            rules: "r".into(),
            explanation: None,
        };
        let handoff = |reason, topic: Option<&str>, team: &str, message: &str| {
            Some(Handoff { reason, topic: topic.map(str::to_owned), team: team.to_owned(), ticket: None, promise: None, message: message.to_owned() })
        };
        if text.contains("refund") || text.contains("charged") {
            d.handoff = handoff(HandoffReason::SensitiveTopic, Some("billing"), "billing", "Questions about money are answered by a person from our billing team.");
        } else if text.contains("human") || req.channel == Channel::Form {
            d.handoff = handoff(HandoffReason::WantsPerson, None, "support", "A person will answer you.");
        } else if let Some(hit) = page.hits.first().filter(|h| h.score >= 2.0) {
            let g = self.searcher.generation();
            let a = g.article(&crate::kb::ArticleId(hit.article.clone())).expect("stub");
            let p = &a.passages[0];
            let text = p.text.clone();
            d.decision = Outcome::Answer;
            d.answer = Some(Answer {
                html: crate::kb::html(a, p.span.clone(), &|t| g.resolve(a, t)),
                text,
                article: ArticleRef { id: a.id.0.clone(), title: a.title.clone(), url: format!("/articles/{}", a.url_path), version: a.version.clone() },
                section: a.sections.first().map(|s| SectionRef { heading_path: s.heading_path.clone(), anchor: s.anchor.clone() }),
                span: [0, 0],
                highlights: vec![],
            });
        } else {
            d.handoff = handoff(if page.hits.is_empty() { HandoffReason::NoMatch } else { HandoffReason::LowConfidence }, None, "support", "I could not find a sure answer.");
        }
        if req.open_ticket && let Some(h) = &mut d.handoff {
            let t = self
                .desk
                .open_ticket(NewTicket {
                    question: req.question.text,
                    language: req.question.lang.unwrap_or("en".into()),
                    reason: h.reason,
                    topic: h.topic.clone(),
                    team: h.team.clone(),
                    contact: req.contact,
                    context: req.question.context,
                    nearest: None,
                    confidence: d.confidence,
                    decision: d.id.clone(),
                    opened_by: "customer".into(),
                    idempotency_key: req.idempotency_key,
                })
                .await
                .map_err(AskError::Store)?;
            h.promise = Some(self.desk.promise(&t));
            h.ticket = Some(t.reference);
        }
        Ok(d)
    }
}
