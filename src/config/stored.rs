//! What the settings pages may set: a part of the config's keys, kept as one TOML text in the store.
//!
//! A flag, a variable or the config file wins over the pages, key by key: an operator who wrote something down finds it
//! unchanged. The outcome is checked as the file is, so that no page can set what the file could not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AnnouncementConfig, Config, FooterLink, HoursConfig, PageArticles, Side, Source, Sources, TargetsConfig,
    TeamConfig, Texts, Violation,
};

/// Keys of the hours of a week: a file that sets one of them sets the week.
const WEEK: [&str; 8] = [
    "weekdays",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Every key that pages may set; a team's is `desk.team.NAME`, and the days of the week count as one.
pub const SETTABLE: [&str; 23] = [
    "site.name",
    "site.language",
    "site.accent",
    "site.footer",
    "announcement",
    "widget.origins",
    "widget.title",
    "widget.greeting",
    "widget.accent",
    "widget.side",
    "widget.typing_preview",
    "widget.page",
    "desk.time_zone",
    "desk.hours.weekdays",
    "desk.hours.holidays",
    "desk.targets.first",
    "desk.targets.next",
    "desk.targets.resolve",
    "desk.team",
    "desk.escalate_after",
    "desk.claim_minutes",
    "desk.resolve_silence_days",
    "desk.misses",
];

/// The settings of the pages; what is not there is left to the defaults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({
    "site": {"accent": "#1a4f8b"},
    "announcement": [{"text": {"en": "Deliveries to Bali take two days longer this week."}, "level": "warning"}],
    "desk": {"hours": {"weekdays": ["09:00-17:00"]}}
}))]
pub struct StoredSettings {
    /// Name and looks of the help center.
    #[serde(skip_serializing_if = "is_default")]
    pub site: StoredSite,
    /// What readers should know before they ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announcement: Option<Vec<AnnouncementConfig>>,
    /// The chat on other sites.
    #[serde(skip_serializing_if = "is_default")]
    pub widget: StoredWidget,
    /// Hours and promises of the people.
    #[serde(skip_serializing_if = "is_default")]
    pub desk: StoredDesk,
}

/// `site` as far as pages may set it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoredSite {
    /// Name of the company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Language of the pages' own words where the reader's is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// CSS colour of links and buttons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// Links at the foot of every page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<Vec<FooterLink>>,
}

/// `widget`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoredWidget {
    /// Sites on which it may stand, as origins; `*` is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origins: Option<Vec<String>>,
    /// Name in its head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Texts>,
    /// What it says under the title before anybody wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greeting: Option<Texts>,
    /// CSS colour of its button and links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// At which side of the window it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Whether customers may be asked to show what they type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typing_preview: Option<bool>,
    /// Articles that it offers on some pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Vec<PageArticles>>,
}

/// `desk` as far as pages may set it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoredDesk {
    /// IANA name of the time zone of the hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// When people are there; calendar files are named in the config file only.
    #[serde(skip_serializing_if = "is_default")]
    pub hours: HoursConfig,
    /// By when they mean to reply.
    #[serde(skip_serializing_if = "is_default")]
    pub targets: TargetsConfig,
    /// What is different for single teams.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub team: BTreeMap<String, TeamConfig>,
    /// Waiting times after which a ticket climbs a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalate_after: Option<Vec<String>>,
    /// Minutes for which a claim holds that nobody touches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_minutes: Option<u32>,
    /// Days of silence after which a ticket that staff think is solved is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolve_silence_days: Option<u32>,
    /// Answers that did not help after which the bot hands over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misses: Option<u32>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Why settings of the pages cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoredError {
    /// They are not TOML, or a key is unknown or of the wrong type.
    #[error("{0}")]
    Syntax(String),
    /// Values that are not allowed.
    #[error("{}", told(.0))]
    Invalid(Vec<Violation>),
}

