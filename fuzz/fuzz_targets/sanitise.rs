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

/// Elements that run, load or style something, or take input.
const NEVER: [&str; 14] = [
    "script", "iframe", "object", "embed", "svg", "math", "style", "link", "meta", "base", "form", "input", "textarea", "template",
];

/// Looks at tags only: what stands in the text is text, and the sanitiser writes each `<` of it as `&lt;`.
fn check(html: &str) {
    for tag in tags(html) {
        let lower = tag.to_ascii_lowercase();
        let name = lower.trim_start_matches('/').split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        assert!(!NEVER.contains(&name), "<{tag}> in {html}");
        for (attribute, value) in attributes(&lower) {
            assert!(!attribute.starts_with("on") && attribute != "style" && attribute != "srcdoc", "<{tag}> in {html}");
            let address: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            for scheme in ["javascript:", "data:", "vbscript:"] {
                let is_address = matches!(attribute, "href" | "src" | "action" | "formaction" | "poster");
                assert!(!(is_address && address.starts_with(scheme)), "<{tag}> in {html}");
            }
        }
    }
}

/// What stands between each `<` and the `>` that ends the tag.
fn tags(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let mut quoted = false;
        let end = rest.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let Some(end) = end else { break };
        found.push(&rest[..end]);
        rest = &rest[end + 1..];
    }
    found
}

/// Attributes with their values; the sanitiser writes every value in double quotes.
fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts: Vec<&str> = tag.split('"').collect();
    (0..parts.len() / 2).map(move |at| {
        let name = parts[2 * at].trim_end_matches('=').rsplit(char::is_whitespace).next().unwrap_or_default();
        (name, parts[2 * at + 1])
    })
}
