//! People who work at the desk, and their pictures.
//!
//! Whoever changes a person names the version that they read; a change of somebody else in between refuses theirs. The
//! last enabled administrator stays one, also when two servers are asked at the same moment.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    AuditRecord, NewEvent, Store, StoreError, audit,
    db::{Connection, Lockable, Row, args},
    outbox, sessions,
    sessions::SignInLinkRecord,
    writer::Write,
};

/// The stream of what concerns everybody who works at the desk.
pub(crate) const DESK_STREAM: &str = "desk";

/// What somebody does at the desk; what each may do is in [`crate::desk::people`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works tickets.
    Agent,
    /// Writes articles and sees what they cover.
    Writer,
    /// Leads both.
    Manager,
    /// Runs the desk.
    Administrator,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::Agent, Role::Writer, Role::Manager, Role::Administrator];

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Agent => "agent",
            Role::Writer => "writer",
            Role::Manager => "manager",
            Role::Administrator => "administrator",
        }
    }

    /// The role of a wire word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// Whether somebody takes new work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
#[schema(example = json!({"state": "paused", "until": "2026-05-01T09:20:00Z"}))]
pub enum Availability {
    /// Yes.
    Available,
    /// No, until they say otherwise.
    Away,
    /// Not until then: the pause that one may take after a hard case.
    Paused {
        /// When it ends by itself, RFC 3339.
        #[serde(with = "rfc3339")]
        #[schema(value_type = String, format = DateTime)]
        until: Timestamp,
    },
}

impl Availability {
    /// Whether they take new work at this moment.
    pub fn is_available(self, at: Timestamp) -> bool {
        match self {
            Availability::Available => true,
            Availability::Away => false,
            Availability::Paused { until } => until <= at,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Availability::Available => "available",
            Availability::Away => "away",
            Availability::Paused { .. } => "paused",
        }
    }

    fn until(self) -> Option<Timestamp> {
        match self {
            Availability::Paused { until } => Some(until),
            _ => None,
        }
    }
}

/// Times on the wire.
mod rfc3339 {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(at)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at: Timestamp = text
            .parse()
            .map_err(|_| D::Error::custom("a time is written as in 2026-05-01T09:20:00Z"))?;
        // What the store keeps, so that it reads the same before and after.
        Timestamp::from_microsecond(at.as_microsecond()).map_err(D::Error::custom)
    }
}

/// The argon2id hash of a password, as a PHC string. Printing it shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Somebody who works at the desk.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonRecord {
    /// A ULID.
    pub id: String,
    /// Goes up by one with every change; 0 before they are kept.
    pub version: i64,
    /// In small letters; nobody else has it.
    pub email: String,
    /// What customers and colleagues read.
    pub name: String,
    /// Hash of the picture.
    pub picture: Option<String>,
    /// What they do.
    pub role: Role,
    /// Without one they come in by a link.
    pub password: Option<PasswordHash>,
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
    /// When they were added.
    pub created_at: Timestamp,
}

impl PersonRecord {
    fn is_enabled_administrator(&self) -> bool {
        self.role == Role::Administrator && !self.disabled
    }
}

/// A picture of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureRecord {
    /// SHA-256 (hexadecimal) of its bytes.
    pub hash: String,
    /// `image/png`, …
    pub media_type: String,
    /// Its bytes in base64.
    pub base64: String,
}

/// What becomes of the ways in that a person has: sessions, and links that nobody used yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaysIn {
    /// They stay.
    Kept,
    /// All end.
    Ended,
    /// All end but the session with this hash.
    EndedBut(String),
}

/// A change of a person with what belongs to it: all of it or nothing.
#[derive(Debug, Clone)]
pub struct PersonChange {
    /// As they shall be; `version` is the one that was read.
    pub person: PersonRecord,
    /// A new picture to keep, besides its hash in `person`.
    pub picture: Option<PictureRecord>,
    /// What becomes of sessions and links.
    pub ways_in: WaysIn,
    /// Who did it.
    pub audit: AuditRecord,
}

impl Store {
    /// Adds a person, with a link for the first sign-in if there is one. They come back with version 1.
    ///
    /// # Errors
    ///
    /// [`StoreError::EmailTaken`], or what the database failed with.
    pub async fn add_person(
        &self,
        person: PersonRecord,
        link: Option<SignInLinkRecord>,
        audit: AuditRecord,
    ) -> Result<PersonRecord, StoreError> {
        self.write(AddPerson { person, link, audit }).await
    }

