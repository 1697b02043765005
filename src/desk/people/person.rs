//! A person as the rest of the program and the wire see them, and what may be said about one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::looks_like_email,
    PeopleError,
    error::invalid,
    role::{Permission, Role},
};
use crate::store::{Availability, PersonRecord};

/// Longest name, in characters.
const LONGEST_NAME: usize = 100;
/// Longest name of a team or skill, in characters.
const LONGEST_WORD: usize = 40;
/// Most teams, and most skills, of one person.
const MOST_WORDS: usize = 50;
/// Complex tickets that one person carries where nothing else is said: a full plate.
pub(super) const CAPACITY: i64 = 10;

/// Somebody who works at the desk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "id": "01JQZ8V6M3T9C2D4E5F6G7H8J9", "version": 3, "email": "ana@example.com", "name": "Ana", "picture": null,
    "role": "agent", "disabled": false, "teams": ["billing"], "skills": ["invoices"], "level": 2, "capacity": 10,
    "availability": {"state": "available"}, "has_password": true, "created_at": "2026-05-01T09:00:00Z"
}))]
pub struct Person {
    /// A ULID.
    pub id: String,
    /// Goes up by one with every change.
    pub version: i64,
    /// E-mail address, in small letters.
    pub email: String,
    /// What customers and colleagues read.
    pub name: String,
    /// Hash of the picture, if there is one; it changes with the picture.
    pub picture: Option<String>,
    /// What they do.
    pub role: Role,
    /// Whether they are shut out.
    pub disabled: bool,
    /// Teams whose tickets they work; empty: every team's.
    pub teams: Vec<String>,
    /// What they know about.
    pub skills: Vec<String>,
    /// How much they know, 1 to 5.
    pub level: i64,
    /// Open complex tickets that they can carry at once.
    pub capacity: i64,
    /// Whether they take new work.
    pub availability: Availability,
    /// Whether they can sign in with a password.
    pub has_password: bool,
    /// When they were added, RFC 3339.
    pub created_at: String,
}

impl Person {
    /// Whether they work this team's tickets, as far as their role and their teams go.
    pub fn works_for(&self, team: &str) -> bool {
        let is_theirs = self.teams.is_empty() || self.teams.iter().any(|own| own == team);
        self.takes_tickets() && is_theirs
    }

    /// Whether they may work any ticket at all.
    pub fn takes_tickets(&self) -> bool {
        !self.disabled && self.role.may(Permission::WorkTickets)
    }

    /// That they can be on duty, for this team or for every one of theirs: nobody is called who could not answer.
    ///
    /// # Errors
    /// [`PeopleError::Invalid`] that says why not.
    pub(super) fn check_duty(&self, team: Option<&str>) -> Result<(), PeopleError> {
        let who = "must be somebody who can take tickets";
        if self.disabled {
            return Err(invalid("person", format!("{who}: {} is deactivated", self.name)));
        }
        if !self.takes_tickets() {
            let role = self.role.as_str();
            return Err(invalid("person", format!("{who}: {} is a {role}", self.name)));
        }
        match team.filter(|team| !self.works_for(team)) {
            None => Ok(()),
            Some(_) => {
                let own = self.teams.join(", ");
                Err(invalid(
                    "team",
                    format!("must be a team that {} works for: {own}", self.name),
                ))
            }
        }
    }
}

impl From<PersonRecord> for Person {
    fn from(record: PersonRecord) -> Self {
        Person {
            id: record.id,
            version: record.version,
            email: record.email,
            name: record.name,
            picture: record.picture,
            role: record.role,
            disabled: record.disabled,
            teams: record.teams,
            skills: record.skills,
            level: record.level,
            capacity: record.capacity,
            availability: record.availability,
            has_password: record.password.is_some(),
            created_at: record.created_at.to_string(),
        }
    }
}

/// Somebody to be added.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"email": "ana@example.com", "name": "Ana", "role": "agent", "teams": ["billing"]}))]
pub struct NewPerson {
    /// E-mail address; nobody else may have it.
    pub email: String,
    /// What customers and colleagues read.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Teams whose tickets they work; empty: every team's.
    #[serde(default)]
    pub teams: Vec<String>,
    /// What they know about.
    #[serde(default)]
    pub skills: Vec<String>,
    /// How much they know, 1 to 5; 1 if not given.
    #[serde(default)]
    pub level: Option<i64>,
    /// Open complex tickets that they can carry at once, 1 to 100; 10 if not given.
    #[serde(default)]
    pub capacity: Option<i64>,
}

/// What is to change about a person; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"teams": ["billing", "sales"], "level": 3}))]
pub struct PersonPatch {
    /// E-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// What customers and colleagues read.
    #[serde(default)]
    pub name: Option<String>,
    /// What they do.
    #[serde(default)]
    pub role: Option<Role>,
    /// Whether they are shut out; it ends their sessions at once.
    #[serde(default)]
    pub disabled: Option<bool>,
    /// Teams whose tickets they work; empty: every team's.
    #[serde(default)]
    pub teams: Option<Vec<String>>,
    /// What they know about.
    #[serde(default)]
    pub skills: Option<Vec<String>>,
    /// How much they know, 1 to 5.
    #[serde(default)]
    pub level: Option<i64>,
    /// Open complex tickets that they can carry at once, 1 to 100.
    #[serde(default)]
    pub capacity: Option<i64>,
}

