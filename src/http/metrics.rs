//! `/metrics`: what operators watch, in Prometheus' text format.
//!
//! Labels have few values by construction: the route is the matched pattern, never the raw path; unknown methods count as
//! one. Keep the route away from the public at the proxy if the numbers are nobody's business.

use std::{fmt::Write, sync::OnceLock, time::Duration};

use axum::{
    extract::State,
    http::{Method, header},
    response::IntoResponse,
};
use metrics::{counter, describe_counter, describe_histogram, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::state::Web;
use crate::answer::{HandoffReason, Outcome};

const REQUESTS: &str = "tanya_http_requests_total";
const SECONDS: &str = "tanya_http_request_seconds";
const DECISIONS: &str = "tanya_decisions_total";
const SHED: &str = "tanya_questions_shed_total";

/// From a cached page to a request that is about to time out.
const BUCKETS: [f64; 12] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// The process' recorder. The first call installs it; another recorder that is already there stays, and `/metrics` is
/// empty then.
pub fn handle() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(install).clone()
}

fn install() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
        .expect("the list of buckets is not empty")
        .build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("another metrics recorder is installed; /metrics stays empty");
        return handle;
    }
    describe_counter!(REQUESTS, "Requests by method, matched route and status.");
    describe_histogram!(
        SECONDS,
        "Seconds from request to response head, by method and matched route."
    );
    describe_counter!(DECISIONS, "Decisions by outcome, reason and topic.");
    describe_counter!(SHED, "Questions that were turned away because too many were waiting.");
    describe_counter!(
        "tanya_rate_limited_total",
        "Requests turned away by rate limits, by operation."
    );
    crate::jobs::outgoing::describe_metrics();
    // A counter that nobody has incremented yet is reported as zero instead of missing, so that alerts can be written.
    counter!(SHED).absolute(0);
    handle
}

/// Counts one request.
pub fn count_request(method: &Method, route: &str, status: u16, took: Duration) {
    let method = match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    counter!(REQUESTS, "method" => method, "route" => route.to_owned(), "status" => status.to_string()).increment(1);
    histogram!(SECONDS, "method" => method, "route" => route.to_owned()).record(took.as_secs_f64());
}

/// Counts one decision.
pub fn count_decision(outcome: Outcome, handoff: Option<(HandoffReason, Option<&str>)>) {
    let reason = handoff.map_or("none", |(reason, _)| reason.as_str());
    let topic = handoff.and_then(|(_, topic)| topic).unwrap_or("none").to_owned();
    counter!(DECISIONS, "outcome" => outcome.as_str(), "reason" => reason, "topic" => topic).increment(1);
}

/// Counts one question that was turned away because too many were waiting.
pub fn count_shed() {
    counter!(SHED).increment(1);
}

/// The metrics of this process.
#[utoipa::path(
    get, path = "/metrics", tag = "machines",
    responses((status = 200, description = "Prometheus' text format, version 0.0.4", body = String, content_type = "text/plain"))
)]
pub(super) async fn metrics(State(web): State<Web>) -> impl IntoResponse {
    let ready = web.ready().await;
    web.metrics().run_upkeep();
    let mut text = web.metrics().render();
    // About the one current generation: written at the time of reading, so that old generations leave no series behind.
    let generation = escape(&ready.generation);
    let (is_ready, is_hybrid) = (u8::from(ready.ready), u8::from(web.lexical_because().is_none()));
    let (articles, vectors, lost) = (ready.articles, ready.vectors, web.questions_lost());
    let _ = write!(
        text,
        "# HELP tanya_generation_info The generation that is answered from.\n# TYPE tanya_generation_info gauge\n\
         tanya_generation_info{{generation=\"{generation}\"}} 1\n\
         # TYPE tanya_articles gauge\ntanya_articles {articles}\n\
         # TYPE tanya_vectors gauge\ntanya_vectors {vectors}\n\
         # TYPE tanya_ready gauge\ntanya_ready {is_ready}\n\
         # HELP tanya_semantic_search Whether questions are compared by meaning, not only by words.\n\
         # TYPE tanya_semantic_search gauge\ntanya_semantic_search {is_hybrid}\n\
         # HELP tanya_question_log_dropped_total Rows of the question log that were lost because the store was too slow.\n\
         # TYPE tanya_question_log_dropped_total counter\ntanya_question_log_dropped_total {lost}\n"
    );
    if let Some(outgoing) = &ready.outgoing {
        let _ = write!(
            text,
            "# HELP tanya_outgoing_waiting Mails and alerts that are neither sent nor given up.\n\
             # TYPE tanya_outgoing_waiting gauge\ntanya_outgoing_waiting {}\n\
             # HELP tanya_outgoing_failing Of these, those that have failed at least once.\n\
             # TYPE tanya_outgoing_failing gauge\ntanya_outgoing_failing {}\n",
            outgoing.waiting, outgoing.failing
        );
    }
    (
        [
            (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        text,
    )
}

fn escape(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
