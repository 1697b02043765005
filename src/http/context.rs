//! What stands beside a ticket on an agent's screen: the customer, the nearest article, what the company's systems know.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    error::{Code, Problem, ProblemBody},
    extract::{Params, PathText, Staff, clean, given, question_text},
    problems::{OfNamedThings, OfQueries, OfStaffRoutes},
    state::{Web, desk_problem, unavailable},
};
use crate::{
    answer::Nearness,
    desk::{Ticket, TicketOrder, facts::Fact, people::Permission},
    store,
};

/// Other tickets of a customer that are shown.
const OTHERS: usize = 20;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CountsParams {
    /// Teams that count for `team`, with commas between; all of them if not given.
    teams: Option<String>,
}

/// How many tickets each view shows.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "mine": 4, "team": 23, "unassigned": 11, "overdue": 2, "escalated": 1, "mine_complex": 3
}))]
pub(super) struct Counts {
    /// Of whoever asks.
    mine: u64,
    /// Of the teams.
    team: u64,
    /// Of nobody.
    unassigned: u64,
    /// With a promise or target that has passed while the customer waits.
    overdue: u64,
    /// Brought to a manager.
    escalated: u64,
    /// Complex ones of whoever asks, not put aside: what counts against their capacity.
    mine_complex: u64,
}

/// Says how many tickets are to be worked on, by view.
#[utoipa::path(
    get, path = "/api/v1/tickets/counts", tag = "tickets", params(CountsParams), security(("token" = []), ("session" = [])),
    responses((status = 200, description = "How many", body = Counts), OfQueries, OfStaffRoutes)
)]
pub(super) async fn counts(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<CountsParams>,
) -> Result<Json<Counts>, Problem> {
    staff.may(Permission::ReadTickets)?;
    let teams = given(params.teams).unwrap_or_default();
    let teams = teams.split(',').map(str::trim).filter(|team| !team.is_empty());
    let teams: Vec<String> = teams.map(str::to_owned).take(50).collect();
    let counts = web.view_counts(&staff.id, &teams).await?;
    Ok(Json(Counts {
        mine: counts.mine,
        team: counts.team,
        unassigned: counts.unassigned,
        overdue: counts.overdue,
        escalated: counts.escalated,
        mine_complex: counts.mine_complex,
    }))
}

/// What is known about the customer of a ticket.
#[derive(Serialize, ToSchema)]
pub(super) struct CustomerBody {
    /// What the host site has signed about them; absent if nothing is signed.
    signed: Option<Map<String, Value>>,
    /// What the page says about them; anybody can make a page say anything.
    unsigned: Map<String, Value>,
    /// Their other tickets, by signed id or by the address that they left, the latest promise first; at most 20.
    others: Vec<OtherTicket>,
    /// Rules of routing that take this ticket, as they are now.
    rules: Vec<String>,
    /// Whether the company's own systems can be asked for facts.
    has_facts: bool,
}

/// Another ticket of the same customer.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "reference": "T-7K3F-9QXM", "state": "resolved", "team": "billing", "question": "I was charged twice.",
    "opened_at": "2026-11-23T02:30:00Z", "version": 7
}))]
pub(super) struct OtherTicket {
    /// Its reference.
    reference: String,
    /// Where it stands.
    state: store::TicketState,
    /// Its team.
    team: String,
    /// The words.
    question: String,
    /// When it was opened, RFC 3339.
    opened_at: String,
    /// Its version.
    version: i64,
}

impl From<Ticket> for OtherTicket {
    fn from(ticket: Ticket) -> Self {
        OtherTicket {
            reference: ticket.reference,
            state: ticket.state,
            team: ticket.team,
            question: ticket.question,
            opened_at: ticket.opened_at,
            version: ticket.version,
        }
    }
}

