//! The pages: the help center, and the first pages of those who work here; server-rendered, working without script,
//! improved by it.
//!
//! One file per page: it takes checked input, asks [`Web`], and fills a template. Templates lie in `templates`, the pages'
//! own words in `words`, the style and the modules in `static`; all are embedded in the binary. What people or articles
//! wrote is escaped by the templates; the only HTML passed through is what the kb room sanitised.

mod account;
mod article;
mod ask;
mod assets;
mod calibration;
mod category;
pub mod certificate;
mod colour;
mod error_page;
mod feedback;
mod home;
mod inbox;
mod kb_files;
mod lang;
mod login;
mod machines;
mod moments;
mod numbers;
mod page;
mod plot;
mod receipt;
mod receipt_word;
mod refused;
mod search;
mod settings;
mod site;
mod staff;
mod widget;
mod words;
mod writers;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    response::Redirect,
    routing::{get, post},
};

use crate::http::state::Web;

pub use error_page::dress_errors;
pub use lang::of_articles as languages_of;
pub use page::{article_path, is_unchanged};
pub use site::Site;

/// The routes of all pages.
pub fn routes() -> Router<Web> {
    Router::new()
        .merge(settings::routes())
        .route("/", get(home::home))
        .route("/search", get(search::search))
        .route("/articles/{*id}", get(article::article))
        .route("/categories/{*name}", get(category::category))
        .route("/calibration", get(calibration::calibration))
        .route("/ask", get(ask::form).post(ask::submit))
        .route("/feedback", get(feedback::thanks).post(feedback::submit))
        .route("/receipts/{token}", get(receipt::receipt).post(receipt::say))
        .route("/receipts/{token}/details", post(receipt::details))
        .route("/receipts/{token}/word", post(receipt_word::word))
        .route("/receipts/{token}/rating", post(receipt_word::rating))
        .route("/login", get(login::form).post(login::sign_in))
        .route("/login/{link}", get(login::show_link).post(login::use_link))
        .route("/logout", post(login::sign_out))
        .route("/account", get(account::account))
        .route("/account/name", post(account::set_name))
        .route("/account/password", post(account::set_password))
        .route("/account/availability", post(account::set_availability))
        .route(
            "/account/picture",
            post(account::set_picture).layer(DefaultBodyLimit::max(account::LARGEST_FORM)),
        )
        // What the menu calls the page leads to it, too.
        .route("/coverage", get(async || Redirect::to("/writers")))
        .route("/writers", get(writers::writers))
        .route("/writers/articles/{*id}", get(writers::article))
        .route("/writers/unanswered.csv", get(writers::unanswered))
        .route("/writers/articles.csv", get(writers::articles))
        .route("/writers/over-time.csv", get(writers::over_time))
        .route("/writers/people.csv", get(writers::people))
        .route("/writers/languages.csv", get(writers::languages))
        .route("/writers/article.csv", get(writers::article_csv))
        .route("/inbox", get(inbox::inbox))
        .route("/inbox/{reference}", get(inbox::ticket))
        .route("/numbers", get(numbers::numbers))
        .route("/static/{file}", get(assets::file))
        .route("/widget.js", get(widget::script))
        .route("/assets/{*path}", get(kb_files::file))
        .route("/favicon.svg", get(machines::favicon))
        .route("/favicon.ico", get(machines::favicon))
        .route("/robots.txt", get(machines::robots))
        .route("/sitemap.xml", get(machines::sitemap))
        .route("/opensearch.xml", get(machines::opensearch))
}
