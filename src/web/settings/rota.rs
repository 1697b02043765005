//! `/settings/rota`: who is on duty when, and who is called.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};
use jiff::{SignedDuration, Timestamp, Zoned, civil::Date, tz::TimeZone};

use super::{
    Refusal, Saved, back,
    form::{Field, Form},
    frames, mistaken, show as send, unknown_act,
};
use crate::{
    desk::people::{Duty, NewDuty, Permission, Person},
    http::{Params, Problem, Staff, StaffForm, state::Web},
    web::{moments, staff::StaffFrame},
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
    /// By whose clock.
    zone: String,
    /// By the desk's clock, where that is another.
    here: Option<String>,
    is_on_call: bool,
    is_now: bool,
    /// Whether they have another duty at that time.
    overlaps: bool,
    /// Why it does not count (any more).
    idle: Option<&'static str>,
}

/// What was planned while somebody has another duty at that time.
const OVERLAPS: &str = "overlap";

pub(super) async fn list(
    State(web): State<Web>,
    staff: Staff,
    Params(saved): Params<Saved>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::EditRota)?;
    let done = saved.word().map(|word| match word {
        OVERLAPS => {
            "Saved, but this person has another duty at that time. Both count, and the list below marks them; remove one if \
             that is not meant."
        }
        _ => "Saved.",
    });
    page(&web, &staff, Form::default(), done, None, &headers).await
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
    let teams = web.every_team(&people);
    let (_, zone_name) = planned_by(web, &form);
    let works = people
        .iter()
        .filter(|person| person.takes_tickets())
        .map(|person| (person.id.as_str(), person.name.as_str()));
    let every_team = std::iter::once(("", "Every team that they work for"));
    let mut page = Page {
        frame,
        desk,
        days: days(&duties, &people, &zone, &config.desk.time_zone, now),
        person: Field::text("person", "Who", &form).options(works),
        team: Field::text("team", "Team", &form).options(every_team.chain(teams.names().map(|team| (team, team)))),
        starts: Field::text("starts", "From", &form)
            .kind("moment")
            .hint(&format!("Time in {zone_name}.")),
        ends: Field::text("ends", "To", &form)
            .kind("moment")
            .hint(&format!("Time in {zone_name}; at most 31 days later.")),
        zone: zone_name,
        is_on_call: form.is_on("on_call"),
    };
    page.desk
        .point_to(mistaken([&page.person, &page.team, &page.starts, &page.ends]));
    send(&page, status, headers)
}

/// Each duty by the clock by which it was planned; where nobody wrote that down, by the desk's.
fn days(duties: &[Duty], people: &[Person], desk: &TimeZone, desk_name: &str, now: Timestamp) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for duty in duties {
        let Some((starts, ends)) = duty.span() else {
            continue;
        };
        let person = people.iter().find(|person| person.id == duty.person);
        let planned = duty.time_zone.as_deref().filter(|name| *name != desk_name);
        let planned = planned.and_then(|name| Some((TimeZone::get(name).ok()?, name)));
        let (zone, zone_name) = planned.as_ref().map_or((desk, desk_name), |(zone, name)| (zone, *name));
        let from = starts.to_zoned(zone.clone());
        let name = from.strftime("%A, %-d %B %Y").to_string();
        let row = Row {
            id: duty.id.clone(),
            person: person.map_or_else(|| duty.person.clone(), |person| person.name.clone()),
            team: duty.team.clone().unwrap_or_else(|| "every team of theirs".to_owned()),
            span: span(&from, &ends.to_zoned(zone.clone()), from.date()),
            zone: zone_name.to_owned(),
            here: planned.is_some().then(|| {
                let here = span(
                    &starts.to_zoned(desk.clone()),
                    &ends.to_zoned(desk.clone()),
                    from.date(),
                );
                format!("{here} in {desk_name}")
            }),
            is_on_call: duty.on_call,
            is_now: starts <= now && now < ends,
            overlaps: duties.iter().any(|other| duty.overlaps(other)),
            idle: person.and_then(|person| idle(person, duty.team.as_deref())),
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

/// Why a duty does not count: what was planned stays in the list when a person changes.
fn idle(person: &Person, team: Option<&str>) -> Option<&'static str> {
    if person.disabled {
        return Some("does not count: deactivated");
    }
    if !person.takes_tickets() {
        return Some("does not count: takes no tickets");
    }
    team.is_some_and(|team| !person.works_for(team))
        .then_some("does not count: not in this team")
}

/// "09:00 to 17:00", below the heading of a day; another day is named.
fn span(from: &Zoned, to: &Zoned, day: Date) -> String {
    let told = |at: &Zoned| match at.date() == day {
        true => at.strftime("%H:%M").to_string(),
        false => at.strftime("%A, %-d %B, %H:%M").to_string(),
    };
    format!("{} to {}", told(from), told(to))
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
        "remove" => {
            let removed = web.people().remove_duty(form.get("id"), &staff.id).await;
            removed.map(|()| "1").map_err(Problem::from)
        }
        _ => return Err(unknown_act()),
    };
    match done {
        Ok(saved) => Ok(back(&format!("/settings/rota?saved={saved}"))),
        Err(problem) => {
            let refusal = Refusal::of_problem(problem, &mut form, |name| match name {
                "starts" | "starts_at" => Some("starts"),
                "ends" | "ends_at" => Some("ends"),
                "team" => Some("team"),
                "person" => Some("person"),
                _ => None,
            })?;
            page(&web, &staff, form, None, Some(refusal), &headers).await
        }
    }
}

