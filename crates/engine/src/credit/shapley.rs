//! Shapley value, with v(S) = conversions of journeys whose set of units lies in S: hence each conversion is shared equally
//! by the distinct units of its journey (Zhao, Mahboobi, Bagheri 2018, arXiv 1804.05327).

use super::{Cases, Dimension};
use crate::{
    log::{Log, NONE},
    policy::Policies,
};

/// The share of each unit in all conversions; the last is that of touches that carry nothing.
pub(super) fn shares(log: &Log, cases: &Cases, policies: &Policies, by: Dimension) -> Vec<f64> {
    let units = by.len(log) + 1;
    let mut shares = vec![0.0; units];
    let mut seen: Vec<usize> = Vec::new();
    let mut total = 0u64;
    for case in cases.iter(log, policies) {
        seen.clear();
        for touch in case.touches {
            let unit = match by.of(log, *touch) {
                NONE => units - 1,
                unit => unit as usize,
            };
            if !seen.contains(&unit) {
                seen.push(unit);
            }
        }
        let part = 1.0 / seen.len() as f64;
        for unit in &seen {
            shares[*unit] += part;
        }
        total += 1;
    }
    for share in &mut shares {
        *share /= total.max(1) as f64;
    }
    shares
}
