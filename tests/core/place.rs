//! A help center in a temporary folder, its index, and the program run on it.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use serde_json::Value;
use tanya::{
    answer::{Answerer, Question},
    app,
    clock::SystemClock,
    config::Config,
    kb::Kb,
    search::{BuildReport, Embedder, Generation, Reuse, Shelf, shelf::Silent},
};
use tempfile::TempDir;

use crate::client::Server;

/// Where the project lies; the program finds model and runtime from there.
pub const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// Articles of the small help center. None of their words belongs to a sensitive topic.
pub const ARTICLES: [(&str, &str); 6] = [
    (
        "grind.md",
        "---\ntitle: Choose a grind\nquestions: [How fine should I grind for espresso?]\n---\n\
         Espresso wants a fine grind, a French press a coarse one.\n\n## Espresso\n\nGrind as fine as table salt.\n\n\
         ## French press\n\nGrind as coarse as sea salt.\n",
    ),
    (
        "store.md",
        "# Store coffee beans\n\nKeep beans in a closed bag, away from light and heat.\n\n## Freezing\n\nBeans keep three months in the freezer.\n",
    ),
    (
        "track.md",
        "# Track a parcel\n\nOpen **Orders** and choose *Track*.\n\n## By mail\n\nThe mail with the tracking number comes when the parcel leaves us.\n",
    ),
    (
        "water.md",
        "# Water for brewing\n\nUse soft water of 93 °C. Hard water makes coffee dull.\n",
    ),
    (
        "hours.md",
        "# Opening hours of our cafés\n\nMonday to Friday from 7 to 19, on weekends from 9.\n",
    ),
    (
        "roast.md",
        "# When we roast\n\nWe roast every Tuesday and ship within two days.\n",
    ),
];

/// A folder with a kb, a data folder and settings.
pub struct Place {
    folder: TempDir,
}

impl Place {
    /// One without articles.
    pub fn empty() -> Place {
        let place = Place {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        fs::create_dir(place.path().join("kb")).expect("made");
        place.set("[server]\nrequests_per_minute = 1000000\n");
        place
    }

    /// One with [`ARTICLES`].
    pub fn small() -> Place {
        let place = Place::empty();
        for (path, text) in ARTICLES {
            place.write(path, text);
        }
        place
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The index' folder.
    pub fn index_folder(&self) -> PathBuf {
        self.path().join("data/index")
    }

    /// Replaces the settings that are not paths.
    pub fn set(&self, settings: &str) {
        let text = format!("kb = \"kb\"\ndata = \"data\"\n{settings}");
        fs::write(self.path().join("tanya.toml"), text).expect("written");
    }

    /// Writes an article.
    pub fn write(&self, path: &str, text: &str) {
        write_below(&self.path().join("kb"), path, text);
    }

    /// Removes an article.
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path().join("kb").join(path)).expect("removed");
    }

    /// The settings of a test that works inside this process.
    pub fn config(&self) -> Config {
        config(&self.path().join("kb"), &self.path().join("data"))
    }

