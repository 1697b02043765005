//! `tanya coverage`: what was asked, what was answered, and what is missing.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use jiff::{Span, Timestamp, civil, tz::TimeZone};

use crate::{
    answer::Question,
    insight::{ArticleName, AskedQuestion, Coverage, CoverageCounter, Guess, Share, read_questions},
    store::{Store, TimeRange},
};

use super::{
    Bars, Context, Exit, Style, Table, UsageError, one_line,
    output::{counted, thousands},
    shorten,
};

/// Columns of a question in the report; the whole one is in the CSV.
const QUESTION_COLUMNS: usize = 60;
/// Columns of an article's title.
const TITLE_COLUMNS: usize = 40;

/// What `tanya help coverage` says first.
pub(super) const LONG_ABOUT: &str = "\
    Says which share of the questions was answered, why the others were not, and which ones writers should look \
    at first.\n\nWithout files it reads the questions that people asked here. Files (JSON lines with `question`, \
    or CSV with a column `question`, `query`, `text` or `message`, or one column only) are put to the articles as they are now: export what people asked in another \
    help desk and see what the articles already cover.";

/// Arguments of `coverage`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya coverage                              all questions of this help center
  tanya coverage --since 7d                   of the last seven days
  tanya coverage --since 2026-11-01 --csv gaps.csv
  tanya coverage export.csv log.jsonl         questions from elsewhere
  tanya coverage export.csv --column Subject  in the column of this name
  tanya coverage --json")]
pub struct CoverageArgs {
    /// Questions to put to the articles: JSON lines or CSV
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The column of the questions in CSV files [default: guessed]
    #[arg(long, value_name = "NAME", requires = "files")]
    pub column: Option<String>,
    /// Write the unanswered questions to this CSV file; `-` for stdout
    #[arg(long, value_name = "OUT")]
    pub csv: Option<PathBuf>,
    /// Only questions since: `24h`, `7d`, `2w`, a date or an RFC 3339 time
    #[arg(long, value_name = "WHEN", conflicts_with = "files")]
    pub since: Option<String>,
    /// How many questions and articles to list
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, args: &CoverageArgs) -> anyhow::Result<Exit> {
    if !args.files.is_empty() {
        let answerer = ctx.answerer(None, &mut Bars::new())?;
        let decide = async |question: &Question| {
            let decided = answerer
                .decide(ulid::Ulid::generate().to_string(), question, false)
                .await?;
            let nearest = decided.ranked.first().map(|(article, _)| ArticleName {
                article: article.id.clone(),
                title: article.title.clone(),
            });
            Ok(AskedQuestion::from_decision(&question.text, &decided.decision, nearest))
        };
        let report = from_files(&args.files, args.column.as_deref(), decide).await?;
        return show(ctx, args, &report);
    }
    let store = ctx.existing_store().await?;
    let zone = ctx.live_zone(&store).await?;
    let since = args
        .since
        .as_deref()
        .map(|since| parse_since(since, ctx.clock.now(), &zone))
        .transpose()?;
    let report = from_store(&store, TimeRange { since, until: None }).await;
    store.close().await;
    show(ctx, args, &report?)
}

/// Counts the logged questions and the readers' votes.
///
/// # Errors
///
/// The store's failure.
pub async fn from_store(store: &Store, range: TimeRange) -> anyhow::Result<Coverage> {
    let mut counter = CoverageCounter::default();
    store.each_question(range, |record| counter.add(record.into())).await?;
    for votes in store.votes_by_article(range, None).await? {
        counter.add_votes(votes);
    }
    Ok(counter.finish())
}

/// Puts the questions of files to `decide` and counts what it decides. Lines that cannot be read are skipped and told on
/// stderr, and so is which column of a CSV file was taken, if nobody named one.
///
/// # Errors
///
/// A file that cannot be read at all, or the first failure of `decide`.
pub async fn from_files(
    files: &[PathBuf],
    column: Option<&str>,
    mut decide: impl AsyncFnMut(&Question) -> anyhow::Result<AskedQuestion>,
) -> anyhow::Result<Coverage> {
    let mut counter = CoverageCounter::default();
    for path in files {
        let file = read_questions(path, column)?;
        match &file.guessed {
            Some(Guess::Column(name)) => {
                eprintln!(
                    "{}: the questions are in the column `{}`",
                    path.display(),
                    one_line(name)
                );
            }
            Some(Guess::EveryLine) => eprintln!("{}: every line is a question", path.display()),
            None => {}
        }
        for problem in file.problems.iter().take(10) {
            eprintln!("{}: {problem}", path.display());
        }
        if !file.problems.is_empty() {
            let skipped = counted(file.problems.len(), "line was skipped", "lines were skipped");
            eprintln!("{}: {skipped}", path.display());
        }
        for asked in &file.questions {
            let decided = decide(&asked.question).await;
            counter.add(decided.with_context(|| format!("{} line {}", path.display(), asked.line))?);
        }
    }
    Ok(counter.finish())
}

