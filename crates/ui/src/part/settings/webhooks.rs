//! Where webhooks go, and what became of each.

use leptos::prelude::*;
use wire::{path, webhook::EVENTS};

use super::{choices, field, moment, optional};
use crate::{
    json::{Json, written},
    part::{
        confirm::{Dialog, Question},
        form::{Form, Kind, form},
        live, press,
        server::{Asked, Told, ask, further, more_button},
        switches::choice,
        text,
    },
    state::Ctx,
};

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Endpoint {
    id: String,
    url: String,
    about: String,
    events: Vec<String>,
    state: String,
    reason: String,
}

/// What was sent to one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Delivery {
    id: String,
    event: String,
    state: String,
    attempts: i64,
    /// What the last attempt came to.
    outcome: String,
    at: String,
    next: String,
}

#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    endpoints: StoredValue<Vec<Endpoint>>,
    changed: RwSignal<()>,
    /// Identifier of the one whose log is open; empty for none.
    open: RwSignal<String>,
    dialog: Dialog,
    told: Told,
    asked: StoredValue<Option<Asked>>,
}

fn read(said: &Json) -> Endpoint {
    Endpoint {
        id: said.text("id"),
        url: said.text("url"),
        about: said.text("description"),
        events: said.get("events").list().iter().filter_map(Json::own_text).collect(),
        state: said.text("state"),
        reason: said.text("reason"),
    }
}

/// The endpoints.
#[component]
pub fn WebhooksSection() -> impl IntoView {
    let board = Board {
        ctx: Ctx::get(),
        endpoints: StoredValue::new(Vec::new()),
        changed: RwSignal::new(()),
        open: RwSignal::new(String::new()),
        dialog: Dialog::closed(),
        told: Told::nothing(),
        asked: StoredValue::new(None),
    };
    let asked = Asked::by(move |asked| {
        ask("GET", path::WEBHOOKS.to_owned(), String::new(), move |answer| match answer {
            Ok(said) => {
                board.endpoints.try_set_value(said.list().iter().map(read).collect());
                board.changed.try_set(());
                asked.came();
            }
            Err(refusal) => asked.failed(refusal),
        });
    });
    board.asked.set_value(Some(asked));
    view! {
        {board.told.show()}
        {form(new(board, asked))}
        <section class="panel" aria-labelledby="h-webhooks">
            <h2 id="h-webhooks">"Webhooks"</h2>
            {asked.show(move || list(board))}
        </section>
        {live(move || {
            let id = board.open.get();
            (!id.is_empty()).then(|| deliveries(board, id))
        })}
        {board.dialog.show(asked)}
    }
}

fn new(board: Board, asked: Asked) -> Form {
    let events = EVENTS.map(|event| (event, event));
    Form {
        title: "Add an endpoint",
        about: "What happens is sent there as JSON, signed, and again until it is taken. A receiver answers with 2xx."
            .to_owned(),
        send: "Add",
        drawn: None,
        path: path::WEBHOOKS,
        fields: vec![
            field("url", "Address", "Such as https://example.com/hooks/tributary", Kind::Line("url"), 2000),
            optional("description", "What for", "", Kind::Line("text"), 200),
            optional("events", "What is sent", "At least one", Kind::Several(choices(events)), 0),
        ],
        late: "The endpoint is added, and nobody saw its secret: make another secret.",
        done: Box::new(move |said| {
            let words = "The endpoint is added. Its secret is shown here, and never again: the receiver checks signatures with it.";
            board.told.give(words.to_owned(), "the secret", said.text("secret"));
            asked.again();
        }),
    }
}

fn list(board: Board) -> AnyView {
    board.changed.track();
    let rows: Vec<_> = board.endpoints.with_value(|known| known.iter().map(|endpoint| row(board, endpoint)).collect());
    if rows.is_empty() {
        return view! { <p class="quiet-text">"Nothing is sent anywhere yet. An endpoint is told of clicks, leads, sales, partners and deals as they happen."</p> }
            .into_any();
    }
    view! { <ul class="assets endpoints">{rows}</ul> }.into_any()
}

