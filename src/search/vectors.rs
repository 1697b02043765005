//! Vectors and nearest neighbours: an exact scan where there are few, an hnsw_rs graph where there are many.
//!
//! Vectors have length 1, so the dot product is the cosine. The graph holds row numbers only and reads the vectors from
//! the same flat array as the scan, so nothing is kept twice; the scan is the graph's test oracle.

use std::{path::Path, sync::Arc};

use hnsw_rs::prelude::{AnnT, Distance, Hnsw, HnswIo};

/// From this many vectors on the graph answers. Measured (`cargo bench --bench user -- scan`): at 10,000 vectors the scan
/// takes 0.7 ms and the graph 1.8, at 40,000 both take 3 ms; but there the graph costs 35 s after every edit.
pub const GRAPH_FROM: usize = 50_000;

/// Links per point and layer; 2 × as many on the lowest. 16 keeps recall@50 above 0.99 in our tests.
const GRAPH_LINKS: usize = 16;
/// The library writes graphs of this many layers only.
const GRAPH_LAYERS: usize = 16;
/// Width of the search while building.
const GRAPH_BUILD_WIDTH: usize = 128;
/// File name stem of the graph's two files.
const GRAPH_FILES: &str = "graph";

/// Rows of equal length in one flat array; cheap to clone.
#[derive(Clone)]
pub struct Vectors {
    dimensions: usize,
    flat: Arc<[f32]>,
}

impl Vectors {
    /// `flat` holds whole rows of `dimensions` floats.
    pub fn new(dimensions: usize, flat: impl Into<Arc<[f32]>>) -> Self {
        let flat = flat.into();
        debug_assert!(dimensions > 0 && flat.len().is_multiple_of(dimensions));
        Vectors { dimensions, flat }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.flat.len() / self.dimensions
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.flat.is_empty()
    }

    /// Length of a row.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.flat[row * self.dimensions..(row + 1) * self.dimensions]
    }

    /// All rows, one after the other.
    pub fn flat(&self) -> &[f32] {
        &self.flat
    }
}

/// Sum of products, in eight lanes so that it compiles to vector instructions. The order of additions is fixed: same
/// input, same bits.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let (a_chunks, a_rest) = a.as_chunks::<16>();
    let (b_chunks, b_rest) = b.as_chunks::<16>();
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..16 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    lanes.iter().sum::<f32>() + rest
}

/// Nearest neighbours over [`Vectors`].
pub enum VectorIndex {
    /// Every row is looked at.
    Exact(Vectors),
    /// The graph finds rows, approximately.
    Graph(Vectors, Graph),
}

/// The graph over the rows of [`Vectors`].
pub struct Graph {
    inner: Hnsw<'static, f32, RowDistance>,
}

/// Distance between rows. A point of the graph is one float whose bits are a row number; a query is the vector itself.
#[derive(Clone)]
struct RowDistance {
    vectors: Vectors,
}

impl RowDistance {
    fn resolve<'a>(&'a self, point: &'a [f32]) -> &'a [f32] {
        match point {
            [row] => self.vectors.row(row.to_bits() as usize),
            vector => vector,
        }
    }
}

impl Distance<f32> for RowDistance {
    fn eval(&self, a: &[f32], b: &[f32]) -> f32 {
        // Never below zero: the graph asserts that, and rounding can bring a product above 1.
        (1.0 - dot(self.resolve(a), self.resolve(b))).max(0.0)
    }
}

impl VectorIndex {
    /// Builds the index that fits the number of rows: in row order, on one thread, so that the result is always the same.
    pub fn build(vectors: Vectors, graph_from: usize, mut done: impl FnMut(usize)) -> Self {
        if vectors.len() < graph_from || vectors.dimensions() == 1 {
            return VectorIndex::Exact(vectors);
        }
        let distance = RowDistance {
            vectors: vectors.clone(),
        };
        let inner = Hnsw::new(GRAPH_LINKS, vectors.len(), GRAPH_LAYERS, GRAPH_BUILD_WIDTH, distance);
        for row in 0..vectors.len() {
            inner.insert((&[f32::from_bits(row as u32)], row));
            done(row + 1);
        }
        VectorIndex::Graph(vectors, Graph { inner })
    }

    /// The rows.
    pub fn vectors(&self) -> &Vectors {
        match self {
            VectorIndex::Exact(vectors) | VectorIndex::Graph(vectors, _) => vectors,
        }
    }

    /// The cosine of every row, or `None` where the graph would have to be walked for it.
    pub fn all(&self, query: &[f32]) -> Option<Vec<f32>> {
        match self {
            VectorIndex::Exact(vectors) => Some((0..vectors.len()).map(|row| dot(query, vectors.row(row))).collect()),
            VectorIndex::Graph(..) => None,
        }
    }

