//! `/writers`: coverage over time, what the articles do not answer and why, and how each article fares.

mod choice;
mod csv;
mod one_article;
mod rows;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use jiff::tz::TimeZone;

pub use csv::{article as article_csv, articles, languages, over_time, people, unanswered};
pub use one_article::article;

use super::{
    lang,
    page::{Cache, send},
    plot::{Chart, Estimate, SharePoint, Shares, columns},
    staff::StaffFrame,
};
use crate::{
    desk::people::Permission,
    http::{Params, Problem, Staff, state::Web},
    insight::{
        Coverage, Ending, Period, Share, Step, UnansweredReason, WritersReport,
        words::{handoff_words, interval, percent, questions, thousands},
    },
};
use choice::{Choice, Heading, Link, Pages, WritersParams};
use rows::{ArticleRow, QuestionRow, day_and_month, moment};

/// Spans that the page offers, in days.
const SPANS: [u16; 3] = [7, 28, 90];
/// Rows of a table on one page.
const ROWS: usize = 25;
/// Pixels of the chart on a wide screen and on a phone.
const WIDE: (u32, u32) = (1056, 240);
const NARROW: (u32, u32) = (358, 220);

#[derive(Template)]
#[template(path = "writers.html")]
struct WritersPage {
    frame: StaffFrame,
    spans: Vec<Link>,
    languages: Vec<Link>,
    /// What is shown; `None` when the store could not be read.
    shown: Option<Shown>,
    retry: String,
}

/// A page with numbers.
struct Shown {
    span: String,
    /// `the last 28 days`.
    days: String,
    first_day: String,
    counted_at: String,
    headline: String,
    sentences: Vec<String>,
    questions: u64,
    all_questions: String,
    is_filtered: bool,
    longer: Option<String>,
    wide: Chart,
    narrow: Chart,
    strips: Vec<Strip>,
    first_label: String,
    last_label: String,
    most: String,
    unit: &'static str,
    periods: Vec<PeriodRow>,
    unanswered: Table<QuestionRow>,
    reasons: Vec<Link>,
    articles: Table<ArticleRow>,
    by_reason: Vec<ShareRow>,
    by_topic: Vec<ShareRow>,
    by_language: Vec<LanguageRow>,
    csv: Csv,
}

/// A long list, a page of it.
struct Table<T> {
    headings: Vec<Heading>,
    rows: Vec<T>,
    pages: Pages,
}

/// How many questions ended in one way, as columns over time.
struct Strip {
    name: &'static str,
    note: &'static str,
    count: String,
    share: String,
    chart: Chart,
}

/// The chart's numbers as a table, for those who do not see it.
struct PeriodRow {
    name: String,
    covered: String,
    interval: String,
    counts: Vec<String>,
}

struct ShareRow {
    name: String,
    count: String,
    share: String,
    interval: String,
}

struct LanguageRow {
    code: String,
    name: String,
    asked: String,
    covered: String,
    interval: String,
    chart: Option<Chart>,
}

/// Addresses of the tables as files.
struct Csv {
    over_time: String,
    unanswered: String,
    articles: String,
    people: String,
    languages: String,
}

/// The page.
pub async fn writers(
    State(web): State<Web>,
    staff: Staff,
    Params(params): Params<WritersParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::SeeCoverage)?;
    let choice = Choice::new(params)?;
    let frame = StaffFrame::new(&web, &staff, "/writers", "Coverage")?;
    let spans = SPANS.map(|days| Link {
        href: Choice {
            days,
            ..choice.first_pages()
        }
        .address("/writers", ""),
        text: format!("{days} days"),
        current: days == choice.days,
    });
    let mut page = WritersPage {
        frame,
        spans: spans.into(),
        languages: Vec::new(),
        shown: None,
        retry: choice.address("/writers", ""),
    };
    let report = web.writers_report(choice.days, None, choice.lang.as_deref()).await;
    let status = match report {
        Ok(report) => {
            page.languages = language_links(&choice, &report);
            page.shown = Some(shown(&web, &choice, &report));
            StatusCode::OK
        }
        // The frame stands: the page says what does not work and offers to try again.
        Err(problem) if problem.code.status().is_server_error() => problem.code.status(),
        Err(problem) => return Err(problem),
    };
    send(&page, status, Cache::Never, &headers)
}

