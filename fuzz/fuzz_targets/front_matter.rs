//! Whatever stands in front matter, in each of its three notations: an article with an address comes out, and the text
//! behind it is still there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tanya_fuzz::kb::{Options, parse};

fuzz_target!(|front: &str| {
    for source in [
        format!("---\n{front}\n---\n# Heading\n\nBody of it.\n"),
        format!("+++\n{front}\n+++\n# Heading\n\nBody of it.\n"),
        format!("{{{front}\n}}\n# Heading\n\nBody of it.\n"),
    ] {
        let options = Options {
            today: "2026-11-01".into(),
            languages: vec!["en".into(), "id".into()],
            ..Options::default()
        };
        let (article, problems) = parse("en/orders/track.md", &source, &options);
        assert!(article.source.get(article.title_span.clone()).is_some());
        assert!(!article.title.trim().is_empty() && !article.id.as_str().is_empty());
        for address in article.aliases.iter().chain([&article.url_path]) {
            assert!(!address.starts_with('/') && !address.is_empty(), "{address:?}");
        }
        for date in [&article.updated_at, &article.verified_at, &article.expires_at].into_iter().flatten() {
            assert!(date.as_str() >= "0" && date.len() >= 10, "{date:?}");
        }
        assert!(!article.passages.is_empty());
        for problem in problems {
            assert!(!problem.reason.is_empty());
            assert!(problem.line.is_none_or(|line| line <= source.lines().count() + 1));
        }
    }
});
