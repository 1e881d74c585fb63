//! First touch: who began it.

/// 1 on the first of `n` touches.
pub(super) fn weights(n: usize) -> Vec<u32> {
    (0..n).map(|i| u32::from(i == 0)).collect()
}
