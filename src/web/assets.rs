//! Static files: embedded in the binary, named after their content, cached for ever.

mod join;

use std::{borrow::Cow, fs, path::PathBuf, sync::LazyLock};

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use crate::http::{Code, PathText, Problem, state::Web};

/// A folder whose files are taken instead of the embedded ones, read at the start: whoever works on the pages need not
/// build the program for every change of a style. Programs that were built for use do not look at it.
const FOLDER: &str = "TANYA_STATIC";

/// Lets pages that isolate themselves load what other sites may load anyway.
pub const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The embedded files. Modules may import those that stand before them: of their folder as `./name.js`, of the one above as
/// `../name.js`.
const EMBEDDED: &[(&str, &str)] = &[
    ("app.css", include_str!("static/app.css")),
    ("staff.css", include_str!("static/staff.css")),
    ("writers.css", include_str!("static/writers.css")),
    ("certificate.css", include_str!("static/certificate.css")),
    ("shared.js", include_str!("static/shared.js")),
    ("suggest.js", include_str!("static/suggest.js")),
    ("site.js", include_str!("static/site.js")),
    ("ask.js", include_str!("static/ask.js")),
    ("search.js", include_str!("static/search.js")),
    ("article.js", include_str!("static/article.js")),
    ("receipt.js", include_str!("static/receipt.js")),
    ("settings.css", include_str!("static/settings.css")),
    ("settings.js", include_str!("static/settings.js")),
    ("widget/style.css", include_str!("static/widget/style.css")),
    ("widget/words/en.json", include_str!("static/widget/words/en.json")),
    ("widget/words/id.json", include_str!("static/widget/words/id.json")),
    ("widget/words/ja.json", include_str!("static/widget/words/ja.json")),
    ("widget/words/de.json", include_str!("static/widget/words/de.json")),
    ("widget/words/fr.json", include_str!("static/widget/words/fr.json")),
    ("widget/words/es.json", include_str!("static/widget/words/es.json")),
    ("widget/words/zh.json", include_str!("static/widget/words/zh.json")),
    ("widget/loader.js", include_str!("static/widget/loader.js")),
    ("numbers.css", include_str!("static/numbers.css")),
    ("inbox/style.css", include_str!("static/inbox/style.css")),
    ("inbox/dom.js", include_str!("static/inbox/dom.js")),
    ("inbox/api.js", include_str!("static/inbox/api.js")),
    ("inbox/words.js", include_str!("static/inbox/words.js")),
    ("inbox/acts.js", include_str!("static/inbox/acts.js")),
    ("inbox/stream.js", include_str!("static/inbox/stream.js")),
    ("inbox/notify.js", include_str!("static/inbox/notify.js")),
    ("inbox/list.js", include_str!("static/inbox/list.js")),
    ("inbox/head.js", include_str!("static/inbox/head.js")),
    ("inbox/dialogs.js", include_str!("static/inbox/dialogs.js")),
    ("inbox/turns.js", include_str!("static/inbox/turns.js")),
    ("inbox/composer.js", include_str!("static/inbox/composer.js")),
    ("inbox/conversation.js", include_str!("static/inbox/conversation.js")),
    ("inbox/context.js", include_str!("static/inbox/context.js")),
    ("inbox/me.js", include_str!("static/inbox/me.js")),
    ("inbox/keys.js", include_str!("static/inbox/keys.js")),
    ("inbox/main.js", include_str!("static/inbox/main.js")),
];

/// The chat's modules, which visitors get as one under the name of the last. They, too, may import those before them.
const WIDGET: &[(&str, &str)] = &[
    ("shared.js", include_str!("static/shared.js")),
    ("widget/dom.js", include_str!("static/widget/dom.js")),
    ("widget/api.js", include_str!("static/widget/api.js")),
    ("widget/memory.js", include_str!("static/widget/memory.js")),
    ("widget/stream.js", include_str!("static/widget/stream.js")),
    ("widget/others.js", include_str!("static/widget/others.js")),
    ("widget/outbox.js", include_str!("static/widget/outbox.js")),
    ("widget/chat.js", include_str!("static/widget/chat.js")),
    ("widget/cards.js", include_str!("static/widget/cards.js")),
    ("widget/log.js", include_str!("static/widget/log.js")),
    ("widget/composer.js", include_str!("static/widget/composer.js")),
    ("widget/list.js", include_str!("static/widget/list.js")),
    ("widget/panel.js", include_str!("static/widget/panel.js")),
    ("widget/main.js", include_str!("static/widget/main.js")),
];

/// A file that can be fetched.
#[derive(Debug)]
pub struct Asset {
    /// `/static/` and a name with the hash of the content in it.
    pub path: String,
    content_type: &'static str,
    body: Bytes,
}

impl Asset {
    /// Names a file after its content: `app.css` becomes `/static/app.3f2a….css`, `widget/main.js`
    /// `/static/widget-main.3f2a….js`.
    pub fn new(name: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
        let stem = stem.replace('/', "-");
        let ending = ending.to_ascii_lowercase();
        let content_type = match ending.as_str() {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "json" => "application/json",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "jpg" | "jpeg" => "image/jpeg",
            "webp" => "image/webp",
            "ico" => "image/x-icon",
            _ => "text/plain; charset=utf-8",
        };
        let hash = hex::encode(&Sha256::digest(&body)[..8]);
        Asset {
            path: format!("/static/{stem}.{hash}.{ending}"),
            content_type,
            body,
        }
    }