/// Plans the duty of the form; returns what the next page says.
async fn add(web: &Web, staff: &Staff, form: &Form) -> Result<&'static str, Problem> {
    let (zone, name) = planned_by(web, form);
    let moment = |field: &'static str| {
        let at = moments::from_field(form.get(field), &zone, &name);
        at.map(|at| at.to_string()).map_err(|why| Problem::of_field(field, why))
    };
    let new = NewDuty {
        person: form.get("person").to_owned(),
        team: form.given("team"),
        starts_at: moment("starts")?,
        ends_at: moment("ends")?,
        on_call: form.is_on("on_call"),
        time_zone: Some(name.clone()),
    };
    let duty = web.plan_duty(new, &staff.id).await?;
    let others = web.people().overlapping(&duty).await?;
    Ok(if others.is_empty() { "1" } else { OVERLAPS })
}

/// The clock that whoever filled in the form had before them, though the desk may have moved to another zone meanwhile.
fn planned_by(web: &Web, form: &Form) -> (TimeZone, String) {
    let name = form.get("zone");
    match TimeZone::get(name) {
        Ok(zone) if !name.is_empty() => (zone, name.to_owned()),
        _ => (web.time_zone(), web.config().desk.time_zone.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_planned_for_nine_stays_at_nine_where_it_was_planned() {
        let duty = |time_zone: Option<&str>| Duty {
            id: "d".into(),
            person: "ana".into(),
            team: None,
            starts_at: "2026-11-26T02:00:00Z".into(),
            ends_at: "2026-11-26T10:00:00Z".into(),
            on_call: false,
            time_zone: time_zone.map(str::to_owned),
        };
        let shown = |duty: Duty, desk: &str| {
            let zone = TimeZone::get(desk).expect("a zone");
            let days = days(&[duty], &[], &zone, desk, Timestamp::UNIX_EPOCH);
            let row = &days[0].duties[0];
            (
                days[0].name.clone(),
                row.span.clone(),
                row.zone.clone(),
                row.here.clone(),
            )
        };
        let jakarta = || duty(Some("Asia/Jakarta"));
        let (day, span, zone, here) = shown(jakarta(), "Asia/Jakarta");
        assert_eq!(day, "Thursday, 26 November 2026");
        assert_eq!(
            (span.as_str(), zone.as_str(), here),
            ("09:00 to 17:00", "Asia/Jakarta", None)
        );
        // The desk has moved.
        let (day, span, zone, here) = shown(jakarta(), "America/New_York");
        assert_eq!(day, "Thursday, 26 November 2026");
        assert_eq!((span.as_str(), zone.as_str()), ("09:00 to 17:00", "Asia/Jakarta"));
        assert_eq!(
            here.as_deref(),
            Some("Wednesday, 25 November, 21:00 to 05:00 in America/New_York")
        );
        // Of before, when nobody wrote it down.
        let (_, span, zone, here) = shown(duty(None), "Asia/Tokyo");
        assert_eq!(
            (span.as_str(), zone.as_str(), here),
            ("11:00 to 19:00", "Asia/Tokyo", None)
        );
    }
}
