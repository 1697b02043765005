//! `tanya user`: the people who work at the desk, from the terminal.

use std::{
    env,
    io::{self, BufRead},
};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::desk::people::{Availability, NewPerson, OneTimeLink, People, PeopleError, Person, PersonPatch, Role};

use super::{Context, Exit, Style, Table, UsageError, one_line, output::counted};

/// What `tanya help user` says first.
pub(super) const LONG_ABOUT: &str = "\
    The people who work at the desk: add somebody, change what they do, let them in by a link, shut them out. Works \
    beside a running server, which heeds it at once.";

/// Arguments of `user`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya user add ana@example.com --name Ana --role administrator   prints a link that lets Ana in once
  tanya user add budi@example.com --name Budi --team billing --team sales
  tanya user list
  tanya user set budi@example.com --role manager
  tanya user link ana@example.com                                  for a forgotten password
  tanya user remove budi@example.com                               out at once; what Budi did stays

Roles: agent (works tickets), writer (articles and coverage), manager (both, and leads), administrator (everything).")]
pub struct UserArgs {
    /// What to do with people.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// The subcommands of `user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a person; without a password a one-time link is printed
    #[command(after_long_help = "\
Examples:
  tanya user add ana@example.com --name Ana --role administrator
  tanya user add budi@example.com --name Budi --team billing --skill invoices --level 2
  echo \"$PASSWORD\" | tanya user add ci@example.com --name CI --password-stdin")]
    Add(AddArgs),
    /// List people
    #[command(after_long_help = "\
Examples:
  tanya user list
  tanya user list --all --json   disabled people too")]
    List(ListArgs),
    /// Shut a person out at once; what they did stays, and `set --enable` lets them in again
    #[command(after_long_help = "\
Examples:
  tanya user remove budi@example.com")]
    Remove(WhoArgs),
    /// Change a person
    #[command(after_long_help = "\
Examples:
  tanya user set budi@example.com --role manager --name \"Budi S.\"
  tanya user set budi@example.com --team billing --team sales   these teams instead of the present ones
  tanya user set budi@example.com --all-teams
  tanya user set budi@example.com --enable")]
    Set(SetArgs),
    /// Print a link that lets a person in once, within a day; using it ends their password
    #[command(after_long_help = "\
Examples:
  tanya user link ana@example.com")]
    Link(WhoArgs),
    /// Set a password, read from the first line of stdin; all their sessions end
    #[command(after_long_help = "\
Examples:
  echo \"$PASSWORD\" | tanya user password ana@example.com --password-stdin")]
    Password(PasswordArgs),
}

/// The person that is meant.
#[derive(Debug, Args)]
pub struct WhoArgs {
    /// Their e-mail address or id
    #[arg(value_name = "PERSON")]
    pub person: String,
}

/// Arguments of `user add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// E-mail address
    #[arg(value_name = "EMAIL")]
    pub email: String,
    /// What customers and colleagues read
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// What they do
    #[arg(long, value_enum, default_value_t = RoleArg::Agent)]
    pub role: RoleArg,
    /// A team whose tickets they work, once for each [default: every team's]
    #[arg(long = "team", value_name = "TEAM")]
    pub teams: Vec<String>,
    /// Something they know about, once for each
    #[arg(long = "skill", value_name = "SKILL")]
    pub skills: Vec<String>,
    /// How much they know, 1 to 5 [default: 1]
    #[arg(long, value_name = "N")]
    pub level: Option<i64>,
    /// Open complex tickets that they can carry at once [default: 10]
    #[arg(long, value_name = "N")]
    pub capacity: Option<i64>,
    /// Read a password from the first line of stdin
    #[arg(long)]
    pub password_stdin: bool,
}

/// Flags of `user list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Disabled people too
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `user set`.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// Their e-mail address or id
    #[arg(value_name = "PERSON")]
    pub person: String,
    /// New e-mail address
    #[arg(long, value_name = "EMAIL")]
    pub email: Option<String>,
    /// What customers and colleagues read
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// What they do
    #[arg(long, value_enum)]
    pub role: Option<RoleArg>,
    /// A team whose tickets they work, once for each; replaces the present ones
    #[arg(long = "team", value_name = "TEAM", conflicts_with = "all_teams")]
    pub teams: Vec<String>,
    /// They work every team's tickets
    #[arg(long)]
    pub all_teams: bool,
    /// Something they know about, once for each; replaces the present ones
    #[arg(long = "skill", value_name = "SKILL")]
    pub skills: Vec<String>,
    /// How much they know, 1 to 5
    #[arg(long, value_name = "N")]
    pub level: Option<i64>,
    /// Open complex tickets that they can carry at once
    #[arg(long, value_name = "N")]
    pub capacity: Option<i64>,
    /// Let them in again after `remove`
    #[arg(long)]
    pub enable: bool,
}

