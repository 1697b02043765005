use serde_json::json;

use super::*;

fn values(source: &str) -> Value {
    let front = split(source);
    assert!(front.broken.is_none(), "{:?}", front.broken);
    Value::Object(front.values)
}

#[test]
fn three_notations_say_the_same() {
    let expected = json!({"title": "A: b", "draft": true, "tags": ["x", "y"], "n": 3});
    assert_eq!(
        values("---\ntitle: \"A: b\"\ndraft: true\ntags: [x, y]\nn: 3\n---\nBody"),
        expected
    );
    assert_eq!(
        values("+++\ntitle = \"A: b\"\ndraft = true\ntags = [\"x\", \"y\"]\nn = 3\n+++\nBody"),
        expected
    );
    assert_eq!(
        values("{\n\"title\": \"A: b\", \"draft\": true,\n\"tags\": [\"x\", \"y\"], \"n\": 3\n}\nBody"),
        expected
    );
}

#[test]
fn the_body_starts_behind_the_closing_mark() {
    for source in [
        "---\na: 1\n---\nBody",
        "---\r\na: 1\r\n---\r\nBody",
        "---\na: 1\n...\nBody",
        "+++\na=1\n+++\nBody",
        "{\"a\": 1}\nBody",
        "---\n---\nBody",
    ] {
        assert_eq!(&source[split(source).body_start..], "Body", "{source:?}");
    }
}

#[test]
fn what_is_not_front_matter_is_body() {
    for source in [
        "",
        "---",
        "---\nnever: closed\n",
        "---\n\nJust prose.\n\n---\n",
        "{% include a %}\n",
        "{{ a }}\n",
        "{a} b\n",
        "+++\n",
        "Text\n---\na: 1\n---\n",
    ] {
        let front = split(source);
        assert!(front.body_start == 0 && front.broken.is_none(), "{source:?}: {front:?}");
    }
}

#[test]
fn broken_front_matter_is_told_with_its_place_and_stays_a_draft() {
    let source = "---\ntitle: a\ndraft: true\nx: [1\n---\nBody";
    let front = split(source);
    let broken = front.broken.expect("the list is never closed");
    assert!(source[..broken.at].lines().count() >= 2, "{broken:?}");
    assert_eq!(Value::Object(front.values), json!({"draft": "true"}));
    assert_eq!(&source[front.body_start..], "Body");
    assert!(split("+++\na = \n+++\nBody").broken.is_some());
    assert!(split("{\n\"a\": 1,,\n}\nBody").broken.is_some());
}

#[test]
fn dates_and_norwegian_stay_text() {
    assert_eq!(
        values("---\ndate: 2026-05-01\nlang: no\n---\n"),
        json!({"date": "2026-05-01", "lang": "no"})
    );
    assert_eq!(
        values("+++\ndate = 2026-05-01T10:00:00Z\n+++\n"),
        json!({"date": "2026-05-01T10:00:00Z"})
    );
}

#[test]
fn alias_bombs_are_refused() {
    let mut source = "---\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..20 {
        let previous = format!("*a{}, ", i - 1).repeat(9);
        source.push_str(&format!("a{i}: &a{i} [{}]\n", previous.trim_end_matches(", ")));
    }
    source.push_str("---\nBody");
    assert!(split(&source).broken.is_some());
    let deep = format!("---\na: {}\n---\nBody", "[".repeat(100_000));
    assert!(split(&deep).broken.is_some());
    let deep = format!("---\na: {}{}\n---\nBody", "{a: ".repeat(500), "}".repeat(500));
    assert!(split(&deep).broken.is_some());
}
