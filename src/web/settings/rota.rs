//! `/settings/rota`: who is on duty when, and who is called.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use super::{
    Refusal, Saved, back,
    form::{Field, Form},
    frames, show as send, unknown_act,
};
use crate::{
    desk::people::{Duty, NewDuty, Permission, Person},
    http::{Code, Params, Problem, Staff, StaffForm, state::Web},
    web::staff::StaffFrame,
};

const PATH: &str = "/settings/rota";
/// How far the page looks ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(28 * 24);

#[derive(Template)]
#[template(path = "settings_rota.html")]
struct Page {
    frame: StaffFrame,
    desk: super::Desk,
    days: Vec<Day>,
    zone: String,
    person: Field,
    team: Field,
    starts: Field,
    ends: Field,
    is_on_call: bool,
}

/// The duties that begin on one day.
struct Day {
    name: String,
    duties: Vec<Row>,
}

struct Row {
    id: String,
    person: String,
    team: String,
    span: String,
    is_on_call: bool,
    is_now: bool,
}

pub(super) async fn list(
    State(web): State<Web>,
    staff: Staff,
    Params(saved): Params<Saved>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::EditRota)?;
    page(
        &web,
        &staff,
        Form::default(),
        saved.is_there().then_some("Saved."),
        None,
        &headers,
    )
    .await
}

async fn page(
    web: &Web,
    staff: &Staff,
    form: Form,
    done: Option<&str>,
    refusal: Option<Refusal>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (frame, desk) = frames(web, staff, PATH, Permission::EditRota)?;
    let (desk, status) = desk.told(done).refused(&refusal);
    let config = web.config();
    let zone = config.desk.zone();
    let now = web.now();
    let people = web.people().list().await?;
    let until = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    let duties = web.people().duties(now, until).await?;
    let works = people
        .iter()
        .filter(|person| !person.disabled)
        .map(|person| (person.id.as_str(), person.name.as_str()));
    let page = Page {
        frame,
        desk,
        days: days(&duties, &people, &zone, now),
        zone: config.desk.time_zone.clone(),
        person: Field::text("person", "Who", &form).options(works),
        team: Field::text("team", "Team", &form)
            .hint("Empty: every team that they work for.")
            .placeholder("every team of theirs"),
        starts: Field::text("starts", "From", &form).kind("moment"),
        ends: Field::text("ends", "To", &form).kind("moment"),
        is_on_call: form.is_on("on_call"),
    };
    send(&page, status, headers)
}

fn days(duties: &[Duty], people: &[Person], zone: &TimeZone, now: Timestamp) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for duty in duties {
        let (Ok(starts), Ok(ends)) = (duty.starts_at.parse::<Timestamp>(), duty.ends_at.parse::<Timestamp>()) else {
            continue;
        };
        let (from, to) = (starts.to_zoned(zone.clone()), ends.to_zoned(zone.clone()));
        let name = from.strftime("%A, %-d %B %Y").to_string();
        let to_words = match from.date() == to.date() {
            true => to.strftime("%H:%M").to_string(),
            false => to.strftime("%A, %-d %B, %H:%M").to_string(),
        };
        let row = Row {
            id: duty.id.clone(),
            person: people
                .iter()
                .find(|person| person.id == duty.person)
                .map_or_else(|| duty.person.clone(), |person| person.name.clone()),
            team: duty.team.clone().unwrap_or_else(|| "every team of theirs".to_owned()),
            span: format!("{} to {to_words}", from.strftime("%H:%M")),
            is_on_call: duty.on_call,
            is_now: starts <= now && now < ends,
        };
        match days.last_mut().filter(|day| day.name == name) {
            Some(day) => day.duties.push(row),
            None => days.push(Day {
                name,
                duties: vec![row],
            }),
        }
    }
    days
}

pub(super) async fn change(
    State(web): State<Web>,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::EditRota)?;
    let mut form = Form::sent(sent);
    let done = match form.get("act") {
        "add" => add(&web, &staff, &form).await,
        "remove" => web
            .people()
            .remove_duty(form.get("id"), &staff.id)
            .await
            .map_err(Problem::from),
        _ => return Err(unknown_act()),
    };
    match done {
        Ok(()) => Ok(back("/settings/rota?saved=1")),
        Err(problem) => {
            if let Some((field, why)) = problem.detail.strip_prefix('`').and_then(|rest| rest.split_once("` ")) {
                form.wrong(field.trim_end_matches("_at"), why);
            }
            let refusal = Refusal::of_problem(problem)?;
            page(&web, &staff, form, None, Some(refusal), &headers).await
        }
    }
}

async fn add(web: &Web, staff: &Staff, form: &Form) -> Result<(), Problem> {
    let zone = web.time_zone();
    let moment = |name: &str| {
        let local = form.get(name).parse::<DateTime>().ok();
        let at = local.and_then(|local| zone.to_timestamp(local).ok());
        let wrong = || Problem::new(Code::InvalidBody, format!("`{name}` must be a day and a time."));
        at.map(|at| at.to_string()).ok_or_else(wrong)
    };
    let new = NewDuty {
        person: form.get("person").to_owned(),
        team: form.given("team"),
        starts_at: moment("starts")?,
        ends_at: moment("ends")?,
        on_call: form.is_on("on_call"),
    };
    web.people().add_duty(&new, &staff.id).await?;
    Ok(())
}
