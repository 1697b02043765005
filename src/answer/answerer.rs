//! Takes the decision about one question.

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};

use super::{
    Answer, ArticleRef, Calibration, Choice, Decision, Handoff, HandoffReason, NearestMiss, Outcome, Policy, WhyMissed,
    explain::{Grounds, explanation},
    passage,
    policy::RuleMatch,
    words,
};
use crate::{
    kb::{Article, Status},
    search::{Ranking, Searcher, Sight, Weights, rank},
};

/// The team that takes what no topic names a team for.
pub const DEFAULT_TEAM: &str = "support";
/// Ranked articles that a decision reports.
const REPORTED: usize = 10;
/// A choice is offered only of articles that are each at least this likely.
const LEAST_OPTION: f64 = 0.12;
/// A choice is offered if its articles together hold so much of the probability. Asking back costs a customer a click, a
/// wrong answer costs their trust, so less is asked of a choice than of an answer. Measured with weights that had not seen
/// the set, against the threshold of an answer (0.8): 3 % of questions instead of 1 % are asked back on clinc150, 10 %
/// instead of 5 % on hint3-sofmattress, 18 % instead of 10 % on covidfaq, and the right article is among the options in 94,
/// 82 and 82 of a hundred (before 100, 83, 83). It is worst where half of the questions have no answer (banking77-nearoos):
/// 41 of a hundred, before 44.
const HOLD_MOST: f64 = 0.6;
/// Most options of a choice.
const MOST_OPTIONS: usize = 4;
/// Below this confidence nothing in the kb resembles the question.
const NO_MATCH: f64 = 0.05;

/// What an operator sets about answering.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Confidence from which on the bot answers; `None` for the calibration's, else the weights' own.
    pub threshold: Option<f64>,
    /// Put before article addresses, without a trailing slash.
    pub public_url: Option<String>,
}

/// A cheap-clone handle that decides questions.
#[derive(Clone)]
pub struct Answerer {
    searcher: Searcher,
    /// Swapped whole; a question keeps the rules that it started with.
    policy: Arc<ArcSwap<Policy>>,
    /// Swapped whole as well. One that was made for other articles or weights waits unused until it is replaced.
    calibration: Arc<ArcSwapOption<Calibration>>,
    settings: Arc<Settings>,
}

/// A decision with what is written down about it.
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// The ten best articles with their ranking scores, whatever was decided.
    pub ranked: Vec<(ArticleRef, f64)>,
    /// The heading of the section that was shown of the first of them, or would have been.
    pub section: Option<String>,
    /// The source of the article that was answered with, for keeping.
    pub answered: Option<AnsweredArticle>,
    /// The same of what answers the other questions of the message.
    pub answered_more: Vec<AnsweredArticle>,
    /// What a calibration is fitted to.
    pub evidence: Evidence,
}

/// What was known when the decision was taken, before any calibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// What the vectors could see.
    pub sight: Sight,
    /// The confidence of the weights.
    pub raw: f64,
    /// Whether only the confidence decides: no rule takes the question, and the first article may be answered with.
    pub open: bool,
}

impl Decided {
    /// Gives the question to people whatever was decided; what would have been answered stays known.
    pub fn hand_over(&mut self, reason: HandoffReason, topic: Option<&str>, team: &str) {
        let decision = &mut self.decision;
        decision.decision = Outcome::Handoff;
        if let (Some(explanation), Some(answer)) = (&mut decision.explanation, &decision.answer) {
            explanation.nearest_miss = Some(NearestMiss {
                article: answer.article.clone(),
                heading_path: answer
                    .section
                    .as_ref()
                    .map(|at| at.heading_path.clone())
                    .unwrap_or_default(),
                why: WhyMissed::PeopleFirst,
                confidence: decision.confidence,
                short_by: 0.0,
                other_language: false,
                missing_words: Vec::new(),
            });
        }
        decision.answer = None;
        decision.options.clear();
        decision.more.clear();
        decision.handoff = Some(Handoff {
            reason,
            topic: topic.map(str::to_owned),
            team: team.to_owned(),
            ticket: None,
            promise: None,
            by: None,
            message: words::handoff_message(reason, &decision.language).to_owned(),
        });
        self.answered = None;
        self.answered_more.clear();
    }
}

