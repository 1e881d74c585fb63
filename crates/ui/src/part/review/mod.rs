//! Fraud and holds: what looks suspicious and why, which commission waits for that, and the decisions.
//!
//! | module | charter |
//! |---|---|
//! | [`bulk`] | one decision for many |
//! | [`held`] | the commission that waits for a decision |
//! | [`rules`] | how much is too much, to edit |

mod bulk;
mod held;
mod rules;

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wire::path;

use super::{
    confirm::{Dialog, Question},
    flag,
    form::{Field, Kind},
    live, press,
    registrations::partner,
    server::{Asked, Told, further, more_button},
    states, text,
};
use crate::{
    json::{Json, written},
    model::{
        registration::day,
        suspicion::{STATES, Suspicion},
        typed::time,
    },
    state::{Ctx, Shared},
};

/// Columns of the table.
const COLUMNS: [&str; 4] = ["What", "Partner", "State", "Since"];

/// What this place holds.
#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    list: StoredValue<Vec<Shared<Suspicion>>>,
    /// Told when the list is another.
    changed: RwSignal<()>,
    more: RwSignal<bool>,
    /// Identifier of the suspicion whose facts are shown.
    open: RwSignal<String>,
    /// The state that is shown; empty for all.
    state: Signal<String>,
    /// Identifiers of those that are chosen for one decision.
    chosen: RwSignal<Vec<String>>,
    dialog: Dialog,
    told: Told,
}

/// The place.
#[component]
pub fn Review() -> impl IntoView {
    let board = Board {
        ctx: Ctx::get(),
        list: StoredValue::new(Vec::new()),
        changed: RwSignal::new(()),
        more: RwSignal::new(false),
        open: RwSignal::new(String::new()),
        state: states::shown(&STATES),
        chosen: RwSignal::new(Vec::new()),
        dialog: Dialog::closed(),
        told: Told::nothing(),
    };
    let asked = Asked::by(move |asked| {
        board.state.track();
        next(board, asked, 0);
    });
    states::on_change(board.state, move || {
        board.open.set(String::new());
        board.chosen.set(Vec::new());
    });
    view! {
        {board.told.show()}
        <section class="panel" aria-labelledby="h-suspicions">
            <h2 id="h-suspicions">"What looks suspicious"</h2>
            <p class="quiet-text">"While it is looked into, the partner\u{2019}s commission for it is owed and not payable. Cleared it is paid, confirmed it is not."</p>
            {states::choice(&STATES, board.state)}
            {bulk::show(board, asked)}
            {asked.show(move || table(board))}
            {more_button(board.more, move || next(board, asked, board.list.with_value(Vec::len)))}
        </section>
        {rules::show(board)}
        {board.dialog.show(asked)}
    }
}

/// Asks for the suspicions that follow on so many known ones.
fn next(board: Board, asked: Asked, known: usize) {
    let state = board.state.get_untracked();
    let path =
        if state.is_empty() { path::SUSPICIONS.to_owned() } else { format!("{}?state={state}", path::SUSPICIONS) };
    further(&path, known, asked, board.more, move |found| {
        // Another state may have been asked for meanwhile.
        if board.state.try_get_untracked().is_none_or(|now| now != state) {
            return;
        }
        board.list.try_update_value(|list| {
            if known == 0 {
                list.clear();
            }
            for one in found.iter().map(|said| read(board.ctx, said)) {
                if !list.iter().any(|known| known.id == one.id) {
                    list.push(Shared::new(one));
                }
            }
        });
        // What is not held any more is decided.
        let held =
            |id: &String| board.list.with_value(|list| list.iter().any(|one| one.id == *id && one.state == "held"));
        board.chosen.try_update(|chosen| chosen.retain(held));
        board.changed.try_set(());
    });
}

/// Puts a suspicion in the place of what was known of it.
fn keep(board: Board, one: Suspicion) {
    board.chosen.update(|chosen| chosen.retain(|id| *id != one.id));
    board.list.update_value(|list| {
        if let Some(known) = list.iter_mut().find(|known| known.id == one.id) {
            *known = Shared::new(one);
        }
    });
    board.changed.set(());
}

/// A suspicion as the server writes it.
fn read(ctx: Ctx, said: &Json) -> Suspicion {
    let evidence = said.get("evidence");
    let date = |at: &str| day(at).map(|day| ctx.text(|locale| locale.span(day, day))).unwrap_or_default();
    let moment = |at: String| time(&at).map_or(at, |at| ctx.text(|locale| locale.moment(at)) + " UTC");
    let words = ["email", "domain"].into_iter().filter_map(|name| Some((name, evidence.some_text(name)?)));
    let times = ["seen", "clicked", "sold", "known"].into_iter();
    let times = times.filter_map(|name| Some((name, moment(evidence.some_text(name)?))));
    let counts = ["redemptions", "untouched", "elsewhere", "clicks", "busiest", "customers"];
    Suspicion {
        id: said.text("id"),
        version: said.number("version").unwrap_or(0),
        rule: said.text("rule"),
        state: said.text("state"),
        partner: said.text("partnerId"),
        customer: said.text("customerId"),
        sale: said.text("sale"),
        coupon: said.text("coupon"),
        link: said.text("linkId"),
        words: words.chain(times).collect(),
        counts: counts.into_iter().filter_map(|name| Some((name, evidence.number(name)?))).collect(),
        since: date(&said.text("since")),
        reason: said.text("reason"),
        decided_by: said.text("decidedBy"),
        decided_at: date(&said.text("decidedAt")),
        created_at: date(&said.text("createdAt")),
    }
}

