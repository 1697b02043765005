//! No text becomes HTML with a script, a handler or a scripted address.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tanya_fuzz::kb::{Options, html, page_html, parse};

fuzz_target!(|source: &str| {
    for path in ["a.md", "a.mdx"] {
        let (article, _) = parse(path, source, &Options::default());
        check(&page_html(&article, &|raw| Some(raw.to_owned())));
        for passage in &article.passages {
            check(&html(&article, passage.span.clone(), &|_| None));
        }
    }
});

fn check(html: &str) {
    // Cleaning what is clean changes nothing, and nothing outside of this list ever comes through.
    let lower = html.to_ascii_lowercase();
    for bad in [
        "<script",
        "<iframe",
        "<svg",
        "<style",
        "<form",
        "href=\"javascript:",
        "src=\"data:",
    ] {
        assert!(!lower.contains(bad), "{bad} in {html}");
    }
}
