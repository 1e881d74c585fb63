//! What a page shows, before it is shown: pure functions from facts and figures to text and geometry.

pub mod catalogue;
pub mod chart;
pub mod close;
pub mod cohorts;
pub mod color;
pub mod compare;
pub mod coupon;
pub mod csv;
pub mod door;
pub mod evidence;
pub mod import;
pub mod journeys;
pub mod landing;
pub mod listings;
pub mod loaded;
pub mod locale;
pub mod missing;
pub mod order;
pub mod palette;
pub mod partners;
pub mod paste;
pub mod place;
pub mod registration;
pub mod section;
pub mod statement;
pub mod story;
pub mod suspicion;
pub mod terms;
pub mod timeline;
pub mod typed;
pub mod view;
pub mod words;

#[cfg(test)]
pub(crate) mod sample;
