//! The report's numbers in words.

use super::{Coverage, Share, UnansweredReason};
use crate::answer::HandoffReason;

/// `62 %`; what is not quite nothing or all says so.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p > 0.0 && p < 0.5 => "<1 %".to_owned(),
        p if (99.5..100.0).contains(&p) => ">99 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}

/// `59–65 %`: where the true share lies with 95 % probability.
pub fn interval(share: &Share) -> String {
    format!("{:.0}–{:.0} %", share.low * 100.0, share.high * 100.0)
}

/// `1,240`.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 question`, `1,240 questions`.
pub fn questions(count: u64) -> String {
    match count {
        1 => "1 question".to_owned(),
        many => format!("{} questions", thousands(many)),
    }
}

impl Coverage {
    /// What matters most, in a few words: the writers' share.
    pub fn headline(&self) -> String {
        let covered = &self.covered;
        match (self.questions, covered.of) {
            (0, _) => "No questions yet".to_owned(),
            (_, 0) => "No question was a matter of articles".to_owned(),
            _ => format!("{} of questions were answered by articles", percent(covered.share)),
        }
    }

    /// What it is made of, in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let covered = &self.covered;
        let mut told = Vec::new();
        if self.questions == 0 {
            return told;
        }
        if covered.of > 0 {
            let answered = thousands(covered.count);
            told.push(format!(
                "{answered} of {} ({}).",
                questions(covered.of),
                interval(covered)
            ));
        }
        let more = if covered.of > 0 { " more" } else { "" };
        match self.for_people.count {
            0 => {}
            1 => told.push(format!("1{more} belongs to people and does not count here.")),
            many => told.push(format!(
                "{}{more} belong to people and do not count here.",
                thousands(many)
            )),
        }
        // Of a handful it would only say that all of them are all.
        let (most, which) = match self.unanswered.len() {
            ..=3 => (0, ""),
            4..=20 => (3, "three"),
            _ => (10, "ten"),
        };
        let then = self.with_answers_to(most);
        if then.count > covered.count {
            let share = percent(then.share);
            told.push(format!(
                "With articles for the {which} asked most of the others it would be {share}."
            ));
        }
        told
    }

    /// Headline and sentences as one text.
    pub fn summary(&self) -> String {
        let mut parts = vec![format!("{}:", self.headline())];
        parts.extend(self.sentences());
        match parts.len() {
            1 => format!("{}.", self.headline()),
            _ => parts.join(" "),
        }
    }
}

impl UnansweredReason {
    /// In words for writers.
    pub fn words(self) -> &'static str {
        match self {
            UnansweredReason::LowConfidence => "Not sure enough",
            UnansweredReason::NoMatch => "Nothing like it",
            UnansweredReason::Clarify => "Asked back",
        }
    }
}

/// Why a question went to people, in words for writers.
pub fn handoff_words(reason: HandoffReason) -> &'static str {
    match reason {
        HandoffReason::LowConfidence => "Not sure enough",
        HandoffReason::NoMatch => "Nothing like it in the articles",
        HandoffReason::SensitiveTopic => "Sensitive topic",
        HandoffReason::WantsPerson => "Asked for a person",
        HandoffReason::PeopleFirst => "Customer goes to people first",
        HandoffReason::DidNotHelp => "Answer did not help",
        HandoffReason::Misses => "No answer twice",
        HandoffReason::TakenOver => "Taken over by a person",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        answer::Outcome,
        insight::{AskedQuestion, coverage},
    };

    fn asked(text: &str, outcome: Outcome, reason: Option<HandoffReason>) -> AskedQuestion {
        AskedQuestion {
            at: None,
            text: text.into(),
            lang: "en".into(),
            outcome,
            reason,
            topic: None,
            confidence: 0.3,
            threshold: 0.7,
            answer: None,
            nearest: None,
        }
    }

    #[test]
    fn the_sentence_leaves_out_what_belongs_to_people_and_says_so() {
        let answered = (0..769).map(|_| asked("where", Outcome::Answer, None));
        let unsure = (0..371).map(|_| asked("how", Outcome::Handoff, Some(HandoffReason::LowConfidence)));
        let billing = (0..100).map(|_| asked("pay", Outcome::Handoff, Some(HandoffReason::SensitiveTopic)));
        let report = coverage(answered.chain(unsure).chain(billing));
        assert_eq!(
            report.summary(),
            "67 % of questions were answered by articles: 769 of 1,140 questions (65–70 %). 100 more belong to people and \
             do not count here."
        );
        let others = (0..6).map(|n| asked(&format!("other {n}"), Outcome::Clarify, None));
        let more = coverage(others.chain((0..94).map(|_| asked("where", Outcome::Answer, None))));
        assert!(
            more.summary()
                .ends_with("With articles for the three asked most of the others it would be 97 %.")
        );
    }

    #[test]
    fn few_questions_make_few_words() {
        assert_eq!(coverage([]).summary(), "No questions yet.");
        let people = coverage([asked("pay", Outcome::Handoff, Some(HandoffReason::WantsPerson))]);
        assert_eq!(
            people.summary(),
            "No question was a matter of articles: 1 belongs to people and does not count here."
        );
        let one = coverage([asked("where", Outcome::Answer, None)]);
        assert_eq!(
            one.summary(),
            "100 % of questions were answered by articles: 1 of 1 question (21–100 %)."
        );
    }

    #[test]
    fn numbers_are_told_as_people_write_them() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(percent(0.001), "<1 %");
        assert_eq!(percent(0.999), ">99 %");
        assert_eq!(percent(1.0), "100 %");
    }
}
