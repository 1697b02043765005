//! `tanya serve`: web pages, API and queue.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;

use super::{Bars, Context, Exit};
use crate::{
    app::App,
    http,
    jobs::{clock, watch},
};

/// What `tanya help serve` says first.
pub(super) const LONG_ABOUT: &str = "\
    Serves the help center, the API and the queue until it is told to stop (Ctrl-C, SIGTERM). The index is \
    brought up to date first, and again whenever articles change.";

/// Flags of `serve`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya serve                                    on http://127.0.0.1:8080
  tanya serve --listen 0.0.0.0:80 --kb articles  reachable from other machines
  TANYA_TOKEN=$(openssl rand -hex 24) tanya serve  with a token for /api/v1/tickets")]
pub struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, args: &ServeArgs) -> anyhow::Result<Exit> {
    let mut config = ctx.config.clone();
    if let Some(listen) = args.listen {
        config.server.listen = listen;
    }
    // The address first: a port that is taken is told before any work is done.
    let listener = TcpListener::bind(config.server.listen).await.with_context(|| {
        format!(
            "listening on {}; is another server running? --listen names another address",
            config.server.listen
        )
    })?;
    let address = listener.local_addr()?;
    let answerer = ctx.answerer(None, &mut Bars::new())?;
    let store = ctx.store().await?;
    let app = App::new(config, answerer, store.clone(), ctx.clock.clone());
    let generation = app.searcher.generation();
    let nobody = app.config.desk.tokens.is_empty() && app.people.list().await?.is_empty();
    ctx.print(&welcome(&app, address, generation.articles().len()))?;
    if nobody {
        ctx.print(NOBODY)?;
    }
    let watcher = tokio::spawn(watch::run(app.clone()));
    let clock = tokio::spawn(clock::run(app.clone()));
    let served = http::serve(listener, app, stop_signal()).await;
    watcher.abort();
    clock.abort();
    store.flush().await?;
    store.close().await;
    served?;
    Ok(Exit::Done)
}

/// What is printed where nobody could work the queue.
const NOBODY: &str = "\
Nobody works the queue yet: `tanya user add you@example.com --name You --role administrator` adds somebody.
";

fn welcome(app: &App, address: SocketAddr, articles: usize) -> String {
    let url = app
        .config
        .server
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));
    let mut text = format!("{} with {articles} articles on {url}\n", app.config.site.name);
    text += "Stop with Ctrl-C.\n";
    text
}

/// Ends when the process is asked to stop.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}
