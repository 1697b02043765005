//! Real sockets, only where the router alone cannot show it.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use crate::common::open;

#[tokio::test]
async fn the_server_answers_and_stops_although_a_connection_stays_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = open(folder.path(), |_| ()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(tanya::http::serve(listener, app, async {
        let _ = stopped.await;
    }));

    let mut idle = TcpStream::connect(address).await.expect("a connection");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("sent");
    let mut reply = vec![0; 4096];
    let n = idle.read(&mut reply).await.expect("a reply");
    assert!(reply[..n].starts_with(b"HTTP/1.1 200 OK"));

    let started = Instant::now();
    stop.send(()).expect("the server runs");
    server.await.expect("no panic").expect("no error");
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "an idle connection does not delay the end"
    );
    assert_eq!(idle.read(&mut reply).await.expect("the end"), 0);
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
