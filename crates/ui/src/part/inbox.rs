//! The deals that partners registered, for the program: what waits for a decision, who is like them, and the decisions.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wire::path;

use super::{
    confirm::Question,
    form::{Field, Kind},
    live, press,
    registrations::{Board, currencies, keep, list, partner, read},
    server::ask,
    states,
};
use crate::{
    json::{Json, written},
    model::registration::{Decision, Registration},
    state::Shared,
};

/// The states that can be chosen, the first at first: what is asked for, and its name.
const STATES: [(&str, &str); 8] = [
    ("submitted", "Waiting for a decision"),
    ("approved", "Approved"),
    ("expired", "Expired"),
    ("won", "Won"),
    ("lost", "Lost"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
    ("", "All"),
];

/// The inbox.
#[component]
pub fn Inbox() -> impl IntoView {
    let state = states::shown(&STATES);
    let board = Board::of(state, decisions);
    // What became of another state's deal is read by now.
    states::on_change(state, move || board.open.set(String::new()));
    let list = list(board, states::choice(&STATES, state));
    view! { {board.told.show()} {list} }
}

/// Who is like the deal, and what can be decided of it.
fn decisions(board: Board, deal: &Registration) -> AnyView {
    let alike = RwSignal::new(None::<Shared<Vec<Like>>>);
    let act = |decision: Decision| {
        let deal = deal.clone();
        let words = words(decision);
        let class = if decision == deal.decisions()[0] { "strong small" } else { "quiet small" };
        let press = press(move || {
            let alike = alike.get_untracked();
            let alike = alike.as_ref().map_or(&[][..], |alike| alike);
            board.dialog.ask_with(question(board, decision, &deal, alike), values(board, decision, &deal));
        });
        view! { <button type="button" class=class on:click=press>{words.yes}</button> }
    };
    let acts = deal.decisions().iter().map(|decision| act(*decision)).collect_view();
    let found = (deal.state == "submitted").then(|| alike_of(board, deal, alike));
    view! { {found} <div class="acts">{acts}</div> }.into_any()
}

/// What is said of a decision.
struct Words {
    /// The path's last part.
    path: &'static str,
    /// What is pressed.
    yes: &'static str,
    /// What follows from it.
    about: &'static str,
    /// What became of the deal.
    done: &'static str,
}

fn words(decision: Decision) -> Words {
    let words = |path, yes, about, done| Words { path, yes, about, done };
    match decision {
        Decision::Approve => words(
            "approve",
            "Approve",
            "It is an opportunity that the partner brought, and is protected as theirs from now on. Where it is recorded \
             already, say so: then it is that one.",
            "is approved and protected",
        ),
        Decision::Reject => words("reject", "Reject", "The partner reads the reason.", "is rejected"),
        Decision::Extend => words("extend", "Protect longer", "The partner is told.", "is protected for longer"),
        Decision::Stage => words("stage", "Change stage", "The partner sees how far it has come.", "has another stage"),
        Decision::Win => words(
            "won",
            "Won",
            "The sale is recorded, and credited under the program's policy. An invoice that came through another door is the \
             same sale.",
            "is won",
        ),
        Decision::Lose => words("lost", "Lost", "The partner reads the reason.", "is lost"),
    }
}

/// What stands in the fields at first: a deal is won as it was registered, unless somebody says otherwise.
fn values(board: Board, decision: Decision, deal: &Registration) -> Vec<(&'static str, String)> {
    match (decision, deal.amount) {
        (Decision::Win, Some((minor, currency))) => {
            let typed = board.ctx.text(|locale| locale.typed(minor, currency));
            vec![("amount", typed), ("currency", currency.to_string())]
        }
        _ => Vec::new(),
    }
}

/// What it may be of those that are alike, by their kind; a new one first.
fn same(alike: &[Like], kind: &str, new: &str) -> Option<Vec<(String, String)>> {
    let known: Vec<_> = alike.iter().filter(|one| one.kind == kind).collect();
    let choice = |one: &&Like| (one.id.clone(), format!("{}, {}", one.name, one.why));
    let first = (String::new(), new.to_owned());
    (!known.is_empty()).then(|| core::iter::once(first).chain(known.iter().map(choice)).collect())
}

fn fields(board: Board, decision: Decision, deal: &Registration, alike: &[Like]) -> Vec<Field> {
    let field = |name, label, hint, kind, required, max| Field { name, label, hint, kind, required, max };
    let choices = || {
        let mut choices = currencies(board.ctx);
        // What it was registered in is among them, whatever it is.
        let own = deal.amount.map(|(_, currency)| currency.to_string());
        let own = own.filter(|own| choices.iter().all(|(code, _)| code != own));
        choices.extend(own.map(|own| (own.clone(), own)));
        choices
    };
    match decision {
        Decision::Approve => {
            let of = |kind, name, label, new| {
                same(alike, kind, new).map(|all| field(name, label, "", Kind::Choice(all), false, 128))
            };
            let opportunity = of("opportunity", "opportunityId", "Which opportunity it is", "A new one");
            let customer = of("customer", "customerId", "Whose it is", "A new customer\u{2019}s");
            let days =
                field("days", "Days of protection", "As the program says, where it is empty", Kind::Count, false, 4);
            opportunity.into_iter().chain(customer).chain([days]).collect()
        }
        Decision::Extend => vec![field("days", "Days more", "", Kind::Count, true, 4)],
        Decision::Reject | Decision::Lose => vec![field("reason", "Reason", "", Kind::Lines, true, 500)],
        Decision::Stage => vec![field("stage", "Stage", "Such as Demo or Contract", Kind::Line("text"), true, 100)],
        Decision::Win => vec![
            field("amount", "Amount", "", Kind::Money("currency"), true, 24),
            field("currency", "Currency", "", Kind::Choice(choices()), false, 3),
            field("invoice", "Invoice", "So that no other door counts it again", Kind::Line("text"), false, 100),
        ],
    }
}

fn question(board: Board, decision: Decision, deal: &Registration, alike: &[Like]) -> Question {
    let Words { path, yes, about, done } = words(decision);
    let whose = partner(board.ctx, &deal.partner);
    Question {
        title: format!("{yes}: {}, registered by {whose}", deal.company),
        text: about,
        yes,
        method: "POST",
        path: format!("{}/{}/{path}", path::DEALS, deal.id),
        sent: written(&[("version", JsValue::from_f64(deal.version as f64))]),
        fields: fields(board, decision, deal, alike),
        late: "The decision stands.",
        done: Box::new(move |said| {
            let deal = read(said);
            board.told.tell(format!("{} {done}.", deal.company), None);
            keep(board, deal);
        }),
    }
}

/// Somebody who may be the same.
struct Like {
    /// `deal`, `customer` or `opportunity`.
    kind: String,
    id: String,
    name: String,
    /// Whose it is and how it stands, as far as that is known.
    about: String,
    /// Why they are taken for one.
    why: String,
}

/// Who is like the company of a deal, as far as the program knows anybody.
fn alike_of(board: Board, deal: &Registration, found: RwSignal<Option<Shared<Vec<Like>>>>) -> impl IntoView + use<> {
    let why = RwSignal::new(String::new());
    ask("GET", format!("{}/{}/matches", path::DEALS, deal.id), String::new(), move |answer| match answer {
        Ok(said) => {
            let all = said.list().iter().map(|said| like(board, said)).collect();
            found.try_set(Some(Shared::new(all)));
        }
        Err(refusal) => drop(why.try_set(refusal.text())),
    });
    let shown = move || match (found.get(), why.get()) {
        (_, why) if !why.is_empty() => view! { <p class="fault" role="alert">{why}</p> }.into_any(),
        (None, _) => view! { <p class="quiet-text" role="status">"Looking for who is like them"</p> }.into_any(),
        (Some(found), _) if found.is_empty() => {
            view! { <p class="quiet-text">"Nobody like them is known."</p> }.into_any()
        }
        (Some(found), _) => {
            let row = |one: &Like| {
                let Like { kind, about, why, .. } = one;
                view! { <li><strong>{one.name.clone()}</strong> " " <small>{format!("{kind}{about}: {why}")}</small></li> }
            };
            view! { <ul class="assets">{found.iter().map(row).collect_view()}</ul> }.into_any()
        }
    };
    view! { <section class="alike"><h3>"Who is like them"</h3>{live(shown)}</section> }
}

fn like(board: Board, said: &Json) -> Like {
    let reasons: Vec<String> = said.get("reasons").list().iter().map(|reason| reason.text("by")).collect();
    let whose = said.some_text("partnerId").map(|id| format!(" of {}", partner(board.ctx, &id))).unwrap_or_default();
    let state = said.some_text("state").map(|state| format!(", {state}")).unwrap_or_default();
    Like {
        kind: said.text("kind"),
        id: said.text("id"),
        name: said.text("name"),
        about: format!("{whose}{state}"),
        why: format!("alike by {}", reasons.join(" and ")),
    }
}
