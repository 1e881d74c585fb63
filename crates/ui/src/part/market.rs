//! Marketplace listings by first touch, for the whole program or one of its partners.

use leptos::prelude::*;

use super::{
    catalogue::lacking,
    download::DownloadButton,
    later,
    listings::cell,
    live, press,
    switches::{RangeSwitch, Switches},
};
use crate::{
    filters::Ways,
    model::{
        listings::{Listing, file, listings},
        place::Place,
        words,
    },
    page::go,
    state::{Ctx, Shared},
};
use engine::fact::TouchKind;

/// Columns behind the listing.
const COLUMNS: [&str; 5] = ["Counted clicks", "Leads", "Wins", "Revenue by first touch", "Credit under the model"];

/// The place of the listings.
#[component]
pub fn Market() -> impl IntoView {
    let ctx = Ctx::get();
    view! {
        <div class="asking"><RangeSwitch beside=false/><Switches/></div>
        {later(move || live(move || panel(ctx)))}
    }
}

fn panel(ctx: Ctx) -> AnyView {
    let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
    let has =
        loaded.log.touches.kind.contains(&TouchKind::Listing) || loaded.log.clicks.kind.contains(&TouchKind::Listing);
    let (rows, all) = listings(&loaded, &report);
    let body = if !has {
        view! {
            <p class="quiet-text">
                "No click on a marketplace listing is recorded yet. A listing is a link of a kind of its own: put its short address \
                 where the marketplace leads to you, and whoever comes by it is counted here."
            </p>
            {lacking("touch{listing}")}
        }
        .into_any()
    } else if rows.is_empty() {
        view! { <p class="quiet-text" role="status">"No listing brought anything in this period, of whom is asked."</p> }.into_any()
    } else {
        table(ctx, rows, all)
    };
    view! {
        <section class="panel market" aria-labelledby="h-market">
            <h2 id="h-market">"Marketplace listings"</h2>
            {body}
        </section>
    }
    .into_any()
}

fn table(ctx: Ctx, rows: Vec<Listing>, all: Listing) -> AnyView {
    let head = |label: &'static str| view! { <th role="columnheader" scope="col" class="n">{label}</th> };
    let shown = rows.iter().map(|row| line(ctx, row)).collect_view();
    let count = format!("{} {}", ctx.count(rows.len() as u64), words::plural(rows.len(), "listing", "listings"));
    let attributed = ctx.report.with(|report| report.attributed.value.number()).unwrap_or(0);
    let share = (attributed > 0 && all.results.credit >= 0)
        .then(|| ctx.text(|l| l.percent(all.results.credit.unsigned_abs(), attributed.unsigned_abs())));
    let share = share.map(|share| {
        let text = format!("Of all attributed revenue, {}, listings are credited with {share}.", ctx.money(attributed));
        view! { <p class="quiet-text rest">{text}</p> }
    });
    let rows = Shared::new(rows);
    let currency = ctx.currency();
    let text = move || file(&ctx.loaded.get_untracked(), &rows, currency);
    let journeys = move || {
        go(ctx, Place::Journeys);
        ctx.ask(|f| f.ways = Ways { touch: Some(TouchKind::Listing), ..Ways::default() });
    };
    view! {
        <p class="quiet-text">
            "New business goes to the listing whose click was the first touch that counts before the sale, net of refunds; beside it \
             stands what the model above credits the listing\u{2019}s clicks with, of every kind of revenue."
        </p>
        <div class="tools">
            <span class="count" role="status">{count}</span>
            <button type="button" class="quiet small" on:click=press(journeys)>"Journeys with a listing"</button>
            <DownloadButton name="listings.csv" text=Box::new(text)/>
        </div>
        <table class="cards listings" role="table">
            <thead role="rowgroup">
                <tr role="row"><th role="columnheader" scope="col">"Listing"</th>{COLUMNS.map(head)}</tr>
            </thead>
            <tbody role="rowgroup">
                {shown}
                <tr role="row" class="total" data-listing="">
                    <th role="rowheader" scope="row" class="lead">"All listings"</th>
                    {cells(ctx, &all, true)}
                </tr>
            </tbody>
        </table>
        {share}
    }
    .into_any()
}

fn line(ctx: Ctx, row: &Listing) -> AnyView {
    let (name, partner) = ctx.loaded.with(|loaded| (row.name(&loaded.log), row.partner(loaded).to_owned()));
    view! {
        <tr role="row" data-listing=name.clone()>
            <td role="cell" class="lead">{name.clone()} " " <small>{partner}</small></td>
            {cells(ctx, row, row.link.is_some())}
        </tr>
    }
    .into_any()
}

/// The numbers of a row; without a link only revenue is told.
fn cells(ctx: Ctx, row: &Listing, is_told: bool) -> AnyView {
    let count = |i: usize, n: u64| {
        let text = if is_told { ctx.count(n) } else { "Not known".to_owned() };
        cell(COLUMNS[i], n == 0, text)
    };
    let money = |i: usize, minor: i64, id: &'static str| {
        let class = if minor == 0 { "n zero" } else { "n" };
        view! { <td role="cell" class=class data-label=COLUMNS[i] data-sum=id data-value=minor.to_string()>{ctx.money(minor)}</td> }
    };
    let results = row.results;
    let credit = if is_told {
        money(4, results.credit, "credit").into_any()
    } else {
        cell(COLUMNS[4], true, "Not known".to_owned())
    };
    view! {
        {count(0, results.clicks)}
        {count(1, results.leads)}
        {count(2, results.wins)}
        {money(3, row.revenue, "revenue")}
        {credit}
    }
    .into_any()
}
