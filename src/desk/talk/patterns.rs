//! The patterns of small talk, put together from the tables of [`super::phrases`].

use std::sync::LazyLock;

use regex::Regex;

use super::{
    super::mask,
    Talk,
    phrases::{ALL, MACHINES, Phrases},
};

/// Between the words of small talk.
const GAP: &str = r"[\s,.!?¡¿…、。！？~〜-]*";

/// In the order in which they are tried. The customer's word comes last: thanks alone have been taken before.
pub(super) static PATTERNS: LazyLock<[(Talk, Regex); 5]> = LazyLock::new(|| {
    let compiled = |pattern: &str| {
        Regex::new(&format!("^(?:{pattern})$")).expect("a pattern of these tables; a test compiles each")
    };
    // One of `words`, whatever of `around` stands before and after it.
    let one_of = |words: &str, around: &str| {
        compiled(&format!(
            "(?:(?:{around}|{words}){GAP})*(?:{words})(?:{GAP}(?:{around}))*"
        ))
    };
    let hello = every(|phrases| phrases.hello);
    let thanks = every(|phrases| phrases.thanks);
    let robot = MACHINES
        .iter()
        .fold(every(|phrases| phrases.robot), |robot, (name, machine)| {
            robot.replace(name, machine)
        });
    let no_help = every(|phrases| phrases.no_help);
    let helped = every(|phrases| phrases.helped);
    let regret = format!("{}|{thanks}|{hello}", every(|phrases| phrases.regret));
    let gladness = format!("{}|{thanks}|{hello}", every(|phrases| phrases.gladness));
    [
        (Talk::Robot, compiled(&format!("(?:(?:{hello}){GAP})*(?:{robot})"))),
        (Talk::DidNotHelp, one_of(&no_help, &regret)),
        (Talk::Greeting, compiled(&format!("(?:(?:{hello}){GAP})+"))),
        (Talk::Thanks, compiled(&format!("(?:(?:{thanks}|{hello}){GAP})+"))),
        (Talk::Helped, one_of(&helped, &gladness)),
    ]
});

/// A field of all tables as one choice.
fn every(field: impl Fn(&Phrases) -> &'static [&'static str]) -> String {
    let pieces: Vec<&str> = ALL.iter().flat_map(|phrases| field(phrases)).copied().collect();
    pieces.join("|")
}

/// A message in which [`crate::desk::mask`] has left nothing but what stands for secrets and the words that announced them;
/// it sees signs at the ends, too. A question mark is not among them: "is my number 4111…?" is a question.
pub(super) static ONLY_SECRETS: LazyLock<Regex> = LazyLock::new(|| {
    let mut words: Vec<&str> = ALL.iter().flat_map(|phrases| phrases.secret).copied().collect();
    words.push(r"[0-9]{1,2} ?/ ?[0-9]{2,4}");
    let (secret, word) = (mask::PLACEHOLDER, words.join("|"));
    let gap = r#"[\s,.;:!=#/"'(){}「」『』、。-]*"#;
    Regex::new(&format!(
        "^{gap}(?:(?:{word}){gap})*{secret}{gap}(?:(?:{word}|{secret}){gap})*$"
    ))
    .expect("a pattern of this file; a test uses it")
});
