//! A client with one connection that stays open, and a server in a process of its own. Also used by the bench.
#![allow(dead_code, reason = "tests and bench each use a part")]

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use serde_json::Value;

/// One connection, kept alive.
pub struct Client {
    stream: BufReader<TcpStream>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// The header `ETag`, which a change of what was shown has to name.
    pub etag: Option<String>,
    /// Its body.
    pub body: String,
}

impl Reply {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{}: {error}: {}", self.status, self.body))
    }
}

impl Client {
    /// Connects.
    pub fn connect(address: SocketAddr) -> io::Result<Client> {
        Client::connect_within(address, Duration::from_secs(30))
    }

    /// Connects; neither that nor a reply may take longer than `patience`.
    pub fn connect_within(address: SocketAddr, patience: Duration) -> io::Result<Client> {
        let stream = TcpStream::connect_timeout(&address, patience)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        Ok(Client {
            stream: BufReader::new(stream),
        })
    }

    /// Sends any request; a body goes as JSON.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> io::Result<Reply> {
        self.send(&head(method, path, headers, body))
    }

    /// Sends a request whose reply goes on, and gives up the connection to whoever reads it.
    pub fn open_stream(mut self, path: &str, headers: &[(&str, &str)]) -> io::Result<BufReader<TcpStream>> {
        let head = head("GET", path, headers, None);
        self.stream.get_mut().write_all(head.as_bytes())?;
        Ok(self.stream)
    }

    /// Gets a path: status and body.
    pub fn get(&mut self, path: &str) -> io::Result<(u16, String)> {
        let reply = self.request("GET", path, &[], None)?;
        Ok((reply.status, reply.body))
    }

    /// Posts JSON: status and body.
    pub fn post(&mut self, path: &str, body: &Value) -> io::Result<(u16, String)> {
        let reply = self.request("POST", path, &[], Some(body))?;
        Ok((reply.status, reply.body))
    }

    /// Asks a question that is not recorded; the decision.
    pub fn ask(&mut self, question: &str) -> io::Result<Value> {
        let (status, body) = self.post(
            "/api/v1/ask",
            &serde_json::json!({ "question": question, "record": false }),
        )?;
        if status != 200 {
            return Err(io::Error::other(format!("{status}: {body}")));
        }
        serde_json::from_str(&body).map_err(io::Error::other)
    }

    fn send(&mut self, request: &str) -> io::Result<Reply> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let wrong = || io::Error::from(io::ErrorKind::InvalidData);
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or_else(wrong)?;
        let (mut length, mut etag) = ((status == 204).then_some(0), None);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            let (name, value) = header.split_once(':').ok_or_else(wrong)?;
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok();
            } else if name.eq_ignore_ascii_case("etag") {
                etag = Some(value.trim().to_owned());
            }
        }
        let mut body = vec![0; length.ok_or_else(wrong)?];
        self.stream.read_exact(&mut body)?;
        let body = String::from_utf8(body).map_err(io::Error::other)?;
        Ok(Reply { status, etag, body })
    }
}

fn head(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: help.test\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match body.map(Value::to_string) {
        None => head.push_str("\r\n"),
        Some(body) => head.push_str(&format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )),
    }
    head
}

/// A running `tanya serve`; killed when dropped.
pub struct Server {
    child: Child,
    log: Arc<Mutex<String>>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts `serve --listen 127.0.0.1:0` and waits until it says where it listens.
    pub fn start(mut command: Command) -> Server {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let log: Arc<Mutex<String>> = Arc::default();
        let (stderr, kept) = (child.stderr.take().expect("piped"), log.clone());
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        let mut lines = BufReader::new(child.stdout.take().expect("piped"))
            .lines()
            .map_while(Result::ok);
        let address = lines.find_map(|line| line.split_once("on http://").and_then(|(_, at)| at.trim().parse().ok()));
        let Some(address) = address else {
            let _ = child.wait();
            panic!("the server did not start: {}", log.lock().expect("whole"));
        };
        thread::spawn(move || lines.for_each(drop));
        Server { child, log, address }
    }

    /// A new connection to it.
    pub fn client(&self) -> Client {
        Client::connect(self.address).expect("it listens")
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
