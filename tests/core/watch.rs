//! A running server follows its articles, and nobody who asks meanwhile notices.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::Client,
    place::{Place, embedder},
};

/// A change is visible after half a second of quiet and a small build. This leaves room for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks for the text of the best hit until it holds `wanted`.
fn wait_for(client: &mut Client, query: &str, wanted: &str) -> Duration {
    let started = Instant::now();
    loop {
        let (status, body) = client.get(&format!("/api/v1/search?q={query}")).expect("a reply");
        assert_eq!(status, 200, "{body}");
        if body.contains(wanted) {
            return started.elapsed();
        }
        assert!(
            started.elapsed() < PATIENCE,
            "{wanted:?} was not visible in time: {body}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn edits_are_seen_within_seconds_and_no_request_fails_meanwhile() {
    let place = Place::small();
    if embedder().is_none() {
        place.set("[model]\nenabled = false\n[server]\nrequests_per_minute = 1000000\n");
    }
    place.json(&["index"]);
    let server = place.serve();
    let (stop, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut client = server.client();
            let mut generations = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let n = asked.fetch_add(1, Ordering::Relaxed);
                let decision = client
                    .ask(&format!("How do I grind coffee for an espresso, {n}?"))
                    .expect("a decision");
                let generation = decision["generation"].as_str().expect("an id").to_owned();
                if generations.last() != Some(&generation) {
                    generations.push(generation);
                }
                thread::sleep(Duration::from_millis(2));
            }
            generations
        });
        let mut client = server.client();
        let mut waited = Vec::new();

        place.write(
            "roast.md",
            "# When we roast\n\nWe roast every Thursday and ship within two days.\n",
        );
        waited.push(("an edit", wait_for(&mut client, "when+roast", "Thursday")));

        place.write("new/tea.md", "# Do you sell tea\n\nYes: sencha from Uji.\n");
        waited.push((
            "a new file in a new folder",
            wait_for(&mut client, "sell+tea", "sencha"),
        ));

        // As many editors save: a new file takes the place of the old one.
        place.write("new/.tea.md.tmp", "# Do you sell tea\n\nYes: gyokuro from Uji.\n");
        fs::rename(
            place.path().join("kb/new/.tea.md.tmp"),
            place.path().join("kb/new/tea.md"),
        )
        .expect("renamed");
        waited.push((
            "a file put in place by renaming",
            wait_for(&mut client, "sell+tea", "gyokuro"),
        ));

        let output = place.run(&["index"]);
        assert_eq!(output.status.code(), Some(0), "an index beside the server");

        stop.store(true, Ordering::Relaxed);
        let generations = asking.join().expect("no request failed");
        println!(
            "{waited:?}, {} questions meanwhile, {} generations",
            asked.load(Ordering::Relaxed),
            generations.len()
        );
        assert!(generations.len() >= 3, "{generations:?}");
        let mut distinct = generations.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(
            distinct.len(),
            generations.len(),
            "a generation came back: {generations:?}"
        );
    });
    assert!(asked.into_inner() > 50);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
