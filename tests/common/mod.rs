//! A help center in a temporary folder, and a client that calls its router directly.
#![allow(dead_code, reason = "each test file uses another part")]

use std::{
    fs,
    path::Path,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use serde_json::Value;
use tanya::{
    answer::Answerer,
    app::{self, App},
    clock::{Clock, FixedClock, SystemClock},
    config::{ApiToken, Config},
    http::state::Web,
    search::shelf::Silent,
    store::Store,
};
use tempfile::TempDir;
use tower::ServiceExt;

/// The token of the harness' only agent.
pub const TOKEN: &str = "a-token-for-tests-only";

/// Articles of the small help center: path below the kb folder and text.
pub const ARTICLES: [(&str, &str); 7] = [
    (
        "en/orders/track.md",
        "---\ntitle: Track an order\ndescription: Where a parcel is.\nverified_at: 2026-05-01\naliases: [en/old/track]\n---\n\
         # Track an order\n\nOpen Orders and choose Track parcel.\n\n## By mail\n\nEvery parcel has a tracking number.\n\n\
         ## By phone\n\nCall us.\n\n## In the shop\n\nCome by. See [cancelling](cancel.md).\n",
    ),
    (
        "en/orders/cancel.md",
        "# Cancel an order\n\nAn order can be cancelled until it ships.\n",
    ),
    (
        "id/orders/track.md",
        "# Lacak pesanan\n\nBuka Pesanan lalu pilih Lacak.\n",
    ),
    (
        "en/orders/xss.md",
        "---\ntitle: 'Is <script>alert(1)</script> allowed'\n---\n\nNo <script>alert(2)</script> here. \
         <img src=x onerror=alert(3)> [link](javascript:alert(4))\n",
    ),
    (
        "en/account/draft.md",
        "---\ndraft: true\n---\n# A secret draft\n\nNot yet.\n",
    ),
    (
        "en/account/expired.md",
        "---\nexpiryDate: 2020-01-01\n---\n# Summer promotion\n\nTen percent off.\n",
    ),
    (
        "en/account/hidden.md",
        "---\nunlisted: true\n---\n# Beta programme\n\nFor invited people.\n",
    ),
];

/// One help center.
pub struct Site {
    /// What is behind the routes.
    pub app: App,
    router: Router,
    folder: TempDir,
}

/// What came back.
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Reply {
    /// A header as text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Asserts that this is a problem with this status and code, and that it is whole.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        let problem = self.json();
        assert_eq!(
            (self.status.as_u16(), problem["code"].as_str()),
            (status, Some(code)),
            "{problem}"
        );
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:tanya:problem:{code}"));
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()));
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        if matches!(status, 429 | 503) {
            assert!(
                self.header("retry-after")
                    .parse::<u64>()
                    .is_ok_and(|seconds| seconds > 0),
                "Retry-After"
            );
        }
        problem
    }
}

impl Site {
    /// A help center with [`ARTICLES`] and default settings.
    pub async fn new() -> Site {
        Site::with(|_| ()).await
    }

