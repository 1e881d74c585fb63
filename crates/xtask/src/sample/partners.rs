//! Fourteen partners of five kinds, and the links that they work with.

use super::Names;
use anyhow::Result;
use serde_json::{Map, Value, json};

/// A partner, and how its year goes.
pub struct PartnerSpec {
    /// As shown.
    pub name: &'static str,
    /// The key of its default link.
    pub slug: &'static str,
    /// One of the API's five.
    pub kind: &'static str,
    /// Two letters.
    pub country: &'static str,
    /// What it does.
    pub description: &'static str,
    /// Its discount codes.
    pub coupons: &'static [&'static str],
    /// The day of the sample's year on which it joined.
    pub joined: i64,
    /// Its share of the clicks.
    pub reach: u32,
    /// Its share of the journeys that end in a lead.
    pub pull: u32,
}

impl PartnerSpec {
    /// The name of its group: the same for all partners of a kind.
    pub fn group(&self) -> &'static str {
        match self.kind {
            "technology" => "Technology",
            "agency" => "Agencies",
            "affiliate" => "Affiliates",
            "marketplace" => "Marketplaces",
            _ => "Resellers",
        }
    }

    /// The body of `POST /api/partners`.
    pub fn body(&self, names: &Names) -> Value {
        let group = names.groups.iter().find(|(name, _)| name == self.group());
        json!({
            "groupId": group.map(|(_, id)| id),
            "name": self.name,
            "username": self.slug,
            "email": format!("partners@{}.example", self.slug),
            "country": self.country,
            "description": self.description,
            "kind": self.kind,
            "coupons": self.coupons,
        })
    }
}

/// A link beside the default one.
pub struct LinkSpec {
    /// The partner's place in the sample.
    pub partner: usize,
    /// The last part of its address.
    pub key: &'static str,
    path: &'static str,
    title: &'static str,
    /// What following it counts as.
    pub kind: &'static str,
    medium: &'static str,
    campaign: &'static str,
    content: Option<&'static str>,
}

impl LinkSpec {
    fn source(&self) -> &'static str {
        self.key.split('-').next().unwrap_or(self.key)
    }

    /// The campaign of the link.
    pub fn campaign(&self) -> &'static str {
        self.campaign
    }

    /// The campaign of the link, as a touch carries it.
    pub fn utm(&self) -> Value {
        let mut utm = Map::new();
        utm.insert("source".to_owned(), json!(self.source()));
        utm.insert("medium".to_owned(), json!(self.medium));
        utm.insert("campaign".to_owned(), json!(self.campaign));
        if let Some(content) = self.content {
            utm.insert("content".to_owned(), json!(content));
        }
        Value::Object(utm)
    }

    /// The body of `POST /api/links`.
    ///
    /// # Errors
    /// When its partner was not made.
    pub fn body(&self, names: &Names) -> Result<Value> {
        Ok(json!({
            "url": format!("https://northbeam.example{}", self.path),
            "key": self.key,
            "partnerId": names.partner(self.partner)?,
            "title": self.title,
            "utm_source": self.source(),
            "utm_medium": self.medium,
            "utm_campaign": self.campaign,
            "utm_content": self.content,
        }))
    }
}

