//! Bringing flags, variables, file and defaults together.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use super::{ApiToken, Config, Source, Violation};

/// The file that is read if it is there and no other is named.
const DEFAULT_FILE: &str = "tanya.toml";

/// Name of the desk token that comes from `TANYA_TOKEN`.
const ENV_TOKEN_NAME: &str = "env";

/// The variables that are read, with what each sets.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("TANYA_CONFIG", "the config file"),
    ("TANYA_KB", "kb"),
    ("TANYA_DATA", "data"),
    ("TANYA_STORE", "store"),
    ("TANYA_TOPICS", "topics"),
    ("TANYA_WEIGHTS", "weights"),
    ("TANYA_THRESHOLD", "threshold"),
    ("TANYA_MODEL", "model.name"),
    ("TANYA_MODEL_ENABLED", "model.enabled"),
    ("TANYA_LISTEN", "server.listen"),
    ("TANYA_PUBLIC_URL", "server.public_url"),
    ("TANYA_SITE_NAME", "site.name"),
    ("TANYA_SMTP", "mail.smtp"),
    ("TANYA_TOKEN", "one more desk token, named `env`"),
];

/// What the command line sets; `None` leaves the word to variables, file and defaults.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--kb`.
    pub kb: Option<PathBuf>,
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--store`.
    pub store: Option<String>,
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--weights`.
    pub weights: Option<PathBuf>,
}

/// Why there is no config.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was named cannot be read.
    #[error("cannot read the config file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not TOML, or a key is unknown or of the wrong type.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
        /// What is wrong; never quotes the line, which may hold a secret.
        message: String,
    },
    /// A variable cannot be understood.
    #[error("{name} = \"{value}\" in the environment: {allowed}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// Its value; `***` for secrets.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Values that are not allowed.
    #[error("{}", list(.0))]
    Invalid(Vec<Violation>),
}

fn list(violations: &[Violation]) -> String {
    let lines: Vec<_> = violations.iter().map(ToString::to_string).collect();
    match lines.as_slice() {
        [one] => format!("a setting is not allowed: {one}"),
        many => format!("{} settings are not allowed:\n  {}", many.len(), many.join("\n  ")),
    }
}

impl Config {
    /// Reads the file (`file`, else `TANYA_CONFIG`, else `tanya.toml` in the current folder if it is there), then the
    /// variables, then `overrides`, and checks the outcome.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names file, line or variable, and what is allowed. No message holds a secret.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Config, ConfigError> {
        load_from(file, overrides, Path::new(""), &|name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })
    }
}

/// An empty variable counts as not set: that is how a container's `environment:` says nothing.
type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

fn load_from(
    file: Option<&Path>,
    overrides: &Overrides,
    current: &Path,
    variables: Variables<'_>,
) -> Result<Config, ConfigError> {
    let variables = |name: &'static str| variables(name).filter(|value| !value.is_empty());
    let named = file
        .map(Path::to_path_buf)
        .or_else(|| variables("TANYA_CONFIG").map(PathBuf::from));
    let mut config = match named {
        Some(path) => from_file(&path)?,
        None => match current.join(DEFAULT_FILE) {
            path if path.exists() => from_file(&path)?,
            _ => Config::default(),
        },
    };
    config.sources.note_variables(|name| variables(name).is_some());
    apply_variables(&mut config, variables)?;
    apply_overrides(&mut config, overrides);
    if let Some(url) = &mut config.server.public_url {
        url.truncate(url.trim_end_matches('/').len());
    }
    config.check().map_err(ConfigError::Invalid)?;
    Ok(config)
}

fn from_file(path: &Path) -> Result<Config, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable {
        path: path.to_path_buf(),
        source,
    };
    let bytes = fs::read(path).map_err(unreadable)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| unreadable(io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut config: Config = toml::from_str(text).map_err(|error| syntax_error(path, text, &error))?;
    let keys: toml::Table = toml::from_str(text).map_err(|error| syntax_error(path, text, &error))?;
    config.sources.note_file(path, &keys);
    rebase(&mut config, &keys, path.parent().unwrap_or(Path::new("")));
    Ok(config)
}