    /// The `k` rows nearest to `query` with their cosines, best first, ties by row.
    pub fn nearest(&self, query: &[f32], k: usize) -> Vec<(usize, f32)> {
        let mut found: Vec<(usize, f32)> = match self {
            VectorIndex::Exact(vectors) => (0..vectors.len())
                .map(|row| (row, dot(query, vectors.row(row))))
                .collect(),
            VectorIndex::Graph(vectors, graph) => {
                // The library walks each upper layer only one step, so the lowest wants a generous width.
                let width = (2 * k).max(128);
                let found = graph.inner.search(query, k, width);
                found
                    .into_iter()
                    .map(|near| (near.d_id, dot(query, vectors.row(near.d_id))))
                    .collect()
            }
        };
        let order = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if found.len() > k && k > 0 {
            found.select_nth_unstable_by(k - 1, order);
        }
        found.truncate(k);
        found.sort_unstable_by(order);
        found
    }

    /// Writes the graph's files into `folder`; nothing for an exact index.
    ///
    /// # Errors
    /// What the library says.
    pub fn dump(&self, folder: &Path) -> Result<(), String> {
        match self {
            VectorIndex::Exact(_) => Ok(()),
            VectorIndex::Graph(_, graph) => graph
                .inner
                .file_dump(folder, GRAPH_FILES)
                .map(drop)
                .map_err(|error| error.to_string()),
        }
    }

    /// Reads the graph's files of `folder`, which the caller has checked against their checksums: the library panics on
    /// damaged ones.
    ///
    /// # Errors
    /// What the library says.
    pub fn load(vectors: Vectors, folder: &Path) -> Result<Self, String> {
        if !folder.join(format!("{GRAPH_FILES}.hnsw.graph")).exists() {
            return Ok(VectorIndex::Exact(vectors));
        }
        // The graph borrows its reader for memory maps that we do not use. One small path per loaded generation is
        // leaked for that; a generation is loaded when the kb changes.
        let reader: &'static HnswIo = Box::leak(Box::new(HnswIo::new(folder, GRAPH_FILES)));
        let distance = RowDistance {
            vectors: vectors.clone(),
        };
        let inner = reader
            .load_hnsw_with_dist(distance)
            .map_err(|error| error.to_string())?;
        if inner.get_nb_point() != vectors.len() {
            return Err(format!(
                "the graph has {} points, the vectors {} rows",
                inner.get_nb_point(),
                vectors.len()
            ));
        }
        Ok(VectorIndex::Graph(vectors, Graph { inner }))
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn random(rows: usize, dimensions: usize, seed: u64) -> Vectors {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut flat = Vec::new();
        // Clusters, as real texts have them: a point is a centre plus noise.
        let centres: Vec<Vec<f32>> = (0..50)
            .map(|_| (0..dimensions).map(|_| rng.random_range(-1.0..1.0)).collect())
            .collect();
        for row in 0..rows {
            let v: Vec<f32> = centres[row % 50]
                .iter()
                .map(|c| c + rng.random_range(-0.6..0.6f32))
                .collect();
            let norm = v.iter().map(|x| x * x).sum::<f32>().sqrt();
            flat.extend(v.iter().map(|x| x / norm));
        }
        Vectors::new(dimensions, flat)
    }

    #[test]
    fn the_graph_finds_what_the_scan_finds() {
        let vectors = random(3000, 48, 1);
        let queries = random(100, 48, 2);
        let graph = VectorIndex::build(vectors.clone(), 100, |_| {});
        assert!(matches!(graph, VectorIndex::Graph(..)));
        let exact = VectorIndex::Exact(vectors);
        let mut hits = 0;
        for q in 0..queries.len() {
            let truth: Vec<usize> = exact
                .nearest(queries.row(q), 20)
                .into_iter()
                .map(|(row, _)| row)
                .collect();
            hits += graph
                .nearest(queries.row(q), 20)
                .iter()
                .filter(|(row, _)| truth.contains(row))
                .count();
        }
        assert!(hits >= 1960, "recall@20 is {} of 2000", hits);
    }

    #[test]
    fn a_graph_read_back_gives_the_same_rows_and_a_second_build_the_same_files() {
        let vectors = random(1200, 32, 3);
        let built = VectorIndex::build(vectors.clone(), 100, |_| {});
        let (one, two) = (
            tempfile::tempdir().expect("a folder"),
            tempfile::tempdir().expect("a folder"),
        );
        built.dump(one.path()).expect("dumped");
        VectorIndex::build(vectors.clone(), 100, |_| {})
            .dump(two.path())
            .expect("dumped");
        for file in ["graph.hnsw.graph", "graph.hnsw.data"] {
            assert!(
                std::fs::read(one.path().join(file)).expect("file")
                    == std::fs::read(two.path().join(file)).expect("file"),
                "{file}"
            );
        }
        let loaded = VectorIndex::load(vectors.clone(), one.path()).expect("loaded");
        for q in 0..20 {
            assert_eq!(built.nearest(vectors.row(q), 10), loaded.nearest(vectors.row(q), 10));
        }
    }

    #[test]
    fn dot_agrees_with_the_plain_sum() {
        let v = random(2, 37, 4);
        let plain: f64 = v
            .row(0)
            .iter()
            .zip(v.row(1))
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum();
        assert!((f64::from(dot(v.row(0), v.row(1))) - plain).abs() < 1e-5);
    }
}