/// Prints the report and writes the CSV, as the flags say.
///
/// # Errors
///
/// What stdout or the CSV file failed with.
pub fn show(ctx: &Context, args: &CoverageArgs, report: &Coverage) -> anyhow::Result<Exit> {
    let csv_on_stdout = args.csv.as_deref() == Some(Path::new("-"));
    if let Some(path) = &args.csv {
        if csv_on_stdout {
            report.write_unanswered_csv(io::stdout().lock())?;
        } else {
            write_csv(path, report).with_context(|| format!("writing {}", path.display()))?;
        }
    }
    match (ctx.json, csv_on_stdout) {
        (_, true) => {}
        (true, false) => ctx.print_json(report)?,
        (false, false) => ctx.print(&to_text(report, args.limit, ctx.style))?,
    }
    Ok(Exit::Done)
}

fn write_csv(path: &Path, report: &Coverage) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(fs::File::create(path)?);
    report.write_unanswered_csv(&mut out)?;
    Ok(out.flush()?)
}

/// `7d` before `now`, the start of a day in `zone`, or a time.
pub(super) fn parse_since(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, UsageError> {
    let text = text.trim();
    let not_understood = || {
        UsageError(format!(
            "--since {:?} is not understood: use 24h, 7d, 2w, a date (2026-11-01) or a time (2026-11-01T08:00:00Z)",
            one_line(text)
        ))
    };
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Ok(date) = text.parse::<civil::Date>() {
        return date
            .to_zoned(zone.clone())
            .map(|zoned| zoned.timestamp())
            .map_err(|_| not_understood());
    }
    let span: Span = text.parse().map_err(|_| not_understood())?;
    let ago = now
        .to_zoned(zone.clone())
        .checked_sub(span.abs())
        .map_err(|_| not_understood())?;
    Ok(ago.timestamp())
}

/// The report for people: the sentence that matters first, then what to do about it.
pub fn to_text(report: &Coverage, limit: usize, style: Style) -> String {
    if report.questions == 0 {
        let mut text = "No questions yet.\n".to_owned();
        articles_text(&mut text, report, limit, style);
        return text;
    }
    let mut text = format!("{}\n", style.bold(&headline(report)));
    let _ = writeln!(
        text,
        "{} got a choice of articles, {} went to people.",
        percent(report.clarified.share),
        percent(report.handed_over.share)
    );
    if report.for_people.count > 0 && report.covered.of > 0 {
        // What the writers' page says first.
        let _ = writeln!(
            text,
            "Without the {} that belong to people, articles answered {}.",
            thousands(report.for_people.count),
            share(&report.covered)
        );
    }

    if !report.by_reason.is_empty() {
        let _ = writeln!(text, "\n{}", style.bold("To people, by reason"));
        let mut table = Table::without_heading().right(1).right(2);
        for entry in &report.by_reason {
            table.row([
                reason_in_words(entry.reason.as_str()).to_owned(),
                thousands(entry.share.count),
                share(&entry.share),
            ]);
        }
        text.push_str(&table.render(2));
    }
    if !report.by_topic.is_empty() {
        let _ = writeln!(text, "\n{}", style.bold("To people, by topic"));
        let mut table = Table::without_heading().right(1).right(2);
        for entry in &report.by_topic {
            table.row([
                one_line(&entry.topic),
                thousands(entry.share.count),
                share(&entry.share),
            ]);
        }
        text.push_str(&table.render(2));
    }
    if report.by_language.len() > 1 {
        let _ = writeln!(text, "\n{}", style.bold("Answered, by language"));
        let mut table = Table::without_heading().right(1).right(2);
        for entry in &report.by_language {
            let of = format!(
                "{} of {}",
                thousands(entry.answered.count),
                thousands(entry.answered.of)
            );
            table.row([one_line(&entry.language), of, share(&entry.answered)]);
        }
        text.push_str(&table.render(2));
    }
    unanswered_text(&mut text, report, limit, style);
    articles_text(&mut text, report, limit, style);
    let _ = writeln!(
        text,
        "\n{}",
        style.dim("In parentheses: where the true share lies with 95 % probability.")
    );
    text
}

fn unanswered_text(text: &mut String, report: &Coverage, limit: usize, style: Style) {
    if report.unanswered.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "\n{}",
        style.bold("Not answered by any article, most frequent first")
    );
    let mut table = Table::new(&["TIMES", "QUESTION", "NEAREST ARTICLE", "CONFIDENCE"])
        .right(0)
        .right(3);
    for entry in report.unanswered.iter().take(limit) {
        let nearest = entry.nearest.as_ref().map_or("none", |nearest| nearest.title.as_str());
        table.row([
            thousands(entry.count),
            shorten(&one_line(&entry.question), QUESTION_COLUMNS).into_owned(),
            shorten(&one_line(nearest), TITLE_COLUMNS).into_owned(),
            format!("{:.2}", entry.confidence),
        ]);
    }
    text.push_str(&table.render(2));
    more(
        text,
        report.unanswered.len(),
        limit,
        "--csv OUT writes all of them",
        style,
    );
}

