//! The summary: four figures, the months, and the rules that they follow.

use leptos::prelude::*;

use crate::{
    failure::Failure,
    model::words,
    part::{
        chart::Chart,
        live, text,
        tile::{FigureValue, Which},
    },
    state::{Ctx, Store},
};

/// The figures of the summary, in order.
const FIGURES: [Which; 4] = [Which::Sourced, Which::Influenced, Which::Clicks, Which::Leads];

/// The summary of a partner's report.
#[component]
pub(super) fn Summary() -> impl IntoView {
    let ctx = Ctx::get();
    let title = move || {
        ctx.loaded.with(|loaded| {
            let program = &loaded.head.program.name;
            loaded.name_of(loaded.reader()).map_or_else(|| program.clone(), |name| format!("{name} · {program}"))
        })
    };
    let rules = move || {
        ctx.report.with(|report| {
            let policy = report.attributed.policy;
            format!("All time. {}: {}", words::source(policy.version), words::policy(&policy))
        })
    };
    let as_of = move || {
        let now = ctx.loaded.with(|loaded| loaded.head.now);
        format!("As of {} UTC", ctx.text(|locale| locale.moment(now)))
    };
    view! {
        <div class="card" part="card" role="group" aria-label=text(title)>
            <p class="head" part="header"><strong>{text(title)}</strong><small>{text(as_of)}</small></p>
            <div class="tiles" part="figures">{FIGURES.map(|which| tile(ctx, which)).collect_view()}</div>
            <p class="heading" part="heading">"Revenue, last 12 months"</p>
            <Chart full=false/>
            <div class="key" aria-hidden="true">
                <span class="swatch influenced">"Influenced"</span>
                <span class="swatch sourced">"of it sourced"</span>
            </div>
            <p class="foot" part="footer">{text(rules)}</p>
        </div>
    }
}

fn tile(ctx: Ctx, which: Which) -> impl IntoView {
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
        <div class="tile" part="figure">
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
            let short = loaded.log.links.first().map(|link| link.short.clone());
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
            {failure
                .may_pass()
                .then(|| view! { <button type="button" part="button" on:click=move |_| store.fetch()>"Try again"</button> })}
        </div>
    }
}
