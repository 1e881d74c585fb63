//! How far the partner's goals are reached, beside how far they should be by now.

use engine::{figure::Unit, kpi::Pace};
use leptos::prelude::*;

use super::live;
use crate::{
    model::chart::{part, percent},
    state::Ctx,
};

/// Millionths of the whole.
const WHOLE: u64 = 1_000_000;

/// The goals whose time has come; nothing where there are none.
#[component]
pub fn Goals() -> impl IntoView {
    let ctx = Ctx::get();
    // No switch but that of the partner changes them.
    let partner = Memo::new(move |_| ctx.loaded.with(|loaded| ctx.asked.with(|filters| loaded.partner(filters))));
    let goals = move || {
        let paces = ctx.loaded.get().paces(partner.get());
        (!paces.is_empty()).then(|| {
            view! {
                <section class="panel" aria-labelledby="h-goals">
                    <h2 id="h-goals">"Goals"</h2>
                    <ul class="goals">{paces.iter().map(|pace| goal(ctx, pace)).collect_view()}</ul>
                </section>
            }
        })
    };
    live(goals)
}

fn goal(ctx: Ctx, pace: &Pace) -> impl IntoView + use<> {
    let shown = |n: i64| match pace.unit {
        Unit::Money(currency) => ctx.text(|locale| locale.money(n, currency)),
        _ => ctx.text(|locale| locale.count(n)),
    };
    let last = ctx.text(|locale| locale.span(pace.last, pace.last));
    let (reached, elapsed) = (pace.reached.unwrap_or(0).max(0).unsigned_abs(), pace.elapsed.unsigned_abs());
    let (class, word) = match pace.reached {
        None => ("badge", "Not known"),
        Some(reached) if reached >= WHOLE as i64 => ("badge sourced", "Reached"),
        Some(reached) if reached >= pace.elapsed => ("badge sourced", "On pace"),
        Some(_) => ("badge behind", "Behind"),
    };
    let share = ctx.text(|locale| locale.percent(reached, WHOLE));
    let time = ctx.text(|locale| locale.percent(elapsed, WHOLE));
    view! {
        <li data-goal=pace.goal data-value=pace.value.to_string()>
            <p class="step">
                <span>{pace.label} " until " {last}</span>
                <span class=class>{word}</span>
            </p>
            <div class="track" aria-hidden="true">
                <div class="fill" class:some={reached > 0} style:width=percent(part(reached, WHOLE))></div>
                <div class="due" style:left=percent(part(elapsed, WHOLE))></div>
            </div>
            <p class="quiet-text">
                {format!("{} of {}: {share} reached, with {time} of the time gone by", shown(pace.value), shown(pace.target))}
            </p>
        </li>
    }
}
