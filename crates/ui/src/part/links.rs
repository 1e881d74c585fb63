//! The partner's links, each with what came of it and a button that copies it; and the campaigns.

use engine::{
    kpi::Results,
    log::{LinkRow, NONE},
};
use leptos::prelude::*;
use wire::path;

#[cfg(feature = "server")]
use super::own;
use super::{copy::CopyButton, live, text, when};
use crate::state::Ctx;

/// Rows that are shown at first, and added at a time.
const PAGE: usize = 20;

/// The table of links.
#[component]
pub fn Links(
    /// Whether there is room for what came of the clicks.
    #[prop(default = true)]
    full: bool,
) -> impl IntoView {
    let ctx = Ctx::get();
    let shown = RwSignal::new(PAGE);
    let own = own::of_page();
    let links = Memo::new(move |_| {
        let loaded = ctx.loaded.get();
        let links = loaded.links(&ctx.report.get());
        let is_gone = |row: u32| {
            let link = loaded.log.links.get(row as usize);
            link.is_some_and(LinkRow::is_gone) || own::is_retired(own, &loaded, row)
        };
        let is_shown = |(row, results): &(u32, Results)| {
            (full || *row != NONE) && (*results != Results::default() || !is_gone(*row))
        };
        links.into_iter().filter(is_shown).collect::<Vec<_>>()
    });
    let rows = move || {
        let visible = links.get().into_iter().take(shown.get());
        visible.map(|(row, results)| link(ctx, full, row, results)).collect_view()
    };
    let more = move || links.with(Vec::len).saturating_sub(shown.get());
    let head = |label: &'static str| view! { <th role="columnheader" scope="col" class="n">{label}</th> };
    let table = move || {
        view! {
            <table class="cards" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Link"</th>
                        <th role="columnheader" scope="col">"Leads to"</th>
                        {head("Counted clicks")}
                        {full.then(|| [head("Leads"), head("Attributed revenue")])}
                        <th role="columnheader" scope="col"><span class="unseen">"Copy"</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{live(rows)}</tbody>
            </table>
        }
    };
    let none = || view! { <p class="quiet-text">"No links yet. They appear here by themselves."</p> };
    let label = move || format!("Show {} more of {}", more().min(PAGE), links.with(Vec::len));
    view! {
        {when(move || !links.with(Vec::is_empty), table)}
        {when(move || links.with(Vec::is_empty), none)}
        {when(move || more() > 0, move || view! {
            <button type="button" class="quiet more" on:click=move |_| shown.update(|n| *n += PAGE)>{text(label)}</button>
        })}
    }
}

fn link(ctx: Ctx, full: bool, row: u32, results: Results) -> AnyView {
    let loaded = ctx.loaded.get_untracked();
    let Some(link) = loaded.log.links.get(row as usize).cloned() else {
        return view! {
            <tr role="row" data-link="">
                <td role="cell" class="lead">"No link"</td>
                <td role="cell" class="wide" data-label="Leads to">
                    <small>"Introductions, co-selling, coupons: what counts and came by no link"</small>
                </td>
                {came(ctx, full, results)}
                <td role="cell"></td>
            </tr>
        }
        .into_any();
    };
    let own = own::of_page();
    let named = !ctx.is_partner() && link.partner != NONE;
    let owner = loaded.name_of(Some(link.partner)).filter(|_| named).map(String::from);
    let bare = |address: &str| {
        let address = address.trim_start_matches("https://").trim_start_matches("http://");
        address.trim_end_matches('/').to_owned()
    };
    let (place, query) = match link.destination.split_once('?') {
        Some((place, query)) => (bare(place), Some(query.to_owned())),
        None => (bare(&link.destination), None),
    };
    let name = if link.is_gone() {
        view! { <span class="address">{format!("/{}", link.key)}</span> " " <span class="badge">"Taken away"</span> }
            .into_any()
    } else {
        view! { <a href=link.short.clone() target="_blank" rel="noopener">{bare(&link.short)}</a> {own::badge(own, &link.short)} }.into_any()
    };
    let acts = (!link.is_gone()).then(|| {
        view! { <div class="acts" data-reads>{own::acts(own, &link.short)}{full.then(|| qr(&link.short, &link.key))}<CopyButton text=link.short.clone() what=link.key.clone()/></div> }
    });
    view! {
        <tr role="row" data-link=link.key.clone()>
            <td role="cell" class="lead">{name}{owner.map(|owner| view! { <small>{owner}</small> })}</td>
            <td role="cell" class="wide" data-label="Leads to">
                <span class="address">{place}</span>
                {query.map(|query| view! { <small class="address">{query}</small> })}
            </td>
            {came(ctx, full, results)}
            <td role="cell" class="act">{acts}</td>
        </tr>
    }
    .into_any()
}

/// A file with the QR code of a link.
fn qr(short: &str, key: &str) -> impl IntoView + use<> {
    let address = format!("{}?format=svg&url={}", path::QR, js_sys::encode_uri_component(short));
    view! { <a class="button quiet small" href=address download=format!("{key}.svg") aria-label=format!("QR code of {key}")>"QR"</a> }
}

/// The cells that say what came of a link or a campaign.
fn came(ctx: Ctx, full: bool, results: Results) -> AnyView {
    let cell = |label: &'static str, zero: bool, text: String| {
        let class = if zero { "n zero" } else { "n" };
        view! { <td role="cell" class=class data-label=label>{text}</td> }
    };
    let clicks = cell("Counted clicks", results.clicks == 0, ctx.count(results.clicks));
    let rest = full.then(|| {
        [
            cell("Leads", results.leads == 0, ctx.count(results.leads)),
            cell("Attributed revenue", results.credit == 0, ctx.money(results.credit)),
        ]
    });
    (clicks, rest).into_any()
}

/// What came of each campaign.
#[cfg(feature = "page")]
#[component]
pub fn Campaigns() -> impl IntoView {
    let ctx = Ctx::get();
    let rows = move || {
        let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
        let row = |(name, results): (&str, Results)| {
            let name = if name.is_empty() { "No campaign".to_owned() } else { name.to_owned() };
            view! { <tr role="row" data-campaign=name.clone()><td role="cell" class="lead">{name.clone()}</td>{came(ctx, true, results)}</tr> }
        };
        loaded.campaigns(&report).into_iter().map(row).collect_view()
    };
    let head = |label: &'static str| view! { <th role="columnheader" scope="col" class="n">{label}</th> };
    view! {
        <table class="cards" role="table">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Campaign"</th>
                    {["Counted clicks", "Leads", "Attributed revenue"].map(head)}
                </tr>
            </thead>
            <tbody role="rowgroup">{live(rows)}</tbody>
        </table>
    }
}

/// A report without a server's lists knows no states of links.
#[cfg(not(feature = "server"))]
mod own {
    use crate::model::loaded::Loaded;

    #[derive(Clone, Copy)]
    pub enum OwnLinks {}

    pub fn of_page() -> Option<OwnLinks> {
        None
    }

    pub fn is_retired(_: Option<OwnLinks>, _: &Loaded, _: u32) -> bool {
        false
    }

    pub fn badge(_: Option<OwnLinks>, _: &str) {}

    pub fn acts(_: Option<OwnLinks>, _: &str) {}
}
