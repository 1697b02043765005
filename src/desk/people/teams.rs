//! The teams that there are. A team is a name: it is there once a person, a topic, a rule or a setting has it. Pure.
//!
//! Whoever names a team later means one of these: a misspelt name would send tickets to people who do not exist.

use std::collections::BTreeSet;

use super::{PeopleError, Person, error::invalid, person::checked_team};

/// Names of teams, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Teams(BTreeSet<String>);

impl Teams {
    /// The teams of these people, and others that something else names.
    pub fn of(people: &[Person], others: impl IntoIterator<Item = String>) -> Self {
        let of_people = people.iter().flat_map(|person| person.teams.iter().cloned());
        Teams(of_people.chain(others).collect())
    }

    /// These, and others.
    pub fn and(mut self, others: impl IntoIterator<Item = String>) -> Self {
        self.0.extend(others);
        self
    }

    /// Whether there is such a team.
    pub fn has(&self, team: &str) -> bool {
        self.0.contains(team)
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// That each of these is a team that there is.
    ///
    /// # Errors
    /// [`PeopleError::Invalid`] for `field`, which names the teams.
    pub fn check<'a>(&self, field: &'static str, named: impl IntoIterator<Item = &'a str>) -> Result<(), PeopleError> {
        let mut named = named.into_iter().map(str::trim).filter(|team| !team.is_empty());
        match named.find(|team| !self.has(team)) {
            None => Ok(()),
            Some(unknown) => Err(invalid(field, self.without(unknown))),
        }
    }

    /// The name of a team that there is not yet, as it is kept.
    ///
    /// # Errors
    /// [`PeopleError::Invalid`] for `team`.
    pub fn new_name(&self, name: &str) -> Result<String, PeopleError> {
        let name = checked_team(name)?;
        // Two that differ in capital letters only are one to whoever types them.
        match self.names().find(|known| known.to_lowercase() == name.to_lowercase()) {
            None => Ok(name),
            Some(known) => Err(invalid(
                "team",
                format!("must be a new name: there is a team {known} already"),
            )),
        }
    }

    /// Why a name is none of a team, to be read after the name of its field.
    pub fn without(&self, unknown: &str) -> String {
        let known = match self.0.is_empty() {
            true => "there is none yet".to_owned(),
            false => self.names().collect::<Vec<_>>().join(", "),
        };
        format!("must be one of the teams that there are: {known}. \u{201c}{unknown}\u{201d} is none of them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_that_nobody_knows_is_told_with_those_that_there_are() {
        let teams = Teams::of(&[], ["sales".to_owned(), "billing".to_owned()]);
        assert_eq!(teams.check("teams", ["sales", " billing ", ""]), Ok(()));
        let refused = teams.check("teams", ["sales", "biling"]).expect_err("misspelt");
        assert_eq!(
            refused.to_string(),
            "teams must be one of the teams that there are: billing, sales. “biling” is none of them"
        );
        assert!(Teams::default().check("team", ["x"]).is_err());
    }

    #[test]
    fn a_new_team_has_a_name_that_no_other_has() {
        let teams = Teams::of(&[], ["sales".to_owned()]);
        assert_eq!(teams.new_name(" shop "), Ok("shop".to_owned()));
        for taken in ["sales", "Sales", " ", &"x".repeat(41)] {
            assert!(teams.new_name(taken).is_err(), "{taken}");
        }
    }
}
