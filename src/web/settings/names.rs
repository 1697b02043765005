//! What the pages call what the config calls by keys: forms, their mistakes and the audit log use the same words.

use super::PAGES;

/// The key, the page that sets it, and what it is called there.
const NAMES: [(&str, &str, &str); 23] = [
    ("site.name", "/settings/site", "Name"),
    ("site.language", "/settings/site", "Language"),
    ("site.accent", "/settings/site", "Accent colour"),
    ("site.footer", "/settings/site", "Links at the foot of every page"),
    ("announcement", "/settings/announcements", "Announcements"),
    ("widget.origins", "/settings/widget", "Sites on which it may stand"),
    ("widget.title", "/settings/widget", "Title"),
    ("widget.greeting", "/settings/widget", "Greeting"),
    ("widget.accent", "/settings/widget", "Colour"),
    ("widget.side", "/settings/widget", "Side of the window"),
    (
        "widget.typing_preview",
        "/settings/widget",
        "Ask customers whether agents may see what they type",
    ),
    ("widget.page", "/settings/widget", "Articles before anybody asks"),
    ("desk.time_zone", "/settings/hours", "Time zone"),
    ("desk.hours.holidays", "/settings/hours", "Days off"),
    ("desk.hours", "/settings/hours", "Hours of the week"),
    ("desk.targets.first", "/settings/promises", "First reply"),
    ("desk.targets.next", "/settings/promises", "Every later reply"),
    ("desk.targets.resolve", "/settings/promises", "Resolution"),
    ("desk.team", "/settings/teams", "Hours of a team"),
    ("desk.escalate_after", "/settings/promises", "Escalate after"),
    ("desk.claim_minutes", "/settings/promises", "Minutes that a claim holds"),
    ("desk.resolve_silence_days", "/settings/promises", "Days of silence"),
    ("desk.misses", "/settings/promises", "Answers that did not help"),
];

/// What a key is called on its page, and the address of that page.
fn of(key: &str) -> Option<(&'static str, &'static str)> {
    let is_it = |own: &str| {
        let rest = key.strip_prefix(own);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let found = NAMES.iter().find(|(own, ..)| is_it(own))?;
    Some((found.2, found.1))
}

/// What a key, or a list of which it is a part, is called on its page.
pub fn label(key: &str) -> Option<&'static str> {
    of(key).map(|(label, _)| label)
}

/// What a key is called where another page is looked at, and where it is set.
pub fn elsewhere(key: &str) -> Option<(String, &'static str)> {
    let (label, path) = of(key)?;
    let page = PAGES.iter().find(|(own, ..)| *own == path)?.1;
    match label == page {
        true => Some((page.to_owned(), path)),
        false => Some((format!("{label} (on {page})"), path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SETTABLE;

    #[test]
    fn everything_that_pages_set_has_a_name_and_a_page() {
        for key in SETTABLE {
            assert!(elsewhere(key).is_some(), "{key}");
        }
        assert_eq!(label("desk.hours.monday"), Some("Hours of the week"));
        assert_eq!(label("desk.hours.holidays[2].date"), Some("Days off"));
        assert_eq!(label("site.names"), None);
        let (told, path) = elsewhere("widget.page[0].articles").expect("a name");
        assert_eq!(
            (told.as_str(), path),
            ("Articles before anybody asks (on Chat widget)", "/settings/widget")
        );
        assert_eq!(elsewhere("announcement[1].ends").expect("a name").0, "Announcements");
    }
}