/// Arguments of `user password`.
#[derive(Debug, Args)]
pub struct PasswordArgs {
    /// Their e-mail address or id
    #[arg(value_name = "PERSON")]
    pub person: String,
    /// Read it from the first line of stdin; an argument could be seen by others on the machine
    #[arg(long, required = true)]
    pub password_stdin: bool,
}

/// Roles as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleArg {
    /// Works tickets.
    Agent,
    /// Writes articles and sees what they cover.
    Writer,
    /// Leads both.
    Manager,
    /// Runs the desk.
    Administrator,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Agent => Role::Agent,
            RoleArg::Writer => Role::Writer,
            RoleArg::Manager => Role::Manager,
            RoleArg::Administrator => Role::Administrator,
        }
    }
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, args: &UserArgs) -> anyhow::Result<Exit> {
    let store = match &args.command {
        // Somebody may be added before the server runs for the first time.
        UserCommand::Add(_) => ctx.store().await?,
        _ => ctx.existing_store().await?,
    };
    let people = ctx.people(&store);
    let outcome = match &args.command {
        UserCommand::Add(args) => add(ctx, &people, args).await,
        UserCommand::List(args) => list(ctx, &people, args).await,
        UserCommand::Remove(args) => remove(ctx, &people, &args.person).await,
        UserCommand::Set(args) => set(ctx, &people, args).await,
        UserCommand::Link(args) => link(ctx, &people, &args.person).await,
        UserCommand::Password(args) => set_password(ctx, &people, &args.person).await,
    };
    store.close().await;
    outcome.map(|()| Exit::Done)
}

async fn add(ctx: &Context, people: &People, args: &AddArgs) -> anyhow::Result<()> {
    let password = args.password_stdin.then(read_password).transpose()?;
    let new = NewPerson {
        email: args.email.clone(),
        name: args.name.clone(),
        role: args.role.into(),
        teams: args.teams.clone(),
        skills: args.skills.clone(),
        level: args.level,
        capacity: args.capacity,
    };
    let (person, link) = people.add(new, password.as_deref(), &who()).await.map_err(told)?;
    let url = link.as_ref().map(|link| url(ctx, link));
    if ctx.json {
        let link = link.zip(url.as_ref()).map(|(link, url)| link_json(&link, url));
        return ctx.print_json(&json!({"person": person, "sign_in": link}));
    }
    let mut text = format!("{} was added as {}.\n", named(&person, ctx.style), person.role.as_str());
    if let Some(url) = url {
        text += &link_text(&url);
    }
    ctx.print(&text)
}

async fn list(ctx: &Context, people: &People, args: &ListArgs) -> anyhow::Result<()> {
    let mut found = people.list().await.map_err(told)?;
    found.retain(|person| args.all || !person.disabled);
    match ctx.json {
        true => ctx.print_json(&json!({"people": found})),
        false => ctx.print(&list_text(&found, ctx)),
    }
}

fn list_text(people: &[Person], ctx: &Context) -> String {
    if people.is_empty() {
        return "Nobody works here yet: `tanya user add` adds somebody.\n".to_owned();
    }
    let mut table = Table::new(&["NAME", "E-MAIL", "ROLE", "TEAMS", "AVAILABILITY"]);
    for person in people {
        let teams = match person.teams.is_empty() {
            true => "all".to_owned(),
            false => person.teams.join(", "),
        };
        table.row([
            one_line(&person.name),
            one_line(&person.email),
            person.role.as_str().to_owned(),
            one_line(&teams),
            availability(person, ctx),
        ]);
    }
    let count = counted(people.len(), "person", "people");
    format!("{}{}\n", table.render(0), ctx.style.dim(&count))
}

