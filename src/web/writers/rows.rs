//! Rows of the two long tables: what no article answers, and how the articles fare.

use std::cmp::Ordering;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    ROWS, Table,
    choice::{ArticleColumn, Choice, Column, Heading, Pages, QuestionColumn, Sorting},
};
use crate::{
    http::state::Web,
    insight::{
        ArticleUse, Share, Unanswered, WritersReport,
        words::{interval, percent, thousands},
    },
    kb::ArticleId,
    search::Generation,
    web::{
        lang,
        page::encode_path,
        plot::{Chart, Estimate, meter},
    },
};

/// Words of a question that are named; a story has more.
const WORDS: usize = 8;

/// A moment, for machines and for people.
pub struct Moment {
    /// RFC 3339.
    pub iso: String,
    /// In the time zone of the desk.
    pub words: String,
}

/// A question that no article answered.
pub struct QuestionRow {
    /// The words, as typed.
    pub question: String,
    /// Language of the words.
    pub lang: String,
    /// `ltr` or `rtl`.
    pub dir: &'static str,
    /// Name of the language.
    pub language: String,
    /// How often.
    pub count: String,
    /// When the last time.
    pub last: Option<Moment>,
    /// Why there was no answer.
    pub reason: &'static str,
    /// The nearest article.
    pub nearest: Option<Nearest>,
    /// Why that was not enough.
    pub why: Why,
}

/// The nearest article.
pub struct Nearest {
    /// Its title, as it is now if it is still there.
    pub title: String,
    /// Its page for writers.
    pub href: String,
}

/// Why an article was not enough for a question.
pub struct Why {
    /// Confidence against threshold, drawn.
    pub chart: Option<Chart>,
    /// The same in words.
    pub sure: String,
    /// Words that it lacks.
    pub missing: Vec<String>,
    /// How many more it lacks.
    pub more: usize,
    /// What else there is to say.
    pub note: Option<String>,
}

/// An article with its numbers.
pub struct ArticleRow {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its page for writers.
    pub href: String,
    /// How often it was the answer.
    pub shown: String,
    /// How often it was only the nearest.
    pub nearest: String,
    /// Readers whom it helped.
    pub helped: String,
    /// Readers whom it did not help.
    pub failed: String,
    /// Share of readers whom it helped, in words, with its interval.
    pub share: Option<(Chart, String)>,
    /// What a reader wrote last.
    pub reason: Option<String>,
    /// How many more wrote something.
    pub more_reasons: usize,
}

/// The page of unanswered questions that was chosen.
pub fn unanswered(web: &Web, choice: &Choice, report: &WritersReport) -> Table<QuestionRow> {
    let mut entries: Vec<&Unanswered> = chosen(choice, report).collect();
    entries.sort_by(|a, b| compare_questions(choice.sort, a, b));
    let link = |page| Choice { page, ..choice.clone() }.address("/writers", "unanswered");
    let (pages, range) = Pages::new(entries.len(), ROWS, choice.page, link);
    let generation = web.generation();
    let row = |entry: &&Unanswered| question_row(web, &generation, choice, entry, &report.days.zone);
    let heading = |text, column: QuestionColumn| {
        let sort = choice.sort.clicked(column);
        let next = Choice {
            sort,
            page: 1,
            ..choice.clone()
        };
        heading(text, choice.sort, column, next.address("/writers", "unanswered"))
    };
    Table {
        headings: vec![
            heading("Question", QuestionColumn::Question),
            heading("Asked", QuestionColumn::Times),
            heading("Last", QuestionColumn::Last),
            heading("Nearest article, and why it was not enough", QuestionColumn::Sure),
        ],
        rows: entries[range].iter().map(row).collect(),
        pages,
    }
}

/// The unanswered questions with the chosen reason, in the order of the report.
pub fn chosen<'a>(choice: &Choice, report: &'a WritersReport) -> impl Iterator<Item = &'a Unanswered> {
    let reason = choice.reason;
    let all = report.coverage.unanswered.iter();
    all.filter(move |entry| reason.is_none_or(|reason| entry.reason == reason))
}

