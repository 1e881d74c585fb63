//! The parts that show figures, each under facts that bring it into a state.

use engine::{
    credit::Model,
    period::{Grain, Range},
    time::{Day, Window},
};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement};

use super::{Part, part, sample, state, under, wide};
use crate::{
    filters::Filters,
    part::{
        chart::{Chart, MonthTable},
        deals::Deals,
        evidence,
        funnel::{FunnelSteps, FunnelTable},
        goals::Goals,
        links::{Campaigns, Links},
        live,
        statements::document_of,
        story::explained,
        switches::{RangeSwitch, Switches},
        tile::{Tile, Which},
    },
    state::Ctx,
};

/// The parts that show figures.
pub(super) fn sections() -> Vec<Part> {
    vec![switches(), tiles(), chart(), funnel(), deals(), story(), evidence_of(), links(), goals(), statement()]
}

fn asking() -> impl IntoView {
    view! { <div class="asking"><RangeSwitch/><Switches/></div> }
}

fn switches() -> Part {
    let own = Filters {
        range: Range::Days(Day::of(2026, 9, 1), Day::of(2026, 10, 31)),
        model: Some(Model::Linear),
        window: Window::days(30),
        ..Filters::default()
    };
    part(
        "switch",
        "Switches",
        "Above what they change; below them stands the rule that now holds. Every switch is answered in the browser, and is in the address.",
        vec![
            wide("As the program has it", under(sample::partner(), Filters::default(), asking)),
            wide("The reader\u{2019}s own question", under(sample::partner(), own, asking)),
            wide("For a program: any partner, every model", under(sample::program(), Filters::default(), asking)),
        ],
    )
}

fn tiles() -> Part {
    let month = || Filters { range: Range::This(Grain::Month), ..Filters::default() };
    let tile = |name, feed, filters, which| {
        state(name, under(feed, filters, move || view! { <Tile which open=RwSignal::new(None)/> }))
    };
    part(
        "tile",
        "Tile",
        "One figure that somebody acts on: its name, its value, how it changed, what it is made of, and the way to its reasons.",
        vec![
            tile(
                "Up, with its last twelve months",
                sample::sales(&[(370, 92_000), (5, 118_500)]),
                month(),
                Which::Sourced,
            ),
            tile("Down", sample::sales(&[(370, 118_500), (5, 92_000)]), month(), Which::Sourced),
            tile("As before", sample::sales(&[(370, 92_000), (5, 92_000)]), month(), Which::Attributed),
            tile(
                "Nothing before, though something was recorded",
                sample::sales(&[(500, 64_000), (5, 92_000)]),
                month(),
                Which::Influenced,
            ),
            tile("Nothing recorded before", sample::sales(&[(5, 92_000)]), month(), Which::Sourced),
            tile("Not known", sample::nothing(), month(), Which::Conversion),
            tile("A count with what was left out", sample::partner(), Filters::default(), Which::Clicks),
            tile("A rate", sample::partner(), Filters::default(), Which::Conversion),
        ],
    )
}

fn chart() -> Part {
    let panel = |name, feed| {
        let chart = || view! { <div class="panel"><Chart/></div> };
        wide(name, under(feed, Filters::default(), chart))
    };
    let small = || view! { <div class="panel"><Chart full=false/></div> };
    let table = || view! { <div class="panel"><MonthTable/></div> };
    part(
        "chart",
        "Chart",
        "Revenue over the last twelve months. Mouse and keyboard walk the months; the same figures stand in a table behind one press.",
        vec![
            panel("A year", sample::partner()),
            state(
                "A month below zero",
                under(sample::refunded(), Filters::default(), || {
                    view! { <div class="panel"><Chart/></div> }
                }),
            ),
            state(
                "Nothing yet",
                under(sample::nothing(), Filters::default(), || view! { <div class="panel"><Chart/></div> }),
            ),
            state("Small, without axis", under(sample::partner(), Filters::default(), small)),
            state("As a table", under(sample::partner(), Filters::default(), table)),
        ],
    )
}

fn funnel() -> Part {
    let steps = || view! { <div class="panel"><FunnelSteps/></div> };
    let table = || view! { <div class="panel"><FunnelTable/></div> };
    part(
        "funnel",
        "Funnel",
        "From click to win: the steps beside a chart, the table where somebody looks for what was lost on the way and how long it took.",
        vec![
            state("Steps", under(sample::partner(), Filters::default(), steps)),
            state("Steps, nothing recorded", under(sample::nothing(), Filters::default(), steps)),
            wide("Table", under(sample::partner(), Filters::default(), table)),
            wide("Table, nothing recorded", under(sample::nothing(), Filters::default(), table)),
        ],
    )
}

