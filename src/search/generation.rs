//! One immutable index of one state of the kb, in memory. How it lies on the disk and comes to be: [`super::shelf`].

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{
    discriminant::Discriminant,
    features::Spread,
    language,
    lexical::Lexical,
    statistics::{Document, Statistics},
    vectors::{VectorIndex, cosine},
};
use crate::kb::{Article, ArticleId, Link, LinkResolver};

/// Vectors looked at for the kb's own spread of cosines.
const SPREAD_SAMPLE: usize = 400;

/// What a generation was made of.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct Manifest {
    /// Form of the files.
    pub format: u32,
    /// Hash of everything below but the file sums and the time.
    pub id: String,
    /// [`super::analyze::VERSION`].
    pub analyzer: u32,
    /// Hash of the embedding model; `None` for a lexical-only index.
    pub model: Option<String>,
    /// Length of a vector.
    pub dimensions: usize,
    /// Articles, all of them.
    pub articles: usize,
    /// Articles that can be found and answered from.
    pub searchable: usize,
    /// Vectors.
    pub vectors: usize,
    /// Hash over ids, versions and everything that was read from the articles.
    pub content: String,
    /// When it was built, RFC 3339; not part of the id.
    pub built_at: String,
    /// SHA-256 of each file, by its path in the folder.
    pub files: BTreeMap<String, String>,
}

/// What kind of text a vector stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// The title.
    Title,
    /// The passage with this number.
    Passage(usize),
    /// The example question with this number.
    Question(usize),
}

/// A loaded generation.
pub struct Generation {
    pub(super) manifest: Manifest,
    pub(super) articles: Vec<Article>,
    pub(super) statistics: Statistics,
    pub(super) lexical: Lexical,
    pub(super) vectors: Option<VectorIndex>,
    pub(super) discriminant: Option<Discriminant>,
    /// First row of each searchable article's vectors, and the end.
    pub(super) rows: Vec<usize>,
    pub(super) text_hashes: Vec<[u8; 16]>,
    by_id: HashMap<ArticleId, usize>,
    by_url: HashMap<String, usize>,
    by_alias: HashMap<String, usize>,
    by_translation: HashMap<String, Vec<usize>>,
    links: LinkResolver,
}

impl Generation {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// What it was made of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// All articles but drafts: the searchable ones first, then those that are expired or only name their folder; each
    /// part sorted by id.
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// The article with this id.
    pub fn article(&self, id: &ArticleId) -> Option<&Article> {
        self.by_id.get(id).map(|at| &self.articles[*at])
    }

    /// The article at this address below `/articles/`.
    pub fn by_url(&self, url_path: &str) -> Option<&Article> {
        self.by_url.get(url_path).map(|at| &self.articles[*at])
    }

    /// The article that was at this address once.
    pub fn by_alias(&self, path: &str) -> Option<&Article> {
        self.by_alias.get(path).map(|at| &self.articles[*at])
    }

    /// The same article in other languages, sorted by id.
    pub fn translations(&self, article: &Article) -> Vec<&Article> {
        let same = self.by_translation.get(&article.translation_key);
        same.into_iter()
            .flatten()
            .map(|at| &self.articles[*at])
            .filter(|other| other.id != article.id)
            .collect()
    }

    /// The address to show for a link's raw target, or `None` to leave it as it is.
    pub fn resolve(&self, from: &Article, target: &str) -> Option<String> {
        match self.links.resolve(from, target) {
            Link::Article { url_path, fragment, .. } => {
                let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
                Some(format!("/articles/{url_path}{fragment}"))
            }
            Link::Asset(path) => Some(format!("/assets/{path}")),
            Link::External | Link::HostSite | Link::Broken => None,
        }
    }

    /// Language of an article: its own, or the one that its text was recognised as.
    pub fn language_of<'a>(&'a self, article: &'a Article) -> &'a str {
        self.document(&article.id)
            .and_then(|document| self.statistics.languages.get(document.language as usize))
            .map(String::as_str)
            .or(article.lang.as_deref())
            .unwrap_or("en")
    }