/// Shows what is known about the customer of a ticket, and their other tickets.
#[utoipa::path(
    get, path = "/api/v1/tickets/{reference}/customer", tag = "tickets", security(("token" = []), ("session" = [])),
    params(("reference" = String, Path, description = "Its reference", example = "T-7K3F-9QXM")),
    responses(
        (status = 200, description = "The customer", body = CustomerBody, example = json!({
            "signed": {"sub": "c-17", "plan": "team"}, "unsigned": {"page_url": "/billing"}, "others": [],
            "rules": ["money-to-billing"], "has_facts": true
        })),
        OfStaffRoutes,
        OfNamedThings,
    )
)]
pub(super) async fn customer(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
) -> Result<Json<CustomerBody>, Problem> {
    staff.may(Permission::ReadTickets)?;
    let ticket = found(&web, &reference).await?;
    let claims = match (&ticket.conversation, &ticket.customer) {
        (Some(id), Some(_)) => web.conversation(id).await?.claims,
        _ => None,
    };
    Ok(Json(CustomerBody {
        others: web
            .others_of(&ticket)
            .await?
            .into_iter()
            .map(OtherTicket::from)
            .collect(),
        rules: web.rules_of(&ticket, claims.as_ref()).await?,
        has_facts: web.config().inbox.context_url.is_some(),
        signed: claims,
        unsigned: ticket.context,
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct NearestParams {
    /// Other words to look for; the ticket's question if not given.
    q: Option<String>,
}

/// Shows the articles that come nearest to the question of a ticket, and what the first of them lacks.
#[utoipa::path(
    get, path = "/api/v1/tickets/{reference}/nearest", tag = "tickets", security(("token" = []), ("session" = [])),
    params(("reference" = String, Path, description = "Its reference", example = "T-7K3F-9QXM"), NearestParams),
    responses(
        (status = 200, description = "Passages, ready to be put into a reply", body = Nearness),
        (status = 422, description = "`question_empty`, `question_too_long`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `search_unavailable`, `store_unavailable`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        OfStaffRoutes,
        OfNamedThings,
        OfQueries,
    )
)]
pub(super) async fn nearest(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
    Params(params): Params<NearestParams>,
) -> Result<Json<Nearness>, Problem> {
    staff.may(Permission::ReadTickets)?;
    let ticket = found(&web, &reference).await?;
    let words = match given(params.q) {
        Some(words) => question_text(&words)?,
        None => ticket.question.clone(),
    };
    web.nearest(&words, &ticket.language).await.map(Json)
}

/// What the company's own systems say about the customer of a ticket.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "configured": true, "looked_up_by": "signed",
    "facts": [{"label": "Plan", "text": "team", "link": null}], "problem": null
}))]
pub(super) struct FactsBody {
    /// Whether there is something to ask (`inbox.context_url`).
    configured: bool,
    /// `signed`: by an id that the host site has signed; `unconfirmed`: by what the customer left, which may be another's.
    looked_up_by: &'static str,
    /// In the order of the answer; at most 40.
    facts: Vec<Fact>,
    /// Why there are none, to be read after the name of the system.
    problem: Option<String>,
}

/// Asks the company's own systems about the customer of a ticket; at most three seconds. A failure is told, not an error.
#[utoipa::path(
    get, path = "/api/v1/tickets/{reference}/facts", tag = "tickets", security(("token" = []), ("session" = [])),
    params(("reference" = String, Path, description = "Its reference", example = "T-7K3F-9QXM")),
    responses(
        (status = 200, description = "Facts, or why there are none", body = FactsBody),
        OfStaffRoutes,
        OfNamedThings,
    )
)]
pub(super) async fn facts(
    State(web): State<Web>,
    staff: Staff,
    PathText(reference): PathText,
) -> Result<Json<FactsBody>, Problem> {
    staff.may(Permission::ReadTickets)?;
    let ticket = found(&web, &reference).await?;
    let asked = web.app().facts_of(&ticket).await;
    let configured = asked.is_some();
    let is_proven = match &asked {
        Some(asked) => asked.is_proven,
        None => ticket.customer.is_some(),
    };
    let (facts, problem) = match asked.map(|asked| asked.facts) {
        Some(Ok(facts)) => (facts, None),
        Some(Err(problem)) => (Vec::new(), Some(problem)),
        None => (Vec::new(), None),
    };
    Ok(Json(FactsBody {
        configured,
        looked_up_by: if is_proven { "signed" } else { "unconfirmed" },
        facts,
        problem,
    }))
}

async fn found(web: &Web, reference: &str) -> Result<Ticket, Problem> {
    let ticket = web.ticket(reference).await?;
    ticket.ok_or_else(|| Problem::new(Code::NotFound, format!("There is no ticket {}.", clean(reference))))
}

impl Web {
    /// Names of the views that the routing rules add to the built-in ones.
    pub fn own_views(&self) -> Vec<String> {
        self.app().desk.routing().views().map(str::to_owned).collect()
    }

    async fn view_counts(&self, person: &str, teams: &[String]) -> Result<store::ViewCounts, Problem> {
        let counts = self.app().store.view_counts(person, teams, self.now()).await;
        counts.map_err(|error| desk_problem(error.into()))
    }

    /// The other tickets of whoever asked this one.
    async fn others_of(&self, ticket: &Ticket) -> Result<Vec<Ticket>, Problem> {
        let filter = store::TicketFilter {
            customer: ticket.customer.clone(),
            contact: ticket.contact.clone(),
            order: TicketOrder::NewestPromise,
            ..store::TicketFilter::default()
        };
        if filter.customer.is_none() && filter.contact.is_none() {
            return Ok(Vec::new());
        }
        let page = self.app().desk.list(&filter, None, OTHERS + 1).await;
        let mut others = page.map_err(desk_problem)?.tickets;
        others.retain(|other| other.reference != ticket.reference);
        others.truncate(OTHERS);
        Ok(others)
    }

    /// Names of the rules that take the ticket, as rules and ticket are now.
    async fn rules_of(&self, ticket: &Ticket, claims: Option<&Map<String, Value>>) -> Result<Vec<String>, Problem> {
        let rules = self.app().desk.rules_that_take(&ticket.reference, claims).await;
        rules.map_err(desk_problem)
    }

    async fn nearest(&self, words: &str, lang: &str) -> Result<Nearness, Problem> {
        let nearest = self.app().answerer.nearest(words, Some(lang)).await;
        nearest.map_err(unavailable)
    }
}
