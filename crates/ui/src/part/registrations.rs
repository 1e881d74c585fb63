//! The deals that partners register, and where each stands. A partner has a form to register one, and may take it back; the
//! program decides.

use engine::money::Currency;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wire::{deal::NOTES_MAX, path};

use super::{
    confirm::{Dialog, Question},
    flag,
    form::{Field, Form, Kind, form},
    live, press,
    server::{Asked, Told, further, more_button},
    text,
};
use crate::{
    json::{Json, written},
    model::{
        loaded::Loaded,
        registration::{Registration, Step, day},
    },
    state::{Ctx, Shared},
};

/// Columns of the table.
const COLUMNS: [&str; 6] = ["Company", "State", "Amount", "Expected close", "Protected until", "Registered"];

/// What stands for an amount or a day that there is not.
const NONE: &str = "–";

/// Currencies that are offered beside those of the report.
const CURRENCIES: &str = "USD EUR GBP JPY CAD AUD CHF SEK INR BRL SGD";

/// What this place holds.
#[derive(Clone, Copy)]
pub(super) struct Board {
    pub(super) ctx: Ctx,
    deals: StoredValue<Vec<Registration>>,
    /// Told when the deals are others.
    changed: RwSignal<()>,
    /// Whether the server has more of them.
    more: RwSignal<bool>,
    /// Identifier of the deal whose steps are shown.
    pub(super) open: RwSignal<String>,
    /// The state whose deals are shown; empty for all.
    pub(super) state: Signal<String>,
    /// What can be done with a deal.
    acts: Acts,
    pub(super) dialog: Dialog,
    pub(super) told: Told,
}

/// Shows what can be done with a deal.
pub(super) type Acts = fn(Board, &Registration) -> AnyView;

/// The partner's registered deals, the newest first, and a form to register one.
#[component]
pub fn Registrations() -> impl IntoView {
    let board = Board::of(Signal::stored(String::new()), withdrawal);
    let list = list(board, ().into_any());
    view! {
        {board.told.show()}
        {form(new(board))}
        {list}
    }
}

impl Board {
    /// Nothing is known yet; deals of a state are asked for, or all.
    pub(super) fn of(state: Signal<String>, acts: Acts) -> Self {
        Self {
            ctx: Ctx::get(),
            deals: StoredValue::new(Vec::new()),
            changed: RwSignal::new(()),
            more: RwSignal::new(false),
            open: RwSignal::new(String::new()),
            state,
            acts,
            dialog: Dialog::closed(),
            told: Told::nothing(),
        }
    }
}

/// The list of a board, below what chooses what is shown.
pub(super) fn list(board: Board, choice: AnyView) -> AnyView {
    let asked = Asked::by(move |asked| {
        board.state.track();
        next(board, asked, 0);
    });
    view! {
        <section class="panel" aria-labelledby="h-registrations">
            <h2 id="h-registrations">"Registrations"</h2>
            {choice}
            {asked.show(move || table(board))}
            {more_button(board.more, move || next(board, asked, board.deals.with_value(Vec::len)))}
        </section>
        {board.dialog.show(asked)}
    }
    .into_any()
}

/// Asks for the deals that follow on so many known ones.
fn next(board: Board, asked: Asked, known: usize) {
    let state = board.state.get_untracked();
    let path = if state.is_empty() { path::DEALS.to_owned() } else { format!("{}?state={state}", path::DEALS) };
    further(&path, known, asked, board.more, move |found| {
        // Another state may have been asked for meanwhile, whose deals are these then not.
        if board.state.try_get_untracked().is_none_or(|now| now != state) {
            return;
        }
        board.deals.try_update_value(|deals| {
            if known == 0 {
                deals.clear();
            }
            for deal in found.iter().map(read) {
                if !deals.iter().any(|known| known.id == deal.id) {
                    deals.push(deal);
                }
            }
        });
        board.changed.try_set(());
    });
}

