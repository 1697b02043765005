//! `/api/v1/people`: who works at the desk.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    error::{Code, Problem, ProblemBody},
    extract::{JsonBody, PathText, clean},
    precondition::{IfMatch, etag},
    problems::{OfConditionalChanges, OfJsonBodies, OfNamedThings, OfStaffRoutes},
    staff::Staff,
    state::Web,
};
use crate::desk::people::{Availability, NewPerson, OneTimeLink, Permission, Person, PersonPatch, Role};

/// What stands for one's own id in a path.
const ME: &str = "me";

/// A person with the tag of their version.
type Tagged = ([(HeaderName, HeaderValue); 1], Json<Person>);

fn tagged(person: Person) -> Tagged {
    ([(header::ETAG, etag(person.version))], Json(person))
}

/// The id that a path names.
pub(super) fn named(staff: &Staff, id: String) -> Result<String, Problem> {
    match id.as_str() {
        ME => Ok(staff.require_person()?.id.clone()),
        _ => Ok(id),
    }
}

/// The person with this id.
async fn found(web: &Web, id: &str) -> Result<Person, Problem> {
    let person = web.people().get(id).await?;
    person.ok_or_else(|| Problem::new(Code::NotFound, format!("There is no person {}.", clean(id))))
}

/// Administrators are changed by administrators only: else whoever may change people could become one.
fn may_manage(staff: &Staff, of: Role) -> Result<(), Problem> {
    staff.may(match of {
        Role::Administrator => Permission::ManageAdministrators,
        _ => Permission::ManagePeople,
    })
}

/// Everybody who works at the desk.
#[derive(Serialize, ToSchema)]
pub(super) struct PeopleBody {
    /// By name, disabled people too.
    people: Vec<Person>,
}

/// Lists the people of the desk.
#[utoipa::path(
    get, path = "/api/v1/people", tag = "people", security(("token" = []), ("session" = [])),
    responses((status = 200, description = "Everybody", body = PeopleBody), OfStaffRoutes)
)]
pub(super) async fn list(State(web): State<Web>, staff: Staff) -> Result<Json<PeopleBody>, Problem> {
    staff.may(Permission::SeePeople)?;
    let people = web.people().list().await?;
    Ok(Json(PeopleBody { people }))
}

/// Shows one person; `me` is oneself.
#[utoipa::path(
    get, path = "/api/v1/people/{id}", tag = "people", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "Their id, or `me`")),
    responses(
        (status = 200, description = "The person; ETag is the version", body = Person),
        OfNamedThings,
        OfStaffRoutes,
    )
)]
pub(super) async fn show(State(web): State<Web>, staff: Staff, PathText(id): PathText) -> Result<Tagged, Problem> {
    staff.may(Permission::SeePeople)?;
    let id = named(&staff, id)?;
    found(&web, &id).await.map(tagged)
}

/// A person who was added, and how they come in.
#[derive(Serialize, ToSchema)]
pub(super) struct AddedBody {
    /// The person.
    person: Person,
    /// Lets them in once; shown once. They choose a password then.
    sign_in: LinkBody,
}

/// A link that lets somebody in once.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "url": "https://help.example.com/login/pM2x8Qe0cW…", "expires_at": "2026-05-02T09:00:00Z"
}))]
pub(super) struct LinkBody {
    /// The page; a path where the server does not know its own address.
    url: String,
    /// When it ends, RFC 3339.
    expires_at: String,
}

impl LinkBody {
    fn new(web: &Web, link: &OneTimeLink) -> Self {
        let site = web.site();
        let base = site.public_url.as_deref().unwrap_or_default();
        LinkBody {
            url: format!("{base}/login/{}", link.secret),
            expires_at: link.expires_at.clone(),
        }
    }
}

