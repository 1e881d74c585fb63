//! How the lines come about: the facts are gone through in the order of time, with what each rule has paid so far.

use std::collections::BTreeMap;

use super::{
    Accrual, Accruals, Cap, Grounds, Pay, Ratio, Review, Reviews, Rule, Terms, Tiering, Verdict, Version,
    review::NEVER,
    terms::{Rate, Tier},
};
use crate::{
    credit::{Credit, Credits},
    fact::RevenueKind,
    log::{Log, NONE},
    period::{Grain, Period, Zone},
    time::{DAY, Time},
};

/// The facts, the rules as this log names things, and how far each rule is filled.
pub(super) struct Book<'a> {
    log: &'a Log,
    credits: &'a Credits,
    terms: &'a Terms,
    zone: &'a Zone,
    reviews: &'a Reviews,
    /// By position of the version, the rules that can fit anything in this log.
    rules: Vec<Vec<Known<'a>>>,
    /// By number of a rule's name, what has to be kept count of.
    gauges: Vec<Vec<Gauge>>,
    filled: BTreeMap<Count, i64>,
    /// Of each calendar that a rule asks for, when its periods begin.
    calendars: Vec<(Grain, Vec<Time>)>,
    /// By partner, the group at the time that has been reached.
    groups: Vec<u32>,
    /// Rows of joins that are still to come, the next one last.
    joins: Vec<u32>,
    /// By customer, the first sale of more than nothing.
    first: Vec<Option<Time>>,
    /// By row, who shares the sale, in the order in which they first touched.
    shares: Vec<Vec<Share>>,
    accruals: Accruals,
}

/// A rule with its names resolved to rows.
struct Known<'a> {
    rule: &'a Rule,
    /// Place in its version.
    place: u32,
    /// Number of its name.
    name: u32,
    group: Option<u32>,
    product: Option<u32>,
    currency: Option<u32>,
}

/// What a rule keeps count of, for each partner and currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gauge {
    /// Credit, by calendar period.
    Volume(Grain),
    /// Commission, by customer.
    Customer,
    /// Commission, by calendar month.
    Month,
}

impl Gauge {
    /// The calendar that it is cut by; `None` where it is by customer.
    fn grain(self) -> Option<Grain> {
        match self {
            Self::Volume(grain) => Some(grain),
            Self::Customer => None,
            Self::Month => Some(Grain::Month),
        }
    }
}

/// A count: what, of which rule's name, partner and currency, and of which customer or period (its place in the
/// calendar).
type Count = (Gauge, u32, u32, u32, u32);

/// A partner's share of a sale.
struct Share {
    partner: u32,
    /// Minor units of credit that the sale gave.
    base: i64,
    /// The same less what was taken back, unbounded: divisions of remainders may differ by a unit.
    balance: i64,
    decision: Decision,
    /// Of the commission, what is left.
    stays: i64,
}

/// What a partner gets for a sale.
struct Decision {
    verdict: Verdict,
    /// Number of the rule's name, or [`NONE`] where nothing is paid.
    name: u32,
    /// Commission in minor units.
    amount: i64,
    approved: Time,
    review: Option<Review>,
}

impl Decision {
    /// What becomes of it while the sale is looked into.
    fn under(self, review: Option<Review>) -> Self {
        match (self.verdict, review) {
            (Verdict::Paid(_), Some(Review::Held)) => Self { approved: NEVER, review, ..self },
            (Verdict::Paid(grounds), Some(Review::Refused)) => {
                let grounds = Grounds { ratio: Ratio::new(0, 1), cap: None, ..grounds };
                Self { verdict: Verdict::Paid(grounds), name: NONE, amount: 0, review, ..self }
            }
            _ => self,
        }
    }
}

impl Share {
    /// Of the credit, what is left: never more than there was.
    fn left(&self) -> i64 {
        self.balance.clamp(0, self.base)
    }
}

impl<'a> Book<'a> {
    pub(super) fn open(
        log: &'a Log,
        credits: &'a Credits,
        terms: &'a Terms,
        zone: &'a Zone,
        reviews: &'a Reviews,
    ) -> Self {
        let r = &log.revenue;
        let mut first: Vec<Option<Time>> = vec![None; log.customers.len()];
        for row in (0..r.len()).filter(|row| r.kind[*row] != RevenueKind::Refund && r.amount[*row] > 0) {
            let slot = &mut first[r.customer[row] as usize];
            *slot = Some(slot.map_or(r.at[row], |at| at.min(r.at[row])));
        }
        let mut joins: Vec<u32> = (0..log.joins.len() as u32).collect();
        joins.sort_unstable_by_key(|row| core::cmp::Reverse((log.joins.at[*row as usize], *row)));
        let (mut names, mut gauges) = (Vec::new(), Vec::new());
        let rules = terms.versions().iter().map(|version| known(log, version, &mut names, &mut gauges)).collect();
        Self {
            log,
            credits,
            terms,
            zone,
            reviews,
            rules,
            calendars: calendars(log, zone, &gauges),
            gauges,
            filled: BTreeMap::new(),
            groups: vec![NONE; log.partners.len()],
            joins,
            first,
            shares: (0..r.len()).map(|_| Vec::new()).collect(),
            accruals: Accruals { lines: Vec::new(), ranges: vec![(0, 0); r.len()], canceled: reviews.canceled.clone() },
        }
    }

