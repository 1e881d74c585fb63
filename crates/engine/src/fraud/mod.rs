//! Signs that a conversion was no honest one of its partner's. A sign is not a verdict: what is suspicious is held,
//! with what was seen, until somebody decides; no fact is changed for it.
//!
//! | room | charter |
//! |---|---|
//! | `rules` | how much is too much: the program's to say |
//! | `domain` | domains of e-mail addresses: shared by many, or thrown away |
//! | `sign` | what is suspected, of what, and what was seen |
//!
//! Each rule looks at counts and times that are given, and answers the same for the same. What is suspected has a key,
//! so that it is suspected once, however often the rules look.

mod domain;
mod rules;
mod sign;

pub use domain::{Disposable, domain_of};
use domain::{company_of, mailbox_of};
pub use rules::Rules;
pub use sign::{Evidence, Rule, Subject, Suspicion};

use crate::{
    id::{CustomerId, LinkId, PartnerId},
    time::Millis,
};

/// A customer, as far as the rules look.
#[derive(Debug, Clone, Default)]
pub struct Customer {
    /// Every e-mail address, lower case.
    pub emails: Vec<String>,
    /// When the customer became known, by whatever way.
    pub known: Option<Millis>,
    /// Sales: their key, and when.
    pub sales: Vec<(String, Millis)>,
}

/// What a partner has to do with a customer.
#[derive(Debug, Clone)]
pub struct Tie {
    /// The partner.
    pub partner: PartnerId,
    /// E-mail addresses of the partner's people, lower case.
    pub people: Vec<String>,
    /// When somebody of the partner's was seen in the portal with a browser that was the customer's, too.
    pub device: Option<Millis>,
    /// The partner's first touch, where it was a click or a visit.
    pub click: Option<Millis>,
    /// The first touch of anybody else's.
    pub others: Option<Millis>,
}

/// What is suspicious about a customer of a partner's.
#[must_use]
pub fn of_customer(
    id: CustomerId,
    customer: &Customer,
    tie: &Tie,
    rules: &Rules,
    disposable: &Disposable<'_>,
) -> Vec<Suspicion> {
    let mut found = Vec::new();
    let mut suspect = |subject, evidence| found.push(Suspicion { partner: tie.partner, subject, evidence });
    if rules.self_referral {
        let people: Vec<String> = tie.people.iter().map(|email| mailbox_of(email)).collect();
        let own = customer.emails.iter().find(|email| people.contains(&mailbox_of(email)));
        let company = || {
            let company = |email: &String| company_of(email, &rules.shared_domains);
            let people: Vec<String> = tie.people.iter().filter_map(company).collect();
            customer.emails.iter().filter_map(company).find(|domain| people.contains(domain))
        };
        if let Some(email) = own {
            suspect(Subject::Customer(id), Evidence::SameEmail { email: email.clone() });
        } else if let Some(domain) = company() {
            suspect(Subject::Customer(id), Evidence::SameDomain { domain });
        }
        if let Some(seen) = tie.device {
            suspect(Subject::Customer(id), Evidence::SameDevice { seen });
        }
    }
    if rules.disposable {
        let mut domains = customer.emails.iter().filter_map(|email| domain_of(email));
        if let Some(domain) = domains.find(|domain| disposable.holds(domain, rules)) {
            suspect(Subject::Customer(id), Evidence::DisposableDomain { domain: domain.to_owned() });
        }
    }
    if let (Some(seconds), Some(click)) = (rules.checkout_seconds, tie.click) {
        // Who was known before, or had come by another way, was at the checkout already.
        let known = [customer.known, tie.others].into_iter().flatten().min().filter(|known| *known < click);
        let right_after = |at: Millis| at >= click && at.0 - click.0 <= u64::from(seconds) * 1000;
        let sale = customer.sales.iter().filter(|(_, at)| right_after(*at)).min_by_key(|(key, at)| (*at, key));
        if let (Some(known), Some((key, at))) = (known, sale) {
            let evidence = Evidence::ClickAtCheckout { clicked: click, sold: *at, known };
            suspect(Subject::Sale { key: key.clone(), customer: id }, evidence);
        }
    }
    found
}

/// A day of a link of a partner's, that is over.
#[derive(Debug, Clone, Copy)]
pub struct LinkDay {
    /// The partner.
    pub partner: PartnerId,
    /// The link.
    pub link: LinkId,
    /// The day's first moment (UTC).
    pub from: Millis,
    /// Clicks, repeats included, known programs not.
    pub clicks: u64,
    /// The most of one visitor.
    pub busiest: u64,
    /// Visitors among them who became customers.
    pub customers: u64,
}

/// Whether a link was flooded with clicks that led nowhere, or by one visitor.
#[must_use]
pub fn of_link_day(day: &LinkDay, rules: &Rules) -> Option<Suspicion> {
    let LinkDay { partner, link, from, clicks, busiest, customers } = *day;
    let many = rules.flood_clicks.is_some_and(|least| clicks >= u64::from(least))
        && customers.saturating_mul(10_000) < clicks.saturating_mul(u64::from(rules.flood_customers));
    let one = rules.flood_visitor_clicks.is_some_and(|least| busiest >= u64::from(least));
    (many || one).then_some(Suspicion {
        partner,
        subject: Subject::LinkDay { link, from },
        evidence: Evidence::ClickFlood { clicks, busiest, customers },
    })
}

/// A month of a coupon of a partner's.
#[derive(Debug, Clone)]
pub struct CouponMonth {
    /// The partner.
    pub partner: PartnerId,
    /// The coupon.
    pub code: String,
    /// The month's first moment (UTC).
    pub from: Millis,
    /// The next month's.
    pub until: Millis,
    /// Customers who used it.
    pub redemptions: u64,
    /// Those of them whom the partner never brought: who have no other touch of the partner's.
    pub untouched: u64,
    /// Those of them who had come by another way before.
    pub elsewhere: u64,
}

/// Whether a coupon is used by those whom the partner did not bring: it stands somewhere where everybody finds it.
#[must_use]
pub fn of_coupon_month(month: &CouponMonth, rules: &Rules) -> Option<Suspicion> {
    let CouponMonth { partner, code, from, until, redemptions, untouched, elsewhere } = month.clone();
    let leaked = rules.leak_redemptions.is_some_and(|least| redemptions >= u64::from(least))
        && untouched.saturating_mul(100) >= redemptions.saturating_mul(u64::from(rules.leak_percent));
    leaked.then_some(Suspicion {
        partner,
        subject: Subject::CouponMonth { code, from, until },
        evidence: Evidence::CouponLeak { redemptions, untouched, elsewhere },
    })
}

#[cfg(test)]
mod tests;
