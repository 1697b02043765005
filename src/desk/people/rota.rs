//! The rota as others ask for it, from a list of people and duties that is kept as long as nobody changes it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Deserialize;
use tokio::sync::{
    Mutex,
    broadcast::{Receiver, error::TryRecvError},
};
use utoipa::ToSchema;

use super::{Duty, People, PeopleError, Person, detail, duty::Roster, error::invalid, person::checked_team};
use crate::store::{DutyRecord, Store, Wake};

/// Longest duty: a month of being on call.
const LONGEST_DUTY: SignedDuration = SignedDuration::from_hours(31 * 24);
/// Most duties that one question lists.
const MOST_DUTIES: usize = 1000;
/// The stream on which changes of people and duties are announced.
const STREAM: &str = "desk";

/// A duty to be planned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(example = json!({
    "person": "01JQZ8V6M3T9C2D4E5F6G7H8J0", "team": "billing", "starts_at": "2026-05-04T02:00:00Z",
    "ends_at": "2026-05-04T10:00:00Z", "on_call": false, "time_zone": "Asia/Jakarta"
}))]
pub struct NewDuty {
    /// Whose: their id.
    pub person: String,
    /// For this team; empty: for every team that they work for.
    #[serde(default)]
    pub team: Option<String>,
    /// First moment, RFC 3339.
    pub starts_at: String,
    /// First moment after, RFC 3339; at most 31 days later.
    pub ends_at: String,
    /// Whether they are called when it is urgent, instead of working the queue.
    #[serde(default)]
    pub on_call: bool,
    /// IANA name of the zone by whose clock it is planned, and will be shown; that of the desk if not given.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// The last list, and what says that it is out of date.
pub(super) struct RosterCache {
    /// Held while the list is read, so that many who ask at once read it once.
    state: Mutex<CacheState>,
}

struct CacheState {
    wakes: Receiver<Wake>,
    roster: Option<Arc<Roster>>,
}

impl RosterCache {
    pub fn new(wakes: Receiver<Wake>) -> Self {
        RosterCache {
            state: Mutex::new(CacheState { wakes, roster: None }),
        }
    }

    async fn get(&self, store: &Store, now: Timestamp) -> Result<Arc<Roster>, PeopleError> {
        let mut state = self.state.lock().await;
        // Before reading: what is committed after this wakes the next one who asks.
        if has_news(&mut state.wakes) {
            state.roster = None;
        }
        if let Some(roster) = &state.roster {
            return Ok(Arc::clone(roster));
        }
        let (people, duties) = store.people_and_duties(now).await?;
        let roster = Arc::new(Roster {
            people: people.into_iter().map(Person::from).collect(),
            duties,
        });
        state.roster = Some(Arc::clone(&roster));
        Ok(roster)
    }
}

/// Reads all wakes that are there; whether one of them may be about people.
fn has_news(wakes: &mut Receiver<Wake>) -> bool {
    let mut news = false;
    loop {
        match wakes.try_recv() {
            Ok(Wake::Stream(stream)) => news |= stream == STREAM,
            Ok(Wake::All) | Err(TryRecvError::Lagged(_)) => news = true,
            Ok(Wake::Passing { .. }) => {}
            Err(TryRecvError::Empty) => return news,
            // The store is closed: reading it says so better.
            Err(TryRecvError::Closed) => return true,
        }
    }
}

impl People {
    /// Who takes new tickets of this team at this moment (now or later), by name. A team without a rota: everybody who
    /// works for it and is available.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn on_duty(&self, team: &str, at: Timestamp) -> Result<Vec<Person>, PeopleError> {
        let roster = self.roster().await?;
        Ok(roster.on_duty(team, at).into_iter().cloned().collect())
    }

    /// Who is called for this team at this moment (now or later).
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn on_call(&self, team: &str, at: Timestamp) -> Result<Option<Person>, PeopleError> {
        Ok(self.roster().await?.on_call(team, at).cloned())
    }

