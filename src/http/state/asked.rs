//! Which articles readers ask for most, kept in memory for a minute: the first page must not cost a report of the log.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::Web;
use crate::store::{ArticleAsked, TimeRange};

/// How far back questions count.
const SPAN: SignedDuration = SignedDuration::from_hours(28 * 24);
/// How long a count is shown.
const KEPT: SignedDuration = SignedDuration::from_secs(60);
/// Articles that are counted; a page shows the first few of its language.
const MOST: usize = 200;

/// The last count.
#[derive(Default)]
pub(super) struct MostAsked {
    counted: ArcSwap<Counted>,
    /// Held by whoever counts.
    turn: Mutex<()>,
}

#[derive(Default)]
struct Counted {
    at: Option<Timestamp>,
    articles: Arc<Vec<ArticleAsked>>,
}

impl Web {
    /// The articles that the questions of the last 28 days led to, the most frequent first. While somebody else counts
    /// them again, and when they cannot be counted, those of the last time.
    pub async fn most_asked(&self) -> Arc<Vec<ArticleAsked>> {
        let MostAsked { counted, turn } = &self.0.most_asked;
        let last = counted.load_full();
        let now = self.now();
        let is_fresh = last.at.is_some_and(|at| now.duration_since(at) < KEPT);
        let Some(_mine) = (!is_fresh).then(|| turn.try_lock().ok()).flatten() else {
            return last.articles.clone();
        };
        let range = TimeRange {
            since: now.checked_sub(SPAN).ok(),
            until: None,
        };
        let articles = match self.app().store.articles_asked(range, MOST).await {
            Ok(articles) => Arc::new(articles),
            Err(error) => {
                tracing::warn!(%error, "the most asked articles could not be counted");
                last.articles.clone()
            }
        };
        counted.store(Arc::new(Counted {
            at: Some(now),
            articles: articles.clone(),
        }));
        articles
    }
}
