//! Journeys that led somewhere: from the first touch of a customer to its last renewal.

use super::fact::{By, Log, Who};
use super::names::{self, Customer};
use super::partners::{LinkSpec, PartnerSpec};
use super::rng::Rng;
use super::traffic::{busy, time_of_day};
use super::{DAYS, SECONDS_A_DAY};
use serde_json::json;

/// How many customers fill in a form, most of them within the year.
const LEADS: usize = 640;
/// Customers won in the months before: theirs are the yearly renewals within the year.
const EARLIER: usize = 16;
/// The first day with a lead. It lies before the year, as sales take weeks: the year's first months have theirs, too.
const FIRST_LEAD: i64 = -60;
const DAY: i64 = SECONDS_A_DAY;
/// Norrsken sells in euros.
const EURO_PARTNER: &str = "norrsken";

const STAGES: [&str; 4] = ["discovery", "evaluation", "proposal", "negotiation"];
const LOST: [&str; 4] = ["price", "chose a competitor", "no decision", "missing feature"];

/// One customer's way, while it is told.
struct Story<'a> {
    log: &'a mut Log,
    partners: &'a [PartnerSpec],
    links: &'a [LinkSpec],
    rng: Rng,
    index: usize,
    customer: Customer,
    visitor: String,
    /// The partners who touched it, the one with the most first.
    with: Vec<usize>,
    /// How slowly its sales go: 1 for most, 3 where they take a quarter of a year.
    pace: i64,
}

/// Notes every journey.
pub fn tell(log: &mut Log, partners: &[PartnerSpec], links: &[LinkSpec]) {
    const { assert!(LEADS + EARLIER <= names::COMPANIES) };
    for index in 0..LEADS + EARLIER {
        let mut rng = Rng::of(3, index as u64);
        let earlier = index >= LEADS;
        let lead_day = if earlier { rng.range(-210, -90) } else { lead_day(log, &mut rng) };
        let with = companions(partners, lead_day, &mut rng);
        let visitor = names::visitor(&mut rng);
        let customer = names::customer(index);
        let pace = if rng.chance(30) { 3 } else { 1 };
        let mut story = Story { log, partners, links, rng, index, customer, visitor, with, pace };
        let lead = story.until_lead(lead_day);
        if earlier {
            story.bought_earlier(lead);
        } else {
            story.after_lead(lead);
        }
    }
}

/// A day on which a form is filled in: busier days have more.
fn lead_day(log: &Log, rng: &mut Rng) -> i64 {
    loop {
        let day = rng.range(FIRST_LEAD, DAYS);
        if rng.range(0, 171) < i64::from(busy(log.calendar(), day)) {
            return day;
        }
    }
}

/// One to four partners who were there by then. About half of all journeys are shared.
fn companions(partners: &[PartnerSpec], lead_day: i64, rng: &mut Rng) -> Vec<usize> {
    let wanted = [1, 2, 3, 4][rng.weighted(&[50, 31, 14, 5])];
    let mut weights: Vec<u32> = partners
        .iter()
        .map(|partner| if partner.joined == 0 || partner.joined + 20 < lead_day { partner.pull } else { 0 })
        .collect();
    let mut chosen = Vec::new();
    for _ in 0..wanted {
        let at = rng.weighted(&weights);
        if weights[at] > 0 {
            weights[at] = 0;
            chosen.push(at);
        }
    }
    chosen
}

