//! The list: where it is pasted, and each line as it would be made.

use leptos::prelude::*;
use wire::path;

use super::{Builder, Checked};
use crate::part::{live, text, when};

/// Lines of a long list that are shown without a fault; those with one are shown all.
const SHOWN: usize = 100;

pub fn show(builder: Builder) -> impl IntoView {
    let wrong = move || {
        builder.read.get().is_err() || builder.checked.with(|lines| lines.iter().any(|line| !line.faults.is_empty()))
    };
    let any = move || builder.checked.with(|lines| !lines.is_empty());
    view! {
        <div class="field">
            <label for="list">"One address a line, or rows of a table"</label>
            <textarea
                id="list"
                class="pasted"
                rows="8"
                spellcheck="false"
                autocomplete="off"
                wrap="off"
                aria-describedby="list-hint list-sum"
                aria-invalid=text(move || wrong().to_string())
                prop:value=text(move || builder.text.get())
                prop:readOnly=move || builder.is_busy()
                on:input=move |event| builder.text.set(event_target_value(&event))
            ></textarea>
            <small id="list-hint">
                "Columns, with commas, semicolons or tabs between them, in this order or under a line that names them: url, key,
                partner, utm_source, utm_medium, utm_campaign, utm_term, utm_content, title, description, image, comments."
            </small>
        </div>
        <p id="list-sum" class="sum" role="status" class:fault=wrong>{text(move || sum(builder))}</p>
        {when(any, move || card(builder))}
        {when(any, move || table(builder))}
    }
}

/// How many lines there are, and how many of them can be made.
fn sum(builder: Builder) -> String {
    let lines = match &*builder.read.get() {
        Err(why) => return why.clone(),
        Ok(lines) => lines.len(),
    };
    let good = builder.good();
    let of = |n: usize| if n == 1 { "1 line".to_owned() } else { format!("{n} lines") };
    match (lines, good) {
        (0, _) => "Nothing to make yet: paste a list.".to_owned(),
        (_, 0) => format!("None of {} can be made: see below what is wrong.", of(lines)),
        _ if lines == good => format!("{} can be made.", of(good)),
        _ => format!("{good} of {} can be made. Below stands what is wrong with the others.", of(lines)),
    }
}

fn table(builder: Builder) -> AnyView {
    let rows = move || {
        let mut room = SHOWN;
        let shown = |line: &&Checked| {
            let has_room = room > 0;
            room = room.saturating_sub(usize::from(line.faults.is_empty()));
            has_room || !line.faults.is_empty()
        };
        builder.checked.with(|lines| lines.iter().filter(shown).map(row).collect_view())
    };
    let head = |name: &'static str| view! { <th role="columnheader" scope="col">{name}</th> };
    view! {
        <table class="cards lines" role="table">
            <caption class="unseen">"What each line makes, and what is wrong with it"</caption>
            <thead role="rowgroup">
                <tr role="row">{["Line", "Short link", "Visitors arrive at", "What is wrong"].map(head).collect_view()}</tr>
            </thead>
            <tbody role="rowgroup">{live(rows)}</tbody>
        </table>
    }
    .into_any()
}

fn row(Checked { line, faults, .. }: &Checked) -> AnyView {
    let short = if line.key.is_empty() {
        view! { <small>"made for you"</small> }.into_any()
    } else {
        view! { <span class="address">{format!("/{}", line.key)}</span> }.into_any()
    };
    let to = if line.location.is_empty() { line.raw.clone() } else { line.location.clone() };
    let faults = faults.iter().map(|fault| view! { <p class="fault">{fault.clone()}</p> }).collect_view();
    view! {
        <tr role="row" data-line=line.line.to_string()>
            <td role="cell" class="at">{line.line.to_string()}</td>
            <td role="cell">{short}</td>
            <td role="cell" class="wide"><span class="address" data-location=line.location.clone()>{to}</span></td>
            <td role="cell" class="wide">{faults}</td>
        </tr>
    }
    .into_any()
}

/// The first link that can be made, as programs preview it.
fn card(builder: Builder) -> AnyView {
    let shown = move || {
        let checked = builder.checked.get();
        checked.iter().find(|line| line.is_good).map(|Checked { line, .. }| {
            let host = line.location.split('/').nth(2).unwrap_or_default().to_owned();
            let about = line.value("description").to_owned();
            let title = Some(line.value("title")).filter(|title| !title.is_empty()).unwrap_or(&host).to_owned();
            let short = format!("{}/{}", builder.known.get().own, if line.key.is_empty() { "…" } else { &line.key });
            let image = Some(line.value("image")).filter(|image| !image.is_empty()).map(picture);
            view! {
                <figure class="preview">
                    <figcaption>"Shared, the first of them looks like this, with what its page says where the line does not"</figcaption>
                    {image}
                    <small>{short}</small>
                    <strong>{title}</strong>
                    {(!about.is_empty()).then(|| view! { <p>{about}</p> })}
                    <small>{host}</small>
                </figure>
            }
        })
    };
    live(shown).into_any()
}

/// A card's picture, or that it cannot be shown.
fn picture(address: &str) -> impl IntoView + use<> {
    let is_lost = RwSignal::new(false);
    let address = address.to_owned();
    view! {
        {when(move || !is_lost.get(), move || view! {
            <img src=address.clone() alt="" referrerpolicy="no-referrer" on:error=move |_| is_lost.set(true)/>
        })}
        {when(move || is_lost.get(), || view! { <p class="fault">"Its picture cannot be shown: no picture was found at that address."</p> })}
    }
}

/// The address of a code for cameras.
pub fn code(address: &str) -> String {
    let address: String = js_sys::encode_uri_component(address).into();
    format!("{}?url={address}&format=svg", path::QR)
}
