//! Attribution from recorded facts: facts in, figures out.
//!
//! In scope: the vocabulary of the log, its columnar form, journeys, credit, classes and figures, and the pure decisions
//! of the edge (where a link leads, whether a visit counts). Out of scope: I/O, clocks, randomness, HTTP, storage: `now`
//! and random bytes come in as arguments, effects go out as values. The crate cannot know where it runs, and gives the
//! same bits natively, in the Worker and in the browser.
//!
//! | module | charter |
//! |---|---|
//! | [`id`] | identifiers of fixed length, one type a noun |
//! | [`money`] | integer minor units, currencies, exact split |
//! | [`time`] | UTC seconds, days, months, windows |
//! | [`period`] | periods of a calendar in a time zone |
//! | [`text`] | slug, coupon, UTM: normalised on construction |
//! | [`coupon`] | whether a coupon holds |
//! | [`deal`] | a registered deal's life, and whom it is of |
//! | [`link`] | a tracked link and where it leads |
//! | [`visit`] | who asks: prefetch, consent |
//! | [`bot`] | programs among the visitors, by their user agents |
//! | [`fact`] | the vocabulary of the log |
//! | [`log`] | the facts in columns, interned |
//! | [`journey`] | touches of a customer in order, stitched |
//! | [`policy`] | model and window by kind of revenue |
//! | [`credit`] | one model a file; conserved splits |
//! | [`classify`] | sourced, assisted, influenced |
//! | [`explain`] | why a touch counts, and what it earned |
//! | [`figure`] | a number with its unit, policy, window and evidence |
//! | [`commission`] | what partners are paid for it |
//! | [`kpi`] | the catalogue: one definition a figure |
//! | [`cohort`] | customers by what partners have to do with them |
//! | [`holding`] | who has which integration, and when |
//! | [`compare`] | two answers side by side, by partner |
//! | [`fraud`] | signs that a conversion was no honest one |
//! | [`stat`] | intervals and medians |
//! | [`scope`] | what one partner may see of a log |

pub mod bot;
pub mod classify;
pub mod cohort;
pub mod commission;
pub mod compare;
pub mod coupon;
pub mod credit;
pub mod deal;
pub mod explain;
pub mod fact;
pub mod figure;
pub mod fraud;
pub mod holding;
pub mod id;
pub mod journey;
pub mod kpi;
pub mod link;
pub mod log;
pub mod money;
mod order;
mod parallel;
pub mod period;
pub mod policy;
pub mod scope;
pub mod stat;
mod steps;
pub mod text;
pub mod time;
pub mod visit;
