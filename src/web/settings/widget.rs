//! `/settings/widget`: the chat on other sites, with a preview and the line that puts it on a page.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Refusal, Saved,
    announcements::languages,
    back,
    form::{Field, Form, list},
    frames, if_open, mark_of, mistaken, save, set_elsewhere, show as send,
};
use crate::{
    config::{Config, PageArticles, Side, Texts},
    desk::{people::Permission, talk},
    http::{Params, Problem, Staff, StaffForm, state::Web},
    web::{colour, page::encode_param, staff::StaffFrame},
};

const PATH: &str = "/settings/widget";

/// As every page's, but that it shows the preview in a frame of our own.
const WITH_FRAME: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; \
     media-src 'self' https:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'self'; frame-src 'self'";

#[derive(Template)]
#[template(path = "settings_widget.html")]
struct Page {
    frame: StaffFrame,
    desk: super::Desk,
    seen: String,
    titles: Vec<Field>,
    greetings: Vec<Field>,
    accent: Field,
    side: Field,
    typing: Field,
    origins: Field,
    pages: Vec<Row>,
    pages_locked: Option<String>,
    snippet: String,
    /// Address of the preview with what is set now.
    preview: String,
    /// Where the articles' ids are looked up.
    articles: Vec<(String, String)>,
}

/// Articles for some pages.
struct Row {
    number: usize,
    pages: Field,
    articles: Field,
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

fn form_of(config: &Config) -> Form {
    let mut form = Form::default();
    let (widget, language) = (&config.widget, &config.site.language);
    form.set_texts("widget.title", widget.title.as_ref(), language);
    form.set_texts("widget.greeting", widget.greeting.as_ref(), language);
    form.set("widget.accent", widget.accent.clone().unwrap_or_default());
    form.set("widget.side", widget.side.as_str());
    if widget.typing_preview {
        form.set("widget.typing_preview", "yes");
    }
    form.set("widget.origins", widget.origins.join("\n"));
    for (i, page) in widget.page.iter().enumerate() {
        form.set(format!("page.{i}.pages"), page.pages.join(", "));
        form.set(format!("page.{i}.articles"), page.articles.join(", "));
    }
    form
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
    let language = &config.site.language;
    let (frame, desk) = frames(web, staff, PATH, Permission::ChangeSettings)?;
    let (desk, status) = desk.told(done).refused(&refusal);
    let seen = mark_of(web, Some(&form), &refusal).await?;
    let of = |key| Field::of_key(key, &form, &config);
    let texts = |key: &str, set: Option<&Texts>| -> Vec<Field> {
        let field = |lang: String| Field::of_text(key, &lang, set, &form, &config);
        languages(web, &form, key, language).into_iter().map(field).collect()
    };
    // Without any title the name of the help center is it.
    let or_name = |field: Field| match field.placeholder.is_empty() {
        true => field.placeholder(&config.site.name),
        false => field,
    };
    let mut rows = form.rows("page");
    rows.push(rows.last().map_or(0, |last| last + 1));
    let row = |number: usize| {
        let part = |name: &str, label| {
            Field::text(&format!("page.{number}.{name}"), label, &form).part_of(&format!("Pages {}", number + 1))
        };
        Row {
            number,
            pages: part("pages", "On these pages"),
            articles: part("articles", "Offer these articles"),
        }
    };
    // A server that does not know its address is where the browser found it.
    let base = config.server.public_url.clone().unwrap_or_else(|| {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        format!("http://{}", host.unwrap_or("help.example.com"))
    });
    let generation = web.generation();
    let mut page = Page {
        frame,
        desk,
        seen,
        titles: texts("widget.title", config.widget.title.as_ref()).into_iter().map(or_name).collect(),
        greetings: texts("widget.greeting", config.widget.greeting.as_ref()).into_iter().map(|field| field.kind("area")).collect(),
        accent: of("widget.accent")
            .kind("color")
            .hint("Of its button and links. Empty: the accent of the help center.")
            .placeholder(&config.site.accent),
        side: of("widget.side").options([
            ("end", "Where lines end (right in English)"),
            ("start", "Where lines begin (left in English)"),
        ]),
        typing: of("widget.typing_preview")
            .kind("check")
            .hint("Agents see nothing before the customer has said yes."),
        origins: of("widget.origins")
            .kind("area")
            .hint("One a line, such as https://shop.example.com. A single * lets every site show it. Your help center always may."),
        pages: rows.into_iter().map(row).collect(),
        pages_locked: set_elsewhere(config.sources.of("widget.page")),
        snippet: format!("<script src=\"{base}/widget.js\" async></script>"),
        preview: preview_path(&form, language),
        articles: generation
            .articles()
            .iter()
            .filter(|article| article.is_listed())
            .map(|article| (article.id.0.clone(), article.title.clone()))
            .collect(),
    };
    let fields = std::iter::once(&page.origins)
        .chain(&page.titles)
        .chain(&page.greetings)
        .chain([&page.accent, &page.side])
        .chain(page.pages.iter().flat_map(|row| [&row.pages, &row.articles]))
        .chain([&page.typing]);
    page.desk.point_to(mistaken(fields));
    let mut response = send(&page, status, headers)?;
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(WITH_FRAME));
    Ok(response)
}

fn preview_path(form: &Form, language: &str) -> String {
    let pairs = [
        ("title", form.get(&format!("widget.title.{language}"))),
        ("greeting", form.get(&format!("widget.greeting.{language}"))),
        ("accent", form.get("widget.accent")),
        ("side", form.get("widget.side")),
        ("lang", language),
    ];
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encode_param(value)))
        .collect();
    format!("/settings/widget/preview?{}", pairs.join("&"))
}

