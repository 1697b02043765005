//! How people are let in: sessions, and links that work once. Both are kept as hashes only.

use jiff::Timestamp;

use super::{
    AuditRecord, PasswordHash, PersonRecord, Store, StoreError, WaysIn, audit,
    db::{Connection, Lockable, Row, args},
    people,
    writer::Write,
};

/// One browser that somebody signed in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// SHA-256 (hexadecimal) of its secret.
    pub hash: String,
    /// Whose it is: their id.
    pub person: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When they were last seen, give or take some minutes.
    pub seen_at: Timestamp,
    /// When it ends if they are not seen again.
    pub expires_at: Timestamp,
}

/// A link that lets a person in once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLinkRecord {
    /// SHA-256 (hexadecimal) of its secret.
    pub hash: String,
    /// Whom it lets in: their id.
    pub person: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

impl Store {
    /// Begins a session of a person whose password was found to be right. `false`, and nothing is changed, if they were
    /// disabled or their password was changed in between.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn begin_session(
        &self,
        session: SessionRecord,
        verified: PasswordHash,
        audit: AuditRecord,
    ) -> Result<bool, StoreError> {
        self.write(BeginSession {
            session,
            verified,
            audit,
        })
        .await
    }

    /// The session with this hash and whose it is, whether or not it has ended.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn session(&self, hash: &str) -> Result<Option<(SessionRecord, PersonRecord)>, StoreError> {
        let sql = "SELECT hash, person, created_at, seen_at, expires_at FROM sessions WHERE hash = $1";
        let mut snapshot = self.readers().snapshot().await?;
        let mut connection = snapshot.connection();
        let Some(row) = connection.fetch_optional(sql, args![hash]).await? else {
            return Ok(None);
        };
        let session = SessionRecord {
            hash: row.text("hash")?,
            person: row.text("person")?,
            created_at: row.time("created_at")?,
            seen_at: row.time("seen_at")?,
            expires_at: row.time("expires_at")?,
        };
        let person = people::find(&mut connection, &session.person).await?;
        Ok(person.map(|person| (session, person)))
    }

    /// Writes down that the session was seen, and when it ends now.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn see_session(&self, hash: &str, seen_at: Timestamp, expires_at: Timestamp) -> Result<(), StoreError> {
        self.write(SeeSession {
            hash: hash.to_owned(),
            seen_at,
            expires_at,
        })
        .await
    }

    /// Ends a session. One that has ended already is no error.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn end_session(&self, hash: &str, audit: AuditRecord) -> Result<(), StoreError> {
        self.write(EndSession {
            hash: hash.to_owned(),
            audit,
        })
        .await
    }

    /// Keeps a link; the person's earlier ones that nobody used end.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchPerson`], or what the database failed with.
    pub async fn add_sign_in_link(&self, link: SignInLinkRecord, audit: AuditRecord) -> Result<(), StoreError> {
        self.write(AddLink { link, audit }).await
    }

    /// The link with this hash, whether or not it can still be used.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn sign_in_link(&self, hash: &str) -> Result<Option<SignInLinkRecord>, StoreError> {
        let sql = "SELECT hash, person, expires_at, used_at FROM sign_in_links WHERE hash = $1";
        let mut snapshot = self.readers().snapshot().await?;
        let row = snapshot.connection().fetch_optional(sql, args![hash]).await?;
        row.as_ref().map(link_from_row).transpose()
    }

    /// Uses a link: it ends, with the person's password and everything else that lets them in, and `session` begins.
    /// `None` if it cannot be used (any more); then nothing is changed.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn use_sign_in_link(
        &self,
        hash: &str,
        session: SessionRecord,
        audit: AuditRecord,
    ) -> Result<Option<PersonRecord>, StoreError> {
        self.write(UseLink {
            hash: hash.to_owned(),
            session,
            audit,
        })
        .await
    }
}

struct BeginSession {
    session: SessionRecord,
    verified: PasswordHash,
    audit: AuditRecord,
}

impl Write for BeginSession {
    type Output = bool;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let Some(person) = enabled(connection, &self.session.person).await? else {
            return Ok(false);
        };
        if person.password.as_ref() != Some(&self.verified) {
            return Ok(false);
        }
        insert(connection, &self.session).await?;
        audit::write(connection, &self.audit).await?;
        Ok(true)
    }
}

struct SeeSession {
    hash: String,
    seen_at: Timestamp,
    expires_at: Timestamp,
}

impl Write for SeeSession {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let sql = "UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE hash = $1 AND seen_at < $2";
        let args = args![&self.hash, self.seen_at, self.expires_at];
        connection.execute(sql, args).await?;
        Ok(())
    }
}

