//! Two models or windows side by side: what would move between whom, and why. A worker computes it; see [`crate::worker`].

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{
    download::DownloadButton,
    live,
    nav::way,
    press,
    switches::{CurrencySwitch, RangeSwitch, model_choice, window_choice},
    text,
};
use crate::{
    filters::Filters,
    json::Json,
    model::{
        compare::{Compared, Line, STEPS, Why},
        csv,
        loaded::Loaded,
        place::Place,
        words,
    },
    page::{go, query},
    state::{Ctx, Shared},
    worker,
};

/// Rows that are shown at first, and added at a time.
const PAGE: usize = 20;

/// The code of the worker.
const WORKER: &str = "/console/worker.js";

/// What is held against each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// As it is: a query of an address.
    pub first: String,
    /// As it would be.
    pub second: String,
    /// A policy that the second side is judged by, see [`worker::compare`]; empty for the program's.
    pub draft: String,
}

/// How far the answer is.
#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    /// What the reader asks; nothing where both sides are the same.
    question: Memo<Option<Question>>,
    worker: StoredValue<Option<Desk>, LocalStorage>,
    /// What the worker is busy with.
    asked: StoredValue<Option<Question>>,
    /// The step that it told last.
    step: RwSignal<u32>,
    is_failed: RwSignal<bool>,
    answer: RwSignal<Option<Shared<(Question, Compared)>>>,
    shown: RwSignal<usize>,
}

/// A worker and what hears it.
struct Desk {
    worker: Worker,
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _failed: Closure<dyn FnMut()>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// The place of the two answers.
#[component]
pub fn Models() -> impl IntoView {
    let ctx = Ctx::get();
    let question = Memo::new(move |_| ctx.loaded.with(|loaded| ctx.filters.with(|f| sides(f, loaded))));
    let side = |title, models: AnyView, windows: AnyView| {
        view! {
            <fieldset class="side">
                <legend>{title}</legend>
                {models}
                {windows}
            </fieldset>
        }
    };
    let first = side(
        "As it is",
        model_choice(ctx, "model", move || ctx.filters.with(|f| f.model), |f, model| f.model = model),
        window_choice(ctx, "window", move || ctx.filters.with(|f| f.window), |f, window| f.window = window),
    );
    let second = side(
        "As it would be",
        model_choice(ctx, "with", move || ctx.filters.with(|f| f.with), |f, model| f.with = model),
        window_choice(
            ctx,
            "with_window",
            move || ctx.filters.with(|f| f.with_window),
            |f, window| f.with_window = window,
        ),
    );
    view! {
        <div class="asking"><RangeSwitch beside=false/><div class="switches"><CurrencySwitch/></div></div>
        <section class="panel compare" aria-labelledby="h-compare">
            <h2 id="h-compare">"What would move"</h2>
            <div class="sides">{first}{second}</div>
            {outcome(
                question,
                "Choose another model or window on either side. Nothing is saved: the program's policy stays as it is.",
            )}
            {live(move || question.get().is_some().then(|| view! { <p class="next">{adopt(ctx)}</p> }))}
        </section>
    }
}

/// The way to make the second side the program's policy.
fn adopt(ctx: Ctx) -> AnyView {
    way(ctx, "Change the policy to it\u{2026}", |filters| filters.at(Place::Settings), |_| false)
}

/// What a worker finds for a question, with its progress; words where nothing is asked.
pub fn outcome(question: Memo<Option<Question>>, idle: &'static str) -> AnyView {
    let ctx = Ctx::get();
    let board = Board {
        ctx,
        question,
        worker: StoredValue::new_local(None),
        asked: StoredValue::new(None),
        step: RwSignal::new(0),
        is_failed: RwSignal::new(false),
        answer: RwSignal::new(None),
        shown: RwSignal::new(PAGE),
    };
    Effect::new(move |last: Option<Shared<Loaded>>| {
        let loaded = ctx.loaded.get();
        // A worker keeps the facts that it was given: other facts are another worker's.
        if last.is_some_and(|last| last != loaded) {
            board.dismiss();
        }
        if let Some(asked) = question.get() {
            board.ask(asked);
        }
        loaded
    });
    on_cleanup(move || board.dismiss());
    live(move || match question.get() {
        None => view! { <p class="quiet-text">{idle}</p> }.into_any(),
        Some(asked) => match board.answer.get().filter(|answer| answer.0 == asked) {
            Some(answer) => found(board, &answer.1),
            None => progress(board),
        },
    })
    .into_any()
}

/// What both sides ask; nothing where they ask the same.
fn sides(filters: &Filters, loaded: &Loaded) -> Option<Question> {
    let currency = loaded.log.currencies.get(loaded.currency(filters) as usize).copied();
    let side = |model, window| Filters { model, window, currency, range: filters.range, ..Filters::default() };
    let first = side(filters.model, filters.window);
    let second = side(filters.with, filters.with_window);
    (first != second).then(|| Question { first: query(&first), second: query(&second), draft: String::new() })
}

impl Board {
    /// Asks the worker, unless it is busy: then the question that stands when it answers is asked next.
    fn ask(self, question: Question) {
        let answered = self.answer.with_untracked(|answer| answer.as_ref().is_some_and(|answer| answer.0 == question));
        self.is_failed.set(false);
        if answered || self.asked.with_value(Option::is_some) {
            return;
        }
        self.step.set(0);
        if self.worker.with_value(Option::is_none) {
            self.worker.set_value(self.hire());
        }
        let message = Array::of3(
            &question.first.as_str().into(),
            &question.second.as_str().into(),
            &question.draft.as_str().into(),
        );
        let is_sent =
            |desk: &Option<Desk>| desk.as_ref().is_some_and(|desk| desk.worker.post_message(&message).is_ok());
        self.asked.set_value(Some(question));
        if !self.worker.with_value(is_sent) {
            self.fail();
        }
    }

