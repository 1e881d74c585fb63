//! Every byte that crosses a process.
//!
//! In scope: request and response types, tokens, cookies, the feed, problem codes and paths, each with its reading and its
//! writing side by side, so that edge and ui cannot disagree. Out of scope: transport, storage, and what any of it means.
//!
//! Formats that are stored or cached (tokens, cookies, the feed) begin with a version; older versions keep decoding, and
//! the golden files under `tests/vectors` only grow.

pub mod access;
pub mod account;
pub mod application;
pub mod arrays;
pub mod capture;
pub mod color;
pub mod cookie;
pub mod coupon;
pub mod csv;
pub mod deal;
pub mod dub;
pub mod fact;
pub mod feed;
pub mod fraud;
pub mod import;
pub mod link;
pub mod mail;
pub mod page;
pub mod path;
pub mod policy;
pub mod problem;
pub mod referral;
pub mod settings;
pub mod statement;
pub mod stripe;
pub mod token;
pub mod versioned;
pub mod view;
pub mod webhook;
