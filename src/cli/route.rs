//! `tanya route`: which team a question goes to and why, without asking it for real.

use std::{env, fmt::Write as _};

use clap::{Args, Subcommand};
use jiff::{Timestamp, civil::DateTime};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    answer::{HandoffReason, Policy, Question},
    app,
    desk::{
        Clockwork,
        dry_run::{DryRun, Explanation, Wanted},
        routing::{Routed, Routing, RoutingError, TeamFrom, Verdict},
        rules_source::RuleFiles,
    },
};

use super::{Context, Exit, Style, Table, UsageError, one_line, output::counted, shorten};

/// Columns of a pattern, which can be very long.
const PATTERN_COLUMNS: usize = 80;

/// What `tanya help route` says first.
pub(super) const LONG_ABOUT: &str = "\
    The rules that choose team, priority, tags and target times of a question, and whose questions people have \
    before the bot (desk.routing; docs/ROUTING.md describes them). Nothing is asked, recorded or opened.";

/// Arguments of `route`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya route explain \"I was charged twice\"
  tanya route explain \"how do I pay?\" --context '{\"plan\": \"trial\"}'
  tanya route check && tanya route publish")]
pub struct RouteArgs {
    /// What to do with the rules.
    #[command(subcommand)]
    pub command: RouteCommand,
}

/// The subcommands of `route`.
#[derive(Debug, Subcommand)]
pub enum RouteCommand {
    /// Show what every rule does with a question
    #[command(after_long_help = "\
Examples:
  tanya route explain \"I was charged twice\"
  tanya route explain \"how do I pay?\" --context '{\"plan\": \"trial\", \"customer_since\": \"2026-11-01\"}'
  tanya route explain \"cancel it\" --channel chat --at \"2026-12-25 09:30\"   on a holiday
  tanya route explain \"hello\" --reason misses --lang ja --json")]
    Explain(Box<ExplainArgs>),
    /// Check the file of rules; ends with exit code 3 if something is wrong with it
    #[command(after_long_help = "\
Examples:
  tanya route check
  tanya --config shop.toml route check --json")]
    Check(CheckArgs),
    /// Make the rules of this machine current for all servers that share the store
    #[command(after_long_help = "\
Examples:
  tanya route publish
  tanya route publish --by anna --store postgres://tanya@db.example.com/tanya")]
    Publish(PublishArgs),
}

/// Arguments of `route explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The question, as a customer would type it
    #[arg(value_name = "QUESTION")]
    pub question: String,
    /// What the page claims about the visitor, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = super::ask::json_object)]
    pub context: Option<Map<String, Value>>,
    /// What the host site has signed about the customer, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = super::ask::json_object)]
    pub signed: Option<Map<String, Value>>,
    /// Language of the question, e.g. `id` [default: the site's]
    #[arg(long, value_name = "CODE")]
    pub lang: Option<String>,
    /// Where it comes in: chat, form, api, page, …
    #[arg(long, value_name = "CHANNEL", default_value = "chat")]
    pub channel: String,
    /// Its topic, whatever the topic rules say
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,
    /// Why it goes to people [default: what the rules say, else low_confidence]
    #[arg(long, value_name = "REASON", value_parser = reason)]
    pub reason: Option<HandoffReason>,
    /// When: `2026-12-25 09:30` in the desk's time zone, or with its own [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// Flags of `route check`.
#[derive(Debug, Args)]
pub struct CheckArgs {}

/// Flags of `route publish`.
#[derive(Debug, Args)]
pub struct PublishArgs {
    /// Who publishes them [default: the name of the system's user]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
}

fn reason(word: &str) -> Result<HandoffReason, String> {
    HandoffReason::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = HandoffReason::ALL.iter().map(|reason| reason.as_str()).collect();
        format!("it must be one of {}", words.join(", "))
    })
}

/// Runs the command.
///
/// # Errors
///
/// Wrong rules, or the store's failure.
pub async fn run(ctx: &Context, args: &RouteArgs) -> anyhow::Result<Exit> {
    match &args.command {
        RouteCommand::Explain(args) => explain(ctx, args),
        RouteCommand::Check(_) => check(ctx),
        RouteCommand::Publish(args) => publish(ctx, args).await,
    }
}

fn explain(ctx: &Context, args: &ExplainArgs) -> anyhow::Result<Exit> {
    let config = &ctx.config;
    let policy = Policy::load(config.topics.as_deref())?;
    let routing = Routing::load(config.desk.routing.as_deref(), &config.desk.escalation_team)?;
    let (days_off, _) = app::read_days_off(&config.desk);
    let clocks = Clockwork::new(&config.desk, &ctx.time_zone(), &days_off);
    let at = match &args.at {
        Some(text) => moment(ctx, text)?,
        // Whole seconds read better, and no rule needs more.
        None => {
            let now = ctx.clock.now();
            Timestamp::from_second(now.as_second()).unwrap_or(now)
        }
    };
    let wanted = Wanted {
        question: Question {
            text: args.question.clone(),
            lang: args.lang.clone(),
            context: args.context.clone().unwrap_or_default(),
        },
        language: args.lang.clone().unwrap_or_else(|| config.site.language.clone()),
        channel: args.channel.clone(),
        signed: args.signed.clone(),
        topic: args.topic.clone(),
        reason: args.reason,
        otherwise: None,
        at,
    };
    let run = DryRun {
        policy: &policy,
        routing: &routing,
        clocks: &clocks,
    };
    let explanation = run.explain(&wanted);
    match ctx.json {
        true => ctx.print_json(&explanation)?,
        false => ctx.print(&to_text(&explanation, ctx.style))?,
    }
    Ok(Exit::Done)
}