/// Adds a person. They come in by a link and choose a password themselves.
#[utoipa::path(
    post, path = "/api/v1/people", tag = "people", request_body = NewPerson, security(("token" = []), ("session" = [])),
    responses(
        (status = 201, description = "The person; Location is their path", body = AddedBody),
        OfJsonBodies,
        (status = 409, description = "`not_now`: somebody else has the e-mail address", body = ProblemBody, content_type = "application/problem+json"),
        OfStaffRoutes,
    )
)]
pub(super) async fn add(
    State(web): State<Web>,
    staff: Staff,
    JsonBody(new): JsonBody<NewPerson>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 3], Json<AddedBody>), Problem> {
    may_manage(&staff, new.role)?;
    let (person, link) = web.add_person(new, &staff.id).await?;
    let link = link.ok_or_else(|| Problem::internal("a person without a password got no link"))?;
    let location = HeaderValue::from_str(&format!("/api/v1/people/{}", person.id)).map_err(Problem::internal)?;
    let headers = [
        (header::LOCATION, location),
        (header::ETAG, etag(person.version)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let sign_in = LinkBody::new(&web, &link);
    Ok((StatusCode::CREATED, headers, Json(AddedBody { person, sign_in })))
}

/// Changes a person; everybody may change their own name. Whoever is disabled is out at once.
#[utoipa::path(
    patch, path = "/api/v1/people/{id}", tag = "people", request_body = PersonPatch,
    security(("token" = []), ("session" = [])),
    params(
        ("id" = String, Path, description = "Their id, or `me`"),
        ("If-Match" = String, Header, description = "The ETag that was read", example = "\"3\""),
    ),
    responses(
        (status = 200, description = "The person after the change; ETag is the new version", body = Person),
        OfJsonBodies,
        OfNamedThings,
        (status = 409, description = "`not_now`: somebody else has the e-mail address, or nobody would be left who may change people", body = ProblemBody, content_type = "application/problem+json"),
        OfConditionalChanges,
        OfStaffRoutes,
    )
)]
pub(super) async fn change(
    State(web): State<Web>,
    staff: Staff,
    IfMatch(version): IfMatch,
    PathText(id): PathText,
    JsonBody(patch): JsonBody<PersonPatch>,
) -> Result<Tagged, Problem> {
    let id = named(&staff, id)?;
    if id != staff.id || !patch.is_about_the_name_only() {
        staff.may(Permission::ManagePeople)?;
        may_manage(&staff, found(&web, &id).await?.role)?;
        may_manage(&staff, patch.role.unwrap_or(Role::Agent))?;
    }
    let person = web.change_person(&id, &patch, version, &staff.id).await?;
    Ok(tagged(person))
}

/// Makes a link that lets a person in once; it ends their password and earlier links when it is used.
#[utoipa::path(
    post, path = "/api/v1/people/{id}/sign-in-link", tag = "people", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "Their id, or `me`")),
    responses(
        (status = 201, description = "The link, shown once", body = LinkBody),
        OfNamedThings,
        OfStaffRoutes,
    )
)]
pub(super) async fn make_link(
    State(web): State<Web>,
    staff: Staff,
    PathText(id): PathText,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1], Json<LinkBody>), Problem> {
    staff.may(Permission::ManagePeople)?;
    let id = named(&staff, id)?;
    may_manage(&staff, found(&web, &id).await?.role)?;
    let link = web.people().make_link(&id, &staff.id).await?;
    let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((StatusCode::CREATED, [no_store], Json(LinkBody::new(&web, &link))))
}

/// Whether one takes new work.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"availability": {"state": "paused", "until": "2026-05-01T09:20:00Z"}}))]
pub(super) struct AvailabilityBody {
    /// `available`, `away`, or `paused` until a time within the next eight hours.
    availability: Availability,
}

/// Says whether one takes new work.
#[utoipa::path(
    post, path = "/api/v1/people/me/availability", tag = "people", request_body = AvailabilityBody,
    security(("session" = [])),
    responses(
        (status = 200, description = "Oneself after the change", body = Person),
        OfJsonBodies,
        OfStaffRoutes,
    )
)]
pub(super) async fn set_availability(
    State(web): State<Web>,
    staff: Staff,
    JsonBody(body): JsonBody<AvailabilityBody>,
) -> Result<Tagged, Problem> {
    let id = &staff.require_person()?.id;
    let person = web.people().set_availability(id, body.availability, id).await?;
    Ok(tagged(person))
}
