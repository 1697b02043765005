//! `/settings/people`: who works here, what they may do, and how they come in.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{
    Mistaken, Refusal, back,
    form::{Field, Form, list as parts},
    frames, mistaken, show as send,
    standing::{self, Standing},
    unknown_act,
};
use crate::{
    desk::people::{NewPerson, OneTimeLink, Permission, Person, PersonPatch, Role},
    http::{Code, Params, PathText, Problem, Staff, StaffForm, state::Web},
    web::{
        moments,
        staff::{StaffFrame, initial, picture},
    },
};

const PATH: &str = "/settings/people";

/// A role with what it may do, in a few words.
const ROLES: [(Role, &str, &str); 4] = [
    (Role::Agent, "Agent", "Works the queue."),
    (
        Role::Writer,
        "Writer",
        "Sees what is asked and what the articles cover.",
    ),
    (Role::Manager, "Manager", "Both, and people, rota and numbers."),
    (
        Role::Administrator,
        "Administrator",
        "Everything, settings and tokens too.",
    ),
];

/// What a role is called.
pub(super) fn role_name(role: Role) -> &'static str {
    ROLES
        .iter()
        .find(|(own, ..)| *own == role)
        .map_or("", |(_, name, _)| name)
}

#[derive(Template)]
#[template(path = "settings_people.html")]
struct ListPage {
    frame: StaffFrame,
    desk: super::Desk,
    rows: Vec<Row>,
    /// The zone of the times in the list.
    zone: String,
    form: PersonFields,
    link: Option<ShownLink>,
    is_open: bool,
}

/// A person in the list.
struct Row {
    id: String,
    name: String,
    initial: String,
    picture: Option<String>,
    email: String,
    role: &'static str,
    teams: String,
    skills: String,
    level: i64,
    capacity: i64,
    standing: Standing,
    is_disabled: bool,
    is_me: bool,
}

/// A link that lets somebody in once; shown once.
struct ShownLink {
    name: String,
    url: String,
    expires: String,
    expires_words: String,
}

/// The fields about a person.
struct PersonFields {
    name: Field,
    email: Field,
    role: Field,
    teams: Field,
    skills: Field,
    level: Field,
    capacity: Field,
}

impl PersonFields {
    fn mistaken(&self) -> Vec<Mistaken> {
        mistaken([
            &self.name,
            &self.email,
            &self.role,
            &self.teams,
            &self.skills,
            &self.level,
            &self.capacity,
        ])
    }
}

fn fields(staff: &Staff, form: &Form) -> PersonFields {
    let roles = ROLES
        .iter()
        .filter(|(role, ..)| *role != Role::Administrator || staff.can(Permission::ManageAdministrators))
        .map(|(role, name, _)| (role.as_str(), *name));
    PersonFields {
        name: Field::text("name", "Name", form).hint("What customers and colleagues read."),
        email: Field::text("email", "E-mail address", form),
        role: Field::text("role", "Role", form).options(roles),
        teams: Field::text("teams", "Teams", form)
            .hint("Separated by commas. Empty: every team's tickets. A new team is added under Teams first.")
            .placeholder("every team"),
        skills: Field::text("skills", "What they are good at", form)
            .hint(
                "Separated by commas. lang:ja: of all languages they get Japanese questions only; topic:billing: of all topics \
                 only billing. A word of your own, such as refunds, is for rules that ask for it. Empty: everything.",
            )
            .placeholder("everything"),
        level: Field::text("level", "Experience", form)
            .kind("number")
            .hint("From 1, new here, to 5. Of two who have equally much to do, the more experienced gets the hard question."),
        capacity: Field::text("capacity", "Hard questions at once", form)
            .kind("number")
            .hint("How many open tickets that count as complex they can carry, 1 to 100; 10 is usual. With more they get no new one."),
    }
}

#[derive(Deserialize)]
pub(super) struct ListParams {
    saved: Option<String>,
}

pub(super) async fn list(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<ListParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ManagePeople)?;
    let done = params.saved.map(|_| "Saved.");
    list_page(&web, &staff, new_form(), None, done, None, &headers).await
}

fn new_form() -> Form {
    let mut form = Form::default();
    form.set("role", "agent");
    form.set("level", "1");
    form.set("capacity", "10");
    form
}

