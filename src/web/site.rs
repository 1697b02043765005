//! What all pages of one site share.

use std::{fs::File, io::Read, path::Path};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{assets::Asset, colour};
use crate::{
    config::{AnnouncementConfig, Config, FooterLink, Level, SiteConfig, Texts, WidgetConfig},
    desk::conditions::Condition,
};

/// Largest file that an operator may put on every page, in bytes.
const LARGEST_FILE: u64 = 256 * 1024;

/// Name, address, looks and announcements of the site, computed once for one state of the settings.
pub struct Site {
    /// Name of the company.
    pub name: String,
    /// Language of articles and readers of whom nothing is known.
    pub language: String,
    /// Where people reach it, without a slash at the end, if configured.
    pub public_url: Option<String>,
    /// Links at the foot of every page.
    pub footer: Vec<FooterLink>,
    /// What readers should know before they ask.
    pub announcements: Vec<Announced>,
    /// The chat on other sites.
    pub widget: WidgetConfig,
    /// CSS that sets the accent in the widget's shadow.
    pub widget_style: String,
    accent: Asset,
    favicon: Asset,
    logo: Option<Asset>,
    css: Option<Asset>,
}

/// An announcement with what it depends on, read once.
pub struct Announced {
    /// Stands for its words: who has read it need not see it again.
    pub id: String,
    /// What it says.
    pub text: Texts,
    /// Where to read more.
    pub url: Option<String>,
    /// How serious it is.
    pub level: Level,
    /// For whom it is.
    pub when: Condition,
    /// From when on, included.
    pub from: Option<Timestamp>,
    /// Until when, excluded.
    pub until: Option<Timestamp>,
}

/// An announcement whose conditions cannot be read is logged and shown to nobody: the wrong people must not be told.
fn announced(config: &Config) -> Vec<Announced> {
    let zone = config.desk.zone();
    let read = |(at, announcement): (usize, &AnnouncementConfig)| {
        let when = Condition::from_toml(&announcement.when, "when")
            .inspect_err(|error| tracing::warn!("announcement[{at}].{error}; it is not shown"))
            .ok()?;
        let (from, until) = announcement.span(&zone);
        let mut hash = Sha256::new();
        for (lang, text) in announcement.text.all() {
            hash.update(lang.unwrap_or_default());
            hash.update(text);
        }
        Some(Announced {
            id: hex::encode(&hash.finalize()[..6]),
            text: announcement.text.clone(),
            url: announcement.url.clone(),
            level: announcement.level,
            when,
            from,
            until,
        })
    };
    config.announcement.iter().enumerate().filter_map(read).collect()
}

impl Site {
    /// A configured colour that is none, or a file that cannot be read, is logged and left out: looks must not keep the
    /// server down.
    pub fn new(config: &Config) -> Self {
        let configured = &config.site.accent;
        let (css, fill) = match colour::accent_css(configured) {
            Some(css) => (css, configured.clone()),
            None => {
                let default = SiteConfig::default().accent;
                tracing::warn!(accent = configured, "site.accent is not a colour; using {default}");
                (
                    colour::accent_css(&default).expect("the default accent is a colour"),
                    default,
                )
            }
        };
        let own_icon = || {
            Asset::new(
                "favicon.svg",
                include_str!("static/favicon.svg").replace("#0b6e4f", &fill),
            )
        };
        Site {
            name: config.site.name.clone(),
            language: config.site.language.clone(),
            public_url: config
                .server
                .public_url
                .as_ref()
                .map(|url| url.trim_end_matches('/').to_owned()),
            footer: config.site.footer.clone(),
            announcements: announced(config),
            widget_style: widget_style(config.widget.accent.as_deref().unwrap_or(&fill)),
            widget: config.widget.clone(),
            accent: Asset::new("accent.css", css),
            favicon: read("site.favicon", "icon", config.site.favicon.as_deref()).unwrap_or_else(own_icon),
            logo: read("site.logo", "logo", config.site.logo.as_deref()),
            css: read("site.css", "own", config.site.css.as_deref()),
        }
    }

    /// The style that sets the accent.
    pub fn accent(&self) -> &Asset {
        &self.accent
    }

    /// The picture in the browser's tab.
    pub fn favicon(&self) -> &Asset {
        &self.favicon
    }

    /// The picture beside the name, if the operator has one.
    pub fn logo(&self) -> Option<&Asset> {
        self.logo.as_ref()
    }

    /// The operator's style.
    pub fn css(&self) -> Option<&Asset> {
        self.css.as_ref()
    }

    /// All files of this site.
    pub fn own_files(&self) -> impl Iterator<Item = &Asset> {
        [&self.accent, &self.favicon]
            .into_iter()
            .chain(self.logo.as_ref())
            .chain(self.css.as_ref())
    }
}

fn widget_style(accent: &str) -> String {
    colour::widget_css(accent).unwrap_or_else(|| {
        let default = SiteConfig::default().accent;
        tracing::warn!(accent, "widget.accent is not a colour; using {default}");
        colour::widget_css(&default).unwrap_or_default()
    })
}

/// A file that the config names, under a name of ours with its ending.
fn read(key: &str, name: &str, path: Option<&Path>) -> Option<Asset> {
    let path = path?;
    let mut bytes = Vec::new();
    let done = File::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes));
    let reason = match done {
        Ok(_) if bytes.len() as u64 <= LARGEST_FILE => {
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("txt");
            return Some(Asset::new(&format!("{name}.{ending}"), bytes));
        }
        Ok(_) => format!("it is larger than {} kB", LARGEST_FILE / 1024),
        Err(error) => error.to_string(),
    };
    tracing::warn!("{key}: {} is left out: {reason}", path.display());
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("logo.png"), "not looked into").expect("written");
        std::fs::write(at("big.css"), vec![b' '; LARGEST_FILE as usize + 1]).expect("written");
        let mut config = Config::default();
        config.site.logo = Some(at("logo.png"));
        config.site.css = Some(at("big.css"));
        config.site.favicon = Some(at("missing.ico"));
        let site = Site::new(&config);
        assert!(site.logo().is_some_and(|logo| logo.content_type() == "image/png"));
        assert!(site.css().is_none());
        assert_eq!(site.favicon().content_type(), "image/svg+xml");
    }
}
