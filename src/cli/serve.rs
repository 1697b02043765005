//! `tanya serve`: web pages, API and queue.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Args;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};

use super::{Bars, Context, Exit};
use crate::{
    app::App,
    desk::{
        identity::Identity,
        rules_source::{LiveRules, RuleFiles},
    },
    http,
    jobs::{clock, mailer::Mailer, outgoing::Delivery, retention, watch},
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
    Identity::new(&config.desk.identity)?;
    let app = App::new(config, answerer, store.clone(), ctx.clock.clone());
    app.share_rules(&shared_rules(&app).await?);
    app.refresh_settings().await?;
    app.refresh_calibration().await?;
    let generation = app.searcher.generation();
    let nobody = app.config.desk.tokens.is_empty() && app.people.list().await?.is_empty();
    ctx.print(&welcome(&app, address, generation.articles().len()))?;
    if nobody {
        ctx.print(NOBODY)?;
    }
    let mut jobs = JoinSet::new();
    jobs.spawn(watch::run(app.clone()));
    jobs.spawn(clock::run(app.clone()));
    jobs.spawn(app.clone().follow_rules());
    let kept = app.config.retention.clone();
    jobs.spawn(retention::run(store.clone(), kept, ctx.clock.clone()));
    let mail = start_mail(&app)?;
    let served = http::serve(listener, app, stop_signal()).await;
    // Each job's steps are units of work: one that is cut off has done nothing.
    jobs.shutdown().await;
    if let Some((stop, delivery)) = mail {
        // The task may have ended already; then there is nobody to tell.
        let _ = stop.send(());
        let _ = delivery.await;
    }
    store.flush().await?;
    store.close().await;
    served?;
    Ok(Exit::Done)
}

/// The rules that count for all servers on the store.
async fn shared_rules(app: &App) -> anyhow::Result<LiveRules> {
    let config = &app.config;
    let files = RuleFiles::read(config.topics.as_deref(), config.desk.routing.as_deref())?;
    let now = app.clock().now();
    Ok(LiveRules::start(
        &app.store,
        files,
        Some(app.answerer.policy()),
        &config.desk.escalation_team,
        "serve",
        now,
    )
    .await?)
}

/// Starts to send mails and alerts, if a way is configured; the sender stops it in order.
fn start_mail(app: &App) -> anyhow::Result<Option<(oneshot::Sender<()>, tokio::task::JoinHandle<()>)>> {
    let Some(mailer) = Mailer::new(&app.config.mail)? else {
        return Ok(None);
    };
    let rng = ChaCha12Rng::from_rng(&mut rand::rng());
    let delivery = Delivery::new(app.store.clone(), app.clock().clone(), mailer, rng);
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        delivery
            .run(async {
                // An error means that the server has gone.
                let _ = stopped.await;
            })
            .await;
    });
    Ok(Some((stop, task)))
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
    let mut text = format!("{} with {articles} articles on {url}\n", app.live().site.name);
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