    /// Everybody, disabled people too, by name, from memory: at most as old as the last wake-up of the store. Never decide
    /// with it whether somebody may come in.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn everybody(&self) -> Result<Vec<Person>, PeopleError> {
        Ok(self.roster().await?.people.clone())
    }

    async fn roster(&self) -> Result<Arc<Roster>, PeopleError> {
        self.inner.roster.get(&self.inner.store, self.now()).await
    }

    /// Plans a duty of somebody who can take tickets, the team's if it is for one.
    ///
    /// # Errors
    ///
    /// [`PeopleError::Invalid`], [`PeopleError::NoSuchPerson`], or the store's failure.
    pub async fn add_duty(&self, new: &NewDuty, by: &str) -> Result<Duty, PeopleError> {
        let starts_at = parsed("starts_at", &new.starts_at)?;
        let ends_at = parsed("ends_at", &new.ends_at)?;
        let long = ends_at.duration_since(starts_at);
        if !long.is_positive() || long > LONGEST_DUTY {
            let reason = format!(
                "must lie after the beginning, at most {} days",
                LONGEST_DUTY.as_hours() / 24
            );
            return Err(invalid("ends_at", reason));
        }
        let time_zone = new.time_zone.clone().filter(|name| !name.is_empty());
        if time_zone.as_deref().is_some_and(|name| TimeZone::get(name).is_err()) {
            return Err(invalid(
                "time_zone",
                "must be the name of a time zone, such as Asia/Jakarta",
            ));
        }
        let team = new.team.as_deref().map(checked_team).transpose()?;
        let person = self.get(&new.person).await?;
        person
            .ok_or_else(|| PeopleError::NoSuchPerson { id: new.person.clone() })?
            .check_duty(team.as_deref())?;
        let at = self.now();
        let record = DutyRecord {
            id: self.id(at),
            person: new.person.clone(),
            team,
            starts_at,
            ends_at,
            on_call: new.on_call,
            time_zone,
        };
        let fields = detail([
            ("person", record.person.as_str().into()),
            ("starts_at", record.starts_at.to_string().into()),
            ("ends_at", record.ends_at.to_string().into()),
        ]);
        let audit = self.entry(at, by, "duty.added", &record.id, fields);
        self.inner.store.add_duty(record.clone(), audit).await?;
        Ok(record.into())
    }

    /// Duties that overlap the time from `since` to `until`, by their beginning; at most a thousand.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn duties(&self, since: Timestamp, until: Timestamp) -> Result<Vec<Duty>, PeopleError> {
        let found = self.inner.store.duties(since, until, MOST_DUTIES).await?;
        Ok(found.into_iter().map(Duty::from).collect())
    }

    /// Other duties of the same person at the same time.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn overlapping(&self, duty: &Duty) -> Result<Vec<Duty>, PeopleError> {
        let Some((starts_at, ends_at)) = duty.span() else {
            return Ok(Vec::new());
        };
        let mut found = self.duties(starts_at, ends_at).await?;
        found.retain(|other| duty.overlaps(other));
        Ok(found)
    }

    /// Takes a duty out of the rota.
    ///
    /// # Errors
    ///
    /// [`PeopleError::NoSuchDuty`], or the store's failure.
    pub async fn remove_duty(&self, id: &str, by: &str) -> Result<(), PeopleError> {
        let audit = self.entry(self.now(), by, "duty.removed", id, detail([]));
        match self.inner.store.remove_duty(id, audit).await? {
            true => Ok(()),
            false => Err(PeopleError::NoSuchDuty { id: id.to_owned() }),
        }
    }
}

fn parsed(field: &'static str, text: &str) -> Result<Timestamp, PeopleError> {
    let at: Option<Timestamp> = text.trim().parse().ok();
    // Whole microseconds, as the store keeps them.
    at.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok())
        .ok_or_else(|| invalid(field, "must be a time as in 2026-05-04T02:00:00Z"))
}
