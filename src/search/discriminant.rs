//! What sets the articles of one help center apart, learned from its own vectors.
//!
//! The embedding model knows language in general; in one help center most of its directions say the same of every article
//! ("card", "account", how polite the text is). Linear discriminant analysis (Fisher 1936, regularised as by Friedman 1989)
//! weighs each direction by how little the texts of one article differ in it, and a softmax regression that starts from its
//! centres and takes a few steps learns what tells neighbours apart. Both see only the kb: no question and no label.

use std::thread;

use ndarray::{ArrayView2, ArrayViewMut2, linalg::general_mat_mul};
use serde::{Deserialize, Serialize};

use super::vectors::{ONE, Vectors};

/// Share of the identity in the covariance. Between 0.25 and 0.7 the development sets differ by less than 0.005 MRR@10.
const SHRINKAGE: f64 = 0.5;
/// How sharply the softmax regression divides at its start.
const SHARPNESS: f32 = 10.0;
/// Steps of the softmax regression: it stops early, which is most of its regularisation.
const STEPS: usize = 12;
/// Share of the last step that the next keeps (Polyak 1964).
const MOMENTUM: f32 = 0.9;
/// The inverse strength of the L2 penalty, times the number of rows.
const LENIENCE: f32 = 20.0;
/// From this many rows times articles on there is no softmax regression, only its start: it would take seconds.
const MOST_PAIRS: usize = 1_500_000;
/// Rows that the covariance is taken from; of more, every n-th article.
const COVARIANCE_ROWS: usize = 8_000;
/// Rows that are worked on at once.
const BLOCK: usize = 1_024;
/// How sharply the soft best of an article's texts prefers the nearest.
const SOFTNESS: f32 = 10.0;
/// Logarithms of shares are not taken below this.
const LEAST_LOG: f32 = -12.0;

/// The learned metric of one generation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discriminant {
    /// Mean of all rows.
    mean: Vec<f32>,
    /// Inverse of the covariance within articles, scaled so that rows are about 1 long; `dimensions²`, symmetric.
    precision: Vec<f32>,
    /// Length of each row in the metric.
    row_lengths: Vec<f32>,
    /// Length of the mean of each article's rows.
    article_lengths: Vec<f32>,
    /// What the softmax regression learned, `articles × dimensions`; empty where it was left out.
    weights: Vec<f32>,
    /// Its constants.
    biases: Vec<f32>,
}

/// A question in the metric.
pub struct Projected<'a> {
    of: &'a Discriminant,
    /// Precision times the question's distance from the mean.
    direction: Vec<f32>,
    /// Its product with the mean.
    offset: f32,
    /// Length of the question in the metric.
    length: f32,
    /// The question less the mean.
    centred: Vec<f32>,
}

/// How near an article is to a question.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Nearness {
    /// Highest cosine of its texts in the metric.
    pub best: f32,
    /// Cosine of its centre.
    pub centre: f32,
    /// Mean of the three highest cosines.
    pub top3: f32,
    /// Logarithm of the mean of the exponentials of its cosines: between best and mean.
    pub soft: f32,
    /// Logit of the softmax regression.
    pub logit: f32,
}

