//! The page's tables as files for spreadsheets: UTF-8 with a byte order mark, without which Excel takes them for something
//! else; formulas in customers' words are marked as text. Programs take the API's JSON or `tanya coverage --csv`.

use std::{io, sync::Arc};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use serde::Deserialize;

use super::{
    choice::{Choice, WritersParams},
    rows::{chosen, compare_questions},
};
use crate::{
    desk::people::Permission,
    http::{
        Params, Problem, Staff, days,
        state::{Web, aside},
    },
    insight::{Unanswered, WritersReport, sheets},
    web::page::insert,
};

/// The unanswered questions, all of them, in the chosen order.
pub async fn unanswered(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<WritersParams>,
) -> Result<Response, Problem> {
    let (choice, report) = report(&web, &staff, params).await?;
    let last = report.days.last;
    let written = aside(move || {
        let mut entries: Vec<&Unanswered> = chosen(&choice, &report).collect();
        entries.sort_by(|a, b| compare_questions(choice.sort, a, b));
        let generation = web.generation();
        let missing = |entry: &Unanswered| {
            let article = &entry.nearest.as_ref()?.article;
            web.missing_words(&generation, &entry.question, &entry.language, article)
        };
        file(|out| sheets::write_unanswered(out, entries.into_iter(), missing))
    });
    download("unanswered", last, written.await??)
}

/// How the articles fare.
pub async fn articles(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<WritersParams>,
) -> Result<Response, Problem> {
    let (_, report) = report(&web, &staff, params).await?;
    let body = file(|out| sheets::write_articles(out, &report))?;
    download("articles", report.days.last, body)
}

/// The course over time.
pub async fn over_time(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<WritersParams>,
) -> Result<Response, Problem> {
    let (_, report) = report(&web, &staff, params).await?;
    let body = file(|out| sheets::write_over_time(out, &report.over_time))?;
    download("coverage-over-time", report.days.last, body)
}

/// What went to people.
pub async fn people(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<WritersParams>,
) -> Result<Response, Problem> {
    let (_, report) = report(&web, &staff, params).await?;
    let body = file(|out| sheets::write_people(out, &report.coverage))?;
    download("to-people", report.days.last, body)
}

/// Coverage by language.
pub async fn languages(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<WritersParams>,
) -> Result<Response, Problem> {
    let (_, report) = report(&web, &staff, params).await?;
    let body = file(|out| sheets::write_languages(out, &report.coverage))?;
    download("languages", report.days.last, body)
}

#[derive(Deserialize)]
pub struct ArticleParams {
    id: String,
    days: Option<usize>,
}

/// The questions that met one article.
pub async fn article(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<ArticleParams>,
) -> Result<Response, Problem> {
    staff.may(Permission::SeeCoverage)?;
    let report = web.article_report(&params.id, days(params.days)?).await?;
    let last = report.days.last;
    let written = aside(move || {
        let generation = web.generation();
        let missing = |question: &str, lang: &str| web.missing_words(&generation, question, lang, &report.article);
        file(|out| sheets::write_article_questions(out, &report, missing))
    });
    download("article", last, written.await??)
}

async fn report(web: &Web, staff: &Staff, params: WritersParams) -> Result<(Choice, Arc<WritersReport>), Problem> {
    staff.may(Permission::SeeCoverage)?;
    let choice = Choice::new(params)?;
    let report = web.writers_report(choice.days, None, choice.lang.as_deref()).await?;
    Ok((choice, report))
}

fn file(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<Vec<u8>, Problem> {
    let mut out = sheets::BYTE_ORDER_MARK.as_bytes().to_vec();
    write(&mut out).map_err(Problem::internal)?;
    Ok(out)
}

fn download(name: &str, day: Date, body: Vec<u8>) -> Result<Response, Problem> {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    insert(
        &mut headers,
        header::CONTENT_DISPOSITION,
        &format!("attachment; filename=\"{name}-{day}.csv\""),
    );
    Ok((headers, body).into_response())
}