async fn list_page(
    web: &Web,
    staff: &Staff,
    form: Form,
    link: Option<ShownLink>,
    done: Option<&str>,
    refusal: Option<Refusal>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (frame, desk) = frames(web, staff, PATH, Permission::ManagePeople)?;
    let (desk, status) = desk.told(done).refused(&refusal);
    let people = web.people().list().await?;
    let (now, zone) = (web.now(), web.time_zone());
    let soon = now.saturating_add(SignedDuration::from_secs(1)).unwrap_or(now);
    let duties = web.people().duties(now, soon).await?;
    let presences = web.people().presences().await?;
    let row = |person: Person| Row {
        is_me: person.id == staff.id,
        initial: initial(&person),
        picture: picture(&person),
        role: role_name(person.role),
        teams: match person.teams.is_empty() {
            true => "every team".to_owned(),
            false => person.teams.join(", "),
        },
        skills: person.skills.join(", "),
        level: person.level,
        capacity: person.capacity,
        standing: standing::of(
            &person,
            &standing::Known {
                now,
                zone: &zone,
                duties: &duties,
                presence: presences.get(&person.id).copied().unwrap_or_default(),
            },
        ),
        is_disabled: person.disabled,
        name: person.name,
        email: person.email,
        id: person.id,
    };
    let mut page = ListPage {
        is_open: refusal.is_some(),
        frame,
        desk,
        rows: people.into_iter().map(row).collect(),
        zone: web.config().desk.time_zone.clone(),
        form: fields(staff, &form),
        link,
    };
    page.desk.point_to(page.form.mistaken());
    send(&page, status, headers)
}

fn shown(web: &Web, name: &str, link: &OneTimeLink) -> ShownLink {
    let site = web.site();
    let base = site.public_url.clone().unwrap_or_default();
    ShownLink {
        name: name.to_owned(),
        url: format!("{base}/login/{}", link.secret),
        expires: link.expires_at.clone(),
        expires_words: match link.expires_at.parse::<Timestamp>() {
            Ok(at) => format!(
                "{} ({})",
                moments::told(at, &web.time_zone()),
                web.config().desk.time_zone
            ),
            Err(_) => link.expires_at.clone(),
        },
    }
}

/// Who may do this to somebody with this role.
fn may_manage(staff: &Staff, role: Role) -> Result<(), Problem> {
    staff.may(match role {
        Role::Administrator => Permission::ManageAdministrators,
        _ => Permission::ManagePeople,
    })
}

fn role_of(form: &Form) -> Result<Role, Problem> {
    let found = ROLES.iter().find(|(role, ..)| role.as_str() == form.get("role"));
    found
        .map(|(role, ..)| *role)
        .ok_or_else(|| Problem::of_field("role", "must be one of those in the list"))
}

/// A number, or the problem that names its field as the people's room does.
fn number(form: &Form, name: &'static str) -> Result<Option<i64>, Problem> {
    let wrong = |_| Problem::of_field(name, "must be a whole number");
    form.given(name)
        .map(|text| text.parse::<i64>())
        .transpose()
        .map_err(wrong)
}

/// Why the form about a person was not taken.
fn refusal(problem: Problem, form: &mut Form) -> Result<Refusal, Problem> {
    const FIELDS: [&str; 7] = ["name", "email", "role", "teams", "skills", "level", "capacity"];
    Refusal::of_problem(problem, form, |name| FIELDS.into_iter().find(|field| *field == name))
}

pub(super) async fn add(
    State(web): State<Web>,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ManagePeople)?;
    let mut form = Form::sent(sent);
    let added = add_person(&web, &staff, &form).await;
    match added {
        Ok((person, link)) => {
            let link = link.map(|link| shown(&web, &person.name, &link));
            list_page(&web, &staff, new_form(), link, None, None, &headers).await
        }
        Err(problem) => {
            let refusal = refusal(problem, &mut form)?;
            list_page(&web, &staff, form, None, None, Some(refusal), &headers).await
        }
    }
}

async fn add_person(web: &Web, staff: &Staff, form: &Form) -> Result<(Person, Option<OneTimeLink>), Problem> {
    let role = role_of(form)?;
    may_manage(staff, role)?;
    let new = NewPerson {
        email: form.get("email").to_owned(),
        name: form.get("name").to_owned(),
        role,
        teams: parts(form.get("teams"), &[',']),
        skills: parts(form.get("skills"), &[',']),
        level: number(form, "level")?,
        capacity: number(form, "capacity")?,
    };
    web.add_person(new, &staff.id).await
}

