//! What the inbox and the managers' numbers read.

use tanya::store::{TicketFilter, TicketRecord, TicketState, ViewCounts};

use crate::harness::{Harness, at, new_ticket, on_both_engines, opened};

on_both_engines!(
    views_are_counted_as_they_are_listed,
    numbers_are_made_of_the_span_and_of_what_is_not_done,
    a_customer_is_known_by_id_or_address,
);

fn ticket(i: i64, change: impl FnOnce(&mut TicketRecord)) -> TicketRecord {
    let mut ticket = new_ticket(&format!("T-2222-{i:04}"), 1000 + i);
    change(&mut ticket);
    ticket
}

async fn views_are_counted_as_they_are_listed(harness: Harness) {
    let store = harness.open().await;
    assert_eq!(store.view_counts("anna", &[], at(0)).await, Ok(ViewCounts::default()));
    for new in [
        ticket(0, |t| t.assignee = Some("anna".into())),
        ticket(1, |t| {
            t.assignee = Some("anna".into());
            t.state = TicketState::Snoozed;
        }),
        ticket(2, |t| {
            t.assignee = Some("anna".into());
            t.complex = false;
            t.escalation = 2;
        }),
        ticket(3, |t| t.team = "legal".into()),
        ticket(4, |t| t.next_due_at = Some(at(5))),
        ticket(5, |t| {
            t.state = TicketState::Resolved;
            t.resolved_at = Some(at(70));
            t.assignee = Some("anna".into());
        }),
        ticket(6, |t| t.state = TicketState::Merged),
    ] {
        opened(&store, new).await;
    }
    let teams = ["billing".to_owned()];
    let counts = store.view_counts("anna", &teams, at(10)).await.expect("counts");
    let expected = ViewCounts {
        mine: 3,
        team: 4,
        unassigned: 2,
        overdue: 1,
        escalated: 1,
        mine_complex: 1,
    };
    assert_eq!(counts, expected);
    let everywhere = store.view_counts("anna", &[], at(10)).await.expect("counts");
    assert_eq!(everywhere.team, 5);
    // The same as the list of the view.
    let running = vec![TicketState::Open, TicketState::Waiting, TicketState::Snoozed];
    let filter = |filter: TicketFilter| TicketFilter {
        states: running.clone(),
        ..filter
    };
    let listed = async |wanted: TicketFilter| {
        let page = store.tickets(&filter(wanted), None, 200).await.expect("a page");
        page.tickets.len() as u64
    };
    let overdue = TicketFilter {
        overdue_at: Some(at(1003)),
        ..TicketFilter::default()
    };
    let later = store.view_counts("anna", &teams, at(1003)).await.expect("counts");
    assert_eq!(later.overdue, listed(overdue).await);
    let mine = TicketFilter {
        assignee: Some("anna".into()),
        ..TicketFilter::default()
    };
    assert_eq!(counts.mine, listed(mine).await);
}

async fn numbers_are_made_of_the_span_and_of_what_is_not_done(harness: Harness) {
    let store = harness.open().await;
    for new in [
        ticket(0, |t| t.opened_at = at(1)),
        ticket(1, |t| {
            t.opened_at = at(1);
            t.state = TicketState::Resolved;
            t.resolved_at = Some(at(70));
        }),
        ticket(2, |t| {
            t.opened_at = at(50);
            t.state = TicketState::Resolved;
            t.resolved_at = Some(at(70));
            t.first_reply_at = Some(at(60));
            t.promise_kept = Some(true);
            t.assignee = Some("anna".into());
        }),
        ticket(3, |t| {
            t.opened_at = at(51);
            t.state = TicketState::Merged;
        }),
        ticket(4, |t| {
            t.opened_at = at(52);
            t.claimed_until = Some(at(70));
        }),
    ] {
        opened(&store, new).await;
    }
    let facts = store.ticket_facts(at(40)).await.expect("facts");
    let told: Vec<(&str, bool, &str)> = facts
        .iter()
        .map(|fact| (&fact.reference[10..], fact.claimed, fact.question.as_str()))
        .collect();
    // Words of customers only where a list names the ticket by them.
    let asked = "I was charged twice";
    assert_eq!(told, [("0", false, asked), ("2", false, ""), ("4", true, asked)]);
    assert_eq!(facts[1].first_reply_at, Some(at(60)));
    assert_eq!(
        (facts[1].promise_kept, facts[1].assignee.as_deref()),
        (Some(true), Some("anna"))
    );
}

async fn a_customer_is_known_by_id_or_address(harness: Harness) {
    let store = harness.open().await;
    for (i, (customer, contact)) in [
        (Some("42"), None),
        (None, Some("dewi@example.com")),
        (Some("42"), Some("dewi@example.com")),
        (Some("43"), Some("other@example.com")),
        (None, None),
    ]
    .into_iter()
    .enumerate()
    {
        let new = ticket(i as i64, |t| {
            t.customer = customer.map(str::to_owned);
            t.contact = contact.map(str::to_owned);
        });
        opened(&store, new).await;
    }
    let found = async |customer: Option<&str>, contact: Option<&str>| {
        let filter = TicketFilter {
            customer: customer.map(str::to_owned),
            contact: contact.map(str::to_owned),
            ..TicketFilter::default()
        };
        let page = store.tickets(&filter, None, 200).await.expect("a page");
        let last = page.tickets.iter().map(|ticket| ticket.reference[10..].to_owned());
        let mut last: Vec<String> = last.collect();
        last.sort();
        last.concat()
    };
    assert_eq!(found(Some("42"), None).await, "02");
    assert_eq!(found(None, Some("dewi@example.com")).await, "12");
    assert_eq!(found(Some("42"), Some("dewi@example.com")).await, "012");
}
