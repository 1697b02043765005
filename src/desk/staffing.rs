//! Who is there for a ticket: how many answer, who is called, who knows the customer.
//!
//! The rota is asked; a rota that cannot be read keeps nobody from a ticket: it is as if nobody had planned anything.

use jiff::Timestamp;

use crate::store::{NewOutgoing, TicketRecord};

use super::{
    Desk, DeskError, Ticket,
    assignment::{Assignment, OnDuty, Taker, Wanted, assign},
    letters::{Alert, ids_from},
    people::{Availability, People, Person},
    priority::Priority,
};

impl Desk {
    /// Lets the desk know who works at it. A desk without people works all the same: nobody is named, one person answers.
    pub fn staff_with(&self, people: People) {
        // Set once, when everything is put together.
        let _ = self.inner.people.set(people);
    }

    /// How many people answer this team's tickets now; at least one, since a promise must not divide by nobody.
    pub(super) async fn people_on_duty(&self, team: &str, now: Timestamp) -> usize {
        self.on_duty(team, now).await.len().max(1)
    }

    /// Addresses of whoever is called for this team now.
    pub(super) async fn addresses_on_call(&self, team: &str, now: Timestamp) -> Vec<String> {
        let Some(people) = self.inner.people.get() else {
            return Vec::new();
        };
        match people.on_call(team, now).await {
            Ok(person) => person.map(|person| person.email).into_iter().collect(),
            Err(error) => {
                tracing::warn!(team, %error, "the rota could not be read: nobody is called");
                Vec::new()
            }
        }
    }

    /// Who could take a ticket, the best first, for the inbox.
    ///
    /// # Errors
    /// [`DeskError::NoSuchTicket`], or the store's failure.
    pub async fn suitable(&self, ticket: &Ticket) -> Result<Vec<String>, DeskError> {
        let now = self.inner.clock.now();
        let wanted = Wanted {
            team: &ticket.team,
            language: &ticket.language,
            topic: ticket.topic.as_deref(),
            tags: &ticket.tags,
            complex: ticket.complex,
        };
        Ok(self.choose(&wanted, None, now).await?.suitable)
    }

    /// The person who knows the customer, if they are on duty and have room.
    pub(super) async fn who_knows(&self, ticket: &TicketRecord, now: Timestamp) -> Option<String> {
        let customer = ticket.customer.as_deref()?;
        let last = match self.inner.store.last_assignee_of(customer).await {
            Ok(last) => last?,
            Err(error) => {
                tracing::warn!(%error, "who knows the customer could not be looked up");
                return None;
            }
        };
        let wanted = Wanted {
            team: &ticket.team,
            language: &ticket.lang,
            topic: ticket.topic.as_deref(),
            tags: &ticket.tags,
            complex: ticket.complex,
        };
        let chosen = self.choose(&wanted, Some(&last), now).await;
        chosen
            .inspect_err(|error| tracing::warn!(%error, "nobody could be chosen for a returning customer"))
            .ok()?
            .to
    }

    /// This person as who gets a ticket; `None` if nobody knows how many they may have.
    ///
    /// # Errors
    /// The store's failure.
    pub(super) async fn taker(&self, person: &str) -> Result<Option<Taker>, DeskError> {
        let found = self.inner.store.person(person).await?;
        Ok(found.map(|person| Taker {
            id: person.id,
            capacity: person.capacity,
        }))
    }

    /// Who gets a ticket that is being opened, if it counts for them. They had room when they were chosen; whether they still
    /// have is seen when it is kept.
    pub(super) async fn taker_of(&self, ticket: &TicketRecord) -> Option<Taker> {
        let person = ticket.assignee.as_deref().filter(|_| ticket.complex)?;
        let found = self.taker(person).await;
        found
            .inspect_err(|error| tracing::warn!(%error, "how many tickets somebody may have could not be looked up"))
            .ok()?
    }

    /// The alert about an urgent ticket that comes in while nobody is there.
    pub(super) async fn urgent_alerts(&self, ticket: &TicketRecord, now: Timestamp) -> Vec<NewOutgoing> {
        let urgent = ticket.priority >= Priority::Urgent.number();
        let open = self.clocks().calendar_of(&ticket.team).is_open(now);
        let Some(letters) = self.letters().filter(|_| urgent && !open) else {
            return Vec::new();
        };
        let on_call = self.addresses_on_call(&ticket.team, now).await;
        letters.alert(&Alert::UrgentOutOfHours, ticket, &on_call, ids_from(&self.new_id(now)))
    }

    async fn choose(&self, wanted: &Wanted<'_>, knows: Option<&str>, now: Timestamp) -> Result<Assignment, DeskError> {
        let people = self.on_duty(wanted.team, now).await;
        if people.is_empty() {
            return Ok(Assignment::default());
        }
        let loads = self.inner.store.loads().await?;
        let on_duty: Vec<OnDuty> = people
            .into_iter()
            .map(|person| candidate(person, &loads, now))
            .collect();
        Ok(assign(&on_duty, wanted, knows))
    }

    async fn on_duty(&self, team: &str, now: Timestamp) -> Vec<Person> {
        let Some(people) = self.inner.people.get() else {
            return Vec::new();
        };
        people.on_duty(team, now).await.unwrap_or_else(|error| {
            tracing::warn!(team, %error, "the rota could not be read");
            Vec::new()
        })
    }
}

fn candidate(person: Person, loads: &std::collections::HashMap<String, i64>, now: Timestamp) -> OnDuty {
    let available = match person.availability {
        Availability::Available => true,
        Availability::Away => false,
        Availability::Paused { until } => until <= now,
    };
    OnDuty {
        open_complex: u32::try_from(loads.get(&person.id).copied().unwrap_or(0)).unwrap_or(0),
        capacity: u32::try_from(person.capacity).unwrap_or(0),
        available,
        id: person.id,
        name: person.name,
        teams: person.teams,
        skills: person.skills,
        level: person.level,
    }
}
