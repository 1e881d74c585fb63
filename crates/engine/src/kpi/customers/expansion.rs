//! Whether accounts buy more.

use super::adoption::{mine, name};
use crate::{
    classify::Class,
    cohort::{self, Group},
    fact::RevenueKind,
    figure::{FactRef, Value},
    holding::{Holding, of_customer},
    kpi::{
        Answer, Context, Measure, Part, Subject,
        accounts::{Accounts, asked, holders, holdings},
        needs,
    },
    log::NONE,
    stat,
    time::{DAY, Time},
};

/// The sale that a row of revenue is, or takes back.
fn sale(context: &Context<'_>, row: usize) -> usize {
    match context.log.revenue.refunds[row] {
        NONE => row,
        sale => sale as usize,
    }
}

/// Rows of the period, in the currency, of expansions and their refunds.
fn expansions(context: &Context<'_>) -> Vec<usize> {
    context.revenue().filter(|row| context.log.revenue.kind[sale(context, *row)].expands()).collect()
}

/// The net sum of some rows.
fn net(context: &Context<'_>, rows: impl Iterator<Item = usize>) -> i64 {
    rows.map(|row| context.log.revenue.signed(row)).sum()
}

fn evidence(rows: &[usize]) -> Vec<FactRef> {
    rows.iter().map(|row| FactRef::Revenue(*row as u32)).collect()
}

/// The integrations that a customer has at a time, of the holdings that are sorted by customer.
fn held(holdings: &[Holding], customer: u32, at: Time) -> impl Iterator<Item = &Holding> {
    of_customer(holdings, customer).iter().filter(move |holding| holding.is_at(at))
}

pub(super) fn revenue(context: &Context<'_>) -> Answer {
    let (r, all) = (&context.log.revenue, holdings(context));
    let has = |row: usize, integration: Option<u32>| {
        let sale = sale(context, row);
        let mut held = held(&all, r.customer[sale], r.at[sale]);
        held.any(|holding| integration.is_none_or(|integration| integration == holding.integration))
    };
    let subject = context.subject;
    let everybody = subject == Subject::default();
    let is_mine = |row: &usize| match subject.integration {
        _ if everybody => true,
        Some(_) => has(*row, None),
        None => {
            let whole = subject.link.is_none() && subject.campaign.is_none();
            context.has_class(*row, Class::Influenced) || whole && has(*row, None)
        }
    };
    let rows: Vec<usize> = expansions(context).into_iter().filter(is_mine).collect();
    let mut credits = vec![0; context.log.partners.len()];
    for credit in rows.iter().flat_map(|row| context.credits.of(*row)) {
        if context.is_mine_with_a_partner(credit.touch) {
            credits[context.log.touches.partner[credit.touch as usize] as usize] += credit.amount;
        }
    }
    let mut parts = Vec::new();
    if subject.partner.is_none() {
        for (partner, credit) in credits.iter().enumerate().filter(|(_, credit)| **credit != 0) {
            parts.push(Part::known(context.partner_name(partner as u32), Measure::Money, *credit));
        }
    }
    let credited: i64 = credits.iter().sum();
    let value = net(context, rows.iter().copied());
    parts.push(Part::known("Credited to no partner asked for", Measure::Money, value - credited));
    for integration in mine(context) {
        let of = rows.iter().copied().filter(|row| has(*row, Some(integration)));
        parts.push(Part::known(name(context, integration), Measure::Money, net(context, of)));
    }
    Answer::known(value, evidence(&rows)).with(parts)
}

/// Spans after an adoption that stand beside the policy's.
const DAYS: [(u32, &str); 3] = [(30, "Within 30 days"), (60, "Within 60 days"), (90, "Within 90 days")];

pub(super) fn after_adoption(context: &Context<'_>) -> Answer {
    let r = &context.log.revenue;
    let adoptions: Vec<Holding> = holdings(context).into_iter().filter(|holding| holding.adopts).collect();
    // Seconds since the latest adoption, of those who adopted before.
    let since = |row: usize| {
        let (customer, at) = (r.customer[sale(context, row)], r.at[sale(context, row)]);
        of_customer(&adoptions, customer)
            .iter()
            .filter(|holding| holding.from <= at)
            .map(|holding| at.0 - holding.from.0)
            .min()
    };
    let rows: Vec<(usize, u32)> = expansions(context).into_iter().filter_map(|row| Some((row, since(row)?))).collect();
    let window = |row: usize| context.policies.at(r.at[sale(context, row)]).expansion.window.seconds();
    let within: Vec<usize> = rows.iter().filter(|(row, since)| *since <= window(*row)).map(|(row, _)| *row).collect();
    let sales = within.iter().filter(|row| r.kind[**row] != RevenueKind::Refund).count();
    let mut parts = vec![Part::known("Expansions", Measure::Count, sales as i64)];
    for (days, label) in DAYS {
        let within = rows.iter().filter(|(_, since)| *since <= days * DAY).map(|(row, _)| *row);
        parts.push(Part::known(label, Measure::Money, net(context, within)));
    }
    Answer::known(net(context, within.iter().copied()), evidence(&within)).with(parts)
}

