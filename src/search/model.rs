//! The embedding model as files: where it is, what it is called, what its hash is.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use fastembed::{InitOptionsUserDefined, Pooling, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel};
use ort::environment::Environment;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Name of the default model's folder under `models/`.
pub const DEFAULT_MODEL: &str = "all-minilm-l6-v2";

/// ONNX Runtime release that `make setup` fetches.
const RUNTIME_FOLDER: &str = ".runtime/onnxruntime-1.32.0";

/// Why there are no vectors.
#[derive(Debug, Error)]
pub enum ModelError {
    /// No such folder, or a file is missing in it.
    #[error(
        "the embedding model cannot be read: {path}: {source}; name a folder with model.onnx, tokenizer.json, tokenizer_config.json, special_tokens_map.json, config.json and model.toml under `model.name`"
    )]
    Files {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// `model.toml` is not as it should be.
    #[error("{path}: {reason}")]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// ONNX Runtime cannot be loaded.
    #[error("ONNX Runtime cannot be loaded: {0}; run `make setup`, or set ORT_DYLIB_PATH to its library")]
    Runtime(String),
    /// The runtime does not accept the model.
    #[error("the embedding model does not load: {0}")]
    Load(String),
    /// Embedding is switched off in the config.
    #[error("embedding is switched off (model.enabled = false)")]
    Disabled,
}

/// How a model's vectors are made, from its `model.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Name for people.
    pub name: String,
    /// Length of its vectors.
    pub dimensions: usize,
    /// How token vectors become one.
    pub pooling: PoolingKind,
    /// Whether vectors are scaled to length 1. They always are here; `false` is refused, for scores are cosines.
    #[serde(default = "yes")]
    pub normalize: bool,
    /// Longer texts are cut there.
    #[serde(default = "default_tokens")]
    pub max_tokens: usize,
    /// Put before each question.
    #[serde(default)]
    pub query_prefix: String,
    /// Put before each passage, title and example question.
    #[serde(default)]
    pub passage_prefix: String,
    /// Languages (BCP 47 primary codes) whose sentences its vectors understand.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Licence of the weights.
    #[serde(default)]
    pub licence: String,
}

fn yes() -> bool {
    true
}

fn default_tokens() -> usize {
    256
}

/// How token vectors become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolingKind {
    /// Mean over the tokens.
    Mean,
    /// The first token's.
    Cls,
}

/// A model read into memory.
pub struct Model {
    /// How its vectors are made.
    pub description: Description,
    /// SHA-256 over the ONNX file, the tokenizer files and the description, in hexadecimal.
    pub hash: String,
    source: Source,
}

/// Where the weights are.
enum Source {
    /// Read from a folder.
    Files {
        /// The graph with its weights.
        onnx: Vec<u8>,
        /// What cuts a text into tokens.
        tokenizer: TokenizerFiles,
    },
    /// In fastembed's catalogue, which keeps what it has downloaded.
    #[cfg(feature = "catalogue")]
    Catalogue(fastembed::EmbeddingModel),
}

