//! `/calibration`: what the bot's confidence is worth here, for everybody to read.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    certificate::Shown,
    page::{Cache, Frame, Visit, send},
};
use crate::http::{Problem, state::Web};

#[derive(Template)]
#[template(path = "calibration.html")]
struct CalibrationPage {
    frame: Frame,
    /// Why the bot does not go by what is shown.
    note: Option<String>,
    shown: Option<Shown>,
    /// From where on the bot answers without a calibration.
    threshold: String,
}

/// The page.
pub async fn calibration(State(web): State<Web>, visit: Visit, headers: HeaderMap) -> Result<Response, Problem> {
    let standing = web.calibration();
    let frame = Frame::new(&web, &visit, "How sure are the answers?");
    let page = CalibrationPage {
        frame,
        note: standing.not_used,
        shown: standing.calibration.as_deref().map(Shown::of_calibration),
        threshold: format!("{:.2}", standing.threshold_without),
    };
    send(&page, StatusCode::OK, Cache::Revalidate, &headers)
}
