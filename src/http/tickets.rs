//! `/api/v1/tickets`: opening a ticket is for everybody, the queue is for those who work at the desk.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    client::Client,
    error::{Code, Problem, ProblemBody},
    extract::{
        JsonBody, Params, PathText, Staff, clean, contact, given, idempotency_key, in_range, language, question_text,
    },
    limits::Operation,
    problems::{OfJsonBodies, OfNamedThings, OfQueries, OfStaffRoutes},
    queue::with_etag,
    state::{Channel, ForAPerson, TicketFilter, Web},
};
use crate::{
    answer::Question,
    desk::{Ask, LONGEST_NOTE, Ticket, TicketList, TicketOrder, TicketState, people::Permission},
    insight::PromiseReport,
    store,
};

#[derive(Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// `open`, `waiting`, `snoozed`, `resolved` or `merged`; may be repeated; any if neither this nor `view` is given.
    state: Option<Vec<String>>,
    /// Only tickets of this team; may be repeated.
    team: Option<Vec<String>>,
    /// Only tickets of this person (id).
    assignee: Option<String>,
    /// What is to be worked on: `mine`, `team` (of the teams in `team`), `unassigned`, `overdue`, `escalated`, or the name of
    /// a view of the routing rules; not resolved and not merged, unless `state` says so.
    view: Option<String>,
    /// `due`: the promise that is due first comes first, which is the order if none is given; `newest`: the one that is due
    /// last comes first.
    sort: Option<String>,
    /// `next` of the page before; it belongs to the same `sort`.
    cursor: Option<String>,
    /// How many, 1 to 100; 50 if not given.
    limit: Option<usize>,
}

impl ListParams {
    /// From a query in which parameters may be repeated; unknown ones count for nothing, as elsewhere.
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut params = ListParams::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let Some(value) = given(Some(value.into_owned())) else {
                continue;
            };
            match name.as_ref() {
                "state" => params.state.get_or_insert_default().push(value),
                "team" => params.team.get_or_insert_default().push(value),
                "assignee" => params.assignee = Some(value),
                "view" => params.view = Some(value),
                "sort" => params.sort = Some(value),
                "cursor" => params.cursor = Some(value),
                "limit" => params.limit = Some(value.parse().map_err(|_| invalid_query("`limit` is not a number."))?),
                _ => {}
            }
        }
        Ok(params)
    }

    fn filter(self, staff: &Staff, now: Timestamp) -> Result<TicketFilter, Problem> {
        let states = self.state.unwrap_or_default();
        let mut filter = store::TicketFilter {
            states: states.iter().map(|word| ticket_state(word)).collect::<Result<_, _>>()?,
            teams: self.team.unwrap_or_default(),
            assignee: self.assignee,
            order: match self.sort.as_deref() {
                None | Some("due") => TicketOrder::DuePromise,
                Some("newest") => TicketOrder::NewestPromise,
                Some(_) => return Err(invalid_query("`sort` is none of `due`, `newest`.")),
            },
            ..store::TicketFilter::default()
        };
        let mut own = None;
        if let Some(view) = &self.view {
            if filter.states.is_empty() {
                let running = TicketState::ALL.into_iter().filter(|state| state.is_running());
                filter.states = running.collect();
            }
            match view.as_str() {
                "mine" => filter.assignee = Some(staff.id.clone()),
                "team" => {}
                "unassigned" => filter.unassigned = true,
                "overdue" => filter.overdue_at = Some(now),
                "escalated" => filter.escalated = true,
                other => own = Some(other.to_owned()),
            }
        }
        Ok(TicketFilter {
            filter,
            view: own,
            cursor: self.cursor,
            limit: in_range("limit", self.limit, 50, 1..=100)?,
        })
    }
}

fn invalid_query(detail: &str) -> Problem {
    Problem::new(Code::InvalidQuery, detail)
}

