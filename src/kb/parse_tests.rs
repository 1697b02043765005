use super::*;

fn article(path: &str, source: &str) -> Article {
    parse(
        path,
        source,
        &Options {
            today: "2026-06-01".into(),
            ..Options::default()
        },
    )
    .0
}

fn outline(article: &Article) -> Vec<(String, String)> {
    article
        .sections
        .iter()
        .map(|s| (s.heading_path.join(" / "), s.anchor.clone()))
        .collect()
}

#[test]
fn sections_have_paths_and_anchors_without_repeating_the_title() {
    let a = article(
        "a.md",
        "# Fees\n\nIntro.\n\n## By card {#card}\n\nOne.\n\n### *Abroad*\n\nTwo.\n\n## By card\n\nThree.\n",
    );
    assert_eq!(a.title, "Fees");
    assert_eq!(&a.source[a.title_span.clone()], "Fees");
    let expected = [
        ("Fees", ""),
        ("By card", "card"),
        ("By card / Abroad", "abroad"),
        ("By card", "by-card"),
    ];
    assert_eq!(outline(&a), expected.map(|(p, s)| (p.to_owned(), s.to_owned())));
    let texts: Vec<&str> = a.passages.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(texts, ["Intro.", "One.", "Two.", "Three."]);
    assert_eq!(&a.source[a.sections[1].span.clone()], "## By card {#card}\n\nOne.\n\n");
}

#[test]
fn a_title_comes_from_front_matter_then_heading_then_file() {
    let a = article("x/my-file.md", "---\ntitle: \"From: above\"\n---\n# Other\n\nText\n");
    assert_eq!(
        (a.title.as_str(), &a.source[a.title_span.clone()]),
        ("From: above", "From: above")
    );
    assert_eq!(outline(&a), [("Other".to_owned(), "other".to_owned())]);
    assert_eq!(article("a.md", "## Small\n\n# Big **one**\n").title, "Big one");
    assert_eq!(article("a.md", "Setext\n===\n").title, "Setext");
    let a = article("x/my-file.md", "Text\n");
    assert_eq!((a.title.as_str(), a.title_span.clone()), ("My file", 0..0));
}

#[test]
fn front_matter_keys_and_their_synonyms_are_understood() {
    let a = article(
        "en/pay/card.md",
        "---\nid: pay-card\nslug: cards\nlocale: pt-BR\ntags: a, b\ncategories: [b, c]\nredirect_from: /old/card/\nquestions:\n  - How, why?\n\
         lastmod: 2026-05-02T01:02:03Z\ndate: 2026-01-01\nanswerable: false\nowner: Mia\nproducts: [pro]\ntopic: billing\nverified_at: 2026-04-01\n\
         review_every: 180d\norder: 2\ntranslation_key: k\nsummary: Short\n---\nText\n",
    );
    assert_eq!(
        (
            a.id.as_str(),
            a.url_path.as_str(),
            a.lang.as_deref(),
            a.translation_key.as_str()
        ),
        ("pay-card", "cards", Some("pt"), "k")
    );
    assert_eq!(
        (a.tags.join(" "), a.aliases.join(" "), a.questions.join(" ")),
        ("a b c".into(), "old/card".into(), "How, why?".into())
    );
    assert_eq!(
        (a.updated_at.as_deref(), a.answerable, a.topic.as_deref()),
        (Some("2026-05-02"), Some(false), Some("billing"))
    );
    assert_eq!(
        (a.owner.as_deref(), a.products.join(" "), a.description.as_deref()),
        (Some("Mia"), "pro".into(), Some("Short"))
    );
    assert_eq!(
        (a.verified_at.as_deref(), a.review_every.as_deref()),
        (Some("2026-04-01"), Some("180d"))
    );
    assert_eq!(a.extra.keys().collect::<Vec<_>>(), ["order"]);
    assert_eq!(a.category, "en/pay");
}

#[test]
fn the_status_follows_from_the_flags_and_today() {
    let status = |front: &str| article("a.md", &format!("---\n{front}\n---\nx")).status;
    assert_eq!(status("draft: true"), Status::Draft);
    assert_eq!(status("published: false"), Status::Draft);
    assert_eq!(status("unlisted: true"), Status::Unlisted);
    assert_eq!(status("expiryDate: 2026-05-31"), Status::Expired);
    assert_eq!(status("expiryDate: 2026-06-02"), Status::Live);
}

#[test]
fn an_article_without_text_is_its_title() {
    for source in [
        "",
        "\n\n",
        "---\ntitle: A\n---\n",
        "# A\n",
        "# A\n\n<!-- later -->\n\n## B\n",
    ] {
        let a = article("a.md", source);
        assert_eq!(a.passages.len(), 1, "{source:?}");
        assert_eq!(
            (a.passages[0].section, &a.passages[0].text),
            (None, &a.title),
            "{source:?}"
        );
    }
}

