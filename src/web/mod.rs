//! The help center's pages: server-rendered, working without script, improved by it.
//!
//! One file per page: it takes checked input, asks [`Web`], and fills a template. Templates lie in `templates`, the pages'
//! own words in `words`, the style and the modules in `static`; all are embedded in the binary. What people or articles
//! wrote is escaped by the templates; the only HTML passed through is what the kb room sanitised.

mod article;
mod ask;
mod assets;
mod category;
mod colour;
mod error_page;
mod home;
mod kb_files;
mod lang;
mod machines;
mod page;
mod receipt;
mod search;
mod site;
mod words;

use axum::{Router, routing::get};

use crate::http::state::Web;

pub use error_page::dress_errors;
pub use page::is_unchanged;
pub use site::Site;

/// The routes of all pages.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/", get(home::home))
        .route("/search", get(search::search))
        .route("/articles/{*id}", get(article::article))
        .route("/categories/{*name}", get(category::category))
        .route("/ask", get(ask::form).post(ask::submit))
        .route("/receipts/{token}", get(receipt::receipt))
        .route("/static/{file}", get(assets::file))
        .route("/assets/{*path}", get(kb_files::file))
        .route("/favicon.svg", get(machines::favicon))
        .route("/favicon.ico", get(machines::favicon))
        .route("/robots.txt", get(machines::robots))
        .route("/sitemap.xml", get(machines::sitemap))
        .route("/opensearch.xml", get(machines::opensearch))
}
