//! The server: accepts connections, bounds what each may cost, and stops in bounded time.
//!
//! `axum::serve` knows no header-read timeout, no bound on connections and no end of waiting at shutdown, hence a loop of
//! our own over hyper's HTTP/1. A slow client is bounded by [`HEADER_READ_TIMEOUT`] while it sends a head (idle
//! connections included), by the per-request timeout while it sends a body, and by [`MAX_CONNECTIONS`] altogether. Not
//! bounded: the time it takes to read a reply. TLS and HTTP/2 are the proxy's business.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time,
};
use tower::ServiceExt;

use super::{limits::CLEAN_EVERY, router_of, state::Web};
use crate::app::App;

/// Time for the head of a request; also how long an idle connection is kept.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(20);
/// Time for requests under way to finish after shutdown was asked for.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// More wait in the kernel's queue. Below the usual limit of 1,024 open files, which also has to hold the index and store.
const MAX_CONNECTIONS: usize = 768;
/// Pause after a failure to accept that would repeat at once, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// Serves until `shutdown` resolves, then lets requests under way finish for at most ten seconds.
///
/// # Errors
/// When the listener's address cannot be read, i.e. it is not a usable socket.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
    let address = listener.local_addr()?;
    let web = Web::new(app);
    let router = router_of(web.clone(), Router::new());
    let cleaner = tokio::spawn(clean_limits(web.clone()));
    tracing::info!(%address, "serving");
    let connections = accept_until(listener, router, shutdown).await;
    cleaner.abort();
    // Streams end first: their clients go to another server, and nobody waits for them.
    web.stop_signal().send_replace(true);
    drain(connections).await;
    Ok(())
}

async fn clean_limits(web: Web) {
    let mut tick = time::interval(CLEAN_EVERY);
    loop {
        tick.tick().await;
        web.limits().forget_idle();
        web.people().forget_idle();
        web.metrics().run_upkeep();
    }
}

/// Connections under way, and the word that tells them to end after their current request.
struct Connections {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

async fn accept_until(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()> + Send) -> Connections {
    let (stop, stopped) = watch::channel(false);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut tasks = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&places)
                .acquire_owned()
                .await
                .expect("the semaphore is never closed");
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = tasks.join_next() => continue,
            next = next => next,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = serve_connection(stream, peer, router.clone(), stopped.clone());
                tasks.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            // The client went away before we looked: nothing to do. Anything else would come back at once.
            Err(error)
                if error.kind() == io::ErrorKind::ConnectionAborted
                    || error.kind() == io::ErrorKind::ConnectionReset => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections; trying again");
                time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    Connections { tasks, stop }
}

async fn serve_connection(stream: TcpStream, peer: SocketAddr, router: Router, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let told_to_stop = async {
        // An error means that the server is gone, which is the same.
        let _ = stopped.wait_for(|&stop| stop).await;
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told_to_stop => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended early");
    }
}

async fn drain(connections: Connections) {
    let Connections { mut tasks, stop } = connections;
    // Fails only when every connection has ended already.
    let _ = stop.send(true);
    tracing::info!(connections = tasks.len(), "stopping; no new connections");
    let all_ended = async { while tasks.join_next().await.is_some() {} };
    if time::timeout(SHUTDOWN_TIMEOUT, all_ended).await.is_err() {
        tracing::warn!(left = tasks.len(), "requests did not finish in time and were cut off");
        tasks.shutdown().await;
    }
}