fn table(board: Board) -> AnyView {
    board.changed.track();
    let rows = board.list.with_value(|list| list.iter().map(|one| row(board, one)).collect::<Vec<_>>());
    if rows.is_empty() {
        let (title, about) = match board.state.get_untracked().as_str() {
            "held" => ("Nothing waits for you", "What the rules below find suspicious waits here for your decision."),
            _ => ("None of these", "What was decided appears here."),
        };
        return view! { <div class="sorry"><h3>{title}</h3><p>{about}</p></div> }.into_any();
    }
    let head = |title: &'static str| {
        let class = if title == "Since" { "n" } else { "" };
        view! { <th role="columnheader" scope="col" class=class>{title}</th> }
    };
    view! {
        <table class="cards suspicions" role="table">
            <thead role="rowgroup"><tr role="row">{COLUMNS.map(head).collect_view()}</tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(board: Board, one: &Shared<Suspicion>) -> AnyView {
    let (state, class) = one.standing();
    let (id, name) = (format!("why-{}", one.id), partner(board.ctx, &one.partner));
    let is_open = {
        let id = one.id.clone();
        Memo::new(move |_| board.open.get() == id)
    };
    let turn = {
        let id = one.id.clone();
        move || board.open.set(if is_open.get_untracked() { String::new() } else { id.clone() })
    };
    let pick = (one.state == "held").then(|| {
        let (id, label) = (one.id.clone(), format!("Choose: {}, {name}", one.title()));
        let (known, all) = (one.id.clone(), board.chosen);
        let change = move |_| {
            all.update(|all| match all.iter().position(|one| *one == id) {
                Some(at) => drop(all.remove(at)),
                None => all.push(id.clone()),
            });
        };
        view! { <input type="checkbox" aria-label=label prop:checked=flag(move || all.with(|all| all.contains(&known))) on:change=change/> }
    });
    let shown = one.clone();
    view! {
        <tr role="row" class="deal" class:open=flag(move || is_open.get()) data-suspicion=one.id.clone() data-rule=one.rule.clone()>
            <td role="cell" class="lead">
                <div class="picked">
                    {pick}
                    <button type="button" class="open" aria-expanded=text(move || is_open.get().to_string()) aria-controls=id.clone() on:click=press(turn)>
                        <span class="chevron" aria-hidden="true"></span>
                        {one.title()}
                    </button>
                </div>
            </td>
            <td role="cell">{name}</td>
            <td role="cell" class="standing"><span class=class>{state}</span>{(!one.reason.is_empty()).then(|| view! { <small>{one.reason.clone()}</small> })}</td>
            <td role="cell" class="n" data-label=COLUMNS[3]>{one.created_at.clone()}</td>
        </tr>
        <tr role="row" class="detail" id=id hidden=flag(move || !is_open.get())>
            <td role="cell" colspan=COLUMNS.len()>{live(move || is_open.get().then(|| facts(board, &shown)))}</td>
        </tr>
    }
    .into_any()
}

/// Why it is suspected, what waits for it, and what can be decided.
fn facts(board: Board, one: &Shared<Suspicion>) -> impl IntoView + use<> {
    let by = if one.decided_by.contains('@') { one.decided_by.clone() } else { "a program with a key".to_owned() };
    let decided = (!one.decided_at.is_empty()).then(|| {
        view! { <dt>"Decided"</dt><dd>{format!("{} on {} by {by}", one.standing().0, one.decided_at)}</dd> }
    });
    let act = |step: &'static str, class: &'static str| {
        let (one, yes) = (one.clone(), words(step).0);
        view! { <button type="button" class=class on:click=press(move || question(board, &one, step))>{yes}</button> }
    };
    let clear = (one.state != "cleared").then(|| act("clear", "strong small"));
    let confirm = (one.state != "confirmed").then(|| act("confirm", "quiet small"));
    let hold = (one.state != "held").then(|| act("hold", "quiet small"));
    view! {
        <div class="story">
            <p class="why">{one.why()}</p>
            <dl class="about">
                <dt>"What is held"</dt><dd>{one.about()}</dd>
                {held::of(board.ctx, one)}
                {decided}
            </dl>
            <div class="acts">{clear} {confirm} {hold}</div>
        </div>
    }
}

/// What is pressed to decide so, and what follows from it.
fn words(step: &str) -> (&'static str, &'static str) {
    match step {
        "clear" => ("Clear", "It was nothing: the partner is paid for it. It can be decided otherwise later."),
        "hold" => ("Hold again", "It waits for a decision again, and so does the partner\u{2019}s commission for it."),
        _ => (
            "Confirm",
            "It was what it looks like: the partner is not paid for it. Where a month is closed already, the next one takes \
             back what was stated. It can be decided otherwise later.",
        ),
    }
}

/// Asks before it is decided, and why.
fn question(board: Board, one: &Suspicion, step: &'static str) {
    let (yes, about) = words(step);
    board.dialog.ask(Question {
        title: format!("{yes}: {}, {}", one.title(), partner(board.ctx, &one.partner)),
        text: about,
        yes,
        method: "POST",
        path: format!("{}/{}/{step}", path::SUSPICIONS, one.id),
        sent: written(&[("version", JsValue::from_f64(one.version as f64))]),
        fields: vec![Field {
            name: "reason",
            label: "Reason",
            hint: "",
            kind: Kind::Lines,
            required: step == "confirm",
            max: 1000,
        }],
        late: "The decision stands.",
        done: Box::new(move |said| {
            let one = read(board.ctx, said);
            board.told.tell(format!("{}: {}.", one.standing().0, one.title()), None);
            keep(board, one);
        }),
    });
}
