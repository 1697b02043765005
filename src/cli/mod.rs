//! The command line: what can be typed, and one file per subcommand that does it.
//!
//! `main` parses a [`Cli`], calls [`run`], and maps the outcome to an exit code ([`exit_code`]): 0 done, 1 failed,
//! 2 wrong usage, 3 checks found problems. Results go to stdout (text for people, one JSON document with `--json`),
//! progress and logs to stderr.

mod aligned;
pub mod ask;
pub mod backup;
pub mod calibrate;
pub mod check;
mod context;
pub mod coverage;
pub mod demo;
pub mod erase;
pub mod eval;
mod explained;
pub mod index;
mod output;
mod progress;
pub mod restore;
pub mod route;
pub mod search;
pub mod serve;
pub mod tickets;
pub mod token;
pub mod train;
pub mod user;

use std::{io, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, Overrides};

pub use context::Context;
pub use output::{Style, Table, one_line, shorten};
pub use progress::{Bars, bar};

/// Everything that can be typed.
#[derive(Debug, Parser)]
#[command(
    name = "tanya",
    version,
    about = "Answers the questions that a help center already answers, and hands every other one to a person",
    long_about = "Tanya answers the questions that a help center already answers, word for word from its articles, and \
                  hands every other one to a person.\n\nArticles are Markdown files in a folder. Point --kb at it, build \
                  the index, ask, serve.",
    after_help = "Try `tanya help COMMAND` for examples of each command.",
    after_long_help = TOP_HELP,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const TOP_HELP: &str = "\
Examples:
  tanya --kb articles index                  build the index
  tanya ask \"where is my parcel?\"            one decision, with its source and its confidence
  tanya serve                                help center, API and queue on http://127.0.0.1:8080
  tanya tickets list                         what waits for a person
  tanya user add ana@example.com --name Ana --role administrator
  tanya coverage --since 7d --csv gaps.csv   what was asked this week and not answered

Settings: flags win over variables, variables over the config file (see tanya.example.toml):
  TANYA_CONFIG TANYA_KB TANYA_DATA TANYA_STORE TANYA_TOPICS TANYA_WEIGHTS TANYA_THRESHOLD
  TANYA_MODEL TANYA_MODEL_ENABLED TANYA_LISTEN TANYA_PUBLIC_URL TANYA_SITE_NAME TANYA_TOKEN
  TANYA_SMTP
TANYA_LOG sets the detail of the log, e.g. `info` or `tanya=debug`. NO_COLOR switches colours off.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 checks found problems.";

/// What holds for every command.
#[derive(Debug, Default, Args)]
pub struct GlobalArgs {
    /// Config file [default: tanya.toml in the current folder, if it is there]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<PathBuf>,
    /// Folder of the articles [default: kb]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub kb: Option<PathBuf>,
    /// Folder for index and database [default: data]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub data: Option<PathBuf>,
    /// Database, `sqlite:PATH` or `postgres://user:password@host/database` [default: tanya.db in the data folder]
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub store: Option<String>,
    /// Print one JSON document on stdout instead of text
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
    /// Say more on stderr; -vv says all
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve help center, API and queue
    #[command(long_about = serve::LONG_ABOUT)]
    Serve(serve::ServeArgs),
    /// Bring the index up to date with the articles
    #[command(long_about = index::LONG_ABOUT)]
    Index(index::IndexArgs),
    /// Ask one question: answer, choice or handoff
    #[command(long_about = ask::LONG_ABOUT)]
    Ask(ask::AskArgs),
    /// Find articles by words
    #[command(long_about = search::LONG_ABOUT)]
    Search(search::SearchArgs),
    /// Measure decisions on labelled questions
    #[command(long_about = eval::LONG_ABOUT)]
    Eval(eval::EvalArgs),
    /// Fit confidence and threshold to this help center
    #[command(long_about = calibrate::LONG_ABOUT)]
    Calibrate(calibrate::CalibrateArgs),
    /// The queue of questions that wait for a person
    #[command(long_about = tickets::LONG_ABOUT)]
    Tickets(tickets::TicketsArgs),
    /// Which team a question goes to, and why
    #[command(long_about = route::LONG_ABOUT)]
    Route(route::RouteArgs),
    /// The people who work at the desk
    #[command(long_about = user::LONG_ABOUT)]
    User(user::UserArgs),
    /// Tokens of programs that use the API
    #[command(long_about = token::LONG_ABOUT)]
    Token(token::TokenArgs),
    /// What was asked, what was answered and what is missing
    #[command(long_about = coverage::LONG_ABOUT)]
    Coverage(coverage::CoverageArgs),
    /// List problems of the articles
    #[command(long_about = check::LONG_ABOUT)]
    Check(check::CheckArgs),
    /// Write everything in the database into one archive
    #[command(long_about = backup::LONG_ABOUT)]
    Backup(backup::BackupArgs),
    /// Put an archive back, into SQLite or PostgreSQL
    #[command(long_about = restore::LONG_ABOUT)]
    Restore(restore::RestoreArgs),
    /// Erase one customer: words, names and addresses
    #[command(long_about = erase::LONG_ABOUT)]
    Erase(erase::EraseArgs),
    /// Put people and tickets of the demo into an empty desk
    #[command(hide = true)]
    #[command(long_about = demo::LONG_ABOUT)]
    Demo(demo::DemoArgs),
    /// Fit the weights of ranking and confidence to labelled help centers
    #[command(hide = true)]
    #[command(long_about = train::LONG_ABOUT)]
    Train(train::TrainArgs),
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Done,
    /// It did what was asked, and what it looked at has problems.
    ProblemsFound,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => ExitCode::SUCCESS,
            Exit::ProblemsFound => ExitCode::from(3),
        }
    }
}

