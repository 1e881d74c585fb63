//! Economics: what partners cost, what they bring, and when it pays.
//!
//! Ratios and money are exact fractions of integers, rounded once to the nearest millionth or minor unit, halves away
//! from 0 ([`crate::stat::divide`]).

mod commission;
mod cost;
mod returns;
mod unit;
mod value;

use super::{Chapter, Definition, Measure, needs};

const COMMISSION: &str = "commission earned, approved, paid, clawed back";
const PER: &str = "cost per click / lead / acquisition";
const RETURN: &str = "ROI, ROAS";

/// The definitions, in the order of the catalogue.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        id: "commission_earned",
        label: "Commission earned",
        chapter: Chapter::Economics,
        row: COMMISSION,
        measure: Measure::Money,
        formula: "Commission of the sales of the period by the rules in force at each sale, and what was added by hand; \
                  of a link or a campaign, of the sales alone the part that the credit of its touches has in the \
                  partner's.",
        needs: &[needs::EARNING, needs::TERMS],
        compute: commission::earned,
    },
    Definition {
        id: "commission_approved",
        label: "Commission approved",
        chapter: Chapter::Economics,
        row: COMMISSION,
        measure: Measure::Money,
        formula: "Commission whose hold ended in the period, less what was taken back of it.",
        needs: &[needs::EARNING, needs::TERMS],
        compute: commission::approved,
    },
    Definition {
        id: "commission_paid",
        label: "Commission paid",
        chapter: Chapter::Economics,
        row: COMMISSION,
        measure: Measure::Money,
        formula: "Commission that was paid out in the period, whatever link or campaign earned it.",
        needs: &[needs::PAYOUT],
        compute: commission::paid,
    },
    Definition {
        id: "commission_clawed_back",
        label: "Commission clawed back",
        chapter: Chapter::Economics,
        row: COMMISSION,
        measure: Measure::Money,
        formula: "Commission that refunds of the period took back, at the rate that the sale paid, or somebody by hand.",
        needs: &[needs::EARNING, needs::TERMS],
        compute: commission::clawed_back,
    },
    Definition {
        id: "cost_per_click",
        label: "Cost per click",
        chapter: Chapter::Economics,
        row: PER,
        measure: Measure::Money,
        formula: "Partner cost ÷ counted clicks. Partner cost: commission earned, costs of the program, and spend on \
                  campaigns that no other partner took part in.",
        needs: &[needs::COST, needs::CLICK],
        compute: unit::per_click,
    },
    Definition {
        id: "cost_per_lead",
        label: "Cost per lead",
        chapter: Chapter::Economics,
        row: PER,
        measure: Measure::Money,
        formula: "Partner cost ÷ leads created in the period whom partners sourced.",
        needs: &[needs::COST, needs::LEAD],
        compute: unit::per_lead,
    },
    Definition {
        id: "cost_per_acquisition",
        label: "Cost per acquisition",
        chapter: Chapter::Economics,
        row: PER,
        measure: Measure::Money,
        formula: "Partner cost ÷ new customers: those whom partners sourced and who first bought in the period.",
        needs: &[needs::COST, needs::REVENUE],
        compute: unit::per_acquisition,
    },
    Definition {
        id: "earnings_per_click",
        label: "Earnings per click",
        chapter: Chapter::Economics,
        row: "earnings per click",
        measure: Measure::Money,
        formula: "Commission earned in the period, less what was clawed back, ÷ counted clicks.",
        needs: &[needs::CLICK, needs::REVENUE, needs::TERMS],
        compute: unit::earnings_per_click,
    },
    Definition {
        id: "link_conversion_rate",
        label: "Conversion rate of links",
        chapter: Chapter::Economics,
        row: "conversion rate of a link",
        measure: Measure::Rate,
        formula: "Sales of new business in the period that the model credits, in full or in part, to a click on a link \
                  ÷ counted clicks of the period.",
        needs: &[needs::CLICK, needs::REVENUE],
        compute: unit::link_conversion,
    },
    Definition {
        id: "roi",
        label: "Return on investment",
        chapter: Chapter::Economics,
        row: RETURN,
        measure: Measure::Ratio,
        formula: "(Attributed revenue × gross margin − partner cost) ÷ partner cost.",
        needs: &[needs::COST, needs::REVENUE],
        compute: returns::roi,
    },
    Definition {
        id: "roas",
        label: "Return on spend",
        chapter: Chapter::Economics,
        row: RETURN,
        measure: Measure::Ratio,
        formula: "Attributed revenue ÷ partner cost.",
        needs: &[needs::COST, needs::REVENUE],
        compute: returns::roas,
    },
    Definition {
        id: "gross_margin",
        label: "Gross margin",
        chapter: Chapter::Economics,
        row: "gross margin",
        measure: Measure::Ratio,
        formula: "(Revenue − cost of revenue) ÷ revenue of the whole program, net of refunds.",
        needs: &[needs::COST, needs::REVENUE],
        compute: returns::gross_margin,
    },
    Definition {
        id: "customer_acquisition_cost",
        label: "Customer acquisition cost",
        chapter: Chapter::Economics,
        row: "customer acquisition cost",
        measure: Measure::Money,
        formula: "Partner cost ÷ customers sourced who first bought in the period. Beside other channels: other costs \
                  of acquisition and spend on campaigns without a partner ÷ new customers whom no partner sourced.",
        needs: &[needs::COST, needs::REVENUE],
        compute: unit::acquisition_cost,
    },
    Definition {
        id: "arpa",
        label: "Revenue per account",
        chapter: Chapter::Economics,
        row: "ARPA",
        measure: Measure::Money,
        formula: "Revenue of the period, net of refunds, ÷ accounts active in it. An account is active while what it \
                  paid for lasts: the months of the interval from the date of an amount, or that date alone where it \
                  is paid once, unless the account churned before.",
        needs: &[needs::REVENUE],
        compute: value::arpa,
    },
    Definition {
        id: "lifetime_value",
        label: "Lifetime value",
        chapter: Chapter::Economics,
        row: "lifetime value",
        measure: Measure::Money,
        formula: "Revenue per account × gross margin ÷ churn rate, each of the period. Churn rate: accounts that \
                  churned in the period ÷ accounts active when it began. Cohorts as they stood when the period began, \
                  of new customers as at its end.",
        needs: &[needs::REVENUE, needs::COST, needs::CHURN],
        compute: value::lifetime_value,
    },
    Definition {
        id: "payback",
        label: "Months to payback",
        chapter: Chapter::Economics,
        row: "payback",
        measure: Measure::Count,
        formula: "Whole months, from the first cost or sale of the period, until the cumulated margin (revenue × gross \
                  margin) of the customers sourced in the period exceeds the partner cost of the period.",
        needs: &[needs::COST, needs::REVENUE],
        compute: returns::payback,
    },
];