/// All partners. The first has the fullest year: it is the one whose portal the demo opens.
#[rustfmt::skip]
pub fn partners() -> Vec<PartnerSpec> {
    let partner = |name, slug, kind, country, description, coupons, joined, reach, pull| PartnerSpec {
        name, slug, kind, country, description, coupons, joined, reach, pull,
    };
    vec![
        partner("Harbor Analytics", "harbor-analytics", "technology", "US", "Dashboards for finance teams, built on Northbeam's data.", &["HARBOR15"], 0, 185, 210),
        partner("Lumen & Co", "lumen", "agency", "GB", "Growth agency for software companies.", &["LUMEN10"], 0, 120, 120),
        partner("Pixel Parade", "pixel-parade", "affiliate", "US", "Reviews and comparisons of marketing tools.", &["PARADE20", "PARADE10"], 0, 150, 70),
        partner("StackShelf", "stackshelf", "marketplace", "US", "A marketplace of business software.", &[], 0, 105, 90),
        partner("Bluepeak Systems", "bluepeak", "reseller", "CA", "Value-added reseller for mid-market companies.", &["BLUEPEAK"], 0, 40, 75),
        partner("Fieldnote", "fieldnote", "technology", "DE", "Notes and tasks for field teams; syncs with Northbeam.", &["FIELDNOTE"], 0, 70, 70),
        partner("Copperline Digital", "copperline", "agency", "US", "Implementation and training.", &[], 0, 45, 60),
        partner("The SaaS Ledger", "saas-ledger", "affiliate", "US", "A weekly letter on the business of software.", &["LEDGER"], 0, 95, 55),
        partner("AppBazaar", "appbazaar", "marketplace", "IN", "Apps for growing teams, with one bill.", &[], 40, 60, 45),
        partner("Meridian Partners", "meridian", "agency", "NL", "Consultancy for revenue operations.", &["MERIDIAN"], 25, 30, 55),
        partner("Tidewater IT", "tidewater", "reseller", "US", "Managed services on the east coast.", &[], 170, 15, 25),
        partner("Quillstack", "quillstack", "technology", "FR", "A connector between contracts and billing.", &["QUILL"], 95, 35, 40),
        partner("Growth Almanac", "growth-almanac", "affiliate", "AU", "A podcast about growth, and its notes.", &["ALMANAC"], 130, 50, 35),
        partner("Norrsken Data", "norrsken", "reseller", "SE", "Data platforms for the Nordic countries.", &["NORRSKEN"], 60, 30, 50),
    ]
}

/// All links beside the default ones.
#[rustfmt::skip]
pub fn links() -> Vec<LinkSpec> {
    let link = |partner, key, path, title, kind, medium, campaign, content| LinkSpec {
        partner, key, path, title, kind, medium, campaign, content,
    };
    vec![
        link(0, "harbor-integration", "/integrations/harbor", "The Harbor integration", "click", "integration", "integration-launch", Some("docs")),
        link(0, "harbor-templates", "/templates/finance", "Finance templates", "asset", "content", "template-library", None),
        link(0, "harbor-webinar", "/webinars/revenue-data", "Webinar: revenue data that agrees", "webinar", "webinar", "revenue-data", Some("invite")),
        link(1, "lumen-audit", "/audit", "Free tracking audit", "click", "referral", "tracking-audit", None),
        link(1, "lumen-letter", "/guides/partner-revenue", "Lumen's letter", "email", "email", "lumen-letter", Some("lead-story")),
        link(2, "pixel-review", "/pricing", "Northbeam reviewed", "click", "affiliate", "review", Some("verdict")),
        link(2, "pixel-compare", "/compare", "Analytics tools compared", "click", "affiliate", "comparison", Some("table")),
        link(3, "stackshelf-listing", "/start", "Listing on StackShelf", "listing", "marketplace", "listing", None),
        link(3, "stackshelf-featured", "/start", "Featured on StackShelf", "listing", "marketplace", "featured", Some("home")),
        link(4, "bluepeak-quote", "/quote", "A quote from Bluepeak", "click", "reseller", "quote", None),
        link(5, "fieldnote-app", "/integrations/fieldnote", "In the Fieldnote app", "click", "integration", "in-app", Some("sync-panel")),
        link(6, "copperline-guide", "/guides/onboarding", "The onboarding guide", "asset", "content", "onboarding-guide", None),
        link(7, "ledger-weekly", "/start", "The SaaS Ledger, weekly", "email", "email", "weekly", Some("sponsor")),
        link(7, "ledger-review", "/pricing", "The Ledger's review", "click", "affiliate", "review", None),
        link(8, "bazaar-listing", "/start", "Listing on AppBazaar", "listing", "marketplace", "listing", None),
        link(9, "meridian-workshop", "/webinars/revops", "Workshop: revenue operations", "webinar", "webinar", "revops-workshop", None),
        link(10, "tidewater-offer", "/quote", "Tidewater's offer", "click", "reseller", "offer", None),
        link(11, "quillstack-connector", "/integrations/quillstack", "The Quillstack connector", "click", "integration", "connector", Some("marketplace")),
        link(12, "almanac-podcast", "/start", "Growth Almanac, the podcast", "click", "podcast", "podcast", Some("mid-roll")),
        link(12, "almanac-notes", "/guides/partner-revenue", "Show notes", "email", "email", "show-notes", None),
        link(13, "norrsken-start", "/start", "Norrsken: start here", "click", "reseller", "nordics", None),
    ]
}