/// The order of two questions; those that are equal in the column stay in the order of the report.
pub fn compare_questions(sort: Sorting<QuestionColumn>, a: &Unanswered, b: &Unanswered) -> Ordering {
    let order = match sort.column {
        QuestionColumn::Times => a.count.cmp(&b.count),
        QuestionColumn::Question => a.question.to_lowercase().cmp(&b.question.to_lowercase()),
        QuestionColumn::Last => a.last_asked.cmp(&b.last_asked),
        QuestionColumn::Sure => a.confidence.total_cmp(&b.confidence),
    };
    if sort.is_ascending() { order } else { order.reverse() }
}

fn heading<C: Column>(text: &'static str, sort: Sorting<C>, column: C, href: String) -> Heading {
    Heading {
        text,
        href: Some(href),
        order: sort.order(column),
        is_number: !column.is_ascending(),
    }
}

fn question_row(
    web: &Web,
    generation: &Generation,
    choice: &Choice,
    entry: &Unanswered,
    zone: &TimeZone,
) -> QuestionRow {
    let nearest = entry.nearest.as_ref().map(|nearest| {
        let present = generation.article(&ArticleId(nearest.article.clone()));
        Nearest {
            title: present.map_or(&nearest.title, |article| &article.title).clone(),
            href: article_address(&nearest.article, choice.days),
        }
    });
    let article = entry.nearest.as_ref().map(|nearest| nearest.article.as_str());
    QuestionRow {
        question: entry.question.clone(),
        dir: lang::direction(&entry.language),
        language: lang::name(&entry.language).to_owned(),
        lang: entry.language.clone(),
        count: thousands(entry.count),
        last: entry.last_asked.map(|at| moment(at, zone)),
        reason: entry.reason.words(),
        nearest,
        why: why(
            web,
            generation,
            (&entry.question, &entry.language),
            article,
            (entry.confidence, entry.threshold),
        ),
    }
}

/// Why an article was not enough for a question (with its language) at this confidence (with its threshold).
pub fn why(
    web: &Web,
    generation: &Generation,
    (question, language): (&str, &str),
    article: Option<&str>,
    (confidence, threshold): (f64, f64),
) -> Why {
    let Some(article) = article else {
        return Why {
            chart: None,
            sure: String::new(),
            missing: Vec::new(),
            more: 0,
            note: Some("No article resembles it.".to_owned()),
        };
    };
    let present = generation.article(&ArticleId(article.to_owned()));
    let written_in = present.map(|article| generation.language_of(article));
    let mut missing = web
        .missing_words(generation, question, language, article)
        .unwrap_or_default();
    let note = match written_in {
        None => Some("The article is no longer there.".to_owned()),
        Some(written) if written != language => {
            let (written, asked) = (lang::name(written), lang::name(language));
            Some(format!("The article is in {written}, the question in {asked}."))
        }
        Some(_) if missing.is_empty() => {
            Some("It has every word of the question, but no passage that is sure enough.".to_owned())
        }
        Some(_) => None,
    };
    let more = missing.len().saturating_sub(WORDS);
    missing.truncate(WORDS);
    let sure = format!("{} sure, {} needed", percent(confidence), percent(threshold));
    let value = Estimate {
        share: confidence,
        low: confidence,
        high: confidence,
    };
    Why {
        chart: Some(meter(&sure, value, Some(threshold))),
        sure,
        missing,
        more,
        note,
    }
}

/// The page of articles that was chosen.
pub fn articles(web: &Web, choice: &Choice, report: &WritersReport) -> Table<ArticleRow> {
    let mut entries: Vec<&ArticleUse> = report.coverage.articles.iter().collect();
    entries.sort_by(|a, b| compare_articles(choice.by, a, b));
    let link = |articles| {
        Choice {
            articles,
            ..choice.clone()
        }
        .address("/writers", "articles")
    };
    let (pages, range) = Pages::new(entries.len(), ROWS, choice.articles, link);
    let generation = web.generation();
    let row = |entry: &&ArticleUse| article_row(&generation, choice, report, entry);
    let heading = |text, column: ArticleColumn| {
        let next = Choice {
            by: choice.by.clicked(column),
            articles: 1,
            ..choice.clone()
        };
        heading(text, choice.by, column, next.address("/writers", "articles"))
    };
    Table {
        headings: vec![
            heading("Article", ArticleColumn::Title),
            heading("Shown", ArticleColumn::Shown),
            heading("Only nearest", ArticleColumn::Nearest),
            heading("Helped", ArticleColumn::Helped),
            heading("Did not", ArticleColumn::Failed),
        ],
        rows: entries[range].iter().map(row).collect(),
        pages,
    }
}

