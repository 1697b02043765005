//! Generations on the disk: building, checking, switching.
//!
//! ```text
//! <data>/index/CURRENT              the id of the generation that serves
//! <data>/index/<id>/manifest.json   what it was made of, and the SHA-256 of every other file
//! <data>/index/<id>/articles.bin    the parsed articles
//! <data>/index/<id>/statistics.bin  vocabulary and counts
//! <data>/index/<id>/vectors.bin     vectors, little-endian 16-bit fixed point, row after row
//! <data>/index/<id>/discriminant.bin  what sets the articles apart, learned from the vectors
//! <data>/index/<id>/graph.hnsw.*    the graph, where there are many vectors
//! <data>/index/<id>/lexical/        the tantivy index
//! ```
//!
//! It is written beside the old one, synced, checked and then switched to by renaming one small file, so that a crash at
//! any moment leaves the old one serving. The id is a hash of what goes in, so the same kb gives the same id.

use std::{
    collections::HashMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{
    analyze,
    discriminant::Discriminant,
    embed::Embedder,
    files::{io, remove_folder, sum_of, sums, sync_folder, write_file},
    generation::{Generation, Manifest, starts},
    lexical::{self, Lexical},
    statistics::Statistics,
    vectors::{GRAPH_FROM, VectorIndex, Vectors, fixed},
};
use crate::kb::{Article, Kb, Status};

/// Rises when the files' form changes; older generations are then rebuilt.
const FORMAT: u32 = 5;

/// Why a generation cannot be built or opened.
#[derive(Debug, Error)]
pub enum GenerationError {
    /// There is none yet.
    #[error("there is no index in {0}; run `tanya index`")]
    Missing(PathBuf),
    /// The system refuses (disk full, no right to write…).
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is not what it was when it was written.
    #[error("the index is damaged: {path}: {reason}; run `tanya index` to rebuild it")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Made by another version of the program or for another model.
    #[error("the index was made by another version or for another model ({0}); run `tanya index`")]
    Outdated(String),
    /// A passage could not be embedded.
    #[error("embedding failed: {0}")]
    Embedding(String),
    /// The lexical index says no.
    #[error("the lexical index failed: {0}")]
    Lexical(#[from] tantivy::TantivyError),
    /// The graph says no.
    #[error("the vector graph failed: {0}")]
    Graph(String),
    /// Another process is building.
    #[error("another process is building the index in {0}")]
    Busy(PathBuf),
}

/// What a build did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BuildReport {
    /// Id of the generation that is current now.
    pub generation: String,
    /// Articles in it.
    pub articles: usize,
    /// Articles that were not there before.
    pub added: usize,
    /// Articles whose text or front matter changed.
    pub changed: usize,
    /// Articles that are no longer there.
    pub removed: usize,
    /// Vectors in it.
    pub vectors: usize,
    /// Vectors computed now.
    pub embedded: usize,
    /// Vectors taken over.
    pub reused: usize,
    /// `false`: everything was up to date, nothing was written.
    pub switched: bool,
    /// How long it took.
    pub seconds: f64,
}

/// Told while a build goes on.
pub trait Progress {
    /// `done` of `total` texts are embedded.
    fn embedding(&mut self, done: usize, total: usize);
    /// `done` of `total` vectors are in the graph.
    fn linking(&mut self, done: usize, total: usize);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn embedding(&mut self, _: usize, _: usize) {}
    fn linking(&mut self, _: usize, _: usize) {}
}

/// The folder of generations.
pub struct Shelf {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct StoredArticles<'a> {
    /// JSON, for front matter values have no fixed form; borrowed from the file's bytes, so that each is in memory once.
    #[serde(borrow)]
    articles: Vec<&'a str>,
    searchable: usize,
    text_hashes: Vec<[u8; 16]>,
}

impl Shelf {
    /// The generations below a data folder.
    pub fn new(data: &Path) -> Self {
        Shelf {
            folder: data.join("index"),
        }
    }

    /// Folder name of the current generation, if there is one; it changes with every switch.
    pub fn current(&self) -> Option<String> {
        let id = fs::read_to_string(self.folder.join("CURRENT")).ok()?;
        let id = id.trim();
        (!id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric())).then(|| id.to_owned())
    }

    /// Opens the current generation after checking every file's sum.
    ///
    /// # Errors
    /// No generation, a damaged file, or one made for something else.
    pub fn open(&self, model: Option<&str>) -> Result<Generation, GenerationError> {
        let id = self.current().ok_or_else(|| self.nothing_is_current())?;
        let generation = self.load(&id)?;
        if generation.manifest.model.as_deref() != model && model.is_some() {
            return Err(GenerationError::Outdated(format!("generation {id}")));
        }
        Ok(generation)
    }

    /// Why there is no current generation: nothing was built yet, or `CURRENT` was lost.
    fn nothing_is_current(&self) -> GenerationError {
        if self.names().is_empty() {
            return GenerationError::Missing(self.folder.clone());
        }
        GenerationError::Damaged {
            path: self.folder.join("CURRENT"),
            reason: "it names no generation, although there are some".into(),
        }
    }

    /// Folder names of the finished generations, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter(|entry| entry.path().join("manifest.json").exists())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        names
    }

    /// A whole generation with vectors of this model, whichever it is.
    fn any_with(&self, model: &str) -> Option<Generation> {
        let whole = self.names().into_iter().filter_map(|name| self.load(&name).ok());
        whole
            .into_iter()
            .find(|generation| generation.manifest.model.as_deref() == Some(model))
    }

    fn manifest(&self, id: &str) -> Result<Manifest, GenerationError> {
        let path = self.folder.join(id).join("manifest.json");
        let text = fs::read(&path).map_err(io(&path))?;
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| GenerationError::Damaged {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        if manifest.format != FORMAT || manifest.analyzer != analyze::VERSION {
            return Err(GenerationError::Outdated(format!("generation {id}")));
        }
        Ok(manifest)
    }

    /// The manifest of the current generation if all of its files are as they were written.
    fn whole_manifest(&self) -> Option<Manifest> {
        let name = self.current()?;
        let manifest = self.manifest(&name).ok()?;
        let folder = self.folder.join(name);
        let is_whole = |(file, sum): (&String, &String)| sum_of(&folder.join(file)).is_ok_and(|found| found == *sum);
        manifest.files.iter().all(is_whole).then_some(manifest)
    }

    fn load(&self, id: &str) -> Result<Generation, GenerationError> {
        let folder = self.folder.join(id);
        let manifest = self.manifest(id)?;
        let damaged = |file: &str, reason: String| GenerationError::Damaged {
            path: folder.join(file),
            reason,
        };
        let wrong_sum = |file: &str| damaged(file, "its SHA-256 is not the one that was written down".into());
        for (file, sum) in manifest.files.iter().filter(|(file, _)| !file.ends_with(".bin")) {
            if sum_of(&folder.join(file))? != *sum {
                return Err(wrong_sum(file));
            }
        }
        // One after the other: the bytes of a file are dropped before the next is read, for together they are as large as
        // what is kept.
        let take = |file: &str| {
            let path = folder.join(file);
            let Some(sum) = manifest.files.get(file) else {
                return Err(damaged(file, "it is missing from the manifest".into()));
            };
            let bytes = fs::read(&path).map_err(io(&path))?;
            if hex::encode(Sha256::digest(&bytes)) != *sum {
                return Err(wrong_sum(file));
            }
            Ok(bytes)
        };
        // The smallest first: what is kept behind a large block that is dropped keeps the block's memory from going back.
        let discriminant: Option<Discriminant> = postcard::from_bytes(&take("discriminant.bin")?)
            .map_err(|error| damaged("discriminant.bin", error.to_string()))?;
        let flat: Arc<[i16]> = take("vectors.bin")?
            .as_chunks::<2>()
            .0
            .iter()
            .map(|bytes| i16::from_le_bytes(*bytes))
            .collect();
        let vectors = match &manifest.model {
            None => None,
            Some(_) => {
                let vectors = Vectors::new(manifest.dimensions, flat);
                Some(VectorIndex::load(vectors, &folder).map_err(|reason| damaged("graph.hnsw.graph", reason))?)
            }
        };
        let mut statistics: Statistics = postcard::from_bytes(&take("statistics.bin")?)
            .map_err(|error| damaged("statistics.bin", error.to_string()))?;
        statistics.vocabulary.prepare();
        let bytes = take("articles.bin")?;
        let stored: StoredArticles =
            postcard::from_bytes(&bytes).map_err(|error| damaged("articles.bin", error.to_string()))?;
        let articles = stored
            .articles
            .iter()
            .map(|article| serde_json::from_str(article))
            .collect::<Result<Vec<Article>, _>>()
            .map_err(|error| damaged("articles.bin", error.to_string()))?;
        let (searchable, text_hashes) = (stored.searchable, stored.text_hashes);
        drop(bytes);
        let lexical = Lexical::open(&folder.join("lexical"))?;
        let rows = starts(&articles[..searchable.min(articles.len())]);
        if let (Some(learned), Some(index)) = (&discriminant, &vectors)
            && !learned.fits(index.vectors().len(), manifest.dimensions, rows.len() - 1)
        {
            return Err(damaged("discriminant.bin", "it belongs to other vectors".into()));
        }
        Ok(Generation::assemble(
            manifest,
            articles,
            searchable,
            statistics,
            lexical,
            vectors.map(|index| (index, discriminant)),
            text_hashes,
        ))
    }

    /// Brings the index up to date with a kb: builds a generation beside the current one and switches to it. Vectors of
    /// texts that were embedded before are taken over. If nothing changed, nothing is written.
    ///
    /// `now` goes into the manifest only.
    ///
    /// # Errors
    /// See [`GenerationError`]; the current generation stays as it is.
    pub fn build(
        &self,
        kb: &Kb,
        embedder: Option<&Embedder>,
        reuse: Reuse,
        now: jiff::Timestamp,
        progress: &mut dyn Progress,
    ) -> Result<BuildReport, GenerationError> {
        fs::create_dir_all(&self.folder).map_err(io(&self.folder))?;
        let _lock = self.lock()?;
        let (searchable, rest): (Vec<&Article>, Vec<&Article>) = kb
            .articles
            .iter()
            .filter(|article| article.status != Status::Draft)
            .partition(|article| {
                matches!(article.status, Status::Live | Status::Unlisted) && !article.only_names_its_folder()
            });
        let count = searchable.len();
        let articles: Vec<Article> = searchable.into_iter().chain(rest).cloned().collect();
        let (id, content) = identity(&articles, embedder);
        // Looked at without loading it: the server asks every minute, beside the generation that it answers from.
        if reuse == Reuse::Vectors
            && let Some(manifest) = self.whole_manifest().filter(|manifest| manifest.id == id)
        {
            return Ok(BuildReport {
                generation: id,
                articles: manifest.articles,
                vectors: manifest.vectors,
                reused: manifest.vectors,
                ..BuildReport::default()
            });
        }
        let old = match reuse {
            Reuse::Vectors => self.current().and_then(|id| self.load(&id).ok()),
            Reuse::Nothing => None,
        };
        let mut report = compare(old.as_ref(), &articles);
        report.generation.clone_from(&id);

        let building = self.folder.join(format!(".building-{id}"));
        remove_folder(&building)?;
        fs::create_dir(&building).map_err(io(&building))?;
        let (statistics, parts) = Statistics::build(&articles[..count]);
        let lexical_folder = building.join("lexical");
        fs::create_dir(&lexical_folder).map_err(io(&lexical_folder))?;
        lexical::write(&lexical_folder, parts.into_iter())?;

        let texts: Vec<String> = articles[..count].iter().flat_map(texts_of).collect();
        let text_hashes: Vec<[u8; 16]> = texts.iter().map(|text| text_hash(text)).collect();
        let (dimensions, flat) = match embedder {
            None => (0, Vec::new()),
            Some(embedder) => {
                // The current generation may be damaged, or of a time without the model.
                let fits = |old: &Generation| old.manifest.model.as_deref() == Some(embedder.hash());
                let other = match (&old, reuse) {
                    (Some(old), _) if fits(old) => None,
                    (_, Reuse::Vectors) => self.any_with(embedder.hash()),
                    (_, Reuse::Nothing) => None,
                };
                let known = other.as_ref().or(old.as_ref()).filter(|known| fits(known));
                let flat = vectors_of(&texts, &text_hashes, known, embedder, &mut report, progress)?;
                (embedder.description().dimensions, flat)
            }
        };
        drop(old);
        let bytes: Vec<u8> = flat.iter().flat_map(|number| number.to_le_bytes()).collect();
        write_file(&building.join("vectors.bin"), &bytes)?;
        drop(bytes);
        let mut discriminant = None;
        if embedder.is_some() {
            let vectors = Vectors::new(dimensions, flat);
            discriminant = Discriminant::learn(&vectors, &starts(&articles[..count]));
            report.vectors = vectors.len();
            let total = vectors.len();
            let index = VectorIndex::build(vectors, GRAPH_FROM, |done| progress.linking(done, total));
            index.dump(&building).map_err(GenerationError::Graph)?;
        }
        let written: Vec<String> = articles
            .iter()
            .map(|article| serde_json::to_string(article).unwrap_or_default())
            .collect();
        let stored = StoredArticles {
            articles: written.iter().map(String::as_str).collect(),
            searchable: count,
            text_hashes,
        };
        let encode = |path: &Path, encoded: Result<Vec<u8>, postcard::Error>| {
            let bytes = encoded.map_err(|error| GenerationError::Damaged {
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
            write_file(path, &bytes)
        };
        encode(&building.join("articles.bin"), postcard::to_stdvec(&stored))?;
        encode(&building.join("discriminant.bin"), postcard::to_stdvec(&discriminant))?;
        encode(&building.join("statistics.bin"), postcard::to_stdvec(&statistics))?;

        let manifest = Manifest {
            format: FORMAT,
            id: id.clone(),
            analyzer: analyze::VERSION,
            model: embedder.map(|embedder| embedder.hash().to_owned()),
            dimensions,
            articles: articles.len(),
            searchable: count,
            vectors: report.vectors,
            content,
            built_at: now.to_string(),
            files: sums(&building)?,
        };
        let json = serde_json::to_vec_pretty(&manifest).map_err(|error| GenerationError::Damaged {
            path: building.join("manifest.json"),
            reason: error.to_string(),
        })?;
        write_file(&building.join("manifest.json"), &json)?;
        self.switch(&building, &id)?;
        report.switched = true;
        Ok(report)
    }

    /// Puts a finished folder in its place, makes it the current one, and removes all but it and the one before.
    fn switch(&self, building: &Path, id: &str) -> Result<(), GenerationError> {
        sync_folder(&building.join("lexical"))?;
        sync_folder(building)?;
        let before = self.current();
        // A folder that may be serving is never touched: a rebuild of the same content gets another name.
        let name = std::iter::once(id.to_owned())
            .chain((2..).map(|n| format!("{id}r{n}")))
            .find(|name| !self.folder.join(name).exists())
            .unwrap_or_else(|| id.to_owned());
        let place = self.folder.join(&name);
        fs::rename(building, &place).map_err(io(&place))?;
        sync_folder(&self.folder)?;
        let (fresh, current) = (self.folder.join("CURRENT.new"), self.folder.join("CURRENT"));
        write_file(&fresh, name.as_bytes())?;
        fs::rename(&fresh, &current).map_err(io(&current))?;
        sync_folder(&self.folder)?;
        let entries = fs::read_dir(&self.folder).map_err(io(&self.folder))?;
        for entry in entries.flatten() {
            let found = entry.file_name().to_string_lossy().into_owned();
            let keep = found == name || Some(&found) == before.as_ref();
            if !keep && entry.path().is_dir() {
                // Somebody may still have it open; next time it goes.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(())
    }

    fn lock(&self) -> Result<File, GenerationError> {
        let path = self.folder.join("LOCK");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io(&path))?;
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(fs::TryLockError::WouldBlock) if std::time::Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(fs::TryLockError::WouldBlock) => return Err(GenerationError::Busy(self.folder.clone())),
                Err(fs::TryLockError::Error(source)) => return Err(GenerationError::Io { path, source }),
            }
        }
    }
}

/// What a build may take over from the current generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// Vectors of texts that did not change.
    Vectors,
    /// Nothing: everything is computed again.
    Nothing,
}

