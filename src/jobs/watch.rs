//! Keeps the index up to date with the kb folder while the server answers from the last good generation.
//!
//! Changes are seen through the system's file notifications where it has them, and by a look at the folder every minute
//! where it has not (network file systems) and for what only time changes (expiry dates). A generation that another
//! process built (`tanya index`) is taken over within seconds.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::{
    app::{self, App, Look},
    search::{Embedder, Reuse, Shelf, shelf::Silent},
};

/// Writers save several files at once, and editors write a file in several steps: wait until it has been quiet this long.
const QUIET: Duration = Duration::from_millis(400);
/// But never longer than this after the first change.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often to look without being told.
const RESCAN: Duration = Duration::from_secs(60);
/// How often to look whether another process has built a generation.
const GLANCE: Duration = Duration::from_secs(2);

/// Runs until the task is dropped.
pub async fn run(app: App) {
    let (told, mut changes) = mpsc::channel::<()>(1);
    let _watcher = watch(&app.config.kb, told).inspect_err(|error| {
        tracing::warn!(
            "file changes are not reported by the system ({error}); looking every {} s",
            RESCAN.as_secs()
        );
    });
    let shelf = Shelf::new(&app.config.data);
    let mut loaded = shelf.current();
    // What changed while the server was down.
    refresh(&app, &mut loaded).await;
    let mut last_look = Instant::now();
    loop {
        tokio::select! {
            change = changes.recv() => {
                if change.is_none() {
                    // No watcher; the clock below still looks.
                    tokio::time::sleep(GLANCE).await;
                } else {
                    settle(&mut changes).await;
                    refresh(&app, &mut loaded).await;
                    last_look = Instant::now();
                }
            }
            () = tokio::time::sleep(GLANCE) => {}
        }
        if last_look.elapsed() >= RESCAN {
            refresh(&app, &mut loaded).await;
            last_look = Instant::now();
        } else if shelf.current() != loaded {
            load_current(&app, &mut loaded).await;
        }
    }
}

fn watch(folder: &Path, told: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // Full means that somebody is told already.
            let _ = told.try_send(());
        }
    })?;
    watcher.watch(folder, RecursiveMode::Recursive)?;
    Ok(watcher)
}

/// Waits until no change has come for a while.
async fn settle(changes: &mut mpsc::Receiver<()>) {
    let first = Instant::now();
    while first.elapsed() < PATIENCE {
        match tokio::time::timeout(QUIET, changes.recv()).await {
            Ok(Some(())) => {}
            Ok(None) | Err(_) => return,
        }
    }
}

/// Reads the kb and, if it differs from the current generation, builds the next one and switches to it.
async fn refresh(app: &App, loaded: &mut Option<String>) {
    // The day on which articles expire is that of the desk, which the pages may have moved.
    let (config, clock) = (app.live(), Arc::clone(app.clock()));
    let embedder = app.searcher.embedder().cloned();
    let current = loaded.clone();
    let built = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let look = Look::take(&config, clock.as_ref(), embedder.as_ref());
        if let Some(seen) = look
            .known(&config.data)
            .filter(|seen| Some(&seen.generation) == current.as_ref())
        {
            return Ok((None, seen.problems));
        }
        let kb = app::read_kb(&config, clock.as_ref())?;
        let report = app::build_index(
            &config,
            &kb,
            embedder.as_ref(),
            Reuse::Vectors,
            clock.as_ref(),
            &mut Silent,
        )?;
        look.remember(&config, &report.generation, &kb.problems);
        Ok((Some(report), kb.problems))
    })
    .await;
    match built {
        Ok(Ok((report, problems))) => {
            app.report_problems(problems);
            let Some(report) = report else { return };
            if report.switched || report.generation != app.searcher.generation().id() {
                tracing::info!(
                    generation = report.generation,
                    added = report.added,
                    changed = report.changed,
                    removed = report.removed,
                    embedded = report.embedded,
                    "the articles changed"
                );
                load_current(app, loaded).await;
            }
        }
        Ok(Err(error)) => {
            tracing::error!("the index could not be brought up to date; answering from the last one: {error:#}")
        }
        Err(error) => {
            tracing::error!("the index could not be brought up to date; answering from the last one: {error}")
        }
    }
}

/// Opens the generation that is current on the disk and makes it the one that answers.
async fn load_current(app: &App, loaded: &mut Option<String>) {
    let shelf = Shelf::new(&app.config.data);
    let current = shelf.current();
    let model = app
        .searcher
        .embedder()
        .map(|embedder| Embedder::hash(embedder).to_owned());
    match tokio::task::spawn_blocking(move || shelf.open(model.as_deref())).await {
        Ok(Ok(generation)) => {
            app.searcher.switch(generation);
            app.tell_calibration();
            *loaded = current;
        }
        Ok(Err(error)) => {
            tracing::error!("the new index cannot be used; answering from the last one: {error}");
            // Not tried again until it changes.
            *loaded = current;
        }
        Err(error) => tracing::error!("the new index cannot be read; answering from the last one: {error}"),
    }
}
