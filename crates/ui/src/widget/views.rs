//! The views of a report, out of the parts of the portal.

use engine::time::Month;
use leptos::prelude::*;

use crate::{
    failure::Failure,
    model::{view::View, words},
    part::{
        chart::{Chart, MONTHS, MonthTable},
        deals::Deals,
        funnel::FunnelSteps,
        links::Links,
        live,
        notice::StaleNotice,
        switches::{CurrencySwitch, Switches, WindowSwitch},
        text,
        tile::{FigureValue, Which},
    },
    state::{Ctx, Store},
};

/// A report that has figures, in the view that the page asks for.
#[component]
pub(super) fn Shown(
    /// Which view.
    view: RwSignal<View>,
    /// Where its figures come from.
    store: Store,
) -> impl IntoView {
    let ctx = Ctx::get();
    let title = move || {
        ctx.loaded.with(|loaded| {
            let program = &loaded.head.program.name;
            loaded.name_of(loaded.reader()).map_or_else(|| program.clone(), |name| format!("{name} · {program}"))
        })
    };
    let as_of = move || {
        let now = ctx.loaded.with(|loaded| loaded.head.now);
        format!("As of {} UTC", ctx.text(|locale| locale.moment(now)))
    };
    let name = move || format!("{}: {}", view.get().title(), title());
    let body = move || match view.get() {
        View::Summary => summary(ctx).into_any(),
        View::Revenue => revenue(ctx).into_any(),
        View::Funnel => funnel(ctx).into_any(),
        View::Links => view! { <div part="table"><Links full=false/></div> }.into_any(),
        View::Leads => leads().into_any(),
        View::Statement => statement(ctx).into_any(),
    };
    view! {
        <div class="card" part="card" role="group" aria-label=text(name)>
            <p class="head" part="header"><strong>{text(title)}</strong><small>{text(as_of)}</small></p>
            <StaleNotice store/>
            {live(body)}
            <p class="unseen" role="status">{text(move || ctx.say.get().to_owned())}</p>
        </div>
    }
}

/// Four figures, the months, and the rules that they follow.
fn summary(ctx: Ctx) -> impl IntoView {
    view! {
        {numbers(ctx, &[Which::Sourced, Which::Influenced, Which::Clicks, Which::Leads])}
        <p class="heading" part="heading">"Revenue, last 12 months"</p>
        <div part="chart"><Chart full=false/></div>
        <div class="key below" aria-hidden="true">
            <span class="swatch influenced">"Influenced"</span>
            <span class="swatch sourced">"of it sourced"</span>
        </div>
        {foot(ctx, "")}
    }
}

/// What came of the partner's work, by month, under a model and a window of the reader's choice.
fn revenue(ctx: Ctx) -> impl IntoView {
    view! {
        <div class="asked" part="switches"><Switches/></div>
        {numbers(ctx, &[Which::Sourced, Which::Influenced, Which::Attributed])}
        <p class="heading" part="heading">"Revenue by month, last 12 months"</p>
        <div class="roomy" part="chart"><Chart/></div>
    }
}

/// From click to win. No model changes it, so that none can be chosen.
fn funnel(ctx: Ctx) -> impl IntoView {
    view! {
        <div class="asked" part="switches">
            <div class="switches" role="group" aria-label="What counts"><WindowSwitch/></div>
        </div>
        {numbers(ctx, &[Which::Clicks, Which::Leads, Which::Conversion])}
        <p class="heading" part="heading">"From click to win"</p>
        <div part="funnel"><FunnelSteps/></div>
        {foot(ctx, "")}
    }
}

/// The customers, each with its explanation.
fn leads() -> impl IntoView {
    view! {
        <div class="asked" part="switches"><Switches/></div>
        // A heading, since those of the explanations stand below it.
        <h2 class="heading" part="heading">"Deals"</h2>
        <div part="table"><Deals full=false/></div>
    }
}

