//! The marketer's console: the same report for the whole program, or for any of its partners.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::prelude::wasm_bindgen;
use wire::{feed::Reader, path};

use super::{
    places,
    report::{Elsewhere, Own, ReportPage},
};
use crate::{
    api::Source,
    model::place::Place,
    part::{
        builder::LinkBuilder,
        catalogue::Catalogue,
        close::MonthClose,
        cohorts::Cohorts,
        compare::Models,
        coupons::Coupons,
        header::Header,
        import::Imports,
        inbox::Inbox,
        journeys::Journeys,
        late::Late,
        lazy::{Lost, lazy, wasm_split},
        market::Market,
        pages::Pages,
        palette::{Palette, palette},
        partners::Partners,
        press,
        review::Review,
        settings::Settings,
        tile::{Tile, Which},
        when,
    },
    state::{Ctx, Store},
};

/// Mounts the console into `#app`.
#[wasm_bindgen]
pub fn mount() {
    super::mount(super::ask, |store| view! { <Console store/> }.into_any());
}

#[component]
fn Console(store: Store) -> impl IntoView {
    let ctx = Ctx::get();
    let who = RwSignal::new(String::new());
    let rights = RwSignal::new(None);
    provide_context(Rights(rights));
    spawn_local(async move {
        // Both are a courtesy: the server refuses all the same.
        if let Ok(session) = Source::default().session().await {
            who.try_set(session.name);
            rights.try_set(Some(session.scopes));
        }
    });
    Effect::new(move |_| {
        let place = ctx.filters.with(|f| f.place);
        // What would change something is not offered then; see the styles.
        if let Some(root) = document().document_element()
            && let Err(error) = root.toggle_attribute_with_force("data-looking", Rights(rights).only_looks(place))
        {
            web_sys::console::error_1(&error);
        }
    });
    let partner = ctx.loaded.with(|loaded| loaded.head.reader == Reader::Partner);
    if partner {
        return view! {
            <Header scope="Console" who=who/>
            <main class="notice" id="report">
                <h1>"This is the program's console"</h1>
                <p>"You are signed in as a partner. Your own figures are in your portal."</p>
                <a class="button strong" href=path::PORTAL>"Open your portal"</a>
            </main>
        }
        .into_any();
    }
    let title = Signal::derive(move || {
        ctx.loaded.with(|l| {
            let place = ctx.filters.with(|f| f.place);
            // Where partners stand one beside the other, and what is kept for the program, has no partner's name above it.
            let of_all = place == Place::Partners || !place.is_computed();
            let partner = if of_all { None } else { ctx.asked.with(|f| l.partner(f)) };
            match (place, l.name_of(partner)) {
                (Place::Overview, name) => name.unwrap_or("All partners").to_owned(),
                (_, None) => place.title().to_owned(),
                (_, Some(name)) => format!("{}: {name}", place.title()),
            }
        })
    });
    let opened = RwSignal::new(0);
    let is_asked = Memo::new(move |_| opened.get() > 0);
    window_event_listener(leptos::ev::keydown, move |event| {
        if (event.ctrl_key() || event.meta_key()) && event.key() == "k" {
            event.prevent_default();
            opened.update(|times| *times += 1);
        }
    });
    let find = view! {
        <button type="button" class="quiet find" on:click=press(move || opened.update(|times| *times += 1))>
            "Find" <kbd aria-hidden="true">"Ctrl K"</kbd>
        </button>
    };
    view! {
        <Header scope="Console" who=who more=find.into_any()/>
        <div class="toast">{Late::new(store).show()}</div>
        {when(move || is_asked.get(), move || lazy(|| Box::pin(finder()), move |palette| palette(ctx, opened)))}
        <ReportPage
            title
            store
            own=Own {
                places: &Place::CONSOLE,
                elsewhere: || Box::pin(elsewhere()),
                news: || ().into_any(),
                fifth: |open| view! { <Tile which=Which::Wins open/> }.into_any(),
            }
        />
    }
    .into_any()
}

#[wasm_split(finder, fallible, wasm_split_path = leptos::wasm_split)]
fn finder() -> Result<Palette, Lost> {
    Ok(palette)
}

#[wasm_split(places, fallible, wasm_split_path = leptos::wasm_split)]
fn elsewhere() -> Result<Elsewhere, Lost> {
    Ok(show)
}

/// What the reader may do, once it is known.
#[derive(Clone, Copy)]
struct Rights(RwSignal<Option<Vec<String>>>);

impl Rights {
    /// Whether they may look at a place, and not change what is there.
    fn only_looks(self, place: Place) -> bool {
        let lacks = |scope: &str| self.0.with(|all| all.as_ref().is_some_and(|all| all.iter().all(|own| own != scope)));
        place.scope().is_some_and(lacks)
    }
}

/// Every place but the overview.
fn show(place: Place, store: Store) -> AnyView {
    let rights = expect_context::<Rights>();
    let note = when(
        move || rights.only_looks(place),
        || view! { <p class="looking" role="note">"Your role lets you look here. To change something takes a marketer or the owner."</p> },
    );
    if place == Place::Import {
        // There is nothing to look at but what one brings.
        return view! { {note} {when(move || !rights.only_looks(place), move || view! { <Imports store/> })} }
            .into_any();
    }
    view! { {note} {shown(place, store)} }.into_any()
}

fn shown(place: Place, store: Store) -> AnyView {
    match place {
        Place::Links => places::links(view! { <LinkBuilder store/> }.into_any(), ().into_any()),
        Place::Registrations => view! { <Inbox/> }.into_any(),
        Place::Models => view! { <Models/> }.into_any(),
        Place::Partners => view! { <Partners store/> }.into_any(),
        Place::Review => view! { <Review/> }.into_any(),
        Place::Close => view! { <MonthClose/> }.into_any(),
        Place::Journeys => view! { <Journeys/> }.into_any(),
        Place::Cohorts => view! { <Cohorts/> }.into_any(),
        Place::Listings => view! { <Market/> }.into_any(),
        Place::Figures => view! { <Catalogue/> }.into_any(),
        Place::Settings => view! { <Settings store/> }.into_any(),
        Place::Coupons => view! { <Coupons/> }.into_any(),
        Place::Pages => view! { <Pages/> }.into_any(),
        _ => places::show(place),
    }
}
