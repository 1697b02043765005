//! Promises of the kb room for any input: it never panics, its spans are true, its HTML is harmless.

use proptest::prelude::*;
use regex::Regex;
use tanya::kb::{Article, Options, html, page_html, parse, plain};

/// Pieces that meet each other badly.
fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "---\n",
        "+++\n",
        "{\n",
        "}\n",
        "title: a\n",
        "title = 'a'\n",
        "\"title\": \"a\"\n",
        "tags: [a, b\n",
        "# Head\n",
        "## Head {#id}\n",
        "Head\n===\n",
        "- item\n",
        "  - inner\n",
        "1. step\n",
        "> quote\n",
        "> [!NOTE]\n> x\n",
        "    indented\n",
        "\t- tab\n",
        "\n",
        "\n\n",
        "\r\n",
        "```\n",
        "~~~js\n",
        "`code`",
        "``",
        "`",
        "| a | b |\n",
        "|---|---|\n",
        ":::note Title\n",
        ":::\n",
        "!!! tip \"Title\"\n    body\n",
        "??? note\n",
        "[^1]",
        "[^1]: note\n",
        "[text][ref]",
        "[ref]: a.md\n",
        "[a](b.md)",
        "![alt](x.png)",
        "<b>",
        "</b>",
        "<div>\n",
        "</div>\n",
        "<!-- c -->",
        "<!--",
        "-->",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "[x](javascript:alert(1))",
        "<svg onload=alert(1)>",
        "<style>",
        "<Tabs a={1}>",
        "</Tabs>",
        "<A\n b={",
        "{/* c */}",
        "{expr}",
        "{",
        "}",
        "{'s'}",
        "import a from 'b'\n",
        "export const a = 1\n",
        "{% raw %}",
        "{% endraw %}",
        "{% comment %}",
        "{% endcomment %}",
        "{{ a }}",
        "{{",
        "{%",
        "{: .c}",
        "{#id}",
        "\u{feff}",
        "\u{7f}",
        "\0",
        "é",
        "日本語。",
        "\u{301}",
        "&amp;",
        "&#x6A;",
        "\\",
        "*",
        "**",
        "_",
        "~~",
        "***\n",
        "word ",
        "Sentence one. Two! ",
        "  \n",
    ]);
    prop_oneof![8 => fixed.prop_map(str::to_owned), 1 => any::<String>(), 1 => "[a-z<>\"'=&/ ]{0,12}"]
}

fn source() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..60).prop_map(|pieces| pieces.concat())
}

fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a.md", "en/b._es.mdx", "c/index.md", "README.markdown", ".md"])
}

fn options(passage_chars: usize) -> Options {
    Options {
        today: "2026-06-01".into(),
        passage_chars,
        ..Options::default()
    }
}

fn check_spans(article: &Article) -> Result<(), TestCaseError> {
    let source = &article.source;
    prop_assert!(!article.passages.is_empty());
    prop_assert!(!article.title.trim().is_empty());
    prop_assert!(source.get(article.title_span.clone()).is_some());
    let mut last = 0;
    for section in &article.sections {
        prop_assert!(source.get(section.span.clone()).is_some() && section.span.start >= last);
        prop_assert!(!section.heading_path.is_empty() && (1..=6).contains(&section.level));
        last = section.span.end;
    }
    let mut last = 0;
    for passage in &article.passages {
        prop_assert!(source.get(passage.span.clone()).is_some());
        prop_assert!(!passage.text.trim().is_empty());
        prop_assert!(!passage.text.contains(['\r', '\x7f', '\0']), "control characters");
        let Some(section) = passage.section else {
            prop_assert_eq!(&passage.text, &article.title);
            continue;
        };
        prop_assert!(passage.span.start >= last, "passages overlap");
        last = passage.span.end;
        let section = &article.sections[section].span;
        prop_assert!(section.start <= passage.span.start && passage.span.end <= section.end);
        prop_assert_eq!(&passage.text, &article.plain(passage.span.clone()));
        if !article.path.ends_with("mdx") {
            prop_assert_eq!(&passage.text, &plain(&source[passage.span.clone()]));
        }
    }
    Ok(())
}

/// Tags of the output with what must never be in one. Text is escaped, so every `<` starts a tag.
fn check_harmless(html: &str) -> Result<(), TestCaseError> {
    let tag = Regex::new(r#"<[^>"]*(?:"[^"]*"[^>"]*)*>"#).expect("the pattern is valid");
    let handler = Regex::new(r#"(?i)\son[a-z]+\s*="#).expect("the pattern is valid");
    let name = Regex::new(r"^</?(?:a|abbr|acronym|aside|b|bdi|bdo|blockquote|br|caption|cite|code|col|colgroup|data|dd|del|details|dfn|div|dl|dt|em|figcaption|figure|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|q|rp|rt|rtc|ruby|s|samp|small|span|strike|strong|sub|summary|sup|table|tbody|td|th|thead|tfoot|time|tr|tt|u|ul|var|wbr)[\s>]").expect("the pattern is valid");
    let value = Regex::new(r#""[^"]*""#).expect("the pattern is valid");
    for found in tag.find_iter(html) {
        // Values may hold any text; names and the schemes of addresses may not.
        let text = found.as_str();
        prop_assert!(name.is_match(text), "unexpected tag {text}");
        let outside = value.replace_all(text, "\"\"").into_owned();
        prop_assert!(!handler.is_match(&outside), "handler in {text}");
        prop_assert!(!outside.contains(" style="), "style in {text}");
        let lower = text.to_lowercase();
        for scheme in ["javascript:", "data:", "vbscript:"] {
            for attribute in ["href=\"", "src=\""] {
                prop_assert!(!lower.contains(&format!("{attribute}{scheme}")), "{scheme} in {text}");
            }
        }
    }
    prop_assert!(!html.to_lowercase().contains("<script"));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_true(source in source(), path in path(), chars in prop::sample::select(vec![0usize, 120, 900])) {
        let (article, problems) = parse(path, &source, &options(chars));
        check_spans(&article)?;
        let lines = source.lines().count() + 1;
        for problem in problems {
            prop_assert!(problem.line.is_none_or(|line| line >= 1 && line <= lines));
        }
    }

    #[test]
    fn html_is_harmless(source in source(), path in path()) {
        let (article, _) = parse(path, &source, &options(200));
        check_harmless(&page_html(&article, &|_| None))?;
        check_harmless(&page_html(&article, &|raw| Some(format!("/articles/{raw}\"onclick=x"))))?;
        for passage in &article.passages {
            check_harmless(&html(&article, passage.span.clone(), &|_| None))?;
        }
    }

    #[test]
    fn any_text_is_parsed(source in any::<String>(), path in any::<String>()) {
        let (article, _) = parse(&path, &source, &options(900));
        check_spans(&article)?;
        check_harmless(&page_html(&article, &|_| None))?;
    }

    #[test]
    fn any_bytes_are_loaded(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::write(folder.path().join("a.md"), &bytes).expect("the file can be written");
        let kb = tanya::kb::load(folder.path(), &options(900)).expect("the folder can be read");
        prop_assert!(kb.articles.len() == 1 || kb.problems.len() == 1);
    }
}
