//! `[widget]`: the chat on other sites.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    check::{Violations, is_css_colour, is_origin, quoted},
    site::{Texts, check_texts},
};

/// The chat widget.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WidgetConfig {
    /// Whether the help center's own pages carry it, too.
    pub on_help_center: bool,
    /// Sites on which it may stand, as origins (`https://shop.example.com`); `*` is any. Our own pages always may.
    pub origins: Vec<String>,
    /// Name in its head; the site's name if not set.
    pub title: Option<Texts>,
    /// What it says under the title before anybody wrote; its own words if not set. That it is a machine is always said.
    pub greeting: Option<Texts>,
    /// CSS colour of its button and links; the site's accent if not set.
    pub accent: Option<String>,
    /// At which side of the window it stands.
    pub side: Side,
    /// Whether customers may be asked to show what they type; agents see nothing of it before they have said yes.
    pub typing_preview: bool,
    /// Articles that it offers on some pages before anybody asks.
    pub page: Vec<PageArticles>,
}

impl Default for WidgetConfig {
    fn default() -> Self {
        WidgetConfig {
            on_help_center: true,
            origins: Vec::new(),
            title: None,
            greeting: None,
            accent: None,
            side: Side::End,
            typing_preview: false,
            page: Vec::new(),
        }
    }
}

/// A side of the window, in the direction of reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Where lines begin.
    Start,
    /// Where lines end.
    #[default]
    End,
}

impl Side {
    /// The word in the config.
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Start => "start",
            Side::End => "end",
        }
    }
}

/// Articles that fit some pages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageArticles {
    /// Paths of pages of the host site, where `*` stands for anything: `/checkout*`.
    pub pages: Vec<String>,
    /// Ids of articles, the most fitting first. A translation is taken where there is one.
    pub articles: Vec<String>,
}

pub(super) fn check(widget: &WidgetConfig, found: &mut Violations) {
    for (i, origin) in widget.origins.iter().enumerate() {
        found.unless(
            origin == "*" || is_origin(origin),
            format!("widget.origins[{i}]"),
            quoted(origin),
            "must be the address of a site without a path, such as `https://shop.example.com`, or `*` for all",
        );
    }
    for (field, texts, most) in [("title", &widget.title, 60), ("greeting", &widget.greeting, 300)] {
        if let Some(texts) = texts {
            check_texts(texts, &format!("widget.{field}"), most, found);
        }
    }
    if let Some(accent) = &widget.accent {
        found.unless(
            is_css_colour(accent),
            "widget.accent",
            quoted(accent),
            "must be a CSS colour, such as `#0b6e4f`",
        );
    }
    for (i, page) in widget.page.iter().enumerate() {
        let fits = |pattern: &String| !pattern.is_empty() && pattern.len() <= 200;
        found.unless(
            !page.pages.is_empty() && page.pages.iter().all(fits),
            format!("widget.page[{i}].pages"),
            page.pages.join(", "),
            "must name at least one path, such as `/checkout*`",
        );
        found.unless(
            (1..=6).contains(&page.articles.len()),
            format!("widget.page[{i}].articles"),
            page.articles.len(),
            "must name 1 to 6 articles",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_origins_and_empty_pages_are_told() {
        let widget: WidgetConfig = toml::from_str(
            "origins = ['https://shop.example.com', '*', 'shop.example.com', 'https://a.example/path']\n\
             accent = 'url(x)'\n[[page]]\npages = []\narticles = []",
        )
        .expect("it is TOML");
        let mut found = Violations::default();
        check(&widget, &mut found);
        let keys: Vec<&str> = found.0.iter().map(|violation| violation.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "widget.origins[2]",
                "widget.origins[3]",
                "widget.accent",
                "widget.page[0].pages",
                "widget.page[0].articles"
            ]
        );
    }
}
