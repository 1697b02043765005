//! Asks the company's own systems about a customer.
//!
//! Whoever waits is an agent with a conversation open, so it is three seconds at most; an answer is small; and nothing is
//! followed elsewhere, since the signature holds for one address.

use std::{sync::LazyLock, time::Duration};

use reqwest::{Client, Response, Url, redirect::Policy};

use super::App;
use crate::desk::{
    Ticket,
    facts::{Fact, Known, address, is_proven, read, signature},
};

/// How long the whole request may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Largest answer, in bytes.
const LARGEST: usize = 64 * 1024;
/// Keys of the context that hold the number of an order.
const ORDER_KEYS: [&str; 3] = ["order_number", "order", "order_id"];

static CLIENT: LazyLock<Result<Client, String>> = LazyLock::new(|| {
    Client::builder()
        .timeout(PATIENCE)
        .redirect(Policy::none())
        // The operator has named the address; a proxy of the environment is for other things.
        .no_proxy()
        .user_agent(concat!("Tanya/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| error.to_string())
});

/// What the company's own systems were asked and said about a customer.
pub struct Asked {
    /// Whether they were asked by an id that the host site has signed, and by nothing that the customer has only said.
    pub is_proven: bool,
    /// The facts, or what went wrong, for the agent to read.
    pub facts: Result<Vec<Fact>, String>,
}

impl App {
    /// What the company's own systems say about the customer of a ticket; `None` if none are configured.
    pub async fn facts_of(&self, ticket: &Ticket) -> Option<Asked> {
        let inbox = &self.config.inbox;
        let template = inbox.context_url.as_ref()?;
        let order = ticket.order_number.as_deref().or_else(|| {
            let known = ORDER_KEYS.iter().find_map(|key| ticket.context.get(*key));
            known.and_then(|value| value.as_str())
        });
        let known = Known {
            email: ticket.contact.as_deref(),
            customer: ticket.customer.as_deref(),
            order,
            reference: &ticket.reference,
        };
        let address = address(template, &known);
        let seconds = self.clock.now().as_second();
        let facts = ask(&address, &inbox.context_secret, seconds).await;
        if let Err(reason) = &facts {
            tracing::warn!(%reason, "the company's systems did not tell facts about a customer");
        }
        let is_proven = is_proven(template, &known);
        Some(Asked { is_proven, facts })
    }
}

async fn ask(address: &str, secret: &str, seconds: i64) -> Result<Vec<Fact>, String> {
    let client = CLIENT.as_ref().map_err(Clone::clone)?;
    // As it is sent (a slash after the host, no usual port, encoded letters): that is what the other side can sign, too.
    let address = Url::parse(address).map_err(|error| format!("its address is none ({error})"))?;
    let signature = signature(secret, seconds, address.as_str());
    let sent = client
        .get(address)
        .header("accept", "application/json")
        .header("tanya-time", seconds)
        .header("tanya-signature", signature)
        .send()
        .await;
    let reply = sent.map_err(told)?;
    let status = reply.status();
    if status.is_redirection() {
        return Err(format!(
            "it answered with a redirection ({status}), which is not followed"
        ));
    }
    if !status.is_success() {
        return Err(format!("it answered with the status {status}"));
    }
    let body = bounded(reply).await?;
    read(&body).map_err(|what| format!("it answered with {what}"))
}

async fn bounded(mut reply: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(told)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(format!("its answer is larger than {} kB", LARGEST / 1024));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Without the address, which holds what customers left.
fn told(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("it did not answer within {} seconds", PATIENCE.as_secs());
    }
    if error.is_connect() {
        return "it cannot be reached".to_owned();
    }
    format!("the connection failed: {}", error.without_url())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    /// A server that answers one request with these bytes; gives its address and, later, what it was asked.
    async fn server(reply: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/c?email=a", listener.local_addr().expect("an address"));
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut asked = vec![0; 4096];
            let n = stream.read(&mut asked).await.expect("a request");
            // A client that has seen enough may hang up.
            let _ = stream.write_all(&reply).await;
            String::from_utf8_lossy(&asked[..n]).into_owned()
        });
        (address, served)
    }

    fn reply(status: &str, head: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{head}connection: close\r\n\r\n{body}").into_bytes()
    }

    #[tokio::test]
    async fn a_request_is_signed_and_its_answer_is_read() {
        let (address, served) = server(reply("200 OK", "", r#"{"Plan": "team"}"#)).await;
        let facts = ask(&address, SECRET, 1_764_040_000).await.expect("facts");
        assert_eq!((facts[0].label.as_str(), facts[0].text.as_str()), ("Plan", "team"));
        let asked = served.await.expect("served");
        let headers: HashMap<&str, &str> = asked.lines().filter_map(|line| line.split_once(": ")).collect();
        assert_eq!(headers["tanya-time"], "1764040000");
        assert_eq!(headers["tanya-signature"], signature(SECRET, 1_764_040_000, &address));
    }

    #[tokio::test]
    async fn the_signature_is_over_the_address_as_it_is_sent() {
        let (address, served) = server(reply("200 OK", "", "{}")).await;
        let host = address.strip_suffix("/c?email=a").expect("the path");
        ask(&format!("{host}?email=ä"), SECRET, 1).await.expect("facts");
        let asked = served.await.expect("served");
        let path = asked.split(' ').nth(1).expect("a path");
        assert_eq!(path, "/?email=%C3%A4");
        let expected = signature(SECRET, 1, &format!("{host}{path}"));
        assert!(asked.contains(&format!("tanya-signature: {expected}")), "{asked}");
    }

    #[tokio::test]
    async fn what_goes_wrong_is_told_plainly() {
        let large = format!("{{\"a\": \"{}\"}}", "x".repeat(LARGEST));
        for (answer, told) in [
            (
                reply("302 Found", "location: http://127.0.0.1:1/\r\n", ""),
                "not followed",
            ),
            (reply("500 Internal Server Error", "", ""), "500"),
            (reply("200 OK", "", "<html>"), "no JSON object"),
            (reply("200 OK", "", &large), "larger than 64 kB"),
        ] {
            let (address, _served) = server(answer).await;
            let error = ask(&address, SECRET, 1).await.expect_err(told);
            assert!(error.contains(told), "{error}");
        }
        let error = ask("http://127.0.0.1:1/c?email=ana", SECRET, 1)
            .await
            .expect_err("nobody listens");
        assert_eq!(error, "it cannot be reached");
    }
}