    fn hire(self) -> Option<Desk> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(WORKER, &options).ok()?;
        let heard = Closure::new(move |event: MessageEvent| self.hear(&Json::of(event.data())));
        let failed = Closure::new(move || self.fail());
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
        Some(Desk { worker, _heard: heard, _failed: failed })
    }

    fn hear(self, said: &Json) {
        if let Some(step) = said.number("step") {
            self.step.try_set(u32::try_from(step).unwrap_or(0));
        } else if said.is("failed") {
            self.fail();
        } else if let Some(question) = self.asked.try_update_value(Option::take).flatten() {
            self.shown.try_set(PAGE);
            self.answer.try_set(Some(Shared::new((question, worker::read(&said.get("answer"))))));
            // What stands now may be something else than what was answered.
            if let Some(now) = self.question.try_get_untracked().flatten() {
                self.ask(now);
            }
        }
    }

    fn fail(self) {
        self.dismiss();
        self.is_failed.try_set(true);
    }

    fn dismiss(self) {
        self.asked.try_set_value(None);
        self.answer.try_set(None);
        self.worker.try_update_value(|desk| *desk = None);
    }
}

/// What the worker does just now, or that it does not.
fn progress(board: Board) -> AnyView {
    if board.is_failed.get() {
        let again = move || {
            if let Some(asked) = board.question.get_untracked() {
                board.ask(asked);
            }
        };
        return view! {
            <div role="alert" class="sorry">
                <h3>"This could not be computed"</h3>
                <p>"The facts did not come, or the browser has no room for them. Everything else on this page stands."</p>
                <button type="button" class="quiet" on:click=press(again)>"Try again"</button>
            </div>
        }
        .into_any();
    }
    let words = move || {
        match board.step.get() {
            0 => "Reading the facts",
            1 => "Computing how it is",
            2 => "Computing how it would be",
            _ => "Finding what moves, and why",
        }
        .to_owned()
    };
    let step = move || board.step.get().to_string();
    view! {
        <div class="working">
            <progress max=STEPS.to_string() value=text(step) aria-label="Progress"></progress>
            <p role="status">{text(words)}</p>
        </div>
    }
    .into_any()
}

