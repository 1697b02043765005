//! `tanya token`: tokens of programs that use the API, from the terminal.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::desk::people::{NewToken, People, Scope, Token};

use super::{
    Context, Exit, Table, UsageError, one_line,
    user::{told, who},
};

/// What `tanya help token` says first.
pub(super) const LONG_ABOUT: &str = "\
    Tokens of programs that use the API: make one (it is shown once), list them, revoke one. Works beside a running \
    server, which heeds it at once.";

/// Arguments of `token`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya token add \"nightly export\" --scope tickets:read
  tanya token list
  tanya token revoke 01JQZ8V6M3T9C2D4E5F6G7H8J9

Scopes: tickets:read, tickets:write, coverage:read, people:write (people other than administrators, and the rota),
admin (everything).")]
pub struct TokenArgs {
    /// What to do with tokens.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// The subcommands of `token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it
    #[command(after_long_help = "\
Examples:
  tanya token add \"nightly export\" --scope tickets:read
  TOKEN=$(tanya token add bridge --scope tickets:read --scope tickets:write --json | jq -r .secret)")]
    Add(AddArgs),
    /// List tokens
    #[command(after_long_help = "\
Examples:
  tanya token list
  tanya token list --all --json   revoked ones too")]
    List(ListArgs),
    /// Revoke a token
    #[command(after_long_help = "\
Examples:
  tanya token revoke 01JQZ8V6M3T9C2D4E5F6G7H8J9")]
    Revoke(RevokeArgs),
}

/// Arguments of `token add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// Which program gets it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What it may do, once for each scope
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scope)]
    pub scopes: Vec<Scope>,
}

/// Flags of `token list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Revoked ones too
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `token revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// Its id, as in `token list`
    #[arg(value_name = "ID")]
    pub id: String,
}

fn scope(word: &str) -> Result<Scope, String> {
    Scope::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        format!("it is none of {}", words.join(", "))
    })
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, args: &TokenArgs) -> anyhow::Result<Exit> {
    let store = match &args.command {
        TokenCommand::Add(_) => ctx.store().await?,
        _ => ctx.existing_store().await?,
    };
    let people = ctx.people(&store);
    let outcome = match &args.command {
        TokenCommand::Add(args) => add(ctx, &people, args).await,
        TokenCommand::List(args) => list(ctx, &people, args).await,
        TokenCommand::Revoke(args) => revoke(ctx, &people, &args.id).await,
    };
    store.close().await;
    outcome.map(|()| Exit::Done)
}

async fn add(ctx: &Context, people: &People, args: &AddArgs) -> anyhow::Result<()> {
    let new = NewToken {
        name: args.name.clone(),
        scopes: args.scopes.clone(),
    };
    let (token, secret) = people.add_token(&new, &who()).await.map_err(told)?;
    if ctx.json {
        return ctx.print_json(&json!({"token": token, "secret": secret}));
    }
    let name = ctx.style.bold(&one_line(&token.name));
    ctx.print(&format!("The token of {name}; it is not shown again:\n  {secret}\n"))
}

async fn list(ctx: &Context, people: &People, args: &ListArgs) -> anyhow::Result<()> {
    let mut tokens = people.tokens().await.map_err(told)?;
    tokens.retain(|token| args.all || token.revoked_at.is_none());
    match ctx.json {
        true => ctx.print_json(&json!({"tokens": tokens})),
        false => ctx.print(&list_text(&tokens)),
    }
}

fn list_text(tokens: &[Token]) -> String {
    if tokens.is_empty() {
        return "No tokens.\n".to_owned();
    }
    let mut table = Table::new(&["ID", "NAME", "SCOPES", "MADE", "LAST USED", "REVOKED"]);
    let day = |at: &str| at.get(..10).unwrap_or(at).to_owned();
    for token in tokens {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        table.row([
            token.id.clone(),
            one_line(&token.name),
            scopes.join(", "),
            day(&token.created_at),
            token.used_at.as_deref().map_or_else(|| "never".to_owned(), day),
            token.revoked_at.as_deref().map_or_else(String::new, day),
        ]);
    }
    table.render(0)
}

async fn revoke(ctx: &Context, people: &People, id: &str) -> anyhow::Result<()> {
    if id.trim().is_empty() {
        return Err(UsageError("name the token by its id".into()).into());
    }
    people.revoke_token(id, &who()).await.map_err(told)?;
    match ctx.json {
        true => ctx.print_json(&json!({"id": id, "revoked": true})),
        false => ctx.print("It lets nobody in any more.\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_typed_as_on_the_wire() {
        for known in Scope::ALL {
            assert_eq!(scope(known.as_str()), Ok(known));
        }
        assert!(scope("tickets").expect_err("no scope").contains("tickets:read"));
    }
}
