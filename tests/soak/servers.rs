//! The addresses that clients know, and how a client gets through to one of them.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::client::{Client, Reply};

/// A client that got no reply for so long has lost something.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time for one reply.
const REPLY: Duration = Duration::from_secs(10);
/// Before the next try.
const PAUSE: Duration = Duration::from_millis(5);

/// Addresses of servers that share their data.
#[derive(Default)]
pub struct Servers {
    addresses: RwLock<Vec<SocketAddr>>,
    stopping: AtomicBool,
    outages: Mutex<Vec<Duration>>,
}

impl Servers {
    /// Servers at these addresses.
    pub fn at(addresses: &[SocketAddr]) -> Servers {
        let servers = Servers::default();
        servers.set(addresses);
        servers
    }

    /// The server has started anew, elsewhere.
    pub fn set(&self, addresses: &[SocketAddr]) {
        *self.addresses.write().unwrap_or_else(PoisonError::into_inner) = addresses.to_vec();
    }

    /// The address that a client uses which has been disappointed `turn` times.
    pub fn address(&self, turn: usize) -> Option<SocketAddr> {
        let addresses = self.addresses.read().unwrap_or_else(PoisonError::into_inner);
        addresses.get(turn.checked_rem(addresses.len())?).copied()
    }

    /// Clients finish what they are at.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether clients shall finish.
    pub fn are_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// How long clients were without a server, each time.
    pub fn outages(&self) -> Vec<Duration> {
        self.outages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A client was without a server for so long.
    pub fn note_outage(&self, length: Duration) {
        self.outages.lock().unwrap_or_else(PoisonError::into_inner).push(length);
    }
}

/// A client that does not give up.
pub struct Caller<'a> {
    servers: &'a Servers,
    turn: usize,
    client: Option<Client>,
}

/// A reply, and how it was got.
pub struct Answered {
    /// The reply.
    pub reply: Reply,
    /// Whether the request may have arrived more than once.
    pub repeated: bool,
}

impl<'a> Caller<'a> {
    /// One that begins with the server of this number.
    pub fn new(servers: &'a Servers, turn: usize) -> Self {
        Caller {
            servers,
            turn,
            client: None,
        }
    }

    /// Sends a request until a server replies that is not out of order.
    pub fn call(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answered {
        let started = Instant::now();
        let mut failed = None;
        loop {
            let last = match self.try_once(method, path, headers, body) {
                Ok(reply) if reply.status != 503 => {
                    if let Some(failed) = failed {
                        self.servers.note_outage(Instant::now().duration_since(failed));
                    }
                    let repeated = failed.is_some();
                    return Answered { reply, repeated };
                }
                Ok(reply) => reply.body,
                Err(error) => {
                    self.client = None;
                    self.turn += 1;
                    error.to_string()
                }
            };
            failed.get_or_insert_with(Instant::now);
            assert!(
                started.elapsed() < PATIENCE,
                "{method} {path}: no reply for {PATIENCE:?}; the last one: {last}"
            );
            thread::sleep(PAUSE);
        }
    }

    fn try_once(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> std::io::Result<Reply> {
        let client = match &mut self.client {
            Some(client) => client,
            None => {
                let address = self.servers.address(self.turn);
                let address = address.ok_or(std::io::ErrorKind::NotConnected)?;
                self.client.insert(Client::connect_within(address, REPLY)?)
            }
        };
        client.request(method, path, headers, body)
    }
}
