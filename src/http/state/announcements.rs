//! What readers are told before they ask, as it stands now: in the widget and on the help center's pages.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Web;
use crate::{answer::Question, config::Level, desk::conditions::Facts};

/// Something that readers should know before they ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Announcement {
    /// Stays the same while its words do: who has put it away need not see it again.
    pub id: String,
    /// One or two sentences, plain text.
    pub text: String,
    /// Where to read more: an address, or a path of the help center.
    pub url: Option<String>,
    /// `info` or `warning`.
    pub level: &'static str,
}

impl Web {
    /// The announcements for whoever reads this page in this language now, in the order of the config. `context` is what
    /// is claimed about the reader (plan, customer since, …); `page_url` wins over what it says about the page.
    pub fn announcements(&self, page_url: Option<&str>, lang: &str, context: &Map<String, Value>) -> Vec<Announcement> {
        let site = self.site();
        if site.announcements.is_empty() {
            return Vec::new();
        }
        let mut question = Question {
            text: String::new(),
            lang: Some(lang.to_owned()),
            context: context.clone(),
        };
        if let Some(url) = page_url {
            question.context.insert("page_url".to_owned(), url.into());
        }
        let now = self.now();
        let calendar = self.app().desk.clocks().calendar();
        let facts = Facts::of_question(&question, lang, "page", None, now, calendar);
        site.announcements
            .iter()
            .filter(|told| told.from.is_none_or(|from| from <= now) && told.until.is_none_or(|until| now < until))
            .filter(|told| told.when.holds(&facts))
            .map(|told| Announcement {
                id: told.id.clone(),
                text: told.text.in_language(lang, &site.language).to_owned(),
                url: told.url.clone(),
                level: match told.level {
                    Level::Info => "info",
                    Level::Warning => "warning",
                },
            })
            .collect()
    }
}
