//! `/api/v1/conversations`: chats, for whoever holds their secret.
//!
//! The secret is told once, when a conversation begins, and sent as `Authorization: Bearer …`; it never stands in an address.

mod bodies;

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

pub(super) use bodies::{Turn, for_staff};

use bodies::{Conversation, as_text, public, view};

use super::{
    client::Client,
    error::{Code, Problem, ProblemBody},
    extract::{JsonBody, Params, bearer, given, idempotency_key, in_range, language},
    limits::Operation,
    problems::{OfConversations, OfJsonBodies, OfQueries},
    state::Web,
};
use crate::{
    desk::{Consent, NewChat, customers_zone, flow::Word, queue::Details},
    store::{ConversationRecord, TicketOutcome},
};

/// A customer who may see the conversation in the path.
pub(super) struct Customer {
    pub conversation: ConversationRecord,
}

impl FromRequestParts<Web> for Customer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let Ok(Path(id)) = Path::<String>::from_request_parts(parts, web).await else {
            return Err(Problem::no_route(parts.uri.path()));
        };
        let sent = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let Some(secret) = sent.and_then(bearer) else {
            let mut problem = Problem::unauthorized(sent.is_some());
            problem.detail = "Send the conversation's secret as `Authorization: Bearer …`.".to_owned();
            return Err(problem);
        };
        match web.customers_conversation(&id, secret).await {
            Ok(conversation) => Ok(Customer { conversation }),
            Err(problem) if problem.code == Code::NotFound => {
                let client = match Client::from_request_parts(parts, web).await {
                    Ok(client) => client,
                    Err(never) => match never {},
                };
                web.limits().check(Operation::WrongToken, client)?;
                Err(problem)
            }
            Err(problem) => Err(problem),
        }
    }
}

/// A conversation that was begun.
#[derive(Serialize, ToSchema)]
pub(super) struct Begun {
    /// To be sent as `Authorization: Bearer …`; it is told only here.
    secret: String,
    #[serde(flatten)]
    conversation: Conversation,
}

/// What is known about the visitor.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"lang": "en", "context": {"page_url": "/orders", "plan": "team"}, "identity": null}))]
pub(super) struct BeginBody {
    /// Language of the page, if known.
    #[serde(default)]
    lang: Option<String>,
    /// Unsigned claims about the visitor: they may send a question to people, never unlock anything.
    #[serde(default)]
    context: Option<Map<String, Value>>,
    /// A short-lived JWT by which the host site says who this is; see the operator's guide.
    #[serde(default)]
    identity: Option<String>,
}

