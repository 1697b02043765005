//! `/writers/articles/{id}`: how one article fares, what it answers and nearly answers, and what readers wrote.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;

use super::{
    SPANS,
    choice::Link,
    period_name,
    rows::{Moment, Why, article_address, moment, why},
    words_of, zone_name,
};
use crate::{
    desk::people::Permission,
    http::{Code, Params, PathText, Problem, Staff, days, state::Web},
    insight::{
        ArticlePeriod, ArticleQuestion, ArticleReport, Step,
        words::{interval, percent, thousands},
    },
    kb::{Article, ArticleId, Status},
    web::{
        lang,
        page::{Cache, article_path, encode_param, send},
        plot::{Chart, Estimate, columns, meter},
        staff::StaffFrame,
    },
};

/// Questions and votes in one list; the CSV has all questions.
const LISTED: usize = 50;

#[derive(Template)]
#[template(path = "writers_article.html")]
struct ArticlePage {
    frame: StaffFrame,
    id: String,
    title: String,
    lang: String,
    /// Address of its page, and what is to be said about its state.
    href: Option<String>,
    state: Option<&'static str>,
    owner: Option<String>,
    spans: Vec<Link>,
    span: String,
    zone: String,
    headline: String,
    helped: Option<(Chart, String)>,
    strips: Vec<Strip>,
    first_label: String,
    last_label: String,
    answers: Vec<Asked>,
    answers_total: usize,
    nearly: Vec<Asked>,
    nearly_total: usize,
    votes: Vec<Words>,
    votes_without_words: String,
    back: String,
    csv: String,
}

struct Strip {
    name: &'static str,
    count: String,
    chart: Chart,
}

/// A question that met the article.
struct Asked {
    question: String,
    lang: String,
    dir: &'static str,
    language: String,
    count: String,
    last: Moment,
    sure: String,
    reason: Option<&'static str>,
    why: Option<Why>,
}

/// What a reader wrote.
struct Words {
    text: String,
    helped: bool,
    at: Moment,
    is_old: bool,
}

#[derive(Deserialize)]
pub struct ArticleParams {
    days: Option<usize>,
}

/// The page.
pub async fn article(
    State(web): State<Web>,
    staff: Staff,
    PathText(id): PathText,
    Params(params): Params<ArticleParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::SeeCoverage)?;
    let days = days(params.days)?;
    let report = web.article_report(&id, days).await?;
    let generation = web.generation();
    let present = generation.article(&ArticleId(id.clone()));
    let is_known = present.is_some() || report.title.is_some() || !report.votes.is_empty();
    if !is_known {
        return Err(Problem::new(Code::NotFound, "There is no article with this id."));
    }
    let title = present.map(|article| article.title.clone()).or(report.title.clone());
    let title = title.unwrap_or_else(|| id.clone());
    let zone = &report.days.zone;
    let step = report.days.usual_step();
    let asked = |question: &ArticleQuestion| Asked {
        question: question.question.clone(),
        lang: question.language.clone(),
        dir: lang::direction(&question.language),
        language: lang::name(&question.language).to_owned(),
        count: thousands(question.count),
        last: moment(question.last_asked, zone),
        sure: percent(question.confidence),
        reason: question.reason.map(|reason| reason.words()),
        why: question.reason.map(|_| {
            let words = (question.question.as_str(), question.language.as_str());
            why(
                &web,
                &generation,
                words,
                Some(&id),
                (question.confidence, question.threshold),
            )
        }),
    };
    let period = |at: &ArticlePeriod| period_name(&at.from, &at.to, step);
    let with_words = report.votes.iter().filter_map(|vote| {
        Some(Words {
            text: vote.reason.clone()?,
            helped: vote.helped,
            at: moment(vote.at, zone),
            is_old: present.is_some_and(|article| article.version != vote.version),
        })
    });
    let votes: Vec<Words> = with_words.take(LISTED).collect();
    let silent = report.votes.iter().filter(|vote| vote.reason.is_none()).count();
    let page = ArticlePage {
        frame: StaffFrame::new(&web, &staff, "/writers/articles", &title)?,
        lang: present
            .map_or("en", |article| generation.language_of(article))
            .to_owned(),
        href: present.filter(|article| is_readable(article)).map(article_path),
        state: state(present),
        owner: present.and_then(|article| article.owner.clone()),
        spans: spans(&id, days),
        span: format!("{} – {}", words_of(&report.days.first), words_of(&report.days.last)),
        zone: zone_name(zone).to_owned(),
        headline: headline(&report),
        helped: Estimate::of(&report.helped).map(|value| {
            let share = &report.helped;
            let words = format!(
                "It helped {} of {} readers who voted: {} ({}).",
                thousands(share.count),
                thousands(share.of),
                percent(share.share),
                interval(share)
            );
            (meter(&words, value, None), words)
        }),
        strips: strips(&report, step),
        first_label: report.over_time.first().map(period).unwrap_or_default(),
        last_label: report.over_time.last().map(period).unwrap_or_default(),
        answers: report.answers.iter().take(LISTED).map(asked).collect(),
        answers_total: report.answers.len(),
        nearly: report.nearly.iter().take(LISTED).map(asked).collect(),
        nearly_total: report.nearly.len(),
        votes_without_words: match silent {
            0 => String::new(),
            1 => "1 reader voted without a word.".to_owned(),
            many => format!("{} readers voted without a word.", thousands(many as u64)),
        },
        votes,
        back: if days == 28 {
            "/writers".to_owned()
        } else {
            format!("/writers?days={days}")
        },
        csv: format!("/writers/article.csv?id={}&days={days}", encode_param(&id)),
        title,
        id,
    };
    send(&page, StatusCode::OK, Cache::Never, &headers)
}

