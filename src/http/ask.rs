//! `POST /api/v1/ask`: one question in, one decision out.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    client::Client,
    error::{Code, Problem, ProblemBody},
    extract::{JsonBody, language, question_text},
    limits::Operation,
    state::{Asked, Channel, Web},
};
use crate::answer::{Decision, Question};

/// A question. Unknown fields are ignored.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "question": "Where is my parcel?", "lang": null, "context": {"page_url": "/orders"},
    "conversation": null, "record": true, "open_ticket": false, "explain": false
}))]
pub(super) struct AskBody {
    /// What the person asked, at most 4,000 characters.
    question: String,
    /// Language tag, if known; guessed otherwise.
    #[serde(default)]
    lang: Option<String>,
    /// Claims about the visitor. They may send a question to people, never unlock an answer.
    #[serde(default)]
    context: Option<Map<String, Value>>,
    /// Reserved for chats; must be null.
    #[serde(default)]
    conversation: Option<String>,
    /// Whether the question goes into the log; previews send `false`.
    #[serde(default = "yes")]
    record: bool,
    /// Whether a handoff opens its ticket before the reply.
    #[serde(default)]
    open_ticket: bool,
    /// Whether the reply says how it came about.
    #[serde(default)]
    explain: bool,
}

fn yes() -> bool {
    true
}

/// Takes one decision: an answer, a choice of articles, or a handoff to people.
#[utoipa::path(
    post, path = "/api/v1/ask", tag = "answers", request_body = AskBody,
    responses(
        (status = 200, description = "The decision", body = Decision, example = json!({
            "id": "01J9Z3V6X5T1Q4M8K2R7W0B6YD", "decision": "answer", "confidence": 0.93, "threshold": 0.71, "language": "en",
            "answer": {
                "text": "Open Orders and choose Track.", "html": "<p>Open <strong>Orders</strong> and choose Track.</p>",
                "article": {"id": "en/orders/track", "title": "Track an order", "url": "/articles/en/orders/track", "version": "sha256:9f2c…"},
                "section": {"heading_path": ["Track an order"], "anchor": "track"}, "span": [120, 149], "highlights": [[5, 11]], "sentence": [0, 29]
            },
            "generation": "g-01J9", "weights": "w-1", "calibration": "c-1", "rules": "r-1"
        })),
        (status = 400, description = "`bad_json`, `invalid_query`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_body`, `question_empty`, `question_too_long`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `search_unavailable`, `store_unavailable`, `timeout`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn ask(
    State(web): State<Web>,
    client: Client,
    JsonBody(body): JsonBody<AskBody>,
) -> Result<Json<Decision>, Problem> {
    web.limits().check(Operation::Ask, client)?;
    if body.conversation.is_some() {
        return Err(Problem::new(
            Code::InvalidBody,
            "`conversation` is reserved for chats and must be null here.",
        ));
    }
    if body.open_ticket {
        web.limits().check(Operation::OpenTicket, client)?;
    }
    let question = Question {
        text: question_text(&body.question)?,
        lang: language(body.lang.as_deref())?,
        context: body.context.unwrap_or_default(),
    };
    let (record, open_ticket, explain) = (body.record, body.open_ticket, body.explain);
    web.ask(Asked {
        question,
        record,
        open_ticket,
        explain,
        channel: Channel::Api,
    })
    .await
    .map(Json)
}