/// Begins a conversation. The bot's first words say that it is a machine.
#[utoipa::path(
    post, path = "/api/v1/conversations", tag = "conversations", request_body = BeginBody,
    responses(
        (status = 201, description = "The conversation and its secret", body = Begun),
        (status = 400, description = "`bad_json`, `invalid_query`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`: the identity is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_body`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`store_unavailable`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn begin(
    State(web): State<Web>,
    client: Client,
    headers: HeaderMap,
    JsonBody(body): JsonBody<BeginBody>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    web.limits().check(Operation::OpenTicket, client)?;
    let lang = language(body.lang.as_deref())?
        .or_else(|| accepted_language(&headers))
        .unwrap_or_else(|| web.config().site.language.clone());
    let new = NewChat {
        lang,
        channel: "chat".into(),
        context: body.context.unwrap_or_default(),
        signed: web.signed_customer(given(body.identity).as_deref())?,
    };
    let (worked, secret) = web.begin_chat(new).await?;
    let conversation = worked
        .conversation
        .ok_or_else(|| Problem::internal("a conversation was not kept"))?;
    let turns = public(worked.turns, &conversation.lang);
    let stream = web
        .last_event(&crate::store::conversation_stream(&conversation.id))
        .await?;
    let begun = Begun {
        secret,
        conversation: view(conversation, None, turns, stream),
    };
    Ok((StatusCode::CREATED, Json(begun)))
}

fn accepted_language(headers: &HeaderMap) -> Option<String> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    super::extract::primary_language(accepted.split([',', ';']).next()?)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ShowParams {
    /// Only turns after the one with this number, for whoever has read the others and wants to know where it stands.
    after: Option<i64>,
}

/// Shows a conversation.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations", security(("secret" = [])),
    params(("id" = String, Path, description = "Its id"), ShowParams),
    responses(
        (status = 200, description = "The conversation with its last turns", body = Conversation),
        OfQueries,
        OfConversations,
    )
)]
pub(super) async fn show(
    State(web): State<Web>,
    customer: Customer,
    Params(params): Params<ShowParams>,
) -> Result<Json<Conversation>, Problem> {
    let id = customer.conversation.id.clone();
    // The number first: an event that comes in between is followed again rather than missed.
    let stream = web.last_event(&crate::store::conversation_stream(&id)).await?;
    let after = (customer.conversation.turns - 500)
        .max(params.after.unwrap_or(0))
        .max(0);
    let turns = public(web.turns(&id, after, 500).await?, &customer.conversation.lang);
    let state = ticket_state(&web, &customer.conversation).await?;
    Ok(Json(view(customer.conversation, state, turns, stream)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TurnsParams {
    /// Only turns after the one with this number.
    after: Option<i64>,
    /// How many, 1 to 500; 100 if not given.
    limit: Option<usize>,
}

/// A page of turns.
#[derive(Serialize, ToSchema)]
pub(super) struct Turns {
    /// Oldest first.
    turns: Vec<Turn>,
    /// Send it as `after` to get the next page; absent on the last one.
    next: Option<i64>,
}

/// Lists turns.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/turns", tag = "conversations", security(("secret" = [])),
    params(("id" = String, Path, description = "Its id"), TurnsParams),
    responses(
        (status = 200, description = "Turns, oldest first", body = Turns),
        OfQueries,
        OfConversations,
    )
)]
pub(super) async fn turns(
    State(web): State<Web>,
    customer: Customer,
    Params(params): Params<TurnsParams>,
) -> Result<Json<Turns>, Problem> {
    let limit = in_range("limit", params.limit, 100, 1..=500)?;
    let found = web
        .turns(&customer.conversation.id, params.after.unwrap_or(0), limit)
        .await?;
    let next = (found.len() == limit)
        .then(|| found.last().map(|turn| turn.number))
        .flatten();
    Ok(Json(Turns {
        turns: public(found, &customer.conversation.lang),
        next,
    }))
}

/// A message.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"text": "Where is my parcel?"}))]
pub(super) struct SayBody {
    /// The words, at most 4,000 characters. Card numbers, passwords and the like are taken out before they are kept.
    text: String,
}

/// What was said, and what followed at once.
#[derive(Serialize, ToSchema)]
pub(super) struct SaidBody {
    /// The message as it was kept.
    turn: Turn,
    /// Notices and the bot's reply; empty if people answer, or if a later message of the same burst is answered with it.
    replies: Vec<Turn>,
}

/// Says something. A repeated request with the same `Idempotency-Key` is the same message. "Thanks, that solved it" and nothing
/// else, after an answer, is the customer's word that it helped, as by `/word`.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/turns", tag = "conversations", request_body = SayBody, security(("secret" = [])),
    params(
        ("id" = String, Path, description = "Its id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client, at most 200 characters"),
    ),
    responses(
        (status = 201, description = "The message and the reply", body = SaidBody),
        (status = 401, description = "`unauthorized`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`not_now`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `store_unavailable`, with Retry-After; send it again with the same key", body = ProblemBody, content_type = "application/problem+json"),
        OfJsonBodies,
    )
)]
pub(super) async fn say(
    State(web): State<Web>,
    client: Client,
    customer: Customer,
    headers: HeaderMap,
    JsonBody(body): JsonBody<SayBody>,
) -> Result<(StatusCode, Json<SaidBody>), Problem> {
    web.limits().check(Operation::Ask, client)?;
    let key = idempotency_key(&headers)?;
    let said = web.say(&customer.conversation.id, &body.text, key).await?;
    let body = SaidBody {
        turn: said.turn.into(),
        replies: public(said.replies, &customer.conversation.lang),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Asks for a person. Asking again gives the same ticket.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/person", tag = "conversations", security(("secret" = [])),
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The conversation with its receipt", body = Conversation),
        (status = 409, description = "`not_now`: our team ended the conversation", body = ProblemBody, content_type = "application/problem+json"),
        OfConversations,
    )
)]
pub(super) async fn person(
    State(web): State<Web>,
    client: Client,
    customer: Customer,
) -> Result<Json<Conversation>, Problem> {
    web.limits().check(Operation::Ask, client)?;
    web.want_person(&customer.conversation.id).await?;
    shown(&web, &customer.conversation.id).await
}

