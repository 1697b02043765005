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
    frames, mark_of, mistaken, more_conditions, save, set_elsewhere, show as send, unknown_act,
};
use crate::{
    config::{AnnouncementConfig, Level, Texts, Violation},
    desk::{
        conditions::{Condition, ConditionError},
        local_iso,
        people::Permission,
    },
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
    /// In which the times are.
    zone: String,
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
    let (starts, ends) = announcement.span(zone);
    for (name, at) in [("starts", starts), ("ends", ends)] {
        form.set(name, at.map(|at| moments::to_field(at, zone)).unwrap_or_default());
    }
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
                    .part_of("Text")
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
            .hint(&format!("Time in {}. Empty: at once.", config.desk.time_zone)),
        ends: Field::text("ends", "Until", &form).kind("moment").hint(&format!(
            "Time in {}; not shown any more from this minute on. Empty: until it is removed.",
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
    let mut page = Page {
        frame,
        desk,
        seen,
        locked: set_elsewhere(config.sources.of("announcement")),
        rows: config.announcement.iter().enumerate().map(row).collect(),
        edit,
        zone: config.desk.time_zone.clone(),
    };
    if let Some(edit) = &page.edit {
        let fields = edit
            .texts
            .iter()
            .chain([&edit.level, &edit.url, &edit.starts, &edit.ends])
            .chain(&edit.audience)
            .chain([&edit.more]);
        page.desk.point_to(mistaken(fields));
    }
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

/// The announcement that a form says, or what is wrong with its times and its conditions. What was not changed of the times
/// of `before` stays as it was written: a date goes on meaning that day of the desk.
fn read(
    form: &Form,
    site_language: &str,
    clock: (&TimeZone, &str),
    before: Option<&AnnouncementConfig>,
) -> Result<AnnouncementConfig, Vec<Violation>> {
    let mut wrong = Vec::new();
    let mut refuse = |key: &str, value: &str, allowed: String| {
        wrong.push(Violation {
            key: key.to_owned(),
            value: value.to_owned(),
            allowed,
        });
    };
    let (starts, ends) = times(form, clock, before, &mut refuse);
    let more = form.raw("more").replace('\r', "");
    let mut when = more_conditions::read(&more).unwrap_or_else(|why| {
        refuse("more", &more, why);
        toml::Table::new()
    });
    for (key, ..) in FRIENDLY {
        let values = parts(form.get(&format!("when.{key}")), &[',', '\n']);
        if !values.is_empty() {
            when.insert(key.to_owned(), values.into());
        }
    }
    if let Err(ConditionError { key, reason }) = Condition::from_toml(&when, "when") {
        let key = key.strip_prefix("when.").unwrap_or(&key);
        let first = key.split(['.', '[']).next().unwrap_or_default();
        match FRIENDLY.iter().any(|(own, ..)| *own == first) {
            true => refuse(&format!("when.{first}"), &more, reason),
            false => refuse("more", &more, format!("\u{201c}{key}\u{201d} {reason}")),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(AnnouncementConfig {
        text: form.texts("text", site_language).unwrap_or(Texts::One(String::new())),
        url: form.given("url"),
        level: match form.get("level") {
            "warning" => Level::Warning,
            _ => Level::Info,
        },
        starts,
        ends,
        when,
    })
}

fn times(
    form: &Form,
    (zone, name): (&TimeZone, &str),
    before: Option<&AnnouncementConfig>,
    refuse: &mut impl FnMut(&str, &str, String),
) -> (Option<String>, Option<String>) {
    let (starts, ends) = before.map_or((None, None), |before| before.span(zone));
    // A second in a moment of before, or which of two equal hours it was, is not in the field.
    let mut read = |field: &str, at: Option<Timestamp>, written: Option<&String>| {
        let text = form.given(field)?;
        if at.is_some_and(|at| moments::to_field(at, zone) == text) {
            return written.cloned();
        }
        let at = moments::from_field(&text, zone, name)
            .map_err(|why| refuse(field, &text, why))
            .ok()?;
        Some(local_iso(at, zone))
    };
    (
        read("starts", starts, before.and_then(|before| before.starts.as_ref())),
        read("ends", ends, before.and_then(|before| before.ends.as_ref())),
    )
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
        "save" => match read(
            &form,
            &site_language,
            (&web.time_zone(), &config.desk.time_zone),
            number.and_then(|number| config.announcement.get(number)),
        ) {
            Ok(announcement) => Some(announcement),
            Err(violations) => {
                let mut refusal = Refusal::invalid(violations);
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

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("a zone")
    }

    fn again(form: &Form, before: Option<&AnnouncementConfig>) -> Result<AnnouncementConfig, Vec<Violation>> {
        read(form, "en", (&berlin(), "Europe/Berlin"), before)
    }

    #[test]
    fn an_announcement_comes_back_from_its_form() {
        for text in [
            "text = 'We move.'",
            "text = { en = 'We move.', ja = '引っ越します。' }\nurl = '/articles/en/move'\nlevel = 'warning'\nstarts = '2026-12-24'\nends = '2026-12-26'\n\
             when = { page_url = ['/billing*'], language = ['en', 'ja'], tenure_below_days = 30 }",
            // To the second, and the second of two equal hours.
            "text = 'x'\nstarts = '2026-10-25T01:30:15Z'",
        ] {
            let announcement: AnnouncementConfig = toml::from_str(text).expect("an announcement");
            let form = form_of(&announcement, "0", "en", &berlin());
            assert_eq!(again(&form, Some(&announcement)), Ok(announcement), "{text}");
        }
    }

    #[test]
    fn times_are_those_of_the_desk_to_the_minute() {
        let before: AnnouncementConfig =
            toml::from_str("text = 'x'\nstarts = '2026-12-24'\nends = '2026-12-26'").expect("an announcement");
        let mut form = form_of(&before, "0", "en", &berlin());
        assert_eq!(form.get("starts"), "2026-12-24T00:00");
        assert_eq!(form.get("ends"), "2026-12-27T00:00", "a day ends at its midnight");
        form.set("ends", "2026-12-24T03:30");
        let read = again(&form, Some(&before)).expect("an announcement");
        assert_eq!(read.starts.as_deref(), Some("2026-12-24"), "it was not touched");
        assert_eq!(read.ends.as_deref(), Some("2026-12-24T03:30:00+01:00"));
        form.set("starts", "2026-03-29T02:30");
        form.set("ends", "soon");
        let wrong = again(&form, Some(&before)).expect_err("neither is a moment");
        let told: Vec<_> = wrong.iter().map(|wrong| wrong.key.as_str()).collect();
        assert_eq!(told, ["starts", "ends"]);
        assert!(
            wrong[0].allowed.starts_with("does not exist in Europe/Berlin"),
            "{}",
            wrong[0].allowed
        );
    }

    #[test]
    fn conditions_that_nobody_knows_are_told() {
        let mut form = Form::default();
        form.set("more", "weather = 'rain'");
        let wrong = again(&form, None).expect_err("nobody knows the weather");
        assert_eq!(wrong[0].key, "more");
        assert!(
            wrong[0]
                .allowed
                .starts_with("“weather” is not a known condition; known are topic,"),
            "{}",
            wrong[0].allowed
        );
        form.set("when.plan", "...");
        form.set("more", "");
        let wrong = again(&form, None);
        assert!(wrong.is_ok_and(|read| read.when.contains_key("plan")));
    }
}