impl Discriminant {
    /// Learns from the rows of a kb; `starts` are the first row of each article and the end. `None` without rows.
    pub fn learn(vectors: &Vectors, starts: &[usize]) -> Option<Self> {
        let (rows, width, articles) = (vectors.len(), vectors.dimensions(), starts.len().saturating_sub(1));
        if rows == 0 || articles == 0 {
            return None;
        }
        let mut sums = vec![0f64; width];
        for row in 0..rows {
            for (sum, x) in sums.iter_mut().zip(vectors.row(row)) {
                *sum += f64::from(*x);
            }
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / rows as f64) as f32 / ONE).collect();
        let covariance = within(vectors, starts);
        let unlower = inverse(&lower(&covariance, width), width);
        let mut learned = Discriminant {
            mean,
            precision: Vec::new(),
            row_lengths: Vec::with_capacity(rows),
            article_lengths: Vec::with_capacity(articles),
            weights: Vec::new(),
            biases: Vec::new(),
        };
        let learns = rows.saturating_mul(articles) <= MOST_PAIRS;
        // All whitened rows are kept only where the regression needs them.
        let mut whitened = Vec::new();
        let mut centre = vec![0f32; width];
        let mut article = 0;
        for from in (0..rows).step_by(BLOCK) {
            let to = rows.min(from + BLOCK);
            let block = learned.whiten(vectors, from, to, &unlower);
            for (row, x) in (from..to).zip(block.chunks_exact(width)) {
                learned.row_lengths.push(length(x));
                for (sum, x) in centre.iter_mut().zip(x) {
                    *sum += x;
                }
                while article < articles && row + 1 == starts[article + 1] {
                    let count = (starts[article + 1] - starts[article]).max(1) as f32;
                    learned.article_lengths.push(length(&centre) / count);
                    centre.fill(0.0);
                    article += 1;
                }
            }
            if learns {
                whitened.extend(block);
            }
        }
        learned.article_lengths.resize(articles, 0.0);
        let scale = (learned.row_lengths.iter().map(|length| f64::from(*length)).sum::<f64>() / rows as f64).max(1e-9);
        let unlower: Vec<f32> = unlower.iter().map(|x| (x / scale) as f32).collect();
        for length in learned.row_lengths.iter_mut().chain(&mut learned.article_lengths) {
            *length /= scale as f32;
        }
        learned.precision = vec![0f32; width * width];
        // precision = unlowerᵀ × unlower
        multiply(
            &mut learned.precision,
            &unlower,
            &unlower,
            [width, width, width],
            [true, false],
            0.0,
        );
        if learns {
            whitened.iter_mut().for_each(|x| *x /= scale as f32);
            let (inner, biases) = regression(&whitened, starts, width);
            // Back from the whitened space, so that a question needs no second change of axes.
            learned.weights = vec![0f32; articles * width];
            multiply(
                &mut learned.weights,
                &inner,
                &unlower,
                [articles, width, width],
                [false, false],
                0.0,
            );
            learned.biases = biases;
        }
        Some(learned)
    }

    /// Whether it belongs to vectors and articles of these numbers.
    pub fn fits(&self, rows: usize, width: usize, articles: usize) -> bool {
        self.mean.len() == width
            && self.precision.len() == width * width
            && self.row_lengths.len() == rows
            && self.article_lengths.len() == articles
            && (self.weights.is_empty() || self.weights.len() == articles * width && self.biases.len() == articles)
    }

    /// Rows `from..to`, less the mean, in axes in which the texts of an article differ alike in each direction.
    fn whiten(&self, vectors: &Vectors, from: usize, to: usize, unlower: &[f64]) -> Vec<f32> {
        let width = vectors.dimensions();
        let centred: Vec<f32> = (from..to)
            .flat_map(|row| {
                vectors
                    .row(row)
                    .iter()
                    .zip(&self.mean)
                    .map(|(x, mean)| f32::from(*x) / ONE - mean)
            })
            .collect();
        let unlower: Vec<f32> = unlower.iter().map(|x| *x as f32).collect();
        let mut whitened = vec![0f32; centred.len()];
        multiply(
            &mut whitened,
            &centred,
            &unlower,
            [to - from, width, width],
            [false, true],
            0.0,
        );
        whitened
    }

    /// A question, once for all its candidates.
    pub fn project(&self, question: &[f32]) -> Projected<'_> {
        let width = self.mean.len();
        let centred: Vec<f32> = question.iter().zip(&self.mean).map(|(x, mean)| x - mean).collect();
        let direction: Vec<f32> = self
            .precision
            .chunks_exact(width)
            .map(|row| dot(row, &centred))
            .collect();
        Projected {
            of: self,
            offset: dot(&direction, &self.mean),
            length: dot(&direction, &centred).max(0.0).sqrt().max(1e-6),
            direction,
            centred,
        }
    }
}

