//! What sets the articles of one help center apart, learned from its own vectors.
//!
//! The embedding model knows language in general; in one help center most of its directions say the same of every article
//! ("card", "account", how polite the text is). Linear discriminant analysis (Fisher 1936, regularised as by Friedman 1989)
//! weighs each direction by how little the texts of one article differ in it, and a softmax regression that starts from its
//! centres and takes a few steps learns what tells neighbours apart. Both see only the kb: no question and no label.

mod matrices;
mod regression;

use serde::{Deserialize, Serialize};

use super::vectors::{ONE, Vectors};
use matrices::{dot, dot_fixed, inverse, length, lower, multiply};
use regression::SHARPNESS;

/// Share of the identity in the covariance. Between 0.25 and 0.7 the development sets differ by less than 0.005 MRR@10.
const SHRINKAGE: f64 = 0.5;
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
        let mut unlower: Vec<f32> = inverse(&lower(&covariance, width), width)
            .into_iter()
            .map(|x| x as f32)
            .collect();
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
        unlower.iter_mut().for_each(|x| *x = (f64::from(*x) / scale) as f32);
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
            let (inner, biases) = regression::fit(&whitened, starts, width);
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
    fn whiten(&self, vectors: &Vectors, from: usize, to: usize, unlower: &[f32]) -> Vec<f32> {
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
        let mut whitened = vec![0f32; centred.len()];
        multiply(
            &mut whitened,
            &centred,
            unlower,
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