struct EndSession {
    hash: String,
    audit: AuditRecord,
}

impl Write for EndSession {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let ended = connection
            .execute("DELETE FROM sessions WHERE hash = $1", args![&self.hash])
            .await?;
        if ended == 1 {
            audit::write(connection, &self.audit).await?;
        }
        Ok(())
    }
}

struct AddLink {
    link: SignInLinkRecord,
    audit: AuditRecord,
}

impl Write for AddLink {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let id = &self.link.person;
        connection.lock(Lockable::Person, id).await?;
        if people::find(connection, id).await?.is_none() {
            return Err(StoreError::NoSuchPerson { id: id.clone() });
        }
        end_unused_links(connection, id).await?;
        insert_link(connection, &self.link).await?;
        audit::write(connection, &self.audit).await
    }
}

struct UseLink {
    hash: String,
    session: SessionRecord,
    audit: AuditRecord,
}

impl Write for UseLink {
    type Output = Option<PersonRecord>;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<Option<PersonRecord>, StoreError> {
        let id = &self.session.person;
        let Some(person) = enabled(connection, id).await? else {
            return Ok(None);
        };
        let sql = "UPDATE sign_in_links
             SET used_at = $2
             WHERE hash = $1
                 AND person = $3
                 AND used_at IS NULL
                 AND expires_at > $2";
        let used = connection
            .execute(sql, args![&self.hash, self.session.created_at, id])
            .await?;
        if used == 0 {
            return Ok(None);
        }
        end_ways_in(connection, id, &WaysIn::Ended).await?;
        // A password that was forgotten, or that somebody else knows, opens nothing any more.
        let person = match person.password {
            None => person,
            Some(_) => {
                let without = PersonRecord {
                    password: None,
                    ..person
                };
                let now = people::update(connection, &without).await?;
                people::announce(connection, id, self.audit.at).await?;
                now
            }
        };
        insert(connection, &self.session).await?;
        audit::write(connection, &self.audit).await?;
        Ok(Some(person))
    }
}

/// The person, locked, unless they are disabled.
async fn enabled(connection: &mut Connection<'_>, id: &str) -> Result<Option<PersonRecord>, StoreError> {
    connection.lock(Lockable::Person, id).await?;
    let person = people::find(connection, id).await?;
    Ok(person.filter(|person| !person.disabled))
}

/// Keeps a session, with when its person came in, and drops those that ended long ago: nobody else would.
async fn insert(connection: &mut Connection<'_>, session: &SessionRecord) -> Result<(), StoreError> {
    let sql = "DELETE FROM sessions WHERE expires_at < $1";
    connection.execute(sql, args![session.created_at]).await?;
    let sql = "INSERT INTO sessions (hash, person, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    let args = args![
        &session.hash,
        &session.person,
        session.created_at,
        session.seen_at,
        session.expires_at
    ];
    connection.execute(sql, args).await?;
    // Beside the version: it is nothing that somebody else could overwrite.
    let sql = "UPDATE people SET signed_in_at = $2 WHERE id = $1";
    connection
        .execute(sql, args![&session.person, session.created_at])
        .await?;
    Ok(())
}

pub(super) async fn insert_link(connection: &mut Connection<'_>, link: &SignInLinkRecord) -> Result<(), StoreError> {
    let sql = "INSERT INTO sign_in_links (hash, person, expires_at, used_at) VALUES ($1, $2, $3, $4)";
    let args = args![&link.hash, &link.person, link.expires_at, link.used_at];
    connection.execute(sql, args).await?;
    Ok(())
}

/// Ends what lets a person in.
pub(super) async fn end_ways_in(
    connection: &mut Connection<'_>,
    person: &str,
    ways_in: &WaysIn,
) -> Result<(), StoreError> {
    let but = match ways_in {
        WaysIn::Kept => return Ok(()),
        WaysIn::Ended => "",
        WaysIn::EndedBut(hash) => hash,
    };
    let sql = "DELETE FROM sessions WHERE person = $1 AND hash <> $2";
    connection.execute(sql, args![person, but]).await?;
    end_unused_links(connection, person).await
}

async fn end_unused_links(connection: &mut Connection<'_>, person: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM sign_in_links WHERE person = $1 AND used_at IS NULL";
    connection.execute(sql, args![person]).await?;
    Ok(())
}

fn link_from_row(row: &Row) -> Result<SignInLinkRecord, StoreError> {
    Ok(SignInLinkRecord {
        hash: row.text("hash")?,
        person: row.text("person")?,
        expires_at: row.time("expires_at")?,
        used_at: row.optional_time("used_at")?,
    })
}
