use super::*;
use crate::kb::{Options, parse};

fn kb(files: &[(&str, &str)]) -> Vec<Article> {
    files
        .iter()
        .map(|(path, source)| {
            parse(
                path,
                source,
                &Options {
                    languages: vec!["en".into(), "id".into()],
                    ..Options::default()
                },
            )
            .0
        })
        .collect()
}

fn id_of(link: Link) -> String {
    match link {
        Link::Article { id, fragment, .. } => fragment.map_or(id.0.clone(), |f| format!("{id}#{f}")),
        Link::External => "external".into(),
        Link::Asset(path) => format!("asset {path}"),
        Link::HostSite => "host site".into(),
        Link::Broken => "broken".into(),
    }
}

#[test]
fn every_way_of_writing_a_link_is_understood() {
    let articles = kb(&[
        ("index.md", "# Home"),
        ("orders/index.md", "# Orders"),
        (
            "orders/track.md",
            "# Track\n\n## By mail\n\nx\n\n- ### In a list\n\n<a id=\"raw\"></a>",
        ),
        ("orders/return.md", "---\nslug: /back\naliases: [/old/return/]\n---\nx"),
        ("fees.mdx", "x"),
    ]);
    let resolver = LinkResolver::new(&articles);
    let from = &articles[2];
    for (target, expected) in [
        ("return.md", "orders/return"),
        ("./return", "orders/return"),
        ("return.html", "orders/return"),
        ("../fees.mdx?x=1#no-such", "fees"),
        ("../fees/", "fees"),
        ("/fees", "fees"),
        ("/docs/fees", "fees"),
        ("@site/fees.mdx", "fees"),
        ("/back", "orders/return"),
        ("/old/return/", "orders/return"),
        ("../orders/", "orders"),
        ("index.md", "orders"),
        ("/", "index"),
        ("#by-mail", "orders/track#by-mail"),
        ("track.md#raw", "orders/track#raw"),
        ("#in-a-list", "orders/track#in-a-list"),
        ("#gone", "orders/track"),
        ("gone.md", "broken"),
        ("../../out.md", "broken"),
        ("/orders/gone/", "broken"),
        ("/Orders/gone", "broken"),
        ("/old/gone", "broken"),
        ("/docs/gone", "broken"),
        ("/fees/gone", "broken"),
        ("/gone.md", "broken"),
        ("@site/gone", "broken"),
        ("gone/", "broken"),
        ("/contact/", "host site"),
        ("/contact.html", "host site"),
        ("/pages/terms?x=1#top", "host site"),
        ("img/a%20b.png", "asset orders/img/a b.png"),
        ("/files/x.pdf", "asset files/x.pdf"),
        ("https://a.example/fees.md", "external"),
        ("mailto:a@b.c", "external"),
        ("//a.example", "external"),
    ] {
        assert_eq!(id_of(resolver.resolve(from, target)), expected, "{target}");
    }
}

#[test]
fn links_stay_in_the_language_of_their_article() {
    let articles = kb(&[
        ("en/a.md", "x"),
        ("id/a.md", "x"),
        ("id/b.md", "x"),
        ("b._en.md", "x"),
        ("c.id.md", "x"),
    ]);
    let resolver = LinkResolver::new(&articles);
    let from_id = &articles[2];
    assert_eq!(id_of(resolver.resolve(from_id, "a.md")), "id/a");
    assert_eq!(id_of(resolver.resolve(from_id, "/a")), "id/a");
    assert_eq!(id_of(resolver.resolve(&articles[0], "/a")), "en/a");
    assert_eq!(id_of(resolver.resolve(&articles[0], "/c")), "c.id");
}
