//! How the amount of a conversion is divided among the touches that count for it: one model a file.
//!
//! [`Cases`] holds the counted touches of each sale; a model weighs them ([`Weigher`]) in integers; [`Credits`] divides
//! money by these weights so that it adds up exactly, per touch, and [`Tally`] adds up fractional conversions and value by
//! whatever a touch carries ([`Dimension`]). Markov and Shapley are asked for their shares first ([`Shares`]).
//!
//! Definitions: the attribution notes of the project, table "Models", with the source of each.

mod attribution;
mod cases;
mod credits;
mod dimension;
mod first;
mod last;
mod last_non_direct;
mod linear;
pub mod markov;
mod milestone;
mod model;
mod position;
mod shapley;
mod shares;
mod tally;
mod time_decay;
mod weigher;

pub use attribution::Attribution;
pub use cases::Cases;
pub(crate) use credits::Weighers;
pub use credits::{Credit, Credits};
pub use dimension::Dimension;
pub use model::{HalfLife, Model, Order, StepWeights};
pub use shares::Shares;
pub use tally::{Breakdown, Tally};
pub use weigher::{Case, Weigher};
