//! `/account`: what those who work here may change about themselves.

use askama::Template;
use axum::{
    extract::{Multipart, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{
    page::{Cache, Visit, send},
    staff::StaffFrame,
    words::{Words, fill},
};
use crate::{
    desk::people::{Availability, LARGEST_PICTURE, Person, PersonPatch, Role},
    http::{Client, Code, Operation, Params, Problem, Staff, StaffForm, UncheckedStaff, state::Web},
};

/// Largest form with a picture: the picture and what is around it.
pub const LARGEST_FORM: usize = LARGEST_PICTURE + 16 * 1024;
/// Pauses that the page offers, in minutes.
const PAUSES: [i64; 3] = [10, 20, 40];

/// A moment: for machines, and in words for readers without script.
struct Moment {
    iso: String,
    words: String,
}

/// A pause to choose.
struct Pause {
    value: String,
    words: String,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: StaffFrame,
    w: &'static Words,
    person: Person,
    role: &'static str,
    is_available: bool,
    is_away: bool,
    paused_until: Option<Moment>,
    pauses: Vec<Pause>,
    saved: bool,
    error: Option<Wrong>,
}

/// What was refused, and the field that it is about: its id and its label.
struct Wrong {
    told: String,
    field: Option<(&'static str, &'static str)>,
}

impl AccountPage {
    fn is_wrong(&self, id: &str) -> bool {
        let field = self.error.as_ref().and_then(|error| error.field);
        field.is_some_and(|(own, _)| own == id)
    }
}

#[derive(Deserialize)]
pub struct AccountParams {
    saved: Option<String>,
}

/// The page.
pub async fn account(
    State(web): State<Web>,
    visit: Visit,
    staff: Staff,
    Params(params): Params<AccountParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let notice = match params.saved {
        Some(_) => Notice::Saved,
        None => Notice::None,
    };
    show(&web, &visit, &staff, notice, &headers)
}

/// What the page says first.
enum Notice {
    None,
    Saved,
    Wrong(StatusCode, Wrong),
}

fn show(web: &Web, visit: &Visit, staff: &Staff, notice: Notice, headers: &HeaderMap) -> Result<Response, Problem> {
    let person = staff.require_person()?.clone();
    let words = visit.words;
    let now = web.now();
    let paused_until = match person.availability {
        Availability::Paused { until } if until > now => Some(Moment {
            iso: until.to_string(),
            words: words.show_time(until, &web.time_zone()),
        }),
        _ => None,
    };
    let (saved, status, error) = match notice {
        Notice::None => (false, StatusCode::OK, None),
        Notice::Saved => (true, StatusCode::OK, None),
        Notice::Wrong(status, wrong) => (false, status, Some(wrong)),
    };
    let pause = |minutes: &i64| Pause {
        value: format!("pause-{minutes}"),
        words: fill(&words.account_pause, &[("n", &minutes.to_string())]),
    };
    let page = AccountPage {
        frame: StaffFrame::new(web, staff, "/account", &words.account_title)?,
        w: words,
        role: role_name(person.role, words),
        is_available: person.availability.is_available(now),
        is_away: person.availability == Availability::Away,
        pauses: PAUSES.iter().map(pause).collect(),
        paused_until,
        saved,
        error,
        person,
    };
    send(&page, status, Cache::Never, headers)
}

fn role_name(role: Role, words: &'static Words) -> &'static str {
    match role {
        Role::Agent => &words.role_agent,
        Role::Writer => &words.role_writer,
        Role::Manager => &words.role_manager,
        Role::Administrator => &words.role_administrator,
    }
}

/// Back to the page after a change, or the page with what to correct.
fn after(
    web: &Web,
    visit: &Visit,
    staff: &Staff,
    outcome: Result<Person, Problem>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let problem = match outcome {
        Ok(_) => return Ok(Redirect::to("/account?saved=1").into_response()),
        Err(problem) => problem,
    };
    let words = visit.words;
    let text = match problem.code {
        Code::Unauthorized => words.error_password_old.clone(),
        Code::BodyTooLarge => words.error_picture.clone(),
        Code::RateLimited => {
            let time = words.duration(problem.retry_seconds().unwrap_or(60));
            fill(&words.login_throttled, &[("time", &time)])
        }
        Code::InvalidBody if problem.field_name() == Some("password") => words.error_password_new.clone(),
        Code::InvalidBody if problem.field_name() == Some("picture") => words.error_picture.clone(),
        Code::InvalidBody => words.error_name.clone(),
        code if code.status().is_server_error() => words.login_again.clone(),
        _ => return Err(problem),
    };
    let field = match problem.code {
        Code::Unauthorized => Some(("old", words.account_password_old.as_str())),
        Code::BodyTooLarge => Some(("picture", words.account_picture_file.as_str())),
        Code::InvalidBody if problem.field_name() == Some("password") => {
            Some(("new", words.account_password_new.as_str()))
        }
        Code::InvalidBody if problem.field_name() == Some("picture") => {
            Some(("picture", words.account_picture_file.as_str()))
        }
        Code::InvalidBody => Some(("name", words.account_name.as_str())),
        _ => None,
    };
    let wrong = Wrong { told: text, field };
    let notice = Notice::Wrong(problem.code.status(), wrong);
    show(web, visit, staff, notice, headers)
}

#[derive(Deserialize)]
pub struct NameForm {
    #[serde(default)]
    name: String,
}

/// Changes one's name.
pub async fn set_name(
    State(web): State<Web>,
    visit: Visit,
    headers: HeaderMap,
    StaffForm(staff, form): StaffForm<NameForm>,
) -> Result<Response, Problem> {
    let patch = PersonPatch {
        name: Some(form.name),
        ..PersonPatch::default()
    };
    let id = &staff.require_person()?.id;
    let changed = web.people().change(id, &patch, None, id).await;
    after(&web, &visit, &staff, changed.map_err(Problem::from), &headers)
}

#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
}

/// Changes one's password; all other sessions end.
pub async fn set_password(
    State(web): State<Web>,
    visit: Visit,
    client: Client,
    headers: HeaderMap,
    StaffForm(staff, form): StaffForm<PasswordForm>,
) -> Result<Response, Problem> {
    staff.require_person()?;
    let changed = match web.limits().check(Operation::SignIn, client) {
        Err(problem) => Err(problem),
        Ok(()) => {
            let secret = staff.session_secret().unwrap_or_default();
            let changed = web.people().change_password(secret, Some(&form.old), &form.new).await;
            changed.map_err(Problem::from)
        }
    };
    after(&web, &visit, &staff, changed, &headers)
}

#[derive(Deserialize)]
pub struct AvailabilityForm {
    #[serde(default)]
    state: String,
}

/// Says whether one takes new work.
pub async fn set_availability(
    State(web): State<Web>,
    visit: Visit,
    headers: HeaderMap,
    StaffForm(staff, form): StaffForm<AvailabilityForm>,
) -> Result<Response, Problem> {
    let id = &staff.require_person()?.id;
    let Some(availability) = chosen(&form.state, web.now()) else {
        return Err(Problem::new(Code::InvalidBody, "`state` is none that the page offers."));
    };
    let changed = web.people().set_availability(id, availability, id).await;
    after(&web, &visit, &staff, changed.map_err(Problem::from), &headers)
}

/// What a button of the page stands for.
fn chosen(state: &str, now: Timestamp) -> Option<Availability> {
    match state {
        "available" => Some(Availability::Available),
        "away" => Some(Availability::Away),
        pause => {
            let minutes: i64 = pause.strip_prefix("pause-")?.parse().ok()?;
            let minutes = PAUSES.contains(&minutes).then_some(minutes)?;
            let until = now.checked_add(SignedDuration::from_mins(minutes)).ok()?;
            Some(Availability::Paused { until })
        }
    }
}

/// Gives oneself a picture.
pub async fn set_picture(
    State(web): State<Web>,
    visit: Visit,
    UncheckedStaff(staff): UncheckedStaff,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Problem> {
    let id = &staff.require_person()?.id;
    let changed = match read_picture(&staff, form).await {
        Ok(bytes) => web.people().set_picture(id, &bytes, id).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    after(&web, &visit, &staff, changed, &headers)
}

/// The picture in a form, whose CSRF token stands before it.
async fn read_picture(staff: &Staff, mut form: Multipart) -> Result<Vec<u8>, Problem> {
    let unreadable = |error: axum::extract::multipart::MultipartError| {
        let code = match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
            _ => Code::BadBody,
        };
        Problem::new(code, "The form could not be read to its end.")
    };
    let mut is_checked = false;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("csrf") => {
                let sent = field.text().await.map_err(unreadable)?;
                staff.check_csrf(Some(&sent))?;
                is_checked = true;
            }
            Some("picture") if is_checked => return Ok(field.bytes().await.map_err(unreadable)?.to_vec()),
            _ => {}
        }
    }
    // Without the token this refuses; with it the form had no picture.
    staff.check_csrf(is_checked.then(|| staff.csrf_token()).flatten().as_deref())?;
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_page_offers_can_be_chosen() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(chosen("away", now), Some(Availability::Away));
        let Some(Availability::Paused { until }) = chosen("pause-10", now) else {
            panic!("it is a pause");
        };
        assert_eq!(until.as_second(), 600);
        for other in ["", "pause-", "pause-9999999", "busy"] {
            assert_eq!(chosen(other, now), None, "{other}");
        }
    }
}
