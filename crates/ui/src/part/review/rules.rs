//! The rules by which something is suspected, to edit: what is left empty is switched off.

use leptos::{html, prelude::*};
use wasm_bindgen::JsValue;
use wire::path;

use super::Board;
use crate::{
    api::Refusal,
    json::nested,
    part::{
        form::{Faults, Field, Kind, blame, put, rows, shown, signs, tell, typed, whys},
        press,
        server::{Asked, ask},
        text,
    },
};

fn fields() -> Vec<Field> {
    let field = |name, label, hint, kind, required, max| Field { name, label, hint, kind, required, max };
    vec![
        field(
            "selfReferral",
            "Suspect the partner\u{2019}s own people",
            "A customer of their address, company or browser",
            Kind::Truth,
            false,
            5,
        ),
        field("disposable", "Suspect throw-away addresses", "", Kind::Truth, false, 5),
        field(
            "checkoutSeconds",
            "Seconds from click to sale",
            "A sale so soon after the partner\u{2019}s first click, of a customer who was there before: 1 to 3,600",
            Kind::Count,
            false,
            4,
        ),
        field(
            "floodClicks",
            "Clicks of a link in a day",
            "A link with at least so many is suspected where few of them became customers: 100 or more",
            Kind::Count,
            false,
            8,
        ),
        field(
            "floodCustomers",
            "Customers of 10,000 clicks",
            "Fewer than this are few: 1 to 10,000",
            Kind::Count,
            true,
            5,
        ),
        field(
            "floodVisitorClicks",
            "Clicks of one visitor in a day",
            "So many of one visitor, on one link, are suspected: 5 or more",
            Kind::Count,
            false,
            6,
        ),
        field(
            "leakRedemptions",
            "Customers with a coupon in a month",
            "A coupon with at least so many is suspected where the partner did not bring most of them: 2 or more",
            Kind::Count,
            false,
            6,
        ),
        field(
            "leakPercent",
            "Per cent not brought by the partner",
            "Of the customers with a coupon, at least this is most: 1 to 100",
            Kind::Count,
            true,
            3,
        ),
        field("disposableDomains", "Further domains of throw-away addresses", "One a line", Kind::List, false, 100_000),
        field(
            "sharedDomains",
            "Further domains that many share",
            "One a line: no company\u{2019}s, as those of free mail",
            Kind::List,
            false,
            100_000,
        ),
    ]
}

/// The rules, where they may be read.
pub fn show(board: Board) -> impl IntoView {
    // Names the rules that are shown.
    let version = StoredValue::new(String::new());
    let element = NodeRef::<html::Form>::new();
    let busy = RwSignal::new(false);
    let faults = StoredValue::new(whys(&fields()));
    let signs = signs();
    let asked = Asked::by(move |asked| {
        ask("GET", path::FRAUD_RULES.to_owned(), String::new(), move |answer| match answer {
            Ok(said) => {
                version.try_set_value(said.text("version"));
                asked.came();
                // The form is drawn by then.
                request_animation_frame(move || {
                    if let Some(form) = element.try_get_untracked().flatten() {
                        fields().iter().for_each(|field| put(&form, field, &shown(&said, field)));
                    }
                });
            }
            Err(refusal) => asked.failed(refusal),
        });
    });
    let submit = move || {
        let Some(sheet) = element.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        let told = move |wrong: Faults| faults.with_value(|whys| tell(whys, &sheet, &wrong));
        let sheet = element.get_untracked();
        let known_fields = fields();
        let sent = match sheet.map(|sheet| typed(&known_fields, &sheet, &signs)) {
            Some(Ok(pairs)) => sent(&version.get_value(), &pairs),
            Some(Err(wrong)) => return told(wrong),
            None => return,
        };
        busy.set(true);
        told(Faults::new());
        ask("PUT", path::FRAUD_RULES.to_owned(), sent, move |answer| {
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(said) => {
                    version.try_set_value(said.text("version"));
                    board.told.tell("The rules are saved. They look at what comes from now on.".to_owned(), None);
                }
                Err(Refusal::Said { status: 409, .. }) => {
                    let words = "Somebody has changed the rules meanwhile, and nothing was overwritten. Load theirs, and change what you would.";
                    told(vec![("", words.to_owned())]);
                }
                Err(refusal) => told(vec![blame(&fields(), refusal.text())]),
            }
        });
    };
    let submit = StoredValue::new_local(submit);
    let content = move || {
        let whole = faults.with_value(|whys| whys.last().map(|(_, why)| *why));
        let rows = faults.with_value(|whys| rows(&fields(), whys));
        view! {
            <form class="typed" novalidate autocomplete="off" node_ref=element on:submit=move |event| {
                event.prevent_default();
                submit.with_value(|submit| submit());
            }>
                {rows}
                <p class="fault whole" role="alert">{whole}</p>
                <div class="acts whole">
                    <button type="submit" class="strong" aria-disabled=text(move || busy.get().to_string())>
                        {text(move || if busy.get() { "Saving…".to_owned() } else { "Save the rules".to_owned() })}
                    </button>
                    <button type="button" class="quiet" on:click=press(move || asked.again())>"Load them anew"</button>
                </div>
            </form>
        }
    };
    view! {
        <section class="panel" aria-labelledby="h-rules">
            <h2 id="h-rules">"Rules"</h2>
            <p class="quiet-text">"What is left empty is switched off. They look at what comes from now on; what is suspected already waits for its decision."</p>
            {asked.show(content)}
        </section>
    }
}

/// What is typed, as the server takes it: a number that is left empty is `null`.
fn sent(version: &str, pairs: &[(&str, JsValue)]) -> String {
    let value = |field: &Field| {
        let typed = pairs.iter().find(|(name, _)| *name == field.name);
        (field.name, typed.map_or(JsValue::NULL, |(_, value)| value.clone()))
    };
    let all = fields();
    nested(&all.iter().map(value).chain([("version", version.into())]).collect::<Vec<_>>())
}