/// What moves, in a sentence and by party.
fn found(board: Board, compared: &Compared) -> AnyView {
    let ctx = board.ctx;
    let (moved, total) = (compared.moved(), compared.total);
    if moved == 0 {
        return view! { <p role="status">"Nothing would move: both sides credit the same."</p> }.into_any();
    }
    let partners =
        |sign: i64| compared.lines.iter().filter(|line| !line.id.is_empty() && line.change().signum() == sign).count();
    let (more, less) = (partners(1), partners(-1));
    let them = words::plural(more, "partner", "partners");
    let share = (total > 0).then(|| ctx.text(|l| l.percent(moved.unsigned_abs(), total.unsigned_abs())));
    let share = share.map(|share| format!(" ({share})")).unwrap_or_default();
    let summary = format!(
        "Of {} of revenue, {}{share} would go to somebody else: {more} {them} would get more, {less} less.",
        ctx.money(total),
        ctx.money(moved),
    );
    let head = |label: &'static str| view! { <th role="columnheader" scope="col" class="n">{label}</th> };
    let rows = compared.lines.iter().take(board.shown.get()).map(|line| row(ctx, line)).collect_view();
    let rest = compared.lines.len().saturating_sub(board.shown.get());
    let label = format!("Show {} more of {}", rest.min(PAGE), compared.lines.len());
    let currency = ctx.currency();
    let file = compared.clone();
    view! {
        <p role="status" class="outcome">{summary}</p>
        <DownloadButton name="what-would-move.csv" text=Box::new(move || csv::compared(&file, currency))/>
        <table class="cards compared" role="table">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Whose"</th>
                    {["As it is", "As it would be", "Change"].map(head)}
                    <th role="columnheader" scope="col">"Why"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        {(rest > 0).then(|| view! {
            <button type="button" class="quiet more" on:click=press(move || board.shown.update(|n| *n += PAGE))>{label}</button>
        })}
    }
    .into_any()
}

fn row(ctx: Ctx, line: &Line) -> AnyView {
    let change = line.change();
    let (class, sign) = match change.signum() {
        1 => ("n gain", "+"),
        -1 => ("n loss", ""),
        _ => ("n zero", ""),
    };
    let customers =
        format!("{} {}", ctx.count(line.customers as u64), words::plural(line.customers, "customer", "customers"));
    let most = if line.customers > line.why.len() { "Those that move most:" } else { "" };
    let why = (!line.why.is_empty()).then(|| {
        view! {
            <details>
                <summary>{customers}</summary>
                <p class="quiet-text">{most}</p>
                <ul>{line.why.iter().map(|why| reason(ctx, why)).collect_view()}</ul>
            </details>
        }
    });
    view! {
        <tr role="row" data-partner=line.id.clone()>
            <td role="cell" class="lead">{line.name.clone()}</td>
            <td role="cell" class="n" data-label="As it is" data-value=line.a.to_string()>{ctx.money(line.a)}</td>
            <td role="cell" class="n" data-label="As it would be" data-value=line.b.to_string()>{ctx.money(line.b)}</td>
            <td role="cell" class=class data-label="Change">{sign}{ctx.money(change)}</td>
            <td role="cell" class="why" data-label="Why">{why}</td>
        </tr>
    }
    .into_any()
}

fn reason(ctx: Ctx, why: &Why) -> AnyView {
    // The page may have been given other facts than the worker: then its rows are others.
    let is_here = ctx.loaded.with_untracked(|l| l.log.customers.get(why.row as usize) == Some(&why.customer));
    let row = why.row;
    let open = move || {
        go(ctx, Place::Deals);
        ctx.ask(|f| f.deal = Some(row));
    };
    let name = why.customer.clone();
    let name = if is_here {
        view! { <button type="button" class="link" on:click=press(open)>{name}</button> }.into_any()
    } else {
        name.into_any()
    };
    let role = |side: usize| ctx.text(|locale| words::role(locale, &why.roles[side]));
    view! {
        <li>
            {name} ": " {ctx.money(why.a)} " → " {ctx.money(why.b)}
            <small>"As it is: " {role(0)} "."</small>
            <small>"As it would be: " {role(1)} "."</small>
        </li>
    }
    .into_any()
}
