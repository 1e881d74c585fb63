//! A figure: its name, its value, and the way to its reasons.

use engine::{
    fact::Mark,
    figure::{Figure, Unit, Value},
    kpi::Report,
};
use leptos::prelude::*;

use super::{flag, text};
use crate::{
    model::{locale::Locale, words},
    state::Ctx,
};
#[cfg(feature = "page")]
use {
    super::live,
    crate::model::chart::{last_months, polyline},
    engine::{kpi::MonthRevenue, period::Range, stat, time::Time},
    leptos::svg,
};

/// A figure of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Sourced revenue.
    Sourced,
    /// Assisted revenue.
    Assisted,
    /// Influenced revenue.
    Influenced,
    /// Revenue credited by the model.
    Attributed,
    /// Counted clicks.
    Clicks,
    /// Leads.
    Leads,
    /// Leads that were won.
    Wins,
    /// Wins per click.
    Conversion,
}

impl Which {
    /// The revenue of a page, in order.
    pub const REVENUE: [Self; 4] = [Self::Sourced, Self::Assisted, Self::Influenced, Self::Attributed];

    /// What led there, in order.
    pub const WAY: [Self; 3] = [Self::Clicks, Self::Leads, Self::Conversion];

    /// The figure in a report.
    #[must_use]
    pub fn of(self, report: &Report) -> &Figure {
        match self {
            Self::Sourced => &report.sourced,
            Self::Assisted => &report.assisted,
            Self::Influenced => &report.influenced,
            Self::Attributed => &report.attributed,
            Self::Clicks => &report.clicks,
            Self::Leads => &report.leads,
            Self::Wins => &report.wins,
            Self::Conversion => &report.conversion,
        }
    }
}

/// The raw value for programs: an integer, `n/m`, or nothing where it is not known.
#[must_use]
pub fn raw(value: Value) -> String {
    match value {
        Value::Known(n) => n.to_string(),
        Value::Rate { n, m } => format!("{n}/{m}"),
        Value::NotKnown(_) => String::new(),
    }
}

/// A value in pieces: what is large, and what follows smaller.
fn pieces(locale: &Locale, unit: Unit, value: Value) -> (String, String) {
    match (value, unit) {
        (Value::Known(minor), Unit::Money(currency)) => {
            let amount = locale.amount(minor, currency);
            (amount.whole, amount.fraction + &amount.tail)
        }
        (Value::Known(millionths), Unit::Ratio) => (locale.decimal(millionths), String::new()),
        (Value::Known(seconds), Unit::Seconds) => (locale.duration(seconds), String::new()),
        (Value::Known(n), _) => (locale.count(n), String::new()),
        (Value::Rate { n, m }, _) => (locale.percent(n, m), String::new()),
        (Value::NotKnown(_), _) => ("Not known".into(), String::new()),
    }
}

/// A value in words.
#[must_use]
pub fn written(locale: &Locale, figure: &Figure) -> String {
    let (large, small) = pieces(locale, figure.unit, figure.value);
    large + &small
}

/// The value of a figure, marked for programs.
#[component]
pub fn FigureValue(
    /// Which figure.
    which: Which,
) -> impl IntoView {
    let ctx = Ctx::get();
    let part = move |pick: fn((String, String)) -> String| {
        ctx.report.with(|report| {
            let figure = which.of(report);
            pick(ctx.text(|locale| pieces(locale, figure.unit, figure.value)))
        })
    };
    let id = ctx.report.with_untracked(|report| which.of(report).id);
    let unknown = move || ctx.report.with(|report| matches!(which.of(report).value, Value::NotKnown(_)));
    view! {
        <span
            class="value"
            part="value"
            class:unknown=flag(unknown)
            data-figure=id
            data-value=text(move || ctx.report.with(|report| raw(which.of(report).value)))
        >
            {text(move || part(|(large, _)| large))}
            <span class="minor">{text(move || part(|(_, small)| small))}</span>
        </span>
    }
}

/// What stands below a value: what it is made of, in a few words.
#[must_use]
pub fn note(ctx: Ctx, which: Which) -> String {
    ctx.report.with(|report| {
        let figure = which.of(report);
        let facts = |one, many| {
            let n = figure.evidence.len();
            format!("{} {}", ctx.count(n as u64), words::plural(n, one, many))
        };
        match (which, figure.value) {
            (_, Value::NotKnown(fact)) => words::missing(fact),
            (Which::Conversion, Value::Rate { n, m }) => {
                format!("{} of {} counted clicks", ctx.count(n), ctx.count(m))
            }
            (Which::Clicks, _) => reconciled(ctx, report),
            (Which::Attributed, _) => words::model(&figure.policy),
            (Which::Leads, _) => {
                let wins = report.funnel.wins;
                format!("{} won so far", ctx.count(wins))
            }
            (Which::Wins, _) => facts("sale", "sales"),
            _ => facts("amount", "amounts"),
        }
    })
}

