//! How much is too much.

use serde::{Deserialize, Serialize};

/// What the program holds to be suspicious. A bound that is `null` switches its rule off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Rules {
    /// Whether a customer may not share an address, a company's domain or a browser with the partner's people.
    pub self_referral: bool,
    /// Whether a customer's address may not be a disposable one.
    pub disposable: bool,
    /// Further domains of disposable addresses; at most 1000.
    pub disposable_domains: Vec<String>,
    /// Further domains that many share, as those of free mail: neither a company's nor disposable; at most 1000.
    pub shared_domains: Vec<String>,
    /// A sale within so many seconds of the partner's first click, of a customer who was there before it; 1 to 3600.
    pub checkout_seconds: Option<u32>,
    /// So many clicks of a link in a day, 100 to 10000000, with fewer customers than `floodCustomers` of 10000.
    pub flood_clicks: Option<u32>,
    /// See `floodClicks`; 1 to 10000.
    pub flood_customers: u32,
    /// So many clicks of one visitor on a link in a day; 5 to 100000.
    pub flood_visitor_clicks: Option<u32>,
    /// So many customers with a coupon in a month, 2 to 100000, of whom the partner did not bring `leakPercent` or more.
    pub leak_redemptions: Option<u32>,
    /// See `leakRedemptions`; 1 to 100.
    pub leak_percent: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            self_referral: true,
            disposable: true,
            disposable_domains: Vec::new(),
            shared_domains: Vec::new(),
            checkout_seconds: Some(60),
            flood_clicks: Some(2_000),
            flood_customers: 2,
            flood_visitor_clicks: Some(50),
            leak_redemptions: Some(20),
            leak_percent: 90,
        }
    }
}

/// Most domains of a list.
const DOMAINS_MAX: usize = 1000;

impl Rules {
    /// The rules, with domains in lower case and each once.
    ///
    /// # Errors
    /// Names the field and what it must be.
    pub fn checked(mut self) -> Result<Self, (&'static str, String)> {
        for (field, value, least, most) in [
            ("checkoutSeconds", self.checkout_seconds, 1, 3600),
            ("floodClicks", self.flood_clicks, 100, 10_000_000),
            ("floodCustomers", Some(self.flood_customers), 1, 10_000),
            ("floodVisitorClicks", self.flood_visitor_clicks, 5, 100_000),
            ("leakRedemptions", self.leak_redemptions, 2, 100_000),
            ("leakPercent", Some(self.leak_percent), 1, 100),
        ] {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                return Err((field, format!("must be from {least} to {most}")));
            }
        }
        for (field, domains) in
            [("disposableDomains", &mut self.disposable_domains), ("sharedDomains", &mut self.shared_domains)]
        {
            if domains.len() > DOMAINS_MAX {
                return Err((field, format!("must be at most {DOMAINS_MAX}")));
            }
            for domain in domains.iter_mut() {
                *domain = domain.trim().to_lowercase();
                if !is_domain(domain) {
                    return Err((field, "each must be a domain such as example.com".to_owned()));
                }
            }
            domains.sort_unstable();
            domains.dedup();
        }
        Ok(self)
    }
}

fn is_domain(text: &str) -> bool {
    let label = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-');
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}