/// Says where, without the line itself that `toml` would quote.
fn syntax_error(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    // A message about a value quotes the value; a line that holds a token or an address with a password is not quoted.
    let whole_line = text.lines().nth(line - 1).unwrap_or_default();
    let secret = ["token", "store", "secret", "smtp", "command"]
        .iter()
        .any(|key| whole_line.contains(key));
    let message = match error.message() {
        message if secret && !message.starts_with("unknown field") && !message.starts_with("missing field") => {
            "the value of this line is not well formed; it must be text in double quotes".to_owned()
        }
        message => message.trim().to_owned(),
    };
    ConfigError::Syntax {
        path: path.to_path_buf(),
        line,
        column,
        message,
    }
}

/// Makes the paths that the file itself names relative to the file.
fn rebase(config: &mut Config, keys: &toml::Table, base: &Path) {
    if keys.contains_key("kb") {
        config.kb = base.join(&config.kb);
    }
    if keys.contains_key("data") {
        config.data = base.join(&config.data);
    }
    if let Some(path) = config.store.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if !path.is_empty() {
            config.store = format!("sqlite:{}", base.join(path).display());
        }
    }
    let identity_key = &mut config.desk.identity.public_key;
    let paths = [
        &mut config.topics,
        &mut config.weights,
        &mut config.desk.routing,
        &mut config.site.logo,
        &mut config.site.favicon,
        &mut config.site.css,
        identity_key,
    ];
    for path in paths.into_iter().flatten() {
        *path = base.join(&*path);
    }
    for path in config.desk.calendars_mut() {
        *path = base.join(&*path);
    }
    // A name of the catalogue may hold a slash, too; a folder is there.
    let folder = base.join(&config.model.name);
    if !config.model.name.is_empty() && folder.is_dir() {
        config.model.name = folder.display().to_string();
    }
}

