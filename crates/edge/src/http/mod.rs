//! Handlers, one noun a file, thin: they read a request, ask a store or the engine, and shape the answer.

pub mod body;
pub mod capture;
pub mod cors;
pub mod coupons;
pub mod destination;
pub mod embed;
pub mod facts;
pub mod feed;
pub mod filing;
pub mod guard;
pub mod health;
pub mod hooks;
pub mod landing;
pub mod landing_pages;
pub mod links;
pub mod pages;
pub mod partners;
pub mod program;
pub mod qr;
pub mod redirect;
pub mod setup;
pub mod sign_in;
pub mod track;
pub mod visitor;