/// Whether it helped.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"word": "helped"}))]
pub(super) struct WordBody {
    /// `helped`: it is solved. `did_not_help`: it is not, and people go on.
    word: String,
}

/// Says whether it helped. Nothing is closed as solved without this word.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/word", tag = "conversations", request_body = WordBody, security(("secret" = [])),
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The conversation after it", body = Conversation),
        (status = 409, description = "`not_now`", body = ProblemBody, content_type = "application/problem+json"),
        OfJsonBodies,
        OfConversations,
    )
)]
pub(super) async fn word(
    State(web): State<Web>,
    client: Client,
    customer: Customer,
    JsonBody(body): JsonBody<WordBody>,
) -> Result<Json<Conversation>, Problem> {
    web.limits().check(Operation::Ask, client)?;
    let word = match body.word.as_str() {
        "helped" => Word::Helped,
        "did_not_help" => Word::DidNotHelp,
        _ => {
            return Err(Problem::new(
                Code::InvalidBody,
                "`word` is neither `helped` nor `did_not_help`.",
            ));
        }
    };
    web.word(&customer.conversation.id, word).await?;
    shown(&web, &customer.conversation.id).await
}

/// What the customer leaves or corrects; what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"email": "ana@example.com", "order_number": "KK-1042", "urgency": "normal"}))]
pub(super) struct DetailsBody {
    /// Where to answer.
    #[serde(default)]
    email: Option<String>,
    /// What it is about.
    #[serde(default)]
    order_number: Option<String>,
    /// `low`, `normal` or `high`.
    #[serde(default)]
    urgency: Option<String>,
    /// Where to call back.
    #[serde(default)]
    phone: Option<String>,
    /// What they want to be called.
    #[serde(default)]
    name: Option<String>,
}

/// Leaves or corrects details.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}/details", tag = "conversations", request_body = DetailsBody, security(("secret" = [])),
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The conversation after it", body = Conversation),
        (status = 409, description = "`not_now`", body = ProblemBody, content_type = "application/problem+json"),
        OfJsonBodies,
        OfConversations,
    )
)]
pub(super) async fn details(
    State(web): State<Web>,
    client: Client,
    customer: Customer,
    JsonBody(body): JsonBody<DetailsBody>,
) -> Result<Json<Conversation>, Problem> {
    web.limits().check(Operation::Ask, client)?;
    let details = Details {
        email: body.email,
        order_number: body.order_number,
        urgency: body.urgency,
        phone: body.phone,
        name: body.name,
    };
    web.details(&customer.conversation.id, details).await?;
    shown(&web, &customer.conversation.id).await
}

/// A rating.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"rating": 5, "note": "Quick and clear."}))]
pub(super) struct RatingBody {
    /// 1 (bad) to 5 (good).
    rating: i64,
    /// In the customer's words.
    #[serde(default)]
    note: Option<String>,
}

