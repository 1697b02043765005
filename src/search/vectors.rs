//! Vectors and nearest neighbours: a scan where there are few, a scan of sketches before it where there are more, an
//! hnsw_rs graph where there are many.
//!
//! Vectors have length 1, so the dot product is the cosine. They are kept as 16-bit fixed point: half the memory of floats
//! to read through for each question, cosines exact to 0.00002, and sums of integers, which are the same on every processor.
//! Sketches and the graph only choose rows; cosines always come from the rows. The plain scan is the oracle of both.

use std::{path::Path, sync::Arc};

use hnsw_rs::prelude::{AnnT, Distance, Hnsw, HnswIo};

/// From this many vectors on the graph answers. Measured (`cargo bench --bench user -- scan`): below it sketches are faster,
/// and the graph costs 35 s after every edit at 40,000.
pub const GRAPH_FROM: usize = 50_000;
/// From this many vectors on sketches choose the rows that are looked at. Below, the plain scan takes less than half a
/// millisecond.
const SKETCH_FROM: usize = 8_000;
/// Rows that the sketches choose, at least; and at least one in [`SKETCH_SHARE`]. A test holds recall@32 above 0.99.
const SKETCH_LEAST: usize = 1_500;
/// See [`SKETCH_LEAST`].
const SKETCH_SHARE: usize = 25;

/// Links per point and layer; 2 × as many on the lowest. 16 keeps recall@50 above 0.99 in our tests.
const GRAPH_LINKS: usize = 16;
/// The library writes graphs of this many layers only.
const GRAPH_LAYERS: usize = 16;
/// Width of the search while building.
const GRAPH_BUILD_WIDTH: usize = 128;
/// File name stem of the graph's two files.
const GRAPH_FILES: &str = "graph";

/// The fixed-point 1.0. A dot product of two vectors of length 1 is at most its square, which fits 32 bits.
pub(super) const ONE: f32 = 32_767.0;

/// A vector in fixed point: 32,767 is 1.
pub fn fixed(vector: &[f32]) -> Vec<i16> {
    vector.iter().map(|x| (x * ONE).round() as i16).collect()
}

/// Rows of equal length in one flat array, in fixed point (see [`fixed`]); cheap to clone.
#[derive(Clone)]
pub struct Vectors {
    dimensions: usize,
    flat: Arc<[i16]>,
}

impl Vectors {
    /// `flat` holds whole rows of `dimensions` numbers.
    pub fn new(dimensions: usize, flat: impl Into<Arc<[i16]>>) -> Self {
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
    pub fn row(&self, row: usize) -> &[i16] {
        &self.flat[row * self.dimensions..(row + 1) * self.dimensions]
    }

    /// All rows, one after the other.
    pub fn flat(&self) -> &[i16] {
        &self.flat
    }
}

/// The cosine of two vectors of length 1 in fixed point.
pub fn cosine(a: &[i16], b: &[i16]) -> f32 {
    // Written so that it compiles to multiplying and adding pairs of 16-bit numbers, eight at once.
    let mut lanes = [0i32; 16];
    let (a_chunks, a_rest) = a.as_chunks::<16>();
    let (b_chunks, b_rest) = b.as_chunks::<16>();
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..16 {
            // Wrapping, so that rows of another length than 1 (a damaged file has failed its checksum before) give a wrong
            // number instead of a panic.
            lanes[lane] = lanes[lane].wrapping_add(i32::from(x[lane]) * i32::from(y[lane]));
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(x, y)| i32::from(*x) * i32::from(*y));
    let sum = lanes.into_iter().chain(rest).fold(0i32, i32::wrapping_add);
    sum as f32 / (ONE * ONE)
}

/// Nearest neighbours over [`Vectors`].
pub enum VectorIndex {
    /// Every row is looked at.
    Exact(Vectors),
    /// Every row's sketch is looked at, and the rows whose sketches are nearest.
    Sketched(Vectors, Sketches),
    /// The graph finds rows, approximately.
    Graph(Vectors, Graph),
}

/// One bit for each number of each row: whether it is above the mean of its dimension. The share of equal bits follows the
/// angle between two rows, seen from the middle of all (Charikar: Similarity Estimation Techniques from Rounding Algorithms,
/// STOC 2002, with the axes as hyperplanes).
pub struct Sketches {
    means: Vec<i16>,
    words_per_row: usize,
    words: Vec<u64>,
}

impl Sketches {
    fn new(vectors: &Vectors) -> Self {
        let mut sums = vec![0i64; vectors.dimensions()];
        for row in 0..vectors.len() {
            for (sum, x) in sums.iter_mut().zip(vectors.row(row)) {
                *sum += i64::from(*x);
            }
        }
        let rows = i64::try_from(vectors.len().max(1)).unwrap_or(i64::MAX);
        let means: Vec<i16> = sums.iter().map(|sum| (sum / rows) as i16).collect();
        let words_per_row = vectors.dimensions().div_ceil(64);
        let mut words = Vec::with_capacity(words_per_row * vectors.len());
        for row in 0..vectors.len() {
            words.extend(sketch(vectors.row(row), &means));
        }
        Sketches {
            means,
            words_per_row,
            words,
        }
    }

