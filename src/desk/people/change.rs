//! Adding people and changing them.

use jiff::{SignedDuration, Timestamp};

use super::{
    Availability, NewPerson, OneTimeLink, People, PeopleError, Person, PersonPatch, Picture, detail,
    error::invalid,
    password,
    person::{CAPACITY, checked_capacity, checked_email, checked_level, checked_name, checked_words},
    picture,
};
use crate::store::{PersonChange, PersonRecord, PictureRecord, StoreError, WaysIn};

/// Longest pause: a shift. Who is gone for longer is away.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(8);
/// How often a change without a version is tried on what is there now.
const TRIES: usize = 4;

impl People {
    /// Adds a person. With a password they can sign in at once; without one, a link is made that lets them in once.
    ///
    /// # Errors
    ///
    /// [`PeopleError::Invalid`], [`PeopleError::EmailTaken`], [`PeopleError::Busy`], or the store's failure.
    pub async fn add(
        &self,
        new: NewPerson,
        password: Option<&str>,
        by: &str,
    ) -> Result<(Person, Option<OneTimeLink>), PeopleError> {
        let at = self.now();
        let email = checked_email(&new.email)?;
        let hash = match password {
            None => None,
            Some(password) => {
                password::check_new(password, &email)?;
                Some(self.inner.hasher.hash(password, self.draw()).await?)
            }
        };
        let person = PersonRecord {
            id: self.id(at),
            version: 0,
            name: checked_name(&new.name)?,
            picture: None,
            role: new.role,
            disabled: false,
            teams: checked_words("teams", &new.teams)?,
            skills: checked_words("skills", &new.skills)?,
            level: checked_level(new.level.unwrap_or(1))?,
            capacity: checked_capacity(new.capacity.unwrap_or(CAPACITY))?,
            availability: Availability::Available,
            created_at: at,
            password: hash,
            email,
        };
        let link = person.password.is_none().then(|| self.new_link(&person.id, at));
        let (link, record) = link.unzip();
        let fields = detail([
            ("email", person.email.as_str().into()),
            ("role", person.role.as_str().into()),
        ]);
        let audit = self.entry(at, by, "person.added", &person.id, fields);
        let added = self.inner.store.add_person(person, record, audit).await?;
        Ok((added.into(), link))
    }

    /// Changes a person; `expected_version` is the version that was read, without it the present one counts. Whoever is
    /// disabled is out at once.
    ///
    /// # Errors
    ///
    /// [`PeopleError::Invalid`], [`PeopleError::NoSuchPerson`], [`PeopleError::Stale`], [`PeopleError::EmailTaken`],
    /// [`PeopleError::LastAdministrator`], or the store's failure.
    pub async fn change(
        &self,
        id: &str,
        patch: &PersonPatch,
        expected_version: Option<i64>,
        by: &str,
    ) -> Result<Person, PeopleError> {
        let action = match patch.disabled {
            Some(true) => "person.disabled",
            _ => "person.changed",
        };
        let edit = |person: PersonRecord| {
            let now = patch.apply(person)?;
            let ways_in = match now.disabled {
                true => WaysIn::Ended,
                false => WaysIn::Kept,
            };
            Ok(Edit {
                ways_in,
                ..Edit::of(now)
            })
        };
        let fields = detail([("changed", patch.fields().into())]);
        self.edit(id, expected_version, by, action, fields, edit).await
    }

    /// Says whether somebody takes new work.
    ///
    /// # Errors
    ///
    /// [`PeopleError::Invalid`] for a pause that has ended or is longer than a shift, [`PeopleError::NoSuchPerson`], or the
    /// store's failure.
    pub async fn set_availability(
        &self,
        id: &str,
        availability: Availability,
        by: &str,
    ) -> Result<Person, PeopleError> {
        check_pause(availability, self.now())?;
        let fields = detail([("availability", serde_json::to_value(availability).unwrap_or_default())]);
        let edit = |person| Ok(Edit::of(PersonRecord { availability, ..person }));
        self.edit(id, None, by, "person.availability", fields, edit).await
    }

