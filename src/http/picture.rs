//! `/api/v1/people/{id}/picture`: what people look like. Public, since customers see it.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    error::{Code, Problem, ProblemBody},
    extract::{PathText, clean},
    people::named,
    problems::{OfNamedThings, OfStaffRoutes},
    staff::Staff,
    state::Web,
};
use crate::desk::people::{LARGEST_PICTURE, Permission, Person};

/// Whatever is in the bytes, a browser that is led here directly runs nothing of it.
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
/// Asked again each time; an unchanged picture costs a 304.
const CACHE: HeaderValue = HeaderValue::from_static("public, no-cache");

/// The bytes of a picture, whatever the limit of other bodies is.
pub(super) struct PictureBody(Bytes);

impl FromRequest<Web> for PictureBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Web) -> Result<Self, Problem> {
        match axum::body::to_bytes(request.into_body(), LARGEST_PICTURE).await {
            Ok(bytes) => Ok(PictureBody(bytes)),
            Err(_) => Err(too_large()),
        }
    }
}

fn too_large() -> Problem {
    Problem::new(
        Code::BodyTooLarge,
        format!("A picture may have at most {LARGEST_PICTURE} bytes."),
    )
}

/// Shows the picture of a person.
#[utoipa::path(
    get, path = "/api/v1/people/{id}/picture", tag = "people",
    params(("id" = String, Path, description = "Their id")),
    responses(
        (status = 200, description = "The picture; ETag is its hash", content(
            (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"),
        )),
        (status = 304, description = "It is the one that the client has"),
        (status = 404, description = "`not_found`: no such person, or no picture", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`store_unavailable`, with Retry-After", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(web): State<Web>,
    PathText(id): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let picture = web.people().picture(&id).await?;
    let picture =
        picture.ok_or_else(|| Problem::new(Code::NotFound, format!("There is no picture of {}.", clean(&id))))?;
    let tag = format!("\"{}\"", picture.hash);
    let mut reply = if crate::web::is_unchanged(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(picture.bytes).into_response()
    };
    let out = reply.headers_mut();
    let value = |text: &str| HeaderValue::from_str(text).map_err(Problem::internal);
    out.insert(header::ETAG, value(&tag)?);
    out.insert(header::CONTENT_TYPE, value(&picture.media_type)?);
    out.insert(header::CACHE_CONTROL, CACHE);
    out.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The chat shows it on other sites, also on those that isolate themselves.
    out.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    Ok(reply)
}

/// Gives a person a picture; everybody may change their own. Its kind is read from its bytes.
#[utoipa::path(
    put, path = "/api/v1/people/{id}/picture", tag = "people", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "Their id, or `me`")),
    request_body(content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp")), description = "At most 200 kB"),
    responses(
        (status = 200, description = "The person after the change", body = Person),
        OfNamedThings,
        (status = 413, description = "`body_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_body`: not a PNG, JPEG or WebP image", body = ProblemBody, content_type = "application/problem+json"),
        OfStaffRoutes,
    )
)]
pub(super) async fn put(
    State(web): State<Web>,
    staff: Staff,
    PathText(id): PathText,
    PictureBody(bytes): PictureBody,
) -> Result<axum::Json<Person>, Problem> {
    let id = named(&staff, id)?;
    if id != staff.id {
        staff.may(Permission::ManagePeople)?;
    }
    let person = web.people().set_picture(&id, &bytes, &staff.id).await?;
    Ok(axum::Json(person))
}
