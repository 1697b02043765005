//! `/settings/hours`: when people are there, and days off.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, ToSpan, civil::Weekday, tz::TimeZone};
use serde::Serialize;

use super::{
    Refusal, Saved, back,
    form::{Field, Form},
    frames, if_open, mark_of, mistaken, save, set_elsewhere, show as send,
    week::{self, DayRow, HolidayRow},
};
use crate::{
    config::{Config, HoursConfig, StoredError, StoredSettings},
    desk::{Clockwork, DaysOff, people::Permission},
    http::{Params, Problem, Staff, StaffForm, state::Web},
    web::staff::StaffFrame,
};

const PATH: &str = "/settings/hours";
/// Days off of a calendar file that are shown.
const SHOWN: usize = 6;

#[derive(Template)]
#[template(path = "settings_hours.html")]
struct Page {
    frame: StaffFrame,
    desk: super::Desk,
    seen: String,
    zone: Field,
    is_always: bool,
    days: Vec<DayRow>,
    week_locked: Option<String>,
    holidays: Vec<HolidayRow>,
    holidays_locked: Option<String>,
    calendars: Vec<CalendarFile>,
    preview: Vec<String>,
    zones: Vec<String>,
}

/// A calendar file that the config names.
struct CalendarFile {
    name: String,
    next: Vec<(String, String)>,
}

pub(super) async fn show(
    State(web): State<Web>,
    staff: Staff,
    Params(saved): Params<Saved>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let config = web.config();
    let mut form = Form::default();
    form.set("desk.time_zone", &config.desk.time_zone);
    week::fill(&mut form, &config.desk.hours);
    page(&web, &staff, form, saved.told(), None, &headers).await
}

async fn page(
    web: &Web,
    staff: &Staff,
    form: Form,
    done: Option<&str>,
    refusal: Option<Refusal>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let config = web.config();
    let (frame, desk) = frames(web, staff, PATH, Permission::ChangeSettings)?;
    let (desk, status) = desk.told(done).refused(&refusal);
    let seen = mark_of(web, Some(&form), &refusal).await?;
    let zone = config.desk.zone();
    let now = web.now();
    let calendar = |path: &std::path::PathBuf| CalendarFile {
        name: path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned(),
        next: web
            .days_off()
            .upcoming(path, &zone, now, SHOWN)
            .into_iter()
            .map(|(from, to, name)| (days_in_words(from, to, &zone), name))
            .collect(),
    };
    let mut page = Page {
        frame,
        desk,
        seen,
        zone: Field::of_key("desk.time_zone", &form, &config)
            .hint("In which the hours below count and promises are told.")
            .placeholder("UTC"),
        is_always: form.get("always") == "yes",
        days: week::days(&form),
        week_locked: set_elsewhere(config.sources.of_week()),
        holidays: week::holidays(&form),
        holidays_locked: set_elsewhere(config.sources.of("desk.hours.holidays")),
        calendars: config.desk.hours.calendars.iter().map(calendar).collect(),
        preview: preview_of(&config, web.days_off(), now),
        zones: zones(),
    };
    let hours = week::mistaken(&page.days, &page.holidays);
    page.desk.point_to(mistaken([&page.zone]).into_iter().chain(hours));
    send(&page, status, headers)
}

/// Names of all time zones, for the field to suggest.
fn zones() -> Vec<String> {
    let names = jiff::tz::db().available().map(|name| name.as_str().to_owned());
    names.filter(|name| name.contains('/') || name == "UTC").collect()
}

/// "25 December 2026", or from one day to another.
fn days_in_words(from: Timestamp, to: Timestamp, zone: &TimeZone) -> String {
    let (from, to) = (from.to_zoned(zone.clone()), to.to_zoned(zone.clone()));
    let day = |time: &jiff::Zoned| time.strftime("%A, %-d %B %Y").to_string();
    let last = to.checked_sub(1.second()).unwrap_or_else(|_| to.clone());
    let is_whole_days = from.time() == jiff::civil::Time::midnight() && to.time() == jiff::civil::Time::midnight();
    match (is_whole_days, from.date() == last.date()) {
        (true, true) => day(&from),
        (true, false) => format!("{} to {}", day(&from), day(&last)),
        (false, _) => format!(
            "{}, {} to {}",
            day(&from),
            from.strftime("%H:%M"),
            last.strftime("%H:%M")
        ),
    }
}