fn deals() -> Part {
    let table = || view! { <div class="panel"><Deals/></div> };
    let sought = || {
        // As a reader would: the part keeps to itself what is typed.
        let panel = NodeRef::<leptos::html::Div>::new();
        Effect::new(move |_| {
            let field = panel.get().and_then(|panel| panel.query_selector("input").ok()?);
            if let (Some(field), Ok(event)) =
                (field.and_then(|f| f.dyn_into::<HtmlInputElement>().ok()), Event::new("input"))
            {
                field.set_value("nobody of this name");
                // Nothing here stops it.
                let _ = field.dispatch_event(&event);
            }
        });
        view! { <div class="panel" node_ref=panel><Deals/></div> }
    };
    part(
        "deals",
        "Deals",
        "Customers in rows of one line that open where they stand. On a narrow page each row becomes a card of the same facts.",
        vec![
            wide("With rows", under(sample::partner(), Filters::default(), table)),
            wide(
                "Nothing happened in the period",
                under(sample::refunded(), Filters { range: Range::This(Grain::Month), ..Filters::default() }, table),
            ),
            wide("None yet", under(sample::nothing(), Filters::default(), table)),
            wide("Searched in vain", under(sample::sales(&[(5, 92_000)]), Filters::default(), sought)),
        ],
    )
}

fn story() -> Part {
    let of = |customer: &'static str| {
        move || {
            let ctx = Ctx::get();
            let row = ctx.loaded.with_untracked(|loaded| loaded.log.customers.iter().position(|name| name == customer));
            row.map(|row| view! { <div class="panel">{explained(ctx, row as u32)}</div> })
        }
    };
    let told = |name, customer, filters| wide(name, under(sample::partner(), filters, of(customer)));
    let linear = Filters { model: Some(Model::Linear), ..Filters::default() };
    part(
        "story",
        "Explanation",
        "Behind every deal: what happened, which touches counted and why, and the arithmetic of each amount, to the last cent.",
        vec![
            told("Sourced, and partly refunded", "Harbor Labs", Filters::default()),
            told("Shared with another partner, linear", "Nine Rivers", linear),
            told("Lost, with nothing to divide", "Copper Lane", Filters::default()),
        ],
    )
}

fn evidence_of() -> Part {
    let sheet = |which: Which| {
        move || {
            let content = move || evidence::content(Ctx::get(), which, NodeRef::new());
            view! { <div class="sheet still">{live(content)}</div> }
        }
    };
    let shown = |name, feed, which| state(name, under(feed, Filters::default(), sheet(which)));
    part(
        "evidence",
        "Evidence",
        "A sheet at the side, opened by \u{201c}How this is counted\u{201d}: definition, rules, and the facts that the figure counts.",
        vec![
            shown("An amount", sample::partner(), Which::Attributed),
            shown("A rate that is not known", sample::nothing(), Which::Conversion),
        ],
    )
}

fn links() -> Part {
    let table = || view! { <div class="panel"><Links/></div> };
    let campaigns = || view! { <div class="panel"><Campaigns/></div> };
    part(
        "links",
        "Links and campaigns",
        "What can be shared, what came of it, and a button that copies it; what came by no link has its row, so that the columns add up.",
        vec![
            wide("Links", under(sample::partner(), Filters::default(), table)),
            wide("Links of nothing yet", under(sample::nothing(), Filters::default(), table)),
            wide("Campaigns", under(sample::partner(), Filters::default(), campaigns)),
        ],
    )
}

fn goals() -> Part {
    part(
        "goals",
        "Goals and pace",
        "What the partner and the program agreed on, beside how far it should be by now: the mark on the bar is today.",
        vec![wide("Behind, reached and on pace", under(sample::partner(), Filters::default(), || view! { <Goals/> }))],
    )
}

fn statement() -> Part {
    let shown = |name, closed| {
        let view = move || document_of(Ctx::get(), &sample::statement(closed));
        wide(name, under(sample::partner(), Filters::default(), view))
    };
    part(
        "statement",
        "Statement",
        "A month as a document: the sum, its lines, and the file. It prints without the page around it.",
        vec![shown("Closed, with a correction", true), shown("Open, without a line", false)],
    )
}