fn table(board: Board) -> AnyView {
    board.changed.track();
    let rows = board.deals.with_value(|deals| deals.iter().map(|deal| row(board, deal)).collect::<Vec<_>>());
    if rows.is_empty() {
        let (title, text) = match (board.ctx.is_partner(), board.state.get_untracked().as_str()) {
            (true, _) => (
                "No registrations yet",
                "Register a deal before you sell it: once the program approves it, it is protected as yours.",
            ),
            (false, "submitted") => {
                ("Nothing waits for you", "Deals that partners register wait here for your decision.")
            }
            (false, _) => ("No such registrations", "Deals that partners register appear here."),
        };
        return view! { <div class="sorry"><h3>{title}</h3><p>{text}</p></div> }.into_any();
    }
    let head = |title: &'static str| {
        let class = if matches!(title, "Company" | "State") { "" } else { "n" };
        view! { <th role="columnheader" scope="col" class=class>{title}</th> }
    };
    view! {
        <table class="cards registrations" role="table">
            <thead role="rowgroup"><tr role="row">{COLUMNS.map(head).collect_view()}</tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

/// The currencies that are offered: the program's own first, then those of the facts.
pub(super) fn currencies(ctx: Ctx) -> Vec<(String, String)> {
    let mut codes = ctx.loaded.with(|loaded| {
        let own = loaded.head.program.currency;
        core::iter::once(own).chain(loaded.log.currencies.iter().copied()).map(|c| c.to_string()).collect::<Vec<_>>()
    });
    codes.extend(CURRENCIES.split(' ').map(str::to_owned));
    let mut currencies: Vec<(String, String)> = Vec::new();
    for code in codes {
        if !currencies.iter().any(|(known, _)| *known == code) {
            currencies.push((code.clone(), code));
        }
    }
    currencies
}

/// The form that registers a deal.
fn new(board: Board) -> Form {
    let field = |name, label, hint, kind, required, max| Field { name, label, hint, kind, required, max };
    let line = Kind::Line;
    Form {
        title: "Register a deal",
        about:
            "The program sees this and decides. You are told whether the company is known already, and never by whom."
                .to_owned(),
        send: "Register",
        drawn: None,
        path: path::DEALS,
        fields: vec![
            field("company", "Company", "", line("text"), true, 200),
            field("website", "Web address", "Such as acme.example", line("text"), false, 2000),
            field("contactName", "Contact's name", "", line("text"), false, 200),
            field("contactEmail", "Contact's e-mail", "", line("email"), true, 254),
            field("amount", "Expected amount", "", Kind::Money("currency"), false, 24),
            field("currency", "Currency", "", Kind::Choice(currencies(board.ctx)), false, 3),
            field("expectedClose", "Expected close", "", line("date"), false, 10),
            field("product", "Product", "What they want to buy", line("text"), false, 200),
            field("sellerEmail", "Your seller's e-mail", "Who of your team sells", line("email"), false, 254),
            field("notes", "Notes", "", Kind::Lines, false, NOTES_MAX as u32),
        ],
        late: "The deal is registered.",
        done: Box::new(move |said| {
            let deal = read(said);
            let before = board.deals.with_value(|deals| deals.iter().any(|known| known.id == deal.id));
            let company = &deal.company;
            let text = match (before, deal.known) {
                (true, _) => format!("You have registered {company} with these details already, and it waits."),
                (_, true) => format!(
                    "{company} is registered. Somebody like it was registered or known already: the program looks at it and decides."
                ),
                _ => format!("{company} is registered, and not known so far. The program looks at it and decides."),
            };
            keep(board, deal);
            board.told.tell(text, None);
        }),
    }
}

/// Puts a deal in the place of what was known of it, or before all others.
pub(super) fn keep(board: Board, deal: Registration) {
    board.deals.update_value(|deals| match deals.iter_mut().find(|known| known.id == deal.id) {
        Some(known) => *known = deal,
        None => deals.insert(0, deal),
    });
    board.changed.set(());
}

/// A deal as the server writes it.
pub(super) fn read(said: &Json) -> Registration {
    let details = said.get("details");
    let amount = |said: &Json, amount: &str, currency: &str| {
        said.number(amount).zip(said.text(currency).parse::<Currency>().ok())
    };
    let named = [
        ("Web address", "website"),
        ("Contact", "contactName"),
        ("Contact's e-mail", "contactEmail"),
        ("Product", "product"),
        ("Your seller", "sellerEmail"),
        ("Notes", "notes"),
    ];
    Registration {
        id: said.text("id"),
        version: said.number("version").unwrap_or(0),
        state: said.text("state"),
        partner: said.text("partnerId"),
        company: details.text("company"),
        details: named.into_iter().filter_map(|(label, name)| Some((label, details.some_text(name)?))).collect(),
        amount: amount(&details, "amount", "currency"),
        expected_close: details.text("expectedClose"),
        known: said.is("known"),
        protected_until: said.text("protectedUntil"),
        stage: said.text("stage"),
        reason: said.text("reason"),
        closed_at: said.text("closedAt"),
        won: amount(said, "wonAmount", "wonCurrency"),
        created_at: said.text("createdAt"),
        updated_at: said.text("updatedAt"),
    }
}

/// The name of a partner; of one of whom there are no facts yet, the identifier.
pub(super) fn partner(ctx: Ctx, id: &str) -> String {
    let known =
        |l: &Shared<Loaded>| l.choices().into_iter().find(|(known, _)| *known == id).map(|(_, name)| name.to_owned());
    ctx.loaded.with_untracked(known).unwrap_or_else(|| id.to_owned())
}

fn row(board: Board, deal: &Registration) -> AnyView {
    let ctx = board.ctx;
    let date = |at: &str| day(at).map_or(NONE.to_owned(), |day| ctx.text(|locale| locale.span(day, day)));
    let money = deal.won.or(deal.amount).map(|(minor, currency)| ctx.text(|locale| locale.money(minor, currency)));
    let (state, sign) = deal.standing();
    let id = format!("steps-{}", deal.id);
    let is_open = {
        let id = deal.id.clone();
        Memo::new(move |_| board.open.get() == id)
    };
    let turn = {
        let id = deal.id.clone();
        move || board.open.set(if is_open.get_untracked() { String::new() } else { id.clone() })
    };
    let why =
        (deal.state == "rejected" || deal.state == "lost").then(|| view! { <small>{deal.reason.clone()}</small> });
    let stage = (!deal.stage.is_empty()).then(|| view! { <small>{deal.stage.clone()}</small> });
    let number = |label: &'static str, value: String| {
        let class = if value == NONE { "n zero" } else { "n" };
        view! { <td role="cell" class=class data-label=label>{value}</td> }
    };
    let shown = deal.clone();
    view! {
        <tr role="row" class="deal" class:open=flag(move || is_open.get()) data-registration=deal.id.clone()>
            <td role="cell" class="lead">
                <button
                    type="button"
                    class="open"
                    aria-expanded=text(move || is_open.get().to_string())
                    aria-controls=id.clone()
                    on:click=press(turn)
                >
                    <span class="chevron" aria-hidden="true"></span>
                    {deal.company.clone()}
                </button>
                {(!ctx.is_partner()).then(|| view! { <small>{partner(ctx, &deal.partner)}</small> })}
            </td>
            <td role="cell" class="standing"><span class=format!("stage {sign}")>{state}</span>{why}{stage}</td>
            {number(COLUMNS[2], money.unwrap_or_else(|| NONE.to_owned()))}
            {number(COLUMNS[3], date(&deal.expected_close))}
            {number(COLUMNS[4], date(&deal.protected_until))}
            {number(COLUMNS[5], date(&deal.created_at))}
        </tr>
        <tr role="row" class="detail" id=id hidden=flag(move || !is_open.get())>
            <td role="cell" colspan=COLUMNS.len()>
                {live(move || is_open.get().then(|| steps(board, &shown)))}
            </td>
        </tr>
    }
    .into_any()
}

