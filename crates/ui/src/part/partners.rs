//! The partners of a program: on how few it rests, who began, and each one's figures in a row that opens their scorecard.

use engine::{
    figure::Value,
    kpi::{Answer, Definition, EACH, Measure, Subject, definition, partners::scores},
    time::Day,
};
use leptos::prelude::*;
use web_sys::MouseEvent;

use super::{
    applications::waiting,
    download::DownloadButton,
    flag,
    head::head,
    later, live,
    roster::{self, Roster},
    side_by_side,
    switches::{RangeSwitch, Switches},
    text,
    tile::raw,
    when,
};
use crate::{
    model::{
        catalogue::Style,
        door::door,
        partners::{Column, FIRST, Row, file, positions, rows},
        place::Place,
        words,
    },
    page::{go, query},
    state::{Ctx, Shared, Store},
};

/// Rows that are shown at first, and added at a time.
const PAGE: usize = 20;

/// Everything about the partners together and one by one.
#[component]
pub fn Partners(
    /// Asked anew once the partners are others.
    store: Store,
) -> impl IntoView {
    let roster = Roster::provide(store);
    view! {
        {roster.top()}
        <div class="asking"><RangeSwitch beside=false/><Switches partner=false/></div>
        {later(|| view! { <Together/> <Table/> })}
        {waiting(roster)}
        {roster.groups()}
    }
}

/// What the catalogue says of all partners together.
#[component]
fn Together() -> impl IntoView {
    let ctx = Ctx::get();
    let answers = Memo::new(move |_| {
        let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
        let context = report.context(&loaded.log, &loaded.journeys).about(Subject::default());
        let answer = |id: &&str| definition(id).map(|definition| (definition, definition.answer(&context)));
        Shared::new(TOGETHER.iter().filter_map(answer).collect::<Vec<_>>())
    });
    let answered = move |from: usize, until: usize, parts: bool| {
        live(move || {
            answers.with(|answers| {
                let own = answers.iter().take(until).skip(from);
                own.map(|(definition, answer)| lines(ctx, definition, answer, parts)).collect_view()
            })
        })
    };
    let panel = move |id: &'static str, title: &'static str, from: usize, until: usize, parts: bool| {
        view! {
            <section class="panel" aria-labelledby=id>
                <h2 id=id>{title}</h2>
                <ul class="figures">{answered(from, until, parts)}</ul>
            </section>
        }
    };
    view! {
        <div class="three">
            {panel("h-concentration", "Concentration", 0, 4, false)}
            {panel("h-activation", "Activation", 4, 5, true)}
            {panel("h-joined", "By join source", 5, 6, true)}
        </div>
    }
}

/// The figures of all partners together: four of concentration, activation, and how they were found.
const TOGETHER: [&str; 6] =
    ["concentration_top_1", "concentration_top_5", "concentration_top_20", "herfindahl", "activation_rate", "partners"];

