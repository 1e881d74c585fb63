//! First touch: who began it.

/// Which of `n` touches, in time order.
pub(super) fn pick(_n: usize) -> usize {
    0
}
