//! The receipt's words: one table for each language, since their sentences differ in their words alone.

mod asian;
mod european;

use crate::answer::HandoffReason;

/// All words of a receipt in one language. `{…}` is filled in.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::desk) struct Texts {
    /// BCP 47 primary.
    pub code: &'static str,
    pub low_confidence: &'static str,
    pub no_match: &'static str,
    pub wants_person: &'static str,
    pub people_first: &'static str,
    pub did_not_help: &'static str,
    pub taken_over: &'static str,
    pub misses: &'static str,
    /// By topic; the last one, without a name, is for all others.
    pub topics: &'static [(&'static str, &'static str)],
    /// `{team}`, `{by}`.
    pub answers_team: &'static str,
    /// `{by}`.
    pub answers: &'static str,
    /// `{opens}`.
    pub closed: &'static str,
    pub meanwhile: &'static str,
    pub meanwhile_email: &'static str,
    /// `{reference}`.
    pub reference: &'static str,
    pub between_sentences: &'static str,
    /// What teams are called.
    pub teams: &'static [(&'static str, &'static str)],
    /// `{team}` as it is configured.
    pub other_team: &'static str,
    pub today: &'static str,
    pub tomorrow: &'static str,
    /// `{hh}` or `{h}`, `{mm}`.
    pub time: &'static str,
    /// `{weekday}`, `{day}`, `{month}`, `{year}`, `{time}`, `{zone}`.
    pub moment: &'static str,
    /// January first.
    pub months: [&'static str; 12],
    /// Monday first.
    pub days: [&'static str; 7],
}

/// In every language that customers are written to; a language without a table gets the first one.
pub(in crate::desk) static ALL: [&Texts; 7] = [
    &european::ENGLISH,
    &asian::INDONESIAN,
    &asian::JAPANESE,
    &european::GERMAN,
    &european::FRENCH,
    &european::SPANISH,
    &asian::CHINESE,
];

impl Texts {
    /// Why a person answers.
    pub fn why(&self, reason: HandoffReason, topic: Option<&str>) -> &'static str {
        match reason {
            HandoffReason::SensitiveTopic => self.why_topic(topic.unwrap_or_default()),
            HandoffReason::LowConfidence => self.low_confidence,
            HandoffReason::NoMatch => self.no_match,
            HandoffReason::WantsPerson => self.wants_person,
            HandoffReason::PeopleFirst => self.people_first,
            HandoffReason::DidNotHelp => self.did_not_help,
            HandoffReason::TakenOver => self.taken_over,
            HandoffReason::Misses => self.misses,
        }
    }

    fn why_topic(&self, topic: &str) -> &'static str {
        let of = |wanted: &str| {
            let found = self.topics.iter().find(|(known, _)| *known == wanted);
            found.map(|(_, text)| *text)
        };
        // A test sees to it that every table has the one for all others.
        of(topic).or_else(|| of("")).unwrap_or(self.wants_person)
    }
}

/// Puts values in place of `{name}`.
pub(in crate::desk) fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 40);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        out.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The names in braces, in order of the alphabet.
#[cfg(test)]
pub(crate) fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = text
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_table_with_the_same_placeholders() {
        assert_eq!(ALL.map(|texts| texts.code), ["en", "id", "ja", "de", "fr", "es", "zh"]);
        let model = ALL[0];
        for texts in ALL {
            let pairs = [
                (texts.answers_team, model.answers_team),
                (texts.answers, model.answers),
                (texts.closed, model.closed),
                (texts.reference, model.reference),
                (texts.other_team, model.other_team),
                (texts.moment, model.moment),
            ];
            for (text, english) in pairs {
                assert_eq!(placeholders(text), placeholders(english), "{}: {text}", texts.code);
            }
            let without = [
                texts.low_confidence,
                texts.no_match,
                texts.meanwhile,
                texts.meanwhile_email,
            ];
            for text in without {
                assert!(
                    !text.is_empty() && placeholders(text).is_empty(),
                    "{}: {text}",
                    texts.code
                );
            }
            assert!(placeholders(texts.time).contains(&"mm"), "{}", texts.code);
            let names = |pairs: &[(&'static str, &str)]| pairs.iter().map(|(name, _)| *name).collect::<Vec<_>>();
            assert_eq!(names(texts.topics), names(model.topics), "{}", texts.code);
            assert_eq!(names(texts.teams), names(model.teams), "{}", texts.code);
        }
    }
}
