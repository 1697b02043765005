//! Progress on stderr for long work: a bar on a terminal, nothing elsewhere.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::search::Progress;

/// Bars for building an index.
pub struct Bars {
    bar: Option<(&'static str, ProgressBar)>,
}

impl Bars {
    /// No bar yet; one appears when there is something to show.
    pub fn new() -> Self {
        Bars { bar: None }
    }

    fn show(&mut self, what: &'static str, done: usize, total: usize) {
        if self.bar.as_ref().is_none_or(|(shown, _)| *shown != what) {
            self.bar = Some((what, bar(what, total)));
        }
        if let Some((_, bar)) = &self.bar {
            bar.set_position(done as u64);
            if done == total {
                bar.finish_and_clear();
            }
        }
    }
}

impl Default for Bars {
    fn default() -> Self {
        Bars::new()
    }
}

impl Progress for Bars {
    fn embedding(&mut self, done: usize, total: usize) {
        self.show("Embedding passages", done, total);
    }

    fn linking(&mut self, done: usize, total: usize) {
        if done.is_multiple_of(100) || done == total {
            self.show("Linking vectors", done, total);
        }
    }
}

/// A bar with what it counts, how far it is and how long it will take; hidden where stderr is no terminal.
pub fn bar(what: &'static str, total: usize) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{msg:<20} {wide_bar} {pos}/{len} {eta_precise}");
    let bar = ProgressBar::with_draw_target(Some(total as u64), target).with_message(what);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
