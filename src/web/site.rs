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
    accent: Asset,
    favicon: Asset,
}

impl Site {
    /// A configured colour that is none is logged and the default taken: a wrong colour must not keep the server down.
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
        let favicon = include_str!("static/favicon.svg").replace("#0b6e4f", &fill);
        Site {
            name: config.site.name.clone(),
            language: config.site.language.clone(),
            public_url: config
                .server
                .public_url
                .as_ref()
                .map(|url| url.trim_end_matches('/').to_owned()),
            accent: Asset::new("accent.css", css),
            favicon: Asset::new("favicon.svg", favicon),
        }
    }

    /// The style that sets the accent, and the icon.
    pub fn own_files(&self) -> (&Asset, &Asset) {
        (&self.accent, &self.favicon)
    }
}
