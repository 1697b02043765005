//! `/assets/{path}`: pictures and documents that lie beside the articles.

use std::path::{Component, Path as FilePath, PathBuf};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::page::{insert, is_unchanged};
use crate::http::{Code, PathText, Problem, state::Web};

/// Larger files belong on a file server; one request must not fill the memory.
const MAX_BYTES: u64 = 32 << 20;

/// What may be served, and as what. Anything else in the folder (sources, notes, keys) is nobody's business.
const TYPES: [(&str, &str); 13] = [
    ("avif", "image/avif"),
    ("csv", "text/csv; charset=utf-8"),
    ("gif", "image/gif"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("zip", "application/zip"),
];

/// One file.
pub async fn file(State(web): State<Web>, PathText(path): PathText, headers: HeaderMap) -> Result<Response, Problem> {
    let missing = || Problem::new(Code::NotFound, "There is no such file beside the articles.");
    let content_type = content_type(&path).ok_or_else(missing)?;
    let relative = safe_relative(&path).ok_or_else(missing)?;
    let bytes = read_inside(&web.config().kb, &relative).await.ok_or_else(missing)?;
    let hash = hex::encode(&Sha256::digest(&bytes)[..12]);
    let etag = format!("W/\"{hash}\"");
    let mut reply = HeaderMap::new();
    insert(&mut reply, header::ETAG, &etag);
    reply.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    // A picture opened by itself is a document of this origin; in a sandbox it can do nothing.
    reply.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"),
    );
    if is_unchanged(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, reply).into_response());
    }
    Ok((reply, bytes).into_response())
}

fn content_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    TYPES
        .iter()
        .find(|(known, _)| *known == ending)
        .map(|(_, content_type)| *content_type)
}

/// The path if it only goes down, and through nothing hidden.
fn safe_relative(path: &str) -> Option<PathBuf> {
    let only_down = |part: Component<'_>| match part {
        Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
        _ => false,
    };
    let path = FilePath::new(path);
    (!path.as_os_str().is_empty() && path.components().all(only_down)).then(|| path.to_owned())
}

/// The bytes of a file below the folder; links that lead out of it are not followed.
async fn read_inside(root: &FilePath, relative: &FilePath) -> Option<Vec<u8>> {
    let root = tokio::fs::canonicalize(root).await.ok()?;
    let file = tokio::fs::canonicalize(root.join(relative)).await.ok()?;
    let about = tokio::fs::metadata(&file).await.ok()?;
    if !file.starts_with(&root) || !about.is_file() || about.len() > MAX_BYTES {
        return None;
    }
    tokio::fs::read(&file).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_files_below_the_folder_are_served() {
        assert!(safe_relative("en/img/a.png").is_some());
        for wrong in [
            "../secret.png",
            "/etc/passwd",
            "a/../../b.png",
            ".git/a.png",
            "",
            "a/.hidden/b.png",
        ] {
            assert_eq!(safe_relative(wrong), None, "{wrong}");
        }
        assert_eq!(content_type("a/b.PNG"), Some("image/png"));
        assert_eq!(content_type("a/b.md"), None);
        assert_eq!(content_type("key"), None);
    }
}