fn apply_variables(config: &mut Config, variables: impl Fn(&'static str) -> Option<String>) -> Result<(), ConfigError> {
    if let Some(kb) = variables("TANYA_KB") {
        config.kb = kb.into();
    }
    if let Some(data) = variables("TANYA_DATA") {
        config.data = data.into();
    }
    if let Some(store) = variables("TANYA_STORE") {
        config.store = store;
    }
    if let Some(topics) = variables("TANYA_TOPICS") {
        config.topics = Some(topics.into());
    }
    if let Some(weights) = variables("TANYA_WEIGHTS") {
        config.weights = Some(weights.into());
    }
    if let Some(threshold) = parsed(&variables, "TANYA_THRESHOLD", "must be a number from 0 to 1")? {
        config.threshold = Some(threshold);
    }
    if let Some(model) = variables("TANYA_MODEL") {
        config.model.name = model;
    }
    if let Some(enabled) = parsed(&variables, "TANYA_MODEL_ENABLED", "must be true or false")? {
        config.model.enabled = enabled;
    }
    if let Some(listen) = parsed(
        &variables,
        "TANYA_LISTEN",
        "must be an address and port, such as 0.0.0.0:8080",
    )? {
        config.server.listen = listen;
    }
    if let Some(url) = variables("TANYA_PUBLIC_URL") {
        config.server.public_url = Some(url);
    }
    if let Some(name) = variables("TANYA_SITE_NAME") {
        config.site.name = name;
    }
    if let Some(smtp) = variables("TANYA_SMTP") {
        config.mail.smtp = smtp;
    }
    if let Some(token) = variables("TANYA_TOKEN") {
        // The variable wins over a token of the same name in the file, as with every other key.
        config.desk.tokens.retain(|other| other.name != ENV_TOKEN_NAME);
        config.desk.tokens.push(ApiToken {
            name: ENV_TOKEN_NAME.into(),
            token,
        });
    }
    Ok(())
}

fn parsed<T: std::str::FromStr>(
    variables: &impl Fn(&'static str) -> Option<String>,
    name: &'static str,
    allowed: &'static str,
) -> Result<Option<T>, ConfigError> {
    let Some(value) = variables(name) else { return Ok(None) };
    match value.trim().parse() {
        Ok(parsed) => Ok(Some(parsed)),
        Err(_) => Err(ConfigError::Variable { name, value, allowed }),
    }
}

fn apply_overrides(config: &mut Config, overrides: &Overrides) {
    let Overrides {
        kb,
        data,
        store,
        listen,
        weights,
    } = overrides;
    let flags = [
        ("kb", "--kb", kb.is_some()),
        ("data", "--data", data.is_some()),
        ("store", "--store", store.is_some()),
        ("server.listen", "--listen", listen.is_some()),
        ("weights", "--weights", weights.is_some()),
    ];
    for (key, flag, _) in flags.into_iter().filter(|(.., is_set)| *is_set) {
        config.sources.set(key, Source::Flag(flag));
    }
    if let Some(kb) = kb {
        config.kb.clone_from(kb);
    }
    if let Some(data) = data {
        config.data.clone_from(data);
    }
    if let Some(store) = store {
        config.store.clone_from(store);
    }
    if let Some(listen) = listen {
        config.server.listen = *listen;
    }
    if let Some(weights) = weights {
        config.weights = Some(weights.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../tanya.example.toml");

    fn load(toml: &str, env: &[(&str, &str)], overrides: &Overrides) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join(DEFAULT_FILE), toml).expect("a config file");
        load_from(None, overrides, folder.path(), &variables(env))
    }

    fn variables(env: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        let env: Vec<(String, String)> = env.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
        move |name| env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    #[test]
    fn flag_wins_over_variable_over_file_over_default() {
        let file = "store = 'sqlite:/from/file.db'\n[server]\nlisten = '127.0.0.1:1'\n[site]\nname = 'File'\n";
        let env = [("TANYA_STORE", "sqlite:/from/env.db"), ("TANYA_LISTEN", "127.0.0.1:2")];
        let flags = Overrides {
            listen: "127.0.0.1:3".parse().ok(),
            ..Overrides::default()
        };
        let config = load(file, &env, &flags).expect("a config");
        assert_eq!(config.server.listen.port(), 3);
        assert_eq!(config.store_url(), "sqlite:/from/env.db");
        assert_eq!(config.site.name, "File");
        assert_eq!(config.site.language, "en");
    }

    #[test]
    fn paths_in_the_file_are_relative_to_the_file_and_others_are_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("etc.toml");
        fs::write(
            &file,
            "kb = 'articles'\nstore = 'sqlite:t.db'\ntopics = '/abs'\nweights = 'w.json'\n\
             [desk.hours]\ncalendars = ['off.ics']\n[desk.team.sales.hours]\ncalendars = ['/sales.ics']",
        )
        .expect("file");
        let env = variables(&[("TANYA_WEIGHTS", "mine.json")]);
        let config = load_from(Some(&file), &Overrides::default(), Path::new(""), &env).expect("a config");
        assert_eq!(config.kb, folder.path().join("articles"));
        assert_eq!(config.data, Path::new("data"));
        assert_eq!(config.store, format!("sqlite:{}", folder.path().join("t.db").display()));
        assert_eq!(config.topics.as_deref(), Some(Path::new("/abs")));
        assert_eq!(config.weights.as_deref(), Some(Path::new("mine.json")));
        let calendars: Vec<_> = config.desk.calendars().cloned().collect();
        assert_eq!(calendars, [folder.path().join("off.ics"), PathBuf::from("/sales.ics")]);
    }

    #[test]
    fn a_missing_default_file_is_fine_a_missing_named_one_is_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let none = variables(&[]);
        assert!(load_from(None, &Overrides::default(), folder.path(), &none).is_ok());
        let missing = folder.path().join("nowhere.toml");
        let error = load_from(Some(&missing), &Overrides::default(), folder.path(), &none).expect_err("no file");
        assert!(error.to_string().contains("nowhere.toml"), "{error}");
        let named = variables(&[("TANYA_CONFIG", "/nowhere/at-all.toml")]);
        assert!(load_from(None, &Overrides::default(), folder.path(), &named).is_err());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = load(
            "kb = 'kb'\n\n[server]\nlissten = '127.0.0.1:1'\n",
            &[],
            &Overrides::default(),
        )
        .expect_err("a misspelt key")
        .to_string();
        assert!(error.contains("tanya.toml:4:1") && error.contains("lissten"), "{error}");
    }

    #[test]
    fn a_bad_variable_is_named() {
        let error = load("", &[("TANYA_LISTEN", "everywhere")], &Overrides::default()).expect_err("no address");
        assert_eq!(
            error.to_string(),
            "TANYA_LISTEN = \"everywhere\" in the environment: must be an address and port, such as 0.0.0.0:8080"
        );
        assert!(load("", &[("TANYA_LISTEN", "")], &Overrides::default()).is_ok());
    }

    #[test]
    fn the_token_of_the_environment_is_named_env() {
        let file = "[desk]\ntokens = [{ name = 'anna', token = 'abcdefgh12345678' }]";
        let config = load(file, &[("TANYA_TOKEN", "ABCDEFGH12345678")], &Overrides::default()).expect("a config");
        let names: Vec<_> = config.desk.tokens.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["anna", "env"]);
        assert!(!format!("{config:?}").contains("12345678"));
    }

    #[test]
    fn no_error_quotes_a_secret() {
        for file in [
            "[desk]\ntokens = [{ name = 'anna', token = 1234567890123456 }]",
            "[desk]\ntokens = [{ name = 'anna', token = secret-secret-secret }]",
            "[desk]\ntokens = [{ name = 'anna', token = 'short-secret' }]",
            "[desk]\ntokens = 'secret-secret-secret'",
            "store = 'mysql://u:secret-1234567890@h/db'",
            "[desk.identity]\nsecret = 12345678901234567890",
            "[desk.identity]\nsecret = 'short-secret-12345678'",
            "[mail]\nsmtp = 'ftp://u:secret-1234567890@h'",
            "[mail]\nsmtp = ['smtp://u:secret-1234567890@h']",
        ] {
            let error = load(file, &[], &Overrides::default()).expect_err(file);
            let text = format!("{error} {error:?}");
            assert!(!text.contains("secret-") && !text.contains("12345678"), "{text}");
        }
        let error = load("", &[("TANYA_TOKEN", "short-secret")], &Overrides::default()).expect_err("too short");
        assert!(!error.to_string().contains("short-secret"), "{error}");
    }

    #[test]
    fn a_trailing_slash_of_the_public_url_is_forgiven_a_path_is_not() {
        let config = load(
            "[server]\npublic_url = 'https://help.example.com/'",
            &[],
            &Overrides::default(),
        );
        assert_eq!(
            config.expect("a config").server.public_url.as_deref(),
            Some("https://help.example.com")
        );
        assert!(
            load(
                "[server]\npublic_url = 'https://example.com/help'",
                &[],
                &Overrides::default()
            )
            .is_err()
        );
    }

    /// The example with its settings switched on: `#key = value` loses its mark, `# explanation` stays a comment.
    fn uncommented() -> String {
        EXAMPLE
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[' || c == ']') => rest,
                _ => line,
            })
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn the_example_parses_as_it_is_and_with_every_setting_switched_on() {
        assert!(toml::from_str::<Config>(EXAMPLE).is_ok());
        let config: Config = toml::from_str(&uncommented().replace("change-me", "changed"))
            .expect("every setting of the example is understood");
        assert_eq!(config.check(), Ok(()));
    }

    /// The names that serde offers when a key is unknown are all the keys there are.
    fn keys_of(table: &str) -> Vec<String> {
        let error = toml::from_str::<Config>(&format!("{table}no_such_key = 1")).expect_err("an unknown key");
        let offered = error
            .message()
            .split_once("expected")
            .expect("the known keys")
            .1
            .to_owned();
        offered.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_example_has_every_key_with_a_comment_before_it() {
        let lines: Vec<&str> = EXAMPLE.lines().collect();
        let tables = [
            "",
            "[model]\n",
            "[server]\n",
            "[site]\n",
            "[widget]\n",
            "[desk]\n",
            "[desk.hours]\n",
            "[desk.targets]\n",
            "[desk.team.sales]\n",
            "[desk.identity]\n",
            "[retention]\n",
            "[mail]\n",
        ];
        // A table below another one is a key of it; one that has a name of the operator's is an example.
        let is_table = |table: &str, key: &str| {
            let parent = table.trim().trim_matches(['[', ']']);
            let path = if parent.is_empty() {
                key.to_owned()
            } else {
                format!("{parent}.{key}")
            };
            let heading = [
                format!("[{path}]"),
                format!("[{path}."),
                format!("#[{path}]"),
                format!("#[{path}."),
                format!("[[{path}]]"),
                format!("#[[{path}]]"),
            ];
            lines
                .iter()
                .any(|line| heading.iter().any(|heading| line.starts_with(heading)))
        };
        for table in tables {
            let start = lines
                .iter()
                .position(|l| *l == table.trim())
                .filter(|_| !table.is_empty())
                .unwrap_or(0);
            for key in keys_of(table) {
                if is_table(table, &key) {
                    continue;
                }
                let setting = format!("#{key} = ");
                let at = lines.iter().skip(start).position(|l| l.starts_with(&setting));
                let at = at.unwrap_or_else(|| panic!("{table}{key} is not in the example")) + start;
                assert!(lines[at - 1].starts_with("# "), "{table}{key} has no explanation");
            }
        }
    }
}
