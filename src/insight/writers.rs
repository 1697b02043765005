//! What the writers' page shows: coverage, its course over some days, and what readers wrote. The counting is that of
//! `tanya coverage`, so both tell the same numbers for the same days.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::{AskedQuestion, Coverage, CoverageCounter, Days, Ending, OverTime, OverTimeCounter, Step};
use crate::store::{Store, StoreError, Vote};

/// Reasons of readers that are read for one report; the newest ones.
const REASONS: usize = 1000;

/// One state of everything that writers look at.
#[derive(Debug, Clone, PartialEq)]
pub struct WritersReport {
    /// The days that were counted.
    pub days: Days,
    /// When it was counted.
    pub counted_at: Timestamp,
    /// Only questions in this language, and votes on articles in it.
    pub lang: Option<String>,
    /// The counts.
    pub coverage: Coverage,
    /// Their course.
    pub over_time: OverTime,
    /// What readers wrote whom an article did not help, newest first, by article.
    pub reasons: HashMap<String, Vec<Reason>>,
    /// Languages of all questions of these days, whatever `lang` says, the most frequent first.
    pub languages: Vec<String>,
}

/// A reader's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// When.
    pub at: Timestamp,
    /// What was missing or wrong.
    pub text: String,
}

/// Counts the questions and votes of some days.
///
/// # Errors
/// The store's failure.
pub async fn writers_report(
    store: &Store,
    days: &Days,
    step: Step,
    lang: Option<&str>,
    now: Timestamp,
) -> Result<WritersReport, StoreError> {
    let range = days.range();
    let mut counter = CoverageCounter::default();
    let mut over_time = OverTimeCounter::new(days, step);
    let mut languages: BTreeMap<String, u64> = BTreeMap::new();
    store
        .each_question(range, |record| {
            match languages.get_mut(&record.lang) {
                Some(count) => *count += 1,
                None => drop(languages.insert(record.lang.clone(), 1)),
            }
            if lang.is_some_and(|lang| lang != record.lang) {
                return;
            }
            over_time.add(record.at, Ending::of(record.outcome, record.reason));
            counter.add(AskedQuestion::from(record));
        })
        .await?;
    for votes in store.votes_by_article(range, lang).await? {
        counter.add_votes(votes);
    }
    let mut reasons: HashMap<String, Vec<Reason>> = HashMap::new();
    for vote in store.reasons(range, lang, REASONS).await? {
        let Vote {
            article, at, reason, ..
        } = vote;
        if let Some(text) = reason {
            reasons.entry(article).or_default().push(Reason { at, text });
        }
    }
    let mut languages: Vec<(String, u64)> = languages.into_iter().collect();
    languages.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(WritersReport {
        days: days.clone(),
        counted_at: now,
        lang: lang.map(str::to_owned),
        coverage: counter.finish(),
        over_time: over_time.finish(),
        reasons,
        languages: languages.into_iter().map(|(lang, _)| lang).collect(),
    })
}
