//! `tanya tickets`: the queue from the terminal.

mod list;

use std::{collections::HashMap, env};

use clap::{Args, Subcommand};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::{
    desk::{DeskError, Ticket, queue::Actor},
    insight,
    store::{Store, TurnKind},
};

use super::{Context, Exit, Style, Table, UsageError, coverage::parse_since, one_line};

pub use list::{ListArgs, Sort, StateFilter};

use list::promise_cell;

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
  tanya tickets list                              what waits, due first
  tanya tickets list --team billing --limit 10    what billing should answer next
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
  tanya tickets list --sort newest --team billing --limit 10
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
        TicketsCommand::List(args) => list::list(ctx, &store, &desk, args).await,
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
        false => ctx.print(&resolved_text(&ticket, ctx.style)),
    }
}

/// That it is resolved, and what its customer learns of that.
fn resolved_text(ticket: &Ticket, style: Style) -> String {
    let replied = if ticket.first_reply_at.is_some() {
        ""
    } else {
        " Nobody has replied to them here."
    };
    format!(
        "{} is resolved.\nNothing was sent to the customer: the page behind their receipt says that it has been dealt with, \
         without the note.{replied}\n",
        style.bold(&ticket.reference)
    )
}

/// Names of those who work here, by id.
type Names = HashMap<String, String>;

async fn names(ctx: &Context, store: &Store) -> anyhow::Result<Names> {
    let people = ctx.people(store).list().await?;
    Ok(people.into_iter().map(|person| (person.id, person.name)).collect())
}

/// Who has a ticket: a person's name, else what the desk knows them by, such as `token:NAME`.
fn who(ticket: &Ticket, names: &Names) -> Option<String> {
    let id = ticket.assignee.as_ref()?;
    Some(one_line(names.get(id).unwrap_or(id)))
}

async fn promises(ctx: &Context, store: &Store, args: &PromisesArgs) -> anyhow::Result<()> {
    let (now, zone) = (ctx.clock.now(), ctx.live_zone(store).await?);
    let since = args.since.as_deref().map(|since| parse_since(since, now, &zone));
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
    let zone = ctx.live_zone(store).await?;
    match ctx.json {
        true => ctx.print_json(ticket)?,
        false => {
            let names = names(ctx, store).await?;
            ctx.print(&ticket_text(ticket, &names, ctx.clock.now(), &zone, ctx.style))?;
        }
    }
    let Some(conversation) = ticket.conversation.as_deref().filter(|_| !ctx.json) else {
        return Ok(());
    };
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

fn ticket_text(ticket: &Ticket, names: &Names, now: Timestamp, zone: &TimeZone, style: Style) -> String {
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
        ("who has it", &who(ticket, names)),
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
        desk::{EventKind, Nearest, TicketEvent, TicketState},
    };

    pub(super) fn ticket(reference: &str, promise_at: &str) -> Ticket {
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

    pub(super) fn now() -> Timestamp {
        "2026-11-24T02:00:00Z".parse().expect("a time")
    }

    #[test]
    fn one_ticket_shows_all_that_is_known() {
        let text = ticket_text(
            &ticket("T-2222-2222", "2026-11-24T02:30:00Z"),
            &Names::new(),
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

    #[test]
    fn who_resolves_learns_what_the_customer_does_not() {
        let mut ticket = ticket("T-2222-2222", "2026-11-24T02:30:00Z");
        let silent = resolved_text(&ticket, Style::PLAIN);
        assert!(
            silent.contains("Nothing was sent") && silent.contains("Nobody has replied"),
            "{silent}"
        );
        ticket.first_reply_at = Some("2026-11-24T02:00:00Z".into());
        assert!(!resolved_text(&ticket, Style::PLAIN).contains("Nobody has replied"));
    }
}
