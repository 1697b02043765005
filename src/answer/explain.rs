//! Why a decision is as it is: for writers, who want to know what an article lacks, and operators, who want to know where a
//! number comes from.

use crate::{
    kb::{Article, Status},
    search::{
        Ranking, Weights,
        features::NAMES,
        is_function_word, missing_words,
        rank::{self, SIGNALS},
    },
};

use super::{
    ArticleRef, Calibration, Contribution, ExplainedCandidate, Explanation, HandoffReason, NearestMiss, ThresholdKind,
    ThresholdSource, WhyMissed, calibration::Finding, calibration::Scope, explain_words,
};

/// Candidates that are told.
const TOLD: usize = 10;
/// Words that are named; more say only that it is another subject.
const MOST_WORDS: usize = 12;

/// What a decision was made of.
pub(super) struct Grounds<'a> {
    pub(super) question: &'a str,
    pub(super) ranking: &'a Ranking,
    pub(super) weights: &'a Weights,
    pub(super) calibration: Option<&'a Calibration>,
    /// The confidence of the weights alone.
    pub(super) raw: f64,
    pub(super) confidence: f64,
    pub(super) threshold: f64,
    /// Whether the threshold was set by hand.
    pub(super) set: bool,
    /// The rule that took the question: `topic: pattern`.
    pub(super) rule: Option<String>,
    pub(super) reason: Option<HandoffReason>,
    pub(super) answered: bool,
}

/// The reasons, strongest first.
pub(super) fn explanation(grounds: Grounds<'_>, reference: impl Fn(&Article) -> ArticleRef) -> Explanation {
    let Grounds { ranking, weights, .. } = grounds;
    let model = weights.ranking(ranking.sight);
    let articles = ranking.generation.articles();
    let candidates = ranking.ranked.iter().take(TOLD).map(|ranked| {
        let article = &articles[ranked.featured.article];
        let values = ranked.featured.values.iter().map(|value| f64::from(*value));
        ExplainedCandidate {
            article: article.id.0.clone(),
            title: article.title.clone(),
            score: ranked.score,
            features: contributions(NAMES, values, &model.weights),
        }
    });
    let model = weights.confidence(ranking.sight);
    let mut confidence = contributions(
        SIGNALS,
        rank::inputs(&ranking.query, &ranking.ranked).into_iter(),
        &model.weights,
    );
    confidence.push(Contribution {
        name: "bias".into(),
        about: explain_words::of("bias").into(),
        value: 1.0,
        adds: model.bias,
    });
    sort(&mut confidence);
    Explanation {
        rule: grounds.rule.clone(),
        candidates: candidates.collect(),
        unknown_words: unknown_words(ranking),
        confidence,
        raw_confidence: grounds.raw,
        threshold_from: threshold_from(&grounds),
        nearest_miss: nearest_miss(&grounds, reference),
    }
}

/// Words that no article has; those of grammar say nothing about that.
fn unknown_words(ranking: &Ranking) -> Vec<String> {
    let query = &ranking.query;
    let tells = |word: &&String| !is_function_word(word, &query.lang);
    query.unknown_words.iter().filter(tells).cloned().collect()
}

fn contributions(names: &[&str], values: impl Iterator<Item = f64>, weights: &[f64]) -> Vec<Contribution> {
    let mut told: Vec<Contribution> = names
        .iter()
        .zip(values)
        .zip(weights)
        .map(|((name, value), weight)| Contribution {
            name: (*name).to_owned(),
            about: explain_words::of(name).to_owned(),
            value,
            adds: value * weight,
        })
        .filter(|contribution| contribution.adds != 0.0)
        .collect();
    sort(&mut told);
    told
}

/// What moved most comes first, up or down; the order of the names decides between equals.
fn sort(contributions: &mut [Contribution]) {
    contributions.sort_by(|a, b| b.adds.abs().total_cmp(&a.adds.abs()));
}

fn threshold_from(grounds: &Grounds<'_>) -> ThresholdSource {
    let (kind, words) = match grounds.calibration {
        _ if grounds.set => (
            ThresholdKind::Set,
            "set by hand in the settings; it goes before every calibration".to_owned(),
        ),
        Some(calibration) => (ThresholdKind::Calibration, of_calibration(calibration, grounds)),
        None => (
            ThresholdKind::Weights,
            "it came with the weights, for help centers that nobody has labelled; `tanya calibrate` finds one for this one"
                .to_owned(),
        ),
    };
    ThresholdSource { kind, words }
}

fn of_calibration(calibration: &Calibration, grounds: &Grounds<'_>) -> String {
    let first = grounds.ranking.ranked.first();
    let article = first.map(|first| &grounds.ranking.generation.articles()[first.featured.article]);
    let scopes = calibration.file.thresholds.iter().map(|threshold| &threshold.scope);
    let scope = article.and_then(|article| Scope::of(scopes, article));
    let Some(threshold) = calibration.in_scope(scope.unwrap_or(&Scope::Everything)) else {
        return "of the calibration, which knows no threshold for this article: it is not answered with".into();
    };
    let found = match threshold.finding {
        Finding::Proven => format!(
            "proven on {} answers, {} of them wrong",
            threshold.answered, threshold.wrong
        ),
        Finding::TooThin => format!(
            "not proven: only {} answers to test, so it is the one without labels, above every answer that was wrong",
            threshold.answered
        ),
        Finding::NotKept => "too many of the surest answers were wrong, so nothing is answered".to_owned(),
    };
    format!(
        "of the calibration made at {}, for {}: at most {:.1} % of answers may be wrong; {found}",
        calibration.file.made_at,
        threshold.scope.words(),
        threshold.budget * 100.0,
    )
}

/// The best article where nothing was answered, and what stood in its way.
fn nearest_miss(grounds: &Grounds<'_>, reference: impl Fn(&Article) -> ArticleRef) -> Option<NearestMiss> {
    let ranking = grounds.ranking;
    let first = ranking.ranked.first().filter(|_| !grounds.answered)?;
    let article: &Article = &ranking.generation.articles()[first.featured.article];
    let lang = Some(ranking.query.lang.as_str());
    let mut missing = missing_words(&ranking.generation, grounds.question, lang, &article.id.0).unwrap_or_default();
    missing.truncate(MOST_WORDS);
    let section = article
        .passages
        .get(first.featured.passage)
        .and_then(|passage| passage.section)
        .and_then(|section| article.sections.get(section));
    let why = match grounds.reason {
        _ if grounds.confidence < grounds.threshold && grounds.rule.is_none() => WhyMissed::NotSureEnough,
        Some(HandoffReason::SensitiveTopic) if grounds.rule.is_none() => WhyMissed::SensitiveArticle,
        _ if grounds.rule.is_some() => WhyMissed::Rule,
        _ if article.answerable == Some(false) || !matches!(article.status, Status::Live | Status::Unlisted) => {
            WhyMissed::NotForTheBot
        }
        _ => WhyMissed::NotSureEnough,
    };
    Some(NearestMiss {
        article: reference(article),
        heading_path: section.map(|section| section.heading_path.clone()).unwrap_or_default(),
        why,
        confidence: grounds.confidence,
        short_by: (grounds.threshold - grounds.confidence).max(0.0),
        other_language: ranking.generation.language_of(article) != ranking.query.lang,
        missing_words: missing,
    })
}