impl Model {
    /// Reads the model that the config names: empty for the default one, else a folder (or the name of one under `models/`).
    ///
    /// # Errors
    /// A missing or broken file, with its path.
    pub fn load(name: &str) -> Result<Self, ModelError> {
        let folder = find_model(name);
        #[cfg(feature = "catalogue")]
        if !folder.join("model.toml").exists()
            && let Ok(model) = name.parse::<fastembed::EmbeddingModel>()
        {
            return Self::catalogue(model);
        }
        let read = |file: &str| {
            let path = folder.join(file);
            fs::read(&path).map_err(|source| ModelError::Files { path, source })
        };
        let described = read("model.toml")?;
        let bad = |reason: String| ModelError::Description {
            path: folder.join("model.toml"),
            reason,
        };
        let text = std::str::from_utf8(&described).map_err(|error| bad(error.to_string()))?;
        let description: Description = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
        if !description.normalize {
            return Err(bad("normalize = false is not supported: scores are cosines".into()));
        }
        let onnx = read("model.onnx")?;
        let tokenizer = TokenizerFiles {
            tokenizer_file: read("tokenizer.json")?,
            config_file: read("config.json")?,
            special_tokens_map_file: read("special_tokens_map.json")?,
            tokenizer_config_file: read("tokenizer_config.json")?,
        };
        let mut hash = Sha256::new();
        for part in [
            &onnx,
            &tokenizer.tokenizer_file,
            &tokenizer.config_file,
            &tokenizer.special_tokens_map_file,
            &tokenizer.tokenizer_config_file,
            &described,
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Ok(Model {
            description,
            hash: hex::encode(hash.finalize()),
            source: Source::Files { onnx, tokenizer },
        })
    }

    /// A model of fastembed's catalogue, described by what the catalogue says of it. Its name stands for its bytes.
    #[cfg(feature = "catalogue")]
    fn catalogue(model: fastembed::EmbeddingModel) -> Result<Self, ModelError> {
        let info = TextEmbedding::get_model_info(&model).map_err(|error| ModelError::Load(error.to_string()))?;
        let name = format!("{model:?}");
        let multilingual =
            name.starts_with("Multilingual") || name.contains("ML") || name == "BGEM3" || name.contains("Gemma");
        let languages: &[&str] = match () {
            () if multilingual => &[
                "en", "id", "ja", "de", "fr", "es", "zh", "it", "pt", "nl", "ko", "th", "ru", "ar", "vi", "tr", "pl",
            ],
            () if name.contains("ZH") => &["zh"],
            () => &["en"],
        };
        let (query_prefix, passage_prefix) = if name.contains("E5") {
            ("query: ", "passage: ")
        } else {
            ("", "")
        };
        let description = Description {
            dimensions: info.dim,
            pooling: PoolingKind::Mean,
            normalize: true,
            max_tokens: default_tokens(),
            query_prefix: query_prefix.into(),
            passage_prefix: passage_prefix.into(),
            languages: languages.iter().map(|lang| (*lang).to_owned()).collect(),
            licence: String::new(),
            name,
        };
        let hash = hex::encode(Sha256::digest(format!(
            "catalogue:{}:{}",
            info.model_code, info.model_file
        )));
        Ok(Model {
            description,
            hash,
            source: Source::Catalogue(model),
        })
    }

    /// Opens one session of one thread.
    ///
    /// # Errors
    /// When the runtime or the model does not load.
    pub fn session(&self) -> Result<Session, ModelError> {
        let environment = runtime()?;
        // A spinning thread would take the core from the other session.
        let spinning = ("session.intra_op.allow_spinning", "0");
        let precision = ("session.x64quantprecision", quantized_sums());
        let inner = match &self.source {
            Source::Files { onnx, tokenizer } => {
                let pooling = match self.description.pooling {
                    PoolingKind::Mean => Pooling::Mean,
                    PoolingKind::Cls => Pooling::Cls,
                };
                let model = UserDefinedEmbeddingModel::new(onnx.clone(), tokenizer.clone()).with_pooling(pooling);
                let options = InitOptionsUserDefined::new()
                    .with_environment(environment)
                    .with_max_length(self.description.max_tokens)
                    .with_intra_threads(1)
                    .with_session_config(spinning.0, spinning.1)
                    .with_session_config(precision.0, precision.1);
                TextEmbedding::try_new_from_user_defined(model, options)
            }
            #[cfg(feature = "catalogue")]
            Source::Catalogue(model) => TextEmbedding::try_new(
                fastembed::TextInitOptions::new(model.clone())
                    .with_environment(environment)
                    .with_max_length(self.description.max_tokens)
                    .with_intra_threads(1)
                    .with_session_config(spinning.0, spinning.1)
                    .with_session_config(precision.0, precision.1),
            ),
        };
        let inner = inner.map_err(|error| ModelError::Load(error.to_string()))?;
        Ok(Session {
            inner,
            dimensions: self.description.dimensions,
        })
    }
}

/// One session of the model. Embeds one text at a time: the model is dynamically quantized, so in a batch a text's vector
/// would depend on its neighbours.
pub struct Session {
    inner: TextEmbedding,
    dimensions: usize,
}

impl Session {
    /// The vector of a text, of length 1.
    ///
    /// # Errors
    /// What the runtime says, or that the vector is not one (wrong length, not finite).
    pub fn embed(&mut self, text: &str) -> Result<Vec<f32>, String> {
        let mut vectors = self.inner.embed([text], Some(1)).map_err(|error| error.to_string())?;
        let mut vector = vectors.pop().ok_or("the model returned nothing")?;
        if vector.len() != self.dimensions {
            return Err(format!(
                "the model's vectors have {} dimensions, model.toml says {}",
                vector.len(),
                self.dimensions
            ));
        }
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        if !norm.is_finite() || norm == 0.0 {
            return Err("the model returned a vector that is not finite or zero".into());
        }
        vector.iter_mut().for_each(|x| *x /= norm);
        Ok(vector)
    }
}

/// `name` as a folder, or below `models/` of the working folder, the program's folder or one above either.
fn find_model(name: &str) -> PathBuf {
    if !name.is_empty() && Path::new(name).join("model.toml").exists() {
        return name.into();
    }
    let below = Path::new("models").join(if name.is_empty() { DEFAULT_MODEL } else { name });
    places()
        .map(|place| place.join(&below))
        .find(|path| path.join("model.toml").exists())
        .unwrap_or_else(|| if name.is_empty() { below } else { name.into() })
}

/// Where files that come with the program may lie: the working folder, the program's, and those above them.
fn places() -> impl Iterator<Item = PathBuf> {
    let mut found = Vec::new();
    for start in [std::env::current_dir().ok(), std::env::current_exe().ok()]
        .into_iter()
        .flatten()
    {
        found.extend(start.ancestors().map(Path::to_owned));
    }
    found.into_iter()
}

/// Loads ONNX Runtime once: `ORT_DYLIB_PATH`, else what `make setup` fetched, else the system's.
fn runtime() -> Result<Environment, ModelError> {
    static LOADED: OnceLock<Result<Environment, String>> = OnceLock::new();
    LOADED
        .get_or_init(|| {
            let name = if cfg!(target_os = "macos") {
                "libonnxruntime.dylib"
            } else {
                "libonnxruntime.so"
            };
            let library = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from).or_else(|| {
                places()
                    .flat_map(|place| [place.join(RUNTIME_FOLDER).join(name), place.join("lib").join(name)])
                    .find(|path| path.exists())
            });
            let library = library.unwrap_or_else(|| name.into());
            let builder = ort::init_from(&library).map_err(|error| format!("{}: {error}", library.display()))?;
            builder.build().map_err(|error| error.to_string())
        })
        .clone()
        .map_err(ModelError::Runtime)
}

/// How ONNX Runtime adds up quantized products. Processors without VNNI instructions let 16-bit sums overflow, which gives
/// other vectors than everywhere else; the exact way (`1`) costs nearly twice the time, so only they take it.
fn quantized_sums() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if !std::arch::is_x86_feature_detected!("avx512vnni") && !std::arch::is_x86_feature_detected!("avxvnni") {
        return "1";
    }
    "0"
}