fn compare_articles(by: Sorting<ArticleColumn>, a: &ArticleUse, b: &ArticleUse) -> Ordering {
    let order = match by.column {
        ArticleColumn::Title => a.title.to_lowercase().cmp(&b.title.to_lowercase()),
        ArticleColumn::Shown => a.answered.cmp(&b.answered),
        ArticleColumn::Nearest => a.only_nearest.cmp(&b.only_nearest),
        ArticleColumn::Helped => a.helped.cmp(&b.helped),
        ArticleColumn::Failed => a.did_not_help.cmp(&b.did_not_help),
    };
    if by.is_ascending() { order } else { order.reverse() }
}

fn article_row(generation: &Generation, choice: &Choice, report: &WritersReport, entry: &ArticleUse) -> ArticleRow {
    let present = generation.article(&ArticleId(entry.article.clone()));
    let helped = Share::new(entry.helped, entry.helped + entry.did_not_help);
    let reasons = report
        .reasons
        .get(&entry.article)
        .map(Vec::as_slice)
        .unwrap_or_default();
    ArticleRow {
        id: entry.article.clone(),
        title: present.map_or(&entry.title, |article| &article.title).clone(),
        href: article_address(&entry.article, choice.days),
        shown: thousands(entry.answered),
        nearest: thousands(entry.only_nearest),
        helped: thousands(entry.helped),
        failed: thousands(entry.did_not_help),
        share: Estimate::of(&helped).map(|value| {
            let words = format!("{} helped ({})", percent(helped.share), interval(&helped));
            (meter(&words, value, None), words)
        }),
        reason: reasons.first().map(|reason| reason.text.clone()),
        more_reasons: reasons.len().saturating_sub(1),
    }
}

/// The page of one article for writers.
pub fn article_address(id: &str, days: u16) -> String {
    let days = if days == 28 {
        String::new()
    } else {
        format!("?days={days}")
    };
    format!("/writers/articles/{}{days}", encode_path(id))
}

/// In the time zone of the desk.
pub fn moment(at: Timestamp, zone: &TimeZone) -> Moment {
    Moment {
        iso: at.to_string(),
        words: at.to_zoned(zone.clone()).strftime("%-d %b, %H:%M").to_string(),
    }
}

/// `12 Nov` of `2026-11-12`; what is no date stays as it is.
pub fn day_and_month(iso: &str) -> String {
    iso.parse::<Date>()
        .map_or_else(|_| iso.to_owned(), |date| date.strftime("%-d %b").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::UnansweredReason;

    fn question(text: &str, count: u64, confidence: f64) -> Unanswered {
        Unanswered {
            question: text.into(),
            language: "en".into(),
            count,
            reason: UnansweredReason::NoMatch,
            nearest: None,
            confidence,
            threshold: 0.7,
            last_asked: None,
        }
    }

    #[test]
    fn every_column_sorts_both_ways() {
        let entries = [
            question("Beans", 3, 0.2),
            question("apples", 1, 0.5),
            question("Corn", 2, f64::NAN),
        ];
        let sorted = |word: &str| {
            let mut entries: Vec<&Unanswered> = entries.iter().collect();
            entries.sort_by(|a, b| compare_questions(Sorting::of(Some(word)), a, b));
            entries.iter().map(|entry| entry.count).collect::<Vec<_>>()
        };
        assert_eq!(sorted("times"), [3, 2, 1]);
        assert_eq!(sorted("-times"), [1, 2, 3]);
        assert_eq!(sorted("question"), [1, 3, 2]);
        assert_eq!(sorted("-sure"), [3, 1, 2]);
        assert_eq!(sorted("last"), [3, 1, 2], "equal ones keep their order");
    }

    #[test]
    fn dates_are_short_and_anything_else_stays() {
        assert_eq!(day_and_month("2026-11-02"), "2 Nov");
        assert_eq!(day_and_month("soon"), "soon");
        let zone = TimeZone::get("Asia/Jakarta").expect("a zone");
        assert_eq!(
            moment("2026-11-25T17:05:00Z".parse().expect("a time"), &zone).words,
            "26 Nov, 00:05"
        );
    }

    #[test]
    fn ids_with_strange_signs_stay_in_their_address() {
        assert_eq!(article_address("en/what?", 7), "/writers/articles/en/what%3F?days=7");
        assert_eq!(article_address("en/track", 28), "/writers/articles/en/track");
    }
}
