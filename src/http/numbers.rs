//! `/api/v1/numbers`: how the desk is doing, for those who manage it.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    error::{Code, Problem},
    extract::{Params, PathText, Staff, clean},
    problems::{OfNamedThings, OfQueries, OfStaffRoutes},
    state::{Web, desk_problem},
};
use crate::{
    desk::people::Permission,
    insight::{DeskNumbers, DeskTable, Worker, desk_numbers, first_moment},
};

/// Spans of days that can be asked for.
pub const SPANS: [i64; 3] = [7, 28, 90];
/// The span where none is given.
pub const USUAL_SPAN: i64 = 28;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct NumbersParams {
    /// How many days to look back, today included: 7, 28 or 90; 28 if not given.
    days: Option<String>,
}

impl NumbersParams {
    fn span(&self) -> Result<i64, Problem> {
        span(self.days.as_deref())
    }
}

/// The span of days that a query asks for.
///
/// # Errors
/// 400 for another one.
pub fn span(days: Option<&str>) -> Result<i64, Problem> {
    let Some(days) = days.map(str::trim).filter(|days| !days.is_empty()) else {
        return Ok(USUAL_SPAN);
    };
    let asked = days.parse().ok().filter(|days| SPANS.contains(days));
    asked.ok_or_else(|| Problem::new(Code::InvalidQuery, "`days` is none of 7, 28 and 90."))
}

/// Says how the desk is doing: who waits, who carries how much, how long first replies took, whether promises were kept and
/// work was shared, and what needs somebody now.
#[utoipa::path(
    get, path = "/api/v1/numbers", tag = "tickets", params(NumbersParams), security(("token" = []), ("session" = [])),
    responses((status = 200, description = "The numbers", body = DeskNumbers), OfQueries, OfStaffRoutes)
)]
pub(super) async fn show(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<NumbersParams>,
) -> Result<Json<DeskNumbers>, Problem> {
    staff.may(Permission::SeeNumbersOfPeople)?;
    web.desk_numbers(params.span()?).await.map(Json)
}

/// One of the tables as CSV.
#[utoipa::path(
    get, path = "/api/v1/numbers/{table}", tag = "tickets", security(("token" = []), ("session" = [])),
    params(
        ("table" = String, Path, description = "`people.csv`, `teams.csv`, `replies.csv` or `urgent.csv`", example = "people.csv"),
        NumbersParams,
    ),
    responses(
        (status = 200, description = "A table, the first row its names", body = String, content_type = "text/csv"),
        OfNamedThings,
        OfQueries,
        OfStaffRoutes,
    )
)]
pub(super) async fn table(
    State(web): State<Web>,
    staff: Staff,
    PathText(table): PathText,
    Params(params): Params<NumbersParams>,
) -> Result<([(HeaderName, String); 2], String), Problem> {
    staff.may(Permission::SeeNumbersOfPeople)?;
    let wanted = table.strip_suffix(".csv").and_then(DeskTable::from_word);
    let wanted = wanted.ok_or_else(|| {
        let detail = format!(
            "There is no table {}; there are people.csv, teams.csv, replies.csv and urgent.csv.",
            clean(&table)
        );
        Problem::new(Code::NotFound, detail)
    })?;
    let numbers = web.desk_numbers(params.span()?).await?;
    let name = format!("attachment; filename=\"{}-{}-days.csv\"", wanted.as_str(), numbers.days);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, wanted.csv(&numbers)))
}

impl Web {
    /// How the desk is doing, over so many days.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn desk_numbers(&self, days: i64) -> Result<DeskNumbers, Problem> {
        let zone = self.time_zone();
        let now = self.now();
        let since = first_moment(days, now, &zone);
        let tickets = self.app().store.ticket_facts(since).await;
        let tickets = tickets.map_err(|error| desk_problem(error.into()))?;
        let people = self.people().list().await?;
        let works =
            |person: &&crate::desk::people::Person| !person.disabled && person.role.may(Permission::WorkTickets);
        let workers: Vec<Worker> = people
            .iter()
            .filter(works)
            .map(|person| Worker {
                id: person.id.clone(),
                name: person.name.clone(),
                available: person.availability.is_available(now),
                capacity: person.capacity,
            })
            .collect();
        Ok(desk_numbers(&tickets, &workers, days, now, &zone))
    }
}
