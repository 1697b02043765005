//! Static files: embedded in the binary, named after their content, cached for ever.

use std::sync::LazyLock;

use axum::{
    body::Bytes,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use crate::http::{Code, PathText, Problem, state::Web};

/// A file that can be fetched.
#[derive(Debug)]
pub struct Asset {
    /// `/static/` and a name with the hash of the content in it.
    pub path: String,
    content_type: &'static str,
    body: Bytes,
}

impl Asset {
    /// Names a file after its content: `app.css` becomes `/static/app.3f2a….css`.
    pub fn new(name: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
        let content_type = match ending {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        };
        let hash: String = Sha256::digest(&body)
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Asset {
            path: format!("/static/{stem}.{hash}.{ending}"),
            content_type,
            body,
        }
    }

    /// The file, for ever: another content has another name.
    pub fn response(&self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, self.content_type),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ];
        (headers, self.body.clone()).into_response()
    }
}

/// The files that are the same for every site.
pub struct Files {
    /// The style of all pages.
    pub css: Asset,
    /// Suggestions for an unfinished question, used by the other two.
    suggest: Asset,
    /// On every page: the search box, the `/` key, times in the reader's zone.
    pub site: Asset,
    /// On the form: articles while typing.
    pub ask: Asset,
}

/// The files that are the same for every site.
pub static FILES: LazyLock<Files> = LazyLock::new(|| {
    let suggest = Asset::new("suggest.js", include_str!("static/suggest.js"));
    // Modules name each other by their plain names; browsers must see the ones with hashes.
    let linked = |source: &str| source.replace("./suggest.js", &suggest.path);
    Files {
        css: Asset::new("app.css", include_str!("static/app.css")),
        site: Asset::new("site.js", linked(include_str!("static/site.js"))),
        ask: Asset::new("ask.js", linked(include_str!("static/ask.js"))),
        suggest,
    }
});

/// `GET /static/{file}`.
pub async fn file(State(web): State<Web>, PathText(file): PathText) -> Result<Response, Problem> {
    let path = format!("/static/{file}");
    let files = &*FILES;
    let (accent, favicon) = web.site().own_files();
    [&files.css, &files.suggest, &files.site, &files.ask, accent, favicon]
        .into_iter()
        .find(|asset| asset.path == path)
        .map(Asset::response)
        .ok_or_else(|| Problem::new(Code::NotFound, "There is no such file. Pages name the current ones."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_content() {
        assert_ne!(Asset::new("a.css", "x").path, Asset::new("a.css", "y").path);
        assert_eq!(Asset::new("a.css", "x").path, Asset::new("a.css", "x").path);
    }

    #[test]
    fn modules_import_names_that_exist() {
        for asset in [&FILES.site, &FILES.ask] {
            let source = std::str::from_utf8(&asset.body).expect("text");
            assert!(source.contains(&FILES.suggest.path), "{}", asset.path);
        }
    }
}
