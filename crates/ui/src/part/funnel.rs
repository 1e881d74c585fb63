//! From click to win: how many came so far, which part went on, and how many did not.

use leptos::prelude::*;

use super::live;
use crate::{
    model::chart::{part, percent},
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
    // The part of the step before that is left: the first is whole, where there is any.
    let left = part(n, before.unwrap_or(n));
    view! {
        <li>
            {rate}
            <p class="step"><span>{name}</span><span class="n">{ctx.count(n)}</span></p>
            <div class="track" aria-hidden="true"><div class="fill" class:some={left > 0} style:width=percent(left)></div></div>
        </li>
    }
}

/// The steps as a table, with what was lost and how long it took.
#[cfg(feature = "page")]
#[component]
pub fn FunnelTable() -> impl IntoView {
    let ctx = Ctx::get();
    let rows = move || {
        let f = ctx.report.with(|report| report.funnel);
        let counts = [f.clicks, f.leads, f.opportunities, f.wins];
        let names = ["Clicks", "Leads", "Opportunities", "Wins"];
        (0..counts.len()).map(|i| funnel_row(ctx, names[i], i, &counts, &f.times)).collect_view()
    };
    view! {
        <table class="cards steps" role="table">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Step"</th>
                    <th role="columnheader" scope="col" class="n">"Came so far"</th>
                    <th role="columnheader" scope="col" class="n">"Went on from the step before"</th>
                    <th role="columnheader" scope="col" class="n">"Did not"</th>
                    <th role="columnheader" scope="col" class="n">"Median time from the step before"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{live(rows)}</tbody>
        </table>
        <p class="quiet-text fine">
            "Clicks and leads of the period, and how far those leads have come since. Leads need not come by a click, so there may \
             be more of them."
        </p>
    }
}

#[cfg(feature = "page")]
fn funnel_row(
    ctx: Ctx,
    name: &'static str,
    i: usize,
    counts: &[u64; 4],
    times: &[Option<i64>; 3],
) -> impl IntoView + use<> {
    let n = counts[i];
    let before = i.checked_sub(1).map(|i| (counts[i], times[i]));
    let (rate, lost, time) = match before {
        None => Default::default(),
        Some((m, time)) => (
            if m == 0 {
                "Not known".into()
            } else if n > m {
                "All".into()
            } else {
                ctx.text(|locale| locale.percent(n, m))
            },
            ctx.count(m.saturating_sub(n)),
            time.map_or_else(|| "Not known".into(), |time| ctx.text(|locale| locale.duration(time))),
        ),
    };
    let left = part(n, before.map_or(n, |(m, _)| m));
    view! {
        <tr role="row" data-step=name>
            <td role="cell" class="lead">
                {name}
                <div class="track" aria-hidden="true"><div class="fill" class:some={left > 0} style:width=percent(left)></div></div>
            </td>
            <td role="cell" class="n" data-label="Came so far">{ctx.count(n)}</td>
            <td role="cell" class="n" data-label="Went on">{rate}</td>
            <td role="cell" class="n" data-label="Did not">{lost}</td>
            <td role="cell" class="n" data-label="Median time">{time}</td>
        </tr>
    }
}