impl Story<'_> {
    /// The touches before the lead, and the lead. Answers its second.
    fn until_lead(&mut self, lead_day: i64) -> i64 {
        let lead = lead_day * DAY + time_of_day(&mut self.rng);
        let touches = self.with.len() + usize::try_from(self.rng.range(0, 5)).unwrap_or(0);
        // Backwards from the form: the last touch minutes to hours before it, the others days or weeks apart.
        let mut at = lead - self.rng.range(90, 5 * 3600);
        for number in 0..touches {
            let partner = match self.with.get(number) {
                Some(partner) => *partner,
                None => self.companion(),
            };
            // Nobody sends visitors before joining; those who were there from the start were there before, too.
            let joined = self.partners[partner].joined;
            let earliest = if joined == 0 { i64::MIN } else { joined * DAY + self.rng.range(0, 10 * DAY) };
            self.visit(partner, at.max(earliest));
            at -= self.rng.range(3600, 2 * DAY) + self.rng.range(0, 6) * self.rng.range(0, 3) * self.pace * DAY;
        }
        if self.rng.chance(9) {
            // Longer ago than any usual window.
            let partner = self.companion();
            let long_ago = lead - self.rng.range(130, 330) * DAY;
            if long_ago > self.partners[partner].joined * DAY {
                self.visit(partner, long_ago);
            }
        }
        let Customer { id, company, person, email } = &self.customer;
        let body =
            json!({ "customer": id, "name": person, "email": email, "company": company, "visitor": self.visitor });
        self.log.note(lead, "lead.created", body);
        lead
    }

    /// A time from one day to `most` days at its pace, give or take an hour, in seconds.
    fn days(&mut self, most: i64) -> i64 {
        self.rng.range(1, most * self.pace + 1) * DAY + self.rng.range(-3600, 3600)
    }

    /// One of the partners of this journey.
    fn companion(&mut self) -> usize {
        self.with[self.rng.index(self.with.len())]
    }

    /// The visitor follows one of the partner's links; now and then a browser asks twice.
    fn visit(&mut self, partner: usize, at: i64) {
        let links = self.links;
        let own: Vec<&LinkSpec> = links.iter().filter(|link| link.partner == partner).collect();
        let slug = self.partners[partner].slug;
        let (kind, by) = if own.is_empty() || self.rng.chance(30) {
            (if self.rng.chance(60) { "landing" } else { "click" }, By::Default(slug))
        } else {
            let link = *self.rng.pick(&own);
            (link.kind, By::Link(link))
        };
        let who = Who::Visitor(&self.visitor);
        self.log.touch(at, kind, &by, who, None);
        if self.rng.chance(5) {
            self.log.touch(at + 2, kind, &by, who, Some("duplicate"));
        }
    }

    fn after_lead(&mut self, lead: i64) {
        if !self.rng.chance(66) {
            // Not a customer for the sales team; some buy by themselves.
            if self.rng.chance(13) {
                let at = lead + self.days(12);
                self.buys_alone(at);
            }
            return;
        }
        let qualified = lead + self.days(4);
        if !self.log.note(qualified, "lead.qualified", json!({ "customer": self.customer.id })) {
            return;
        }
        if self.rng.chance(86) {
            self.negotiates(qualified);
        } else if self.rng.chance(30) {
            let at = qualified + self.days(12);
            self.buys_alone(at);
        }
    }

    /// From an opportunity to its end, or to where it stands today.
    fn negotiates(&mut self, qualified: i64) {
        let opportunity = format!("opp-{}", 3001 + self.index);
        let amount = self.contract();
        let currency = self.currency();
        let opened = qualified + self.days(5);
        let reseller = self.with.iter().copied().find(|at| self.partners[*at].kind == "reseller");
        if let Some(reseller) = reseller.filter(|_| self.rng.chance(70)) {
            let at = qualified + self.rng.range(600, 20_000);
            self.beside(reseller, "deal_registration", at);
        } else if self.rng.chance(22) {
            let partner = self.with[0];
            let at = opened - self.rng.range(7200, DAY);
            self.beside(partner, "introduction", at);
        }
        let body = json!({
            "opportunity": opportunity, "customer": self.customer.id, "currency": currency, "amount": amount,
            "name": format!("{}: {}", self.customer.company, if amount > 2_400_000 { "Scale plan" } else { "Growth plan" }),
        });
        if !self.log.note(opened, "opportunity.opened", body) {
            return;
        }
        let mut at = opened;
        let fate = self.rng.weighted(&[40, 40, 20]);
        // A deal that is lost or stuck may be so at any stage; one that is won passed all of them.
        let reached = if fate == 0 { STAGES.len() } else { 1 + self.rng.index(STAGES.len()) };
        for stage in STAGES.iter().take(reached) {
            at += self.days(6);
            if !self.log.note(at, "opportunity.stage", json!({ "opportunity": opportunity, "stage": stage })) {
                return;
            }
            if *stage == "evaluation" && self.rng.chance(30) {
                let seller = self.rng.index(self.partners.len());
                let seller = if self.rng.chance(65) { self.with[0] } else { seller };
                if self.partners[seller].joined * DAY < at {
                    let spoke = at + self.rng.range(3600, 2 * DAY);
                    self.beside(seller, "co_sell", spoke);
                }
            }
        }
        at += self.days(5);
        let won = json!({ "opportunity": opportunity });
        match fate {
            0 if self.log.note(at, "opportunity.won", won) => {
                let discounted = self.coupon(at - 1800);
                let amount = if discounted { amount * 85 / 100 } else { amount };
                self.pays(at + 300, amount, currency, "year", Some(&opportunity));
            }
            1 => {
                let reason = *self.rng.pick(&LOST);
                self.log.note(at, "opportunity.lost", json!({ "opportunity": opportunity, "reason": reason }));
            }
            _ => {}
        }
    }

    /// A touch that nobody clicked: a partner's word for a known customer.
    fn beside(&mut self, partner: usize, kind: &str, at: i64) {
        self.log.touch(at, kind, &By::Partner(partner), Who::Customer(&self.customer.id), None);
    }

    /// A monthly plan without a salesperson.
    fn buys_alone(&mut self, at: i64) {
        let at = at + self.rng.range(-3600, 3600);
        let price = *self.rng.pick(&[9_900, 14_900, 19_900, 34_900, 49_900, 89_000, 149_000]);
        let discounted = self.coupon(at - 60);
        let currency = self.currency();
        self.pays(at, if discounted { price * 90 / 100 } else { price }, currency, "month", None);
    }

    /// Uses a coupon of one of the partners, if there is one to use.
    fn coupon(&mut self, at: i64) -> bool {
        let partners = self.partners;
        let code = self.with.iter().find_map(|partner| partners[*partner].coupons.first());
        match code {
            Some(code) if self.rng.chance(32) => {
                self.log.touch(at, "coupon", &By::Coupon(code), Who::Customer(&self.customer.id), None)
            }
            _ => false,
        }
    }

    /// The first payment and what follows: renewals, an expansion, a refund, visits that earn nothing any more.
    fn pays(&mut self, at: i64, amount: i64, currency: &str, period: &str, opportunity: Option<&str>) {
        let invoice = format!("INV-{}-1", 50_001 + self.index);
        let mut body = json!({
            "kind": "new", "customer": self.customer.id, "amount": amount, "currency": currency,
            "invoice": invoice, "recurring": period,
        });
        if let (Some(body), Some(opportunity)) = (body.as_object_mut(), opportunity) {
            body.insert("opportunity".to_owned(), json!(opportunity));
        }
        if !self.log.note(at, "revenue", body) {
            return;
        }
        if self.index % 12 == 4 {
            let full = self.rng.chance(45);
            let back = if full { amount } else { amount * self.rng.range(15, 60) / 100 };
            let refunded = at + self.rng.range(2, 24) * DAY;
            self.refunds(refunded, back, currency, &invoice);
            if full {
                return;
            }
        }
        for _ in 0..[0, 0, 1, 2, 3][self.rng.index(5)] {
            let partner = self.companion();
            let later = at + self.rng.range(3600, 70 * DAY);
            self.visit(partner, later);
        }
        self.renews(at, amount, currency, period);
        if self.rng.chance(24) {
            let more = amount * self.rng.range(15, 80) / 100;
            let body = json!({
                "kind": "expansion", "customer": self.customer.id, "amount": more, "currency": currency,
                "invoice": format!("INV-{}-X", 50_001 + self.index), "recurring": period,
            });
            self.log.note(at + self.rng.range(25, 190) * DAY, "revenue", body);
        }
    }

    fn renews(&mut self, at: i64, amount: i64, currency: &str, period: &str) {
        let length = if period == "month" { 30 } else { 365 };
        for number in 1..=24 {
            let leaves = if period == "month" { 3 } else { 12 };
            if self.rng.chance(leaves) {
                return;
            }
            let body = json!({
                "kind": "renewal", "customer": self.customer.id, "amount": amount, "currency": currency,
                "invoice": format!("INV-{}-{}", 50_001 + self.index, number + 1), "recurring": period,
            });
            if !self.log.note(at + number * length * DAY, "revenue", body) {
                return;
            }
        }
    }

    fn refunds(&mut self, at: i64, amount: i64, currency: &str, invoice: &str) {
        let body = json!({
            "kind": "refund", "customer": self.customer.id, "amount": amount, "currency": currency, "refundOf": invoice,
        });
        self.log.note(at, "revenue", body);
    }

    /// Won before the year began: what is left of it in the year are a renewal and, with luck, an expansion.
    fn bought_earlier(&mut self, lead: i64) {
        let amount = self.contract();
        let currency = self.currency();
        self.log.note(lead + 3 * DAY, "lead.qualified", json!({ "customer": self.customer.id }));
        let sale = lead + 4 * DAY + self.days(25);
        self.pays(sale, amount, currency, "year", None);
    }

    /// A year's price: many small contracts, few large ones, not all of them round.
    fn contract(&mut self) -> i64 {
        let (low, high) =
            [(3_600, 9_600), (9_600, 24_000), (24_000, 58_000), (58_000, 96_000)][self.rng.weighted(&[46, 38, 14, 2])];
        let dollars = self.rng.range(low, high) / 120 * 120;
        let odd = if self.rng.chance(25) { self.rng.range(1, 100) } else { 0 };
        dollars * 100 + odd
    }

    fn currency(&mut self) -> &'static str {
        let euros = self.with.first().is_some_and(|first| self.partners[*first].slug == EURO_PARTNER);
        if euros || self.rng.chance(3) { "EUR" } else { "USD" }
    }
}
