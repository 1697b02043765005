//! Fitting linear models: a listwise one for ranking, a logistic one for confidence.
//!
//! Both are convex and small; they are minimised by full-batch Adam (Kingma and Ba 2015) from zero with a fixed number
//! of steps, so the same data always gives the same weights. Inputs are standardised first and the weights scaled back.

use crate::search::weights::Linear;

/// Candidates of one question: their inputs, and which are right.
pub struct List<'a> {
    /// Inputs of each candidate.
    pub rows: Vec<&'a [f32]>,
    /// Whether each candidate is right; at least one is.
    pub right: Vec<bool>,
    /// How much the question counts.
    pub weight: f64,
}

/// Fits a ranking model: maximises the share of the softmax over the candidates' scores that falls on the right ones
/// (ListNet with one position, Cao et al. 2007), with an L2 penalty.
///
/// No weight may be negative: every input is a sign in favour, and a model that has learned from one kind of kb to count
/// such a sign against an article fails on the next kind. Inputs that are `left_out` get the weight 0.
pub fn listwise(lists: &[List<'_>], inputs: usize, left_out: &[usize], penalty: f64, steps: usize) -> Linear {
    let (centre, mut scale) = standard(lists.iter().flat_map(|list| list.rows.iter().copied()), inputs);
    leave_out(&mut scale, left_out);
    let standardised: Vec<Vec<f32>> = lists
        .iter()
        .map(|list| {
            list.rows
                .iter()
                .flat_map(|row| {
                    (0..inputs)
                        .map(|i| ((f64::from(row[i]) - centre[i]) / scale[i]) as f32)
                        .collect::<Vec<_>>()
                })
                .collect()
        })
        .collect();
    let total: f64 = lists.iter().map(|list| list.weight).sum::<f64>().max(1e-9);
    let weights = adam(inputs, steps, Sign::NotNegative, |weights, gradient| {
        for i in 0..inputs {
            gradient[i] = penalty * weights[i];
        }
        let w: Vec<f32> = weights.iter().map(|w| *w as f32).collect();
        let mut scores: Vec<f64> = Vec::new();
        for (list, rows) in lists.iter().zip(&standardised) {
            scores.clear();
            scores.extend(
                rows.chunks_exact(inputs)
                    .map(|row| f64::from(row.iter().zip(&w).map(|(x, w)| x * w).sum::<f32>())),
            );
            let highest = scores.iter().copied().fold(f64::MIN, f64::max);
            let (mut all, mut right) = (0.0, 0.0);
            for (score, is_right) in scores.iter_mut().zip(&list.right) {
                *score = (*score - highest).exp();
                all += *score;
                right += if *is_right { *score } else { 0.0 };
            }
            let share = list.weight / total;
            for ((score, is_right), row) in scores.iter().zip(&list.right).zip(rows.chunks_exact(inputs)) {
                let pull = share * (score / all - if *is_right { score / right.max(1e-300) } else { 0.0 });
                // What hardly pulls is left out: most candidates of most questions.
                if pull.abs() > 1e-4 * share {
                    for i in 0..inputs {
                        gradient[i] += pull * f64::from(row[i]);
                    }
                }
            }
        }
    });
    Linear {
        bias: 0.0,
        weights: weights.iter().zip(&scale).map(|(w, s)| w / s).collect(),
    }
}

/// Fits a logistic model by maximum likelihood with an L2 penalty on all weights but the constant. Inputs that are
/// `left_out` get the weight 0.
pub fn logistic(
    rows: &[(Vec<f64>, bool, f64)],
    inputs: usize,
    left_out: &[usize],
    penalty: f64,
    steps: usize,
) -> Linear {
    let as_floats: Vec<Vec<f32>> = rows
        .iter()
        .map(|(row, ..)| row.iter().map(|x| *x as f32).collect())
        .collect();
    let (centre, mut scale) = standard(as_floats.iter().map(Vec::as_slice), inputs);
    leave_out(&mut scale, left_out);
    let standardised: Vec<Vec<f64>> = rows
        .iter()
        .map(|(row, ..)| (0..inputs).map(|i| (row[i] - centre[i]) / scale[i]).collect())
        .collect();
    let total: f64 = rows.iter().map(|(.., weight)| weight).sum::<f64>().max(1e-9);
    let weights = adam(inputs + 1, steps, Sign::Any, |weights, gradient| {
        gradient[inputs] = 0.0;
        for i in 0..inputs {
            gradient[i] = penalty * weights[i];
        }
        for ((_, right, weight), row) in rows.iter().zip(&standardised) {
            let logit = weights[inputs] + row.iter().zip(weights.iter()).map(|(x, w)| x * w).sum::<f64>();
            let pull = weight / total * (crate::search::rank::logistic(logit) - f64::from(*right));
            for i in 0..inputs {
                gradient[i] += pull * row[i];
            }
            gradient[inputs] += pull;
        }
    });
    let scaled: Vec<f64> = (0..inputs).map(|i| weights[i] / scale[i]).collect();
    let bias = weights[inputs] - scaled.iter().zip(&centre).map(|(w, c)| w * c).sum::<f64>();
    Linear { bias, weights: scaled }
}

/// An input that is scaled by infinity is always 0, and so is its weight.
fn leave_out(scale: &mut [f64], left_out: &[usize]) {
    for input in left_out {
        scale[*input] = f64::INFINITY;
    }
}

/// Mean and standard deviation of each input; a constant one gets deviation 1.
fn standard<'a>(rows: impl Iterator<Item = &'a [f32]>, inputs: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut sum, mut squares, mut n) = (vec![0.0; inputs], vec![0.0; inputs], 0.0f64);
    for row in rows {
        n += 1.0;
        for i in 0..inputs {
            sum[i] += f64::from(row[i]);
            squares[i] += f64::from(row[i]) * f64::from(row[i]);
        }
    }
    let n = n.max(1.0);
    let centre: Vec<f64> = sum.iter().map(|s| s / n).collect();
    let scale = squares
        .iter()
        .zip(&centre)
        .map(|(s, c)| {
            let deviation = (s / n - c * c).max(0.0).sqrt();
            if deviation < 1e-6 { 1.0 } else { deviation }
        })
        .collect();
    (centre, scale)
}

