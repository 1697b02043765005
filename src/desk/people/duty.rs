//! The rota: who is on duty for a team, and who is called. Pure; the list of people comes in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Person;
use crate::store::DutyRecord;

/// One turn of duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "id": "01JQZ8V6M3T9C2D4E5F6G7H8J9", "person": "01JQZ8V6M3T9C2D4E5F6G7H8J0", "team": "billing",
    "starts_at": "2026-05-04T02:00:00Z", "ends_at": "2026-05-04T10:00:00Z", "on_call": false, "time_zone": "Asia/Jakarta"
}))]
pub struct Duty {
    /// A ULID.
    pub id: String,
    /// Whose: their id.
    pub person: String,
    /// For this team; empty: for every team that they work for.
    pub team: Option<String>,
    /// First moment, RFC 3339.
    pub starts_at: String,
    /// First moment after, RFC 3339.
    pub ends_at: String,
    /// Whether they are called when it is urgent, instead of working the queue.
    pub on_call: bool,
    /// IANA name of the zone by whose clock it was planned, and is shown; empty if it was not written down.
    pub time_zone: Option<String>,
}

impl Duty {
    /// Its first moment, and the first one after.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.starts_at.parse().ok()?, self.ends_at.parse().ok()?))
    }

    /// Whether it is another duty of the same person at the same time.
    pub fn overlaps(&self, other: &Duty) -> bool {
        let (Some((from, to)), Some((others_from, others_to))) = (self.span(), other.span()) else {
            return false;
        };
        self.id != other.id && self.person == other.person && from < others_to && others_from < to
    }
}

impl From<DutyRecord> for Duty {
    fn from(record: DutyRecord) -> Self {
        Duty {
            id: record.id,
            person: record.person,
            team: record.team,
            starts_at: record.starts_at.to_string(),
            ends_at: record.ends_at.to_string(),
            on_call: record.on_call,
            time_zone: record.time_zone,
        }
    }
}

/// People and duties of one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Roster {
    /// Everybody, by name.
    pub people: Vec<Person>,
    /// Duties that had not ended when it was read, by their beginning.
    pub duties: Vec<DutyRecord>,
}

impl Roster {
    /// Who takes new tickets of this team at this moment, by name. A team for which no duty is planned from now on has no
    /// rota: everybody who works for it counts.
    pub fn on_duty(&self, team: &str, at: Timestamp) -> Vec<&Person> {
        let mut planned = self
            .duties
            .iter()
            .filter(|duty| !duty.on_call && duty.ends_at > at)
            .filter(|duty| self.concerns(duty, team))
            .peekable();
        let has_rota = planned.peek().is_some();
        let now: Vec<&str> = planned
            .filter(|duty| duty.starts_at <= at)
            .map(|duty| duty.person.as_str())
            .collect();
        self.people
            .iter()
            .filter(|person| person.works_for(team) && person.availability.is_available(at))
            .filter(|person| !has_rota || now.contains(&person.id.as_str()))
            .collect()
    }

    /// Who is called for this team at this moment, whether or not they take new work. A duty for the team goes before one
    /// for all teams, then the one that began first.
    pub fn on_call(&self, team: &str, at: Timestamp) -> Option<&Person> {
        let covers = |duty: &&DutyRecord| duty.on_call && duty.starts_at <= at && at < duty.ends_at;
        let called = self
            .duties
            .iter()
            .filter(covers)
            .filter(|duty| self.concerns(duty, team))
            .min_by_key(|duty| (duty.team.is_none(), duty.starts_at, &duty.id))?;
        self.person(&called.person)
    }

    fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// Whether the duty is one for this team, of somebody who (still) works for it.
    fn concerns(&self, duty: &DutyRecord, team: &str) -> bool {
        duty.team.as_deref().is_none_or(|of| of == team)
            && self.person(&duty.person).is_some_and(|person| person.works_for(team))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{desk::people::Role, store::Availability};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn person(id: &str, teams: &[&str]) -> Person {
        Person {
            id: id.into(),
            version: 1,
            email: format!("{id}@example.com"),
            name: id.into(),
            picture: None,
            role: Role::Agent,
            disabled: false,
            teams: teams.iter().map(|&team| team.to_owned()).collect(),
            skills: Vec::new(),
            level: 1,
            capacity: 10,
            availability: Availability::Available,
            has_password: false,
            created_at: String::new(),
        }
    }

    fn duty(person: &str, team: Option<&str>, from: i64, to: i64) -> DutyRecord {
        DutyRecord {
            id: format!("{person}-{from}"),
            person: person.into(),
            team: team.map(str::to_owned),
            starts_at: at(from),
            ends_at: at(to),
            on_call: false,
            time_zone: None,
        }
    }

    fn names<'a>(people: impl IntoIterator<Item = &'a Person>) -> Vec<&'a str> {
        people.into_iter().map(|person| person.name.as_str()).collect()
    }

    #[test]
    fn without_a_rota_everybody_of_the_team_who_is_there_counts() {
        let mut roster = Roster {
            people: vec![
                person("ana", &["billing"]),
                person("budi", &[]),
                person("citra", &["sales"]),
                person("dewi", &["billing"]),
                person("eka", &["billing"]),
            ],
            duties: Vec::new(),
        };
        roster.people[3].availability = Availability::Away;
        roster.people[4].disabled = true;
        assert_eq!(names(roster.on_duty("billing", at(5))), ["ana", "budi"]);
        roster.people[1].role = Role::Writer;
        assert_eq!(names(roster.on_duty("billing", at(5))), ["ana"]);
        // A rota of another team, and one that is over, change nothing.
        roster.duties = vec![duty("citra", Some("sales"), 0, 10), duty("dewi", Some("billing"), 0, 5)];
        assert_eq!(names(roster.on_duty("billing", at(5))), ["ana"]);
    }

    #[test]
    fn with_a_rota_only_those_on_it_count() {
        let roster = Roster {
            people: vec![person("ana", &["billing"]), person("budi", &[])],
            duties: vec![duty("ana", Some("billing"), 10, 20), duty("budi", None, 15, 30)],
        };
        assert!(roster.on_duty("billing", at(9)).is_empty());
        assert_eq!(names(roster.on_duty("billing", at(10))), ["ana"]);
        assert_eq!(names(roster.on_duty("billing", at(19))), ["ana", "budi"]);
        assert_eq!(names(roster.on_duty("billing", at(20))), ["budi"]);
        assert_eq!(names(roster.on_duty("sales", at(20))), ["budi"]);
    }

    #[test]
    fn the_one_who_is_called_is_the_teams_own_first() {
        let on_call = |duty: DutyRecord| DutyRecord { on_call: true, ..duty };
        let mut roster = Roster {
            people: vec![person("ana", &["billing"]), person("budi", &[])],
            duties: vec![
                on_call(duty("budi", None, 0, 100)),
                on_call(duty("ana", Some("billing"), 50, 60)),
            ],
        };
        let called = |roster: &Roster, team, second| roster.on_call(team, at(second)).map(|person| person.id.clone());
        assert_eq!(called(&roster, "billing", 50).as_deref(), Some("ana"));
        assert_eq!(called(&roster, "billing", 60).as_deref(), Some("budi"));
        assert_eq!(called(&roster, "sales", 50).as_deref(), Some("budi"));
        assert_eq!(called(&roster, "sales", 100), None);
        // They are called at night, when nobody says that they take new work.
        roster.people[1].availability = Availability::Away;
        assert_eq!(called(&roster, "sales", 50).as_deref(), Some("budi"));
        roster.people[1].disabled = true;
        assert_eq!(called(&roster, "sales", 50), None);
        // Being on call makes no rota of its own.
        assert_eq!(names(roster.on_duty("billing", at(50))), ["ana"]);
    }

    proptest! {
        #[test]
        fn nobody_is_on_duty_who_should_not_be(
            duties in prop::collection::vec((0..4_usize, prop::option::of(0..2_usize), 0..50_i64, 1..50_i64, any::<bool>()), 0..8),
            away in 0..5_usize,
            second in 0..100_i64,
        ) {
            let teams = ["billing", "sales"];
            let mut people = vec![
                person("a", &["billing"]), person("b", &["sales"]), person("c", &[]), person("d", &["billing", "sales"]),
            ];
            if let Some(person) = people.get_mut(away) {
                person.availability = Availability::Away;
            }
            let duties: Vec<DutyRecord> = duties
                .into_iter()
                .map(|(who, team, from, long, on_call)| DutyRecord {
                    on_call,
                    ..duty(&people[who].id, team.map(|team| teams[team]), from, from + long)
                })
                .collect();
            let roster = Roster { people, duties };
            for team in teams {
                let found = roster.on_duty(team, at(second));
                for person in &roster.people {
                    let own: Vec<&DutyRecord> = roster.duties.iter().filter(|d| !d.on_call
                        && d.team.as_deref().is_none_or(|of| of == team) && d.ends_at > at(second)).collect();
                    let counts = |d: &&&DutyRecord| roster.people.iter().any(|p| p.id == d.person && p.works_for(team));
                    let has_rota = own.iter().any(|d| counts(&d));
                    let is_on_it = own.iter().any(|d| d.person == person.id && d.starts_at <= at(second));
                    let expected = person.works_for(team)
                        && person.availability == Availability::Available
                        && (!has_rota || is_on_it);
                    prop_assert_eq!(found.contains(&person), expected, "{} {}", team, &person.id);
                }
            }
        }
    }
}