/// How a deal came to where it stands, what was registered, and the way to take it back.
fn steps(board: Board, deal: &Registration) -> impl IntoView + use<> {
    let ctx = board.ctx;
    let step = |step: Step| {
        let at = step
            .at
            .map(|day| view! { <time datetime=day.to_string()>{ctx.text(|locale| locale.span(day, day))}</time> });
        view! { <li class="milestone">{at}<p><strong>{step.label}</strong> <span>{step.note}</span></p></li> }
    };
    let detail = |(label, value): &(&'static str, String)| view! { <dt>{*label}</dt><dd>{value.clone()}</dd> };
    view! {
        <div class="story">
            <div class="halves">
                <section>
                    <h3>"What happened"</h3>
                    <ol class="timeline">{deal.steps().into_iter().map(step).collect_view()}</ol>
                </section>
                <section>
                    <h3>{if ctx.is_partner() { "What you registered" } else { "What was registered" }}</h3>
                    <dl class="about">{deal.details.iter().map(detail).collect_view()}</dl>
                </section>
            </div>
            {(board.acts)(board, deal)}
        </div>
    }
}

/// The way to take a deal back, while nobody has decided.
fn withdrawal(board: Board, deal: &Registration) -> AnyView {
    let question = {
        let deal = deal.clone();
        move || {
            board.dialog.ask(Question {
                title: format!("Withdraw the registration of {}?", deal.company),
                text: "The program no longer looks at it, and this cannot be undone. You can register the deal anew.",
                yes: "Withdraw it",
                method: "POST",
                path: format!("{}/{}/withdraw", path::DEALS, deal.id),
                sent: written(&[("version", JsValue::from_f64(deal.version as f64))]),
                fields: Vec::new(),
                late: "The registration is withdrawn.",
                done: Box::new(move |said| {
                    let deal = read(said);
                    let text = format!("The registration of {} is withdrawn.", deal.company);
                    keep(board, deal);
                    board.told.tell(text, None);
                }),
            });
        }
    };
    let button = view! {
        <div class="acts"><button type="button" class="quiet small" on:click=press(question)>"Withdraw"</button></div>
    };
    deal.is_open().then_some(button).into_any()
}