    /// The rows, in order, whose sketches differ least from the query's: at least `least` of them, more where the last ones
    /// differ equally.
    fn nearest(&self, query: &[i16], least: usize) -> Vec<usize> {
        let query: Vec<u64> = sketch(query, &self.means).collect();
        let distances: Vec<u32> = self
            .words
            .chunks_exact(self.words_per_row)
            .map(|row| row.iter().zip(&query).map(|(a, b)| (a ^ b).count_ones()).sum())
            .collect();
        let mut counts = vec![0usize; self.words_per_row * 64 + 1];
        for distance in &distances {
            counts[*distance as usize] += 1;
        }
        let mut seen = 0;
        let limit = counts.iter().position(|count| {
            seen += count;
            seen >= least
        });
        let limit = limit.map_or(u32::MAX, |limit| limit as u32);
        let near = |(row, distance): (usize, &u32)| (*distance <= limit).then_some(row);
        distances.iter().enumerate().filter_map(near).collect()
    }
}

fn sketch(row: &[i16], means: &[i16]) -> impl Iterator<Item = u64> {
    row.chunks(64).zip(means.chunks(64)).map(|(row, means)| {
        row.iter()
            .zip(means)
            .enumerate()
            .fold(0, |word, (bit, (x, mean))| word | (u64::from(x > mean) << bit))
    })
}

/// The graph over the rows of [`Vectors`].
pub struct Graph {
    inner: Hnsw<'static, i16, RowDistance>,
}

/// Distance between rows. A point of the graph is two numbers whose bits are a row number; a query is the vector itself.
#[derive(Clone)]
struct RowDistance {
    vectors: Vectors,
}

impl RowDistance {
    fn resolve<'a>(&'a self, point: &'a [i16]) -> &'a [i16] {
        match point {
            [low, high] => self
                .vectors
                .row(usize::from(*low as u16) | usize::from(*high as u16) << 16),
            vector => vector,
        }
    }
}

/// See [`RowDistance`].
fn point(row: usize) -> [i16; 2] {
    [row as u16 as i16, (row >> 16) as u16 as i16]
}

impl Distance<i16> for RowDistance {
    fn eval(&self, a: &[i16], b: &[i16]) -> f32 {
        // Never below zero: the graph asserts that, and rounding can bring a product above 1.
        (1.0 - cosine(self.resolve(a), self.resolve(b))).max(0.0)
    }
}

impl VectorIndex {
    /// Builds the index that fits the number of rows: in row order, on one thread, so that the result is always the same.
    pub fn build(vectors: Vectors, graph_from: usize, mut done: impl FnMut(usize)) -> Self {
        // Two numbers are a point of the graph, so vectors must be longer.
        if vectors.len() < graph_from || vectors.dimensions() <= 2 {
            return VectorIndex::scan(vectors);
        }
        let distance = RowDistance {
            vectors: vectors.clone(),
        };
        let inner = Hnsw::new(GRAPH_LINKS, vectors.len(), GRAPH_LAYERS, GRAPH_BUILD_WIDTH, distance);
        for row in 0..vectors.len() {
            inner.insert((&point(row), row));
            done(row + 1);
        }
        VectorIndex::Graph(vectors, Graph { inner })
    }

    /// An index without a graph.
    fn scan(vectors: Vectors) -> Self {
        if vectors.len() < SKETCH_FROM {
            return VectorIndex::Exact(vectors);
        }
        let sketches = Sketches::new(&vectors);
        VectorIndex::Sketched(vectors, sketches)
    }

    /// The rows.
    pub fn vectors(&self) -> &Vectors {
        match self {
            VectorIndex::Exact(vectors) | VectorIndex::Sketched(vectors, _) | VectorIndex::Graph(vectors, _) => vectors,
        }
    }

    /// The cosine of every row, or `None` where that would take too long.
    pub fn all(&self, query: &[i16]) -> Option<Vec<f32>> {
        match self {
            VectorIndex::Exact(vectors) => {
                Some((0..vectors.len()).map(|row| cosine(query, vectors.row(row))).collect())
            }
            VectorIndex::Sketched(..) | VectorIndex::Graph(..) => None,
        }
    }

