//! Sales: from the click to the win, and what it brought.
//!
//! Where no word is said about it, a figure is that of the partner, group, link or campaign that is asked for, within
//! the period; wins and revenue are influenced by the integration that is asked for where customers use it at the
//! close.

pub(super) mod clicks;
mod concentration;
mod funnel;
pub(crate) mod goals;
mod growth;
pub(super) mod leads;
mod opportunities;
mod paths;
mod recurring;
pub(super) mod revenue;
pub(super) mod wins;

pub(super) use goals::attainments;
pub use goals::{Attainment, agreed};
pub use paths::by_listing;

use super::Definition;

/// The definitions, in the order of the catalogue.
pub const DEFINITIONS: &[Definition] = &[
    clicks::CLICKS,
    clicks::VISITORS,
    leads::LEADS,
    leads::QUALIFIED_LEADS,
    opportunities::REGISTERED_DEALS,
    opportunities::ACTIVE_DEALS,
    opportunities::SOURCED,
    opportunities::INFLUENCED,
    wins::WINS_SOURCED,
    wins::WINS_ASSISTED,
    wins::WINS_INFLUENCED,
    wins::LOSSES_SOURCED,
    wins::LOSSES_ASSISTED,
    wins::LOSSES_INFLUENCED,
    revenue::SOURCED,
    revenue::ASSISTED,
    revenue::INFLUENCED,
    revenue::ATTRIBUTED,
    recurring::ARR,
    recurring::MRR,
    funnel::FUNNEL,
    wins::WIN_RATE,
    leads::LEAD_TO_OPPORTUNITY,
    wins::DEAL_SIZE,
    wins::SALES_CYCLE,
    wins::FIRST_SALE,
    growth::MONTH_ON_MONTH,
    growth::YEAR_ON_YEAR,
    goals::ATTAINMENT,
    concentration::TOP_1,
    concentration::TOP_5,
    concentration::TOP_20,
    concentration::HERFINDAHL,
    paths::LISTINGS,
    paths::JOURNEYS,
];
