//! Revenue by month: bars of what was sourced within bars of what was influenced, a tooltip for mouse and keyboard, and the
//! same as a table.
//!
//! The drawing is measured in per cent, so that it fits any width without asking for one.

use engine::{kpi::MonthRevenue, time::Month};
use leptos::{prelude::*, svg};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::{Live, live, text};
use crate::{
    model::chart::{Scale, WHOLE, column, last_months, percent},
    state::{Ctx, Shared},
};

/// Months that the chart shows.
pub const MONTHS: u32 = 12;
/// Hundredths of a column that its bar fills.
const FILLED: i64 = 62;
/// Steps of the axis, about.
const TICKS: u32 = 4;

#[derive(Debug)]
struct Plot {
    months: Vec<(Month, MonthRevenue)>,
    scale: Scale,
}

fn plot(ctx: Ctx) -> Plot {
    let last = ctx.loaded.with(|loaded| loaded.this_month());
    let months = ctx.report.with(|report| last_months(&report.months, last, MONTHS));
    let scale = Scale::around(months.iter().flat_map(|(_, m)| [m.sourced, m.influenced]), TICKS);
    Plot { months, scale }
}

/// The chart with its key and a switch to the table; without both where there is little room.
#[component]
pub fn Chart(
    /// Whether there is room for the axis, the key and the table.
    #[prop(default = true)]
    full: bool,
) -> impl IntoView {
    let ctx = Ctx::get();
    let plot = Memo::new(move |_| Shared::new(plot(ctx)));
    let table = RwSignal::new(false);
    let key = full.then(|| {
        view! {
            <div class="key">
                <span class="swatch influenced">"Influenced"</span>
                <span class="swatch sourced">"of it sourced"</span>
                <button
                    type="button"
                    class="quiet small"
                    aria-pressed=text(move || table.get().to_string())
                    on:click=move |_| table.update(|table| *table = !*table)
                >
                    "Table"
                </button>
            </div>
        }
    });
    (
        key,
        live(move || if table.get() { month_table(ctx, plot).into_any() } else { drawing(ctx, plot, full).into_any() }),
    )
}

fn drawing(ctx: Ctx, plot: Memo<Shared<Plot>>, full: bool) -> impl IntoView {
    let at = RwSignal::new(None::<usize>);
    let current = RwSignal::new(MONTHS as usize - 1);
    let ticks = move || {
        let currency = ctx.currency();
        plot.with(|plot| {
            let tick = |value: &i64| {
                let text = ctx.text(|locale| locale.compact(*value, currency));
                view! { <span style:top=percent(plot.scale.from_top(*value))>{text}</span> }
            };
            plot.scale.ticks().iter().map(tick).collect_view()
        })
    };
    let names = move || {
        plot.with(|plot| {
            let name = |(i, (month, _)): (usize, &(Month, MonthRevenue))| {
                let (year, number) = month.year_month();
                // Under January, and under the first month unless January is too near.
                let year = (number == 1 || i == 0 && number < 11).then_some(view! { <small>{year}</small> });
                let name = ctx.text(|locale| locale.month_name(*month).to_owned());
                view! { <span><b>{name}</b> {year}</span> }
            };
            plot.months.iter().enumerate().map(name).collect_view()
        })
    };
    let columns = move || {
        plot.with(|plot| {
            let months = plot.months.iter().enumerate();
            months.map(|(i, month)| column_button(ctx, i, *month, at, current)).collect_view()
        })
    };
    view! {
        <div class="chart" class:full=full>
            <div class="axis" aria-hidden="true">{full.then(|| live(ticks))}</div>
            <div class="plot">
                <svg
                    class="bars"
                    role="img"
                    aria-label=text(move || plot.with(|plot| summary(ctx, plot)))
                    width="100%"
                    height="100%"
                >
                    {live(move || plot.with(|plot| bars(plot)))}
                </svg>
                <div
                    class="columns"
                    role="group"
                    aria-label="Months"
                    on:keydown=move |event| walk(&event, current, at)
                    on:mouseleave=move |_| at.set(None)
                >
                    {live(columns)}
                </div>
                {tooltip(ctx, plot, at)}
            </div>
            <div class="names" aria-hidden="true">{live(names)}</div>
        </div>
    }
}

/// The bars and the lines behind them.
fn bars(plot: &Plot) -> impl IntoView + use<> {
    let line = |value: &i64| {
        let y = percent(plot.scale.from_top(*value));
        svg::line().attr("x1", "0").attr("x2", "100%").attr("y1", y.clone()).attr("y2", y).class(if *value == 0 {
            "zero"
        } else {
            "grid"
        })
    };
    let n = plot.months.len();
    let bar = |i: usize, value: i64, class: &'static str| {
        let ((x, width), (y, height)) = (column(i, n, FILLED), plot.scale.bar(value));
        svg::rect()
            .attr("x", percent(x))
            .attr("width", percent(width))
            .attr("y", percent(y))
            .attr("height", percent(height))
            .attr("rx", "2")
            .class(class)
    };
    let lines = plot.scale.ticks().iter().map(line).collect_view();
    let months = plot.months.iter().enumerate();
    let bars = months
        .flat_map(|(i, (_, m))| [bar(i, m.influenced, "influenced"), bar(i, m.sourced, "sourced")])
        .collect_view();
    (lines, bars)
}

