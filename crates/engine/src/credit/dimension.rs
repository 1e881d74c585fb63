//! By what credit is added up: whatever a touch carries.

use serde::{Deserialize, Serialize};

use crate::{
    fact::TouchKind,
    log::{Log, NONE, Numbers},
};

/// What a touch carries and a figure may be broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Partner.
    Partner,
    /// Tracked link.
    Link,
    /// Channel.
    Channel,
    /// Campaign.
    Campaign,
    /// Landing page.
    Page,
    /// Marketplace listing: the link of a touch of that kind.
    Listing,
    /// Coupon.
    Coupon,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Self; 7] =
        [Self::Partner, Self::Link, Self::Channel, Self::Campaign, Self::Page, Self::Listing, Self::Coupon];

    /// The name on a page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Partner => "Partner",
            Self::Link => "Link",
            Self::Channel => "Channel",
            Self::Campaign => "Campaign",
            Self::Page => "Landing page",
            Self::Listing => "Listing",
            Self::Coupon => "Coupon",
        }
    }

    /// The column of touches that holds it. For listings it is that of links: [`Dimension::of`] tells them apart.
    #[must_use]
    pub fn column(self, log: &Log) -> &Numbers {
        let t = &log.touches;
        match self {
            Self::Partner => &t.partner,
            Self::Link | Self::Listing => &t.link,
            Self::Channel => &t.channel,
            Self::Campaign => &t.campaign,
            Self::Page => &t.page,
            Self::Coupon => &t.coupon,
        }
    }

    /// What a touch carries, or [`NONE`].
    ///
    /// # Panics
    /// If the log has no such touch.
    #[must_use]
    pub fn of(self, log: &Log, touch: u32) -> u32 {
        if self == Self::Listing && log.touches.kind[touch as usize] != TouchKind::Listing {
            return NONE;
        }
        self.column(log)[touch as usize]
    }

    /// How many units the log knows.
    #[must_use]
    pub fn len(self, log: &Log) -> usize {
        match self {
            Self::Partner => log.partners.len(),
            Self::Link | Self::Listing => log.links.len(),
            Self::Channel => log.channels.len(),
            Self::Campaign => log.campaigns.len(),
            Self::Page => log.pages.len(),
            Self::Coupon => log.coupons.len(),
        }
    }
}
