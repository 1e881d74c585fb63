//! The partner's portal: what they brought, why it counts, and their links.

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;
use wire::{feed::Reader, path};

use super::{
    places,
    report::{Elsewhere, Own, ReportPage},
};
use crate::{
    model::place::Place,
    part::{
        assets::{Assets, NewLink},
        commission::CommissionTile,
        header::Header,
        late::Late,
        lazy::{Lost, wasm_split},
        listings::Listings,
        missing::Missing,
        own::OwnLinks,
        registrations::Registrations,
        statements::Statements,
        team::Team,
        visit::SinceLastVisit,
    },
    state::{Ctx, Store},
};

/// Mounts the portal into `#app`.
#[wasm_bindgen]
pub fn mount() {
    super::mount(super::ask, |store| view! { <Portal store/> }.into_any());
}

#[component]
fn Portal(store: Store) -> impl IntoView {
    let ctx = Ctx::get();
    let name = Signal::derive(move || ctx.loaded.with(|l| l.name_of(l.reader()).unwrap_or("Partner").to_owned()));
    // Somebody of the program reads everything: their place is the console.
    let program = ctx.loaded.with(|loaded| loaded.head.reader == Reader::Program);
    if program {
        return view! {
            <Header scope="Partner portal" who=String::new()/>
            <main class="notice" id="report">
                <h1>"This is the partners' portal"</h1>
                <p>"You are signed in for the program, which reads the figures of all partners in its console."</p>
                <a class="button strong" href=path::CONSOLE>"Open the console"</a>
            </main>
        }
        .into_any();
    }
    view! {
        <Header scope="Partner portal" who=name/>
        {Late::new(store).show()}
        <ReportPage
            title=name
            store
            own=Own {
                places: &Place::PORTAL,
                elsewhere: || Box::pin(elsewhere()),
                news: || view! { <SinceLastVisit/> }.into_any(),
                fifth: |_| view! { <CommissionTile/> }.into_any(),
            }
        />
    }
    .into_any()
}

#[wasm_split(places, fallible, wasm_split_path = leptos::wasm_split)]
fn elsewhere() -> Result<Elsewhere, Lost> {
    Ok(show)
}

/// Every place but the overview.
fn show(place: Place, store: Store) -> AnyView {
    match place {
        Place::Deals => view! { {places::show(place)} <Missing/> }.into_any(),
        Place::Links => {
            let own = OwnLinks::provide();
            let above = (own.show(), view! { <NewLink store told=own.told/> });
            places::links(above.into_any(), view! { <Listings/> <Assets/> }.into_any())
        }
        Place::Statements => view! { <Statements/> }.into_any(),
        Place::Registrations => view! { <Registrations/> }.into_any(),
        Place::Team => view! { <Team/> }.into_any(),
        _ => places::show(place),
    }
}
