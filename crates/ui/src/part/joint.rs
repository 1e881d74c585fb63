//! Joint marketing and the partner's integrations, as far as there are facts about them.

use engine::figure::Figure;
use leptos::prelude::*;

use super::{
    live,
    tile::{raw, written},
    when,
};
use crate::state::Ctx;

/// The figures, each with its definition; nothing where there are none.
#[component]
pub fn Joint() -> impl IntoView {
    let ctx = Ctx::get();
    let figures = Memo::new(move |_| {
        let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
        report.joint(&loaded.log, &loaded.journeys)
    });
    let table = move || {
        let rows = move || figures.with(|figures| figures.iter().map(|figure| row(ctx, figure)).collect_view());
        view! {
            <section class="panel" aria-labelledby="h-joint">
                <h2 id="h-joint">"Together: joint marketing and integrations"</h2>
                <table class="cards joint" role="table">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">"Figure"</th>
                            <th role="columnheader" scope="col">"How it is counted"</th>
                            <th role="columnheader" scope="col" class="n">"Value"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{live(rows)}</tbody>
                </table>
            </section>
        }
    };
    when(move || !figures.with(Vec::is_empty), table)
}

fn row(ctx: Ctx, figure: &Figure) -> impl IntoView + use<> {
    view! {
        <tr role="row">
            <td role="cell" class="lead">{figure.label}</td>
            <td role="cell" class="quiet-text">{figure.definition}</td>
            <td role="cell" class="n" data-label="Value" data-figure=figure.id data-value=raw(figure.value)>
                {ctx.text(|locale| written(locale, figure))}
            </td>
        </tr>
    }
}
