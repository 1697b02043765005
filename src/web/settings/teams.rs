//! `/settings/teams`: who works for which team, and hours of single teams.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    Refusal, Saved, back,
    form::{Field, Form},
    frames, mark_of, mistaken, save, set_elsewhere, show as send, unknown_act,
    week::{self, DayRow, HolidayRow},
};
use crate::{
    config::{Config, Source, TeamConfig},
    desk::people::{Permission, Teams},
    http::{Code, Params, PathText, Problem, Staff, StaffForm, state::Web},
    web::{page::encode_param, staff::StaffFrame},
};

const PATH: &str = "/settings/teams";

#[derive(Template)]
#[template(path = "settings_teams.html")]
struct ListPage {
    frame: StaffFrame,
    desk: super::Desk,
    rows: Vec<Row>,
    may_change: bool,
    seen: String,
    /// The name of a new one.
    team: Field,
}

/// A team in the list.
struct Row {
    name: String,
    path: String,
    members: Vec<Member>,
    hours: String,
    /// Whether it is there only because it was added here.
    can_go: bool,
}

/// Somebody who works for it.
struct Member {
    name: String,
    path: String,
    /// "every team", if not for this one alone.
    note: &'static str,
}

pub(super) async fn list(
    State(web): State<Web>,
    staff: Staff,
    Params(saved): Params<Saved>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ManagePeople)?;
    list_page(&web, &staff, Form::default(), saved.told(), None, &headers).await
}

async fn list_page(
    web: &Web,
    staff: &Staff,
    form: Form,
    done: Option<&str>,
    refusal: Option<Refusal>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (frame, desk) = frames(web, staff, PATH, Permission::ManagePeople)?;
    let (desk, status) = desk.told(done).refused(&refusal);
    let seen = mark_of(web, Some(&form), &refusal).await?;
    let people = web.people().list().await?;
    let config = web.config();
    let named_elsewhere = Teams::of(&people, web.teams_of_rules());
    let row = |name: String| Row {
        can_go: !named_elsewhere.has(&name) && is_of_pages(&config, &name),
        path: format!("{PATH}/{}", encode_param(&name)),
        members: people
            .iter()
            .filter(|person| person.works_for(&name))
            .map(|person| Member {
                name: person.name.clone(),
                path: format!("/settings/people/{}", person.id),
                note: if person.teams.is_empty() { "every team" } else { "" },
            })
            .collect(),
        hours: match config.desk.hours_of(&name) {
            Some(hours) if hours.is_set() => "Hours of its own".to_owned(),
            Some(_) => "Always there".to_owned(),
            None => "As the desk".to_owned(),
        },
        name,
    };
    let mut page = ListPage {
        frame,
        desk,
        rows: web.every_team(&people).names().map(str::to_owned).map(row).collect(),
        may_change: staff.can(Permission::ChangeSettings),
        seen,
        team: Field::text("team", "Name of the new team", &form).hint(
            "Such as billing. People, topics and rules can name it then; its tickets wait until somebody works for it.",
        ),
    };
    page.desk.point_to(mistaken([&page.team]));
    send(&page, status, headers)
}

/// Whether the settings of the pages have this team, and not the file.
fn is_of_pages(config: &Config, team: &str) -> bool {
    config.desk.team.contains_key(team) && *config.sources.of(&format!("desk.team.{team}")) == Source::Pages
}

/// Adds a team, or takes one away that nothing else names.
pub(super) async fn change_list(
    State(web): State<Web>,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let mut form = Form::sent(sent);
    let people = web.people().list().await?;
    let (team, own) = match form.get("act") {
        "add" => match web.every_team(&people).new_name(form.get("team")) {
            Ok(name) => (name, Some(TeamConfig::default())),
            Err(error) => {
                let refusal = Refusal::of_problem(error.into(), &mut form, |_| Some("team"))?;
                return list_page(&web, &staff, form, None, Some(refusal), &headers).await;
            }
        },
        "remove" => {
            let team = form.get("team").to_owned();
            if named_elsewhere(&web, &team).await? {
                let refusal = Refusal::plain(
                    StatusCode::CONFLICT,
                    "This team stays: a person, a rule or a topic names it. Take its name away there first.",
                );
                return list_page(&web, &staff, Form::default(), None, Some(refusal), &headers).await;
            }
            (team, None)
        }
        _ => return Err(unknown_act()),
    };
    match put(&web, &staff, form.get("seen"), &team, own.as_ref()).await? {
        Ok(()) => Ok(back("/settings/teams?saved=1")),
        Err(mut refusal) => {
            refusal.mark(&mut form, |_| Some("team".to_owned()));
            list_page(&web, &staff, form, None, Some(refusal), &headers).await
        }
    }
}