/// Something was typed that cannot be meant; ends with exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Runs one command.
///
/// # Errors
///
/// Whatever made it fail; see [`exit_code`].
pub async fn run(cli: Cli) -> anyhow::Result<Exit> {
    let config = Config::load(cli.global.config.as_deref(), &overrides(&cli))?;
    let ctx = Context::new(config, cli.global.json);
    match &cli.command {
        Command::Serve(args) => serve::run(&ctx, args).await,
        Command::Index(args) => index::run(&ctx, args).await,
        Command::Ask(args) => ask::run(&ctx, args).await,
        Command::Search(args) => search::run(&ctx, args).await,
        Command::Eval(args) => eval::run(&ctx, args).await,
        Command::Calibrate(args) => calibrate::run(&ctx, args).await,
        Command::Tickets(args) => tickets::run(&ctx, args).await,
        Command::Route(args) => route::run(&ctx, args).await,
        Command::User(args) => user::run(&ctx, args).await,
        Command::Token(args) => token::run(&ctx, args).await,
        Command::Coverage(args) => coverage::run(&ctx, args).await,
        Command::Check(args) => check::run(&ctx, args).await,
        Command::Backup(args) => backup::run(&ctx, args).await,
        Command::Restore(args) => restore::run(&ctx, args).await,
        Command::Erase(args) => erase::run(&ctx, args).await,
        Command::Demo(args) => demo::run(&ctx, args).await,
        Command::Train(args) => train::run(&ctx, args).await,
    }
}

fn overrides(cli: &Cli) -> Overrides {
    let GlobalArgs { kb, data, store, .. } = &cli.global;
    let listen = match &cli.command {
        Command::Serve(args) => args.listen,
        _ => None,
    };
    let weights = match &cli.command {
        Command::Eval(args) => args.weights.clone(),
        _ => None,
    };
    Overrides {
        kb: kb.clone(),
        data: data.clone(),
        store: store.clone(),
        listen,
        weights,
    }
}

/// What the log says when `TANYA_LOG` does not say it: little where a person waits for an answer, more where nobody does.
pub fn log_filter(cli: &Cli) -> &'static str {
    match (cli.global.verbose, &cli.command) {
        (0, Command::Serve(_)) => "info,sqlx=warn,tantivy=warn",
        (0, _) => "warn,tantivy=error",
        (1, _) => "info,tanya=debug,sqlx=warn",
        _ => "debug,tanya=trace",
    }
}

/// The exit code for an error: whoever closes our output early got what they wanted; wrong usage is 2; the rest is 1.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    if is_broken_pipe(error) {
        ExitCode::SUCCESS
    } else if error
        .chain()
        .any(|cause| cause.is::<UsageError>() || cause.is::<ConfigError>())
    {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

/// Whether the reader of our output went away (`tanya … | head`).
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause
            .downcast_ref::<serde_json::Error>()
            .and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_by_examples() {
        let mut command = Cli::command();
        command.build();
        assert!(command.render_long_help().to_string().contains("Examples:"));
        for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
            let name = sub.get_name().to_owned();
            let about = sub.get_long_about().expect("a long description").to_string();
            assert!(about.len() > 80, "{name}: {about}");
            let help = sub.render_long_help().to_string();
            assert!(
                help.contains("Examples:") && help.contains(&format!("tanya {name}")),
                "{name}: {help}"
            );
        }
    }

    #[test]
    fn the_help_names_every_variable() {
        let help = Cli::command().render_long_help().to_string();
        for (variable, _) in crate::config::ENVIRONMENT {
            assert!(help.contains(variable), "{variable}");
        }
    }

    #[test]
    fn global_flags_work_before_and_after_the_command() {
        for line in [
            ["tanya", "--kb", "articles", "index"],
            ["tanya", "index", "--kb", "articles"],
        ] {
            let cli = Cli::try_parse_from(line).expect("a command line");
            assert_eq!(overrides(&cli).kb, Some("articles".into()));
        }
        let cli = Cli::try_parse_from(["tanya", "serve", "--listen", "0.0.0.0:80"]).expect("a command line");
        assert_eq!(overrides(&cli).listen, "0.0.0.0:80".parse().ok());
    }

    #[test]
    fn errors_have_their_exit_codes() {
        let code = |error: anyhow::Error| format!("{:?}", exit_code(&error));
        let wrong = anyhow::Error::new(UsageError("no".into())).context("while reading flags");
        assert_eq!(code(wrong), format!("{:?}", ExitCode::from(2)));
        let pipe = anyhow::Error::new(io::Error::from(io::ErrorKind::BrokenPipe)).context("while writing");
        assert_eq!(code(pipe), format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(
            code(anyhow::anyhow!("disk on fire")),
            format!("{:?}", ExitCode::FAILURE)
        );
    }
}
