//! The places of a report: each a question, under the same switches.

use leptos::prelude::*;

use crate::{
    model::place::{Group, Place},
    part::{
        Live,
        chart::Chart,
        evidence::EvidenceSheet,
        funnel::FunnelSteps,
        goals::Goals,
        later,
        lazy::{Loading, Lost, lazy, wasm_split},
        live,
        nav::Nav,
        notice::{EmptyNotice, StaleNotice},
        switches::{RangeSwitch, Switches},
        text,
        tile::{Tile, Which},
    },
    state::{Ctx, Store},
};

/// What shows a place.
pub type Elsewhere = fn(Place, Store) -> AnyView;

/// What a page has of its own.
#[derive(Debug, Clone, Copy)]
pub struct Own {
    /// Its places; of one that is not among them the overview is shown.
    pub places: &'static [Group],
    /// Loads what shows every place but the overview.
    pub elsewhere: fn() -> Loading<Elsewhere>,
    /// What the overview begins with.
    pub news: fn() -> AnyView,
    /// The fifth tile of the overview, behind those of revenue.
    pub fifth: fn(RwSignal<Option<Which>>) -> AnyView,
}

/// The report.
#[component]
pub fn ReportPage(
    /// Whose report.
    title: Signal<String>,
    /// Where it comes from.
    store: Store,
    /// What the page has of its own.
    own: Own,
) -> impl IntoView {
    let ctx = Ctx::get();
    let places = own.places;
    let now =
        move || ctx.loaded.with(|loaded| format!("As of {} UTC", ctx.text(|locale| locale.moment(loaded.head.now))));
    let place = Memo::new(move |_| {
        let asked = ctx.filters.with(|filters| filters.place);
        if places.iter().any(|group| group.places.contains(&asked)) { asked } else { Place::default() }
    });
    Effect::new(move |_| {
        let program = ctx.loaded.with(|loaded| loaded.head.program.name.clone());
        document().set_title(&format!("{} · {} · {program}", place.get().title(), title.get()));
    });
    let empty = Memo::new(move |_| ctx.loaded.with(|loaded| loaded.is_empty()));
    let open = RwSignal::new(None::<Which>);
    let shown = move || {
        let place = place.get();
        if place.is_computed() && !place.speaks_of_nothing() && empty.get() {
            return view! { <EmptyNotice/> }.into_any();
        }
        match place {
            Place::Overview => view! { <Overview open own/> }.into_any(),
            _ => lazy(own.elsewhere, move |show| show(place, store)).into_any(),
        }
    };
    view! {
        <Nav places/>
        <main class="report" id="report" tabindex="-1">
            <div class="title">
                <h1>{title}</h1>
                <p class="span">{text(now)}</p>
            </div>
            <StaleNotice store/>
            {live(shown)}
            <EvidenceSheet open/>
            <p class="unseen" role="status">{text(move || ctx.say.get().to_owned())}</p>
        </main>
    }
}

/// What was earned, from what, and what to do next.
#[component]
fn Overview(
    /// The figure whose reasons are open.
    open: RwSignal<Option<Which>>,
    own: Own,
) -> impl IntoView {
    let tiles = |which: &'static [Which]| which.iter().map(|which| view! { <Tile which=*which open/> }).collect_view();
    view! {
        {(own.news)()}
        <div class="asking"><RangeSwitch/><Switches/></div>
        <section class="tiles" aria-labelledby="h-figures">
            <h2 id="h-figures" class="unseen">"Figures"</h2>
            {tiles(&Which::REVENUE)}
            {(own.fifth)(open)}
            {tiles(&Which::WAY)}
        </section>
        <Goals/>
        <div class="pair">
            <section class="panel months" aria-labelledby="h-months">
                <h2 id="h-months">"Revenue by month" <small>"last 12 months"</small></h2>
                {drawn(|drawings| (drawings.months)())}
            </section>
            <section class="panel" aria-labelledby="h-funnel">
                <h2 id="h-funnel">"From click to win"</h2>
                {drawn(|drawings| (drawings.way)())}
            </section>
        </div>
    }
}

/// What draws the overview: the row of months, and the way from click to win.
#[derive(Clone, Copy)]
struct Drawings {
    months: fn() -> AnyView,
    way: fn() -> AnyView,
}

#[wasm_split(drawings, fallible, wasm_split_path = leptos::wasm_split)]
fn drawings() -> Result<Drawings, Lost> {
    Ok(Drawings { months: || view! { <Chart/> }.into_any(), way: || view! { <FunnelSteps/> }.into_any() })
}

/// A drawing, behind the first frame and with code of its own: figures are there before any chart.
fn drawn(pick: fn(Drawings) -> AnyView) -> Live {
    later(move || lazy(|| Box::pin(drawings()), pick))
}
