//! First touch: who began it.

/// 1 on the first touch.
pub(super) fn weigh(weights: &mut [u64]) {
    if let Some(first) = weights.first_mut() {
        *first = 1;
    }
}
