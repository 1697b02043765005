//! `/api/v1/calibration`: the certificate for programs; the page `/calibration` shows the same.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{error::ProblemBody, state::Web};
use crate::answer::{Calibration, calibration::CalibrationFile};

/// The calibration and whether the bot goes by it.
pub struct Standing {
    /// The one that is current in the store.
    pub calibration: Option<Arc<Calibration>>,
    /// Why it is not used, if it is not.
    pub not_used: Option<String>,
    /// The confidence from which on the bot answers where no calibration counts.
    pub threshold_without: f64,
}

impl Web {
    /// The calibration as it counts now.
    pub fn calibration(&self) -> Standing {
        let answerer = &self.app().answerer;
        let calibration = answerer.calibration();
        let set = answerer.set_threshold();
        let by_hand = || {
            let set = set.filter(|_| calibration.is_some())?;
            Some(format!("the threshold is set by hand, to {set}, and goes before it"))
        };
        Standing {
            not_used: answerer
                .calibration_misfit()
                .map(|_| MISFIT.to_owned())
                .or_else(by_hand),
            threshold_without: set.unwrap_or_else(|| answerer.searcher().weights().threshold),
            calibration,
        }
    }
}

/// For everybody; operators read more in `/readyz` and the log.
const MISFIT: &str = "the articles or the program have changed since it was made.";

/// What the bot's confidence is worth here.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "hash": null, "used": false, "not_used_because": null, "threshold_without": 0.8, "calibration": null
}))]
pub(super) struct CalibrationBody {
    /// SHA-256 of the calibration; null if there is none.
    hash: Option<String>,
    /// Whether the bot decides by it.
    used: bool,
    /// Why not, if there is one.
    not_used_because: Option<String>,
    /// The confidence from which on the bot answers where no calibration counts.
    threshold_without: f64,
    /// The whole document: maps, thresholds, proof and numbers.
    calibration: Option<CalibrationFile>,
}

/// Says how sure the answers are: the fitted confidence, the thresholds and their proof. Anybody may read it.
#[utoipa::path(
    get, path = "/api/v1/calibration", tag = "answers",
    responses(
        (status = 200, description = "The calibration that is current, if there is one", body = CalibrationBody),
        (status = 503, description = "It took too long", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(State(web): State<Web>) -> Json<CalibrationBody> {
    let standing = web.calibration();
    Json(CalibrationBody {
        hash: standing
            .calibration
            .as_ref()
            .map(|calibration| calibration.hash.clone()),
        used: standing.calibration.is_some() && standing.not_used.is_none(),
        not_used_because: standing.not_used,
        threshold_without: standing.threshold_without,
        calibration: standing.calibration.map(|calibration| calibration.file.clone()),
    })
}
