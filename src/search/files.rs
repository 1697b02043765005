//! Files that must be there after a power cut: written, synced, summed.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{Read, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::shelf::GenerationError;

/// Names the file that an error of the system is about.
pub(super) fn io(path: &Path) -> impl Fn(std::io::Error) -> GenerationError + '_ {
    move |source| GenerationError::Io {
        path: path.to_owned(),
        source,
    }
}

/// SHA-256 of every file below a folder, by its path in it.
pub(super) fn sums(folder: &Path) -> Result<BTreeMap<String, String>, GenerationError> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| GenerationError::Io {
            path: folder.to_owned(),
            source: error.into(),
        })?;
        let name = entry
            .path()
            .strip_prefix(folder)
            .unwrap_or(entry.path())
            .to_string_lossy()
            .replace('\\', "/");
        // Locks are taken again on opening; they hold nothing.
        if entry.file_type().is_file() && !name.ends_with(".lock") {
            File::open(entry.path())
                .and_then(|file| file.sync_all())
                .map_err(io(entry.path()))?;
            found.insert(name, sum_of(entry.path())?);
        }
    }
    Ok(found)
}

/// SHA-256 of a file, in hexadecimal.
pub(super) fn sum_of(path: &Path) -> Result<String, GenerationError> {
    let mut file = File::open(path).map_err(io(path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(io(path))?;
        if read == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

/// Writes a whole file and syncs it.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), GenerationError> {
    let mut file = File::create(path).map_err(io(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io(path))
}

/// Syncs a folder, so that its names are there after a power cut.
pub(super) fn sync_folder(path: &Path) -> Result<(), GenerationError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(io(path))
}

/// Removes a folder with all that is in it; one that is not there is fine.
pub(super) fn remove_folder(path: &Path) -> Result<(), GenerationError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(io(path)),
    }
}