/// What the hours mean, in sentences.
pub fn preview_of(config: &Config, days_off: &DaysOff, now: Timestamp) -> Vec<String> {
    let zone = config.desk.zone();
    let clocks = Clockwork::new(&config.desk, &zone, days_off);
    let calendar = clocks.calendar();
    let told = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%A, %-d %B, %H:%M").to_string();
    let local = now.to_zoned(zone.clone());
    let mut lines = Vec::new();
    let here = format!("Now it is {} in {}", local.strftime("%A, %H:%M"), config.desk.time_zone);
    lines.push(match calendar.span_at(now) {
        Some((from, _)) if from > now => format!("{here}: nobody is there until {}.", told(from)),
        Some(_) if !config.desk.hours.is_set() => format!("{here}: somebody is always there."),
        Some((_, to)) => format!("{here}: open until {}.", told(to)),
        None => format!("{here}: nobody will be there for two years."),
    });
    let hour = clocks.usual_first_target().as_secs() / 60;
    let length = match (hour / 60, hour % 60) {
        (0, minutes) => format!("{minutes} minutes"),
        (hours, 0) => format!("{hours} hours"),
        (hours, minutes) => format!("{hours} hours and {minutes} minutes"),
    };
    let friday = local
        .date()
        .nth_weekday(1, Weekday::Friday)
        .ok()
        .and_then(|date| zone.to_timestamp(date.at(18, 5, 0, 0)).ok());
    if let Some((asked, by)) = friday.and_then(|at| Some((at, calendar.add(at, clocks.usual_first_target())?))) {
        lines.push(format!(
            "A question asked on {} is answered by {}.",
            told(asked),
            told(by)
        ));
    }
    lines.push(format!(
        "The first reply is due within {length} of the time in which people are there."
    ));
    lines
}

/// What a form says: the settings with its hours, and the rows that hold days off.
fn with_form(form: &Form, config: &Config, settings: &mut StoredSettings) -> Vec<usize> {
    let (hours, rows) = week::read(form);
    let desk = &mut settings.desk;
    let default = Config::default().desk.time_zone;
    desk.time_zone = if_open(
        config,
        "desk.time_zone",
        form.given("desk.time_zone").filter(|zone| *zone != default),
    );
    desk.hours = HoursConfig {
        holidays: if_open(config, "desk.hours.holidays", Some(hours.holidays.clone())).unwrap_or_default(),
        ..match config.sources.is_week_open() {
            true => hours,
            false => HoursConfig::default(),
        }
    };
    rows
}

pub(super) async fn change(
    State(web): State<Web>,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let mut form = Form::sent(sent);
    let config = web.config();
    week::mean_typed_hours(&mut form, config.desk.hours.is_set());
    let rows = with_form(&form, &config, &mut StoredSettings::default());
    let saved = save(
        &web,
        &staff,
        form.get("seen"),
        |settings| (settings.desk.hours.clone(), settings.desk.time_zone.clone()),
        |settings| drop(with_form(&form, &config, settings)),
    )
    .await?;
    match saved {
        Ok(()) => Ok(back("/settings/hours?saved=1")),
        Err(mut refusal) => {
            refusal.mark(&mut form, |key| match key {
                "desk.time_zone" => Some(key.to_owned()),
                key => week::field_of(key, "desk.hours", &rows),
            });
            page(&web, &staff, form, None, Some(refusal), &headers).await
        }
    }
}

/// What hours that are not saved would mean.
#[derive(Serialize)]
struct Previewed {
    lines: Vec<String>,
    /// What is wrong, by the name of the field.
    wrong: BTreeMap<String, String>,
}

/// Sentences about a form that was not saved yet, for the module of the page.
pub(super) async fn preview(
    State(web): State<Web>,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let mut form = Form::sent(sent);
    week::mean_typed_hours(&mut form, web.config().desk.hours.is_set());
    let (mut settings, _) = web.stored_settings().await?;
    let rows = with_form(&form, &web.config(), &mut settings);
    let mut wrong = BTreeMap::new();
    let lines = match web.given().with_settings(&settings) {
        Ok(config) => preview_of(&config, web.days_off(), web.now()),
        Err(StoredError::Invalid(violations)) => {
            for violation in violations {
                let name = match violation.key.as_str() {
                    "desk.time_zone" => Some(violation.key.clone()),
                    key => week::field_of(key, "desk.hours", &rows),
                };
                if let Some(name) = name {
                    form.wrong(&name, &violation.allowed);
                    wrong.insert(name.clone(), form.error(&name).unwrap_or_default().to_owned());
                }
            }
            Vec::new()
        }
        Err(_) => Vec::new(),
    };
    let mut reply = Json(Previewed { lines, wrong }).into_response();
    reply
        .headers_mut()
        .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preview_says_when_a_friday_evening_is_answered() {
        let mut config = Config::default();
        config.desk.hours.weekdays = Some(vec!["09:00-17:00".into()]);
        config.desk.targets.first = Some("2h".into());
        // A Thursday.
        let now: Timestamp = "2026-11-26T10:00:00Z".parse().expect("a time");
        let lines = preview_of(&config, &DaysOff::default(), now);
        assert_eq!(
            lines[0],
            "Now it is Thursday, 10:00 in UTC: open until Thursday, 26 November, 17:00."
        );
        assert_eq!(
            lines[1],
            "A question asked on Friday, 27 November, 18:05 is answered by Monday, 30 November, 11:00."
        );
        assert!(lines[2].contains("2 hours"), "{}", lines[2]);
    }
}