fn moment(ctx: &Context, text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let local = text.parse::<DateTime>().ok();
    let at = local.and_then(|local| ctx.time_zone().to_timestamp(local).ok());
    at.ok_or_else(|| UsageError(format!("--at {text:?} is no time, such as \"2026-12-25 09:30\"")).into())
}

fn to_text(explanation: &Explanation, style: Style) -> String {
    let mut text = String::new();
    let mut table = Table::without_heading();
    let topic = explanation.topic.as_ref().map_or_else(
        || "none".to_owned(),
        |topic| {
            let id = one_line(&topic.id);
            match (&topic.team, &topic.pattern) {
                (Some(team), Some(pattern)) => {
                    format!(
                        "{id} (team {team}), by {}",
                        shorten(&one_line(pattern), PATTERN_COLUMNS)
                    )
                }
                (Some(team), None) => format!("{id} (team {team})"),
                (None, _) => format!("{id}, which no topic rule has"),
            }
        },
    );
    table.row([
        "Asked".to_owned(),
        format!(
            "{}, {}, {}",
            explanation.at,
            explanation.language,
            one_line(&explanation.channel)
        ),
    ]);
    let hours = if explanation.hours == "open" {
        "people are there"
    } else {
        "nobody is there"
    };
    table.row(["Hours".to_owned(), format!("{}: {hours}", explanation.hours)]);
    table.row(["Topic".to_owned(), topic]);
    table.row([
        "People first".to_owned(),
        explanation
            .people_first
            .as_ref()
            .map_or_else(|| "no".to_owned(), |first| format!("yes, by the rule {:?}", first.rule)),
    ]);
    table.row(["Reason".to_owned(), explanation.reason.as_str().to_owned()]);
    text += &table.render(0);

    let _ = writeln!(text, "\n{}", style.bold("Rules"));
    let mut table = Table::without_heading();
    for rule in &explanation.result.trace {
        let (verdict, why) = match &rule.verdict {
            Verdict::Yes => (style.green("yes"), String::new()),
            Verdict::No { because } => ("no".to_owned(), one_line(&because.to_string())),
            Verdict::NotAsked => (
                style.dim("-"),
                style.dim("not asked: the last rule was found before it"),
            ),
        };
        table.row([verdict, one_line(&rule.rule), why]);
    }
    text += &table.render(2);

    let Routed {
        team,
        team_from,
        priority,
        tags,
        targets,
        complex,
        ..
    } = &explanation.result;
    let from = match team_from {
        TeamFrom::Rule => "by a rule",
        TeamFrom::Topic => "its topic's",
        TeamFrom::Escalation => "the escalation inbox: neither a rule nor a topic takes it",
    };
    let _ = writeln!(
        text,
        "\n{} ({from}), priority {priority}{}",
        style.bold(&format!("To the team {team}")),
        if *complex { ", complex" } else { "" }
    );
    if !tags.is_empty() {
        let _ = writeln!(text, "Tags: {}", tags.join(", "));
    }
    for (which, minutes) in targets.to_map() {
        let _ = writeln!(text, "Target {which}: {minutes} minutes of business time");
    }
    text
}

/// What `route check` found.
#[derive(Debug, Serialize)]
struct CheckReport {
    rules: usize,
    hash: Option<String>,
    problems: Vec<String>,
}

fn check(ctx: &Context) -> anyhow::Result<Exit> {
    let config = &ctx.config;
    let policy = Policy::load(config.topics.as_deref())?;
    let report = match Routing::load(config.desk.routing.as_deref(), &config.desk.escalation_team) {
        Ok(routing) => CheckReport {
            rules: routing.len(),
            hash: Some(routing.hash().to_owned()),
            problems: routing.problems(&policy),
        },
        Err(error @ RoutingError::Io { .. }) => return Err(error.into()),
        Err(error) => CheckReport {
            rules: 0,
            hash: None,
            problems: vec![error.to_string()],
        },
    };
    if ctx.json {
        ctx.print_json(&report)?;
    } else {
        let mut text: String = report.problems.iter().fold(String::new(), |mut text, problem| {
            let _ = writeln!(text, "{}: {problem}", ctx.style.red("problem"));
            text
        });
        match (&report.hash, report.problems.len()) {
            (Some(hash), 0) => {
                let rules = counted(report.rules, "rule", "rules");
                let _ = writeln!(text, "{} No problems. ({hash})", ctx.style.green(&format!("{rules}.")));
            }
            (_, problems) => {
                let _ = writeln!(text, "{}.", counted(problems, "problem", "problems"));
            }
        }
        ctx.print(&text)?;
    }
    Ok(if report.problems.is_empty() {
        Exit::Done
    } else {
        Exit::ProblemsFound
    })
}

async fn publish(ctx: &Context, args: &PublishArgs) -> anyhow::Result<Exit> {
    let files = RuleFiles::read(ctx.config.topics.as_deref(), ctx.config.desk.routing.as_deref())?;
    let by = match &args.by {
        Some(by) => by.trim().to_owned(),
        None => env::var("USER").unwrap_or_else(|_| "cli".to_owned()),
    };
    anyhow::ensure!(!by.is_empty(), UsageError("--by is empty".into()));
    let store = ctx.store().await?;
    let published = files.publish(&store, &by, ctx.clock.now()).await;
    store.close().await;
    let [topics, routing] = published?;
    if ctx.json {
        ctx.print_json(&serde_json::json!({"topics": topics, "routing": routing}))?;
    } else {
        ctx.print(&format!(
            "These rules are current now; running servers take them over.\n  topics   {topics}\n  routing  {routing}\n"
        ))?;
    }
    Ok(Exit::Done)
}
