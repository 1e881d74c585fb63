//! What partners are paid: from credits to commission, line by line, and to monthly statements.
//!
//! | room | charter |
//! |---|---|
//! | `terms` | what was agreed: versions of rules, valid by construction |
//! | `ratio` | the one division, and how it is rounded |
//! | `accrual` | one line for each sale or refund and partner, and why |
//! | `book` | how the lines come about, in the order of time |
//! | `review` | sales that are looked into before they are paid |
//! | `explain` | the arithmetic of a line, step by step |
//! | `statement` | months: opening, earned, clawed back, paid, closing |
//! | `ledger` | the commission of each sale as one sum, each adjustment, and how far they have come |
//! | `close` | months that are closed: what was stated stays, and what turns out otherwise stands in the next |
//!
//! **What decides.** A sale is judged by the version of the terms in force when it happened; of that, the first rule
//! that fits the partner's group at that time, the product, the kind, the currency and the customer's age. What is
//! later taken back is taken back at the very rate that paid.
//!
//! **Who gets what.** A partner's commission follows from the partner's own credit. A flat amount and a cap per sale
//! belong to the whole sale: partners who share the sale share them in proportion to their credit.
//!
//! **Only the past counts.** Volume and caps look at what happened before the sale, net of what had been taken back by
//! then. A later refund changes its own sale and no other; so a fact that comes late changes nothing before its own
//! time.
//!
//! **Rounding.** Exact until the end, then to the nearest minor unit, half a unit up, so that the parts of partners who
//! share a sale at one rate add up to the commission of the whole (`ratio`).
//!
//! **By hand** what was agreed beside the terms is added, or taken back: an adjustment is a fact of its own, with its
//! reason. It is approved when it is dated, is of no sale, and so fills neither tiers nor caps.
//!
//! Money of different currencies is never added.

mod accrual;
pub mod away;
mod book;
pub mod close;
mod explain;
mod ledger;
mod ratio;
mod review;
mod statement;
mod terms;

pub use accrual::{Accrual, Accruals, Cap, Grounds, Verdict};
pub use explain::Step;
pub use ledger::{Commission, Source, Stage};
pub use ratio::Ratio;
pub use review::{Review, Reviews};
pub use statement::{Account, Movement, Statement};
pub use terms::{Caps, Draft, Pay, Rate, Rule, Terms, Tier, Tiering, Version};
