use super::*;
use crate::insight::counter::normalized;

fn name(article: &str) -> ArticleName {
    ArticleName {
        article: article.into(),
        title: format!("About {article}"),
    }
}

fn asked(text: &str, outcome: Outcome, reason: Option<HandoffReason>) -> AskedQuestion {
    AskedQuestion {
        at: None,
        text: text.into(),
        lang: "en".into(),
        outcome,
        reason,
        topic: None,
        confidence: 0.5,
        threshold: 0.7,
        answer: (outcome == Outcome::Answer).then(|| name("orders")),
        nearest: Some(name("orders")),
    }
}

fn handoff(text: &str, reason: HandoffReason) -> AskedQuestion {
    asked(text, Outcome::Handoff, Some(reason))
}

#[test]
fn outcomes_reasons_topics_and_languages_are_counted() {
    let billing = AskedQuestion {
        topic: Some("billing".into()),
        lang: "id".into(),
        ..handoff("tagihan", HandoffReason::SensitiveTopic)
    };
    let report = coverage([
        asked("where is it", Outcome::Answer, None),
        asked("track", Outcome::Answer, None),
        asked("which one", Outcome::Clarify, None),
        billing,
    ]);
    assert_eq!(report.questions, 4);
    let shares = [report.answered.share, report.clarified.share, report.handed_over.share];
    assert_eq!(shares, [0.5, 0.25, 0.25]);
    // What belongs to people is no matter of articles.
    assert_eq!(
        (report.covered.count, report.covered.of, report.for_people.count),
        (2, 3, 1)
    );
    assert_eq!(report.by_reason[0].reason, HandoffReason::SensitiveTopic);
    assert_eq!(report.by_topic[0].topic, "billing");
    let languages: Vec<_> = report
        .by_language
        .iter()
        .map(|l| (l.language.as_str(), l.answered.count, l.answered.of, l.covered.of))
        .collect();
    assert_eq!(languages, [("en", 2, 3, 3), ("id", 0, 1, 0)]);
    assert_eq!(
        report.articles,
        [ArticleUse {
            article: "orders".into(),
            title: "About orders".into(),
            answered: 2,
            only_nearest: 2,
            helped: 0,
            did_not_help: 0,
        }]
    );
}

#[test]
fn unanswered_questions_are_grouped_only_by_identical_normalized_text() {
    let last = AskedQuestion {
        confidence: 0.1,
        nearest: None,
        ..handoff("  HOW do I pay? ", HandoffReason::NoMatch)
    };
    let report = coverage([
        handoff("how do i pay", HandoffReason::LowConfidence),
        handoff("Ｈow do\ti pay?!", HandoffReason::LowConfidence),
        last,
        handoff("how can i pay", HandoffReason::LowConfidence),
        asked("pay", Outcome::Clarify, None),
        handoff("a person please", HandoffReason::WantsPerson),
        handoff("refund", HandoffReason::SensitiveTopic),
        asked("answered", Outcome::Answer, None),
    ]);
    let groups: Vec<_> = report
        .unanswered
        .iter()
        .map(|u| (u.question.as_str(), u.count, u.reason))
        .collect();
    assert_eq!(
        groups,
        [
            ("  HOW do I pay? ", 3, UnansweredReason::NoMatch),
            ("how can i pay", 1, UnansweredReason::LowConfidence),
            ("pay", 1, UnansweredReason::Clarify),
        ]
    );
    assert_eq!(
        (report.unanswered[0].confidence, &report.unanswered[0].nearest),
        (0.1, &None)
    );
}

#[test]
fn texts_of_signs_only_stay_apart() {
    assert_ne!(normalized("???"), normalized("!!!"));
    assert_ne!(normalized("what is C#?"), normalized("what is C?"));
    assert_eq!(normalized("ＴＲＡＣＫ　order…"), "track order");
}

#[test]
fn wilson_intervals_match_published_values() {
    let near = |share: Share, low: f64, high: f64| {
        assert!(
            (share.low - low).abs() < 5e-4 && (share.high - high).abs() < 5e-4,
            "{share:?}"
        );
    };
    // Newcombe (1998), table I, method 3.
    near(Share::new(81, 263), 0.2553, 0.3662);
    near(Share::new(15, 148), 0.0624, 0.1605);
    near(Share::new(0, 20), 0.0, 0.1611);
    near(Share::new(1, 29), 0.0061, 0.1718);
    near(Share::new(20, 20), 0.8389, 1.0);
    assert_eq!(
        Share::new(0, 0),
        Share {
            count: 0,
            of: 0,
            share: 0.0,
            low: 0.0,
            high: 1.0
        }
    );
}

#[test]
fn csv_cannot_smuggle_formulas_into_a_spreadsheet() {
    let evil = [
        "=HYPERLINK(\"http://x\")",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=2",
        "  =3",
        "\r\n=4",
        "＝5",
        "plain, with \"quotes\"\nand lines",
    ];
    let report = coverage(evil.map(|text| handoff(text, HandoffReason::NoMatch)));
    let mut out = Vec::new();
    report.write_unanswered_csv(&mut out).expect("writing to memory");
    let mut reader = csv::Reader::from_reader(out.as_slice());
    let mut questions: Vec<String> = reader
        .records()
        .map(|record| record.expect("well-formed CSV")[0].to_owned())
        .collect();
    questions.sort();
    let (plain, marked): (Vec<_>, Vec<_>) = questions.iter().partition(|q| q.starts_with("plain"));
    assert_eq!(plain, ["plain, with \"quotes\"\nand lines"]);
    assert_eq!(marked.len(), evil.len() - 1);
    assert!(marked.iter().all(|q| q.starts_with('\'')), "{marked:?}");
}

#[test]
fn no_questions_make_an_empty_report() {
    let report = coverage([]);
    assert_eq!(report.questions, 0);
    assert!(report.unanswered.is_empty() && report.articles.is_empty());
    assert!(serde_json::to_string(&report).is_ok());
}