#[derive(Template)]
#[template(path = "settings_person.html")]
struct PersonPage {
    frame: StaffFrame,
    desk: super::Desk,
    id: String,
    name: String,
    version: i64,
    is_disabled: bool,
    is_me: bool,
    /// Whether it may be changed by whoever looks.
    may_change: bool,
    has_password: bool,
    form: PersonFields,
    link: Option<ShownLink>,
}

fn form_of(person: &Person) -> Form {
    let mut form = Form::default();
    form.set("name", &person.name);
    form.set("email", &person.email);
    form.set("role", person.role.as_str());
    form.set("teams", person.teams.join(", "));
    form.set("skills", person.skills.join(", "));
    form.set("level", person.level.to_string());
    form.set("capacity", person.capacity.to_string());
    form
}

async fn found(web: &Web, id: &str) -> Result<Person, Problem> {
    let person = web.people().get(id).await?;
    person.ok_or_else(|| Problem::new(Code::NotFound, "There is no such person."))
}

pub(super) async fn show(
    State(web): State<Web>,
    staff: Staff,
    PathText(id): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ManagePeople)?;
    let person = found(&web, &id).await?;
    let form = form_of(&person);
    person_page(&web, &staff, &person, form, None, None, &headers)
}

fn person_page(
    web: &Web,
    staff: &Staff,
    person: &Person,
    form: Form,
    link: Option<ShownLink>,
    refusal: Option<Refusal>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (frame, desk) = frames(web, staff, PATH, Permission::ManagePeople)?;
    let (desk, status) = desk.refused(&refusal);
    let mut page = PersonPage {
        frame,
        desk,
        id: person.id.clone(),
        name: person.name.clone(),
        version: person.version,
        is_disabled: person.disabled,
        is_me: person.id == staff.id,
        may_change: may_manage(staff, person.role).is_ok(),
        has_password: person.has_password,
        form: fields(staff, &form),
        link,
    };
    page.desk.point_to(page.form.mistaken());
    send(&page, status, headers)
}

pub(super) async fn change(
    State(web): State<Web>,
    PathText(id): PathText,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ManagePeople)?;
    let mut form = Form::sent(sent);
    let person = found(&web, &id).await?;
    may_manage(&staff, person.role)?;
    if form.get("act") == "link" {
        let link = web.people().make_link(&id, &staff.id).await?;
        let (link, form) = (shown(&web, &person.name, &link), form_of(&person));
        return person_page(&web, &staff, &person, form, Some(link), None, &headers);
    }
    match change_person(&web, &staff, &id, &form).await {
        Ok(()) => Ok(back("/settings/people?saved=1")),
        Err(problem) => {
            let refusal = match problem.code {
                Code::PreconditionFailed => Refusal::plain(
                    StatusCode::CONFLICT,
                    "Somebody else has changed this person while you were here. Nothing was saved; what you typed is still \
                     here. Save again to put it in place of theirs.",
                ),
                _ => refusal(problem, &mut form)?,
            };
            let form = match form.get("act") {
                "save" => form,
                _ => form_of(&person),
            };
            person_page(&web, &staff, &person, form, None, Some(refusal), &headers)
        }
    }
}

async fn change_person(web: &Web, staff: &Staff, id: &str, form: &Form) -> Result<(), Problem> {
    let patch = match form.get("act") {
        "save" => {
            let role = role_of(form)?;
            may_manage(staff, role)?;
            PersonPatch {
                email: form.given("email").or(Some(String::new())),
                name: Some(form.get("name").to_owned()),
                role: Some(role),
                disabled: None,
                teams: Some(parts(form.get("teams"), &[','])),
                skills: Some(parts(form.get("skills"), &[','])),
                level: number(form, "level")?,
                capacity: number(form, "capacity")?,
            }
        }
        act @ ("disable" | "enable") => PersonPatch {
            disabled: Some(act == "disable"),
            ..PersonPatch::default()
        },
        _ => return Err(unknown_act()),
    };
    let version = form.get("version").parse::<i64>().ok();
    web.change_person(id, &patch, version, &staff.id).await?;
    Ok(())
}