/// How sure the bot is of a ranking.
pub(super) struct Weighed<'a> {
    /// By the weights alone.
    pub raw: f64,
    /// As it is told.
    pub confidence: f64,
    /// From where on it answers.
    pub threshold: f64,
    /// What made the one from the other.
    pub calibration: Option<Arc<Calibration>>,
    /// The first candidate.
    pub first: Option<&'a Article>,
}

/// The article version that was shown.
pub struct AnsweredArticle {
    /// Its id.
    pub id: String,
    /// `sha256:…`.
    pub version: String,
    /// The decoded file.
    pub source: String,
}

impl Answerer {
    /// Decides with this searcher, these rules and settings.
    pub fn new(searcher: Searcher, policy: Policy, settings: Settings) -> Self {
        Answerer {
            searcher,
            policy: Arc::new(ArcSwap::from_pointee(policy)),
            calibration: Arc::default(),
            settings: Arc::new(settings),
        }
    }

    /// The searcher.
    pub fn searcher(&self) -> &Searcher {
        &self.searcher
    }

    /// The rules.
    pub fn policy(&self) -> Arc<Policy> {
        self.policy.load_full()
    }

    /// Decides by other rules from now on, in all clones.
    pub fn switch_policy(&self, policy: Arc<Policy>) {
        self.policy.store(policy);
    }

    /// The calibration, whether it fits or not.
    pub fn calibration(&self) -> Option<Arc<Calibration>> {
        self.calibration.load_full()
    }

    /// Decides with another calibration from now on, or with none, in all clones.
    pub fn switch_calibration(&self, calibration: Option<Arc<Calibration>>) {
        self.calibration.store(calibration);
    }

    /// Why the calibration is not used, if there is one that does not fit.
    pub fn calibration_misfit(&self) -> Option<String> {
        let calibration = self.calibration()?;
        calibration.misfit(&self.searcher.generation(), &self.searcher.weights())
    }

    /// The confidence that the operator has set by hand; it goes before every calibration.
    pub fn set_threshold(&self) -> Option<f64> {
        self.settings.threshold
    }