impl Projected<'_> {
    /// How near one article is, which has the rows `from..to`.
    pub fn nearness(&self, article: usize, vectors: &Vectors, from: usize, to: usize) -> Nearness {
        let count = to.saturating_sub(from).max(1) as f32;
        let products: Vec<f32> = (from..to)
            .map(|row| dot_fixed(&self.direction, vectors.row(row)) - self.offset)
            .collect();
        let centre = products.iter().sum::<f32>() / count;
        let mut cosines: Vec<f32> = products
            .iter()
            .zip(&self.of.row_lengths[from..to])
            .map(|(product, length)| product / (self.length * length.max(1e-6)))
            .collect();
        let soft = (cosines.iter().map(|cosine| (SOFTNESS * cosine).exp()).sum::<f32>() / count).max(1e-12);
        cosines.sort_by(|a, b| b.total_cmp(a));
        let top = &cosines[..cosines.len().min(3)];
        let width = self.centred.len();
        let article_length = self.of.article_lengths[article];
        let logit = if self.of.weights.is_empty() {
            // Where the regression starts: the discriminant of Gaussians around the centres.
            SHARPNESS * (centre - 0.5 * article_length * article_length)
        } else {
            dot(&self.of.weights[article * width..(article + 1) * width], &self.centred) + self.of.biases[article]
        };
        Nearness {
            best: cosines.first().copied().unwrap_or(0.0),
            centre: centre / (self.length * article_length.max(1e-6)),
            top3: top.iter().sum::<f32>() / top.len().max(1) as f32,
            soft: soft.ln() / SOFTNESS,
            logit,
        }
    }
}

/// Logarithms of how the softmax over these logits divides belief, not below −12.
pub fn log_shares(logits: &[f32]) -> Vec<f32> {
    let highest = logits.iter().copied().fold(f32::MIN, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - highest).exp()).sum();
    let all = highest + sum.max(1e-30).ln();
    logits.iter().map(|logit| (logit - all).max(LEAST_LOG)).collect()
}

/// Covariance of the rows around the mean of their article, with trace 1, mixed with the identity.
fn within(vectors: &Vectors, starts: &[usize]) -> Vec<f64> {
    let (width, articles) = (vectors.dimensions(), starts.len() - 1);
    let step = vectors.len().div_ceil(COVARIANCE_ROWS).max(1);
    let mut summed = vec![0f32; width * width];
    let mut block: Vec<f32> = Vec::new();
    let add = |block: &mut Vec<f32>, summed: &mut Vec<f32>| {
        let rows = block.len() / width;
        multiply(summed, block, block, [width, rows, width], [true, false], 1.0);
        block.clear();
    };
    for article in (0..articles).step_by(step) {
        let (from, to) = (starts[article], starts[article + 1]);
        let count = to.saturating_sub(from);
        if count < 2 {
            continue;
        }
        let mut mean = vec![0f32; width];
        for row in from..to {
            for (sum, x) in mean.iter_mut().zip(vectors.row(row)) {
                *sum += f32::from(*x) / ONE / count as f32;
            }
        }
        for row in from..to {
            block.extend(
                vectors
                    .row(row)
                    .iter()
                    .zip(&mean)
                    .map(|(x, mean)| f32::from(*x) / ONE - mean),
            );
        }
        if block.len() >= BLOCK * width {
            add(&mut block, &mut summed);
        }
    }
    add(&mut block, &mut summed);
    let trace: f64 = (0..width).map(|i| f64::from(summed[i * width + i])).sum();
    // Articles of one text each say nothing of what varies within one: the plain metric stays.
    let (share, shrinkage) = if trace > 1e-6 {
        ((1.0 - SHRINKAGE) / trace, SHRINKAGE)
    } else {
        (0.0, 1.0)
    };
    let mut covariance: Vec<f64> = summed.iter().map(|x| f64::from(*x) * share).collect();
    for i in 0..width {
        covariance[i * width + i] += shrinkage / width as f64;
    }
    covariance
}

