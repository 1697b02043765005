//! `tanya tickets list`: what waits, in the order of work.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    desk::{Desk, Ticket, TicketList, TicketOrder, TicketState},
    store::{Store, TicketFilter},
};

use super::{
    super::{Context, Style, Table, UsageError, one_line, output::counted, shorten},
    Names, moment, names, told, who,
};

/// Columns of a question in a list; the whole one is in `show`.
const QUESTION_COLUMNS: usize = 60;

/// The states in the order of work: what waits for us, what waits for the customer or was put aside, what is over.
const ORDER_OF_WORK: [&[TicketState]; 3] = [
    &[TicketState::Open],
    &[TicketState::Waiting, TicketState::Snoozed],
    &[TicketState::Resolved, TicketState::Merged],
];

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
    /// In which order
    #[arg(long, value_enum, default_value_t = Sort::Due)]
    pub sort: Sort,
    /// As `--sort due`, which is what happens anyway
    #[arg(long, hide = true, conflicts_with = "sort")]
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
    /// Those that are not resolved.
    Open,
    /// Those that were answered.
    Resolved,
    /// All of them.
    All,
}

impl StateFilter {
    fn has(self, state: TicketState) -> bool {
        match self {
            StateFilter::Open => state.is_running(),
            StateFilter::Resolved => state == TicketState::Resolved,
            StateFilter::All => true,
        }
    }
}

/// In which order to list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    /// The earliest promise first, missed ones on top; then what waits for the customer.
    Due,
    /// The latest promise first.
    Newest,
}

/// Runs the command.
///
/// # Errors
///
/// A view or cursor that is not known, or the store's failure.
pub(super) async fn list(ctx: &Context, store: &Store, desk: &Desk, args: &ListArgs) -> anyhow::Result<()> {
    let page = match args.sort {
        Sort::Due => by_work(desk, args).await?,
        Sort::Newest => {
            let states = TicketState::ALL.into_iter().filter(|state| args.state.has(*state));
            let (states, order) = (states.collect(), TicketOrder::NewestPromise);
            page(desk, args, states, order, args.cursor.as_deref(), args.limit.into()).await?
        }
    };
    if ctx.json {
        return ctx.print_json(&page);
    }
    let names = names(ctx, store).await?;
    let zone = ctx.live_zone(store).await?;
    ctx.print(&to_text(&page, &names, ctx.clock.now(), &zone, ctx.style))
}

/// One page in the order of work. A cursor is the number of a group of [`ORDER_OF_WORK`], `:` and the mark in it.
async fn by_work(desk: &Desk, args: &ListArgs) -> anyhow::Result<TicketList> {
    let groups = ORDER_OF_WORK.map(|states| -> Vec<TicketState> {
        let wanted = states.iter().copied().filter(|state| args.state.has(*state));
        wanted.collect()
    });
    let (mut at, mut mark) = match &args.cursor {
        Some(cursor) => parse_cursor(cursor).ok_or_else(|| UsageError("--cursor is not one of this list".into()))?,
        None => (0, None),
    };
    let limit = usize::from(args.limit);
    let mut tickets: Vec<Ticket> = Vec::new();
    while let Some(states) = groups.get(at) {
        if !states.is_empty() {
            // With a full page, one more says whether there is another page.
            let room = (limit - tickets.len()).max(1);
            let found = page(
                desk,
                args,
                states.clone(),
                TicketOrder::DuePromise,
                mark.as_deref(),
                room,
            )
            .await?;
            if tickets.len() == limit && !found.tickets.is_empty() {
                return Ok(in_order(tickets, Some(format!("{at}:"))));
            }
            tickets.extend(found.tickets);
            if let Some(next) = found.next {
                return Ok(in_order(tickets, Some(format!("{at}:{next}"))));
            }
        }
        (at, mark) = (at + 1, None);
    }
    Ok(in_order(tickets, None))
}

async fn page(
    desk: &Desk,
    args: &ListArgs,
    states: Vec<TicketState>,
    order: TicketOrder,
    cursor: Option<&str>,
    limit: usize,
) -> anyhow::Result<TicketList> {
    let filter = TicketFilter {
        states,
        teams: args.team.iter().cloned().collect(),
        order,
        ..TicketFilter::default()
    };
    let page = match &args.view {
        Some(view) => desk.view(view, &filter, cursor, limit).await,
        None => desk.list(&filter, cursor, limit).await,
    };
    page.map_err(told)
}

fn parse_cursor(cursor: &str) -> Option<(usize, Option<String>)> {
    let (at, mark) = cursor.split_once(':')?;
    let at = at.parse().ok().filter(|at| *at < ORDER_OF_WORK.len())?;
    Some((at, Some(mark.to_owned()).filter(|mark| !mark.is_empty())))
}