fn availability(person: &Person, ctx: &Context) -> String {
    if person.disabled {
        return ctx.style.red("disabled");
    }
    match person.availability {
        Availability::Away => ctx.style.yellow("away"),
        Availability::Paused { until } if until > ctx.clock.now() => {
            let until = until.to_zoned(ctx.time_zone());
            ctx.style.yellow(&until.strftime("pause until %H:%M").to_string())
        }
        _ => "available".to_owned(),
    }
}

async fn remove(ctx: &Context, people: &People, person: &str) -> anyhow::Result<()> {
    let person = find(people, person).await?;
    let patch = PersonPatch {
        disabled: Some(true),
        ..PersonPatch::default()
    };
    let person = people.change(&person.id, &patch, None, &who()).await.map_err(told)?;
    match ctx.json {
        true => ctx.print_json(&person),
        false => ctx.print(&format!("{} is shut out.\n", named(&person, ctx.style))),
    }
}

async fn set(ctx: &Context, people: &People, args: &SetArgs) -> anyhow::Result<()> {
    let patch = PersonPatch {
        email: args.email.clone(),
        name: args.name.clone(),
        role: args.role.map(Role::from),
        disabled: args.enable.then_some(false),
        teams: (args.all_teams || !args.teams.is_empty()).then(|| args.teams.clone()),
        skills: (!args.skills.is_empty()).then(|| args.skills.clone()),
        level: args.level,
        capacity: args.capacity,
    };
    if patch == PersonPatch::default() {
        return Err(UsageError("say what to change; `tanya help user set` lists it".into()).into());
    }
    let person = find(people, &args.person).await?;
    let person = people.change(&person.id, &patch, None, &who()).await.map_err(told)?;
    match ctx.json {
        true => ctx.print_json(&person),
        false => ctx.print(&format!("{} was changed.\n", named(&person, ctx.style))),
    }
}

async fn link(ctx: &Context, people: &People, person: &str) -> anyhow::Result<()> {
    let person = find(people, person).await?;
    let link = people.make_link(&person.id, &who()).await.map_err(told)?;
    let url = url(ctx, &link);
    match ctx.json {
        true => ctx.print_json(&link_json(&link, &url)),
        false => ctx.print(&link_text(&url)),
    }
}

async fn set_password(ctx: &Context, people: &People, person: &str) -> anyhow::Result<()> {
    let person = find(people, person).await?;
    let password = read_password()?;
    let person = people.set_password(&person.id, &password, &who()).await.map_err(told)?;
    match ctx.json {
        true => ctx.print_json(&person),
        false => ctx.print(&format!("{} has a new password.\n", named(&person, ctx.style))),
    }
}

/// The person with this e-mail address or id.
async fn find(people: &People, person: &str) -> anyhow::Result<Person> {
    let found = match person.contains('@') {
        true => people.by_email(person).await,
        false => people.get(person).await,
    };
    found.map_err(told)?.with_context(|| {
        format!(
            "nobody here is {}: `tanya user list --all` lists everybody",
            one_line(person)
        )
    })
}

fn read_password() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .context("reading the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Who types, for the audit log.
pub(super) fn who() -> String {
    let user = env::var("USER").or_else(|_| env::var("USERNAME"));
    format!("cli:{}", user.unwrap_or_default())
}

/// A value that is not allowed is wrong usage; the rest is a failure.
pub(super) fn told(error: PeopleError) -> anyhow::Error {
    match error {
        PeopleError::Invalid { field, reason } => UsageError(format!("{field} {reason}")).into(),
        other => other.into(),
    }
}

fn named(person: &Person, style: Style) -> String {
    format!("{} ({})", style.bold(&one_line(&person.name)), one_line(&person.email))
}

pub(super) fn url(ctx: &Context, link: &OneTimeLink) -> String {
    let server = &ctx.config.server;
    let base = server
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{}", server.listen));
    format!("{base}/login/{}", link.secret)
}

fn link_json(link: &OneTimeLink, url: &str) -> serde_json::Value {
    json!({"url": url, "expires_at": link.expires_at})
}

fn link_text(url: &str) -> String {
    format!(
        "This link lets them in once, within a day; they choose a password then:\n  {url}\n\
         Is the server at another address? Set server.public_url, or TANYA_LISTEN for this command.\n"
    )
}
