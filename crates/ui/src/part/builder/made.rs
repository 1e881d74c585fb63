//! What was made: to copy, to save, and to print.

use leptos::prelude::*;

use super::{Builder, list::code};
use crate::{
    model::csv,
    part::{copy::CopyButton, download::DownloadButton, live, press, text, when},
};

/// A link that was made, and the line that it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub id: String,
    pub short: String,
    /// Where visitors arrive, but for the click's token.
    pub location: String,
    pub title: String,
    /// Its destination.
    pub url: String,
    /// The partner's name; empty for the program's own.
    pub partner: String,
    pub head: String,
    pub raw: String,
}

pub fn show(builder: Builder) -> impl IntoView {
    let sheet = RwSignal::new(false);
    let all =
        move || builder.made.with(|made| made.iter().map(|link| link.short.as_str()).collect::<Vec<_>>().join("\n"));
    let file = move || {
        let head = ["short_link", "leads_to", "title"].map(str::to_owned).to_vec();
        let row = |link: &Made| vec![link.short.clone(), link.location.clone(), link.title.clone()];
        let rows = builder.made.with_untracked(|made| made.iter().map(row).collect::<Vec<_>>());
        csv::written(&core::iter::once(head).chain(rows).collect::<Vec<_>>())
    };
    let shown = move || {
        view! {
            <section class="made" aria-labelledby="h-made">
                <h3 id="h-made">{text(move || format!("Made: {}", builder.made.with(Vec::len)))}</h3>
                <div class="acts">
                    {live(move || view! { <CopyButton text=all() what="all of them"/> })}
                    <DownloadButton name="links.csv" text=Box::new(file)/>
                    <button
                        type="button"
                        class="quiet small"
                        aria-expanded=text(move || sheet.get().to_string())
                        on:click=press(move || sheet.update(|open| *open = !*open))
                    >
                        "QR sheet"
                    </button>
                </div>
                {when(move || sheet.get(), move || codes(builder))}
                {table(builder)}
            </section>
        }
    };
    when(move || builder.made.with(|made| !made.is_empty()), shown)
}

fn table(builder: Builder) -> AnyView {
    let row = |link: &Made| {
        view! {
            <tr role="row" data-made=link.short.clone()>
                <td role="cell" class="lead"><span class="address">{link.short.clone()}</span></td>
                <td role="cell" class="wide"><small class="address">{link.location.clone()}</small></td>
                <td role="cell" class="act"><CopyButton text=link.short.clone() what=link.short.clone()/></td>
            </tr>
        }
    };
    let head = |name: &'static str| view! { <th role="columnheader" scope="col">{name}</th> };
    view! {
        <table class="cards" role="table">
            <caption class="unseen">"Links that were made"</caption>
            <thead role="rowgroup">
                <tr role="row">
                    {["Short link", "Visitors arrive at"].map(head).collect_view()}
                    <th role="columnheader" scope="col"><span class="unseen">"Copy"</span></th>
                </tr>
            </thead>
            <tbody role="rowgroup">{live(move || builder.made.with(|made| made.iter().map(row).collect_view()))}</tbody>
        </table>
    }
    .into_any()
}

/// A code each, as they are printed.
fn codes(builder: Builder) -> AnyView {
    let figure = |link: &Made| {
        let address = bare(&link.short).to_owned();
        let titled = !link.title.is_empty();
        let name = if titled { link.title.clone() } else { address.clone() };
        let short = titled.then(|| view! { <small class="address">{address.clone()}</small> });
        let to = bare(link.url.split(['?', '#']).next().unwrap_or_default()).to_owned();
        view! {
            <figure>
                <img src=code(&link.short) alt=format!("QR code of {address}") width="160" height="160"/>
                <figcaption>
                    <strong>{name}</strong> {short} <small>{link.partner.clone()}</small>
                    <small class="address">"\u{2192}\u{a0}" {to}</small>
                </figcaption>
            </figure>
        }
    };
    view! {
        <div class="acts">
            <button type="button" class="strong" on:click=press(print)>"Print the sheet"</button>
        </div>
        <section class="codes" aria-label="QR codes">
            {live(move || builder.made.with(|made| made.iter().map(figure).collect_view()))}
        </section>
    }
    .into_any()
}

/// An address without its scheme.
fn bare(address: &str) -> &str {
    address.split_once("://").map_or("", |(_, rest)| rest)
}

fn print() {
    if let Err(error) = window().print() {
        web_sys::console::error_1(&error);
    }
}