/// Softmax regression of the article on its rows: weights of each article in the whitened space, and constants. Each article
/// counts the same.
fn regression(rows: &[f32], starts: &[usize], width: usize) -> (Vec<f32>, Vec<f32>) {
    let articles = starts.len() - 1;
    let count = rows.len() / width;
    let mut weights = vec![0f32; articles * width];
    let mut biases = vec![0f32; articles];
    let mut article_of = vec![0usize; count];
    let mut share_of = vec![0f32; count];
    let filled = (0..articles)
        .filter(|article| starts[article + 1] > starts[*article])
        .count()
        .max(1);
    for article in 0..articles {
        let (from, to) = (starts[article], starts[article + 1]);
        let centre = &mut weights[article * width..(article + 1) * width];
        for row in from..to {
            article_of[row] = article;
            share_of[row] = 1.0 / ((to - from) * filled) as f32;
            for (sum, x) in centre.iter_mut().zip(&rows[row * width..]) {
                *sum += x / (to - from) as f32;
            }
        }
        biases[article] = -0.5 * SHARPNESS * dot(centre, centre);
        centre.iter_mut().for_each(|x| *x *= SHARPNESS);
    }
    let rate = articles as f32;
    let penalty = 1.0 / (LENIENCE * count as f32);
    let (mut speed, mut bias_speed) = (vec![0f32; weights.len()], vec![0f32; articles]);
    // Two fixed halves, whatever the number of cores, so that the sums are the same everywhere.
    let middle = count / 2;
    for _ in 0..STEPS {
        let half = |from: usize, to: usize| {
            let rows = &rows[from * width..to * width];
            let mut shares = vec![0f32; (to - from) * articles];
            multiply(
                &mut shares,
                rows,
                &weights,
                [to - from, width, articles],
                [false, true],
                0.0,
            );
            let mut bias_pull = vec![0f32; articles];
            for (row, shares) in (from..to).zip(shares.chunks_exact_mut(articles)) {
                for (share, bias) in shares.iter_mut().zip(&biases) {
                    *share += bias;
                }
                let highest = shares.iter().copied().fold(f32::MIN, f32::max);
                shares.iter_mut().for_each(|share| *share = (*share - highest).exp());
                let sum: f32 = shares.iter().sum();
                shares.iter_mut().for_each(|share| *share *= share_of[row] / sum);
                shares[article_of[row]] -= share_of[row];
                for (pull, share) in bias_pull.iter_mut().zip(shares.iter()) {
                    *pull += share;
                }
            }
            let mut pull = vec![0f32; articles * width];
            multiply(
                &mut pull,
                &shares,
                rows,
                [articles, to - from, width],
                [true, false],
                0.0,
            );
            (pull, bias_pull)
        };
        let (first, second) = thread::scope(|scope| {
            let other = scope.spawn(|| half(middle, count));
            let own = half(0, middle);
            (own, other.join())
        });
        // A thread that cannot finish has run out of memory; then the start of the regression has to do.
        let Ok(second) = second else { break };
        for (i, speed) in speed.iter_mut().enumerate() {
            *speed = MOMENTUM * *speed - rate * (first.0[i] + second.0[i] + penalty * weights[i]);
        }
        for (i, speed) in bias_speed.iter_mut().enumerate() {
            *speed = MOMENTUM * *speed - rate * (first.1[i] + second.1[i]);
        }
        for (weight, speed) in weights.iter_mut().zip(&speed).chain(biases.iter_mut().zip(&bias_speed)) {
            *weight += speed;
        }
    }
    (weights, biases)
}

/// The lower triangle whose product with its transpose is the matrix (Cholesky); the matrix is positive definite.
fn lower(matrix: &[f64], width: usize) -> Vec<f64> {
    let mut lower = vec![0f64; width * width];
    for i in 0..width {
        for j in 0..=i {
            let (a, b) = (&lower[i * width..i * width + j], &lower[j * width..j * width + j]);
            let rest = matrix[i * width + j] - a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            lower[i * width + j] = if i == j {
                rest.max(1e-12).sqrt()
            } else {
                rest / lower[j * width + j]
            };
        }
    }
    lower
}

