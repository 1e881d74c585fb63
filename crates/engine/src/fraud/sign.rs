//! What is suspected, of what, and what was seen.

use core::fmt;

use serde::Serialize;

use crate::{
    id::{CustomerId, LinkId, PartnerId},
    time::Millis,
};

/// A rule that something breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The customer has an e-mail address of the partner's people.
    SelfReferralEmail,
    /// The customer's address is at the company of the partner's people.
    SelfReferralDomain,
    /// The customer's browser is one that the partner's people used.
    SelfReferralDevice,
    /// The customer's address is a disposable one.
    DisposableDomain,
    /// A coupon is used by those whom the partner did not bring.
    CouponLeak,
    /// A link has more clicks than people can make, or than lead anywhere.
    ClickFlood,
    /// The partner's first click came when the customer was about to pay.
    ClickAtCheckout,
}

impl Rule {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::SelfReferralEmail,
        Self::SelfReferralDomain,
        Self::SelfReferralDevice,
        Self::DisposableDomain,
        Self::CouponLeak,
        Self::ClickFlood,
        Self::ClickAtCheckout,
    ];

    /// The word that is stored and shown.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SelfReferralEmail => "self_referral_email",
            Self::SelfReferralDomain => "self_referral_domain",
            Self::SelfReferralDevice => "self_referral_device",
            Self::DisposableDomain => "disposable_domain",
            Self::CouponLeak => "coupon_leak",
            Self::ClickFlood => "click_flood",
            Self::ClickAtCheckout => "click_at_checkout",
        }
    }
}

/// What a suspicion is about: which sales of the partner's it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Every sale of a customer.
    Customer(CustomerId),
    /// One sale.
    Sale {
        /// Its key.
        key: String,
        /// Whose.
        customer: CustomerId,
    },
    /// Sales of those whom the partner did not bring and who used the coupon in a month.
    CouponMonth {
        /// The coupon.
        code: String,
        /// The month's first moment.
        from: Millis,
        /// The next month's.
        until: Millis,
    },
    /// Sales of those who clicked a link on a day.
    LinkDay {
        /// The link.
        link: LinkId,
        /// The day's first moment.
        from: Millis,
    },
}

/// What was seen. Times are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Evidence {
    /// [`Rule::SelfReferralEmail`].
    SameEmail {
        /// The customer's address: the mailbox of both.
        email: String,
    },
    /// [`Rule::SelfReferralDomain`].
    SameDomain {
        /// The domain that both are at or under.
        domain: String,
    },
    /// [`Rule::SelfReferralDevice`].
    SameDevice {
        /// When the browser was first seen signed in for the partner.
        seen: Millis,
    },
    /// [`Rule::DisposableDomain`].
    DisposableDomain {
        /// The domain.
        domain: String,
    },
    /// [`Rule::CouponLeak`].
    CouponLeak {
        /// Customers who used it in the month.
        redemptions: u64,
        /// Those whom the partner did not bring.
        untouched: u64,
        /// Those who had come by another way before.
        elsewhere: u64,
    },
    /// [`Rule::ClickFlood`].
    ClickFlood {
        /// Clicks of the day.
        clicks: u64,
        /// The most of one visitor.
        busiest: u64,
        /// Visitors who became customers.
        customers: u64,
    },
    /// [`Rule::ClickAtCheckout`].
    ClickAtCheckout {
        /// When the partner's first click was.
        clicked: Millis,
        /// When the sale was.
        sold: Millis,
        /// Since when the customer was there.
        known: Millis,
    },
}

impl Evidence {
    /// The rule that it is for.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        match self {
            Self::SameEmail { .. } => Rule::SelfReferralEmail,
            Self::SameDomain { .. } => Rule::SelfReferralDomain,
            Self::SameDevice { .. } => Rule::SelfReferralDevice,
            Self::DisposableDomain { .. } => Rule::DisposableDomain,
            Self::CouponLeak { .. } => Rule::CouponLeak,
            Self::ClickFlood { .. } => Rule::ClickFlood,
            Self::ClickAtCheckout { .. } => Rule::ClickAtCheckout,
        }
    }
}

/// Something that is suspected. Its key is its written form: what has the same key is the same suspicion, whatever is
/// seen of it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// Whose commission is held.
    pub partner: PartnerId,
    /// Of which sales.
    pub subject: Subject,
    /// Why.
    pub evidence: Evidence,
}

impl fmt::Display for Suspicion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.evidence.rule().word(), self.partner)?;
        match &self.subject {
            Subject::Customer(id) => write!(f, "{id}"),
            Subject::Sale { key, .. } => write!(f, "{key}"),
            Subject::CouponMonth { code, from, .. } => write!(f, "{code} {}", from.0),
            Subject::LinkDay { link, from } => write!(f, "{link} {}", from.0),
        }
    }
}