pub(super) async fn change(
    State(web): State<Web>,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let mut form = Form::sent(sent);
    let config = web.config();
    let language = config.site.language.clone();
    let title = if_open(&config, "widget.title", form.texts("widget.title", &language));
    let greeting = if_open(&config, "widget.greeting", form.texts("widget.greeting", &language));
    let accent = if_open(&config, "widget.accent", form.given("widget.accent"));
    let side = match form.get("widget.side") {
        "start" => Some(Side::Start),
        _ => None,
    };
    let side = if_open(&config, "widget.side", side);
    let typing = form.is_on("widget.typing_preview").then_some(true);
    let typing = if_open(&config, "widget.typing_preview", typing);
    let origins = form.lines("widget.origins");
    let origins = if_open(&config, "widget.origins", (!origins.is_empty()).then_some(origins));
    let (pages, rows): (Vec<PageArticles>, Vec<usize>) = form
        .rows("page")
        .into_iter()
        .filter_map(|row| {
            let get = |field: &str| list(form.get(&format!("page.{row}.{field}")), &[',', '\n']);
            let (pages, articles) = (get("pages"), get("articles"));
            (!pages.is_empty() || !articles.is_empty()).then_some((PageArticles { pages, articles }, row))
        })
        .unzip();
    let pages = if_open(&config, "widget.page", (!pages.is_empty()).then_some(pages));
    let saved = save(
        &web,
        &staff,
        form.get("seen"),
        |settings| settings.widget.clone(),
        |settings| {
            let widget = &mut settings.widget;
            widget.title.clone_from(&title);
            widget.greeting.clone_from(&greeting);
            widget.accent.clone_from(&accent);
            (widget.side, widget.typing_preview) = (side, typing);
            widget.origins.clone_from(&origins);
            widget.page.clone_from(&pages);
        },
    )
    .await?;
    match saved {
        Ok(()) => Ok(back("/settings/widget?saved=1")),
        Err(mut refusal) => {
            refusal.mark(&mut form, |key| field_of(key, &rows, &language));
            page(&web, &staff, form, None, Some(refusal), &headers).await
        }
    }
}

/// The field of a key: a list is one field, and rows that hold nothing were left out.
fn field_of(key: &str, rows: &[usize], language: &str) -> Option<String> {
    if let Some(rest) = key.strip_prefix("widget.page[") {
        let (number, field) = rest.split_once("].")?;
        let row = rows.get(number.parse::<usize>().ok()?)?;
        let field = field.split('[').next()?;
        return Some(format!("page.{row}.{field}"));
    }
    match key {
        "widget.title" | "widget.greeting" => Some(format!("{key}.{language}")),
        key if key.starts_with("widget.origins") => Some("widget.origins".to_owned()),
        key => key.starts_with("widget.").then(|| key.to_owned()),
    }
}

/// Settings that are not saved.
#[derive(Deserialize)]
pub(super) struct PreviewParams {
    #[serde(default)]
    title: String,
    #[serde(default)]
    greeting: String,
    #[serde(default)]
    accent: String,
    #[serde(default)]
    side: String,
    #[serde(default)]
    lang: String,
}

#[derive(Template)]
#[template(path = "settings_widget_preview.html")]
struct Preview {
    /// What differs from the settings that count, as JSON.
    unsaved: String,
    lang: String,
    dir: &'static str,
    css: String,
}

/// The settings of the form as `GET /api/v1/widget` tells those that count.
fn unsaved(params: &PreviewParams, lang: &str, config: &Config) -> Value {
    let or = |text: &str, usual: &str| if text.trim().is_empty() { usual } else { text.trim() }.to_owned();
    let accent = or(&params.accent, &config.site.accent);
    let mut unsaved = json!({
        "name": &config.site.name,
        "first_words": talk::first_words(lang, &config.site.name),
        "title": or(&params.title, &config.site.name),
        "greeting": Some(params.greeting.trim()).filter(|text| !text.is_empty()),
        "side": if params.side == "start" { "start" } else { "end" },
    });
    // A colour that is half typed leaves the present one.
    if let Some(style) = colour::widget_css(&accent) {
        unsaved["style"] = style.into();
    }
    unsaved
}

/// A page of another site, as it were, with the widget on it.
pub(super) async fn preview(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<PreviewParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let (frame, desk) = frames(&web, &staff, PATH, Permission::ChangeSettings)?;
    drop(frame);
    let config = web.config();
    let lang = match params.lang.is_empty() {
        true => config.site.language.clone(),
        false => params.lang.clone(),
    };
    let page = Preview {
        unsaved: unsaved(&params, &lang, &config).to_string(),
        dir: super::super::lang::direction(&lang),
        lang,
        css: desk.css.to_owned(),
    };
    send(&page, StatusCode::OK, &headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_finds_its_field() {
        let of = |key| field_of(key, &[1], "en");
        assert_eq!(of("widget.page[0].pages").as_deref(), Some("page.1.pages"));
        assert_eq!(of("widget.title").as_deref(), Some("widget.title.en"));
        assert_eq!(of("widget.title.ja").as_deref(), Some("widget.title.ja"));
        assert_eq!(of("widget.origins[3]").as_deref(), Some("widget.origins"));
        assert_eq!(of("site.name"), None);
    }
}
