//! What a kb folder looks like from outside, so that a look at it need not be a reading of it.

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::load::is_skipped;

/// A file that was written in the same tick of the clock as the glance may be written again without another time, so its
/// time proves nothing until it is this old. File systems keep times to two seconds or better.
const SETTLED: Duration = Duration::from_secs(3);

/// The names, sizes and times of all files of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// SHA-256, in hexadecimal.
    pub hash: String,
    /// Whether the newest of the times is old enough that any later change shows.
    pub settled: bool,
}

/// Looks at the folder without opening a file. What cannot be looked at goes into the hash as the reason why.
pub fn glance(root: &Path, now: SystemTime) -> Glance {
    let mut hash = Sha256::new();
    let mut newest = UNIX_EPOCH;
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    let mut walk = WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                add(error.to_string().as_bytes());
                continue;
            }
        };
        if entry.file_type().is_dir() {
            if entry.depth() > 0 && is_skipped(entry.file_name()) {
                walk.skip_current_dir();
            }
            continue;
        }
        add(entry.path().as_os_str().as_encoded_bytes());
        match entry.metadata() {
            Ok(metadata) => {
                let modified = metadata.modified().unwrap_or(now);
                newest = newest.max(modified);
                let nanos = modified.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
                add(&metadata.len().to_le_bytes());
                add(&nanos.to_le_bytes());
            }
            Err(error) => add(error.to_string().as_bytes()),
        }
    }
    Glance {
        hash: hex::encode(hash.finalize()),
        settled: now.duration_since(newest).is_ok_and(|age| age >= SETTLED),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, File},
        path::PathBuf,
    };

    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn write(&self, name: &str, text: &str, modified: SystemTime) -> PathBuf {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(&path, text).expect("written");
            let file = File::options().write(true).open(&path).expect("opened");
            file.set_modified(modified).expect("set");
            path
        }
    }

    #[test]
    fn every_change_that_a_reader_would_see_shows() {
        let folder = Folder(tempfile::tempdir().expect("a folder"));
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let (old, older) = (now - Duration::from_secs(60), now - Duration::from_secs(90));
        let path = folder.write("orders/track.md", "# Track", old);
        let look = || glance(folder.0.path(), now);
        let first = look();
        assert!(first.settled);
        assert_eq!(first, look());

        folder.write("orders/track.md", "# Trace", older);
        let edited = look();
        assert_ne!(first.hash, edited.hash, "same size, another time");
        folder.write("orders/track.md", "# Tracks", older);
        assert_ne!(look().hash, edited.hash, "another size, same time");
        folder.write("picture.png", "an image that an article may link", old);
        let with_picture = look();
        fs::rename(&path, folder.0.path().join("orders/trace.md")).expect("renamed");
        assert_ne!(look().hash, with_picture.hash, "another name");
        let renamed = look();
        folder.write(".git/index", "what nobody reads", old);
        folder.write("node_modules/x/readme.md", "# X", old);
        assert_eq!(look(), renamed);
    }

    #[test]
    fn what_was_just_written_proves_nothing() {
        let folder = Folder(tempfile::tempdir().expect("a folder"));
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        folder.write("a.md", "# A", now - Duration::from_secs(1));
        assert!(!glance(folder.0.path(), now).settled);
        folder.write("a.md", "# A", now + Duration::from_secs(3_600));
        assert!(!glance(folder.0.path(), now).settled, "a time in the future");
        folder.write("a.md", "# A", now - SETTLED);
        assert!(glance(folder.0.path(), now).settled);
    }
}