fn articles_text(text: &mut String, report: &Coverage, limit: usize, style: Style) {
    if report.articles.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", style.bold("Articles"));
    // Without a vote two columns of zeros would say nothing.
    let has_votes = report
        .articles
        .iter()
        .any(|entry| entry.helped + entry.did_not_help > 0);
    let mut table = if has_votes {
        Table::new(&["ANSWERED", "ONLY NEAREST", "HELPED", "DID NOT", "ARTICLE"])
            .right(2)
            .right(3)
    } else {
        Table::new(&["ANSWERED", "ONLY NEAREST", "ARTICLE"])
    };
    table = table.right(0).right(1);
    for entry in report.articles.iter().take(limit) {
        let name = format!(
            "{} ({})",
            shorten(&one_line(&entry.title), QUESTION_COLUMNS),
            one_line(&entry.article)
        );
        let (answered, nearest) = (thousands(entry.answered), thousands(entry.only_nearest));
        if has_votes {
            let (helped, did_not) = (thousands(entry.helped), thousands(entry.did_not_help));
            table.row([answered, nearest, helped, did_not, name]);
        } else {
            table.row([answered, nearest, name]);
        }
    }
    text.push_str(&table.render(2));
    more(text, report.articles.len(), limit, "--json lists all of them", style);
}

fn more(text: &mut String, all: usize, limit: usize, hint: &str, style: Style) {
    if all > limit {
        let _ = writeln!(
            text,
            "  {}",
            style.dim(&format!("and {} more; {hint}", thousands((all - limit) as u64)))
        );
    }
}

/// `62 % of 1,240 questions were answered (59–65 %).`
fn headline(report: &Coverage) -> String {
    let Share { share, low, high, .. } = report.answered;
    let verb = if report.questions == 1 {
        "question was"
    } else {
        "questions were"
    };
    format!(
        "{} of {} {verb} answered ({}).",
        percent(share),
        thousands(report.questions),
        interval(low, high)
    )
}