    pub(super) fn close(mut self) -> Accruals {
        let r = &self.log.revenue;
        let mut events: Vec<(Time, bool, u32)> = Vec::with_capacity(r.len());
        for row in 0..r.len() {
            match (r.kind[row], r.refunds[row]) {
                (RevenueKind::Refund, NONE) => {}
                (RevenueKind::Refund, sale) => events.push((r.at[row].max(r.at[sale as usize]), true, row as u32)),
                _ => events.push((r.at[row], false, row as u32)),
            }
        }
        events.sort_unstable();
        for (at, is_refund, row) in events {
            let start = self.accruals.lines.len() as u32;
            if is_refund {
                self.refund(at, row);
            } else {
                self.sale(at, row);
            }
            self.accruals.ranges[row as usize] = (start, self.accruals.lines.len() as u32);
        }
        self.accruals
    }

    fn sale(&mut self, at: Time, row: u32) {
        while let Some(join) = self.joins.pop_if(|join| self.log.joins.at[*join as usize] <= at) {
            self.groups[self.log.joins.partner[join as usize] as usize] = self.log.joins.group[join as usize];
        }
        let mut ahead = 0;
        let mut shares = Vec::new();
        for (partner, base) in by_partner(self.log, self.credits.of(row as usize)) {
            let decision = self.decide(row, partner, ahead, base).under(self.reviews.of(row, partner));
            let share = Share { partner, base, balance: base, stays: decision.amount, decision };
            self.enter(at, row, row, &share, base, share.stays);
            ahead += base;
            shares.push(share);
        }
        self.shares[row as usize] = shares;
    }

    fn refund(&mut self, at: Time, row: u32) {
        let sale = self.log.revenue.refunds[row as usize];
        let taken = by_partner(self.log, self.credits.of(row as usize));
        let mut shares = core::mem::take(&mut self.shares[sale as usize]);
        let mut ahead = 0;
        for share in &mut shares {
            let (left, stayed) = (share.left(), share.stays);
            share.balance += taken.iter().find(|(partner, _)| *partner == share.partner).map_or(0, |(_, base)| *base);
            if let Verdict::Paid(grounds) = &mut share.decision.verdict {
                grounds.ahead = ahead;
                // A neighbour's cents can round this partner's up where the sale rounded them down.
                share.stays = grounds.ratio.share(ahead, share.balance.clamp(0, share.base)).min(share.decision.amount);
            }
            ahead += share.left();
            let (base, amount) = (share.left() - left, share.stays - stayed);
            if base != 0 || amount != 0 {
                self.enter(at, row, sale, share, base, amount);
            }
        }
        self.shares[sale as usize] = shares;
    }

    /// Writes a line, and counts it for the rule that decided.
    fn enter(&mut self, at: Time, row: u32, sale: u32, share: &Share, base: i64, amount: i64) {
        let Decision { verdict, name, approved, review, .. } = share.decision;
        for gauge in self.gauges.get(name as usize).into_iter().flatten() {
            let count = self.count(*gauge, name, share.partner, sale);
            let change = if matches!(gauge, Gauge::Volume(_)) { base } else { amount };
            *self.filled.entry(count).or_insert(0) += change;
        }
        // Nobody sees the group of a masked partner.
        if self.log.partners[share.partner as usize].id.is_some() {
            let (partner, left, stays) = (share.partner, share.left(), share.stays);
            let approved = approved.max(at);
            let line = Accrual { row, sale, partner, at, approved, base, amount, left, stays, verdict, review };
            self.accruals.lines.push(line);
        }
    }

    /// Which count a sale belongs to.
    fn count(&self, gauge: Gauge, name: u32, partner: u32, sale: u32) -> Count {
        let (r, row) = (&self.log.revenue, sale as usize);
        let which = gauge.grain().map_or(r.customer[row], |grain| {
            let calendar = self.calendars.iter().find(|(known, _)| *known == grain);
            calendar.map_or(0, |(_, starts)| starts.partition_point(|from| *from <= r.at[row]) as u32)
        });
        (gauge, name, partner, r.currency[row], which)
    }

