//! `/settings/site`: name, language, colour and foot of the help center.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};

use super::{
    Refusal, Saved, back,
    form::{Field, Form},
    frames, if_open, mark_of, mistaken, save, set_elsewhere, show as send,
};
use crate::{
    config::{Config, FooterLink, Texts},
    desk::people::Permission,
    http::{Params, Problem, Staff, StaffForm, state::Web},
    web::staff::StaffFrame,
};

const PATH: &str = "/settings/site";

#[derive(Template)]
#[template(path = "settings_site.html")]
struct Page {
    frame: StaffFrame,
    desk: super::Desk,
    seen: String,
    fields: Vec<Field>,
    links: Vec<Row>,
    links_locked: Option<String>,
    files: Vec<(&'static str, String)>,
}

/// A link at the foot.
struct Row {
    number: usize,
    text: Field,
    url: Field,
}

pub(super) async fn show(
    State(web): State<Web>,
    staff: Staff,
    Params(saved): Params<Saved>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let form = form_of(&web.config());
    page(&web, &staff, form, saved.told(), None, &headers).await
}

/// The values as they count.
fn form_of(config: &Config) -> Form {
    let mut form = Form::default();
    form.set("site.name", &config.site.name);
    form.set("site.language", &config.site.language);
    form.set("site.accent", &config.site.accent);
    for (i, link) in config.site.footer.iter().enumerate() {
        form.set(format!("link.{i}.text"), texts_on_one_line(&link.text));
        form.set(format!("link.{i}.url"), &link.url);
    }
    form
}

/// `Imprint`, or `en: Imprint; ja: 会社情報`.
fn texts_on_one_line(texts: &Texts) -> String {
    let told = |(lang, text): (Option<&str>, &str)| match lang {
        Some(lang) => format!("{lang}: {text}"),
        None => text.to_owned(),
    };
    texts.all().into_iter().map(told).collect::<Vec<_>>().join("; ")
}

/// What [`texts_on_one_line`] wrote.
fn texts_from_one_line(text: &str) -> Texts {
    let part = |part: &str| {
        let (lang, text) = part.split_once(':')?;
        let lang = lang.trim();
        let is_language = (2..=3).contains(&lang.len()) && lang.bytes().all(|b| b.is_ascii_lowercase());
        is_language.then(|| (lang.to_owned(), text.trim().to_owned()))
    };
    let parts: Option<BTreeMap<String, String>> = text.split(';').map(part).collect();
    match parts {
        Some(texts) => Texts::ByLanguage(texts),
        None => Texts::One(text.trim().to_owned()),
    }
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
    let of = |key| Field::of_key(key, &form, &config);
    let fields = vec![
        of("site.name")
            .hint("In the head of every page, in mails and in browser tabs.")
            .placeholder("Help center"),
        of("site.language")
            .hint("Of readers of whom nothing else is known: a code such as en, id or ja.")
            .placeholder("en"),
        of("site.accent")
            .kind("color")
            .hint("Of links and buttons. Shades for light and dark are made from it, so that everything stays legible.")
            .placeholder("#0b6e4f"),
    ];
    let mut rows = form.rows("link");
    rows.push(rows.last().map_or(0, |last| last + 1));
    let row = |number: usize| {
        let part = |name: &str, label| {
            Field::text(&format!("link.{number}.{name}"), label, &form).part_of(&format!("Link {}", number + 1))
        };
        Row {
            number,
            text: part("text", "What it says"),
            url: part("url", "Address"),
        }
    };
    let files = [
        ("Logo", config.site.logo.as_ref()),
        ("Icon in the tab", config.site.favicon.as_ref()),
        ("Style sheet", config.site.css.as_ref()),
    ];
    let mut page = Page {
        frame,
        desk,
        seen,
        fields,
        links: rows.into_iter().map(row).collect(),
        links_locked: set_elsewhere(config.sources.of("site.footer")),
        files: files
            .into_iter()
            .filter_map(|(what, path)| Some((what, path?.file_name()?.to_string_lossy().into_owned())))
            .collect(),
    };
    let links = page.links.iter().flat_map(|row| [&row.text, &row.url]);
    page.desk.point_to(mistaken(page.fields.iter().chain(links)));
    send(&page, status, headers)
}

pub(super) async fn change(
    State(web): State<Web>,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let mut form = Form::sent(sent);
    let (links, rows): (Vec<FooterLink>, Vec<usize>) = form
        .rows("link")
        .into_iter()
        .filter_map(|row| {
            let (text, url) = (
                form.get(&format!("link.{row}.text")),
                form.get(&format!("link.{row}.url")),
            );
            let link = FooterLink {
                text: texts_from_one_line(text),
                url: url.to_owned(),
            };
            (!text.is_empty() || !url.is_empty()).then_some((link, row))
        })
        .unzip();
    let default = Config::default();
    let config = web.config();
    let unless_default = |key: &str, usual: &str| if_open(&config, key, form.given(key).filter(|value| value != usual));
    let name = unless_default("site.name", &default.site.name);
    let language = unless_default("site.language", &default.site.language);
    let accent = unless_default("site.accent", &default.site.accent);
    let footer = if_open(&config, "site.footer", (!links.is_empty()).then_some(links));
    let saved = save(
        &web,
        &staff,
        form.get("seen"),
        |settings| settings.site.clone(),
        |settings| {
            settings.site.name.clone_from(&name);
            settings.site.language.clone_from(&language);
            settings.site.accent.clone_from(&accent);
            settings.site.footer.clone_from(&footer);
        },
    )
    .await?;
    match saved {
        Ok(()) => Ok(back("/settings/site?saved=1")),
        Err(mut refusal) => {
            refusal.mark(&mut form, |key| field_of(key, &rows));
            page(&web, &staff, form, None, Some(refusal), &headers).await
        }
    }
}

/// The field of a key: `site.footer[1].url` is that of the second row that holds anything.
fn field_of(key: &str, rows: &[usize]) -> Option<String> {
    let Some(rest) = key.strip_prefix("site.footer[") else {
        return key.starts_with("site.").then(|| key.to_owned());
    };
    let (number, field) = rest.split_once("].")?;
    let row = rows.get(number.parse::<usize>().ok()?)?;
    let field = if field.starts_with("text") { "text" } else { "url" };
    Some(format!("link.{row}.{field}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_survive_the_way_through_one_line() {
        for text in ["Imprint", "en: Imprint; ja: 会社情報", "Opening hours: 9 to 5"] {
            assert_eq!(texts_on_one_line(&texts_from_one_line(text)), text);
        }
    }

    #[test]
    fn a_mistake_finds_its_row_though_empty_rows_were_left_out() {
        assert_eq!(field_of("site.footer[1].url", &[0, 3]).as_deref(), Some("link.3.url"));
        assert_eq!(
            field_of("site.footer[1].text.en", &[0, 3]).as_deref(),
            Some("link.3.text")
        );
        assert_eq!(field_of("site.name", &[]).as_deref(), Some("site.name"));
        assert_eq!(field_of("widget.side", &[]), None);
    }
}
