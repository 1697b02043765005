//! STUB, to be replaced by the lead's.
#![allow(missing_docs)]
use std::sync::Arc;

use crate::{
    answer::{Answer, ArticleRef, Decision, Handoff, HandoffReason, Outcome, Question, SectionRef},
    config::Config,
    desk::{Desk, DeskError, Ticket, TicketState},
    search::{Generation, Mode, SearchQuery, Searcher, Unavailable},
};

#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub searcher: Searcher,
    pub desk: Desk,
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
    pub fn stub(config: Config) -> App {
        let articles = crate::kb::read_folder(&config.kb, &config.languages);
        App { config: Arc::new(config), searcher: Searcher(Arc::new(Generation::new(articles))), desk: Desk::default() }
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
            let text: String = a.passages[0].text.split("\n\n").find(|p| !p.starts_with('#')).unwrap_or_default().to_owned();
            let mut html = String::new();
            pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new(&text));
            d.decision = Outcome::Answer;
            d.answer = Some(Answer {
                html: ammonia::clean(&html),
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
            let now = jiff::Timestamp::now();
            let t = self
                .desk
                .open_ticket(Ticket {
                    reference: String::new(),
                    state: TicketState::Open,
                    team: h.team.clone(),
                    reason: h.reason.as_str().into(),
                    topic: h.topic.clone(),
                    question: req.question.text,
                    language: "en".into(),
                    contact: req.contact,
                    context: req.question.context,
                    opened_at: now.to_string(),
                    promise_at: (now + jiff::SignedDuration::from_hours(self.config.desk.reply_within_hours.into())).to_string(),
                    resolved_at: None,
                    resolved_by: None,
                    note: None,
                    version: 1,
                    key: req.idempotency_key,
                })
                .await
                .map_err(AskError::Store)?;
            h.ticket = Some(t.reference);
            h.promise = Some("within 24 hours".into());
        }
        Ok(d)
    }
}
