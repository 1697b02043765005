//! Views of the queue: the tickets for which a condition of the routing rules holds.
//!
//! Conditions look at words and context, which no index knows; so a view reads the queue in its order and keeps what it
//! shows. A queue that people work is short enough for that.

use serde_json::{Map, Value};

use crate::store::{self, TicketFilter};

use super::{Desk, DeskError, Ticket, TicketList, conditions::Facts, invalid, routing::Verdict};

/// Tickets that are read at once.
const READ: usize = 200;

impl Desk {
    /// The tickets of the filter that the view shows, page by page; `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] for a view that the rules do not have, with those that they have; a cursor of another making;
    /// else the store's failure.
    pub async fn view(
        &self,
        name: &str,
        filter: &TicketFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<TicketList, DeskError> {
        let routing = self.routing();
        let Some(when) = routing.view(name) else {
            let own: Vec<&str> = routing.views().collect();
            let own = if own.is_empty() {
                "none".to_owned()
            } else {
                own.join(", ")
            };
            return Err(invalid("view", format!("is none of the routing rules' views ({own})")));
        };
        let now = self.inner.clock.now();
        let mut shown = Vec::new();
        let mut cursor = cursor.map(str::to_owned);
        loop {
            let page = self.inner.store.tickets(filter, cursor.as_deref(), READ).await?;
            for ticket in page.tickets {
                let clocks = self.clocks();
                let calendar = clocks.calendar_of(&ticket.team);
                if !when.holds(&Facts::of_ticket(&ticket, None, now, calendar)) {
                    continue;
                }
                if shown.len() == limit {
                    let next = shown.last().map(store::mark);
                    return Ok(list(shown, next));
                }
                shown.push(ticket);
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(list(shown, None)),
            }
        }
    }

    /// Names of the rules that take a ticket, as rules and ticket are now, in their order; `claims` is what is signed about
    /// its customer.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn rules_that_take(
        &self,
        reference: &str,
        claims: Option<&Map<String, Value>>,
    ) -> Result<Vec<String>, DeskError> {
        let Some(ticket) = self.inner.store.ticket(reference).await? else {
            return Ok(Vec::new());
        };
        let clocks = self.clocks();
        let calendar = clocks.calendar_of(&ticket.team);
        let facts = Facts::of_ticket(&ticket, claims, self.inner.clock.now(), calendar);
        let trace = self.routing().route(&facts).trace;
        let took = trace.into_iter().filter(|rule| rule.verdict == Verdict::Yes);
        Ok(took.map(|rule| rule.rule).collect())
    }
}

fn list(tickets: Vec<store::TicketRecord>, next: Option<String>) -> TicketList {
    TicketList {
        tickets: tickets.into_iter().map(Ticket::from).collect(),
        next,
    }
}
