//! `GET /api/v1/widget`: what the chat needs before anybody says anything.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    client::Client,
    error::{Code, Problem},
    extract::{Params, clean, given, language},
    limits::Operation,
    problems::OfQueries,
    state::{Announcement, OfferedArticle, Web},
};
use crate::desk::talk;

/// Longest address of a page, and longest context, in bytes. They stand in an address themselves.
const LONGEST: usize = 2_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SettingsParams {
    /// Address of the page on which the visitor is.
    #[param(example = "https://shop.example.com/checkout")]
    page_url: Option<String>,
    /// Language of the page or of the visitor.
    #[param(example = "en")]
    lang: Option<String>,
    /// What the page claims about its visitor, as a JSON object: decides which announcements are shown, unlocks nothing.
    #[param(example = r#"{"plan":"team"}"#)]
    context: Option<String>,
}

/// The widget on one page.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "name": "Kawan Kopi", "title": "Kawan Kopi", "greeting": null,
    "first_words": "Hello, I am Kawan Kopi's automated assistant, not a person.",
    "style": ":host{--accent:light-dark(#0b6e4f,#6fbf9f)}", "side": "end", "typing_preview": false, "mail": true, "lang": "en",
    "languages": ["en", "id", "ja"], "open": false, "opens_at": "2026-11-25T02:00:00Z",
    "announcements": [{"id": "9f2c4e", "text": "Parcels take three days longer.", "url": null, "level": "warning"}],
    "articles": [{"id": "en/billing/payment-methods", "title": "Payment methods", "description": null,
                  "url": "/articles/en/billing/payment-methods", "lang": "en"}]
}))]
pub(super) struct Settings {
    /// Name of the company.
    name: String,
    /// What stands in the widget's head.
    title: String,
    /// What it says before anybody wrote, if the operator has written something.
    greeting: Option<String>,
    /// The bot's first words: that it is a machine.
    first_words: String,
    /// CSS that sets the accent.
    style: String,
    /// At which side of the window it stands, in the direction of reading: `start` or `end`.
    side: &'static str,
    /// Whether customers may be asked to show what they type.
    typing_preview: bool,
    /// Whether replies also go out by mail, so that an address is worth asking for.
    mail: bool,
    /// The language for which this was chosen.
    lang: String,
    /// Languages that articles have, the most frequent first.
    languages: Vec<String>,
    /// Whether people are there now; null where the desk has no hours.
    open: Option<bool>,
    /// When people are there again, RFC 3339; null if they are there, or nobody knows.
    opens_at: Option<String>,
    /// What readers of this page should know before they ask.
    announcements: Vec<Announcement>,
    /// Articles that fit the page, the most fitting first.
    articles: Vec<OfferedArticle>,
}

/// Tells the widget how it looks and what it offers on a page.
#[utoipa::path(
    get, path = "/api/v1/widget", tag = "conversations", params(SettingsParams),
    responses((status = 200, description = "The widget on this page", body = Settings), OfQueries)
)]
pub(super) async fn settings(
    State(web): State<Web>,
    client: Client,
    Params(params): Params<SettingsParams>,
) -> Result<([(HeaderName, &'static str); 1], Json<Settings>), Problem> {
    web.limits().check(Operation::Suggest, client)?;
    let site = web.site();
    let lang = language(params.lang.as_deref())?.unwrap_or_else(|| site.language.clone());
    let page_url = given(params.page_url).map(|url| clean(&url));
    let context = context(params.context)?;
    if page_url.as_ref().is_some_and(|url| url.len() > LONGEST) {
        return Err(too_long("page_url"));
    }
    let text = |texts: &crate::config::Texts| texts.in_language(&lang, &site.language).to_owned();
    let widget = &site.widget;
    let (open, opens_at) = web.people_are_there();
    let settings = Settings {
        name: site.name.clone(),
        title: widget.title.as_ref().map_or_else(|| site.name.clone(), text),
        greeting: widget.greeting.as_ref().map(text),
        first_words: talk::first_words(&lang, &site.name),
        style: site.widget_style.clone(),
        side: widget.side.as_str(),
        typing_preview: widget.typing_preview,
        mail: web.config().mail.is_configured(),
        languages: web.generation_languages(),
        open,
        opens_at: opens_at.map(|at| at.to_string()),
        announcements: web.announcements(page_url.as_deref(), &lang, &context),
        articles: page_url.map_or_else(Vec::new, |url| web.articles_for_page(&url, &lang)),
        lang,
    };
    // Whoever goes from page to page and back need not ask again.
    Ok(([(header::CACHE_CONTROL, "private, max-age=60")], Json(settings)))
}

fn context(sent: Option<String>) -> Result<Map<String, Value>, Problem> {
    let Some(sent) = given(sent) else {
        return Ok(Map::new());
    };
    if sent.len() > LONGEST {
        return Err(too_long("context"));
    }
    serde_json::from_str(&sent).map_err(|_| {
        Problem::new(
            Code::InvalidQuery,
            "`context` is not a JSON object such as `{\"plan\":\"team\"}`.",
        )
    })
}

fn too_long(field: &str) -> Problem {
    Problem::new(
        Code::InvalidQuery,
        format!("`{field}` may have at most {LONGEST} bytes."),
    )
}
