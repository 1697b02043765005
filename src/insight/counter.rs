//! Counting questions one by one, from wherever they come.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::{
    ArticleName, ArticleUse, AskedQuestion, Coverage, Ending, LanguageShare, ReasonShare, Share, TopicShare,
    Unanswered, UnansweredReason,
};
use crate::{
    answer::{HandoffReason, Outcome},
    store::ArticleVotes,
};

/// Counts questions one by one: for a log that does not fit into memory. Keeps one entry per unanswered text.
#[derive(Debug, Default)]
pub struct CoverageCounter {
    outcomes: HashMap<&'static str, u64>,
    endings: HashMap<Ending, u64>,
    reasons: HashMap<HandoffReason, u64>,
    topics: HashMap<String, u64>,
    languages: HashMap<String, InLanguage>,
    unanswered: HashMap<String, Unanswered>,
    articles: HashMap<String, ArticleUse>,
}

impl CoverageCounter {
    /// Counts one question.
    pub fn add(&mut self, question: AskedQuestion) {
        let ending = question.ending();
        *self.outcomes.entry(question.outcome.as_str()).or_default() += 1;
        *self.endings.entry(ending).or_default() += 1;
        let language = self.languages.entry(question.lang.clone()).or_default();
        language.asked += 1;
        language.for_people += u64::from(ending == Ending::ForPeople);
        match question.outcome {
            Outcome::Answer => {
                language.answered += 1;
                if let Some(answer) = &question.answer {
                    self.article(answer).answered += 1;
                }
            }
            Outcome::Clarify | Outcome::Handoff => {
                if let Some(nearest) = &question.nearest {
                    self.article(nearest).only_nearest += 1;
                }
            }
        }
        if question.outcome == Outcome::Handoff {
            if let Some(reason) = question.reason {
                *self.reasons.entry(reason).or_default() += 1;
            }
            if let Some(topic) = &question.topic {
                *self.topics.entry(topic.clone()).or_default() += 1;
            }
        }
        if let Some(reason) = UnansweredReason::of(&question) {
            let key = normalized(&question.text);
            let count = self.unanswered.get(&key).map_or(0, |before| before.count) + 1;
            let AskedQuestion {
                text,
                lang,
                nearest,
                confidence,
                threshold,
                at,
                ..
            } = question;
            let entry = Unanswered {
                question: text,
                language: lang,
                count,
                reason,
                nearest,
                confidence,
                threshold,
                last_asked: at,
            };
            self.unanswered.insert(key, entry);
        }
    }

    /// Adds readers' votes on an article, after the questions: an article that no question met goes by its id.
    pub fn add_votes(&mut self, votes: ArticleVotes) {
        let title = self.articles.get(&votes.article).map(|known| known.title.clone());
        let entry = self.article(&ArticleName {
            title: title.unwrap_or_else(|| votes.article.clone()),
            article: votes.article,
        });
        entry.helped += votes.helped;
        entry.did_not_help += votes.did_not_help;
    }

    fn article(&mut self, name: &ArticleName) -> &mut ArticleUse {
        let entry = self.articles.entry(name.article.clone()).or_insert_with(|| ArticleUse {
            article: name.article.clone(),
            title: String::new(),
            answered: 0,
            only_nearest: 0,
            helped: 0,
            did_not_help: 0,
        });
        // The latest title is the one that writers know it by.
        entry.title.clone_from(&name.title);
        entry
    }

    /// The report.
    pub fn finish(self) -> Coverage {
        let questions = self.outcomes.values().sum();
        let outcome = |outcome: Outcome| {
            Share::new(
                self.outcomes.get(outcome.as_str()).copied().unwrap_or_default(),
                questions,
            )
        };
        let ending = |ending: Ending| self.endings.get(&ending).copied().unwrap_or_default();
        let (answered, for_people) = (ending(Ending::Answered), ending(Ending::ForPeople));
        let no_answer = Share::new(ending(Ending::NoAnswer), questions);
        let mut by_reason: Vec<_> = self
            .reasons
            .into_iter()
            .map(|(reason, count)| ReasonShare {
                reason,
                share: Share::new(count, questions),
            })
            .collect();
        by_reason.sort_by(|a, b| {
            b.share
                .count
                .cmp(&a.share.count)
                .then_with(|| a.reason.as_str().cmp(b.reason.as_str()))
        });
        let mut by_topic: Vec<_> = self
            .topics
            .into_iter()
            .map(|(topic, count)| TopicShare {
                topic,
                share: Share::new(count, questions),
            })
            .collect();
        by_topic.sort_by(|a, b| b.share.count.cmp(&a.share.count).then_with(|| a.topic.cmp(&b.topic)));
        let mut by_language: Vec<_> = self
            .languages
            .into_iter()
            .map(|(language, counts)| LanguageShare {
                language,
                answered: Share::new(counts.answered, counts.asked),
                covered: Share::new(counts.answered, counts.asked - counts.for_people),
            })
            .collect();
        by_language.sort_by(|a, b| {
            b.answered
                .of
                .cmp(&a.answered.of)
                .then_with(|| a.language.cmp(&b.language))
        });
        let mut unanswered: Vec<_> = self.unanswered.into_values().collect();
        unanswered.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.question.cmp(&b.question)));
        let mut articles: Vec<_> = self.articles.into_values().collect();
        articles.sort_by(|a, b| {
            (b.answered, b.only_nearest)
                .cmp(&(a.answered, a.only_nearest))
                .then_with(|| a.article.cmp(&b.article))
        });
        Coverage {
            questions,
            answered: outcome(Outcome::Answer),
            clarified: outcome(Outcome::Clarify),
            handed_over: outcome(Outcome::Handoff),
            no_answer,
            for_people: Share::new(for_people, questions),
            covered: Share::new(answered, questions - for_people),
            by_reason,
            by_topic,
            by_language,
            unanswered,
            articles,
        }
    }
}

/// Questions in one language.
#[derive(Debug, Default)]
struct InLanguage {
    asked: u64,
    answered: u64,
    for_people: u64,
}

/// What makes two texts the same question: compatibility forms, case, spaces and the marks of a sentence at its ends do
/// not. Other signs do (`C#`, `-1`).
pub(super) fn normalized(text: &str) -> String {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let words: Vec<&str> = folded.split_whitespace().collect();
    let joined = words.join(" ");
    let bare = joined.trim_matches(|c: char| ".?!,;:…。、؟\"'“”‘’«»()¿¡ ".contains(c));
    // A text of marks only is itself.
    if bare.is_empty() { joined } else { bare.to_owned() }
}
