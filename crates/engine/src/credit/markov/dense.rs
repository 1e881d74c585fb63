//! One inverse answers for every unit.
//!
//! With N = (I − Q)⁻¹, b = N·r, s the start and C the states that contain unit c, a path converts without ever entering C
//! with probability b[s] − N[s,C] · N[C,C]⁻¹ · b[C]: all that converts, less what does so by way of C. So
//! RE(c) = N[s,C] · N[C,C]⁻¹ · b[C] ÷ b[s]; of order 1, where C is one state, N[s,c] · b[c] ÷ (N[c,c] · b[s]).

use super::Chain;

/// The removal effect of every unit.
pub(super) fn removal_effects(chain: &Chain) -> Vec<f64> {
    let n = chain.states();
    let mut matrix = vec![0.0; n * n];
    for state in 0..n {
        matrix[state * n + state] = 1.0;
        for i in chain.moves(state) {
            matrix[state * n + chain.to[i] as usize] -= chain.probability[i];
        }
    }
    invert(&mut matrix, n);
    let row = |i: usize| &matrix[i * n..(i + 1) * n];
    let conversion: Vec<f64> = (0..n).map(|i| dot(row(i), &chain.conversion)).collect();
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); chain.units + 1];
    for (state, touches) in chain.touches.iter().enumerate() {
        for (i, unit) in touches.iter().enumerate() {
            if !touches[..i].contains(unit) {
                members[*unit as usize].push(state);
            }
        }
    }
    let effect = |members: &Vec<usize>| {
        let m = members.len();
        let mut block: Vec<f64> = members.iter().flat_map(|i| members.iter().map(|j| row(*i)[*j])).collect();
        let mut through: Vec<f64> = members.iter().map(|i| conversion[*i]).collect();
        solve(&mut block, &mut through, m);
        let entered: Vec<f64> = members.iter().map(|i| row(0)[*i]).collect();
        dot(&entered, &through) / conversion[0]
    };
    members[..chain.units].iter().map(effect).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Inverts in place, by Gauss-Jordan. No pivot is sought: I − Q of an absorbing chain is a diagonally dominant M-matrix, and
/// elimination keeps it one.
fn invert(matrix: &mut [f64], n: usize) {
    let mut pivot_row = vec![0.0; n];
    for k in 0..n {
        let pivot = 1.0 / matrix[k * n + k];
        matrix[k * n + k] = 1.0;
        for value in &mut matrix[k * n..(k + 1) * n] {
            *value *= pivot;
        }
        pivot_row.copy_from_slice(&matrix[k * n..(k + 1) * n]);
        for (i, row) in matrix.chunks_exact_mut(n).enumerate() {
            let factor = row[k];
            if i != k && factor != 0.0 {
                row[k] = 0.0;
                for (value, pivot) in row.iter_mut().zip(&pivot_row) {
                    *value -= factor * pivot;
                }
            }
        }
    }
}

/// Solves `matrix · x = right` into `right`, for a block of an inverse of an M-matrix: such a block is the inverse of an
/// M-matrix itself, so that again no pivot is sought.
fn solve(matrix: &mut [f64], right: &mut [f64], n: usize) {
    for k in 0..n {
        let (above, below) = matrix.split_at_mut((k + 1) * n);
        let pivot_row = &above[k * n..];
        let (solved, open) = right.split_at_mut(k + 1);
        for (row, value) in below.chunks_exact_mut(n).zip(open) {
            let factor = row[k] / pivot_row[k];
            for (cell, pivot) in row[k..].iter_mut().zip(&pivot_row[k..]) {
                *cell -= factor * pivot;
            }
            *value -= factor * solved[k];
        }
    }
    for k in (0..n).rev() {
        let rest = dot(&matrix[k * n + k + 1..(k + 1) * n], &right[k + 1..]);
        right[k] = (right[k] - rest) / matrix[k * n + k];
    }
}
