//! What is needed of linear algebra: products, a Cholesky factor and its inverse. Sums are in a fixed order.

use ndarray::{ArrayView2, ArrayViewMut2, linalg::general_mat_mul};

use super::super::vectors::ONE;

/// The lower triangle whose product with its transpose is the matrix (Cholesky); the matrix is positive definite.
pub fn lower(matrix: &[f64], width: usize) -> Vec<f64> {
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
pub fn inverse(lower: &[f64], width: usize) -> Vec<f64> {
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
pub fn multiply(
    c: &mut [f32],
    a: &[f32],
    b: &[f32],
    [rows, inner, columns]: [usize; 3],
    transposed: [bool; 2],
    keep: f32,
) {
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

pub fn dot(a: &[f32], b: &[f32]) -> f32 {
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

pub fn dot_fixed(a: &[f32], row: &[i16]) -> f32 {
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

pub fn length(x: &[f32]) -> f32 {
    dot(x, x).sqrt()
}