fn share(share: &Share) -> String {
    format!("{} ({})", percent(share.share), interval(share.low, share.high))
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p > 0.0 && p < 0.5 => "<1 %".to_owned(),
        p if (99.5..100.0).contains(&p) => ">99 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}

fn interval(low: f64, high: f64) -> String {
    format!("{:.0}–{:.0} %", low * 100.0, high * 100.0)
}

fn reason_in_words(reason: &str) -> &str {
    match reason {
        "low_confidence" => "not sure enough",
        "no_match" => "nothing like it in the articles",
        "sensitive_topic" => "sensitive topic",
        "wants_person" => "asked for a person",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        answer::{HandoffReason, Outcome},
        insight::{ArticleName, coverage},
        store::ArticleVotes,
    };

    fn asked(text: &str, outcome: Outcome, reason: Option<HandoffReason>) -> AskedQuestion {
        let article = ArticleName {
            article: "orders/track".into(),
            title: "Track an order".into(),
        };
        AskedQuestion {
            at: None,
            text: text.into(),
            lang: "en".into(),
            outcome,
            reason,
            topic: reason
                .filter(|r| *r == HandoffReason::SensitiveTopic)
                .map(|_| "billing".into()),
            confidence: 0.31,
            threshold: 0.7,
            answer: (outcome == Outcome::Answer).then(|| article.clone()),
            nearest: Some(article),
        }
    }

    #[test]
    fn the_report_starts_with_the_sentence_that_matters() {
        let answered = (0..769).map(|_| asked("where", Outcome::Answer, None));
        let unsure = (0..371).map(|_| asked("how", Outcome::Handoff, Some(HandoffReason::LowConfidence)));
        let billing = (0..100).map(|_| asked("pay", Outcome::Handoff, Some(HandoffReason::SensitiveTopic)));
        let report = coverage(answered.chain(unsure).chain(billing));
        assert_eq!(
            to_text(&report, 20, Style::PLAIN),
            "\
62 % of 1,240 questions were answered (59–65 %).
0 % got a choice of articles, 38 % went to people.
Without the 100 that belong to people, articles answered 67 % (65–70 %).

To people, by reason
  not sure enough  371  30 % (27–33 %)
  sensitive topic  100    8 % (7–10 %)

To people, by topic
  billing  100  8 % (7–10 %)

Not answered by any article, most frequent first
  TIMES  QUESTION  NEAREST ARTICLE  CONFIDENCE
    371  how       Track an order         0.31

Articles
  ANSWERED  ONLY NEAREST  ARTICLE
       769           471  Track an order (orders/track)

In parentheses: where the true share lies with 95 % probability.
"
        );
        assert_eq!(to_text(&coverage([]), 20, Style::PLAIN), "No questions yet.\n");
    }

    #[test]
    fn votes_stand_beside_the_articles() {
        let mut counter = CoverageCounter::default();
        counter.add(asked("where", Outcome::Answer, None));
        let votes = |article: &str, helped, did_not_help| ArticleVotes {
            article: article.into(),
            helped,
            did_not_help,
        };
        counter.add_votes(votes("orders/track", 12, 3));
        counter.add_votes(votes("orders/cancel", 0, 1));
        let text = to_text(&counter.finish(), 20, Style::PLAIN);
        let table = "\
  ANSWERED  ONLY NEAREST  HELPED  DID NOT  ARTICLE
         1             0      12        3  Track an order (orders/track)
         0             0       0        1  orders/cancel (orders/cancel)
";
        assert!(text.contains(table), "{text}");
    }

    #[test]
    fn long_lists_are_cut_with_a_hint() {
        let report = coverage((0..5).map(|i| asked(&format!("q{i}"), Outcome::Clarify, None)));
        let text = to_text(&report, 2, Style::PLAIN);
        assert!(text.contains("and 3 more; --csv OUT writes all of them"), "{text}");
    }

    #[test]
    fn since_is_understood_as_people_write_it() {
        let now = "2026-11-23T12:00:00Z".parse::<Timestamp>().expect("a time");
        let zone = TimeZone::get("Asia/Jakarta").expect("a zone");
        let since = |text: &str| {
            parse_since(text, now, &zone)
                .map(|at| at.to_string())
                .map_err(|e| e.to_string())
        };
        assert_eq!(since("24h").as_deref(), Ok("2026-11-22T12:00:00Z"));
        assert_eq!(since("7d").as_deref(), Ok("2026-11-16T12:00:00Z"));
        assert_eq!(since("2w").as_deref(), Ok("2026-11-09T12:00:00Z"));
        assert_eq!(since("2026-11-01").as_deref(), Ok("2026-10-31T17:00:00Z"));
        assert_eq!(since("2026-11-01T08:00:00Z").as_deref(), Ok("2026-11-01T08:00:00Z"));
        for bad in ["", "yesterday", "7", "99999999999999999d"] {
            assert!(since(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn files_are_put_to_whoever_decides() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("log.csv");
        fs::write(&path, "question\nwhere is it\n\"\"\nhow\n").expect("a file");
        let mut seen = Vec::new();
        let report = from_files(&[path], None, async |question: &Question| {
            seen.push(question.text.clone());
            Ok(asked(&question.text, Outcome::Answer, None))
        })
        .await
        .expect("a report");
        assert_eq!(seen, ["where is it", "how"]);
        assert_eq!(report.answered.count, 2);
    }
}
