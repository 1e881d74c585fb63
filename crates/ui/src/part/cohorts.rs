//! Customers in cohorts: integrated or not, sourced or not, by number of integrations. Each figure is the catalogue's, and
//! opens its definition.

use engine::{
    cohort,
    figure::Value,
    kpi::definition,
    period::{Grain, Range},
};
use leptos::prelude::*;

use super::{
    catalogue::{Answers, Entry, explained, lacking},
    flag, later, live, press,
    switches::{RangeSwitch, Switches},
    text,
    tile::raw,
    when,
};
use crate::{
    model::{
        catalogue::Style,
        cohorts::{Apart, Cell, ENOUGH, Row, TABLES, Table, Told, cells},
        door::door,
        words,
    },
    state::{Ctx, Shared},
};

/// A cohort: its name, how many customers it has, and whether the others are compared with it.
type Size = (&'static str, u64, bool);

/// The place of the cohorts.
#[component]
pub fn Cohorts() -> impl IntoView {
    let ctx = Ctx::get();
    let mut ids: Vec<&str> = TABLES.iter().flat_map(|table| table.rows).map(|row| row.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let answers = Answers::without_terms(ctx, ids.into_iter().filter_map(definition));
    let this_year = move || ctx.ask(|f| f.range = Range::This(Grain::Year));
    let hint = move || {
        view! {
            <p class="hint">
                "Of all time nobody was a customer when the period began, so retention, churn and lifetime value are not known: "
                <button type="button" class="quiet small" on:click=press(this_year)>"Show this year"</button>
            </p>
        }
    };
    view! {
        <div class="asking"><RangeSwitch beside=false/><Switches/></div>
        {when(move || ctx.filters.with(|f| f.range == Range::Always), hint)}
        {later(move || TABLES.iter().map(|table| view_of(ctx, table, answers)).collect_view())}
    }
}

fn view_of(ctx: Ctx, table: &'static Table, answers: Answers) -> AnyView {
    let sizes = Memo::new(move |_| {
        let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
        let context = report.context(&loaded.log, &loaded.journeys);
        let cohorts = cohort::cohorts(&context, table.kind);
        cohorts.iter().map(|one| (one.label, one.customers.len() as u64, one.baseline)).collect::<Vec<Size>>()
    });
    let id = format!("h-{}", table.word);
    let body = live(move || {
        let sizes = sizes.get();
        if sizes.is_empty() { lacking(table.fact) } else { beside(ctx, table, answers, Shared::new(sizes)) }
    });
    view! {
        <section class="panel" aria-labelledby=id.clone() data-cohorts=table.word>
            <h2 id=id.clone()>{table.title}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn beside(ctx: Ctx, table: &'static Table, answers: Answers, sizes: Shared<Vec<Size>>) -> AnyView {
    let head = |(name, customers, _): &Size| {
        let count =
            format!("{} {}", ctx.count(*customers), words::plural(*customers as usize, "customer", "customers"));
        let few = (*customers < ENOUGH).then(|| view! { <small class="few">"too few to say"</small> });
        view! {
            <th role="columnheader" scope="col" class="n" data-cohort=*name data-value=customers.to_string()>
                {*name}
                <small>{count}</small>
                {few}
            </th>
        }
    };
    let heads = sizes.iter().map(head).collect_view();
    let baseline = sizes.iter().find(|size| size.2).map_or("", |size| size.0);
    let rows = table.rows.iter().filter_map(|row| Some(figure(ctx, table, row, answers.entry_of(row.id)?, &sizes)));
    let rows = rows.collect_view();
    let name = format!("{}, one figure a row", table.title);
    view! {
        <div class="scroll wide" tabindex="0" role="region" aria-label=name>
            <table class="cards cohorts" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Figure"</th>
                        {heads}
                        <th role="columnheader" scope="col" class="n">"Difference" <small>"less " {words::lower(baseline)}</small></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A figure of each cohort, and behind it why it is so.
fn figure(ctx: Ctx, table: &'static Table, row: &'static Row, entry: Entry, sizes: &Shared<Vec<Size>>) -> AnyView {
    let Entry { definition, answer } = entry;
    let open = RwSignal::new(false);
    let detail = format!("{}-{}", table.word, row.id);
    let own = sizes.clone();
    let values = move || {
        let Some(answer) = answer.get() else {
            return view! { <td role="cell" class="n" colspan=own.len() + 1 aria-busy="true">"…"</td> }.into_any();
        };
        let (cells, apart) = cells(table, row, &own, &answer);
        let measure = cells.iter().find(|cell| !matches!(cell.value, Value::NotKnown(_))).map(|cell| cell.measure);
        let written = |say: &dyn Fn(Style<'_>) -> String| {
            let currency = ctx.currency();
            ctx.text(|locale| say(Style::of(locale, currency, definition)))
        };
        let shown = cells.iter().zip(own.iter()).map(|(one, size)| cell(ctx, one, size.0, &written)).collect_view();
        let says = |n: i64| written(&|style| measure.map_or_else(String::new, |measure| style.difference(measure, n)));
        let known: Vec<&Apart> = apart.iter().filter(|apart| apart.told != Told::NotKnown).collect();
        // What is not known of any is told once.
        let told = if known.is_empty() {
            apart.iter().take(1).map(nameless).collect()
        } else {
            known.into_iter().cloned().collect::<Vec<_>>()
        };
        let apart = told.iter().map(|apart| lies(apart, &says));
        let apart = apart.collect_view();
        view! { {shown} <td role="cell" class="n" data-label="Difference" data-apart=row.id>{apart}</td> }.into_any()
    };
    let lack = text(move || {
        answer.with(|answer| match answer.as_ref().map(|answer| answer.value) {
            Some(Value::NotKnown(fact)) => door(fact).map(|door| format!("missing: {}", door.lack)).unwrap_or_default(),
            _ => String::new(),
        })
    });
    let why = move || {
        let answer = answer.get()?;
        let why = || view! { <h3 class="unseen">"How it is counted: " {definition.label}</h3> {explained(ctx, definition, &answer)} };
        open.get().then(why)
    };
    view! {
        <tr role="row" class="deal" class:open=flag(move || open.get()) data-row=row.id>
            <td role="cell" class="lead">
                <button
                    type="button"
                    class="open"
                    aria-expanded=text(move || open.get().to_string())
                    aria-controls=detail.clone()
                    on:click=press(move || open.update(|open| *open = !*open))
                >
                    <span class="chevron" aria-hidden="true"></span>
                    {definition.label}
                </button>
                <small>{lack}</small>
            </td>
            {live(values)}
        </tr>
        <tr role="row" class="detail" id=detail hidden=flag(move || !open.get())>
            <td role="cell" colspan=sizes.len() + 2>{live(why)}</td>
        </tr>
    }
    .into_any()
}

/// Writes something in the reader's style.
type Written<'a> = &'a dyn Fn(&dyn Fn(Style<'_>) -> String) -> String;

fn cell(ctx: Ctx, cell: &Cell, cohort: &'static str, written: Written<'_>) -> AnyView {
    let value = match cell.value {
        Value::NotKnown(_) => {
            view! { <span aria-hidden="true">"–"</span> <span class="unseen">"not known"</span> }.into_any()
        }
        value => written(&|style| style.value(cell.measure, value)).into_any(),
    };
    let of = match cell.value {
        Value::Rate { n, m } => Some(format!("{} of {}", ctx.count(n), ctx.count(m))),
        Value::Known(_) => Some(format!("{} counted", ctx.count(cell.of))),
        Value::NotKnown(_) => None,
    };
    let is_known = !matches!(cell.value, Value::NotKnown(_));
    let name = (is_known && !cell.name.is_empty()).then(|| view! { <small>{cell.name}</small> });
    let few = cell.is_of_few();
    let class = if few || !is_known { "n zero" } else { "n" };
    view! {
        <td role="cell" class=class data-label=cohort data-cohort=cohort data-value=raw(cell.value)>
            <span>{value}</span>
            {of.map(|of| view! { <small>{of}</small> })}
            {name}
            {few.then(|| view! { <small class="few">"too few to say"</small> })}
        </td>
    }
    .into_any()
}

fn nameless(apart: &Apart) -> Apart {
    Apart { name: "", ..apart.clone() }
}

fn lies(apart: &Apart, written: &dyn Fn(i64) -> String) -> AnyView {
    let name = (!apart.name.is_empty()).then(|| view! { <small>{apart.name}</small> });
    let told = match &apart.told {
        Told::NotKnown => {
            view! { <span aria-hidden="true">"–"</span> <span class="unseen">"not known"</span> }.into_any()
        }
        Told::TooFew => view! { <small class="few">"too few to say"</small> }.into_any(),
        Told::Known(n, interval) => {
            let between =
                interval.map(|(low, high)| view! { <small>{format!("{} to {}", written(low), written(high))}</small> });
            let chance = apart.told.may_be_chance().then(|| view! { <small class="few">"may be chance"</small> });
            view! { <span data-value=n.to_string()>{written(*n)}</span> {between} {chance} }.into_any()
        }
    };
    view! { <div class="apart">{name}{told}</div> }.into_any()
}