    /// How sure the bot is, and how sure it must be.
    pub(super) fn weigh<'a>(&self, ranking: &'a Ranking, weights: &Weights) -> Weighed<'a> {
        let generation = &ranking.generation;
        let fits = |calibration: &Arc<Calibration>| calibration.misfit(generation, weights).is_none();
        let calibration = self.calibration().filter(fits);
        let first = ranking
            .ranked
            .first()
            .map(|first| &generation.articles()[first.featured.article]);
        let raw = rank::confidence(&ranking.query, &ranking.ranked, weights, ranking.sight);
        let (confidence, threshold) = match &calibration {
            // Without a candidate there is nothing to be sure of.
            Some(calibration) if first.is_some() => (
                calibration.confidence(ranking.sight, raw),
                calibration.threshold(ranking.sight, first),
            ),
            _ => (raw, weights.threshold),
        };
        Weighed {
            raw,
            confidence,
            threshold: self.settings.threshold.unwrap_or(threshold),
            calibration,
            first,
        }
    }

    /// The decision, once the articles are ranked and the rules matched; with `explain`, the question's words, the reasons as
    /// well. Pure.
    pub(super) fn conclude(
        &self,
        id: String,
        ranking: &Ranking,
        policy: &Policy,
        rule: Option<RuleMatch<'_>>,
        explain: Option<&str>,
    ) -> Decided {
        let weights = self.searcher.weights();
        let Weighed {
            raw,
            confidence,
            threshold,
            calibration,
            first,
        } = self.weigh(ranking, &weights);
        let evidence = Evidence {
            sight: ranking.sight,
            raw,
            open: is_open(policy, rule.as_ref().map(|rule| rule.topic), first),
        };
        let verdict = self.judge(
            ranking,
            policy,
            rule.as_ref().map(|rule| rule.topic),
            confidence,
            threshold,
        );

        let generation = &ranking.generation;
        let article_of = |at: usize| &generation.articles()[ranking.ranked[at].featured.article];
        let mut decision = Decision {
            id,
            decision: Outcome::Handoff,
            confidence,
            threshold,
            language: ranking.query.lang.clone(),
            answer: None,
            options: Vec::new(),
            handoff: None,
            more: Vec::new(),
            generation: generation.id().to_owned(),
            weights: weights.hash.clone(),
            calibration: calibration.as_ref().map_or_else(
                || format!("built-in-{}", weights.hash),
                |calibration| calibration.hash.clone(),
            ),
            rules: policy.hash().to_owned(),
            explanation: None,
        };
        let mut answered = None;
        match verdict {
            Verdict::Answer(answer) => {
                let article = article_of(0);
                decision.decision = Outcome::Answer;
                answered = Some(AnsweredArticle {
                    id: article.id.0.clone(),
                    version: article.version.clone(),
                    source: article.source.clone(),
                });
                decision.answer = Some(*answer);
            }
            Verdict::Clarify(options) => {
                decision.decision = Outcome::Clarify;
                decision.options = options
                    .into_iter()
                    .map(|(at, confidence)| Choice {
                        article: self.reference(article_of(at)),
                        confidence,
                    })
                    .collect();
            }
            Verdict::Handoff(reason, topic) => {
                let team = topic
                    .and_then(|topic| policy.topic(topic))
                    .map_or(DEFAULT_TEAM, |topic| &topic.team);
                decision.handoff = Some(Handoff {
                    reason,
                    topic: topic.map(str::to_owned),
                    team: team.to_owned(),
                    ticket: None,
                    promise: None,
                    by: None,
                    message: words::handoff_message(reason, &ranking.query.lang).to_owned(),
                });
            }
        }
        if let Some(question) = explain {
            let grounds = Grounds {
                question,
                ranking,
                weights: &weights,
                calibration: calibration.as_deref(),
                raw,
                confidence,
                threshold,
                set: self.settings.threshold.is_some(),
                rule: rule.map(|rule| format!("{}: {}", rule.topic, rule.pattern)),
                reason: decision.handoff.as_ref().map(|handoff| handoff.reason),
                answered: decision.answer.is_some(),
            };
            decision.explanation = Some(explanation(grounds, |article| self.reference(article)));
        }
        let ranked = (0..ranking.ranked.len().min(REPORTED))
            .map(|at| (self.reference(article_of(at)), ranking.ranked[at].score))
            .collect();
        let section = ranking.ranked.first().and_then(|first| {
            let article = article_of(0);
            let section = article.passages.get(first.featured.passage)?.section?;
            Some(article.sections.get(section)?.heading().to_owned())
        });
        Decided {
            decision,
            ranked,
            section,
            answered,
            answered_more: Vec::new(),
            evidence,
        }
    }

    /// Rules first; then the confidence against the threshold.
    fn judge<'a>(
        &'a self,
        ranking: &'a Ranking,
        policy: &Policy,
        rule: Option<&'a str>,
        confidence: f64,
        threshold: f64,
    ) -> Verdict<'a> {
        let first = ranking.ranked.first();
        let article = first.map(|first| &ranking.generation.articles()[first.featured.article]);
        let sure = confidence >= threshold;
        if let Some(topic) = rule
            && !(sure && article.is_some_and(|article| is_freed(policy, topic, article)))
        {
            return Verdict::Handoff(reason_of(policy, topic), Some(topic));
        }
        let (Some(first), Some(article)) = (first, article) else {
            return Verdict::Handoff(HandoffReason::NoMatch, None);
        };
        if sure {
            if let Some(topic) = article.topic.as_deref().filter(|_| article.answerable != Some(true)) {
                return Verdict::Handoff(HandoffReason::SensitiveTopic, Some(topic));
            }
            if may_answer(article)
                && let Some(answer) = passage::answer(
                    &ranking.generation,
                    article,
                    first.featured.passage,
                    &ranking.query,
                    self.reference(article),
                )
            {
                return Verdict::Answer(Box::new(answer));
            }
            return Verdict::Handoff(HandoffReason::LowConfidence, None);
        }
        if confidence < NO_MATCH {
            return Verdict::Handoff(HandoffReason::NoMatch, None);
        }
        match options(ranking, confidence, threshold) {
            Some(options) => Verdict::Clarify(options),
            None => Verdict::Handoff(HandoffReason::LowConfidence, None),
        }
    }

    /// Names an article on the wire.
    pub fn reference(&self, article: &Article) -> ArticleRef {
        let base = self.settings.public_url.as_deref().unwrap_or("");
        ArticleRef {
            id: article.id.0.clone(),
            title: article.title.clone(),
            url: format!("{base}/articles/{}", article.url_path),
            version: article.version.clone(),
        }
    }
}

