//! Last non-direct touch: who closed it, but for visitors who came by themselves in the end (Google Analytics).

/// 1 on the last touch that is not direct; on the last touch where all are.
pub(super) fn weigh(weights: &mut [u64], is_direct: impl Fn(usize) -> bool) {
    let told = (0..weights.len()).rev().find(|i| !is_direct(*i));
    if let Some(weight) = told.or(weights.len().checked_sub(1)).and_then(|i| weights.get_mut(i)) {
        *weight = 1;
    }
}
