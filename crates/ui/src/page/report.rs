//! The report that both pages show: figures, months, funnel, deals, links.

use leptos::prelude::*;

use crate::{
    part::{
        chart::Chart,
        deals::Deals,
        evidence::EvidenceSheet,
        funnel::FunnelSteps,
        links::Links,
        notice::{EmptyNotice, StaleNotice},
        switches::Switches,
        text,
        tile::{Tile, Which},
        when,
    },
    state::{Ctx, Store},
};

/// The report.
#[component]
pub fn ReportPage(
    /// Whose report.
    title: Signal<String>,
    /// Where it comes from.
    store: Store,
) -> impl IntoView {
    let ctx = Ctx::get();
    let span = move || {
        ctx.loaded.with(|loaded| {
            let now = ctx.text(|locale| locale.moment(loaded.head.now));
            loaded.since().map_or_else(
                || format!("As of {now} UTC"),
                |since| format!("All facts since {}, as of {now} UTC", ctx.text(|locale| locale.date(since))),
            )
        })
    };
    let empty = move || ctx.loaded.with(|loaded| loaded.is_empty());
    view! {
        <main class="report" id="report" tabindex="-1">
            <div class="title">
                <h1>{title}</h1>
                <p class="span">{text(span)}</p>
            </div>
            <StaleNotice store/>
            {when(empty, || view! { <EmptyNotice/> })}
            {when(move || !empty(), || view! { <Figures/> })}
            <p class="unseen" role="status">{text(move || ctx.say.get().to_owned())}</p>
        </main>
    }
}

#[component]
fn Figures() -> impl IntoView {
    let open = RwSignal::new(None::<Which>);
    view! {
        <Switches/>
        <section class="tiles" aria-labelledby="h-figures">
            <h2 id="h-figures" class="unseen">"Figures"</h2>
            {Which::ALL.map(|which| view! { <Tile which open/> }).collect_view()}
        </section>
        <div class="pair">
            <section class="panel months" aria-labelledby="h-months">
                <h2 id="h-months">"Revenue by month" <small>"last 12 months"</small></h2>
                <Chart/>
            </section>
            <section class="panel" aria-labelledby="h-funnel">
                <h2 id="h-funnel">"From click to win"</h2>
                <FunnelSteps/>
            </section>
        </div>
        <section class="panel" aria-labelledby="h-deals">
            <h2 id="h-deals">"Deals"</h2>
            <Deals/>
        </section>
        <section class="panel" aria-labelledby="h-links">
            <h2 id="h-links">"Links"</h2>
            <Links/>
        </section>
        <EvidenceSheet open/>
    }
}
