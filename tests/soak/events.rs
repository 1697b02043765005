//! Follows an event stream as a browser does: reads on where it stopped, at another server if need be.

use std::{
    io::{self, BufRead, BufReader, Read},
    net::{SocketAddr, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{client::Client, servers::Servers};

/// A stream says every fifteen seconds that it lives; one that is silent for longer is given up.
const SILENCE: Duration = Duration::from_secs(20);

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Where to go on after it; what only passes has none.
    pub id: Option<String>,
    /// `turn`, `ticket`, …
    pub kind: String,
    /// What it is about.
    pub data: Value,
}

/// An open stream.
struct Events {
    reader: BufReader<TcpStream>,
    text: String,
}

impl Events {
    fn open(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> io::Result<Events> {
        let mut reader = Client::connect_within(address, SILENCE)?.open_stream(path, headers)?;
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if !line.starts_with("HTTP/1.1 200") {
            return Err(io::Error::other(line));
        }
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let text = String::new();
        Ok(Events { reader, text })
    }

    /// The next event; waits for it.
    fn next(&mut self) -> io::Result<Event> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let lines: String = self.text.drain(..end + 2).collect();
                match event(&lines) {
                    Some(event) => return Ok(event),
                    None => continue,
                }
            }
            self.read_chunk()?;
        }
    }

    fn read_chunk(&mut self) -> io::Result<()> {
        let mut size = String::new();
        self.reader.read_line(&mut size)?;
        let size = usize::from_str_radix(size.trim(), 16).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let mut chunk = vec![0; size + 2];
        self.reader.read_exact(&mut chunk)?;
        if size == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        chunk.truncate(size);
        self.text.push_str(&String::from_utf8(chunk).map_err(io::Error::other)?);
        Ok(())
    }
}

/// `None` for a line that only says that the stream lives.
fn event(lines: &str) -> Option<Event> {
    let field = |name: &str| {
        let mut values = lines
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        values
            .next()
            .map(|value| value.strip_prefix(' ').unwrap_or(value).to_owned())
    };
    Some(Event {
        id: field("id"),
        kind: field("event")?,
        data: serde_json::from_str(&field("data")?).expect("JSON"),
    })
}

/// Follows a stream until nobody listens any more or the clients stop; each event with the moment when it came. The first
/// one is `hello`, and another one follows each change of the server.
pub fn follow(servers: &'static Servers, turn: usize, path: &str, authorization: &str) -> Receiver<(Instant, Event)> {
    let (sender, receiver) = channel();
    let (path, authorization) = (path.to_owned(), authorization.to_owned());
    thread::spawn(move || read_on(servers, turn, &path, &authorization, &sender));
    receiver
}

fn read_on(servers: &Servers, mut turn: usize, path: &str, authorization: &str, sender: &Sender<(Instant, Event)>) {
    let (mut last, mut lost) = (None::<String>, None::<Instant>);
    while !servers.are_stopping() {
        let mut headers = vec![("Authorization", authorization)];
        headers.extend(last.as_deref().map(|id| ("Last-Event-ID", id)));
        let opened = servers.address(turn).ok_or(io::ErrorKind::NotConnected.into());
        let mut events = match opened.and_then(|address| Events::open(address, path, &headers)) {
            Ok(events) => events,
            Err(_) => {
                turn += 1;
                thread::sleep(Duration::from_millis(20));
                continue;
            }
        };
        while let Ok(event) = events.next() {
            if let Some(lost) = lost.take() {
                servers.note_outage(lost.elapsed());
            }
            last = event.id.clone().or(last);
            if sender.send((Instant::now(), event)).is_err() {
                return;
            }
        }
        lost = Some(Instant::now());
        turn += 1;
    }
}