    /// One with other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Site {
        Site::with_routes(change, Router::new()).await
    }

    /// One with other settings and more routes.
    pub async fn with_routes(change: impl FnOnce(&mut Config), more: Router<Web>) -> Site {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let app = open(folder.path(), change).await;
        Site {
            router: tanya::http::router_with(app.clone(), more),
            app,
            folder,
        }
    }

    /// One in which time stands still until it is told to move.
    pub async fn at(clock: &FixedClock, change: impl FnOnce(&mut Config)) -> Site {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let app = open_at(folder.path(), change, Arc::new(clock.clone())).await;
        Site {
            router: tanya::http::router(app.clone()),
            app,
            folder,
        }
    }

    /// One with an index of its own, over [`ARTICLES`] and these: settings of the bot count, which [`Self::with`] shares.
    pub async fn with_articles(articles: &[(&str, &str)], change: impl FnOnce(&mut Config)) -> Site {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = config(folder.path());
        for (path, text) in articles {
            put(&config.kb, path, text.as_bytes());
        }
        change(&mut config);
        let store = Store::open(&config.store_url()).await.expect("a store");
        let answerer = new_answerer(&config);
        let app = App::new(config, answerer, store, Arc::new(SystemClock));
        Site {
            router: tanya::http::router(app.clone()),
            app,
            folder,
        }
    }

    /// Another server on the same store.
    pub async fn another_server(&self, clock: &FixedClock) -> App {
        open_at(self.folder.path(), |_| (), Arc::new(clock.clone())).await
    }

    /// One with other settings, and the app behind it.
    pub async fn with_app(change: impl FnOnce(&mut Config)) -> (Site, App) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let app = open(folder.path(), change).await;
        let router = tanya::http::router_with(app.clone(), Router::new());
        let site = Site {
            app: app.clone(),
            router,
            folder,
        };
        (site, app)
    }

    /// Puts a file beside the articles.
    pub fn put(&self, path: &str, bytes: &[u8]) {
        put(&self.folder.path().join("kb"), path, bytes);
    }

    /// Sends any request.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("the router never fails");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), 16 << 20)
            .await
            .expect("a body");
        Reply {
            status,
            headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Gets a path.
    pub async fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[]).await
    }

    /// Gets a path with headers.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(request(Method::GET, path, headers, String::new())).await
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, body: impl ToString) -> Reply {
        self.post_with(path, &[], body).await
    }

    /// Posts JSON with headers.
    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: impl ToString) -> Reply {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.send(request(Method::POST, path, &headers, body.to_string())).await
    }

    /// Gets a path as the agent.
    pub async fn get_as_agent(&self, path: &str) -> Reply {
        self.get_with(path, &[("authorization", &format!("Bearer {TOKEN}"))])
            .await
    }

    /// Posts JSON as the agent.
    pub async fn post_as_agent(&self, path: &str, body: impl ToString) -> Reply {
        self.post_with(path, &[("authorization", &format!("Bearer {TOKEN}"))], body)
            .await
    }

    /// Sends a form as a browser on this site would.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.submit_from(path, fields, "same-origin").await
    }

    /// Sends a form from a site.
    pub async fn submit_from(&self, path: &str, fields: &[(&str, &str)], site: &str) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", site),
        ];
        self.send(request(Method::POST, path, &headers, body)).await
    }
}

/// A request.
pub fn request(method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "help.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body)).expect("a request")
}

/// The app over a folder. The only place in the tests that knows how one is made.
pub async fn open(folder: &Path, change: impl FnOnce(&mut Config)) -> App {
    open_at(folder, change, Arc::new(SystemClock)).await
}

/// [`open`] with a clock.
pub async fn open_at(folder: &Path, change: impl FnOnce(&mut Config), clock: Arc<dyn Clock>) -> App {
    let mut config = config(folder);
    change(&mut config);
    let store = Store::open(&config.store_url()).await.expect("a store");
    App::new(config, answerer().clone(), store, clock)
}

/// Rules and index over [`ARTICLES`], made once: they are the slow part, and no test changes them.
fn answerer() -> &'static Answerer {
    static SHARED: LazyLock<Answerer> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("http");
        let _ = fs::remove_dir_all(&folder);
        new_answerer(&config(&folder))
    });
    &SHARED
}

fn new_answerer(config: &Config) -> Answerer {
    let (generation, embedder, _) = app::open_or_build(config, &SystemClock, &mut Silent).expect("an index");
    let weights = app::load_weights(config).expect("weights");
    app::answerer(config, generation, embedder, weights).expect("an answerer")
}

/// Settings over a folder, with the articles in it.
fn config(folder: &Path) -> Config {
    let kb = folder.join("kb");
    for (path, text) in ARTICLES {
        put(&kb, path, text.as_bytes());
    }
    let mut config = Config {
        kb,
        data: folder.join("data"),
        ..Config::default()
    };
    config.languages = vec!["en".into(), "id".into()];
    config.model.enabled = false;
    config.site.name = "Kopi Kita".into();
    config.desk.tokens.push(ApiToken {
        name: "ana".into(),
        token: TOKEN.into(),
    });
    config
}

fn put(kb: &Path, path: &str, bytes: &[u8]) {
    let path = kb.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}
