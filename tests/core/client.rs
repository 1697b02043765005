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

impl Client {
    /// Connects.
    pub fn connect(address: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Client {
            stream: BufReader::new(stream),
        })
    }

    /// Gets a path: status and body.
    pub fn get(&mut self, path: &str) -> io::Result<(u16, String)> {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: help.test\r\n\r\n"))
    }

    /// Posts JSON: status and body.
    pub fn post(&mut self, path: &str, body: &Value) -> io::Result<(u16, String)> {
        let body = body.to_string();
        self.send(&format!(
            "POST {path} HTTP/1.1\r\nHost: help.test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
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

    fn send(&mut self, request: &str) -> io::Result<(u16, String)> {
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
        let mut length = None;
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
            }
        }
        let mut body = vec![0; length.ok_or_else(wrong)?];
        self.stream.read_exact(&mut body)?;
        Ok((status, String::from_utf8(body).map_err(io::Error::other)?))
    }
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
