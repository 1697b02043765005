//! The softmax regression that learns from a kb's own rows which article a text belongs to.

use std::thread;

use super::matrices::{dot, multiply};

/// How sharply the softmax regression divides at its start.
pub const SHARPNESS: f32 = 10.0;
/// Steps of the softmax regression: it stops early, which is most of its regularisation.
const STEPS: usize = 12;
/// Share of the last step that the next keeps (Polyak 1964).
const MOMENTUM: f32 = 0.9;
/// The inverse strength of the L2 penalty, times the number of rows.
const LENIENCE: f32 = 20.0;

/// Softmax regression of the article on its rows: weights of each article in the whitened space, and constants. Each article
/// counts the same.
pub fn fit(rows: &[f32], starts: &[usize], width: usize) -> (Vec<f32>, Vec<f32>) {
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