fn row(board: Board, endpoint: &Endpoint) -> AnyView {
    let act = |label: &'static str, question: fn(Board, &Endpoint) -> Question| {
        let (of, url) = (endpoint.clone(), endpoint.url.clone());
        let press = press(move || board.dialog.ask(question(board, &of)));
        view! { <button type="button" class="quiet small" on:click=press>{label}<span class="unseen">" " {url}</span></button> }
    };
    let is_enabled = endpoint.state == "enabled";
    let state = match endpoint.state.as_str() {
        "enabled" => "Sending",
        "paused" => "Paused",
        _ => "Switched off",
    };
    let reason = (!endpoint.reason.is_empty()).then(|| view! { <p class="fault">{endpoint.reason.clone()}</p> });
    let id = endpoint.id.clone();
    let is_open = {
        let id = id.clone();
        text(move || (board.open.get() == id).to_string())
    };
    let open = press(move || board.open.update(|open| *open = if *open == id { String::new() } else { id.clone() }));
    view! {
        <li data-endpoint=endpoint.id.clone()>
            <p><strong class="address">{endpoint.url.clone()}</strong> " " <span class="badge" class:sourced=is_enabled>{state}</span></p>
            <small>{endpoint.about.clone()} " " {endpoint.events.join(", ")}</small>
            {reason}
            <div class="acts">
                <button type="button" class="quiet small" data-reads aria-expanded=is_open on:click=open>
                    "Log"<span class="unseen">" " {endpoint.url.clone()}</span>
                </button>
                {is_enabled.then(|| act("Send a test", test))}
                {act(if is_enabled { "Pause" } else { "Send again" }, turn)}
                {act("New secret", rotate)}
                {act("Remove", remove)}
            </div>
        </li>
    }
    .into_any()
}

fn path_of(endpoint: &Endpoint) -> String {
    format!("{}/{}", path::WEBHOOKS, endpoint.id)
}

fn put(board: Board, said: &Json) {
    let new = read(said);
    board.endpoints.update_value(|known| {
        if let Some(old) = known.iter_mut().find(|old| old.id == new.id) {
            *old = new;
        }
    });
    board.changed.set(());
}

fn test(board: Board, endpoint: &Endpoint) -> Question {
    let id = endpoint.id.clone();
    Question {
        title: format!("Send a test to {}?", endpoint.url),
        text: "A message webhook.test is sent. What became of it stands in the log.",
        yes: "Send it",
        method: "POST",
        path: format!("{}/test", path_of(endpoint)),
        sent: String::new(),
        fields: Vec::new(),
        late: "The test is on its way.",
        done: Box::new(move |_| {
            board.told.tell("The test is on its way: see the log.".to_owned(), None);
            // Opened anew, it shows the test.
            board.open.set(String::new());
            board.open.set(id.clone());
        }),
    }
}

fn turn(board: Board, endpoint: &Endpoint) -> Question {
    let is_enabled = endpoint.state == "enabled";
    let (state, title, text, yes) = if is_enabled {
        ("paused", "Pause", "What happens meanwhile is kept in the log as failed, to be sent again later.", "Pause")
    } else {
        (
            "enabled",
            "Send again to",
            "From now on. What was missed stands in the log, and can be sent again.",
            "Send again",
        )
    };
    Question {
        title: format!("{title} {}?", endpoint.url),
        text,
        yes,
        method: "PATCH",
        path: path_of(endpoint),
        sent: written(&[("state", state.into())]),
        fields: Vec::new(),
        late: "",
        done: Box::new(move |said| {
            put(board, said);
            board.told.tell(if is_enabled { "It is paused." } else { "It is sent to again." }.to_owned(), None);
        }),
    }
}

fn rotate(board: Board, endpoint: &Endpoint) -> Question {
    Question {
        title: format!("Make a new secret for {}?", endpoint.url),
        text: "For a day the old one signs, too: give the receiver the new one by then.",
        yes: "Make it",
        method: "POST",
        path: format!("{}/rotate", path_of(endpoint)),
        sent: String::new(),
        fields: Vec::new(),
        late: "A secret was made, and nobody saw it: make another one in a day.",
        done: Box::new(move |said| {
            let words = "The new secret is shown here, and never again.".to_owned();
            board.told.give(words, "the secret", said.text("secret"));
        }),
    }
}

fn remove(board: Board, endpoint: &Endpoint) -> Question {
    Question {
        title: format!("Remove {}?", endpoint.url),
        text: "Nothing more is sent there, and its log goes with it.",
        yes: "Remove",
        method: "DELETE",
        path: path_of(endpoint),
        sent: String::new(),
        fields: Vec::new(),
        late: "Nothing more is sent there.",
        done: Box::new(move |said| {
            let gone = read(said);
            board.endpoints.update_value(|known| known.retain(|known| known.id != gone.id));
            board.changed.set(());
            board.open.set(String::new());
            board.told.tell(format!("Nothing more is sent to {}.", gone.url), None);
        }),
    }
}

