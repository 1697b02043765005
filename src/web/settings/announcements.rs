//! `/settings/announcements`: what readers should know before they ask.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

use super::{
    Refusal, back,
    form::{Field, Form, list as parts},
    frames, mark_of, save, set_elsewhere, show as send, unknown_act,
};
use crate::{
    config::{AnnouncementConfig, Level, Texts, Violation},
    desk::{conditions::Condition, people::Permission},
    http::{Params, Problem, Staff, StaffForm, state::Web},
    web::{moments, staff::StaffFrame},
};

const PATH: &str = "/settings/announcements";
/// Conditions that have a field of their own; every other one is written down.
const FRIENDLY: [(&str, &str, &str); 3] = [
    (
        "page_url",
        "Only on these pages",
        "Paths such as /billing*, separated by commas. Empty: everywhere.",
    ),
    (
        "language",
        "Only in these languages",
        "Codes such as en, ja. Empty: all.",
    ),
    ("plan", "Only for these plans", "Names separated by commas. Empty: all."),
];

#[derive(Template)]
#[template(path = "settings_announcements.html")]
struct Page {
    frame: StaffFrame,
    desk: super::Desk,
    seen: String,
    locked: Option<String>,
    rows: Vec<Row>,
    edit: Option<Edit>,
}

/// An announcement in the list.
struct Row {
    number: usize,
    text: String,
    is_warning: bool,
    /// "Shown now", "Begins on …", "Ended on …".
    state: String,
    is_shown: bool,
    audience: String,
}

/// The form of one.
struct Edit {
    /// Its number; one that is new has none.
    number: String,
    texts: Vec<Field>,
    url: Field,
    level: Field,
    starts: Field,
    ends: Field,
    audience: Vec<Field>,
    more: Field,
}

#[derive(Deserialize)]
pub(super) struct ListParams {
    saved: Option<String>,
    edit: Option<String>,
}

pub(super) async fn list(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<ListParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let done = params.saved.map(|word| match word.as_str() {
        "removed" => "Removed. Readers do not see it any more.",
        _ => "Saved. Readers see it from the next page they open, as far as its times and its audience say.",
    });
    let config = web.config();
    let form = match params.edit.as_deref() {
        None => None,
        Some("new") => Some(Form::default()),
        Some(number) => {
            let found = number
                .parse::<usize>()
                .ok()
                .and_then(|number| config.announcement.get(number));
            found.map(|announcement| form_of(announcement, number, &config.site.language, &web.time_zone()))
        }
    };
    page(&web, &staff, form, done, None, &headers).await
}

fn form_of(announcement: &AnnouncementConfig, number: &str, site_language: &str, zone: &TimeZone) -> Form {
    let mut form = Form::default();
    form.set("number", number);
    form.set_texts("text", Some(&announcement.text), site_language);
    form.set("url", announcement.url.clone().unwrap_or_default());
    form.set(
        "level",
        if announcement.level == Level::Warning {
            "warning"
        } else {
            "info"
        },
    );
    let (start, end) = announcement.span(zone);
    let field = |at: Option<Timestamp>| at.map(|at| moments::to_field(at, zone)).unwrap_or_default();
    form.set("starts", field(start));
    form.set("ends", field(end));
    let mut rest = announcement.when.clone();
    for (key, ..) in FRIENDLY {
        if let Some(values) = announcement.when.get(key).and_then(plain_list) {
            form.set(format!("when.{key}"), values.join(", "));
            rest.remove(key);
        }
    }
    form.set("more", toml::to_string(&rest).unwrap_or_default().trim());
    form
}

/// A text, or a list of texts without commas in them.
fn plain_list(value: &toml::Value) -> Option<Vec<String>> {
    let values = match value {
        toml::Value::String(text) => vec![text.clone()],
        toml::Value::Array(values) => values
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect::<Option<_>>()?,
        _ => return None,
    };
    values.iter().all(|value| !value.contains(',')).then_some(values)
}

