//! The forms in which what is recorded leaves, and comes back: pure.
//!
//! | room | charter |
//! |---|---|
//! | [`cell`] | values, and rows of them as CSV and as JSON |
//! | [`archive`] | the lines of a whole instance, and how they are taken back |

pub mod archive;
pub mod cell;
