//! One TOML file, `TANYA_*` variables and flags become one [`Config`], checked once at the start.
//!
//! Order of precedence: flag, environment variable, file, the settings pages (`stored`), default. Every key of the file is listed in [`Config`]'s
//! fields; an unknown key is an error that names it, so a misspelt setting cannot be silently without effect.
//! Paths in the file are relative to the file; paths in variables and flags to the current folder.
//!
//! Loading lives in `load`, what a value may be in `check`, where a value comes from in `sources`.

mod check;
mod desk;
mod identity;
mod inbox;
mod load;
mod mail;
mod retention;
mod site;
mod sources;
mod stored;
mod widget;

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use serde::Deserialize;

pub use check::Violation;
pub use desk::{BusinessTime, HolidayConfig, HoursConfig, OpenHours, TargetsConfig, TeamConfig, Timetable, WrongHours};
pub use identity::IdentityConfig;
pub use inbox::{InboxConfig, PLACEHOLDERS};
pub use load::{ConfigError, ENVIRONMENT, Overrides};
pub use mail::{MailConfig, SmtpSecurity, SmtpServer};
pub use retention::RetentionConfig;
pub use site::{AnnouncementConfig, FooterLink, Level, SiteConfig, Texts};
pub use sources::{Source, Sources, dotted_keys};
pub use stored::{SETTABLE, StoredDesk, StoredError, StoredSettings, StoredSite, StoredWidget};
pub use widget::{PageArticles, Side, WidgetConfig};

/// Everything that an operator can set. Printing it never shows a secret.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of Markdown articles.
    pub kb: PathBuf,
    /// Folder for the index and the SQLite file.
    pub data: PathBuf,
    /// `sqlite:PATH` or `postgres://user:password@host/database`; empty means `sqlite:<data>/tanya.db`.
    pub store: String,
    /// Languages of the kb whose codes count as path parts; empty means: what every top folder is called.
    pub languages: Vec<String>,
    /// Folder of sensitive-topic rules that replaces the built-in ones.
    pub topics: Option<PathBuf>,
    /// Weights of ranking and confidence that replace the built-in ones.
    pub weights: Option<PathBuf>,
    /// Confidence from which on the bot answers; empty means the one that the weights were shipped with.
    pub threshold: Option<f64>,
    /// The share of the bot's answers that may be wrong; `tanya calibrate` finds the threshold that keeps it.
    pub error_budget: f64,
    /// The same for single topics and folders.
    pub error_budgets: BudgetsConfig,
    /// The embedding model.
    pub model: ModelConfig,
    /// The web server.
    pub server: ServerConfig,
    /// How the help center calls itself, and how it looks.
    pub site: SiteConfig,
    /// What readers should know before they ask, the most important first.
    pub announcement: Vec<AnnouncementConfig>,
    /// The chat on other sites.
    pub widget: WidgetConfig,
    /// What agents see beside a conversation.
    pub inbox: InboxConfig,
    /// People who work the queue.
    pub desk: DeskConfig,
    /// How long what people said and did is kept.
    pub retention: RetentionConfig,
    /// How mail goes out.
    pub mail: MailConfig,
    /// What set the values above.
    #[serde(skip)]
    pub sources: Sources,
}

/// Error budgets that differ from the one for all articles.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BudgetsConfig {
    /// By sensitive topic, for articles that a writer has freed for the bot.
    pub topic: BTreeMap<String, f64>,
    /// By folder, without its language part; those below it are meant, too.
    pub folder: BTreeMap<String, f64>,
}

/// The embedding model: a local folder (`model.onnx`, tokenizer files, `model.toml`) or a catalogue name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelConfig {
    /// Folder of the model, or a name of fastembed's catalogue (needs the cargo feature `catalogue`). Empty: the built-in default.
    pub name: String,
    /// `false`: lexical search only.
    pub enabled: bool,
    /// Embedding threads, each with its own session; 0 means one per core, at most 8.
    pub threads: usize,
    /// Questions that may wait for an embedding thread before the server sheds load (503).
    pub queue: usize,
}

/// The web server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Address under which people reach it, e.g. `https://help.example.com`; makes links absolute.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed: addresses or networks (`10.0.0.0/8`).
    pub trusted_proxies: Vec<String>,
    /// Requests a minute that one client may send to the asking and searching routes; 0: any number.
    pub requests_per_minute: u32,
    /// Tickets an hour that one client may open; 0: any number.
    pub tickets_per_hour: u32,
    /// Largest accepted request body, bytes.
    pub max_body_bytes: usize,
    /// Seconds after which a request is given up with 503.
    pub timeout_seconds: u64,
}

