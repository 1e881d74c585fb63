//! The parts that show no figures: what is pressed, typed, waited for and told.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use wire::feed::FeedError;

use super::{Part, part, sample, state, under, wide};
use crate::{
    failure::Failure,
    filters::Filters,
    model::{place::Place, registration::Registration},
    part::{
        confirm::{Dialog, Question},
        copy::CopyButton,
        form::{Field, Form, Kind, form},
        header::Header,
        nav::Nav,
        notice::{EmptyNotice, StaleNotice, told_of},
        server::{Asked, Told},
    },
    state::Store,
};

/// The parts that show no figures.
pub(super) fn sections(store: Store) -> Vec<Part> {
    vec![buttons(), badges(), fields(), notices(store), waiting(), head()]
}

fn buttons() -> Part {
    let row = |shown: AnyView| view! { <p class="acts">{shown}</p> };
    part(
        "button",
        "Button",
        "One strong button a view, for what the view is for; quiet ones for the rest; a link where the press only tells more.",
        vec![
            state("Strong", row(view! { <button type="button" class="strong">"Register a deal"</button> }.into_any())),
            state(
                "Strong, busy: a second press does nothing",
                row(view! { <button type="button" class="strong" aria-disabled="true">"Sending…"</button> }.into_any()),
            ),
            state("Quiet", row(view! { <button type="button" class="quiet">"Try again"</button> }.into_any())),
            state("Quiet, small", row(view! { <button type="button" class="quiet small">"Print"</button> }.into_any())),
            state(
                "Quiet, pressed",
                row(view! { <button type="button" class="quiet small" aria-pressed="true">"Table"</button> }.into_any()),
            ),
            state(
                "Quiet, out of reach",
                row(view! { <button type="button" class="quiet small" disabled=true>"Month after"</button> }.into_any()),
            ),
            state(
                "Link",
                row(view! { <button type="button" class="link why">"How this is counted"</button> }.into_any()),
            ),
            state("Copy", row(view! { <CopyButton text="https://go.example/acme" what="your link"/> }.into_any())),
            state(
                "Copied, for two seconds",
                row(view! { <button type="button" class="copy done">"Copied"</button> }.into_any()),
            ),
        ],
    )
}

fn badges() -> Part {
    let badge =
        |(class, word): (&'static str, &'static str)| view! { <span class=format!("badge {class}")>{word}</span> };
    let classes =
        [("sourced", "Sourced"), ("assisted", "Assisted"), ("influenced", "Influenced"), ("none", "No class")];
    let words =
        [("", "Program policy, version 1"), ("own", "Your own question"), ("behind", "Behind"), ("sourced", "On pace")];
    let stages = [("early", "Lead"), ("midway", "Opportunity"), ("won", "Won"), ("lost", "Lost")];
    let stage =
        |(class, word): (&'static str, &'static str)| view! { <span class=format!("stage {class}")>{word}</span> };
    let states = ["submitted", "approved", "expired", "rejected", "withdrawn", "won", "lost"].map(|state| {
        let (word, class) = Registration { state: state.to_owned(), ..Registration::default() }.standing();
        stage((class, word))
    });
    part(
        "badge",
        "Badge and stage",
        "A badge says what something counts as, a stage how far it has come. Neither says it by its colour alone.",
        vec![
            state("Classes", view! { <p class="row">{classes.map(badge).collect_view()}</p> }),
            state("What holds, and how it goes", view! { <p class="row">{words.map(badge).collect_view()}</p> }),
            state("Stages of a deal", view! { <p class="row">{stages.map(stage).collect_view()}</p> }),
            state("States of a registration", view! { <p class="row">{states.collect_view()}</p> }),
        ],
    )
}