/// What a parameter may be.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Sign {
    Any,
    NotNegative,
}

/// Full-batch Adam from zero with a step size that falls to a hundredth.
fn adam(parameters: usize, steps: usize, sign: Sign, mut gradient_of: impl FnMut(&[f64], &mut [f64])) -> Vec<f64> {
    let (beta1, beta2) = (0.9f64, 0.99f64);
    let mut x = vec![0.0; parameters];
    let (mut m, mut v, mut gradient) = (x.clone(), x.clone(), x.clone());
    for step in 1..=steps {
        gradient_of(&x, &mut gradient);
        let rate = 0.15 * 0.01f64.powf(step as f64 / steps as f64);
        for i in 0..parameters {
            m[i] = beta1 * m[i] + (1.0 - beta1) * gradient[i];
            v[i] = beta2 * v[i] + (1.0 - beta2) * gradient[i] * gradient[i];
            let (m_hat, v_hat) = (
                m[i] / (1.0 - beta1.powi(step as i32)),
                v[i] / (1.0 - beta2.powi(step as i32)),
            );
            x[i] -= rate * m_hat / (v_hat.sqrt() + 1e-9);
            if sign == Sign::NotNegative {
                x[i] = x[i].max(0.0);
            }
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logistic_model_finds_the_share() {
        // Right with probability 0.8 where x = 1, and 0.2 where x = 0.
        let rows: Vec<_> = (0..1000)
            .map(|i| (vec![f64::from(i % 2)], (i % 10 < 8) == (i % 2 == 1), 1.0))
            .collect();
        let model = logistic(&rows, 1, &[], 0.0, 600);
        let p = |x: f64| crate::search::rank::logistic(model.apply([x]));
        let share = |x: i32| {
            let of: Vec<_> = rows.iter().filter(|(row, ..)| row[0] as i32 == x).collect();
            of.iter().filter(|(_, right, _)| *right).count() as f64 / of.len() as f64
        };
        assert!(
            (p(0.0) - share(0)).abs() < 0.01 && (p(1.0) - share(1)).abs() < 0.01,
            "{} {}",
            p(0.0),
            p(1.0)
        );
    }

    #[test]
    fn a_listwise_model_prefers_what_is_right() {
        let rows: Vec<[f32; 2]> = vec![[1.0, 0.3], [0.0, 0.9], [0.2, 0.1]];
        let lists: Vec<List<'_>> = (0..20)
            .map(|_| List {
                rows: rows.iter().map(|row| row.as_slice()).collect(),
                right: vec![true, false, false],
                weight: 1.0,
            })
            .collect();
        let model = listwise(&lists, 2, &[], 0.01, 200);
        assert!(
            model.weights[0] > 0.5 && model.weights[1] < model.weights[0],
            "{model:?}"
        );
    }

    #[test]
    fn what_is_left_out_has_no_weight() {
        let rows: Vec<_> = (0..100)
            .map(|i| (vec![f64::from(i % 2), f64::from(i % 2)], i % 2 == 1, 1.0))
            .collect();
        let model = logistic(&rows, 2, &[0], 1e-3, 200);
        assert_eq!(model.weights[0], 0.0);
        assert!(model.weights[1] > 1.0 && model.bias.is_finite(), "{model:?}");
    }
}
