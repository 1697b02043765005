//! From a message to a decision: what it asks is ranked, and each of several questions is decided.

use super::{Answerer, Decided, Outcome, Policy, Question, policy::RuleMatch};
use crate::search::{Ranking, Unavailable, questions};

impl Answerer {
    /// Decides one question. `id` names the decision, `explain` adds the reasons.
    ///
    /// # Errors
    /// When too many questions wait to be embedded, or the runtime fails.
    pub async fn decide(&self, id: String, question: &Question, explain: bool) -> Result<Decided, Unavailable> {
        let policy = self.policy();
        let explain = explain.then_some(&*question.text);
        let (rankings, rule) = self.rank_all(question, &policy).await?;
        Ok(self.conclude_all(id, &rankings, &policy, rule, explain))
    }

    /// [`Self::decide`] on this thread; not for use inside a runtime.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn decide_blocking(&self, id: String, question: &Question, explain: bool) -> Result<Decided, Unavailable> {
        let policy = self.policy();
        let lang = question.lang.as_deref();
        let asked = self.asked(question);
        let mut rankings = Vec::with_capacity(asked.len());
        for text in &asked {
            rankings.push(self.searcher().rank_blocking(text, lang, || ())?.0);
        }
        if is_one_matter(&rankings) {
            rankings = vec![self.searcher().rank_blocking(&asked.join(" "), lang, || ())?.0];
        }
        if self.is_unsure(&rankings) && asked[0] != question.text {
            // The question shows its language better than names and numbers around it.
            let lang = Some(rankings[0].query.lang.clone());
            let whole = self.searcher().rank_blocking(&question.text, lang.as_deref(), || ())?.0;
            self.take_surer(&mut rankings, whole);
        }
        let rule = policy.matching(&question.text);
        Ok(self.conclude_all(id, &rankings, &policy, rule, explain.then_some(&*question.text)))
    }

    /// Ranks the articles for each question of a message; rules read the whole of it.
    pub(super) async fn rank_all<'p>(
        &self,
        question: &Question,
        policy: &'p Policy,
    ) -> Result<(Vec<Ranking>, Option<RuleMatch<'p>>), Unavailable> {
        let lang = question.lang.as_deref();
        let asked = self.asked(question);
        let rules = || policy.matching(&question.text);
        let (first, rule) = self.searcher().rank_meanwhile(&asked[0], lang, rules).await?;
        let mut rankings = vec![first];
        for text in &asked[1..] {
            rankings.push(self.searcher().rank(text, lang).await?);
        }
        if is_one_matter(&rankings) {
            rankings = vec![self.searcher().rank(&asked.join(" "), lang).await?];
        }
        if self.is_unsure(&rankings) && asked[0] != question.text {
            // As in `decide_blocking`.
            let lang = Some(rankings[0].query.lang.clone());
            let whole = self.searcher().rank(&question.text, lang.as_deref()).await?;
            self.take_surer(&mut rankings, whole);
        }
        Ok((rankings, rule))
    }

    /// Whether none of the questions would be answered.
    fn is_unsure(&self, rankings: &[Ranking]) -> bool {
        let weights = self.searcher().weights();
        rankings.iter().all(|ranking| {
            let weighed = self.weigh(ranking, &weights);
            weighed.confidence < weighed.threshold
        })
    }

    /// Questions that nothing answers may need their story: "is something wrong on your side?". Then the message as a whole
    /// decides, if it is surer of an article than they are.
    fn take_surer(&self, rankings: &mut Vec<Ranking>, whole: Ranking) {
        let weights = self.searcher().weights();
        let sure = |ranking: &Ranking| self.weigh(ranking, &weights).confidence;
        if rankings.iter().all(|ranking| sure(ranking) < sure(&whole)) {
            *rankings = vec![whole];
        }
    }

    /// What a message asks; never empty.
    fn asked(&self, question: &Question) -> Vec<String> {
        let told = question.lang.as_deref().unwrap_or("en");
        let lang = self.searcher().generation().language_of_question(&question.text, told);
        let asked = questions(&question.text, &lang);
        if asked.is_empty() {
            return vec![question.text.clone()];
        }
        asked
    }

    /// The decision about a message. Of several questions the first that is not answered decides, so that no part of a message
    /// is left alone; what answers the others comes with it.
    pub(super) fn conclude_all(
        &self,
        id: String,
        rankings: &[Ranking],
        policy: &Policy,
        rule: Option<RuleMatch<'_>>,
        explain: Option<&str>,
    ) -> Decided {
        let decide = |ranking: &Ranking| self.conclude(id.clone(), ranking, policy, rule.clone(), explain);
        let mut decided: Vec<Decided> = rankings.iter().map(decide).collect();
        let answers = |decided: &Decided| decided.decision.decision == Outcome::Answer;
        let leads = decided.iter().position(|one| !answers(one)).unwrap_or(0);
        let mut first = decided.swap_remove(leads);
        // `swap_remove` put the last one into its place.
        let mut others = decided;
        if leads < others.len() {
            others[leads..].rotate_left(1);
        }
        for other in others {
            let Some(answer) = other.decision.answer else { continue };
            let first_answer = first.decision.answer.iter();
            let mut told = first_answer.chain(&first.decision.more);
            if !told.any(|told| told.article.id == answer.article.id && told.span == answer.span) {
                first.decision.more.push(answer);
                first.answered_more.extend(other.answered);
            }
        }
        first
    }
}

/// Whether several questions lead to one article: then they are one matter, and are read together.
fn is_one_matter(rankings: &[Ranking]) -> bool {
    let first = |ranking: &Ranking| ranking.ranked.first().map(|first| first.featured.article);
    rankings.len() > 1 && rankings.iter().all(|ranking| first(ranking) == first(&rankings[0]))
}
