//! An SMTP server that keeps what it is given, and fails when it is told to.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
    sync::watch,
};

/// What the server does with the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes it.
    Takes,
    /// "Come back later", at the recipient.
    Busy,
    /// "There is no such mailbox", at the recipient.
    Refuses,
    /// "Your password is wrong" at the sender: 535.
    Mistrusts,
    /// Closes the connection in the middle of the message.
    Dies,
    /// Takes the message and never says so.
    TakesSilently,
}

/// One message that arrived whole.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Of the envelope.
    pub to: String,
    /// Head and body, dots unstuffed, lines ended by `\n`.
    pub text: String,
}

impl Arrived {
    /// A header's value, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.text.split("\n\n").next()?.replace("\n ", " ").replace("\n\t", " ");
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    }

    /// The body as it was before it was encoded.
    pub fn body(&self) -> String {
        let body = self.text.split_once("\n\n").map_or("", |(_, body)| body);
        let bytes = match self.header("Content-Transfer-Encoding").as_deref() {
            Some("base64") => from_base64(body),
            Some("quoted-printable") => from_quoted_printable(body),
            _ => body.as_bytes().to_vec(),
        };
        String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
    }
}

/// The words of a header that is encoded as RFC 2047 says (UTF-8, base64).
pub fn decoded_words(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut after_encoded = true;
    for word in value.split_whitespace() {
        let encoded = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
        // Only the space between two encoded words is none.
        if !(after_encoded && (encoded.is_some() || bytes.is_empty())) {
            bytes.push(b' ');
        }
        match encoded {
            Some(encoded) => bytes.extend(from_base64(encoded)),
            None => bytes.extend(word.bytes()),
        }
        after_encoded = encoded.is_some();
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for digit in text.bytes().filter_map(|b| DIGITS.iter().position(|digit| *digit == b)) {
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

fn from_quoted_printable(text: &str) -> Vec<u8> {
    let joined = text.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        match (first, tail) {
            (b'=', [a, b, after @ ..]) => {
                let hex = [*a, *b];
                let hex = std::str::from_utf8(&hex).expect("ASCII");
                bytes.push(u8::from_str_radix(hex, 16).expect("two digits"));
                rest = after;
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    bytes
}

/// The server. It ends with the test's runtime.
pub struct Sink {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    moods: Mutex<VecDeque<Mood>>,
    arrived: watch::Sender<Vec<Arrived>>,
}

impl Sink {
    /// Starts one that takes everything.
    pub async fn start() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            moods: Mutex::default(),
            arrived: watch::Sender::new(Vec::new()),
        });
        let of_server = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let shared = Arc::clone(&of_server);
                tokio::spawn(async move {
                    // A client that goes away in the middle is no failure of the server.
                    let _ = talk(socket, &shared).await;
                });
            }
        });
        Sink { address, shared }
    }

    /// What the config calls it.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What it does with the next messages, one mood each; afterwards it takes everything.
    pub fn next(&self, moods: &[Mood]) {
        self.shared.moods.lock().expect("not poisoned").extend(moods);
    }

    /// What has arrived.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.shared.arrived.borrow().clone()
    }

    /// Returns when so many have arrived.
    pub async fn wait_for(&self, count: usize) -> Vec<Arrived> {
        let mut arrived = self.shared.arrived.subscribe();
        let enough = arrived.wait_for(|arrived| arrived.len() >= count).await;
        enough.expect("the server runs").clone()
    }
}

async fn talk(socket: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let (reader, mut writer) = socket.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut mood = Mood::Takes;
    let mut to = String::new();
    writer.write_all(b"220 sink\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let reply = match word.as_str() {
            "EHLO" => "250-sink\r\n250 8BITMIME\r\n",
            "MAIL" => {
                mood = shared
                    .moods
                    .lock()
                    .expect("not poisoned")
                    .pop_front()
                    .unwrap_or(Mood::Takes);
                match mood {
                    Mood::Mistrusts => "535 5.7.8 wrong password\r\n",
                    _ => "250 ok\r\n",
                }
            }
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                match mood {
                    Mood::Busy => "451 4.3.0 come back later\r\n",
                    Mood::Refuses => "550 5.1.1 no such mailbox\r\n",
                    _ => "250 ok\r\n",
                }
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let Some(text) = message(&mut lines, mood).await? else {
                    return Ok(());
                };
                let to = to.clone();
                shared.arrived.send_modify(|arrived| arrived.push(Arrived { to, text }));
                if mood == Mood::TakesSilently {
                    std::future::pending::<()>().await;
                }
                "250 taken\r\n"
            }
            "QUIT" => {
                writer.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok\r\n",
        };
        writer.write_all(reply.as_bytes()).await?;
    }
    Ok(())
}

/// The lines up to the single dot; `None` if the server died.
async fn message(
    lines: &mut tokio::io::Lines<BufReader<OwnedReadHalf>>,
    mood: Mood,
) -> std::io::Result<Option<String>> {
    let mut text = String::new();
    while let Some(line) = lines.next_line().await? {
        if mood == Mood::Dies {
            return Ok(None);
        }
        if line == "." {
            return Ok(Some(text));
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        text.push('\n');
    }
    Ok(None)
}
