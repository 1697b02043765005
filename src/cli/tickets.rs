//! `tanya tickets`: the queue from the terminal.

use std::{env, fmt::Write as _};

use clap::{Args, Subcommand, ValueEnum};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::{
    desk::{DeskError, Ticket, TicketList, TicketOrder, TicketState, queue::Actor},
    insight,
    store::{Store, TicketFilter, TurnKind},
};

use super::{Context, Exit, Style, Table, UsageError, coverage::parse_since, one_line, output::counted, shorten};

/// Columns of a question in a list; the whole one is in `show`.
const QUESTION_COLUMNS: usize = 60;

/// Turns that `show` prints at most.
const LONGEST_SHOWN: usize = 500;

/// What `tanya help tickets` says first.
pub(super) const LONG_ABOUT: &str = "\
    The queue of questions that were handed over to people: list it, look at one ticket, resolve it, see whether \
    promises were kept. Works beside a running server.";

/// Arguments of `tickets`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya tickets list                              open tickets, newest promise first
  tanya tickets list --due-first --team billing   what billing should answer next
  tanya tickets show T-7K3F-9QXM
  tanya tickets resolve T-7K3F-9QXM --note \"refunded, called back\"
  tanya tickets promises --since 7d               how many promises were kept
  tanya tickets list --state all --json")]
pub struct TicketsArgs {
    /// What to do with tickets.
    #[command(subcommand)]
    pub command: TicketsCommand,
}

/// The subcommands of `tickets`.
#[derive(Debug, Subcommand)]
pub enum TicketsCommand {
    /// List tickets
    #[command(after_long_help = "\
Examples:
  tanya tickets list
  tanya tickets list --due-first --team billing --limit 10
  tanya tickets list --state resolved --json")]
    List(ListArgs),
    /// Show one ticket with all that is known about it
    #[command(after_long_help = "\
Examples:
  tanya tickets show T-7K3F-9QXM
  tanya tickets show 7k3f9qxm --json")]
    Show(ShowArgs),
    /// Say that a person has answered it
    #[command(after_long_help = "\
Examples:
  tanya tickets resolve T-7K3F-9QXM --note \"refunded, called back\"
  tanya tickets resolve T-7K3F-9QXM --by anna --version 1   only if nobody changed it since")]
    Resolve(ResolveArgs),
    /// Say how many promises were kept
    #[command(after_long_help = "\
Examples:
  tanya tickets promises                of all tickets
  tanya tickets promises --since 7d
  tanya tickets promises --since 2026-11-01 --json")]
    Promises(PromisesArgs),
}

/// Flags of `tickets list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Which tickets
    #[arg(long, value_enum, default_value_t = StateFilter::Open)]
    pub state: StateFilter,
    /// Only of this team
    #[arg(long, value_name = "TEAM")]
    pub team: Option<String>,
    /// Only those that this view of the routing rules shows
    #[arg(long, value_name = "NAME")]
    pub view: Option<String>,
    /// The promise that is due first comes first, instead of the newest
    #[arg(long)]
    pub due_first: bool,
    /// How many, 1 to 200
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub limit: u16,
    /// Where the page before ended
    #[arg(long, value_name = "MARK")]
    pub cursor: Option<String>,
}

/// Which tickets to list.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StateFilter {
    /// Those that wait for a person.
    Open,
    /// Those that were answered.
    Resolved,
    /// All of them.
    All,
}

/// Flags of `tickets promises`.
#[derive(Debug, Args)]
pub struct PromisesArgs {
    /// Only of tickets opened since: `24h`, `7d`, `2w`, a date or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
}

/// Arguments of `tickets show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The reference, e.g. T-7K3F-9QXM
    #[arg(value_name = "REFERENCE")]
    pub reference: String,
}

