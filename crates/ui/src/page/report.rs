//! The places of a report: each a question, under the same switches.

use leptos::prelude::*;

use crate::{
    model::place::Place,
    part::{
        chart::Chart,
        deals::Deals,
        evidence::EvidenceSheet,
        funnel::{FunnelSteps, FunnelTable},
        goals::Goals,
        later,
        links::{Campaigns, Links},
        live,
        nav::Nav,
        notice::{EmptyNotice, StaleNotice},
        switches::{RangeSwitch, Switches},
        text,
        tile::{Tile, Which},
    },
    state::{Ctx, Store},
};

/// What a page has of its own.
#[derive(Debug, Clone, Copy)]
pub struct Own {
    /// Its places; of one that is not among them the overview is shown.
    pub places: &'static [Place],
    /// What is shown at the places that are not computed from the feed.
    pub other: fn(Place) -> AnyView,
    /// What the overview begins with.
    pub news: fn() -> AnyView,
    /// The fifth tile of the overview, behind those of revenue.
    pub fifth: fn(RwSignal<Option<Which>>) -> AnyView,
    /// What stands below the deals.
    pub deals: fn() -> AnyView,
    /// What stands above and below the links.
    pub links: fn(Store) -> [AnyView; 2],
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
        if places.contains(&asked) { asked } else { Place::default() }
    });
    let empty = Memo::new(move |_| ctx.loaded.with(|loaded| loaded.is_empty()));
    let open = RwSignal::new(None::<Which>);
    let shown = move || {
        let place = place.get();
        if !place.is_computed() {
            return (own.other)(place);
        }
        if !place.speaks_of_nothing() && empty.get() {
            return view! { <EmptyNotice/> }.into_any();
        }
        match place {
            Place::Funnel => view! { <Funnel/> }.into_any(),
            Place::Deals => view! { <DealsPlace below=(own.deals)()/> }.into_any(),
            Place::Links => view! { <LinksPlace own=(own.links)(store)/> }.into_any(),
            _ => view! { <Overview open own/> }.into_any(),
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
                {later(|| view! { <Chart/> })}
            </section>
            <section class="panel" aria-labelledby="h-funnel">
                <h2 id="h-funnel">"From click to win"</h2>
                {later(|| view! { <FunnelSteps/> })}
            </section>
        </div>
    }
}

/// From click to win, with drop-off and time.
#[component]
fn Funnel() -> impl IntoView {
    view! {
        <div class="asking"><RangeSwitch/><Switches/></div>
        <section class="panel" aria-labelledby="h-funnel">
            <h2 id="h-funnel">"From click to win"</h2>
            <FunnelTable/>
        </section>
    }
}

/// The customers, each with its explanation.
#[component]
fn DealsPlace(below: AnyView) -> impl IntoView {
    view! {
        <div class="asking"><RangeSwitch/><Switches/></div>
        <section class="panel" aria-labelledby="h-deals">
            <h2 id="h-deals">"Deals"</h2>
            <Deals/>
        </section>
        {below}
    }
}

/// The links, and what came of each.
#[component]
fn LinksPlace(own: [AnyView; 2]) -> impl IntoView {
    let [above, below] = own;
    view! {
        {above}
        <div class="asking"><RangeSwitch/><Switches/></div>
        <section class="panel" aria-labelledby="h-links">
            <h2 id="h-links">"Links"</h2>
            <Links/>
        </section>
        <section class="panel" aria-labelledby="h-campaigns">
            <h2 id="h-campaigns">"Campaigns"</h2>
            <Campaigns/>
        </section>
        {below}
    }
}