    /// The language that a question is written in: `page`, that of the page it was asked on, unless it is clearly another one.
    pub fn language_of_question(&self, text: &str, page: &str) -> String {
        language::written_in(text, page, &self.statistics)
    }

    /// What is counted of a searchable article; `None` for others.
    pub(super) fn document(&self, id: &ArticleId) -> Option<&Document> {
        self.by_id.get(id).and_then(|at| self.statistics.documents.get(*at))
    }

    /// All terms of the articles.
    pub fn vocabulary(&self) -> &super::vocabulary::Vocabulary {
        &self.statistics.vocabulary
    }

    /// Languages of the articles, the most frequent first.
    pub fn languages(&self) -> &[String] {
        &self.statistics.languages
    }

    /// When it was built.
    pub fn built_at(&self) -> jiff::Timestamp {
        self.manifest.built_at.parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// Mean and deviation of the question's cosines with a fixed sample of the kb's vectors.
    pub(super) fn spread(&self, question: &[i16]) -> Spread {
        let Some(vectors) = self
            .vectors
            .as_ref()
            .map(VectorIndex::vectors)
            .filter(|vectors| !vectors.is_empty())
        else {
            return Spread::default();
        };
        let step = vectors.len().div_ceil(SPREAD_SAMPLE).max(1);
        let cosines: Vec<f32> = (0..vectors.len())
            .step_by(step)
            .map(|row| cosine(question, vectors.row(row)))
            .collect();
        let n = cosines.len() as f32;
        let mean = cosines.iter().sum::<f32>() / n;
        let variance = cosines
            .iter()
            .map(|cosine| (cosine - mean) * (cosine - mean))
            .sum::<f32>()
            / n;
        Spread {
            mean,
            deviation: variance.sqrt(),
        }
    }

    /// What the row stands for: article and kind.
    pub fn row(&self, row: usize) -> (usize, RowKind) {
        let article = self.rows.partition_point(|start| *start <= row) - 1;
        let at = row - self.rows[article];
        let passages = self.articles[article].passages.len();
        let kind = match at {
            0 => RowKind::Title,
            at if at <= passages => RowKind::Passage(at - 1),
            at => RowKind::Question(at - 1 - passages),
        };
        (article, kind)
    }
}

impl Generation {
    /// Puts the parts together and makes the tables that are not stored.
    pub(super) fn assemble(
        manifest: Manifest,
        articles: Vec<Article>,
        searchable: usize,
        statistics: Statistics,
        lexical: Lexical,
        semantic: Option<(VectorIndex, Option<Discriminant>)>,
        text_hashes: Vec<[u8; 16]>,
    ) -> Generation {
        let (vectors, discriminant) = semantic.map_or((None, None), |(index, learned)| (Some(index), learned));
        let rows = starts(&articles[..searchable]);
        let by_id = articles
            .iter()
            .enumerate()
            .map(|(at, article)| (article.id.clone(), at))
            .collect();
        let by_url = articles
            .iter()
            .enumerate()
            .map(|(at, article)| (article.url_path.clone(), at))
            .collect();
        let mut by_alias = HashMap::new();
        let mut by_translation: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, article) in articles.iter().enumerate() {
            for alias in &article.aliases {
                by_alias.entry(alias.clone()).or_insert(at);
            }
            by_translation
                .entry(article.translation_key.clone())
                .or_default()
                .push(at);
        }
        let links = LinkResolver::new(&articles);
        Generation {
            manifest,
            articles,
            statistics,
            lexical,
            vectors,
            discriminant,
            rows,
            text_hashes,
            by_id,
            by_url,
            by_alias,
            by_translation,
            links,
        }
    }
}

/// First row of each article's vectors, and the end: the title, the passages, the example questions.
pub(super) fn starts(articles: &[Article]) -> Vec<usize> {
    let counts = articles
        .iter()
        .map(|article| 1 + article.passages.len() + article.questions.len());
    let ends = counts.scan(0, |row, count| {
        *row += count;
        Some(*row)
    });
    std::iter::once(0).chain(ends).collect()
}