/// A figure as a line of a list, and its parts below it.
fn lines(ctx: Ctx, definition: &'static Definition, answer: &Answer, parts: bool) -> impl IntoView + use<> {
    let currency = ctx.currency();
    let styled = |say: &dyn Fn(Style<'_>) -> String| ctx.text(|locale| say(Style::of(locale, currency, definition)));
    let counts = |value: Value| match value {
        Value::Rate { n, m } => format!("{} of {}", ctx.count(n), ctx.count(m)),
        Value::NotKnown(fact) => door(fact).map(|door| format!("missing: {}", door.lack)).unwrap_or_default(),
        Value::Known(_) => String::new(),
    };
    let part = |part: &engine::kpi::Part| {
        view! {
            <li class="part">
                <span>{part.label.clone()}</span>
                <small>{counts(part.value)}</small>
                <span class="n">{styled(&|style| style.part(part))}</span>
            </li>
        }
    };
    let shown = parts && !matches!(answer.value, Value::NotKnown(_));
    let parts = shown.then(|| answer.parts.iter().map(part).collect_view());
    view! {
        <li title=definition.formula>
            <span>{definition.label}</span>
            <small>{counts(answer.value)}</small>
            <span
                class="n value"
                class:unknown=matches!(answer.value, Value::NotKnown(_))
                data-figure=definition.id
                data-value=raw(answer.value)
            >
                {styled(&|style| style.value(definition.measure, answer.value))}
            </span>
        </li>
        {parts}
    }
}

/// The table.
#[component]
fn Table() -> impl IntoView {
    let ctx = Ctx::get();
    let (order, shown, sought) = (RwSignal::new(FIRST), RwSignal::new(PAGE), RwSignal::new(String::new()));
    let open = RwSignal::new(None::<u32>);
    let all = Memo::new(move |_| Shared::new(rows(&ctx.loaded.get(), &ctx.report.get())));
    let found = Memo::new(move |_| all.with(|rows| sought.with(|sought| positions(rows, order.get(), sought))));
    let listed = move || {
        let visible = found.with(|found| found.iter().take(shown.get()).copied().collect::<Vec<_>>());
        all.with(|rows| visible.into_iter().map(|i| partner(ctx, open, &rows[i])).collect_view())
    };
    let ungrouped = move || all.with(|rows| rows.iter().all(|row| row.group.is_empty()));
    let heads = Column::all()
        .map(|column| head(order, column, column.word(), column.title(), matches!(column, Column::Figure(_))));
    let heads = heads.collect_view();
    let count = move || {
        let n = found.with(Vec::len);
        format!("{} {}", ctx.count(n as u64), words::plural(n, "partner", "partners"))
    };
    let csv = move || {
        let (rows, found) = (all.get_untracked(), found.get_untracked());
        file(&found.iter().map(|i| &rows[*i]).collect::<Vec<_>>(), ctx.currency())
    };
    let more = move || found.with(Vec::len).saturating_sub(shown.get());
    let label = move || format!("Show {} more of {}", more().min(PAGE), found.with(Vec::len));
    let none = move || {
        let text = if sought.with(String::is_empty) {
            "No partners yet. Add one above, or bring in a file of them."
        } else {
            "No partner has such a name, group or identifier."
        };
        view! { <p class="quiet-text">{text}</p> }
    };
    view! {
        {side_by_side::show(ctx, all)}
        <section class="panel" aria-labelledby="h-partners">
            <h2 id="h-partners">"Partners"</h2>
            <div class="tools">
                <input
                    type="search"
                    aria-label="Find a partner"
                    placeholder="Find a partner"
                    maxlength="100"
                    on:input=move |event| sought.set(event_target_value(&event))
                />
                <span class="count" role="status">{text(count)}</span>
                <DownloadButton name="partners.csv" text=Box::new(csv)/>
            </div>
            <div class="scroll wide" tabindex="0" role="region" aria-label="Partners, one a row" hidden=flag(move || found.with(Vec::is_empty))>
                <table class="cards partners" class:ungrouped=flag(ungrouped) role="table">
                    <thead role="rowgroup"><tr role="row">{heads}</tr></thead>
                    <tbody role="rowgroup">{live(listed)}</tbody>
                </table>
            </div>
            {when(move || found.with(Vec::is_empty), none)}
            {when(move || more() > 0, move || view! {
                <button type="button" class="quiet more" on:click=move |_| shown.update(|n| *n += PAGE)>{text(label)}</button>
            })}
        </section>
    }
}

fn partner(ctx: Ctx, open: RwSignal<Option<u32>>, row: &Row) -> impl IntoView + use<> {
    let partner = row.partner;
    let is_open = Memo::new(move |_| open.get() == Some(partner));
    let name = if row.name.trim().is_empty() { row.id.clone() } else { row.name.clone() };
    let label = |i| Column::Figure(i).title().to_owned();
    let cells = row.values.iter().enumerate().map(|(i, value)| cell(ctx, i, value, label(i), false)).collect_view();
    let detail = format!("partner-{partner}");
    let turn = move |_| open.update(|open| *open = if *open == Some(partner) { None } else { Some(partner) });
    let id = row.id.clone();
    view! {
        <tr role="row" class="deal" class:open=flag(move || is_open.get()) data-partner=row.id.clone()>
            <td role="cell" class="lead">
                <div class="picked">
                    {side_by_side::pick(ctx, &row.id, &name)}
                    <button
                        type="button"
                        class="open"
                        aria-expanded=text(move || is_open.get().to_string())
                        aria-controls=detail.clone()
                        on:click=turn
                    >
                        <span class="chevron" aria-hidden="true"></span>
                        {name.clone()}
                    </button>
                </div>
            </td>
            <td role="cell" class="group">{row.group.clone()}</td>
            {cells}
        </tr>
        <tr role="row" class="detail" id=detail hidden=flag(move || !is_open.get())>
            <td role="cell" colspan=EACH.len() + 2>
                {live(move || is_open.get().then(|| scorecard(ctx, partner, &id, &name)))}
            </td>
        </tr>
    }
}

/// A figure of a partner.
pub(super) fn cell(ctx: Ctx, i: usize, value: &Value, label: String, is_best: bool) -> impl IntoView + use<> {
    let definition = &EACH[i];
    let zero = value.number().is_none_or(|n| n == 0);
    let (written, lack, unseen) = match value {
        Value::NotKnown(fact) => {
            let lack = format!("Not known: missing {}", door(fact).map_or("a fact", |door| door.lack));
            ("\u{2013}".to_owned(), Some(lack), Some(" not known"))
        }
        value => {
            let style = |locale: &_| Style::of(locale, ctx.currency(), definition).value(definition.measure, *value);
            let ago = if definition.id == "time_since_last_activity" { " ago" } else { "" };
            let of = match value {
                Value::Rate { n, m } => Some(format!("{} of {}", ctx.count(*n), ctx.count(*m))),
                _ => None,
            };
            (ctx.text(style) + ago, of, is_best.then_some(" best"))
        }
    };
    view! {
        <td
            role="cell"
            class="n"
            class:zero=zero
            class:best=is_best
            title=lack
            data-label=label
            data-figure=definition.id
            data-value=raw(*value)
        >
            {written}
            {unseen.map(|word| view! { <span class="unseen">{word}</span> })}
        </td>
    }
}

/// A partner's chosen figures, each against its goal and the median partner, and the way to all of theirs.
fn scorecard(ctx: Ctx, partner: u32, id: &str, name: &str) -> impl IntoView + use<> {
    let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
    let context = report.context(&loaded.log, &loaded.journeys);
    let scores = scores(&context.about(Subject { partner: Some(partner), ..Subject::default() }));
    let currency = ctx.currency();
    let rows = scores.iter().map(|score| {
        let per_cent = score.definition.measure == Measure::Rate;
        let written = |n: i64| {
            ctx.text(|locale| {
                let style = Style::of(locale, currency, score.definition);
                Style { per_cent: per_cent || style.per_cent, ..style }.value(score.measure, Value::Known(n))
            })
        };
        let or_not = |n: Option<i64>| n.map_or_else(|| "Not known".to_owned(), written);
        // A goal has a period of its own, and what is reached of it is of that.
        let share = |reached: i64| ctx.text(|locale| locale.percent(reached.max(0).unsigned_abs(), 1_000_000));
        let aims = score.goals.iter().map(|aim| {
            let (from, last) = (aim.goal.1.from, Day(aim.goal.1.until.0.saturating_sub(1)));
            let span = ctx.text(|locale| locale.span(from, last));
            view! { <div>{written(aim.goal.1.target)} <small>{span}</small></div> }
        });
        let reached = score.goals.iter().map(|aim| {
            let reached = aim.reached.map_or_else(|| "\u{2013}".to_owned(), share);
            view! { <div>{reached} <small>{aim.value.map(|value| format!("{} then", written(value)))}</small></div> }
        });
        let none = || score.goals.is_empty().then_some("\u{2013}");
        let above = score.own.zip(score.median).map(|(own, median)| match own.cmp(&median) {
            core::cmp::Ordering::Less => ("badge behind", "Below"),
            core::cmp::Ordering::Equal => ("badge", "At the median"),
            core::cmp::Ordering::Greater => ("badge sourced", "Above"),
        });
        view! {
            <tr data-score=score.definition.id>
                <th scope="row">{score.definition.label}</th>
                <td class="n" data-label="Theirs" data-value=score.own.map(|n| n.to_string()).unwrap_or_default()>{or_not(score.own)}</td>
                <td class="n" data-label="Goal">{none()} {aims.collect_view()}</td>
                <td class="n" data-label="Reached">{none()} {reached.collect_view()}</td>
                <td class="n" data-label="Median" data-median=score.median.map(|n| n.to_string()).unwrap_or_default()>{or_not(score.median)}</td>
                <td>{above.map(|(class, word)| view! { <span class=class>{word}</span> })}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let there = id.to_owned();
    let mut filters = ctx.filters.get_untracked().at(Place::Overview);
    filters.partner = Some(there.clone());
    let press = move |event: MouseEvent| {
        // With a key held down the browser opens a tab or a window.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            go(ctx, Place::Overview);
            ctx.ask(|filters| filters.partner = Some(there.clone()));
        }
    };
    view! {
        <div class="story scorecard">
            <h3>"Scorecard"</h3>
            <table class="parts" aria-label=format!("Scorecard of {name}")>
                <thead>
                    <tr>
                        <th scope="col">"Figure"</th>
                        <th scope="col" class="n">"Theirs"</th>
                        <th scope="col" class="n">"Goal"</th>
                        <th scope="col" class="n">"Reached"</th>
                        <th scope="col" class="n">"Median partner"</th>
                        <th scope="col"><span class="unseen">"Beside the median"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="acts" data-reads><a class="quiet small" href=format!("?{}", query(&filters)) on:click=press>"Open the overview of " {name.to_owned()}</a></p>
            {roster::acts(id, name)}
        </div>
    }
}