fn fields() -> Part {
    let field = |name, label, hint, kind, required| Field { name, label, hint, kind, required, max: 200 };
    let currencies = ["USD", "EUR"].map(|code| (code.to_owned(), code.to_owned())).to_vec();
    let sample = Form {
        title: "Register a deal",
        about: "Opened by its button. A press on the second button without the fields that are needed says what is missing.".to_owned(),
        send: "Register",
        drawn: None,
        path: "/",
        fields: vec![
            field("company", "Company", "", Kind::Line("text"), true),
            field("email", "Contact\u{2019}s e-mail", "Whom the program may ask", Kind::Line("email"), true),
            field("amount", "Expected amount", "Such as 12,500", Kind::Money("currency"), false),
            field("currency", "Currency", "", Kind::Choice(currencies), false),
            field("close", "Expected close", "", Kind::Line("date"), false),
            field("notes", "Notes", "The program reads them, too", Kind::Lines, false),
        ],
        late: "",
        done: Box::new(|_| {}),
    };
    let place = NodeRef::<leptos::html::Div>::new();
    // As a reader would: open, and send nothing.
    Effect::new(move |_| {
        let press = |what: &str| {
            let button = place.get_untracked().and_then(|place| place.query_selector(what).ok()?);
            if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
                button.click();
            }
        };
        if place.get().is_some() {
            press(".opener button");
            press("[type=submit]");
        }
    });
    let told = Told::nothing();
    told.tell("Harbor Labs is registered, and not known so far. The program looks at it and decides.".to_owned(), None);
    let made = Told::nothing();
    made.tell("/acme-spring is live.".to_owned(), Some("https://go.example/acme-spring".to_owned()));
    let dialog = Dialog::closed();
    let list = Asked::by(Asked::came);
    let asking = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        let sheet = asking.get().and_then(|place| place.query_selector("dialog").ok()?);
        // Open in its place, and so not above the page.
        if sheet.is_some_and(|sheet| sheet.set_attribute("open", "").is_ok()) {
            dialog.ask(Question {
                title: "Withdraw the registration of Harbor Labs?".to_owned(),
                text: "The program no longer looks at it, and this cannot be undone. You can register the deal anew.",
                yes: "Withdraw it",
                method: "POST",
                path: "/".to_owned(),
                sent: String::new(),
                fields: Vec::new(),
                late: "",
                done: Box::new(|_| {}),
            });
        }
    });
    part(
        "field",
        "Form, question and answer",
        "A form stays behind the button that opens it and says what is wrong beside the field; a question comes before what cannot be undone; what became of it is told where it was asked.",
        vec![
            wide("Form with mistakes", view! { <div node_ref=place>{form(sample)}</div> }),
            state("Question", view! { <div node_ref=asking>{dialog.show(list)}</div> }),
            state("Told", told.show()),
            state("Told, with what to copy", made.show()),
        ],
    )
}

fn notices(store: Store) -> Part {
    let failure = |name, failure: Failure| {
        let shown = told_of(failure, store);
        state(name, view! { <div class="notice" data-failure=failure.code()>{shown}</div> })
    };
    let stale = Store::new(crate::api::Source::default(), Filters::default());
    stale.stale.set(Some(Failure::Offline));
    part(
        "notice",
        "Notice",
        "Instead of figures, never beside guessed ones: what happened, and the one thing to do about it.",
        vec![
            wide(
                "Older figures",
                under(sample::partner(), Filters::default(), move || view! { <StaleNotice store=stale/> }),
            ),
            wide(
                "News",
                view! { <p class="since"><strong>"Since 19 Nov 2026: "</strong>"$194.00 sourced, 2 leads, 14 clicks."</p> },
            ),
            state(
                "Nothing yet, for a partner",
                under(sample::nothing(), Filters::default(), || view! { <EmptyNotice/> }),
            ),
            state(
                "Nothing yet, for a program",
                under(sample::program_of_nothing(), Filters::default(), || view! { <EmptyNotice/> }),
            ),
            failure("Signed out", Failure::SignedOut),
            failure("Not theirs", Failure::Refused),
            failure("Offline", Failure::Offline),
            failure("The server failed", Failure::Server(503)),
            failure("Damaged on the way", Failure::BadFeed(FeedError::Malformed)),
            failure("A newer server", Failure::BadFeed(FeedError::Version(9))),
        ],
    )
}

fn waiting() -> Part {
    let list = Asked::by(|_| {});
    let refused = Asked::by(|asked| asked.failed(crate::api::Refusal::Failed(Failure::Offline)));
    part(
        "wait",
        "Waiting",
        "Bones of what is to come, of its size, so that nothing jumps; they breathe unless the reader wants no motion.",
        vec![
            state("A tile", view! { <div class="skeleton" aria-hidden="true"><div class="tile"></div></div> }),
            state("A list", view! { <div class="panel">{list.show(|| ())}</div> }),
            state("A list that does not come", view! { <div class="panel">{refused.show(|| ())}</div> }),
        ],
    )
}

fn head() -> Part {
    part(
        "head",
        "Head and places",
        "Whose program, which page, who reads, and the way out; the places are links, and the present one is in sight on any width.",
        vec![wide(
            "Head",
            under(sample::partner(), Filters { place: Place::Deals, ..Filters::default() }, || {
                view! { <div class="panel bare"><Header scope="Partner portal" who="Acme Studio".to_owned()/><Nav places=&Place::PORTAL/></div> }
            }),
        )],
    )
}