/// People who work the queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeskConfig {
    /// Bearer tokens that may work `/api/v1/tickets`, with the name that is written down for each.
    pub tokens: Vec<ApiToken>,
    /// Hours by the clock within which a ticket is answered, where neither `hours` nor `targets.first` say it.
    pub reply_within_hours: u32,
    /// IANA name of the time zone of the hours, in which promises are told, too, e.g. `Asia/Jakarta`.
    pub time_zone: String,
    /// Times since the customer waits after which a ticket climbs a step, in business time. Not set: 4 and 8 hours where
    /// there are hours, else none.
    pub escalate_after: Option<Vec<String>>,
    /// Minutes for which a claim holds that nobody touches.
    pub claim_minutes: u32,
    /// Days of silence after which a ticket that staff think is solved is closed as silent.
    pub resolve_silence_days: u32,
    /// Milliseconds for which the bot waits whether the customer goes on writing.
    pub burst_ms: u32,
    /// Answers that did not help after which the bot hands over.
    pub misses: u32,
    /// When people are there.
    pub hours: HoursConfig,
    /// By when they mean to reply.
    pub targets: TargetsConfig,
    /// What is different for single teams.
    pub team: BTreeMap<String, TeamConfig>,
    /// File of routing rules that replaces the built-in ones.
    pub routing: Option<PathBuf>,
    /// The team that gets what neither a rule nor a topic takes.
    pub escalation_team: String,
    /// How the host site signs who its customers are.
    pub identity: IdentityConfig,
}

/// A bearer token from the config.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiToken {
    /// Who uses it; written into the ticket's history.
    pub name: String,
    /// The secret, at least 16 characters.
    pub token: String,
}

impl Config {
    /// The store's address: [`Self::store`], or the default file in the data folder.
    pub fn store_url(&self) -> String {
        if self.store.is_empty() {
            format!("sqlite:{}", self.data.join("tanya.db").display())
        } else {
            self.store.clone()
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address of a database server may hold a password.
        let Config {
            kb,
            data,
            store,
            languages,
            topics,
            weights,
            threshold,
            error_budget,
            error_budgets,
            model,
            server,
            site,
            announcement,
            widget,
            inbox,
            desk,
            retention,
            mail,
            sources: _,
        } = self;
        f.debug_struct("Config")
            .field("kb", kb)
            .field("data", data)
            .field("store", &check::without_password(store))
            .field("languages", languages)
            .field("topics", topics)
            .field("weights", weights)
            .field("threshold", threshold)
            .field("error_budget", error_budget)
            .field("error_budgets", error_budgets)
            .field("model", model)
            .field("server", server)
            .field("site", site)
            .field("announcement", announcement)
            .field("widget", widget)
            .field("inbox", inbox)
            .field("desk", desk)
            .field("retention", retention)
            .field("mail", mail)
            .finish()
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiToken")
            .field("name", &self.name)
            .field("token", &"***")
            .finish()
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            kb: "kb".into(),
            data: "data".into(),
            store: String::new(),
            languages: Vec::new(),
            topics: None,
            weights: None,
            threshold: None,
            error_budget: 0.05,
            error_budgets: BudgetsConfig::default(),
            model: ModelConfig::default(),
            server: ServerConfig::default(),
            site: SiteConfig::default(),
            announcement: Vec::new(),
            widget: WidgetConfig::default(),
            inbox: InboxConfig::default(),
            desk: DeskConfig::default(),
            retention: RetentionConfig::default(),
            mail: MailConfig::default(),
            sources: Sources::default(),
        }
    }
}

impl Default for ModelConfig {
    fn default() -> Self {
        ModelConfig {
            name: String::new(),
            enabled: true,
            threads: 0,
            queue: 256,
        }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        ServerConfig {
            listen: SocketAddr::new(IpAddr::from([127, 0, 0, 1]), 8080),
            public_url: None,
            trusted_proxies: Vec::new(),
            requests_per_minute: 600,
            tickets_per_hour: 20,
            max_body_bytes: 64 * 1024,
            timeout_seconds: 10,
        }
    }
}

impl Default for DeskConfig {
    fn default() -> Self {
        DeskConfig {
            tokens: Vec::new(),
            reply_within_hours: 24,
            time_zone: "UTC".into(),
            escalate_after: None,
            claim_minutes: 10,
            resolve_silence_days: 7,
            burst_ms: 800,
            misses: 2,
            hours: HoursConfig::default(),
            targets: TargetsConfig::default(),
            team: BTreeMap::new(),
            routing: None,
            escalation_team: "escalation".into(),
            identity: IdentityConfig::default(),
        }
    }
}