    /// The `k` rows nearest to `query` with their cosines, best first, ties by row.
    pub fn nearest(&self, query: &[i16], k: usize) -> Vec<(usize, f32)> {
        let with_cosine = |row: usize| (row, cosine(query, self.vectors().row(row)));
        let mut found: Vec<(usize, f32)> = match self {
            VectorIndex::Exact(vectors) => (0..vectors.len()).map(with_cosine).collect(),
            VectorIndex::Sketched(vectors, sketches) => {
                let least = SKETCH_LEAST.max(vectors.len() / SKETCH_SHARE).max(10 * k);
                sketches.nearest(query, least).into_iter().map(with_cosine).collect()
            }
            VectorIndex::Graph(_, graph) => {
                // The library walks each upper layer only one step, so the lowest wants a generous width.
                let width = (2 * k).max(128);
                let found = graph.inner.search(query, k, width);
                found.into_iter().map(|near| with_cosine(near.d_id)).collect()
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

    /// Writes the graph's files into `folder`; nothing for an index without one.
    ///
    /// # Errors
    /// What the library says.
    pub fn dump(&self, folder: &Path) -> Result<(), String> {
        match self {
            VectorIndex::Exact(_) | VectorIndex::Sketched(..) => Ok(()),
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
            return Ok(VectorIndex::scan(vectors));
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

    /// Rows as texts have them: a few dozen things that a text can be about, mixed, all leaning to one side, with noise. The
    /// same things for every seed, so that questions are about what rows are about.
    fn random(rows: usize, dimensions: usize, seed: u64) -> Vectors {
        const THINGS: usize = 40;
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let things: Vec<f32> = (0..THINGS * dimensions).map(|_| rng.random_range(-0.9..1.1)).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut flat = Vec::new();
        for _ in 0..rows {
            let mut v: Vec<f32> = (0..dimensions).map(|_| rng.random_range(-0.8..0.8)).collect();
            for thing in things.chunks(dimensions) {
                let share = rng.random_range(-1.0..1.0f32).powi(3);
                v.iter_mut().zip(thing).for_each(|(x, thing)| *x += share * thing);
            }
            let norm = v.iter().map(|x| x * x).sum::<f32>().sqrt();
            flat.extend(fixed(&v.iter().map(|x| x / norm).collect::<Vec<_>>()));
        }
        Vectors::new(dimensions, flat)
    }

    /// Share of the `k` nearest rows that `index` finds, over 100 questions.
    fn recall(index: &VectorIndex, queries: &Vectors, k: usize) -> f64 {
        let exact = VectorIndex::Exact(index.vectors().clone());
        let mut hits = 0;
        for q in 0..queries.len() {
            let truth: Vec<usize> = exact
                .nearest(queries.row(q), k)
                .into_iter()
                .map(|(row, _)| row)
                .collect();
            let found = index.nearest(queries.row(q), k);
            hits += found.iter().filter(|(row, _)| truth.contains(row)).count();
        }
        hits as f64 / (k * queries.len()) as f64
    }

    #[test]
    fn the_graph_finds_what_the_scan_finds() {
        let graph = VectorIndex::build(random(3000, 48, 1), 100, |_| {});
        assert!(matches!(graph, VectorIndex::Graph(..)));
        let recall = recall(&graph, &random(100, 48, 2), 20);
        assert!(recall >= 0.98, "recall@20 is {recall}");
    }

    #[test]
    fn sketches_find_what_the_scan_finds() {
        let sketched = VectorIndex::build(random(SKETCH_FROM + 2000, 384, 1), usize::MAX, |_| {});
        assert!(matches!(sketched, VectorIndex::Sketched(..)));
        let recall = recall(&sketched, &random(100, 384, 2), 32);
        assert!(recall >= 0.99, "recall@32 is {recall}");
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
    fn a_cosine_in_fixed_point_is_that_of_the_floats() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for dimensions in [3, 16, 37, 384] {
            let mut unit = || {
                let v: Vec<f64> = (0..dimensions).map(|_| rng.random_range(-1.0..1.0)).collect();
                let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
                v.into_iter().map(|x| x / norm).collect::<Vec<f64>>()
            };
            let (a, b) = (unit(), unit());
            let plain: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            let narrow = |v: &[f64]| fixed(&v.iter().map(|x| *x as f32).collect::<Vec<_>>());
            let found = f64::from(cosine(&narrow(&a), &narrow(&b)));
            assert!((found - plain).abs() < 1e-4, "{dimensions}: {found} is not {plain}");
            assert!((cosine(&narrow(&a), &narrow(&a)) - 1.0).abs() < 1e-4);
        }
    }

    #[test]
    fn a_row_number_survives_in_a_point() {
        let vectors = Vectors::new(3, vec![0i16; 3 * 70_000]);
        let distance = RowDistance { vectors };
        for row in [0, 1, 32_768, 65_535, 65_536, 69_999] {
            assert_eq!(
                distance.resolve(&point(row)).as_ptr(),
                distance.vectors.row(row).as_ptr()
            );
        }
    }
}
