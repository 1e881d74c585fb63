//! The vocabulary of the log: what can have happened. Names are those of the catalogue of figures.
//!
//! Every kind has one written word ([`TouchKind::word`] and its like), used in requests, in the store and on the page.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The written word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The value with this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }
    };
}

words! {
    /// What a touch was.
    TouchKind {
        /// A click on a tracked link.
        Click = "click",
        /// A visit of a landing page that no tracked click led to.
        Landing = "landing",
        /// A coupon that was shown or redeemed.
        Coupon = "coupon",
        /// A click on a marketplace listing.
        Listing = "listing",
        /// The partner brought the parties together.
        Introduction = "introduction",
        /// The partner helped to sell.
        CoSell = "co_sell",
        /// The partner registered the deal.
        DealRegistration = "deal_registration",
        /// An e-mail of the partner was opened or clicked.
        Email = "email",
        /// A webinar with the partner was attended.
        Webinar = "webinar",
        /// A joint asset was read.
        Asset = "asset",
    }
}

impl TouchKind {
    /// Whether the touch is a recorded part in a deal that is under way: what makes a win assisted.
    #[must_use]
    pub const fn assists(self) -> bool {
        matches!(self, Self::Introduction | Self::CoSell | Self::DealRegistration)
    }
}

words! {
    /// By what a visitor came, where a page of the vendor's own told.
    Channel {
        /// Nothing that left a trace: [`crate::log::DIRECT`].
        Direct = "direct",
        /// A search engine, paid or not.
        Search = "search",
        /// A social network, paid or not.
        Social = "social",
        /// An e-mail.
        Email = "email",
        /// A partner.
        Partner = "partner",
        /// Another site.
        Other = "other",
    }
}

words! {
    /// Whether a recorded touch may count at all, or why not: decided when it was recorded.
    Mark {
        /// It may.
        Counted = "counted",
        /// A crawler, a link preview or a monitor.
        Bot = "bot",
        /// The same visitor and link within the hour.
        Duplicate = "duplicate",
        /// A browser that fetched ahead of a click.
        Prefetch = "prefetch",
        /// The partner and the customer are one.
        SelfReferral = "self_referral",
        /// The visitor refused.
        NoConsent = "no_consent",
        /// The link was paused, retired, expired or had had its clicks.
        Ended = "ended",
        /// The coupon did not hold: its time, or its product.
        InvalidCoupon = "invalid_coupon",
    }
}

words! {
    /// A step of a customer's way to a win, or to a loss.
    MilestoneKind {
        /// A lead was created.
        LeadCreated = "lead.created",
        /// The lead was found to be worth pursuing.
        LeadQualified = "lead.qualified",
        /// An opportunity was opened.
        OpportunityOpened = "opportunity.opened",
        /// The opportunity moved to another stage.
        OpportunityStage = "opportunity.stage",
        /// It was won.
        OpportunityWon = "opportunity.won",
        /// It was lost.
        OpportunityLost = "opportunity.lost",
    }
}

words! {
    /// What kind of revenue an amount is.
    RevenueKind {
        /// The first of a customer.
        New = "new",
        /// The same again.
        Renewal = "renewal",
        /// More, of whatever kind.
        Expansion = "expansion",
        /// Given back, in full or in part; a chargeback too.
        Refund = "refund",
        /// More of the same product, or a higher tier.
        Upsell = "upsell",
        /// Another product.
        CrossSell = "cross_sell",
    }
}

impl RevenueKind {
    /// Whether a known customer bought more.
    #[must_use]
    pub const fn expands(self) -> bool {
        matches!(self, Self::Expansion | Self::Upsell | Self::CrossSell)
    }
}

words! {
    /// How a partner was found.
    JoinSource {
        /// By the program itself: its site, its people.
        Own = "own",
        /// Another partner brought it.
        Referral = "referral",
        /// A partner network or marketplace.
        Network = "network",
        /// Approached by the program.
        Outreach = "outreach",
    }
}

words! {
    /// What people of a partner did.
    ActivityKind {
        /// Signed in to the portal.
        Login = "login",
        /// Took part in a training.
        Training = "training",
        /// Was certified.
        Certification = "certification",
        /// Met for a session.
        Session = "session",
        /// Used the sandbox.
        Sandbox = "sandbox",
    }
}

words! {
    /// What money went out for.
    CostKind {
        /// What it costs to deliver what was sold: cost of revenue.
        Revenue = "revenue",
        /// The partner program: people, tools, funds.
        Program = "program",
        /// Everything else that wins customers.
        Acquisition = "acquisition",
    }
}

words! {
    /// What a customer did with an integration.
    UsageKind {
        /// Installed it, or switched it on.
        Installed = "installed",
        /// Finished setting it up.
        Onboarded = "onboarded",
        /// Tried to run it.
        Attempted = "attempted",
        /// Ran it with success.
        Used = "used",
        /// Used a feature that costs nothing more.
        FeatureUsed = "feature_used",
        /// Used a feature that is paid for.
        PaidFeatureUsed = "paid_feature_used",
        /// Removed it.
        Uninstalled = "uninstalled",
    }
}

words! {
    /// What a survey asked.
    SurveyKind {
        /// Would you recommend us? 0–10.
        Nps = "nps",
        /// Are you satisfied? 1–5.
        Csat = "csat",
    }
}

words! {
    /// What people did with a joint campaign.
    CampaignKind {
        /// It was sent to them.
        Sent = "sent",
        /// They opened it.
        Opened = "opened",
        /// They clicked in it.
        Clicked = "clicked",
        /// They registered for the event.
        Registered = "registered",
        /// They attended it.
        Attended = "attended",
    }
}

words! {
    /// A joint work.
    AssetKind {
        /// A customer's story.
        CaseStudy = "case_study",
        /// A post.
        Post = "post",
        /// A paper or an article elsewhere.
        Publication = "publication",
        /// A webinar.
        Webinar = "webinar",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        assert!(TouchKind::ALL.iter().all(|k| TouchKind::from_word(k.word()) == Some(*k)));
        assert!(Mark::ALL.iter().all(|k| Mark::from_word(k.word()) == Some(*k)));
        assert!(MilestoneKind::ALL.iter().all(|k| MilestoneKind::from_word(k.word()) == Some(*k)));
        assert!(RevenueKind::ALL.iter().all(|k| RevenueKind::from_word(k.word()) == Some(*k)));
        assert_eq!(TouchKind::from_word("Click"), None);
        assert_eq!(Channel::Direct.word(), crate::log::DIRECT);
    }
}
