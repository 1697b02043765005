//! `/api/v1/rules/{kind}`: topic rules and the rules of routing, with a dry run before they count.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, header},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    error::{Code, Problem},
    extract::{JsonBody, Params, PathText, question_text},
    precondition::{IfMatchHash, etag_of_hash},
    problems::{OfConditionalChanges, OfJsonBodies, OfNamedThings, OfQueries, OfStaffRoutes},
    staff::Staff,
    state::Web,
};
use crate::{
    answer::Question,
    app::{Draft, files_of},
    desk::{
        dry_run::{Explanation, Wanted},
        people::Permission,
    },
    store::{Document, DocumentKind},
};

/// Largest body of these routes, in bytes: the topic rules of many languages are larger than anything customers send.
pub const LARGEST_RULES: usize = 2 * 1024 * 1024;
/// Past questions that a comparison looks at where nothing else is said, and at most.
const COMPARED: usize = 500;
const MOST_COMPARED: usize = 5_000;
/// Differences that are told.
const MOST_TOLD: usize = 100;
/// Earlier versions that are listed.
const VERSIONS: usize = 50;

/// One file of rules.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"name": "routing.toml", "text": "[[rule]]\nname = \"everything\"\nteam = \"support\"\n"}))]
pub(super) struct RuleFile {
    /// Its name.
    name: String,
    /// TOML.
    text: String,
}

/// Rules as they are kept.
#[derive(Serialize, ToSchema)]
pub(super) struct RulesBody {
    /// `topics` or `routing`.
    #[schema(example = "routing")]
    kind: String,
    /// Hash of the whole; also the ETag. Nothing if they were never published.
    version: Option<String>,
    /// Who published this text first: a person's id, `token:NAME`, `serve` for the files of a server, or a user's name.
    published_by: Option<String>,
    /// When, RFC 3339.
    published_at: Option<String>,
    /// Routing has one file, topics have one each.
    files: Vec<RuleFile>,
    /// Earlier texts, the newest first.
    versions: Vec<RulesVersion>,
}

/// A text of rules that was published.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "version": "5f3c0a…", "published_by": "01JQZ8V6M3T9C2D4E5F6G7H8J9", "published_at": "2026-05-01T09:00:00Z"
}))]
pub(super) struct RulesVersion {
    /// Its hash.
    version: String,
    /// Who published it first.
    published_by: String,
    /// When, RFC 3339.
    published_at: String,
}

type Tagged = ([(HeaderName, HeaderValue); 1], Json<RulesBody>);

/// The kind that a path names.
pub fn kind_of(word: &str) -> Result<DocumentKind, Problem> {
    match DocumentKind::from_word(word) {
        Some(kind @ (DocumentKind::Topics | DocumentKind::Routing)) => Ok(kind),
        _ => Err(Problem::new(
            Code::NotFound,
            "There are rules of two kinds: `topics` and `routing`.",
        )),
    }
}

async fn tagged(web: &Web, kind: DocumentKind, text: &str, document: Option<Document>) -> Result<Tagged, Problem> {
    let files = files_of(kind, text).map_err(Problem::internal)?;
    let version = |document: Document| RulesVersion {
        version: document.hash,
        published_by: document.kept_by,
        published_at: document.kept_at.to_string(),
    };
    let versions = web.documents(kind, VERSIONS).await?;
    let tag = etag_of_hash(document.as_ref().map(|document| document.hash.as_str()));
    let body = RulesBody {
        kind: kind.as_str().to_owned(),
        version: document.as_ref().map(|document| document.hash.clone()),
        published_by: document.as_ref().map(|document| document.kept_by.clone()),
        published_at: document.as_ref().map(|document| document.kept_at.to_string()),
        files: files.into_iter().map(|(name, text)| RuleFile { name, text }).collect(),
        versions: versions.into_iter().map(version).collect(),
    };
    Ok(([(header::ETAG, tag)], Json(body)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ShowParams {
    /// An earlier version; the current one if not given.
    version: Option<String>,
}

/// Shows the rules that count, or an earlier version of them.
#[utoipa::path(
    get, path = "/api/v1/rules/{kind}", tag = "settings", security(("token" = []), ("session" = [])),
    params(("kind" = String, Path, description = "`topics` or `routing`", example = "routing"), ShowParams),
    responses(
        (status = 200, description = "The rules; ETag is their version", body = RulesBody),
        OfNamedThings,
        OfQueries,
        OfStaffRoutes,
    )
)]
pub(super) async fn show(
    State(web): State<Web>,
    staff: Staff,
    PathText(kind): PathText,
    Params(params): Params<ShowParams>,
) -> Result<Tagged, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let kind = kind_of(&kind)?;
    let (text, document) = match params.version {
        Some(hash) => {
            let found = web.document(kind, &hash).await?;
            let found =
                found.ok_or_else(|| Problem::new(Code::NotFound, "There is no such version of these rules."))?;
            (found.text.clone(), Some(found))
        }
        None => web.rules_document(kind).await?,
    };
    tagged(&web, kind, &text, document).await
}

