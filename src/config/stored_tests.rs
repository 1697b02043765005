use std::path::Path;

use proptest::prelude::*;

use super::*;

/// A config as a file with this text makes it.
fn file(text: &str) -> Config {
    let mut config: Config = toml::from_str(text).expect("a config");
    let keys: toml::Table = toml::from_str(text).expect("toml");
    config.sources.note_file(Path::new("tanya.toml"), &keys);
    config
}

/// Every key that pages may set, with a line that sets it to one of two values, and how to read the outcome.
type Key = (&'static str, [&'static str; 2], fn(&Config) -> String);
const KEYS: [Key; 16] = [
    ("site.name", ["site.name = 'A'", "site.name = 'B'"], |c| {
        c.site.name.clone()
    }),
    ("site.language", ["site.language = 'ja'", "site.language = 'id'"], |c| {
        c.site.language.clone()
    }),
    ("site.accent", ["site.accent = 'red'", "site.accent = 'blue'"], |c| {
        c.site.accent.clone()
    }),
    (
        "site.footer",
        [
            "site.footer = [{ text = 'x', url = '/x' }]",
            "site.footer = [{ text = 'y', url = '/y' }]",
        ],
        |c| format!("{:?}", c.site.footer),
    ),
    (
        "announcement",
        ["announcement = [{ text = 'x' }]", "announcement = [{ text = 'y' }]"],
        |c| format!("{:?}", c.announcement),
    ),
    (
        "widget.title",
        ["widget.title = 'x'", "widget.title = { en = 'y' }"],
        |c| format!("{:?}", c.widget.title),
    ),
    ("widget.side", ["widget.side = 'start'", "widget.side = 'end'"], |c| {
        format!("{:?}", c.widget.side)
    }),
    (
        "widget.origins",
        [
            "widget.origins = ['*']",
            "widget.origins = ['https://shop.example.com']",
        ],
        |c| format!("{:?}", c.widget.origins),
    ),
    (
        "widget.typing_preview",
        ["widget.typing_preview = true", "widget.typing_preview = false"],
        |c| c.widget.typing_preview.to_string(),
    ),
    (
        "desk.time_zone",
        ["desk.time_zone = 'Asia/Jakarta'", "desk.time_zone = 'Asia/Tokyo'"],
        |c| c.desk.time_zone.clone(),
    ),
    (
        "desk.hours.weekdays",
        [
            "desk.hours.weekdays = ['09:00-17:00']",
            "desk.hours.monday = ['10:00-11:00']",
        ],
        |c| format!("{:?}", c.desk.hours.texts_of_days()),
    ),
    (
        "desk.hours.holidays",
        [
            "desk.hours.holidays = [{ date = '12-25' }]",
            "desk.hours.holidays = [{ date = '01-01' }]",
        ],
        |c| format!("{:?}", c.desk.hours.holidays),
    ),
    (
        "desk.targets.first",
        ["desk.targets.first = '1h'", "desk.targets.first = '2h'"],
        |c| format!("{:?}", c.desk.targets.first),
    ),
    (
        "desk.escalate_after",
        ["desk.escalate_after = ['1h']", "desk.escalate_after = ['2h', '3h']"],
        |c| format!("{:?}", c.desk.escalate_after),
    ),
    (
        "desk.claim_minutes",
        ["desk.claim_minutes = 5", "desk.claim_minutes = 6"],
        |c| c.desk.claim_minutes.to_string(),
    ),
    ("desk.misses", ["desk.misses = 3", "desk.misses = 4"], |c| {
        c.desk.misses.to_string()
    }),
];

