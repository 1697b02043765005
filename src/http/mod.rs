//! The network: routes, what happens around them, and the server itself.
//!
//! A request crosses [`layers`](self) in the order listed in [`router`], then one handler. API handlers live here, one file
//! per route group; pages live in [`crate::web`]. Both reach the rest of the program through [`state::Web`] only.

mod ask;
mod audit;
mod calibration;
mod client;
mod context;
mod conversations;
mod cors;
mod coverage;
mod desk;
mod duties;
mod error;
mod extract;
mod feedback;
mod health;
mod layers;
mod limits;
mod metrics;
mod numbers;
mod openapi;
mod origin;
mod people;
mod picture;
mod precondition;
mod problems;
mod queue;
mod repeats;
mod rules;
mod search;
mod serve;
mod session;
mod settings;
mod staff;
mod stream;
mod suggest;
mod tickets;
mod tokens;
mod voter;
mod widget;

pub mod state;

use axum::{Extension, Router, extract::DefaultBodyLimit, middleware};
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use client::{Client, Network};
pub use coverage::{days, unanswered_reason};
pub use error::{Code, Problem, ProblemBody};
pub use extract::{
    FormBody, MAX_CONTACT_CHARS, MAX_QUESTION_CHARS, Params, PathText, contact, given, primary_language, question_text,
};
pub use feedback::{MAX_REASON_CHARS, decision_id, reason};
pub use limits::Operation;
pub use numbers::{SPANS, span};
pub use origin::check_same_origin;
pub use precondition::{IfMatch, etag};
pub use rules::{LARGEST_RULES, kind_of};
pub use serve::serve;
pub use staff::{COOKIE, Staff, StaffForm, UncheckedStaff, cookie, forgotten_cookie, session_cookie};
pub use voter::Voter;

use crate::app::App;
use state::Web;

/// Every route with every layer, ready to be called or served.
pub fn router(app: App) -> Router {
    router_with(app, Router::new())
}

/// [`router`] with more routes under the same layers.
pub fn router_with(app: App, more: Router<Web>) -> Router {
    router_of(Web::new(app), more)
}

fn router_of(web: Web, more: Router<Web>) -> Router {
    let (api, mut description) = api(&web).split_for_parts();
    description.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let json = description
        .to_json()
        .expect("a description made of derived schemas serializes");
    let layers = ServiceBuilder::new()
        // Outermost, so that the log line and the numbers hold for what was really sent, errors of layers included.
        .layer(middleware::from_fn(layers::observe))
        .layer(middleware::from_fn_with_state(web.clone(), layers::secure))
        // Text only: the default predicate leaves images and event streams alone.
        .layer(CompressionLayer::new())
        // Inside of compression, since it writes bodies: problems become pages for those who came for pages.
        .layer(middleware::from_fn_with_state(web.clone(), crate::web::dress_errors))
        .layer(CatchPanicLayer::custom(layers::after_panic))
        .layer(middleware::from_fn_with_state(web.clone(), layers::bounded_time))
        // Counts while reading, so that a body without a length is bounded, too.
        .layer(DefaultBodyLimit::max(web.config().server.max_body_bytes))
        .layer(Extension(openapi::Rendered(json.into())));
    Router::new()
        .merge(api)
        .merge(crate::web::routes())
        .merge(more)
        .fallback(layers::no_route)
        .method_not_allowed_fallback(layers::no_method)
        .layer(layers)
        .with_state(web)
}

/// Everything under `/api` and what machines ask for.
fn api(web: &Web) -> OpenApiRouter<Web> {
    let (customers, described) = customers().split_for_parts();
    // The fallback before the layer: browsers ask by OPTIONS first, a method that no route has, and must be answered there.
    let customers = customers
        .method_not_allowed_fallback(layers::no_method)
        .layer(cors::cors(web));
    OpenApiRouter::with_openapi(openapi::Description::openapi())
        .merge(OpenApiRouter::with_openapi(described))
        .merge(customers.into())
        .merge(staff_and_machines())
}

/// What customers use, on our own pages and on those of other sites.
fn customers() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(ask::ask))
        .routes(routes!(search::search))
        .routes(routes!(suggest::suggest))
        .routes(routes!(feedback::feedback))
        .routes(routes!(conversations::begin))
        .routes(routes!(conversations::show))
        .routes(routes!(conversations::turns, conversations::say))
        .routes(routes!(conversations::person))
        .routes(routes!(conversations::word))
        .routes(routes!(conversations::details))
        .routes(routes!(conversations::rating))
        .routes(routes!(conversations::presence))
        .routes(routes!(conversations::transcript))
        .routes(routes!(stream::conversation))
        .routes(routes!(widget::settings))
}

/// Rules, whose texts are long.
fn rules() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(rules::show, rules::publish))
        .routes(routes!(rules::dry_run))
        .routes(routes!(rules::compare))
        .layer(DefaultBodyLimit::max(rules::LARGEST_RULES))
}

/// What people who work here, their programs and machines use.
fn staff_and_machines() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(tickets::list, tickets::open))
        .routes(routes!(tickets::promises))
        .routes(routes!(context::counts))
        .routes(routes!(context::customer))
        .routes(routes!(context::nearest))
        .routes(routes!(context::facts))
        .routes(routes!(numbers::show))
        .routes(routes!(numbers::table))
        .routes(routes!(tickets::show))
        .routes(routes!(tickets::resolve))
        .routes(routes!(session::sign_in, session::show, session::sign_out))
        .routes(routes!(session::change_password))
        .routes(routes!(people::list, people::add))
        .routes(routes!(people::show, people::change))
        .routes(routes!(people::make_link))
        .routes(routes!(people::set_availability))
        .routes(routes!(picture::show, picture::put))
        .routes(routes!(tokens::list, tokens::add))
        .routes(routes!(tokens::revoke))
        .routes(routes!(duties::list, duties::add))
        .routes(routes!(duties::remove))
        .routes(routes!(audit::list))
        .routes(routes!(calibration::show))
        .merge(coverage::routes())
        .routes(routes!(settings::show, settings::replace))
        .merge(rules())
        .routes(routes!(queue::thread))
        .routes(routes!(queue::claim))
        .routes(routes!(queue::reply))
        .routes(routes!(queue::note))
        .routes(routes!(queue::act))
        .routes(routes!(queue::presence))
        .routes(routes!(queue::take_over))
        .routes(routes!(stream::staff))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(openapi::openapi))
}
