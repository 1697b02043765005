//! `tanya erase`: takes one customer out of the database.

use std::env;

use clap::Args;
use serde_json::json;

use super::{Context, Exit, UsageError, output::counted};
use crate::{
    desk::normalize_reference,
    store::{Erased, Erasure, Traces, Whose},
};

/// What `tanya help erase` says first.
pub(super) const LONG_ABOUT: &str = "\
    Erases one customer in one transaction: the words of their conversations and tickets, names, addresses, mails, votes \
    and logged questions go; counts and states stay. Conversations that are not over are refused without --force. The \
    audit log says that somebody was erased, not who. Backups made before still have everything.";

/// Arguments of `erase`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya erase --email dewi@example.com --dry-run   what would go
  tanya erase --email dewi@example.com
  tanya erase --customer 4711                      the id that the host site signs
  tanya erase --ticket T-7K3F-9QXM --force         also if it is not over")]
#[command(group = clap::ArgGroup::new("whose").required(true).args(["customer", "email", "ticket"]))]
pub struct EraseArgs {
    /// Who has this id, as the host site signs it
    #[arg(long, value_name = "ID")]
    pub customer: Option<String>,
    /// Who has this e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// Whose ticket this is
    #[arg(long, value_name = "REFERENCE")]
    pub ticket: Option<String>,
    /// Only say what would be erased
    #[arg(long)]
    pub dry_run: bool,
    /// Also if something is not over
    #[arg(long)]
    pub force: bool,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail; then nothing is erased.
pub async fn run(ctx: &Context, args: &EraseArgs) -> anyhow::Result<Exit> {
    let whose = whose(args)?;
    let erasure = match (args.dry_run, args.force) {
        (true, _) => Erasure::Look,
        (false, true) => Erasure::Running,
        (false, false) => Erasure::Ended,
    };
    let by = env::var("USER").or_else(|_| env::var("USERNAME"));
    let by = by.unwrap_or_else(|_| "command line".to_owned());
    let store = ctx.existing_store().await?;
    let outcome = store.erase_customer(whose, erasure, &by, ctx.clock.now()).await;
    store.close().await;
    let (word, traces) = match outcome? {
        Erased::Done(traces) => ("Erased", traces),
        Erased::Seen(traces) => ("Would erase", traces),
        Erased::Nobody => ("Nothing to erase", Traces::default()),
        Erased::Running(traces) => anyhow::bail!(
            "not over yet: {}; end them first, or erase all the same with --force",
            traces.running.join(", ")
        ),
    };
    match ctx.json {
        true => ctx.print_json(&json!({"erased": word == "Erased", "traces": traces}))?,
        false => ctx.print(&told(word, &traces))?,
    }
    Ok(Exit::Done)
}

fn whose(args: &EraseArgs) -> Result<Whose, UsageError> {
    let wrong = |reason: &str| UsageError(reason.to_owned());
    match args {
        EraseArgs { customer: Some(id), .. } if !id.trim().is_empty() => Ok(Whose::Customer(id.clone())),
        EraseArgs { email: Some(email), .. } if email.contains('@') => Ok(Whose::Email(email.clone())),
        EraseArgs {
            ticket: Some(typed), ..
        } => match normalize_reference(typed) {
            Some(reference) => Ok(Whose::Ticket(reference)),
            None => Err(wrong("--ticket must be a reference, such as T-7K3F-9QXM")),
        },
        EraseArgs { email: Some(_), .. } => Err(wrong("--email must be an e-mail address")),
        _ => Err(wrong("--customer must not be empty")),
    }
}

fn told(word: &str, traces: &Traces) -> String {
    let number = |n: u64, one, many| counted(usize::try_from(n).unwrap_or(usize::MAX), one, many);
    if traces.conversations.is_empty() && traces.tickets.is_empty() && traces.outgoing == 0 {
        return format!("{word}.\n");
    }
    let mut text = format!(
        "{word}: {} with {}, {}, {}, {}, {}, {}.\n",
        counted(traces.conversations.len(), "conversation", "conversations"),
        number(traces.turns, "message", "messages"),
        counted(traces.tickets.len(), "ticket", "tickets"),
        number(traces.questions, "question", "questions"),
        number(traces.outgoing, "mail", "mails"),
        number(traces.votes, "vote", "votes"),
        number(traces.events, "live event", "live events"),
    );
    if !traces.tickets.is_empty() {
        text += &format!("Tickets: {}\n", traces.tickets.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::Cli;

    #[test]
    fn one_customer_is_named_in_one_way_and_flags_go_with_it() {
        let parses = |words: &[&str]| Cli::try_parse_from([&["tanya", "erase"], words].concat()).is_ok();
        assert!(parses(&["--email", "a@b.co", "--dry-run"]));
        assert!(parses(&["--ticket", "T-7K3F-9QXM", "--force"]));
        assert!(!parses(&["--dry-run"]) && !parses(&[]));
        assert!(!parses(&["--email", "a@b.co", "--customer", "42"]));
    }
}
