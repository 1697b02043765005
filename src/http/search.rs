//! `GET /api/v1/search`: ranked articles.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    client::Client,
    error::{Problem, ProblemBody},
    extract::{Params, given, in_range, language, question_text},
    limits::Operation,
    state::Web,
};
use crate::search::{SearchPage, SearchQuery};

/// At most this many articles are ranked.
const RANKED: usize = 50;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchParams {
    /// The words.
    #[param(example = "track my order")]
    q: String,
    /// Only articles in this language.
    lang: Option<String>,
    /// Only articles in this folder or below it.
    category: Option<String>,
    /// How many results, 1 to 50; 10 if not given.
    limit: Option<usize>,
    /// How many results to skip, 0 to 50.
    offset: Option<usize>,
}

/// Ranks articles for some words.
#[utoipa::path(
    get, path = "/api/v1/search", tag = "answers", params(SearchParams),
    responses(
        (status = 200, description = "Ranked articles", body = SearchPage, example = json!({
            "query": "track my order", "language": "en", "total": 1, "generation": "g-01J9",
            "hits": [{
                "article": "en/orders/track", "title": "Track an order", "title_highlights": [[0, 5], [9, 14]],
                "url": "/articles/en/orders/track#where-to-look", "lang": "en", "category": "orders", "heading_path": ["Where to look"],
                "snippet": "Open Orders and choose Track.", "highlights": [[23, 28]], "score": 3.2
            }]
        })),
        (status = 400, description = "`invalid_query`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`question_empty`, `question_too_long`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `search_unavailable`, `timeout`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn search(
    State(web): State<Web>,
    client: Client,
    Params(params): Params<SearchParams>,
) -> Result<Json<SearchPage>, Problem> {
    web.limits().check(Operation::Search, client)?;
    let lang = language(params.lang.as_deref())?;
    let query = SearchQuery {
        text: question_text(&params.q)?,
        lang: lang.clone(),
        only_lang: lang,
        category: given(params.category),
        offset: in_range("offset", params.offset, 0, 0..=RANKED)?,
        limit: in_range("limit", params.limit, 10, 1..=RANKED)?,
    };
    web.search(&query).await.map(Json)
}