#[test]
fn a_long_section_is_cut_at_blocks_near_the_aim() {
    let paragraph = "Some words that fill a line of text. ".repeat(10);
    let steps: String = (1..=12)
        .map(|i| format!("{i}. Step {i} of the way, with words.\n"))
        .collect();
    let a = article(
        "a.md",
        &format!("# T\n\n{paragraph}\n\n{steps}\n{paragraph}\n\n{paragraph}\n"),
    );
    assert!(a.passages.len() >= 2 && a.passages.len() <= 3, "{}", a.passages.len());
    assert!(
        a.passages
            .iter()
            .any(|p| p.text.contains("1. Step 1 ") && p.text.contains("12. Step 12 "))
    );
    for p in &a.passages {
        assert_eq!(p.text, crate::kb::plain(&a.source[p.span.clone()]));
        assert!(p.text.chars().count() < 1400);
    }
}

#[test]
fn long_lists_tables_and_paragraphs_are_cut_so_that_pieces_still_render() {
    let list: String = (1..=200)
        .map(|i| format!("- Entry number {i} of this list\n"))
        .collect();
    let a = article("a.md", &list);
    assert!(a.passages.len() > 4);
    assert!(
        a.passages
            .iter()
            .all(|p| p.text.lines().all(|l| l.starts_with("- Entry")))
    );
    let rows: String = (1..=200).map(|i| format!("| Row {i} | costs {i} euro |\n")).collect();
    let a = article("a.md", &format!("| What | Price |\n|---|---|\n{rows}"));
    assert!(a.passages.len() > 3);
    assert!(a.passages.iter().all(|p| {
        p.text
            .lines()
            .all(|l| l.matches(" | ").count() == 1 && !l.starts_with('|'))
    }));
    let a = article("a.md", &"This is one sentence of many. ".repeat(400));
    assert!(
        a.passages.len() > 8
            && a.passages
                .iter()
                .all(|p| p.text.starts_with("This") && p.text.ends_with('.'))
    );
    let a = article("a.md", &"これは文です。".repeat(1000));
    assert!(a.passages.len() > 4 && a.passages.iter().all(|p| p.text.ends_with('。')));
    let a = article("a.md", &"x".repeat(20_000));
    assert!(a.passages.len() > 5);
    let all: usize = a.passages.iter().map(|p| p.text.len()).sum();
    assert_eq!(all, 20_000);
}

#[test]
fn an_admonition_stays_together() {
    let filler = "Words to fill the passage up. ".repeat(25);
    let a = article(
        "a.md",
        &format!("{filler}\n\n:::warning Hot\n\nOne.\n\nTwo.\n\n:::\n\n{filler}\n"),
    );
    let with = a
        .passages
        .iter()
        .find(|p| p.text.contains("One."))
        .map(|p| p.text.as_str())
        .unwrap_or_default();
    assert!(with.contains("Hot\nOne.\nTwo."), "{with}");
}

#[test]
fn oddities_are_told_with_their_line() {
    let lines = |source: &str| -> Vec<Option<usize>> {
        parse("a.md", source, &Options::default())
            .1
            .iter()
            .map(|p| p.line)
            .collect()
    };
    assert_eq!(lines("---\ntitle: [a\n---\nx"), [Some(2)]);
    assert_eq!(lines("# A {#x}\n\ny\n\n# B {#x}\n\ny"), [Some(5)]);
    assert_eq!(lines("a\n\n:::note\nb\n"), [Some(3)]);
    assert_eq!(lines("a\n\n<!-- b\nc\n"), [Some(3)]);
    assert_eq!(lines("---\ndraft: maybe\n---\nx"), [Some(2)]);
}

/// Found by fuzzing: a row that ends in a lone carriage return.
#[test]
fn rows_of_a_long_table_may_end_in_any_line_end() {
    let rows = ".\n$.\r.\r\n".repeat(40);
    let source = format!("-|LH$|ali\n|-|-|-|\nInd\r{rows}");
    let options = Options {
        passage_chars: 1,
        ..Options::default()
    };
    let (article, _) = parse("a.md", &source, &options);
    assert!(article.passages.len() > 1, "{:?}", article.passages);
    for passage in &article.passages {
        assert_eq!(passage.text, article.plain(passage.span.clone()));
    }
}

/// Found by fuzzing: after long code the next place to cut at was one before the last cut.
#[test]
fn a_paragraph_is_never_cut_backwards() {
    let source = format!("{}。`{}`{}", "あ".repeat(100), "c".repeat(400), "b".repeat(50));
    let options = Options {
        passage_chars: 100,
        ..Options::default()
    };
    let (article, _) = parse("a.md", &source, &options);
    let spans: Vec<_> = article.passages.iter().map(|passage| passage.span.clone()).collect();
    assert!(
        spans.len() > 1 && spans.is_sorted_by_key(|span| span.start),
        "{spans:?}"
    );
}

#[test]
fn ten_megabytes_take_seconds() {
    let start = std::time::Instant::now();
    let a = article(
        "a.md",
        &"## Head\n\nSome *text* with a [link](b.md) and words.\n\n- a\n- b\n\n".repeat(160_000),
    );
    assert_eq!(a.sections.len(), 160_000);
    let one = article("a.md", &"A paragraph without any end, it goes on. ".repeat(250_000));
    assert!(one.passages.len() > 5_000);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
