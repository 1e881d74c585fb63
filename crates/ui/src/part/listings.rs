//! What came of each marketplace listing, where the partner has any.

use engine::kpi::Results;
use leptos::prelude::*;

use super::{live, when};
use crate::state::Ctx;

/// Columns behind the listing.
const COLUMNS: [&str; 4] = ["Counted clicks", "Leads", "Wins", "Attributed revenue"];

/// The table of listings.
#[component]
pub fn Listings() -> impl IntoView {
    let ctx = Ctx::get();
    let listings = Memo::new(move |_| ctx.loaded.get().listings(&ctx.report.get()));
    let table = move || {
        let rows = move || listings.get().into_iter().map(|(link, results)| row(ctx, link, results)).collect_view();
        let head = |label: &'static str| view! { <th role="columnheader" scope="col" class="n">{label}</th> };
        view! {
            <section class="panel" aria-labelledby="h-listings">
                <h2 id="h-listings">"Marketplace listings"</h2>
                <table class="cards" role="table">
                    <thead role="rowgroup">
                        <tr role="row"><th role="columnheader" scope="col">"Listing"</th>{COLUMNS.map(head)}</tr>
                    </thead>
                    <tbody role="rowgroup">{live(rows)}</tbody>
                </table>
            </section>
        }
    };
    when(move || !listings.with(Vec::is_empty), table)
}

fn row(ctx: Ctx, link: u32, results: Results) -> AnyView {
    let key = ctx.loaded.with(|loaded| loaded.log.links[link as usize].key.clone());
    let count = |label: &'static str, n: u64| cell(label, n == 0, ctx.count(n));
    view! {
        <tr role="row" data-listing=key.clone()>
            <td role="cell" class="lead">{format!("/{key}")}</td>
            {count(COLUMNS[0], results.clicks)}
            {count(COLUMNS[1], results.leads)}
            {count(COLUMNS[2], results.wins)}
            {cell(COLUMNS[3], results.credit == 0, ctx.money(results.credit))}
        </tr>
    }
    .into_any()
}

pub(super) fn cell(label: &'static str, is_zero: bool, text: String) -> AnyView {
    let class = if is_zero { "n zero" } else { "n" };
    view! { <td role="cell" class=class data-label=label>{text}</td> }.into_any()
}