    /// Writes a changed person; they come back with the next version.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchPerson`], [`StoreError::StalePerson`] if somebody else was faster, [`StoreError::EmailTaken`],
    /// [`StoreError::LastAdministrator`], or what the database failed with.
    pub async fn change_person(&self, change: PersonChange) -> Result<PersonRecord, StoreError> {
        self.write(change).await
    }

    /// The person with this id.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn person(&self, id: &str) -> Result<Option<PersonRecord>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        find(&mut snapshot.connection(), id).await
    }

    /// The person with this e-mail address, given in small letters.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn person_by_email(&self, email: &str) -> Result<Option<PersonRecord>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let row = snapshot
            .connection()
            .fetch_optional(select!("WHERE email = $1"), args![email])
            .await?;
        row.as_ref().map(from_row).transpose()
    }

    /// Everybody, by name.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn people(&self) -> Result<Vec<PersonRecord>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        all(&mut snapshot.connection()).await
    }

    /// The picture with this hash.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn picture(&self, hash: &str) -> Result<Option<PictureRecord>, StoreError> {
        let sql = "SELECT hash, media_type, base64 FROM pictures WHERE hash = $1";
        let mut snapshot = self.readers().snapshot().await?;
        let row = snapshot.connection().fetch_optional(sql, args![hash]).await?;
        row.map(|row| {
            Ok(PictureRecord {
                hash: row.text("hash")?,
                media_type: row.text("media_type")?,
                base64: row.text("base64")?,
            })
        })
        .transpose()
    }
}

struct AddPerson {
    person: PersonRecord,
    link: Option<SignInLinkRecord>,
    audit: AuditRecord,
}

impl Write for AddPerson {
    type Output = PersonRecord;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<PersonRecord, StoreError> {
        let person = PersonRecord {
            version: 1,
            ..self.person.clone()
        };
        if !insert(connection, &person).await? {
            return Err(StoreError::EmailTaken { email: person.email });
        }
        if let Some(link) = &self.link {
            sessions::insert_link(connection, link).await?;
        }
        audit::write(connection, &self.audit).await?;
        announce(connection, &person.id, self.audit.at).await?;
        Ok(person)
    }
}

impl Write for PersonChange {
    type Output = PersonRecord;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<PersonRecord, StoreError> {
        if !self.person.is_enabled_administrator() {
            lock_administrators(connection).await?;
        }
        let id = &self.person.id;
        let before = find(connection, id).await?;
        let before = before.ok_or_else(|| StoreError::NoSuchPerson { id: id.clone() })?;
        if before.version != self.person.version {
            return Err(StoreError::StalePerson {
                id: id.clone(),
                version: before.version,
            });
        }
        if let Some(picture) = &self.picture {
            keep_picture(connection, picture).await?;
        }
        let now = update(connection, &self.person).await?;
        if before.is_enabled_administrator() && administrators(connection).await?.is_empty() {
            return Err(StoreError::LastAdministrator);
        }
        sessions::end_ways_in(connection, id, &self.ways_in).await?;
        audit::write(connection, &self.audit).await?;
        announce(connection, id, self.audit.at).await?;
        Ok(now)
    }
}

/// All columns, for every statement that reads people.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, version, email, name, picture, role, password, disabled, teams, skills, level, capacity, \
                 availability, available_again_at, created_at FROM people ",
            $rest
        )
    };
}
use select;

pub(super) async fn find(connection: &mut Connection<'_>, id: &str) -> Result<Option<PersonRecord>, StoreError> {
    let row = connection.fetch_optional(select!("WHERE id = $1"), args![id]).await?;
    row.as_ref().map(from_row).transpose()
}