    /// The program on this place. No `TANYA_` variable of whoever runs the tests reaches it.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tanya"));
        command
            .arg("--config")
            .arg(self.path().join("tanya.toml"))
            .args(args)
            .current_dir(PROJECT)
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TANYA_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Runs the program.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program runs")
    }

    /// Runs the program with `--json`; it must end with 0. The document and what was said on stderr.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> (Value, String) {
        let output = self.run(&[args, &["--json"]].concat());
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {told}");
        assert!(!told.contains("panicked"), "{args:?}: {told}");
        let document = serde_json::from_slice(&output.stdout);
        (
            document.unwrap_or_else(|error| panic!("{args:?}: {error}: {}", text(&output.stdout))),
            told,
        )
    }

    /// Starts the server.
    pub fn serve(&self) -> Server {
        Server::start(self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// Brings the index up to date.
    pub fn index(&self, embedder: Option<&Embedder>) -> BuildReport {
        index(&self.config(), embedder, Reuse::Vectors)
    }

    /// The answerer over the current generation.
    pub fn answerer(&self, embedder: Option<&Embedder>) -> Answerer {
        answerer(&self.config(), embedder)
    }
}

/// Settings over two folders.
pub fn config(kb: &Path, data: &Path) -> Config {
    Config {
        kb: kb.into(),
        data: data.into(),
        ..Config::default()
    }
}

/// Reads the articles.
pub fn read(config: &Config) -> Kb {
    app::read_kb(config, &SystemClock).expect("a kb")
}

/// Brings an index up to date.
pub fn index(config: &Config, embedder: Option<&Embedder>, reuse: Reuse) -> BuildReport {
    app::build_index(config, &read(config), embedder, reuse, &SystemClock, &mut Silent).expect("an index")
}

/// Opens the current generation.
pub fn open(config: &Config, embedder: Option<&Embedder>) -> Generation {
    Shelf::new(&config.data)
        .open(embedder.map(Embedder::hash))
        .expect("a generation")
}

/// The answerer over the current generation.
pub fn answerer(config: &Config, embedder: Option<&Embedder>) -> Answerer {
    let generation = open(config, embedder);
    let embedder = embedder.cloned().ok_or_else(|| "not in this test".to_owned());
    app::answerer(
        config,
        generation,
        embedder,
        app::load_weights(config).expect("weights"),
    )
    .expect("an answerer")
}

/// The decision as JSON text, its id left out.
pub fn ask(answerer: &Answerer, question: &str) -> String {
    let question = Question {
        text: question.into(),
        ..Question::default()
    };
    let decided = answerer
        .decide_blocking(String::new(), &question, true)
        .expect("a decision");
    let mut text = serde_json::to_string(&decided.decision).expect("JSON");
    for (article, score) in decided.ranked {
        text += &format!("\n{} {:016x}", article.id, score.to_bits());
    }
    text
}

/// The model's threads, shared by all tests of this process; `None` (and one line that says why) without runtime.
pub fn embedder() -> Option<&'static Embedder> {
    static SHARED: LazyLock<Option<Embedder>> = LazyLock::new(|| {
        start_embedder()
            .inspect_err(|why| skip(&format!("every test that needs the model: {why}")))
            .ok()
    });
    SHARED.as_ref()
}

/// Threads of the model that have seen no question yet.
pub fn start_embedder() -> Result<Embedder, String> {
    app::start_embedder(&Config::default())
}

/// The demo kb's index with vectors. Its folder stays between runs, so only the first one is slow.
pub fn demo() -> Option<&'static Answerer> {
    static SHARED: LazyLock<Option<Answerer>> = LazyLock::new(|| {
        let config = demo_config("demo");
        index(&config, Some(embedder()?), Reuse::Vectors);
        Some(answerer(&config, embedder()))
    });
    SHARED.as_ref()
}

/// Settings of the demo kb with a data folder that stays between runs.
pub fn demo_config(data: &str) -> Config {
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("core").join(data);
    config(&Path::new(PROJECT).join("kb"), &data)
}

/// A folder of the evaluation data, or one line that says that it is not there.
pub fn eval_set(name: &str) -> Option<PathBuf> {
    let set = tanya::eval::labelled::eval_dir()
        .map(|dir| dir.join(name))
        .filter(|set| set.is_dir());
    if set.is_none() {
        skip(&format!(
            "{name}: no such evaluation set; TANYA_EVAL_DIR says where they are"
        ));
    }
    set
}

/// Says that something was left out, past the test runner's capture.
pub fn skip(what: &str) {
    let _ = writeln!(io::stderr(), "skipped: {what}");
}

/// Every file below a folder with its bytes.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("readable"))
    {
        if entry.file_type().is_file() {
            let name = entry
                .path()
                .strip_prefix(folder)
                .expect("below it")
                .to_string_lossy()
                .into_owned();
            found.insert(name, fs::read(entry.path()).expect("a file"));
        }
    }
    found
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    }
}

/// Writes a file and the folders above it.
pub fn write_below(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

/// Output as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