/// The inverse of a lower triangle.
fn inverse(lower: &[f64], width: usize) -> Vec<f64> {
    let mut inverse = vec![0f64; width * width];
    for i in 0..width {
        // Row i from the rows above, each taken as a whole: memory is read in order.
        let (above, row) = inverse.split_at_mut(i * width);
        let row = &mut row[..width];
        for (j, above) in above.chunks_exact(width).enumerate() {
            let factor = lower[i * width + j];
            for (x, above) in row[..=j].iter_mut().zip(above) {
                *x -= factor * above;
            }
        }
        let diagonal = lower[i * width + i];
        row[..i].iter_mut().for_each(|x| *x /= diagonal);
        row[i] = 1.0 / diagonal;
    }
    inverse
}

/// `c = keep × c + a × b` for row-major matrices of `rows × inner` and `inner × columns`; each may be stored transposed.
fn multiply(c: &mut [f32], a: &[f32], b: &[f32], [rows, inner, columns]: [usize; 3], transposed: [bool; 2], keep: f32) {
    let matrices = (
        stored(a, (rows, inner), transposed[0]),
        stored(b, (inner, columns), transposed[1]),
        ArrayViewMut2::from_shape((rows, columns), c),
    );
    if let (Some(a), Some(b), Ok(mut c)) = matrices {
        general_mat_mul(1.0, &a, &b, keep, &mut c);
    } else {
        debug_assert!(false, "{rows} × {inner} × {columns} is not the shape of these matrices");
    }
}

/// A matrix of this shape, which may be stored turned.
fn stored(of: &[f32], (rows, columns): (usize, usize), turned: bool) -> Option<ArrayView2<'_, f32>> {
    let shape = if turned { (columns, rows) } else { (rows, columns) };
    let view = ArrayView2::from_shape(shape, of).ok()?;
    Some(if turned { view.reversed_axes() } else { view })
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; 16];
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

fn dot_fixed(a: &[f32], row: &[i16]) -> f32 {
    let mut lanes = [0f32; 16];
    let (a_chunks, a_rest) = a.as_chunks::<16>();
    let (row_chunks, row_rest) = row.as_chunks::<16>();
    for (x, y) in a_chunks.iter().zip(row_chunks) {
        for lane in 0..16 {
            lanes[lane] += x[lane] * f32::from(y[lane]);
        }
    }
    let rest: f32 = a_rest.iter().zip(row_rest).map(|(x, y)| x * f32::from(*y)).sum();
    (lanes.iter().sum::<f32>() + rest) / ONE
}