    fn filled(&self, gauge: Gauge, name: u32, partner: u32, sale: u32) -> i64 {
        self.filled.get(&self.count(gauge, name, partner, sale)).copied().unwrap_or(0)
    }

    /// The first rule that fits and still pays decides; where one fits that no longer pays, that is why there is
    /// nothing.
    fn decide(&self, row: u32, partner: u32, ahead: i64, base: i64) -> Decision {
        let at = self.log.revenue.at[row as usize];
        let nothing = |verdict| Decision { verdict, name: NONE, amount: 0, approved: at, review: None };
        let Some(position) = self.terms.position(at) else { return nothing(Verdict::NoTerms) };
        let version = self.terms.versions()[position].version;
        let mut verdict = Verdict::NoRule { version };
        for known in self.rules[position].iter().filter(|known| self.fits(known, row, partner)) {
            if self.still_pays(known, row) {
                return self.pay(version, known, row, partner, ahead, base);
            }
            if matches!(verdict, Verdict::NoRule { .. }) {
                verdict = Verdict::Ended { version, rule: known.place };
            }
        }
        nothing(verdict)
    }

    fn fits(&self, known: &Known<'_>, row: u32, partner: u32) -> bool {
        let (r, row) = (&self.log.revenue, row as usize);
        let kinds = &known.rule.draft().kinds;
        known.group.is_none_or(|group| group == self.groups[partner as usize])
            && known.product.is_none_or(|product| product == r.product[row])
            && known.currency.is_none_or(|currency| currency == r.currency[row])
            && (kinds.is_empty() || kinds.contains(&r.kind[row]))
    }

    fn still_pays(&self, known: &Known<'_>, row: u32) -> bool {
        let (r, row) = (&self.log.revenue, row as usize);
        let first = self.first[r.customer[row] as usize].unwrap_or(r.at[row]);
        let months = known.rule.draft().months;
        months.is_none_or(|months| self.zone.day(r.at[row]) < self.zone.day(first).months_later(months.get().into()))
    }

    fn pay(&self, version: u32, known: &Known<'_>, row: u32, partner: u32, ahead: i64, base: i64) -> Decision {
        let rule = known.rule.draft();
        let whole = self.log.revenue.amount[row as usize];
        let volume = match &rule.pay {
            Pay::Tiered { grain, .. } => self.filled(Gauge::Volume(*grain), known.name, partner, row),
            _ => 0,
        };
        let mut ratio = price(&rule.pay, volume, base, whole);
        let mut amount = ratio.share(ahead, base);
        let mut cap = None;
        let room = |cap: i64, gauge| {
            let room = (cap - self.filled(gauge, known.name, partner, row)).max(0);
            Ratio::new(room.into(), base.into())
        };
        let limits = [
            (Cap::Sale, rule.caps.sale.map(|cap| Ratio::new(cap.into(), whole.into()))),
            (Cap::Customer, rule.caps.customer.map(|cap| room(cap, Gauge::Customer))),
            (Cap::Month, rule.caps.month.map(|cap| room(cap, Gauge::Month))),
        ];
        for (which, limit) in limits {
            if let Some(limit) = limit.filter(|limit| limit.share(ahead, base) < amount) {
                (ratio, amount, cap) = (limit, limit.share(ahead, base), Some(which));
            }
        }
        let at = self.log.revenue.at[row as usize];
        let approved = Time(at.0.saturating_add(u32::from(rule.hold).saturating_mul(DAY)));
        let verdict = Verdict::Paid(Grounds { version, rule: known.place, volume, ahead, ratio, cap });
        Decision { verdict, name: known.name, amount, approved, review: None }
    }
}

/// Credit by partner, in the order in which they first touched; touches of nobody left out.
fn by_partner(log: &Log, credits: &[Credit]) -> Vec<(u32, i64)> {
    let mut shares: Vec<(u32, i64)> = Vec::new();
    for credit in credits {
        let partner = log.touches.partner[credit.touch as usize];
        match shares.iter_mut().find(|(known, _)| *known == partner) {
            Some((_, amount)) => *amount += credit.amount,
            None if partner != NONE => shares.push((partner, credit.amount)),
            None => {}
        }
    }
    shares
}