/// What was sent to an endpoint, the latest first.
fn deliveries(board: Board, id: String) -> AnyView {
    let url =
        board.endpoints.with_value(|known| known.iter().find(|known| known.id == id).map(|known| known.url.clone()));
    let state = RwSignal::new(String::new());
    let (list, more, changed) = (StoredValue::new(Vec::new()), RwSignal::new(false), RwSignal::new(()));
    let next = move |asked: Asked, known: usize| {
        let of = state.get_untracked();
        let of = if of.is_empty() { String::new() } else { format!("?state={of}") };
        let from = format!("{}/{id}/deliveries{of}", path::WEBHOOKS);
        further(&from, known, asked, more, move |found| {
            list.try_update_value(|list: &mut Vec<Delivery>| {
                if known == 0 {
                    list.clear();
                }
                list.extend(found.iter().map(delivery));
            });
            changed.try_set(());
        });
    };
    let asked = Asked::by({
        let next = next.clone();
        move |asked| {
            state.track();
            next(asked, 0);
        }
    });
    let states = [("", "All"), ("pending", "On their way"), ("delivered", "Delivered"), ("failed", "Failed")];
    let options = states.map(|(word, name)| view! { <option value=word>{name}</option> }).collect_view().into_any();
    view! {
        <section class="panel" aria-labelledby="h-deliveries">
            <h2 id="h-deliveries">"Log of " {url}</h2>
            <p class="quiet-text">"Kept for 30 days."</p>
            <div class="switches">
                {choice("Show", "state", text(move || state.get()), move |to| state.set(to), options)}
                <button type="button" class="quiet small" on:click=press(move || asked.again())>"Look again"</button>
            </div>
            {asked.show(move || {
                changed.track();
                table(board, asked, &list.get_value())
            })}
            {more_button(more, move || next(asked, list.with_value(Vec::len)))}
        </section>
    }
    .into_any()
}

fn delivery(said: &Json) -> Delivery {
    let status = said.number("status").map(|status| format!("{status} ")).unwrap_or_default();
    Delivery {
        id: said.text("id"),
        event: said.text("type"),
        state: said.text("state"),
        attempts: said.number("attempts").unwrap_or(0),
        outcome: format!("{status}{}", said.text("answer")),
        at: said.text("createdAt"),
        next: said.text("nextAt"),
    }
}

fn table(board: Board, asked: Asked, list: &[Delivery]) -> AnyView {
    if list.is_empty() {
        return view! { <p class="quiet-text">"Nothing here yet. A test shows whether it works."</p> }.into_any();
    }
    let head = |title: &'static str| view! { <th role="columnheader" scope="col">{title}</th> };
    let row = |sent: &Delivery| {
        let (state, sign) = match sent.state.as_str() {
            "delivered" => ("Delivered", "stage won"),
            "failed" => ("Failed", "stage lost"),
            _ => ("On its way", "stage early"),
        };
        let of = sent.clone();
        let again = (sent.state == "failed").then(|| {
            let press = press(move || board.dialog.ask(replay(board, asked, &of)));
            view! { <button type="button" class="quiet small" on:click=press>"Send again"</button> }
        });
        let next = (!sent.next.is_empty()).then(|| format!("Next try {}", moment(board.ctx, &sent.next)));
        view! {
            <tr role="row" data-delivery=sent.id.clone()>
                <td role="cell" class="lead">{sent.event.clone()}</td>
                <td role="cell"><span class=sign>{state}</span></td>
                <td role="cell" class="n" data-label="Tries">{board.ctx.count(u64::try_from(sent.attempts).unwrap_or(0))}</td>
                <td role="cell" class="words" data-label="Outcome">{sent.outcome.clone()} " " <small>{next}</small></td>
                <td role="cell" data-label="When">{moment(board.ctx, &sent.at)}</td>
                <td role="cell" class="wide"><div class="acts">{again}</div></td>
            </tr>
        }
    };
    view! {
        <table class="cards kept" role="table">
            <thead role="rowgroup">
                <tr role="row">
                    {["Message", "State"].map(head)}
                    <th role="columnheader" scope="col" class="n">"Tries"</th>
                    {["Outcome", "When"].map(head)}
                    <th role="columnheader" scope="col"><span class="unseen">"Changes"</span></th>
                </tr>
            </thead>
            <tbody role="rowgroup">{list.iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn replay(board: Board, asked: Asked, sent: &Delivery) -> Question {
    Question {
        title: format!("Send {} again?", sent.event),
        text: "It goes under the same identifier: a receiver that has it already may pass over it.",
        yes: "Send it again",
        method: "POST",
        path: format!("{}/{}/replay", path::DELIVERIES, sent.id),
        sent: String::new(),
        fields: Vec::new(),
        late: "It is on its way again.",
        done: Box::new(move |_| {
            board.told.tell("It is on its way again.".to_owned(), None);
            asked.again();
        }),
    }
}