proptest! {
    /// Whatever stands where: the file's value counts, else the pages', else the default.
    #[test]
    fn file_wins_over_pages_over_default(
        in_file in prop::collection::vec(prop::option::of(0..2usize), KEYS.len()),
        on_pages in prop::collection::vec(prop::option::of(0..2usize), KEYS.len()),
    ) {
        let text = |chosen: &[Option<usize>]| -> String {
            let lines = KEYS.iter().zip(chosen).filter_map(|((_, lines, _), at)| Some(lines[(*at)?]));
            lines.collect::<Vec<_>>().join("\n")
        };
        let base = file(&text(&in_file));
        let merged = base.with_stored(&text(&on_pages)).expect("all values are allowed");
        for (at, (key, lines, read)) in KEYS.iter().enumerate() {
            let (source, line) = match (in_file[at], on_pages[at]) {
                (Some(own), _) => (Source::File("tanya.toml".into()), Some(lines[own])),
                (None, Some(own)) => (Source::Pages, Some(lines[own])),
                (None, None) => (Source::Default, None),
            };
            prop_assert_eq!(read(&merged), read(&file(line.unwrap_or_default())), "{}", key);
            let found = if key.ends_with("weekdays") { merged.sources.of_week() } else { merged.sources.of(key) };
            prop_assert_eq!(found, &source, "{}", key);
        }
    }

    /// What is kept comes back.
    #[test]
    fn settings_come_back_from_their_text(on_pages in prop::collection::vec(prop::option::of(0..2usize), KEYS.len())) {
        let lines = KEYS.iter().zip(&on_pages).filter_map(|((_, lines, _), at)| Some(lines[(*at)?]));
        let stored = StoredSettings::parse(&lines.collect::<Vec<_>>().join("\n")).expect("settings");
        let text = stored.to_text().expect("a text");
        prop_assert_eq!(StoredSettings::parse(&text), Ok(stored));
    }
}

#[test]
fn a_variable_wins_over_pages_too() {
    let mut base = Config::default();
    base.site.name = "Variable".into();
    base.sources.note_variables(|name| name == "TANYA_SITE_NAME");
    let merged = base.with_stored("site.name = 'Pages'").expect("allowed");
    assert_eq!(merged.site.name, "Variable");
    assert_eq!(
        merged.sources.of("site.name").name().as_deref(),
        Some("TANYA_SITE_NAME")
    );
}

#[test]
fn the_outcome_is_checked_as_the_file_is() {
    let keys = |text: &str| match Config::default().with_stored(text) {
        Err(StoredError::Invalid(found)) => found.into_iter().map(|one| one.key).collect::<Vec<_>>(),
        other => panic!("{text} should not be allowed: {other:?}"),
    };
    assert_eq!(keys("site.accent = 'url(x)'"), ["site.accent"]);
    assert_eq!(
        keys("desk.hours.monday = ['9-5']\ndesk.misses = 99"),
        ["desk.hours.monday", "desk.misses"]
    );
    assert_eq!(keys("announcement = [{ text = '' }]"), ["announcement[0].text"]);
    assert_eq!(keys("desk.hours.calendars = ['/etc/passwd']"), ["desk.hours.calendars"]);
    assert_eq!(
        keys("desk.team.sales.hours.calendars = ['/etc/passwd']"),
        ["desk.team.sales.hours.calendars"]
    );
}

#[test]
fn what_pages_may_not_set_is_unknown() {
    for text in [
        "kb = '/etc'",
        "desk.tokens = []",
        "site.css = '/etc/passwd'",
        "[server]\nlisten = '0.0.0.0:1'",
    ] {
        assert!(
            matches!(Config::default().with_stored(text), Err(StoredError::Syntax(_))),
            "{text}"
        );
    }
}

#[test]
fn a_day_in_the_file_keeps_the_week_and_leaves_the_days_off() {
    let base = file("desk.hours.friday = ['09:00-12:00']");
    let merged = base.with_stored("desk.hours = { weekdays = ['10:00-11:00'], holidays = [{ date = '12-25' }] }");
    let merged = merged.expect("allowed");
    assert_eq!(merged.desk.hours.weekdays, None);
    assert_eq!(merged.desk.hours.holidays.len(), 1);
}
