//! From click to win: how many came so far, which part went on, and how many did not.

use leptos::prelude::*;

use super::live;
use crate::{
    model::chart::{WHOLE, part, percent},
    state::Ctx,
};

/// The four steps.
#[component]
pub fn FunnelSteps() -> impl IntoView {
    let ctx = Ctx::get();
    let steps = move || {
        let f = ctx.report.with(|report| report.funnel);
        let steps = [("Clicks", f.clicks), ("Leads", f.leads), ("Opportunities", f.opportunities), ("Wins", f.wins)];
        let mut before = None;
        let mut rows = Vec::new();
        for (name, n) in steps {
            rows.push(step(ctx, name, n, before));
            before = Some(n);
        }
        rows
    };
    view! { <ol class="funnel">{live(steps)}</ol> }
}

fn step(ctx: Ctx, name: &'static str, n: u64, before: Option<u64>) -> impl IntoView {
    let rate = before.map(|m| {
        let lost = m.saturating_sub(n);
        // More can arrive than were counted before: a lead whose click was never recorded still came.
        let (rate, lost) = match m {
            0 => ("Not known".to_owned(), String::new()),
            m if n > m => ("All went on".to_owned(), String::new()),
            m => {
                (format!("{} went on", ctx.text(|locale| locale.percent(n, m))), format!("{} did not", ctx.count(lost)))
            }
        };
        view! { <p class="rate"><span>{rate}</span><span>{lost}</span></p> }
    });
    // The part of the step before that is left: the first is whole.
    let left = before.map_or(WHOLE, |m| part(n, m));
    view! {
        <li>
            {rate}
            <p class="step"><span>{name}</span><span class="n">{ctx.count(n)}</span></p>
            <div class="track" aria-hidden="true"><div class="fill" class:some={left > 0} style:width=percent(left)></div></div>
        </li>
    }
}