/// The id of the generation of these articles, and the hash of their content.
fn identity(articles: &[Article], embedder: Option<&Embedder>) -> (String, String) {
    let mut content = Sha256::new();
    for article in articles {
        let json = serde_json::to_vec(article).unwrap_or_default();
        content.update((json.len() as u64).to_le_bytes());
        content.update(&json);
    }
    let content = hex::encode(content.finalize());
    let mut id = Sha256::new();
    for part in [
        FORMAT.to_string().as_str(),
        &analyze::VERSION.to_string(),
        embedder.map_or("lexical", Embedder::hash),
        &GRAPH_FROM.to_string(),
        &content,
    ] {
        id.update(part.as_bytes());
        id.update([0]);
    }
    let mut id = hex::encode(id.finalize());
    id.truncate(16);
    (id, content)
}

fn compare(old: Option<&Generation>, articles: &[Article]) -> BuildReport {
    let mut report = BuildReport {
        articles: articles.len(),
        ..BuildReport::default()
    };
    let known = |article: &Article| old.and_then(|old| old.article(&article.id));
    for article in articles {
        match known(article) {
            None => report.added += 1,
            Some(old) if old.version != article.version || old.status != article.status => report.changed += 1,
            Some(_) => {}
        }
    }
    report.removed = old.map_or(0, |old| old.articles.len()) + report.added - report.articles;
    report
}

