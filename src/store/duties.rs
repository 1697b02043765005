//! The rota: who is on duty when, and who is called when it is urgent out of hours.

use jiff::Timestamp;

use super::{
    AuditRecord, PersonRecord, Store, StoreError, audit,
    db::{Connection, Row, args},
    people,
    writer::Write,
};

/// One turn of duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyRecord {
    /// A ULID.
    pub id: String,
    /// Whose: their id.
    pub person: String,
    /// For this team; `None`: for every team that they work for.
    pub team: Option<String>,
    /// First moment.
    pub starts_at: Timestamp,
    /// First moment after.
    pub ends_at: Timestamp,
    /// Whether they are called when it is urgent, instead of working the queue.
    pub on_call: bool,
    /// IANA name of the zone by whose clock it was planned, if that was written down.
    pub time_zone: Option<String>,
}

impl Store {
    /// Keeps a duty.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSuchPerson`], or what the database failed with.
    pub async fn add_duty(&self, duty: DutyRecord, audit: AuditRecord) -> Result<(), StoreError> {
        self.write(AddDuty { duty, audit }).await
    }

    /// Removes a duty; `false` if there is none with this id.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn remove_duty(&self, id: &str, audit: AuditRecord) -> Result<bool, StoreError> {
        self.write(RemoveDuty {
            id: id.to_owned(),
            audit,
        })
        .await
    }

    /// Duties that overlap the time from `since` to `until` (exclusive), by their beginning, at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn duties(
        &self,
        since: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<DutyRecord>, StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        overlapping(&mut snapshot.connection(), since, until, limit).await
    }

    /// Everybody, and the duties that have not ended at `at`: what is asked again and again, read at one moment.
    ///
    /// # Errors
    ///
    /// What the database failed with.
    pub async fn people_and_duties(&self, at: Timestamp) -> Result<(Vec<PersonRecord>, Vec<DutyRecord>), StoreError> {
        let mut snapshot = self.readers().snapshot().await?;
        let mut connection = snapshot.connection();
        let people = people::all(&mut connection).await?;
        let duties = overlapping(&mut connection, at, Timestamp::MAX, usize::MAX).await?;
        Ok((people, duties))
    }
}

async fn overlapping(
    connection: &mut Connection<'_>,
    since: Timestamp,
    until: Timestamp,
    limit: usize,
) -> Result<Vec<DutyRecord>, StoreError> {
    let sql = "SELECT id, person, team, starts_at, ends_at, on_call, time_zone
         FROM duties
         WHERE ends_at > $1
             AND starts_at < $2
         ORDER BY starts_at, id
         LIMIT $3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = connection.fetch_all(sql, args![since, until, limit]).await?;
    rows.iter().map(from_row).collect()
}

struct AddDuty {
    duty: DutyRecord,
    audit: AuditRecord,
}

impl Write for AddDuty {
    type Output = ();

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let duty = &self.duty;
        if people::find(connection, &duty.person).await?.is_none() {
            return Err(StoreError::NoSuchPerson {
                id: duty.person.clone(),
            });
        }
        let sql = "INSERT INTO duties (id, person, team, starts_at, ends_at, on_call, time_zone)
             VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let args = args![
            &duty.id,
            &duty.person,
            &duty.team,
            duty.starts_at,
            duty.ends_at,
            duty.on_call,
            &duty.time_zone
        ];
        connection.execute(sql, args).await?;
        audit::write(connection, &self.audit).await?;
        people::announce(connection, &duty.person, self.audit.at).await
    }
}

struct RemoveDuty {
    id: String,
    audit: AuditRecord,
}

impl Write for RemoveDuty {
    type Output = bool;

    async fn apply(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let sql = "DELETE FROM duties WHERE id = $1 RETURNING person";
        let Some(row) = connection.fetch_optional(sql, args![&self.id]).await? else {
            return Ok(false);
        };
        audit::write(connection, &self.audit).await?;
        people::announce(connection, &row.text("person")?, self.audit.at).await?;
        Ok(true)
    }
}

fn from_row(row: &Row) -> Result<DutyRecord, StoreError> {
    Ok(DutyRecord {
        id: row.text("id")?,
        person: row.text("person")?,
        team: row.optional_text("team")?,
        starts_at: row.time("starts_at")?,
        ends_at: row.time("ends_at")?,
        on_call: row.flag("on_call")?,
        time_zone: row.optional_text("time_zone")?,
    })
}
