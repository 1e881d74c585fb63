//! The partner's links, each with its clicks and a button that copies it.

use engine::log::NONE;
use leptos::prelude::*;

use super::{copy::CopyButton, live, text, when};
use crate::state::Ctx;

/// Rows that are shown at first, and added at a time.
const PAGE: usize = 20;

/// The table of links.
#[component]
pub fn Links() -> impl IntoView {
    let ctx = Ctx::get();
    let shown = RwSignal::new(PAGE);
    let links = Memo::new(move |_| {
        let filters = ctx.asked.get();
        ctx.loaded.with(|loaded| loaded.links(loaded.partner(&filters)))
    });
    let rows = move || {
        links.with(|links| links.iter().take(shown.get()).map(|(row, clicks)| link(ctx, *row, *clicks)).collect_view())
    };
    let more = move || links.with(Vec::len).saturating_sub(shown.get());
    let table = move || {
        view! {
            <table class="cards" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Link"</th>
                        <th role="columnheader" scope="col">"Leads to"</th>
                        <th role="columnheader" scope="col" class="n">"Counted clicks"</th>
                        <th role="columnheader" scope="col"><span class="unseen">"Copy"</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{live(rows)}</tbody>
            </table>
        }
    };
    let none =
        || view! { <p class="quiet-text">"No links yet. The program makes them; they appear here by themselves."</p> };
    let label = move || format!("Show {} more of {}", more().min(PAGE), links.with(Vec::len));
    view! {
        {when(move || !links.with(Vec::is_empty), table)}
        {when(move || links.with(Vec::is_empty), none)}
        {when(move || more() > 0, move || view! {
            <button type="button" class="quiet more" on:click=move |_| shown.update(|n| *n += PAGE)>{text(label)}</button>
        })}
    }
}

fn link(ctx: Ctx, row: u32, clicks: u64) -> impl IntoView {
    let (link, owner) = ctx.loaded.with(|loaded| {
        let link = loaded.log.links[row as usize].clone();
        let owner =
            (!ctx.is_partner() && link.partner != NONE).then(|| loaded.name_of(Some(link.partner)).map(String::from));
        (link, owner.flatten())
    });
    let bare = |address: &str| {
        let address = address.trim_start_matches("https://").trim_start_matches("http://");
        address.trim_end_matches('/').to_owned()
    };
    let (place, query) = match link.destination.split_once('?') {
        Some((place, query)) => (bare(place), Some(query.to_owned())),
        None => (bare(&link.destination), None),
    };
    view! {
        <tr role="row" data-link=link.key.clone()>
            <td role="cell" class="lead">
                <a href=link.short.clone() target="_blank" rel="noopener">{bare(&link.short)}</a>
                {owner.map(|owner| view! { <small>{owner}</small> })}
            </td>
            <td role="cell" class="wide" data-label="Leads to">
                <span class="address">{place}</span>
                {query.map(|query| view! { <small class="address">{query}</small> })}
            </td>
            <td role="cell" class="n" data-label="Counted clicks">{ctx.count(clicks)}</td>
            <td role="cell" class="act"><CopyButton text=link.short what=link.key.clone()/></td>
        </tr>
    }
}