    /// What is in it.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// What the browser is told that it is.
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// The file, for ever: another content has another name.
    pub fn response(&self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, self.content_type),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            // The widget loads its parts from other sites' pages.
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"),
        ];
        (headers, self.body.clone()).into_response()
    }
}

/// The files that are the same for every site.
pub struct Files(Vec<(&'static str, Asset)>);

impl Files {
    fn load(folder: Option<PathBuf>) -> Self {
        let from_folder = |name: &str| fs::read_to_string(folder.as_ref()?.join(name)).ok();
        let mut files: Vec<(&'static str, Asset)> = Vec::new();
        for (name, embedded) in EMBEDDED {
            let mut source = from_folder(name).map_or(Cow::Borrowed(*embedded), Cow::Owned);
            if name.ends_with(".js") {
                // Modules name each other by their plain names; browsers must see the ones with hashes.
                let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
                for (other, asset) in &files {
                    let (other_folder, other) = other.rsplit_once('/').unwrap_or(("", other));
                    let way = match other_folder {
                        own if own == folder => "./",
                        "" => "../",
                        _ => continue,
                    };
                    let (plain, hashed) = (format!("\"{way}{other}\""), format!("\"{}\"", asset.path));
                    if source.contains(&plain) {
                        source = source.replace(&plain, &hashed).into();
                    }
                }
            }
            // Other sites pay for every byte of the chat.
            if name.starts_with("widget/") || *name == "shared.js" {
                source = without_comments(&source).into();
            }
            files.push((name, Asset::new(name, source.into_owned())));
        }
        let widget: Vec<(&str, Cow<'static, str>)> = WIDGET
            .iter()
            .map(|(name, embedded)| (*name, from_folder(name).map_or(Cow::Borrowed(*embedded), Cow::Owned)))
            .collect();
        let widget = join::joined(widget.iter().map(|(name, source)| (*name, &**source)));
        files.push(("widget/main.js", Asset::new("widget/main.js", widget)));
        Files(files)
    }

    /// An embedded file.
    pub fn get(&self, name: &str) -> Option<&Asset> {
        self.0
            .iter()
            .find_map(|(known, asset)| (*known == name).then_some(asset))
    }

    /// The address of an embedded file; empty for a name that none has, which a test rules out.
    pub fn path(&self, name: &str) -> &str {
        self.get(name).map(|asset| asset.path.as_str()).unwrap_or_default()
    }
}

/// A module or style without lines that are only comments, and without indentation. Texts over several lines must not stand
/// in it; a test looks.
fn without_comments(source: &str) -> String {
    let mut kept = String::with_capacity(source.len());
    let mut in_comment = false;
    for line in source.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        if in_comment {
            in_comment = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The files that are the same for every site.
pub static FILES: LazyLock<Files> = LazyLock::new(|| {
    let folder = std::env::var_os(FOLDER).filter(|_| cfg!(debug_assertions));
    Files::load(folder.map(PathBuf::from))
});

/// `GET /static/{file}`.
pub async fn file(State(web): State<Web>, PathText(file): PathText) -> Result<Response, Problem> {
    let path = format!("/static/{file}");
    let site = web.site();
    FILES
        .0
        .iter()
        .map(|(_, asset)| asset)
        .chain(site.own_files())
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
        for (name, asset) in &FILES.0 {
            let source = std::str::from_utf8(&asset.body).expect("text");
            assert!(
                !source.contains("from \"./") && !source.contains("from \"../"),
                "{name} imports what stands after it or nowhere"
            );
        }
        let widget = FILES.get("widget/main.js").expect("the chat").body();
        let widget = std::str::from_utf8(widget).expect("text");
        for line in widget.lines() {
            assert!(!line.starts_with("import ") && !line.contains(" from \"."), "{line}");
            assert!(
                !line.starts_with("export ") || line.contains("function start("),
                "{line}"
            );
        }
        let (_, site) = FILES.0.iter().find(|(name, _)| *name == "site.js").expect("a module");
        let source = std::str::from_utf8(&site.body).expect("text");
        assert!(source.contains(FILES.path("suggest.js")));
    }

    #[test]
    fn comments_go_and_code_stays() {
        let source = "// why\n  const a = 1; // here\n\n/** What\n * it is. */\nb();\n/* one line */\n.c { }\n";
        assert_eq!(without_comments(source), "const a = 1; // here\nb();\n.c { }\n");
        for (name, source) in EMBEDDED
            .iter()
            .chain(WIDGET)
            .filter(|(name, _)| name.starts_with("widget/"))
        {
            for line in source.lines() {
                assert!(
                    line.matches('`').count() % 2 == 0,
                    "{name}: a text over several lines: {line}"
                );
                assert!(
                    !line.trim().starts_with("/*") || line.trim().ends_with("*/") || !line.contains("*/"),
                    "{name}: code behind a comment: {line}"
                );
            }
        }
    }

    #[test]
    fn a_folder_can_stand_in_for_the_embedded_files() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("app.css"), "body { color: red }").expect("written");
        let files = Files::load(Some(folder.path().to_owned()));
        assert_ne!(files.path("app.css"), Files::load(None).path("app.css"));
        assert_eq!(files.path("site.js"), Files::load(None).path("site.js"));
    }
}
