//! Working the queue: what staff do with a ticket.
//!
//! A change names the version that its author saw, as `If-Match: "3"` (what a ticket was shown with as `ETag`); two people
//! cannot act on the same state of a ticket. Claims and replies demand it.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    conversations::{Turn, for_staff},
    error::{Code, Problem, ProblemBody},
    extract::{JsonBody, PathText, Staff, clean, idempotency_key},
    problems::{OfConditionalChanges, OfJsonBodies, OfNamedThings, OfStaffRoutes},
    state::Web,
};
use crate::{
    desk::{Ticket, Written, people::Permission, queue::Act},
    store::conversation_stream,
};

/// A ticket with its version as `ETag`.
pub(super) fn with_etag(ticket: Ticket) -> Response {
    tagged(ticket.version, Json(ticket).into_response())
}

fn tagged(version: i64, mut response: Response) -> Response {
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// The version in `If-Match`; `*` and a missing header are none.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text.trim_start_matches("W/").trim_matches('"').parse();
    version.map(Some).map_err(|_| {
        let detail = "`If-Match` is not the ETag of a ticket, such as `\"3\"`.";
        Problem::new(Code::PreconditionFailed, detail)
    })
}

/// The version in `If-Match`, which must be there.
fn demanded(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    if headers.contains_key(header::IF_MATCH) {
        return if_match(headers);
    }
    let detail = "Send the ETag of the ticket as you saw it in `If-Match`, so that nobody acts on what has changed.";
    Err(Problem::new(Code::PreconditionRequired, detail))
}

/// A conflict is a failed precondition for those who sent one.
fn with_precondition(problem: Problem, sent: Option<i64>) -> Problem {
    match problem.code {
        Code::VersionConflict if sent.is_some() => Problem::new(Code::PreconditionFailed, problem.detail),
        _ => problem,
    }
}

/// Takes a ticket for as long as an untouched claim holds (`claimed_until`).
#[utoipa::path(
    post, path = "/api/v1/tickets/{reference}/claim", tag = "tickets", security(("token" = []), ("session" = [])),
    params(
        ("reference" = String, Path, description = "Its reference", example = "T-7K3F-9QXM"),
        ("If-Match" = String, Header, description = "The ETag of the ticket as it was seen"),
    ),
    responses(
        (status = 200, description = "The ticket after it, with its ETag", body = Ticket),
        (status = 409, description = "`not_now`: its state does not allow it, or somebody else has it", body = ProblemBody, content_type = "application/problem+json"),
        OfStaffRoutes,
        OfNamedThings,
        OfConditionalChanges,
    )
)]
pub(super) async fn claim(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::WorkTickets)?;
    let seen = demanded(&headers)?;
    let ticket = web.claim(&reference, &staff, seen).await;
    ticket
        .map(with_etag)
        .map_err(|problem| with_precondition(problem, seen))
}

/// What is written.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"text": "Your parcel left Bandung this morning."}))]
pub(super) struct WriteBody {
    /// The words, at most 4,000 characters; plain text.
    text: String,
}

/// A reply that was sent.
#[derive(Serialize, ToSchema)]
pub(super) struct Replied {
    /// The ticket after it.
    ticket: Ticket,
    /// The reply as the customer sees it.
    turn: Option<Turn>,
}

/// Answers the customer. Nothing is sent if the ticket has changed since it was seen, so that two people never answer the same
/// message; a repeated request with the same `Idempotency-Key` is the same reply.
#[utoipa::path(
    post, path = "/api/v1/tickets/{reference}/reply", tag = "tickets", request_body = WriteBody, security(("token" = []), ("session" = [])),
    params(
        ("reference" = String, Path, description = "Its reference", example = "T-7K3F-9QXM"),
        ("If-Match" = String, Header, description = "The ETag of the ticket as it was seen"),
        ("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client, at most 200 characters"),
    ),
    responses(
        (status = 200, description = "The ticket, with its ETag, and the reply", body = Replied),
        (status = 409, description = "`not_now`: its state does not allow it, or somebody else has it", body = ProblemBody, content_type = "application/problem+json"),
        OfJsonBodies,
        OfStaffRoutes,
        OfNamedThings,
        OfConditionalChanges,
    )
)]
pub(super) async fn reply(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
    headers: HeaderMap,
    JsonBody(body): JsonBody<WriteBody>,
) -> Result<Response, Problem> {
    staff.may(Permission::WorkTickets)?;
    let seen = demanded(&headers)?;
    let written = Written {
        text: body.text,
        key: idempotency_key(&headers)?,
        seen,
    };
    let sent = web.send_reply(&reference, &staff, written).await;
    let (ticket, turn) = sent.map_err(|problem| with_precondition(problem, seen))?;
    let version = ticket.version;
    let replied = Replied {
        ticket,
        turn: turn.map(Turn::from),
    };
    Ok(tagged(version, Json(replied).into_response()))
}

