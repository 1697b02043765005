//! `GET /api/v1/suggest`: articles while a person is still typing.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    client::Client,
    error::{Problem, ProblemBody},
    extract::{Params, clean, in_range, language, question_text},
    limits::Operation,
    state::Web,
};
use crate::search::Suggestion;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SuggestParams {
    /// What has been typed so far; nothing gives nothing.
    #[serde(default)]
    #[param(example = "track my o")]
    q: String,
    /// Preferred language.
    lang: Option<String>,
    /// How many, 1 to 10; 6 if not given.
    limit: Option<usize>,
}

/// Suggestions, best first.
#[derive(Serialize, ToSchema)]
pub(super) struct Suggestions {
    suggestions: Vec<Suggestion>,
}

/// Suggests articles for an unfinished question; lexical, fast, never recorded.
#[utoipa::path(
    get, path = "/api/v1/suggest", tag = "answers", params(SuggestParams),
    responses(
        (status = 200, description = "Suggestions, best first", body = Suggestions, example = json!({"suggestions": [{
            "article": "en/orders/track", "text": "Track an order", "highlights": [[0, 5]], "title": "Track an order",
            "url": "/articles/en/orders/track", "lang": "en", "category": "orders"
        }]})),
        (status = 400, description = "`invalid_query`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`question_too_long`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn suggest(
    State(web): State<Web>,
    client: Client,
    Params(params): Params<SuggestParams>,
) -> Result<([(HeaderName, &'static str); 1], Json<Suggestions>), Problem> {
    web.limits().check(Operation::Suggest, client)?;
    let lang = language(params.lang.as_deref())?;
    let limit = in_range("limit", params.limit, 6, 1..=10)?;
    let suggestions = if clean(&params.q).is_empty() {
        Vec::new()
    } else {
        web.suggest(&question_text(&params.q)?, lang.as_deref(), limit)
    };
    // A minute in the person's own browser makes going back a letter instant.
    Ok((
        [(header::CACHE_CONTROL, "private, max-age=60")],
        Json(Suggestions { suggestions }),
    ))
}