/// All files of a kind.
#[derive(Deserialize, ToSchema)]
pub(super) struct FilesBody {
    /// Routing has one file, topics have one each.
    files: Vec<RuleFile>,
}

fn pairs(files: Vec<RuleFile>) -> Vec<(String, String)> {
    files.into_iter().map(|file| (file.name, file.text)).collect()
}

/// Publishes rules: they count at once, on every server, and take the place of those that were read. Rules that cannot be
/// used, and topic rules whose own examples fail, are refused.
#[utoipa::path(
    put, path = "/api/v1/rules/{kind}", tag = "settings", request_body = FilesBody,
    security(("token" = []), ("session" = [])),
    params(
        ("kind" = String, Path, description = "`topics` or `routing`", example = "routing"),
        ("If-Match" = String, Header, description = "The ETag that was read", example = "\"5f3c0a\""),
    ),
    responses(
        (status = 200, description = "The rules after the change", body = RulesBody),
        OfJsonBodies,
        OfNamedThings,
        OfConditionalChanges,
        OfStaffRoutes,
    )
)]
pub(super) async fn publish(
    State(web): State<Web>,
    staff: Staff,
    PathText(kind): PathText,
    seen: IfMatchHash,
    JsonBody(body): JsonBody<FilesBody>,
) -> Result<Tagged, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let kind = kind_of(&kind)?;
    let over = match seen {
        IfMatchHash::Any => web.rules_document(kind).await?.1.map(|document| document.hash),
        IfMatchHash::Nothing => None,
        IfMatchHash::Hash(hash) => Some(hash),
    };
    let files = pairs(body.files);
    let document = web.publish_rules(kind, &files, over.as_deref(), &staff.id).await?;
    let text = document.text.clone();
    tagged(&web, kind, &text, Some(document)).await
}

/// A question to try rules on.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"question": "I was charged twice", "context": {"plan": "trial"}, "channel": "chat"}))]
pub(super) struct TryBody {
    /// What a customer would type.
    question: String,
    /// What the page claims about the visitor.
    #[serde(default)]
    context: Map<String, Value>,
    /// Its language; the site's if not given.
    #[serde(default)]
    language: Option<String>,
    /// Where it comes in; `chat` if not given.
    #[serde(default)]
    channel: Option<String>,
    /// When, RFC 3339; now if not given.
    #[serde(default)]
    at: Option<String>,
    /// Edited rules; those that count if not given.
    #[serde(default)]
    files: Option<Vec<RuleFile>>,
}

/// What the rules do with the question.
#[derive(Serialize, ToSchema)]
pub(super) struct TriedBody {
    /// Topic, team, priority, target, and what each rule said.
    explanation: Explanation,
    /// What an author should know about the edited rules, one sentence each.
    doubts: Vec<String>,
}

async fn draft(web: &Web, kind: DocumentKind, files: Option<Vec<RuleFile>>) -> Result<Draft, Problem> {
    let files = match files {
        Some(files) => pairs(files),
        None => {
            let (text, _) = web.rules_document(kind).await?;
            files_of(kind, &text).map_err(Problem::internal)?
        }
    };
    Ok(web.draft(kind, &files).await?)
}

