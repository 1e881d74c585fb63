//! The portal, the console and the widget.
//!
//! In scope: fetching a feed, asking the engine, and showing its figures with their reasons. Out of scope: any arithmetic on
//! money beyond formatting: a figure that the engine does not compute is not shown.
//!
//! | room | charter |
//! |---|---|
//! | [`model`] | formatting, geometry and stories: pure, tested natively |
//! | [`filters`] | what the reader asks, mirrored in the address |
//! | [`failure`] | what can go wrong on the way of a feed, and what to do about it |
//! | `api` | the typed client |
//! | `json` | what the client reads and writes, but for feeds |
//! | `signs` | how the browser writes numbers and dates of a language |
//! | `state` | the feed and the filters of one mount, and who may ask them |
//! | `part` | components |
//! | `page` | portal, console, and the design system that shows every part (features `portal`, `console` and `design`) |
//! | `widget` | the report inside a foreign page (feature `widget`) |
//! | `worker` | what the console computes beside its page (feature `console`) |
//! | `attribution` | the engine alone, for a worker beside a page (feature `attribution`) |
//!
//! Without a feature only the pure rooms are compiled.

pub mod failure;
pub mod filters;
pub mod model;

#[cfg(feature = "browser")]
pub mod api;
#[cfg(feature = "attribution")]
pub mod attribution;
#[cfg(feature = "browser")]
pub mod json;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "browser")]
pub mod part;
#[cfg(feature = "browser")]
pub mod signs;
#[cfg(feature = "browser")]
pub mod state;
#[cfg(feature = "widget")]
pub mod widget;
#[cfg(feature = "console")]
pub mod worker;