fn told(violations: &[Violation]) -> String {
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

impl StoredSettings {
    /// What counts in a config, as far as pages may set it.
    pub fn of(config: &Config) -> Self {
        let Config {
            site,
            announcement,
            widget,
            desk,
            ..
        } = config;
        let hours = |hours: &HoursConfig| HoursConfig {
            calendars: Vec::new(),
            ..hours.clone()
        };
        let team = desk.team.iter().map(|(name, team)| {
            let own = TeamConfig {
                hours: team.hours.as_ref().map(hours),
            };
            (name.clone(), own)
        });
        StoredSettings {
            site: StoredSite {
                name: Some(site.name.clone()),
                language: Some(site.language.clone()),
                accent: Some(site.accent.clone()),
                footer: Some(site.footer.clone()),
            },
            announcement: Some(announcement.clone()),
            widget: StoredWidget {
                origins: Some(widget.origins.clone()),
                title: widget.title.clone(),
                greeting: widget.greeting.clone(),
                accent: widget.accent.clone(),
                side: Some(widget.side),
                typing_preview: Some(widget.typing_preview),
                page: Some(widget.page.clone()),
            },
            desk: StoredDesk {
                time_zone: Some(desk.time_zone.clone()),
                hours: hours(&desk.hours),
                targets: desk.targets.clone(),
                team: team.collect(),
                escalate_after: desk.escalate_after.clone(),
                claim_minutes: Some(desk.claim_minutes),
                resolve_silence_days: Some(desk.resolve_silence_days),
                misses: Some(desk.misses),
            },
        }
    }

    /// Reads them as the store keeps them.
    ///
    /// # Errors
    /// [`StoredError::Syntax`].
    pub fn parse(text: &str) -> Result<Self, StoredError> {
        toml::from_str(text).map_err(|error| StoredError::Syntax(error.message().trim().to_owned()))
    }

    /// As the store keeps them.
    ///
    /// # Errors
    /// A value that TOML does not have, such as a date of another kind in a condition.
    pub fn to_text(&self) -> Result<String, StoredError> {
        toml::to_string_pretty(self).map_err(|error| StoredError::Syntax(error.to_string()))
    }
}

impl Config {
    /// This config with what the pages have set, where neither flag, variable nor file has set it.
    ///
    /// # Errors
    /// A text that is none of ours, or values that are not allowed; the same as for the file.
    pub fn with_stored(&self, text: &str) -> Result<Config, StoredError> {
        self.with_settings(&StoredSettings::parse(text)?)
    }

    /// [`Self::with_stored`] of settings that have been read.
    ///
    /// # Errors
    /// [`StoredError::Invalid`].
    pub fn with_settings(&self, stored: &StoredSettings) -> Result<Config, StoredError> {
        let mut config = self.clone();
        let mut wrong = no_calendars(stored);
        let mut merge = Merge {
            given: &self.sources,
            sources: &mut config.sources,
        };
        let StoredSite {
            name,
            language,
            accent,
            footer,
        } = &stored.site;
        merge.value("site.name", name, &mut config.site.name);
        merge.value("site.language", language, &mut config.site.language);
        merge.value("site.accent", accent, &mut config.site.accent);
        merge.value("site.footer", footer, &mut config.site.footer);
        merge.value("announcement", &stored.announcement, &mut config.announcement);
        let StoredWidget {
            origins,
            title,
            greeting,
            accent,
            side,
            typing_preview,
            page,
        } = &stored.widget;
        merge.value("widget.origins", origins, &mut config.widget.origins);
        merge.optional("widget.title", title, &mut config.widget.title);
        merge.optional("widget.greeting", greeting, &mut config.widget.greeting);
        merge.optional("widget.accent", accent, &mut config.widget.accent);
        merge.value("widget.side", side, &mut config.widget.side);
        merge.value(
            "widget.typing_preview",
            typing_preview,
            &mut config.widget.typing_preview,
        );
        merge.value("widget.page", page, &mut config.widget.page);
        merge.desk(&stored.desk, &mut config.desk);
        wrong.extend(config.check().err().unwrap_or_default());
        if wrong.is_empty() {
            Ok(config)
        } else {
            Err(StoredError::Invalid(wrong))
        }
    }
}

/// Files of the server are named by whoever has it, not by whoever may open a page.
fn no_calendars(stored: &StoredSettings) -> Vec<Violation> {
    let desk = std::iter::once(("desk.hours".to_owned(), &stored.desk.hours));
    let teams = stored.desk.team.iter().filter_map(|(name, team)| {
        let hours = team.hours.as_ref()?;
        Some((format!("desk.team.{name}.hours"), hours))
    });
    desk.chain(teams)
        .filter(|(_, hours)| !hours.calendars.is_empty())
        .map(|(table, hours)| Violation {
            key: format!("{table}.calendars"),
            value: format!("{} files", hours.calendars.len()),
            allowed: "calendar files are named in the config file only".to_owned(),
        })
        .collect()
}

struct Merge<'a> {
    /// Before the pages.
    given: &'a Sources,
    sources: &'a mut Sources,
}

