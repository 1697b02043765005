//! Who gets a ticket. Pure: the people who are on duty come in, a choice goes out.
//!
//! The person who knows the customer gets it, if they are on duty with room for it. Everybody else finds it in the queue;
//! the suitable ones are ranked, so that an inbox can suggest it to the one with the most room. Nobody who is full is
//! named for a complex ticket.

use std::cmp::Ordering;

use crate::store::TicketRecord;

use super::queue::Refusal;

/// Skills with this prefix name a language: whoever has one takes tickets in those languages only.
const LANGUAGE: &str = "lang:";
/// Skills with this prefix name a topic: whoever has one takes tickets of those topics only, and those without a topic.
const TOPIC: &str = "topic:";
/// Tags with this prefix, put on by a rule, demand that very skill.
const DEMANDED: &str = "skill:";

/// Somebody who is on duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDuty {
    /// The person's id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their teams; without any they work for all.
    pub teams: Vec<String>,
    /// What they can do: `lang:ja`, `topic:billing`, `skill:refunds`.
    pub skills: Vec<String>,
    /// How experienced they are; of two equally loaded people a complex ticket goes to the more experienced.
    pub level: i64,
    /// How many open complex tickets they can have.
    pub capacity: u32,
    /// How many they have.
    pub open_complex: u32,
    /// Whether they take tickets now, and not a pause.
    pub available: bool,
}

/// A ticket that looks for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Its team.
    pub team: &'a str,
    /// Its language (BCP 47).
    pub language: &'a str,
    /// Its topic.
    pub topic: Option<&'a str>,
    /// Its tags; `skill:NAME` demands that skill.
    pub tags: &'a [String],
    /// Whether it counts against capacity.
    pub complex: bool,
}

/// Who gets it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The id of the person to whom it is given; `None` leaves it in the queue.
    pub to: Option<String>,
    /// The ids of those who could take it, the best first.
    pub suitable: Vec<String>,
}

/// Chooses among the people who are on duty. `knows_customer` is the id of the person who answered this customer last.
pub fn assign(on_duty: &[OnDuty], ticket: &Wanted<'_>, knows_customer: Option<&str>) -> Assignment {
    let to = on_duty
        .iter()
        .find(|person| Some(person.id.as_str()) == knows_customer && person.has_room(ticket))
        .map(|person| person.id.clone());
    let mut suitable: Vec<&OnDuty> = on_duty
        .iter()
        .filter(|person| person.has_room(ticket) && person.is_suitable(ticket))
        .collect();
    suitable.sort_by(|a, b| {
        by_load(a, b)
            .then_with(|| match ticket.complex {
                true => b.level.cmp(&a.level),
                false => Ordering::Equal,
            })
            .then_with(|| a.id.cmp(&b.id))
    });
    Assignment {
        to,
        suitable: suitable.into_iter().map(|person| person.id.clone()).collect(),
    }
}

/// The least loaded relative to their capacity first; fractions are compared without dividing. Who has no capacity at all
/// comes last.
fn by_load(a: &OnDuty, b: &OnDuty) -> Ordering {
    let cross = |load: u32, capacity: u32| u64::from(load) * u64::from(capacity);
    (a.capacity == 0)
        .cmp(&(b.capacity == 0))
        .then_with(|| cross(a.open_complex, b.capacity).cmp(&cross(b.open_complex, a.capacity)))
}

impl OnDuty {
    /// Whether they take tickets now and this one does not overload them.
    fn has_room(&self, ticket: &Wanted<'_>) -> bool {
        self.available && (!ticket.complex || self.open_complex < self.capacity)
    }

    /// Whether team and skills fit.
    fn is_suitable(&self, ticket: &Wanted<'_>) -> bool {
        let language = ticket.language.split(['-', '_']).next().unwrap_or_default();
        let of_team = self.teams.is_empty() || self.teams.iter().any(|team| team == ticket.team);
        of_team
            && self.covers(LANGUAGE, Some(language))
            && self.covers(TOPIC, ticket.topic)
            && ticket
                .tags
                .iter()
                .filter(|tag| tag.starts_with(DEMANDED))
                .all(|tag| self.skills.contains(tag))
    }

    /// Whoever names no skill of a kind takes all of that kind.
    fn covers(&self, kind: &str, wanted: Option<&str>) -> bool {
        let mut named = self
            .skills
            .iter()
            .filter_map(|skill| skill.strip_prefix(kind))
            .peekable();
        match wanted {
            _ if named.peek().is_none() => true,
            Some(wanted) => named.any(|skill| skill.eq_ignore_ascii_case(wanted)),
            None => true,
        }
    }
}

/// Somebody who is about to get a ticket, and cannot have any number of complex ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taker {
    /// The person's id.
    pub id: String,
    /// Complex tickets that they may have at a time.
    pub capacity: i64,
}