/// Why a rule of this topic gives a question to people.
fn reason_of(policy: &Policy, topic: &str) -> HandoffReason {
    policy
        .topic(topic)
        .map_or(HandoffReason::SensitiveTopic, |topic| topic.reason)
}

/// Whether the operator has freed this article of a sensitive topic for the bot, by name. A wish for a person is never
/// answered by an article.
fn is_freed(policy: &Policy, topic: &str, article: &Article) -> bool {
    article.answerable == Some(true)
        && article.topic.as_deref() == Some(topic)
        && reason_of(policy, topic) == HandoffReason::SensitiveTopic
}

/// Whether the bot may answer with this article at all.
fn may_answer(article: &Article) -> bool {
    article.answerable != Some(false) && matches!(article.status, Status::Live | Status::Unlisted)
}

/// Whether a question with this first article is answered if only the confidence is high enough.
fn is_open(policy: &Policy, rule: Option<&str>, first: Option<&Article>) -> bool {
    let Some(article) = first else { return false };
    rule.is_none_or(|topic| is_freed(policy, topic, article))
        && (article.topic.is_none() || article.answerable == Some(true))
        && may_answer(article)
}

enum Verdict<'a> {
    Answer(Box<Answer>),
    Clarify(Vec<(usize, f64)>),
    Handoff(HandoffReason, Option<&'a str>),
}

/// Two to four candidates that together hold most of the probability, if there are such. The first one's probability is
/// the confidence; the others share in it as the ranking model divides its belief.
fn options(ranking: &Ranking, confidence: f64, threshold: f64) -> Option<Vec<(usize, f64)>> {
    let shares = rank::shares(&ranking.ranked);
    let first = shares.first().copied().filter(|share| *share > 0.0)?;
    let articles = ranking.generation.articles();
    let mut keys: Vec<&str> = Vec::new();
    let mut options = Vec::new();
    let mut left = 1.0;
    for (at, share) in shares.iter().enumerate() {
        let probability = (confidence * share / first).min(left);
        if probability < LEAST_OPTION || options.len() == MOST_OPTIONS {
            break;
        }
        let article = &articles[ranking.ranked[at].featured.article];
        left -= probability;
        // Not twice the same in two languages, and nothing that the bot must not answer with.
        let offered =
            article.answerable != Some(false) && (article.topic.is_none() || article.answerable == Some(true));
        if offered && !keys.contains(&article.translation_key.as_str()) {
            keys.push(&article.translation_key);
            options.push((at, probability));
        }
    }
    let sum: f64 = options.iter().map(|(_, probability)| probability).sum();
    (options.len() >= 2 && sum >= threshold.min(HOLD_MOST)).then_some(options)
}
