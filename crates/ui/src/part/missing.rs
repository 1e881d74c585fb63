//! "A referral is missing?": a partner asks by what they know of it, and reads why.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use wire::path;

use super::{
    form::{Field, Form, Kind, form},
    live, press,
    server::Told,
};
use crate::{
    filters::Filters,
    json::Json,
    model::{
        missing::{Found, answer},
        typed::time,
    },
    state::Ctx,
};

/// The question and its answer.
#[component]
pub fn Missing() -> impl IntoView {
    let ctx = Ctx::get();
    let told = Told::nothing();
    let deals = RwSignal::new(Vec::<u32>::new());
    let done = move |said: &Json| {
        let loaded = ctx.loaded.get_untracked();
        let answer = ctx.text(|locale| answer(&loaded, locale, &read(said)));
        deals.set(answer.deals);
        told.tell(answer.sentences.join("\n"), None);
    };
    let ways = live(move || deals.get().into_iter().map(|customer| way(ctx, customer)).collect_view());
    view! {
        <div class="missing">
            {form(new(done))}
            {told.show()}
            <div class="acts">{ways}</div>
        </div>
    }
}

fn new(done: impl Fn(&Json) + Send + Sync + 'static) -> Form {
    Form {
        title: "A referral is missing?",
        about: "Ask by what you know of it, and read what became of it. You learn what is yours to know, and what you ask is \
                not kept."
            .to_owned(),
        send: "Ask",
        drawn: None,
        path: path::REFERRALS,
        fields: vec![Field {
            name: "about",
            label: "What you know",
            hint: "A customer\u{2019}s e-mail, a click\u{2019}s token or an address with trb_id, a coupon\u{2019}s code, or your link",
            kind: Kind::Line("text"),
            required: true,
            max: 2_000,
        }],
        late: "",
        done: Box::new(done),
    }
}

/// What the server found, as it writes it.
fn read(said: &Json) -> Found {
    let at = |name: &str| time(&said.text(name));
    let touch = |said: &Json| Some((time(&said.text("at"))?, said.text("kind"), said.text("mark")));
    Found {
        kind: said.text("kind"),
        known: said.is("known"),
        identified: said.is("identified"),
        touches: said.get("touches").list().iter().filter_map(touch).collect(),
        key: said.text("key"),
        state: said.text("state"),
        since: at("since"),
        starts: at("startsAt"),
        ends: at("endsAt"),
    }
}

/// A button that opens a customer's deal, among the deals of all times under the program's rules.
fn way(ctx: Ctx, customer: u32) -> impl IntoView {
    let name = ctx.loaded.with_untracked(|loaded| loaded.log.customers[customer as usize].clone());
    let open = move || {
        ctx.ask(|f| *f = Filters { place: f.place, deal: Some(customer), ..Filters::default() });
        // The row is drawn with the next frame.
        request_animation_frame(move || {
            let row = document().query_selector(&format!("[data-deal='{customer}'] button")).ok().flatten();
            if let Some(button) = row.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
                // Fails only for a button that is not in the page any more.
                let _ = button.focus();
            }
        });
    };
    view! { <button type="button" class="quiet small" on:click=press(open)>"Open the deal of " {name}</button> }
}
