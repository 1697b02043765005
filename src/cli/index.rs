//! `tanya index`: brings the index up to date.

use std::fmt::Write as _;

use clap::Args;

use super::{Bars, Context, Exit, one_line, output::counted};
use crate::{
    app,
    kb::{Problem, Severity},
    search::{BuildReport, Embedder, Reuse},
};

/// What `tanya help index` says first.
pub(super) const LONG_ABOUT: &str = "\
    Brings the index up to date with the articles and prints what was added, changed and removed. Only passages \
    that changed are embedded again; a server that runs on the same data folder keeps answering from the old \
    index until the new one is complete.";

/// Problems that are named; the rest is `check`'s.
const SHOWN: usize = 5;

/// Flags of `index`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya index                        the articles in ./kb
  tanya index --kb articles --data /var/lib/tanya
  tanya index --full                 everything anew, nothing reused
  tanya index --json                 the numbers for a script")]
pub struct IndexArgs {
    /// Build everything anew instead of reusing what did not change
    #[arg(long)]
    pub full: bool,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, args: &IndexArgs) -> anyhow::Result<Exit> {
    let embedder = app::start_embedder(&ctx.config);
    let look = app::Look::take(&ctx.config, ctx.clock.as_ref(), embedder.as_ref().ok());
    if let Some(before) = app::made_of_another(&ctx.config) {
        eprintln!(
            "The index in {} was made of {}; it is replaced by one of {}. To keep both, give each its own --data.",
            ctx.config.data.display(),
            before.display(),
            ctx.config.kb.display()
        );
    }
    let kb = app::read_kb(&ctx.config, ctx.clock.as_ref())?;
    let count = |severity| {
        kb.problems
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    eprint!("{}", problems_to_text(&kb.problems));
    if let Err(why) = &embedder {
        eprintln!("words only: {why}");
    }
    let embedder = embedder.ok();
    let reuse = if args.full { Reuse::Nothing } else { Reuse::Vectors };
    let report = build(ctx, &kb, embedder, reuse).await?;
    look.remember(&ctx.config, &report.generation, &kb.problems);
    if ctx.json {
        let mut json = serde_json::to_value(&report)?;
        json["errors"] = errors.into();
        json["warnings"] = warnings.into();
        ctx.print_json(&json)?;
    } else {
        ctx.print(&to_text(&report, errors))?;
    }
    Ok(Exit::Done)
}

async fn build(
    ctx: &Context,
    kb: &crate::kb::Kb,
    embedder: Option<Embedder>,
    reuse: Reuse,
) -> anyhow::Result<BuildReport> {
    // Nothing else runs in this process, so its one task may block.
    let report = app::build_index(
        &ctx.config,
        kb,
        embedder.as_ref(),
        reuse,
        ctx.clock.as_ref(),
        &mut Bars::new(),
    )?;
    Ok(report)
}

/// How many problems there are and the first few of them, those that keep files out before the others; nothing if all is
/// well. Notes are for `check`.
fn problems_to_text(problems: &[Problem]) -> String {
    let mut found: Vec<&Problem> = problems
        .iter()
        .filter(|problem| problem.severity != Severity::Info)
        .collect();
    if found.is_empty() {
        return String::new();
    }
    found.sort_by_key(|problem| problem.severity);
    let mut text = format!("{} in the articles:\n", counted(found.len(), "problem", "problems"));
    for problem in found.iter().take(SHOWN) {
        let _ = writeln!(text, "  {}", one_line(&problem.to_string()));
    }
    match found.len().saturating_sub(SHOWN) {
        0 => text,
        more => text + &format!("  and {more} more; `tanya check` lists them\n"),
    }
}

fn to_text(report: &BuildReport, errors: usize) -> String {
    let state = if report.switched {
        "is current now"
    } else {
        "was up to date"
    };
    let left_out = if errors > 0 {
        format!(", {errors} files left out")
    } else {
        String::new()
    };
    format!(
        "{} articles: {} added, {} changed, {} removed{left_out}\n{} vectors: {} embedded, {} reused\nGeneration {} {state} ({:.1} s)\n",
        report.articles,
        report.added,
        report.changed,
        report.removed,
        report.vectors,
        report.embedded,
        report.reused,
        report.generation,
        report.seconds
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_problems_are_named_the_worst_first() {
        let problem = |severity, line| Problem {
            severity,
            path: "orders/track.md".into(),
            line: Some(line),
            reason: "the front matter cannot be read".into(),
        };
        let mut problems: Vec<Problem> = (1..=6).map(|line| problem(Severity::Warning, line)).collect();
        problems.push(problem(Severity::Info, 7));
        problems.push(problem(Severity::Error, 8));
        let text = problems_to_text(&problems);
        assert!(
            text.starts_with("7 problems in the articles:\n  orders/track.md:8: the front matter cannot be read\n"),
            "{text}"
        );
        assert!(text.ends_with("  and 2 more; `tanya check` lists them\n"), "{text}");
        assert_eq!(problems_to_text(&problems[6..7]), "");
    }
}
