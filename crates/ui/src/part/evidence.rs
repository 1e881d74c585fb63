//! How a figure is counted: its definition, its rules, and the facts, in a sheet at the side of the page.

use engine::{
    figure::{Unit, Value},
    kpi::Report,
};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{
    lazy::{Lost, lazy, wasm_split},
    live, text,
    tile::{Which, reconciled},
    when,
};
use crate::{
    model::{
        evidence::{Adds, Line, facts, lines},
        locale::Locale,
        words,
    },
    state::{Ctx, Shared},
};

/// Facts that are shown at first, and added at a time.
const PAGE: usize = 20;

/// The sheet. It opens when `open` names a figure, and forgets it when it is closed.
#[component]
pub fn EvidenceSheet(
    /// The figure whose reasons are open.
    open: RwSignal<Option<Which>>,
) -> impl IntoView {
    let ctx = Ctx::get();
    let sheet = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let (Some(sheet), Some(_)) = (sheet.get(), open.get())
            && !sheet.open()
        {
            // Fails only for a sheet that is not in the page any more.
            let _ = sheet.show_modal();
        }
    });
    // A press on the dialog itself is one on the ground behind it: its content covers the rest.
    let outside = move |event: web_sys::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| target.tag_name() == "DIALOG") {
            close(sheet);
        }
    };
    view! {
        <dialog
            node_ref=sheet
            class="sheet"
            aria-labelledby="sheet-title"
            on:close=move |_| open.set(None)
            on:click=outside
        >
            {live(move || open.get().map(|which| lazy(|| Box::pin(code()), move |content| content(ctx, which, sheet))))}
        </dialog>
    }
}

type Content = fn(Ctx, Which, NodeRef<html::Dialog>) -> AnyView;

#[wasm_split(places, fallible, wasm_split_path = leptos::wasm_split)]
fn code() -> Result<Content, Lost> {
    Ok(content)
}

fn close(sheet: NodeRef<html::Dialog>) {
    if let Some(sheet) = sheet.get_untracked() {
        sheet.close();
    }
}

/// What the sheet says of a figure.
pub fn content(ctx: Ctx, which: Which, sheet: NodeRef<html::Dialog>) -> AnyView {
    let shown = RwSignal::new(PAGE);
    let all = Memo::new(move |_| {
        ctx.loaded.with(|loaded| ctx.report.with(|report| Shared::new(facts(&loaded.log, report, which.of(report)))))
    });
    let count = move || all.with(|all| all.len());
    let more = move || count().saturating_sub(shown.get());
    let listed = move || {
        all.with(|all| {
            let facts = all.get(..shown.get().min(all.len())).unwrap_or_default();
            ctx.report.with(|report| {
                let figure = which.of(report);
                ctx.loaded.with(|l| lines(&l.log, report, figure, facts))
            })
        })
    };
    let rows = move || listed().into_iter().map(|line| row(ctx, &line)).collect_view();
    // Clicks come as counts: one a day, link and campaign.
    let (one, many) = if which == Which::Clicks { ("daily count", "daily counts") } else { ("fact", "facts") };
    let title = move || format!("{} {}", ctx.count(count() as u64), words::plural(count(), one, many));
    let label = ctx.report.with_untracked(|report| which.of(report).label);
    view! {
        <div class="inner" data-evidence=ctx.report.with_untracked(|report| which.of(report).id)>
            <header>
                <h2 id="sheet-title">{label}</h2>
                <button type="button" class="quiet small" on:click=move |_| close(sheet)>"Close"</button>
            </header>
            {live(move || ctx.report.with(|report| about(ctx, which, report)))}
            <h3>{text(title)}</h3>
            <ul class="facts">{live(rows)}</ul>
            {when(move || more() > 0, move || view! {
                <button type="button" class="quiet more" on:click=move |_| shown.update(|n| *n += PAGE)>
                    {text(move || format!("and {} more", ctx.count(more() as u64)))}
                </button>
            })}
        </div>
    }
    .into_any()
}

/// Definition, rules and value.
fn about(ctx: Ctx, which: Which, report: &Report) -> impl IntoView + use<> {
    let figure = which.of(report);
    let value = match figure.value {
        Value::Known(n) => match figure.unit {
            Unit::Money(currency) => ctx.text(|locale| locale.money(n, currency)),
            Unit::Count | Unit::Rate | Unit::Ratio | Unit::Seconds => ctx.text(|locale| locale.count(n)),
        },
        Value::Rate { n, m } => {
            format!("{} ÷ {} = {}", ctx.count(n), ctx.count(m), ctx.text(|locale| locale.percent(n, m)))
        }
        Value::NotKnown(fact) => format!("Not known. {}", words::missing(fact)),
    };
    let whole = matches!(which, Which::Clicks | Which::Conversion).then(|| reconciled(ctx, report));
    let models = (which == Which::Attributed).then(|| {
        let sentence = |model: engine::credit::Model| view! { <li>{model.label()} ": " {model.sentence()}</li> };
        let models = words::models(&figure.policy).into_iter().map(sentence).collect_view();
        view! { <dt>"Models"</dt><dd><ul class="bare">{models}</ul></dd> }
    });
    view! {
        <p class="definition">{figure.definition}</p>
        <dl class="about">
            <dt>"Value"</dt>
            <dd>{value}</dd>
            {whole.map(|whole| view! { <dt>"Clicks"</dt><dd>{whole}</dd> })}
            <dt>"Rules"</dt>
            <dd>{words::source(figure.policy.version)} ". " {words::policy(&figure.policy)}</dd>
            {models}
        </dl>
    }
}

/// A fact, as a line of a list.
pub fn row(ctx: Ctx, line: &Line) -> impl IntoView + use<> {
    let (adds, part) = ctx.text(|locale| adds(locale, line.adds));
    view! {
        <li>
            <span class="what">{line.what} <small>{line.who.clone()}</small></span>
            <span class="n">{adds} {part.map(|part| view! { <small>{part}</small> })}</span>
            <small class="when">{ctx.text(|locale| locale.date(line.at))}</small>
        </li>
    }
}

fn adds(locale: &Locale, adds: Adds) -> (String, Option<String>) {
    match adds {
        Adds::Nothing => (String::new(), None),
        Adds::Count(n) => (locale.count(i64::try_from(n).unwrap_or(i64::MAX)), None),
        Adds::Money(amount, currency) => (locale.money(amount, currency), None),
        Adds::Part { credit, of, currency } if credit == of => (locale.money(credit, currency), None),
        Adds::Part { credit, of, currency } => {
            (locale.money(credit, currency), Some(format!("of {}", locale.money(of, currency))))
        }
    }
}
