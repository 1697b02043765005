//! A customer in a chat and agents at the desk, as tests of chats, the queue and streams need them.

use axum::http::Method;
use serde_json::{Value, json};
use tanya::clock::FixedClock;

use crate::common::{Reply, Site, TOKEN, request};

/// Another agent's token; see [`two_agents`].
pub const BUDI: &str = "another-token-for-tests-only";

/// A time that stands still.
pub fn a_morning() -> FixedClock {
    FixedClock::new("2026-11-24T02:00:00Z".parse().expect("a time"))
}

/// Settings with a second agent.
pub fn two_agents(config: &mut tanya::config::Config) {
    config.desk.tokens.push(tanya::config::ApiToken {
        name: "budi".into(),
        token: BUDI.into(),
    });
    config.server.tickets_per_hour = 0;
}

/// A conversation and its secret.
pub struct Chat<'a> {
    pub site: &'a Site,
    pub id: String,
    pub secret: String,
}

impl<'a> Chat<'a> {
    /// Begins one.
    pub async fn begin(site: &'a Site) -> Chat<'a> {
        let begun = site.post("/api/v1/conversations", json!({"lang": "en"})).await;
        assert_eq!(begun.status, 201, "{}", begun.body);
        let begun = begun.json();
        let text = |field: &str| begun[field].as_str().expect("text").to_owned();
        Chat {
            site,
            id: text("id"),
            secret: text("secret"),
        }
    }

    /// Begins one that goes to people at once.
    pub async fn with_people(site: &'a Site) -> (Chat<'a>, String) {
        let chat = Chat::begin(site).await;
        let reply = chat.post("/person", json!({})).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let reference = reply.json()["ticket"].as_str().expect("a ticket").to_owned();
        (chat, reference)
    }

    pub async fn send(&self, method: Method, rest: &str, body: Value, key: Option<&str>) -> Reply {
        let authorization = format!("Bearer {}", self.secret);
        let mut headers = vec![("authorization", authorization.as_str())];
        if method != Method::GET {
            headers.push(("content-type", "application/json"));
        }
        headers.extend(key.map(|key| ("idempotency-key", key)));
        let path = format!("/api/v1/conversations/{}{rest}", self.id);
        let body = if method == Method::GET {
            String::new()
        } else {
            body.to_string()
        };
        self.site.send(request(method, &path, &headers, body)).await
    }

    pub async fn post(&self, rest: &str, body: Value) -> Reply {
        self.send(Method::POST, rest, body, None).await
    }

    pub async fn get(&self, rest: &str) -> Reply {
        self.send(Method::GET, rest, Value::Null, None).await
    }

    /// Says something; what came of it.
    pub async fn say(&self, text: &str) -> Value {
        let said = self.post("/turns", json!({"text": text})).await;
        assert_eq!(said.status, 201, "{}", said.body);
        said.json()
    }

    /// The conversation as its customer sees it.
    pub async fn shown(&self) -> Value {
        self.get("").await.json()
    }

    /// Kinds of its turns.
    pub async fn kinds(&self) -> Vec<String> {
        let shown = self.shown().await;
        let turns = shown["turns"].as_array().expect("turns");
        turns
            .iter()
            .map(|turn| turn["kind"].as_str().expect("a kind").to_owned())
            .collect()
    }
}

/// One of those who work at the desk.
pub struct Agent<'a> {
    pub site: &'a Site,
    pub token: &'static str,
}

impl<'a> Agent<'a> {
    pub fn ana(site: &'a Site) -> Self {
        Agent { site, token: TOKEN }
    }

    pub fn budi(site: &'a Site) -> Self {
        Agent { site, token: BUDI }
    }

    pub async fn get(&self, path: &str) -> Reply {
        let authorization = format!("Bearer {}", self.token);
        self.site.get_with(path, &[("authorization", &authorization)]).await
    }

    /// Posts to a ticket, naming the version that was seen.
    pub async fn post(&self, reference: &str, what: &str, etag: Option<&str>, body: Value) -> Reply {
        let authorization = format!("Bearer {}", self.token);
        let mut headers = vec![("authorization", authorization.as_str())];
        headers.extend(etag.map(|etag| ("if-match", etag)));
        let path = format!("/api/v1/tickets/{reference}/{what}");
        self.site.post_with(&path, &headers, body).await
    }

    /// The ticket's ETag now.
    pub async fn etag(&self, reference: &str) -> String {
        let shown = self.get(&format!("/api/v1/tickets/{reference}")).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        assert_eq!(shown.header("etag"), format!("\"{}\"", shown.json()["version"]));
        shown.header("etag").to_owned()
    }

    pub async fn ticket(&self, reference: &str) -> Value {
        self.get(&format!("/api/v1/tickets/{reference}")).await.json()
    }

    /// Posts with the present ETag.
    pub async fn now(&self, reference: &str, what: &str, body: Value) -> Reply {
        let etag = self.etag(reference).await;
        self.post(reference, what, Some(&etag), body).await
    }

    pub async fn act(&self, reference: &str, body: Value) -> Reply {
        self.post(reference, "acts", None, body).await
    }
}