/// One month: what the mouse rests on and the keyboard walks to.
fn column_button(
    ctx: Ctx,
    i: usize,
    (month, revenue): (Month, MonthRevenue),
    at: RwSignal<Option<usize>>,
    current: RwSignal<usize>,
) -> impl IntoView {
    let name = format!(
        "{}: influenced {}, of it sourced {}",
        ctx.text(|locale| locale.month(month)),
        ctx.money(revenue.influenced),
        ctx.money(revenue.sourced)
    );
    view! {
        <button
            type="button"
            aria-label=name
            tabindex=text(move || if current.get() == i { "0" } else { "-1" }.to_owned())
            data-month=month.to_string()
            data-sourced=revenue.sourced
            data-influenced=revenue.influenced
            on:mouseenter=move |_| at.set(Some(i))
            on:focus=move |_| {
                current.set(i);
                at.set(Some(i));
            }
            on:blur=move |_| at.set(None)
        ></button>
    }
}

/// Moves between months by arrow, home and end; escape takes the tooltip away.
fn walk(event: &KeyboardEvent, current: RwSignal<usize>, at: RwSignal<Option<usize>>) {
    let (i, last) = (current.get_untracked(), MONTHS as usize - 1);
    let next = match event.key().as_str() {
        "ArrowLeft" => i.saturating_sub(1),
        "ArrowRight" => (i + 1).min(last),
        "Home" => 0,
        "End" => last,
        "Escape" => return at.set(None),
        _ => return,
    };
    event.prevent_default();
    let group = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let button = group.and_then(|group| group.children().item(next as u32));
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        // Focusing moves the tooltip; where it fails, nothing moves.
        let _ = button.focus();
    }
}

fn tooltip(ctx: Ctx, plot: Memo<Shared<Plot>>, at: RwSignal<Option<usize>>) -> impl IntoView {
    let content: Live = live(move || {
        let i = at.get()?;
        let (month, revenue) = plot.with(|plot| plot.months.get(i).copied())?;
        let (left, width) = column(i, MONTHS as usize, 100);
        // Leans inwards, so that it never leaves the plot: from its own left edge on the first month to its right on the last.
        let lean = WHOLE * i as i64 / i64::from(MONTHS - 1);
        Some(view! {
            <div class="tip" style:left=percent(left + width / 2) style:transform=format!("translateX(-{})", percent(lean))>
                <strong>{ctx.text(|locale| locale.month(month))}</strong>
                <span class="swatch influenced">"Influenced"</span>
                <span class="n">{ctx.money(revenue.influenced)}</span>
                <span class="swatch sourced">"Sourced"</span>
                <span class="n">{ctx.money(revenue.sourced)}</span>
                <span class="swatch">"Attributed"</span>
                <span class="n">{ctx.money(revenue.attributed)}</span>
            </div>
        })
    });
    // The names of the months say the same to a screen reader.
    view! { <div class="tips" aria-hidden="true">{content}</div> }
}

/// The same months as a table alone.
#[component]
pub fn MonthTable() -> impl IntoView {
    let ctx = Ctx::get();
    month_table(ctx, Memo::new(move |_| Shared::new(plot(ctx))))
}

fn month_table(ctx: Ctx, plot: Memo<Shared<Plot>>) -> impl IntoView {
    let rows = move || {
        plot.with(|plot| {
            let row = |(month, revenue): &(Month, MonthRevenue)| {
                month_row(ctx, ctx.text(|locale| locale.month(*month)), *revenue)
            };
            plot.months.iter().rev().map(row).collect_view()
        })
    };
    let total = move || plot.with(|plot| month_row(ctx, "Sum".to_owned(), total(plot)));
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Revenue by month, as a table">
            <table class="plain">
                <thead>
                    <tr>
                        <th scope="col">"Month"</th>
                        <th scope="col" class="n">"Influenced"</th>
                        <th scope="col" class="n">"Sourced"</th>
                        <th scope="col" class="n">"Attributed"</th>
                    </tr>
                </thead>
                <tbody>{live(rows)}</tbody>
                <tfoot>{live(total)}</tfoot>
            </table>
        </div>
    }
}

fn month_row(ctx: Ctx, name: String, revenue: MonthRevenue) -> impl IntoView {
    let cell = |minor: i64| {
        let class = if minor == 0 { "n zero" } else { "n" };
        view! { <td class=class>{ctx.money(minor)}</td> }
    };
    view! {
        <tr>
            <th scope="row">{name}</th>
            {[revenue.influenced, revenue.sourced, revenue.attributed].map(cell)}
        </tr>
    }
}

/// The months together.
fn total(plot: &Plot) -> MonthRevenue {
    let sum = |pick: fn(&MonthRevenue) -> i64| plot.months.iter().map(|(_, month)| pick(month)).sum();
    MonthRevenue { influenced: sum(|m| m.influenced), sourced: sum(|m| m.sourced), attributed: sum(|m| m.attributed) }
}

/// What the drawing shows, in a sentence.
fn summary(ctx: Ctx, plot: &Plot) -> String {
    let total = total(plot);
    let best = plot.months.iter().max_by_key(|(_, m)| m.influenced);
    let best = best.filter(|(_, m)| m.influenced > 0).map_or_else(String::new, |(month, m)| {
        format!(" The best month was {} with {}.", ctx.text(|l| l.month(*month)), ctx.money(m.influenced))
    });
    format!(
        "Bars of the revenue of the last {MONTHS} months: influenced {}, of it sourced {}.{best}",
        ctx.money(total.influenced),
        ctx.money(total.sourced),
    )
}
