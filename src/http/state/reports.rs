//! Reports for writers and managers. Large ones are kept for a moment: counting a hundred thousand questions takes a while, and
//! readers click from table to table. What takes long without waiting for anything runs aside ([`aside`]).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;

use super::Web;
use crate::{
    desk::people::{Permission, Person},
    http::error::{Code, Problem},
    insight::{self, ArticleReport, Days, DeskNumbers, Step, Worker, WritersReport, desk_numbers},
    search::{self, Generation},
    store::StoreError,
};

/// How long a large report is shown before it is counted again.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// Reports of fewer questions or tickets are counted anew each time, which takes milliseconds: what was just asked is there.
const LARGE: u64 = 2_000;
/// How many reports are kept: each filter is one.
const MOST: usize = 12;

/// What is kept.
#[derive(Default)]
pub(super) struct Reports {
    coverage: Recent<(u16, Option<Step>, Option<String>), WritersReport>,
    articles: Recent<(u16, String), ArticleReport>,
    desk: Recent<u16, DeskNumbers>,
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

    /// `compute` gives the value and how many rows it was made of: one of few rows is not kept.
    async fn get_or<E>(&self, key: K, compute: impl AsyncFnOnce() -> Result<(T, u64), E>) -> Result<Arc<T>, E> {
        if let Some(value) = self.get(&key) {
            return Ok(value);
        }
        let _turn = self.computing.lock().await;
        if let Some(value) = self.get(&key) {
            return Ok(value);
        }
        let (value, rows) = compute().await?;
        let value = Arc::new(value);
        if rows >= LARGE {
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
            let report = insight::writers_report(&self.app().store, &span, step, lang, now).await?;
            let questions = report.coverage.questions;
            Ok((report, questions))
        };
        let key = (days, step, lang.map(str::to_owned));
        let report = self.0.reports.coverage.get_or(key, compute).await;
        report.map_err(unreadable)
    }

    /// One article over the last `days` days, today included; at most half a minute old.
    pub async fn article_report(&self, article: &str, days: u16) -> Result<Arc<ArticleReport>, Problem> {
        let now = self.now();
        let compute = async || {
            let span = Days::last(days, now, &self.time_zone());
            let report = insight::article_report(&self.app().store, article, &span, span.usual_step(), now).await?;
            let read = report.read;
            Ok((report, read))
        };
        let key = (days, article.to_owned());
        let report = self.0.reports.articles.get_or(key, compute).await;
        report.map_err(unreadable)
    }

    /// How the desk is doing, over the last `days` days, today included; at most half a minute old.
    pub async fn desk_numbers(&self, days: u16) -> Result<Arc<DeskNumbers>, Problem> {
        let compute = async || {
            let now = self.now();
            let span = Days::last(days, now, &self.time_zone());
            let tickets = self.app().store.ticket_facts(span.since()).await.map_err(unreadable)?;
            let workers = self.people().list().await?;
            let workers: Vec<Worker> = workers
                .iter()
                .filter(|person| works_tickets(person))
                .map(|person| Worker {
                    id: person.id.clone(),
                    name: person.name.clone(),
                    available: person.availability.is_available(now),
                    capacity: person.capacity,
                })
                .collect();
            let rows = tickets.len() as u64;
            let numbers = aside(move || desk_numbers(&tickets, &workers, &span, now)).await?;
            Ok((numbers, rows))
        };
        self.0.reports.desk.get_or(days, compute).await
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

/// Who may have tickets, as numbers need it.
fn works_tickets(person: &Person) -> bool {
    !person.disabled && person.role.may(Permission::WorkTickets)
}

/// Does what takes long without waiting for anything, such as looking for the words of a hundred thousand questions, on a
/// thread of its own, so that it holds up nobody else.
///
/// # Errors
/// If the work panicked.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
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
        let get = async |key: u32, rows: Result<u64, ()>| {
            let compute = async || {
                computed.set(computed.get() + 1);
                rows.map(|rows| (rows, rows))
            };
            recent.get_or(key, compute).await.map(|value| *value)
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
            let kept: Result<_, ()> = recent.get_or(key, async || Ok((0, LARGE))).await;
            assert!(kept.is_ok());
        }
        assert_eq!(recent.known.lock().expect("no panic").len(), MOST);
        assert!(recent.get(&0).is_none() && recent.get(&(3 * MOST - 1)).is_some());
    }
}
