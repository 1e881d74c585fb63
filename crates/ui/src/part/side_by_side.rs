//! A few partners side by side: the figures of the table, a row each, the best of them marked. Who they are stands in the
//! address.

use engine::kpi::EACH;
use leptos::prelude::*;

use super::{flag, live, partners::cell, press, text, when};
use crate::{
    filters::COMPARED,
    model::partners::{Row, best},
    state::{Ctx, Shared},
};

/// Whether a partner stands beside others.
pub fn pick(ctx: Ctx, id: &str, name: &str) -> impl IntoView + use<> {
    let (own, known, turned) = (id.to_owned(), id.to_owned(), id.to_owned());
    let checked = flag(move || ctx.filters.with(|f| f.compared.contains(&own)));
    let full = flag(move || ctx.filters.with(|f| f.compared.len() >= COMPARED && !f.compared.contains(&known)));
    let why = text(move || if full.get() { format!("{COMPARED} stand side by side already") } else { String::new() });
    view! {
        <input
            type="checkbox"
            aria-label=format!("Compare {name}")
            title=why
            disabled=full
            prop:checked=checked
            on:change=move |_| ctx.ask(|f| f.turn_compared(&turned))
        />
    }
}

/// Those who are chosen, where some are.
pub fn show(ctx: Ctx, all: Memo<Shared<Vec<Row>>>) -> impl IntoView {
    let chosen = move || {
        let ids = ctx.filters.with(|f| f.compared.clone());
        all.with(|rows| ids.iter().filter_map(|id| rows.iter().find(|row| row.id == *id).cloned()).collect::<Vec<_>>())
    };
    let chosen = Memo::new(move |_| chosen());
    let clear = move || ctx.ask(|f| f.compared.clear());
    let hint = move || match chosen.with(Vec::len) {
        1 => format!("Choose another in the table below; up to {COMPARED} fit."),
        _ => String::new(),
    };
    when(
        move || !chosen.with(Vec::is_empty),
        move || {
            view! {
                <section class="panel" aria-labelledby="h-beside">
                    <h2 id="h-beside">"Side by side"</h2>
                    <div class="tools">
                        <span class="count" role="status">{text(hint)}</span>
                        <button type="button" class="quiet small" on:click=press(clear)>"Take all away"</button>
                    </div>
                    {live(move || chosen.with(|rows| table(ctx, &rows.iter().collect::<Vec<_>>())))}
                </section>
            }
        },
    )
}

fn table(ctx: Ctx, rows: &[&Row]) -> AnyView {
    let name = |row: &Row| if row.name.trim().is_empty() { row.id.clone() } else { row.name.clone() };
    let head = |row: &&Row| {
        let (id, name) = (row.id.clone(), name(row));
        let away = move || ctx.ask(|f| f.turn_compared(&id));
        view! {
            <th role="columnheader" scope="col" class="n">
                <strong>{name.clone()}</strong>
                <button type="button" aria-label=format!("Take {name} away") on:click=press(away)>"\u{d7}"</button>
                <small>{row.group.clone()}</small>
            </th>
        }
    };
    let line = |i: usize| {
        let best = best(i, rows);
        let cells = rows.iter().map(|row| {
            let value = &row.values[i];
            cell(ctx, i, value, name(row), best.is_some() && value.number() == best)
        });
        view! {
            <tr role="row" data-compared=EACH[i].id>
                <td role="rowheader" class="lead" title=EACH[i].formula>{EACH[i].label}</td>
                {cells.collect_view()}
            </tr>
        }
    };
    view! {
        <table class="cards beside" role="table" aria-label="Partners side by side">
            <thead role="rowgroup">
                <tr role="row"><th role="columnheader" scope="col">"Figure"</th>{rows.iter().map(head).collect_view()}</tr>
            </thead>
            <tbody role="rowgroup">{(0..EACH.len()).map(line).collect_view()}</tbody>
        </table>
    }
    .into_any()
}