/// Leaves a note for colleagues; customers never see it.
#[utoipa::path(
    post, path = "/api/v1/tickets/{reference}/notes", tag = "tickets", request_body = WriteBody, security(("token" = []), ("session" = [])),
    params(
        ("reference" = String, Path, description = "Its reference", example = "T-7K3F-9QXM"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the ticket as it was seen"),
        ("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client, at most 200 characters"),
    ),
    responses(
        (status = 200, description = "The ticket after it, with its ETag", body = Ticket),
        (status = 409, description = "`not_now`: its state does not allow it, or somebody else has it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`precondition_failed`: it has changed since", body = ProblemBody, content_type = "application/problem+json"),
        OfJsonBodies,
        OfStaffRoutes,
        OfNamedThings,
    )
)]
pub(super) async fn note(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
    headers: HeaderMap,
    JsonBody(body): JsonBody<WriteBody>,
) -> Result<Response, Problem> {
    staff.may(Permission::WorkTickets)?;
    let seen = if_match(&headers)?;
    let written = Written {
        text: body.text,
        key: idempotency_key(&headers)?,
        seen,
    };
    let ticket = web.note(&reference, &staff, written).await;
    ticket
        .map(with_etag)
        .map_err(|problem| with_precondition(problem, seen))
}

/// What is done with a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case")]
#[schema(example = json!({"act": "snooze", "minutes": 120}))]
pub(super) enum ActBody {
    /// Gives a claimed ticket back to the queue.
    Release,
    /// Gives it to a person; not to one who has as many complex tickets as they may have.
    Assign {
        /// The person's id; null gives it back to the queue.
        person: Option<String>,
    },
    /// Gives it to another team.
    Route {
        /// The team.
        team: String,
    },
    /// Sets priority and tags; what is absent stays as it is.
    Change {
        /// 1 low, 2 normal, 3 high, 4 urgent.
        #[serde(default)]
        priority: Option<i64>,
        /// All of its tags, at most 20.
        #[serde(default)]
        tags: Option<Vec<String>>,
    },
    /// Puts it aside; the customer's next message brings it back at once.
    Snooze {
        /// Minutes from now, 1 to 43,200 (30 days).
        minutes: i64,
    },
    /// Takes it up again before its time.
    Wake,
    /// Brings it to a manager, at any time.
    Escalate {
        /// In one sentence.
        reason: String,
    },
    /// Gives the conversation back to the bot.
    HandBack,
    /// Ends the conversation against the customer's will: a manager's right, never counted as resolved.
    End {
        /// In one sentence.
        reason: String,
    },
    /// Goes on in another ticket of the same customer.
    Merge {
        /// That ticket's reference.
        into: String,
    },
}

/// Does something with a ticket.
#[utoipa::path(
    post, path = "/api/v1/tickets/{reference}/acts", tag = "tickets", request_body = ActBody, security(("token" = []), ("session" = [])),
    params(
        ("reference" = String, Path, description = "Its reference", example = "T-7K3F-9QXM"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the ticket as it was seen"),
    ),
    responses(
        (status = 200, description = "The ticket after it, with its ETag; after a merge the one that it goes on in", body = Ticket),
        (status = 409, description = "`not_now`: its state does not allow it, or somebody else has it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`precondition_failed`: it has changed since", body = ProblemBody, content_type = "application/problem+json"),
        OfJsonBodies,
        OfStaffRoutes,
        OfNamedThings,
    )
)]
pub(super) async fn act(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
    headers: HeaderMap,
    JsonBody(body): JsonBody<ActBody>,
) -> Result<Response, Problem> {
    staff.may(Permission::WorkTickets)?;
    let seen = if_match(&headers)?;
    let ticket = match body {
        ActBody::Merge { into } => web.merge(&reference, &into, &staff, seen).await,
        other => web.act(&reference, to_act(&web, other).await?, &staff, seen).await,
    };
    ticket
        .map(with_etag)
        .map_err(|problem| with_precondition(problem, seen))
}

async fn to_act(web: &Web, body: ActBody) -> Result<Act, Problem> {
    Ok(match body {
        ActBody::Release => Act::Release,
        ActBody::Assign { person } => {
            let name = match &person {
                Some(id) => web.name_of(id).await?,
                None => "nobody".to_owned(),
            };
            Act::Assign { to: person, name }
        }
        ActBody::Route { team } => Act::Route {
            team: line("team", &team, 100)?,
        },
        ActBody::Change { priority, tags } => Act::Change {
            priority,
            tags: tags.map(checked_tags).transpose()?,
        },
        ActBody::Snooze { minutes } => {
            if !(1..=43_200).contains(&minutes) {
                return Err(invalid("`minutes` must lie between 1 and 43200."));
            }
            let until = web.now().saturating_add(SignedDuration::from_mins(minutes));
            Act::Snooze {
                until: until.unwrap_or(Timestamp::MAX),
            }
        }
        ActBody::Wake => Act::Wake,
        ActBody::Escalate { reason } => Act::Escalate {
            reason: line("reason", &reason, 500)?,
        },
        ActBody::HandBack => Act::HandBack,
        ActBody::End { reason } => Act::End {
            reason: line("reason", &reason, 500)?,
        },
        ActBody::Merge { .. } => return Err(Problem::internal("a merge is no act on one ticket")),
    })
}

