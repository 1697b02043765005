//! A question in a conversation: read with the one before it where it needs that, and only there.
//!
//! "And to Bali?" is a question about delivery if delivery was asked about, and a new subject must not inherit the old one:
//! an answer about the old subject would be wrong, and sure of itself. What is short and names no subject, or points back,
//! leans; of what is short and names one, the articles decide: it belongs to what was asked before if the article that was
//! shown then is not out of the question for the new words alone.

use super::{Answerer, Decided, Outcome, Question};
use crate::search::{Leaning, Ranking, Unavailable, leaning, says_again};

/// What was asked before, and what was shown for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// The customer's words.
    pub question: String,
    /// Ids of the articles that were shown, or offered.
    pub articles: Vec<String>,
}

/// An article whose ranking score is this far behind the first one's is out of the question: its share in the belief is less
/// than a four-hundredth.
const OUT_OF_QUESTION: f64 = 6.0;

impl Answerer {
    /// Decides a question that was asked after another one. Also tells what was decided about, if that is not the question
    /// alone. `ids` names decisions.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub async fn decide_after(
        &self,
        ids: impl Fn() -> String,
        question: &Question,
        before: Option<&Before>,
    ) -> Result<(Decided, Option<Question>), Unavailable> {
        let policy = self.policy();
        let (rankings, rule) = self.rank_all(question, &policy).await?;
        let alone = self.conclude_all(ids(), &rankings, &policy, rule, None);
        let (Some(before), [ranking]) = (before, &rankings[..]) else {
            return Ok((alone, None));
        };
        let by_rule = alone
            .decision
            .handoff
            .as_ref()
            .is_some_and(|handoff| handoff.topic.is_some());
        let lang = &alone.decision.language;
        let leans = leaning(&question.text, lang);
        // Said twice, a question would only make the bot surer of what it was not sure of.
        let again = says_again(&question.text, &before.question, lang);
        if by_rule || again || !is_asked_with(ranking, before, leans, alone.decision.decision) {
            return Ok((alone, None));
        }
        let with = Question {
            text: format!("{}\n{}", before.question, question.text),
            ..question.clone()
        };
        let lang = with.lang.as_deref();
        let rules = || policy.matching(&with.text);
        let (mut together, rule) = self.searcher().rank_meanwhile(&with.text, lang, rules).await?;
        // The article is found by both questions, what is shown of it by the one that is asked now.
        if let Some(first) = together.ranked.first_mut()
            && let Some(same) = find(ranking, first.featured.article)
        {
            first.featured.passage = ranking.ranked[same].featured.passage;
        }
        let together = self.conclude(ids(), &together, &policy, rule, None);
        // What answers by itself is not given up for less than an answer.
        if alone.decision.decision == Outcome::Answer && together.decision.decision != Outcome::Answer {
            return Ok((alone, None));
        }
        Ok((together, Some(with)))
    }
}

/// Whether a question is to be read with the one before it.
fn is_asked_with(alone: &Ranking, before: &Before, leans: Leaning, decided: Outcome) -> bool {
    match leans {
        Leaning::Alone => false,
        Leaning::Surely => true,
        Leaning::Perhaps => decided != Outcome::Answer && is_still_possible(alone, before),
    }
}

/// Whether an article that was shown before is not out of the question for the new words alone.
fn is_still_possible(alone: &Ranking, before: &Before) -> bool {
    let articles = alone.generation.articles();
    let highest = alone.ranked.first().map_or(0.0, |first| first.score);
    alone.ranked.iter().any(|ranked| {
        let id = &articles[ranked.featured.article].id.0;
        before.articles.contains(id) && highest - ranked.score <= OUT_OF_QUESTION
    })
}

/// Where an article stands among those whose passage was chosen.
fn find(ranking: &Ranking, article: usize) -> Option<usize> {
    let mut shown = ranking.ranked.iter().take(crate::search::SHOWN);
    shown.position(|ranked| ranked.featured.article == article)
}
