//! `/api/v1/coverage`: writers' numbers, the same as on their page.

use axum::{
    Json,
    extract::{Path, State},
    routing::get,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    error::{Code, Problem},
    extract::{Params, Staff, given, in_range, language},
    problems::{OfNamedThings, OfQueries, OfStaffRoutes},
    state::{Web, aside},
};
use crate::{
    desk::people::Permission,
    insight::{
        ArticlePeriod, ArticleQuestion, Coverage, Days, OverTime, Share, Step, Unanswered, UnansweredReason, rfc3339,
    },
    kb::ArticleId,
    search::Generation,
};

/// Longest span that can be asked for, in days.
pub const MOST_DAYS: usize = 366;
/// Days if none are asked for.
pub const USUAL_DAYS: usize = 28;

/// The routes. The article's id has slashes, which `{id}` of the description stands for, too.
pub(super) fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(coverage))
        .routes(routes!(over_time))
        .route("/api/v1/coverage/articles/{*id}", get(article))
}

#[derive(OpenApi)]
#[openapi(
    paths(article),
    components(schemas(ArticleCoverage)),
    tags((name = "coverage", description = "What is asked, what the articles answer, and what they do not"))
)]
struct Described;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CoverageParams {
    /// How many days, today included, 1 to 366; 28 if not given. Days begin at midnight in the time zone of the desk.
    days: Option<usize>,
    /// Only questions in this language, and votes on articles in it.
    lang: Option<String>,
    /// Of the unanswered questions only those with this reason: `low_confidence`, `no_match` or `clarify`.
    reason: Option<String>,
    /// How many unanswered questions and articles to list, 1 to 1000; 50 if not given.
    limit: Option<usize>,
}

/// Coverage of some days.
#[derive(Serialize, ToSchema)]
pub(super) struct CoverageReport {
    /// What matters most, in sentences.
    summary: String,
    #[serde(flatten)]
    days: ReportedDays,
    /// The language, if only one was asked for.
    lang: Option<String>,
    /// How many questions: all, answered, asked back, handed over and why.
    #[serde(flatten)]
    coverage: Coverage,
    /// What the writers' share would be with articles for the ten unanswered questions asked most.
    covered_with_ten_more: Share,
    /// How many different unanswered questions there are; `unanswered` lists the first of them.
    unanswered_total: usize,
    /// How many articles were met; `articles` lists the first of them.
    articles_total: usize,
    /// Why the nearest article was not enough, for each of `unanswered`, in its order.
    why: Vec<Why>,
}

/// Which days were counted.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportedDays {
    /// The first day.
    first_day: String,
    /// The last day: today.
    last_day: String,
    /// In which time zone the days begin.
    time_zone: String,
    /// When it was counted, RFC 3339; at most half a minute ago.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    counted_at: Timestamp,
}

impl ReportedDays {
    fn new(days: &Days, counted_at: Timestamp) -> Self {
        ReportedDays {
            first_day: days.first.to_string(),
            last_day: days.last.to_string(),
            time_zone: days.zone.iana_name().unwrap_or("UTC").to_owned(),
            counted_at,
        }
    }
}

/// Why the nearest article was no answer.
#[derive(Serialize, ToSchema)]
pub(super) struct Why {
    /// Words of the question that no part of the article contains; `null` if there is none or it is no longer there.
    missing_words: Option<Vec<String>>,
    /// The article's language, if it is not that of the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    article_language: Option<String>,
}

impl Why {
    fn of(web: &Web, generation: &Generation, entry: &Unanswered) -> Self {
        let article = entry.nearest.as_ref().map(|nearest| nearest.article.as_str());
        let missing =
            article.and_then(|article| web.missing_words(generation, &entry.question, &entry.language, article));
        let language = article.and_then(|article| {
            let article = generation.article(&ArticleId(article.to_owned()))?;
            Some(generation.language_of(article)).filter(|lang| *lang != entry.language)
        });
        Why {
            missing_words: missing,
            article_language: language.map(str::to_owned),
        }
    }
}

