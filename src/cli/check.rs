//! `tanya check`: problems of the articles, and of the calendar files of days off.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use crate::{
    app,
    kb::{self, Kb, Problem, Severity, Status},
};

use super::{
    Context, Exit, Style, one_line,
    output::{counted, thousands},
};

/// What `tanya help check` says first.
pub(super) const LONG_ABOUT: &str = "\
    Reads all articles and lists what is wrong with them: an error keeps a file (or part of it) out of the index, \
    a warning is probably not as meant, a note cannot be checked here. The calendar files of days off are read, too. Ends \
    with exit code 3 if there is any error, so that a change to the \
    articles can be checked before it is published.";

/// Flags of `check`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya check                     the articles in ./kb
  tanya check --kb articles --json
  tanya check || echo \"not to be published\"")]
pub struct CheckArgs {}

/// What `check` found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckReport {
    /// Articles that were read, but for drafts: as many as the index has.
    pub articles: usize,
    /// Drafts that were read and checked; no index has them.
    pub drafts: usize,
    /// Problems that keep something out of the index.
    pub errors: usize,
    /// Problems that do not.
    pub warnings: usize,
    /// What cannot be checked here.
    pub notes: usize,
    /// All of them, by path and line.
    pub problems: Vec<Problem>,
}

impl CheckReport {
    /// Counts the problems of one reading of the kb.
    pub fn new(kb: &Kb) -> CheckReport {
        let count = |severity| {
            kb.problems
                .iter()
                .filter(|problem| problem.severity == severity)
                .count()
        };
        let drafts = kb
            .articles
            .iter()
            .filter(|article| article.status == Status::Draft)
            .count();
        CheckReport {
            articles: kb.articles.len() - drafts,
            drafts,
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Info),
            problems: kb.problems.clone(),
        }
    }

    /// [`Exit::ProblemsFound`] if there is any error; warnings alone are fine.
    pub fn exit(&self) -> Exit {
        if self.errors == 0 {
            Exit::Done
        } else {
            Exit::ProblemsFound
        }
    }

    /// The report for people: one line per problem that editors can jump to, the sum at the end.
    pub fn to_text(&self, style: Style) -> String {
        let mut text = String::new();
        for problem in &self.problems {
            let word = match problem.severity {
                Severity::Error => style.red("error"),
                Severity::Warning => style.yellow("warning"),
                Severity::Info => style.dim("note"),
            };
            let place = match problem.line {
                Some(line) => format!("{}:{line}", problem.path.display()),
                None => problem.path.display().to_string(),
            };
            let _ = writeln!(
                text,
                "{}: {word}: {}",
                style.bold(&one_line(&place)),
                one_line(&problem.reason)
            );
        }
        if !self.problems.is_empty() {
            text.push('\n');
        }
        let articles = counted(self.articles, "article", "articles");
        let sum = match (self.errors, self.warnings) {
            (0, 0) => format!("{} No problems.", style.green(&format!("{articles}."))),
            (errors, warnings) => {
                let errors = counted(errors, "error", "errors");
                format!(
                    "{articles}, {errors}, {} {}.",
                    thousands(warnings as u64),
                    plural(warnings, "warning")
                )
            }
        };
        let _ = writeln!(text, "{sum}");
        match self.drafts {
            0 => {}
            1 => text.push_str("1 draft was checked, too; it is in no index.\n"),
            drafts => {
                let _ = writeln!(
                    text,
                    "{} drafts were checked, too; they are in no index.",
                    thousands(drafts as u64)
                );
            }
        }
        text
    }
}

fn plural(number: usize, word: &str) -> String {
    if number == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}

/// Runs the command.
///
/// # Errors
///
/// A folder that cannot be read, or what stdout failed with.
pub async fn run(ctx: &Context, _args: &CheckArgs) -> anyhow::Result<Exit> {
    let options = kb::Options {
        languages: ctx.config.languages.clone(),
        today: ctx.today(),
        ..kb::Options::default()
    };
    let mut kb = kb::load(&ctx.config.kb, &options)?;
    kb.problems.extend(of_calendars(ctx));
    show(ctx, &kb)
}

/// What is wrong with the files of days off: a promise that forgets a holiday is not kept.
fn of_calendars(ctx: &Context) -> impl Iterator<Item = Problem> {
    let (_, problems) = app::read_days_off(&ctx.config.desk);
    problems.into_iter().map(|problem| Problem {
        severity: Severity::Warning,
        path: problem.path,
        line: problem.line,
        reason: problem.reason,
    })
}

/// Prints the report of one reading of the kb.
///
/// # Errors
///
/// What stdout failed with.
pub fn show(ctx: &Context, kb: &Kb) -> anyhow::Result<Exit> {
    let report = CheckReport::new(kb);
    match ctx.json {
        true => ctx.print_json(&report)?,
        false => ctx.print(&report.to_text(ctx.style))?,
    }
    Ok(report.exit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(severity: Severity, line: Option<usize>, reason: &str) -> Problem {
        Problem {
            severity,
            path: "orders/track.md".into(),
            line,
            reason: reason.into(),
        }
    }

    #[test]
    fn problems_are_listed_and_errors_decide_the_exit_code() {
        let kb = Kb {
            problems: vec![
                problem(Severity::Error, Some(3), "The front matter does not end."),
                problem(Severity::Warning, None, "The title is empty."),
            ],
            ..Kb::default()
        };
        let report = CheckReport::new(&kb);
        assert_eq!(
            report.to_text(Style::PLAIN),
            "orders/track.md:3: error: The front matter does not end.\n\
             orders/track.md: warning: The title is empty.\n\n\
             0 articles, 1 error, 1 warning.\n"
        );
        assert_eq!(report.exit(), Exit::ProblemsFound);
    }

    #[test]
    fn a_note_is_no_problem() {
        let kb = Kb {
            problems: vec![problem(Severity::Info, Some(7), "Check it there.")],
            ..Kb::default()
        };
        let report = CheckReport::new(&kb);
        assert_eq!(
            report.to_text(Style::PLAIN),
            "orders/track.md:7: note: Check it there.\n\n0 articles. No problems.\n"
        );
        assert_eq!((report.notes, report.exit()), (1, Exit::Done));
    }

    #[test]
    fn warnings_alone_are_no_failure() {
        let kb = Kb {
            problems: vec![problem(Severity::Warning, None, "Hm.")],
            ..Kb::default()
        };
        assert_eq!(CheckReport::new(&kb).exit(), Exit::Done);
        assert_eq!(
            CheckReport::new(&Kb::default()).to_text(Style::PLAIN),
            "0 articles. No problems.\n"
        );
    }
}
