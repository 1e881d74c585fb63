//! What looks like fraud, as the server tells of it: in plain words, with what was seen.

/// The states that can be chosen, the first at first: what is asked for, and its name.
pub const STATES: [(&str, &str); 4] =
    [("held", "Waiting for a decision"), ("cleared", "Cleared"), ("confirmed", "Confirmed"), ("", "All")];

/// A suspicion. A text that is not there is empty; times are as they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suspicion {
    /// Identifier.
    pub id: String,
    /// What the next decision must name.
    pub version: i64,
    /// The rule that says so, as the server calls it.
    pub rule: String,
    /// `held`, `cleared` or `confirmed`.
    pub state: String,
    /// Identifier of the partner whose commission is held.
    pub partner: String,
    /// Identifier of the customer, all of whose sales it is about, or whose the one is.
    pub customer: String,
    /// Key of the one sale.
    pub sale: String,
    /// The coupon whose customers it is about.
    pub coupon: String,
    /// Identifier of the link whose customers it is about.
    pub link: String,
    /// What was seen: words, and times as they are shown.
    pub words: Vec<(&'static str, String)>,
    /// What was counted.
    pub counts: Vec<(&'static str, i64)>,
    /// From when, of a coupon or a link.
    pub since: String,
    /// Why it was decided so.
    pub reason: String,
    /// Who decided.
    pub decided_by: String,
    /// When.
    pub decided_at: String,
    /// When it was first suspected.
    pub created_at: String,
}

impl Suspicion {
    /// What is suspected, in a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self.rule.as_str() {
            "self_referral_email" => "The customer is the partner",
            "self_referral_domain" => "The customer is of the partner\u{2019}s company",
            "self_referral_device" => "The customer used the partner\u{2019}s browser",
            "disposable_domain" => "A throw-away address",
            "coupon_leak" => "A coupon that stands in public",
            "click_flood" => "A flood of clicks",
            "click_at_checkout" => "A click at the checkout",
            _ => "Something unusual",
        }
    }

    /// Why it is suspected: what was seen, in plain words.
    #[must_use]
    pub fn why(&self) -> String {
        let word = |name: &str| {
            let found = self.words.iter().find(|(known, _)| *known == name).map(|(_, word)| word.clone());
            // Who may not see customers is not told their addresses.
            found.unwrap_or_else(|| "(not shown to you)".to_owned())
        };
        let count = |name: &str| self.counts.iter().find(|(known, _)| *known == name).map_or(0, |(_, n)| *n);
        match self.rule.as_str() {
            "self_referral_email" => {
                format!("The customer\u{2019}s address {} is one of the partner\u{2019}s people.", word("email"))
            }
            "self_referral_domain" => {
                format!(
                    "The customer\u{2019}s address is at {}, and so are the partner\u{2019}s people.",
                    word("domain")
                )
            }
            "self_referral_device" => format!(
                "The browser with which the customer came was signed in to the partner\u{2019}s portal on {}.",
                word("seen")
            ),
            "disposable_domain" => format!(
                "The customer\u{2019}s address is at {}, where everybody gets an address for minutes.",
                word("domain")
            ),
            "coupon_leak" => format!(
                "{} customers used the coupon within a month. {} of them the partner never brought otherwise, and {} had come by another way before.",
                count("redemptions"),
                count("untouched"),
                count("elsewhere")
            ),
            "click_flood" => format!(
                "The link had {} clicks in a day, up to {} of one visitor, and {} of the visitors became customers.",
                count("clicks"),
                count("busiest"),
                count("customers")
            ),
            "click_at_checkout" => format!(
                "The customer was there from {} on. The partner\u{2019}s first click came on {}, and the sale on {}.",
                word("known"),
                word("clicked"),
                word("sold")
            ),
            _ => String::new(),
        }
    }

    /// Which commission is held for it.
    #[must_use]
    pub fn about(&self) -> String {
        if !self.sale.is_empty() {
            let key = self.sale.strip_prefix("invoice:").unwrap_or(&self.sale);
            format!("Commission for the sale {key}")
        } else if !self.coupon.is_empty() {
            format!(
                "Commission for sales with the coupon {}, of whom the partner did not bring, in the month from {}",
                self.coupon, self.since
            )
        } else if !self.link.is_empty() {
            format!("Commission for sales to those who clicked the link on {}", self.since)
        } else {
            "Commission for every sale to this customer".to_owned()
        }
    }

    /// Its state in words, and the class of its badge.
    #[must_use]
    pub fn standing(&self) -> (&'static str, &'static str) {
        match self.state.as_str() {
            "cleared" => ("Cleared", "badge assisted"),
            "confirmed" => ("Confirmed", "badge none"),
            _ => ("Held", "badge own"),
        }
    }

    /// What can be asked of the commissions that it is about; `None` where only those of the partner can be asked for.
    #[must_use]
    pub fn narrow(&self) -> Option<(&'static str, String)> {
        match (self.sale.strip_prefix("invoice:"), self.customer.as_str()) {
            (Some(invoice), _) => Some(("invoiceId", invoice.to_owned())),
            (None, "") => None,
            (None, customer) => Some(("customerId", customer.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_told_in_words() {
        for rule in engine::fraud::Rule::ALL {
            let one = Suspicion { rule: rule.word().into(), ..Suspicion::default() };
            assert!(!one.why().is_empty() && one.title() != "Something unusual", "{}", rule.word());
        }
    }

    #[test]
    fn what_was_seen_stands_in_the_words() {
        let one = Suspicion {
            rule: "click_flood".into(),
            link: "l".into(),
            since: "3 Oct 2026".into(),
            counts: vec![("clicks", 5_000), ("busiest", 70), ("customers", 1)],
            ..Suspicion::default()
        };
        assert_eq!(
            one.why(),
            "The link had 5000 clicks in a day, up to 70 of one visitor, and 1 of the visitors became customers."
        );
        assert!(one.about().ends_with("clicked the link on 3 Oct 2026"));
        assert_eq!(one.narrow(), None);
        let blind = Suspicion { rule: "self_referral_email".into(), customer: "c".into(), ..Suspicion::default() };
        assert!(blind.why().contains("not shown to you"));
        assert_eq!(blind.narrow(), Some(("customerId", "c".to_owned())));
        let sale = Suspicion { sale: "invoice:in_1".into(), ..blind };
        assert_eq!(
            (sale.about().as_str(), sale.narrow()),
            ("Commission for the sale in_1", Some(("invoiceId", "in_1".into())))
        );
    }
}