/// Arguments of `tickets resolve`.
#[derive(Debug, Args)]
pub struct ResolveArgs {
    /// The reference, e.g. T-7K3F-9QXM
    #[arg(value_name = "REFERENCE")]
    pub reference: String,
    /// What was done, for the ticket's history
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Who did it [default: the name of the system's user]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Only if the ticket still has this version
    #[arg(long, value_name = "N")]
    pub version: Option<i64>,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, args: &TicketsArgs) -> anyhow::Result<Exit> {
    let store = ctx.existing_store().await?;
    let desk = ctx.desk(&store).await?;
    let outcome = match &args.command {
        TicketsCommand::List(args) => list(ctx, &desk, args).await,
        TicketsCommand::Show(args) => match desk.get(&args.reference).await {
            Ok(ticket) => show(ctx, &store, &ticket).await,
            Err(error) => Err(told(error)),
        },
        TicketsCommand::Resolve(args) => resolve(ctx, &desk, args).await,
        TicketsCommand::Promises(args) => promises(ctx, &store, args).await,
    };
    store.close().await;
    outcome.map(|()| Exit::Done)
}

async fn list(ctx: &Context, desk: &crate::desk::Desk, args: &ListArgs) -> anyhow::Result<()> {
    let filter = TicketFilter {
        states: match args.state {
            StateFilter::Open => vec![TicketState::Open, TicketState::Waiting, TicketState::Snoozed],
            StateFilter::Resolved => vec![TicketState::Resolved],
            StateFilter::All => Vec::new(),
        },
        teams: args.team.iter().cloned().collect(),
        order: if args.due_first {
            TicketOrder::DuePromise
        } else {
            TicketOrder::NewestPromise
        },
        ..TicketFilter::default()
    };
    let (cursor, limit) = (args.cursor.as_deref(), args.limit.into());
    let page = match &args.view {
        Some(view) => desk.view(view, &filter, cursor, limit).await,
        None => desk.list(&filter, cursor, limit).await,
    };
    let page = page.map_err(told)?;
    match ctx.json {
        true => ctx.print_json(&page),
        false => ctx.print(&list_text(&page, ctx.clock.now(), &ctx.time_zone(), ctx.style)),
    }
}

async fn resolve(ctx: &Context, desk: &crate::desk::Desk, args: &ResolveArgs) -> anyhow::Result<()> {
    let by = args.by.clone().unwrap_or_else(|| {
        env::var("USER")
            .or_else(|_| env::var("USERNAME"))
            .unwrap_or_else(|_| "command line".to_owned())
    });
    let ticket = desk
        .resolve(&args.reference, &Actor::named(&by), args.note.as_deref(), args.version)
        .await
        .map_err(told)?;
    match ctx.json {
        true => ctx.print_json(&ticket),
        false => ctx.print(&format!("{} is resolved.\n", ctx.style.bold(&ticket.reference))),
    }
}

async fn promises(ctx: &Context, store: &Store, args: &PromisesArgs) -> anyhow::Result<()> {
    let now = ctx.clock.now();
    let since = args
        .since
        .as_deref()
        .map(|since| parse_since(since, now, &ctx.time_zone()));
    let report = insight::promises(store, since.transpose()?, now).await?;
    match ctx.json {
        true => ctx.print_json(&report),
        false => ctx.print(&format!("{}\n", ctx.style.bold(&report.sentence))),
    }
}

/// A value that is not allowed is wrong usage; the rest is a failure.
fn told(error: DeskError) -> anyhow::Error {
    match error {
        DeskError::Invalid { field, reason } => UsageError(format!("--{} {reason}", field.replace('_', "-"))).into(),
        other => other.into(),
    }
}

/// The ticket, and in text its conversation, notes included.
async fn show(ctx: &Context, store: &Store, ticket: &Ticket) -> anyhow::Result<()> {
    print_ticket(ctx, ticket)?;
    let Some(conversation) = ticket.conversation.as_deref().filter(|_| !ctx.json) else {
        return Ok(());
    };
    let zone = ctx.time_zone();
    for turn in store.turns(conversation, 0, LONGEST_SHOWN).await? {
        let name = turn.data.get("name").and_then(Value::as_str).unwrap_or(&turn.author);
        let note = if turn.kind == TurnKind::Note { ", a note" } else { "" };
        let head = format!("{} ({}{note})", one_line(name), moment(&turn.at.to_string(), &zone));
        ctx.print(&format!(
            "\n{}\n{}\n",
            ctx.style.dim(&head),
            without_controls(&turn.text)
        ))?;
    }
    Ok(())
}

/// Text of others without what would steer the terminal.
fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

fn print_ticket(ctx: &Context, ticket: &Ticket) -> anyhow::Result<()> {
    match ctx.json {
        true => ctx.print_json(ticket),
        false => ctx.print(&ticket_text(ticket, ctx.clock.now(), &ctx.time_zone(), ctx.style)),
    }
}

fn list_text(page: &TicketList, now: Timestamp, zone: &TimeZone, style: Style) -> String {
    if page.tickets.is_empty() {
        return "No tickets.\n".to_owned();
    }
    let mut table = Table::new(&["REFERENCE", "STATE", "TEAM", "ANSWER BY", "QUESTION"]);
    for ticket in &page.tickets {
        table.row([
            ticket.reference.clone(),
            ticket.state.to_string(),
            one_line(&ticket.team),
            promise_cell(ticket, now, zone, style),
            shorten(&one_line(&ticket.question), QUESTION_COLUMNS).into_owned(),
        ]);
    }
    let mut text = table.render(0);
    let late = page.tickets.iter().filter(|ticket| is_late(ticket, now)).count();
    let _ = write!(text, "\n{}", counted(page.tickets.len(), "ticket", "tickets"));
    if late > 0 {
        let _ = write!(text, ", {}", style.red(&format!("{late} late")));
    }
    let _ = writeln!(text, ". Times are {}.", zone.iana_name().unwrap_or("local"));
    if let Some(next) = &page.next {
        let _ = writeln!(text, "{}", style.dim(&format!("More: --cursor {next}")));
    }
    text
}

fn ticket_text(ticket: &Ticket, now: Timestamp, zone: &TimeZone, style: Style) -> String {
    let mut table = Table::without_heading();
    let mut line = |key: &str, value: String| table.row([style.dim(key), value]);
    line("state", format!("{} (version {})", ticket.state, ticket.version));
    line("team", one_line(&ticket.team));
    line(
        "reason",
        match &ticket.topic {
            Some(topic) => format!("{}: {}", ticket.reason.as_str(), one_line(topic)),
            None => ticket.reason.as_str().to_owned(),
        },
    );
    line("opened", moment(&ticket.opened_at, zone));
    line("answer by", promise_cell(ticket, now, zone, style));
    line("language", one_line(&ticket.language));
    line(
        "contact",
        ticket
            .contact
            .as_deref()
            .map_or_else(|| "none given".to_owned(), one_line),
    );
    let details = [
        ("name", &ticket.customer_name),
        ("order", &ticket.order_number),
        ("urgency", &ticket.urgency),
        ("call back", &ticket.phone),
        ("who has it", &ticket.assignee),
    ];
    for (key, value) in details {
        if let Some(value) = value {
            line(key, one_line(value));
        }
    }
    for (key, value) in &ticket.context {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        line(&one_line(key), one_line(&value));
    }
    if let Some(nearest) = &ticket.nearest {
        let title = one_line(&nearest.title);
        line(
            "nearest",
            format!(
                "{title} ({}), confidence {:.2}",
                one_line(&nearest.article),
                ticket.confidence
            ),
        );
    }
    line("decision", one_line(&ticket.decision));
    for event in &ticket.events {
        line(
            event.kind.as_str(),
            format!("{} by {}", moment(&event.at, zone), one_line(&event.by)),
        );
    }
    if let Some(note) = &ticket.note {
        line("note", one_line(note));
    }
    format!(
        "{}\n{}\n\n{}",
        style.bold(&ticket.reference),
        one_line(&ticket.question),
        table.render(0)
    )
}

fn promise_cell(ticket: &Ticket, now: Timestamp, zone: &TimeZone, style: Style) -> String {
    let by = moment(&ticket.promise_at, zone);
    if is_late(ticket, now) {
        style.red(&format!("{by} late"))
    } else {
        by
    }
}

fn is_late(ticket: &Ticket, now: Timestamp) -> bool {
    ticket.state == TicketState::Open
        && ticket
            .promise_at
            .parse::<Timestamp>()
            .is_ok_and(|promise| promise < now)
}

/// A time of the wire, for people.
fn moment(rfc3339: &str, zone: &TimeZone) -> String {
    match rfc3339.parse::<Timestamp>() {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => one_line(rfc3339),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        answer::HandoffReason,
        desk::{EventKind, Nearest, TicketEvent},
    };

    fn ticket(reference: &str, promise_at: &str) -> Ticket {
        Ticket {
            reference: reference.into(),
            state: TicketState::Open,
            team: "billing".into(),
            reason: HandoffReason::SensitiveTopic,
            topic: Some("billing".into()),
            question: "I was charged\ntwice \x1b[31m".into(),
            language: "en".into(),
            contact: Some("dewi@example.com".into()),
            context: serde_json::Map::from_iter([("plan".to_owned(), "pro".into())]),
            nearest: Some(Nearest {
                article: "billing/invoices".into(),
                title: "Invoices".into(),
            }),
            confidence: 0.42,
            decision: "01J".into(),
            opened_at: "2026-11-23T02:30:00Z".into(),
            promise_at: promise_at.into(),
            resolved_at: None,
            resolved_by: None,
            note: None,
            version: 1,
            events: vec![TicketEvent {
                data: serde_json::Map::new(),
                kind: EventKind::Opened,
                by: "customer".into(),
                at: "2026-11-23T02:30:00Z".into(),
            }],
            ..crate::desk::example_ticket()
        }
    }

    fn now() -> Timestamp {
        "2026-11-24T02:00:00Z".parse().expect("a time")
    }

    #[test]
    fn a_list_is_aligned_and_marks_what_is_late() {
        let page = TicketList {
            tickets: vec![
                ticket("T-2222-2222", "2026-11-24T02:30:00Z"),
                Ticket {
                    team: "legal".into(),
                    ..ticket("T-3333-3333", "2026-11-23T02:30:00Z")
                },
            ],
            next: Some("1.T-3333-3333".into()),
        };
        let zone = TimeZone::get("Asia/Jakarta").expect("a zone");
        assert_eq!(
            list_text(&page, now(), &zone, Style::PLAIN),
            "\
REFERENCE    STATE  TEAM     ANSWER BY              QUESTION
T-2222-2222  open   billing  2026-11-24 09:30       I was charged twice [31m
T-3333-3333  open   legal    2026-11-23 09:30 late  I was charged twice [31m

2 tickets, 1 late. Times are Asia/Jakarta.
More: --cursor 1.T-3333-3333
"
        );
        let empty = TicketList {
            tickets: Vec::new(),
            next: None,
        };
        assert_eq!(list_text(&empty, now(), &zone, Style::PLAIN), "No tickets.\n");
    }

    #[test]
    fn one_ticket_shows_all_that_is_known() {
        let text = ticket_text(
            &ticket("T-2222-2222", "2026-11-24T02:30:00Z"),
            now(),
            &TimeZone::UTC,
            Style::PLAIN,
        );
        assert_eq!(
            text,
            "\
T-2222-2222
I was charged twice [31m

state      open (version 1)
team       billing
reason     sensitive_topic: billing
opened     2026-11-23 02:30
answer by  2026-11-24 02:30
language   en
contact    dewi@example.com
plan       pro
nearest    Invoices (billing/invoices), confidence 0.42
decision   01J
opened     2026-11-23 02:30 by customer
"
        );
    }
}
