//! Intervals and medians.
//!
//! Floating point goes through `libm` and IEEE operations only, so that every platform gives the same bits.