fn length(x: &[f32]) -> f32 {
    dot(x, x).sqrt()
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::{
        super::vectors::{Vectors, fixed},
        *,
    };

    const WIDTH: usize = 24;

    /// Articles of five texts each: what sets them apart lies in the first six directions, what differs within an article
    /// and is larger, in the others.
    fn kb(articles: usize, seed: u64) -> (Vectors, Vec<usize>, impl FnMut(usize) -> Vec<f32>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let centres: Vec<Vec<f32>> = (0..articles)
            .map(|_| (0..6).map(|_| rng.random_range(-1.0..1.0)).collect())
            .collect();
        let mut text = move |article: usize| {
            let noise = |at: usize| if at < 6 { 0.3 } else { 1.5 };
            let mut x: Vec<f32> = (0..WIDTH)
                .map(|at| centres[article].get(at).copied().unwrap_or(0.0) + rng.random_range(-noise(at)..noise(at)))
                .collect();
            let length = length(&x);
            x.iter_mut().for_each(|x| *x /= length);
            x
        };
        let flat: Vec<i16> = (0..articles * 5).flat_map(|row| fixed(&text(row / 5))).collect();
        (
            Vectors::new(WIDTH, flat),
            (0..=articles).map(|article| article * 5).collect(),
            text,
        )
    }

    #[test]
    fn it_finds_articles_that_the_plain_cosine_confuses() {
        let (vectors, starts, mut ask) = kb(20, 3);
        let learned = Discriminant::learn(&vectors, &starts).expect("rows");
        assert!(learned.fits(vectors.len(), WIDTH, 20));
        let (mut plain, mut centre, mut logit) = (0, 0, 0);
        for question in 0..400 {
            let right = question % 20;
            let x = ask(right);
            let projected = learned.project(&x);
            let best = |score: &dyn Fn(usize) -> f32| (0..20).max_by(|a, b| score(*a).total_cmp(&score(*b)));
            let near = |article: usize| projected.nearness(article, &vectors, starts[article], starts[article + 1]);
            let cosine = |article: usize| {
                let rows = starts[article]..starts[article + 1];
                rows.map(|row| dot_fixed(&x, vectors.row(row))).fold(f32::MIN, f32::max)
            };
            plain += usize::from(best(&cosine) == Some(right));
            centre += usize::from(best(&|article| near(article).centre) == Some(right));
            logit += usize::from(best(&|article| near(article).logit) == Some(right));
        }
        assert!(
            centre > plain + 60 && logit > plain + 60,
            "plain {plain}, centre {centre}, logit {logit}"
        );
    }

    /// The products by the precision are those of the whitened rows, computed the slow and obvious way.
    #[test]
    fn cosines_are_those_of_whitened_vectors() {
        let (vectors, starts, mut ask) = kb(7, 5);
        let learned = Discriminant::learn(&vectors, &starts).expect("rows");
        let question = ask(2);
        let unlower = inverse(&lower(&within(&vectors, &starts), WIDTH), WIDTH);
        let whiten = |x: &[f32]| -> Vec<f64> {
            let centred: Vec<f64> = x
                .iter()
                .zip(&learned.mean)
                .map(|(x, mean)| f64::from(x - mean))
                .collect();
            let row = |i: usize| (0..WIDTH).map(|j| unlower[i * WIDTH + j] * centred[j]).sum();
            (0..WIDTH).map(row).collect()
        };
        let float = |row: usize| -> Vec<f32> { vectors.row(row).iter().map(|x| f32::from(*x) / ONE).collect() };
        let cosine = |a: &[f64], b: &[f64]| {
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        let projected = learned.project(&question);
        for article in 0..7 {
            let rows: Vec<Vec<f64>> = (starts[article]..starts[article + 1])
                .map(|row| whiten(&float(row)))
                .collect();
            let q = whiten(&question);
            let best = rows.iter().map(|row| cosine(&q, row)).fold(f64::MIN, f64::max);
            let mean: Vec<f64> = (0..WIDTH)
                .map(|i| rows.iter().map(|row| row[i]).sum::<f64>() / 5.0)
                .collect();
            let near = projected.nearness(article, &vectors, starts[article], starts[article + 1]);
            assert!((f64::from(near.best) - best).abs() < 1e-3, "{near:?} {best}");
            assert!((f64::from(near.centre) - cosine(&q, &mean)).abs() < 1e-3, "{near:?}");
        }
    }

    #[test]
    fn the_same_rows_teach_the_same_and_few_rows_do_no_harm() {
        let (vectors, starts, _) = kb(12, 9);
        assert_eq!(
            Discriminant::learn(&vectors, &starts),
            Discriminant::learn(&vectors, &starts)
        );
        // One text an article, all texts alike, an article without a text.
        for (rows, starts) in [
            (vec![1.0f32, 0.0, 0.0, 1.0], vec![0, 1, 2]),
            (vec![1.0, 0.0, 1.0, 0.0], vec![0, 0, 2]),
        ] {
            let vectors = Vectors::new(2, rows.iter().map(|x| (x * 32_767.0) as i16).collect::<Vec<_>>());
            let learned = Discriminant::learn(&vectors, &starts).expect("rows");
            let projected = learned.project(&[0.6, 0.8]);
            for article in 0..2 {
                let near = projected.nearness(article, &vectors, starts[article], starts[article + 1]);
                assert!(
                    near.best.is_finite() && near.centre.is_finite() && near.soft.is_finite() && near.logit.is_finite()
                );
            }
        }
        assert!(Discriminant::learn(&Vectors::new(2, Vec::<i16>::new()), &[0]).is_none());
    }

    #[test]
    fn shares_add_up_and_stay_above_their_floor() {
        let logs = log_shares(&[1.0, 3.0, -200.0]);
        assert!((logs.iter().map(|log| log.exp()).sum::<f32>() - 1.0).abs() < 1e-3);
        assert_eq!(logs[2], LEAST_LOG);
    }
}