/// Vectors of all texts: taken over where the same text was embedded by the same model, embedded otherwise (each distinct
/// text once). `old` holds vectors of the same model.
fn vectors_of(
    texts: &[String],
    hashes: &[[u8; 16]],
    old: Option<&Generation>,
    embedder: &Embedder,
    report: &mut BuildReport,
    progress: &mut dyn Progress,
) -> Result<Vec<i16>, GenerationError> {
    let old_vectors = old.and_then(|old| old.vectors.as_ref()).map(VectorIndex::vectors);
    let mut known: HashMap<[u8; 16], usize> = HashMap::new();
    if let (Some(old), Some(_)) = (old, old_vectors) {
        known.extend(old.text_hashes.iter().enumerate().map(|(row, hash)| (*hash, row)));
    }
    let mut fresh: HashMap<[u8; 16], usize> = HashMap::new();
    let mut missing: Vec<String> = Vec::new();
    for (text, hash) in texts.iter().zip(hashes) {
        if !known.contains_key(hash) && !fresh.contains_key(hash) {
            fresh.insert(*hash, missing.len());
            missing.push(text.clone());
        }
    }
    let total = missing.len();
    let mut done = 0;
    let embedded = embedder
        .embed_passages(&missing, || {
            done += 1;
            progress.embedding(done, total);
        })
        .map_err(GenerationError::Embedding)?;
    report.embedded = total;
    report.reused = texts.len() - total;
    let mut flat = Vec::with_capacity(texts.len() * embedder.description().dimensions);
    for hash in hashes {
        match (fresh.get(hash), known.get(hash), old_vectors) {
            (Some(at), ..) => flat.extend(fixed(&embedded[*at])),
            (None, Some(row), Some(vectors)) => flat.extend_from_slice(vectors.row(*row)),
            _ => return Err(GenerationError::Embedding("a vector is missing".into())),
        }
    }
    Ok(flat)
}

/// The texts that are embedded for an article, in row order: title, passages, example questions. A passage is embedded
/// under its title and heading, for many say what they are about only there ("Hold both buttons for ten seconds.").
pub fn texts_of(article: &Article) -> Vec<String> {
    let passages = article.passages.iter().map(|passage| {
        let Some(section) = passage.section.and_then(|section| article.sections.get(section)) else {
            return passage.text.clone();
        };
        let heading = if section.anchor.is_empty() || section.heading() == article.title {
            ""
        } else {
            section.heading()
        };
        let above = [article.title.as_str(), heading]
            .into_iter()
            .filter(|line| !line.is_empty());
        above.chain([passage.text.as_str()]).collect::<Vec<_>>().join("\n")
    });
    std::iter::once(article.title.clone())
        .chain(passages)
        .chain(article.questions.iter().cloned())
        .collect()
}

fn text_hash(text: &str) -> [u8; 16] {
    let digest = Sha256::digest(text.as_bytes());
    std::array::from_fn(|i| digest[i])
}