impl PersonPatch {
    /// Whether it changes nothing but what people may change about themselves.
    pub fn is_about_the_name_only(&self) -> bool {
        let rest = PersonPatch {
            name: None,
            ..self.clone()
        };
        rest == PersonPatch::default()
    }

    /// The names of what it changes, for the audit log.
    pub(super) fn fields(&self) -> Vec<&'static str> {
        [
            ("email", self.email.is_some()),
            ("name", self.name.is_some()),
            ("role", self.role.is_some()),
            ("disabled", self.disabled.is_some()),
            ("teams", self.teams.is_some()),
            ("skills", self.skills.is_some()),
            ("level", self.level.is_some()),
            ("capacity", self.capacity.is_some()),
        ]
        .into_iter()
        .filter_map(|(field, is_given)| is_given.then_some(field))
        .collect()
    }

    /// The person as they shall be.
    pub(super) fn apply(&self, person: PersonRecord) -> Result<PersonRecord, PeopleError> {
        let mut now = person;
        if let Some(email) = &self.email {
            now.email = checked_email(email)?;
        }
        if let Some(name) = &self.name {
            now.name = checked_name(name)?;
        }
        if let Some(role) = self.role {
            now.role = role;
        }
        if let Some(disabled) = self.disabled {
            now.disabled = disabled;
        }
        if let Some(teams) = &self.teams {
            now.teams = checked_words("teams", teams)?;
        }
        if let Some(skills) = &self.skills {
            now.skills = checked_words("skills", skills)?;
        }
        if let Some(level) = self.level {
            now.level = checked_level(level)?;
        }
        if let Some(capacity) = self.capacity {
            now.capacity = checked_capacity(capacity)?;
        }
        Ok(now)
    }
}

/// The address as it is kept: in small letters.
pub(super) fn checked_email(email: &str) -> Result<String, PeopleError> {
    let email = normal_email(email);
    if looks_like_email(&email) {
        Ok(email)
    } else {
        Err(invalid("email", "must be an e-mail address"))
    }
}

/// The form in which addresses are compared.
pub(super) fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

pub(super) fn checked_name(name: &str) -> Result<String, PeopleError> {
    checked_word("name", name, LONGEST_NAME)
}

pub(super) fn checked_word(field: &'static str, word: &str, longest: usize) -> Result<String, PeopleError> {
    let word = word.trim();
    let fits = (1..=longest).contains(&word.chars().count()) && !word.chars().any(char::is_control);
    if fits {
        Ok(word.to_owned())
    } else {
        let reason = format!("must have 1 to {longest} characters, without control characters");
        Err(invalid(field, reason))
    }
}

pub(super) fn checked_team(team: &str) -> Result<String, PeopleError> {
    checked_word("team", team, LONGEST_WORD)
}

/// Each once, in the order given.
pub(super) fn checked_words(field: &'static str, words: &[String]) -> Result<Vec<String>, PeopleError> {
    if words.len() > MOST_WORDS {
        return Err(invalid(field, format!("must be at most {MOST_WORDS}")));
    }
    let mut checked: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let word = checked_word(field, word, LONGEST_WORD)?;
        if !checked.contains(&word) {
            checked.push(word);
        }
    }
    Ok(checked)
}

pub(super) fn checked_level(level: i64) -> Result<i64, PeopleError> {
    if (1..=5).contains(&level) {
        Ok(level)
    } else {
        Err(invalid("level", "must be 1 to 5"))
    }
}

pub(super) fn checked_capacity(capacity: i64) -> Result<i64, PeopleError> {
    if (1..=100).contains(&capacity) {
        Ok(capacity)
    } else {
        Err(invalid("capacity", "must be 1 to 100"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_in_small_letters() {
        assert_eq!(checked_email(" Ana@Example.COM "), Ok("ana@example.com".into()));
        assert!(checked_email("ana").is_err());
    }

    #[test]
    fn words_are_trimmed_and_there_once() {
        let words = [" billing ".to_owned(), "sales".into(), "billing".into()];
        assert_eq!(
            checked_words("teams", &words),
            Ok(vec!["billing".into(), "sales".into()])
        );
        assert!(checked_words("teams", &["\u{7}".into()]).is_err());
        assert!(checked_words("teams", &vec!["a".to_owned(); MOST_WORDS + 1]).is_err());
    }

    #[test]
    fn one_may_change_ones_own_name_and_nothing_else() {
        let name = PersonPatch {
            name: Some("Ana".into()),
            ..PersonPatch::default()
        };
        assert!(name.is_about_the_name_only());
        let more = PersonPatch {
            role: Some(Role::Administrator),
            ..name
        };
        assert!(!more.is_about_the_name_only());
        assert_eq!(more.fields(), ["name", "role"]);
    }
}