fn spans(id: &str, days: u16) -> Vec<Link> {
    let link = |span: u16| Link {
        href: article_address(id, span),
        text: format!("{span} days"),
        current: span == days,
    };
    SPANS.map(link).into()
}

fn is_readable(article: &Article) -> bool {
    article.status != Status::Draft && !article.only_names_its_folder()
}

/// What a writer should know about the article besides its numbers.
fn state(article: Option<&Article>) -> Option<&'static str> {
    match article {
        None => Some("This article is no longer there. Its numbers are those of the past."),
        Some(article) if article.status == Status::Expired => {
            Some("This article has expired: nothing is answered from it.")
        }
        Some(article) if article.answerable == Some(false) => {
            Some("The front matter says `answerable: false`: it can be found, but is never the answer.")
        }
        Some(_) => None,
    }
}

fn headline(report: &ArticleReport) -> String {
    let times = |count: u64| match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        many => format!("{} times", thousands(many)),
    };
    match (report.answered, report.only_nearest) {
        (0, 0) => "No question met this article".to_owned(),
        (shown, 0) => format!("Shown as the answer {}", times(shown)),
        (shown, nearest) => format!(
            "Shown as the answer {}, only the nearest {}",
            times(shown),
            times(nearest)
        ),
    }
}

fn strips(report: &ArticleReport, step: Step) -> Vec<Strip> {
    type Count = fn(&ArticlePeriod) -> u64;
    let all: [(&'static str, &'static str, Count); 4] = [
        ("Shown as the answer", "strip answered", |at| at.answered),
        ("Only the nearest", "strip asked", |at| at.only_nearest),
        ("Helped", "strip good", |at| at.helped),
        ("Did not help", "strip lacking", |at| at.did_not_help),
    ];
    let most = report
        .over_time
        .iter()
        .flat_map(|at| all.iter().map(|(_, _, count)| count(at)))
        .max()
        .unwrap_or_default();
    let strip = |(name, class, count): (&'static str, &'static str, Count)| {
        let total: u64 = report.over_time.iter().map(count).sum();
        let counts: Vec<(u64, String)> = report
            .over_time
            .iter()
            .map(|at| {
                (
                    count(at),
                    format!("{}: {}", period_name(&at.from, &at.to, step), thousands(count(at))),
                )
            })
            .collect();
        Strip {
            name,
            count: thousands(total),
            chart: columns(class, &format!("{name}: {} in all", thousands(total)), &counts, most),
        }
    };
    all.map(strip).into()
}
