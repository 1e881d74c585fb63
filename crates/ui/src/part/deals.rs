//! The deals in whose journey the partner appears; each row opens its explanation.

use engine::{
    classify::Class,
    kpi::{Deal, Stage},
    period::Range,
};
use leptos::prelude::*;

use super::{flag, head::head, live, story::explained, text, when};
use crate::{
    model::{
        locale::ago,
        order::{Column, Order},
    },
    state::Ctx,
};
#[cfg(feature = "page")]
use {
    super::download::DownloadButton,
    crate::model::{csv, words},
};

/// Rows that are shown at first, and added at a time.
const PAGE: usize = 20;

fn title(ctx: Ctx, column: Column) -> &'static str {
    match column {
        Column::Customer => "Customer",
        Column::Stage => "Stage",
        Column::Class => "Class",
        Column::Revenue => "Revenue",
        Column::Credit if ctx.is_partner() => "Your credit",
        Column::Credit => "Credit",
        Column::Last => "Last activity",
    }
}

/// The table of deals.
#[component]
pub fn Deals(
    /// Whether there is room to seek and to download.
    #[prop(default = true)]
    full: bool,
) -> impl IntoView {
    let ctx = Ctx::get();
    let order = RwSignal::new(Order::default());
    let shown = RwSignal::new(PAGE);
    let sought = RwSignal::new(String::new());
    // Positions in the report's own order: the deals themselves stay where they are.
    let sorted = Memo::new(move |_| {
        let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
        let mut rows = order.get().positions(&loaded.log, loaded.deals(&report));
        let sought = sought.get().trim().to_lowercase();
        if !sought.is_empty() {
            let deals = loaded.deals(&report);
            rows.retain(|row| loaded.log.customers[deals[*row].customer as usize].to_lowercase().contains(&sought));
        }
        rows
    });
    // A link may name a deal further down.
    let reach = move |opened: Option<u32>| {
        let place = sorted.with_untracked(|rows| {
            let (loaded, report) = (ctx.loaded.get_untracked(), ctx.report.get_untracked());
            rows.iter().position(|i| Some(loaded.deals(&report)[*i].customer) == opened)
        });
        if let Some(place) = place.filter(|place| *place >= shown.get_untracked()) {
            shown.set((place / PAGE + 1) * PAGE);
        }
    };
    reach(ctx.filters.with_untracked(|f| f.deal));
    #[cfg(feature = "page")]
    Effect::new(move |_| reach(ctx.filters.with(|f| f.deal)));
    let rows = move || {
        sorted.with(|rows| {
            let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
            let visible = rows.iter().take(shown.get()).filter_map(|i| loaded.deals(&report).get(*i));
            visible.map(|deal| row(ctx, deal)).collect_view()
        })
    };
    let head = move |column: Column| head(order, column, column.word(), title(ctx, column), column.is_number());
    let more = move || sorted.with(Vec::len).saturating_sub(shown.get());
    let hidden =
        move || ctx.filters.with(|f| f.hidden.iter().map(|column| column.word()).collect::<Vec<_>>().join(" "));
    let table = move || {
        view! {
            <table class="cards deals" role="table" data-hide=text(hidden)>
                <thead role="rowgroup"><tr role="row">{Column::ALL.map(head).collect_view()}</tr></thead>
                <tbody role="rowgroup">{live(rows)}</tbody>
            </table>
        }
    };
    let none = move || {
        let text = match (sought.with(String::is_empty), ctx.asked.with(|f| f.range == Range::Always)) {
            (false, _) => "No deal has such a name.",
            (true, true) => "No deals yet. A customer appears here when they become a lead after a touch of yours.",
            (true, false) => {
                "Of no deal anything happened in this period. Under \u{201c}All time\u{201d} are the others."
            }
        };
        view! { <p class="quiet-text">{text}</p> }
    };
    let label = move || format!("Show {} more of {}", more().min(PAGE), sorted.with(Vec::len));
    view! {
        {tools(ctx, full, sorted, sought)}
        {when(move || !sorted.with(Vec::is_empty), table)}
        {when(move || sorted.with(Vec::is_empty), none)}
        {when(move || more() > 0, move || view! {
            <button type="button" class="quiet more" on:click=move |_| shown.update(|n| *n += PAGE)>{text(label)}</button>
        })}
    }
}