/// What was credited, month by month. Commission is not among it: a widget's token does not open the program's books.
fn statement(ctx: Ctx) -> impl IntoView {
    let months = move || {
        let last = ctx.loaded.with(|loaded| loaded.this_month());
        let [first, last] = [last.0 + 1 - MONTHS, last.0].map(|month| ctx.text(|locale| locale.month(Month(month))));
        format!("{first} – {last} · {}", ctx.currency())
    };
    let source = move || ctx.report.with(|report| words::source(report.attributed.policy.version));
    let apart = "Commission and payouts follow from the program's terms and are not part of this statement.";
    view! {
        <div class="asked" part="switches">
            <div class="switches" role="group" aria-label="What is stated"><CurrencySwitch/></div>
        </div>
        <div class="document" part="heading">
            <div>
                <h2>"Revenue statement"</h2>
                <p>{text(months)}</p>
            </div>
            <span class="badge">{text(source)}</span>
        </div>
        <div class="months" part="table"><MonthTable/></div>
        {numbers(ctx, &[Which::Attributed])}
        {foot(ctx, apart)}
    }
}

fn numbers(ctx: Ctx, which: &[Which]) -> impl IntoView + use<> {
    view! { <div class="numbers" part="figures">{which.iter().map(|which| number(ctx, *which)).collect_view()}</div> }
}

/// The rules of what stands above, and what is to be said beside them.
fn foot(ctx: Ctx, beside: &'static str) -> impl IntoView {
    let rules = move || {
        ctx.report.with(|report| {
            let policy = report.attributed.policy;
            format!("All time. {}: {} {beside}", words::source(policy.version), words::policy(&policy))
        })
    };
    view! { <p class="foot" part="footer">{text(rules)}</p> }
}

fn number(ctx: Ctx, which: Which) -> impl IntoView {
    let (label, definition) = ctx.report.with_untracked(|report| {
        let figure = which.of(report);
        (figure.label, figure.definition)
    });
    let facts = move || {
        ctx.report.with(|report| {
            let n = which.of(report).evidence.len();
            format!("{} {} in the portal say how.", ctx.count(n as u64), words::plural(n, "fact", "facts"))
        })
    };
    view! {
        <div class="number" part="figure">
            <span class="label" part="label">{label}</span>
            <FigureValue which/>
            <details part="definition">
                <summary aria-label=format!("How this is counted: {label}")>"How this is counted"</summary>
                <p>{definition} " " {text(facts)}</p>
            </details>
        </div>
    }
}

/// Nothing is recorded yet.
#[component]
pub(super) fn Nothing() -> impl IntoView {
    let ctx = Ctx::get();
    let link = move || {
        ctx.loaded.with(|loaded| {
            let short = loaded.log.links.iter().find(|link| !link.is_gone()).map(|link| link.short.clone());
            short.map(|short| view! { <p><a href=short.clone() target="_blank" rel="noopener">{short.clone()}</a></p> })
        })
    };
    view! {
        <div class="card calm" part="card">
            <strong>"Nothing is recorded yet"</strong>
            <p>"Share your link: every click, and what comes of it, is shown here."</p>
            {live(link)}
        </div>
    }
}

/// What went wrong, calmly: the page around it goes on.
#[component]
pub(super) fn Broken(failure: Failure, store: Store) -> impl IntoView {
    let advice = match failure {
        // Nobody signs in here: the page that embeds the report gives it its token.
        Failure::SignedOut => "Its access has ended. Reload the page to renew it.".to_owned(),
        Failure::Refused => "The access that this page was given does not cover it.".to_owned(),
        other => other.advice(),
    };
    let title = match failure {
        Failure::SignedOut | Failure::Refused => "This report cannot be shown now",
        other => other.title(),
    };
    view! {
        <div class="card calm" part="card" role="status" data-failure=failure.code()>
            <strong>{title}</strong>
            <p>{advice}</p>
            {failure.may_pass().then(|| view! {
                <button type="button" class="quiet" part="button" on:click=move |_| store.fetch()>"Try again"</button>
            })}
        </div>
    }
}