/// Puts what the settings say of a team in place; without anything they do not name it.
async fn put(
    web: &Web,
    staff: &Staff,
    seen: &str,
    team: &str,
    own: Option<&TeamConfig>,
) -> Result<Result<(), Refusal>, Problem> {
    save(
        web,
        staff,
        seen,
        |settings| settings.desk.team.get(team).cloned(),
        |settings| match own {
            Some(own) => drop(settings.desk.team.insert(team.to_owned(), own.clone())),
            None => drop(settings.desk.team.remove(team)),
        },
    )
    .await
}

#[derive(Template)]
#[template(path = "settings_team.html")]
struct TeamPage {
    frame: StaffFrame,
    desk: super::Desk,
    seen: String,
    name: String,
    action: String,
    has_own: bool,
    is_always: bool,
    days: Vec<DayRow>,
    week_locked: Option<String>,
    holidays: Vec<HolidayRow>,
}

fn form_of(config: &Config, team: &str) -> Form {
    let mut form = Form::default();
    let own = config.desk.team.get(team).and_then(|team| team.hours.as_ref());
    form.set("own", if own.is_some() { "yes" } else { "no" });
    week::fill(&mut form, own.unwrap_or(&config.desk.hours));
    if own.is_none() {
        form.clear("holiday");
    }
    form
}

pub(super) async fn show(
    State(web): State<Web>,
    staff: Staff,
    PathText(team): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    known(&web, &team).await?;
    let form = form_of(&web.config(), &team);
    page(&web, &staff, &team, form, None, &headers).await
}

async fn known(web: &Web, team: &str) -> Result<(), Problem> {
    let people = web.people().list().await?;
    match web.every_team(&people).has(team) {
        true => Ok(()),
        false => Err(Problem::new(
            Code::NotFound,
            "There is no such team. The page Teams lists those that there are, and adds others.",
        )),
    }
}

/// Whether a person, a rule or a topic names this team.
async fn named_elsewhere(web: &Web, team: &str) -> Result<bool, Problem> {
    let people = web.people().list().await?;
    Ok(Teams::of(&people, web.teams_of_rules()).has(team))
}

async fn page(
    web: &Web,
    staff: &Staff,
    team: &str,
    form: Form,
    refusal: Option<Refusal>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let config = web.config();
    let (frame, desk) = frames(web, staff, PATH, Permission::ChangeSettings)?;
    let (desk, status) = desk.refused(&refusal);
    let seen = mark_of(web, Some(&form), &refusal).await?;
    let mut page = TeamPage {
        frame,
        desk,
        seen,
        name: team.to_owned(),
        action: format!("{PATH}/{}", encode_param(team)),
        has_own: form.get("own") == "yes",
        is_always: form.get("always") == "yes",
        days: week::days(&form),
        week_locked: set_elsewhere(config.sources.of(&format!("desk.team.{team}"))),
        holidays: week::holidays(&form),
    };
    page.desk.point_to(week::mistaken(&page.days, &page.holidays));
    send(&page, status, headers)
}

pub(super) async fn change(
    State(web): State<Web>,
    PathText(team): PathText,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    known(&web, &team).await?;
    let mut form = Form::sent(sent);
    let config = web.config();
    if !matches!(
        config.sources.of(&format!("desk.team.{team}")),
        Source::Pages | Source::Default
    ) {
        let why = set_elsewhere(config.sources.of(&format!("desk.team.{team}"))).unwrap_or_default();
        let refusal = Refusal::plain(StatusCode::CONFLICT, why);
        return page(&web, &staff, &team, form, Some(refusal), &headers).await;
    }
    let before = config.desk.team.get(&team).and_then(|team| team.hours.as_ref());
    week::mean_typed_hours(&mut form, before.is_some_and(|hours| hours.is_set()));
    let (hours, rows) = week::read(&form);
    let own = match form.get("own") {
        "yes" => Some(TeamConfig { hours: Some(hours) }),
        // One that was added here stays a team without hours of its own.
        _ if !named_elsewhere(&web, &team).await? => Some(TeamConfig::default()),
        _ => None,
    };
    let saved = put(&web, &staff, form.get("seen"), &team, own.as_ref()).await?;
    match saved {
        Ok(()) => Ok(back("/settings/teams?saved=1")),
        Err(mut refusal) => {
            let table = format!("desk.team.{team}.hours");
            refusal.mark(&mut form, |key| week::field_of(key, &table, &rows));
            page(&web, &staff, &team, form, Some(refusal), &headers).await
        }
    }
}