/// What seeks a deal, says how many there are, and gives them as a file.
#[cfg(feature = "page")]
fn tools(ctx: Ctx, full: bool, sorted: Memo<Vec<usize>>, sought: RwSignal<String>) -> Option<impl IntoView> {
    let count = move || {
        let n = sorted.with(Vec::len);
        format!("{} {}", ctx.count(n as u64), words::plural(n, "deal", "deals"))
    };
    let file = move || {
        let (loaded, report, rows) = (ctx.loaded.get_untracked(), ctx.report.get_untracked(), sorted.get_untracked());
        let shown: Vec<&Deal> = rows.iter().map(|row| &loaded.deals(&report)[*row]).collect();
        let columns: Vec<Column> =
            ctx.filters.with_untracked(|f| Column::ALL.into_iter().filter(|c| !f.hidden.contains(c)).collect());
        csv::deals(&loaded.log, &shown, &columns, ctx.currency())
    };
    full.then(|| {
        view! {
            <div class="tools">
                <input
                    type="search"
                    aria-label="Find a customer"
                    placeholder="Find a customer"
                    maxlength="100"
                    on:input=move |event| sought.set(event_target_value(&event))
                />
                <span class="count" role="status">{text(count)}</span>
                {columns(ctx)}
                <DownloadButton name="deals.csv" text=Box::new(file)/>
            </div>
        }
    })
}

/// Which columns are shown. They stand in the address, so that a view is a link, and the file has the same.
#[cfg(feature = "page")]
fn columns(ctx: Ctx) -> impl IntoView {
    let choice = move |column: Column| {
        let turn = move |event| {
            let shown = event_target_checked(&event);
            ctx.ask(|f| {
                if shown {
                    f.hidden.remove(&column);
                } else {
                    f.hidden.insert(column);
                }
            });
        };
        let shown = flag(move || ctx.filters.with(|f| !f.hidden.contains(&column)));
        view! { <label><input type="checkbox" prop:checked=shown on:change=turn/>{title(ctx, column)}</label> }
    };
    view! {
        <details class="pick">
            <summary class="button quiet small">"Columns"</summary>
            <fieldset><legend class="unseen">"Columns that are shown"</legend>{Column::OPTIONAL.map(choice)}</fieldset>
        </details>
    }
}

/// A widget has no room for them.
#[cfg(not(feature = "page"))]
fn tools(_: Ctx, _: bool, _: Memo<Vec<usize>>, _: RwSignal<String>) {}

fn row(ctx: Ctx, deal: &Deal) -> impl IntoView + use<> {
    let customer = deal.customer;
    let open = Memo::new(move |_| ctx.filters.with(|f| f.deal == Some(customer)));
    let (name, now) = ctx.loaded.with(|loaded| (loaded.log.customers[customer as usize].clone(), loaded.head.now));
    // A name that is only spaces would be a button that nobody can name.
    let name = if name.trim().is_empty() { "Unnamed customer".to_owned() } else { name };
    let class = deal.class.map_or("none", class_word);
    let last = ctx.text(|locale| locale.date(deal.last));
    let id = format!("deal-{customer}");
    let (credit, zero) = (title(ctx, Column::Credit), |minor: i64| if minor == 0 { "n zero" } else { "n" });
    view! {
        <tr role="row" class="deal" class:open=flag(move || open.get()) data-deal=customer>
            <td role="cell" class="lead">
                <button
                    type="button"
                    class="open"
                    aria-expanded=text(move || open.get().to_string())
                    aria-controls=id.clone()
                    on:click=move |_| ctx.toggle(customer)
                >
                    <span class="chevron" aria-hidden="true"></span>
                    {name}
                </button>
            </td>
            <td role="cell" data-column="stage" data-label="Stage"><span class=format!("stage {}", stage_word(deal.stage))>{deal.stage.label()}</span></td>
            <td role="cell" data-column="class" data-label="Class">
                <span class=format!("badge {class}")>{deal.class.map_or("No class", Class::label)}</span>
            </td>
            <td role="cell" class=zero(deal.revenue) data-column="revenue" data-label="Revenue">{ctx.money(deal.revenue)}</td>
            <td role="cell" class=zero(deal.credit) data-column="credit" data-label=credit>{ctx.money(deal.credit)}</td>
            <td role="cell" class="n" data-column="last" data-label="Last activity" title=last>{ago(now, deal.last)}</td>
        </tr>
        <tr role="row" class="detail" id=id hidden=flag(move || !open.get())>
            <td role="cell" colspan=Column::ALL.len()>
                {live(move || open.get().then(|| explained(ctx, customer)))}
            </td>
        </tr>
    }
}

fn class_word(class: Class) -> &'static str {
    match class {
        Class::Sourced => "sourced",
        Class::Assisted => "assisted",
        Class::Influenced => "influenced",
    }
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Touched | Stage::Lead | Stage::Qualified => "early",
        Stage::Opportunity => "midway",
        Stage::Lost => "lost",
        Stage::Won => "won",
    }
}