async fn page(
    web: &Web,
    staff: &Staff,
    form: Option<Form>,
    done: Option<&str>,
    refusal: Option<Refusal>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let config = web.config();
    let (frame, desk) = frames(web, staff, PATH, Permission::ChangeSettings)?;
    let (desk, status) = desk.told(done).refused(&refusal);
    let seen = mark_of(web, form.as_ref(), &refusal).await?;
    let zone = config.desk.zone();
    let now = web.now();
    let row = |(number, announcement): (usize, &AnnouncementConfig)| {
        let (state, is_shown) = state(announcement, &zone, now);
        let language = &config.site.language;
        Row {
            number,
            text: announcement.text.in_language(language, language).to_owned(),
            is_warning: announcement.level == Level::Warning,
            state,
            is_shown,
            audience: audience(announcement),
        }
    };
    let edit = form.map(|form| Edit {
        number: form.get("number").to_owned(),
        texts: languages(web, &form, "text", &config.site.language)
            .into_iter()
            .map(|lang| {
                Field::text(&format!("text.{lang}"), super::super::lang::name(&lang), &form)
                    .kind("area")
                    .lang(&lang)
            })
            .collect(),
        url: Field::text("url", "Link to read more", &form).hint("An article's path or any address. Not required."),
        level: Field::text("level", "How serious it is", &form).options([
            ("info", "Good to know"),
            ("warning", "Something does not work as it should"),
        ]),
        starts: Field::text("starts", "From", &form)
            .kind("moment")
            .hint(&format!("The clock in {}. Empty: at once.", config.desk.time_zone)),
        ends: Field::text("ends", "Until", &form).kind("moment").hint(&format!(
            "The clock in {}. Empty: until it is removed.",
            config.desk.time_zone
        )),
        audience: FRIENDLY
            .iter()
            .map(|(key, label, hint)| Field::text(&format!("when.{key}"), label, &form).hint(hint))
            .collect(),
        more: Field::text("more", "More conditions", &form)
            .kind("area")
            .hint("As in the rules of routing, one a line: tenure_below_days = 30"),
    });
    let page = Page {
        frame,
        desk,
        seen,
        locked: set_elsewhere(config.sources.of("announcement")),
        rows: config.announcement.iter().enumerate().map(row).collect(),
        edit,
    };
    send(&page, status, headers)
}

/// The languages of the articles and of what the form holds, the site's first.
pub(super) fn languages(web: &Web, form: &Form, name: &str, site_language: &str) -> Vec<String> {
    let mut languages = vec![site_language.to_owned()];
    languages.extend(super::super::lang::of_articles(&web.generation()));
    languages.extend(form.languages(name));
    let mut seen = std::collections::HashSet::new();
    languages.retain(|lang| seen.insert(lang.clone()));
    languages
}

fn state(announcement: &AnnouncementConfig, zone: &TimeZone, now: Timestamp) -> (String, bool) {
    let told = |at: Timestamp| moments::told(at, zone);
    match announcement.span(zone) {
        (_, Some(end)) if end <= now => (format!("Ended on {}", told(end)), false),
        (Some(start), _) if start > now => (format!("Begins on {}", told(start)), false),
        (_, Some(end)) => (format!("Shown now, until {}", told(end)), true),
        _ => ("Shown now, until it is removed".to_owned(), true),
    }
}

fn audience(announcement: &AnnouncementConfig) -> String {
    if announcement.when.is_empty() {
        return "Everybody".to_owned();
    }
    one_line(&toml::to_string(&announcement.when).unwrap_or_default())
}

fn one_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The announcement that a form says, or what is wrong with its conditions.
fn read(
    form: &Form,
    site_language: &str,
    (zone_name, zone): (&str, &TimeZone),
) -> Result<AnnouncementConfig, Violation> {
    let wrong = |key: &str, value: &str, allowed: String| Violation {
        key: key.to_owned(),
        value: value.to_owned(),
        allowed,
    };
    let more = form.raw("more").replace('\r', "");
    let mut when: toml::Table = toml::from_str(&more)
        .map_err(|error: toml::de::Error| wrong("more", &more, error.message().trim().to_owned()))?;
    for (key, ..) in FRIENDLY {
        let values = parts(form.get(&format!("when.{key}")), &[',', '\n']);
        if !values.is_empty() {
            when.insert(key.to_owned(), values.into());
        }
    }
    let moment = |name: &str| -> Result<Option<String>, Violation> {
        let Some(text) = form.given(name) else { return Ok(None) };
        let at = moments::from_field(&text, zone, zone_name).map_err(|why| wrong(name, &text, why))?;
        Ok(Some(moments::with_offset(at, zone)))
    };
    Condition::from_toml(&when, "when").map_err(|error| wrong("more", &more, error.to_string()))?;
    Ok(AnnouncementConfig {
        text: form.texts("text", site_language).unwrap_or(Texts::One(String::new())),
        url: form.given("url"),
        level: match form.get("level") {
            "warning" => Level::Warning,
            _ => Level::Info,
        },
        starts: moment("starts")?,
        ends: moment("ends")?,
        when,
    })
}

