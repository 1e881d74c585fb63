//! x
use super::Definition;
/// D.
pub const DEFINITIONS: &[Definition] = &[];