/// The store orders by the first promise; whoever has written again waits for the next reply.
fn in_order(mut tickets: Vec<Ticket>, next: Option<String>) -> TicketList {
    let group = |ticket: &Ticket| ORDER_OF_WORK.iter().position(|states| states.contains(&ticket.state));
    tickets.sort_by_cached_key(|ticket| (group(ticket), due_at(ticket)));
    TicketList { tickets, next }
}

/// When the customer is to have an answer: the promise, or the target of the next reply after a first one.
fn due_at(ticket: &Ticket) -> Option<Timestamp> {
    let by = match &ticket.next_due_at {
        Some(next) if ticket.state == TicketState::Open && ticket.first_reply_at.is_some() => next,
        _ => &ticket.promise_at,
    };
    by.parse().ok()
}

fn to_text(page: &TicketList, names: &Names, now: Timestamp, zone: &TimeZone, style: Style) -> String {
    if page.tickets.is_empty() {
        return "No tickets.\n".to_owned();
    }
    let mut table = Table::new(&["REFERENCE", "STATE", "TEAM", "WHO", "ANSWER BY", "QUESTION"]);
    for ticket in &page.tickets {
        table.row([
            ticket.reference.clone(),
            ticket.state.to_string(),
            one_line(&ticket.team),
            who(ticket, names).unwrap_or_else(|| "nobody".to_owned()),
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

/// By when a person answers; who has an answer already waits for nothing.
pub(super) fn promise_cell(ticket: &Ticket, now: Timestamp, zone: &TimeZone, style: Style) -> String {
    if ticket.state == TicketState::Waiting {
        return "answered".to_owned();
    }
    let by = due_at(ticket).map_or_else(|| ticket.promise_at.clone(), |at| at.to_string());
    let by = moment(&by, zone);
    if is_late(ticket, now) {
        style.red(&format!("{by} late"))
    } else {
        by
    }
}

fn is_late(ticket: &Ticket, now: Timestamp) -> bool {
    ticket.state == TicketState::Open && due_at(ticket).is_some_and(|due| due < now)
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{now, ticket},
        *,
    };

    #[test]
    fn a_list_is_aligned_and_marks_what_is_late() {
        let page = TicketList {
            tickets: vec![
                Ticket {
                    team: "legal".into(),
                    assignee: Some("01JANA".into()),
                    ..ticket("T-3333-3333", "2026-11-23T02:30:00Z")
                },
                Ticket {
                    assignee: Some("token:env".into()),
                    ..ticket("T-2222-2222", "2026-11-24T02:30:00Z")
                },
                Ticket {
                    state: TicketState::Waiting,
                    ..ticket("T-4444-4444", "2026-11-22T02:30:00Z")
                },
            ],
            next: Some("1:1.T-4444-4444".into()),
        };
        let zone = TimeZone::get("Asia/Jakarta").expect("a zone");
        let names = Names::from([("01JANA".to_owned(), "Ana".to_owned())]);
        assert_eq!(
            to_text(&page, &names, now(), &zone, Style::PLAIN),
            "\
REFERENCE    STATE    TEAM     WHO        ANSWER BY              QUESTION
T-3333-3333  open     legal    Ana        2026-11-23 09:30 late  I was charged twice [31m
T-2222-2222  open     billing  token:env  2026-11-24 09:30       I was charged twice [31m
T-4444-4444  waiting  billing  nobody     answered               I was charged twice [31m

3 tickets, 1 late. Times are Asia/Jakarta.
More: --cursor 1:1.T-4444-4444
"
        );
        let empty = TicketList {
            tickets: Vec::new(),
            next: None,
        };
        assert_eq!(to_text(&empty, &names, now(), &zone, Style::PLAIN), "No tickets.\n");
    }

    #[test]
    fn who_waits_for_a_second_reply_is_listed_by_its_target() {
        let second = Ticket {
            first_reply_at: Some("2026-11-22T02:00:00Z".into()),
            next_due_at: Some("2026-11-24T05:00:00Z".into()),
            ..ticket("T-5555-5555", "2026-11-22T02:30:00Z")
        };
        let first = ticket("T-2222-2222", "2026-11-24T03:00:00Z");
        assert!(!is_late(&second, now()), "the first reply was in time");
        let list = in_order(vec![second, first], None);
        assert_eq!(list.tickets[0].reference, "T-2222-2222");
    }

    #[test]
    fn a_cursor_names_a_group_and_a_mark() {
        assert_eq!(parse_cursor("1:17.2.T-1"), Some((1, Some("17.2.T-1".into()))));
        assert_eq!(parse_cursor("2:"), Some((2, None)));
        for bad in ["", "17.2.T-1", "3:", "x:1"] {
            assert_eq!(parse_cursor(bad), None, "{bad}");
        }
    }
}