/// Counts what was asked, what the articles answered and what they did not.
#[utoipa::path(
    get, path = "/api/v1/coverage", tag = "coverage", params(CoverageParams), security(("token" = []), ("session" = [])),
    responses(
        (status = 200, description = "The report; its lists are sorted by count", body = CoverageReport, example = json!({
            "summary": "67 % of questions were answered by articles: 2 of 3 questions (21–94 %). 1 more belongs to people and does not count here.",
            "first_day": "2026-10-29", "last_day": "2026-11-25", "time_zone": "Asia/Jakarta", "counted_at": "2026-11-25T03:00:00Z",
            "lang": null, "questions": 4,
            "answered": {"count": 2, "of": 4, "share": 0.5, "low": 0.15, "high": 0.85},
            "clarified": {"count": 0, "of": 4, "share": 0.0, "low": 0.0, "high": 0.49},
            "handed_over": {"count": 2, "of": 4, "share": 0.5, "low": 0.15, "high": 0.85},
            "no_answer": {"count": 1, "of": 4, "share": 0.25, "low": 0.046, "high": 0.70},
            "for_people": {"count": 1, "of": 4, "share": 0.25, "low": 0.046, "high": 0.70},
            "covered": {"count": 2, "of": 3, "share": 0.667, "low": 0.21, "high": 0.94},
            "by_reason": [{"reason": "low_confidence", "share": {"count": 1, "of": 4, "share": 0.25, "low": 0.046, "high": 0.70}},
                          {"reason": "sensitive_topic", "share": {"count": 1, "of": 4, "share": 0.25, "low": 0.046, "high": 0.70}}],
            "by_topic": [{"topic": "refund", "share": {"count": 1, "of": 4, "share": 0.25, "low": 0.046, "high": 0.70}}],
            "by_language": [{"language": "en", "answered": {"count": 2, "of": 4, "share": 0.5, "low": 0.15, "high": 0.85},
                             "covered": {"count": 2, "of": 3, "share": 0.667, "low": 0.21, "high": 0.94}}],
            "unanswered": [{"question": "does your grinder fit moka pots?", "language": "en", "count": 1, "reason": "low_confidence",
                            "nearest": {"article": "en/devices/grinder", "title": "Clean the grinder"}, "confidence": 0.31,
                            "threshold": 0.71, "last_asked": "2026-11-25T02:14:00Z"}],
            "unanswered_total": 1, "why": [{"missing_words": ["fit", "moka", "pots"]}],
            "articles": [{"article": "en/orders/track", "title": "Track an order", "answered": 2, "only_nearest": 0, "helped": 4, "did_not_help": 1}],
            "articles_total": 1,
            "covered_with_ten_more": {"count": 3, "of": 3, "share": 1.0, "low": 0.44, "high": 1.0}
        })),
        OfQueries,
        OfStaffRoutes,
    )
)]
pub(super) async fn coverage(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<CoverageParams>,
) -> Result<Json<CoverageReport>, Problem> {
    staff.may(Permission::SeeCoverage)?;
    let limit = in_range("limit", params.limit, 50, 1..=1000)?;
    let reason = unanswered_reason(params.reason)?;
    let lang = language(params.lang.as_deref())?;
    let report = web.writers_report(days(params.days)?, None, lang.as_deref()).await?;
    let counted = &report.coverage;
    let wanted = |entry: &&Unanswered| reason.is_none_or(|reason| entry.reason == reason);
    let unanswered: Vec<Unanswered> = counted.unanswered.iter().filter(wanted).take(limit).cloned().collect();
    let generation = web.generation();
    let (unanswered, why) = aside(move || {
        let why = unanswered
            .iter()
            .map(|entry| Why::of(&web, &generation, entry))
            .collect();
        (unanswered, why)
    })
    .await?;
    Ok(Json(CoverageReport {
        summary: counted.summary(),
        days: ReportedDays::new(&report.days, report.counted_at),
        lang,
        covered_with_ten_more: counted.with_answers_to(10),
        unanswered_total: counted.unanswered.iter().filter(wanted).count(),
        articles_total: counted.articles.len(),
        why,
        coverage: Coverage {
            unanswered,
            articles: counted.articles.iter().take(limit).cloned().collect(),
            by_reason: counted.by_reason.clone(),
            by_topic: counted.by_topic.clone(),
            by_language: counted.by_language.clone(),
            ..*counted
        },
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OverTimeParams {
    /// How many days, today included, 1 to 366; 28 if not given.
    days: Option<usize>,
    /// Only questions in this language.
    lang: Option<String>,
    /// `day` or `week` (from Monday on); if not given, weeks from 60 days on.
    step: Option<Step>,
}

/// Coverage over some days.
#[derive(Serialize, ToSchema)]
pub(super) struct CoverageOverTime {
    #[serde(flatten)]
    days: ReportedDays,
    /// The language, if only one was asked for.
    lang: Option<String>,
    #[serde(flatten)]
    over_time: OverTime,
}

/// Tells coverage day by day or week by week. `covered` leaves out what belongs to people.
#[utoipa::path(
    get, path = "/api/v1/coverage/over-time", tag = "coverage", params(OverTimeParams),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, description = "Oldest first, days without questions included", body = CoverageOverTime, example = json!({
            "first_day": "2026-11-24", "last_day": "2026-11-25", "time_zone": "Asia/Jakarta", "counted_at": "2026-11-25T03:00:00Z",
            "lang": "en", "step": "day", "periods": [
                {"from": "2026-11-24", "to": "2026-11-24", "answered": 12, "asked_back": 2, "no_answer": 4, "for_people": 3,
                 "covered": {"count": 12, "of": 18, "share": 0.667, "low": 0.437, "high": 0.837}},
                {"from": "2026-11-25", "to": "2026-11-25", "answered": 0, "asked_back": 0, "no_answer": 0, "for_people": 0,
                 "covered": {"count": 0, "of": 0, "share": 0.0, "low": 0.0, "high": 1.0}}
            ]
        })),
        OfQueries,
        OfStaffRoutes,
    )
)]
pub(super) async fn over_time(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<OverTimeParams>,
) -> Result<Json<CoverageOverTime>, Problem> {
    staff.may(Permission::SeeCoverage)?;
    let lang = language(params.lang.as_deref())?;
    let report = web
        .writers_report(days(params.days)?, params.step, lang.as_deref())
        .await?;
    Ok(Json(CoverageOverTime {
        days: ReportedDays::new(&report.days, report.counted_at),
        lang,
        over_time: report.over_time.clone(),
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ArticleParams {
    /// How many days, today included, 1 to 366; 28 if not given.
    days: Option<usize>,
    /// How many questions and votes to list, 1 to 1000; 50 if not given.
    limit: Option<usize>,
}

/// One article over some days.
#[derive(Serialize, ToSchema)]
pub(super) struct ArticleCoverage {
    /// Its id.
    article: String,
    /// Its title.
    title: String,
    #[serde(flatten)]
    days: ReportedDays,
    /// How often it was the answer.
    answered: u64,
    /// How often it was only the nearest to a question that was not answered.
    only_nearest: u64,
    /// Readers whom it helped, of all who voted.
    helped: Share,
    /// Its course, oldest first.
    over_time: Vec<ArticlePeriod>,
    /// What it answered, most asked first.
    answers: Vec<ArticleQuestion>,
    /// What it nearly answered, most asked first.
    nearly: Vec<NearlyAnswered>,
    /// What readers wrote, newest first.
    reasons: Vec<ReaderReason>,
}

/// A question that the article nearly answered.
#[derive(Serialize, ToSchema)]
pub(super) struct NearlyAnswered {
    #[serde(flatten)]
    question: ArticleQuestion,
    /// Words of the question that no part of the article contains; `null` if the article is no longer there.
    missing_words: Option<Vec<String>>,
}

/// A reader's words about an article.
#[derive(Serialize, ToSchema)]
pub(super) struct ReaderReason {
    /// When, RFC 3339.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whether it helped.
    helped: bool,
    /// The words.
    reason: String,
    /// Whether they are about the article as it is now.
    about_present_version: bool,
}

/// Tells how one article fares.
#[utoipa::path(
    get, path = "/api/v1/coverage/articles/{id}", tag = "coverage",
    params(("id" = String, Path, description = "The article's id; its slashes may stand as they are", example = "en/orders/track"), ArticleParams),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, description = "The article's numbers", body = ArticleCoverage, example = json!({
            "article": "en/orders/track", "title": "Track an order",
            "first_day": "2026-11-25", "last_day": "2026-11-25", "time_zone": "Asia/Jakarta", "counted_at": "2026-11-25T03:00:00Z",
            "answered": 2, "only_nearest": 1, "helped": {"count": 4, "of": 5, "share": 0.8, "low": 0.38, "high": 0.96},
            "over_time": [{"from": "2026-11-25", "to": "2026-11-25", "answered": 2, "only_nearest": 1, "helped": 4, "did_not_help": 1}],
            "answers": [{"question": "where is my parcel?", "language": "en", "count": 2, "confidence": 0.93, "threshold": 0.71,
                         "last_asked": "2026-11-25T02:10:00Z"}],
            "nearly": [{"question": "can I track from Surabaya by fax?", "language": "en", "count": 1, "reason": "low_confidence",
                        "confidence": 0.52, "threshold": 0.71, "last_asked": "2026-11-25T02:11:00Z", "missing_words": ["Surabaya", "fax"]}],
            "reasons": [{"at": "2026-11-25T02:12:00Z", "helped": false, "reason": "My parcel has two numbers. Which one?", "about_present_version": true}]
        })),
        OfNamedThings,
        OfQueries,
        OfStaffRoutes,
    )
)]
pub(super) async fn article(
    State(web): State<Web>,
    staff: Staff,
    Path(id): Path<String>,
    Params(params): Params<ArticleParams>,
) -> Result<Json<ArticleCoverage>, Problem> {
    staff.may(Permission::SeeCoverage)?;
    let limit = in_range("limit", params.limit, 50, 1..=1000)?;
    let report = web.article_report(&id, days(params.days)?).await?;
    let generation = web.generation();
    let present = generation.article(&ArticleId(id.clone()));
    let title = present.map(|article| article.title.clone()).or(report.title.clone());
    // One that is gone is still known while somebody met it or voted on it.
    let title = title.or_else(|| (!report.votes.is_empty()).then(|| id.clone()));
    let title = title.ok_or_else(|| Problem::new(Code::NotFound, "There is no article with this id."))?;
    let nearly = report.nearly.iter().take(limit).map(|question| NearlyAnswered {
        missing_words: web.missing_words(&generation, &question.question, &question.language, &id),
        question: question.clone(),
    });
    let reasons = report.votes.iter().filter_map(|vote| {
        Some(ReaderReason {
            at: vote.at,
            helped: vote.helped,
            reason: vote.reason.clone()?,
            about_present_version: present.is_some_and(|article| article.version == vote.version),
        })
    });
    Ok(Json(ArticleCoverage {
        title,
        days: ReportedDays::new(&report.days, report.counted_at),
        answered: report.answered,
        only_nearest: report.only_nearest,
        helped: report.helped,
        over_time: report.over_time.clone(),
        answers: report.answers.iter().take(limit).cloned().collect(),
        nearly: nearly.collect(),
        reasons: reasons.take(limit).collect(),
        article: id,
    }))
}

/// How many days to count.
///
/// # Errors
/// 400 for a number out of range.
pub fn days(asked: Option<usize>) -> Result<u16, Problem> {
    let days = in_range("days", asked, USUAL_DAYS, 1..=MOST_DAYS)?;
    Ok(u16::try_from(days).unwrap_or(u16::MAX))
}

/// The reason with this wire word; none for an empty one.
///
/// # Errors
/// 400 for another word.
pub fn unanswered_reason(word: Option<String>) -> Result<Option<UnansweredReason>, Problem> {
    let Some(word) = given(word) else { return Ok(None) };
    let reason = UnansweredReason::from_word(&word);
    reason.map(Some).ok_or_else(|| {
        let words = UnansweredReason::ALL
            .map(|reason| format!("`{}`", reason.as_str()))
            .join(", ");
        Problem::new(Code::InvalidQuery, format!("`reason` is none of {words}."))
    })
}