fn language_links(choice: &Choice, report: &WritersReport) -> Vec<Link> {
    let mut codes: Vec<Option<&str>> = report.languages.iter().map(|code| Some(code.as_str())).collect();
    if codes.len() < 2 && choice.lang.is_none() {
        return Vec::new();
    }
    if let Some(chosen) = choice.lang.as_deref()
        && !codes.contains(&Some(chosen))
    {
        codes.push(Some(chosen));
    }
    let link = |code: Option<&str>| Link {
        href: Choice {
            lang: code.map(str::to_owned),
            ..choice.first_pages()
        }
        .address("/writers", ""),
        text: code.map_or("All", lang::name).to_owned(),
        current: code == choice.lang.as_deref(),
    };
    [None].into_iter().chain(codes).map(link).collect()
}

fn shown(web: &Web, choice: &Choice, report: &Arc<WritersReport>) -> Shown {
    let coverage = &report.coverage;
    let zone = &report.days.zone;
    let periods = &report.over_time.periods;
    let step = report.over_time.step;
    let points: Vec<SharePoint> = periods.iter().map(|period| share_point(period, step)).collect();
    let mean = (coverage.covered.of > 0).then(|| {
        let share = coverage.covered.share;
        (share, format!("mean {}", percent(share)))
    });
    let label = format!(
        "Share of questions that articles answered, {}, with 95 % intervals. {}.",
        each(step),
        coverage.headline()
    );
    let draw = |(width, height): (u32, u32)| {
        Shares {
            label: &label,
            points: &points,
            mean: mean.clone(),
            width,
            height,
        }
        .draw()
    };
    let strips = strips(coverage, periods, step);
    let csv = |name: &str| choice.first_pages().address(name, "");
    Shown {
        span: format!("{} – {}", words_of(&report.days.first), words_of(&report.days.last)),
        days: match report.days.count() {
            1 => "this day".to_owned(),
            many => format!("the last {many} days"),
        },
        first_day: report.days.first.to_string(),
        counted_at: moment(report.counted_at, zone).words,
        headline: coverage.headline(),
        sentences: coverage.sentences(),
        questions: coverage.questions,
        all_questions: questions(coverage.questions),
        is_filtered: choice.lang.is_some(),
        longer: (choice.days < 90).then(|| {
            Choice {
                days: 90,
                ..choice.first_pages()
            }
            .address("/writers", "")
        }),
        wide: draw(WIDE),
        narrow: draw(NARROW),
        most: thousands(most_at_once(periods)),
        strips,
        first_label: points.first().map(|point| point.label.clone()).unwrap_or_default(),
        last_label: points.last().map(|point| point.label.clone()).unwrap_or_default(),
        unit: match step {
            Step::Day => "day",
            Step::Week => "week",
        },
        periods: periods.iter().map(|period| period_row(period, step)).collect(),
        unanswered: rows::unanswered(web, choice, report),
        reasons: reason_links(choice, coverage),
        articles: rows::articles(web, choice, report),
        by_reason: coverage
            .by_reason
            .iter()
            .map(|entry| share_row(handoff_words(entry.reason), &entry.share))
            .collect(),
        by_topic: coverage
            .by_topic
            .iter()
            .map(|entry| share_row(&entry.topic, &entry.share))
            .collect(),
        by_language: coverage.by_language.iter().map(language_row).collect(),
        csv: Csv {
            over_time: csv("/writers/over-time.csv"),
            unanswered: choice.address("/writers/unanswered.csv", ""),
            articles: csv("/writers/articles.csv"),
            people: csv("/writers/people.csv"),
            languages: csv("/writers/languages.csv"),
        },
    }
}

/// What one point of the chart says.
fn share_point(period: &Period, step: Step) -> SharePoint {
    let covered = &period.covered;
    let name = period_name(&period.from, &period.to, step);
    let title = match covered.of {
        0 => format!("{name}: no questions"),
        _ => format!(
            "{name}: {} of {}, {} ({})",
            thousands(covered.count),
            thousands(covered.of),
            percent(covered.share),
            interval(covered)
        ),
    };
    SharePoint {
        label: day_and_month(&period.from),
        title,
        value: Estimate::of(covered),
    }
}