impl Taker {
    /// Checks that they have room for this ticket, which `by` gives them; `load` is the number of complex ones that they have.
    ///
    /// # Errors
    /// [`Refusal::Full`].
    pub fn check_room(&self, ticket: &TicketRecord, load: i64, by: &str) -> Result<(), Refusal> {
        if ticket.complex && load >= self.capacity {
            return Err(Refusal::Full {
                load,
                capacity: self.capacity,
                own: by == self.id,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(id: &str, load: u32, capacity: u32, skills: &[&str]) -> OnDuty {
        OnDuty {
            id: id.into(),
            name: id.to_uppercase(),
            teams: vec!["billing".into()],
            skills: skills.iter().map(|&skill| skill.into()).collect(),
            level: 1,
            capacity,
            open_complex: load,
            available: true,
        }
    }

    const TICKET: Wanted<'_> = Wanted {
        team: "billing",
        language: "ja",
        topic: Some("refund"),
        tags: &[],
        complex: true,
    };

    #[test]
    fn who_knows_the_customer_gets_it_if_there_is_room() {
        let people = [person("ana", 9, 10, &[]), person("budi", 0, 10, &[])];
        assert_eq!(assign(&people, &TICKET, Some("ana")).to.as_deref(), Some("ana"));
        assert_eq!(assign(&people, &TICKET, Some("gone")).to, None);
        assert_eq!(assign(&people, &TICKET, None).to, None);
        let full = [person("ana", 10, 10, &[]), person("budi", 0, 10, &[])];
        assert_eq!(assign(&full, &TICKET, Some("ana")).to, None);
        let simple = Wanted {
            complex: false,
            ..TICKET
        };
        assert_eq!(assign(&full, &simple, Some("ana")).to.as_deref(), Some("ana"));
        let mut pausing = people;
        pausing[0].available = false;
        assert_eq!(assign(&pausing, &TICKET, Some("ana")).to, None);
    }

    #[test]
    fn the_suitable_ones_come_by_load_relative_to_capacity() {
        let mut expert = person("eka", 2, 10, &["lang:ja"]);
        expert.level = 3;
        let mut of_sales = person("fitri", 0, 10, &[]);
        of_sales.teams = vec!["sales".into()];
        let people = [
            person("ana", 5, 10, &["lang:ja", "lang:en"]),
            person("budi", 1, 5, &["lang:ja"]),
            person("citra", 0, 10, &["lang:en"]),
            person("dewi", 0, 10, &["topic:legal"]),
            expert,
            of_sales,
            person("gita", 0, 0, &[]),
        ];
        // Two of ten and one of five are the same load: the more experienced first.
        assert_eq!(assign(&people, &TICKET, None).suitable, ["eka", "budi", "ana"]);
        let demanding = ["skill:refunds".to_owned()];
        let demanding = Wanted {
            tags: &demanding,
            ..TICKET
        };
        assert_eq!(assign(&people, &demanding, None).suitable, Vec::<String>::new());
    }

    fn people() -> impl Strategy<Value = Vec<OnDuty>> {
        let skills = prop::sample::subsequence(vec!["lang:ja", "lang:en", "topic:refund", "skill:x"], 0..4);
        let one = ("[a-f]", 0u32..4, 0u32..4, skills, any::<bool>(), 0i64..3);
        prop::collection::vec(one, 0..7).prop_map(|people| {
            let mut people: Vec<OnDuty> = people
                .into_iter()
                .map(|(id, load, capacity, skills, available, level)| OnDuty {
                    available,
                    level,
                    ..person(&id, load, capacity, &skills)
                })
                .collect();
            people.sort_by(|a, b| a.id.cmp(&b.id));
            people.dedup_by(|a, b| a.id == b.id);
            people
        })
    }

    proptest! {
        #[test]
        fn nobody_who_is_full_away_or_off_duty_is_chosen(people in people(), knows in "[a-h]", complex: bool) {
            let ticket = Wanted { complex, ..TICKET };
            let chosen = assign(&people, &ticket, Some(&knows));
            for id in chosen.to.iter().chain(&chosen.suitable) {
                let person = people.iter().find(|person| person.id == *id).expect("on duty");
                prop_assert!(person.available);
                prop_assert!(!complex || person.open_complex < person.capacity);
            }
            if let Some(to) = &chosen.to {
                prop_assert_eq!(to, &knows);
            }
        }

        #[test]
        fn the_order_of_people_does_not_matter(people in people(), complex: bool) {
            let ticket = Wanted { complex, ..TICKET };
            let mut turned = people.clone();
            turned.reverse();
            prop_assert_eq!(assign(&people, &ticket, None), assign(&turned, &ticket, None));
        }
    }
}
