//! `tanya serve`: web pages, API and queue.

use std::net::SocketAddr;

use clap::Args;

use super::{Context, Exit};

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
pub async fn run(_ctx: &Context, _args: &ServeArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`tanya serve` is not built yet")
}
