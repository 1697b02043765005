//! Help center articles made of word lists: as many as wanted, all different, always the same ones.

use rand::{RngExt, SeedableRng, seq::IndexedRandom, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

const THINGS: &[&str] = &[
    "invoice",
    "parcel",
    "subscription",
    "password",
    "gift card",
    "profile picture",
    "delivery address",
    "payment method",
    "mobile app",
    "email address",
    "discount code",
    "wish list",
    "reservation",
    "return label",
    "warranty",
    "data export",
    "calendar",
    "dashboard",
    "team member",
    "webhook",
    "report",
    "template",
    "notification",
    "backup",
    "printer",
    "router",
    "headset",
    "thermostat",
    "camera",
    "battery",
    "charger",
    "firmware",
    "playlist",
    "recording",
    "spreadsheet",
    "shared folder",
    "signature",
    "time sheet",
    "expense",
    "loyalty card",
];
const ACTIONS: &[&str] = &[
    "change",
    "find",
    "remove",
    "share",
    "print",
    "export",
    "restore",
    "verify",
    "replace",
    "schedule",
    "duplicate",
    "archive",
    "rename",
    "activate",
    "pause",
    "transfer",
    "merge",
    "download",
    "connect",
    "reset",
    "translate",
    "compare",
    "track",
    "register",
    "unlock",
];
const PLACES: &[&str] = &[
    "on a phone",
    "in the browser",
    "for a team",
    "abroad",
    "without an account",
    "on an old device",
    "in another currency",
    "at a branch",
    "for a guest",
    "after moving house",
    "during a trial",
    "over a slow connection",
    "on a shared computer",
    "with a screen reader",
    "for a school",
    "at the weekend",
    "from a backup",
    "on several devices",
    "before a deadline",
    "in dark mode",
];
const HEADINGS: &[&str] = &[
    "Before you start",
    "What you need",
    "How long it takes",
    "If it does not work",
    "What happens next",
    "Who may do this",
    "Limits",
    "On the command line",
    "Frequently asked",
    "What it costs",
    "Keyboard shortcuts",
    "When you change your mind",
];
const SENTENCES: &[&str] = &[
    "Open {menu} and choose {name}.",
    "The {thing} appears in the list within {number} minutes.",
    "Only owners of the {name} plan can {action} a {thing}.",
    "Press {name} twice, then wait until the light turns green.",
    "We keep the old {thing} for {number} days, so that you can go back.",
    "If {name} is grey, ask the person who invited you.",
    "A message with the subject {name} confirms that the {thing} was saved.",
    "This does not affect any other {thing} or {other}.",
    "You can {action} up to {number} of them at a time.",
    "In {menu}, the column {name} shows when the {other} was last used.",
    "Version {number} of {name} and later can do this without a restart.",
    "Nobody else sees your {thing} unless you share the {other} with them.",
    "Write the code {number} down, because it is shown only once.",
    "Large files take longer; {name} tells you when it is done.",
    "Our partner {name} needs {number} working days in most countries.",
];
const MENUS: &[&str] = &[
    "Settings",
    "Account",
    "Orders",
    "Devices",
    "Billing details",
    "Members",
    "Privacy",
    "Files",
    "Help",
    "Tools",
];
const SYLLABLES: &[&str] = &[
    "ba", "cor", "del", "fin", "gra", "hel", "ima", "jo", "kel", "lum", "mar", "nov", "ora", "pel", "quin", "ras",
    "sol", "tri", "ula", "ven", "wes", "xan", "yor", "zel",
];

/// Path and text of each article.
pub fn articles(count: usize) -> Vec<(String, String)> {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut subjects: Vec<(usize, usize, usize)> = (0..ACTIONS.len())
        .flat_map(|action| {
            (0..THINGS.len()).flat_map(move |thing| (0..PLACES.len()).map(move |place| (action, thing, place)))
        })
        .collect();
    assert!(count <= subjects.len());
    subjects.shuffle(&mut rng);
    subjects.truncate(count);
    subjects
        .into_iter()
        .enumerate()
        .map(|(number, subject)| article(number, subject, &mut rng))
        .collect()
}

fn article(number: usize, (action, thing, place): (usize, usize, usize), rng: &mut ChaCha8Rng) -> (String, String) {
    let (action, thing, place) = (ACTIONS[action], THINGS[thing], PLACES[place]);
    let mut text = format!(
        "# How to {action} a {thing} {place}\n\n{}\n",
        paragraph(action, thing, rng)
    );
    for heading in HEADINGS.sample(rng, 2) {
        text += &format!("\n## {heading}\n\n{}\n", paragraph(action, thing, rng));
    }
    (format!("{}/{number:05}-{action}.md", thing.replace(' ', "-")), text)
}

fn paragraph(action: &str, thing: &str, rng: &mut ChaCha8Rng) -> String {
    let count = rng.random_range(2..=4);
    let sentences: Vec<&str> = SENTENCES.sample(rng, count).copied().collect();
    let filled = sentences.into_iter().map(|sentence| {
        sentence
            .replace("{menu}", pick(MENUS, rng))
            .replace("{name}", &name(rng))
            .replace("{thing}", thing)
            .replace("{other}", pick(THINGS, rng))
            .replace("{action}", action)
            .replace("{number}", &rng.random_range(2..90).to_string())
    });
    filled.collect::<Vec<_>>().join(" ")
}

fn pick<'a>(list: &[&'a str], rng: &mut ChaCha8Rng) -> &'a str {
    list[rng.random_range(0..list.len())]
}

/// A made-up product name: 24³ of them.
fn name(rng: &mut ChaCha8Rng) -> String {
    let word: String = (0..3).map(|_| pick(SYLLABLES, rng)).collect();
    word[..1].to_uppercase() + &word[1..]
}

/// Distinct questions about such articles, in customers' words.
pub fn questions(count: usize) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    let openings = [
        "how can i",
        "is it possible to",
        "I can't",
        "what do I do to",
        "where do i",
        "help me",
        "does it cost to",
    ];
    let endings = [
        "",
        "?",
        " please",
        " today?",
        " - it says error",
        " and how long does it take?",
    ];
    let mut questions: Vec<String> = Vec::with_capacity(count);
    let mut seen = std::collections::HashSet::new();
    while questions.len() < count {
        let question = format!(
            "{} {} my {} {}{}",
            pick(&openings, &mut rng),
            pick(ACTIONS, &mut rng),
            pick(THINGS, &mut rng),
            pick(PLACES, &mut rng),
            pick(&endings, &mut rng)
        );
        if seen.insert(question.clone()) {
            questions.push(question);
        }
    }
    questions
}

/// Names the articles: other articles, other name.
pub fn hash(articles: &[(String, String)]) -> String {
    let mut hash = Sha256::new();
    for (path, text) in articles {
        hash.update(path);
        hash.update([0]);
        hash.update(text);
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