pub(super) async fn all(connection: &mut Connection<'_>) -> Result<Vec<PersonRecord>, StoreError> {
    let rows = connection.fetch_all(select!("ORDER BY name, id"), Vec::new()).await?;
    rows.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<PersonRecord, StoreError> {
    Ok(PersonRecord {
        id: row.text("id")?,
        version: row.int("version")?,
        email: row.text("email")?,
        name: row.text("name")?,
        picture: row.optional_text("picture")?,
        role: row.word("role", Role::from_word)?,
        password: row.optional_text("password")?.map(PasswordHash),
        disabled: row.flag("disabled")?,
        teams: row.words("teams")?,
        skills: row.words("skills")?,
        level: row.int("level")?,
        capacity: row.int("capacity")?,
        availability: availability(row)?,
        created_at: row.time("created_at")?,
    })
}

fn availability(row: &Row) -> Result<Availability, StoreError> {
    let until = row.optional_time("available_again_at")?;
    row.word("availability", |word| match (word, until) {
        ("available", _) => Some(Availability::Available),
        ("away", _) => Some(Availability::Away),
        ("paused", Some(until)) => Some(Availability::Paused { until }),
        _ => None,
    })
}

/// `false` if the address is taken.
async fn insert(connection: &mut Connection<'_>, person: &PersonRecord) -> Result<bool, StoreError> {
    let sql = "INSERT INTO people (
             id, version, email, name, picture, role, password, disabled, teams, skills, level, capacity,
             availability, available_again_at, created_at
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT DO NOTHING";
    let inserted = connection
        .execute(
            sql,
            args![
                &person.id,
                person.version,
                &person.email,
                &person.name,
                &person.picture,
                person.role.as_str(),
                person.password.as_ref().map(|hash| hash.0.as_str()),
                person.disabled,
                person.teams.as_slice(),
                person.skills.as_slice(),
                person.level,
                person.capacity,
                person.availability.word(),
                person.availability.until(),
                person.created_at,
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// Writes all that may change, if the version is still the one that was read; returns them with the next one.
pub(super) async fn update(connection: &mut Connection<'_>, person: &PersonRecord) -> Result<PersonRecord, StoreError> {
    let sql = "UPDATE people
         SET version = version + 1, email = $3, name = $4, picture = $5, role = $6, password = $7, disabled = $8,
             teams = $9, skills = $10, level = $11, capacity = $12, availability = $13, available_again_at = $14
         WHERE id = $1
             AND version = $2";
    let updated = connection
        .execute(
            sql,
            args![
                &person.id,
                person.version,
                &person.email,
                &person.name,
                &person.picture,
                person.role.as_str(),
                person.password.as_ref().map(|hash| hash.0.as_str()),
                person.disabled,
                person.teams.as_slice(),
                person.skills.as_slice(),
                person.level,
                person.capacity,
                person.availability.word(),
                person.availability.until(),
            ],
        )
        .await;
    let is_taken = |error: &sqlx::Error| error.as_database_error().is_some_and(|e| e.is_unique_violation());
    match updated {
        Ok(0) => Err(StoreError::StalePerson {
            id: person.id.clone(),
            version: person.version + 1,
        }),
        Ok(_) => Ok(PersonRecord {
            version: person.version + 1,
            ..person.clone()
        }),
        Err(error) if is_taken(&error) => Err(StoreError::EmailTaken {
            email: person.email.clone(),
        }),
        Err(error) => Err(error.into()),
    }
}

/// Ids of the enabled administrators.
async fn administrators(connection: &mut Connection<'_>) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT id FROM people WHERE role = 'administrator' AND disabled = 0 ORDER BY id";
    let rows = connection.fetch_all(sql, Vec::new()).await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// Two administrators who demote each other at the same moment must not both succeed. Locked in one order.
async fn lock_administrators(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    for id in administrators(connection).await? {
        connection.lock(Lockable::Person, &id).await?;
    }
    Ok(())
}

async fn keep_picture(connection: &mut Connection<'_>, picture: &PictureRecord) -> Result<(), StoreError> {
    let sql = "INSERT INTO pictures (hash, media_type, base64) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let args = args![&picture.hash, &picture.media_type, &picture.base64];
    connection.execute(sql, args).await?;
    Ok(())
}

/// Tells everybody at the desk that people or their duties changed.
pub(super) async fn announce(connection: &mut Connection<'_>, person: &str, at: Timestamp) -> Result<(), StoreError> {
    let event = NewEvent {
        stream: DESK_STREAM.to_owned(),
        kind: "people",
        data: Map::from_iter([("person".to_owned(), Value::from(person))]),
    };
    outbox::append(connection, &event, at).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_by_itself() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let pause = Availability::Paused { until: at(100) };
        assert!(!pause.is_available(at(99)) && pause.is_available(at(100)));
        assert!(Availability::Available.is_available(at(0)) && !Availability::Away.is_available(at(0)));
    }

    #[test]
    fn availability_reads_as_it_was_written() {
        for (text, availability) in [
            (r#"{"state":"away"}"#, Availability::Away),
            (
                r#"{"state":"paused","until":"1970-01-01T00:01:40Z"}"#,
                Availability::Paused {
                    until: Timestamp::from_second(100).expect("a time"),
                },
            ),
        ] {
            assert_eq!(serde_json::to_string(&availability).expect("JSON"), text);
            assert_eq!(
                serde_json::from_str::<Availability>(text).expect("availability"),
                availability
            );
        }
        assert!(serde_json::from_str::<Availability>(r#"{"state":"paused","until":"soon"}"#).is_err());
    }

    #[test]
    fn a_password_hash_is_not_printed() {
        assert_eq!(format!("{:?}", PasswordHash("$argon2id$…".into())), "***");
    }
}