fn checked_tags(tags: Vec<String>) -> Result<Vec<String>, Problem> {
    if tags.len() > 20 {
        return Err(invalid("`tags` may have at most 20 entries."));
    }
    tags.iter().map(|tag| line("tags", tag, 50)).collect()
}

/// One line of at most `most` characters.
fn line(field: &str, text: &str, most: usize) -> Result<String, Problem> {
    let text = clean(text);
    if text.is_empty() || text.chars().count() > most || text.contains('\n') {
        return Err(invalid(&format!("`{field}` is one line of 1 to {most} characters.")));
    }
    Ok(text)
}

fn invalid(detail: &str) -> Problem {
    Problem::new(Code::InvalidBody, detail)
}

/// What somebody at the desk is doing.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"viewing": true, "typing": false}))]
pub(super) struct StaffPresence {
    /// Whether the conversation is open on the screen.
    viewing: bool,
    /// Whether a reply is being typed; the customer sees it.
    typing: bool,
}

/// Says that somebody is looking at a ticket or typing a reply; send it every ten seconds while it is so.
#[utoipa::path(
    post, path = "/api/v1/tickets/{reference}/presence", tag = "tickets", request_body = StaffPresence, security(("token" = []), ("session" = [])),
    params(("reference" = String, Path, description = "Its reference", example = "T-7K3F-9QXM")),
    responses(
        (status = 204, description = "Those who follow it have been told"),
        OfJsonBodies,
        OfStaffRoutes,
        OfNamedThings,
    )
)]
pub(super) async fn presence(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
    JsonBody(body): JsonBody<StaffPresence>,
) -> Result<StatusCode, Problem> {
    staff.may(Permission::WorkTickets)?;
    web.staff_presence(&reference, &staff, body.viewing, body.typing)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The conversation of a ticket.
#[derive(Serialize, ToSchema)]
pub(super) struct Thread {
    /// Id of the conversation; tickets of the first versions have none before the first reply.
    conversation: Option<String>,
    /// All turns, notes included, oldest first; at most 500, the last ones.
    turns: Vec<Turn>,
    /// Number of the last event of the conversation's stream.
    stream: i64,
    /// The conversations of tickets that were merged into this one: what their customers write stands there.
    merged: Vec<MergedThread>,
}

/// The conversation of a ticket that goes on in another one.
#[derive(Serialize, ToSchema)]
pub(super) struct MergedThread {
    /// Reference of that ticket.
    reference: String,
    /// Id of its conversation.
    conversation: String,
    /// All turns, notes included, oldest first; at most 500, the last ones.
    turns: Vec<Turn>,
    /// Number of the last event of the conversation's stream.
    stream: i64,
}

/// Shows the conversation of a ticket, notes included.
#[utoipa::path(
    get, path = "/api/v1/tickets/{reference}/turns", tag = "tickets", security(("token" = []), ("session" = [])),
    params(("reference" = String, Path, description = "Its reference", example = "T-7K3F-9QXM")),
    responses(
        (status = 200, description = "The conversation", body = Thread),
        OfStaffRoutes,
        OfNamedThings,
    )
)]
pub(super) async fn thread(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
) -> Result<Json<Thread>, Problem> {
    staff.may(Permission::ReadTickets)?;
    let found = web.ticket(&reference).await?;
    let ticket =
        found.ok_or_else(|| Problem::new(Code::NotFound, format!("There is no ticket {}.", clean(&reference))))?;
    let mut merged = Vec::new();
    for other in web.absorbed(&ticket).await? {
        let Some(conversation) = other.conversation else {
            continue;
        };
        let (stream, turns) = last_turns(&web, &conversation).await?;
        merged.push(MergedThread {
            reference: other.reference,
            conversation,
            turns,
            stream,
        });
    }
    let (stream, turns) = match &ticket.conversation {
        Some(id) => last_turns(&web, id).await?,
        None => (0, Vec::new()),
    };
    Ok(Json(Thread {
        conversation: ticket.conversation,
        turns,
        stream,
        merged,
    }))
}

/// The number of a conversation's last event, and its last turns. The number first: what comes in between is followed again.
async fn last_turns(web: &Web, id: &str) -> Result<(i64, Vec<Turn>), Problem> {
    let stream = web.last_event(&conversation_stream(id)).await?;
    let last = web.conversation(id).await?.turns;
    let turns = web.turns(id, (last - 500).max(0), 500).await?;
    Ok((stream, for_staff(turns)))
}

/// Takes a conversation over from the bot: it becomes a ticket of whoever takes it.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/take-over", tag = "tickets", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "The conversation")),
    responses(
        (status = 200, description = "The ticket, with its ETag", body = Ticket),
        (status = 409, description = "`not_now`: people have it already", body = ProblemBody, content_type = "application/problem+json"),
        OfStaffRoutes,
        OfNamedThings,
    )
)]
pub(super) async fn take_over(
    State(web): State<Web>,
    staff: Staff,
    PathText(id): PathText,
) -> Result<Response, Problem> {
    staff.may(Permission::WorkTickets)?;
    web.take_over(&id, &staff).await.map(with_etag)
}
