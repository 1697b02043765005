//! The phrases of small talk, a table for each language that the program speaks. A field that is missing does not compile;
//! tests ask each table for examples of its own.

mod asian;
mod english;
mod european;

/// What customers say without asking, as pieces of regular expressions. All languages are tried on every message, because the
/// language of two words is a guess.
pub(super) struct Phrases {
    /// The language's code; tests go by it.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests compare the tables' languages"))]
    pub lang: &'static str,
    /// "Hello", and whom it greets.
    pub hello: &'static [&'static str],
    /// "Thank you", "all right", "bye".
    pub thanks: &'static [&'static str],
    /// "Are you a robot?" `{machine}` and the like are what one may be.
    pub robot: &'static [&'static str],
    /// "That did not help".
    pub no_help: &'static [&'static str],
    /// What may stand around it: "no", "sorry, but".
    pub regret: &'static [&'static str],
    /// "That solved it". No word of denial and no doubt ("a bit", "I think") fits in: it ends the matter.
    pub helped: &'static [&'static str],
    /// What may stand around it: "yes", "at last".
    pub gladness: &'static [&'static str],
    /// Words that announce a secret and say nothing else.
    pub secret: &'static [&'static str],
}

/// All tables.
pub(super) static ALL: [&Phrases; 7] = [
    &english::ENGLISH,
    &asian::INDONESIAN,
    &asian::JAPANESE,
    &european::GERMAN,
    &european::FRENCH,
    &european::SPANISH,
    &asian::CHINESE,
];

/// What one may be, by its name in braces.
pub(super) const MACHINES: &[(&str, &str)] = &[
    (
        "{machine}",
        r"(?:(?:a |an )?(?:ro)?bot|(?:a |an )?(?:ai|a i|machine|computer|program|chatbot|chat bot)|(?:a )?(?:real |actual |live )?(?:human|person|people|agent)(?: being)?|real)",
    ),
    (
        "{machine_de}",
        r"(?:(?:chat)?bot|roboter|maschine|computer|programm|ki|k[üu]e?nstliche intelligenz|mensch(?:en)?|person|mitarbeiter(?:in)?)",
    ),
    (
        "{machine_fr}",
        r"(?:(?:chat)?bot|robot|machine|ordinateur|programme|ia|intelligence artificielle|humaine?|[êe]tre humain|personne|conseill(?:er|[èe]re)|agent)",
    ),
    (
        "{machine_es}",
        r"(?:(?:chat)?bot|robot|m[áa]quina|ordenador|computadora|programa|ia|inteligencia artificial|human[oa]|ser humano|persona|agente)",
    ),
];
