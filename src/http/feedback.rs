//! `POST /api/v1/feedback`: whether an article helped.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    error::{Code, Problem, ProblemBody},
    extract::{JsonBody, clean},
    limits::Operation,
    state::{Opinion, Web},
    voter::Voter,
};

/// Longest reason, in characters: two or three sentences.
pub const MAX_REASON_CHARS: usize = 500;
/// Ids of decisions are ULIDs; the id of something else may be a little longer.
const MAX_DECISION_CHARS: usize = 64;

/// A vote on an article. Unknown fields are ignored.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "article": "en/orders/track", "helped": false, "reason": "My parcel has two numbers. Which one?", "decision": null
}))]
pub(super) struct FeedbackBody {
    /// Id of the article.
    article: String,
    /// Whether it helped.
    helped: bool,
    /// What was missing or wrong, at most 500 characters. Card numbers, passwords and the like are taken out.
    #[serde(default)]
    reason: Option<String>,
    /// `id` of the decision that showed the article, if one did.
    #[serde(default)]
    decision: Option<String>,
}

/// The vote as it was counted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Counted {
    /// Id of the article.
    article: String,
    /// The version that was voted on: the present one.
    version: String,
    /// Whether it helped.
    helped: bool,
}

/// Counts a vote. One voter has one vote on one version of an article: sending another replaces it. Voters are told apart
/// by a hash of address and browser that changes every day.
#[utoipa::path(
    post, path = "/api/v1/feedback", tag = "answers", request_body = FeedbackBody,
    responses(
        (status = 200, description = "The vote was counted", body = Counted, example = json!({
            "article": "en/orders/track", "version": "sha256:9f2c…", "helped": false
        })),
        (status = 400, description = "`bad_json`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: no article that can be read has this id", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_body`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`store_unavailable`, `timeout`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn feedback(
    State(web): State<Web>,
    voter: Voter,
    JsonBody(body): JsonBody<FeedbackBody>,
) -> Result<Json<Counted>, Problem> {
    web.limits().check(Operation::Vote, voter.client)?;
    let opinion = Opinion {
        article: body.article,
        helped: body.helped,
        reason: reason(body.reason.as_deref())?,
        decision: decision_id(body.decision.as_deref())?,
    };
    let vote = web.vote(opinion, &voter).await?;
    Ok(Json(Counted {
        article: vote.article,
        version: vote.version,
        helped: vote.helped,
    }))
}

/// A reader's reason, cleaned; `None` when nothing was given.
///
/// # Errors
/// 422 when it is longer than [`MAX_REASON_CHARS`].
pub fn reason(raw: Option<&str>) -> Result<Option<String>, Problem> {
    at_most("reason", raw, MAX_REASON_CHARS)
}

/// The id of a decision, as sent; `None` when nothing was given.
///
/// # Errors
/// 422 when it is too long to be one.
pub fn decision_id(raw: Option<&str>) -> Result<Option<String>, Problem> {
    at_most("decision", raw, MAX_DECISION_CHARS)
}

fn at_most(field: &str, raw: Option<&str>, most: usize) -> Result<Option<String>, Problem> {
    let Some(text) = raw.map(clean).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > most {
        let detail = format!("`{field}` may have at most {most} characters.");
        return Err(Problem::new(Code::InvalidBody, detail));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_an_end_and_may_be_left_out() {
        assert_eq!(reason(None).expect("none"), None);
        assert_eq!(reason(Some(" \u{0} ")).expect("nothing"), None);
        assert_eq!(
            reason(Some(" too\u{7} old ")).expect("text").as_deref(),
            Some("too old")
        );
        assert!(reason(Some(&"ü".repeat(MAX_REASON_CHARS))).is_ok());
        let long = reason(Some(&"ü".repeat(MAX_REASON_CHARS + 1))).expect_err("too long");
        assert_eq!(long.code, Code::InvalidBody);
    }
}