/// Shows what rules, edited ones too, do with a question. Nothing is asked, recorded or opened.
#[utoipa::path(
    post, path = "/api/v1/rules/{kind}/try", tag = "settings", request_body = TryBody,
    security(("token" = []), ("session" = [])),
    params(("kind" = String, Path, description = "`topics` or `routing`", example = "routing")),
    responses(
        (status = 200, description = "What each rule does", body = TriedBody),
        OfJsonBodies,
        OfNamedThings,
        OfStaffRoutes,
    )
)]
pub(super) async fn dry_run(
    State(web): State<Web>,
    staff: Staff,
    PathText(kind): PathText,
    JsonBody(body): JsonBody<TryBody>,
) -> Result<Json<TriedBody>, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let kind = kind_of(&kind)?;
    let at = match body.at {
        None => web.now(),
        Some(text) => text
            .parse::<Timestamp>()
            .map_err(|_| Problem::new(Code::InvalidBody, "`at` must be a time as in 2026-05-04T02:00:00Z."))?,
    };
    let wanted = Wanted {
        question: Question {
            text: question_text(&body.question)?,
            lang: None,
            context: body.context,
        },
        language: body.language.unwrap_or_else(|| web.config().site.language.clone()),
        channel: body.channel.unwrap_or_else(|| "chat".to_owned()),
        signed: None,
        topic: None,
        reason: None,
        otherwise: None,
        at,
    };
    let draft = draft(&web, kind, body.files).await?;
    Ok(Json(TriedBody {
        explanation: web.dry_run(&draft, &wanted),
        doubts: web.doubts(kind, &draft).await?,
    }))
}

/// Edited rules to compare with those that count.
#[derive(Deserialize, ToSchema)]
pub(super) struct CompareBody {
    /// The edited rules.
    files: Vec<RuleFile>,
    /// How many of the last questions to look at, at most 5,000; 500 if not given.
    #[serde(default)]
    last: Option<usize>,
}

/// What would change.
#[derive(Serialize, ToSchema)]
pub(super) struct ComparedBody {
    /// Questions that were looked at.
    looked_at: usize,
    /// How many of them would go another way.
    changed: usize,
    /// The newest of those, at most 100.
    differences: Vec<DifferenceBody>,
}

/// A question of the past that would go another way.
#[derive(Serialize, ToSchema)]
pub(super) struct DifferenceBody {
    /// Id of its decision.
    id: String,
    /// When it was asked, RFC 3339.
    at: String,
    /// What the rules that count do with it.
    before: Explanation,
    /// What the edited ones would do.
    after: Explanation,
}

/// Decides the last questions with the rules that count and with edited ones, and lists those that would go another way.
#[utoipa::path(
    post, path = "/api/v1/rules/{kind}/compare", tag = "settings", request_body = CompareBody,
    security(("token" = []), ("session" = [])),
    params(("kind" = String, Path, description = "`topics` or `routing`", example = "routing")),
    responses(
        (status = 200, description = "What would change", body = ComparedBody),
        OfJsonBodies,
        OfNamedThings,
        OfStaffRoutes,
    )
)]
pub(super) async fn compare(
    State(web): State<Web>,
    staff: Staff,
    PathText(kind): PathText,
    JsonBody(body): JsonBody<CompareBody>,
) -> Result<Json<ComparedBody>, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let kind = kind_of(&kind)?;
    let last = body.last.unwrap_or(COMPARED).min(MOST_COMPARED);
    let draft = draft(&web, kind, Some(body.files)).await?;
    let found = web.differences(&draft, last, MOST_TOLD).await?;
    let told = found.shown.into_iter().map(|difference| DifferenceBody {
        id: difference.question.id,
        at: difference.question.at.to_string(),
        before: difference.before,
        after: difference.after,
    });
    Ok(Json(ComparedBody {
        looked_at: found.looked_at,
        changed: found.changed,
        differences: told.collect(),
    }))
}