pub(super) async fn change(
    State(web): State<Web>,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let mut form = Form::sent(sent);
    let config = web.config();
    let site_language = config.site.language.clone();
    let number: Option<usize> = form.get("number").parse().ok();
    if let Some(why) = set_elsewhere(config.sources.of("announcement")) {
        let refusal = Refusal::plain(StatusCode::CONFLICT, why);
        return page(&web, &staff, Some(form), None, Some(refusal), &headers).await;
    }
    let announcement = match form.get("act") {
        "remove" => None,
        "save" => match read(&form, &site_language, (&config.desk.time_zone, &web.time_zone())) {
            Ok(announcement) => Some(announcement),
            Err(violation) => {
                let mut refusal = Refusal::invalid(vec![violation]);
                refusal.mark(&mut form, |key| Some(key.to_owned()));
                return page(&web, &staff, Some(form), None, Some(refusal), &headers).await;
            }
        },
        _ => return Err(unknown_act()),
    };
    let at = number.unwrap_or(config.announcement.len());
    let saved = save(
        &web,
        &staff,
        form.get("seen"),
        |settings| settings.announcement.clone(),
        |settings| {
            let all = settings.announcement.get_or_insert_default();
            match (&announcement, number.filter(|number| *number < all.len())) {
                (Some(announcement), Some(number)) => all[number] = announcement.clone(),
                (Some(announcement), None) => all.push(announcement.clone()),
                (None, Some(number)) => drop(all.remove(number)),
                (None, None) => {}
            }
            if all.is_empty() {
                settings.announcement = None;
            }
        },
    )
    .await?;
    match saved {
        Ok(()) if announcement.is_none() => Ok(back("/settings/announcements?saved=removed")),
        Ok(()) => Ok(back("/settings/announcements?saved=1")),
        Err(mut refusal) => {
            let prefix = format!("announcement[{at}].");
            refusal.mark(&mut form, |key| match key.strip_prefix(&prefix)? {
                "text" => Some(format!("text.{site_language}")),
                field => Some(field.to_owned()),
            });
            page(&web, &staff, Some(form), None, Some(refusal), &headers).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_comes_back_from_its_form() {
        for text in [
            "text = 'We move.'",
            "text = { en = 'We move.', ja = '引っ越します。' }\nurl = '/articles/en/move'\nlevel = 'warning'\nstarts = '2026-12-24'\nends = '2026-12-26'\n\
             when = { page_url = ['/billing*'], language = ['en', 'ja'], tenure_below_days = 30 }",
        ] {
            let announcement: AnnouncementConfig = toml::from_str(text).expect("an announcement");
            let zone = TimeZone::get("Asia/Jakarta").expect("a zone");
            let form = form_of(&announcement, "0", "en", &zone);
            let read = read(&form, "en", ("Asia/Jakarta", &zone)).expect("an announcement");
            // Days become the moments at which they begin and end.
            assert_eq!(read.span(&zone), announcement.span(&zone), "{text}");
            let same_words = AnnouncementConfig {
                starts: announcement.starts.clone(),
                ends: announcement.ends.clone(),
                ..read
            };
            assert_eq!(same_words, announcement, "{text}");
        }
    }

    #[test]
    fn conditions_that_nobody_knows_and_hours_that_do_not_exist_are_told() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let mut form = Form::default();
        form.set("more", "weather = 'rain'");
        let read = |form: &Form| read(form, "en", ("Europe/Berlin", &zone)).map_err(|wrong| wrong.key);
        assert_eq!(read(&form), Err("more".to_owned()));
        form.set("more", "");
        form.set("ends", "2026-03-29T02:30");
        assert_eq!(read(&form), Err("ends".to_owned()));
    }
}
