use super::*;
use crate::kb::{Options, parse};

fn page(path: &str, source: &str) -> String {
    page_html(&parse(path, source, &Options::default()).0, &|_| None)
}

fn piece(source: &str, needle: &str) -> String {
    let article = parse("a.md", source, &Options::default()).0;
    let start = source.find(needle).unwrap_or_default();
    html(&article, start..start + needle.len(), &|raw| {
        raw.strip_suffix(".md").map(|t| format!("/articles/{t}"))
    })
}

#[test]
fn a_page_has_anchors_and_leaves_the_title_out() {
    let html = page("a.md", "---\ntitle: T\n---\n# T\n\nx\n\n## Two {#second}\n\n> ## Two\n");
    assert!(!html.contains("<h1"), "{html}");
    assert!(html.contains(r#"<h2 id="second">Two</h2>"#), "{html}");
    assert!(html.contains(r#"<h2 id="two">Two</h2>"#), "{html}");
}

#[test]
fn admonitions_of_all_tools_become_asides() {
    let html = page(
        "a.md",
        ":::note Mind\n\nOne\n\n:::\n\nTwo\n\n!!! danger \"Hot\"\n    Three\n\n    - a\n\n> [!TIP]\n> Four\n",
    );
    let html = html.replace('\n', "");
    assert!(
        html.contains(r#"<aside class="note"><p><strong>Mind</strong></p><p>One</p></aside><p>Two</p>"#),
        "{html}"
    );
    assert!(
        html.contains(r#"<aside class="danger"><p><strong>Hot</strong></p>"#) && !html.contains("<li></li>"),
        "{html}"
    );
    assert!(html.contains(r#"<li>a</li></ul></aside>"#), "{html}");
    assert!(html.contains(r#"<aside class="tip"><p>Four</p></aside>"#), "{html}");
    assert_eq!(html.matches("<ul>").count(), 1, "{html}");
}

#[test]
fn lists_with_admonitions_inside_close_in_order() {
    let html = page("a.md", "1. a\n\n   :::note\n   b\n   :::\n\n2. c\n").replace('\n', "");
    assert!(
        html.contains(r#"<li><p>a</p><aside class="note"><p>b</p></aside></li><li>"#),
        "{html}"
    );
}

#[test]
fn tables_tasks_footnotes_and_images_are_kept() {
    let html = page(
        "a.md",
        "| a | b |\n|--|-:|\n| 1 | 2 |\n\n- [x] done\n\nNote[^n].\n\n[^n]: Foot.\n\n![Cat](c.png)\n\n```rust\nx\n```\n",
    );
    assert!(html.contains(r#"<th align="right">b</th>"#), "{html}");
    assert!(html.contains("☑"), "{html}");
    assert!(
        html.contains(r##"<a href="#fn-1" rel="noopener noreferrer">1</a>"##) && html.contains(r#"id="fn-1""#),
        "{html}"
    );
    assert!(
        html.contains(r#"loading="lazy""#) && html.contains(r#"src="c.png""#),
        "{html}"
    );
    assert!(html.contains(r#"<code class="language-rust">"#), "{html}");
}

#[test]
fn hostile_html_is_taken_away() {
    let html = page(
        "a.md",
        "<script>alert(1)</script>\n<img src=x onerror=alert(1)>\n<iframe src=//x></iframe>\n<svg onload=x><a>b</a></svg>\n<p style=\"x\" class=\"evil note\" id=y>p</p>\n\n\
         [a](javascript:alert(1)) [b](data:text/html,x) <form action=x><input></form> <a href=\"JaVaScRiPt:x\">c</a> ![x](mailto:a@b.c)\n",
    );
    for bad in [
        "<script",
        "onerror",
        "<iframe",
        "<svg",
        "style=",
        "evil",
        "id=\"y\"",
        "javascript:",
        "JaVaScRiPt",
        "data:",
        "<form",
        "<input",
        "mailto",
    ] {
        assert!(!html.contains(bad), "{bad}: {html}");
    }
    assert!(html.contains(r#"<p class="note">p</p>"#), "{html}");
}

#[test]
fn mdx_and_liquid_do_not_show() {
    let html = page(
        "a.mdx",
        "import A from 'a'\n\n<A b={1}>\n\nText {% x %}**{{ y }}bold** [Buy]({{ u }}/buy) [none]({{ u }})\n\n</A>\n",
    );
    assert_eq!(
        html.trim(),
        "<p>Text <strong>bold</strong> <a href=\"/buy\" rel=\"noopener noreferrer\">Buy</a> none</p>"
    );
}

#[test]
fn a_piece_finds_definitions_elsewhere_and_maps_links() {
    let source = "See [the *fees*][f], [Ref] and [x][gone].\n\nOther\n\n[f]: fees.md\n[ref]: https://a.example/\n";
    let html = piece(source, "See [the *fees*][f], [Ref] and [x][gone].");
    assert!(
        html.contains(r#"<a href="/articles/fees" rel="noopener noreferrer">the <em>fees</em></a>"#),
        "{html}"
    );
    assert!(
        html.contains(r#"<a href="https://a.example/""#) && html.contains("and x."),
        "{html}"
    );
}

#[test]
fn rows_cut_from_a_table_render_as_a_table() {
    let html = piece("| a | b |\n|---|---|\n| c | d |\n| e | f |\n", "| c | d |\n| e | f |");
    assert!(html.contains("<td>c</td><td>d</td>") && !html.contains("<th"), "{html}");
}

#[test]
fn raw_html_links_are_mapped_too() {
    assert!(piece("<a href=\"x.md\">x</a>", "<a href=\"x.md\">x</a>").contains(r#"href="/articles/x""#));
}

#[test]
fn a_span_that_is_none_gives_nothing() {
    let article = parse("a.md", "é", &Options::default()).0;
    assert_eq!(html(&article, 0..1, &|_| None), "");
    assert_eq!(html(&article, 0..99, &|_| None), "");
}

#[test]
fn deep_nesting_is_flattened() {
    for mark in ["> ", "- ", "*a ", "<div>", "<b>", "<b>\n\n", "[a](", "+ > "] {
        let start = std::time::Instant::now();
        let html = page("a.md", &format!("{}deep", mark.repeat(10_000)));
        assert!(html.contains("deep"), "{mark}");
        assert!(start.elapsed().as_secs() < 5, "{mark}: {:?}", start.elapsed());
    }
}
