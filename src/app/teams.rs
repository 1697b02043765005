//! Teams and topics that there are, gathered from every room that names one, and the changes of people that they decide on.

use std::collections::BTreeMap;

use super::App;
use crate::desk::people::{Duty, NewDuty, NewPerson, OneTimeLink, PeopleError, Person, PersonPatch, Teams};

impl App {
    /// Ids and titles of the topics that count now.
    pub fn topic_titles(&self) -> BTreeMap<String, String> {
        let policy = self.answerer.policy();
        let titles = policy
            .topics()
            .iter()
            .map(|topic| (topic.id.clone(), topic.title.clone()));
        titles.collect()
    }

    /// Every team that there is: those that people, rules, topics and settings name, and the escalation inbox.
    pub fn teams(&self, people: &[Person]) -> Teams {
        let config = self.live();
        let of_settings = config.desk.team.keys().cloned();
        Teams::of(people, of_settings.chain(self.teams_of_rules()))
    }

    /// The teams that rules and topics name, and the escalation inbox.
    pub fn teams_of_rules(&self) -> Vec<String> {
        let (policy, routing) = (self.answerer.policy(), self.desk.routing());
        let of_topics = policy.topics().iter().map(|topic| topic.team.clone());
        let of_rules = routing.teams().map(str::to_owned);
        let inbox = self.live().desk.escalation_team.clone();
        of_topics.chain(of_rules).chain([inbox]).collect()
    }

    async fn check_teams(&self, field: &'static str, named: &[String]) -> Result<(), PeopleError> {
        match named.is_empty() {
            true => Ok(()),
            false => {
                let people = self.people.list().await?;
                self.teams(&people).check(field, named.iter().map(String::as_str))
            }
        }
    }

    /// Adds a person, whose teams are ones that there are; they come in by the link.
    ///
    /// # Errors
    /// What the people's room refuses.
    pub async fn add_person(&self, new: NewPerson, by: &str) -> Result<(Person, Option<OneTimeLink>), PeopleError> {
        self.check_teams("teams", &new.teams).await?;
        self.people.add(new, None, by).await
    }

    /// Changes a person, whose teams stay ones that there are.
    ///
    /// # Errors
    /// What the people's room refuses.
    pub async fn change_person(
        &self,
        id: &str,
        patch: &PersonPatch,
        expected_version: Option<i64>,
        by: &str,
    ) -> Result<Person, PeopleError> {
        self.check_teams("teams", patch.teams.as_deref().unwrap_or_default())
            .await?;
        self.people.change(id, patch, expected_version, by).await
    }

    /// Plans a duty, for a team that there is. Without a zone it is planned by the desk's clock.
    ///
    /// # Errors
    /// What the people's room refuses.
    pub async fn plan_duty(&self, new: NewDuty, by: &str) -> Result<Duty, PeopleError> {
        let team = new
            .team
            .map(|team| team.trim().to_owned())
            .filter(|team| !team.is_empty());
        self.check_teams("team", team.as_slice()).await?;
        let new = NewDuty {
            team,
            time_zone: new.time_zone.or_else(|| Some(self.live().desk.time_zone.clone())),
            ..new
        };
        self.people.add_duty(&new, by).await
    }
}
