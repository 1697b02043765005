//! What all pages of one site share.

use super::{assets::Asset, colour};
use crate::config::{Config, SiteConfig};

/// Name, address and colours of the site, computed once.
pub struct Site {
    /// Name of the company.
    pub name: String,
    /// Language of articles and readers of whom nothing is known.
    pub language: String,
    /// Where people reach it, without a slash at the end, if configured.
    pub public_url: Option<String>,
    /// Hours within which a ticket is answered.
    pub reply_within_hours: u32,
    accent: Asset,
    favicon: Asset,
}

impl Site {
    /// A configured colour that is none is logged and the default taken: a wrong colour must not keep the server down.
    pub fn new(config: &Config) -> Self {
        let (css, accent) = colour::accent_css(&config.site.accent).unwrap_or_else(|| {
            let fallback = SiteConfig::default().accent;
            tracing::warn!(accent = config.site.accent, "site.accent is not a colour such as #0b6e4f; using {fallback}");
            colour::accent_css(&fallback).expect("the default accent is a colour")
        });
        let favicon = include_str!("static/favicon.svg").replace("#0b6e4f", &accent);
        Site {
            name: config.site.name.clone(),
            language: config.site.language.clone(),
            public_url: config.server.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
            reply_within_hours: config.desk.reply_within_hours,
            accent: Asset::new("accent.css", css),
            favicon: Asset::new("favicon.svg", favicon),
        }
    }

    /// The style that sets the accent, and the icon.
    pub fn own_files(&self) -> (&Asset, &Asset) {
        (&self.accent, &self.favicon)
    }
}
