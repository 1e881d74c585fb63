//! customers.

use super::Definition;

/// The definitions, in the order of the catalogue.
pub const DEFINITIONS: &[Definition] = &[];
