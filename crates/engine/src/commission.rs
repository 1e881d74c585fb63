//! Commission.

/// Terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms;