    /// Gives a person a picture.
    ///
    /// # Errors
    ///
    /// [`PeopleError::Invalid`] when it is none or too large, [`PeopleError::NoSuchPerson`], or the store's failure.
    pub async fn set_picture(&self, id: &str, bytes: &[u8], by: &str) -> Result<Person, PeopleError> {
        let picture = picture::checked(bytes)?;
        let edit = |person| {
            let now = PersonRecord {
                picture: Some(picture.hash.clone()),
                ..person
            };
            Ok(Edit {
                picture: Some(picture.clone()),
                ..Edit::of(now)
            })
        };
        self.edit(id, None, by, "person.picture", detail([]), edit).await
    }

    /// The picture of a person.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn picture(&self, id: &str) -> Result<Option<Picture>, PeopleError> {
        let person = self.inner.store.person(id).await?;
        let Some(hash) = person.and_then(|person| person.picture) else {
            return Ok(None);
        };
        let record = self.inner.store.picture(&hash).await?;
        Ok(record.and_then(picture::of_record))
    }

    /// Sets a password for somebody; all their sessions end. For the command line: people do it themselves with
    /// [`Self::change_password`].
    ///
    /// # Errors
    ///
    /// [`PeopleError::Invalid`], [`PeopleError::NoSuchPerson`], [`PeopleError::Busy`], or the store's failure.
    pub async fn set_password(&self, id: &str, password: &str, by: &str) -> Result<Person, PeopleError> {
        self.write_password(id, password, WaysIn::Ended, by).await
    }

    pub(super) async fn write_password(
        &self,
        id: &str,
        password: &str,
        ways_in: WaysIn,
        by: &str,
    ) -> Result<Person, PeopleError> {
        let person = self.inner.store.person(id).await?;
        let person = person.ok_or_else(|| PeopleError::NoSuchPerson { id: id.to_owned() })?;
        password::check_new(password, &person.email)?;
        let hash = self.inner.hasher.hash(password, self.draw()).await?;
        let edit = |person| {
            let now = PersonRecord {
                password: Some(hash.clone()),
                ..person
            };
            Ok(Edit {
                ways_in: ways_in.clone(),
                ..Edit::of(now)
            })
        };
        self.edit(id, None, by, "person.password", detail([]), edit).await
    }

    /// Reads, changes and writes a person. Without an expected version it starts again where somebody else was faster.
    async fn edit(
        &self,
        id: &str,
        expected_version: Option<i64>,
        by: &str,
        action: &str,
        fields: serde_json::Map<String, serde_json::Value>,
        edit: impl Fn(PersonRecord) -> Result<Edit, PeopleError>,
    ) -> Result<Person, PeopleError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let person = self.inner.store.person(id).await?;
            let person = person.ok_or_else(|| PeopleError::NoSuchPerson { id: id.to_owned() })?;
            if expected_version.is_some_and(|expected| expected != person.version) {
                return Err(PeopleError::Stale {
                    version: person.version,
                });
            }
            let Edit {
                person,
                picture,
                ways_in,
            } = edit(person)?;
            let change = PersonChange {
                person,
                picture,
                ways_in,
                audit: self.entry(self.now(), by, action, id, fields.clone()),
            };
            match self.inner.store.change_person(change).await {
                Err(StoreError::StalePerson { .. }) if expected_version.is_none() && tries < TRIES => {}
                changed => return Ok(changed?.into()),
            }
        }
    }
}

/// What a change makes of a person.
struct Edit {
    person: PersonRecord,
    picture: Option<PictureRecord>,
    ways_in: WaysIn,
}

impl Edit {
    fn of(person: PersonRecord) -> Self {
        Edit {
            person,
            picture: None,
            ways_in: WaysIn::Kept,
        }
    }
}

fn check_pause(availability: Availability, now: Timestamp) -> Result<(), PeopleError> {
    let Availability::Paused { until } = availability else {
        return Ok(());
    };
    if until > now && until.duration_since(now) <= LONGEST_PAUSE {
        return Ok(());
    }
    let hours = LONGEST_PAUSE.as_hours();
    Err(invalid(
        "until",
        format!("must lie within the next {hours} hours; who is gone for longer is away"),
    ))
}
