//! `[site]` and `[[announcement]]`: how the help center looks, and what it says before anybody asks.

use std::{collections::BTreeMap, path::PathBuf};

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::check::{Violations, is_css_colour, is_language, is_link, is_name, quoted};

/// How the help center calls itself, and how it looks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SiteConfig {
    /// Name of the company.
    pub name: String,
    /// Language of the pages' own words where the reader's is unknown.
    pub language: String,
    /// CSS colour of links and buttons.
    pub accent: String,
    /// Picture beside the name in the head of every page: SVG, PNG, JPEG or WebP, at most 256 kB.
    pub logo: Option<PathBuf>,
    /// Picture in the browser's tab: SVG, PNG or ICO, at most 256 kB.
    pub favicon: Option<PathBuf>,
    /// Style sheet that is loaded after ours, at most 256 kB.
    pub css: Option<PathBuf>,
    /// Links at the foot of every page.
    pub footer: Vec<FooterLink>,
}

impl Default for SiteConfig {
    fn default() -> Self {
        SiteConfig {
            name: "Help center".into(),
            language: "en".into(),
            accent: "#0b6e4f".into(),
            logo: None,
            favicon: None,
            css: None,
            footer: Vec::new(),
        }
    }
}

/// A link at the foot of the pages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FooterLink {
    /// What it says.
    pub text: Texts,
    /// Where to: an http(s) or mailto address, or a path of this site.
    pub url: String,
}

/// A text for readers: one for all, or one for each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Texts {
    /// The same for everybody.
    One(String),
    /// By the code of the language.
    ByLanguage(BTreeMap<String, String>),
}

impl Texts {
    /// The text for this language, else the one for `default`, else any.
    pub fn in_language(&self, lang: &str, default: &str) -> &str {
        match self {
            Texts::One(text) => text,
            Texts::ByLanguage(texts) => texts
                .get(lang)
                .or_else(|| texts.get(default))
                .or_else(|| texts.values().next())
                .map(String::as_str)
                .unwrap_or_default(),
        }
    }

    /// Every text, with the language that it is for.
    pub fn all(&self) -> Vec<(Option<&str>, &str)> {
        match self {
            Texts::One(text) => vec![(None, text)],
            Texts::ByLanguage(texts) => texts
                .iter()
                .map(|(lang, text)| (Some(lang.as_str()), text.as_str()))
                .collect(),
        }
    }
}

/// Something that readers should know before they ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementConfig {
    /// One or two sentences, plain text.
    pub text: Texts,
    /// Where to read more: an article's path or any address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How serious it is.
    #[serde(default)]
    pub level: Level,
    /// From when on it is shown: a date (midnight where the desk is) or an RFC 3339 time. Not set: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<String>,
    /// Until when, in the same form; a date is its end. Not set: until it is taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// For whom: conditions as in routing rules (page, language, plan, customer since, …). Empty: for everybody.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    #[schema(value_type = Object)]
    pub when: toml::Table,
}

/// How serious an announcement is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    #[default]
    Info,
    /// Something does not work as it should.
    Warning,
}

impl AnnouncementConfig {
    /// From when (included) until when (excluded) it is shown; `None` where a bound is not set or cannot be read.
    pub fn span(&self, zone: &TimeZone) -> (Option<Timestamp>, Option<Timestamp>) {
        let start = self.starts.as_deref().and_then(|text| moment(text, zone, 0));
        let end = self.ends.as_deref().and_then(|text| moment(text, zone, 1));
        (start, end)
    }
}

/// A time, or the midnight that begins the day `days` after a date.
fn moment(text: &str, zone: &TimeZone, days: i64) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let date: civil::Date = text.parse().ok()?;
    let day = date.checked_add(jiff::Span::new().days(days)).ok()?;
    day.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

