//! `GET /widget.js`: the one address that other sites include.

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{
    assets::{Asset, CROSS_ORIGIN_RESOURCE_POLICY, FILES},
    page::is_unchanged,
};

/// Languages that the widget speaks.
pub const LANGUAGES: [&str; 7] = ["en", "id", "ja", "de", "fr", "es", "zh"];

/// Where the loader has the names of the files that it loads.
const PLACE: &str = "\"{files}\"";

/// The loader, with the addresses of this build in it: they change with what is in them, its own does not.
static LOADER: LazyLock<Asset> = LazyLock::new(|| {
    let source = FILES.get("widget/loader.js").map(Asset::body);
    let source = source.map(|body| String::from_utf8_lossy(body)).unwrap_or_default();
    let words: Map<String, Value> = LANGUAGES
        .iter()
        .map(|lang| {
            let path = FILES.path(&format!("widget/words/{lang}.json"));
            ((*lang).to_owned(), path.into())
        })
        .collect();
    let files = json!({
        "main": FILES.path("widget/main.js"), "style": FILES.path("widget/style.css"), "words": words,
    });
    Asset::new("widget.js", source.replacen(PLACE, &files.to_string(), 1))
});

/// The widget's loader. Any site may load it; which sites get answers is decided by the routes of customers.
pub async fn script(headers: HeaderMap) -> Response {
    let etag = format!("W/\"{}\"", LOADER.path);
    let own = [
        // A new version is there within minutes; an unchanged one costs a 304.
        (header::CACHE_CONTROL, "public, max-age=300".to_owned()),
        (header::ETAG, etag.clone()),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
        (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin".to_owned()),
    ];
    if is_unchanged(&headers, &etag) {
        return (StatusCode::NOT_MODIFIED, own).into_response();
    }
    let kind = [(header::CONTENT_TYPE, LOADER.content_type())];
    (own, kind, LOADER.body().clone()).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn words(lang: &str) -> BTreeMap<String, String> {
        let asset = FILES.get(&format!("widget/words/{lang}.json")).expect("a file");
        serde_json::from_slice(asset.body()).unwrap_or_else(|error| panic!("{lang}: {error}"))
    }

    #[test]
    fn each_language_has_the_same_words_with_the_same_places_to_fill() {
        let places = |text: &str| -> BTreeSet<String> {
            text.split('{')
                .skip(1)
                .filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()))
                .collect()
        };
        let english = words("en");
        for lang in LANGUAGES {
            let own = words(lang);
            assert!(own.keys().eq(english.keys()), "{lang}: {:?}", {
                let (a, b): (BTreeSet<_>, BTreeSet<_>) = (own.keys().collect(), english.keys().collect());
                a.symmetric_difference(&b)
                    .map(|key| key.to_string())
                    .collect::<Vec<_>>()
            });
            for (key, text) in &own {
                assert!(!text.trim().is_empty(), "{lang}.{key} is empty");
                assert_eq!(places(text), places(&english[key]), "{lang}.{key}");
            }
            assert_eq!(own["code"], lang);
        }
    }

    #[test]
    fn the_loader_names_files_that_exist() {
        let source = std::str::from_utf8(LOADER.body()).expect("text");
        assert!(!source.contains(PLACE));
        for name in ["widget/main.js", "widget/style.css", "widget/words/de.json"] {
            let path = FILES.path(name);
            assert!(!path.is_empty() && source.contains(path), "{name}");
        }
    }
}
