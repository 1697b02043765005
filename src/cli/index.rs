//! `tanya index`: brings the index up to date.

use clap::Args;

use super::{Bars, Context, Exit};
use crate::{
    app,
    kb::Severity,
    search::{BuildReport, Embedder, Reuse},
};

/// What `tanya help index` says first.
pub(super) const LONG_ABOUT: &str = "\
    Brings the index up to date with the articles and prints what was added, changed and removed. Only passages \
    that changed are embedded again; a server that runs on the same data folder keeps answering from the old \
    index until the new one is complete.";

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
    let kb = app::read_kb(&ctx.config, ctx.clock.as_ref())?;
    let errors = kb
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .count();
    for problem in kb.problems.iter().filter(|problem| problem.severity == Severity::Error) {
        eprintln!("{problem}");
    }
    let warnings = kb.problems.len() - errors;
    if warnings > 0 {
        eprintln!("{warnings} smaller problems in the articles; `tanya check` lists them");
    }
    let embedder = app::start_embedder(&ctx.config);
    if let Err(why) = &embedder {
        eprintln!("words only: {why}");
    }
    let embedder = embedder.ok();
    let reuse = if args.full { Reuse::Nothing } else { Reuse::Vectors };
    let report = build(ctx, &kb, embedder, reuse).await?;
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