/// Rates the present episode; the latest rating counts.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/rating", tag = "conversations", request_body = RatingBody, security(("secret" = [])),
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 204, description = "It is kept"),
        (status = 409, description = "`not_now`", body = ProblemBody, content_type = "application/problem+json"),
        OfJsonBodies,
        OfConversations,
    )
)]
pub(super) async fn rating(
    State(web): State<Web>,
    client: Client,
    customer: Customer,
    JsonBody(body): JsonBody<RatingBody>,
) -> Result<StatusCode, Problem> {
    web.limits().check(Operation::Ask, client)?;
    web.rate(&customer.conversation.id, body.rating, body.note).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the customer is doing.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"seen": 4, "typing": true, "preview": null, "consent": null}))]
pub(super) struct PresenceBody {
    /// Number of the last turn that was shown.
    #[serde(default)]
    seen: Option<i64>,
    /// Whether something is being typed.
    #[serde(default)]
    typing: Option<bool>,
    /// What is being typed; goes to agents only with the customer's consent, and is never kept.
    #[serde(default)]
    preview: Option<String>,
    /// Gives (`true`) or withdraws (`false`) the consent to show what is being typed.
    #[serde(default)]
    consent: Option<bool>,
}

/// Says what the customer is doing: has seen, is typing.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/presence", tag = "conversations", request_body = PresenceBody, security(("secret" = [])),
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 204, description = "Those who follow it have been told"),
        OfJsonBodies,
        OfConversations,
    )
)]
pub(super) async fn presence(
    State(web): State<Web>,
    client: Client,
    customer: Customer,
    JsonBody(body): JsonBody<PresenceBody>,
) -> Result<StatusCode, Problem> {
    web.limits().check(Operation::Suggest, client)?;
    let conversation = &customer.conversation;
    if let Some(consent) = body.consent {
        let consent = if consent { Consent::Given } else { Consent::Withdrawn };
        web.show_typing(&conversation.id, consent).await?;
    }
    if let Some(seen) = body.seen {
        web.turns_seen(&conversation.id, seen).await?;
    }
    if let Some(typing) = body.typing {
        let shows_typing = body.consent.unwrap_or(conversation.shows_typing);
        let preview = given(body.preview).filter(|_| typing && shows_typing);
        web.customer_types(&conversation.id, typing, preview.as_deref()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The conversation as a text to keep.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/transcript", tag = "conversations", security(("secret" = [])),
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "Plain text", body = String, content_type = "text/plain"),
        OfConversations,
    )
)]
pub(super) async fn transcript(State(web): State<Web>, customer: Customer) -> Result<Response, Problem> {
    let turns = web.turns(&customer.conversation.id, 0, 10_000).await?;
    // In the zone in which the customer has read it.
    let zone = customers_zone(&customer.conversation.context).unwrap_or_else(|| web.time_zone());
    let text = as_text(turns, &customer.conversation.lang, &zone);
    let headers: [(HeaderName, HeaderValue); 2] = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"conversation.txt\""),
        ),
    ];
    Ok((headers, text).into_response())
}

async fn shown(web: &Web, id: &str) -> Result<Json<Conversation>, Problem> {
    let stream = web.last_event(&crate::store::conversation_stream(id)).await?;
    let conversation = web.conversation(id).await?;
    let turns = web.turns(id, (conversation.turns - 500).max(0), 500).await?;
    let turns = public(turns, &conversation.lang);
    let state = ticket_state(web, &conversation).await?;
    Ok(Json(view(conversation, state, turns, stream)))
}

/// Where the conversation's ticket stands, for its customer.
async fn ticket_state(web: &Web, conversation: &ConversationRecord) -> Result<Option<&'static str>, Problem> {
    let Some(reference) = &conversation.ticket else {
        return Ok(None);
    };
    let ticket = web.ticket(reference).await?;
    Ok(ticket.map(|ticket| match ticket.outcome {
        Some(TicketOutcome::EndedByStaff) => "ended",
        Some(TicketOutcome::Confirmed) => "solved",
        _ => ticket.state.as_str(),
    }))
}