/// The rules of a version that can fit anything in this log: those that name an unknown group, product or currency
/// cannot. Gives each name of a rule a number, and notes what has to be kept count of for it.
fn known<'a>(
    log: &Log,
    version: &'a Version,
    names: &mut Vec<&'a str>,
    gauges: &mut Vec<Vec<Gauge>>,
) -> Vec<Known<'a>> {
    let mut known = Vec::new();
    for (place, rule) in version.rules.iter().enumerate() {
        let draft = rule.draft();
        let name = names.iter().position(|name| *name == draft.name).unwrap_or_else(|| {
            names.push(&draft.name);
            gauges.push(Vec::new());
            names.len() - 1
        });
        let asked = [
            match &draft.pay {
                Pay::Tiered { grain, .. } => Some(Gauge::Volume(*grain)),
                _ => None,
            },
            draft.caps.customer.map(|_| Gauge::Customer),
            draft.caps.month.map(|_| Gauge::Month),
        ];
        for gauge in asked.into_iter().flatten() {
            if !gauges[name].contains(&gauge) {
                gauges[name].push(gauge);
            }
        }
        let group = row_of(&log.groups, draft.group.as_ref());
        let product = row_of(&log.products, draft.product.as_ref());
        let currency = row_of(&log.currencies, draft.currency.as_ref());
        if let (Ok(group), Ok(product), Ok(currency)) = (group, product, currency) {
            known.push(Known { rule, place: place as u32, name: name as u32, group, product, currency });
        }
    }
    known
}

/// When the periods of every calendar begin that is asked for, as far as the log has revenue.
fn calendars(log: &Log, zone: &Zone, gauges: &[Vec<Gauge>]) -> Vec<(Grain, Vec<Time>)> {
    let at = &log.revenue.at;
    let Some((first, last)) = at.iter().min().zip(at.iter().max()) else { return Vec::new() };
    let span = Period { from: *first, until: Time(last.0.saturating_add(1)) };
    let mut calendars: Vec<(Grain, Vec<Time>)> = Vec::new();
    for grain in gauges.iter().flatten().filter_map(|gauge| gauge.grain()) {
        if calendars.iter().all(|(known, _)| *known != grain) {
            calendars.push((grain, zone.periods(span, grain).iter().map(|period| period.from).collect()));
        }
    }
    calendars
}

/// The row of a name, none for no name; fails where the log does not know the name.
fn row_of<T: PartialEq>(table: &[T], name: Option<&T>) -> Result<Option<u32>, ()> {
    match name {
        None => Ok(None),
        Some(name) => table.iter().position(|known| known == name).map(|row| Some(row as u32)).ok_or(()),
    }
}

/// What is paid for each minor unit of credit, before caps. `whole` is the amount of the sale.
pub(super) fn price(pay: &Pay, volume: i64, base: i64, whole: i64) -> Ratio {
    if let Pay::Flat(flat) = pay {
        return Ratio::new((*flat).into(), whole.into());
    }
    let parts = parts(pay, volume, base);
    match parts.as_slice() {
        [(_, rate)] => Ratio::new(rate.parts().into(), Rate::WHOLE.into()),
        parts => {
            let sum = parts.iter().map(|(part, rate)| i128::from(*part) * i128::from(rate.parts())).sum();
            Ratio::new(sum, i128::from(base) * i128::from(Rate::WHOLE))
        }
    }
}

/// The parts of a partner's credit, each with the rate that it is paid at; none for a flat amount.
pub(super) fn parts(pay: &Pay, volume: i64, base: i64) -> Vec<(i64, Rate)> {
    let end = volume + base;
    match pay {
        Pay::Percent(rate) => vec![(base, *rate)],
        Pay::Flat(_) => Vec::new(),
        Pay::Tiered { tiering: Tiering::Reached, tiers, .. } => {
            tiers.iter().rfind(|tier| tier.from <= end).map(|tier| (base, tier.rate)).into_iter().collect()
        }
        Pay::Tiered { tiering: Tiering::Marginal, tiers, .. } => {
            let until = |i: usize| tiers.get(i + 1).map_or(end, |next: &Tier| next.from.min(end));
            let part = |(i, tier): (usize, &Tier)| (until(i) - tier.from.max(volume), tier.rate);
            tiers.iter().enumerate().map(part).filter(|(part, _)| *part > 0).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_cut_the_credit_where_volume_crosses_them() {
        let rate = |percent: u16| Rate::basis_points(percent * 100).expect("at most 100 %");
        let tiers = [(0, 5), (1_000, 10), (5_000, 20)].map(|(from, p)| Tier { from, rate: rate(p) }).to_vec();
        let pay = |tiering| Pay::Tiered { grain: Grain::Month, tiering, tiers: tiers.clone() };
        let (marginal, reached) = (pay(Tiering::Marginal), pay(Tiering::Reached));
        assert_eq!(parts(&marginal, 0, 1_000), [(1_000, rate(5))]);
        assert_eq!(parts(&marginal, 900, 5_000), [(100, rate(5)), (4_000, rate(10)), (900, rate(20))]);
        assert_eq!(parts(&marginal, 7_000, 1), [(1, rate(20))]);
        assert_eq!(parts(&reached, 0, 999), [(999, rate(5))]);
        assert_eq!(parts(&reached, 0, 1_000), [(1_000, rate(10))]);
        assert_eq!(parts(&reached, 900, 5_000), [(5_000, rate(20))]);
    }
}
