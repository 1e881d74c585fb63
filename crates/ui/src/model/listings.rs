//! Marketplace listings by first touch: what each brought, beside what the model that is asked for credits it with.

use engine::{
    kpi::{Report, Results, sales::by_listing},
    log::{Log, NONE},
    money::Currency,
};

use super::{csv, loaded::Loaded, order::descending_or_not};

/// What one listing brought in the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// Row of [`Log::links`]; `None` for clicks on listings that no link led to, of which only the revenue is told.
    pub link: Option<u32>,
    /// Counted clicks, leads, wins, and the credit under the model.
    pub results: Results,
    /// New business by first touch, net of refunds, minor units.
    pub revenue: i64,
}

impl Listing {
    /// Its name: the key of its link.
    #[must_use]
    pub fn name(&self, log: &Log) -> String {
        self.link.map_or_else(|| "Without a link".to_owned(), |link| format!("/{}", log.links[link as usize].key))
    }

    /// Whose it is, if that is known.
    #[must_use]
    pub fn partner<'a>(&self, loaded: &'a Loaded) -> &'a str {
        self.link.and_then(|link| loaded.name_of(Some(loaded.log.links[link as usize].partner))).unwrap_or_default()
    }
}

/// Every listing of whom a report is about, what brought most by first touch before the rest; and all of them together.
#[must_use]
pub fn listings(loaded: &Loaded, report: &Report) -> (Vec<Listing>, Listing) {
    let (mut revenue, _) = by_listing(&report.context(&loaded.log, &loaded.journeys));
    let mut rows: Vec<Listing> = loaded
        .listings(report)
        .into_iter()
        .map(|(link, results)| Listing { link: Some(link), results, revenue: revenue.remove(&link).unwrap_or(0) })
        .collect();
    // First touches of the period may be older than its clicks.
    rows.extend(revenue.into_iter().map(|(link, revenue)| {
        let link = (link != NONE).then_some(link);
        Listing { link, results: Results::default(), revenue }
    }));
    let order = descending_or_not(rows.iter().map(|row| row.revenue), true);
    let rows: Vec<Listing> = order.into_iter().map(|i| rows[i]).collect();
    let mut all = Listing { link: None, results: Results::default(), revenue: 0 };
    for row in &rows {
        all.revenue += row.revenue;
        all.results.clicks += row.results.clicks;
        all.results.leads += row.results.leads;
        all.results.wins += row.results.wins;
        all.results.credit += row.results.credit;
    }
    (rows, all)
}

/// Listings as a file: one a line; amounts in units of the currency, which stands behind them.
#[must_use]
pub fn file(loaded: &Loaded, listings: &[Listing], currency: Currency) -> String {
    let head = ["listing", "partner", "counted_clicks", "leads", "wins", "revenue_first_touch", "credit", "currency"];
    let amount = |minor| csv::units(minor, currency.digits());
    let row = |row: &Listing| {
        let Results { clicks, leads, wins, credit } = row.results;
        let names = [row.name(&loaded.log), row.partner(loaded).to_owned()];
        let counts = [clicks, leads, wins].map(|n| n.to_string());
        names.into_iter().chain(counts).chain([amount(row.revenue), amount(credit), currency.to_string()]).collect()
    };
    let rows = core::iter::once(head.map(str::to_owned).to_vec()).chain(listings.iter().map(row));
    csv::written(&rows.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{filters::Filters, model::sample};
    use engine::{
        credit::Model,
        fact::{Mark, TouchKind},
        figure::Value,
        kpi::definition,
        log::ClickRow,
        time::DAY,
    };

    /// The sample, in which the first touch of the customer who bought is a click on a listing.
    fn loaded(link: u32) -> Loaded {
        let mut feed = sample::program_feed();
        feed.log.touches.kind[0] = TouchKind::Listing;
        feed.log.touches.link.set(0, link);
        let day = engine::time::Day(sample::NOW.0 / DAY - 60);
        let kind = TouchKind::Listing;
        feed.log.clicks.push(ClickRow { day, partner: 0, link: 0, campaign: 0, kind, mark: Mark::Counted, count: 5 });
        Loaded::new(feed)
    }

    #[test]
    fn rows_add_up_to_the_figure_of_the_catalogue() {
        for (link, name) in [(0, "/acme"), (NONE, "Without a link")] {
            let loaded = loaded(link);
            let asked = Filters { model: Some(Model::Linear), ..Filters::default() };
            let report = loaded.report(&asked, None);
            let (rows, all) = listings(&loaded, &report);
            let context = report.context(&loaded.log, &loaded.journeys);
            let figure = definition("marketplace_listings").expect("a definition").answer(&context).value;
            assert_eq!(figure, Value::Known(7_500));
            assert_eq!((all.revenue, all.results.clicks), (7_500, 5));
            assert_eq!(rows[0].name(&loaded.log), name);
            assert_eq!(rows[0].revenue, 7_500);
            let linked = rows.iter().find(|row| row.link == Some(0)).expect("a listing");
            assert_eq!(linked.partner(&loaded), "Acme");
            // A third of the sale under this model, where the listing has a link.
            assert_eq!(linked.results.credit, if link == 0 { 2_500 } else { 0 });
            let file = file(&loaded, &rows, Currency::USD);
            assert!(file.lines().any(|line| line.starts_with("/acme,Acme,5,")), "{file}");
        }
    }
}
