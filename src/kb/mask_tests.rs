use super::*;

fn masked(source: &str, dialect: Dialect) -> String {
    let masked = mask(source, 0, dialect, FootnoteMarks::Hide);
    assert_eq!(masked.text.len(), source.len());
    masked.text.replace(FILLER, "·")
}

fn words(source: &str, dialect: Dialect) -> String {
    masked(source, dialect)
        .replace('·', "")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn liquid_is_hidden_but_not_in_code() {
    assert_eq!(
        words("A {% include x.html %} b {{ site.name }} c", Dialect::Markdown),
        "A b c"
    );
    assert_eq!(
        words("`{{ kept }}` and ``{% kept ` %}``", Dialect::Markdown),
        "`{{ kept }}` and ``{% kept ` %}``"
    );
    let fence = "```\n{{ kept }}\n```\n{{ gone }}\n~~~\n{% kept %}\n~~~";
    assert_eq!(words(fence, Dialect::Markdown), "``` {{ kept }} ``` ~~~ {% kept %} ~~~");
    assert_eq!(
        words("a\n\n    {{ kept }}\n\n{{ gone }}", Dialect::Markdown),
        "a {{ kept }}"
    );
    assert_eq!(
        words("{% raw %}{{ kept }}{% endraw %}", Dialect::Markdown),
        "{{ kept }}"
    );
    assert_eq!(
        words("a {% comment %} b\n\n c {% endcomment %} d", Dialect::Markdown),
        "a d"
    );
    assert_eq!(words("{% if a\n b %}x", Dialect::Markdown), "x");
    assert_eq!(
        words("100 {% of\n\nwhich %} 3", Dialect::Markdown),
        "100 {% of which %} 3"
    );
}

#[test]
fn a_line_of_nothing_but_tags_becomes_blank() {
    assert_eq!(masked("{% a %}\nx", Dialect::Markdown), "       \nx");
    assert_eq!(masked("{% a %} x", Dialect::Markdown), "······· x");
}

#[test]
fn mdx_modules_tags_and_expressions_are_hidden() {
    let source = "import Tabs from '@theme/Tabs';\nimport {\n  A,\n} from \"b\"\nexport const m = {\n  a: 1,\n\n  b: 2,\n}\n\n# T {#t}\n\n\
                  <Tabs\n  items={[\"a>\", 'b']}\n>\nText <b>bold</b> {/* no */}{1 + {a: \"}\"}.a}{'kept'} <br/>\n</Tabs>\n";
    assert_eq!(words(source, Dialect::Mdx), "# T {#t} Text <b>bold</b> kept <br/>");
    assert_eq!(words("<div style={{a: 1}}>x</div>", Dialect::Mdx), "x</div>");
    assert_eq!(words("Use {name} here", Dialect::Markdown), "Use {name} here");
    assert_eq!(
        words("import your contacts from the menu", Dialect::Mdx),
        "import your contacts from the menu"
    );
    assert_eq!(
        words("export default settings from the menu", Dialect::Mdx),
        "export default settings from the menu"
    );
    assert_eq!(
        words("<TABLE><TR> <https://A.example/> <Tip>x</Tip>", Dialect::Markdown),
        "<TABLE><TR> <https://A.example/> x"
    );
    assert_eq!(words("a < B and C > d", Dialect::Mdx), "a < B and C > d");
    assert_eq!(words("an {open brace", Dialect::Mdx), "an {open brace");
}

#[test]
fn indented_text_between_mdx_tags_is_not_code() {
    let masked = masked("<Tabs>\n  <Tab>\n    text\n\n    - item\n", Dialect::Mdx);
    assert!(masked.contains("\n····text\n"), "{masked}");
    assert!(masked.contains("\n    - item"), "{masked}");
}

#[test]
fn indented_html_inside_html_is_not_code() {
    let text = crate::kb::plain(
        "<div>\n\n    <ul>\n      <li>{{ a }}b</li>\n    </ul>\n\n    text\n</div>\n\n    code {{ c }}\n",
    );
    assert_eq!(text, "b\ntext\ncode {{ c }}");
    // Also where the pieces are shown alone.
    let source = "<div>\n\n    <p>one</p>\n\n    <p>two</p>\n</div>\n\nafter\n";
    let article = crate::kb::parse("a.md", source, &crate::kb::Options::default()).0;
    let texts: Vec<&str> = article.passages.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(texts, ["one", "two\nafter"]);
}

#[test]
fn attribute_lists_are_hidden_and_those_of_headings_understood() {
    assert_eq!(words("[a](b){: .button }\n{: .lead}", Dialect::Markdown), "[a](b)");
    assert_eq!(masked("## A {: #b }", Dialect::Markdown), "## A {  #b }");
    assert_eq!(masked("## A {/* #b */}", Dialect::Mdx), "## A {   #b   }");
    assert_eq!(words("A {#b}\n======", Dialect::Markdown), "A {#b} ======");
}

#[test]
fn admonitions_are_noted() {
    let source = ":::note[Mind this]\nText\n:::\n\n!!! warning \"Hot\"\n    Body\n\n:::tip\nopen";
    let masked = mask(source, 0, Dialect::Markdown, FootnoteMarks::Keep);
    let found: Vec<_> = masked
        .asides
        .iter()
        .map(|a| (a.kind, a.title.clone().map(|t| &source[t]), a.form.clone()))
        .collect();
    assert_eq!(
        found,
        [
            (Some("note"), Some("Mind this"), Form::Fenced(Some(27))),
            (Some("warning"), Some("Hot"), Form::Indented),
            (Some("tip"), None, Form::Fenced(None)),
        ]
    );
    assert!(masked.text.contains("\n+   "));
}

#[test]
fn footnote_marks_are_hidden_but_not_definitions() {
    assert_eq!(words("a[^1] b\n\n[^1]: note [^2]", Dialect::Markdown), "a b [^1]: note");
}

#[test]
fn hostile_texts_take_linear_time() {
    for piece in [
        "{{",
        "{%",
        "<A ",
        "<A \"",
        "<A {",
        "{/*",
        "`",
        "`` ` ",
        "{.a}",
        "{",
        "[^a]:",
        ":::a\n",
        "<!--\n",
        "!!! a\n    ",
    ] {
        let source = piece.repeat(300_000 / piece.len());
        for dialect in [Dialect::Markdown, Dialect::Mdx] {
            let start = std::time::Instant::now();
            mask(&source, 0, dialect, FootnoteMarks::Hide);
            assert!(start.elapsed().as_secs() < 5, "{piece:?} took {:?}", start.elapsed());
        }
    }
}