/// Lists tickets.
#[utoipa::path(
    get, path = "/api/v1/tickets", tag = "tickets", params(ListParams), security(("token" = []), ("session" = [])),
    responses(
        (status = 200, description = "One page of the queue", body = TicketList),
        OfQueries,
        OfStaffRoutes,
    )
)]
pub(super) async fn list(
    State(web): State<Web>,
    staff: Staff,
    RawQuery(query): RawQuery,
) -> Result<Json<TicketList>, Problem> {
    staff.may(Permission::ReadTickets)?;
    let params = ListParams::parse(query.as_deref().unwrap_or_default())?;
    let filter = params.filter(&staff, web.now())?;
    web.tickets(&filter).await.map(Json)
}

fn ticket_state(word: &str) -> Result<TicketState, Problem> {
    TicketState::from_word(word).ok_or_else(|| {
        let words = TicketState::ALL.map(|state| format!("`{state}`")).join(", ");
        invalid_query(&format!("`state` is none of {words}."))
    })
}

/// Shows one ticket.
#[utoipa::path(
    get, path = "/api/v1/tickets/{reference}", tag = "tickets", security(("token" = []), ("session" = [])),
    params(("reference" = String, Path, description = "Its reference", example = "T-1001")),
    responses(
        (status = 200, description = "The ticket; its ETag is its version, for `If-Match`", body = Ticket),
        OfStaffRoutes,
        OfNamedThings,
    )
)]
pub(super) async fn show(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
) -> Result<Response, Problem> {
    staff.may(Permission::ReadTickets)?;
    web.ticket(&reference)
        .await?
        .map(with_etag)
        .ok_or_else(|| no_ticket(&reference))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PromiseParams {
    /// Only tickets opened at or after this time, RFC 3339; all if not given.
    #[param(example = "2026-11-16T00:00:00Z")]
    since: Option<String>,
    /// Only tickets opened before this time, RFC 3339; now if not given.
    until: Option<String>,
}

/// Says how many promises were kept: by a person's reply in time. What was resolved in time without a reply is counted apart.
#[utoipa::path(
    get, path = "/api/v1/tickets/promises", tag = "tickets", params(PromiseParams), security(("token" = [])),
    responses(
        (status = 200, description = "Kept, missed, open, and resolved without a reply", body = PromiseReport),
        (status = 401, description = "`unauthorized`, with WWW-Authenticate", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited` after many wrong tokens", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`store_unavailable`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        OfQueries,
    )
)]
pub(super) async fn promises(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<PromiseParams>,
) -> Result<Json<PromiseReport>, Problem> {
    staff.may(Permission::ReadTickets)?;
    let since = given(params.since).map(|text| time("since", &text)).transpose()?;
    let until = given(params.until).map(|text| time("until", &text)).transpose()?;
    web.promises(since, until).await.map(Json)
}

fn time(name: &str, text: &str) -> Result<Timestamp, Problem> {
    text.parse().map_err(|_| {
        Problem::new(
            Code::InvalidQuery,
            format!("`{name}` is not a time, such as `2026-11-16T00:00:00Z`."),
        )
    })
}

fn no_ticket(reference: &str) -> Problem {
    Problem::new(Code::NotFound, format!("There is no ticket {}.", clean(reference)))
}

/// How a ticket was dealt with.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"note": "Refunded by hand, customer told.", "version": 1}))]
pub(super) struct ResolveBody {
    /// For colleagues; not shown to the customer.
    #[serde(default)]
    note: Option<String>,
    /// The version that was read: if the ticket has changed since, nothing happens.
    version: i64,
}

/// Marks a ticket as dealt with.
#[utoipa::path(
    post, path = "/api/v1/tickets/{reference}/resolve", tag = "tickets", request_body = ResolveBody, security(("token" = []), ("session" = [])),
    params(("reference" = String, Path, description = "Its reference", example = "T-1001")),
    responses(
        (status = 200, description = "The ticket after the change, with its ETag", body = Ticket),
        (status = 409, description = "`version_conflict`: it has changed since; `not_now`: it is resolved, or somebody else has it", body = ProblemBody, content_type = "application/problem+json"),
        OfJsonBodies,
        OfStaffRoutes,
        OfNamedThings,
    )
)]
pub(super) async fn resolve(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
    JsonBody(body): JsonBody<ResolveBody>,
) -> Result<Response, Problem> {
    staff.may(Permission::WorkTickets)?;
    let note = given(body.note);
    if note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        return Err(Problem::new(
            Code::InvalidBody,
            format!("`note` may have at most {LONGEST_NOTE} characters."),
        ));
    }
    let resolved = web.resolve(&reference, &staff, note.as_deref(), body.version).await?;
    resolved.map(with_etag).ok_or_else(|| no_ticket(&reference))
}

/// A question for a person.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"question": "I was charged twice.", "contact": "ana@example.com", "lang": "en", "context": {"plan": "team"}}))]
pub(super) struct OpenBody {
    /// What the person asked, at most 4,000 characters.
    question: String,
    /// E-mail address to answer to.
    #[serde(default)]
    contact: Option<String>,
    /// Language tag, if known; guessed otherwise.
    #[serde(default)]
    lang: Option<String>,
    /// Claims about the visitor.
    #[serde(default)]
    context: Option<Map<String, Value>>,
}

/// What the author of a question may know about its ticket.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "reference": "T-1001", "team": "billing", "promise_at": "2026-05-02T09:00:00Z",
    "promise": "tomorrow, Saturday, 2 May 2026, 09:00 UTC", "why": "This is about your money, so a person looks into it.",
    "message": "This is about your money, so a person looks into it. A person from our billing team will answer by tomorrow, Saturday, 2 May 2026, 09:00 UTC. They see all that you wrote, so you need not tell it again. Your reference is T-1001.",
    "closed_until": null, "asks": ["email", "urgency", "phone"],
    "receipt": "/receipts/T-1001.6f1d0c52a5b94e0c8f7d3b1a2c4e5f60"
}))]
pub(super) struct ReceiptBody {
    /// What to name when asking about it.
    reference: String,
    /// Who answers.
    team: String,
    /// By when, RFC 3339.
    promise_at: Option<String>,
    /// The same in words of the question's language.
    promise: String,
    /// Why a person answers.
    why: String,
    /// All of it in words.
    message: String,
    /// Nobody is there now; from when on somebody is, RFC 3339.
    closed_until: Option<String>,
    /// What may be left, as far as it is not known.
    asks: Vec<Ask>,
    /// Address of the page that shows this to the person; whoever has it can see it.
    receipt: String,
}

/// Opens a ticket. A repeated request with the same `Idempotency-Key` and body gets the first one's receipt.
#[utoipa::path(
    post, path = "/api/v1/tickets", tag = "tickets", request_body = OpenBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client, at most 200 characters")),
    responses(
        (status = 201, description = "The receipt; Location is its page", body = ReceiptBody),
        (status = 400, description = "`bad_json`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_body`, `question_empty`, `question_too_long`, `invalid_contact`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `store_unavailable`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn open(
    State(web): State<Web>,
    client: Client,
    headers: HeaderMap,
    JsonBody(body): JsonBody<OpenBody>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1], Json<ReceiptBody>), Problem> {
    let wanted = ForAPerson {
        question: Question {
            text: question_text(&body.question)?,
            lang: language(body.lang.as_deref())?,
            context: body.context.unwrap_or_default(),
        },
        contact: contact(body.contact.as_deref())?,
        idempotency_key: idempotency_key(&headers)?,
        channel: Channel::Form,
    };
    web.limits().check(Operation::OpenTicket, client)?;
    let receipt = web.hand_over(wanted).await?;
    let location = HeaderValue::from_str(&receipt.path).map_err(Problem::internal)?;
    let body = ReceiptBody {
        reference: receipt.reference,
        team: receipt.team,
        promise_at: receipt.promise_at.map(|at| at.to_string()),
        promise: receipt.promise,
        why: receipt.why,
        message: receipt.message,
        closed_until: receipt.closed.map(|closed| closed.opens_at.to_string()),
        asks: receipt.asks,
        receipt: receipt.path,
    };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(body)))
}