impl Merge<'_> {
    fn value<T: Clone>(&mut self, key: &str, set: &Option<T>, to: &mut T) {
        if let Some(value) = set
            && self.take(key)
        {
            to.clone_from(value);
        }
    }

    fn optional<T: Clone>(&mut self, key: &str, set: &Option<T>, to: &mut Option<T>) {
        if set.is_some() && self.take(key) {
            to.clone_from(set);
        }
    }

    fn take(&mut self, key: &str) -> bool {
        let is_open = self.given.is_open(key);
        if is_open {
            self.sources.set(key, Source::Pages);
        }
        is_open
    }

    fn desk(&mut self, stored: &StoredDesk, desk: &mut super::DeskConfig) {
        let StoredDesk {
            time_zone,
            hours,
            targets,
            team,
            escalate_after,
            claim_minutes,
            resolve_silence_days,
            misses,
        } = stored;
        self.value("desk.time_zone", time_zone, &mut desk.time_zone);
        if hours.is_set() && self.given.is_week_open() {
            desk.hours.take_week(hours);
            for day in WEEK {
                self.sources.set(format!("desk.hours.{day}"), Source::Pages);
            }
        }
        if !hours.holidays.is_empty() && self.take("desk.hours.holidays") {
            desk.hours.holidays.clone_from(&hours.holidays);
        }
        self.optional("desk.targets.first", &targets.first, &mut desk.targets.first);
        self.optional("desk.targets.next", &targets.next, &mut desk.targets.next);
        self.optional("desk.targets.resolve", &targets.resolve, &mut desk.targets.resolve);
        for (name, own) in team {
            if self.take(&format!("desk.team.{name}")) {
                desk.team.insert(name.clone(), own.clone());
            }
        }
        self.optional("desk.escalate_after", escalate_after, &mut desk.escalate_after);
        self.value("desk.claim_minutes", claim_minutes, &mut desk.claim_minutes);
        self.value(
            "desk.resolve_silence_days",
            resolve_silence_days,
            &mut desk.resolve_silence_days,
        );
        self.value("desk.misses", misses, &mut desk.misses);
    }
}

impl Sources {
    /// Whether pages may set the hours of the week: one day in the file sets them all, since days lean on each other.
    pub fn is_week_open(&self) -> bool {
        self.of_week().is_open()
    }

    /// What set the hours of the week.
    pub fn of_week(&self) -> &Source {
        let days = || WEEK.iter().map(|day| self.of(&format!("desk.hours.{day}")));
        days()
            .find(|source| !source.is_open())
            .or_else(|| days().find(|source| **source == Source::Pages))
            .unwrap_or(&Source::Default)
    }
}

#[cfg(test)]
#[path = "stored_tests.rs"]
mod tests;
