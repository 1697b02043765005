//! One voter, one vote on one version of an article.

use tanya::store::{ArticleVotes, Store, TimeRange, Vote};

use crate::harness::{Harness, at, on_both_engines};

on_both_engines!(
    a_vote_comes_back_as_it_was_given,
    a_later_vote_takes_the_place_of_the_earlier,
    votes_are_counted_by_article_and_time,
    reasons_come_newest_first_and_in_a_language,
    many_votes_of_one_voter_at_once_are_one,
);

fn vote(article: &str, voter: &str, second: i64, helped: bool) -> Vote {
    Vote {
        id: format!("V-{article}-{voter}-{second}"),
        at: at(second),
        article: article.into(),
        version: "sha256:one".into(),
        helped,
        reason: None,
        lang: "en".into(),
        voter: voter.into(),
        decision: None,
    }
}

async fn on(store: &Store, article: &str) -> Vec<Vote> {
    store.votes_on(article, TimeRange::default(), 100).await.expect("votes")
}

async fn counted(store: &Store, range: TimeRange) -> Vec<(String, u64, u64)> {
    let counts = store.votes_by_article(range, None).await.expect("counts");
    let row = |votes: ArticleVotes| (votes.article, votes.helped, votes.did_not_help);
    counts.into_iter().map(row).collect()
}

async fn a_vote_comes_back_as_it_was_given(harness: Harness) {
    let store = harness.open().await;
    let given = Vote {
        reason: Some("配送先が違う\nand 'quotes'".into()),
        decision: Some("01J".into()),
        ..vote("orders/track", "a", 1, false)
    };
    store.vote(given.clone()).await.expect("kept");
    store.close().await;
    assert_eq!(on(&harness.open().await, "orders/track").await, [given]);
}

async fn a_later_vote_takes_the_place_of_the_earlier(harness: Harness) {
    let store = harness.open().await;
    let reason = |vote: Vote, reason: &str| Vote {
        reason: Some(reason.into()),
        ..vote
    };
    let first = vote("track", "a", 1, true);
    let second = reason(vote("track", "a", 2, false), "too old");
    let late = Vote {
        id: "V-late".into(),
        ..reason(vote("track", "a", 1, true), "sent first, arrived last")
    };
    for vote in [&first, &second, &late] {
        store.vote(vote.clone()).await.expect("kept");
    }
    let kept = Vote {
        id: first.id.clone(),
        ..second
    };
    assert_eq!(on(&store, "track").await, [kept]);
    // Another version is another text, and another voter another opinion.
    let other_version = Vote {
        version: "sha256:two".into(),
        ..vote("track", "a", 3, true)
    };
    store.vote(other_version).await.expect("kept");
    store.vote(vote("track", "b", 4, true)).await.expect("kept");
    assert_eq!(counted(&store, TimeRange::default()).await, [("track".into(), 2, 1)]);
}

async fn votes_are_counted_by_article_and_time(harness: Harness) {
    let store = harness.open().await;
    assert_eq!(counted(&store, TimeRange::default()).await, []);
    for (article, voter, second, helped) in [
        ("b", "1", 10, true),
        ("a", "1", 20, false),
        ("a", "2", 30, true),
        ("a", "3", 40, false),
    ] {
        store.vote(vote(article, voter, second, helped)).await.expect("kept");
    }
    assert_eq!(
        counted(&store, TimeRange::default()).await,
        [("a".into(), 1, 2), ("b".into(), 1, 0)]
    );
    let range = TimeRange {
        since: Some(at(20)),
        until: Some(at(40)),
    };
    assert_eq!(counted(&store, range).await, [("a".into(), 1, 1)]);
    let newest = store.votes_on("a", TimeRange::default(), 2).await.expect("votes");
    assert_eq!(
        newest.iter().map(|vote| vote.voter.as_str()).collect::<Vec<_>>(),
        ["3", "2"]
    );
}

async fn many_votes_of_one_voter_at_once_are_one(harness: Harness) {
    let store = harness.open().await;
    let votes = (0..40).map(|second| {
        let store = store.clone();
        tokio::spawn(async move { store.vote(vote("track", "a", second, second % 2 == 0)).await })
    });
    for task in votes.collect::<Vec<_>>() {
        task.await.expect("no panic").expect("kept");
    }
    let kept = on(&store, "track").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].at, at(39), "the latest stays, whichever came last");
}

async fn reasons_come_newest_first_and_in_a_language(harness: Harness) {
    let store = harness.open().await;
    let reason = |vote: Vote, reason: &str, lang: &str| Vote {
        reason: Some(reason.into()),
        lang: lang.into(),
        ..vote
    };
    for vote in [
        reason(vote("track", "a", 1, false), "too old", "en"),
        reason(vote("lacak", "b", 2, false), "kurang jelas", "id"),
        reason(vote("track", "c", 3, true), "thanks", "en"),
        vote("track", "d", 4, false),
        reason(vote("beans", "e", 5, false), "wrong", "en"),
    ] {
        store.vote(vote).await.expect("kept");
    }
    let all = TimeRange::default();
    let told = async |range, lang, limit| -> Vec<String> {
        let votes = store.reasons(range, lang, limit).await.expect("reasons");
        votes.into_iter().filter_map(|vote| vote.reason).collect()
    };
    assert_eq!(told(all, None, 10).await, ["wrong", "kurang jelas", "too old"]);
    assert_eq!(told(all, Some("id"), 10).await, ["kurang jelas"]);
    assert_eq!(told(all, None, 1).await, ["wrong"]);
    let late = TimeRange {
        since: Some(at(3)),
        until: None,
    };
    assert_eq!(told(late, None, 10).await, ["wrong"]);
    let counts = store.votes_by_article(all, Some("id")).await.expect("counts");
    assert_eq!(counts.len(), 1, "{counts:?}");
}
