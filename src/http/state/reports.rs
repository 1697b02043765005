//! Reports for writers. Large ones are kept for a moment: counting a hundred thousand questions takes a while, and writers
//! click from table to table.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;

use super::Web;
use crate::{
    http::error::{Code, Problem},
    insight::{self, ArticleReport, Days, Step, WritersReport},
    search::{self, Generation},
    store::StoreError,
};

/// How long a large report is shown before it is counted again.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// Reports of fewer questions are counted anew each time, which takes milliseconds: what was just asked is there.
const LARGE: u64 = 2_000;
/// How many reports are kept: each filter is one.
const MOST: usize = 12;

/// What is kept.
#[derive(Default)]
pub(super) struct Reports {
    coverage: Recent<(u16, Option<Step>, Option<String>), WritersReport>,
    articles: Recent<(u16, String), ArticleReport>,
}

/// Values that were computed a moment ago. One is computed at a time: ten writers on Monday morning cost as much as one.
struct Recent<K, T> {
    known: Mutex<Vec<(K, Instant, Arc<T>)>>,
    computing: tokio::sync::Mutex<()>,
}

impl<K, T> Default for Recent<K, T> {
    fn default() -> Self {
        Recent {
            known: Mutex::default(),
            computing: tokio::sync::Mutex::default(),
        }
    }
}

impl<K: PartialEq, T> Recent<K, T> {
    fn get(&self, key: &K) -> Option<Arc<T>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, at, _)| at.elapsed() < KEPT_FOR);
        let found = known.iter().find(|(other, ..)| other == key);
        found.map(|(_, _, value)| Arc::clone(value))
    }

    async fn get_or<E>(
        &self,
        key: K,
        is_large: impl FnOnce(&T) -> bool,
        compute: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        if let Some(value) = self.get(&key) {
            return Ok(value);
        }
        let _turn = self.computing.lock().await;
        if let Some(value) = self.get(&key) {
            return Ok(value);
        }
        let value = Arc::new(compute().await?);
        if is_large(&value) {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= MOST {
                known.remove(0);
            }
            known.push((key, Instant::now(), Arc::clone(&value)));
        }
        Ok(value)
    }
}

impl Web {
    /// Coverage of the last `days` days, today included, in any language or in one; at most half a minute old.
    pub async fn writers_report(
        &self,
        days: u16,
        step: Option<Step>,
        lang: Option<&str>,
    ) -> Result<Arc<WritersReport>, Problem> {
        let now = self.now();
        let compute = async || {
            let span = Days::last(days, now, &self.time_zone());
            let step = step.unwrap_or_else(|| span.usual_step());
            insight::writers_report(&self.app().store, &span, step, lang, now).await
        };
        let key = (days, step, lang.map(str::to_owned));
        let is_large = |report: &WritersReport| report.coverage.questions >= LARGE;
        let report = self.0.reports.coverage.get_or(key, is_large, compute).await;
        report.map_err(unreadable)
    }

    /// One article over the last `days` days, today included; at most half a minute old.
    pub async fn article_report(&self, article: &str, days: u16) -> Result<Arc<ArticleReport>, Problem> {
        let now = self.now();
        let compute = async || {
            let span = Days::last(days, now, &self.time_zone());
            insight::article_report(&self.app().store, article, &span, span.usual_step(), now).await
        };
        let is_large = |report: &ArticleReport| report.read >= LARGE;
        let key = (days, article.to_owned());
        let report = self.0.reports.articles.get_or(key, is_large, compute).await;
        report.map_err(unreadable)
    }

    /// Words of a question that no part of an article contains; `None` when the article is not in the index.
    pub fn missing_words(
        &self,
        generation: &Generation,
        question: &str,
        lang: &str,
        article: &str,
    ) -> Option<Vec<String>> {
        search::missing_words(generation, question, Some(lang), article)
    }

    /// Where the desk's days begin.
    pub fn time_zone(&self) -> TimeZone {
        self.config().desk.zone()
    }
}

fn unreadable(error: StoreError) -> Problem {
    Problem::unavailable(Code::StoreUnavailable, error)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn large_values_are_kept_small_ones_and_failures_are_not() {
        let recent: Recent<u32, u64> = Recent::default();
        let computed = Cell::new(0);
        let get = async |key: u32, value: Result<u64, ()>| {
            let compute = async || {
                computed.set(computed.get() + 1);
                value
            };
            recent
                .get_or(key, |value| *value >= LARGE, compute)
                .await
                .map(|value| *value)
        };
        assert_eq!(get(1, Err(())).await, Err(()));
        assert_eq!(get(1, Ok(5)).await, Ok(5));
        assert_eq!(get(1, Ok(9_000)).await, Ok(9_000));
        assert_eq!(get(1, Ok(9_001)).await, Ok(9_000));
        assert_eq!(get(2, Ok(9_002)).await, Ok(9_002));
        assert_eq!(computed.get(), 4);
    }

    #[tokio::test]
    async fn not_more_than_so_many_are_kept() {
        let recent: Recent<usize, u64> = Recent::default();
        for key in 0..3 * MOST {
            let kept: Result<_, ()> = recent.get_or(key, |_| true, async || Ok(0)).await;
            assert!(kept.is_ok());
        }
        assert_eq!(recent.known.lock().expect("no panic").len(), MOST);
        assert!(recent.get(&0).is_none() && recent.get(&(3 * MOST - 1)).is_some());
    }
}