fn strips(coverage: &Coverage, periods: &[Period], step: Step) -> Vec<Strip> {
    let most = most_at_once(periods);
    let strip = |ending: Ending| {
        let (name, note, class, share) = match ending {
            Ending::Answered => (
                "Answered",
                "An article was the answer",
                "strip answered",
                &coverage.answered,
            ),
            Ending::AskedBack => (
                "Asked back",
                "Two to four articles to choose from",
                "strip asked",
                &coverage.clarified,
            ),
            Ending::NoAnswer => (
                "No answer found",
                "Handed over: no article answers it",
                "strip lacking",
                &coverage.no_answer,
            ),
            Ending::ForPeople => (
                "Belongs to people",
                "Handed over; does not count",
                "strip people",
                &coverage.for_people,
            ),
        };
        let counts: Vec<(u64, String)> = periods
            .iter()
            .map(|period| {
                let count = period.count(ending);
                let of = period_name(&period.from, &period.to, step);
                (count, format!("{of}: {}", thousands(count)))
            })
            .collect();
        let label = format!("{name}, {}: {} in all", each(step), thousands(share.count));
        Strip {
            name,
            note,
            count: thousands(share.count),
            share: percent(share.share),
            chart: columns(class, &label, &counts, most),
        }
    };
    Ending::ALL.into_iter().map(strip).collect()
}

fn most_at_once(periods: &[Period]) -> u64 {
    let counts = periods
        .iter()
        .flat_map(|period| Ending::ALL.map(|ending| period.count(ending)));
    counts.max().unwrap_or_default()
}

fn period_row(period: &Period, step: Step) -> PeriodRow {
    let covered = &period.covered;
    PeriodRow {
        name: period_name(&period.from, &period.to, step),
        covered: if covered.of == 0 {
            "–".to_owned()
        } else {
            percent(covered.share)
        },
        interval: if covered.of == 0 {
            String::new()
        } else {
            interval(covered)
        },
        counts: Ending::ALL.map(|ending| thousands(period.count(ending))).into(),
    }
}

fn reason_links(choice: &Choice, coverage: &Coverage) -> Vec<Link> {
    let link = |reason: Option<UnansweredReason>| {
        let wanted = coverage
            .unanswered
            .iter()
            .filter(|entry| reason.is_none_or(|reason| entry.reason == reason));
        let count = thousands(wanted.count() as u64);
        Link {
            href: Choice {
                reason,
                page: 1,
                ..choice.clone()
            }
            .address("/writers", "unanswered"),
            text: format!("{} {count}", reason.map_or("All", UnansweredReason::words)),
            current: reason == choice.reason,
        }
    };
    let reasons = UnansweredReason::ALL.into_iter().map(Some);
    [None].into_iter().chain(reasons).map(link).collect()
}

fn share_row(name: &str, share: &Share) -> ShareRow {
    let mut chars = name.chars();
    let first = chars
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    ShareRow {
        name: format!("{first}{}", chars.as_str().replace('_', " ")),
        count: thousands(share.count),
        share: percent(share.share),
        interval: interval(share),
    }
}

fn language_row(entry: &crate::insight::LanguageShare) -> LanguageRow {
    let covered = &entry.covered;
    let counted = covered.of > 0;
    LanguageRow {
        code: entry.language.clone(),
        name: lang::name(&entry.language).to_owned(),
        asked: thousands(entry.answered.of),
        covered: if counted {
            percent(covered.share)
        } else {
            "–".to_owned()
        },
        interval: if counted { interval(covered) } else { String::new() },
        chart: Estimate::of(covered).map(|value| {
            let label = format!("{} of 100 % ({})", percent(covered.share), interval(covered));
            super::plot::meter(&label, value, None)
        }),
    }
}

fn each(step: Step) -> &'static str {
    match step {
        Step::Day => "day by day",
        Step::Week => "week by week",
    }
}

/// `12 Nov`, or `week of 9 Nov`.
fn period_name(from: &str, to: &str, step: Step) -> String {
    match step {
        Step::Day => day_and_month(from),
        Step::Week if from == to => day_and_month(from),
        Step::Week => format!("{} – {}", day_and_month(from), day_and_month(to)),
    }
}

fn words_of(date: &jiff::civil::Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// The zone's name for people.
fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}
