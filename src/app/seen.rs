//! What the articles' folder looked like when it was last read, kept beside the index: a server that starts, or that looks
//! around every minute, need not read ten thousand files to learn that none of them changed.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::opening::today;
use crate::{clock::Clock, config::Config, kb, search::Embedder};

/// Below the data folder. Losing it costs one reading.
const FILE: &str = "articles-seen.json";

/// What a reading of the folder came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What it was read from and with; see [`Look`].
    of: String,
    /// The folder, for people.
    pub kb: PathBuf,
    /// The generation that holds these articles.
    pub generation: String,
    /// What was wrong with them.
    pub problems: Vec<kb::Problem>,
}

/// The state of the folder, taken before it is read.
#[derive(Debug)]
pub struct Look {
    of: String,
    settled: bool,
}

impl Look {
    /// Everything that decides what the index will hold: the folder, the day (for what expires), the languages, the model
    /// and the program itself.
    pub fn take(config: &Config, clock: &dyn Clock, embedder: Option<&Embedder>) -> Self {
        let glance = kb::glance(&config.kb, SystemTime::from(clock.now()));
        let program = std::env::current_exe().and_then(fs::metadata).ok();
        let parts = [
            glance.hash,
            folder(config).display().to_string(),
            today(config, clock),
            config.languages.join(","),
            embedder.map(|embedder| embedder.hash().to_owned()).unwrap_or_default(),
            format!("{:?}", program.map(|found| (found.len(), found.modified().ok()))),
        ];
        let mut hash = Sha256::new();
        for part in &parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Look {
            of: hex::encode(hash.finalize()),
            settled: glance.settled,
        }
    }

    /// What was remembered, if nothing has changed since.
    pub fn known(&self, data: &Path) -> Option<Seen> {
        last_seen(data).filter(|seen| seen.of == self.of)
    }

    /// Remembers what a reading that began after this look came to. A folder that is just being written to is not
    /// remembered, for its times prove nothing.
    pub fn remember(&self, config: &Config, generation: &str, problems: &[kb::Problem]) {
        let path = config.data.join(FILE);
        if !self.settled {
            let _ = fs::remove_file(path);
            return;
        }
        let seen = Seen {
            of: self.of.clone(),
            kb: folder(config),
            generation: generation.to_owned(),
            problems: problems.to_vec(),
        };
        // Written beside and renamed: a half of it is never read. What cannot be kept is read again.
        let beside = path.with_extension("new");
        let written = serde_json::to_vec(&seen)
            .map_err(std::io::Error::other)
            .and_then(|bytes| fs::write(&beside, bytes))
            .and_then(|()| fs::rename(&beside, &path));
        if let Err(error) = written {
            tracing::debug!(%error, "what the articles looked like could not be kept");
        }
    }
}

/// The folder of the articles, however the config spells it.
fn folder(config: &Config) -> PathBuf {
    fs::canonicalize(&config.kb).unwrap_or_else(|_| config.kb.clone())
}

/// The folder that the index of this data folder was last made of, if it is another one than the config names now.
pub fn made_of_another(config: &Config) -> Option<PathBuf> {
    let seen = last_seen(&config.data)?;
    (seen.kb != folder(config)).then_some(seen.kb)
}

/// What the index of this data folder was last made of, if that is known.
fn last_seen(data: &Path) -> Option<Seen> {
    serde_json::from_slice(&fs::read(data.join(FILE)).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use jiff::Timestamp;

    use super::*;
    use crate::clock::FixedClock;

    #[test]
    fn a_folder_is_known_until_something_in_it_or_the_day_changes() {
        let place = tempfile::tempdir().expect("a folder");
        let config = Config {
            kb: place.path().join("kb"),
            data: place.path().join("data"),
            ..Config::default()
        };
        fs::create_dir_all(&config.kb).expect("made");
        fs::create_dir_all(&config.data).expect("made");
        let now: Timestamp = "2026-11-24T10:00:00Z".parse().expect("a time");
        let article = config.kb.join("a.md");
        let write = |text: &str, seconds_ago: i64| {
            fs::write(&article, text).expect("written");
            let at = UNIX_EPOCH + Duration::from_secs((now.as_second() - seconds_ago).cast_unsigned());
            let file = fs::File::options().write(true).open(&article).expect("opened");
            file.set_modified(at).expect("set");
        };
        let look = |now: Timestamp| Look::take(&config, &FixedClock::new(now), None);
        write("# A", 60);
        assert_eq!(look(now).known(&config.data), None);
        look(now).remember(&config, "g1", &[]);
        let seen = look(now).known(&config.data).expect("it is known");
        assert_eq!((seen.generation.as_str(), seen.problems.len()), ("g1", 0));
        assert_eq!(made_of_another(&config), None);

        let tomorrow = "2026-11-25T10:00:00Z".parse().expect("a time");
        assert_eq!(look(tomorrow).known(&config.data), None, "articles expire");
        write("# B", 30);
        assert_eq!(look(now).known(&config.data), None);
        // What is being written right now is not remembered, and what was is forgotten.
        write("# C", 1);
        look(now).remember(&config, "g2", &[]);
        assert_eq!(last_seen(&config.data), None);
    }
}
