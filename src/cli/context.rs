//! What every command needs: the settings, the clock, and the way to print.

use std::{
    io::{self, Write},
    sync::Arc,
};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::{
    answer::Answerer,
    app,
    clock::{Clock, SystemClock},
    config::Config,
    desk::{Desk, Routing, people::People},
    search::Progress,
    store::{DocumentKind, Store},
};

use super::Style;

/// What every command gets.
pub struct Context {
    /// The settings, checked.
    pub config: Config,
    /// Whether stdout is to be one JSON document.
    pub json: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How text looks on stdout.
    pub style: Style,
}

impl Context {
    /// A context with the machine's clock, and colours if stdout is a terminal.
    pub fn new(config: Config, json: bool) -> Context {
        Context {
            config,
            json,
            clock: Arc::new(SystemClock),
            style: Style::of_stdout(),
        }
    }

    /// Prints text as it is; unlike `print!` it does not panic when the reader has gone.
    ///
    /// # Errors
    ///
    /// What stdout failed with.
    pub fn print(&self, text: &str) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Prints a value as JSON with a line end.
    ///
    /// # Errors
    ///
    /// What stdout failed with.
    pub fn print_json(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        self.print(&text)
    }

    /// The time zone of the desk as it was given; see [`Self::live_zone`].
    pub fn time_zone(&self) -> TimeZone {
        self.config.desk.zone()
    }

    /// Today as an ISO date, in the time zone of the desk.
    pub fn today(&self) -> String {
        self.clock.now().to_zoned(self.time_zone()).date().to_string()
    }

    /// Opens the store; makes it if it is missing.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn store(&self) -> anyhow::Result<Store> {
        Ok(Store::open(&self.config.store_url()).await?)
    }

    /// Opens the store if it is there: reading commands must not leave an empty database where a path was mistyped.
    ///
    /// # Errors
    ///
    /// That there is none, or the store's failure.
    pub async fn existing_store(&self) -> anyhow::Result<Store> {
        let url = self.config.store_url();
        if !url.starts_with("sqlite:") {
            return self.store().await;
        }
        let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
        anyhow::ensure!(
            std::path::Path::new(path).exists(),
            "there is no database {path}: `tanya serve` makes one; --data or --store say where it is"
        );
        Store::open(&url).await.with_context(|| format!("opening {path}"))
    }

    /// The answerer over the current index, which is built first where there is none. `weights` replaces the configured
    /// ones.
    ///
    /// # Errors
    ///
    /// Articles, index, weights or rules that cannot be read.
    pub fn answerer(&self, weights: Option<&std::path::Path>, progress: &mut dyn Progress) -> anyhow::Result<Answerer> {
        let config = Config {
            weights: weights.map(Into::into).or(self.config.weights.clone()),
            ..self.config.clone()
        };
        let (answerer, why) = app::open_answerer(&config, self.clock.as_ref(), progress)?;
        if let Some(why) = why {
            eprintln!("words only: {why}");
        }
        Ok(answerer)
    }

    /// Gives an answerer the calibration of the store, if there is a store with one, so that a command decides as a server
    /// does. One that cannot be used is told on stderr.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn calibrate(&self, answerer: &Answerer) -> anyhow::Result<()> {
        let url = self.config.store_url();
        let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
        if url.starts_with("sqlite:") && !std::path::Path::new(path).exists() {
            return Ok(());
        }
        let store = self.store().await?;
        match app::current_calibration(&store).await? {
            Some(Ok(calibration)) => answerer.switch_calibration(Some(Arc::new(calibration))),
            Some(Err((_, why))) => eprintln!("the calibration in the store cannot be used: {why}"),
            None => {}
        }
        store.close().await;
        if let Some(why) = answerer.calibration_misfit() {
            eprintln!("{why}");
        }
        Ok(())
    }

    /// The people in `store`.
    pub fn people(&self, store: &Store) -> People {
        People::new(store.clone(), Arc::clone(&self.clock), rand::make_rng())
    }

    /// The settings as a server on `store` has them: those of the pages below those that were given.
    ///
    /// # Errors
    ///
    /// The store's failure. Settings of the pages that cannot be used are told and left out.
    pub async fn live_config(&self, store: &Store) -> anyhow::Result<Config> {
        if let Some(document) = store.current_document(DocumentKind::Settings).await? {
            match self.config.with_stored(&document.text) {
                Ok(config) => return Ok(config),
                Err(error) => eprintln!("the settings of the pages cannot be used: {error}"),
            }
        }
        Ok(self.config.clone())
    }

    /// The time zone of the desk over `store`.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn live_zone(&self, store: &Store) -> anyhow::Result<TimeZone> {
        Ok(self.live_config(store).await?.desk.zone())
    }

    /// The desk over `store`, with the settings of the pages.
    pub async fn desk(&self, store: &Store) -> anyhow::Result<Desk> {
        // What is wrong with the calendars is told by `check` and by the server's log.
        let (days_off, _) = app::read_days_off(&self.config.desk);
        let config = self.live_config(store).await?;
        let desk = Desk::with_days_off(
            store.clone(),
            Arc::clone(&self.clock),
            rand::make_rng(),
            &config.site.name,
            &config.desk,
            &days_off,
        );
        let (file, team) = (self.config.desk.routing.as_deref(), &self.config.desk.escalation_team);
        desk.switch_routing(Arc::new(Routing::load(file, team)?));
        Ok(desk)
    }
}