pub(super) fn upgrades(context: &Context<'_>) -> Answer {
    let (log, r) = (context.log, &context.log.revenue);
    let asked = asked(context, context.end());
    let is = |row: &usize| {
        r.kind[*row] == RevenueKind::Upsell && context.period.contains(r.at[*row]) && asked[r.customer[*row] as usize]
    };
    let rows: Vec<usize> = (0..r.len()).filter(is).collect();
    let all = holdings(&context.about(Subject::default()));
    let mut counts = vec![[0i64; 3]; log.products.len() + 1];
    for row in &rows {
        let slot = match held(&all, r.customer[*row], r.at[*row]).count() {
            0 => 0,
            n => 1 + usize::from(n > 3),
        };
        let product = (r.product[*row] as usize).min(log.products.len());
        counts[product][slot] += 1;
    }
    let mut parts = Vec::new();
    for (product, counts) in counts.iter().enumerate() {
        let name = log.products.get(product).map_or("No product", String::as_str);
        let labels = ["no integration", "1–3 integrations", "4 or more integrations"];
        for (count, label) in counts.iter().zip(labels).filter(|(count, _)| **count > 0) {
            parts.push(Part::known([name, ", ", label].concat(), Measure::Count, *count));
        }
    }
    Answer::known(rows.len() as i64, evidence(&rows)).with(parts)
}

pub(super) fn upsell_rate(context: &Context<'_>) -> Answer {
    additional(context, RevenueKind::Upsell)
}

pub(super) fn cross_sell_rate(context: &Context<'_>) -> Answer {
    additional(context, RevenueKind::CrossSell)
}

/// Purchases of a kind in the period, in any currency, by users of the integration, of 100 users; beside those of
/// active accounts that do not have it.
fn additional(context: &Context<'_>, kind: RevenueKind) -> Answer {
    let (log, r) = (context.log, &context.log.revenue);
    let all = holdings(context);
    let users = holders(context, &all, |holding| holding.is_in(context.period));
    let accounts = Accounts::of(log);
    let active = |customer: u32| accounts.is_active_in(customer, context.period, None);
    let bought = (0..r.len()).filter(|row| r.kind[*row] == kind && context.period.contains(r.at[*row]));
    let mut by_users = Vec::new();
    let mut bought_by = vec![false; log.customers.len()];
    let mut by_others = 0i128;
    for row in bought {
        let customer = r.customer[row];
        let adopted = of_customer(&all, customer).iter().any(|holding| holding.from <= r.at[row]);
        if !users[customer as usize] {
            by_others += 1;
            bought_by[customer as usize] = true;
        } else if adopted {
            by_users.push(row);
            bought_by[customer as usize] = true;
        }
    }
    let count = |is_user: bool, bought: bool| {
        let is = |customer: &u32| {
            let i = *customer as usize;
            users[i] == is_user && (is_user || active(*customer)) && (!bought || bought_by[i])
        };
        (0..log.customers.len() as u32).filter(is).count() as u64
    };
    let groups = [("Integrated accounts that bought more", true), ("Not integrated accounts that bought more", false)];
    let groups = groups.map(|(label, is_user)| {
        let counted = (count(is_user, true), count(is_user, false));
        Group { label, counted, baseline: !is_user }
    });
    let [(_, m), (_, others)] = [groups[0].counted, groups[1].counted];
    let mut parts = vec![
        Part::known("Purchases", Measure::Count, by_users.len() as i64),
        Part::known("Accounts with the integration", Measure::Count, m as i64),
        Part::known_or(
            "Not integrated",
            Measure::Ratio,
            stat::ratio(by_others * 100, i128::from(others)),
            needs::REVENUE,
        ),
    ];
    parts.extend(cohort::rates(&groups, needs::REVENUE));
    let value = stat::ratio(by_users.len() as i128 * 100, i128::from(m));
    let value = value.map_or(Value::NotKnown(needs::INSTALLED), Value::Known);
    Answer::of(value, evidence(&by_users)).with(parts)
}
