//! `/healthz` and `/readyz`: is the process alive, and can it answer?

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    error::{Code, Problem, ProblemBody},
    state::Web,
};

/// The process runs.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"status": "ok"}))]
pub(super) struct Health {
    status: &'static str,
}

/// Says that the process runs; touches nothing else.
#[utoipa::path(get, path = "/healthz", tag = "machines", responses((status = 200, description = "The process runs", body = Health)))]
pub(super) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The server answers questions.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "status": "ready", "mode": "hybrid", "generation": "g-01J9", "built_at": "2026-05-01T08:00:00Z",
    "articles": 400, "vectors": 5210, "problems": []
}))]
pub(super) struct Ready {
    status: &'static str,
    /// `hybrid`: by words and meaning. `lexical`: by words only.
    mode: &'static str,
    /// Why only by words.
    #[serde(skip_serializing_if = "Option::is_none")]
    lexical_because: Option<String>,
    /// The generation that is answered from.
    generation: String,
    /// When it was built.
    built_at: String,
    /// How many articles it has.
    articles: usize,
    /// How many vectors it has.
    vectors: usize,
    /// What an operator should look at although questions are answered.
    problems: Vec<String>,
}

/// Says whether questions are answered, and how well.
#[utoipa::path(
    get, path = "/readyz", tag = "machines",
    responses(
        (status = 200, description = "Questions are answered, perhaps by words only (`mode`)", body = Ready),
        (status = 503, description = "`not_ready`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn readyz(State(web): State<Web>) -> Response {
    let ready = web.ready().await;
    if !ready.ready {
        let why = if ready.problems.is_empty() {
            "no index is loaded yet".to_owned()
        } else {
            ready.problems.join("; ")
        };
        return Problem::new(Code::NotReady, format!("Not ready: {why}.")).into_response();
    }
    let lexical_because = web.lexical_because();
    Json(Ready {
        status: "ready",
        mode: if lexical_because.is_some() { "lexical" } else { "hybrid" },
        lexical_because,
        generation: ready.generation,
        built_at: web.generation().built_at().to_string(),
        articles: ready.articles,
        vectors: ready.vectors,
        problems: ready.problems,
    })
    .into_response()
}