/// Recorded = counted + each reason.
#[must_use]
pub fn reconciled(ctx: Ctx, report: &Report) -> String {
    let all: u64 = report.recorded.values().sum();
    let counted = report.recorded.get(&Mark::Counted).copied().unwrap_or(0);
    let mut text = format!("{} recorded = {} counted", ctx.count(all), ctx.count(counted));
    for (mark, n) in report.recorded.iter().filter(|(mark, n)| **mark != Mark::Counted && **n > 0) {
        text += &format!(" + {} {}", ctx.count(*n), words::marked(*mark));
    }
    text
}

/// How the figure of a span stands beside that of the span before.
#[cfg(feature = "page")]
fn change(ctx: Ctx, which: Which) -> impl IntoView + use<> {
    let (loaded, trend) = ctx.trend.get();
    let before = {
        let (zone, span) = (&loaded.head.zone, trend.before);
        ctx.text(|locale| locale.span(zone.day(span.from), zone.day(Time(span.until.0.saturating_sub(1)))))
    };
    let (now, then) = (which.of(&trend.now), which.of(&trend.then));
    let show = |figure: &Figure| ctx.text(|locale| written(locale, figure));
    let this_year = (ctx.asked.with(|f| f.range) == Range::Always).then(|| format!("{} this year. ", show(now)));
    let (class, rise, then) = match (now.value, then.value) {
        (Value::Known(n), Value::Known(m)) => {
            let class = if n > m { "up" } else { "down" };
            let rise = stat::rise(n, m).filter(|rise| *rise != 0).map(|rise| ctx.text(|locale| locale.change(rise)));
            let nothing = loaded.since().is_none_or(|since| trend.before.until <= since);
            let then = match m {
                0 if nothing => format!("Nothing was recorded yet in {before}"),
                0 => format!("Nothing in {before}"),
                m if m == n => format!("As in {before}"),
                _ => format!("{} in {before}", show(then)),
            };
            (class, rise, then)
        }
        (_, Value::NotKnown(_)) => ("", None, format!("Not known for {before}")),
        _ => ("", None, format!("{} in {before}", show(then))),
    };
    view! {
        <span data-then=raw(which.of(&trend.then).value)>
            {rise.map(|rise| view! { <strong class=class>{rise}</strong> " " })}
            {this_year}
            {then}
        </span>
    }
}

/// The last twelve months of a figure of money, as a line without words: the chart has the same with all of them.
#[cfg(feature = "page")]
fn spark(ctx: Ctx, which: Which) -> Option<impl IntoView> {
    let pick: fn(&MonthRevenue) -> i64 = match which {
        Which::Sourced => |month| month.sourced,
        Which::Influenced => |month| month.influenced,
        Which::Attributed => |month| month.attributed,
        _ => return None,
    };
    let points = move || {
        let (report, last) = (ctx.report.get(), ctx.loaded.get().this_month());
        polyline(&last_months(&report.months, last, 12).iter().map(|(_, month)| pick(month)).collect::<Vec<_>>())
    };
    let line = svg::polyline().attr("points", text(points)).attr("vector-effect", "non-scaling-stroke");
    Some(
        svg::svg()
            .attr("class", "spark")
            .attr("viewBox", "0 0 1000 100")
            .attr("preserveAspectRatio", "none")
            .attr("aria-hidden", "true")
            .child(line),
    )
}

/// A figure with its name, what it is made of, and a button that opens its reasons.
#[cfg(feature = "page")]
#[component]
pub fn Tile(
    /// Which figure.
    which: Which,
    /// The figure whose reasons are open.
    open: RwSignal<Option<Which>>,
) -> impl IntoView {
    let ctx = Ctx::get();
    let label = ctx.report.with_untracked(|report| which.of(report).label);
    view! {
        <article class="tile">
            <h3>{label}</h3>
            <p class="figure"><FigureValue which/></p>
            <p class="trend">{live(move || change(ctx, which))}</p>
            <p class="note">{text(move || note(ctx, which))}</p>
            {spark(ctx, which)}
            <button
                type="button"
                class="link why"
                aria-haspopup="dialog"
                aria-label=format!("How this is counted: {label}")
                on:click=move |_| open.set(Some(which))
            >
                "How this is counted"
            </button>
        </article>
    }
}