pub(super) fn check_site(site: &SiteConfig, found: &mut Violations) {
    found.unless(
        is_name(&site.name),
        "site.name",
        quoted(&site.name),
        "must be 1 to 100 characters without control characters",
    );
    found.unless(
        is_language(&site.language),
        "site.language",
        quoted(&site.language),
        "must be a language code of two or three small letters, such as `en`",
    );
    found.unless(
        is_css_colour(&site.accent),
        "site.accent",
        quoted(&site.accent),
        "must be a CSS colour, such as `#0b6e4f`, `teal` or `rgb(11 110 79)`",
    );
    let pictures: [(&str, &Option<PathBuf>, &[&str]); 3] = [
        ("site.logo", &site.logo, &["svg", "png", "jpg", "jpeg", "webp"]),
        ("site.favicon", &site.favicon, &["svg", "png", "ico"]),
        ("site.css", &site.css, &["css"]),
    ];
    for (key, path, endings) in pictures {
        let Some(path) = path else { continue };
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        found.unless(
            endings.iter().any(|allowed| ending.eq_ignore_ascii_case(allowed)),
            key,
            quoted(&path.display().to_string()),
            format!("must name a file that ends in .{}", endings.join(", .")),
        );
    }
    found.unless(
        site.footer.len() <= 20,
        "site.footer",
        site.footer.len(),
        "must have at most 20 links",
    );
    for (i, link) in site.footer.iter().enumerate() {
        check_texts(&link.text, &format!("site.footer[{i}].text"), 100, found);
        found.unless(
            is_link(&link.url),
            format!("site.footer[{i}].url"),
            quoted(&link.url),
            "must be an https://, http:// or mailto: address, or a path of this site such as `/articles/en/imprint`",
        );
    }
}

pub(super) fn check_texts(texts: &Texts, key: &str, most: usize, found: &mut Violations) {
    let all = texts.all();
    found.unless(!all.is_empty(), key, "{}", "must have a text for at least one language");
    for (lang, text) in all {
        let key = lang.map_or(key.to_owned(), |lang| format!("{key}.{lang}"));
        found.unless(
            lang.is_none_or(is_language),
            &key,
            quoted(text),
            "must be named after a language, such as `en`",
        );
        found.unless(
            !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control),
            &key,
            quoted(text),
            format!("must be 1 to {most} characters on one line"),
        );
    }
}

pub(super) fn check_announcements(announcements: &[AnnouncementConfig], found: &mut Violations) {
    found.unless(
        announcements.len() <= 50,
        "announcement",
        announcements.len(),
        "must be at most 50",
    );
    for (i, announcement) in announcements.iter().enumerate() {
        let key = |field: &str| format!("announcement[{i}].{field}");
        check_texts(&announcement.text, &key("text"), 500, found);
        if let Some(url) = &announcement.url {
            found.unless(
                is_link(url),
                key("url"),
                quoted(url),
                "must be an https://, http:// or mailto: address, or a path of this site",
            );
        }
        for (field, text) in [("starts", &announcement.starts), ("ends", &announcement.ends)] {
            let Some(text) = text else { continue };
            found.unless(
                moment(text, &TimeZone::UTC, 0).is_some(),
                key(field),
                quoted(text),
                "must be a date such as `2026-12-24` or a time such as `2026-12-24T18:00:00+07:00`",
            );
        }
        if let (Some(start), Some(end)) = announcement.span(&TimeZone::UTC) {
            found.unless(
                start < end,
                key("ends"),
                quoted(announcement.ends.as_deref().unwrap_or_default()),
                "must be after the time from which it is shown",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_begins_and_ends_where_the_desk_is() {
        let announcement: AnnouncementConfig =
            toml::from_str("text = 'We move.'\nstarts = '2026-12-24'\nends = '2026-12-24'").expect("valid");
        let zone = TimeZone::get("Asia/Jakarta").expect("a zone");
        let (start, end) = announcement.span(&zone);
        assert_eq!(start.map(|t| t.to_string()), Some("2026-12-23T17:00:00Z".into()));
        assert_eq!(end.map(|t| t.to_string()), Some("2026-12-24T17:00:00Z".into()));
    }

    #[test]
    fn a_text_is_found_in_the_readers_language_then_the_sites_then_any() {
        let texts: Texts = toml::from_str::<toml::Table>("t = { en = 'Hi', id = 'Hai' }").expect("toml")["t"]
            .clone()
            .try_into()
            .expect("texts");
        assert_eq!(texts.in_language("id", "en"), "Hai");
        assert_eq!(texts.in_language("ja", "en"), "Hi");
        assert_eq!(texts.in_language("ja", "fr"), "Hi");
        assert_eq!(Texts::One("Hello".into()).in_language("ja", "en"), "Hello");
    }
}
